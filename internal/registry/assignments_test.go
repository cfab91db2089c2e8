package registry_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/store"
)

// tasksOf are the tasks that a person has on an asset in a session; false when
// they do not reach it.
func (f *fixture) tasksOf(subject, asset prokura.ID) ([]prokura.Task, bool) {
	f.t.Helper()
	a, err := registry.View(f.ctx, f.Registry, func(tx *store.View) (*prokura.AssetFacts, error) { return tx.AssetFacts(asset, subject) })
	if err != nil {
		f.t.Fatal(err)
	}
	return f.session(subject).Reach(a)
}

func sameTaskSet(a, b []prokura.Task) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// Tasks are given and taken by full control of the business that has the asset,
// to its own people and system users, as far as the business has them itself.
func TestAssignAsset(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		owner, agency, foreign := f.clients[0], f.clients[1], f.clients[2]
		admin, agent := f.session(f.people[0]), f.session(f.people[1])
		var employees, members, agents, agentMembers []prokura.ID
		for range 2 {
			p := f.newPerson()
			employees, members = append(employees, p), append(members, f.join(owner, p, prokura.RoleEmployee))
			p = f.newPerson()
			agents, agentMembers = append(agents, p), append(agentMembers, f.join(agency, p, prokura.RoleEmployee))
		}
		servers := []prokura.ID{f.server(owner, prokura.SystemUserEmployee), f.server(owner, prokura.SystemUserEmployee)}
		page, other := f.pages[owner][0], f.pages[owner][1]

		for _, user := range append(slices.Clone(members), servers...) {
			want(t, "assign", assets.Assign(f.ctx, f.Registry, admin, page, user, []prokura.Task{"MANAGE", "ANALYZE"}), "")
			want(t, "assign less", assets.Assign(f.ctx, f.Registry, admin, page, user, []prokura.Task{"ANALYZE"}), "")
		}
		for _, p := range employees {
			if got, ok := f.tasksOf(p, page); !ok || !sameTaskSet(got, []prokura.Task{"ANALYZE"}) {
				t.Errorf("an assigned employee has %v, %v", got, ok)
			}
			if f.reaches(p, other) {
				t.Error("an employee reaches what was not assigned")
			}
		}
		list, err := assets.Assigned(f.ctx, f.Registry, admin, page, owner, assets.ListQuery{Limit: 3, Total: true})
		if err != nil || len(list.Items) != 3 || !list.More || list.Total != 4 {
			t.Fatalf("listed %+v, %v", list, err)
		}
		rest, err := assets.Assigned(f.ctx, f.Registry, f.session(employees[0]), page, owner, assets.ListQuery{Limit: 3, From: list.Items[2].Subject})
		if err != nil || len(rest.Items) != 1 || rest.More {
			t.Fatalf("the next page: %+v, %v", rest, err)
		}
		back, err := assets.Assigned(f.ctx, f.Registry, admin, page, owner, assets.ListQuery{Limit: 2, From: rest.Items[0].Subject, Backward: true})
		if err != nil || len(back.Items) != 2 || !back.More || back.Items[1].Subject != list.Items[2].Subject {
			t.Fatalf("the page before: %+v, %v", back, err)
		}
		_, err = assets.Assigned(f.ctx, f.Registry, agent, page, owner, assets.ListQuery{Limit: 3})
		want(t, "listed by a stranger", err, prokura.NotFound)

		// Refusals.
		two := []prokura.Task{"ANALYZE"}
		want(t, "by an employee", assets.Assign(f.ctx, f.Registry, f.session(employees[0]), page, members[1], two), prokura.RoleMissing)
		want(t, "by a stranger", assets.Assign(f.ctx, f.Registry, agent, page, members[0], two), prokura.NotFound)
		want(t, "to a stranger", assets.Assign(f.ctx, f.Registry, admin, page, agentMembers[0], two), prokura.AssignmentInvalid)
		want(t, "to nobody", assets.Assign(f.ctx, f.Registry, admin, page, 123456789012345, two), prokura.AssignmentInvalid)
		want(t, "to a foreign system user", assets.Assign(f.ctx, f.Registry, admin, page, f.server(foreign, prokura.SystemUserEmployee), two), prokura.AssignmentInvalid)
		want(t, "to a person by the global id", assets.Assign(f.ctx, f.Registry, admin, page, employees[0], two), prokura.AssignmentInvalid)
		want(t, "no tasks", assets.Assign(f.ctx, f.Registry, admin, page, members[0], nil), prokura.TasksInvalid)
		want(t, "no such task", assets.Assign(f.ctx, f.Registry, admin, page, members[0], []prokura.Task{"FLY"}), prokura.TasksInvalid)
		want(t, "no valid set", assets.Assign(f.ctx, f.Registry, admin, f.accounts[owner][0], members[0], []prokura.Task{"MANAGE"}), prokura.TasksInvalid)
		want(t, "nothing to take", assets.Unassign(f.ctx, f.Registry, admin, other, members[0]), prokura.AssignmentInvalid)
		want(t, "on an asset that is not there", assets.Assign(f.ctx, f.Registry, admin, 123456789012345, members[0], two), prokura.NotFound)

		// An agency works within what is shared with it, and only there.
		want(t, "share", assets.Share(f.ctx, f.Registry, admin, page, agency, []prokura.Task{"ADVERTISE", "ANALYZE"}), "")
		want(t, "beyond the share", assets.Assign(f.ctx, f.Registry, agent, page, agentMembers[0], []prokura.Task{"MANAGE"}), prokura.AssignmentInvalid)
		want(t, "the owner's people", assets.Assign(f.ctx, f.Registry, agent, page, members[0], two), prokura.AssignmentInvalid)
		want(t, "the agency's people by the owner", assets.Assign(f.ctx, f.Registry, admin, page, agentMembers[0], two), prokura.AssignmentInvalid)
		for i, m := range agentMembers {
			want(t, "within", assets.Assign(f.ctx, f.Registry, agent, page, m, []prokura.Task{"ADVERTISE", "ANALYZE"}), "")
			if got, ok := f.tasksOf(agents[i], page); !ok || len(got) != 2 {
				t.Errorf("the agency's employee has %v, %v", got, ok)
			}
		}
		// Each side sees its own.
		if list, err = assets.Assigned(f.ctx, f.Registry, agent, page, agency, assets.ListQuery{Limit: 10}); err != nil || len(list.Items) != 2 || !sameTaskSet(list.Items[0].Permitted, []prokura.Task{"ADVERTISE", "ANALYZE"}) {
			t.Errorf("the agency lists %+v, %v", list, err)
		}
		if list, err = assets.Assigned(f.ctx, f.Registry, admin, page, owner, assets.ListQuery{Limit: 10}); err != nil || len(list.Items) != 4 {
			t.Errorf("the owner lists %+v, %v", list, err)
		}
		// Narrowing the share narrows what was given under it, and widening it
		// again gives nothing back by itself.
		want(t, "share less", assets.Share(f.ctx, f.Registry, admin, page, agency, two), "")
		want(t, "share more", assets.Share(f.ctx, f.Registry, admin, page, agency, []prokura.Task{"MANAGE", "ADVERTISE", "ANALYZE"}), "")
		for _, p := range agents {
			if got, ok := f.tasksOf(p, page); !ok || !sameTaskSet(got, two) {
				t.Errorf("after narrowing the agency's employee has %v, %v", got, ok)
			}
		}
		want(t, "unassign", assets.Unassign(f.ctx, f.Registry, admin, page, members[0]), "")
		if f.reaches(employees[0], page) || !f.reaches(employees[1], page) {
			t.Error("taking one's tasks away took the wrong ones")
		}
	})
}

