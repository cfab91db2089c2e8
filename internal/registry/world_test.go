package registry_test

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/registry/world"
	"github.com/prokura/prokura/internal/store"
)

const worldPassword = prokura.Secret("the same for everybody")

// testWorld has three people with one password, two businesses, an app and,
// when grants are wanted, one of each kind.
func testWorld() world.World {
	return world.World{
		People: []world.Person{
			{Key: "ada", ID: 100000000000001, Name: "Ada One", Email: "ADA@example.org", Password: worldPassword},
			{Key: "ben", Name: "Ben Two", Email: "ben@example.org", Password: worldPassword, Staff: prokura.StaffReviewer},
			{Key: "tess", Name: "Tess Three", Email: "tess@example.org"},
		},
		Businesses: []world.Business{
			{Key: "shop", ID: 100000000000002, Name: "Shop", Members: []world.Member{{Person: "ada", Role: prokura.RoleAdmin}, {Person: "ben", Role: prokura.RoleEmployee}}},
			{Key: "agency", Name: "Agency", Verification: "verified", Members: []world.Member{{Person: "tess", Role: prokura.RoleAdmin}}, Manages: []string{"shop"}},
		},
		Assets: []world.Asset{
			{Key: "ads", ID: 100000000000003, Kind: prokura.KindAdAccount, Business: "shop", Name: "Ads", Attributes: map[string]any{"currency": "EUR"},
				People: []world.Tasks{{Key: "ben", Tasks: []prokura.Task{"ANALYZE"}}}, Shares: []world.Tasks{{Key: "agency", Tasks: []prokura.Task{"ANALYZE"}}}},
			{Key: "front", Kind: prokura.KindPage, Business: "shop", Name: "Front"},
			{Key: "own_page", Kind: prokura.KindPage, Business: "agency", Name: "Agency's page"},
		},
		Apps: []world.App{
			{Key: "tool", ID: 100000000000004, Name: "Tool", Business: "agency", Mode: prokura.ModeLive, Level: prokura.LevelBasic,
				Secret: "0123456789abcdef0123456789abcdef", Advanced: []prokura.Permission{"ads_read"},
				Settings: prokura.AppSettings{RedirectURIs: []string{"https://tool.example/cb"}, PrivacyPolicyURL: "https://tool.example/privacy", Icon: "data:image/png;base64,AA", Category: "Business"},
				Roles:    []world.Role{{Person: "tess", Role: prokura.AppAdmin}, {Person: "ben", Role: prokura.AppTester}},
				Configurations: []world.Configuration{
					{Key: "reports", Configuration: prokura.Configuration{ID: 100000000000005, Name: "Reports", TokenType: prokura.TokenTypeSystemUser, ExpiresInDays: 60,
						Assets:      []prokura.ConfigurationAsset{{Kind: prokura.KindAdAccount, Tasks: []prokura.Task{"ANALYZE"}, Required: true}},
						Permissions: []prokura.Permission{"ads_read", "business_management"}}},
					{Key: "personal", Configuration: prokura.Configuration{Name: "Personal", TokenType: prokura.TokenTypeUser,
						Assets: []prokura.ConfigurationAsset{{Kind: prokura.KindAdAccount}}, Permissions: []prokura.Permission{"ads_read"}}},
				}},
			{Key: "hobby", Name: "Hobby", Type: prokura.AppConsumer, Settings: prokura.AppSettings{RedirectURIs: []string{"https://hobby.example/cb"}},
				Roles: []world.Role{{Person: "ben", Role: prokura.AppDeveloper}, {Person: "tess", Role: prokura.AppAdmin}}},
		},
	}
}

func worldGrants() []world.Grant {
	return []world.Grant{
		{Configuration: "reports", Person: "ada", Business: "shop", Assets: []string{"ads"}},
		{Configuration: "personal", Person: "ben", Assets: []string{"ads"}},
		{App: "hobby", Person: "tess", Permissions: []prokura.Permission{"email"}},
	}
}

