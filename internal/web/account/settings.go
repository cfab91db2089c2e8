package account

import (
	"net/url"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/registry/webhooks"
	"github.com/prokura/prokura/internal/web/kit"
)

const integrationsPath = "/settings/business-integrations"

var settingsRoutes = []kit.Route{
	{Pattern: "GET /settings/security", Serve: showSecurity},
	{Pattern: "POST /settings/security/password", Serve: changePassword},
	{Pattern: "POST /settings/security/sessions", Serve: endSessions},
	{Pattern: "GET " + integrationsPath, Serve: listIntegrations},
	{Pattern: "GET " + integrationsPath + "/{app}", Serve: showIntegration},
	{Pattern: "POST " + integrationsPath + "/{app}/permissions", Serve: takePermission},
	{Pattern: "GET " + integrationsPath + "/{app}/remove", Serve: integrationRemovePage},
	{Pattern: "POST " + integrationsPath + "/{app}/remove", Serve: integrationRemove},
}

func showSecurity(q *kit.Request) error {
	p, err := securityPage(q)
	if err != nil {
		return err
	}
	return q.Show(p)
}

func securityPage(q *kit.Request) (*SecurityPage, error) {
	list, err := people.Sessions(q.Context(), q.Registry, q.Caller)
	if err != nil {
		return nil, err
	}
	factors, err := factorsView(q)
	if err != nil {
		return nil, err
	}
	p := &SecurityPage{Base: q.Base(), MinPassword: prokura.MinPassword, Factors: factors}
	for _, s := range list {
		p.Sessions = append(p.Sessions, SessionView{ID: s.Key, Browser: BrowserName(p.Words, s.Agent), Address: s.Address,
			Started: s.Created.Time(), LastSeen: s.Seen.Time(), Current: s.Key == q.Caller.Session})
	}
	return p, nil
}

// changePassword sets a new password: every user token and every other session
// of the person ends.
func changePassword(q *kit.Request) error {
	err := newPassword(q)
	if err == nil {
		q.Flash(NoticePasswordChanged)
		return q.Redirect("/settings/security")
	}
	p, failed := securityPage(q)
	if failed != nil {
		return failed
	}
	return q.Correct(p, err)
}

func newPassword(q *kit.Request) error {
	fresh := q.SecretField("password")
	if fresh != q.SecretField("again") {
		return prokura.Errorf(prokura.PasswordWeak, "%s", q.Words(ProblemPasswordsDiffer)).WithField("again")
	}
	secret, err := people.ChangePassword(q.Context(), q.Registry, q.Caller, q.SecretField("current"), fresh, q.Client())
	if err == nil {
		q.Renew(secret)
		return nil
	}
	e := prokura.AsError(err)
	if e.Reason == prokura.SignInFailed {
		return prokura.Errorf(prokura.SignInFailed, "%s", q.Words(kit.ProblemPasswordWrong)).WithField("current")
	}
	return e
}

func endSessions(q *kit.Request) error {
	var err error
	notice := NoticeSessionEnded
	if q.Field("others") == "1" {
		notice, err = NoticeSessionsEnded, people.EndOtherSessions(q.Context(), q.Registry, q.Caller)
	} else {
		err = people.EndSession(q.Context(), q.Registry, q.Caller, q.Field("session"))
	}
	if err != nil {
		return err
	}
	q.Flash(notice)
	return q.Redirect("/settings/security")
}

func listIntegrations(q *kit.Request) error {
	list, err := grants.ListOwn(q.Context(), q.Registry, q.Caller)
	if err != nil {
		return err
	}
	p := &IntegrationsPage{Base: q.Base()}
	for _, g := range list {
		p.Apps = append(p.Apps, IntegrationRow{App: kit.AppOf(g.App, g.Owner), Permissions: len(q.Registry.Catalog().Names(g.Scopes)),
			Assets: len(g.Grant.Assets), GrantedAt: g.Grant.Created.Time(), LastIssued: kit.Moment(g.LastIssued()), Expires: kit.Moment(dataAccess(g))})
	}
	deletions, err := webhooks.DataDeletions(q.Context(), q.Registry, q.Caller)
	if err != nil {
		return err
	}
	for _, d := range deletions {
		p.Deletions = append(p.Deletions, DataDeletionRow{App: d.AppName, State: d.State, URL: d.URL, Code: d.Code, At: d.Created.Time()})
	}
	return q.Show(p)
}

