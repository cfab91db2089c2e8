package registry

import (
	"context"
	"slices"

	"github.com/prokura/prokura"
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
	TestApps []AppRow             // that follow
	Until    prokura.Instant      // after the change: when rolling back ends
	MayBack  bool                 // it can be rolled back now
}

// PermissionLoss is a permission that personal grants lose.
type PermissionLoss struct {
	Permission prokura.Permission
	Grants     int
}

// LoginSwitch tells whoever may see the app what the change would do now.
func (r *Registry) LoginSwitch(ctx context.Context, c Caller, app prokura.ID) (*LoginSwitch, error) {
	return View(ctx, r, func(tx *store.View) (*LoginSwitch, error) {
		if _, err := r.mayViewApp(tx, c, app); err != nil {
			return nil, err
		}
		a, err := tx.App(app)
		if err != nil {
			return nil, HideMissing(err)
		}
		v := &LoginSwitch{App: a, MayBack: a.MayRollBack(r.Now())}
		if v.MayBack {
			v.Until = a.Switched.Add(prokura.RollBackWindow)
		}
		if v.TestApps, err = tx.TestApps(app, c.Person.ID); err != nil || a.Type == prokura.AppBusiness {
			return v, err
		}
		for _, x := range family(a, v.TestApps) {
			for _, name := range r.catalog.Names(x.Advanced.Without(r.offered())) {
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
			left := g.Scopes.And(r.personal())
			switch {
			case left.In(r.catalog.Automatic()):
				v.Ended += g.Grants
				continue
			case left == g.Scopes:
				v.Kept += g.Grants
			default:
				v.Narrowed += g.Grants
			}
			for _, name := range r.catalog.Names(g.Scopes.Without(left)) {
				lost[name] += g.Grants
			}
		}
		for _, p := range r.catalog.Permissions {
			if n := lost[p.Name]; n > 0 {
				v.Losses = append(v.Losses, PermissionLoss{p.Name, n})
			}
		}
		return v, nil
	})
}

// offered is what Login for Business knows at all, personal what of it user
// tokens can hold.
func (r *Registry) offered() prokura.PermissionSet {
	return r.catalog.Select(func(p prokura.PermissionInfo) bool { return p.Supported() || p.Automatic })
}

func (r *Registry) personal() prokura.PermissionSet {
	return r.catalog.UserScopes(prokura.App{Type: prokura.AppBusiness})
}

// family is an app with its test apps.
func family(a prokura.App, tests []AppRow) []prokura.App {
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
func (r *Registry) SwitchLogin(ctx context.Context, c Caller, app prokura.ID, version int64) error {
	return r.Act(ctx, c, prokura.ActSwitchLogin, OnApp(app), func(d *Door) error {
		a, tests, err := r.switchable(d, c, app)
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
			if err := d.SetAdvanced(x.ID, r.catalog.Names(x.Advanced.And(r.offered()).Without(r.catalog.Automatic())), d.Now); err != nil {
				return err
			}
		}
		narrowed, ended, err := r.dropUnsupported(d, app)
		if err != nil {
			return err
		}
		d.Note(map[string]any{"type": a.Type}, map[string]any{"type": prokura.AppBusiness, "narrowed": narrowed, "ended": ended, "test_apps": len(tests)})
		return r.mailAppAdmins(d, app, MailLoginSwitched, map[string]string{"app": a.Name, "app_id": app.String(), "person": d.By.Person.Name})
	})
}

func (r *Registry) dropUnsupported(d *Door, app prokura.ID) (narrowed, ended int, err error) {
	groups, err := d.PersonalScopes(app)
	if err != nil {
		return 0, 0, err
	}
	for _, g := range groups {
		left := g.Scopes.And(r.personal())
		if left.In(r.catalog.Automatic()) {
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
func (r *Registry) RollBackLogin(ctx context.Context, c Caller, app prokura.ID, version int64) error {
	return r.Act(ctx, c, prokura.ActSwitchLogin, OnApp(app), func(d *Door) error {
		a, _, err := r.switchable(d, c, app)
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
		return r.mailAppAdmins(d, app, MailLoginRolledBack, map[string]string{"app": a.Name, "app_id": app.String(), "person": d.By.Person.Name})
	})
}

// switchable finds an app whose login product may change, with its test apps,
// and marks them all as changed.
func (r *Registry) switchable(d *Door, c Caller, app prokura.ID) (a prokura.App, tests []AppRow, err error) {
	if err := r.WantFresh(c); err != nil {
		return a, nil, err
	}
	if a, err = d.App(app); err != nil {
		return a, nil, HideMissing(err)
	}
	if a.Parent != 0 {
		return a, nil, prokura.Errorf(prokura.InvalidParameter, "A test app follows the app that it is for.")
	}
	d.Entry.Subject = app
	if tests, err = d.TestApps(app, 0); err != nil {
		return a, nil, err
	}
	for _, x := range family(a, tests) {
		d.Touch(OfApp, x.ID)
	}
	return a, tests, nil
}
