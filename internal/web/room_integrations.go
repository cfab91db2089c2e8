package web

import (
	"embed"
	"slices"

	"github.com/prokura/prokura/internal/web/kit"
)

// IntegrationsRoom is the pages about who holds power.
var IntegrationsRoom = kit.Room{Name: "integrations", Routes: slices.Concat(grantRoutes, systemUserRoutes), Pages: kit.Folder(integrationsFiles, "integrations"), Words: kit.Texts{"en": wordsGrants}}

//go:embed integrations/page
var integrationsFiles embed.FS
