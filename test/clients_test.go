package test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// The clients of test/clients are npm packages that nobody here wrote. Each
// logs in, exchanges the code, reads /me and meets its errors, unmodified: its
// connections to Meta's hosts end at the server under test.

// TestClientFB proves the package fb: exchange by GET with the secret in the
// query (R-TOKEN-02), proofs on every call (R-TOKEN-08), lists as JSON text in
// forms and queries, batches, children (R-TOKEN-05) and errors (R-TOKEN-01).
func TestClientFB(t *testing.T) { eachDatabase(t, clientFB) }

func clientFB(t *testing.T, postgres bool) {
	s := startServer(t, serverOptions{tls: true, postgres: postgres})
	app := newCallback(t)
	c := s.startClient(t, "fb.mjs", nodeSettings{app: campaigns, redirectURI: app.uri()})
	assets := []string{adAccountEU, adAccountUS, pageOutdoor, catalogWinter}
	consent := func() string {
		redirect := s.devConsent(t, configCampaigns, adaID, nordwindID, assets, app.uri(), "st-fb")
		if got := redirect.Query().Get("state"); got != "st-fb" {
			t.Errorf("state came back as %q", got)
		}
		return redirect.Query().Get("code")
	}
	code := consent()

	// R-TOKEN-01: a failed exchange does not burn the code.
	c.wantError(c.act("exchange", map[string]any{"code": code, "secret": "00000000000000000000000000000000"}), "threw.response.error", 1, 0)
	tokens := c.act("exchange", map[string]any{"code": code})
	token := c.mustText(tokens, "access_token")
	if tokens["token_type"] != "bearer" {
		t.Errorf("token_type is %v", tokens["token_type"])
	}
	if _, ok := tokens["expires_in"]; ok {
		t.Error("R-TOKEN-03: a token that never expires carries expires_in")
	}

	// R-TOKEN-07, and fields as a JSON array in a query.
	me := c.act("get", map[string]any{"path": "me", "token": token, "params": map[string]any{"fields": []string{"id", "name", "client_business_id"}}})
	business := c.mustText(me, "client_business_id")
	if business != nordwindID {
		t.Errorf("client_business_id is %s, want %s", business, nordwindID)
	}

	// R-TOKEN-08: a wrong proof fails although none is required.
	wrong := c.act("getWithWrongProof", map[string]any{"path": "me", "token": token})
	c.wantError(wrong, "threw.response.error", 100, 0)
	if got := at(wrong, "threw.response.error.type"); got != "GraphMethodException" {
		t.Errorf("a wrong proof is a %v", got)
	}

	// R-TOKEN-09: debugging with APPID|SECRET, which fb adds a proof to.
	data, _ := c.act("debug", map[string]any{"token": token})["data"].(map[string]any)
	if data["is_valid"] != true || data["app_id"] != campaigns.id || data["type"] != "SYSTEM_USER" || number(data["expires_at"]) != 0 {
		t.Errorf("R-TOKEN-09: debug_token says %v", data)
	}

	// R-TOKEN-05: a child by form with JSON text lists; fb adds the proof. The
	// child is narrower, and the same child comes back with fetch_only.
	want := map[string]any{"asset": []string{adAccountEU}, "scope": []string{"ads_read"}}
	child := c.mustText(c.act("post", map[string]any{"path": business + "/system_user_access_tokens", "token": token, "params": want}), "access_token")
	want["fetch_only"] = true
	if again := c.mustText(c.act("post", map[string]any{"path": business + "/system_user_access_tokens", "token": token, "params": want}), "access_token"); again != child {
		t.Error("R-TOKEN-05: fetch_only does not return the child that exists")
	}
	if got := scopesOf(s.debug(t, campaigns, child)); !slices.Equal(got, []string{"ads_read"}) {
		t.Errorf("R-TOKEN-05: the child holds %v", got)
	}
	c.wantError(c.act("post", map[string]any{"path": business + "/system_user_access_tokens", "token": token,
		"params": map[string]any{"asset": []string{adAccountKitchen}, "scope": []string{"ads_read"}}}), "threw.response.error", 100, 0)

	// A batch as form text, with the token in the query.
	batch := c.act("batch", map[string]any{"token": token, "operations": []map[string]any{
		{"method": "GET", "relative_url": "me?fields=id"},
		{"method": "GET", "relative_url": "100000000000999"},
	}})
	var first struct {
		ID string `json:"id"`
	}
	operations, _ := batch["operations"].([]any)
	if len(operations) != 2 {
		t.Fatalf("the batch answers %v", batch)
	}
	one, _ := operations[0].(map[string]any)
	two, _ := operations[1].(map[string]any)
	body, _ := one["body"].(string)
	if err := json.Unmarshal([]byte(body), &first); err != nil || number(one["code"]) != 200 || first.ID != me["id"] {
		t.Errorf("the batch's first operation answers %v", one)
	}
	if number(two["code"]) != 400 {
		t.Errorf("a missing object in a batch answers %v", two)
	}

	appToken := c.mustText(c.act("appToken", nil), "access_token")
	if got := s.get(t, "/app", url.Values{"access_token": {appToken}}); got.text("id") != campaigns.id {
		t.Errorf("R-TOKEN-02: /app with an app token answers %d %v", got.status, got.body)
	}

	// R-TOKEN-01: a used code is refused, and what it had cut is dead with its
	// children; another login's token lives.
	other := c.mustText(c.act("exchange", map[string]any{"code": consent()}), "access_token")
	c.wantError(c.act("exchange", map[string]any{"code": code}), "threw.response.error", 100, 36009)
	for name, dead := range map[string]string{"root": token, "child": child} {
		result := c.act("get", map[string]any{"path": "me", "token": dead})
		if number(at(result, "threw.response.error.code")) != 190 {
			t.Errorf("R-TOKEN-01: the %s of a replayed code still works", name)
		}
	}
	c.mustText(c.act("get", map[string]any{"path": "me", "token": other}), "id")
	c.wantError(c.act("exchange", map[string]any{"code": "not-a-code"}), "threw.response.error", 100, 0)

	// R-TOKEN-11: a business's grant is the business's to end: whoever stole one
	// of its tokens cannot.
	c.wantError(c.act("remove", map[string]any{"path": "me/permissions", "token": other}), "threw.response.error", 200, 0)
	c.mustText(c.act("get", map[string]any{"path": "me", "token": other}), "id")
}

