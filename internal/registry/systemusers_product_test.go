//go:build !race

// One call after the other: the race detector has nothing to find here. make
// test runs this without.

package registry_test

import (
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/systemusers"
)

// The axes of T30.
var (
	callerKinds = []string{"admin", "employee", "admin system user", "system user", "integration", "app"}
	appOwners   = []string{"own", "foreign", "nobody"}
	levels      = []prokura.Level{prokura.LevelDevelopment, prokura.LevelBasic, prokura.LevelStandard}
)

// setup is one cell of the product without the scope.
type setup struct {
	caller    string
	same      bool // the caller is of the system user's business
	owner     string
	level     prokura.Level
	installed bool
}

// mayInstall says from the rules alone, in the order in which they are told,
// why an app is not installed. In this world what R-SU-06 demands of system
// user, app and person holds wherever it can.
func mayInstall(c setup) prokura.Reason {
	switch {
	case c.caller == "integration" || c.caller == "app":
		return prokura.WrongTokenKind // R-TOKEN-12: what a client granted an app administers nothing
	case !c.same:
		return prokura.NotFound // R-SU-04: both of one business; others learn nothing (T40)
	case c.caller == "employee":
		return prokura.RoleMissing // R-SU-03: an admin person or any system user
	case c.owner != "own" && c.caller != "admin":
		return prokura.RoleMissing // R-SU-06 c: a person sets up an app of others
	case c.level != prokura.LevelStandard:
		return prokura.LevelTooLow // R-SU-03
	}
	return ""
}

// mayMint adds what a token needs beyond the installation's own rules.
func mayMint(c setup, goodScope bool) prokura.Reason {
	switch r := mayInstall(c); {
	case r != "":
		return r
	case !c.installed:
		return prokura.NotInstalled // R-SU-04
	case !goodScope:
		return prokura.UnknownPermission // R-SU-04
	}
	return ""
}

// product is the world of the product: nine apps, two targets, twelve callers.
type product struct {
	staff
	apps    map[string]map[prokura.Level]prokura.ID
	targets map[bool]prokura.ID // by installed
	callers map[string]map[bool]func(app prokura.ID) registry.Caller
}

func newProduct(t *testing.T, database string) *product {
	s := newStaff(t, database)
	m := &product{staff: s, apps: map[string]map[prokura.Level]prokura.ID{}, targets: map[bool]prokura.ID{}, callers: map[string]map[bool]func(prokura.ID) registry.Caller{}}
	business := map[bool]prokura.ID{true: s.clients[0], false: s.clients[1]}
	owners := map[string]prokura.ID{"own": s.clients[0], "foreign": s.provider, "nobody": 0}
	for _, installed := range []bool{true, false} {
		m.targets[installed] = s.systemUser(business[true], prokura.SystemUserEmployee, 0)
	}
	var all []prokura.ID
	for _, owner := range appOwners {
		m.apps[owner] = map[prokura.Level]prokura.ID{}
		for _, level := range levels {
			app := s.app(owner+" "+string(level), owners[owner], level)
			m.apps[owner][level] = app
			all = append(all, app)
			if owner != "own" {
				s.share(app, business[true], true)
				s.appRole(app, m.targets[true], prokura.AppDeveloper)
				s.appRole(app, m.targets[false], prokura.AppDeveloper)
			}
			s.install(m.targets[true], app)
		}
	}
	for _, kind := range callerKinds {
		m.callers[kind] = map[bool]func(prokura.ID) registry.Caller{}
		for _, same := range []bool{true, false} {
			m.callers[kind][same] = m.caller(kind, business[same], all)
		}
	}
	return m
}

