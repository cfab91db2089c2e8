package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/client"
)

// A scripted server stands in for Meta's hosts: answers in the shapes that Meta
// documents and that are seen from it, with made-up ids. It fails the test when a
// secret is in an address, or a call goes to a host that it does not know.
type scripted struct {
	t       *testing.T
	mu      sync.Mutex
	answers map[string][]answer // by method and path; the last one stays
	calls   []call
}

type answer struct {
	status int
	header map[string]string
	body   string
	err    error // instead of an answer
}

type call struct {
	what   string // method and path
	query  url.Values
	form   url.Values
	bearer string
}

const (
	metaApp    = "138483919580948"
	metaSecret = "6f8a1c0d9e4b7235f01a2b3c4d5e6f70"
	metaToken  = "EAAB0cT0ken0fN0b0dyZDZD"
)

func meta(t *testing.T, answers map[string][]answer) (*client.Client, *scripted) {
	t.Helper()
	s := &scripted{t: t, answers: answers}
	c, err := client.New(client.Config{AppID: metaApp, Secret: metaSecret, Version: "v23.0", HTTP: &http.Client{Transport: s}})
	if err != nil {
		t.Fatal(err)
	}
	return c, s
}

func (s *scripted) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" || r.URL.Host != "graph.facebook.com" {
		s.t.Errorf("a call to %s://%s", r.URL.Scheme, r.URL.Host)
	}
	for _, secret := range []string{metaSecret, metaToken, "AQcode", "EAAC"} {
		if strings.Contains(r.URL.String(), secret) {
			s.t.Errorf("a secret is in the address of %s %s", r.Method, r.URL.Path)
		}
	}
	form := url.Values{}
	if r.Body != nil {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if form, err = url.ParseQuery(string(text)); err != nil {
			s.t.Error(err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	what := r.Method + " " + strings.TrimPrefix(r.URL.Path, "/v23.0")
	s.calls = append(s.calls, call{what, r.URL.Query(), form, r.Header.Get("Authorization")})
	list := s.answers[what]
	if len(list) == 0 {
		s.t.Errorf("nobody expects %s", what)
		return nil, errors.New("unexpected")
	}
	if len(list) > 1 {
		s.answers[what] = list[1:]
	}
	a := list[0]
	if a.err != nil {
		return nil, a.err
	}
	h := http.Header{"Content-Type": {"application/json; charset=UTF-8"}, "Facebook-Api-Version": {"v23.0"}}
	for name, value := range a.header {
		h.Set(name, value)
	}
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return &http.Response{StatusCode: a.status, Header: h, Body: io.NopCloser(strings.NewReader(a.body)), ContentLength: int64(len(a.body)), Request: r}, nil
}

func (s *scripted) last() call { return s.calls[len(s.calls)-1] }

// The same client, unmodified, against the shapes of Meta's answers (R-CARE-02).
func TestMeta(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	c, s := meta(t, map[string][]answer{
		"POST /oauth/access_token": {{body: `{"access_token":"EAAC1","token_type":"bearer","expires_in":5183944}`}},
		"GET /me":                  {{body: `{"name":"Sample Person","id":"1207059"}`}},
		"POST /debug_token": {{body: `{"data":{"app_id":"138483919580948","type":"SYSTEM_USER","application":"Social Cafe","data_access_expires_at":0,"expires_at":0,"is_valid":true,
			"issued_at":1347235328,"scopes":["business_management","ads_read"],"granular_scopes":[{"scope":"ads_read","target_ids":["11",12]},{"scope":"business_management"}],"user_id":1207059}}`},
			{body: `{"data":{"error":{"code":190,"message":"Error validating access token: Session has expired.","subcode":463},"is_valid":false,"scopes":[]}}`},
			{body: `{"data":{"is_valid":false,"scopes":[]}}`}},
		"POST /42/system_user_access_tokens": {{body: `{"access_token":"EAAC2"}`}},
		"GET /oauth/nothing":                 {{body: `{"id":"1"}`}},
		"POST /oauth/revoke":                 {{body: `{"success":true}`}, {body: `true`}, {body: `{"success":false}`}},
	})
	login, state, err := c.LoginURL(client.Login{ConfigID: "77", RedirectURI: "https://cafe.example/back"}, "")
	if err != nil || !strings.HasPrefix(login, "https://www.facebook.com/v23.0/dialog/oauth?") {
		t.Fatal(login, err)
	}
	token, err := c.FinishLogin(ctx, client.Login{ConfigID: "77", RedirectURI: "https://cafe.example/back"}, state, url.Values{"code": {"AQcode"}, "state": {state}})
	if in := time.Until(token.Expires); err != nil || token.Secret.Reveal() != "EAAC1" || in < 59*24*time.Hour || in > 60*24*time.Hour {
		t.Fatal(token.Expires, err)
	}
	if f := s.last(); f.bearer != "" || f.form.Get("client_secret") != metaSecret || prokura.Challenge(f.form.Get("code_verifier")) != challengeOf(t, login) || f.form.Get("redirect_uri") != "https://cafe.example/back" {
		t.Errorf("the exchange: %v", f.form)
	}
	if me, err := c.As(metaToken).Me(ctx); err != nil || me.ID != "1207059" || s.last().bearer != "Bearer "+metaToken || s.last().query.Get("appsecret_proof") != prokura.Proof(metaToken, metaSecret) {
		t.Error(me, err, s.last())
	}
	i, err := c.Debug(ctx, metaToken)
	if err != nil || !i.Valid || i.UserID != "1207059" || !slices.Equal(i.Granular[0].Targets, []string{"11", "12"}) || !i.Expires.IsZero() || i.Granular[1].Targets != nil {
		t.Errorf("%+v %v", i, err)
	}
	if f := s.last(); f.form.Get("method") != "GET" || f.form.Get("input_token") != metaToken || f.bearer != "Bearer "+metaApp+"|"+metaSecret || f.form.Has("appsecret_proof") {
		t.Errorf("debug_token: %v", f)
	}
	for _, subcode := range []int{463, 0} {
		if i, err := c.Debug(ctx, metaToken); err != nil || i.Valid || !errors.Is(i.Why, client.Dead) || i.Why.Subcode != subcode {
			t.Errorf("%+v %v", i, err)
		}
	}
	if child, err := c.As(metaToken).Cut(ctx, "42", client.Narrow{Scopes: []string{"ads_read"}, Assets: []string{"11"}}); err != nil || child.Secret.Reveal() != "EAAC2" ||
		s.last().form.Encode() != (url.Values{"scope": {"ads_read"}, "asset": {"11"}, "appsecret_proof": {prokura.Proof(metaToken, metaSecret)}}).Encode() {
		t.Error(err, s.last().form)
	}
	for range 2 {
		if err := c.Revoke(ctx, metaToken); err != nil {
			t.Error(err)
		}
	}
	if err := c.Revoke(ctx, metaToken); err == nil {
		t.Error("success:false is no success")
	}
}

func challengeOf(t *testing.T, login string) string {
	t.Helper()
	u, err := url.Parse(login)
	if err != nil || u.Query().Get("code_challenge_method") != "S256" {
		t.Fatal(login, err)
	}
	return u.Query().Get("code_challenge")
}

// Each code of Meta's leads to the one right reaction, whatever the status.
func TestMetaErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		body   string
		want   client.Class
	}{
		{400, `{"error":{"message":"Error validating access token: The session has been invalidated because the user changed their password or for security reasons.","type":"OAuthException","code":190,"error_subcode":460,"fbtrace_id":"AXsgnV2Cm3ZMGF3dF_cfYIn"}}`, client.Dead},
		{401, `{"error":{"message":"Invalid OAuth access token - Cannot parse access token","type":"OAuthException","code":190,"fbtrace_id":"A1"}}`, client.Dead},
		{400, `{"error":{"message":"(#102) A user access token is required","type":"OAuthException","code":102}}`, client.Dead},
		{403, `{"error":{"message":"(#4) Application request limit reached","type":"OAuthException","is_transient":true,"code":4,"fbtrace_id":"A2"}}`, client.Throttled},
		{400, `{"error":{"message":"User request limit reached","type":"OAuthException","is_transient":true,"code":17,"error_subcode":2446079}}`, client.Throttled},
		{400, `{"error":{"message":"(#80004) There have been too many calls to this ad-account.","type":"OAuthException","code":80004,"error_subcode":2446079,"is_transient":false}}`, client.Throttled},
		{400, `{"error":{"message":"(#613) Calls to this api have exceeded the rate limit.","type":"OAuthException","code":613}}`, client.Throttled},
		{429, `Too Many Requests`, client.Throttled},
		{500, `{"error":{"message":"An unexpected error has occurred. Please retry your request later.","type":"OAuthException","is_transient":true,"code":2}}`, client.Transient},
		{500, `{"error":{"message":"An unknown error occurred","type":"OAuthException","code":1}}`, client.Transient},
		{503, `<html>`, client.Transient},
		{400, `{"error":{"message":"Error validating client secret.","type":"OAuthException","code":1}}`, ""},
		{403, `{"error":{"message":"(#200) Provide valid app ID","type":"OAuthException","code":200}}`, client.Forbidden},
		{400, `{"error":{"message":"(#10) Application does not have permission for this action","type":"OAuthException","code":10}}`, client.Forbidden},
		{400, `{"error":{"message":"(#294) Managing advertisements requires an access token","type":"OAuthException","code":294}}`, client.Forbidden},
		{400, `{"error":{"message":"Invalid appsecret_proof provided in the API argument","type":"GraphMethodException","code":100}}`, ""},
		{400, `{"error":{"message":"An active access token must be used to query information about the current user.","type":"OAuthException","code":2500}}`, ""},
		{404, `{"error":{"message":"(#803) Some of the aliases you requested do not exist: x","type":"OAuthException","code":803}}`, ""},
		{200, `{ "error":{"message":"under suppress_http_code","type":"OAuthException","code":190}}`, client.Dead},
		{302, ``, ""},
	} {
		app, s := meta(t, map[string][]answer{"POST /me/feed": {{status: c.status, body: c.body}}})
		_, err := client.Do[struct{}](t.Context(), app.As(metaToken), client.Call{Method: "POST", Path: "me/feed"})
		e, ok := errors.AsType[*client.Error](err)
		if !ok || e.Class != c.want || e.Status != c.status || len(s.calls) != 1 {
			t.Errorf("%d %s: %v of class %q after %d calls, want %q after one", c.status, c.body, err, e.Class, len(s.calls), c.want)
		}
		for _, class := range []client.Class{client.Dead, client.Throttled, client.Transient, client.Forbidden} {
			if errors.Is(err, class) != (class == c.want) {
				t.Errorf("%s: errors.Is %q is %t", c.body, class, class != c.want)
			}
		}
	}
	app, _ := meta(t, map[string][]answer{"GET /me": {{status: 400, body: `{"error":{"message":"(#100) Param","type":"OAuthException","code":100,"fbtrace_id":"Ab","error_user_title":"T","error_user_msg":"M","error_data":"{\"blame_field_specs\":[[\"scope\"]]}"}}`}}})
	_, err := app.As(metaToken).Me(t.Context())
	if e, _ := errors.AsType[*client.Error](err); e == nil || e.TraceID != "Ab" || e.Title != "T" || e.UserMessage != "M" || !slices.Equal(e.Parameters, []string{"scope"}) {
		t.Errorf("%+v", e)
	}
}

