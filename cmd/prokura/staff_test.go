package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

// R-STAFF-01: a new server prints a link, by which somebody with an account becomes
// the first operator and, once they have a second factor, says who else decides.
// The commands do so too while the server runs, and what they say counts at once.
func TestStaff(t *testing.T) {
	dir := t.TempDir()
	const password = "a long password of tests"
	out, log, _ := background(t, "serve", "--data", dir, "--listen", "127.0.0.1:0")
	base := find(t, log, `url=(http://\S+)`)
	first := find(t, out, `(http://\S+/staff/first/[0-9a-f]{64})\n`)
	if strings.Contains(log.String(), "/staff/first/") {
		t.Errorf("the link is in the log:\n%s", log)
	}
	do := func(want int, says string, args ...string) string {
		t.Helper()
		status, out, errors := command(t, append([]string{"staff"}, append(args, "--data", dir)...)...)
		if status != want || !strings.Contains(out+errors, says) {
			t.Errorf("staff %v: status %d %s%s, want %d with %q", args, status, out, errors, want, says)
		}
		return out
	}
	account := func(name string) *reader {
		t.Helper()
		status, link, errors := command(t, "people", "add", strings.ToLower(name)+"@example.org", "--name", name, "--data", dir, "--base-url", base)
		if status != 0 {
			t.Fatal(errors)
		}
		b := newReader(t)
		b.send(strings.TrimSpace(link))
		b.send(strings.TrimSpace(link), "password", password, "again", password)
		return b
	}
	sees := func(b *reader, path string, want int, says string) {
		t.Helper()
		if status, _ := b.send(base + path); status != want || !strings.Contains(b.page, says) {
			t.Errorf("%s: %d, want %d with %q\n%s", path, status, want, says, b.page)
		}
	}
	do(0, "ROLE", "list")

	stranger := newReader(t)
	stranger.send(first)
	if !strings.Contains(stranger.page, "/login?next=") || !strings.Contains(stranger.page, "prokura people add") {
		t.Errorf("a stranger is not led to an account:\n%s", stranger.page)
	}
	ada, ben := account("Ada"), account("Ben")
	sees(ada, "/staff", 403, "")
	ada.send(first)
	if status, at := ada.send(first, "do", ""); status != 403 || at != "/staff" || !strings.Contains(ada.page, "asks for a second factor") || !strings.Contains(ada.page, "/settings/security") {
		t.Fatalf("the first operator without a second factor: %d at %s\n%s", status, at, ada.page)
	}
	ben.send(base + "/")
	if status, _ := ben.send(first, "do", ""); status != 410 {
		t.Errorf("the link again: %d\n%s", status, ben.page)
	}
	do(0, "operator  ada@example.org", "list")

	// The way that the page leads.
	ada.send(base + "/settings/security/authenticator")
	key := regexp.MustCompile(`readonly>([A-Z2-7 ]+)<`).FindStringSubmatch(ada.page)
	if key == nil {
		t.Fatalf("no key to set up:\n%s", ada.page)
	}
	code, err := totp.GenerateCode(strings.ReplaceAll(key[1], " ", ""), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	ada.send(base+"/settings/security/authenticator", "code", code)
	ada.send(base+"/settings/security/codes", "kept", "1")
	sees(ada, "/staff", 200, "What people of businesses and apps wait for")
	sees(ada, "/staff/people", 200, "Ada")
	ada.send(base + "/staff/people/add")
	if status, at := ada.send(base+"/staff/people/add", "email", "Ben@example.org", "role", "reviewer"); status != 200 || at != "/staff/people" || !strings.Contains(ada.page, "Reviewer") {
		t.Errorf("adding a reviewer: %d at %s\n%s", status, at, ada.page)
	}
	do(0, "reviewer  ben@example.org", "list")
	sees(ben, "/staff/people", 403, "asks for a second factor")

	// Commands beside the running server.
	do(1, "is the last operator", "remove", "ada@example.org")
	do(1, "is the last operator", "add", "ada@example.org", "--role", "lead")
	do(1, "Nobody has an account with the address cleo@example.org.", "add", "cleo@example.org", "--role", "lead")
	do(2, "must be one of", "add", "ben@example.org", "--role", "root")
	if link := do(0, "nobody else", "add", "cleo@example.org", "--role", "lead", "--name", "Cleo"); !strings.Contains(link, "/reset/") {
		t.Errorf("no link for somebody new: %s", link)
	}
	do(0, "two-factor", "add", "ben@example.org", "--role", "operator")
	do(0, "", "remove", "ada@example.org")
	sees(ada, "/staff", 403, "")
	if strings.Contains(ada.page, "wait for") {
		t.Error("who was removed is still answered")
	}
	do(1, "Nobody of the staff", "remove", "ada@example.org")
	do(0, "", "remove", "ben@example.org", "--last")
	do(0, "lead  ", "list")

	today := time.Now().UTC().Format(time.DateOnly)
	for _, args := range [][]string{{"--json"}, nil} {
		status, out, errors := command(t, append([]string{"journal", "--since", today, "--data", dir}, args...)...)
		if status != 0 || strings.Count(out, "manage_staff") < 6 || !strings.Contains(out, "become_operator") || strings.Contains(out, "/staff/first/") || strings.Contains(out, password) {
			t.Errorf("the journal: %d %s\n%s", status, errors, out)
		}
	}
	if status, _, errors := command(t, "journal", "--since", "yesterday", "--data", dir); status != 1 || !strings.Contains(errors, "a day such as") {
		t.Errorf("a day that is none: %d %s", status, errors)
	}
}
