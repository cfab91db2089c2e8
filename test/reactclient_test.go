package test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// reactBundle builds the page's script as its developer would; the result lies
// in a folder of the test.
func reactBundle(t *testing.T) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.js")
	build := exec.Command("node_modules/.bin/esbuild", "react-login.jsx",
		"--bundle", "--define:process.env.NODE_ENV=\"production\"", "--outfile="+file, "--log-level=warning")
	build.Dir = "clients"
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("bundle the React page: %v\n%s", err, out)
	}
	script, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return script
}

// TestClientReactFacebookLogin proves @greatsumini/react-facebook-login,
// unmodified: it loads the SDK from connect.facebook.net, sets fbAsyncInit
// after the script's load event, separates scopes by a comma and a space, and
// logs in by popup with a token, with a Login for Business configuration, its
// own scopes beside it, and a code (R-LOGIN-18), and by leaving the page
// (R-LOGIN-16).
func TestClientReactFacebookLogin(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{tls: true})
	app := newCallback(t)
	script := reactBundle(t)
	app.mux.HandleFunc("/page.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		w.Write(script)
	})
	app.mux.HandleFunc("/callback", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, `<!doctype html><html lang="en"><title>The app</title><link rel="icon" href="data:,"><div id="root"></div><script src="/page.js"></script>`)
	})
	browser := s.newTab(t)
	show := func(t *testing.T, settings map[string]any) *tab {
		t.Helper()
		text, err := json.Marshal(settings)
		if err != nil {
			t.Fatal(err)
		}
		p := browser.in(t)
		p.open(app.uri() + "?settings=" + url.QueryEscape(string(text)))
		p.until("the SDK to load", "!!window.FB")
		return p
	}

	t.Run("token and profile", func(t *testing.T) {
		p := show(t, map[string]any{"appId": trailmates.id})
		popup := p.popup(func() { p.click("Login with Facebook") })
		if !strings.HasPrefix(popup.url(), "https://www.facebook.com/") {
			t.Errorf("the popup is at %s", popup.url())
		}
		popup.walk(login{email: benEmail}, "closed")
		p.until("the profile", "seen.profile.length === 1")
		if got := eval[string](p, "seen.profile[0].email + ' ' + seen.profile[0].name"); got != benEmail+" Ben Okafor" {
			t.Errorf("the profile is of %s", got)
		}
		if !eval[bool](p, "!!seen.success[0].accessToken && seen.success[0].userID === seen.profile[0].id") {
			t.Error("R-LOGIN-16: the component has no token, or one of somebody else")
		}
	})

	t.Run("the same, more and less", func(t *testing.T) {
		p := show(t, map[string]any{"appId": trailmates.id})
		p.clearCookies()
		first := p.popup(func() { p.click("Login with Facebook") })
		first.walk(login{email: theoEmail}, "closed")
		p.until("the first login", "seen.success.length === 1")
		for _, round := range []struct {
			scope string // of the component; "": its own
			asked bool
		}{{"", false}, {"email,pages_show_list", true}, {"", false}} {
			settings := map[string]any{"appId": trailmates.id}
			if round.scope != "" {
				settings["scope"] = round.scope
			}
			p = show(t, settings)
			if round.asked {
				popup := p.popup(func() { p.click("Login with Facebook") })
				popup.walk(login{email: theoEmail}, "closed")
			} else {
				p.click("Login with Facebook") // the popup ends by itself
			}
			p.until("the login", "seen.success.length === 1 && seen.profile.length === 1")
			if got := eval[string](p, "seen.profile[0].email"); got != theoEmail {
				t.Errorf("R-LOGIN-17: with the scope %q the profile has the address %q", round.scope, got)
			}
		}
		got := s.debug(t, trailmates, eval[string](p, "seen.success[0].accessToken"))
		if scopes := scopesOf(got); !slices.Equal(scopes, []string{"email", "pages_show_list", "public_profile"}) {
			t.Errorf("R-LOGIN-17: in the end the token holds %v", scopes)
		}
	})

	t.Run("config_id and code", func(t *testing.T) {
		p := show(t, map[string]any{"appId": campaigns.id, "loginOptions": map[string]any{
			"config_id": configCampaigns, "response_type": "code", "override_default_response_type": true,
		}})
		p.clearCookies()
		popup := p.popup(func() { p.click("Login with Facebook") })
		popup.walk(adaConnects(), "closed")
		p.until("the code", "seen.success.length === 1")
		code := eval[string](p, "seen.success[0].code")
		if token := s.token(t, campaigns, "", code); !strings.HasPrefix(token, "pkb_") {
			t.Error("R-LOGIN-16: the code is not one of a system-user configuration")
		}
	})

	t.Run("cancelled", func(t *testing.T) {
		p := show(t, map[string]any{"appId": trailmates.id, "loginOptions": map[string]any{"auth_type": "rerequest"}})
		popup := p.popup(func() { p.click("Login with Facebook") })
		popup.walk(login{email: benEmail, cancelAt: "review"}, "closed")
		p.until("the refusal", "seen.fail.length === 1")
		if got := eval[string](p, "seen.fail[0].status"); got != "loginCancelled" {
			t.Errorf("R-LOGIN-13: a cancelled login reaches the page as %q", got)
		}
	})

	t.Run("by redirect", func(t *testing.T) {
		p := show(t, map[string]any{"appId": trailmates.id, "useRedirect": true, "dialogParams": map[string]any{
			"redirect_uri": app.uri(), "response_type": "code", "state": "facebookdirect",
		}})
		p.leave(func() { p.click("Login with Facebook") })
		back, _ := p.walk(login{email: benEmail}, app.uri())
		query, _ := landed(t, back)
		if query.Get("code") == "" || query.Get("state") != "facebookdirect" {
			t.Errorf("the redirect brings %v", query)
		}
	})
}
