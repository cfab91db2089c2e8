package prokura_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/prokura/prokura"
)

// R-REVIEW-03: whatever happens in whatever order, nothing that two have to agree to is
// approved without two different people who had no hand in it and read the same text.
func TestSubmissionStates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := prokura.Submission{Status: prokura.SubmissionDraft, CreatedBy: 1}
		kinds := []prokura.ItemKind{prokura.ItemPermission, prokura.ItemFeature, prokura.ItemLevel}
		said := map[int64]map[prokura.ID]bool{} // who said yes to an item's present text
		sent, final := false, map[int64]prokura.ItemOutcome{}
		for i := range rapid.IntRange(1, 40).Draw(t, "acts") {
			at := prokura.Instant(i + 1)
			number := rapid.Int64Range(0, 4).Draw(t, "item")
			switch rapid.SampledFrom([]string{"add", "drop", "send", "judge", "judge", "judge", "judge", "answer", "withdraw"}).Draw(t, "act") {
			case "add":
				if e := s.Add(rapid.SampledFrom(kinds).Draw(t, "kind"), fmt.Sprint("n", number)); (e == nil) != (s.Status == prokura.SubmissionDraft) {
					t.Fatalf("added to a %s submission: %v", s.Status, e)
				}
			case "drop":
				if e := s.Drop(number); e == nil && s.Status != prokura.SubmissionDraft {
					t.Fatalf("taken out of a %s submission", s.Status)
				}
			case "send":
				if e := s.Send(2, at); (e == nil) == sent {
					t.Fatalf("sent, while it was sent: %t", sent)
				}
				sent = true
			case "answer":
				i, _ := s.Item(number)
				asked := i != nil && i.Outcome == prokura.ItemAsked && s.Status == prokura.SubmissionSent
				if e := s.Answer(number, "anew", "", nil); (e == nil) != asked {
					t.Fatalf("answered: %v", e)
				} else if e == nil {
					said[number] = nil
				}
			case "withdraw":
				if e := s.Withdraw(at); e == nil && s.Undecided() == 0 && len(s.Items) > 0 {
					t.Fatal("withdrawn with nothing left to decide")
				}
			case "judge":
				v := prokura.Verdict{Item: number, By: rapid.SampledFrom([]prokura.ID{0, 1, 2, 3, 4, 5}).Draw(t, "by"), At: at, Words: rapid.SampledFrom([]string{"", "because"}).Draw(t, "words"),
					Reason:  rapid.SampledFrom([]string{"", "needed", "too_much", "use_unclear", "other", "nothing"}).Draw(t, "reason"),
					Outcome: rapid.SampledFrom([]prokura.ItemOutcome{prokura.ItemApproved, prokura.ItemApproved, prokura.ItemRefused, prokura.ItemAsked, prokura.ItemOpen, ""}).Draw(t, "outcome")}
				before := s.Status
				approved, e := s.Judge(v)
				if e != nil {
					continue
				}
				if before != prokura.SubmissionSent || v.By < 3 || v.Outcome == prokura.ItemOpen || v.Outcome == "" {
					t.Fatalf("judged in state %s by %d: %s", before, v.By, v.Outcome)
				}
				item, _ := s.Item(number)
				if v.Outcome == prokura.ItemAsked {
					said[number] = nil
				}
				if v.Outcome == prokura.ItemApproved {
					if said[number] == nil {
						said[number] = map[prokura.ID]bool{}
					}
					said[number][v.By] = true
				}
				if approved != (v.Outcome == prokura.ItemApproved && len(said[number]) >= item.Kind.Deciders()) {
					t.Fatalf("approved: %t, after a yes of %v to a %s", approved, said[number], item.Kind)
				}
			}
			for _, item := range s.Items {
				if o, ok := final[item.Number]; ok && sent && o != item.Outcome {
					t.Fatalf("item %d was %s and is %s", item.Number, o, item.Outcome)
				}
				if item.Outcome.Final() {
					final[item.Number] = item.Outcome
				}
			}
			if (s.Status == prokura.SubmissionDecided) != (sent && len(s.Items) > 0 && s.Undecided() == 0 && s.Ended != 0) && s.Status != prokura.SubmissionWithdrawn {
				t.Fatalf("%s with %d undecided of %d", s.Status, s.Undecided(), len(s.Items))
			}
		}
	})
}

