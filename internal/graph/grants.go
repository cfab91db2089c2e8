package graph

import (
	"net/http"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry/grants"
)

var grantParams = append([]wire.Param{
	{Name: "type", Type: "string", About: "Only integration, system_user or person."},
	{Name: "app_id", Type: "id", About: "Only what this app holds."},
	{Name: "asset_id", Type: "id", About: "Only what reaches this asset of the business."},
}, pageParams...)

var grantParam = wire.Param{Name: "grant_id", Type: "id", About: "The entry's id on the list.", Required: true}

// grantEdges are the calls about every living token family of a business
// (R-TOKEN-11).
func (g *graph) grantEdges() []wire.Edge {
	return []wire.Edge{
		{On: []wire.Kind{business}, Name: "grants", Method: http.MethodGet, Terms: read, Act: prokura.ActListGrants, About: "Who holds power: every living grant to an app, every system user with tokens, and every app that acts with a person's place in the business.", Params: grantParams, Serve: g.grants},
		{On: []wire.Kind{business}, Name: "grants", Method: http.MethodPost, Terms: narrow, Act: prokura.ActNarrowGrant, About: "Takes permissions and assets from a grant; without any left it ends.", Params: []wire.Param{grantParam,
			{Name: "scope", Type: "list of permissions", About: "Those that stay; all when absent."},
			{Name: "asset", Type: "list of ids", About: "Those that stay; all when absent."}}, Serve: g.narrowGrant},
		{On: []wire.Kind{business}, Name: "grants", Method: http.MethodDelete, Terms: write, Act: prokura.ActEndGrant, About: "Ends a grant, all tokens of a system user for an app, or what an app can do with the business through a person.", Params: []wire.Param{grantParam}, Serve: g.endGrant},
	}
}

// grants serves GET {business}/grants.
func (g *graph) grants(c *wire.Call, w *wire.Writer) error {
	page, err := c.Page()
	if err != nil {
		return err
	}
	q := grants.FamilyQuery{After: page.From, Limit: page.Limit, Backward: page.Backward}
	if q.Type, err = c.Params.OneOf("type", grants.FamilyOfGrant, grants.FamilyOfSystemUser, grants.FamilyOfPerson); err != nil {
		return err
	}
	if q.App, err = c.Params.ID("app_id"); err != nil {
		return err
	}
	if q.Asset, err = c.Params.ID("asset_id"); err != nil {
		return err
	}
	list, err := grants.Families(c.Context, g.registry, visitOf(c).Caller, c.ID, q, page.Summary && q.Asset == 0)
	if err != nil {
		return err
	}
	return wire.PutList(c, w, page, wire.List[grants.Family]{Items: list.Families, More: list.More, Total: list.Total,
		ID: func(f grants.Family) prokura.ID { return f.ID }}, g.familyShape().Put)
}

// narrowGrant serves POST {business}/grants. The tokens of a system user are
// narrowed one by one, and no token has a name on the wire: that is for business
// settings.
func (g *graph) narrowGrant(c *wire.Call, w *wire.Writer) error {
	id, err := c.Params.ID("grant_id")
	if err != nil {
		return err
	}
	scopes, err := c.Params.Permissions("scope")
	if err != nil {
		return err
	}
	assets, err := c.Params.IDs("asset")
	if err != nil {
		return err
	}
	if scopes == nil && assets == nil {
		return prokura.Errorf(prokura.InvalidParameter, "What stays is not said: scope, asset or both are needed.").WithField("scope")
	}
	caller := visitOf(c).Caller
	v, err := grants.ShowFamily(c.Context, g.registry, caller, c.ID, id, grants.FamilyLook{})
	if err != nil {
		return err
	}
	if v.OfPerson() {
		return prokura.Errorf(prokura.InvalidParameter, "What a person gave an app is theirs to narrow. DELETE ends what the app can do with the business through them.").WithField("grant_id")
	}
	if v.Grant == nil {
		return prokura.Errorf(prokura.InvalidParameter, "The tokens of a system user are narrowed one by one, in business settings. DELETE ends all of them.").WithField("grant_id")
	}
	keep := grants.Narrowing{Scopes: scopes, AllScopes: scopes == nil, Assets: assets, AllAssets: assets == nil}
	ended, err := grants.Narrow(c.Context, g.registry, caller, c.ID, id, keep)
	if err != nil {
		return err
	}
	w.Open('{').Key("success").Bool(true)
	w.Key("ended").Bool(ended)
	w.Close('}')
	return nil
}

