package registry_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/registry/world"
	"github.com/prokura/prokura/internal/store"
	"github.com/prokura/prokura/internal/store/storetest"
)

// onBoth runs a test on SQLite and, when PROKURA_TEST_POSTGRES names a server,
// on PostgreSQL too; with PROKURA_TEST_REQUIRED it must.
func onBoth(t *testing.T, f func(t *testing.T, database string)) { onEach(t, (*testing.T).Parallel, f) }

// onEach is onBoth for tests that begin so.
func onEach(t *testing.T, begin func(*testing.T), f func(t *testing.T, database string)) {
	t.Run("sqlite", func(t *testing.T) {
		begin(t)
		f(t, filepath.Join(t.TempDir(), "world.db"))
	})
	if !storetest.HasPostgres(t) {
		return
	}
	t.Run("postgres", func(t *testing.T) {
		begin(t)
		f(t, storetest.Postgres(t))
	})
}

const fixturePassword = prokura.Secret("a long password of tests")

// fixture is a world with three of everything (n ≥ 2: a loop that checks one
// thing n times must fail).
type fixture struct {
	*registry.Registry
	t        testing.TB
	ctx      context.Context
	database string
	keyFile  string
	people   []prokura.ID // people[i] has full control of clients[i]; the last one is the provider's
	clients  []prokura.ID
	provider prokura.ID
	staff    prokura.ID
	apps     []prokura.ID
	secrets  map[prokura.ID]prokura.Secret
	systems  map[prokura.ID]prokura.ID // app → system-user configuration
	personal map[prokura.ID]prokura.ID // app → user configuration
	pages    map[prokura.ID][]prokura.ID
	accounts map[prokura.ID][]prokura.ID
}

const three = 3

// testHash is one password hash for everybody: hashing is not what most tests
// are about.
var testHash = registry.PHC(fixturePassword, []byte("0123456789abcdef"))

// newFixture plants a fresh world; keyFile may be empty for a database of one's
// own.
func newFixture(t testing.TB, database, keyFile string) *fixture {
	if keyFile == "" {
		keyFile = filepath.Join(t.TempDir(), "keys.json")
	}
	f := &fixture{t: t, ctx: t.Context(), database: database, keyFile: keyFile,
		secrets: map[prokura.ID]prokura.Secret{}, systems: map[prokura.ID]prokura.ID{}, personal: map[prokura.ID]prokura.ID{},
		pages: map[prokura.ID][]prokura.ID{}, accounts: map[prokura.ID][]prokura.ID{}}
	f.Registry = f.open(0)
	if err := f.Store().Update(f.ctx, f.plant); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// open opens the same world once more, as another process would.
func (f *fixture) open(cacheBytes int64) *registry.Registry {
	r, err := registry.Open(f.ctx, registry.Config{Database: f.database, KeyFile: f.keyFile, Dev: true, CacheBytes: cacheBytes})
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { r.Close() })
	return r
}

var fixtureScopes = []prokura.Permission{"ads_management", "ads_read", "business_management", "pages_show_list", "pages_read_engagement"}

