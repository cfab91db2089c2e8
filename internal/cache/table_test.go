//go:build !race

package cache

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// check walks over a shard: every living entry of its rings is found by its key,
// and the index has nothing else.
func (s *shard) check(t *testing.T) {
	t.Helper()
	found := 0
	for i := range s.rings {
		r := &s.rings[i]
		at, left := r.head, r.used
		for left > 0 {
			v := r.word(at)
			n := int(v&sizeMask) * unit
			if n == 0 || n > left || at+n > len(r.buf) {
				t.Fatalf("ring %d: an entry of %d bytes at %d, %d left", i, n, at, left)
			}
			if v&dead == 0 {
				e := r.buf[at : at+n]
				kind, k := keyAt(e)
				if _, has := s.find(s.table.hash(kind, k), kind, k); &has[0] != &e[0] {
					t.Fatalf("ring %d: the entry at %d is not the one of its key", i, at)
				}
				found++
			}
			left -= n
			if at += n; at == len(r.buf) {
				at = 0
			}
		}
		if at != r.tail && !(at == 0 && r.tail == len(r.buf)) {
			t.Fatalf("ring %d ends at %d, not at %d", i, at, r.tail)
		}
	}
	slots := 0
	for at := uint32(0); at < s.buckets*bucketBytes; at += 4 {
		if s.slot(at) != 0 {
			slots++
		}
	}
	if found != s.entries || slots != s.entries {
		t.Fatalf("%d entries in the rings, %d in the index, counted %d", found, slots, s.entries)
	}
}

// Whatever is put in, found and driven out, a key leads to what it was last given,
// or to nothing.
func TestTable(t *testing.T) {
	for _, size := range []int{minShard, 64 << 10, 300_000} {
		r := rand.New(rand.NewPCG(3, uint64(size)))
		table := newTable(size)
		s := &table.shards[0]
		last := map[Key][]byte{}
		hits, refused := 0, 0
		for i := range 60_000 {
			k := Key{A: r.Uint64N(uint64(size / 20)), B: r.Uint64N(2)}
			h := table.hash(1, k)
			if r.IntN(2) == 0 {
				value := bytes.Repeat([]byte{byte(i)}, r.IntN(200))
				if r.IntN(300) == 0 {
					value = bytes.Repeat([]byte{byte(i)}, r.IntN(size/2))
				}
				if last[k] = value; !s.put(h, 1, k, uint64(i), value) {
					refused++
				}
			} else if _, e := s.find(h, 1, k); e != nil {
				hits++
				ask(e, 1)
				if !bytes.HasPrefix(valueAt(e), last[k]) || len(valueAt(e)) >= len(last[k])+unit {
					t.Fatalf("step %d: %v leads to %d bytes that are not its last %d", i, k, len(valueAt(e)), len(last[k]))
				}
			}
			if i%1000 == 0 {
				s.check(t)
			}
		}
		s.check(t)
		if hits == 0 || s.dropped == 0 || refused == 0 {
			t.Errorf("%d bytes: %d hits, %d dropped, %d refused", size, hits, s.dropped, refused)
		}
	}
}

