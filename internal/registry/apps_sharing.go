package registry

import (
	"github.com/prokura/prokura"
)

var OfferedByApp = []prokura.RequestKind{prokura.OfferApp, prokura.GiveApp}
