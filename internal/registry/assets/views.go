package assets

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// What the pages about assets tell at one glance: who can do what on an asset,
// and which app comes to it, through what.

// AppWay is one way in which an app comes to an asset.
type AppWay = store.AppWay

// Ways in which an app comes to an asset.
const (
	ByBusiness   = store.ByBusiness
	BySystemUser = store.BySystemUser
	ByPerson     = store.ByPerson
)

// Filter selects one page of a business's assets in the order of their
// names.
type Filter struct {
	Kind     prokura.AssetKind // empty: every kind
	Search   string
	Shared   bool // what others share with the business instead of its own
	After    prokura.ID
	Backward bool
	Limit    int
}

// Glance is an asset on the list, with how many reach it.
type Glance struct {
	prokura.Asset
	Owner       prokura.Business // of one that is shared with the business
	People      int
	SystemUsers int
	Partners    int
	Apps        int
}

// Listing is one page of a business's assets.
type Listing struct {
	Assets []Glance
	More   bool
	Counts map[prokura.AssetKind]int // of what it owns
	Shared int                       // with it
}

// List lists what a business owns, or what others share with it, for its
// people.
func List(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID, q Filter) (*Listing, error) {
	if err := r.MayRead(c, prokura.ActViewBusiness, prokura.Subject{Business: business}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) (*Listing, error) {
		shared, err := tx.CountTaken(business)
		if err != nil {
			return nil, err
		}
		list, err := tx.NamedAssets(business, q.Shared,
			registry.AssetQuery{Kind: q.Kind, Search: q.Search, After: q.After, Backward: q.Backward, Limit: q.Limit + 1})
		if err != nil {
			return nil, err
		}
		out := &Listing{More: len(list) > q.Limit, Shared: shared}
		if out.More && q.Backward {
			list = list[1:]
		} else if out.More {
			list = list[:q.Limit]
		}
		if out.Counts, err = tx.CountAssets(business); err != nil {
			return nil, err
		}
		out.Assets, err = glances(r, tx, business, list)
		return out, err
	})
}

// glances counts who reaches each of some assets through a business.
func glances(r *registry.Registry, tx *store.View, business prokura.ID, list []prokura.Asset) ([]Glance, error) {
	ids := assetIDs(list)
	people, systemUsers, err := tx.CountFull(business)
	if err != nil {
		return nil, err
	}
	worked, err := tx.WorkedOn(business, ids)
	if err != nil {
		return nil, err
	}
	partners, err := tx.CountAgencies(ids)
	if err != nil {
		return nil, err
	}
	ways, err := tx.AppWays(business, ids)
	if err != nil {
		return nil, err
	}
	owners := map[prokura.ID]prokura.Business{}
	out := make([]Glance, len(list))
	for i, a := range list {
		g := Glance{Asset: a, People: people, SystemUsers: systemUsers}
		for _, w := range worked {
			switch {
			case w.Asset != a.ID || w.Full:
			case w.Person:
				g.People++
			default:
				g.SystemUsers++
			}
		}
		apps := map[prokura.ID]bool{}
		for _, w := range waysTo(r, a, ways) {
			apps[w.App] = true
		}
		g.Apps = len(apps)
		if a.Business == business {
			g.Partners = partners[a.ID]
		} else {
			if _, known := owners[a.Business]; !known {
				if owners[a.Business], err = tx.Business(a.Business); err != nil {
					return nil, err
				}
			}
			g.Owner = owners[a.Business]
		}
		out[i] = g
	}
	return out, nil
}

// waysTo keeps the ways that lead to one asset and open something there. An app
// that is installed for a system user may cut tokens with any scope that it
// holds; a login opens an asset with a permission for its kind.
func waysTo(r *registry.Registry, a prokura.Asset, ways []AppWay) []AppWay {
	var out []AppWay
	for _, w := range ways {
		if (w.Asset == 0 || w.Asset == a.ID) && (w.By == BySystemUser || opens(r, w.Scopes, a.Kind)) {
			out = append(out, w)
		}
	}
	return out
}

