package keyfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Mark is what a fence file says: how far a database had come.
type Mark struct {
	Life     string    `json:"life"`     // of the database: a restored one has a new one
	Revision int64     `json:"revision"` // of its authority
	Written  time.Time `json:"written"`  // for people
}

// ReadMark reads a fence file; nil when there is none.
func ReadMark(path string) (*Mark, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read fence: %w", err)
	}
	var m Mark
	if err := json.Unmarshal(raw, &m); err != nil || m.Life == "" || m.Revision < 1 {
		return nil, fmt.Errorf("read fence: %s is no fence file", path)
	}
	return &m, nil
}

// Write puts a mark in place of what was there, whole or not at all.
func (m Mark) Write(path string) error {
	raw, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err := replaceFile(path, append(raw, '\n')); err != nil {
		return fmt.Errorf("write fence: %w", err)
	}
	return nil
}

// Fence keeps, in a file outside of a database, how far the database has come, so
// that an older copy of it is noticed: what was revoked since would work again.
// The file is never ahead of the database, and less than a second behind:
// the first change of authority in a second moves the database's revision and is in
// the file before its act returns; for what follows the revision is moved once, a
// second later. Each start is a change, so a copy that was made
// before a start is always noticed after it; what may go unnoticed is a copy of
// the last second before a crash.
type Fence struct {
	path string // empty: no file is kept
	log  *slog.Logger

	file    sync.Mutex // held while the file is written; taken before mu
	written int64      // revision in the file
	failing bool

	// Acts ask for their turn inside of their transactions, so nobody waits for the
	// disk with it.
	mu    sync.Mutex
	known Mark      // of the database, as this process knows it
	at    time.Time // when the file was written, or is about to be
	owed  bool      // changes were committed that did not move the revision
}

const fenceEvery = time.Second

// NewFence makes the fence of a file; an empty path is one that only remembers.
func NewFence(path string, log *slog.Logger) *Fence { return &Fence{path: path, log: log} }

// Check is an error unless a database has come at least as far as the file and
// this process know.
func (f *Fence) Check(life string, revision int64) error {
	f.mu.Lock()
	known := f.known
	f.mu.Unlock()
	if f.path != "" {
		have, err := ReadMark(f.path)
		if err != nil {
			return err
		}
		if have != nil && (known.Life == "" || have.Life != life || have.Revision > known.Revision) {
			known = *have
		}
	}
	switch {
	case known.Life != "" && known.Life != life:
		return fmt.Errorf("the file %s was written for another database, or for this one before it was restored. Name the right database; or, if this is the one to go on with, give: prokura restore --in-place", f.path)
	case known.Revision > revision:
		return fmt.Errorf("the database is an older copy: it has come to revision %d, and by the file %s there was a revision %d on %s. What was revoked since would work again. "+
			"Put the newest state back; or, to go on with this one, give: prokura restore --in-place, which ends what hung on it", revision, f.path, known.Revision, known.Written.UTC().Format(time.RFC3339))
	}
	return nil
}

// Begin writes the file for a database that is used from now on.
func (f *Fence) Begin(life string, revision int64) {
	f.mu.Lock()
	f.known.Life, f.known.Revision = life, revision
	f.mu.Unlock()
	f.file.Lock()
	defer f.file.Unlock()
	f.write()
}

// Turn reports whether a change is the first one in a second: then it moves the
// revision itself.
func (f *Fence) Turn() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.at) < fenceEvery {
		return false
	}
	f.at = time.Now()
	return true
}

// Changed tells of a change that was committed, or may have been, and to which
// revision it moved the database; 0: to none that is known, so that Keep has to.
func (f *Fence) Changed(revision int64) {
	if revision != 0 {
		f.raise(revision)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.owed = true
}

// ErrOlder says that the database lies behind what was known of it: somebody put an
// older state underneath.
var ErrOlder = errors.New("the database is an older copy of what it was a moment ago")

// Keep reads how far the database has come, or moves it on for changes that did
// not, and writes the file. It is called once in a second. After ErrOlder no Check
// of this database succeeds.
func (f *Fence) Keep(revision func(move bool) (int64, error)) error {
	f.mu.Lock()
	known, owed := f.known.Revision, f.owed
	f.owed = false // what comes from here on may be too late for the move
	f.mu.Unlock()
	n, err := revision(owed)
	if err != nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.owed = f.owed || owed
		return err
	}
	if n < known || owed && n == known { // it was moved, and is where it was
		f.raise(known + 1) // further than this one has come
		return ErrOlder
	}
	f.raise(n)
	return nil
}

// raise returns when the file says so, whoever wrote it.
func (f *Fence) raise(revision int64) {
	f.mu.Lock()
	f.known.Revision = max(f.known.Revision, revision)
	f.mu.Unlock()
	f.file.Lock()
	defer f.file.Unlock()
	if revision > f.written {
		f.write()
	}
}

// write is called with the file's lock, and writes the newest that is known. What
// cannot be written is tried again, and told once.
func (f *Fence) write() {
	f.mu.Lock()
	f.at = time.Now()
	f.known.Written = f.at
	known := f.known
	f.mu.Unlock()
	if f.path == "" {
		return
	}
	err := known.Write(f.path)
	switch {
	case err == nil:
		f.written = known.Revision
	case !f.failing:
		f.log.Warn("the fence cannot be kept, so an older copy of the database will not be noticed: name another place with --fence", "error", err)
	}
	f.failing = err != nil
}
