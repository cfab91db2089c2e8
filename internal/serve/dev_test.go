package serve

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Each lock of /_dev/ holds by itself.
func TestDevLocks(t *testing.T) {
	r := start(t, func(c *Config) { c.AlsoHosts = []string{"login.example"} })
	const kind, kindJSON = "Content-Type", "application/json"
	for _, c := range []struct {
		name, method, path, body string
		headers                  []string
		want                     int
	}{
		{"all is well", "POST", "/_dev/time", `{"advance":"1s"}`, []string{kind, kindJSON}, 200},
		{"with a charset", "POST", "/_dev/time", `{"advance":"1s"}`, []string{kind, kindJSON + "; charset=utf-8"}, 200},
		{"by localhost", "POST", "/_dev/time", `{"advance":"1s"}`, []string{kind, kindJSON, "Host", "localhost:1"}, 200},
		{"no such path", "POST", "/_dev/nothing", `{}`, []string{kind, kindJSON}, 404},
		{"by another accepted host", "POST", "/_dev/time", `{"advance":"1s"}`, []string{kind, kindJSON, "Host", "login.example"}, 403},
		{"by a foreign host", "POST", "/_dev/time", `{"advance":"1s"}`, []string{kind, kindJSON, "Host", "evil.example"}, 421},
		{"from a page", "POST", "/_dev/time", `{"advance":"1s"}`, []string{kind, kindJSON, "Origin", "http://127.0.0.1"}, 403},
		{"from an opaque page", "POST", "/_dev/time", `{"advance":"1s"}`, []string{kind, kindJSON, "Origin", "null"}, 403},
		{"from the address bar", "POST", "/_dev/time", `{"advance":"1s"}`, []string{kind, kindJSON, "Sec-Fetch-Site", "none"}, 403},
		{"an empty Origin", "POST", "/_dev/time", `{"advance":"1s"}`, []string{kind, kindJSON, "Origin", ""}, 403},
		{"by GET", "GET", "/_dev/time", ``, []string{kind, kindJSON}, 405},
		{"as a form", "POST", "/_dev/time", `{"advance":"1s"}`, []string{kind, "application/x-www-form-urlencoded"}, 415},
		{"as text", "POST", "/_dev/time", `{"advance":"1s"}`, []string{kind, "text/plain"}, 415},
		{"without a type", "POST", "/_dev/time", `{"advance":"1s"}`, nil, 415},
		{"at the limit", "POST", "/_dev/time", `{"advance":"1s"}` + strings.Repeat(" ", maxDevBody-16), []string{kind, kindJSON}, 200},
		{"beyond the limit", "POST", "/_dev/time", `{"advance":"1s"}` + strings.Repeat(" ", maxDevBody-15), []string{kind, kindJSON}, 413},
		{"no JSON", "POST", "/_dev/time", `advance=1s`, []string{kind, kindJSON}, 400},
		{"unknown field", "POST", "/_dev/time", `{"advance":"1s","back":"1s"}`, []string{kind, kindJSON}, 400},
		{"two values", "POST", "/_dev/time", `{"advance":"1s"}{}`, []string{kind, kindJSON}, 400},
		{"backwards", "POST", "/_dev/time", `{"advance":"-1s"}`, []string{kind, kindJSON}, 400},
		{"no duration", "POST", "/_dev/time", `{"advance":"soon"}`, []string{kind, kindJSON}, 400},
	} {
		resp, body := r.ask(c.method, c.path, c.body, c.headers...)
		if resp.StatusCode != c.want {
			t.Errorf("%s: %s, want %d: %s", c.name, resp.Status, c.want, body)
		}
		if c.want == 400 && (!strings.Contains(body, `"fbtrace_id":"A`) || !strings.Contains(body, `"reason":"invalid_parameter"`)) {
			t.Errorf("%s: the error is %s", c.name, body)
		}
	}

	real := start(t, func(c *Config) { c.Dev = false })
	if resp, _ := real.ask("POST", "/_dev/time", `{"advance":"1s"}`, kind, kindJSON); resp.StatusCode == 200 {
		t.Error("a world without --dev travels in time")
	}
	if !real.registry.Now().Time().Before(time.Now().Add(time.Second)) {
		t.Error("the clock moved")
	}
}

