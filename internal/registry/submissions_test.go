package registry_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/review"
	"github.com/prokura/prokura/internal/store"
)

// newStaff is somebody new of the platform's staff.
func (f *fixture) newStaff(role prokura.StaffRole) prokura.ID {
	f.t.Helper()
	id := f.newPerson()
	f.must(f.change(func(tx *store.Tx) error { return tx.SetStaff(id, role) }, registry.EntityOf(registry.OfPerson, id)))
	return id
}

// draft fills in a draft as an app without an interface does, and names its site.
func (f *fixture) draft(app prokura.ID, list ...review.Wanted) int64 {
	f.t.Helper()
	admin := f.session(f.people[three])
	f.must(apps.Update(f.ctx, f.Registry, admin, app, f.appRow(app).Version, func(a *prokura.App) error { a.Settings.SiteURL = "https://app.example/"; return nil }))
	number, err := review.Begin(f.ctx, f.Registry, admin, app, list...)
	f.must(err)
	f.must(review.Save(f.ctx, f.Registry, admin, app, number, f.submission(app, number).Version, func(s *prokura.Submission) error {
		s.NoInterface = true
		for i := range s.Items {
			s.Items[i].Use = "Reports for shops"
		}
		return nil
	}))
	return number
}

func (f *fixture) submission(app prokura.ID, number int64) *review.Full {
	f.t.Helper()
	s, err := review.Get(f.ctx, f.Registry, f.session(f.people[three]), app, number)
	f.must(err)
	return s
}

func (f *fixture) send(app prokura.ID, number int64) error {
	return review.Send(f.ctx, f.Registry, f.session(f.people[three]), app, number, f.submission(app, number).Version)
}

// says is what a reviewer says about an item, having seen the submission as it is.
func (f *fixture) says(by, app prokura.ID, number, item int64, outcome prokura.ItemOutcome) error {
	reason := map[prokura.ItemOutcome]string{prokura.ItemApproved: "needed", prokura.ItemRefused: "too_much", prokura.ItemAsked: "use_unclear"}[outcome]
	s := f.submission(app, number)
	return review.DecideItem(f.ctx, f.Registry, f.session(by), s.ID, s.Version, review.Answer{Item: item, Outcome: outcome, Reason: reason, Words: "Whose reports?"})
}

func (f *fixture) approved(app prokura.ID, name string) bool {
	return f.Catalog().Has(f.appRow(app).Advanced, prokura.Permission(name))
}

