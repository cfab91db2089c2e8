package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/registry/businesses"
)

const (
	assetsPath = "/business/{id}/assets"
	assetPath  = assetsPath + "/{asset}"
)

var businessAssetRoutes = []route{
	{pattern: "GET " + assetsPath, serve: (*request).businessAssets},
	{pattern: "GET " + assetsPath + "/new", serve: (*request).assetNewPage},
	{pattern: "POST " + assetsPath + "/new", serve: (*request).assetNew},
	{pattern: "GET " + assetsPath + "/claim", serve: (*request).assetClaimPage},
	{pattern: "POST " + assetsPath + "/claim", serve: (*request).assetClaim},
	{pattern: "GET " + assetPath, serve: (*request).businessAsset},
	{pattern: "POST " + assetPath + "/rename", serve: (*request).assetRename},
	{pattern: "GET " + assetPath + "/delete", serve: (*request).assetDeletePage},
	{pattern: "POST " + assetPath + "/delete", serve: (*request).assetDelete},
	{pattern: "GET " + assetPath + "/release", serve: (*request).assetReleasePage},
	{pattern: "POST " + assetPath + "/release", serve: (*request).assetRelease},
	{pattern: "GET " + assetPath + "/assign", serve: (*request).assetAssignPage},
	{pattern: "POST " + assetPath + "/assign", serve: (*request).assetAssign},
	{pattern: "POST " + assetPath + "/unassign", serve: (*request).assetUnassign},
	{pattern: "GET " + assetPath + "/share", serve: (*request).assetSharePage},
	{pattern: "POST " + assetPath + "/share", serve: (*request).assetShare},
	{pattern: "GET " + assetPath + "/unshare", serve: (*request).assetUnsharePage},
	{pattern: "POST " + assetPath + "/unshare", serve: (*request).assetUnshare},
}

const businessAssetsShown = 50

func assetsOf(business prokura.ID) string { return "/business/" + business.String() + "/assets" }

func assetOf(business, asset prokura.ID) string { return assetsOf(business) + "/" + asset.String() }

