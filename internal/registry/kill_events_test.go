//go:build !race

package registry_test

import (
	"slices"
	"strings"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/registry/systemusers"
	"github.com/prokura/prokura/internal/registry/webhooks"
	"github.com/prokura/prokura/internal/store"
)

// The rows of the kill matrix (R-TOKEN-10) about people, tokens and time.
// people[0], clients[0] and apps[0] are the ones that it happens to.

// pair is everything between people[0] and apps[0].
func pair(w *killWorld, h held) bool {
	return h.person == w.people[0] && h.app == w.apps[0] && h.business == 0 && h.is("U", "P", "C")
}

var personalEvents = []event{
	{
		name: "user removes the app in own settings",
		do: func(w *killWorld) error {
			return grants.RemoveOwn(w.ctx, w.Registry, w.session(w.people[0]), w.apps[0])
		},
		dies: pair,
	},
	{
		name: "user removes the app by DELETE me/permissions",
		do: func(w *killWorld) error {
			return grants.RevokePermissions(w.ctx, w.Registry, w.caller(w.find("U a0 p0").secret), 0, "")
		},
		dies: pair,
	},
	{
		name: "user revokes one permission",
		do: func(w *killWorld) error {
			return grants.RevokePermissions(w.ctx, w.Registry, w.caller(w.find("U a0 p0").secret), 0, "pages_read_engagement")
		},
		narrows: func(w *killWorld, h held) bool { return pair(w, h) && h.is("U", "P") },
	},
	{
		name: "user changes password",
		do: func(w *killWorld) error {
			_, err := people.ChangePassword(w.ctx, w.Registry, w.session(w.people[0]), fixturePassword, "another long password", people.Client{})
			return err
		},
		dies: func(w *killWorld, h held) bool { return h.person == w.people[0] && h.is("U", "P", "C") },
	},
	{
		name: "user sets a new password by the link of a mail",
		do: func(w *killWorld) error {
			email := emailOf(w.people[0])
			if err := people.RequestReset(w.ctx, w.Registry, email, people.Client{}); err != nil {
				return err
			}
			mails, err := webhooks.Inbox(w.ctx, w.Registry, 1)
			if err != nil {
				return err
			}
			link := prokura.Secret(strings.TrimPrefix(mails[0].Values["link"], "/reset/"))
			_, err = people.ResetPassword(w.ctx, w.Registry, link, "another long password", people.Factor{}, people.Client{})
			return err
		},
		dies: func(w *killWorld, h held) bool { return h.person == w.people[0] && h.is("U", "P", "C") },
	},
	{
		name: "user loses a role on an asset",
		do: func(w *killWorld) error {
			return assets.Unassign(w.ctx, w.Registry, w.session(w.people[0]), w.pages[w.clients[0]][0], w.member(w.clients[0], w.clerk))
		},
		dies: func(w *killWorld, h held) bool {
			return h.person == w.clerk && h.is("P") && h.page == w.pages[w.clients[0]][0]
		},
		narrows: func(w *killWorld, h held) bool { return h.person == w.clerk && h.is("U") },
	},
	{
		name: "user loses full control of the business",
		do: func(w *killWorld) error {
			return businesses.UpdateMember(w.ctx, w.Registry, w.session(w.second[0]), w.member(w.clients[0], w.people[0]), prokura.RoleEmployee)
		},
		dies:    func(w *killWorld, h held) bool { return h.person == w.people[0] && h.is("P") },
		narrows: func(w *killWorld, h held) bool { return h.person == w.people[0] && h.is("U") },
	},
	{
		name: "user leaves the business",
		do: func(w *killWorld) error {
			return businesses.Leave(w.ctx, w.Registry, w.session(w.people[0]), w.clients[0])
		},
		dies:    func(w *killWorld, h held) bool { return h.person == w.people[0] && h.is("P") },
		narrows: func(w *killWorld, h held) bool { return h.person == w.people[0] && h.is("U") },
	},
	{
		name: "user is removed from the business",
		do: func(w *killWorld) error {
			return businesses.RemoveMember(w.ctx, w.Registry, w.session(w.second[0]), w.member(w.clients[0], w.clerk))
		},
		dies:    func(w *killWorld, h held) bool { return h.person == w.clerk && h.is("P") },
		narrows: func(w *killWorld, h held) bool { return h.person == w.clerk && h.is("U") },
	},
	{
		name:    "the business demands second factors, and two of its people have none",
		do:      func(w *killWorld) error { return w.demand(prokura.TwoFactorAll) },
		dies:    func(w *killWorld, h held) bool { return w.lacks(h) && h.is("P") },
		narrows: func(w *killWorld, h held) bool { return w.lacks(h) && h.is("U") },
	},
	{
		// Nothing was taken: what people may do follows what is demanded of them.
		name: "the business demands second factors and no longer",
		do: func(w *killWorld) error {
			if err := w.demand(prokura.TwoFactorAll); err != nil {
				return err
			}
			return w.demand(prokura.TwoFactorNone)
		},
		nothing: true,
	},
	{
		name: "parent killed by /oauth/revoke",
		do: func(w *killWorld) error {
			return grants.RevokeToken(w.ctx, w.Registry, w.appCaller(w.apps[0]), w.find("S a0 b0 r0").secret)
		},
		dies: func(_ *killWorld, h held) bool { return h.root == "S a0 b0 r0" },
	},
	{
		name: "user token killed by /oauth/revoke",
		do: func(w *killWorld) error {
			return grants.RevokeToken(w.ctx, w.Registry, w.appCaller(w.apps[0]), w.find("U a0 p0").secret)
		},
		dies: func(_ *killWorld, h held) bool { return h.root == "U a0 p0" },
	},
	{
		name: "user logs out of a page that has a token of its own",
		do: func(w *killWorld) error {
			a, _ := w.byPage(w.classic, w.fans[0], func(q *prokura.LoginRequest) { q.Scopes = []prokura.Permission{"email"} })
			w.remember(w.memory()) // what was given meanwhile, too
			return grants.LogOut(w.ctx, w.Registry, w.caller(prokura.Secret(a.Values.Get("access_token"))))
		},
		nothing: true,
	},
	{
		name: "time: 10 minutes end codes, 60 days user tokens and system users' that were to end",
		do:   func(w *killWorld) error { w.travel(61 * 24 * time.Hour); return nil },
		dies: func(w *killWorld, h held) bool { return h.is("U", "C") || w.sixtyDays(h) },
	},
	{
		name: "time: data access ends page tokens too",
		do:   func(w *killWorld) error { w.travel(91 * 24 * time.Hour); return nil },
		dies: func(w *killWorld, h held) bool { return h.is("U", "C", "P") || w.sixtyDays(h) },
	},
}

