package graph

import (
	"context"
	"net/http"
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/assets"
)

const assetGroup = wire.Kind(prokura.NodeAssetGroup)

var (
	userParam    = wire.Param{Name: "user", Type: "id", About: "A person by the id inside the business, or a system user by the id of the calling app.", Required: true}
	assetIDParam = wire.Param{Name: "asset_id", Type: "id", About: "The asset.", Required: true}
)

// assignmentEdges are the calls about who works on assets and groups of them.
func (g *graph) assignmentEdges() []wire.Edge {
	var rows []wire.Edge
	user, group := g.assignedShape(), g.groupShape()
	business := []wire.Kind{business}
	on := []wire.Kind{assetGroup}
	taskParams := []wire.Param{userParam}
	for _, k := range g.catalog.Kinds {
		asset, terms := []wire.Kind{wire.Kind(k.Kind)}, termsOf(k)
		rows = append(rows,
			wire.Edge{On: asset, Name: "assigned_users", Method: http.MethodGet, Terms: terms.members, Act: prokura.ActListAssigned, About: "The people and system users to whom a business gave tasks on it.",
				Params: append([]wire.Param{{Name: "business", Type: "id", About: "The business: the owner or an agency.", Required: true}}, pageParams...), Serve: g.assignedUsers(user)},
			wire.Edge{On: asset, Name: "assigned_users", Method: http.MethodPost, Terms: terms.rights, Act: prokura.ActAssignAsset, About: "Gives a person or system user exactly these tasks on it.",
				Params: []wire.Param{userParam, {Name: "tasks", Type: "list of tasks", About: "What they may do.", Required: true}}, Serve: g.assign},
			wire.Edge{On: asset, Name: "assigned_users", Method: http.MethodDelete, Terms: terms.rights, Act: prokura.ActAssignAsset, About: "Takes all tasks on it away that were given by name.", Params: []wire.Param{userParam}, Serve: g.unassign})
		if k.Contained != "" {
			plain := g.assetShape(k)
			rows = append(rows,
				wire.Edge{On: on, Name: k.Contained, Method: http.MethodGet, Terms: read, Act: prokura.ActListAssigned, About: k.Plural + " in the group.", Params: pageParams, Serve: g.contained(k, plain)},
				wire.Edge{On: on, Name: k.Contained, Method: http.MethodPost, Terms: terms.group, Act: prokura.ActManageAssetGroup, About: "Puts one into the group.", Params: []wire.Param{assetIDParam}, Serve: g.contain(k, assets.AddGroupAsset)},
				wire.Edge{On: on, Name: k.Contained, Method: http.MethodDelete, Terms: terms.group, Act: prokura.ActManageAssetGroup, About: "Takes one out of the group.", Params: []wire.Param{assetIDParam}, Serve: g.contain(k, assets.RemoveGroupAsset)})
		}
		if k.GroupTasks != "" {
			taskParams = append(taskParams, wire.Param{Name: k.GroupTasks, Type: "list of tasks", About: "What they may do on " + k.Plural + "; an empty list takes all away."})
		}
	}
	assigned := g.groupAssignedShape()
	return append(rows,
		wire.Edge{On: business, Name: "business_asset_groups", Method: http.MethodGet, Terms: read, Act: prokura.ActListAssigned, About: "The business's asset groups.", Params: pageParams, Serve: g.assetGroups(group)},
		wire.Edge{On: business, Name: "business_asset_groups", Method: http.MethodPost, Terms: write, Act: prokura.ActManageAssetGroup, About: "Makes an asset group.", Params: []wire.Param{nameParam}, Serve: g.createGroup},
		wire.Edge{On: on, Method: http.MethodGet, Terms: read, Act: prokura.ActListAssigned, About: "An asset group.", Serve: func(c *wire.Call, w *wire.Writer) error { return group.Put(c, w, visitOf(c).node.Group) }},
		wire.Edge{On: on, Method: http.MethodPost, Terms: write, Act: prokura.ActManageAssetGroup, About: "Changes the name.", Params: []wire.Param{nameParam}, Serve: func(c *wire.Call, w *wire.Writer) error {
			return succeeded(w, assets.RenameGroup(c.Context, g.registry, visitOf(c).Caller, c.ID, c.Params.Text("name")))
		}},
		wire.Edge{On: on, Name: "assigned_users", Method: http.MethodGet, Terms: read, Act: prokura.ActListAssigned, About: "The people and system users with tasks on the group.", Params: pageParams, Serve: g.groupAssigned(assigned)},
		wire.Edge{On: on, Name: "assigned_users", Method: http.MethodPost, Terms: manage, Act: prokura.ActManageAssetGroup, About: "Gives a person or system user tasks on all assets of the group, by kind.", Params: taskParams, Serve: g.assignGroup},
		wire.Edge{On: on, Name: "assigned_users", Method: http.MethodDelete, Terms: manage, Act: prokura.ActManageAssetGroup, About: "Takes all tasks away that the group gave them.", Params: []wire.Param{userParam}, Serve: func(c *wire.Call, w *wire.Writer) error {
			user, err := c.Params.ID("user")
			if err != nil {
				return err
			}
			return succeeded(w, assets.UnassignGroup(c.Context, g.registry, visitOf(c).Caller, c.ID, user))
		}},
		wire.Edge{On: on, Method: http.MethodDelete, Terms: manage, Act: prokura.ActManageAssetGroup, About: "Ends the group and the tasks that it gave; its assets stay.", Serve: func(c *wire.Call, w *wire.Writer) error {
			return succeeded(w, assets.DeleteGroup(c.Context, g.registry, visitOf(c).Caller, c.ID))
		}})
}