func openWorld(t *testing.T, database string) *registry.Registry {
	t.Helper()
	r, err := registry.Open(t.Context(), registry.Config{Database: database, KeyFile: filepath.Join(t.TempDir(), "keys.json"), Dev: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func TestPlant(t *testing.T) { onBoth(t, testPlant) }

func testPlant(t *testing.T, database string) {
	r := openWorld(t, database)
	w := testWorld()
	w.Grants = worldGrants()
	ids, err := world.Plant(t.Context(), r, w)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]prokura.ID{"ada": 100000000000001, "shop": 100000000000002, "ads": 100000000000003, "tool": 100000000000004, "reports": 100000000000005} {
		if ids[key] != want {
			t.Errorf("%s has the id %s, want %s", key, ids[key], want)
		}
	}
	for _, key := range []string{"ben", "tess", "agency", "front", "own_page", "hobby", "personal"} {
		if ids[key] < prokura.MinID {
			t.Errorf("%s has the id %d, want a random one", key, ids[key])
		}
	}

	// People log in with the password; who has none cannot.
	for _, email := range []string{"ada@example.org", "ben@example.org"} {
		if _, err := people.SignIn(t.Context(), r, email, worldPassword, people.Client{Address: "192.0.2.1"}); err != nil {
			t.Errorf("sign in as %s: %v", email, err)
		}
	}
	if _, err := people.SignIn(t.Context(), r, "tess@example.org", "", people.Client{Address: "192.0.2.1"}); !errors.Is(err, prokura.SignInFailed) {
		t.Errorf("sign in without a password: %v", err)
	}

	err = r.Store().View(t.Context(), func(tx *store.View) error {
		business, err := tx.BusinessGrant(ids["shop"], ids["tool"], ids["reports"])
		if err != nil {
			return err
		}
		// R-LOGIN-11: the same rows as the dialog makes.
		u, err := tx.IntegrationUser(ids["shop"], ids["tool"])
		if err != nil {
			return err
		}
		if _, err := tx.FindScopedID(ids["tool"], u.ID); err != nil {
			t.Errorf("R-LOGIN-11: no app-scoped id of the integration system user: %v", err)
		}
		if business.SystemUser != u.ID || business.ExpiresInDays != 60 || !slices.Equal(business.Assets, []prokura.ID{ids["ads"]}) || business.GrantedBy != ids["ada"] {
			t.Errorf("the business's grant is %+v", business)
		}
		personal, err := tx.PersonGrant(ids["ben"], ids["tool"])
		if err != nil {
			return err
		}
		if !r.Catalog().Has(personal.Scopes, "email") || !r.Catalog().Has(personal.Scopes, "ads_read") {
			t.Errorf("R-LOGIN-02: the personal grant holds %v", r.Catalog().Names(personal.Scopes))
		}
		if _, err := tx.PersonGrant(ids["tess"], ids["hobby"]); err != nil {
			return err
		}
		owner, err := tx.App(ids["hobby"])
		if err != nil {
			return err
		}
		if owner.Owner != ids["tess"] || owner.Business != 0 {
			t.Errorf("the app without a business is owned by %s, want its admin", owner.Owner)
		}
		lines, err := tx.JournalPage(store.JournalScope{}, store.Newest, 0, 100)
		planted := 0
		for _, l := range lines {
			if l.Act == prokura.ActPlantWorld && l.Caller == "operator" && l.Outcome == "done" {
				planted++
			}
		}
		if planted != 1+len(w.Grants) {
			t.Errorf("I-11: %d lines in the journal, want one for the world and one for each grant", planted)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.AuthenticateApp(t.Context(), "100000000000004", "0123456789abcdef0123456789abcdef", registry.Credentials{})
	if err != nil || c.App.Level != prokura.LevelBasic {
		t.Errorf("the app's fixed secret: %v", err)
	}

	// All or nothing: a second world that collides leaves nothing behind.
	second := testWorld()
	second.People[0].ID, second.People[0].Email = 0, "new@example.org"
	second.People[1].Email, second.People[2].Email = "new2@example.org", "new3@example.org"
	_, err = world.Plant(t.Context(), r, second)
	var wrong *world.Error
	if !errors.As(err, &wrong) || wrong.At != "businesses.shop.id" {
		t.Errorf("a taken id: %v", err)
	}
	if _, err := registry.View(t.Context(), r, func(tx *store.View) (prokura.Person, error) { return tx.PersonByEmail("new@example.org") }); !errors.Is(err, prokura.NotFound) {
		t.Errorf("a world that failed left a person behind: %v", err)
	}
	third := world.World{People: []world.Person{{Key: "twin", Name: "Twin", Email: "Ben@example.org"}}}
	if _, err = world.Plant(t.Context(), r, third); !errors.As(err, &wrong) || wrong.At != "people.twin.email" || !errors.Is(err, prokura.EmailTaken) {
		t.Errorf("a taken address: %v", err)
	}
}

// Grants are refused for the reasons of the dialog.
func TestPlantRefusesGrants(t *testing.T) {
	for _, c := range []struct {
		rule  string
		grant world.Grant
		at    string
		text  string
	}{
		{"R-LOGIN-07 full control", world.Grant{Configuration: "reports", Person: "ben", Business: "shop", Assets: []string{"ads"}}, "grants.0.business", "full control"},
		{"R-LOGIN-07 no business", world.Grant{Configuration: "reports", Person: "ada", Assets: []string{"ads"}}, "grants.0.business", "full control"},
		{"R-LOGIN-07 the app's own business", world.Grant{Configuration: "reports", Person: "tess", Business: "agency", Assets: []string{"own_page"}}, "grants.0.business", "full control"},
		{"R-LOGIN-08 required kind", world.Grant{Configuration: "reports", Person: "ada", Business: "shop"}, "grants.0.assets", "missing"},
		{"kind that was not asked for", world.Grant{Configuration: "reports", Person: "ada", Business: "shop", Assets: []string{"ads", "front"}}, "grants.0.assets", "cannot be given"},
		{"R-LOGIN-09 advanced access", world.Grant{App: "tool", Person: "ada", Permissions: []prokura.Permission{"pages_show_list"}}, "grants.0", "advanced access"},
		{"R-APP-02 development mode", world.Grant{App: "hobby", Person: "ada"}, "grants.0", "development mode"},
		{"R-LOGIN-18 a scope that the system-user configuration lacks", world.Grant{Configuration: "reports", Person: "ada", Business: "shop", Assets: []string{"ads"}, Permissions: []prokura.Permission{"email", "pages_show_list"}}, "grants.0.scope", "Invalid scopes"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			r := openWorld(t, filepath.Join(t.TempDir(), "world.db"))
			w := testWorld()
			w.Grants = []world.Grant{c.grant}
			_, err := world.Plant(t.Context(), r, w)
			var wrong *world.Error
			if !errors.As(err, &wrong) || wrong.At != c.at || !strings.Contains(wrong.Error(), c.text) {
				t.Errorf("got %v, want %q at %s", err, c.text, c.at)
			}
		})
	}
}

// Check finds what the acts would refuse, and where.
func TestWorldCheck(t *testing.T) {
	cat := prokura.DefaultCatalog()
	good := testWorld()
	good.Grants = worldGrants()
	if bad := good.Check(cat); len(bad) > 0 {
		t.Fatalf("a good world: %v", bad)
	}
	for _, c := range []struct {
		at     string
		change func(*world.World)
	}{
		{"people.Ada", func(w *world.World) { w.People[0].Key = "Ada" }},
		{"businesses.ada", func(w *world.World) { w.Businesses[0].Key = "ada" }},
		{"people.ben.id", func(w *world.World) { w.People[1].ID = w.People[0].ID }},
		{"people.ada.id", func(w *world.World) { w.People[0].ID = prokura.MaxID + 1 }},
		{"people.ada.name", func(w *world.World) { w.People[0].Name = "" }},
		{"people.ada.email", func(w *world.World) { w.People[0].Email = "not an address" }},
		{"people.ada.password", func(w *world.World) { w.People[0].Password = "short" }},
		{"people.ben.email", func(w *world.World) { w.People[1].Email = "ada@EXAMPLE.org" }},
		{"businesses.shop.name", func(w *world.World) { w.Businesses[0].Name = "" }},
		{"businesses.shop.verification", func(w *world.World) { w.Businesses[0].Verification = "yes" }},
		{"businesses.shop.members.nobody", func(w *world.World) { w.Businesses[0].Members[0].Person = "nobody" }},
		{"businesses.shop.members.ads", func(w *world.World) { w.Businesses[0].Members[0].Person = "ads" }},
		{"businesses.shop.members.ada", func(w *world.World) { w.Businesses[0].Members[0].Role = "OWNER" }},
		{"businesses.agency.manages.0", func(w *world.World) { w.Businesses[1].Manages[0] = "agency" }},
		{"businesses.agency.owns.0", func(w *world.World) { w.Businesses[1].Owns = []string{"nothing"} }},
		{"assets.ads.kind", func(w *world.World) { w.Assets[0].Kind = "castle" }},
		{"assets.ads.name", func(w *world.World) { w.Assets[0].Name = "" }},
		{"assets.ads.business", func(w *world.World) { w.Assets[0].Business = "ada" }},
		{"assets.ads.people.ben", func(w *world.World) { w.Assets[0].People[0].Tasks = []prokura.Task{"ADVERTISE"} }},
		{"assets.front.people.tess", func(w *world.World) {
			w.Assets[1].People = []world.Tasks{{Key: "tess", Tasks: []prokura.Task{"ANALYZE"}}}
		}},
		{"assets.ads.shared_with.shop", func(w *world.World) { w.Assets[0].Shares[0].Key = "shop" }},
		{"apps.tool.name", func(w *world.World) { w.Apps[0].Name = "a\u202eb" }},
		{"apps.tool.type", func(w *world.World) { w.Apps[0].Type = "toy" }},
		{"apps.tool.mode", func(w *world.World) { w.Apps[0].Mode = "open" }},
		{"apps.tool.level", func(w *world.World) { w.Apps[0].Level = "gold" }},
		{"apps.tool.secret", func(w *world.World) { w.Apps[0].Secret = "guess me" }},
		{"apps.tool.redirect_uris", func(w *world.World) { w.Apps[0].Settings.RedirectURIs = []string{"http://tool.example/cb"} }},
		{"apps.tool.js_domains", func(w *world.World) { w.Apps[0].Settings.JSDomains = []string{"*"} }},
		{"apps.tool.icon", func(w *world.World) { w.Apps[0].Settings.Icon = "" }},
		{"apps.tool.business", func(w *world.World) { w.Apps[0].Business = "nothing" }},
		{"apps.tool.roles.ben", func(w *world.World) { w.Apps[0].Roles[1].Role = "boss" }},
		{"apps.tool", func(w *world.World) { w.Apps[0].Roles, w.Apps[0].Business = w.Apps[0].Roles[1:], "" }},
		{"people.ada.password_hash", func(w *world.World) {
			w.People[0].PasswordHash = "$argon2id$v=19$m=4194304,t=9,p=1$c2FsdHNhbHRzYWx0c2FsdA$a2V5"
		}},
		{"people.ada.password_hash", func(w *world.World) { // both, though either would do
			w.People[0].PasswordHash = prokura.Secret(registry.PHC("x", make([]byte, 16)))
			w.People[0].Password = "a long password of tests"
		}},
		{"businesses.shop.two_factor", func(w *world.World) { w.Businesses[0].TwoFactor = "sometimes" }},
		{"grants.0.declined.0", func(w *world.World) { w.Grants[0].Declined = []prokura.Permission{"ads_read"} }},
		{"apps.tool.advanced_access.0", func(w *world.World) { w.Apps[0].Advanced[0] = "ads_eat" }},
		{"apps.tool.configurations.reports.permissions", func(w *world.World) { w.Apps[0].Configurations[0].Permissions = nil }},
		{"apps.tool.configurations.ada", func(w *world.World) { w.Apps[0].Configurations[0].Key = "ada" }},
		{"grants.0.person", func(w *world.World) { w.Grants[0].Person = "shop" }},
		{"grants.0.business", func(w *world.World) { w.Grants[0].Business = "ada" }},
		{"grants.0.assets.1", func(w *world.World) { w.Grants[0].Assets = []string{"ads", "ads"} }},
		{"grants.0", func(w *world.World) { w.Grants[0].App = "tool" }},
		{"grants.1.business", func(w *world.World) { w.Grants[1].Business = "shop" }},
		{"grants.2", func(w *world.World) { w.Grants[2].Assets = []string{"ads"} }},
		{"grants.2.permissions.0", func(w *world.World) { w.Grants[2].Permissions[0] = "mail" }},
		{"grants.0.configuration", func(w *world.World) { w.Grants[0].Configuration = "tool" }},
	} {
		w := testWorld()
		w.Grants = worldGrants()
		c.change(&w)
		bad := w.Check(cat)
		if !slices.ContainsFunc(bad, func(e *world.Error) bool { return e.At == c.at }) {
			t.Errorf("want something wrong at %s, got %v", c.at, bad)
		}
	}
}
