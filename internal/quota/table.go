package quota

import (
	"math/bits"
	"math/rand/v2"
	"sync"
	"time"
)

// A Table keeps budgets in the memory of one process: flat, without pointers, and
// bounded. What is over is swept when room is needed and once in a while; where
// all room is taken by what is not, whoever has least used is forgotten.
type Table struct {
	seed   [2]uint64
	most   int // slots of a shard
	shards [shards]shard
}

const (
	shards     = 64
	fewest     = 16 // slots of a shard that has any
	probes     = 8  // slots among which the least used is forgotten
	slotBytes  = 40
	minTable   = shards * fewest * slotBytes
	tableBytes = 64 << 20
)

type shard struct {
	mu    sync.Mutex
	slots []slot
	used  int
	swept int64                     // when it was rebuilt last
	_     [64 - 8 - 24 - 8 - 8]byte // a cache line of its own
}

// slot is a key with its gauge. While something is blocked nothing is changed, so
// that the end of the block lies where the changes of a second are counted else.
type slot struct {
	app    uint64 // 53 bits, and the limit above; 0: free
	object uint64 // 53 bits, and by which budget it is blocked above
	empty  [measures]int64
}

const idBits = 53

func (s *slot) is(k Key) bool {
	return s.app == k.App|(k.Limit+1)<<idBits && s.object<<(64-idBits) == k.Object<<(64-idBits)
}

func (s *slot) key() Key {
	return Key{App: s.app & (1<<idBits - 1), Limit: s.app>>idBits - 1, Object: s.object & (1<<idBits - 1)}
}

func (s *slot) gauge() (g gauge) {
	g.empty, g.blocked = s.empty, int8(s.object>>idBits)
	if g.blocked != 0 {
		g.until, g.empty[ByChanges] = s.empty[ByChanges], 0
	}
	return g
}

func (s *slot) put(k Key, g *gauge) {
	s.app, s.object, s.empty = k.App|(k.Limit+1)<<idBits, k.Object|uint64(g.blocked)<<idBits, g.empty
	if g.blocked != 0 {
		s.empty[ByChanges] = g.until
	}
}

// over reports whether a slot remembers nothing any more.
func (s *slot) over(now int64) bool {
	return s.empty[0] <= now && s.empty[1] <= now && s.empty[2] <= now
}

// NewTable makes one that takes about so many bytes at most; 0: 64 MiB.
func NewTable(bytes int) *Table {
	if bytes == 0 {
		bytes = tableBytes
	}
	return &Table{seed: [2]uint64{rand.Uint64() | 1, rand.Uint64() | 1}, most: max(bytes, minTable) / slotBytes / shards}
}

// hash spreads keys over shards and slots; the limit is no part of it, so that
// all budgets of an object lie together.
func (t *Table) hash(k Key) uint64 {
	hi, lo := bits.Mul64(k.App^t.seed[0], k.Object^t.seed[1])
	hi, lo = bits.Mul64(hi^lo^k.Limit, 0x9e3779b97f4a7c15)
	return hi ^ lo
}

// Take decides about a claim at a time, and charges it if it is let in.
func (t *Table) Take(now int64, c *Claim) Verdict {
	h := t.hash(c.Key)
	s := &t.shards[h%shards]
	s.mu.Lock()
	at := s.find(h, c.Key)
	var g gauge
	if at >= 0 && s.slots[at].app != 0 {
		g = s.slots[at].gauge()
	}
	v := g.take(now, c)
	if !g.over(now) {
		s.set(t, now, h, at, c.Key, &g)
	}
	s.mu.Unlock()
	return v
}

// Look is how the budgets of a claim stand: it charges nothing.
func (t *Table) Look(now int64, c *Claim) (v Verdict) {
	t.change(now, c.Key, func(g *gauge) {
		g.settle(now, c)
		v = verdict(now, g, c)
	})
	return v
}

// verdict is what a gauge says of a claim that costs nothing.
func verdict(now int64, g *gauge, c *Claim) Verdict {
	v := Verdict{By: Admitted, Now: g.standing(now, c)}
	if g.blocked != 0 {
		v.By, v.Retry = int(g.blocked)-1, g.until-now
	}
	return v
}

// Give gives back what a claim was charged.
func (t *Table) Give(now int64, c *Claim) {
	t.change(now, c.Key, func(g *gauge) { g.give(now, c) })
}

// Plant makes the costs of a claim all that is used of its budgets, and has one of
// them refuse whatever comes for so long (Admitted: none).
func (t *Table) Plant(now int64, c *Claim, refuse int, long int64) {
	t.change(now, c.Key, func(g *gauge) { g.plant(now, c, refuse, long) })
}

