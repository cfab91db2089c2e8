package assets

import (
	"embed"
	"slices"

	"github.com/prokura/prokura/internal/web/kit"
)

// AssetsRoom is the pages about assets and asset groups.
var AssetsRoom = kit.Room{Name: "assets", Routes: slices.Concat(businessAssetRoutes, assetGroupRoutes), Pages: assetsFiles, Words: kit.Texts{"en": wordsAssets}}

//go:embed page
var assetsFiles embed.FS
