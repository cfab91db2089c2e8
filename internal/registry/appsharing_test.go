package registry_test

import (
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/review"
	"github.com/prokura/prokura/internal/registry/systemusers"
	"github.com/prokura/prokura/internal/registry/world"
	"github.com/prokura/prokura/internal/store"
)

// askFor is apps.AskFor, which must leave the request in that state.
func (f *fixture) askFor(who, business, app prokura.ID, own bool, state prokura.RequestState) {
	f.t.Helper()
	got, err := apps.AskFor(f.ctx, f.Registry, f.session(who), business, app, own)
	if err != nil || got != state {
		f.t.Errorf("asking for the app: %q, %v; want %q", got, err, state)
	}
}

// openRequest is the only open request about an app.
func (f *fixture) openRequest(app prokura.ID) apps.Request {
	f.t.Helper()
	v, err := apps.ShowSharing(f.ctx, f.Registry, f.session(f.people[three]), app, 0, 100)
	if err != nil || len(v.Requests) != 1 {
		f.t.Fatalf("open requests are %+v, %v; want one", v, err)
	}
	return v.Requests[0]
}

func (f *fixture) shared(app, business prokura.ID) bool {
	f.t.Helper()
	yes, err := registry.View(f.ctx, f.Registry, func(tx *store.View) (bool, error) { return tx.AppShared(app, business) })
	if err != nil {
		f.t.Fatal(err)
	}
	return yes
}

func (f *fixture) appRow(app prokura.ID) prokura.App {
	f.t.Helper()
	a, err := registry.View(f.ctx, f.Registry, func(tx *store.View) (prokura.App, error) { return tx.App(app) })
	if err != nil {
		f.t.Fatal(err)
	}
	return a
}

// letIn gives a person a role on an app, past the invitation.
func (f *fixture) letIn(app, person prokura.ID, role prokura.AppRole) {
	f.t.Helper()
	if err := f.change(func(tx *store.Tx) error {
		return tx.SetAppRole(prokura.Role{App: app, Subject: person, Role: role, Created: f.Now()})
	}, registry.EntityOf(registry.OfPerson, person)); err != nil {
		f.t.Fatal(err)
	}
}

