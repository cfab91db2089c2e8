package serve

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prokura/prokura"
)

// T63: a Host that is not ours reaches no surface, and what is built on a host
// is built on one of ours.
func TestHosts(t *testing.T) {
	r := start(t, func(c *Config) {
		c.BaseURL, c.AlsoHosts = "https://Login.Example:8443", []string{"graph.example", "exact.example:99", "[2001:db8::1]"}
	})
	_, port, _ := net.SplitHostPort(r.listener.Addr().String())
	for host, want := range map[string]int{
		"login.example":             200,
		"LOGIN.example:8443":        200,
		"login.example:" + port:     200,
		"graph.example":             200,
		"graph.example:8443":        200,
		"exact.example:99":          200,
		"[2001:db8::1]":             200,
		"[2001:db8::1]:8443":        200,
		"localhost":                 200,
		"localhost:12345":           200,
		"127.0.0.1:12345":           200,
		"[::1]:1":                   200,
		"127.9.9.9":                 200,
		"login.example:1234":        421,
		"exact.example":             421,
		"evil.example":              421,
		"login.example.evil.test":   421,
		"evil.login.example":        421,
		"localhost.evil.test":       421,
		"127.0.0.1.evil.test":       421,
		"2130706433":                421,
		"192.0.2.1":                 421,
		"login.example@evil.test":   421,
		"localhost:80@evil.test:80": 421,
	} {
		if resp, _ := r.ask("GET", "/sdk.js", "", "Host", host); resp.StatusCode != want {
			t.Errorf("Host %s: %s, want %d", host, resp.Status, want)
		}
	}
	if resp, _ := r.ask("GET", "/healthz", "", "Host", "10.1.2.3:80"); resp.StatusCode != 200 {
		t.Errorf("a probe by address gets %s", resp.Status)
	}
}

// Whatever a request claims, the SDK and the dialog lead to the base URL, and
// paging to the accepted host that was asked (T63).
func TestLinks(t *testing.T) {
	r := start(t, func(c *Config) { c.BaseURL, c.AlsoHosts = "https://login.example", []string{"graph.example"} })
	ids := r.plant()
	hostile := []string{"X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "ftp", "Forwarded", "host=evil.example;proto=ftp", "X-Forwarded-For", "192.0.2.9"}

	_, script := r.ask("GET", "/sdk.js", "", append(hostile, "Host", "graph.example")...)
	if !strings.Contains(script, `"https://login.example"`) || strings.Contains(script, "evil.example") {
		t.Error("the SDK does not lead to the base URL")
	}
	token := r.login(ids)
	for host, want := range map[string]string{"graph.example": "https://graph.example", "login.example": "https://login.example", "127.0.0.1:4711": "http://127.0.0.1:4711"} {
		_, body := r.ask("GET", "/v25.0/me/adaccounts?limit=1&access_token="+token, "", append(hostile, "Host", host)...)
		var page struct {
			Paging struct{ Next string }
		}
		if err := json.Unmarshal([]byte(body), &page); err != nil || !strings.HasPrefix(page.Paging.Next, want+"/v25.0/") {
			t.Errorf("asked by %s, the next page is at %q", host, page.Paging.Next)
		}
	}
	dialog := "/v25.0/dialog/oauth?" + url.Values{"client_id": {ids["tool"].String()}, "config_id": {ids["reports"].String()},
		"redirect_uri": {"https://tool.example/cb"}, "state": {"s"}}.Encode()
	resp, _ := r.ask("GET", dialog, "", append(hostile, "Cookie", "__Host-prokura_browser="+strings.Repeat("ab", 32))...)
	if to := resp.Header.Get("Location"); resp.StatusCode != 303 || !strings.HasPrefix(to, "/consent/") && !strings.HasPrefix(to, "https://login.example/consent/") {
		t.Errorf("the dialog leads to %q", to)
	}
}

// login completes a login of the planted world and returns its token.
func (r *running) login(ids map[string]prokura.ID) string {
	r.t.Helper()
	body := fmt.Sprintf(`{"config_id":"%s","person":"%s","business":"%s","assets":["%s","%s","%s"],"redirect_uri":"https://tool.example/cb","state":"s"}`,
		ids["reports"], ids["ada"], ids["shop"], ids["one"], ids["two"], ids["three"])
	resp, text := r.ask("POST", "/_dev/consent", body, "Content-Type", "application/json")
	var answer struct{ Code string }
	if err := json.Unmarshal([]byte(text), &answer); err != nil || resp.StatusCode != 200 {
		r.t.Fatalf("consent: %s %s", resp.Status, text)
	}
	_, text = r.ask("GET", "/oauth/access_token?"+url.Values{"client_id": {ids["tool"].String()}, "client_secret": {"0123456789abcdef0123456789abcdef"},
		"redirect_uri": {"https://tool.example/cb"}, "code": {answer.Code}}.Encode(), "")
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(text), &token); err != nil || token.AccessToken == "" {
		r.t.Fatalf("exchange: %s", text)
	}
	return token.AccessToken
}

