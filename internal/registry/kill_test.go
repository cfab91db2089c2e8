//go:build !race

// The kill matrix runs one step after the other: the race detector has nothing
// to find in it and would make it twenty times as long. make test runs it
// without.

package registry_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/store"
)

// worth is what a credential is good for: nil when it is dead, and of a code
// only that it is not.
type worth struct {
	scopes []string
	reach  []prokura.ID
}

func (v *worth) String() string {
	if v == nil {
		return "dead"
	}
	return fmt.Sprint("alive ", v.scopes, v.reach)
}

// became names what became of a credential.
func became(before, after *worth) string {
	switch {
	case after == nil:
		return "dead"
	case slices.Equal(before.scopes, after.scopes) && slices.Equal(before.reach, after.reach):
		return "unchanged"
	case inside(after.scopes, before.scopes) && inside(after.reach, before.reach):
		return "narrowed"
	case inside(before.scopes, after.scopes) && inside(before.reach, after.reach):
		return "widened"
	}
	return "another"
}

func inside[T comparable](a, b []T) bool { return len(registry.Except(a, b)) == 0 }

// expected is what a credential was made to be worth.
func (w *killWorld) expected(h held) *worth {
	if h.is("C", "A") {
		return &worth{}
	}
	set, _ := w.Catalog().Set(h.scopes...)
	return &worth{scopes: texts(w.Catalog().Names(set)), reach: h.reach}
}

// seen asks one server what credentials are worth. A server with a cache is also
// asked through debug_token, which must agree (R-TOKEN-09).
func (w *killWorld) seen(r *registry.Registry, list []held) map[string]*worth {
	out := map[string]*worth{}
	assets := map[assetKey]*prokura.AssetFacts{}
	for _, h := range list {
		if h.is("C") {
			if w.codeLives(r, h) {
				out[h.name] = &worth{}
			}
			continue
		}
		c, err := r.Authenticate(w.ctx, registry.Credentials{Token: h.secret})
		if r.Caches() {
			info, ierr := grants.Inspect(w.ctx, r, w.inspector(r, h), h.secret)
			w.must(ierr)
			if (err == nil) != (info.Problem == nil) {
				w.t.Errorf("%s: Authenticate says %v, debug_token says %v (R-TOKEN-09)", h.name, err, info.Problem)
			}
		}
		if errors.Is(err, prokura.Internal) || errors.Is(err, prokura.Unavailable) {
			w.t.Fatalf("%s: %v", h.name, err)
		}
		if err != nil {
			continue
		}
		v := &worth{}
		if !h.is("A") {
			v.scopes = texts(r.Catalog().Names(c.Scopes()))
		}
		for _, id := range w.probes(h) {
			a, err := w.assetSeen(r, c, id, assets)
			if errors.Is(err, prokura.NotFound) {
				continue // deleted
			}
			w.must(err)
			if _, ok := c.Reach(a); ok {
				v.reach = append(v.reach, id)
			}
		}
		slices.Sort(v.reach)
		out[h.name] = v
	}
	return out
}

// assetKey is an asset as one person or system user sees it.
type assetKey struct{ asset, subject prokura.ID }

// assetSeen reads an asset as a server does; one without cache reads each once,
// which costs it one read and not one for each credential.
func (w *killWorld) assetSeen(r *registry.Registry, c registry.Caller, id prokura.ID, known map[assetKey]*prokura.AssetFacts) (*prokura.AssetFacts, error) {
	k := assetKey{id, max(c.Person.ID, c.SystemUser.ID)}
	if a := known[k]; a != nil && !r.Caches() {
		return a, nil
	}
	a, err := r.Asset(w.ctx, c, id)
	known[k] = a
	return a, err
}

