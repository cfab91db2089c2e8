package test

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// beside is another server on the same database, with an address of its own. It
// is not started.
func (s *server) beside(t *testing.T, args ...string) *server {
	t.Helper()
	o := &server{addr: freeAddr(t), log: new(syncBuffer), http: s.http, env: s.env}
	o.local = "http://" + o.addr
	o.url, o.api = o.local, o.local
	for _, word := range s.command {
		switch word {
		case s.addr:
			word = o.addr
		case s.url:
			word = o.url
		}
		o.command = append(o.command, word)
	}
	o.command = append(o.command, args...)
	t.Cleanup(func() {
		if o.process != nil {
			stop(t, o.process, o.exited)
		}
		checkLog(t, o.log.String())
	})
	return o
}

// database is the flags that name the server's database.
func (s *server) database() []string {
	var flags []string
	for i, word := range s.command {
		if slices.Contains([]string{"--data", "--database"}, word) {
			flags = append(flags, word, s.command[i+1])
		}
	}
	return flags
}

// data is the server's data folder.
func (s *server) data() string { return s.database()[1] }

// prokura runs a command on the server's database to its end.
func (s *server) prokura(t *testing.T, args ...string) (status int, out string) {
	t.Helper()
	cmd := exec.Command(s.command[0], append(args, s.database()...)...)
	text, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	checkLog(t, string(text))
	return cmd.ProcessState.ExitCode(), string(text)
}

// ends waits until a server that was launched has given up, and tells what it
// said.
func (s *server) ends(t *testing.T) string {
	t.Helper()
	select {
	case err := <-s.exited:
		s.exited <- err
		if err == nil {
			t.Error("the server ended as if nothing was wrong")
		}
	case <-time.After(startLimit):
		t.Fatal("the server neither starts nor ends")
	}
	return s.log.String()
}

// logs waits for words in the server's log.
func (s *server) logs(t *testing.T, words string) {
	t.Helper()
	until(t, "the server logs "+words, func() bool { return strings.Contains(s.log.String(), words) })
}

// until waits for something to happen.
func until(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(startLimit); !happened(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it does not come to this: %s", what)
		}
	}
}

// terminate asks the server to end and waits until it has.
func (s *server) terminate(t *testing.T) {
	t.Helper()
	stop(t, s.process, s.exited)
	s.process = nil
}

// revoke ends a token.
func (s *server) revoke(t *testing.T, token string) {
	t.Helper()
	if got := s.post(t, "/v25.0/oauth/revoke", url.Values{"client_id": {campaigns.id}, "client_secret": {campaigns.secret}, "revoke_token": {token}}); got.status != http.StatusOK {
		t.Fatalf("revoke: %d %d %s", got.status, got.code(), got.text("error.message"))
	}
}

// refuses reports whether the server says that it cannot answer now, and fails if
// it answers a token.
func (s *server) refuses(t *testing.T, token string) bool {
	t.Helper()
	got := s.get(t, "/v25.0/me", url.Values{"access_token": {token}})
	return got.status == http.StatusServiceUnavailable && got.code() == 2
}

// A server that answers from memory keeps every other one out, and what else
// would change the world behind its back.
func TestSecondServer(t *testing.T) { eachDatabase(t, secondServer) }

func secondServer(t *testing.T, postgres bool) {
	s := startServer(t, serverOptions{postgres: postgres})
	for _, args := range [][]string{nil, {"--cache", "0"}} {
		second := s.beside(t, args...)
		second.launch(t)
		if said := second.ends(t); !strings.Contains(said, "another process holds the database") || !strings.Contains(said, "--wait") {
			t.Errorf("a second server %v: %s", args, said)
		}
		second.process = nil
	}
	for _, args := range [][]string{{"seed", "demo", "--dev"}, {"keys", "retire", "token", "7"}, {"restore", "--in-place"}} {
		if status, out := s.prokura(t, args...); status != 1 || !strings.Contains(out, "another process holds the database") {
			t.Errorf("%v beside a server: status %d: %s", args, status, out)
		}
	}
	if status, out := s.prokura(t, "keys", "list"); status != 0 {
		t.Errorf("keys list beside a server: status %d: %s", status, out)
	}
}

