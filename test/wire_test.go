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
	"strings"
	"testing"
)

// answer is what the Graph API said: the status and the decoded JSON object.
type answer struct {
	status int
	header http.Header
	body   map[string]any
}

// at reads a value at a path of object keys, such as "data.scopes"; nil when
// something on the way is missing.
func (a answer) at(path string) any { return at(a.body, path) }

func at(body map[string]any, path string) any {
	var value any = body
	for key := range strings.SplitSeq(path, ".") {
		object, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = object[key]
	}
	return value
}

// text reads a string at a path; "" when there is none.
func (a answer) text(path string) string {
	text, _ := a.at(path).(string)
	return text
}

// code and subcode are those of the error envelope, 0 when there is none.
func (a answer) code() int    { return number(a.at("error.code")) }
func (a answer) subcode() int { return number(a.at("error.error_subcode")) }

func number(value any) int {
	n, _ := value.(float64)
	return int(n)
}

// stringsOf reads a JSON array of strings.
func stringsOf(value any) []string {
	list, _ := value.([]any)
	out := make([]string, 0, len(list))
	for _, v := range list {
		s, _ := v.(string)
		out = append(out, s)
	}
	return out
}

// get asks the Graph API; params may be nil.
func (s *server) get(t *testing.T, path string, params url.Values) answer {
	t.Helper()
	return s.send(t, http.MethodGet, s.api+path+"?"+params.Encode(), "", nil)
}

// post sends a form to the Graph API.
func (s *server) post(t *testing.T, path string, params url.Values) answer {
	t.Helper()
	return s.send(t, http.MethodPost, s.api+path, "application/x-www-form-urlencoded", []byte(params.Encode()))
}

func (s *server) send(t *testing.T, method, url, contentType string, body []byte) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(testContext(t), method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := s.http.Do(request)
	if err != nil {
		t.Fatalf("%s: %v", method, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("read the answer: %v", err)
	}
	a := answer{status: response.StatusCode, header: response.Header}
	if err := json.Unmarshal(text, &a.body); err != nil {
		t.Fatalf("%s %s answers %s with no JSON object: %.500s", method, response.Request.URL.Path, response.Status, text)
	}
	return a
}

// app is a client of the platform as its own backend knows it.
type app struct{ id, secret string }

var (
	campaigns  = app{campaignsApp, campaignsSecret}
	lab        = app{labApp, labSecret}
	trailmates = app{trailmatesApp, trailmatesSecret}
)

// exchange trades a code for a token as the app's backend does.
func (s *server) exchange(t *testing.T, a app, redirectURI, code string) answer {
	t.Helper()
	return s.post(t, "/v25.0/oauth/access_token", url.Values{
		"client_id": {a.id}, "client_secret": {a.secret}, "redirect_uri": {redirectURI}, "code": {code},
	})
}

// token exchanges a code that must be good and returns the token.
func (s *server) token(t *testing.T, a app, redirectURI, code string) string {
	t.Helper()
	got := s.exchange(t, a, redirectURI, code)
	token := got.text("access_token")
	if got.status != http.StatusOK || token == "" {
		t.Fatalf("exchange of a good code: %d code %d/%d %s", got.status, got.code(), got.subcode(), got.text("error.message"))
	}
	return token
}

// debug asks what a token is, as the app itself; the answer's data object.
func (s *server) debug(t *testing.T, a app, token string) map[string]any {
	t.Helper()
	got := s.get(t, "/debug_token", url.Values{"input_token": {token}, "access_token": {a.id + "|" + a.secret}})
	data, ok := got.body["data"].(map[string]any)
	if got.status != http.StatusOK || !ok {
		t.Fatalf("debug_token: %d code %d %s", got.status, got.code(), got.text("error.message"))
	}
	return data
}

// proof is the appsecret_proof of a token (R-TOKEN-08).
func (a app) proof(token string) string {
	mac := hmac.New(sha256.New, []byte(a.secret))
	mac.Write([]byte(token))
	return hex.EncodeToString(mac.Sum(nil))
}

// devConsent completes a login without a browser.
func (s *server) devConsent(t *testing.T, config, person, business string, assets []string, redirectURI, state string) (redirect *url.URL) {
	t.Helper()
	body, err := json.Marshal(map[string]any{
		"config_id": config, "person": person, "business": business, "assets": assets,
		"redirect_uri": redirectURI, "state": state,
	})
	if err != nil {
		t.Fatal(err)
	}
	got := s.send(t, http.MethodPost, s.local+"/_dev/consent", "application/json", body)
	redirect, err = url.Parse(got.text("redirect_to"))
	if got.status != http.StatusOK || err != nil || redirect.Query().Get("code") == "" {
		t.Fatalf("_dev/consent for configuration %s: %d %v", config, got.status, got.body["error"])
	}
	return redirect
}
