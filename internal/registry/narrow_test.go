package registry_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/store"
)

// holds tells what a token is good for now: scopes and how many of the
// business's assets; empty when it is dead.
func (p *powers) holds(token prokura.Secret) string {
	p.t.Helper()
	c, err := p.Authenticate(p.ctx, registry.Credentials{Token: token})
	if err != nil {
		return ""
	}
	n := 0
	for _, id := range p.assetsOf(p.business) {
		a, err := p.Asset(p.ctx, c, id)
		if err != nil {
			p.t.Fatal(err)
		}
		if _, ok := c.Reach(a); ok {
			n++
		}
	}
	return fmt.Sprintf("%d scopes, %d assets", len(p.Catalog().Names(c.Scopes())), n)
}

// told lists the webhooks to an app that are in the outbox, oldest first.
func (p *powers) told(app prokura.ID) (fields []string) {
	p.t.Helper()
	list, err := registry.View(p.ctx, p.Registry, func(tx *store.View) ([]store.Message, error) { return tx.Messages(app, store.MessageQuery{Limit: 100}) })
	if err != nil {
		p.t.Fatal(err)
	}
	// The log is by time; what is of one instant is delivered by its place.
	slices.SortFunc(list, func(a, b store.Message) int {
		return cmp.Or(cmp.Compare(a.Created, b.Created), cmp.Compare(a.Place, b.Place))
	})
	for _, m := range list {
		fields = append(fields, m.Field)
	}
	return fields
}

// R-TOKEN-06, I-01, T22: narrowing a grant narrows its root and children at
// once and for good, as long as nobody consents anew; nothing else changes.
func TestNarrowGrant(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		p := newPowers(t, database)
		session, accounts := p.session(p.admin), p.accounts[p.business]
		g := p.family(p.apps[0], 0)
		bystanders := []prokura.Secret{p.wide, p.plain, p.exchange(p.apps[0], p.consent(p.personal[p.apps[0]], p.admin, 0, p.assetsOf(p.business)))}
		before := []string{}
		for _, b := range bystanders {
			before = append(before, p.holds(b))
		}
		if p.holds(p.root) != "5 scopes, 6 assets" || p.holds(p.child) != "2 scopes, 2 assets" {
			t.Fatalf("root %s, child %s", p.holds(p.root), p.holds(p.child))
		}
		code := p.consent(p.systems[p.apps[0]], p.admin, p.business, p.assetsOf(p.business))
		ended, err := grants.Narrow(p.ctx, p.Registry, session, p.business, g.ID, grants.Narrowing{Scopes: fixtureScopes[1:4], Assets: []prokura.ID{accounts[1], accounts[1], accounts[2]}})
		if err != nil || ended {
			t.Fatal(ended, err)
		}
		if p.holds(p.root) != "3 scopes, 2 assets" || p.holds(p.child) != "1 scopes, 1 assets" {
			t.Errorf("after narrowing: root %s, child %s", p.holds(p.root), p.holds(p.child))
		}
		if late := p.exchange(p.apps[0], code); p.holds(late) != "3 scopes, 2 assets" {
			t.Errorf("a code of before gives %s", p.holds(late))
		}
		for i, b := range bystanders {
			if p.holds(b) != before[i] {
				t.Errorf("a bystander had %s and has %s", before[i], p.holds(b))
			}
		}
		for what, keep := range map[string]grants.Narrowing{
			"a permission that was taken":  {Scopes: fixtureScopes[:2], Assets: accounts[1:]},
			"a permission never given":     {Scopes: []prokura.Permission{"ads_read", "catalog_management"}, Assets: accounts[1:]},
			"an asset that was taken":      {Scopes: fixtureScopes[1:2], Assets: accounts},
			"an asset of another business": {Scopes: fixtureScopes[1:2], Assets: append([]prokura.ID{p.accounts[p.clients[1]][0]}, accounts[1:]...)},
			"an asset that is none":        {Scopes: fixtureScopes[1:2], Assets: []prokura.ID{7}},
		} {
			if _, err := grants.Narrow(p.ctx, p.Registry, session, p.business, g.ID, keep); !errors.Is(err, prokura.Widening) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if _, err := grants.Narrow(p.ctx, p.Registry, session, p.business, g.ID, grants.Narrowing{Scopes: []prokura.Permission{"no_such"}, Assets: accounts[1:]}); !errors.Is(err, prokura.UnknownPermission) {
			t.Errorf("a permission that is none: %v", err)
		}
		// Under the name of another business, or an app's system user, it is not there.
		for what, err := range map[string]error{
			"another business":  second(grants.Narrow(p.ctx, p.Registry, p.session(p.people[1]), p.clients[1], g.ID, grants.Narrowing{Scopes: fixtureScopes[1:2], Assets: accounts[1:]})),
			"an installation":   second(grants.Narrow(p.ctx, p.Registry, session, p.business, p.family(p.own, p.adminSU).ID, grants.Narrowing{})),
			"end as another":    grants.End(p.ctx, p.Registry, p.session(p.people[1]), p.clients[1], g.ID),
			"end of a business": grants.End(p.ctx, p.Registry, session, p.business, p.business),
		} {
			if !errors.Is(err, prokura.NotFound) {
				t.Errorf("%s: %v", what, err)
			}
		}
		// A new consent gives it back, and all of it is in the journal.
		p.consent(p.systems[p.apps[0]], p.admin, p.business, p.assetsOf(p.business))
		if p.holds(p.root) != "5 scopes, 6 assets" || p.holds(p.child) != "2 scopes, 2 assets" {
			t.Errorf("after a new consent: root %s, child %s", p.holds(p.root), p.holds(p.child))
		}
		lines, err := registry.View(p.ctx, p.Registry, func(tx *store.View) ([]store.StoredEntry, error) {
			return tx.JournalPage(store.JournalScope{Business: p.business}, store.Newest, 0, 100)
		})
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(lines, func(e store.StoredEntry) bool {
			return e.Act == prokura.ActNarrowGrant && e.App == p.apps[0] && e.Outcome == "done"
		})
		if i < 0 || lines[i].Subject != g.ID || lines[i].Actor != p.admin || !strings.Contains(lines[i].Before, "ads_management") || strings.Contains(lines[i].After, "ads_management") {
			t.Errorf("the journal tells %+v", lines)
		}
	})
}

