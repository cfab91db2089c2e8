package registry_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/login"
	"github.com/prokura/prokura/internal/registry/world"
	"github.com/prokura/prokura/internal/store"
)

// classicApp makes a live consumer app, or a test app of one, that has advanced
// access to what its people give it and can ask for what Login for Business does
// not offer.
func (f *fixture) classicApp(parent prokura.ID) prokura.ID {
	f.t.Helper()
	var id prokura.ID
	if err := f.change(func(tx *store.Tx) (err error) {
		if id, err = tx.NewID(prokura.NodeApp, 0); err != nil {
			return err
		}
		f.secrets[id] = apps.DrawSecret()
		now := f.Now()
		a := prokura.App{ID: id, Name: "Classic", Type: prokura.AppConsumer, Owner: f.people[three], Mode: prokura.ModeLive, Parent: parent, Level: prokura.LevelDevelopment,
			Generation: 1, SecretGeneration: 1, Version: 1, Created: now, Settings: prokura.AppSettings{RedirectURIs: []string{"https://app.example/cb"}}}
		return errors.Join(tx.AddApp(a), tx.SetAdvanced(id, classicAccess, now), addSecret(f.Registry, tx, id, f.secrets[id], now),
			tx.SetAppRole(prokura.Role{App: id, Subject: f.people[three], Role: prokura.AppAdmin, Created: now}))
	}); err != nil {
		f.t.Fatal(err)
	}
	return id
}

var classicAccess = []prokura.Permission{"ads_read", "pages_show_list", "manage_notifications", "rsvp_event"}

// scoped is a token of a person's classic login.
func (f *fixture) scoped(app, person prokura.ID, scopes ...prokura.Permission) prokura.Secret {
	f.t.Helper()
	a, err := world.Consent(f.ctx, f.Registry, world.ConsentRequest{App: app, Person: person,
		Request: prokura.LoginRequest{RedirectURI: "https://app.example/cb", ResponseTypes: []string{"code"}, Scopes: scopes}}, "trace")
	if err != nil {
		f.t.Fatal(err)
	}
	return f.exchange(app, a.Values.Get("code"))
}

// holds is what a token carries; nil when it is dead.
func (f *fixture) holds(token prokura.Secret) []prokura.Permission {
	f.t.Helper()
	c, err := f.Authenticate(f.ctx, registry.Credentials{Token: token})
	if errors.Is(err, prokura.AppRemoved) {
		return nil
	}
	if err != nil {
		f.t.Fatal(err)
	}
	return f.Catalog().Names(c.Scopes())
}