// endGrant serves DELETE {business}/grants.
func (g *graph) endGrant(c *wire.Call, w *wire.Writer) error {
	id, err := c.Params.ID("grant_id")
	if err != nil {
		return err
	}
	if err := grants.EndFamily(c.Context, g.registry, visitOf(c).Caller, c.ID, id); err != nil {
		return err
	}
	w.Success()
	return nil
}

// familyShape is the shape of a family. Its id is one of the list alone: a
// grant is no node, and system users are named, since their ids inside an app
// are told by system_users under conditions of its own.
func (g *graph) familyShape() *wire.Shape[grants.Family] {
	type row = wire.Attr[grants.Family]
	rows := []row{
		{Name: "type", Put: func(w *wire.Writer, f grants.Family) { w.String(f.Type()) }},
		{Name: "app", Put: func(w *wire.Writer, f grants.Family) { named(w, f.App.ID, f.App.Name) }},
		{Name: "configuration", Put: func(w *wire.Writer, f grants.Family) {
			if f.Grant != nil && f.Grant.Configuration != nil && f.Grant.Configuration.Deleted == 0 {
				named(w, f.Grant.Configuration.ID, f.Grant.Configuration.Name)
			}
		}},
		{Name: "person", Put: func(w *wire.Writer, f grants.Family) { // by their place in the business (T41)
			if f.OfPerson() {
				named(w, f.Member.ID, f.By)
			}
		}},
		{Name: "system_user", Put: func(w *wire.Writer, f grants.Family) {
			if f.OfPerson() {
				return
			}
			w.Open('{').Key("name").String(f.SystemUser.Name)
			w.Key("role").String(string(f.SystemUser.Role))
			w.Close('}')
		}},
		{Name: "granted_by", Put: func(w *wire.Writer, f grants.Family) {
			if f.By != "" {
				w.Open('{').Key("name").String(f.By)
				w.Close('}')
			}
		}},
		{Name: "scopes", Put: func(w *wire.Writer, f grants.Family) { wire.Strings(w, g.catalog.Names(f.Scopes)) }},
		{Name: "assets", Put: putReach},
		{Name: "tokens", Put: func(w *wire.Writer, f grants.Family) {
			w.Open('{')
			w.Key("root").Int(int64(f.Roots()))
			w.Key("granular").Int(int64(f.Working(prokura.TokenChild)))
			w.Key("page").Int(int64(f.Working(prokura.TokenPage)))
			if f.More {
				w.Key("more").Bool(true)
			}
			w.Close('}')
		}},
		{Name: "created_time", Put: func(w *wire.Writer, f grants.Family) { w.Time(f.Created) }},
		{Name: "updated_time", Put: func(w *wire.Writer, f grants.Family) { w.Time(f.Updated) }},
		{Name: "expiration_time", Put: func(w *wire.Writer, f grants.Family) { w.Time(f.Ends()) }},
		{Name: "last_used_time", Put: func(w *wire.Writer, f grants.Family) { w.Time(f.Used) }},
	}
	for i := range rows {
		rows[i].Default = true
	}
	return &wire.Shape[grants.Family]{Type: "Grant", ID: func(f grants.Family) string { return f.ID.String() }, Attrs: rows}
}

// putReach tells how far a family reaches: chosen assets, whatever is assigned
// to the system user, or everything of the business; and how many of each kind
// that is now.
func putReach(w *wire.Writer, f grants.Family) {
	reach := "chosen"
	switch {
	case f.Reach.Everything:
		reach = "everything"
	case f.Reach.Assigned:
		reach = "assigned"
	}
	w.Open('{').Key("reach").String(reach)
	w.Key("total").Int(int64(f.Reach.Assets()))
	w.Key("kinds").Open('[')
	for _, k := range f.Reach.Kinds {
		w.Open('{').Key("type").String(string(k.Kind))
		w.Key("count").Int(int64(k.Number))
		w.Close('}')
	}
	w.Close(']').Close('}')
}

func named(w *wire.Writer, id prokura.ID, name string) {
	w.Open('{').Key("id").ID(id)
	w.Key("name").String(name)
	w.Close('}')
}
