package graph

import (
	"slices"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/data"
	"github.com/prokura/prokura/internal/graph/insights"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/resource"
)

// Every row of the edge tables says which level a call needs, what it costs, who
// counts that and where its ad account is named (R-LEVEL-05, -06); what changes
// something costs more than what reads; and each limiter of a kind has rows.
func TestEdgesHaveTerms(t *testing.T) {
	g := &graph{catalog: resource.BuiltIn()}
	declared, _ := data.Serving(nil)(nil, g.catalog, nil)
	reports, _ := insights.Serve(nil, g.catalog, nil)
	for _, e := range slices.Concat(g.edges(), declared, reports) {
		terms := e.Terms
		name := e.Method + " " + string(e.On[0]) + "/" + e.Name
		if !terms.Valid() || !slices.Contains(prokura.Limiters, terms.Limiter) || !prokura.ValidLevel(terms.Level) {
			t.Errorf("%s: terms %+v", name, terms)
		}
		if terms.Limiter != prokura.LimitNothing && (e.Method == "GET") != (terms.Cost == prokura.CostRead) {
			t.Errorf("%s costs %d", name, terms.Cost)
		}
		if terms.Account == prokura.InPath && !slices.Equal(e.On, []wire.Kind{wire.Kind(prokura.KindAdAccount)}) {
			t.Errorf("%s is on the ad account of its path, and hangs on %v", name, e.On)
		}
		if terms.Account == prokura.InParam && !slices.ContainsFunc(e.Params, func(p wire.Param) bool { return p.Name == terms.Param }) {
			t.Errorf("%s takes no parameter %s", name, terms.Param)
		}
		for _, on := range e.On {
			if on == wire.Kind(prokura.KindAdAccount) && terms.Account != prokura.InPath {
				t.Errorf("%s hangs on ad accounts, and is on none", name)
			}
		}
	}
}
