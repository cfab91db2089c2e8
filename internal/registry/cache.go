package registry

import (
	"sync/atomic"

	"github.com/maypok86/otter/v2"

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

const (
	OfToken EntityKind = iota
	OfGrant
	OfApp
	OfPerson
	OfSystemUser
	OfBusiness
	OfAsset
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
	slots [1 << 16]atomic.Uint64
}

func (m *marks) slot(e Entity) *atomic.Uint64 {
	h := (e.id + uint64(e.kind)<<56) * 0x9e3779b97f4a7c15
	return &m.slots[h>>48]
}

// Forget drops what the caches hold of some entities: it is read anew. For who
// writes to the database beside the registry.
func (r *Registry) Forget(list ...Entity) { r.cache.marks.touch(list) }

// touch marks entities as changed now. Marks only grow: a slow toucher must not
// put an older epoch over a newer one.
func (m *marks) touch(list []Entity) {
	if len(list) == 0 {
		return
	}
	now := m.epoch.Add(1)
	for _, e := range list {
		s := m.slot(e)
		for old := s.Load(); old < now && !s.CompareAndSwap(old, now); old = s.Load() {
		}
	}
}

// touchAll marks everything.
func (m *marks) touchAll() {
	now := m.epoch.Add(1)
	for i := range m.slots {
		for old := m.slots[i].Load(); old < now && !m.slots[i].CompareAndSwap(old, now); old = m.slots[i].Load() {
		}
	}
}

// entry is one cached value with what it was read from.
type entry[V any] struct {
	value V
	epoch uint64
	from  []*atomic.Uint64
}

func (e *entry[V]) good() bool {
	for _, s := range e.from {
		if s.Load() > e.epoch {
			return false
		}
	}
	return true
}

type cache[K comparable, V any] struct {
	marks *marks
	held  *otter.Cache[K, *entry[V]] // nil: nothing is kept
}

// newCache makes a cache for values that weigh so much together. A weight of 1
// stands for half a kilobyte, or for a value of the usual size.
func newCache[K comparable, V any](m *marks, size int, weigh func(V) int) cache[K, V] {
	if size < 0 {
		return cache[K, V]{marks: m}
	}
	return cache[K, V]{marks: m, held: otter.Must(&otter.Options[K, *entry[V]]{
		MaximumWeight: uint64(size),
		Weigher:       func(_ K, e *entry[V]) uint32 { return uint32(weigh(e.value)) },
	})}
}

func light[V any](V) int { return 1 }

// weight is that of a token's facts: the chosen assets of its grant, its own and
// those of all that it was cut from, up to 40 KB each, are in them (T35).
func (t knownToken) weight() int {
	n := len(t.facts.Grant.Assets) + len(t.facts.Token.Assets)
	for i := range t.facts.Parents {
		n += 32 + len(t.facts.Parents[i].Assets)
	}
	return 1 + n/64
}

// get returns the value for k, read through load when it is not held or no
// longer good. load returns the entities that the value was read from. Errors
// are not kept.
func (c *cache[K, V]) get(k K, load func() (V, []Entity, error)) (V, error) {
	if c.held != nil {
		if e, ok := c.held.GetIfPresent(k); ok && e.good() {
			return e.value, nil
		}
	}
	before := c.marks.epoch.Load()
	v, from, err := load()
	if err != nil || c.held == nil {
		return v, err
	}
	e := &entry[V]{value: v, epoch: before, from: make([]*atomic.Uint64, len(from))}
	for i, f := range from {
		e.from[i] = c.marks.slot(f)
	}
	c.held.Set(k, e)
	return v, nil
}

// assetKey names an asset as seen by a person or system user.
type assetKey struct{ asset, subject prokura.ID }

// scopedKey names a subject as seen by an app.
type scopedKey struct{ app, subject prokura.ID }

// caches are the facts in memory. All of them obey the same marks.
type caches struct {
	marks   *marks
	tokens  cache[prokura.TokenID, knownToken]
	apps    cache[prokura.ID, *AppSecrets]
	assets  cache[assetKey, *prokura.AssetFacts]
	aliases cache[scopedKey, prokura.ID]
}

const defaultCacheSize = 100_000

func newCaches(size int) *caches {
	if size == 0 {
		size = defaultCacheSize
	}
	m := &marks{}
	return &caches{
		marks:   m,
		tokens:  newCache[prokura.TokenID](m, size, knownToken.weight),
		apps:    newCache[prokura.ID](m, min(size, 10_000), light[*AppSecrets]),
		assets:  newCache[assetKey](m, size, light[*prokura.AssetFacts]),
		aliases: newCache[scopedKey](m, size, light[prokura.ID]),
	}
}

// factEntities lists what token facts were read from.
func factEntities(f *prokura.Facts) []Entity {
	out := []Entity{{OfToken, uint64(f.Token.ID)}, EntityOf(OfApp, f.App.ID)}
	for i := range f.Parents {
		out = append(out, Entity{OfToken, uint64(f.Parents[i].ID)})
	}
	for _, m := range f.Members {
		out = append(out, EntityOf(OfBusiness, m.Business))
	}
	for _, e := range []Entity{
		EntityOf(OfGrant, f.Grant.ID), EntityOf(OfPerson, f.Person.ID), EntityOf(OfSystemUser, f.SystemUser.ID),
		EntityOf(OfBusiness, f.Business.ID), EntityOf(OfBusiness, f.App.Business), EntityOf(OfPerson, f.Grant.GrantedBy),
		EntityOf(OfAsset, f.Token.Page), EntityOf(OfBusiness, f.PageOwner),
	} {
		if e.id != 0 {
			out = append(out, e)
		}
	}
	return out
}
