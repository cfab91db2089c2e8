package store

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/prokura/prokura"
)

const resourceColumns = `r.id, r.kind, r.asset, r.parent, r.above, r.place, r.name, r.fields, r.created, r.updated`

func scanResource(s scanner) (r prokura.Resource, err error) {
	var fields string
	var name string
	if err = s.Scan(&r.ID, &r.Kind, &r.Asset, &r.Parent, &r.Above, &r.Place, &name, &fields, &r.Created, &r.Updated); err != nil {
		return r, err
	}
	_, name, _ = strings.Cut(name, " ")
	_, r.Key, _ = strings.Cut(name, " ")
	return r, fromJSON(fields, &r.Values)
}

// resourceName is the word by which a row is found, and found to be taken.
func resourceName(asset prokura.ID, kind prokura.ResourceKind, key string) string {
	if key == "" {
		return ""
	}
	return asset.String() + " " + string(kind) + " " + key
}

// A place begins with the milliseconds since placeEpoch, so that it stays an exact
// number in JSON for a life of people.
const (
	placeEpoch = prokura.Instant(1_577_836_800_000) // 2020-01-01
	placeBits  = 12
)

// resourcesAtOnce is how many go into the database with one statement.
const resourcesAtOnce = 1000

// placesFor reserves so many places side by side, later than one and than all that this
// process has given before.
func (t *Tx) placesFor(n int, at prokura.Instant, behind prokura.ID) prokura.ID {
	for {
		last := t.store.places.Load()
		first := max(last+1, int64(behind)+1, int64(max(at-placeEpoch, 1))<<placeBits|rand.Int64N(1<<placeBits))
		if t.store.places.CompareAndSwap(last, first+int64(n)-1) {
			return prokura.ID(first)
		}
	}
}

