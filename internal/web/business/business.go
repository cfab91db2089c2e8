package business

import (
	"net/url"
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/web/kit"
)

const connectedPath = "/business/{id}/integrations/connected-apps"

var homeRoutes = []kit.Route{
	{Pattern: "GET /business", Serve: listBusinesses},
	{Pattern: "GET /business/new", Serve: newPage},
	{Pattern: "POST /business/new", Serve: create},
	{Pattern: "GET /business/{id}", Serve: showHome},
	{Pattern: "GET " + connectedPath, Serve: connectedApps},
	{Pattern: "GET " + connectedPath + "/{app}", Serve: connectedApp},
	{Pattern: "GET " + connectedPath + "/{app}/remove", Serve: connectedAppRemovePage},
	{Pattern: "POST " + connectedPath + "/{app}/remove", Serve: connectedAppRemove},
}

func listBusinesses(q *kit.Request) error {
	list, err := businesses.Summaries(q.Context(), q.Registry, q.Caller)
	if err != nil {
		return err
	}
	p := &ListPage{Base: q.Base()}
	for _, b := range list {
		p.Businesses = append(p.Businesses, Row{
			BusinessView: kit.BusinessView{ID: b.Business.String(), Name: b.Name, Verified: b.Verified},
			FullControl:  b.Role == prokura.RoleAdmin, Lacking: b.Lacking, People: b.People, Assets: b.Assets, Apps: b.Apps})
	}
	return q.Show(p)
}

func newPage(q *kit.Request) error { return q.Show(&kit.BusinessNewPage{Base: q.Base()}) }

func create(q *kit.Request) error {
	id, err := businesses.Create(q.Context(), q.Registry, q.Caller, q.Field("name"))
	if err != nil {
		return q.Correct(&kit.BusinessNewPage{Base: q.Base(), Name: q.Field("name")}, err)
	}
	q.Flash(NoticeBusinessCreated, "business", strings.TrimSpace(q.Field("name")))
	return q.Redirect("/business/" + id.String())
}

func showHome(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	b, err := businesses.Get(q.Context(), q.Registry, q.Caller, id)
	if err != nil {
		return err
	}
	p := &HomePage{Base: q.Base(), Business: kit.BusinessOf(b.Business), FullControl: b.Role == prokura.RoleAdmin, Connected: b.Connected}
	for _, m := range b.Members {
		p.People = append(p.People, MemberRow{PersonView: kit.PersonView{ID: m.Person.String(), Name: m.Name, Email: m.Email},
			FullControl: m.Role == prokura.RoleAdmin, Self: m.Person == q.Caller.Person.ID})
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
			p.Kinds = append(p.Kinds, q.AssetKinds([]prokura.ConfigurationAsset{{Kind: k.Kind}}, prokura.PermissionSet{}, b.First[k.Kind], true)...)
			p.Counts = append(p.Counts, n)
		}
	}
	return q.Show(p)
}

func connectedApps(q *kit.Request) error {
	b, err := q.Business()
	if err != nil {
		return err
	}
	list, err := grants.ConnectedApps(q.Context(), q.Registry, q.Caller, b.Business.ID)
	if err != nil {
		return err
	}
	p := &ConnectedAppsPage{Base: q.Base(), Business: kit.BusinessOf(b.Business), FullControl: b.Role == prokura.RoleAdmin}
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
		p.Apps = append(p.Apps, connectedRow(q, byApp[id]))
	}
	return q.Show(p)
}

