package apps

import (
	"context"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

const maxTestApps = 50 // of one app

// CreateTest makes a test app of an app (R-APP-04): it has its parent's login
// product, belongs to no business, stays in development mode and at development
// level, and ends with its parent. Its roles are its own; the caller is its
// admin.
func CreateTest(ctx context.Context, r *registry.Registry, c registry.Caller, parent prokura.ID, name string) (prokura.ID, error) {
	var id prokura.ID
	name = strings.TrimSpace(name)
	err := r.Act(ctx, c, prokura.ActManageTestApps, registry.OnApp(parent), func(d *registry.Door) error {
		if err := checkAppName(name); err != nil {
			return err
		}
		a, err := d.App(parent)
		if err != nil {
			return registry.HideMissing(err)
		}
		if a.Parent != 0 {
			return prokura.Errorf(prokura.InvalidParameter, "A test app has no test apps.")
		}
		have, err := d.TestApps(parent, 0)
		if err != nil {
			return err
		}
		if len(have) >= maxTestApps {
			return prokura.Errorf(prokura.LimitReached, "An app has at most %d test apps.", maxTestApps)
		}
		id, err = addApp(r, d, prokura.App{Name: name, Type: a.Type, Parent: parent, Settings: prokura.AppSettings{Contact: d.By.Person.Email}})
		return err
	})
	return id, err
}

// TestApps lists the test apps of an app to whoever may see it, with the role
// that they have on each.
func TestApps(ctx context.Context, r *registry.Registry, c registry.Caller, parent prokura.ID) ([]Row, error) {
	return registry.View(ctx, r, func(tx *store.View) ([]Row, error) {
		if _, err := mayView(r, tx, c, parent); err != nil {
			return nil, err
		}
		return tx.TestApps(parent, c.Person.ID)
	})
}
