//go:build !race

package data_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura/internal/store/storetest"
)

// BenchmarkItemsBatch makes a thousand products by one call, in turn with as many rows
// that the same database takes by INSERT statements of two hundred rows each, in one
// transaction: into the same two tables, by another connection.
func BenchmarkItemsBatch(b *testing.B) {
	const items = 1000
	file := filepath.Join(b.TempDir(), "world.db")
	databases := map[string][2]string{"sqlite": {file, "file:" + file + "?_pragma=busy_timeout(10000)&_pragma=synchronous(full)&_txlock=immediate"}}
	if storetest.HasPostgres(b) {
		name := storetest.Postgres(b)
		databases["postgres"] = [2]string{name, name}
	}
	for name, database := range databases {
		b.Run(name, func(b *testing.B) {
			w := newWorldOn(b, database[0])
			driver := map[string]string{"sqlite": "sqlite", "postgres": "pgx"}[name]
			db, err := sql.Open(driver, database[1])
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			catalog := w.id["product_catalog_one"]
			token, path := w.consent("app_system", "ada", "shop", catalog), "/v25.0/"+catalog.String()+"/items_batch"
			round := 0
			var ours, theirs time.Duration
			for b.Loop() {
				round++
				r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(url.Values{"access_token": {token}, "item_type": {"PRODUCT_ITEM"}, "requests": {benchRequests(b, round, items)}}.Encode()))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				answer := httptest.NewRecorder()
				start := time.Now()
				w.handler.ServeHTTP(answer, r)
				ours += time.Since(start)
				if answer.Code != http.StatusOK || strings.Contains(answer.Body.String(), "validation_status") {
					b.Fatal(answer.Code, answer.Body)
				}
				rows := benchRows(b, round, items)
				start = time.Now()
				insertRows(b, db, rows)
				theirs += time.Since(start)
			}
			b.ReportMetric(0, "ns/op")
			n := float64(b.N) * items
			b.ReportMetric(n/ours.Seconds(), "items/s")
			b.ReportMetric(n/theirs.Seconds(), "rows/s")
			b.ReportMetric(100*theirs.Seconds()/ours.Seconds(), "%")
		})
	}
}

// benchProduct is what a shop says of one.
func benchProduct(round, i int) map[string]string {
	id := fmt.Sprintf("sku-%d-%d", round, i)
	return map[string]string{"id": id, "title": "Two-person tent " + strconv.Itoa(i), "description": "Light, quick to put up, and dry inside whatever the weather does.",
		"availability": "in stock", "condition": "new", "price": "249.00 EUR", "link": "https://nordwind.example/" + id, "image_link": "https://nordwind.example/" + id + ".jpg", "brand": "Nordwind"}
}

func benchRequests(b *testing.B, round, n int) string {
	type request struct {
		Method string            `json:"method"`
		Data   map[string]string `json:"data"`
	}
	list := make([]request, n)
	for i := range list {
		list[i] = request{"CREATE", benchProduct(round, i)}
	}
	text, err := json.Marshal(list)
	if err != nil {
		b.Fatal(err)
	}
	return string(text)
}

// benchRows are the values of rows, as the product keeps them.
func benchRows(b *testing.B, round, n int) [][]any {
	out := make([][]any, n)
	for i := range out {
		p := benchProduct(round, i)
		text, err := json.Marshal(map[string]string{"retailer_id": p["id"], "name": p["title"], "description": p["description"], "availability": "in stock", "condition": "new", "price": "24900",
			"currency": "EUR", "url": p["link"], "image_url": p["image_link"], "brand": p["brand"], "visibility": "published", "review_status": "approved"})
		if err != nil {
			b.Fatal(err)
		}
		id := int64(1)<<60 + int64(round)<<20 + int64(i*7919%n) // in no order, as ids are
		out[i] = []any{id, "product_item", int64(77), int64(77), int64(0), int64(round)<<20 + int64(i), p["id"], string(text), int64(1), int64(1)}
	}
	return out
}

func insertRows(b *testing.B, db *sql.DB, rows [][]any) {
	tx, err := db.BeginTx(b.Context(), nil)
	if err != nil {
		b.Fatal(err)
	}
	const atOnce = 200
	for ; len(rows) > 0; rows = rows[min(atOnce, len(rows)):] {
		part := rows[:min(atOnce, len(rows))]
		for table, columns := range map[string][]int{"node (id, kind)": {0, 1}, "resource (id, kind, asset, parent, above, place, name, fields, created, updated)": {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}} {
			var text strings.Builder
			var args []any
			for i, row := range part {
				if i > 0 {
					text.WriteString("),(")
				}
				for j, c := range columns {
					args = append(args, row[c])
					if j > 0 {
						text.WriteByte(',')
					}
					text.WriteString("$" + strconv.Itoa(len(args)))
				}
			}
			if _, err := tx.ExecContext(b.Context(), "INSERT INTO "+table+" VALUES ("+text.String()+")", args...); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}
