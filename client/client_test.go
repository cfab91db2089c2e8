package client_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/client"
)

func TestNew(t *testing.T) {
	t.Parallel()
	for _, c := range []client.Config{
		{}, {AppID: "a1"}, {AppID: "1", Server: "http://login.example.com"}, {AppID: "1", Server: "https://login.example.com/path"},
		{AppID: "1", Graph: "ftp://x"}, {AppID: "1", Version: "23.0"}, {AppID: "1", Version: "v23.0/.."}, {AppID: "1", Server: "https://x?a"},
	} {
		if _, err := client.New(c); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
	for _, c := range []client.Config{{AppID: "1"}, {AppID: "1", Server: "http://127.0.0.1:8080/"}, {AppID: "1", Server: "http://localhost"}, {AppID: "1", Version: "v99.0"}} {
		if _, err := client.New(c); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestLoginURL(t *testing.T) {
	t.Parallel()
	c, _ := client.New(client.Config{AppID: "1", Secret: "s", Server: "https://login.example.com"})
	for _, l := range []client.Login{{RedirectURI: "https://a.example/"}, {ConfigID: "1"}, {ConfigID: "1", RedirectURI: "/back"}, {ConfigID: "1", RedirectURI: "https://a.example/#x"}} {
		if _, _, err := c.LoginURL(l, ""); err == nil {
			t.Errorf("%+v is accepted", l)
		}
	}
	l := client.Login{Scope: []string{"email", "ads_read"}, RedirectURI: "https://a.example/?b=c", AuthType: "rerequest", Extra: url.Values{"display": {"popup"}, "state": {"mine"}}}
	first, state, _ := c.LoginURL(l, "x y")
	second, other, _ := c.LoginURL(l, "x y")
	u, err := url.Parse(first)
	if err != nil || first == second || state == other {
		t.Fatal(first, second)
	}
	q := u.Query()
	if u.Path != "/v25.0/dialog/oauth" || q.Get("scope") != "email,ads_read" || q.Get("redirect_uri") != l.RedirectURI || q.Get("state") != state || q.Get("display") != "popup" || q.Get("auth_type") != "rerequest" ||
		q.Get("response_type") != "code" || len(q.Get("code_challenge")) != 43 || q.Has("config_id") {
		t.Error(first)
	}
}

// The statuses and the order of deliveries: what is not signed is refused, what
// comes again is handled once, what comes late says so, what failed comes back.
func TestWebhooks(t *testing.T) {
	t.Parallel()
	c, _ := client.New(client.Config{AppID: "1", Secret: "new", OldSecrets: []prokura.Secret{"old"}})
	var told []string
	broken := ""
	hook := c.Webhooks("meatyhamhock", func(_ context.Context, e client.Event) error {
		if e.Field == broken {
			return errors.New("the database is down: secret")
		}
		told = append(told, fmt.Sprintf("%s %d %t", e.Field, e.Time.Unix(), e.Late))
		return nil
	})
	post := func(body, secret, secret1 string) int {
		w, r := httptest.NewRecorder(), httptest.NewRequest("POST", "/hook", strings.NewReader(body))
		m, m1 := hmac.New(sha256.New, []byte(secret)), hmac.New(sha1.New, []byte(secret1))
		m.Write([]byte(body))
		m1.Write([]byte(body))
		if secret != "" {
			r.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(m.Sum(nil)))
		}
		if secret1 != "" {
			r.Header.Set("X-Hub-Signature", "sha1="+hex.EncodeToString(m1.Sum(nil)))
		}
		hook.ServeHTTP(w, r)
		if strings.Contains(w.Body.String(), "secret") {
			t.Error("the handler's error is told to the sender")
		}
		return w.Code
	}
	event := func(at int, fields ...string) string {
		text := ""
		for i, f := range fields {
			if i > 0 {
				text += ","
			}
			text += `{"field":"` + f + `","value":{"business_manager_id":"7"}}`
		}
		return fmt.Sprintf(`{"object":"application","entry":[{"id":"1","time":%d,"changes":[%s]}]}`, at, text)
	}
	for i, x := range []struct {
		body, secret, secret1, broken string
		status                        int
		told                          string
	}{
		{event(10, "a"), "new", "new", "", 200, "a 10 false"},
		{event(10, "a"), "new", "new", "", 200, ""},              // again
		{event(20, "b"), "old", "", "", 200, "b 20 false"},       // signed by the former secret
		{event(10, "a"), "new", "new", "", 200, ""},              // again, after a newer one
		{event(15, "c"), "new", "new", "", 200, "c 15 true"},     // late
		{event(20, "d"), "new", "new", "", 200, "d 20 true"},     // of the same second
		{event(20, "b"), "new", "new", "", 200, "b 20 true"},     // again or anew: nobody can know
		{event(30, "e", "f"), "new", "", "f", 500, "e 30 false"}, // half of it fails
		{event(30, "e", "f"), "new", "", "", 200, "f 30 true"},
		{event(30, "e", "f"), "", "", "", 401, ""},
		{event(31, "g"), "", "new", "", 401, ""},
		{event(31, "g"), "new", "wrong", "", 401, ""},
		{event(31, "g"), "wrong", "new", "", 401, ""},
		{event(31, "g"), "new", "old", "", 401, ""},
		{`[`, "new", "", "", 400, ""},
		{`{"object":"permissions","entry":[{"id":"9","time":40,"changed_fields":["email"]}]}`, "new", "", "", 200, "email 40 false"},
	} {
		told, broken = nil, x.broken
		if got := post(x.body, x.secret, x.secret1); got != x.status || strings.Join(told, ",") != x.told {
			t.Errorf("%d: status %d and %q, want %d and %q", i, got, strings.Join(told, ","), x.status, x.told)
		}
	}
	hook.Client = func() *client.Client { return c.WithSecret("newest") } // as after a reset
	told = nil
	if got := post(event(50, "h"), "newest", "newest"); got != 200 || post(event(51, "i"), "new", "") != 200 || strings.Join(told, ",") != "h 50 false,i 51 false" {
		t.Errorf("after a reset: %d %v", got, told)
	}
	for address, want := range map[string]string{
		"/hook?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=meatyhamhock": "200 1158201444",
		"/hook?hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong":                 "403 ",
		"/hook?hub.challenge=1&hub.verify_token=meatyhamhock":                             "403 ",
		"/hook": "403 ",
	} {
		w := httptest.NewRecorder()
		hook.ServeHTTP(w, httptest.NewRequest("GET", address, nil))
		if got := fmt.Sprint(w.Code, " ", w.Body); got != want || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}

func TestSignedRequests(t *testing.T) {
	t.Parallel()
	c, _ := client.New(client.Config{AppID: "1", Secret: "new", OldSecrets: []prokura.Secret{"old"}})
	now := time.Now().Unix()
	sign := func(secret prokura.Secret, issued, expires int64) string {
		return prokura.SignRequest(prokura.SignedRequest{UserID: "7", IssuedAt: issued, Expires: expires}, secret)
	}
	for text, ok := range map[string]bool{sign("new", now, 0): true, sign("old", now, 0): true, sign("other", now, 0): false, sign("new", now-7200, 0): false,
		sign("new", now, now-1): false, "": false, "a.b": false} {
		if r, err := c.SignedRequest(text, time.Hour); (err == nil) != ok || ok && r.UserID != "7" || err != nil && strings.Contains(err.Error(), "7") {
			t.Errorf("%q: %v", text, err)
		}
	}
	r := httptest.NewRequest("POST", "/deauthorize", strings.NewReader(url.Values{"signed_request": {sign("new", now, 0)}}.Encode()))
	if _, err := c.SignedForm(r); err == nil {
		t.Error("no form")
	}
	r = httptest.NewRequest("POST", "/deauthorize", strings.NewReader(url.Values{"signed_request": {sign("new", now, 0)}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if got, err := c.SignedForm(r); err != nil || got.UserID != "7" {
		t.Error(err)
	}
}

// bareGet is the same call as [client.Get] makes, by an http.Client alone.
func bareGet(ctx context.Context, c *http.Client, server, proof string, into any) error {
	q := url.Values{"fields": {"name,currency"}, "appsecret_proof": {proof}}
	r, err := http.NewRequestWithContext(ctx, "GET", server+"/v25.0/act_1?"+q.Encode(), nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer token")
	resp, err := c.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %w", resp.Status, err)
	}
	return json.Unmarshal(body, into)
}

type quickAccount struct{ Name, Currency string }

// Get costs little beside the same call by a bare http.Client, proof, headers and
// errors included.
func TestGetAllocations(t *testing.T) {
	bare := &http.Client{Transport: quick{}}
	c, err := client.New(client.Config{AppID: "1", Secret: "secret", HTTP: bare})
	if err != nil {
		t.Fatal(err)
	}
	as, ctx, proof := c.As("token"), t.Context(), prokura.Proof("token", "secret")
	least := testing.AllocsPerRun(200, func() {
		var a quickAccount
		if err := bareGet(ctx, bare, client.MetaGraph, proof, &a); err != nil || a.Name != "EU" {
			t.Fatal(a, err)
		}
	})
	got := testing.AllocsPerRun(200, func() {
		if a, err := client.Get[quickAccount](ctx, as, "act_1", client.Fields("name", "currency")); err != nil || a.Name != "EU" {
			t.Fatal(a, err)
		}
	})
	t.Logf("%v allocations, %v by a bare client", got, least)
	if got > least+15 {
		t.Errorf("Get makes %v allocations, a bare client %v", got, least)
	}
}

// BenchmarkGet measures Get beside the same call by a bare client, over loopback.
func BenchmarkGet(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Ad-Account-Usage", `{"acc_id_util_pct":1,"reset_time_duration":0}`)
		io.WriteString(w, `{"name":"EU","currency":"EUR","id":"act_1"}`)
	}))
	defer server.Close()
	c, err := client.New(client.Config{AppID: "1", Secret: "secret", Server: server.URL, HTTP: server.Client()})
	if err != nil {
		b.Fatal(err)
	}
	as, ctx, proof := c.As("token"), b.Context(), prokura.Proof("token", "secret")
	b.Run("bare", func(b *testing.B) {
		for b.Loop() {
			var a quickAccount
			if err := bareGet(ctx, server.Client(), server.URL, proof, &a); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("client", func(b *testing.B) {
		for b.Loop() {
			if _, err := client.Get[quickAccount](ctx, as, "act_1", client.Fields("name", "currency")); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// quick answers without a network.
type quick struct{}

func (quick) RoundTrip(r *http.Request) (*http.Response, error) {
	const body = `{"name":"EU","currency":"EUR","id":"act_1"}`
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}, "X-Ad-Account-Usage": {`{"acc_id_util_pct":1,"reset_time_duration":0}`}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r}, nil
}

func FuzzWebhook(f *testing.F) {
	f.Add([]byte(`{"object":"page","entry":[{"id":"1","time":1,"changes":[{"field":"a","value":{"business_manager_id":"7"}}]}]}`), "sha256=00")
	f.Add([]byte(`{"entry":[{"id":1,"changed_fields":["a"]}]}`), "")
	f.Fuzz(func(t *testing.T, body []byte, signature string) {
		c, _ := client.New(client.Config{AppID: "1", Secret: "secret"})
		handled := 0
		hook := c.Webhooks("v", func(_ context.Context, e client.Event) error { handled++; return nil })
		send := func(signature string) int {
			w, r := httptest.NewRecorder(), httptest.NewRequest("POST", "/", strings.NewReader(string(body)))
			r.Header.Set("X-Hub-Signature-256", signature)
			hook.ServeHTTP(w, r)
			return w.Code
		}
		m := hmac.New(sha256.New, []byte("secret"))
		m.Write(body)
		right := "sha256=" + hex.EncodeToString(m.Sum(nil))
		if !strings.EqualFold(signature, right) && (send(signature) != 401 || handled != 0) {
			t.Fatalf("signature %q is taken", signature)
		}
		events, err := client.ParseEvents(body)
		if status := send(right); (status == 200) != (err == nil) || handled > len(events) {
			t.Fatalf("status %d, %d handled of %d, %v", status, handled, len(events), err)
		}
	})
}

func FuzzSignedRequest(f *testing.F) {
	f.Add(prokura.SignRequest(prokura.SignedRequest{UserID: "7", IssuedAt: 1}, "other"), "7")
	f.Add("a.b", "")
	f.Fuzz(func(t *testing.T, text, user string) {
		c, _ := client.New(client.Config{AppID: "1", Secret: "secret"})
		if _, err := c.SignedRequest(text, 0); err == nil {
			t.Fatalf("%q is taken", text)
		}
		right := prokura.SignRequest(prokura.SignedRequest{UserID: strings.ToValidUTF8(user, ""), IssuedAt: 1}, "secret")
		if got, err := c.SignedRequest(right, 0); err != nil && len(right) < 8<<10 || err == nil && got.UserID != strings.ToValidUTF8(user, "") {
			t.Fatalf("%q: %v", right, err)
		}
	})
}

// Whatever a server writes as the next page, no token of it is kept, and the
// token goes to no other server.
func FuzzPagingLink(f *testing.F) {
	for _, s := range []string{"https://graph.facebook.com/v23.0/1/x?access_token=EAAC&after=2", "https://evil.example/x", "//x", "https://graph.facebook.com/%2e%2e/x?a=1&a=2", "?access_token=1;access_token=2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, link string) {
		text, err := json.Marshal(link)
		if err != nil {
			return
		}
		var l client.Link
		readable := json.Unmarshal(text, &l) == nil
		if readable {
			u, err := url.Parse(string(l))
			if err != nil {
				t.Fatalf("%q became %q: %v", link, l, err)
			}
			if q := u.Query(); q.Has("access_token") || q.Has("appsecret_proof") || u.User != nil {
				t.Fatalf("%q became %q", link, l)
			}
		}
		first := true
		c, _ := client.New(client.Config{AppID: "1", HTTP: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.URL.Host != "graph.facebook.com" || r.URL.Scheme != "https" || r.Method != "GET" || !strings.HasPrefix(r.URL.Path, "/v25.0/") || r.URL.Query().Has("access_token") {
				t.Fatalf("%q led to %s %s", link, r.Method, r.URL)
			}
			body := `{"data":[1],"paging":{"next":` + string(text) + `}}`
			if !first {
				body = `{"data":[]}`
			}
			first = false
			return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Header: http.Header{}, Request: r}, nil
		})}})
		var all []int
		for n := range client.All[int](t.Context(), c.As("EAAsecret"), "1/x") {
			all = append(all, n)
		}
		if readable && !slices.Contains(all, 1) {
			t.Fatal("the first page is lost")
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
