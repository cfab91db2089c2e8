package web_test

import (
	"net/url"
	"strings"
	"testing"
)

// TestTriedCodesAreCodes: the receiver prints the code inside a command for a shell, and
// whoever is in the session may be led there by somebody else's link.
func TestTriedCodesAreCodes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser().logIn("tess")
	try := "/_try/" + s.id("campaigns") + "/" + s.id("business")
	b.goTo(try)
	b.submit(try)
	b.get(try)
	dialog, err := url.Parse(b.location())
	if err != nil || !strings.HasSuffix(dialog.Path, "/dialog/oauth") {
		t.Fatalf("trying leads to %q", b.location())
	}
	back := url.Values{"state": {dialog.Query().Get("state")}}
	at := func(code string) {
		back.Set("code", code)
		b.goTo("/_try/callback?" + back.Encode())
	}
	at("AQB-1_x")
	b.says("AQB-1_x", "curl -s")
	for _, code := range []string{"x' ; touch here #", "$(touch here)", "`touch here`", "x\ntouch here", strings.Repeat("x", 513)} {
		if at(code); b.status != 200 || strings.Contains(b.page, "touch here") || strings.Contains(b.page, "curl -s") {
			t.Errorf("%.20q is printed (%d)", code, b.status)
		}
	}
}
