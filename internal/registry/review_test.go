package registry_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/activity"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/review"
	"github.com/prokura/prokura/internal/registry/systemusers"
	"github.com/prokura/prokura/internal/store"
)

var pageName, listName = "GET page", "GET person/accounts"

// called counts calls of an app, as the API does.
func (f *fixture) called(app prokura.ID, edge *string, code, calls int) {
	for range calls {
		f.Calls.Add(activity.Key{App: app, Edge: edge, Code: code}, time.Millisecond)
	}
}

// start puts an app at a level.
func (f *fixture) start(app prokura.ID, level prokura.Level) {
	f.t.Helper()
	if err := f.change(func(tx *store.Tx) error {
		a, err := tx.App(app)
		if err != nil {
			return err
		}
		a.Level = level
		return tx.UpdateApp(a)
	}, registry.EntityOf(registry.OfApp, app)); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) standing(app prokura.ID) *review.Standing {
	f.t.Helper()
	s, err := review.Of(f.ctx, f.Registry, f.session(f.staff), app)
	if err != nil {
		f.t.Fatal(err)
	}
	return s
}

func (f *fixture) decide(app prokura.ID, outcome prokura.StepOutcome, level prokura.Level) error {
	f.t.Helper()
	return review.Decide(f.ctx, f.Registry, f.session(f.staff), app, f.appRow(app).Version, review.Decision{Outcome: outcome, Level: level, Reason: " well \n"})
}

