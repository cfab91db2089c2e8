package registry_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/store"
)

// ask makes a request for an asset and expects how far it comes.
func (f *fixture) ask(c registry.Caller, v assets.Request, state prokura.RequestState) prokura.ID {
	f.t.Helper()
	got, err := assets.AskFor(f.ctx, f.Registry, c, v)
	if err != nil || got != state {
		f.t.Fatalf("request: %q, %v, want %q", got, err, state)
	}
	if state != prokura.RequestPending {
		return 0
	}
	kind := prokura.RequestUseAsset
	if v.Own {
		kind = prokura.RequestOwnAsset
	}
	q, err := registry.View(f.ctx, f.Registry, func(tx *store.View) (prokura.Request, error) {
		return tx.OpenRequest(kind, v.Business, v.Asset, f.Now())
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return q.ID
}

// mails are the texts of the mails that were written.
func (f *fixture) mails() []string {
	f.t.Helper()
	list, err := registry.View(f.ctx, f.Registry, func(tx *store.View) ([]store.Message, error) { return tx.Mails(100) })
	if err != nil {
		f.t.Fatal(err)
	}
	var out []string
	for _, m := range list {
		out = append(out, m.Field)
	}
	return out
}

// A business claims an asset of another one: its owner's admins are told, and
// confirm, decline, or let it expire; with a confirmation everything on it ends
// and the apps of the former owner and its agencies are told.
func TestClaimAsset(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, owner, claimant, third := f.apps[0], f.clients[0], f.clients[1], f.clients[2]
		admin, asker := f.session(f.people[0]), f.session(f.people[1])
		page, kept := f.pages[owner][0], f.pages[owner][1]
		worker := f.newPerson()
		member := f.join(owner, worker, prokura.RoleEmployee)
		want(t, "assign", assets.Assign(f.ctx, f.Registry, admin, page, member, []prokura.Task{"ANALYZE"}), "")
		want(t, "share", assets.Share(f.ctx, f.Registry, admin, page, third, []prokura.Task{"ANALYZE"}), "")
		f.listen(f.apps...)
		root := f.exchange(app, f.consent(f.systems[app], f.people[0], owner, f.assetsOf(owner)))
		agency := f.exchange(f.apps[1], f.consent(f.systems[f.apps[1]], f.people[2], third, []prokura.ID{page, f.pages[third][0], f.accounts[third][0]}))
		user := f.caller(f.exchange(app, f.consent(f.personal[app], f.people[0], 0, []prokura.ID{page, kept, f.accounts[owner][0]})))
		pageToken, err := grants.PageToken(f.ctx, f.Registry, user, page)
		if err != nil {
			t.Fatal(err)
		}

		v := assets.Request{Business: claimant, Asset: page, Own: true}
		for what, c := range map[string]struct {
			request assets.Request
			reason  prokura.Reason
		}{
			"unknown":      {assets.Request{Business: claimant, Asset: 123456789012345, Own: true}, prokura.NotFound},
			"another kind": {assets.Request{Business: claimant, Asset: page, Kind: prokura.KindAdAccount, Own: true}, prokura.NotFound},
			"one's own":    {assets.Request{Business: claimant, Asset: f.pages[claimant][0], Own: true}, prokura.AlreadyHasAccess},
			"as another":   {assets.Request{Business: owner, Asset: f.pages[third][0], Own: true}, prokura.NotFound},
			"no tasks":     {assets.Request{Business: claimant, Asset: page}, prokura.TasksInvalid},
		} {
			_, err := assets.AskFor(f.ctx, f.Registry, asker, c.request)
			want(t, what, err, c.reason)
		}
		id := f.ask(asker, v, prokura.RequestPending)
		_, err = assets.AskFor(f.ctx, f.Registry, asker, v)
		want(t, "again", err, prokura.AlreadyRequested)
		sameSet(t, "mails", slices.DeleteFunc(f.mails(), func(s string) bool { return s != prokura.MailAssetRequested }), []string{prokura.MailAssetRequested})

		// Who may answer, and who may take it back.
		want(t, "confirmed by the asker", businesses.ConfirmRequest(f.ctx, f.Registry, asker, id), prokura.NotFound)
		want(t, "by an employee", businesses.ConfirmRequest(f.ctx, f.Registry, f.session(worker), id), prokura.RoleMissing)
		want(t, "cancelled by the owner", businesses.CancelRequest(f.ctx, f.Registry, admin, id), prokura.NotFound)
		stale := admin
		stale.Fresh = 0
		want(t, "given away after a while", businesses.ConfirmRequest(f.ctx, f.Registry, stale, id), prokura.SignInRequired)
		want(t, "decline", businesses.DeclineRequest(f.ctx, f.Registry, stale, id), "")
		want(t, "decline again", businesses.DeclineRequest(f.ctx, f.Registry, admin, id), prokura.Conflict)
		id = f.ask(asker, v, prokura.RequestPending)
		want(t, "cancel", businesses.CancelRequest(f.ctx, f.Registry, asker, id), "")
		want(t, "confirm a cancelled one", businesses.ConfirmRequest(f.ctx, f.Registry, admin, id), prokura.Conflict)
		f.ask(asker, v, prokura.RequestPending)
		f.travel(prokura.RequestLifetime)
		admin, asker = f.session(f.people[0]), f.session(f.people[1])
		rival := f.session(f.people[2])
		id = f.ask(asker, v, prokura.RequestPending) // the expired one made room
		other := f.ask(rival, assets.Request{Business: third, Asset: page, Own: true}, prokura.RequestPending)

		list, err := businesses.Requests(f.ctx, f.Registry, admin, owner)
		if err != nil || len(list.Incoming) != 2 || len(list.Outgoing) != 0 || list.Incoming[0].Asset.Name == "" {
			t.Fatalf("the owner sees %+v, %v", list, err)
		}
		if list, err = businesses.Requests(f.ctx, f.Registry, asker, claimant); err != nil || len(list.Outgoing) != 1 || list.Outgoing[0].Asset.Name != "" || list.Outgoing[0].Asset.Business != 0 {
			t.Fatalf("the asker sees %+v, %v", list, err)
		}
		pending, err := assets.Pending(f.ctx, f.Registry, asker, claimant, prokura.KindPage, true, assets.ListQuery{Limit: 5, Total: true})
		if err != nil || len(pending.Items) != 1 || pending.Total != 1 || pending.Items[0].ID != id {
			t.Errorf("pending: %+v, %v", pending, err)
		}
		for _, c := range []struct {
			kind prokura.AssetKind
			own  bool
		}{{prokura.KindPage, false}, {prokura.KindAdAccount, true}} {
			if pending, err = assets.Pending(f.ctx, f.Registry, asker, claimant, c.kind, c.own, assets.ListQuery{Limit: 5}); err != nil || len(pending.Items) != 0 {
				t.Errorf("pending %v: %+v, %v", c, pending, err)
			}
		}

		want(t, "confirm", businesses.ConfirmRequest(f.ctx, f.Registry, admin, id), "")
		if a, err := f.mapAsset(page); err != nil || a.Business != claimant {
			t.Fatalf("after the claim: %+v, %v", a, err)
		}
		want(t, "the other claim", businesses.ConfirmRequest(f.ctx, f.Registry, admin, other), prokura.NotFound)
		if f.reaches(worker, page) || f.reaches(f.people[0], page) || f.reaches(f.people[2], page) || !f.reaches(f.people[1], page) {
			t.Error("somebody reaches the page who should not, or the new owner does not")
		}
		for what, s := range map[string]prokura.Secret{"the owner's app": root, "the agency's app": agency} {
			if _, err := assets.Read(f.ctx, f.Registry, f.caller(s), page); !errors.Is(err, prokura.NotFound) {
				t.Errorf("%s still reads the page: %v", what, err)
			}
		}
		if _, err := f.Authenticate(f.ctx, registry.Credentials{Token: pageToken}); !errors.Is(err, prokura.PageRoleLost) {
			t.Errorf("the page token: %v", err)
		}
		sameSet(t, "told the owner's app", f.told(app), []string{owner.String() + " " + page.String()})
		sameSet(t, "told the agency's app", f.told(f.apps[1]), []string{third.String() + " " + page.String()})
		if _, err := assets.Read(f.ctx, f.Registry, f.caller(root), kept); err != nil {
			t.Errorf("another page of the owner: %v", err)
		}
	})
}

