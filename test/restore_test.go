package test

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

// copyFiles copies files of one folder into another one, as cp does.
func copyFiles(t *testing.T, from, to string, names ...string) {
	t.Helper()
	for _, name := range names {
		raw, err := os.ReadFile(filepath.Join(from, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), raw, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// must runs a command that has to succeed.
func (s *server) must(t *testing.T, args ...string) string {
	t.Helper()
	status, out := s.prokura(t, args...)
	if status != 0 {
		t.Fatalf("prokura %s: status %d: %s", strings.Join(args, " "), status, out)
	}
	return out
}

// refusesToStart starts the server and fails unless it ends with these words.
func (s *server) refusesToStart(t *testing.T, words ...string) {
	t.Helper()
	refused := s.beside(t)
	refused.launch(t)
	said := refused.ends(t)
	refused.process = nil
	for _, w := range words {
		if !strings.Contains(said, w) {
			t.Errorf("it does not say %q: %s", w, said)
		}
	}
}

// wantNothing fails if anything that was given before works.
func (g granted) wantNothing(t *testing.T, ada visitor) {
	t.Helper()
	for what, token := range map[string]string{"a business token": g.business, "a child": g.child, "a personal token": g.personal} {
		g.wantDead(t, what, token, 0)
	}
	if page := ada.page(t, "/business/"+nordwindID+"/people"); !strings.Contains(page, `name="password"`) {
		t.Error("a session of the copy is open")
	}
	if page := g.visit(t, adaEmail).page(t, "/business/"+nordwindID+"/integrations/connected-apps"); strings.Contains(page, "Brightline Campaigns") {
		t.Error("an app of the copy is connected")
	}
}

// wantWorld fails unless the world is there and can be worked with.
func (g granted) wantWorld(t *testing.T) {
	t.Helper()
	redirect := g.devConsent(t, configCampaigns, adaID, nordwindID, []string{adAccountEU, pageOutdoor}, g.uri, "")
	g.wantAlive(t, "a token of today", g.token(t, campaigns, g.uri, redirect.Query().Get("code")))
}

// A backup of a server at work is one state of the world, whole, for its
// owner alone and never over a file that is there. Restored, the world is there
// and nothing that the copy gave works, unless that was asked for.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	g := startGranted(t, false)
	ada := g.visit(t, adaEmail)
	file := filepath.Join(t.TempDir(), "world.backup")

	stopWriting := make(chan struct{})
	var writers sync.WaitGroup
	written := 0
	writers.Go(func() {
		for {
			select {
			case <-stopWriting:
				return
			default:
				written++
				g.post(t, "/v25.0/"+nordwindID+"/system_user_access_tokens", url.Values{"access_token": {g.business}, "appsecret_proof": {campaigns.proof(g.business)},
					"asset": {adAccountEU}, "scope": {"ads_read"}, "set_token_expires_in_60_days": {"true"}})
			}
		}
	})
	out := g.must(t, "backup", file)
	close(stopWriting)
	writers.Wait()
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy: %v %v", info, err)
	}
	if !strings.Contains(out, "key file") || written == 0 {
		t.Errorf("%d writes; it says %s", written, out)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if status, out := g.prokura(t, "backup", file); status != 1 || !strings.Contains(out, "is there already") {
		t.Errorf("over a file that is there: status %d: %s", status, out)
	}
	if again, err := os.ReadFile(file); err != nil || string(again) != string(raw) {
		t.Errorf("the copy was touched: %v", err)
	}
	if left, _ := filepath.Glob(file + ".*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}

	g.revoke(t, g.child)
	g.terminate(t)
	if out := g.must(t, "restore", file, "--keep-tokens"); !strings.Contains(out, "work again") || !strings.Contains(out, ".replaced-") {
		t.Errorf("restore --keep-tokens says: %s", out)
	}
	g.start(t)
	g.wantAlive(t, "a token that was kept", g.business)
	g.wantAlive(t, "a token that was kept, as it was in the copy", g.child)
	g.terminate(t)

	if out := g.must(t, "restore", file); !strings.Contains(out, "has ended") {
		t.Errorf("restore says: %s", out)
	}
	g.start(t)
	g.wantNothing(t, ada)
	g.wantWorld(t)
	g.terminate(t)
	if left, _ := filepath.Glob(filepath.Join(g.data(), "*.part*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if kept, _ := filepath.Glob(filepath.Join(g.data(), "prokura.db.replaced-*Z")); len(kept) != 2 {
		t.Errorf("kept of the former databases: %v", kept)
	}

	for _, wrong := range []struct{ name, text, says string }{{"no database", strings.Repeat("x", 4096), "not a database"}, {"another database", "", "holds no world"}} {
		bad := filepath.Join(t.TempDir(), "bad")
		if err := os.WriteFile(bad, []byte(wrong.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if status, out := g.prokura(t, "restore", bad); status != 1 || !strings.Contains(out, wrong.says) {
			t.Errorf("%s: status %d: %s", wrong.name, status, out)
		}
	}
	if status, _ := g.prokura(t, "restore"); status != 1 {
		t.Error("restore of nothing is no error")
	}
	g.start(t)
	g.wantWorld(t)
}

// R-TOKEN-10: an older copy that was put back by hand does not start a server: what was
// revoked since would work again. Who wants to go on with it says so, and then
// nothing of it works. It is the same whether the server was ended or killed.
func TestOlderCopy(t *testing.T) { eachDatabase(t, olderCopy) }

func olderCopy(t *testing.T, postgres bool) {
	g := startGranted(t, postgres)
	ada := g.visit(t, adaEmail)
	g.terminate(t)
	older := g.copyDatabase(t, postgres)
	g.start(t)
	g.revoke(t, g.child)
	g.kill(t)
	g.process = nil
	older()
	g.refusesToStart(t, "older copy", "restore --in-place")
	if status, out := g.prokura(t, "seed", "demo", "--dev"); status != 1 || !strings.Contains(out, "older copy") {
		t.Errorf("seed an older copy: status %d: %s", status, out)
	}
	g.must(t, "restore", "--in-place")
	g.start(t)
	g.wantNothing(t, ada)
	g.wantWorld(t)
	g.terminate(t)

	older() // a copy of the life before
	g.refusesToStart(t, "before it was restored", "restore --in-place")
	g.must(t, "restore", "--in-place", "--keep-tokens")
	g.start(t)
	g.wantAlive(t, "a token that was kept", g.business)
	g.wantWorld(t)
}

// copyDatabase copies the database of a server that does not run; what it returns
// puts the copy in the database's place.
func (s *server) copyDatabase(t *testing.T, postgres bool) (putBack func()) {
	t.Helper()
	if !postgres {
		safe := t.TempDir()
		copyFiles(t, s.data(), safe, "prokura.db")
		return func() {
			for _, suffix := range []string{"-wal", "-shm"} {
				if err := os.Remove(filepath.Join(s.data(), "prokura.db"+suffix)); err != nil && !os.IsNotExist(err) {
					t.Fatal(err)
				}
			}
			copyFiles(t, safe, s.data(), "prokura.db")
		}
	}
	address, err := url.Parse(s.database()[3])
	if err != nil {
		t.Fatal(err)
	}
	name, admin := strings.TrimPrefix(address.Path, "/"), os.Getenv("PROKURA_TEST_POSTGRES")
	execPostgres(t, admin, "CREATE DATABASE "+name+"_copy TEMPLATE "+name)
	t.Cleanup(func() { execPostgres(t, admin, "DROP DATABASE IF EXISTS "+name+"_copy WITH (FORCE)") })
	return func() {
		execPostgres(t, admin, "DROP DATABASE "+name+" WITH (FORCE)")
		execPostgres(t, admin, "CREATE DATABASE "+name+" TEMPLATE "+name+"_copy")
	}
}

// Of a database whose file was copied without what SQLite keeps beside it
// nothing is left but an empty one, which does not start a server with the keys
// of the world that it was.
func TestBareCopy(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{})
	fresh := s.beside(t)
	for i, word := range fresh.command { // a world that no sweep has moved into its file yet
		if word == "--data" {
			fresh.command[i+1] = t.TempDir()
		}
	}
	fresh.start(t)
	bare := t.TempDir()
	copyFiles(t, fresh.data(), bare, "prokura.db", "keys.json")
	fresh.terminate(t)
	from := fresh.beside(t)
	for i, word := range from.command {
		if word == "--data" {
			from.command[i+1] = bare
		}
	}
	keys, err := os.ReadFile(filepath.Join(bare, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	from.refusesToStart(t, "the database is empty", "-wal")
	if after, err := os.ReadFile(filepath.Join(bare, "keys.json")); err != nil || string(after) != string(keys) {
		t.Errorf("the keys were changed: %v", err)
	}
}

// Of PostgreSQL the command says what to run, and does as if nothing was
// done; the address stays out of it. What it says works.
func TestBackupOfPostgres(t *testing.T) {
	t.Parallel()
	g := startGranted(t, true)
	status, out := g.prokura(t, "backup", filepath.Join(t.TempDir(), "copy"))
	if status != 1 || !strings.Contains(out, "pg_dump --format=custom") || strings.Contains(out, "127.0.0.1") {
		t.Errorf("backup: status %d: %s", status, out)
	}
	if status, out := g.prokura(t, "restore", os.DevNull); status != 1 || !strings.Contains(out, "pg_restore") {
		t.Errorf("restore: status %d: %s", status, out)
	}
	tools, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if len(tools) == 0 {
		t.Fatal("PostgreSQL has no tools here")
	}
	tool := func(name string, args ...string) {
		t.Helper()
		if out, err := exec.Command(filepath.Join(tools[len(tools)-1], name), args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", name, err, out)
		}
	}
	dump := filepath.Join(t.TempDir(), "world.dump")
	tool("pg_dump", "--format=custom", "--file="+dump, g.database()[3])
	ada := g.visit(t, adaEmail)
	g.terminate(t)
	for i, word := range g.command {
		if word == "--database" {
			g.command[i+1] = createPostgres(t, os.Getenv("PROKURA_TEST_POSTGRES"))
		}
	}
	tool("pg_restore", "--no-owner", "--dbname="+g.database()[3], dump)
	g.must(t, "restore", "--in-place")
	g.start(t)
	g.wantNothing(t, ada)
	g.wantWorld(t)
}

// Where the fence cannot be kept a server says so, and works.
func TestFenceElsewhere(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{args: []string{"--fence", "/proc/fence.json"}})
	s.logs(t, "the fence cannot be kept")
	s.terminate(t)
	place := filepath.Join(t.TempDir(), "outside", "fence.json")
	for i, word := range s.command {
		if word == "--fence" {
			s.command[i+1] = place
		}
	}
	s.start(t)
	if info, err := os.Stat(place); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the fence: %v %v", info, err)
	}
}

// A server whose database was put back under it, which PostgreSQL allows,
// does not go on with it.
//
// Proves R-OPS-02.
func TestRestoredUnderneath(t *testing.T) {
	t.Parallel()
	g := startGranted(t, true)
	g.revoke(t, g.child)
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, g.database()[3])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	for _, text := range []string{`UPDATE revision SET number = 1`, `UPDATE token SET revoked = 0`,
		`SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE l.locktype = 'advisory' AND d.datname = current_database()`} {
		if _, err := conn.Exec(ctx, text); err != nil {
			t.Fatal(err)
		}
	}
	g.logs(t, "older copy")
	if !g.refuses(t, g.child) || !g.refuses(t, g.business) {
		t.Error("the server goes on with an older state")
	}
	resp, err := http.Get(g.local + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("/healthz: %s", resp.Status)
	}
}