// A grant of which nothing is left ends; what the app is told follows.
func TestNarrowGrantToNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		p := newPowers(t, database)
		session := p.session(p.admin)
		p.write(func(d *registry.Door) error {
			for _, app := range p.apps[:2] {
				if err := d.SetSubscription(store.Subscription{App: app, Object: registry.ObjectApplication, CallbackURL: "https://app.example/hook",
					Fields: []string{registry.FieldUpdate, registry.FieldUninstall}, IncludeValues: true, Created: d.Now, Updated: d.Now}); err != nil {
					return err
				}
			}
			return nil
		})
		g := p.family(p.apps[0], 0)
		if ended, err := grants.Narrow(p.ctx, p.Registry, session, p.business, g.ID, grants.Narrowing{AllScopes: true, AllAssets: true}); err != nil || ended || p.holds(p.root) != "5 scopes, 6 assets" {
			t.Fatalf("all of it stays: ended %v, %v, holds %s", ended, err, p.holds(p.root))
		}
		if _, err := grants.Narrow(p.ctx, p.Registry, session, p.business, g.ID, grants.Narrowing{AllScopes: true, Assets: p.accounts[p.business]}); err != nil {
			t.Fatal(err)
		}
		ended, err := grants.Narrow(p.ctx, p.Registry, session, p.business, g.ID, grants.Narrowing{Scopes: fixtureScopes})
		if err != nil || !ended || p.holds(p.root) != "" || p.holds(p.child) != "" {
			t.Errorf("without assets: ended %v, %v, root %q, child %q", ended, err, p.holds(p.root), p.holds(p.child))
		}
		g = p.family(p.apps[1], 0)
		ended, err = grants.Narrow(p.ctx, p.Registry, session, p.business, g.ID, grants.Narrowing{Assets: p.accounts[p.business]})
		if err != nil || !ended {
			t.Errorf("without permissions: ended %v, %v", ended, err)
		}
		for i, want := range [][]string{{registry.FieldUpdate, registry.FieldUninstall}, {registry.FieldUninstall}} {
			if got := p.told(p.apps[i]); !slices.Equal(got, want) {
				t.Errorf("app %d is told %v, want %v", i, got, want)
			}
		}
		if n := len(p.families(grants.FamilyQuery{}).Families); n != 3 {
			t.Errorf("%d families are left, want those of the system users and the person", n)
		}
		if _, err := grants.Narrow(p.ctx, p.Registry, session, p.business, g.ID, grants.Narrowing{}); !errors.Is(err, prokura.NotFound) {
			t.Errorf("again: %v", err)
		}
	})
}