// Full control of both sides confirms at once, by a credential that reaches the
// asset; else the request waits.
func TestClaimAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, owner, claimant, both := f.apps[0], f.clients[0], f.clients[1], f.people[1]
		f.join(owner, both, prokura.RoleAdmin)
		pages := f.pages[owner]
		c := f.session(both)
		f.ask(c, assets.Request{Business: claimant, Asset: pages[0], Own: true}, prokura.RequestConfirmed)
		f.ask(c, assets.Request{Business: claimant, Asset: pages[1], Tasks: []prokura.Task{"ANALYZE"}}, prokura.RequestConfirmed)
		token := f.caller(f.exchange(app, f.consent(f.personal[app], both, 0, []prokura.ID{pages[2], f.accounts[owner][0]})))
		f.ask(token, assets.Request{Business: claimant, Asset: pages[1], Own: true}, prokura.RequestPending) // not chosen
		f.ask(token, assets.Request{Business: claimant, Asset: pages[2], Own: true}, prokura.RequestConfirmed)
		for _, p := range []prokura.ID{pages[0], pages[2]} {
			if a, _ := f.mapAsset(p); a.Business != claimant {
				t.Errorf("%s did not move", p)
			}
		}
		if a, _ := f.mapAsset(pages[1]); a.Business != owner {
			t.Error("a page moved that was only asked for")
		}
	})
}

