package registry_test

import (
	"slices"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/systemusers"
	"github.com/prokura/prokura/internal/store"
)

// working is a business with an app of its own and a system user that has it
// installed.
type working struct {
	staff
	business, app, server prokura.ID
	admin                 prokura.ID
}

// seen reads a system user by the id that the app has for it.
func (w *working) seen(id prokura.ID) (*systemusers.Seen, error) {
	subject, err := w.ScopedSubject(w.ctx, w.byToken(), id)
	if err != nil {
		return nil, err
	}
	return systemusers.Read(w.ctx, w.Registry, w.byToken(), id, subject)
}

func newWorking(t *testing.T, database string, role prokura.SystemUserRole) *working {
	s := newStaff(t, database)
	w := &working{staff: s, business: s.clients[0], admin: s.people[0]}
	w.app = s.app("Own", w.business, prokura.LevelStandard)
	w.server = s.systemUser(w.business, role, 0)
	s.install(w.server, w.app)
	return w
}

func (w *working) console() registry.Caller {
	w.t.Helper()
	return w.session(w.admin)
}

func (w *working) byToken() registry.Caller {
	w.t.Helper()
	return w.fixture.caller(w.userToken(w.app, w.admin))
}

func (w *working) assign(asset prokura.ID, tasks ...prokura.Task) {
	w.t.Helper()
	w.write(func(d *registry.Door) error {
		d.Touch(registry.OfAsset, asset)
		d.Touch(registry.OfSystemUser, w.server)
		return d.SetAssignment(asset, 0, w.server, tasks)
	})
}

func scopesOf(names ...prokura.Permission) []prokura.Permission { return names }

// R-SU-01, R-SU-02: names and roles, by console and by token; what is changed
// is what was asked for, and integrations' system users are nobody's to change.
func TestSystemUserActs(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		w := newWorking(t, database, prokura.SystemUserEmployee)
		id, err := systemusers.Create(w.ctx, w.Registry, w.byToken(), w.business, " Server 2 ", prokura.SystemUserAdmin)
		if err != nil {
			t.Fatal(err)
		}
		n, err := w.seen(id)
		if err != nil || n.SystemUser.Name != "Server 2" || n.SystemUser.Role != prokura.SystemUserAdmin {
			t.Fatalf("%+v, %v", n, err)
		}
		global := n.SystemUser.ID
		if id == global {
			t.Error("the token was told the global id (T41)")
		}
		if shown, err := systemusers.Create(w.ctx, w.Registry, w.console(), w.business, "Server 3", prokura.SystemUserEmployee); err != nil || shown == 0 {
			t.Errorf("by console: %v", err)
		}
		for _, tt := range []struct {
			name string
			err  error
			want prokura.Reason
		}{
			{"no name", systemusers.Update(w.ctx, w.Registry, w.byToken(), w.business, id, "", ""), ""},
			{"a hidden character", systemusers.Update(w.ctx, w.Registry, w.byToken(), w.business, id, "a\u200bb", ""), prokura.InvalidParameter},
			{"a role that is none", systemusers.Update(w.ctx, w.Registry, w.byToken(), w.business, id, "", prokura.SystemUserIntegration), prokura.InvalidParameter},
			{"the global id by token", systemusers.Update(w.ctx, w.Registry, w.byToken(), w.business, global, "Mine", ""), prokura.NotFound},
			{"the app's id by console", systemusers.Update(w.ctx, w.Registry, w.console(), w.business, id, "Mine", ""), prokura.NotFound},
			{"through another business", systemusers.Update(w.ctx, w.Registry, w.session(w.people[1]), w.clients[1], global, "Mine", ""), prokura.NotFound},
			{"rename and demote", systemusers.Update(w.ctx, w.Registry, w.byToken(), w.business, id, "Renamed", prokura.SystemUserEmployee), ""},
			{"of another business", systemusers.Delete(w.ctx, w.Registry, w.session(w.people[1]), global), prokura.NotFound},
		} {
			w.wantReason(tt.name, tt.err, tt.want)
		}
		if n, err = w.seen(id); err != nil || n.SystemUser.Name != "Renamed" || n.SystemUser.Role != prokura.SystemUserEmployee {
			t.Errorf("%+v, %v", n, err)
		}
		w.integrationToken(w.apps[0], w.business)
		integration, err := registry.View(w.ctx, w.Registry, func(tx *store.View) (prokura.SystemUser, error) { return tx.IntegrationUser(w.business, w.apps[0]) })
		if err != nil {
			t.Fatal(err)
		}
		w.wantReason("rename an integration", systemusers.Update(w.ctx, w.Registry, w.console(), w.business, integration.ID, "Mine", ""), prokura.InvalidParameter)
		w.wantReason("delete an integration", systemusers.Delete(w.ctx, w.Registry, w.console(), integration.ID), prokura.InvalidParameter)
		w.wantReason("install for an integration", systemusers.Install(w.ctx, w.Registry, w.console(), integration.ID, w.app), prokura.InvalidParameter)
	})
}