// Tokens of system users narrow one by one, with the page tokens that were read
// with them; a token that followed its system user can be limited to assets.
func TestNarrowSystemUserToken(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		p := newPowers(t, database)
		session, pages, accounts := p.session(p.admin), p.pages[p.business], p.accounts[p.business]
		u := p.systemUser(p.business, prokura.SystemUserAdmin, 0)
		root := p.familyToken(u, p.own, fixtureScopes, nil, 0)
		twin := p.familyToken(u, p.own, fixtureScopes, nil, 0)
		list, _, err := grants.Pages(p.ctx, p.Registry, p.caller(root), registry.AssetQuery{Limit: 9}, false)
		if err != nil || len(list) != 3 {
			t.Fatal(len(list), err)
		}
		family := p.family(p.own, u).ID
		narrow := func(token prokura.Secret, keep grants.Narrowing) (bool, error) {
			return grants.NarrowSystemUserToken(p.ctx, p.Registry, session, p.business, family, p.markOf(token), keep)
		}
		if _, err := narrow(root, grants.Narrowing{Scopes: fixtureScopes[1:]}); err != nil {
			t.Fatal(err)
		}
		if p.holds(root) != "4 scopes, 6 assets" {
			t.Errorf("fewer scopes: %s", p.holds(root))
		}
		if _, err := narrow(root, grants.Narrowing{Scopes: fixtureScopes[1:], Assets: []prokura.ID{pages[0], p.pages[p.clients[1]][0]}}); !errors.Is(err, prokura.Widening) {
			t.Errorf("an asset of another business: %v", err)
		}
		if _, err := narrow(root, grants.Narrowing{Scopes: fixtureScopes[1:], Assets: []prokura.ID{pages[0], accounts[0]}}); err != nil {
			t.Fatal(err)
		}
		if p.holds(root) != "4 scopes, 2 assets" {
			t.Errorf("limited to two assets: %s", p.holds(root))
		}
		for _, page := range list {
			_, err := p.Authenticate(p.ctx, registry.Credentials{Token: page.Token})
			if alive := err == nil; alive != (page.ID == pages[0]) {
				t.Errorf("the token of page %s: %v", page.ID, err)
			}
		}
		if p.holds(twin) != "5 scopes, 6 assets" {
			t.Errorf("its twin has %s", p.holds(twin))
		}
		for what, keep := range map[string]grants.Narrowing{
			"an asset that was taken":     {Scopes: fixtureScopes[1:], Assets: []prokura.ID{pages[0], pages[1]}},
			"a permission that was taken": {Scopes: fixtureScopes, Assets: []prokura.ID{pages[0]}},
		} {
			if _, err := narrow(root, keep); !errors.Is(err, prokura.Widening) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if ended, err := narrow(root, grants.Narrowing{Scopes: fixtureScopes[1:]}); err != nil || !ended || p.holds(root) != "" {
			t.Errorf("without assets: ended %v, %v, holds %q", ended, err, p.holds(root))
		}
		if ended, err := narrow(twin, grants.Narrowing{}); err != nil || !ended || p.holds(twin) != "" {
			t.Errorf("without permissions: ended %v, %v, holds %q", ended, err, p.holds(twin))
		}
		if _, err := grants.NarrowSystemUserToken(p.ctx, p.Registry, session, p.business, p.family(p.apps[0], 0).ID, p.markOf(p.root), grants.Narrowing{Scopes: fixtureScopes[:1]}); !errors.Is(err, prokura.NotFound) {
			t.Errorf("a BISU token narrowed by itself: %v", err)
		}
	})
}

