package web

import (
	"net/url"
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/grants"
)

const connectedPath = "/business/{id}/integrations/connected-apps"

var businessRoutes = []route{
	{pattern: "GET /business", serve: (*request).businesses},
	{pattern: "GET /business/new", serve: (*request).businessNewPage},
	{pattern: "POST /business/new", serve: (*request).businessNew},
	{pattern: "GET /business/{id}", serve: (*request).business},
	{pattern: "GET " + connectedPath, serve: (*request).connectedApps},
	{pattern: "GET " + connectedPath + "/{app}", serve: (*request).connectedApp},
	{pattern: "GET " + connectedPath + "/{app}/remove", serve: (*request).connectedAppRemovePage},
	{pattern: "POST " + connectedPath + "/{app}/remove", serve: (*request).connectedAppRemove},
}

func (q *request) businesses() error {
	list, err := businesses.Summaries(q.ctx(), q.Registry, q.caller)
	if err != nil {
		return err
	}
	p := &BusinessesPage{Base: q.base()}
	for _, b := range list {
		p.Businesses = append(p.Businesses, BusinessRow{
			BusinessView: BusinessView{ID: b.Business.String(), Name: b.Name, Verified: b.Verified},
			FullControl:  b.Role == prokura.RoleAdmin, Lacking: b.Lacking, People: b.People, Assets: b.Assets, Apps: b.Apps})
	}
	return q.show(p)
}

func (q *request) businessNewPage() error { return q.show(&BusinessNewPage{Base: q.base()}) }

func (q *request) businessNew() error {
	id, err := businesses.Create(q.ctx(), q.Registry, q.caller, q.field("name"))
	if err != nil {
		return q.correct(&BusinessNewPage{Base: q.base(), Name: q.field("name")}, err)
	}
	q.flash(NoticeBusinessCreated, "business", strings.TrimSpace(q.field("name")))
	return q.redirect("/business/" + id.String())
}

