package serve

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/registry/world"
	"github.com/prokura/prokura/internal/store"
)

// BenchmarkLoginAgain is a returning person's login over HTTP on loopback with
// keep-alive, from the app's link to the redirect to its callback, in turns with
// a bare net/http handler that answers with such a redirect.
func BenchmarkLoginAgain(b *testing.B) {
	r := start(b, func(c *Config) { c.Log = nil })
	ids, secret := r.plant(), registry.NewHandle()
	const callback = "https://tool.example/cb"
	req := prokura.LoginRequest{RedirectURI: callback, ResponseTypes: []string{"code"}, Scopes: []prokura.Permission{"ads_read"}}
	if _, err := world.Consent(b.Context(), r.registry, world.ConsentRequest{App: ids["tool"], Request: req, Person: ids["ada"]}, "bench"); err != nil {
		b.Fatal(err)
	}
	if err := r.registry.Beside(b.Context(), func(tx *store.Beside) error {
		return tx.AddSession(people.Session(secret, ids["ada"], r.registry.Now(), people.Client{Agent: "bench"}))
	}); err != nil {
		b.Fatal(err)
	}
	bare := httptest.NewServer(http.RedirectHandler(callback+"?code="+secret, http.StatusSeeOther))
	defer bare.Close()
	call := func(address string) time.Duration {
		req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, address, nil)
		if err != nil {
			b.Fatal(err)
		}
		req.AddCookie(&http.Cookie{Name: "prokura_session", Value: secret})
		req.AddCookie(&http.Cookie{Name: "prokura_browser", Value: secret})
		start := time.Now()
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			b.Fatal(err)
		}
		resp.Body.Close()
		if to := resp.Header.Get("Location"); !strings.HasPrefix(to, callback+"?code=") {
			b.Fatalf("%s leads to %q", resp.Status, to)
		}
		return time.Since(start)
	}
	link := r.url + "/v25.0/dialog/oauth?" + url.Values{"client_id": {ids["tool"].String()}, "scope": {"ads_read"}, "redirect_uri": {callback}}.Encode()
	call(link)
	var ours, theirs time.Duration
	for b.Loop() {
		ours += call(link)
		theirs += call(bare.URL)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(ours.Nanoseconds())/float64(b.N), "ns/call")
	b.ReportMetric(float64(theirs.Nanoseconds())/float64(b.N), "ns/bare-call")
}