// R-SU-06 (b): a business asks for an app and the app's admins decide, or they
// offer it and the business decides; one yes of each side is a share, in
// whatever order they are said.
func TestShareApp(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, owner, client, business := f.apps[0], f.people[three], f.people[0], f.clients[0]
		admin := f.session(owner)

		want(t, "without the app", failure(apps.AskFor(f.ctx, f.Registry, f.session(client), business, 42, false)), prokura.NotFound)
		want(t, "without the business", failure(apps.AskFor(f.ctx, f.Registry, f.session(client), f.clients[1], app, false)), prokura.NotFound)
		want(t, "the owner", failure(apps.AskFor(f.ctx, f.Registry, admin, f.provider, app, false)), prokura.AlreadyHasAccess)

		// Asked, declined; asked, withdrawn; asked, confirmed.
		f.askFor(client, business, app, false, prokura.RequestPending)
		want(t, "ask twice", failure(apps.AskFor(f.ctx, f.Registry, f.session(client), business, app, false)), prokura.AlreadyRequested)
		q := f.openRequest(app)
		if q.Kind != prokura.RequestUseApp || q.Business.Name != "Client 0" || q.Business.ID != business {
			t.Errorf("the app's admins are shown %+v", q)
		}
		want(t, "the business confirms itself", businesses.ConfirmRequest(f.ctx, f.Registry, f.session(client), q.ID), prokura.NotFound)
		f.letIn(app, f.people[1], prokura.AppDeveloper)
		want(t, "a developer confirms", businesses.ConfirmRequest(f.ctx, f.Registry, f.session(f.people[1]), q.ID), prokura.RoleMissing)
		want(t, "decline", businesses.DeclineRequest(f.ctx, f.Registry, admin, q.ID), "")
		want(t, "confirm what was declined", businesses.ConfirmRequest(f.ctx, f.Registry, admin, q.ID), prokura.Conflict)
		f.askFor(client, business, app, false, prokura.RequestPending)
		want(t, "withdraw", apps.Release(f.ctx, f.Registry, f.session(client), business, app), "")
		want(t, "withdraw nothing", apps.Release(f.ctx, f.Registry, f.session(client), business, app), prokura.NotFound)
		f.askFor(client, business, app, false, prokura.RequestPending)
		want(t, "confirm", businesses.ConfirmRequest(f.ctx, f.Registry, admin, f.openRequest(app).ID), "")
		if !f.shared(app, business) || f.shared(app, f.clients[1]) {
			t.Error("the app is not shared with the business that asked")
		}
		want(t, "ask for what is there", failure(apps.AskFor(f.ctx, f.Registry, f.session(client), business, app, false)), prokura.AlreadyHasAccess)
		want(t, "offer what is there", failure(apps.Offer(f.ctx, f.Registry, admin, app, business)), prokura.AlreadyHasAccess)
		list, err := apps.OfBusiness(f.ctx, f.Registry, f.session(client), business, true, 0, false, 10)
		if err != nil || len(list) != 1 || list[0].ID != app || list[0].Owner != "Provider" {
			t.Errorf("the business sees %+v, %v", list, err)
		}
		want(t, "unshare as developer", apps.Unshare(f.ctx, f.Registry, f.session(f.people[1]), app, business), prokura.RoleMissing)
		want(t, "unshare", apps.Unshare(f.ctx, f.Registry, admin, app, business), "")
		want(t, "unshare twice", apps.Unshare(f.ctx, f.Registry, admin, app, business), prokura.NotFound)

		// Offered, and confirmed by asking; asked, and confirmed by offering.
		want(t, "offer to nobody", failure(apps.Offer(f.ctx, f.Registry, admin, app, 42)), prokura.InvalidParameter)
		want(t, "offer", failure(apps.Offer(f.ctx, f.Registry, admin, app, business)), "")
		if q := f.openRequest(app); q.Kind != prokura.OfferApp || q.Business.Name != "" || q.Business.ID != business {
			t.Errorf("an id that was offered to tells whose it is: %+v", q.Business)
		}
		f.askFor(client, business, app, false, prokura.RequestConfirmed)
		want(t, "release", apps.Release(f.ctx, f.Registry, f.session(client), business, app), "")
		f.askFor(client, business, app, false, prokura.RequestPending)
		if state, err := apps.Offer(f.ctx, f.Registry, admin, app, business); err != nil || state != prokura.RequestConfirmed {
			t.Errorf("offering what was asked for: %q, %v", state, err)
		}
		want(t, "release", apps.Release(f.ctx, f.Registry, f.session(client), business, app), "")

		// Who is a developer of the app may let their own business use it.
		f.letIn(app, client, prokura.AppDeveloper)
		f.askFor(client, business, app, false, prokura.RequestConfirmed)
		v, err := apps.ShowSharing(f.ctx, f.Registry, admin, app, 0, 100)
		if err != nil || len(v.Requests) != 0 || len(v.Agencies) != 1 || v.Agencies[0].ID != business {
			t.Errorf("the app is shared so: %+v, %v", v, err)
		}

		// Somebody who offers and then gets to speak for both sides.
		want(t, "release", apps.Release(f.ctx, f.Registry, f.session(client), business, app), "")
		want(t, "offer", failure(apps.Offer(f.ctx, f.Registry, admin, app, business)), "")
		f.join(business, owner, prokura.RoleAdmin)
		if state, err := apps.Offer(f.ctx, f.Registry, f.session(owner), app, business); err != nil || state != prokura.RequestConfirmed {
			t.Errorf("offering to one's own business: %q, %v", state, err)
		}
		if v, err := apps.ShowSharing(f.ctx, f.Registry, admin, app, 0, 100); err != nil || len(v.Requests) != 0 || len(v.Agencies) != 1 {
			t.Errorf("the first offer waits on: %+v, %v", v, err)
		}
	})
}

