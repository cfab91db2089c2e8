package registry_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/store"
)

// mapAsset reads an asset's row.
func (f *fixture) mapAsset(id prokura.ID) (prokura.Asset, error) {
	return registry.View(f.ctx, f.Registry, func(tx *store.View) (prokura.Asset, error) { return tx.Asset(id) })
}

// listen subscribes apps to what becomes of their grants.
func (f *fixture) listen(apps ...prokura.ID) {
	f.t.Helper()
	for _, app := range apps {
		if err := f.change(func(tx *store.Tx) error {
			return tx.SetSubscription(store.Subscription{App: app, Object: registry.ObjectApplication, CallbackURL: "https://app.example/hook", Fields: []string{registry.FieldInstall, registry.FieldUpdate, registry.FieldUninstall}, IncludeValues: true})
		}); err != nil {
			f.t.Fatal(err)
		}
	}
}

// told lists what an app was told of lost assets: business and asset.
func (f *fixture) told(app prokura.ID) []string {
	f.t.Helper()
	list, err := registry.View(f.ctx, f.Registry, func(tx *store.View) ([]store.Message, error) { return tx.Messages(app, store.MessageQuery{Limit: 100}) })
	if err != nil {
		f.t.Fatal(err)
	}
	var out []string
	for _, m := range list {
		var delivery struct {
			Entry []struct {
				Changes []struct {
					Field string                     `json:"field"`
					Value registry.IntegrationChange `json:"value"`
				} `json:"changes"`
			} `json:"entry"`
		}
		if err := json.Unmarshal(m.Payload, &delivery); err != nil {
			f.t.Fatalf("%s: %v", m.Payload, err)
		}
		for _, e := range delivery.Entry {
			for _, c := range e.Changes {
				for _, a := range c.Value.RemovedAssets {
					out = append(out, c.Value.Business+" "+a.ID)
				}
			}
		}
	}
	return out
}

// server makes a system user of a business.
func (f *fixture) server(business prokura.ID, role prokura.SystemUserRole) (id prokura.ID) {
	f.t.Helper()
	if err := f.change(func(tx *store.Tx) (err error) {
		if id, err = tx.NewID(prokura.NodeSystemUser, 0); err != nil {
			return err
		}
		return tx.AddSystemUser(prokura.SystemUser{ID: id, Business: business, Name: "Server " + id.String(), Role: role, Generation: 1, Created: f.Now()})
	}); err != nil {
		f.t.Fatal(err)
	}
	return id
}

// A business makes assets of every kind, two of each, renames and deletes them;
// nobody else does.
func TestMakeAssets(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		business, admin, stranger, employee := f.clients[0], f.session(f.people[0]), f.session(f.people[1]), f.people[2]
		f.join(business, employee, prokura.RoleEmployee)
		for _, k := range f.Catalog().Kinds {
			for _, name := range []string{"  First ", "Second <b>"} {
				id, err := assets.Create(f.ctx, f.Registry, admin, assets.Draft{Business: business, Kind: k.Kind, Name: name})
				if err != nil {
					t.Fatal(err)
				}
				a, err := f.mapAsset(id)
				if err != nil || a.Name != strings.TrimSpace(name) || a.Kind != k.Kind || a.Business != business {
					t.Errorf("made %+v, %v", a, err)
				}
				if currency := a.Attributes["currency"]; (currency == "USD") != (k.Kind == prokura.KindAdAccount) {
					t.Errorf("%s has currency %v", k.Kind, currency)
				}
				want(t, "rename", assets.Rename(f.ctx, f.Registry, admin, id, "Other"), "")
				if a, _ = f.mapAsset(id); a.Name != "Other" {
					t.Errorf("renamed to %q", a.Name)
				}
				want(t, "rename by a stranger", assets.Rename(f.ctx, f.Registry, stranger, id, "Mine"), prokura.NotFound)
				want(t, "rename by an employee", assets.Rename(f.ctx, f.Registry, f.session(employee), id, "Mine"), prokura.RoleMissing)
				want(t, "delete by a stranger", assets.Delete(f.ctx, f.Registry, stranger, id), prokura.NotFound)
				want(t, "delete by an employee", assets.Delete(f.ctx, f.Registry, f.session(employee), id), prokura.RoleMissing)
				stale := admin
				stale.Fresh -= prokura.Instant(registry.FreshFor.Milliseconds())
				want(t, "delete after a while", assets.Delete(f.ctx, f.Registry, stale, id), prokura.SignInRequired)
				want(t, "delete", assets.Delete(f.ctx, f.Registry, admin, id), "")
				if _, err := f.mapAsset(id); !errors.Is(err, prokura.NotFound) {
					t.Errorf("a deleted asset: %v", err)
				}
				want(t, "delete again", assets.Delete(f.ctx, f.Registry, admin, id), prokura.NotFound)
			}
		}
		for name, v := range map[string]assets.Draft{
			"no name":         {Kind: prokura.KindPage},
			"a long name":     {Kind: prokura.KindPage, Name: strings.Repeat("ä", 101)},
			"a hidden name":   {Kind: prokura.KindPage, Name: "Nord\u202ewind"},
			"no such kind":    {Kind: "yacht", Name: "Boat"},
			"no currency":     {Kind: prokura.KindAdAccount, Name: "Ads", Currency: "euro"},
			"no such zone":    {Kind: prokura.KindAdAccount, Name: "Ads", TimeZone: -4},
			"nobody's custom": {Kind: "", Name: "Ads"},
		} {
			v.Business = business
			_, err := assets.Create(f.ctx, f.Registry, admin, v)
			want(t, name, err, prokura.InvalidParameter)
		}
		_, err := assets.Create(f.ctx, f.Registry, stranger, assets.Draft{Business: business, Kind: prokura.KindPage, Name: "Mine"})
		want(t, "in another business", err, prokura.NotFound)
		_, err = assets.Create(f.ctx, f.Registry, f.session(employee), assets.Draft{Business: business, Kind: prokura.KindPage, Name: "Mine"})
		want(t, "as an employee", err, prokura.RoleMissing)
	})
}

