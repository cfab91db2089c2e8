//go:build !race

package registry_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/systemusers"
	"github.com/prokura/prokura/internal/store"
	"github.com/prokura/prokura/internal/store/storetest"
)

// held is one credential of the kill matrix with what it hangs on and what it is
// worth, as it was asked for: nothing of this comes from what is tested.
//
//	U user token          P page token read with it
//	S BISU root           G granular child of it     SP page token read with it
//	W system user's token                            WP page token read with it
//	A app token           C open code
type held struct {
	name       string
	kind       string
	app        prokura.ID
	person     prokura.ID
	business   prokura.ID // of S, G, W, their page tokens and the codes for S
	systemUser prokura.ID // of W and WP
	page       prokura.ID
	owner      prokura.ID // of the page
	root       string     // name of the token that it comes from, or its own
	scopes     []prokura.Permission
	reach      []prokura.ID
	secret     prokura.Secret
	code       string
}

func (h held) is(kinds ...string) bool { return slices.Contains(kinds, h.kind) }

func (h held) reaches(asset prokura.ID) bool { return slices.Contains(h.reach, asset) }

// killWorld is the fixture with everybody and everything that an event can end:
// beside each client's admin a second one, who sets up foreign apps; a clerk with
// tasks; an agency; in every business an admin system user and a plain one, with
// each app; a test app; an app with the former login product and its users.
type killWorld struct {
	*fixture
	second  []prokura.ID // second[i] has full control of clients[i] too, is developer of the apps and has a second factor
	clerk   prokura.ID   // employee of clients[0] with all its pages and an account
	chief   map[prokura.ID]prokura.ID
	helper  map[prokura.ID]prokura.ID // with all pages and an account of its business
	shared  []prokura.ID              // a page and an account of clients[0] that clients[1] works on
	test    prokura.ID                // of apps[0]
	classic prokura.ID
	fans    []prokura.ID // of classic alone: three gave it their profile, three what is supported
	all     []held
}

// Scopes of the tokens, so that each has something to lose.
var (
	childScopes   = [][]prokura.Permission{fixtureScopes[:3], fixtureScopes[:4]}
	mixedScopes   = []prokura.Permission{"pages_show_list", "rsvp_event"}
	classicKept   = []prokura.Permission{"ads_read", "pages_show_list"}
	profileScopes = []prokura.Permission{"public_profile", "email"}
)

func newKillWorld(t *testing.T, database, keys string) *killWorld {
	w := &killWorld{fixture: newFixture(t, database, keys), chief: map[prokura.ID]prokura.ID{}, helper: map[prokura.ID]prokura.ID{}}
	w.must(w.Store().Update(w.ctx, w.plantMore))
	w.classic = w.classicApp(0)
	w.cutPersonal()
	w.cutIntegrations()
	w.setUpTestApp()
	for _, b := range append(slices.Clone(w.clients), w.provider) {
		for _, u := range []prokura.ID{w.chief[b], w.helper[b]} {
			for i, app := range w.apps {
				w.cutSystemUser(b, u, app, i == 0)
			}
		}
	}
	for _, u := range []prokura.ID{w.helper[w.clients[0]], w.helper[w.clients[1]], w.chief[w.provider]} {
		w.cutSystemUser(w.businessOf(u), u, w.test, true)
	}
	w.cutClassic()
	return w
}

// memory is of everybody with everything, each logged in.
func (w *killWorld) memory() memory {
	m := memory{people: slices.Concat(w.people, w.second, []prokura.ID{w.clerk}, w.fans), apps: append(slices.Clone(w.apps), w.test, w.classic)}
	for _, b := range w.clients {
		m.assets = append(m.assets, w.assetsOf(b)...)
	}
	for _, p := range m.people {
		m.sessions = append(m.sessions, registry.HashOf(w.cookie(p).Reveal()))
	}
	return m
}

func (w *killWorld) remember(m memory) {
	w.t.Helper()
	if err := w.Store().View(w.ctx, func(tx *store.View) error { return m.compare(w.ctx, w.Registry, tx) }); err != nil {
		w.t.Error(err)
	}
}

func (w *killWorld) hold(h held) held {
	h.scopes = slices.Clone(h.scopes)
	h.reach = slices.Sorted(slices.Values(h.reach))
	w.all = append(w.all, h)
	return h
}

func (w *killWorld) businessOf(systemUser prokura.ID) prokura.ID {
	for _, m := range []map[prokura.ID]prokura.ID{w.chief, w.helper} {
		for b, u := range m {
			if u == systemUser {
				return b
			}
		}
	}
	return 0
}

