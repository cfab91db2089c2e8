package registry_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/store"
)

// R-TOKEN-05, T22: unknown, foreign, wider and malformed members are errors,
// never ignored, and nothing is minted.
func TestChildRefusals(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, business := f.apps[0], f.clients[0]
		some := []prokura.ID{f.pages[business][0], f.pages[business][1], f.accounts[business][0]}
		root := f.exchange(app, f.consent(f.systems[app], f.people[0], business, some))
		foreignRoot := f.exchange(app, f.consent(f.systems[app], f.people[1], f.clients[1], f.assetsOf(f.clients[1])))
		narrow := f.child(root, business, []prokura.Permission{"ads_read", "business_management"}, some[:1])
		blind := f.child(root, business, []prokura.Permission{"ads_read"}, some[:1])
		stranger, err := f.Alias(f.ctx, f.caller(foreignRoot))
		if err != nil {
			t.Fatal(err)
		}
		user := f.exchange(app, f.consent(f.personal[app], f.people[0], 0, f.assetsOf(business)))
		scopes := func(s ...prokura.Permission) grants.ChildRequest {
			return grants.ChildRequest{HasScopes: true, Scopes: s}
		}
		assets := func(a ...prokura.ID) grants.ChildRequest { return grants.ChildRequest{HasAssets: true, Assets: a} }
		for _, c := range []struct {
			name     string
			token    prokura.Secret
			business prokura.ID
			req      grants.ChildRequest
			want     prokura.Reason
		}{
			{"scope beyond the grant", root, business, scopes("catalog_management"), prokura.Widening},
			{"one of two scopes beyond", root, business, scopes("ads_read", "catalog_management"), prokura.Widening},
			{"unknown scope", root, business, scopes("ads_read", "Ads_Read"), prokura.UnknownPermission},
			{"no scope at all", root, business, scopes(), prokura.InvalidParameter},
			{"asset of the business that was not granted", root, business, assets(f.pages[business][2]), prokura.Widening},
			{"asset of another business", root, business, assets(some[0], f.pages[f.clients[1]][0]), prokura.Widening},
			{"asset that does not exist", root, business, assets(123456789), prokura.Widening},
			{"the business itself as an asset", root, business, assets(business), prokura.Widening},
			{"no asset at all", root, business, assets(), prokura.InvalidParameter},
			{"child beyond its own assets", narrow, business, assets(some[1]), prokura.Widening},
			{"child beyond its own scopes", narrow, business, scopes("ads_management"), prokura.Widening},
			{"child without business_management", blind, business, assets(some[0]), prokura.PermissionMissing},
			{"another client business", root, f.clients[1], assets(some[0]), prokura.NotFound},
			{"no such business", root, 123456789, assets(some[0]), prokura.NotFound},
			{"another business's system user", root, business, grants.ChildRequest{SystemUser: stranger}, prokura.Widening},
			{"a user token (R-TOKEN-12 the other way round)", user, business, assets(some[0]), prokura.WrongTokenKind},
			{"fetch what was never minted", root, business, grants.ChildRequest{FetchOnly: true, HasScopes: true, Scopes: []prokura.Permission{"ads_management"}}, prokura.InvalidParameter},
			{"fetch beyond the caller", narrow, business, grants.ChildRequest{FetchOnly: true, HasAssets: true, Assets: some[1:2]}, prokura.Widening},
		} {
			c.req.Business = c.business
			if out, err := grants.CutChild(f.ctx, f.Registry, f.caller(c.token), c.req); !errors.Is(err, c.want) || out.Secret != "" {
				t.Errorf("%s: %v, want %s", c.name, err, c.want)
			}
		}
		without, err := f.Authenticate(f.ctx, registry.Credentials{Token: root})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := grants.CutChild(f.ctx, f.Registry, without, grants.ChildRequest{Business: business}); !errors.Is(err, prokura.ProofMissing) {
			t.Errorf("without a proof: %v", err)
		}
	})
}

// T23, R-TOKEN-05: whatever is asked of whichever member of a family, what
// comes back is within the caller; equal sets give the equal child; expiry never
// exceeds the caller's.
func TestFamilies(t *testing.T) {
	f := newFixture(t, t.TempDir()+"/world.db", "")
	app, business := f.apps[0], f.clients[0]
	rng := rand.New(rand.NewPCG(1, 2))
	all := f.assetsOf(business)
	root := f.exchange(app, f.consent(f.systems[app], f.people[0], business, all))
	family := []prokura.Secret{root}
	byShape := map[string]prokura.Secret{}
	pick := func(n int) []int { return rng.Perm(n)[:1+rng.IntN(n)] }
	minted, fetched := 0, 0
	for range 400 {
		caller := f.caller(family[rng.IntN(len(family))])
		req := grants.ChildRequest{Business: business, FetchOnly: rng.IntN(3) == 0, In60Days: rng.IntN(4) == 0}
		if rng.IntN(5) > 0 {
			req.HasScopes = true
			for _, i := range pick(len(fixtureScopes)) {
				req.Scopes = append(req.Scopes, fixtureScopes[i])
			}
			if rng.IntN(2) == 0 {
				req.Scopes = append(req.Scopes, "business_management")
			}
		}
		if rng.IntN(5) > 0 {
			req.HasAssets = true
			for _, i := range pick(len(all)) {
				req.Assets = append(req.Assets, all[i])
			}
		}
		out, err := grants.CutChild(f.ctx, f.Registry, caller, req)
		if err != nil {
			continue
		}
		got := f.caller(out.Secret)
		if !got.Scopes().In(caller.Scopes()) {
			t.Fatalf("%v by %v gave %v", req, f.Catalog().Names(caller.Scopes()), f.Catalog().Names(got.Scopes()))
		}
		for _, id := range all {
			a, err := f.Asset(f.ctx, got, id)
			if err != nil {
				t.Fatal(err)
			}
			_, has := got.Reach(a)
			if _, may := caller.Reach(a); has && !may {
				t.Fatalf("asset %s is reached by the child alone", id)
			}
		}
		if e := caller.Expires(); e != 0 && (got.Expires() == 0 || got.Expires() > e) {
			t.Fatalf("the child expires at %d, the caller at %d", got.Expires(), e)
		}
		if req.FetchOnly {
			fetched++
			continue
		}
		minted++
		if !req.In60Days && caller.Expires() == 0 {
			slices.Sort(req.Assets)
			shape := fmt.Sprint(caller.Token.ID, f.Catalog().Names(got.Scopes()), got.Token.Assets)
			if before := byShape[shape]; before != "" && before != out.Secret {
				t.Fatalf("equal sets gave two children: %s", shape)
			}
			byShape[shape] = out.Secret
		}
		if len(family) < 40 {
			family = append(family, out.Secret)
		}
	}
	if minted < 50 || fetched < 5 {
		t.Fatalf("only %d minted and %d fetched: the run proves nothing", minted, fetched)
	}
}

