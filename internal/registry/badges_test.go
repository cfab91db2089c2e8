package registry_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/history"
	"github.com/prokura/prokura/internal/registry/partners"
	"github.com/prokura/prokura/internal/registry/review"
	"github.com/prokura/prokura/internal/store"
)

// listed are the names in the list of partners, over all its pages.
func (f *fixture) listed(q partners.Query) (names []string) {
	f.t.Helper()
	for {
		list, more, err := partners.List(f.ctx, f.Registry, q)
		f.must(err)
		for _, n := range list {
			names = append(names, n.App.Name)
		}
		if q.After = more; more == 0 {
			return names
		}
	}
}

// setLevel gives an app a level without anybody's decision.
func (f *fixture) setLevel(app prokura.ID, level prokura.Level) {
	f.t.Helper()
	f.must(f.change(func(tx *store.Tx) error {
		a, err := tx.App(app)
		if a.Level = level; err != nil {
			return err
		}
		return tx.UpdateApp(a)
	}, registry.EntityOf(registry.OfApp, app)))
}

// R-REVIEW-05: an app of standard level is put forward by its people or by staff, a lead
// who has no part in that decides, and what was given is shown as long as the app is live,
// of standard level and the one that was looked at.
func TestPartnerProgramme(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, admin := f.apps[0], f.session(f.people[three])
		lead, other, reviewer := f.newStaff(prokura.StaffLead), f.newStaff(prokura.StaffLead), f.newStaff(prokura.StaffReviewer)
		nominate := func(c registry.Caller, words string, keys ...string) error {
			return partners.Nominate(f.ctx, f.Registry, c, app, keys, words)
		}
		of := func() *partners.Standing {
			t.Helper()
			s, err := partners.Of(f.ctx, f.Registry, f.session(lead), app)
			f.must(err)
			return s
		}
		decide := func(by prokura.ID, given bool, reason string) error {
			s := of()
			v := partners.Decision{Face: s.App.Face(), Given: given, Reason: reason}
			if s.Open != nil {
				v.Number = s.Open.Number
			}
			return partners.Decide(f.ctx, f.Registry, f.session(by), app, v)
		}
		badge := func() string {
			t.Helper()
			keys, err := registry.View(f.ctx, f.Registry, func(tx *store.View) ([]string, error) {
				a, err := tx.App(app)
				if err != nil {
					return nil, err
				}
				return tx.Badge(a)
			})
			f.must(err)
			return strings.Join(keys, " ")
		}
		shown := func(when, keys string) {
			t.Helper()
			if got := badge(); got != keys {
				t.Errorf("%s the badge says %q, want %q", when, got, keys)
			}
			if listed := slices.Contains(f.listed(partners.Query{}), f.appRow(app).Name); listed != (keys != "") {
				t.Errorf("%s it is in the list: %t", when, listed)
			}
			if s := of(); s.Shown != (keys != "") {
				t.Errorf("%s its page says that it is shown: %t", when, s.Shown)
			}
		}

		f.setLevel(app, prokura.LevelBasic)
		want(t, "of basic level", nominate(admin, "We are good.", "campaigns"), prokura.InvalidParameter)
		f.setLevel(app, prokura.LevelStandard)
		developer := f.newPerson()
		f.letIn(app, developer, prokura.AppDeveloper)
		want(t, "by a developer", nominate(f.session(developer), "We are good.", "campaigns"), prokura.RoleMissing)
		want(t, "by a stranger", nominate(f.session(f.people[0]), "We are good.", "campaigns"), prokura.NotFound)
		want(t, "without a speciality", nominate(admin, "We are good."), prokura.InvalidParameter)
		want(t, "with one that is none", nominate(admin, "We are good.", "magic"), prokura.InvalidParameter)
		want(t, "without a reason", nominate(admin, " ", "campaigns"), prokura.InvalidParameter)
		want(t, "nominate", nominate(admin, "We are good.", "measurement", "campaigns", "campaigns"), "")
		want(t, "nominate again", nominate(admin, "Very good.", "campaigns"), prokura.AlreadyRequested)
		shown("before anybody decided", "")

		want(t, "a reviewer decides", decide(reviewer, true, "Fine."), prokura.StaffOnly)
		want(t, "the app's people decide", decide(f.people[three], true, "Fine."), prokura.StaffOnly)
		insider := f.newStaff(prokura.StaffLead)
		f.letIn(app, insider, prokura.AppAnalyst)
		want(t, "a lead with a role decides", decide(insider, true, "Fine."), prokura.ConflictOfInterest)
		want(t, "without a reason", decide(lead, false, ""), prokura.InvalidParameter)
		want(t, "refuse", decide(lead, false, "Not yet."), "")
		want(t, "decide about nothing", decide(lead, true, "Fine."), prokura.Conflict)
		shown("refused", "")
		if to := f.mailedTo(prokura.MailPartnerDecided); !slices.Contains(to, mailOf(f.people[three])) {
			t.Errorf("told of the decision: %v", to)
		}

		propose := func(by prokura.ID) error {
			return partners.Propose(f.ctx, f.Registry, f.session(by), app, []string{"campaigns", "leads"}, "Everybody asks for it.")
		}
		want(t, "its people propose as staff", propose(f.people[three]), prokura.StaffOnly)
		want(t, "a lead with a role proposes", propose(insider), prokura.ConflictOfInterest)
		want(t, "a lead proposes", propose(lead), "")
		want(t, "who proposed decides", decide(lead, true, "Fine."), prokura.ConflictOfInterest)
		if to := f.mailedTo(prokura.MailPartnerProposed); !slices.Contains(to, mailOf(f.people[three])) {
			t.Errorf("told that it was put forward: %v", to)
		}
		if s, err := partners.Of(f.ctx, f.Registry, admin, app); err != nil || s.MadeBy != "" || s.Open == nil {
			t.Errorf("its people are told who of the staff it was: %+v, %v", s, err)
		}
		stale := of()
		f.must(apps.Update(f.ctx, f.Registry, admin, app, f.appRow(app).Version, func(a *prokura.App) error { a.Name = "Another"; return nil }))
		want(t, "of another name than was shown", partners.Decide(f.ctx, f.Registry, f.session(other), app, partners.Decision{Number: stale.Open.Number, Face: stale.App.Face(), Given: true, Reason: "Fine."}), prokura.Conflict)
		want(t, "of a name that nobody confirmed", decide(other, true, "Fine."), prokura.InvalidParameter)
		confirm := func() {
			t.Helper()
			for _, by := range []prokura.ID{lead, other} {
				_, err := review.ConfirmIdentity(f.ctx, f.Registry, f.session(by), app, f.appRow(app).Version)
				f.must(err)
			}
		}
		confirm()
		want(t, "give", decide(other, true, "Well made."), "")
		shown("given", "campaigns leads")
		if got := f.listed(partners.Query{Search: "ANOTH", Speciality: "leads"}); !slices.Equal(got, []string{"Another"}) {
			t.Errorf("found: %v", got)
		}
		for _, q := range []partners.Query{{Search: "%"}, {Search: "zzz"}, {Speciality: "creative"}, {Speciality: `leads"`}, {Speciality: "lea"}, {Search: strings.Repeat("a", 500)}} {
			if got := f.listed(q); len(got) != 0 {
				t.Errorf("%+v finds %v", q, got)
			}
		}
		want(t, "other specialities", nominate(admin, "We do reports.", "measurement"), "")
		shown("while that waits", "campaigns leads")
		want(t, "give these", decide(other, true, "So it is."), "")
		shown("given anew", "measurement")

		// What takes it off, at once, and brings it back or does not.
		limit := func(stop prokura.AppMode) {
			t.Helper()
			want(t, "limit", review.Limit(f.ctx, f.Registry, f.session(lead), app, f.appRow(app).Version, review.Limits{Stop: stop, Keep: texts(fixtureScopes), Reason: "abuse"}), "")
		}
		mode := func(to prokura.AppMode) {
			t.Helper()
			f.must(f.change(func(tx *store.Tx) error {
				a, err := tx.App(app)
				if a.Mode = to; err != nil {
					return err
				}
				return tx.UpdateApp(a)
			}, registry.EntityOf(registry.OfApp, app)))
		}
		limit(prokura.ModeStopped)
		shown("stopped", "")
		limit("")
		shown("back in development", "")
		mode(prokura.ModeLive)
		shown("live again", "measurement")
		rename := func(name string) {
			t.Helper()
			f.must(apps.Update(f.ctx, f.Registry, admin, app, f.appRow(app).Version, func(a *prokura.App) error { a.Name = name; return nil }))
		}
		rename("Big Bank")
		shown("with another name", "")
		confirm()
		shown("with another name that was confirmed, not as a partner's", "")
		rename("Another")
		confirm()
		shown("as it was", "measurement")
		want(t, "lower", review.Decide(f.ctx, f.Registry, f.session(lead), app, f.appRow(app).Version, review.Decision{Outcome: prokura.StepLowered, Level: prokura.LevelBasic, Reason: "Too many errors."}), "")
		shown("lowered", "")
		f.setLevel(app, prokura.LevelStandard)
		shown("raised again", "")
		if s := of(); s.Given != nil || s.Earlier[0].Status != prokura.NominationEnded || s.Earlier[0].Reason != "Too many errors." {
			t.Errorf("its page says %+v", s.Earlier[0])
		}

		// Its people leave, staff end it, and it goes with its owner.
		again := func() {
			t.Helper()
			f.travel(time.Hour + time.Minute)
			admin = f.session(f.people[three])
			want(t, "nominate", nominate(admin, "Again.", "content"), "")
			want(t, "give", decide(other, true, "Again."), "")
			shown("once more", "content")
		}
		again()
		want(t, "a developer leaves", partners.Leave(f.ctx, f.Registry, f.session(developer), app), prokura.RoleMissing)
		want(t, "leave", partners.Leave(f.ctx, f.Registry, admin, app), "")
		shown("left", "")
		want(t, "leave what is left", partners.Leave(f.ctx, f.Registry, admin, app), prokura.Conflict)
		want(t, "nominate", nominate(admin, "Hm.", "content"), "")
		want(t, "take it back", partners.Leave(f.ctx, f.Registry, admin, app), "")
		want(t, "decide about what was taken back", decide(other, true, "Fine."), prokura.Conflict)
		again()
		want(t, "a reviewer ends it", partners.Remove(f.ctx, f.Registry, f.session(reviewer), app, "No."), prokura.StaffOnly)
		want(t, "end it without a reason", partners.Remove(f.ctx, f.Registry, f.session(lead), app, ""), prokura.InvalidParameter)
		f.must(apps.SetRole(f.ctx, f.Registry, admin, app, mailOf(lead), prokura.AppAnalyst)) // keeps nobody from it
		want(t, "end it", partners.Remove(f.ctx, f.Registry, f.session(lead), app, "It misleads."), "")
		shown("ended", "")
		again()
		f.askFor(f.people[2], f.clients[2], app, true, prokura.RequestPending)
		f.must(businesses.ConfirmRequest(f.ctx, f.Registry, admin, f.openRequest(app).ID))
		shown("with another owner", "")
		f.must(apps.Delete(f.ctx, f.Registry, f.session(f.people[2]), app))
		if got := f.listed(partners.Query{}); len(got) != 0 {
			t.Errorf("deleted, the list has %v", got)
		}

		// Within an hour so many, and the journal tells both sides.
		for i := range 7 {
			want(t, fmt.Sprint("nomination ", i), partners.Nominate(f.ctx, f.Registry, admin, f.apps[1], []string{"content"}, "x"), map[bool]prokura.Reason{true: prokura.LimitReached}[i >= 5])
			_ = partners.Leave(f.ctx, f.Registry, admin, f.apps[1])
		}
		if text := strings.Join(f.lines(f.people[three], history.Scope{App: f.apps[1]}, history.Query{Kind: history.KindReview}), "\n"); !strings.Contains(text, "Provider Person put App 1 forward as a partner") || !strings.Contains(text, "took App 1 out") {
			t.Errorf("its people read\n%s", text)
		}
	})
}