func failure[T any](_ T, err error) error { return err }

// I-17: unsharing an app, or taking its role from a system user, ends the
// installation and its tokens at once and for good.
func TestLosingAForeignApp(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		keys := filepath.Join(t.TempDir(), "keys.json")
		for name, lose := range map[string]func(f *fixture, app, su prokura.ID) error{
			"unshared by the app": func(f *fixture, app, _ prokura.ID) error {
				return apps.Unshare(f.ctx, f.Registry, f.session(f.people[three]), app, f.clients[0])
			},
			"released by the business": func(f *fixture, app, _ prokura.ID) error {
				return apps.Release(f.ctx, f.Registry, f.session(f.people[0]), f.clients[0], app)
			},
			"role taken": func(f *fixture, app, su prokura.ID) error {
				return apps.RemoveRole(f.ctx, f.Registry, f.session(f.people[three]), app, su)
			},
			"role lowered": func(f *fixture, app, su prokura.ID) error {
				return apps.SetSystemUserRole(f.ctx, f.Registry, f.session(f.people[three]), app, su, prokura.AppTester)
			},
		} {
			t.Run(name, func(t *testing.T) {
				f := newFixture(t, database, keys)
				app := f.apps[0]
				su, token := f.foreignToken(app)
				_, bystander := f.foreignToken(f.apps[1])
				want(t, "before", failure(f.Authenticate(f.ctx, registry.Credentials{Token: token})), "")
				want(t, name, lose(f, app, su), "")
				want(t, "the token", failure(f.Authenticate(f.ctx, registry.Credentials{Token: token})), prokura.AppRemoved)
				want(t, "the token of another app", failure(f.Authenticate(f.ctx, registry.Credentials{Token: bystander})), "")

				// What was lost comes back, the token does not.
				f.tie(app, su)
				want(t, "install again", systemusers.Install(f.ctx, f.Registry, f.session(f.people[0]), su, app), "")
				want(t, "the old token", failure(f.Authenticate(f.ctx, registry.Credentials{Token: token})), prokura.TokenRevoked)
			})
		}
	})
}

// tie makes an app of the provider fit for a system user of the first client
// business: the six conditions of R-SU-06 but for the installation.
func (f *fixture) tie(app, su prokura.ID) {
	f.t.Helper()
	f.letIn(app, f.people[0], prokura.AppDeveloper)
	admin := f.session(f.people[three])
	want(f.t, "role", apps.SetSystemUserRole(f.ctx, f.Registry, admin, app, su, prokura.AppDeveloper), "")
	if !f.shared(app, f.clients[0]) {
		f.askFor(f.people[0], f.clients[0], app, false, prokura.RequestConfirmed)
	}
}

// foreignToken makes a system user of the first client business with a token
// for an app of the provider.
func (f *fixture) foreignToken(app prokura.ID) (prokura.ID, prokura.Secret) {
	f.t.Helper()
	su := f.systemUserOf(f.clients[0])
	f.tie(app, su)
	c := f.session(f.people[0])
	if err := systemusers.Install(f.ctx, f.Registry, c, su, app); err != nil {
		f.t.Fatal(err)
	}
	out, err := systemusers.Mint(f.ctx, f.Registry, c, systemusers.TokenRequest{SystemUser: su, App: app, Scopes: []prokura.Permission{"ads_read"}})
	if err != nil {
		f.t.Fatal(err)
	}
	return su, out.Secret
}