// A page whose next link holds the token, as Meta writes it, is followed without
// it; links that lead to other servers are not followed at all.
func TestMetaPaging(t *testing.T) {
	t.Parallel()
	const next = `"https:\/\/graph.facebook.com\/v23.0\/77\/system_users?access_token=` + metaToken + `&appsecret_proof=aa&pretty=0&limit=1&after=QVFIsecond"`
	list := func(id, next string) answer {
		return answer{body: `{"data":[{"id":"` + id + `"}],"paging":{"cursors":{"before":"QVFIa","after":"QVFIb"},"next":` + next + `}}`}
	}
	c, s := meta(t, map[string][]answer{"GET /77/system_users": {list("1", next), {body: `{"data":[{"id":"2"}],"paging":{"cursors":{"before":"QVFIa","after":"QVFIb"}}}`}}})
	var ids []string
	for u, err := range c.As(metaToken).SystemUsers(t.Context(), "77") {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, u.ID)
	}
	if got := s.last(); !slices.Equal(ids, []string{"1", "2"}) || got.query.Get("after") != "QVFIsecond" || got.query.Has("access_token") || got.bearer != "Bearer "+metaToken ||
		!slices.Equal(got.query["appsecret_proof"], []string{prokura.Proof(metaToken, metaSecret)}) {
		t.Error(ids, got)
	}
	for page, err := range client.Pages[struct{}](t.Context(), c.As(metaToken), "77/system_users") {
		if err == nil && strings.Contains(string(page.Paging.Next), metaToken) {
			t.Error("the token is in the page's link")
		}
	}
	for name, link := range map[string]string{
		"elsewhere":   `"https:\/\/graph.facebook.com.evil.example\/v23.0\/77\/x?after=2"`,
		"in clear":    `"http:\/\/graph.facebook.com\/v23.0\/77\/x?after=2"`,
		"the same":    `"https:\/\/graph.facebook.com\/v23.0\/77\/system_users"`,
		"no address":  `"https:\/\/%zz` + metaToken + `"`,
		"a bad path":  `"https:\/\/graph.facebook.com\/v23.0\/77\/..\/..\/x?after=2"`,
		"no text":     `7`,
		"a user":      `"https:\/\/graph.facebook.com@evil.example\/v23.0\/77\/x?after=2"`,
		"a new token": `"https:\/\/graph.facebook.com\/v23.0\/77\/x?access_token=EAAC9&method=DELETE&after=2"`,
	} {
		c, s := meta(t, map[string][]answer{"GET /77/system_users": {list("1", link)}})
		var failed error
		for _, err := range client.All[struct{}](t.Context(), c.As(metaToken), "77/system_users") {
			failed = err
		}
		if failed == nil || len(s.calls) != 1 || strings.Contains(failed.Error(), metaToken) {
			t.Errorf("%s: %v after %d calls", name, failed, len(s.calls))
		}
	}
}

