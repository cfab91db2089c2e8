//go:build !race

// The kill matrix runs one step after the other: the race detector has nothing
// to find in it and would make it twenty times as long. make test runs it
// without.

package registry

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/store"
)

// held is one credential of the kill matrix with what it hangs on.
type held struct {
	name     string
	kind     string // U P S G A C
	app      prokura.ID
	person   prokura.ID
	business prokura.ID // of S, G and their codes; owner of a P's page
	page     prokura.ID
	root     string // the name of the root that S, G, U, P come from
	secret   prokura.Secret
	code     string
}

// populate cuts, for every app: from every client business two roots with two
// children each and an open code, from every person a user token with page
// tokens and an open code, and two forms of app token.
func populate(f *fixture) []held {
	var out []held
	for ai, app := range f.apps {
		for bi, business := range f.clients {
			person := f.people[bi]
			for root := range 2 {
				name := fmt.Sprintf("S a%d b%d r%d", ai, bi, root)
				s := f.exchange(app, f.consent(f.systems[app], person, business, f.assetsOf(business)))
				out = append(out, held{name: name, kind: "S", app: app, business: business, root: name, secret: s})
				for ci, assets := range [][]prokura.ID{f.pages[business][:1], f.accounts[business][1:]} {
					g := f.child(s, business, fixtureScopes[:3+ci], assets)
					out = append(out, held{name: fmt.Sprintf("G a%d b%d r%d c%d", ai, bi, root, ci), kind: "G", app: app, business: business, root: name, secret: g})
				}
			}
			out = append(out, held{name: fmt.Sprintf("C a%d b%d", ai, bi), kind: "C", app: app, business: business, person: person,
				code: f.consent(f.systems[app], person, business, f.assetsOf(business))})

			name := fmt.Sprintf("U a%d p%d", ai, bi)
			u := f.exchange(app, f.consent(f.personal[app], person, 0, f.assetsOf(business)))
			out = append(out, held{name: name, kind: "U", app: app, person: person, root: name, secret: u})
			pages, _, err := f.Pages(f.ctx, f.caller(u), AssetQuery{Limit: 25}, false)
			if err != nil {
				f.t.Fatal(err)
			}
			if len(pages) != three {
				f.t.Fatalf("%s reads %d pages, want %d", name, len(pages), three)
			}
			for pi, p := range pages {
				out = append(out, held{name: fmt.Sprintf("P a%d p%d %d", ai, bi, pi), kind: "P", app: app, person: person, business: business, page: p.ID, root: name, secret: p.Token})
			}
			out = append(out, held{name: fmt.Sprintf("C a%d p%d", ai, bi), kind: "C", app: app, person: person,
				code: f.consent(f.personal[app], person, 0, f.assetsOf(business))})
		}
		a, err := f.MintAppToken(f.ctx, f.appCaller(app))
		if err != nil {
			f.t.Fatal(err)
		}
		out = append(out,
			held{name: fmt.Sprintf("A a%d token", ai), kind: "A", app: app, secret: a.Secret},
			held{name: fmt.Sprintf("A a%d id|secret", ai), kind: "A", app: app, secret: prokura.Secret(app.String() + "|" + f.secrets[app].Reveal())})
	}
	return out
}

// state is what a credential is worth: "" when dead, else its effective scopes
// and assets.
func state(f *fixture, r *Registry, h held) string {
	if h.kind == "C" {
		return codeState(f, r, h)
	}
	c, err := r.Authenticate(f.ctx, Credentials{Token: h.secret})
	if r.cache.tokens.held != nil { // a server without cache is asked once: each answer costs it a read
		info, ierr := r.Inspect(f.ctx, r.inspector(f, h), h.secret)
		if ierr != nil {
			f.t.Fatalf("inspect %s: %v", h.name, ierr)
		}
		if (err == nil) != (info.Problem == nil) {
			f.t.Errorf("%s: Authenticate says %v, debug_token says %v (R-TOKEN-09)", h.name, err, info.Problem)
		}
	}
	if err != nil {
		if errors.Is(err, prokura.Internal) || errors.Is(err, prokura.Unavailable) {
			f.t.Fatalf("%s: %v", h.name, err)
		}
		return ""
	}
	assets := []string{}
	for _, id := range f.within(h) {
		a, err := r.asset(f.ctx, c, id)
		if err != nil {
			f.t.Fatal(err)
		}
		if _, ok := c.Reach(a); ok {
			assets = append(assets, id.String())
		}
	}
	sort.Strings(assets)
	return fmt.Sprint("alive ", r.catalog.Names(c.Scopes()), assets)
}

// within is what a credential could reach: everything of its own business, and
// something of each other one.
func (f *fixture) within(h held) []prokura.ID {
	var out []prokura.ID
	for i, b := range f.clients {
		if b == h.business || f.people[i] == h.person {
			out = append(out, f.assetsOf(b)...)
		} else {
			out = append(out, f.pages[b][0])
		}
	}
	return out
}

