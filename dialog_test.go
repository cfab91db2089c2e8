package prokura_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
)

// R-LOGIN-15: what the dialog shows next depends on what is saved, and on
// nothing else.
func TestLoginNext(t *testing.T) {
	system := &prokura.Configuration{TokenType: prokura.TokenTypeSystemUser, Assets: []prokura.ConfigurationAsset{{Kind: prokura.KindPage}}}
	bare := &prokura.Configuration{TokenType: prokura.TokenTypeSystemUser}
	user := &prokura.Configuration{TokenType: prokura.TokenTypeUser, Assets: []prokura.ConfigurationAsset{{Kind: prokura.KindPage}}}
	for _, c := range []struct {
		name  string
		login prokura.Login
		conf  *prokura.Configuration
		want  prokura.Step
	}{
		{"new", prokura.Login{}, system, prokura.StepSignIn},
		{"password right, second factor to come", prokura.Login{Awaiting: true}, system, prokura.StepSecondFactor},
		{"expired while the second factor was awaited", prokura.Login{Awaiting: true, Expires: now}, system, prokura.StepExpired},
		{"person changed the password since", prokura.Login{Person: 1, PersonGeneration: 1}, system, prokura.StepSignIn},
		{"business", prokura.Login{Person: 1, PersonGeneration: 2}, system, prokura.StepBusiness},
		{"assets", prokura.Login{Person: 1, PersonGeneration: 2, Business: 3}, system, prokura.StepAssets},
		{"assets chosen", prokura.Login{Person: 1, PersonGeneration: 2, Business: 3, AssetsChosen: true}, system, prokura.StepReview},
		{"no assets asked", prokura.Login{Person: 1, PersonGeneration: 2, Business: 3}, bare, prokura.StepReview},
		{"user configuration skips the business", prokura.Login{Person: 1, PersonGeneration: 2}, user, prokura.StepAssets},
		{"scope login", prokura.Login{Person: 1, PersonGeneration: 2}, nil, prokura.StepReview},
		{"reauthenticate", prokura.Login{Person: 1, PersonGeneration: 2, Created: 10, Authenticated: 9, Request: prokura.LoginRequest{Reauthenticate: true}}, nil, prokura.StepReauthenticate},
		{"reauthenticated", prokura.Login{Person: 1, PersonGeneration: 2, Created: 10, Authenticated: 10, Request: prokura.LoginRequest{Reauthenticate: true}}, nil, prokura.StepReview},
		{"expired", prokura.Login{Person: 1, PersonGeneration: 2, Expires: now}, nil, prokura.StepExpired},
		{"done stays done after expiry", prokura.Login{Outcome: prokura.OutcomeGranted, Expires: 1}, system, prokura.StepDone},
	} {
		if got := c.login.Next(c.conf, 2, now); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// R-LOGIN-02 … -07: each refusal before the dialog is shown, in the order in
// which it is found; the redirect URI comes first.
func TestCheckLogin(t *testing.T) {
	cat := prokura.DefaultCatalog()
	app := prokura.App{ID: appID, Type: prokura.AppBusiness, Business: 9, Mode: prokura.ModeLive,
		Settings: prokura.AppSettings{RedirectURIs: []string{"https://app.example/cb"}, JSDomains: []string{"https://app.example"}}}
	system := prokura.Configuration{ID: 41, App: appID, TokenType: prokura.TokenTypeSystemUser, Permissions: []prokura.Permission{"ads_read"}}
	pages := system
	pages.Permissions = []prokura.Permission{"pages_show_list"}
	user := system
	user.ID, user.TokenType = 42, prokura.TokenTypeUser
	ok := prokura.LoginRequest{RedirectURI: "https://app.example/cb", ResponseTypes: []string{"code"}, Configuration: 41}
	with := func(f func(*prokura.LoginRequest)) prokura.LoginRequest { r := ok; f(&r); return r }
	set := func(f func(*prokura.App)) prokura.App { a := app; f(&a); return a }
	for _, c := range []struct {
		name   string
		app    prokura.App
		conf   *prokura.Configuration
		req    prokura.LoginRequest
		mobile bool
		want   prokura.Reason
	}{
		{"system user", app, &system, ok, false, ""},
		{"user token", app, &user, ok, false, ""},
		{"redirect before anything else (R-LOGIN-06)", app, nil, with(func(r *prokura.LoginRequest) { r.RedirectURI += "/" }), true, prokura.RedirectNotListed},
		{"disabled app", set(func(a *prokura.App) { a.Disabled = 1 }), &system, ok, false, prokura.AppUnknown},
		{"unknown config_id (R-LOGIN-03)", app, nil, ok, false, prokura.ConfigurationInvalid},
		{"foreign config_id (R-LOGIN-03)", set(func(a *prokura.App) { a.ID = 12 }), &system, ok, false, prokura.ConfigurationInvalid},
		{"deleted config_id (R-LOGIN-03)", app, &prokura.Configuration{ID: 41, App: appID, Deleted: 1}, ok, false, prokura.ConfigurationInvalid},
		{"consumer app (R-LOGIN-02)", set(func(a *prokura.App) { a.Type = prokura.AppConsumer }), &system, ok, false, prokura.ConfigurationInvalid},
		{"token response (R-LOGIN-04)", app, &system, with(func(r *prokura.LoginRequest) { r.ResponseTypes = []string{"token"} }), false, prokura.ResponseTypeInvalid},
		{"code and token (R-LOGIN-04)", app, &system, with(func(r *prokura.LoginRequest) { r.ResponseTypes = []string{"code", "token"} }), false, prokura.ResponseTypeInvalid},
		{"token for a user configuration", app, &user, with(func(r *prokura.LoginRequest) { r.ResponseTypes = []string{"token"} }), false, ""},
		{"implicit off", set(func(a *prokura.App) { a.Settings.ImplicitOff = true }), &user, with(func(r *prokura.LoginRequest) { r.ResponseTypes = []string{"token"} }), false, prokura.ResponseTypeInvalid},
		{"mobile (R-LOGIN-05)", app, &system, ok, true, prokura.MobileUnsupported},
		{"touch (R-LOGIN-05)", app, &system, with(func(r *prokura.LoginRequest) { r.Display = "touch" }), false, prokura.MobileUnsupported},
		{"mobile with a user configuration", app, &user, ok, true, ""},
		{"what libraries add beside a system-user config_id (R-LOGIN-18)", app, &system, with(func(r *prokura.LoginRequest) { r.Scopes = []prokura.Permission{"email", "public_profile"} }), false, ""},
		{"a scope that the system-user configuration has (R-LOGIN-18)", app, &system, with(func(r *prokura.LoginRequest) { r.Scopes = []prokura.Permission{"ads_read", "email", "ads_read"} }), false, ""},
		{"a scope that the system-user configuration lacks (R-LOGIN-18)", app, &system, with(func(r *prokura.LoginRequest) { r.Scopes = []prokura.Permission{"email", "catalog_management"} }), false, prokura.ScopeInvalid},
		{"openid beside a system-user config_id", app, &system, with(func(r *prokura.LoginRequest) { r.Scopes = []prokura.Permission{"openid"} }), false, prokura.ScopeInvalid},
		{"an old name of which the configuration has a part", app, &pages, with(func(r *prokura.LoginRequest) { r.Scopes = []prokura.Permission{"manage_pages"} }), false, prokura.ScopeInvalid},
		{"scope beside a user config_id (R-LOGIN-02)", app, &user, with(func(r *prokura.LoginRequest) { r.Scopes = []prokura.Permission{"email"} }), false, ""},
		{"app without business (R-LOGIN-07)", set(func(a *prokura.App) { a.Business = 0 }), &system, ok, false, prokura.AppWithoutBusiness},
		{"login switched off", set(func(a *prokura.App) { a.Settings.ClientOAuthOff = true }), &system, ok, false, prokura.OAuthLoginOff},
		{"origin (R-LOGIN-16)", app, &system, with(func(r *prokura.LoginRequest) { r.Origin = "https://evil.example" }), false, prokura.OriginNotAllowed},
		{"business app by scope needs a supported permission (R-LOGIN-02)", app, nil, with(func(r *prokura.LoginRequest) { r.Configuration = 0; r.Scopes = []prokura.Permission{"email"} }), false, prokura.AppNotAvailable},
		{"business app by scope", app, nil, with(func(r *prokura.LoginRequest) { r.Configuration = 0; r.Scopes = []prokura.Permission{"ads_read"} }), false, ""},
	} {
		found := c.conf != nil
		e := prokura.CheckLogin(cat, c.app, c.conf, found, c.req, c.mobile)
		if c.want == "" && e != nil || c.want != "" && (e == nil || e.Reason != c.want) {
			t.Errorf("%s: %v, want %q", c.name, e, c.want)
		}
	}
	beyond := with(func(r *prokura.LoginRequest) {
		r.Scopes = []prokura.Permission{"email", "catalog_management", "ads_read", "openid"}
	})
	e := prokura.CheckLogin(cat, app, &system, true, beyond, false)
	if e == nil || !strings.Contains(e.Detail, `["catalog_management" "openid"]`) {
		t.Errorf("R-LOGIN-18: the cause names other scopes than those that the configuration lacks: %+v", e)
	}
}

// R-LOGIN-09, R-LOGIN-10, R-APP-02: who may grant to an app that lacks access.
func TestEligible(t *testing.T) {
	cat := prokura.DefaultCatalog()
	asked, _ := cat.Set("ads_read", "pages_show_list")
	some, _ := cat.Set("ads_read")
	for _, c := range []struct {
		name         string
		mode         prokura.AppMode
		advanced     prokura.PermissionSet
		exempt, role bool
		want         bool
	}{
		{"live, every permission has access", prokura.ModeLive, asked, false, false, true},
		{"live, one permission lacks access", prokura.ModeLive, some, false, false, false},
		{"live, owned business", prokura.ModeLive, prokura.PermissionSet{}, true, false, true},
		{"live, role on the app", prokura.ModeLive, prokura.PermissionSet{}, false, true, true},
		{"development, role on the app", prokura.ModeDevelopment, prokura.PermissionSet{}, false, true, true},
		{"development, owned business without a role", prokura.ModeDevelopment, asked, true, false, false},
		{"development, stranger", prokura.ModeDevelopment, asked, false, false, false},
	} {
		e := prokura.Eligible(cat, prokura.App{Mode: c.mode, Advanced: c.advanced}, asked, c.exempt, c.role)
		if (e == nil) != c.want {
			t.Errorf("%s: %v", c.name, e)
		}
		if e != nil && (e.Reason != prokura.AppNotAvailable || strings.Contains(e.Public, "pages_show_list")) {
			t.Errorf("%s: %v tells strangers too much", c.name, e)
		}
	}
}

// R-LOGIN-14: every displayed thing changes the digest.
func TestSnapshotDigest(t *testing.T) {
	base := prokura.Snapshot{Login: "l", App: 1, AppName: "a", AppVersion: 1, Configuration: 2, ConfigurationVersion: 3, Person: 4, Business: 5,
		BusinessName: "b", Permissions: []prokura.Permission{"ads_read"}, Assets: []prokura.Asset{{ID: 6, Kind: "page", Name: "p"}}, RedirectURI: "https://r"}
	seen := map[string]string{base.Digest(): "the same snapshot"}
	if again := base; again.Digest() != base.Digest() {
		t.Fatal("the digest is not a function")
	}
	for name, f := range map[string]func(*prokura.Snapshot){
		"login": func(s *prokura.Snapshot) { s.Login = "m" }, "app": func(s *prokura.Snapshot) { s.App++ },
		"app name": func(s *prokura.Snapshot) { s.AppName = "x" }, "app version": func(s *prokura.Snapshot) { s.AppVersion++ },
		"configuration": func(s *prokura.Snapshot) { s.Configuration++ }, "version": func(s *prokura.Snapshot) { s.ConfigurationVersion++ },
		"person": func(s *prokura.Snapshot) { s.Person++ }, "business": func(s *prokura.Snapshot) { s.Business++ },
		"business name": func(s *prokura.Snapshot) { s.BusinessName = "c" }, "redirect": func(s *prokura.Snapshot) { s.RedirectURI = "https://s" },
		"permission":   func(s *prokura.Snapshot) { s.Permissions = []prokura.Permission{"ads_read", "email"} },
		"asset":        func(s *prokura.Snapshot) { s.Assets = []prokura.Asset{{ID: 7, Kind: "page", Name: "p"}} },
		"asset name":   func(s *prokura.Snapshot) { s.Assets = []prokura.Asset{{ID: 6, Kind: "page", Name: "q"}} },
		"asset gone":   func(s *prokura.Snapshot) { s.Assets = nil },
		"names joined": func(s *prokura.Snapshot) { s.Permissions = []prokura.Permission{"ads_read\"\np \"email"} },
	} {
		s := base
		f(&s)
		if other := seen[s.Digest()]; other != "" {
			t.Errorf("changing %s gives the digest of %s", name, other)
		}
		seen[s.Digest()] = name
	}
}

func TestParseResponseTypes(t *testing.T) {
	for in, want := range map[string][]string{
		"": {"code"}, "code": {"code"}, "token": {"token"}, "code token": {"code", "token"}, "token,code": {"code", "token"},
		"token,signed_request,graph_domain": {"graph_domain", "signed_request", "token"}, "code,code": {"code"},
	} {
		got, err := prokura.ParseResponseTypes(in)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v %v, want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"id_token", "granted_scopes", "Code", "code;token"} {
		if got, err := prokura.ParseResponseTypes(in); err == nil {
			t.Errorf("%q is accepted as %v", in, got)
		}
	}
}

// R-LOGIN-02: what a configuration may hold.
func TestConfigurationCheck(t *testing.T) {
	cat := prokura.DefaultCatalog()
	app := prokura.App{ID: appID, Type: prokura.AppBusiness}
	good := prokura.Configuration{Name: "n", TokenType: prokura.TokenTypeSystemUser, ExpiresInDays: 60, Permissions: []prokura.Permission{"ads_read"},
		Assets: []prokura.ConfigurationAsset{{Kind: prokura.KindAdAccount, Tasks: []prokura.Task{"ANALYZE"}}}}
	for name, f := range map[string]func(*prokura.Configuration){
		"no name":                  func(c *prokura.Configuration) { c.Name = " " },
		"long name":                func(c *prokura.Configuration) { c.Name = strings.Repeat("é", 101) },
		"no token type":            func(c *prokura.Configuration) { c.TokenType = "" },
		"odd expiry":               func(c *prokura.Configuration) { c.ExpiresInDays = 30 },
		"user with expiry":         func(c *prokura.Configuration) { c.TokenType = prokura.TokenTypeUser },
		"no permission":            func(c *prokura.Configuration) { c.Permissions = nil },
		"email to a system user":   func(c *prokura.Configuration) { c.Permissions = append(c.Permissions, "email") },
		"unknown permission":       func(c *prokura.Configuration) { c.Permissions = append(c.Permissions, "nope") },
		"unsupported permission":   func(c *prokura.Configuration) { c.Permissions = append(c.Permissions, "rsvp_event") },
		"unknown kind":             func(c *prokura.Configuration) { c.Assets[0].Kind = "boat" },
		"kind twice":               func(c *prokura.Configuration) { c.Assets = append(c.Assets, c.Assets[0]) },
		"impossible set of tasks":  func(c *prokura.Configuration) { c.Assets[0].Tasks = []prokura.Task{"MANAGE"} },
		"a task of another kind":   func(c *prokura.Configuration) { c.Assets[0].Tasks = []prokura.Task{"MODERATE"} },
		"more than sixty of scope": func(c *prokura.Configuration) { c.Permissions = make([]prokura.Permission, 61) },
	} {
		c := good
		c.Permissions, c.Assets = slices.Clone(good.Permissions), slices.Clone(good.Assets)
		f(&c)
		if err := c.Check(cat, app); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if err := good.Check(cat, app); err != nil {
		t.Errorf("a good configuration: %v", err)
	}
	if err := good.Check(cat, prokura.App{Type: prokura.AppConsumer}); err == nil {
		t.Error("a consumer app has a configuration")
	}
	only := good
	only.TokenType, only.ExpiresInDays, only.Permissions = prokura.TokenTypeUser, 0, []prokura.Permission{"email", "public_profile"}
	if err := only.Check(cat, app); err == nil {
		t.Error("a configuration with only automatic permissions is accepted")
	}
}

// R-APP-03: admin > developer > tester, analyst; the last two beside each other.
func TestAppRoles(t *testing.T) {
	order := []prokura.AppRole{prokura.AppAdmin, prokura.AppDeveloper, prokura.AppTester, prokura.AppAnalyst, prokura.AppNobody}
	want := []string{"11111", "01111", "00101", "00011", "00001"}
	for i, have := range order {
		for j, need := range order {
			if got := have.AtLeast(need); got != (want[i][j] == '1') {
				t.Errorf("%q at least %q: %v", have, need, got)
			}
		}
	}
}
