package resources

import (
	"context"
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Query selects a page of a list.
type Query struct {
	From     prokura.ID // the place that the page starts behind, or ends before; 0: at the end of the list
	Limit    int
	Backward bool
	Newest   bool // the list begins with the newest row
	Total    bool
	Filters  []Filter
	Lineage  bool // each with what it hangs on

	only func(*Seen) bool // nil: all
}

// Filter keeps the rows of which a field is as it says.
type Filter struct {
	Field *prokura.ResourceField
	Op    string
	Value any // a text, a number, a truth or a list of them
}

// Operators lists the operators of filters.
var Operators = []string{"EQUAL", "NOT_EQUAL", "IN", "NOT_IN", "GREATER_THAN", "GREATER_THAN_OR_EQUAL", "LESS_THAN", "LESS_THAN_OR_EQUAL", "CONTAIN", "NOT_CONTAIN", "STARTS_WITH"}

// Page is a page of a list, in its order.
type Page struct {
	Items []*Seen
	More  bool // others follow in the query's direction
	Total int
}

// windowMost bounds what is read at once while a filter keeps little of it.
const windowMost = 2000

// List reads a page of the rows of a type on a place.
func List(ctx context.Context, r *registry.Registry, c registry.Caller, t *prokura.ResourceType, p place, q Query) (*Page, error) {
	if err := May(ctx, r, c, t, p.asset); err != nil {
		return nil, err
	}
	out := &Page{}
	base := p.query(t)
	var err error
	if q.only, err = chooses(ctx, r, t, p); err != nil {
		return nil, err
	}
	down := q.Newest != q.Backward // in which direction of the index it is read
	next := base
	next.Last = down
	if q.From != 0 && down {
		next.Before = q.From
	} else if q.From != 0 {
		next.After = q.From
	}
	next.Limit = q.Limit + 1
	for len(out.Items) <= q.Limit {
		rows, err := read(ctx, r, next, q)
		if err != nil {
			return nil, err
		}
		for _, s := range rows {
			if q.keeps(s) {
				out.Items = append(out.Items, s)
			}
		}
		if len(rows) < next.Limit {
			break
		}
		if last := rows[len(rows)-1].Place; down {
			next.Before = last
		} else {
			next.After = last
		}
		next.Limit = min(4*next.Limit, windowMost)
	}
	if out.More = len(out.Items) > q.Limit; out.More {
		out.Items = out.Items[:q.Limit]
	}
	if q.Backward {
		slices.Reverse(out.Items)
	}
	if q.Total {
		out.Total, err = total(ctx, r, base, q)
	}
	return out, err
}

// read reads rows with what the query needs to know of them.
func read(ctx context.Context, r *registry.Registry, sq store.ResourceQuery, q Query) ([]*Seen, error) {
	rows, err := registry.Look(ctx, r, func(tx *store.View) ([]prokura.Resource, error) { return tx.Resources(sq) })
	if err != nil {
		return nil, err
	}
	list := make([]*Seen, len(rows))
	for i, row := range rows {
		if list[i], err = seen(r, row); err != nil {
			return nil, err
		}
	}
	if q.Lineage || slices.ContainsFunc(q.Filters, func(f Filter) bool { return len(list) > 0 && NeedsLineage(list[0].Type, f.Field) }) {
		err = Lineage(ctx, r, list...)
	}
	return list, err
}

// total counts a list: by its index or, where something is filtered out, row by row.
func total(ctx context.Context, r *registry.Registry, sq store.ResourceQuery, q Query) (n int, err error) {
	if len(q.Filters) == 0 && q.only == nil {
		return registry.Look(ctx, r, func(tx *store.View) (int, error) { return tx.CountResources(sq, 0) })
	}
	sq.Limit = windowMost
	for {
		rows, err := read(ctx, r, sq, q)
		if err != nil {
			return 0, err
		}
		for _, s := range rows {
			if q.keeps(s) {
				n++
			}
		}
		if len(rows) < sq.Limit {
			return n, nil
		}
		sq.After = rows[len(rows)-1].Place
	}
}

func (q Query) keeps(s *Seen) bool {
	return (q.only == nil || q.only(s)) && !slices.ContainsFunc(q.Filters, func(f Filter) bool { return !f.holds(s.Value(f.Field)) })
}

// holds reports whether a value is as the filter says. What is not there is only unlike
// others.
func (f Filter) holds(v any) bool {
	switch f.Op {
	case "EQUAL":
		return same(v, f.Value)
	case "NOT_EQUAL":
		return !same(v, f.Value)
	case "IN", "NOT_IN":
		list, ok := f.Value.([]any)
		if !ok {
			list = []any{f.Value}
		}
		return slices.ContainsFunc(list, func(w any) bool { return same(v, w) }) == (f.Op == "IN")
	case "CONTAIN":
		return v != nil && strings.Contains(strings.ToLower(TextOf(v)), strings.ToLower(TextOf(f.Value)))
	case "NOT_CONTAIN":
		return !strings.Contains(strings.ToLower(TextOf(v)), strings.ToLower(TextOf(f.Value)))
	case "STARTS_WITH":
		return v != nil && strings.HasPrefix(strings.ToLower(TextOf(v)), strings.ToLower(TextOf(f.Value)))
	}
	a, ok := amountOf(v)
	b, also := amountOf(f.Value)
	if !ok || !also {
		return false
	}
	switch f.Op {
	case "GREATER_THAN":
		return a > b
	case "GREATER_THAN_OR_EQUAL":
		return a >= b
	case "LESS_THAN":
		return a < b
	}
	return a <= b
}

func same(a, b any) bool {
	if x, ok := amountOf(a); ok {
		if y, ok := amountOf(b); ok {
			return x == y
		}
	}
	return a != nil && b != nil && TextOf(a) == TextOf(b)
}