// R-APP-06: an app goes to another business or person when both sides agree;
// what stood open about its ownership ends, installations that hung on the
// former owner too, and grants stay.
func TestTransferApp(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, owner, admin := f.apps[0], f.people[three], f.session(f.people[three])
		granted := f.exchange(app, f.consent(f.systems[app], f.people[0], f.clients[0], f.assetsOf(f.clients[0])))
		su := f.systemUserOf(f.provider)
		want(t, "install", systemusers.Install(f.ctx, f.Registry, admin, su, app), "")
		own, err := systemusers.Mint(f.ctx, f.Registry, admin, systemusers.TokenRequest{SystemUser: su, App: app, Scopes: []prokura.Permission{"ads_read"}})
		want(t, "token", err, "")

		// A business asks, the app's admins give, after the password.
		f.askFor(f.people[0], f.clients[0], app, true, prokura.RequestPending)
		f.askFor(f.people[1], f.clients[1], app, true, prokura.RequestPending)
		want(t, "give to a third", failure(apps.Give(f.ctx, f.Registry, admin, app, f.clients[2])), "")
		want(t, "give to a person", apps.GiveTo(f.ctx, f.Registry, admin, app, mailOf(f.people[2])), "")
		v, err := apps.ShowSharing(f.ctx, f.Registry, admin, app, 0, 100)
		if err != nil || len(v.Requests) != 4 {
			t.Fatalf("open requests are %+v, %v", v, err)
		}
		asked := v.Requests[slices.IndexFunc(v.Requests, func(q apps.Request) bool { return q.Business.ID == f.clients[0] })].ID
		stale := admin
		stale.Fresh = 0
		want(t, "confirm without the password", businesses.ConfirmRequest(f.ctx, f.Registry, stale, asked), prokura.SignInRequired)
		want(t, "give without the password", failure(apps.Give(f.ctx, f.Registry, stale, app, f.clients[2])), prokura.SignInRequired)
		want(t, "confirm", businesses.ConfirmRequest(f.ctx, f.Registry, admin, asked), "")
		if a := f.appRow(app); a.Business != f.clients[0] || a.Owner != f.people[0] || f.roleOn(app, f.people[0]) != prokura.AppAdmin || f.roleOn(app, owner) != prokura.AppAdmin {
			t.Errorf("after the transfer the app is %+v", a)
		}
		if v, err := apps.ShowSharing(f.ctx, f.Registry, admin, app, 0, 100); err != nil || len(v.Requests) != 0 {
			t.Errorf("requests outlive the transfer: %+v, %v", v.Requests, err)
		}
		want(t, "the owner's system user", failure(f.Authenticate(f.ctx, registry.Credentials{Token: own.Secret})), prokura.AppRemoved)
		want(t, "a business that owns the app now keeps its grant", failure(f.Authenticate(f.ctx, registry.Credentials{Token: granted})), "")
		_, err = world.Consent(f.ctx, f.Registry, world.ConsentRequest{Person: f.people[0], Business: f.clients[0], Assets: f.assetsOf(f.clients[0]),
			Request: prokura.LoginRequest{RedirectURI: "https://app.example/cb", ResponseTypes: []string{"code"}, Configuration: f.systems[app]}}, "trace")
		if err == nil {
			t.Error("R-LOGIN-07: a business confirmed a login to its own app")
		}

		// From a business to a person, and from there to a business that was asked.
		next := f.session(f.people[0])
		want(t, "give to a person", apps.GiveTo(f.ctx, f.Registry, next, app, mailOf(f.people[1])), "")
		want(t, "accept", businesses.AcceptInvitation(f.ctx, f.Registry, f.session(f.people[1]), f.InvitationSecret(f.openRequest(app).ID)), "")
		if a := f.appRow(app); a.Business != 0 || a.Owner != f.people[1] || f.roleOn(app, f.people[1]) != prokura.AppAdmin {
			t.Errorf("after the second transfer the app is %+v", a)
		}
		want(t, "give to its owner", apps.GiveTo(f.ctx, f.Registry, f.session(f.people[1]), app, mailOf(f.people[1])), prokura.AlreadyHasAccess)
		want(t, "give", failure(apps.Give(f.ctx, f.Registry, f.session(f.people[0]), app, f.clients[2])), "")
		want(t, "confirm for another business", businesses.ConfirmRequest(f.ctx, f.Registry, f.session(f.people[1]), f.openRequest(app).ID), prokura.NotFound)
		want(t, "confirm", businesses.ConfirmRequest(f.ctx, f.Registry, f.session(f.people[2]), f.openRequest(app).ID), "")
		if a := f.appRow(app); a.Business != f.clients[2] || a.Owner != f.people[2] {
			t.Errorf("after the third transfer the app is %+v", a)
		}

		f.letIn(f.apps[2], f.people[0], prokura.AppDeveloper)
		f.askFor(f.people[0], f.clients[0], f.apps[2], true, prokura.RequestPending)
		if state, err := apps.Give(f.ctx, f.Registry, admin, f.apps[2], f.clients[0]); err != nil || state != prokura.RequestConfirmed {
			t.Errorf("giving what was asked for: %q, %v", state, err)
		}
		if a := f.appRow(f.apps[2]); a.Business != f.clients[0] || a.Owner != f.people[0] {
			t.Errorf("the app that was asked for is %+v", a)
		}

		// Who has full control on both sides says yes for both; a role on the app is
		// not enough.
		f.letIn(f.apps[1], f.people[0], prokura.AppAdmin)
		f.askFor(f.people[0], f.clients[0], f.apps[1], true, prokura.RequestPending)
		want(t, "withdraw", businesses.CancelRequest(f.ctx, f.Registry, f.session(f.people[0]), f.openRequest(f.apps[1]).ID), "")
		f.join(f.provider, f.people[0], prokura.RoleAdmin)
		f.askFor(f.people[0], f.clients[0], f.apps[1], true, prokura.RequestConfirmed)
	})
}

