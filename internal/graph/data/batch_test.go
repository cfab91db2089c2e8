//go:build !race

package data_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/resources"
	"github.com/prokura/prokura/internal/store"
)

// products are requests of n items, each of which what says.
func products(n int, what string) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(what, i)
	}
	return "[" + strings.Join(list, ",") + "]"
}

const (
	makeOne   = `{"method":"CREATE","data":{"id":"k%[1]d","title":"T","price":"1.00 EUR","description":"It is light, quick to put up, and dry inside whatever the weather may do out there"}}`
	changeOne = `{"method":"UPDATE","data":{"id":"k%[1]d","price":"2.00 EUR"}}`
	deleteOne = `{"method":"DELETE","data":{"id":"k%[1]d"}}`
)

// TestItemsBatchLarge makes, changes and deletes more than one transaction does, with a
// body that is larger than other calls may have, and finds one line of the journal for
// each transaction (R-RES-01).
func TestItemsBatchLarge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	catalog := w.id["product_catalog_one"]
	token, path := w.consent("app_system", "ada", "shop", catalog), "/v25.0/"+catalog.String()
	before := len(w.rows("product_catalog_one", "product_item"))
	const n = 2500
	send := func(requests string) reply {
		return w.call("POST", path+"/items_batch", "access_token", token, "item_type", "PRODUCT_ITEM", "requests", requests)
	}
	for _, step := range []struct {
		what, one string
		has       int
	}{{"made", makeOne, n}, {"changed", changeOne, n}, {"deleted", deleteOne, 0}} {
		r := w.ok(send(products(n, step.one)))
		if r.json["validation_status"] != nil {
			t.Fatalf("%s: %.300s", step.what, r.text)
		}
		rows := w.rows("product_catalog_one", "product_item")
		if len(rows) != before+step.has {
			t.Errorf("%s: the catalog has %d", step.what, len(rows))
		}
		for _, row := range rows {
			if step.what == "changed" && strings.HasPrefix(row.Key, "k") && (row.Values["price"] != "200" || row.Values["name"] != "T") {
				t.Fatalf("%s: %s is %v", step.what, row.Key, row.Values)
			}
		}
	}
	if r := send(products(5001, deleteOne)); r.refusal() != [2]int{100, 33019} {
		t.Errorf("5,001 requests: %.300s", r.text)
	}
	if r := send(products(5000, `{"method":"CREATE","data":{"id":"k%[1]d","x":"`+strings.Repeat("x", 1000)+`"}}`)); r.status != 413 {
		t.Errorf("five megabytes: %d", r.status)
	}
	lines, err := registry.View(t.Context(), w.registry, func(tx *store.View) ([]store.StoredEntry, error) { return tx.JournalBefore(1<<60, 1<<20) })
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, l := range lines {
		if l.Act != prokura.ActBatchData {
			continue
		}
		var note map[string]any
		if err := json.Unmarshal([]byte(l.After), &note); err != nil || l.Subject != catalog || l.Outcome != "done" {
			t.Fatalf("%+v: %v", l, err)
		}
		for _, name := range []string{"made", "changed", "deleted"} {
			v, _ := note[name].(float64)
			count[name] += int(v)
		}
		count["lines"]++
	}
	if count["lines"] != 9 || count["made"] != n || count["changed"] != n || count["deleted"] != n {
		t.Errorf("the journal has %v", count)
	}
}

// TestItemsBatchCutOff ends a batch after its first transaction: what that made is there
// and journaled, the handle says that it is under way, and after five minutes that it
// was cut off.
func TestItemsBatchCutOff(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "world.db")
	w := newWorldOn(t, file)
	catalog := w.id["product_catalog_one"]
	token := w.consent("app_system", "ada", "shop", catalog)
	caller, err := w.registry.Authenticate(t.Context(), registry.Credentials{Token: prokura.Secret(token), Trace: "trace"})
	if err != nil {
		t.Fatal(err)
	}
	item, _ := w.catalog.Resource("product_item")
	asset, err := w.registry.Asset(t.Context(), caller, catalog)
	if err != nil {
		t.Fatal(err)
	}
	before := len(w.rows("product_catalog_one", "product_item"))
	list := make([]resources.Change, 1500)
	for i := range list {
		list[i] = resources.Change{Method: resources.MethodCreate, Key: fmt.Sprintf("k%d", i), Data: map[string]any{"title": "T", "price": "1.00 EUR"}}
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	acts := 0
	caller.Ahead = func(*registry.Door) {
		if acts++; acts == 1 { // this transaction is under way, and ends well
			stop()
		}
	}
	if _, _, err := resources.Batch(ctx, w.registry, caller, item, resources.PlaceOf(asset.Asset, nil), true, list); err == nil {
		t.Fatal("it was not cut off")
	}
	if n := len(w.rows("product_catalog_one", "product_item")) - before; n != 1000 {
		t.Fatalf("%d are there", n)
	}
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var handle string
	if err := db.QueryRowContext(t.Context(), `SELECT handle FROM resource_batch`).Scan(&handle); err != nil {
		t.Fatal(err)
	}
	status := func() any {
		t.Helper()
		r := w.ok(w.call("GET", "/v25.0/"+catalog.String()+"/check_batch_request_status", "access_token", token, "handle", handle, "fields", "status"))
		return r.list()[0]["status"]
	}
	if s := status(); s != "in_progress" {
		t.Errorf("its status is %v", s)
	}
	if err := w.registry.Travel(t.Context(), 5*time.Minute); err != nil {
		t.Fatal(err)
	}
	if s := status(); s != "error" {
		t.Errorf("five minutes later its status is %v", s)
	}
}
