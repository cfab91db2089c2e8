package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// output collects what a command writes while a test may read it.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// command runs the program to its end.
func command(t *testing.T, args ...string) (status int, out, errors string) {
	t.Helper()
	var o, e output
	status = run(t.Context(), args, &o, &e)
	return status, o.String(), e.String()
}

// background runs the program until the test ends or stop is called, which
// returns its status.
func background(t *testing.T, args ...string) (out, errors *output, stop func() int) {
	t.Helper()
	out, errors = &output{}, &output{}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan int, 1)
	go func() { done <- run(ctx, args, out, errors) }()
	stop = sync.OnceValue(func() int { cancel(); return <-done })
	t.Cleanup(func() { stop() })
	return out, errors, stop
}

// find waits until the output matches and returns the first group.
func find(t *testing.T, o *output, pattern string) string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	for range 3000 {
		if m := re.FindStringSubmatch(o.String()); m != nil {
			return m[1]
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("no %s in:\n%s", pattern, o)
	return ""
}

func TestDemoOnce(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	status, out, errors := command(t, "demo", "--once")
	if status != 0 || errors != "" {
		t.Fatalf("status %d\n%s\n%s", status, errors, out)
	}
	if strings.Contains(out, "\x1b[") {
		t.Error("there are colours outside of a terminal")
	}
	// Each wire call is a command that can be copied, in the order of the job.
	from := 0
	for _, part := range []string{"/_dev/consent", "/oauth/access_token", "fields=id,name,client_business_id", "/me/adaccounts", "appsecret_proof=",
		"/system_user_access_tokens", "/act_100000000000301", `"error_subcode": 33`, "/debug_token", `"is_valid": true`, "connected-apps", `"error_subcode": 458`, `"error_subcode": 458`, "10 steps"} {
		i := strings.Index(out[from:], part)
		if i < 0 {
			t.Fatalf("%s does not come after what was played before:\n%s", part, out)
		}
		from += i + len(part)
	}
	if n := strings.Count(out, "\n$ curl -s "); n != 10 {
		t.Errorf("%d commands, want 10", n)
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "prokura-demo-*")); len(left) > 0 {
		t.Errorf("the demo left %s behind", left)
	}
}

// The second story, up to a business that connects an app which nobody knew before.
func TestDemoReview(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	status, out, errors := command(t, "demo", "--once", "--story", "review")
	if status != 0 || errors != "" {
		t.Fatalf("status %d\n%s\n%s", status, errors, out)
	}
	from := 0
	for _, part := range []string{"/signup", "/_dev/inbox", "/business/new", "/apps/new", "icon.png", "/verification", "register.pdf", "TXT prokura-verification=", "/staff/businesses/", `"reason": "app_not_available"`,
		"permission:ads_read", "no_interface = 1", "/staff/submissions/", "To be decided", "/staff/submissions/", "Advanced access, Submission 1", "mode = live", "/_dev/consent", "/oauth/access_token", "act_100000000000301", "10 steps"} {
		i := strings.Index(out[from:], part)
		if i < 0 {
			t.Fatalf("%s does not come after what was played before:\n%s", part, out)
		}
		from += i + len(part)
	}
	if strings.Contains(out, miaPassword) {
		t.Error("the play prints passwords")
	}
	if status, _, errors := command(t, "demo", "--once", "--story", "other"); status == 0 || !strings.Contains(errors, "story") {
		t.Errorf("a story that there is not: status %d, %s", status, errors)
	}
}

// A play that goes wrong is a failure of the command.
func TestDemoOnceFails(t *testing.T) {
	for _, run := range []func(*play, *nameServer) error{
		func(p *play, _ *nameServer) error { return p.run(t.Context()) },
		func(p *play, names *nameServer) error { return newReviewPlay(p, names).run(t.Context()) },
	} {
		names, err := startNames()
		if err != nil {
			t.Fatal(err)
		}
		var out output
		if err := run(newPlay(newPrinter(&out), "http://127.0.0.1:1", cast{}), names); err == nil || !strings.Contains(err.Error(), "step 1") || !strings.Contains(out.String(), "✗") {
			t.Errorf("%v\n%s", err, &out)
		}
		if err := names.conn.Close(); err != nil {
			t.Error(err)
		}
	}
	if status, _, errors := command(t, "demo", "--once", "--listen", "192.0.2.1:0"); status != 1 || !strings.Contains(errors, "loopback") {
		t.Errorf("status %d: %s", status, errors)
	}
}

