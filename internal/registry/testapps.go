package registry

import (
	"context"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/store"
)

const maxTestApps = 50 // of one app

// CreateTestApp makes a test app of an app (R-APP-04): it has its parent's login
// product, belongs to no business, stays in development mode and at development
// level, and ends with its parent. Its roles are its own; the caller is its
// admin.
func (r *Registry) CreateTestApp(ctx context.Context, c Caller, parent prokura.ID, name string) (prokura.ID, error) {
	var id prokura.ID
	name = strings.TrimSpace(name)
	err := r.Act(ctx, c, prokura.ActManageTestApps, OnApp(parent), func(d *Door) error {
		if err := checkAppName(name); err != nil {
			return err
		}
		a, err := d.App(parent)
		if err != nil {
			return HideMissing(err)
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
		id, err = r.addApp(d, prokura.App{Name: name, Type: a.Type, Parent: parent, Settings: prokura.AppSettings{Contact: d.By.Person.Email}})
		return err
	})
	return id, err
}

// TestApps lists the test apps of an app to whoever may see it, with the role
// that they have on each.
func (r *Registry) TestApps(ctx context.Context, c Caller, parent prokura.ID) ([]AppRow, error) {
	return View(ctx, r, func(tx *store.View) ([]AppRow, error) {
		if _, err := r.mayViewApp(tx, c, parent); err != nil {
			return nil, err
		}
		return tx.TestApps(parent, c.Person.ID)
	})
}
