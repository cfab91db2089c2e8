// Package apps is the app dashboard: settings, secret, roles, access, login product
// and configurations, webhooks, owner and sharing, test apps; a business's list of
// apps; and what platform staff decide about an app.
//
// It shows what apps are told and sends nothing itself.
package apps

import (
	"embed"
	"slices"

	"github.com/prokura/prokura/internal/web/kit"
)

// Room is the pages of apps.
var Room = kit.Room{
	Name:   "apps",
	Routes: slices.Concat(appRoutes, accountRoutes, sharingRoutes, webhookRoutes, businessRoutes, staffRoutes, iconRoutes),
	Pages:  files,
	Words:  kit.Texts{"en": words},
}

//go:embed page
var files embed.FS
