package account

import (
	"embed"
	"slices"

	"github.com/prokura/prokura/internal/web/kit"
)

// AccountRoom is the pages about what people do about themselves.
var AccountRoom = kit.Room{Name: "account", Routes: slices.Concat(peopleRoutes, secondStepRoutes, factorRoutes, settingsRoutes, invitationRoutes, inboxRoutes), Pages: accountFiles, Words: kit.Texts{"en": wordsPeople}}

//go:embed page
var accountFiles embed.FS