// R-SU-01: pages of the list meet each system user once, in both directions,
// and an app keeps the ids it was told.
func TestSystemUserList(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		w := newWorking(t, database, prokura.SystemUserEmployee)
		for range 8 {
			w.staff.systemUser(w.business, prokura.SystemUserEmployee, 0)
		}
		w.integrationToken(w.apps[0], w.business)
		all, err := systemusers.List(w.ctx, w.Registry, w.byToken(), w.business, 0, false, 100, true)
		if err != nil || len(all.Users) != 9 || all.Total != 9 || all.More {
			t.Fatalf("%+v, %v", all, err)
		}
		var forth, back []prokura.ID
		for at := prokura.ID(0); ; {
			p, err := systemusers.List(w.ctx, w.Registry, w.byToken(), w.business, at, false, 2, false)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range p.Users {
				forth = append(forth, n.ID)
				at = n.SystemUser.ID
			}
			if !p.More {
				break
			}
		}
		for at := all.Users[8].SystemUser.ID; ; {
			p, err := systemusers.List(w.ctx, w.Registry, w.byToken(), w.business, at, true, 3, false)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range slices.Backward(p.Users) {
				back = append(back, n.ID)
				at = n.SystemUser.ID
			}
			if !p.More {
				break
			}
		}
		slices.Reverse(back)
		var want []prokura.ID
		for _, n := range all.Users {
			want = append(want, n.ID)
		}
		if !slices.Equal(forth, want) || !slices.Equal(back, want[:8]) {
			t.Errorf("forth %v, back %v, want %v", forth, back, want)
		}
	})
}

