package test

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// sdkPage is an app's web page that uses the JavaScript SDK, on another origin
// than the server. It notes what the SDK tells it in window.seen.
type sdkPage struct {
	app    app
	script string // where the SDK comes from
	body   string // HTML
	init   string // more properties for FB.init
}

const sdkPageHTML = `<!doctype html><html lang="en"><title>The app</title><link rel="icon" href="data:,">
<script>
window.seen = {answers: [], events: [], messages: []};
window.addEventListener('message', e => seen.messages.push({origin: e.origin, data: JSON.stringify(e.data)}));
window.options = {};
function logIn() { FB.login(answer => seen.answers.push(answer), window.options); }
function answered(answer) { seen.answers.push(answer); }
window.fbAsyncInit = () => {
  for (const name of ['auth.login', 'auth.logout', 'auth.statusChange', 'auth.authResponseChange'])
    FB.Event.subscribe(name, () => seen.events.push(name));
  FB.init({appId: %q, version: 'v25.0', %s});
  window.ready = true;
};
</script>
<script async defer crossorigin="anonymous" src="%s"></script>
<h1>The app</h1><button onclick="logIn()">Log in with Prokura</button>
%s`

// serve puts the page at the app's redirect URI, so that a login by redirect
// may come back to it.
func (c *callback) serve(page sdkPage) {
	c.mux.HandleFunc("/callback", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, sdkPageHTML, page.app.id, page.init, html.EscapeString(page.script), page.body)
	})
}

// openSDK opens the page and waits until the SDK runs in it.
func (p *tab) openSDK(address string) {
	p.t.Helper()
	p.open(address)
	p.until("the SDK to start", "window.ready === true")
}

// logInBy presses the page's button with options for FB.login and returns the
// popup.
func (p *tab) logInBy(options map[string]any) *tab {
	p.t.Helper()
	p.optionsOf(options)
	return p.popup(func() { p.click("Log in with Prokura") })
}

// optionsOf readies the page for a login with these options.
func (p *tab) optionsOf(options map[string]any) {
	p.t.Helper()
	text, err := json.Marshal(options)
	if err != nil {
		p.t.Fatal(err)
	}
	eval[bool](p, fmt.Sprintf("window.options = %s, seen.answers.length = 0, seen.events.length = 0, true", text))
}

// sdkAnswer is what the SDK gives the callback of FB.login.
type sdkAnswer struct {
	Status       string
	AuthResponse *struct {
		AccessToken              string
		UserID                   string
		ExpiresIn                int
		SignedRequest            string
		GraphDomain              string
		Code                     string
		GrantedScopes            string
		DataAccessExpirationTime int64 `json:"data_access_expiration_time"`
	}
}

// sdkAnswered waits for the SDK's answer to the page.
func (p *tab) sdkAnswered() sdkAnswer {
	p.t.Helper()
	p.until("the SDK's answer", "seen.answers.length > 0")
	var a sdkAnswer
	if err := json.Unmarshal([]byte(eval[string](p, "JSON.stringify(seen.answers.at(-1))")), &a); err != nil {
		p.t.Fatal(err)
	}
	return a
}

// loginStatus is FB.getLoginStatus.
func (p *tab) loginStatus(force bool) string {
	p.t.Helper()
	return eval[string](p, fmt.Sprintf("new Promise(done => FB.getLoginStatus(r => done(r.status), %t))", force))
}

