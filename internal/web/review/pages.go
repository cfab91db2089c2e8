package review

import (
	"slices"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/review"
	"github.com/prokura/prokura/internal/web/apps"
	"github.com/prokura/prokura/internal/web/kit"
)

// StatusPage answers GET and POST /apps/{id}/review: the level that an app has, what
// it opens, what the next one asks for, and what staff said.
//
// Fields, for admins: use (what the app does at the next level), answer.<key> to its
// questions.
type StatusPage struct {
	kit.Base
	Frame     apps.Frame
	Standing  Standing
	Use       string
	Questions []QuestionView // of the next level
	Expected  Takes
}

func (*StatusPage) TemplateName() string { return "review/status" }

// Standing is where an app is with its level.
type Standing struct {
	Held     Level
	Next     *Level // nil: there is none
	Days     int    // that the criteria cover
	Calls    int    // that succeeded within them
	Errors   int
	Criteria []Criterion // of Next
	Counted  bool        // some of them are counted
	Met      bool        // what is counted of them
	List     string      // where the app's account list is managed; "" where it has none
	Below    bool        // the platform takes it from apps that have not reached them, too
	MayAsk   bool        // now, whoever may ask
	Open     *Step       // what waits for a decision; nil: nothing
	Steps    []Step      // decisions, newest first
}

// Level is one Marketing API level with what it opens (R-LEVEL-03, R-LEVEL-04, R-SU-02).
type Level struct {
	Level            string
	Title            string
	AccountList      int // ad accounts; 0: unlimited
	SystemUsers      int // of each business, beside its admin system users
	AdminSystemUsers int
	Points           int  // of the limiter, per ad account
	Minutes          int  // in which as many are forgotten
	Blocked          int  // minutes after they are used up
	All              bool // it opens everything
}

// Criterion is one criterion of the next level.
type Criterion struct {
	Name                string // "calls", "errors", "ads", "login", "business"
	Judged, Met         bool
	Need, Have, Missing int
	Last                int // errors: of the newest so many calls; 0: of all
}

// Step is what was asked for and decided.
type Step struct {
	Outcome       string // "raised", "refused", "lowered"; "" while it waits
	Held, Level   string // titles: before, and asked for or since then
	Asked         time.Time
	Note          string
	Decided       time.Time
	Reason        string
	Calls, Errors int // as they were counted at the decision
}

func standingOf(q *kit.Request, s *review.Standing) Standing {
	out := Standing{Held: levelOf(q, s.Held), Days: s.Days, Calls: int(s.Record.Calls), Errors: int(s.Record.Errors), Met: s.Met, Below: s.Below, MayAsk: s.MayAsk()}
	if s.Next.Level != "" {
		next := levelOf(q, s.Next)
		out.Next = &next
	}
	for _, c := range s.Criteria {
		out.Counted = out.Counted || !c.Judged
		out.Criteria = append(out.Criteria, Criterion{string(c.Criterion), c.Judged, c.Met(), int(c.Need), int(c.Have), int(c.Missing), int(s.Next.Criteria.Last)})
	}
	if s.Open != nil {
		open := stepOf(q, *s.Open)
		out.Open = &open
	}
	for _, v := range s.Steps {
		out.Steps = append(out.Steps, stepOf(q, v))
	}
	return out
}

func levelOf(q *kit.Request, l prokura.LevelInfo) Level {
	levels := q.Registry.Catalog().Levels
	out := Level{Level: string(l.Level), Title: l.Title, AccountList: l.AccountList, SystemUsers: l.SystemUsers, AdminSystemUsers: l.AdminSystemUsers,
		All: l.Level == levels[len(levels)-1].Level}
	if q.Rates != nil {
		score := q.Rates.Score(l.Level)
		out.Points, out.Minutes, out.Blocked = score.Points, score.DecaySeconds/60, score.BlockSeconds/60
	}
	return out
}

func stepOf(q *kit.Request, s prokura.LevelStep) Step {
	title := func(l prokura.Level) string { return q.Registry.Catalog().Level(l).Title }
	return Step{Outcome: string(s.Outcome), Held: title(s.Held), Level: title(s.Level), Asked: kit.Moment(s.Asked), Note: s.Note,
		Decided: kit.Moment(s.Decided), Reason: s.Reason, Calls: int(s.Record.Calls), Errors: int(s.Record.Errors)}
}

