package registry_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/webhooks"
	"github.com/prokura/prokura/internal/store"
)

// carol has left the provider, where she had full control, and was given a role
// on an app of it since.
func (f *fixture) carol(app prokura.ID, role prokura.AppRole) prokura.ID {
	f.t.Helper()
	carol := f.newPerson()
	member := f.join(f.provider, carol, prokura.RoleAdmin)
	want(f.t, "remove her", businesses.RemoveMember(f.ctx, f.Registry, f.session(f.people[three]), member), "")
	f.letIn(app, carol, role)
	return carol
}

// bare takes the role on an app from the provider's admin, who stays in full
// control of the business.
func (f *fixture) bare(app prokura.ID) {
	f.t.Helper()
	if err := f.change(func(tx *store.Tx) error { return tx.RemoveAppRole(app, f.people[three]) }, registry.EntityOf(registry.OfPerson, f.people[three])); err != nil {
		f.t.Fatal(err)
	}
}

// lettersOf are the mails with a text, newest first.
func (f *fixture) lettersOf(text string) (out []registry.Mail) {
	f.t.Helper()
	list, err := webhooks.Inbox(f.ctx, f.Registry, 1000)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, m := range list {
		if m.Text == text {
			out = append(out, m.Mail)
		}
	}
	return out
}

// demand sets who needs a second factor in a business.
func (f *fixture) demand(business prokura.ID, what prokura.TwoFactorType) {
	f.t.Helper()
	if err := f.change(func(tx *store.Tx) error {
		b, err := tx.Business(business)
		if err != nil {
			return err
		}
		b.TwoFactor = what
		return tx.UpdateBusiness(b)
	}, registry.EntityOf(registry.OfBusiness, business)); err != nil {
		f.t.Fatal(err)
	}
}

// R-APP-03, T31: full control of the business that owns an app makes an admin of
// it, on every page and in the list of apps, without a role; so the role of
// somebody who left can be taken, also the last admin's.
func TestOwnerLooksAfterItsApps(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, boss := f.apps[0], f.people[three]
		carol := f.carol(app, prokura.AppAdmin)
		f.bare(app)
		worker := f.newPerson()
		f.join(f.provider, worker, prokura.RoleEmployee)
		admin := f.session(boss)

		list, err := apps.Mine(f.ctx, f.Registry, admin)
		if err != nil || len(list) != three || !slices.ContainsFunc(list, func(a apps.Row) bool { return a.ID == app && a.Role == prokura.AppAdmin }) {
			t.Errorf("the list of apps is %+v, %v", list, err)
		}
		if list, err := apps.Mine(f.ctx, f.Registry, f.session(worker)); err != nil || len(list) != 0 {
			t.Errorf("an employee is shown %+v, %v", list, err)
		}
		v, err := apps.Get(f.ctx, f.Registry, admin, app)
		if err != nil || v.Role != prokura.AppAdmin || !v.Gives {
			t.Fatalf("the app is shown as %+v, %v", v, err)
		}
		want(t, "an employee looks", failure(apps.Get(f.ctx, f.Registry, f.session(worker), app)), prokura.NotFound)
		want(t, "another business looks", failure(apps.Get(f.ctx, f.Registry, f.session(f.people[0]), app)), prokura.NotFound)
		want(t, "invite", apps.SetRole(f.ctx, f.Registry, admin, app, "new@example.org", prokura.AppTester), "")
		guest := f.newPerson()
		want(t, "invite", apps.SetRole(f.ctx, f.Registry, admin, app, mailOf(guest), prokura.AppTester), "")
		for _, i := range f.peopleOf(app).Invited {
			if i.Email == mailOf(guest) {
				want(t, "accept what no role sent", businesses.AcceptInvitation(f.ctx, f.Registry, f.session(guest), f.InvitationSecret(i.ID)), "")
			}
		}

		// A second factor that the business demands and the person lacks shuts it.
		f.demand(f.provider, prokura.TwoFactorAdmins)
		want(t, "without the second factor", failure(apps.Get(f.ctx, f.Registry, f.session(boss), app)), prokura.NotFound)
		if list, err := apps.Mine(f.ctx, f.Registry, f.session(boss)); err != nil || len(list) != 2 { // roles on the other two
			t.Errorf("without the second factor the list is %+v, %v", list, err)
		}
		f.demand(f.provider, prokura.TwoFactorNone)

		want(t, "she still reads the secret", failure(apps.ShowSecret(f.ctx, f.Registry, f.session(carol), app)), "")
		want(t, "take her role", apps.RemoveRole(f.ctx, f.Registry, admin, app, carol), "")
		want(t, "she is out", failure(apps.Get(f.ctx, f.Registry, f.session(carol), app)), prokura.NotFound)
		want(t, "the owner is not", failure(apps.ResetSecret(f.ctx, f.Registry, admin, app, 0)), "")
		f.letIn(app, carol, prokura.AppAdmin)
		want(t, "a role alone deletes", apps.Delete(f.ctx, f.Registry, f.session(carol), app), prokura.RoleMissing)
		want(t, "delete", apps.Delete(f.ctx, f.Registry, admin, app), "")
		for _, text := range []string{prokura.MailSecretReset, prokura.MailAppDeleted} {
			if !slices.ContainsFunc(f.lettersOf(text), func(m registry.Mail) bool { return m.To == mailOf(boss) }) {
				t.Errorf("who has full control got no mail %s", text)
			}
		}
		want(t, "a deleted app", failure(apps.ListPeople(f.ctx, f.Registry, admin, app)), prokura.NotFound)
	})
}

