package registry_test

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/login"
	"github.com/prokura/prokura/internal/store"
	"github.com/prokura/prokura/internal/store/storetest"
)

// How large the worlds of these benchmarks are.
const (
	manyAssets  = 100_000
	manySystems = 10_000
)

// place is one page of a list; the first of a benchmark is what the others are
// measured by.
type place struct {
	name string
	read func() (shown int, err error)
}

// compare reads pages in turns and reports what each costs: the first in
// microseconds, the others in percent of it, by their medians. want is how many
// rows each shows.
func compare(b *testing.B, want int, places []place) {
	spent := make([][]time.Duration, len(places))
	for b.Loop() {
		// In any order: each is as often the first after another.
		for _, i := range rand.Perm(len(places)) {
			start := time.Now()
			n, err := places[i].read()
			spent[i] = append(spent[i], time.Since(start))
			if err != nil || n != want {
				b.Fatalf("%s: %d shown, %v", places[i].name, n, err)
			}
		}
	}
	median := func(i int) float64 {
		slices.Sort(spent[i])
		return float64(spent[i][len(spent[i])/2].Nanoseconds())
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(0)/1000, "µs-"+places[0].name)
	for i, p := range places[1:] {
		b.ReportMetric(100*median(i+1)/median(0), "%-"+p.name)
	}
}

// BenchmarkLarge measures what a business with 100,000 assets and 10,000 system
// users is shown, on a world of each database.
func BenchmarkLarge(b *testing.B) {
	benchBoth(b, func(b *testing.B, w *large) {
		w.benchLists(b)
		w.benchPages(b)
		w.benchSystems(b)
		w.benchDialog(b)
	})
}

// benchBoth runs benchmarks on a large world of each database.
func benchBoth(b *testing.B, f func(*testing.B, *large)) {
	b.Run("sqlite", func(b *testing.B) { f(b, plantLarge(b, filepath.Join(b.TempDir(), "world.db"), manyAssets)) })
	if storetest.HasPostgres(b) {
		b.Run("postgres", func(b *testing.B) { f(b, plantLarge(b, storetest.Postgres(b), manyAssets)) })
	}
}

// benchLists reads 25 of 100,000 assets: at the start of the list, deep in it,
// backwards from there, and the same with a search. The goal is that each costs
// what the first page costs, ± 20 %. The count of the whole list is by itself.
func (w *large) benchLists(b *testing.B) {
	for _, e := range w.edges() {
		list := w.assets[e.kind]
		deep, want := list[len(list)*9/10], 25
		if e.caller.Person.ID == fewEmployee {
			want = 3
		}
		at := func(name string, total bool, q registry.AssetQuery) place {
			q.Kind, q.Limit = e.kind, 25
			return place{name, func() (int, error) {
				page, err := e.read(e.caller, q, total)
				if err != nil {
					return 0, err
				}
				return len(page.Assets), nil
			}}
		}
		places := []place{at("first", false, registry.AssetQuery{}), at("deep", false, registry.AssetQuery{After: deep}), at("back", false, registry.AssetQuery{After: deep, Backward: true}),
			at("found", false, registry.AssetQuery{Search: "7"}), at("found-deep", false, registry.AssetQuery{Search: "7", After: deep})}
		if want < 25 {
			places = places[:1]
		}
		b.Run(e.name, func(b *testing.B) { compare(b, want, places) })
		b.Run(e.name+", counted", func(b *testing.B) {
			compare(b, want, []place{places[0], at("with-count", true, registry.AssetQuery{})})
		})
	}
}

