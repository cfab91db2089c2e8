package registry_test

import (
	"database/sql"
	"fmt"
	"slices"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/store"
)

// Subjects of a large world beside the fixture's people, by fixed numbers.
const (
	fewEmployee  prokura.ID = 100_000_000_001_001 + iota // of the owner; three assets are assigned to them
	manyEmployee                                         // of the owner; every asset is
	manyWorker                                           // of the agency; every asset is
	adminSystem                                          // system users of the owner
	regularSystem
)

// large is the world of the fixture in which one business, people[0]'s, owns
// many assets more and shares them with another one, people[1]'s.
type large struct {
	*fixture
	owner, agency prokura.ID
	assets        map[prokura.AssetKind][]prokura.ID // ascending
}

// plantLarge fills a world of n assets by one statement for each table:
// planting is not what is measured. Of ten assets six are ad accounts, three
// pages and one a catalog; ids and names are spread like random ones.
func plantLarge(t testing.TB, database string, n int) *large {
	f := newFixture(t, database, "")
	w := &large{fixture: f, owner: f.clients[0], agency: f.clients[1], assets: map[prokura.AssetKind][]prokura.ID{}}
	db := w.raw()
	defer db.Close()
	run := func(format string, args ...any) {
		t.Helper()
		if _, err := db.Exec(fmt.Sprintf(format, args...)); err != nil {
			t.Fatal(err)
		}
	}
	run(`INSERT INTO asset (id, kind, business, name, attributes, created)
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		SELECT 200000000000000 + CAST(i AS BIGINT) * 982451653 %% 999999999989,
			CASE WHEN i %% 10 < 6 THEN 'ad_account' WHEN i %% 10 < 9 THEN 'page' ELSE 'product_catalog' END,
			%d, 'Store ' || (CAST(i AS BIGINT) * 7919 %% 1000003), '{"currency":"EUR","timezone_id":"47"}', 1 FROM n`, n, w.owner)
	const many = `FROM asset a WHERE a.created = 1 AND a.business = %d`
	run(`INSERT INTO node (id, kind) SELECT a.id, 'asset' `+many, w.owner)
	run(`INSERT INTO share (asset, business, owner, kind, name, tasks, created, updated) SELECT a.id, %d, a.business, a.kind, a.name, 'ADVERTISE,ANALYZE', 1, 1 `+many, w.agency, w.owner)
	for _, subject := range []prokura.ID{manyEmployee, manyWorker, regularSystem} {
		run(`INSERT INTO assignment (asset, subject, source, kind, tasks) SELECT a.id, %d, 0, a.kind, 'ANALYZE' `+many, subject, w.owner)
	}
	run(`INSERT INTO assignment (asset, subject, source, kind, tasks) SELECT a.id, %d, 0, a.kind, 'ANALYZE' `+many+` AND a.name IN ('Store 7919', 'Store 15838', 'Store 79190')`, fewEmployee, w.owner)
	w.analyze()

	rows, err := db.Query(`SELECT id, kind FROM asset WHERE business = $1 ORDER BY id`, w.owner)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id prokura.ID
		var kind prokura.AssetKind
		if err := rows.Scan(&id, &kind); err != nil {
			t.Fatal(err)
		}
		w.assets[kind] = append(w.assets[kind], id)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return w
}

// raw opens the database beside the registry.
func (w *large) raw() *sql.DB {
	driver := "pgx"
	if !store.IsPostgres(w.database) {
		driver = "sqlite"
	}
	db, err := sql.Open(driver, w.database)
	if err != nil {
		w.t.Fatal(err)
	}
	return db
}

// analyze does what a server in use does by itself after many changes.
func (w *large) analyze() {
	db := w.raw()
	defer db.Close()
	if _, err := db.Exec(`ANALYZE`); err != nil {
		w.t.Fatal(err)
	}
}

// token is the facts of a token of the large world: everything that a token of
// the kind hangs on lives.
func (w *large) token(kind prokura.TokenKind, change func(*prokura.Facts)) registry.Caller {
	scopes, _ := w.Catalog().Set("ads_management", "ads_read", "business_management", "pages_show_list", "pages_read_engagement", "catalog_management")
	f := &prokura.Facts{Credential: prokura.CredentialToken, Token: prokura.Token{ID: 1, Kind: kind, App: w.apps[0], Scopes: scopes},
		App: prokura.App{ID: w.apps[0], Mode: prokura.ModeLive, Advanced: scopes}, Grant: prokura.Grant{Scopes: scopes}, Exempt: true, RoleHolder: true}
	change(f)
	return registry.Caller{Facts: f, Trace: "large"}
}

