package dialog

import (
	"net/url"
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/login"
	"github.com/prokura/prokura/internal/web/account"
	"github.com/prokura/prokura/internal/web/kit"
)

// businessesShown is how many businesses one page of the list has.
const businessesShown = 20

func businessPage(q *kit.Request, v *login.View) *BusinessPage {
	p := &BusinessPage{Base: q.Base(), Dialog: dialogOf(q, v, "business"), Query: strings.TrimSpace(q.R.URL.Query().Get("q")), CanCreate: true}
	needle := strings.ToLower(p.Query)
	var found []BusinessChoice
	for _, b := range v.Businesses {
		if needle != "" && !strings.Contains(strings.ToLower(b.Name), needle) {
			continue
		}
		c := BusinessChoice{BusinessView: kit.BusinessView{ID: b.ID.String(), Name: b.Name, Verified: b.Verified},
			FullControl: b.Role == prokura.RoleAdmin, Connected: b.Existing}
		switch {
		case b.OwnsApp:
			c.Why = "owner"
		case !c.FullControl:
			c.Why = "role"
		case b.Demands:
			c.Why = "factor"
		case b.Lacking:
			c.Why = "access"
		}
		found = append(found, c)
	}
	// What can be chosen comes first; where there is one choice, it is made.
	slices.SortStableFunc(found, func(a, b BusinessChoice) int { return len(a.Why) - len(b.Why) })
	if eligible := slices.IndexFunc(found, func(b BusinessChoice) bool { return b.Why != "" }); eligible == 1 || eligible < 0 && len(found) == 1 {
		found[0].Checked = true
	}
	p.Paging = kit.PagingOf(q.R.URL.Query().Get("page"), len(found), businessesShown)
	p.Businesses = found[(p.Paging.Page-1)*businessesShown : min(len(found), p.Paging.Page*businessesShown)]
	return p
}

func chooseBusiness(q *kit.Request) error {
	id, err := prokura.ParseID(q.Field("business"))
	if err != nil {
		return again(q, prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(ProblemBusinessMissing)))
	}
	return afterStep(q, login.ChooseBusiness(q.Context(), q.Registry, q.Caller, loginID(q), q.Browser, id))
}

func businessNewPage(q *kit.Request) error {
	v, err := currentLogin(q)
	if err != nil {
		return err
	}
	if v.Step != prokura.StepBusiness || v.Refusal != nil {
		return toStep(q)
	}
	return q.Show(&kit.BusinessNewPage{Base: q.Base(), Dialog: dialogOf(q, v, "business")})
}

// makeBusiness makes a business and chooses it.
func makeBusiness(q *kit.Request) error {
	v, err := currentLogin(q)
	if err != nil {
		return err
	}
	if v.Step != prokura.StepBusiness || v.Refusal != nil {
		return toStep(q)
	}
	id, err := businesses.Create(q.Context(), q.Registry, q.Caller, q.Field("name"))
	if err != nil {
		return q.Correct(&kit.BusinessNewPage{Base: q.Base(), Dialog: dialogOf(q, v, "business"), Name: q.Field("name")}, err)
	}
	return afterStep(q, login.ChooseBusiness(q.Context(), q.Registry, q.Caller, loginID(q), q.Browser, id))
}

// assetsShown is how many assets of a kind one page has.
const assetsShown = 50

// assetPlace is what of a kind's list is on show: from the query of the page,
// or from the form that was sent from it.
func assetPlace(values url.Values, kind prokura.AssetKind) registry.AssetQuery {
	place := registry.AssetQuery{Kind: kind, ByName: true, Search: strings.ToValidUTF8(strings.TrimSpace(values.Get("q."+string(kind))), ""), Limit: assetsShown}
	if runes := []rune(place.Search); len(runes) > 100 {
		place.Search = string(runes[:100])
	}
	if id, err := prokura.ParseID(values.Get("after." + string(kind))); err == nil {
		place.After = id
	} else if id, err := prokura.ParseID(values.Get("before." + string(kind))); err == nil {
		place.After, place.Backward = id, true
	}
	return place
}

