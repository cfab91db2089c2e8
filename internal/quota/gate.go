// Package quota bounds what callers can make the server do, and shares it out
// fairly between those who pay for it: networks, accounts, people, apps.
//
// It knows no caller and decides nothing about authority: whoever asks says in
// words who pays. What it counts is in memory and forgotten with the process.
package quota

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/prokura/prokura"
)

// ErrBusy is what who asked is told when too much is under way already: by a [Busy].
var ErrBusy = errors.New("too much is under way")

// Busy is the error of whoever was not let in.
type Busy struct {
	Again time.Duration // after which there is room again: of a Meter exactly, of a Gate about
	spent bool          // the payer's own budget
	cause error
}

func (b *Busy) Error() string   { return b.cause.Error() }
func (b *Busy) Unwrap() []error { return []error{ErrBusy, b.cause} }

// Refusal is what callers are told who were not let in, by an error of a Gate or a
// Meter: prokura.Unavailable when too much is under way, prokura.TooManyCalls when
// their own budget is spent (R-WORK-01).
func Refusal(err error) *prokura.Error {
	b, ok := errors.AsType[*Busy](err)
	switch {
	case !ok:
		return prokura.Errorf(prokura.Unavailable, "Too much is asked for at this moment. Please try again.").WithCause(err)
	case b.spent:
		return prokura.Errorf(prokura.TooManyCalls, "Too much was asked for in a short time.").WithCause(err).WithAgain(b.Again)
	}
	return prokura.Errorf(prokura.Unavailable, "Too much is asked for at this moment.").WithCause(err).WithAgain(b.Again)
}

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
	queue  []*lane
	wait   int           // in all lanes
	takes  time.Duration // what one piece took lately
	shares map[string]*share

	others time.Time // when somebody who had not had much was last seen at work
	rest   time.Time // until then who had much leaves the rest to them
	wake   *time.Timer
}

// lane is those who wait for the same payers: pieces of calls that have begun in the
// order in which these did, and then the others, of which the latest is next. It has
// most time left; the first of hundreds would begin when nobody waits for it any more.
type lane struct {
	shares  []*share // of the payers
	urgent  bool
	waiters []*waiter
}

type waiter struct {
	lane  *lane
	much  bool
	since time.Time  // order of arrival
	fresh bool       // of a call that has not begun
	turn  chan error // nil: came in at once
	left  bool
	own   lane // unless it waits in that of its like
}

// share is the work that a payer has had, as of a moment.
type share struct {
	work   time.Duration
	at     time.Time
	active int // pieces of work that wait or are under way
}

// NewGate makes a gate.
func NewGate(l Limits) *Gate {
	return &Gate{limits: l, free: l.Places, shares: map[string]*share{}}
}

// Enter waits until the work may begin, and gives the function that ends it. The
// time between is what the payers have had. Without a payer the work waits
// behind nobody who has had anything. The error is [ErrBusy], and that of the
// context if it ended.
func (g *Gate) Enter(ctx context.Context, payers ...Payer) (leave func(), err error) {
	p, err := g.pass(ctx, &waiter{since: time.Now()}, payers)
	if err != nil {
		return nil, err
	}
	return p.timed(), nil
}

// A Pass is a place at a gate, for work whose time is told at its end.
type Pass struct {
	gate *Gate
	w    *waiter
}

// Leave gives the place to the next; to leave again does nothing. worked is what the payers have had.
func (p Pass) Leave(worked time.Duration) { p.gate.leave(p.w, worked) }

// timed is the end of work that takes as long as it is under way.
func (p Pass) timed() (leave func()) {
	start := time.Now()
	return func() { p.Leave(time.Since(start)) }
}

func (g *Gate) pass(ctx context.Context, w *waiter, payers []Payer) (Pass, error) {
	if err := ctx.Err(); err != nil {
		return Pass{}, err
	}
	if err := g.join(w, IsUrgent(ctx), payers); err != nil || w.turn == nil {
		return Pass{g, w}, err
	}
	var late <-chan time.Time
	if end, ok := ctx.Deadline(); ok && w.fresh {
		late = time.After(patience(time.Until(end)))
	}
	var err error
	select {
	case err = <-w.turn:
	case <-late:
		err = g.giveUp(w, context.DeadlineExceeded)
	case <-ctx.Done():
		err = g.giveUp(w, ctx.Err())
	}
	return Pass{g, w}, err
}

