package cache

import "context"

// GetAll is Get for many keys. All that is missing is read by one load, which gives
// what it finds to found; what there is not is left out of the list.
func (k *Kind[V]) GetAll(ctx context.Context, keys []Key, load func(ctx context.Context, missing []Key, found func(Key, V)) error) ([]*Held[V], error) {
	out := make([]*Held[V], 0, len(keys))
	missing := keys
	c := k.cache
	if c.table != nil {
		missing = nil
		for _, key := range keys {
			hash := c.table.hash(k.number, key)
			if h := k.held(c.table.shard(hash), hash, key); h != nil {
				out = append(out, h)
			} else {
				missing = append(missing, key)
			}
		}
		if len(missing) == 0 {
			return out, nil
		}
		var cancel func()
		ctx, cancel = context.WithTimeout(ctx, loadTime)
		defer cancel()
		leave, err := c.loads.EnterFor(ctx)
		if err != nil {
			return nil, tooMuch(err)
		}
		defer leave()
	}
	before := c.marks.epoch.Load()
	err := load(ctx, missing, func(key Key, v V) {
		h := &Held[V]{key: key, epoch: before, Value: v}
		out = append(out, h)
		if c.table != nil {
			hash := c.table.hash(k.number, key)
			k.keep(c.table.shard(hash), hash, h)
		}
	})
	return out, err
}