// TestClientFBExtendsUserToken proves the exchange of a user token for a
// long-lived one (R-TOKEN-02, R-TOKEN-03) and R-LOGIN-12 through fb.
func TestClientFBExtendsUserToken(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{tls: true})
	app := newCallback(t)
	c := s.startClient(t, "fb.mjs", nodeSettings{app: campaigns, redirectURI: app.uri()})
	redirect := s.devConsent(t, configReporting, benID, "", []string{adAccountEU, pageRepairs}, app.uri(), "")
	token := c.mustText(c.act("exchange", map[string]any{"code": redirect.Query().Get("code")}), "access_token")
	long := c.act("extend", map[string]any{"token": token})
	if c.mustText(long, "access_token"); number(long["expires_in"]) < 59*24*3600 {
		t.Errorf("R-TOKEN-03: the long-lived token lasts %v s", long["expires_in"])
	}
	pages := c.act("get", map[string]any{"path": "me/accounts", "token": c.mustText(long, "access_token")})
	list, _ := pages["data"].([]any)
	if len(list) != 1 {
		t.Fatalf("R-LOGIN-12: me/accounts answers %v", pages)
	}
	if page, _ := list[0].(map[string]any); page["id"] != pageRepairs || page["access_token"] == nil {
		t.Errorf("me/accounts lists %v", page["id"])
	}
	c.wantError(c.act("extend", map[string]any{"token": "pku_" + strings.Repeat("0", 45)}), "threw.response.error", 190, 0)

	// R-TOKEN-11, by the client's own DELETE: both tokens of the person are dead.
	if gone := c.act("remove", map[string]any{"path": "me/permissions", "token": token}); gone["success"] != true {
		t.Errorf("R-TOKEN-11: DELETE me/permissions answers %v", gone)
	}
	for _, dead := range []string{token, c.mustText(long, "access_token")} {
		c.wantError(c.act("get", map[string]any{"path": "me", "token": dead}), "threw.response.error", 190, 458)
	}
}

