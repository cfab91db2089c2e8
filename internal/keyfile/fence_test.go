package keyfile

import (
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
)

// Acts ask for their turn inside of their transactions: while one waits for the
// file to be on the disk, the others go on.
func TestNobodyWaitsForTheFileOfAnother(t *testing.T) {
	f := NewFence(filepath.Join(t.TempDir(), "fence"), slog.New(slog.NewTextHandler(io.Discard, nil)))
	f.Begin("life", 1)
	f.file.Lock() // as who writes it does
	defer f.file.Unlock()
	f.Turn()
	f.Changed(0)
	if err := f.Check("life", 1); err != nil {
		t.Error(err)
	}
}

// Whoever moved the revision goes on when the file says so, and the file never
// goes back.
func TestFenceSaysWhatWasTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fence")
	f := NewFence(path, slog.New(slog.NewTextHandler(io.Discard, nil)))
	f.Begin("life", 1)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range int64(10) {
				revision := 2 + n*8 + int64(i)
				f.Changed(revision)
				if m, err := ReadMark(path); err != nil || m == nil || m.Revision < revision {
					t.Errorf("told of revision %d, the file says %v, %v", revision, m, err)
				}
			}
		})
	}
	all.Wait()
	if m, err := ReadMark(path); err != nil || m.Revision != 81 || m.Life != "life" {
		t.Errorf("the file says %v, %v", m, err)
	}
}

// An older state that is put underneath is noticed also where a change that was
// owed moves it to where the newest one was.
func TestFenceNoticesAnOlderState(t *testing.T) {
	for name, c := range map[string]struct {
		owed  bool
		comes int64 // where the database is after Keep has asked
		older bool
	}{
		"it went on":                     {true, 8, false},
		"others moved it":                {false, 9, false},
		"nothing happened":               {false, 7, false},
		"it is behind":                   {false, 6, true},
		"it was behind, and is moved on": {true, 7, true},
	} {
		f := NewFence(filepath.Join(t.TempDir(), "fence"), slog.New(slog.NewTextHandler(io.Discard, nil)))
		f.Begin("life", 7)
		if c.owed {
			f.Changed(0)
		}
		err := f.Keep(func(move bool) (int64, error) {
			if move != c.owed {
				t.Errorf("%s: moved: %v", name, move)
			}
			return c.comes, nil
		})
		if errors.Is(err, ErrOlder) != c.older || !c.older && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := f.Check("life", c.comes); (err != nil) != c.older {
			t.Errorf("%s: who enters again is told %v", name, err)
		}
	}
}
