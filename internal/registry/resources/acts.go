package resources

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// onAsset is the subject of an act on data of an asset.
func onAsset(t *prokura.ResourceType, asset prokura.ID) func(*registry.Door) (prokura.Subject, error) {
	return func(d *registry.Door) (prokura.Subject, error) {
		a, err := d.AssetFacts(asset, d.Actor())
		if err != nil {
			return prokura.Subject{}, registry.HideMissing(err)
		}
		d.Entry.Subject = asset
		return prokura.Subject{Business: a.Asset.Business, Asset: a, Right: t.Write}, nil
	}
}

// Create makes rows of one type on a place, all of them or none.
func Create(ctx context.Context, r *registry.Registry, c registry.Caller, t *prokura.ResourceType, p place, given ...map[string]any) ([]Made, error) {
	return create(ctx, r, c, t, p, prokura.Created, given)
}

// Receive makes a row that no call of the API makes, as a scenario would, and tells of
// it: a message that somebody sent, a post of somebody else. It stands on a list of an
// asset or of a row.
func Receive(ctx context.Context, r *registry.Registry, c registry.Caller, on prokura.ID, list string, given map[string]any) ([]Made, error) {
	p, err := placeOfID(ctx, r, on)
	if err != nil {
		return nil, err
	}
	var t *prokura.ResourceType
	var names []string
	for i := range r.Catalog().Resources {
		one := &r.Catalog().Resources[i]
		for _, e := range one.Edges {
			if e.On == p.kind && one.HangsOn(p.kind) && one.Upstream == "" {
				names = append(names, e.Name)
				if e.Name == list {
					t = one
				}
			}
		}
	}
	if t == nil {
		return nil, prokura.Errorf(prokura.InvalidParameter, "There is no such list; lists are: %s.", strings.Join(names, ", ")).WithField("list")
	}
	change := prokura.Created
	if h := t.Webhook; h != nil && slices.Contains(h.On, prokura.Received) {
		change = prokura.Received
	}
	p.planted = true
	return create(ctx, r, c, t, p, change, []map[string]any{given})
}

func create(ctx context.Context, r *registry.Registry, c registry.Caller, t *prokura.ResourceType, p place, change prokura.Change, given []map[string]any) ([]Made, error) {
	var made []Made
	err := r.Act(ctx, c, prokura.ActCreateData, onAsset(t, p.asset), func(d *registry.Door) error {
		made = made[:0]
		var ids []prokura.ID
		rows := make([]prokura.Resource, len(given))
		for i, values := range given {
			row, err := draft(d.View(), r, t, p, values, p.planted)
			if err != nil {
				return err
			}
			row.ID, row.Created, row.Updated = store.DrawID(), d.Now, d.Now
			rows[i] = row
			ids = append(ids, row.ID)
		}
		beside, err := besides(r, d, t, rows)
		if err != nil {
			return err
		}
		if err := roomFor(d.View(), t, p.asset, len(rows)); err != nil {
			return err
		}
		note := map[string]any{"type": t.Kind, "count": len(rows)}
		if len(ids) == 1 {
			d.Entry.Subject = ids[0]
			delete(note, "count")
		}
		d.Note(nil, note)
		if err := d.AddResources(rows); err != nil {
			return keyed(err, t)
		}
		if err := touch(d, t, rows); err != nil {
			return err
		}
		if made, err = answers(r, d, t, rows); err != nil {
			return err
		}
		if err := tell(r, d, t, change, rows...); err != nil {
			return err
		}
		return beside.write(r, d)
	})
	return made, err
}

// keyed names the field of a key that is taken.
func keyed(err error, t *prokura.ResourceType) error {
	if e, ok := errors.AsType[*prokura.Error](err); ok && e.Reason == prokura.FieldTaken {
		return e.WithField(t.Key)
	}
	return err
}

