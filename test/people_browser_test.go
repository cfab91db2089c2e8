package test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp/totp"
)

// authenticatorApp is a phone with an app for one-time codes.
type authenticatorApp struct {
	t      *testing.T
	server *server
	secret string
}

// next is a code that the server has not seen: some time passes first.
func (a *authenticatorApp) next() string {
	a.t.Helper()
	resp, err := a.server.http.Post(a.server.local+"/_dev/time", "application/json", strings.NewReader(`{"advance":"31s"}`))
	if err != nil {
		a.t.Fatal(err)
	}
	defer resp.Body.Close()
	var passed struct{ Now time.Time }
	if err := json.NewDecoder(resp.Body).Decode(&passed); err != nil || resp.StatusCode != http.StatusOK {
		a.t.Fatalf("time does not pass: %s, %v", resp.Status, err)
	}
	code, err := totp.GenerateCode(a.secret, passed.Now)
	if err != nil {
		a.t.Fatal(err)
	}
	return code
}

// setUpApp turns two-factor authentication on with an authenticator app.
func (p *tab) setUpApp(s *server) *authenticatorApp {
	p.t.Helper()
	p.open(s.url + "/settings/security/authenticator")
	p.until("the picture to scan", "document.querySelector('img.scan-picture')?.naturalWidth > 100")
	app := &authenticatorApp{t: p.t, server: s, secret: strings.ReplaceAll(p.copied("secret"), " ", "")}
	p.looks("factor-authenticator")
	p.fillIn("input[name=code]", "000000")
	p.submit("/authenticator")
	p.wantText("a wrong code", "That code is not right.")
	p.fillIn("input[name=code]", app.next())
	p.submit("/authenticator")
	return app
}

// passkeys gives the tab's browser a device that makes and uses passkeys.
func (p *tab) passkeys() {
	p.t.Helper()
	p.do("add a virtual authenticator", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		if _, err := cdp.Call(ctx, target, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, target, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
			Options: &webauthn.VirtualAuthenticatorOptions{Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
				HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}})
		return err
	}))
}

// withPassword logs in as far as the password goes.
func (p *tab) withPassword(s *server, email, place string) {
	p.t.Helper()
	p.open(s.url + place)
	p.answer("login", login{email: email})
}

// TestTwoFactor is Ada turning two-factor authentication on: an authenticator
// app with recovery codes, a passkey in a virtual device, and logging in with
// each of them, alone and inside the dialog (R-LOGIN-15). Then her business
// demands it, and Ben is kept out until he has it too.
func TestTwoFactor(t *testing.T) { eachDatabase(t, twoFactor) }

