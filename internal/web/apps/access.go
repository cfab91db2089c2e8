package apps

import (
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/web/kit"
)

// staffRoutes are the pages of platform staff.
var staffRoutes = []kit.Route{
	{Pattern: "GET /staff/apps", Serve: staffApps},
	{Pattern: "GET /staff/apps/{id}", Serve: staffApp},
	{Pattern: "POST /staff/apps/{id}", Serve: staffDecide},
}

func accessPage(q *kit.Request, v *apps.View) error { return q.Show(accessOf(q, v)) }

// accessOf shows mode and permissions of an app as they are.
func accessOf(q *kit.Request, v *apps.View) *AccessPage {
	p := &AccessPage{Base: q.Base(), Frame: FrameOf(q, v), Mode: string(v.App.Mode)}
	catalog := q.Registry.Catalog()
	used := map[prokura.Permission]int{}
	for _, c := range v.Configurations {
		for _, name := range catalog.Names(c.Scopes(catalog)) {
			used[name]++
		}
		if lacking := lacking(q, v.App, c); len(lacking) > 0 {
			p.Limited = append(p.Limited, LimitedConfigurationView{ID: c.ID.String(), Name: c.Name, Lacking: lacking})
		}
	}
	for _, info := range catalog.Permissions {
		if advanced := catalog.Has(v.App.Advanced, info.Name); decidable(info) && (advanced || used[info.Name] > 0) {
			p.Permissions = append(p.Permissions, accessRow(info, advanced, used[info.Name]))
		}
	}
	return p
}

func accessRow(info prokura.PermissionInfo, advanced bool, used int) AccessRow {
	return AccessRow{Name: string(info.Name), Title: info.Title, Advanced: advanced, UsedBy: used}
}

// staffShown is how many apps stand on one page.
const staffShown = 50

func staffApps(q *kit.Request) error {
	query := q.R.URL.Query()
	p := &StaffPage{Query: clipText(kit.ValidText(query.Get("q")), 100), First: true}
	var after prokura.ID
	if text := query.Get("after"); text != "" {
		var err error
		if after, err = prokura.ParseID(text); err != nil {
			return kit.ErrNoPage
		}
		p.First = false
	}
	list, err := apps.All(q.Context(), q.Registry, q.Caller, p.Query, after, staffShown+1)
	if err != nil {
		return err
	}
	if len(list) > staffShown {
		list = list[:staffShown]
		p.Later = list[staffShown-1].ID.String()
	}
	p.Base, p.Apps = q.Base(), appRows(list)
	return q.Show(p)
}

// clipText keeps the first n characters of a search.
func clipText(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

func staffApp(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	v, err := apps.ForStaff(q.Context(), q.Registry, q.Caller, id)
	if err != nil {
		return err
	}
	return q.Show(decision(q, v))
}

// decidable says whether there is access to a permission to decide about: Login
// for Business offers it, or system users of other businesses hold it for the
// app (R-SU-04). What is not on the form is taken away with it.
func decidable(p prokura.PermissionInfo) bool { return (p.Supported() || p.SystemUser) && !p.Automatic }

// decision is the access page with a form on it.
func decision(q *kit.Request, v *apps.View) *AccessPage {
	p := accessOf(q, v)
	p.Edit = q.Caller.Person.Staff.AtLeast(prokura.StaffLead)
	catalog := q.Registry.Catalog()
	shown := p.Permissions
	p.Permissions = nil
	for _, info := range catalog.Permissions {
		if !decidable(info) {
			continue
		}
		row := accessRow(info, false, 0)
		if i := slices.IndexFunc(shown, func(r AccessRow) bool { return r.Name == row.Name }); i >= 0 {
			row = shown[i]
		}
		p.Permissions = append(p.Permissions, row)
	}
	return p
}

func staffDecide(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	access := apps.Access{Mode: prokura.AppMode(q.Field("mode")),
		Advanced: kit.Distinct[prokura.Permission](q.Fields("advanced")), Note: q.Text("note")}
	if access.Note == "" {
		err = prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(ProblemNoteMissing)).WithField("note")
	} else {
		err = apps.SetAccess(q.Context(), q.Registry, q.Caller, id, Version(q), access)
	}
	if err == nil {
		q.Flash(NoticeAccessSaved)
		return q.Redirect("/staff/apps/" + id.String())
	}
	return retryDecision(q, id, access, err)
}

// retryDecision shows the form again, as it was sent or, when the app was
// changed meanwhile, as the app is now.
func retryDecision(q *kit.Request, id prokura.ID, access apps.Access, refusal error) error {
	e := prokura.AsError(refusal)
	if _, ok := kit.Correctable(e.Reason); !ok && e.Reason != prokura.Conflict {
		return refusal
	}
	v, err := apps.ForStaff(q.Context(), q.Registry, q.Caller, id)
	if err != nil {
		return err
	}
	p := decision(q, v)
	if e.Reason == prokura.Conflict {
		return q.Outdated(p)
	}
	p.Mode, p.Note, p.Frame.Version = string(access.Mode), access.Note, Version(q)
	for i := range p.Permissions {
		p.Permissions[i].Advanced = slices.Contains(access.Advanced, prokura.Permission(p.Permissions[i].Name))
	}
	if slices.Contains(p.Frame.LiveMissing, e.Field) {
		e = prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(ProblemLiveMissing)).WithField("mode")
	}
	return q.Correct(p, kit.AtField(e, "permissions", "advanced"))
}
