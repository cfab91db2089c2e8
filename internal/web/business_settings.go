package web

import (
	"errors"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/people"
)

const businessSettingsPath = "/business/{id}/settings"

var businessSettingsRoutes = []route{
	{pattern: "GET " + businessSettingsPath, serve: (*request).businessSettings},
	{pattern: "POST " + businessSettingsPath, serve: (*request).businessDetails},
	{pattern: "POST " + businessSettingsPath + "/two-factor", serve: (*request).businessTwoFactor},
	{pattern: "GET " + businessSettingsPath + "/leave", serve: (*request).leavePage},
	{pattern: "POST " + businessSettingsPath + "/leave", serve: (*request).leaveBusiness},
	{pattern: "GET " + businessSettingsPath + "/delete", serve: (*request).businessDeletePage},
	{pattern: "POST " + businessSettingsPath + "/delete", serve: (*request).businessDelete},
}

func (q *request) businessSettingsPage(h businesses.Head) (*BusinessSettingsPage, error) {
	b := h.Business
	p := &BusinessSettingsPage{Base: q.base(), Business: businessView(b), FullControl: h.FullControl(), Name: b.Name,
		Vertical: b.Vertical, Verticals: businesses.Verticals, TwoFactor: string(b.TwoFactor), CreatedAt: b.Created.Time()}
	f, err := people.SecondFactors(q.ctx(), q.Registry, q.caller)
	if err != nil {
		return nil, err
	}
	p.HasFactor = f.On()
	if p.FullControl && p.HasFactor {
		p.Lacking, err = businesses.ListLackingFactor(q.ctx(), q.Registry, q.caller, b.ID)
	}
	return p, err
}

func (q *request) businessSettings() error {
	h, err := q.head()
	if err != nil {
		return err
	}
	p, err := q.businessSettingsPage(h)
	if err != nil {
		return err
	}
	return q.show(p)
}

// saveBusiness changes the business and shows its settings again.
func (q *request) saveBusiness(change businesses.Change) error {
	h, err := q.controlled()
	if err != nil {
		return err
	}
	err = businesses.Update(q.ctx(), q.Registry, q.caller, h.Business.ID, change)
	if err == nil {
		q.flash(NoticeSaved)
		return q.redirect("/business/" + h.Business.ID.String() + "/settings")
	}
	p, failed := q.businessSettingsPage(h)
	if failed != nil {
		return failed
	}
	if change.Name != nil {
		p.Name, p.Vertical = *change.Name, *change.Vertical
	} else {
		p.TwoFactor = string(*change.TwoFactor)
	}
	return q.correct(p, err)
}

func (q *request) businessDetails() error {
	name, vertical := q.field("name"), q.field("vertical")
	return q.saveBusiness(businesses.Change{Name: &name, Vertical: &vertical})
}

func (q *request) businessTwoFactor() error {
	demand := prokura.TwoFactorType(q.field("two_factor_type"))
	return q.saveBusiness(businesses.Change{TwoFactor: &demand})
}

// leaving is the page for leaving. A person whose second factor the business
// waits for may leave too, and sees no more of it than its name.
func (q *request) leaving() (*BusinessLeavePage, prokura.ID, error) {
	id, err := q.id("id")
	if err != nil {
		return nil, 0, err
	}
	list, err := businesses.Mine(q.ctx(), q.Registry, q.caller)
	if err != nil {
		return nil, 0, err
	}
	for _, m := range list {
		if m.Business == id {
			return &BusinessLeavePage{Base: q.base(), Business: BusinessView{ID: id.String(), Name: m.Name, Verified: m.Verified}}, id, nil
		}
	}
	return nil, 0, errNoPage
}

func (q *request) leavePage() error {
	p, _, err := q.leaving()
	if err != nil {
		return err
	}
	return q.show(p)
}

func (q *request) leaveBusiness() error {
	p, id, err := q.leaving()
	if err != nil {
		return err
	}
	if err := businesses.Leave(q.ctx(), q.Registry, q.caller, id); err != nil {
		return q.correct(p, err)
	}
	q.flash(NoticeLeft, "business", p.Business.Name)
	return q.redirect("/business")
}

// deleting is the page for deleting a business, which wants a password that was
// entered lately.
func (q *request) deleting() (*BusinessDeletePage, prokura.ID, error) {
	h, err := q.controlled()
	if err != nil {
		return nil, 0, err
	}
	if err := q.fresh(); err != nil {
		return nil, 0, err
	}
	e, err := businesses.ShowEnding(q.ctx(), q.Registry, q.caller, h.Business.ID)
	if err != nil {
		return nil, 0, err
	}
	return &BusinessDeletePage{Base: q.base(), Business: businessView(h.Business), People: e.People, Assets: e.Assets, Apps: e.Apps,
		SystemUsers: e.SystemUsers, Owned: e.Owned}, h.Business.ID, nil
}

func (q *request) businessDeletePage() error {
	p, _, err := q.deleting()
	if err != nil {
		return err
	}
	return q.show(p)
}

func (q *request) businessDelete() error {
	p, id, err := q.deleting()
	if err != nil {
		return err
	}
	err = businesses.Delete(q.ctx(), q.Registry, q.caller, id, q.field("name"))
	if errors.Is(err, prokura.InvalidParameter) {
		return q.correct(p, err)
	}
	if err != nil {
		return err
	}
	q.flash(NoticeBusinessDeleted, "business", p.Business.Name)
	return q.redirect("/business")
}
