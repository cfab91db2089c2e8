package registry_test

import (
	"bytes"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/history"
	"github.com/prokura/prokura/internal/registry/review"
	"github.com/prokura/prokura/internal/registry/verification"
	"github.com/prokura/prokura/internal/store"
)

// R-REVIEW-03: whoever wrote a part of a submission, handed a file in or answered a
// question decides nothing about it, though they neither began nor sent it and have no
// role any more; and so it is with verifications.
func TestHands(t *testing.T) {
	catalogs := review.Wanted{Kind: prokura.ItemPermission, Name: "catalog_management"}
	deeds := map[string]func(f *fixture, c registry.Caller, app prokura.ID, number int64) error{
		"writes": func(f *fixture, c registry.Caller, app prokura.ID, number int64) error {
			return review.Save(f.ctx, f.Registry, c, app, number, f.submission(app, number).Version, func(s *prokura.Submission) error { s.Items[0].Use = "Reports"; return nil })
		},
		"adds what is asked for": func(f *fixture, c registry.Caller, app prokura.ID, _ int64) error {
			return failure(review.Begin(f.ctx, f.Registry, c, app, catalogs))
		},
		"hands a film in": func(f *fixture, c registry.Caller, app prokura.ID, number int64) error {
			return review.AddFile(f.ctx, f.Registry, c, app, number, "use.pdf", bytes.NewReader(aPDF(900)))
		},
		"answers": func(f *fixture, c registry.Caller, app prokura.ID, number int64) error {
			f.must(f.send(app, number))
			f.must(f.says(f.staff, app, number, 1, prokura.ItemAsked))
			return review.Save(f.ctx, f.Registry, c, app, number, f.submission(app, number).Version, func(s *prokura.Submission) error {
				if e := s.Answer(1, "Reports of their own", "", nil); e != nil {
					return e
				}
				return nil
			})
		},
	}
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, admin := f.apps[0], f.session(f.people[three])
		for what, deed := range deeds {
			number := f.draft(app, catalogs)
			helper := f.newStaff(prokura.StaffReviewer)
			f.letIn(app, helper, prokura.AppAdmin)
			want(t, what, deed(f, f.session(helper), app, number), "")
			f.must(apps.RemoveRole(f.ctx, f.Registry, admin, app, helper))
			if f.submission(app, number).Status == prokura.SubmissionDraft {
				f.must(f.send(app, number))
			}
			want(t, "who "+what+" says yes", f.says(helper, app, number, 1, prokura.ItemApproved), prokura.ConflictOfInterest)
			want(t, "who "+what+" refuses", f.says(helper, app, number, 1, prokura.ItemRefused), prokura.ConflictOfInterest)
			s := f.submission(app, number)
			want(t, "it is given to who "+what, review.Assign(f.ctx, f.Registry, f.session(f.staff), s.ID, s.Version, helper), prokura.InvalidParameter)
			p, err := review.PictureOf(f.ctx, f.Registry, f.session(helper), s.ID)
			if err != nil || !p.Part {
				t.Errorf("who %s is not told that they decide nothing: %v", what, err)
			}
			f.must(review.Withdraw(f.ctx, f.Registry, admin, app, number, f.submission(app, number).Version))
		}

		v := f.verifying(0)
		helper := f.newStaff(prokura.StaffReviewer)
		seat := f.join(v.business, helper, prokura.RoleAdmin)
		f.must(v.save(nil))
		f.must(verification.AddDocument(f.ctx, f.Registry, f.session(helper), v.business, "register.pdf", bytes.NewReader(aPDF(3000))))
		f.must(businesses.RemoveMember(f.ctx, f.Registry, v.admin, seat))
		v.proveMail()
		v.proveSite()
		f.must(v.send())
		is := v.view().Current
		want(t, "who handed a paper in decides", verification.Decide(f.ctx, f.Registry, f.session(helper), v.business, is.Number,
			verification.Decision{Version: is.Version, Name: v.view().Business.Name, Given: true}), prokura.ConflictOfInterest)
	})
}

