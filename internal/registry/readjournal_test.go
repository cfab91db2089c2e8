package registry_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/operator"
	"github.com/prokura/prokura/internal/store"
)

// R-HISTORY-01: the operator reads the journal from a day on, each line once and in
// order, whether it was moved into files, is in both, or is in the database; what was
// cut off at the end of a file is no line.
func TestReadJournal(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		start := time.Date(2020, 4, 29, 0, 0, 0, 0, time.UTC)
		const hours = 24 * 6
		f.must(f.Store().Update(f.ctx, func(tx *store.Tx) error {
			for i := range hours {
				if err := tx.Journal(store.Entry{At: prokura.InstantOf(start.Add(time.Duration(i) * time.Hour)), Caller: "token", Act: prokura.ActEndGrant, Outcome: "done", Before: `{"n":1}`}); err != nil {
					return err
				}
			}
			return nil
		}))
		dir := t.TempDir()
		read := func(since time.Time) (n int, at []time.Time) {
			t.Helper()
			f.must(operator.ReadJournal(f.ctx, f.Registry, dir, since, func(l operator.JournalLine) error {
				if l.Act == prokura.ActEndGrant {
					at = append(at, l.At)
				}
				return nil
			}))
			for i := range at {
				if i > 0 && !at[i].After(at[i-1]) || at[i].Before(since) {
					t.Fatalf("line %d is of %s", i, at[i])
				}
			}
			return len(at), at
		}
		before, _ := read(start)
		if _, err := operator.ArchiveJournal(f.ctx, f.Registry, dir, prokura.InstantOf(start.Add(hours/2*time.Hour+1))); err != nil {
			t.Fatal(err)
		}
		// As if somebody were writing the next line, which the database has still.
		name := filepath.Join(dir, "journal-2020-05.jsonl")
		whole, err := os.ReadFile(name)
		f.must(err)
		f.must(os.WriteFile(name, append(whole, `{"at":"2020-05-0`...), 0o600))
		for since, want := range map[time.Time]int{start: hours, start.Add(5 * time.Hour): hours - 5, start.AddDate(0, 0, 2).Add(time.Minute): hours - 49, start.AddDate(0, 0, 5): 24, start.AddDate(1, 0, 0): 0} {
			if n, at := read(since); n != want {
				t.Errorf("since %s: %d lines, want %d: %v", since, n, want, at)
			}
		}
		if before != hours {
			t.Errorf("%d lines without an archive", before)
		}
	})
}
