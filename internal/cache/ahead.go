package cache

import "context"

// Ahead is what was read for one call before the steps of it that ask: one statement
// finds together what each of them would have read alone. It is as old as the call,
// and serves a cache that keeps nothing.
type Ahead struct {
	keys []flightKey
	held []any
}

type aheadKey struct{}

// With is a context in which values are found that were read ahead.
func (a *Ahead) With(ctx context.Context) context.Context {
	return context.WithValue(ctx, aheadKey{}, a)
}

// Put adds a value to those that were read ahead, and gives the place to write it to.
func (k *Kind[V]) Put(a *Ahead, key Key) *V {
	h := &Held[V]{key: key}
	a.keys = append(a.keys, flightKey{k.number, key})
	a.held = append(a.held, h)
	return &h.Value
}

// ahead is the value of a key that was read ahead, nil if there is none.
func (k *Kind[V]) ahead(ctx context.Context, key Key) *Held[V] {
	a, _ := ctx.Value(aheadKey{}).(*Ahead)
	if a == nil {
		return nil
	}
	for i, name := range a.keys {
		if name == (flightKey{k.number, key}) {
			return a.held[i].(*Held[V])
		}
	}
	return nil
}