// Every path belongs to one surface.
func TestRoutes(t *testing.T) {
	names := map[string]string{}
	surface := func(name string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { names[r.Method+" "+r.URL.RequestURI()] = name })
	}
	base, _ := url.Parse("http://login.example")
	h := &handler{hosts: newHosts(base, nil, "80"), graph: surface("graph"), oauth: surface("oauth"), web: surface("web"), sdk: surface("sdk"), dev: surface("dev")}
	for request, want := range map[string]string{
		"GET /dialog/oauth":                    "oauth",
		"GET /v25.0/dialog/oauth?client_id=1":  "oauth",
		"GET /v2.2/dialog/oauth":               "oauth",
		"GET /sdk.js":                          "sdk",
		"GET /en_US/sdk.js":                    "sdk",
		"GET /x/connect/xd_arbiter/?version=1": "sdk",
		"GET /x/oauth/status":                  "sdk",
		"GET /me":                              "graph",
		"GET /v25.0/me/accounts":               "graph",
		"GET /100000000000301":                 "graph",
		"GET /act_100000000000301":             "graph",
		"GET /oauth/access_token":              "graph",
		"POST /v25.0/oauth/access_token":       "graph",
		"POST /oauth/revoke":                   "graph",
		"POST /oauth/logout":                   "graph",
		"GET /debug_token?input_token=x":       "graph",
		"POST /?batch=%5B%5D":                  "graph",
		"GET /?ids=1,2":                        "graph",
		"POST /v25.0":                          "graph",
		"POST /":                               "graph",
		"GET /":                                "web",
		"GET /login":                           "web",
		"GET /consent/0123":                    "web",
		"GET /business/100000000000202":        "web",
		"GET /apps/new":                        "web",
		"GET /settings/security":               "web",
		"GET /static/a.css":                    "web",
		"GET /nothing/here":                    "web",
		"POST /_dev/consent":                   "dev",
		"POST /_dev/other":                     "dev",
	} {
		method, target, _ := strings.Cut(request, " ")
		req := httptest.NewRequest(method, target, nil)
		req.Host = "login.example"
		h.ServeHTTP(httptest.NewRecorder(), req)
		if got := names[request]; got != want {
			t.Errorf("%s goes to %q, want %s", request, got, want)
		}
	}
	h.dev = nil
	req := httptest.NewRequest("POST", "/_dev/consent", nil)
	req.Host = "login.example"
	h.ServeHTTP(httptest.NewRecorder(), req)
	if got := names["POST /_dev/consent"]; got == "dev" {
		t.Error("a world without --dev has the paths of --dev")
	}
}

// A fault of ours is a 500 in the wire's form, and neither answer nor log holds
// what the panic held.
func TestRecovers(t *testing.T) {
	r := start(t, nil)
	h := r.http.Handler.(*handler)
	const secret = "pku_a-token-in-a-panic"
	h.web = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Set-Cookie", "half=done")
		panic(secret)
	})
	resp, body := r.ask("GET", "/apps?access_token="+secret, "", TraceHeader, "chosen-by-the-client")
	var answer struct {
		Error struct {
			Message   string
			Code      int
			Type      string
			Transient bool   `json:"is_transient"`
			Trace     string `json:"fbtrace_id"`
		}
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil || resp.StatusCode != 500 {
		t.Fatalf("%s %q", resp.Status, body)
	}
	if e := answer.Error; e.Code != 2 || e.Type != "OAuthException" || !e.Transient || !regexp.MustCompile(`^[A-Za-z0-9_-]{11,}$`).MatchString(e.Trace) {
		t.Errorf("the answer is %s", body)
	}
	if resp.Header.Get("Set-Cookie") != "" {
		t.Error("headers of the answer that failed are in the one that did not")
	}
	log := r.log.String()
	if strings.Contains(log, secret) || strings.Contains(log, "chosen-by-the-client") {
		t.Errorf("the log holds what it must not: %s", log)
	}
	if !strings.Contains(log, answer.Error.Trace) || !strings.Contains(log, "handler_test.go") {
		t.Errorf("the log does not lead from the trace id to the fault: %s", log)
	}

	// Half an answer is cut off: the client must not take it for a whole one.
	h.web = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		w.Write([]byte("half"))
		panic("x")
	})
	req, _ := http.NewRequest("GET", r.url+"/apps", nil)
	if resp, err := http.DefaultClient.Do(req); err == nil {
		if _, err := bufio.NewReader(resp.Body).ReadString(0); err == nil || err.Error() == "EOF" {
			t.Error("half an answer ended like a whole one")
		}
		resp.Body.Close()
	}
}

// At debug level each request is a line, without query, token or handle.
func TestAccessLog(t *testing.T) {
	r := start(t, nil)
	handle := strings.Repeat("5e", 32)
	r.ask("GET", "/consent/"+handle+"?code=secret-code", "")
	r.ask("GET", "/me?access_token=secret-token", "")
	r.stop()
	<-r.done
	r.done <- nil
	log := r.log.String()
	for _, secret := range []string{handle, "secret-code", "secret-token"} {
		if strings.Contains(log, secret) {
			t.Errorf("%s is in the log: %s", secret, log)
		}
	}
	if !strings.Contains(log, "path=/me status=400") || !strings.Contains(log, "path=/consent/5e5e…") {
		t.Errorf("the log is %s", log)
	}
}

