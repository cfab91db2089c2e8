//go:build unix

package bench

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prokura/prokura"
)

// short is a run of a second or two, with the binary that stories use.
func short(t *testing.T) *bench {
	t.Helper()
	binary := os.Getenv("PROKURA_BIN")
	if binary == "" {
		if os.Getenv("PROKURA_TEST_REQUIRED") != "" {
			t.Fatal("PROKURA_BIN is not set")
		}
		t.Skip("set PROKURA_BIN to a binary, or run test/env")
	}
	t.Setenv("TMPDIR", t.TempDir())
	return &bench{Config: Config{Binary: binary, Peer: []string{"bench-peer"}, Env: append(os.Environ(), "PROKURA_RATE_RULES=off"), Families: 40, Lasts: 60 * time.Millisecond, Rounds: 1, PerSecond: 500,
		Command: "prokura bench", Log: io.Discard}}
}

// left fails the test for whatever a run has left behind.
func left(t *testing.T, b *bench, started map[int]bool) {
	t.Helper()
	if files, err := os.ReadDir(os.TempDir()); err != nil || len(files) > 0 {
		t.Errorf("files are left: %v, %v", files, err)
	}
	if len(b.children) > 0 {
		t.Errorf("%d children are left", len(b.children))
	}
	if len(started) == 0 {
		t.Error("no child was started")
	}
	for pid := range started {
		if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("child %d: %v", pid, err)
		}
	}
}

// watch notes the children of a run whenever it tells something.
type watch struct {
	b       *bench
	started map[int]bool
	at      string // what is waited for
	then    func()
}

func (w *watch) Write(p []byte) (int, error) {
	for _, c := range w.b.children {
		w.started[c.cmd.Process.Pid] = true
	}
	if w.then != nil && strings.Contains(string(p), w.at) {
		w.then()
	}
	return len(p), nil
}

// watched has a run watched.
func watched(b *bench, at string, then func()) map[int]bool {
	w := &watch{b: b, started: map[int]bool{}, at: at, then: then}
	b.Log = w
	return w.started
}

// The table has every row, with a number of things that is more than none.
func TestBench(t *testing.T) {
	b := short(t)
	started := watched(b, "", nil)
	b.Beside = b.Binary
	hydra := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/admin/oauth2/introspect" || r.FormValue("token") != "known" {
			http.Error(w, "not asked as Hydra is", http.StatusNotFound)
			return
		}
		_, _ = io.WriteString(w, `{"active":true,"scope":"offline"}`)
	}))
	defer hydra.Close()
	b.Hydra, b.HydraToken = hydra.Listener.Addr().String(), "known"
	b.Redis = startRedis(t)
	var out bytes.Buffer
	if err := b.run(t.Context(), &out); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	left(t, b, started)
	wantRows(t, out.String(), "start to the first answer", "Ory Hydra, introspection of one token", "memory with 42 warm tokens", "memory with 42 warm tokens of the other build", "`/debug_token`, warm", "`/me`, warm", "a token that no key made",
		"bare handler, same bytes as `/debug_token`", "bare handler, same bytes as `/me`", "bare handler, `/debug_token` without its headers",
		"RS256 in the bare handler", "ES256 in the bare handler", "EdDSA in the bare handler", "`/debug_token`, 42 tokens, 500/s at fixed times",
		"`/debug_token`, `--cache 0`", "`/me`, `--cache 0`", "`/me`, calls counted in memory", "`/me`, calls counted by Redis", "bare handler, header fields of `/me`", "bare handler, header fields of one of 40 ad accounts",
		"one of 40 ad accounts, calls counted in memory", "one of 40 ad accounts, calls counted by Redis", "round trips to Redis for a hundred calls",
		"child token cut, 8 connections", "token ended by `/oauth/revoke`, 8 connections", "bare commit of one row, 8 connections",
		"what a business granted taken back, with 42 tokens")
	for _, want := range []string{"40 token families on SQLite", "`prokura bench`", " 0 were wrong", "of the bare handler", "the other build's", "of bare commits"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table does not say %q:\n%s", want, &out)
		}
	}
}

