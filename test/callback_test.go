package test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// callback is an app's own web site, on another origin than the server: the
// place that a login leads back to.
type callback struct {
	origin string
	mux    *http.ServeMux
}

func newCallback(t *testing.T) *callback {
	t.Helper()
	c := &callback{mux: http.NewServeMux()}
	c.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, `<!doctype html><html lang="en"><title>The app</title><link rel="icon" href="data:,"><p>Back in the app.</p>`)
	})
	server := httptest.NewServer(c.mux)
	t.Cleanup(server.Close)
	c.origin = server.URL
	return c
}

// uri is the redirect URI of the demo apps: loopback, with this port.
func (c *callback) uri() string { return c.origin + "/callback" }

// dialogURL is a link to the login dialog with the app's usual parameters,
// changed by overrides; an override with an empty value leaves the parameter
// out.
func (c *callback) dialogURL(s *server, a app, overrides ...string) string {
	params := url.Values{"client_id": {a.id}, "redirect_uri": {c.uri()}, "state": {"st-42"}, "response_type": {"code"}}
	for i := 0; i < len(overrides); i += 2 {
		params.Set(overrides[i], overrides[i+1])
		if overrides[i+1] == "" {
			params.Del(overrides[i])
		}
	}
	return s.url + "/v25.0/dialog/oauth?" + params.Encode()
}

// landed splits the address that a login led to into its query and fragment
// parameters.
func landed(t *testing.T, address string) (query, fragment url.Values) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	fragment, err = url.ParseQuery(strings.TrimPrefix(u.EscapedFragment(), "_=_"))
	if err != nil {
		t.Fatalf("fragment of the callback: %v", err)
	}
	return u.Query(), fragment
}
