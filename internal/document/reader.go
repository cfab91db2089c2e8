// Package document reads YAML documents strictly into Go structs, and makes the JSON
// schema of what it reads: scenarios, and declarations of data.
//
// Unknown fields, values of another type and keys that stand there twice are errors,
// each with its line and column; anchors, aliases and tags are refused too, so that a
// file says what it means where it says it. What a document means is not known here.
package document

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Error is one fault of a document.
type Error struct {
	File    string
	Line    int // from 1
	Column  int // from 1
	Message string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}

// Place is where something stands in a file.
type Place struct{ Line, Column int }

// Read reads a document of a kind, such as "scenario", into a struct whose tags name
// its fields. It tells all faults at once, in no order, and where every key and entry
// of a list stands, by path.
func Read(kind, file string, text []byte, into any) (where map[string]Place, found []*Error) {
	r := reader{kind: kind, file: file, where: map[string]Place{}}
	r.read(text, into)
	return r.where, r.found
}

// Join sorts faults in the order of the file and makes one error of them; nil for none.
func Join(found []*Error) error {
	slices.SortStableFunc(found, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	all := make([]error, len(found))
	for i, e := range found {
		all[i] = e
	}
	return errors.Join(all...)
}

// Locate is a fault of a part, at its own Place or that of the nearest thing it is in.
func Locate(where map[string]Place, file, path, message string) *Error {
	for {
		if p, ok := where[path]; ok {
			return &Error{File: file, Line: p.Line, Column: p.Column, Message: message}
		}
		i := strings.LastIndexByte(path, '.')
		if i < 0 {
			return &Error{File: file, Line: 1, Column: 1, Message: message}
		}
		path = path[:i]
	}
}

func placeOf(t *token.Token) Place {
	if t == nil || t.Position == nil {
		return Place{1, 1}
	}
	return Place{max(1, t.Position.Line), max(1, t.Position.Column)}
}

// startOf is where a node begins: a mapping at its first key, not at the colon.
func startOf(n ast.Node) Place {
	switch n := n.(type) {
	case *ast.MappingNode:
		if len(n.Values) > 0 && !n.IsFlowStyle {
			return startOf(n.Values[0])
		}
	case *ast.MappingValueNode:
		return placeOf(n.Key.GetToken())
	}
	return placeOf(n.GetToken())
}

// reader fills Go values from YAML without guessing: a number is no text, a
// text no number, and nothing is left over. It goes on after a fault, to tell
// all of them at once.
type reader struct {
	kind  string
	file  string
	where map[string]Place // of every key and list entry, by path
	found []*Error
}

func (r *reader) wrong(p Place, path, format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	if path != "" {
		message = path + ": " + message
	}
	r.found = append(r.found, &Error{File: r.file, Line: p.Line, Column: p.Column, Message: message})
}

// read reads one document into a struct.
func (r *reader) read(text []byte, into any) {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		var e yaml.Error
		if errors.As(err, &e) {
			r.wrong(placeOf(e.GetToken()), "", "%s", e.GetMessage())
		} else {
			r.wrong(Place{1, 1}, "", "%v", err)
		}
		return
	}
	var body ast.Node
	for _, d := range file.Docs {
		switch {
		case d.Body == nil:
		case body != nil:
			r.wrong(startOf(d.Body), "", "A %s is one document.", r.kind)
			return
		default:
			body = d.Body
		}
	}
	if body == nil || body.Type() == ast.CommentType {
		r.wrong(Place{1, 1}, "", "The file holds nothing.")
		return
	}
	r.value(body, "", reflect.ValueOf(into).Elem())
}

// maxDepth bounds nesting; no document needs so much.
const maxDepth = 20

