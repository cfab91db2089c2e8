package assets

import (
	"context"
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Asset groups: sets of assets that a business gives its people and system users
// tasks on at once. What a group gives is written out as assignments in the same
// transaction, so that nothing that decides has to know about groups.

// Limits of groups. What a group gives is written out as assets × people.
const (
	maxAssetGroups  = 500
	maxGroupAssets  = 1000
	maxGroupWorkers = 200
)

// ListedGroup is an asset group with what is in it, GroupWorker somebody with
// tasks on one.
type (
	ListedGroup = store.ListedGroup
	GroupWorker = store.GroupWorker
)

// CreateGroup makes an empty group.
func CreateGroup(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID, name string) (prokura.ID, error) {
	var id prokura.ID
	err := r.Act(ctx, c, prokura.ActManageAssetGroup, registry.OnBusiness(business), func(d *registry.Door) error {
		name := strings.TrimSpace(name)
		if err := checkAssetName(name); err != nil {
			return err
		}
		n, err := d.CountAssetGroups(business)
		if err != nil {
			return err
		}
		if n >= maxAssetGroups {
			return prokura.Errorf(prokura.LimitReached, "A business has at most %d asset groups.", maxAssetGroups)
		}
		if id, err = d.NewID(prokura.NodeAssetGroup, 0); err != nil {
			return err
		}
		d.Entry.Subject = id
		d.Note(nil, map[string]string{"name": name})
		return d.AddAssetGroup(prokura.AssetGroup{ID: id, Business: business, Name: name, Created: d.Now})
	})
	return id, err
}

// onGroup is the subject of an act on an asset group.
func onGroup(r *registry.Registry, id prokura.ID, g *prokura.AssetGroup) func(*registry.Door) (prokura.Subject, error) {
	return func(d *registry.Door) (prokura.Subject, error) {
		d.Entry.Subject = id
		var err error
		if *g, err = d.AssetGroup(id); err != nil {
			return prokura.Subject{}, registry.HideMissing(err)
		}
		return prokura.Subject{Business: g.Business}, nil
	}
}

// changeGroup runs one change of a group.
func changeGroup(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID, do func(*registry.Door, prokura.AssetGroup) error) error {
	var g prokura.AssetGroup
	return r.Act(ctx, c, prokura.ActManageAssetGroup, onGroup(r, id, &g), func(d *registry.Door) error { return do(d, g) })
}

// RenameGroup gives a group another name.
func RenameGroup(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID, name string) error {
	return changeGroup(ctx, r, c, id, func(d *registry.Door, g prokura.AssetGroup) error {
		name := strings.TrimSpace(name)
		if err := checkAssetName(name); err != nil {
			return err
		}
		d.Note(map[string]string{"name": g.Name}, map[string]string{"name": name})
		return d.Tx.RenameAssetGroup(id, name)
	})
}

// DeleteGroup ends a group and all tasks that it gave. Its assets stay.
func DeleteGroup(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID) error {
	return changeGroup(ctx, r, c, id, func(d *registry.Door, g prokura.AssetGroup) error {
		if _, err := wholeGroup(d, id); err != nil {
			return err
		}
		if err := touchGroup(d, g); err != nil {
			return err
		}
		d.Note(map[string]string{"name": g.Name}, nil)
		return d.Tx.DeleteAssetGroup(id)
	})
}

// wholeGroup lists the assets of a group. A token that manages chosen assets
// alone changes nothing that reaches others (T22).
func wholeGroup(d *registry.Door, id prokura.ID) ([]prokura.ID, error) {
	list, err := d.GroupAssetIDs(id)
	if err != nil {
		return nil, err
	}
	for _, a := range list {
		if !d.Within(a) {
			return nil, prokura.Errorf(prokura.RoleMissing, "The group holds assets that were not chosen for this access token.")
		}
	}
	return list, nil
}

// touchGroup drops what is cached of everybody with tasks on a group.
func touchGroup(d *registry.Door, g prokura.AssetGroup) error {
	list, err := d.GroupWorkers(g.ID, g.Business, 0, false, maxGroupWorkers)
	for _, w := range list {
		touchWorker(d, w.Assignee)
	}
	return err
}

// AddGroupAsset puts an asset that the business owns or may use into a group:
// everybody with tasks on the group has them there too. A kind that is not
// empty is what the caller takes the asset for.
func AddGroupAsset(ctx context.Context, r *registry.Registry, c registry.Caller, id, asset prokura.ID, kind prokura.AssetKind) error {
	return changeGroup(ctx, r, c, id, func(d *registry.Door, g prokura.AssetGroup) error {
		a, err := heldAsset(d, asset)
		if err != nil {
			return err
		}
		if _, ok := has(a, g.Business); !ok || kind != "" && a.Asset.Kind != kind {
			return registry.Missing()
		}
		have, err := d.GroupAssetIDs(id)
		if err != nil {
			return err
		}
		if len(have) >= maxGroupAssets {
			return prokura.Errorf(prokura.LimitReached, "A group holds at most %d assets.", maxGroupAssets).WithField("asset_id")
		}
		if err := d.Tx.AddGroupAsset(id, asset); err != nil {
			return err
		}
		d.Note(nil, map[string]any{"asset": asset})
		d.Touch(registry.OfAsset, asset)
		return d.Spread(id, asset, 0)
	})
}

// RemoveGroupAsset takes an asset out of a group, and with it what the group
// gave on it.
func RemoveGroupAsset(ctx context.Context, r *registry.Registry, c registry.Caller, id, asset prokura.ID, kind prokura.AssetKind) error {
	return changeGroup(ctx, r, c, id, func(d *registry.Door, _ prokura.AssetGroup) error {
		a, err := heldAsset(d, asset)
		if err != nil {
			return err
		}
		if kind != "" && a.Asset.Kind != kind {
			return registry.Missing()
		}
		if err := d.Tx.RemoveGroupAsset(id, asset); err != nil {
			return registry.HideMissing(err)
		}
		d.Note(map[string]any{"asset": asset}, nil)
		d.Touch(registry.OfAsset, asset)
		return d.Spread(id, asset, 0)
	})
}

// KindTasks are tasks on each kind of asset.
type KindTasks map[prokura.AssetKind][]prokura.Task

// AssignGroup gives a person or system user of the group's business tasks on all
// assets of the group, by kind. Kinds that are not named keep theirs; no tasks
// take them away.
func AssignGroup(ctx context.Context, r *registry.Registry, c registry.Caller, id, user prokura.ID, tasks KindTasks) error {
	return changeGroup(ctx, r, c, id, func(d *registry.Door, g prokura.AssetGroup) error {
		who, err := assignee(d.View(), c, user)
		if err != nil {
			return err
		}
		if who.Subject == 0 || who.Business != g.Business {
			return prokura.Errorf(prokura.AssignmentInvalid, "The user is no person or system user of the business.").WithField("user")
		}
		if len(tasks) == 0 {
			return prokura.Errorf(prokura.InvalidParameter, "Tasks for at least one kind of asset are needed.")
		}
		if _, err := wholeGroup(d, id); err != nil {
			return err
		}
		for _, k := range r.Catalog().Kinds {
			list, named := tasks[k.Kind]
			if !named {
				continue
			}
			if len(list) > 0 {
				if err := checkTasks(r, k.Kind, list, k.GroupTasks); err != nil {
					return err
				}
			}
			if err := d.SetGroupAssignment(id, who.Subject, k.Kind, list); err != nil {
				return err
			}
		}
		n, err := d.CountGroupWorkers(id)
		if err != nil {
			return err
		}
		if n > maxGroupWorkers {
			return prokura.Errorf(prokura.LimitReached, "A group gives tasks to at most %d people and system users.", maxGroupWorkers).WithField("user")
		}
		d.Note(nil, map[string]any{"user": who.Subject, "tasks": tasks})
		touchWorker(d, who)
		return d.Spread(id, 0, who.Subject)
	})
}

// UnassignGroup takes everything away that a group gave somebody.
func UnassignGroup(ctx context.Context, r *registry.Registry, c registry.Caller, id, user prokura.ID) error {
	return changeGroup(ctx, r, c, id, func(d *registry.Door, g prokura.AssetGroup) error {
		who, err := assignee(d.View(), c, user)
		if err != nil {
			return err
		}
		if who.Subject == 0 || who.Business != g.Business {
			return prokura.Errorf(prokura.AssignmentInvalid, "The user is no person or system user of the business.").WithField("user")
		}
		if _, err := wholeGroup(d, id); err != nil {
			return err
		}
		if err := d.RemoveGroupWorker(id, who.Subject); err != nil {
			if prokura.AsError(err).Reason == prokura.NotFound {
				return prokura.Errorf(prokura.AssignmentInvalid, "The user has no tasks on this group.").WithField("user")
			}
			return err
		}
		d.Note(map[string]any{"user": who.Subject}, nil)
		touchWorker(d, who)
		return d.Spread(id, 0, who.Subject)
	})
}

// Groups lists the groups of a business; contained, if not 0, selects those
// that hold an asset.
func Groups(ctx context.Context, r *registry.Registry, c registry.Caller, business, contained prokura.ID, q ListQuery) (*Listed[ListedGroup], error) {
	if err := r.MayRead(c, prokura.ActListAssigned, prokura.Subject{Business: business}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) (*Listed[ListedGroup], error) {
		return listed(q, func(limit int) ([]ListedGroup, error) {
			return tx.AssetGroups(business, contained, q.From, q.Backward, limit)
		}, func() (int, error) {
			all, err := tx.AssetGroups(business, contained, 0, false, maxAssetGroups)
			return len(all), err
		})
	})
}

