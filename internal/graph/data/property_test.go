//go:build !race

package data_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph"
	"github.com/prokura/prokura/internal/graph/calls"
	"github.com/prokura/prokura/internal/graph/data"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/grants"
)

// caller is somebody with a token, and what of it matters: told here a second time,
// from the declarations alone.
type caller struct {
	name   string
	token  string
	scopes []prokura.Permission // that it carries
	tasks  []prokura.Task       // on the first asset of each kind; nil: all
	kind   prokura.AssetKind    // the only one of which it reaches an asset; empty: all
	level  prokura.Level        // of its app
	builds bool                 // it may call on ad accounts at development level
}

// want is the code and subcode that a caller is refused with; zero: served.
func (c caller) want(t *prokura.ResourceType, right *prokura.Right) [2]int {
	missing, denied, low := [2]int{100, 33}, [2]int{200, 0}, [2]int{3, 0}
	switch {
	case c.kind != "" && c.kind != t.Asset:
		return missing
	case !c.level.AtLeast(t.Level), t.Asset == prokura.KindAdAccount && c.level == prokura.LevelDevelopment && !c.builds:
		return low
	case !slices.ContainsFunc(right.Any, func(p prokura.Permission) bool { return slices.Contains(c.scopes, p) }):
		return denied
	case len(right.Tasks) > 0 && c.tasks != nil && !slices.ContainsFunc(right.Tasks, func(x prokura.Task) bool { return slices.Contains(c.tasks, x) }):
		return denied
	}
	return [2]int{}
}

func (w *fixture) callers() []caller {
	all := func(keep func(prokura.PermissionInfo) bool) (out []prokura.Permission) {
		for _, p := range w.catalog.Permissions {
			if keep(p) && !p.Automatic && len(p.ExpandsTo) == 0 {
				out = append(out, p.Name)
			}
		}
		return out
	}
	integration := all(func(p prokura.PermissionInfo) bool { return p.Integration })
	personal := all(func(p prokura.PermissionInfo) bool { return p.User })
	var first []prokura.ID
	for _, k := range w.catalog.Kinds {
		first = append(first, w.id[string(k.Kind)+"_one"])
	}
	bisu := w.consent("app_system", "ada", "shop", first...)
	out := []caller{
		{name: "all", token: bisu, scopes: integration, level: prokura.LevelStandard},
		{name: "low level", token: w.consent("low_system", "ada", "shop", first...), scopes: integration, level: prokura.LevelDevelopment},
	}
	seen := map[string]bool{}
	for _, t := range w.catalog.Resources { // without what reads, and without what writes
		sets := [][]prokura.Permission{t.Read.Any}
		if t.Write != nil {
			sets = append(sets, t.Write.Any, slices.Concat(t.Read.Any, t.Write.Any))
		}
		for _, set := range sets {
			if key := fmt.Sprint(set); !seen[key] {
				seen[key] = true
				rest := slices.DeleteFunc(slices.Clone(integration), func(p prokura.Permission) bool { return slices.Contains(set, p) })
				out = append(out, caller{name: "without " + key, token: w.child(bisu, rest), scopes: rest, level: prokura.LevelStandard})
			}
		}
	}
	for key, v := range w.workers {
		out = append(out, caller{name: key, token: w.consent("app_user", key, ""), scopes: personal, tasks: v.tasks, kind: v.kind, level: prokura.LevelStandard})
	}
	return out
}

// Any declared type keeps what its declaration says: without the permission, the task,
// the asset or the level each call is refused as it should be and nothing changes; with
// all of them it is served, the row is there, and nothing else has changed (R-RES-01,
// R-LEVEL-05).
func TestDeclaredRights(t *testing.T) { onBoth(t, declaredRights) }

