package serve

import (
	"net"
	"net/http"
	"strings"
	"testing"
)

const devToken = "a-token-for-containers.20+"

// With a token the paths below /_dev/ answer whoever brings it, from wherever
// and by whatever name of the server, and nobody else; a page in a browser stays
// out with it, too.
func TestDevToken(t *testing.T) {
	r := start(t, func(c *Config) {
		c.Listen, c.DevToken, c.AlsoHosts = "0.0.0.0:0", devToken, []string{"login.example"}
	})
	_, port, err := net.SplitHostPort(r.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	r.url = "http://127.0.0.1:" + port
	const travel, kind, kindJSON, auth, bearer = `{"advance":"1s"}`, "Content-Type", "application/json", "Authorization", "Bearer " + devToken
	for _, c := range []struct {
		name, method, path string
		headers            []string
		want               int
	}{
		{"with the token", "POST", "/_dev/time", []string{auth, bearer}, 200},
		{"by another name", "POST", "/_dev/time", []string{auth, bearer, "Host", "login.example:" + port}, 200},
		{"in small letters", "POST", "/_dev/time", []string{auth, "bearer " + devToken}, 200},
		{"a page for people", "GET", devInbox, []string{auth, bearer}, 200},
		{"no such path", "POST", "/_dev/nothing", []string{auth, bearer}, 404},

		{"without", "POST", "/_dev/time", nil, 401},
		{"without, from this machine", "POST", "/_dev/time", []string{"Host", "localhost"}, 401},
		{"without, a page for people", "GET", devInbox, []string{"Sec-Fetch-Site", "none"}, 401},
		{"without, a path that is none", "POST", "/_dev/nothing", nil, 401},
		{"a preflight", "OPTIONS", "/_dev/time", []string{"Origin", "http://evil.example", "Access-Control-Request-Method", "POST"}, 401},
		{"another token", "POST", "/_dev/time", []string{auth, bearer + "x"}, 401},
		{"a part of it", "POST", "/_dev/time", []string{auth, bearer[:len(bearer)-1]}, 401},
		{"none", "POST", "/_dev/time", []string{auth, "Bearer "}, 401},
		{"another scheme", "POST", "/_dev/time", []string{auth, "OAuth " + devToken}, 401},
		{"two at once", "POST", "/_dev/time", []string{auth, bearer, auth, bearer}, 401},
		{"in the query", "POST", "/_dev/time?access_token=" + devToken, nil, 401},

		{"by a name that is not the server's", "POST", "/_dev/time", []string{auth, bearer, "Host", "evil.example"}, 421},
		{"from a page", "POST", "/_dev/time", []string{auth, bearer, "Origin", "http://127.0.0.1:" + port}, 403},
		{"from the address bar", "POST", "/_dev/time", []string{auth, bearer, "Sec-Fetch-Site", "none"}, 403},
	} {
		body := travel
		if c.method != http.MethodPost {
			body = ""
		}
		resp, text := r.ask(c.method, c.path, body, append(c.headers, kind, kindJSON)...)
		if resp.StatusCode != c.want {
			t.Errorf("%s: %s, want %d: %s", c.name, resp.Status, c.want, text)
		}
		if challenge := resp.Header.Get("WWW-Authenticate"); (c.want == 401) != strings.HasPrefix(challenge, "Bearer ") {
			t.Errorf("%s: %d with the challenge %q", c.name, c.want, challenge)
		}
		if resp.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: pages are let in", c.name)
		}
	}
	if resp, text := r.ask("GET", "/debug_token", "", "Host", "login.example"); resp.StatusCode != 400 || !strings.Contains(text, `"error"`) {
		t.Errorf("the Graph API: %s %s", resp.Status, text)
	}
	if resp, page := r.ask("GET", "/", ""); resp.StatusCode != 200 || strings.Contains(page, devInbox) {
		t.Errorf("the pages: %s, and a link that a browser cannot follow: %s", resp.Status, page)
	}
	if log := r.log.String(); strings.Contains(log, devToken) || !strings.Contains(log, "/_dev/time") {
		t.Errorf("the log: %s", log)
	}
}

// What other machines reach calls nobody on this one, whatever a developer could
// want on their own.
func TestDevTokenOpensNoLoopback(t *testing.T) {
	for listen, want := range map[string]bool{"127.0.0.1:0": true, "0.0.0.0:0": false} {
		c := Config{Dev: true, DevToken: devToken, Listen: listen}
		got, err := c.sender(nil, "http://127.0.0.1")
		if err != nil || got.Loopback != want {
			t.Errorf("listening on %s: loopback may be called: %t, %v", listen, got.Loopback, err)
		}
	}
}