// plantMore writes what the fixture does not have.
func (w *killWorld) plantMore(tx *store.Tx) error {
	now := w.Now()
	var errs []error
	must := func(err error) { errs = append(errs, err) }
	id := func(k prokura.NodeKind) prokura.ID {
		v, err := tx.NewID(k, 0)
		must(err)
		return v
	}
	person := func(name string) prokura.ID {
		p := id(prokura.NodePerson)
		must(tx.AddPerson(prokura.Person{ID: p, Name: name, Email: p.String() + "@example.org", Generation: 1, Created: now}, testHash))
		return p
	}
	member := func(b, p prokura.ID, role prokura.BusinessRole) {
		must(tx.AddMember(prokura.Member{ID: id(prokura.NodeMember), Business: b, Person: p, Role: role, Created: now}))
	}
	w.second, w.fans, w.shared = nil, nil, nil
	for i := range three {
		page, account := id(prokura.NodeAsset), id(prokura.NodeAsset)
		must(tx.AddAsset(prokura.Asset{ID: page, Kind: prokura.KindPage, Business: w.provider, Name: fmt.Sprintf("Page p.%d", i), Created: now}))
		must(tx.AddAsset(prokura.Asset{ID: account, Kind: prokura.KindAdAccount, Business: w.provider, Name: fmt.Sprintf("Account p.%d", i), Created: now}))
		w.pages[w.provider], w.accounts[w.provider] = append(w.pages[w.provider], page), append(w.accounts[w.provider], account)
	}
	for i, b := range w.clients {
		p := person(fmt.Sprintf("Second Person %d", i))
		member(b, p, prokura.RoleAdmin)
		must(tx.AddSecondFactor(store.SecondFactor{SecondFactor: prokura.SecondFactor{ID: "factor" + p.String(), Person: p, Kind: "totp", Name: "phone", Created: now}, Sealed: []byte("sealed")}))
		for _, app := range w.apps {
			must(tx.SetAppRole(prokura.Role{App: app, Subject: p, Role: prokura.AppDeveloper, Created: now}))
			must(tx.ShareApp(app, b, 0, now))
		}
		w.second = append(w.second, p)
	}
	w.clerk = person("Clerk")
	member(w.clients[0], w.clerk, prokura.RoleEmployee)
	workers := map[prokura.ID][]prokura.ID{w.clients[0]: {w.clerk}}
	for _, b := range append(slices.Clone(w.clients), w.provider) {
		for _, v := range []struct {
			role prokura.SystemUserRole
			to   map[prokura.ID]prokura.ID
		}{{prokura.SystemUserAdmin, w.chief}, {prokura.SystemUserEmployee, w.helper}} {
			u := id(prokura.NodeSystemUser)
			must(tx.AddSystemUser(prokura.SystemUser{ID: u, Business: b, Name: string(v.role), Role: v.role, Generation: 1, Created: now}))
			v.to[b] = u
			if b == w.provider {
				continue
			}
			for _, app := range w.apps {
				must(tx.SetAppRole(prokura.Role{App: app, Subject: u, Role: prokura.AppDeveloper, Created: now}))
			}
		}
		for _, u := range append(workers[b], w.helper[b]) {
			for _, a := range w.workplace(b) {
				must(tx.SetAssignment(a, 0, u, []prokura.Task{"ADVERTISE", "ANALYZE"}))
			}
		}
	}
	w.shared = []prokura.ID{w.pages[w.clients[0]][2], w.accounts[w.clients[0]][2]}
	for _, a := range w.shared {
		must(tx.SetShare(a, w.clients[1], []prokura.Task{"ADVERTISE", "ANALYZE"}, now))
	}
	for i := range 2 * three {
		w.fans = append(w.fans, person(fmt.Sprintf("Fan %d", i)))
	}
	return errors.Join(errs...)
}

// workplace is what the clerk and the plain system users work on.
func (w *killWorld) workplace(b prokura.ID) []prokura.ID {
	return append(slices.Clone(w.pages[b]), w.accounts[b][0])
}

// extent is everything that full control of a business gives.
func (w *killWorld) extent(b prokura.ID) []prokura.ID {
	out := w.assetsOf(b)
	if b == w.clients[1] {
		out = append(out, w.shared...)
	}
	return out
}

