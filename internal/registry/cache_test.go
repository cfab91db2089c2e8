//go:build !race

package registry_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/world"
)

// cacheWorld is one world in three servers, whose answers must not differ: one
// that keeps facts, one with so few bytes that entries and what they share come
// and go all the time, and one that keeps nothing.
type cacheWorld struct {
	*fixture
	large, tiny, none *registry.Registry
	rand              *rand.Rand
	tokens            []prokura.Secret
	clerk             prokura.ID   // of the first client
	members           []prokura.ID // of the clerk in the clients
	known             map[cacheRequest]any
	done              map[string]int
}

// cacheRequest is one question: which, about which token, and what of it.
type cacheRequest struct {
	what  int
	token prokura.Secret
	id    prokura.ID
}

// answer is what one server says.
func (w *cacheWorld) answer(r *registry.Registry, q cacheRequest) any {
	type said struct {
		V   any
		Err string
	}
	say := func(v any, err error) any {
		if err != nil {
			return said{Err: err.Error()}
		}
		return said{V: v}
	}
	switch q.what {
	case 0, 1, 2:
		cr := registry.Credentials{Token: q.token, Trace: "trace"}
		if q.what == 1 {
			cr.Proof = "00"
		} else if q.what == 2 && q.id != 0 {
			cr.Proof = prokura.Proof(q.token, w.secrets[q.id])
		}
		c, err := r.Authenticate(w.ctx, cr)
		return say(c, err)
	case 3:
		f, err := r.TokenFacts(w.ctx, q.token)
		if err != nil {
			return say(nil, err)
		}
		return say(r.AliasOf(w.ctx, f.App.ID, max(f.Person.ID, f.SystemUser.ID)))
	default:
		f, err := r.TokenFacts(w.ctx, q.token)
		if err != nil {
			return say(nil, err)
		}
		a, err := r.Asset(w.ctx, registry.Caller{Facts: f}, q.id)
		if err != nil {
			return say(nil, err)
		}
		tasks, ok := f.Reach(a)
		return say([]any{a, tasks, ok, f.Alive(r.Now()) == nil}, nil)
	}
}

// question draws a request.
func (w *cacheWorld) question() cacheRequest {
	q := cacheRequest{what: w.rand.IntN(5), token: w.tokens[w.rand.IntN(len(w.tokens))]}
	switch {
	case q.what == 2:
		q.id = w.apps[w.rand.IntN(three)]
	case q.what == 4:
		all := w.assetsOf(w.clients[w.rand.IntN(three)])
		q.id = all[w.rand.IntN(len(all))]
	case w.rand.IntN(10) == 0:
		app := w.apps[w.rand.IntN(three)]
		q = cacheRequest{token: prokura.Secret(app.String() + "|" + w.secrets[app].Reveal())}
	case w.rand.IntN(10) == 0:
		s := q.token.Reveal()
		q.token = prokura.Secret(s[:len(s)-1])
	}
	return q
}

func oneOf[T any](w *cacheWorld, list []T) T { return list[w.rand.IntN(len(list))] }

// login gives a token, if whoever logs in has what they choose.
func (w *cacheWorld) login(got *prokura.Secret, app, configuration, person, business prokura.ID, assets []prokura.ID) error {
	a, err := world.Consent(w.ctx, w.Registry, world.ConsentRequest{Person: person, Business: business, Assets: assets,
		Request: prokura.LoginRequest{RedirectURI: "https://app.example/cb", ResponseTypes: []string{"code"}, Configuration: configuration}}, "trace")
	if err == nil {
		*got = w.exchange(app, a.Values.Get("code"))
	}
	return err
}

// who authenticates a token with the proof that its app may demand.
func (w *cacheWorld) who(token prokura.Secret) (registry.Caller, error) {
	f, err := w.TokenFacts(w.ctx, token)
	if err != nil {
		return registry.Caller{}, err
	}
	return w.Authenticate(w.ctx, registry.Credentials{Token: token, Proof: prokura.Proof(token, w.secrets[f.App.ID]), Trace: "trace"})
}