func (q *request) business() error {
	id, err := q.id("id")
	if err != nil {
		return err
	}
	b, err := businesses.Get(q.ctx(), q.Registry, q.caller, id)
	if err != nil {
		return err
	}
	p := &BusinessHomePage{Base: q.base(), Business: businessView(b.Business), FullControl: b.Role == prokura.RoleAdmin, Connected: b.Connected}
	for _, m := range b.Members {
		p.People = append(p.People, MemberRow{PersonView: PersonView{ID: m.Person.String(), Name: m.Name, Email: m.Email},
			FullControl: m.Role == prokura.RoleAdmin, Self: m.Person == q.caller.Person.ID})
	}
	slices.SortStableFunc(p.People, func(a, b MemberRow) int {
		if a.FullControl != b.FullControl {
			if a.FullControl {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	for _, k := range q.Registry.Catalog().Kinds {
		if n := b.Assets[k.Kind]; n > 0 {
			p.Kinds = append(p.Kinds, q.assetKinds([]prokura.ConfigurationAsset{{Kind: k.Kind}}, b.First[k.Kind], false)...)
			p.Counts = append(p.Counts, n)
		}
	}
	return q.show(p)
}

func (q *request) connectedApps() error {
	b, err := q.businessFrame()
	if err != nil {
		return err
	}
	list, err := grants.ConnectedApps(q.ctx(), q.Registry, q.caller, b.Business.ID)
	if err != nil {
		return err
	}
	p := &ConnectedAppsPage{Base: q.base(), Business: businessView(b.Business), FullControl: b.Role == prokura.RoleAdmin}
	// One row for each app, whatever the number of its configurations: newest first.
	var apps []prokura.ID
	byApp := map[prokura.ID][]grants.View{}
	for _, g := range list {
		if byApp[g.App.ID] == nil {
			apps = append(apps, g.App.ID)
		}
		byApp[g.App.ID] = append(byApp[g.App.ID], g)
	}
	for _, id := range apps {
		p.Apps = append(p.Apps, q.connectedRow(byApp[id]))
	}
	return q.show(p)
}

func (q *request) connectedRow(list []grants.View) ConnectedAppRow {
	catalog := q.Registry.Catalog()
	var scopes prokura.PermissionSet
	var issued prokura.Instant
	for _, g := range list {
		scopes, issued = scopes.Or(g.Scopes), max(issued, g.LastIssued())
	}
	row := ConnectedAppRow{App: appView(list[0].App, list[0].Owner), Permissions: len(catalog.Names(scopes)), Assets: countAssets(list),
		Granted: Since{By: list[0].GrantedBy.Name, At: list[0].Grant.Created.Time()}, LastIssued: moment(issued)}
	for _, name := range catalog.Names(scopes) {
		info, _ := catalog.Permission(name)
		row.Risky = row.Risky || info.Risk != prokura.RiskNone
	}
	return row
}

// countAssets counts the assets of all grants, each once.
func countAssets(list []grants.View) int {
	var all []prokura.ID
	for _, g := range list {
		all = append(all, g.Grant.Assets...)
	}
	slices.Sort(all)
	return len(slices.Compact(all))
}

// connected loads the grants of the app in the path.
func (q *request) connected() (*businesses.View, []grants.View, error) {
	b, err := q.businessFrame()
	if err != nil {
		return nil, nil, err
	}
	app, err := q.id("app")
	if err != nil {
		return nil, nil, err
	}
	list, err := grants.ConnectedApp(q.ctx(), q.Registry, q.caller, b.Business.ID, app)
	return b, list, err
}

func (q *request) connectedApp() error {
	b, list, err := q.connected()
	if err != nil {
		return err
	}
	first := list[0]
	p := &ConnectedAppPage{Base: q.base(), Business: businessView(b.Business), FullControl: b.Role == prokura.RoleAdmin,
		App: appView(first.App, first.Owner), SystemUser: first.Grant.SystemUser.String()}
	kinds := []TokenKindRow{{Kind: "root"}, {Kind: "granular"}}
	for _, g := range list {
		p.Grants = append(p.Grants, q.grantView(g))
		for _, c := range g.Tokens {
			i := 0
			if c.Kind == prokura.TokenChild {
				i = 1
			} else if c.Kind != prokura.TokenIntegration {
				continue
			}
			kinds[i].Working += c.Number
			if at := moment(c.Newest); at.After(kinds[i].LastIssued) {
				kinds[i].LastIssued = at
			}
		}
	}
	p.Tokens = kinds
	return q.show(p)
}

func (q *request) grantView(g grants.View) GrantView {
	v := GrantView{ID: g.Grant.ID.String(), Granted: Since{By: g.GrantedBy.Name, At: g.Grant.Created.Time()},
		Expires: g.Grant.ExpiresInDays != 0, Groups: q.permissionGroups(g.Scopes),
		Assets: cutKinds(q.assetKinds(g.Grant.Kinds, g.Assets, false), "."+g.Grant.ID.String(), q.r.URL.Path, q.r.URL.Query(), url.Values{})}
	if g.Grant.Updated != g.Grant.Created {
		v.Updated = g.Grant.Updated.Time()
	}
	if c := g.Configuration; c != nil && c.Deleted == 0 {
		v.Configuration, v.ConfigID = c.Name, c.ID.String()
	}
	return v
}

// connectedAppRemovePage asks before the removal, and only those who may remove.
func (q *request) connectedAppRemovePage() error {
	b, list, err := q.connected()
	if err != nil {
		return err
	}
	if b.Role != prokura.RoleAdmin {
		return prokura.Errorf(prokura.RoleMissing, "This needs full control of the business.")
	}
	p := &ConnectedAppRemovePage{Base: q.base(), Business: businessView(b.Business), App: appView(list[0].App, list[0].Owner),
		Grants: len(list), Assets: countAssets(list)}
	for _, g := range list {
		p.Tokens += g.Working("")
	}
	return q.show(p)
}

// connectedAppRemove ends what the business gave to the app, at once
// (R-TOKEN-11).
func (q *request) connectedAppRemove() error {
	b, list, err := q.connected()
	if err != nil {
		return err
	}
	if err := grants.RemoveConnectedApp(q.ctx(), q.Registry, q.caller, b.Business.ID, list[0].App.ID); err != nil {
		return err
	}
	q.flash(NoticeAppDisconnected, "app", list[0].App.Name, "business", b.Business.Name)
	return q.redirect("/business/" + b.Business.ID.String() + "/integrations/connected-apps")
}
