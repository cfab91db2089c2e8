package registry_test

import (
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/systemusers"
)

// borrowed is a world in which all of R-SU-06 holds: a person of one business
// may set up an app of another, or of nobody, for a system user.
type borrowed struct {
	staff
	app      prokura.ID
	owner    prokura.ID // of the app; 0: nobody
	business prokura.ID
	person   prokura.ID
	server   prokura.ID // the system user
}

func newBorrowed(s staff, owner prokura.ID) *borrowed {
	b := &borrowed{staff: s, owner: owner, business: s.business("Borrowing"), app: s.app("Borrowed", owner, prokura.LevelStandard), person: s.person("Set-up Person")}
	b.server = s.systemUser(b.business, prokura.SystemUserEmployee, 0)
	b.appRole(b.app, b.server, prokura.AppDeveloper)    // a
	b.share(b.app, b.business, true)                    // b
	b.appRole(b.app, b.person, prokura.AppDeveloper)    // c
	b.member(b.business, b.person, prokura.RoleAdmin)   // d
	b.member(s.clients[2], b.person, prokura.RoleAdmin) // e: no part in the owner, but in others
	b.install(b.server, b.app)                          // f
	return b
}

func (b *borrowed) caller() registry.Caller { return b.fixture.caller(b.userToken(b.app, b.person)) }

func (b *borrowed) list() (*systemusers.Listing, error) {
	return systemusers.List(b.ctx, b.Registry, b.caller(), b.business, 0, false, 25, true)
}

func (b *borrowed) token() (prokura.Secret, error) {
	return b.mint(b.caller(), b.staff.alias(b.app, b.server), b.app, "ads_read")
}

func (b *borrowed) role(role prokura.BusinessRole) {
	b.write(func(d *registry.Door) error {
		d.Touch(registry.OfPerson, b.person)
		return d.SetMemberRole(b.business, b.person, role)
	})
}

// invite leaves an open invitation of the person to the app's owner.
func (b *borrowed) invite(lifetime time.Duration) {
	b.write(func(d *registry.Door) error {
		p, err := d.Person(b.person)
		if err != nil {
			return err
		}
		id, err := d.NewID(prokura.NodeRequest, 0)
		if err != nil {
			return err
		}
		return d.AddRequest(prokura.Request{ID: id, Kind: prokura.InviteMember, Business: b.owner, Email: p.Email, Role: string(prokura.RoleEmployee),
			Secret: registry.HashOf(id.String()), Created: d.Now, Expires: d.Now.Add(lifetime)})
	})
}

// R-SU-06: each of the six conditions is needed by itself, at listing, install
// and mint as it applies.
func TestForeignAppConditions(t *testing.T) { onBoth(t, testForeignAppConditions) }

