//go:build !race

package registry_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/store"
)

// newModel is the world in which every run begins: three businesses that own
// assets, two that provide apps, people with places in several of them, an app
// of a provider, one of a client business, one of a person and a test app.
func newModel() *model {
	m := &model{
		tasks: map[string][]string{}, combinations: map[string][][]string{}, columns: map[string]string{},
		people: map[string]*modelPerson{}, codes: map[string]*modelCode{}, tokens: map[string]*modelToken{},
		users: map[string]*modelUser{}, groups: map[string]*modelGroup{}, requests: map[string]*modelRequest{},
		businesses: map[string]*modelBusiness{
			"b0": {members: map[string]string{"p0": control, "p1": "EMPLOYEE", "p2": "EMPLOYEE", "p4": "EMPLOYEE"}},
			"b1": {members: map[string]string{"p1": control, "p2": control, "p4": "EMPLOYEE"}},
			"b2": {members: map[string]string{"p2": control, "p6": control, "p0": "EMPLOYEE", "p4": "EMPLOYEE", "p1": "EMPLOYEE"}},
			"b3": {members: map[string]string{"p3": control, "p4": "EMPLOYEE"}, over: set("b1")},
			"b4": {members: map[string]string{"p6": control}},
		},
		assets: map[string]*modelAsset{
			"x0": {kind: "page", owner: "b0", shares: map[string]names{"b1": set("ADVERTISE", "ANALYZE")}, given: map[string]map[string]names{"p2": {"b0": set("MODERATE")}, "p4": {"b1": set("ANALYZE")}}},
			"x1": {kind: "page", owner: "b0", given: map[string]map[string]names{"p1": {"b0": set("MANAGE", "ANALYZE")}}},
			"x2": {kind: "ad_account", owner: "b0", given: map[string]map[string]names{"p1": {"b0": set("ANALYZE")}}},
			"x3": {kind: "product_catalog", owner: "b0"},
			"x4": {kind: "page", owner: "b1", given: map[string]map[string]names{"p4": {"b1": set("CREATE_CONTENT", "ADVERTISE")}}},
			"x5": {kind: "ad_account", owner: "b1", given: map[string]map[string]names{"p4": {"b1": set("ADVERTISE", "ANALYZE")}}, shares: map[string]names{"b2": set("ANALYZE")}},
			"x6": {kind: "page", owner: "b2", given: map[string]map[string]names{"p0": {"b2": set("ADVERTISE")}}},
			"x7": {kind: "ad_account", owner: "b2"},
			"x8": {kind: "pixel", owner: "b2"},
		},
		apps: map[string]*modelApp{
			"a0": {business: "b3", kind: "business", mode: "live", level: "standard", shared: set("b1"), roles: map[string]string{"p3": "admin", "p4": "developer", "p2": "developer", "p5": "tester", "s1": "developer"},
				advanced: set("ads_management", "ads_read", "business_management", "pages_show_list", "pages_read_engagement", "catalog_management")},
			"a1": {business: "b0", kind: "business", mode: "live", level: "standard", roles: map[string]string{"p0": "admin", "p1": "tester"},
				advanced: set("ads_read", "business_management", "pages_show_list")},
			"a2": {kind: "consumer", mode: "live", level: "standard", roles: map[string]string{"p5": "admin", "p0": "admin", "p2": "developer"},
				advanced: set("ads_read", "pages_show_list", "business_management", "manage_notifications")},
			"a3": {parent: "a0", kind: "business", mode: "development", level: "development", roles: map[string]string{"p3": "admin", "p2": "tester", "s2": "tester"}},
		},
		configurations: map[string]*modelConfiguration{
			"c0": {app: "a0", system: true, kinds: map[string]names{"page": nil, "ad_account": nil}, needs: set("page"),
				scopes: set("ads_management", "ads_read", "business_management", "pages_show_list")},
			"c1": {app: "a0", system: true, sixty: true, kinds: map[string]names{"page": set("ADVERTISE", "ANALYZE"), "product_catalog": nil}, needs: set("page"),
				scopes: set("business_management", "pages_show_list", "catalog_management")},
			"c2": {app: "a0", kinds: map[string]names{"page": nil, "ad_account": set("ANALYZE")}, needs: names{},
				scopes: set("ads_read", "pages_show_list", "pages_read_engagement")},
			"c3": {app: "a0", kinds: map[string]names{}, scopes: set("ads_management", "business_management", "pages_show_list")},
			"c4": {app: "a1", system: true, kinds: map[string]names{"page": nil}, needs: names{}, scopes: set("business_management", "pages_show_list")},
			"c5": {app: "a1", kinds: map[string]names{"page": set("ADVERTISE")}, needs: set("page"), scopes: set("pages_show_list", "ads_read")},
			"c7": {app: "a2", kinds: map[string]names{"page": nil}, needs: names{}, scopes: set("pages_show_list", "business_management")}, // good while a2 is a business app
			"c6": {app: "a3", kinds: map[string]names{}, scopes: set("ads_management", "business_management", "pages_show_list")},
		},
	}
	m.users["s0"] = &modelUser{business: "b0", role: "EMPLOYEE", installed: set("a1")}
	m.users["s1"] = &modelUser{business: "b1", role: "EMPLOYEE", installed: set("a0")}
	m.users["s2"] = &modelUser{business: "b2", role: control, installed: names{}}
	for i := range 8 {
		m.people[fmt.Sprint("p", i)] = &modelPerson{staff: map[int]string{5: "reviewer", 6: "lead", 7: "operator"}[i]}
	}
	for _, b := range m.businesses {
		b.factor, b.since = "none", map[string]int{}
		for i, p := range keys(b.members) {
			b.since[p] = i
		}
	}
	for _, a := range m.assets {
		if a.given == nil {
			a.given = map[string]map[string]names{}
		}
		if a.shares == nil {
			a.shares = map[string]names{}
		}
	}
	for _, a := range m.apps {
		if a.advanced == nil {
			a.advanced = names{}
		}
		if a.shared == nil {
			a.shared = names{}
		}
	}
	for _, k := range prokura.DefaultCatalog().Kinds { // what there is, not what follows from it
		for _, t := range k.Tasks {
			m.tasks[string(k.Kind)] = append(m.tasks[string(k.Kind)], string(t.Task))
		}
		for _, s := range k.TaskSets {
			m.combinations[string(k.Kind)] = append(m.combinations[string(k.Kind)], words(s))
		}
	}
	for _, n := range []string{"ads_management", "ads_read", "business_management", "pages_show_list", "pages_read_engagement"} {
		m.columns[n] = "UIS"
	}
	m.columns["catalog_management"], m.columns["manage_notifications"] = "UI", "S"
	m.columns["email"], m.columns["public_profile"] = "UA", "UAB"
	return m
}

