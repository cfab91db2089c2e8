package resources

import (
	"context"
	"errors"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/webhooks"
	"github.com/prokura/prokura/internal/store"
)

// Made is a row that was made, and what its type has its caller answered; nil: its id.
type Made struct {
	ID     prokura.ID
	Answer map[string]any
}

// answers makes what callers are answered who made rows of one type.
func answers(r *registry.Registry, d *registry.Door, t *prokura.ResourceType, rows []prokura.Resource) ([]Made, error) {
	out := make([]Made, len(rows))
	for i, row := range rows {
		out[i].ID = row.ID
	}
	if len(t.Answer) == 0 || len(rows) == 0 {
		return out, nil
	}
	a, err := d.AssetFacts(rows[0].Asset, 0)
	if err != nil {
		return nil, err
	}
	above, err := parents(d.View(), true, rows)
	if err != nil {
		return nil, err
	}
	for i, row := range rows {
		v := telling{catalog: r.Catalog(), t: t, asset: a.Asset, change: prokura.Created, row: row, above: above}
		out[i].Answer = webhooks.Value(t.Answer, v.source)
	}
	return out, nil
}

// touch changes the time of what new rows hang on, where their type says so.
func touch(d *registry.Door, t *prokura.ResourceType, rows []prokura.Resource) error {
	if !t.Touches {
		return nil
	}
	for _, row := range rows {
		if row.Parent == row.Asset {
			continue
		}
		up, err := d.Resource(row.Parent)
		if err != nil {
			return err
		}
		d.Touch(registry.OfAsset, up.ID)
		up.Updated = d.Now
		if err := d.UpdateResource(up); err != nil {
			return err
		}
	}
	return nil
}

// others are rows of another type that are made with those of a type.
type others struct {
	t    *prokura.ResourceType
	rows []prokura.Resource
}

// besides drafts what else is made with new rows, and has these name it.
func besides(r *registry.Registry, d *registry.Door, t *prokura.ResourceType, rows []prokura.Resource) (others, error) {
	var out others
	if t.Also == nil {
		return out, nil
	}
	out.t, _ = r.Catalog().Resource(t.Also.Kind)
	for i, row := range rows {
		if t.Also.When != "" && row.Values[t.Also.When] != true {
			continue
		}
		v := telling{catalog: r.Catalog(), t: t, row: row}
		other, err := draft(d.View(), r, out.t, place{asset: row.Asset, kind: string(t.Asset)}, webhooks.Value(t.Also.Values, v.source), true)
		if err != nil {
			return out, err
		}
		other.ID, other.Created, other.Updated = store.DrawID(), d.Now, d.Now
		rows[i].Values[t.Also.Into] = NodeID(out.t, row.Asset, other.ID)
		out.rows = append(out.rows, other)
	}
	return out, roomFor(d.View(), out.t, rows[0].Asset, len(out.rows))
}

func (o others) write(r *registry.Registry, d *registry.Door) error {
	if len(o.rows) == 0 {
		return nil
	}
	if err := d.AddResources(o.rows); err != nil {
		return err
	}
	return tell(r, d, o.t, prokura.Created, o.rows...)
}

// endBeside ends what was made with a row, if it is still there.
func endBeside(r *registry.Registry, d *registry.Door, t *prokura.ResourceType, row prokura.Resource) error {
	if t.Also == nil {
		return nil
	}
	text, _ := row.Values[t.Also.Into].(string)
	if _, number, ok := strings.Cut(text, "_"); ok {
		text = number
	}
	id, err := prokura.ParseID(text)
	if err != nil {
		return nil
	}
	other, err := d.Resource(id)
	if errors.Is(err, prokura.NotFound) {
		return nil
	}
	if err != nil || other.Asset != row.Asset || other.Kind != t.Also.Kind {
		return err
	}
	ot, _ := r.Catalog().Resource(other.Kind)
	d.Touch(registry.OfAsset, other.ID)
	return end(r, d, ot, other)
}

