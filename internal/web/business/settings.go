package business

import (
	"errors"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/web/kit"
)

const settingsPath = "/business/{id}/settings"

var settingsRoutes = []kit.Route{
	{Pattern: "GET " + settingsPath, Serve: showSettings},
	{Pattern: "POST " + settingsPath, Serve: saveDetails},
	{Pattern: "POST " + settingsPath + "/two-factor", Serve: saveTwoFactor},
	{Pattern: "POST " + settingsPath + "/notices", Serve: saveNotices},
	{Pattern: "GET " + settingsPath + "/leave", Serve: leavePage},
	{Pattern: "POST " + settingsPath + "/leave", Serve: leave},
	{Pattern: "GET " + settingsPath + "/delete", Serve: deletePage},
	{Pattern: "POST " + settingsPath + "/delete", Serve: deleteBusiness},
}

func settingsPage(q *kit.Request, h businesses.Head) (*SettingsPage, error) {
	b := h.Business
	p := &SettingsPage{Base: q.Base(), Business: kit.BusinessOf(b), FullControl: h.FullControl(), Name: b.Name,
		Vertical: b.Vertical, Verticals: businesses.Verticals, TwoFactor: string(b.TwoFactor), AllNotices: b.AllNotices, CreatedAt: b.Created.Time()}
	f, err := people.SecondFactors(q.Context(), q.Registry, q.Caller)
	if err != nil {
		return nil, err
	}
	p.HasFactor = f.On()
	if p.FullControl && p.HasFactor {
		p.Lacking, err = businesses.ListLackingFactor(q.Context(), q.Registry, q.Caller, b.ID)
	}
	return p, err
}

func showSettings(q *kit.Request) error {
	h, err := q.BusinessHead()
	if err != nil {
		return err
	}
	p, err := settingsPage(q, h)
	if err != nil {
		return err
	}
	return q.Show(p)
}

// save changes the business and shows its settings again.
func save(q *kit.Request, change businesses.Change) error {
	h, err := q.ControlledBusiness()
	if err != nil {
		return err
	}
	err = businesses.Update(q.Context(), q.Registry, q.Caller, h.Business.ID, change)
	if err == nil {
		q.Flash(kit.NoticeSaved)
		return q.Redirect("/business/" + h.Business.ID.String() + "/settings")
	}
	return correct(q, change, err)
}

// correct shows the settings with what was typed and what is wrong with it.
func correct(q *kit.Request, change businesses.Change, err error) error {
	h, failed := q.ControlledBusiness()
	if failed != nil {
		return failed
	}
	p, failed := settingsPage(q, h)
	if failed != nil {
		return failed
	}
	if change.Name != nil {
		p.Name, p.Vertical = *change.Name, *change.Vertical
	} else if change.TwoFactor != nil {
		p.TwoFactor = string(*change.TwoFactor)
	}
	return q.Correct(p, err)
}

func saveDetails(q *kit.Request) error {
	name, vertical := q.Field("name"), q.Field("vertical")
	change := businesses.Change{Name: &name, Vertical: &vertical}
	if q.Field("password") != "" { // only another name of a verified business takes it
		if err := q.Reauthenticate(); err != nil {
			return correct(q, change, err)
		}
	}
	return save(q, change)
}

func saveTwoFactor(q *kit.Request) error {
	demand := prokura.TwoFactorType(q.Field("two_factor_type"))
	return save(q, businesses.Change{TwoFactor: &demand})
}

func saveNotices(q *kit.Request) error {
	all := q.Checked("all_notices")
	return save(q, businesses.Change{Notices: &all})
}

// leaving is the page for leaving. A person whose second factor the business
// waits for may leave too, and sees no more of it than its name.
func leaving(q *kit.Request) (*LeavePage, prokura.ID, error) {
	id, err := q.ID("id")
	if err != nil {
		return nil, 0, err
	}
	list, err := businesses.Mine(q.Context(), q.Registry, q.Caller)
	if err != nil {
		return nil, 0, err
	}
	for _, m := range list {
		if m.Business == id {
			return &LeavePage{Base: q.Base(), Business: kit.BusinessView{ID: id.String(), Name: m.Name, Verified: m.Verified}}, id, nil
		}
	}
	return nil, 0, kit.ErrNoPage
}

func leavePage(q *kit.Request) error {
	p, _, err := leaving(q)
	if err != nil {
		return err
	}
	return q.Show(p)
}

func leave(q *kit.Request) error {
	p, id, err := leaving(q)
	if err != nil {
		return err
	}
	if err := businesses.Leave(q.Context(), q.Registry, q.Caller, id); err != nil {
		return q.Correct(p, err)
	}
	q.Flash(NoticeLeft, "business", p.Business.Name)
	return q.Redirect("/business")
}

// deleting is the page for deleting a business, which wants a password that was
// entered lately.
func deleting(q *kit.Request) (*DeletePage, prokura.ID, error) {
	h, err := q.ControlledBusiness()
	if err != nil {
		return nil, 0, err
	}
	if err := q.NeedFresh(); err != nil {
		return nil, 0, err
	}
	e, err := businesses.ShowEnding(q.Context(), q.Registry, q.Caller, h.Business.ID)
	if err != nil {
		return nil, 0, err
	}
	return &DeletePage{Base: q.Base(), Business: kit.BusinessOf(h.Business), People: e.People, Assets: e.Assets, Apps: e.Apps,
		SystemUsers: e.SystemUsers, Owned: e.Owned}, h.Business.ID, nil
}

func deletePage(q *kit.Request) error {
	p, _, err := deleting(q)
	if err != nil {
		return err
	}
	return q.Show(p)
}

func deleteBusiness(q *kit.Request) error {
	p, id, err := deleting(q)
	if err != nil {
		return err
	}
	err = businesses.Delete(q.Context(), q.Registry, q.Caller, id, q.Field("name"))
	if errors.Is(err, prokura.InvalidParameter) {
		return q.Correct(p, err)
	}
	if err != nil {
		return err
	}
	q.Flash(NoticeBusinessDeleted, "business", p.Business.Name)
	return q.Redirect("/business")
}