// Two claims that are confirmed at once: the asset has one new owner, and the
// other request ends without an effect.
func TestClaimRace(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		owner, admin := f.clients[0], f.session(f.people[0])
		for round := range 6 {
			page := f.pages[owner][0]
			if round > 0 {
				var err error
				if page, err = assets.Create(f.ctx, f.Registry, admin, assets.Draft{Business: owner, Kind: prokura.KindPage, Name: "Page"}); err != nil {
					t.Fatal(err)
				}
			}
			ids := []prokura.ID{
				f.ask(f.session(f.people[1]), assets.Request{Business: f.clients[1], Asset: page, Own: true}, prokura.RequestPending),
				f.ask(f.session(f.people[2]), assets.Request{Business: f.clients[2], Asset: page, Own: true}, prokura.RequestPending),
			}
			won := make([]error, 4)
			together(4, func(i int) { won[i] = businesses.ConfirmRequest(f.ctx, f.Registry, admin, ids[i%2]) })
			winners := 0
			for i, err := range won {
				switch {
				case err == nil:
					winners++
					if a, _ := f.mapAsset(page); a.Business != f.clients[1+i%2] {
						t.Errorf("round %d: confirmed for one business, owned by another", round)
					}
				case !errors.Is(err, prokura.Conflict) && !errors.Is(err, prokura.NotFound):
					t.Errorf("round %d: a loser is told %v", round, err)
				}
			}
			if winners != 1 {
				t.Fatalf("round %d: %d winners", round, winners)
			}
		}
	})
}