// R-REVIEW-03: whoever is invited to an app, or to the business that owns it, gives it
// nothing; but no invitation keeps staff from taking something away.
func TestInvitedHasAPart(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, admin := f.apps[0], f.session(f.people[three])
		lead := f.newStaff(prokura.StaffLead)
		ways := map[string]func() (end func()){
			"a role": func() func() {
				f.must(apps.SetRole(f.ctx, f.Registry, admin, app, mailOf(lead), prokura.AppAnalyst))
				return func() {
					f.must(f.change(func(tx *store.Tx) error { return tx.EndRoleInvitation(app, mailOf(lead), f.Now()) }))
				}
			},
			"the business": func() func() {
				f.must(failure(businesses.Invite(f.ctx, f.Registry, admin, f.provider, mailOf(lead), prokura.RoleEmployee)))
				return func() { f.uninvite(admin, f.provider) }
			},
			"a business that the app is offered to": func() func() {
				seat := f.join(f.clients[2], lead, prokura.RoleEmployee)
				f.must(failure(apps.Offer(f.ctx, f.Registry, admin, app, f.clients[2])))
				return func() {
					f.must(businesses.RemoveMember(f.ctx, f.Registry, f.session(f.people[2]), seat))
				}
			},
		}
		for _, what := range slices.Sorted(maps.Keys(ways)) {
			number := f.draft(app, review.Wanted{Kind: prokura.ItemFeature, Name: "Human Agent"})
			f.must(f.send(app, number))
			end := ways[what]()
			want(t, "invited to "+what, f.says(lead, app, number, 1, prokura.ItemApproved), prokura.ConflictOfInterest)
			want(t, "invited to "+what+", takes away", review.Limit(f.ctx, f.Registry, f.session(lead), app, f.appRow(app).Version, review.Limits{Keep: texts(fixtureScopes), Reason: "abuse"}), "")
			end()
			want(t, "no longer invited to "+what, f.says(lead, app, number, 1, prokura.ItemApproved), "")
			f.must(review.Withdraw(f.ctx, f.Registry, admin, app, number, f.submission(app, number).Version))
		}
		// Who said yes and is invited then said it for nothing.
		number := f.draft(app, review.Wanted{Kind: prokura.ItemPermission, Name: "catalog_management"})
		f.must(f.send(app, number))
		f.must(f.says(lead, app, number, 1, prokura.ItemApproved))
		f.must(apps.SetRole(f.ctx, f.Registry, admin, app, mailOf(lead), prokura.AppAnalyst))
		f.must(f.says(f.newStaff(prokura.StaffReviewer), app, number, 1, prokura.ItemApproved))
		if f.approved(app, "catalog_management") {
			t.Error("the yes of somebody who is invited counts")
		}

		v := f.verifying(0).sent()
		is := v.view().Current
		f.must(failure(businesses.Invite(f.ctx, f.Registry, v.admin, v.business, mailOf(lead), prokura.RoleEmployee)))
		give := func() error {
			return verification.Decide(f.ctx, f.Registry, f.session(lead), v.business, is.Number, verification.Decision{Version: is.Version, Name: v.view().Business.Name, Given: true})
		}
		want(t, "invited to the business, gives", give(), prokura.ConflictOfInterest)
		f.uninvite(v.admin, v.business)
		want(t, "invited no more, gives", give(), "")
	})
}

// uninvite withdraws the only invitation to a business.
func (f *fixture) uninvite(admin registry.Caller, business prokura.ID) {
	f.t.Helper()
	list, err := registry.View(f.ctx, f.Registry, func(tx *store.View) ([]prokura.Request, error) {
		return tx.RequestsOf(business, 0, prokura.InviteMember, f.Now(), 0, 10)
	})
	if err != nil || len(list) != 1 {
		f.t.Fatalf("invitations: %+v, %v", list, err)
	}
	f.must(businesses.WithdrawInvitation(f.ctx, f.Registry, admin, business, list[0].ID))
}

