package web

import (
	"net/url"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/registry/businesses"
)

const (
	groupsPath = "/business/{id}/asset-groups"
	groupPath  = groupsPath + "/{group}"
)

var assetGroupRoutes = []route{
	{pattern: "GET " + groupsPath, serve: (*request).assetGroups},
	{pattern: "POST " + groupsPath, serve: (*request).assetGroupNew},
	{pattern: "GET " + groupPath, serve: (*request).assetGroup},
	{pattern: "POST " + groupPath + "/rename", serve: (*request).assetGroupRename},
	{pattern: "GET " + groupPath + "/delete", serve: (*request).assetGroupDeletePage},
	{pattern: "POST " + groupPath + "/delete", serve: (*request).assetGroupDelete},
	{pattern: "GET " + groupPath + "/assets", serve: (*request).assetGroupAddPage},
	{pattern: "POST " + groupPath + "/assets", serve: (*request).assetGroupAdd},
	{pattern: "POST " + groupPath + "/assets/remove", serve: (*request).assetGroupTake},
	{pattern: "GET " + groupPath + "/assign", serve: (*request).assetGroupAssignPage},
	{pattern: "POST " + groupPath + "/assign", serve: (*request).assetGroupAssign},
	{pattern: "POST " + groupPath + "/unassign", serve: (*request).assetGroupUnassign},
}

const (
	groupsShown       = 50
	groupAssetsShown  = 100
	groupWorkersShown = 200 // as many as a group may have
)

func groupsOf(business prokura.ID) string { return "/business/" + business.String() + "/asset-groups" }

func groupOf(business, group prokura.ID) string { return groupsOf(business) + "/" + group.String() }

// groupsPage lists the groups of a business.
func (q *request) groupsPage(h businesses.Head) (*AssetGroupsPage, error) {
	p := &AssetGroupsPage{Base: q.base(), Business: businessView(h.Business), FullControl: h.FullControl()}
	after, err := q.after("after")
	if err != nil {
		return nil, err
	}
	list, err := assets.Groups(q.ctx(), q.Registry, q.caller, h.Business.ID, 0, assets.ListQuery{From: after, Limit: groupsShown})
	if err != nil {
		return nil, err
	}
	for _, g := range list.Items {
		p.Groups = append(p.Groups, AssetGroupRow{ID: g.ID.String(), Name: g.Name, Assets: g.Assets, Workers: g.Workers})
	}
	if list.More {
		p.Later = p.Groups[len(p.Groups)-1].ID
	}
	return p, nil
}

func (q *request) assetGroups() error {
	h, err := q.head()
	if err != nil {
		return err
	}
	p, err := q.groupsPage(h)
	if err != nil {
		return err
	}
	return q.show(p)
}

func (q *request) assetGroupNew() error {
	h, err := q.controlled()
	if err != nil {
		return err
	}
	id, err := assets.CreateGroup(q.ctx(), q.Registry, q.caller, h.Business.ID, q.text("name"))
	if err != nil {
		p, perr := q.groupsPage(h)
		if perr != nil {
			return perr
		}
		p.Name = q.text("name")
		return q.correct(p, err)
	}
	q.flash(NoticeGroupCreated, "group", q.text("name"))
	return q.redirect(groupOf(h.Business.ID, id))
}

// groupFrame loads the business and the group in the path.
func (q *request) groupFrame(full bool) (businesses.Head, *assets.GroupView, error) {
	h, err := q.head()
	if full {
		h, err = q.controlled()
	}
	if err != nil {
		return h, nil, err
	}
	id, err := q.id("group")
	if err != nil {
		return h, nil, err
	}
	g, err := assets.Group(q.ctx(), q.Registry, q.caller, id)
	if err == nil && g.Business != h.Business.ID {
		err = errNoPage
	}
	return h, g, err
}

func groupHead(g *assets.GroupView) AssetView { return AssetView{ID: g.ID.String(), Name: g.Name} }

func (q *request) groupPageOf(h businesses.Head, g *assets.GroupView) (*AssetGroupPage, error) {
	p := &AssetGroupPage{Base: q.base(), Business: businessView(h.Business), FullControl: h.FullControl(), Group: groupHead(g), Name: g.Name}
	for _, n := range g.Counts {
		p.Number += n
	}
	after, err := q.after("after")
	if err != nil {
		return nil, err
	}
	list, err := assets.GroupAssets(q.ctx(), q.Registry, q.caller, g.ID, registry.AssetQuery{ByName: true, After: after, Limit: groupAssetsShown}, false)
	if err != nil {
		return nil, err
	}
	for _, a := range list.Assets {
		p.Assets = append(p.Assets, q.assetHead(a.Asset))
	}
	if list.More {
		p.Later = p.Assets[len(p.Assets)-1].ID
	}
	workers, err := assets.GroupAssigned(q.ctx(), q.Registry, q.caller, g.ID, assets.ListQuery{Limit: groupWorkersShown})
	if err != nil {
		return nil, err
	}
	for _, w := range workers.Items {
		row := GroupWorkerRow{WorkerRow: q.workerRow(w.Assignee)}
		for _, k := range q.Registry.Catalog().Kinds {
			if list := w.Tasks[k.Kind]; len(list) > 0 {
				row.Kinds = append(row.Kinds, KindTasksRow{string(k.Kind), k.Plural, q.taskWords(k.Kind, list)})
			}
		}
		p.Workers = append(p.Workers, row)
	}
	return p, nil
}