// pagesRead reads the page tokens of a token, which must be those of its reach.
func (w *killWorld) pagesRead(from held, kind string) {
	w.t.Helper()
	list, _, err := grants.Pages(w.ctx, w.Registry, w.caller(from.secret), registry.AssetQuery{Limit: 25}, false)
	w.must(err)
	n := 0
	for _, id := range from.reach {
		if w.ownerOf(id, true) != 0 {
			n++
		}
	}
	if len(list) != n || n == 0 {
		w.t.Fatalf("%s reads %d pages, want %d", from.name, len(list), n)
	}
	for i, p := range list {
		w.hold(held{name: fmt.Sprintf("%s page %d", strings.Replace(from.name, from.kind, kind, 1), i), kind: kind, app: from.app, person: from.person,
			business: from.business, systemUser: from.systemUser, page: p.ID, owner: w.ownerOf(p.ID, true), root: from.name, scopes: from.scopes,
			reach: []prokura.ID{p.ID}, secret: p.Token})
	}
}

// ownerOf is the business that owns an asset; 0 when it is no page and pages
// alone are wanted.
func (w *killWorld) ownerOf(asset prokura.ID, pages bool) prokura.ID {
	for _, b := range append(slices.Clone(w.clients), w.provider) {
		if slices.Contains(w.pages[b], asset) || !pages && slices.Contains(w.accounts[b], asset) {
			return b
		}
	}
	return 0
}

// cutPersonal logs people in for themselves: the clients' admins, and the clerk.
func (w *killWorld) cutPersonal() {
	for ai, app := range w.apps {
		for pi, person := range append(slices.Clone(w.people[:three]), w.clerk) {
			reach := w.workplace(w.clients[0])
			if pi < three {
				reach = w.extent(w.clients[pi])
			}
			name := fmt.Sprintf("U a%d p%d", ai, pi)
			u := w.hold(held{name: name, kind: "U", app: app, person: person, root: name, scopes: append(slices.Clone(profileScopes), fixtureScopes...), reach: reach,
				secret: w.exchange(app, w.consent(w.personal[app], person, 0, reach))})
			w.pagesRead(u, "P")
			w.hold(held{name: fmt.Sprintf("C a%d p%d", ai, pi), kind: "C", app: app, person: person, code: w.consent(w.personal[app], person, 0, reach)})
		}
		a, err := grants.MintAppToken(w.ctx, w.Registry, w.appCaller(app))
		w.must(err)
		w.hold(held{name: fmt.Sprintf("A a%d token", ai), kind: "A", app: app, secret: a.Secret})
		w.hold(held{name: fmt.Sprintf("A a%d id|secret", ai), kind: "A", app: app, secret: prokura.Secret(app.String() + "|" + w.secrets[app].Reveal())})
	}
}

// cutIntegrations connects every client to every app: two roots with two
// children each, page tokens, and a code that is still open.
func (w *killWorld) cutIntegrations() {
	for ai, app := range w.apps {
		for bi, b := range w.clients {
			reach := w.extent(b)
			connect := func() string { return w.consent(w.systems[app], w.people[bi], b, reach) }
			for root := range 2 {
				name := fmt.Sprintf("S a%d b%d r%d", ai, bi, root)
				s := w.hold(held{name: name, kind: "S", app: app, business: b, root: name, scopes: fixtureScopes, reach: reach, secret: w.exchange(app, connect())})
				for ci, assets := range [][]prokura.ID{w.pages[b][:1], w.accounts[b][1:]} {
					if bi == 1 {
						assets = append(slices.Clone(assets), w.shared[ci])
					}
					w.hold(held{name: fmt.Sprintf("G a%d b%d r%d c%d", ai, bi, root, ci), kind: "G", app: app, business: b, root: name,
						scopes: childScopes[ci], reach: assets, secret: w.child(s.secret, b, childScopes[ci], assets)})
				}
				if root == 0 {
					w.pagesRead(s, "SP")
				}
			}
			w.hold(held{name: fmt.Sprintf("C a%d b%d", ai, bi), kind: "C", app: app, business: b, person: w.people[bi], code: connect()})
		}
	}
}

// setUpTestApp makes the test app with its testers.
func (w *killWorld) setUpTestApp() {
	owner := w.session(w.people[three])
	var err error
	w.test, err = apps.CreateTest(w.ctx, w.Registry, owner, w.apps[0], "Test")
	w.must(err)
	w.secrets[w.test], err = apps.ShowSecret(w.ctx, w.Registry, owner, w.test)
	w.must(err)
	for _, u := range []prokura.ID{w.helper[w.clients[0]], w.helper[w.clients[1]], w.chief[w.provider]} {
		w.must(apps.SetSystemUserRole(w.ctx, w.Registry, owner, w.test, u, prokura.AppTester))
	}
}