func declaredRights(t *testing.T, database string) {
	w := newWorldOn(t, database)
	few := strings.HasPrefix(database, "postgres") // who decides of tasks sees no database
	callers := w.callers()
	served, refused := 0, map[[2]int]int{}
	edges, _ := data.Serving(nil)(nil, w.catalog, nil)
	actOf := calls.ActOf(slices.Concat(graph.Edges(w.catalog), edges))
	explained := func(method, path string, c caller, want [2]int) { // as it comes out; levels are no check of a decision (R-TOKEN-09)
		t.Helper()
		if few {
			return
		}
		x, err := grants.ExplainCall(t.Context(), w.registry, registry.Operator(""), prokura.Secret(c.token), grants.Call{Method: method, Path: path}, actOf)
		if err != nil || want[0] != 3 && x.Allowed != (want == [2]int{}) {
			t.Errorf("%s %s by %s is explained as %+v, %v; it comes out as %v", method, path, c.name, x, err, want)
		}
	}
	for i := range w.catalog.Resources {
		typ := &w.catalog.Resources[i]
		if len(typ.Edges) == 0 || !typ.Has(prokura.Version{}) {
			continue // made by a call of its own, or not there any more
		}
		asset := string(typ.Asset) + "_one"
		rows := w.rows(asset, typ.Kind)
		if len(rows) == 0 {
			t.Errorf("%s: none was planted", typ.Kind)
			continue
		}
		row := rows[0]
		foreign := w.rows(string(typ.Asset)+"_two", typ.Kind)[0]
		before := w.state(asset)
		lists := map[string]string{}
		for _, e := range typ.Edges {
			if e.Has(prokura.Version{}) {
				lists[e.Name+" on "+e.On] = w.on(typ, e, row)
			}
		}
		for _, c := range callers {
			if c.kind != "" && !strings.HasSuffix(c.name, "_0") && (c.kind != typ.Asset || few) {
				continue // one of each other kind is enough
			}
			check := func(what string, r reply, want [2]int) bool {
				if got := r.refusal(); got != want {
					t.Errorf("%s: %s by %s: %v, want %v: %s", typ.Kind, what, c.name, got, want, r.text)
				}
				if want != [2]int{} {
					refused[want]++
				} else {
					served++
				}
				return want == [2]int{} && r.refusal() == want
			}
			read := c.want(typ, &typ.Read)
			node := "/" + row.ID.String()
			check("reading", w.call("GET", node, "access_token", c.token), read)
			explained("GET", node, c, read)
			if got := w.call("GET", "/"+foreign.ID.String(), "access_token", c.token).refusal(); got != [2]int{100, 33} {
				t.Errorf("%s: %s reads what it was not given: %v", typ.Kind, c.name, got)
			}
			for _, a := range typ.Actions {
				explained("POST", node+"/"+a.Name, c, c.want(typ, typ.Write))
			}
			if b := typ.Batch; b != nil {
				explained("POST", "/"+row.Asset.String()+"/"+b.Edge, c, c.want(typ, typ.Write))
				explained("GET", "/"+row.Asset.String()+"/"+b.Status, c, c.want(typ, typ.Write))
			}
			for _, e := range typ.Edges {
				if on := lists[e.Name+" on "+e.On]; on != "" {
					explained("GET", on+"/"+e.Name, c, read)
					if e.Create {
						explained("POST", on+"/"+e.Name, c, c.want(typ, typ.Write))
					}
					if r := w.call("GET", on+"/"+e.Name, "access_token", c.token, "summary", "1"); check("listing "+e.Name, r, read) && len(r.list()) == 0 {
						if e.Named == "" && e.With == "" { // where nobody has to be named
							t.Errorf("%s: nothing on %s%s: %s", typ.Kind, on, e.Name, r.text)
						}
					}
				}
			}
			if typ.Write == nil {
				check("changing", w.call("POST", node, "access_token", c.token), noMethod)
				check("deleting", w.call("DELETE", node, "access_token", c.token), noMethod)
				if got := w.state(asset); got != before {
					t.Errorf("%s: %s has changed what nobody may change", typ.Kind, c.name)
				}
				continue
			}
			before = w.write(typ, c, row, lists, before, check)
		}
	}
	if served < 300 || refused[[2]int{100, 33}] < 50 || refused[[2]int{200, 0}] < 200 || refused[[2]int{3, 0}] < 20 {
		t.Errorf("%d served, %v refused alone", served, refused)
	}
}

// noMethod is the answer to a method that there is not: what it is on may not be
// there either.
var noMethod = [2]int{100, 33}

