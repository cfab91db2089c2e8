package assets

import (
	"net/url"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/web/kit"
)

const (
	groupsPath = "/business/{id}/asset-groups"
	groupPath  = groupsPath + "/{group}"
)

var groupRoutes = []kit.Route{
	{Pattern: "GET " + groupsPath, Serve: listGroups},
	{Pattern: "POST " + groupsPath, Serve: assetGroupNew},
	{Pattern: "GET " + groupPath, Serve: showGroup},
	{Pattern: "POST " + groupPath + "/rename", Serve: assetGroupRename},
	{Pattern: "GET " + groupPath + "/delete", Serve: assetGroupDeletePage},
	{Pattern: "POST " + groupPath + "/delete", Serve: assetGroupDelete},
	{Pattern: "GET " + groupPath + "/assets", Serve: assetGroupAddPage},
	{Pattern: "POST " + groupPath + "/assets", Serve: assetGroupAdd},
	{Pattern: "POST " + groupPath + "/assets/remove", Serve: assetGroupTake},
	{Pattern: "GET " + groupPath + "/assign", Serve: assetGroupAssignPage},
	{Pattern: "POST " + groupPath + "/assign", Serve: assetGroupAssign},
	{Pattern: "POST " + groupPath + "/unassign", Serve: assetGroupUnassign},
}

const (
	groupsShown       = 50
	groupAssetsShown  = 100
	groupWorkersShown = 200 // as many as a group may have
)

func groupsOf(business prokura.ID) string { return "/business/" + business.String() + "/asset-groups" }

func groupOf(business, group prokura.ID) string { return groupsOf(business) + "/" + group.String() }

// groupsPage lists the groups of a business.
func groupsPage(q *kit.Request, h businesses.Head) (*GroupsPage, error) {
	p := &GroupsPage{Base: q.Base(), Business: kit.BusinessOf(h.Business), FullControl: h.FullControl()}
	after, err := q.After("after")
	if err != nil {
		return nil, err
	}
	list, err := assets.Groups(q.Context(), q.Registry, q.Caller, h.Business.ID, 0, assets.ListQuery{From: after, Limit: groupsShown})
	if err != nil {
		return nil, err
	}
	for _, g := range list.Items {
		p.Groups = append(p.Groups, GroupRow{ID: g.ID.String(), Name: g.Name, Assets: g.Assets, Workers: g.Workers})
	}
	if list.More {
		p.Later = p.Groups[len(p.Groups)-1].ID
	}
	return p, nil
}

func listGroups(q *kit.Request) error {
	h, err := q.BusinessHead()
	if err != nil {
		return err
	}
	p, err := groupsPage(q, h)
	if err != nil {
		return err
	}
	return q.Show(p)
}

func assetGroupNew(q *kit.Request) error {
	h, err := q.ControlledBusiness()
	if err != nil {
		return err
	}
	id, err := assets.CreateGroup(q.Context(), q.Registry, q.Caller, h.Business.ID, q.Text("name"))
	if err != nil {
		p, perr := groupsPage(q, h)
		if perr != nil {
			return perr
		}
		p.Name = q.Text("name")
		return q.Correct(p, err)
	}
	q.Flash(NoticeGroupCreated, "group", q.Text("name"))
	return q.Redirect(groupOf(h.Business.ID, id))
}

// groupFrame loads the business and the group in the path.
func groupFrame(q *kit.Request, full bool) (businesses.Head, *assets.GroupView, error) {
	h, err := q.BusinessHead()
	if full {
		h, err = q.ControlledBusiness()
	}
	if err != nil {
		return h, nil, err
	}
	id, err := q.ID("group")
	if err != nil {
		return h, nil, err
	}
	g, err := assets.Group(q.Context(), q.Registry, q.Caller, id)
	if err == nil && g.Business != h.Business.ID {
		err = kit.ErrNoPage
	}
	return h, g, err
}

func groupHead(g *assets.GroupView) kit.AssetView {
	return kit.AssetView{ID: g.ID.String(), Name: g.Name}
}

