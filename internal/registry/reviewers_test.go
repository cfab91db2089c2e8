package registry_test

import (
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/review"
	"github.com/prokura/prokura/internal/store"
)

// R-REVIEW-03: the first yes of two ends with the app that it was given to, whatever is
// decided in between, and with the right to give it.
func TestFirstYesEnds(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, admin := f.apps[0], f.session(f.people[three])
		first, second, third := f.newStaff(prokura.StaffReviewer), f.newStaff(prokura.StaffReviewer), f.newStaff(prokura.StaffReviewer)
		names := []string{"catalog_management", "pages_manage_posts", "pages_manage_metadata", "pages_messaging"}
		var list []review.Wanted
		for _, name := range names {
			if f.approved(app, name) {
				t.Fatalf("the app has %s already", name)
			}
			list = append(list, review.Wanted{Kind: prokura.ItemPermission, Name: name})
		}
		number := f.draft(app, list...)
		f.must(f.send(app, number))
		yes := func(by prokura.ID, item int64, approved bool) {
			t.Helper()
			want(t, "yes", f.says(by, app, number, item, prokura.ItemApproved), "")
			if got := f.approved(app, names[item-1]); got != approved {
				t.Errorf("approved: %t, want %t", got, approved)
			}
		}

		// The first item is agreed upon after the app changed: what was said before about
		// the second one was said of the former app all the same.
		yes(first, 1, false)
		yes(first, 2, false)
		seen := f.submission(app, number)
		f.must(apps.Update(f.ctx, f.Registry, admin, app, f.appRow(app).Version, func(a *prokura.App) error { a.Name = "Bank App"; return nil }))
		want(t, "a page from before", review.DecideItem(f.ctx, f.Registry, f.session(second), seen.ID, seen.Submission.Version, review.Answer{Item: 1, Outcome: prokura.ItemApproved, Reason: "needed"}), prokura.Conflict)
		yes(second, 1, false)
		yes(third, 1, true)
		yes(second, 2, false)
		yes(third, 2, true)

		// Who said yes first has a part in the app by now, or is no reviewer any more.
		yes(first, 3, false)
		f.letIn(app, first, prokura.AppAnalyst)
		yes(second, 3, false)
		yes(third, 3, true)
		f.must(apps.RemoveRole(f.ctx, f.Registry, admin, app, first))
		yes(first, 4, false)
		f.must(f.change(func(tx *store.Tx) error { return tx.SetStaff(first, prokura.StaffNone) }, registry.EntityOf(registry.OfPerson, first)))
		yes(second, 4, false)
		yes(third, 4, true)
	})
}

// R-REVIEW-03: another owner is another app, too.
func TestFirstYesEndsWithOwner(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app := f.apps[0]
		first, second := f.newStaff(prokura.StaffReviewer), f.newStaff(prokura.StaffReviewer)
		number := f.draft(app, review.Wanted{Kind: prokura.ItemPermission, Name: "catalog_management"})
		f.must(f.send(app, number))
		want(t, "the first yes", f.says(first, app, number, 1, prokura.ItemApproved), "")
		a := f.appRow(app)
		f.must(f.change(func(tx *store.Tx) error {
			if err := tx.SetAppOwner(app, f.clients[0], a.Owner, "who had it", 1); err != nil {
				return err
			}
			a, err := tx.View().App(app)
			a.IdentityChanged = 0 // as by a decision about something else
			if err != nil {
				return err
			}
			return tx.UpdateApp(a)
		}, registry.EntityOf(registry.OfApp, app)))
		want(t, "a yes to another owner", f.says(second, app, number, 1, prokura.ItemApproved), "")
		if f.approved(app, "catalog_management") {
			t.Error("a yes to the app's former owner counted")
		}
	})
}

// R-REVIEW-01, R-REVIEW-04: what belongs to a submission ends with it, saving nothing
// outdates no reviewer's page, and what is overdue is confirmed no more.
func TestWhatEndsWithASubmission(t *testing.T) {
	const day = 24 * time.Hour
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, admin := f.apps[0], f.session(f.people[three])
		reviewer := f.newStaff(prokura.StaffReviewer)
		number := f.draft(app, review.Wanted{Kind: prokura.ItemPermission, Name: "catalog_management"})
		if f.submission(app, number).Testable {
			t.Error("there is a password that nobody gave")
		}
		nothing := func(s *prokura.Submission) error { return nil }
		f.must(review.Save(f.ctx, f.Registry, admin, app, number, f.submission(app, number).Submission.Version, func(s *prokura.Submission) error {
			s.Account, s.Password = "tester", "secret of a test"
			return nil
		}))
		if !f.submission(app, number).Testable {
			t.Error("the password was not kept")
		}
		f.must(f.send(app, number))
		s := f.submission(app, number)
		want(t, "save nothing", review.Save(f.ctx, f.Registry, admin, app, number, s.Submission.Version, nothing), prokura.Conflict)
		if f.submission(app, number).Submission.Version != s.Submission.Version {
			t.Error("saving nothing outdated the reviewers' pages")
		}
		want(t, "the test account", failure(review.TestAccount(f.ctx, f.Registry, f.session(reviewer), s.ID, s.Submission.Version)), "")
		f.must(review.Withdraw(f.ctx, f.Registry, admin, app, number, s.Submission.Version))
		s = f.submission(app, number)
		want(t, "the test account of what was withdrawn", failure(review.TestAccount(f.ctx, f.Registry, f.session(reviewer), s.ID, s.Submission.Version)), prokura.NotFound)
		if s.Testable {
			t.Error("the password of a withdrawn submission is kept")
		}

		f.must(review.Sweep(f.ctx, f.Registry))
		f.travel(366 * day) // and nothing has swept
		admin = f.session(f.people[three])
		want(t, "confirm what is overdue", review.Confirm(f.ctx, f.Registry, admin, app, f.appRow(app).Version,
			review.Confirmation{Keep: []string{"ads_read"}, Said: map[string]bool{"needed": true, "policy": true}}), prokura.InvalidParameter)
	})
}