// value reads a node into v.
func (r *reader) value(n ast.Node, path string, v reflect.Value) {
	if t, ok := v.Addr().Interface().(Table); ok {
		r.table(n, path, t)
		return
	}
	at := startOf(n)
	switch v.Kind() {
	case reflect.Struct:
		r.object(n, path, v)
	case reflect.Slice:
		list, ok := n.(*ast.SequenceNode)
		if !ok {
			r.mistyped(n, path, "a list")
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), len(list.Values), len(list.Values)))
		for i, item := range list.Values {
			below := join(path, strconv.Itoa(i))
			r.where[below] = startOf(item)
			r.value(item, below, v.Index(i))
		}
	case reflect.String:
		if before, ok := v.Addr().Interface().(Before); ok && n.Type() == ast.BoolType {
			before.WasBool(n.(*ast.BoolNode).Value)
		} else if text, ok := textOf(n); ok {
			v.SetString(text)
		} else {
			r.mistyped(n, path, "a text")
		}
	case reflect.Bool:
		if b, ok := n.(*ast.BoolNode); ok {
			v.SetBool(b.Value)
		} else {
			r.mistyped(n, path, "true or false")
		}
	case reflect.Int, reflect.Int64:
		if i, ok := integerOf(n); ok {
			v.SetInt(i)
		} else {
			r.mistyped(n, path, "a whole number")
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		r.value(n, path, v.Elem())
	case reflect.Float64:
		if i, ok := integerOf(n); ok {
			v.SetFloat(float64(i))
		} else if f, ok := n.(*ast.FloatNode); ok {
			v.SetFloat(f.Value)
		} else {
			r.mistyped(n, path, "a number")
		}
	case reflect.Interface:
		if free := r.free(n, path); free != nil {
			v.Set(reflect.ValueOf(free))
		}
	case reflect.Map:
		m, ok := r.free(n, path).(map[string]any)
		if !ok {
			r.mistyped(n, path, "a mapping")
			return
		}
		v.Set(reflect.ValueOf(m))
	default:
		r.wrong(at, path, "unreadable type %s", v.Type())
	}
}

// object reads a mapping with fixed fields.
func (r *reader) object(n ast.Node, path string, v reflect.Value) {
	pairs, ok := r.pairs(n, path)
	if !ok {
		return
	}
	fields := Fields(v.Type())
	given := map[string]bool{}
	for _, p := range pairs {
		below := join(path, p.key)
		i := slices.IndexFunc(fields, func(f Field) bool { return f.Name == p.key })
		if i < 0 {
			r.wrong(p.at, below, "There is no such field; fields here are: %s.", fieldNames(fields))
			continue
		}
		given[p.key] = true
		f := fields[i]
		before := len(r.found)
		r.value(p.value, below, v.Field(f.Index))
		if len(r.found) == before && len(f.OneOf) > 0 {
			r.oneOf(p.value, below, v.Field(f.Index), f.OneOf)
		}
	}
	for _, f := range fields {
		if f.Required && !given[f.Name] {
			at := r.where[path]
			if path == "" || at == (Place{}) {
				at = startOf(n)
			}
			r.wrong(at, path, "The field %s is missing.", f.Name)
		}
	}
}

// oneOf checks a text, or each text of a list or table, against the words that
// a field may hold.
func (r *reader) oneOf(n ast.Node, path string, v reflect.Value, words []string) {
	if v.Kind() == reflect.String {
		if _, before := n.(*ast.BoolNode); !before && !slices.Contains(words, v.String()) {
			r.wrong(startOf(n), path, "%q is not one of: %s.", v.String(), strings.Join(words, ", "))
		}
		return
	}
	if t, ok := v.Addr().Interface().(Table); ok {
		for key, text := range t.Texts() {
			if below := join(path, key); !slices.Contains(words, text) {
				r.wrong(r.where[below], below, "%q is not one of: %s.", text, strings.Join(words, ", "))
			}
		}
	}
}

// Before is a text that files of earlier versions wrote as true or false.
type Before interface{ WasBool(bool) }

// table reads a mapping whose keys the author chooses.
func (r *reader) table(n ast.Node, path string, t Table) {
	pairs, ok := r.pairs(n, path)
	if !ok {
		return
	}
	for _, p := range pairs {
		r.value(p.value, join(path, p.key), t.Add(p.key))
	}
}