// Using an asset: asked for and confirmed, or shared unasked, which answers the
// request; given back by the agency or taken back by the owner.
func TestShareAsset(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		owner, agency, stranger := f.clients[0], f.clients[1], f.clients[2]
		admin, agent := f.session(f.people[0]), f.session(f.people[1])
		pages := f.pages[owner]
		two := []prokura.Task{"ADVERTISE", "ANALYZE"}
		has := func(page prokura.ID, tasks ...prokura.Task) {
			t.Helper()
			if got, ok := f.tasksOf(f.people[1], page); ok != (len(tasks) > 0) || !sameTaskSet(got, tasks) {
				t.Errorf("the agency has %v, want %v", got, tasks)
			}
		}
		id := f.ask(agent, assets.Request{Business: agency, Asset: pages[0], Kind: prokura.KindPage, Tasks: two}, prokura.RequestPending)
		has(pages[0])
		want(t, "confirm", businesses.ConfirmRequest(f.ctx, f.Registry, admin, id), "")
		has(pages[0], two...)
		_, err := assets.AskFor(f.ctx, f.Registry, agent, assets.Request{Business: agency, Asset: pages[0], Tasks: two[:1]})
		want(t, "less than it has", err, prokura.AlreadyHasAccess)
		f.ask(agent, assets.Request{Business: agency, Asset: pages[0], Tasks: []prokura.Task{"MANAGE"}}, prokura.RequestPending)
		id = f.ask(agent, assets.Request{Business: agency, Asset: pages[1], Tasks: []prokura.Task{"MANAGE"}}, prokura.RequestPending)
		want(t, "share other tasks", assets.Share(f.ctx, f.Registry, admin, pages[1], agency, two), "")
		has(pages[1], two...)
		want(t, "the request is answered", businesses.ConfirmRequest(f.ctx, f.Registry, admin, id), prokura.Conflict)

		// Agencies, confirmed and waiting.
		f.ask(f.session(f.people[2]), assets.Request{Business: stranger, Asset: pages[0], Tasks: two}, prokura.RequestPending)
		list, err := assets.Agencies(f.ctx, f.Registry, admin, pages[0], assets.ListQuery{Limit: 10, Total: true})
		if err != nil || len(list.Items) != 2 || list.Total != 2 {
			t.Fatalf("agencies: %+v, %v", list, err)
		}
		for _, a := range list.Items {
			if a.Pending != (a.Business.ID == stranger) || !sameTaskSet(a.Tasks, two) || a.Requested == 0 {
				t.Errorf("listed %+v", a)
			}
		}
		if list, err = assets.Agencies(f.ctx, f.Registry, admin, pages[0], assets.ListQuery{Limit: 1}); err != nil || len(list.Items) != 1 || !list.More {
			t.Errorf("one of them: %+v, %v", list, err)
		}
		_, err = assets.Agencies(f.ctx, f.Registry, agent, pages[0], assets.ListQuery{Limit: 10})
		want(t, "listed by the agency", err, prokura.NotFound)

		// Refusals.
		want(t, "share one's own", assets.Share(f.ctx, f.Registry, admin, pages[0], owner, two), prokura.InvalidParameter)
		want(t, "with nobody", assets.Share(f.ctx, f.Registry, admin, pages[0], 123456789012345, two), prokura.NotFound)
		want(t, "by the agency", assets.Share(f.ctx, f.Registry, agent, pages[0], stranger, two), prokura.NotFound)
		want(t, "no tasks", assets.Share(f.ctx, f.Registry, admin, pages[0], stranger, nil), prokura.TasksInvalid)
		want(t, "unshare from who has it not", assets.Unshare(f.ctx, f.Registry, admin, pages[2], agency), prokura.NotFound)
		want(t, "unshare by a stranger", assets.Unshare(f.ctx, f.Registry, f.session(f.people[2]), pages[0], agency), prokura.NotFound)
		want(t, "release one's own", assets.Release(f.ctx, f.Registry, admin, pages[0], owner), prokura.InvalidParameter)
		want(t, "release what one has not", assets.Release(f.ctx, f.Registry, agent, pages[2], agency), prokura.NotFound)
		want(t, "release for another", assets.Release(f.ctx, f.Registry, agent, pages[0], stranger), prokura.NotFound)

		// The ends of it. R-LOGIN-11: the agency's apps are told.
		f.listen(f.apps...)
		f.exchange(f.apps[0], f.consent(f.systems[f.apps[0]], f.people[1], agency, []prokura.ID{pages[0], pages[1], f.accounts[agency][0]}))
		want(t, "given back", assets.Unshare(f.ctx, f.Registry, agent, pages[0], agency), "")
		has(pages[0])
		want(t, "taken back", assets.Unshare(f.ctx, f.Registry, admin, pages[1], agency), "")
		has(pages[1])
		sameSet(t, "told", f.told(f.apps[0]), []string{agency.String() + " " + pages[0].String(), agency.String() + " " + pages[1].String()})

		// What is asked for can be taken back by the same edge.
		f.ask(agent, assets.Request{Business: agency, Asset: pages[2], Own: true}, prokura.RequestPending)
		want(t, "withdraw", assets.Release(f.ctx, f.Registry, agent, pages[2], agency), "")
		want(t, "withdraw again", assets.Release(f.ctx, f.Registry, agent, pages[2], agency), prokura.NotFound)
	})
}

