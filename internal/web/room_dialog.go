package web

import (
	"embed"

	"github.com/prokura/prokura/internal/web/kit"
)

// DialogRoom is the pages about the login dialog.
var DialogRoom = kit.Room{Name: "dialog", Routes: consentRoutes, Pages: kit.Folder(dialogFiles, "dialog"), Words: kit.Texts{"en": wordsDialog}, Fail: fail}

//go:embed dialog/page
var dialogFiles embed.FS
