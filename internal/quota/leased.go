package quota

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Leased keeps budgets that several servers share, in a [Store]. A server decides
// by itself, with what it heard last and what it let in since, and tells the others
// afterwards: no call waits for a round trip.
//
// What a server may let in before it has heard again is its lease: its share of
// what was left, and at least one call. Of a budget that it has not heard of
// lately, and while the store does not answer, it is its share of the whole. So all
// servers together let in the budget and at most one lease each beyond it.
type Leased struct {
	store   Store
	lost    atomic.Bool
	servers atomic.Int64 // that share, as last heard; this one too
	wake    chan struct{}
	shards  [shards]leaseShard
	queue   struct {
		mu   sync.Mutex
		keys []Key
	}
	telling sync.Mutex // one at a time
	told    func(lost bool, err error)
	stop    context.CancelFunc
	done    chan struct{}
}

// A Store is what servers share: Redis, or what speaks like it.
type Store interface {
	// Tell adds what this server has let in, and answers how each budget stands.
	Tell(ctx context.Context, news []News) ([]Answer, error)
	// Meet says that this server is there, and answers how many are.
	Meet(ctx context.Context) (int, error)
	// Clear forgets what an app has used, or with 0 what all have.
	Clear(ctx context.Context, app uint64) error
	Close(ctx context.Context) error
}

// News are what a server has let in of the budgets of a key. Spans are in
// nanoseconds.
type News struct {
	Key     Key
	Now     int64 // of the server, in nanoseconds since 1970
	Instead bool  // of what is there, not beside it
	Added   [measures]int64
	Most    [measures]int64 // that a budget may be used: two windows
	Blocked int8            // by which budget, and one; 0: none
	Left    int64           // of the block
}

// An Answer is how the budgets of a key stand.
type Answer struct {
	Used    [measures]int64
	Blocked int8
	Left    int64
}

// lease is what a server knows of a key.
type lease struct {
	gauge  gauge           // as far as is known here, with what was let in since
	known  [measures]int64 // gauge.empty without that
	own    [measures]int64 // what was let in since, times the servers: as if it were a budget of its own
	room   [measures]int64 // of own, as last heard
	most   [measures]int64 // two windows
	least  [measures]int64 // of room: the dearest call
	heard  int64           // when; 0: never
	seen   int64           // the last claim
	queued bool
	plain  bool // what is told takes the place of what is there
}

const (
	tellEvery   = time.Second          // what waits, if nothing was urgent
	tellPause   = 5 * time.Millisecond // between two tellings
	tellAtOnce  = 256                  // keys
	tellTimeout = 500 * time.Millisecond
	fresh       = int64(2 * time.Second) // for how long it is good what was heard
	mostLeases  = 4096                   // of a shard
	mostQueued  = shards * mostLeases    // keys that wait to be told
)

// leaseShard is a part of what is known.
type leaseShard struct {
	mu     sync.Mutex
	leases map[Key]*lease
}

// NewLeased shares budgets by a store. told is called when the store is lost and
// when it is there again.
func NewLeased(s Store, told func(lost bool, err error)) *Leased {
	ctx, stop := context.WithCancel(context.Background())
	l := &Leased{store: s, wake: make(chan struct{}, 1), told: told, stop: stop, done: make(chan struct{})}
	l.servers.Store(1)
	for i := range l.shards {
		l.shards[i].leases = map[Key]*lease{}
	}
	l.meet(ctx)
	go l.run(ctx)
	return l
}

// Lost reports whether the store does not answer, so that each server lets in its
// share.
func (l *Leased) Lost() bool { return l.lost.Load() }

// Close tells what was not told yet, and ends.
func (l *Leased) Close() error {
	l.stop()
	<-l.done
	ctx, cancel := context.WithTimeout(context.Background(), tellTimeout)
	defer cancel()
	l.Tell(ctx)
	return l.store.Close(ctx)
}

func (l *Leased) run(ctx context.Context) {
	defer close(l.done)
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			l.meet(ctx)
		case <-l.wake:
		}
		if !l.Lost() {
			l.Tell(ctx)
		}
		select {
		case <-ctx.Done():
		case <-time.After(tellPause):
		}
	}
}

func (l *Leased) meet(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, tellTimeout)
	defer cancel()
	n, err := l.store.Meet(ctx)
	if err == nil {
		l.servers.Store(int64(max(n, 1)))
	}
	l.answered(ctx, err)
}

// answered notes whether the store did.
func (l *Leased) answered(ctx context.Context, err error) {
	if context.Cause(ctx) == context.Canceled {
		return
	}
	if lost := err != nil; l.lost.Swap(lost) != lost && l.told != nil {
		l.told(lost, err)
	}
}