// newPerson is somebody without a business.
func (f *fixture) newPerson() (id prokura.ID) {
	f.t.Helper()
	if err := f.change(func(tx *store.Tx) (err error) {
		if id, err = tx.NewID(prokura.NodePerson, 0); err != nil {
			return err
		}
		return tx.AddPerson(prokura.Person{ID: id, Name: "Person " + id.String(), Email: id.String() + "@example.org", Generation: 1, Created: f.Now()}, testHash)
	}); err != nil {
		f.t.Fatal(err)
	}
	return id
}

// Who is in the owner's business and in the agency's has tasks from both, and
// neither business takes away, widens or ends what the other gave.
func TestAssignedTwice(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		owner, agency, page := f.clients[0], f.clients[1], f.pages[f.clients[0]][0]
		admin, agent, both := f.session(f.people[0]), f.session(f.people[1]), f.newPerson()
		here, there := f.join(owner, both, prokura.RoleEmployee), f.join(agency, both, prokura.RoleEmployee)
		give := func(c registry.Caller, member prokura.ID, tasks ...prokura.Task) {
			t.Helper()
			want(t, "assign", assets.Assign(f.ctx, f.Registry, c, page, member, tasks), "")
		}
		is := func(when string, tasks ...prokura.Task) {
			t.Helper()
			if got, ok := f.tasksOf(both, page); ok != (len(tasks) > 0) || !sameTaskSet(got, tasks) {
				t.Errorf("%s: %v, want %v", when, got, tasks)
			}
		}
		want(t, "share", assets.Share(f.ctx, f.Registry, admin, page, agency, []prokura.Task{"ADVERTISE", "MODERATE", "ANALYZE"}), "")
		give(admin, here, "MANAGE")
		give(agent, there, "ADVERTISE", "MODERATE")
		is("both gave", "MANAGE", "ADVERTISE", "MODERATE")
		want(t, "the agency takes back", assets.Unassign(f.ctx, f.Registry, agent, page, there), "")
		is("the agency took back", "MANAGE")
		give(agent, there, "ADVERTISE", "MODERATE")
		// The share shrinks: what the agency gave shrinks with it, also for who is in
		// the owner's business.
		want(t, "share less", assets.Share(f.ctx, f.Registry, admin, page, agency, []prokura.Task{"MODERATE"}), "")
		is("less is shared", "MANAGE", "MODERATE")
		want(t, "the owner takes back", assets.Unassign(f.ctx, f.Registry, admin, page, here), "")
		is("the owner took back", "MODERATE")
		give(admin, here, "ANALYZE")
		want(t, "unshare", assets.Unshare(f.ctx, f.Registry, admin, page, agency), "")
		is("the share ended", "ANALYZE")
	})
}

