package test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// startLimit bounds how long a server may take to answer /healthz. It is a
// limit for hanging, far above what a start takes, and measures nothing.
const startLimit = 30 * time.Second

// serverOptions describes a server under test. The zero value is the demo
// world over plain HTTP on a loopback port.
type serverOptions struct {
	// scenario is the file given to the seed command; "" is the demo world.
	scenario string
	// tls serves HTTPS as *.facebook.com with a certificate of the test's own
	// authority, for clients that know only those hosts.
	tls bool
	// postgres takes a new PostgreSQL database instead of a new SQLite file.
	postgres bool
	// host is the name by which browsers reach the server; "" is its address.
	host string
	// args are added to the serve command, env to its environment.
	args, env []string
}

// server is one running binary with a fresh database.
type server struct {
	url  string // base of every URL that a browser sees, no slash at the end
	addr string // host:port of the listener
	api  string // base of the Graph API as clients reach it
	// local is the base by loopback address, for what only this machine may do.
	local string
	http  *http.Client
	log   *syncBuffer
	// redirect leads clients that know only Meta's hosts here.
	redirect *redirection

	command []string // and its environment
	env     []string
	process *exec.Cmd
	exited  chan error
}

// startServer seeds a fresh database, starts the binary on it and stops it
// when the test ends. A failed test shows the server's log.
func startServer(t *testing.T, opts serverOptions) *server {
	t.Helper()
	bin := binary(t)
	database := freshDatabase(t, opts.postgres)

	scenario := opts.scenario
	if scenario == "" {
		scenario = "demo"
	}
	seed := exec.Command(bin, append([]string{"seed", scenario, "--dev"}, database...)...)
	if out, err := seed.CombinedOutput(); err != nil {
		t.Fatalf("prokura seed %s: %v\n%s", scenario, err, out)
	}

	s := &server{addr: freeAddr(t), log: new(syncBuffer), http: &http.Client{Timeout: time.Minute}}
	s.redirect = &redirection{authority: trusted(t), addr: s.addr}
	args := []string{"serve", "--dev"}
	if opts.tls {
		s.local = "https://" + s.addr
		s.url, s.api = "https://www.facebook.com", "https://graph.facebook.com"
		transport := s.redirect.transport()
		t.Cleanup(transport.CloseIdleConnections)
		s.http.Transport = transport
		args = append(args, "--tls-cert", s.redirect.certFile, "--tls-key", s.redirect.keyFile,
			"--base-url", s.url, "--also-host", "graph.facebook.com,connect.facebook.net")
	} else {
		s.local = "http://" + s.addr
		s.url, s.api = s.local, s.local
		if opts.host != "" {
			_, port, _ := net.SplitHostPort(s.addr)
			s.url = "http://" + net.JoinHostPort(opts.host, port)
		}
		args = append(args, "--base-url", s.url)
	}
	args = append(args, "--listen", s.addr)
	args = append(args, database...)
	args = append(args, opts.args...)

	s.command, s.env = append([]string{bin}, args...), append(os.Environ(), opts.env...)
	s.start(t)
	t.Cleanup(func() {
		if s.process != nil {
			stop(t, s.process, s.exited)
		}
		checkLog(t, s.log.String())
	})
	return s
}

// start runs the server, once more on the same database after kill.
func (s *server) start(t *testing.T) {
	t.Helper()
	s.launch(t)
	s.waitHealthy(t, s.exited)
}

// launch runs the server and waits for nothing.
func (s *server) launch(t *testing.T) {
	t.Helper()
	s.process, s.exited = exec.Command(s.command[0], s.command[1:]...), make(chan error, 1)
	s.process.Env, s.process.Stdout, s.process.Stderr = s.env, s.log, s.log
	if err := s.process.Start(); err != nil {
		t.Fatalf("start %s: %v", s.command[0], err)
	}
	process, exited := s.process, s.exited
	go func() { exited <- process.Wait() }()
}

// kill ends the server as a power cut does: without a word.
func (s *server) kill(t *testing.T) {
	t.Helper()
	if err := s.process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-s.exited
}

// waitHealthy returns once /healthz answers 200.
func (s *server) waitHealthy(t *testing.T, exited chan error) {
	t.Helper()
	deadline := time.Now().Add(startLimit)
	var last error
	for time.Now().Before(deadline) {
		select {
		case err := <-exited:
			exited <- err
			t.Fatalf("the server ended before it was ready: %v", err)
		default:
		}
		resp, err := s.http.Get(s.url + "/healthz")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
			err = fmt.Errorf("/healthz answers %s", resp.Status)
		}
		last = err
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("the server was not ready: %v", last)
}

// stop ends the server gently and, if it hangs, hard; hanging is a failure.
func stop(t *testing.T, cmd *exec.Cmd, exited chan error) {
	t.Helper()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("stop the server: %v", err)
	}
	select {
	case <-exited:
	case <-time.After(startLimit):
		t.Error("the server did not stop when asked")
		_ = cmd.Process.Kill()
		<-exited
	}
}

// secretPatterns match what no log may hold: token strings of every kind, and
// the secrets and the password of the demo world.
var secretPatterns = regexp.MustCompile(`pk[uspbca]_[0-9A-Za-z]{45}|` + strings.Join([]string{
	campaignsSecret, labSecret, trailmatesSecret, demoPassword,
}, "|"))

// checkLog fails the test if the server logged a secret, and shows the log of
// a test that failed.
func checkLog(t *testing.T, log string) {
	t.Helper()
	for line := range strings.Lines(log) {
		if secretPatterns.MatchString(line) {
			t.Errorf("a secret is in the server's log: %s", secretPatterns.ReplaceAllString(line, "<secret>"))
		}
	}
	if !t.Failed() {
		return
	}
	const tail = 16 << 10
	if len(log) > tail {
		log = "…" + log[len(log)-tail:]
	}
	t.Logf("the server's log:\n%s", secretPatterns.ReplaceAllString(log, "<secret>"))
}

// binary returns the path of the product: PROKURA_BIN, or a build of this
// tree that the tests of this process share.
func binary(t *testing.T) string {
	t.Helper()
	path, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var buildOnce = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("PROKURA_BIN"); path != "" {
		return path, nil
	}
	dir, err := os.MkdirTemp("", "prokura-bin-")
	if err != nil {
		return "", err
	}
	shared.add(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "prokura")
	build := exec.Command("go", "build", "-o", path, "../cmd/prokura")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as make build does
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build ./cmd/prokura: %w\n%s", err, out)
	}
	return path, nil
})

// Ports of servers are counted through, from a random one on.
var (
	firstPort = rand.Uint32N(9000)
	portsUsed atomic.Uint32
)

// freeAddr returns a loopback address whose port is free and stays so until the
// server takes it: no other test gets it, and it is none of those that systems
// hand out to whoever asks for any.
func freeAddr(t *testing.T) string {
	t.Helper()
	for range 1000 {
		addr := fmt.Sprintf("127.0.0.1:%d", 11000+(firstPort+portsUsed.Add(1))%9000)
		if listener, err := net.Listen("tcp", addr); err == nil {
			listener.Close()
			return addr
		}
	}
	t.Fatal("no port is free")
	return ""
}

// syncBuffer collects what a process writes while a test may read it.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// testContext bounds one step of a test against hanging.
func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}