func (f *fixture) plant(tx *store.Tx) error {
	now := f.Now()
	steps := []error{}
	must := func(err error) { steps = append(steps, err) }
	id := func(k prokura.NodeKind) prokura.ID {
		v, err := tx.NewID(k, 0)
		must(err)
		return v
	}
	person := func(name string, staff prokura.StaffRole) prokura.ID {
		p := id(prokura.NodePerson)
		must(tx.AddPerson(prokura.Person{ID: p, Name: name, Email: p.String() + "@example.org", Generation: 1, Staff: staff, Created: now}, testHash))
		return p
	}
	business := func(name string) prokura.ID {
		b := id(prokura.NodeBusiness)
		must(tx.AddBusiness(prokura.Business{ID: b, Name: name, Generation: 1, Verification: "verified", Created: now}))
		return b
	}
	member := func(b, p prokura.ID, role prokura.BusinessRole) {
		must(tx.AddMember(prokura.Member{ID: id(prokura.NodeMember), Business: b, Person: p, Role: role, Created: now}))
	}
	f.people, f.clients, f.apps = nil, nil, nil
	f.staff = person("Staff Person", prokura.StaffOperator)
	f.provider = business("Provider")
	for i := range three {
		p, b := person(fmt.Sprintf("Client Person %d", i), prokura.StaffNone), business(fmt.Sprintf("Client %d", i))
		member(b, p, prokura.RoleAdmin)
		f.people, f.clients = append(f.people, p), append(f.clients, b)
		f.pages[b], f.accounts[b] = nil, nil
		for j := range three {
			page, account := id(prokura.NodeAsset), id(prokura.NodeAsset)
			must(tx.AddAsset(prokura.Asset{ID: page, Kind: prokura.KindPage, Business: b, Name: fmt.Sprintf("Page %d.%d", i, j), Created: now}))
			must(tx.AddAsset(prokura.Asset{ID: account, Kind: prokura.KindAdAccount, Business: b, Name: fmt.Sprintf("Account %d.%d", i, j), Created: now}))
			f.pages[b], f.accounts[b] = append(f.pages[b], page), append(f.accounts[b], account)
		}
	}
	owner := person("Provider Person", prokura.StaffNone)
	member(f.provider, owner, prokura.RoleAdmin)
	f.people = append(f.people, owner)
	for i := range three {
		a := id(prokura.NodeApp)
		f.apps = append(f.apps, a)
		f.secrets[a] = apps.DrawSecret()
		must(tx.AddApp(prokura.App{ID: a, Name: fmt.Sprintf("App %d", i), Type: prokura.AppBusiness, Business: f.provider, Owner: owner,
			Mode: prokura.ModeLive, Level: prokura.LevelStandard, Generation: 1, SecretGeneration: 1, Version: 1, Created: now,
			Settings: prokura.AppSettings{RedirectURIs: []string{"https://app.example/cb"}, PrivacyPolicyURL: "https://app.example/privacy", Icon: "data:image/png;base64,", Category: "business"}}))
		must(tx.SetAdvanced(a, fixtureScopes, now))
		must(addSecret(f.Registry, tx, a, f.secrets[a], now))
		must(tx.SetAppRole(prokura.Role{App: a, Subject: owner, Role: prokura.AppAdmin, Created: now}))
		for _, c := range []struct {
			kind prokura.TokenType
			to   map[prokura.ID]prokura.ID
		}{{prokura.TokenTypeSystemUser, f.systems}, {prokura.TokenTypeUser, f.personal}} {
			c.to[a] = id(prokura.NodeConfiguration)
			must(tx.AddConfiguration(prokura.Configuration{ID: c.to[a], App: a, Name: string(c.kind), Variation: "general", TokenType: c.kind,
				Assets:      []prokura.ConfigurationAsset{{Kind: prokura.KindPage, Required: true}, {Kind: prokura.KindAdAccount, Required: true}},
				Permissions: fixtureScopes, Created: now}))
		}
	}
	for _, err := range steps {
		if err != nil {
			return err
		}
	}
	return nil
}

// session logs a person in.
func (f *fixture) session(person prokura.ID) registry.Caller {
	f.t.Helper()
	c, err := people.Authenticate(f.ctx, f.Registry, f.cookie(person), "trace")
	if err != nil {
		f.t.Fatal(err)
	}
	return c
}

// staffIs gives the staff person a role.
func (f *fixture) staffIs(role prokura.StaffRole) {
	f.t.Helper()
	f.must(f.change(func(tx *store.Tx) error { return tx.SetStaff(f.staff, role) }, registry.EntityOf(registry.OfPerson, f.staff)))
}

