package assets

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/web/kit"
)

const (
	assetsPath = "/business/{id}/assets"
	assetPath  = assetsPath + "/{asset}"
)

var assetRoutes = []kit.Route{
	{Pattern: "GET " + assetsPath, Serve: listAssets},
	{Pattern: "GET " + assetsPath + "/new", Serve: assetNewPage},
	{Pattern: "POST " + assetsPath + "/new", Serve: assetNew},
	{Pattern: "GET " + assetsPath + "/claim", Serve: assetClaimPage},
	{Pattern: "POST " + assetsPath + "/claim", Serve: assetClaim},
	{Pattern: "GET " + assetPath, Serve: showAsset},
	{Pattern: "POST " + assetPath + "/rename", Serve: assetRename},
	{Pattern: "GET " + assetPath + "/delete", Serve: assetDeletePage},
	{Pattern: "POST " + assetPath + "/delete", Serve: assetDelete},
	{Pattern: "GET " + assetPath + "/release", Serve: assetReleasePage},
	{Pattern: "POST " + assetPath + "/release", Serve: assetRelease},
	{Pattern: "GET " + assetPath + "/assign", Serve: assetAssignPage},
	{Pattern: "POST " + assetPath + "/assign", Serve: assetAssign},
	{Pattern: "POST " + assetPath + "/unassign", Serve: assetUnassign},
	{Pattern: "GET " + assetPath + "/share", Serve: assetSharePage},
	{Pattern: "POST " + assetPath + "/share", Serve: assetShare},
	{Pattern: "GET " + assetPath + "/unshare", Serve: assetUnsharePage},
	{Pattern: "POST " + assetPath + "/unshare", Serve: assetUnshare},
}

const assetsShown = 50

func assetsOf(business prokura.ID) string { return "/business/" + business.String() + "/assets" }

func assetOf(business, asset prokura.ID) string { return assetsOf(business) + "/" + asset.String() }

func listAssets(q *kit.Request) error {
	h, err := q.BusinessHead()
	if err != nil {
		return err
	}
	values := q.R.URL.Query()
	p := &ListPage{Base: q.Base(), Business: kit.BusinessOf(h.Business), FullControl: h.FullControl(),
		Query: kit.ValidText(strings.TrimSpace(values.Get("q"))), Kind: values.Get("kind"), Taken: values.Get("whose") == "shared"}
	find := assets.Filter{Kind: prokura.AssetKind(p.Kind), Search: p.Query, Shared: p.Taken, Limit: assetsShown}
	if find.After, err = q.After("after"); err != nil {
		return err
	}
	if before, err := q.After("before"); err != nil {
		return err
	} else if before != 0 {
		find.After, find.Backward = before, true
	}
	list, err := assets.List(q.Context(), q.Registry, q.Caller, h.Business.ID, find)
	if err != nil {
		return err
	}
	p.Shared = list.Shared
	p.Kinds = kindCounts(q, p.Kind, list.Counts)
	for _, k := range p.Kinds {
		p.All += k.Number
	}
	for _, a := range list.Assets {
		p.Assets = append(p.Assets, AssetRow{AssetHead: q.AssetHead(a.Asset), Owner: a.Owner.Name,
			People: a.People, SystemUsers: a.SystemUsers, Partners: a.Partners, Apps: a.Apps})
	}
	if n := len(p.Assets); n > 0 {
		place := func(name, id string) string {
			v := url.Values{name: {id}}
			for key, value := range map[string]string{"q": p.Query, "kind": p.Kind} {
				if value != "" {
					v.Set(key, value)
				}
			}
			if p.Taken {
				v.Set("whose", "shared")
			}
			return assetsOf(h.Business.ID) + "?" + v.Encode()
		}
		if find.After != 0 && (!find.Backward || list.More) {
			p.Earlier = place("before", p.Assets[0].ID)
		}
		if find.Backward || list.More {
			p.Later = place("after", p.Assets[n-1].ID)
		}
	}
	return q.Show(p)
}

// kindCounts are the kinds of the catalog, one of which is the current one.
func kindCounts(q *kit.Request, current string, counts map[prokura.AssetKind]int) []KindCount {
	var out []KindCount
	for _, k := range q.Registry.Catalog().Kinds {
		out = append(out, KindCount{Kind: string(k.Kind), Title: k.Plural, Number: counts[k.Kind], Current: string(k.Kind) == current})
	}
	return out
}

