package registry

import (
	"context"
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/cache"
	"github.com/prokura/prokura/internal/store"
)

// AssetQuery selects a page of a list.
type AssetQuery = store.AssetQuery

// Asset reads an asset as seen by the caller's person or system user.
func (r *Registry) Asset(ctx context.Context, c Caller, id prokura.ID) (*prokura.AssetFacts, error) {
	subject := max(c.Person.ID, c.SystemUser.ID)
	a, err := r.cache.assets.Get(ctx, cache.Key{A: uint64(id), B: uint64(subject)}, func(ctx context.Context, out *prokura.AssetFacts) error {
		a, err := Look(ctx, r, func(tx *store.View) (*prokura.AssetFacts, error) { return tx.AssetFacts(id, subject) })
		if err == nil {
			*out = *a
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &a.Value, nil
}

// TasksOn spells out the caller's tasks on an asset; "all" becomes the kind's list.
func (r *Registry) TasksOn(c Caller, a *prokura.AssetFacts) []prokura.Task {
	tasks, ok := c.Reach(a)
	if !ok || tasks != nil {
		return tasks
	}
	k, _ := r.catalog.Kind(a.Asset.Kind)
	out := make([]prokura.Task, 0, len(k.Tasks))
	for _, t := range k.Tasks {
		out = append(out, t.Task)
	}
	return out
}

// ListedAsset is an asset on a list, with the caller's tasks on it.
type ListedAsset struct {
	prokura.Asset
	Tasks     []prokura.Task
	Permitted []prokura.Task // on a list of what others share with a business: that business's
}

// AssetPage is one page of a list of assets. More says whether there is another
// page in the direction of the query; Total counts the whole list when asked.
type AssetPage struct {
	Assets []ListedAsset
	More   bool
	Total  int

	Facts []*prokura.AssetFacts // of Assets
}

// Page reads one page of what the caller reaches on the query's list. It costs
// what it shows, wherever in the list it is: the extent says where to look, and
// facts come with the page.
func (r *Registry) Page(tx *store.View, c Caller, q AssetQuery, total bool) (*AssetPage, error) {
	return r.PageWithin(tx, c, c.Extent(q.Kind), q, total)
}

// PageWithin reads one page of what the caller reaches in a part of their
// extent.
func (r *Registry) PageWithin(tx *store.View, c Caller, extent prokura.Extent, q AssetQuery, total bool) (*AssetPage, error) {
	out := &AssetPage{}
	next := q
	next.Limit = q.Limit + 1
	for len(out.Facts) <= q.Limit {
		list, err := tx.ReachedFacts(extent, max(c.Person.ID, c.SystemUser.ID), next)
		if err != nil {
			return nil, err
		}
		end := len(list) < next.Limit
		if !end {
			if next.After = list[len(list)-1].Asset.ID; q.Backward {
				next.After = list[0].Asset.ID
			}
		}
		list = slices.DeleteFunc(list, func(a *prokura.AssetFacts) bool { _, ok := c.Reach(a); return !ok })
		if q.Backward {
			out.Facts = append(list, out.Facts...)
		} else {
			out.Facts = append(out.Facts, list...)
		}
		if end {
			break
		}
	}
	if out.More = len(out.Facts) > q.Limit; out.More {
		if q.Backward {
			out.Facts = out.Facts[len(out.Facts)-q.Limit:]
		} else {
			out.Facts = out.Facts[:q.Limit]
		}
	}
	out.Assets = make([]ListedAsset, len(out.Facts))
	for i, a := range out.Facts {
		out.Assets[i] = ListedAsset{Asset: a.Asset, Tasks: r.TasksOn(c, a)}
	}
	var err error
	if total {
		out.Total, err = tx.CountReached(extent, q)
	}
	return out, err
}

// Readable refuses a list of a kind that no permission of the caller opens, and
// names one that would, without a risk if there is such.
func (r *Registry) Readable(c Caller, kind prokura.AssetKind) error {
	scopes := c.Scopes()
	need := prokura.PermissionInfo{}
	for _, p := range r.catalog.Permissions {
		for _, k := range p.Kinds {
			if k != kind {
				continue
			}
			if r.catalog.Has(scopes, p.Name) {
				return nil
			}
			if need.Name == "" || need.Risk != prokura.RiskNone && p.Risk == prokura.RiskNone {
				need = p
			}
		}
	}
	return prokura.Errorf(prokura.PermissionMissing, "Requires %s permission to access the resource.", need.Name)
}

// Within reports whether the caller's credential may manage an asset: tokens of
// logins that chose assets, and tokens that were limited to some, manage these
// alone.
func (d *Door) Within(asset prokura.ID) bool {
	list, limited := d.By.ChosenAssets()
	_, ok := slices.BinarySearch(list, asset)
	return !limited || ok
}

// ReachedBy checks that a system user reaches assets now, and sorts them.
func ReachedBy(tx *store.View, u prokura.SystemUser, assets []prokura.ID) ([]prokura.ID, error) {
	if len(assets) == 0 || len(assets) > prokura.MaxGrantAssets {
		return nil, prokura.Errorf(prokura.InvalidParameter, "Choose 1 to %d assets.", prokura.MaxGrantAssets).WithField("assets")
	}
	assets = slices.Compact(slices.Sorted(slices.Values(assets)))
	list, err := tx.ReachedOf(u, assets)
	if err == nil && len(list) < len(assets) {
		err = prokura.Errorf(prokura.InvalidParameter, "The system user does not reach one of the assets.").WithField("assets")
	}
	return assets, err
}
