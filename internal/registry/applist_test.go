package registry_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
)

// TestAppLists: people list the apps they have a role on, platform staff find
// every app by name or id, part by part (R-APP-03, T40).
func TestAppLists(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		owner, staff := f.session(f.people[three]), f.session(f.staff)

		mine, err := apps.Mine(f.ctx, f.Registry, owner)
		if err != nil || len(mine) != three {
			t.Fatalf("%d apps, %v", len(mine), err)
		}
		for _, a := range mine {
			if a.Role != prokura.AppAdmin || a.Owner != "Provider" || !a.Verified || a.Configurations != 2 || a.Settings.Category != "business" {
				t.Errorf("the list says %+v", a)
			}
		}
		if none, err := apps.Mine(f.ctx, f.Registry, f.session(f.people[0])); err != nil || len(none) != 0 {
			t.Errorf("a person without a role has %d apps, %v", len(none), err)
		}
		if _, err := apps.Mine(f.ctx, f.Registry, registry.Nobody("")); prokura.AsError(err).Reason != prokura.SignInRequired {
			t.Errorf("nobody: %v", err)
		}

		found := func(search string, after prokura.ID, limit int) (ids []prokura.ID) {
			t.Helper()
			list, err := apps.All(f.ctx, f.Registry, staff, search, after, limit)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range list {
				ids = append(ids, a.ID)
			}
			return ids
		}
		all := slices.Sorted(slices.Values(f.apps))
		if got := found("", 0, 10); !slices.Equal(got, all) {
			t.Errorf("all apps are %v, want %v", got, all)
		}
		if got := append(found("", 0, 2), found("", all[1], 2)...); !slices.Equal(got, all) {
			t.Errorf("two parts are %v, want %v", got, all)
		}
		for search, want := range map[string]int{"app 1": 1, "APP": three, all[0].String(): 1, "%": 0, `\`: 0, "no": 0} {
			if got := found(search, 0, 10); len(got) != want {
				t.Errorf("a search for %q finds %v", search, got)
			}
		}
		if _, err := apps.All(f.ctx, f.Registry, owner, "", 0, 10); prokura.AsError(err).Reason != prokura.StaffOnly {
			t.Errorf("an admin lists every app: %v", err)
		}

		// A deleted app is nobody's any more, and staff still find it.
		if err := apps.Delete(f.ctx, f.Registry, owner, f.apps[0]); err != nil {
			t.Fatal(err)
		}
		if mine, err = apps.Mine(f.ctx, f.Registry, owner); err != nil || len(mine) != three-1 {
			t.Errorf("after deleting one there are %d apps, %v", len(mine), err)
		}
		if got := found("", 0, 10); len(got) != three {
			t.Errorf("staff find %d apps", len(got))
		}
		change := apps.Update(f.ctx, f.Registry, owner, f.apps[0], 2, func(a *prokura.App) error { a.Name = "Back"; return nil })
		_, secret := apps.ShowSecret(f.ctx, f.Registry, owner, f.apps[0])
		_, view := apps.Get(f.ctx, f.Registry, owner, f.apps[0])
		for what, err := range map[string]error{"change": change, "secret": secret, "view": view} {
			if prokura.AsError(err).Reason != prokura.NotFound {
				t.Errorf("R-TOKEN-10: %s of a deleted app: %v", what, err)
			}
		}
		if v, err := apps.ForStaff(f.ctx, f.Registry, staff, f.apps[0]); err != nil || v.App.Disabled == 0 {
			t.Errorf("staff see the deleted app: %v", err)
		}
		if _, err := apps.ForStaff(f.ctx, f.Registry, owner, f.apps[1]); prokura.AsError(err).Reason != prokura.StaffOnly {
			t.Errorf("an admin sees an app as staff do: %v", err)
		}
	})
}

// TestAppDetails: what the dashboard tells about configurations and secrets,
// only to whoever may see the app.
func TestAppDetails(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, owner := f.apps[0], f.session(f.people[three])
		for i := range 2 {
			f.consent(f.systems[app], f.people[i], f.clients[i], f.assetsOf(f.clients[i]))
		}
		f.consent(f.systems[f.apps[1]], f.people[2], f.clients[2], f.assetsOf(f.clients[2]))
		f.travel(time.Hour)
		v, err := apps.Get(f.ctx, f.Registry, owner, app)
		if err != nil {
			t.Fatal(err)
		}
		c := v.Configurations[slices.IndexFunc(v.Configurations, func(c prokura.Configuration) bool { return c.ID == f.personal[app] })]
		if _, err := apps.SaveConfiguration(f.ctx, f.Registry, owner, c); err != nil {
			t.Fatal(err)
		}
		uses, err := apps.ConfigurationUses(f.ctx, f.Registry, owner, app)
		if err != nil || len(uses) != 2 || uses[f.systems[app]].Grants != 2 || uses[f.personal[app]].Grants != 0 {
			t.Errorf("configurations are used %+v, %v", uses, err)
		}
		if edited, as := uses[f.personal[app]].Updated, uses[f.systems[app]].Updated; edited-as < prokura.Instant(time.Hour.Milliseconds()) {
			t.Errorf("edited an hour later: %d and %d", edited, as)
		}

		before, err := apps.AgeOfSecret(f.ctx, f.Registry, owner, app)
		if err != nil || before.Since == 0 || before.OldUntil != 0 {
			t.Errorf("a first secret is %+v, %v", before, err)
		}
		owner = f.session(f.people[three])
		if _, err := apps.ResetSecret(f.ctx, f.Registry, owner, app, 24*time.Hour); err != nil {
			t.Fatal(err)
		}
		after, err := apps.AgeOfSecret(f.ctx, f.Registry, owner, app)
		if err != nil || after.Since <= before.Since || after.OldUntil != after.Since.Add(24*time.Hour) {
			t.Errorf("T26: after a reset it is %+v, %v", after, err)
		}
		f.travel(25 * time.Hour)
		if later, err := apps.AgeOfSecret(f.ctx, f.Registry, f.session(f.people[three]), app); err != nil || later.OldUntil != 0 {
			t.Errorf("T26: after the grace it is %+v, %v", later, err)
		}

		stranger := f.session(f.people[0])
		_, uses1 := apps.ConfigurationUses(f.ctx, f.Registry, stranger, app)
		_, age1 := apps.AgeOfSecret(f.ctx, f.Registry, stranger, app)
		for _, err := range []error{uses1, age1} {
			if prokura.AsError(err).Reason != prokura.NotFound {
				t.Errorf("T40: a stranger: %v", err)
			}
		}
	})
}

// TestCheckApp: what an app's people may set, each error with its setting
// (R-APP-01, R-APP-02).
func TestCheckApp(t *testing.T) {
	fine := prokura.App{Name: "Fine", Mode: prokura.ModeDevelopment, Settings: prokura.AppSettings{Contact: "dev@example.org", BusinessUse: "own",
		Category: "Games", Icon: "data:image/png;base64,AAAA", Version: prokura.NewestVersion().String(), Domains: []string{"app.example.org", "localhost"},
		ServerIPs: []string{"192.0.2.1", "2001:db8::/32"}, SiteURL: "https://example.org/", PrivacyPolicyURL: "http://localhost:3000/privacy",
		RedirectURIs: []string{"https://example.org/cb", "x-app://done"}, JSDomains: []string{"https://example.org"}}}
	if err := apps.Check(fine); err != nil {
		t.Fatalf("a good app: %v", err)
	}
	for field, spoil := range map[string]func(*prokura.App){
		"name":                 func(a *prokura.App) { a.Name = "a\u202eb" },
		"contact":              func(a *prokura.App) { a.Settings.Contact = "Dev <dev@example.org>" },
		"business_use":         func(a *prokura.App) { a.Settings.BusinessUse = "fun" },
		"category":             func(a *prokura.App) { a.Settings.Category = strings.Repeat("x", 101) },
		"icon":                 func(a *prokura.App) { a.Settings.Icon = "data:image/svg+xml;base64,AAAA" },
		"version":              func(a *prokura.App) { a.Settings.Version = "v1.0" },
		"domains":              func(a *prokura.App) { a.Settings.Domains = []string{"example.org:80"} },
		"server_ips":           func(a *prokura.App) { a.Settings.ServerIPs = []string{"192.0.2.0/33"} },
		"site_url":             func(a *prokura.App) { a.Settings.SiteURL = "httpx://example.org/" },
		"terms_url":            func(a *prokura.App) { a.Settings.TermsURL = "http://example.org/" },
		"privacy_policy_url":   func(a *prokura.App) { a.Mode, a.Settings.PrivacyPolicyURL = prokura.ModeLive, "" },
		"deauthorize_callback": func(a *prokura.App) { a.Settings.DeauthorizeCallback = "javascript:alert(1)" },
		"data_deletion_url":    func(a *prokura.App) { a.Settings.DataDeletionURL = "//example.org" },
		"redirect_uris":        func(a *prokura.App) { a.Settings.RedirectURIs = []string{"https://example.org/#x"} },
		"js_domains":           func(a *prokura.App) { a.Settings.JSDomains = []string{"http://example.org"} },
	} {
		a := fine
		spoil(&a)
		err := apps.Check(a)
		if err == nil || prokura.AsError(err).Field != field {
			t.Errorf("R-APP-01: a wrong %s: %v", field, err)
		}
	}
}
