package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura/internal/web/kit"
)

// A sign-up whose address is not proven is nobody on every route: those that
// want a session lead to the page that waits for the code, and from there, once it
// has come, to where the person wanted to go.
func TestSignUpOpensNothing(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.goTo("/signup")
	b.submit("/signup", "name", "Carla Nuñez", "email", "carla@example.org", "password", password)
	login := s.start("campaigns", "business", nil)
	refused := 0
	for _, r := range routes() {
		method, path := s.filled(r)
		if strings.HasPrefix(path, "/consent/") {
			path = login + strings.TrimPrefix(path, "/consent/"+s.id("campaigns"))
		}
		if strings.HasSuffix(path, "/cancel") || method == http.MethodPost && strings.HasSuffix(path, "/signup") {
			continue // ends the login, or begins another sign-up
		}
		values, kind := url.Values{}, ""
		if method == http.MethodPost {
			kind = "application/x-www-form-urlencoded"
			b.goTo(kit.Code)
			values.Set("csrf", hiddenField(b, "csrf"))
		}
		b.send(method, path, strings.NewReader(values.Encode()), kind)
		if strings.Contains(b.page, `"/logout`) {
			t.Errorf("%s treats who has not proven an address as logged in", r.Pattern)
		}
		if r.Nobody {
			continue
		}
		refused++
		dialog := strings.HasPrefix(path, "/consent/")
		if b.status != http.StatusSeeOther || dialog && b.location() != login || !dialog && !strings.HasPrefix(b.location(), kit.Code+"?next=") {
			t.Errorf("%s answers with %d to %q", r.Pattern, b.status, b.location())
		}
	}
	if refused < 40 {
		t.Fatalf("only %d routes want a session: this test sees too little", refused)
	}
	b.goTo("/business/new?a=b")
	b.submit(kit.Code, "code", "00000000")
	if b.status != http.StatusUnprocessableEntity {
		t.Errorf("a wrong code answers %d", b.status)
	}
	b.says("That code is not right")
	b.submit(kit.Code, "code", s.mailed("carla@example.org", "code"))
	if b.at != "/business/new?a=b" || b.cookie("prokura_signup") != "" {
		t.Errorf("after the code the page is %s", b.at)
	}
}

// Another address, another code, starting over; and T68: with an address
// that is taken everything looks the same.
func TestSignUpPages(t *testing.T) {
	s := newSite(t)
	var pages []string
	for _, email := range []string{"carla@example.org", "ada@example.org"} {
		b := s.browser()
		b.goTo("/signup")
		b.submit("/signup", "name", "Carla Nuñez", "email", email, "password", password)
		pages = append(pages, regexp.MustCompile(email+`|csrf" value="[^"]+`).ReplaceAllString(b.page, ""))
	}
	if pages[0] != pages[1] {
		t.Error("T68: an address that is taken is told apart from one that is not")
	}
	b := s.browser()
	b.goTo("/signup")
	b.submit("/signup", "name", "Dora Weiss", "email", "dora@example.com", "password", password)
	again := func(email string) {
		t.Helper()
		values, path := b.form(kit.Code)
		values.Set("do", "again")
		values.Set("email", email)
		if b.post(path, values); b.status == http.StatusSeeOther {
			b.goTo(b.location())
		}
	}
	again("dora@example.com")
	b.says("Please try again in about")
	again("dora")
	b.says("Enter an e-mail address.")
	again("dora@example.org")
	b.says("A new code is on its way to dora@example.org.")
	b.submit(kit.Code, "code", s.mailed("dora@example.com", "code"))
	b.says("That code is not right")
	b.submit(kit.Code, "code", s.mailed("dora@example.org", "code"))
	b.goTo("/settings/security")
	b.says("Dora Weiss")

	b = s.browser()
	b.goTo("/signup")
	b.submit("/signup", "name", "Emil Roth", "email", "emil@example.org", "password", password)
	values, path := b.form(kit.Code)
	values.Set("do", "leave")
	b.post(path, values)
	if b.goTo(b.location()); b.at != "/signup" || b.cookie("prokura_signup") != "" {
		t.Errorf("starting over leads to %s", b.at)
	}
	if b.get("/business"); !strings.HasPrefix(b.location(), "/login?next=") {
		t.Errorf("after starting over a page leads to %q", b.location())
	}
}

// Inside the dialog the sign-up goes on after the code, in the same login.
func TestSignUpInTheDialog(t *testing.T) {
	s := newSite(t)
	login := s.start("campaigns", "business", nil)
	b := s.browser()
	b.goTo(login + "/signup")
	b.submit("/signup", "name", "Nina Holm", "email", "nina@example.org", "password", password)
	b.says("Enter the code from your mail", `action="`+login+kit.Code+`"`)
	if b.get(login + "/business/new"); b.location() != login {
		t.Errorf("a later step leads to %q (%d)", b.location(), b.status)
	}
	b.goTo(login)
	b.submit(login+kit.Code, "code", "1")
	b.says("That code is not right")
	b.submit(login+kit.Code, "code", s.mailed("nina@example.org", "code"))
	b.says("You are not in a business yet")
}