// inspector is a caller that may inspect h: a real app token would die with
// what the event kills.
func (r *Registry) inspector(f *fixture, h held) Caller {
	a, err := r.app(f.ctx, h.app)
	if err != nil {
		f.t.Fatal(err)
	}
	app := a.app
	app.Disabled = 0
	return Caller{Facts: &prokura.Facts{Credential: prokura.CredentialToken, App: app,
		Token: prokura.Token{Kind: prokura.TokenApp, App: h.app, Made: prokura.Generations{App: app.SecretGeneration}}}}
}

// codeState tells whether an open code would still be exchanged, without
// exchanging it: the checks are those of ExchangeCode.
func codeState(f *fixture, r *Registry, h held) string {
	alive, err := view(f.ctx, r, func(tx *store.Tx) (bool, error) {
		c, err := tx.Code(hashOf(h.code))
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
	if err != nil {
		f.t.Fatal(err)
	}
	if alive {
		return "alive"
	}
	return ""
}

// event is one row of the kill matrix: what happens, and which credentials must
// die or narrow. Everything else must stay exactly as it was.
type event struct {
	name    string
	do      func(f *fixture, all []held) error
	dies    func(f *fixture, h held) bool
	narrows func(f *fixture, h held) bool
}

func nothing(*fixture, held) bool { return false }

// The matrix. f.people[0], f.clients[0] and f.apps[0] are the ones that it
// happens to.
var matrix = []event{
	{
		name: "user removes the app in own settings",
		do:   func(f *fixture, _ []held) error { return f.RemoveOwnGrant(f.ctx, f.session(f.people[0]), f.apps[0]) },
		dies: personal, narrows: nothing,
	},
	{
		name: "user removes the app by DELETE me/permissions",
		do: func(f *fixture, all []held) error {
			return f.RevokePermissions(f.ctx, f.caller(find(all, "U a0 p0").secret), 0, "")
		},
		dies: personal, narrows: nothing,
	},
	{
		name: "business removes the app in Connected apps",
		do: func(f *fixture, _ []held) error {
			return f.RemoveConnectedApp(f.ctx, f.session(f.people[0]), f.clients[0], f.apps[0])
		},
		dies: func(f *fixture, h held) bool {
			return h.app == f.apps[0] && h.business == f.clients[0] && (h.kind == "S" || h.kind == "G" || h.kind == "C" || h.kind == "P")
		},
		narrows: nothing,
	},
	{
		name: "user changes password",
		do: func(f *fixture, _ []held) error {
			_, err := f.ChangePassword(f.ctx, f.session(f.people[0]), fixturePassword, "another long password", Client{})
			return err
		},
		dies: func(f *fixture, h held) bool {
			return h.person == f.people[0] && (h.kind == "U" || h.kind == "P" || h.kind == "C")
		},
		narrows: nothing,
	},
	{
		name: "user revokes one permission",
		do: func(f *fixture, all []held) error {
			return f.RevokePermissions(f.ctx, f.caller(find(all, "U a0 p0").secret), 0, "pages_read_engagement")
		},
		dies:    nothing,
		narrows: func(f *fixture, h held) bool { return personal(f, h) && (h.kind == "U" || h.kind == "P") },
	},
	{
		name: "permission withdrawn by platform staff",
		do: func(f *fixture, _ []held) error {
			a, err := view(f.ctx, f.Registry, func(tx *store.Tx) (prokura.App, error) { return tx.App(f.apps[0]) })
			if err != nil {
				return err
			}
			return f.SetAccess(f.ctx, f.session(f.staff), f.apps[0], a.Version, Access{Mode: a.Mode, Level: a.Level,
				Advanced: slices.DeleteFunc(slices.Clone(fixtureScopes), func(p prokura.Permission) bool { return p == "ads_read" })})
		},
		dies:    nothing,
		narrows: func(f *fixture, h held) bool { return h.app == f.apps[0] && strings.Contains("UPSG", h.kind) },
	},
	{
		name: "app secret reset",
		do: func(f *fixture, _ []held) error {
			_, err := f.ResetSecret(f.ctx, f.session(f.people[three]), f.apps[0], 0)
			return err
		},
		dies: func(f *fixture, h held) bool { return h.app == f.apps[0] && h.kind == "A" }, narrows: nothing,
	},
	{
		name: "app deleted",
		do:   func(f *fixture, _ []held) error { return f.DeleteApp(f.ctx, f.session(f.people[three]), f.apps[0]) },
		dies: func(f *fixture, h held) bool { return h.app == f.apps[0] }, narrows: nothing,
	},
	{
		name: "parent killed by /oauth/revoke",
		do: func(f *fixture, all []held) error {
			return f.RevokeToken(f.ctx, f.appCaller(f.apps[0]), find(all, "S a0 b0 r0").secret)
		},
		dies: func(_ *fixture, h held) bool { return h.root == "S a0 b0 r0" }, narrows: nothing,
	},
	{
		name: "user token killed by /oauth/revoke",
		do: func(f *fixture, all []held) error {
			return f.RevokeToken(f.ctx, f.appCaller(f.apps[0]), find(all, "U a0 p0").secret)
		},
		dies: func(_ *fixture, h held) bool { return h.root == "U a0 p0" }, narrows: nothing,
	},
	{
		name: "parent narrowed: the business runs the configuration again with fewer assets",
		do: func(f *fixture, _ []held) error {
			b := f.clients[0]
			f.consent(f.systems[f.apps[0]], f.people[0], b, []prokura.ID{f.pages[b][0], f.accounts[b][0]})
			return nil
		},
		dies: nothing,
		narrows: func(f *fixture, h held) bool {
			return h.app == f.apps[0] && h.business == f.clients[0] && (h.kind == "S" || h.kind == "G" && strings.HasSuffix(h.name, "c1"))
		},
	},
	{
		name: "asset moved to another business",
		do: func(f *fixture, _ []held) error {
			return f.change(func(d *store.Tx) error { return d.MoveAsset(f.pages[f.clients[0]][0], f.provider, f.Now()) }, entityOf(ofAsset, f.pages[f.clients[0]][0]))
		},
		dies: func(f *fixture, h held) bool { return h.kind == "P" && h.page == f.pages[f.clients[0]][0] },
		narrows: func(f *fixture, h held) bool {
			switch h.kind {
			case "U":
				return h.person == f.people[0]
			case "S":
				return h.business == f.clients[0]
			case "G":
				return h.business == f.clients[0] && strings.HasSuffix(h.name, "c0")
			}
			return false
		},
	},
	{
		name: "user loses business admin",
		do: func(f *fixture, _ []held) error {
			return f.change(func(d *store.Tx) error { return d.SetMemberRole(f.clients[0], f.people[0], prokura.RoleEmployee) }, entityOf(ofPerson, f.people[0]))
		},
		dies:    func(f *fixture, h held) bool { return h.kind == "P" && h.person == f.people[0] },
		narrows: func(f *fixture, h held) bool { return h.kind == "U" && h.person == f.people[0] },
	},
	{
		name: "user leaves the business",
		do: func(f *fixture, _ []held) error {
			return f.change(func(d *store.Tx) error { return d.RemoveMember(f.clients[0], f.people[0]) }, entityOf(ofPerson, f.people[0]))
		},
		dies:    func(f *fixture, h held) bool { return h.kind == "P" && h.person == f.people[0] },
		narrows: func(f *fixture, h held) bool { return h.kind == "U" && h.person == f.people[0] },
	},
	{
		name: "time: 10 minutes end codes, 60 days end user tokens, 90 days data access",
		do:   func(f *fixture, _ []held) error { f.travel(61 * 24 * time.Hour); return nil },
		dies: func(_ *fixture, h held) bool { return h.kind == "U" || h.kind == "C" }, narrows: nothing,
	},
	{
		name: "time: data access ends page tokens too",
		do:   func(f *fixture, _ []held) error { f.travel(91 * 24 * time.Hour); return nil },
		dies: func(_ *fixture, h held) bool { return h.kind == "U" || h.kind == "C" || h.kind == "P" }, narrows: nothing,
	},
}

// personal is everything between people[0] and apps[0].
func personal(f *fixture, h held) bool {
	return h.person == f.people[0] && h.app == f.apps[0] && (h.kind == "U" || h.kind == "P" || h.kind == "C" && h.business == 0)
}

func find(all []held, name string) held {
	return all[slices.IndexFunc(all, func(h held) bool { return h.name == name })]
}

// TestKillMatrix proves R-TOKEN-10 (I-06): each event kills or narrows exactly
// the credentials of its row, at once, as seen by the warm server, by a server
// without cache and by one that starts afterwards. Too much killed fails too.
func TestKillMatrix(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		// One database serves all events: each plants a world of its own.
		keys := filepath.Join(t.TempDir(), "keys.json")
		for _, e := range matrix {
			t.Run(strings.ReplaceAll(e.name, "/", " "), func(t *testing.T) { testEvent(t, newFixture(t, database, keys), e) })
		}
	})
}