// R-REVIEW-01, R-REVIEW-03: from a draft to what the login dialog lets others give: all
// that is missing is said, two people who have no part in the app agree, they are asked
// back and answered, and whoever comes later sees what happened.
func TestSubmission(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, admin := f.apps[0], f.session(f.people[three])
		f.subscribe(app)
		first, second, lead := f.newStaff(prokura.StaffReviewer), f.newStaff(prokura.StaffReviewer), f.staff
		catalogs := review.Wanted{Kind: prokura.ItemPermission, Name: "catalog_management"}
		agent := review.Wanted{Kind: prokura.ItemFeature, Name: "Human Agent"}

		developer := f.newPerson()
		f.letIn(app, developer, prokura.AppDeveloper)
		_, err := review.Begin(f.ctx, f.Registry, f.session(developer), app)
		want(t, "a developer begins", err, prokura.RoleMissing)
		_, err = review.Begin(f.ctx, f.Registry, admin, app, review.Wanted{Kind: prokura.ItemPermission, Name: "manage_pages"})
		want(t, "what the catalog has retired", err, prokura.InvalidParameter)
		number, err := review.Begin(f.ctx, f.Registry, admin, app, catalogs)
		want(t, "begin", err, "")
		if again, err := review.Begin(f.ctx, f.Registry, admin, app, agent, catalogs); err != nil || again != number || len(f.submission(app, number).Items) != 2 {
			t.Errorf("the draft is %d, then %d with %+v, %v", number, again, f.submission(app, number).Items, err)
		}
		if s := f.submission(app, number); len(s.Missing) != 7 {
			t.Errorf("an empty draft lacks %+v", s.Missing)
		}
		want(t, "send what lacks everything", f.send(app, number), prokura.InvalidParameter)
		version := f.submission(app, number).Version
		save := func(change func(*prokura.Submission)) error {
			return review.Save(f.ctx, f.Registry, admin, app, number, version, func(s *prokura.Submission) error { change(s); return nil })
		}
		want(t, "too long", save(func(s *prokura.Submission) { s.Items[0].Use = strings.Repeat("é", 4001) }), prokura.InvalidParameter)
		want(t, "save", save(func(s *prokura.Submission) {
			s.Relationship, s.Account, s.Password = "An ad account", "tester", "secret of a test"
		}), "")
		want(t, "save what is older", save(func(s *prokura.Submission) {}), prokura.Conflict)
		if _, err := review.PictureOf(f.ctx, f.Registry, f.session(lead), f.submission(app, number).ID); prokura.AsError(err).Reason != prokura.NotFound {
			t.Errorf("staff see a draft: %v", err)
		}
		_, err = review.Get(f.ctx, f.Registry, f.session(lead), app, number)
		want(t, "staff see a draft among the app's pages", err, prokura.NotFound)
		if h, err := review.HoldingsOf(f.ctx, f.Registry, f.session(lead), app); err != nil || len(h.Submissions) != 0 {
			t.Errorf("staff see drafts: %+v, %v", h, err)
		}
		if f.draft(app) != number {
			t.Error("a second draft was begun")
		}
		want(t, "send", f.send(app, number), "")
		want(t, "send twice", f.send(app, number), prokura.Conflict)
		want(t, "save what was sent", review.Save(f.ctx, f.Registry, admin, app, number, f.submission(app, number).Version, func(s *prokura.Submission) error {
			if e := s.Drop(1); e != nil {
				return e
			}
			return nil
		}), prokura.Conflict)
		other := f.draft(app, catalogs)
		want(t, "ask for what waits", f.send(app, other), prokura.AlreadyRequested)
		f.must(review.Discard(f.ctx, f.Registry, admin, app, other, f.submission(app, other).Version))

		s := f.submission(app, number)
		secret, err := review.TestAccount(f.ctx, f.Registry, f.session(first), s.ID, s.Version)
		if err != nil || secret != "secret of a test" {
			t.Errorf("the test account's password: %v", err)
		}
		want(t, "its people read it", failure(review.TestAccount(f.ctx, f.Registry, admin, s.ID, s.Version)), prokura.StaffOnly)
		want(t, "its people decide", f.says(f.people[three], app, number, 1, prokura.ItemApproved), prokura.StaffOnly)
		f.letIn(app, second, prokura.AppAnalyst)
		want(t, "a reviewer with a role", f.says(second, app, number, 1, prokura.ItemApproved), prokura.ConflictOfInterest)
		f.must(apps.RemoveRole(f.ctx, f.Registry, admin, app, second))
		want(t, "the first yes", f.says(first, app, number, 1, prokura.ItemApproved), "")
		want(t, "the same person again", f.says(first, app, number, 1, prokura.ItemApproved), prokura.InvalidParameter)
		if f.approved(app, "catalog_management") {
			t.Fatal("one reviewer gave access")
		}
		want(t, "ask back", f.says(second, app, number, 1, prokura.ItemAsked), "")
		want(t, "decide what was asked", f.says(second, app, number, 1, prokura.ItemApproved), prokura.Conflict)
		want(t, "answer", review.Save(f.ctx, f.Registry, admin, app, number, f.submission(app, number).Version, func(s *prokura.Submission) error {
			if e := s.Answer(1, "Reports for the shops themselves", "", nil); e != nil {
				return e
			}
			return nil
		}), "")
		want(t, "who said yes before reads it again", f.says(second, app, number, 1, prokura.ItemApproved), "")
		if f.approved(app, "catalog_management") {
			t.Fatal("a yes to another text counted")
		}

		// Of reviewers who answer at the same time about what they both were shown, one is
		// heard, and the other one sees it.
		shown, words := f.submission(app, number), review.Answer{Item: 1, Outcome: prokura.ItemApproved, Reason: "needed"}
		var together sync.WaitGroup
		answers := make([]error, 2)
		for i, by := range []prokura.ID{first, lead} {
			c := f.session(by)
			together.Go(func() { answers[i] = review.DecideItem(f.ctx, f.Registry, c, shown.ID, shown.Version, words) })
		}
		together.Wait()
		if !slices.Equal(reasonsOf(answers), []prokura.Reason{"", prokura.Conflict}) {
			t.Errorf("two at once: %v", answers)
		}
		if !f.approved(app, "catalog_management") {
			t.Error("two agreed, and the app has nothing")
		}
		want(t, "refuse the other one", f.says(lead, app, number, 2, prokura.ItemRefused), "")
		if s := f.submission(app, number); s.Status != prokura.SubmissionDecided || s.Items[1].Words != "Whose reports?" {
			t.Errorf("decided: %+v", s.Submission)
		}
		want(t, "decide again", f.says(lead, app, number, 2, prokura.ItemRefused), prokura.Conflict)

		h, err := review.HoldingsOf(f.ctx, f.Registry, admin, app)
		f.must(err)
		i := slices.IndexFunc(h.Access, func(a prokura.Access) bool { return a.Name == "catalog_management" })
		if i < 0 || h.Numbers[h.Access[i].Submission] != number || h.Access[i].Until != h.Access[i].Since.Add(365*24*time.Hour) {
			t.Errorf("what the app has: %+v", h.Access)
		}
		again, err := review.Begin(f.ctx, f.Registry, admin, app, agent)
		f.must(err)
		if s := f.submission(app, again); s.Items[0].Use != "Reports for shops" || s.Earlier[1].Outcome != prokura.ItemRefused || s.Earlier[1].Submission != number {
			t.Errorf("sent again: %+v, %+v", s.Items, s.Earlier)
		}
		f.same("the app is told", reviews(f.outboxOf(app)), `app_review {"kind":"permission","name":"catalog_management","number":1,"outcome":"asked","submission_id":"`+shown.ID.String()+`"}`,
			`app_review {"kind":"permission","name":"catalog_management","number":1,"outcome":"approved","submission_id":"`+shown.ID.String()+`"}`,
			`app_review {"kind":"feature","name":"Human Agent","number":1,"outcome":"refused","submission_id":"`+shown.ID.String()+`"}`)
		if n := len(f.lettersOf(prokura.MailItemAnswered)); n != 3 {
			t.Errorf("%d mails about 3 answers", n)
		}
	})
}

