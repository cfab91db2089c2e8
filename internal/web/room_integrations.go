package web

import (
	"embed"
	"slices"
)

// IntegrationsRoom is the pages about who holds power.
var IntegrationsRoom = Room{Name: "integrations", Routes: slices.Concat(grantRoutes, systemUserRoutes), Pages: Folder(integrationsFiles, "integrations"), Words: Texts{"en": wordsGrants}}

//go:embed integrations/page
var integrationsFiles embed.FS