func (g *gauge) plant(now int64, c *Claim, refuse int, long int64) {
	*g = gauge{}
	for i, m := range c.Measures {
		if m.Max > 0 {
			g.empty[i] = now + min(c.Costs[i], m.Max)*m.step()
		}
	}
	if refuse != Admitted && long > 0 {
		g.blocked, g.until = int8(refuse)+1, now+long
		g.settle(now, c)
	}
}

func (t *Table) change(now int64, k Key, f func(*gauge)) {
	h := t.hash(k)
	s := &t.shards[h%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.find(h, k)
	var g gauge
	known := at >= 0 && s.slots[at].app != 0
	if known {
		g = s.slots[at].gauge()
	}
	f(&g)
	if known || !g.over(now) {
		s.set(t, now, h, at, k, &g)
	}
}

// Clear forgets all that an app has used, or with none what all have.
func (t *Table) Clear(app uint64) {
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		for j := range s.slots {
			if k := s.slots[j].key(); s.slots[j].app != 0 && (app == 0 || k.App == app) {
				s.slots[j].put(k, &gauge{}) // the place stays taken, or what lies behind were lost
			}
		}
		s.mu.Unlock()
	}
}

// Sweep forgets what is over and gives its memory back. It costs a millisecond for
// some hundred thousand keys, of which a call waits for a sixty-fourth at most.
func (t *Table) Sweep(now int64) {
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		s.rebuild(t, now, 0)
		s.mu.Unlock()
	}
}

// Len is how many keys are remembered, and Bytes how much memory they take.
func (t *Table) Len() (keys, bytes int) {
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		keys, bytes = keys+s.used, bytes+len(s.slots)*slotBytes
		s.mu.Unlock()
	}
	return keys, bytes
}

// home is where a key would like to lie.
func (s *shard) home(h uint64) int {
	at, _ := bits.Mul64(h, uint64(len(s.slots)))
	return int(at)
}

// find is the slot of a key, or the free one where it belongs; -1: there is none.
func (s *shard) find(h uint64, k Key) int {
	if len(s.slots) == 0 {
		return -1
	}
	at := s.home(h)
	for range s.slots {
		if x := &s.slots[at]; x.app == 0 || x.is(k) {
			return at
		}
		if at++; at == len(s.slots) {
			at = 0
		}
	}
	return -1
}

// set writes a gauge to the slot that find named, and makes room for a new one.
func (s *shard) set(t *Table, now int64, h uint64, at int, k Key, g *gauge) {
	if at < 0 || s.slots[at].app == 0 {
		if s.full() && (len(s.slots) < t.most || now-s.swept > sweepPause || now < s.swept) {
			s.rebuild(t, now, 1)
			at = s.find(h, k)
		}
		if s.full() {
			at = s.least(h, now)
		} else {
			s.used++
		}
	}
	s.slots[at].put(k, g)
}

// full reports whether one more key would make probes long.
func (s *shard) full() bool { return (s.used+1)*20 > len(s.slots)*17 }

// sweepPause is for how long a table without any room does not look again for
// what is over: nobody's new keys make it look through all others each time.
const sweepPause = int64(time.Second)

// least is, among some slots from the home of a key on, the one of which least is
// remembered: all of these are taken, so that whoever lies there may go.
func (s *shard) least(h uint64, now int64) int {
	at := s.home(h)
	best, less := -1, int64(0)
	for range probes {
		x := &s.slots[at]
		if x.app == 0 {
			s.used++
			return at
		}
		g := x.gauge()
		if left := max(g.latest(), g.until) - now; best < 0 || left < less {
			best, less = at, left
		}
		if at++; at == len(s.slots) {
			at = 0
		}
	}
	return best
}

// rebuild drops what is over, and makes room for more keys: half full at most
// where they came quickly, so that it is not done again at once.
func (s *shard) rebuild(t *Table, now int64, more int) {
	live := 0
	for i := range s.slots {
		if s.slots[i].app != 0 && !s.slots[i].over(now) {
			live++
		}
	}
	size := 0
	if live+more > 0 {
		size = min(max((live+more)*100/68, fewest), max(t.most, fewest)) // a quarter more than 85 %
	}
	if more == 0 && live == s.used && size >= len(s.slots)*3/4 {
		return
	}
	s.swept = now
	old := s.slots
	s.slots, s.used = make([]slot, size), 0
	if size == 0 {
		s.slots = nil
	}
	for i := range old {
		if x := &old[i]; x.app != 0 && !x.over(now) {
			k := x.key()
			at := s.find(t.hash(k), k)
			s.slots[at] = *x
			s.used++
		}
	}
}
