package cache

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
)

// pool holds what many entries share, once: apps, what the tokens of one login
// have in common, long lists of assets. An entry has a reference to it. When the
// pool is full, what was not asked for since the hand last passed goes (CLOCK);
// references to it lead nowhere from then on, and their entries are read anew.
type pool struct {
	slots []atomic.Pointer[part]

	mu       sync.Mutex
	known    map[string]*part
	hand     int
	versions uint64
	size     int
	limit    int
	lately   []uint64 // hashes of contents that were asked about
	seed     maphash.Seed
}

// part is a shared value. It must not be changed.
type part struct {
	content string // what it is, in bytes
	value   any
	ref     uint64 // its slot, and above slotBits a number that no other part had
	size    int
	asked   atomic.Bool
}

const (
	slotBits = 16
	partCost = 256 // of a part beside its content
)

func newPool(limit int) *pool {
	return &pool{limit: limit, known: map[string]*part{}, seed: maphash.MakeSeed(), lately: make([]uint64, min(max(limit/128, 16), 4096)), slots: make([]atomic.Pointer[part], min(max(limit/1024, 16), 1<<slotBits))}
}

// share is the reference of a value with this content, made if there is none. It
// reports false for what is too large for the pool.
func (p *pool) share(content []byte, weight int, value func() any) (ref uint64, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if v := p.known[string(content)]; v != nil {
		v.asked.Store(true)
		return v.ref, true
	}
	size := partCost + len(content) + weight
	if size > p.limit {
		return 0, false
	}
	for n := 0; p.size+size > p.limit || p.slots[p.hand].Load() != nil; n++ {
		p.turn(n > 2*len(p.slots))
	}
	p.versions++
	v := &part{content: string(content), value: value(), ref: p.versions<<slotBits | uint64(p.hand), size: size}
	p.known[v.content] = v
	p.size += size
	p.slots[p.hand].Store(v)
	p.hand = (p.hand + 1) % len(p.slots)
	return v.ref, true
}

// recurs reports whether a content was asked about lately: what is there once alone
// is not worth a part.
func (p *pool) recurs(content []byte) bool {
	h := maphash.Bytes(p.seed, content)
	p.mu.Lock()
	defer p.mu.Unlock()
	at := &p.lately[h%uint64(len(p.lately))]
	again := *at == h
	*at = h
	return again
}

// turn takes the part under the hand away, or moves on: from a free place, and
// from what was asked for since, unless the hand went round already.
func (p *pool) turn(anyway bool) {
	v := p.slots[p.hand].Load()
	if v == nil || v.asked.Swap(false) && !anyway {
		p.hand = (p.hand + 1) % len(p.slots)
		return
	}
	p.slots[p.hand].Store(nil)
	delete(p.known, v.content)
	p.size -= v.size
}

// part is what a reference leads to, nil if it is gone.
func (p *pool) part(ref uint64) any {
	i := ref & (1<<slotBits - 1)
	if i >= uint64(len(p.slots)) {
		return nil
	}
	v := p.slots[i].Load()
	if v == nil || v.ref != ref {
		return nil
	}
	if !v.asked.Load() {
		v.asked.Store(true)
	}
	return v.value
}

func (p *pool) used() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.size
}
