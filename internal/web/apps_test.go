package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/login"
	"github.com/prokura/prokura/internal/web/kit"
	"github.com/prokura/prokura/internal/web/kit/kittest"
)

// TestAppFromNothing is the app side of the main job: a person signs up, makes
// a business and an app, fills in its settings, makes a configuration of each
// template and follows a login link to the dialog (R-APP-01, R-LOGIN-01).
func TestAppFromNothing(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.goTo("/signup")
	b.signUp("Mara Voss", "mara@example.org")
	b.goTo("/business/new")
	b.submit("/business/new", "name", "Voss Digital")
	b.goTo("/apps")
	b.says("You have no apps yet.")
	b.goTo("/apps/new")
	b.says("Voss Digital", "mara@example.org")
	business := regexp.MustCompile(`<option value="(\d+)"[^>]*>Voss Digital`).FindStringSubmatch(b.page)
	if business == nil {
		t.Fatalf("the business is not offered:\n%s", b.page)
	}
	b.submit("/apps/new", "name", " Voss Sync ", "type", "business", "business", business[1], "contact", "mara@example.org")
	b.says("Voss Sync was created.", "Development", "changing it")
	base := strings.TrimSuffix(b.at, "/basic")
	app, err := prokura.ParseID(strings.TrimPrefix(base, "/apps/"))
	if err != nil {
		t.Fatalf("the app's page is %s", b.at)
	}
	b.sees(t)
	b.goTo("/apps")
	b.says("Voss Sync", "Voss Digital", "Admin")
	if b.goTo(base); b.at != base+"/basic" {
		t.Errorf("%s leads to %s", base, b.at)
	}

	// Basic settings, with an icon.
	b.says("Privacy policy URL</li>", "Icon</li>", "Category</li>")
	b.upload("/basic", "icon", kittest.PNG(600, 600), "name", "Voss Sync 2", "contact", "dev@voss.example", "privacy_policy_url", "https://voss.example/privacy",
		"terms_url", "https://voss.example/terms", "site_url", "https://voss.example/", "domains", "voss.example\r\n\r\napp.voss.example \nvoss.example", "category", "Productivity", "business_use", "clients")
	b.says("Your changes were saved.", "Voss Sync 2", "dev@voss.example", "https://voss.example/terms", "voss.example\napp.voss.example<", `selected>Productivity`,
		`value="clients" checked`, "/icon.png?v=")
	if strings.Contains(b.page, "Before the app can go live") {
		t.Error("R-APP-02: all that live mode needs is there, and still something is missing")
	}

	// Login settings, advanced settings.
	b.goTo(base + "/login")
	b.submit("/login", "client_oauth", "1", "web_oauth", "1", "redirect_uris", redirectURI+"\nvoss://done", "js_domains", "https://voss.example")
	b.says("Your changes were saved.", redirectURI+"\nvoss://done", "https://voss.example")
	b.goTo(base + "/advanced")
	b.submit("/advanced", "require_proof", "1", "strict", "1", "server_ips", "203.0.113.7\n2001:db8::/32", "api_version", "v23.0",
		"deauthorize_callback", "https://voss.example/gone", "data_deletion_url", "https://voss.example/forget")
	b.says("Your changes were saved.", `name="require_proof" value="1" checked`, `name="strict" value="1" checked`, "203.0.113.7\n2001:db8::/32", "selected>v23.0", "https://voss.example/forget")
	if strings.Contains(b.page, `name="implicit_off" value="1" checked`) || strings.Contains(b.page, `name="require_timed_proof" value="1" checked`) {
		t.Error("R-APP-01: what was not switched on is on")
	}
	b.submit("/advanced", "api_version", "")
	b.says("Your changes were saved.")

	// A configuration of each template, as it is offered.
	b.goTo(base + "/configurations/new")
	b.sees(t)
	for _, tpl := range s.registry.Catalog().Templates {
		b.goTo(base + "/configurations/new?template=" + tpl.Key)
		b.sees(t)
		fields := filledIn(b.page)
		b.submit("/configurations/new", fields...)
		b.says(tpl.Name+" was created.", "Permissions")
		config := b.copied("config-id")
		conf := s.configuration(app, config)
		if conf.TokenType != tpl.TokenType || conf.ExpiresInDays != tpl.ExpiresInDays || len(conf.Permissions) != len(tpl.Permissions) || len(conf.Assets) != len(tpl.Assets) || conf.Variation != tpl.Variation {
			t.Errorf("R-LOGIN-01: template %s became %+v", tpl.Key, conf)
		}
		req := s.follow(b.copied("login-url"))
		other := s.browser()
		if other.goTo(req); other.status != http.StatusOK {
			t.Errorf("R-LOGIN-01: the link of %s leads to %d", tpl.Key, other.status)
		}
		other.says("Voss Sync 2")
		if call := "override_default_response_type"; strings.Contains(b.page, call) != (tpl.TokenType == prokura.TokenTypeSystemUser) {
			t.Errorf("R-LOGIN-04: the SDK's call for %s is wrong", tpl.Key)
		}
	}
	b.goTo(base + "/configurations/new?template=nothing")
	if b.status != http.StatusNotFound {
		t.Errorf("an unknown template answers %d", b.status)
	}
}