func reasonsOf(list []error) (out []prokura.Reason) {
	for _, err := range list {
		if err == nil {
			out = append(out, "")
		} else {
			out = append(out, prokura.AsError(err).Reason)
		}
	}
	slices.Sort(out)
	return out
}

// soon reports whether two instants are the same but for what the test took.
func soon(a, b prokura.Instant) bool { return a.Sub(b).Abs() < 10*time.Minute }

func reviews(list []string) (out []string) {
	for _, l := range list {
		if strings.HasPrefix(l, registry.FieldReview) {
			out = append(out, l)
		}
	}
	return out
}

// R-REVIEW-03: a yes was given to the app as it looked then; who lost the role between
// opening and deciding decides nothing; a withdrawn submission is not decided, and what
// is assigned to one is taken over by leads alone.
func TestReviewersAndTime(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, admin := f.apps[0], f.session(f.people[three])
		first, second := f.newStaff(prokura.StaffReviewer), f.newStaff(prokura.StaffReviewer)
		number := f.draft(app, review.Wanted{Kind: prokura.ItemPermission, Name: "catalog_management"})
		f.must(f.send(app, number))
		want(t, "the first yes", f.says(first, app, number, 1, prokura.ItemApproved), "")
		f.must(apps.Update(f.ctx, f.Registry, admin, app, f.appRow(app).Version, func(a *prokura.App) error { a.Name = "Bank App"; return nil }))
		want(t, "a yes to another face", f.says(second, app, number, 1, prokura.ItemApproved), "")
		if f.approved(app, "catalog_management") {
			t.Fatal("a yes to the app's former face counted")
		}
		f.must(f.change(func(tx *store.Tx) error { return tx.SetStaff(first, prokura.StaffNone) }, registry.EntityOf(registry.OfPerson, first)))
		want(t, "who is no reviewer any more", f.says(first, app, number, 1, prokura.ItemApproved), prokura.StaffOnly)
		third := f.newStaff(prokura.StaffReviewer)
		want(t, "another one", f.says(third, app, number, 1, prokura.ItemApproved), "")
		if a := f.appRow(app); !f.approved(app, "catalog_management") || a.IdentityChanged != 0 {
			t.Errorf("two looked at the app as it is: %+v", a)
		}

		number = f.draft(app, review.Wanted{Kind: prokura.ItemPermission, Name: "pages_manage_posts"})
		f.must(f.send(app, number))
		s := f.submission(app, number)
		assign := func(by, to prokura.ID) error {
			s := f.submission(app, number)
			return review.Assign(f.ctx, f.Registry, f.session(by), s.ID, s.Version, to)
		}
		want(t, "take it", assign(second, second), "")
		want(t, "with an old page", review.Assign(f.ctx, f.Registry, f.session(third), s.ID, s.Version, third), prokura.Conflict)
		want(t, "take it from another", assign(third, third), prokura.StaffOnly)
		want(t, "a lead takes it", assign(f.staff, f.staff), "")
		want(t, "a lead gives it to somebody with a part", assign(f.staff, f.people[three]), prokura.InvalidParameter)
		partial := f.newStaff(prokura.StaffLead)
		f.letIn(app, partial, prokura.AppAnalyst)
		want(t, "a lead with a part in it chooses who decides", assign(partial, third), prokura.ConflictOfInterest)
		want(t, "its people withdraw it", review.Withdraw(f.ctx, f.Registry, admin, app, number, f.submission(app, number).Version), "")
		want(t, "decide what was withdrawn", f.says(third, app, number, 1, prokura.ItemApproved), prokura.Conflict)
		if list, err := review.Queue(f.ctx, f.Registry, f.session(third), review.Whose{}, 10); err != nil || len(list) != 0 {
			t.Errorf("the queue: %+v, %v", list, err)
		}
	})
}

