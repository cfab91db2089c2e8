package registry_test

import (
	"errors"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/systemusers"
	"github.com/prokura/prokura/internal/store"
)

// T22: a system user's token that was narrowed cuts no token that is wider,
// whatever its system user may do.
func TestNarrowedTokenMintsNarrow(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, owner := f.apps[0], f.people[three]
		admin := f.session(owner)
		var account, other prokura.ID
		for _, to := range []*prokura.ID{&account, &other} {
			id, err := assets.Create(f.ctx, f.Registry, admin, assets.Draft{Business: f.provider, Kind: prokura.KindAdAccount, Name: "Account"})
			if err != nil {
				t.Fatal(err)
			}
			*to = id
		}
		su, err := systemusers.Create(f.ctx, f.Registry, admin, f.provider, "Server", prokura.SystemUserAdmin)
		if err != nil {
			t.Fatal(err)
		}
		if err := systemusers.Install(f.ctx, f.Registry, admin, su, app); err != nil {
			t.Fatal(err)
		}
		narrow, err := systemusers.Mint(f.ctx, f.Registry, admin, systemusers.TokenRequest{SystemUser: su, App: app,
			Scopes: []prokura.Permission{"business_management", "ads_read"}, Assets: []prokura.ID{account}, HasAssets: true})
		if err != nil {
			t.Fatal(err)
		}
		c := f.caller(narrow.Secret)
		alias, err := f.Alias(f.ctx, c)
		if err != nil {
			t.Fatal(err)
		}
		_, err = systemusers.Mint(f.ctx, f.Registry, c, systemusers.TokenRequest{SystemUser: alias, App: app, Scopes: []prokura.Permission{"ads_management"}})
		if !errors.Is(err, prokura.Widening) {
			t.Errorf("scopes beyond the narrowed token: %v", err)
		}
		out, err := systemusers.Mint(f.ctx, f.Registry, c, systemusers.TokenRequest{SystemUser: alias, App: app, Scopes: []prokura.Permission{"ads_read"}})
		if err != nil {
			t.Fatal(err)
		}
		child := f.caller(out.Secret)
		for id, want := range map[prokura.ID]bool{account: true, other: false} {
			a, err := f.Asset(f.ctx, child, id)
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := child.Reach(a); ok != want {
				t.Errorf("asset %s reached: %v, want %v", id, ok, want)
			}
		}
	})
}

// R-APP-06: who asked for an app and has left the business since receives
// nothing; the app's admin becomes somebody with full control.
func TestAppGoesToNobodyWhoLeft(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, business, stays, left := f.apps[0], f.clients[0], f.people[0], f.people[1]
		f.join(business, left, prokura.RoleAdmin)
		if _, err := apps.AskFor(f.ctx, f.Registry, f.session(left), business, app, true); err != nil {
			t.Fatal(err)
		}
		if err := businesses.Leave(f.ctx, f.Registry, f.session(left), business); err != nil {
			t.Fatal(err)
		}
		list, err := registry.View(f.ctx, f.Registry, func(tx *store.View) ([]prokura.Request, error) {
			return tx.RequestsOf(0, app, "", f.Now(), 0, 10)
		})
		if err != nil || len(list) != 0 {
			t.Errorf("what somebody asked for who left: %d requests are open, %v", len(list), err)
		}
		if _, err := apps.AskFor(f.ctx, f.Registry, f.session(stays), business, app, true); err != nil {
			t.Fatal(err)
		}
		if err := businesses.ConfirmRequest(f.ctx, f.Registry, f.session(f.people[three]), openRequest(f, app)); err != nil {
			t.Fatal(err)
		}
		roles := map[prokura.ID]prokura.AppRole{stays: prokura.AppAdmin, left: prokura.AppNobody}
		for person, want := range roles {
			got, err := registry.View(f.ctx, f.Registry, func(tx *store.View) (prokura.AppRole, error) { return tx.AppRole(app, person) })
			if err != nil || got != want {
				t.Errorf("person %s has the role %q (%v), want %q", person, got, err, want)
			}
		}
	})
}

