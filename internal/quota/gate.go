// Package quota bounds what callers can make the server do, and shares it out
// fairly between those who pay for it: networks, accounts, people, apps.
//
// It knows no caller and decides nothing about authority: whoever asks says in
// words who pays. What it counts is in memory and forgotten with the process.
package quota

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// ErrBusy is what who asked is told when too much is under way already.
var ErrBusy = errors.New("too much is under way")

// Limits are the bounds of a gate.
type Limits struct {
	Places  int // that work at a time
	Waiting int // that wait, all together
	Much    int // places for those who have had much lately; 0: all
}

// A Payer is one of those whose share the work is.
type Payer struct {
	Name string
	Most int // pieces of work that wait or are under way; 0: no bound but the gate's

	// Share is how many times the share of one the payer has of a [Meter], as an
	// app does that works for many; 0: once.
	Share float64
}

// price is what one thing costs the payer.
func (p Payer) price() float64 { return 1 / max(1, p.Share) }

// halfLife is the time after which half of what somebody has had is forgotten.
const halfLife = 30 * time.Second

// maxPayers bounds the memory of a gate. Beyond it those are forgotten who have
// had least.
const maxPayers = 10_000

// A Gate lets a few pieces of heavy work in at a time. Of those who wait, the one
// is next whose payers have had least lately; where all places to wait are taken,
// the one who has had most is sent away. So whoever asks for much waits for
// whoever asks for little, and never the other way round.
type Gate struct {
	limits Limits

	mu     sync.Mutex
	free   int
	much   int // at work for those who had much when they came in
	queue  []*waiter
	had    map[string]*share
	active map[string]int // payer: waiting or at work
}

type waiter struct {
	payers []Payer
	urgent bool
	much   bool
	since  int        // order of arrival
	turn   chan error // nil: it came at once
	left   bool
}

// share is the work that a payer has had, as of a moment.
type share struct {
	work time.Duration
	at   time.Time
}

// NewGate makes a gate.
func NewGate(l Limits) *Gate {
	return &Gate{limits: l, free: l.Places, had: map[string]*share{}, active: map[string]int{}}
}

// Enter waits until the work may begin, and gives the function that ends it. The
// time between is what the payers have had. Without a payer the work waits
// behind nobody who has had anything. The error is [ErrBusy], or that of the
// context.
func (g *Gate) Enter(ctx context.Context, payers ...Payer) (leave func(), err error) {
	p, err := g.pass(ctx, payers)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	return func() { p.Leave(time.Since(start)) }, nil
}

// A Pass is a place at a gate, for work whose time is told at its end.
type Pass struct {
	gate *Gate
	w    *waiter
}

// Leave gives the place to the next, once. worked is what the payers have had.
func (p Pass) Leave(worked time.Duration) { p.gate.leave(p.w, worked) }

func (g *Gate) pass(ctx context.Context, payers []Payer) (Pass, error) {
	if err := ctx.Err(); err != nil {
		return Pass{}, err
	}
	w, err := g.join(payers, IsUrgent(ctx))
	if err != nil {
		return Pass{}, err
	}
	if w.turn != nil {
		select {
		case err = <-w.turn:
		case <-ctx.Done():
			err = g.giveUp(w, ctx.Err())
		}
	}
	return Pass{g, w}, err
}

func (g *Gate) join(payers []Payer, urgent bool) (*waiter, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range payers {
		if p.Most > 0 && g.active[p.Name] >= p.Most {
			return nil, ErrBusy
		}
	}
	w := &waiter{payers: payers, urgent: urgent}
	if g.free > 0 && len(g.queue) == 0 && !g.hadMuch(w) { // nobody to be compared with
		g.free--
		g.count(w)
		return w, nil
	}
	w.turn = make(chan error, 1)
	if len(g.queue) >= g.limits.Waiting {
		worst := slices.MaxFunc(g.queue, g.order)
		if g.order(w, worst) >= 0 {
			return nil, ErrBusy
		}
		g.drop(worst)
		worst.turn <- ErrBusy
	}
	if n := len(g.queue); n > 0 {
		w.since = g.queue[n-1].since + 1
	}
	g.queue = append(g.queue, w)
	g.count(w)
	g.next()
	return w, nil
}

