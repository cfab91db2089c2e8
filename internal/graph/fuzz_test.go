package graph

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/prokura/prokura/internal/graph/wire"
)

// FuzzCalls sends calls made of the table of edges with anything as parameters
// through the whole API. The answer is one JSON object with data or with an
// error that has a code, never a fault of ours; no error repeats a token; and
// without a credential nothing but an error is answered.
func FuzzCalls(f *testing.F) {
	w := newWorld(f)
	tokens := w.tokens()
	names := []string{"user", "page", "bisu", "child", "secret", "garbage", "none"}
	nodes := []string{"me", "app", w.id["nordwind"].String(), w.id["kitchen"].String(), w.id["campaigns"].String(), w.id["page1"].String(),
		"act_" + w.id["ad_account1"].String(), w.id["foreign_page"].String(), w.me(tokens["user"]), w.me(tokens["bisu"]), "0", "act_", "123456789012345"}
	var edges []*wire.Edge
	w.each(func(_ wire.Kind, e *wire.Edge) {
		// What takes things away would leave nothing to call with.
		if e.Method != "DELETE" && e.Name != "oauth/revoke" {
			edges = append(edges, e)
		}
	})
	for _, query := range []string{
		"", "fields=id,name", "fields=accounts.limit(1){access_token,business{owned_pages}}", "limit=1&summary=1&after=QVFI", "metadata=1&debug=all&pretty=1",
		"scope=ads_read&asset=1&fetch_only=true", "asset=[1,\"2\"]&scope[]=ads_read&system_user_id=-1", "ids=1,2", "permission=email&status=granted",
		"input_token=pku_x", "client_id=1&client_secret=2&code=3&redirect_uri=%2F", "grant_type=fb_exchange_token&fb_exchange_token=x", "width=1&height=-1&redirect=0", "\x00=\xff", "a[b=%zz",
	} {
		for i := range edges {
			f.Add(uint8(i), uint8(i%len(nodes)), uint8(i%len(names)), query, "")
		}
	}
	f.Fuzz(func(t *testing.T, edge, node, name uint8, query, body string) {
		e, token := edges[int(edge)%len(edges)], tokens[names[int(name)%len(names)]]
		path := pathOf(nodes[int(node)%len(nodes)], e)
		if e.On[0] == wire.Root {
			path = "/" + e.Name
		}
		r := httptest.NewRequest(e.Method, "/", strings.NewReader(body))
		r.URL = &url.URL{Path: path, RawQuery: query}
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		answer := httptest.NewRecorder()
		w.handler.ServeHTTP(answer, r)
		text := answer.Body.String()
		if answer.Code >= http.StatusInternalServerError {
			t.Fatalf("%s %s?%s: %d %s", e.Method, path, query, answer.Code, text)
		}
		var object map[string]json.RawMessage
		if json.Unmarshal([]byte(text), &object) != nil {
			t.Fatalf("%s %s?%s: no JSON object: %s", e.Method, path, query, text)
		}
		var problem struct{ Code int }
		if raw, ok := object["error"]; ok && (json.Unmarshal(raw, &problem) != nil || problem.Code <= 0) {
			t.Fatalf("an error without a code: %s", text)
		}
		if problem.Code != 0 && token != "" && strings.Contains(text+answer.Header().Get("WWW-Authenticate"), token) {
			t.Fatalf("an error repeats the token: %s", text)
		}
		if problem.Code == 0 && token == "" && e.Name != "picture" { // which pages show without
			t.Fatalf("%s %s?%s answers nobody: %s", e.Method, path, query, text)
		}
	})
}
