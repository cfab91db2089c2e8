package registry_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/operator"
	"github.com/prokura/prokura/internal/store"
)

// Processes that share a database archive each line of the journal once, whether
// they share the folder too or each has its own.
//
// Proves R-WORK-04.
func TestProcessesArchiveTogether(t *testing.T) {
	for name, folder := range map[string]func(dir string, n int) string{
		"one folder":  func(dir string, _ int) string { return dir },
		"own folders": func(dir string, n int) string { return filepath.Join(dir, string(rune('a'+n))) },
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, database string) { archiveTogether(t, newFixture(t, database, ""), folder) })
		})
	}
}

func archiveTogether(t *testing.T, f *fixture, folder func(dir string, n int) string) {
	const processes, lines = 3, 2500
	past := prokura.InstantOf(time.Date(2020, 5, 1, 0, 0, 0, 0, time.UTC))
	if err := f.Store().Update(f.ctx, func(tx *store.Tx) error {
		for i := range lines {
			if err := tx.Journal(store.Entry{At: past + prokura.Instant(i/10), Caller: "token", Act: prokura.ActEndGrant, Outcome: "done"}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	dir, moved := t.TempDir(), make([]int, processes)
	var all sync.WaitGroup
	for n := range processes {
		r := f.open(-1)
		all.Go(func() {
			var err error
			if moved[n], err = operator.ArchiveJournal(f.ctx, r, folder(dir, n), past.Add(time.Hour)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	files, _ := filepath.Glob(filepath.Join(dir, "journal-*"))
	more, _ := filepath.Glob(filepath.Join(dir, "*", "journal-*"))
	ids, times := map[string]bool{}, []time.Time{}
	for _, file := range append(files, more...) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for in := json.NewDecoder(bytes.NewReader(text)); in.More(); {
			var line struct {
				At time.Time
				ID string
			}
			if err := in.Decode(&line); err != nil {
				t.Fatal(err)
			}
			ids[line.ID] = true
			times = append(times, line.At)
		}
	}
	total := 0
	for _, n := range moved {
		total += n
	}
	if len(ids) != lines || len(times) != lines || total != lines {
		t.Errorf("%d lines of %d ids, %d said to be moved, want %d", len(times), len(ids), total, lines)
	}
	if len(files) == 1 && !slices.IsSortedFunc(times, time.Time.Compare) {
		t.Error("the lines are not in order")
	}
}