func (q *request) businessAssets() error {
	h, err := q.head()
	if err != nil {
		return err
	}
	values := q.r.URL.Query()
	p := &BusinessAssetsPage{Base: q.base(), Business: businessView(h.Business), FullControl: h.FullControl(),
		Query: validText(strings.TrimSpace(values.Get("q"))), Kind: values.Get("kind"), Taken: values.Get("whose") == "shared"}
	find := assets.Filter{Kind: prokura.AssetKind(p.Kind), Search: p.Query, Shared: p.Taken, Limit: businessAssetsShown}
	if find.After, err = q.after("after"); err != nil {
		return err
	}
	if before, err := q.after("before"); err != nil {
		return err
	} else if before != 0 {
		find.After, find.Backward = before, true
	}
	list, err := assets.List(q.ctx(), q.Registry, q.caller, h.Business.ID, find)
	if err != nil {
		return err
	}
	p.Shared = list.Shared
	p.Kinds = q.kindCounts(p.Kind, list.Counts)
	for _, k := range p.Kinds {
		p.All += k.Number
	}
	for _, a := range list.Assets {
		p.Assets = append(p.Assets, AssetRow{AssetHead: q.assetHead(a.Asset), Owner: a.Owner.Name,
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
	return q.show(p)
}

// kindCounts are the kinds of the catalog, one of which is the current one.
func (q *request) kindCounts(current string, counts map[prokura.AssetKind]int) []KindCount {
	var out []KindCount
	for _, k := range q.Registry.Catalog().Kinds {
		out = append(out, KindCount{Kind: string(k.Kind), Title: k.Plural, Number: counts[k.Kind], Current: string(k.Kind) == current})
	}
	return out
}

// taskChoices are the tasks of a kind that may be given, with those ticked that
// are.
func (s *Server) taskChoices(kind prokura.AssetKind, permitted, given []prokura.Task) []TaskChoice {
	info, _ := s.Registry.Catalog().Kind(kind)
	var out []TaskChoice
	for _, t := range info.Tasks {
		if slices.Contains(permitted, t.Task) {
			out = append(out, TaskChoice{Task: string(t.Task), Title: t.Title, Checked: slices.Contains(given, t.Task)})
		}
	}
	return out
}

// taskSets are the sets of tasks of a kind that go together, as far as they may
// be given, in plain words; none where any set does.
func (s *Server) taskSets(kind prokura.AssetKind, permitted []prokura.Task) []string {
	info, _ := s.Registry.Catalog().Kind(kind)
	var out []string
	for _, set := range info.TaskSets {
		if !slices.ContainsFunc(set, func(t prokura.Task) bool { return !slices.Contains(permitted, t) }) {
			out = append(out, strings.Join(s.taskWords(kind, set), " + "))
		}
	}
	return out
}

// tasks are the ticked tasks of a form.
func (q *request) tasks(name string) []prokura.Task {
	var out []prokura.Task
	for _, t := range q.fields(name) {
		if task := prokura.Task(validText(t)); !slices.Contains(out, task) {
			out = append(out, task)
		}
	}
	return out
}

// allTasks are all tasks of a kind.
func (s *Server) allTasks(kind prokura.AssetKind) []prokura.Task {
	info, _ := s.Registry.Catalog().Kind(kind)
	var out []prokura.Task
	for _, t := range info.Tasks {
		out = append(out, t.Task)
	}
	return out
}

// assetFrame loads the business and the asset in the path; full wants full
// control of the business.
func (q *request) assetFrame(full bool) (businesses.Head, *assets.View, error) {
	h, err := q.head()
	if full {
		h, err = q.controlled()
	}
	if err != nil {
		return h, nil, err
	}
	id, err := q.id("asset")
	if err != nil {
		return h, nil, err
	}
	after, err := q.after("after")
	if err != nil {
		return h, nil, err
	}
	v, err := assets.Show(q.ctx(), q.Registry, q.caller, h.Business.ID, id, after)
	return h, v, err
}

func (q *request) businessAsset() error {
	h, v, err := q.assetFrame(false)
	if err != nil {
		return err
	}
	return q.show(q.assetPageOf(h, v))
}

func (q *request) assetPageOf(h businesses.Head, v *assets.View) *BusinessAssetPage {
	p := &BusinessAssetPage{Base: q.base(), Business: businessView(h.Business), FullControl: h.FullControl(), Asset: q.assetHead(v.Asset),
		Own: v.Own(), Owner: businessView(v.Owner), Name: v.Asset.Name, FullAll: v.FullAll, Created: moment(v.Asset.Created)}
	if !p.Own {
		p.Permitted = q.taskWords(v.Asset.Kind, v.Permitted)
	}
	groups := map[prokura.ID]AssetView{}
	for _, g := range v.Groups {
		groups[g.ID] = AssetView{ID: g.ID.String(), Name: g.Name}
		p.Groups = append(p.Groups, groups[g.ID])
	}
	for _, a := range v.Full {
		p.Full = append(p.Full, q.workerRow(a))
	}
	for _, w := range v.Workers {
		row := q.workerRow(assets.Assignee{Subject: w.Subject, Member: w.Member, Name: w.Name, Email: w.Email, Role: w.Role})
		row.Tasks = q.taskWords(v.Asset.Kind, w.Direct)
		for _, g := range v.Groups {
			if list := w.Groups[g.ID]; len(list) > 0 {
				row.Groups = append(row.Groups, GroupTasks{groups[g.ID], q.taskWords(v.Asset.Kind, list)})
			}
		}
		p.Workers = append(p.Workers, row)
	}
	if v.More {
		p.Later = v.Workers[len(v.Workers)-1].Subject.String()
	}
	for _, a := range v.Agencies {
		p.Partners = append(p.Partners, AgencyRow{BusinessView: businessView(a.Business), Tasks: q.taskWords(v.Asset.Kind, a.Tasks), Pending: a.Pending, Since: moment(a.Requested)})
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

func (q *request) workerRow(a assets.Assignee) WorkerRow {
	row := WorkerRow{ID: a.Member.String(), Name: a.Name, Email: a.Email, Self: a.Member != 0 && a.Subject == q.caller.Person.ID}
	if a.Member == 0 {
		row.ID, row.System = a.Subject.String(), true
	}
	return row
}

// toAsset leads back to an asset.
func (q *request) toAsset(business, asset prokura.ID, notice string, values ...string) error {
	q.flash(notice, values...)
	return q.redirect(assetOf(business, asset))
}

func (q *request) assetNewPage() error {
	h, err := q.controlled()
	if err != nil {
		return err
	}
	return q.show(&BusinessAssetNewPage{Base: q.base(), Business: businessView(h.Business), Kinds: q.kindCounts(q.r.URL.Query().Get("kind"), nil)})
}

func (q *request) assetNew() error {
	h, err := q.controlled()
	if err != nil {
		return err
	}
	v := assets.Draft{Business: h.Business.ID, Kind: prokura.AssetKind(q.field("kind")), Name: q.text("name"), Currency: strings.ToUpper(q.text("currency"))}
	id, err := assets.Create(q.ctx(), q.Registry, q.caller, v)
	if err != nil {
		return q.correct(&BusinessAssetNewPage{Base: q.base(), Business: businessView(h.Business), Kinds: q.kindCounts(string(v.Kind), nil), Name: v.Name, Currency: v.Currency}, err)
	}
	return q.toAsset(h.Business.ID, id, NoticeAssetCreated, "asset", v.Name)
}

// claimPage is the form that asks for an asset of one kind.
func (q *request) claimPage(h businesses.Head, kind string) *BusinessAssetClaimPage {
	p := &BusinessAssetClaimPage{Base: q.base(), Business: businessView(h.Business), Kinds: q.kindCounts(kind, nil)}
	at := slices.IndexFunc(p.Kinds, func(k KindCount) bool { return k.Current })
	if at < 0 {
		at = 0
		p.Kinds[0].Current = true
	}
	p.Kind = p.Kinds[at]
	k := prokura.AssetKind(p.Kind.Kind)
	p.Tasks, p.Sets = q.taskChoices(k, q.allTasks(k), nil), q.taskSets(k, q.allTasks(k))
	return p
}

func (q *request) assetClaimPage() error {
	h, err := q.controlled()
	if err != nil {
		return err
	}
	return q.show(q.claimPage(h, q.r.URL.Query().Get("kind")))
}

func (q *request) assetClaim() error {
	h, err := q.controlled()
	if err != nil {
		return err
	}
	p := q.claimPage(h, q.field("kind"))
	p.AssetID, p.Own = q.text("asset_id"), q.field("as") == "own"
	kind, tasks := prokura.AssetKind(p.Kind.Kind), q.tasks("task")
	p.Tasks = q.taskChoices(kind, q.allTasks(kind), tasks)
	id, err := prokura.ParseNodeID(p.AssetID)
	if err != nil {
		return q.correct(p, prokura.Errorf(prokura.InvalidParameter, "%s", q.words(ProblemAssetID)).WithField("asset_id"))
	}
	state, err := assets.AskFor(q.ctx(), q.Registry, q.caller, assets.Request{Business: h.Business.ID, Asset: id, Kind: kind, Own: p.Own, Tasks: tasks})
	if prokura.AsError(err) != nil && prokura.AsError(err).Reason == prokura.NotFound {
		err = prokura.Errorf(prokura.InvalidParameter, "%s", q.words(ProblemAssetID)).WithField("asset_id")
	}
	if err != nil {
		return q.correct(p, atTask(err))
	}
	if state == prokura.RequestConfirmed {
		return q.toAsset(h.Business.ID, id, NoticeAssetGained)
	}
	q.flash(NoticeAssetAsked)
	return q.redirect(requestsOf(h.Business.ID))
}

// atTask puts problems of tasks to the field that pages have for them.
func atTask(err error) error {
	e := prokura.AsError(err)
	if e.Reason == prokura.TasksInvalid || e.Field == "tasks" {
		return e.WithField("task")
	}
	return err
}

func (q *request) assetRename() error {
	h, v, err := q.assetFrame(true)
	if err != nil {
		return err
	}
	name := q.text("name")
	if err := assets.Rename(q.ctx(), q.Registry, q.caller, v.Asset.ID, name); err != nil {
		p := q.assetPageOf(h, v)
		p.Name = name
		return q.correct(p, err)
	}
	return q.toAsset(h.Business.ID, v.Asset.ID, NoticeSaved)
}

func (q *request) assetConfirm(h businesses.Head, v *assets.View, what string) *BusinessConfirmPage {
	back := assetOf(h.Business.ID, v.Asset.ID)
	return &BusinessConfirmPage{Base: q.base(), Business: businessView(h.Business), What: what, Here: "assets", Action: back + "/" + what,
		Back: back, BackName: v.Asset.Name, Name: v.Asset.Name}
}

func (q *request) assetDeletePage() error {
	h, v, err := q.assetFrame(true)
	if err != nil {
		return err
	}
	if !v.Own() {
		return errNoPage
	}
	return q.show(q.assetConfirm(h, v, "delete"))
}

func (q *request) assetDelete() error {
	h, v, err := q.assetFrame(true)
	if err != nil {
		return err
	}
	if err := assets.Delete(q.ctx(), q.Registry, q.caller, v.Asset.ID); err != nil {
		return err
	}
	q.flash(NoticeAssetDeleted, "asset", v.Asset.Name)
	return q.redirect(assetsOf(h.Business.ID))
}

func (q *request) assetReleasePage() error {
	h, v, err := q.assetFrame(true)
	if err != nil {
		return err
	}
	if v.Own() {
		return errNoPage
	}
	p := q.assetConfirm(h, v, "release")
	p.Partner = v.Owner.Name
	return q.show(p)
}

func (q *request) assetRelease() error {
	h, v, err := q.assetFrame(true)
	if err != nil {
		return err
	}
	if err := assets.Release(q.ctx(), q.Registry, q.caller, v.Asset.ID, h.Business.ID); err != nil {
		return err
	}
	q.flash(NoticeAssetReleased, "asset", v.Asset.Name, "business", v.Owner.Name)
	return q.redirect(assetsOf(h.Business.ID))
}

const assigneesShown = 25

// findPeople fills in who of a business may be given tasks, as the query of the
// address selects them.
func (q *request) findPeople(business prokura.ID) (query string, rows []WorkerRow, page int, more bool, err error) {
	values := q.r.URL.Query()
	query = validText(strings.TrimSpace(values.Get("q")))
	if page, err = strconv.Atoi(values.Get("page")); err != nil || page < 1 || page > 10_000 {
		page = 1
	}
	list, err := assets.Assignees(q.ctx(), q.Registry, q.caller, business, query, (page-1)*assigneesShown, assigneesShown+1)
	if more = len(list) > assigneesShown; more {
		list = list[:assigneesShown]
	}
	for _, a := range list {
		rows = append(rows, q.workerRow(a))
	}
	return query, rows, page, more, err
}

// assignPage is the form that gives somebody tasks on an asset: somebody chosen
// from the list, or the user whose tasks are to be changed.
func (q *request) assignPage(h businesses.Head, v *assets.View, user string) (*BusinessAssetAssignPage, error) {
	p := &BusinessAssetAssignPage{Base: q.base(), Business: businessView(h.Business), Asset: q.assetHead(v.Asset), User: user}
	var err error
	if p.Query, p.People, p.Page, p.More, err = q.findPeople(h.Business.ID); err != nil {
		return nil, err
	}
	var given []prokura.Task
	if id, perr := prokura.ParseID(q.r.URL.Query().Get("user")); perr == nil {
		who, err := assets.AssigneeOn(q.ctx(), q.Registry, q.caller, h.Business.ID, v.Asset.ID, id)
		if err != nil {
			return nil, err
		}
		row := q.workerRow(who.Assignee)
		p.Who, p.User, given = &row, row.ID, who.Worker.Direct
	}
	p.Tasks, p.Sets = q.taskChoices(v.Asset.Kind, v.Permitted, given), q.taskSets(v.Asset.Kind, v.Permitted)
	return p, nil
}

func (q *request) assetAssignPage() error {
	h, v, err := q.assetFrame(true)
	if err != nil {
		return err
	}
	p, err := q.assignPage(h, v, "")
	if err != nil {
		return err
	}
	return q.show(p)
}

func (q *request) assetAssign() error {
	h, v, err := q.assetFrame(true)
	if err != nil {
		return err
	}
	user, tasks := q.field("user"), q.tasks("task")
	id, err := prokura.ParseID(user)
	if err != nil {
		err = prokura.Errorf(prokura.InvalidParameter, "%s", q.words(ProblemAssignee)).WithField("user")
	} else {
		err = assets.Assign(q.ctx(), q.Registry, q.caller, v.Asset.ID, id, tasks)
	}
	if err == nil {
		return q.toAsset(h.Business.ID, v.Asset.ID, NoticeAssetAssigned)
	}
	p, perr := q.assignPage(h, v, user)
	if perr != nil {
		return perr
	}
	p.Tasks = q.taskChoices(v.Asset.Kind, v.Permitted, tasks)
	return q.correct(p, atTask(err))
}

func (q *request) assetUnassign() error {
	h, v, err := q.assetFrame(true)
	if err != nil {
		return err
	}
	id, err := prokura.ParseID(q.field("user"))
	if err != nil {
		return errNoPage
	}
	if err := assets.Unassign(q.ctx(), q.Registry, q.caller, v.Asset.ID, id); err != nil {
		return q.correct(q.assetPageOf(h, v), atField(err, "user", ""))
	}
	return q.toAsset(h.Business.ID, v.Asset.ID, NoticeAssetUnassigned)
}

// sharePage is the form that lets a business use an asset: one that is named, or
// the partner whose tasks are to be changed.
func (q *request) sharePage(h businesses.Head, v *assets.View) *BusinessAssetSharePage {
	p := &BusinessAssetSharePage{Base: q.base(), Business: businessView(h.Business), Asset: q.assetHead(v.Asset)}
	var given []prokura.Task
	partner := q.r.URL.Query().Get("partner")
	for _, a := range v.Agencies {
		if a.Business.ID.String() == partner {
			known := businessView(a.Business)
			p.Known, p.Partner, given = &known, known.ID, a.Tasks
		}
	}
	all := q.allTasks(v.Asset.Kind)
	p.Tasks, p.Sets = q.taskChoices(v.Asset.Kind, all, given), q.taskSets(v.Asset.Kind, all)
	return p
}

func (q *request) assetSharePage() error {
	h, v, err := q.assetFrame(true)
	if err != nil {
		return err
	}
	if !v.Own() {
		return errNoPage
	}
	return q.show(q.sharePage(h, v))
}

func (q *request) assetShare() error {
	h, v, err := q.assetFrame(true)
	if err != nil {
		return err
	}
	p, tasks := q.sharePage(h, v), q.tasks("task")
	p.Partner, p.Tasks = q.text("business_id"), q.taskChoices(v.Asset.Kind, q.allTasks(v.Asset.Kind), tasks)
	id, err := prokura.ParseID(p.Partner)
	if err == nil {
		err = assets.Share(q.ctx(), q.Registry, q.caller, v.Asset.ID, id, tasks)
	}
	if e := prokura.AsError(err); err != nil && (id == 0 || e.Reason == prokura.NotFound && e.Field == "business") {
		err = prokura.Errorf(prokura.InvalidParameter, "%s", q.words(ProblemBusinessID)).WithField("business_id")
	} else if err != nil && e.Field == "business" {
		err = e.WithField("business_id")
	} else if err != nil && e.Field == "permitted_tasks" {
		err = e.WithField("task")
	}
	if err != nil {
		return q.correct(p, err)
	}
	return q.toAsset(h.Business.ID, v.Asset.ID, NoticeAssetShared)
}

func (q *request) assetUnsharePage() error {
	h, v, err := q.assetFrame(true)
	if err != nil {
		return err
	}
	partner := q.r.URL.Query().Get("partner")
	for _, a := range v.Agencies {
		if a.Business.ID.String() == partner && !a.Pending {
			p := q.assetConfirm(h, v, "unshare")
			p.Partner, p.Fields = a.Business.Name, []HiddenField{{"business_id", partner}}
			return q.show(p)
		}
	}
	return errNoPage
}

func (q *request) assetUnshare() error {
	h, v, err := q.assetFrame(true)
	if err != nil {
		return err
	}
	id, err := prokura.ParseID(q.field("business_id"))
	if err != nil {
		return errNoPage
	}
	if err := assets.Unshare(q.ctx(), q.Registry, q.caller, v.Asset.ID, id); err != nil {
		return err
	}
	return q.toAsset(h.Business.ID, v.Asset.ID, NoticeAssetUnshared)
}