// byKey finds what a new row hangs on by the key that a parameter of it gives.
func byKey(tx *store.View, t *prokura.ResourceType, row *prokura.Resource, param string) (prokura.ID, error) {
	key, _ := prokura.Dig(row.Values, param).(string)
	for _, parent := range t.Parents {
		rows, err := tx.ResourcesByKeys(row.Asset, prokura.ResourceKind(parent), []string{key})
		if err != nil {
			return 0, err
		}
		if key != "" && len(rows) > 0 {
			return rows[0].ID, nil
		}
	}
	return 0, t.Coded(prokura.Errorf(prokura.ParentForeign, "The parameter %s names nobody here.", param).WithField(param))
}

// looked checks that what an object names by its key is there, and as it has to be.
func looked(tx *store.View, t *prokura.ResourceType, f *prokura.ResourceField, row prokura.Resource) error {
	named, l := row.Values[f.Name], f.Look
	if l == nil || named == nil {
		return nil
	}
	// The key is one of what is matched: catalogs are checked for that.
	var keys []string
	for _, part := range l.Match {
		if text, _ := prokura.Dig(named, part).(string); printable(text) {
			keys = append(keys, text)
		}
	}
	rows, err := tx.ResourcesByKeys(row.Asset, l.Kind, keys)
	if err != nil {
		return err
	}
	for _, other := range rows {
		fits := true
		for field, part := range l.Match {
			fits = fits && other.Values[field] == prokura.Dig(named, part)
		}
		for field, want := range l.State {
			fits = fits && other.Values[field] == want
		}
		if fits {
			return nil
		}
	}
	return t.Coded(prokura.Errorf(prokura.ParentForeign, "The parameter %s names nothing that can be used here.", f.Param()).WithField(f.Param()).WithRefusal(l.Refusal))
}

// Mark changes the row of a kind that is known outside by a name, as a call on another
// list asks for it.
func Mark(ctx context.Context, r *registry.Registry, c registry.Caller, e prokura.ResourceEdge, on *Seen, name string, given map[string]any) error {
	t, _ := r.Catalog().Resource(prokura.ResourceKind(e.Marks))
	missing := t.Coded(prokura.Errorf(prokura.FieldNotListed, "The parameter %s names nothing here.", e.MarkBy).WithField(e.MarkBy))
	// Whether there is one is told only to who may change it.
	if err := may(ctx, r, c, prokura.ActUpdateData, on.Asset, t.Write); err != nil {
		return err
	}
	id, ok := t.ReadOutsideID(name)
	if !ok {
		return missing
	}
	s, err := Find(ctx, r, id)
	if errors.Is(err, prokura.NotFound) || err == nil && (s.Kind != t.Kind || s.Parent != on.ID) {
		return missing
	}
	if err != nil {
		return err
	}
	return Update(ctx, r, c, s, given)
}

// Newest is what a field of the newest row of a kind holds that hangs on a row; nil: there
// is none, or it holds nothing.
func Newest(ctx context.Context, r *registry.Registry, s *Seen, of *prokura.ResourceField) (any, error) {
	rows, err := registry.Look(ctx, r, func(tx *store.View) ([]prokura.Resource, error) {
		return tx.Resources(store.ResourceQuery{Kind: prokura.ResourceKind(of.Of), On: s.ID, Asset: s.Asset, Last: true, Limit: 1})
	})
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return rows[0].Values[of.From], nil
}

// chooses is what a list on a row shows of the rows of a type: those that the row's rule
// keeps, or that name the row. nil: all.
func chooses(ctx context.Context, r *registry.Registry, t *prokura.ResourceType, p place) (func(*Seen) bool, error) {
	e := p.edge
	switch {
	case e.Named != "":
		return func(s *Seen) bool { return s.Values[e.Named] == p.on.String() }, nil
	case e.Rule != "":
		row, err := r.Resource(ctx, p.on)
		if err != nil {
			return nil, registry.HideMissing(err)
		}
		if row.Values[e.Rule] == nil {
			return nil, nil
		}
		rule, bad := t.Choosing(row.Values[e.Rule])
		if bad != nil {
			return nil, bad
		}
		return func(s *Seen) bool { return rule.Keeps(s.Value) }, nil
	case e.With != "" || e.Without != "":
		return func(s *Seen) bool {
			return (e.With == "" || s.Values[e.With] != nil) && (e.Without == "" || s.Values[e.Without] == nil)
		}, nil
	}
	return nil, nil
}
