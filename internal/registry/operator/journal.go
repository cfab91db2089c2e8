package operator

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// archivedAtOnce is how many lines leave the journal in one transaction.
const archivedAtOnce = 2000

// archiveLease is longer than writing that many lines takes on any disk.
const archiveLease = 10 * time.Minute

// JournalLine is a line of the journal as an archive file has it: JSON on one line,
// the columns of the journal by their names, ids as numbers in quotes.
type JournalLine struct {
	At       time.Time       `json:"at"`
	ID       int64           `json:"id,string"`
	Caller   string          `json:"caller"`
	Actor    prokura.ID      `json:"actor,string,omitempty"`
	App      prokura.ID      `json:"app,string,omitempty"`
	Business prokura.ID      `json:"business,string,omitempty"`
	Act      prokura.Act     `json:"act"`
	Subject  prokura.ID      `json:"subject,string,omitempty"`
	Outcome  string          `json:"outcome"`
	Before   json.RawMessage `json:"before,omitempty"`
	After    json.RawMessage `json:"after,omitempty"`
	Trace    string          `json:"trace,omitempty"`
}

func lineOf(e store.StoredEntry) JournalLine {
	return JournalLine{e.At.Time().UTC(), e.ID, e.Caller, e.Actor, e.App, e.Business, e.Act, e.Subject, e.Outcome,
		json.RawMessage(e.Before), json.RawMessage(e.After), e.Trace}
}

// ArchiveJournal moves what the journal tells of the time before an instant into
// files of a folder, one for each month (journal-2026-01.jsonl, of UTC), and says
// how many lines that were. A line is on the disk before it leaves the database,
// so one that was interrupted loses none and, tried again, writes none twice. Each
// batch leaves a line of its own in the journal. Of several processes on one
// database one archives at a time; the others find nothing to do.
func ArchiveJournal(ctx context.Context, r *registry.Registry, folder string, before prokura.Instant) (total int, err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return 0, fmt.Errorf("archive journal: %w", err)
	}
	holder := registry.NewHandle()
	lease := func(tx *store.Beside, until time.Duration) (bool, error) {
		now := r.Now()
		return tx.Lease("journal archive", holder, now, now.Add(until))
	}
	defer func() {
		failed := r.Beside(ctx, func(tx *store.Beside) error {
			_, err := lease(tx, 0)
			return err
		})
		err = errors.Join(err, failed)
	}()
	for {
		var mine bool
		err := r.Beside(ctx, func(tx *store.Beside) (err error) {
			mine, err = lease(tx, archiveLease)
			return err
		})
		if err != nil || !mine {
			return total, err
		}
		list, err := registry.View(ctx, r, func(tx *store.View) ([]store.StoredEntry, error) {
			return tx.JournalBefore(before, archivedAtOnce)
		})
		if err != nil || len(list) == 0 {
			return total, err
		}
		for rest := list; len(rest) > 0; {
			month, n := monthOf(rest[0]), 1
			for n < len(rest) && monthOf(rest[n]) == month {
				n++
			}
			if err := appendArchive(filepath.Join(folder, "journal-"+month+".jsonl"), rest[:n]); err != nil {
				return total, fmt.Errorf("archive journal: %w", err)
			}
			rest = rest[n:]
		}
		last := list[len(list)-1]
		err = r.Act(ctx, registry.Operator(""), prokura.ActArchiveJournal, nil, func(d *registry.Door) error {
			mine, err := lease(d.Beside(), archiveLease)
			if err != nil {
				return err
			}
			if !mine { // the files took so long that another process has begun
				return errors.New("archive journal: another process has begun to archive")
			}
			d.Note(nil, map[string]any{"lines": len(list), "from": list[0].At.Time(), "to": last.At.Time()})
			return d.DropJournal(last)
		})
		if err != nil {
			return total, err
		}
		total += len(list)
	}
}

// Trim deletes what is more than anybody looks through ([store.Beside.Trim]).
func Trim(ctx context.Context, r *registry.Registry) error {
	return r.Beside(ctx, func(tx *store.Beside) error {
		_, err := tx.Trim(r.Now())
		return err
	})
}

func monthOf(e store.StoredEntry) string { return e.At.Time().UTC().Format("2006-01") }

// appendArchive writes lines at the end of a file, without those that it has, and
// is done when they are on the disk.
func appendArchive(name string, list []store.StoredEntry) (err error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	last, err := endOfArchive(f)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	for _, e := range list {
		line := lineOf(e)
		if cmp.Or(line.At.Compare(last.At), cmp.Compare(line.ID, last.ID)) <= 0 {
			continue
		}
		b, err := json.Marshal(line)
		if err != nil {
			return err
		}
		if _, err := w.Write(append(b, '\n')); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Sync()
}

// endOfArchive finds the last line of a file and goes to where the next one
// belongs; a line that was cut off is written over.
func endOfArchive(f *os.File) (last JournalLine, err error) {
	const most = 64 << 10 // more than two lines
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil || size == 0 {
		return last, err
	}
	from := max(0, size-most)
	tail := make([]byte, size-from)
	if _, err := f.ReadAt(tail, from); err != nil {
		return last, err
	}
	whole := bytes.LastIndexByte(tail, '\n') + 1
	if err := f.Truncate(from + int64(whole)); err != nil {
		return last, err
	}
	if _, err := f.Seek(0, io.SeekEnd); err != nil || whole == 0 {
		return last, err
	}
	line := tail[:whole-1]
	line = line[bytes.LastIndexByte(line, '\n')+1:]
	if err := json.Unmarshal(line, &last); err != nil {
		return last, fmt.Errorf("%s does not end in a line of the journal: %w", f.Name(), err)
	}
	return last, nil
}