// R-TOKEN-10: who waits takes over when the first server goes, gently or not, and
// believes nothing that the first one has ended.
func TestTakeOver(t *testing.T) { eachDatabase(t, takeOver) }

func takeOver(t *testing.T, postgres bool) {
	first := startGranted(t, postgres)
	second := first.beside(t, "--wait")
	second.launch(t)
	second.logs(t, "waiting for another process")
	first.wantAlive(t, "a token", first.business)
	first.wantAlive(t, "another one", first.personal)
	first.revoke(t, first.child)
	if resp, err := http.Get(second.local + "/healthz"); err == nil {
		resp.Body.Close()
		t.Error("a server that waits answers")
	}
	if err := first.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	second.waitHealthy(t, second.exited)
	second.wantDead(t, "a token that the first server has ended", first.child, 0)
	second.wantAlive(t, "a token", first.business)
	second.revoke(t, first.personal)

	third := first.beside(t, "--wait")
	third.launch(t)
	third.logs(t, "waiting for another process")
	second.kill(t)
	second.process = nil
	third.waitHealthy(t, third.exited)
	third.wantDead(t, "a token that a server has ended which was killed then", first.personal, 0)
	third.wantAlive(t, "a token", first.business)
}

// Servers that answer nothing from memory stand beside each other: what ends
// at one has ended at the other (T44). Seeding is one of them.
func TestServersWithoutCache(t *testing.T) { eachDatabase(t, serversWithoutCache) }

func serversWithoutCache(t *testing.T, postgres bool) {
	first := startGranted(t, postgres, "--cache", "0")
	second := first.beside(t)
	second.start(t)
	for i, token := range []string{first.child, first.personal, first.business} {
		here, there := first.server, second
		if i%2 == 1 {
			here, there = there, here
		}
		here.wantAlive(t, "a token", token)
		there.wantAlive(t, "a token", token)
		here.revoke(t, token)
		there.wantDead(t, "a token that ended at the other server", token, 0)
	}
	world := filepath.Join(t.TempDir(), "more.yaml")
	if err := os.WriteFile(world, []byte("people:\n  zoe: {name: Zoe, email: zoe@example.org, password: "+demoPassword+"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, out := first.prokura(t, "seed", world, "--dev"); status != 0 {
		t.Errorf("seed beside servers without cache: status %d: %s", status, out)
	}
	second.visit(t, "zoe@example.org").page(t, "/")
	caching := first.beside(t, "--cache", "1MiB")
	caching.launch(t)
	if said := caching.ends(t); !strings.Contains(said, "another process holds the database") {
		t.Errorf("a server with a cache beside others: %s", said)
	}
	caching.process = nil
}

// thief takes the hold of a server's database away, and shares it with servers
// that have no cache. It gives it back by what it returns.
func (s *server) thief(t *testing.T, postgres bool) (giveBack func()) {
	t.Helper()
	if !postgres {
		// Somebody tidies up, and the next process makes a new file.
		lock := filepath.Join(s.data(), "prokura.db.lock")
		if err := os.Remove(lock); err != nil {
			t.Fatal(err)
		}
		file, err := os.OpenFile(lock, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); err != nil {
			t.Fatal(err)
		}
		return func() { file.Close() }
	}
	ctx := context.Background()
	connect := func() *pgx.Conn {
		c, err := pgx.Connect(ctx, s.database()[3])
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close(ctx) })
		return c
	}
	waiting, admin := connect(), connect()
	got := make(chan error, 1)
	go func() {
		_, err := waiting.Exec(ctx, `SELECT pg_advisory_lock_shared(x'70726b72'::int, hashtext(current_schema()))`)
		got <- err
	}()
	const others = `FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE l.locktype = 'advisory' AND d.datname = current_database() AND `
	until(t, "the thief stands behind the holder", func() bool {
		var n int
		if err := admin.QueryRow(ctx, `SELECT count(*) `+others+`NOT l.granted`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n == 1
	})
	if _, err := admin.Exec(ctx, `SELECT pg_terminate_backend(l.pid) `+others+`l.granted`); err != nil {
		t.Fatal(err)
	}
	if err := <-got; err != nil {
		t.Fatal(err)
	}
	return func() { waiting.Close(ctx) }
}

