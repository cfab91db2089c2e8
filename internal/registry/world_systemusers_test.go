package registry_test

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/world"
	"github.com/prokura/prokura/internal/store"
)

// staffedWorld is testWorld with a standard app, an admin system user of the
// agency that has it installed, and a server of the shop that borrows it.
func staffedWorld() world.World {
	w := testWorld()
	w.Apps[0].Level, w.Apps[0].SharedWith = prokura.LevelStandard, []string{"shop"}
	w.Apps[0].Roles = append(w.Apps[0].Roles, world.Role{Person: "till", Role: prokura.AppDeveloper})
	w.Businesses[0].SystemUsers = []world.SystemUser{{Key: "till", Name: "Till", Installs: []string{"tool"}}}
	w.Businesses[1].SystemUsers = []world.SystemUser{{Key: "ops", ID: 100000000000009, Name: "Ops", Role: prokura.SystemUserAdmin, Installs: []string{"tool"}}}
	w.Assets[0].People = append(w.Assets[0].People, world.Tasks{Key: "till", Tasks: []prokura.Task{"ANALYZE"}})
	return w
}

// A planted system user is what the acts would have made.
func TestPlantSystemUsers(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		r := openWorld(t, database)
		ids, err := world.Plant(t.Context(), r, staffedWorld())
		if err != nil {
			t.Fatal(err)
		}
		err = r.Store().View(t.Context(), func(tx *store.View) error {
			for key, role := range map[string]prokura.SystemUserRole{"ops": prokura.SystemUserAdmin, "till": prokura.SystemUserEmployee} {
				u, err := tx.SystemUser(ids[key])
				if err != nil {
					return err
				}
				if u.Role != role || u.Generation != 1 || u.CreatedBy == 0 || u.App != 0 {
					t.Errorf("%s is %+v", key, u)
				}
				i, err := tx.Installation(u.ID, ids["tool"])
				if err != nil || i.Removed != 0 || i.InstalledBy == 0 {
					t.Errorf("%s has %+v, %v", key, i, err)
				}
			}
			a, err := tx.AssetFacts(ids["ads"], ids["till"])
			if err != nil {
				return err
			}
			if !slices.Equal(a.Assigned, []prokura.Task{"ANALYZE"}) {
				t.Errorf("till works with %v", a.Assigned)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// What no act would do, a world does not plant (R-SU-02, R-SU-03, R-SU-06).
func TestPlantRefusesSystemUsers(t *testing.T) {
	for _, c := range []struct {
		rule   string
		change func(*world.World)
		at     string
	}{
		{"R-SU-03 level", func(w *world.World) { w.Apps[0].Level = prokura.LevelBasic }, "businesses.shop.system_users.till.installs.0"},
		{"R-SU-06 a", func(w *world.World) { w.Apps[0].Roles[2].Role = prokura.AppTester }, "businesses.shop.system_users.till.installs.0"},
		{"R-SU-06 b", func(w *world.World) { w.Apps[0].SharedWith = nil }, "businesses.shop.system_users.till.installs.0"},
		{"R-SU-02 regular", func(w *world.World) {
			w.Businesses[0].SystemUsers = append(w.Businesses[0].SystemUsers, world.SystemUser{Key: "second", Name: "Second"})
		}, "businesses.shop.system_users"},
		{"R-SU-02 admins", func(w *world.World) {
			w.Businesses[1].SystemUsers = append(w.Businesses[1].SystemUsers, world.SystemUser{Key: "second", Name: "Second", Role: prokura.SystemUserAdmin})
		}, "businesses.agency.system_users"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			r := openWorld(t, filepath.Join(t.TempDir(), "world.db"))
			w := staffedWorld()
			c.change(&w)
			_, err := world.Plant(t.Context(), r, w)
			var wrong *world.Error
			if !errors.As(err, &wrong) || wrong.At != c.at {
				t.Errorf("got %v, want something at %s", err, c.at)
			}
		})
	}
}

func TestWorldCheckSystemUsers(t *testing.T) {
	cat := prokura.DefaultCatalog()
	if bad := staffedWorld().Check(cat); len(bad) > 0 {
		t.Fatalf("a good world: %v", bad)
	}
	const till = "businesses.shop.system_users.till"
	for _, c := range []struct {
		at     string
		change func(*world.World)
	}{
		{till + ".name", func(w *world.World) { w.Businesses[0].SystemUsers[0].Name = strings.Repeat("x", 101) }},
		{till + ".role", func(w *world.World) { w.Businesses[0].SystemUsers[0].Role = prokura.SystemUserIntegration }},
		{till + ".installs.0", func(w *world.World) { w.Businesses[0].SystemUsers[0].Installs[0] = "shop" }},
		{till + ".installs.1", func(w *world.World) { w.Businesses[0].SystemUsers[0].Installs = []string{"tool", "tool"} }},
		{"businesses.agency.system_users.till", func(w *world.World) { w.Businesses[1].SystemUsers[0].Key = "till" }},
		{"businesses.agency.system_users.ops.id", func(w *world.World) { w.Businesses[1].SystemUsers[0].ID = w.People[0].ID }},
		{"apps.tool.roles.till", func(w *world.World) { w.Apps[0].Roles[2].Role = prokura.AppAdmin }},
		{"apps.tool.shared_with.0", func(w *world.World) { w.Apps[0].SharedWith[0] = "agency" }},
		{"apps.tool.shared_with.1", func(w *world.World) { w.Apps[0].SharedWith = []string{"shop", "shop"} }},
		{"assets.front.people.ops", func(w *world.World) {
			w.Assets[1].People = []world.Tasks{{Key: "ops", Tasks: []prokura.Task{"ANALYZE"}}}
		}},
	} {
		w := staffedWorld()
		c.change(&w)
		if bad := w.Check(cat); !slices.ContainsFunc(bad, func(e *world.Error) bool { return e.At == c.at }) {
			t.Errorf("want something wrong at %s, got %v", c.at, bad)
		}
	}
}