// patience is how long a call waits to begin that has so much time in all: it needs
// some of it once it has begun. Hundreds that came together do not give up, and come
// again, together.
func patience(all time.Duration) time.Duration {
	return all/2 + rand.N(max(1, all/4))
}

func (g *Gate) join(w *waiter, urgent bool, payers []Payer) error {
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	l := &w.own
	*l = lane{urgent: urgent, shares: make([]*share, len(payers))}
	for i, p := range payers {
		s := g.shares[p.Name]
		if s == nil {
			s = &share{at: now}
			g.shares[p.Name] = s
		}
		if p.Most > 0 && s.active >= p.Most {
			return g.busy(ErrBusy)
		}
		l.shares[i] = s
	}
	w.lane = l
	if len(g.queue) > 0 || !g.admit(w, l.rank(now), now) {
		if i := slices.IndexFunc(g.queue, l.same); i >= 0 {
			w.lane = g.queue[i]
		}
		if g.wait >= g.limits.Waiting && !g.replace(w, now) {
			return g.busy(ErrBusy)
		}
		w.turn = make(chan error, 1)
		g.add(w)
	}
	for _, s := range l.shares {
		s.active++
	}
	g.next(now)
	return nil
}

func (l *lane) same(other *lane) bool {
	return l.urgent == other.urgent && slices.Equal(l.shares, other.shares)
}

// replace sends away who is last of those who wait, unless that would be w.
func (g *Gate) replace(w *waiter, now time.Time) bool {
	last, r := g.find(now, true)
	own := w.lane.rank(now)
	own.since = w.since
	if last == nil || !own.before(r) {
		return false
	}
	g.drop(last)
	last.settle()
	last.turn <- g.busy(ErrBusy)
	return true
}

// add puts somebody into their lane.
func (g *Gate) add(w *waiter) {
	l := w.lane
	if len(l.waiters) == 0 {
		g.queue = append(g.queue, l)
	}
	i := slices.IndexFunc(l.waiters, w.before)
	if i < 0 {
		i = len(l.waiters)
	}
	l.waiters = slices.Insert(l.waiters, i, w)
	g.wait++
}

// Those who had much are at work one part of the time, and rest so many, while
// others are; these come several times for one page, and are still at it for a
// moment after each.
const (
	restTimes = 4
	restMost  = 10 * time.Millisecond
	moment    = 2 * time.Millisecond
)

// resting reports whether who had much waits a little, for the sake of others.
func (g *Gate) resting(now time.Time) bool {
	if !now.Before(g.rest) || g.limits.Places-g.free == g.much && now.Sub(g.others) > moment {
		return false
	}
	if g.wake == nil {
		g.wake = time.AfterFunc(g.rest.Sub(now), func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.next(time.Now())
		})
	} else {
		g.wake.Reset(g.rest.Sub(now))
	}
	return true
}

// busy is the error of who is sent away: it says how long it takes, about, until
// those who wait have been served.
func (g *Gate) busy(why error) error {
	all := g.takes * time.Duration(g.wait+1) / time.Duration(g.limits.Places)
	return &Busy{Again: max(time.Second, min(all, time.Minute)), cause: why}
}

func (w *waiter) before(other *waiter) bool {
	if w.fresh != other.fresh {
		return other.fresh
	}
	return w.fresh != w.since.Before(other.since)
}

// drop takes somebody out of their lane.
func (g *Gate) drop(w *waiter) (waited bool) {
	l := w.lane
	i := slices.Index(l.waiters, w)
	if i < 0 {
		return false
	}
	if l.waiters = slices.Delete(l.waiters, i, i+1); len(l.waiters) == 0 {
		g.queue = slices.DeleteFunc(g.queue, func(o *lane) bool { return o == l })
	}
	g.wait--
	return true
}