// R-TOKEN-05: fetch_only by its cases.
func TestFetchOnly(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, business := f.apps[0], f.clients[0]
		root := f.exchange(app, f.consent(f.systems[app], f.people[0], business, f.assetsOf(business)))
		fetch := func(req grants.ChildRequest) prokura.Secret {
			t.Helper()
			req.Business, req.FetchOnly = business, true
			out, err := grants.CutChild(f.ctx, f.Registry, f.caller(root), req)
			if err != nil {
				t.Fatal(err)
			}
			return out.Secret
		}
		if fetch(grants.ChildRequest{}) != root {
			t.Error("naming nothing does not give the caller itself")
		}
		ask := grants.ChildRequest{HasScopes: true, Scopes: []prokura.Permission{"ads_read"}, HasAssets: true, Assets: f.accounts[business][:1]}
		child := f.child(root, business, ask.Scopes, ask.Assets)
		if fetch(ask) != child {
			t.Error("the child is not found again")
		}
		f.travel(time.Second)
		expiring := ask
		expiring.Business, expiring.In60Days = business, true
		first, err := grants.CutChild(f.ctx, f.Registry, f.caller(root), expiring)
		if err != nil {
			t.Fatal(err)
		}
		f.travel(time.Second)
		second, err := grants.CutChild(f.ctx, f.Registry, f.caller(root), expiring)
		if err != nil || second.Secret == first.Secret || second.In != 60*24*60*60 {
			t.Errorf("minting an expiring one again: %v, %d seconds", err, second.In)
		}
		if fetch(ask) != second.Secret {
			t.Error("the newest of several is not the one fetched")
		}
		f.travel(61 * 24 * time.Hour)
		if fetch(ask) != child {
			t.Error("after the expiring ones ended, the other is not fetched")
		}
	})
}

// T33, T35: a family is neither deep nor large without bound, and a refreshed
// child is no exception, nor does it outlive what it was cut from.
func TestFamilyBounds(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, business := f.apps[0], f.clients[0]
		some := f.assetsOf(business)
		root := f.exchange(app, f.consent(f.systems[app], f.people[0], business, some))
		secret := f.appCaller(app)
		last := root
		for i := range grants.MaxDepth {
			last = f.child(last, business, []prokura.Permission{"ads_read", "business_management"}, some[i:])
		}
		_, err := grants.CutChild(f.ctx, f.Registry, f.caller(last), grants.ChildRequest{Business: business, HasScopes: true, Scopes: []prokura.Permission{"ads_read"}})
		want(t, "one deeper", err, prokura.LimitReached)
		_, err = grants.CutChild(f.ctx, f.Registry, f.caller(last), grants.ChildRequest{Business: business, FetchOnly: true})
		want(t, "asking for itself", err, "")

		// A 60-day child of a token with ten days left.
		parent, err := grants.CutChild(f.ctx, f.Registry, f.caller(root), grants.ChildRequest{Business: business, In60Days: true})
		if err != nil {
			t.Fatal(err)
		}
		child, err := grants.CutChild(f.ctx, f.Registry, f.caller(parent.Secret), grants.ChildRequest{Business: business, In60Days: true, HasAssets: true, Assets: some[:1]})
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Travel(f.ctx, 50*24*time.Hour); err != nil {
			t.Fatal(err)
		}
		again, err := grants.ExtendToken(f.ctx, f.Registry, secret, child.Secret, true)
		if err != nil || again.Expires > parent.Expires {
			t.Errorf("a refreshed child ends at %v (%v), its parent at %v", again.Expires, err, parent.Expires)
		}
		plant := func(n int, k prokura.Token) {
			t.Helper()
			if err := f.change(func(tx *store.Tx) error {
				for range n {
					k.ID = registry.NewTokenID()
					if err := tx.AddToken(k, ""); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		sibling := f.caller(again.Secret).Token
		plant(registry.MaxChildren-2, sibling)
		_, err = grants.ExtendToken(f.ctx, f.Registry, secret, again.Secret, true)
		want(t, "refresh one child too many", err, prokura.LimitReached)
		_, err = grants.CutChild(f.ctx, f.Registry, f.caller(parent.Secret), grants.ChildRequest{Business: business, In60Days: true})
		want(t, "cut one child too many", err, prokura.LimitReached)

		top := f.caller(root).Token
		plant(registry.MaxGrantTokens, top)
		_, err = grants.CutChild(f.ctx, f.Registry, f.caller(root), grants.ChildRequest{Business: business, In60Days: true})
		want(t, "more than a grant holds", err, prokura.LimitReached)
	})
}
