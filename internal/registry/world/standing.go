package world

import (
	"cmp"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/activity"
	"github.com/prokura/prokura/internal/store"
)

// Calls are calls that an app has made on one day: of one name and outcome.
type Calls struct {
	DaysAgo int    // 0: today (UTC)
	Edge    string // as statistics name it: "GET ad_account/campaigns"; empty: none
	Code    int    // of the error; 0: success
	Calls   int64
	Micros  int64 // that they took together
}

const (
	maxReason = 1000 // runes
	maxEdge   = 100
)

// standing checks what stands in an app's way to the next level.
func (c *worldCheck) standing(where string, v App) {
	if utf8.RuneCountInString(v.LevelReason) > maxReason {
		c.wrong(where+".level_reason", "A reason holds at most %d characters.", maxReason)
	}
	seen := map[Calls]bool{}
	for i, calls := range v.Calls {
		path := where + ".calls." + strconv.Itoa(i)
		switch {
		case calls.DaysAgo < 0 || calls.DaysAgo >= store.KeptDays:
			c.wrong(path+".days_ago", "Calls are kept for %d days: from 0, today, to %d.", store.KeptDays, store.KeptDays-1)
		case calls.Calls < 1 || calls.Calls > 1<<40 || calls.Micros < 0 || calls.Micros > 1<<50:
			c.wrong(path+".calls", "Such a number of calls cannot be counted.")
		case calls.Code < 0:
			c.wrong(path+".code", "An error has a code above 0, and 0 is success.")
		case utf8.RuneCountInString(calls.Edge) > maxEdge:
			c.wrong(path+".edge", "The name of an edge holds at most %d characters.", maxEdge)
		}
		row := Calls{DaysAgo: calls.DaysAgo, Edge: calls.Edge, Code: calls.Code}
		if seen[row] {
			c.wrong(path, "These calls are listed twice.")
		}
		seen[row] = true
	}
}

// plantStanding plants the last decision about an app's level, if the world gives a
// reason for it, and what the app has called.
func (p *planter) plantStanding(a prokura.App, v App) error {
	if v.LevelReason != "" {
		step := prokura.LevelStep{App: a.ID, Held: a.Level, Level: a.Level, Outcome: prokura.StepRefused, Reason: v.LevelReason, Decided: p.Now}
		for _, l := range p.r.Catalog().Levels {
			if next, ok := p.r.Catalog().NextLevel(l.Level); ok && next.Level == a.Level {
				step.Held, step.Outcome = l.Level, prokura.StepRaised
			}
		}
		if err := p.AddLevelStep(step); err != nil {
			return err
		}
	}
	rows := make([]activity.Row, len(v.Calls))
	for i, c := range v.Calls {
		rows[i] = activity.Row{App: a.ID, Day: prokura.DayOf(p.Now) - int64(c.DaysAgo), Edge: c.Edge, Code: c.Code, Calls: c.Calls, Took: time.Duration(c.Micros) * time.Microsecond}
	}
	return p.AddCalls(rows)
}

// standing reads what plantStanding plants.
func (s *snapshot) standing(id prokura.ID, v *App) error {
	steps, err := s.tx.LevelSteps(id, 2)
	if err != nil {
		return err
	}
	if len(steps) > 0 && steps[0].Outcome == prokura.StepOpen {
		s.leave("apps.%s: it has asked for the level %s", v.Key, steps[0].Level)
		steps = steps[1:]
	}
	if len(steps) > 0 {
		v.LevelReason = steps[0].Reason
	}
	today := prokura.DayOf(s.r.Now())
	rows, err := s.tx.CallsOf(id, today-store.KeptDays+1)
	for _, r := range rows {
		if r.Day <= today { // none is of tomorrow, unless the clock went back
			v.Calls = append(v.Calls, Calls{int(today - r.Day), r.Edge, r.Code, r.Calls, r.Took.Microseconds()})
		}
	}
	slices.SortFunc(v.Calls, func(a, b Calls) int {
		return cmp.Or(cmp.Compare(b.DaysAgo, a.DaysAgo), cmp.Compare(a.Edge, b.Edge), cmp.Compare(a.Code, b.Code))
	})
	return err
}
