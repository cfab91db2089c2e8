package wire

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
)

// Every reason has exactly one row on this wire, and no row is left over.
func TestErrorRowsComplete(t *testing.T) {
	for _, r := range prokura.Reasons {
		row, ok := errorRows[r]
		if !ok {
			t.Errorf("%s has no row", r)
			continue
		}
		if row.code <= 0 || row.status < 400 {
			t.Errorf("%s: code %d, status %d", r, row.code, row.status)
		}
		if strings.HasPrefix(string(r), "token_") && row.code != 190 {
			t.Errorf("%s: a dead token is code 190", r)
		}
		if row.code == 190 && (!row.plain || row.challenge != invalidToken || row.strict != 401) {
			t.Errorf("%s: row of code 190 is incomplete", r)
		}
	}
	if len(errorRows) != len(prokura.Reasons) {
		t.Errorf("%d rows for %d reasons", len(errorRows), len(prokura.Reasons))
	}
}

// Codes that clients branch on (docs/errors.md, R-TOKEN-09).
func TestErrorCodes(t *testing.T) {
	for r, want := range map[prokura.Reason][3]int{
		prokura.TokenExpired: {190, 463, 400}, prokura.TokenRevoked: {190, 467, 400}, prokura.AppRemoved: {190, 458, 400},
		prokura.PasswordChanged: {190, 460, 400}, prokura.SystemUserGone: {190, 465, 400}, prokura.PageRoleLost: {190, 492, 400},
		prokura.DataAccessExpired: {190, 493, 400}, prokura.TokenMalformed: {190, 0, 400},
		prokura.NoToken: {104, 0, 400}, prokura.NoTokenForMe: {2500, 0, 400},
		prokura.ProofMissing: {100, 0, 400}, prokura.NotFound: {100, 33, 400}, prokura.BadAlias: {803, 0, 404},
		prokura.AppSecretWrong: {1, 0, 400}, prokura.AppUnknown: {101, 0, 400}, prokura.RedirectMissing: {191, 0, 400},
		prokura.CodeExpired: {100, 36007, 400}, prokura.CodeRedirectMismatch: {100, 36008, 400}, prokura.CodeUsed: {100, 36009, 400},
		prokura.PermissionMissing: {200, 0, 403}, prokura.UnknownPermission: {3962, 0, 400}, prokura.LevelTooLow: {3, 0, 400},
		prokura.TooManyCalls: {4, 0, 403}, prokura.Unavailable: {2, 0, 503}, prokura.Internal: {1, 0, 500},
		prokura.TooLarge: {100, 0, 413}, prokura.BadEncoding: {100, 0, 415},
	} {
		if row := errorRows[r]; [3]int{row.code, row.subcode, row.status} != want {
			t.Errorf("%s: %v, want %v", r, row, want)
		}
	}
}

func TestErrorEnvelope(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{prokura.Errorf(prokura.PermissionMissing, "The permission ads_read is missing.").WithField("scope"),
			`{"error":{"message":"(#200) The permission ads_read is missing.","type":"OAuthException","code":200,"error_data":{"blame_field_specs":[["scope"]]},"fbtrace_id":"T"}}`},
		{prokura.Errorf(prokura.TokenExpired, "The session expired on Saturday, 26-Mar-16 06:31:46 PDT. The current time is Sunday, 27-Mar-16 00:00:00 PDT."),
			`{"error":{"message":"The session expired on Saturday, 26-Mar-16 06:31:46 PDT. The current time is Sunday, 27-Mar-16 00:00:00 PDT.","type":"OAuthException","code":190,"error_subcode":463,"fbtrace_id":"T"}}`},
		{prokura.Errorf(prokura.ProofWrong, "The proof is wrong."),
			`{"error":{"message":"The proof is wrong.","type":"GraphMethodException","code":100,"fbtrace_id":"T"}}`},
		{errors.New("SELECT secret FROM app: disk on fire"),
			`{"error":{"message":"(#1) An unexpected error has occurred. Please retry your request later.","type":"OAuthException","code":1,"fbtrace_id":"T"}}`},
		{fmt.Errorf("read node: %w", context.DeadlineExceeded),
			`{"error":{"message":"(#2) The call took too long. Please retry it later.","type":"OAuthException","code":2,"is_transient":true,"fbtrace_id":"T"}}`},
	} {
		var w Writer
		putError(&w, asError(c.err), "T")
		if string(w.buf) != c.want {
			t.Errorf("got  %s\nwant %s", w.buf, c.want)
		}
	}
}