// TestSDKPopupToken proves R-LOGIN-16 for a token: a popup from a page on
// another origin, what the page gets, FB.api with it, how the login lives on
// across a reload, and FB.logout.
func TestSDKPopupToken(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{})
	app := newCallback(t)
	app.serve(sdkPage{app: campaigns, script: s.url + "/en_US/sdk.js"})
	p := newTab(t)
	p.openSDK(app.uri())
	if got := p.loginStatus(false); got != "unknown" {
		t.Errorf("before the login the status is %q", got)
	}

	popup := p.logInBy(map[string]any{"config_id": configReporting, "return_scopes": true})
	popup.walk(login{email: benEmail, assets: []string{adAccountEU, pageRepairs}}, "closed")
	popup.waitClosed()
	got := p.sdkAnswered()
	if got.Status != "connected" || got.AuthResponse == nil {
		t.Fatalf("R-LOGIN-16: FB.login answers %+v", got)
	}
	auth := got.AuthResponse
	if !strings.HasPrefix(auth.AccessToken, "pku_") || auth.UserID == "" || auth.GraphDomain != "facebook" {
		t.Errorf("R-LOGIN-16: the answer holds user %q, domain %q", auth.UserID, auth.GraphDomain)
	}
	if auth.ExpiresIn < 3600-60 || auth.ExpiresIn > 2*3600 {
		t.Errorf("R-TOKEN-03: the token lasts %d s", auth.ExpiresIn)
	}
	if !strings.Contains(auth.GrantedScopes, "ads_read") || auth.DataAccessExpirationTime == 0 {
		t.Errorf("return_scopes answers %q, data access ends %d", auth.GrantedScopes, auth.DataAccessExpirationTime)
	}
	if events := eval[string](p, "seen.events.join()"); events != "auth.login,auth.authResponseChange,auth.statusChange" {
		t.Errorf("the page heard of %s", events)
	}

	// The page's server verifies the signed request with a client nobody here
	// wrote.
	c := s.startClient(t, "fb.mjs", nodeSettings{app: campaigns, redirectURI: app.uri()})
	envelope := c.act("signedRequest", map[string]any{"text": auth.SignedRequest})
	if envelope["user_id"] != auth.UserID {
		t.Errorf("the signed request names %v, the answer %s", envelope["user_id"], auth.UserID)
	}

	me := eval[map[string]any](p, "new Promise(done => FB.api('/me', {fields: 'id,name'}, done))")
	if me["id"] != auth.UserID || me["name"] != "Ben Okafor" {
		t.Errorf("FB.api('/me') answers %v", me)
	}
	refused := eval[map[string]any](p, "new Promise(done => FB.api('/"+adAccountUS+"', done))")
	if number(at(refused, "error.code")) != 100 {
		t.Errorf("R-LOGIN-12: FB.api reads an account that was not given: %v", refused)
	}

	p.leave(func() { eval[bool](p, "setTimeout(() => location.reload()), true") })
	p.until("the SDK to start", "window.ready === true")
	if got := p.loginStatus(false); got != "connected" {
		t.Errorf("after a reload the status is %q", got)
	}
	if got := eval[string](p, "new Promise(done => FB.logout(r => done(r.status)))"); got == "connected" {
		t.Error("FB.logout leaves the page connected")
	}
	if got := p.loginStatus(true); got != "unknown" {
		t.Errorf("after FB.logout the status is %q", got)
	}
}

// TestSDKRevoked proves that the page hears of a revoke (R-TOKEN-10): forced
// status and FB.api both say so.
func TestSDKRevoked(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{})
	app := newCallback(t)
	app.serve(sdkPage{app: trailmates, script: s.url + "/sdk.js"})
	p := newTab(t)
	p.openSDK(app.uri())
	popup := p.logInBy(map[string]any{"scope": "public_profile, email"})
	popup.walk(login{email: benEmail}, "closed")
	token := p.sdkAnswered().AuthResponse.AccessToken
	gone := s.send(t, http.MethodDelete, s.api+"/v25.0/me/permissions?access_token="+url.QueryEscape(token), "", nil)
	if gone.at("success") != true {
		t.Fatalf("DELETE me/permissions answers %d %v", gone.status, gone.body)
	}
	if got := p.loginStatus(true); got != "not_authorized" {
		t.Errorf("R-TOKEN-10: after the revoke the status is %q", got)
	}
}

// TestSDKPopupCode proves the code flow of a system-user configuration from
// the SDK (R-LOGIN-04, R-LOGIN-16): with the override it gives a code that is
// exchanged without redirect_uri (R-TOKEN-01); without it the dialog says what
// is wrong and the page hears of no login.
func TestSDKPopupCode(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{})
	app := newCallback(t)
	app.serve(sdkPage{app: campaigns, script: s.url + "/sdk.js"})
	p := newTab(t)
	p.openSDK(app.uri())

	options := map[string]any{"config_id": configCampaigns, "response_type": "code"}
	popup := p.logInBy(options)
	if heading := popup.wantStopped(s); !strings.Contains(heading, "response_type") {
		t.Errorf("R-LOGIN-04: the popup is headed %q", heading)
	}
	popup.close()
	if got := p.sdkAnswered(); got.Status != "unknown" || got.AuthResponse != nil {
		t.Errorf("a popup that was closed answers %+v", got)
	}

	options["override_default_response_type"] = true
	popup = p.logInBy(options)
	ada := adaConnects()
	ada.visit = func(step string) { popup.accessible("popup " + step) }
	popup.walk(ada, "closed")
	popup.waitClosed()
	got := p.sdkAnswered()
	if got.Status != "connected" || got.AuthResponse == nil || got.AuthResponse.Code == "" || got.AuthResponse.AccessToken != "" {
		t.Fatalf("R-LOGIN-16: FB.login answers status %s", got.Status)
	}
	form := url.Values{"client_id": {campaigns.id}, "client_secret": {campaigns.secret}, "code": {got.AuthResponse.Code}}
	form.Set("redirect_uri", "https://other.example/")
	if answer := s.post(t, "/v25.0/oauth/access_token", form); answer.code() != 100 || answer.subcode() != 36008 {
		t.Errorf("R-TOKEN-01: another redirect_uri answers %d %d/%d", answer.status, answer.code(), answer.subcode())
	}
	form.Del("redirect_uri")
	if answer := s.post(t, "/v25.0/oauth/access_token", form); !strings.HasPrefix(answer.text("access_token"), "pkb_") {
		t.Errorf("R-TOKEN-01: without redirect_uri the exchange answers %d %d/%d", answer.status, answer.code(), answer.subcode())
	}
}

