package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/apps"
)

// TestReceiverTakesNoTokensElsewhere: an app that takes its tokens at its own addresses
// alone gets none through the receiver, and its code is still good there.
func TestReceiverTakesNoTokensElsewhere(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser().logIn("ada")
	try := "/_try/" + s.id("campaigns") + "/" + s.id("business")
	b.goTo(try)
	b.submit(try)
	b.get(try)
	dialog, err := url.Parse(b.location())
	if err != nil {
		t.Fatal(err)
	}
	asked := dialog.Query()
	addresses := func(list ...string) {
		t.Helper()
		v, err := apps.Get(t.Context(), s.registry, s.caller("tess"), s.ids["campaigns"])
		if err == nil {
			err = apps.Update(t.Context(), s.registry, s.caller("tess"), s.ids["campaigns"], v.App.Version, func(a *prokura.App) error {
				a.Settings.ServerIPs = list
				return nil
			})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	addresses("203.0.113.7")
	b.goTo(s.start("campaigns", "business", func(r *prokura.LoginRequest) { r.RedirectURI, r.State = asked.Get("redirect_uri"), asked.Get("state") }))
	b.submit("/business", "business", s.id("nordwind"))
	b.submit("/assets", "asset", s.id("eu"), "asset", s.id("page0"), "do", "continue")
	b.submit("/review", "do", "confirm")
	back := strings.TrimPrefix(b.location(), s.url)
	b.goTo(back)
	b.says("at its own addresses alone", "curl -s")
	if strings.Contains(b.page, "/_try/exchange") {
		t.Error("the receiver offers the exchange")
	}
	addresses()
	b.goTo(back)
	values, path := b.form("/_try/exchange")
	addresses("203.0.113.7")
	if b.post(path, values) != http.StatusForbidden {
		t.Errorf("the receiver answers %d", b.status)
	}
	addresses()
	if b.post(path, values) >= 400 {
		t.Errorf("the code is gone: %d", b.status)
	}
}

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
