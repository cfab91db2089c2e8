package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/prokura/prokura/internal/quota"
)

// act is what one caller wants done in a transaction.
type act struct {
	ctx    context.Context
	f      func(*Tx) error
	then   func(error)
	urgent bool

	worked time.Duration // on it alone, with its part of the commit
	err    error
	panics any       // what f panicked with
	turn   chan bool // true: lead; false: err is the answer
}

// run runs an act: alone on PostgreSQL, on SQLite with those that want to be run at
// the same time.
func (s *Store) run(a *act) error {
	if s.group == nil {
		s.alone(a)
		a.then(a.err)
	} else {
		s.group.run(a)
	}
	if a.panics != nil {
		panic(a.panics)
	}
	return a.err
}

// alone runs an act in a transaction of its own.
func (s *Store) alone(a *act) {
	start := time.Now()
	a.err = s.update(a.ctx, a.f)
	a.worked += time.Since(start)
}

// errUnfinished is the outcome of what has come to none.
var errUnfinished = unavailable(errors.New("the act was broken off"))

// group puts acts together that want to be run at the same time, for a database in
// which one writes at a time: those that arrive while others are committed are the
// next transaction, one after the other, and its one flush to disk is theirs. Who
// comes alone waits for nobody. The first of them, called the leader, runs them all
// and answers them when they are committed.
//
// An act sees what those before it in the transaction did, as if they had been
// committed. What it did itself is taken back when it fails, and nothing of others.
type group struct {
	store *Store
	lasts time.Duration // after which no further act is begun in a transaction

	mu      sync.Mutex
	led     bool   // there is a leader
	waiting []*act // as they came
}

const (
	mostTogether  = 32 // acts in a transaction
	togetherLasts = 4 * time.Millisecond
)

func (g *group) run(a *act) {
	a.turn = make(chan bool, 1)
	g.mu.Lock()
	lead := !g.led
	if lead {
		g.led = true
	} else {
		g.waiting = append(g.waiting, a)
	}
	g.mu.Unlock()
	if !lead {
		select {
		case lead = <-a.turn:
		case <-a.ctx.Done():
			if g.giveUp(a) {
				a.err = quota.Refusal(a.ctx.Err())
				return
			}
			lead = <-a.turn // it is under way: it has an outcome soon
		}
	}
	if lead {
		g.lead(a)
	}
}

// giveUp takes an act back that nobody has begun.
func (g *group) giveUp(a *act) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(g.waiting, a)
	if i >= 0 {
		g.waiting = slices.Delete(g.waiting, i, i+1)
	}
	return i >= 0
}

// next is one of those that wait, the urgent first.
func (g *group) next() *act {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) == 0 {
		return nil
	}
	i := max(0, slices.IndexFunc(g.waiting, func(a *act) bool { return a.urgent }))
	a := g.waiting[i]
	g.waiting = slices.Delete(g.waiting, i, i+1)
	return a
}

// lead runs a transaction and answers. The next leader is who has waited longest, so
// that nobody waits for long behind what is urgent.
func (g *group) lead(first *act) {
	t := &together{group: g}
	defer func() { // also when the act has ended its goroutine, as tests do
		for _, a := range t.acts {
			a.then(a.err)
		}
		g.mu.Lock()
		var heir *act
		if g.led = len(g.waiting) > 0; g.led {
			heir = g.waiting[0]
			g.waiting = slices.Delete(g.waiting, 0, 1)
		}
		g.mu.Unlock()
		if heir != nil {
			heir.turn <- true
		}
		for _, a := range t.acts[1:] {
			a.turn <- false
		}
	}()
	t.run(first)
}

// together is one transaction of several acts.
type together struct {
	*group
	acts  []*act // all of them, the leader's first
	kept  []*act // those whose changes are in the transaction, or would be
	after []*act // that failed behind such changes, and may have failed for them
	now   *act   // the one that runs
	asked bool   // others were let run, and may have come
	begun bool   // there was a connection
}

