package test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// adaConnects is the main job: Ada gives Brightline Campaigns access to some
// of what Nordwind Outdoor owns.
func adaConnects() login {
	return login{email: adaEmail, business: nordwindID, assets: []string{adAccountEU, pageOutdoor, catalogWinter}}
}

// TestDialogSystemUser walks the dialog of a system-user configuration from
// the login to the app and uses what comes back (R-LOGIN-04, R-LOGIN-07,
// R-LOGIN-08, R-LOGIN-11, R-LOGIN-15, R-TOKEN-03, R-TOKEN-07, R-TOKEN-09),
// on a desktop and on a screen of 360 pixels. Each step is accessible in
// light and in dark.
func TestDialogSystemUser(t *testing.T) { eachDatabase(t, dialogSystemUser) }

func dialogSystemUser(t *testing.T, postgres bool) {
	s := startServer(t, serverOptions{postgres: postgres})
	app := newCallback(t)
	for name, width := range map[string]int64{"desktop": 1440, "narrow": 360} {
		t.Run(name, func(t *testing.T) {
			p := newTab(t)
			p.viewport(width, 800)
			p.open(app.dialogURL(s, campaigns, "config_id", configCampaigns))
			ada := adaConnects()
			ada.visit = func(step string) {
				p.accessible(name + " " + step)
				switch step {
				case "login":
					p.wantText(step, "Brightline Campaigns")
				case "business":
					p.wantText(step, "Brightline Campaigns", "Brightline Ads", "Nordwind Outdoor")
				case "assets":
					p.wantText(step, "Nordwind EU", "Nordwind US", "Nordwind Outdoor", "Nordwind Repairs", "Winter 2026")
					p.choose("asset", []string{adAccountEU})
					p.until("the choice is counted", `document.querySelector("[data-sum]").textContent === "1 asset chosen."`)
				case "review":
					p.wantText(step, "Brightline Campaigns", "Brightline Ads", "Nordwind Outdoor", "Ada Lindqvist", "Nordwind EU", "Winter 2026")
					if text := p.text(); strings.Contains(text, "Nordwind US") || strings.Contains(text, "Nordwind Repairs") {
						t.Errorf("R-LOGIN-08: the review names an asset that was not chosen")
					}
					if text := p.text(); strings.Contains(text, "ads_management") {
						t.Errorf("R-LOGIN-08: the review shows a permission's technical name instead of plain words")
					}
				}
			}
			back, steps := p.walk(ada, app.uri())
			if want := []string{"login", "business", "assets", "review"}; !slices.Equal(steps, want) {
				t.Errorf("the steps are %v, want %v", steps, want)
			}
			query, _ := landed(t, back)
			if query.Get("state") != "st-42" {
				t.Errorf("state came back as %q", query.Get("state"))
			}

			got := s.exchange(t, campaigns, app.uri(), query.Get("code"))
			token := got.text("access_token")
			if got.status != http.StatusOK || !strings.HasPrefix(token, "pkb_") || got.text("token_type") != "bearer" {
				t.Fatalf("the exchange answers %d %d/%d", got.status, got.code(), got.subcode())
			}
			if got.at("expires_in") != nil {
				t.Errorf("R-TOKEN-03: a token that never expires has expires_in %v", got.at("expires_in"))
			}
			me := s.get(t, "/v25.0/me", url.Values{"fields": {"id,name,client_business_id"}, "access_token": {token}})
			if me.text("client_business_id") != nordwindID || me.text("id") == "" {
				t.Errorf("R-TOKEN-07: /me answers %d %v", me.status, me.body)
			}
			data := s.debug(t, campaigns, token)
			if data["type"] != "SYSTEM_USER" || data["is_valid"] != true || data["user_id"] != me.text("id") {
				t.Errorf("R-TOKEN-09: debug_token says %v", data)
			}
			wantScopes := []string{"ads_management", "ads_read", "business_management", "catalog_management", "pages_read_engagement", "pages_show_list"}
			if got := scopesOf(data); !slices.Equal(got, wantScopes) {
				t.Errorf("R-LOGIN-08: granted %v, want %v", got, wantScopes)
			}
			if got := targets(data, "ads_read"); !slices.Equal(got, []string{adAccountEU}) {
				t.Errorf("R-LOGIN-08: ads_read reaches %v", got)
			}
			if got := targets(data, "pages_show_list"); !slices.Equal(got, []string{pageOutdoor}) {
				t.Errorf("R-LOGIN-08: pages_show_list reaches %v", got)
			}
		})
	}
}