// R-SU-04, R-SU-07: what a token reaches: an admin system user everything of its
// business, others what is assigned; a token of the console can be limited to
// chosen assets, which debug_token tells.
func TestSystemUserReach(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		w := newWorking(t, database, prokura.SystemUserEmployee)
		pages, accounts := w.pages[w.business], w.accounts[w.business]
		w.assign(accounts[0], "ADVERTISE", "ANALYZE")
		w.assign(accounts[1], "ANALYZE")
		w.assign(pages[0], "MANAGE")
		mint := func(req systemusers.TokenRequest) registry.Caller {
			t.Helper()
			req.SystemUser, req.App = w.server, w.app
			req.Scopes = scopesOf("ads_read", "business_management", "pages_show_list", "pages_read_engagement")
			out, err := systemusers.Mint(w.ctx, w.Registry, w.console(), req)
			if err != nil {
				t.Fatal(err)
			}
			return w.fixture.caller(out.Secret)
		}
		reach := func(c registry.Caller) (out []prokura.ID) {
			t.Helper()
			for _, kind := range []prokura.AssetKind{prokura.KindAdAccount, prokura.KindPage} {
				p, err := assets.Reached(w.ctx, w.Registry, c, registry.AssetQuery{Kind: kind, Limit: 100}, false)
				if err != nil {
					t.Fatal(err)
				}
				for _, a := range p.Assets {
					out = append(out, a.ID)
				}
			}
			slices.Sort(out)
			return out
		}
		sorted := func(list ...prokura.ID) []prokura.ID {
			slices.Sort(list)
			return list
		}
		whole := mint(systemusers.TokenRequest{})
		if got, want := reach(whole), sorted(accounts[0], accounts[1], pages[0]); !slices.Equal(got, want) {
			t.Errorf("the whole reach is %v, want %v", got, want)
		}
		chosen := mint(systemusers.TokenRequest{HasAssets: true, Assets: []prokura.ID{accounts[1], pages[0], accounts[1]}})
		if got, want := reach(chosen), sorted(accounts[1], pages[0]); !slices.Equal(got, want) {
			t.Errorf("the chosen reach is %v, want %v", got, want)
		}
		for name, ids := range map[string][]prokura.ID{"none": {}, "one that it does not work on": {accounts[0], accounts[2]}, "a foreign one": {w.accounts[w.clients[1]][0]}} {
			_, err := systemusers.Mint(w.ctx, w.Registry, w.console(), systemusers.TokenRequest{SystemUser: w.server, App: w.app, Scopes: scopesOf("ads_read"), HasAssets: true, Assets: ids})
			w.wantReason("choosing "+name, err, prokura.InvalidParameter)
		}
		// Page tokens are cut from both, for what each reaches.
		for name, c := range map[string]registry.Caller{"whole": whole, "chosen": chosen} {
			list, _, err := grants.Pages(w.ctx, w.Registry, c, registry.AssetQuery{Limit: 25}, false)
			if err != nil || len(list) != 1 || list[0].ID != pages[0] {
				t.Fatalf("pages of the %s token: %v, %v", name, list, err)
			}
			p, err := w.Authenticate(w.ctx, registry.Credentials{Token: list[0].Token})
			if err != nil || p.Token.Page != pages[0] {
				t.Errorf("page token of the %s token: %v", name, err)
			}
		}
		targets := func(c registry.Caller, name prokura.Permission) []prokura.ID {
			t.Helper()
			secret, err := w.TokenString(c.Token)
			if err != nil {
				t.Fatal(err)
			}
			info, err := grants.Inspect(w.ctx, w.Registry, c, secret)
			if err != nil || info.Problem != nil {
				t.Fatalf("inspect: %v %v", err, info)
			}
			i := slices.IndexFunc(info.Scopes, func(s grants.GranularScope) bool { return s.Permission == name })
			return info.Scopes[i].Targets
		}
		if got := targets(whole, "ads_read"); got != nil {
			t.Errorf("a token that is not limited has the targets %v", got)
		}
		if got := targets(chosen, "ads_read"); !slices.Equal(got, []prokura.ID{accounts[1]}) {
			t.Errorf("the limited token has the targets %v", got)
		}
		// Taking the assignment away reaches both at once; an admin reaches the rest.
		w.write(func(d *registry.Door) error {
			d.Touch(registry.OfAsset, accounts[1])
			d.Touch(registry.OfSystemUser, w.server)
			return d.RemoveAssignment(accounts[1], 0, w.server)
		})
		if got := reach(w.again(chosen)); !slices.Equal(got, []prokura.ID{pages[0]}) {
			t.Errorf("after the assignment: %v", got)
		}
		w.wantReason("to admin", systemusers.Update(w.ctx, w.Registry, w.console(), w.business, w.server, "", prokura.SystemUserAdmin), "")
		if got, want := reach(w.again(whole)), sorted(append(slices.Clone(pages), accounts...)...); !slices.Equal(got, want) {
			t.Errorf("as admin: %v, want %v", got, want)
		}
		if got, want := reach(w.again(chosen)), sorted(accounts[1], pages[0]); !slices.Equal(got, want) {
			t.Errorf("as admin, limited: %v, want %v", got, want)
		}
	})
}