// A login by /_dev/consent is the dialog's in everything but the pages.
func TestDevConsent(t *testing.T) {
	r := start(t, nil)
	ids := r.plant()
	consent := func(change map[string]any) (int, map[string]any) {
		in := map[string]any{"config_id": ids["reports"].String(), "person": ids["ada"].String(), "business": ids["shop"].String(),
			"assets": []any{"act_" + ids["one"].String(), int64(ids["two"])}, "redirect_uri": "https://tool.example/cb", "state": "a b&c"}
		for name, value := range change {
			if in[name] = value; value == nil {
				delete(in, name)
			}
		}
		body, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		resp, text := r.ask("POST", "/_dev/consent", string(body), "Content-Type", "application/json")
		var out map[string]any
		if err := json.Unmarshal([]byte(text), &out); err != nil {
			t.Fatalf("%s: %s", resp.Status, text)
		}
		return resp.StatusCode, out
	}
	status, out := consent(nil)
	to, err := url.Parse(fmt.Sprint(out["redirect_to"]))
	if err != nil || status != 200 || to.Host != "tool.example" || to.Query().Get("code") != out["code"] || to.Query().Get("state") != "a b&c" || out["state"] != "a b&c" {
		t.Errorf("%d %v", status, out)
	}
	// A classic login of the app's own admin, with a token in the fragment.
	status, out = consent(map[string]any{"config_id": nil, "business": nil, "assets": nil, "client_id": ids["tool"].String(), "person": int64(ids["tess"]),
		"scope": "email,ads_read", "response_type": "token"})
	if status != 200 || !strings.HasPrefix(fmt.Sprint(out["access_token"]), "pku_") || !strings.Contains(fmt.Sprint(out["redirect_to"]), "#") {
		t.Errorf("classic login: %d %v", status, out)
	}
	for reason, change := range map[string]map[string]any{
		"configuration_invalid": {"config_id": "100000000000999"},
		"redirect_not_listed":   {"redirect_uri": "https://evil.example/cb"},
		"role_missing":          {"person": ids["tess"].String()},
		"not_found":             {"person": ids["shop"].String()},
		"invalid_parameter":     {"assets": []any{}},
		"response_type_invalid": {"response_type": "token"},
	} {
		status, out := consent(change)
		fault, _ := out["error"].(map[string]any)
		if status != 400 || fault["reason"] != reason || fault["message"] == "" {
			t.Errorf("%v: %d %v, want %s", change, status, out, reason)
		}
	}
}

// Time travel ends what time ends (R-TOKEN-03).
func TestDevTime(t *testing.T) {
	r := start(t, nil)
	ids := r.plant()
	resp, text := r.ask("POST", "/_dev/consent", fmt.Sprintf(`{"client_id":"%s","person":"%s","scope":"email,ads_read","response_type":"token","redirect_uri":"https://tool.example/cb"}`, ids["tool"], ids["tess"]),
		"Content-Type", "application/json")
	var out map[string]string
	if err := json.Unmarshal([]byte(text), &out); err != nil || out["access_token"] == "" {
		t.Fatalf("%s %s", resp.Status, text)
	}
	me := "/me?access_token=" + out["access_token"]
	if resp, text = r.ask("GET", me, ""); resp.StatusCode != 200 {
		t.Fatalf("%s %s", resp.Status, text)
	}
	r.ask("POST", "/_dev/time", `{"advance":"3h"}`, "Content-Type", "application/json")
	if resp, text = r.ask("GET", me, ""); resp.StatusCode != 400 || !strings.Contains(text, `"error_subcode":463`) {
		t.Errorf("after three hours the short-lived token gets %s %s", resp.Status, text)
	}
}
