package grants

import (
	"context"
	"errors"
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Family is a family of living tokens that act for a business, with everything
// that a list tells about it: the tokens of a grant to an app, those of a system
// user of the business for an app, or those that a person of the business gave an
// app, which acts with that person's place in it.
type Family struct {
	ID         prokura.ID         // of the grant or the installation
	Grant      *View              // nil: of a system user
	SystemUser prokura.SystemUser // who the tokens speak for
	Member     prokura.Member     // the person's place in the business; zero unless the tokens speak for a person
	App        prokura.App
	Owner      prokura.Business // of the app; zero: owned by a person
	By         string           // who granted or installed it; empty when nobody is known
	ByLeft     bool             // a person who granted it and is no longer in the business
	Created    prokura.Instant
	Updated    prokura.Instant
	Scopes     prokura.PermissionSet // what the tokens may do now, taken together
	Reach      Reach
	Tokens     []TokenCount    // that work now
	More       bool            // they are more than were counted: [MaxCounted]
	Used       prokura.Instant // when the last of them was accepted, to the minute; 0: never

	facts *prokura.Facts // as of a token that holds all that the family holds
}

// Reach is what a family reaches now.
type Reach struct {
	Everything bool // all of the business, also what comes later
	Assigned   bool // whatever is assigned to the system user, also later
	Kinds      []KindCount
}

// KindCount counts assets of one kind.
type KindCount struct {
	Kind   prokura.AssetKind
	Number int
}

// Assets is how many assets that are.
func (r Reach) Assets() int {
	n := 0
	for _, k := range r.Kinds {
		n += k.Number
	}
	return n
}

// Working counts the tokens of a kind that work now; an empty kind counts all.
func (f Family) Working(kind prokura.TokenKind) int { return View{Tokens: f.Tokens}.Working(kind) }

// Roots counts the working tokens that were cut from no other.
func (f Family) Roots() int {
	return f.Working(prokura.TokenIntegration) + f.Working(prokura.TokenSystemUser) + f.Working(prokura.TokenUser)
}

// Type is one of the types of family.
func (f Family) Type() string {
	switch {
	case f.Member.Person != 0:
		return FamilyOfPerson
	case f.Grant != nil:
		return FamilyOfGrant
	}
	return FamilyOfSystemUser
}

// OfPerson reports whether the tokens speak for a person of the business.
func (f Family) OfPerson() bool { return f.Type() == FamilyOfPerson }

// Ends is when the last of the tokens ends by time; 0 when one never does, none
// works, or not all were looked at.
func (f Family) Ends() prokura.Instant {
	var at prokura.Instant
	if f.More {
		return 0
	}
	for _, t := range f.Tokens {
		if t.Number > 0 && t.Ends == 0 {
			return 0
		}
		at = max(at, t.Ends)
	}
	return at
}

// What a family is.
const (
	FamilyOfGrant      = store.FamilyOfGrant
	FamilyOfSystemUser = store.FamilyOfSystemUser
	FamilyOfPerson     = store.FamilyOfPerson
)

// FamilyQuery selects one page of a list of families.
type FamilyQuery = store.FamilyQuery

// FamilyPage is one page of the families of a business. More says whether there
// is another page in the direction of the query; Total counts all pages when
// asked, and is -1 else.
type FamilyPage struct {
	Families []Family
	More     bool
	Total    int
	Asset    *prokura.Asset // that the query names, when the business has it
}

// Families lists the living token families of a business (R-TOKEN-11).
func Families(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID, q FamilyQuery, total bool) (*FamilyPage, error) {
	if err := r.MayRead(c, prokura.ActListGrants, prokura.Subject{Business: business}); err != nil {
		return nil, err
	}
	r.FreshUses(ctx)
	return registry.View(ctx, r, func(tx *store.View) (*FamilyPage, error) { return families(r, tx, business, q, total) })
}

func families(r *registry.Registry, tx *store.View, business prokura.ID, q FamilyQuery, total bool) (*FamilyPage, error) {
	out := &FamilyPage{Total: -1}
	all := map[prokura.AssetKind]int{}
	next := q
	next.Limit = q.Limit + 1
	for len(out.Families) <= q.Limit {
		list, err := tx.Families(business, r.Now(), next)
		if err != nil {
			return nil, err
		}
		var chunk []Family
		for _, f := range list {
			v, err := familyOf(r, tx, business, f, all)
			if err != nil {
				return nil, err
			}
			if reaches, err := v.reaches(tx, q.Asset); err != nil {
				return nil, err
			} else if reaches {
				chunk = append(chunk, v)
			}
		}
		if q.Backward {
			out.Families = append(chunk, out.Families...)
		} else {
			out.Families = append(out.Families, chunk...)
		}
		if len(list) < next.Limit {
			break
		}
		if next.After = list[len(list)-1].ID; q.Backward {
			next.After = list[0].ID
		}
	}
	if out.More = len(out.Families) > q.Limit; out.More {
		if q.Backward {
			out.Families = out.Families[len(out.Families)-q.Limit:]
		} else {
			out.Families = out.Families[:q.Limit]
		}
	}
	var err error
	if total {
		if out.Total, err = tx.CountFamilies(business, r.Now(), q); err != nil {
			return nil, err
		}
	}
	out.Asset, err = hadBy(tx, business, q.Asset)
	return out, err
}

// hadBy finds an asset that a business owns or has shared with it; nil for any
// other.
func hadBy(tx *store.View, business, id prokura.ID) (*prokura.Asset, error) {
	if id == 0 {
		return nil, nil
	}
	list, err := tx.ReachedAssets(prokura.Extent{Full: []prokura.ID{business}, Limited: true, Chosen: []prokura.ID{id}}, registry.AssetQuery{Limit: 1})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// reaches reports whether the family reaches an asset; 0 stands for any. One
// that does not exist is like one of others: reached by none (T40).
func (f *Family) reaches(tx *store.View, asset prokura.ID) (bool, error) {
	if asset == 0 {
		return true, nil
	}
	a, err := tx.AssetFacts(asset, f.SystemUser.ID)
	if errors.Is(err, prokura.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	_, ok := f.facts.Reach(a)
	return ok, nil
}

// familyOf reads what a list tells about a family. all keeps, for one list, what
// the business has of each kind: counting it is the dearest part.
func familyOf(r *registry.Registry, tx *store.View, business prokura.ID, f store.Family, all map[prokura.AssetKind]int) (Family, error) {
	v := Family{ID: f.ID}
	var err error
	switch {
	case f.Person != 0:
		err = personFamily(r, tx, business, &v, f)
	case f.SystemUser == 0:
		err = grantFamily(r, tx, &v)
	default:
		err = systemUserFamily(r, tx, &v, f)
	}
	if err != nil {
		return v, err
	}
	v.facts.Credential, v.facts.App, v.facts.SystemUser = prokura.CredentialToken, v.App, v.SystemUser
	v.facts.Token.App, v.facts.Token.SystemUser = v.App.ID, v.SystemUser.ID
	if f.Person == 0 {
		v.facts.Token.Business = business
	}
	v.Scopes = v.facts.Scopes()
	v.Reach, err = reachOf(r, tx, v.facts, all)
	return v, err
}

func grantFamily(r *registry.Registry, tx *store.View, v *Family) error {
	g, err := tx.Grant(v.ID)
	if err != nil {
		return err
	}
	grant, err := grantView(r, tx, g, false)
	if err != nil {
		return err
	}
	v.Grant, v.App, v.Owner, v.Tokens, v.More = &grant, grant.App, grant.Owner, grant.Tokens, grant.More
	v.By, v.ByLeft, v.Created, v.Updated = grant.GrantedBy.Name, grant.GrantorLeft, g.Created, g.Updated
	// What the grant gives now was read already, with the app's access in it.
	now := g
	now.Scopes = grant.Scopes
	v.facts = &prokura.Facts{Grant: now, Exempt: true, Token: prokura.Token{Kind: prokura.TokenIntegration, Grant: g.ID}}
	if v.SystemUser, err = tx.SystemUser(g.SystemUser); err != nil {
		return err
	}
	used, err := tx.GrantUsed(g.ID)
	v.Used = store.UsedSince(v.Created, used)
	return err
}

func systemUserFamily(r *registry.Registry, tx *store.View, v *Family, f store.Family) error {
	var err error
	if v.SystemUser, err = tx.SystemUser(f.SystemUser); err != nil {
		return err
	}
	if v.App, err = tx.App(f.App); err != nil {
		return err
	}
	if v.App.Business != 0 {
		if v.Owner, err = tx.Business(v.App.Business); err != nil {
			return err
		}
	}
	i, err := tx.Installation(f.SystemUser, f.App)
	if err != nil {
		return err
	}
	v.Created, v.Updated = i.Created, i.Created
	if v.By, v.ByLeft, err = installer(tx, v.SystemUser.Business, i.InstalledBy); err != nil {
		return err
	}
	list, err := tx.SystemUserTokens(f.SystemUser, f.App, r.Now(), registry.MaxSystemUserTokens)
	if err != nil {
		return err
	}
	most := prokura.Token{Kind: prokura.TokenSystemUser, Narrowed: true}
	count := TokenCount{Kind: prokura.TokenSystemUser, Number: len(list)}
	endless := false
	for _, t := range list {
		most.Scopes = most.Scopes.Or(t.Scopes)
		most.Narrowed = most.Narrowed && t.Narrowed
		most.Assets = append(most.Assets, t.Assets...)
		count.Newest, count.Ends = max(count.Newest, t.Issued), max(count.Ends, t.Expires)
		endless = endless || t.Expires == 0
		v.Updated = max(v.Updated, t.Issued)
	}
	if endless {
		count.Ends = 0
	}
	most.Assets = slices.Compact(slices.Sorted(slices.Values(most.Assets)))
	v.Tokens = []TokenCount{count}
	pages, err := tx.CountSystemUserPageTokens(f.SystemUser, f.App, r.Now())
	if err != nil {
		return err
	}
	if pages > 0 {
		v.Tokens = append(v.Tokens, TokenCount{Kind: prokura.TokenPage, Number: pages, Ends: count.Ends})
	}
	related, err := tx.Exempt(v.App, v.SystemUser.Business)
	if err != nil {
		return err
	}
	v.facts = &prokura.Facts{Token: most, Installed: i, Exempt: related || v.App.Parent != 0}
	used, err := tx.InstallationUsed(f.SystemUser, f.App)
	v.Used = store.UsedSince(v.Created, used)
	return err
}

// personFamily reads what an app may do with the business through one of its
// people: no more than that person's place there allows.
func personFamily(r *registry.Registry, tx *store.View, business prokura.ID, v *Family, f store.Family) error {
	g, err := tx.Grant(f.ID)
	if err != nil {
		return err
	}
	grant, err := grantView(r, tx, g, false)
	if err != nil {
		return err
	}
	member, err := tx.MemberOf(business, f.Person)
	if err != nil {
		return err
	}
	person, err := tx.PersonFacts(f.Person)
	if err != nil {
		return err
	}
	// Page tokens may be for pages of others, and are not the business's to see.
	grant.Tokens = slices.DeleteFunc(grant.Tokens, func(c TokenCount) bool { return c.Kind != prokura.TokenUser })
	v.Grant, v.App, v.Owner, v.Tokens, v.More, v.Member = &grant, grant.App, grant.Owner, grant.Tokens, grant.More, member.Member
	v.By, v.Created, v.Updated = person.Person.Name, g.Created, g.Updated
	now := g
	now.Scopes = grant.Scopes.Without(r.Catalog().Automatic())
	v.facts = &prokura.Facts{Grant: now, Exempt: true, Person: person.Person, Members: []prokura.Member{person.Member(business)},
		Token: prokura.Token{Kind: prokura.TokenUser, Grant: g.ID, Person: f.Person}}
	used, err := tx.GrantUsed(g.ID)
	v.Used = store.UsedSince(v.Created, used)
	return err
}

// installer names the person or system user who installed an app, and tells
// whether it is a person who has left the business since.
func installer(tx *store.View, business, id prokura.ID) (name string, left bool, err error) {
	if name, err = registry.NameOf(tx, id); err != nil || name == "" {
		return name, false, err
	}
	if _, err = tx.Person(id); err == nil {
		_, err = tx.MemberOf(business, id)
		left = errors.Is(err, prokura.NotFound)
	}
	if errors.Is(err, prokura.NotFound) {
		err = nil
	}
	return name, left, err
}

// reachOf counts by kind what facts reach.
func reachOf(r *registry.Registry, tx *store.View, f *prokura.Facts, all map[prokura.AssetKind]int) (Reach, error) {
	out := Reach{}
	switch {
	case f.OfSystemUser() && !f.Token.Narrowed:
		out.Everything = f.SystemUser.Role == prokura.SystemUserAdmin
		out.Assigned = !out.Everything
	case f.Token.Kind == prokura.TokenUser && !f.Grant.Limited():
		out.Everything = f.Role(f.Members[0].Business) == prokura.RoleAdmin
		out.Assigned = !out.Everything
	}
	for _, k := range r.Catalog().Kinds {
		n, known := all[k.Kind]
		if !out.Everything || !known {
			var err error
			if n, err = tx.CountReached(f.Extent(k.Kind), registry.AssetQuery{Kind: k.Kind}); err != nil {
				return out, err
			}
			if out.Everything {
				all[k.Kind] = n
			}
		}
		if n > 0 {
			out.Kinds = append(out.Kinds, KindCount{k.Kind, n})
		}
	}
	return out, nil
}

// FamilyApps lists the apps that hold something of a business, by name, for a
// list to choose from.
func FamilyApps(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID) ([]store.FamilyApp, error) {
	if err := r.MayRead(c, prokura.ActListGrants, prokura.Subject{Business: business}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) ([]store.FamilyApp, error) { return tx.FamilyApps(business, r.Now(), 500) })
}