// T22: a token that lost permissions cuts none that has them, neither itself nor
// through what it cut or was refreshed to; its twin, from which nothing was taken,
// does.
func TestNarrowedPermissionsStayAway(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		p := newPowers(t, database)
		u := p.systemUser(p.business, prokura.SystemUserAdmin, 0)
		all := []prokura.Permission{"business_management", "ads_read", "pages_show_list"}
		root := p.familyToken(u, p.own, all, nil, p.Now().Add(time.Hour))
		twin := p.familyToken(u, p.own, all, nil, 0)
		cut := func(by prokura.Secret, scopes ...prokura.Permission) (prokura.Secret, error) {
			t.Helper()
			c := p.caller(by)
			c.Proved = true
			return p.mint(c, p.alias(p.own, u), p.own, scopes...)
		}
		if _, err := grants.NarrowSystemUserToken(p.ctx, p.Registry, p.session(p.admin), p.business, p.family(p.own, u).ID, p.markOf(root), grants.Narrowing{Scopes: all[:2]}); err != nil {
			t.Fatal(err)
		}
		secret := p.appCaller(p.own)
		longer, err := grants.ExtendToken(p.ctx, p.Registry, secret, root, true)
		if err != nil {
			t.Fatal(err)
		}
		next, err := cut(root, all[:2]...)
		if err != nil {
			t.Fatal(err)
		}
		for name, by := range map[string]prokura.Secret{"itself": root, "refreshed": longer.Secret, "cut from it": next} {
			if _, err := cut(by, all...); !errors.Is(err, prokura.Widening) {
				t.Errorf("%s cuts what was taken from it: %v", name, err)
			}
			if _, err := cut(by, "business_management"); err != nil {
				t.Errorf("%s cuts less: %v", name, err)
			}
			if got := p.holds(by); got != "2 scopes, 6 assets" {
				t.Errorf("%s holds %s", name, got)
			}
		}
		if _, err := cut(twin, all...); err != nil {
			t.Errorf("its twin: %v", err)
		}
	})
}

// Ending one token ends what was cut from it, and no sibling; a mark leads to
// tokens of its own family alone.
func TestEndFamilyToken(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		p := newPowers(t, database)
		session := p.session(p.admin)
		sibling := p.staff.child(p.root, p.business, fixtureScopes[1:2], p.accounts[p.business][:1])
		family := p.family(p.apps[0], 0).ID
		for what, err := range map[string]error{
			"another family":   grants.EndFamilyToken(p.ctx, p.Registry, session, p.business, p.family(p.apps[1], 0).ID, p.markOf(p.child)),
			"another business": grants.EndFamilyToken(p.ctx, p.Registry, p.session(p.people[1]), p.clients[1], family, p.markOf(p.child)),
			"no mark":          grants.EndFamilyToken(p.ctx, p.Registry, session, p.business, family, ""),
		} {
			if !errors.Is(err, prokura.NotFound) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if err := grants.EndFamilyToken(p.ctx, p.Registry, session, p.business, family, p.markOf(p.child)); err != nil {
			t.Fatal(err)
		}
		if p.holds(p.child) != "" || p.holds(sibling) == "" || p.holds(p.root) == "" {
			t.Errorf("child %q, sibling %q, root %q", p.holds(p.child), p.holds(sibling), p.holds(p.root))
		}
		if err := grants.EndFamilyToken(p.ctx, p.Registry, session, p.business, family, p.markOf(p.root)); err != nil {
			t.Fatal(err)
		}
		if p.holds(sibling) != "" || p.holds(p.root) != "" {
			t.Errorf("sibling %q, root %q", p.holds(sibling), p.holds(p.root))
		}
		if n := p.family(p.apps[0], 0).Working(""); n != 0 {
			t.Errorf("%d tokens still work, says the list", n)
		}
	})
}

// Of many who narrow one grant at once each either gets what they asked for or
// is told that it would widen: nothing that somebody took away is left, whoever
// came last (I-01).
func TestNarrowRace(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		p := newPowers(t, database)
		session, g, assets := p.session(p.admin), p.family(p.apps[0], 0).ID, p.assetsOf(p.business)
		errs := make([]error, len(assets))
		together(len(assets), func(i int) {
			_, errs[i] = grants.Narrow(p.ctx, p.Registry, session, p.business, g, grants.Narrowing{Scopes: fixtureScopes, Assets: slices.Delete(slices.Clone(assets), i, i+1)})
		})
		c := p.caller(p.root)
		won := 0
		for i, err := range errs {
			a, aerr := p.Asset(p.ctx, c, assets[i])
			if aerr != nil {
				t.Fatal(aerr)
			}
			_, reached := c.Reach(a)
			switch {
			case err == nil:
				won++
				if reached {
					t.Errorf("asset %d was taken away and is still reached", i)
				}
			case !errors.Is(err, prokura.Widening):
				t.Errorf("asset %d: %v", i, err)
			case !reached:
				t.Errorf("asset %d is gone, though its taker was refused", i)
			}
		}
		if won != 1 {
			t.Errorf("%d of %d disjoint narrowings were done, want the first alone", won, len(assets))
		}
	})
}
