package integrations

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/systemusers"
	"github.com/prokura/prokura/internal/web/kit"
)

const grantsPath = "/business/{id}/integrations/grants"

var grantRoutes = []kit.Route{
	{Pattern: "GET " + grantsPath, Serve: listGrants},
	{Pattern: "GET " + grantsPath + "/{family}", Serve: showGrant},
	{Pattern: "GET " + grantsPath + "/{family}/narrow", Serve: narrow},
	{Pattern: "POST " + grantsPath + "/{family}/narrow", Serve: narrowSent},
	{Pattern: "GET " + grantsPath + "/{family}/end", Serve: grantEndPage},
	{Pattern: "POST " + grantsPath + "/{family}/end", Serve: grantEnd},
	{Pattern: "GET " + grantsPath + "/{family}/tokens/{mark}/narrow", Serve: narrow},
	{Pattern: "POST " + grantsPath + "/{family}/tokens/{mark}/narrow", Serve: narrowSent},
	{Pattern: "GET " + grantsPath + "/{family}/tokens/{mark}/end", Serve: tokenEndPage},
	{Pattern: "POST " + grantsPath + "/{family}/tokens/{mark}/end", Serve: tokenEnd},
}

const familiesShown = 25

// listGrants lists who holds power over the business.
func listGrants(q *kit.Request) error {
	b, err := q.Business()
	if err != nil {
		return err
	}
	query := q.R.URL.Query()
	p := &GrantsPage{Base: q.Base(), Business: kit.BusinessOf(b.Business), Query: kit.ValidText(query.Get("q")), App: query.Get("app"), Asset: query.Get("asset"), First: query.Get("after") == ""}
	look := grants.FamilyQuery{Search: p.Query, Limit: familiesShown, ByName: true}
	look.App, look.Asset, look.After = idOr0(p.App), idOr0(p.Asset), idOr0(query.Get("after"))
	list, err := grants.Families(q.Context(), q.Registry, q.Caller, b.Business.ID, look, look.Asset == 0)
	if err != nil {
		return err
	}
	if list.Asset != nil {
		p.AssetName = list.Asset.Name
	}
	p.Total = list.Total
	for _, f := range list.Families {
		p.Families = append(p.Families, familyRow(q, f))
	}
	if list.More {
		p.Later = "?" + url.Values{"q": {p.Query}, "app": {p.App}, "asset": {p.Asset}, "after": {list.Families[len(list.Families)-1].ID.String()}}.Encode()
	}
	apps, err := grants.FamilyApps(q.Context(), q.Registry, q.Caller, b.Business.ID)
	for _, a := range apps {
		p.Apps = append(p.Apps, AppOption{a.ID.String(), a.Name, a.ID == look.App})
	}
	if err != nil {
		return err
	}
	return q.Show(p)
}

// idOr0 reads an id of an address; what is none selects nothing in particular.
func idOr0(s string) prokura.ID {
	id, err := prokura.ParseNodeID(s)
	if err != nil {
		return 0
	}
	return id
}

func familyRow(q *kit.Request, f grants.Family) FamilyRow {
	catalog := q.Registry.Catalog()
	names := catalog.Names(f.Scopes)
	row := FamilyRow{ID: f.ID.String(), App: kit.AppOf(f.App, f.Owner), SystemUser: f.Grant == nil, Permissions: len(names), By: f.By, ByLeft: f.ByLeft,
		Roots: f.Roots(), Granular: f.Working(prokura.TokenChild), Pages: f.Working(prokura.TokenPage), More: f.More,
		Given: f.Created.Time(), Used: kit.Moment(f.Used), Ends: kit.Moment(f.Ends()),
		Reach: ReachView{Everything: f.Reach.Everything, Assigned: f.Reach.Assigned, Assets: f.Reach.Assets()}}
	if f.OfPerson() {
		row.Person, row.Business, row.Member, row.Holder, row.By = true, f.Member.Business.String(), f.Member.ID.String(), f.By, ""
		row.Reach.Person = true
	} else if row.SystemUser {
		row.Holder, row.Admin = f.SystemUser.Name, f.SystemUser.Role == prokura.SystemUserAdmin
	} else if c := f.Grant.Configuration; c != nil && c.Deleted == 0 {
		row.Holder = c.Name
	}
	for _, name := range names {
		if info, _ := catalog.Permission(name); info.Risk != prokura.RiskNone && !slices.Contains(row.Risks, info.Risk) {
			row.Risks = append(row.Risks, info.Risk)
		}
	}
	for _, k := range f.Reach.Kinds {
		row.Reach.Kinds = append(row.Reach.Kinds, KindView{string(k.Kind), q.KindTitle(k.Kind), k.Number})
	}
	return row
}

