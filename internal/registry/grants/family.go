package grants

import (
	"context"
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// FamilyToken is one working token of a family.
type FamilyToken struct {
	Mark     string // names the token without being it: see mark
	Parent   string // the mark of the token that it was cut from or read with; empty for none
	Kind     prokura.TokenKind
	Issued   prokura.Instant
	Expires  prokura.Instant // 0: never
	Used     prokura.Instant // to the minute; 0: never
	Scopes   prokura.PermissionSet
	Narrowed bool            // to the assets below; else it reaches what the family does
	Assets   []prokura.Asset // the first few by name
	Reached  int             // how many there are
	Page     string          // of page tokens: the name
}

// FamilyLook says what of a family is looked at.
type FamilyLook struct {
	Page   int                 // of its tokens, from 0
	Token  string              // a mark: assets and what is held are those of this token of a system user
	Assets registry.AssetQuery // which page of what is reached
	Picked []prokura.ID
}

// FamilyView is a family with its tokens.
type FamilyView struct {
	Family
	Business prokura.Business
	List     []FamilyToken // newest first
	More     bool
	Token    *FamilyToken        // the one that was looked at
	Assets   *registry.AssetPage // what is reached
	Picked   []prokura.Asset     // what is reached of those that were picked
	Lost     int                 // how many chosen assets of a grant it does not reach now
	// Held is what a narrowing may keep of the grant or the token. Endless says
	// that it reaches more than can be listed, and Assets is nil then.
	Held    Narrowing
	Endless bool
}

// Most that one page of a family shows.
const (
	familyTokens = 25
	familyAssets = 50
	tokenAssets  = 6
)

// FindFamily tells whose a family is and no more: what an act on all of it needs,
// without a look at its tokens.
func FindFamily(ctx context.Context, r *registry.Registry, c registry.Caller, business, id prokura.ID) (*FamilyView, error) {
	if err := r.MayRead(c, prokura.ActListGrants, prokura.Subject{Business: business}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) (*FamilyView, error) {
		f, err := tx.FamilyOf(business, id, r.Now())
		if err != nil {
			return nil, registry.HideMissing(err)
		}
		v := &FamilyView{Family: Family{ID: f.ID}}
		if v.Business, err = tx.Business(business); err != nil {
			return nil, err
		}
		if v.App, err = tx.App(f.App); err != nil {
			return nil, err
		}
		if f.SystemUser != 0 {
			v.SystemUser, err = tx.SystemUser(f.SystemUser)
			return v, err
		}
		g, err := tx.Grant(f.ID)
		if v.Grant = (&View{Grant: g, App: v.App}); err != nil || f.Person == 0 {
			return v, err
		}
		m, err := tx.MemberOf(business, f.Person)
		v.Member, v.By = m.Member, m.Name
		return v, err
	})
}

// ShowFamily shows one family.
func ShowFamily(ctx context.Context, r *registry.Registry, c registry.Caller, business, id prokura.ID, look FamilyLook) (*FamilyView, error) {
	if err := r.MayRead(c, prokura.ActListGrants, prokura.Subject{Business: business}); err != nil {
		return nil, err
	}
	r.FreshUses(ctx)
	return registry.View(ctx, r, func(tx *store.View) (*FamilyView, error) {
		f, err := tx.FamilyOf(business, id, r.Now())
		if err != nil {
			return nil, registry.HideMissing(err)
		}
		v := &FamilyView{}
		if v.Family, err = familyOf(r, tx, business, f, map[prokura.AssetKind]int{}); err != nil {
			return nil, err
		}
		if v.Business, err = tx.Business(business); err != nil {
			return nil, err
		}
		if v.OfPerson() { // their tokens serve them elsewhere too, and are not shown one by one
			if look.Token != "" {
				return nil, registry.Missing()
			}
			return v, familyHolds(r, tx, v, f, look)
		}
		if v.Grant != nil {
			v.Lost = len(v.Grant.Grant.Assets) - v.Reach.Assets()
		}
		if err := familyList(r, tx, v, f, look); err != nil {
			return nil, err
		}
		return v, familyHolds(r, tx, v, f, look)
	})
}

func familyList(r *registry.Registry, tx *store.View, v *FamilyView, f store.Family, look FamilyLook) error {
	list, err := tx.FamilyTokens(f, r.Now(), look.Page*familyTokens, familyTokens+1)
	if err != nil {
		return err
	}
	if v.More = len(list) > familyTokens; v.More {
		list = list[:familyTokens]
	}
	for _, t := range list {
		if row, err := familyToken(r, tx, t); err != nil {
			return err
		} else if row != nil {
			v.List = append(v.List, *row)
		}
	}
	return nil
}

