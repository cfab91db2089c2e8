// Package resources holds data of assets, of the types that the catalog declares: it
// reads, lists, makes, changes and ends rows of any of them. Who may do what is decided
// by the asset, and by what the declaration asks for; no type is known here by name.
package resources

import (
	"context"
	"errors"
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Seen is a row with its declaration and, where somebody asked for them, with the rows
// that it hangs on.
type Seen struct {
	prokura.Resource
	Type  *prokura.ResourceType
	Above []prokura.Resource // from its parent up
	Now   prokura.Instant    // when it was read
}

// Visit is who calls, and on what: an asset, or with Row data of it.
type Visit struct {
	Caller registry.Caller
	Asset  prokura.Asset
	Row    *Seen
}

// Find is the row that an id names. It decides nothing: who may know of it is who may
// know of its asset.
func Find(ctx context.Context, r *registry.Registry, id prokura.ID) (*Seen, error) {
	row, err := r.Resource(ctx, id)
	if err != nil {
		return nil, registry.HideMissing(err)
	}
	return seen(r, row)
}

func seen(r *registry.Registry, row prokura.Resource) (*Seen, error) {
	t, ok := r.Catalog().Resource(row.Kind)
	if !ok { // an earlier catalog declared it
		return nil, registry.Missing()
	}
	return &Seen{Resource: row, Type: t, Now: r.Now()}, nil
}

// May decides whether a caller may read data of a type in an asset.
func May(ctx context.Context, r *registry.Registry, c registry.Caller, t *prokura.ResourceType, asset prokura.ID) error {
	return may(ctx, r, c, prokura.ActReadData, asset, &t.Read)
}

func may(ctx context.Context, r *registry.Registry, c registry.Caller, act prokura.Act, asset prokura.ID, right *prokura.Right) error {
	a, err := r.Asset(ctx, c, asset)
	if err != nil {
		return registry.HideMissing(err)
	}
	return r.MayRead(c, act, prokura.Subject{Asset: a, Right: right})
}

// Lineage reads what rows of one type hang on, all of it with two statements at most.
func Lineage(ctx context.Context, r *registry.Registry, list ...*Seen) error {
	var ids []prokura.ID
	for _, s := range list {
		for _, id := range []prokura.ID{s.Parent, s.Resource.Above} {
			if id != 0 && id != s.Asset {
				ids = append(ids, id)
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	rows, err := registry.Look(ctx, r, func(tx *store.View) ([]prokura.Resource, error) { return tx.ResourcesByID(slices.Compact(ids)) })
	if err != nil {
		return err
	}
	by := make(map[prokura.ID]prokura.Resource, len(rows))
	for _, row := range rows {
		by[row.ID] = row
	}
	for _, s := range list {
		s.Above = nil
		for _, id := range []prokura.ID{s.Parent, s.Resource.Above} {
			if row, ok := by[id]; ok {
				s.Above = append(s.Above, row)
			}
		}
	}
	return nil
}

// On is the row of a kind that s hangs on, if its lineage was read.
func (s *Seen) On(kind string) (prokura.Resource, bool) {
	for _, row := range s.Above {
		if string(row.Kind) == kind {
			return row, true
		}
	}
	return prokura.Resource{}, false
}

// NeedsLineage reports whether the value of a field is known only with what the row
// hangs on.
func NeedsLineage(t *prokura.ResourceType, f *prokura.ResourceField) bool {
	return f.Computed == prokura.ComputedStatus || f.FromPlace(t) && f.Of != string(t.Asset)
}

// Value is what a field holds: texts, numbers, truths, lists and objects as JSON has
// them, [prokura.Instant] for times, [prokura.ID] for ids; nil for nothing. Counts and
// the name of the asset are not known here.
func (s *Seen) Value(f *prokura.ResourceField) any {
	switch {
	case f.Name == "id":
		return s.ID
	case f.Computed == prokura.ComputedCreated:
		return s.Created
	case f.Computed == prokura.ComputedUpdated:
		return s.Updated
	case f.Computed == prokura.ComputedStatus:
		return s.status(f)
	case f.Computed == prokura.ComputedProgress:
		step, percent := s.progress()
		switch {
		case f.Type == prokura.FieldBool:
			return step < 2
		case f.Type == prokura.FieldEnum:
			return f.Enum[min(step, len(f.Enum)-1)]
		case f.Type == prokura.FieldTime && step == 2:
			return s.Created.Add(stepReady)
		case f.Type == prokura.FieldInteger:
			return percent
		}
		return nil
	case f.Computed == prokura.ComputedCopy:
		from, _ := s.Type.Field(f.From)
		return s.Value(from)
	case f.Computed != prokura.ComputedNothing:
		return nil
	case f.FromPlace(s.Type):
		if f.Of == string(s.Type.Asset) {
			return s.Asset
		}
		if row, ok := s.On(f.Of); ok {
			return row.ID
		}
		return nil
	}
	v, ok := s.Values[f.Name]
	if !ok {
		return nil
	}
	switch f.Type {
	case prokura.FieldTime:
		n, _ := v.(float64)
		return prokura.Instant(n)
	case prokura.FieldNode:
		text, _ := v.(string)
		id, _ := prokura.ParseID(text)
		return id
	}
	return v
}

// status is the row's own, unless something that it hangs on is in another state than
// the first one.
func (s *Seen) status(f *prokura.ResourceField) any {
	from, _ := s.Type.Field(f.From)
	own, _ := s.Values[f.From].(string)
	if own != from.Enum[0] {
		return own
	}
	for _, row := range slices.Backward(s.Above) { // the highest one decides
		if word, ok := f.Over[string(row.Kind)]; ok && row.Values[f.From] != any(from.Enum[0]) {
			return word
		}
	}
	return own
}

// Count counts the rows of a kind that hang on a row.
func Count(ctx context.Context, r *registry.Registry, s *Seen, kind prokura.ResourceKind) (int, error) {
	return registry.Look(ctx, r, func(tx *store.View) (int, error) {
		return tx.CountResources(store.ResourceQuery{Kind: kind, On: s.ID}, 0)
	})
}

// place says on what rows of a type are listed or made: an asset, or a row of it.
type place struct {
	asset prokura.ID
	on    prokura.ID // 0: on the asset itself
	kind  string     // of on, or of the asset

	find    string               // the parameter with the key of what new ones hang on; "": they hang on the place
	edge    prokura.ResourceEdge // of a list that shows some of them
	planted bool                 // as scenarios do: also what no call writes
}

// By is the place with what an edge says of lists and of new ones.
func (p place) By(e prokura.ResourceEdge) place {
	p.find, p.edge = e.Find, e
	return p
}

// PlaceOf is an asset, or with on a row of it, as a place of data.
func PlaceOf(asset prokura.Asset, on *Seen) place {
	if on == nil {
		return place{asset: asset.ID, kind: string(asset.Kind)}
	}
	return place{asset: on.Asset, on: on.ID, kind: string(on.Kind)}
}

// placeOfID is the asset or row of an id as a place of data.
func placeOfID(ctx context.Context, r *registry.Registry, id prokura.ID) (place, error) {
	s, err := Find(ctx, r, id)
	if err == nil {
		return PlaceOf(prokura.Asset{}, s), nil
	}
	if !errors.Is(err, prokura.NotFound) {
		return place{}, err
	}
	a, err := registry.Look(ctx, r, func(tx *store.View) (prokura.Asset, error) { return tx.Asset(id) })
	return PlaceOf(a, nil), registry.HideMissing(err)
}

// query selects the rows of a type on a place.
func (p place) query(t *prokura.ResourceType) store.ResourceQuery {
	q := store.ResourceQuery{Kind: t.Kind, Asset: p.asset}
	switch {
	case p.edge.Filtered():
	case p.on != 0 && t.HangsOn(p.kind):
		q.On = p.on
	case p.on != 0:
		q.Below = p.on
	}
	return q
}

// draft makes the row of what somebody gives, as far as it lies in the rules.
func draft(tx *store.View, r *registry.Registry, t *prokura.ResourceType, p place, given map[string]any, planted bool) (prokura.Resource, error) {
	row := prokura.Resource{Kind: t.Kind, Asset: p.asset, Parent: p.asset}
	values, e := t.Draft(given, planted)
	if e != nil {
		return row, e
	}
	row.Values = values
	if t.Key != "" {
		row.Key, _ = values[t.Key].(string)
	}
	if err := hang(tx, t, &row, p, given); err != nil {
		return row, err
	}
	return row, named(tx, t, row)
}

// hang finds what a new row hangs on: the place, or what a field names instead.
func hang(tx *store.View, t *prokura.ResourceType, row *prokura.Resource, p place, given map[string]any) error {
	field, on, by := t.By, p.on, given[t.By]
	switch {
	case p.find != "":
		up, err := byKey(tx, t, row, p.find)
		if err != nil {
			return err
		}
		on, field = up, p.find
	case !t.HangsOn(p.kind) || by != nil:
		f, _ := t.Field(t.By)
		ref := prokura.ResourceField{Name: t.By, Type: prokura.FieldNode}
		switch {
		case f == nil || by == nil || by == "":
			return prokura.Errorf(prokura.FieldMissing, "The parameter %s is required.", t.By).WithField(t.By)
		default:
			v, e := ref.Value(by)
			if e != nil {
				return e
			}
			on, _ = prokura.ParseID(v.(string))
		}
	}
	if on == 0 {
		return nil
	}
	up, err := tx.Resource(on)
	foreign := prokura.Errorf(prokura.ParentForeign, "It cannot hang on %s: that is nothing here, or of another kind.", on).WithField(field)
	switch {
	case errors.Is(err, prokura.NotFound):
		return foreign
	case err != nil:
		return err
	case up.Asset != row.Asset || !t.HangsOn(string(up.Kind)):
		return foreign
	case up.Above != 0:
		return prokura.Errorf(prokura.ParentForeign, "It cannot hang on %s: that hangs on too much itself.", on).WithField(field)
	}
	if t.Ready != nil && !p.planted {
		for name, want := range t.Ready.State {
			if up.Values[name] != want {
				return t.Coded(prokura.Errorf(prokura.StateRefused, "One is made only where %s is %s.", name, want).WithField(name).WithRefusal(t.Ready.Refusal))
			}
		}
	}
	if row.Parent = up.ID; up.Parent != up.Asset {
		row.Above = up.Parent
	}
	for _, f := range t.Fields {
		if _, given := row.Values[f.Name]; f.Takes != "" && !given && !p.planted && up.Values[f.Takes] != nil {
			row.Values[f.Name] = up.Values[f.Takes]
		}
	}
	return nil
}

// named checks that the rows that a row names are there.
func named(tx *store.View, t *prokura.ResourceType, row prokura.Resource) error {
	for i := range t.Fields {
		f := &t.Fields[i]
		if err := looked(tx, t, f, row); err != nil {
			return err
		}
		text, ok := row.Values[f.Name].(string)
		if f.Type != prokura.FieldNode || !ok {
			continue
		}
		id, _ := prokura.ParseID(text)
		other, err := tx.Resource(id)
		if errors.Is(err, prokura.NotFound) || err == nil && (other.Asset != row.Asset || string(other.Kind) != f.Of) {
			return prokura.Errorf(prokura.ParentForeign, "The parameter %s names nothing that it can name.", f.Name).WithField(f.Name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
