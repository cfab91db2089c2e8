package wire

import (
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func callRapid(t *rapid.T, h *Handler, line, form string) string {
	method, target, _ := strings.Cut(line, " ")
	var body io.Reader
	if form != "" {
		body = strings.NewReader(form)
	}
	r := httptest.NewRequest(method, target, body)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Body.String()
}

func TestParsePath(t *testing.T) {
	for _, c := range []struct{ path, version, words, fail string }{
		{path: "/", words: ""},
		{path: "/v24.0", version: "v24.0"},
		{path: "/v24.0/", version: "v24.0"},
		{path: "/v24.0/me/accounts/", version: "v24.0", words: "me accounts"},
		{path: "//v24.0//me", version: "v24.0", words: "me"},
		{path: "/me/v24.0", words: "me v24.0"},
		{path: "/v2.0/me", version: "v19.0", words: "me"},
		{path: "/act%5F1", words: "act_1"},
		{path: "/v22.1/me", fail: "bad_path"},
		{path: "/a/b/c/d", fail: "bad_path"},
		{path: "/a%2Fb", fail: "bad_path"},
		{path: "/a%00", fail: "bad_path"},
		{path: "/a%ff", fail: "bad_path"},
	} {
		var call Call
		err := call.parsePath(c.path)
		if reason(err) != c.fail {
			t.Errorf("%s: %v, want %q", c.path, err, c.fail)
		} else if err == nil && (call.Version.String() != c.version || strings.Join(call.words, " ") != c.words) {
			t.Errorf("%s: %s %q", c.path, call.Version, call.words)
		}
	}
}

func TestTableRefusesTwins(t *testing.T) {
	serve := func(*Call, *Writer) error { return nil }
	one := Edge{On: []Kind{"a"}, Name: "x", Method: "GET", Serve: serve}
	if _, err := NewTable([]Edge{one, one}); err == nil {
		t.Error("two edges serve one call")
	}
	if _, err := NewTable([]Edge{{On: []Kind{"a"}, Name: "x", Method: "GET"}}); err == nil {
		t.Error("an edge serves nothing")
	}
}
