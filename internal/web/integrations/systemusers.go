package integrations

import (
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/systemusers"
	"github.com/prokura/prokura/internal/web/kit"
)

const systemUsersPath = "/business/{id}/system-users"

var systemUserRoutes = []kit.Route{
	{Pattern: "GET " + systemUsersPath, Serve: listSystemUsers},
	{Pattern: "GET " + systemUsersPath + "/new", Serve: systemUserNewPage},
	{Pattern: "POST " + systemUsersPath + "/new", Serve: systemUserNew},
	{Pattern: "GET " + systemUsersPath + "/{su}", Serve: showSystemUser},
	{Pattern: "POST " + systemUsersPath + "/{su}", Serve: systemUserSave},
	{Pattern: "POST " + systemUsersPath + "/{su}/apps", Serve: systemUserInstall},
	{Pattern: "GET " + systemUsersPath + "/{su}/tokens/new", Serve: systemUserTokenPage},
	{Pattern: "POST " + systemUsersPath + "/{su}/tokens/new", Serve: systemUserTokenSent},
	{Pattern: "GET " + systemUsersPath + "/{su}/tokens/made", Serve: systemUserTokenMade},
	{Pattern: "GET " + systemUsersPath + "/{su}/delete", Serve: systemUserDeletePage},
	{Pattern: "POST " + systemUsersPath + "/{su}/delete", Serve: systemUserDelete},
}

const systemUsersShown = 50

func capsView(c systemusers.Caps) CapsView {
	return CapsView{Level: c.Level.Title, Have: c.Have, Most: c.Level.SystemUsers, HaveAdmins: c.HaveAdmins, Admins: c.Level.AdminSystemUsers}
}

func systemUserRow(u prokura.SystemUser) SystemUserRow {
	return SystemUserRow{ID: u.ID.String(), Name: u.Name, Admin: u.Role == prokura.SystemUserAdmin}
}

func listSystemUsers(q *kit.Request) error {
	h, err := q.BusinessHead()
	if err != nil {
		return err
	}
	after := idOr0(q.R.URL.Query().Get("after"))
	v, err := systemusers.ShowOverview(q.Context(), q.Registry, q.Caller, h.Business.ID, after, systemUsersShown)
	if err != nil {
		return err
	}
	p := &SystemUsersPage{Base: q.Base(), Business: kit.BusinessOf(h.Business), FullControl: h.FullControl(), Caps: capsView(v.Caps), Further: after != 0}
	for _, u := range v.Users {
		row := systemUserRow(u.SystemUser)
		row.Apps, row.Tokens = u.Installed, u.Tokens
		p.Users = append(p.Users, row)
	}
	if v.More {
		p.Later = p.Users[len(p.Users)-1].ID
	}
	return q.Show(p)
}

// systemUserNewForm is the form for a new system user, for those alone who may
// make one.
func systemUserNewForm(q *kit.Request) (*SystemUserNewPage, businesses.Head, error) {
	h, err := q.ControlledBusiness()
	if err != nil {
		return nil, h, err
	}
	v, err := systemusers.ShowOverview(q.Context(), q.Registry, q.Caller, h.Business.ID, 0, 0)
	if err != nil {
		return nil, h, err
	}
	return &SystemUserNewPage{Base: q.Base(), Business: kit.BusinessOf(h.Business), Caps: capsView(v.Caps), Role: string(prokura.SystemUserEmployee)}, h, nil
}

func systemUserNewPage(q *kit.Request) error {
	p, _, err := systemUserNewForm(q)
	if err != nil {
		return err
	}
	return q.Show(p)
}

func systemUserNew(q *kit.Request) error {
	p, h, err := systemUserNewForm(q)
	if err != nil {
		return err
	}
	p.Name, p.Role = q.Field("name"), q.Field("role")
	id, err := systemusers.Create(q.Context(), q.Registry, q.Caller, h.Business.ID, p.Name, prokura.SystemUserRole(p.Role))
	if err != nil {
		return q.Correct(p, err)
	}
	q.Flash(NoticeSystemUserMade, "name", strings.TrimSpace(p.Name))
	return q.Redirect(systemUsersOf(h.Business.ID) + "/" + id.String())
}

func systemUsersOf(business prokura.ID) string {
	return "/business/" + business.String() + "/system-users"
}

// systemUserInPath is the system user in the path; one of another business is
// not found.
func systemUserInPath(q *kit.Request) (businesses.Head, *systemusers.View, error) {
	h, err := q.BusinessHead()
	if err != nil {
		return h, nil, err
	}
	id, err := q.ID("su")
	if err != nil {
		return h, nil, err
	}
	query := q.R.URL.Query()
	look := systemusers.Look{Search: kit.ValidText(strings.TrimSpace(query.Get("q"))), AppsPage: pageOf(query, "apps") - 1, OthersPage: pageOf(query, "others") - 1}
	v, err := systemusers.Show(q.Context(), q.Registry, q.Caller, id, look)
	if err == nil && v.Business.ID != h.Business.ID {
		err = kit.ErrNoPage
	}
	return h, v, err
}

