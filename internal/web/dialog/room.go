// Package dialog is the login dialog: the steps of a pending login, from its login
// to the confirmation, and the pages that say why it cannot go on.
//
// It does not check what the app asked for, which package oauth did before; which
// step comes next is the registry's answer.
package dialog

import (
	"embed"

	"github.com/prokura/prokura/internal/web/kit"
)

// Room is the login dialog.
var Room = kit.Room{
	Name:   "dialog",
	Routes: routes,
	Pages:  files,
	Words:  kit.Texts{"en": words},
	Fail:   fail,
}

//go:embed page
var files embed.FS