func (w *killWorld) demand(t prokura.TwoFactorType) error {
	return businesses.Update(w.ctx, w.Registry, w.session(w.second[0]), w.clients[0], businesses.Change{TwoFactor: &t})
}

// lacks reports whether a credential is one of clients[0]'s people without a
// second factor.
func (w *killWorld) lacks(h held) bool {
	return h.business == 0 && (h.person == w.people[0] || h.person == w.clerk)
}

// sixtyDays reports whether a token was cut to end after 60 days.
func (w *killWorld) sixtyDays(h held) bool { return h.is("W") && h.name[len(h.name)-2:] == "t2" }

// The rows about what a business gives and has.
var businessEvents = []event{
	{
		name: "business removes the app in Connected apps",
		do: func(w *killWorld) error {
			return grants.RemoveConnectedApp(w.ctx, w.Registry, w.session(w.people[0]), w.clients[0], w.apps[0])
		},
		// All that the business gave, and the page tokens for its pages, whoever
		// reads them.
		dies: func(w *killWorld, h held) bool {
			return h.app == w.apps[0] && (h.business == w.clients[0] || h.owner == w.clients[0])
		},
	},
	{
		name: "business narrows a grant",
		do: func(w *killWorld) error {
			_, err := grants.Narrow(w.ctx, w.Registry, w.session(w.people[0]), w.clients[0], w.grantOf(), grants.Narrowing{
				Scopes: registry.Except(fixtureScopes, []prokura.Permission{"ads_read"}), Assets: registry.Except(w.assetsOf(w.clients[0]), w.pages[w.clients[0]][:1])})
			return err
		},
		dies: func(w *killWorld, h held) bool {
			return w.granted(h) && h.is("SP") && h.page == w.pages[w.clients[0]][0]
		},
		narrows: func(w *killWorld, h held) bool { return w.granted(h) && h.is("S", "G", "SP") },
	},
	{
		name: "business ends a grant",
		do: func(w *killWorld) error {
			return grants.End(w.ctx, w.Registry, w.session(w.people[0]), w.clients[0], w.grantOf())
		},
		dies: func(w *killWorld, h held) bool { return w.granted(h) && h.is("S", "G", "SP", "C") },
	},
	{
		name: "business ends what an app does with it through a person",
		do: func(w *killWorld) error {
			list, err := grants.Families(w.ctx, w.Registry, w.session(w.people[0]), w.clients[0], grants.FamilyQuery{App: w.apps[0], Limit: 100}, false)
			if err != nil {
				return err
			}
			i := slices.IndexFunc(list.Families, func(f grants.Family) bool { return f.Member.Person == w.people[0] })
			return grants.EndFamily(w.ctx, w.Registry, w.session(w.people[0]), w.clients[0], list.Families[i].ID)
		},
		dies: func(w *killWorld, h held) bool {
			return pair(w, h) && h.is("P") && w.ownerOf(h.page, false) == w.clients[0]
		},
		narrows: func(w *killWorld, h held) bool {
			return pair(w, h) && h.is("U") && slices.ContainsFunc(h.reach, func(id prokura.ID) bool { return w.ownerOf(id, false) == w.clients[0] })
		},
	},
	{
		name: "parent narrowed: the business runs the configuration again with fewer assets",
		do: func(w *killWorld) error {
			b := w.clients[0]
			w.consent(w.systems[w.apps[0]], w.people[0], b, []prokura.ID{w.pages[b][0], w.accounts[b][0]})
			return nil
		},
		dies: func(w *killWorld, h held) bool {
			return w.granted(h) && h.is("SP") && h.page != w.pages[w.clients[0]][0]
		},
		narrows: func(w *killWorld, h held) bool {
			return w.granted(h) && (h.is("S") || h.is("G") && h.reaches(w.accounts[w.clients[0]][1]))
		},
	},
	{
		name: "BISU tokens ended by DELETE access_tokens",
		do: func(w *killWorld) error {
			// By the app's own id for its system user in the business.
			c := w.caller(w.find("U a0 p0").secret)
			me, err := w.Alias(w.ctx, w.caller(w.find("S a0 b0 r0").secret))
			if err != nil {
				return err
			}
			return systemusers.EndTokens(w.ctx, w.Registry, c, me, w.apps[0])
		},
		dies: func(w *killWorld, h held) bool { return w.granted(h) && h.is("S", "G", "SP") },
	},
	{
		name: "asset moved to another business",
		do: func(w *killWorld) error {
			page := w.pages[w.clients[0]][0]
			state, err := assets.AskFor(w.ctx, w.Registry, w.session(w.people[2]), assets.Request{Business: w.clients[2], Asset: page, Own: true})
			if err != nil || state != prokura.RequestPending {
				w.t.Fatal(state, err)
			}
			asked, err := businesses.Requests(w.ctx, w.Registry, w.session(w.people[0]), w.clients[0])
			if err != nil {
				return err
			}
			return businesses.ConfirmRequest(w.ctx, w.Registry, w.session(w.people[0]), asked.Incoming[0].ID)
		},
		dies:    func(w *killWorld, h held) bool { return h.page == w.pages[w.clients[0]][0] },
		narrows: func(w *killWorld, h held) bool { return h.reaches(w.pages[w.clients[0]][0]) },
		widens: func(w *killWorld, h held) bool { // who follows the new owner's assets
			return h.systemUser == w.chief[w.clients[2]] && h.is("W") && len(h.reach) > 1 || h.person == w.people[2] && h.app == w.classic && h.is("U")
		},
	},
	{
		name: "asset deleted",
		do: func(w *killWorld) error {
			return assets.Delete(w.ctx, w.Registry, w.session(w.people[0]), w.pages[w.clients[0]][0])
		},
		dies:    func(w *killWorld, h held) bool { return h.page == w.pages[w.clients[0]][0] },
		narrows: func(w *killWorld, h held) bool { return h.reaches(w.pages[w.clients[0]][0]) },
	},
	{
		name: "asset no longer shared with an agency",
		do: func(w *killWorld) error {
			return assets.Unshare(w.ctx, w.Registry, w.session(w.people[0]), w.shared[0], w.clients[1])
		},
		dies:    func(w *killWorld, h held) bool { return w.ofAgency(h) && h.page == w.shared[0] },
		narrows: func(w *killWorld, h held) bool { return w.ofAgency(h) && h.reaches(w.shared[0]) },
	},
	{
		name: "agency gives an asset back",
		do: func(w *killWorld) error {
			return assets.Release(w.ctx, w.Registry, w.session(w.people[1]), w.shared[0], w.clients[1])
		},
		dies:    func(w *killWorld, h held) bool { return w.ofAgency(h) && h.page == w.shared[0] },
		narrows: func(w *killWorld, h held) bool { return w.ofAgency(h) && h.reaches(w.shared[0]) },
	},
	{
		name: "business deleted",
		do: func(w *killWorld) error {
			return businesses.Delete(w.ctx, w.Registry, w.session(w.people[0]), w.clients[0], "Client 0")
		},
		dies: func(w *killWorld, h held) bool { return h.business == w.clients[0] || h.owner == w.clients[0] },
		narrows: func(w *killWorld, h held) bool {
			return slices.ContainsFunc(h.reach, func(id prokura.ID) bool { return w.ownerOf(id, false) == w.clients[0] })
		},
	},
}

// granted reports whether a credential hangs on the grant of clients[0] to
// apps[0].
func (w *killWorld) granted(h held) bool {
	return h.app == w.apps[0] && h.business == w.clients[0] && h.systemUser == 0
}

// grantOf is that grant.
func (w *killWorld) grantOf() prokura.ID {
	w.t.Helper()
	list, err := registry.View(w.ctx, w.Registry, func(tx *store.View) ([]prokura.Grant, error) { return tx.BusinessGrants(w.clients[0], w.apps[0]) })
	w.must(err)
	if len(list) != 1 {
		w.t.Fatalf("%d grants", len(list))
	}
	return list[0].ID
}

// ofAgency reports whether a credential works for clients[1].
func (w *killWorld) ofAgency(h held) bool {
	return h.business == w.clients[1] || h.business == 0 && h.person == w.people[1]
}
