//go:build !race

package registry_test

import (
	"slices"
	"strings"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/review"
	"github.com/prokura/prokura/internal/registry/systemusers"
	"github.com/prokura/prokura/internal/store"
)

// The rows of the kill matrix (R-TOKEN-10) about system users: each pair of a
// system user and an app is held by reasons of its own (R-SU-03, -06, R-APP-04,
// I-17).

// with are the tokens of one system user for one app, and their page tokens.
func with(h held, systemUser, app prokura.ID) bool {
	return h.systemUser == systemUser && h.app == app && h.is("W", "WP")
}

var systemUserEvents = []event{
	{
		name: "system user deleted",
		do: func(w *killWorld) error {
			return systemusers.Delete(w.ctx, w.Registry, w.session(w.people[0]), w.chief[w.clients[0]])
		},
		dies: func(w *killWorld, h held) bool { return h.systemUser == w.chief[w.clients[0]] },
	},
	{
		name: "admin system user becomes a plain one",
		do: func(w *killWorld) error {
			// The provider's level has room for another plain one.
			return systemusers.Update(w.ctx, w.Registry, w.session(w.people[three]), w.provider, w.chief[w.provider], "Server", prokura.SystemUserEmployee)
		},
		dies:    func(w *killWorld, h held) bool { return h.systemUser == w.chief[w.provider] && h.is("WP") },
		narrows: func(w *killWorld, h held) bool { return h.systemUser == w.chief[w.provider] && h.is("W") },
	},
	{
		name: "system user loses a role on an asset",
		do: func(w *killWorld) error {
			return assets.Unassign(w.ctx, w.Registry, w.session(w.people[0]), w.pages[w.clients[0]][0], w.helper[w.clients[0]])
		},
		dies: func(w *killWorld, h held) bool {
			return h.systemUser == w.helper[w.clients[0]] && h.page == w.pages[w.clients[0]][0]
		},
		narrows: func(w *killWorld, h held) bool { return h.systemUser == w.helper[w.clients[0]] && h.is("W") },
	},
	{
		name: "app uninstalled for a system user",
		do: func(w *killWorld) error {
			return systemusers.Uninstall(w.ctx, w.Registry, w.session(w.people[0]), w.chief[w.clients[0]], w.apps[0])
		},
		dies: func(w *killWorld, h held) bool { return with(h, w.chief[w.clients[0]], w.apps[0]) },
	},
	{
		name: "app uninstalled and installed again",
		do: func(w *killWorld) error {
			u := w.chief[w.clients[0]]
			if err := systemusers.Uninstall(w.ctx, w.Registry, w.session(w.people[0]), u, w.apps[0]); err != nil {
				return err
			}
			return systemusers.Install(w.ctx, w.Registry, w.setter(w.clients[0]), u, w.apps[0])
		},
		dies: func(w *killWorld, h held) bool { return with(h, w.chief[w.clients[0]], w.apps[0]) },
	},
	{
		name: "system user's tokens ended by DELETE access_tokens",
		do: func(w *killWorld) error {
			c := w.caller(w.tokenOf(w.chief[w.clients[0]], w.apps[0], 0).secret)
			id, err := w.AliasOf(w.ctx, w.apps[0], w.helper[w.clients[0]])
			if err != nil {
				return err
			}
			return systemusers.EndTokens(w.ctx, w.Registry, c, id, w.apps[0])
		},
		dies: func(w *killWorld, h held) bool { return with(h, w.helper[w.clients[0]], w.apps[0]) },
	},
	{
		name: "one token of a system user ended in the list of who holds power",
		do: func(w *killWorld) error {
			h := w.tokenOf(w.chief[w.clients[0]], w.apps[0], 0)
			family, mark := w.familyOf(h)
			return grants.EndFamilyToken(w.ctx, w.Registry, w.session(w.people[0]), w.clients[0], family, mark)
		},
		dies: func(w *killWorld, h held) bool { return h.root == w.tokenOf(w.chief[w.clients[0]], w.apps[0], 0).name },
	},
	{
		name: "token of a system user narrowed",
		do: func(w *killWorld) error {
			h := w.tokenOf(w.chief[w.clients[0]], w.apps[0], 0)
			family, mark := w.familyOf(h)
			_, err := grants.NarrowSystemUserToken(w.ctx, w.Registry, w.session(w.people[0]), w.clients[0], family, mark, grants.Narrowing{Scopes: fixtureScopes[:4], Assets: w.pages[w.clients[0]][1:]})
			return err
		},
		dies: func(w *killWorld, h held) bool {
			return h.root == w.tokenOf(w.chief[w.clients[0]], w.apps[0], 0).name && h.page == w.pages[w.clients[0]][0]
		},
		narrows: func(w *killWorld, h held) bool { return h.root == w.tokenOf(w.chief[w.clients[0]], w.apps[0], 0).name },
	},
	{
		name: "system user's token killed by /oauth/revoke",
		do: func(w *killWorld) error {
			return grants.RevokeToken(w.ctx, w.Registry, w.appCaller(w.apps[0]), w.tokenOf(w.chief[w.clients[0]], w.apps[0], 0).secret)
		},
		dies: func(w *killWorld, h held) bool { return h.root == w.tokenOf(w.chief[w.clients[0]], w.apps[0], 0).name },
	},
	{
		name: "system user loses its role on a foreign app",
		do: func(w *killWorld) error {
			return apps.RemoveRole(w.ctx, w.Registry, w.session(w.people[three]), w.apps[0], w.chief[w.clients[0]])
		},
		dies: func(w *killWorld, h held) bool { return with(h, w.chief[w.clients[0]], w.apps[0]) },
	},
	{
		name: "system user loses its role on a foreign app and gets it again",
		do: func(w *killWorld) error {
			owner, u := w.session(w.people[three]), w.chief[w.clients[0]]
			if err := apps.RemoveRole(w.ctx, w.Registry, owner, w.apps[0], u); err != nil {
				return err
			}
			return apps.SetSystemUserRole(w.ctx, w.Registry, owner, w.apps[0], u, prokura.AppDeveloper)
		},
		dies: func(w *killWorld, h held) bool { return with(h, w.chief[w.clients[0]], w.apps[0]) },
	},
	{
		name: "system user becomes a mere tester of a foreign app",
		do: func(w *killWorld) error {
			return apps.SetSystemUserRole(w.ctx, w.Registry, w.session(w.people[three]), w.apps[0], w.chief[w.clients[0]], prokura.AppTester)
		},
		dies: func(w *killWorld, h held) bool { return with(h, w.chief[w.clients[0]], w.apps[0]) },
	},
	{
		name: "app no longer shared with a business",
		do: func(w *killWorld) error {
			return apps.Unshare(w.ctx, w.Registry, w.session(w.people[three]), w.apps[0], w.clients[0])
		},
		dies: func(w *killWorld, h held) bool { return w.foreign(h) },
	},
	{
		name: "business gives a shared app back",
		do: func(w *killWorld) error {
			return apps.Release(w.ctx, w.Registry, w.session(w.people[0]), w.clients[0], w.apps[0])
		},
		dies: func(w *killWorld, h held) bool { return w.foreign(h) },
	},
	{
		name: "tester role lost on a test app",
		do: func(w *killWorld) error {
			return apps.RemoveRole(w.ctx, w.Registry, w.session(w.people[three]), w.test, w.helper[w.clients[0]])
		},
		dies: func(w *killWorld, h held) bool { return with(h, w.helper[w.clients[0]], w.test) },
	},
}