// R-REVIEW-01: what is missing is said before, point by point; an app without an
// interface needs fewer, and its text may stand for both.
func TestMissingToSend(t *testing.T) {
	cat := prokura.DefaultCatalog()
	ready := prokura.App{Level: prokura.LevelDevelopment, Settings: prokura.AppSettings{PrivacyPolicyURL: "https://a.example/", Icon: "data:", Category: "x", SiteURL: "https://a.example/"}}
	items := func(list ...prokura.SubmissionItem) prokura.Submission { return prokura.Submission{Items: list} }
	ads := prokura.SubmissionItem{Number: 1, Kind: prokura.ItemPermission, Name: "ads_read", Use: "reports", How: "insights"}
	level := func(name string, answers map[string]string) prokura.SubmissionItem {
		return prokura.SubmissionItem{Number: 2, Kind: prokura.ItemLevel, Name: name, Use: "we grow", Answers: answers}
	}
	all := map[string]string{"clients": "a", "spend": "b", "model": "c", "limits": "d"}
	basic := ready
	basic.Level = prokura.LevelBasic
	for name, tt := range map[string]struct {
		app   prokura.App
		s     prokura.Submission
		held  []prokura.Access
		met   bool
		files int
		want  []prokura.LackOf
	}{
		"nothing": {app: ready, want: []prokura.LackOf{prokura.LackItems}},
		"all":     {app: prokura.App{}, s: items(prokura.SubmissionItem{Number: 1, Kind: prokura.ItemFeature, Name: "Human Agent", Use: " \n"}), want: []prokura.LackOf{prokura.LackUse, prokura.LackHow, prokura.LackPolicy, prokura.LackIcon, prokura.LackCategory, prokura.LackSite, prokura.LackInstructions, prokura.LackFilm}},
		"server":  {app: ready, s: prokura.Submission{NoInterface: true, Items: []prokura.SubmissionItem{{Number: 1, Kind: prokura.ItemPermission, Name: "ads_read", Use: "reports"}}}},
		"browser": {app: ready, s: items(ads), files: 1, want: []prokura.LackOf{prokura.LackInstructions}},
		"held":    {app: ready, s: prokura.Submission{NoInterface: true, Items: []prokura.SubmissionItem{ads}}, held: []prokura.Access{{Kind: prokura.ItemPermission, Name: "ads_read"}}, want: []prokura.LackOf{prokura.LackHeld}},
		"lapsed":  {app: ready, s: prokura.Submission{NoInterface: true, Items: []prokura.SubmissionItem{ads}}, held: []prokura.Access{{Kind: prokura.ItemPermission, Name: "ads_read", Lapsed: 5}}},
		"retired": {app: ready, s: prokura.Submission{NoInterface: true, Items: []prokura.SubmissionItem{{Number: 1, Kind: prokura.ItemPermission, Name: "manage_pages"}, {Number: 2, Kind: prokura.ItemPermission, Name: "email"},
			{Number: 3, Kind: prokura.ItemFeature, Name: "ads_read"}, {Number: 4, Kind: "other", Name: "ads_read"}}}, want: []prokura.LackOf{prokura.LackRetired, prokura.LackRetired, prokura.LackRetired, prokura.LackRetired, prokura.LackSite}},
		"level below": {app: prokura.App{Level: prokura.LevelDevelopment}, s: items(level("basic", nil)), want: []prokura.LackOf{prokura.LackCriteria}},
		"level":       {app: prokura.App{Level: prokura.LevelDevelopment}, s: items(level("basic", nil)), met: true},
		"skipped":     {app: ready, s: items(level("standard", all)), met: true, want: []prokura.LackOf{prokura.LackLevel}},
		"again":       {app: basic, s: items(level("basic", nil)), met: true, want: []prokura.LackOf{prokura.LackLevel}},
		"standard":    {app: basic, s: items(level("standard", map[string]string{"clients": "a"})), met: true, want: []prokura.LackOf{prokura.LackAnswer, prokura.LackAnswer, prokura.LackAnswer}},
		"answered":    {app: basic, s: items(level("standard", all)), met: true},
	} {
		app := tt.app
		if name == "retired" {
			app.Settings.SiteURL = ""
		}
		var got []prokura.LackOf
		for _, l := range cat.MissingToSend(app, &tt.s, tt.held, tt.met, tt.files) {
			got = append(got, l.What)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
	open := *cat
	open.Reviews.BelowCriteria = true
	s := items(level("basic", nil))
	if l := open.MissingToSend(prokura.App{Level: prokura.LevelDevelopment}, &s, nil, false, 0); len(l) != 0 {
		t.Errorf("where the operator allows it: %v", l)
	}
}

// Days of a decision: working days leave Saturdays and Sundays out, whatever the day on
// which it was sent.
func TestReviewTime(t *testing.T) {
	friday := prokura.InstantOf(time.Date(2026, 11, 27, 15, 0, 0, 0, time.UTC))
	for _, tt := range []struct {
		takes prokura.ReviewTime
		sent  time.Duration
		want  string
	}{
		{prokura.ReviewTime{Days: 3, Workday: true}, 0, "2026-12-02 15:00"},
		{prokura.ReviewTime{Days: 3, Workday: true}, 24 * time.Hour, "2026-12-02 15:00"},
		{prokura.ReviewTime{Days: 3, Workday: true}, 72 * time.Hour, "2026-12-03 15:00"},
		{prokura.ReviewTime{Days: 14}, 0, "2026-12-11 15:00"},
		{prokura.ReviewTime{}, 0, "2026-11-27 15:00"},
	} {
		if got := tt.takes.Due(friday.Add(tt.sent)).Time().Format("2006-01-02 15:04"); got != tt.want {
			t.Errorf("%+v after %s: %s, want %s", tt.takes, tt.sent, got, tt.want)
		}
	}
	cat := prokura.DefaultCatalog()
	source, _ := cat.Rules(prokura.RulesSource)
	if l := cat.Under(source).Level(prokura.LevelBasic); l.Expected != (prokura.ReviewTime{Days: 3, Workday: true}) {
		t.Errorf("basic takes %+v", l.Expected)
	}
	own := prokura.RateRules{Expected: map[prokura.Level]prokura.ReviewTime{prokura.LevelStandard: {Days: 30}}}
	if l := cat.Under(&own).Level(prokura.LevelStandard); l.Expected.Days != 30 || cat.Level(prokura.LevelStandard).Expected.Days != 14 || cat.Under(&own).Level(prokura.LevelBasic).Criteria.Calls != 1000 {
		t.Errorf("under other rules standard takes %+v", l.Expected)
	}
	if n := len(cat.ConfirmationOf(prokura.App{Type: prokura.AppBusiness})); n == 0 || n >= len(cat.ConfirmationOf(prokura.App{Type: prokura.AppConsumer})) {
		t.Errorf("R-REVIEW-04: apps with Login for Business answer %d questions", n)
	}
}
