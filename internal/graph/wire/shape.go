package wire

import (
	"slices"
	"strings"

	"github.com/prokura/prokura"
)

// Shape is how a node, or an item of a list, looks on the wire: its type name
// and one row per attribute. The id is not a row: every shape with ID answers
// it always, last unless asked for earlier.
type Shape[T any] struct {
	Type   string         // "Business", in error texts and metadata
	Kind   Kind           // whose edges may be embedded; "" for items that are no nodes
	ID     func(T) string // the node id as text; nil for items that are no nodes
	Attrs  []Attr[T]
	Absent []string // further names, ascending: answered by nothing, and no errors
}

// Attr is one attribute. Put writes one value, or nothing when it is absent.
// An attribute that needs the caller, a look-up or sub-fields has Serve
// instead: its call has the field's own Fields and, as Params, the field's
// modifiers.
type Attr[T any] struct {
	Name, Type, About string
	Default           bool         // answered when no fields are asked for
	In                prokura.Span // the versions that have it
	Put               func(*Writer, T)
	Serve             func(*Call, *Writer, T) error
}

// Put writes v as an object with the fields that the call asks for, in that
// order; a field that is not an attribute may be an edge of the node, whose
// list is then embedded. Anything else is [prokura.UnknownField].
func (s *Shape[T]) Put(c *Call, w *Writer, v T) error {
	w.Open('{')
	identified := s.ID == nil
	if len(c.Fields) == 0 {
		for i := range s.Attrs {
			if a := &s.Attrs[i]; a.Default && a.In.Has(c.Version) {
				if err := s.attr(c, w, a, Field{Name: a.Name}, v); err != nil {
					return err
				}
			}
		}
	}
	for _, f := range c.Fields {
		if f.Name == "id" && s.ID != nil {
			w.Key(f.Key()).String(s.ID(v))
			identified = identified || f.Alias == ""
			continue
		}
		if a := s.find(f.Name); a != nil && !a.In.Before(c.Version) {
			if err := s.attr(c, w, a, f, v); err != nil {
				return err
			}
		} else if err := s.embed(c, w, f, v); err != nil {
			return err
		}
	}
	if c.Params.Flag("metadata") && !c.nested && c.Edge == "" {
		s.metadata(c, w, v)
	}
	if !identified {
		w.Key("id").String(s.ID(v))
	}
	w.Close('}')
	return nil
}

// Served names the attributes that may read something of their own.
func (s *Shape[T]) Served() (names []string) {
	for i := range s.Attrs {
		if s.Attrs[i].Serve != nil {
			names = append(names, s.Attrs[i].Name)
		}
	}
	return names
}

func (s *Shape[T]) find(name string) *Attr[T] {
	for i := range s.Attrs {
		if s.Attrs[i].Name == name {
			return &s.Attrs[i]
		}
	}
	return nil
}

func (s *Shape[T]) attr(c *Call, w *Writer, a *Attr[T], f Field, v T) error {
	if err := a.In.After(c.Version, a.Name, ""); err != nil {
		return err
	}
	w.Key(f.Key())
	if a.Serve == nil {
		a.Put(w, v)
		return nil
	}
	sub := c.sub(c.Node, c.Edge)
	sub.Kind, sub.ID = c.Kind, c.ID
	sub.modify(f)
	return a.Serve(sub, w, v)
}

// embed runs an edge of the node as a call of its own, with everything that
// entails: authentication, authorization, paging.
func (s *Shape[T]) embed(c *Call, w *Writer, f Field, v T) error {
	e := c.handler.Edges.Find(s.Kind, f.Name, "GET")
	if s.ID == nil || s.Kind == "" || e == nil || e.In.Before(c.Version) {
		if _, known := slices.BinarySearch(s.Absent, f.Name); known {
			return nil
		}
		name := f.Name
		if len(name) > 40 { // long enough to be somebody's token in the wrong place
			name = "…"
		}
		return prokura.Errorf(prokura.UnknownField, "Tried accessing nonexisting field (%s) on node type (%s)", name, s.Type).WithField("fields")
	}
	sub := c.sub(s.ID(v), f.Name)
	sub.Method = "GET"
	sub.modify(f)
	w.Key(f.Key())
	if err := c.handler.plan(sub); err != nil {
		return err
	}
	_, err := c.handler.call(sub, w)
	return err
}

// modify gives a call the fields and modifiers of a field.
func (c *Call) modify(f Field) {
	c.Fields = f.Fields
	for _, m := range f.Modifiers {
		c.Params.list = append(c.Params.list, param{name: m.Name, text: m.Args})
	}
}

// metadata describes the node itself (docs/wire.md).
func (s *Shape[T]) metadata(c *Call, w *Writer, v T) {
	w.Key("metadata").Open('{')
	w.Key("type").String(strings.ToLower(s.Type))
	w.Key("kind").String(string(s.Kind)) // by which the table of calls names it
	w.Key("fields").Open('[')
	describe := func(name, about, kind string) {
		w.Open('{')
		w.Key("name").String(name)
		w.Key("description").String(about)
		w.Key("type").String(kind)
		w.Close('}')
	}
	if s.ID != nil {
		describe("id", "The number that names this node.", "numeric string")
	}
	for _, a := range s.Attrs {
		if !a.In.Has(c.Version) {
			continue
		}
		describe(a.Name, a.About, a.Type)
	}
	for _, name := range s.Absent {
		describe(name, "Not held here.", "string")
	}
	w.Close(']')
	w.Key("connections").Open('{')
	var edges []*Edge
	if s.ID != nil {
		edges = slices.DeleteFunc(slices.Clone(c.handler.Edges.Of(s.Kind)), func(e *Edge) bool { return !e.In.Has(c.Version) })
	}
	for _, e := range edges {
		if e.Method == "GET" && e.Name != "" {
			sub := c.sub(s.ID(v), e.Name)
			w.Key(e.Name).String(sub.url())
		}
	}
	w.Close('}')
	w.Key("terms").Open('[')
	for _, e := range edges {
		w.Open('{')
		w.Key("method").String(e.Method)
		w.Key("edge").String(e.Name)
		w.Key("level").String(string(e.Terms.Least()))
		w.Key("cost").Int(int64(e.Terms.Cost))
		w.Key("limiter").String(string(e.Terms.Limiter))
		w.Key("ad_account").String(string(e.Terms.Account))
		w.Close('}')
	}
	w.Close(']').Close('}')
}