// cookie is the secret of a new session of a person.
func (f *fixture) cookie(person prokura.ID) prokura.Secret {
	f.t.Helper()
	secret := registry.NewHandle()
	if err := f.Store().Update(f.ctx, func(tx *store.Tx) error {
		return tx.AddSession(people.Session(secret, person, f.Now(), people.Client{Agent: "test", Address: "192.0.2.1"}))
	}); err != nil {
		f.t.Fatal(err)
	}
	return prokura.Secret(secret)
}

// assetsOf is everything that a client business owns.
func (f *fixture) assetsOf(b prokura.ID) []prokura.ID {
	return append(append([]prokura.ID{}, f.pages[b]...), f.accounts[b]...)
}

// consent runs a whole login and returns the code.
func (f *fixture) consent(configuration, person, business prokura.ID, assets []prokura.ID) string {
	f.t.Helper()
	a, err := world.Consent(f.ctx, f.Registry, world.ConsentRequest{Person: person, Business: business, Assets: assets,
		Request: prokura.LoginRequest{RedirectURI: "https://app.example/cb", ResponseTypes: []string{"code"}, Configuration: configuration}}, "trace")
	if err != nil {
		f.t.Fatal(err)
	}
	return a.Values.Get("code")
}

func (f *fixture) appCaller(app prokura.ID) registry.Caller {
	f.t.Helper()
	c, err := f.AuthenticateApp(f.ctx, app.String(), f.secrets[app], registry.Credentials{Trace: "trace"})
	if err != nil {
		f.t.Fatal(err)
	}
	return c
}

func (f *fixture) exchange(app prokura.ID, code string) prokura.Secret {
	f.t.Helper()
	out, err := grants.ExchangeCode(f.ctx, f.Registry, f.appCaller(app), grants.Exchange{Code: code, RedirectURI: "https://app.example/cb"})
	if err != nil {
		f.t.Fatal(err)
	}
	return out.Secret
}

// caller authenticates a token with a right proof.
func (f *fixture) caller(token prokura.Secret) registry.Caller {
	f.t.Helper()
	facts, err := f.TokenFacts(f.ctx, token)
	if err != nil {
		f.t.Fatal(err)
	}
	c, err := f.Authenticate(f.ctx, registry.Credentials{Token: token, Proof: prokura.Proof(token, f.secrets[facts.App.ID]), Trace: "trace"})
	if err != nil {
		f.t.Fatal(err)
	}
	return c
}

func (f *fixture) child(token prokura.Secret, business prokura.ID, scopes []prokura.Permission, assets []prokura.ID) prokura.Secret {
	f.t.Helper()
	out, err := grants.CutChild(f.ctx, f.Registry, f.caller(token), grants.ChildRequest{Business: business, Scopes: scopes, HasScopes: true, Assets: assets, HasAssets: true})
	if err != nil {
		f.t.Fatal(err)
	}
	return out.Secret
}

func (f *fixture) travel(d time.Duration) {
	f.t.Helper()
	if err := f.Travel(f.ctx, d); err != nil {
		f.t.Fatal(err)
	}
}

// change writes through the store and the caches as an act would.
func (f *fixture) change(do func(*store.Tx) error, touched ...registry.Entity) error {
	err := f.Store().Update(f.ctx, func(tx *store.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		_, err := tx.Bump()
		return err
	})
	f.Forget(touched...)
	return err
}

// addSecret gives an app a secret that works alone.
func addSecret(r *registry.Registry, tx *store.Tx, app prokura.ID, secret prokura.Secret, now prokura.Instant) error {
	sealed, err := r.SealSecret(registry.PlaceOfSecret(app), secret)
	if err != nil {
		return err
	}
	return tx.AddAppSecret(app, sealed, now, now)
}

func texts(list []prokura.Permission) []string {
	out := []string{}
	for _, p := range list {
		out = append(out, string(p))
	}
	return out
}

const day = 24 * time.Hour
