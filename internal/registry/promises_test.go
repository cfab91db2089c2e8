package registry_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/store"
)

// Promises of docs/security.md that no other test is about.

// T35, I-10: the cap on children is exact when many mint at once, never over
// and never under.
func TestChildCap(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		business := f.clients[0]
		root := f.exchange(f.apps[0], f.consent(f.systems[f.apps[0]], f.people[0], business, f.assetsOf(business)))
		caller := f.caller(root)
		all := f.assetsOf(business)
		mint := func(i int) error { // each i is another pair of sets
			var assets []prokura.ID
			for bit, id := range all {
				if (i/4+1)&(1<<bit) != 0 {
					assets = append(assets, id)
				}
			}
			_, err := grants.CutChild(f.ctx, f.Registry, caller, grants.ChildRequest{Business: business, Assets: assets, HasAssets: true,
				Scopes: fixtureScopes[:1+i%4], HasScopes: true})
			return err
		}
		const apart = registry.MaxChildren - 5
		for i := range apart {
			if err := mint(i); err != nil {
				t.Fatalf("child %d: %v", i, err)
			}
		}
		var mu sync.Mutex
		made := 0
		together(16, func(i int) {
			err := mint(apart + i)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				made++
			} else if !errors.Is(err, prokura.LimitReached) {
				t.Errorf("beyond the cap: %v", err)
			}
		})
		if made != registry.MaxChildren-apart {
			t.Errorf("%d children beside %d, the cap is %d", made, apart, registry.MaxChildren)
		}
		if err := mint(0); err != nil {
			t.Errorf("a child that exists is refused at the cap: %v", err)
		}
	})
}

// I-18, T41: the id that an app has for a person is always the same, and no two
// pairs share one.
func TestScopedIDs(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		again := f.open(-1)
		seen := map[prokura.ID]bool{}
		for _, app := range f.apps {
			for _, person := range f.people {
				id, err := f.AliasOf(f.ctx, app, person)
				if err != nil {
					t.Fatal(err)
				}
				if seen[id] || id == person || id == 0 {
					t.Errorf("the pair of app %d and person %d has the id %d", app, person, id)
				}
				seen[id] = true
				for _, r := range []*registry.Registry{f.Registry, again} {
					if same, err := r.AliasOf(f.ctx, app, person); err != nil || same != id {
						t.Errorf("asked again, the id %d is %d, %v", id, same, err)
					}
				}
			}
		}
	})
}

// T26: a reset ends the app tokens that were cut, at once; the old secret, and
// app id and old secret joined by a bar, live through the grace and no longer.
func TestSecretGrace(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, owner := f.apps[0], f.session(f.people[three])
		old := f.secrets[app]
		cut, err := grants.MintAppToken(f.ctx, f.Registry, f.appCaller(app))
		if err != nil {
			t.Fatal(err)
		}
		fresh, err := apps.ResetSecret(f.ctx, f.Registry, owner, app, 24*time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		check := func(when string, oldLives bool) {
			t.Helper()
			for _, r := range []*registry.Registry{f.Registry, f.open(-1)} {
				r.FollowClock(f.Registry)
				if _, err := r.Authenticate(f.ctx, registry.Credentials{Token: cut.Secret}); !errors.Is(err, prokura.AppSecretReset) {
					t.Errorf("%s a token cut before it: %v", when, err)
				}
				for name, try := range map[string]func(prokura.Secret) error{
					"secret": func(s prokura.Secret) error {
						_, err := r.AuthenticateApp(f.ctx, app.String(), s, registry.Credentials{})
						return err
					},
					"id and secret": func(s prokura.Secret) error {
						_, err := r.Authenticate(f.ctx, registry.Credentials{Token: prokura.Secret(app.String()+"|") + s})
						return err
					},
				} {
					if err := try(fresh); err != nil {
						t.Errorf("%s the new %s: %v", when, name, err)
					}
					if err := try(old); (err == nil) != oldLives {
						t.Errorf("%s the old %s: %v", when, name, err)
					}
				}
			}
		}
		check("after the reset", true)
		f.travel(25 * time.Hour)
		check("after the grace", false)
	})
}

// T31: what a person gave for a business outlives their leaving, as it is the
// business's, and its page says that they left.
func TestGrantorLeft(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		business, leaver, heir := f.clients[0], f.people[0], f.people[1]
		root := f.exchange(f.apps[0], f.consent(f.systems[f.apps[0]], leaver, business, f.assetsOf(business)))
		if err := f.change(func(tx *store.Tx) error {
			id, err := tx.NewID(prokura.NodeMember, 0)
			if err != nil {
				return err
			}
			if err := tx.AddMember(prokura.Member{ID: id, Business: business, Person: heir, Role: prokura.RoleAdmin, Created: f.Now()}); err != nil {
				return err
			}
			return tx.RemoveMember(business, leaver)
		}, registry.EntityOf(registry.OfPerson, leaver), registry.EntityOf(registry.OfPerson, heir)); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Authenticate(f.ctx, registry.Credentials{Token: root}); err != nil {
			t.Errorf("the business's token: %v", err)
		}
		list, err := grants.ConnectedApps(f.ctx, f.Registry, f.session(heir), business)
		if err != nil || len(list) != 1 || !list[0].GrantorLeft || list[0].GrantedBy.ID != leaver {
			t.Errorf("connected apps: %v, %v", list, err)
		}
		if _, err := grants.ConnectedApps(f.ctx, f.Registry, f.session(leaver), business); !errors.Is(err, prokura.NotFound) {
			t.Errorf("who left still sees the connected apps: %v", err)
		}
	})
}