// taskChoices are the tasks of a kind that may be given, with those ticked that
// are.
func taskChoices(q *kit.Request, kind prokura.AssetKind, permitted, given []prokura.Task) []kit.TaskChoice {
	info, _ := q.Registry.Catalog().Kind(kind)
	var out []kit.TaskChoice
	for _, t := range info.Tasks {
		if slices.Contains(permitted, t.Task) {
			out = append(out, kit.TaskChoice{Task: string(t.Task), Title: t.Title, Checked: slices.Contains(given, t.Task)})
		}
	}
	return out
}

// taskSets are the sets of tasks of a kind that go together, as far as they may
// be given, in plain words; none where any set does.
func taskSets(q *kit.Request, kind prokura.AssetKind, permitted []prokura.Task) []string {
	info, _ := q.Registry.Catalog().Kind(kind)
	var out []string
	for _, set := range info.TaskSets {
		if !slices.ContainsFunc(set, func(t prokura.Task) bool { return !slices.Contains(permitted, t) }) {
			out = append(out, strings.Join(q.TaskWords(kind, set), " + "))
		}
	}
	return out
}

// tickedTasks are the ticked tasks of a form.
func tickedTasks(q *kit.Request, name string) []prokura.Task {
	var out []prokura.Task
	for _, t := range q.Fields(name) {
		if task := prokura.Task(kit.ValidText(t)); !slices.Contains(out, task) {
			out = append(out, task)
		}
	}
	return out
}

// allTasks are all tasks of a kind.
func allTasks(q *kit.Request, kind prokura.AssetKind) []prokura.Task {
	info, _ := q.Registry.Catalog().Kind(kind)
	var out []prokura.Task
	for _, t := range info.Tasks {
		out = append(out, t.Task)
	}
	return out
}

// assetFrame loads the business and the asset in the path; full wants full
// control of the business.
func assetFrame(q *kit.Request, full bool) (businesses.Head, *assets.View, error) {
	h, err := q.BusinessHead()
	if full {
		h, err = q.ControlledBusiness()
	}
	if err != nil {
		return h, nil, err
	}
	id, err := q.ID("asset")
	if err != nil {
		return h, nil, err
	}
	after, err := q.After("after")
	if err != nil {
		return h, nil, err
	}
	v, err := assets.Show(q.Context(), q.Registry, q.Caller, h.Business.ID, id, after)
	return h, v, err
}

func showAsset(q *kit.Request) error {
	h, v, err := assetFrame(q, false)
	if err != nil {
		return err
	}
	return q.Show(assetPageOf(q, h, v))
}

func assetPageOf(q *kit.Request, h businesses.Head, v *assets.View) *AssetPage {
	p := &AssetPage{Base: q.Base(), Business: kit.BusinessOf(h.Business), FullControl: h.FullControl(), Asset: q.AssetHead(v.Asset),
		Own: v.Own(), Owner: kit.BusinessOf(v.Owner), Name: v.Asset.Name, FullAll: v.FullAll, Created: kit.Moment(v.Asset.Created)}
	if !p.Own {
		p.Permitted = q.TaskWords(v.Asset.Kind, v.Permitted)
	}
	groups := map[prokura.ID]kit.AssetView{}
	for _, g := range v.Groups {
		groups[g.ID] = kit.AssetView{ID: g.ID.String(), Name: g.Name}
		p.Groups = append(p.Groups, groups[g.ID])
	}
	for _, a := range v.Full {
		p.Full = append(p.Full, workerRow(q, a))
	}
	for _, w := range v.Workers {
		row := workerRow(q, assets.Assignee{Subject: w.Subject, Member: w.Member, Name: w.Name, Email: w.Email, Role: w.Role})
		row.Tasks = q.TaskWords(v.Asset.Kind, w.Direct)
		for _, g := range v.Groups {
			if list := w.Groups[g.ID]; len(list) > 0 {
				row.Groups = append(row.Groups, GroupTasks{groups[g.ID], q.TaskWords(v.Asset.Kind, list)})
			}
		}
		p.Workers = append(p.Workers, row)
	}
	if v.More {
		p.Later = v.Workers[len(v.Workers)-1].Subject.String()
	}
	for _, a := range v.Agencies {
		p.Partners = append(p.Partners, AgencyRow{BusinessView: kit.BusinessOf(a.Business), Tasks: q.TaskWords(v.Asset.Kind, a.Tasks), Pending: a.Pending, Since: kit.Moment(a.Requested)})
	}
	for _, a := range v.Apps {
		reach := AppReach{ID: a.ID.String(), Name: a.Name}
		for _, w := range a.Ways {
			row := AppWayRow{By: w.By, Name: w.Through, Partner: w.By == assets.ByBusiness && w.Subject != h.Business.ID}
			if !slices.Contains(reach.Ways, row) {
				reach.Ways = append(reach.Ways, row)
			}
		}
		p.Apps = append(p.Apps, reach)
	}
	return p
}

