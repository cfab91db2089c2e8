package registry_test

import (
	"sync/atomic"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/systemusers"
	"github.com/prokura/prokura/internal/store"
)

// counts reads how many system users a business has, by role.
func (s staff) counts(business prokura.ID) map[prokura.SystemUserRole]int {
	s.t.Helper()
	n, err := registry.View(s.ctx, s.Registry, func(tx *store.View) (map[prokura.SystemUserRole]int, error) { return tx.CountSystemUsers(business) })
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func (s staff) level(app prokura.ID, level prokura.Level) error {
	return s.Act(s.ctx, registry.Operator("trace"), prokura.ActPlantWorld, nil, func(d *registry.Door) error {
		a, err := d.App(app)
		if err != nil {
			return err
		}
		a.Level = level
		d.Touch(registry.OfApp, app)
		return d.UpdateApp(a)
	})
}

// caps are what R-SU-02 says, written down once more.
var caps = map[prokura.Level]map[prokura.SystemUserRole]int{
	prokura.LevelDevelopment: {prokura.SystemUserEmployee: 1, prokura.SystemUserAdmin: 1},
	prokura.LevelBasic:       {prokura.SystemUserEmployee: 3, prokura.SystemUserAdmin: 1},
	prokura.LevelStandard:    {prokura.SystemUserEmployee: 10, prokura.SystemUserAdmin: 1},
}

var capReason = map[prokura.SystemUserRole]prokura.Reason{
	prokura.SystemUserEmployee: prokura.SystemUserLimit,
	prokura.SystemUserAdmin:    prokura.AdminSystemUserLimit,
}

// R-SU-02, I-09: of many who make system users at once exactly as many succeed
// as the level allows, and the others are told which cap it is; integration
// system users do not count.
func TestSystemUserCapRace(t *testing.T) {
	for level, most := range caps {
		t.Run(string(level), func(t *testing.T) {
			onBoth(t, func(t *testing.T, database string) {
				s := newStaff(t, database)
				business := s.clients[0]
				app := s.app("Making", business, level)
				for range 3 {
					s.integrationToken(s.app("Connected", s.provider, level), business)
				}
				token := s.fixture.caller(s.userToken(app, s.people[0]))
				page := s.session(s.people[0])
				var made [2]atomic.Int64
				roles := []prokura.SystemUserRole{prokura.SystemUserEmployee, prokura.SystemUserAdmin}
				together(28, func(i int) {
					caller, role := token, roles[i/2%2]
					if i%2 == 1 {
						caller = page // whose level is that of the business's best app
					}
					_, err := systemusers.Create(s.ctx, s.Registry, caller, business, "Server", role)
					if err == nil {
						made[i/2%2].Add(1)
					} else if got := reasonOf(err); got != capReason[role] {
						t.Errorf("one %s too many: %v", role, err)
					}
				})
				have := s.counts(business)
				for i, role := range roles {
					if want := most[role]; have[role] != want || made[i].Load() != int64(want) {
						t.Errorf("%s: %d rows, %d made, want %d", role, have[role], made[i].Load(), want)
					}
				}
			})
		})
	}
}

// R-SU-02: changes of role are under the caps too, and so are acts of all kinds
// while the level goes up and down.
func TestSystemUserCapsUnderChanges(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		s := newStaff(t, database)
		business := s.clients[0]
		app := s.app("Making", business, prokura.LevelBasic)
		page := s.session(s.people[0])
		var servers []prokura.ID
		for range 3 {
			servers = append(servers, s.systemUser(business, prokura.SystemUserEmployee, 0))
		}
		// Three who all would be the admin, while others fill what gets free.
		together(12, func(i int) {
			if i < 6 {
				err := systemusers.Update(s.ctx, s.Registry, page, business, servers[i%3], "", prokura.SystemUserAdmin)
				if got := reasonOf(err); got != "" && got != prokura.AdminSystemUserLimit {
					t.Errorf("to admin: %v", err)
				}
				return
			}
			_, err := systemusers.Create(s.ctx, s.Registry, page, business, "Server", prokura.SystemUserEmployee)
			if got := reasonOf(err); got != "" && got != prokura.SystemUserLimit {
				t.Errorf("create: %v", err)
			}
		})
		have := s.counts(business)
		if have[prokura.SystemUserAdmin] != 1 || have[prokura.SystemUserEmployee] > 3 || have[prokura.SystemUserEmployee] < 2 {
			t.Fatalf("%v", have)
		}
		// Nobody comes back beyond the cap, while the level is lowered and raised.
		together(12, func(i int) {
			if i < 4 {
				if err := s.level(app, []prokura.Level{prokura.LevelDevelopment, prokura.LevelBasic}[i%2]); err != nil && reasonOf(err) != prokura.Conflict {
					t.Errorf("level: %v", err)
				}
				return
			}
			_, err := systemusers.Create(s.ctx, s.Registry, page, business, "Server", prokura.SystemUserEmployee)
			if got := reasonOf(err); got != "" && got != prokura.SystemUserLimit {
				t.Errorf("create: %v", err)
			}
		})
		if have := s.counts(business); have[prokura.SystemUserEmployee] > 3 {
			t.Fatalf("%v", have)
		}
		// A lower level keeps what is there and lets nothing in.
		if err := s.level(app, prokura.LevelDevelopment); err != nil {
			t.Fatal(err)
		}
		before := s.counts(business)
		_, err := systemusers.Create(s.ctx, s.Registry, page, business, "Server", prokura.SystemUserEmployee)
		s.wantReason("at the lower level", err, prokura.SystemUserLimit)
		if after := s.counts(business); after[prokura.SystemUserEmployee] != before[prokura.SystemUserEmployee] {
			t.Errorf("%v became %v", before, after)
		}
	})
}

