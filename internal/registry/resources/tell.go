package resources

import (
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/webhooks"
	"github.com/prokura/prokura/internal/store"
)

// NodeID is how a row is called on the wire.
func NodeID(t *prokura.ResourceType, asset, id prokura.ID) string {
	if t.Prefixed {
		return asset.String() + "_" + id.String()
	}
	return id.String()
}

// tell tells apps of what became of rows of one type in one asset, as its declaration
// says. Whoever writes rows calls it in the same transaction: after making and changing
// them, before deleting them.
func tell(r *registry.Registry, d *registry.Door, t *prokura.ResourceType, change prokura.Change, rows ...prokura.Resource) error {
	if t.Webhook == nil || !slices.Contains(t.Webhook.On, change) || len(rows) == 0 {
		return nil
	}
	if len(t.Webhook.Steps) == 0 {
		return tellStep(r, d, t, change, "", rows)
	}
	for _, step := range t.Webhook.Steps { // each by itself, as they would come
		if err := tellStep(r, d, t, change, step, rows); err != nil {
			return err
		}
	}
	return nil
}

func tellStep(r *registry.Registry, d *registry.Door, t *prokura.ResourceType, change prokura.Change, step string, rows []prokura.Resource) error {
	return webhooks.Tell(r, d, t, rows[0].Asset, func(asset prokura.Asset) ([]map[string]any, error) {
		above, err := parents(d.View(), t.Webhook.NeedsParents(), rows)
		if err != nil {
			return nil, err
		}
		out := make([]map[string]any, len(rows))
		for i, row := range rows {
			v := telling{catalog: r.Catalog(), t: t, asset: asset, change: change, step: step, row: row, above: above}
			out[i] = webhooks.Value(t.Webhook.Value, v.source)
		}
		return out, nil
	})
}

// parents are the rows that rows hang on, by id, where it takes them to tell.
func parents(tx *store.View, needed bool, rows []prokura.Resource) (map[prokura.ID]prokura.Resource, error) {
	out := map[prokura.ID]prokura.Resource{}
	if !needed {
		return out, nil
	}
	var ids []prokura.ID
	for _, row := range rows {
		for _, id := range []prokura.ID{row.Parent, row.Above} {
			if id != 0 && id != row.Asset {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	list, err := tx.ResourcesByID(slices.Compact(ids))
	for _, row := range list {
		out[row.ID] = row
	}
	return out, err
}

// telling is a row of which apps are told.
type telling struct {
	catalog *prokura.Catalog
	t       *prokura.ResourceType
	asset   prokura.Asset
	change  prokura.Change
	step    string
	row     prokura.Resource
	above   map[prokura.ID]prokura.Resource
}

// source is what a source of the declaration holds; nil: nothing.
func (v *telling) source(told prokura.ResourceTold) any {
	switch {
	case told.Text != "":
		return told.Text
	case told.Of != "":
		for _, id := range []prokura.ID{v.row.Parent, v.row.Above} {
			up, ok := v.above[id]
			switch {
			case !ok || string(up.Kind) != told.Of:
			case told.Field != "":
				t, _ := v.catalog.Resource(up.Kind)
				return v.field(t, up, told.Field)
			default:
				return v.name(id)
			}
		}
		return nil
	case told.Field != "":
		return v.field(v.t, v.row, told.Field)
	}
	switch told.From {
	case prokura.ToldID:
		return NodeID(v.t, v.asset.ID, v.row.ID)
	case prokura.ToldParent:
		return v.name(v.row.Parent)
	case prokura.ToldAsset:
		return v.asset.ID.String()
	case prokura.ToldAssetName:
		return v.asset.Name
	case prokura.ToldOutside:
		return v.t.OutsideID(v.row.ID)
	case prokura.ToldStep:
		return v.step
	case prokura.ToldVerb:
		return v.t.Webhook.Verb(v.change)
	case prokura.ToldUpdated:
		return v.row.Updated.Unix()
	}
	return v.row.Created.Unix()
}

// name is how the row or asset of an id is called.
func (v *telling) name(id prokura.ID) string {
	if up, ok := v.above[id]; ok {
		if t, ok := v.catalog.Resource(up.Kind); ok {
			return NodeID(t, v.asset.ID, id)
		}
	}
	return id.String()
}

// field is what a field of a row holds, or a part of it after a point, as JSON has it;
// times are in seconds.
func (v *telling) field(t *prokura.ResourceType, row prokura.Resource, name string) any {
	name, part, _ := strings.Cut(name, ".")
	f, _ := t.Field(name)
	seen := Seen{Resource: row, Type: t}
	if f.Computed == prokura.ComputedAsset {
		if by, ok := row.Values[f.From]; ok {
			return prokura.Dig(by, part)
		}
		return prokura.Dig(map[string]any{"id": v.asset.ID.String(), "name": v.asset.Name}, part)
	}
	switch value := seen.Value(f).(type) {
	case prokura.Instant:
		return value.Unix()
	case prokura.ID:
		return value.String()
	default:
		return prokura.Dig(value, part)
	}
}
