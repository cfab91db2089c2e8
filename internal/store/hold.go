package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prokura/prokura"
)

// HoldMode says which other processes may have a database at the same time.
type HoldMode byte

const (
	// NoHold is for who reads, or writes what no cache knows of, beside whoever
	// else is there.
	NoHold HoldMode = iota
	// HoldBeside is for who answers nothing from memory: others of this mode may
	// be there, and nobody who holds alone.
	HoldBeside
	// HoldAlone is for who answers from memory: nobody else may hold the database,
	// as nobody would tell this process what has ended.
	HoldAlone
)

// ErrHeld is the error for a database that another process holds.
var ErrHeld = errors.New("another process holds the database")

// A Hold is what a process has of a database for as long as it may answer for
// it: a lock that ends with the process, looked after once a second. Who has lost
// it says yes to nothing, and what it changes is not committed any more.
//
// On PostgreSQL a process can lose the lock without knowing yet: it was paused,
// or cannot be reached. Therefore what it knows is good for holdLasts from the
// moment before it last asked; and whoever comes next, and finds that the last one
// did not say goodbye, waits for so long before it answers.
type Hold struct {
	mode HoldMode
	lock lock
	log  *slog.Logger

	until   atomic.Int64 // nanoseconds after holdEpoch; before that it holds
	doubted atomic.Bool  // the database says that somebody else had it

	entries chan entry
	stop    context.CancelFunc
	ended   chan struct{}
	once    sync.Once
}

const (
	holdEvery  = time.Second      // how often the lock is looked at
	holdLasts  = 5 * time.Second  // for so long a look is good
	holdEnds   = 15 * time.Second // a PostgreSQL server ends the lock of who is silent for so long
	holdEnters = 10 * time.Second // for what is done after the lock was won; less than holdEnds
	holdRetry  = 250 * time.Millisecond
	holdGrace  = 3 * time.Second // until PostgreSQL has noticed that a process is dead
)

// holdEpoch is a moment of the monotonic clock, which nobody can turn.
var holdEpoch = time.Now()

// lock is what keeps others out: a file's or PostgreSQL's.
type lock interface {
	// take tries once; ErrHeld when others are there.
	take(ctx context.Context, alone bool) error
	// check is an error unless the lock is there still.
	check(ctx context.Context) error
	// drop gives the lock up, if it is there.
	drop()
	// lasting reports whether a process that lives cannot lose the lock.
	lasting() bool
}

// entry is what must be done before the database is used, each time that the lock
// was won.
type entry struct {
	do   func(context.Context) error
	done chan error
}

// takeHold takes the lock of a database; with wait it waits for others to leave.
func takeHold(ctx context.Context, c Config) (*Hold, error) {
	h := &Hold{mode: c.Hold, log: c.Log, entries: make(chan entry), ended: make(chan struct{})}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	if IsPostgres(c.Database) {
		h.lock = &advisoryLock{database: c.Database}
	} else {
		h.lock = &fileLock{database: c.Database}
	}
	waiting, since := false, time.Now()
	for {
		err := h.lock.take(ctx, h.mode == HoldAlone)
		if err == nil {
			break
		}
		h.lock.drop()
		switch {
		case ctx.Err() != nil, !waiting && !errors.Is(err, ErrHeld):
			return nil, err
		case c.Wait && !waiting:
			h.log.Info("waiting for another process to leave the database", "because", err)
		case !c.Wait && (h.lock.lasting() || time.Since(since) > holdGrace):
			return nil, err
		}
		waiting = true // from here on the database may be away for a moment
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(holdRetry):
		}
	}
	var keeping context.Context
	keeping, h.stop = context.WithCancel(context.WithoutCancel(ctx))
	go h.keep(keeping)
	return h, nil
}

// Good reports whether this process may answer for the database now; true for who
// needs no hold.
func (h *Hold) Good() bool { return h == nil || h.GoodAt(time.Now()) }

// GoodAt is Good for a moment that was just read from the clock. It is on the path
// of every call, where it costs one load of memory.
func (h *Hold) GoodAt(now time.Time) bool {
	return h == nil || int64(now.Sub(holdEpoch)) < h.until.Load()
}

// Doubt ends all answers until the database was entered once more.
func (h *Hold) Doubt() {
	if h == nil {
		return
	}
	h.doubted.Store(true)
	h.until.Store(0)
}

// enter runs what must be done before the database is used, now and each time
// that the lock was lost and won again. It is called once.
func (h *Hold) enter(ctx context.Context, do func(context.Context) error) error {
	if h == nil {
		return do(ctx)
	}
	e := entry{do, make(chan error, 1)}
	select {
	case h.entries <- e:
	case <-ctx.Done():
		return ctx.Err()
	}
	return <-e.done
}

// keep looks after the lock until ctx ends.
func (h *Hold) keep(ctx context.Context) {
	defer close(h.ended)
	tick := time.NewTicker(holdEvery)
	defer tick.Stop()
	k := keeper{Hold: h, held: true}
	for {
		select {
		case <-ctx.Done():
			h.until.Store(0)
			return
		case e := <-h.entries:
			k.do = e.do
			k.look(ctx)
			if e.done <- k.err; k.err != nil { // the caller tells it, and closes
				k.do = nil
			}
		case <-tick.C:
			k.look(ctx)
		}
	}
}

// keeper is the state of keep.
type keeper struct {
	*Hold
	held    bool
	entered bool
	do      func(context.Context) error // nil until the database is used
	known   bool                        // it was used already
	err     error                       // why it is not held or not entered
}

