package data

import (
	"errors"
	"math"
	"slices"
	"strconv"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry/resources"
)

// shape makes the shape of a type: one attribute for each field.
func (s *Surface) shape(t *prokura.ResourceType) *wire.Shape[*resources.Seen] {
	out := &wire.Shape[*resources.Seen]{Type: t.Node, Kind: wire.Kind(t.Kind), ID: func(v *resources.Seen) string { return resources.NodeID(v.Type, v.Asset, v.ID) }}
	for i := range t.Fields {
		f := &t.Fields[i]
		a := wire.Attr[*resources.Seen]{Name: f.Name, Type: typeName(f), About: f.Noted(f.About), Default: f.Unasked, In: f.Span}
		switch {
		case f.Computed == prokura.ComputedAsset:
			a.Serve = func(c *wire.Call, w *wire.Writer, v *resources.Seen) error {
				if by, ok := v.Values[f.From]; ok {
					w.JSON(by)
					return nil
				}
				asset := s.visit(c).Asset
				w.Open('{')
				w.Key("name").String(asset.Name)
				w.Key("id").ID(asset.ID)
				w.Close('}')
				return nil
			}
		case f.Computed == prokura.ComputedCount:
			a.Serve = func(c *wire.Call, w *wire.Writer, v *resources.Seen) error {
				n, err := resources.Count(c.Context, s.registry, v, prokura.ResourceKind(f.Of))
				if err == nil {
					w.Int(int64(n))
				}
				return err
			}
		case f.Computed == prokura.ComputedNewest:
			a.Serve = func(c *wire.Call, w *wire.Writer, v *resources.Seen) error {
				value, err := resources.Newest(c.Context, s.registry, v, f)
				if err == nil && value != nil {
					w.JSON(value)
				}
				return err
			}
		case f.Type == prokura.FieldNode:
			a.Serve = s.named(f)
		default:
			a.Put = func(w *wire.Writer, v *resources.Seen) { put(w, f, v.Value(f)) }
		}
		out.Attrs = append(out.Attrs, a)
	}
	return out
}

// named serves a field that is another row: with the fields that are asked for, as far
// as the caller may read them; else with its id.
func (s *Surface) named(f *prokura.ResourceField) func(*wire.Call, *wire.Writer, *resources.Seen) error {
	return func(c *wire.Call, w *wire.Writer, v *resources.Seen) error {
		id, _ := v.Value(f).(prokura.ID)
		if f.FromPlace(v.Type) {
			up, _ := v.On(f.Of)
			id = up.ID
		}
		t, _ := s.catalog.Resource(prokura.ResourceKind(f.Of))
		if id == 0 || !t.Has(c.Version) {
			return nil
		}
		if len(c.Fields) == 0 {
			w.Open('{').Key("id").String(resources.NodeID(t, v.Asset, id))
			w.Close('}')
			return nil
		}
		other, err := resources.Find(c.Context, s.registry, id)
		if err == nil {
			err = resources.May(c.Context, s.registry, s.visit(c).Caller, t, other.Asset)
		}
		if err == nil && needsLineage(t, c.Fields) {
			err = resources.Lineage(c.Context, s.registry, other)
		}
		switch {
		case errors.Is(err, prokura.NotFound), errors.Is(err, prokura.PermissionMissing), errors.Is(err, prokura.RoleMissing):
			return nil
		case err != nil:
			return err
		}
		return s.shapes[t.Kind].Put(c, w, other)
	}
}

// needsLineage reports whether one of the fields that are asked for tells of what a row
// hangs on.
func needsLineage(t *prokura.ResourceType, fields wire.Fields) bool {
	if len(fields) == 0 {
		return slices.ContainsFunc(t.Fields, func(f prokura.ResourceField) bool { return f.Unasked && resources.NeedsLineage(t, &f) })
	}
	return slices.ContainsFunc(fields, func(asked wire.Field) bool {
		f, ok := t.Field(asked.Name)
		return ok && resources.NeedsLineage(t, f)
	})
}

// typeNames are the words of this wire for types.
var typeNames = map[prokura.FieldType]string{
	prokura.FieldText: "string", prokura.FieldURL: "URL", prokura.FieldPhone: "string", prokura.FieldInteger: "integer", prokura.FieldNumeric: "numeric string", prokura.FieldDecimal: "float", prokura.FieldBool: "bool",
	prokura.FieldTime: "datetime", prokura.FieldEnum: "enum", prokura.FieldList: "list", prokura.FieldObject: "object", prokura.FieldID: "numeric string", prokura.FieldNode: "node",
}

func typeName(f *prokura.ResourceField) string { return typeNames[f.Type] }

// put writes a value; none is absent.
func put(w *wire.Writer, f *prokura.ResourceField, v any) {
	switch v := v.(type) {
	case prokura.Instant:
		w.Time(v)
	case prokura.ID:
		w.ID(v)
	case float64:
		switch {
		case f.Type == prokura.FieldNumeric:
			w.String(strconv.FormatFloat(v, 'f', -1, 64))
		case v == math.Trunc(v):
			w.Int(int64(v))
		default:
			w.Number(v)
		}
	default:
		w.JSON(v)
	}
}
