package registry_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/store"
)

func emailOf(person prokura.ID) string { return person.String() + "@example.org" }

// An invitation from its mail to the membership; each can be answered once, by
// the person it was sent to, and every other case has one answer.
func TestInvitation(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		business, admin, guest := f.clients[0], f.session(f.people[0]), f.people[1]
		i, err := businesses.Invite(f.ctx, f.Registry, admin, business, " "+strings.ToUpper(emailOf(guest)), prokura.RoleEmployee)
		if err != nil {
			t.Fatal(err)
		}
		if i.Email != emailOf(guest) || i.By != "Client Person 0" {
			t.Errorf("invited %+v", i)
		}
		list, err := businesses.Invitations(f.ctx, f.Registry, admin, business, 0, 10)
		if err != nil || len(list) != 1 || list[0].Path != i.Path {
			t.Errorf("open invitations: %+v, %v", list, err)
		}
		if _, err := businesses.Invite(f.ctx, f.Registry, admin, business, emailOf(guest), prokura.RoleAdmin); !errors.Is(err, prokura.AlreadyRequested) {
			t.Errorf("inviting twice: %v", err)
		}
		if _, err := businesses.Invite(f.ctx, f.Registry, admin, business, emailOf(f.people[0]), prokura.RoleAdmin); !errors.Is(err, prokura.AlreadyHasAccess) {
			t.Errorf("inviting a member: %v", err)
		}
		for _, bad := range []string{"", "guest", "a@b\r\nBcc: c@d", "Guest <a@b.example>"} {
			if _, err := businesses.Invite(f.ctx, f.Registry, admin, business, bad, prokura.RoleEmployee); !errors.Is(err, prokura.InvalidParameter) {
				t.Errorf("inviting %q: %v", bad, err)
			}
		}
		secret := secretOf(i)
		v, err := businesses.Invitation(f.ctx, f.Registry, registry.Nobody(""), secret)
		if err != nil || v.Business.Name != "Client 0" || v.By != "Client Person 0" || v.Role != "EMPLOYEE" {
			t.Errorf("before logging in: %+v, %v", v, err)
		}
		gone := func(when string, err error) {
			t.Helper()
			if !errors.Is(err, prokura.InvitationGone) || err.Error() != businesses.InvitationGone().Error() {
				t.Errorf("%s: %v", when, err)
			}
		}
		gone("somebody else looks", errOf(businesses.Invitation(f.ctx, f.Registry, f.session(f.people[2]), secret)))
		gone("somebody else accepts", businesses.AcceptInvitation(f.ctx, f.Registry, f.session(f.people[2]), secret))
		gone("somebody else declines", businesses.DeclineInvitation(f.ctx, f.Registry, f.session(f.people[2]), secret))
		gone("a wrong link", errOf(businesses.Invitation(f.ctx, f.Registry, registry.Nobody(""), prokura.Secret(registry.NewHandle()))))
		gone("no link", errOf(businesses.Invitation(f.ctx, f.Registry, registry.Nobody(""), "x")))
		if err := businesses.AcceptInvitation(f.ctx, f.Registry, registry.Nobody(""), secret); !errors.Is(err, prokura.SignInRequired) {
			t.Errorf("nobody accepts: %v", err)
		}
		if err := businesses.AcceptInvitation(f.ctx, f.Registry, f.session(guest), secret); err != nil {
			t.Fatal(err)
		}
		if role := f.session(guest).Role(business); role != prokura.RoleEmployee {
			t.Errorf("role afterwards: %q", role)
		}
		gone("accepting twice", businesses.AcceptInvitation(f.ctx, f.Registry, f.session(guest), secret))
		gone("looking afterwards", errOf(businesses.Invitation(f.ctx, f.Registry, registry.Nobody(""), secret)))

		if i, err = businesses.Invite(f.ctx, f.Registry, admin, business, "later@example.org", prokura.RoleAdmin); err != nil {
			t.Fatal(err)
		}
		f.travel(prokura.RequestLifetime + time.Second)
		gone("after a month", errOf(businesses.Invitation(f.ctx, f.Registry, registry.Nobody(""), secretOf(i))))
		admin = f.session(f.people[0])
		again, err := businesses.Invite(f.ctx, f.Registry, admin, business, "later@example.org", prokura.RoleAdmin)
		if err != nil || again.Path == i.Path {
			t.Errorf("inviting again after a month: %v", err)
		}
		if err := businesses.WithdrawInvitation(f.ctx, f.Registry, f.session(f.people[1]), business, again.ID); !errors.Is(err, prokura.RoleMissing) {
			t.Errorf("an employee withdraws: %v", err)
		}
		if err := businesses.WithdrawInvitation(f.ctx, f.Registry, f.session(f.people[2]), f.clients[2], again.ID); !errors.Is(err, prokura.NotFound) {
			t.Errorf("another business withdraws: %v", err)
		}
		if err := businesses.WithdrawInvitation(f.ctx, f.Registry, admin, business, again.ID); err != nil {
			t.Fatal(err)
		}
		gone("when it was withdrawn", errOf(businesses.Invitation(f.ctx, f.Registry, registry.Nobody(""), secretOf(again))))
	})
}

