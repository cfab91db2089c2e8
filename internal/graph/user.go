package graph

import (
	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry"
)

// userFields are the fields of people and system users: on this wire both are
// a User.
var userFields = []wire.Attr[*node]{
	{Name: "name", Type: "string", About: "The full name.", Default: true, Put: func(w *wire.Writer, n *node) { w.String(nameOf(n)) }},
	{Name: "first_name", Type: "string", About: "The given names.", Put: func(w *wire.Writer, n *node) { w.String(n.Person.FirstName()) }},
	{Name: "last_name", Type: "string", About: "The family name.", Put: func(w *wire.Writer, n *node) { w.String(n.Person.LastName()) }},
	{Name: "short_name", Type: "string", About: "What to call them.", Put: func(w *wire.Writer, n *node) { w.String(n.Person.FirstName()) }},
	{Name: "name_format", Type: "string", About: "How the names go together.", Put: func(w *wire.Writer, n *node) {
		if n.Kind == prokura.NodePerson {
			w.String("{first} {last}")
		}
	}},
	{Name: "link", Type: "string", About: "The node's address.", Serve: func(c *wire.Call, w *wire.Writer, n *node) error {
		w.String(c.BaseURL() + "/" + n.ID.String())
		return nil
	}},
	{Name: "client_business_id", Type: "numeric string", About: "The client business that an integration system user stands in.", Put: func(w *wire.Writer, n *node) {
		if n.SystemUser.Role == prokura.SystemUserIntegration {
			w.ID(n.Business.ID)
		}
	}},
	{Name: "installed", Type: "bool", About: "Whether the app may speak with the user.", Put: func(w *wire.Writer, _ *node) { w.Bool(true) }},
}

func nameOf(n *node) string {
	if n.Kind == prokura.NodePerson {
		return n.Person.Name
	}
	return n.SystemUser.Name
}

func (g *graph) userShape(name string, kind wire.Kind) *wire.Shape[*node] {
	s := &wire.Shape[*node]{Type: name, Kind: kind, ID: nodeID, Attrs: append([]wire.Attr[*node]{
		{Name: "email", Type: "string", About: "The address, with the permission email.", Serve: g.email},
		{Name: "picture", Type: "picture", About: "The picture.", Serve: func(c *wire.Call, w *wire.Writer, n *node) error {
			return putPicture(c, w, n.ID)
		}},
	}, userFields...)}
	if kind == systemUser {
		s.Attrs = append(s.Attrs, g.systemUserFields()...)
		return complete(s, "User", "SystemUser")
	}
	return complete(s, "User")
}

// themselves is the caller of an edge that shows a user what is the user's: not
// to others who may look at the node. App tokens, which are nobody, are told so
// by the act.
func themselves(c *wire.Call) (registry.Caller, error) {
	v := visitOf(c)
	if !v.node.Self && v.Token.Kind != prokura.TokenApp {
		return registry.Caller{}, prokura.Errorf(prokura.NotFound, "")
	}
	return v.Caller, nil
}

func nodeID(n *node) string { return n.ID.String() }

// email is answered to people's own tokens that carry the permission.
func (g *graph) email(c *wire.Call, w *wire.Writer, n *node) error {
	if v := visitOf(c); n.Self && g.catalog.Has(v.Scopes(), "email") {
		w.String(n.Person.Email)
	}
	return nil
}

// nodeOf serves a node from the shape of its kind.
func nodeOf(s *wire.Shape[*node]) func(*wire.Call, *wire.Writer) error {
	return func(c *wire.Call, w *wire.Writer) error { return s.Put(c, w, visitOf(c).node) }
}