// targets reads the ids that a granular scope of debug_token's data reaches,
// without the prefix of ad accounts, sorted.
func targets(data map[string]any, scope string) []string {
	var ids []string
	entries, _ := data["granular_scopes"].([]any)
	for _, entry := range entries {
		object, _ := entry.(map[string]any)
		if object["scope"] != scope {
			continue
		}
		for _, id := range stringsOf(object["target_ids"]) {
			ids = append(ids, strings.TrimPrefix(id, "act_"))
		}
	}
	slices.Sort(ids)
	return ids
}

// wantText fails for each text that a person does not read on the page.
func (p *tab) wantText(page string, wants ...string) {
	p.t.Helper()
	text := p.text()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			p.t.Errorf("%s does not say %q:\n%s", page, want, text)
		}
	}
}

// TestDialogCancel proves R-LOGIN-13 at every step: the app hears of the
// refusal and gets its state back, and nothing was granted.
func TestDialogCancel(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{})
	app := newCallback(t)
	for _, step := range []string{"login", "business", "assets", "review"} {
		t.Run(step, func(t *testing.T) {
			p := newTab(t)
			p.open(app.dialogURL(s, campaigns, "config_id", configCampaigns))
			ada := adaConnects()
			ada.cancelAt = step
			back, _ := p.walk(ada, app.uri())
			query, _ := landed(t, back)
			for key, want := range map[string]string{
				"error": "access_denied", "error_reason": "user_denied", "error_code": "200",
				"error_description": "Permissions error", "state": "st-42", "code": "",
			} {
				if got := query.Get(key); got != want {
					t.Errorf("R-LOGIN-13: %s came back as %q, want %q", key, got, want)
				}
			}
		})
	}
	t.Run("nothing was granted", func(t *testing.T) {
		p := newTab(t)
		p.signIn(s, adaEmail)
		p.open(s.url + "/business/" + nordwindID + "/integrations/connected-apps")
		if strings.Contains(p.text(), "Brightline Campaigns") {
			t.Error("R-LOGIN-13: a cancelled login connected the app")
		}
	})
}

// signIn logs a person in outside of any dialog.
func (p *tab) signIn(s *server, email string) {
	p.t.Helper()
	p.open(s.url + "/login")
	p.answer("login", login{email: email})
	if strings.HasPrefix(p.url(), s.url+"/login") {
		p.t.Fatalf("%s is not logged in\n%s", email, p.where())
	}
}

// TestDialogReload proves R-LOGIN-15: reload and back work at each step, and a
// step that was answered is not asked again.
func TestDialogReload(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{})
	app := newCallback(t)
	p := newTab(t)
	p.open(app.dialogURL(s, campaigns, "config_id", configCampaigns))
	ada := adaConnects()
	var seen []string
	ada.visit = func(step string) {
		seen = append(seen, step)
		p.leave(func() { eval[bool](p, "setTimeout(() => location.reload()), true") })
		if now, _ := p.dialogState(); now.Step != step {
			t.Errorf("R-LOGIN-15: reloading %s leads to %q", step, now.Step)
		}
		if step == "review" {
			p.leave(func() { p.press(buttonOf("/review", "back")) })
			if now, _ := p.dialogState(); now.Step != "assets" {
				t.Errorf("R-LOGIN-15: back from the review leads to %q", now.Step)
			}
			if got := eval[int](p, "document.querySelectorAll('input[name=asset]:checked').length"); got != len(ada.assets) {
				t.Errorf("R-LOGIN-15: back forgot the choice: %d of %d assets", got, len(ada.assets))
			}
			p.answer("assets", ada)
		}
	}
	back, _ := p.walk(ada, app.uri())
	if query, _ := landed(t, back); query.Get("code") == "" {
		t.Errorf("R-LOGIN-15: after reload and back the app gets %v", query)
	}
	// The browser's own back button after the end: the login is over.
	p.leave(func() { eval[bool](p, "history.back(), true") })
	if now, _ := p.dialogState(); now.Step == "review" {
		p.leave(func() { p.press(buttonOf("/review", "confirm")) })
		if strings.HasPrefix(p.url(), app.origin) {
			t.Error("R-LOGIN-15: a finished login was confirmed again")
		}
	}
}