// A server that has lost its hold says yes to nothing, on any surface, until
// it has won it back, and then nothing that was ended meanwhile by others works.
//
// Proves R-OPS-01.
func TestLostHold(t *testing.T) { eachDatabase(t, lostHold) }

func lostHold(t *testing.T, postgres bool) {
	s := startGranted(t, postgres)
	for _, token := range []string{s.business, s.child, s.personal} { // in memory from now on
		s.wantAlive(t, "a token", token)
	}
	giveBack := s.thief(t, postgres)
	until(t, "the server says no", func() bool { return s.refuses(t, s.business) })
	for what, got := range map[string]answer{
		"APPID|SECRET": s.get(t, "/v25.0/"+campaigns.id, url.Values{"access_token": {campaigns.id + "|" + campaigns.secret}}),
		"debug_token":  s.get(t, "/v25.0/debug_token", url.Values{"input_token": {s.child}, "access_token": {s.business}}),
		"a revoke":     s.post(t, "/v25.0/oauth/revoke", url.Values{"client_id": {campaigns.id}, "client_secret": {campaigns.secret}, "revoke_token": {s.child}}),
	} {
		if got.status != http.StatusServiceUnavailable || got.code() != 2 {
			t.Errorf("%s without a hold: %d %d", what, got.status, got.code())
		}
	}
	for _, path := range []string{"/healthz", "/v25.0/dialog/oauth?client_id=" + campaigns.id + "&config_id=" + configCampaigns + "&response_type=code&redirect_uri=" + url.QueryEscape(s.uri)} {
		resp, err := s.http.Get(s.url + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("%s without a hold: %s", path, resp.Status)
		}
	}
	other := s.beside(t, "--cache", "0")
	other.start(t)
	other.wantAlive(t, "a token", s.child)
	other.revoke(t, s.child)
	if !s.refuses(t, s.business) || !s.refuses(t, s.child) {
		t.Error("a server without a hold answers while another one has it")
	}
	other.terminate(t)
	giveBack()
	s.waitHealthy(t, s.exited)
	s.wantDead(t, "a token that ended at another server", s.child, 0)
	s.wantAlive(t, "a token", s.business)
	s.wantAlive(t, "a token", s.personal)
	s.revoke(t, s.personal)
	s.wantDead(t, "a token that ended after all that", s.personal, 0)
	s.logs(t, "this server does not hold its database")
	s.logs(t, "this server holds its database again")
}

// A server that stood still while another one took over says yes to nothing
// when it goes on, not even once.
func TestPausedServer(t *testing.T) {
	t.Parallel()
	s := startGranted(t, true)
	s.wantAlive(t, "a token", s.child)
	second := s.beside(t, "--wait")
	second.launch(t)
	second.logs(t, "waiting for another process")
	if err := s.process.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	second.waitHealthy(t, second.exited) // PostgreSQL has ended the session of who is silent
	if !strings.Contains(second.log.String(), "did not say that it has ended") {
		t.Error("the second server did not wait for what the first one may still say")
	}
	second.revoke(t, s.child)
	if err := s.process.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if !s.refuses(t, s.child) {
			t.Fatal("the first server answers a token that has ended at the second one")
		}
	}
	second.wantAlive(t, "a token", s.business)
	second.terminate(t)
	s.waitHealthy(t, s.exited)
	s.wantDead(t, "a token that ended at another server", s.child, 0)
	s.wantAlive(t, "a token", s.business)
}