// AddResources inserts rows, which get their places in their order. A key that is taken
// is the error FieldTaken, and an id that is Conflict.
func (t *Tx) AddResources(list []prokura.Resource) error {
	for start := 0; start < len(list); start += resourcesAtOnce {
		if err := t.addResources(list[start:min(start+resourcesAtOnce, len(list))]); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tx) addResources(list []prokura.Resource) error {
	nodes := inserting{}
	for _, r := range list {
		nodes.row(r.ID, prokura.NodeResource)
	}
	n, err := t.exec(`INSERT INTO node (id, kind) VALUES `+nodes.places.String()+`) ON CONFLICT (id) DO NOTHING`, nodes.args...)
	if err == nil && n != int64(len(list)) {
		err = prokura.Errorf(prokura.Conflict, "An id is taken.")
	}
	if err != nil {
		return fmt.Errorf("register ids: %w", err)
	}
	last := prokura.ID(0)
	if !t.store.dialect.retry { // PostgreSQL runs the transaction again if another server has given a place
		if last, err = one(t.View(), "find last place", scanOne[prokura.ID], `SELECT COALESCE(max(r.place), 0) FROM resource r WHERE r.asset = $1 AND r.kind = $2`, list[0].Asset, list[0].Kind); err != nil {
			return err
		}
	}
	place, rows := t.placesFor(len(list), list[0].Created, last), inserting{}
	for i := range list {
		r := &list[i]
		r.Place = place + prokura.ID(i)
		rows.row(r.ID, r.Kind, r.Asset, r.Parent, r.Above, r.Place, resourceName(r.Asset, r.Kind, r.Key), valuesText(r.Values), r.Created, r.Updated)
	}
	n, err = t.exec(`INSERT INTO resource (`+strings.ReplaceAll(resourceColumns, "r.", "")+`) VALUES `+rows.places.String()+`)
		ON CONFLICT (name) WHERE name <> '' DO NOTHING`, rows.args...)
	if err == nil && n != int64(len(list)) {
		err = t.taken(list)
	}
	if err != nil {
		return fmt.Errorf("add resources: %w", err)
	}
	return nil
}

// taken is the error for keys that others have.
func (t *Tx) taken(list []prokura.Resource) error {
	for _, r := range list {
		if r.Key == "" {
			continue
		}
		other, err := t.ResourceByKey(r.Asset, r.Kind, r.Key)
		switch {
		case err == nil && other.ID != r.ID:
			return prokura.Errorf(prokura.FieldTaken, "There is another one with %.100q.", r.Key)
		case err != nil && !isNotFound(err):
			return err
		}
	}
	return nil
}

// inserting is the text and the values of an INSERT of many rows. What a column has in
// all of them is one value, unless the text is to be alike for as many other rows,
// so that it is compiled once.
type inserting struct {
	alike  bool
	places strings.Builder
	args   []any
	last   []int // of each column: the number of its latest value
}

func (v *inserting) row(args ...any) {
	first := v.last == nil
	if first {
		v.last = make([]int, len(args))
		v.places.WriteByte('(')
	} else {
		v.places.WriteString(`),(`)
	}
	for i, a := range args {
		if first || v.alike || v.args[v.last[i]-1] != a {
			v.args = append(v.args, a)
			v.last[i] = len(v.args)
		}
		if i > 0 {
			v.places.WriteByte(',')
		}
		v.places.WriteByte('$')
		v.places.WriteString(strconv.Itoa(v.last[i]))
	}
}

// Resource finds a row.
func (t *View) Resource(id prokura.ID) (prokura.Resource, error) {
	return one(t, "find resource", scanResource, `SELECT `+resourceColumns+` FROM resource r WHERE r.id = $1`, id)
}

// ResourcesByID finds rows, in the order of their ids; those that there are not are
// left out.
func (t *View) ResourcesByID(ids []prokura.ID) ([]prokura.Resource, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return all(t, "find resources", scanResource, `SELECT `+resourceColumns+` FROM resource r
		WHERE r.id IN (SELECT CAST(j.key AS BIGINT) FROM json_each($1) j) ORDER BY r.id`, idObject(ids))
}

// ResourceByKey finds the row of a kind in an asset that has a key.
func (t *View) ResourceByKey(asset prokura.ID, kind prokura.ResourceKind, key string) (prokura.Resource, error) {
	return one(t, "find resource by key", scanResource, `SELECT `+resourceColumns+` FROM resource r WHERE r.name = $1 AND r.name <> ''`, resourceName(asset, kind, key))
}

// ResourceQuery selects a page of a list of one kind, ascending by place.
type ResourceQuery struct {
	Kind  prokura.ResourceKind
	Asset prokura.ID // the list is that of the asset; else of
	On    prokura.ID // what the rows hang on,
	Below prokura.ID // or of what that hangs on

	After, Before prokura.ID // places, themselves left out; 0: without end
	Limit         int
	Last          bool // the last rows of the range instead of the first, the last one first
}

// where is the condition of the query's list, with its values.
func (q ResourceQuery) where() (string, []any) {
	column, of := `r.asset = $1`, q.Asset
	switch {
	case q.On != 0:
		column, of = `r.parent = $1 AND r.parent <> r.asset`, q.On
	case q.Below != 0:
		column, of = `r.above = $1 AND r.above <> 0`, q.Below
	}
	return column + ` AND r.kind = $2`, []any{of, q.Kind}
}

// page is the text of the query with its values.
func (q ResourceQuery) page() (string, []any) {
	where, args := q.where()
	order := ``
	if q.Last {
		order = ` DESC`
	}
	before := q.Before
	if before == 0 {
		before = 1 << 62
	}
	return `SELECT ` + resourceColumns + ` FROM resource r WHERE ` + where + ` AND r.place > $3 AND r.place < $4
		ORDER BY r.place` + order + ` LIMIT $5`, append(args, q.After, before, q.Limit)
}

// Resources lists a page.
func (t *View) Resources(q ResourceQuery) ([]prokura.Resource, error) {
	text, args := q.page()
	return all(t, "list resources", scanResource, text, args...)
}

// CountResources counts the rows of the query's list, on all pages, up to a number;
// 0: all of them.
func (t *View) CountResources(q ResourceQuery, most int) (int, error) {
	where, args := q.where()
	if most == 0 {
		return one(t, "count resources", scanOne[int], `SELECT count(*) FROM resource r WHERE `+where, args...)
	}
	return one(t, "count resources", scanOne[int], `SELECT count(*) FROM (SELECT 1 FROM resource r WHERE `+where+` LIMIT $3) n`, append(args, most)...)
}

// UpdateResource writes the values of a row. A key that is taken is FieldTaken.
func (t *Tx) UpdateResource(r prokura.Resource) error {
	if err := t.taken([]prokura.Resource{r}); err != nil {
		return err
	}
	return t.must("update resource", `UPDATE resource SET name = $2, fields = $3, updated = $4 WHERE id = $1`, r.ID, resourceName(r.Asset, r.Kind, r.Key), valuesText(r.Values), r.Updated)
}

// DeleteResource deletes a row and what hangs on it, at once or through another one.
// Ids are given once: theirs stay registered.
func (t *Tx) DeleteResource(id prokura.ID) error {
	for _, text := range []string{
		`DELETE FROM resource WHERE above = $1 AND above <> 0`,
		`DELETE FROM resource WHERE parent = $1 AND parent <> asset`,
	} {
		if err := t.do("delete what hangs on a resource", text, id); err != nil {
			return err
		}
	}
	return t.must("delete resource", `DELETE FROM resource WHERE id = $1`, id)
}

// AllResources lists the rows of an asset, of all kinds, in the order in which they
// came.
func (t *View) AllResources(asset prokura.ID) ([]prokura.Resource, error) {
	return all(t, "list all resources", scanResource, `SELECT `+resourceColumns+` FROM resource r WHERE r.asset = $1 ORDER BY r.place, r.id`, asset)
}