// After the play the world can be clicked through: the sample app logs in,
// shows its token alive, and dead after it was revoked.
func TestDemoServes(t *testing.T) {
	out, errors, stop := background(t, "demo", "--listen", "127.0.0.1:0")
	app := find(t, out, `(http://\S+)/ +the site of the demo's apps`)
	server := find(t, out, `(http://\S+)/ +the server`)
	find(t, out, `(ada@nordwind\.example +runs Nordwind Outdoor)`)
	find(t, out, `(Stop with Ctrl-C)`)

	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Jar: jar, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	get := func(address string) (*http.Response, string) {
		t.Helper()
		resp, err := client.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp, string(text)
	}
	resp, page := get(app + "/")
	if n := strings.Count(page, `href="/login/`); resp.StatusCode != 200 || n != 5 {
		t.Fatalf("%s: %d logins are offered, want 5", resp.Status, n)
	}
	if strings.Contains(page, "7f3c9a1e5b8d42f6a0c7e91b3d5f8a26") {
		t.Error("the page holds an app's secret")
	}
	resp, _ = get(app + "/login/0")
	dialog, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || dialog.Host != strings.TrimPrefix(server, "http://") || dialog.Query().Get("state") == "" {
		t.Fatalf("the login leads to %v", dialog)
	}
	if resp, _ = get(dialog.String()); resp.StatusCode != 303 {
		t.Errorf("the dialog answers %s", resp.Status)
	}
	body, _ := json.Marshal(map[string]any{"config_id": dialog.Query().Get("config_id"), "person": "100000000000001", "business": "100000000000202",
		"assets": []string{"100000000000301", "100000000000311"}, "redirect_uri": dialog.Query().Get("redirect_uri"), "state": dialog.Query().Get("state"),
		"code_challenge": dialog.Query().Get("code_challenge"), "code_challenge_method": dialog.Query().Get("code_challenge_method")})
	resp, err = http.Post(server+"/_dev/consent", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		To string `json:"redirect_to"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if resp, _ := get(answer.To); resp.StatusCode != 303 {
		t.Errorf("the callback answers %s", resp.Status)
	}
	if _, page = get(app + "/"); !strings.Contains(page, "Valid</strong>") {
		t.Errorf("the token is not shown alive:\n%s", page)
	}
	if _, again := get(answer.To); !strings.Contains(again, "not started here") {
		t.Error("a state counts twice")
	}
	if _, foreign := get(app + "/callback?code=x&state=guess"); !strings.Contains(foreign, "not started here") {
		t.Error("a state that was not given counts")
	}

	p := newPlay(newPrinter(io.Discard), server, cast{nordwind: "100000000000202", app: "100000000000101", email: "ada@nordwind.example", password: "prokura-demo-2026"})
	if err := p.remove(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, page = get(app + "/"); !strings.Contains(page, "Dead</strong>") || !strings.Contains(page, "has not authorized the application") {
		t.Errorf("the token is not shown dead:\n%s", page)
	}
	if status := stop(); status != 0 || errors.String() != "" {
		t.Errorf("status %d: %s", status, errors)
	}
	if _, err := client.Get(server + "/healthz"); err == nil {
		t.Error("the server goes on after its end")
	}
}

func TestSeedAndServe(t *testing.T) {
	dir := t.TempDir()
	if status, out, errors := command(t, "seed", "demo", "--dev", "--data", dir); status != 0 || !strings.Contains(out, "28 ids") {
		t.Fatalf("status %d %s %s", status, out, errors)
	}
	if status, _, errors := command(t, "seed", "demo", "--dev", "--data", dir); status != 1 || !regexp.MustCompile(`demo\.yaml:\d+:\d+: people\.ada\.id: The id 100000000000001 is taken\.`).MatchString(errors) {
		t.Errorf("seeded twice: status %d %s", status, errors)
	}
	if status, _, errors := command(t, "serve", "--dev", "--data", dir, "--listen", "0.0.0.0:0"); status != 1 || !strings.Contains(errors, "loopback") {
		t.Errorf("--dev on every interface: status %d %s", status, errors)
	}
	t.Setenv("PROKURA_DATA", dir)
	t.Setenv("PROKURA_DEV", "true")
	t.Setenv("PROKURA_LISTEN", "127.0.0.1:0")
	_, log, stop := background(t, "serve")
	base := find(t, log, `url=(http://\S+)`)
	resp, err := http.Get(base + "/v25.0/100000000000101?access_token=" + url.QueryEscape("100000000000101|7f3c9a1e5b8d42f6a0c7e91b3d5f8a26"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Errorf("the seeded app: %s", resp.Status)
	}
	if status := stop(); status != 0 {
		t.Errorf("status %d: %s", status, log)
	}
	if strings.Contains(log.String(), "7f3c9a1e5b8d42f6a0c7e91b3d5f8a26") {
		t.Error("a secret is in the log")
	}
}

func TestSeedTellsFaults(t *testing.T) {
	file := filepath.Join(t.TempDir(), "world.yaml")
	if err := os.WriteFile(file, []byte("people:\n  ada: {nam: Ada}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(t.TempDir(), "data")
	status, _, errors := command(t, "seed", file, "--data", data)
	if status != 1 || !strings.Contains(errors, "world.yaml:2:9: people.ada.nam: There is no such field") {
		t.Errorf("status %d %s", status, errors)
	}
	if _, err := os.Stat(data); err == nil {
		t.Error("a file with faults made a database")
	}
}

func TestCommandLine(t *testing.T) {
	for _, c := range []struct {
		args   []string
		status int
		text   string
	}{
		{[]string{"version"}, 0, "prokura "},
		{[]string{"--help"}, 0, "seed"},
		{[]string{"serve", "--help"}, 0, "$PROKURA_LISTEN"},
		{nil, 2, "expected one of"},
		{[]string{"nothing"}, 2, "unexpected argument nothing"},
		{[]string{"serve", "--port", "1"}, 2, "unknown flag --port"},
		{[]string{"serve", "--cache", "many"}, 2, `--cache: "many" is not a size`},
		{[]string{"serve", "--cache", "100000"}, 2, "not a number of entries"},
		{[]string{"serve", "--cache=-64MiB"}, 2, "not between"},
		{[]string{"serve", "--cache", "NaNMiB"}, 2, "not between"},
		{[]string{"serve", "--cache", "4KiB"}, 2, "not between"},
		{[]string{"seed"}, 2, "expected"},
	} {
		status, out, errors := command(t, c.args...)
		if status != c.status || !strings.Contains(out+errors, c.text) {
			t.Errorf("prokura %s: status %d, want %d with %q:\n%s%s", strings.Join(c.args, " "), status, c.status, c.text, out, errors)
		}
	}
}

// Sizes are binary, with or without a fraction; 0 alone has no unit.
func TestByteSize(t *testing.T) {
	for text, want := range map[string]byteSize{"0": 0, "64MiB": 64 << 20, " 1.5 GiB ": 3 << 29, "1024KiB": 1 << 20} {
		var got byteSize
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%s: %d, %v, want %d", text, got, err, want)
		}
	}
}

// Every flag has an environment variable and a line of help.
func TestEveryFlagHasAVariable(t *testing.T) {
	parser, err := newParser()
	if err != nil {
		t.Fatal(err)
	}
	flags := 0
	for _, command := range parser.Model.Leaves(false) {
		for _, f := range command.Flags {
			flags++
			want := "PROKURA_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
			if !slices.Contains(f.Envs, want) || f.Help == "" {
				t.Errorf("prokura %s --%s has the variables %v, want %s; help: %q", command.Name, f.Name, f.Envs, want, f.Help)
			}
		}
	}
	if flags < 15 {
		t.Errorf("only %d flags were looked at", flags)
	}
}

// What is printed as a command is what a shell reads as the same words.
func TestCurl(t *testing.T) {
	for want, c := range map[string]call{
		"curl -s 'http://h/me?fields=id,name&access_token=a%7Cb'":                     get("http://h/me", "fields", "id,name", "access_token", "a|b"),
		"curl -s -d a=1 -d b=it%27s http://h/x":                                       post("http://h/x", "a", "1", "b", "it's"),
		`curl -s -H 'Content-Type: application/json' -d '{"a":"it'\''s"}' http://h/x`: {method: "POST", url: "http://h/x", json: []byte(`{"a":"it's"}`)},
	} {
		if got := curl(c); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if got := fmt.Sprint(quoteShell(""), quoteShell("a b"), quoteShell("a-b")); got != "'' 'a b' a-b" && got != "'''a b'a-b" {
		t.Errorf("got %s", got)
	}
}

// A secret in a file is what stands there without the end of the line; an empty
// file is not the same as none.
func TestSecretInFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	for text, want := range map[string]string{"a-token-in-a-file\n": "a-token-in-a-file", "in one line": "in one line", "\r\n": "", "": ""} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := fileOr(file, "beside", "token")
		if got.Reveal() != want || (err != nil) != (want == "") {
			t.Errorf("%q: %q, %v", text, got.Reveal(), err)
		}
	}
	if got, err := fileOr("", "beside", "token"); got.Reveal() != "beside" || err != nil {
		t.Errorf("no file: %q, %v", got.Reveal(), err)
	}
	if _, err := fileOr(file+".none", "", "token"); err == nil || strings.Contains(err.Error(), "beside") {
		t.Errorf("a file that is not there: %v", err)
	}
}
