package web

import (
	"slices"
	"strconv"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/businesses"
)

const (
	appPath           = "/apps/{id}"
	configurationPath = appPath + "/configurations/{cid}"
)

// appRoutes are the pages of the app dashboard. GET pages name the act that
// they are the door to, so that nobody is shown a form that would be refused
// (R-APP-03).
var appRoutes = []route{
	{pattern: "GET /apps", serve: (*request).apps},
	{pattern: "GET /apps/new", serve: (*request).appNewPage},
	{pattern: "POST /apps/new", serve: (*request).appNew},
	{pattern: "GET " + appPath, serve: (*request).appHome},
	{pattern: "GET " + appPath + "/basic", serve: onApp(prokura.ActViewApp, (*request).appBasicPage)},
	{pattern: "POST " + appPath + "/basic", serve: (*request).appBasic, upload: true},
	{pattern: "GET " + appPath + "/advanced", serve: onApp(prokura.ActViewApp, (*request).appAdvancedPage)},
	{pattern: "POST " + appPath + "/advanced", serve: (*request).appAdvanced},
	{pattern: "POST " + appPath + "/secret", serve: (*request).secret},
	{pattern: "GET " + appPath + "/secret/reset", serve: onApp(prokura.ActResetSecret, (*request).secretResetPage)},
	{pattern: "POST " + appPath + "/secret/reset", serve: (*request).secretReset},
	{pattern: "GET " + appPath + "/delete", serve: onApp(prokura.ActDeleteApp, (*request).appDeletePage)},
	{pattern: "POST " + appPath + "/delete", serve: (*request).appDelete},
	{pattern: "GET " + appPath + "/login", serve: onApp(prokura.ActViewApp, (*request).appLoginPage)},
	{pattern: "POST " + appPath + "/login", serve: (*request).appLogin},
	{pattern: "GET " + appPath + "/roles", serve: onApp(prokura.ActViewApp, (*request).rolesPage)},
	{pattern: "POST " + appPath + "/roles", serve: (*request).roleAdd},
	{pattern: "POST " + appPath + "/roles/change", serve: (*request).roleChange},
	{pattern: "POST " + appPath + "/roles/remove", serve: (*request).roleRemove},
	{pattern: "POST " + appPath + "/roles/withdraw", serve: (*request).roleWithdraw},
	{pattern: "POST " + appPath + "/roles/system-users", serve: (*request).systemUserAdd},
	{pattern: "GET " + appPath + "/access", serve: onApp(prokura.ActViewApp, (*request).accessPage)},
	{pattern: "GET " + appPath + "/configurations", serve: onApp(prokura.ActViewApp, (*request).configurations)},
	{pattern: "GET " + appPath + "/configurations/new", serve: onApp(prokura.ActManageConfiguration, (*request).configurationNewPage)},
	{pattern: "POST " + appPath + "/configurations/new", serve: (*request).configurationNew},
	{pattern: "GET " + configurationPath, serve: onApp(prokura.ActViewApp, (*request).configuration)},
	{pattern: "GET " + configurationPath + "/edit", serve: onApp(prokura.ActManageConfiguration, (*request).configurationEditPage)},
	{pattern: "POST " + configurationPath + "/edit", serve: (*request).configurationEdit},
	{pattern: "GET " + configurationPath + "/delete", serve: onApp(prokura.ActManageConfiguration, (*request).configurationDeletePage)},
	{pattern: "POST " + configurationPath + "/delete", serve: (*request).configurationDelete},
}

// onApp serves a page of the app in the path to whoever may see the app and has
// the role that the act needs. Platform staff without a role see what needs no
// more than looking.
func onApp(act prokura.Act, show func(*request, *apps.View) error) func(*request) error {
	return func(q *request) error {
		id, err := q.id("id")
		if err != nil {
			return err
		}
		v, err := q.appFor(id, act)
		if err != nil {
			return err
		}
		return show(q, v)
	}
}

func (q *request) appFor(id prokura.ID, act prokura.Act) (*apps.View, error) {
	v, err := apps.Get(q.ctx(), q.Registry, q.caller, id)
	if err != nil {
		return nil, err
	}
	if rule, _ := prokura.RuleOf(act); act != prokura.ActViewApp && !v.Role.AtLeast(rule.App) {
		return nil, prokura.Errorf(prokura.RoleMissing, "This needs the role %s on the app.", rule.App)
	}
	return v, nil
}

