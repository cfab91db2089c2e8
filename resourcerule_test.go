package prokura

import (
	"encoding/json"
	"slices"
	"testing"
)

// What a filter chooses, operator by operator; what is no filter is refused.
func TestChoosing(t *testing.T) {
	typ := &ResourceType{Plural: "Products", Fields: []ResourceField{{Name: "name", Type: FieldText}, {Name: "price", Type: FieldText}, {Name: "inventory", Type: FieldInteger},
		{Name: "brand", Type: FieldText}, {Name: "tags", Type: FieldList}, {Name: "made", Type: FieldTime, Computed: ComputedCreated}},
		Batch: &ResourceBatch{Names: map[string]string{"title": "name"}}}
	typ.field = map[string]int{"name": 0, "price": 1, "inventory": 2, "brand": 3, "tags": 4, "made": 5}
	row := map[string]any{"name": "Big Tent", "price": "900", "inventory": float64(3)} // without a brand
	value := func(f *ResourceField) any { return row[f.Name] }
	const bad = "bad"
	for text, want := range map[string]string{
		`{}`: "yes", `{"name":{"eq":"Big Tent"}}`: "yes", `{"name":{"eq":"big tent"}}`: "no", `{"name":{"i_eq":"big tent"}}`: "yes", `{"name":{"neq":"Tent"}}`: "yes",
		`{"title":{"contains":"Tent"}}`: "yes", `{"name":{"contains":"tent"}}`: "no", `{"name":{"i_contains":"tent"}}`: "yes", `{"name":{"not_contains":"Tent"}}`: "no",
		`{"name":{"i_not_contains":"boot"}}`: "yes", `{"name":{"starts_with":"Big"}}`: "yes", `{"name":{"i_starts_with":"bag"}}`: "no",
		`{"name":{"is_any":["x","Big Tent"]}}`: "yes", `{"name":{"i_is_any":["BIG TENT"]}}`: "yes", `{"name":{"is_not_any":["x","Big Tent"]}}`: "no", `{"name":{"i_is_not_any":["x"]}}`: "yes",
		// Numbers are compared as such, also where they stand as text.
		`{"price":{"lt":1000}}`: "yes", `{"price":{"gt":"1000"}}`: "no", `{"price":{"gte":900,"lte":900}}`: "yes", `{"inventory":{"gt":2}}`: "yes", `{"inventory":{"eq":3}}`: "yes",
		`{"name":{"lt":5}}`: "no",
		// What holds nothing is only unlike others.
		`{"brand":{"eq":""}}`: "no", `{"brand":{"neq":"Yxa"}}`: "yes", `{"brand":{"is_not_any":["Yxa"]}}`: "yes", `{"brand":{"contains":""}}`: "no",
		`{"name":{"eq":"x"},"price":{"eq":"900"}}`: "no", `{"or":[{"name":{"eq":"x"}},{"price":{"eq":"900"}}]}`: "yes", `{"and":[{"name":{"eq":"x"}},{"price":{"eq":"900"}}]}`: "no",
		`{"or":[{"name":{"eq":"x"}}],"price":{"eq":"900"}}`: "no",
		`[]`: bad, `{"name":"x"}`: bad, `{"name":{}}`: bad, `{"name":{"like":"x"}}`: bad, `{"colour":{"eq":"x"}}`: bad, `{"tags":{"eq":"x"}}`: bad, `{"made":{"eq":"x"}}`: bad, `{"or":[]}`: bad, `{"and":{}}`: bad,
		`{"price":{"lt":"x"}}`: bad, `{"name":{"eq":["x"]}}`: bad, `{"name":{"is_any":"x"}}`: bad, `{"name":{"eq":null}}`: bad, `{"name":{"is_any":[{}]}}`: bad,
		`{"and":[{"and":[{"and":[{"and":[{"and":[{"and":[{}]}]}]}]}]}]}`: bad,
	} {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		rule, e := typ.Choosing(v)
		got := bad
		if e == nil {
			got = map[bool]string{true: "yes", false: "no"}[rule.Keeps(value)]
		}
		if got != want {
			t.Errorf("%s: %s, want %s (%v)", text, got, want, e)
		}
	}
	// A rule is held against each row: it may not be long, however it is put.
	list := func(n int) []any { return slices.Repeat([]any{"x"}, n) }
	one := map[string]any{"name": map[string]any{"eq": "x"}}
	for name, c := range map[string]struct {
		rule map[string]any
		ok   bool
	}{
		"many values":               {map[string]any{"name": map[string]any{"is_any": list(900)}}, true},
		"too many values":           {map[string]any{"name": map[string]any{"is_any": list(1001)}}, false},
		"too many values in all":    {map[string]any{"or": slices.Repeat([]any{map[string]any{"name": map[string]any{"is_any": list(100)}}}, 10)}, false},
		"too many conditions":       {map[string]any{"or": slices.Repeat([]any{one}, 600)}, false},
		"too many that say nothing": {map[string]any{"and": slices.Repeat([]any{map[string]any{}}, 1001)}, false},
	} {
		if _, e := typ.Choosing(c.rule); (e == nil) != c.ok {
			t.Errorf("%s: %v", name, e)
		}
	}
}
