package store

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/prokura/prokura"
)

// Of 100,000 rows on one list the first page and one from the middle are found by an
// index from their first row to their last, in both directions, whatever the list is of.
func TestResourcePages(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		n := 300
		if s.Engine() == "postgres" { // which walks small tables, and does right
			n = 30_000
		}
		if _, err := s.write.Exec(fmt.Sprintf(`INSERT INTO resource (id, kind, asset, parent, above, place, name, fields, created, updated)
			WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
			SELECT 1000 + i, CASE WHEN i %% 3 = 0 THEN 'other' ELSE 'row' END, 7, 8, 9, i, '', '{}', 1, 1 FROM n`, n)); err != nil {
			t.Fatal(err)
		}
		if s.Engine() == "postgres" {
			if _, err := s.write.Exec(`ANALYZE`); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.View(t.Context(), func(tx *View) error {
			middle := prokura.ID(n / 2)
			for list, q := range map[string]ResourceQuery{"asset": {Asset: 7}, "parent": {Asset: 7, On: 8}, "above": {Asset: 7, Below: 9}} {
				q.Kind, q.Limit = "row", 26
				for place, more := range map[string]func(*ResourceQuery){"first": func(*ResourceQuery) {}, "middle": func(q *ResourceQuery) { q.After = middle },
					"last": func(q *ResourceQuery) { q.Last = true }, "before the middle": func(q *ResourceQuery) { q.Before, q.Last = middle, true }} {
					q := q
					more(&q)
					text, args := q.page()
					if err := explain(t, tx, list+", "+place, text, args, true); err != nil {
						return err
					}
					rows, err := tx.Resources(q)
					if err != nil || len(rows) != 26 {
						t.Fatalf("%s, %s: %d rows, %v", list, place, len(rows), err)
					}
					up := func(a, b prokura.Resource) int { return int(a.Place - b.Place) }
					if q.Last {
						slices.Reverse(rows)
					}
					if !slices.IsSortedFunc(rows, up) || rows[0].Place <= q.After || q.Before != 0 && rows[25].Place >= q.Before || rows[0].Kind != "row" {
						t.Errorf("%s, %s: from %d to %d", list, place, rows[0].Place, rows[25].Place)
					}
				}
				if all, err := tx.CountResources(q, 0); err != nil || all != n-n/3 {
					t.Errorf("%s: %d rows, %v", list, all, err)
				}
				if some, err := tx.CountResources(q, 10); err != nil || some != 10 {
					t.Errorf("%s: %d of up to 10 rows, %v", list, some, err)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}

// Rows come in the order in which they were given; a key and an id belong to one; what
// hangs on a row goes with it, and all of it with the asset.
func TestResourceRows(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		row := func(id, parent, above prokura.ID, key string) prokura.Resource {
			return prokura.Resource{ID: id, Kind: "row", Asset: 7, Parent: parent, Above: above, Key: key, Values: map[string]any{"n": float64(id)}, Created: placeEpoch + 5, Updated: placeEpoch + 5}
		}
		add := func(list ...prokura.Resource) error {
			return s.Update(t.Context(), func(tx *Tx) error { return tx.AddResources(list) })
		}
		many := make([]prokura.Resource, 3*resourcesAtOnce+1)
		for i := range many {
			many[i] = row(prokura.ID(10_000-i), 7, 0, fmt.Sprint("key ", i))
		}
		if err := errors.Join(add(many...), add(row(1, 7, 0, "")), add(row(2, 1, 0, "")), add(row(3, 2, 1, ""))); err != nil {
			t.Fatal(err)
		}
		for what, err := range map[string]error{"a key": add(row(4, 7, 0, "key 9")), "two of one key": add(row(5, 7, 0, "new"), row(6, 7, 0, "new"))} {
			if !errors.Is(err, prokura.FieldTaken) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if err := add(row(1, 7, 0, "")); !errors.Is(err, prokura.Conflict) {
			t.Errorf("an id: %v", err)
		}
		if err := s.Update(t.Context(), func(tx *Tx) error {
			list, err := tx.AllResources(7)
			if err != nil || len(list) != len(many)+3 || !slices.IsSortedFunc(list, func(a, b prokura.Resource) int { return int(a.Place - b.Place) }) {
				t.Errorf("%d rows, %v", len(list), err)
			}
			for i := range many {
				if list[i].ID != many[i].ID || list[i].Values["n"] != float64(many[i].ID) {
					t.Fatalf("row %d is %+v", i, list[i])
				}
			}
			first := list[0]
			if first.Key = "key 1"; !errors.Is(tx.UpdateResource(first), prokura.FieldTaken) {
				t.Error("a key was taken over")
			}
			if first.Key, first.Values = "another", map[string]any{"n": "x"}; tx.UpdateResource(first) != nil {
				t.Error("a row keeps its key")
			}
			if got, err := tx.ResourceByKey(7, "row", "another"); err != nil || got.ID != first.ID || got.Values["n"] != "x" || got.Place != first.Place {
				t.Errorf("by key: %+v, %v", got, err)
			}
			if err := tx.DeleteResource(1); err != nil {
				return err
			}
			if list, err = tx.AllResources(7); err != nil || len(list) != len(many) {
				t.Errorf("%d rows after one with two below it went, %v", len(list), err)
			}
			return tx.DeleteResource(first.ID)
		}); err != nil {
			t.Fatal(err)
		}
		if err := s.Update(t.Context(), func(tx *Tx) error { return tx.DeleteResource(1) }); !errors.Is(err, prokura.NotFound) {
			t.Errorf("deleted twice: %v", err)
		}
	})
}

// Another server may give a place within the same millisecond: then another one is
// taken.
func TestResourcePlaces(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		row := func(id prokura.ID) prokura.Resource {
			return prokura.Resource{ID: id, Kind: "row", Asset: 7, Parent: 7, Created: placeEpoch + 5}
		}
		for _, list := range [][]prokura.Resource{{row(1)}, {row(2), row(3)}} {
			s.places.Store(1<<50 - 1) // as another server has it, which saw nothing of the first one
			if err := s.Update(t.Context(), func(tx *Tx) error { return tx.AddResources(list) }); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.View(t.Context(), func(tx *View) error {
			list, err := tx.AllResources(7)
			if err != nil || len(list) != 3 || list[0].ID != 1 || list[1].ID != 2 || list[2].ID != 3 {
				t.Errorf("%+v, %v", list, err)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if prokura.ID(1_900_000_000_000-placeEpoch)<<placeBits > prokura.MaxID { // 2030
			t.Error("places are no exact numbers in JSON")
		}
	})
}
