package serve

import (
	"context"
	"slices"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph"
	"github.com/prokura/prokura/internal/quota"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/world"
)

// budgets are the words for what is counted, in the order of package quota.
var budgets = []string{quota.ByPoints: "points", quota.ByCalls: "calls", quota.ByChanges: "changes"}

// plantUsed has the rates begin with what the world has used when it begins.
func plantUsed(ctx context.Context, r *registry.Registry, rates *quota.Rates) error {
	if rates == nil || !r.Dev() {
		return nil
	}
	list, err := world.PlantedUse(ctx, r)
	if err != nil {
		return err
	}
	for _, u := range list {
		q, err := requestOf(ctx, r, u.App, u.Asset, "")
		if err != nil {
			return err
		}
		rates.Plant(&q, [...]int64{quota.ByPoints: int64(u.Points), quota.ByCalls: int64(u.Calls), quota.ByChanges: 0}, quota.Admitted, 0)
	}
	return nil
}

// requestOf is a read by a server of an app on an asset, or on none.
func requestOf(ctx context.Context, r *registry.Registry, app, asset prokura.ID, limiter prokura.Limiter) (quota.Request, error) {
	about, err := world.LimitedOf(ctx, r, app, asset)
	if err != nil {
		return quota.Request{}, err
	}
	if limiter == "" {
		limiter = graph.LimiterOf(about.Kind)
	}
	return quota.Request{App: app, Level: about.Level, Object: asset, Server: true, Attributes: about.Attributes,
		Terms: prokura.Terms{Limiter: limiter, Cost: prokura.CostRead}}, nil
}

// quota plants what an app has used of its budgets on an object, has one of them
// refuse for a while, or forgets what was used; it answers how they stand.
func (d *dev) quota(ctx context.Context, body []byte, _ string) (any, error) {
	var in struct {
		App     word   `json:"app"`
		Object  word   `json:"object"`
		Limiter string `json:"limiter"`
		Points  *int64 `json:"points"`
		Calls   *int64 `json:"calls"`
		Changes *int64 `json:"changes"`
		Refuse  string `json:"refuse"`
		For     string `json:"for"`
		Clear   bool   `json:"clear"`
	}
	if err := strict(body, &in); err != nil {
		return nil, err
	}
	if d.rates == nil {
		return nil, prokura.Errorf(prokura.Unsupported, "This server counts nothing: it was started with --rate-rules off.")
	}
	var app, object prokura.ID
	var err error
	if in.App != "" || !in.Clear {
		if app, err = number("app", in.App); err != nil {
			return nil, err
		}
	}
	if in.Clear {
		if in.Object != "" || in.Limiter != "" || in.Points != nil || in.Calls != nil || in.Changes != nil || in.Refuse != "" || in.For != "" {
			return nil, prokura.Errorf(prokura.InvalidParameter, "clear forgets all that an app has used, or without app what all have; nothing goes with it.").WithField("clear")
		}
		d.rates.Clear(app)
		return map[string]bool{"success": true}, nil
	}
	if in.Object != "" {
		if object, err = number("object", in.Object); err != nil {
			return nil, err
		}
	}
	q, err := requestOf(ctx, d.registry, app, object, prokura.Limiter(in.Limiter))
	if err != nil {
		return nil, err
	}
	now := d.rates.Look(&q)
	if now.Limit == nil || !now.Limit.PerApp && object == 0 {
		return nil, prokura.Errorf(prokura.InvalidParameter, "limiter names one of the limits of docs/limits.md, and object whose budget it is, unless it is one of the whole app.").WithField("limiter")
	}
	used := [...]int64{quota.ByPoints: 0, quota.ByCalls: 0, quota.ByChanges: 0}
	plant := in.Refuse != "" || in.For != ""
	for i, n := range []*int64{quota.ByPoints: in.Points, quota.ByCalls: in.Calls, quota.ByChanges: in.Changes} {
		m := now.Claim.Measures[i]
		switch {
		case n == nil:
		case *n < 0 || *n > m.Max:
			return nil, prokura.Errorf(prokura.InvalidParameter, "This budget has %d %s.", m.Max, budgets[i]).WithField(budgets[i])
		default:
			used[i], plant = *n, true
		}
	}
	if plant {
		refuse, long, err := refuseFor(in.Refuse, in.For, &now)
		if err != nil {
			return nil, err
		}
		now = d.rates.Plant(&q, used, refuse, long)
	}
	type standing struct {
		Percent float64 `json:"percent"`
		Budget  int64   `json:"budget"`
		Wait    int64   `json:"wait_seconds"` // rounded up
	}
	out := map[string]any{"limiter": now.Limit.Limiter, "level": q.Level}
	for i, name := range budgets {
		if m := now.Claim.Measures[i]; m.Max > 0 {
			s := now.Verdict.Now[i]
			out[name] = standing{float64(s.Percent(m)) / 100, m.Max, (s.Wait + int64(time.Second) - 1) / int64(time.Second)}
		}
	}
	return out, nil
}

// refuseFor says which budget is to refuse whatever comes, and for how long: as long
// as its rule blocks, or a minute where it has no block, unless it is said.
func refuseFor(name, long string, now *quota.Use) (int, time.Duration, error) {
	if name == "" {
		if long != "" {
			return 0, 0, prokura.Errorf(prokura.InvalidParameter, "for says how long refuse holds.").WithField("for")
		}
		return quota.Admitted, 0, nil
	}
	refuse := slices.Index(budgets, name)
	if refuse < 0 || now.Claim.Measures[refuse].Max == 0 {
		return 0, 0, prokura.Errorf(prokura.InvalidParameter, "refuse names a budget of this limiter: points, calls or changes.").WithField("refuse")
	}
	m := now.Claim.Measures[refuse]
	if long == "" {
		if m.Block > 0 {
			return refuse, time.Duration(m.Block), nil
		}
		return refuse, min(time.Minute, time.Duration(2*m.Window)), nil
	}
	d, err := time.ParseDuration(long)
	if most := time.Duration(max(m.Block, 2*m.Window)); err != nil || d <= 0 || d > most {
		return 0, 0, prokura.Errorf(prokura.InvalidParameter, "for needs a duration such as 90s, of at most %v.", most).WithField("for")
	}
	return refuse, d, nil
}