func twoFactor(t *testing.T, postgres bool) {
	s := startServer(t, serverOptions{postgres: postgres, host: "localhost"})
	security := s.url + "/settings/security"
	ada := newTab(t)
	ada.passkeys()
	ada.signIn(s, adaEmail)
	ada.open(security)
	ada.looks("settings-security-factors-off")
	app := ada.setUpApp(s)
	ada.wantText("the recovery codes", "Write these down now.")
	ada.looks("factor-codes")
	codes := eval[[]string](ada, `[...document.querySelectorAll('#codes li')].map(e => e.innerText.trim())`)
	if len(codes) != 10 {
		t.Fatalf("%d recovery codes\n%s", len(codes), ada.where())
	}
	ada.leave(func() { ada.press(buttonOf("/recovery-codes", "stored")) })
	ada.wantText("the settings", "10 codes are left.")

	// A passkey, made with one click.
	ada.open(security + "/passkey")
	ada.looks("factor-passkey")
	ada.fillIn("input[name=name]", "Ada's laptop")
	ada.submit("/passkey")
	ada.wantText("the settings", "Ada's laptop", "not used yet")
	ada.looks("settings-security-factors")

	// Each of the ways in.
	ada.clearCookies()
	ada.withPassword(s, adaEmail, "/business")
	ada.wantText("the second step", "Confirm that it is you", "Use a passkey")
	ada.looks("second-factor")
	ada.fillIn("input[name=code]", app.next())
	ada.submitForm(`input[name=code]`)
	if ada.url() != s.url+"/business" {
		t.Errorf("after the code the page is %s", ada.url())
	}
	ada.clearCookies()
	ada.withPassword(s, adaEmail, "/business")
	ada.leave(func() { ada.click("Use a passkey") })
	if ada.url() != s.url+"/business" {
		t.Errorf("after the passkey the page is %s\n%s", ada.url(), ada.where())
	}
	ada.open(security)
	ada.wantText("the settings", "Ada's laptop", "last used")
	ada.clearCookies()
	ada.open(s.url + "/business")
	ada.looks("login-passkey")
	ada.leave(func() { ada.click("Log in with a passkey") })
	if ada.url() != s.url+"/business" {
		t.Errorf("T68: after the passkey alone the page is %s\n%s", ada.url(), ada.where())
	}
	ada.clearCookies()
	ada.withPassword(s, adaEmail, "/business")
	ada.click("Use a recovery code")
	ada.fillIn("input[name=recovery]", codes[0])
	ada.submitForm(`input[name=recovery]`)
	if ada.url() != s.url+"/business" {
		t.Errorf("after the recovery code the page is %s", ada.url())
	}

	// Inside the dialog, in the window of an app.
	site := newCallback(t)
	ada.clearCookies()
	ada.open(site.dialogURL(s, campaigns, "config_id", configCampaigns))
	ada.answer("login", login{email: adaEmail})
	ada.wantText("the dialog's second step", "Confirm that it is you")
	ada.looks("dialog-second-factor")
	ada.leave(func() { ada.click("Use a passkey") })
	back, steps := ada.walk(adaConnects(), site.uri())
	if query, _ := landed(t, back); query.Get("code") == "" || strings.Join(steps, " ") != "business assets review" {
		t.Errorf("R-LOGIN-15: after %v the app gets %v", steps, query)
	}

	// The business demands it.
	ben := newTab(t)
	ben.signIn(s, benEmail)
	settings := s.url + "/business/" + nordwindID + "/settings"
	ada.open(settings)
	ada.looks("business-settings-demand")
	ada.pick("two_factor_type", "all_required")
	ada.submit("/two-factor")
	if status := ben.status(s.url + "/business/" + nordwindID); status != http.StatusForbidden {
		t.Errorf("who lacks a second factor is answered %d", status)
	}
	ben.wantText("the demand", "This business asks for a second factor")
	ben.looks("two-factor")
	ben.leave(func() { ben.click("Turn on two-factor authentication") })
	ben.wantText("the settings", "Demanded by Nordwind Outdoor")
	ben.setUpApp(s)
	ben.leave(func() { ben.press(buttonOf("/recovery-codes", "stored")) })
	if status := ben.status(s.url + "/business/" + nordwindID); status != http.StatusOK {
		t.Errorf("with a second factor: %d", status)
	}
	ada.open(s.url + "/business/" + nordwindID + "/people")
	ada.wantText("the people", "Second factor")

	// And off again: with the last factor the way into the business goes.
	ben.open(security)
	ben.leave(func() { ben.clickOn(`a[href*="/factors/"]`) })
	ben.wantText("the question", "your last second factor", "Nordwind Outdoor")
	ben.looks("factor-remove")
	ben.leave(func() { ben.click("Remove it") })
	if status := ben.status(s.url + "/business/" + nordwindID); status != http.StatusForbidden {
		t.Errorf("without a second factor again: %d", status)
	}
}

// submitForm sends the form that a field is in.
func (p *tab) submitForm(field string) {
	p.t.Helper()
	p.leave(func() {
		p.press(fmt.Sprintf(`document.querySelector(%q).form.querySelector('button[type=submit]')`, field))
	})
}

// mailed is what the newest mail to an address says where the pattern has its
// group.
func (s *server) mailed(t *testing.T, to, pattern string) string {
	t.Helper()
	resp, err := s.http.Post(s.local+"/_dev/inbox", "application/json", strings.NewReader(fmt.Sprintf(`{"to":%q}`, to)))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var mails struct{ Data []struct{ Body string } }
	if err := json.NewDecoder(resp.Body).Decode(&mails); err != nil {
		t.Fatalf("%s: %v", resp.Status, err)
	}
	for _, m := range mails.Data {
		if found := regexp.MustCompile(pattern).FindStringSubmatch(m.Body); found != nil {
			return found[1]
		}
	}
	t.Fatalf("no mail to %s says %s", to, pattern)
	return ""
}

// TestPasskeysNeedAName: a server that is reached by a number offers none, and
// says why.
func TestPasskeysNeedAName(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{})
	p := newTab(t)
	p.signIn(s, adaEmail)
	p.open(s.url + "/settings/security")
	p.wantText("the settings", "Passkeys are bound to a name")
	if p.has(`a[href$="/passkey"]`) {
		t.Error("a passkey is offered")
	}
}