// No secret is in an error, though the server repeats it and the network's own
// errors name the address.
func TestSecretsAreNowhere(t *testing.T) {
	t.Parallel()
	echo := func(sent ...string) answer {
		text := strings.Join(sent, " ")
		return answer{status: 400, body: `{"error":{"message":"Malformed ` + text + `","error_user_title":"` + text + `","error_user_msg":"` + url.QueryEscape(text) + `","code":190}}`}
	}
	broken := answer{err: &url.Error{Op: "Get", URL: "https://graph.facebook.com/me?appsecret_proof=" + prokura.Proof(metaToken, metaSecret), Err: io.ErrUnexpectedEOF}}
	c, _ := meta(t, map[string][]answer{"GET /me": {echo(metaToken), broken}, "POST /oauth/access_token": {echo("AQcode", metaSecret)},
		"POST /debug_token": {echo(metaToken, metaApp+"|"+metaSecret)}, "POST /": {echo(metaToken), echo("EAACother", "EAACthird"),
			{body: `[{"code":400,"headers":[],"body":"{\"error\":{\"message\":\"` + metaToken + ` EAACother EAACthird\",\"code\":100}}"},null]`}}})
	ctx := t.Context()
	var failed []error
	fail := func(_ any, err error) { failed = append(failed, err) }
	fail(c.As(metaToken).Me(ctx))
	fail(c.As(metaToken).Me(ctx))
	fail(c.Exchange(ctx, "AQcode", "https://cafe.example/", ""))
	fail(c.Debug(ctx, metaToken))
	fail(nil, c.As(metaToken).Batch(ctx, client.Op{Call: client.Call{Path: "me"}})[0].Err)
	two := []client.Op{{Call: client.Call{Path: "me"}, Token: "EAACother"}, {Call: client.Call{Method: http.MethodPost, Path: "debug", Params: []client.Param{client.Set("input_token", "EAACthird")}}}}
	fail(nil, c.As(metaToken).Batch(ctx, two...)[1].Err) // all of it is refused, with what two of it hold
	fail(nil, c.As(metaToken).Batch(ctx, two...)[0].Err) // one is, with what another holds
	fail(client.Get[struct{}](ctx, c.As(metaToken), "me?access_token="+metaToken))
	fail(client.Get[struct{}](ctx, c.As(metaToken), "me", client.Set("access_token", metaToken)))
	fail(client.New(client.Config{AppID: "1", Server: "https://u:" + metaSecret + "@x"}))
	for i, err := range failed {
		text := fmt.Sprintf("%v %+v %q", err, err, err)
		if err == nil {
			t.Errorf("%d: no error", i)
		}
		if e, ok := errors.AsType[*client.Error](err); ok {
			text += fmt.Sprintf("%+v", *e)
		}
		for _, secret := range []string{metaSecret, metaToken, "AQcode", "EAAC", prokura.Proof(metaToken, metaSecret)} {
			if strings.Contains(text, secret) {
				t.Errorf("%d: a secret is in %s", i, text)
			}
		}
	}
	for _, v := range []any{client.Token{Secret: metaToken}, c.As(metaToken), c.AsApp(), c, c.Webhooks("verify-me", nil), *c.As(metaToken)} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			if text := fmt.Sprintf(format, v); strings.Contains(text, metaToken) || strings.Contains(text, metaSecret) || strings.Contains(text, "verify-me") {
				t.Errorf("%T printed by %s: %s", v, format, text)
			}
		}
	}
}

