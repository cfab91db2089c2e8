package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
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

	"modernc.org/sqlite"

	"github.com/prokura/prokura/client"
	"github.com/prokura/prokura/client/vault"
	"github.com/prokura/prokura/prokuratest"
)

// TestMain lets the demo run this binary as the program that it is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "-play" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestDemo(t *testing.T) {
	t.Parallel()
	server := "../../bin/prokura"
	if _, err := os.Stat(server); err != nil {
		server = "" // the demo builds one
	}
	var out, errs bytes.Buffer
	if err := command(t.Context(), []string{"-demo", "-prokura", server}, &out, &errs); err != nil {
		t.Fatalf("%v\n%s%s", err, &out, &errs)
	}
	if !strings.Contains(out.String(), "That is all.") || errs.Len() > 0 {
		t.Errorf("the demo says\n%s%s", &out, &errs)
	}
}

// liveWorld is the demo's world after the review.
func liveWorld(t *testing.T) *prokuratest.Server {
	text, err := demo.ReadFile(demoWorld)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(text), "    draft_relationship:")
	_, after, ok := strings.Cut(rest, "    configurations:")
	if !ok {
		t.Fatal("the demo's world has another form")
	}
	return prokuratest.StartWorld(t, before+"    mode: live\n    advanced_access: [catalog_management]\n    configurations:"+after)
}

// connected writes the files of a program that has its token.
func connected(t *testing.T, srv *prokuratest.Server, dir string) {
	token := srv.Login(prokuratest.Login{Configuration: "sync", Person: "ada", Business: "nordwind", Assets: []string{"shop"}})
	write(t, filepath.Join(dir, "app.secret"), srv.Config("catalogsync").Secret.Reveal())
	text, err := json.Marshal(settings{Server: srv.URL, AppID: srv.ID("catalogsync"), Secret: "app.secret", ConfigID: srv.ID("sync"), Business: srv.ID("nordwind"), Catalog: srv.ID("shop"),
		Contact: "ada@nordwind.example", Products: "products.csv", State: "sync.db", Key: "sync.key", RedirectURI: srv.RedirectURI("catalogsync"), Listen: "127.0.0.1:0",
		Mail: mailSettings{Server: "127.0.0.1:1", From: "sync@lumen.example"}, Batch: 2})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "sync.json"), string(text))
	a := opened(t, dir, http.DefaultTransport)
	if err := a.keeper.Add(t.Context(), vault.Entry{ID: entry, Token: token, Mail: a.settings.Contact, Login: login}); err != nil {
		t.Fatal(err)
	}
}

// killAt is the step at which the child process is killed, in killDir.
const (
	killAt  = "CATALOGSYNC_KILL_AT"
	killDir = "CATALOGSYNC_KILL_DIR"
)