func opens(r *registry.Registry, scopes prokura.PermissionSet, kind prokura.AssetKind) bool {
	return slices.ContainsFunc(r.Catalog().Names(scopes), func(n prokura.Permission) bool {
		p, _ := r.Catalog().Permission(n)
		return slices.Contains(p.Kinds, kind)
	})
}

// AppOnAsset is an app that comes to an asset, with all its ways.
type AppOnAsset struct {
	ID   prokura.ID
	Name string
	Ways []AppWay
}

// View is everything about one asset that a business may know.
type View struct {
	Asset     prokura.Asset
	Business  prokura.Business // that looks
	Owner     prokura.Business
	Permitted []prokura.Task   // that the business may give
	Full      []Assignee       // people and system users who have everything anyway: the first of them
	FullAll   int              // all of them
	Workers   []AssignedWorker // one page
	More      bool
	Groups    []ListedGroup // of the business, that hold the asset
	Agencies  []Agency      // for the owner, with those that ask
	Apps      []AppOnAsset
}

// Own reports whether the business owns the asset.
func (v *View) Own() bool { return v.Asset.Business == v.Business.ID }

const (
	shownFull    = 20
	shownWorkers = 100
)

// Show shows an asset to the people of a business that has it.
func Show(ctx context.Context, r *registry.Registry, c registry.Caller, business, asset, after prokura.ID) (*View, error) {
	if err := r.MayRead(c, prokura.ActViewBusiness, prokura.Subject{Business: business}); err != nil {
		return nil, err
	}
	v, err := registry.View(ctx, r, func(tx *store.View) (*View, error) {
		v := &View{}
		a, err := tx.AssetFacts(asset, 0)
		if err != nil {
			return nil, registry.HideMissing(err)
		}
		if _, ok := has(a, business); !ok {
			return nil, registry.Missing()
		}
		v.Asset, v.Permitted = a.Asset, permittedTasks(r, a, business)
		if v.Business, err = tx.Business(business); err != nil {
			return nil, err
		}
		if v.Owner, err = tx.Business(a.Asset.Business); err != nil {
			return nil, err
		}
		people, systemUsers, err := tx.CountFull(business)
		if err != nil {
			return nil, err
		}
		v.FullAll = people + systemUsers
		if v.Full, err = tx.FullOf(business, shownFull); err != nil {
			return nil, err
		}
		if v.Own() {
			if v.Agencies, err = tx.AssetAgencies(asset, true, r.Now(), 0, false, maxAgencies+registry.ShownRequests); err != nil {
				return nil, err
			}
		}
		ways, err := tx.AppWays(business, []prokura.ID{asset})
		v.Apps = byApp(waysTo(r, a.Asset, ways))
		return v, err
	})
	if err != nil {
		return nil, err
	}
	list, err := Assigned(ctx, r, c, asset, business, ListQuery{From: after, Limit: shownWorkers})
	if err != nil {
		return nil, err
	}
	v.Workers, v.More = list.Items, list.More
	groups, err := Groups(ctx, r, c, business, asset, ListQuery{Limit: maxAssetGroups})
	if err != nil {
		return nil, err
	}
	v.Groups = groups.Items
	return v, nil
}

