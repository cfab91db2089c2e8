package graph

import (
	"context"
	"net/http"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/systemusers"
)

var (
	businessAppParam = wire.Param{Name: "business_app", Type: "id", About: "The app.", Required: true}

	systemUserParams = []wire.Param{
		{Name: "name", Type: "string", About: "The system user's name, at most 100 characters."},
		{Name: "role", Type: "string", About: "ADMIN or EMPLOYEE; EMPLOYEE for a new one that says nothing."},
		{Name: "system_user_id", Type: "id", About: "An existing system user that gets name and role; none: a new one is made."},
	}
	systemUserTokenParams = []wire.Param{
		businessAppParam,
		{Name: "scope", Type: "list of permissions", About: "What the token may do.", Required: true},
		{Name: "appsecret_proof", Type: "string", About: "Proof of the calling token, which must be of the same app."},
		{Name: "set_token_expires_in_60_days", Type: "boolean", About: "The new token ends after 60 days."},
	}
)

// systemUserEdges are the calls about system users: making them, installing
// apps, cutting tokens (R-SU-01 … -06). Those on a system user are about the
// one in the path, whoever calls.
func (g *graph) systemUserEdges() []wire.Edge {
	list := g.systemUserItem()
	on := []wire.Kind{systemUser}
	return []wire.Edge{
		{On: []wire.Kind{business}, Name: "system_users", Method: http.MethodGet, Terms: read, Act: prokura.ActListSystemUsers, About: "The system users that the business made, with ids of the calling app.", Params: pageParams, Serve: g.systemUsers(list)},
		{On: []wire.Kind{business}, Name: "system_users", Method: http.MethodPost, Terms: write, Act: prokura.ActCreateSystemUser, About: "Makes a system user, or changes name and role of one.", Params: systemUserParams, Serve: g.putSystemUser},
		{On: on, Name: "applications", Method: http.MethodGet, Terms: read, Act: prokura.ActReadSystemUser, About: "The apps that the system user has installed.", Serve: g.installedApps},
		{On: on, Name: "applications", Method: http.MethodPost, Terms: write, Act: prokura.ActInstallApp, About: "Installs an app for the system user.", Params: []wire.Param{businessAppParam}, Serve: g.install(systemusers.Install)},
		{On: on, Name: "applications", Method: http.MethodDelete, Terms: write, Act: prokura.ActUninstallApp, About: "Takes an app away; the system user's tokens for it end.", Params: []wire.Param{businessAppParam}, Serve: g.install(systemusers.Uninstall)},
		{On: on, Name: "access_tokens", Method: http.MethodPost, Terms: write, Act: prokura.ActMintSystemUserToken, About: "Cuts a token of the system user for an app that it has installed.", Params: systemUserTokenParams, Serve: g.mintSystemUserToken},
		{On: on, Name: "access_tokens", Method: http.MethodDelete, Terms: write, Act: prokura.ActEndSystemUserTokens, About: "Ends the system user's tokens for the calling app.", Serve: g.endSystemUserTokens},
		{On: on, Name: "ads_access_token", Method: http.MethodPost, Terms: write, Act: prokura.ActMintSystemUserToken, About: "The former name of access_tokens; always an error.", Serve: renamed("ads_access_token", "access_tokens")},
	}
}

// systemUserFields are what a system user has beside the fields of all users.
func (g *graph) systemUserFields() []wire.Attr[*node] {
	return []wire.Attr[*node]{
		{Name: "role", Type: "string", About: "ADMIN or EMPLOYEE.", Put: func(w *wire.Writer, n *node) {
			if r := n.SystemUser.Role; r != prokura.SystemUserIntegration {
				w.String(string(r))
			}
		}},
		{Name: "created_time", Type: "datetime", About: "When it was made.", Put: func(w *wire.Writer, n *node) { w.Time(n.SystemUser.Created) }},
		{Name: "created_by", Type: "User", About: "Who made it, by the id inside the business.", Serve: g.systemUserCreator},
		{Name: "business", Type: "Business", About: "The business that it belongs to.", Serve: func(c *wire.Call, w *wire.Writer, n *node) error {
			return g.owner(c, w, asset{ListedAsset: registry.ListedAsset{Asset: prokura.Asset{Business: n.SystemUser.Business}}})
		}},
	}
}

// systemUserItem is the shape of a system user on a list: that of its node,
// with more fields unasked.
func (g *graph) systemUserItem() *wire.Shape[*node] {
	s := g.userShape("SystemUser", systemUser)
	for i := range s.Attrs {
		a := &s.Attrs[i]
		a.Default = a.Name == "name" || a.Name == "role"
	}
	return s
}

// systemUserCreator names the creator where the caller may know: nobody, when
// they are gone.
func (g *graph) systemUserCreator(c *wire.Call, w *wire.Writer, n *node) error {
	id, name, err := systemusers.Creator(c.Context, g.registry, visitOf(c).Caller, *n.SystemUser)
	if err != nil || id == 0 {
		return err
	}
	w.Open('{')
	w.Key("id").ID(id)
	w.Key("name").String(name)
	w.Close('}')
	return nil
}

