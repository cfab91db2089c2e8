package registry_test

import (
	"slices"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/grants"
)

// TestColdCosts holds what a server without a cache reads: one statement to know
// who calls, app-scoped id included; two more, whatever is chosen, to tell about
// another token.
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
			if n := cost(func() error {
				c, err := cold.Authenticate(f.ctx, registry.Credentials{Token: prokura.Secret(app.String() + "|" + f.secrets[app].Reveal())})
				if err != nil {
					return err
				}
				info, err := grants.Inspect(f.ctx, cold, c, token)
				if err == nil && !slices.ContainsFunc(info.Scopes, func(s grants.GranularScope) bool { return len(s.Targets) == len(f.pages[client]) }) {
					t.Errorf("%s: scopes %v", name, info.Scopes)
				}
				return err
			}); n != 3 {
				t.Errorf("%s: to tell about it takes %d statements, want 3", name, n)
			}
		}
	})
}
