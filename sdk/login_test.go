package sdk

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

// R-LOGIN-16: popup, token, cookie, events, status, logout.
func TestLoginByPopup(t *testing.T) {
	p := newPlatform(t)
	p.answer = tokenAnswer()
	p.answer["granted_scopes"] = "email,ads_read"
	g := openPage(t, p, sdkTag(p, "{cookie: true}"), "")
	g.until("window.ready")

	var got response
	g.eval(&got, `return login({scope: 'email, ads_read', auth_type: 'rerequest', return_scopes: true, extras: {setup: {a: 1}}})`)
	if got.Status != "connected" {
		t.Fatalf("status %q, want connected", got.Status)
	}
	for name, want := range map[string]any{
		"accessToken": testToken, "userID": testUser, "graphDomain": "facebook", "expiresIn": 5400.0,
		"grantedScopes": "email,ads_read", "data_access_expiration_time": 4102444800.0,
		"signedRequest": p.answer["signed_request"],
	} {
		if got.AuthResponse[name] != want {
			t.Errorf("authResponse.%s: %v, want %v", name, got.AuthResponse[name], want)
		}
	}
	if left, _ := got.AuthResponse["reauthorize_required_in"].(float64); left <= 0 {
		t.Errorf("authResponse.reauthorize_required_in: %v", got.AuthResponse["reauthorize_required_in"])
	}

	origin := g.url[:strings.Index(g.url, "/welcome")]
	q := p.lastDialog(t)
	for name, want := range map[string]string{
		"app_id": testApp, "client_id": testApp, "display": "popup", "scope": "email, ads_read",
		"auth_type": "rerequest", "return_scopes": "true", "extras": `{"setup":{"a":1}}`,
		"response_type": "token,signed_request,graph_domain", "sdk": "joey", "version": "v23.0", "locale": "en_US",
	} {
		if q.Get(name) != want {
			t.Errorf("dialog parameter %s: %q, want %q", name, q.Get(name), want)
		}
	}
	arbiter, fragment, _ := strings.Cut(q.Get("redirect_uri"), "#")
	channel, err := url.ParseQuery(fragment)
	if err != nil || arbiter != p.URL+"/x/connect/xd_arbiter/?version=1" || channel.Get("origin") != origin ||
		channel.Get("relation") != "opener" || len(channel.Get("cb")) != 32 || len(channel.Get("frame")) != 32 {
		t.Errorf("redirect_uri: %q", q.Get("redirect_uri"))
	}

	var seen []string
	g.eval(&seen, `return events`)
	if want := []string{"auth.login connected", "auth.authResponseChange connected", "auth.statusChange connected"}; !slices.Equal(seen, want) {
		t.Errorf("events %q, want %q", seen, want)
	}
	var cookie string
	g.eval(&cookie, `return document.cookie`)
	if want := "fbsr_" + testApp + "=" + p.answer["signed_request"]; cookie != want {
		t.Errorf("cookie %q, want %q", cookie, want)
	}

	// A new page load: the kept token counts once the server has seen it.
	g.open(g.url)
	g.until("window.ready")
	var before any
	g.eval(&before, `return FB.getAuthResponse()`)
	if before != nil {
		t.Errorf("before the check there is an authResponse: %v", before)
	}
	g.eval(&got, `await Promise.all([ask(), ask()]); return ask()`)
	if n := len(p.calls()); got.Status != "connected" || n != 1 {
		t.Errorf("status %q after %d checks, want connected after 1", got.Status, n)
	}
	g.eval(&got, `return ask(true)`)
	if n := len(p.calls()); n != 2 {
		t.Errorf("%d checks after a forced one, want 2", n)
	}
	for _, c := range p.calls() {
		if c.Path != "/v23.0/me" || c.Body.Get("fields") != "id" || c.Body.Get("access_token") != testToken || strings.Contains(c.Query, testToken) {
			t.Errorf("check: %+v", c)
		}
	}

	g.eval(&got, `return new Promise(done => FB.logout(done))`)
	g.eval(&cookie, `return document.cookie + sessionStorage.length + localStorage.length`)
	if got.Status != "unknown" || got.AuthResponse != nil || cookie != "00" {
		t.Errorf("after logout: %+v, left behind %q", got, cookie)
	}
}

