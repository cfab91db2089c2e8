package web

import (
	"context"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
)

func (q *request) testAppsPage(v *apps.View) error {
	p, err := q.testApps(v)
	if err != nil {
		return err
	}
	return q.show(p)
}

func (q *request) testApps(v *apps.View) (*TestAppsPage, error) {
	list, err := apps.TestApps(q.ctx(), q.Registry, q.caller, v.App.ID)
	if err != nil {
		return nil, err
	}
	return &TestAppsPage{Base: q.base(), Frame: q.frame(v), Apps: appRows(list)}, nil
}

func (q *request) testAppNew() error {
	id, err := q.id("id")
	if err != nil {
		return err
	}
	name := q.text("name")
	test, err := apps.CreateTest(q.ctx(), q.Registry, q.caller, id, name)
	if err != nil {
		return q.redraw(id, err, func(v *apps.View) (Page, error) {
			p, err := q.testApps(v)
			if err == nil {
				p.Name = name
			}
			return p, err
		})
	}
	return q.saved(test, "/basic", NoticeAppCreated, "app", name)
}

func (q *request) productPage(v *apps.View) error {
	p, err := q.product(v)
	if err != nil {
		return err
	}
	return q.show(p)
}

// product says which login product the app uses, and what a change of it would
// take away, before anybody clicks (R-APP-05).
func (q *request) product(v *apps.View) (*LoginProductPage, error) {
	s, err := apps.ShowLoginSwitch(q.ctx(), q.Registry, q.caller, v.App.ID)
	if err != nil {
		return nil, err
	}
	p := &LoginProductPage{Base: q.base(), Frame: q.frame(v), Narrowed: s.Narrowed, Ended: s.Ended, Kept: s.Kept, TestApps: appRows(s.TestApps)}
	catalog := q.Registry.Catalog()
	for _, name := range s.Access {
		info, _ := catalog.Permission(name)
		p.Access = append(p.Access, AssetView{ID: string(name), Name: info.Title})
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

func (q *request) switchLogin() error {
	return q.changeProduct(apps.SwitchLogin, NoticeLoginSwitched)
}

func (q *request) rollBackLogin() error {
	return q.changeProduct(apps.RollBackLogin, NoticeLoginRolledBack)
}

// changeProduct wants the app's name typed and the password entered: what ends
// here does not come back.
func (q *request) changeProduct(change func(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, version int64) error, notice string) error {
	id, err := q.id("id")
	if err != nil {
		return err
	}
	v, err := q.appFor(id, prokura.ActSwitchLogin)
	if err != nil {
		return err
	}
	if q.text("name") != v.App.Name {
		err = prokura.Errorf(prokura.InvalidParameter, "%s", q.words(ProblemTypeName)).WithField("name")
	} else if err = q.reauthenticate(); err == nil {
		err = change(q.ctx(), q.Registry, q.caller, id, q.version())
	}
	if err != nil {
		return q.redraw(id, err, func(v *apps.View) (Page, error) {
			p, err := q.product(v)
			if err == nil {
				p.Name = q.text("name")
			}
			return p, err
		})
	}
	return q.saved(id, "/login-product", notice)
}