func systemUserView(q *kit.Request, h businesses.Head, v *systemusers.View) *SystemUserPage {
	u := v.SystemUser
	p := &SystemUserPage{Base: q.Base(), Business: kit.BusinessOf(h.Business), FullControl: h.FullControl(), User: systemUserRow(u),
		Name: u.Name, Role: string(u.Role), Caps: capsView(v.Caps), Created: kit.Since{By: v.CreatedBy, At: u.Created.Time()}, Total: v.Assets.Total}
	for _, k := range q.Registry.Catalog().Kinds {
		w := kit.WorkView{Kind: string(k.Kind), Title: k.Plural}
		for _, a := range v.Assets.Assets {
			if a.Kind == k.Kind {
				w.Assets = append(w.Assets, workRow(k, a, a.Asset.Business != h.Business.ID))
			}
		}
		if len(w.Assets) > 0 {
			p.Work = append(p.Work, w)
		}
	}
	query := q.R.URL.Query()
	p.Query = kit.ValidText(strings.TrimSpace(query.Get("q")))
	p.Apps, p.Others = systemUserApps(v.Apps, pageOf(query, "apps")), systemUserApps(v.Others, pageOf(query, "others"))
	p.User.Apps, p.User.Tokens = v.Apps.All, v.Tokens
	return p
}

func systemUserApps(list systemusers.Apps, page int) SystemUserAppsView {
	out := SystemUserAppsView{Total: list.Total, All: list.All, Page: page, More: list.More}
	for _, a := range list.Apps {
		row := SystemUserAppView{App: kit.AppOf(a.App, a.Owner), Family: a.Family.String(), Since: kit.Since{By: a.InstalledBy, At: a.Since.Time()}, Working: a.Working, Lacks: string(a.Lacks)}
		for _, t := range a.Tokens {
			row.Tokens = append(row.Tokens, TokenRow{Mark: t.Mark, Made: t.Issued.Time(), Ends: kit.Moment(t.Ends), Used: kit.Moment(t.Used)})
		}
		out.Apps = append(out.Apps, row)
	}
	return out
}

// workRow is an asset with the tasks that somebody has on it, in plain words.
func workRow(k prokura.AssetKindInfo, a registry.ListedAsset, shared bool) kit.WorkRow {
	w := kit.WorkRow{AssetView: kit.AssetView{ID: a.ID.String(), Name: a.Name}, Shared: shared}
	for _, t := range k.Tasks {
		if slices.Contains(a.Tasks, t.Task) {
			w.Tasks = append(w.Tasks, t.Title)
		}
	}
	return w
}

func showSystemUser(q *kit.Request) error {
	h, v, err := systemUserInPath(q)
	if err != nil {
		return err
	}
	return q.Show(systemUserView(q, h, v))
}

// systemUserSave changes name and role.
func systemUserSave(q *kit.Request) error {
	h, v, err := systemUserInPath(q)
	if err != nil {
		return err
	}
	name, role := strings.TrimSpace(q.Field("name")), q.Field("role")
	if name == "" {
		err = prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(ProblemSystemUserName)).WithField("name")
	} else {
		err = systemusers.Update(q.Context(), q.Registry, q.Caller, h.Business.ID, v.SystemUser.ID, name, prokura.SystemUserRole(role))
	}
	if err != nil {
		p := systemUserView(q, h, v)
		p.Name, p.Role = name, role
		return q.Correct(p, err)
	}
	q.Flash(kit.NoticeSaved)
	return q.Redirect(systemUsersOf(h.Business.ID) + "/" + v.SystemUser.ID.String())
}

// systemUserInstall lets the system user use an app.
func systemUserInstall(q *kit.Request) error {
	h, v, err := systemUserInPath(q)
	if err != nil {
		return err
	}
	app, err := prokura.ParseID(q.Field("app"))
	if err != nil {
		return kit.ErrNoPage
	}
	if err := systemusers.Install(q.Context(), q.Registry, q.Caller, v.SystemUser.ID, app); err != nil {
		return q.Correct(systemUserView(q, h, v), err)
	}
	if made, err := systemusers.ShowTokenChoice(q.Context(), q.Registry, q.Caller, v.SystemUser.ID, app, registry.AssetQuery{}, nil); err == nil {
		q.Flash(NoticeSystemUserApp, "app", made.App.App.Name, "name", v.SystemUser.Name)
	}
	return q.Redirect(systemUsersOf(h.Business.ID) + "/" + v.SystemUser.ID.String() + "#apps")
}

// systemUserDeletePage asks before everything of a system user ends.
func systemUserDeletePage(q *kit.Request) error {
	h, v, err := systemUserInPath(q)
	if err == nil {
		_, err = q.ControlledBusiness()
	}
	if err != nil {
		return err
	}
	p := &SystemUserDeletePage{Base: q.Base(), Business: kit.BusinessOf(h.Business), User: systemUserView(q, h, v).User}
	if !p.User.Admin {
		p.Assets = v.Assets.Total
	}
	return q.Show(p)
}

func systemUserDelete(q *kit.Request) error {
	h, v, err := systemUserInPath(q)
	if err != nil {
		return err
	}
	if err := systemusers.Delete(q.Context(), q.Registry, q.Caller, v.SystemUser.ID); err != nil {
		return err
	}
	q.Flash(NoticeSystemUserDeleted, "name", v.SystemUser.Name)
	return q.Redirect(systemUsersOf(h.Business.ID))
}
