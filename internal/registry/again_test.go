package registry_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/login"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/store"
)

// comingBack is a world in which a person gave an app two assets of each kind
// through a user-token configuration, and comes back.
type comingBack struct {
	*fixture
	app    prokura.ID
	person registry.Caller
	secret prokura.Secret // of a session of the person
	assets []prokura.ID
	asks   prokura.LoginRequest
}

func newComingBack(t testing.TB, database string) *comingBack {
	f := newFixture(t, database, "")
	w := &comingBack{fixture: f, app: f.apps[1], person: f.session(f.people[1])}
	w.assets = slices.Sorted(slices.Values(append(slices.Clone(f.pages[f.clients[1]][:2]), f.accounts[f.clients[1]][:2]...)))
	w.asks = prokura.LoginRequest{RedirectURI: "https://app.example/cb", ResponseTypes: []string{"code"}, Configuration: f.personal[w.app]}
	f.consent(w.asks.Configuration, f.people[1], 0, w.assets)
	w.logIn()
	return w
}

// logIn starts a session of the person.
func (w *comingBack) logIn() {
	w.t.Helper()
	var err error
	if w.secret, err = people.SignIn(w.ctx, w.Registry, w.people[1].String()+"@example.org", fixturePassword, people.Client{Agent: "test", Address: "192.0.2.1"}); err != nil {
		w.t.Fatal(err)
	}
}

// comes back, and says whether the dialog asks.
func (w *comingBack) comes(change func(*prokura.LoginRequest)) (asked bool) {
	w.t.Helper()
	req := w.asks
	if change != nil {
		change(&req)
	}
	a, asked, err := login.Return(w.ctx, w.Registry, w.person, w.app, req, false)
	if err != nil {
		w.t.Fatal(err)
	}
	if asked == (a.Values.Get("code") != "") {
		w.t.Fatalf("asked: %v, with the values %v", asked, a.Values)
	}
	return asked
}

