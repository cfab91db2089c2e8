// Package cache keeps facts in memory, never decisions: a bounded number of
// bytes, in few pieces that hold no pointers, so that a million tokens cost the
// garbage collector nothing. What changed is not served any more once
// [Cache.Touch] has returned, and a value that is loaded meanwhile is not kept.
//
// It reads no database and knows no rules: whoever asks brings the function that
// loads what is missing.
package cache

import (
	"context"
	"encoding/binary"
	"sync/atomic"
	"time"

	"github.com/prokura/prokura/internal/quota"
)

// Cache is the memory that all kinds of facts share.
type Cache struct {
	marks marks
	table *table // nil: nothing is kept
	pool  *pool
	loads *quota.Gate
	hot   int // decoded values by kind
	kinds byte
	bytes int

	doubts doubts
}

// The bounds of loading: so many at a time, of so many that wait, for so long.
const (
	maxLoads   = 4
	maxWaiting = 1000
	loadTime   = 5 * time.Second
)

// New makes a cache of so many bytes; 0: nothing is kept.
func New(bytes int64) *Cache {
	if bytes <= 0 {
		c := &Cache{}
		c.marks.init(c, 1)
		return c
	}
	// Of the bytes a thirty-second is for marks, about as much for decoded values,
	// an eighth for what entries share.
	c := &Cache{bytes: int(bytes), loads: quota.NewGate(quota.Limits{Places: maxLoads, Waiting: maxWaiting, Much: maxLoads / 2})}
	c.marks.init(c, min(c.bytes/32/8, maxMarks))
	c.hot = min(powerOfTwo(c.bytes/256/hotBytes), 4096)
	c.pool = newPool(c.bytes / 8)
	c.table = newTable(c.bytes - c.bytes/32 - c.bytes/32 - c.bytes/8)
	return c
}

// hotBytes is what a decoded value takes, about, and maxHot the bytes that it may
// be read from.
const (
	hotBytes = 4 << 10
	maxHot   = 1 << 10
)

// Keeps reports whether anything is kept.
func (c *Cache) Keeps() bool { return c.table != nil }

// Touch says that entities have changed, after their change is committed and
// before whoever made it is told so: nothing that was read from them before is
// served any more when it returns.
func (c *Cache) Touch(list []Entity) { c.marks.touch(list) }

// TouchAll says that everything may have changed.
func (c *Cache) TouchAll() { c.marks.touchAll() }

// Stats is what a cache holds.
type Stats struct {
	Entries int
	Dropped uint64 // entries that made room for others
	Bytes   int    // in use
}

// Stats counts.
func (c *Cache) Stats() (s Stats) {
	if c.table == nil {
		return s
	}
	s.Entries, s.Dropped, s.Bytes = c.table.stats()
	s.Bytes += c.pool.used() + 8*len(c.marks.slots) + 8*len(c.pool.slots)
	return s
}

// Kind is one kind of values in a cache.
type Kind[V any] struct {
	cache    *Cache
	number   byte
	code     func(*Coder, *V)
	entities func(Key, *V, []Entity) []Entity
	hot      []atomic.Pointer[Held[V]]
}

// NewKind makes a kind of values. code writes a value into bytes and reads it
// again; entities appends what it was read from.
func NewKind[V any](c *Cache, code func(*Coder, *V), entities func(Key, *V, []Entity) []Entity) *Kind[V] {
	c.kinds++
	return &Kind[V]{cache: c, number: c.kinds, code: code, entities: entities, hot: make([]atomic.Pointer[Held[V]], c.hot)}
}

// Held is a value with what the cache knows about it. The value is shared and must
// not be changed.
type Held[V any] struct {
	Value V

	key   Key
	epoch uint64
	stamp atomic.Uint32
	again atomic.Bool // asked for while it was hot
	slots []uint32    // marks of what it was read from
	few   [12]uint32
}

