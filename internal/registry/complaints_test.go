package registry_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/history"
	"github.com/prokura/prokura/internal/registry/review"
	"github.com/prokura/prokura/internal/store"
)

// R-REVIEW-04: a business says that an app which it has connected asks for more than it
// needs; staff answer, who have no part in it; and the app's people learn nothing of it.
func TestComplaints(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, business, admin := f.apps[0], f.clients[0], f.session(f.people[0])
		reviewer := f.newStaff(prokura.StaffReviewer)
		complain := func(c registry.Caller, business prokura.ID, words string, about ...string) error {
			return review.Complain(f.ctx, f.Registry, c, business, app, about, words)
		}
		want(t, "of what is not connected", complain(admin, business, "too much"), prokura.NotFound)
		f.consent(f.systems[app], f.people[0], business, f.assetsOf(business))
		f.consent(f.systems[app], f.people[1], f.clients[1], f.assetsOf(f.clients[1]))
		want(t, "by a stranger", complain(f.session(f.people[1]), business, "too much"), prokura.NotFound)
		want(t, "by somebody without full control", complain(f.session(f.employee(business)), business, "too much"), prokura.RoleMissing)
		want(t, "by staff", complain(f.session(reviewer), business, "too much"), prokura.NotFound)
		want(t, "without words", complain(admin, business, " \n"), prokura.InvalidParameter)
		want(t, "with too many", complain(admin, business, strings.Repeat("é", 1001)), prokura.InvalidParameter)
		want(t, "of what was not given", complain(admin, business, "too much", "leads_retrieval"), prokura.Conflict)
		want(t, "complain", complain(admin, business, "It only reads.", "ads_read"), "")
		want(t, "complain again", complain(admin, business, "Once more."), prokura.AlreadyRequested)
		want(t, "another business", complain(f.session(f.people[1]), f.clients[1], "Us too."), "")

		list, err := review.OpenComplaints(f.ctx, f.Registry, f.session(reviewer), 10)
		if err != nil || len(list) != 2 {
			t.Fatalf("%d wait, %v", len(list), err)
		}
		first := list[0]
		if first.BusinessName != "Client 0" {
			first = list[1]
		}
		_, err = review.OpenComplaints(f.ctx, f.Registry, f.session(f.people[three]), 10)
		want(t, "the app's people read the queue", err, prokura.StaffOnly)
		_, err = review.ComplaintOf(f.ctx, f.Registry, f.session(f.people[three]), first.ID)
		want(t, "the app's people read it", err, prokura.StaffOnly)

		answer := func(by prokura.ID, outcome prokura.ComplaintOutcome, words string) error {
			return review.AnswerComplaint(f.ctx, f.Registry, f.session(by), first.ID, outcome, words)
		}
		maker, insider := f.newStaff(prokura.StaffReviewer), f.newStaff(prokura.StaffReviewer)
		f.letIn(app, maker, prokura.AppAnalyst)
		f.join(business, insider, prokura.RoleEmployee)
		want(t, "the app's people answer", answer(f.people[three], prokura.ComplaintRefused, "No."), prokura.StaffOnly)
		want(t, "staff with a role on the app", answer(maker, prokura.ComplaintRefused, "No."), prokura.ConflictOfInterest)
		want(t, "staff of the business", answer(insider, prokura.ComplaintAgreed, "Yes."), prokura.ConflictOfInterest)
		for _, who := range []prokura.ID{maker, insider} {
			if v, err := review.ComplaintOf(f.ctx, f.Registry, f.session(who), first.ID); err != nil || !v.Part {
				t.Errorf("who has a part is not told so: %v", err)
			}
		}
		want(t, "without words", answer(reviewer, prokura.ComplaintAgreed, ""), prokura.InvalidParameter)
		want(t, "without a decision", answer(reviewer, "", "Hm."), prokura.InvalidParameter)
		want(t, "answer", answer(reviewer, prokura.ComplaintAgreed, "We took it away."), "")
		want(t, "answer again", answer(f.staff, prokura.ComplaintRefused, "No."), prokura.Conflict)
		if to := f.mailedTo(prokura.MailComplaintAnswered); len(to) != 1 || to[0] != mailOf(f.people[0]) {
			t.Errorf("told by mail: %v", to)
		}

		v, err := review.ComplainingOf(f.ctx, f.Registry, admin, business, app)
		if err != nil || v.Open() != nil || len(v.Earlier) != 1 || v.Earlier[0].Answer != "We took it away." || v.Earlier[0].By != "" {
			t.Errorf("the business reads %+v, %v", v, err)
		}
		looks, err := review.LooksOf(f.ctx, f.Registry, f.session(f.staff), app)
		if err != nil || len(looks.Complaints) != 2 {
			t.Errorf("beside the app's limits stand %d, %v", len(looks.Complaints), err)
		}

		// History: the business's and the operator's, and nothing of it for the app's people.
		text := strings.Join(f.lines(f.people[0], history.Scope{Business: business}, history.Query{Kind: history.KindReview}), "\n")
		if text != "The staff of the platform answered what a business had said of App 0 [outcome >agreed]\nClient Person 0 told the platform that App 0 asks for more than it needs [about >ads_read]" {
			t.Errorf("the business reads\n%s", text)
		}
		if lines := f.lines(f.people[three], history.Scope{App: app}, history.Query{Kind: history.KindReview}); len(lines) != 0 {
			t.Errorf("the app's people read %q", lines)
		}
		if text := strings.Join(f.lines(f.staff, history.Scope{}, history.Query{Kind: history.KindReview}), "\n"); !strings.Contains(text, "Client Person 1 told the platform that App 0 asks") {
			t.Errorf("operators read\n%s", text)
		}

		// Bounds: so many an hour, so many that wait; and what was answered goes in time.
		want(t, "the next one", complain(admin, business, "Again."), "")
		f.must(f.change(func(tx *store.Tx) error {
			for i := range prokura.MaxOpenComplaints {
				id, err := tx.NewID(prokura.NodeComplaint, 0)
				if err != nil {
					return err
				}
				if err := tx.Beside().AddComplaint(prokura.Complaint{ID: id, Business: f.clients[2], App: prokura.ID(1000 + i), Created: f.Now()}); err != nil {
					return err
				}
			}
			return nil
		}))
		f.consent(f.systems[app], f.people[2], f.clients[2], f.assetsOf(f.clients[2]))
		want(t, "beyond what may wait", complain(f.session(f.people[2]), f.clients[2], "Hm."), prokura.LimitReached)
		for i := range prokura.ComplaintsAnHour {
			list, err := review.OpenComplaints(f.ctx, f.Registry, f.session(reviewer), 100)
			f.must(err)
			for _, l := range list {
				if l.Business == business {
					first = l
				}
			}
			if first.Answered == 0 {
				_ = answer(reviewer, prokura.ComplaintRefused, fmt.Sprint("No ", i))
			}
			err = complain(admin, business, "Again.")
			if i < prokura.ComplaintsAnHour-2 {
				want(t, fmt.Sprint("complaint ", i+3), err, "")
			} else {
				want(t, fmt.Sprint("complaint ", i+3), err, prokura.LimitReached)
			}
		}
		f.travel(time.Hour + time.Minute)
		admin = f.session(f.people[0])
		want(t, "an hour later", complain(admin, business, "Again."), "")

		// The answer is read after the app was removed, and the app's deletion ends nothing.
		f.must(apps.Delete(f.ctx, f.Registry, f.session(f.people[three]), app))
		if _, err := review.ComplainingOf(f.ctx, f.Registry, admin, business, app); err != nil {
			t.Errorf("after the app is gone: %v", err)
		}
	})
}
