package prokura

import (
	"fmt"
	"math"
	"slices"
)

// RateRules is one set of rate limits, of which the operator chooses one
// (R-LEVEL-04). What is counted is forgotten evenly: whatever the amount, a full
// budget is empty again after its window.
type RateRules struct {
	Name    string
	Scores  []ScoreInfo // by level: points of one app on one ad account
	Points  Refusal     // of a call that has not enough points left
	Changes int         // a second, of one app on one ad account
	TooMany Refusal     // of a change beyond that
	Limits  []LimitInfo

	// Criteria are what is counted for the first step up; zero: what the levels say.
	Criteria Criteria

	// Expected is how long decisions take, by level; what is not in it the levels say.
	Expected map[Level]ReviewTime
}

// Refusal is what a refused call is answered with on the wire.
type Refusal struct {
	Code, Subcode, Status int

	Text    string // message; "": that of the error
	Product string // told beside it as messaging_product, with the error's message as details; "": neither
}

// ScoreInfo is the score rule of one level: reads and writes earn points, which
// fall to zero in DecaySeconds when they were Points; a call that would make it
// more than Points is refused, and all that follow in BlockSeconds.
type ScoreInfo struct {
	Level        Level
	Points       int
	DecaySeconds int
	BlockSeconds int
	Full         bool   // limits are those of full access
	Tier         string // ads_api_access_tier in usage headers
}

// Access tiers as usage headers name them; clients compare the words.
const (
	TierDevelopment = "development_access"
	TierStandard    = "standard_access"
)

// LimitInfo is one budget of calls. The budget of an hour or day is the sum of
// what the tier gives and of what each unit adds; Unit is an attribute of the
// asset that the call is on.
type LimitInfo struct {
	Limiter Limiter
	About   string
	Refusal
	PerApp  bool   // one budget for all calls of an app; else one for each node
	Score   bool   // calls count for the score rule and the changes a second too
	Header  string // UsageApp, UsageUseCase, UsagePage or UsageInsights
	Window  int    // seconds
	Limited int    // calls, below full access
	Full    int    // calls, at full access
	Units   []Unit
	Most    int // calls, whatever the units; 0: no bound

	// People are refused in a way of their own: calls with tokens of people and
	// apps count for the platform; without a code, all calls count here.
	People Refusal
}

// Unit is one term of a budget: Each calls more for each of what an attribute
// counts.
type Unit struct {
	Name  string
	Each  float64
	Floor float64 // counts at least so many
	Most  float64 // and at most so many; 0: no bound
	Log   bool    // by the logarithm to base 2
}

// UnitUsers is the unit that no attribute counts: whoever used the app yesterday or
// today.
const UnitUsers = "daily_active_users"

// Usage headers of budgets of calls.
const (
	UsageApp      = "X-App-Usage"
	UsageUseCase  = "X-Business-Use-Case-Usage"
	UsagePage     = "X-Page-Usage" // beside that of the use case
	UsageInsights = "X-Fb-Ads-Insights-Throttle"
)

// Names of the sets.
const (
	RulesSource = "source" // development, basic, standard
	Rules2026   = "2026"   // limited and full access
)

// Rules looks a set of rate limits up.
func (c *Catalog) Rules(name string) (*RateRules, bool) {
	i := slices.IndexFunc(c.Rates, func(r RateRules) bool { return r.Name == name })
	if i < 0 {
		return nil, false
	}
	return &c.Rates[i], true
}

// Score is the score rule of a level; of one that has none, that of the first.
func (r *RateRules) Score(l Level) *ScoreInfo {
	for i := range r.Scores {
		if r.Scores[i].Level == l {
			return &r.Scores[i]
		}
	}
	return &r.Scores[0]
}

// Limit is the place of a limiter's row, -1 for what is not limited.
func (r *RateRules) Limit(l Limiter) int {
	return slices.IndexFunc(r.Limits, func(i LimitInfo) bool { return i.Limiter == l })
}

// Calls is the budget of a window: at least one call.
func (l *LimitInfo) Calls(full bool, count func(unit string) float64) int64 {
	n := float64(l.Limited)
	if full {
		n = float64(l.Full)
	}
	for _, u := range l.Units {
		x := max(count(u.Name), u.Floor)
		if u.Most > 0 {
			x = min(x, u.Most)
		}
		if u.Log {
			x = math.Log2(max(x, 1))
		}
		n += u.Each * x
	}
	if l.Most > 0 {
		n = min(n, float64(l.Most))
	}
	return int64(max(1, min(n, maxCalls)))
}

// maxCalls keeps a budget within what can be counted exactly.
const maxCalls = 1e9

// Under is the catalog as a set of rate limits has it: with that one's criteria for the
// levels that count calls, if it has its own (R-LEVEL-02). What people judge stays.
func (c *Catalog) Under(r *RateRules) *Catalog {
	if r == nil || r.Criteria.Calls == 0 && len(r.Expected) == 0 {
		return c
	}
	out := *c
	out.Levels = slices.Clone(c.Levels)
	for i := range out.Levels {
		if takes, ok := r.Expected[out.Levels[i].Level]; ok {
			out.Levels[i].Expected = takes
		}
		if now := &out.Levels[i].Criteria; now.Calls > 0 && r.Criteria.Calls > 0 {
			judged := now.Judged
			*now = r.Criteria
			now.Judged = judged
		}
	}
	return &out
}