func workerRow(q *kit.Request, a assets.Assignee) WorkerRow {
	row := WorkerRow{ID: a.Member.String(), Name: a.Name, Email: a.Email, Self: a.Member != 0 && a.Subject == q.Caller.Person.ID}
	if a.Member == 0 {
		row.ID, row.System = a.Subject.String(), true
	}
	return row
}

// toAsset leads back to an asset.
func toAsset(q *kit.Request, business, asset prokura.ID, notice string, values ...string) error {
	q.Flash(notice, values...)
	return q.Redirect(assetOf(business, asset))
}

func assetNewPage(q *kit.Request) error {
	h, err := q.ControlledBusiness()
	if err != nil {
		return err
	}
	return q.Show(&NewPage{Base: q.Base(), Business: kit.BusinessOf(h.Business), Kinds: kindCounts(q, q.R.URL.Query().Get("kind"), nil)})
}

func assetNew(q *kit.Request) error {
	h, err := q.ControlledBusiness()
	if err != nil {
		return err
	}
	v := assets.Draft{Business: h.Business.ID, Kind: prokura.AssetKind(q.Field("kind")), Name: q.Text("name"), Currency: strings.ToUpper(q.Text("currency"))}
	var id prokura.ID
	if v.Kind == prokura.KindAdAccount && v.Currency == "" {
		err = prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(ProblemCurrency)).WithField("currency")
	} else {
		id, err = assets.Create(q.Context(), q.Registry, q.Caller, v)
	}
	if err != nil {
		return q.Correct(&NewPage{Base: q.Base(), Business: kit.BusinessOf(h.Business), Kinds: kindCounts(q, string(v.Kind), nil), Name: v.Name, Currency: v.Currency}, err)
	}
	return toAsset(q, h.Business.ID, id, NoticeAssetCreated, "asset", v.Name)
}

// claimPage is the form that asks for an asset of one kind.
func claimPage(q *kit.Request, h businesses.Head, kind string) *ClaimPage {
	p := &ClaimPage{Base: q.Base(), Business: kit.BusinessOf(h.Business), Kinds: kindCounts(q, kind, nil)}
	at := slices.IndexFunc(p.Kinds, func(k KindCount) bool { return k.Current })
	if at < 0 {
		at = 0
		p.Kinds[0].Current = true
	}
	p.Kind = p.Kinds[at]
	k := prokura.AssetKind(p.Kind.Kind)
	p.Tasks, p.Sets = taskChoices(q, k, allTasks(q, k), nil), taskSets(q, k, allTasks(q, k))
	return p
}

func assetClaimPage(q *kit.Request) error {
	h, err := q.ControlledBusiness()
	if err != nil {
		return err
	}
	return q.Show(claimPage(q, h, q.R.URL.Query().Get("kind")))
}

func assetClaim(q *kit.Request) error {
	h, err := q.ControlledBusiness()
	if err != nil {
		return err
	}
	p := claimPage(q, h, q.Field("kind"))
	p.AssetID, p.Own = q.Text("asset_id"), q.Field("as") == "own"
	kind, tasks := prokura.AssetKind(p.Kind.Kind), tickedTasks(q, "task")
	p.Tasks = taskChoices(q, kind, allTasks(q, kind), tasks)
	id, err := prokura.ParseNodeID(p.AssetID)
	if err != nil {
		return q.Correct(p, prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(ProblemAssetID)).WithField("asset_id"))
	}
	state, err := assets.AskFor(q.Context(), q.Registry, q.Caller, assets.Request{Business: h.Business.ID, Asset: id, Kind: kind, Own: p.Own, Tasks: tasks})
	if prokura.AsError(err) != nil && prokura.AsError(err).Reason == prokura.NotFound {
		err = prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(ProblemAssetID)).WithField("asset_id")
	}
	if err != nil {
		return q.Correct(p, atTask(err))
	}
	if state == prokura.RequestConfirmed {
		return toAsset(q, h.Business.ID, id, NoticeAssetGained)
	}
	q.Flash(NoticeAssetAsked)
	return q.Redirect(kit.RequestsOf(h.Business.ID))
}

// atTask puts problems of tasks to the field that pages have for them.
func atTask(err error) error {
	e := prokura.AsError(err)
	if e.Reason == prokura.TasksInvalid || e.Field == "tasks" {
		return e.WithField("task")
	}
	return err
}

