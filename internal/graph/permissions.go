package graph

import (
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/grants"
)

var statusParam = wire.Param{Name: "status", Type: "string", About: "Only permissions in this state."}

// permissions serves GET {user}/permissions.
func (g *graph) permissions(c *wire.Call, w *wire.Writer) error {
	list, err := grants.Permissions(c.Context, g.registry, visitOf(c).Caller, c.ID)
	if err != nil {
		return err
	}
	return putPermissions(c, w, list, "granted", "declined", "expired")
}

// appPermissions serves GET {app}/permissions: what the app was approved for,
// and what its configurations ask for without approval.
func (g *graph) appPermissions(c *wire.Call, w *wire.Writer) error {
	caller, err := ownApp(c)
	if err != nil {
		return err
	}
	configurations, err := apps.Configurations(c.Context, g.registry, caller, c.ID)
	if err != nil {
		return err
	}
	live := visitOf(c).node.App.Advanced
	asked := live
	for _, conf := range configurations {
		set, _ := g.catalog.Set(conf.Permissions...)
		asked = asked.Or(set)
	}
	var list []grants.PermissionStatus
	for _, name := range g.catalog.Names(asked) {
		status := "unapproved"
		if g.catalog.Has(live, name) {
			status = "live"
		}
		list = append(list, grants.PermissionStatus{Permission: name, Status: status})
	}
	return putPermissions(c, w, list, "live", "unapproved")
}

// putPermissions writes a list of permissions, filtered by permission and
// status. It has one page: permissions have no ids to page by.
func putPermissions(c *wire.Call, w *wire.Writer, list []grants.PermissionStatus, states ...string) error {
	names, err := c.Params.Permissions("permission")
	if err != nil {
		return err
	}
	wanted, err := c.Params.Strings("status")
	if err != nil {
		return err
	}
	for _, s := range wanted {
		if !slices.Contains(states, s) {
			return prokura.Errorf(prokura.InvalidParameter, "The parameter status must be one of %v.", states).WithField("status")
		}
	}
	list = slices.DeleteFunc(list, func(p grants.PermissionStatus) bool {
		return len(names) > 0 && !slices.Contains(names, p.Permission) || len(wanted) > 0 && !slices.Contains(wanted, p.Status)
	})
	return wire.PutList(c, w, wire.Page{Summary: c.Params.Summary()}, wire.List[grants.PermissionStatus]{Items: list, Total: len(list)}, permissionShape.Put)
}

var permissionShape = &wire.Shape[grants.PermissionStatus]{Type: "Permission", Attrs: []wire.Attr[grants.PermissionStatus]{
	{Name: "permission", Default: true, Put: func(w *wire.Writer, p grants.PermissionStatus) { w.String(string(p.Permission)) }},
	{Name: "status", Default: true, Put: func(w *wire.Writer, p grants.PermissionStatus) { w.String(p.Status) }},
}}

// revokePermissions serves DELETE {user}/permissions, with the permission as
// parameter, as third word of the path, or not at all (R-TOKEN-11).
func (g *graph) revokePermissions(c *wire.Call, w *wire.Writer) error {
	name, given := c.Params.Lookup("permission")
	if given && name == "" {
		// Nobody who names a permission badly means all of them.
		return prokura.Errorf(prokura.InvalidParameter, "The parameter permission is empty.").WithField("permission")
	}
	if err := grants.RevokePermissions(c.Context, g.registry, visitOf(c).Caller, c.ID, prokura.Permission(name)); err != nil {
		return err
	}
	w.Success()
	return nil
}