// T31: an invitation opens nothing when its sender may no longer send it. It is
// over with that, so that somebody else can invite the same person.
func TestInvitationEndsWithItsSender(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		business, admin, sender, guest := f.clients[0], f.people[0], f.people[1], f.people[2]
		f.join(business, sender, prokura.RoleAdmin)
		invite := func(c registry.Caller) registry.Invitation {
			t.Helper()
			i, err := businesses.Invite(f.ctx, f.Registry, c, business, emailOf(guest), prokura.RoleAdmin)
			if err != nil {
				t.Fatal(err)
			}
			return i
		}
		over := func(when string, i registry.Invitation) {
			t.Helper()
			if err := businesses.AcceptInvitation(f.ctx, f.Registry, f.session(guest), secretOf(i)); !errors.Is(err, prokura.InvitationGone) {
				t.Errorf("%s: accepting: %v", when, err)
			}
			list, err := businesses.Invitations(f.ctx, f.Registry, f.session(admin), business, 0, 10)
			if err != nil || len(list) != 0 {
				t.Errorf("%s: still open: %+v, %v", when, list, err)
			}
			if f.session(guest).Role(business) != "" {
				t.Errorf("%s: the guest is in the business", when)
			}
		}
		place := func() prokura.ID {
			t.Helper()
			m, err := registry.View(f.ctx, f.Registry, func(tx *store.View) (registry.Membership, error) { return tx.MemberOf(business, sender) })
			if err != nil {
				t.Fatal(err)
			}
			return m.ID
		}
		i := invite(f.session(sender))
		if err := businesses.UpdateMember(f.ctx, f.Registry, f.session(admin), place(), prokura.RoleEmployee); err != nil {
			t.Fatal(err)
		}
		over("a lesser role", i)
		if err := businesses.UpdateMember(f.ctx, f.Registry, f.session(admin), place(), prokura.RoleAdmin); err != nil {
			t.Fatal(err)
		}
		over("full control again", i)
		i = invite(f.session(sender))
		if err := businesses.Leave(f.ctx, f.Registry, f.session(sender), business); err != nil {
			t.Fatal(err)
		}
		over("gone", i)
		mine := invite(f.session(admin))
		if err := businesses.AcceptInvitation(f.ctx, f.Registry, f.session(guest), secretOf(mine)); err != nil {
			t.Errorf("invited by somebody who stays: %v", err)
		}
	})
}

// T31: an invitation to a role on an app is over when somebody decides about the
// role of who was invited, and when who sent it is no admin any more.
func TestRoleInvitationEnds(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, owner := f.apps[0], f.session(f.people[three])
		guest, second := f.people[0], f.people[1]
		invite := func(c registry.Caller, person prokura.ID, role prokura.AppRole) prokura.Secret {
			t.Helper()
			if err := apps.SetRole(f.ctx, f.Registry, c, app, emailOf(person), role); err != nil {
				t.Fatal(err)
			}
			people, err := apps.ListPeople(f.ctx, f.Registry, owner, app)
			if err != nil || len(people.Invited) != 1 {
				t.Fatalf("%+v, %v", people, err)
			}
			return secretOf(people.Invited[0])
		}
		over := func(when string, person prokura.ID, secret prokura.Secret) {
			t.Helper()
			if err := businesses.AcceptInvitation(f.ctx, f.Registry, f.session(person), secret); !errors.Is(err, prokura.InvitationGone) {
				t.Errorf("%s: accepting: %v", when, err)
			}
			if people, err := apps.ListPeople(f.ctx, f.Registry, owner, app); err != nil || len(people.Invited) != 0 {
				t.Errorf("%s: still open: %+v, %v", when, people.Invited, err)
			}
		}
		given := func(person prokura.ID, role prokura.AppRole) {
			t.Helper()
			f.change(func(tx *store.Tx) error {
				return tx.SetAppRole(prokura.Role{App: app, Subject: person, Role: role, Created: f.Now()})
			})
		}
		secret := invite(owner, guest, prokura.AppAdmin)
		given(guest, prokura.AppTester) // by another way
		if err := apps.SetRole(f.ctx, f.Registry, owner, app, emailOf(guest), prokura.AppAnalyst); err != nil {
			t.Fatal(err)
		}
		over("another role", guest, secret)
		if err := apps.RemoveRole(f.ctx, f.Registry, owner, app, guest); err != nil {
			t.Fatal(err)
		}
		secret = invite(owner, guest, prokura.AppAdmin)
		given(guest, prokura.AppTester)
		if err := apps.RemoveRole(f.ctx, f.Registry, owner, app, guest); err != nil {
			t.Fatal(err)
		}
		over("the role taken away", guest, secret)
		given(second, prokura.AppAdmin)
		secret = invite(f.session(second), guest, prokura.AppAdmin)
		if err := apps.SetRole(f.ctx, f.Registry, owner, app, emailOf(second), prokura.AppDeveloper); err != nil {
			t.Fatal(err)
		}
		over("the sender is no admin", guest, secret)
	})
}

// T11: a session without a fresh password moves neither apps nor assets, also
// not by asking from a business of its own.
func TestTakingOverWantsPassword(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		mine, theirs := f.clients[0], f.clients[1]
		f.join(theirs, f.people[0], prokura.RoleAdmin)
		c := f.session(f.people[0])
		provider := f.session(f.people[three])
		f.join(mine, f.people[three], prokura.RoleAdmin)
		f.travel(20 * time.Minute)
		if _, err := assets.AskFor(f.ctx, f.Registry, c, assets.Request{Business: mine, Asset: f.pages[theirs][0], Own: true}); !errors.Is(err, prokura.SignInRequired) {
			t.Errorf("an asset: %v", err)
		}
		if _, err := apps.AskFor(f.ctx, f.Registry, provider, mine, f.apps[0], true); !errors.Is(err, prokura.SignInRequired) {
			t.Errorf("an app: %v", err)
		}
	})
}

// openRequest is the only open request about an app.
func openRequest(f *fixture, app prokura.ID) prokura.ID {
	f.t.Helper()
	list, err := registry.View(f.ctx, f.Registry, func(tx *store.View) ([]prokura.Request, error) { return tx.RequestsOf(0, app, "", f.Now(), 0, 10) })
	if err != nil || len(list) != 1 {
		f.t.Fatalf("%d open requests: %v", len(list), err)
	}
	return list[0].ID
}
