package web_test

import "time"

// What the pages are known for outside of their rooms.
const (
	sessionCookie = "prokura_session"

	maxForm   = 256 << 10
	maxUpload = 1<<20 + 64<<10
	maxQuery  = 8 << 10

	assetsShown         = 50 // of a kind, in the dialog
	businessAssetsShown = 50
	staffShown          = 50

	revealFor = time.Minute

	securityPath      = "/settings/security"
	authenticatorPath = securityPath + "/authenticator"
	passkeyPath       = securityPath + "/passkey"
	codesPath         = securityPath + "/recovery-codes"
)
