package apps

import (
	"context"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/web/kit"
)

func testAppsPage(q *kit.Request, v *apps.View) error {
	p, err := testApps(q, v)
	if err != nil {
		return err
	}
	return q.Show(p)
}

func testApps(q *kit.Request, v *apps.View) (*TestAppsPage, error) {
	list, err := apps.TestApps(q.Context(), q.Registry, q.Caller, v.App.ID)
	if err != nil {
		return nil, err
	}
	return &TestAppsPage{Base: q.Base(), Frame: FrameOf(q, v), Apps: appRows(list)}, nil
}

func testAppNew(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	name := q.Text("name")
	test, err := apps.CreateTest(q.Context(), q.Registry, q.Caller, id, name)
	if err != nil {
		return redraw(q, id, err, func(v *apps.View) (kit.Page, error) {
			p, err := testApps(q, v)
			if err == nil {
				p.Name = name
			}
			return p, err
		})
	}
	return saved(q, test, "/basic", NoticeAppCreated, "app", name)
}

func productPage(q *kit.Request, v *apps.View) error {
	p, err := product(q, v)
	if err != nil {
		return err
	}
	return q.Show(p)
}

// product says which login product the app uses, and what a change of it would
// take away, before anybody clicks (R-APP-05).
func product(q *kit.Request, v *apps.View) (*LoginProductPage, error) {
	s, err := apps.ShowLoginSwitch(q.Context(), q.Registry, q.Caller, v.App.ID)
	if err != nil {
		return nil, err
	}
	p := &LoginProductPage{Base: q.Base(), Frame: FrameOf(q, v), Narrowed: s.Narrowed, Ended: s.Ended, Kept: s.Kept, TestApps: appRows(s.TestApps)}
	catalog := q.Registry.Catalog()
	for _, name := range s.Access {
		info, _ := catalog.Permission(name)
		p.Access = append(p.Access, kit.AssetView{ID: string(name), Name: info.Title})
	}
	for _, l := range s.Losses {
		info, _ := catalog.Permission(l.Permission)
		p.Losses = append(p.Losses, LossRow{Name: string(l.Permission), Title: info.Title, People: l.Grants})
	}
	if s.MayBack {
		p.BackUntil, p.Former = s.Until.Time(), string(s.App.PreviousType)
	}
	return p, nil
}

func switchLogin(q *kit.Request) error {
	return changeProduct(q, apps.SwitchLogin, NoticeLoginSwitched)
}

func rollBackLogin(q *kit.Request) error {
	return changeProduct(q, apps.RollBackLogin, NoticeLoginRolledBack)
}

// changeProduct wants the app's name typed and the password entered: what ends
// here does not come back.
func changeProduct(q *kit.Request, change func(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, version int64) error, notice string) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	v, err := appFor(q, id, prokura.ActSwitchLogin)
	if err != nil {
		return err
	}
	if q.Text("name") != v.App.Name {
		err = prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(ProblemTypeName)).WithField("name")
	} else if err = q.Reauthenticate(); err == nil {
		err = change(q.Context(), q.Registry, q.Caller, id, Version(q))
	}
	if err != nil {
		return redraw(q, id, err, func(v *apps.View) (kit.Page, error) {
			p, err := product(q, v)
			if err == nil {
				p.Name = q.Text("name")
			}
			return p, err
		})
	}
	return saved(q, id, "/login-product", notice)
}