// dataAccess is when the app must ask the person again; 0: never.
func dataAccess(g grants.View) prokura.Instant {
	if g.Grant.DataAccess == 0 {
		return 0
	}
	return g.Grant.DataAccess.Add(prokura.DataAccessWindow)
}

// ownGrant is what the person gave to the app in the path.
func ownGrant(q *kit.Request) (grants.View, error) {
	app, err := q.ID("app")
	if err != nil {
		return grants.View{}, err
	}
	return grants.Own(q.Context(), q.Registry, q.Caller, app)
}

// ownApp is the app in the path when the person gave it something. What hangs on
// that is not looked at.
func ownApp(q *kit.Request) (prokura.App, error) {
	app, err := q.ID("app")
	if err != nil {
		return prokura.App{}, err
	}
	return grants.FindOwn(q.Context(), q.Registry, q.Caller, app)
}

func showIntegration(q *kit.Request) error {
	g, err := ownGrant(q)
	if err != nil {
		return err
	}
	p := &IntegrationPage{Base: q.Base(), App: kit.AppOf(g.App, g.Owner), Groups: q.PermissionGroups(g.Scopes),
		Limited:   g.Grant.Limited(),
		Assets:    kit.CutKinds(q.AssetKinds(g.Grant.Kinds, g.Scopes, g.Assets, true), "", q.R.URL.Path, q.R.URL.Query(), url.Values{}),
		GrantedAt: g.Grant.Created.Time(), LastIssued: kit.Moment(g.LastIssued()),
		DataAccess: kit.Moment(dataAccess(g)), Tokens: g.Working(""), More: g.More}
	basic := q.Registry.Catalog().Basic()
	kit.EachPermission(p.Groups, func(perm *kit.PermissionView) {
		perm.Optional = !q.Registry.Catalog().Has(basic, prokura.Permission(perm.Name))
	})
	if g.Configuration != nil {
		p.Configuration = g.Configuration.Name
	}
	return q.Show(p)
}

// takePermission takes one permission back; the tokens of the app lose it at
// once.
func takePermission(q *kit.Request) error {
	a, err := ownApp(q)
	if err != nil {
		return err
	}
	name := prokura.Permission(q.Field("permission"))
	if err := grants.RemoveOwnPermission(q.Context(), q.Registry, q.Caller, a.ID, name); err != nil {
		return err
	}
	if info, ok := q.Registry.Catalog().Permission(name); ok {
		q.Flash(NoticePermissionTaken, "permission", info.Title, "app", a.Name)
	}
	return q.Redirect(integrationsPath + "/" + a.ID.String())
}

func integrationRemovePage(q *kit.Request) error {
	g, err := ownGrant(q)
	if err != nil {
		return err
	}
	return q.Show(&IntegrationRemovePage{Base: q.Base(), App: kit.AppOf(g.App, g.Owner), Tokens: g.Working(""), More: g.More, Pages: g.Working(prokura.TokenPage),
		Deletes: g.App.Settings.DataDeletionURL != ""})
}

func integrationRemove(q *kit.Request) error {
	a, err := ownApp(q)
	if err != nil {
		return err
	}
	if err := grants.RemoveOwn(q.Context(), q.Registry, q.Caller, a.ID); err != nil {
		return err
	}
	notice := NoticeAppRemoved
	if q.Checked("delete_data") {
		if err := webhooks.RequestDataDeletion(q.Context(), q.Registry, q.Caller, a.ID); err != nil {
			return err
		}
		notice = NoticeAppRemovedAsked
	}
	q.Flash(notice, "app", a.Name)
	return q.Redirect(integrationsPath)
}
