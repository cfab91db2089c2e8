//go:build !race && unix

package vault_test

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"modernc.org/sqlite"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/client"
	"github.com/prokura/prokura/client/vault"
)

// The environment of a process that is killed.
const (
	killAt  = "VAULT_TEST_KILL_AT" // the step
	killDir = "VAULT_TEST_KILL_DIR"
)

// A keeper is killed, as by a power cut, before and after everything that it does:
// each statement, call and mail. Whoever comes after it finds nothing lost: the
// living token, the renewed one, the dead one that somebody is asked for, under one
// question (R-CARE-02).
func TestKilledAtEachStep(t *testing.T) {
	if os.Getenv(killAt) != "" {
		killed(t)
		return
	}
	t.Parallel()
	steps := 0
	for step := 1; ; step++ {
		dir := t.TempDir()
		prepare(t, dir)
		child := exec.Command(os.Args[0], "-test.run=^TestKilledAtEachStep$", "-test.count=1")
		child.Env = append(os.Environ(), killAt+"="+strconv.Itoa(step), killDir+"="+dir)
		out, err := child.CombinedOutput()
		exit, ok := errors.AsType[*exec.ExitError](err)
		if err != nil && (!ok || !exit.Sys().(syscall.WaitStatus).Signaled()) {
			t.Fatalf("step %d: %v\n%s", step, err, out)
		}
		survived := err == nil
		synctest.Test(t, func(t *testing.T) { keepFor(t, dir, 12*time.Hour, nil) })
		look(t, dir, step)
		if survived {
			break
		}
		steps++
	}
	t.Logf("killed at %d steps", steps)
	if steps < 30 {
		t.Errorf("killed at %d steps alone", steps)
	}
}