func assetsPage(q *kit.Request, v *login.View) (kit.Page, error) {
	p := &AssetsPage{Base: q.Base(), Dialog: dialogOf(q, v, "assets"), Demanding: v.Demanding, Again: len(v.Former) > 0,
		Follows: v.Existing != nil && !v.Existing.Limited()}
	if v.Business.ID != 0 {
		b := kit.BusinessOf(v.Business)
		p.Business = &b
	}
	place := q.R.URL.Query()
	if q.R.PostForm != nil {
		place = q.R.PostForm
	}
	var queries []registry.AssetQuery
	for _, k := range v.Configuration.Assets {
		queries = append(queries, assetPlace(place, k.Kind))
	}
	choices, err := login.AssetChoices(q.Context(), q.Registry, q.Caller, loginID(q), q.Browser, queries)
	if err != nil {
		return nil, err
	}
	for i, c := range choices {
		p.Sections = append(p.Sections, assetSection(q, v, c, queries[i]))
	}
	return p, nil
}

func assetSection(q *kit.Request, v *login.View, choices login.AssetChoice, place registry.AssetQuery) AssetSection {
	k := choices.Kind
	s := AssetSection{Kind: string(k.Kind), Title: q.KindTitle(k.Kind), Tasks: q.TaskTitles(k, v.Scopes, v.Business.ID == 0), Required: k.Required,
		Exist: choices.AnyExist, Query: place.Search, Chosen: choices.Chosen, Make: v.Business.ID != 0 && !choices.AnyExist}
	if s.Make {
		s.NewName, s.NewMoney = q.Field(newName+s.Kind), q.Field(newCurrency+s.Kind)
	}
	for _, a := range choices.Assets {
		_, chosen := slices.BinarySearch(v.Login.Assets, a.ID)
		had := slices.ContainsFunc(v.Former, func(f prokura.Asset) bool { return f.ID == a.ID })
		s.Rows = append(s.Rows, AssetChoice{ID: a.ID.String(), Name: a.Name, Detail: assetDetail(a), Checked: chosen, Had: had, New: !had && len(v.Former) > 0})
	}
	if n := len(s.Rows); n > 0 {
		if choices.Earlier {
			s.Earlier = s.Rows[0].ID
		}
		if choices.More {
			s.Later = s.Rows[n-1].ID
		}
	}
	return s
}

// assetDetails are the attributes that tell two assets of the same name apart.
var assetDetails = []string{"currency", "category", "username", "display_phone_number", "vertical"}

// assetDetail is the second line of an asset: what it is, and its number.
func assetDetail(a prokura.Asset) string {
	parts := []string{}
	for _, name := range assetDetails {
		if text, ok := a.Attributes[name].(string); ok && text != "" && len(parts) == 0 {
			parts = append(parts, text)
		}
	}
	return strings.Join(append(parts, a.ID.String()), " · ")
}

// sendAssets saves the choice on show, then does what the button says.
func sendAssets(q *kit.Request) error {
	do, kind, at := cutDo(q.Field("do"))
	shown, err := q.IDs("shown")
	if err != nil {
		return err
	}
	chosen, err := q.IDs("asset")
	if err != nil {
		return err
	}
	if err := chooseAssets(q, shown, chosen, false); err != nil {
		return again(q, err)
	}
	switch do {
	case "continue":
		return afterStep(q, chooseAssets(q, nil, nil, true))
	case "back":
		return afterStep(q, login.Back(q.Context(), q.Registry, q.Caller, loginID(q), q.Browser, prokura.StepBusiness))
	case "new":
		if err := makeAsset(q, prokura.AssetKind(kind)); err != nil {
			return again(q, err)
		}
	case "all", "none":
		// Also those on other pages.
		place := assetPlace(q.R.PostForm, prokura.AssetKind(kind))
		if err := login.ChooseMatching(q.Context(), q.Registry, q.Caller, loginID(q), q.Browser, place.Kind, place.Search, do == "none"); err != nil {
			return again(q, err)
		}
	}
	return q.Redirect(assetsAddress(q, do, kind, at))
}