// Headers beyond 16 KiB or 100 fields are refused (security limits), at the
// limit not.
func TestHeaderLimits(t *testing.T) {
	r := start(t, nil)
	send := func(fields string) int {
		c, err := net.Dial("tcp", r.listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(time.Minute))
		go c.Write([]byte("GET /sdk.js HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + fields + "\r\n"))
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			return 0 // closed without an answer
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	const around = len("GET /sdk.js HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-A: \r\n\r\n")
	for size, want := range map[int]int{maxHeader - around: 200, maxHeader - around + 1: 431, 1000 * maxHeader: 431} {
		if got := send("X-A: " + strings.Repeat("a", size) + "\r\n"); got != want && !(got == 0 && size > 100*maxHeader) {
			t.Errorf("%d bytes of headers: %d, want %d", size+around, got, want)
		}
	}
	var fields strings.Builder
	for i := range maxHeaders - 2 { // Connection and the trace id are fields too
		fmt.Fprintf(&fields, "X-%d: 1\r\n", i)
	}
	if got := send(fields.String()); got != 200 {
		t.Errorf("%d header fields: %d", maxHeaders, got)
	}
	if got := send(fields.String() + "X-More: 1\r\n"); got != 431 {
		t.Errorf("%d header fields: %d", maxHeaders+1, got)
	}
}

// After a body in chunks the connection ends: with a length beside them, a
// proxy in between could take what follows for a request of its own.
func TestChunksCloseTheConnection(t *testing.T) {
	r := start(t, nil)
	addr := r.listener.Addr().String()
	const second = "GET /sdk.js HTTP/1.1\r\nHost: localhost\r\n\r\n"
	for name, c := range map[string]struct {
		headers, body string
		answers       int
	}{
		"a length":            {"Content-Length: 3\r\n", "a=b", 2},
		"chunks":              {"Transfer-Encoding: chunked\r\n", "3\r\na=b\r\n0\r\n\r\n", 1},
		"chunks and a length": {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "3\r\na=b\r\n0\r\n\r\n", 1},
	} {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n%s\r\n%s%s", c.headers, c.body, second)
		if half, ok := conn.(*net.TCPConn); ok {
			half.CloseWrite()
		}
		text, err := io.ReadAll(conn)
		if err != nil && !errors.Is(err, syscall.ECONNRESET) {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), "HTTP/1.1 "); n != c.answers {
			t.Errorf("%s: %d answers, want %d", name, n, c.answers)
		}
	}
}

// Connections beyond the limit are reset, and a closed one gives its place back.
func TestConnectionLimit(t *testing.T) {
	r := start(t, func(c *Config) { c.MaxConnections = 2 })
	dial := func() net.Conn {
		c, err := net.Dial("tcp", r.listener.Addr().String())
		if errors.Is(err, syscall.ECONNRESET) {
			return nil // the reset overtook the connect
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		c.SetDeadline(time.Now().Add(time.Minute))
		return c
	}
	served := func(c net.Conn) bool {
		if c == nil {
			return false
		}
		fmt.Fprintf(c, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		return err == nil && resp.StatusCode == 200
	}
	first, second := dial(), dial()
	if !served(first) || !served(second) {
		t.Fatal("connections within the limit are not served")
	}
	if served(dial()) {
		t.Error("a connection beyond the limit is served")
	}
	first.Close()
	for range 1000 {
		if served(dial()) {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Error("a closed connection gave no place back")
}

// Places are counted by address: all of a customer's IPv6 network is one.
func TestSources(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"192.0.2.1:1", "192.0.2.1:2", true},
		{"192.0.2.1:1", "[::ffff:192.0.2.1]:1", true},
		{"192.0.2.1:1", "192.0.2.2:1", false},
		{"[2001:db8::1]:1", "[2001:db8::2]:1", true},
		{"[2001:db8::1]:1", "[2001:db8:0:1::1]:1", false},
	} {
		if got := sourceOf(addr(c.a)) == sourceOf(addr(c.b)); got != c.same {
			t.Errorf("%s and %s are one source: %v", c.a, c.b, got)
		}
	}
	l := &limited{all: 100, perSource: 2, bySource: map[netip.Addr]int{}}
	remote, loopback := sourceOf(addr("192.0.2.1:1")), sourceOf(addr("[::1]:1"))
	for i, want := range []bool{true, true, false} {
		if got := l.take(remote); got != want {
			t.Errorf("connection %d of an address is taken: %v", i+1, got)
		}
		if !l.take(loopback) {
			t.Errorf("connection %d of loopback is refused", i+1)
		}
	}
	l.give(remote)
	if !l.take(remote) {
		t.Error("a place that was given back is not taken")
	}
}

type addr string

func (addr) Network() string  { return "tcp" }
func (a addr) String() string { return string(a) }