// R-APP-06, T31: an app that a business owns leaves it by the yes of somebody in
// full control of it alone: not by a role on the app, at once or later, and not
// by an offer or invitation of somebody who has left. Its admins are mailed.
//
// Proves R-RIGHT-03.
func TestAppLeavesByItsOwner(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, boss := f.apps[0], f.session(f.people[three])
		carol, elsewhere := f.newPerson(), f.clients[1]
		f.join(elsewhere, carol, prokura.RoleAdmin)
		member := f.join(f.provider, carol, prokura.RoleAdmin)
		f.letIn(app, carol, prokura.AppAdmin)
		other := f.newPerson()

		// What she offers while she may is worth nothing when she may not any more.
		early := f.session(carol)
		want(t, "offer to a person", apps.GiveTo(f.ctx, f.Registry, early, app, mailOf(other)), "")
		link := f.InvitationSecret(f.openRequest(app).ID)
		want(t, "offer to a business", failure(apps.Give(f.ctx, f.Registry, early, app, f.clients[0])), "")
		given, err := businesses.Requests(f.ctx, f.Registry, f.session(f.people[0]), f.clients[0])
		if err != nil || len(given.Incoming) != 1 {
			t.Fatalf("the offer is %+v, %v", given, err)
		}
		refused := func(when string) {
			t.Helper()
			want(t, "accept as the person, "+when, businesses.AcceptInvitation(f.ctx, f.Registry, f.session(other), link), prokura.InvitationGone)
			want(t, "accept as the business, "+when, businesses.ConfirmRequest(f.ctx, f.Registry, f.session(f.people[0]), given.Incoming[0].ID), prokura.Conflict)
		}
		f.demand(f.provider, prokura.TwoFactorAdmins)
		refused("lacking the second factor")
		f.demand(f.provider, prokura.TwoFactorNone)
		want(t, "remove her", businesses.RemoveMember(f.ctx, f.Registry, boss, member), "")
		refused("when she has left")
		f.letIn(app, carol, prokura.AppAdmin)
		if v, err := apps.ShowSharing(f.ctx, f.Registry, boss, app, 0, 100); err != nil || len(v.Requests) != 0 {
			t.Errorf("what she offered waits on: %+v, %v", v, err)
		}
		f.askFor(f.people[0], f.clients[0], app, true, prokura.RequestPending)

		// A role alone hands nothing over.
		late := f.session(carol)
		want(t, "give to a business", failure(apps.Give(f.ctx, f.Registry, late, app, elsewhere)), prokura.RoleMissing)
		want(t, "give to a person", apps.GiveTo(f.ctx, f.Registry, late, app, "x@example.org"), prokura.RoleMissing)
		f.askFor(carol, elsewhere, app, true, prokura.RequestPending)
		v, err := apps.ShowSharing(f.ctx, f.Registry, boss, app, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "confirm", businesses.ConfirmRequest(f.ctx, f.Registry, late, requestOf(v, elsewhere)), prokura.RoleMissing)
		if v, err := apps.Get(f.ctx, f.Registry, late, app); err != nil || v.Role != prokura.AppAdmin || v.Gives {
			t.Errorf("she is shown %+v, %v", v, err)
		}
		if a := f.appRow(app); a.Business != f.provider {
			t.Fatalf("the app went to %s", a.Business)
		}

		// The owner may; whoever has full control of it is told, once the app is gone.
		second := f.newPerson()
		f.join(f.provider, second, prokura.RoleAdmin)
		want(t, "decline", businesses.DeclineRequest(f.ctx, f.Registry, late, requestOf(v, elsewhere)), "")
		f.bare(app)
		want(t, "give", failure(apps.Give(f.ctx, f.Registry, f.session(f.people[three]), app, f.clients[0])), "")
		if a := f.appRow(app); a.Business != f.clients[0] {
			t.Fatalf("the app is with %s", a.Business)
		}
		to := []string{}
		for _, m := range f.lettersOf(prokura.MailAppLeft) {
			to = append(to, m.To)
			if m.Values["business"] != "Provider" || m.Values["to"] != "Client 0" {
				t.Errorf("the mail says %v", m.Values)
			}
		}
		slices.Sort(to)
		if all := []string{mailOf(f.people[three]), mailOf(second)}; len(to) != 2 || !slices.Contains(to, all[0]) || !slices.Contains(to, all[1]) {
			t.Errorf("mails went to %s, want %s", strings.Join(to, " "), strings.Join(all, " "))
		}
	})
}
