package prokura

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// What declarations say of calls beyond fields: how what is known outside is called, what
// making one answers, the codes of errors that clients branch on.

// ResourceCodes are the codes of errors about what is given, where a type has its own.
type ResourceCodes struct {
	Product string  // told beside the error as messaging_product; "": only the field is told
	Missing Refusal // of what is missing inside an object, or beside a word
	Wrong   Refusal // of a value that cannot be
	Parent  Refusal // of what it would hang on, and is not there
}

// ResourceAlso is another resource of the asset that is made with one, and ends with it.
type ResourceAlso struct {
	Kind   ResourceKind
	When   string // field that has to be true; "": always
	Into   string // field that has the id of the other one
	Values []ResourceTold
}

// ResourceReady is what a row has to be for calls to make one on it.
type ResourceReady struct {
	State   map[string]string // what its fields have to hold
	Refusal Refusal
}

// ResourceAction is a call on a row that changes some of its fields to what is declared.
type ResourceAction struct {
	Name   string
	About  string
	Set    map[string]string
	Params []ResourcePart
}

// Check refuses what a call does not give as it should. given are its parameters.
func (a *ResourceAction) Check(given map[string]any) *Error {
	for name := range given {
		if !slices.ContainsFunc(a.Params, func(p ResourcePart) bool { return p.Name == name }) {
			return Errorf(FieldUnknown, "There is no parameter %.60s of %s.", name, a.Name).WithField(name)
		}
	}
	f := ResourceField{Parts: a.Params}
	return f.members(given, map[string]any{})
}

// ResourcePart is a member of an object that a field holds. A point in the name leads
// into objects in it.
type ResourcePart struct {
	Name     string
	Type     FieldType
	About    string
	Required bool
	Most     *float64
	Digits   int    // of a text: it is so many digits; 0: any text
	Into     string // field that has its value as well
}

// ResourceLook has an object name a row of the asset by its key.
type ResourceLook struct {
	Kind    ResourceKind
	Match   map[string]string // fields of that one by the part of the object that has to be like them
	State   map[string]string // what fields of that one have to hold
	Refusal Refusal
}

// OutsideID is what a resource is called outside, where its type has a word of its own for
// that: the word, and the id in base64 (RFC 4648).
func (t *ResourceType) OutsideID(id ID) string {
	return t.Code + base64.StdEncoding.EncodeToString([]byte(id.String()))
}

// ReadOutsideID reads what [ResourceType.OutsideID] made.
func (t *ResourceType) ReadOutsideID(s string) (ID, bool) {
	rest, ok := strings.CutPrefix(s, t.Code)
	if !ok || t.Code == "" {
		return 0, false
	}
	text, err := base64.StdEncoding.DecodeString(rest)
	if err != nil {
		return 0, false
	}
	id, err := ParseID(string(text))
	return id, err == nil
}

// Param is what calls call the field when they make one.
func (f *ResourceField) Param() string {
	if f.Called != "" {
		return f.Called
	}
	return f.Name
}

// Dig is what stands in an object under a name with points.
func Dig(v any, name string) any {
	for name != "" {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		var word string
		word, name, _ = strings.Cut(name, ".")
		v = m[word]
	}
	return v
}

// cutLast cuts a name with points before its last word.
func cutLast(name string) (outer, last string) {
	i := strings.LastIndexByte(name, '.')
	return name[:max(i, 0)], name[i+1:]
}

// members checks the members of an object, and fills the fields that have them as well.
func (f *ResourceField) members(v any, values map[string]any) *Error {
	for _, p := range f.Parts {
		got, at := Dig(v, p.Name), strings.TrimPrefix(f.Param()+"."+p.Name, ".")
		if got == nil || got == "" {
			if p.Required {
				return Errorf(FieldMissing, "The parameter %s is required.", at).WithField(at)
			}
			continue
		}
		like := ResourceField{Name: at, Type: p.Type, Most: p.Most}
		value, e := like.Value(got)
		if e != nil {
			return e
		}
		if text, _ := value.(string); p.Digits > 0 && (len(text) != p.Digits || strings.Trim(text, "0123456789") != "") {
			return Errorf(FieldMistyped, "The parameter %s must be %d digits.", at, p.Digits).WithField(at)
		}
		outer, last := cutLast(p.Name)
		Dig(v, outer).(map[string]any)[last] = value // as it is read: a number that stands for a text is one
		if p.Into != "" {
			values[p.Into] = value
		}
	}
	return nil
}

