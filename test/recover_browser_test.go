package test

import (
	"net/http"
	"strings"
	"testing"
)

// wait lets some time of the world pass.
func (s *server) wait(t *testing.T, by string) {
	t.Helper()
	resp, err := s.http.Post(s.local+"/_dev/time", "application/json", strings.NewReader(`{"advance":"`+by+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("time does not pass: %s", resp.Status)
	}
}

const setPassword = "a password set by a link"

// TestForgotPassword is Ada without her password: the link of a mail sets a new
// one, with her passkey beside it, and ends what hung on the old one. Where the
// password is asked for again, so is her second factor (T68).
func TestForgotPassword(t *testing.T) { eachDatabase(t, forgotPassword) }

func forgotPassword(t *testing.T, postgres bool) {
	s := startServer(t, serverOptions{postgres: postgres, host: "localhost"})
	security := s.url + "/settings/security"
	other := newTab(t)
	other.signIn(s, adaEmail)
	ada := newTab(t)
	ada.passkeys()
	ada.signIn(s, adaEmail)
	app := ada.setUpApp(s)
	ada.leave(func() { ada.press(buttonOf("/recovery-codes", "stored")) })
	ada.open(security + "/passkey")
	ada.submit("/passkey")
	ada.wantText("the settings", "not used yet")

	// Again, after a while: the password, and one of the two.
	s.wait(t, "11m")
	ada.open(security + "/recovery-codes")
	ada.wantText("the step-up", "Your account has a second factor")
	ada.looks("reauthenticate-factor")
	ada.fillIn("input[name=password]", demoPassword)
	ada.submit("/reauthenticate")
	ada.wantText("the password alone", "Confirm with your second factor too.")
	ada.fillIn("input[name=password]", demoPassword)
	ada.leave(func() { ada.click("Use a passkey") })
	if ada.url() != security+"/recovery-codes" {
		t.Errorf("after password and passkey the page is %s", ada.url())
	}
	s.wait(t, "11m")
	ada.open(security + "/recovery-codes")
	ada.fillIn("input[name=password]", demoPassword)
	ada.fillIn("input[name=code]", app.next())
	ada.submit("/reauthenticate")
	if ada.url() != security+"/recovery-codes" {
		t.Errorf("after password and code the page is %s", ada.url())
	}

	ada.clearCookies()
	ada.open(s.url + "/login")
	ada.leave(func() { ada.click("Forgot your password?") })
	ada.looks("forgot")
	ada.fillIn("input[name=email]", adaEmail)
	ada.submit("/forgot")
	ada.wantText("the answer", "The mail is on its way")
	ada.looks("forgot-sent")
	link := s.mailed(t, adaEmail, `\n(http://\S+/reset/[0-9a-f]{64})\n`)
	ada.open(link)
	ada.wantText("the link", adaEmail, "Every browser is logged out")
	ada.looks("reset")
	ada.fillIn("input[name=password]", setPassword)
	ada.fillIn("input[name=again]", setPassword)
	ada.leave(func() { ada.click("Use a passkey") })
	if ada.url() != security {
		t.Fatalf("after the new password the page is %s\n%s", ada.url(), ada.where())
	}
	ada.wantText("the settings", "Your password was changed.", "last used")
	other.open(security)
	if !strings.HasPrefix(other.url(), s.url+"/login") {
		t.Errorf("the other browser is at %s", other.url())
	}
	if status := ada.status(link); status != http.StatusGone {
		t.Errorf("the link again: %d", status)
	}
	ada.looks("reset-gone")
	ada.clearCookies()
	ada.open(s.url + "/login")
	ada.fillIn("input[name=email]", adaEmail)
	ada.fillIn("input[name=password]", setPassword)
	ada.submit("/login")
	ada.wantText("the second step", "Confirm that it is you")
	if s.mailed(t, adaEmail, `The password of your account, (Ada Lindqvist), was changed\.`) == "" {
		t.Error("Ada is not told")
	}
}

// TestSignUpInTheDialog is somebody who signs up on the way of a login: the code
// is a step of it, and the login goes on after it (R-LOGIN-07).
func TestSignUpInTheDialog(t *testing.T) { eachDatabase(t, signUpInTheDialog) }

func signUpInTheDialog(t *testing.T, postgres bool) {
	s := startServer(t, serverOptions{postgres: postgres})
	site := newCallback(t)
	p := newTab(t)
	p.open(site.dialogURL(s, campaigns, "config_id", configCampaigns))
	p.leave(func() { p.click("Create account") })
	p.fillIn("input[name=name]", "Nina Holm")
	p.fillIn("input[name=email]", "nina@holm.example")
	p.fillIn("input[name=password]", demoPassword)
	p.submit("/signup")
	p.wantText("the code's step", "Enter the code from your mail", "nina@holm.example")
	p.looks("dialog-signup-code")
	p.open(site.dialogURL(s, campaigns, "config_id", configCampaigns)) // begun anew: it waits there too
	p.wantText("another login", "Enter the code from your mail")
	p.fillIn("input[name=code]", s.mailed(t, "nina@holm.example", `\n(\d{4} \d{4})\n`))
	p.submit("/signup/code")
	p.wantText("the business step", "You are not in a business yet")
}
