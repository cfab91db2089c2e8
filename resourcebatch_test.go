package prokura

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestMoney(t *testing.T) {
	for text, want := range map[string]string{
		"9.99 EUR": "999 EUR", "9.9 EUR": "990 EUR", "9 EUR": "900 EUR", "0 EUR": "0 EUR", "0.00 EUR": "0 EUR", "007.50 EUR": "750 EUR", " 1 USD ": "100 USD", "9.990 EUR": "999 EUR",
		"300 JPY": "300 JPY", "300.00 JPY": "300 JPY", "1.5 KWD": "1500 KWD", "999999999999.99 EUR": "99999999999999 EUR",
		"9.999 EUR": "", "1.5 JPY": "", "EUR 9.99": "", "9,99 EUR": "", "-1 EUR": "", "+1 EUR": "", "1e3 EUR": "", "9.99": "", "9.99 eur": "", "9.99 EURO": "", " EUR": "", ".5 EUR": "", "": "",
		"1 2 EUR": "", "9999999999999 EUR": "", "٣ EUR": "", "1.٣ EUR": "",
	} {
		amount, currency, ok := money(text)
		if got := strings.TrimSpace(amount + " " + currency); ok != (want != "") || ok && got != want {
			t.Errorf("%q is %q, %t", text, got, ok)
		}
	}
	if _, _, ok := money(9.99); ok {
		t.Error("a number without a currency is money")
	}
}

func TestBatchItem(t *testing.T) {
	catalog := DefaultCatalog()
	catalog.Resources = []ResourceType{{Kind: "item", Title: "Item", Plural: "Items", Node: "Item", Asset: KindProductCatalog, Parents: []string{string(KindProductCatalog)}, Edges: []ResourceEdge{{On: string(KindProductCatalog), Name: "items"}}, Limiter: LimitCatalogs,
		Read: Right{Any: []Permission{"catalog_management"}}, Write: &Right{Any: []Permission{"catalog_management"}}, Level: LevelDevelopment, Key: "sku",
		Fields: []ResourceField{{Name: "sku", Type: FieldText, Required: true}, {Name: "name", Type: FieldText}, {Name: "price", Type: FieldText}, {Name: "currency", Type: FieldText},
			{Name: "pictures", Type: FieldList}, {Name: "picture", Type: FieldText}, {Name: "made", Type: FieldTime, Computed: ComputedCreated},
			{Name: "later", Type: FieldText, Span: Span{Since: Version{26, 0}}}},
		Batch: &ResourceBatch{Edge: "many", Status: "became", ItemType: "ITEM", Most: 10, Limiter: LimitCatalogBatch, Names: map[string]string{"id": "sku", "title": "name"}, Money: map[string]string{"price": "currency"}}}}
	if err := catalog.Index(); err != nil {
		t.Fatal(err)
	}
	item, _ := catalog.Resource("item")
	given, warnings, e := item.Batch.Item(item, map[string]any{"id": "7", "title": "Tent", "price": "9.99 EUR", "made": "now", "color": "red",
		"picture": []any{map[string]any{"url": "a"}, "b"}, "pictures": []any{map[string]any{"url": "a", "tag": "x"}, "b", map[string]any{"tag": "y"}}, "later": "x"}, Version{25, 0})
	want := map[string]any{"name": "Tent", "price": "999", "currency": "EUR", "picture": "a", "pictures": []any{"a", "b", map[string]any{"tag": "y"}}}
	if e != nil || !reflect.DeepEqual(given, want) || len(warnings) != 3 || !strings.Contains(warnings[0], "color") || !strings.Contains(warnings[1], "later") || !strings.Contains(warnings[2], "made") {
		t.Errorf("it gives %v, warns %q, %v", given, warnings, e)
	}
	if _, _, e := item.Batch.Item(item, map[string]any{"price": 9.99}, Version{}); e == nil || e.Reason != FieldMistyped || e.Field != "price" {
		t.Errorf("a price without a currency: %v", e)
	}
	if item.Batch.ID(item) != "id" {
		t.Errorf("its key is called %s", item.Batch.ID(item))
	}

	for what, change := range map[string]func(*ResourceType){
		"without a key":      func(t *ResourceType) { t.Key = "" },
		"read alone":         func(t *ResourceType) { t.Write = nil },
		"too many":           func(t *ResourceType) { t.Batch.Most = MaxBatchItems + 1 },
		"no limiter":         func(t *ResourceType) { t.Batch.Limiter = "nobody" },
		"the same edge":      func(t *ResourceType) { t.Batch.Status = t.Batch.Edge },
		"a name for nothing": func(t *ResourceType) { t.Batch.Names = map[string]string{"x": "made"} },
		"money in a list":    func(t *ResourceType) { t.Batch.Money = map[string]string{"pictures": "currency"} },
	} {
		c := DefaultCatalog()
		bad, batch := catalog.Resources[0], *catalog.Resources[0].Batch
		bad.Batch = &batch
		change(&bad)
		c.Resources = []ResourceType{bad}
		if c.Index() == nil {
			t.Errorf("%s: this is declared", what)
		}
	}
}

// most must never be less than what it stands for: what it lets pass is not measured.
func TestSizeAtMost(t *testing.T) {
	for _, v := range []map[string]any{
		{}, {"a": "<&>\u2028\x01\xff\"\\"}, {"\u2028\u2028": []any{nil, true, 1e-9, 123456789.125, map[string]any{"x": "y"}}}, {"a": strings.Repeat("\x01", 1000)}, {"a": []any{}, "b": map[string]any{}},
	} {
		if n := len(mustJSON(t, v)); most(v) < n {
			t.Errorf("%v has %d bytes, and %d at most", v, n, most(v))
		}
	}
	if e := sized(map[string]any{"a": strings.Repeat("x", MaxResource)}); e == nil || e.Reason != ResourceTooLarge {
		t.Errorf("too large: %v", e)
	}
	if e := sized(map[string]any{"a": strings.Repeat("x", MaxResource/2)}); e != nil {
		t.Errorf("half of it: %v", e)
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