// familyInPath loads the family in the path.
func familyInPath(q *kit.Request, look grants.FamilyLook) (*grants.FamilyView, error) {
	business, err := q.ID("id")
	if err != nil {
		return nil, err
	}
	family, err := q.ID("family")
	if err != nil {
		return nil, err
	}
	return grants.ShowFamily(q.Context(), q.Registry, q.Caller, business, family, look)
}

// showGrant shows one family with its tokens.
func showGrant(q *kit.Request) error {
	query := q.R.URL.Query()
	page := pageOf(query, "page")
	look := grants.FamilyLook{Page: page - 1, Assets: registry.AssetQuery{Search: kit.ValidText(query.Get("q")), After: idOr0(query.Get("after"))}}
	v, err := familyInPath(q, look)
	if err != nil {
		return err
	}
	p := &GrantPage{Base: q.Base(), Business: kit.BusinessOf(v.Business), Family: familyRow(q, v.Family), Groups: q.PermissionGroups(v.Scopes),
		Query: look.Assets.Search, Earlier: look.Assets.After != 0, Lost: v.Lost, Page: page, More: v.More}
	p.Search = p.Query != "" || v.Assets.More || p.Earlier
	if v.Grant != nil && v.Updated != v.Created {
		p.Updated = v.Updated.Time()
	}
	if v.Grant != nil {
		p.ConfigID = v.Grant.Grant.Configuration.String()
	}
	// In the order of kinds; the kind's number is that of all pages.
	for _, k := range p.Family.Reach.Kinds {
		kind := kit.AssetKindView{Kind: k.Kind, Title: k.Title, Paging: kit.Paging{Page: 1, Pages: 1, Matching: k.Number}}
		if v.Grant != nil {
			if i := slices.IndexFunc(v.Grant.Grant.Kinds, func(a prokura.ConfigurationAsset) bool { return string(a.Kind) == k.Kind }); i >= 0 {
				kind.Tasks = q.TaskTitles(v.Grant.Grant.Kinds[i], v.Scopes, false)
			}
		}
		for _, a := range v.Assets.Assets {
			if string(a.Kind) == k.Kind {
				kind.Assets = append(kind.Assets, kit.AssetView{ID: a.ID.String(), Name: a.Name})
			}
		}
		if len(kind.Assets) > 0 {
			p.Assets = append(p.Assets, kind)
		}
	}
	if v.Assets.More {
		p.Later = "?" + url.Values{"q": {p.Query}, "after": {v.Assets.Assets[len(v.Assets.Assets)-1].ID.String()}}.Encode()
	}
	for _, t := range v.List {
		p.Tokens = append(p.Tokens, tokenRow(q, t))
	}
	return q.Show(p)
}

var tokenRowKinds = map[prokura.TokenKind]string{
	prokura.TokenIntegration: "root", prokura.TokenChild: "granular", prokura.TokenSystemUser: "system_user", prokura.TokenPage: "page",
}

func tokenRow(q *kit.Request, t grants.FamilyToken) TokenRow {
	row := TokenRow{Mark: t.Mark, Parent: t.Parent, Kind: tokenRowKinds[t.Kind], Made: t.Issued.Time(), Ends: kit.Moment(t.Expires), Used: kit.Moment(t.Used),
		Limited: t.Narrowed, Reached: t.Reached, Page: t.Page}
	for _, name := range q.Registry.Catalog().Names(t.Scopes) {
		row.Scopes = append(row.Scopes, string(name))
	}
	for _, a := range t.Assets {
		row.Assets = append(row.Assets, a.Name)
	}
	return row
}