// caller plants a caller of a kind in a business, with a role on every app, and
// returns it as each app's token makes it.
func (m *product) caller(kind string, business prokura.ID, apps []prokura.ID) func(prokura.ID) registry.Caller {
	switch kind {
	case "admin", "employee":
		person := m.person(kind)
		role := prokura.RoleAdmin
		if kind == "employee" {
			role = prokura.RoleEmployee
		}
		m.member(business, person, role)
		for _, app := range apps {
			m.appRole(app, person, prokura.AppDeveloper)
		}
		return func(app prokura.ID) registry.Caller { return m.fixture.caller(m.userToken(app, person)) }
	case "admin system user", "system user":
		role := prokura.SystemUserEmployee
		if kind == "admin system user" {
			role = prokura.SystemUserAdmin
		}
		u := m.systemUser(business, role, 0)
		for _, app := range apps {
			m.appRole(app, u, prokura.AppDeveloper)
			m.share(app, business, true)
			m.install(u, app)
		}
		return func(app prokura.ID) registry.Caller { return m.fixture.caller(m.systemUserToken(app, u)) }
	case "integration":
		return func(app prokura.ID) registry.Caller { return m.fixture.caller(m.integrationToken(app, business)) }
	}
	return func(app prokura.ID) registry.Caller {
		c, err := m.Authenticate(m.ctx, registry.Credentials{Token: prokura.Secret(app.String() + "|" + m.secrets[app].Reveal())})
		if err != nil {
			m.t.Fatal(err)
		}
		return c
	}
}

// each runs f for every cell without the scope: 216.
func (m *product) each(f func(c setup, name string, caller registry.Caller, app, target prokura.ID)) {
	for _, owner := range appOwners {
		for _, level := range levels {
			app := m.apps[owner][level]
			for _, kind := range callerKinds {
				for _, same := range []bool{true, false} {
					caller := m.callers[kind][same](app)
					for _, installed := range []bool{true, false} {
						c := setup{kind, same, owner, level, installed}
						f(c, cell(c), caller, app, m.staff.alias(app, m.targets[installed]))
					}
				}
			}
		}
	}
}

// T30, R-SU-04: the cross product of minting, 6 callers × own or other business
// × 3 owners of the app × installed or not × 3 levels × good or bad scope.
func TestMintProduct(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		m := newProduct(t, database)
		cells, minted := 0, 0
		m.each(func(c setup, name string, caller registry.Caller, app, target prokura.ID) {
			for _, scope := range []prokura.Permission{"ads_read", "ads_readable"} {
				cells++
				token, err := m.mint(caller, target, app, scope)
				want := mayMint(c, scope == "ads_read")
				if m.wantReason(name+" "+string(scope), err, want); (token != "") != (want == "") {
					t.Errorf("%s %s: a token beside %v", name, scope, err)
				}
				if err != nil {
					continue
				}
				minted++
				got, err := m.Authenticate(m.ctx, registry.Credentials{Token: token})
				if err != nil || got.SystemUser.ID != m.targets[true] || got.App.ID != app || got.Token.Kind != prokura.TokenSystemUser {
					t.Errorf("%s: the token is of %s for %s, %v", name, got.SystemUser.ID, got.App.ID, err)
				}
			}
		})
		if cells != 432 || minted != 5 { // own: admin, admin system user, system user; foreign and nobody's: admin
			t.Errorf("%d cells, %d tokens", cells, minted)
		}
		if n := m.systemUserTokens(m.targets[true]); n != minted {
			t.Errorf("%d rows for %d tokens", n, minted)
		}
		if n := m.systemUserTokens(m.targets[false]); n != 0 {
			t.Errorf("%d tokens of a system user that installed nothing", n)
		}
	})
}

// T30, R-SU-03: the same product of installing, without the scope.
func TestInstallProduct(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		m := newProduct(t, database)
		cells := 0
		m.each(func(c setup, name string, caller registry.Caller, app, target prokura.ID) {
			cells++
			err := systemusers.Install(m.ctx, m.Registry, caller, target, app)
			m.wantReason(name, err, mayInstall(c))
			installed := m.installed(m.targets[c.installed], app)
			if want := c.installed || err == nil; installed != want {
				t.Errorf("%s: installed %t, want %t", name, installed, want)
			}
			if installed && !c.installed {
				m.uninstall(m.targets[false], app)
			}
		})
		if cells != 216 {
			t.Errorf("%d cells", cells)
		}
	})
}