// T22, I-13: what another system user reaches is listed to who sees all of the
// business anyway, by the permission for the kind, within the assets that the
// token was limited to.
func TestAssetsOfAnotherSystemUser(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		w := newWorking(t, database, prokura.SystemUserEmployee)
		pages, accounts := w.pages[w.business], w.accounts[w.business]
		w.assign(accounts[0], "ADVERTISE", "ANALYZE")
		w.assign(accounts[1], "ANALYZE")
		chief := w.systemUser(w.business, prokura.SystemUserAdmin, 0)
		clerk := w.systemUser(w.business, prokura.SystemUserEmployee, 0)
		all := []prokura.Permission{"business_management", "ads_read"}
		token := func(u prokura.ID, scopes []prokura.Permission, ids ...prokura.ID) registry.Caller {
			return w.fixture.caller(w.familyToken(u, w.app, scopes, ids, 0))
		}
		for name, c := range map[string]struct {
			by   registry.Caller
			want prokura.Reason
			ids  []prokura.ID
		}{
			"an admin system user":      {by: token(chief, all), ids: accounts[:2]},
			"a person in full control":  {by: w.byToken(), ids: accounts[:2]},
			"an employee":               {by: token(clerk, all), want: prokura.RoleMissing},
			"without the permission":    {by: token(chief, all[:1]), want: prokura.PermissionMissing},
			"limited to one of them":    {by: token(chief, all, accounts[1], pages[0]), ids: accounts[1:2]},
			"limited to something else": {by: token(chief, all, pages[0])},
		} {
			list, err := systemusers.AssignedTo(w.ctx, w.Registry, c.by, w.alias(w.app, w.server), registry.AssetQuery{Kind: prokura.KindAdAccount, Limit: 9}, false)
			w.wantReason(name, err, c.want)
			var got []prokura.ID
			if err == nil {
				for _, a := range list.Assets {
					got = append(got, a.ID)
				}
			}
			slices.Sort(got)
			if want := slices.Sorted(slices.Values(c.ids)); !slices.Equal(got, want) {
				t.Errorf("%s sees %v, want %v", name, got, want)
			}
		}
	})
}

// again authenticates the same token once more.
func (w *working) again(c registry.Caller) registry.Caller {
	w.t.Helper()
	secret, err := w.TokenString(c.Token)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.fixture.caller(secret)
}

