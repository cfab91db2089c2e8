package graph

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/apps"
)

var cursors = regexp.MustCompile(`QVFI[A-Za-z0-9_-]+`)

// slot is one answer of a batch.
type slot struct {
	Code int
	Body string
}

func (w *fixture) batch(token string, items []map[string]any, pairs ...string) []*slot {
	w.t.Helper()
	text, err := json.Marshal(items)
	if err != nil {
		w.t.Fatal(err)
	}
	r := w.post("/v25.0", append([]string{"access_token", token, "batch", string(text)}, pairs...)...)
	var out []*slot
	if err := json.Unmarshal([]byte(r.text), &out); err != nil || r.status != 200 {
		w.t.Fatalf("%d %s", r.status, r.text)
	}
	return out
}

// same takes out of an answer what differs each time.
func same(text string) string {
	return cursors.ReplaceAllString(trace.ReplaceAllString(text, "TRACE"), "CURSOR")
}

// I-14: a batch of calls answers what each call answers alone, each with its
// own token (T43).
func TestBatchEqualsSingleCalls(t *testing.T) {
	w := newWorld(t)
	tokens := w.tokens()
	biz := w.id["nordwind"].String()
	paths := []string{
		"me", "me?fields=id,name,permissions", "me/accounts?limit=1", "me/adaccounts?summary=true", "me/permissions", biz, biz + "/owned_pages?fields=name,access_token",
		"act_" + w.id["ad_account1"].String(), w.id["kitchen"].String(), "debug_token?input_token=" + tokens["bisu"], "app?fields=config_ids,roles", "nonsense", "me?fields=nonsense",
		"v19.0/me", "oauth/access_token?client_id=1", "?ids=" + biz + ",1", "me/picture?redirect=0",
	}
	var items []map[string]any
	var want []reply
	for _, name := range []string{"user", "page", "bisu", "child", "app", "secret", "garbage"} {
		for _, path := range paths {
			p, query, _ := strings.Cut(path, "?")
			query += "&access_token=" + url.QueryEscape(tokens[name])
			items = append(items, map[string]any{"method": "GET", "relative_url": p + "?" + query})
			at := "/" + p
			if !strings.HasPrefix(p, "v19.0") {
				at = "/v25.0" + at
			}
			want = append(want, w.get0(at+"?"+query))
		}
	}
	for from := 0; from < len(items); from += 50 {
		to := min(from+50, len(items))
		for i, got := range w.batch(tokens["dev"], items[from:to]) {
			one := want[from+i]
			if got.Code != one.status || same(got.Body) != same(one.text) {
				t.Errorf("%v\nin a batch %d %s\nalone      %d %s", items[from+i], got.Code, same(got.Body), one.status, same(one.text))
			}
		}
	}
}

// Each operation needs the proof of its own token; the batch's proof covers the
// batch's token alone (R-TOKEN-08, T25).
func TestBatchProofs(t *testing.T) {
	w := newWorld(t)
	user, bisu := w.user("ada"), w.bisu()
	tess := w.session("tess@brightline.example")
	v, err := apps.Get(t.Context(), w.registry, tess, w.id["campaigns"])
	if err != nil {
		t.Fatal(err)
	}
	require := settings(func(s *prokura.AppSettings) { s.RequireProof = true })
	if err := apps.Update(t.Context(), w.registry, tess, v.App.ID, v.App.Version, require); err != nil {
		t.Fatal(err)
	}
	w.refused(w.get("/me", "access_token", user), 100, 0, 400)
	w.ok(w.get("/me", "access_token", user, "appsecret_proof", w.proof("campaigns", user)))
	w.ok(w.get("/me", "access_token", user, "appsecret_proof", strings.ToUpper(w.proof("campaigns", user))))
	proof := w.proof("campaigns", bisu)
	item := func(path string) map[string]any { return map[string]any{"method": "GET", "relative_url": path} }
	items := []map[string]any{
		item("me"),
		item("me?access_token=" + user),
		item("me?access_token=" + user + "&appsecret_proof=" + w.proof("campaigns", user)),
		item("me?access_token=" + user + "&appsecret_proof=" + w.proof("campaigns", bisu)),
		item("me?appsecret_proof=" + w.proof("campaigns", user)),
		{"method": "POST", "relative_url": w.id["nordwind"].String() + "/system_user_access_tokens", "body": "scope=ads_read&asset=" + w.id["ad_account1"].String()},
		{"method": "GET", "relative_url": "me", "headers": []string{"Authorization: Bearer " + user}},
	}
	slots := w.batch(bisu, items, "appsecret_proof", proof)
	for i, want := range []int{200, 400, 200, 400, 400, 200, 400} {
		if slots[i].Code != want {
			t.Errorf("%d: %d %s, want %d", i, slots[i].Code, slots[i].Body, want)
		}
	}
	// Without the outer proof an operation may still bring one.
	slots = w.batch(bisu, []map[string]any{item("me"), item("me?appsecret_proof=" + proof)})
	if slots[0].Code != 400 || slots[1].Code != 200 {
		t.Errorf("%d %d", slots[0].Code, slots[1].Code)
	}
}

// One operation uses what another one answered.
func TestBatchReferences(t *testing.T) {
	w := newWorld(t)
	bisu := w.bisu()
	slots := w.batch(bisu, []map[string]any{
		{"method": "GET", "relative_url": "me/adaccounts?limit=1", "name": "accounts", "omit_response_on_success": false},
		{"method": "GET", "relative_url": "{result=accounts:$.data[0].id}?fields=name"},
		{"method": "GET", "relative_url": "nonsense", "name": "fails"},
		{"method": "GET", "relative_url": "me", "depends_on": "fails"},
	})
	if slots[1] == nil || slots[1].Code != 200 || !strings.Contains(slots[1].Body, `"name":"Ad account`) {
		t.Errorf("%+v", slots[1])
	}
	if slots[3] != nil {
		t.Errorf("%+v", slots[3])
	}
}