// TestDialogRequiresAssets proves R-LOGIN-08: at least one asset of each kind
// that the configuration requires.
func TestDialogRequiresAssets(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{})
	app := newCallback(t)
	p := newTab(t)
	p.open(app.dialogURL(s, campaigns, "config_id", configCampaigns))
	ada := adaConnects()
	tried := false
	ada.visit = func(step string) {
		if step != "assets" || tried {
			return
		}
		tried = true
		p.choose("asset", []string{adAccountEU})
		p.leave(func() { p.press(buttonOf("/assets", "continue")) })
		if now, _ := p.dialogState(); now.Step != "assets" || !p.has("[role=alert]") {
			t.Errorf("R-LOGIN-08: without the required page the dialog goes on to %q", now.Step)
		}
		p.accessible("assets with a problem")
	}
	back, _ := p.walk(ada, app.uri())
	if query, _ := landed(t, back); query.Get("code") == "" || !tried {
		t.Errorf("the corrected choice leads to %v", query)
	}
}

// TestDialogUserToken proves a user-token configuration (R-LOGIN-12): Ben
// reaches what he chose among what he may reach himself.
func TestDialogUserToken(t *testing.T) { eachDatabase(t, dialogUserToken) }

func dialogUserToken(t *testing.T, postgres bool) {
	s := startServer(t, serverOptions{postgres: postgres})
	app := newCallback(t)
	p := newTab(t)
	p.open(app.dialogURL(s, campaigns, "config_id", configReporting))
	ben := login{email: benEmail, assets: []string{adAccountEU, pageRepairs}}
	ben.visit = func(step string) {
		p.accessible("user token " + step)
		if step == "assets" && strings.Contains(p.text(), "Nordwind US") {
			t.Error("R-LOGIN-12: Ben is offered an account that he has no task on")
		}
	}
	back, steps := p.walk(ben, app.uri())
	if slices.Contains(steps, "business") {
		t.Errorf("a personal login asks for a business: %v", steps)
	}
	query, _ := landed(t, back)
	token := s.token(t, campaigns, app.uri(), query.Get("code"))
	if !strings.HasPrefix(token, "pku_") {
		t.Error("a user-token configuration gives another kind of token")
	}
	data := s.debug(t, campaigns, token)
	if data["type"] != "USER" || number(data["expires_at"]) == 0 || number(data["data_access_expires_at"]) == 0 {
		t.Errorf("R-TOKEN-03: debug_token says %v", data)
	}
	if got := targets(data, "ads_read"); !slices.Equal(got, []string{adAccountEU}) {
		t.Errorf("R-LOGIN-12: ads_read reaches %v", got)
	}
	accounts := s.get(t, "/v25.0/me/adaccounts", url.Values{"access_token": {token}})
	if list, _ := accounts.at("data").([]any); len(list) != 1 {
		t.Errorf("R-LOGIN-12: /me/adaccounts answers %d %v", accounts.status, accounts.body)
	}
}

