package prokura

import (
	"net/url"
	"strings"
)

// MaxCallbackURL is the longest address that the platform calls, in bytes.
const MaxCallbackURL = 2000

// CheckCallbackURL reports whether the platform may be told to call an address:
// absolute and https, without user information and fragment; with plain, http
// will do. Where the host leads is known only when it is called (T62). The error
// is an [*Error] with the reason [InvalidParameter].
func CheckCallbackURL(uri string, plain bool) error {
	u, err := url.Parse(uri)
	if err != nil || len(uri) > MaxCallbackURL || !uriCharacters(uri) || strings.Contains(uri, "#") ||
		u.Scheme != "https" && !(plain && u.Scheme == "http") || u.Hostname() == "" || u.User != nil || u.Opaque != "" {
		return Errorf(InvalidParameter, "This is not a complete https address.").WithField("callback_url")
	}
	return nil
}
