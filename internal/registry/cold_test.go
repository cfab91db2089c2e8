package registry_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/grants"
)

// TestColdCosts holds what a server without a cache reads: one statement to know
// who calls, app-scoped id included; and one, whatever is chosen, to know an app and
// tell it about a token.
func TestColdCosts(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, client := f.apps[0], f.clients[0]
		chosen := slices.Sorted(slices.Values(append(slices.Clone(f.pages[client]), f.accounts[client]...)))
		system := f.exchange(app, f.consent(f.systems[app], f.people[0], client, chosen))
		person := f.exchange(app, f.consent(f.personal[app], f.people[0], 0, chosen))
		cold := f.open(-1)
		cost := func(do func() error) int64 {
			t.Helper()
			before := cold.Store().Statements()
			f.must(do())
			return cold.Store().Statements() - before
		}
		for name, token := range map[string]prokura.Secret{"a business's token": system, "a person's token": person} {
			if n := cost(func() error {
				c, err := cold.Authenticate(f.ctx, registry.Credentials{Token: token})
				if err != nil {
					return err
				}
				alias, err := cold.Alias(f.ctx, c)
				if want, _ := f.AliasOf(f.ctx, app, max(c.Person.ID, c.SystemUser.ID)); alias != want || alias == 0 {
					t.Errorf("%s speaks for %s, want %s", name, alias, want)
				}
				return err
			}); n != 1 {
				t.Errorf("%s: who calls takes %d statements, want 1", name, n)
			}
			inspect := func(caller prokura.Secret) (*grants.TokenInfo, error) {
				ctx := cold.ReadAhead(f.ctx, caller, token)
				c, err := cold.Authenticate(ctx, registry.Credentials{Token: caller})
				if err != nil {
					return nil, err
				}
				return grants.Inspect(ctx, cold, c, token)
			}
			if n := cost(func() error {
				info, err := inspect(prokura.Secret(app.String() + "|" + f.secrets[app].Reveal()))
				if err == nil && !slices.ContainsFunc(info.Scopes, func(s grants.GranularScope) bool { return len(s.Targets) == len(f.pages[client]) }) {
					t.Errorf("%s: scopes %v", name, info.Scopes)
				}
				return err
			}); n != 1 {
				t.Errorf("%s: to tell its app about it takes %d statements, want 1", name, n)
			}
			if n := cost(func() error { _, err := inspect(token); return err }); n != 1 {
				t.Errorf("%s: to tell about itself takes %d statements, want 1", name, n)
			}
			for what, caller := range map[string]prokura.Secret{"garbage": token + "x", "no secret": prokura.Secret(app.String() + "|x"), "nobody": ""} {
				if n := cost(func() error {
					if _, err := inspect(caller); err == nil {
						t.Errorf("%s: told %s", name, what)
					}
					return nil
				}); n != 0 {
					t.Errorf("%s: %s costs %d statements", name, what, n)
				}
			}
			// A secret that is not the app's is found out by the one statement, another
			// app by reading it.
			if n := cost(func() error {
				if _, err := inspect(prokura.Secret(app.String() + "|0123456789abcdef0123456789abcdef")); !errors.Is(err, prokura.TokenMalformed) {
					t.Errorf("%s: a wrong secret: %v", name, err)
				}
				return nil
			}); n != 1 {
				t.Errorf("%s: a wrong secret costs %d statements", name, n)
			}
			other := f.apps[1]
			if _, err := inspect(prokura.Secret(other.String() + "|" + f.secrets[other].Reveal())); !errors.Is(err, prokura.ForeignToken) {
				t.Errorf("%s: asked by another app: %v", name, err)
			}
		}
	})
}
