package registry_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/store"
)

// requests makes n open requests; make fills in who asks for what.
func (f *fixture) requests(n int, make func(i prokura.ID) prokura.Request) {
	f.t.Helper()
	if err := f.change(func(tx *store.Tx) error {
		for i := range n {
			q := make(prokura.ID(i + 1))
			var err error
			if q.ID, err = tx.NewID(prokura.NodeRequest, 0); err != nil {
				return err
			}
			q.Created, q.Expires = f.Now(), f.Now().Add(time.Hour)
			if err := tx.AddRequest(q); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		f.t.Fatal(err)
	}
}

// T35: what a business waits for is bounded, and what one app is asked for,
// whoever asks; what its own people offer is bounded apart from that. An app is
// handed over to one person at a time.
func TestRequestCaps(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		owner := f.session(f.people[three])
		f.requests(apps.MaxRequests-1, func(i prokura.ID) prokura.Request {
			return prokura.Request{Kind: prokura.RequestUseApp, App: f.apps[0], Business: i}
		})
		f.askFor(f.people[0], f.clients[0], f.apps[0], false, prokura.RequestPending)
		for _, own := range []bool{false, true} {
			_, err := apps.AskFor(f.ctx, f.Registry, f.session(f.people[1]), f.clients[1], f.apps[0], own)
			want(t, "ask for an app that many ask for", err, prokura.LimitReached)
		}
		f.requests(apps.MaxRequests-1, func(i prokura.ID) prokura.Request {
			return prokura.Request{Kind: prokura.OfferApp, App: f.apps[0], Business: i}
		})
		_, err := apps.Offer(f.ctx, f.Registry, owner, f.apps[0], f.clients[1])
		want(t, "offer", err, "")
		_, err = apps.Offer(f.ctx, f.Registry, owner, f.apps[0], f.clients[2])
		want(t, "offer one too many", err, prokura.LimitReached)

		f.requests(registry.MaxOpenRequests-1, func(i prokura.ID) prokura.Request {
			return prokura.Request{Kind: prokura.RequestUseApp, App: i, Business: f.clients[2]}
		})
		f.ask(f.session(f.people[2]), assets.Request{Business: f.clients[2], Asset: f.pages[f.clients[0]][0], Own: true}, prokura.RequestPending)
		_, err = assets.AskFor(f.ctx, f.Registry, f.session(f.people[2]), assets.Request{Business: f.clients[2], Asset: f.pages[f.clients[0]][1], Own: true})
		want(t, "one asset too many", err, prokura.LimitReached)
		_, err = apps.AskFor(f.ctx, f.Registry, f.session(f.people[2]), f.clients[2], f.apps[1], false)
		want(t, "one app too many", err, prokura.LimitReached)

		want(t, "hand over", apps.GiveTo(f.ctx, f.Registry, owner, f.apps[1], "one@example.org"), "")
		want(t, "to the same", apps.GiveTo(f.ctx, f.Registry, owner, f.apps[1], "one@example.org"), prokura.AlreadyRequested)
		want(t, "to another", apps.GiveTo(f.ctx, f.Registry, owner, f.apps[1], "two@example.org"), prokura.LimitReached)
		want(t, "another app", apps.GiveTo(f.ctx, f.Registry, owner, f.apps[2], "two@example.org"), "")
	})
}