// R-APP-06: of several who take over an app at the same time, one does.
func TestTransferRace(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		admin := f.session(f.people[three])
		for round := range 6 {
			app := f.apps[round%three]
			if a := f.appRow(app); a.Business != f.provider { // back to where it was, from the round before
				if err := f.change(func(tx *store.Tx) error { return tx.SetAppOwner(app, f.provider, f.people[three], "", f.Now()) }, registry.EntityOf(registry.OfApp, app)); err != nil {
					t.Fatal(err)
				}
			}
			for i := range three {
				want(t, "give", failure(apps.Give(f.ctx, f.Registry, admin, app, f.clients[i])), "")
			}
			v, err := apps.ShowSharing(f.ctx, f.Registry, admin, app, 0, 100)
			if err != nil || len(v.Requests) != three {
				t.Fatalf("open requests are %+v, %v", v, err)
			}
			var mu sync.Mutex
			var winners []int
			sessions := []registry.Caller{f.session(f.people[0]), f.session(f.people[1]), f.session(f.people[2])}
			together(three, func(i int) {
				err := businesses.ConfirmRequest(f.ctx, f.Registry, sessions[i], requestOf(v, f.clients[i]))
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					winners = append(winners, i)
				} else if !errors.Is(err, prokura.Conflict) {
					t.Errorf("round %d: a loser is told %v", round, err)
				}
			})
			a := f.appRow(app)
			if len(winners) != 1 || a.Business != f.clients[winners[0]] {
				t.Fatalf("round %d: winners %v, owner %s", round, winners, a.Business)
			}
			for i := range three {
				if i != winners[0] && f.roleOn(app, f.people[i]) == prokura.AppAdmin && round < three {
					t.Errorf("round %d: loser %d is an admin of the app", round, i)
				}
			}
		}
	})
}

func requestOf(v *apps.Sharing, business prokura.ID) prokura.ID {
	for _, q := range v.Requests {
		if q.Request.Business == business {
			return q.ID
		}
	}
	return 0
}

