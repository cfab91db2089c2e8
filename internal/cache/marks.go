package cache

import (
	"runtime"
	"sync/atomic"
	"unsafe"

	"github.com/prokura/prokura"
)

// Entity names something that facts are read from. Kinds keep equal numbers
// apart.
type Entity struct {
	kind EntityKind
	id   uint64
}

// EntityKind is a kind of thing that facts are read from.
type EntityKind byte

// The kinds of thing.
const (
	OfToken EntityKind = iota
	OfGrant
	OfApp
	OfPerson
	OfSystemUser
	OfBusiness
	OfAsset
	OfSession
)

// EntityOf names a thing that facts are read from.
func EntityOf(k EntityKind, id prokura.ID) Entity { return Entity{k, uint64(id)} }

// marks remembers, for every entity, the epoch of its latest change. Entities
// share slots by hash: a collision drops an entry too many, never one too few,
// and memory stays fixed. The rule that makes a revoke final:
//
//	a change first commits, then takes the next epoch and marks its entities
//	with it, and only then returns;
//	a reader notes the epoch before it reads, and its entry is good while no
//	entity in it carries a later mark.
//
// A reader that saw the state before the commit noted an epoch before the mark,
// so its entry is already dead when it is stored.
type marks struct {
	epoch atomic.Uint64
	all   atomic.Uint64 // the latest change of everything
	slots []atomic.Uint64
	shift uint
}

// maxMarks keeps a collision rare among a million families: each hangs on about
// eight entities.
const maxMarks = 1 << 20

// init makes n slots, beside the heap like all that is large.
func (m *marks) init(owner *Cache, n int) {
	n = powerOfTwo(n)
	m.slots, m.shift = unsafe.Slice((*atomic.Uint64)(unsafe.Pointer(unsafe.SliceData(slab(owner, 8*n)))), n), 64-log2(n)
}

func (m *marks) slot(e Entity) uint32 {
	return uint32((e.id + uint64(e.kind)<<56) * 0x9e3779b97f4a7c15 >> m.shift)
}

// touch marks entities as changed now.
func (m *marks) touch(list []Entity) {
	if len(list) == 0 {
		return
	}
	now := m.epoch.Add(1)
	for _, e := range list {
		raise(&m.slots[m.slot(e)], now)
	}
	runtime.KeepAlive(m) // and with it the memory of the slots
}

func (m *marks) touchAll() { raise(&m.all, m.epoch.Add(1)) }

// raise lets marks only grow: a slow toucher must not put an older epoch over a
// newer one.
func raise(mark *atomic.Uint64, now uint64) {
	for old := mark.Load(); old < now && !mark.CompareAndSwap(old, now); old = mark.Load() {
	}
}

// good reports whether nothing that was read at an epoch has changed since.
func (m *marks) good(epoch uint64, slots []uint32) bool {
	ok := m.all.Load() <= epoch
	for _, s := range slots {
		ok = ok && m.slots[s].Load() <= epoch
	}
	runtime.KeepAlive(m)
	return ok
}