// Calls slow down before a limit, as the headers tell, each budget by itself, and
// one that is spent is not called on at all.
func TestPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		account := func(percent string) answer {
			return answer{header: map[string]string{"X-Ad-Account-Usage": `{"acc_id_util_pct":` + percent + `,"reset_time_duration":300,"ads_api_access_tier":"standard_access"}`}, body: `{}`}
		}
		c, s := meta(t, map[string][]answer{
			"GET /act_1": {account("40"), account("79.5"), account("90"), account("100"), account("3")},
			"GET /act_2": {{body: `{}`, header: map[string]string{"X-Business-Use-Case-Usage": `{"2":[{"type":"ads_management","call_count":95,"total_cputime":20,"total_time":20,"estimated_time_to_regain_access":0}]}`}}},
			"GET /act_3": {{body: `{}`}},
			"GET /me":    {{body: `{}`, header: map[string]string{"X-App-Usage": `{"call_count":28,"total_time":100,"total_cputime":25}`}}},
			"GET /act_4": {{status: 400, header: map[string]string{"X-Business-Use-Case-Usage": `{"4":[{"type":"ads_management","call_count":100,"estimated_time_to_regain_access":7}]}`}, body: `{"error":{"code":80004,"message":"too many"}}`}},
		})
		took := func(path string) time.Duration {
			start := time.Now()
			if _, err := client.Get[struct{}](t.Context(), c.As(metaToken), path); err != nil && !errors.Is(err, client.Throttled) {
				t.Fatal(err)
			}
			return time.Since(start)
		}
		for i, want := range []struct{ least, most time.Duration }{{0, 0}, {0, 0}, {0, 0}, {7 * time.Second, 8 * time.Second}, {0, 0}} {
			if got := took("act_1"); got < want.least || got > want.most {
				t.Errorf("call %d waited %v, want %v to %v", i, got, want.least, want.most)
			}
		}
		before := len(s.calls)
		_, err := client.Get[struct{}](t.Context(), c.As(metaToken), "act_1") // 100 per cent, five minutes to go
		if e, _ := errors.AsType[*client.Error](err); e == nil || !errors.Is(err, client.Throttled) || e.RetryAfter < 4*time.Minute || e.RetryAfter > 5*time.Minute || len(s.calls) != before {
			t.Errorf("a spent budget: %v", err)
		}
		if took("act_3") != 0 {
			t.Error("another account waits")
		}
		time.Sleep(5 * time.Minute)
		if took("act_1") != 0 {
			t.Error("waits after the budget came back")
		}
		took("act_2")
		if got := took("act_2"); got < 15*time.Second || got > 17*time.Second {
			t.Errorf("at 95 per cent it waited %v", got)
		}
		// Many at once are kept apart as well as one after the other.
		var group sync.WaitGroup
		start := time.Now()
		for range 4 {
			group.Go(func() { took("act_2") })
		}
		group.Wait()
		if got := time.Since(start); got < 3*15*time.Second {
			t.Errorf("four at once were let through in %v", got)
		}
		hurried, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := client.Get[struct{}](hurried, c.As(metaToken), "act_2"); !errors.Is(err, client.Throttled) {
			t.Errorf("without the time to wait: %v", err)
		}
		for range 100 { // those that give up take nobody's turn
			_, _ = client.Get[struct{}](hurried, c.As(metaToken), "act_2")
		}
		if got := took("act_2"); got > 40*time.Second {
			t.Errorf("after a hundred that gave up it waited %v", got)
		}
		took("me")
		if got := took("me"); got < 29*time.Second || got > 30*time.Second {
			t.Errorf("the app's own budget: waited %v", got)
		}
		took("act_4")
		before = len(s.calls)
		if _, err := client.Get[struct{}](t.Context(), c.As(metaToken), "act_4"); !errors.Is(err, client.Throttled) || len(s.calls) != before {
			t.Errorf("refused for seven minutes: %v", err)
		}
		time.Sleep(7*time.Minute + time.Second)
		if _, err := client.Get[struct{}](t.Context(), c.As(metaToken), "act_4"); !errors.Is(err, client.Throttled) || len(s.calls) != before+1 {
			t.Errorf("seven minutes later: %v", err)
		}
	})
}