// at is what is known of a key, locked until unlock is called.
func (l *Leased) at(k Key) (e *lease, mu *sync.Mutex) {
	s := l.shard(k)
	s.mu.Lock()
	e = s.leases[k]
	if e == nil {
		if len(s.leases) >= mostLeases {
			tries := 0
			for other, v := range s.leases {
				if tries++; !v.queued || tries > probes {
					delete(s.leases, other)
					break
				}
			}
		}
		e = &lease{}
		s.leases[k] = e
	}
	return e, &s.mu
}

// toTell is what is known of a key that waits to be told, locked until unlock is called;
// nil, and not locked, where nothing is known any more: that says nothing to others.
func (l *Leased) toTell(k Key) (e *lease, mu *sync.Mutex) {
	s := l.shard(k)
	s.mu.Lock()
	if e = s.leases[k]; e == nil || e.seen == 0 && !e.plain {
		s.mu.Unlock()
		return nil, nil
	}
	return e, &s.mu
}

func (l *Leased) shard(k Key) *leaseShard { return &l.shards[mix(k.App^mix(k.Object))%shards] }

// Take decides about a claim at a time, and charges it if it is let in.
func (l *Leased) Take(now int64, c *Claim) Verdict {
	e, mu := l.at(c.Key)
	defer mu.Unlock()
	servers := l.servers.Load()
	e.settle(now, c, servers)
	before := e.gauge
	v := e.gauge.take(now, c)
	if v.By == Admitted && servers > 1 && !c.Always {
		if by, wait := e.beyond(now, c, servers, l.Lost()); by != Admitted {
			e.gauge, v.By, v.Retry = before, by, wait
			v.Now = e.gauge.standing(now, c)
		}
	}
	if v.By == Admitted {
		for i, m := range c.Measures {
			if m.Max != 0 && c.Costs[i] != 0 {
				e.own[i] = max(e.own[i], now) + c.Costs[i]*m.step()*servers
			}
		}
	}
	if v.By == Admitted || e.gauge.blocked != before.blocked {
		l.enqueue(c.Key, e, e.urgent(now, servers) || e.gauge.blocked != before.blocked)
	}
	e.leased(now, c, servers, l.Lost(), &v)
	return v
}

// settle is that of the gauge, and notes what the claim is about.
func (e *lease) settle(now int64, c *Claim, servers int64) {
	e.gauge.settle(now, c)
	e.seen = now
	for i, m := range c.Measures {
		e.most[i], e.least[i] = 2*m.Window, 0
		e.own[i] = min(e.own[i], now+2*m.Window)
		if m.Max > 0 {
			e.least[i] = max(c.Costs[i], 1) * m.step() * servers
		}
	}
}

// roomOf is how much of its own a server may let in of a budget.
func (e *lease) roomOf(now int64, i int, m Measure, lost bool) int64 {
	if lost || e.heard == 0 || now-e.heard > fresh || now < e.heard {
		return m.Window
	}
	return max(e.room[i], e.least[i])
}

// beyond says which budget has no lease left for a claim, and for how long.
func (e *lease) beyond(now int64, c *Claim, servers int64, lost bool) (by int, wait int64) {
	for i, m := range c.Measures {
		if m.Max == 0 || c.Costs[i] == 0 {
			continue
		}
		if over := max(e.own[i], now) + c.Costs[i]*m.step()*servers - now - max(e.roomOf(now, i, m, lost), e.least[i]); over > 0 {
			return i, over
		}
	}
	return Admitted, 0
}

// leased has headers say of a lease what they say of the budget.
func (e *lease) leased(now int64, c *Claim, servers int64, lost bool, v *Verdict) {
	if servers <= 1 {
		return
	}
	for i, m := range c.Measures {
		if m.Max == 0 {
			continue
		}
		one := m.step() * servers
		v.Now[i].Wait = max(v.Now[i].Wait, max(e.own[i], now)+one-now-max(e.roomOf(now, i, m, lost), one))
	}
}

// urgent reports whether half of the lease is used, or nothing is known.
func (e *lease) urgent(now, servers int64) bool {
	if servers <= 1 {
		return false
	}
	if e.heard == 0 || now-e.heard > fresh {
		return true
	}
	for i := range e.own {
		if e.own[i] > now && (e.own[i]-now)*2 >= e.room[i] {
			return true
		}
	}
	return false
}

func (l *Leased) enqueue(k Key, e *lease, urgent bool) {
	if !e.queued {
		l.queue.mu.Lock()
		if e.queued = len(l.queue.keys) < mostQueued; e.queued { // else when it is called next
			l.queue.keys = append(l.queue.keys, k)
		}
		l.queue.mu.Unlock()
	}
	if urgent {
		select {
		case l.wake <- struct{}{}:
		default:
		}
	}
}

// Look is how the budgets of a claim stand: it charges nothing.
func (l *Leased) Look(now int64, c *Claim) Verdict {
	e, mu := l.at(c.Key)
	defer mu.Unlock()
	servers := l.servers.Load()
	e.settle(now, c, servers)
	v := verdict(now, &e.gauge, c)
	e.leased(now, c, servers, l.Lost(), &v)
	return v
}

