package registry_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/store"
)

// A group gives its people and system users tasks on its assets, by kind; what
// is put in, taken out, or ended takes effect at once.
func TestAssetGroups(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		owner, admin, stranger := f.clients[0], f.session(f.people[0]), f.session(f.people[1])
		var people, members []prokura.ID
		for range 2 {
			p := f.newPerson()
			people, members = append(people, p), append(members, f.join(owner, p, prokura.RoleEmployee))
		}
		var groups []prokura.ID
		for _, name := range []string{"North", "South"} {
			g, err := assets.CreateGroup(f.ctx, f.Registry, admin, owner, name)
			if err != nil {
				t.Fatal(err)
			}
			groups = append(groups, g)
		}
		for _, bad := range []string{"", "  ", "x\u200by"} {
			_, err := assets.CreateGroup(f.ctx, f.Registry, admin, owner, bad)
			want(t, "a bad name", err, prokura.InvalidParameter)
			want(t, "a bad new name", assets.RenameGroup(f.ctx, f.Registry, admin, groups[0], bad), prokura.InvalidParameter)
		}
		pages, accounts := f.pages[owner], f.accounts[owner]
		for _, a := range []prokura.ID{pages[0], pages[1], accounts[0]} {
			want(t, "add", assets.AddGroupAsset(f.ctx, f.Registry, admin, groups[0], a, ""), "")
		}
		want(t, "add to the other", assets.AddGroupAsset(f.ctx, f.Registry, admin, groups[1], pages[1], prokura.KindPage), "")
		want(t, "add again", assets.AddGroupAsset(f.ctx, f.Registry, admin, groups[0], pages[0], ""), prokura.AlreadyHasAccess)
		want(t, "add as another kind", assets.AddGroupAsset(f.ctx, f.Registry, admin, groups[0], pages[2], prokura.KindAdAccount), prokura.NotFound)
		want(t, "add somebody else's", assets.AddGroupAsset(f.ctx, f.Registry, admin, groups[0], f.pages[f.clients[1]][0], ""), prokura.NotFound)
		for i, m := range members {
			want(t, "assign", assets.AssignGroup(f.ctx, f.Registry, admin, groups[i], m, assets.KindTasks{prokura.KindPage: {"MODERATE", "ANALYZE"}, prokura.KindAdAccount: {"ANALYZE"}}), "")
		}
		reach := func(p prokura.ID, want ...prokura.ID) {
			t.Helper()
			for _, a := range append(slices.Clone(pages), accounts...) {
				if got := f.reaches(p, a); got != slices.Contains(want, a) {
					t.Errorf("reaches %s: %v", a, got)
				}
			}
		}
		reach(people[0], pages[0], pages[1], accounts[0])
		reach(people[1], pages[1])

		// Tasks add up over groups and names, and each source goes by itself.
		want(t, "by name", assets.Assign(f.ctx, f.Registry, admin, pages[1], members[1], []prokura.Task{"MANAGE"}), "")
		want(t, "by another group", assets.AssignGroup(f.ctx, f.Registry, admin, groups[0], members[1], assets.KindTasks{prokura.KindPage: {"MESSAGING"}}), "")
		if got, _ := f.tasksOf(people[1], pages[1]); !sameTaskSet(got, []prokura.Task{"MANAGE", "MESSAGING", "MODERATE", "ANALYZE"}) {
			t.Errorf("from three sources: %v", got)
		}
		list, err := assets.Assigned(f.ctx, f.Registry, admin, pages[1], owner, assets.ListQuery{Limit: 10})
		if err != nil || len(list.Items) != 2 {
			t.Fatalf("%+v, %v", list, err)
		}
		for _, w := range list.Items {
			if w.Member == members[1] && (len(w.Groups) != 2 || !sameTaskSet(w.Direct, []prokura.Task{"MANAGE"})) {
				t.Errorf("listed %+v", w.Worker)
			}
		}
		want(t, "only by group", assets.Unassign(f.ctx, f.Registry, admin, pages[1], members[0]), prokura.AssignmentInvalid)
		want(t, "by name ends", assets.Unassign(f.ctx, f.Registry, admin, pages[1], members[1]), "")
		want(t, "one kind ends", assets.AssignGroup(f.ctx, f.Registry, admin, groups[0], members[1], assets.KindTasks{prokura.KindPage: {}}), "")
		if got, _ := f.tasksOf(people[1], pages[1]); !sameTaskSet(got, []prokura.Task{"MODERATE", "ANALYZE"}) {
			t.Errorf("what is left: %v", got)
		}
		want(t, "nothing there", assets.UnassignGroup(f.ctx, f.Registry, admin, groups[0], members[1]), prokura.AssignmentInvalid)

		// Refusals.
		some := assets.KindTasks{prokura.KindPage: {"ANALYZE"}}
		want(t, "a stranger", assets.AssignGroup(f.ctx, f.Registry, stranger, groups[0], members[0], some), prokura.NotFound)
		want(t, "an employee", assets.AssignGroup(f.ctx, f.Registry, f.session(people[0]), groups[0], members[0], some), prokura.RoleMissing)
		want(t, "to somebody else's people", assets.AssignGroup(f.ctx, f.Registry, admin, groups[0], f.memberOf(f.clients[1], f.people[1]), some), prokura.AssignmentInvalid)
		want(t, "no tasks", assets.AssignGroup(f.ctx, f.Registry, admin, groups[0], members[0], nil), prokura.InvalidParameter)
		want(t, "no valid set", assets.AssignGroup(f.ctx, f.Registry, admin, groups[0], members[0], assets.KindTasks{prokura.KindAdAccount: {"MANAGE"}}), prokura.TasksInvalid)
		if _, err := assets.Group(f.ctx, f.Registry, stranger, groups[0]); prokura.AsError(err).Reason != prokura.NotFound {
			t.Errorf("a stranger reads the group: %v", err)
		}
		if v, err := assets.Group(f.ctx, f.Registry, f.session(people[1]), groups[0]); err != nil || v.Counts[prokura.KindPage] != 2 || v.Counts[prokura.KindAdAccount] != 1 {
			t.Errorf("an employee reads %+v, %v", v, err)
		}

		// Taking out, moving, deleting, ending.
		want(t, "take out", assets.RemoveGroupAsset(f.ctx, f.Registry, admin, groups[0], pages[0], ""), "")
		want(t, "take out again", assets.RemoveGroupAsset(f.ctx, f.Registry, admin, groups[0], pages[0], ""), prokura.NotFound)
		reach(people[0], pages[1], accounts[0])
		want(t, "delete an asset", assets.Delete(f.ctx, f.Registry, admin, accounts[0]), "")
		if v, err := assets.Group(f.ctx, f.Registry, admin, groups[0]); err != nil || v.Counts[prokura.KindAdAccount] != 0 || v.Counts[prokura.KindPage] != 1 {
			t.Errorf("after a deletion %+v, %v", v, err)
		}
		want(t, "end a group", assets.DeleteGroup(f.ctx, f.Registry, admin, groups[0]), "")
		accounts = accounts[1:]
		reach(people[0])
		reach(people[1], pages[1])
		want(t, "end it again", assets.DeleteGroup(f.ctx, f.Registry, admin, groups[0]), prokura.NotFound)
		if l, err := assets.Groups(f.ctx, f.Registry, admin, owner, 0, assets.ListQuery{Limit: 10, Total: true}); err != nil || len(l.Items) != 1 || l.Total != 1 || l.Items[0].ID != groups[1] {
			t.Errorf("left %+v, %v", l, err)
		}
	})
}

