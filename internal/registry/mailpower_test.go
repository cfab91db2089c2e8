package registry_test

import (
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/businesses"
)

// T11: power over a business changes hands unnoticed neither on pages nor by an
// app: everybody with full control is mailed, and the person concerned.
func TestMailsAboutPower(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		business, admin := f.clients[0], f.people[0]
		second, worker := f.newPerson(), f.newPerson()
		seat, desk := f.join(business, second, prokura.RoleAdmin), f.join(business, worker, prokura.RoleEmployee)
		seen := map[string]int{}
		mailed := func(text string, people ...prokura.ID) []registry.Mail {
			t.Helper()
			var to []string
			for _, p := range people {
				to = append(to, mailOf(p))
			}
			all := f.lettersOf(text)
			letters := all[:len(all)-seen[text]]
			seen[text] = len(all)
			var got []string
			for _, m := range letters {
				got = append(got, m.To)
			}
			sameSet(t, text+" went to", got, to)
			return letters
		}

		// An app that the first admin trusts takes power from the second one.
		token := f.exchange(f.apps[0], f.consent(f.personal[f.apps[0]], admin, 0, f.assetsOf(business)))
		c, err := f.Authenticate(f.ctx, registry.Credentials{Token: token})
		want(t, "the app's token", err, "")
		want(t, "by token", businesses.UpdateMember(f.ctx, f.Registry, c, seat, prokura.RoleEmployee), "")
		for _, m := range mailed(prokura.MailRoleChanged, admin, second) {
			if m.Values["by"] != "Client Person 0 (App 0)" || m.Values["role"] != "EMPLOYEE" || m.Values["business"] != "Client 0" {
				t.Errorf("the mail says %v", m.Values)
			}
		}
		want(t, "the role that is there", businesses.UpdateMember(f.ctx, f.Registry, f.session(admin), seat, prokura.RoleEmployee), "")
		mailed(prokura.MailRoleChanged)
		want(t, "raise", businesses.UpdateMember(f.ctx, f.Registry, f.session(admin), seat, prokura.RoleAdmin), "")
		mailed(prokura.MailRoleChanged, admin, second)

		want(t, "remove an employee", businesses.RemoveMember(f.ctx, f.Registry, c, desk), "")
		mailed(prokura.MailControlGone)
		want(t, "remove an admin", businesses.RemoveMember(f.ctx, f.Registry, c, seat), "")
		mailed(prokura.MailControlGone, admin, second)
		f.join(business, second, prokura.RoleAdmin)
		want(t, "leave", businesses.Leave(f.ctx, f.Registry, f.session(second), business), "")
		for _, m := range mailed(prokura.MailControlGone, admin, second) {
			if m.Values["person"] != f.session(second).Person.Name || m.Values["business"] != "Client 0" {
				t.Errorf("the mail says %v", m.Values)
			}
		}

		// Whoever comes in with full control is announced, others are not.
		for person, role := range map[prokura.ID]prokura.BusinessRole{second: prokura.RoleAdmin, worker: prokura.RoleEmployee} {
			i, err := businesses.Invite(f.ctx, f.Registry, f.session(admin), business, mailOf(person), role)
			want(t, "invite", err, "")
			want(t, "accept", businesses.AcceptInvitation(f.ctx, f.Registry, f.session(person), secretOf(i)), "")
		}
		for _, m := range mailed(prokura.MailControlGiven, admin, second) {
			if m.Values["by"] != "Client Person 0" || m.Values["person"] != f.session(second).Person.Name {
				t.Errorf("the mail says %v", m.Values)
			}
		}

		// A demand that is lifted, in part or as a whole; not one that is raised.
		f.demand(business, prokura.TwoFactorAll)
		f.secondFactor(admin)
		set := func(what prokura.TwoFactorType) {
			t.Helper()
			want(t, "demand "+string(what), businesses.Update(f.ctx, f.Registry, f.session(admin), business, businesses.Change{TwoFactor: &what}), "")
		}
		set(prokura.TwoFactorNone)
		for _, m := range mailed(prokura.MailDemandLowered, admin, second) {
			if m.Values["demand"] != "none" {
				t.Errorf("the mail says %v", m.Values)
			}
		}
		name := "Client 0 and more"
		want(t, "rename", businesses.Update(f.ctx, f.Registry, f.session(admin), business, businesses.Change{Name: &name}), "")
		mailed(prokura.MailDemandLowered)
	})
}

// T35: an address that was mailed an invitation lately is not mailed the next one
// from there at once, and whoever invites is told so.
func TestInvitedLately(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		business, admin := f.clients[0], f.people[0]
		invite := func(role prokura.BusinessRole, mailed bool) {
			t.Helper()
			before := len(f.lettersOf(string(prokura.InviteMember)))
			i, err := businesses.Invite(f.ctx, f.Registry, f.session(admin), business, "new@example.org", role)
			want(t, "invite", err, "")
			if sent := len(f.lettersOf(string(prokura.InviteMember))) > before; i.Mailed != mailed || sent != mailed {
				t.Errorf("mailed %v, said %v; want %v", sent, i.Mailed, mailed)
			}
			want(t, "withdraw", businesses.WithdrawInvitation(f.ctx, f.Registry, f.session(admin), business, i.ID), "")
		}
		invite(prokura.RoleEmployee, true)
		invite(prokura.RoleAdmin, false)
		f.travel(registry.MailEvery)
		invite(prokura.RoleAdmin, true)
	})
}
