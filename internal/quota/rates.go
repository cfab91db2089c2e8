package quota

import (
	"time"

	"github.com/prokura/prokura"
)

// Rates are the rate limits of a world: one set of rules, and what is used of
// them (R-LEVEL-04).
type Rates struct {
	rules  *prokura.RateRules
	table  *Table
	shared *Leased // instead of the table, where several servers share the budgets
	users  Users
	floor  float64 // of the users of each app
	since  time.Time
	offset func() time.Duration
}

// RatesConfig says what to count and where.
type RatesConfig struct {
	Rules  *prokura.RateRules
	Shared *Leased              // nil: in memory
	Offset func() time.Duration // of the world's clock; nil: none
	// Users is how many each app has at least, for the limit of the platform.
	Users int
}

// NewRates makes the rate limits of a world.
func NewRates(c RatesConfig) *Rates {
	if c.Offset == nil {
		c.Offset = func() time.Duration { return 0 }
	}
	return &Rates{rules: c.Rules, table: NewTable(0), shared: c.Shared, floor: float64(c.Users), since: time.Now(), offset: c.Offset}
}

// now is the world's time as it went on since the start: no step of the machine's
// clock is in it, and the world's own goes forward alone. In nanoseconds since
// 1970, of whole microseconds, as they are shared.
func (r *Rates) now() int64 {
	return (r.since.UnixNano() + int64(time.Since(r.since)+r.offset())) / 1000 * 1000
}

// A Request is what there is to know of a call that is to be let in.
type Request struct {
	App    prokura.ID
	Level  prokura.Level
	Who    prokura.ID // whom the token speaks for; 0: nobody
	Object prokura.ID // the node or ad account that the call is on
	Terms  prokura.Terms
	// TakesAway says that the call takes power away, for which there is always room.
	TakesAway bool
	// Server says that the token is one of a page or system user, whose calls on
	// pages have a budget of their own.
	Server     bool
	Attributes map[string]any // of the object: what budgets count units by
}

// A Use is a request with the decision about it.
type Use struct {
	Limit   *prokura.LimitInfo // nil: nobody counts such calls
	Score   *prokura.ScoreInfo
	Refusal prokura.Refusal // by which it is refused, if it is
	Claim   Claim
	Verdict Verdict
}

// Refused reports whether the call must not be served.
func (u *Use) Refused() bool { return u.Limit != nil && u.Verdict.By != Admitted }

// Admit decides about a call and charges it if it is let in.
func (r *Rates) Admit(q *Request) (u Use) {
	now := r.now()
	if !r.claim(now, q, &u) {
		return u
	}
	if r.shared != nil {
		u.Verdict = r.shared.Take(now, &u.Claim)
	} else {
		u.Verdict = r.table.Take(now, &u.Claim)
	}
	r.refusal(&u)
	return u
}

// Look is how a call would stand; it charges nothing.
func (r *Rates) Look(q *Request) (u Use) {
	now := r.now()
	if r.claim(now, q, &u) {
		if r.shared != nil {
			u.Verdict = r.shared.Look(now, &u.Claim)
		} else {
			u.Verdict = r.table.Look(now, &u.Claim)
		}
		r.refusal(&u)
	}
	return u
}

func (r *Rates) refusal(u *Use) {
	switch u.Verdict.By {
	case ByPoints:
		u.Refusal = r.rules.Points
	case ByChanges:
		u.Refusal = r.rules.TooMany
	}
}

// claim finds the budgets of a call; false: there are none.
func (r *Rates) claim(now int64, q *Request, u *Use) bool {
	limit := r.limit(q.Terms.Limiter)
	if limit < 0 || q.Terms.Cost == prokura.CostNothing {
		return false
	}
	l := &r.rules.Limits[limit]
	u.Refusal = l.Refusal
	if l.People.Code != 0 && !q.Server {
		u.Refusal, limit = l.People, r.limit(prokura.LimitPlatform)
		l = &r.rules.Limits[limit]
	}
	u.Limit, u.Score = l, r.rules.Score(q.Level)
	u.Claim.Always = q.TakesAway
	u.Claim.Key = Key{App: uint64(q.App), Limit: uint64(limit)}
	users := float64(0)
	if l.PerApp {
		users = max(r.floor, float64(r.users.Seen(uint64(q.App), uint64(q.Who), now/int64(24*time.Hour))))
	} else {
		u.Claim.Object = uint64(q.Object)
	}
	u.Claim.Costs[ByCalls] = 1
	u.Claim.Measures[ByCalls] = Measure{Window: int64(l.Window) * int64(time.Second), Max: l.Calls(u.Score.Full, func(unit string) float64 {
		if unit == prokura.UnitUsers {
			return users
		}
		return number(q.Attributes[unit])
	})}
	if l.Score {
		s := u.Score
		u.Claim.Costs[ByPoints] = int64(q.Terms.Cost)
		u.Claim.Measures[ByPoints] = Measure{Max: int64(s.Points), Window: int64(s.DecaySeconds) * int64(time.Second), Block: int64(s.BlockSeconds) * int64(time.Second)}
		u.Claim.Measures[ByChanges] = Measure{Max: int64(r.rules.Changes), Window: int64(time.Second)}
		if q.Terms.Cost != prokura.CostRead {
			u.Claim.Costs[ByChanges] = 1
		}
	}
	return true
}

func (r *Rates) limit(l prokura.Limiter) int {
	for i := range r.rules.Limits {
		if r.rules.Limits[i].Limiter == l {
			return i
		}
	}
	return -1
}

// number is what an attribute counts.
func number(v any) float64 {
	switch v := v.(type) {
	case float64:
		return v
	case bool:
		if v {
			return 1
		}
	}
	return 0
}

// Give gives back what a call was charged, when another part of its request was
// refused.
func (r *Rates) Give(u *Use) {
	now := r.now()
	if r.shared != nil {
		r.shared.Give(now, &u.Claim)
	} else {
		r.table.Give(now, &u.Claim)
	}
}

// Plant makes so many points, calls and changes all that is used of the budgets of
// a call, and has one of them refuse whatever comes for so long (Admitted: none).
func (r *Rates) Plant(q *Request, used [measures]int64, refuse int, long time.Duration) Use {
	var u Use
	now := r.now()
	if r.claim(now, q, &u) {
		c := u.Claim
		c.Costs = used
		if r.shared != nil {
			r.shared.Plant(now, &c, refuse, int64(long))
		} else {
			r.table.Plant(now, &c, refuse, int64(long))
		}
	}
	return r.Look(q)
}

// Clear forgets what an app has used, or without one what all have.
func (r *Rates) Clear(app prokura.ID) {
	if r.shared != nil {
		r.shared.Clear(uint64(app))
	} else {
		r.table.Clear(uint64(app))
	}
	if app == 0 {
		r.users.Forget()
	}
}

// Sweep forgets what is over. serve calls it once in a while.
func (r *Rates) Sweep() {
	if r.shared != nil {
		r.shared.Sweep(r.now())
	} else {
		r.table.Sweep(r.now())
	}
}

// Rules are the rules that are counted by.
func (r *Rates) Rules() *prokura.RateRules { return r.rules }