func groupPageOf(q *kit.Request, h businesses.Head, g *assets.GroupView) (*GroupPage, error) {
	p := &GroupPage{Base: q.Base(), Business: kit.BusinessOf(h.Business), FullControl: h.FullControl(), Group: groupHead(g), Name: g.Name}
	for _, n := range g.Counts {
		p.Number += n
	}
	after, err := q.After("after")
	if err != nil {
		return nil, err
	}
	list, err := assets.GroupAssets(q.Context(), q.Registry, q.Caller, g.ID, registry.AssetQuery{ByName: true, After: after, Limit: groupAssetsShown}, false)
	if err != nil {
		return nil, err
	}
	for _, a := range list.Assets {
		p.Assets = append(p.Assets, q.AssetHead(a.Asset))
	}
	if list.More {
		p.Later = p.Assets[len(p.Assets)-1].ID
	}
	workers, err := assets.GroupAssigned(q.Context(), q.Registry, q.Caller, g.ID, assets.ListQuery{Limit: groupWorkersShown})
	if err != nil {
		return nil, err
	}
	for _, w := range workers.Items {
		row := GroupWorkerRow{WorkerRow: workerRow(q, w.Assignee)}
		for _, k := range q.Registry.Catalog().Kinds {
			if list := w.Tasks[k.Kind]; len(list) > 0 {
				row.Kinds = append(row.Kinds, KindTasksRow{string(k.Kind), k.Plural, q.TaskWords(k.Kind, list)})
			}
		}
		p.Workers = append(p.Workers, row)
	}
	return p, nil
}

func showGroup(q *kit.Request) error {
	h, g, err := groupFrame(q, false)
	if err != nil {
		return err
	}
	p, err := groupPageOf(q, h, g)
	if err != nil {
		return err
	}
	return q.Show(p)
}

// toGroup leads back to a group.
func toGroup(q *kit.Request, business, group prokura.ID, notice string, values ...string) error {
	q.Flash(notice, values...)
	return q.Redirect(groupOf(business, group))
}

func assetGroupRename(q *kit.Request) error {
	h, g, err := groupFrame(q, true)
	if err != nil {
		return err
	}
	if err := assets.RenameGroup(q.Context(), q.Registry, q.Caller, g.ID, q.Text("name")); err != nil {
		p, perr := groupPageOf(q, h, g)
		if perr != nil {
			return perr
		}
		p.Name = q.Text("name")
		return q.Correct(p, err)
	}
	return toGroup(q, h.Business.ID, g.ID, kit.NoticeSaved)
}

func assetGroupDeletePage(q *kit.Request) error {
	h, g, err := groupFrame(q, true)
	if err != nil {
		return err
	}
	back := groupOf(h.Business.ID, g.ID)
	return q.Show(&kit.BusinessConfirmPage{Base: q.Base(), Business: kit.BusinessOf(h.Business), What: "group", Here: "asset-groups",
		Action: back + "/delete", Back: back, BackName: g.Name, Name: g.Name})
}

func assetGroupDelete(q *kit.Request) error {
	h, g, err := groupFrame(q, true)
	if err != nil {
		return err
	}
	if err := assets.DeleteGroup(q.Context(), q.Registry, q.Caller, g.ID); err != nil {
		return err
	}
	q.Flash(NoticeGroupDeleted, "group", g.Name)
	return q.Redirect(groupsOf(h.Business.ID))
}

// groupAddPage lists what can be put into a group.
func groupAddPage(q *kit.Request, h businesses.Head, g *assets.GroupView) (*GroupAddPage, error) {
	values := q.R.URL.Query()
	p := &GroupAddPage{Base: q.Base(), Business: kit.BusinessOf(h.Business), Group: groupHead(g),
		Query: kit.ValidText(strings.TrimSpace(values.Get("q"))), Taken: values.Get("whose") == "shared"}
	after, err := q.After("after")
	if err != nil {
		return nil, err
	}
	list, err := assets.List(q.Context(), q.Registry, q.Caller, h.Business.ID, assets.Filter{Search: p.Query, Shared: p.Taken, After: after, Limit: assetsShown})
	if err != nil {
		return nil, err
	}
	for _, a := range list.Assets {
		p.Assets = append(p.Assets, q.AssetHead(a.Asset))
	}
	if p.First = after == 0; list.More {
		p.Later = groupOf(h.Business.ID, g.ID) + "/assets?" + url.Values{"q": {p.Query}, "whose": {values.Get("whose")}, "after": {p.Assets[len(p.Assets)-1].ID}}.Encode()
	}
	return p, nil
}

func assetGroupAddPage(q *kit.Request) error {
	h, g, err := groupFrame(q, true)
	if err != nil {
		return err
	}
	p, err := groupAddPage(q, h, g)
	if err != nil {
		return err
	}
	return q.Show(p)
}

// assetGroupAdd puts assets into a group. Those that are in it already stay.
func assetGroupAdd(q *kit.Request) error {
	h, g, err := groupFrame(q, true)
	if err != nil {
		return err
	}
	list, err := q.IDs("asset")
	if err == nil && len(list) == 0 {
		err = prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(ProblemGroupAssets)).WithField("asset")
	}
	for _, id := range list {
		aerr := assets.AddGroupAsset(q.Context(), q.Registry, q.Caller, g.ID, id, "")
		if aerr != nil && prokura.AsError(aerr).Reason != prokura.AlreadyHasAccess {
			err = kit.AtField(aerr, "asset_id", "asset")
			break
		}
	}
	if err != nil {
		p, perr := groupAddPage(q, h, g)
		if perr != nil {
			return perr
		}
		return q.Correct(p, err)
	}
	return toGroup(q, h.Business.ID, g.ID, NoticeGroupFilled)
}

