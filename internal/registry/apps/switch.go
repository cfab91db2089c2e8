package apps

import (
	"context"
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// LoginSwitch is what a change over to Login for Business would take away
// (R-APP-05), or why there is none to make.
type LoginSwitch struct {
	App      prokura.App
	Access   []prokura.Permission // advanced access of the app that ends
	Losses   []PermissionLoss     // by permission, in catalog order
	Narrowed int                  // personal grants that keep something
	Ended    int                  // personal grants that end, as nothing but profile and e-mail would remain
	Kept     int                  // personal grants that stay as they are
	TestApps []Row                // that follow
	Until    prokura.Instant      // after the change: when rolling back ends
	MayBack  bool                 // it can be rolled back now
}

// PermissionLoss is a permission that personal grants lose.
type PermissionLoss struct {
	Permission prokura.Permission
	Grants     int
}

// ShowLoginSwitch tells whoever may see the app what the change would do now.
func ShowLoginSwitch(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID) (*LoginSwitch, error) {
	return registry.View(ctx, r, func(tx *store.View) (*LoginSwitch, error) {
		if _, err := mayView(r, tx, c, app); err != nil {
			return nil, err
		}
		a, err := tx.App(app)
		if err != nil {
			return nil, registry.HideMissing(err)
		}
		v := &LoginSwitch{App: a, MayBack: a.MayRollBack(r.Now())}
		if v.MayBack {
			v.Until = a.Switched.Add(prokura.RollBackWindow)
		}
		if v.TestApps, err = tx.TestApps(app, c.Person.ID); err != nil || a.Type == prokura.AppBusiness {
			return v, err
		}
		for _, x := range family(a, v.TestApps) {
			for _, name := range r.Catalog().Names(x.Advanced.Without(offeredScopes(r))) {
				if !slices.Contains(v.Access, name) {
					v.Access = append(v.Access, name)
				}
			}
		}
		groups, err := tx.PersonalScopes(app)
		if err != nil {
			return nil, err
		}
		lost := map[prokura.Permission]int{}
		for _, g := range groups {
			left := g.Scopes.And(personal(r))
			switch {
			case left.In(r.Catalog().Automatic()):
				v.Ended += g.Grants
				continue
			case left == g.Scopes:
				v.Kept += g.Grants
			default:
				v.Narrowed += g.Grants
			}
			for _, name := range r.Catalog().Names(g.Scopes.Without(left)) {
				lost[name] += g.Grants
			}
		}
		for _, p := range r.Catalog().Permissions {
			if n := lost[p.Name]; n > 0 {
				v.Losses = append(v.Losses, PermissionLoss{p.Name, n})
			}
		}
		return v, nil
	})
}

// offeredScopes is what Login for Business knows at all, personal what of it user
// tokens can hold.
func offeredScopes(r *registry.Registry) prokura.PermissionSet {
	return r.Catalog().Select(func(p prokura.PermissionInfo) bool { return p.Supported() || p.Automatic })
}

func personal(r *registry.Registry) prokura.PermissionSet {
	return r.Catalog().UserScopes(prokura.App{Type: prokura.AppBusiness})
}

// family is an app with its test apps.
func family(a prokura.App, tests []Row) []prokura.App {
	out := []prokura.App{a}
	for _, t := range tests {
		out = append(out, t.App)
	}
	return out
}

// SwitchLogin changes an app over to Login for Business, with its test apps, by
// an admin who entered the password lately (R-APP-05). At once it loses advanced
// access to what that product does not offer, personal grants lose the same, and
// those of which nothing but profile and e-mail would remain end. All other
// tokens stay as they are. version is the one of the app that the page showed.
//
// It is as quick for a million grants as for one: a statement for each different
// set of permissions that people gave. Nobody has declined what is dropped here,
// so a login may ask for it again, if the app ever goes back.
func SwitchLogin(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, version int64) error {
	return r.Act(ctx, c, prokura.ActSwitchLogin, registry.OnApp(app), func(d *registry.Door) error {
		a, tests, err := switchable(r, d, c, app)
		if err != nil {
			return err
		}
		if a.Type == prokura.AppBusiness {
			return prokura.Errorf(prokura.InvalidParameter, "The app uses Login for Business already.")
		}
		if err := d.SetLoginProduct(app, version, prokura.AppBusiness, a.Type, d.Now); err != nil {
			return err
		}
		for _, x := range family(a, tests) {
			// Also rewritten when nothing is lost that the catalog knows: a name that
			// it has forgotten must not come back with a later catalog.
			if err := d.SetAdvanced(x.ID, r.Catalog().Names(x.Advanced.And(offeredScopes(r)).Without(r.Catalog().Automatic())), d.Now); err != nil {
				return err
			}
		}
		narrowed, ended, err := dropUnsupported(r, d, app)
		if err != nil {
			return err
		}
		d.Note(map[string]any{"type": a.Type}, map[string]any{"type": prokura.AppBusiness, "narrowed": narrowed, "ended": ended, "test_apps": len(tests)})
		return mailAppAdmins(r, d, app, prokura.MailLoginSwitched, map[string]string{"app": a.Name, "app_id": app.String(), "person": d.By.Person.Name})
	})
}

func dropUnsupported(r *registry.Registry, d *registry.Door, app prokura.ID) (narrowed, ended int, err error) {
	groups, err := d.PersonalScopes(app)
	if err != nil {
		return 0, 0, err
	}
	for _, g := range groups {
		left := g.Scopes.And(personal(r))
		if left.In(r.Catalog().Automatic()) {
			ended += g.Grants
			err = d.EndPersonalGrants(app, g, d.Now)
		} else if left != g.Scopes {
			narrowed += g.Grants
			err = d.NarrowPersonalGrants(app, g, left, d.Now)
		}
		if err != nil {
			return 0, 0, err
		}
	}
	return narrowed, ended, nil
}

// RollBackLogin changes an app and its test apps back to the login product that
// it had, within 30 days of the change. Nothing that ended with the change comes
// back, and dialogs with a config_id fail from now on.
func RollBackLogin(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, version int64) error {
	return r.Act(ctx, c, prokura.ActSwitchLogin, registry.OnApp(app), func(d *registry.Door) error {
		a, _, err := switchable(r, d, c, app)
		if err != nil {
			return err
		}
		switch {
		case a.Type != prokura.AppBusiness || a.PreviousType == "" || a.PreviousType == prokura.AppBusiness:
			return prokura.Errorf(prokura.InvalidParameter, "The app has no former login product to go back to.")
		case !a.MayRollBack(d.Now):
			return prokura.Errorf(prokura.InvalidParameter, "More than 30 days have passed since the app changed over to Login for Business.")
		}
		if err := d.SetLoginProduct(app, version, a.PreviousType, "", 0); err != nil {
			return err
		}
		d.Note(map[string]any{"type": a.Type}, map[string]any{"type": a.PreviousType})
		return mailAppAdmins(r, d, app, prokura.MailLoginRolledBack, map[string]string{"app": a.Name, "app_id": app.String(), "person": d.By.Person.Name})
	})
}

// switchable finds an app whose login product may change, with its test apps,
// and marks them all as changed.
func switchable(r *registry.Registry, d *registry.Door, c registry.Caller, app prokura.ID) (a prokura.App, tests []Row, err error) {
	if err := r.WantFresh(c); err != nil {
		return a, nil, err
	}
	if a, err = d.App(app); err != nil {
		return a, nil, registry.HideMissing(err)
	}
	if a.Parent != 0 {
		return a, nil, prokura.Errorf(prokura.InvalidParameter, "A test app follows the app that it is for.")
	}
	d.Entry.Subject = app
	if tests, err = d.TestApps(app, 0); err != nil {
		return a, nil, err
	}
	for _, x := range family(a, tests) {
		d.Touch(registry.OfApp, x.ID)
	}
	return a, tests, nil
}
