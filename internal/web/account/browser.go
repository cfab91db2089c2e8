package account

import (
	"strings"

	"github.com/prokura/prokura/internal/web/kit"
)

// BrowserName names the browser of a User-Agent header for the list of
// sessions, such as "Firefox on Linux". It is a help for people to recognise
// their own devices, never a basis for a decision.
func BrowserName(w *kit.Words, userAgent string) string {
	browser, system := firstOf(userAgent, browsers), firstOf(userAgent, systems)
	unknown, err := w.T("browser.unknown")
	if err != nil || browser == "" {
		return unknown
	}
	if system == "" {
		return browser
	}
	text, err := w.T("browser.on", "browser", browser, "system", system)
	if err != nil {
		return browser
	}
	return text
}

// sign is a part of a User-Agent header and what it says.
type sign struct{ part, name string }

// browsers and systems are in order of search: most browsers also carry the
// signs of those they descend from.
var (
	browsers = []sign{
		{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Firefox/", "Firefox"},
		{"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"HeadlessChrome/", "Chrome"}, {"Chrome/", "Chrome"},
		{"Safari/", "Safari"}, {"curl/", "curl"},
	}
	systems = []sign{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"},
		{"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	}
)

func firstOf(userAgent string, signs []sign) string {
	for _, s := range signs {
		if strings.Contains(userAgent, s.part) {
			return s.name
		}
	}
	return ""
}