// R-SU-07, R-TOKEN-12: system users have what is assigned to them, admin system
// users assign; a token that was made for chosen assets manages these alone.
func TestAssignByToken(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, owner := f.apps[0], f.clients[0]
		member := f.join(owner, f.newPerson(), prokura.RoleEmployee)
		page, chosen := f.pages[owner][0], f.pages[owner][1]
		user := f.caller(f.exchange(app, f.consent(f.personal[app], f.people[0], 0, []prokura.ID{chosen, f.accounts[owner][0]})))
		root := f.caller(f.exchange(app, f.consent(f.systems[app], f.people[0], owner, f.assetsOf(owner))))
		two := []prokura.Task{"ANALYZE"}
		want(t, "not chosen", assets.Assign(f.ctx, f.Registry, user, page, member, two), prokura.NotFound)
		want(t, "chosen", assets.Assign(f.ctx, f.Registry, user, chosen, member, two), "")
		want(t, "not chosen: share", assets.Share(f.ctx, f.Registry, user, page, f.clients[1], two), prokura.NotFound)
		want(t, "not chosen: rename", assets.Rename(f.ctx, f.Registry, user, page, "Mine"), prokura.NotFound)
		want(t, "chosen: rename", assets.Rename(f.ctx, f.Registry, user, chosen, "Ours"), "")
		want(t, "integration", assets.Assign(f.ctx, f.Registry, root, chosen, member, two), prokura.WrongTokenKind)

		// A system user goes by the id that the calling app knows.
		su := f.server(owner, prokura.SystemUserEmployee)
		var scoped, elsewhere prokura.ID
		for a, id := range map[prokura.ID]*prokura.ID{app: &scoped, f.apps[1]: &elsewhere} {
			var err error
			if *id, err = f.AliasOf(f.ctx, a, su); err != nil {
				t.Fatal(err)
			}
		}
		want(t, "the app's id", assets.Assign(f.ctx, f.Registry, user, chosen, scoped, two), "")
		want(t, "another app's id", assets.Assign(f.ctx, f.Registry, user, chosen, elsewhere, two), prokura.AssignmentInvalid)
		want(t, "the global id", assets.Assign(f.ctx, f.Registry, user, chosen, su, two), prokura.AssignmentInvalid)
		list, err := assets.Assigned(f.ctx, f.Registry, user, chosen, owner, assets.ListQuery{Limit: 10, Total: true})
		if err != nil || len(list.Items) != 2 || list.Total != 2 {
			t.Fatalf("%+v, %v", list, err)
		}
		for _, w := range list.Items {
			if w.SystemUser() && w.ID != scoped || !w.SystemUser() && w.ID != member {
				t.Errorf("listed as %s: %+v", w.ID, w)
			}
		}
		// What the business lets its integration system user do is not by assignment.
		if _, err := f.Registry.AliasOf(f.ctx, app, root.SystemUser.ID); err != nil {
			t.Fatal(err)
		}
		integrated, err := f.Alias(f.ctx, root)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "to an integration system user", assets.Assign(f.ctx, f.Registry, user, chosen, integrated, two), prokura.AssignmentInvalid)
	})
}