// systemUsers serves GET {business}/system_users. Cursors hold the order of the
// registry; ids are those of the calling app.
func (g *graph) systemUsers(s *wire.Shape[*node]) func(*wire.Call, *wire.Writer) error {
	return func(c *wire.Call, w *wire.Writer) error {
		page, err := c.Page()
		if err != nil {
			return err
		}
		list, err := systemusers.List(c.Context, g.registry, visitOf(c).Caller, c.ID, page.From, page.Backward, page.Limit, page.Summary)
		if err != nil {
			return err
		}
		users := make([]*node, len(list.Users))
		for i, u := range list.Users {
			users[i] = systemUserNode(u)
		}
		return wire.PutList(c, w, page, wire.List[*node]{Items: users, More: list.More, Total: list.Total,
			ID: func(n *node) prokura.ID { return n.SystemUser.ID }}, s.Put)
	}
}

// putSystemUser serves POST {business}/system_users.
func (g *graph) putSystemUser(c *wire.Call, w *wire.Writer) error {
	name, caller := c.Params.Text("name"), visitOf(c).Caller
	role, err := c.Params.OneOf("role", string(prokura.SystemUserAdmin), string(prokura.SystemUserEmployee))
	if err != nil {
		return err
	}
	id, err := c.Params.ID("system_user_id")
	if err != nil {
		return err
	}
	if id == 0 && c.Params.Has("system_user_id") { // an empty one must not make another
		return prokura.Errorf(prokura.InvalidParameter, "system_user_id is empty.").WithField("system_user_id")
	}
	if id != 0 {
		err = systemusers.Update(c.Context, g.registry, caller, c.ID, id, name, prokura.SystemUserRole(role))
	} else {
		if role == "" {
			role = string(prokura.SystemUserEmployee)
		}
		id, err = systemusers.Create(c.Context, g.registry, caller, c.ID, name, prokura.SystemUserRole(role))
	}
	if err != nil {
		return err
	}
	w.Open('{').Key("id").ID(id)
	w.Close('}')
	return nil
}

// installedApps serves GET {system user}/applications.
func (g *graph) installedApps(c *wire.Call, w *wire.Writer) error {
	list, err := systemusers.InstalledApps(c.Context, g.registry, visitOf(c).Caller, c.ID)
	if err != nil {
		return err
	}
	nodes := make([]*node, len(list))
	for i, a := range list {
		nodes[i] = &node{Kind: prokura.NodeApp, ID: a.App.ID, App: &a.App, Owner: a.Owner}
	}
	return wire.PutList(c, w, wire.Page{Summary: c.Params.Summary()}, wire.List[*node]{Items: nodes, Total: len(nodes)}, g.app.Put)
}

// install serves POST and DELETE {system user}/applications.
func (g *graph) install(act func(ctx context.Context, r *registry.Registry, c registry.Caller, id, app prokura.ID) error) func(*wire.Call, *wire.Writer) error {
	return func(c *wire.Call, w *wire.Writer) error {
		app, err := c.Params.ID("business_app")
		if err != nil {
			return err
		}
		if err := act(c.Context, g.registry, visitOf(c).Caller, c.ID, app); err != nil {
			return err
		}
		w.Success()
		return nil
	}
}

// mintSystemUserToken serves POST {system user}/access_tokens (R-SU-04).
func (g *graph) mintSystemUserToken(c *wire.Call, w *wire.Writer) error {
	if err := onlyToken(c); err != nil {
		return err
	}
	req := systemusers.TokenRequest{SystemUser: c.ID}
	var err error
	if req.App, err = c.Params.ID("business_app"); err != nil {
		return err
	}
	if req.Scopes, err = c.Params.Permissions("scope"); err != nil {
		return err
	}
	if req.In60Days, err = c.Params.Bool("set_token_expires_in_60_days"); err != nil {
		return err
	}
	token, err := systemusers.Mint(c.Context, g.registry, visitOf(c).Caller, req)
	if err != nil {
		return err
	}
	w.Open('{').Key("access_token").Secret(token.Secret)
	w.Close('}')
	return nil
}

// endSystemUserTokens serves DELETE {system user}/access_tokens.
func (g *graph) endSystemUserTokens(c *wire.Call, w *wire.Writer) error {
	caller := visitOf(c).Caller
	if err := systemusers.EndTokens(c.Context, g.registry, caller, c.ID, caller.App.ID); err != nil {
		return err
	}
	w.Success()
	return nil
}

// renamed refuses a call by its former name (R-SU-05).
func renamed(old, now string) func(*wire.Call, *wire.Writer) error {
	return func(*wire.Call, *wire.Writer) error {
		return prokura.Errorf(prokura.InvalidParameter, "The edge %s was renamed: use %s.", old, now)
	}
}