// frame is what all pages of one app show.
func (q *request) frame(v *apps.View) AppFrame {
	f := AppFrame{App: appView(v.App, v.Owner), Role: string(v.Role), Type: string(v.App.Type), Gives: v.Gives, Business: v.Owner.Name,
		Version: v.App.Version, LiveMissing: v.App.MissingForLive()}
	if v.Role == prokura.AppNobody {
		f.Role = "staff"
	}
	if v.App.Parent != 0 {
		f.Parent = AssetView{ID: v.App.Parent.String(), Name: v.Parent}
	}
	if v.App.Business == 0 {
		i := slices.IndexFunc(v.Roles, func(r apps.NamedRole) bool { return r.Subject == v.App.Owner })
		if i >= 0 {
			f.App.Owner = v.Roles[i].Name
		}
	}
	return f
}

// saved answers a form on an app that was accepted.
func (q *request) saved(app prokura.ID, page, notice string, values ...string) error {
	q.flash(notice, values...)
	return q.redirect("/apps/" + app.String() + page)
}

// retry answers a form on an app that was refused. When the form needs
// correcting, the page is drawn from the app as it was typed, with the version
// that the form had; when somebody else was quicker, from the app as it is now.
func (q *request) retry(app prokura.ID, refusal error, typed func(*prokura.App), page func(AppFrame, prokura.App) (Page, error)) error {
	e := prokura.AsError(refusal)
	if _, ok := correctable[e.Reason]; !ok && e.Reason != prokura.Conflict {
		return refusal
	}
	v, err := apps.Get(q.ctx(), q.Registry, q.caller, app)
	if err != nil {
		return err
	}
	f := q.frame(v)
	if e.Reason != prokura.Conflict {
		f.Version = q.version()
		typed(&v.App)
	}
	p, err := page(f, v.App)
	if err != nil {
		return err
	}
	if e.Reason == prokura.Conflict {
		return q.outdated(p)
	}
	return q.correct(p, refusal)
}

// version is the version that a form displayed. A form without one is as old as
// can be.
func (q *request) version() int64 {
	n, err := strconv.ParseInt(q.field("version"), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// lines are the lines of a field, without empty and repeated ones.
func (q *request) lines(name string) []string {
	var out []string
	for line := range strings.Lines(q.field(name)) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return set[string](out)
}

func (q *request) apps() error {
	list, err := apps.Mine(q.ctx(), q.Registry, q.caller)
	if err != nil {
		return err
	}
	return q.show(&AppsPage{Base: q.base(), Apps: appRows(list)})
}

func appRows(list []apps.Row) []AppRow {
	rows := make([]AppRow, len(list))
	for i, r := range list {
		v := appView(r.App, prokura.Business{Name: r.Owner})
		v.Verified = r.Verified
		rows[i] = AppRow{AppView: v, Type: string(r.Type), Role: string(r.Role), Configurations: r.Configurations, Deleted: r.Disabled != 0}
	}
	return rows
}

func (q *request) appNewPage() error {
	p, err := q.newAppPage()
	if err != nil {
		return err
	}
	p.Contact = q.caller.Person.Email
	return q.show(p)
}

func (q *request) newAppPage() (*AppNewPage, error) {
	list, err := businesses.Mine(q.ctx(), q.Registry, q.caller)
	if err != nil {
		return nil, err
	}
	p := &AppNewPage{Base: q.base(), Type: string(prokura.AppBusiness)}
	for _, m := range list {
		if m.Role == prokura.RoleAdmin {
			p.Businesses = append(p.Businesses, BusinessView{ID: m.Business.String(), Name: m.Name})
		}
	}
	return p, nil
}

func (q *request) appNew() error {
	n := apps.NewApp{Name: q.text("name"), Type: prokura.AppType(q.field("type")), Contact: q.text("contact")}
	id, err := q.createApp(n)
	if err == nil {
		return q.saved(id, "/basic", NoticeAppCreated, "app", n.Name)
	}
	p, failed := q.newAppPage()
	if failed != nil {
		return failed
	}
	p.Name, p.Type, p.Business, p.Contact = n.Name, string(n.Type), q.field("business"), n.Contact
	return q.correct(p, err)
}

func (q *request) createApp(n apps.NewApp) (id prokura.ID, err error) {
	if text := q.field("business"); text != "" {
		if n.Business, err = prokura.ParseID(text); err != nil {
			return 0, prokura.Errorf(prokura.InvalidParameter, "Choose a business from the list.").WithField("business")
		}
	}
	id, err = apps.Create(q.ctx(), q.Registry, q.caller, n)
	// Full control may be lost while the form is open.
	if e := prokura.AsError(err); err != nil && e.Reason == prokura.RoleMissing && e.Field == "business" {
		return 0, prokura.Errorf(prokura.InvalidParameter, "%s", e.Public).WithField("business")
	}
	return id, err
}

func (q *request) appHome() error {
	id, err := q.id("id")
	if err != nil {
		return err
	}
	return q.redirect("/apps/" + id.String() + "/basic")
}