func (w *waiter) settle() {
	for _, s := range w.lane.shares {
		s.active--
	}
}

// giveUp takes somebody out of the queue who does not wait any longer. If it was
// their turn at this very moment, the place goes on to the next.
func (g *Gate) giveUp(w *waiter, why error) error {
	g.mu.Lock()
	waited := g.drop(w)
	if waited {
		w.settle()
		why = g.busy(why)
	}
	g.mu.Unlock()
	if !waited && <-w.turn == nil {
		g.leave(w, 0)
	}
	return why
}

func (g *Gate) leave(w *waiter, worked time.Duration) {
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	if w.left {
		return
	}
	w.left = true
	for _, s := range w.lane.shares {
		s.work, s.at = s.spent(now)+worked, now
	}
	w.settle()
	g.takes += (worked - g.takes) / 8
	g.forget(now)
	if w.much {
		g.much--
		g.rest = now.Add(min(restMost, restTimes*worked))
	} else {
		g.others = now
	}
	g.free++
	g.next(now)
}

// next lets in who has had least, as long as there are places.
func (g *Gate) next(now time.Time) {
	for g.free > 0 && g.wait > 0 {
		w, r := g.find(now, false)
		if !g.admit(w, r, now) {
			return // nor is anybody else who waits
		}
		g.drop(w)
		w.turn <- nil
	}
}

// admit gives somebody a place, if there is one for such.
func (g *Gate) admit(w *waiter, r rank, now time.Time) bool {
	w.much = g.limits.Much > 0 && r.most >= much/step
	if g.free == 0 || w.much && (g.much >= g.limits.Much || g.resting(now)) {
		return false
	}
	if w.much {
		g.much++
	} else {
		g.others = now
	}
	g.free--
	return true
}

// much is what makes somebody wait for the places that are left to such, and for
// their turn also with what is urgent.
const much = 3 * time.Second

// rank is the place of somebody in the order: what is urgent is first. Else it goes
// by the payer who has had most, then by all of them, then by arrival.
type rank struct {
	first     bool
	most, all time.Duration // in steps
	since     time.Time
}

// step is so coarse that who has had about the same is served as they come.
const step = 50 * time.Millisecond

func (l *lane) rank(now time.Time) (r rank) {
	for _, s := range l.shares {
		v := s.spent(now) / step
		r.most, r.all = max(r.most, v), r.all+v
	}
	r.first = l.urgent && r.most < much/step
	return r
}

func (a rank) before(b rank) bool {
	switch {
	case a.first != b.first:
		return a.first
	case a.most != b.most:
		return a.most < b.most
	case a.all != b.all:
		return a.all < b.all
	}
	return a.since.Before(b.since)
}

// find is who is next, or the last, of all who wait, with their rank. It looks at
// each lane, whenever anybody comes or leaves: so it looks up nothing and reads no
// clock.
func (g *Gate) find(now time.Time, last bool) (best *waiter, at rank) {
	for _, l := range g.queue {
		w, r := l.waiters[0], l.rank(now)
		if last {
			w = l.waiters[len(l.waiters)-1]
		}
		if r.since = w.since; best == nil || r.before(at) != last {
			best, at = w, r
		}
	}
	return best, at
}

func (s *share) spent(now time.Time) time.Duration {
	gone := now.Sub(s.at)
	if s.work == 0 || gone >= 32*halfLife {
		return 0
	}
	work := s.work >> uint(gone/halfLife)
	return work - time.Duration(float64(work)/2*float64(gone%halfLife)/float64(halfLife))
}

// forget keeps the memory bounded: of those for whom nothing is under way, who
// have had next to nothing go, and if that is not enough, all do.
func (g *Gate) forget(now time.Time) {
	for _, least := range []time.Duration{step, 1 << 62} {
		if len(g.shares) > maxPayers {
			maps.DeleteFunc(g.shares, func(_ string, s *share) bool { return s.active == 0 && s.spent(now) < least })
		}
	}
}
