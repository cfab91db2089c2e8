package registry_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/operator"
	"github.com/prokura/prokura/internal/store"
)

// compact rewrites a key file as a secret store would: the same keys in other
// bytes.
func compact(t *testing.T, path string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// I-20: what is compared is the keys, not how their file is written. A world
// that remembers the text of the seal keyset, as all did once, opens with it,
// in whatever form the file is by now, and remembers the keys from then on.
func TestKeysAreComparedNotTheirText(t *testing.T) {
	for _, c := range []struct {
		name                 string
		old, before, foreign bool
	}{{name: "compact"}, {name: "old world", old: true}, {name: "old world, compact", old: true, before: true}, {name: "old world, other keys", old: true, foreign: true}} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t, filepath.Join(t.TempDir(), "world.db"), "")
			if c.old {
				var file struct {
					Seal    json.RawMessage `json:"seal_keyset"`
					Masters []struct {
						Secret []byte `json:"secret"`
					} `json:"master_keys"`
					Tokens json.RawMessage `json:"token_keys"`
				}
				raw, err := os.ReadFile(f.keyFile)
				if err != nil || json.Unmarshal(raw, &file) != nil {
					t.Fatal(err)
				}
				m := hmac.New(sha256.New, file.Seal)
				m.Write([]byte("prokura key check value"))
				if err := f.Store().Update(t.Context(), func(tx *store.Tx) error {
					known, err := tx.KeyChecks()
					for _, k := range known {
						if k.Kind == "seal" && err == nil {
							err = tx.DropKeyCheck(k.KeyName)
						}
					}
					if err != nil {
						return err
					}
					return tx.SetKeyCheck(store.KeyName{Kind: "seal", ID: 1}, hex.EncodeToString(m.Sum(nil)[:12]))
				}); err != nil {
					t.Fatal(err)
				}
				// Such a world's file has one master key, without a number.
				old, err := json.MarshalIndent(map[string]any{"token_keys": file.Tokens, "master_key": file.Masters[0].Secret, "seal_keyset": file.Seal}, "", "  ")
				if err != nil || os.WriteFile(f.keyFile, old, 0o600) != nil {
					t.Fatal(err)
				}
			}
			if c.foreign {
				other := newFixture(t, filepath.Join(t.TempDir(), "other.db"), "")
				raw, _ := os.ReadFile(f.keyFile)
				theirs, _ := os.ReadFile(other.keyFile)
				var mine, other2 map[string]json.RawMessage
				if json.Unmarshal(raw, &mine) != nil || json.Unmarshal(theirs, &other2) != nil {
					t.Fatal("no JSON")
				}
				mine["seal_keyset"] = other2["seal_keyset"]
				raw, _ = json.Marshal(mine)
				if err := os.WriteFile(f.keyFile, raw, 0o600); err != nil {
					t.Fatal(err)
				}
				if _, err := registry.Open(t.Context(), registry.Config{Database: f.database, KeyFile: f.keyFile, Dev: true}); err == nil || !strings.Contains(err.Error(), "seal key") {
					t.Errorf("another seal key: %v", err)
				}
				return
			}
			if c.before || !c.old {
				compact(t, f.keyFile)
			}
			f.open(0)
			compact(t, f.keyFile)
			again := f.open(0)
			if a, err := again.AppSecrets(t.Context(), f.apps[0]); err != nil || len(a) != 1 || a[0] != f.secrets[f.apps[0]] {
				t.Errorf("the app's secret: %v", err)
			}
		})
	}
}

// works tells what a token is worth at a registry.
func works(t *testing.T, r *registry.Registry, f *fixture, token prokura.Secret) error {
	t.Helper()
	_, err := r.Authenticate(context.WithoutCancel(t.Context()), registry.Credentials{Token: token, Proof: prokura.Proof(token, f.secrets[f.apps[0]])})
	return err
}