// R-TOKEN-06, R-LOGIN-11: a deleted asset is gone for everybody who had it, for
// good, and their apps are told. By a token only some kinds are deleted.
func TestDeleteAsset(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		owner, agency, app := f.clients[0], f.clients[1], f.apps[0]
		admin := f.session(f.people[0])
		page, kept := f.pages[owner][0], f.pages[owner][1]
		for _, p := range []prokura.ID{page, kept} {
			want(t, "share", assets.Share(f.ctx, f.Registry, admin, p, agency, []prokura.Task{"ADVERTISE", "ANALYZE"}), "")
		}
		roots := []prokura.Secret{
			f.exchange(app, f.consent(f.systems[app], f.people[0], owner, f.assetsOf(owner))),
			f.exchange(app, f.consent(f.systems[app], f.people[1], agency, []prokura.ID{page, kept, f.pages[agency][0], f.accounts[agency][0]})),
			f.exchange(app, f.consent(f.personal[app], f.people[0], 0, []prokura.ID{page, kept, f.accounts[owner][0]})),
		}
		f.listen(f.apps...)
		user := f.caller(roots[2])
		want(t, "a page by a token", assets.Delete(f.ctx, f.Registry, user, page), prokura.InvalidParameter)
		want(t, "by a token that did not choose it", assets.Delete(f.ctx, f.Registry, user, f.pages[owner][2]), prokura.NotFound)
		want(t, "delete", assets.Delete(f.ctx, f.Registry, admin, page), "")
		for i, s := range roots {
			n, err := assets.Read(f.ctx, f.Registry, f.caller(s), page)
			if !errors.Is(err, prokura.NotFound) {
				t.Errorf("root %d still reads %+v, %v", i, n, err)
			}
			if _, err := assets.Read(f.ctx, f.Registry, f.caller(s), kept); err != nil {
				t.Errorf("root %d lost another page: %v", i, err)
			}
			if f.caller(s).Grant.Includes(page) {
				t.Errorf("the grant of root %d still names the page", i)
			}
		}
		sameSet(t, "told", f.told(app), []string{owner.String() + " " + page.String(), agency.String() + " " + page.String()})
		sameSet(t, "another app", f.told(f.apps[1]), nil)
	})
}

// sameSet compares lists whose order does not matter.
func sameSet(t *testing.T, what string, got, want []string) {
	t.Helper()
	left := map[string]int{}
	for _, s := range want {
		left[s]++
	}
	for _, s := range got {
		left[s]--
	}
	for s, n := range left {
		if n != 0 {
			t.Errorf("%s: %q is off by %d (got %v, want %v)", what, s, -n, got, want)
		}
	}
}