// TestClientPassport proves passport-facebook: the dialog at an old version
// with rerequest in a popup, the form exchange, /me with a proof, and how it
// tells its caller of a used code, a wrong code and a denied dialog
// (R-TOKEN-01, R-TOKEN-08, R-LOGIN-13).
func TestClientPassport(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{tls: true})
	app := newCallback(t)
	c := s.startClient(t, "passport.mjs", nodeSettings{app: trailmates, redirectURI: app.uri(), scope: "email"})
	browser := s.newTab(t)

	dialog := c.mustText(c.act("authorize", nil), "url")
	wantHost(t, dialog)
	browser.open(dialog)
	back, _ := browser.walk(login{email: benEmail}, app.origin)

	first := c.act("callback", map[string]any{"url": back, "keep": true})
	c.mustText(first, "user.accessToken")
	if got := c.mustText(first, "user.profile.displayName"); got != "Ben Okafor" {
		t.Errorf("the profile is of %s", got)
	}
	if got, _ := json.Marshal(at(first, "user.profile.emails")); !strings.Contains(string(got), benEmail) {
		t.Errorf("the profile's addresses are %s", got)
	}
	if got, _ := json.Marshal(at(first, "user.profile.photos")); !strings.Contains(string(got), "http") {
		t.Errorf("the profile's photos are %s", got)
	}

	used := c.act("callback", map[string]any{"url": back, "keep": true})
	c.wantError(used, "threw", 100, 36009)
	if got := at(used, "threw.name"); got != "FacebookTokenError" {
		t.Errorf("a used code reaches the caller as %v", got)
	}
	c.wantError(c.act("callback", map[string]any{"url": mangleCode(t, back)}), "threw", 100, 0)

	browser.open(c.mustText(c.act("authorize", nil), "url"))
	back, _ = browser.walk(login{email: benEmail, cancelAt: "review"}, app.origin)
	denied := c.act("callback", map[string]any{"url": back})
	if at(denied, "failed.message") != "Permissions error" {
		t.Errorf("R-LOGIN-13: a denied dialog reaches the caller as %v", denied)
	}
}

// TestClientArctic proves arctic: scopes separated by spaces, its strict
// reading of the token answer, and its errors (R-TOKEN-01, R-TOKEN-03).
func TestClientArctic(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{tls: true})
	app := newCallback(t)
	c := s.startClient(t, "arctic.mjs", nodeSettings{app: trailmates, redirectURI: app.uri(), scope: "email public_profile"})
	browser := s.newTab(t)

	dialog := c.mustText(c.act("authorize", map[string]any{"state": "st-arctic"}), "url")
	wantHost(t, dialog)
	browser.open(dialog)
	back, _ := browser.walk(login{email: benEmail}, app.origin)
	query, _ := landed(t, back)
	if query.Get("state") != "st-arctic" {
		t.Errorf("state came back as %q", query.Get("state"))
	}

	tokens := c.act("exchange", map[string]any{"code": query.Get("code")})
	token := c.mustText(tokens, "accessToken")
	if tokens["tokenType"] != "bearer" || number(tokens["expiresIn"]) < 59*24*3600 || tokens["hasRefreshToken"] != false {
		t.Errorf("arctic reads type %v, %v s, refresh token %v", tokens["tokenType"], tokens["expiresIn"], tokens["hasRefreshToken"])
	}
	me := c.act("me", map[string]any{"token": token})
	if number(me["status"]) != 200 || at(me, "body.email") != benEmail || at(me, "body.picture.data.url") == nil {
		t.Errorf("/me answers %v", me)
	}

	used := c.act("exchange", map[string]any{"code": query.Get("code")})
	c.wantError(used, "threw.data.error", 100, 36009)
	if got := at(used, "threw.name"); got != "UnexpectedErrorResponseBodyError" || number(at(used, "threw.status")) != 400 {
		t.Errorf("a used code reaches the caller as %v with status %v", got, at(used, "threw.status"))
	}
	if dead := c.act("me", map[string]any{"token": token}); number(at(dead, "body.error.code")) != 190 {
		t.Error("R-TOKEN-01: the token of a replayed code still works")
	}
	c.wantError(c.act("exchange", map[string]any{"code": "not-a-code"}), "threw.data.error", 100, 0)
}

