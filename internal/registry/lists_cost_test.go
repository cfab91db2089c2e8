package registry_test

import (
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/login"
	"github.com/prokura/prokura/internal/store"
)

// statements counts what an act sends to the database. That the first change in a
// second moves the world's revision, too, is left out: the clock decides whose it is.
func (f *fixture) statements(do func() error) int64 {
	f.t.Helper()
	at := func() (revision, sent int64) {
		revision, err := f.Store().Revision(f.ctx, false)
		if err != nil {
			f.t.Fatal(err)
		}
		return revision, f.Store().Statements()
	}
	moved, before := at()
	err := do()
	sent := f.Store().Statements() - before
	if err != nil {
		f.t.Fatal(err)
	}
	after, _ := at()
	return sent - (after - moved)
}

// TestListsCostOnePage proves that a page of a list is one statement and its
// count one more, for everybody, in any place: nothing is read for each asset,
// and nothing of those that the page does not show.
func TestListsCostOnePage(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		w := plantLarge(t, database, 1500)
		for _, e := range w.edges() {
			list := w.assets[e.kind]
			for place, q := range map[string]registry.AssetQuery{
				"first": {}, "deep": {After: list[len(list)*9/10]}, "back": {After: list[len(list)*9/10], Backward: true}, "found": {Search: "store"},
			} {
				q.Kind, q.Limit = e.kind, 25
				for want, total := range map[int64]bool{1: false, 2: true} {
					var page *registry.AssetPage
					n := w.statements(func() (err error) { page, err = e.read(e.caller, q, total); return err })
					if n != want {
						t.Errorf("%s, %s: %d statements for %d assets (total %v), want %d", e.name, place, n, len(page.Assets), total, want)
					}
					if e.caller.Person.ID != fewEmployee && len(page.Assets) != 25 {
						t.Errorf("%s, %s: %d assets", e.name, place, len(page.Assets))
					}
				}
			}
		}
	})
}

// TestPagesCostOnePage: me/accounts reads one page's tokens, not one by one and
// not all that the token ever got.
func TestPagesCostOnePage(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		user := f.caller(f.exchange(f.apps[0], f.consent(f.personal[f.apps[0]], f.people[0], 0, f.assetsOf(f.clients[0]))))
		read := func(limit int) int64 {
			return f.statements(func() error {
				list, _, err := grants.Pages(f.ctx, f.Registry, user, registry.AssetQuery{Limit: limit}, false)
				if err == nil && (len(list) != limit || list[limit-1].Token == "") {
					t.Errorf("%d pages of %d, or no token", len(list), limit)
				}
				return err
			})
		}
		read(three)
		if one, all := read(1), read(three); one != all || one > 3 {
			t.Errorf("one page takes %d statements, %d take %d", one, three, all)
		}
	})
}

// TestLoginCostsOnePage walks a login of a business with many assets: what is
// sent to the database is the same for few chosen assets and for very many
// (R-LOGIN-08, R-LOGIN-11).
func TestLoginCostsOnePage(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		w := plantLarge(t, database, 1500)
		w.walk(t, "Store 6", 20) // the next ones replace its grant
		few, many := w.walk(t, "Store 7", 20), w.walk(t, "Store", 1000)
		for step, n := range few {
			if many[step] != n {
				t.Errorf("%s: %d statements with few assets, %d with many", step, n, many[step])
			}
		}
	})
}

// walk goes through a login in which every asset that matches is chosen, at
// least so many, and says how many statements each step took.
func (w *large) walk(t *testing.T, search string, least int) map[string]int64 {
	c, browser, out := w.session(w.people[0]), registry.NewHandle(), map[string]int64{}
	id, err := login.Start(w.ctx, w.Registry, w.apps[0], prokura.LoginRequest{RedirectURI: "https://app.example/cb", ResponseTypes: []string{"code"}, Configuration: w.systems[w.apps[0]]}, false)
	if err != nil {
		t.Fatal(err)
	}
	var v *login.View
	step := func(name string, do func() error) { t.Helper(); out[name] += w.statements(do) }
	look := func(name string) {
		t.Helper()
		step(name, func() (err error) { v, err = login.Show(w.ctx, w.Registry, c, id, browser); return err })
	}
	look("businesses")
	step("choose business", func() error { return login.ChooseBusiness(w.ctx, w.Registry, c, id, browser, w.owner) })
	step("choose", func() error {
		return login.ChooseMatching(w.ctx, w.Registry, c, id, browser, prokura.KindAdAccount, search, false)
	})
	step("choose", func() error {
		return login.ChooseMatching(w.ctx, w.Registry, c, id, browser, prokura.KindPage, search, false)
	})
	step("assets", func() error {
		_, err := login.AssetChoices(w.ctx, w.Registry, c, id, browser, []registry.AssetQuery{{Kind: prokura.KindPage, ByName: true, Limit: 50}, {Kind: prokura.KindAdAccount, ByName: true, Limit: 50}})
		return err
	})
	step("choose by name", func() error {
		return login.ChooseAssets(w.ctx, w.Registry, c, id, browser, nil, w.assets[prokura.KindPage][:least/10], true)
	})
	look("review")
	if len(v.Assets) < least {
		t.Fatalf("%d assets chosen by %q, want %d", len(v.Assets), search, least)
	}
	step("confirm", func() error {
		_, err := login.Approve(w.ctx, w.Registry, c, id, browser, v.Digest, nil)
		return err
	})
	err = w.Store().View(w.ctx, func(tx *store.View) error {
		g, err := tx.BusinessGrant(w.owner, w.apps[0], w.systems[w.apps[0]])
		if len(g.Assets) != len(v.Assets) {
			t.Errorf("%d assets granted of %d", len(g.Assets), len(v.Assets))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestTokenCosts holds what the two acts cost that a token server lives by: to cut
// a child token is to read the caller, the assets, and how many there are, and to
// write the token and the line of the journal; to end one is to read the app and to
// write the token, the change and the line.
func TestTokenCosts(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, business := f.apps[0], f.clients[0]
		c := f.caller(f.exchange(app, f.consent(f.systems[app], f.people[0], business, f.assetsOf(business))))
		ender := f.appCaller(app)
		for range 8 {
			var child registry.Issued
			n := f.statements(func() (err error) {
				child, err = grants.CutChild(f.ctx, f.Registry, c, grants.ChildRequest{Business: business, In60Days: true})
				return err
			})
			if n != 5 {
				t.Errorf("a child token was cut with %d statements, want 5", n)
			}
			f.caller(child.Secret) // known from here on
			if n := f.statements(func() error { return grants.RevokeToken(f.ctx, f.Registry, ender, child.Secret) }); n != 4 {
				t.Errorf("a token was ended with %d statements, want 4", n)
			}
		}
	})
}