// benchPages reads 25 of 30,000 pages with their page tokens (me/accounts), by a
// token that has got the tokens of some hundred pages before.
func (w *large) benchPages(b *testing.B) {
	token, _ := w.classic(w.apps[0], false)
	c, list := w.caller(token), w.assets[prokura.KindPage]
	deep := list[len(list)*9/10]
	at := func(name string, q registry.AssetQuery) place {
		q.Limit = 25
		return place{name, func() (int, error) {
			pages, _, err := grants.Pages(w.ctx, w.Registry, c, q, false)
			return len(pages), err
		}}
	}
	places := []place{at("first", registry.AssetQuery{}), at("deep", registry.AssetQuery{After: deep}), at("back", registry.AssetQuery{After: deep, Backward: true})}
	for i := range 20 {
		places = append(places, at("", registry.AssetQuery{After: list[i*25]}))
	}
	for _, p := range places { // tokens are made on first read
		if _, err := p.read(); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("pages with tokens", func(b *testing.B) { compare(b, 25, places[:3]) })
}

// benchSystems reads 25 of 10,000 system users.
func (w *large) benchSystems(b *testing.B) {
	err := w.Store().Update(w.ctx, func(tx *store.Tx) error {
		for i := range manySystems {
			u := prokura.SystemUser{ID: 100_000_001_000_000 + prokura.ID(i*7919%1000003), Business: w.owner, Name: "System", Role: prokura.SystemUserEmployee, Generation: 1}
			if err := tx.AddSystemUser(u); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	w.analyze()
	at := func(name string, after prokura.ID, backward bool) place {
		return place{name, func() (int, error) {
			page, err := registry.View(w.ctx, w.Registry, func(tx *store.View) ([]prokura.SystemUser, error) {
				return tx.SystemUsers(w.owner, after, backward, 25)
			})
			return len(page), err
		}}
	}
	const deep = 100_000_001_900_000
	b.Run("system users", func(b *testing.B) {
		compare(b, 25, []place{at("first", 0, false), at("deep", deep, false), at("back", deep, true)})
	})
}

// benchDialog is the login dialog: pages of the choice in the order of names,
// the review of as many assets as a grant may hold, and its confirmation.
func (w *large) benchDialog(b *testing.B) {
	browser := registry.NewHandle()
	begin := func(c registry.Caller, business prokura.ID) string {
		id, err := login.Start(w.ctx, w.Registry, w.apps[0], prokura.LoginRequest{RedirectURI: "https://app.example/cb", ResponseTypes: []string{"code"}, Configuration: w.systems[w.apps[0]]}, false)
		if err == nil {
			_, err = login.Show(w.ctx, w.Registry, c, id, browser)
		}
		if err == nil {
			err = login.ChooseBusiness(w.ctx, w.Registry, c, id, browser, business)
		}
		if err != nil {
			b.Fatal(err)
		}
		return id
	}
	owner, agency := w.session(w.people[0]), w.session(w.people[1])
	choice := func(b *testing.B, c registry.Caller, business prokura.ID) {
		id := begin(c, business)
		at := func(name string, q registry.AssetQuery) place {
			q.Kind, q.ByName, q.Limit = prokura.KindAdAccount, true, 50
			return place{name, func() (int, error) {
				page, err := login.AssetChoices(w.ctx, w.Registry, c, id, browser, []registry.AssetQuery{q})
				if err != nil {
					return 0, err
				}
				return len(page[0].Assets), nil
			}}
		}
		var deep prokura.ID
		err := w.Store().View(w.ctx, func(tx *store.View) error {
			list, err := tx.OwnedAssets(w.owner, registry.AssetQuery{Kind: prokura.KindAdAccount, Search: "Store 9", ByName: true, Limit: 1})
			if err == nil {
				deep = list[0].ID
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
		compare(b, 50, []place{at("first", registry.AssetQuery{}), at("deep", registry.AssetQuery{After: deep}), at("back", registry.AssetQuery{After: deep, Backward: true}),
			at("found", registry.AssetQuery{Search: "store 7"}), at("found-back", registry.AssetQuery{Search: "store 7", After: deep, Backward: true})})
	}
	b.Run("owner's choice", func(b *testing.B) { choice(b, owner, w.owner) })
	b.Run("agency's choice", func(b *testing.B) { choice(b, agency, w.agency) })
	b.Run("review and confirm of 5,000", func(b *testing.B) {
		var reviewed, confirmed time.Duration
		for b.Loop() {
			b.StopTimer()
			c, id := owner, begin(owner, w.owner)
			all := append(slices.Clone(w.assets[prokura.KindAdAccount][:4000]), w.assets[prokura.KindPage][:1000]...)
			if err := login.ChooseAssets(w.ctx, w.Registry, c, id, browser, nil, all, true); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
			start := time.Now()
			v, err := login.Show(w.ctx, w.Registry, c, id, browser)
			if err != nil || len(v.Assets) < 5000 {
				b.Fatal(len(v.Assets), err)
			}
			reviewed += time.Since(start)
			start = time.Now()
			if _, err := login.Approve(w.ctx, w.Registry, c, id, browser, v.Digest, nil); err != nil {
				b.Fatal(err)
			}
			confirmed += time.Since(start)
		}
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(float64(reviewed.Microseconds())/1000/float64(b.N), "ms-review")
		b.ReportMetric(float64(confirmed.Microseconds())/1000/float64(b.N), "ms-confirm")
	})
}
