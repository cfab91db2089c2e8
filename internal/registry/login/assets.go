package login

import (
	"cmp"
	"context"
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// AssetChoice is one page of the assets of a kind that may be given.
type AssetChoice struct {
	Kind     prokura.ConfigurationAsset
	Assets   []prokura.Asset
	Chosen   int  // of this kind, on all pages
	More     bool // there are assets after the last one
	Earlier  bool // there are assets before the first one
	AnyExist bool // the grantor has assets of this kind at all
}

// AssetChoices lists what may be chosen: one page for each query, whose kind is
// one of the configuration's.
func AssetChoices(ctx context.Context, r *registry.Registry, c registry.Caller, id, browser string, queries []registry.AssetQuery) ([]AssetChoice, error) {
	if c.Credential != prokura.CredentialSession {
		return nil, registry.SignInRequired()
	}
	return registry.View(ctx, r, func(tx *store.View) ([]AssetChoice, error) {
		v, facts, err := underway(r, tx, c, id, browser)
		if err != nil {
			return nil, err
		}
		out := make([]AssetChoice, len(queries))
		for i, q := range queries {
			if out[i], err = assetChoice(tx, v, v.extent(facts), q); err != nil {
				return nil, err
			}
		}
		return out, nil
	})
}

func assetChoice(tx *store.View, v *View, e prokura.Extent, q registry.AssetQuery) (out AssetChoice, err error) {
	ok := false
	if v.Configuration != nil {
		out.Kind, ok = v.Configuration.Kind(q.Kind)
	}
	if !ok {
		return out, registry.Missing()
	}
	limit := q.Limit
	q.Limit++
	if out.Assets, err = tx.ReachedAssets(e, q); err != nil {
		return out, err
	}
	if len(out.Assets) > limit {
		if q.Backward {
			out.Assets, out.Earlier = out.Assets[1:], true
		} else {
			out.Assets, out.More = out.Assets[:limit], true
		}
	}
	if q.Backward {
		out.More = true
	} else if q.After != 0 {
		out.Earlier = true
	}
	for _, a := range v.Assets {
		if a.Kind == q.Kind {
			out.Chosen++
		}
	}
	if out.AnyExist = len(out.Assets) > 0; !out.AnyExist {
		first, err := tx.ReachedAssets(e, registry.AssetQuery{Kind: q.Kind, Limit: 1})
		if err != nil {
			return out, err
		}
		out.AnyExist = len(first) > 0
	}
	return out, nil
}

// ChooseAssets records one page of choices: of the assets shown, those chosen
// stay, the others go. done ends the step, which needs an asset of each
// required kind (R-LOGIN-08).
func ChooseAssets(ctx context.Context, r *registry.Registry, c registry.Caller, id, browser string, shown, chosen []prokura.ID, done bool) error {
	return step(ctx, r, c, id, browser, func(tx *store.Beside, v *View, facts *prokura.Facts) error {
		chosen := slices.Compact(slices.Sorted(slices.Values(chosen)))
		given, err := giveable(r, tx.View(), v, facts, chosen)
		if err != nil {
			return err
		}
		if len(given) < len(chosen) {
			return prokura.Errorf(prokura.InvalidParameter, "One of the assets cannot be given.").WithField("assets")
		}
		if err := v.choose(shown, given); err != nil {
			return err
		}
		if !done {
			return nil
		}
		if missing := v.missingKinds(); len(missing) > 0 {
			k, _ := r.Catalog().Kind(missing[0])
			return prokura.Errorf(prokura.InvalidParameter, "Choose at least one: %s.", k.Title).WithField(string(missing[0]))
		}
		v.Login.AssetsChosen = true
		return nil
	})
}

// ChooseMatching chooses, or with drop gives up, every asset of a kind that
// matches a search, also those that no page has shown.
func ChooseMatching(ctx context.Context, r *registry.Registry, c registry.Caller, id, browser string, kind prokura.AssetKind, search string, drop bool) error {
	return step(ctx, r, c, id, browser, func(tx *store.Beside, v *View, facts *prokura.Facts) error {
		if v.Configuration == nil {
			return registry.Missing()
		}
		if _, ok := v.Configuration.Kind(kind); !ok {
			return registry.Missing()
		}
		// One more than may be chosen is enough to see that it is too many; and what
		// is dropped was chosen.
		e := v.extent(facts)
		if drop {
			e.Limited, e.Chosen = true, v.Login.Assets
		}
		list, err := tx.ReachedNames(e, registry.AssetQuery{Kind: kind, Search: search, Limit: prokura.MaxGrantAssets + 1})
		switch {
		case err != nil:
			return err
		case drop:
			return v.choose(store.IDsOf(list), nil)
		}
		return v.choose(nil, list)
	})
}

// choose takes assets out of the choice and puts others in.
func (v *View) choose(out []prokura.ID, in []prokura.Asset) error {
	if v.Configuration == nil || len(v.Configuration.Assets) == 0 {
		return prokura.Errorf(prokura.InvalidParameter, "This login asks for no assets.")
	}
	set := make(map[prokura.ID]prokura.Asset, len(v.Assets)+len(in))
	for _, a := range v.Assets {
		set[a.ID] = a
	}
	for _, a := range out {
		delete(set, a)
	}
	for _, a := range in {
		set[a.ID] = a
	}
	if len(set) > prokura.MaxGrantAssets {
		return prokura.Errorf(prokura.LimitReached, "Choose at most %d assets.", prokura.MaxGrantAssets).WithField("assets")
	}
	v.Assets = v.Assets[:0:0]
	for _, a := range set {
		v.Assets = append(v.Assets, a)
	}
	slices.SortFunc(v.Assets, func(a, b prokura.Asset) int { return cmp.Compare(a.ID, b.ID) })
	v.Login.Assets, v.Login.AssetsChosen = store.IDsOf(v.Assets), false
	return nil
}