// R-SU-04: scopes within what system users may hold and the app holds; the
// console wants a fresh password, a server the proof and the app's own token.
func TestSystemUserTokenTerms(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		w := newWorking(t, database, prokura.SystemUserEmployee)
		b := newBorrowed(w.staff, w.provider)
		for _, tt := range []struct {
			name        string
			own, others prokura.Reason
			scopes      []prokura.Permission
		}{
			{"none", prokura.InvalidParameter, prokura.InvalidParameter, nil},
			{"unknown", prokura.UnknownPermission, prokura.UnknownPermission, scopesOf("ads_read", "nonsense")},
			{"people's", prokura.InvalidParameter, prokura.InvalidParameter, scopesOf("email")},
			{"integrations'", prokura.InvalidParameter, prokura.InvalidParameter, scopesOf("catalog_management")},
			{"without advanced access", "", prokura.PermissionMissing, scopesOf("read_insights")},
			{"the old name", "", prokura.PermissionMissing, scopesOf("manage_pages")},
			{"with advanced access", "", "", scopesOf("ads_management", "ads_read")},
		} {
			_, err := w.mint(w.console(), w.server, w.app, tt.scopes...)
			w.wantReason("own app, "+tt.name, err, tt.own)
			_, err = b.mint(b.caller(), b.staff.alias(b.app, b.server), b.app, tt.scopes...)
			w.wantReason("another's app, "+tt.name, err, tt.others)
		}
		stale := w.console()
		w.travel(time.Hour)
		_, err := w.mint(stale, w.server, w.app, "ads_read")
		w.wantReason("without a fresh password", err, prokura.SignInRequired)
		token := w.userToken(w.app, w.admin)
		unproved, err := w.Authenticate(w.ctx, registry.Credentials{Token: token})
		if err != nil {
			t.Fatal(err)
		}
		alias := w.staff.alias(w.app, w.server)
		_, err = w.mint(unproved, alias, w.app, "ads_read")
		w.wantReason("without proof", err, prokura.ProofMissing)
		second := w.staff.app("Second", w.business, prokura.LevelStandard)
		w.install(w.server, second)
		_, err = w.mint(w.byToken(), alias, second, "ads_read")
		w.wantReason("with another app's token", err, prokura.ForeignToken)
		w.wantReason("but installing goes", systemusers.Install(w.ctx, w.Registry, w.byToken(), alias, second), "")
		// A limit of the app's takes effect on what was cut before.
		secret, err := b.token()
		if err != nil {
			t.Fatal(err)
		}
		w.write(func(d *registry.Door) error {
			d.Touch(registry.OfApp, b.app)
			return d.SetAdvanced(b.app, nil, d.Now)
		})
		if c := w.fixture.caller(secret); !c.Scopes().Empty() {
			t.Errorf("the token still holds %v", w.Catalog().Names(c.Scopes()))
		}
	})
}

// R-SU-04: with the switch on, the edge is closed to apps that did not use it
// within 90 days; pages stay open.
func TestSystemUserTokensRecentUse(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		w := newWorking(t, database, prokura.SystemUserEmployee)
		alias := w.staff.alias(w.app, w.server)
		mint := func() error {
			_, err := w.mint(w.byToken(), alias, w.app, "ads_read")
			return err
		}
		w.SetRecentUse(true)
		w.wantReason("never used", mint(), prokura.EdgeClosed)
		_, err := w.mint(w.console(), w.server, w.app, "ads_read")
		w.wantReason("by console", err, "")
		w.wantReason("which is no use of the edge", mint(), prokura.EdgeClosed)
		w.SetRecentUse(false)
		w.wantReason("while the switch is off", mint(), "")
		w.SetRecentUse(true)
		w.travel(89 * 24 * time.Hour)
		w.wantReason("after 89 days", mint(), "")
		w.travel(89 * 24 * time.Hour)
		w.wantReason("after 89 more", mint(), "")
		w.travel(91 * 24 * time.Hour)
		w.wantReason("after 91", mint(), prokura.EdgeClosed)
	})
}

