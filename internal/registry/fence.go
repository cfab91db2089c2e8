package registry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/keyfile"
	"github.com/prokura/prokura/internal/store"
)

// fence keeps, in a file outside of the database, how far the database has come,
// so that an older copy of it is noticed: what was revoked since would work again
// (A18). The file is never ahead of the database, and less than a second behind:
// the first change of authority in a second is in it before its act returns, what
// follows it at the next second.
type fence struct {
	path string // empty: none is kept
	log  *slog.Logger

	mu      sync.Mutex
	life    string
	newest  int64     // revision that is known
	written int64     // revision in the file
	at      time.Time // when it was written
	failing bool
}

// MetaLife is the property of a world that a restored copy does not share with
// the world that it was made of.
const MetaLife = "life"

const fenceEvery = time.Second

// check compares what a transaction sees with the file, and with what this
// process has seen before.
func (f *fence) check(tx *store.Tx) (life string, err error) {
	life, err = tx.Meta(MetaLife)
	if errors.Is(err, prokura.NotFound) {
		life = NewHandle()[:32]
		err = tx.SetMeta(MetaLife, life)
	}
	if err != nil {
		return life, err
	}
	revision, err := tx.Revision()
	if err != nil {
		return life, err
	}
	f.mu.Lock()
	known := keyfile.Fence{Life: f.life, Revision: f.newest, Written: f.at}
	f.mu.Unlock()
	if f.path != "" {
		have, err := keyfile.ReadFence(f.path)
		if err != nil {
			return life, err
		}
		if have != nil && (known.Life == "" || have.Life != life || have.Revision > known.Revision) {
			known = *have
		}
	}
	switch {
	case known.Life != "" && known.Life != life:
		return life, fmt.Errorf("the file %s was written for another database, or for this one before it was restored. Name the right database; or, if this is the one to go on with, give: prokura restore --in-place", f.path)
	case known.Revision > revision:
		return life, fmt.Errorf("the database is an older copy: it has come to revision %d, and by the file %s there was a revision %d on %s. What was revoked since would work again. "+
			"Put the newest state back; or, to go on with this one, give: prokura restore --in-place, which ends what hung on it", revision, f.path, known.Revision, known.Written.UTC().Format(time.RFC3339))
	}
	return life, nil
}

// begin starts to keep the file.
func (f *fence) begin(life string, revision int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.life, f.newest = life, revision
	f.write()
}

// raise tells of a change that was committed.
func (f *fence) raise(revision int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.newest = max(f.newest, revision)
	if f.newest > f.written && time.Since(f.at) >= fenceEvery {
		f.write()
	}
}

// write is called with the lock. What cannot be written is tried again, and told
// once.
func (f *fence) write() {
	if f.path == "" {
		return
	}
	f.at = time.Now()
	err := keyfile.Fence{Life: f.life, Revision: f.newest, Written: f.at}.Write(f.path)
	switch {
	case err == nil:
		f.written = f.newest
	case !f.failing:
		f.log.Warn("the fence cannot be kept, so an older copy of the database will not be noticed: name another place with --fence", "error", err)
	}
	f.failing = err != nil
}

// KeepFence writes how far the database has come, by this process or others.
// serve calls it about once a second.
func (r *Registry) KeepFence(ctx context.Context) error {
	if r.fence.path == "" {
		return nil
	}
	n, err := View(ctx, r, func(tx *store.View) (int64, error) { return tx.Revision() })
	if err == nil {
		r.fence.raise(n)
	}
	return err
}