// T22: a token of a login that chose assets changes no group that reaches
// others.
func TestGroupsOfLimitedTokens(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, owner, admin := f.apps[0], f.clients[0], f.session(f.people[0])
		pages := f.pages[owner]
		user := f.caller(f.exchange(app, f.consent(f.personal[app], f.people[0], 0, []prokura.ID{pages[0], pages[1], f.accounts[owner][0]})))
		g, err := assets.CreateGroup(f.ctx, f.Registry, user, owner, "Chosen")
		if err != nil {
			t.Fatal(err)
		}
		member := f.join(owner, f.newPerson(), prokura.RoleEmployee)
		some := assets.KindTasks{prokura.KindPage: {"ANALYZE"}}
		want(t, "not chosen", assets.AddGroupAsset(f.ctx, f.Registry, user, g, pages[2], ""), prokura.NotFound)
		for _, p := range pages[:2] {
			want(t, "chosen", assets.AddGroupAsset(f.ctx, f.Registry, user, g, p, ""), "")
		}
		want(t, "assign", assets.AssignGroup(f.ctx, f.Registry, user, g, member, some), "")
		want(t, "by a session", assets.AddGroupAsset(f.ctx, f.Registry, admin, g, pages[2], ""), "")
		for what, err := range map[string]error{"assign": assets.AssignGroup(f.ctx, f.Registry, user, g, member, some), "unassign": assets.UnassignGroup(f.ctx, f.Registry, user, g, member), "delete": assets.DeleteGroup(f.ctx, f.Registry, user, g)} {
			want(t, what, err, prokura.RoleMissing)
		}
		list, err := assets.GroupAssets(f.ctx, f.Registry, user, g, registry.AssetQuery{Kind: prokura.KindPage, Limit: 10}, true)
		if err != nil || len(list.Assets) != 2 || list.Total != 2 {
			t.Errorf("the token lists %+v, %v", list, err)
		}
		if list, err = assets.GroupAssets(f.ctx, f.Registry, admin, g, registry.AssetQuery{Limit: 2}, false); err != nil || len(list.Assets) != 2 || !list.More {
			t.Errorf("the page lists %+v, %v", list, err)
		}
	})
}