// write makes, changes and deletes a row as a caller, and answers all data of the asset
// after it.
func (w *fixture) write(typ *prokura.ResourceType, c caller, row prokura.Resource, lists map[string]string, before string, check func(string, reply, [2]int) bool) string {
	t, asset := w.t, string(typ.Asset)+"_one"
	want := c.want(typ, typ.Write)
	change := w.change(typ, row)
	node := "/" + row.ID.String()
	id := ""
	for _, e := range typ.Edges {
		on := lists[e.Name+" on "+e.On]
		if !e.Create || on == "" {
			continue
		}
		given := w.given(typ, row, e)
		r := w.call("POST", on+"/"+e.Name, append([]string{"access_token", c.token}, given...)...)
		if check("making on "+e.Name, r, want) {
			id = w.madeID(typ, r)
			w.holds(typ, id, given)
		}
	}
	if want != [2]int{} {
		check("changing", w.call("POST", node, append([]string{"access_token", c.token}, change...)...), want)
		check("deleting", w.call("DELETE", node, "access_token", c.token), want)
		if got := w.state(asset); got != before {
			t.Errorf("%s: what was refused to %s has changed something:\n%s\n%s", typ.Kind, c.name, before, got)
		}
		return before
	}
	if id == "" { // nobody makes one by calls
		if check("changing", w.call("POST", node, append([]string{"access_token", c.token}, change...)...), want) {
			w.holds(typ, row.ID.String(), change)
		}
		return w.state(asset)
	}
	if check("changing", w.call("POST", "/"+id, append([]string{"access_token", c.token}, change...)...), want) {
		w.holds(typ, id, change)
	}
	if check("deleting", w.call("DELETE", "/"+id, "access_token", c.token), want) {
		if got := w.call("GET", "/"+id, "access_token", c.token).refusal(); got != [2]int{100, 33} {
			t.Errorf("%s: there after it was deleted: %v", typ.Kind, got)
		}
	}
	// What other edges made goes as well; then all is as it was.
	_, number, ok := strings.Cut(id, "_")
	if !ok {
		number = id
	}
	for _, left := range w.rows(asset, typ.Kind) {
		if !strings.Contains(before, `"id":`+left.ID.String()) && left.ID.String() != number {
			w.ok(w.call("DELETE", "/"+left.ID.String(), "access_token", c.token))
		}
	}
	if got := w.state(asset); got != before {
		t.Errorf("%s: making and deleting one has changed others:\n%s\n%s", typ.Kind, before, got)
	}
	return before
}

// on is the path of what an edge hangs on, for a row that stands on its list; empty if
// it stands on none such.
func (w *fixture) on(typ *prokura.ResourceType, e prokura.ResourceEdge, row prokura.Resource) string {
	if e.Filtered() {
		return "/" + w.rows(string(typ.Asset)+"_one", prokura.ResourceKind(e.On))[0].ID.String()
	}
	if e.On == string(typ.Asset) {
		k, _ := w.catalog.Kind(typ.Asset)
		return "/" + k.Prefix + row.Asset.String()
	}
	for _, id := range []prokura.ID{row.Parent, row.Above} {
		for _, up := range w.rows(string(typ.Asset)+"_one", prokura.ResourceKind(e.On)) {
			if up.ID == id {
				return "/" + id.String()
			}
		}
	}
	return ""
}

// given is what a new row is made of: all that must be said, and all that may.
func (w *fixture) given(typ *prokura.ResourceType, like prokura.Resource, e prokura.ResourceEdge) (pairs []string) {
	w.made++
	for i := range typ.Fields {
		f := &typ.Fields[i]
		switch {
		case f.FromPlace(typ):
			if f.Name == typ.By && e.On == string(typ.Asset) {
				pairs = append(pairs, f.Name, like.Parent.String())
			}
		case f.Written() && f.Has(prokura.Version{}) && (f.Required || w.made%2 == 0):
			if v := w.value(typ, f); v != "" {
				pairs = append(pairs, f.Param(), v)
			}
		}
	}
	return w.fitting(typ, like, pairs)
}

