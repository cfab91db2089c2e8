package cache

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"sync"
)

// table holds entries without a pointer in them: bytes in rings, found by a hash
// index of numbers. It is cut into shards, each under a lock of its own.
//
// What goes first is decided by S3-FIFO (Yang et al., SOSP 2023): new entries
// pass through a small ring; those that were asked for again in it go on into the
// main ring, the others leave a fingerprint by which they go there directly if
// they come back soon. The main ring keeps once more what was asked for since it
// was last looked at. As long as the main ring has room, nothing is dropped.
type table struct {
	seed   [2]uint64
	shards []shard
	shift  uint // of a hash, to its shard
}

type shard struct {
	mu      sync.Mutex
	table   *table
	index   []byte // buckets of slots, as many as there may ever be
	buckets uint32 // in use, a power of two
	ghost   []byte // fingerprints of what left the small ring unasked for
	rings   [2]ring
	entries int
	dropped uint64
	flights map[flightKey]*flight

	// What decoding works with, so that it need not be made each time.
	coder Coder
	from  []Entity
}

// The rings of a shard.
const (
	small = iota
	main
)

const (
	shardBytes  = 4 << 20
	maxShards   = 1 << 12
	bucketSlots = 16
	bucketBytes = 4 * bucketSlots // one line of a processor's cache
	minShard    = 4 << 10

	// maxKept bounds how much one insertion moves while it looks for what to drop.
	maxKept = 64
)

// A slot is 11 bits of the hash, never 0; the ring; the place in it in units.
const (
	placeBits = 20
	ringBit   = 1 << placeBits
	placeMask = ringBit - 1
	tagShift  = placeBits + 1
)

func newTable(size int) *table {
	n := powerOfTwo(size / shardBytes)
	n = min(max(n, 1), maxShards)
	t := &table{seed: [2]uint64{rand.Uint64(), rand.Uint64()}, shards: make([]shard, n), shift: 64 - log2(n)}
	each := max(size/n, minShard) &^ (unit - 1)
	memory := slab(t, each*n)
	for i := range t.shards {
		s := &t.shards[i]
		part := memory[i*each : (i+1)*each : (i+1)*each]
		cut := func(n int) (b []byte) {
			b, part = part[:n:n], part[n:]
			return b
		}
		s.table, s.flights = t, map[flightKey]*flight{}
		s.index, s.buckets = cut(powerOfTwo(each/16)), 2
		s.ghost = cut(powerOfTwo(each / 32))
		s.rings[small].buf = cut(len(part) / 10 &^ (unit - 1))
		s.rings[main].buf = part
	}
	return t
}

func (t *table) hash(kind byte, k Key) uint64 {
	hi, lo := bits.Mul64(k.A^t.seed[0], k.B^t.seed[1]^uint64(kind)<<57)
	return bits.RotateLeft64((hi^lo)*0x9e3779b97f4a7c15, 32) ^ hi
}

func (t *table) shard(h uint64) *shard {
	if t.shift == 64 {
		return &t.shards[0]
	}
	return &t.shards[h>>t.shift]
}

// size is the memory in use, and no bound of it: pages that were never written to
// are not there.
func (t *table) stats() (entries int, dropped uint64, used int) {
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		entries, dropped = entries+s.entries, dropped+s.dropped
		used += s.rings[small].used + s.rings[main].used + int(s.buckets)*bucketBytes
		s.mu.Unlock()
	}
	return entries, dropped, used
}

func tag(h uint64) uint32 { return max(1, uint32(h>>40)&0x7ff) << tagShift }

// homes are the two buckets that an entry may be found by.
func (s *shard) homes(h uint64) [2]uint32 {
	mask := s.buckets - 1
	return [2]uint32{uint32(h) & mask * bucketBytes, uint32(h>>20) & mask * bucketBytes}
}

func (s *shard) slot(at uint32) uint32       { return binary.LittleEndian.Uint32(s.index[at:]) }
func (s *shard) setSlot(at uint32, v uint32) { binary.LittleEndian.PutUint32(s.index[at:], v) }

// entry is the bytes that a slot leads to.
func (s *shard) entry(slot uint32) []byte {
	r := &s.rings[slot&ringBit>>placeBits]
	at := int(slot&placeMask) * unit
	return r.buf[at : at+int(r.word(at)&sizeMask)*unit]
}

// find is where the index has a key, and its entry.
func (s *shard) find(h uint64, kind byte, k Key) (at uint32, e []byte) {
	want := tag(h)
	for _, home := range s.homes(h) {
		for at := home; at < home+bucketBytes; at += 4 {
			if v := s.slot(at); v&^(1<<tagShift-1) == want {
				e := s.entry(v)
				if got, has := keyAt(e); got == kind && has == k {
					return at, e
				}
			}
		}
	}
	return 0, nil
}

// ask counts that an entry was asked for.
func ask(e []byte, times uint32) {
	v := binary.LittleEndian.Uint32(e)
	binary.LittleEndian.PutUint32(e, v&^maxAsked|min(v&maxAsked+times*oneAsked, maxAsked))
}

// drop forgets the entry of a slot.
func (s *shard) drop(at uint32) {
	e := s.entry(s.slot(at))
	binary.LittleEndian.PutUint32(e, binary.LittleEndian.Uint32(e)|dead)
	s.setSlot(at, 0)
	s.entries--
}