func testForeignAppConditions(t *testing.T, database string) {
	s := newStaff(t, database)
	for _, tt := range []struct {
		name                string
		without             func(*borrowed)
		list, install, mint prokura.Reason
		owned               bool // says nothing about apps of nobody
	}{
		{name: "all hold", without: func(*borrowed) {}},
		{name: "a: the system user has no role", without: func(b *borrowed) { b.appRole(b.app, b.server, prokura.AppNobody) }, install: prokura.NotFound, mint: prokura.NotFound},
		{name: "a: it is a tester", without: func(b *borrowed) { b.appRole(b.app, b.server, prokura.AppTester) }, install: prokura.NotFound, mint: prokura.NotFound},
		{name: "a: it is more", without: func(b *borrowed) { b.appRole(b.app, b.server, prokura.AppAdmin) }},
		{name: "b: not shared", without: func(b *borrowed) { b.share(b.app, b.business, false) }, install: prokura.NotFound, mint: prokura.NotFound},
		{name: "b: shared with another business", without: func(b *borrowed) {
			b.share(b.app, b.clients[1], true)
			b.share(b.app, b.business, false)
		}, install: prokura.NotFound, mint: prokura.NotFound},
		{name: "c: no role on the app", without: func(b *borrowed) { b.appRole(b.app, b.person, prokura.AppNobody) }, list: prokura.RoleMissing, install: prokura.RoleMissing, mint: prokura.RoleMissing},
		{name: "c: a tester", without: func(b *borrowed) { b.appRole(b.app, b.person, prokura.AppTester) }, list: prokura.RoleMissing, install: prokura.RoleMissing, mint: prokura.RoleMissing},
		{name: "c: an admin", without: func(b *borrowed) { b.appRole(b.app, b.person, prokura.AppAdmin) }},
		{name: "d: an employee", without: func(b *borrowed) { b.role(prokura.RoleEmployee) }, list: prokura.RoleMissing, install: prokura.RoleMissing, mint: prokura.RoleMissing},
		{name: "d: not in the business", without: func(b *borrowed) {
			b.write(func(d *registry.Door) error {
				d.Touch(registry.OfPerson, b.person)
				return d.RemoveMember(b.business, b.person)
			})
		}, list: prokura.NotFound, install: prokura.NotFound, mint: prokura.NotFound},
		{name: "e: in the owner", without: func(b *borrowed) { b.member(b.owner, b.person, prokura.RoleEmployee) }, owned: true, list: prokura.RoleMissing, install: prokura.RoleMissing, mint: prokura.RoleMissing},
		{name: "e: invited to it", without: func(b *borrowed) { b.invite(time.Hour) }, owned: true, list: prokura.RoleMissing, install: prokura.RoleMissing, mint: prokura.RoleMissing},
		{name: "e: invited to it once", without: func(b *borrowed) {
			b.invite(time.Hour)
			b.travel(2 * time.Hour)
		}, owned: true},
		{name: "f: not installed", without: func(b *borrowed) { b.uninstall(b.server, b.app) }, mint: prokura.NotInstalled},
	} {
		for _, owner := range []prokura.ID{s.provider, 0} {
			if owner == 0 && tt.owned {
				continue
			}
			b := newBorrowed(s, owner)
			tt.without(b)
			list, err := b.list()
			b.wantReason(tt.name+": list", err, tt.list)
			if err == nil && (len(list.Users) != 1 || list.Total != 1 || list.Users[0].ID == 0) {
				t.Errorf("%s: the list has %d of %d", tt.name, len(list.Users), list.Total)
			}
			// Before the installation, which would put f right.
			token, err := b.token()
			b.wantReason(tt.name+": mint", err, tt.mint)
			b.wantReason(tt.name+": install", systemusers.Install(b.ctx, b.Registry, b.caller(), b.staff.alias(b.app, b.server), b.app), tt.install)
			if (token != "") != (tt.mint == "") {
				t.Errorf("%s: a token and a refusal", tt.name)
			}
		}
	}
}

// R-SU-06, I-17: losing a, b or f ends the system user's tokens for that app
// and nothing else, and getting it back revives none. Losing c, d or e ends
// nothing: the token is the business's, not the person's.
func TestForeignAppLosses(t *testing.T) { onBoth(t, testForeignAppLosses) }

func testForeignAppLosses(t *testing.T, database string) {
	s := newStaff(t, database)
	for _, tt := range []struct {
		name       string
		lose, gain func(*borrowed)
		ends       bool
	}{
		{"a", func(b *borrowed) { b.appRole(b.app, b.server, prokura.AppNobody) }, func(b *borrowed) { b.appRole(b.app, b.server, prokura.AppDeveloper) }, true},
		{"a, by a smaller role", func(b *borrowed) { b.appRole(b.app, b.server, prokura.AppAnalyst) }, func(b *borrowed) { b.appRole(b.app, b.server, prokura.AppDeveloper) }, true},
		{"b", func(b *borrowed) { b.share(b.app, b.business, false) }, func(b *borrowed) { b.share(b.app, b.business, true) }, true},
		{"f", func(b *borrowed) {
			admin := b.session(b.person)
			b.wantReason("uninstall", systemusers.Uninstall(b.ctx, b.Registry, admin, b.server, b.app), "")
			b.wantReason("uninstall again", systemusers.Uninstall(b.ctx, b.Registry, admin, b.server, b.app), prokura.NotInstalled)
		}, func(*borrowed) {}, true},
		{"c", func(b *borrowed) { b.appRole(b.app, b.person, prokura.AppNobody) }, func(b *borrowed) { b.appRole(b.app, b.person, prokura.AppDeveloper) }, false},
		{"d", func(b *borrowed) { b.role(prokura.RoleEmployee) }, func(b *borrowed) { b.role(prokura.RoleAdmin) }, false},
		{"e", func(b *borrowed) { b.member(b.owner, b.person, prokura.RoleAdmin) }, func(b *borrowed) {
			b.write(func(d *registry.Door) error {
				d.Touch(registry.OfPerson, b.person)
				return d.RemoveMember(b.owner, b.person)
			})
		}, false},
	} {
		b := newBorrowed(s, s.provider)
		token, err := b.token()
		if err != nil {
			t.Fatal(tt.name, err)
		}
		// What must live on: the system user's token for another app, another
		// one's for this app, one of another business, the person's own.
		own, other := b.staff.app("Own", b.business, prokura.LevelStandard), b.staff.systemUser(b.business, prokura.SystemUserAdmin, 0)
		away := b.staff.systemUser(b.clients[1], prokura.SystemUserEmployee, 0)
		b.install(b.server, own)
		b.appRole(b.app, other, prokura.AppDeveloper)
		b.appRole(b.app, away, prokura.AppDeveloper)
		b.share(b.app, b.clients[1], true)
		living := map[string]prokura.Secret{"another app": b.systemUserToken(own, b.server), "the person": b.userToken(b.app, b.person)}
		b.install(away, b.app)
		living["another business"] = b.systemUserToken(b.app, away)
		if tt.name != "b" { // which ends for the whole business
			b.install(other, b.app)
			living["another system user"] = b.systemUserToken(b.app, other)
		}
		tt.lose(b)
		want := prokura.Reason("")
		if tt.ends {
			want = prokura.AppRemoved
		}
		b.dead(tt.name+": after the loss", token, want)
		for name, s := range living {
			b.dead(tt.name+": "+name+" after the loss", s, "")
		}
		tt.gain(b)
		if tt.ends {
			b.wantReason(tt.name+": install anew", systemusers.Install(b.ctx, b.Registry, b.caller(), b.staff.alias(b.app, b.server), b.app), "")
			b.dead(tt.name+": after all is back", token, prokura.TokenRevoked)
		}
		fresh, err := b.token()
		b.wantReason(tt.name+": mint anew", err, "")
		b.dead(tt.name+": the new one", fresh, "")
	}
}

