package business

import (
	"embed"
	"slices"

	"github.com/prokura/prokura/internal/web/kit"
)

// BusinessRoom is the pages about a business.
var BusinessRoom = kit.Room{Name: "business", Routes: slices.Concat(businessRoutes, businessPeopleRoutes, businessSettingsRoutes, partnerRoutes, requestRoutes), Pages: businessFiles, Words: kit.Texts{"en": wordsBusiness}}

//go:embed page
var businessFiles embed.FS