// settings changes the app as its admin would.
func (w *comingBack) settings(change func(*prokura.App)) {
	w.t.Helper()
	if err := w.change(func(tx *store.Tx) error {
		a, err := tx.App(w.app)
		if err != nil {
			return err
		}
		change(&a)
		return tx.UpdateApp(a)
	}, registry.EntityOf(registry.OfApp, w.app)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *comingBack) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestReturn proves who is sent straight back to an app, and that whatever
// changed since they agreed is asked about (R-LOGIN-17).
func TestReturn(t *testing.T) {
	for name, change := range map[string]func(w *comingBack) func(*prokura.LoginRequest){
		"rerequest": func(*comingBack) func(*prokura.LoginRequest) {
			return func(q *prokura.LoginRequest) { q.Rerequest = true }
		},
		"another scope": func(*comingBack) func(*prokura.LoginRequest) {
			return func(q *prokura.LoginRequest) { q.Scopes = []prokura.Permission{"pages_manage_metadata"} }
		},
		"a business is always asked": func(w *comingBack) func(*prokura.LoginRequest) {
			w.consent(w.systems[w.app], w.people[1], w.clients[1], w.assets)
			return func(q *prokura.LoginRequest) { q.Configuration = w.systems[w.app] }
		},
		"another app's configuration": func(w *comingBack) func(*prokura.LoginRequest) {
			return func(q *prokura.LoginRequest) { q.Configuration = w.personal[w.apps[0]] }
		},
		"an address that is not registered": func(*comingBack) func(*prokura.LoginRequest) {
			return func(q *prokura.LoginRequest) { q.RedirectURI = "https://app.example/other" }
		},
		"an address that is registered no more": func(w *comingBack) func(*prokura.LoginRequest) {
			w.settings(func(a *prokura.App) { a.Settings.RedirectURIs = []string{"https://app.example/new"} })
			return nil
		},
		"a native app": func(w *comingBack) func(*prokura.LoginRequest) {
			w.settings(func(a *prokura.App) { a.Settings.RedirectURIs = append(a.Settings.RedirectURIs, "app.example:/cb") })
			return func(q *prokura.LoginRequest) { q.RedirectURI = "app.example:/cb" }
		},
		"loopback in earnest": func(w *comingBack) func(*prokura.LoginRequest) {
			w.settings(func(a *prokura.App) { a.Settings.RedirectURIs = append(a.Settings.RedirectURIs, "http://127.0.0.1/cb") })
			loopback := func(q *prokura.LoginRequest) { q.RedirectURI = "http://127.0.0.1:5000/cb" }
			if w.comes(loopback) {
				t.Error("asked on loopback in a --dev world")
			}
			r, err := registry.Open(w.ctx, registry.Config{Database: w.database, KeyFile: w.keyFile})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { r.Close() })
			w.Registry = r
			return loopback
		},
		"a page on loopback in earnest": func(w *comingBack) func(*prokura.LoginRequest) {
			w.settings(func(a *prokura.App) { a.Settings.JSDomains = []string{"http://localhost:3000"} })
			r, err := registry.Open(w.ctx, registry.Config{Database: w.database, KeyFile: w.keyFile})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { r.Close() })
			w.Registry = r
			return func(q *prokura.LoginRequest) { q.Origin, q.Callback, q.Frame = "http://localhost:3000", "cb", "frame" }
		},
		"an app that is switched off": func(w *comingBack) func(*prokura.LoginRequest) {
			w.settings(func(a *prokura.App) { a.Settings.WebOAuthOff = true })
			return nil
		},
		"an app in development": func(w *comingBack) func(*prokura.LoginRequest) {
			w.settings(func(a *prokura.App) { a.Mode = prokura.ModeDevelopment })
			return nil
		},
		"an app that is deleted": func(w *comingBack) func(*prokura.LoginRequest) {
			w.must(apps.Delete(w.ctx, w.Registry, w.session(w.people[three]), w.app))
			return nil
		},
		"an app that lost advanced access": func(w *comingBack) func(*prokura.LoginRequest) {
			w.must(w.change(func(tx *store.Tx) error { return tx.SetAdvanced(w.app, fixtureScopes[:2], w.Now()) }))
			return nil
		},
		"an app with another face": func(w *comingBack) func(*prokura.LoginRequest) {
			w.travel(time.Second)
			w.settings(func(a *prokura.App) { a.IdentityChanged = w.Now() })
			return nil
		},
		"a configuration that was edited": func(w *comingBack) func(*prokura.LoginRequest) {
			w.must(w.change(func(tx *store.Tx) error {
				c, err := tx.Configuration(w.asks.Configuration)
				if err != nil {
					return err
				}
				c.Name = "Another name"
				return tx.UpdateConfiguration(c, w.Now())
			}))
			return nil
		},
		"assets that are reached no more": func(w *comingBack) func(*prokura.LoginRequest) {
			w.must(w.change(func(tx *store.Tx) error {
				return tx.SetMemberRole(w.clients[1], w.people[1], prokura.RoleEmployee)
			}, registry.EntityOf(registry.OfPerson, w.people[1])))
			return nil
		},
		"a business that took itself out": func(w *comingBack) func(*prokura.LoginRequest) {
			g, err := registry.View(w.ctx, w.Registry, func(tx *store.View) (prokura.Grant, error) { return tx.PersonGrant(w.people[1], w.app) })
			w.must(err)
			w.must(w.change(func(tx *store.Tx) error { return tx.ExcludeBusiness(g.ID, w.clients[1], w.Now()) }, registry.EntityOf(registry.OfGrant, g.ID)))
			return nil
		},
		"a grant that was taken back": func(w *comingBack) func(*prokura.LoginRequest) {
			w.must(grants.RemoveOwn(w.ctx, w.Registry, w.person, w.app))
			return nil
		},
		"a password that was entered long ago": func(w *comingBack) func(*prokura.LoginRequest) {
			w.travel(11 * time.Minute)
			return nil
		},
		"ninety days": func(w *comingBack) func(*prokura.LoginRequest) {
			w.travel(prokura.DataAccessWindow + time.Hour)
			w.person = w.session(w.people[1])
			return nil
		},
		"another person": func(w *comingBack) func(*prokura.LoginRequest) {
			w.person = w.session(w.people[0])
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newComingBack(t, filepath.Join(t.TempDir(), "world.db"))
			if w.comes(nil) {
				t.Fatal("asked for the very same")
			}
			if !w.comes(change(w)) {
				t.Error("nobody was asked")
			}
		})
	}
}

// TestReturnCosts holds a login without a page to what it has to read and write
// (R-LOGIN-17): who comes, outside of the act and in it, what stands, the chosen
// assets, the code, the journal's line. Data access is renewed once a day.
func TestReturnCosts(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		w := newComingBack(t, database)
		classic := func(q *prokura.LoginRequest) { q.Configuration, q.Scopes = 0, []prokura.Permission{"pages_show_list"} }
		cost := func(change func(*prokura.LoginRequest)) int64 {
			return w.statements(func() error {
				if w.comesByCookie(change) {
					t.Error("asked")
				}
				return nil
			})
		}
		if n := cost(nil); n != 6 {
			t.Errorf("a login with assets takes %d statements, want 6", n)
		}
		if n := cost(classic); n != 5 {
			t.Errorf("a login by scope takes %d statements, want 5", n)
		}
		w.travel(25 * time.Hour)
		w.logIn()
		if first, second := cost(classic), cost(classic); first != 7 || second != 5 {
			t.Errorf("the first login of a day takes %d statements and the second %d, want 7 and 5", first, second)
		}
	})
}
