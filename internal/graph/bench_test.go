package graph

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// The two hottest reads over HTTP on loopback with keep-alive, in turns with a
// bare net/http handler that returns the same bytes. The metric is how many
// calls we answer while the bare handler answers 100; the goal is 50.
func BenchmarkMe(b *testing.B) {
	w := newWorld(b)
	w.compare("/me?access_token=" + w.bisu())
}

func BenchmarkDebugToken(b *testing.B) {
	w := newWorld(b)
	w.compare("/debug_token?access_token=" + values([]string{"x", w.appToken("campaigns")}).Encode()[2:] + "&input_token=" + w.bisu())
}

func (w *fixture) compare(target string) {
	b := w.t.(*testing.B)
	body := w.ok(w.get0(target)).text
	bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		io.WriteString(w, body)
	}))
	defer bare.Close()
	call := func(url string) time.Duration {
		start := time.Now()
		resp, err := browser.Get(url)
		if err != nil {
			b.Fatal(err)
		}
		n, err := io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if err != nil || n != int64(len(body)) {
			b.Fatalf("%d bytes, want %d: %v", n, len(body), err)
		}
		return time.Since(start)
	}
	var ours, theirs time.Duration
	for b.Loop() {
		ours += call(w.server.URL + target)
		theirs += call(bare.URL + target)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(ours.Nanoseconds())/float64(b.N), "ns/call")
	b.ReportMetric(float64(theirs.Nanoseconds())/float64(b.N), "ns/bare-call")
	b.ReportMetric(100*float64(theirs)/float64(ours), "%-of-bare")
}

// get0 is get of a whole target.
func (w *fixture) get0(target string) reply {
	r, err := http.NewRequest("GET", w.server.URL+target, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.do(r)
}
