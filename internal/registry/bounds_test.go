package registry_test

import (
	"database/sql"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/login"
	"github.com/prokura/prokura/internal/registry/operator"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/store"
)

// What grows by itself is swept: versions of configurations that nothing
// speaks of, the log of deliveries, runs of the dialog that nobody opened, and
// tokens that were revoked long ago. What a grant was given by stays.
func TestGrowthIsSwept(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, owner := f.apps[0], f.session(f.people[three])
		token := f.exchange(app, f.consent(f.systems[app], f.people[0], f.clients[0], f.assetsOf(f.clients[0])))
		conf := func() prokura.Configuration {
			t.Helper()
			c, err := registry.View(f.ctx, f.Registry, func(tx *store.View) (prokura.Configuration, error) { return tx.Configuration(f.systems[app]) })
			want(t, "read", err, "")
			return c
		}
		first := conf().Version
		for i := range 30 {
			c := conf()
			c.Name = fmt.Sprint("Name ", i)
			_, err := apps.SaveConfiguration(f.ctx, f.Registry, owner, c)
			want(t, "save", err, "")
		}
		if err := f.Store().Update(f.ctx, func(tx *store.Tx) error {
			for i := range 5100 {
				if err := tx.Beside().AddMessage(store.Message{ID: prokura.ID(1000 + i), Kind: registry.MessageWebhook, App: app, Subject: fmt.Sprint("page/", i), Object: "page", Payload: []byte("{}"), Created: f.Now()}); err != nil {
					return err
				}
			}
			return tx.DropMessages(app, "page", "", "unsubscribed", f.Now())
		}); err != nil {
			t.Fatal(err)
		}
		_, err := login.Start(f.ctx, f.Registry, app, prokura.LoginRequest{RedirectURI: "https://app.example/cb", ResponseTypes: []string{"code"}, Configuration: f.systems[app]}, false)
		want(t, "a login that nobody opens", err, "")
		child := f.child(token, f.clients[0], fixtureScopes[:1], f.pages[f.clients[0]][:1])
		want(t, "revoke", grants.RevokeToken(f.ctx, f.Registry, f.appCaller(app), child), "")

		driver := "sqlite"
		if store.IsPostgres(database) {
			driver = "pgx"
		}
		db, err := sql.Open(driver, database)
		want(t, "open", err, "")
		defer db.Close()
		count := func(table string) (n int) {
			t.Helper()
			want(t, "count", db.QueryRow(`SELECT count(*) FROM `+table).Scan(&n), "")
			return n
		}
		f.travel(3 * time.Hour)
		want(t, "trim", operator.Trim(f.ctx, f.Registry), "")
		if n := count("configuration_version WHERE configuration = " + f.systems[app].String()); n != 21 {
			t.Errorf("%d versions, want the newest 20 and the one of the grant", n)
		}
		if _, err := registry.View(f.ctx, f.Registry, func(tx *store.View) (prokura.Configuration, error) {
			return tx.ConfigurationAt(f.systems[app], first)
		}); err != nil {
			t.Errorf("the version of the grant: %v", err)
		}
		if n := count("outbox WHERE app = " + app.String()); n != 5000 {
			t.Errorf("%d deliveries", n)
		}
		if n := count("login WHERE browser = ''"); n != 0 {
			t.Errorf("%d logins that nobody opened", n)
		}
		revoked := "token WHERE revoked <> 0"
		if n := count(revoked); n != 1 {
			t.Errorf("%d revoked tokens after 3 hours", n)
		}
		f.travel(91 * 24 * time.Hour)
		if n := count(revoked); n != 0 {
			t.Errorf("%d revoked tokens after 91 days", n)
		}
		want(t, "the revoked token", failure(f.Authenticate(f.ctx, registry.Credentials{Token: child})), prokura.TokenUnknown)
		want(t, "the one it was cut from", failure(f.Authenticate(f.ctx, registry.Credentials{Token: token})), "")
	})
}

