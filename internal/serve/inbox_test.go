package serve

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// The mails of a --dev world: a page for people, JSON for programs, and nothing
// anywhere else.
func TestDevInbox(t *testing.T) {
	r := start(t, nil)
	ids := r.plant()
	const kind, kindJSON = "Content-Type", "application/json"
	if resp, body := r.ask("GET", devInbox, ""); resp.StatusCode != 200 || !strings.Contains(body, "No mail was sent yet.") {
		t.Errorf("before any mail: %s\n%s", resp.Status, body)
	}
	body := fmt.Sprintf(`{"config_id":"%d","person":"%d","business":"%d","assets":["%d"],"redirect_uri":"https://tool.example/cb"}`, ids["reports"], ids["ada"], ids["shop"], ids["one"])
	if resp, text := r.ask("POST", "/_dev/consent", body, kind, kindJSON); resp.StatusCode != 200 {
		t.Fatalf("%s: %s", resp.Status, text)
	}
	link := fmt.Sprintf("%s/business/%d/integrations/connected-apps/%d", r.BaseURL(), ids["shop"], ids["tool"])
	resp, page := r.ask("GET", devInbox, "", "Sec-Fetch-Site", "none")
	if resp.StatusCode != 200 || !strings.Contains(page, "Tool was connected to Shop") || !strings.Contains(page, "ada@example.org") || !strings.Contains(page, `<a href="`+link+`">`) {
		t.Errorf("the page: %s\n%s", resp.Status, page)
	}
	if resp.Header.Get("X-Frame-Options") != "DENY" || resp.Header.Get("Cross-Origin-Resource-Policy") != "same-origin" || resp.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the page's headers: %v", resp.Header)
	}
	for to, want := range map[string]int{"": 1, "Ada@example.org": 1, "tess@example.org": 0} {
		resp, text := r.ask("POST", devInbox, fmt.Sprintf(`{"to":%q}`, to), kind, kindJSON)
		var out struct {
			Data []struct{ To, Subject, Body string }
		}
		if err := json.Unmarshal([]byte(text), &out); err != nil || resp.StatusCode != 200 || len(out.Data) != want {
			t.Errorf("mails to %q: %s: %s", to, resp.Status, text)
			continue
		}
		if want > 0 && (out.Data[0].To != "ada@example.org" || out.Data[0].Subject != "Tool was connected to Shop" || !strings.Contains(out.Data[0].Body, link)) {
			t.Errorf("mail: %+v", out.Data[0])
		}
	}
	if resp, _ := r.ask("POST", devInbox, `{}`, kind, kindJSON, "Origin", r.BaseURL()); resp.StatusCode != 403 {
		t.Errorf("JSON for a page in a browser: %s", resp.Status)
	}
	if resp, page := r.ask("GET", devInbox, "", "Host", "evil.example"); resp.StatusCode != 421 || strings.Contains(page, "ada@example.org") {
		t.Errorf("by a foreign host: %s", resp.Status)
	}

	real := start(t, func(c *Config) { c.Dev = false })
	for _, method := range []string{"GET", "POST"} {
		if resp, _ := real.ask(method, devInbox, `{}`, kind, kindJSON); resp.StatusCode == 200 {
			t.Errorf("a world without --dev answers %s", method)
		}
	}
}
