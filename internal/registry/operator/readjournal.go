package operator

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// longestLine bounds what is taken for a line of an archive file; those that are
// written have some 2 kB.
const longestLine = 1 << 20

// ReadJournal gives the lines of the journal from an instant on, oldest first: those
// that were moved into files of a folder, then those in the database.
func ReadJournal(ctx context.Context, r *registry.Registry, folder string, since time.Time, do func(JournalLine) error) error {
	var last JournalLine
	names, err := filepath.Glob(filepath.Join(folder, "journal-*.jsonl"))
	if err != nil {
		return fmt.Errorf("read journal: %w", err)
	}
	slices.Sort(names)
	first := "journal-" + since.UTC().Format("2006-01") + ".jsonl"
	for _, name := range names {
		if filepath.Base(name) < first {
			continue
		}
		if err := readArchive(ctx, name, func(l JournalLine) error {
			if last = l; l.At.Before(since) {
				return nil
			}
			return do(l)
		}); err != nil {
			return fmt.Errorf("read journal: %w", err)
		}
	}
	place := store.JournalPlace{At: prokura.InstantOf(since), ID: -1}
	if !last.At.Before(since) { // a line may be in the file already and in the database still
		place = store.JournalPlace{At: prokura.InstantOf(last.At), ID: last.ID}
	}
	for {
		list, err := registry.View(ctx, r, func(tx *store.View) ([]store.StoredEntry, error) { return tx.JournalFrom(place, archivedAtOnce) })
		if err != nil || len(list) == 0 {
			return err
		}
		for _, e := range list {
			if err := do(lineOf(e)); err != nil {
				return err
			}
			place = store.JournalPlace{At: e.At, ID: e.ID}
		}
	}
}

// readArchive gives the lines of an archive file. The last one may be cut off, as it
// is while somebody writes it.
func readArchive(ctx context.Context, name string, do func(JournalLine) error) (err error) {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, longestLine)
	lines.Split(wholeLines)
	for n := 1; lines.Scan(); n++ {
		var l JournalLine
		if err := cmp.Or(ctx.Err(), json.Unmarshal(lines.Bytes(), &l)); err != nil {
			return fmt.Errorf("%s, line %d: %w", name, n, err)
		}
		if err := do(l); err != nil {
			return err
		}
	}
	return lines.Err()
}

// wholeLines splits at the end of lines, and leaves what has none.
func wholeLines(data []byte, end bool) (advance int, token []byte, err error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if end {
		return len(data), nil, nil
	}
	return 0, nil, nil
}
