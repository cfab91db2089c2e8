package web

import (
	"embed"
	"slices"

	"github.com/prokura/prokura/internal/web/kit"
)

// AssetsRoom is the pages about assets and asset groups.
var AssetsRoom = kit.Room{Name: "assets", Routes: slices.Concat(businessAssetRoutes, assetGroupRoutes), Pages: kit.Folder(assetsFiles, "assets"), Words: kit.Texts{"en": wordsAssets}}

//go:embed assets/page
var assetsFiles embed.FS