// TestSDKCancel proves R-LOGIN-13 through the SDK.
func TestSDKCancel(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{})
	app := newCallback(t)
	app.serve(sdkPage{app: campaigns, script: s.url + "/sdk.js"})
	p := newTab(t)
	p.openSDK(app.uri())
	popup := p.logInBy(map[string]any{"config_id": configReporting})
	popup.walk(login{email: benEmail, cancelAt: "login"}, "closed")
	popup.waitClosed()
	if got := p.sdkAnswered(); got.Status != "not_authorized" || got.AuthResponse != nil {
		t.Errorf("R-LOGIN-13: FB.login answers %+v", got)
	}
}

// TestSDKRedirect proves R-LOGIN-16 where the browser allows no popup: the
// page itself goes to the dialog and comes back logged in, with nothing of the
// answer left in its address.
func TestSDKRedirect(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{})
	app := newCallback(t)
	app.serve(sdkPage{app: campaigns, script: s.url + "/sdk.js"})
	p := newTab(t)
	p.openSDK(app.uri())
	eval[bool](p, fmt.Sprintf("window.open = () => null, window.options = {config_id: %q}, true", configReporting))
	p.leave(func() { p.click("Log in with Prokura") })
	p.walk(login{email: benEmail, assets: []string{adAccountEU, pageRepairs}}, app.uri())
	p.until("the SDK to start", "window.ready === true")
	if got := p.loginStatus(false); got != "connected" {
		t.Errorf("R-LOGIN-16: after the redirect the status is %q", got)
	}
	if address := p.url(); address != app.uri() {
		t.Errorf("the page's address keeps %s", strings.TrimPrefix(address, app.uri()))
	}
}

// TestSDKButton proves the login button in both of its forms (R-LOGIN-16). The
// second time nobody is asked: the popup answers by itself (R-LOGIN-17).
func TestSDKButton(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{})
	app := newCallback(t)
	app.serve(sdkPage{app: campaigns, script: s.url + "/sdk.js", init: "xfbml: true", body: `
		<fb:login-button config_id="` + configReporting + `" onlogin="answered({status: 'element'})"></fb:login-button>
		<div class="fb-login-button" data-config-id="` + configReporting + `" data-onlogin="fromDiv"></div>
		<script>window.fromDiv = () => answered({status: 'div'});</script>`})
	p := newTab(t)
	asked := true
	for form, selector := range map[string]string{"element": `fb\:login-button button`, "div": ".fb-login-button button"} {
		p.openSDK(app.uri())
		p.waitFor(selector)
		if asked {
			popup := p.popup(func() { p.clickOn(selector) })
			popup.walk(login{email: benEmail, assets: []string{adAccountEU, pageRepairs}}, "closed")
			popup.waitClosed()
		} else {
			p.clickOn(selector)
		}
		asked = false
		if got := p.sdkAnswered(); got.Status != form {
			t.Errorf("R-LOGIN-16: onlogin of the %s was called as %q", form, got.Status)
		}
		if got := p.loginStatus(false); got != "connected" {
			t.Errorf("R-LOGIN-16: after the button's login the status is %q", got)
		}
	}
}

