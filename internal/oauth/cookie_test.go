package oauth_test

import (
	"database/sql"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/prokura/prokura"
)

// TestNothingIsSavedForWhoKeepsNoCookie: a login is saved when the browser has
// shown that it keeps the cookie that the login is bound to, and what is wrong
// with a request is said before that (T35).
func TestNothingIsSavedForWhoKeepsNoCookie(t *testing.T) {
	w := newWorld(t)
	db, err := sql.Open("sqlite", w.database)
	w.must(err)
	t.Cleanup(func() { db.Close() })
	saved := func() (n int) {
		w.must(db.QueryRow(`SELECT count(*) FROM login`).Scan(&n))
		return n
	}
	open := func(target string) *httptest.ResponseRecorder {
		w.shown = nil
		rec := httptest.NewRecorder()
		w.handler.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, target, nil))
		return rec
	}
	w.cookieless = true
	good := w.dialog(w.business, "config_id", w.system.String(), "state", "a&b c")
	// markedNow is where a browser without the cookie is led from an address.
	markedNow := func(target, without string) string {
		t.Helper()
		marked := open(target).Header().Get("Location")
		query, at, _ := strings.Cut(marked, "&cookie_check=")
		if n, err := strconv.ParseInt(at, 10, 64); err != nil || query != without || n > w.registry.Now().Unix() || n < w.registry.Now().Unix()-5 {
			t.Fatalf("%s leads to %s (%v)", target, marked, w.shown)
		}
		return marked
	}
	marked := markedNow(good, good)
	if open(w.dialog(w.business, "config_id", "4711")); w.shown == nil || w.shown.Reason != prokura.ConfigurationInvalid {
		t.Errorf("a request that is wrong: %v", w.shown)
	}
	if rec := open(marked); rec.Code != http.StatusBadRequest || w.shown == nil || w.shown.Reason != prokura.CookiesRefused || w.app != w.business {
		t.Errorf("without a cookie the second time: %d %v", rec.Code, w.shown)
	}
	// An address that was kept or copied, or cookies that are allowed since, get
	// another try.
	for _, old := range []string{"1", strconv.FormatInt(w.registry.Now().Unix()-60, 10), strconv.FormatInt(w.registry.Now().Unix()+60, 10)} {
		markedNow(good+"&cookie_check="+old, good)
	}
	if n := saved(); n != 0 {
		t.Errorf("%d logins are saved for who keeps no cookie", n)
	}
	w.cookieless = false
	if asked := w.request(w.get(marked)); asked.State != "a&b c" || saved() != 1 {
		t.Errorf("with a cookie: state %q, %d logins saved", asked.State, saved())
	}
	// The mark is ours, and makes no address too long.
	longest := good + "&x=" + strings.Repeat("x", 8<<10-len(strings.SplitN(good, "?", 2)[1])-3)
	w.cookieless = true
	marked = markedNow(longest, longest)
	w.cookieless = false
	w.get(marked)
	if w.shown != nil || saved() != 2 {
		t.Errorf("the longest address with the mark: %v, %d logins saved", w.shown, saved())
	}
}
