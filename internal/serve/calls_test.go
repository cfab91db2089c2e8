package serve

import (
	"context"
	"net/url"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/review"
	"github.com/prokura/prokura/internal/registry/world"
)

// What an app called until the very stop of the server is in its statistics: an
// orderly stop loses none of it (R-LEVEL-02).
func TestCallsSurviveAStop(t *testing.T) {
	data := t.TempDir()
	var config Config
	r := start(t, func(c *Config) { c.Data, config = data, *c; config.Data = data })
	ids := r.plant()
	const calls = 25
	for range calls {
		if resp, text := r.ask("GET", "/v25.0/app?"+url.Values{"access_token": {ids["tool"].String() + "|0123456789abcdef0123456789abcdef"}, "fields": {"id"}}.Encode(), ""); resp.StatusCode != 200 {
			t.Fatalf("%d %s", resp.StatusCode, text)
		}
	}
	r.stop()
	err := <-r.done
	r.done <- err // for who cleans up
	if err != nil {
		t.Fatal(err)
	}
	again, err := registry.Open(context.Background(), config.withDefaults().registry())
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	s, err := review.Of(t.Context(), again, registry.Caller{Facts: &prokura.Facts{Credential: prokura.CredentialOperator}}, ids["tool"])
	if err != nil || s.Record != (prokura.Record{Calls: calls}) {
		t.Errorf("%d calls are left of %d, %v", s.Record.Calls, calls, err)
	}
}

// What is counted for the first step up is what the chosen rate limits say, and of
// what days (R-LEVEL-02, R-LEVEL-04).
func TestCriteriaOfChosenRateRules(t *testing.T) {
	calls := []world.Calls{{Edge: "GET ad_account", Calls: 300}, {Edge: "GET ad_account", Code: 100, Calls: 40},
		{DaysAgo: 1, Edge: "GET ad_account", Calls: 200}, {DaysAgo: 1, Edge: "GET ad_account", Code: 200, Calls: 20},
		{DaysAgo: 2, Edge: "GET ad_account", Code: 100, Calls: 300}, {DaysAgo: 20, Edge: "GET ad_account", Calls: 600}}
	all := prokura.Record{Calls: 1100, Errors: 360}
	for rules, want := range map[string]struct {
		calls  int64
		record prokura.Record
		met    bool
	}{
		"":                  {1000, all, false},
		NoRates:             {1000, all, false},
		prokura.Rules2026:   {500, prokura.Record{Calls: 500, Errors: 360, LastCalls: 500, LastErrors: 60}, true},
		prokura.RulesSource: {1000, all, false},
	} {
		below := rules == prokura.RulesSource // the operator lets them ask all the same
		r := start(t, func(c *Config) { c.RateRules, c.BelowCriteria = rules, below })
		ids, err := r.Plant(t.Context(), world.World{
			People:     []world.Person{{Key: "tess", Name: "Tess Two", Email: "tess@example.org"}},
			Businesses: []world.Business{{Key: "agency", Name: "Agency", Members: []world.Member{{Person: "tess", Role: prokura.RoleAdmin}}}},
			Apps:       []world.App{{Key: "tool", Name: "Tool", Business: "agency", Secret: "0123456789abcdef0123456789abcdef", Calls: calls}},
		})
		if err != nil {
			t.Fatal(err)
		}
		s, err := review.Of(t.Context(), r.registry, registry.Caller{Facts: &prokura.Facts{Credential: prokura.CredentialOperator}}, ids["tool"])
		if err != nil || s.Next.Criteria.Calls != want.calls || s.Record != want.record || s.Met != want.met || s.MayAsk() != (want.met || below) {
			t.Errorf("%q: %+v, %+v, met %v, %v", rules, s.Next.Criteria, s.Record, s.Met, err)
		}
	}
}
