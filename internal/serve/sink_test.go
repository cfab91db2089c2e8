package serve

import (
	"net/http"
	"net/http/httptest"
)

// sink is a ResponseWriter that keeps nothing, so that what is counted is the
// product's and not the recorder's.
type sink struct {
	header http.Header
	status int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }
func (s *sink) WriteHeader(status int)      { s.status = status }

type hotCall struct {
	name, target, bearer string
	status               int
	most                 float64
}

func (c hotCall) request() *http.Request {
	r := httptest.NewRequest("GET", c.target, nil)
	r.Host = "127.0.0.1"
	r.RequestURI = ""
	r.Header.Set("User-Agent", "sdk")
	if c.bearer != "" {
		r.Header.Set("Authorization", "Bearer "+c.bearer)
	}
	return r
}
