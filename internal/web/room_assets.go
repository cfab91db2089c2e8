package web

import (
	"embed"
	"slices"
)

// AssetsRoom is the pages about assets and asset groups.
var AssetsRoom = Room{Name: "assets", Routes: slices.Concat(businessAssetRoutes, assetGroupRoutes), Pages: Folder(assetsFiles, "assets"), Words: Texts{"en": wordsAssets}}

//go:embed assets/page
var assetsFiles embed.FS
