package apps

import (
	"slices"
	"strconv"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/web/kit"
)

const (
	appPath           = "/apps/{id}"
	configurationPath = appPath + "/configurations/{cid}"
)

// appRoutes are the pages of the app dashboard. GET pages name the act that
// they are the door to, so that nobody is shown a form that would be refused
// (R-APP-03).
var appRoutes = []kit.Route{
	{Pattern: "GET /apps", Serve: listApps},
	{Pattern: "GET /apps/new", Serve: appNewPage},
	{Pattern: "POST /apps/new", Serve: appNew},
	{Pattern: "GET " + appPath, Serve: appHome},
	{Pattern: "GET " + appPath + "/basic", Serve: OnApp(prokura.ActViewApp, appBasicPage)},
	{Pattern: "POST " + appPath + "/basic", Serve: appBasic, Upload: true},
	{Pattern: "GET " + appPath + "/advanced", Serve: OnApp(prokura.ActViewApp, appAdvancedPage)},
	{Pattern: "POST " + appPath + "/advanced", Serve: appAdvanced},
	{Pattern: "POST " + appPath + "/secret", Serve: showSecret},
	{Pattern: "GET " + appPath + "/secret/reset", Serve: OnApp(prokura.ActResetSecret, secretResetPage)},
	{Pattern: "POST " + appPath + "/secret/reset", Serve: secretReset},
	{Pattern: "GET " + appPath + "/delete", Serve: OnApp(prokura.ActDeleteApp, appDeletePage)},
	{Pattern: "POST " + appPath + "/delete", Serve: appDelete},
	{Pattern: "GET " + appPath + "/login", Serve: OnApp(prokura.ActViewApp, appLoginPage)},
	{Pattern: "POST " + appPath + "/login", Serve: appLogin},
	{Pattern: "GET " + appPath + "/roles", Serve: OnApp(prokura.ActViewApp, rolesPage)},
	{Pattern: "POST " + appPath + "/roles", Serve: roleAdd},
	{Pattern: "POST " + appPath + "/roles/change", Serve: roleChange},
	{Pattern: "GET " + appPath + "/roles/remove", Serve: OnApp(prokura.ActManageRoles, roleRemovePage)},
	{Pattern: "POST " + appPath + "/roles/remove", Serve: roleRemove},
	{Pattern: "POST " + appPath + "/roles/withdraw", Serve: roleWithdraw},
	{Pattern: "POST " + appPath + "/roles/system-users", Serve: systemUserAdd},
	{Pattern: "GET " + appPath + "/configurations", Serve: OnApp(prokura.ActViewApp, listConfigurations)},
	{Pattern: "GET " + appPath + "/configurations/new", Serve: OnApp(prokura.ActManageConfiguration, configurationNewPage)},
	{Pattern: "POST " + appPath + "/configurations/new", Serve: configurationNew},
	{Pattern: "GET " + configurationPath, Serve: OnApp(prokura.ActViewApp, showConfiguration)},
	{Pattern: "GET " + configurationPath + "/edit", Serve: OnApp(prokura.ActManageConfiguration, configurationEditPage)},
	{Pattern: "POST " + configurationPath + "/edit", Serve: configurationEdit},
	{Pattern: "GET " + configurationPath + "/delete", Serve: OnApp(prokura.ActManageConfiguration, configurationDeletePage)},
	{Pattern: "POST " + configurationPath + "/delete", Serve: configurationDelete},
}

// OnApp serves a page of the app in the path to whoever may see the app and has
// the role that the act needs. Platform staff without a role see what needs no
// more than looking.
func OnApp(act prokura.Act, show func(*kit.Request, *apps.View) error) func(*kit.Request) error {
	return func(q *kit.Request) error {
		id, err := q.ID("id")
		if err != nil {
			return err
		}
		v, err := appFor(q, id, act)
		if err != nil {
			return err
		}
		return show(q, v)
	}
}

func appFor(q *kit.Request, id prokura.ID, act prokura.Act) (*apps.View, error) {
	v, err := apps.Get(q.Context(), q.Registry, q.Caller, id)
	if err != nil {
		return nil, err
	}
	if rule, _ := prokura.RuleOf(act); act != prokura.ActViewApp && !v.Role.AtLeast(rule.App) {
		return nil, prokura.Errorf(prokura.RoleMissing, "This needs the role %s on the app.", rule.App)
	}
	return v, nil
}