// TestKilledAtEachStep kills the program at each row that it changes, each commit
// and before and after each call, and has it begin again: each item is in the
// catalog once, as the shop has it.
func TestKilledAtEachStep(t *testing.T) {
	if os.Getenv(killAt) != "" {
		killed(t)
		return
	}
	t.Parallel()
	srv := liveWorld(t)
	template := t.TempDir()
	connected(t, srv, template)
	steps := 0
	for survived := false; !survived; steps++ {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(template)); err != nil {
			t.Fatal(err)
		}
		forgetCalls(t, srv)
		shop := func(lines ...string) {
			text := "id,title,description,availability,condition,price,link,image_link,brand\n"
			for _, line := range lines {
				id, price, _ := strings.Cut(line, " ")
				text += fmt.Sprintf("s%d-%s,Thing %s,A thing,in stock,new,%s EUR,https://nordwind.example/x,https://nordwind.example/x.jpg,Nordwind\n", steps, id, id, price)
			}
			write(t, filepath.Join(dir, "products.csv"), text)
		}
		shop("a 1.00", "b 2.00", "c 3.00")
		a := opened(t, dir, http.DefaultTransport)
		if _, err := a.once(t.Context()); err != nil {
			t.Fatal(err)
		}
		shop("a 1.00", "b 2.50", "d 4.00")
		survived = child(t, dir, steps+1)
		again := opened(t, dir, http.DefaultTransport)
		if _, err := again.once(t.Context()); err != nil {
			t.Fatalf("step %d: %v", steps, err)
		}
		prefix := fmt.Sprintf("s%d-", steps)
		want := []string{prefix + "a 100 EUR", prefix + "b 250 EUR", prefix + "d 400 EUR"}
		if got := inCatalog(t, again, prefix); !slices.Equal(got, want) {
			t.Errorf("step %d: the catalog has %q", steps, got)
		}
		known, err := again.state.known(t.Context(), "items")
		if err != nil {
			t.Fatal(err)
		}
		left, err := again.state.underWay(t.Context())
		if ids := slices.Sorted(maps.Keys(known)); err != nil || len(left) > 0 || !slices.Equal(ids, []string{prefix + "a", prefix + "b", prefix + "d"}) {
			t.Errorf("step %d: the program thinks that the catalog has %q, and %v is under way: %v", steps, ids, left, err)
		}
	}
	t.Logf("killed at %d steps", steps-1)
	if steps < 20 {
		t.Errorf("killed at %d steps alone", steps-1)
	}
}

// child runs the program in a process of its own, to be killed at a step; true: it
// survived.
func child(t *testing.T, dir string, step int) bool {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^TestKilledAtEachStep$", "-test.count=1")
	c.Env = append(os.Environ(), killAt+"="+strconv.Itoa(step), killDir+"="+dir)
	out, err := c.CombinedOutput()
	exit, ok := errors.AsType[*exec.ExitError](err)
	if err != nil && (!ok || !exit.Sys().(syscall.WaitStatus).Signaled()) {
		t.Fatalf("step %d: %v\n%s", step, err, out)
	}
	return err == nil
}

// killed is the process that dies.
func killed(t *testing.T) {
	at, err := strconv.ParseInt(os.Getenv(killAt), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	var steps atomic.Int64
	step := func() {
		if steps.Add(1) == at {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // the signal is on its way
		}
	}
	sqlite.RegisterConnectionHook(func(c sqlite.ExecQuerierContext, _ string) error {
		hooks := c.(sqlite.HookRegisterer)
		hooks.RegisterPreUpdateHook(func(sqlite.SQLitePreUpdateData) { step() })
		hooks.RegisterCommitHook(func() int32 { step(); return 0 })
		return nil
	})
	a := opened(t, os.Getenv(killDir), around(func(r *http.Request) (*http.Response, error) {
		step()
		defer step()
		return http.DefaultTransport.RoundTrip(r)
	}))
	steps.Store(0) // what opening it changes was there before
	if _, err := a.once(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// inCatalog is what the catalog has with a prefix, with prices in cents.
func inCatalog(t *testing.T, a *app, prefix string) (out []string) {
	t.Helper()
	type item struct {
		ID       string `json:"retailer_id"`
		Price    string `json:"price"`
		Currency string `json:"currency"`
	}
	as, err := a.keeper.Caller(t.Context(), entry)
	if err != nil {
		t.Fatal(err)
	}
	for p, err := range client.All[item](t.Context(), as, a.settings.Catalog+"/products", client.Fields("retailer_id", "price", "currency"), client.Limit(500)) {
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(p.ID, prefix) {
			out = append(out, p.ID+" "+p.Price+" "+p.Currency)
		}
	}
	slices.Sort(out)
	return out
}

// forgetCalls has the world begin with full budgets.
func forgetCalls(t *testing.T, srv *prokuratest.Server) {
	t.Helper()
	r, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodPost, srv.URL+"/_dev/quota", strings.NewReader(`{"clear":true}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp, err)
	}
	resp.Body.Close()
}
