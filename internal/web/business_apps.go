package web

import (
	"errors"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/login"
)

const businessAppsPath = "/business/{id}/apps"

// businessAppRoutes are the pages about the apps that a business owns and uses.
var businessAppRoutes = []route{
	{pattern: "GET " + businessAppsPath, serve: (*request).businessAppsPage},
	{pattern: "POST " + businessAppsPath, serve: (*request).askForApp},
	{pattern: "POST " + businessAppsPath + "/answer", serve: (*request).answerBusinessRequest},
	{pattern: "GET " + businessAppsPath + "/{app}/release", serve: (*request).releasePage},
	{pattern: "POST " + businessAppsPath + "/{app}/release", serve: (*request).release},
}

// businessAppsShown is how many apps stand in one list, and how many requests.
const businessAppsShown = 50

func (q *request) businessAppsPage() error {
	p, err := q.businessApps()
	if err != nil {
		return err
	}
	return q.show(p)
}

func (q *request) businessApps() (*BusinessAppsPage, error) {
	b, err := q.businessFrame()
	if err != nil {
		return nil, err
	}
	p := &BusinessAppsPage{Base: q.base(), Business: businessView(b.Business), FullControl: b.Role == prokura.RoleAdmin, As: "use"}
	mine, err := apps.Mine(q.ctx(), q.Registry, q.caller)
	if err != nil {
		return nil, err
	}
	roles := map[prokura.ID]prokura.AppRole{}
	for _, a := range mine {
		roles[a.ID] = a.Role
	}
	for _, list := range []struct {
		shared bool
		after  string
		rows   *[]AppRow
		later  *string
	}{{false, "owned", &p.Owned, &p.OwnedLater}, {true, "shared", &p.Shared, &p.SharedLater}} {
		after, err := q.after(list.after)
		if err != nil {
			return nil, err
		}
		rows, err := apps.OfBusiness(q.ctx(), q.Registry, q.caller, b.Business.ID, list.shared, after, false, businessAppsShown+1)
		if err != nil {
			return nil, err
		}
		if len(rows) > businessAppsShown {
			rows = rows[:businessAppsShown]
			*list.later = rows[businessAppsShown-1].ID.String()
		}
		for i := range rows {
			rows[i].Role = roles[rows[i].ID]
		}
		*list.rows = appRows(rows)
	}
	if !p.FullControl {
		return p, nil
	}
	for _, list := range []struct {
		kinds []prokura.RequestKind
		rows  *[]AppRequestRow
	}{
		{[]prokura.RequestKind{prokura.OfferApp, prokura.GiveApp}, &p.Offered},
		{[]prokura.RequestKind{prokura.RequestUseApp, prokura.RequestOwnApp}, &p.Asked},
	} {
		requests, err := apps.RequestsOf(q.ctx(), q.Registry, q.caller, b.Business.ID, list.kinds, 0, false, businessAppsShown)
		if err != nil {
			return nil, err
		}
		for _, r := range requests {
			*list.rows = append(*list.rows, q.appRequestRow(r))
		}
	}
	return p, nil
}

// retryApps shows the page again with what is wrong.
func (q *request) retryApps(refusal error) error {
	e := prokura.AsError(refusal)
	if _, ok := correctable[e.Reason]; !ok && e.Reason != prokura.Conflict {
		return refusal
	}
	p, err := q.businessApps()
	if err != nil {
		return err
	}
	if e.Reason == prokura.Conflict {
		return q.outdated(p)
	}
	if p.AppID = q.text("app_id"); q.field("as") == "own" {
		p.As = "own"
	}
	return q.correct(p, refusal)
}

// askForApp asks the people of an app for its use, or for the app.
func (q *request) askForApp() error {
	id, err := q.id("id")
	if err != nil {
		return err
	}
	app, err := prokura.ParseID(q.text("app_id"))
	state := prokura.RequestState("")
	if err == nil {
		state, err = apps.AskFor(q.ctx(), q.Registry, q.caller, id, app, q.field("as") == "own")
	}
	// Also what is no id at all; those who may not ask are sent away by the page.
	if e := prokura.AsError(err); err != nil && (app == 0 || errors.Is(e, prokura.NotFound)) {
		err = prokura.Errorf(prokura.InvalidParameter, "%s", q.words(ProblemAppID)).WithField("app_id").WithCause(err)
	}
	if err != nil {
		return q.retryApps(err)
	}
	notice := NoticeAppAsked
	if state == prokura.RequestConfirmed {
		notice = NoticeRequestConfirmed
	}
	q.flash(notice)
	return q.redirect("/business/" + id.String() + "/apps")
}

func (q *request) answerBusinessRequest() error {
	id, err := q.id("id")
	if err != nil {
		return err
	}
	if b, err := q.businessFrame(); err != nil {
		return err
	} else if b.Role != prokura.RoleAdmin {
		return prokura.Errorf(prokura.RoleMissing, "This needs full control of the business.")
	}
	notice, err := q.answerRequest(q.field("do"), func(request prokura.ID) error {
		return businesses.CancelRequest(q.ctx(), q.Registry, q.caller, request)
	})
	if err != nil {
		return q.retryApps(err)
	}
	q.flash(notice)
	return q.redirect("/business/" + id.String() + "/apps")
}

// releasePage asks before the business gives up an app.
func (q *request) releasePage() error {
	b, v, n, err := q.sharedApp()
	if err != nil {
		return err
	}
	return q.show(&BusinessAppReleasePage{Base: q.base(), Business: businessView(b.Business), App: v, SystemUsers: n})
}

// sharedApp is the app in the path, as the business in the path uses it.
func (q *request) sharedApp() (b *businesses.View, v AppView, systemUsers int, err error) {
	if b, err = q.businessFrame(); err != nil {
		return nil, v, 0, err
	}
	if b.Role != prokura.RoleAdmin {
		return nil, v, 0, prokura.Errorf(prokura.RoleMissing, "This needs full control of the business.")
	}
	app, err := q.id("app")
	if err != nil {
		return nil, v, 0, err
	}
	if _, systemUsers, err = apps.SharedUse(q.ctx(), q.Registry, q.caller, app, b.Business.ID); err != nil {
		return nil, v, 0, err
	}
	card, err := login.ShowCard(q.ctx(), q.Registry, q.caller, app)
	return b, appView(card.App, card.Owner), systemUsers, err
}

func (q *request) release() error {
	id, err := q.id("id")
	if err != nil {
		return err
	}
	_, v, _, err := q.sharedApp()
	if err != nil {
		return err
	}
	app, err := q.id("app")
	if err != nil {
		return err
	}
	if err := apps.Release(q.ctx(), q.Registry, q.caller, id, app); err != nil {
		return err
	}
	q.flash(NoticeAppReleased, "app", v.Name)
	return q.redirect("/business/" + id.String() + "/apps")
}
