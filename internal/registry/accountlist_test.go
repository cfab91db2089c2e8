package registry_test

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/store"
)

// listing is a world in which people[0], a developer of apps[0], has connected their
// business with many ad accounts to it.
type listing struct {
	*fixture
	app      prokura.ID
	accounts []prokura.ID
	token    prokura.Secret
}

func newListing(t *testing.T, database string, level prokura.Level, accounts int) *listing {
	f := newFixture(t, database, "")
	l := &listing{fixture: f, app: f.apps[0]}
	business := f.clients[0]
	f.must(f.change(func(tx *store.Tx) error {
		l.accounts = nil
		for i := range accounts {
			id, err := tx.NewID(prokura.NodeAsset, 0)
			if err == nil {
				err = tx.AddAsset(prokura.Asset{ID: id, Kind: prokura.KindAdAccount, Business: business, Name: fmt.Sprintf("Listed %d", i), Created: f.Now()})
			}
			if err != nil {
				return err
			}
			l.accounts = append(l.accounts, id)
		}
		return tx.SetAppRole(prokura.Role{App: l.app, Subject: f.people[0], Role: prokura.AppDeveloper, Created: f.Now()})
	}, registry.EntityOf(registry.OfPerson, f.people[0])))
	l.token = f.exchange(l.app, f.consent(f.systems[l.app], f.people[0], business, append([]prokura.ID{f.pages[business][0]}, l.accounts...)))
	l.level(level)
	return l
}

func (l *listing) level(level prokura.Level) {
	l.t.Helper()
	l.must(staff{fixture: l.fixture}.level(l.app, level))
}

// call is a call on an ad account as the wire makes it.
func (l *listing) call(r *registry.Registry, account prokura.ID) error {
	c, err := r.Authenticate(l.ctx, registry.Credentials{Token: l.token, Trace: "trace"})
	if err != nil {
		return err
	}
	seen, err := assets.Read(l.ctx, r, c, account)
	if err != nil {
		return err
	}
	return apps.MayCallOn(l.ctx, r, c, account, seen.Tasks, seen.Closed)
}

// list is the list as a developer of the app sees it.
func (l *listing) list() *apps.AccountList {
	l.t.Helper()
	list, err := apps.Accounts(l.ctx, l.Registry, l.session(l.people[0]), l.app, 0, false, 100)
	if err != nil {
		l.t.Fatal(err)
	}
	return list
}

// R-LEVEL-03: of 64 first calls at once on 64 ad accounts exactly as many pass as the
// level allows, and the others are told that the list is full, at both servers of a
// database.
func TestAccountListRace(t *testing.T) {
	for level, most := range map[prokura.Level]int{prokura.LevelDevelopment: 5, prokura.LevelBasic: 25, prokura.LevelStandard: 64} {
		t.Run(string(level), func(t *testing.T) {
			onBoth(t, func(t *testing.T, database string) {
				l := newListing(t, database, level, 64)
				servers := []*registry.Registry{l.Registry, l.open(0)}
				var passed atomic.Int64
				outcome := make([]error, len(l.accounts))
				together(len(l.accounts), func(i int) {
					err := l.call(servers[i%2], l.accounts[i])
					for errors.Is(err, prokura.Unavailable) { // as a client repeats it
						err = l.call(servers[i%2], l.accounts[i])
					}
					if outcome[i] = err; err == nil {
						passed.Add(1)
					} else if reasonOf(err) != prokura.AccountListFull {
						t.Errorf("call %d: %v", i, err)
					}
				})
				if list := l.list(); list.Have != most || len(list.Accounts) != most || passed.Load() != int64(most) {
					t.Errorf("%d on the list, %d listed, %d passed; want %d", list.Have, len(list.Accounts), passed.Load(), most)
				}
				for i, account := range l.accounts { // who is in stays in, who is out stays out
					if err := l.call(l.Registry, account); reasonOf(err) != reasonOf(outcome[i]) {
						t.Errorf("call %d again: %v, was %v", i, err, outcome[i])
					}
				}
			})
		})
	}
}

// R-LEVEL-03: a warm call on a listed ad account asks the database nothing, and takes
// note of its use; who removes it from the list ends that with the next call, and no
// call puts it back; somebody does.
func TestAccountLeavesList(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		l := newListing(t, database, prokura.LevelDevelopment, 6)
		person := l.session(l.people[0])
		one, other := l.accounts[0], l.accounts[1]
		for _, account := range []prokura.ID{one, other, one} {
			l.must(l.call(l.Registry, account))
		}
		before := l.Store().Statements()
		for range 10 {
			l.must(l.call(l.Registry, one))
		}
		if n := l.Store().Statements() - before; n != 0 {
			t.Errorf("ten warm calls asked the database %d times", n)
		}
		l.travel(2 * time.Hour)
		l.must(l.call(l.Registry, other))
		for _, a := range l.list().Accounts {
			if used := a.Used >= l.Now().Add(-time.Minute); used != (a.Account == other) || a.Origin() != "call" || a.Added == 0 || a.Used == 0 {
				t.Errorf("listed %+v, now %d", a, l.Now())
			}
		}

		l.must(apps.RemoveAccounts(l.ctx, l.Registry, person, l.app, []prokura.ID{one}))
		for range 2 {
			if err := l.call(l.Registry, one); reasonOf(err) != prokura.AccountNotListed {
				t.Errorf("a call on an account that was removed: %v", err)
			}
		}
		l.must(l.call(l.Registry, other))
		if err := apps.RemoveAccounts(l.ctx, l.Registry, person, l.app, []prokura.ID{other, one}); reasonOf(err) != prokura.InvalidParameter {
			t.Errorf("removed what is not on the list: %v", err)
		}
		l.must(l.call(l.Registry, other)) // it was all or nothing
		l.must(apps.AddAccounts(l.ctx, l.Registry, person, l.app, []prokura.ID{one}))
		l.must(l.call(l.Registry, one))
		if a := l.list().Accounts; len(a) != 2 || a[slicesIndex(a, one)].ByName == "" || a[slicesIndex(a, one)].Origin() != "person" {
			t.Errorf("added by a person: %+v", a)
		}
	})
}