// probes are the assets that a credential is tried on: what it was made for,
// what its business and person have beside that, and a page of each business.
func (w *killWorld) probes(h held) []prokura.ID {
	out := slices.Clone(h.reach)
	for i, b := range append(slices.Clone(w.clients), w.provider) {
		if b == h.business || i < three && w.people[i] == h.person {
			out = append(out, w.extent(b)...)
		}
		out = append(out, w.pages[b][0])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// inspector is a caller that may inspect h: a real app token would die with what
// the event kills.
func (w *killWorld) inspector(r *registry.Registry, h held) registry.Caller {
	a, err := r.SecretsOf(w.ctx, h.app)
	w.must(err)
	app := a.App
	app.Disabled = 0
	return registry.Caller{Facts: &prokura.Facts{Credential: prokura.CredentialToken, App: app,
		Token: prokura.Token{Kind: prokura.TokenApp, App: h.app, Made: prokura.Generations{App: app.SecretGeneration}}}}
}

// codeLives tells whether an open code would still be exchanged, without
// exchanging it: the checks are those of ExchangeCode.
func (w *killWorld) codeLives(r *registry.Registry, h held) bool {
	alive, err := registry.View(w.ctx, r, func(tx *store.View) (bool, error) {
		c, err := tx.Code(registry.HashOf(h.code))
		if errors.Is(err, prokura.NotFound) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		g, err := tx.Grant(c.Grant)
		if err != nil {
			return false, err
		}
		p, err := tx.Person(c.Person)
		if err != nil {
			return false, err
		}
		a, err := tx.App(c.App)
		if err != nil {
			return false, err
		}
		return c.Used == 0 && !c.Expires.Past(r.Now()) && g.Revoked == 0 && g.Generation == c.Made.Grant &&
			p.Generation == c.Made.Person && a.Generation == c.Made.App && a.Disabled == 0, nil
	})
	w.must(err)
	return alive
}

// event is one row of the kill matrix: what happens, and which credentials die,
// narrow, or win what the others lost. Everything else must stay exactly as it
// was.
type event struct {
	name    string
	do      func(w *killWorld) error
	dies    func(w *killWorld, h held) bool
	narrows func(w *killWorld, h held) bool
	widens  func(w *killWorld, h held) bool
	nothing bool // the row says that in the end all is as it was
}

func (e event) wants(w *killWorld, h held) string {
	holds := func(f func(*killWorld, held) bool) bool { return f != nil && f(w, h) }
	switch {
	case holds(e.dies):
		return "dead"
	case holds(e.narrows):
		return "narrowed"
	case holds(e.widens):
		return "widened"
	}
	return "unchanged"
}

// TestKillMatrix proves R-TOKEN-10 (I-06): each event kills or narrows exactly
// the credentials of its row, at once, as seen by the warm server, by a server
// without cache and by one that starts afterwards. Too much killed fails too.
// Events are real acts; the world has at least three of everything.
func TestKillMatrix(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		w := newKillWorld(t, database, filepath.Join(t.TempDir(), "keys.json"))
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		kinds := map[string]int{}
		for _, h := range w.all {
			kinds[h.kind]++
		}
		for kind, n := range kinds {
			if n < three {
				t.Fatalf("the world has %d credentials of kind %s", n, kind)
			}
		}
		for _, e := range slices.Concat(personalEvents, businessEvents, systemUserEvents, appEvents) {
			t.Run(strings.ReplaceAll(e.name, "/", " "), func(t *testing.T) { w.copyOf(t).play(e) })
		}
	})
}

func (w *killWorld) play(e event) {
	before := w.seen(w.Registry, w.all)
	for _, h := range w.all {
		if got, want := before[h.name], w.expected(h); got == nil || became(want, got) != "unchanged" {
			w.t.Fatalf("%s is %s before the event, made as %s", h.name, got, want)
		}
	}
	cold, remembered := w.open(-1), w.memory()
	w.remember(remembered)
	w.must(e.do(w))
	cold.FollowClock(w.Registry)
	w.remember(remembered)
	touched, some := 0, []held(nil)
	for i, h := range w.all {
		if e.wants(w, h) != "unchanged" {
			touched++
			some = append(some, h)
		} else if i%4 == 0 {
			some = append(some, h)
		}
	}
	for _, r := range []struct {
		name string
		*registry.Registry
		list []held
	}{
		{"warm", w.Registry, w.all},
		{"uncached", cold, w.all},
		// It reads what the one without cache has just read, but for the start.
		{"restarted", w.open(0), some},
	} {
		after := w.seen(r.Registry, r.list)
		for _, h := range r.list {
			want := e.wants(w, h)
			if is := became(before[h.name], after[h.name]); is != want {
				w.t.Errorf("%s server: %s is %s, want %s (was %s, is %s)", r.name, h.name, is, want, before[h.name], after[h.name])
			}
		}
	}
	if (touched == 0) != e.nothing {
		w.t.Errorf("the row speaks of %d credentials", touched)
	}
}