// R-SU-06 (b): offer and question that cross each other meet; sharing and
// unsharing at once leave no installation without a share.
func TestShareRace(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		admin := f.session(f.people[three])
		client := f.session(f.people[0])
		for round := range 8 {
			together(2, func(i int) {
				var err error
				if i == 0 {
					_, err = apps.Offer(f.ctx, f.Registry, admin, f.apps[0], f.clients[0])
				} else {
					_, err = apps.AskFor(f.ctx, f.Registry, client, f.clients[0], f.apps[0], false)
				}
				if err != nil && !errors.Is(err, prokura.AlreadyHasAccess) {
					t.Errorf("round %d: %v", round, err)
				}
			})
			v, err := apps.ShowSharing(f.ctx, f.Registry, admin, f.apps[0], 0, 100)
			if err != nil || len(v.Requests) != 0 || len(v.Agencies) != 1 {
				t.Fatalf("round %d: both said yes, and it is %+v, %v", round, v, err)
			}
			want(t, "unshare", apps.Unshare(f.ctx, f.Registry, admin, f.apps[0], f.clients[0]), "")
		}
		app := f.apps[1]
		su := f.systemUserOf(f.clients[0])
		for round := range 8 {
			f.tie(app, su)
			together(2, func(i int) {
				var err error
				if i == 0 {
					err = apps.Unshare(f.ctx, f.Registry, admin, app, f.clients[0])
				} else {
					err = systemusers.Install(f.ctx, f.Registry, client, su, app)
				}
				if err != nil && !errors.Is(err, prokura.NotFound) {
					t.Errorf("round %d: %v", round, err)
				}
			})
			i, err := registry.View(f.ctx, f.Registry, func(tx *store.View) (prokura.Installation, error) { return tx.Installation(su, app) })
			if err == nil && i.Removed == 0 {
				t.Fatalf("round %d: the app is installed and not shared", round)
			}
		}
	})
}

