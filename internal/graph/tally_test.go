package graph

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/activity"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry/apps"
)

// counted takes what was counted since the last time, of an app: "GET page 0".
func (w *fixture) counted(app prokura.ID) map[string]int64 {
	w.t.Helper()
	out := map[string]int64{}
	if _, err := w.registry.Calls.Flush(1, func(rows []activity.Row) error {
		for _, r := range rows {
			if r.Code == activity.Legacy {
				continue
			}
			if r.Took <= 0 {
				w.t.Errorf("%+v took no time", r)
			}
			if r.App == app {
				out[fmt.Sprintf("%s %d", r.Edge, r.Code)] = r.Calls
			} else {
				out["of another app"] += r.Calls
			}
		}
		return nil
	}); err != nil {
		w.t.Fatal(err)
	}
	return out
}

// R-LEVEL-02: what counts are calls with real tokens that a limiter counts: each
// operation of a batch and each of ids as one, what is embedded not at all.
func TestCalls(t *testing.T) {
	w := newWorld(t)
	token, bisu := w.user("ada"), w.bisu()
	page, account, app := w.id["page1"].String(), "act_"+w.id["ad_account1"].String(), w.id["campaigns"]
	w.counted(app)
	count := func(what string, call func(), want map[string]int64) {
		t.Helper()
		call()
		if have := w.counted(app); !maps.Equal(have, want) {
			t.Errorf("%s: %v, want %v", what, have, want)
		}
	}
	get := func(path, token string, pairs ...string) func() {
		return func() { w.get(path, append(pairs, "access_token", token)...) }
	}
	for what, v := range map[string]struct {
		call func()
		want map[string]int64
	}{
		"a person":                   {get("/me", token), map[string]int64{"GET person 0": 1}},
		"a system user":              {get("/v25.0/me", bisu), map[string]int64{"GET system_user 0": 1}},
		"a list":                     {get("/me/accounts", token), map[string]int64{"GET person/accounts 0": 1}},
		"an asset":                   {get("/"+account, token), map[string]int64{"GET ad_account 0": 1}},
		"an inspected token":         {get("/debug_token", w.appToken("campaigns"), "input_token", token), map[string]int64{"GET debug_token 0": 1}},
		"with an app's token":        {get("/app", w.appToken("campaigns")), map[string]int64{"GET app 0": 1}},
		"embedded":                   {get("/me", token, "fields", "id,accounts{id,name},permissions"), map[string]int64{"GET person 0": 1}},
		"embedded that fails":        {get("/me", token, "fields", "accounts{nonsense}"), map[string]int64{"GET person 100": 1}},
		"many ids":                   {get("/", token, "ids", page+","+account), map[string]int64{"GET page 0": 1, "GET ad_account 0": 1}},
		"a node that is not there":   {get("/100000000009999", token), map[string]int64{" 100": 1}},
		"an edge that is not there":  {get("/me/nonsense", token), map[string]int64{" 100": 1}},
		"a method that is not there": {func() { w.post("/me/permissions", "access_token", token) }, map[string]int64{" 100": 1}},
		"what cannot be read":        {get("/me/accounts", token, "limit", "x"), nil},
		"what is forbidden":          {get("/"+w.id["kitchen"].String(), token), map[string]int64{" 100": 1}},
		"a missing parameter":        {get("/debug_token", token), map[string]int64{}},
		"unchanged":                  {func() { w.get("/me", "access_token", token); w.get("/me", "access_token", token) }, map[string]int64{"GET person 0": 2}},
		"a batch": {func() {
			w.batch(token, []map[string]any{{"method": "GET", "relative_url": "me"}, {"method": "GET", "relative_url": page + "?fields=id"}, {"method": "GET", "relative_url": "me?access_token=" + bisu},
				{"method": "GET", "relative_url": "1"}, {"method": "GET", "relative_url": "me?access_token=garbage"}})
		}, map[string]int64{"GET person 0": 1, "GET page 0": 1, "GET system_user 0": 1, " 100": 1}},

		// None of these is a call of the app.
		"no token":       {func() { w.get("/me") }, nil},
		"garbage":        {get("/me", "EAAgarbage"), nil},
		"a wrong secret": {get("/app", app.String()+"|"+otherSecret.Reveal()), nil},
		"a wrong proof":  {get("/me", token, "appsecret_proof", "00"), nil},
		"the token endpoint": {func() {
			w.get("/oauth/access_token", "client_id", app.String(), "client_secret", campaignsSecret.Reveal(), "grant_type", "client_credentials")
		}, nil},
		"the life of a token":       {get("/oauth/access_token_info", token), nil},
		"a picture without a token": {func() { w.get("/" + page + "/picture") }, nil},
		"a page that others show":   {func() { w.get("/search") }, nil},
	} {
		if v.want == nil {
			v.want = map[string]int64{}
		}
		count(what, v.call, v.want)
	}

	// A refusal by a limiter is none, other refusals are.
	g := w.handler.(*graph)
	for reason, want := range map[prokura.Reason]map[string]int64{
		prokura.TooManyCalls: {}, prokura.LevelTooLow: {"GET person 3": 1}, prokura.Unavailable: {"GET person 2": 1},
	} {
		g.wire.Admit = func(*wire.Call, *wire.Edge) error { return prokura.Errorf(reason, "no") }
		count(string(reason), get("/me", token), want)
	}
	g.wire.Admit = nil

	// Nor are the calls of a test app.
	test, err := apps.CreateTest(t.Context(), w.registry, w.session("tess@brightline.example"), app, "Campaigns - Test")
	if err != nil {
		t.Fatal(err)
	}
	secret, err := w.registry.AppSecrets(t.Context(), test)
	if err != nil {
		t.Fatal(err)
	}
	w.ok(w.get("/app", "access_token", test.String()+"|"+secret[0].Reveal()))
	if have := w.counted(test); len(have) != 0 {
		t.Errorf("of a test app: %v", have)
	}
}

// A call is named as docs/edges.md names it: one name for each call of each kind.
func TestCallNames(t *testing.T) {
	g := &graph{catalog: prokura.DefaultCatalog()}
	rows := g.edges()
	if _, err := wire.NewTable(rows); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, e := range rows {
		for _, kind := range e.On {
			name := *e.Label(kind)
			if names[name] {
				t.Errorf("%s is the name of two calls", name)
			}
			names[name] = true
		}
	}
	for _, want := range []string{"GET debug_token", "GET person", "DELETE person/permissions", "POST ad_account/assigned_users", "POST business/owned_pages"} {
		if !names[want] {
			t.Errorf("no call is named %s of %v", want, slices.Sorted(maps.Keys(names)))
		}
	}
}

// What statistics cost a call that is answered from memory: run both, and subtract.
func BenchmarkStatistics(b *testing.B) {
	w := newWorld(b)
	g := w.handler.(*graph)
	count := g.wire.Count
	token := w.bisu()
	for _, name := range []string{"off", "on"} {
		b.Run(name, func(b *testing.B) {
			g.wire.Count = nil
			if name == "on" {
				g.wire.Count = count
			}
			r := httptest.NewRequest("GET", "/v25.0/me?fields=id%2Cname&access_token="+token, nil)
			b.ReportAllocs()
			for b.Loop() {
				rec := answer{http.Header{}}
				g.ServeHTTP(rec, r)
			}
		})
	}
}

// answer keeps nothing.
type answer struct{ header http.Header }

func (a answer) Header() http.Header         { return a.header }
func (a answer) Write(b []byte) (int, error) { return len(b), nil }
func (a answer) WriteHeader(int)             {}