// grantEndPage asks before everything of a family ends.
func grantEndPage(q *kit.Request) error {
	v, err := familyInPath(q, grants.FamilyLook{})
	if err != nil {
		return err
	}
	return q.Show(&GrantEndPage{Base: q.Base(), Business: kit.BusinessOf(v.Business), Family: familyRow(q, v.Family)})
}

// grantEnd ends what a grant gave, or what a system user does with an app, at
// once (R-TOKEN-11).
func grantEnd(q *kit.Request) error {
	business, err := q.ID("id")
	if err != nil {
		return err
	}
	family, err := q.ID("family")
	if err != nil {
		return err
	}
	v, err := grants.FindFamily(q.Context(), q.Registry, q.Caller, business, family)
	if err != nil {
		return err
	}
	notice := NoticeGrantEnded
	switch {
	case v.OfPerson():
		notice, err = NoticeGrantPersonEnded, grants.EndFamily(q.Context(), q.Registry, q.Caller, v.Business.ID, v.ID)
	case v.Grant != nil:
		err = grants.End(q.Context(), q.Registry, q.Caller, v.Business.ID, v.ID)
	case q.Field("do") == "uninstall":
		notice, err = NoticeGrantUninstalled, systemusers.Uninstall(q.Context(), q.Registry, q.Caller, v.SystemUser.ID, v.App.ID)
	case q.Field("do") == "tokens":
		notice, err = NoticeGrantTokensEnded, systemusers.EndTokens(q.Context(), q.Registry, q.Caller, v.SystemUser.ID, v.App.ID)
	default:
		return prokura.Errorf(prokura.InvalidParameter, "The form does not say what is to end.").WithField("do")
	}
	if err != nil {
		return err
	}
	q.Flash(notice, "app", v.App.Name, "holder", v.SystemUser.Name, "person", v.By, "business", v.Business.Name)
	return q.Redirect("/business/" + v.Business.ID.String() + "/integrations/grants")
}

// tokenInPath loads the family and the token in the path.
func tokenInPath(q *kit.Request) (*grants.FamilyView, error) {
	return familyInPath(q, grants.FamilyLook{Token: kit.ValidText(q.R.PathValue("mark"))})
}

func tokenEndPage(q *kit.Request) error {
	v, err := tokenInPath(q)
	if err != nil {
		return err
	}
	return q.Show(&TokenEndPage{Base: q.Base(), Business: kit.BusinessOf(v.Business), Family: familyRow(q, v.Family), Token: tokenRow(q, *v.Token)})
}

func tokenEnd(q *kit.Request) error {
	v, err := tokenInPath(q)
	if err != nil {
		return err
	}
	if err := grants.EndFamilyToken(q.Context(), q.Registry, q.Caller, v.Business.ID, v.ID, v.Token.Mark); err != nil {
		return err
	}
	q.Flash(NoticeGrantTokenEnded, "mark", v.Token.Mark)
	return q.Redirect(backTo(q, v, v.Family.Working("") > 1))
}

// backTo is the family's page while it lives, else the list.
func backTo(q *kit.Request, v *grants.FamilyView, lives bool) string {
	path := "/business/" + v.Business.ID.String() + "/integrations/grants"
	if lives || v.Grant != nil {
		path += "/" + v.ID.String()
	}
	return path
}

// narrow shows the form that takes permissions and assets away, further down
// its list of assets, or what is ticked for a last look. Nothing changes by
// looking, so the form travels in the address.
func narrow(q *kit.Request) error {
	query := q.R.URL.Query()
	ticks, err := ticksOf(query)
	if err != nil {
		return err
	}
	look := grants.FamilyLook{Picked: ticks.assets, Assets: registry.AssetQuery{Search: kit.ValidText(query.Get("q"))}}
	do, after, _ := strings.Cut(query.Get("do"), ":")
	if do == "after" {
		look.Assets.After = idOr0(after)
	}
	v, err := narrowed(q, look)
	if err != nil {
		return err
	}
	if do == "review" {
		return narrowReview(q, v, ticks)
	}
	if ticks.assets, err = ticked(q, v, do, ticks.assets); err != nil {
		return q.Correct(narrowPage(q, v, ticks), err)
	}
	if look.Picked = ticks.assets; do == "all" || do == "others" || do == "none" {
		if v, err = narrowed(q, look); err != nil {
			return err
		}
	}
	return q.Show(narrowPage(q, v, ticks))
}