// R-APP-05, T70, and the row of the kill matrix: a switch narrows and ends
// exactly what Login for Business does not offer, of the app and its test apps;
// the page before it said so; test apps follow; within 30 days, and not a moment
// longer, it can be rolled back, and nothing returns.
func TestSwitchLogin(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		admin := f.session(f.people[three])
		app := f.classicApp(0)
		test := f.classicApp(app)
		other := f.classicApp(0)
		profile := []prokura.Permission{"public_profile", "email"}
		with := func(list ...prokura.Permission) []prokura.Permission {
			return append(slices.Clone(profile[:1]), list...)
		}
		type one struct {
			name   string
			token  prokura.Secret
			before []prokura.Permission
			after  []prokura.Permission
		}
		all := []one{
			{"kept", f.scoped(app, f.people[0], "email", "ads_read", "pages_show_list"), with("email", "ads_read", "pages_show_list"), with("email", "ads_read", "pages_show_list")},
			{"narrowed", f.scoped(app, f.people[1], "ads_read", "rsvp_event"), with("ads_read", "rsvp_event"), with("ads_read")},
			{"unsupported alone", f.scoped(app, f.people[2], "manage_notifications"), with("manage_notifications"), nil},
			{"of the test app", f.scoped(test, f.people[three], "ads_read", "rsvp_event", "manage_notifications"), with("ads_read", "manage_notifications", "rsvp_event"), with("ads_read")},
			{"profile alone", f.scoped(test, f.people[0], "email"), profile, nil},
			{"of another app", f.scoped(other, f.people[1], "rsvp_event"), with("rsvp_event"), with("rsvp_event")},
			{"of a business", f.exchange(f.apps[0], f.consent(f.systems[f.apps[0]], f.people[0], f.clients[0], f.assetsOf(f.clients[0]))), fixtureScopes, fixtureScopes},
		}
		check := func(when string, want func(one) []prokura.Permission) {
			t.Helper()
			for _, x := range all {
				got, expected := f.holds(x.token), slices.Clone(want(x))
				slices.Sort(got)
				slices.Sort(expected)
				if !slices.Equal(got, expected) {
					t.Errorf("%s: the token %s holds %v, want %v", when, x.name, got, expected)
				}
			}
		}
		check("before", func(x one) []prokura.Permission { return x.before })
		open := f.scopedCode(app, f.people[2], "manage_notifications")

		v, err := apps.ShowLoginSwitch(f.ctx, f.Registry, admin, app)
		if err != nil || v.Kept != 1 || v.Narrowed != 2 || v.Ended != 2 || len(v.TestApps) != 1 || v.MayBack ||
			!slices.Equal(v.Access, []prokura.Permission{"manage_notifications", "rsvp_event"}) ||
			!slices.Equal(v.Losses, []apps.PermissionLoss{{Permission: "manage_notifications", Grants: 1}, {Permission: "rsvp_event", Grants: 2}}) {
			t.Fatalf("the page says %+v, %v", v, err)
		}
		stale := admin
		stale.Fresh = 0
		want(t, "switch without the password", apps.SwitchLogin(f.ctx, f.Registry, stale, app, 1), prokura.SignInRequired)
		want(t, "switch as stranger", apps.SwitchLogin(f.ctx, f.Registry, f.session(f.people[0]), app, 1), prokura.NotFound)
		f.letIn(app, f.people[0], prokura.AppDeveloper)
		want(t, "switch as developer", apps.SwitchLogin(f.ctx, f.Registry, f.session(f.people[0]), app, 1), prokura.RoleMissing)
		want(t, "switch an older version", apps.SwitchLogin(f.ctx, f.Registry, admin, app, 0), prokura.Conflict)
		want(t, "switch a business app", apps.SwitchLogin(f.ctx, f.Registry, admin, f.apps[0], 1), prokura.InvalidParameter)
		want(t, "roll back a business app", apps.RollBackLogin(f.ctx, f.Registry, admin, f.apps[0], 1), prokura.InvalidParameter)
		check("after refusals", func(x one) []prokura.Permission { return x.before })
		want(t, "switch", apps.SwitchLogin(f.ctx, f.Registry, admin, app, 1), "")
		check("after the switch", func(x one) []prokura.Permission { return x.after })
		if _, err := grants.ExchangeCode(f.ctx, f.Registry, f.appCaller(app), grants.Exchange{Code: open, RedirectURI: "https://app.example/cb"}); !errors.Is(err, prokura.CodeExpired) {
			t.Errorf("an open code of a grant that ended: %v", err)
		}
		for _, id := range []prokura.ID{app, test} {
			if a := f.appRow(id); a.Type != prokura.AppBusiness || !slices.Equal(f.Catalog().Names(a.Advanced.Without(f.Catalog().Automatic())), []prokura.Permission{"ads_read", "pages_show_list"}) {
				t.Errorf("after the switch the app is %+v", a)
			}
		}
		if a := f.appRow(other); a.Type != prokura.AppConsumer {
			t.Error("another app switched too")
		}
		want(t, "switch twice", apps.SwitchLogin(f.ctx, f.Registry, admin, app, f.appRow(app).Version), prokura.InvalidParameter)
		if _, err := world.Consent(f.ctx, f.Registry, world.ConsentRequest{App: app, Person: f.people[2],
			Request: prokura.LoginRequest{RedirectURI: "https://app.example/cb", ResponseTypes: []string{"code"}, Scopes: []prokura.Permission{"rsvp_event"}}}, "trace"); err == nil {
			t.Error("a business app gets back by scope what it lost")
		}
		conf, err := apps.SaveConfiguration(f.ctx, f.Registry, admin, prokura.Configuration{App: app, Name: "New", Variation: "general", TokenType: prokura.TokenTypeUser, Permissions: []prokura.Permission{"ads_read"}})
		want(t, "configuration", err, "")
		configured := func() error {
			_, err := world.Consent(f.ctx, f.Registry, world.ConsentRequest{Person: f.people[2],
				Request: prokura.LoginRequest{RedirectURI: "https://app.example/cb", ResponseTypes: []string{"code"}, Configuration: conf}}, "trace")
			return err
		}
		want(t, "log in by config_id", configured(), "")

		f.travel(29 * 24 * time.Hour)
		if v, err := apps.ShowLoginSwitch(f.ctx, f.Registry, f.session(f.people[three]), app); err != nil || !v.MayBack || v.Until != f.appRow(app).Switched.Add(prokura.RollBackWindow) {
			t.Errorf("the page says %+v, %v", v, err)
		}
		want(t, "roll back", apps.RollBackLogin(f.ctx, f.Registry, f.session(f.people[three]), app, f.appRow(app).Version), "")
		check("after rolling back", func(x one) []prokura.Permission { return x.after })
		for _, id := range []prokura.ID{app, test} {
			if a := f.appRow(id); a.Type != prokura.AppConsumer || a.Advanced.Without(f.Catalog().Automatic()) != mustSet(f, "ads_read", "pages_show_list") {
				t.Errorf("after rolling back the app is %+v", a)
			}
		}
		want(t, "log in by config_id", configured(), prokura.ConfigurationInvalid)
		want(t, "roll back twice", apps.RollBackLogin(f.ctx, f.Registry, f.session(f.people[three]), app, f.appRow(app).Version), prokura.InvalidParameter)

		// Nobody declined what was dropped: the app may ask for it as before.
		if got := f.holds(f.scoped(other, f.people[2], "rsvp_event")); !slices.Contains(got, "rsvp_event") {
			t.Errorf("a new login gives %v", got)
		}
		want(t, "switch again", apps.SwitchLogin(f.ctx, f.Registry, f.session(f.people[three]), app, f.appRow(app).Version), "")
		f.travel(30 * 24 * time.Hour)
		want(t, "roll back too late", apps.RollBackLogin(f.ctx, f.Registry, f.session(f.people[three]), app, f.appRow(app).Version), prokura.InvalidParameter)
	})
}