// filledIn are the fields of the page's configuration form as a browser would
// send them untouched.
func filledIn(page string) []string {
	var fields []string
	_, page, _ = strings.Cut(page, `<section class="card" aria-labelledby="basics">`)
	for _, m := range regexp.MustCompile(`<input [^>]*id="f-name" name="(name)" type="text" value="([^"]*)"|<input type="(?:radio|checkbox)" id="[^"]*" name="([^"]*)" value="([^"]*)" checked|<option value="([^"]*)" selected`).FindAllStringSubmatch(page, -1) {
		switch {
		case m[1] != "":
			fields = append(fields, m[1], m[2])
		case m[3] != "":
			fields = append(fields, m[3], m[4])
		default:
			fields = append(fields, "variation", m[5])
		}
	}
	return fields
}

// configuration is a configuration as the next login will read it.
func (s *site) configuration(app prokura.ID, id string) prokura.Configuration {
	s.t.Helper()
	for _, c := range s.app(app).Configurations {
		if c.ID.String() == id {
			return c
		}
	}
	s.t.Fatalf("there is no configuration %s", id)
	return prokura.Configuration{}
}

// TestConfigurationEdit: an edit makes a new version, of what was chosen and
// nothing else; deleting asks once more, and ends logins with it (R-LOGIN-01,
// R-LOGIN-03).
func TestConfigurationEdit(t *testing.T) {
	s := newSiteWith(t, appsWorld(1))
	b := s.browser().logIn("developer")
	app, config := s.ids["app0"], s.id("app0admin")
	place := s.appPage("app0", "/configurations/"+config)

	b.goTo(s.appPage("app0", "/configurations"))
	b.says("Reports of the admin", "Reports of the developer", "1 permission", "Ad accounts")
	b.goTo(place)
	b.says("ads_read", "Only people with a role on the app and businesses of its owner", "See results and spending")
	b.goTo(place + "/edit")
	b.says(`value="ANALYZE" checked`, `name="permission" value="ads_read" checked`)
	b.submit("/edit", "name", "Ads", "variation", "general", "token_type", "user", "expiry", "days60", "kind", "page", "required", "page", "required", "pixel",
		"task.page", "ADVERTISE", "task.page", "ANALYZE", "task.page", "ANALYZE", "permission", "pages_show_list", "permission", "ads_read", "permission", "ads_read")
	b.says("Ads was changed.")
	c := s.configuration(app, config)
	if c.Version != 2 || c.Name != "Ads" || c.TokenType != prokura.TokenTypeUser || c.ExpiresInDays != 0 || len(c.Permissions) != 2 ||
		len(c.Assets) != 1 || c.Assets[0].Kind != prokura.KindPage || !c.Assets[0].Required || len(c.Assets[0].Tasks) != 2 {
		t.Errorf("R-LOGIN-01: the edit made %+v", c)
	}

	req := prokura.LoginRequest{RedirectURI: redirectURI, ResponseTypes: []string{"code"}, Configuration: c.ID}
	if _, err := login.Start(t.Context(), s.registry, app, req, false); err != nil {
		t.Fatal(err)
	}
	b.goTo(place + "/delete")
	b.says("Ads")
	if s.configuration(app, config).ID == 0 {
		t.Error("looking at the question deleted the configuration")
	}
	b.submit("/delete")
	b.says("Ads was deleted.")
	if _, err := login.Start(t.Context(), s.registry, app, req, false); prokura.AsError(err).Reason != prokura.ConfigurationInvalid {
		t.Errorf("R-LOGIN-03: a login with a deleted configuration: %v", err)
	}
	for _, path := range []string{place, place + "/edit", place + "/delete"} {
		if b.get(path); b.status != http.StatusNotFound {
			t.Errorf("%s answers %d", path, b.status)
		}
	}
}