// check refuses a set that limits nobody, or everybody for ever.
func (r *RateRules) check() error {
	if len(r.Scores) == 0 || r.Limit(LimitPlatform) < 0 || r.Changes < 1 || len(r.Limits) > maxLimits {
		return fmt.Errorf("catalog: the rate limits %q have no scores, no platform limit, no changes a second or too many rows", r.Name)
	}
	for _, s := range r.Scores {
		if s.Points < int(CostWrite) || s.DecaySeconds < 1 || s.BlockSeconds < 0 || s.Tier == "" {
			return fmt.Errorf("catalog: the score rule of %s in %q leaves no room for a call, or has no tier", s.Level, r.Name)
		}
	}
	for i, l := range r.Limits {
		if l.Limiter == "" || r.Limit(l.Limiter) != i || l.Window < 1 || l.Window > maxWindow || l.Code == 0 || l.Status < 400 || l.Limited+l.Full+len(l.Units) == 0 ||
			!slices.Contains([]string{UsageApp, UsageUseCase, UsagePage, UsageInsights}, l.Header) || l.PerApp != (l.Header == UsageApp) {
			return fmt.Errorf("catalog: the limit %s in %q is there twice, or lacks budget, window, code or header", l.Limiter, r.Name)
		}
	}
	return nil
}

const (
	maxLimits = 256
	maxWindow = 7 * 24 * 60 * 60
)

// defaultRates are the sets of R-LEVEL-04: that of the levels, and that which
// names two of them by access.
func defaultRates() []RateRules {
	const hour, day = 60 * 60, 24 * 60 * 60
	bad := func(code int) Refusal { return Refusal{Code: code, Status: 400} }
	sub := func(code int) Refusal { return Refusal{Code: code, Subcode: 2446079, Status: 400} }
	per := func(each float64, name string) []Unit { return []Unit{{Name: name, Each: each, Floor: 1}} }
	rules := func(name string, c Criteria, scores ...ScoreInfo) RateRules {
		return RateRules{
			Name: name, Scores: scores, Criteria: c,
			Points: sub(17), Changes: 100, TooMany: Refusal{Code: 613, Subcode: 5044001, Status: 400},
			Limits: []LimitInfo{
				{Limiter: LimitPlatform, About: "Calls of an app on what has no budget of its own", PerApp: true, Header: UsageApp, Window: hour,
					Refusal: Refusal{Code: 4, Status: 403}, Units: []Unit{{Name: UnitUsers, Each: 200, Floor: 100}}},
				{Limiter: LimitPages, About: "Calls on a page with tokens of pages and system users", Header: UsagePage, Window: day,
					Refusal: bad(80001), People: bad(32), Units: per(4800, "engaged_users")},
				{Limiter: LimitAds, About: "Calls on an ad account", Score: true, Header: UsageUseCase, Window: hour,
					Refusal: sub(80004), Limited: 300, Full: 100_000, Units: []Unit{{Name: "active_ads", Each: 40}}},
				{Limiter: LimitInsights, About: "Reports of an ad account", Header: UsageInsights, Window: hour,
					Refusal: sub(80000), Limited: 600, Full: 190_000, Units: []Unit{{Name: "active_ads", Each: 400}, {Name: "user_errors", Each: -0.001}}},
				{Limiter: LimitAudiences, About: "Calls on custom audiences of an ad account", Header: UsageUseCase, Window: hour,
					Refusal: sub(80003), Limited: 5000, Full: 190_000, Units: []Unit{{Name: "active_custom_audiences", Each: 40}}, Most: 700_000},
				{Limiter: LimitCatalogs, About: "Calls on a catalog", Header: UsageUseCase, Window: hour,
					Refusal: bad(80009), Limited: 20_000, Full: 20_000, Units: []Unit{{Name: "unique_users", Each: 20_000, Log: true}}},
				{Limiter: LimitCatalogBatch, About: "Batches of changes on a catalog", Header: UsageUseCase, Window: 60,
					Refusal: bad(80014), Limited: 8, Full: 8, Units: []Unit{{Name: "unique_users", Each: 8, Log: true}}},
				{Limiter: LimitInstagram, About: "Calls on an Instagram account", Header: UsageUseCase, Window: day,
					Refusal: bad(80002), Units: per(4800, "impressions")},
				{Limiter: LimitLeads, About: "Leads of a page", Header: UsageUseCase, Window: day,
					Refusal: bad(80005), Units: per(4800, "leads")},
				{Limiter: LimitMessenger, About: "Messages of a page", Header: UsageUseCase, Window: day,
					Refusal: bad(80006), Units: per(200, "engaged_users")},
				{Limiter: LimitWhatsApp, About: "Calls on a WhatsApp account; more with a number that is in use", Header: UsageUseCase, Window: hour,
					Refusal: bad(80008), Limited: 200, Full: 200, Units: []Unit{{Name: "active_numbers", Each: 4800, Most: 1}}},
			},
		}
	}
	development := ScoreInfo{Level: LevelDevelopment, Points: 60, DecaySeconds: 300, BlockSeconds: 300, Tier: TierDevelopment}
	standard := ScoreInfo{Level: LevelStandard, Points: 9000, DecaySeconds: 300, BlockSeconds: 60, Full: true, Tier: TierStandard}
	basic, limited := development, development
	basic.Level, basic.Points, basic.BlockSeconds = LevelBasic, 600, 120
	limited.Level = LevelBasic
	return []RateRules{
		rules(RulesSource, Criteria{}, development, basic, standard),
		rules(Rules2026, Criteria{Calls: 500, Days: 15, ErrorPercent: 15, Last: 500}, development, limited, standard),
	}
}
