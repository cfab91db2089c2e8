package web

import (
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/systemusers"
)

const systemUsersPath = "/business/{id}/system-users"

var systemUserRoutes = []route{
	{pattern: "GET " + systemUsersPath, serve: (*request).systemUsers},
	{pattern: "GET " + systemUsersPath + "/new", serve: (*request).systemUserNewPage},
	{pattern: "POST " + systemUsersPath + "/new", serve: (*request).systemUserNew},
	{pattern: "GET " + systemUsersPath + "/{su}", serve: (*request).systemUser},
	{pattern: "POST " + systemUsersPath + "/{su}", serve: (*request).systemUserSave},
	{pattern: "POST " + systemUsersPath + "/{su}/apps", serve: (*request).systemUserInstall},
	{pattern: "GET " + systemUsersPath + "/{su}/tokens/new", serve: (*request).systemUserTokenPage},
	{pattern: "POST " + systemUsersPath + "/{su}/tokens/new", serve: (*request).systemUserTokenSent},
	{pattern: "GET " + systemUsersPath + "/{su}/tokens/made", serve: (*request).systemUserTokenMade},
	{pattern: "GET " + systemUsersPath + "/{su}/delete", serve: (*request).systemUserDeletePage},
	{pattern: "POST " + systemUsersPath + "/{su}/delete", serve: (*request).systemUserDelete},
}

const systemUsersShown = 50

func capsView(c systemusers.Caps) CapsView {
	return CapsView{Level: c.Level.Title, Have: c.Have, Most: c.Level.SystemUsers, HaveAdmins: c.HaveAdmins, Admins: c.Level.AdminSystemUsers}
}

func systemUserRow(u prokura.SystemUser) SystemUserRow {
	return SystemUserRow{ID: u.ID.String(), Name: u.Name, Admin: u.Role == prokura.SystemUserAdmin}
}

func (q *request) systemUsers() error {
	h, err := q.head()
	if err != nil {
		return err
	}
	after := idOr0(q.r.URL.Query().Get("after"))
	v, err := systemusers.ShowOverview(q.ctx(), q.Registry, q.caller, h.Business.ID, after, systemUsersShown)
	if err != nil {
		return err
	}
	p := &SystemUsersPage{Base: q.base(), Business: businessView(h.Business), FullControl: h.FullControl(), Caps: capsView(v.Caps), Further: after != 0}
	for _, u := range v.Users {
		row := systemUserRow(u.SystemUser)
		row.Apps, row.Tokens = u.Installed, u.Tokens
		p.Users = append(p.Users, row)
	}
	if v.More {
		p.Later = p.Users[len(p.Users)-1].ID
	}
	return q.show(p)
}

// systemUserNewForm is the form for a new system user, for those alone who may
// make one.
func (q *request) systemUserNewForm() (*SystemUserNewPage, businesses.Head, error) {
	h, err := q.controlled()
	if err != nil {
		return nil, h, err
	}
	v, err := systemusers.ShowOverview(q.ctx(), q.Registry, q.caller, h.Business.ID, 0, 0)
	if err != nil {
		return nil, h, err
	}
	return &SystemUserNewPage{Base: q.base(), Business: businessView(h.Business), Caps: capsView(v.Caps), Role: string(prokura.SystemUserEmployee)}, h, nil
}

func (q *request) systemUserNewPage() error {
	p, _, err := q.systemUserNewForm()
	if err != nil {
		return err
	}
	return q.show(p)
}

func (q *request) systemUserNew() error {
	p, h, err := q.systemUserNewForm()
	if err != nil {
		return err
	}
	p.Name, p.Role = q.field("name"), q.field("role")
	id, err := systemusers.Create(q.ctx(), q.Registry, q.caller, h.Business.ID, p.Name, prokura.SystemUserRole(p.Role))
	if err != nil {
		return q.correct(p, err)
	}
	q.flash(NoticeSystemUserMade, "name", strings.TrimSpace(p.Name))
	return q.redirect(systemUsersOf(h.Business.ID) + "/" + id.String())
}

func systemUsersOf(business prokura.ID) string {
	return "/business/" + business.String() + "/system-users"
}

// systemUserInPath is the system user in the path; one of another business is
// not found.
func (q *request) systemUserInPath() (businesses.Head, *systemusers.View, error) {
	h, err := q.head()
	if err != nil {
		return h, nil, err
	}
	id, err := q.id("su")
	if err != nil {
		return h, nil, err
	}
	query := q.r.URL.Query()
	look := systemusers.Look{Search: validText(strings.TrimSpace(query.Get("q"))), AppsPage: pageOf(query, "apps") - 1, OthersPage: pageOf(query, "others") - 1}
	v, err := systemusers.Show(q.ctx(), q.Registry, q.caller, id, look)
	if err == nil && v.Business.ID != h.Business.ID {
		err = errNoPage
	}
	return h, v, err
}

