package test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// sdkPageOf is an app's page for consumers on a server whose names lead to it
// as Meta's do, opened in a browser of its own.
func sdkPageOf(t *testing.T, s *server, c *callback) *tab {
	t.Helper()
	c.serve(sdkPage{app: trailmates, script: "https://connect.facebook.net/en_US/sdk.js", init: "cookie: true"})
	p := s.newTab(t)
	p.openSDK(c.uri())
	return p
}

// serveCookie answers with the app's cookie as the page's own server reads it.
func (c *callback) serveCookie(a app) {
	c.mux.HandleFunc("/cookie", func(w http.ResponseWriter, r *http.Request) {
		if cookie, err := r.Cookie("fbsr_" + a.id); err == nil {
			io.WriteString(w, cookie.Value)
		}
	})
}

func (p *tab) cookieAtServer() string {
	p.t.Helper()
	return eval[string](p, "fetch('/cookie').then(r => r.text())")
}

// TestSDKCookie proves R-LOGIN-19 with the client fb, unmodified and set to
// v26.0: the page's server reads the cookie, verifies the signed request and
// exchanges the code in it with an empty redirect_uri, once.
func TestSDKCookie(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{tls: true})
	app := newCallback(t)
	app.serveCookie(trailmates)
	p := sdkPageOf(t, s, app)
	if got := p.cookieAtServer(); got != "" {
		t.Errorf("before the login the server reads a cookie of %d bytes", len(got))
	}
	p.logInBy(map[string]any{"scope": "email"}).walk(login{email: benEmail}, "closed")
	auth := p.sdkAnswered().AuthResponse
	if auth == nil || auth.Code != "" {
		t.Fatalf("FB.login answers %v", auth != nil)
	}

	c := s.startClient(t, "fb.mjs", nodeSettings{app: trailmates, redirectURI: app.uri(), version: "v26.0"})
	envelope := c.act("signedRequest", map[string]any{"text": p.cookieAtServer()})
	code := c.mustText(envelope, "code")
	if envelope["user_id"] != auth.UserID {
		t.Errorf("the cookie names %v, the page %s", envelope["user_id"], auth.UserID)
	}
	c.wantError(c.act("exchange", map[string]any{"code": code}), "threw.response.error", 100, 36008)
	tokens := c.act("exchange", map[string]any{"code": code, "redirectUri": ""})
	token := c.mustText(tokens, "access_token")
	if number(tokens["expires_in"]) < 59*24*3600 {
		t.Errorf("R-TOKEN-03: the server's token lasts %v s", tokens["expires_in"])
	}
	me := c.act("get", map[string]any{"path": "me", "token": token, "params": map[string]any{"fields": "email"}})
	if me["id"] != auth.UserID || me["email"] != benEmail {
		t.Errorf("the server's token is of %v", me)
	}
	c.wantError(c.act("exchange", map[string]any{"code": code, "redirectUri": ""}), "threw.response.error", 100, 36009)
	s.wantAlive(t, "R-LOGIN-19: the server's token after the cookie came again", token)
	s.wantAlive(t, "the page's token", auth.AccessToken)
}

// TestSDKLogout proves R-LOGIN-19: when FB.logout calls back, the page's token
// is dead and the cookie gone; what the page's server made long-lived works; the
// next FB.login says who goes on, and lets somebody else in.
func TestSDKLogout(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{tls: true})
	app := newCallback(t)
	app.serveCookie(trailmates)
	p := sdkPageOf(t, s, app)
	ask := map[string]any{"scope": "email"}
	p.logInBy(ask).walk(login{email: benEmail}, "closed")
	token := p.sdkAnswered().AuthResponse.AccessToken
	extended := s.get(t, "/v25.0/oauth/access_token", url.Values{"client_id": {trailmates.id}, "client_secret": {trailmates.secret},
		"grant_type": {"fb_exchange_token"}, "fb_exchange_token": {token}}).text("access_token")
	s.wantAlive(t, "the page's token before the logout", token)

	if got := eval[string](p, "new Promise(done => FB.logout(r => done(r.status)))"); got != "unknown" {
		t.Errorf("FB.logout answers %q", got)
	}
	s.wantDead(t, "R-LOGIN-19: the page's token after FB.logout", token, 467)
	s.wantAlive(t, "R-LOGIN-19: the token that the server made long-lived", extended)
	if got := p.cookieAtServer(); got != "" {
		t.Error("R-LOGIN-19: the cookie outlives the logout")
	}
	if got := p.loginStatus(true); got != "unknown" {
		t.Errorf("after FB.logout the status is %q", got)
	}

	// The browser still knows Ben at the platform; the page does not learn so
	// before he goes on.
	popup := p.logInBy(ask)
	popup.until("the dialog", dialogSteps+" !== ''")
	if now, _ := popup.dialogState(); now.Step != "review" || !strings.Contains(popup.text(), "Ben Okafor") || !popup.has(`form[action$="/switch"]`) {
		t.Errorf("R-LOGIN-19: after the logout the next login stands at %q\n%s", now.Step, popup.where())
	}
	popup.walk(login{}, "closed")
	if got := p.sdkAnswered(); got.Status != "connected" || got.AuthResponse.AccessToken == token {
		t.Errorf("R-LOGIN-19: the login after the logout answers %s", got.Status)
	}

	// And then not again: the popup ends by itself.
	p.optionsOf(ask)
	p.click("Log in with Prokura")
	if got := p.sdkAnswered(); got.Status != "connected" {
		t.Errorf("R-LOGIN-17: the login after that answers %s", got.Status)
	}
}
