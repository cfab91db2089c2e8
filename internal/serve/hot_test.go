//go:build !race

package serve

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/prokura/prokura"
)

// hotCalls are the calls that a platform's API makes for each of its own, and
// what each may allocate from the first look at it to its last byte.
func hotCalls(t testing.TB, cache int64) (http.Handler, []hotCall) {
	return hotCallsOf(t, func(c *Config) { c.Log, c.CacheBytes = nil, cache })
}

func hotCallsOf(t testing.TB, change func(*Config)) (http.Handler, []hotCall) {
	r := start(t, change)
	ids := r.plant()
	const secret = "0123456789abcdef0123456789abcdef"
	app, token := ids["tool"].String(), r.bisu(ids)
	proof := prokura.Proof(prokura.Secret(token), secret)
	garbage := token[:len(token)-1] + "~"
	inspect := "&access_token=" + url.QueryEscape(app+"|"+secret)
	return r.Server.http.Handler, []hotCall{
		{"me", "/v25.0/me?fields=id%2Cname&access_token=" + token, "", 200, 13},
		{"me by header", "/v25.0/me?fields=id%2Cname", token, 200, 14},
		{"me with proof", "/v25.0/me?fields=id%2Cname&access_token=" + token + "&appsecret_proof=" + proof, "", 200, 22},
		{"debug_token", "/v25.0/debug_token?input_token=" + token + inspect, "", 200, 13},
		{"ad account", "/v25.0/act_" + ids["one"].String() + "?fields=id%2Cname&access_token=" + token, "", 200, 19},
		{"garbage", "/v25.0/me?fields=id%2Cname&access_token=" + garbage, "", 400, 10},
		{"garbage inspected", "/v25.0/debug_token?input_token=" + garbage + inspect, "", 200, 10},
	}
}

// What is answered from memory allocates little, and a token that is none less than
// one that is. Whoever makes these numbers smaller writes them down here.
func TestHotAllocations(t *testing.T) {
	h, calls := hotCalls(t, 0)
	for _, c := range calls {
		r, w := c.request(), &sink{header: http.Header{}}
		n := testing.AllocsPerRun(200, func() {
			clear(w.header)
			h.ServeHTTP(w, r)
		})
		if w.status != c.status || n > c.most {
			t.Errorf("%s: %v allocations and status %d, want at most %v and %d", c.name, n, w.status, c.most, c.status)
		}
	}
}

// What is read from the database allocates what its facts consist of, and garbage no
// more than with a cache.
func TestColdAllocations(t *testing.T) {
	most := map[string]float64{"me": 38, "debug_token": 65, "garbage": 10}
	h, calls := hotCalls(t, -1)
	for _, c := range calls {
		if most[c.name] == 0 {
			continue
		}
		r, w := c.request(), &sink{header: http.Header{}}
		n := testing.AllocsPerRun(200, func() {
			clear(w.header)
			h.ServeHTTP(w, r)
		})
		if w.status != c.status || n > most[c.name] {
			t.Errorf("%s: %v allocations and status %d, want at most %v and %d", c.name, n, w.status, most[c.name], c.status)
		}
	}
}

func BenchmarkHot(b *testing.B)  { benchmark(b, 0) }
func BenchmarkCold(b *testing.B) { benchmark(b, -1) }

func benchmark(b *testing.B, cache int64) {
	h, calls := hotCalls(b, cache)
	for _, c := range calls {
		b.Run(c.name, func(b *testing.B) {
			r, w := c.request(), &sink{header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				clear(w.header)
				h.ServeHTTP(w, r)
			}
			if w.status != c.status {
				b.Fatal(w.status)
			}
		})
	}
}