// R-APP-04: a system user works with a test app as its tester, which stands in
// for ownership, sharing and level; the role's end is the end.
func TestTestAppNeedsTester(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		s := newStaff(t, database)
		business := s.clients[0]
		for _, parent := range []prokura.ID{s.app("Parent", business, prokura.LevelStandard), s.apps[0]} {
			app, server := s.testApp(parent), s.systemUser(business, prokura.SystemUserEmployee, 0)
			admin := s.session(s.people[0])
			s.wantReason("without a role", systemusers.Install(s.ctx, s.Registry, admin, server, app), prokura.NotFound)
			s.appRole(app, server, prokura.AppAnalyst)
			s.wantReason("as analyst", systemusers.Install(s.ctx, s.Registry, admin, server, app), prokura.NotFound)
			s.appRole(app, server, prokura.AppTester)
			s.wantReason("as tester", systemusers.Install(s.ctx, s.Registry, admin, server, app), "")
			// A test app has no advanced access and needs none.
			out, err := systemusers.Mint(s.ctx, s.Registry, s.session(s.people[0]), systemusers.TokenRequest{SystemUser: server, App: app, Scopes: []prokura.Permission{"ads_management"}})
			if s.wantReason("mint", err, ""); err != nil {
				continue
			}
			c, err := s.Authenticate(s.ctx, registry.Credentials{Token: out.Secret})
			if s.wantReason("use", err, ""); err == nil && !s.Catalog().Has(c.Scopes(), "ads_management") {
				t.Error("the token lost its scope")
			}
			s.appRole(app, server, prokura.AppNobody)
			s.dead("after the role", out.Secret, prokura.AppRemoved)
			s.appRole(app, server, prokura.AppTester)
			s.dead("after a new role", out.Secret, prokura.AppRemoved)
		}
	})
}

// R-SU-06, R-APP-06: an app that goes to another owner is taken from the system
// users of the former one, but from those that a and b hold for.
func TestMovedAppEndsInstallations(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		s := newStaff(t, database)
		business := s.clients[0]
		app := s.app("Moving", business, prokura.LevelStandard)
		plain, developer := s.systemUser(business, prokura.SystemUserAdmin, 0), s.systemUser(business, prokura.SystemUserEmployee, 0)
		s.appRole(app, developer, prokura.AppDeveloper)
		s.share(app, business, true)
		s.install(plain, app)
		s.install(developer, app)
		ends, stays := s.systemUserToken(app, plain), s.systemUserToken(app, developer)
		move := func(to prokura.ID) {
			s.write(func(d *registry.Door) error {
				d.Touch(registry.OfApp, app)
				if err := d.SetAppOwner(app, to, 0, "", d.Now); err != nil {
					return err
				}
				return apps.EndLostInstallations(s.Registry, d, app)
			})
		}
		move(s.provider)
		s.dead("without ties", ends, prokura.AppRemoved)
		s.dead("with them", stays, "")
		move(business)
		s.dead("after it is back", ends, prokura.AppRemoved)
	})
}
