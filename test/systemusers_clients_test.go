package test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"testing"
)

// graphClient is what an app's server calls the Graph API with.
type graphClient interface {
	// call answers the decoded object, of errors too.
	call(method, path, token string, params map[string]any) map[string]any
	// refresh makes a 60-day token anew.
	refresh(token string) map[string]any
}

// fbClient is the npm package fb, which adds the proofs by itself.
type fbClient struct{ *nodeClient }

func (c fbClient) call(method, path, token string, params map[string]any) map[string]any {
	if params == nil {
		params = map[string]any{}
	}
	act := map[string]string{http.MethodGet: "get", http.MethodPost: "post", http.MethodDelete: "remove"}[method]
	got := c.act(act, map[string]any{"path": path, "token": token, "params": params})
	if e, _ := at(got, "threw.response").(map[string]any); e != nil {
		return e
	}
	return got
}

func (c fbClient) refresh(token string) map[string]any {
	return c.act("refresh", map[string]any{"token": token})
}

// plainClient is Go's net/http with JSON bodies and a proof that it works out
// from what the documentation says.
type plainClient struct {
	t   *testing.T
	api string
	app app
}

func (c plainClient) call(method, path, token string, params map[string]any) map[string]any {
	c.t.Helper()
	mac := hmac.New(sha256.New, []byte(c.app.secret))
	mac.Write([]byte(token))
	body := map[string]any{"appsecret_proof": hex.EncodeToString(mac.Sum(nil))}
	for name, v := range params {
		body[name] = v
	}
	address, sent := c.api+"/v25.0/"+path, []byte(nil)
	if method == http.MethodPost {
		sent, _ = json.Marshal(body)
	} else {
		q := url.Values{}
		for name, v := range body {
			text, ok := v.(string)
			if !ok {
				c.t.Fatalf("%s is no text", name)
			}
			q.Set(name, text)
		}
		address += "?" + q.Encode()
	}
	r, err := http.NewRequestWithContext(c.t.Context(), method, address, bytes.NewReader(sent))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	return c.answer(r)
}

func (c plainClient) refresh(token string) map[string]any {
	c.t.Helper()
	q := url.Values{"grant_type": {"fb_exchange_token"}, "client_id": {c.app.id}, "client_secret": {c.app.secret},
		"set_token_expires_in_60_days": {"true"}, "fb_exchange_token": {token}}
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, c.api+"/v25.0/oauth/access_token?"+q.Encode(), nil)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.answer(r)
}

func (c plainClient) answer(r *http.Request) map[string]any {
	c.t.Helper()
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	var answer map[string]any
	if err := json.Unmarshal(text, &answer); err != nil {
		c.t.Fatalf("%s %s answers no JSON: %s", r.Method, r.URL.Path, text)
	}
	return answer
}

// TestSystemUsersByClients is a business that gives its server a system user,
// from nothing to the end, by clients that know only what the documentation
// says: make it, install, mint, use, refresh, end (R-SU-01, R-SU-03, R-SU-04,
// R-TOKEN-02, R-TOKEN-10).
func TestSystemUsersByClients(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(*testing.T, *server) graphClient{
		"fb": func(t *testing.T, s *server) graphClient {
			return fbClient{s.startClient(t, "fb.mjs", nodeSettings{app: campaigns})}
		},
		"net/http": func(t *testing.T, s *server) graphClient { return plainClient{t, s.api, campaigns} },
	} {
		t.Run(name, func(t *testing.T) {
			eachDatabase(t, func(t *testing.T, postgres bool) {
				s := startServer(t, serverOptions{tls: name == "fb", postgres: postgres})
				driveSystemUsers(t, s, start(t, s))
			})
		})
	}
}

func driveSystemUsers(t *testing.T, s *server, c graphClient) {
	text := func(got map[string]any, path string) string {
		t.Helper()
		v, _ := at(got, path).(string)
		if v == "" {
			t.Fatalf("nothing at %s of %v", path, at(got, "error"))
		}
		return v
	}
	wantCode := func(what string, got map[string]any, code, subcode int) {
		t.Helper()
		if number(at(got, "error.code")) != code || number(at(got, "error.error_subcode")) != subcode {
			t.Errorf("%s: %v, want %d/%d", what, at(got, "error"), code, subcode)
		}
	}
	redirect := s.devConsent(t, configReporting, "100000000000003", "", []string{adAccountHouse}, "https://app.brightline.example/callback", "")
	admin := s.token(t, campaigns, "https://app.brightline.example/callback", redirect.Query().Get("code"))

	server := text(c.call(http.MethodPost, brightlineID+"/system_users", admin, map[string]any{"name": "Nightly import", "role": "EMPLOYEE"}), "id")
	if list, _ := c.call(http.MethodGet, brightlineID+"/system_users", admin, map[string]any{"fields": "id,name,role"})["data"].([]any); len(list) != 2 {
		t.Errorf("R-SU-01: the business lists %v", list)
	}
	mint := map[string]any{"business_app": campaigns.id, "scope": "ads_read,business_management", "set_token_expires_in_60_days": "true"}
	wantCode("R-SU-04: before it is installed", c.call(http.MethodPost, server+"/access_tokens", admin, mint), 412, 0)
	if got := c.call(http.MethodPost, server+"/applications", admin, map[string]any{"business_app": campaigns.id}); got["success"] != true {
		t.Fatalf("R-SU-03: install answers %v", got)
	}
	token := text(c.call(http.MethodPost, server+"/access_tokens", admin, mint), "access_token")
	if got := c.call(http.MethodGet, "me", token, map[string]any{"fields": "id,name"}); text(got, "name") != "Nightly import" || text(got, "id") != server {
		t.Errorf("the token is of %v", got["name"])
	}
	wantCode("R-SU-04: an unknown scope", c.call(http.MethodPost, server+"/access_tokens", token,
		map[string]any{"business_app": campaigns.id, "scope": "ads_see"}), 3962, 0)
	wantCode("R-SU-05: the former name", c.call(http.MethodPost, server+"/ads_access_token", admin, mint), 100, 0)

	fresh := c.refresh(token)
	if text(fresh, "access_token") == token || number(fresh["expires_in"]) < 59*24*3600 {
		t.Errorf("R-TOKEN-02: the refreshed token lasts %v s", fresh["expires_in"])
	}
	// The server mints for itself from here on, and the person is not needed.
	own := text(c.call(http.MethodPost, server+"/access_tokens", text(fresh, "access_token"), map[string]any{"business_app": campaigns.id, "scope": "ads_read"}), "access_token")
	if got := s.debug(t, campaigns, own); got["type"] != "SYSTEM_USER" || number(got["expires_at"]) != 0 || got["is_valid"] != true {
		t.Errorf("R-TOKEN-09: debug_token says %v", got)
	}

	if got := c.call(http.MethodDelete, server+"/access_tokens", admin, nil); got["success"] != true {
		t.Fatalf("R-TOKEN-10: the end answers %v", got)
	}
	for what, dead := range map[string]string{"the first": token, "the refreshed": text(fresh, "access_token"), "the last": own} {
		wantCode(what+" token after the end", c.call(http.MethodGet, "me", dead, nil), 190, 467)
	}
	s.wantAlive(t, "the person's token", admin)
}