// makeAsset makes an asset of the business that is about to give the app something, for a
// kind that it has none of, and chooses it.
func makeAsset(q *kit.Request, kind prokura.AssetKind) error {
	v, err := currentLogin(q)
	if err != nil {
		return err
	}
	draft := assets.Draft{Business: v.Business.ID, Kind: kind, Name: q.Text(newName + string(kind)), Currency: strings.ToUpper(q.Text(newCurrency + string(kind)))}
	_, asked := v.Configuration.Kind(kind)
	switch {
	case draft.Business == 0 || !asked:
		return registry.Missing()
	case kind == prokura.KindAdAccount && draft.Currency == "":
		return prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(problemCurrency)).WithField(string(kind))
	}
	id, err := assets.Create(q.Context(), q.Registry, q.Caller, draft)
	if e := prokura.AsError(err); err != nil && e.Field != "" {
		return e.WithField(string(kind)) // it is said in the kind's section
	}
	if err != nil {
		return err
	}
	return chooseAssets(q, nil, []prokura.ID{id}, false)
}

// Fields of the form for a new asset, with its kind behind them.
const (
	newName     = "new.name."
	newCurrency = "new.currency."
)

func chooseAssets(q *kit.Request, shown, chosen []prokura.ID, done bool) error {
	return login.ChooseAssets(q.Context(), q.Registry, q.Caller, loginID(q), q.Browser, shown, chosen, done)
}

// cutDo takes "after:page:17" apart.
func cutDo(do string) (verb, kind, id string) {
	verb, rest, _ := strings.Cut(do, ":")
	kind, id, _ = strings.Cut(rest, ":")
	return verb, kind, id
}

// assetsAddress is the login's address with what is on show in each section.
func assetsAddress(q *kit.Request, do, kind, at string) string {
	place := url.Values{}
	for name := range q.R.PostForm {
		if _, ok := q.Registry.Catalog().Kind(prokura.AssetKind(strings.TrimPrefix(name, "q."))); ok && strings.HasPrefix(name, "q.") {
			if search := assetPlace(q.R.PostForm, prokura.AssetKind(name[2:])).Search; search != "" {
				place.Set(name, search)
			}
		}
	}
	if id, err := prokura.ParseID(at); err == nil && (do == "after" || do == "before") {
		place.Set(do+"."+kind, id.String())
	}
	address := "/consent/" + loginID(q)
	if len(place) > 0 {
		address += "?" + place.Encode()
	}
	if _, ok := q.Registry.Catalog().Kind(prokura.AssetKind(kind)); ok {
		address += "#kind-" + kit.IDPart(kind)
	}
	return address
}

func reviewPage(q *kit.Request, v *login.View) *ReviewPage {
	p := &ReviewPage{Base: q.Base(), Dialog: dialogOf(q, v, "review"), Groups: q.PermissionGroups(v.Scopes),
		Classic: v.Configuration == nil, Lifetime: "session", Digest: v.Digest, Heading: heading(q, v)}
	if v.Business.ID != 0 {
		b := kit.BusinessOf(v.Business)
		p.Business, p.Lifetime = &b, "never"
		if v.Configuration.ExpiresInDays != 0 {
			p.Lifetime = "days60"
		}
	}
	change := v.Change()
	p.sayChange(q, v, change)
	p.Reach = reach(q, v)
	if v.Configuration != nil {
		// The pages of a long list lead on with the digest of what was seen before:
		// the confirmation is for all of them (R-LOGIN-14).
		query := q.R.URL.Query()
		p.Changed = query.Has("seen") && query.Get("seen") != v.Digest
		kinds := q.AssetKinds(v.Configuration.Assets, v.Scopes, v.Assets, p.Business == nil)
		markNew(kinds, change.NewAssets)
		p.Assets = kit.CutKinds(kinds, "", "/consent/"+url.PathEscape(loginID(q)), query, url.Values{"seen": {v.Digest}})
		for _, k := range v.Configuration.Assets {
			if len(v.Assets) > 0 && !slices.ContainsFunc(v.Assets, func(a prokura.Asset) bool { return a.Kind == k.Kind }) {
				p.Unused = append(p.Unused, q.KindTitle(k.Kind))
			}
		}
		p.CanBack = p.Business != nil || len(v.Configuration.Assets) > 0
		return p
	}
	optional := optionalOf(q, v)
	kit.EachPermission(p.Groups, func(perm *kit.PermissionView) {
		perm.Optional = slices.Contains(optional, prokura.Permission(perm.Name))
		perm.Checked = true
	})
	return p
}