// pair is one line of a mapping.
type pair struct {
	key   string
	at    Place
	value ast.Node
}

func (r *reader) pairs(n ast.Node, path string) ([]pair, bool) {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		r.mistyped(n, path, "a mapping")
		return nil, false
	}
	if strings.Count(path, ".") > maxDepth {
		r.wrong(startOf(n), path, "This is nested too deeply.")
		return nil, false
	}
	out := make([]pair, 0, len(values))
	seen := map[string]bool{}
	for _, v := range values {
		at := placeOf(v.Key.GetToken())
		key, ok := textOf(v.Key)
		if !ok {
			r.wrong(at, path, "A key is a plain word.")
			continue
		}
		if seen[key] {
			r.wrong(at, join(path, key), "The key is there twice.")
			continue
		}
		seen[key] = true
		r.where[join(path, key)] = at
		out = append(out, pair{key, at, v.Value})
	}
	return out, true
}

// free reads a value of any shape, for attributes. Numbers become int64 or
// float64.
func (r *reader) free(n ast.Node, path string) any {
	switch n := n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		pairs, ok := r.pairs(n, path)
		if !ok {
			return nil
		}
		out := map[string]any{}
		for _, p := range pairs {
			out[p.key] = r.free(p.value, join(path, p.key))
		}
		return out
	case *ast.SequenceNode:
		out := []any{}
		for i, v := range n.Values {
			below := join(path, strconv.Itoa(i))
			r.where[below] = startOf(v)
			out = append(out, r.free(v, below))
		}
		return out
	case *ast.NullNode:
		return nil
	case *ast.BoolNode:
		return n.Value
	case *ast.FloatNode:
		return n.Value
	}
	if text, ok := textOf(n); ok {
		return text
	}
	if i, ok := integerOf(n); ok {
		return i
	}
	r.mistyped(n, path, "a plain value")
	return nil
}

func textOf(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	}
	return "", false
}

func integerOf(n ast.Node) (int64, bool) {
	i, ok := n.(*ast.IntegerNode)
	if !ok {
		return 0, false
	}
	switch value := i.Value.(type) {
	case int64:
		return value, true
	case uint64:
		return int64(value), value <= math.MaxInt64
	}
	return 0, false
}

// kinds names what a file has where something else belongs.
var kinds = map[ast.NodeType]string{
	ast.NullType: "nothing", ast.IntegerType: "a number", ast.FloatType: "a number with a fraction", ast.BoolType: "true or false",
	ast.StringType: "a text", ast.LiteralType: "a text", ast.MappingType: "a mapping", ast.MappingValueType: "a mapping", ast.SequenceType: "a list",
	ast.AnchorType: "an anchor", ast.AliasType: "an alias, which is not used here",
	ast.TagType: "a tag", ast.MergeKeyType: "a merge key, which is not used here",
}

func (r *reader) mistyped(n ast.Node, path, want string) {
	got := kinds[n.Type()]
	switch n.Type() {
	case ast.AnchorType, ast.AliasType, ast.TagType, ast.MergeKeyType:
		got += ", which a " + r.kind + " does not use"
	}
	if got == "" {
		got = "something else"
	}
	r.wrong(startOf(n), path, "Here belongs %s, not %s.", want, got)
}

func join(path, below string) string {
	if path == "" {
		return below
	}
	return path + "." + below
}

// Field is one field of a struct of the document, as its tags say: yaml names it,
// oneof lists the words it may hold, about is its line in the schema.
type Field struct {
	Index    int
	Name     string
	Required bool
	OneOf    []string
	About    string
}

// Fields are the fields of a struct of a document.
func Fields(t reflect.Type) []Field {
	out := make([]Field, 0, t.NumField())
	for i := range t.NumField() {
		f := t.Field(i)
		name, required := strings.CutSuffix(f.Tag.Get("yaml"), ",required")
		out = append(out, Field{i, name, required, strings.Fields(f.Tag.Get("oneof")), f.Tag.Get("about")})
	}
	return out
}

func fieldNames(fields []Field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return strings.Join(names, ", ")
}