// TestDialogClassic proves the login of an app without Login for Business, by
// scope (R-LOGIN-02), with each response type.
func TestDialogClassic(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{})
	app := newCallback(t)
	p := newTab(t)
	ben := login{email: benEmail}
	walk := func(overrides ...string) (query, fragment url.Values) {
		t.Helper()
		p.open(app.dialogURL(s, trailmates, overrides...))
		back, _ := p.walk(ben, app.uri())
		return landed(t, back)
	}

	ben.visit = func(step string) { p.accessible("classic " + step) }
	query, _ := walk("scope", "email,public_profile")
	ben.visit = nil
	if !strings.HasSuffix(p.url(), "#_=_") {
		t.Error("the code's redirect does not end with #_=_")
	}
	token := s.token(t, trailmates, app.uri(), query.Get("code"))
	me := s.get(t, "/me", url.Values{"fields": {"id,email"}, "access_token": {token}})
	if me.text("email") != benEmail {
		t.Errorf("/me answers %d %v", me.status, me.body)
	}

	query, fragment := walk("scope", "email", "response_type", "token", "return_scopes", "true")
	if fragment.Get("access_token") == "" || fragment.Get("state") != "st-42" || query.Has("code") || query.Has("access_token") {
		t.Error("response_type=token does not put the token into the fragment alone")
	}
	if seconds := fragment.Get("expires_in"); len(seconds) != 4 {
		t.Errorf("R-TOKEN-03: a token of the implicit grant lasts %q s, want 1 to 2 hours", seconds)
	}
	if !strings.Contains(fragment.Get("granted_scopes"), "email") {
		t.Errorf("return_scopes answers %q", fragment.Get("granted_scopes"))
	}

	query, fragment = walk("scope", "email", "response_type", "code token")
	if fragment.Get("access_token") == "" || fragment.Get("code") == "" || query.Has("code") {
		t.Error("response_type=code token does not put both into the fragment")
	}

	// auth_type=reauthenticate asks for the password although Ben is logged in.
	p.open(app.dialogURL(s, trailmates, "scope", "email", "auth_type", "reauthenticate"))
	_, steps := p.walk(ben, app.uri())
	if !slices.Contains(steps, "password") && !slices.Contains(steps, "login") {
		t.Errorf("auth_type=reauthenticate asks for no password: %v", steps)
	}
}

// TestDialogPKCE proves that a code of a dialog with a challenge needs the
// verifier (R-TOKEN-01).
func TestDialogPKCE(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{})
	app := newCallback(t)
	p := newTab(t)
	// RFC 7636, appendix B.
	const verifier, challenge = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	p.open(app.dialogURL(s, trailmates, "scope", "email", "code_challenge", challenge, "code_challenge_method", "S256"))
	back, _ := p.walk(login{email: benEmail}, app.uri())
	query, _ := landed(t, back)
	form := url.Values{
		"client_id": {trailmates.id}, "client_secret": {trailmates.secret},
		"redirect_uri": {app.uri()}, "code": {query.Get("code")},
	}
	for name, wrong := range map[string]string{"no": "", "another": strings.Repeat("x", 43)} {
		form.Set("code_verifier", wrong)
		if got := s.post(t, "/oauth/access_token", form); got.status != http.StatusBadRequest {
			t.Errorf("R-TOKEN-01: with %s verifier the exchange answers %d", name, got.status)
		}
	}
	form.Set("code_verifier", verifier)
	if got := s.post(t, "/oauth/access_token", form); got.status != http.StatusOK {
		t.Errorf("R-TOKEN-01: with its verifier the exchange answers %d %d/%d", got.status, got.code(), got.subcode())
	}
}

// TestDialogSignIn proves that the dialog says the same of a wrong password
// and of an unknown person, and goes on after a correction.
func TestDialogSignIn(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{})
	app := newCallback(t)
	p := newTab(t)
	p.open(app.dialogURL(s, campaigns, "config_id", configCampaigns))
	var said []string
	for _, email := range []string{adaEmail, "nobody@nordwind.example"} {
		p.fillIn("input[name=email]", email)
		p.fillIn("input[name=password]", "a wrong password")
		p.leave(func() { p.press(buttonOf("/login", "")) })
		if now, _ := p.dialogState(); now.Step != "login" {
			t.Fatalf("a wrong password leads to %q", now.Step)
		}
		said = append(said, p.text())
	}
	if said[0] != said[1] {
		t.Errorf("a wrong password and an unknown person are told apart:\n%s\n---\n%s", said[0], said[1])
	}
	p.accessible("login refused")
	back, _ := p.walk(adaConnects(), app.uri())
	if query, _ := landed(t, back); query.Get("code") == "" {
		t.Errorf("after the correction the app gets %v", query)
	}
}
