//go:build !race

package data_test

import (
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
