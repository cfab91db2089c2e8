package registry_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/store"
)

// T68: unknown people and wrong passwords get one answer; failures are counted
// in the database, by account and by client; waiting ends the wait.
func TestSignIn(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		from := people.Client{Agent: "browser", Address: "192.0.2.7", Trace: "trace"}
		email := f.people[0].String() + "@example.org"
		_, wrong := people.SignIn(f.ctx, f.Registry, email, "not the password at all", from)
		_, unknown := people.SignIn(f.ctx, f.Registry, "nobody@example.org", "not the password at all", from)
		if wrong == nil || wrong.Error() != unknown.Error() || !errors.Is(wrong, prokura.SignInFailed) {
			t.Errorf("wrong password: %v; unknown person: %v", wrong, unknown)
		}
		secret, err := people.SignIn(f.ctx, f.Registry, strings.ToUpper(email), fixturePassword, from)
		if err != nil {
			t.Fatal(err)
		}
		if c, err := people.Authenticate(f.ctx, f.Registry, secret, ""); err != nil || c.Person.ID != f.people[0] {
			t.Fatalf("session of %v: %v", c.Facts, err)
		}
		again, err := people.SignIn(f.ctx, f.Registry, email, fixturePassword, from)
		if err != nil || again == secret {
			t.Errorf("a second sign-in gives the same session (T10): %v", err)
		}
		// Failures are stored directly: hashing twenty passwords proves nothing.
		if err := f.Store().Update(f.ctx, func(tx *store.Tx) error {
			return tx.SetThrottle("account "+registry.HashOf(email)[:32], people.FreeFailures-1, 0, f.Now())
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := people.SignIn(f.ctx, f.Registry, email, "not the password at all", from); !errors.Is(err, prokura.SignInFailed) {
			t.Fatal(err)
		}
		other := f.open(0)
		if _, err := people.SignIn(f.ctx, other, email, fixturePassword, from); !errors.Is(err, prokura.SignInThrottled) {
			t.Errorf("another process, right password, right after %d failures: %v", people.FreeFailures, err)
		}
		f.travel(2 * time.Second)
		if _, err := people.SignIn(f.ctx, f.Registry, email, fixturePassword, from); err != nil {
			t.Errorf("after waiting: %v", err)
		}
	})
}

// Sessions end by time without use, by time at all, and with a new password.
func TestSessions(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		from := people.Client{Agent: "browser", Address: "192.0.2.7"}
		email := f.people[0].String() + "@example.org"
		signIn := func() prokura.Secret {
			s, err := people.SignIn(f.ctx, f.Registry, email, fixturePassword, from)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		idle := signIn()
		f.travel(people.SessionIdle + time.Minute)
		if _, err := people.Authenticate(f.ctx, f.Registry, idle, ""); !errors.Is(err, prokura.SignInRequired) {
			t.Errorf("an idle session: %v", err)
		}
		busy := signIn()
		for range 23 {
			f.travel(55 * time.Minute)
			if _, err := people.Authenticate(f.ctx, f.Registry, busy, ""); err != nil {
				t.Fatalf("a session in use: %v", err)
			}
		}
		f.travel(3 * time.Hour)
		if _, err := people.Authenticate(f.ctx, f.Registry, busy, ""); !errors.Is(err, prokura.SignInRequired) {
			t.Errorf("a session after 24 hours: %v", err)
		}
		one, two := signIn(), signIn()
		c, err := people.Authenticate(f.ctx, f.Registry, one, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := people.ChangePassword(f.ctx, f.Registry, c, "not the password at all", "a completely new one", from); !errors.Is(err, prokura.SignInFailed) {
			t.Errorf("changing with a wrong password: %v", err)
		}
		for _, weak := range []prokura.Secret{"short", "aaaaaaaaaaaaaaaaaaaa", "passwordpassword1", prokura.Secret(email)} {
			if _, err := people.ChangePassword(f.ctx, f.Registry, c, fixturePassword, weak, from); !errors.Is(err, prokura.PasswordWeak) {
				t.Errorf("a weak password: %v", err)
			}
		}
		renewed, err := people.ChangePassword(f.ctx, f.Registry, c, fixturePassword, "a completely new one", from)
		if err != nil {
			t.Fatal(err)
		}
		c, err = people.Authenticate(f.ctx, f.Registry, renewed, "")
		if err != nil {
			t.Errorf("the session that changed the password: %v", err)
		}
		for name, s := range map[string]prokura.Secret{"a copy of its old cookie": one, "another session": two} {
			if _, err := people.Authenticate(f.ctx, f.Registry, s, ""); !errors.Is(err, prokura.SignInRequired) {
				t.Errorf("%s after the change: %v", name, err)
			}
		}
		_, again, err := people.Reauthenticate(f.ctx, f.Registry, c, "a completely new one", people.Factor{}, from)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := people.Authenticate(f.ctx, f.Registry, renewed, ""); !errors.Is(err, prokura.SignInRequired) {
			t.Errorf("a copy of the cookie from before the password was entered (T10): %v", err)
		}
		if c, err := people.Authenticate(f.ctx, f.Registry, again, ""); err != nil || !f.IsFresh(c) {
			t.Errorf("the session with the password entered: %v", err)
		}
	})
}