// R-REVIEW-04: what was given is confirmed once a year; its people are reminded three
// times, what they do not confirm narrows at once and to exactly that, and what was
// there without a term gets one.
func TestOngoingReview(t *testing.T) {
	const day = 24 * time.Hour
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app := f.apps[0]
		token := f.exchange(app, f.consent(f.systems[app], f.people[0], f.clients[0], f.assetsOf(f.clients[0])))
		pass := func(d time.Duration) {
			t.Helper()
			f.travel(d)
			f.must(review.Sweep(f.ctx, f.Registry))
		}
		until := func(name string) prokura.Access {
			h, err := review.HoldingsOf(f.ctx, f.Registry, f.session(f.people[three]), app)
			f.must(err)
			return h.Access[slices.IndexFunc(h.Access, func(a prokura.Access) bool { return a.Name == name })]
		}
		pass(0)
		f.subscribe(app)
		f.subscribe(f.apps[1])
		begun := until("ads_read")
		if !soon(begun.Until, f.Now().Add(365*day)) {
			t.Errorf("the first year ends %v", begun.Until.Time())
		}
		letters := func() int { return len(f.lettersOf(prokura.MailConfirmAccess)) }
		pass(304 * day)
		admin := f.session(f.people[three])
		want(t, "confirm too early", review.Confirm(f.ctx, f.Registry, admin, app, f.appRow(app).Version, review.Confirmation{Keep: []string{"ads_read"}}), prokura.InvalidParameter)
		admins := 1
		for _, step := range []struct {
			after time.Duration
			mails int
		}{{0, 0}, {2 * day, 1}, {day, 1}, {29 * day, 2}, {20 * day, 2}, {3 * day, 3}, {0, 3}} {
			pass(step.after)
			if n := letters(); n != step.mails*admins*three { // of three apps
				t.Errorf("%d reminders after another %s, want %d", n, step.after, step.mails*admins*three)
			}
		}
		admin = f.session(f.people[three])
		version := f.appRow(app).Version
		said := map[string]bool{"needed": true, "policy": true}
		want(t, "confirm without a word", review.Confirm(f.ctx, f.Registry, admin, app, version, review.Confirmation{Keep: []string{"ads_read"}}), prokura.InvalidParameter)
		want(t, "confirm nothing", review.Confirm(f.ctx, f.Registry, admin, app, version, review.Confirmation{Said: said}), prokura.InvalidParameter)
		want(t, "confirm something and nothing", review.Confirm(f.ctx, f.Registry, admin, app, version, review.Confirmation{Keep: []string{"ads_read"}, None: true, Said: said}), prokura.InvalidParameter)
		want(t, "confirm what it does not have", review.Confirm(f.ctx, f.Registry, admin, app, version, review.Confirmation{Keep: []string{"leads_retrieval"}, Said: said}), prokura.Conflict)
		keep := texts(registry.Except(fixtureScopes, []prokura.Permission{"pages_read_engagement", "ads_management"}))
		want(t, "confirm", review.Confirm(f.ctx, f.Registry, admin, app, version, review.Confirmation{Keep: append(keep, "ads_management"), Said: said}), "")
		if c := f.caller(token); f.Catalog().Has(c.Scopes(), "pages_read_engagement") || !f.Catalog().Has(c.Scopes(), "ads_read") {
			t.Errorf("given back: %v", f.Catalog().Names(c.Scopes()))
		}
		want(t, "an older page", review.Confirm(f.ctx, f.Registry, admin, app, version, review.Confirmation{Keep: keep, Said: said}), prokura.InvalidParameter)
		if a := until("ads_read"); !soon(a.Until, f.Now().Add(365*day)) || a.Since != begun.Since {
			t.Errorf("confirmed: %+v", a)
		}

		// The others were not: they are told once more on the last day (R-CARE-01), and narrow,
		// all of them and nothing else.
		pass(5 * day)
		if n := letters(); n != 3*admins*three+2*admins {
			t.Errorf("%d reminders on the last day", n)
		}
		f.sameTold("an app that confirmed", app, "advanced_access 60", "advanced_access 30", "advanced_access 7")
		f.sameTold("an app that did not", f.apps[1], "advanced_access 60", "advanced_access 30", "advanced_access 7", "advanced_access 1")
		pass(3 * day)
		if f.approved(f.apps[1], "ads_read") || !f.approved(app, "ads_read") {
			t.Errorf("overdue: %v, confirmed: %v", f.Catalog().Names(f.appRow(f.apps[1]).Advanced), f.Catalog().Names(f.appRow(app).Advanced))
		}
		if n := len(f.lettersOf(prokura.MailAccessLapsed)); n != 2*admins {
			t.Errorf("%d mails about what lapsed", n)
		}
		err := f.asks(f.apps[1], 1)
		want(t, "a stranger connects the app that lapsed", err, prokura.AppNotAvailable)
		pass(0)
		if n := len(f.lettersOf(prokura.MailAccessLapsed)); n != 2*admins {
			t.Errorf("%d mails about what lapsed, after another sweep", n)
		}
	})
}

