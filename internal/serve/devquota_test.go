package serve

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/world"
)

// quota posts to /_dev/quota and answers what it says, and the error if there is one.
func (r *running) quota(body string, args ...any) (out map[string]any, fault string) {
	r.t.Helper()
	resp, text := r.ask("POST", "/_dev/quota", fmt.Sprintf(body, args...), "Content-Type", "application/json")
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		r.t.Fatalf("%s: %s", resp.Status, text)
	}
	if e, _ := out["error"].(map[string]any); resp.StatusCode != 200 {
		fault, _ = e["message"].(string)
		return nil, fault
	}
	return out, ""
}

// What a scenario says is used is so when the world begins, and again when it goes
// back to its seed; what was planted, provoked and used since is not (R-LEVEL-04).
func TestDevQuotaAndReset(t *testing.T) {
	r := start(t, nil)
	ids := r.plant()
	more, err := r.Plant(t.Context(), world.World{
		People:     []world.Person{{Key: "bo", Name: "Bo", Email: "bo@example.org"}},
		Businesses: []world.Business{{Key: "other", Name: "Other", Members: []world.Member{{Person: "bo", Role: prokura.RoleAdmin}}}},
		Assets:     []world.Asset{{Key: "four", Kind: prokura.KindAdAccount, Business: "other", Name: "Four", Attributes: map[string]any{"active_ads": 5}}},
		Apps: []world.App{{Key: "second", Name: "Second", Business: "other", Level: prokura.LevelBasic, Secret: "1123456789abcdef0123456789abcdef",
			Used: []world.Used{{Asset: "four", Points: 300, Calls: 250}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	look := func(app, object prokura.ID) (points, calls float64) {
		t.Helper()
		out, fault := r.quota(`{"app": %q, "object": %q}`, app, object)
		if fault != "" {
			t.Fatal(fault)
		}
		percent := func(name string) float64 { return out[name].(map[string]any)["percent"].(float64) }
		return percent("points"), percent("calls")
	}
	near := func(what string, got, want float64) {
		t.Helper()
		if got > want || got < want-5 { // it is forgotten while the test runs
			t.Errorf("%s: %v %%, want %v", what, got, want)
		}
	}
	seeded := func(when string) {
		t.Helper()
		points, calls := look(more["second"], more["four"])
		near(when+": points", points, 50)
		near(when+": calls", calls, 50)
		points, calls = look(ids["tool"], ids["one"])
		near(when+": another app's points", points, 0)
		near(when+": another app's calls", calls, 0)
	}
	seeded("at the beginning")
	if _, fault := r.quota(`{"app": %q, "object": %q, "points": 600, "refuse": "points", "for": "2m"}`, more["second"], more["four"]); fault != "" {
		t.Error(fault)
	}
	if _, fault := r.quota(`{"app": "%d", "object": "act_%d", "calls": 300}`, ids["tool"], ids["one"]); fault != "" {
		t.Error(fault)
	}
	if resp, text := r.ask("GET", "/act_"+ids["one"].String()+"?access_token="+r.login(ids), ""); resp.StatusCode != 400 || !strings.Contains(text, `"code":80004`) {
		t.Errorf("all calls are used: %s %s", resp.Status, text)
	}
	if _, fault := r.quota(`{"clear": true}`); fault != "" {
		t.Error(fault)
	}
	if points, calls := look(more["second"], more["four"]); points != 0 || calls != 0 {
		t.Errorf("cleared: %v, %v", points, calls)
	}
	if resp, text := r.ask("POST", "/_dev/reset", "{}", "Content-Type", "application/json"); resp.StatusCode != 200 {
		t.Fatal(text)
	}
	seeded("after a reset")

	for body, part := range map[string]string{
		`{}`:                                  "app needs an id",
		`{"app": "1x"}`:                       "app needs an id",
		`{"app": "12345"`:                     "not the JSON",
		`{"app": "%[1]d", "point": 1}`:        "unknown field",
		`{"app": "%[1]d", "object": "%[1]d"}`: "",
		`{"app": "%[2]d", "object": "%[2]d"}`: "",
		`{"app": "%[1]d", "limiter": "ads_management"}`:                             "object whose budget",
		`{"app": "%[1]d", "limiter": "none"}`:                                       "limiter names",
		`{"app": "%[1]d", "object": "%[2]d", "limiter": "else"}`:                    "limiter names",
		`{"app": "%[1]d", "object": "%[2]d", "points": 601}`:                        "600 points",
		`{"app": "%[1]d", "object": "%[2]d", "calls": -1}`:                          "300 calls",
		`{"app": "%[1]d", "points": 1}`:                                             "0 points",
		`{"app": "%[1]d", "object": "%[2]d", "refuse": "all"}`:                      "refuse names",
		`{"app": "%[1]d", "refuse": "points"}`:                                      "refuse names",
		`{"app": "%[1]d", "object": "%[2]d", "for": "1m"}`:                          "how long refuse holds",
		`{"app": "%[1]d", "object": "%[2]d", "refuse": "points", "for": "soon"}`:    "at most 10m0s",
		`{"app": "%[1]d", "object": "%[2]d", "refuse": "points", "for": "1h"}`:      "at most 10m0s",
		`{"app": "%[1]d", "object": "%[2]d", "refuse": "points", "clear": true}`:    "nothing goes with it",
		`{"app": "%[1]d", "object": "%[2]d", "refuse": "changes", "for": "-1s"}`:    "at most 2s",
		`{"app": "%[1]d", "object": "%[2]d", "limiter": "platform", "points": 100}`: "0 points",
	} {
		if strings.Contains(body, "%") {
			body = fmt.Sprintf(body, ids["tool"], ids["one"])
		}
		if i := strings.Index(body, "%!"); i >= 0 { // what was not named
			body = body[:i]
		}
		if out, fault := r.quota("%s", body); fault == "" && part != "" || !strings.Contains(fault, part) || part == "" && fault == "" {
			t.Errorf("%s: %v %q, want %q", body, out, fault, part)
		}
	}

	off := start(t, func(c *Config) { c.RateRules = NoRates })
	if _, fault := off.quota(`{"clear": true}`); !strings.Contains(fault, "counts nothing") {
		t.Errorf("without rate limits: %q", fault)
	}
	ids = off.plant()
	if resp, _ := off.ask("GET", "/me?access_token="+off.login(ids), ""); resp.StatusCode != 200 || resp.Header.Get("X-App-Usage") != "" {
		t.Errorf("without rate limits: %s %v", resp.Status, resp.Header)
	}
}

// Rate limits that cannot be kept stop the start, and tell no password.
func TestRatesRefuse(t *testing.T) {
	for want, c := range map[string]Config{
		"nothing to share":      {RateRules: NoRates, Redis: "redis://127.0.0.1:1"},
		`no rate limits "else"`: {RateRules: "else"},
		"the address of Redis":  {Redis: "http://user:secret-of-redis@127.0.0.1:1"},
	} {
		c.Data, c.Listen, c.Dev = t.TempDir(), "127.0.0.1:0", true
		s, err := Open(t.Context(), c)
		if err == nil {
			_ = s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret-of-redis") {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// A server whose Redis does not answer serves: it lets in its share, and says so in
// its log, once, and where its health is asked for.
func TestRedisIsLost(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	r := start(t, func(c *Config) { c.Redis = "redis://:hidden-word@" + address })
	ids := r.plant()
	token := r.login(ids)
	for i := range 60 {
		if resp, text := r.ask("GET", "/act_"+ids["one"].String()+"?access_token="+token, ""); resp.StatusCode != 200 {
			t.Fatalf("call %d: %s %s", i+1, resp.Status, text)
		}
	}
	r.quota(`{"app": %q, "object": %q, "points": 600}`, ids["tool"], ids["one"])
	if resp, text := r.ask("GET", "/act_"+ids["one"].String()+"?access_token="+token, ""); resp.StatusCode != 400 || !strings.Contains(text, `"code":17`) {
		t.Errorf("all is used: %s %s", resp.Status, text)
	}
	resp, text := r.ask("GET", "/healthz", "")
	if resp.StatusCode != 200 || !strings.HasPrefix(text, "ok\n") || !strings.Contains(text, "redis does not answer") {
		t.Errorf("health: %s %q", resp.Status, text)
	}
	if n := strings.Count(r.log.String(), "Redis does not answer"); n != 1 || strings.Contains(r.log.String(), "hidden-word") {
		t.Errorf("told %d times:\n%s", n, r.log)
	}
}

// Who tries tokens and secrets is answered the same after some hundred tries,
// whatever was wrong; what works works on, from the same network too (R-WORK-01).
func TestGuesses(t *testing.T) {
	r := start(t, func(c *Config) { c.Dev, c.Log = false, nil })
	ids := r.plant()
	const secret = "0123456789abcdef0123456789abcdef"
	app := ids["tool"].String()
	h := r.Server.http.Handler
	get := func(target string) (int, string) {
		req, w := hotCall{target: target}.request(), &kept{sink: sink{header: http.Header{}}}
		h.ServeHTTP(w, req)
		return w.status, w.text.String()
	}
	want := func(what, target string, status int, part string) {
		t.Helper()
		if got, text := get(target); got != status || !strings.Contains(text, part) {
			t.Errorf("%s: %d %s", what, got, text)
		}
	}
	garbage := "/me?access_token=pku_" + strings.Repeat("a", 45)
	wrong := "/oauth/access_token?" + url.Values{"client_id": {app}, "client_secret": {strings.Repeat("0", 32)}, "grant_type": {"client_credentials"}}.Encode()
	want("garbage", garbage, 400, `"code":190`)
	want("a wrong secret", wrong, 400, `"code":1,`)
	tire := func(target string, most int) { // some come back with time
		for i := 0; i < 2*most; i++ {
			if status, _ := get(target); status == 403 && i >= most {
				return
			}
		}
	}
	tire(garbage, 300)
	want("garbage after 300 tries", garbage, 403, `"code":4,`)
	want("a wrong secret after 300 tries", wrong, 403, `"code":4,`)
	want("the app's own secret", "/oauth/access_token?"+url.Values{"client_id": {app}, "client_secret": {secret}, "grant_type": {"client_credentials"}}.Encode(), 200, "access_token")
	token := url.QueryEscape(app + "|" + secret)
	want("a token that works", "/app?access_token="+token, 200, app)
	inspect := "/debug_token?access_token=" + token + "&input_token="
	want("an inspection", inspect+"garbage", 200, `"is_valid":false`)
	tire(inspect+"garbage", 3000)
	want("an inspection after 3,000", inspect+"garbage", 403, `"code":4,`)
	want("an inspection of what lives", inspect+token, 200, `"is_valid":true`)
	tire(garbage, 60) // some have come back meanwhile
	req, w := hotCall{target: garbage}.request(), &kept{sink: sink{header: http.Header{}}}
	h.ServeHTTP(w, req)
	if seconds, err := strconv.Atoi(w.header.Get("Retry-After")); err != nil || seconds < 1 || !strings.Contains(w.text.String(), "again in about one second") {
		t.Errorf("R-WORK-01: refused with Retry-After %q: %s", w.header.Get("Retry-After"), &w.text)
	}
}

type kept struct {
	sink
	text strings.Builder
}

func (k *kept) Write(b []byte) (int, error) { return k.text.Write(b) }
