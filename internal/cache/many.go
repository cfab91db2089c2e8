package cache

import (
	"context"

	"github.com/prokura/prokura/internal/quota"
)

// Peek returns the value for a key if it is held, and nothing that it was read from
// has changed, or if it was read ahead; nil otherwise.
func (k *Kind[V]) Peek(ctx context.Context, key Key) *Held[V] {
	t := k.cache.table
	if t == nil {
		return k.ahead(ctx, key)
	}
	hash := t.hash(k.number, key)
	return k.held(t.shard(hash), hash, key)
}

// Load reads many values at once, in the bounds of all loads, and keeps those that
// load gives to found.
func (k *Kind[V]) Load(ctx context.Context, load func(ctx context.Context, found func(Key, V)) error) error {
	c := k.cache
	if c.table == nil {
		return load(ctx, func(Key, V) {})
	}
	ctx, cancel := context.WithTimeout(ctx, loadTime)
	defer cancel()
	leave, err := c.loads.EnterFor(ctx)
	if err != nil {
		return quota.Refusal(err)
	}
	defer leave()
	before := c.marks.epoch.Load()
	return load(ctx, func(key Key, v V) {
		hash := c.table.hash(k.number, key)
		k.keep(c.table.shard(hash), hash, &Held[V]{key: key, epoch: before, Value: v})
	})
}
