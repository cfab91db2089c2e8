package registry_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/keyfile"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/operator"
	"github.com/prokura/prokura/internal/store"
)

// I-20: keys beside an empty database are refused, and nothing is made of
// them; a first start that was cut short, before the database knew the keys or
// before their file had its name, is gone on with.
func TestKeysBesideAnEmptyDatabase(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		dir := t.TempDir()
		keys := filepath.Join(dir, "keys.json")
		if err := os.WriteFile(keys+".new", []byte("cut short"), 0o600); err != nil {
			t.Fatal(err)
		}
		open := func(database string) error {
			r, err := registry.Open(t.Context(), registry.Config{Database: database, KeyFile: keys})
			if err != nil {
				return err
			}
			return r.Close()
		}
		if err := open(database); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(keys, keys+".new"); err != nil {
			t.Fatal(err)
		}
		if err := open(database); err != nil {
			t.Errorf("after a start that was cut short: %v", err)
		}
		before, err := os.ReadFile(keys)
		if err != nil {
			t.Fatal(err)
		}
		if err := open(filepath.Join(dir, "empty.db")); err == nil || !strings.Contains(err.Error(), "is empty") {
			t.Errorf("keys beside an empty database: %v", err)
		}
		if after, err := os.ReadFile(keys); err != nil || string(after) != string(before) {
			t.Errorf("the key file changed: %v", err)
		}
	})
}

// A sweep moves what was written into the database's own file, so a bare copy
// of that is old, but not empty.
func TestSweepMovesTheLog(t *testing.T) {
	f := newFixture(t, filepath.Join(t.TempDir(), "world.db"), "")
	copied := func() error {
		raw, err := os.ReadFile(f.database)
		if err != nil {
			return err
		}
		bare := filepath.Join(t.TempDir(), "bare.db")
		if err := os.WriteFile(bare, raw, 0o600); err != nil {
			return err
		}
		r, err := registry.Open(t.Context(), registry.Config{Database: bare, KeyFile: f.keyFile, Dev: true})
		if err != nil {
			return err
		}
		defer r.Close()
		_, err = r.AppSecrets(t.Context(), f.apps[0])
		return err
	}
	if copied() == nil {
		t.Fatal("what was written is in the file before any sweep")
	}
	if err := f.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := copied(); err != nil {
		t.Errorf("after a sweep: %v", err)
	}
}

// The first revoke in a second is in the fence before it is answered, and
// the fence is never ahead of the database.
func TestFenceKnowsRevokes(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, business := f.apps[0], f.clients[0]
		token := f.exchange(app, f.consent(f.systems[app], f.people[0], business, f.assetsOf(business)))
		place := filepath.Join(t.TempDir(), "fence.json")
		r, err := registry.Open(t.Context(), registry.Config{Database: database, KeyFile: f.keyFile, Fence: place, Dev: true})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		read := func() (file, world int64) {
			have, err := keyfile.ReadMark(place)
			if err != nil || have == nil {
				t.Fatalf("fence: %v %v", have, err)
			}
			if err := f.Store().View(t.Context(), func(tx *store.View) (err error) { world, err = tx.Revision(); return err }); err != nil {
				t.Fatal(err)
			}
			if have.Revision > world {
				t.Errorf("the fence is ahead: %d of %d", have.Revision, world)
			}
			return have.Revision, world
		}
		start, world := read()
		if start != world {
			t.Errorf("after the start: %d of %d", start, world)
		}
		// The start was written less than a second ago, or it was not: both are within
		// the promise, and the next look brings it.
		if err := grants.RevokeToken(t.Context(), r, f.appCaller(app), token); err != nil {
			t.Fatal(err)
		}
		if err := r.KeepFence(t.Context()); err != nil {
			t.Fatal(err)
		}
		if file, world := read(); file <= start || file != world {
			t.Errorf("after a revoke: %d of %d, and %d before", file, world, start)
		}
		// Once a second has gone by, nobody has to look.
		time.Sleep(time.Second)
		before, _ := read()
		if err := grants.RevokeToken(t.Context(), r, f.appCaller(app), token); err != nil {
			t.Fatal(err)
		}
		if file, world := read(); file <= before || file != world {
			t.Errorf("after the first revoke of a second: %d of %d, and %d before", file, world, before)
		}
		r.Close()
		// Another server, without the file of this one, sees the same.
		if err := os.Remove(place); err != nil {
			t.Fatal(err)
		}
		if r, err = registry.Open(t.Context(), registry.Config{Database: database, KeyFile: f.keyFile, Fence: place, Dev: true}); err != nil {
			t.Fatal(err)
		}
		if file, world := read(); file != world {
			t.Errorf("a new file: %d of %d", file, world)
		}
		r.Close()
		for _, c := range []struct{ text, says string }{{`{"life":"x","revision":1}`, "another database"}, {`{}`, "is no fence file"}} {
			if err := os.WriteFile(place, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := registry.Open(t.Context(), registry.Config{Database: database, KeyFile: f.keyFile, Fence: place, Dev: true}); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("fence %s: %v", c.text, err)
			}
		}
	})
}

// Going on with a copy ends everything that it gave, each kind of token by
// a cause of its own, and is in the journal.
func TestRestoreEndsEverything(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, business := f.apps[0], f.clients[0]
		all := f.assetsOf(business)
		root := f.exchange(app, f.consent(f.systems[app], f.people[0], business, all))
		given := map[string]prokura.Secret{
			"root": root, "child": f.child(root, business, fixtureScopes[:1], all[:1]),
			"user": f.exchange(app, f.consent(f.personal[app], f.people[0], 0, all)),
		}
		issued, err := grants.MintAppToken(t.Context(), f.Registry, f.appCaller(app))
		if err != nil {
			t.Fatal(err)
		}
		given["app"] = issued.Secret
		code := f.consent(f.systems[app], f.people[0], business, all)
		session := f.session(f.people[0])
		for name, token := range given {
			if err := works(t, f.Registry, f, token); err != nil {
				t.Fatalf("%s before: %v", name, err)
			}
		}
		config := registry.Config{Database: database, KeyFile: f.keyFile, Fence: filepath.Join(t.TempDir(), "fence.json"), Dev: true}
		done, err := operator.Restore(t.Context(), config, operator.Restoring{})
		if err != nil || done.Ended < int64(len(given)) || done.Kept != "" {
			t.Fatalf("%+v %v", done, err)
		}
		r := f.open(0)
		for name, token := range given {
			if err := works(t, r, f, token); prokura.AsError(err).Reason == prokura.Unavailable || err == nil {
				t.Errorf("%s after: %v", name, err)
			}
		}
		if _, err := grants.ExchangeCode(t.Context(), r, f.appCaller(app), grants.Exchange{Code: code, RedirectURI: "https://app.example/cb"}); err == nil {
			t.Error("a code of the copy is exchanged")
		}
		if err := f.Store().View(t.Context(), func(tx *store.View) error {
			if _, err := tx.Session(session.Session); !errors.Is(err, prokura.NotFound) {
				t.Errorf("a session of the copy: %v", err)
			}
			lines, err := tx.JournalPage(store.JournalScope{}, store.Newest, 0, 20)
			if err != nil || !slices.ContainsFunc(lines, func(e store.StoredEntry) bool {
				return e.Act == prokura.ActRestore && e.Caller == "operator" && e.Outcome == "done"
			}) {
				t.Errorf("it is not in the journal: %v", err)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}