// R-LOGIN-04, R-TOKEN-01: a code alone is handed over and not kept.
func TestLoginWithCode(t *testing.T) {
	p := newPlatform(t)
	p.answer = map[string]string{"code": "AQcode"}
	g := openPage(t, p, sdkTag(p, "{localStorage: true}"), "")
	g.until("window.ready")
	var got response
	g.eval(&got, `return login({config_id: '401', response_type: 'code', override_default_response_type: true, state: 's 1'})`)
	user, has := got.AuthResponse["userID"]
	if got.Status != "connected" || got.AuthResponse["code"] != "AQcode" || !has || user != nil {
		t.Errorf("got %+v", got)
	}
	q := p.lastDialog(t)
	if q.Get("response_type") != "code" || q.Get("config_id") != "401" || q.Get("state") != "s 1" {
		t.Errorf("dialog asked for %v", q)
	}
	var kept string
	g.eval(&kept, `return JSON.stringify([localStorage, sessionStorage, FB.getAuthResponse()])`)
	if kept != "[{},{},null]" {
		t.Errorf("kept %s", kept)
	}

	// Without the override the code joins what is asked for by default.
	g.eval(nil, `await login({response_type: 'code'})`)
	if q := p.lastDialog(t); q.Get("response_type") != "token,signed_request,graph_domain,code" {
		t.Errorf("response_type %q", q.Get("response_type"))
	}

	// An answer to another question is none.
	p.set(func(p *platform) { p.answer["state"] = "other" })
	g.eval(&got, `return login({response_type: 'code', override_default_response_type: true, state: 'mine'})`)
	if got.AuthResponse != nil {
		t.Errorf("an answer with another state: %+v", got)
	}
}

// R-LOGIN-13: declined, closed, and overtaken by another login.
func TestLoginWithoutResult(t *testing.T) {
	p := newPlatform(t)
	g := openPage(t, p, sdkTag(p, "{}"), "")
	g.until("window.ready")
	p.answer = map[string]string{"error": "access_denied", "error_reason": "user_denied", "error_code": "200"}
	var got response
	g.eval(&got, `return login()`)
	if got.Status != "not_authorized" || got.AuthResponse != nil {
		t.Errorf("declined: %+v", got)
	}
	g.eval(&got, `return ask()`)
	if got.Status != "not_authorized" {
		t.Errorf("status after declining: %+v", got)
	}

	p.set(func(p *platform) { p.answer = nil })
	g.eval(&got, `
		const open = window.open;
		window.open = (...all) => (window.popup = open.apply(window, all));
		const answer = login();
		setTimeout(() => popup.close(), 300);
		return answer`)
	if got.Status != "unknown" || got.AuthResponse != nil {
		t.Errorf("closed: %+v", got)
	}

	p.set(func(p *platform) { p.answer = tokenAnswer() })
	var both []response
	g.eval(&both, `return Promise.all([login(), login()])`)
	if both[0].AuthResponse != nil || both[1].Status != "connected" {
		t.Errorf("two logins at once: %+v", both)
	}

	// Who declines a further question is still logged in.
	p.set(func(p *platform) {
		p.answer = map[string]string{"error": "access_denied", "error_reason": "user_denied"}
	})
	g.eval(&got, `await login({scope: 'ads_read'}); return ask()`)
	if got.Status != "connected" || got.AuthResponse["accessToken"] != testToken {
		t.Errorf("after declining more: %+v", got)
	}
}