// byApp gathers ways by their app, apps in the order of their names.
func byApp(ways []AppWay) []AppOnAsset {
	var out []AppOnAsset
	for _, w := range ways {
		i := slices.IndexFunc(out, func(a AppOnAsset) bool { return a.ID == w.App })
		if i < 0 {
			out, i = append(out, AppOnAsset{ID: w.App, Name: w.Name}), len(out)
		}
		out[i].Ways = append(out[i].Ways, w)
	}
	slices.SortStableFunc(out, func(a, b AppOnAsset) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return out
}

// AssigneeView is somebody of a business with what they have on an asset.
type AssigneeView struct {
	Assignee
	Worker Worker
}

// AssigneeOn shows one person (by the place in the business) or system user of a
// business with what they were given on an asset.
func AssigneeOn(ctx context.Context, r *registry.Registry, c registry.Caller, business, asset, user prokura.ID) (*AssigneeView, error) {
	if err := r.MayRead(c, prokura.ActListAssigned, prokura.Subject{Business: business}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) (*AssigneeView, error) {
		a, err := tx.AssetFacts(asset, 0)
		if err != nil {
			return nil, registry.HideMissing(err)
		}
		who, err := assignee(tx, c, user)
		if err != nil {
			return nil, err
		}
		if who.Subject == 0 || who.Business != business {
			return nil, registry.Missing()
		}
		w, err := tx.Worker(asset, business, giver(a, business), who.Subject)
		return &AssigneeView{who, w}, err
	})
}

// GroupAssignee shows one person or system user of a group's business with what
// the group gives them.
func GroupAssignee(ctx context.Context, r *registry.Registry, c registry.Caller, group, user prokura.ID) (*GroupWorker, error) {
	g, err := Group(ctx, r, c, group)
	if err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) (*GroupWorker, error) {
		who, err := assignee(tx, c, user)
		if err != nil {
			return nil, err
		}
		if who.Subject == 0 || who.Business != g.Business {
			return nil, registry.Missing()
		}
		list, err := tx.GroupWorkers(group, g.Business, who.Subject-1, false, 1)
		if err == nil && len(list) == 1 && list[0].Subject == who.Subject {
			return &list[0], nil
		}
		return &GroupWorker{Assignee: who}, err
	})
}

// Seen is an asset as a program sees it.
type Seen struct {
	Asset  prokura.Asset
	Tasks  []prokura.Task // the caller's
	Closed error          // not nil: the caller may manage the asset but, for this reason, not read it
}

// Read shows an asset to callers that reach it and may read its kind, and to those
// who manage it.
func Read(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID) (*Seen, error) {
	a, err := r.Asset(ctx, c, id)
	if err != nil {
		return nil, registry.HideMissing(err)
	}
	closed := r.MayRead(c, prokura.ActReadAsset, prokura.Subject{Asset: a})
	if closed != nil {
		// Who runs a business manages all that the token reaches, also the kinds
		// that no permission of system users opens.
		if !errors.Is(closed, prokura.PermissionMissing) || r.MayRead(c, prokura.ActListAssigned, prokura.Subject{Business: workplace(c.Facts, a, 0)}) != nil {
			return nil, closed
		}
	}
	return &Seen{Asset: a.Asset, Tasks: r.TasksOn(c, a), Closed: closed}, nil
}

// Reached lists what the caller reaches now of one kind: me/adaccounts,
// assigned_*. A BISU or child token lists what was granted to it.
func Reached(ctx context.Context, r *registry.Registry, c registry.Caller, q registry.AssetQuery, total bool) (*registry.AssetPage, error) {
	if err := r.MayRead(c, prokura.ActListAssets, prokura.Subject{}); err != nil {
		return nil, err
	}
	if err := r.Readable(c, q.Kind); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) (*registry.AssetPage, error) { return r.Page(tx, c, q, total) })
}

// OfBusiness lists what a business owns of one kind (owned_*), or with
// client what others share with it (client_*). A BISU or child token sees of it
// what was granted.
func OfBusiness(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID, client bool, q registry.AssetQuery, total bool) (*registry.AssetPage, error) {
	if err := r.MayRead(c, prokura.ActListOwned, prokura.Subject{Business: business}); err != nil {
		return nil, err
	}
	if err := r.Readable(c, q.Kind); err != nil {
		return nil, err
	}
	if q.Owner = business; client {
		q.Owner, q.Client = 0, business
	}
	p, err := registry.View(ctx, r, func(tx *store.View) (*registry.AssetPage, error) { return r.Page(tx, c, q, total) })
	if err != nil || !client {
		return p, err
	}
	for i, a := range p.Facts {
		p.Assets[i].Permitted, _ = has(a, business)
	}
	return p, nil
}
