package registry_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/registry/review"
	deciders "github.com/prokura/prokura/internal/registry/staff"
	"github.com/prokura/prokura/internal/store"
)

// R-STAFF-01: operators say who is staff, all of them and the person are told, a
// role counts and ends at once, and the last operator stays.
func TestStaff(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		operator, ann, ben := f.session(f.staff), f.session(f.newPerson()), f.session(f.newPerson())
		set := func(by registry.Caller, who registry.Caller, role prokura.StaffRole) error {
			return deciders.Set(f.ctx, f.Registry, by, " "+strings.ToUpper(mailOf(who.Person.ID)), role, false)
		}
		remove := func(by registry.Caller, who registry.Caller) error {
			return deciders.Remove(f.ctx, f.Registry, by, who.Person.ID, false)
		}
		may := func(who registry.Caller, want prokura.StaffRole) {
			t.Helper()
			if got := f.session(who.Person.ID).Person.Staff; got != want {
				t.Errorf("the role is %q, want %q", got, want)
			}
			_, err := review.Queue(f.ctx, f.Registry, f.session(who.Person.ID), review.Whose{}, 1)
			if (err == nil) != want.AtLeast(prokura.StaffReviewer) {
				t.Errorf("as %q they are answered %v", want, err)
			}
		}
		mailed := func(text string, n int) {
			t.Helper()
			if got := len(f.lettersOf(text)); got != n {
				t.Errorf("%d mails %s, want %d", got, text, n)
			}
		}

		want(t, "by somebody without a role", set(ann, ann, prokura.StaffOperator), prokura.StaffOnly)
		want(t, "a role that there is not", set(operator, ann, "root"), prokura.InvalidParameter)
		want(t, "no role", set(operator, ann, prokura.StaffNone), prokura.InvalidParameter)
		want(t, "nobody's address", deciders.Set(f.ctx, f.Registry, operator, "nobody@example.org", prokura.StaffLead, false), prokura.NotFound)
		want(t, "reviewer", set(operator, ann, prokura.StaffReviewer), "")
		may(ann, prokura.StaffReviewer)
		mailed(prokura.MailStaffRole, 2) // the person and the operator
		want(t, "the role that is there", set(operator, ann, prokura.StaffReviewer), "")
		mailed(prokura.MailStaffRole, 2)
		for _, role := range prokura.StaffRoles {
			reason := prokura.StaffOnly
			if role == prokura.StaffOperator {
				reason = ""
			}
			want(t, "give ann the role "+string(role), set(operator, ann, role), "")
			want(t, "as "+string(role)+" make somebody a reviewer", set(f.session(ann.Person.ID), ben, prokura.StaffReviewer), reason)
			_, err := deciders.List(f.ctx, f.Registry, f.session(ann.Person.ID))
			want(t, "as "+string(role)+" see who decides", err, "")
		}
		_, err := deciders.List(f.ctx, f.Registry, f.session(f.people[0]))
		want(t, "as nobody see who decides", err, prokura.StaffOnly)

		// The password of who gives power was entered lately; taking it wants nothing.
		stale := operator
		stale.Fresh = 0
		want(t, "give power with an old password", set(stale, ben, prokura.StaffLead), prokura.SignInRequired)
		want(t, "remove somebody", remove(stale, ben), "")
		may(ben, prokura.StaffNone)
		mailed(prokura.MailStaffGone, 3)
		want(t, "remove who is none", remove(operator, ben), prokura.NotFound)

		// Two operators who take each other's role at once: one stays.
		var both sync.WaitGroup
		var ended [2]error
		both.Go(func() { ended[0] = remove(operator, ann) })
		both.Go(func() { ended[1] = remove(ann, operator) })
		both.Wait()
		n, err := registry.View(f.ctx, f.Registry, func(tx *store.View) (int, error) { return tx.CountStaff(prokura.StaffOperator) })
		if err != nil || n != 1 {
			t.Fatalf("%d operators are left of two who removed each other (%v): %v", n, ended, err)
		}
		last := ann
		if f.session(f.staff).Person.Staff == prokura.StaffOperator {
			last = operator
		}
		want(t, "the last operator goes", remove(last, last), prokura.LimitReached)
		want(t, "the last operator becomes a reviewer", set(last, last, prokura.StaffReviewer), prokura.LimitReached)
		want(t, "on a page even the last", deciders.Remove(f.ctx, f.Registry, last, last.Person.ID, true), prokura.LimitReached)
		command := registry.Operator("")
		want(t, "the command, by accident", deciders.Remove(f.ctx, f.Registry, command, last.Person.ID, false), prokura.LimitReached)
		want(t, "the command, on purpose", deciders.Remove(f.ctx, f.Registry, command, last.Person.ID, true), "")
		may(last, prokura.StaffNone)
		want(t, "the command makes an operator", deciders.Set(f.ctx, f.Registry, command, mailOf(ben.Person.ID), prokura.StaffOperator, false), "")
		may(ben, prokura.StaffOperator)
	})
}