func slicesIndex(list []apps.Account, id prokura.ID) int {
	for i, a := range list {
		if a.Account == id {
			return i
		}
	}
	return 0
}

// R-LEVEL-03: what cannot go onto a list gets one clear error, and nothing else goes
// there either.
func TestAccountListBadInput(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		l := newListing(t, database, prokura.LevelDevelopment, 7)
		person, foreign := l.session(l.people[0]), l.fixture.accounts[l.clients[2]][0]
		gone := l.accounts[6]
		l.must(l.change(func(tx *store.Tx) error { return tx.DeleteAsset(gone) }, registry.EntityOf(registry.OfAsset, gone)))
		page := l.pages[l.clients[0]][0]
		for _, c := range []struct {
			name     string
			accounts []prokura.ID
			reason   prokura.Reason
			says     string
		}{
			{"a page", []prokura.ID{l.accounts[0], page}, prokura.InvalidParameter, "not an ad account"},
			{"of a business that has nothing to do with the app", []prokura.ID{l.accounts[0], foreign}, prokura.InvalidParameter, "is no ad account that you or the app can reach"},
			{"deleted", []prokura.ID{l.accounts[0], gone}, prokura.InvalidParameter, "is no ad account that you or the app can reach"},
			{"that never was", []prokura.ID{l.accounts[0], 123}, prokura.InvalidParameter, "is no ad account that you or the app can reach"},
			{"one more than the cap", l.accounts[:6], prokura.AccountListFull, "no room for 6 more ad accounts"},
		} {
			err := apps.AddAccounts(l.ctx, l.Registry, person, l.app, c.accounts)
			if reasonOf(err) != c.reason || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: %v", c.name, err)
			}
			if have := l.list().Have; have != 0 {
				t.Fatalf("%s: %d on the list", c.name, have)
			}
		}
		stranger := l.session(l.people[1])
		if err := apps.AddAccounts(l.ctx, l.Registry, stranger, l.app, l.fixture.accounts[l.clients[1]][:1]); reasonOf(err) != prokura.NotFound {
			t.Errorf("by who has no role on the app: %v", err)
		}
		l.must(apps.AddAccounts(l.ctx, l.Registry, person, l.app, l.accounts[:5]))
		l.must(apps.AddAccounts(l.ctx, l.Registry, person, l.app, l.accounts[:5])) // nothing new
		// An account that is deleted leaves the list, and its place is free.
		l.must(l.change(func(tx *store.Tx) error { return tx.DeleteAsset(l.accounts[4]) }, registry.EntityOf(registry.OfAsset, l.accounts[4])))
		l.must(l.call(l.Registry, l.accounts[5]))
		for text, says := range map[string]string{"act_123": "without act_", "ACT_1": "without act_", "12x": "is a number", "-5": "is a number", "": "is a number", "99999999999999999": "is a number"} {
			if _, err := apps.ParseAccounts([]string{"123", text}); err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%q: %v", text, err)
			}
		}
		if list, err := apps.ParseAccounts([]string{" 123 ", "124", "123"}); err != nil || len(list) != 2 {
			t.Errorf("%v %v", list, err)
		}
	})
}

// A lower level keeps what is on the list and blocks what is new (R-LEVEL-03).
func TestAccountListLowered(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		l := newListing(t, database, prokura.LevelStandard, 8)
		for _, account := range l.accounts[:7] {
			l.must(l.call(l.Registry, account))
		}
		l.level(prokura.LevelDevelopment)
		for _, account := range l.accounts[:7] {
			l.must(l.call(l.Registry, account))
		}
		for removed := 0; removed < 3; removed++ { // 7, 6, 5 on the list: no room
			if err := l.call(l.Registry, l.accounts[7]); reasonOf(err) != prokura.AccountListFull {
				t.Errorf("with %d on the list: %v", 7-removed, err)
			}
			l.must(apps.RemoveAccounts(l.ctx, l.Registry, l.session(l.people[0]), l.app, l.accounts[removed:removed+1]))
		}
		l.must(l.call(l.Registry, l.accounts[7]))
	})
}