// Partners, and the end of a partnership from either side: everything that is
// shared ends, with one message to each grant, and nothing that is shared the
// other way.
func TestPartners(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		a, b, c := f.clients[0], f.clients[1], f.clients[2]
		admins := map[prokura.ID]registry.Caller{a: f.session(f.people[0]), b: f.session(f.people[1]), c: f.session(f.people[2])}
		two := []prokura.Task{"ADVERTISE", "ANALYZE"}
		for _, x := range []struct{ owner, agency prokura.ID }{{a, b}, {a, c}, {b, a}, {c, b}} {
			for _, p := range f.pages[x.owner][:2] {
				want(t, "share", assets.Share(f.ctx, f.Registry, admins[x.owner], p, x.agency, two), "")
			}
		}
		partners := func(of prokura.ID, agencies bool, want ...prokura.ID) {
			t.Helper()
			list, err := assets.Partners(f.ctx, f.Registry, admins[of], of, agencies, assets.ListQuery{Limit: 10, Total: true})
			if err != nil || len(list.Items) != len(want) || list.Total != len(want) {
				t.Fatalf("partners: %+v, %v; want %v", list, err, want)
			}
			for _, p := range list.Items {
				if !slices.Contains(want, p.ID) || p.Assets != 2 {
					t.Errorf("listed %+v", p)
				}
			}
		}
		partners(a, true, b, c)
		partners(a, false, b)
		partners(b, false, a, c)
		partners(c, true, b)
		if list, err := assets.Partners(f.ctx, f.Registry, admins[a], a, true, assets.ListQuery{Limit: 1}); err != nil || len(list.Items) != 1 || !list.More {
			t.Errorf("a page of one: %+v, %v", list, err)
		}
		v, err := assets.ShowPartner(f.ctx, f.Registry, admins[a], a, b)
		if err != nil || v.GivenAll != 2 || v.TakenAll != 2 || len(v.Given) != 2 || v.Given[0].Business != a || v.Taken[0].Business != b || !sameTaskSet(v.Given[0].Tasks, two) {
			t.Errorf("one partner: %+v, %v", v, err)
		}
		_, err = assets.ShowPartner(f.ctx, f.Registry, admins[a], a, f.provider)
		want(t, "no partner", err, prokura.NotFound)
		_, err = assets.ShowPartner(f.ctx, f.Registry, admins[c], a, b)
		want(t, "somebody else's", err, prokura.NotFound)

		f.listen(f.apps...)
		app := f.apps[0]
		f.exchange(app, f.consent(f.systems[app], f.people[1], b, slices.Concat(f.pages[a][:2], f.pages[c][:1], f.accounts[b][:1])))
		f.ask(admins[b], assets.Request{Business: b, Asset: f.pages[a][2], Own: true}, prokura.RequestPending)
		want(t, "by an employee", assets.EndPartnership(f.ctx, f.Registry, f.session(f.employee(a)), a, b, true), prokura.RoleMissing)
		want(t, "with nobody", assets.EndPartnership(f.ctx, f.Registry, admins[a], a, f.provider, true), prokura.NotFound)
		want(t, "end", assets.EndPartnership(f.ctx, f.Registry, admins[a], a, b, true), "")
		partners(a, true, c)
		partners(a, false, b) // the other way stays
		partners(b, false, c)
		sameSet(t, "told", f.told(app), []string{b.String() + " " + f.pages[a][0].String(), b.String() + " " + f.pages[a][1].String()})
		if list, err := businesses.Requests(f.ctx, f.Registry, admins[a], a); err != nil || len(list.Incoming) != 0 {
			t.Errorf("what b asked for is still there: %+v, %v", list, err)
		}
		want(t, "end again", assets.EndPartnership(f.ctx, f.Registry, admins[a], a, b, true), prokura.NotFound)
		want(t, "give back", assets.EndPartnership(f.ctx, f.Registry, admins[a], a, b, false), "")
		partners(a, false)
		partners(b, true)

		// Businesses that one owns or manages.
		if err := f.change(func(tx *store.Tx) error {
			return errors.Join(tx.AddRelation(prokura.Relation{Parent: a, Child: b, Kind: "owned"}), tx.AddRelation(prokura.Relation{Parent: a, Child: c, Kind: "managed"}))
		}); err != nil {
			t.Fatal(err)
		}
		for managed, want := range map[bool]prokura.ID{false: b, true: c} {
			list, err := assets.ChildBusinesses(f.ctx, f.Registry, admins[a], a, managed, assets.ListQuery{Limit: 5, Total: true})
			if err != nil || len(list.Items) != 1 || list.Items[0].ID != want || list.Total != 1 {
				t.Errorf("children: %+v, %v", list, err)
			}
		}
	})
}

// employee is a new person with partial access to a business.
func (f *fixture) employee(business prokura.ID) prokura.ID {
	p := f.newPerson()
	f.join(business, p, prokura.RoleEmployee)
	return p
}
