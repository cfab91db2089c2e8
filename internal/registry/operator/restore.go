package operator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/keyfile"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Backup writes one state of an SQLite world, without its keys, into a new file
// that its owner alone can read. Others may write meanwhile.
func Backup(ctx context.Context, database, file string) error {
	return store.Backup(ctx, database, file)
}

// Restoring says what to go on with.
type Restoring struct {
	File       string // a copy of an SQLite database; empty: the database as it lies there
	KeepTokens bool   // end nothing
}

// Restored is what was done.
type Restored struct {
	Kept  string // where the former database lies now; empty: there was none, or it is the one that was restored
	Ended int64  // tokens that nothing else had ended
}

// Restore makes a copy of a database the one to go on with. Whatever was ended
// after the copy was made would work again, and nobody can say what that is:
// so all ends that the copy gave. The world has a new life from then on, which
// the fence knows, so the copy's own copies are noticed too. No server may run.
func Restore(ctx context.Context, c registry.Config, in Restoring) (Restored, error) {
	fence := c.Fence
	c.Fence, c.CacheBytes = "", -1
	var now keyfile.Mark
	var out Restored
	accept := func(c registry.Config) error {
		r, err := registry.Open(ctx, c)
		if err != nil {
			return err
		}
		now, out.Ended, err = newLife(ctx, r, in.KeepTokens)
		return errors.Join(err, r.Close())
	}
	var err error
	if in.File == "" {
		c.Hold = store.HoldAlone
		err = accept(c)
	} else {
		out.Kept, err = store.Replace(ctx, c.Database, in.File, func(part string) error {
			c.Database, c.Hold = part, store.NoHold
			return accept(c)
		})
	}
	if err != nil {
		return out, fmt.Errorf("restore: %w", err)
	}
	now.Written = time.Now()
	if err := now.Write(fence); err != nil {
		return out, fmt.Errorf("the database is restored, but a server will not start with the former fence: remove %s, or name another place with --fence: %w", fence, err)
	}
	return out, nil
}

// newLife gives a world another life, in which nothing of the former one works.
func newLife(ctx context.Context, r *registry.Registry, keep bool) (now keyfile.Mark, ended int64, err error) {
	err = r.Act(ctx, registry.Operator(""), prokura.ActRestore, nil, func(d *registry.Door) (err error) {
		ended, now.Life = 0, registry.NewHandle()[:32]
		if !keep {
			if ended, err = d.EndAll(d.Now); err != nil {
				return err
			}
		}
		d.Note(nil, map[string]any{"tokens_ended": ended, "tokens_kept": keep})
		if err := d.BeginLife(now.Life); err != nil {
			return err
		}
		now.Revision, err = d.Bump()
		return err
	})
	return now, ended, err
}
