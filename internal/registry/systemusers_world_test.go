package registry_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/systemusers"
	"github.com/prokura/prokura/internal/store"
)

// staff is a fixture in which system users work: what a test plants goes
// straight into rows, so that it does not lean on the acts it tests.
type staff struct{ *fixture }

func newStaff(t testing.TB, database string) staff { return staff{newFixture(t, database, "")} }

// write changes rows as an act would.
func (s staff) write(do func(*registry.Door) error) {
	s.t.Helper()
	if err := s.Act(s.ctx, registry.Operator("trace"), prokura.ActPlantWorld, nil, do); err != nil {
		s.t.Fatal(err)
	}
}

// person plants a person.
func (s staff) person(name string) (id prokura.ID) {
	s.t.Helper()
	s.write(func(d *registry.Door) (err error) {
		if id, err = d.NewID(prokura.NodePerson, 0); err != nil {
			return err
		}
		return d.AddPerson(prokura.Person{ID: id, Name: name, Email: id.String() + "@example.org", Generation: 1, Created: d.Now}, testHash)
	})
	return id
}

// business plants a business.
func (s staff) business(name string) (id prokura.ID) {
	s.t.Helper()
	s.write(func(d *registry.Door) (err error) {
		if id, err = d.NewID(prokura.NodeBusiness, 0); err != nil {
			return err
		}
		return d.AddBusiness(prokura.Business{ID: id, Name: name, Generation: 1, Verification: "verified", Created: d.Now})
	})
	return id
}

func (s staff) member(business, person prokura.ID, role prokura.BusinessRole) {
	s.t.Helper()
	s.write(func(d *registry.Door) error {
		id, err := d.NewID(prokura.NodeMember, 0)
		if err != nil {
			return err
		}
		d.Touch(registry.OfPerson, person)
		return d.AddMember(prokura.Member{ID: id, Business: business, Person: person, Role: role, Created: d.Now})
	})
}

// app plants a live app of a business (0: of nobody) with advanced access to
// the fixture's scopes.
func (s staff) app(name string, owner prokura.ID, level prokura.Level) (id prokura.ID) {
	s.t.Helper()
	secret := apps.DrawSecret()
	s.write(func(d *registry.Door) (err error) {
		if id, err = d.NewID(prokura.NodeApp, 0); err != nil {
			return err
		}
		a := prokura.App{ID: id, Name: name, Type: prokura.AppBusiness, Business: owner, Mode: prokura.ModeLive, Level: level, Generation: 1, SecretGeneration: 1, Version: 1, Created: d.Now}
		return errors.Join(d.AddApp(a), d.SetAdvanced(id, fixtureScopes, d.Now), apps.AddSecret(s.Registry, d, id, secret, d.Now))
	})
	s.secrets[id] = secret
	return id
}

// testApp plants a test app of a parent.
func (s staff) testApp(parent prokura.ID) (id prokura.ID) {
	s.t.Helper()
	secret := apps.DrawSecret()
	s.write(func(d *registry.Door) (err error) {
		if id, err = d.NewID(prokura.NodeApp, 0); err != nil {
			return err
		}
		a := prokura.App{ID: id, Name: "Test", Type: prokura.AppBusiness, Parent: parent, Mode: prokura.ModeDevelopment, Generation: 1, SecretGeneration: 1, Version: 1, Created: d.Now}
		return errors.Join(d.AddApp(a), apps.AddSecret(s.Registry, d, id, secret, d.Now))
	})
	s.secrets[id] = secret
	return id
}

func (s staff) systemUser(business prokura.ID, role prokura.SystemUserRole, app prokura.ID) (id prokura.ID) {
	s.t.Helper()
	s.write(func(d *registry.Door) (err error) {
		if id, err = d.NewID(prokura.NodeSystemUser, 0); err != nil {
			return err
		}
		return d.AddSystemUser(prokura.SystemUser{ID: id, Business: business, App: app, Name: "Server", Role: role, Generation: 1, Created: d.Now})
	})
	return id
}

// appRole gives or, empty, takes a role; what hangs on it ends.
func (s staff) appRole(app, subject prokura.ID, role prokura.AppRole) {
	s.t.Helper()
	s.write(func(d *registry.Door) error {
		d.Touch(registry.OfPerson, subject)
		d.Touch(registry.OfSystemUser, subject)
		if role != prokura.AppNobody {
			if err := d.SetAppRole(prokura.Role{App: app, Subject: subject, Role: role, Created: d.Now}); err != nil {
				return err
			}
		} else if err := d.RemoveAppRole(app, subject); err != nil {
			return err
		}
		return apps.EndLostInstallations(s.Registry, d, app)
	})
}

// share shares an app with a business or takes it back; what hangs on it ends.
func (s staff) share(app, business prokura.ID, on bool) {
	s.t.Helper()
	s.write(func(d *registry.Door) error {
		if on {
			return d.ShareApp(app, business, 0, d.Now)
		}
		if err := d.UnshareApp(app, business); err != nil {
			return err
		}
		return apps.EndLostInstallations(s.Registry, d, app)
	})
}

func (s staff) install(systemUser, app prokura.ID) {
	s.t.Helper()
	s.write(func(d *registry.Door) error {
		d.Touch(registry.OfSystemUser, systemUser)
		return d.Install(systemUser, app, 0, d.Now)
	})
}