// resident is the memory of this process that is there, in bytes.
func resident(t *testing.T) int {
	debug.FreeOSMemory()
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		if os.Getenv("PROKURA_TEST_REQUIRED") != "" {
			t.Fatal(err)
		}
		t.Skip("no way to know:", err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(b))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

// However much is put in, a cache takes no more than its bytes, and before that
// about what is in it: with what entries share, marks and all.
func TestBytesAreBounded(t *testing.T) {
	const bound = 8 << 20
	before := resident(t)
	c := New(bound)
	k := NewKind(c, (*Coder).Facts, nothing[prokuraFacts])
	fill := func(from, to uint64) {
		for n := from; n < to; n++ {
			f := bisu(n)
			if n%50 == 0 { // of many logins, some with long lists
				f.Grant.Configuration += 1000 * idOf(n)
				f.Grant.Assets = manyIDs(n, 500)
			}
			if _, err := k.Get(t.Context(), Key{A: uint64(f.Token.ID)}, just(*f)); err != nil {
				t.Fatal(err)
			}
			if _, err := k.Get(t.Context(), Key{A: uint64(f.Token.ID)}, just(*f)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if fill(0, 1000); c.Stats().Bytes > bound/8 {
		t.Errorf("a thousand tokens take %+v", c.Stats())
	}
	fill(1000, 120_000) // about three times what fits
	s := c.Stats()
	t.Logf("%+v, %d bytes resident", s, resident(t)-before)
	if s.Dropped == 0 || s.Entries < 35_000 {
		t.Errorf("of 120,000 tokens it holds %d and dropped %d", s.Entries, s.Dropped)
	}
	if s.Bytes > bound || s.Bytes < bound/2 {
		t.Errorf("%d bytes in use, bound %d", s.Bytes, bound)
	}
	if got := resident(t) - before; got > bound+8<<20 {
		t.Errorf("%d bytes resident, bound %d", got, bound)
	}
	runtime.KeepAlive(c)
}

// lru is what the table is compared with: the least recently used goes.
type lru struct {
	size  int
	when  map[uint64]int
	queue []uint64
	now   int
}

func (l *lru) ask(k uint64) bool {
	_, hit := l.when[k]
	l.now++
	l.when[k] = l.now
	l.queue = append(l.queue, k)
	for at := l.now - len(l.queue) + 1; len(l.when) > l.size; at++ {
		oldest := l.queue[0]
		l.queue = l.queue[1:]
		if l.when[oldest] == at {
			delete(l.when, oldest)
		}
	}
	return hit
}

// What is hot stays: the table hits at least as often as an LRU of as many entries
// when some are asked for more than others, and far more often when a scan of what
// nobody asks for twice goes by.
func TestHotStays(t *testing.T) {
	const keys, asked = 200_000, 1_000_000
	for _, scan := range []bool{false, true} {
		table := newTable(4 << 20)
		s := &table.shards[0]
		value := make([]byte, 100)
		r := rand.New(rand.NewPCG(5, 5))
		zipf := rand.NewZipf(r, 1.01, 1, keys)
		trace := make([]uint64, asked)
		for i := range trace {
			if trace[i] = zipf.Uint64(); scan && i%2 == 0 {
				trace[i] = keys + uint64(i)
			}
		}
		hits, most := 0, 0
		for _, a := range trace {
			k := Key{A: a}
			h := table.hash(1, k)
			if _, e := s.find(h, 1, k); e != nil {
				hits++
				ask(e, 1)
			} else {
				s.put(h, 1, k, 0, value)
			}
			most = max(most, s.entries)
		}
		s.check(t)
		l := lru{size: most, when: map[uint64]int{}}
		lruHits := 0
		for _, a := range trace {
			if l.ask(a) {
				lruHits++
			}
		}
		t.Logf("scan %t: of %d, %d entries hit %.1f %%, as LRU %.1f %%", scan, asked, most, 100*float64(hits)/asked, 100*float64(lruHits)/asked)
		least := lruHits
		if scan {
			least = lruHits * 104 / 100
		}
		if hits < least {
			t.Errorf("scan %t: %d hits, as LRU %d", scan, hits, lruHits)
		}
	}
}

// The pool keeps what is asked for, forgets the rest, and a reference never leads
// to another part.
func TestPool(t *testing.T) {
	p := newPool(64 << 10)
	r := rand.New(rand.NewPCG(1, 9))
	type ref struct {
		ref uint64
		n   uint64
	}
	var refs []ref
	share := func(n uint64) uint64 {
		v, ok := p.share(binary.LittleEndian.AppendUint64(nil, n), 100, func() any { return n })
		if !ok {
			t.Fatal("a small part has no room")
		}
		return v
	}
	hot := share(0)
	lost := 0
	for n := range uint64(5000) {
		if v, _ := p.part(hot).(uint64); v != 0 || p.part(hot) == nil {
			t.Fatal("what is asked for all the time is gone")
		}
		m := 1 + r.Uint64N(1000)
		refs = append(refs, ref{share(m), m})
		if p.used() > 64<<10 {
			t.Fatalf("%d bytes", p.used())
		}
		if v := refs[r.IntN(len(refs))]; p.part(v.ref) == nil {
			lost++
		} else if p.part(v.ref).(uint64) != v.n {
			t.Fatalf("step %d: a reference to %d leads to %v", n, v.n, p.part(v.ref))
		}
	}
	if lost == 0 {
		t.Error("nothing was ever forgotten")
	}
	if _, ok := p.share(make([]byte, 64<<10), 0, func() any { return 0 }); ok {
		t.Error("a part is larger than the pool")
	}
	if !slices.ContainsFunc(refs, func(v ref) bool { return p.part(v.ref) != nil }) {
		t.Error("everything is forgotten")
	}
}
