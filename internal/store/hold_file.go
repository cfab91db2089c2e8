package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// fileLock is a lock of the operating system on a file beside an SQLite database:
// SQLite locks the database's own file in ways that a lock on it would disturb.
// It ends with the process, and a process that is paused keeps it.
type fileLock struct {
	database string
	flock    *flock.Flock
	is       map[string]fs.FileInfo // the files as they were when they were first seen
}

// lockFile is behind the name of a database.
const lockFile = ".lock"

func (l *fileLock) lasting() bool { return true }

func (l *fileLock) take(ctx context.Context, alone bool) error {
	path, err := realPath(l.database)
	if err != nil {
		return fmt.Errorf("lock database: %w", err)
	}
	l.flock = flock.New(path+lockFile, flock.SetPermissions(0o600))
	try := l.flock.TryRLock
	if alone {
		try = l.flock.TryLock
	}
	got, err := try()
	switch {
	case err != nil:
		return fmt.Errorf("lock database: %w", err)
	case !got:
		return fmt.Errorf("%w %s (it has locked %s)", ErrHeld, l.database, path+lockFile)
	}
	if l.is == nil {
		l.is = map[string]fs.FileInfo{}
	}
	delete(l.is, path+lockFile)
	return l.check(ctx)
}

// check finds out whether somebody took away the lock's file, or put another
// database in place of the open one.
func (l *fileLock) check(context.Context) error {
	path, err := realPath(l.database)
	if err != nil {
		return err
	}
	for _, name := range []string{path + lockFile, path} {
		info, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) && l.is[name] == nil {
			continue // the database of a first start
		}
		if err != nil {
			return err
		}
		if l.is[name] == nil {
			l.is[name] = info
		}
		if !os.SameFile(l.is[name], info) {
			return fmt.Errorf("the file %s was replaced", name)
		}
	}
	return nil
}

func (l *fileLock) drop() {
	if l.flock != nil {
		l.flock.Close() // the file stays: who removed it would take it from under the next one
	}
}

// realPath is the path of a database without links, so that it has one lock under
// all its names; its folder is made when missing.
func realPath(database string) (string, error) {
	dir := filepath.Dir(database)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	if path, err := filepath.EvalSymlinks(database); err == nil {
		return path, nil
	}
	dir, err := filepath.EvalSymlinks(dir)
	return filepath.Join(dir, filepath.Base(database)), err
}