// R-LEVEL-01: levels are asked for and given one after the other, a refusal keeps
// what is held, and whoever decides says why. R-LEVEL-02: who asks has reached what
// is counted.
func TestLevels(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, other := f.apps[0], f.apps[1]
		admin, staff := f.session(f.people[three]), f.session(f.staff)
		f.start(app, prokura.LevelDevelopment)
		answers := map[string]string{"clients": "shops", "spend": "much", "model": "a fee", "limits": "25 ad accounts"}
		ask := func(note string) error { return review.AskLevel(f.ctx, f.Registry, admin, app, note, answers) }

		want(t, "ask with no calls", ask("please"), prokura.InvalidParameter)
		f.called(app, &pageName, 0, 999)
		want(t, "ask one call before", ask("please"), prokura.InvalidParameter)
		f.called(other, &pageName, 0, 5000)
		want(t, "ask with another one's calls", ask("please"), prokura.InvalidParameter)
		f.called(app, &listName, 0, 1)
		f.called(app, &listName, 100, 112)
		want(t, "ask with ten percent of errors", ask("please"), prokura.InvalidParameter)
		f.called(app, &listName, 0, 9)
		f.called(app, &listName, prokura.CodeUnavailable, 500) // no fault of the app
		if s := f.standing(app); !s.Met || s.Record != (prokura.Record{Calls: 1009, Errors: 112}) || s.Next.Level != prokura.LevelBasic || !s.MayAsk() {
			t.Errorf("before asking: %+v", s)
		}
		f.letIn(other, f.staff, prokura.AppTester) // staff see what they decide about, whatever their role
		if _, err := review.Of(f.ctx, f.Registry, f.session(f.staff), other); err != nil {
			t.Errorf("staff who test the app: %v", err)
		}
		want(t, "ask at length", ask(strings.Repeat("é", 4001)), prokura.InvalidParameter)
		developer := f.newPerson()
		f.letIn(app, developer, prokura.AppDeveloper)
		want(t, "a developer asks", review.AskLevel(f.ctx, f.Registry, f.session(developer), app, "x", nil), prokura.RoleMissing)
		want(t, "a stranger asks", review.AskLevel(f.ctx, f.Registry, f.session(f.people[0]), app, "x", nil), prokura.NotFound)
		_, err := review.Of(f.ctx, f.Registry, f.session(f.people[0]), app)
		want(t, "a stranger looks", err, prokura.NotFound)
		_, err = review.ActivityOf(f.ctx, f.Registry, f.session(f.people[0]), app, 30)
		want(t, "a stranger looks at the calls", err, prokura.NotFound)

		var together sync.WaitGroup
		won := make([]error, 6)
		for i := range won {
			together.Go(func() { won[i] = ask("please") })
		}
		together.Wait()
		if n := len(slices.DeleteFunc(won, func(err error) bool { return err != nil })); n != 1 {
			t.Errorf("%d of those who ask together are heard", n)
		}
		want(t, "ask again", ask("please"), prokura.AlreadyRequested)
		if list, err := review.Queue(f.ctx, f.Registry, staff, review.Whose{}, 5); err != nil || len(list) != 1 || list[0].Items[0].Use != "please" || list[0].App != "App 0" ||
			list[0].Due <= f.Now().Add(2*24*time.Hour) || list[0].Due > f.Now().Add(6*24*time.Hour) { // three working days
			t.Errorf("waiting: %+v, %v", list, err)
		}
		_, err = review.Queue(f.ctx, f.Registry, admin, review.Whose{}, 5)
		want(t, "the app's people look at who waits", err, prokura.StaffOnly)

		version := f.appRow(app).Version
		decide := func(c registry.Caller, v review.Decision) error {
			return review.Decide(f.ctx, f.Registry, c, app, version, v)
		}
		f.staffIs(prokura.StaffReviewer)
		if list, err := review.Queue(f.ctx, f.Registry, f.session(f.staff), review.Whose{}, 5); err != nil || len(list) != 1 {
			t.Errorf("a reviewer sees who waits: %+v, %v", list, err)
		}
		if _, err := review.Of(f.ctx, f.Registry, f.session(f.staff), app); err != nil {
			t.Errorf("a reviewer looks at the app: %v", err)
		}
		want(t, "a reviewer decides about a level", decide(f.session(f.staff), review.Decision{Outcome: prokura.StepRaised, Level: prokura.LevelBasic, Reason: "well"}), prokura.StaffOnly)
		want(t, "a reviewer sets the mode", review.Limit(f.ctx, f.Registry, f.session(f.staff), app, version, review.Limits{Reason: "well"}), prokura.StaffOnly)
		f.staffIs(prokura.StaffLead)
		raise := review.Decision{Outcome: prokura.StepRaised, Level: prokura.LevelBasic, Reason: "well"}
		want(t, "the app's people decide", decide(admin, raise), prokura.StaffOnly)
		want(t, "without a reason", decide(staff, review.Decision{Outcome: prokura.StepRaised, Level: prokura.LevelBasic, Reason: " \n"}), prokura.InvalidParameter)
		want(t, "skip a level", f.decide(app, prokura.StepRaised, prokura.LevelStandard), prokura.InvalidParameter)
		want(t, "lower the lowest", f.decide(app, prokura.StepLowered, prokura.LevelDevelopment), prokura.InvalidParameter)
		want(t, "refuse", f.decide(app, prokura.StepRefused, ""), "")
		s := f.standing(app)
		if s.Held.Level != prokura.LevelDevelopment || s.Open != nil || len(s.Steps) != 1 || s.Steps[0].Note != "please" || s.Steps[0].Reason != "well" ||
			s.Steps[0].Record.Errors != 112 || s.Steps[0].Decider != f.staff || !s.MayAsk() {
			t.Errorf("refused: %+v", s)
		}
		want(t, "a form that is older than the refusal", decide(staff, raise), prokura.Conflict)
		want(t, "ask without a word", ask(" "), prokura.InvalidParameter)
		want(t, "ask once more", ask("once more"), "")
		want(t, "raise", f.decide(app, prokura.StepRaised, prokura.LevelBasic), "")
		if a := f.appRow(app); a.Level != prokura.LevelBasic {
			t.Errorf("raised to %s", a.Level)
		}
		model := answers["model"]
		answers["model"] = ""
		want(t, "ask for standard without an answer", ask("grow"), prokura.InvalidParameter)
		answers["model"] = model
		want(t, "ask for standard", ask("grow"), "")
		want(t, "raise to standard", f.decide(app, prokura.StepRaised, prokura.LevelStandard), "")
		want(t, "ask at the top", ask("more"), prokura.InvalidParameter)
		want(t, "refuse at the top", f.decide(app, prokura.StepRefused, ""), prokura.InvalidParameter)
		want(t, "lower", f.decide(app, prokura.StepLowered, prokura.LevelDevelopment), "")
		if s := f.standing(app); s.Held.Level != prokura.LevelDevelopment || len(s.Steps) != 4 || s.Steps[0].Outcome != prokura.StepLowered || s.Steps[0].Asked != 0 {
			t.Errorf("lowered: %+v", s)
		}
		if n := len(f.lettersOf(prokura.MailLevelDecided)); n != 4 {
			t.Errorf("%d mails about 4 decisions", n)
		}

		test, err := apps.CreateTest(f.ctx, f.Registry, admin, app, "Test")
		f.must(err)
		want(t, "a test app asks", review.AskLevel(f.ctx, f.Registry, admin, test, "x", nil), prokura.InvalidParameter)
	})
}

