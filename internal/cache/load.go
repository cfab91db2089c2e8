package cache

import (
	"context"

	"github.com/prokura/prokura/internal/quota"
)

// flightKey is what is being loaded.
type flightKey struct {
	kind byte
	key  Key
}

// flight is a load that others wait for.
type flight struct {
	done chan struct{}
	held any // *Held[V], nil if it failed
}

// load reads a value that is not in the table. Of those who ask for the same at a
// time one loads it. A value serves those who waited for it if nothing that it was
// read from has changed since its reading began, which was perhaps before they
// asked; else, and after an error, they load it themselves.
func (k *Kind[V]) load(ctx context.Context, s *shard, hash uint64, key Key, load func(context.Context, *V) error) (*Held[V], error) {
	ctx, cancel := context.WithTimeout(ctx, loadTime)
	defer cancel()
	name := flightKey{k.number, key}
	s.mu.Lock()
	under := s.flights[name]
	if under == nil {
		under = &flight{done: make(chan struct{})}
		s.flights[name] = under
		s.mu.Unlock()
		var h *Held[V]
		defer func() { // also when load panics
			if h != nil {
				under.held = h
			}
			s.mu.Lock()
			delete(s.flights, name)
			s.mu.Unlock()
			close(under.done)
		}()
		var err error
		h, err = k.loadAlone(ctx, s, hash, key, load)
		return h, err
	}
	s.mu.Unlock()
	select {
	case <-under.done:
	case <-ctx.Done():
		return nil, quota.Refusal(ctx.Err())
	}
	if h, ok := under.held.(*Held[V]); ok && k.cache.marks.good(h.epoch, h.slots) {
		return h, nil
	}
	return k.loadAlone(ctx, s, hash, key, load)
}

// loadAlone reads a value when it is its turn, and keeps it.
func (k *Kind[V]) loadAlone(ctx context.Context, s *shard, hash uint64, key Key, load func(context.Context, *V) error) (*Held[V], error) {
	c := k.cache
	leave, err := c.loads.EnterFor(ctx)
	if err != nil {
		return nil, quota.Refusal(err)
	}
	defer leave()
	h := &Held[V]{key: key, epoch: c.marks.epoch.Load()} // before it is read
	if err := load(ctx, &h.Value); err != nil {
		return nil, err
	}
	k.keep(s, hash, h)
	return h, nil
}

// keep puts a value that was read into the table.
func (k *Kind[V]) keep(s *shard, hash uint64, h *Held[V]) {
	k.mark(h, nil)
	w := Coder{pool: k.cache.pool}
	w.prime(h.key)
	k.code(&w, &h.Value)
	if w.broken {
		return
	}
	value := w.bytes()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(hash, k.number, h.key, h.epoch, value)
}
