package serve

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/outbound"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/history"
	"github.com/prokura/prokura/internal/registry/review"
	"github.com/prokura/prokura/internal/resource"
)

// ledger is a service of the platform's: it answers what it was asked, and keeps what
// it was told of who asks.
type ledger struct {
	mu       sync.Mutex
	requests []string // method and path
	raw      string   // everything of all requests
	answer   func(http.ResponseWriter)
	identity string // of the last one
}

func (l *ledger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	l.requests = append(l.requests, r.Method+" "+r.URL.RequestURI()+" "+string(body))
	l.identity = r.Header.Get(outbound.IdentityHeader)
	l.raw += r.URL.String() + string(body)
	for name, values := range r.Header {
		l.raw += name + strings.Join(values, " ")
	}
	if l.answer != nil {
		l.answer(w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"data":[{"id":"inv-1"}]}`)
}

func (l *ledger) take() (requests []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	requests, l.requests = l.requests, nil
	return requests
}

// Data of a service of the platform's: decided about, counted and journaled here like
// any other, answered there, by somebody who is told who asks and never gets the token.
func TestUpstream(t *testing.T) {
	service := &ledger{}
	there := httptest.NewServer(service)
	defer there.Close()
	catalog, err := resource.Parse("bank.yaml", []byte(`
resources:
  statement:
    title: Statement
    plural: Statements
    node: Statement
    about: What an ad account was charged.
    asset: ad_account
    upstream: `+there.URL+`/ledger
    edges:
      - {on: ad_account, name: statements, create: true}
    read: {permissions: [ads_read, ads_management]}
    write: {permissions: [ads_read]}
    limiter: ads_management
  secret_statement:
    title: Secret statement
    plural: Secret statements
    node: SecretStatement
    about: What only managers of ads see.
    asset: ad_account
    upstream: `+there.URL+`/ledger
    edges:
      - {on: ad_account, name: secret_statements}
    read: {permissions: [ads_management]}
    limiter: ads_management
`))
	if err != nil {
		t.Fatal(err)
	}
	r := start(t, func(c *Config) { c.Catalog = catalog })
	ids := r.plant()
	token := r.bisu(ids)
	proof := prokura.Proof(prokura.Secret(token), "0123456789abcdef0123456789abcdef")
	account := ids["one"].String()
	path := "/v25.0/act_" + account + "/statements"
	ask := func(method, path string, more url.Values) (*http.Response, string) {
		values := url.Values{"access_token": {token}, "appsecret_proof": {proof}}
		for name, v := range more {
			values[name] = v
		}
		if method == "POST" {
			return r.ask(method, path, values.Encode(), "Content-Type", "application/x-www-form-urlencoded")
		}
		return r.ask(method, path+"?"+values.Encode(), "")
	}

	resp, text := ask("GET", path, url.Values{"month": {"2026-10"}, "limit": {"5"}, "pretty": {"0"}})
	if resp.StatusCode != 200 || text != `{"data":[{"id":"inv-1"}]}` || resp.Header.Get("X-Business-Use-Case-Usage") == "" {
		t.Errorf("a list: %d %s, %v", resp.StatusCode, text, resp.Header)
	}
	if got, want := service.take(), []string{"GET /ledger/" + account + "/statements?limit=5&month=2026-10 "}; !slices.Equal(got, want) {
		t.Errorf("the service got %q, want %q", got, want)
	}
	// The service knows by the published keys who it is that asks.
	_, keys := r.ask("GET", outbound.KeysPath, "")
	var set struct{ Keys []struct{ Kid, Kty string } }
	if err := json.Unmarshal([]byte(keys), &set); err != nil || len(set.Keys) == 0 {
		t.Fatal(keys, err)
	}
	claims := jwt.MapClaims{}
	signed, _, err := jwt.NewParser().ParseUnverified(service.identity, claims) // outbound has the test of signatures
	if err != nil || signed.Header["kid"] != set.Keys[len(set.Keys)-1].Kid {
		t.Errorf("identity %q by a key of %s: %v", service.identity, keys, err)
	}
	_, me := ask("GET", "/v25.0/me", url.Values{"fields": {"id"}})
	var who struct{ ID string }
	if err := json.Unmarshal([]byte(me), &who); err != nil || claims["sub"] != who.ID || claims["client_id"] != ids["tool"].String() || claims["business"] != ids["shop"].String() || claims["asset"] != account {
		t.Errorf("the identity is %v, of %s", claims, me)
	}

	if resp, text = ask("POST", path, url.Values{"note": {"paid & done"}}); resp.StatusCode != 200 {
		t.Errorf("a change: %d %s", resp.StatusCode, text)
	}
	if resp, text = ask("DELETE", path+"/inv-1", nil); resp.StatusCode != 200 {
		t.Errorf("a deletion: %d %s", resp.StatusCode, text)
	}
	if got, want := service.take(), []string{"POST /ledger/" + account + "/statements note=paid+%26+done", "DELETE /ledger/" + account + "/statements/inv-1 "}; !slices.Equal(got, want) {
		t.Errorf("the service got %q, want %q", got, want)
	}
	if _, text = ask("POST", "/v25.0/", url.Values{"batch": {`[{"method":"GET","relative_url":"act_` + account + `/statements/inv-1"}]`}, "include_headers": {"false"}}); !strings.Contains(text, `{\"id\":\"inv-1\"}`) {
		t.Errorf("in a batch: %s", text)
	}
	if got := service.take(); len(got) != 1 || got[0] != "GET /ledger/"+account+"/statements/inv-1 " {
		t.Errorf("the service got %q", got)
	}
	lines, _, err := history.List(t.Context(), r.registry, registry.Operator("test"), history.Scope{}, history.Query{Kind: history.KindAny, Before: history.Newest}, 10)
	n := 0
	for _, l := range lines {
		if l.Act == prokura.ActForwardData {
			n++
		}
	}
	if err != nil || n != 2 {
		t.Errorf("%d changes are in the journal, want 2: %v", n, err)
	}

	// What is refused here is not heard of there.
	for name, call := range map[string]func() (*http.Response, string){
		"an account that was not given": func() (*http.Response, string) {
			return ask("GET", "/v25.0/act_"+ids["two"].String()+"/statements", nil)
		},
		"a permission that is missing":  func() (*http.Response, string) { return ask("GET", "/v25.0/act_"+account+"/secret_statements", nil) },
		"a change that nobody may make": func() (*http.Response, string) { return ask("POST", "/v25.0/act_"+account+"/secret_statements", nil) },
		"a deletion of nothing":         func() (*http.Response, string) { return ask("DELETE", path, nil) },
		"a proof that is wrong":         func() (*http.Response, string) { return ask("GET", path, url.Values{"appsecret_proof": {"00"}}) },
		"another token": func() (*http.Response, string) {
			return ask("GET", path, url.Values{"access_token": {token[:len(token)-1] + "~"}})
		},
		"an id that is a step up": func() (*http.Response, string) { return ask("POST", path, url.Values{"item": {".."}}) },
		"an id that is too long":  func() (*http.Response, string) { return ask("GET", path+"/"+strings.Repeat("x", 300), nil) },
	} {
		if resp, text := call(); resp.StatusCode < 400 {
			t.Errorf("%s: %d %s", name, resp.StatusCode, text)
		}
		if got := service.take(); len(got) > 0 {
			t.Errorf("%s: the service got %q", name, got)
		}
	}

	// What the service refuses in its own words is passed on; what is no answer is not.
	service.answer = func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"error":{"message":"no such statement","code":100}}`)
	}
	record := func() prokura.Record {
		t.Helper()
		s, err := review.Of(t.Context(), r.registry, registry.Operator("test"), ids["tool"])
		if err != nil {
			t.Fatal(err)
		}
		return s.Record
	}
	before := record()
	if resp, text = ask("GET", path+"/inv-9", nil); resp.StatusCode != 404 || !strings.Contains(text, "no such statement") {
		t.Errorf("a refusal of the service: %d %s", resp.StatusCode, text)
	}
	if now := record(); now.Calls != before.Calls || now.Errors != before.Errors+1 {
		t.Errorf("R-LEVEL-02: a refusal of the service counts as %+v after %+v", now, before)
	}
	service.answer = func(w http.ResponseWriter) { http.Error(w, "stack trace", http.StatusInternalServerError) }
	for _, method := range []string{"GET", "POST"} {
		resp, text = ask(method, path, nil)
		if resp.StatusCode != 503 || !strings.Contains(text, `"is_transient":true`) || strings.Contains(text, "stack trace") || strings.Contains(text, "not known") != (method == "POST") {
			t.Errorf("%s of a service that fails: %d %s", method, resp.StatusCode, text)
		}
	}
	service.answer = nil
	service.take()

	// A revoked token reaches nothing any more.
	if resp, text := ask("POST", "/v25.0/oauth/revoke", url.Values{"client_id": {ids["tool"].String()}, "client_secret": {"0123456789abcdef0123456789abcdef"}, "revoke_token": {token}}); resp.StatusCode != 200 {
		t.Fatal(text)
	}
	if resp, text := ask("GET", path, nil); resp.StatusCode != 400 || len(service.take()) > 0 {
		t.Errorf("after the revoke: %d %s", resp.StatusCode, text)
	}
	for _, secret := range []string{token, proof, "0123456789abcdef0123456789abcdef"} {
		if strings.Contains(service.raw, secret) {
			t.Errorf("the service saw a credential: %s", service.raw)
		}
	}
}