// Give gives back what a claim was charged.
func (l *Leased) Give(now int64, c *Claim) {
	e, mu := l.at(c.Key)
	defer mu.Unlock()
	servers := l.servers.Load()
	e.gauge.give(now, c)
	for i, m := range c.Measures {
		if m.Max != 0 {
			e.own[i] -= c.Costs[i] * m.step() * servers
		}
	}
	l.enqueue(c.Key, e, false)
}

// Plant is [Table.Plant].
func (l *Leased) Plant(now int64, c *Claim, refuse int, long int64) {
	e, mu := l.at(c.Key)
	defer mu.Unlock()
	*e = lease{queued: e.queued, plain: true}
	e.settle(now, c, l.servers.Load())
	e.gauge.plant(now, c, refuse, long)
	l.enqueue(c.Key, e, true)
}

// Clear forgets what an app has used, or with 0 what all have.
func (l *Leased) Clear(app uint64) {
	l.telling.Lock() // what is on its way would come back
	defer l.telling.Unlock()
	for i := range l.shards {
		s := &l.shards[i]
		s.mu.Lock()
		for k := range s.leases {
			if app == 0 || k.App == app {
				delete(s.leases, k)
			}
		}
		s.mu.Unlock()
	}
	ctx, cancel := context.WithTimeout(context.Background(), tellTimeout)
	defer cancel()
	l.answered(ctx, l.store.Clear(ctx, app))
}

// Sweep forgets what is over.
func (l *Leased) Sweep(now int64) {
	for i := range l.shards {
		s := &l.shards[i]
		s.mu.Lock()
		for k, e := range s.leases {
			if !e.queued && e.gauge.over(now) {
				delete(s.leases, k)
			}
		}
		s.mu.Unlock()
	}
}

// Tell tells all that waits to be told.
func (l *Leased) Tell(ctx context.Context) {
	l.telling.Lock()
	defer l.telling.Unlock()
	for {
		l.queue.mu.Lock()
		n := min(len(l.queue.keys), tellAtOnce)
		keys := append([]Key(nil), l.queue.keys[:n]...)
		l.queue.keys = l.queue.keys[n:]
		l.queue.mu.Unlock()
		if n == 0 || !l.tell(ctx, keys) {
			return
		}
	}
}

// tell is one round trip; false: the store does not answer, and the keys wait.
func (l *Leased) tell(ctx context.Context, keys []Key) bool {
	news := make([]News, 0, len(keys))
	sent := make([]gauge, 0, len(keys))
	for _, k := range keys {
		e, mu := l.toTell(k)
		if e == nil {
			continue
		}
		n := News{Key: k, Now: e.seen, Instead: e.plain, Most: e.most}
		for j := range n.Added {
			n.Added[j] = max(e.gauge.empty[j], e.seen) - max(e.known[j], e.seen)
			if e.plain {
				n.Added[j] = max(e.gauge.empty[j]-e.seen, 0)
			}
		}
		if e.gauge.blocked != 0 && e.gauge.until > e.seen {
			n.Blocked, n.Left = e.gauge.blocked, e.gauge.until-e.seen
		}
		news, sent = append(news, n), append(sent, e.gauge)
		e.queued, e.plain = false, false
		mu.Unlock()
	}
	if len(news) == 0 {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, tellTimeout)
	defer cancel()
	answers, err := l.store.Tell(ctx, news)
	l.answered(ctx, err)
	servers := l.servers.Load()
	for i := range news {
		k := news[i].Key
		e, mu := l.toTell(k)
		if e == nil {
			continue
		}
		if err != nil {
			e.plain = e.plain || news[i].Instead
			l.enqueue(k, e, false)
		} else if e.seen != 0 && !e.plain { // neither cleared nor planted meanwhile
			e.hear(&news[i], &sent[i], &answers[i], servers)
		}
		mu.Unlock()
	}
	return err == nil
}

// hear takes in how the budgets stood when it was told, and keeps what was let in
// since. It never lowers what this server knows: a store that lost its memory
// grants nothing.
func (e *lease) hear(n *News, sent *gauge, a *Answer, servers int64) {
	for i := range e.known {
		since := max(e.gauge.empty[i], e.seen) - max(sent.empty[i], e.seen)
		e.gauge.empty[i] = max(e.gauge.empty[i], n.Now+a.Used[i]+since)
		e.known[i] = e.gauge.empty[i] - since
		e.own[i] = e.seen + max(since, 0)*servers
		e.room[i] = max(n.Most[i]/2-a.Used[i], 0)
	}
	if a.Blocked != 0 && n.Now+a.Left > e.gauge.until {
		e.gauge.blocked, e.gauge.until = a.Blocked, n.Now+a.Left
	}
	e.heard = max(n.Now, 1)
}