// R-REVIEW-03: the app's people learn of two votes when the second one is cast, and
// nobody of a new owner reads what a former owner's people wrote, or who they were.
func TestWhatIsNotTold(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, admin := f.apps[1], f.session(f.people[three])
		first, second := f.newStaff(prokura.StaffReviewer), f.newStaff(prokura.StaffReviewer)
		lines := func(reader prokura.ID) string {
			return strings.Join(f.lines(reader, history.Scope{App: app}, history.Query{Kind: history.KindReview}), "\n")
		}
		number := f.draft(app, review.Wanted{Kind: prokura.ItemPermission, Name: "catalog_management"})
		f.must(review.Save(f.ctx, f.Registry, admin, app, number, f.submission(app, number).Version, func(s *prokura.Submission) error {
			s.Relationship, s.Account, s.Password = "Ask Pia of Provider", "pia", "secret of a test"
			return nil
		}))
		f.must(f.send(app, number))
		f.must(f.says(first, app, number, 1, prokura.ItemApproved))
		if text := lines(f.people[three]); strings.Contains(text, "decided") {
			t.Errorf("after the first of two the app's people read\n%s", text)
		}
		if text := strings.Join(f.lines(f.staff, history.Scope{}, history.Query{Kind: history.KindReview}), "\n"); !strings.Contains(text, "decided about what App 1 asked for") {
			t.Errorf("operators do not read of the first of two:\n%s", text)
		}
		f.must(f.says(second, app, number, 1, prokura.ItemApproved))
		if text := lines(f.people[three]); strings.Count(text, "decided") != 1 {
			t.Errorf("after both the app's people read\n%s", text)
		}
		draft := f.draft(app, review.Wanted{Kind: prokura.ItemFeature, Name: "Human Agent"})
		f.must(review.AddFile(f.ctx, f.Registry, admin, app, draft, "film.pdf", bytes.NewReader(aPDF(900))))

		f.travel(time.Minute)
		f.askFor(f.people[2], f.clients[2], app, true, prokura.RequestPending)
		f.must(businesses.ConfirmRequest(f.ctx, f.Registry, f.session(f.people[three]), f.openRequest(app).ID))
		f.travel(time.Minute)
		heir := f.session(f.people[2])
		f.must(apps.RemoveRole(f.ctx, f.Registry, heir, app, f.people[three]))
		s, err := review.Get(f.ctx, f.Registry, heir, app, number)
		f.must(err)
		if !s.Former || s.Relationship != "" || s.Account != "" || s.Items[0].Use != "" || s.Items[0].Words != "" || s.Items[0].Outcome != prokura.ItemApproved {
			t.Errorf("the new owner reads %+v", s.Submission)
		}
		if _, err := review.Get(f.ctx, f.Registry, heir, app, draft); reasonOf(err) != prokura.NotFound {
			t.Errorf("the former owner's draft: %v", err)
		}
		h, err := review.HoldingsOf(f.ctx, f.Registry, heir, app)
		if err != nil || len(h.Submissions) != 1 || h.Submissions[0].Items[0].Use != "" {
			t.Errorf("the list says %+v, %v", h, err)
		}
		if text := lines(f.people[2]); strings.Contains(text, "Provider Person") || !strings.Contains(text, "Somebody who works on the app worked on a submission") {
			t.Errorf("the new owner's people read\n%s", text)
		}
		f.travel(time.Minute)
		again, err := review.Begin(f.ctx, f.Registry, heir, app, review.Wanted{Kind: prokura.ItemPermission, Name: "catalog_management"})
		f.must(err)
		s, err = review.Get(f.ctx, f.Registry, heir, app, again)
		if err != nil || s.Relationship != "" || s.Account != "" || s.Items[0].Use != "" || len(s.Files) != 0 {
			t.Errorf("a new draft goes on with the former owner's words: %+v, %v", s, err)
		}
	})
}