// roomFor refuses more rows of a type than an asset holds.
func roomFor(tx *store.View, t *prokura.ResourceType, asset prokura.ID, more int) error {
	if t.Most == 0 {
		return nil
	}
	have, err := tx.CountResources(store.ResourceQuery{Kind: t.Kind, Asset: asset}, t.Most)
	if err == nil && have+more > t.Most {
		err = prokura.Errorf(prokura.ResourcesFull, "There is room for %d of its kind.", t.Most)
	}
	return err
}

// Check tells what Create would say of one row, and makes none.
func Check(ctx context.Context, r *registry.Registry, c registry.Caller, t *prokura.ResourceType, p place, given map[string]any) error {
	if err := may(ctx, r, c, prokura.ActCreateData, p.asset, t.Write); err != nil {
		return err
	}
	_, err := registry.View(ctx, r, func(tx *store.View) (prokura.Resource, error) {
		row, err := draft(tx, r, t, p, given, false)
		if err == nil {
			err = roomFor(tx, t, p.asset, 1)
		}
		return row, err
	})
	return err
}

// Update changes fields of a row. One that comes to its end by them is deleted.
func Update(ctx context.Context, r *registry.Registry, c registry.Caller, s *Seen, given map[string]any) error {
	t := s.Type
	return r.Act(ctx, c, prokura.ActUpdateData, onAsset(t, s.Asset), func(d *registry.Door) error {
		d.Entry.Subject = s.ID
		d.Touch(registry.OfAsset, s.ID)
		row, err := d.Resource(s.ID)
		if err != nil {
			return registry.HideMissing(err)
		}
		values, e := t.Change(row.Values, given)
		if e != nil {
			return e
		}
		d.Note(nil, map[string]any{"type": t.Kind, "fields": strings.Join(slices.Sorted(maps.Keys(given)), ", ")})
		if values == nil {
			return end(r, d, t, row)
		}
		row.Values, row.Updated = values, d.Now
		if t.Key != "" {
			row.Key, _ = values[t.Key].(string)
		}
		if err := named(d.View(), t, row); err != nil {
			return err
		}
		if err := d.UpdateResource(row); err != nil {
			return keyed(err, t)
		}
		return tell(r, d, t, prokura.Updated, row)
	})
}

// Do changes fields of a row as an action of its type declares it.
func Do(ctx context.Context, r *registry.Registry, c registry.Caller, s *Seen, a *prokura.ResourceAction, given map[string]any) error {
	t := s.Type
	return r.Act(ctx, c, prokura.ActUpdateData, onAsset(t, s.Asset), func(d *registry.Door) error {
		if e := a.Check(given); e != nil {
			return t.Coded(e)
		}
		d.Entry.Subject = s.ID
		d.Touch(registry.OfAsset, s.ID)
		row, err := d.Resource(s.ID)
		if err != nil {
			return registry.HideMissing(err)
		}
		d.Note(nil, map[string]any{"type": t.Kind, "fields": strings.Join(slices.Sorted(maps.Keys(a.Set)), ", ")})
		values := maps.Clone(row.Values)
		for name, word := range a.Set {
			values[name] = word
		}
		row.Values, row.Updated = values, d.Now
		if err := d.UpdateResource(row); err != nil {
			return err
		}
		return tell(r, d, t, prokura.Updated, row)
	})
}

// Delete ends a row and what hangs on it.
func Delete(ctx context.Context, r *registry.Registry, c registry.Caller, s *Seen) error {
	return r.Act(ctx, c, prokura.ActDeleteData, onAsset(s.Type, s.Asset), func(d *registry.Door) error {
		d.Entry.Subject = s.ID
		d.Touch(registry.OfAsset, s.ID)
		d.Note(map[string]any{"type": s.Kind}, nil)
		return registry.HideMissing(end(r, d, s.Type, s.Resource))
	})
}

// end deletes a row with what hangs on it, and tells of it alone.
func end(r *registry.Registry, d *registry.Door, t *prokura.ResourceType, row prokura.Resource) error {
	if err := tell(r, d, t, prokura.Deleted, row); err != nil {
		return err
	}
	if err := endBeside(r, d, t, row); err != nil {
		return err
	}
	return d.DeleteResource(row.ID)
}