// R-LEVEL-02: what counts are the last thirty days, today included, and each call
// counts for the day on which it was made, however the clock goes on.
func TestCallsOfDays(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app := f.apps[0]
		f.start(app, prokura.LevelDevelopment)
		const day = 24 * time.Hour
		f.travel(day - time.Duration(int64(f.Now())%int64(day/time.Millisecond))*time.Millisecond + time.Hour) // an hour past midnight
		first := prokura.DayOf(f.Now())
		f.called(app, &pageName, 0, 700)
		f.travel(29 * day)
		f.called(app, &pageName, 0, 300)
		f.called(app, &listName, 190, 2)
		if s := f.standing(app); s.Record != (prokura.Record{Calls: 1000, Errors: 2}) || !s.Met {
			t.Errorf("on the thirtieth day: %+v", s.Record)
		}
		a, err := review.ActivityOf(f.ctx, f.Registry, f.session(f.people[three]), app, 30)
		f.must(err)
		if len(a.Days) != 30 || a.First != first || a.Days[0].Calls != 700 || a.Days[1].Calls != 0 || a.Days[29].Calls != 302 || a.Days[29].Codes[190] != 2 || a.Days[0].Micros != 700_000 {
			t.Errorf("days: %+v", a.Days)
		}
		if len(a.Edges) != 2 || a.Edges[0].Edge != pageName || a.Edges[0].Calls != 1000 || a.Edges[1].Errors != 2 || a.Edges[0].Days[0].Calls != 700 || a.Calls != 1002 || a.Errors != 2 {
			t.Errorf("edges: %+v, %+v", a.Edges, a.Outcomes)
		}
		f.travel(day)
		if s := f.standing(app); s.Record != (prokura.Record{Calls: 300, Errors: 2}) || s.Met || s.Criteria[0].Missing != 700 {
			t.Errorf("a day later: %+v", s)
		}
	})
}

// What was called until an orderly stop is there afterwards; what was planted for
// development goes back to its seed.
func TestCallsSurvive(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app := f.apps[0]
		f.start(app, prokura.LevelDevelopment)
		f.called(app, &pageName, 0, 3)
		f.must(f.Registry.Close())
		f.Registry = f.open(0)
		if s := f.standing(app); s.Record.Calls != 3 {
			t.Errorf("after a stop: %+v", s.Record)
		}
		f.called(app, &pageName, 0, 4)
		f.must(f.Registry.Restart(func() error { return nil }))
		if s := f.standing(app); s.Record.Calls != 3 {
			t.Errorf("what was called before the world began anew: %+v", s.Record)
		}
	})
}

// R-SU-02: a lower level takes nothing away and lets nothing new in.
func TestLowerLevelKeeps(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		boss := f.session(f.people[three])
		for _, app := range f.apps {
			f.start(app, prokura.LevelBasic)
		}
		make := func(name string) error {
			_, err := systemusers.Create(f.ctx, f.Registry, boss, f.provider, name, prokura.SystemUserEmployee)
			return err
		}
		want(t, "the first", make("One"), "")
		want(t, "the second", make("Two"), "")
		for _, app := range f.apps {
			want(t, "lower", f.decide(app, prokura.StepLowered, prokura.LevelDevelopment), "")
		}
		want(t, "the third", make("Three"), prokura.SystemUserLimit)
		list, err := systemusers.List(f.ctx, f.Registry, boss, f.provider, 0, false, 10, false)
		f.must(err)
		if len(list.Users) != 2 {
			t.Errorf("%d system users are left", len(list.Users))
		}
	})
}
