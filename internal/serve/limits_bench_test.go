//go:build !race

package serve

import (
	"net/http"
	"testing"
)

// BenchmarkLimits is /me with rate limits and without, in turn: each answer with a
// header of its own, as a server makes one.
func BenchmarkLimits(b *testing.B) {
	var handlers [2]http.Handler
	var calls [2]hotCall
	for i, rules := range []string{"source", NoRates} {
		h, list := hotCallsOf(b, func(c *Config) { c.Log, c.RateRules = nil, rules })
		handlers[i], calls[i] = h, list[0]
	}
	for i, name := range []string{"counted", "not counted"} {
		b.Run(name, func(b *testing.B) {
			r, w := calls[i].request(), &sink{}
			b.ReportAllocs()
			for b.Loop() {
				w.header = http.Header{}
				handlers[i].ServeHTTP(w, r)
			}
			if w.status != calls[i].status {
				b.Fatal(w.status)
			}
		})
	}
}