// R-REVIEW-05: the list of partners has pages that follow each other without a gap or a
// repetition, past apps that are another than the one that was looked at.
func TestListOfPartners(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		var wanted []string
		f.must(f.change(func(tx *store.Tx) error {
			for i := range 90 {
				id, err := tx.NewID(prokura.NodeApp, 0)
				if err != nil {
					return err
				}
				a := prokura.App{ID: id, Name: fmt.Sprintf("Partner %03d", (i*37)%90/2), Type: prokura.AppBusiness, Business: f.provider, Owner: f.people[three], Mode: prokura.ModeLive, Level: prokura.LevelStandard,
					Generation: 1, SecretGeneration: 1, Version: 1, Created: f.Now()}
				if err := tx.AddApp(a); err != nil {
					return err
				}
				if err := tx.AddNomination(prokura.Nomination{App: id, Specialities: []string{"content"}, Words: "x", Made: f.Now()}); err != nil {
					return err
				}
				n := prokura.Nomination{App: id, Number: 1, Status: prokura.NominationGiven, Face: a.Face(), Decided: f.Now()}
				if i%3 == 0 {
					n.Face = "another"
				} else {
					wanted = append(wanted, a.Name)
				}
				if err := tx.UpdateNomination(n); err != nil {
					return err
				}
			}
			return nil
		}))
		slices.Sort(wanted)
		if got := f.listed(partners.Query{}); !slices.Equal(got, wanted) {
			t.Errorf("the list has %d: %v\nwant %d", len(got), got, len(wanted))
		}
		first, more, err := partners.List(f.ctx, f.Registry, partners.Query{})
		if err != nil || len(first) != 24 || more == 0 {
			t.Errorf("the first page has %d, %v", len(first), err)
		}
		if list, more, err := partners.List(f.ctx, f.Registry, partners.Query{After: 4711}); err != nil || len(list) != 0 || more != 0 {
			t.Errorf("after an app that there is not: %d, %v", len(list), err)
		}
	})
}
