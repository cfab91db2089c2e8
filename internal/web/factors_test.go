package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/web/kit"
)

var typed = regexp.MustCompile(`id="secret" rows="1" readonly>([A-Z2-7 ]+)<`)

// authenticator is an app for one-time codes.
type authenticator struct {
	*site
	secret string
	steps  int // ahead of now, so that no code is used twice
}

func (a *authenticator) code() string {
	a.t.Helper()
	code, err := totp.GenerateCode(a.secret, a.registry.Now().Time().Add(time.Duration(a.steps)*30*time.Second))
	if err != nil {
		a.t.Fatal(err)
	}
	return code
}

// next waits until the app shows another code.
func (a *authenticator) next() string {
	a.t.Helper()
	if err := a.registry.Travel(a.t.Context(), 31*time.Second); err != nil {
		a.t.Fatal(err)
	}
	return a.code()
}

// setUp turns two-factor authentication on through the pages and returns the
// app and the recovery codes.
func (b *browser) setUp() (*authenticator, []string) {
	b.t.Helper()
	b.goTo("/settings/security/authenticator")
	m := typed.FindStringSubmatch(b.page)
	if m == nil {
		b.t.Fatalf("no secret on the page (%d):\n%s", b.status, b.page)
	}
	a := &authenticator{site: b.site, secret: strings.ReplaceAll(m[1], " ", "")}
	b.submit("/authenticator", "code", a.code())
	if b.at != codesPath {
		b.t.Fatalf("after the code the page is %s (%d):\n%s", b.at, b.status, b.page)
	}
	var codes []string
	for _, m := range regexp.MustCompile(`<li class="code">([0-9a-z-]+)`).FindAllStringSubmatch(b.page, -1) {
		codes = append(codes, m[1])
	}
	if len(codes) != 10 {
		b.t.Fatalf("%d recovery codes on the page", len(codes))
	}
	b.submit("/recovery-codes", "do", "stored")
	b.says("Two-factor authentication", "10 codes are left.")
	if b.goTo(codesPath); strings.Contains(b.page, codes[0]) {
		b.t.Error("the recovery codes are shown a second time")
	}
	return a, codes
}

// withPassword logs in as far as the password goes.
func (s *site) withPassword(key, page string) *browser {
	s.t.Helper()
	b := s.browser()
	b.goTo(page)
	b.submit("/login", "email", key+"@example.org", "password", password)
	return b
}

// R-LOGIN-15, T10: setting up, and the second step of a login by code and by
// recovery code, which leads to where the person wanted to go.
func TestSecondStepPages(t *testing.T) {
	s := newSite(t)
	ada := s.browser().logIn("ada")
	ada.goTo("/settings/security/authenticator/picture")
	if ada.status != http.StatusNotFound {
		t.Errorf("a picture before anything was begun: %d", ada.status)
	}
	ada.goTo("/settings/security/authenticator")
	ada.submit("/authenticator", "code", "000000")
	ada.says("That code is not right.")
	app, codes := ada.setUp()
	if ada.get("/business"); ada.status != http.StatusOK {
		t.Errorf("the session that turned it on: %d", ada.status)
	}

	b := s.withPassword("ada", "/business")
	if !strings.HasPrefix(b.at, kit.SecondStep+"?next=") {
		t.Fatalf("after the password the page is %s", b.at)
	}
	before := b.cookie("prokura_session")
	b.submit(kit.SecondStep, "code", "000000")
	if b.status != http.StatusUnprocessableEntity {
		t.Errorf("a wrong code answers %d", b.status)
	}
	b.says("That code is not right.")
	b.submit(kit.SecondStep, "code", app.next())
	if b.at != "/business" || b.status != http.StatusOK {
		t.Errorf("after the second factor the page is %s (%d)", b.at, b.status)
	}
	if b.cookie("prokura_session") == before {
		t.Error("T10: the session's cookie is the one from before the second factor")
	}
	thief := s.browser()
	thief.setCookie("prokura_session", before)
	if thief.get("/business"); !strings.HasPrefix(thief.location(), "/login?next=") {
		t.Errorf("T10: the cookie from before the second factor leads to %q (%d)", thief.location(), thief.status)
	}

	b = s.withPassword("ada", "/login")
	b.submit(kit.SecondStep, "recovery", codes[3])
	if b.at != "/" || !strings.Contains(b.page, "/logout") {
		t.Errorf("after a recovery code the page is %s", b.at)
	}
	b = s.withPassword("ada", "/login")
	b.submit(kit.SecondStep, "recovery", codes[3])
	b.says("used before")
	b.submit("/logout")
	if b.get(kit.SecondStep); b.location() != "/" {
		t.Errorf("after giving up, the second step leads to %q", b.location())
	}
	if b.get("/business"); !strings.HasPrefix(b.location(), "/login?next=") {
		t.Errorf("after giving up, the page leads to %q", b.location())
	}
}