func assetGroupTake(q *kit.Request) error {
	h, g, err := groupFrame(q, true)
	if err != nil {
		return err
	}
	id, err := prokura.ParseID(q.Field("asset"))
	if err != nil {
		return kit.ErrNoPage
	}
	if err := assets.RemoveGroupAsset(q.Context(), q.Registry, q.Caller, g.ID, id, ""); err != nil {
		return err
	}
	return toGroup(q, h.Business.ID, g.ID, NoticeGroupTaken)
}

// groupAssignPage is the form that gives somebody tasks on a group.
func groupAssignPage(q *kit.Request, h businesses.Head, g *assets.GroupView, user string) (*GroupAssignPage, error) {
	p := &GroupAssignPage{Base: q.Base(), Business: kit.BusinessOf(h.Business), Group: groupHead(g), User: user}
	var err error
	if p.Query, p.People, p.Page, p.More, err = findPeople(q, h.Business.ID); err != nil {
		return nil, err
	}
	given := map[prokura.AssetKind][]prokura.Task{}
	if id, perr := prokura.ParseID(q.R.URL.Query().Get("user")); perr == nil {
		who, err := assets.GroupAssignee(q.Context(), q.Registry, q.Caller, g.ID, id)
		if err != nil {
			return nil, err
		}
		row := workerRow(q, who.Assignee)
		p.Who, p.User = &row, row.ID
		if who.Tasks != nil {
			given = who.Tasks
		}
	}
	p.Kinds = groupKinds(q, g, given)
	return p, nil
}

// groupKinds are the kinds that a group can give tasks on: those of its assets
// first.
func groupKinds(q *kit.Request, g *assets.GroupView, given map[prokura.AssetKind][]prokura.Task) []GroupKind {
	var in, out []GroupKind
	for _, k := range q.Registry.Catalog().Kinds {
		all := allTasks(q, k.Kind)
		c := GroupKind{kit.KindChoice{Kind: string(k.Kind), Title: k.Plural, Tasks: taskChoices(q, k.Kind, all, given[k.Kind])}, taskSets(q, k.Kind, all)}
		if g.Counts[k.Kind] > 0 || len(given[k.Kind]) > 0 {
			in = append(in, c)
		} else {
			out = append(out, c)
		}
	}
	return append(in, out...)
}

func assetGroupAssignPage(q *kit.Request) error {
	h, g, err := groupFrame(q, true)
	if err != nil {
		return err
	}
	p, err := groupAssignPage(q, h, g, "")
	if err != nil {
		return err
	}
	return q.Show(p)
}

func assetGroupAssign(q *kit.Request) error {
	h, g, err := groupFrame(q, true)
	if err != nil {
		return err
	}
	user, tasks, some := q.Field("user"), assets.KindTasks{}, false
	for _, k := range q.Registry.Catalog().Kinds {
		tasks[k.Kind] = tickedTasks(q, kit.KindChoice{Kind: string(k.Kind)}.Field())
		some = some || len(tasks[k.Kind]) > 0
	}
	id, err := prokura.ParseID(user)
	switch {
	case err != nil:
		err = prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(ProblemAssignee)).WithField("user")
	case !some:
		err = prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(ProblemGroupTasks)).WithField("kind")
	default:
		err = assets.AssignGroup(q.Context(), q.Registry, q.Caller, g.ID, id, tasks)
	}
	if err == nil {
		return toGroup(q, h.Business.ID, g.ID, NoticeAssetAssigned)
	}
	for _, k := range q.Registry.Catalog().Kinds {
		if k.GroupTasks != "" {
			err = kit.AtField(err, k.GroupTasks, kit.KindChoice{Kind: string(k.Kind)}.Field())
		}
	}
	p, perr := groupAssignPage(q, h, g, user)
	if perr != nil {
		return perr
	}
	p.Kinds = groupKinds(q, g, tasks)
	return q.Correct(p, err)
}

func assetGroupUnassign(q *kit.Request) error {
	h, g, err := groupFrame(q, true)
	if err != nil {
		return err
	}
	id, err := prokura.ParseID(q.Field("user"))
	if err != nil {
		return kit.ErrNoPage
	}
	if err := assets.UnassignGroup(q.Context(), q.Registry, q.Caller, g.ID, id); err != nil {
		p, perr := groupPageOf(q, h, g)
		if perr != nil {
			return perr
		}
		return q.Correct(p, kit.AtField(err, "user", ""))
	}
	return toGroup(q, h.Business.ID, g.ID, NoticeAssetUnassigned)
}
