// Package assets is the pages of a business's assets and asset groups: making and
// asking for them, giving people tasks on them, sharing them with partners.
//
// Which assets an app gets is chosen in package dialog.
package assets

import (
	"embed"
	"slices"

	"github.com/prokura/prokura/internal/web/kit"
)

// Room is the pages of assets.
var Room = kit.Room{
	Name:   "assets",
	Routes: slices.Concat(assetRoutes, groupRoutes),
	Pages:  files,
	Words:  kit.Texts{"en": words},
}

//go:embed page
var files embed.FS
