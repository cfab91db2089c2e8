package apps

import (
	"embed"
	"slices"

	"github.com/prokura/prokura/internal/web/kit"
)

// AppsRoom is the pages about apps.
var AppsRoom = kit.Room{Name: "apps", Routes: slices.Concat(appRoutes, appSharingRoutes, webhookRoutes, businessAppRoutes, staffRoutes, iconRoutes), Pages: appsFiles, Words: kit.Texts{"en": wordsApps}}

//go:embed page
var appsFiles embed.FS