// TestConfigurationNeedsBusinessApp: other apps have no configurations, neither
// shown nor made (R-LOGIN-02).
func TestConfigurationNeedsBusinessApp(t *testing.T) {
	s := newSite(t)
	b := s.browser().logIn("tess")
	place := s.appPage("trailmates", "/configurations/new")
	if b.goTo(place); b.status != http.StatusNotFound {
		t.Errorf("R-LOGIN-02: the form answers %d", b.status)
	}
	b.post(place, url.Values{"csrf": {b.csrf()}, "name": {"x"}, "token_type": {"user"}, "permission": {"ads_read"}})
	if b.status != http.StatusUnprocessableEntity {
		t.Errorf("R-LOGIN-02: a configuration of a consumer app answers %d", b.status)
	}
}

// TestSecret: shown once, to an admin who entered the password for it; a reset
// ends app tokens at once and the old secret after the chosen time, and nothing
// that people or businesses gave (R-APP-01, T26, R-TOKEN-10).
func TestSecret(t *testing.T) {
	s := newSite(t)
	business := s.connect()
	b := s.browser().logIn("tess")
	page := s.appPage("campaigns", "/advanced")
	const old = prokura.Secret("7f3c9a1e5b8d42f6a0c7e91b3d5f8a26")

	b.goTo(page)
	b.submit("/secret", "password", "not my password")
	b.problem("password", "not your current password")
	if strings.Contains(b.page, old.Reveal()) {
		t.Error("R-APP-01: a wrong password shows the secret")
	}
	b.goTo(page)
	b.submit("/secret", "password", password)
	if b.copied("secret-value") != old.Reveal() || b.header.Get("Cache-Control") != "no-store" {
		t.Error("R-APP-01: the secret is not shown")
	}
	b.sees(t)
	if b.goTo(page); strings.Contains(b.page, old.Reveal()) {
		t.Error("R-APP-01: the secret is shown twice")
	}

	// The mark that shows it works neither later, nor for another app, nor in
	// another session.
	b.post(s.appPage("campaigns", "/secret"), url.Values{"csrf": {b.csrf()}, "password": {password}})
	mark := b.cookie(kit.RevealCookie)
	if mark == "" {
		t.Fatal("no mark was set")
	}
	if b.goTo(s.appPage("lab", "/advanced")); strings.Contains(b.page, "secret-value") {
		t.Error("R-APP-01: the mark shows another app's secret")
	}
	thief := s.browser().logIn("tess")
	thief.setCookie(kit.RevealCookie, mark)
	if thief.goTo(page); strings.Contains(thief.page, old.Reveal()) {
		t.Error("R-APP-01: the mark works in another session")
	}
	if err := s.registry.Travel(t.Context(), 2*revealFor); err != nil {
		t.Fatal(err)
	}
	b.setCookie(kit.RevealCookie, mark)
	if b.goTo(page); strings.Contains(b.page, old.Reveal()) {
		t.Error("R-APP-01: the mark works later")
	}

	for _, tt := range []struct {
		grace string
		lives bool // the former secret
	}{{"24", true}, {"0", false}} {
		before := s.secret(b, page)
		app, err := s.registry.AuthenticateApp(t.Context(), s.id("campaigns"), before, registry.Credentials{})
		if err != nil {
			t.Fatal(err)
		}
		token, err := grants.MintAppToken(t.Context(), s.registry, app)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.alive(token.Secret); err != nil {
			t.Fatalf("an app token is dead before the reset: %v", err)
		}
		b.goTo(s.appPage("campaigns", "/secret/reset"))
		b.sees(t)
		b.submit("/secret/reset", "password", password, "grace", tt.grace)
		b.says("The secret was reset.")
		after := prokura.Secret(b.copied("secret-value"))
		if after == before || !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(after.Reveal()) {
			t.Error("R-APP-01: there is no new secret")
		}
		if strings.Contains(b.page, "The former secret still works until") != tt.lives {
			t.Errorf("T26: grace %s: the page says otherwise", tt.grace)
		}
		_, err = s.registry.AuthenticateApp(t.Context(), s.id("campaigns"), before, registry.Credentials{})
		if (err == nil) != tt.lives {
			t.Errorf("T26: grace %s: the former secret: %v", tt.grace, err)
		}
		if err := s.alive(token.Secret); err == nil {
			t.Errorf("T26: grace %s: an app token outlives the reset", tt.grace)
		}
	}
	if err := s.alive(business); err != nil {
		t.Errorf("R-TOKEN-10: the token of a business died with the app's secret: %v", err)
	}
	b.goTo(s.appPage("campaigns", "/secret/reset"))
	b.submit("/secret/reset", "password", password, "grace", "9000")
	b.problem("grace", "Choose how long")
}

