// Package data serves what the catalog declares: nodes, lists, making, changing and
// ending of data of assets, of any type. It makes rows of the table of edges and shapes
// of the declarations, and knows no type by name. They are edges of package graph,
// which finds out who calls and on what.
package data

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/resources"
)

// Forward has a call answered by the platform's own service that has the data.
type Forward func(context.Context, *prokura.Forward) (*prokura.Forwarded, error)

// Serving makes the calls on what a catalog declares, and names the fields that read
// something of their own; forward is nil where nothing is served.
func Serving(forward Forward) func(r *registry.Registry, catalog *prokura.Catalog, visit func(*wire.Call) resources.Visit) ([]wire.Edge, []string) {
	return func(r *registry.Registry, catalog *prokura.Catalog, visit func(*wire.Call) resources.Visit) ([]wire.Edge, []string) {
		s := New(r, catalog, visit)
		s.forward = forward
		return s.Edges(), s.Served()
	}
}

// Surface is the wire's view of a catalog's declarations.
type Surface struct {
	registry *registry.Registry
	catalog  *prokura.Catalog
	visit    func(*wire.Call) resources.Visit
	shapes   map[prokura.ResourceKind]*wire.Shape[*resources.Seen]
	forward  Forward
}

// New makes the surface of a catalog. visit says who makes a call that was resolved.
func New(r *registry.Registry, catalog *prokura.Catalog, visit func(*wire.Call) resources.Visit) *Surface {
	s := &Surface{registry: r, catalog: catalog, visit: visit, shapes: map[prokura.ResourceKind]*wire.Shape[*resources.Seen]{}}
	for i := range catalog.Resources {
		if t := &catalog.Resources[i]; t.Upstream == "" {
			s.shapes[t.Kind] = s.shape(t)
		}
	}
	return s
}

// Served names the fields that read something of their own.
func (s *Surface) Served() (names []string) {
	for _, shape := range s.shapes {
		names = append(names, shape.Served()...)
	}
	return names
}

// Shape is how data of a kind looks.
func (s *Surface) Shape(k prokura.ResourceKind) *wire.Shape[*resources.Seen] { return s.shapes[k] }

// Edges are the calls on data.
func (s *Surface) Edges() []wire.Edge {
	var rows []wire.Edge
	for i := range s.catalog.Resources {
		t := &s.catalog.Resources[i]
		if t.Upstream != "" {
			rows = append(rows, s.forwarded(t)...)
			continue
		}
		on := []wire.Kind{wire.Kind(t.Kind)}
		rows = append(rows, wire.Edge{On: on, Method: http.MethodGet, Terms: terms(t, prokura.CostRead, string(t.Kind)), Act: prokura.ActReadData, About: t.Noted(t.About), In: t.Span, Serve: s.node(t)})
		if t.Write != nil {
			write := terms(t, prokura.CostWrite, string(t.Kind))
			rows = append(rows,
				wire.Edge{On: on, Method: http.MethodPost, Terms: write, Act: prokura.ActUpdateData, About: "Changes it.", In: t.Span, Params: params(t, false), Serve: s.update},
				wire.Edge{On: on, Method: http.MethodDelete, Terms: write, Act: prokura.ActDeleteData, About: "Deletes it, and what hangs on it.", In: t.Span, Serve: s.delete})
		}
		for i := range t.Actions {
			rows = append(rows, s.action(t, &t.Actions[i]))
		}
		if t.Batch != nil {
			rows = append(rows, s.batchEdges(t)...)
		}
		for _, e := range t.Edges {
			on, in := []wire.Kind{wire.Kind(e.On)}, t.Within(e.Span)
			rows = append(rows, wire.Edge{On: on, Name: e.Name, Method: http.MethodGet, Terms: terms(t, prokura.CostRead, e.On), Act: prokura.ActReadData, About: in.Noted(t.Plural + "."), In: in, Params: listParams(t), Serve: s.list(t, e)})
			if e.Create {
				rows = append(rows, wire.Edge{On: on, Name: e.Name, Method: http.MethodPost, Terms: terms(t, prokura.CostWrite, e.On), Act: prokura.ActCreateData,
					About: in.Noted("Makes one of: " + strings.ToLower(t.Plural) + "."), In: in, Params: params(t, true), Serve: s.create(t, e)})
			}
		}
	}
	return append(rows, s.lists()...)
}

// terms are those of a call on a kind of node about data of a type. Data of an ad
// account is on that account; data of a pixel on one that nobody can tell.
func terms(t *prokura.ResourceType, cost prokura.Cost, on string) prokura.Terms {
	out := prokura.Terms{Level: t.Level, Cost: cost, Limiter: t.Limiter}
	switch {
	case t.Asset == prokura.KindPixel:
		out.Account = prokura.Untold
	case t.Asset == prokura.KindAdAccount && on == string(t.Asset):
		out.Account = prokura.InPath
	case t.Asset == prokura.KindAdAccount:
		out.Account = prokura.InParent
	}
	return out
}

