package quota

import "math"

// A Measure is one budget: Max points, all of which are forgotten in Window. A call
// that has not enough left is refused; with a Block, so are all that follow for
// that long, and else until there is room. The zero Measure bounds nothing.
type Measure struct {
	Max    int64
	Window int64 // nanoseconds
	Block  int64 // nanoseconds
}

// step is for how long one point is remembered while nothing else is: so that Max
// points fit into the window, and never Max and one more.
func (m Measure) step() int64 {
	s := max(1, m.Window/m.Max)
	if s <= m.Window/(m.Max+1) {
		s++
	}
	return s
}

// measures are how many budgets one key has: points of the score rule, calls, and
// changes.
const measures = 3

// The budgets of a key, in the order in which they refuse.
const (
	ByPoints = iota
	ByCalls
	ByChanges
	Admitted = -1 // by none
)

// A Key names whose budgets they are: of one app, on one object (0: on all), by
// one row of the limits. Apps and objects are below 2⁵³, limits below 2⁸.
type Key struct{ App, Object, Limit uint64 }

// A Claim is what one call asks of the budgets of a key.
type Claim struct {
	Key
	Measures [measures]Measure
	Costs    [measures]int64

	// Always is a claim that is let in and charged whatever is used, and blocks nobody:
	// a budget is used up by it at most.
	Always bool
}

// Standing is how far one budget is used up after a decision. What headers say is
// computed from it, and so was the decision.
type Standing struct {
	Used int64 // nanoseconds until nothing of it is remembered any more
	Wait int64 // nanoseconds until a call that costs one point is let in; 0: at once
}

// A Verdict is the decision about a claim.
type Verdict struct {
	By    int   // which budget refused; Admitted: none
	Retry int64 // nanoseconds until this very claim is let in; 0: it was
	Now   [measures]Standing
}

// Percent is how much of a budget is used, in hundredths of a percent: 10,000 if
// and only if the next call that costs a point is refused.
func (s Standing) Percent(m Measure) int64 {
	switch {
	case m.Max == 0:
		return 0
	case s.Wait > 0:
		return 100_00
	}
	return min(int64(float64(s.Used)/float64(m.Window)*100_00), 99_99)
}

// gauge is the state of a key's budgets. A budget is one instant, when nothing of
// it is remembered: what is used is the time until then, so that it decays by
// itself, and a level that is raised keeps the share that is used.
type gauge struct {
	empty   [measures]int64 // instants, in nanoseconds
	until   int64           // when what is blocked is let in again
	blocked int8            // by which budget, and one; 0: none
}

// settle makes a state plausible: clocks may have been set back since, which must
// grant nothing, and block nobody for longer than there are windows and blocks.
// Beyond a whole window there is only what several servers have let in at once.
func (g *gauge) settle(now int64, c *Claim) {
	for i := range g.empty {
		if latest := now + 2*c.Measures[i].Window; g.empty[i] > latest {
			g.empty[i] = latest
		}
	}
	if g.blocked != 0 {
		m := c.Measures[g.blocked-1]
		g.until = min(g.until, now+max(m.Block, 2*m.Window))
		if g.until <= now {
			g.blocked, g.until = 0, 0
		}
	}
}

// take decides about a claim, and charges it if it is let in. Refused claims cost
// nothing; the first that is too much blocks, and those that follow do not prolong
// it.
func (g *gauge) take(now int64, c *Claim) (v Verdict) {
	g.settle(now, c)
	v.By = Admitted
	var next [measures]int64
	if g.blocked != 0 && !c.Always {
		v.By, v.Retry = int(g.blocked)-1, g.until-now
	} else {
		for i, m := range c.Measures {
			if m.Max == 0 || c.Costs[i] == 0 {
				next[i] = g.empty[i]
				continue
			}
			next[i] = max(g.empty[i], now) + c.Costs[i]*m.step()
			over := next[i] - (now + m.Window)
			if over > 0 && c.Always {
				next[i] = max(g.empty[i], now+m.Window)
				continue
			}
			if over > 0 {
				v.By, v.Retry = i, over
				if m.Block > 0 {
					g.blocked, g.until, v.Retry = int8(i)+1, now+m.Block, m.Block
				}
				break
			}
		}
	}
	if v.By == Admitted {
		g.empty = next
	}
	v.Now = g.standing(now, c)
	return v
}

// standing is how all budgets stand.
func (g *gauge) standing(now int64, c *Claim) (out [measures]Standing) {
	for i, m := range c.Measures {
		if m.Max == 0 {
			continue
		}
		used := max(g.empty[i]-now, 0)
		out[i].Used = used
		if int(g.blocked) == i+1 {
			out[i].Wait = g.until - now
		} else {
			out[i].Wait = max(used+m.step()-m.Window, 0)
		}
	}
	return out
}

// give gives back what a claim was charged.
func (g *gauge) give(now int64, c *Claim) {
	for i, m := range c.Measures {
		if m.Max != 0 {
			g.empty[i] = max(now, g.empty[i]-c.Costs[i]*m.step())
		}
	}
}

// over reports whether nothing is remembered any more.
func (g *gauge) over(now int64) bool {
	return g.until <= now && g.latest() <= now
}

func (g *gauge) latest() int64 {
	at := int64(math.MinInt64)
	for _, e := range g.empty {
		at = max(at, e)
	}
	return at
}