// T10: a session that waits for the second factor is refused on every route
// that wants a session, and is nobody on all others.
func TestAwaitingOpensNothing(t *testing.T) {
	s := newSite(t)
	app, _ := s.browser().logIn("ada").setUp()
	b := s.withPassword("ada", "/login")
	login := s.start("campaigns", "business", nil)
	refused := 0
	for _, r := range routes() {
		method, path := s.filled(r)
		if strings.HasPrefix(path, "/consent/") {
			path = login + strings.TrimPrefix(path, "/consent/"+s.id("campaigns"))
		}
		if r.Pattern == "POST /logout" || strings.HasSuffix(path, "/switch") || strings.HasSuffix(path, "/cancel") {
			continue // ends it, or the login
		}
		kind := ""
		values := url.Values{}
		if method == http.MethodPost {
			kind = "application/x-www-form-urlencoded"
			b.goTo(kit.SecondStep)
			values.Set("csrf", hiddenField(b, "csrf"))
		}
		b.send(method, path, strings.NewReader(values.Encode()), kind)
		if r.Nobody {
			if strings.Contains(b.page, "/logout") && strings.Contains(b.page, "Ada Lindqvist") {
				t.Errorf("%s treats who waits as logged in", r.Pattern)
			}
			continue
		}
		refused++
		dialog := strings.HasPrefix(path, "/consent/")
		if b.status != http.StatusSeeOther || dialog && b.location() != login || !dialog && !strings.HasPrefix(b.location(), kit.SecondStep) {
			t.Errorf("%s answers who waits with %d to %q", r.Pattern, b.status, b.location())
		}
	}
	if refused < 40 {
		t.Fatalf("only %d routes want a session: this test sees too little", refused)
	}
	b.goTo("/login")
	b.submit(kit.SecondStep, "code", app.next())
	if b.get("/business"); b.status != http.StatusOK {
		t.Errorf("with the second factor: %d", b.status)
	}
}

// R-LOGIN-15: inside the dialog the second factor is a step, between the log-in
// and the business, and its page may stand in a popup.
func TestDialogSecondStep(t *testing.T) {
	s := newSite(t)
	app, _ := s.browser().logIn("ada").setUp()
	login := s.start("campaigns", "business", nil)
	b := s.browser()
	b.goTo(login)
	b.submit("/login", "email", "ada@example.org", "password", password)
	if b.at != login {
		t.Fatalf("the page is %s", b.at)
	}
	b.says("Confirm that it is you")
	if coop := b.header.Get("Cross-Origin-Opener-Policy"); coop != "" {
		t.Errorf("T08: the page is cut off from its opener: %q", coop)
	}
	b.submit("/second-factor", "code", "000000")
	b.says("That code is not right.", "Confirm that it is you")
	if b.get(login + "/business/new"); b.location() != login {
		t.Errorf("a later step leads to %q (%d)", b.location(), b.status)
	}
	b.goTo(login)
	b.submit("/second-factor", "code", app.next())
	b.says("Nordwind Outdoor")

	other := s.browser()
	login = s.start("campaigns", "business", nil)
	other.goTo(login)
	other.submit("/login", "email", "ada@example.org", "password", password)
	other.submit("/switch")
	other.says("Log in")
	if strings.Contains(other.page, "Confirm that it is you") {
		t.Error("after giving up, the dialog still waits")
	}
}

// What makes or removes a second factor wants the password again.
func TestFactorsWantThePassword(t *testing.T) {
	s := newSite(t)
	ada := s.browser().logIn("ada")
	app, _ := ada.setUp()
	later := func() {
		t.Helper()
		if err := s.registry.Travel(t.Context(), 11*time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	later()
	v, err := people.SecondFactors(t.Context(), s.registry, s.session(ada))
	if err != nil || v.App == nil {
		t.Fatalf("%+v, %v", v, err)
	}
	remove := securityPath + "/factors/" + v.App.ID
	for _, path := range []string{authenticatorPath, codesPath, remove} {
		if ada.get(path); !strings.HasPrefix(ada.location(), "/reauthenticate?next=") {
			t.Errorf("%s leads to %q (%d)", path, ada.location(), ada.status)
		}
	}
	if ada.get(passkeyPath); ada.status != http.StatusNotFound {
		t.Errorf("passkeys on a server without a name: %d", ada.status)
	}
	ada.goTo(remove)
	ada.submit("/reauthenticate", "password", password, "code", app.next())
	ada.says("Remove the authenticator app?", "your last second factor")
	later()
	ada.submit("/factors/" + v.App.ID)
	if !strings.HasPrefix(ada.at, "/reauthenticate") {
		t.Errorf("removing long after the password: %s", ada.at)
	}
	ada.submit("/reauthenticate", "password", password, "code", app.next())
	ada.goTo(remove)
	ada.submit("/factors/" + v.App.ID)
	ada.says("Two-factor authentication is off.")
	if b := s.withPassword("ada", "/business"); b.at != "/business" {
		t.Errorf("logging in afterwards leads to %s", b.at)
	}
}

// session is the browser's session at the registry.
func (s *site) session(b *browser) registry.Caller {
	s.t.Helper()
	c, err := people.Authenticate(s.t.Context(), s.registry, prokura.Secret(b.cookie("prokura_session")), "test")
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}
