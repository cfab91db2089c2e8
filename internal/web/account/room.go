// Package account is the pages that people have about themselves: logging in with
// one factor or two, signing up, security, the apps that act in their name,
// invitations that they got. The steps of the login dialog show some of them too.
//
// What a business does with people is not here but in package business.
package account

import (
	"embed"
	"slices"

	"github.com/prokura/prokura/internal/web/kit"
)

// Room is the pages about oneself.
var Room = kit.Room{
	Name:   "account",
	Routes: slices.Concat(loginRoutes, signUpRoutes, recoverRoutes, secondStepRoutes, factorRoutes, settingsRoutes, invitationRoutes, inboxRoutes),
	Pages:  files,
	Words:  kit.Texts{"en": words},
}

//go:embed page
var files embed.FS