// I-11: every act leaves exactly one line, refusals too, and no line holds a
// secret (T28).
func TestJournal(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, business := f.apps[0], f.clients[0]
		lines := func() []store.StoredEntry {
			list, err := registry.View(f.ctx, f.Registry, func(tx *store.View) ([]store.StoredEntry, error) {
				return tx.JournalPage(store.JournalScope{}, store.Newest, 0, 1000)
			})
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		code := f.consent(f.systems[app], f.people[0], business, f.assetsOf(business))
		root := f.exchange(app, code)
		child := f.child(root, business, fixtureScopes[:3], f.pages[business][:1])
		secret, err := apps.ResetSecret(f.ctx, f.Registry, f.session(f.people[three]), app, 0)
		if err != nil {
			t.Fatal(err)
		}
		f.secrets[app] = secret
		if err := grants.RemoveConnectedApp(f.ctx, f.Registry, f.session(f.people[1]), business, app); !errors.Is(err, prokura.NotFound) {
			t.Fatalf("a stranger removes the app: %v", err)
		}
		for range 3 { // coalesced: one line a minute
			grants.RemoveConnectedApp(f.ctx, f.Registry, f.session(f.people[1]), business, app)
		}
		if err := grants.RemoveConnectedApp(f.ctx, f.Registry, f.session(f.people[0]), business, app); err != nil {
			t.Fatal(err)
		}
		got := lines()
		slices.Reverse(got)
		var acts []string
		for _, e := range got {
			acts = append(acts, fmt.Sprintf("%s %s %s", e.Caller, e.Act, e.Outcome))
			for _, canary := range []string{code, root.Reveal(), child.Reveal(), secret.Reveal(), fixturePassword.Reveal()} {
				if strings.Contains(fmt.Sprintf("%+v", e), canary) {
					t.Errorf("a secret is in the journal: %s", e.Act)
				}
			}
		}
		want := []string{"session approve_login done", "secret exchange_code done", "token mint_child_token done",
			"session reset_app_secret done", "session remove_connected_app not_found", "session remove_connected_app done"}
		if !slices.Equal(acts, want) {
			t.Errorf("journal:\n%s\nwant:\n%s", strings.Join(acts, "\n"), strings.Join(want, "\n"))
		}
		last := got[len(got)-1]
		if last.Business != business || last.App != app || last.Actor != f.people[0] || !strings.Contains(last.Before, "ads_read") || last.Trace == "" {
			t.Errorf("the removal is told as %+v", last)
		}
	})
}