func (g *Gate) count(w *waiter) {
	for _, p := range w.payers {
		g.active[p.Name]++
	}
}

// hadMuch reports whether somebody shares a part of the places.
func (g *Gate) hadMuch(w *waiter) bool {
	if g.limits.Much == 0 || len(w.payers) == 0 {
		return false
	}
	most, _ := g.weight(w, time.Now())
	return most >= much/step
}

// giveUp takes somebody out of the queue who does not wait any longer. If it was
// their turn at this very moment, the place goes on to the next.
func (g *Gate) giveUp(w *waiter, why error) error {
	g.mu.Lock()
	waiting := slices.Contains(g.queue, w)
	if waiting {
		g.drop(w)
	}
	g.mu.Unlock()
	if !waiting && <-w.turn == nil {
		g.leave(w, 0)
	}
	return why
}

func (g *Gate) leave(w *waiter, worked time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if w.left {
		return
	}
	w.left = true
	if len(w.payers) > 0 {
		now := time.Now()
		for _, p := range w.payers {
			had := g.had[p.Name]
			if had == nil {
				had = &share{}
				g.had[p.Name] = had
			}
			had.work, had.at = g.spent(p.Name, now)+worked, now
		}
		g.forget(now)
	}
	g.settle(w)
	if w.much {
		g.much--
	}
	g.free++
	g.next()
}

// next lets in who has had least, as long as there are places.
func (g *Gate) next() {
	for g.free > 0 && len(g.queue) > 0 {
		w := slices.MinFunc(g.queue, g.order)
		if g.hadMuch(w) {
			if g.much >= g.limits.Much {
				return // so has everybody else who waits
			}
			w.much = true
			g.much++
		}
		g.queue = slices.DeleteFunc(g.queue, func(v *waiter) bool { return v == w })
		g.free--
		w.turn <- nil
	}
}

// drop takes somebody out of the queue.
func (g *Gate) drop(w *waiter) {
	g.queue = slices.DeleteFunc(g.queue, func(v *waiter) bool { return v == w })
	g.settle(w)
}

func (g *Gate) settle(w *waiter) {
	for _, p := range w.payers {
		if g.active[p.Name]--; g.active[p.Name] == 0 {
			delete(g.active, p.Name)
		}
	}
}

// much is what makes somebody wait for the places that are left to such, and for
// their turn also with what is urgent.
const much = time.Second

// order puts what is urgent first. Else it compares by the payer who has had most,
// then by all of them, then by arrival.
func (g *Gate) order(a, b *waiter) int {
	now := time.Now()
	most, all := g.weight(a, now)
	otherMost, otherAll := g.weight(b, now)
	first, otherFirst := a.urgent && most < much/step, b.urgent && otherMost < much/step
	switch {
	case first != otherFirst:
		if first {
			return -1
		}
		return 1
	case most != otherMost:
		return compare(most, otherMost)
	case all != otherAll:
		return compare(all, otherAll)
	}
	return a.since - b.since
}

func compare(a, b time.Duration) int {
	if a < b {
		return -1
	}
	return 1
}

// step is so coarse that who has had about the same is served as they come.
const step = 50 * time.Millisecond

func (g *Gate) weight(w *waiter, now time.Time) (most, all time.Duration) {
	for _, p := range w.payers {
		v := g.spent(p.Name, now) / step
		most, all = max(most, v), all+v
	}
	return most, all
}

func (g *Gate) spent(payer string, now time.Time) time.Duration {
	s := g.had[payer]
	if s == nil {
		return 0
	}
	gone := now.Sub(s.at)
	if gone >= 32*halfLife {
		return 0
	}
	work := s.work >> uint(gone/halfLife)
	return work - time.Duration(float64(work)/2*float64(gone%halfLife)/float64(halfLife))
}

// forget keeps the memory bounded: those who have had next to nothing go, and
// if that is not enough, all do.
func (g *Gate) forget(now time.Time) {
	if len(g.had) <= maxPayers {
		return
	}
	for p := range g.had {
		if g.spent(p, now) < step {
			delete(g.had, p)
		}
	}
	if len(g.had) > maxPayers {
		clear(g.had)
	}
}