// ticked are the assets that stand ticked after one of the buttons above their
// list: all that are found, none, or all others.
func ticked(q *kit.Request, v *grants.FamilyView, do string, list []prokura.ID) ([]prokura.ID, error) {
	found := v.Held.Assets
	if q.R.URL.Query().Get("q") != "" {
		found = nil
		for _, a := range v.Assets.Assets {
			found = append(found, a.ID)
		}
	}
	switch do {
	case "all":
		found = append(slices.Clone(found), list...)
	case "others":
		found = registry.Except(v.Held.Assets, list)
	case "none":
		return nil, nil
	default:
		return list, nil
	}
	slices.Sort(found)
	if found = slices.Compact(found); len(found) > maxTicks {
		return list, prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(ProblemManyTicked))
	}
	return found, nil
}

// narrowSent takes away what is ticked.
func narrowSent(q *kit.Request) error {
	ticks, err := ticksOf(q.R.PostForm)
	if err != nil {
		return err
	}
	v, err := narrowed(q, grants.FamilyLook{Picked: ticks.assets})
	if err != nil {
		return err
	}
	keep, err := kept(q, v, ticks)
	if err != nil {
		return q.Correct(narrowPage(q, v, ticks), err)
	}
	return narrowDone(q, v, keep)
}

// ticks are the permissions and assets to take away.
type ticks struct {
	scopes []prokura.Permission
	assets []prokura.ID
}

// maxTicks is how many assets are taken away at once: ticks travel in the
// address of the page.
const maxTicks = 300

func ticksOf(v url.Values) (t ticks, err error) {
	t.scopes = kit.Distinct[prokura.Permission](v["scope"])
	for _, s := range v["asset"] {
		id, err := prokura.ParseID(s)
		if err != nil {
			return t, prokura.Errorf(prokura.InvalidParameter, "The form holds something that is not an id.").WithField("asset")
		}
		t.assets = append(t.assets, id)
	}
	slices.Sort(t.assets)
	t.assets = slices.Compact(t.assets)
	return t, nil
}

// narrowed loads what is to be narrowed: the grant in the path, or the token of
// a system user.
func narrowed(q *kit.Request, look grants.FamilyLook) (*grants.FamilyView, error) {
	look.Token = kit.ValidText(q.R.PathValue("mark"))
	v, err := familyInPath(q, look)
	if err == nil && (v.OfPerson() || (v.Grant == nil) != (look.Token != "")) {
		// A system user's tokens narrow one by one, an app's by their grant, and what
		// a person gave is theirs.
		return nil, kit.ErrNoPage
	}
	return v, err
}

func narrowPage(q *kit.Request, v *grants.FamilyView, t ticks) *NarrowPage {
	catalog := q.Registry.Catalog()
	held, _ := catalog.Set(v.Held.Scopes...)
	p := &NarrowPage{Base: q.Base(), Business: kit.BusinessOf(v.Business), Family: familyRow(q, v.Family), Groups: q.PermissionGroups(held),
		Total: reached(v), Follows: follows(v), Endless: v.Endless, Query: kit.ValidText(q.R.URL.Query().Get("q"))}
	if v.Token != nil {
		p.Mark = v.Token.Mark
	}
	kit.EachPermission(p.Groups, func(x *kit.PermissionView) { x.Checked = slices.Contains(t.scopes, prokura.Permission(x.Name)) })
	shown := map[prokura.ID]bool{}
	for _, a := range v.Assets.Assets {
		shown[a.ID] = true
		p.Assets = append(p.Assets, assetPick(q, a.Asset, slices.Contains(t.assets, a.ID)))
	}
	for _, a := range v.Picked {
		if !shown[a.ID] {
			p.Picked = append(p.Picked, assetPick(q, a, true))
		}
	}
	if v.Assets.More {
		p.Later = "after:" + v.Assets.Assets[len(v.Assets.Assets)-1].ID.String()
	}
	return p
}

func assetPick(q *kit.Request, a prokura.Asset, checked bool) AssetPick {
	info, _ := q.Registry.Catalog().Kind(a.Kind)
	return AssetPick{ID: a.ID.String(), Name: a.Name, Kind: string(a.Kind), Detail: info.Title, Checked: checked}
}

