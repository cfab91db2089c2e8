package prokuratest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"
)

// Fault is something that goes wrong on the way. Faults come in pairs: with After
// the server does what was asked, and the answer is lost.
type Fault struct {
	Method string // of the calls that it hits; empty: all
	Path   string // the end of their path, such as /oauth/access_token; empty: all
	Times  int    // how many it hits; 0: one; negative: all
	Skip   int    // how many pass before

	After  bool          // the server does it, and nobody hears
	Delay  time.Duration // before it
	Status int           // answered instead, with Body; 0: the connection breaks
	Body   string
}

type faults struct {
	mu   sync.Mutex
	list []*Fault
}

// Fail has calls fail from now on.
func (s *Server) Fail(f Fault) {
	if f.Times == 0 {
		f.Times = 1
	}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list = append(s.faults.list, &f)
}

// Mend ends all faults.
func (s *Server) Mend() { s.faults.clear() }

func (f *faults) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = nil
}

// hits is the fault that hits a call, if any does.
func (f *faults) hits(r *http.Request) *Fault {
	if strings.HasPrefix(r.URL.Path, "/_dev/") {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, x := range f.list {
		if x.Times == 0 || x.Method != "" && x.Method != r.Method || !strings.HasSuffix(r.URL.Path, x.Path) {
			continue
		}
		if x.Skip > 0 {
			x.Skip--
			continue
		}
		if x.Times > 0 {
			x.Times--
		}
		return x
	}
	return nil
}

func (f *faults) around(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := f.hits(r)
		if x == nil {
			h.ServeHTTP(w, r)
			return
		}
		if x.After {
			h.ServeHTTP(httptest.NewRecorder(), r)
		}
		if x.Delay > 0 {
			select {
			case <-time.After(x.Delay):
			case <-r.Context().Done():
			}
		}
		if x.Status == 0 {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		w.WriteHeader(x.Status)
		_, _ = w.Write([]byte(x.Body)) // the client may have gone
	})
}
