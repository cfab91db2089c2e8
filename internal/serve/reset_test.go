package serve

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/scenario"
)

// snapshot asks for the scenario of the world.
func (r *running) snapshot() string {
	r.t.Helper()
	resp, text := r.ask("GET", devSnapshot, "")
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "application/yaml" || resp.Header.Get("Cross-Origin-Resource-Policy") != "same-origin" {
		r.t.Fatalf("snapshot: %s %v\n%s", resp.Status, resp.Header, text)
	}
	return text
}

// What was done over the wire and can be said is in the snapshot, which seeds an
// equal world; what has no words is told.
func TestDevSnapshot(t *testing.T) {
	r := start(t, nil)
	ids := r.plant()
	before := r.snapshot()
	token := r.login(ids)
	post := func(path, form string) {
		t.Helper()
		if resp, text := r.ask("POST", path+"?access_token="+token, form, "Content-Type", "application/x-www-form-urlencoded"); resp.StatusCode != 200 {
			t.Fatalf("%s: %s %s", path, resp.Status, text)
		}
	}
	proof := prokura.Proof(prokura.Secret(token), "0123456789abcdef0123456789abcdef")
	post("/"+ids["shop"].String()+"/system_user_access_tokens", "scope=ads_read&asset="+ids["one"].String()+"&appsecret_proof="+proof)
	text := r.snapshot()
	for _, part := range []string{"# - 2 tokens: apps get theirs by a login\n", "grants:\n", "configuration: reports", "- one\n", "- three\n", "person: ada_one", "business: shop"} {
		if !strings.Contains(text, part) {
			t.Errorf("the snapshot lacks %q:\n%s", part, text)
		}
	}
	if strings.Contains(before, "grants:") {
		t.Errorf("before the login there was a grant:\n%s", before)
	}
	for _, secret := range []string{token, "pkb_", "pkc_"} {
		if strings.Contains(text, secret) {
			t.Error("a token is in the snapshot")
		}
	}

	s, err := scenario.Parse("snapshot", []byte(text), prokura.DefaultCatalog())
	if err != nil {
		t.Fatal(err)
	}
	other := start(t, nil)
	if _, err := other.Plant(t.Context(), s.World); err != nil {
		t.Fatal(s.Locate(err))
	}
	if got, want := other.snapshot(), strings.Replace(text, "#\n# Left out, because a scenario has no words for it:\n# - 2 tokens: apps get theirs by a login\n", "", 1); got != want {
		t.Errorf("the world of the snapshot is another one:\n%s\nwant\n%s", got, want)
	}

	for _, c := range []struct {
		name, method string
		headers      []string
		want         int
	}{
		{"by POST", "POST", []string{"Content-Type", "application/json"}, 405},
		{"from a page", "GET", []string{"Origin", "http://127.0.0.1"}, 403},
		{"as a picture of a page", "GET", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"by another name", "GET", []string{"Host", "evil.example"}, 421},
	} {
		if resp, text := r.ask(c.method, devSnapshot, "{}", c.headers...); resp.StatusCode != c.want || strings.Contains(text, "people:") {
			t.Errorf("%s: %s", c.name, resp.Status)
		}
	}
	real := start(t, func(c *Config) { c.Dev = false })
	for _, call := range [][2]string{{"GET", devSnapshot}, {"POST", "/_dev/reset"}} {
		if resp, _ := real.ask(call[0], call[1], "{}", "Content-Type", "application/json"); resp.StatusCode == 200 {
			t.Errorf("a world without --dev answers %v", call)
		}
	}
}

// One call puts the world back: data, clock, mails, journal; tokens of before are
// dead, also in the caches; ids are the same, also those within apps.
func TestDevReset(t *testing.T) {
	r := start(t, nil)
	ids := r.plant()
	before := r.snapshot()
	token := r.login(ids)
	_, me := r.ask("GET", "/me?access_token="+token, "")
	if r.snapshot() == before {
		t.Fatal("a login changes nothing")
	}
	const kind, kindJSON = "Content-Type", "application/json"
	r.ask("POST", "/_dev/time", `{"advance":"720h"}`, kind, kindJSON)
	reset := func() {
		t.Helper()
		resp, text := r.ask("POST", "/_dev/reset", `{}`, kind, kindJSON)
		if resp.StatusCode != 200 || !strings.Contains(text, `"now":"`) {
			t.Fatalf("reset: %s %s", resp.Status, text)
		}
	}
	reset()
	if got := r.snapshot(); got != before {
		t.Errorf("after the reset:\n%s\nwant\n%s", got, before)
	}
	if late := time.Until(r.registry.Now().Time()); late > time.Minute {
		t.Errorf("the clock is %s ahead", late)
	}
	if resp, text := r.ask("GET", "/me?access_token="+token, ""); resp.StatusCode != 400 || !strings.Contains(text, `"code":190`) {
		t.Errorf("a token of before: %s %s", resp.Status, text)
	}
	if _, text := r.ask("POST", devInbox, `{}`, kind, kindJSON); strings.TrimSpace(text) != `{"data":[]}` {
		t.Errorf("the inbox: %s", text)
	}
	again := r.login(ids)
	if again == token {
		t.Error("the token of before lives again")
	}
	if resp, text := r.ask("GET", "/me?access_token="+again, ""); resp.StatusCode != 200 || text == me {
		t.Errorf("a login after the reset: %s %s", resp.Status, text) // the integration's system user is a new one
	}
	reset()
	reset()
	if got := r.snapshot(); got != before {
		t.Errorf("after three resets:\n%s", got)
	}
	if resp, _ := r.ask("POST", "/_dev/reset", `{"to":"yesterday"}`, kind, kindJSON); resp.StatusCode != 400 {
		t.Errorf("an unknown parameter: %s", resp.Status)
	}
}

// A reset while others work: each call is answered by one world or the other, and
// nothing of before is left.
func TestDevResetWhileServing(t *testing.T) {
	r := start(t, nil)
	ids := r.plant()
	before := r.snapshot()
	body := fmt.Sprintf(`{"config_id":"%s","person":"%s","business":"%s","assets":["%s"],"redirect_uri":"https://tool.example/cb"}`, ids["reports"], ids["ada"], ids["shop"], ids["one"])
	var working sync.WaitGroup
	done := make(chan struct{})
	for _, call := range []struct{ path, body string }{{"/_dev/consent", body}, {"/_dev/time", `{"advance":"1s"}`}, {devInbox, `{}`}} {
		working.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				resp, text := r.ask(http.MethodPost, call.path, call.body, "Content-Type", "application/json")
				// A login that is under way when the world goes back has ended.
				if resp.StatusCode != 200 && !strings.Contains(text, `"reason":"login_expired"`) && !strings.Contains(text, `"reason":"sign_in_required"`) {
					t.Errorf("%s: %s %s", call.path, resp.Status, text)
					return
				}
			}
		})
	}
	for range 10 {
		if resp, text := r.ask("POST", "/_dev/reset", `{}`, "Content-Type", "application/json"); resp.StatusCode != 200 {
			t.Errorf("reset: %s %s", resp.Status, text)
		}
	}
	close(done)
	working.Wait()
	if resp, text := r.ask("POST", "/_dev/reset", `{}`, "Content-Type", "application/json"); resp.StatusCode != 200 {
		t.Errorf("reset: %s %s", resp.Status, text)
	}
	if got := r.snapshot(); got != before {
		t.Errorf("after all:\n%s", got)
	}
}