// R-SU-06, I-17: whoever is first, installing and taking away what it hangs on
// never leave an installation behind, nor a token that lives.
func TestInstallRace(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		s := newStaff(t, database)
		for round := range 8 {
			b := newBorrowed(s, s.provider)
			b.uninstall(b.server, b.app)
			caller, server := b.caller(), b.staff.alias(b.app, b.server)
			var token atomic.Value
			together(3, func(i int) {
				switch i {
				case 0:
					if got := reasonOf(systemusers.Install(b.ctx, b.Registry, caller, server, b.app)); got != "" && got != prokura.NotFound {
						t.Errorf("install: %s", got)
					}
				case 1:
					for range 3 {
						if out, err := b.mint(caller, server, b.app, "ads_read"); err == nil {
							token.Store(out)
						} else if got := reasonOf(err); got != prokura.NotInstalled && got != prokura.NotFound {
							t.Errorf("mint: %v", err)
						}
					}
				case 2:
					if round%2 == 0 {
						b.share(b.app, b.business, false)
					} else {
						b.appRole(b.app, b.server, prokura.AppNobody)
					}
				}
			})
			if b.installed(b.server, b.app) {
				t.Fatalf("round %d: installed without what it hangs on", round)
			}
			if secret, ok := token.Load().(prokura.Secret); ok {
				b.dead("a token of the race", secret, prokura.AppRemoved)
			}
		}
	})
}

// T35, I-10, R-TOKEN-02: the cap on working tokens is exact for many who refresh
// one token while others cut new ones; the token that they refresh works on.
func TestSystemUserTokenCapRace(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		w := newWorking(t, database, prokura.SystemUserEmployee)
		first, err := systemusers.Mint(w.ctx, w.Registry, w.console(), systemusers.TokenRequest{SystemUser: w.server, App: w.app, Scopes: scopesOf("ads_read"), In60Days: true})
		if err != nil {
			t.Fatal(err)
		}
		const room = 5
		like := w.fixture.caller(first.Secret).Token
		w.write(func(d *registry.Door) error {
			for range registry.MaxSystemUserTokens - 1 - room {
				if _, err := w.Cut(d, like, ""); err != nil {
					return err
				}
			}
			return nil
		})
		page := w.console()
		var made atomic.Int64
		together(16, func(i int) {
			var err error
			if i%2 == 0 {
				_, err = grants.ExtendToken(w.ctx, w.Registry, w.appCaller(w.app), first.Secret, true)
			} else {
				_, err = w.mint(page, w.server, w.app, "ads_read")
			}
			if err == nil {
				made.Add(1)
			} else if got := reasonOf(err); got != prokura.LimitReached {
				t.Errorf("beyond the cap: %v", err)
			}
		})
		if made.Load() != room || w.systemUserTokens(w.server) != registry.MaxSystemUserTokens {
			t.Errorf("%d tokens, there was room for %d; %d work", made.Load(), room, w.systemUserTokens(w.server))
		}
		w.dead("the first one", first.Secret, "")
	})
}