// GroupView is one asset group.
type GroupView struct {
	prokura.AssetGroup
	Counts map[prokura.AssetKind]int // of its assets
}

// Group shows a group to the people and system users of its business.
func Group(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID) (*GroupView, error) {
	g, err := registry.View(ctx, r, func(tx *store.View) (prokura.AssetGroup, error) { return tx.AssetGroup(id) })
	if err != nil {
		return nil, registry.HideMissing(err)
	}
	if err := r.MayRead(c, prokura.ActListAssigned, prokura.Subject{Business: g.Business}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) (*GroupView, error) {
		v := &GroupView{AssetGroup: g}
		v.Counts, err = tx.CountGroupAssets(id)
		return v, err
	})
}

// GroupAssets lists the assets of a group; by a token those that it reaches.
func GroupAssets(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID, q registry.AssetQuery, total bool) (*registry.AssetPage, error) {
	if _, err := Group(ctx, r, c, id); err != nil {
		return nil, err
	}
	if c.Credential == prokura.CredentialToken {
		if err := r.Readable(c, q.Kind); err != nil {
			return nil, err
		}
	}
	return registry.View(ctx, r, func(tx *store.View) (*registry.AssetPage, error) {
		if c.Credential == prokura.CredentialToken {
			ids, err := tx.GroupAssetIDs(id)
			if err != nil {
				return nil, err
			}
			e := c.Extent(q.Kind)
			if e.Limited {
				ids = slices.DeleteFunc(ids, func(id prokura.ID) bool { _, ok := slices.BinarySearch(e.Chosen, id); return !ok })
			}
			e.Limited, e.Chosen = true, ids
			return r.PageWithin(tx, c, e, q, total)
		}
		// On pages everybody of the business sees what is in a group.
		list, err := tx.GroupAssets(id, registry.AssetQuery{Kind: q.Kind, Search: q.Search, After: q.After, Backward: q.Backward, ByName: q.ByName, Limit: q.Limit + 1})
		if err != nil {
			return nil, err
		}
		out := &registry.AssetPage{More: len(list) > q.Limit}
		if out.More && q.Backward {
			list = list[1:]
		} else if out.More {
			list = list[:q.Limit]
		}
		for _, a := range list {
			out.Assets = append(out.Assets, registry.ListedAsset{Asset: a})
		}
		return out, nil
	})
}

