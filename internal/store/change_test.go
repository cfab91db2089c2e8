package store

import (
	"errors"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prokura/prokura"
)

func logged(s *Store, t *testing.T, id prokura.ID, more func(*Tx) error) error {
	return s.Update(t.Context(), func(tx *Tx) error {
		if _, err := tx.Changed([]Change{{Kind: 3, ID: id}}, false); err != nil {
			return err
		}
		return more(tx)
	})
}

func nothing(*Tx) error { return nil }

// told are the ids of what a reader is told.
func told(t *testing.T, r *Reader) (ids []prokura.ID) {
	t.Helper()
	list, whole, err := r.Next(t.Context())
	if err != nil || !whole {
		t.Fatalf("whole %v, %v", whole, err)
	}
	for _, c := range list {
		if c.Kind != 3 {
			t.Errorf("kind %d", c.Kind)
		}
		ids = append(ids, c.ID)
	}
	return ids
}

func reader(t *testing.T, s *Store) *Reader {
	t.Helper()
	r := s.Changes()
	if _, whole, err := r.Next(t.Context()); err != nil || whole {
		t.Fatalf("a new reader knows all: %v, %v", whole, err)
	}
	return r
}

// What began first and is committed last has the lower number: a reader that goes
// by the highest number that it saw would never be told of it.
func TestChangesAreNotPassed(t *testing.T) {
	onPostgres(t, func(t *testing.T, database string) {
		s := openStore(t, database)
		r := reader(t, s)
		if err := logged(s, t, 1, func(tx *Tx) error {
			if _, err := tx.Revision(); err != nil { // it is sent by now
				return err
			}
			if err := logged(s, t, 2, nothing); err != nil {
				return err
			}
			if got := told(t, r); !slices.Equal(got, []prokura.ID{2}) {
				t.Errorf("while the first one is under way: %v", got)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if got := told(t, r); !slices.Equal(got, []prokura.ID{1}) {
			t.Errorf("after it: %v", got)
		}
		if got := told(t, r); len(got) != 0 {
			t.Errorf("told twice: %v", got)
		}
		var order []string
		if err := s.View(t.Context(), func(tx *View) (err error) {
			order, err = all(tx, "order", scanOne[string], `SELECT entities FROM change ORDER BY xid`)
			return err
		}); err != nil || !slices.Equal(order, []string{"3:1", "3:2"}) {
			t.Errorf("by number they are %v (%v), so this shows nothing", order, err)
		}
	})
}

// Whoever asks is told, at the latest then, what was acknowledged before they
// asked, and nothing twice, whatever commits at the same time.
func TestChangesUnderConcurrency(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		const writers, each = 6, 40
		var mu sync.Mutex
		var acknowledged []prokura.ID
		var all sync.WaitGroup
		r := reader(t, s)
		for w := range writers {
			all.Go(func() {
				for i := range each {
					id := prokura.ID(1 + w*each + i)
					err := logged(s, t, id, func(tx *Tx) error {
						if _, err := tx.Revision(); err != nil {
							return err
						}
						time.Sleep(time.Duration(rand.Int64N(int64(time.Millisecond))))
						return nil
					})
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					acknowledged = append(acknowledged, id)
					mu.Unlock()
				}
			})
		}
		done := make(chan struct{})
		go func() { all.Wait(); close(done) }()
		times := map[prokura.ID]int{}
		for last := false; !last; {
			select {
			case <-done:
				last = true
			default:
			}
			mu.Lock()
			before := slices.Clone(acknowledged)
			mu.Unlock()
			for _, id := range told(t, r) {
				times[id]++
			}
			for _, id := range before {
				if times[id] != 1 {
					t.Fatalf("change %d was told %d times", id, times[id])
				}
			}
		}
		if len(times) != writers*each {
			t.Errorf("%d changes told of %d", len(times), writers*each)
		}
	})
}

// The log is bounded, its numbers go on, and who was away for too long knows that
// something is missing.
func TestChangesAreSwept(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		r := reader(t, s)
		for id := range prokura.ID(3) {
			if err := logged(s, t, id+1, nothing); err != nil {
				t.Fatal(err)
			}
		}
		sweep := func(now time.Time) (n int64) {
			if err := s.Update(t.Context(), func(tx *Tx) (err error) { n, err = tx.sweepChanges(now); return err }); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if n := sweep(time.Now()); n != 0 {
			t.Errorf("%d changes of a moment ago were swept", n)
		}
		if n := sweep(time.Now().Add(changesLast + time.Minute)); n != 2 {
			t.Errorf("%d of 3 were swept, all but the newest are due", n)
		}
		r.asked = r.asked.Add(-changesLast)
		if list, whole, err := r.Next(t.Context()); err != nil || whole || len(list) != 0 {
			t.Errorf("after a long time away: %v, %v, %v", list, whole, err)
		}
		if err := logged(s, t, 9, nothing); err != nil {
			t.Fatal(err)
		}
		if got := told(t, r); !slices.Equal(got, []prokura.ID{9}) {
			t.Errorf("after the sweep: %v", got)
		}
	})
}

// A term is not begun while a change of the last one is being committed, and a
// change that comes later does not happen, also where it looked before.
func TestChangesKeepTheTerm(t *testing.T) {
	onPostgres(t, func(t *testing.T, database string) {
		s, err := Open(t.Context(), Config{Database: database, Hold: HoldAlone, Catalog: prokura.DefaultCatalog()})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if err := s.Enter(t.Context(), func(*Tx) error { return nil }, func(int64) {}); err != nil {
			t.Fatal(err)
		}
		other := openStore(t, database)
		begin := func(term string) error {
			return other.Update(t.Context(), func(tx *Tx) error { return tx.SetMeta(metaTerm, term) })
		}
		begun := make(chan error, 1)
		if err := logged(s, t, 1, func(tx *Tx) error {
			if _, err := tx.Revision(); err != nil { // it has the lock by now
				return err
			}
			go func() { begun <- begin("41") }()
			select {
			case err := <-begun:
				t.Errorf("a term was begun in the midst of a change: %v", err)
			case <-time.After(100 * time.Millisecond):
			}
			return nil
		}); err != nil {
			t.Errorf("a change before the term: %v", err)
		}
		if err := <-begun; err != nil {
			t.Fatal(err)
		}
		if err := s.Update(t.Context(), func(tx *Tx) error { return tx.SetMeta("made", "late") }); err != nil {
			t.Errorf("what is no change of authority: %v", err)
		}
		s.term.Store(41)
		err = s.Update(t.Context(), func(tx *Tx) error {
			if _, err := tx.Revision(); err != nil { // from here on it sees nothing newer
				return err
			}
			if err := begin("42"); err != nil {
				return err
			}
			_, err := tx.Changed([]Change{{Kind: 3, ID: 2}}, false)
			return err
		})
		if !errors.Is(err, errNotHeld) {
			t.Errorf("a change that looked before the term: %v", err)
		}
	})
}

func TestChangedBesideAServer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "world.db")
	openStore(t, path)
	s, err := Open(t.Context(), Config{Database: path, AsIs: true, Catalog: prokura.DefaultCatalog()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := logged(s, t, 1, nothing); err == nil {
		t.Error("a command beside a server changed who has power")
	}
}
