package registry_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/login"
	"github.com/prokura/prokura/internal/store"
)

// classic runs a scope login and returns the token, and what the review asked.
func (f *fixture) classic(app prokura.ID, rerequest bool, declined ...prokura.Permission) (prokura.Secret, []prokura.Permission) {
	f.t.Helper()
	c, browser := f.session(f.people[0]), registry.NewHandle()
	id, err := login.Start(f.ctx, f.Registry, app, prokura.LoginRequest{RedirectURI: "https://app.example/cb", ResponseTypes: []string{"code"},
		Scopes: []prokura.Permission{"ads_read", "pages_show_list"}, Rerequest: rerequest}, false)
	if err != nil {
		f.t.Fatal(err)
	}
	v, err := login.Show(f.ctx, f.Registry, c, id, browser)
	if err != nil {
		f.t.Fatal(err)
	}
	a, err := login.Approve(f.ctx, f.Registry, c, id, browser, v.Digest, declined)
	if err != nil {
		f.t.Fatal(err)
	}
	return f.exchange(app, a.Values.Get("code")), f.Catalog().Names(v.Scopes)
}

// R-LOGIN-08, R-TOKEN-11: a classic login may leave permissions out; they are
// asked for again only with auth_type=rerequest; what is revoked is declined;
// a configuration's login is all or nothing.
func TestClassicLogin(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app := f.apps[0]
		has := func(token prokura.Secret, p prokura.Permission) bool {
			return f.Catalog().Has(f.caller(token).Scopes(), p)
		}
		first, asked := f.classic(app, false, "ads_read")
		if !slices.Contains(asked, "ads_read") || has(first, "ads_read") || !has(first, "pages_show_list") || !has(first, "public_profile") {
			t.Errorf("the first login asked %v and gave %v", asked, f.Catalog().Names(f.caller(first).Scopes()))
		}
		if _, asked := f.classic(app, false); slices.Contains(asked, "ads_read") {
			t.Error("a permission that was declined is asked for again without rerequest")
		}
		if has(first, "ads_read") {
			t.Error("a login that did not ask gave a declined permission")
		}
		again, asked := f.classic(app, true)
		if !slices.Contains(asked, "ads_read") || !has(again, "ads_read") || !has(first, "ads_read") {
			t.Errorf("rerequest asked %v; the grant gives %v", asked, f.Catalog().Names(f.caller(again).Scopes()))
		}
		if err := grants.RevokePermissions(f.ctx, f.Registry, f.caller(again), 0, "ads_read"); err != nil {
			t.Fatal(err)
		}
		list, err := grants.Permissions(f.ctx, f.Registry, f.caller(again), 0)
		if err != nil || !slices.Contains(list, grants.PermissionStatus{Permission: "ads_read", Status: "declined"}) || !slices.Contains(list, grants.PermissionStatus{Permission: "pages_show_list", Status: "granted"}) {
			t.Errorf("me/permissions says %v, %v", list, err)
		}
		// Without chosen assets the token follows the person's current access.
		page := f.pages[f.clients[0]][0]
		if _, err := assets.Read(f.ctx, f.Registry, f.caller(again), page); err != nil {
			t.Errorf("a page of the person: %v", err)
		}
		if err := f.change(func(tx *store.Tx) error { return tx.MoveAsset(page, f.provider, f.Now()) }, registry.EntityOf(registry.OfAsset, page)); err != nil {
			t.Fatal(err)
		}
		if _, err := assets.Read(f.ctx, f.Registry, f.caller(again), page); !errors.Is(err, prokura.NotFound) {
			t.Errorf("a page that moved away: %v", err)
		}
	})
}

// R-LOGIN-12, R-LOGIN-14: a later login of the same person adds what its review
// showed and lifts no limit that an earlier one set.
func TestLaterLoginKeepsTheChoice(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, business := f.apps[0], f.clients[0]
		bare, err := apps.SaveConfiguration(f.ctx, f.Registry, f.session(f.people[three]), prokura.Configuration{App: app, Name: "no assets", Variation: "general",
			TokenType: prokura.TokenTypeUser, Permissions: []prokura.Permission{"ads_read"}})
		if err != nil {
			t.Fatal(err)
		}
		onlyPages, err := apps.SaveConfiguration(f.ctx, f.Registry, f.session(f.people[three]), prokura.Configuration{App: app, Name: "pages", Variation: "general",
			TokenType: prokura.TokenTypeUser, Permissions: []prokura.Permission{"pages_show_list"}, Assets: []prokura.ConfigurationAsset{{Kind: prokura.KindPage}}})
		if err != nil {
			t.Fatal(err)
		}
		page, account := f.pages[business], f.accounts[business]
		token := f.exchange(app, f.consent(f.personal[app], f.people[0], 0, []prokura.ID{page[0], account[0]}))
		reached := func() (out []prokura.ID) {
			for _, id := range f.assetsOf(business) {
				if _, err := assets.Read(f.ctx, f.Registry, f.caller(token), id); err == nil {
					out = append(out, id)
				}
			}
			slices.Sort(out)
			return out
		}
		want := func(what string, ids ...prokura.ID) {
			t.Helper()
			slices.Sort(ids)
			if got := reached(); !slices.Equal(got, ids) {
				t.Errorf("%s: the token reaches %v, want %v", what, got, ids)
			}
		}
		want("first login", page[0], account[0])
		f.consent(bare, f.people[0], 0, nil)
		want("after a login that names no assets", page[0], account[0])
		f.consent(onlyPages, f.people[0], 0, []prokura.ID{page[1]})
		want("after a login that chose another page", page[1], account[0])
	})
}
