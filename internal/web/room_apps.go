package web

import (
	"embed"
	"slices"
)

// AppsRoom is the pages about apps.
var AppsRoom = Room{Name: "apps", Routes: slices.Concat(appRoutes, appSharingRoutes, webhookRoutes, businessAppRoutes, staffRoutes, iconRoutes), Pages: Folder(appsFiles, "apps"), Words: Texts{"en": wordsApps}}

//go:embed apps/page
var appsFiles embed.FS