// Property: whatever happens in whatever order, what groups give is the join of
// their assets and people, within what is shared, and nothing else.
func TestGroupsEqualTheJoin(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		rnd := rand.New(rand.NewPCG(seed, 1))
		pick := func(list []prokura.ID) prokura.ID { return list[rnd.IntN(len(list))] }
		owners := f.clients[:2]
		admins := map[prokura.ID]registry.Caller{owners[0]: f.session(f.people[0]), owners[1]: f.session(f.people[1])}
		workers, groups := map[prokura.ID][]prokura.ID{}, map[prokura.ID][]prokura.ID{}
		var ids []prokura.ID
		for _, b := range owners {
			for range 2 {
				workers[b] = append(workers[b], f.join(b, f.newPerson(), prokura.RoleEmployee), f.server(b, prokura.SystemUserEmployee))
				g, err := assets.CreateGroup(f.ctx, f.Registry, admins[b], b, "Group")
				if err != nil {
					t.Fatal(err)
				}
				groups[b] = append(groups[b], g)
			}
			ids = append(ids, f.assetsOf(b)...)
		}
		sets := map[prokura.AssetKind][][]prokura.Task{
			prokura.KindPage:      {{"ANALYZE"}, {"ANALYZE", "ADVERTISE"}, {"MANAGE"}, {}},
			prokura.KindAdAccount: {{"ANALYZE"}, {"ADVERTISE", "ANALYZE"}, {"MANAGE", "ADVERTISE", "ANALYZE"}, {}},
		}
		any := func(k prokura.AssetKind, empty bool) []prokura.Task {
			list := sets[k]
			if !empty {
				list = list[:len(list)-1]
			}
			return list[rnd.IntN(len(list))]
		}
		steps := 250
		if testing.Short() {
			steps = 60
		}
		changed := 0
		for step := range steps {
			b := owners[rnd.IntN(2)]
			other, c, asset, group := owners[0], admins[b], pick(ids), pick(groups[b])
			if other == b {
				other = owners[1]
			}
			var err error
			switch kinds := []prokura.AssetKind{prokura.KindPage, prokura.KindAdAccount}; rnd.IntN(9) {
			case 0, 1:
				err = assets.AddGroupAsset(f.ctx, f.Registry, c, group, asset, "")
			case 2:
				err = assets.RemoveGroupAsset(f.ctx, f.Registry, c, group, asset, "")
			case 3, 4:
				k := kinds[rnd.IntN(2)]
				err = assets.AssignGroup(f.ctx, f.Registry, c, group, pick(workers[b]), assets.KindTasks{k: any(k, true)})
			case 5:
				err = assets.UnassignGroup(f.ctx, f.Registry, c, group, pick(workers[b]))
			case 6, 7:
				a, _ := f.mapAsset(asset)
				err = assets.Share(f.ctx, f.Registry, c, asset, other, any(a.Kind, false))
			case 8:
				switch rnd.IntN(4) {
				case 0:
					_, err = assets.AskFor(f.ctx, f.Registry, c, assets.Request{Business: b, Asset: asset, Own: true})
					if q, qerr := registry.View(f.ctx, f.Registry, func(tx *store.View) ([]prokura.Request, error) {
						return tx.RequestsTo(other, f.Now(), 0, 1)
					}); qerr == nil && len(q) > 0 {
						err = businesses.ConfirmRequest(f.ctx, f.Registry, admins[other], q[0].ID)
					}
				case 1:
					if err = assets.DeleteGroup(f.ctx, f.Registry, c, group); err == nil {
						var g prokura.ID
						if g, err = assets.CreateGroup(f.ctx, f.Registry, c, b, "Again"); err == nil {
							groups[b][slices.Index(groups[b], group)] = g
						}
					}
				default:
					err = assets.Unshare(f.ctx, f.Registry, c, asset, other)
				}
			}
			switch reason := prokura.AsError(err); {
			case err == nil:
				changed++
			case reason.Reason == prokura.Internal, reason.Reason == prokura.Unavailable:
				t.Fatalf("step %d: %v", step, err)
			}
			if got, want := f.given(ids, slices.Concat(workers[owners[0]], workers[owners[1]])), f.joined(); !maps.Equal(got, want) {
				t.Fatalf("step %d:\n%v\nwant\n%v", step, got, want)
			}
		}
		if changed < steps/4 {
			t.Errorf("only %d of %d steps changed anything", changed, steps)
		}
	})
}

