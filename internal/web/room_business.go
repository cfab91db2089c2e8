package web

import (
	"embed"
	"slices"
)

// BusinessRoom is the pages about a business.
var BusinessRoom = Room{Name: "business", Routes: slices.Concat(businessRoutes, businessPeopleRoutes, businessSettingsRoutes, partnerRoutes, requestRoutes), Pages: Folder(businessFiles, "business"), Words: Texts{"en": wordsBusiness}}

//go:embed business/page
var businessFiles embed.FS
