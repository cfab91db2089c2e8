package registry_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/registry/businesses"
)

// An asset that leaves a business, given back or moved, leaves what the
// business gave to apps: they are told once, and the same asset shared again is
// theirs only after a new login. A new owner that had it as an agency loses
// nothing. What people gave follows what they reach.
func TestAssetLeavesGrants(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		owner, agency, third := f.clients[0], f.clients[1], f.clients[2]
		admin, agent, page := f.session(f.people[0]), f.session(f.people[1]), f.pages[owner][0]
		f.listen(f.apps...)
		login := func(i int, who prokura.ID, business prokura.ID, configuration prokura.ID) prokura.Secret {
			t.Helper()
			giver := business
			if giver == 0 {
				giver = third
			}
			return f.exchange(f.apps[i], f.consent(configuration, who, business, []prokura.ID{page, f.pages[giver][1], f.accounts[giver][0]}))
		}
		reads := func(what string, token prokura.Secret, yes bool) {
			t.Helper()
			if _, err := assets.Read(f.ctx, f.Registry, f.caller(token), page); yes && err != nil || !yes && !errors.Is(err, prokura.NotFound) {
				t.Errorf("%s reads the page: %v, want %v", what, err, yes)
			}
		}
		share := func(c registry.Caller, to ...prokura.ID) {
			t.Helper()
			for _, b := range to {
				want(t, "share", assets.Share(f.ctx, f.Registry, c, page, b, []prokura.Task{"ANALYZE"}), "")
			}
		}

		share(admin, agency, third)
		root := login(0, f.people[1], agency, f.systems[f.apps[0]])
		child := f.child(root, agency, []prokura.Permission{"pages_show_list", "pages_read_engagement"}, []prokura.ID{page})
		reads("the agency's app", root, true)
		reads("its child", child, true)
		want(t, "taken back", assets.Unshare(f.ctx, f.Registry, admin, page, agency), "")
		sameSet(t, "told of what was taken back", f.told(f.apps[0]), []string{agency.String() + " " + page.String()})
		share(admin, agency)
		reads("the agency's app, shared again", root, false)
		reads("its child, shared again", child, false)
		root = login(0, f.people[1], agency, f.systems[f.apps[0]])
		reads("the agency's app after a new login", root, true)

		former := login(1, f.people[0], owner, f.systems[f.apps[1]])
		other := login(2, f.people[2], third, f.systems[f.apps[2]])
		personal := login(2, f.people[2], 0, f.personal[f.apps[2]])
		reads("a person's app", personal, true)
		id := f.ask(agent, assets.Request{Business: agency, Asset: page, Own: true}, prokura.RequestPending)
		want(t, "confirm", businesses.ConfirmRequest(f.ctx, f.Registry, admin, id), "")
		reads("the new owner's app", root, true)
		sameSet(t, "told the new owner's app", f.told(f.apps[0]), []string{agency.String() + " " + page.String()})
		sameSet(t, "told the former owner's app", f.told(f.apps[1]), []string{owner.String() + " " + page.String()})
		sameSet(t, "told a former agency's app", f.told(f.apps[2]), []string{third.String() + " " + page.String()})
		share(agent, owner, third)
		reads("the former owner's app, shared again", former, false)
		reads("the former agency's app, shared again", other, false)
		reads("a person's app, shared again", personal, true)
	})
}

// The end of a business takes all that it shared from the grants of its
// agencies: each app is told once for each grant.
func TestEndOfBusinessToldOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		owner := f.clients[0]
		admin := f.session(f.people[0])
		pages := slices.Clone(f.pages[owner])
		slices.Sort(pages)
		for i, shared := range [][]prokura.ID{pages, pages[:1]} {
			agency := f.clients[i+1]
			for _, p := range shared {
				want(t, "share", assets.Share(f.ctx, f.Registry, admin, p, agency, []prokura.Task{"ANALYZE"}), "")
			}
			f.consent(f.systems[f.apps[i]], f.people[i+1], agency, append(slices.Clone(shared), f.pages[agency][0], f.accounts[agency][0]))
		}
		f.subscribe(f.apps[0])
		f.subscribe(f.apps[1])
		want(t, "delete", businesses.Delete(f.ctx, f.Registry, admin, owner, "Client 0"), "")
		for i, lost := range []string{fmt.Sprintf(`{"id":"%d","type":"page"},{"id":"%d","type":"page"},{"id":"%d","type":"page"}`, pages[0], pages[1], pages[2]),
			fmt.Sprintf(`{"id":"%d","type":"page"}`, pages[0])} {
			f.same("an agency's app", f.outboxOf(f.apps[i]), fmt.Sprintf(`%s {"business_manager_id":"%d","tp_config_id":"%d","removed_assets":[%s]}`,
				registry.FieldUpdate, f.clients[i+1], f.systems[f.apps[i]], lost))
		}
	})
}
