package test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// requestError is what Meta's business SDK for Node throws of an answer (24.0: its
// FacebookRequestError): the status, the object under "error" or the whole answer, its
// message, and the headers, in lower case.
type requestError struct {
	status   int
	message  string
	response map[string]any
	headers  map[string]string
}

// likeSDK sends a call as that SDK does: the token in the query in every case, the
// parameters of a POST as JSON with the id of the parent among them, and an empty object
// as the body of all others. Its error is nil below status 300.
func (s *server) likeSDK(t *testing.T, method, path, token string, params map[string]any) (answer, *requestError) {
	t.Helper()
	query, body := url.Values{"access_token": {token}}, map[string]any{}
	for name, value := range params {
		if method == http.MethodPost {
			body[name] = value
		} else {
			query.Set(name, fmt.Sprint(value))
		}
	}
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	a := s.send(t, method, s.local+"/v24.0/"+path+"?"+query.Encode(), "application/json", text)
	if a.status < 300 {
		return a, nil
	}
	e := &requestError{status: a.status, headers: map[string]string{}}
	e.response, _ = a.at("error").(map[string]any)
	e.message, _ = e.response["message"].(string)
	for name := range a.header {
		e.headers[strings.ToLower(name)] = a.header.Get(name)
	}
	return a, e
}

// check compares an error with what callers of the SDK read of it.
func (e *requestError) check(t *testing.T, what string, status, code, subcode int, kind string) {
	t.Helper()
	switch {
	case e == nil:
		t.Fatalf("%s: no error", what)
	case e.status != status, e.message == "", number(e.response["code"]) != code, number(e.response["error_subcode"]) != subcode,
		e.response["type"] != kind, e.response["fbtrace_id"] != e.headers["x-fb-request-id"] || e.headers["x-fb-request-id"] == "":
		t.Errorf("%s: %d %v %v", what, e.status, e.response, e.headers)
	}
}

// TestBusinessSDK proves that calls of the form of Meta's business SDK for Node are
// served, and that its error object says what its users go by: code, subcode, type,
// trace, whether it passes, and by its headers how much is used and when there is room
// again (R-LEVEL-04).
func TestBusinessSDK(t *testing.T) {
	t.Parallel()
	s := startGranted(t, false)
	account := "act_" + adAccountEU
	a, failed := s.likeSDK(t, http.MethodGet, account, s.business, map[string]any{"fields": "id,name"})
	if failed != nil || a.text("id") != account {
		t.Fatalf("a read: %d %v", a.status, a.body)
	}
	// The parent's id among the parameters of a POST is not the object of the call.
	a, failed = s.likeSDK(t, http.MethodPost, nordwindID+"/system_user_access_tokens", s.business, map[string]any{
		"appsecret_proof": campaigns.proof(s.business), "asset": []string{adAccountEU}, "scope": []string{"ads_read"}, "id": nordwindID})
	if failed != nil || a.text("access_token") == "" {
		t.Fatalf("a child token: %d %v", a.status, a.body)
	}
	child := a.text("access_token")
	if a, failed = s.likeSDK(t, http.MethodGet, "debug_token", child, map[string]any{"input_token": child, "fields": "app_id"}); failed != nil || a.text("data.app_id") != campaigns.id {
		t.Errorf("a token looks at itself: %d %v", a.status, a.body)
	}

	_, failed = s.likeSDK(t, http.MethodGet, "123456789012", child, nil)
	failed.check(t, "an id that is not there", http.StatusBadRequest, 100, 33, "GraphMethodException")
	_, failed = s.likeSDK(t, http.MethodGet, account, "EAAB"+strings.Repeat("x", 40), nil)
	failed.check(t, "no token of ours", http.StatusBadRequest, 190, 0, "OAuthException")
	_, failed = s.likeSDK(t, http.MethodPost, account, child, map[string]any{"name": "Other", "id": account})
	failed.check(t, "no permission", http.StatusForbidden, 200, 0, "OAuthException")

	for _, x := range []struct {
		budget        string
		code, subcode int
		usage         string // header that says it
	}{
		{"points", 17, 2446079, "x-ad-account-usage"},
		{"calls", 80004, 2446079, "x-business-use-case-usage"},
	} {
		s.plantUse(t, `{"app": %q, "object": %q, "refuse": %q, "for": "5m"}`, campaigns.id, account, x.budget)
		_, failed = s.likeSDK(t, http.MethodGet, account, child, nil)
		failed.check(t, x.budget, http.StatusBadRequest, x.code, x.subcode, "OAuthException")
		var usage map[string]any
		if err := json.Unmarshal([]byte(failed.headers[x.usage]), &usage); err != nil || failed.response["is_transient"] != true || failed.headers["retry-after"] == "" {
			t.Errorf("%s: %v %v %v", x.budget, err, failed.response, failed.headers)
		}
		switch use, _ := usage[adAccountEU].([]any); {
		case x.budget == "points" && number(usage["acc_id_util_pct"]) != 100:
			t.Errorf("%v", usage)
		case x.budget == "calls":
			if of, _ := use[0].(map[string]any); number(of["call_count"]) != 100 || number(of["estimated_time_to_regain_access"]) != 5 {
				t.Errorf("%v", usage)
			}
		}
		s.plantUse(t, `{"app": %q, "clear": true}`, campaigns.id)
	}
	s.plantUse(t, `{"app": %q, "limiter": "platform", "refuse": "calls"}`, campaigns.id)
	_, failed = s.likeSDK(t, http.MethodGet, "me", child, nil)
	failed.check(t, "the platform's limit", http.StatusForbidden, 4, 0, "OAuthException")
	s.plantUse(t, `{"app": %q, "clear": true}`, campaigns.id)

	if a, failed = s.likeSDK(t, http.MethodDelete, "me/permissions", child, nil); failed == nil && a.at("success") != true {
		t.Errorf("a DELETE with a body: %d %v", a.status, a.body)
	}
}