func TestChallenge(t *testing.T) {
	h := world(t)
	r := call(t, h, "GET /me?access_token=BAD")
	if got, want := r.header.Get("WWW-Authenticate"), `OAuth "Facebook Platform" "invalid_token" "Invalid \"token\""`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := string(appendHeaderText(nil, "a\r\nSet-Cookie: x\u00e9\\")); got != `a??Set-Cookie: x?\\` {
		t.Errorf("header text %q", got)
	}
}

// Whoever is refused for now is told when to come back, alone and in a batch
// (R-WORK-01); whoever is refused for good is told nothing.
func TestRetryAfter(t *testing.T) {
	h := world(t)
	var refused error
	resolve := h.Resolve
	h.Resolve = func(c *Call) error {
		if refused != nil && c.Node == "1" {
			return refused
		}
		return resolve(c)
	}
	for _, c := range []struct {
		err  *prokura.Error
		want string
	}{
		{prokura.Errorf(prokura.TooManyCalls, "Too much.").WithAgain(1500 * time.Millisecond), "2"},
		{prokura.Errorf(prokura.Unavailable, "Too much.").WithAgain(time.Second), "1"},
		{prokura.Errorf(prokura.RoleMissing, "No role."), ""},
	} {
		refused = c.err
		r := call(t, h, "GET /1?access_token=A")
		if got := r.header.Get("Retry-After"); got != c.want || r.status < 400 {
			t.Errorf("%v: %d, Retry-After %q, want %q", c.err, r.status, got, c.want)
		}
		if !strings.Contains(r.header.Get("Access-Control-Expose-Headers"), "Retry-After") {
			t.Error("scripts cannot read the header")
		}
		batch := call(t, h, `POST /?access_token=A&include_headers=true&batch=[{"method":"GET","relative_url":"1"}]`)
		if got := strings.Contains(batch.text, `{"name":"Retry-After","value":"`+c.want+`"}`); got != (c.want != "") {
			t.Errorf("%v in a batch: %s", c.err, batch.text)
		}
	}
}

func TestStrictHTTP(t *testing.T) {
	h := world(t)
	for _, line := range []string{"GET /me?access_token=BAD", "GET /me"} {
		h.StrictHTTP = false
		if r := call(t, h, line); r.status != 400 {
			t.Errorf("%s: %d", line, r.status)
		}
		h.StrictHTTP = true
		if r := call(t, h, line); r.status != 401 {
			t.Errorf("%s, strict: %d", line, r.status)
		}
	}
}

// What is missing, invisible or unsupported is one and the same answer, but
// for the trace id (T40); people with a role on the app may see why.
func TestNotFoundIsVague(t *testing.T) {
	h := world(t)
	blank := func(r reply) string {
		return strings.ReplaceAll(r.text, r.header.Get("x-fb-request-id"), "")
	}
	missing := call(t, h, "GET /404?access_token=A")
	unsupported := call(t, h, "GET /1/nope?access_token=A")
	if a, b := blank(missing), blank(unsupported); a != b || !strings.Contains(a, "Unsupported get request") {
		t.Errorf("they differ:\n%s\n%s", a, b)
	}
	if code, sub := missing.code(); code != 100 || sub != 33 {
		t.Errorf("code %d/%d", code, sub)
	}
	if r := call(t, h, "PATCH /1?access_token=A"); !strings.Contains(r.text, "Unsupported request.") {
		t.Errorf("a method that does not exist: %s", r.text)
	}
	if r := call(t, h, "GET /404?access_token=A&debug=all"); strings.Contains(r.text, "grant") {
		t.Errorf("a stranger saw the detail: %s", r.text)
	}
	if r := call(t, h, "GET /404?access_token=DEV&debug=all"); !strings.Contains(r.text, "grant does not reach it") {
		t.Errorf("the developer did not see the detail: %s", r.text)
	}
}
