package registry_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/store"
)

func mailOf(person prokura.ID) string { return person.String() + "@example.org" }

func (f *fixture) roleOn(app, subject prokura.ID) prokura.AppRole {
	f.t.Helper()
	role, err := registry.View(f.ctx, f.Registry, func(tx *store.View) (prokura.AppRole, error) { return tx.AppRole(app, subject) })
	if err != nil {
		f.t.Fatal(err)
	}
	return role
}

// people is who has a role on an app, as its admin sees it.
func (f *fixture) peopleOf(app prokura.ID) *apps.People {
	f.t.Helper()
	v, err := apps.ListPeople(f.ctx, f.Registry, f.session(f.people[three]), app)
	if err != nil {
		f.t.Fatal(err)
	}
	return v
}

// want fails unless an act was refused for the reason; nil wants it done.
func want(t testing.TB, what string, err error, reason prokura.Reason) {
	t.Helper()
	if reason == "" && err != nil || reason != "" && !errors.Is(err, reason) {
		t.Errorf("%s: %v, want %q", what, err, reason)
	}
}

// R-APP-03, T68: whoever has no role yet is invited, and the answer is the same
// whether or not there is an account; who accepts has the role; who has one is
// given another at once; the last admin stays.
func TestAppRolesByInvitation(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, admin, guest := f.apps[0], f.session(f.people[three]), f.people[0]
		for _, email := range []string{mailOf(guest), "nobody@example.org"} {
			want(t, "invite "+email, apps.SetRole(f.ctx, f.Registry, admin, app, email, prokura.AppTester), "")
			want(t, "invite twice", apps.SetRole(f.ctx, f.Registry, admin, app, email, prokura.AppDeveloper), prokura.AlreadyRequested)
		}
		v := f.peopleOf(app)
		if f.roleOn(app, guest) != prokura.AppNobody || len(v.People) != 1 || len(v.Invited) != 2 {
			t.Fatalf("after two invitations there are %d people and %d invitations", len(v.People), len(v.Invited))
		}
		secrets := map[string]prokura.Secret{}
		for _, i := range v.Invited {
			secrets[i.Email] = f.InvitationSecret(i.ID)
			if i.Path != "/invitations/"+secrets[i.Email].Reveal() || i.By != "Provider Person" {
				t.Errorf("the invitation is shown as %+v", i)
			}
		}
		want(t, "somebody else accepts", businesses.AcceptInvitation(f.ctx, f.Registry, f.session(f.people[1]), secrets[mailOf(guest)]), prokura.InvitationGone)
		want(t, "accept", businesses.AcceptInvitation(f.ctx, f.Registry, f.session(guest), secrets[mailOf(guest)]), "")
		want(t, "accept twice", businesses.AcceptInvitation(f.ctx, f.Registry, f.session(guest), secrets[mailOf(guest)]), prokura.InvitationGone)
		if got := f.roleOn(app, guest); got != prokura.AppTester {
			t.Errorf("the role after accepting is %q", got)
		}
		want(t, "change at once", apps.SetRole(f.ctx, f.Registry, admin, app, mailOf(guest), prokura.AppDeveloper), "")
		if got := f.roleOn(app, guest); got != prokura.AppDeveloper || len(f.peopleOf(app).Invited) != 1 {
			t.Errorf("the role after the change is %q", got)
		}
		want(t, "a developer gives roles", apps.SetRole(f.ctx, f.Registry, f.session(guest), app, "x@example.org", prokura.AppTester), prokura.RoleMissing)
		want(t, "a stranger gives roles", apps.SetRole(f.ctx, f.Registry, f.session(f.people[1]), app, "x@example.org", prokura.AppTester), prokura.NotFound)
		want(t, "no role", apps.SetRole(f.ctx, f.Registry, admin, app, "x@example.org", "king"), prokura.InvalidParameter)
		want(t, "no address", apps.SetRole(f.ctx, f.Registry, admin, app, "x", prokura.AppTester), prokura.InvalidParameter)
		if err := f.change(func(tx *store.Tx) error { return tx.SetAppOwner(app, 0, f.people[three], "", f.Now()) }, registry.EntityOf(registry.OfApp, app)); err != nil {
			t.Fatal(err)
		}
		want(t, "the last admin", apps.SetRole(f.ctx, f.Registry, admin, app, mailOf(f.people[three]), prokura.AppTester), prokura.InvalidParameter)
		want(t, "the last admin", apps.RemoveRole(f.ctx, f.Registry, admin, app, f.people[three]), prokura.InvalidParameter)

		// Withdrawn, the link is worth nothing; through another app it cannot be.
		open := f.peopleOf(app).Invited[0]
		want(t, "withdraw through another app", apps.WithdrawRequest(f.ctx, f.Registry, admin, f.apps[1], open.ID), prokura.NotFound)
		want(t, "withdraw as developer", apps.WithdrawRequest(f.ctx, f.Registry, f.session(guest), app, open.ID), prokura.RoleMissing)
		want(t, "withdraw", apps.WithdrawRequest(f.ctx, f.Registry, admin, app, open.ID), "")
		want(t, "withdraw twice", apps.WithdrawRequest(f.ctx, f.Registry, admin, app, open.ID), prokura.Conflict)
		want(t, "remove", apps.RemoveRole(f.ctx, f.Registry, admin, app, guest), "")
		want(t, "remove twice", apps.RemoveRole(f.ctx, f.Registry, admin, app, guest), prokura.NotFound)

		// An invitation adds: it lowers nobody, and a deleted app has none.
		want(t, "invite", apps.SetRole(f.ctx, f.Registry, admin, app, mailOf(guest), prokura.AppTester), "")
		secret := f.InvitationSecret(f.peopleOf(app).Invited[0].ID)
		if err := f.change(func(tx *store.Tx) error {
			return tx.SetAppRole(prokura.Role{App: app, Subject: guest, Role: prokura.AppAdmin})
		}, registry.EntityOf(registry.OfPerson, guest)); err != nil {
			t.Fatal(err)
		}
		want(t, "accept less", businesses.AcceptInvitation(f.ctx, f.Registry, f.session(guest), secret), "")
		if got := f.roleOn(app, guest); got != prokura.AppAdmin {
			t.Errorf("an invitation made an admin %q", got)
		}
		want(t, "invite", apps.SetRole(f.ctx, f.Registry, admin, app, mailOf(f.people[1]), prokura.AppTester), "")
		secret = f.InvitationSecret(f.peopleOf(app).Invited[0].ID)
		want(t, "delete", apps.Delete(f.ctx, f.Registry, admin, app), "")
		want(t, "accept for a deleted app", businesses.AcceptInvitation(f.ctx, f.Registry, f.session(f.people[1]), secret), prokura.InvitationGone)
	})
}