var (
	pageParams = []wire.Param{
		{Name: "limit", Type: "integer", About: "How many items: 25, at most 100."},
		{Name: "after", Type: "string", About: "The cursor that the page starts behind."},
		{Name: "before", Type: "string", About: "The cursor that the page ends before."},
		{Name: "summary", Type: "boolean", About: "Adds summary.total_count."},
		{Name: "order", Type: "string", About: "chronological or reverse_chronological."},
		{Name: "filtering", Type: "list of objects", About: "Which items: field, operator and value of each condition."},
	}
	validateOnly = wire.Param{Name: "execution_options", Type: "list", About: "validate_only checks what is given, and makes nothing."}
)

func listParams(t *prokura.ResourceType) []wire.Param {
	list := slices.Clone(pageParams)
	for _, f := range t.Fields {
		if f.Filter {
			list = append(list, wire.Param{Name: f.Param(), Type: "list", About: f.Noted("Only items of which " + f.Name + " is one of these.")})
		}
	}
	return list
}

// params are what a call may write. What is required is checked with all the rest, so
// that the error is of one form.
func params(t *prokura.ResourceType, create bool) []wire.Param {
	var list []wire.Param
	for i := range t.Fields {
		f := &t.Fields[i]
		switch {
		case f.FromPlace(t) && (!create || f.Name != t.By), !f.Written(), f.CreateOnly && !create:
			continue
		}
		name := f.Name
		if create {
			name = f.Param()
		}
		list = append(list, wire.Param{Name: name, Type: typeName(f), About: f.Noted(f.About)})
	}
	if create {
		list = append(list, validateOnly)
	}
	return list
}

// node serves one row.
func (s *Surface) node(t *prokura.ResourceType) func(*wire.Call, *wire.Writer) error {
	shape := s.shapes[t.Kind]
	return func(c *wire.Call, w *wire.Writer) error {
		v := s.visit(c)
		if err := resources.May(c.Context, s.registry, v.Caller, t, v.Row.Asset); err != nil {
			return err
		}
		if v.Row.Hidden(v.Caller) {
			return registry.Missing()
		}
		if needsLineage(t, c.Fields) {
			if err := resources.Lineage(c.Context, s.registry, v.Row); err != nil {
				return err
			}
		}
		return shape.Put(c, w, v.Row)
	}
}

// list serves a page of rows.
func (s *Surface) list(t *prokura.ResourceType, e prokura.ResourceEdge) func(*wire.Call, *wire.Writer) error {
	shape := s.shapes[t.Kind]
	return func(c *wire.Call, w *wire.Writer) error {
		page, err := c.Page()
		if err != nil {
			return err
		}
		q := resources.Query{From: page.From, Limit: page.Limit, Backward: page.Backward, Newest: t.Newest, Total: page.Summary, Lineage: needsLineage(t, c.Fields)}
		order, err := c.Params.OneOf("order", "chronological", "reverse_chronological")
		if err != nil {
			return err
		}
		if order != "" {
			q.Newest = order != "chronological"
		}
		if q.Filters, err = filters(c, t); err != nil {
			return err
		}
		v := s.visit(c)
		list, err := resources.List(c.Context, s.registry, v.Caller, t, resources.PlaceOf(v.Asset, v.Row).By(e), q)
		if err != nil {
			return err
		}
		out := wire.List[*resources.Seen]{Items: list.Items, More: list.More, Total: list.Total, ID: func(s *resources.Seen) prokura.ID { return s.Place }}
		return wire.PutList(c, w, page, out, shape.Put)
	}
}

// create serves POST on a list.
func (s *Surface) create(t *prokura.ResourceType, e prokura.ResourceEdge) func(*wire.Call, *wire.Writer) error {
	return func(c *wire.Call, w *wire.Writer) error {
		v := s.visit(c)
		if e.Marks != "" && c.Params.Has(e.MarkBy) {
			return succeeded(w, s.mark(c, e))
		}
		place := resources.PlaceOf(v.Asset, v.Row).By(e)
		given, err := given(c, t)
		if err != nil {
			return err
		}
		options, err := c.Params.Strings("execution_options")
		if err != nil {
			return err
		}
		if slices.Contains(options, "validate_only") {
			return succeeded(w, resources.Check(c.Context, s.registry, v.Caller, t, place, given))
		}
		made, err := resources.Create(c.Context, s.registry, v.Caller, t, place, given)
		if err != nil {
			return err
		}
		if made[0].Answer != nil {
			w.JSON(made[0].Answer)
			return nil
		}
		w.Open('{').Key("id").String(resources.NodeID(t, v.Asset.ID, made[0].ID))
		w.Close('}')
		return nil
	}
}

