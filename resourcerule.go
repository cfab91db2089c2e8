package prokura

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// ResourceRule chooses rows of a type, as an object says that clients write: conditions
// on fields, and "and" and "or" of lists of them.
type ResourceRule struct {
	all, any []ResourceRule
	field    *ResourceField
	op       ruleOp
	want     []string
}

type ruleOp struct {
	hold  func(got, want string) bool
	sized func(order int) bool // of numbers; nil: it compares texts
	not   bool                 // none of what is wanted holds
	fold  bool                 // regardless of case
	many  bool                 // what is wanted is a list
}

func equal(got, want string) bool { return got == want }

// ruleOps are the operators of such rules, as the business SDKs write them.
var ruleOps = map[string]ruleOp{
	"eq": {hold: equal}, "neq": {hold: equal, not: true}, "i_eq": {hold: equal, fold: true},
	"lt": {sized: func(n int) bool { return n < 0 }}, "lte": {sized: func(n int) bool { return n <= 0 }},
	"gt": {sized: func(n int) bool { return n > 0 }}, "gte": {sized: func(n int) bool { return n >= 0 }},
	"contains": {hold: strings.Contains}, "not_contains": {hold: strings.Contains, not: true},
	"i_contains": {hold: strings.Contains, fold: true}, "i_not_contains": {hold: strings.Contains, not: true, fold: true},
	"starts_with": {hold: strings.HasPrefix}, "i_starts_with": {hold: strings.HasPrefix, fold: true},
	"is_any": {hold: equal, many: true}, "is_not_any": {hold: equal, not: true, many: true},
	"i_is_any": {hold: equal, fold: true, many: true}, "i_is_not_any": {hold: equal, not: true, fold: true, many: true},
}

// Limits of a rule, which each row is held against: parts are its conditions and values.
const (
	maxRuleDepth = 6
	maxRuleParts = 1000
)

// Choosing reads a rule about rows of the type. An empty object chooses all of them.
func (t *ResourceType) Choosing(v any) (ResourceRule, *Error) {
	left := maxRuleParts
	return t.choosing(v, maxRuleDepth, &left)
}

func tooLargeRule() *Error {
	return Errorf(FieldMistyped, "A filter is an object of conditions, of %d with their values at most, %d deep at most.", maxRuleParts, maxRuleDepth)
}

func (t *ResourceType) choosing(v any, depth int, left *int) (out ResourceRule, e *Error) {
	m, ok := v.(map[string]any)
	if *left -= 1 + len(m); !ok || depth == 0 || *left < 0 {
		return out, tooLargeRule()
	}
	for _, name := range slices.Sorted(maps.Keys(m)) { // several are all to hold
		one := ResourceRule{}
		if name == "and" || name == "or" {
			list, ok := m[name].([]any)
			if !ok || len(list) == 0 {
				return out, Errorf(FieldMistyped, "In a filter, %s has a list of conditions.", name)
			}
			for _, item := range list {
				inner, e := t.choosing(item, depth-1, left)
				if e != nil {
					return out, e
				}
				if name == "and" {
					one.all = append(one.all, inner)
				} else {
					one.any = append(one.any, inner)
				}
			}
		} else if one, e = t.condition(name, m[name], left); e != nil {
			return out, e
		}
		out.all = append(out.all, one)
	}
	return out, nil
}

// condition reads what a rule says of one field.
func (t *ResourceType) condition(name string, v any, left *int) (out ResourceRule, e *Error) {
	f, ok := t.Field(name)
	if !ok && t.Batch != nil {
		f, ok = t.Field(t.Batch.Names[name])
	}
	if !ok || f.Computed != ComputedNothing || f.Type == FieldObject || f.Type == FieldList {
		return out, Errorf(FieldNotListed, "%.60s is no field of %s that a filter can choose by.", name, strings.ToLower(t.Plural))
	}
	ops, ok := v.(map[string]any)
	if !ok || len(ops) == 0 {
		return out, Errorf(FieldMistyped, "In a filter, %s has an object with an operator and a value.", name)
	}
	for _, word := range slices.Sorted(maps.Keys(ops)) {
		op, ok := ruleOps[word]
		if !ok {
			return out, Errorf(FieldNotListed, "The operator of a filter must be one of: %s.", strings.Join(slices.Sorted(maps.Keys(ruleOps)), ", "))
		}
		values := []any{ops[word]}
		if list, isList := ops[word].([]any); isList != op.many {
			return out, Errorf(FieldMistyped, "In a filter, %s has %s.", word, map[bool]string{true: "a list of values", false: "one value"}[op.many])
		} else if op.many {
			values = list
		}
		if *left -= len(values); *left < 0 {
			return out, tooLargeRule()
		}
		one := ResourceRule{field: f, op: op}
		for _, v := range values {
			text, ok := ruleText(v)
			if _, e := strconv.ParseFloat(text, 64); !ok || op.sized != nil && e != nil {
				return out, Errorf(FieldMistyped, "In a filter, %s of %s has a value that it cannot have.", word, name)
			}
			if op.fold {
				text = strings.ToLower(text)
			}
			one.want = append(one.want, text)
		}
		out.all = append(out.all, one)
	}
	return out, nil
}

func ruleText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case bool, int64, ID:
		return fmt.Sprint(v), true
	}
	return "", false
}

// Keeps reports whether the rule chooses a row, of which value says what a field holds.
// A field that holds nothing is only unlike others.
func (r *ResourceRule) Keeps(value func(*ResourceField) any) bool {
	for i := range r.all {
		if !r.all[i].Keeps(value) {
			return false
		}
	}
	if len(r.any) > 0 && !slices.ContainsFunc(r.any, func(one ResourceRule) bool { return one.Keeps(value) }) {
		return false
	}
	if r.field == nil {
		return true
	}
	got, ok := ruleText(value(r.field))
	if !ok {
		return r.op.not
	}
	if r.op.fold {
		got = strings.ToLower(got)
	}
	holds := slices.ContainsFunc(r.want, func(want string) bool {
		if r.op.sized == nil {
			return r.op.hold(got, want)
		}
		a, err := strconv.ParseFloat(got, 64)
		b, _ := strconv.ParseFloat(want, 64)
		switch {
		case err != nil:
			return false
		case a < b:
			return r.op.sized(-1)
		case a > b:
			return r.op.sized(1)
		}
		return r.op.sized(0)
	})
	return holds != r.op.not
}