// userTypes are the words for who has tasks on this wire.
func userType(system bool) string {
	if system {
		return "SYSTEM_USER"
	}
	return "BUSINESS_USER"
}

func putBusinessName(w *wire.Writer, b prokura.Business) {
	w.Open('{')
	w.Key("id").ID(b.ID)
	w.Key("name").String(b.Name)
	w.Close('}')
}

// assignedShape is somebody with tasks on an asset.
func (g *graph) assignedShape() *wire.Shape[assets.AssignedWorker] {
	type row = wire.Attr[assets.AssignedWorker]
	return complete(&wire.Shape[assets.AssignedWorker]{Type: "AssignedUser", ID: func(v assets.AssignedWorker) string { return v.ID.String() }, Attrs: []row{
		{Name: "name", Type: "string", About: "The name.", Default: true, Put: func(w *wire.Writer, v assets.AssignedWorker) { w.String(v.Name) }},
		{Name: "tasks", Type: "list", About: "What they may do, by name and by groups.", Default: true, Put: func(w *wire.Writer, v assets.AssignedWorker) { wire.Strings(w, sorted(g.catalog, v.Tasks)) }},
		{Name: "business", Type: "Business", About: "The business that gave the tasks.", Default: true, Put: func(w *wire.Writer, v assets.AssignedWorker) { putBusinessName(w, v.Business) }},
		{Name: "user_type", Type: "string", About: "BUSINESS_USER or SYSTEM_USER.", Default: true, Put: func(w *wire.Writer, v assets.AssignedWorker) { w.String(userType(v.SystemUser())) }},
		{Name: "permitted_tasks", Type: "list", About: "What the business may give.", Put: func(w *wire.Writer, v assets.AssignedWorker) { wire.Strings(w, v.Permitted) }},
	}}, "AssignedUser")
}

// sorted puts tasks into the order of the catalog: several sources may have
// given them.
func sorted(catalog *prokura.Catalog, list []prokura.Task) []prokura.Task {
	rank := func(t prokura.Task) int {
		for _, k := range catalog.Kinds {
			if i := slices.IndexFunc(k.Tasks, func(i prokura.TaskInfo) bool { return i.Task == t }); i >= 0 {
				return i
			}
		}
		return -1
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b prokura.Task) int { return rank(a) - rank(b) })
	return list
}

