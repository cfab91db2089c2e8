package graph

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What does not carry a right MAC is refused without I/O: with the database
// closed the answer is still 190 (R-TOKEN-04, R-TOKEN-09).
func TestGarbageNeedsNoDatabase(t *testing.T) {
	w := newWorld(t)
	bisu := w.bisu()
	w.ok(w.get("/me", "access_token", bisu))
	if err := w.registry.Close(); err != nil {
		t.Fatal(err)
	}
	for _, garbage := range []string{
		"x", "EAAB" + strings.Repeat("x", 150), "pku_" + bisu[4:], another(bisu), strings.ToLower(bisu), bisu + "0", bisu[:20],
		"|", "1|", "|1", "123456789012345|notasecret", "123456789012345|pka_" + bisu[4:], strings.Repeat("9", 200), "pkb_" + strings.Repeat("0", 45),
	} {
		w.refused(w.get("/me", "access_token", garbage), 190, 0, 400)
		w.refused(w.get("/"+w.id["nordwind"].String()+"/owned_pages", "access_token", garbage), 190, 0, 400)
		w.refused(w.get("/debug_token", "access_token", garbage, "input_token", bisu), 190, 0, 400)
	}
	// A well-formed token that is not in memory does need it, which shows that
	// the database is closed indeed.
	if r := w.get("/"+w.id["nordwind"].String(), "access_token", bisu); r.status < 500 {
		t.Errorf("%d %s", r.status, r.text)
	}
}

// another is a token that differs in its last character.
func another(token string) string {
	last := "0"
	if strings.HasSuffix(token, last) {
		last = "1"
	}
	return token[:len(token)-1] + last
}

// The hot reads touch no database once the facts are in memory.
func TestWarmReadsNeedNoDatabase(t *testing.T) {
	w := newWorld(t)
	tokens := w.tokens()
	calls := [][]string{}
	for _, name := range []string{"user", "short", "page", "bisu", "child"} {
		calls = append(calls, []string{"/me", "access_token", tokens[name]},
			[]string{"/debug_token", "access_token", tokens["secret"], "input_token", tokens[name]},
			[]string{"/debug_token", "access_token", tokens[name], "input_token", tokens[name]},
			[]string{"/me", "access_token", tokens[name], "appsecret_proof", w.proof("campaigns", tokens[name])})
	}
	var before []string
	for _, c := range calls {
		before = append(before, w.ok(w.get(c[0], c[1:]...)).text)
	}
	if err := w.registry.Close(); err != nil {
		t.Fatal(err)
	}
	for i, c := range calls {
		if r := w.get(c[0], c[1:]...); r.text != before[i] {
			t.Errorf("%s: %s, want %s", c[0], r.text, before[i])
		}
	}
}

// Gateways that insist on 401 get it; everybody else gets 400.
func TestStrictHTTP(t *testing.T) {
	w := newWorld(t)
	strict := New(Config{Registry: w.registry, BaseURL: func(*http.Request) string { return "http://graph.test" }, StrictHTTP: true})
	r := httptest.NewRecorder()
	strict.ServeHTTP(r, httptest.NewRequest("GET", "/me?access_token=garbage", nil))
	if r.Code != http.StatusUnauthorized {
		t.Errorf("%d", r.Code)
	}
	w.refused(w.get("/me", "access_token", "garbage"), 190, 0, 400)
}
