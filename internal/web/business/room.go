// Package business is the settings of a business: its people and their invitations,
// partners, requests, connected apps, and the business itself.
//
// Its assets, its system users with all that holds power, and its apps have rooms
// of their own.
package business

import (
	"embed"
	"slices"

	"github.com/prokura/prokura/internal/web/kit"
)

// Room is the settings of a business.
var Room = kit.Room{
	Name:   "business",
	Routes: slices.Concat(homeRoutes, peopleRoutes, settingsRoutes, partnerRoutes, requestRoutes),
	Pages:  files,
	Words:  kit.Texts{"en": words},
}

//go:embed page
var files embed.FS