// look makes sure that the lock is there, and says for how long that is known.
func (k *keeper) look(ctx context.Context) {
	asked := time.Since(holdEpoch) // before the question: the answer may come late
	was, before := k.err, k.entered
	k.err = k.try(ctx)
	if k.err == nil && k.entered && !before { // that took its time
		asked = time.Since(holdEpoch)
		k.err = k.try(ctx)
	}
	switch {
	case ctx.Err() != nil:
		return
	case k.err != nil:
		k.until.Store(0)
		if k.known && (was == nil || was.Error() != k.err.Error()) {
			k.log.Error("this server does not hold its database and answers nothing", "error", k.err)
		}
		return
	case k.do == nil:
		return
	case was != nil:
		k.log.Info("this server holds its database again")
	}
	k.known = true
	k.until.Store(int64(asked + holdLasts))
	if k.doubted.Load() { // since it was looked at
		k.until.Store(0)
	}
}

func (k *keeper) try(ctx context.Context) error {
	if k.held {
		looking, cancel := context.WithTimeout(ctx, holdEnters)
		err := k.lock.check(looking)
		cancel()
		if err != nil {
			k.held, k.entered = false, false
			k.until.Store(0)
			k.lock.drop()
			return fmt.Errorf("the hold was lost: %w", err)
		}
	} else {
		taking, cancel := context.WithTimeout(ctx, holdEnters)
		err := k.lock.take(taking, k.mode == HoldAlone)
		cancel()
		if err != nil {
			k.lock.drop()
			return err
		}
		k.held = true
	}
	if k.doubted.Swap(false) {
		k.entered = false
	}
	if k.entered || k.do == nil {
		return nil
	}
	entering, cancel := context.WithTimeout(ctx, holdEnters)
	defer cancel()
	if err := k.do(entering); err != nil {
		return err
	}
	k.entered = true
	return nil
}

// silence ends all answers, for good; the lock stays until release.
func (h *Hold) silence() {
	if h != nil {
		h.stop()
		<-h.ended
		h.until.Store(0)
	}
}

// release gives the database to others.
func (h *Hold) release() {
	if h != nil {
		h.once.Do(func() {
			h.silence()
			h.lock.drop()
		})
	}
}

// Terms. A term is the time in which one process answers from memory. It is a
// number in the database, and every change of authority is made in a term
// (Changed, Bump): what a process that lost its hold commits late would be unknown to the
// memory of the next one, so it is not committed.
const (
	metaTerm   = "term"
	metaCaches = "cached_in" // term of a process that answers from memory and did not say that it has ended
)

// Enter makes the database usable: it is Update for who has just won its hold, in
// a new term if this process answers from memory. do may refuse. Both run again
// after a hold was lost and won back; ready with the revision that the world has
// then, before answers are given.
func (s *Store) Enter(ctx context.Context, do func(*Tx) error, ready func(revision int64)) error {
	return s.hold.enter(ctx, func(ctx context.Context) error {
		var term, stranger, revision int64
		err := s.update(ctx, func(tx *Tx) error {
			if err := do(tx); err != nil {
				return err
			}
			var err error
			if term, stranger, err = tx.beginTerm(); err == nil {
				revision, err = tx.Revision()
			}
			return err
		})
		if err != nil {
			return err
		}
		own := s.term.Swap(term)
		if stranger != 0 && stranger != own && !s.hold.lock.lasting() {
			s.hold.log.Info("the last server did not say that it has ended: waiting until it cannot answer from memory any more", "for", holdLasts)
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(holdLasts):
			}
		}
		if stranger != 0 && s.hold.mode == HoldBeside {
			if err := s.endTerm(ctx, stranger); err != nil {
				return err
			}
		}
		ready(revision)
		return nil
	})
}

// beginTerm begins a term if this process answers from memory, or finds the one
// that there is. It tells the term of a process that answered from memory and
// did not say that it has ended; 0: none.
func (t *Tx) beginTerm() (term, stranger int64, err error) {
	if t.store.hold == nil {
		return 0, 0, nil
	}
	if term, err = t.number(metaTerm); err != nil {
		return 0, 0, err
	}
	if stranger, err = t.number(metaCaches); err != nil {
		return 0, 0, err
	}
	if t.store.hold.mode != HoldAlone {
		return term, stranger, nil
	}
	term++
	if err := errors.Join(t.SetMeta(metaTerm, fmt.Sprint(term)), t.SetMeta(metaCaches, fmt.Sprint(term))); err != nil {
		return 0, 0, err
	}
	// Changes under way lock the row of the term, or write this one: they come before
	// this commit, or find the new term.
	return term, stranger, t.must("begin term", `UPDATE revision SET number = number + 1 WHERE one = 1`)
}

// number reads a property of the world that is a number; 0 when unset.
func (t *View) number(name string) (n int64, err error) {
	text, err := t.Meta(name)
	if isNotFound(err) {
		return 0, nil
	}
	if err == nil {
		_, err = fmt.Sscan(text, &n)
	}
	return n, err
}

// endTerm says that the process of a term answers nothing any more.
func (s *Store) endTerm(ctx context.Context, term int64) error {
	return s.update(ctx, func(tx *Tx) error {
		n, err := tx.number(metaCaches)
		if err != nil || n != term {
			return err
		}
		return tx.SetMeta(metaCaches, "0")
	})
}

// Hold is what this process has of the database; nil: nothing, and it needs
// nothing.
func (s *Store) Hold() *Hold { return s.hold }

// NotHeld is the error for a process that lost its hold: what was asked did not
// happen.
func NotHeld() error {
	return prokura.Errorf(prokura.Unavailable, "The service is temporarily unavailable. Please retry your request later.").WithCause(errNotHeld)
}

var errNotHeld = errors.New("this process does not hold the database")
