//go:build !race

package data_test

import (
	"fmt"
	"testing"

	"github.com/prokura/prokura"
)

// Rows in memory are dropped by what changes them: by themselves, by the end of what they
// hang on, and by that of their asset's reach.
func TestRowsInMemory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var first []prokura.ID
	for _, k := range w.catalog.Kinds {
		first = append(first, w.id[string(k.Kind)+"_one"])
	}
	token := w.consent("app_system", "ada", "shop", first...)
	ad := w.rows("ad_account_one", "ad")[0]
	name := func(id prokura.ID, fields string) string {
		text, _ := w.ok(w.call("GET", "/"+id.String(), "access_token", token, "fields", fields)).json["name"].(string)
		return text
	}
	for range 3 { // the second time from memory
		name(ad.ID, "name")
		name(ad.Above, "name")
	}
	w.ok(w.call("POST", "/"+ad.ID.String(), "access_token", token, "name", "Changed"))
	if got := name(ad.ID, "name"); got != "Changed" {
		t.Errorf("the ad is called %q", got)
	}
	w.ok(w.call("DELETE", "/"+ad.Above.String(), "access_token", token)) // its campaign
	for _, id := range []prokura.ID{ad.ID, ad.Parent, ad.Above} {
		if got := w.call("GET", "/"+id.String(), "access_token", token).refusal(); got != [2]int{100, 33} {
			t.Errorf("%s is there after its campaign went: %v", id, got)
		}
	}
}

// batched sends a batch of products.
func (w *fixture) batched(token, requests string) {
	w.t.Helper()
	r := w.ok(w.call("POST", "/"+w.id["product_catalog_one"].String()+"/items_batch", "access_token", token, "item_type", "PRODUCT_ITEM", "requests", requests))
	if r.json["validation_status"] != nil {
		w.t.Fatal(r.text)
	}
}

// What a batch changes or deletes is read as it is then, by who has it in memory and by
// another server beside.
func TestRowsOfBatches(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		w := newWorldOn(t, database)
		token := w.consent("app_system", "ada", "shop", w.id["product_catalog_one"])
		w.batched(token, products(3, makeOne))
		ids := map[string]string{}
		for _, row := range w.rows("product_catalog_one", "product_item") {
			ids[row.Key] = row.ID.String()
		}
		reads := func(w *fixture) (prices [3]any) {
			w.t.Helper()
			for i := range prices {
				r := w.call("GET", "/"+ids[fmt.Sprint("k", i)], "access_token", token, "fields", "price")
				if prices[i] = r.json["price"]; r.status != 200 {
					prices[i] = r.refusal()
				}
			}
			return prices
		}
		change := func(reader, writer *fixture, price string) {
			t.Helper()
			before := reads(reader)
			if again := reads(reader); again != before || before[2] == nil {
				t.Fatalf("%v, then %v", before, again)
			}
			writer.batched(token, `[{"method":"UPDATE","data":{"id":"k0","price":"`+price+`.00 EUR"}},{"method":"DELETE","data":{"id":"k1"}}]`)
			if got, want := reads(reader), ([3]any{price + "00", [2]int{100, 33}, before[2]}); got != want {
				t.Errorf("after a batch: %v, want %v", got, want)
			}
		}
		change(w, w, "2")
		w.batched(token, `[{"method":"CREATE","data":{"id":"k1","title":"T","price":"4.00 EUR"}}]`)
		for _, row := range w.rows("product_catalog_one", "product_item") {
			ids[row.Key] = row.ID.String()
		}
		one, two := w.beside(database), w.beside(database)
		change(one, two, "7")
	})
}

// BenchmarkDeclaredNode compares a declared node, warm, with who asks.
func BenchmarkDeclaredNode(b *testing.B) {
	w := newWorld(b)
	token := w.consent("app_system", "ada", "shop", w.id["ad_account_one"])
	for name, path := range map[string]string{"me": "/me", "campaign": "/" + w.rows("ad_account_one", "campaign")[0].ID.String()} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				w.ok(w.call("GET", path, "access_token", token, "fields", "name"))
			}
		})
	}
}
