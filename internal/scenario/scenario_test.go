package scenario

import "github.com/prokura/prokura"

var defaultCatalog = prokura.DefaultCatalog()
