// Package tools is what people who build apps look into tokens with: the token
// debugger, why a call was let through or not, and the API explorer, which makes calls.
//
// A token never stands in an address: it comes by a form, or a list leads to it by its
// mark, and a page that shows one carries it sealed for the session. The explorer's
// form carries it as it is, as it was typed; its calls have what the token has, and
// nothing of the session.
package tools

import (
	"embed"
	"slices"

	"github.com/prokura/prokura/internal/web/kit"
)

// Room is the tools.
var Room = kit.Room{
	Name:   "tools",
	Routes: slices.Concat(debuggerRoutes, explainRoutes, explorerRoutes, deviceRoutes),
	Pages:  files,
	Words:  kit.Texts{"en": words},
}

//go:embed page
var files embed.FS