// R-STAFF-01: the first operator comes by a link for one use that works as long as
// there is none.
func TestFirstOperator(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		offer := func() prokura.Secret {
			t.Helper()
			link, err := deciders.OfferFirst(f.ctx, f.Registry)
			if err != nil {
				t.Fatal(err)
			}
			return prokura.Secret(strings.TrimPrefix(link, "/staff/first/"))
		}
		become := func(person prokura.ID, secret prokura.Secret) error {
			return deciders.BecomeFirst(f.ctx, f.Registry, f.session(person), secret)
		}
		if link := offer(); link != "" {
			t.Errorf("with an operator there is a link: %s", link.Reveal())
		}
		f.staffIs(prokura.StaffLead)
		first, second := offer(), offer()
		want(t, "open", deciders.OpenFirst(f.ctx, f.Registry, first), "")
		for _, wrong := range []prokura.Secret{"", "x", prokura.Secret(strings.Repeat("0", 64)), first[:63]} {
			want(t, "a link that is none", become(f.people[0], wrong), prokura.InvitationGone)
		}
		want(t, "without a session", deciders.BecomeFirst(f.ctx, f.Registry, registry.Nobody("trace"), first), prokura.SignInRequired)
		f.travel(deciders.FirstLife + 1)
		want(t, "after its time", become(f.people[0], first), prokura.InvitationGone)

		first, second = offer(), offer()
		var together sync.WaitGroup
		came := make([]error, 4)
		for i := range came {
			together.Go(func() { came[i] = become(f.people[i], []prokura.Secret{first, second}[i%2]) })
		}
		together.Wait()
		n := 0
		for _, err := range came {
			if err == nil {
				n++
			} else if !errors.Is(err, prokura.InvitationGone) {
				t.Errorf("who came too late is told %v", err)
			}
		}
		if n != 1 {
			t.Errorf("%d people became the first operator: %v", n, came)
		}
		want(t, "the other link", deciders.OpenFirst(f.ctx, f.Registry, second), prokura.InvitationGone)
		for i := range came {
			if came[i] == nil {
				want(t, "the operator goes", deciders.Remove(f.ctx, f.Registry, registry.Operator("command"), f.people[i], true), "")
			}
		}
		for _, link := range []prokura.Secret{first, second} {
			want(t, "a link of before, with no operator again", become(f.people[0], link), prokura.InvitationGone)
		}
		want(t, "a new link", become(f.people[0], offer()), "")
	})
}

// R-STAFF-01: nobody decides for the platform without a second factor, but in a
// world for development.
func TestStaffNeedSecondFactor(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		cookie := f.cookie(f.staff)
		real, err := registry.Open(f.ctx, registry.Config{Database: f.database, KeyFile: f.keyFile})
		f.must(err)
		t.Cleanup(func() { real.Close() })
		waiting := func(r *registry.Registry) error {
			t.Helper()
			c, err := people.Authenticate(f.ctx, r, cookie, "trace")
			f.must(err)
			_, err = review.Queue(f.ctx, r, c, review.Whose{}, 1)
			return err
		}
		want(t, "in a world for development", waiting(f.Registry), "")
		want(t, "without a second factor", waiting(real), prokura.TwoFactorRequired)
		f.must(f.change(func(tx *store.Tx) error {
			return tx.AddSecondFactor(store.SecondFactor{SecondFactor: prokura.SecondFactor{ID: "f", Person: f.staff, Kind: prokura.FactorTOTP}, Sealed: []byte("sealed")})
		}))
		want(t, "with one", waiting(real), "")
		f.must(f.change(func(tx *store.Tx) error { return tx.RemoveSecondFactor(f.staff, "f") }))
		want(t, "once it is gone", waiting(real), prokura.TwoFactorRequired)
	})
}