// chosen asks for the field that a word of another one names.
func (t *ResourceType) chosen(values map[string]any) *Error {
	for i := range t.Fields {
		f := &t.Fields[i]
		word, _ := values[f.Name].(string)
		if !f.Chooses || word == "" {
			continue
		}
		if _, ok := values[word]; !ok {
			return Errorf(FieldMissing, "The parameter %s is required with %s %s.", word, f.Name, word).WithField(word + ".")
		}
		for _, other := range f.Enum {
			if _, ok := values[other]; ok && other != word {
				return Errorf(FieldNotListed, "The parameter %s does not go with %s %s.", other, f.Name, word).WithField(other)
			}
		}
	}
	return nil
}

// Coded gives an error about what is given the code that the type has for it.
func (t *ResourceType) Coded(e *Error) *Error {
	if e == nil || t.Codes == nil {
		return e
	}
	inside := strings.Contains(e.Field, ".")
	e.Field = strings.TrimSuffix(e.Field, ".")
	switch e.Reason {
	case FieldMissing:
		if inside {
			e = e.WithRefusal(t.Codes.Missing)
		}
	case FieldMistyped, FieldNotListed, ResourceTooLarge:
		e = e.WithRefusal(t.Codes.Wrong)
	case ParentForeign:
		e = e.WithRefusal(t.Codes.Parent)
	}
	if e.Limit.Code != 0 {
		e.Limit.Product = t.Codes.Product
	}
	return e
}

// address reads an address on the web.
func (f *ResourceField) address(v any) (any, *Error) {
	text, _ := v.(string)
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return nil, Errorf(FieldMistyped, "The parameter %s must be an address on the web: https://… or http://….", f.Name).WithField(f.Name)
	}
	return text, f.long(utf8.RuneCountInString(text), 2000, "characters")
}

// phone reads a phone number, as people write it or as a number.
func (f *ResourceField) phone(v any) (any, *Error) {
	text, ok := v.(string)
	if n, number := numberOf(v); !ok && number {
		text = strconv.FormatFloat(n, 'f', -1, 64)
	}
	digits := 0
	for i, r := range text {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r == '+' && i == 0, strings.ContainsRune(" -().", r):
		default:
			digits = -100
		}
	}
	if digits < 5 || digits > 15 {
		return nil, Errorf(FieldMistyped, "The parameter %s must be a phone number with its country's code.", f.Name).WithField(f.Name)
	}
	return text, f.long(len(text), 40, "characters")
}

// Filtered reports whether the list of an edge is not of what hangs on it, but of those
// that a row on which it stands chooses.
func (e ResourceEdge) Filtered() bool { return e.Rule != "" || e.Named != "" }