// R-APP-04: a test app has the parent's login product, no business and no way
// into one, stays in development, and ends with its parent; a system user works
// with it as its tester.
func TestTestApps(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		parent, admin := f.apps[0], f.session(f.people[three])
		f.letIn(parent, f.people[0], prokura.AppDeveloper)
		want(t, "as developer", failure(apps.CreateTest(f.ctx, f.Registry, f.session(f.people[0]), parent, "Test")), prokura.RoleMissing)
		want(t, "as stranger", failure(apps.CreateTest(f.ctx, f.Registry, f.session(f.people[1]), parent, "Test")), prokura.NotFound)
		want(t, "without a name", failure(apps.CreateTest(f.ctx, f.Registry, admin, parent, " ")), prokura.InvalidParameter)
		id, err := apps.CreateTest(f.ctx, f.Registry, admin, parent, "  App 0 - Test1 ")
		want(t, "create", err, "")
		a := f.appRow(id)
		if a.Parent != parent || a.Type != prokura.AppBusiness || a.Business != 0 || a.Mode != prokura.ModeDevelopment || a.Level != prokura.LevelDevelopment ||
			a.Name != "App 0 - Test1" || f.roleOn(id, f.people[three]) != prokura.AppAdmin || f.roleOn(id, f.people[0]) != prokura.AppNobody {
			t.Errorf("the test app is %+v", a)
		}
		if v, err := apps.Get(f.ctx, f.Registry, admin, id); err != nil || v.Parent != "App 0" {
			t.Errorf("the test app is shown as %+v, %v", v, err)
		}
		want(t, "a test app of a test app", failure(apps.CreateTest(f.ctx, f.Registry, admin, id, "Test")), prokura.InvalidParameter)
		for name, err := range map[string]error{
			"ask to use": failure(apps.AskFor(f.ctx, f.Registry, f.session(f.people[0]), f.clients[0], id, false)),
			"ask to own": failure(apps.AskFor(f.ctx, f.Registry, admin, f.provider, id, true)),
			"offer":      failure(apps.Offer(f.ctx, f.Registry, admin, id, f.clients[0])),
			"give":       failure(apps.Give(f.ctx, f.Registry, admin, id, f.provider)),
			"give to":    apps.GiveTo(f.ctx, f.Registry, admin, id, "x@example.org"),
			"switch":     apps.SwitchLogin(f.ctx, f.Registry, admin, id, a.Version),
			"go live":    review.SetMode(f.ctx, f.Registry, admin, id, a.Version, prokura.ModeLive),
		} {
			want(t, name, err, prokura.InvalidParameter)
		}

		su := f.systemUserOf(f.clients[0])
		client := f.session(f.people[0])
		f.letIn(id, f.people[0], prokura.AppDeveloper)
		want(t, "install without a role", systemusers.Install(f.ctx, f.Registry, client, su, id), prokura.NotFound)
		want(t, "make a tester", apps.SetSystemUserRole(f.ctx, f.Registry, admin, id, su, prokura.AppTester), "")
		want(t, "install", systemusers.Install(f.ctx, f.Registry, client, su, id), "")
		out, err := systemusers.Mint(f.ctx, f.Registry, client, systemusers.TokenRequest{SystemUser: su, App: id, Scopes: []prokura.Permission{"ads_read"}})
		want(t, "token", err, "")
		want(t, "use", failure(f.Authenticate(f.ctx, registry.Credentials{Token: out.Secret})), "")
		want(t, "delete the parent", apps.Delete(f.ctx, f.Registry, admin, parent), "")
		want(t, "use after the end of the parent", failure(f.Authenticate(f.ctx, registry.Credentials{Token: out.Secret})), prokura.AppDisabled)
		if a := f.appRow(id); a.Disabled == 0 {
			t.Error("the test app outlives its parent")
		}
		if other := f.appRow(f.apps[1]); other.Disabled != 0 {
			t.Error("another app ended too")
		}
	})
}

// T35: the cap counts the apps that a person made or took over, not those on
// which they have a role.
func TestAppCap(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		person := f.people[0]
		if err := f.Store().Update(f.ctx, func(tx *store.Tx) error {
			for range apps.MaxPerPerson + 5 {
				id, err := tx.NewID(prokura.NodeApp, 0)
				if err != nil {
					return err
				}
				if err := errors.Join(tx.AddApp(prokura.App{ID: id, Name: "Of others", Type: prokura.AppNone, Owner: f.people[1]}),
					tx.SetAppRole(prokura.Role{App: id, Subject: person, Role: prokura.AppDeveloper})); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		c := f.session(person)
		for i := range apps.MaxPerPerson - 1 {
			if _, err := apps.Create(f.ctx, f.Registry, c, apps.NewApp{Name: "Mine", Type: prokura.AppNone}); err != nil {
				t.Fatalf("app %d: %v", i, err)
			}
		}
		made := make([]error, 4)
		together(len(made), func(i int) {
			_, made[i] = apps.Create(f.ctx, f.Registry, c, apps.NewApp{Name: "Last", Type: prokura.AppNone})
		})
		n := 0
		for _, err := range made {
			if err == nil {
				n++
			} else if !errors.Is(err, prokura.LimitReached) {
				t.Errorf("one too many: %v", err)
			}
		}
		if n != 1 {
			t.Errorf("%d of 4 apps took the last place", n)
		}
		want(t, "give", apps.GiveTo(f.ctx, f.Registry, f.session(f.people[three]), f.apps[0], mailOf(person)), "")
		want(t, "take over one too many", businesses.AcceptInvitation(f.ctx, f.Registry, c, f.InvitationSecret(f.openRequest(f.apps[0]).ID)), prokura.LimitReached)
	})
}