// DecisionPage answers GET and POST /staff/apps/{id}/level, for platform staff.
//
// Fields: version, level (raised, refused or lowered, a colon and the level),
// reason (which the app's people read).
type DecisionPage struct {
	kit.Base
	Frame    apps.Frame
	Standing Standing
	Decides  bool    // and does not look only
	Lower    []Level // that the app may be lowered to
	Choice   string  // what was typed
	Reason   string
}

func (*DecisionPage) TemplateName() string { return "review/decision" }

// ActivityPage answers GET /apps/{id}/activity: what an app called.
type ActivityPage struct {
	kit.Base
	Frame  apps.Frame
	Days   []Day // the oldest first
	First  time.Time
	Last   time.Time
	Most   int // calls of a day
	Edges  []EdgeRow
	Calls  int
	Failed int
	Chart  []Bar
	Legacy []LegacyRow
}

// LegacyRow is a way of calling that the app used and that the platform takes away.
type LegacyRow struct {
	prokura.LegacyInfo
	Calls int64
	Last  time.Time // the day
}

func (*ActivityPage) TemplateName() string { return "review/activity" }

// Day is one day's calls.
type Day struct {
	At            time.Time
	Calls, Errors int64
}

// EdgeRow is what was called of one edge.
type EdgeRow struct {
	Name          string // "": calls of what there is not
	Calls, Errors int64
	Percent       int64 // that failed, rounded down
	Millis        int64 // that a call took on average, rounded up
	Codes         []Code
	Chart         []Bar
}

// Code is how often calls ended with an error.
type Code struct {
	Code  int
	Calls int64
}

// Bar is one day in a drawing of chartHeight: calls that succeeded stand below
// those that failed.
type Bar struct{ X, Y, Height, FailedY, FailedHeight int }

// Measures of drawings, in their own units.
const (
	chartHeight = 100
	barWidth    = 10 // from one to the next
)

// chart draws days, the highest of which has most calls. What there was is seen,
// however little it was beside the most.
func chart(days []review.Outcomes, most int64) []Bar {
	var out []Bar
	for i, d := range days {
		if d.Calls == 0 {
			continue
		}
		b := Bar{X: i * barWidth, Height: part(d.Calls-d.Errors, most), FailedHeight: part(d.Errors, most)}
		b.Height = max(0, min(b.Height, chartHeight-b.FailedHeight))
		b.Y = chartHeight - b.Height
		b.FailedY = b.Y - b.FailedHeight
		out = append(out, b)
	}
	return out
}

func part(n, most int64) int {
	if n == 0 {
		return 0
	}
	return max(2, int(n*chartHeight/most))
}

func mostOf(days []review.Outcomes) (most int64) {
	for _, d := range days {
		most = max(most, d.Calls)
	}
	return most
}

func activityOf(b kit.Base, f apps.Frame, a *review.Activity) *ActivityPage {
	p := &ActivityPage{Base: b, Frame: f, Calls: int(a.Calls), Failed: int(a.Errors), Most: int(mostOf(a.Days))}
	at := func(i int) time.Time { return time.Unix((a.First+int64(i))*24*60*60, 0).UTC() }
	for _, u := range a.Legacy {
		p.Legacy = append(p.Legacy, LegacyRow{prokura.LegacyNamed(u.Way), u.Calls, at(int(u.Last - a.First))})
	}
	for i, d := range a.Days {
		p.Days = append(p.Days, Day{at(i), d.Calls, d.Errors})
	}
	p.First, p.Last = at(0), at(len(a.Days)-1)
	p.Chart = chart(a.Days, mostOf(a.Days))
	for _, e := range a.Edges {
		row := EdgeRow{Name: e.Edge, Calls: e.Calls, Errors: e.Errors, Percent: 100 * e.Errors / max(1, e.Calls), Millis: (e.Micros/max(1, e.Calls) + 999) / 1000,
			Chart: chart(e.Days, mostOf(e.Days))}
		for code, n := range e.Codes {
			row.Codes = append(row.Codes, Code{code, n})
		}
		slices.SortFunc(row.Codes, func(a, b Code) int { return a.Code - b.Code })
		p.Edges = append(p.Edges, row)
	}
	return p
}
