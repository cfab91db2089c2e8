package serve

import (
	"context"
	"errors"

	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/operator"
)

// KeyState is a key of a world, without the key.
type KeyState = operator.KeyState

// Keys lists the keys of a world. It may run beside a server.
func Keys(ctx context.Context, c Config) (list []KeyState, err error) {
	err = c.operate(ctx, func(r *registry.Registry, _ string) error {
		list, err = operator.Keys(ctx, r)
		return err
	})
	return list, err
}

// AddKey adds a key, which counts from the next start on. It may run beside a
// server.
func AddKey(ctx context.Context, c Config, kind string) (id int64, err error) {
	err = c.operate(ctx, func(r *registry.Registry, path string) error {
		id, err = operator.AddKey(ctx, r, path, kind)
		return err
	})
	return id, err
}

// RetireKey ends a key.
func RetireKey(ctx context.Context, c Config, kind string, id int64, ends bool) error {
	return c.operate(ctx, func(r *registry.Registry, path string) error { return operator.RetireKey(ctx, r, path, kind, id, ends) })
}

// operate opens a world as it is for one command.
func (c Config) operate(ctx context.Context, do func(r *registry.Registry, keyFile string) error) error {
	open := c.withDefaults().registry()
	open.AsIs, open.CacheSize = true, -1
	r, err := registry.Open(ctx, open)
	if err != nil {
		return err
	}
	return errors.Join(do(r, open.KeyFile), r.Close())
}
