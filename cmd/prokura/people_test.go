package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// reader is a browser as far as these pages go.
type reader struct {
	t      *testing.T
	client http.Client
	page   string
}

func newReader(t *testing.T) *reader {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &reader{t: t, client: http.Client{Jar: jar, Timeout: time.Minute}}
}

// send gets a page, or posts the form on it, and returns the status and where it
// ends.
func (r *reader) send(address string, fields ...string) (status int, at string) {
	r.t.Helper()
	var resp *http.Response
	var err error
	if len(fields) == 0 {
		resp, err = r.client.Get(address)
	} else {
		form := url.Values{}
		if m := regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(r.page); m != nil {
			form.Set("csrf", m[1])
		}
		for i := 0; i < len(fields); i += 2 {
			form.Set(fields[i], fields[i+1])
		}
		resp, err = r.client.PostForm(address, form)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	r.page = string(text)
	return resp.StatusCode, resp.Request.URL.Path
}

// On a server that sends no mail nobody signs up or sets a new password by
// themselves; the operator is told so at its start, makes accounts, and ways back
// into them, while it runs.
func TestPeople(t *testing.T) {
	dir := t.TempDir()
	const fresh = "a long password of tests"
	if status, _, errors := command(t, "people", "add", "ada@example.org", "--name", "Ada", "--data", dir); status != 1 {
		t.Errorf("a person without a world: status %d %s", status, errors)
	}
	_, log, _ := background(t, "serve", "--data", dir, "--listen", "127.0.0.1:0")
	base := find(t, log, `url=(http://\S+)`)
	if !strings.Contains(log.String(), "no mail server") {
		t.Errorf("the operator is not told:\n%s", log)
	}
	b := newReader(t)
	for path, fields := range map[string][]string{
		"/signup": {"name", "Mallory", "email", "ada@example.org", "password", fresh},
		"/forgot": {"email", "ada@example.org"},
	} {
		if status, _ := b.send(base + path); status != 200 || !strings.Contains(b.page, "This server sends no mail") {
			t.Errorf("%s: %d\n%s", path, status, b.page)
		}
		b.send(base + "/login") // for a form's token
		if status, _ := b.send(base+path, fields...); status != 422 || !strings.Contains(b.page, "Ask whoever runs it") {
			t.Errorf("a form for %s: %d\n%s", path, status, b.page)
		}
	}

	status, out, errors := command(t, "people", "add", "Ada@example.org", "--name", "Ada Lindqvist", "--data", dir, "--base-url", base)
	link := strings.TrimSpace(out)
	if status != 0 || !strings.HasPrefix(link, base+"/reset/") || !strings.Contains(errors, "nobody else") {
		t.Fatalf("status %d %s %s", status, out, errors)
	}
	set := func(link, password string) {
		t.Helper()
		b := newReader(t)
		b.send(link)
		if status, at := b.send(link, "password", password, "again", password); status != 200 || at != "/settings/security" || !strings.Contains(b.page, "Ada Lindqvist") {
			t.Fatalf("setting a password: %d at %s\n%s", status, at, b.page)
		}
	}
	set(link, fresh)
	if status, _ := b.send(link); status != 410 {
		t.Errorf("the link again: %d", status)
	}
	logIn := func(password string) int {
		t.Helper()
		b := newReader(t)
		b.send(base + "/login")
		status, _ := b.send(base+"/login", "email", "ada@example.org", "password", password)
		return status
	}
	if status := logIn(fresh); status != 200 {
		t.Errorf("logging in: %d", status)
	}
	for want, args := range map[string][]string{
		"There is an account with this e-mail address already.":      {"add", "ada@example.org", "--name", "Twin"},
		"Nobody has an account with the address nobody@example.org.": {"reset", "nobody@example.org"},
		"Enter an e-mail address.":                                   {"add", "ada", "--name", "Ada"},
		"prokura: Enter your name, at most 80 characters.":           {"add", "ben@example.org", "--name", " "},
	} {
		if status, out, errors := command(t, append([]string{"people"}, append(args, "--data", dir)...)...); status != 1 || !strings.Contains(errors, want) || out != "" {
			t.Errorf("people %v: status %d %s%s", args, status, out, errors)
		}
	}
	t.Setenv("PROKURA_DATA", dir)
	t.Setenv("PROKURA_BASE_URL", base+"/")
	status, out, errors = command(t, "people", "reset", "ada@example.org", "--second-factor")
	if status != 0 || !strings.HasPrefix(out, base+"/reset/") {
		t.Fatalf("status %d %s %s", status, out, errors)
	}
	if status := logIn(fresh); status != 200 {
		t.Errorf("a link that nobody has used changed the password: %d", status)
	}
	set(strings.TrimSpace(out), "another long password")
	if status := logIn(fresh); status != 422 {
		t.Errorf("the old password afterwards: %d", status)
	}
	if strings.Contains(log.String(), "/reset/") || strings.Contains(log.String(), fresh) {
		t.Errorf("a secret is in the log:\n%s", log)
	}
}