// Only what failed in passing is repeated, a write only when nothing can have
// happened; pauses are drawn.
func TestRetries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		busy := answer{status: 503, body: `{"error":{"code":2,"is_transient":true,"message":"later"}}`}
		dead := answer{status: 400, body: `{"error":{"code":190,"message":"dead"}}`}
		lost := answer{err: io.ErrUnexpectedEOF}
		pauses := map[time.Duration]bool{}
		for range 20 {
			for _, x := range []struct {
				name    string
				call    client.Call
				answers []answer
				calls   int
				ok      bool
			}{
				{"a read", client.Call{Path: "x"}, []answer{busy, lost, {body: `{}`}}, 3, true},
				{"a read that fails on", client.Call{Path: "x"}, []answer{busy}, 3, false},
				{"a dead token", client.Call{Path: "x"}, []answer{dead}, 1, false},
				{"a write whose outcome is unknown", client.Call{Method: "POST", Path: "x"}, []answer{busy, {body: `{}`}}, 1, false},
				{"a write whose answer was lost", client.Call{Method: "POST", Path: "x"}, []answer{lost, {body: `{}`}}, 1, false},
				{"a write that may come twice", client.Call{Method: "POST", Path: "x", Idempotent: true}, []answer{lost, busy, {body: `{}`}}, 3, true},
			} {
				c, s := meta(t, map[string][]answer{"GET /x": slices.Clone(x.answers), "POST /x": slices.Clone(x.answers)})
				start := time.Now()
				_, err := client.Do[struct{}](t.Context(), c.As(metaToken), x.call)
				if len(s.calls) != x.calls || (err == nil) != x.ok {
					t.Errorf("%s: %v after %d calls, want %d", x.name, err, len(s.calls), x.calls)
				}
				if x.calls > 1 {
					pauses[time.Since(start)] = true
				}
			}
		}
		if len(pauses) < 20 {
			t.Errorf("%d different pauses in sixty calls: they are not drawn", len(pauses))
		}
		if longest := slices.Max(slices.Collect(maps.Keys(pauses))); longest > 800*time.Millisecond {
			t.Errorf("the longest pause is %v", longest)
		}
	})
}
