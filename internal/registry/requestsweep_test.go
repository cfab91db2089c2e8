package registry_test

import (
	"errors"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/store"
)

// T35: requests go 90 days after they were decided or expired, and not before.
func TestRequestsAreSwept(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		business, pages := f.clients[0], f.pages[f.clients[1]]
		ask := func(i int) prokura.ID {
			t.Helper()
			return f.ask(f.session(f.people[0]), assets.Request{Business: business, Asset: pages[i], Own: true}, prokura.RequestPending)
		}
		kept := func(when string, id prokura.ID, yes bool) {
			t.Helper()
			_, err := registry.View(f.ctx, f.Registry, func(tx *store.View) (prokura.Request, error) { return tx.Request(id) })
			if yes && err != nil || !yes && !errors.Is(err, prokura.NotFound) {
				t.Errorf("%s: %v, want kept %v", when, err, yes)
			}
		}
		const day = 24 * time.Hour
		declined, left, again := ask(0), ask(1), ask(2)
		want(t, "decline", businesses.DeclineRequest(f.ctx, f.Registry, f.session(f.people[1]), declined), "")
		f.travel(31 * day)
		third := ask(2) // makes room for itself: what it replaces ends now
		f.travel(58 * day)
		kept("declined 89 days ago", declined, true)
		f.travel(2 * day)
		kept("declined 91 days ago", declined, false)
		kept("expired 61 days ago", left, true)
		kept("replaced 60 days ago", again, true)
		f.travel(30*day + time.Second)
		kept("expired 91 days ago", left, false)
		kept("replaced 90 days ago", again, false)
		kept("expired 60 days ago", third, true)
	})
}