func (s staff) uninstall(systemUser, app prokura.ID) {
	s.t.Helper()
	s.write(func(d *registry.Door) error { return d.EndInstallation(systemUser, app) })
}

// alias is the id that an app knows a subject by.
func (s staff) alias(app, subject prokura.ID) (id prokura.ID) {
	s.t.Helper()
	s.write(func(d *registry.Door) (err error) {
		id, err = d.ScopedID(app, subject)
		return err
	})
	return id
}

// userToken cuts a person's token with the fixture's scopes.
func (s staff) userToken(app, person prokura.ID) (secret prokura.Secret) {
	s.t.Helper()
	s.write(func(d *registry.Door) error {
		scopes, _ := s.Catalog().Set(fixtureScopes...)
		g, err := d.PersonGrant(person, app)
		if errors.Is(err, prokura.NotFound) {
			g = prokura.Grant{App: app, Person: person, Scopes: scopes, GrantedBy: person, Generation: 1, DataAccess: d.Now, Created: d.Now}
			if g.ID, err = d.NewID(prokura.NodeGrant, 0); err != nil {
				return err
			}
			err = d.AddGrant(g)
		} else if err == nil { // who logs in again is there again
			g.DataAccess = d.Now
			d.Touch(registry.OfGrant, g.ID)
			err = d.UpdateGrant(g)
		}
		if err != nil {
			return err
		}
		return s.cutFor(d, prokura.Token{Kind: prokura.TokenUser, App: app, Person: person, Grant: g.ID, Made: prokura.Generations{Person: 1, App: 1, Grant: 1}}, &secret)
	})
	return secret
}

// integrationToken cuts a BISU token of an app in a business.
func (s staff) integrationToken(app, business prokura.ID) (secret prokura.Secret) {
	s.t.Helper()
	u := s.systemUser(business, prokura.SystemUserIntegration, app)
	s.write(func(d *registry.Door) error {
		scopes, _ := s.Catalog().Set(fixtureScopes...)
		id, err := d.NewID(prokura.NodeGrant, 0)
		if err != nil {
			return err
		}
		if err := d.AddGrant(prokura.Grant{ID: id, App: app, Business: business, SystemUser: u, Configuration: 1, Scopes: scopes, Generation: 1, Created: d.Now}); err != nil {
			return err
		}
		return s.cutFor(d, prokura.Token{Kind: prokura.TokenIntegration, App: app, Business: business, SystemUser: u, Grant: id,
			Made: prokura.Generations{Business: 1, App: 1, Grant: 1, SystemUser: 1}}, &secret)
	})
	return secret
}

// systemUserToken cuts a token of a system user for an app, without the act.
func (s staff) systemUserToken(app, systemUser prokura.ID) (secret prokura.Secret) {
	s.t.Helper()
	s.write(func(d *registry.Door) error {
		u, err := d.SystemUser(systemUser)
		if err != nil {
			return err
		}
		i, err := d.Installation(systemUser, app)
		if err != nil {
			return err
		}
		scopes, _ := s.Catalog().Set(fixtureScopes...)
		return s.cutFor(d, prokura.Token{Kind: prokura.TokenSystemUser, App: app, Business: u.Business, SystemUser: u.ID, Scopes: scopes,
			Made: prokura.Generations{Business: 1, App: 1, SystemUser: u.Generation, Installation: i.Generation}}, &secret)
	})
	return secret
}

func (s staff) cutFor(d *registry.Door, t prokura.Token, secret *prokura.Secret) error {
	t, err := s.Cut(d, t, "")
	if err != nil {
		return err
	}
	*secret, err = s.TokenString(t)
	return err
}

// mint asks for a token of a system user by the token of a caller.
func (s staff) mint(c registry.Caller, systemUser, app prokura.ID, scopes ...prokura.Permission) (prokura.Secret, error) {
	out, err := systemusers.Mint(s.ctx, s.Registry, c, systemusers.TokenRequest{SystemUser: systemUser, App: app, Scopes: scopes})
	return out.Secret, err
}

// reasonOf is the reason of a refusal, empty for success.
func reasonOf(err error) prokura.Reason {
	if err == nil {
		return ""
	}
	return prokura.AsError(err).Reason
}

func (s staff) wantReason(what string, err error, want prokura.Reason) {
	s.t.Helper()
	if got := reasonOf(err); got != want {
		s.t.Errorf("%s: %q, want %q (%v)", what, got, want, err)
	}
}

// dead fails unless the token is refused for the reason.
func (s staff) dead(what string, token prokura.Secret, want prokura.Reason) {
	s.t.Helper()
	_, err := s.Authenticate(s.ctx, registry.Credentials{Token: token})
	s.wantReason(what, err, want)
}

// systemUserTokens counts the rows of system users' tokens.
func (s staff) systemUserTokens(systemUser prokura.ID) int {
	s.t.Helper()
	n, err := registry.View(s.ctx, s.Registry, func(tx *store.View) (int, error) { return tx.CountSystemUserTokens(systemUser, 0, s.Now()) })
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func cell(parts ...any) string { return fmt.Sprint(parts...) }

// installed reports whether an app is installed for a system user.
func (s staff) installed(systemUser, app prokura.ID) bool {
	s.t.Helper()
	i, err := registry.View(s.ctx, s.Registry, func(tx *store.View) (prokura.Installation, error) { return tx.Installation(systemUser, app) })
	if errors.Is(err, prokura.NotFound) {
		return false
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return i.Removed == 0
}
