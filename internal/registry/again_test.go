package registry_test

import (
	"errors"
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
	secret prokura.Secret // of another session of the person, which comes back
	assets []prokura.ID
	asks   prokura.LoginRequest
}

func newComingBack(t testing.TB, database string) *comingBack {
	f := newFixture(t, database, "")
	w := &comingBack{fixture: f, app: f.apps[1], person: f.session(f.people[1]), secret: f.cookie(f.people[1])}
	w.assets = slices.Sorted(slices.Values(append(slices.Clone(f.pages[f.clients[1]][:2]), f.accounts[f.clients[1]][:2]...)))
	w.asks = prokura.LoginRequest{RedirectURI: "https://app.example/cb", ResponseTypes: []string{"code"}, Configuration: f.personal[w.app]}
	f.consent(w.asks.Configuration, f.people[1], 0, w.assets)
	return w
}

// comes back, as a request with the cookie is served, and says whether the dialog
// asks.
func (w *comingBack) comes(change func(*prokura.LoginRequest)) (asked bool) {
	w.t.Helper()
	req := w.asks
	if change != nil {
		change(&req)
	}
	c, err := people.Known(w.ctx, w.Registry, w.secret, "trace")
	if errors.Is(err, prokura.SignInRequired) {
		return true
	}
	w.must(err)
	a, asked, err := login.Return(w.ctx, w.Registry, c, w.app, req, false)
	w.must(err)
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
		"a configuration that was deleted": func(w *comingBack) func(*prokura.LoginRequest) {
			w.must(apps.DeleteConfiguration(w.ctx, w.Registry, w.session(w.people[three]), w.app, w.asks.Configuration))
			return nil
		},
		"a session that ended": func(w *comingBack) func(*prokura.LoginRequest) {
			w.must(people.EndSession(w.ctx, w.Registry, w.person, registry.HashOf(w.secret.Reveal())))
			return nil
		},
		"a password that was changed": func(w *comingBack) func(*prokura.LoginRequest) {
			_, err := people.ChangePassword(w.ctx, w.Registry, w.person, fixturePassword, "another long password", people.Client{})
			w.must(err)
			return nil
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
			w.must(w.change(func(tx *store.Tx) error { return tx.SetAdvanced(w.app, fixtureScopes[:2], w.Now()) }, registry.EntityOf(registry.OfApp, w.app)))
			return nil
		},
		"an app with another face": func(w *comingBack) func(*prokura.LoginRequest) {
			w.travel(time.Second)
			w.settings(func(a *prokura.App) { a.IdentityChanged = w.Now() })
			return nil
		},
		"a configuration that was edited": func(w *comingBack) func(*prokura.LoginRequest) {
			c, err := registry.View(w.ctx, w.Registry, func(tx *store.View) (prokura.Configuration, error) { return tx.Configuration(w.asks.Configuration) })
			w.must(err)
			c.Name = "Another name"
			_, err = apps.SaveConfiguration(w.ctx, w.Registry, w.session(w.people[three]), c)
			w.must(err)
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
		"a grant that ends while the login is decided": func(w *comingBack) func(*prokura.LoginRequest) {
			g, err := registry.View(w.ctx, w.Registry, func(tx *store.View) (prokura.Grant, error) { return tx.PersonGrant(w.people[1], w.app) })
			w.must(err)
			w.travel(25 * time.Hour) // and its data access was to be renewed
			w.secret = w.cookie(w.people[1])
			w.must(w.change(func(tx *store.Tx) error { return tx.RevokeGrant(g.ID, w.Now()) })) // memory does not know yet
			return nil
		},
		"a password that was entered long ago": func(w *comingBack) func(*prokura.LoginRequest) {
			w.travel(11 * time.Minute)
			return nil
		},
		"ninety days": func(w *comingBack) func(*prokura.LoginRequest) {
			w.travel(prokura.DataAccessWindow + time.Hour)
			w.secret = w.cookie(w.people[1])
			return nil
		},
		"another person": func(w *comingBack) func(*prokura.LoginRequest) {
			w.secret = w.cookie(w.people[0])
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newComingBack(t, filepath.Join(t.TempDir(), "world.db"))
			if w.comes(nil) {
				t.Fatal("asked for the very same")
			}
			request := change(w)
			for range 2 { // the second time of what is in memory since the first
				if !w.comes(request) {
					t.Error("nobody was asked")
				}
			}
		})
	}
}

// TestReturnCosts holds a login without a page to what it has to write (R-LOGIN-17):
// the code, for a session that is looked at in the same statement, and the
// journal's line. What decides is in memory. Data access is renewed once a day.
func TestReturnCosts(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		w := newComingBack(t, database)
		classic := func(q *prokura.LoginRequest) { q.Configuration, q.Scopes = 0, []prokura.Permission{"pages_show_list"} }
		cost := func(change func(*prokura.LoginRequest)) int64 {
			return w.statements(func() error {
				if w.comes(change) {
					t.Error("asked")
				}
				return nil
			})
		}
		cost(nil)
		cost(classic)
		if n := cost(nil); n != 2 {
			t.Errorf("a login with assets takes %d statements, want 2", n)
		}
		if n := cost(classic); n != 2 {
			t.Errorf("a login by scope takes %d statements, want 2", n)
		}
		w.travel(25 * time.Hour)
		w.secret = w.cookie(w.people[1])
		cost(nil) // reads who it is anew and renews data access
		if n := cost(classic); n > 3 {
			t.Errorf("the second login of a day takes %d statements, want 3 at most: what stands is read anew", n)
		}
		if n := cost(classic); n != 2 {
			t.Errorf("the third login of a day takes %d statements, want 2", n)
		}
	})
}