// assignedUsers serves GET {asset}/assigned_users.
func (g *graph) assignedUsers(s *wire.Shape[assets.AssignedWorker]) func(*wire.Call, *wire.Writer) error {
	return func(c *wire.Call, w *wire.Writer) error {
		firm, err := c.Params.ID("business")
		if err != nil {
			return err
		}
		return serveList(c, w, s, func(v assets.AssignedWorker) prokura.ID { return v.Subject }, func(q assets.ListQuery) (*assets.Listed[assets.AssignedWorker], error) {
			return assets.Assigned(c.Context, g.registry, visitOf(c).Caller, c.ID, firm, q)
		})
	}
}

// assign serves POST {asset}/assigned_users.
func (g *graph) assign(c *wire.Call, w *wire.Writer) error {
	user, err := c.Params.ID("user")
	if err != nil {
		return err
	}
	tasks, err := tasksParam(c, "tasks")
	if err != nil {
		return err
	}
	return succeeded(w, assets.Assign(c.Context, g.registry, visitOf(c).Caller, c.ID, user, tasks))
}

// unassign serves DELETE {asset}/assigned_users.
func (g *graph) unassign(c *wire.Call, w *wire.Writer) error {
	user, err := c.Params.ID("user")
	if err != nil {
		return err
	}
	return succeeded(w, assets.Unassign(c.Context, g.registry, visitOf(c).Caller, c.ID, user))
}

// groupShape is an asset group.
func (g *graph) groupShape() *wire.Shape[prokura.AssetGroup] {
	type row = wire.Attr[prokura.AssetGroup]
	s := &wire.Shape[prokura.AssetGroup]{Type: "BusinessAssetGroup", Kind: assetGroup, ID: func(v prokura.AssetGroup) string { return v.ID.String() }, Attrs: []row{
		{Name: "name", Type: "string", About: "The name.", Default: true, Put: func(w *wire.Writer, v prokura.AssetGroup) { w.String(v.Name) }},
		{Name: "owner_business", Type: "Business", About: "The business whose group it is.", Serve: func(c *wire.Call, w *wire.Writer, v prokura.AssetGroup) error {
			return g.owner(c, w, asset{ListedAsset: registry.ListedAsset{Asset: prokura.Asset{Business: v.Business}}})
		}},
		{Name: "created_time", Type: "datetime", About: "When it was made.", Put: func(w *wire.Writer, v prokura.AssetGroup) { w.Time(v.Created) }},
	}}
	g.served = append(g.served, s.Served()...)
	return complete(s, s.Type)
}

// assetGroups serves GET {business}/business_asset_groups.
func (g *graph) assetGroups(s *wire.Shape[prokura.AssetGroup]) func(*wire.Call, *wire.Writer) error {
	return func(c *wire.Call, w *wire.Writer) error {
		return serveList(c, w, s, func(v prokura.AssetGroup) prokura.ID { return v.ID }, func(q assets.ListQuery) (*assets.Listed[prokura.AssetGroup], error) {
			list, err := assets.Groups(c.Context, g.registry, visitOf(c).Caller, c.ID, 0, q)
			if err != nil {
				return nil, err
			}
			out := &assets.Listed[prokura.AssetGroup]{More: list.More, Total: list.Total}
			for _, v := range list.Items {
				out.Items = append(out.Items, v.AssetGroup)
			}
			return out, nil
		})
	}
}

// createGroup serves POST {business}/business_asset_groups.
func (g *graph) createGroup(c *wire.Call, w *wire.Writer) error {
	id, err := assets.CreateGroup(c.Context, g.registry, visitOf(c).Caller, c.ID, c.Params.Text("name"))
	if err != nil {
		return err
	}
	w.Created(id)
	return nil
}