// heading says what the app wants to be, by what it asks for: nobody is told that
// an app acts in their name which only wants to know who they are.
func heading(q *kit.Request, v *login.View) string {
	catalog := q.Registry.Catalog()
	acts := catalog.Select(func(p prokura.PermissionInfo) bool { return p.Risk != prokura.RiskNone })
	switch {
	case v.SystemUser():
		return ""
	case v.Scopes.Without(catalog.Automatic()).Empty():
		return HeadingSignIn
	case v.Scopes.And(acts).Empty():
		return HeadingAccess
	}
	return HeadingActs
}

// reach says what a login reaches of which no assets are named.
func reach(q *kit.Request, v *login.View) string {
	granular := q.Registry.Catalog().Select(func(p prokura.PermissionInfo) bool { return len(p.Kinds) > 0 })
	switch {
	case v.Scopes.And(granular).Empty():
		return ""
	case v.Follows():
		return ReachFollows
	case v.Existing != nil && len(v.Existing.Assets) > 0 && !v.SystemUser():
		return ReachLimited
	}
	return ReachNone
}

// goneShown is how many assets the review names that go away.
const goneShown = 100

// sayChange marks what is new and names what goes away.
func (p *ReviewPage) sayChange(q *kit.Request, v *login.View, c login.Change) {
	if v.Existing == nil {
		return
	}
	catalog := q.Registry.Catalog()
	kit.EachPermission(p.Groups, func(perm *kit.PermissionView) {
		perm.New = catalog.Has(c.New, prokura.Permission(perm.Name))
	})
	p.Narrows = c.Narrows
	gone := &Gone{Lost: c.GoneLost, More: max(0, len(c.GoneNames)-goneShown)}
	for _, name := range catalog.Names(c.Gone) {
		info, _ := catalog.Permission(name)
		gone.Permissions = append(gone.Permissions, info.Title)
	}
	for _, a := range c.GoneNames[:len(c.GoneNames)-gone.More] {
		gone.Assets = append(gone.Assets, a.Name)
	}
	if len(gone.Permissions)+len(gone.Assets)+gone.Lost > 0 {
		p.Gone = gone
	}
	switch {
	case c.Nothing():
		p.Stands = StandsSame
	case p.Gone != nil || c.Narrows:
		p.Stands = StandsChanged
	default:
		p.Stands = StandsWithNew
	}
}

// markNew marks the assets that were not given before and puts them first.
func markNew(kinds []kit.AssetKindView, list []prokura.ID) {
	for _, k := range kinds {
		for i := range k.Assets {
			k.Assets[i].New = slices.ContainsFunc(list, func(id prokura.ID) bool { return id.String() == k.Assets[i].ID })
		}
		slices.SortStableFunc(k.Assets, func(a, b kit.AssetView) int {
			switch {
			case a.New == b.New:
				return 0
			case a.New:
				return -1
			}
			return 1
		})
	}
}

// optionalOf are the permissions of a classic login that may be left out.
func optionalOf(q *kit.Request, v *login.View) []prokura.Permission {
	catalog := q.Registry.Catalog()
	return catalog.Names(v.Scopes.Without(catalog.Basic()))
}

// confirm grants what was displayed, or goes a step back. What is granted
// comes from the login; the form only says which optional permissions stay
// (T13).
func confirm(q *kit.Request) error {
	v, err := currentLogin(q)
	if err != nil {
		return err
	}
	if q.Field("do") == "back" {
		step := prokura.StepBusiness
		if v.Configuration != nil && len(v.Configuration.Assets) > 0 {
			step = prokura.StepAssets
		}
		return afterStep(q, login.Back(q.Context(), q.Registry, q.Caller, loginID(q), q.Browser, step))
	}
	var declined []prokura.Permission
	if v.Configuration == nil {
		for _, name := range optionalOf(q, v) {
			if !slices.Contains(q.Fields("permission"), string(name)) {
				declined = append(declined, name)
			}
		}
	}
	a, err := login.Approve(q.Context(), q.Registry, q.Caller, loginID(q), q.Browser, q.Field("digest"), declined)
	if prokura.AsError(err) != nil && prokura.AsError(err).Reason == prokura.Conflict {
		return again(q, err)
	}
	return answer(q, a, err)
}

// giveFactor is the second step inside the dialog.
func giveFactor(q *kit.Request) error {
	if !q.Awaiting() {
		return toStep(q)
	}
	return afterStep(q, account.TakeFactor(q))
}