// TestClientAuthJS proves Auth.js: no state but PKCE (S256), HTTP Basic on the
// unversioned token address, Bearer on /me, and its errors (R-TOKEN-01,
// R-LOGIN-13).
func TestClientAuthJS(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{tls: true, scenario: clientsWorld(t)})
	app := newCallback(t)
	c := s.startClient(t, "authjs.mjs", nodeSettings{app: trailmates, redirectURI: app.uri(), scope: "email"})
	browser := s.newTab(t)

	dialog := c.mustText(c.act("authorize", nil), "url")
	wantHost(t, dialog)
	if query, _ := landed(t, dialog); query.Get("code_challenge_method") != "S256" || query.Has("state") {
		t.Errorf("Auth.js asks for %v: this test no longer proves PKCE without state", query)
	}
	browser.open(dialog)
	back, _ := browser.walk(login{email: benEmail}, app.origin)

	first := c.act("callback", map[string]any{"url": back, "keep": true})
	if got := c.mustText(first, "location"); got != app.origin+"/done" {
		t.Fatalf("after the login Auth.js leads to %s: %v", got, first["errors"])
	}
	if at(first, "session.user.email") != benEmail || at(first, "account.token_type") != "bearer" {
		t.Errorf("Auth.js made the session %v", first["session"])
	}
	if c.mustText(first, "account.providerAccountId") != at(first, "profile.id") {
		t.Error("the account's id is not that of /me")
	}

	for name, address := range map[string]string{"used": back, "wrong": mangleCode(t, back)} {
		second := c.act("callback", map[string]any{"url": address, "keep": true})
		if second["session"] != nil || !strings.Contains(c.mustText(second, "location"), "/auth/error") {
			t.Errorf("R-TOKEN-01: with a %s code Auth.js leads to %v", name, second["location"])
		}
	}

	browser.open(askedAgain(c.mustText(c.act("authorize", nil), "url")))
	back, _ = browser.walk(login{email: benEmail, cancelAt: "review"}, app.origin)
	denied := c.act("callback", map[string]any{"url": back})
	if !strings.HasSuffix(c.mustText(denied, "location"), "error=OAuthCallbackError") {
		t.Errorf("R-LOGIN-13: a denied dialog leads Auth.js to %v", denied["location"])
	}
}