// T35: whoever asks, withdraws and asks again does not fill mailboxes: one
// sender mails one text to one address at most every ten minutes.
func TestMailsArePaced(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		asker, business := f.people[0], f.clients[0]
		round := func() {
			t.Helper()
			admin := f.session(asker)
			for _, to := range []string{"one@example.org", "two@example.org"} {
				i, err := businesses.Invite(f.ctx, f.Registry, admin, business, to, prokura.RoleEmployee)
				want(t, "invite", err, "")
				want(t, "withdraw", businesses.WithdrawInvitation(f.ctx, f.Registry, admin, business, i.ID), "")
			}
			for _, page := range f.pages[f.clients[1]] {
				id := f.ask(admin, assets.Request{Business: business, Asset: page, Own: true}, prokura.RequestPending)
				want(t, "cancel", businesses.CancelRequest(f.ctx, f.Registry, admin, id), "")
			}
			f.askFor(asker, business, f.apps[0], false, prokura.RequestPending)
			want(t, "cancel", businesses.CancelRequest(f.ctx, f.Registry, admin, f.openRequest(f.apps[0]).ID), "")
		}
		expect := func(when string, each int) {
			t.Helper()
			sent := map[string]int{}
			for _, text := range f.mails() {
				sent[text]++
			}
			for text, n := range map[string]int{string(prokura.InviteMember): 2 * each, prokura.MailAssetRequested: each, prokura.MailAppRequested: each} {
				if sent[text] != n {
					t.Errorf("%s: %d mails %s, want %d", when, sent[text], text, n)
				}
			}
		}
		round()
		round()
		expect("at once", 1)
		f.travel(registry.MailEvery - time.Minute)
		round()
		expect("soon", 1)
		f.travel(time.Minute)
		round()
		expect("after ten minutes", 2)
		i, err := businesses.Invite(f.ctx, f.Registry, f.session(f.people[1]), f.clients[1], "one@example.org", prokura.RoleEmployee)
		want(t, "invite", err, "")
		if n := len(f.mails()); n != 9 {
			t.Errorf("%d mails after another business invited %s, want 9", n, i.Email)
		}
	})
}

// T35: mails that people make the server send to others are bounded by who asks,
// for which business and from which network; what tells of power goes out all
// the same.
//
// Proves R-WORK-03.
func TestMailsArePaidFor(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		guests := 0
		invite := func(admin, business prokura.ID, address string) error {
			c := f.session(admin)
			c.Address = address
			guests++
			i, err := businesses.Invite(f.ctx, f.Registry, c, business, fmt.Sprintf("guest%d@example.org", guests), prokura.RoleEmployee)
			if err != nil {
				return err
			}
			return businesses.WithdrawInvitation(f.ctx, f.Registry, c, business, i.ID)
		}
		spend := func(n int, admin, business prokura.ID, address string) {
			t.Helper()
			for range n {
				want(t, "an invitation", invite(admin, business, address), "")
			}
		}
		first, second := f.people[0], f.people[1]
		business, other := f.clients[0], f.clients[1]
		const office, home = "2001:db8:1:2::7", "198.51.100.4"
		spend(100, first, business, office)
		want(t, "by one person", invite(first, business, home), prokura.LimitReached)
		seat := f.join(business, f.newPerson(), prokura.RoleEmployee)
		want(t, "a notice", businesses.UpdateMember(f.ctx, f.Registry, f.session(first), seat, prokura.RoleAdmin), "")

		colleague, third := f.newPerson(), f.newPerson()
		f.join(business, colleague, prokura.RoleAdmin)
		f.join(business, third, prokura.RoleAdmin)
		spend(100, colleague, business, "2001:db8:1:2::8")
		want(t, "for one business", invite(third, business, home), prokura.LimitReached)

		spend(99, second, other, "2001:db8:1:2:ffff::9")
		f.join(other, third, prokura.RoleAdmin)
		spend(1, third, other, office)
		want(t, "from one network", invite(third, other, office), prokura.LimitReached)
		want(t, "from elsewhere", invite(third, other, home), "")
		f.travel(time.Hour)
		want(t, "an hour later", invite(first, business, office), "")
	})
}

// T35: a business has a bounded number of people.
func TestMemberCap(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		business := f.clients[0]
		var links []prokura.Secret
		for _, guest := range f.people[1:three] {
			i, err := businesses.Invite(f.ctx, f.Registry, f.session(f.people[0]), business, emailOf(guest), prokura.RoleEmployee)
			want(t, "invite", err, "")
			links = append(links, secretOf(i))
		}
		if err := f.change(func(tx *store.Tx) error {
			for i := range prokura.ID(businesses.MaxMembers - 2) {
				if err := tx.AddMember(prokura.Member{ID: i + 1, Business: business, Person: i + 1, Role: prokura.RoleEmployee, Created: f.Now()}); err != nil {
					return fmt.Errorf("member %d: %w", i, err)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		want(t, "the last place", businesses.AcceptInvitation(f.ctx, f.Registry, f.session(f.people[1]), links[0]), "")
		if err := businesses.AcceptInvitation(f.ctx, f.Registry, f.session(f.people[2]), links[1]); !errors.Is(err, prokura.LimitReached) {
			t.Errorf("one too many: %v", err)
		}
	})
}