// hostileOrigins are origins that the app does not allow; most look like one
// that it does.
var hostileOrigins = []string{
	"https://evil.example", "null", "", "*", "file://",
	"http://127.0.0.1.evil.example", "http://evil.example/http://127.0.0.1", "http://127.0.0.1@evil.example",
	"http://127.0.0.2", "http://[::1]", "http://2130706433", "http://127.1", "http://0.0.0.0",
	"https://127.0.0.1", "http://127.0.0.1/", "http://127.0.0.1/path", "http://127.0.0.1?x", "http://127.0.0.1#x",
	"HTTP://127.0.0.1", "http://127.0.0.1:0", "http://127.0.0.1:65536", "http://127.0.0.1:80:80",
	"http://localhost", "http://localhost:3001", "https://localhost:3000", "http://localhost:3000.evil.example",
	"http://localhost:3000@evil.example", "http://xlocalhost:3000", "http://localhost.:3000", "http://LOCALHOST:3000",
	"http://127.0.0.1\n.evil.example", "http://127.0.0.1\\@evil.example", "javascript:alert(1)", "data:text/html,x",
	"http://127.0.0.1 http://evil.example", "//127.0.0.1",
}

// arbiterDialog is the dialog as the SDK opens it for a page of that origin.
func arbiterDialog(s *server, a app, origin string, overrides ...string) string {
	channel := url.Values{"cb": {"f1"}, "frame": {"f2"}, "relation": {"opener"}, "origin": {origin}}
	params := url.Values{
		"app_id": {a.id}, "client_id": {a.id}, "display": {"popup"}, "sdk": {"joey"}, "version": {"v25.0"},
		"response_type": {"token,signed_request,graph_domain"},
		"redirect_uri":  {s.url + "/x/connect/xd_arbiter/?version=1#" + channel.Encode()},
	}
	for i := 0; i < len(overrides); i += 2 {
		params.Set(overrides[i], overrides[i+1])
	}
	return s.url + "/v25.0/dialog/oauth?" + params.Encode()
}

// TestSDKHostileOrigins proves T09: a dialog for a page whose origin the app
// does not allow stops before anybody is asked anything.
func TestSDKHostileOrigins(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{})
	p := newTab(t)
	p.open(arbiterDialog(s, campaigns, "http://127.0.0.1:4321", "config_id", configReporting))
	if now, _ := p.dialogState(); now.Step != "login" {
		t.Fatalf("an allowed origin leads to %q: this test proves nothing\n%s", now.Step, p.where())
	}
	for _, origin := range hostileOrigins {
		t.Run(origin, func(t *testing.T) {
			p := p.in(t)
			p.open(arbiterDialog(s, campaigns, origin, "config_id", configReporting))
			p.wantStopped(s)
		})
	}
}

// TestSDKHostilePage proves T09 in the browser: a hostile page gets nothing,
// whether it uses the SDK under its own name or claims to be the app's page,
// even when the person confirms.
func TestSDKHostilePage(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{})
	app := newCallback(t)
	app.serve(sdkPage{app: campaigns, script: s.url + "/sdk.js"})
	hostile := strings.Replace(app.uri(), "127.0.0.1", "localhost", 1)

	t.Run("with the SDK", func(t *testing.T) {
		p := newTab(t)
		p.openSDK(hostile)
		popup := p.logInBy(map[string]any{"config_id": configReporting})
		popup.wantStopped(s)
		popup.accessible("origin not allowed")
		popup.close()
		if got := p.sdkAnswered(); got.AuthResponse != nil {
			t.Error("T09: a page of another origin got a login")
		}
		p.wantNoMessages()
	})
	t.Run("claiming the app's origin", func(t *testing.T) {
		p := newTab(t)
		p.openSDK(hostile)
		dialog := arbiterDialog(s, campaigns, app.origin, "config_id", configReporting)
		eval[bool](p, fmt.Sprintf("document.querySelector('button').onclick = () => { open(%q, 'forged', 'popup') }, true", dialog))
		popup := p.popup(func() { p.click("Log in with Prokura") })
		popup.walk(login{email: benEmail, assets: []string{adAccountEU, pageRepairs}}, s.url+"/x/connect/")
		// The arbiter has posted to the app's origin, which this page is not.
		popup.until("the arbiter to have run", "location.hash === ''")
		p.wantNoMessages()
	})
}

// wantNoMessages fails if any window sent the page anything.
func (p *tab) wantNoMessages() {
	p.t.Helper()
	// A message on the way would arrive before a new task of the page.
	if got := eval[int](p, "new Promise(done => setTimeout(() => done(seen.messages.length), 100))"); got != 0 {
		p.t.Errorf("T09: the page received %d messages", got)
	}
}
