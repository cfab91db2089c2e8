package registry_test

import (
	"context"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/store"
)

// lastUsed reads the last use of a token as the database has it.
func (f *fixture) lastUsed(token prokura.Secret) prokura.Instant {
	f.t.Helper()
	p, err := prokura.ParseToken(token.Reveal())
	if err != nil {
		f.t.Fatal(err)
	}
	at, err := registry.View(f.ctx, f.Registry, func(tx *store.View) (prokura.Instant, error) { return tx.LastUse(p.ID) })
	if err != nil {
		f.t.Fatal(err)
	}
	return at
}

func (f *fixture) flush() {
	f.t.Helper()
	if err := f.FlushUses(f.ctx); err != nil {
		f.t.Fatal(err)
	}
}

// Accepted calls are noted to the minute of the world's time, refused ones are
// not, and looking at a token is no use of it.
func TestLastUse(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, business := f.apps[0], f.clients[0]
		root := f.exchange(app, f.consent(f.systems[app], f.people[0], business, f.assetsOf(business)))
		a, err := grants.MintAppToken(f.ctx, f.Registry, f.appCaller(app))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := grants.Inspect(f.ctx, f.Registry, f.caller(a.Secret), root); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Authenticate(f.ctx, registry.Credentials{Token: root, Proof: "wrong"}); err == nil {
			t.Fatal("a wrong proof was accepted")
		}
		f.flush()
		if at := f.lastUsed(root); at != 0 {
			t.Errorf("a token that nobody used was used at %s", at.Time())
		}
		for _, r := range []*registry.Registry{f.Registry, f.open(-1)} {
			f.travel(time.Hour)
			r.FollowClock(f.Registry)
			for range 3 {
				if _, err := r.Authenticate(f.ctx, registry.Credentials{Token: root}); err != nil {
					t.Fatal(err)
				}
			}
			before := r.Now()
			if err := r.FlushUses(f.ctx); err != nil {
				t.Fatal(err)
			}
			at := f.lastUsed(root)
			if at%60_000 != 0 || at > before || before-at > 2*60_000 {
				t.Errorf("used at %s, noted as %s", before.Time(), at.Time())
			}
		}
		// Time that ends a token sweeps its last use too.
		f.travel(10 * 365 * 24 * time.Hour)
		user := f.exchange(app, f.consent(f.personal[app], f.people[0], 0, f.assetsOf(business)))
		f.caller(user)
		f.flush()
		if f.lastUsed(user) == 0 {
			t.Fatal("the use of a user token was not noted")
		}
		f.travel(100 * 24 * time.Hour)
		if at := f.lastUsed(user); at != 0 {
			t.Errorf("the use of a swept token is still there: %s", at.Time())
		}
		if f.lastUsed(root) == 0 {
			t.Error("the use of a living token was swept")
		}
	})
}

// A flush that fails keeps what it could not write, and closing writes it.
func TestLastUseSurvives(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, business := f.apps[0], f.clients[0]
		root := f.exchange(app, f.consent(f.systems[app], f.people[0], business, f.assetsOf(business)))
		other := f.open(0)
		if _, err := other.Authenticate(f.ctx, registry.Credentials{Token: root}); err != nil {
			t.Fatal(err)
		}
		gone, cancel := context.WithCancel(f.ctx)
		cancel()
		if err := other.FlushUses(gone); err == nil {
			t.Error("a flush without time succeeded")
		}
		if err := other.Close(); err != nil {
			t.Fatal(err)
		}
		if f.lastUsed(root) == 0 {
			t.Error("closing lost the use of a token")
		}
	})
}

// Servers that flush the same tokens at once lose nothing and do not fail.
func TestLastUseFlushes(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, business := f.apps[0], f.clients[0]
		root := f.exchange(app, f.consent(f.systems[app], f.people[0], business, f.assetsOf(business)))
		tokens := []prokura.Secret{root}
		for i := range three {
			tokens = append(tokens, f.child(root, business, fixtureScopes[:3], f.pages[business][i:i+1]))
		}
		servers := []*registry.Registry{f.Registry, f.open(0), f.open(-1)}
		together(len(servers), func(i int) {
			for range 5 {
				for _, token := range tokens {
					if _, err := servers[i].Authenticate(f.ctx, registry.Credentials{Token: token}); err != nil {
						t.Error(err)
					}
				}
				if err := servers[i].FlushUses(f.ctx); err != nil {
					t.Error(err)
				}
			}
		})
		for i, token := range tokens {
			if f.lastUsed(token) == 0 {
				t.Errorf("the use of token %d is lost", i)
			}
		}
	})
}

// A use is told to the minute, and nothing was used before it was made.
func TestUsedSince(t *testing.T) {
	const made = 10*registry.UseMinute + 4000
	for used, want := range map[prokura.Instant]prokura.Instant{
		0: 0, 10 * registry.UseMinute: made, 11 * registry.UseMinute: 11 * registry.UseMinute,
		3 * registry.UseMinute: 3 * registry.UseMinute, // by what was there before
	} {
		if got := store.UsedSince(made, used); got != want {
			t.Errorf("used at %d, told as %d, want %d", used, got, want)
		}
	}
}
