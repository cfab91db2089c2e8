package prokura

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of one resource.
const (
	MaxResource  = 64 << 10 // bytes of its values as JSON
	maxFieldText = 8 << 10  // characters of a text, unless its field says
	maxFieldList = 1000     // members of a list, unless its field says
)

// Draft checks what somebody gives a new resource and adds what it has anyway. given
// holds values as files and calls write them: texts may stand for all of them. planted
// ones may have values that no call writes.
func (t *ResourceType) Draft(given map[string]any, planted bool) (map[string]any, *Error) {
	values, e := t.values(given, true, planted)
	if e != nil {
		return nil, t.Coded(e)
	}
	for i := range t.Fields {
		f := &t.Fields[i]
		if _, ok := values[f.Name]; ok || f.Computed != ComputedNothing || f.FromPlace(t) {
			continue
		}
		if f.Required && !planted {
			return nil, t.Coded(Errorf(FieldMissing, "The parameter %s is required.", f.Param()).WithField(f.Param()))
		}
		if f.Default != nil {
			values[f.Name] = f.Default
		}
	}
	if e := t.chosen(values); e != nil && !planted {
		return nil, t.Coded(e)
	}
	return values, t.Coded(sized(values))
}

// Change checks what somebody changes of a resource, and gives what it holds then. A
// nil map: it ends.
func (t *ResourceType) Change(old, given map[string]any) (map[string]any, *Error) {
	values, e := t.values(given, false, false)
	if e != nil {
		return nil, t.Coded(e)
	}
	out := make(map[string]any, len(old)+len(values))
	for name, v := range old {
		out[name] = v
	}
	for name, v := range values {
		f, _ := t.Field(name)
		was, _ := old[name].(string)
		now, _ := v.(string)
		switch next, bound := f.Next[was]; {
		case bound && now != was && !slices.Contains(next, now):
			return nil, Errorf(StateRefused, "The %s %s cannot become %s.", name, was, now).WithField(name)
		case slices.Contains(f.Ends, now):
			return nil, nil
		}
		out[name] = v
	}
	return out, sized(out)
}

func sized(values map[string]any) *Error {
	if most(values) <= MaxResource {
		return nil
	}
	if text, err := json.Marshal(values); err != nil || len(text) > MaxResource {
		return Errorf(ResourceTooLarge, "The object is larger than %d KiB.", MaxResource>>10)
	}
	return nil
}

// most is how many bytes a value has as JSON at most: six for each of a text, as all of
// it may have to be escaped.
func most(v any) int {
	n := 32 // a number, a word, brackets
	switch v := v.(type) {
	case string:
		n += 6 * len(v)
	case []any:
		for _, item := range v {
			n += most(item)
		}
	case map[string]any:
		for name, item := range v {
			n += 6*len(name) + most(item)
		}
	}
	return n
}

// Unknown refuses a parameter that the type does not have: [FieldUnknown].
func (t *ResourceType) Unknown(name string) *Error {
	return Errorf(FieldUnknown, "There is no parameter %.60s of %s.", name, strings.ToLower(t.Plural)).WithField(name)
}

// values checks what is given by itself.
func (t *ResourceType) values(given map[string]any, create, planted bool) (map[string]any, *Error) {
	out := make(map[string]any, len(given))
	for name, v := range given {
		f, ok := t.Field(name)
		if called, is := t.called[name]; is && create && !planted {
			f, ok = &t.Fields[called], true
		}
		switch {
		case !ok:
			return nil, t.Unknown(name)
		case f.FromPlace(t):
			if !create || name != t.By {
				return nil, Errorf(FieldReadOnly, "The parameter %s cannot be changed.", name).WithField(name)
			}
			continue // read by who finds the place
		case !f.Written() && (!planted || f.Computed != ComputedNothing), f.CreateOnly && !create:
			return nil, Errorf(FieldReadOnly, "The parameter %s cannot be changed.", name).WithField(name)
		}
		value, e := f.Value(v)
		if e == nil && len(f.Parts) > 0 && !planted {
			e = f.members(value, out)
		}
		if e == nil && f.ruled != nil {
			_, e = f.ruled.Choosing(value)
		}
		if e != nil {
			return nil, e.WithField(cmp.Or(e.Field, f.Param()))
		}
		if value != nil {
			out[f.Name] = value
		}
	}
	return out, nil
}