// Get returns the value for a key, read by load when it is not held or something
// that it was read from has changed. Who asks for what is being loaded waits for
// it. Errors are not kept, nor shared. Beside those of load, Unavailable says that
// too much is being loaded already.
func (k *Kind[V]) Get(ctx context.Context, key Key, load func(context.Context, *V) error) (*Held[V], error) {
	c := k.cache
	if c.table == nil {
		if h := k.ahead(ctx, key); h != nil {
			return h, nil
		}
		h := &Held[V]{key: key}
		return h, load(ctx, &h.Value)
	}
	hash := c.table.hash(k.number, key)
	s := c.table.shard(hash)
	if h := k.held(s, hash, key); h != nil {
		return h, nil
	}
	return k.load(ctx, s, hash, key, load)
}

// held is the value of a key, nil if there is none that is good.
func (k *Kind[V]) held(s *shard, hash uint64, key Key) *Held[V] {
	place := &k.hot[int(hash>>12)&(len(k.hot)-1)]
	if h := place.Load(); h != nil && h.key == key && k.cache.marks.good(h.epoch, h.slots) {
		if !h.again.Load() {
			h.again.Store(true)
		}
		return h
	}
	h, size := k.look(s, hash, key)
	if h != nil && size <= maxHot {
		k.heat(place, h)
	}
	return h
}

// look reads the value of a key from the table, and says how large its entry is.
func (k *Kind[V]) look(s *shard, hash uint64, key Key) (h *Held[V], size int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, e := s.find(hash, k.number, key)
	if e == nil {
		return nil, 0
	}
	if h = k.decode(s, key, e); h != nil {
		ask(e, 1)
	}
	return h, len(e)
}

// heat makes a decoded value one of the hot ones. What it replaces counts as
// asked for, if it was.
func (k *Kind[V]) heat(place *atomic.Pointer[Held[V]], h *Held[V]) {
	old := place.Swap(h)
	if old == nil || old.key == h.key || !old.again.Load() {
		return
	}
	hash := k.cache.table.hash(k.number, old.key)
	s := k.cache.table.shard(hash)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, e := s.find(hash, k.number, old.key); e != nil {
		ask(e, 3)
	}
}

// decode reads the value of an entry of a shard, nil if it is not good any more.
func (k *Kind[V]) decode(s *shard, key Key, e []byte) *Held[V] {
	h := &Held[V]{key: key, epoch: binary.LittleEndian.Uint64(e[atEpoch:])}
	h.stamp.Store(binary.LittleEndian.Uint32(e[atStamp:]))
	c := &s.coder
	c.read(k.cache.pool, key, valueAt(e))
	k.code(c, &h.Value)
	broken := c.broken
	c.done()
	if broken {
		return nil
	}
	if s.from = k.mark(h, s.from); !k.cache.marks.good(h.epoch, h.slots) {
		return nil
	}
	return h
}

// mark notes the marks of what a value was read from.
func (k *Kind[V]) mark(h *Held[V], from []Entity) []Entity {
	from = k.entities(h.key, &h.Value, from[:0])
	h.slots = h.few[:0]
	for _, e := range from {
		if e.id != 0 {
			h.slots = append(h.slots, k.cache.marks.slot(e))
		}
	}
	return from
}

// Stamp is a number that somebody keeps beside a value, 0 at first.
func (h *Held[V]) Stamp() uint32 { return h.stamp.Load() }

// SetStamp raises a value's number, and reports whether it was lower.
func (k *Kind[V]) SetStamp(h *Held[V], stamp uint32) bool {
	for old := h.stamp.Load(); ; old = h.stamp.Load() {
		if old >= stamp {
			return false
		}
		if h.stamp.CompareAndSwap(old, stamp) {
			break
		}
	}
	if k.cache.table == nil {
		return true
	}
	hash := k.cache.table.hash(k.number, h.key)
	s := k.cache.table.shard(hash)
	s.mu.Lock()
	defer s.mu.Unlock()
	_, e := s.find(hash, k.number, h.key)
	if e == nil {
		return true
	}
	old := binary.LittleEndian.Uint32(e[atStamp:])
	if old < stamp {
		binary.LittleEndian.PutUint32(e[atStamp:], stamp)
	}
	return old < stamp
}