// FrameOf is what all pages of one app show.
func FrameOf(q *kit.Request, v *apps.View) Frame {
	f := Frame{App: kit.AppOf(v.App, v.Owner), Role: string(v.Role), Type: string(v.App.Type), Gives: v.Gives, Business: v.Owner.Name,
		Version: v.App.Version, LiveMissing: v.App.MissingForLive()}
	if f.Serves = v.App.Advanced != q.Registry.Catalog().Automatic(); f.Serves {
		f.Changed = kit.Moment(v.App.IdentityChanged)
	}
	if v.Role == prokura.AppNobody {
		f.Role = "staff"
	}
	if v.App.Parent != 0 {
		f.Parent = kit.AssetView{ID: v.App.Parent.String(), Name: v.Parent}
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
func saved(q *kit.Request, app prokura.ID, page, notice string, values ...string) error {
	q.Flash(notice, values...)
	return q.Redirect("/apps/" + app.String() + page)
}

// retry answers a form on an app that was refused. When the form needs
// correcting, the page is drawn from the app as it was typed, with the version
// that the form had; when somebody else was quicker, from the app as it is now.
func retry(q *kit.Request, app prokura.ID, refusal error, typed func(*prokura.App), page func(*kit.Request, Frame, prokura.App) (kit.Page, error)) error {
	e := prokura.AsError(refusal)
	if _, ok := kit.Correctable(e.Reason); !ok && e.Reason != prokura.Conflict {
		return refusal
	}
	v, err := apps.Get(q.Context(), q.Registry, q.Caller, app)
	if err != nil {
		return err
	}
	f := FrameOf(q, v)
	if e.Reason != prokura.Conflict {
		f.Version = Version(q)
		typed(&v.App)
	}
	p, err := page(q, f, v.App)
	if err != nil {
		return err
	}
	if e.Reason == prokura.Conflict {
		return q.Outdated(p)
	}
	return q.Correct(p, refusal)
}

// Version is the version that a form displayed. A form without one is as old as
// can be.
func Version(q *kit.Request) int64 {
	n, err := strconv.ParseInt(q.Field("version"), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// lines are the lines of a field, without empty and repeated ones.
func lines(q *kit.Request, name string) []string {
	var out []string
	for line := range strings.Lines(q.Field(name)) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return kit.Distinct[string](out)
}

func listApps(q *kit.Request) error {
	list, err := apps.Mine(q.Context(), q.Registry, q.Caller)
	if err != nil {
		return err
	}
	return q.Show(&ListPage{Base: q.Base(), Apps: appRows(list)})
}

func appRows(list []apps.Row) []Row {
	rows := make([]Row, len(list))
	for i, r := range list {
		v := kit.AppOf(r.App, prokura.Business{Name: r.Owner})
		v.Verified = r.Verified
		rows[i] = Row{AppView: v, Type: string(r.Type), Role: string(r.Role), Configurations: r.Configurations, Deleted: r.Disabled != 0}
	}
	return rows
}

func appNewPage(q *kit.Request) error {
	p, err := newAppPage(q)
	if err != nil {
		return err
	}
	p.Contact = q.Caller.Person.Email
	if len(p.Businesses) == 1 { // there is hardly another one to own it
		p.Business = p.Businesses[0].ID
	}
	return q.Show(p)
}

func newAppPage(q *kit.Request) (*NewPage, error) {
	list, err := businesses.Mine(q.Context(), q.Registry, q.Caller)
	if err != nil {
		return nil, err
	}
	p := &NewPage{Base: q.Base(), Type: string(prokura.AppBusiness)}
	for _, u := range q.Registry.Catalog().UseCases {
		p.UseCases = append(p.UseCases, UseCase{TemplateView{u.Key, u.Name, u.About}, slices.Contains(q.Fields("use_case"), u.Key)})
	}
	for _, m := range list {
		if m.Role == prokura.RoleAdmin {
			p.Businesses = append(p.Businesses, kit.BusinessView{ID: m.Business.String(), Name: m.Name})
		}
	}
	return p, nil
}

func appNew(q *kit.Request) error {
	n := apps.NewApp{Name: q.Text("name"), Type: prokura.AppType(q.Field("type")), Contact: q.Text("contact"), UseCases: q.Fields("use_case")}
	id, err := createApp(q, n)
	if err == nil {
		return saved(q, id, "/basic", NoticeAppCreated, "app", n.Name)
	}
	p, failed := newAppPage(q)
	if failed != nil {
		return failed
	}
	p.Name, p.Type, p.Business, p.Contact = n.Name, string(n.Type), q.Field("business"), n.Contact
	return q.Correct(p, err)
}

func createApp(q *kit.Request, n apps.NewApp) (id prokura.ID, err error) {
	if text := q.Field("business"); text != "" {
		if n.Business, err = prokura.ParseID(text); err != nil {
			return 0, prokura.Errorf(prokura.InvalidParameter, "Choose a business from the list.").WithField("business")
		}
	}
	id, err = apps.Create(q.Context(), q.Registry, q.Caller, n)
	// Full control may be lost while the form is open.
	if e := prokura.AsError(err); err != nil && e.Reason == prokura.RoleMissing && e.Field == "business" {
		return 0, prokura.Errorf(prokura.InvalidParameter, "%s", e.Public).WithField("business")
	}
	return id, err
}

func appHome(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	return q.Redirect("/apps/" + id.String() + "/basic")
}
