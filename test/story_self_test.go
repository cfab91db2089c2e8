package test

import (
	"net/http"
	"testing"
	"time"
)

// TestStoryMatch proves that stories can fail: each answer here is not what the
// expectation says.
func TestStoryMatch(t *testing.T) {
	const fault = `{"error":{"message":"(#100) No.","type":"OAuthException","code":100,"error_subcode":33,"fbtrace_id":"A0123456789012345678901"}}`
	for name, test := range map[string]struct {
		want string
		body string
		ok   bool
	}{
		"equal":                    {"=> 200\n{\"a\": [1, \"x\"]}", `{"a":[1,"x"]}`, true},
		"another value":            {"=> 200\n{\"a\": 1}", `{"a":2}`, false},
		"text for a number":        {"=> 200\n{\"a\": 1}", `{"a":"1"}`, false},
		"a key too many":           {"=> 200\n{\"a\": 1}", `{"a":1,"b":2}`, false},
		"a key too few":            {"=> 200\n{\"a\": 1, \"b\": 2}", `{"a":1}`, false},
		"keys that do not matter":  {"=> 200\n{\"a\": 1, \"...\": 0}", `{"a":1,"b":2}`, true},
		"a list too long":          {"=> 200\n[1]", `[1,2]`, false},
		"a token of another kind":  {"=> 200\n{\"t\": \"@T pkb_\"}", `{"t":"pku_x"}`, false},
		"what was learnt before":   {"=> 200\n{\"t\": \"$KNOWN\"}", `{"t":"known"}`, true},
		"and is another one":       {"=> 200\n{\"t\": \"$KNOWN\"}", `{"t":"other"}`, false},
		"seconds near enough":      {"=> 200\n{\"in\": \"@in 60d\"}", `{"in":5183990}`, true},
		"seconds of another token": {"=> 200\n{\"in\": \"@in 60d\"}", `{"in":7200}`, false},
		"seconds as text":          {"=> 200\n{\"in\": \"@in 60d\"}", `{"in":"5184000"}`, false},
		"absent":                   {"=> 200\n{\"a\": \"@absent\"}", `{"a":1}`, false},
		"no JSON":                  {"=> 200\n{}", `true?`, false},
		"two values":               {"=> 200\n{}", `{}{}`, false},
		"another status":           {"=> 400\n*", `{}`, false},
		"an error":                 {"=> 200 100/33", fault, true},
		"of another code":          {"=> 200 190/33", fault, false},
		"of another subcode":       {"=> 200 100/36009", fault, false},
		"without a subcode":        {"=> 200 100", fault, false},
		"of another type":          {"=> 200 100/33 GraphMethodException", fault, false},
		"transient":                {"=> 200 100/33 transient", fault, false},
		"with another challenge":   {"=> 200 100/33 invalid_token", fault, false},
		"a header":                 {"=> 200\nX-A: a*c\n*", `{}`, true},
		"another header":           {"=> 200\nX-A: a*d\n*", `{}`, false},
		"a header that must not":   {"=> 200\nX-A: -\n*", `{}`, false},
	} {
		s, err := parseStep(name, "GET /\n"+test.want)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		n := &narrator{names: map[string]string{"KNOWN": "known"}, now: time.Unix(1_800_000_000, 0)}
		err = n.match(s.want, &storyAnswer{http.StatusOK, http.Header{"X-A": {"abc"}, "Content-Type": {"application/json"},
			"Cache-Control": {"no-store"}, "Www-Authenticate": {`OAuth "Facebook Platform" "invalid_request" "No."`}}, []byte(test.body)})
		if (err == nil) != test.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestStoryMask proves that what is masked still tells identities apart.
func TestStoryMask(t *testing.T) {
	var tr transcript
	got := tr.mask(`{"id":"1234567890123456","other":"2234567890123456","same":"1234567890123456","fixed":"100000000000301","at":1800000000}`)
	if want := `{"id":"<id 1>","other":"<id 2>","same":"<id 1>","fixed":"100000000000301","at":<time>}`; got != want {
		t.Errorf("masked: %s", got)
	}
}