func testEvent(t *testing.T, f *fixture, e event) {
	all := populate(f)
	cold := f.open(-1)
	before := map[string]string{}
	for _, h := range all {
		before[h.name] = state(f, f.Registry, h)
		if before[h.name] == "" {
			t.Fatalf("%s is dead before the event", h.name)
		}
	}
	if err := e.do(f, all); err != nil {
		t.Fatal(err)
	}
	died, narrowed := 0, 0
	cold.clock.set(f.clock.Offset())
	for _, r := range []struct {
		name string
		*Registry
	}{{"warm", f.Registry}, {"uncached", cold}, {"restarted", f.open(0)}} {
		for _, h := range all {
			got := state(f, r.Registry, h)
			want := "unchanged"
			switch {
			case e.dies(f, h):
				want, died = "dead", died+1
			case e.narrows(f, h):
				want, narrowed = "narrowed", narrowed+1
			}
			is := "narrowed"
			switch got {
			case "":
				is = "dead"
			case before[h.name]:
				is = "unchanged"
			}
			if is != want {
				t.Errorf("%s server: %s is %s, want %s (was %s, is %s)", r.name, h.name, is, want, before[h.name], got)
			}
		}
	}
	if died+narrowed == 0 {
		t.Error("the event touched nothing: the row proves nothing")
	}
}
