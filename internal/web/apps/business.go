package apps

import (
	"errors"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/login"
	"github.com/prokura/prokura/internal/web/kit"
)

const businessAppsPath = "/business/{id}/apps"

// businessRoutes are the pages about the apps that a business owns and uses.
var businessRoutes = []kit.Route{
	{Pattern: "GET " + businessAppsPath, Serve: businessAppsPage},
	{Pattern: "POST " + businessAppsPath, Serve: askForApp},
	{Pattern: "POST " + businessAppsPath + "/answer", Serve: answerBusinessRequest},
	{Pattern: "GET " + businessAppsPath + "/{app}/release", Serve: releasePage},
	{Pattern: "POST " + businessAppsPath + "/{app}/release", Serve: release},
}

// businessAppsShown is how many apps stand in one list, and how many requests.
const businessAppsShown = 50

func businessAppsPage(q *kit.Request) error {
	p, err := businessApps(q)
	if err != nil {
		return err
	}
	return q.Show(p)
}

func businessApps(q *kit.Request) (*BusinessPage, error) {
	b, err := q.Business()
	if err != nil {
		return nil, err
	}
	p := &BusinessPage{Base: q.Base(), Business: kit.BusinessOf(b.Business), FullControl: b.Role == prokura.RoleAdmin, As: "use"}
	mine, err := apps.Mine(q.Context(), q.Registry, q.Caller)
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
		rows   *[]Row
		later  *string
	}{{false, "owned", &p.Owned, &p.OwnedLater}, {true, "shared", &p.Shared, &p.SharedLater}} {
		after, err := q.After(list.after)
		if err != nil {
			return nil, err
		}
		rows, err := apps.OfBusiness(q.Context(), q.Registry, q.Caller, b.Business.ID, list.shared, after, false, businessAppsShown+1)
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
		rows  *[]RequestRow
	}{
		{[]prokura.RequestKind{prokura.OfferApp, prokura.GiveApp}, &p.Offered},
		{[]prokura.RequestKind{prokura.RequestUseApp, prokura.RequestOwnApp}, &p.Asked},
	} {
		requests, err := apps.RequestsOf(q.Context(), q.Registry, q.Caller, b.Business.ID, list.kinds, 0, false, businessAppsShown)
		if err != nil {
			return nil, err
		}
		for _, r := range requests {
			*list.rows = append(*list.rows, appRequestRow(q, r))
		}
	}
	return p, nil
}

// retryApps shows the page again with what is wrong.
func retryApps(q *kit.Request, refusal error) error {
	e := prokura.AsError(refusal)
	if _, ok := kit.Correctable(e.Reason); !ok && e.Reason != prokura.Conflict {
		return refusal
	}
	p, err := businessApps(q)
	if err != nil {
		return err
	}
	if e.Reason == prokura.Conflict {
		return q.Outdated(p)
	}
	if p.AppID = q.Text("app_id"); q.Field("as") == "own" {
		p.As = "own"
	}
	return q.Correct(p, refusal)
}

// askForApp asks the people of an app for its use, or for the app.
func askForApp(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	app, err := prokura.ParseID(q.Text("app_id"))
	state := prokura.RequestState("")
	if err == nil {
		state, err = apps.AskFor(q.Context(), q.Registry, q.Caller, id, app, q.Field("as") == "own")
	}
	// Also what is no id at all; those who may not ask are sent away by the page.
	if e := prokura.AsError(err); err != nil && (app == 0 || errors.Is(e, prokura.NotFound)) {
		err = prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(ProblemAppID)).WithField("app_id").WithCause(err)
	}
	if err != nil {
		return retryApps(q, err)
	}
	notice := NoticeAppAsked
	if state == prokura.RequestConfirmed {
		notice = kit.NoticeRequestConfirmed
	}
	q.Flash(notice)
	return q.Redirect("/business/" + id.String() + "/apps")
}

func answerBusinessRequest(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	if b, err := q.Business(); err != nil {
		return err
	} else if b.Role != prokura.RoleAdmin {
		return prokura.Errorf(prokura.RoleMissing, "This needs full control of the business.")
	}
	notice, err := answerRequest(q, q.Field("do"), func(request prokura.ID) error {
		return businesses.CancelRequest(q.Context(), q.Registry, q.Caller, request)
	})
	if err != nil {
		return retryApps(q, err)
	}
	q.Flash(notice)
	return q.Redirect("/business/" + id.String() + "/apps")
}

// releasePage asks before the business gives up an app.
func releasePage(q *kit.Request) error {
	b, v, n, err := sharedApp(q)
	if err != nil {
		return err
	}
	return q.Show(&BusinessReleasePage{Base: q.Base(), Business: kit.BusinessOf(b.Business), App: v, SystemUsers: n})
}

// sharedApp is the app in the path, as the business in the path uses it.
func sharedApp(q *kit.Request) (b *businesses.View, v kit.AppView, systemUsers int, err error) {
	if b, err = q.Business(); err != nil {
		return nil, v, 0, err
	}
	if b.Role != prokura.RoleAdmin {
		return nil, v, 0, prokura.Errorf(prokura.RoleMissing, "This needs full control of the business.")
	}
	app, err := q.ID("app")
	if err != nil {
		return nil, v, 0, err
	}
	if _, systemUsers, err = apps.SharedUse(q.Context(), q.Registry, q.Caller, app, b.Business.ID); err != nil {
		return nil, v, 0, err
	}
	card, err := login.ShowCard(q.Context(), q.Registry, q.Caller, app)
	return b, kit.AppOf(card.App, card.Owner), systemUsers, err
}

func release(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	_, v, _, err := sharedApp(q)
	if err != nil {
		return err
	}
	app, err := q.ID("app")
	if err != nil {
		return err
	}
	if err := apps.Release(q.Context(), q.Registry, q.Caller, id, app); err != nil {
		return err
	}
	q.Flash(NoticeAppReleased, "app", v.Name)
	return q.Redirect("/business/" + id.String() + "/apps")
}