// AssignedGroupWorker is somebody with tasks on a group.
type AssignedGroupWorker struct {
	GroupWorker
	ID   prokura.ID // as the caller writes it
	Firm prokura.Business
}

// SystemUser reports whether it is a system user.
func (w AssignedGroupWorker) SystemUser() bool { return w.Member == 0 }

// GroupAssigned lists who has tasks on a group.
func GroupAssigned(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID, q ListQuery) (*Listed[AssignedGroupWorker], error) {
	g, err := Group(ctx, r, c, id)
	if err != nil {
		return nil, err
	}
	page, err := registry.View(ctx, r, func(tx *store.View) (*Listed[AssignedGroupWorker], error) {
		b, err := tx.Business(g.Business)
		if err != nil {
			return nil, err
		}
		return listed(q, func(limit int) ([]AssignedGroupWorker, error) {
			list, err := tx.GroupWorkers(id, g.Business, q.From, q.Backward, limit)
			out := make([]AssignedGroupWorker, len(list))
			for i, w := range list {
				out[i] = AssignedGroupWorker{GroupWorker: w, ID: w.Member, Firm: b}
				if w.Member == 0 {
					out[i].ID = w.Subject
				}
			}
			return out, err
		}, func() (int, error) { return tx.CountGroupWorkers(id) })
	})
	if err != nil || c.Credential != prokura.CredentialToken {
		return page, err
	}
	for i := range page.Items {
		if w := &page.Items[i]; w.SystemUser() {
			if w.ID, err = r.AliasOf(ctx, c.App.ID, w.Subject); err != nil {
				return nil, err
			}
		}
	}
	return page, nil
}
