package web

import (
	"net/url"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/registry/webhooks"
)

const integrationsPath = "/settings/business-integrations"

var settingsRoutes = []route{
	{pattern: "GET /settings/security", serve: (*request).security},
	{pattern: "POST /settings/security/password", serve: (*request).changePassword},
	{pattern: "POST /settings/security/sessions", serve: (*request).endSessions},
	{pattern: "GET " + integrationsPath, serve: (*request).integrations},
	{pattern: "GET " + integrationsPath + "/{app}", serve: (*request).integration},
	{pattern: "POST " + integrationsPath + "/{app}/permissions", serve: (*request).takePermission},
	{pattern: "GET " + integrationsPath + "/{app}/remove", serve: (*request).integrationRemovePage},
	{pattern: "POST " + integrationsPath + "/{app}/remove", serve: (*request).integrationRemove},
}

func (q *request) security() error {
	p, err := q.securityPage()
	if err != nil {
		return err
	}
	return q.show(p)
}

func (q *request) securityPage() (*SecurityPage, error) {
	list, err := people.Sessions(q.ctx(), q.Registry, q.caller)
	if err != nil {
		return nil, err
	}
	factors, err := q.factorsView()
	if err != nil {
		return nil, err
	}
	p := &SecurityPage{Base: q.base(), MinPassword: prokura.MinPassword, Factors: factors}
	for _, s := range list {
		p.Sessions = append(p.Sessions, SessionView{ID: s.Key, Browser: BrowserName(p.Words, s.Agent), Address: s.Address,
			Started: s.Created.Time(), LastSeen: s.Seen.Time(), Current: s.Key == q.caller.Session})
	}
	return p, nil
}

// changePassword sets a new password: every user token and every other session
// of the person ends.
func (q *request) changePassword() error {
	err := q.newPassword()
	if err == nil {
		q.flash(NoticePasswordChanged)
		return q.redirect("/settings/security")
	}
	p, failed := q.securityPage()
	if failed != nil {
		return failed
	}
	return q.correct(p, err)
}

func (q *request) newPassword() error {
	fresh := q.secretField("password")
	if fresh != q.secretField("again") {
		return prokura.Errorf(prokura.PasswordWeak, "%s", q.words(ProblemPasswordsDiffer)).WithField("again")
	}
	secret, err := people.ChangePassword(q.ctx(), q.Registry, q.caller, q.secretField("current"), fresh, q.client())
	if err == nil {
		q.renew(secret)
		return nil
	}
	e := prokura.AsError(err)
	if e.Reason == prokura.SignInFailed {
		return prokura.Errorf(prokura.SignInFailed, "%s", q.words(ProblemPasswordWrong)).WithField("current")
	}
	return e
}

func (q *request) endSessions() error {
	var err error
	notice := NoticeSessionEnded
	if q.field("others") == "1" {
		notice, err = NoticeSessionsEnded, people.EndOtherSessions(q.ctx(), q.Registry, q.caller)
	} else {
		err = people.EndSession(q.ctx(), q.Registry, q.caller, q.field("session"))
	}
	if err != nil {
		return err
	}
	q.flash(notice)
	return q.redirect("/settings/security")
}

func (q *request) integrations() error {
	list, err := grants.ListOwn(q.ctx(), q.Registry, q.caller)
	if err != nil {
		return err
	}
	p := &IntegrationsPage{Base: q.base()}
	for _, g := range list {
		p.Apps = append(p.Apps, IntegrationRow{App: appView(g.App, g.Owner), Permissions: len(q.Registry.Catalog().Names(g.Scopes)),
			Assets: len(g.Grant.Assets), GrantedAt: g.Grant.Created.Time(), LastIssued: moment(g.LastIssued()), Expires: moment(dataAccess(g))})
	}
	deletions, err := webhooks.DataDeletions(q.ctx(), q.Registry, q.caller)
	if err != nil {
		return err
	}
	for _, d := range deletions {
		p.Deletions = append(p.Deletions, DataDeletionRow{App: d.AppName, State: d.State, URL: d.URL, Code: d.Code, At: d.Created.Time()})
	}
	return q.show(p)
}

// dataAccess is when the app must ask the person again; 0: never.
func dataAccess(g grants.View) prokura.Instant {
	if g.Grant.DataAccess == 0 {
		return 0
	}
	return g.Grant.DataAccess.Add(prokura.DataAccessWindow)
}

// ownGrant is what the person gave to the app in the path.
func (q *request) ownGrant() (grants.View, error) {
	app, err := q.id("app")
	if err != nil {
		return grants.View{}, err
	}
	return grants.Own(q.ctx(), q.Registry, q.caller, app)
}

func (q *request) integration() error {
	g, err := q.ownGrant()
	if err != nil {
		return err
	}
	p := &IntegrationPage{Base: q.base(), App: appView(g.App, g.Owner), Groups: q.permissionGroups(g.Scopes),
		Assets:    cutKinds(q.assetKinds(g.Grant.Kinds, g.Assets, true), "", q.r.URL.Path, q.r.URL.Query(), url.Values{}),
		GrantedAt: g.Grant.Created.Time(), LastIssued: moment(g.LastIssued()),
		DataAccess: moment(dataAccess(g)), Tokens: g.Working("")}
	automatic := q.Registry.Catalog().Automatic()
	eachPermission(p.Groups, func(perm *PermissionView) {
		perm.Optional = !q.Registry.Catalog().Has(automatic, prokura.Permission(perm.Name))
	})
	if g.Configuration != nil {
		p.Configuration = g.Configuration.Name
	}
	return q.show(p)
}

// takePermission takes one permission back; the tokens of the app lose it at
// once.
func (q *request) takePermission() error {
	g, err := q.ownGrant()
	if err != nil {
		return err
	}
	name := prokura.Permission(q.field("permission"))
	if err := grants.RemoveOwnPermission(q.ctx(), q.Registry, q.caller, g.App.ID, name); err != nil {
		return err
	}
	if info, ok := q.Registry.Catalog().Permission(name); ok {
		q.flash(NoticePermissionTaken, "permission", info.Title, "app", g.App.Name)
	}
	return q.redirect(integrationsPath + "/" + g.App.ID.String())
}

func (q *request) integrationRemovePage() error {
	g, err := q.ownGrant()
	if err != nil {
		return err
	}
	return q.show(&IntegrationRemovePage{Base: q.base(), App: appView(g.App, g.Owner), Tokens: g.Working(""), Pages: g.Working(prokura.TokenPage),
		Deletes: g.App.Settings.DataDeletionURL != ""})
}

func (q *request) integrationRemove() error {
	g, err := q.ownGrant()
	if err != nil {
		return err
	}
	if err := grants.RemoveOwn(q.ctx(), q.Registry, q.caller, g.App.ID); err != nil {
		return err
	}
	notice := NoticeAppRemoved
	if q.checked("delete_data") {
		if err := webhooks.RequestDataDeletion(q.ctx(), q.Registry, q.caller, g.App.ID); err != nil {
			return err
		}
		notice = NoticeAppRemovedAsked
	}
	q.flash(notice, "app", g.App.Name)
	return q.redirect(integrationsPath)
}