// fitting has what is given go together: what a word chooses and nothing else, what parts
// an object must have, and a key that is there.
func (w *fixture) fitting(typ *prokura.ResourceType, like prokura.Resource, pairs []string) (out []string) {
	drop, add := map[string]bool{}, map[string]string{}
	for i := range typ.Fields {
		f := &typ.Fields[i]
		if f.Chooses {
			for _, word := range f.Enum {
				drop[word] = true
			}
			other, _ := typ.Field(f.Enum[0])
			drop[f.Name], add[f.Name], add[other.Name] = true, f.Enum[0], w.parts(other)
		}
	}
	for _, e := range typ.Edges {
		if name, part, ok := strings.Cut(e.Find, "."); ok {
			for _, up := range w.rows(string(typ.Asset)+"_one", prokura.ResourceKind(typ.Parents[0])) {
				if up.ID == like.Parent {
					drop[name], add[name] = true, fmt.Sprintf(`{%q:%q}`, part, up.Key)
				}
			}
		}
	}
	for i := 0; i < len(pairs); i += 2 {
		if !drop[pairs[i]] {
			out = append(out, pairs[i], pairs[i+1])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(add)) {
		out = append(out, name, add[name])
	}
	return out
}

// parts is an object with all that it must have.
func (w *fixture) parts(f *prokura.ResourceField) string {
	out := map[string]any{}
	for _, p := range f.Parts {
		into, words := out, strings.Split(p.Name, ".")
		for _, word := range words[:len(words)-1] {
			next, ok := into[word].(map[string]any)
			if !ok {
				next = map[string]any{}
				into[word] = next
			}
			into = next
		}
		into[words[len(words)-1]] = map[prokura.FieldType]any{prokura.FieldText: "x" + strconv.Itoa(w.made), prokura.FieldURL: "https://x.example/", prokura.FieldBool: true,
			prokura.FieldList: []any{}}[p.Type]
	}
	text, _ := json.Marshal(out)
	return string(text)
}

// madeID is the id of the row that a call made: what its type answers, or that of the
// newest row.
func (w *fixture) madeID(typ *prokura.ResourceType, r reply) string {
	if id, ok := r.json["id"].(string); ok {
		return id
	}
	var newest prokura.Resource
	for _, row := range w.rows(string(typ.Asset)+"_one", typ.Kind) {
		if row.Place > newest.Place {
			newest = row
		}
	}
	if !strings.Contains(r.text, newest.ID.String()) && (typ.Code == "" || !strings.Contains(r.text, typ.OutsideID(newest.ID))) {
		w.t.Errorf("%s: made %s, and the answer does not say so: %s", typ.Kind, newest.ID, r.text)
	}
	return newest.ID.String()
}

// change is a change of all that can be changed and ends nothing.
func (w *fixture) change(typ *prokura.ResourceType, _ prokura.Resource) (pairs []string) {
	w.made++
	for i := range typ.Fields {
		if f := &typ.Fields[i]; f.Written() && f.Has(prokura.Version{}) && !f.CreateOnly && !f.FromPlace(typ) && f.Next == nil {
			if v := w.value(typ, f); v != "" {
				pairs = append(pairs, f.Name, v)
			}
		}
	}
	return pairs
}

func (w *fixture) value(typ *prokura.ResourceType, f *prokura.ResourceField) string {
	switch f.Type {
	case prokura.FieldText:
		text := "x" + strconv.Itoa(w.made)
		if f.Most != nil && len(text) > int(*f.Most) {
			return text[:int(*f.Most)]
		}
		return text
	case prokura.FieldURL:
		return "https://x.example/" + strconv.Itoa(w.made)
	case prokura.FieldPhone:
		return "+46 70 555 " + strconv.Itoa(1000+w.made)
	case prokura.FieldInteger, prokura.FieldNumeric, prokura.FieldDecimal:
		return "5"
	case prokura.FieldBool:
		return strconv.FormatBool(w.made%2 == 0)
	case prokura.FieldTime:
		return "1900000000"
	case prokura.FieldEnum:
		words := slices.DeleteFunc(slices.Clone(f.Enum), func(word string) bool { return slices.Contains(f.Ends, word) })
		return words[w.made%len(words)]
	case prokura.FieldList:
		if len(f.Enum) > 0 {
			return `["` + f.Enum[0] + `"]`
		}
		return `["a","b"]`
	case prokura.FieldObject:
		switch {
		case f.Rule != "":
			return `{"name":{"i_contains":"e"}}`
		case len(f.Parts) > 0:
			return w.parts(f)
		}
		return `{"a":{"b":[1,"two"]}}`
	case prokura.FieldNode:
		if rows := w.rows(string(typ.Asset)+"_one", prokura.ResourceKind(f.Of)); len(rows) > 0 {
			return rows[0].ID.String()
		}
	}
	return ""
}

// holds checks that a row is what was given, as somebody reads it who may read all.
func (w *fixture) holds(typ *prokura.ResourceType, id string, pairs []string) {
	w.t.Helper()
	if _, number, ok := strings.Cut(id, "_"); ok {
		if !typ.Prefixed {
			w.t.Errorf("%s: the id is %s", typ.Kind, id)
		}
		id = number
	}
	var row *prokura.Resource
	for _, r := range w.rows(string(typ.Asset)+"_one", typ.Kind) {
		if r.ID.String() == id {
			row = &r
		}
	}
	if row == nil {
		w.t.Fatalf("%s: %s is not there", typ.Kind, id)
	}
	for i := 0; i < len(pairs); i += 2 {
		f, ok := typ.Field(pairs[i])
		for j := range typ.Fields {
			if typ.Fields[j].Called == pairs[i] {
				f, ok = &typ.Fields[j], true
			}
		}
		if !ok {
			w.t.Fatalf("%s has no field %s", typ.Kind, pairs[i])
		}
		if f.FromPlace(typ) {
			if row.Parent.String() != pairs[i+1] {
				w.t.Errorf("%s: %s hangs on %s", typ.Kind, pairs[i], row.Parent)
			}
			continue
		}
		want, e := f.Value(pairs[i+1])
		if e != nil || fmt.Sprint(row.Values[f.Name]) != fmt.Sprint(want) {
			w.t.Errorf("%s: %s is %v, want %v (%v)", typ.Kind, f.Name, row.Values[f.Name], want, e)
		}
	}
}