func (q *request) assetGroup() error {
	h, g, err := q.groupFrame(false)
	if err != nil {
		return err
	}
	p, err := q.groupPageOf(h, g)
	if err != nil {
		return err
	}
	return q.show(p)
}

// toGroup leads back to a group.
func (q *request) toGroup(business, group prokura.ID, notice string, values ...string) error {
	q.flash(notice, values...)
	return q.redirect(groupOf(business, group))
}

func (q *request) assetGroupRename() error {
	h, g, err := q.groupFrame(true)
	if err != nil {
		return err
	}
	if err := assets.RenameGroup(q.ctx(), q.Registry, q.caller, g.ID, q.text("name")); err != nil {
		p, perr := q.groupPageOf(h, g)
		if perr != nil {
			return perr
		}
		p.Name = q.text("name")
		return q.correct(p, err)
	}
	return q.toGroup(h.Business.ID, g.ID, NoticeSaved)
}

func (q *request) assetGroupDeletePage() error {
	h, g, err := q.groupFrame(true)
	if err != nil {
		return err
	}
	back := groupOf(h.Business.ID, g.ID)
	return q.show(&BusinessConfirmPage{Base: q.base(), Business: businessView(h.Business), What: "group", Here: "asset-groups",
		Action: back + "/delete", Back: back, BackName: g.Name, Name: g.Name})
}

func (q *request) assetGroupDelete() error {
	h, g, err := q.groupFrame(true)
	if err != nil {
		return err
	}
	if err := assets.DeleteGroup(q.ctx(), q.Registry, q.caller, g.ID); err != nil {
		return err
	}
	q.flash(NoticeGroupDeleted, "group", g.Name)
	return q.redirect(groupsOf(h.Business.ID))
}

// groupAddPage lists what can be put into a group.
func (q *request) groupAddPage(h businesses.Head, g *assets.GroupView) (*AssetGroupAddPage, error) {
	values := q.r.URL.Query()
	p := &AssetGroupAddPage{Base: q.base(), Business: businessView(h.Business), Group: groupHead(g),
		Query: validText(strings.TrimSpace(values.Get("q"))), Taken: values.Get("whose") == "shared"}
	after, err := q.after("after")
	if err != nil {
		return nil, err
	}
	list, err := assets.List(q.ctx(), q.Registry, q.caller, h.Business.ID, assets.Filter{Search: p.Query, Shared: p.Taken, After: after, Limit: businessAssetsShown})
	if err != nil {
		return nil, err
	}
	for _, a := range list.Assets {
		p.Assets = append(p.Assets, q.assetHead(a.Asset))
	}
	if p.First = after == 0; list.More {
		p.Later = groupOf(h.Business.ID, g.ID) + "/assets?" + url.Values{"q": {p.Query}, "whose": {values.Get("whose")}, "after": {p.Assets[len(p.Assets)-1].ID}}.Encode()
	}
	return p, nil
}

func (q *request) assetGroupAddPage() error {
	h, g, err := q.groupFrame(true)
	if err != nil {
		return err
	}
	p, err := q.groupAddPage(h, g)
	if err != nil {
		return err
	}
	return q.show(p)
}

// assetGroupAdd puts assets into a group. Those that are in it already stay.
func (q *request) assetGroupAdd() error {
	h, g, err := q.groupFrame(true)
	if err != nil {
		return err
	}
	list, err := q.ids("asset")
	if err == nil && len(list) == 0 {
		err = prokura.Errorf(prokura.InvalidParameter, "%s", q.words(ProblemGroupAssets)).WithField("asset")
	}
	for _, id := range list {
		aerr := assets.AddGroupAsset(q.ctx(), q.Registry, q.caller, g.ID, id, "")
		if aerr != nil && prokura.AsError(aerr).Reason != prokura.AlreadyHasAccess {
			err = atField(aerr, "asset_id", "asset")
			break
		}
	}
	if err != nil {
		p, perr := q.groupAddPage(h, g)
		if perr != nil {
			return perr
		}
		return q.correct(p, err)
	}
	return q.toGroup(h.Business.ID, g.ID, NoticeGroupFilled)
}

