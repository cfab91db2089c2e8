package store

import (
	"fmt"
	"testing"

	"github.com/prokura/prokura"
)

// R-HISTORY-01: a page of the journal is found by an index from its first line to
// its last, whoever's part it is and however many lines there are; its order and its
// bounds are those that were asked for.
func TestJournalPages(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		n := 300
		if s.Engine() == "postgres" { // which walks small tables, and does right
			n = 30_000
		}
		for _, text := range []string{
			fmt.Sprintf(`INSERT INTO journal (at, id, caller, actor, app, business, act, subject, outcome, before, after, trace)
				WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
				SELECT 1000 + i / 3, i, 'session', 5, i %% 7, i %% 11, 'x', 1000 + i, 'done', '', '', '' FROM n`, n),
			fmt.Sprintf(`INSERT INTO node (id, kind) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) SELECT 1000 + i, 'asset' FROM n`, n),
			fmt.Sprintf(`INSERT INTO asset (id, kind, business, name, attributes, created) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) SELECT 1000 + i, 'page', i %% 11, 'Store', '{}', 1 FROM n`, n),
		} {
			if _, err := s.write.Exec(text); err != nil {
				t.Fatal(err)
			}
		}
		if s.Engine() == "postgres" {
			if _, err := s.write.Exec(`ANALYZE`); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.View(t.Context(), func(tx *View) error {
			middle := JournalPlace{At: prokura.Instant(1000 + n/6), ID: int64(n / 2)}
			for name, scope := range map[string]JournalScope{"all": {}, "an app's": {App: 3}, "a business's": {Business: 4}} {
				for _, before := range []JournalPlace{Newest, middle} {
					text, args := journalPage(scope, before, 1001, 26)
					if err := explain(t, tx, name, text, args, false); err != nil {
						return err
					}
					list, err := tx.JournalPage(scope, before, 1001, 26)
					if err != nil {
						return err
					}
					last := before
					for _, e := range list {
						if e.At > last.At || e.At == last.At && e.ID >= last.ID || scope.App != 0 && e.App != scope.App || scope.Business != 0 && e.Business != scope.Business {
							t.Errorf("%s: a line %+v after %+v", name, e, last)
						}
						last = JournalPlace{e.At, e.ID}
					}
					if len(list) == 0 {
						t.Errorf("%s: no lines before %+v", name, before)
					}
				}
			}
			if list, err := tx.JournalPage(JournalScope{}, Newest, prokura.Instant(1000+n/3), 26); err != nil || len(list) != 1 {
				t.Errorf("since the last instant: %d lines, %v", len(list), err)
			}
			list, err := tx.JournalFrom(middle, 26)
			if err != nil || len(list) != 26 || list[0].ID != int64(n/2+1) {
				t.Errorf("from the middle on: %+v, %v", list, err)
			}
			var ids []prokura.ID
			for i := range 26 {
				ids = append(ids, prokura.ID(1001+i))
			}
			if err := explain(t, tx, "names", journalNames, []any{idObject(ids)}, false); err != nil {
				return err
			}
			names, err := tx.JournalNames(append(ids, 77))
			if err != nil || len(names) != 26 || names[0].Name != "Store" || names[3].Business != 4 {
				t.Errorf("names: %+v, %v", names, err)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}