// setter is who sets apps up for the system users of a business.
func (w *killWorld) setter(b prokura.ID) registry.Caller {
	if i := slices.Index(w.clients, b); i >= 0 {
		return w.session(w.second[i])
	}
	return w.session(w.people[three])
}

// cutSystemUser installs an app for a system user and cuts a token as wide as it
// is, with page tokens; with more also one limited to a page, and one with fewer
// scopes that ends after 60 days.
func (w *killWorld) cutSystemUser(b, u, app prokura.ID, more bool) {
	w.t.Helper()
	c := w.setter(b)
	w.must(systemusers.Install(w.ctx, w.Registry, c, u, app))
	reach := w.workplace(b)
	if u == w.chief[b] {
		reach = w.extent(b)
	}
	cut := func(n int, req systemusers.TokenRequest, reach []prokura.ID) held {
		req.SystemUser, req.App = u, app
		out, err := systemusers.Mint(w.ctx, w.Registry, c, req)
		w.must(err)
		name := fmt.Sprintf("W %s %s t%d", u, app, n)
		return w.hold(held{name: name, kind: "W", app: app, business: b, systemUser: u, root: name, scopes: req.Scopes, reach: reach, secret: out.Secret})
	}
	w.pagesRead(cut(0, systemusers.TokenRequest{Scopes: fixtureScopes}, reach), "WP")
	if more {
		cut(1, systemusers.TokenRequest{Scopes: fixtureScopes[:4], Assets: w.pages[b][:1], HasAssets: true}, w.pages[b][:1])
		cut(2, systemusers.TokenRequest{Scopes: fixtureScopes[:3], In60Days: true}, reach)
	}
}

// cutClassic logs people in to the app with the former login product.
func (w *killWorld) cutClassic() {
	login := func(name string, person prokura.ID, scopes []prokura.Permission, reach []prokura.ID) held {
		asked := append([]prokura.Permission{"email"}, scopes...)
		u := w.hold(held{name: "U " + name, kind: "U", app: w.classic, person: person, root: "U " + name, scopes: append(slices.Clone(profileScopes), scopes...),
			reach: reach, secret: w.scoped(w.classic, person, asked...)})
		w.hold(held{name: "C " + name, kind: "C", app: w.classic, person: person, code: w.scopedCode(w.classic, person, asked...)})
		return u
	}
	for i := range three {
		login(fmt.Sprintf("profile %d", i), w.fans[i], nil, nil)
		login(fmt.Sprintf("kept %d", i), w.fans[three+i], classicKept, nil)
		w.pagesRead(login(fmt.Sprintf("mixed %d", i), w.people[i], mixedScopes, w.extent(w.clients[i])), "P")
	}
}

// find is a credential by its name.
func (w *killWorld) find(name string) held {
	w.t.Helper()
	i := slices.IndexFunc(w.all, func(h held) bool { return h.name == name })
	if i < 0 {
		w.t.Fatalf("there is no %s", name)
	}
	return w.all[i]
}

// tokenOf is the n-th token of a system user for an app.
func (w *killWorld) tokenOf(u, app prokura.ID, n int) held {
	w.t.Helper()
	return w.find(fmt.Sprintf("W %s %s t%d", u, app, n))
}

// member is the id of a membership.
func (w *killWorld) member(business, person prokura.ID) prokura.ID {
	w.t.Helper()
	m, err := registry.View(w.ctx, w.Registry, func(tx *store.View) (registry.Membership, error) { return tx.MemberOf(business, person) })
	w.must(err)
	return m.ID
}

// copyOf is the same world in a database of its own: planting one for each event
// would be most of what the matrix takes.
func (w *killWorld) copyOf(t *testing.T) *killWorld {
	f := *w.fixture
	f.t, f.ctx = t, t.Context()
	f.database = copyDatabase(t, w.database)
	out := *w
	out.fixture = &f
	f.Registry = f.open(0)
	return &out
}

// copyDatabase copies a database that nobody has open.
func copyDatabase(t *testing.T, database string) string {
	if !store.IsPostgres(database) {
		to := filepath.Join(t.TempDir(), "world.db")
		for _, tail := range []string{"", "-wal"} {
			b, err := os.ReadFile(database + tail)
			if errors.Is(err, os.ErrNotExist) && tail != "" {
				continue
			}
			if err == nil {
				err = os.WriteFile(to+tail, b, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		return to
	}
	return storetest.Copy(t, database)
}