// put stores a value in place of what the key had, and reports whether it did: no
// entry may be so large that it drives out all others.
func (s *shard) put(h uint64, kind byte, k Key, epoch uint64, value []byte) bool {
	n := entrySize(k, len(value))
	to, stamp := small, uint32(0)
	if at, old := s.find(h, kind, k); old != nil {
		if s.slot(at)&ringBit != 0 {
			to = main
		}
		stamp = binary.LittleEndian.Uint32(old[atStamp:])
		s.drop(at)
	} else if s.returns(h) {
		to = main
	}
	if n > len(s.rings[small].buf)/2 {
		to = main
	}
	if n > len(s.rings[main].buf)/4 {
		return false
	}
	place := s.room(to, n)
	writeEntry(s.rings[to].buf[place:place+n], kind, k, stamp, epoch, value)
	s.link(h, uint32(to)<<placeBits|uint32(place/unit))
	s.entries++
	return true
}

// link enters a place into the index.
func (s *shard) link(h uint64, place uint32) {
	for {
		var free, count [2]uint32
		homes := s.homes(h)
		for i, home := range homes {
			for at := home; at < home+bucketBytes; at += 4 {
				if s.slot(at) != 0 {
					count[i]++
				} else {
					free[i] = at
				}
			}
		}
		i := 0
		if count[1] < count[0] {
			i = 1
		}
		if count[i] < bucketSlots {
			s.setSlot(free[i], tag(h)|place)
			return
		}
		if int(s.buckets)*2*bucketBytes <= len(s.index) {
			s.grow()
			continue
		}
		s.drop(s.coldest(homes))
		s.dropped++
	}
}

// coldest is the slot in two buckets whose entry was asked for least.
func (s *shard) coldest(homes [2]uint32) (coldest uint32) {
	least := uint32(dead)
	for _, home := range homes {
		for at := home; at < home+bucketBytes; at += 4 {
			if asked := binary.LittleEndian.Uint32(s.entry(s.slot(at))) & maxAsked; asked < least {
				least, coldest = asked, at
			}
		}
	}
	return coldest
}

// grow doubles the index.
func (s *shard) grow() {
	var all []uint32
	for at := uint32(0); at < s.buckets*bucketBytes; at += 4 {
		if v := s.slot(at); v != 0 {
			all = append(all, v)
			s.setSlot(at, 0)
		}
	}
	s.buckets *= 2
	for _, v := range all {
		s.link(s.table.hash(keyAt(s.entry(v))), v&(ringBit|placeMask))
	}
}

// slotOf is where the index has a place.
func (s *shard) slotOf(h uint64, place uint32) uint32 {
	want := tag(h) | place
	for _, home := range s.homes(h) {
		for at := home; at < home+bucketBytes; at += 4 {
			if s.slot(at) == want {
				return at
			}
		}
	}
	panic("cache: an entry is not in the index")
}

// room makes room for n bytes in a ring, and says where.
func (s *shard) room(to, n int) int {
	for kept := 0; ; {
		r := &s.rings[to]
		if place, ok := r.place(n); ok {
			return place
		}
		at, size, flags := r.pop()
		if flags&dead != 0 {
			continue
		}
		e := r.buf[at : at+size]
		h := s.table.hash(keyAt(e))
		slot := s.slotOf(h, uint32(to)<<placeBits|uint32(at/unit))
		switch {
		case to == small && (flags&maxAsked > 0 || s.mainHasRoom(size)):
			binary.LittleEndian.PutUint32(e, flags&^maxAsked)
			// Nothing else is written to the small ring until e is copied.
			place := s.room(main, size)
			copy(s.rings[main].buf[place:], e)
			s.move(h, uint32(small)<<placeBits|uint32(at/unit), ringBit|uint32(place/unit))
		case to == main && flags&maxAsked > 0 && kept < maxKept:
			kept++
			place, _ := r.place(size) // there is what e had
			copy(r.buf[place:place+size], e)
			r.setWord(place, flags-oneAsked)
			s.setSlot(slot, tag(h)|ringBit|uint32(place/unit))
		default:
			if to == small {
				s.leaves(h)
			}
			s.setSlot(slot, 0)
			s.entries--
			s.dropped++
		}
	}
}

// move has the index know of an entry's new place.
func (s *shard) move(h uint64, from, to uint32) { s.setSlot(s.slotOf(h, from), tag(h)|to) }

func (s *shard) mainHasRoom(n int) bool {
	r := s.rings[main]
	if r.used > 0 && r.tail <= r.head {
		return r.head-r.tail >= n
	}
	return len(r.buf)-r.tail >= n || r.head >= n
}

// leaves notes that an entry left the small ring unasked for, returns whether it
// did so a while ago.
func (s *shard) leaves(h uint64) {
	binary.LittleEndian.PutUint32(s.ghost[s.ghostOf(h):], fingerprint(h))
}

func (s *shard) returns(h uint64) bool {
	at := s.ghostOf(h)
	if binary.LittleEndian.Uint32(s.ghost[at:]) != fingerprint(h) {
		return false
	}
	binary.LittleEndian.PutUint32(s.ghost[at:], 0)
	return true
}

func (s *shard) ghostOf(h uint64) int { return int(h>>8) & (len(s.ghost) - 1) &^ 3 }
func fingerprint(h uint64) uint32     { return uint32(h>>20) | 1 }
func powerOfTwo(n int) int            { return 1 << log2(max(n, 1)) } // not above n
func log2(n int) uint                 { return uint(bits.Len(uint(n)) - 1) }
