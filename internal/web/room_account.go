package web

import (
	"embed"
	"slices"
)

// AccountRoom is the pages about what people do about themselves.
var AccountRoom = Room{Name: "account", Routes: slices.Concat(peopleRoutes, secondStepRoutes, factorRoutes, settingsRoutes, invitationRoutes, inboxRoutes), Pages: Folder(accountFiles, "account"), Words: Texts{"en": wordsPeople}}

//go:embed account/page
var accountFiles embed.FS
