//go:build !race

package data_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph"
	"github.com/prokura/prokura/internal/graph/data"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/resources"
	"github.com/prokura/prokura/internal/resource"
)

// A call that is all of its request has a service answer for as long as the client
// waits, even when the call itself is done, as a long answer is handed on then. Parts of
// one call share its time, and nothing is asked for them once it is over.
func TestUpstreamSharesTime(t *testing.T) {
	t.Parallel()
	catalog, err := resource.Parse("bank.yaml", []byte(`
resources:
  statement:
    title: Statement
    plural: Statements
    node: Statement
    about: What an ad account was charged.
    asset: ad_account
    upstream: https://ledger.example
    edges:
      - {on: ad_account, name: statements, create: true}
    read: {permissions: [ads_read]}
    write: {permissions: [ads_management]}
    limiter: ads_management
`))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	one, two := w.id["ad_account_one"], w.id["ad_account_two"]
	token := w.consent("app_system", "ada", "shop", one, two)

	var asked []context.Context // by which the service was
	serving := data.Serving(func(ctx context.Context, _ *prokura.Forward) (*prokura.Forwarded, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		asked = append(asked, ctx)
		return &prokura.Forwarded{Status: http.StatusOK, Whole: []byte(`{}`)}, nil
	})
	w.handler = graph.New(graph.Config{Registry: w.registry, BaseURL: func(r *http.Request) string { return "http://" + r.Host },
		Data: func(r *registry.Registry, _ *prokura.Catalog, visit func(*wire.Call) resources.Visit) ([]wire.Edge, []string) {
			return serving(r, catalog, visit)
		}})
	ask := func(method, path string, params url.Values) []context.Context {
		t.Helper()
		asked = nil
		params.Set("access_token", token)
		answer := httptest.NewRecorder()
		w.handler.ServeHTTP(answer, httptest.NewRequest(method, path+"?"+params.Encode(), nil))
		if answer.Code != http.StatusOK {
			t.Fatalf("%s %s: %d %s", method, path, answer.Code, answer.Body)
		}
		return asked
	}

	for _, method := range []string{"GET", "POST"} {
		list := ask(method, "/v25.0/"+one.String()+"/statements", url.Values{})
		if len(list) != 1 {
			t.Fatalf("%s: the service was asked %d times", method, len(list))
		}
		if at, limited := list[0].Deadline(); limited || list[0].Err() != nil {
			t.Errorf("%s alone: until %v; then %v", method, at, list[0].Err())
		}
	}
	// Changes may take as long as a whole batch, so its end is theirs.
	operation := `{"method":"POST","relative_url":"%s/statements"}`
	for name, list := range map[string][]context.Context{
		"ids":   ask("GET", "/v25.0/statements", url.Values{"ids": {one.String() + "," + two.String()}}),
		"batch": ask("POST", "/v25.0/", url.Values{"batch": {fmt.Sprintf("["+operation+","+operation+"]", one, two)}}),
	} {
		if len(list) != 2 {
			t.Fatalf("%s: the service was asked %d times", name, len(list))
		}
		var ends [2]time.Time
		for i, ctx := range list {
			var limited bool
			if ends[i], limited = ctx.Deadline(); !limited || ctx.Err() == nil {
				t.Errorf("%s: part %d has all the time there is", name, i+1)
			}
		}
		if !ends[0].Equal(ends[1]) {
			t.Errorf("%s: one part has until %v, the other until %v", name, ends[0], ends[1])
		}
	}
}
