package review

import (
	"context"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Outcomes are calls, of one day or of one edge.
type Outcomes struct {
	Calls  int64 // all of them
	Errors int64
	Micros int64         // that all took together
	Codes  map[int]int64 // errors by code
}

func (o *Outcomes) add(code int, calls, micros int64) {
	o.Calls += calls
	o.Micros += micros
	if code != 0 {
		if o.Codes == nil {
			o.Codes = map[int]int64{}
		}
		o.Errors += calls
		o.Codes[code] += calls
	}
}

// EdgeCalls are the calls of one edge.
type EdgeCalls struct {
	Edge string // "": of none that there is
	Outcomes
	Days []Outcomes // beside those of all
}

// Activity is what an app called within some days, of which today is the last.
type Activity struct {
	First int64      // day, since 1970, UTC
	Days  []Outcomes // one for each, from the first
	Edges []EdgeCalls
	// Legacy are the ways that the app used and that the platform takes away.
	Legacy []store.LegacyUse
	Outcomes
}

// ActivityOf tells whoever may see an app what it called within so many days,
// until now.
func ActivityOf(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, days int) (*Activity, error) {
	r.FreshUses(ctx)
	return registry.View(ctx, r, func(tx *store.View) (*Activity, error) {
		if err := mayView(r, tx, c, app); err != nil {
			return nil, err
		}
		a := &Activity{First: since(r, days), Days: make([]Outcomes, days)}
		var err error
		if a.Legacy, err = tx.LegacyUses(app, a.First); err != nil {
			return nil, err
		}
		rows, err := tx.CallsOf(app, a.First)
		if err != nil {
			return nil, err
		}
		for _, v := range rows {
			if n := len(a.Edges); n == 0 || a.Edges[n-1].Edge != v.Edge {
				a.Edges = append(a.Edges, EdgeCalls{Edge: v.Edge, Days: make([]Outcomes, days)})
			}
			edge := &a.Edges[len(a.Edges)-1]
			// A clock that went back leaves calls of tomorrow: they are today's.
			day := min(v.Day-a.First, int64(days)-1)
			for _, o := range []*Outcomes{&a.Outcomes, &a.Days[day], &edge.Outcomes, &edge.Days[day]} {
				o.add(v.Code, v.Calls, v.Took.Microseconds())
			}
		}
		return a, nil
	})
}

// LegacyUses tells the operator which ways that the platform takes away were used by
// apps within the days that are kept, at most so many of them.
func LegacyUses(ctx context.Context, r *registry.Registry, limit int) ([]store.LegacyUse, error) {
	r.FreshUses(ctx)
	return registry.View(ctx, r, func(tx *store.View) ([]store.LegacyUse, error) {
		return tx.AllLegacyUses(since(r, store.KeptDays), limit)
	})
}