func assetRename(q *kit.Request) error {
	h, v, err := assetFrame(q, true)
	if err != nil {
		return err
	}
	name := q.Text("name")
	if err := assets.Rename(q.Context(), q.Registry, q.Caller, v.Asset.ID, name); err != nil {
		p := assetPageOf(q, h, v)
		p.Name = name
		return q.Correct(p, err)
	}
	return toAsset(q, h.Business.ID, v.Asset.ID, kit.NoticeSaved)
}

func assetConfirm(q *kit.Request, h businesses.Head, v *assets.View, what string) *kit.BusinessConfirmPage {
	back := assetOf(h.Business.ID, v.Asset.ID)
	return &kit.BusinessConfirmPage{Base: q.Base(), Business: kit.BusinessOf(h.Business), What: what, Here: "assets", Action: back + "/" + what,
		Back: back, BackName: v.Asset.Name, Name: v.Asset.Name}
}

func assetDeletePage(q *kit.Request) error {
	h, v, err := assetFrame(q, true)
	if err != nil {
		return err
	}
	if !v.Own() {
		return kit.ErrNoPage
	}
	return q.Show(assetConfirm(q, h, v, "delete"))
}

func assetDelete(q *kit.Request) error {
	h, v, err := assetFrame(q, true)
	if err != nil {
		return err
	}
	if err := assets.Delete(q.Context(), q.Registry, q.Caller, v.Asset.ID); err != nil {
		return err
	}
	q.Flash(NoticeAssetDeleted, "asset", v.Asset.Name)
	return q.Redirect(assetsOf(h.Business.ID))
}

func assetReleasePage(q *kit.Request) error {
	h, v, err := assetFrame(q, true)
	if err != nil {
		return err
	}
	if v.Own() {
		return kit.ErrNoPage
	}
	p := assetConfirm(q, h, v, "release")
	p.Partner = v.Owner.Name
	return q.Show(p)
}

func assetRelease(q *kit.Request) error {
	h, v, err := assetFrame(q, true)
	if err != nil {
		return err
	}
	if err := assets.Release(q.Context(), q.Registry, q.Caller, v.Asset.ID, h.Business.ID); err != nil {
		return err
	}
	q.Flash(NoticeAssetReleased, "asset", v.Asset.Name, "business", v.Owner.Name)
	return q.Redirect(assetsOf(h.Business.ID))
}

const assigneesShown = 25

// findPeople fills in who of a business may be given tasks, as the query of the
// address selects them.
func findPeople(q *kit.Request, business prokura.ID) (query string, rows []WorkerRow, page int, more bool, err error) {
	values := q.R.URL.Query()
	query = kit.ValidText(strings.TrimSpace(values.Get("q")))
	if page, err = strconv.Atoi(values.Get("page")); err != nil || page < 1 || page > 10_000 {
		page = 1
	}
	list, err := assets.Assignees(q.Context(), q.Registry, q.Caller, business, query, (page-1)*assigneesShown, assigneesShown+1)
	if more = len(list) > assigneesShown; more {
		list = list[:assigneesShown]
	}
	for _, a := range list {
		rows = append(rows, workerRow(q, a))
	}
	return query, rows, page, more, err
}

// assignPage is the form that gives somebody tasks on an asset: somebody chosen
// from the list, or the user whose tasks are to be changed.
func assignPage(q *kit.Request, h businesses.Head, v *assets.View, user string) (*AssignPage, error) {
	p := &AssignPage{Base: q.Base(), Business: kit.BusinessOf(h.Business), Asset: q.AssetHead(v.Asset), User: user}
	var err error
	if p.Query, p.People, p.Page, p.More, err = findPeople(q, h.Business.ID); err != nil {
		return nil, err
	}
	var given []prokura.Task
	if id, perr := prokura.ParseID(q.R.URL.Query().Get("user")); perr == nil {
		who, err := assets.AssigneeOn(q.Context(), q.Registry, q.Caller, h.Business.ID, v.Asset.ID, id)
		if err != nil {
			return nil, err
		}
		row := workerRow(q, who.Assignee)
		p.Who, p.User, given = &row, row.ID, who.Worker.Direct
	}
	p.Tasks, p.Sets = taskChoices(q, v.Asset.Kind, v.Permitted, given), taskSets(q, v.Asset.Kind, v.Permitted)
	return p, nil
}

func assetAssignPage(q *kit.Request) error {
	h, v, err := assetFrame(q, true)
	if err != nil {
		return err
	}
	p, err := assignPage(q, h, v, "")
	if err != nil {
		return err
	}
	return q.Show(p)
}

