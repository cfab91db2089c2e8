package integrations

import (
	"embed"
	"slices"

	"github.com/prokura/prokura/internal/web/kit"
)

// IntegrationsRoom is the pages about who holds power.
var IntegrationsRoom = kit.Room{Name: "integrations", Routes: slices.Concat(grantRoutes, systemUserRoutes), Pages: integrationsFiles, Words: kit.Texts{"en": wordsGrants}}

//go:embed page
var integrationsFiles embed.FS