func connectedRow(q *kit.Request, list []grants.View) ConnectedAppRow {
	catalog := q.Registry.Catalog()
	var scopes prokura.PermissionSet
	var issued prokura.Instant
	for _, g := range list {
		scopes, issued = scopes.Or(g.Scopes), max(issued, g.LastIssued())
	}
	row := ConnectedAppRow{App: kit.AppOf(list[0].App, list[0].Owner), Permissions: len(catalog.Names(scopes)), Assets: countAssets(list),
		Granted: kit.Since{By: list[0].GrantedBy.Name, At: list[0].Grant.Created.Time()}, LastIssued: kit.Moment(issued)}
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
func connected(q *kit.Request) (*businesses.View, []grants.View, error) {
	b, err := q.Business()
	if err != nil {
		return nil, nil, err
	}
	app, err := q.ID("app")
	if err != nil {
		return nil, nil, err
	}
	list, err := grants.ConnectedApp(q.Context(), q.Registry, q.Caller, b.Business.ID, app)
	return b, list, err
}

func connectedApp(q *kit.Request) error {
	b, list, err := connected(q)
	if err != nil {
		return err
	}
	first := list[0]
	p := &ConnectedAppPage{Base: q.Base(), Business: kit.BusinessOf(b.Business), FullControl: b.Role == prokura.RoleAdmin,
		App: kit.AppOf(first.App, first.Owner), SystemUser: first.Grant.SystemUser.String()}
	kinds := []TokenKindRow{{Kind: "root"}, {Kind: "granular"}}
	for _, g := range list {
		p.More = p.More || g.More
		p.Grants = append(p.Grants, grantView(q, g))
		for _, c := range g.Tokens {
			i := 0
			if c.Kind == prokura.TokenChild {
				i = 1
			} else if c.Kind != prokura.TokenIntegration {
				continue
			}
			kinds[i].Working += c.Number
			if at := kit.Moment(c.Newest); at.After(kinds[i].LastIssued) {
				kinds[i].LastIssued = at
			}
		}
	}
	p.Tokens = kinds
	return q.Show(p)
}

func grantView(q *kit.Request, g grants.View) GrantView {
	v := GrantView{ID: g.Grant.ID.String(), Granted: kit.Since{By: g.GrantedBy.Name, At: g.Grant.Created.Time()},
		Expires: g.Grant.ExpiresInDays != 0, Groups: q.PermissionGroups(g.Scopes),
		Assets: kit.CutKinds(q.AssetKinds(g.Grant.Kinds, g.Scopes, g.Assets, false), "."+g.Grant.ID.String(), q.R.URL.Path, q.R.URL.Query(), url.Values{})}
	if g.Grant.Updated != g.Grant.Created {
		v.Updated = g.Grant.Updated.Time()
	}
	if c := g.Configuration; c != nil && c.Deleted == 0 {
		v.Configuration, v.ConfigID = c.Name, c.ID.String()
	}
	return v
}

// connectedAppRemovePage asks before the removal, and only those who may remove.
func connectedAppRemovePage(q *kit.Request) error {
	b, list, err := connected(q)
	if err != nil {
		return err
	}
	if b.Role != prokura.RoleAdmin {
		return prokura.Errorf(prokura.RoleMissing, "This needs full control of the business.")
	}
	p := &ConnectedAppRemovePage{Base: q.Base(), Business: kit.BusinessOf(b.Business), App: kit.AppOf(list[0].App, list[0].Owner),
		Grants: len(list), Assets: countAssets(list)}
	for _, g := range list {
		p.Tokens += g.Working("")
		p.More = p.More || g.More
	}
	return q.Show(p)
}

// connectedAppRemove ends what the business gave to the app, at once
// (R-TOKEN-11).
func connectedAppRemove(q *kit.Request) error {
	b, err := q.BusinessHead()
	if err != nil {
		return err
	}
	app, err := q.ID("app")
	if err != nil {
		return err
	}
	// Nothing that hangs on it is looked at: that may be a million tokens.
	a, err := grants.FindConnected(q.Context(), q.Registry, q.Caller, b.Business.ID, app)
	if err != nil {
		return err
	}
	if err := grants.RemoveConnectedApp(q.Context(), q.Registry, q.Caller, b.Business.ID, app); err != nil {
		return err
	}
	q.Flash(NoticeAppDisconnected, "app", a.Name, "business", b.Business.Name)
	return q.Redirect("/business/" + b.Business.ID.String() + "/integrations/connected-apps")
}
