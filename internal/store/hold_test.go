package store

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prokura/prokura"
)

// stubLock is a lock whose looks can be made to hang.
type stubLock struct {
	hang  chan struct{} // a look waits until it is closed
	looks atomic.Int64
}

func (l *stubLock) take(context.Context, bool) error { return nil }
func (l *stubLock) drop()                            {}
func (l *stubLock) lasting() bool                    { return false }

func (l *stubLock) check(context.Context) error {
	if l.looks.Add(1) > 2 { // before and after it was entered
		<-l.hang
	}
	return nil
}

// Who cannot find out whether the hold is there still stops saying yes by
// the clock alone: a look that hangs, as in a process that is paused or cut off,
// keeps nobody believing.
func TestHoldEndsByTime(t *testing.T) {
	t.Parallel()
	lock := &stubLock{hang: make(chan struct{})}
	h := &Hold{mode: HoldAlone, lock: lock, log: slog.New(slog.DiscardHandler), entries: make(chan entry), ended: make(chan struct{})}
	var keeping context.Context
	keeping, h.stop = context.WithCancel(t.Context())
	if h.Good() {
		t.Error("it holds before it was entered")
	}
	go h.keep(keeping)
	if err := h.enter(t.Context(), func(context.Context) error { return nil }); err != nil || !h.Good() {
		t.Fatalf("after it was entered: %v, %v", err, h.Good())
	}
	waitFor(t, func() bool { return !h.Good() })
	if h.until.Load() == 0 {
		t.Error("the keeper has ended it, not the clock")
	}
	close(lock.hang)
	waitFor(t, h.Good) // it was there all the time
	h.release()
	if h.Good() {
		t.Error("it holds after it was released")
	}
}

func waitFor(t *testing.T, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !happened(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not come to this")
		}
	}
}

// A change that a process makes in a term that is over is not committed, and
// the process answers nothing until it has begun a term of its own.
func TestTerms(t *testing.T) {
	terms := func(t *testing.T, database string) {
		open := func(mode HoldMode) (*Store, error) {
			s, err := Open(t.Context(), Config{Database: database, Hold: mode, Catalog: prokura.DefaultCatalog()})
			if err != nil {
				return nil, err
			}
			t.Cleanup(func() { s.Close() })
			return s, s.Enter(t.Context(), func(*Tx) error { return nil }, func(int64) {})
		}
		s, err := open(HoldAlone)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := open(HoldBeside); !errors.Is(err, ErrHeld) {
			t.Errorf("beside who holds alone: %v", err)
		}
		bump := func(s *Store) error {
			if err := s.Update(t.Context(), func(tx *Tx) error { _, err := tx.Changed([]Change{{Kind: 1, ID: 1}}, false); return err }); err != nil {
				return err
			}
			return s.Update(t.Context(), func(tx *Tx) error { _, err := tx.Bump(); return err })
		}
		if err := bump(s); err != nil {
			t.Fatal(err)
		}
		term := s.term.Load()

		// Another process has come and gone, for all that this one knows.
		other, err := Open(t.Context(), Config{Database: database, Catalog: prokura.DefaultCatalog()})
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		if err := other.Update(t.Context(), func(tx *Tx) error { return tx.SetMeta(metaTerm, "41") }); err != nil {
			t.Fatal(err)
		}
		revision := func() (n int64) {
			if err := other.View(t.Context(), func(tx *View) (err error) { n, err = tx.Revision(); return err }); err != nil {
				t.Fatal(err)
			}
			return n
		}
		before := revision()
		if err := bump(s); !errors.Is(err, prokura.Unavailable) || !errors.Is(err, errNotHeld) {
			t.Errorf("a change in a term that is over: %v", err)
		}
		if after := revision(); after != before {
			t.Errorf("the revision went from %d to %d", before, after)
		}
		waitFor(t, s.Hold().Good)
		if err := bump(s); err != nil || s.term.Load() != 42 || term == 42 {
			t.Errorf("in a term of its own: %v, term %d", err, s.term.Load())
		}

		// Who leaves says so; who has none may stand beside others.
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := other.View(t.Context(), func(tx *View) error {
			if n, err := tx.number(metaCaches); err != nil || n != 0 {
				t.Errorf("after the end: cached in %d, %v", n, err)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			beside, err := open(HoldBeside)
			if err != nil {
				t.Fatal(err)
			}
			if err := bump(beside); err != nil {
				t.Errorf("a change beside others: %v", err)
			}
		}
		if _, err := open(HoldAlone); !errors.Is(err, ErrHeld) {
			t.Errorf("alone where others are: %v", err)
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		terms(t, filepath.Join(t.TempDir(), "world.db"))
	})
	onPostgres(t, terms)
}

// Beside a server nobody changes who has power: its memory would not know.
func TestBumpBesideAServer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "world.db")
	openStore(t, path)
	s, err := Open(t.Context(), Config{Database: path, AsIs: true, Catalog: prokura.DefaultCatalog()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Update(t.Context(), func(tx *Tx) error { _, err := tx.Bump(); return err }); err == nil {
		t.Error("a command beside a server moved the revision")
	}
}
