// Package forge tries to move power past the door. The compiler must refuse each
// line that has a comment, for the reason that it gives; TestForge sees to that.
// A room stands where this package stands, so a room can do no more.
package forge

import (
	"context"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

func byReading(ctx context.Context, r *registry.Registry) (int, error) {
	return registry.View(ctx, r, func(tx *store.View) (int, error) {
		tx.AddGrant(prokura.Grant{})       // tx.AddGrant undefined
		tx.AddSession(prokura.Session{})   // tx.AddSession undefined
		tx.exec("DELETE FROM token_grant") // tx.exec undefined
		tx.store.Update(ctx, nil)          // tx.store undefined
		tx.Update(ctx, nil)                // tx.Update undefined
		giveTasks(tx)                      // cannot use tx
		giveTasks(&store.Tx{tx})           // implicit assignment to unexported field
		_ = &store.Beside{tx}              // implicit assignment to unexported field
		_ = &store.Beside{View: tx}        // unknown field View
		return 0, nil
	})
}

func besideTheDoor(ctx context.Context, r *registry.Registry) error {
	return r.Beside(ctx, func(tx *store.Beside) error {
		tx.AddGrant(prokura.Grant{})     // tx.AddGrant undefined
		tx.Bump()                        // tx.Bump undefined
		giveTasks(tx)                    // cannot use tx
		giveTasks(&store.Tx{tx})         // implicit assignment to unexported field
		giveTasks(&store.Tx{beside: tx}) // cannot refer to unexported field beside
		return nil
	})
}

func byTheStore(ctx context.Context, r *registry.Registry) {
	r.store.Update(ctx, func(tx *store.Tx) error { return nil })          // r.store undefined
	r.View(ctx, func(tx *store.Tx) error { return nil })                  // r.View undefined
	r.Beside(ctx, func(tx *store.Tx) error { return nil })                // cannot use func
	registry.View(ctx, r, func(*store.Tx) (int, error) { return 0, nil }) // does not match
}

func giveTasks(*store.Tx) {}