// contained serves GET {asset group}/contained_*.
func (g *graph) contained(k prokura.AssetKindInfo, s *wire.Shape[asset]) func(*wire.Call, *wire.Writer) error {
	return func(c *wire.Call, w *wire.Writer) error {
		page, err := c.Page()
		if err != nil {
			return err
		}
		list, err := assets.GroupAssets(c.Context, g.registry, visitOf(c).Caller, c.ID, query(c, page, k.Kind), page.Summary)
		if err != nil {
			return err
		}
		return g.putAssets(c, w, page, list, s)
	}
}

// contain serves POST and DELETE {asset group}/contained_*.
func (g *graph) contain(k prokura.AssetKindInfo, act func(context.Context, *registry.Registry, registry.Caller, prokura.ID, prokura.ID, prokura.AssetKind) error) func(*wire.Call, *wire.Writer) error {
	return func(c *wire.Call, w *wire.Writer) error {
		id, err := assetParam(c, k, "asset_id")
		if err != nil {
			return err
		}
		return succeeded(w, act(c.Context, g.registry, visitOf(c).Caller, c.ID, id, k.Kind))
	}
}

// groupAssignedShape is somebody with tasks on a group.
func (g *graph) groupAssignedShape() *wire.Shape[assets.AssignedGroupWorker] {
	type row = wire.Attr[assets.AssignedGroupWorker]
	s := &wire.Shape[assets.AssignedGroupWorker]{Type: "AssignedUser", ID: func(v assets.AssignedGroupWorker) string { return v.ID.String() }, Attrs: []row{
		{Name: "name", Type: "string", About: "The name.", Default: true, Put: func(w *wire.Writer, v assets.AssignedGroupWorker) { w.String(v.Name) }},
		{Name: "business", Type: "Business", About: "The business of the group.", Default: true, Put: func(w *wire.Writer, v assets.AssignedGroupWorker) { putBusinessName(w, v.Firm) }},
		{Name: "user_type", Type: "string", About: "BUSINESS_USER or SYSTEM_USER.", Default: true, Put: func(w *wire.Writer, v assets.AssignedGroupWorker) { w.String(userType(v.SystemUser())) }},
	}}
	for _, k := range g.catalog.Kinds {
		if k.GroupTasks != "" {
			s.Attrs = append(s.Attrs, row{Name: k.GroupTasks, Type: "list", About: "What they may do on " + k.Plural + ".", Default: true,
				Put: func(w *wire.Writer, v assets.AssignedGroupWorker) { wire.Strings(w, v.Tasks[k.Kind]) }})
		}
	}
	return complete(s, s.Type)
}

// groupAssigned serves GET {asset group}/assigned_users.
func (g *graph) groupAssigned(s *wire.Shape[assets.AssignedGroupWorker]) func(*wire.Call, *wire.Writer) error {
	return func(c *wire.Call, w *wire.Writer) error {
		return serveList(c, w, s, func(v assets.AssignedGroupWorker) prokura.ID { return v.Subject }, func(q assets.ListQuery) (*assets.Listed[assets.AssignedGroupWorker], error) {
			return assets.GroupAssigned(c.Context, g.registry, visitOf(c).Caller, c.ID, q)
		})
	}
}

// assignGroup serves POST {asset group}/assigned_users.
func (g *graph) assignGroup(c *wire.Call, w *wire.Writer) error {
	user, err := c.Params.ID("user")
	if err != nil {
		return err
	}
	tasks := assets.KindTasks{}
	for _, k := range g.catalog.Kinds {
		if k.GroupTasks == "" || !c.Params.Has(k.GroupTasks) {
			continue
		}
		if tasks[k.Kind], err = tasksParam(c, k.GroupTasks); err != nil {
			return err
		}
	}
	return succeeded(w, assets.AssignGroup(c.Context, g.registry, visitOf(c).Caller, c.ID, user, tasks))
}