func (q *request) assetGroupTake() error {
	h, g, err := q.groupFrame(true)
	if err != nil {
		return err
	}
	id, err := prokura.ParseID(q.field("asset"))
	if err != nil {
		return errNoPage
	}
	if err := assets.RemoveGroupAsset(q.ctx(), q.Registry, q.caller, g.ID, id, ""); err != nil {
		return err
	}
	return q.toGroup(h.Business.ID, g.ID, NoticeGroupTaken)
}

// groupAssignPage is the form that gives somebody tasks on a group.
func (q *request) groupAssignPage(h businesses.Head, g *assets.GroupView, user string) (*AssetGroupAssignPage, error) {
	p := &AssetGroupAssignPage{Base: q.base(), Business: businessView(h.Business), Group: groupHead(g), User: user}
	var err error
	if p.Query, p.People, p.Page, p.More, err = q.findPeople(h.Business.ID); err != nil {
		return nil, err
	}
	given := map[prokura.AssetKind][]prokura.Task{}
	if id, perr := prokura.ParseID(q.r.URL.Query().Get("user")); perr == nil {
		who, err := assets.GroupAssignee(q.ctx(), q.Registry, q.caller, g.ID, id)
		if err != nil {
			return nil, err
		}
		row := q.workerRow(who.Assignee)
		p.Who, p.User = &row, row.ID
		if who.Tasks != nil {
			given = who.Tasks
		}
	}
	p.Kinds = q.groupKinds(g, given)
	return p, nil
}

// groupKinds are the kinds that a group can give tasks on: those of its assets
// first.
func (q *request) groupKinds(g *assets.GroupView, given map[prokura.AssetKind][]prokura.Task) []GroupKind {
	var in, out []GroupKind
	for _, k := range q.Registry.Catalog().Kinds {
		all := q.allTasks(k.Kind)
		c := GroupKind{KindChoice{Kind: string(k.Kind), Title: k.Plural, Tasks: q.taskChoices(k.Kind, all, given[k.Kind])}, q.taskSets(k.Kind, all)}
		if g.Counts[k.Kind] > 0 || len(given[k.Kind]) > 0 {
			in = append(in, c)
		} else {
			out = append(out, c)
		}
	}
	return append(in, out...)
}

func (q *request) assetGroupAssignPage() error {
	h, g, err := q.groupFrame(true)
	if err != nil {
		return err
	}
	p, err := q.groupAssignPage(h, g, "")
	if err != nil {
		return err
	}
	return q.show(p)
}

func (q *request) assetGroupAssign() error {
	h, g, err := q.groupFrame(true)
	if err != nil {
		return err
	}
	user, tasks, some := q.field("user"), assets.KindTasks{}, false
	for _, k := range q.Registry.Catalog().Kinds {
		tasks[k.Kind] = q.tasks(KindChoice{Kind: string(k.Kind)}.Field())
		some = some || len(tasks[k.Kind]) > 0
	}
	id, err := prokura.ParseID(user)
	switch {
	case err != nil:
		err = prokura.Errorf(prokura.InvalidParameter, "%s", q.words(ProblemAssignee)).WithField("user")
	case !some:
		err = prokura.Errorf(prokura.InvalidParameter, "%s", q.words(ProblemGroupTasks)).WithField("kind")
	default:
		err = assets.AssignGroup(q.ctx(), q.Registry, q.caller, g.ID, id, tasks)
	}
	if err == nil {
		return q.toGroup(h.Business.ID, g.ID, NoticeAssetAssigned)
	}
	for _, k := range q.Registry.Catalog().Kinds {
		if k.GroupTasks != "" {
			err = atField(err, k.GroupTasks, KindChoice{Kind: string(k.Kind)}.Field())
		}
	}
	p, perr := q.groupAssignPage(h, g, user)
	if perr != nil {
		return perr
	}
	p.Kinds = q.groupKinds(g, tasks)
	return q.correct(p, err)
}

func (q *request) assetGroupUnassign() error {
	h, g, err := q.groupFrame(true)
	if err != nil {
		return err
	}
	id, err := prokura.ParseID(q.field("user"))
	if err != nil {
		return errNoPage
	}
	if err := assets.UnassignGroup(q.ctx(), q.Registry, q.caller, g.ID, id); err != nil {
		p, perr := q.groupPageOf(h, g)
		if perr != nil {
			return perr
		}
		return q.correct(p, atField(err, "user", ""))
	}
	return q.toGroup(h.Business.ID, g.ID, NoticeAssetUnassigned)
}
