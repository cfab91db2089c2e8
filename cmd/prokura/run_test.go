package main

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A command that is run finds a server, the world's ids and secrets, and its
// status is the program's.
func TestRun(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	script := `set -e
test -n "$PROKURA_SECRET_CAMPAIGNS"
curl -sf "$PROKURA_URL/$PROKURA_ID_CAMPAIGNS?access_token=$PROKURA_ID_CAMPAIGNS%7C$PROKURA_SECRET_CAMPAIGNS"
echo to stderr >&2
exit 7`
	status, out, errs := command(t, "run", "--", "sh", "-c", script)
	if status != 7 || !strings.Contains(out, `"name":"Brightline Campaigns"`) || errs != "to stderr\n" {
		t.Errorf("status %d\n%s\n%s", status, out, errs)
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"run", "--", "true"}, 0, ""},
		{[]string{"run", "true", "--world", "of its own"}, 0, ""}, // the flags of the command are its own
		{[]string{"run", "--", "sh", "-c", "kill -9 $$"}, 137, ""},
		{[]string{"run", "--", "/nowhere/at-all"}, 127, "/nowhere/at-all"},
		{[]string{"run", "--world", "/nowhere.yaml", "--", "true"}, 1, "nowhere.yaml"},
		{[]string{"run"}, 2, "<command>"},
		{[]string{"run", "--listen", "0.0.0.0:0", "--", "true"}, 1, "loopback"},
	} {
		if status, out, errs := command(t, c.args...); status != c.status || !strings.Contains(errs, c.says) || c.says == "" && errs != "" {
			t.Errorf("%v: status %d, want %d\n%s\n%s", c.args, status, c.status, out, errs)
		}
	}
	world := filepath.Join(t.TempDir(), "world.yaml")
	if err := os.WriteFile(world, []byte("people:\n  eve: {name: Eve, email: eve@a.example}\nbusinesses:\n  acme: {name: Acme, members: {eve: ADMIN}}\n"+
		"apps:\n  tiny-app: {name: Tiny, business: acme, roles: {eve: admin}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, out, errs := command(t, "run", "--world", world, "--", "sh", "-c", "echo $PROKURA_ID_EVE ${#PROKURA_SECRET_TINY_APP}"); status != 0 || !strings.HasSuffix(out, " 32\n") {
		t.Errorf("status %d\n%s\n%s", status, out, errs)
	}
}

// Signals reach the command, and the program waits for it.
func TestRunForwardsSignals(t *testing.T) {
	c := exec.Command("sh", "-c", `trap 'echo ended; exit 3' TERM; echo ready; while :; do sleep 0.01; done`)
	var out output
	c.Stdout, c.Stderr = &out, &out
	signals := make(chan os.Signal, 1)
	go func() {
		find(t, &out, "(ready)")
		signals <- syscall.SIGTERM
	}()
	if status, err := runForwarding(c, signals); status != 3 || err != nil || !strings.Contains(out.String(), "ended") {
		t.Errorf("status %d, %v\n%s", status, err, &out)
	}
}

// The ready file names the server that answers, and is gone with it.
func TestReadyFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "ready")
	_, errs, stop := background(t, "serve", "--dev", "--data", filepath.Join(dir, "data"), "--listen", "127.0.0.1:0", "--ready-file", file)
	var url string
	for range 3000 {
		if text, err := os.ReadFile(file); err == nil {
			url = string(text)
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	resp, err := http.Get(strings.TrimSpace(url) + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if !strings.HasSuffix(url, "\n") || resp.StatusCode != http.StatusOK {
		t.Errorf("%q: %d\n%s", url, resp.StatusCode, errs)
	}
	if status := stop(); status != 0 {
		t.Errorf("status %d", status)
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Error("the file is left behind")
	}
	if status, _, errs := command(t, "serve", "--dev", "--data", filepath.Join(dir, "data"), "--listen", "127.0.0.1:0", "--ready-file", filepath.Join(dir, "no", "where")); status != 1 || !strings.Contains(errs, "ready file") {
		t.Errorf("status %d\n%s", status, errs)
	}
}