// errLost is the error for a transaction that is known not to have been committed.
var errLost = errors.New("the transaction was lost")

// run runs the first act, and others that come in time. Where the transaction is known
// not to have been committed, all but those that failed before it held anything run alone.
func (t *together) run(first *act) {
	t.add(first)
	err := t.on(first.ctx)
	again := isConflict(err) || isRefusal(err) || errors.Is(err, errLost)
	if err != nil { // what others saw of it may never have been
		t.kept = append(t.kept, t.after...)
	}
	for _, a := range t.kept {
		if a.err = err; again {
			t.again(a)
		}
	}
	if !t.begun && err != nil {
		first.err = err
	}
}

// again runs an act alone. One that panics does so where it was called, not here.
func (t *together) again(a *act) {
	defer func() {
		if v := recover(); v != nil {
			a.err, a.panics = errUnfinished, fmt.Sprintf("%v\n%s", v, debug.Stack())
		}
	}()
	t.store.alone(a)
}

// on runs the transaction. An act that panics takes the connection with it, and
// panics again where it was called.
func (t *together) on(ctx context.Context) (err error) {
	defer func() {
		if v := recover(); v != nil {
			t.now.panics, err = fmt.Sprintf("%v\n%s", v, debug.Stack()), errLost
		}
	}()
	return t.store.on(ctx, t.store.write, t.transact)
}

func (t *together) add(a *act) {
	a.err = errUnfinished
	t.acts, t.now = append(t.acts, a), a
}

func (t *together) transact(q session) error {
	start, open := time.Now(), false
	t.begun = true
	for a := t.now; a != nil; a = t.following(start) {
		began := time.Now()
		if a.err = a.ctx.Err(); a.err != nil {
			a.err = quota.Refusal(a.err)
			continue
		}
		a.err = errUnfinished
		if !open {
			if err := q.begin(a.ctx, txWrite); err != nil {
				t.kept = append(t.kept, a)
				return errLost
			}
			open = true
		}
		err := t.part(q, a)
		switch a.worked += time.Since(began); {
		case err == nil:
			t.kept = append(t.kept, a)
		case isConflict(err), isFull(err), errors.Is(err, errLost):
			t.kept = append(t.kept, a)
			return errLost
		case len(t.kept) == 0:
			a.err, open = err, false
			if q.rollback() != nil {
				return errLost
			}
		default:
			a.err = err
			t.after = append(t.after, a)
		}
	}
	if !open {
		return nil
	}
	began := time.Now()
	err := q.commit(context.Background())
	for _, a := range t.kept {
		a.worked += time.Since(began) / time.Duration(len(t.kept))
	}
	if err != nil && !isConflict(err) && !isRefusal(err) {
		return unavailable(fmt.Errorf("commit: outcome unknown: %w", err))
	}
	if err == nil {
		t.store.commits.Add(1)
	}
	return err
}

// part runs one act inside of the transaction. One that fails behind others leaves
// nothing; where it is the first, the transaction goes.
func (t *together) part(q session, a *act) error {
	behind := len(t.kept) > 0
	if behind {
		if _, err := q.exec(a.ctx, `SAVEPOINT act`, nil); err != nil {
			return errLost
		}
	}
	err := a.f(t.store.tx(a.ctx, q))
	if !behind {
		return err
	}
	if err != nil {
		if _, gone := q.exec(a.ctx, `ROLLBACK TO act`, nil); gone != nil {
			return errLost
		}
	}
	if _, gone := q.exec(a.ctx, `RELEASE act`, nil); gone != nil {
		return errLost
	}
	return err
}

// following is the act that is run next in the transaction, if there is one now.
func (t *together) following(start time.Time) *act {
	if len(t.acts) >= mostTogether || time.Since(start) > t.lasts {
		return nil
	}
	a := t.next()
	if a == nil && !t.asked {
		t.asked = true
		runtime.Gosched() // to those who are about to come, on a machine with few cores
		a = t.next()
	}
	if a != nil {
		t.add(a)
	}
	return a
}