func (w *large) person(id, business prokura.ID, role prokura.BusinessRole) registry.Caller {
	return w.token(prokura.TokenUser, func(f *prokura.Facts) {
		f.Token.Person, f.Person = id, prokura.Person{ID: id}
		f.Members = []prokura.Member{{Business: business, Person: id, Role: role}}
	})
}

func (w *large) system(id prokura.ID, role prokura.SystemUserRole) registry.Caller {
	return w.token(prokura.TokenSystemUser, func(f *prokura.Facts) {
		f.SystemUser = prokura.SystemUser{ID: id, Business: w.owner, Role: role}
		f.Token.SystemUser, f.Token.Business, f.Business.ID = id, w.owner, w.owner
		f.Installed = prokura.Installation{SystemUser: id, App: f.App.ID, Generation: 1}
		f.Token.Made.Installation = 1
	})
}

// integration is a BISU token of the owner with as many assets granted as a
// grant may hold, spread over all of them.
func (w *large) integration() registry.Caller {
	return w.token(prokura.TokenIntegration, func(f *prokura.Facts) {
		f.SystemUser = prokura.SystemUser{ID: 3, Business: w.owner, Role: prokura.SystemUserIntegration}
		f.Token.SystemUser, f.Token.Business, f.Token.Grant, f.Business.ID = 3, w.owner, 4, w.owner
		f.Grant.ID, f.Grant.Business, f.Grant.Kinds = 4, w.owner, []prokura.ConfigurationAsset{{Kind: prokura.KindAdAccount}, {Kind: prokura.KindPage}}
		f.Grant.Assets = w.some(prokura.MaxGrantAssets)
	})
}

// some are so many assets of the owner, spread over all of them, ascending.
func (w *large) some(n int) []prokura.ID {
	var all []prokura.ID
	for _, kind := range []prokura.AssetKind{prokura.KindAdAccount, prokura.KindPage, prokura.KindProductCatalog} {
		all = append(all, w.assets[kind]...)
	}
	slices.Sort(all)
	step := max(1, len(all)/n)
	var out []prokura.ID
	for i := 0; i < len(all) && len(out) < n; i += step {
		out = append(out, all[i])
	}
	return out
}

// edge is one list of the wire in a large world, as one caller reads it.
type edge struct {
	name   string
	caller registry.Caller
	kind   prokura.AssetKind
	read   func(registry.Caller, registry.AssetQuery, bool) (*registry.AssetPage, error)
}

func (w *large) edges() []edge {
	reached := func(c registry.Caller, q registry.AssetQuery, total bool) (*registry.AssetPage, error) {
		return assets.Reached(w.ctx, w.Registry, c, q, total)
	}
	business := func(id prokura.ID, client bool) func(registry.Caller, registry.AssetQuery, bool) (*registry.AssetPage, error) {
		return func(c registry.Caller, q registry.AssetQuery, total bool) (*registry.AssetPage, error) {
			return assets.OfBusiness(w.ctx, w.Registry, c, id, client, q, total)
		}
	}
	owner, agency := w.person(w.people[0], w.owner, prokura.RoleAdmin), w.person(w.people[1], w.agency, prokura.RoleAdmin)
	many, worker := w.person(manyEmployee, w.owner, prokura.RoleEmployee), w.person(manyWorker, w.agency, prokura.RoleEmployee)
	few := w.person(fewEmployee, w.owner, prokura.RoleEmployee)
	admin, regular := w.system(adminSystem, prokura.SystemUserAdmin), w.system(regularSystem, prokura.SystemUserEmployee)
	account := prokura.KindAdAccount
	return []edge{
		{"owner: owned", owner, account, business(w.owner, false)},
		{"owner: me", owner, account, reached},
		{"agency: client", agency, account, business(w.agency, true)},
		{"agency: me", agency, account, reached},
		{"employee: me", many, account, reached},
		{"employee: owned", many, account, business(w.owner, false)},
		{"employee of agency: me", worker, account, reached},
		{"employee of agency: client", worker, account, business(w.agency, true)},
		{"admin system user: assigned", admin, account, reached},
		{"admin system user: owned", admin, account, business(w.owner, false)},
		{"system user: assigned", regular, account, reached},
		{"system user: owned", regular, account, business(w.owner, false)},
		{"BISU: assigned", w.integration(), account, reached},
		{"BISU: owned", w.integration(), account, business(w.owner, false)},
		{"employee with three: me", few, account, reached},
		{"employee with three: owned", few, account, business(w.owner, false)},
	}
}