// secret reads the app's secret as its admin does.
func (s *site) secret(b *browser, page string) prokura.Secret {
	s.t.Helper()
	b.goTo(page)
	b.submit("/secret", "password", password)
	return prokura.Secret(b.copied("secret-value"))
}

// TestAppDelete: with the password, and then everything of the app is over, for
// its own people too (R-TOKEN-10).
func TestAppDelete(t *testing.T) {
	s := newSite(t)
	token := s.connect()
	b := s.browser().logIn("tess")
	path := s.appPage("campaigns", "/delete")
	b.goTo(path)
	b.says("1 business or person is connected")
	b.sees(t)
	b.submit("/delete", "password", "wrong")
	b.problem("password", "not your current password")
	if err := s.alive(token); err != nil {
		t.Fatalf("a wrong password deleted the app: %v", err)
	}
	b.goTo(path)
	b.submit("/delete", "password", password)
	b.says("Brightline Campaigns was deleted.", "Brightline Lab")
	if err := s.alive(token); err == nil {
		t.Error("R-TOKEN-10: a token outlives its app")
	}
	csrf := b.csrf()
	for _, page := range []string{"/basic", "/advanced", "/configurations"} {
		if b.get(s.appPage("campaigns", page)); b.status != http.StatusNotFound {
			t.Errorf("%s of a deleted app answers %d", page, b.status)
		}
		if b.post(s.appPage("campaigns", page), url.Values{"csrf": {csrf}, "name": {"Back"}, "version": {"2"}}); b.status != http.StatusNotFound {
			t.Errorf("a form on %s of a deleted app answers %d", page, b.status)
		}
	}
}

// TestSecretWantsThePasswordNow: the mark of an earlier password entry is not
// enough once that entry is old.
func TestSecretWantsThePasswordNow(t *testing.T) {
	s := newSite(t)
	b := s.browser().logIn("tess")
	if err := s.registry.Travel(t.Context(), 11*time.Minute); err != nil {
		t.Fatal(err)
	}
	page := s.appPage("campaigns", "/advanced")
	if s.secret(b, page) == "" {
		t.Error("the password just entered does not count")
	}
	b.goTo(s.appPage("campaigns", "/delete"))
	b.submit("/delete")
	b.problem("password", "not your current password")
}