// R-LOGIN-16: where a popup is blocked, or not wanted, the page itself goes.
func TestLoginByRedirect(t *testing.T) {
	p := newPlatform(t)
	p.answer = tokenAnswer()
	g := openPage(t, p, sdkTag(p, "{}"), "")
	g.until("window.ready")
	leave := func(call string) {
		t.Helper()
		g.eval(nil, `window.leaving = true; setTimeout(() => {`+call+`}, 0)`)
		g.until("window.leaving === undefined && window.ready")
	}
	address := func() (text string) {
		t.Helper()
		g.eval(&text, `return location.href`)
		return text
	}

	leave(`window.open = () => null; login()`)
	var got response
	g.eval(&got, `return ask()`)
	if got.Status != "connected" || got.AuthResponse["accessToken"] != testToken || address() != g.url {
		t.Errorf("token by redirect: %+v at %s", got, address())
	}
	if q := p.lastDialog(t); q.Get("display") != "page" || q.Get("redirect_uri") != g.url || len(q.Get("state")) != 32 {
		t.Errorf("dialog asked for %v", q)
	}

	g.eval(nil, `FB.logout()`)
	p.set(func(p *platform) { p.answer = map[string]string{"code": "AQcode"} })
	// The app's own redirect_uri has no query; the server adds one.
	back := strings.TrimSuffix(g.url, "?keep=1")
	leave(`login({display: 'page', redirect_uri: '` + back + `', response_type: 'code', override_default_response_type: true})`)
	g.eval(&got, `return ask()`)
	if got.Status != "connected" || got.AuthResponse["code"] != "AQcode" || address() != back {
		t.Errorf("code by redirect: %+v at %s", got, address())
	}

	// Nobody can log the visitor in as somebody else by a link (login CSRF).
	for _, link := range []string{
		g.url + "#access_token=pku_evil&expires_in=5400&state=" + strings.Repeat("0", 32),
		g.url + "#access_token=pku_evil&expires_in=5400",
		g.url + "&code=evil&state=undefined",
		g.url + "&code=evil&state=null",
	} {
		g.open("about:blank")
		g.open(link)
		g.until("window.ready")
		g.eval(&got, `return ask()`)
		if got.AuthResponse != nil || address() != link {
			t.Errorf("%s: %+v at %s", link, got, address())
		}
	}
}

// A refused token ends the login, with the reason that the page can act on.
func TestStatusOfRefusedTokens(t *testing.T) {
	refusal := func(code, subcode int) map[string]any {
		return map[string]any{"error": map[string]any{"code": code, "error_subcode": subcode, "message": "no", "type": "OAuthException"}}
	}
	p := newPlatform(t)
	g := openPage(t, p, sdkTag(p, "{}"), "")
	for _, test := range []struct {
		name  string
		reply any
		want  string
		kept  bool
	}{
		{"person removed the app", refusal(190, 458), "not_authorized", false},
		{"token expired", refusal(190, 463), "authorization_expired", false},
		{"data access expired", refusal(190, 493), "authorization_expired", false},
		{"password changed", refusal(190, 460), "unknown", false},
		{"no token at all", refusal(190, 0), "unknown", false},
		{"of somebody else", map[string]string{"id": "1"}, "unknown", false},
		{"server in trouble", refusal(2, 0), "unknown", true},
		{"no answer", "nonsense", "unknown", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			g.t = t
			p.set(func(p *platform) { p.answer, p.reply = tokenAnswer(), nil })
			g.open(g.url)
			g.until("window.ready")
			g.eval(nil, `await login()`)
			p.set(func(p *platform) { p.reply = func(call) any { return test.reply } })
			g.open(g.url)
			g.until("window.ready")
			var got response
			var kept int
			g.eval(&got, `return ask()`)
			g.eval(&kept, `return sessionStorage.length`)
			if got.Status != test.want || got.AuthResponse != nil || (kept > 0) != test.kept {
				t.Errorf("%+v, kept %d; want %s, kept %t", got, kept, test.want, test.kept)
			}
		})
	}
}