// T35: roles and invitations of an app have one cap, exact also for many who
// invite at once.
func TestAppRoleCap(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, admin := f.apps[0], f.session(f.people[three])
		if err := f.Store().Update(f.ctx, func(tx *store.Tx) error {
			for i := range apps.MaxRoles - 3 { // one admin is there
				if err := tx.SetAppRole(prokura.Role{App: app, Subject: prokura.ID(i + 1), Role: prokura.AppTester}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		var done atomic.Int32
		together(6, func(i int) {
			err := apps.SetRole(f.ctx, f.Registry, admin, app, fmt.Sprintf("guest%d@example.org", i), prokura.AppTester)
			if err == nil {
				done.Add(1)
			} else if !errors.Is(err, prokura.LimitReached) {
				t.Errorf("invite %d: %v", i, err)
			}
		})
		if done.Load() != 2 {
			t.Errorf("%d of 6 were invited to the last two places", done.Load())
		}
		want(t, "a system user", apps.SetSystemUserRole(f.ctx, f.Registry, admin, app, f.systemUserOf(f.clients[0]), prokura.AppDeveloper), prokura.LimitReached)
	})
}

// systemUserOf plants a system user of a business, past the caps.
func (f *fixture) systemUserOf(business prokura.ID) (id prokura.ID) {
	f.t.Helper()
	if err := f.change(func(tx *store.Tx) (err error) {
		if id, err = tx.NewID(prokura.NodeSystemUser, 0); err != nil {
			return err
		}
		return tx.AddSystemUser(prokura.SystemUser{ID: id, Business: business, Name: "Server", Role: prokura.SystemUserEmployee, Generation: 1, Created: f.Now()})
	}); err != nil {
		f.t.Fatal(err)
	}
	return id
}

// R-SU-06, R-APP-04: a system user gets a role by its id, without anybody's
// consent; its business is named only to those who are in it; the app knows it
// by an id of its own.
func TestSystemUserRoles(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, admin := f.apps[0], f.session(f.people[three])
		su := f.systemUserOf(f.clients[0])
		integrated := f.exchange(app, f.consent(f.systems[app], f.people[1], f.clients[1], f.assetsOf(f.clients[1])))
		for what, id := range map[string]prokura.ID{"nothing": 42, "a person": f.people[0], "an integration system user": f.caller(integrated).SystemUser.ID} {
			err := apps.SetSystemUserRole(f.ctx, f.Registry, admin, app, id, prokura.AppDeveloper)
			if want(t, what, err, prokura.InvalidParameter); err != nil && prokura.AsError(err).Field != "system_user" {
				t.Errorf("%s: the error is about %q", what, prokura.AsError(err).Field)
			}
		}
		for _, role := range []prokura.AppRole{prokura.AppAdmin, prokura.AppAnalyst, prokura.AppNobody} {
			want(t, string(role), apps.SetSystemUserRole(f.ctx, f.Registry, admin, app, su, role), prokura.InvalidParameter)
		}
		want(t, "a stranger", apps.SetSystemUserRole(f.ctx, f.Registry, f.session(f.people[0]), app, su, prokura.AppDeveloper), prokura.NotFound)
		want(t, "give", apps.SetSystemUserRole(f.ctx, f.Registry, admin, app, su, prokura.AppTester), "")
		want(t, "give more", apps.SetSystemUserRole(f.ctx, f.Registry, admin, app, su, prokura.AppDeveloper), "")

		v := f.peopleOf(app)
		if len(v.People) != 1 || len(v.SystemUsers) != 1 || v.SystemUsers[0].Subject != su || v.SystemUsers[0].Business.ID != f.clients[0] ||
			v.SystemUsers[0].Business.Name != "" || v.SystemUsers[0].Role.Role != prokura.AppDeveloper {
			t.Fatalf("the app's people are %+v", v)
		}
		if err := f.change(func(tx *store.Tx) error {
			return tx.SetAppRole(prokura.Role{App: app, Subject: f.people[0], Role: prokura.AppAnalyst})
		}, registry.EntityOf(registry.OfPerson, f.people[0])); err != nil {
			t.Fatal(err)
		}
		if v, err := apps.ListPeople(f.ctx, f.Registry, f.session(f.people[0]), app); err != nil || v.SystemUsers[0].Business.Name != "Client 0" {
			t.Errorf("to somebody of its business the system user is %+v, %v", v, err)
		}
		token, err := grants.MintAppToken(f.ctx, f.Registry, f.appCaller(app))
		if err != nil {
			t.Fatal(err)
		}
		roles, err := apps.RolesOf(f.ctx, f.Registry, f.caller(token.Secret), app)
		if err != nil || len(roles) != 3 {
			t.Fatalf("on the wire the roles are %v, %v", roles, err)
		}
		scoped, err := f.AliasOf(f.ctx, app, su)
		if last := roles[2]; err != nil || last.Subject != scoped || last.Subject == su || last.Role != prokura.AppDeveloper {
			t.Errorf("on the wire the system user is %+v, %v", last, err)
		}
		want(t, "take", apps.RemoveRole(f.ctx, f.Registry, admin, app, su), "")
		if v := f.peopleOf(app); len(v.SystemUsers) != 0 {
			t.Errorf("after that there are %v", v.SystemUsers)
		}
	})
}