func (q *request) systemUserView(h businesses.Head, v *systemusers.View) *SystemUserPage {
	u := v.SystemUser
	p := &SystemUserPage{Base: q.base(), Business: businessView(h.Business), FullControl: h.FullControl(), User: systemUserRow(u),
		Name: u.Name, Role: string(u.Role), Caps: capsView(v.Caps), Created: Since{By: v.CreatedBy, At: u.Created.Time()}, Total: v.Assets.Total}
	for _, k := range q.Registry.Catalog().Kinds {
		w := WorkView{Kind: string(k.Kind), Title: k.Plural}
		for _, a := range v.Assets.Assets {
			if a.Kind == k.Kind {
				w.Assets = append(w.Assets, workRow(k, a, a.Asset.Business != h.Business.ID))
			}
		}
		if len(w.Assets) > 0 {
			p.Work = append(p.Work, w)
		}
	}
	query := q.r.URL.Query()
	p.Query = validText(strings.TrimSpace(query.Get("q")))
	p.Apps, p.Others = systemUserApps(v.Apps, pageOf(query, "apps")), systemUserApps(v.Others, pageOf(query, "others"))
	p.User.Apps, p.User.Tokens = v.Apps.All, v.Tokens
	return p
}

func systemUserApps(list systemusers.Apps, page int) SystemUserAppsView {
	out := SystemUserAppsView{Total: list.Total, All: list.All, Page: page, More: list.More}
	for _, a := range list.Apps {
		row := SystemUserAppView{App: appView(a.App, a.Owner), Family: a.Family.String(), Since: Since{By: a.InstalledBy, At: a.Since.Time()}, Working: a.Working, Lacks: string(a.Lacks)}
		for _, t := range a.Tokens {
			row.Tokens = append(row.Tokens, TokenRow{Mark: t.Mark, Made: t.Issued.Time(), Ends: moment(t.Ends), Used: moment(t.Used)})
		}
		out.Apps = append(out.Apps, row)
	}
	return out
}

// workRow is an asset with the tasks that somebody has on it, in plain words.
func workRow(k prokura.AssetKindInfo, a registry.ListedAsset, shared bool) WorkRow {
	w := WorkRow{AssetView: AssetView{ID: a.ID.String(), Name: a.Name}, Shared: shared}
	for _, t := range k.Tasks {
		if slices.Contains(a.Tasks, t.Task) {
			w.Tasks = append(w.Tasks, t.Title)
		}
	}
	return w
}

func (q *request) systemUser() error {
	h, v, err := q.systemUserInPath()
	if err != nil {
		return err
	}
	return q.show(q.systemUserView(h, v))
}

// systemUserSave changes name and role.
func (q *request) systemUserSave() error {
	h, v, err := q.systemUserInPath()
	if err != nil {
		return err
	}
	name, role := strings.TrimSpace(q.field("name")), q.field("role")
	if name == "" {
		err = prokura.Errorf(prokura.InvalidParameter, "%s", q.words(ProblemSystemUserName)).WithField("name")
	} else {
		err = systemusers.Update(q.ctx(), q.Registry, q.caller, h.Business.ID, v.SystemUser.ID, name, prokura.SystemUserRole(role))
	}
	if err != nil {
		p := q.systemUserView(h, v)
		p.Name, p.Role = name, role
		return q.correct(p, err)
	}
	q.flash(NoticeSaved)
	return q.redirect(systemUsersOf(h.Business.ID) + "/" + v.SystemUser.ID.String())
}

// systemUserInstall lets the system user use an app.
func (q *request) systemUserInstall() error {
	h, v, err := q.systemUserInPath()
	if err != nil {
		return err
	}
	app, err := prokura.ParseID(q.field("app"))
	if err != nil {
		return errNoPage
	}
	if err := systemusers.Install(q.ctx(), q.Registry, q.caller, v.SystemUser.ID, app); err != nil {
		return q.correct(q.systemUserView(h, v), err)
	}
	if made, err := systemusers.ShowTokenChoice(q.ctx(), q.Registry, q.caller, v.SystemUser.ID, app, registry.AssetQuery{}, nil); err == nil {
		q.flash(NoticeSystemUserApp, "app", made.App.App.Name, "name", v.SystemUser.Name)
	}
	return q.redirect(systemUsersOf(h.Business.ID) + "/" + v.SystemUser.ID.String() + "#apps")
}

// systemUserDeletePage asks before everything of a system user ends.
func (q *request) systemUserDeletePage() error {
	h, v, err := q.systemUserInPath()
	if err == nil {
		_, err = q.controlled()
	}
	if err != nil {
		return err
	}
	p := &SystemUserDeletePage{Base: q.base(), Business: businessView(h.Business), User: q.systemUserView(h, v).User}
	if !p.User.Admin {
		p.Assets = v.Assets.Total
	}
	return q.show(p)
}

func (q *request) systemUserDelete() error {
	h, v, err := q.systemUserInPath()
	if err != nil {
		return err
	}
	if err := systemusers.Delete(q.ctx(), q.Registry, q.caller, v.SystemUser.ID); err != nil {
		return err
	}
	q.flash(NoticeSystemUserDeleted, "name", v.SystemUser.Name)
	return q.redirect(systemUsersOf(h.Business.ID))
}