// kept is what stays when the ticked permissions and assets go. Where nothing is
// left that is reached, nothing stays of what is not.
func kept(q *kit.Request, v *grants.FamilyView, t ticks) (grants.Narrowing, error) {
	var keep grants.Narrowing
	for _, s := range v.Held.Scopes {
		if !slices.Contains(t.scopes, s) {
			keep.Scopes = append(keep.Scopes, s)
		}
	}
	if len(keep.Scopes) == len(v.Held.Scopes) && len(v.Picked) == 0 {
		return keep, prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(ProblemNothingTicked))
	}
	if len(v.Picked) > maxTicks {
		return keep, prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(ProblemManyTicked))
	}
	gone := map[prokura.ID]bool{}
	for _, a := range v.Picked {
		gone[a.ID] = true
	}
	switch {
	case len(gone) == 0 && follows(v):
		return keep, nil // it goes on following its system user
	case len(gone) > 0 && len(gone) == reached(v):
		return grants.Narrowing{Scopes: keep.Scopes, Assets: []prokura.ID{}}, nil
	}
	keep.Assets = []prokura.ID{}
	for _, id := range v.Held.Assets {
		if !gone[id] {
			keep.Assets = append(keep.Assets, id)
		}
	}
	return keep, nil
}

// follows reports whether a token reaches whatever its system user does.
func follows(v *grants.FamilyView) bool { return v.Token != nil && !v.Token.Narrowed }

// reached counts the assets that can be taken away.
func reached(v *grants.FamilyView) int {
	switch {
	case v.Token == nil:
		return v.Reach.Assets()
	case v.Token.Narrowed:
		return v.Token.Reached
	}
	return len(v.Held.Assets)
}

// narrowReview shows what would be lost.
func narrowReview(q *kit.Request, v *grants.FamilyView, t ticks) error {
	keep, err := kept(q, v, t)
	if err != nil {
		return q.Correct(narrowPage(q, v, t), err)
	}
	catalog := q.Registry.Catalog()
	p := &NarrowReviewPage{Base: q.Base(), Business: kit.BusinessOf(v.Business), Family: familyRow(q, v.Family),
		Left: reached(v) - len(v.Picked), Follows: follows(v) && len(v.Picked) > 0, Tokens: v.Working(""),
		Ends: len(keep.Scopes) == 0 || len(v.Picked) > 0 && len(keep.Assets) == 0}
	if v.Token != nil {
		p.Mark, p.Tokens = v.Token.Mark, 1
	}
	back := url.Values{}
	for _, name := range v.Held.Scopes {
		if !slices.Contains(keep.Scopes, name) {
			info, _ := catalog.Permission(name)
			p.Lose = append(p.Lose, q.PermissionView(info))
			back.Add("scope", string(name))
		}
	}
	for _, a := range v.Picked {
		p.LoseOn = append(p.LoseOn, assetPick(q, a, true))
		back.Add("asset", a.ID.String())
	}
	p.Back = p.Path() + "?" + back.Encode()
	return q.Show(p)
}

func narrowDone(q *kit.Request, v *grants.FamilyView, keep grants.Narrowing) error {
	var ended bool
	var err error
	if v.Token != nil {
		ended, err = grants.NarrowSystemUserToken(q.Context(), q.Registry, q.Caller, v.Business.ID, v.ID, v.Token.Mark, keep)
	} else {
		ended, err = grants.Narrow(q.Context(), q.Registry, q.Caller, v.Business.ID, v.ID, keep)
	}
	if err != nil {
		return err
	}
	path := "/business/" + v.Business.ID.String() + "/integrations/grants"
	switch {
	case !ended:
		q.Flash(NoticeGrantNarrowed, "app", v.App.Name)
		path += "/" + v.ID.String()
	case v.Token != nil:
		q.Flash(NoticeGrantTokenEnded, "mark", v.Token.Mark)
	default:
		q.Flash(NoticeGrantEnded, "app", v.App.Name)
	}
	return q.Redirect(path)
}

// pageOf is the number of a page in an address, from 1.
func pageOf(query url.Values, name string) int {
	page, err := strconv.Atoi(query.Get(name))
	if err != nil || page < 1 || page > 1_000_000 {
		return 1
	}
	return page
}
