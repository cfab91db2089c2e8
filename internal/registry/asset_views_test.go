package registry_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/systemusers"
)

// The pages about assets: who can do what on each, and which apps come to it
// through what, as the owner and as an agency sees it.
func TestAssetViews(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		owner, agency, stranger := f.clients[0], f.clients[1], f.session(f.people[2])
		admin, agent := f.session(f.people[0]), f.session(f.people[1])
		pages, account := f.pages[owner], f.accounts[owner][0]
		two := []prokura.Task{"ADVERTISE", "ANALYZE"}
		workers := []prokura.ID{f.newPerson(), f.newPerson()}
		members := []prokura.ID{f.join(owner, workers[0], prokura.RoleEmployee), f.join(owner, workers[1], prokura.RoleEmployee)}
		servers := []prokura.ID{f.server(owner, prokura.SystemUserEmployee), f.server(owner, prokura.SystemUserAdmin)}
		for _, p := range pages[:2] {
			for _, user := range []prokura.ID{members[0], members[1], servers[0]} {
				want(t, "assign", assets.Assign(f.ctx, f.Registry, admin, p, user, two), "")
			}
			want(t, "share", assets.Share(f.ctx, f.Registry, admin, p, agency, two), "")
		}
		group, err := assets.CreateGroup(f.ctx, f.Registry, admin, owner, "Group")
		if err != nil {
			t.Fatal(err)
		}
		want(t, "fill", assets.AddGroupAsset(f.ctx, f.Registry, admin, group, pages[0], ""), "")
		want(t, "by group", assets.AssignGroup(f.ctx, f.Registry, admin, group, members[0], assets.KindTasks{prokura.KindPage: {"MODERATE"}}), "")

		// Three apps, by four ways.
		want(t, "an account", assets.Assign(f.ctx, f.Registry, admin, f.accounts[owner][1], members[0], two), "")
		f.exchange(f.apps[0], f.consent(f.systems[f.apps[0]], f.people[0], owner, []prokura.ID{pages[0], account}))
		f.exchange(f.apps[0], f.consent(f.personal[f.apps[0]], workers[0], 0, []prokura.ID{pages[0], pages[1], f.accounts[owner][1]}))
		f.exchange(f.apps[1], f.consent(f.systems[f.apps[1]], f.people[1], agency, []prokura.ID{pages[0], f.accounts[agency][0]}))
		f.tie(f.apps[2], servers[0])
		want(t, "install", systemusers.Install(f.ctx, f.Registry, admin, servers[0], f.apps[2]), "")

		glance := func(c registry.Caller, business, asset prokura.ID, shared bool) string {
			t.Helper()
			list, err := assets.List(f.ctx, f.Registry, c, business, assets.Filter{Limit: 10, Shared: shared})
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(list.Assets, func(a assets.Glance) bool { return a.ID == asset })
			if i < 0 {
				return "absent"
			}
			a := list.Assets[i]
			return fmt.Sprint(a.People, a.SystemUsers, a.Partners, a.Apps, a.Owner.ID != 0)
		}
		for _, c := range []struct {
			who      registry.Caller
			business prokura.ID
			asset    prokura.ID
			shared   bool
			want     string
		}{
			{admin, owner, pages[0], false, "3 2 1 3 false"},
			{admin, owner, pages[1], false, "3 2 1 2 false"}, // not chosen in two of the logins
			{admin, owner, pages[2], false, "1 1 0 0 false"},
			{admin, owner, account, false, "1 1 0 1 false"},
			{f.session(workers[1]), owner, pages[0], false, "3 2 1 3 false"},
			{agent, agency, pages[0], true, "1 0 0 1 true"},
			{agent, agency, pages[1], true, "1 0 0 0 true"},
			{agent, agency, pages[2], true, "absent"},
			{agent, agency, pages[0], false, "absent"},
		} {
			if got := glance(c.who, c.business, c.asset, c.shared); got != c.want {
				t.Errorf("%s: %s, want %s", c.asset, got, c.want)
			}
		}
		_, err = assets.List(f.ctx, f.Registry, stranger, owner, assets.Filter{Limit: 10})
		want(t, "a stranger's list", err, prokura.NotFound)

		v, err := assets.Show(f.ctx, f.Registry, admin, owner, pages[0], 0)
		if err != nil {
			t.Fatal(err)
		}
		ways := map[prokura.ID][]string{}
		for _, a := range v.Apps {
			for _, w := range a.Ways {
				ways[a.ID] = append(ways[a.ID], w.By+" "+w.Subject.String())
			}
		}
		sameSet(t, "the first app", ways[f.apps[0]], []string{assets.ByBusiness + " " + owner.String(), assets.ByPerson + " " + workers[0].String()})
		sameSet(t, "the second app", ways[f.apps[1]], []string{assets.ByBusiness + " " + agency.String()})
		sameSet(t, "the third app", ways[f.apps[2]], []string{assets.BySystemUser + " " + servers[0].String()})
		if v.FullAll != 2 || len(v.Full) != 2 || len(v.Workers) != 3 || len(v.Agencies) != 1 || len(v.Groups) != 1 || !v.Own() {
			t.Errorf("the owner sees %+v", v)
		}
		for _, w := range v.Workers {
			if (len(w.Groups) == 1) != (w.Member == members[0]) || !sameTaskSet(w.Direct, two) {
				t.Errorf("listed %+v", w.Worker)
			}
		}
		if v, err = assets.Show(f.ctx, f.Registry, agent, agency, pages[0], 0); err != nil {
			t.Fatal(err)
		}
		if v.Own() || len(v.Workers) != 0 || len(v.Agencies) != 0 || len(v.Groups) != 0 || !sameTaskSet(v.Permitted, two) || len(v.Apps) != 1 || v.Apps[0].ID != f.apps[1] {
			t.Errorf("T40: the agency sees %+v", v)
		}
		for what, c := range map[string]struct {
			who      registry.Caller
			business prokura.ID
			asset    prokura.ID
		}{"not shared": {agent, agency, pages[2]}, "a stranger": {stranger, owner, pages[0]}, "nothing": {admin, owner, 123456789012345}, "another business": {admin, owner, f.pages[agency][0]}} {
			_, err := assets.Show(f.ctx, f.Registry, c.who, c.business, c.asset, 0)
			want(t, what, err, prokura.NotFound)
		}

		// A new name stands where it belongs, on both lists.
		want(t, "rename", assets.Rename(f.ctx, f.Registry, admin, pages[1], "AAA"), "")
		for _, c := range []struct {
			who      registry.Caller
			business prokura.ID
			shared   bool
		}{{admin, owner, false}, {agent, agency, true}} {
			if list, err := assets.List(f.ctx, f.Registry, c.who, c.business, assets.Filter{Limit: 1, Shared: c.shared}); err != nil || !list.More || list.Assets[0].ID != pages[1] {
				t.Errorf("the first by name: %+v, %v", list, err)
			}
		}
		// What is gone is not counted.
		want(t, "remove the app", grants.RemoveConnectedApp(f.ctx, f.Registry, agent, agency, f.apps[1]), "")
		want(t, "uninstall", systemusers.Uninstall(f.ctx, f.Registry, admin, servers[0], f.apps[2]), "")
		if got := glance(admin, owner, pages[0], false); got != "3 2 1 1 false" {
			t.Errorf("afterwards: %s", got)
		}
	})
}
