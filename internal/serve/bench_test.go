package serve

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

// BenchmarkRoute is what a request costs before its surface sees it.
func BenchmarkRoute(b *testing.B) {
	base, err := url.Parse("http://login.example")
	if err != nil {
		b.Fatal(err)
	}
	h := &handler{hosts: newHosts(base, nil, "80"), log: slog.New(slog.DiscardHandler),
		graph: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}
	r := httptest.NewRequest(http.MethodGet, "/v25.0/me?access_token=x", nil)
	r.Host = "login.example"
	w := httptest.NewRecorder()
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(w, r)
	}
}
