package serve

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// A network that begins more logins than there is a budget for is told when there
// is one again: the program by a header, the person in words. Who is in a login
// already goes on, and so does everything else.
//
// Proves R-WORK-01.
func TestSpentBudget(t *testing.T) {
	r := start(t, func(c *Config) { c.Dev = false })
	ids := r.plant()
	dialog := "/v25.0/dialog/oauth?" + url.Values{"client_id": {ids["tool"].String()}, "config_id": {ids["reports"].String()},
		"redirect_uri": {"https://tool.example/cb"}, "response_type": {"code"}, "override_default_response_type": {"true"}, "state": {"s"}}.Encode()
	first, _ := r.ask("GET", dialog, "")
	var cookie string
	for _, c := range first.Cookies() {
		cookie = c.Name + "=" + c.Value
	}
	begun := ""
	for range 1000 {
		resp, text := r.ask("GET", dialog, "", "Cookie", cookie)
		if resp.StatusCode == http.StatusSeeOther {
			begun = resp.Header.Get("Location")
			continue
		}
		after, err := strconv.Atoi(resp.Header.Get("Retry-After"))
		if resp.StatusCode != http.StatusTooManyRequests || err != nil || after != 1 || !strings.Contains(text, "Start again in about one second.") { // one comes back in a second
			t.Errorf("a spent budget is answered %s, Retry-After %q:\n%s", resp.Status, resp.Header.Get("Retry-After"), text)
		}
		break
	}
	if begun == "" {
		t.Fatalf("no login was begun: %s", first.Status)
	}
	for _, path := range []string{begun, "/login", "/healthz"} {
		if resp, _ := r.ask("GET", path, "", "Cookie", cookie); resp.StatusCode >= 400 || resp.Header.Get("Retry-After") != "" {
			t.Errorf("%s is answered %s, Retry-After %q", path, resp.Status, resp.Header.Get("Retry-After"))
		}
	}
}