func words[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

func typed[T ~string](list []string) []T {
	out := make([]T, len(list))
	for i, v := range list {
		out[i] = T(v)
	}
	return out
}

// modelStage is a real world beside the model's: what names stand for, and a
// server that remembers beside one that does not.
type modelStage struct {
	*registry.Registry
	t        testing.TB
	config   registry.Config
	m        *model
	cold     *registry.Registry
	ids      map[string]prokura.ID
	secrets  map[string]prokura.Secret // of apps and tokens
	owners   map[prokura.Secret]string // the names of tokens
	sessions map[string]string
	password map[string]prokura.Secret
	done     map[string]int // acts that were accepted, by verb
	// What the latest act has made, if it is no token; the secret of an app.
	fresh       prokura.ID
	freshSecret prokura.Secret
}

// newStage plants newModel's world.
func newStage(t testing.TB, database, keys string) *modelStage {
	g := &modelStage{t: t, m: newModel(), ids: map[string]prokura.ID{}, secrets: map[string]prokura.Secret{}, owners: map[prokura.Secret]string{},
		sessions: map[string]string{}, password: map[string]prokura.Secret{}, done: map[string]int{}}
	g.config = registry.Config{Database: database, KeyFile: keys, Dev: true}
	for r, size := range map[**registry.Registry]int64{&g.Registry: 0, &g.cold: -1} {
		if err := g.start(r, size); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.Store().Update(t.Context(), g.plant); err != nil {
		t.Fatal(err)
	}
	g.cold.FollowClock(g.Registry)
	return g
}

// start opens the world as another process would.
func (g *modelStage) start(r **registry.Registry, cache int64) (err error) {
	g.config.CacheBytes = cache
	*r, err = registry.Open(g.t.Context(), g.config)
	return err
}

func (g *modelStage) close() {
	g.Registry.Close()
	g.cold.Close()
}

func (g *modelStage) plant(tx *store.Tx) (err error) {
	now := g.Now()
	clear(g.ids)
	must := func(e error) {
		if err == nil {
			err = e
		}
	}
	id := func(k prokura.NodeKind, name string) prokura.ID {
		v, e := tx.NewID(k, 0)
		must(e)
		g.ids[name] = v
		return v
	}
	for name, p := range g.m.people {
		v := id(prokura.NodePerson, name)
		must(tx.AddPerson(prokura.Person{ID: v, Name: name, Email: g.email(name), Generation: 1, Staff: prokura.StaffRole(p.staff), Created: now}, testHash))
		g.password[name] = fixturePassword
	}
	for name, b := range g.m.businesses {
		v := id(prokura.NodeBusiness, name)
		must(tx.AddBusiness(prokura.Business{ID: v, Name: name, Generation: 1, Verification: "verified", TwoFactor: prokura.TwoFactorNone, Created: now}))
		for person, role := range b.members {
			must(tx.AddMember(prokura.Member{ID: id(prokura.NodeMember, name+person), Business: v, Person: g.ids[person], Role: prokura.BusinessRole(role), Created: now.Add(time.Duration(b.since[person]-20) * time.Second)}))
		}
	}
	for name, b := range g.m.businesses {
		for child := range b.over {
			must(tx.AddRelation(prokura.Relation{Parent: g.ids[name], Child: g.ids[child], Kind: "managed"}))
		}
	}
	for name, a := range g.m.assets {
		v := id(prokura.NodeAsset, name)
		must(tx.AddAsset(prokura.Asset{ID: v, Kind: prokura.AssetKind(a.kind), Business: g.ids[a.owner], Name: name, Created: now}))
		for agency, tasks := range a.shares {
			must(tx.SetShare(v, g.ids[agency], typed[prokura.Task](list(sorted(tasks))), now))
		}
		for person, from := range a.given {
			for giver, tasks := range from {
				by := g.ids[giver]
				if giver == a.owner {
					by = 0
				}
				must(tx.SetAssignment(v, by, g.ids[person], typed[prokura.Task](list(sorted(tasks)))))
			}
		}
	}
	for name := range g.m.apps {
		id(prokura.NodeApp, name)
	}
	for name, u := range g.m.users {
		must(tx.AddSystemUser(prokura.SystemUser{ID: id(prokura.NodeSystemUser, name), Business: g.ids[u.business], Name: name, Role: prokura.SystemUserRole(u.role), Generation: 1, Created: now}))
	}
	for name, a := range g.m.apps {
		v := g.ids[name]
		app := prokura.App{ID: v, Name: name, Type: prokura.AppType(a.kind), Business: g.ids[a.business], Parent: g.ids[a.parent],
			Mode: prokura.AppMode(a.mode), Level: prokura.Level(a.level), Generation: 1, SecretGeneration: 1, Version: 1, Created: now,
			Settings: prokura.AppSettings{RedirectURIs: []string{modelRedirect}, PrivacyPolicyURL: "https://app.example/privacy", Icon: "data:image/png;base64,", Category: "business"}}
		g.secrets[name] = apps.DrawSecret()
		must(tx.AddApp(app))
		must(tx.SetAdvanced(v, typed[prokura.Permission](list(sorted(a.advanced))), now))
		must(addSecret(g.Registry, tx, v, g.secrets[name], now))
		for person, role := range a.roles {
			must(tx.SetAppRole(prokura.Role{App: v, Subject: g.ids[person], Role: prokura.AppRole(role), Created: now}))
		}
		for business := range a.shared {
			must(tx.ShareApp(v, g.ids[business], g.ids["p3"], now))
		}
		for user, u := range g.m.users {
			if u.installed[name] {
				must(tx.Install(g.ids[user], v, g.ids["p3"], now))
			}
		}
	}
	for name, c := range g.m.configurations {
		conf := prokura.Configuration{ID: id(prokura.NodeConfiguration, name), App: g.ids[c.app], Name: name, TokenType: prokura.TokenTypeUser,
			Permissions: typed[prokura.Permission](list(sorted(c.scopes))), Created: now}
		if c.system {
			conf.TokenType = prokura.TokenTypeSystemUser
		}
		if c.sixty {
			conf.ExpiresInDays = 60
		}
		for kind, tasks := range c.kinds {
			conf.Assets = append(conf.Assets, prokura.ConfigurationAsset{Kind: prokura.AssetKind(kind), Tasks: typed[prokura.Task](list(sorted(tasks))), Required: c.needs[kind]})
		}
		must(tx.AddConfiguration(conf))
	}
	return err
}

const modelRedirect = "https://app.example/cb"

// caller is who acts under a name: a person with a session that was begun just
// now, or a token with a right proof.
func (g *modelStage) caller(by string) (registry.Caller, error) {
	if by[0] != 'p' {
		secret := g.secrets[by]
		return g.Authenticate(g.t.Context(), registry.Credentials{Token: secret, Proof: prokura.Proof(secret, g.secrets[g.m.tokens[by].app]), Trace: "trace"})
	}
	if g.sessions[by] == "" {
		g.sessions[by] = registry.NewHandle()
		if err := g.Store().Update(g.t.Context(), func(tx *store.Tx) error {
			return tx.AddSession(people.Session(g.sessions[by], g.ids[by], g.Now(), people.Client{Agent: "model", Address: "192.0.2.1"}))
		}); err != nil {
			return registry.Caller{}, err
		}
	}
	return people.Authenticate(g.t.Context(), g.Registry, prokura.Secret(g.sessions[by]), "trace")
}

// user is a system user's id as a caller knows it: tokens know those of their
// app.
func (g *modelStage) user(c registry.Caller, name string) (prokura.ID, error) {
	id := g.ids[name]
	if u := g.m.users[name]; u.app != "" {
		v, err := registry.View(g.t.Context(), g.Registry, func(tx *store.View) (prokura.SystemUser, error) {
			return tx.IntegrationUser(g.ids[u.business], g.ids[u.app])
		})
		if err != nil {
			return 0, err
		}
		id = v.ID
	}
	if c.Credential != prokura.CredentialToken {
		return id, nil
	}
	err := g.Store().Update(g.t.Context(), func(tx *store.Tx) (err error) {
		id, err = tx.ScopedID(c.App.ID, id)
		return err
	})
	return id, err
}

func (g *modelStage) appCaller(app string) (registry.Caller, error) {
	return g.AuthenticateApp(g.t.Context(), g.ids[app].String(), g.secrets[app], registry.Credentials{Trace: "trace"})
}

func (g *modelStage) idsOf(word string) []prokura.ID {
	var out []prokura.ID
	for _, n := range list(word) {
		out = append(out, g.ids[n])
	}
	return out
}