// An assignment and the end of the share that it hangs on, at once: whoever wins,
// the agency's employee has nothing afterwards.
func TestAssignRacesUnshare(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		owner, agency := f.clients[0], f.clients[1]
		admin, agent := f.session(f.people[0]), f.session(f.people[1])
		var people, members []prokura.ID
		for range 4 {
			p := f.newPerson()
			people, members = append(people, p), append(members, f.join(agency, p, prokura.RoleEmployee))
		}
		group, err := assets.CreateGroup(f.ctx, f.Registry, agent, agency, "Client work")
		if err != nil {
			t.Fatal(err)
		}
		for round := range 6 {
			page := f.pages[owner][round%three]
			want(t, "share", assets.Share(f.ctx, f.Registry, admin, page, agency, []prokura.Task{"ANALYZE"}), "")
			want(t, "group", assets.AssignGroup(f.ctx, f.Registry, agent, group, members[0], assets.KindTasks{prokura.KindPage: {"ANALYZE"}}), "")
			together(6, func(i int) {
				var err error
				switch i {
				case 0:
					err = assets.Unshare(f.ctx, f.Registry, admin, page, agency)
				case 1:
					err = assets.AddGroupAsset(f.ctx, f.Registry, agent, group, page, "")
				default:
					err = assets.Assign(f.ctx, f.Registry, agent, page, members[i-2], []prokura.Task{"ANALYZE"})
				}
				if err != nil && !errors.Is(err, prokura.NotFound) {
					t.Errorf("round %d, %d: %v", round, i, err)
				}
			})
			for i, p := range people {
				if f.reaches(p, page) {
					t.Errorf("round %d: person %d still reaches the page", round, i)
				}
			}
			rows, err := registry.View(f.ctx, f.Registry, func(tx *store.View) ([]store.Worker, error) {
				return tx.Workers(page, agency, agency, 0, false, 10)
			})
			if err != nil || len(rows) != 0 {
				t.Errorf("round %d: left over %+v, %v", round, rows, err)
			}
		}
	})
}
