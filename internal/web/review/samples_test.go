package review

import (
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/review"
	"github.com/prokura/prokura/internal/web/apps"
	"github.com/prokura/prokura/internal/web/kit"
	"github.com/prokura/prokura/internal/web/kit/kittest"
)

// TestEveryPage draws at least one sample of every page, and the states that differ
// most.
func TestEveryPage(t *testing.T) {
	kittest.EveryPage(t, Room, samples(), accessSamples(), submissionSamples(), deskSamples(), partnerSamples())
}

func samples() map[string]kit.Page {
	frame := func(role string) apps.Frame {
		return apps.Frame{App: kittest.Campaign, Role: role, Type: "business", Version: 3}
	}
	test := frame("admin")
	test.App.Test, test.Parent = true, kit.AssetView{ID: "100000000000101", Name: "Brightline Campaigns"}
	staff := kit.Base{CSRF: "c", Person: kittest.Tess, Staff: prokura.StaffLead}
	development := Level{Level: "development", Title: "Development", AccountList: 5, SystemUsers: 1, AdminSystemUsers: 1, Points: 60, Minutes: 5, Blocked: 5}
	basic := Level{Level: "basic", Title: "Basic", AccountList: 25, SystemUsers: 3, AdminSystemUsers: 1, Points: 600, Minutes: 5, Blocked: 2}
	standard := Level{Level: "standard", Title: "Standard", SystemUsers: 10, AdminSystemUsers: 1, Points: 9000, Minutes: 5, Blocked: 1, All: true}
	criteria := []Criterion{{Name: "calls", Need: 1000, Have: 998, Missing: 2}, {Name: "errors", Need: 10, Have: 12, Missing: 1}, {Name: "ads", Need: 3, Missing: 3},
		{Name: "ads", Judged: true}, {Name: "login", Judged: true}}
	met := []Criterion{{Name: "calls", Met: true, Need: 1000, Have: 1204}, {Name: "errors", Met: true, Need: 10, Have: 3}, {Name: "ads", Judged: true}, {Name: "login", Judged: true}}
	asked := Step{Held: "Development", Level: "Basic", Asked: kittest.Day, Note: "We start with our first ten customers.\nThank you!"}
	refused := Step{Outcome: "refused", Held: "Development", Level: "Development", Asked: kittest.Day, Note: "Please.", Decided: kittest.Day, Reason: "The login asks for pages, and nobody sees why.", Calls: 1100, Errors: 4}
	steps := []Step{{Outcome: "lowered", Held: "Standard", Level: "Basic", Decided: kittest.Day, Reason: "Too many complaints.", Calls: 4000, Errors: 1},
		{Outcome: "raised", Held: "Basic", Level: "Standard", Decided: kittest.Day, Reason: "Well done."}, refused}
	wrong := &DecisionPage{Base: staff, Decides: true, Frame: frame(""), Standing: Standing{Held: basic, Next: &standard, Days: 30, Criteria: []Criterion{{Name: "business", Judged: true}}, Met: true, Steps: steps}, Lower: []Level{development}, Choice: "lowered:development"}
	wrong.Problems = []kit.Problem{{Field: "reason", Text: "Say why: the app's people read it."}, {Field: "level", Text: "Choose what to decide."}}
	activity := review.Activity{First: 20_500, Days: make([]review.Outcomes, 30)}
	edge := func(name string, calls, errors int64) review.EdgeCalls {
		e := review.EdgeCalls{Edge: name, Days: make([]review.Outcomes, 30), Outcomes: review.Outcomes{Calls: calls, Errors: errors, Micros: 1500 * calls, Codes: map[int]int64{100: errors - 1, 190: 1}}}
		for i := range e.Days {
			if i%7 < 5 {
				e.Days[i] = review.Outcomes{Calls: calls / int64(i+1), Errors: errors / int64(30-i)}
				activity.Days[i].Calls += e.Days[i].Calls
				activity.Days[i].Errors += e.Days[i].Errors
				activity.Calls += e.Days[i].Calls
				activity.Errors += e.Days[i].Errors
			}
		}
		return e
	}
	activity.Edges = []review.EdgeCalls{edge("", 40, 40), edge("GET ad_account/assigned_users", 12_000, 900), edge("POST business/system_user_access_tokens", 7, 2)}
	return map[string]kit.Page{
		"app-review":     &StatusPage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), Standing: Standing{Held: development, Next: &basic, Days: 30, Criteria: criteria, Counted: true, List: "/apps/100000000000101/ad-accounts", Steps: []Step{refused}}},
		"app-review-ask": &StatusPage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), Standing: Standing{Held: development, Next: &basic, Days: 30, Criteria: met, Counted: true, Met: true, MayAsk: true}, Use: "We", Expected: Takes{Days: 3, Workday: true, Median: "5 h"}},
		"app-review-standard": &StatusPage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), Standing: Standing{Held: basic, Next: &standard, Days: 30, Criteria: []Criterion{{Name: "business", Judged: true}}, Below: true, MayAsk: true},
			Questions: []QuestionView{{Key: "clients", Title: "Who are the app's clients?", Answer: "Shops"}, {Key: "spend", Title: "How much do they spend?"}}, Expected: Takes{Days: 14}},
		"app-review-waits":   &StatusPage{Base: kittest.Base(kittest.Tess), Frame: frame("developer"), Standing: Standing{Held: development, Next: &basic, Days: 30, Criteria: met, Counted: true, Met: true, Open: &asked}},
		"app-review-analyst": &StatusPage{Base: kittest.Base(kittest.Tess), Frame: frame("analyst"), Standing: Standing{Held: basic, Next: &standard, Days: 30, Criteria: []Criterion{{Name: "business", Judged: true}}, Met: true, MayAsk: true, Steps: steps}},
		"app-review-top":     &StatusPage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), Standing: Standing{Held: standard, Days: 30, Met: true}},
		"app-review-test":    &StatusPage{Base: kittest.Base(kittest.Tess), Frame: test, Standing: Standing{Held: development, Next: &basic, Days: 30, Criteria: criteria}},
		"app-activity":       activityOf(kittest.Base(kittest.Tess), frame("analyst"), &activity),
		"app-activity-none":  activityOf(kittest.Base(kittest.Tess), frame("admin"), &review.Activity{First: 20_500, Days: make([]review.Outcomes, 30)}),
		"app-activity-test":  activityOf(kittest.Base(kittest.Tess), test, &review.Activity{First: 20_500, Days: make([]review.Outcomes, 30)}),
		"staff-level":        &DecisionPage{Base: staff, Decides: true, Frame: frame(""), Standing: Standing{Held: development, Next: &basic, Days: 30, Criteria: criteria, Counted: true, Open: &asked}},
		"staff-level-look":   &DecisionPage{Base: staff, Frame: frame(""), Standing: Standing{Held: basic, Next: &standard, Days: 30, Steps: steps}},
		"staff-level-wrong":  wrong,
		"staff-level-top":    &DecisionPage{Base: staff, Decides: true, Frame: frame(""), Standing: Standing{Held: standard, Days: 30, Met: true, Steps: steps}, Lower: []Level{development, basic}},
	}
}

// Bars stay within the drawing and never cover each other, and what there was is
// seen beside whatever else.
func TestChart(t *testing.T) {
	days := []review.Outcomes{{Calls: 1_000_000, Errors: 1}, {}, {Calls: 1}, {Calls: 1_000_000, Errors: 1_000_000}, {Calls: 2, Errors: 1}, {Calls: 1_000_000, Errors: 999_999}}
	bars := chart(days, mostOf(days))
	if len(bars) != 5 {
		t.Fatalf("%d bars", len(bars))
	}
	for _, b := range bars {
		d := days[b.X/barWidth]
		if b.Y+b.Height != chartHeight || b.FailedY+b.FailedHeight != b.Y || b.FailedY < 0 {
			t.Errorf("%+v: %+v", d, b)
		}
		if (b.FailedHeight > 0) != (d.Errors > 0) || d.Calls > d.Errors && b.Height == 0 && b.FailedHeight < chartHeight {
			t.Errorf("%+v is not seen: %+v", d, b)
		}
	}
	if chart(nil, 0) != nil {
		t.Error("bars of nothing")
	}
}
