//go:build !race

package data_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/resource"
)

// What is asked of a service of the platform's alone has the time of its request: the
// answer may be handed on after the call. Parts of one call, of which there may be many,
// have the time of the call together.
func TestUpstreamSharesTime(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "world.db")
	w := newWorldOn(t, file)
	var err error
	if w.catalog, err = resource.Parse("bank.yaml", []byte(`
resources:
  statement:
    title: Statement
    plural: Statements
    node: Statement
    about: What an ad account was charged.
    asset: ad_account
    upstream: https://bank.example/ledger
    edges:
      - {on: ad_account, name: statements, create: true}
    read: {permissions: [ads_read]}
    write: {permissions: [ads_management]}
    limiter: ads_management
`)); err != nil {
		t.Fatal(err)
	}
	var asked []context.Context // of each question to the service
	w.forward = func(ctx context.Context, f *prokura.Forward) (*prokura.Forwarded, error) {
		asked = append(asked, ctx)
		return &prokura.Forwarded{Status: 200, Whole: []byte(`{"data":[]}`)}, nil
	}
	w = w.beside(file)
	one, two := "act_"+w.id["ad_account_one"].String(), "act_"+w.id["ad_account_two"].String()
	token := w.consent("app_system", "ada", "shop", w.id["ad_account_one"], w.id["ad_account_two"])
	// ask makes one request, of which the service is asked n times; the client is there
	// until gone.
	ask := func(n int, method, path, query string) (gone func()) {
		t.Helper()
		ctx, gone := context.WithCancel(t.Context())
		asked = nil
		answer := httptest.NewRecorder()
		w.handler.ServeHTTP(answer, httptest.NewRequestWithContext(ctx, method, "/v25.0/"+path+"?access_token="+token+"&"+query, nil))
		if answer.Code != http.StatusOK || len(asked) != n {
			t.Fatalf("%s %s: %d %s; the service was asked %d times, want %d", method, path, answer.Code, answer.Body, len(asked), n)
		}
		return gone
	}
	batch := func(n int, operations ...string) {
		t.Helper()
		ask(n, "POST", "", "batch="+url.QueryEscape("["+strings.Join(operations, ",")+"]"))
	}
	operation := func(method, path string) string {
		return fmt.Sprintf(`{"method":%q,"relative_url":%q}`, method, path)
	}

	for _, method := range []string{"GET", "POST"} {
		gone := ask(1, method, one+"/statements", "")
		if at, ok := asked[0].Deadline(); ok {
			t.Errorf("%s alone has time until %s", method, at)
		}
		if err := asked[0].Err(); err != nil {
			t.Errorf("%s alone ends with the call: %v", method, err)
		}
		if gone(); asked[0].Err() == nil {
			t.Errorf("%s alone goes on without the client", method)
		}
	}

	// times are the deadlines of the parts of a call that was answered.
	times := func(what string) (list []time.Time) {
		t.Helper()
		for i, ctx := range asked {
			at, ok := ctx.Deadline()
			if !ok {
				t.Errorf("%s: part %d has all the time there is", what, i)
			}
			if ctx.Err() == nil {
				t.Errorf("%s: part %d goes on after the call", what, i)
			}
			list = append(list, at)
		}
		return list
	}
	ask(2, "GET", "statements", "ids="+one+","+two)
	if list := times("ids"); !list[0].Equal(list[1]) {
		t.Errorf("ids have a time each: %s", list)
	}
	ask(1, "GET", "statements", "ids="+one)
	times("one of ids")
	ask(1, "GET", one, "fields=name,statements")
	times("a field")
	ask(2, "GET", "", "fields=statements&ids="+one+","+two)
	if list := times("a field of ids"); !list[0].Equal(list[1]) {
		t.Errorf("fields of ids have a time each: %s", list)
	}
	// A change may take all the time of its batch, a read a part of that.
	batch(5, operation("POST", one+"/statements"), operation("GET", one+"/statements"), operation("POST", two+"/statements"), operation("GET", "statements?ids="+one+","+two))
	list := times("a batch")
	if !list[0].Equal(list[2]) {
		t.Errorf("changes of a batch have a time each: %s", list)
	}
	for _, read := range []int{1, 3, 4} {
		if list[read].After(list[0]) {
			t.Errorf("a read has more time than its batch: %s", list)
		}
	}
	if !list[3].Equal(list[4]) {
		t.Errorf("ids in a batch have a time each: %s", list)
	}
	batch(1, operation("GET", one+"/statements"))
	times("a batch of one")
}