// familyHolds reads the assets of the view: those of the family or of the one
// token that is looked at.
func familyHolds(r *registry.Registry, tx *store.View, v *FamilyView, f store.Family, look FamilyLook) error {
	facts := v.facts
	if v.Grant != nil && !v.OfPerson() {
		v.Held = Narrowing{Scopes: r.Catalog().Names(v.Grant.Grant.Scopes), Assets: v.Grant.Grant.Assets}
	}
	if look.Token != "" {
		t, err := tokenByMark(r, tx, f, look.Token)
		if err != nil {
			return err
		}
		if facts, err = tx.Facts(t.ID); err != nil {
			return err
		}
		if v.Token, err = familyToken(r, tx, UsedToken{Token: t}); err != nil || v.Token == nil {
			return registry.OrMissing(err)
		}
		v.Held = Narrowing{Scopes: r.Catalog().Names(t.Scopes), Assets: t.Assets}
		if !t.Narrowed {
			if err := reachedIDs(tx, v, facts); err != nil {
				return err
			}
		}
	}
	var err error
	look.Assets.Limit, look.Assets.ByName = familyAssets, true
	if v.Assets, err = r.Page(tx, registry.Caller{Facts: facts}, look.Assets, true); err != nil || len(look.Picked) == 0 {
		return err
	}
	e := facts.Extent("")
	picked := slices.Compact(slices.Sorted(slices.Values(look.Picked)))
	if e.Limited {
		picked = slices.DeleteFunc(picked, func(id prokura.ID) bool { _, ok := slices.BinarySearch(e.Chosen, id); return !ok })
	}
	e.Limited, e.Chosen = true, picked
	v.Picked, err = tx.ReachedAssets(e, registry.AssetQuery{ByName: true, Limit: prokura.MaxGrantAssets})
	return err
}

// reachedIDs lists what a token without choice of its own reaches, unless it is
// more than a choice may hold.
func reachedIDs(tx *store.View, v *FamilyView, f *prokura.Facts) error {
	list, err := tx.ReachedAssets(f.Extent(""), registry.AssetQuery{Limit: prokura.MaxGrantAssets + 1})
	if v.Endless = len(list) > prokura.MaxGrantAssets; v.Endless {
		return err
	}
	v.Held.Assets = make([]prokura.ID, len(list))
	for i, a := range list {
		v.Held.Assets[i] = a.ID
	}
	return err
}

// familyToken tells about a token; nil when what it hangs on has gone.
func familyToken(r *registry.Registry, tx *store.View, t UsedToken) (*FamilyToken, error) {
	f, err := tx.Facts(t.ID)
	mark := r.Mark(t.Token)
	if err != nil || f.Alive(r.Now()) != nil || mark == "" {
		return nil, err
	}
	out := &FamilyToken{Mark: mark, Kind: t.Kind, Issued: t.Issued, Expires: f.Expires(), Used: store.UsedSince(t.Issued, t.Used), Scopes: f.Scopes(), Narrowed: t.Narrowed}
	if len(f.Parents) > 0 {
		out.Parent = r.Mark(f.Parents[0])
	}
	switch {
	case t.Kind == prokura.TokenPage:
		a, err := tx.Asset(t.Page)
		out.Page = a.Name
		return out, err
	case t.Narrowed:
		e := f.Extent("")
		if out.Reached, err = tx.CountReached(e, registry.AssetQuery{}); err != nil {
			return nil, err
		}
		if out.Assets, err = tx.ReachedAssets(e, registry.AssetQuery{ByName: true, Limit: tokenAssets}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// tokenByMark finds a working token of a family.
func tokenByMark(r *registry.Registry, tx *store.View, f store.Family, mark string) (prokura.Token, error) {
	const chunk = 1000
	if mark == "" {
		return prokura.Token{}, registry.Missing()
	}
	for offset := 0; ; offset += chunk {
		list, err := tx.FamilyTokens(f, r.Now(), offset, chunk)
		if err != nil {
			return prokura.Token{}, err
		}
		for _, t := range list {
			if r.Mark(t.Token) == mark {
				return t.Token, nil
			}
		}
		if len(list) < chunk {
			return prokura.Token{}, registry.Missing()
		}
	}
}

// UsedToken is a token with when it was last accepted.
type UsedToken = store.UsedToken
