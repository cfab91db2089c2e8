package dialog

import (
	"embed"

	"github.com/prokura/prokura/internal/web/kit"
)

// DialogRoom is the pages about the login dialog.
var DialogRoom = kit.Room{Name: "dialog", Routes: consentRoutes, Pages: dialogFiles, Words: kit.Texts{"en": wordsDialog}, Fail: fail}

//go:embed page
var dialogFiles embed.FS