// mark changes what the call names, which stands on another list.
func (s *Surface) mark(c *wire.Call, e prokura.ResourceEdge) error {
	v := s.visit(c)
	t, _ := s.catalog.Resource(prokura.ResourceKind(e.Marks))
	given, err := given(c, t)
	if err != nil {
		return err
	}
	delete(given, e.MarkBy)
	return resources.Mark(c.Context, s.registry, v.Caller, e, v.Row, c.Params.Text(e.MarkBy), given)
}

// action serves POST on a row that changes it as is declared.
func (s *Surface) action(t *prokura.ResourceType, a *prokura.ResourceAction) wire.Edge {
	e := wire.Edge{On: []wire.Kind{wire.Kind(t.Kind)}, Name: a.Name, Method: http.MethodPost, Terms: terms(t, prokura.CostWrite, string(t.Kind)), Act: prokura.ActUpdateData, About: a.About, In: t.Span}
	for _, p := range a.Params {
		e.Params = append(e.Params, wire.Param{Name: p.Name, Type: typeNames[p.Type], About: p.About, Required: p.Required})
	}
	e.Serve = func(c *wire.Call, w *wire.Writer) error {
		v := s.visit(c)
		given, err := given(c, t)
		if err != nil {
			return err
		}
		return succeeded(w, resources.Do(c.Context, s.registry, v.Caller, v.Row, a, given))
	}
	return e
}

func (s *Surface) update(c *wire.Call, w *wire.Writer) error {
	v := s.visit(c)
	given, err := given(c, v.Row.Type)
	if err != nil {
		return err
	}
	return succeeded(w, resources.Update(c.Context, s.registry, v.Caller, v.Row, given))
}

func (s *Surface) delete(c *wire.Call, w *wire.Writer) error {
	v := s.visit(c)
	return succeeded(w, resources.Delete(c.Context, s.registry, v.Caller, v.Row))
}

func succeeded(w *wire.Writer, err error) error {
	if err == nil {
		w.Success()
	}
	return err
}

// given are the parameters of a call that are no call's own: what it writes. One that
// the version of the call does not have yet is unknown to it.
func given(c *wire.Call, t *prokura.ResourceType) (map[string]any, error) {
	out := map[string]any{}
	for _, name := range c.Params.Names() {
		f, ok := t.Field(name)
		switch {
		case ok && f.Before(c.Version):
			return nil, t.Unknown(name)
		case ok:
			if err := f.After(c.Version, name); err != nil {
				return nil, err
			}
		case slices.Contains(prokura.CommonParams, name):
			continue
		}
		out[name] = c.Params.Text(name)
	}
	return out, nil
}

// filters reads filtering, and the parameters of fields that are filters.
func filters(c *wire.Call, t *prokura.ResourceType) (out []resources.Filter, err error) {
	var asked []struct {
		Field    string `json:"field"`
		Operator string `json:"operator"`
		Value    any    `json:"value"`
	}
	if _, err := c.Params.Object("filtering", &asked); err != nil {
		return nil, err
	}
	wrong := func(format string, args ...any) error {
		return prokura.Errorf(prokura.InvalidParameter, format, args...).WithField("filtering")
	}
	if len(asked) > 20 {
		return nil, wrong("At most 20 conditions can be asked for.")
	}
	for _, a := range asked {
		own, name, dotted := strings.Cut(a.Field, ".")
		if !dotted || own != string(t.Kind) && own != strings.ReplaceAll(string(t.Kind), "_", "") {
			name = strings.ReplaceAll(a.Field, ".", "_") // campaign.id is the field campaign_id
		}
		f, ok := t.Field(name)
		if !ok || !f.Has(c.Version) || f.Type == prokura.FieldObject || f.Computed == prokura.ComputedCount || f.Computed == prokura.ComputedNewest || f.Computed == prokura.ComputedAsset {
			return nil, wrong("%.60s is no field of %s that they can be filtered by.", a.Field, strings.ToLower(t.Plural))
		}
		op := strings.ToUpper(cmp.Or(a.Operator, "EQUAL"))
		if !slices.Contains(resources.Operators, op) {
			return nil, wrong("The operator must be one of: %s.", strings.Join(resources.Operators, ", "))
		}
		out = append(out, resources.Filter{Field: f, Op: op, Value: resources.Plain(a.Value)})
	}
	for i := range t.Fields {
		f := &t.Fields[i]
		if !f.Filter || !f.Has(c.Version) || !c.Params.Has(f.Param()) {
			continue
		}
		words, err := c.Params.Strings(f.Param())
		if err != nil {
			return nil, err
		}
		list := make([]any, len(words))
		for i, word := range words {
			list[i] = word
		}
		out = append(out, resources.Filter{Field: f, Op: "IN", Value: list})
	}
	return out, nil
}