// R-REVIEW-01, R-REVIEW-03: nothing depends on how many submissions came since: what
// waits is asked for once, and answered by a decision by hand; and the queue has all of
// what waits, what is due first before the rest.
func TestManySubmissions(t *testing.T) {
	t.Parallel()
	f := newFixture(t, filepath.Join(t.TempDir(), "world.db"), "")
	app, admin := f.apps[2], f.session(f.people[three])
	f.called(app, &pageName, 0, 1000)
	f.must(f.change(func(tx *store.Tx) error {
		a, err := tx.App(app)
		a.Level = prokura.LevelBasic
		if err != nil {
			return err
		}
		return tx.UpdateApp(a)
	}, registry.EntityOf(registry.OfApp, app)))
	level := review.Wanted{Kind: prokura.ItemLevel, Name: string(prokura.LevelStandard)}
	askLevel := func() error {
		number := f.draft(app, level)
		f.must(review.Save(f.ctx, f.Registry, admin, app, number, f.submission(app, number).Version, func(s *prokura.Submission) error {
			s.Items[0].Answers = map[string]string{"clients": "a", "spend": "b", "model": "c", "limits": "d"}
			return nil
		}))
		return f.send(app, number)
	}
	want(t, "ask", askLevel(), "")
	submission := func(tx *store.Tx, s prokura.Submission) (err error) {
		s.Kind = prokura.SubmissionAccess
		if s.ID, err = tx.NewID(prokura.NodeSubmission, 0); err != nil {
			return err
		}
		return tx.AddSubmission(store.SealedSubmission{Submission: s})
	}
	f.must(f.change(func(tx *store.Tx) error {
		for range 52 {
			if err := submission(tx, prokura.Submission{App: app, Status: prokura.SubmissionWithdrawn, Created: f.Now()}); err != nil {
				return err
			}
		}
		return nil
	}))
	want(t, "ask for what waits behind fifty others", askLevel(), prokura.AlreadyRequested)
	want(t, "decide by hand", review.Decide(f.ctx, f.Registry, f.session(f.staff), app, f.appRow(app).Version, review.Decision{Outcome: prokura.StepRefused, Reason: "not yet"}), "")
	if s := f.submission(app, 1); s.Status != prokura.SubmissionDecided {
		t.Errorf("what waits behind fifty others is %s", s.Status)
	}

	// The queue.
	f.must(f.change(func(tx *store.Tx) error {
		for i := range 230 {
			s := prokura.Submission{App: f.apps[i%2], Status: prokura.SubmissionSent, Sent: f.Now() - prokura.Instant(i), Due: f.Now() + prokura.Instant(i)}
			if i%100 == 7 {
				s.Assigned = f.staff
			}
			if err := submission(tx, s); err != nil {
				return err
			}
		}
		return nil
	}))
	staff := f.session(f.staff)
	list, err := review.Queue(f.ctx, f.Registry, staff, review.Whose{}, 1000)
	if err != nil || len(list) != 230 || !slices.IsSortedFunc(list, func(a, b store.WaitingSubmission) int { return int(a.Due - b.Due) }) {
		t.Errorf("the queue has %d, %v", len(list), err)
	}
	n, err := review.QueueCount(f.ctx, f.Registry, staff)
	if err != nil || n.N != 230 || n.Oldest != list[229].Sent {
		t.Errorf("it says %+v, %v", n, err)
	}
	for whose, want := range map[review.Whose]int{{Person: f.staff}: 3, {Nobody: true}: 227, {Person: f.people[0]}: 0} {
		if list, err := review.Queue(f.ctx, f.Registry, staff, whose, 1000); err != nil || len(list) != want {
			t.Errorf("%+v: %d, %v, want %d", whose, len(list), err, want)
		}
	}
	_, err = review.QueueCount(f.ctx, f.Registry, admin)
	want(t, "somebody counts", err, prokura.StaffOnly)
}