// T29: whatever is read out of the database, nothing of it is a credential.
func TestDatabaseHoldsNothingUsable(t *testing.T) {
	f := newFixture(t, filepath.Join(t.TempDir(), "world.db"), "")
	app, business := f.apps[0], f.clients[0]
	code := f.consent(f.systems[app], f.people[0], business, f.assetsOf(business))
	open := f.consent(f.systems[app], f.people[0], business, f.assetsOf(business))
	root := f.exchange(app, code)
	child := f.child(root, business, fixtureScopes[:3], f.pages[business][:1])
	user := f.exchange(app, f.consent(f.personal[app], f.people[0], 0, f.assetsOf(business)))
	var dump strings.Builder
	for _, name := range []string{f.database, f.database + "-wal"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		dump.Write(b)
	}
	if !strings.Contains(dump.String(), registry.HashOf(code)) {
		t.Fatal("the dump does not even hold the hash of the code: this test sees nothing")
	}
	for name, s := range map[string]string{"used code": code, "open code": open, "root token": root.Reveal(), "child token": child.Reveal(),
		"user token": user.Reveal(), "app secret": f.secrets[app].Reveal(), "password": fixturePassword.Reveal()} {
		if strings.Contains(dump.String(), s) || len(s) > 40 && strings.Contains(dump.String(), s[4:40]) {
			t.Errorf("the database holds the %s", name)
		}
	}
}

// I-20: two fresh worlds share no key; a missing or foreign key file beside
// existing data refuses to start; the file is for its owner alone.
func TestKeys(t *testing.T) {
	dir := t.TempDir()
	open := func(db, keys string, dev bool) error {
		r, err := registry.Open(t.Context(), registry.Config{Database: filepath.Join(dir, db), KeyFile: filepath.Join(dir, keys), Dev: dev})
		if err == nil {
			err = r.Close()
		}
		return err
	}
	for _, n := range []string{"1", "2"} {
		if err := open(n+".db", n+".json", false); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(filepath.Join(dir, n+".json")); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("key file: %v %v", info.Mode(), err)
		}
	}
	if err := open("1.db", "1.json", false); err != nil {
		t.Errorf("opening again: %v", err)
	}
	for name, err := range map[string]error{
		"a missing key file":          open("1.db", "gone.json", false),
		"another world's keys":        open("1.db", "2.json", false),
		"--dev on a world without it": open("1.db", "1.json", true),
		"a key file that others can read": func() error {
			if err := os.Chmod(filepath.Join(dir, "2.json"), 0o644); err != nil {
				t.Fatal(err)
			}
			return open("2.db", "2.json", false)
		}(),
	} {
		if err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "gone.json")); err == nil {
		t.Error("a new key file was made beside existing data")
	}
}

// T35, T68: one address asks for a bounded number of accounts in an hour, and a
// guesser at the account does not keep its person from changing the password.
func TestGuessers(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		from := people.Client{Agent: "browser", Address: "192.0.2.9"}
		for range people.SignUps {
			if err := people.CountSignUp(f.ctx, f.Registry, from); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := people.SignUp(f.ctx, f.Registry, "One More", "more@example.org", fixturePassword, from); !errors.Is(err, prokura.SignInThrottled) {
			t.Errorf("after %d sign-ups: %v", people.SignUps, err)
		}
		f.travel(time.Hour + time.Second)
		if _, err := people.SignUp(f.ctx, f.Registry, "One More", "more@example.org", fixturePassword, from); err != nil {
			t.Errorf("an hour later: %v", err)
		}
		email := f.people[0].String() + "@example.org"
		c := f.session(f.people[0])
		if err := f.Store().Update(f.ctx, func(tx *store.Tx) error {
			return tx.SetThrottle("account "+registry.HashOf(email)[:32], 1000, f.Now().Add(time.Hour), f.Now())
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := people.ChangePassword(f.ctx, f.Registry, c, fixturePassword, "a completely new one", from); err != nil {
			t.Errorf("changing the password while strangers guess at the account: %v", err)
		}
	})
}
