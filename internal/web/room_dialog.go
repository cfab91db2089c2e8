package web

import "embed"

// DialogRoom is the pages about the login dialog.
var DialogRoom = Room{Name: "dialog", Routes: consentRoutes, Pages: Folder(dialogFiles, "dialog"), Words: Texts{"en": wordsDialog}, Fail: fail}

//go:embed dialog/page
var dialogFiles embed.FS