// Value reads a value of the field, from a text of a call or from what a file holds.
// nil without an error is no value at all.
func (f *ResourceField) Value(v any) (any, *Error) {
	text, isText := v.(string)
	wrong := func(want string) *Error {
		return Errorf(FieldMistyped, "The parameter %s must be %s.", f.Name, want).WithField(f.Name)
	}
	switch f.Type {
	case FieldText:
		if !isText {
			n, ok := numberOf(v) // a number stands for its text
			if !ok {
				return nil, wrong("a text")
			}
			text = strconv.FormatFloat(n, 'f', -1, 64)
		}
		return text, f.long(utf8.RuneCountInString(text), maxFieldText, "characters")
	case FieldURL:
		return f.address(v)
	case FieldPhone:
		return f.phone(v)
	case FieldEnum:
		return text, f.word(text)
	case FieldInteger, FieldNumeric:
		n, ok := numberOf(v)
		if !ok || n != math.Trunc(n) || math.Abs(n) > 1<<53 {
			return nil, wrong("a whole number")
		}
		return f.within(n)
	case FieldDecimal:
		n, ok := numberOf(v)
		if !ok {
			return nil, wrong("a number")
		}
		return f.within(n)
	case FieldBool:
		switch {
		case v == true, text == "true", text == "1", text == "True":
			return true, nil
		case v == false, text == "false", text == "0", text == "False":
			return false, nil
		}
		return nil, wrong("true or false")
	case FieldTime:
		at, ok := timeOf(v)
		if !ok {
			return nil, wrong("a time, as ISO 8601 or in seconds since 1970")
		}
		return float64(at), nil
	case FieldNode:
		id, ok := idOf(v)
		if !ok {
			return nil, wrong("an id")
		}
		return id.String(), nil
	case FieldList:
		list, ok := listOf(v)
		if !ok {
			return nil, wrong("a list")
		}
		for _, item := range list {
			if word, _ := item.(string); len(f.Enum) > 0 {
				if e := f.word(word); e != nil {
					return nil, e
				}
			}
		}
		return list, f.long(len(list), maxFieldList, "members")
	case FieldObject:
		if isText && json.Unmarshal([]byte(text), &v) != nil {
			return nil, wrong("an object")
		}
		if _, ok := v.(map[string]any); !ok {
			return nil, wrong("an object")
		}
		return v, nil
	}
	return nil, wrong("nothing")
}

func (f *ResourceField) word(text string) *Error {
	if slices.Contains(f.Enum, text) {
		return nil
	}
	return Errorf(FieldNotListed, "The parameter %s must be one of: %s.", f.Name, strings.Join(f.Enum, ", ")).WithField(f.Name)
}

func (f *ResourceField) within(n float64) (any, *Error) {
	if f.Least != nil && n < *f.Least || f.Most != nil && n > *f.Most {
		return nil, Errorf(FieldNotListed, "The parameter %s is out of range.", f.Name).WithField(f.Name)
	}
	return n, nil
}

func (f *ResourceField) long(n, otherwise int, of string) *Error {
	most := otherwise
	if f.Most != nil {
		most = int(*f.Most)
	}
	if n > most {
		return Errorf(ResourceTooLarge, "The parameter %s has at most %d %s.", f.Name, most, of).WithField(f.Name)
	}
	return nil
}

func numberOf(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int64:
		return float64(v), true
	case int:
		return float64(v), true
	case string:
		n, err := strconv.ParseFloat(v, 64)
		return n, err == nil && !math.IsInf(n, 0) && !math.IsNaN(n) && !strings.ContainsAny(v, "xX_pP+")
	}
	return 0, false
}

// timeForms are the forms in which clients write times.
var timeForms = []string{"2006-01-02T15:04:05-0700", time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02"}

func timeOf(v any) (Instant, bool) {
	if n, ok := numberOf(v); ok {
		return Instant(n) * 1000, n >= 0 && n < 1<<40
	}
	text, _ := v.(string)
	for _, form := range timeForms {
		if t, err := time.Parse(form, text); err == nil {
			return InstantOf(t), true
		}
	}
	return 0, false
}

// idOf reads an id, or an object that names one: {"id": …} or {"creative_id": …}.
func idOf(v any) (ID, bool) {
	if text, ok := v.(string); ok && strings.HasPrefix(strings.TrimSpace(text), "{") {
		var m map[string]any
		dec := json.NewDecoder(strings.NewReader(text))
		dec.UseNumber()
		if dec.Decode(&m) != nil {
			return 0, false
		}
		v = m
	}
	switch v := v.(type) {
	case string:
		id, err := ParseID(v)
		return id, err == nil
	case json.Number:
		id, err := ParseID(v.String())
		return id, err == nil
	case int64:
		return ID(v), v > 0 && ID(v) <= MaxID
	case float64:
		return ID(v), v > 0 && v <= float64(MaxID) && v == math.Trunc(v)
	case map[string]any:
		if len(v) == 1 {
			for name, id := range v {
				if name == "id" || strings.HasSuffix(name, "_id") {
					return idOf(id)
				}
			}
		}
	}
	return 0, false
}

// listOf reads a list: JSON, or words between commas.
func listOf(v any) ([]any, bool) {
	switch v := v.(type) {
	case []any:
		return v, true
	case string:
		if text := strings.TrimSpace(v); strings.HasPrefix(text, "[") {
			var list []any
			err := json.Unmarshal([]byte(text), &list)
			return list, err == nil
		}
		list := []any{}
		for word := range strings.SplitSeq(v, ",") {
			if word = strings.TrimSpace(word); word != "" {
				list = append(list, word)
			}
		}
		return list, true
	}
	return nil, false
}
