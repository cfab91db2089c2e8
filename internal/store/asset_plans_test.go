package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/prokura/prokura"
)

// Businesses and subjects of the world of these tests.
const (
	planOwner prokura.ID = 11 + iota
	planAgency
	planSubject
)

// plantMany makes a business with n assets, which are shared with an agency and
// assigned to a subject.
func plantMany(t *testing.T, s *Store, n int) {
	t.Helper()
	for _, text := range []string{
		fmt.Sprintf(`INSERT INTO asset (id, kind, business, name, attributes, created)
			WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
			SELECT 1000 + i, CASE WHEN i %% 10 < 6 THEN 'ad_account' ELSE 'page' END, %d, 'Store ' || (i * 7919 %% 100003), '{}', 1 FROM n`, n, planOwner),
		fmt.Sprintf(`INSERT INTO share (asset, business, owner, kind, name, tasks, created, updated) SELECT id, %d, business, kind, name, 'ANALYZE', 1, 1 FROM asset`, planAgency),
		fmt.Sprintf(`INSERT INTO assignment (asset, subject, source, kind, tasks) SELECT id, %d, 0, kind, 'ANALYZE' FROM asset`, planSubject),
	} {
		if _, err := s.write.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	if s.Engine() == "postgres" { // SQLite plans by what indexes there are
		if _, err := s.write.Exec(`ANALYZE`); err != nil {
			t.Fatal(err)
		}
	}
}

// TestListPlans proves that a page of a list is found by an index from its
// first row to its last, wherever it is: no plan walks a table of assets, and
// none reads more rows than some for each row of the page.
func TestListPlans(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		n := 200
		if s.Engine() == "postgres" { // which walks small tables, and does right
			n = 20_000
		}
		plantMany(t, s, n)
		var chosen []prokura.ID
		for i := range 50 {
			chosen = append(chosen, prokura.ID(1001+i*n/50))
		}
		admin, agency := []prokura.ID{planOwner}, []prokura.ID{planAgency}
		extents := map[string]prokura.Extent{
			"owner":           {Full: admin},
			"agency":          {Full: agency},
			"both":            {Full: []prokura.ID{planOwner, planAgency}},
			"employee":        {Part: admin, Subject: planSubject},
			"agency employee": {Part: agency, Subject: planSubject},
			"admin elsewhere": {Full: agency, Part: admin, Subject: planSubject},
			"grant":           {Full: admin, Agreed: []prokura.Task{"ANALYZE"}, Limited: true, Chosen: chosen},
			"limited person":  {Part: agency, Subject: planSubject, Limited: true, Chosen: chosen},
		}
		places := map[string]AssetQuery{
			"first":    {},
			"deep":     {After: prokura.ID(1000 + n*9/10)},
			"backward": {After: prokura.ID(1000 + n*9/10), Backward: true},
			"owned":    {After: prokura.ID(1000 + n/2), Owner: planOwner},
			"client":   {After: prokura.ID(1000 + n/2), Client: planAgency},
			"search":   {After: prokura.ID(1000 + n/2), Search: "store"},
			"by name":  {After: prokura.ID(1000 + n/2), ByName: true},
		}
		for who, e := range extents {
			for where, q := range places {
				// By name assignments are sorted: they know no names.
				if where == "by name" && len(e.Part) > 0 && !e.Limited {
					continue
				}
				q.Kind, q.Limit = prokura.KindAdAccount, 26
				err := s.View(t.Context(), func(tx *View) error {
					l := tx.assetList(q)
					text := l.page(assetFactColumns(l.arg(planSubject)), l.extent(e))
					return explain(t, tx, who+", "+where, text, l.args, q.After != 0 && !e.Limited)
				})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

// explain fails where a plan walks a table, or reads more than a page's worth.
// At a cursor an index must lead to the place, not only to the list's start.
func explain(t *testing.T, tx *View, name, text string, args []any, cursor bool) error {
	if tx.store.Engine() == "sqlite" {
		type step struct {
			id, parent, unused int
			detail             string
		}
		steps, err := all(tx, "explain", func(s scanner) (v step, err error) {
			err = s.Scan(&v.id, &v.parent, &v.unused, &v.detail)
			return v, err
		}, `EXPLAIN QUERY PLAN `+text, args...)
		for _, v := range steps {
			table, walks := strings.CutPrefix(v.detail, "SCAN ")
			if walks && !strings.HasPrefix(table, "p") && !strings.HasPrefix(table, "u") && !strings.HasPrefix(table, "j ") && !strings.HasPrefix(table, "(subquery") {
				t.Errorf("%s: SQLite has to %s:\n%s\n%+v", name, v.detail, text, steps)
			}
			if cursor && strings.Contains(v.detail, "kind=?") && !strings.ContainsAny(v.detail, "<>") {
				t.Errorf("%s: SQLite reads the list from its start (%s):\n%s", name, v.detail, text)
			}
		}
		return err
	}
	out, err := one(tx, "explain", scanOne[string], `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) `+text, args...)
	if err != nil {
		return err
	}
	var plans []struct{ Plan planNode }
	if err := json.Unmarshal([]byte(out), &plans); err != nil {
		return err
	}
	if read := plans[0].Plan.read(); read > 1500 {
		t.Errorf("%s: PostgreSQL reads %.0f rows for a page of 26:\n%s\n%s", name, read, text, out)
	}
	return nil
}

// planNode is a node of PostgreSQL's plan, as far as it tells what was read.
type planNode struct {
	Rows    float64 `json:"Actual Rows"`
	Loops   float64 `json:"Actual Loops"`
	Removed float64 `json:"Rows Removed by Filter"`
	Joined  float64 `json:"Rows Removed by Join Filter"`
	Plans   []planNode
}

func (n planNode) read() float64 {
	sum := (n.Rows + n.Removed + n.Joined) * n.Loops
	for _, p := range n.Plans {
		sum += p.read()
	}
	return sum
}