// What one caller writes is counted, and what takes power away is not; nor do
// others pay for it.
//
// Proves R-WORK-01.
func TestWritesAreCounted(t *testing.T) {
	f := newFixture(t, t.TempDir()+"/world.db", "")
	f.Count()
	admin := f.session(f.people[0])
	rename := func(c *registry.Caller, client, i int) error {
		name := fmt.Sprint("Vertical ", i)
		return businesses.Update(registry.PaidBy(f.ctx, c), f.Registry, *c, f.clients[client], businesses.Change{Vertical: &name}) // refused, and counted
	}
	spent, refused := 0, &prokura.Error{}
	for ; spent < 5000 && refused.Reason != prokura.TooManyCalls; spent++ {
		refused = prokura.AsError(rename(&admin, 0, spent))
	}
	if spent < 3000 || spent == 5000 {
		t.Fatalf("%d changes in a row", spent)
	}
	if after := refused.RetryAfter(); after != "1" || !strings.HasSuffix(refused.Public, "Please try again in about one second.") { // five come back in a second
		t.Errorf("a spent budget: %v, again after %q", refused, after)
	}
	other := f.session(f.people[1])
	want(t, "somebody else", rename(&other, 1, 0), prokura.InvalidParameter)
	f.consent(f.systems[f.apps[0]], f.people[0], f.clients[0], f.assetsOf(f.clients[0]))
	want(t, "taking power away", grants.RemoveConnectedApp(registry.PaidBy(f.ctx, &admin), f.Registry, admin, f.clients[0], f.apps[0]), "")
}

// A person has at most 1,000 sessions; the next one ends the one that was made
// first, however lately it was used, and nobody else's.
func TestSessionsAreBounded(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		person, other := f.people[0], f.session(f.people[1])
		key := func(i int) string { return registry.HashOf(fmt.Sprint("session ", i)) }
		if err := f.Store().Update(f.ctx, func(tx *store.Tx) error {
			for i := range 1000 {
				v := people.Session(fmt.Sprint("session ", i), person, f.Now().Add(time.Duration(i-1000)*time.Millisecond), people.Client{})
				if err := tx.AddSession(v); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		secret, err := people.SignIn(f.ctx, f.Registry, mailOf(person), fixturePassword, people.Client{Address: "192.0.2.1"})
		want(t, "the next", err, "")
		_, err = people.Authenticate(f.ctx, f.Registry, secret, "trace")
		want(t, "which works", err, "")
		alive := func(key string) bool {
			_, err := registry.View(f.ctx, f.Registry, func(tx *store.View) (prokura.Session, error) { return tx.Session(key) })
			return err == nil
		}
		if alive(key(0)) || !alive(key(1)) || !alive(key(999)) || !alive(other.Session) {
			t.Errorf("the first %v, the second %v, the last %v, another's %v", alive(key(0)), alive(key(1)), alive(key(999)), alive(other.Session))
		}
	})
}

// An act that can take power away is next, whatever waits for the database, but for the
// one that has waited longest.
//
// Proves R-WORK-01.
func TestPowerIsTakenFirst(t *testing.T) {
	f := newFixture(t, t.TempDir()+"/world.db", "")
	waiting := func() int {
		stacks, n := make([]byte, 1<<20), 0
		for one := range strings.SplitSeq(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") { // goroutines
			if strings.Contains(one, "store.(*group).run(") && strings.Contains(one, "TestPowerIsTakenFirst") { // the one that is at work, too
				n++
			}
		}
		return n
	}
	var all sync.WaitGroup
	busy, done := make(chan struct{}), make(chan struct{})
	all.Go(func() {
		if err := f.Store().Update(f.ctx, func(*store.Tx) error { close(busy); <-done; return nil }); err != nil {
			t.Error(err)
		}
	})
	<-busy
	var order []prokura.Act // SQLite has one writer
	for n, act := range []prokura.Act{prokura.ActManageKeys, prokura.ActArchiveJournal, prokura.ActEndGrant} {
		all.Go(func() {
			if err := f.Act(f.ctx, registry.Operator("trace"), act, nil, func(*registry.Door) error { order = append(order, act); return nil }); err != nil {
				t.Error(err)
			}
		})
		for waiting() <= n+1 {
			time.Sleep(time.Millisecond)
		}
	}
	close(done)
	all.Wait()
	// Only who has waited longest, and leads the next transaction, may come before it.
	if len(order) != 3 || slices.Index(order, prokura.ActEndGrant) > 1 || order[2] != prokura.ActArchiveJournal {
		t.Errorf("served in the order %v", order)
	}
}