// R-APP-02: staff stop an app or put it back, with a reason; what others gave it sleeps
// meanwhile and wakes with the end of that; its people cannot get around it.
func TestStoppedAppSleeps(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, admin, staff := f.apps[0], f.session(f.people[three]), f.session(f.staff)
		token := f.exchange(app, f.consent(f.systems[app], f.people[0], f.clients[0], f.assetsOf(f.clients[0])))
		f.letIn(app, f.people[1], prokura.AppTester)
		own := f.exchange(app, f.consent(f.personal[app], f.people[1], 0, f.assetsOf(f.clients[1])))
		served := func(token prokura.Secret) error {
			return f.MayRead(f.caller(token), prokura.ActListAssets, prokura.Subject{})
		}
		limit := func(c registry.Caller, stop prokura.AppMode) error {
			return review.Limit(f.ctx, f.Registry, c, app, f.appRow(app).Version, review.Limits{Stop: stop, Keep: texts(fixtureScopes), Reason: "It lies."})
		}
		mode := func(m prokura.AppMode) error {
			return review.SetMode(f.ctx, f.Registry, admin, app, f.appRow(app).Version, m)
		}
		want(t, "served", served(token), "")
		reviewer := f.session(f.newStaff(prokura.StaffReviewer))
		want(t, "a reviewer stops it", limit(reviewer, prokura.ModeStopped), prokura.StaffOnly)
		want(t, "stop", limit(staff, prokura.ModeStopped), "")
		want(t, "a client's token", served(token), prokura.AppStopped)
		want(t, "a token of its people", served(own), prokura.AppStopped)
		want(t, "the app's own token", f.MayRead(f.appToken(app), prokura.ActReadApp, prokura.Subject{App: app}), prokura.AppStopped)
		_, err := grants.ExchangeCode(f.ctx, f.Registry, f.appCaller(app), grants.Exchange{Code: "x", RedirectURI: "https://app.example/cb"})
		want(t, "exchange a code", err, prokura.AppStopped)
		want(t, "log in to it", f.asks(app, 1), prokura.AppNotAvailable)
		want(t, "its people go live", mode(prokura.ModeLive), prokura.InvalidParameter)
		want(t, "give up power", grants.RevokeToken(f.ctx, f.Registry, f.appCaller(app), own), "")
		want(t, "put it back instead", limit(staff, prokura.ModeDevelopment), "")
		want(t, "a client's token in development", served(token), prokura.AppModeDevelopment)
		want(t, "its people go live against staff", mode(prokura.ModeLive), prokura.InvalidParameter)
		want(t, "its people stop it", mode(prokura.ModeStopped), prokura.InvalidParameter)
		h, err := review.HoldingsOf(f.ctx, f.Registry, admin, app)
		if err != nil || h.Stop() == nil || h.Stop().Reason != "It lies." || len(h.Stops) != 2 {
			t.Errorf("its people read %+v, %v", h.Stops, err)
		}
		want(t, "let it go on", limit(staff, ""), "")
		want(t, "its people go live", mode(prokura.ModeLive), "")
		want(t, "the client's token works again", served(token), "")
		old := f.appRow(app).Version
		want(t, "back to development", mode(prokura.ModeDevelopment), "")
		want(t, "with an older page", review.SetMode(f.ctx, f.Registry, admin, app, old, prokura.ModeLive), prokura.Conflict)
		f.must(apps.Update(f.ctx, f.Registry, admin, app, f.appRow(app).Version, func(a *prokura.App) error { a.Settings.PrivacyPolicyURL = ""; return nil }))
		want(t, "without a privacy policy", mode(prokura.ModeLive), prokura.InvalidParameter)
		if n := len(f.lettersOf(prokura.MailAppStopped)) + len(f.lettersOf(prokura.MailAppReleased)); n != 3 {
			t.Errorf("%d mails about two stops and their end", n)
		}
	})
}