// A declined invitation is over, and the same person can be invited again.
func TestDeclineInvitation(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		business, admin, guest := f.clients[0], f.session(f.people[0]), f.people[1]
		for range 2 {
			i, err := businesses.Invite(f.ctx, f.Registry, admin, business, emailOf(guest), prokura.RoleEmployee)
			if err != nil {
				t.Fatal(err)
			}
			if err := businesses.DeclineInvitation(f.ctx, f.Registry, f.session(guest), secretOf(i)); err != nil {
				t.Fatal(err)
			}
			if err := businesses.AcceptInvitation(f.ctx, f.Registry, f.session(guest), secretOf(i)); !errors.Is(err, prokura.InvitationGone) {
				t.Errorf("accepting afterwards: %v", err)
			}
		}
		if f.session(guest).Role(business) != "" {
			t.Error("who declined is a member")
		}
	})
}

// An invitation that is accepted many times at once makes one member.
func TestInvitationRace(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		for round := range 5 {
			business, guest := f.clients[round%three], f.people[three]
			if err := f.change(func(tx *store.Tx) error {
				if err := tx.RemoveMember(business, guest); !errors.Is(err, prokura.NotFound) {
					return err
				}
				return nil
			}, registry.EntityOf(registry.OfPerson, guest)); err != nil {
				t.Fatal(err)
			}
			i, err := businesses.Invite(f.ctx, f.Registry, f.session(f.people[round%three]), business, emailOf(guest), prokura.RoleEmployee)
			if err != nil {
				t.Fatal(err)
			}
			sessions := make([]registry.Caller, 8)
			for n := range sessions {
				sessions[n] = f.session(guest)
			}
			errs := make([]error, len(sessions))
			together(len(sessions), func(n int) { errs[n] = businesses.AcceptInvitation(f.ctx, f.Registry, sessions[n], secretOf(i)) })
			won := 0
			for _, err := range errs {
				switch {
				case err == nil:
					won++
				case !errors.Is(err, prokura.InvitationGone):
					t.Errorf("round %d: a loser is told %v", round, err)
				}
			}
			page, err := businesses.People(f.ctx, f.Registry, f.session(guest), business, businesses.MemberQuery{Limit: 10})
			if err != nil || won != 1 || page.Total != 2 {
				t.Fatalf("round %d: %d were accepted, %d members: %v", round, won, page.Total, err)
			}
		}
	})
}

// A business has a bounded number of open invitations, also when they are sent
// at once.
func TestInvitationCap(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		business, admin := f.clients[0], f.session(f.people[0])
		if err := f.Store().Update(f.ctx, func(tx *store.Tx) error {
			for n := range businesses.MaxInvitations - 2 {
				id, err := tx.NewID(prokura.NodeRequest, 0)
				if err != nil {
					return err
				}
				if err := tx.AddRequest(prokura.Request{ID: id, Kind: prokura.InviteMember, Business: business, Email: fmt.Sprintf("g%d@example.org", n),
					Role: "EMPLOYEE", Secret: registry.HashOf(registry.NewHandle()), Created: f.Now(), Expires: f.Now().Add(time.Hour)}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		errs := make([]error, 8)
		together(len(errs), func(n int) {
			_, errs[n] = businesses.Invite(f.ctx, f.Registry, admin, business, fmt.Sprintf("late%d@example.org", n), prokura.RoleEmployee)
		})
		sent := 0
		for _, err := range errs {
			if err == nil {
				sent++
			} else if !errors.Is(err, prokura.LimitReached) {
				t.Errorf("one too many: %v", err)
			}
		}
		if sent != 2 {
			t.Errorf("%d were sent where there was room for 2", sent)
		}
	})
}

// Nobody's mailbox is filled: an invitation is mailed again after ten minutes
// and not before, and has its whole time then.
func TestRemindInvited(t *testing.T) {
	f := newFixture(t, t.TempDir()+"/world.db", "")
	business := f.clients[0]
	i, err := businesses.Invite(f.ctx, f.Registry, f.session(f.people[0]), business, "guest@example.org", prokura.RoleEmployee)
	if err != nil {
		t.Fatal(err)
	}
	remind := func() error { return businesses.Remind(f.ctx, f.Registry, f.session(f.people[0]), business, i.ID) }
	if err := remind(); !errors.Is(err, prokura.LimitReached) {
		t.Errorf("at once: %v", err)
	}
	f.travel(businesses.RemindEvery*time.Millisecond + time.Second)
	if err := remind(); err != nil {
		t.Fatal(err)
	}
	if err := remind(); !errors.Is(err, prokura.LimitReached) {
		t.Errorf("twice: %v", err)
	}
	f.travel(prokura.RequestLifetime - time.Minute)
	if _, err := businesses.Invitation(f.ctx, f.Registry, registry.Nobody(""), secretOf(i)); err != nil {
		t.Errorf("a month after the reminder: %v", err)
	}
}

// T29: the database opens no invitation.
func TestInvitationIsNotInTheDatabase(t *testing.T) {
	f := newFixture(t, t.TempDir()+"/world.db", "")
	i, err := businesses.Invite(f.ctx, f.Registry, f.session(f.people[0]), f.clients[0], "guest@example.org", prokura.RoleEmployee)
	if err != nil {
		t.Fatal(err)
	}
	var dump strings.Builder
	for _, name := range []string{f.database, f.database + "-wal"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		dump.Write(b)
	}
	secret := secretOf(i).Reveal()
	if !strings.Contains(dump.String(), registry.HashOf(secret)) {
		t.Fatal("the dump does not even hold the hash: this test sees nothing")
	}
	if strings.Contains(dump.String(), secret) {
		t.Error("the database holds the link's secret")
	}
}