// T29: each kind of key is changed while calls run. What the old keys made
// goes on working until they are retired, nothing is refused meanwhile, and
// what is retired stays so under an older copy of the file.
//
// Proves R-OPS-03.
func TestKeyRotation(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, business := f.apps[0], f.clients[0]
		grant := func() prokura.Secret {
			return f.exchange(app, f.consent(f.systems[app], f.people[0], business, f.assetsOf(business)))
		}
		older := grant()
		firstFile, err := os.ReadFile(f.keyFile)
		if err != nil {
			t.Fatal(err)
		}
		var current atomic.Pointer[registry.Registry]
		current.Store(f.Registry)
		var callers sync.WaitGroup
		var calls, refused atomic.Int64
		var first atomic.Pointer[error]
		stop := make(chan struct{})
		for range 2 {
			callers.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					calls.Add(1)
					if err := works(t, current.Load(), f, older); err != nil {
						refused.Add(1)
						first.CompareAndSwap(nil, &err)
					}
				}
			})
		}
		states := func() map[string]int {
			list, err := operator.Keys(t.Context(), f.Registry)
			if err != nil {
				t.Fatal(err)
			}
			out := map[string]int{}
			for _, k := range list {
				switch {
				case k.Retired:
					out[k.Kind+" retired"]++
				case k.Current:
					out[k.Kind+" current"]++
					out[k.Kind] = int(k.ID)
				default:
					out[k.Kind+" old"]++
					out[k.Kind+" was"] = int(k.ID)
				}
			}
			return out
		}
		before := states()
		codes := f.DeriveLasting("recovery codes")
		for _, kind := range []string{"token", "seal", "master"} {
			if _, err := operator.AddKey(t.Context(), f.Registry, f.keyFile, kind); err != nil {
				t.Fatalf("add %s: %v", kind, err)
			}
			if err := works(t, f.Registry, f, older); err != nil {
				t.Errorf("beside a new %s key: %v", kind, err)
			}
			f.Registry = f.open(0)
			current.Store(f.Registry)
		}
		if f.DeriveLasting("recovery codes") != codes || f.Derive("forms") == f.DeriveLasting("forms") {
			t.Error("what lasts is not made with the oldest master key, or the rest not with the newest")
		}
		newer := grant()
		for _, kind := range []string{"token", "seal", "master"} {
			if s := states(); s[kind+" old"] != 1 || s[kind+" was"] != before[kind] || s[kind] == before[kind] {
				t.Errorf("%s: %v", kind, s)
			}
			if err := operator.RetireKey(t.Context(), f.Registry, f.keyFile, kind, int64(states()[kind]), true); err == nil || !strings.Contains(err.Error(), "add another") {
				t.Errorf("the current %s key: %v", kind, err)
			}
		}
		if err := operator.RetireKey(t.Context(), f.Registry, f.keyFile, "seal", int64(before["seal"]), false); err != nil {
			t.Fatal(err)
		}
		f.Registry = f.open(0)
		current.Store(f.Registry)
		if a, err := f.AppSecrets(t.Context(), app); err != nil || len(a) != 1 || a[0] != f.secrets[app] {
			t.Errorf("the app's secret after its key was retired: %v", err)
		}
		if err := operator.RetireKey(t.Context(), f.Registry, f.keyFile, "token", int64(before["token"]), false); err == nil || !strings.Contains(err.Error(), "living tokens") {
			t.Errorf("a key with living tokens: %v", err)
		}
		close(stop)
		callers.Wait()
		if calls.Load() < 100 || refused.Load() != 0 {
			t.Errorf("%d of %d calls were refused", refused.Load(), calls.Load())
			if err := first.Load(); err != nil {
				t.Error(*err)
			}
		}
		for _, kind := range []string{"token", "master"} {
			for range 2 { // a command that was cut short is given once more
				if err := operator.RetireKey(t.Context(), f.Registry, f.keyFile, kind, int64(before[kind]), true); err != nil {
					t.Fatal(err)
				}
			}
		}
		lastFile, err := os.ReadFile(f.keyFile)
		if err != nil {
			t.Fatal(err)
		}
		f.Registry = f.open(0)
		if err := works(t, f.Registry, f, older); err == nil {
			t.Error("a token of a retired key is accepted")
		}
		if err := works(t, f.Registry, f, newer); err != nil {
			t.Errorf("a token of the new key: %v", err)
		}
		if s := states(); s["token retired"] != 1 || s["seal retired"] != 1 || s["master retired"] != 1 {
			t.Errorf("after all: %v", s)
		}
		if err := os.WriteFile(f.keyFile, firstFile, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := registry.Open(t.Context(), registry.Config{Database: f.database, KeyFile: f.keyFile, Dev: true}); err == nil {
			t.Error("the first key file opens the world again")
		}
		if err := os.WriteFile(f.keyFile, lastFile, 0o600); err != nil {
			t.Fatal(err)
		}
		if id, err := operator.AddKey(t.Context(), f.Registry, f.keyFile, "token"); err != nil || id != int64(before["token"])+2 {
			t.Errorf("a retired number is given again: %d %v", id, err)
		}
	})
}