// R-TOKEN-10: what ends what: one token, those of one app, all of a system user;
// and refreshing keeps what there is (R-TOKEN-02).
func TestSystemUserTokensEnd(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		w := newWorking(t, database, prokura.SystemUserEmployee)
		second := w.staff.app("Second", w.business, prokura.LevelStandard)
		w.install(w.server, second)
		out, err := systemusers.Mint(w.ctx, w.Registry, w.console(), systemusers.TokenRequest{SystemUser: w.server, App: w.app, Scopes: scopesOf("ads_read"), In60Days: true})
		if err != nil || out.In != 60*24*3600 {
			t.Fatalf("%+v, %v", out, err)
		}
		w.travel(30 * 24 * time.Hour)
		fresh, err := grants.ExtendToken(w.ctx, w.Registry, w.appCaller(w.app), out.Secret, true)
		if err != nil || fresh.In != 60*24*3600 || fresh.Kind != prokura.TokenSystemUser {
			t.Fatalf("%+v, %v", fresh, err)
		}
		_, err = grants.ExtendToken(w.ctx, w.Registry, w.appCaller(w.app), out.Secret, false)
		w.wantReason("refresh that does not say so", err, prokura.InvalidParameter)
		third, fourth, other := w.systemUserToken(w.app, w.server), w.systemUserToken(w.app, w.server), w.systemUserToken(second, w.server)
		v, err := systemusers.Show(w.ctx, w.Registry, w.console(), w.server, systemusers.Look{Search: w.app.String()})
		if err != nil || v.Tokens != 5 || v.Apps.All != 2 || v.Apps.Total != 1 || len(v.Apps.Apps) != 1 {
			t.Fatalf("the view has %+v, %v", v, err)
		}
		app := v.Apps.Apps[0]
		if app.App.ID != w.app || app.Working != 4 || len(app.Tokens) != systemusers.ViewTokens {
			t.Fatalf("the app has %+v", app)
		}
		mark := w.Mark(w.fixture.caller(third).Token)
		w.wantReason("end one", grants.EndFamilyToken(w.ctx, w.Registry, w.console(), w.business, app.Family, mark), "")
		w.dead("that one", third, prokura.TokenRevoked)
		w.dead("its sister", fourth, "")
		stranger := w.systemUserToken(second, w.server)
		w.wantReason("end those of the app", systemusers.EndTokens(w.ctx, w.Registry, w.console(), w.server, w.app), "")
		for name, s := range map[string]prokura.Secret{"fourth": fourth, "fresh": fresh.Secret, "first": out.Secret} {
			w.dead(name, s, prokura.TokenRevoked)
		}
		w.dead("of the other app", other, "")
		_, err = grants.ExtendToken(w.ctx, w.Registry, w.appCaller(w.app), fresh.Secret, true)
		w.wantReason("refresh a dead one", err, prokura.TokenRevoked)
		again, err := w.mint(w.console(), w.server, w.app, "ads_read")
		w.wantReason("mint after the end", err, "")
		w.wantReason("delete", systemusers.Delete(w.ctx, w.Registry, w.console(), w.server), "")
		for name, s := range map[string]prokura.Secret{"again": again, "other": other, "stranger": stranger} {
			w.dead(name+" after the deletion", s, prokura.SystemUserGone)
		}
		w.wantReason("delete twice", systemusers.Delete(w.ctx, w.Registry, w.console(), w.server), prokura.NotFound)
		if _, err := w.seen(w.staff.alias(w.app, w.server)); reasonOf(err) != prokura.NotFound {
			t.Errorf("its node: %v", err)
		}
	})
}

// T35: a system user has at most so many working tokens for an app.
func TestSystemUserTokenLimit(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		w := newWorking(t, database, prokura.SystemUserEmployee)
		w.write(func(d *registry.Door) error {
			var secret prokura.Secret
			for range registry.MaxSystemUserTokens - 1 {
				if err := w.cutFor(d, prokura.Token{Kind: prokura.TokenSystemUser, App: w.app, Business: w.business, SystemUser: w.server,
					Made: prokura.Generations{Business: 1, App: 1, SystemUser: 1, Installation: 1}}, &secret); err != nil {
					return err
				}
			}
			return nil
		})
		last, err := systemusers.Mint(w.ctx, w.Registry, w.console(), systemusers.TokenRequest{SystemUser: w.server, App: w.app, Scopes: scopesOf("ads_read"), In60Days: true})
		w.wantReason("the last one", err, "")
		_, err = w.mint(w.console(), w.server, w.app, "ads_read")
		w.wantReason("one more", err, prokura.LimitReached)
		_, err = grants.ExtendToken(w.ctx, w.Registry, w.appCaller(w.app), last.Secret, true)
		w.wantReason("one more by refreshing", err, prokura.LimitReached)
		w.wantReason("end them", systemusers.EndTokens(w.ctx, w.Registry, w.console(), w.server, w.app), "")
		_, err = w.mint(w.console(), w.server, w.app, "ads_read")
		w.wantReason("after their end", err, "")
	})
}
