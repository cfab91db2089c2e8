package store

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	lib "modernc.org/sqlite/lib"

	"github.com/prokura/prokura"
)

// ballastSize is the room that is kept for taking power away, in bytes: a revoke
// takes some 20 KiB of the log until that is moved into the database.
const ballastSize = 16 << 20

// ballastEvery is how often a ballast is tried to be laid again.
const ballastEvery = 10 * time.Second

// ballast is a file beside an SQLite database that is in nobody's way until the
// disk is full. It is given up for what takes power away, and laid again when
// there is room; in between nothing else is written. A nil ballast, as that
// of PostgreSQL, keeps nothing.
type ballast struct {
	path string
	size int64

	mu    sync.Mutex
	gone  bool
	tried time.Time
	freed func() // for tests: what giving the file up does to the disk
}

// lay makes the file unless it is there. A disk that has no room for it, and as
// much again, has none for anybody's work either; the database is served all the
// same.
func (b *ballast) lay() error {
	if info, err := os.Stat(b.path); err == nil && info.Size() == b.size {
		return nil
	}
	f, err := os.OpenFile(b.path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err == nil {
		if err = allocate(f, 2*b.size); err == nil {
			err = f.Truncate(b.size) // not on the disk for certain: it is laid again at the next start
		}
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return errors.Join(fmt.Errorf("lay ballast: %w", err), os.Remove(b.path))
	}
	return nil
}

// fill writes that many bytes of what no file system folds.
func fill(f *os.File, size int64) error {
	_, err := io.CopyN(f, rand.Reader, size)
	return err
}

// giveUp frees the room; false when there is nothing left to free.
func (b *ballast) giveUp() bool {
	if b == nil {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.gone || os.Remove(b.path) != nil {
		b.gone = true
		return false
	}
	if b.freed != nil {
		b.freed()
	}
	b.gone, b.tried = true, time.Now()
	return true
}

// ready reports whether ordinary work may be written: the ballast is there, or
// could be laid again.
func (b *ballast) ready() bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.gone {
		return true
	}
	if time.Since(b.tried) < ballastEvery {
		return false
	}
	b.tried = time.Now()
	b.gone = b.lay() != nil
	return !b.gone
}

// isFull reports that the disk has no room: the transaction was not done.
func isFull(err error) bool {
	return isSQLite(err, lib.SQLITE_FULL)
}

func full(err error) error {
	return prokura.Errorf(prokura.Unavailable,
		"The service has no room on its disk. Taking access away still works; everything else has to wait for the people who run it.").WithCause(err)
}