// TestClientBetterAuth proves better-auth with its configId option: scope
// beside config_id of a user-token configuration (R-LOGIN-02), debug_token as
// its security check (R-TOKEN-09), and its errors.
func TestClientBetterAuth(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{tls: true, scenario: clientsWorld(t)})
	app := newCallback(t)
	c := s.startClient(t, "betterauth.mjs", nodeSettings{app: campaigns, redirectURI: app.uri(), configID: configReporting})
	browser := s.newTab(t)
	ben := login{email: benEmail, assets: []string{adAccountEU, pageRepairs}}

	dialog := c.mustText(c.act("authorize", nil), "url")
	wantHost(t, dialog)
	if query, _ := landed(t, dialog); query.Get("config_id") != configReporting || query.Get("scope") == "" {
		t.Errorf("better-auth asks for %v: this test no longer proves config_id beside scope", query)
	}
	browser.open(dialog)
	back, _ := browser.walk(ben, app.origin)

	first := c.act("callback", map[string]any{"url": back})
	if got := c.mustText(first, "location"); got != "/done" {
		t.Fatalf("after the login better-auth leads to %s: %v", got, first["log"])
	}
	if at(first, "session.user.email") != benEmail {
		t.Errorf("better-auth made the session %v", first["session"])
	}
	accounts, _ := first["accounts"].([]any)
	if len(accounts) != 1 {
		t.Errorf("better-auth keeps the accounts %v", accounts)
	}

	// A code that was used before: better-auth needs a login of its own for
	// its state, so the used code goes into the second callback.
	used, _ := landed(t, back)
	browser.open(c.mustText(c.act("authorize", nil), "url"))
	back, steps := browser.walk(ben, app.origin)
	if len(steps) > 0 {
		t.Errorf("R-LOGIN-17: the same login again asks at %v", steps)
	}
	second := c.act("callback", map[string]any{"url": withCode(t, back, used.Get("code"))})
	if got := c.mustText(second, "location"); got != "/failed?error=invalid_code" || second["session"] != nil {
		t.Errorf("R-TOKEN-01: with a used code better-auth leads to %s", got)
	}

	// A scope more beside the configuration is asked for, once; the login that
	// asks for less again takes nothing away and asks nobody.
	wider := s.startClient(t, "betterauth.mjs", nodeSettings{app: campaigns, redirectURI: app.uri(), configID: configReporting, scope: "pages_manage_metadata"})
	for round, c := range []*nodeClient{wider, wider, c} {
		browser.open(c.mustText(c.act("authorize", nil), "url"))
		back, steps = browser.walk(ben, app.origin)
		if asked := slices.Contains(steps, "review"); asked != (round == 0) {
			t.Errorf("R-LOGIN-17: login %d of three asks at %v", round+1, steps)
		}
		result := c.act("callback", map[string]any{"url": back})
		accounts, _ := result["accounts"].([]any)
		if at(result, "session.user.email") != benEmail || len(accounts) != 1 {
			t.Errorf("login %d of three makes the session %v", round+1, result["session"])
			continue
		}
		account, _ := accounts[0].(map[string]any)
		token, _ := account["accessToken"].(string)
		if got := scopesOf(s.debug(t, campaigns, token)); !slices.Contains(got, "pages_manage_metadata") || !slices.Contains(got, "ads_read") {
			t.Errorf("R-LOGIN-17: after login %d of three the token holds %v", round+1, got)
		}
	}

	browser.open(askedAgain(c.mustText(c.act("authorize", nil), "url")))
	ben.cancelAt = "review"
	back, _ = browser.walk(ben, app.origin)
	denied := c.act("callback", map[string]any{"url": back})
	if got := c.mustText(denied, "location"); !strings.HasPrefix(got, "/failed?error=access_denied") {
		t.Errorf("R-LOGIN-13: a denied dialog leads better-auth to %s", got)
	}
}

// scopesOf reads the scopes of debug_token's data, sorted.
func scopesOf(data map[string]any) []string {
	scopes := stringsOf(data["scopes"])
	slices.Sort(scopes)
	return scopes
}

// askedAgain is a dialog's address that asks who agreed before.
func askedAgain(dialog string) string { return dialog + "&auth_type=rerequest" }

// withCode is the callback's address with another code in it.
func withCode(t *testing.T, address, code string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	query.Set("code", code)
	u.RawQuery = query.Encode()
	return u.String()
}

// mangleCode changes the last character of the code in a callback's address.
func mangleCode(t *testing.T, address string) string {
	t.Helper()
	query, _ := landed(t, address)
	code := query.Get("code")
	if code == "" {
		t.Fatalf("no code came back")
	}
	last := "A"
	if strings.HasSuffix(code, last) {
		last = "B"
	}
	return withCode(t, address, code[:len(code)-1]+last)
}
