package prokuratest

import (
	"context"
	"net/http/httptest"
	"slices"
	"sync"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/client"
)

// patience is how long something may take before a test that waits for it hangs.
const patience = 30 * time.Second

// Received are the webhooks that an app was sent.
type Received struct {
	s       *Server
	mu      sync.Mutex
	events  []client.Event
	arrived chan struct{}
}

// Receive subscribes an app to fields of an object, such as "application", at a
// receiver of its own on loopback, which verifies what comes.
func (s *Server) Receive(app, object string, fields ...string) *Received {
	s.t.Helper()
	const verify prokura.Secret = "prokuratest"
	r := &Received{s: s, arrived: make(chan struct{}, 1)}
	c := s.App(app)
	hook := httptest.NewServer(c.Webhooks(verify, r.take))
	s.t.Cleanup(hook.Close)
	_, err := client.Do[struct{}](s.t.Context(), c.AsApp(), client.Call{Method: "POST", Path: c.AppID() + "/subscriptions", Params: []client.Param{
		client.Set("object", object), client.Set("callback_url", hook.URL+"/webhooks"), client.Set("fields", fields...),
		client.Set("verify_token", verify.Reveal()), client.Set("include_values", "true")}})
	if err != nil {
		s.t.Fatalf("prokuratest: %v", err)
	}
	return r
}

func (r *Received) take(_ context.Context, e client.Event) error {
	r.mu.Lock()
	r.events = append(r.events, e)
	r.mu.Unlock()
	select {
	case r.arrived <- struct{}{}:
	default:
	}
	return nil
}

// Wait answers what has come, once it is n events.
func (r *Received) Wait(n int) []client.Event {
	r.s.t.Helper()
	limit := time.After(patience)
	for {
		r.mu.Lock()
		got := slices.Clone(r.events)
		r.mu.Unlock()
		if len(got) >= n {
			return got
		}
		select {
		case <-r.arrived:
		case <-limit:
			r.s.t.Fatalf("prokuratest: %d events came, not %d", len(got), n)
		}
	}
}