func mustSet(f *fixture, names ...prokura.Permission) prokura.PermissionSet {
	s, unknown := f.Catalog().Set(names...)
	if len(unknown) > 0 {
		f.t.Fatal(unknown)
	}
	return s
}

func (f *fixture) scopedCode(app, person prokura.ID, scopes ...prokura.Permission) string {
	f.t.Helper()
	a, err := world.Consent(f.ctx, f.Registry, world.ConsentRequest{App: app, Person: person,
		Request: prokura.LoginRequest{RedirectURI: "https://app.example/cb", ResponseTypes: []string{"code"}, Scopes: scopes}}, "trace")
	if err != nil {
		f.t.Fatal(err)
	}
	return a.Values.Get("code")
}

// T70, I-07: however often an app changes its login product and back, with
// logins, revocations and time in between, nothing that was lost returns: no
// token, no permission of one, no advanced access. 15 sequences, or one for each
// hundred of PROKURA_MODEL_ACTS.
func TestTogglesReviveNothing(t *testing.T) {
	sequences := 15
	if v, err := strconv.Atoi(os.Getenv("PROKURA_MODEL_ACTS")); err == nil {
		sequences = v / 100
	}
	const steps = 20
	onBoth(t, func(t *testing.T, database string) {
		keys := filepath.Join(t.TempDir(), "keys.json")
		f := newFixture(t, database, keys)
		choices := []prokura.Permission{"ads_read", "pages_show_list", "manage_notifications", "rsvp_event", "email"}
		switches := 0
		for sequence := range sequences {
			rnd := rand.New(rand.NewPCG(70, uint64(sequence)))
			app := f.classicApp(0)
			ids := []prokura.ID{app, f.classicApp(app)}
			access := map[prokura.ID]prokura.PermissionSet{}
			for _, a := range ids {
				access[a] = f.appRow(a).Advanced
			}
			var tokens []prokura.Secret
			holds := map[prokura.Secret][]prokura.Permission{}
			trail := ""
			for range steps {
				admin := f.session(f.people[three])
				version := f.appRow(app).Version
				var err error
				fresh := false // a login may add to the grants of its person
				switch rnd.IntN(6) {
				case 0, 1:
					trail += " switch"
					if err = apps.SwitchLogin(f.ctx, f.Registry, admin, app, version); err == nil {
						switches++
					}
				case 2, 3:
					trail += " back"
					err = apps.RollBackLogin(f.ctx, f.Registry, admin, app, version)
				case 4:
					trail += " login"
					var scopes []prokura.Permission
					for _, p := range choices {
						if rnd.IntN(2) == 0 {
							scopes = append(scopes, p)
						}
					}
					var a login.Answer
					which := ids[rnd.IntN(2)]
					a, err = world.Consent(f.ctx, f.Registry, world.ConsentRequest{App: which, Person: f.people[rnd.IntN(three)],
						Request: prokura.LoginRequest{RedirectURI: "https://app.example/cb", ResponseTypes: []string{"code"}, Scopes: scopes}}, "trace")
					if fresh = err == nil; fresh {
						tokens = append(tokens, f.exchange(which, a.Values.Get("code")))
					}
				case 5:
					trail += " revoke"
					err = grants.RemoveOwn(f.ctx, f.Registry, f.session(f.people[rnd.IntN(three)]), app)
				}
				if err != nil && (errors.Is(err, prokura.Internal) || errors.Is(err, prokura.Unavailable)) {
					t.Fatalf("%s: %v", trail, err)
				}
				for i, token := range tokens {
					got := f.holds(token)
					before, known := holds[token]
					if known && before == nil && got != nil {
						t.Fatalf("sequence %d,%s: token %d lives again", sequence, trail, i)
					}
					for _, p := range got {
						if known && !fresh && !slices.Contains(before, p) {
							t.Fatalf("sequence %d,%s: token %d has %s again", sequence, trail, i, p)
						}
					}
					holds[token] = got
				}
				for _, id := range ids {
					a := f.appRow(id)
					if !a.Advanced.In(access[id]) {
						t.Fatalf("sequence %d,%s: advanced access returned: %v", sequence, trail, f.Catalog().Names(a.Advanced.Without(access[id])))
					}
					access[id] = a.Advanced
					if a.Type != f.appRow(app).Type {
						t.Fatalf("sequence %d,%s: the test app does not follow", sequence, trail)
					}
				}
			}
		}
		if switches < sequences {
			t.Errorf("%d changes in %d sequences: this proves little", switches, sequences)
		}
	})
}
