// Package integrations is the pages about what acts on a business's assets by
// itself: who holds power, how it is narrowed and ended, system users and their
// tokens.
//
// Tokens of people's own are in package account, under the apps they are for.
package integrations

import (
	"embed"
	"slices"

	"github.com/prokura/prokura/internal/web/kit"
)

// Room is the pages about who holds power.
var Room = kit.Room{
	Name:   "integrations",
	Routes: slices.Concat(grantRoutes, systemUserRoutes),
	Pages:  files,
	Words:  kit.Texts{"en": words},
}

//go:embed page
var files embed.FS