// startRedis starts one of its own and answers its URL.
func startRedis(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		if os.Getenv("PROKURA_TEST_REQUIRED") != "" {
			t.Fatal("no redis-server here; run test/setup")
		}
		t.Skip("no redis-server here")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(address)
	cmd := exec.Command(path, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", "/")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for range 500 {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	return "redis://" + address
}

// The same rows come from PostgreSQL, in a database that is gone afterwards.
func TestBenchPostgres(t *testing.T) {
	b := short(t)
	if b.Postgres = os.Getenv("PROKURA_TEST_POSTGRES"); b.Postgres == "" {
		if os.Getenv("PROKURA_TEST_REQUIRED") != "" {
			t.Fatal("PROKURA_TEST_POSTGRES is not set")
		}
		t.Skip("PROKURA_TEST_POSTGRES is not set")
	}
	b.Only = []string{"cold", "write"}
	var out bytes.Buffer
	if err := b.run(t.Context(), &out); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	wantRows(t, out.String(), "`/debug_token`, `--cache 0`", "`/me`, `--cache 0`", "child token cut, 8 connections", "token ended by `/oauth/revoke`, 8 connections", "bare commit of one row, 8 connections")
	if !strings.Contains(out.String(), "on PostgreSQL") || !strings.Contains(out.String(), "fsync") {
		t.Errorf("the table does not say on what it was measured:\n%s", &out)
	}
}

func wantRows(t *testing.T, text string, names ...string) {
	t.Helper()
	number := regexp.MustCompile(`[0-9][0-9,]*(\.[0-9]+)?`)
	rows := map[string]string{}
	for line := range strings.Lines(text) {
		if cells := strings.Split(line, " | "); strings.HasPrefix(line, "| ") && len(cells) == 5 {
			rows[strings.TrimPrefix(cells[0], "| ")] = cells[1]
		}
	}
	for _, name := range names {
		n, err := strconv.ParseFloat(strings.ReplaceAll(number.FindString(rows[name]), ",", ""), 64)
		if err != nil || n <= 0 {
			t.Errorf("%s: %q", name, rows[name])
		}
	}
	if len(rows) != len(names)+1 { // with the heads of the columns
		t.Errorf("%d rows, want %d:\n%s", len(rows)-1, len(names), text)
	}
}

// A run in which one token of many is answered about as it should not be fails.
func TestBenchWrongAnswers(t *testing.T) {
	b := short(t)
	started := watched(b, "", nil)
	b.Only = []string{"warm"}
	b.spoil = func(ctx context.Context, address string, w *world) error {
		_, token := w.token(w.families, 7)
		told, err := call(ctx, address, revokeRequest(nil, token))
		if err == nil && string(told.body) != `{"success":true}` {
			t.Errorf("revoke: %d %s", told.status, told.body)
		}
		return err
	}
	var out bytes.Buffer
	err := b.run(t.Context(), &out)
	if err == nil || !regexp.MustCompile(`^[1-9][0-9]* answers were wrong, such as: /(debug_token|me), call 7: status (200|400): `).MatchString(err.Error()) {
		t.Errorf("one token was revoked, and the run ends with: %v\n%s", err, &out)
	}
	if !strings.Contains(out.String(), "| `/debug_token`, warm |") {
		t.Errorf("the table is missing:\n%s", &out)
	}
	left(t, b, started)
}

// A run that is stopped leaves nothing behind.
func TestBenchStopped(t *testing.T) {
	b := short(t)
	ctx, cancel := context.WithCancel(t.Context())
	started := watched(b, "bare debug_token", cancel)
	if err := b.run(ctx, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("the run ends with: %v", err)
	}
	left(t, b, started)
}

// What makes no sense is refused before anything is made.
func TestBenchRefuses(t *testing.T) {
	for _, c := range []Config{{}, {Families: 1, Rounds: 1, Lasts: time.Second, PerSecond: 1, Only: []string{"warmth"}}} {
		if err := Run(t.Context(), c, io.Discard); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
}

// Delays are told to two digits, and never as less than they were.
func TestDelays(t *testing.T) {
	var d delays
	for i := range 1000 {
		d.add(time.Duration(i+1) * time.Microsecond)
	}
	for _, v := range []struct {
		part float64
		want time.Duration
	}{{0.5, 500 * time.Microsecond}, {0.99, 990 * time.Microsecond}, {1, time.Millisecond}} {
		if got := d.at(v.part); got < v.want || got > v.want*104/100 {
			t.Errorf("%v of the calls took at most %v, want %v", v.part, got, v.want)
		}
	}
	for _, one := range []time.Duration{1, 63, 64, 65, time.Second, time.Hour} {
		var d delays
		d.add(one)
		if got := d.at(0.99); got < one || got > one*104/100+1 {
			t.Errorf("%v is told as %v", one, got)
		}
	}
}

// Tokens of copies are told apart, and are those that the server would print.
func TestTokens(t *testing.T) {
	w := &world{families: 30, signer: prokura.TokenKey{ID: 1}.Signer(), child: answers{place: 1}}
	seen := map[string]bool{}
	for n := range w.tokens(w.families) {
		id, secret := w.token(w.families, n)
		p, err := prokura.ParseToken(secret.Reveal())
		if err != nil || p.ID != id || !w.signer.Verify(p) || seen[secret.Reveal()] {
			t.Errorf("token %d: %v, %v", n, p, err)
		}
		seen[secret.Reveal()] = true
	}
	for n := range 10 {
		seen[w.sibling(n).Reveal()] = true
	}
	if len(seen) != 30+2+10 {
		t.Errorf("%d tokens, want 42", len(seen))
	}
}