// given is what people and system users have on assets, and joined what the
// groups should give, worked out anew from their rows by loops.
func (f *fixture) given(ids, users []prokura.ID) map[string]string {
	f.t.Helper()
	out := map[string]string{}
	if err := f.Store().View(f.ctx, func(tx *store.View) error {
		for _, user := range users {
			subject := user
			if m, err := tx.Member(user); err == nil {
				subject = m.Person
			}
			for _, id := range ids {
				a, err := tx.AssetFacts(id, subject)
				if err != nil {
					return err
				}
				if len(a.Assigned) > 0 {
					out[fmt.Sprint(id, " ", subject)] = fmt.Sprint(tasksInOrder(a.Assigned))
				}
			}
		}
		return nil
	}); err != nil {
		f.t.Fatal(err)
	}
	return out
}

func tasksInOrder(list []prokura.Task) []prokura.Task {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

func (f *fixture) joined() map[string]string {
	f.t.Helper()
	given := map[string][]prokura.Task{}
	if err := f.Store().View(f.ctx, func(tx *store.View) error {
		for _, business := range f.clients {
			groups, err := tx.AssetGroups(business, 0, 0, false, 100)
			if err != nil {
				return err
			}
			for _, g := range groups {
				ids, err := tx.GroupAssetIDs(g.ID)
				if err != nil {
					return err
				}
				workers, err := tx.GroupWorkers(g.ID, business, 0, false, 100)
				if err != nil {
					return err
				}
				for _, id := range ids {
					a, err := tx.AssetFacts(id, 0)
					if err != nil {
						return err
					}
					for _, w := range workers {
						tasks := tasksInOrder(w.Tasks[a.Asset.Kind])
						if a.Asset.Business != business {
							shared := []prokura.Task{}
							for _, s := range a.Shares {
								if s.Business == business {
									shared = s.Tasks
								}
							}
							tasks = slices.DeleteFunc(tasks, func(t prokura.Task) bool { return !slices.Contains(shared, t) })
						}
						if len(tasks) > 0 {
							given[fmt.Sprint(id, " ", w.Subject)] = append(given[fmt.Sprint(id, " ", w.Subject)], tasks...)
						}
					}
				}
			}
		}
		return nil
	}); err != nil {
		f.t.Fatal(err)
	}
	out := map[string]string{}
	for key, tasks := range given {
		out[key] = fmt.Sprint(tasksInOrder(tasks))
	}
	return out
}