// act does something that changes what tokens are worth, by one of the servers
// that keep facts; the other one is told that anything may have changed.
func (w *cacheWorld) act() {
	other := w.tiny
	if w.Registry = w.large; w.rand.IntN(2) == 0 {
		w.Registry, other = w.tiny, w.large
	}
	i := w.rand.IntN(three)
	app, business, person, token := oneOf(w, w.apps), w.clients[i], w.people[i], oneOf(w, w.tokens)
	all := w.assetsOf(business)
	got := prokura.Secret("")
	list := []struct {
		name string
		do   func() error
	}{
		{"business login", func() error {
			return w.login(&got, app, w.systems[app], person, business, all[:1+w.rand.IntN(len(all))])
		}},
		{"personal login", func() error {
			return w.login(&got, app, w.personal[app], person, 0, all)
		}},
		{"login of the clerk", func() error {
			return w.login(&got, app, w.personal[app], w.clerk, 0, w.assetsOf(w.clients[0])[:1+w.rand.IntN(2)])
		}},
		{"child", func() error {
			c, err := w.who(token)
			if err != nil {
				return err
			}
			out, err := grants.CutChild(w.ctx, w.Registry, c, grants.ChildRequest{Business: c.Business.ID, HasScopes: true, Scopes: fixtureScopes[:1+w.rand.IntN(4)],
				HasAssets: true, Assets: c.Grant.Assets[:min(1, len(c.Grant.Assets))]})
			got = out.Secret
			return err
		}},
		{"page token", func() (err error) {
			c, err := w.who(token)
			if err == nil {
				got, err = grants.PageToken(w.ctx, w.Registry, c, oneOf(w, w.pages[business]))
			}
			return err
		}},
		{"revoke a token", func() error {
			return grants.RevokeToken(w.ctx, w.Registry, w.appCaller(app), token)
		}},
		{"remove an app", func() error {
			return grants.RemoveConnectedApp(w.ctx, w.Registry, w.session(person), business, app)
		}},
		{"remove an app of one's own", func() error { return grants.RemoveOwn(w.ctx, w.Registry, w.session(person), app) }},
		{"revoke a permission", func() error {
			return grants.RemoveOwnPermission(w.ctx, w.Registry, w.session(person), app, oneOf(w, fixtureScopes))
		}},
		{"settings", func() error {
			a := w.appRow(app)
			return apps.Update(w.ctx, w.Registry, w.session(w.people[three]), app, a.Version, func(a *prokura.App) error {
				a.Settings.RequireProof = w.rand.IntN(4) == 0
				a.Settings.Contact = fmt.Sprintf("n%d@example.org", w.rand.IntN(1000))
				return nil
			})
		}},
		{"assign", func() error {
			return assets.Assign(w.ctx, w.Registry, w.session(w.people[0]), oneOf(w, w.pages[w.clients[0]]), w.members[0], []prokura.Task{"ANALYZE"})
		}},
		{"unassign", func() error {
			return assets.Unassign(w.ctx, w.Registry, w.session(w.people[0]), oneOf(w, w.pages[w.clients[0]]), w.members[0])
		}},
		{"a business's name", func() error {
			name := fmt.Sprintf("Client %d", w.rand.IntN(1000))
			return businesses.Update(w.ctx, w.Registry, w.session(person), business, businesses.Change{Name: &name})
		}},
		{"a role in a business", func() error {
			return businesses.UpdateMember(w.ctx, w.Registry, w.session(w.people[0]), w.members[0], oneOf(w, []prokura.BusinessRole{prokura.RoleAdmin, prokura.RoleEmployee}))
		}},
	}
	v := list[min(w.rand.IntN(len(list)), w.rand.IntN(len(list)))] // more is given than taken
	err := v.do()
	other.ForgetAll()
	clear(w.known)
	if err != nil {
		w.done[v.name+", refused"]++
		return
	}
	w.done[v.name]++
	if got != "" {
		if w.tokens = append(w.tokens, got); len(w.tokens) > 12 {
			w.tokens = w.tokens[1:]
		}
	}
}

// R-TOKEN-10: servers with a cache, with hardly any and with none give the same
// answers to random requests, with acts in between, to the last field. make nightly
// sets PROKURA_CACHE_REQUESTS.
func TestCacheChangesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		requests := 24_000
		if text := os.Getenv("PROKURA_CACHE_REQUESTS"); text != "" {
			var err error
			if requests, err = strconv.Atoi(text); err != nil {
				t.Fatal(err)
			}
		} else if strings.HasPrefix(database, "postgres") {
			requests /= 4
		}
		w := &cacheWorld{fixture: newFixture(t, database, ""), rand: rand.New(rand.NewPCG(7, 7)), known: map[cacheRequest]any{}, done: map[string]int{}}
		w.large, w.tiny, w.none = w.Registry, w.open(24<<10), w.open(-1)
		w.clerk = w.newPerson()
		w.members = []prokura.ID{w.join(w.clients[0], w.clerk, prokura.RoleEmployee)}
		for i, app := range w.apps {
			all := w.assetsOf(w.clients[i])
			w.tokens = append(w.tokens, w.exchange(app, w.consent(w.systems[app], w.people[i], w.clients[i], all)), w.exchange(app, w.consent(w.personal[app], w.people[i], 0, all)))
		}
		for n := range requests {
			if n%300 == 0 {
				w.act()
			}
			server, name := w.large, "a cache"
			if w.rand.IntN(10) == 0 {
				server, name = w.tiny, "a tiny cache"
			}
			q := w.question()
			want, ok := w.known[q]
			if !ok {
				want = w.answer(w.none, q)
				w.known[q] = want
			}
			if got := w.answer(server, q); !reflect.DeepEqual(got, want) {
				t.Fatalf("request %d: with %s\n%+v\nwithout\n%+v", n, name, got, want)
			}
		}
		large, tiny := w.large.CacheStats(), w.tiny.CacheStats()
		t.Logf("%v; %+v; %+v", w.done, large, tiny)
		if tiny.Dropped == 0 || tiny.Bytes > 24<<10 || large.Entries == 0 {
			t.Errorf("the servers are not what they are for: %+v, %+v", large, tiny)
		}
	})
}