// killed is the process that dies.
func killed(t *testing.T) {
	at, err := strconv.ParseInt(os.Getenv(killAt), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	var steps atomic.Int64
	synctest.Test(t, func(t *testing.T) {
		keepFor(t, os.Getenv(killDir), time.Hour, func() {
			if steps.Add(1) == at {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {} // the signal is on its way
			}
		})
	})
}

func files(dir string) (database, log, key string) {
	return filepath.Join(dir, "app.db"), filepath.Join(dir, "log"), filepath.Join(dir, "key")
}

// prepare makes a vault with a living token, a dead one and one that is to be
// renewed; the clock is that of a bubble, which begins at the same time each time.
func prepare(t *testing.T, dir string) {
	_, _, keyFile := files(dir)
	h, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := insecurecleartextkeyset.Write(h, keyset.NewJSONWriter(&text)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(keyFile, []byte(base64.StdEncoding.EncodeToString(text.Bytes())), 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		v, db := stepped(t, dir, nil)
		defer db.Close()
		for name, tok := range startTokens() {
			e := vault.Entry{App: appID, ID: name, Token: secretOf(name), Mail: name + "@example.com", Kind: tok.kind, Issued: tok.issued, Expires: tok.expires}
			if err := v.Put(t.Context(), e, 0); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func startTokens() map[string]*token {
	now := time.Now()
	return map[string]*token{
		"alive": {kind: "SYSTEM_USER", issued: now},
		"dead":  {kind: "SYSTEM_USER", issued: now.Add(-time.Hour), dies: now.Add(-time.Minute), subcode: 458},
		"old":   {kind: "SYSTEM_USER", issued: now.Add(-50 * 24 * time.Hour), expires: now.Add(10 * 24 * time.Hour)},
	}
}

func secretOf(name string) prokura.Secret { return prokura.Secret("T" + name) }

// keepFor runs a keeper on what is in dir; step is called before and after all that
// it does.
func keepFor(t *testing.T, dir string, d time.Duration, step func()) {
	if step == nil {
		step = func() {}
	}
	_, logFile, _ := files(dir)
	log, err := os.OpenFile(logFile, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	say := func(line string) {
		if _, err := log.WriteString(line + "\n"); err != nil {
			t.Fatal(err)
		}
	}
	p := newPlatform()
	for name, tok := range startTokens() {
		p.tokens[secretOf(name).Reveal()] = tok
	}
	for _, line := range lines(t, logFile) {
		if name, ok := strings.CutPrefix(line, "renewed "); ok {
			p.tokens[name] = &token{kind: "SYSTEM_USER", issued: time.Now(), expires: time.Now().Add(60 * 24 * time.Hour)}
			p.made++
		}
	}
	p.told = say
	c, err := client.New(client.Config{AppID: appID, Secret: appSecret, HTTP: &http.Client{Transport: steps(func(r *http.Request) (*http.Response, error) {
		step()
		resp, err := p.RoundTrip(r)
		step()
		return resp, err
	})}})
	if err != nil {
		t.Fatal(err)
	}
	v, db := stepped(t, dir, step)
	defer db.Close()
	k, err := vault.New(vault.Config{Vault: v, Client: c, Reconnect: "https://app.example/reconnect", Sender: asking(func(q vault.Question) {
		step()
		say("asked " + q.Entry.ID + " " + q.ID)
		step()
	})})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), d)
	defer stop()
	if err := k.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// look is at what was left.
func look(t *testing.T, dir string, step int) {
	t.Helper()
	_, logFile, _ := files(dir)
	v, db := stepped(t, dir, nil)
	defer db.Close()
	said := lines(t, logFile)
	entries := map[string]vault.Entry{}
	for name := range startTokens() {
		e, err := v.Get(t.Context(), appID, name)
		if err != nil {
			t.Fatalf("step %d: %v", step, err)
		}
		entries[name] = e
	}
	if e := entries["alive"]; !e.Dead.IsZero() || e.Token != secretOf("alive") || e.Checked.IsZero() {
		t.Errorf("step %d: alive is %+v", step, e)
	}
	if e := entries["old"]; !e.Dead.IsZero() || !slices.Contains(said, "renewed "+e.Token.Reveal()) {
		t.Errorf("step %d: the renewed one is %+v", step, e)
	}
	questions := map[string]bool{}
	for _, line := range said {
		if id, ok := strings.CutPrefix(line, "asked dead "); ok {
			questions[id] = true
		} else if strings.HasPrefix(line, "asked") {
			t.Errorf("step %d: %s", step, line)
		}
	}
	if e := entries["dead"]; e.Dead.IsZero() || e.Subcode != 458 || e.Asked.IsZero() || len(questions) != 1 {
		t.Errorf("step %d: dead is %+v after %d questions", step, e, len(questions))
	}
}

func lines(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

type steps func(*http.Request) (*http.Response, error)

func (f steps) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

type asking func(vault.Question)

func (f asking) Ask(_ context.Context, q vault.Question) error {
	f(q)
	return nil
}

// stepped opens the vault in dir on a connection that calls step around each
// statement.
func stepped(t *testing.T, dir string, step func()) (*vault.Vault, *sql.DB) {
	t.Helper()
	database, _, keyFile := files(dir)
	if step == nil {
		step = func() {}
	}
	text, err := os.ReadFile(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil {
		t.Fatal(err)
	}
	h, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(plain)))
	if err != nil {
		t.Fatal(err)
	}
	key, err := aead.New(h)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector{"file:" + database + "?_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)&_pragma=synchronous(off)&_txlock=immediate", step}) // a kill loses no page that was written
	v, err := vault.Open(context.Background(), db, key)
	if err != nil {
		t.Fatal(err)
	}
	return v, db
}

type connector struct {
	source string
	step   func()
}

func (c connector) Driver() driver.Driver { return &sqlite.Driver{} }

func (c connector) Connect(context.Context) (driver.Conn, error) {
	inner, err := (&sqlite.Driver{}).Open(c.source)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	return &conn{inner, c.step}, nil
}

type conn struct {
	driver.Conn
	step func()
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.step()
	defer c.step()
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.step()
	defer c.step()
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
}

func (c *conn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	tx, err := c.Conn.(driver.ConnBeginTx).BeginTx(ctx, o)
	return &stepTx{tx, c.step}, err
}

type stepTx struct {
	driver.Tx
	step func()
}

func (t *stepTx) Commit() error {
	t.step()
	defer t.step()
	return t.Tx.Commit()
}