// TestInvitation is a person who comes to a business by a mail, works there, and
// goes: the mail is read in the inbox of the --dev world.
func TestInvitation(t *testing.T) { eachDatabase(t, invitation) }

func invitation(t *testing.T, postgres bool) {
	s := startServer(t, serverOptions{postgres: postgres})
	people := s.url + "/business/" + nordwindID + "/people"
	ada := newTab(t)
	ada.signIn(s, adaEmail)
	ada.open(people)
	ada.leave(func() { ada.click("Invite somebody") })
	ada.fillIn("input[name=email]", "carla@nordwind.example")
	ada.pick("role", "ADMIN")
	ada.submit("/invite")
	ada.wantText("the people", "The invitation to carla@nordwind.example is on its way.")
	ada.looks("people-pending")

	carla := newTab(t)
	carla.open(s.url + "/_dev/inbox")
	carla.wantText("the inbox", "An invitation to work for a business", "carla@nordwind.example")
	carla.looks("inbox-invitation")
	carla.leave(func() { carla.clickOn(`a[href*="/invitations/"]`) })
	carla.wantText("the invitation", "Join Nordwind Outdoor", "Ada Lindqvist invites you.", "full control")
	carla.looks("invitation-nobody")
	link := carla.url()
	carla.leave(func() { carla.clickOn(`main a[href^="/signup"]`) })
	carla.fillIn("input[name=name]", "Carla Nuñez")
	carla.fillIn("input[name=email]", "carla@nordwind.example")
	carla.fillIn("input[name=password]", demoPassword)
	carla.submit("/signup")
	carla.wantText("the code's page", "Enter the code from your mail", "carla@nordwind.example")
	carla.looks("signup-code")
	carla.fillIn("input[name=code]", "0000")
	carla.submit("/signup/code")
	carla.wantText("a wrong code", "That code is not right")
	carla.fillIn("input[name=code]", s.mailed(t, "carla@nordwind.example", `\n(\d{4} \d{4})\n`))
	carla.submit("/signup/code")
	if carla.url() != link {
		t.Fatalf("after the sign-up the page is %s", carla.url())
	}
	carla.looks("invitation")
	carla.submit("/accept")
	carla.wantText("the business", "Welcome to Nordwind Outdoor.", "Carla Nuñez")

	// Carla gives Ben full control; he takes hers.
	carla.open(people)
	carla.leave(func() { carla.click("Ben Okafor") })
	carla.wantText("Ben's page", "Nordwind Repairs")
	carla.looks("person")
	carla.pick("role", "ADMIN")
	carla.submit("/role")
	carla.wantText("Ben's page", "Full control reaches every asset")
	ben := newTab(t)
	ben.signIn(s, benEmail)
	ben.open(people)
	ben.leave(func() { ben.click("Carla Nuñez") })
	ben.leave(func() { ben.clickOn(`a[href$="/remove"]`) })
	ben.looks("person-remove")
	ben.submit("/remove")
	ben.wantText("the people", "Carla Nuñez was removed.")
	if status := carla.status(people); status != http.StatusNotFound {
		t.Errorf("T31: who was removed is answered %d", status)
	}

	// The mails as a program reads them.
	resp, err := s.http.Post(s.local+"/_dev/inbox", "application/json", strings.NewReader(`{"to":"carla@nordwind.example"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var mails struct {
		Data []struct{ Subject, Body string }
	}
	if err := json.NewDecoder(resp.Body).Decode(&mails); err != nil {
		t.Fatalf("%s: %v", resp.Status, err)
	}
	var subjects []string
	for i, m := range mails.Data {
		subjects = append(subjects, m.Subject)
		if holds := strings.Contains(m.Body, link); holds != (i == len(mails.Data)-1) {
			t.Errorf("mail %d holds the link: %v", i, holds)
		}
	}
	want := []string{"Carla Nuñez is no longer in Nordwind Outdoor", "Ben Okafor now has full control in Nordwind Outdoor",
		"Carla Nuñez now has full control of Nordwind Outdoor", "Your code for a new account", "An invitation to work for a business"}
	if !slices.Equal(subjects, want) {
		t.Errorf("T11: newest first, the mails are %q", subjects)
	}
}
