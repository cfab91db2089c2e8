package graph

import (
	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/picture"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
)

// appShape is the shape of an app (docs/wire.md): its public face to
// everybody with a token, and what its own people and tokens see.
func (g *graph) appShape() *wire.Shape[*node] {
	public := func(name, about string, text func(*node) string) wire.Attr[*node] {
		return wire.Attr[*node]{Name: name, Type: "string", About: about, Put: func(w *wire.Writer, n *node) { w.String(text(n)) }}
	}
	own := func(name, kind, about string, put func(*wire.Writer, *node)) wire.Attr[*node] {
		return wire.Attr[*node]{Name: name, Type: kind, About: about, Put: func(w *wire.Writer, n *node) {
			if n.OwnPeople {
				put(w, n)
			}
		}}
	}
	picture := func(name string) wire.Attr[*node] {
		return wire.Attr[*node]{Name: name, Type: "string", About: "The app's picture.", Serve: func(c *wire.Call, w *wire.Writer, n *node) error {
			w.String(picture.URL(c.BaseURL(), n.ID, picture.Default, picture.Default))
			return nil
		}}
	}
	owner := func(w *wire.Writer, n *node) {
		if n.Owner.ID != 0 {
			w.Open('{')
			w.Key("id").ID(n.Owner.ID)
			w.Key("name").String(n.Owner.Name)
			w.Close('}')
		}
	}
	s := &wire.Shape[*node]{Type: "Application", Kind: app, ID: nodeID, Attrs: []wire.Attr[*node]{
		public("category", "What the app is about.", func(n *node) string { return n.App.Settings.Category }),
		{Name: "link", Type: "string", About: "Where the app is.", Serve: func(c *wire.Call, w *wire.Writer, n *node) error {
			if n.App.Settings.SiteURL != "" {
				w.String(n.App.Settings.SiteURL)
			} else {
				w.String(c.BaseURL() + "/" + n.ID.String())
			}
			return nil
		}},
		public("name", "The app's name.", func(n *node) string { return n.App.Name }),
		public("app_name", "The app's name.", func(n *node) string { return n.App.Name }),
		public("company", "Who offers the app.", func(n *node) string { return n.Owner.Name }),
		public("privacy_policy_url", "What the app does with data.", func(n *node) string { return n.App.Settings.PrivacyPolicyURL }),
		public("terms_of_service_url", "The app's terms.", func(n *node) string { return n.App.Settings.TermsURL }),
		public("website_url", "The app's site.", func(n *node) string { return n.App.Settings.SiteURL }),
		picture("logo_url"), picture("icon_url"), picture("photo_url"),

		own("app_domains", "list", "Domains of the app.", func(w *wire.Writer, n *node) { wire.Strings(w, n.App.Settings.Domains) }),
		own("app_type", "integer", "0: an app on the web.", func(w *wire.Writer, _ *node) { w.Int(0) }),
		own("business", "Business", "The business that owns the app.", owner),
		own("owner_business", "Business", "The business that owns the app.", owner),
		own("contact_email", "string", "How to reach the app's people.", func(w *wire.Writer, n *node) { w.String(n.App.Settings.Contact) }),
		own("created_time", "datetime", "When the app was made.", func(w *wire.Writer, n *node) { w.Time(n.App.Created) }),
		own("deauth_callback_url", "string", "What is told when somebody removes the app.", func(w *wire.Writer, n *node) { w.String(n.App.Settings.DeauthorizeCallback) }),
		own("server_ip_whitelist", "list", "Where calls with the app's secret may come from.", func(w *wire.Writer, n *node) { wire.Strings(w, n.App.Settings.ServerIPs) }),
		{Name: "config_ids", Type: "list", About: "The app's login configurations.", Serve: g.configurationIDs},
	}}
	for i := range s.Attrs {
		switch s.Attrs[i].Name {
		case "category", "link", "name":
			s.Attrs[i].Default = true
		}
	}
	return complete(s, s.Type)
}

// configurationIDs writes the app's configurations as {id, name}.
func (g *graph) configurationIDs(c *wire.Call, w *wire.Writer, n *node) error {
	if !n.OwnPeople {
		return nil
	}
	list, err := apps.Configurations(c.Context, g.registry, visitOf(c).Caller, n.ID)
	if err != nil {
		return err
	}
	w.Open('[')
	for _, conf := range list {
		w.Open('{')
		w.Key("id").ID(conf.ID)
		w.Key("name").String(conf.Name)
		w.Close('}')
	}
	w.Close(']')
	return nil
}

// ownApp is the caller of an edge of an app. Of other apps than the caller's
// there is a public face and nothing behind it.
func ownApp(c *wire.Call) (registry.Caller, error) {
	v := visitOf(c)
	if !v.node.Self {
		return registry.Caller{}, prokura.Errorf(prokura.NotFound, "")
	}
	return v.Caller, nil
}

// roleWords are the names of roles on this wire.
var roleWords = map[prokura.AppRole]string{
	prokura.AppAdmin:     "administrators",
	prokura.AppDeveloper: "developers",
	prokura.AppTester:    "testers",
	prokura.AppAnalyst:   "insights users",
}

// roles serves {app}/roles, with app-scoped ids.
func (g *graph) roles(c *wire.Call, w *wire.Writer) error {
	caller, err := ownApp(c)
	if err != nil {
		return err
	}
	list, err := apps.RolesOf(c.Context, g.registry, caller, c.ID)
	if err != nil {
		return err
	}
	return wire.PutList(c, w, wire.Page{Summary: c.Params.Summary()}, wire.List[prokura.Role]{Items: list, Total: len(list)}, roleShape.Put)
}

var roleShape = &wire.Shape[prokura.Role]{Type: "ApplicationRole", Attrs: []wire.Attr[prokura.Role]{
	{Name: "app_id", Default: true, Put: func(w *wire.Writer, r prokura.Role) { w.ID(r.App) }},
	{Name: "user", Default: true, Put: func(w *wire.Writer, r prokura.Role) { w.ID(r.Subject) }},
	{Name: "role", Default: true, Put: func(w *wire.Writer, r prokura.Role) { w.String(roleWords[r.Role]) }},
}}
