package registry_test

import (
	"database/sql"
	"errors"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/registry/systemusers"
	"github.com/prokura/prokura/internal/store"
)

// What ends many tokens at once moves a number that they hang on and looks at
// none of them: it works also while there is no table of tokens (R-TOKEN-10).
func TestManyTokensEndUnseen(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		owner, app := f.session(f.people[three]), f.apps
		admin := []registry.Caller{f.session(f.people[0]), f.session(f.people[1]), f.session(f.people[2])}
		given := func(a prokura.ID, i int) prokura.Secret {
			return f.exchange(a, f.consent(f.systems[a], f.people[i], f.clients[i], f.assetsOf(f.clients[i])))
		}
		own := func(a prokura.ID, i int) prokura.Secret {
			return f.exchange(a, f.consent(f.personal[a], f.people[i], 0, f.assetsOf(f.clients[i])))
		}
		family := func(i int, a prokura.ID, kind string) prokura.ID {
			list, err := grants.Families(f.ctx, f.Registry, admin[i], f.clients[i], grants.FamilyQuery{App: a, Type: kind, Limit: 5}, false)
			if f.must(err); len(list.Families) != 1 {
				t.Fatalf("%+v", list.Families)
			}
			return list.Families[0].ID
		}
		var servers []prokura.ID
		machine := func(a prokura.ID) prokura.Secret {
			u, err := systemusers.Create(f.ctx, f.Registry, owner, f.provider, "Server "+a.String(), prokura.SystemUserEmployee)
			f.must(err)
			servers = append(servers, u)
			f.must(systemusers.Install(f.ctx, f.Registry, owner, u, a))
			out, err := systemusers.Mint(f.ctx, f.Registry, owner, systemusers.TokenRequest{SystemUser: u, App: a, Scopes: fixtureScopes[:1]})
			f.must(err)
			return out.Secret
		}
		whole, err := grants.MintAppToken(f.ctx, f.Registry, f.appCaller(app[1]))
		f.must(err)
		steps := []struct {
			name  string
			token prokura.Secret // that ends
			do    func() error
		}{
			{"a business removes an app", given(app[0], 0), func() error {
				return grants.RemoveConnectedApp(f.ctx, f.Registry, admin[0], f.clients[0], app[0])
			}},
			{"a business ends a grant", given(app[0], 1), nil},
			{"a person removes an app", own(app[0], 1), func() error { return grants.RemoveOwn(f.ctx, f.Registry, admin[1], app[0]) }},
			{"a person changes the password", own(app[0], 2), func() error {
				_, err := people.ChangePassword(f.ctx, f.Registry, admin[2], fixturePassword, "another long password", people.Client{})
				return err
			}},
			{"an app is uninstalled", machine(app[0]), func() error { return systemusers.Uninstall(f.ctx, f.Registry, owner, servers[0], app[0]) }},
			{"what a system user has for an app ends", machine(app[1]), func() error { return systemusers.EndTokens(f.ctx, f.Registry, owner, servers[1], app[1]) }},
			{"a system user is deleted", machine(app[1]), func() error { return systemusers.Delete(f.ctx, f.Registry, owner, servers[2]) }},
			{"the secret of an app is reset", whole.Secret, func() error {
				_, err := apps.ResetSecret(f.ctx, f.Registry, owner, app[1], 0)
				return err
			}},
			{"an app is deleted", given(app[2], 0), func() error { return apps.Delete(f.ctx, f.Registry, owner, app[2]) }},
			{"a business is deleted", given(app[0], 2), func() error {
				return businesses.Delete(f.ctx, f.Registry, f.session(f.people[2]), f.clients[2], "Client 2")
			}},
		}
		grant := family(1, app[0], grants.FamilyOfGrant)
		steps[1].do = func() error { return grants.End(f.ctx, f.Registry, admin[1], f.clients[1], grant) }
		for _, s := range steps {
			if _, err := f.Authenticate(f.ctx, registry.Credentials{Token: s.token}); err != nil {
				t.Fatalf("%s: %v before", s.name, err)
			}
		}

		f.rename("token", "away")
		if _, err := f.open(-1).TokenFacts(f.ctx, steps[0].token); err == nil || errors.Is(err, prokura.TokenUnknown) {
			t.Errorf("there is a table of tokens: %v", err)
		}
		for _, s := range steps {
			if err := s.do(); err != nil {
				t.Errorf("%s: %v", s.name, err)
			}
		}
		f.rename("away", "token")
		for _, s := range steps {
			if _, err := f.Authenticate(f.ctx, registry.Credentials{Token: s.token}); err == nil || errors.Is(err, prokura.Internal) {
				t.Errorf("%s: after it, %v", s.name, err)
			}
		}
	})
}

// rename gives a table another name.
func (f *fixture) rename(from, to string) {
	f.t.Helper()
	driver := "pgx"
	if !store.IsPostgres(f.database) {
		driver = "sqlite"
	}
	db, err := sql.Open(driver, f.database)
	f.must(err)
	defer db.Close()
	_, err = db.Exec(`ALTER TABLE ` + from + ` RENAME TO ` + to)
	f.must(err)
}