// A forgotten password, from the log-in page to a new session. A link shows
// nothing when it is opened twice, and is worth nothing once it was used.
func TestForgotPages(t *testing.T) {
	s := newSite(t)
	ada := s.browser().logIn("ada")
	app, _ := ada.setUp()
	b := s.browser()
	b.goTo("/login")
	b.says(`href="/forgot"`)
	b.goTo("/forgot")
	b.submit("/forgot", "email", "nobody")
	b.says("Enter an e-mail address.")
	b.submit("/forgot", "email", "nobody@example.org")
	unknown := b.page
	b.goTo("/forgot")
	b.submit("/forgot", "email", "Ada@example.org")
	b.says("The mail is on its way")
	if b.page != unknown {
		t.Error("T68: the answer tells who has an account")
	}
	link := s.mailed("ada@example.org", "link")
	b.goTo(link)
	b.goTo(link)
	b.says("ada@example.org", "Code from your authenticator app")
	const fresh = "a completely new password"
	b.submit(link, "password", fresh, "again", "something else entirely")
	b.says("The two new passwords differ.")
	b.submit(link, "password", fresh, "again", fresh, "code", "")
	b.says("Confirm with your second factor too.")
	if ada.get("/business"); ada.status != http.StatusOK {
		t.Errorf("a link without the second factor ended a session: %d", ada.status)
	}
	b.submit(link, "password", fresh, "again", fresh, "code", app.next())
	if b.at != "/settings/security" {
		t.Fatalf("after the new password the page is %s (%d):\n%s", b.at, b.status, b.page)
	}
	b.says("Your password was changed.", "Ada Lindqvist")
	if ada.get("/business"); !strings.HasPrefix(ada.location(), "/login?next=") {
		t.Errorf("the other browser: %d %s", ada.status, ada.location())
	}
	if b.get(link); b.status != http.StatusGone {
		t.Errorf("the link again: %d", b.status)
	}
	b.says("This link does not work any more")
}

// After logging in, the browser is known to the account, and guesses from
// elsewhere do not keep its person out; nothing of it names the account.
func TestKnownBrowserPages(t *testing.T) {
	s := newSite(t)
	ada := s.browser().logIn("ada")
	known := ada.cookie("prokura_known")
	if len(known) != 32+1+64 || strings.Contains(known, s.id("nordwind")) {
		t.Fatalf("the cookie is %q", known)
	}
	ada.goTo("/settings/security")
	ada.submit("/logout")
	stranger := s.browser()
	for range 21 {
		stranger.goTo("/login")
		stranger.submit("/login", "email", "ada@example.org", "password", "wrong")
	}
	if stranger.status != http.StatusTooManyRequests {
		t.Fatalf("T68: attempt 21 answers %d", stranger.status)
	}
	ada.logIn("ada")
	if ada.cookie("prokura_known") != known {
		t.Error("the browser begins anew with its guesses")
	}
	nosy := s.browser()
	nosy.goTo("/login")
	nosy.submit("/login", "email", "ben@example.org", "password", "wrong")
	if nosy.cookie("prokura_known") != "" {
		t.Error("a wrong password makes a browser known")
	}
	waits := s.browser().logIn("ben")
	waits.setUp()
	again := s.withPassword("ben", "/business")
	if again.cookie("prokura_known") != "" {
		t.Error("the password without the second factor makes a browser known")
	}
}

// Where the password is asked for again, people with a second factor are
// asked for that too: on its page, before forms that take the password, and in
// the dialog.
func TestStepUpPages(t *testing.T) {
	s := newSite(t)
	tess := s.browser().logIn("tess")
	app, codes := tess.setUp()
	later := func() {
		t.Helper()
		if err := s.registry.Travel(t.Context(), 11*time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	later()
	base := "/apps/" + s.id("campaigns")
	for _, path := range []string{base + "/transfer", base + "/secret/reset", base + "/delete", codesPath} {
		if tess.get(path); !strings.HasPrefix(tess.location(), "/reauthenticate?next=") {
			t.Errorf("%s answers %d to %q", path, tess.status, tess.location())
		}
	}
	tess.goTo(base + "/secret/reset")
	tess.says("Your account has a second factor", "Use a recovery code")
	tess.submit("/reauthenticate", "password", password)
	tess.says("Confirm with your second factor too.")
	tess.submit("/reauthenticate", "password", "wrong", "code", app.next())
	tess.says("not your current password")
	tess.submit("/reauthenticate", "password", password, "code", "000000")
	tess.says("That code is not right.")
	tess.submit("/reauthenticate", "password", password, "code", app.next())
	if tess.at != base+"/secret/reset" {
		t.Fatalf("with both the page is %s", tess.at)
	}
	tess.submit("/secret/reset", "grace", "0", "password", password)
	tess.says("/advanced")

	// A form that takes the password, shown while the session was fresh and sent later.
	tess.goTo(base + "/advanced")
	later()
	tess.submit("/secret", "password", password)
	if !strings.HasPrefix(tess.at, "/reauthenticate") {
		t.Errorf("the password alone shows the secret at %s", tess.at)
	}
	tess.submit("/reauthenticate", "password", password, "recovery", codes[0])
	later()

	login := s.start("campaigns", "business", nil)
	ada := s.browser().logIn("ada")
	app, _ = ada.setUp()
	later()
	ada.goTo(login)
	ada.submit(login+"/business", "business", s.id("nordwind"))
	ada.submit(login+"/assets", "do", "continue", "shown", s.id("eu"), "asset", s.id("eu"), "shown", s.id("page0"), "asset", s.id("page0"))
	ada.says("Enter your password again", "Your account has a second factor")
	ada.submit(login+"/password", "password", password)
	ada.says("Confirm with your second factor too.")
	ada.submit(login+"/password", "password", password, "code", app.next())
	ada.says("/review")
}
