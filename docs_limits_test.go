package prokura_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
)

const limitsText = "# Rate limits\n\n" + `What an app may call, how headers tell it, and what a call beyond it is answered with (R-LEVEL-04). Which budget a call counts for is in
[edges](edges.md), column *Limiter*; [wire](wire.md#rate-limits) has the headers, [the decision](decisions/0022-what-is-used-is-an-instant.md) how it is counted.

A call is counted before it is served, and costs the same whether it succeeds or fails; what a limit refuses costs nothing. An id
that is not there for its caller counts for the platform, an edge that there is not for nothing. What is used is forgotten at an even pace: a full budget is empty again after its window, and half of it after half. So of a budget of an hour a client that was refused gets on by and by,
and within one hour never more than that at once and what has come back since. Each operation of a batch counts, and each of ` + "`ids`" + `; what is embedded among
the fields of a call does not. Where one of ` + "`ids`" + ` is refused, the others are given back. ` + "`DELETE`" + ` counts and is never refused: for taking something away there is always room.

` + "`serve --rate-rules`" + ` chooses the set: ` + "`source`" + ` unless it says otherwise, ` + "`2026`" + `, or ` + "`off`" + `, which counts nothing, refused tokens neither.
`

// TestDocsLimits keeps docs/limits.md equal to the catalog.
func TestDocsLimits(t *testing.T) {
	c := prokura.DefaultCatalog()
	var b strings.Builder
	b.WriteString(limitsText)
	refusal := func(r prokura.Refusal) string {
		if r.Subcode == 0 {
			return fmt.Sprintf("%d, status %d", r.Code, r.Status)
		}
		return fmt.Sprintf("%d/%d, status %d", r.Code, r.Subcode, r.Status)
	}
	for i, r := range c.Rates {
		fmt.Fprintf(&b, "\n## `%s`\n\nPoints of one app on one ad account: a read costs %d, a change %d. Refused with %s. Changes are %d a second at most; beyond, %s.\n\n",
			r.Name, prokura.CostRead, prokura.CostWrite, refusal(r.Points), r.Changes, refusal(r.TooMany))
		b.WriteString("| Level | Points | Forgotten in | Blocked for | `ads_api_access_tier` | Budgets of |\n|---|---|---|---|---|---|\n")
		for _, s := range r.Scores {
			access := "limited access"
			if s.Full {
				access = "full access"
			}
			fmt.Fprintf(&b, "| %s | %d | %d s | %d s | `%s` | %s |\n", s.Level, s.Points, s.DecaySeconds, s.BlockSeconds, s.Tier, access)
		}
		p := c.Under(&r).Level(prokura.LevelBasic).Criteria
		fmt.Fprintf(&b, "\nThe first step up asks for %d successful calls in %d days with less than %d %% errors", p.Calls, p.Days, p.ErrorPercent)
		if p.Last > 0 {
			fmt.Fprintf(&b, " over the last %d, by whole days", p.Last)
		}
		b.WriteString(".\n")
		if i > 0 && slices.EqualFunc(r.Limits, c.Rates[0].Limits, func(a, b prokura.LimitInfo) bool { return fmt.Sprint(a) == fmt.Sprint(b) }) {
			fmt.Fprintf(&b, "\nBudgets of calls are those of `%s`.\n", c.Rates[0].Name)
			continue
		}
		b.WriteString("\n| Budget | What counts | Calls | In | Refused with | Header |\n|---|---|---|---|---|---|\n")
		for _, l := range r.Limits {
			with := refusal(l.Refusal)
			if l.People.Code != 0 {
				with += "; tokens of people and apps count for the platform, and are refused with " + refusal(l.People)
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | `%s` |\n", l.Limiter, l.About, formula(l), window(l.Window), with, l.Header)
		}
	}
	b.WriteString("\nUnits are attributes of the asset, such as `active_ads`; a platform keeps them up to date, a scenario plants them. `daily_active_users` are those whom the app's tokens\n" +
		"spoke for yesterday or today, whichever were more, counted to some 6 % by each server; with `--dev` each app has at least 100,000.\n")
	compare(t, "docs/limits.md", b.String())
}

func formula(l prokura.LimitInfo) string {
	var terms []string
	switch {
	case l.Limited == l.Full && l.Full > 0:
		terms = append(terms, fmt.Sprint(l.Full))
	case l.Full > 0:
		terms = append(terms, fmt.Sprintf("%d with limited, %d with full access", l.Limited, l.Full))
	}
	for _, u := range l.Units {
		count := "`" + u.Name + "`"
		if u.Floor > 0 {
			count += fmt.Sprintf(" (at least %v)", u.Floor)
		}
		if u.Most > 0 {
			count += fmt.Sprintf(" (at most %v)", u.Most)
		}
		if u.Log {
			count = "log₂ " + count
		}
		terms = append(terms, fmt.Sprintf("%v × %s", u.Each, count))
	}
	s := strings.Join(terms, " + ")
	if l.Most > 0 {
		s += fmt.Sprintf(", at most %d", l.Most)
	}
	return s
}

func window(seconds int) string {
	switch {
	case seconds%(24*60*60) == 0:
		return fmt.Sprintf("%d h", seconds/60/60)
	case seconds%(60*60) == 0:
		return fmt.Sprintf("%d h", seconds/60/60)
	}
	return fmt.Sprintf("%d s", seconds)
}

// R-LEVEL-04: the budgets as the documents of the wire state them.
func TestRateRules(t *testing.T) {
	c := prokura.DefaultCatalog()
	units := map[string]float64{"active_ads": 10, "user_errors": 50_000, "active_custom_audiences": 1_000_000, "unique_users": 1024, "engaged_users": 3, "impressions": 2, "leads": 5, "active_numbers": 4, prokura.UnitUsers: 250}
	want := map[prokura.Limiter][3]int64{ // limited, full, code
		prokura.LimitPlatform: {50_000, 50_000, 4}, prokura.LimitPages: {14_400, 14_400, 80001}, prokura.LimitAds: {700, 100_400, 80004},
		prokura.LimitInsights: {4550, 193_950, 80000}, prokura.LimitAudiences: {700_000, 700_000, 80003}, prokura.LimitCatalogs: {220_000, 220_000, 80009},
		prokura.LimitCatalogBatch: {88, 88, 80014}, prokura.LimitInstagram: {9600, 9600, 80002}, prokura.LimitLeads: {24_000, 24_000, 80005},
		prokura.LimitMessenger: {600, 600, 80006}, prokura.LimitWhatsApp: {5000, 5000, 80008},
	}
	for _, r := range c.Rates {
		for l, w := range want {
			i := r.Limit(l)
			if i < 0 {
				t.Errorf("%s: %s is not limited", r.Name, l)
				continue
			}
			row := r.Limits[i]
			count := func(u string) float64 { return units[u] }
			if got := [3]int64{row.Calls(false, count), row.Calls(true, count), int64(row.Code)}; got != w {
				t.Errorf("%s, %s: %v, want %v", r.Name, l, got, w)
			}
			if n := row.Calls(false, func(string) float64 { return 0 }); n < 8 {
				t.Errorf("%s, %s: %d calls without any units", r.Name, l, n)
			}
		}
		if len(r.Limits) != len(want) || r.Points != (prokura.Refusal{Code: 17, Subcode: 2446079, Status: 400}) || r.TooMany != (prokura.Refusal{Code: 613, Subcode: 5044001, Status: 400}) {
			t.Errorf("%s: %d limits, %v, %v", r.Name, len(r.Limits), r.Points, r.TooMany)
		}
	}
	basic := func(name string) prokura.ScoreInfo {
		r, _ := c.Rules(name)
		return *r.Score(prokura.LevelBasic)
	}
	if s := basic(prokura.RulesSource); s.Points != 600 || s.Full || s.Tier != prokura.TierDevelopment {
		t.Errorf("basic: %+v", s)
	}
	if s := basic(prokura.Rules2026); s.Points != 60 || s.Full || s.BlockSeconds != 300 {
		t.Errorf("basic in 2026: %+v", s)
	}
	for name, change := range map[string]func(*prokura.RateRules){
		"no scores":   func(r *prokura.RateRules) { r.Scores = nil },
		"no platform": func(r *prokura.RateRules) { r.Limits = r.Limits[1:] },
		"no window":   func(r *prokura.RateRules) { r.Limits[2].Window = 0 },
		"twice":       func(r *prokura.RateRules) { r.Limits[2] = r.Limits[1] },
		"no budget":   func(r *prokura.RateRules) { r.Limits[1].Units = nil },
		"no code":     func(r *prokura.RateRules) { r.Limits[3].Code = 0 },
		"no room":     func(r *prokura.RateRules) { r.Scores[0].Points = 2 },
		"no header":   func(r *prokura.RateRules) { r.Limits[0].Header = "X-Else" },
	} {
		bad := prokura.DefaultCatalog()
		change(&bad.Rates[1])
		if bad.Index() == nil {
			t.Errorf("a catalog with %s is accepted", name)
		}
	}
}