// foreign reports whether a token is one of clients[0]'s own system users for
// apps[0], which is another business's app.
func (w *killWorld) foreign(h held) bool {
	return with(h, w.chief[w.clients[0]], w.apps[0]) || with(h, w.helper[w.clients[0]], w.apps[0])
}

// familyOf finds a token of clients[0] in the list of who holds power.
func (w *killWorld) familyOf(h held) (family prokura.ID, mark string) {
	w.t.Helper()
	list, err := grants.Families(w.ctx, w.Registry, w.session(w.people[0]), w.clients[0], grants.FamilyQuery{App: h.app, Limit: 25}, false)
	w.must(err)
	i := slices.IndexFunc(list.Families, func(f grants.Family) bool { return f.Grant == nil && f.SystemUser.ID == h.systemUser })
	f, err := w.TokenFacts(w.ctx, h.secret)
	w.must(err)
	if i < 0 {
		w.t.Fatalf("no family of %s", h.name)
	}
	return list.Families[i].ID, w.Mark(f.Token)
}

// The rows about apps.
var appEvents = []event{
	{
		name: "permission withdrawn by platform staff",
		do: func(w *killWorld) error {
			a, err := registry.View(w.ctx, w.Registry, func(tx *store.View) (prokura.App, error) { return tx.App(w.apps[0]) })
			if err != nil {
				return err
			}
			return review.Limit(w.ctx, w.Registry, w.session(w.staff), w.apps[0], a.Version, review.Limits{Reason: "too much",
				Keep: texts(registry.Except(fixtureScopes, []prokura.Permission{"ads_read"}))})
		},
		// The app's own business needs no advanced access (R-LOGIN-09).
		narrows: func(w *killWorld, h held) bool {
			return h.app == w.apps[0] && !h.is("A", "C") && h.business != w.provider
		},
	},
	{
		// Not what never lapses: what was given for as long as it lives, and was given by
		// itself (R-REVIEW-04).
		name: "access that nobody confirmed in time",
		do: func(w *killWorld) error {
			if err := w.change(func(tx *store.Tx) error {
				return tx.GiveAccess(prokura.Access{App: w.apps[0], Kind: prokura.ItemPermission, Name: "ads_read", Since: w.Now(), Until: w.Now() + 1})
			}); err != nil {
				return err
			}
			w.travel(time.Second)
			return review.Sweep(w.ctx, w.Registry)
		},
		narrows: func(w *killWorld, h held) bool {
			return h.app == w.apps[0] && !h.is("A", "C") && h.business != w.provider
		},
	},
	{
		name: "app secret reset",
		do: func(w *killWorld) error {
			_, err := apps.ResetSecret(w.ctx, w.Registry, w.session(w.people[three]), w.apps[0], 0)
			return err
		},
		dies: func(w *killWorld, h held) bool { return h.app == w.apps[0] && h.is("A") },
	},
	{
		name: "app deleted",
		do: func(w *killWorld) error {
			return apps.Delete(w.ctx, w.Registry, w.session(w.people[three]), w.apps[0])
		},
		dies: func(w *killWorld, h held) bool { return h.app == w.apps[0] || h.app == w.test },
	},
	{
		name: "test app deleted",
		do: func(w *killWorld) error {
			return apps.Delete(w.ctx, w.Registry, w.session(w.people[three]), w.test)
		},
		dies: func(w *killWorld, h held) bool { return h.app == w.test },
	},
	{
		name: "app given to another business",
		do: func(w *killWorld) error {
			state, err := apps.Give(w.ctx, w.Registry, w.session(w.people[three]), w.apps[0], w.clients[0])
			if err != nil || state != prokura.RequestPending {
				w.t.Fatal(state, err)
			}
			asked, err := businesses.Requests(w.ctx, w.Registry, w.session(w.people[0]), w.clients[0])
			if err != nil {
				return err
			}
			return businesses.ConfirmRequest(w.ctx, w.Registry, w.session(w.people[0]), asked.Incoming[0].ID)
		},
		// The former owner's system users had nothing but the ownership.
		dies: func(w *killWorld, h held) bool { return h.app == w.apps[0] && h.business == w.provider },
	},
	{
		name: "app given to a person",
		do: func(w *killWorld) error {
			owner := w.session(w.people[three])
			if err := apps.GiveTo(w.ctx, w.Registry, owner, w.apps[0], w.fans[0].String()+"@example.org"); err != nil {
				return err
			}
			q, err := registry.View(w.ctx, w.Registry, func(tx *store.View) (prokura.Request, error) {
				return tx.AppRequest(prokura.InviteAppOwner, w.apps[0], 0, w.Now())
			})
			if err != nil {
				return err
			}
			return businesses.AcceptInvitation(w.ctx, w.Registry, w.session(w.fans[0]), w.InvitationSecret(q.ID))
		},
		dies: func(w *killWorld, h held) bool { return h.app == w.apps[0] && h.business == w.provider },
	},
	{
		name: "app changes over to Login for Business",
		do: func(w *killWorld) error {
			return apps.SwitchLogin(w.ctx, w.Registry, w.session(w.people[three]), w.classic, w.versionOf(w.classic))
		},
		dies: func(w *killWorld, h held) bool { return h.app == w.classic && strings.Contains(h.name, "profile") },
		narrows: func(w *killWorld, h held) bool {
			return h.app == w.classic && strings.Contains(h.name, "mixed") && !h.is("C")
		},
	},
	{
		name: "app changes over to Login for Business and back",
		do: func(w *killWorld) error {
			owner := w.session(w.people[three])
			if err := apps.SwitchLogin(w.ctx, w.Registry, owner, w.classic, w.versionOf(w.classic)); err != nil {
				return err
			}
			return apps.RollBackLogin(w.ctx, w.Registry, owner, w.classic, w.versionOf(w.classic))
		},
		// Nothing that was lost returns (T70).
		dies: func(w *killWorld, h held) bool { return h.app == w.classic && strings.Contains(h.name, "profile") },
		narrows: func(w *killWorld, h held) bool {
			return h.app == w.classic && strings.Contains(h.name, "mixed") && !h.is("C")
		},
	},
}

func (w *killWorld) versionOf(app prokura.ID) int64 {
	w.t.Helper()
	a, err := registry.View(w.ctx, w.Registry, func(tx *store.View) (prokura.App, error) { return tx.App(app) })
	w.must(err)
	return a.Version
}