// call checks what a declaration says of calls.
func (v *resourceCheck) call(t *ResourceType, at string) {
	v.told(t, at+".answer", t.Answer)
	if a := t.Also; a != nil {
		other, ok := v.catalog.Resource(a.Kind)
		into, has := t.Field(a.Into)
		when, truth := t.Field(a.When)
		switch {
		case !ok || other.Asset != t.Asset || !other.HangsOn(string(t.Asset)) || other.Also != nil:
			v.wrong(at+".also.kind", "%q is no data that hangs on %s and comes alone", a.Kind, t.Asset)
		case t.Batch != nil:
			v.wrong(at+".also", "what many are made of at once comes alone")
		case !has || into.Type != FieldText || into.Written():
			v.wrong(at+".also.into", "%q is no text that nobody writes", a.Into)
		case a.When != "" && (!truth || when.Type != FieldBool):
			v.wrong(at+".also.when", "%q is no field that is true or false", a.When)
		}
		for _, told := range a.Values {
			if f, known := other.Field(told.Key); ok && (!known || f.Computed != ComputedNothing) {
				v.wrong(at+".also.values."+told.Key, "it is no field of %s that holds something of its own", a.Kind)
			}
		}
		v.told(t, at+".also.values", a.Values)
	}
	for i, e := range t.Edges {
		v.finds(t, fmt.Sprintf("%s.edges.%d", at, i), e)
	}
	for i, a := range t.Actions {
		edge := [2]string{string(t.Kind), a.Name}
		if v.edges[edge] {
			v.wrong(fmt.Sprintf("%s.actions.%d", at, i), "%s has the edge %q already", t.Kind, a.Name)
		}
		v.edges[edge] = true
		for name, word := range a.Set {
			if f, ok := t.Field(name); !ok || t.Write == nil || !slices.Contains(f.Enum, word) {
				v.wrong(fmt.Sprintf("%s.actions.%d", at, i), "%q cannot become %q", name, word)
			}
		}
	}
	for i := range t.Fields {
		f := &t.Fields[i]
		at := at + ".fields." + f.Name
		if f.Chooses && slices.ContainsFunc(f.Enum, func(word string) bool { _, ok := t.Field(word); return !ok }) {
			v.wrong(at+".chooses", "one of its words is no field")
		}
		for _, p := range f.Parts {
			into, ok := t.Field(p.Into)
			if f.Type != FieldObject || p.Into != "" && (!ok || into.Type != p.Type) || !slices.Contains(FieldTypes, p.Type) {
				v.wrong(at+".parts."+p.Name, "parts are of objects, of a type that there is, and go into fields of the same")
			}
		}
		if l := f.Look; l != nil {
			other, ok := v.catalog.Resource(l.Kind)
			if !ok || other.Asset != t.Asset || other.Key == "" || !slices.ContainsFunc(slices.Collect(keysOf(l.Match)), func(name string) bool { return name == other.Key }) {
				v.wrong(at+".look", "it finds one of %s by its key, and %q has none that is matched", t.Asset, l.Kind)
			}
		}
		if f.Takes != "" && !t.parentHas(v.catalog, func(up *ResourceType) bool { _, ok := up.Field(f.Takes); return ok }) {
			v.wrong(at+".takes", "what it hangs on has no field %q", f.Takes)
		}
		if other, ok := v.catalog.Resource(ResourceKind(f.Of)); f.Computed == ComputedNewest && ok {
			if _, ok := other.Field(f.From); !ok || !other.HangsOn(string(t.Kind)) {
				v.wrong(at+".from", "no %s with a field %q hangs on it", f.Of, f.From)
			}
		}
		if f.Rule != "" {
			other, ok := v.catalog.Resource(ResourceKind(f.Rule))
			if f.ruled = other; !ok || other.Asset != t.Asset || f.Type != FieldObject {
				v.wrong(at+".rule", "%q is no data of %s that an object could choose", f.Rule, t.Asset)
			}
		}
	}
}

func keysOf(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for key := range m {
			if !yield(key) {
				return
			}
		}
	}
}

// parentHas reports whether something that one of the type hangs on is as wanted.
func (t *ResourceType) parentHas(c *Catalog, as func(*ResourceType) bool) bool {
	return slices.ContainsFunc(t.Parents, func(kind string) bool {
		up, ok := c.Resource(ResourceKind(kind))
		return ok && as(up)
	})
}

// finds checks what an edge says of making one elsewhere than on what it stands on.
func (v *resourceCheck) finds(t *ResourceType, at string, e ResourceEdge) {
	name, _, _ := strings.Cut(e.Find, ".")
	if _, ok := t.Field(name); e.Find != "" && (!ok || !t.parentHas(v.catalog, func(up *ResourceType) bool { return up.Key != "" })) {
		v.wrong(at+".find", "%q gives no key of what it hangs on", e.Find)
	}
	marked, ok := v.catalog.Resource(ResourceKind(e.Marks))
	if e.Marks != "" && (!ok || marked.Write == nil || marked.Code == "" || !marked.HangsOn(e.On) || e.On == string(t.Asset) || e.MarkBy == "" || !e.Create) {
		v.wrong(at+".marks", "%q is no data that hangs on %s, is written and known outside", e.Marks, e.On)
	}
}

// filtered checks a list on a row that chooses which are on it; false: it is none.
func (v *resourceCheck) filtered(t *ResourceType, at string, e ResourceEdge) bool {
	on, ok := v.catalog.Resource(ResourceKind(e.On))
	if !e.Filtered() || !ok || on.Asset != t.Asset {
		return false
	}
	rule, has := on.Field(e.Rule)
	named, names := t.Field(e.Named)
	if e.Create || e.Rule != "" && (!has || rule.Rule != string(t.Kind)) || e.Named != "" && (!names || named.Type != FieldNode || named.Of != e.On) {
		v.wrong(at, "it lists those that a rule of %s keeps, or that name it, and none of both is declared", e.On)
	}
	return true
}