func assetAssign(q *kit.Request) error {
	h, v, err := assetFrame(q, true)
	if err != nil {
		return err
	}
	user, tasks := q.Field("user"), tickedTasks(q, "task")
	id, err := prokura.ParseID(user)
	if err != nil {
		err = prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(ProblemAssignee)).WithField("user")
	} else {
		err = assets.Assign(q.Context(), q.Registry, q.Caller, v.Asset.ID, id, tasks)
	}
	if err == nil {
		return toAsset(q, h.Business.ID, v.Asset.ID, NoticeAssetAssigned)
	}
	p, perr := assignPage(q, h, v, user)
	if perr != nil {
		return perr
	}
	p.Tasks = taskChoices(q, v.Asset.Kind, v.Permitted, tasks)
	return q.Correct(p, atTask(err))
}

func assetUnassign(q *kit.Request) error {
	h, v, err := assetFrame(q, true)
	if err != nil {
		return err
	}
	id, err := prokura.ParseID(q.Field("user"))
	if err != nil {
		return kit.ErrNoPage
	}
	if err := assets.Unassign(q.Context(), q.Registry, q.Caller, v.Asset.ID, id); err != nil {
		return q.Correct(assetPageOf(q, h, v), kit.AtField(err, "user", ""))
	}
	return toAsset(q, h.Business.ID, v.Asset.ID, NoticeAssetUnassigned)
}

// sharePage is the form that lets a business use an asset: one that is named, or
// the partner whose tasks are to be changed.
func sharePage(q *kit.Request, h businesses.Head, v *assets.View) *SharePage {
	p := &SharePage{Base: q.Base(), Business: kit.BusinessOf(h.Business), Asset: q.AssetHead(v.Asset)}
	var given []prokura.Task
	partner := q.R.URL.Query().Get("partner")
	for _, a := range v.Agencies {
		if a.Business.ID.String() == partner {
			known := kit.BusinessOf(a.Business)
			p.Known, p.Partner, given = &known, known.ID, a.Tasks
		}
	}
	all := allTasks(q, v.Asset.Kind)
	p.Tasks, p.Sets = taskChoices(q, v.Asset.Kind, all, given), taskSets(q, v.Asset.Kind, all)
	return p
}

func assetSharePage(q *kit.Request) error {
	h, v, err := assetFrame(q, true)
	if err != nil {
		return err
	}
	if !v.Own() {
		return kit.ErrNoPage
	}
	return q.Show(sharePage(q, h, v))
}

func assetShare(q *kit.Request) error {
	h, v, err := assetFrame(q, true)
	if err != nil {
		return err
	}
	p, tasks := sharePage(q, h, v), tickedTasks(q, "task")
	p.Partner, p.Tasks = q.Text("business_id"), taskChoices(q, v.Asset.Kind, allTasks(q, v.Asset.Kind), tasks)
	id, err := prokura.ParseID(p.Partner)
	if err == nil {
		err = assets.Share(q.Context(), q.Registry, q.Caller, v.Asset.ID, id, tasks)
	}
	if e := prokura.AsError(err); err != nil && (id == 0 || e.Reason == prokura.NotFound && e.Field == "business") {
		err = prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(kit.ProblemBusinessID)).WithField("business_id")
	} else if err != nil && e.Field == "business" {
		err = e.WithField("business_id")
	} else if err != nil && e.Field == "permitted_tasks" {
		err = e.WithField("task")
	}
	if err != nil {
		return q.Correct(p, err)
	}
	return toAsset(q, h.Business.ID, v.Asset.ID, NoticeAssetShared)
}

func assetUnsharePage(q *kit.Request) error {
	h, v, err := assetFrame(q, true)
	if err != nil {
		return err
	}
	partner := q.R.URL.Query().Get("partner")
	for _, a := range v.Agencies {
		if a.Business.ID.String() == partner && !a.Pending {
			p := assetConfirm(q, h, v, "unshare")
			p.Partner, p.Fields = a.Business.Name, []kit.HiddenField{{Name: "business_id", Value: partner}}
			return q.Show(p)
		}
	}
	return kit.ErrNoPage
}

func assetUnshare(q *kit.Request) error {
	h, v, err := assetFrame(q, true)
	if err != nil {
		return err
	}
	id, err := prokura.ParseID(q.Field("business_id"))
	if err != nil {
		return kit.ErrNoPage
	}
	if err := assets.Unshare(q.Context(), q.Registry, q.Caller, v.Asset.ID, id); err != nil {
		return err
	}
	return toAsset(q, h.Business.ID, v.Asset.ID, NoticeAssetUnshared)
}
