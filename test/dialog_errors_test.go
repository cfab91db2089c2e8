package test

import (
	"strings"
	"testing"
)

// phone is a mobile browser by its user agent and its client hint.
const phone = "Mozilla/5.0 (Linux; Android 16; Phone) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36"

// dialogErrors are the logins that cannot go on and are told so on the page,
// never to the app (R-LOGIN-03 … R-LOGIN-07, R-LOGIN-09).
var dialogErrors = []struct {
	name     string
	app      app
	override []string
	mobile   bool
	// email is who logs in on the way; "" when the page comes before that.
	email string
	// title is part of the page's heading, for everybody.
	title string
	// role is a person with a role on the app, who is told the cause; "" where
	// nobody has one.
	role string
}{
	{name: "unknown app", app: app{id: "100000000000999"}, title: "App not found"},
	{name: "R-LOGIN-06 foreign redirect URI", app: campaigns, title: "URL blocked", role: tessEmail,
		override: []string{"config_id", configCampaigns, "redirect_uri", "https://evil.example/callback"}},
	{name: "R-LOGIN-06 redirect URI with one byte more", app: campaigns, title: "URL blocked", role: tessEmail,
		override: []string{"config_id", configCampaigns, "redirect_uri", "https://app.brightline.example/callback/"}},
	{name: "R-LOGIN-06 redirect URI missing", app: campaigns, title: "URL blocked", role: tessEmail,
		override: []string{"config_id", configCampaigns, "redirect_uri", ""}},
	{name: "R-LOGIN-03 unknown configuration", app: campaigns, title: "Config ID is invalid", role: tessEmail,
		override: []string{"config_id", "100000000000499"}},
	{name: "R-LOGIN-03 configuration of another app", app: campaigns, title: "Config ID is invalid", role: tessEmail,
		override: []string{"config_id", configLab}},
	{name: "R-LOGIN-04 token for a system-user configuration", app: campaigns, title: "incorrect response_type", role: tessEmail,
		override: []string{"config_id", configCampaigns, "response_type", "token"}},
	{name: "R-LOGIN-05 on a phone", app: campaigns, title: "Not supported on mobile devices", role: tessEmail, mobile: true,
		override: []string{"config_id", configCampaigns}},
	{name: "R-LOGIN-05 display=touch", app: campaigns, title: "Not supported on mobile devices", role: tessEmail,
		override: []string{"config_id", configCampaigns, "display", "touch"}},
	{name: "R-LOGIN-18 a scope that the system-user configuration lacks", app: campaigns, role: tessEmail,
		override: []string{"config_id", configCampaigns, "scope", "email,pages_manage_metadata"}},
	{name: "R-APP-02 app in development, person without a role", app: lab, email: adaEmail, title: "App not available",
		override: []string{"config_id", configLab}},
}

// TestDialogErrors shows each of those pages: the address stays on the server,
// the app hears nothing, everybody reads a plain text and only people with a
// role on the app read the cause.
func TestDialogErrors(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{})
	app := newCallback(t)
	for _, test := range dialogErrors {
		t.Run(test.name, func(t *testing.T) {
			show := func(p *tab) {
				if test.mobile {
					p.userAgent(phone, true)
					p.viewport(360, 800)
				}
				p.open(app.dialogURL(s, test.app, test.override...))
			}
			p := newTab(t)
			show(p)
			if test.email != "" {
				p.answer("login", login{email: test.email})
			}
			heading := p.wantStopped(s)
			if !strings.Contains(strings.ToLower(heading), strings.ToLower(test.title)) {
				t.Errorf("the page is headed %q, want %q in it", heading, test.title)
			}
			if p.has("#cause") {
				t.Error("somebody without a role on the app is told the cause")
			}
			p.accessible(test.name)

			if test.role == "" {
				return
			}
			developer := newTab(t)
			developer.signIn(s, test.role)
			show(developer)
			developer.wantStopped(s)
			if !developer.has("#cause") {
				t.Errorf("somebody with a role on the app is not told the cause\n%s", developer.where())
			}
			developer.accessible(test.name + " with its cause")
		})
	}
}

// wantStopped fails unless the page is an error page of the dialog: on the
// server, with a heading and no step to answer. It returns the heading.
func (p *tab) wantStopped(s *server) string {
	p.t.Helper()
	now, _ := p.dialogState()
	if !strings.HasPrefix(now.Address, s.url) {
		p.t.Fatalf("the error was redirected to %s", now.Address)
	}
	if now.Step != "" {
		p.t.Fatalf("instead of the error the dialog asks for %s\n%s", now.Step, p.where())
	}
	return eval[string](p, "document.querySelector('h1')?.innerText ?? ''")
}

// TestDialogOwnBusiness proves R-LOGIN-07: the business that owns the app, and
// one in which the person has no full control, are shown but not offered.
func TestDialogOwnBusiness(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{})
	app := newCallback(t)
	for name, test := range map[string]struct{ email, shown, offered string }{
		"the owner's admin":       {tessEmail, "Brightline Ads", brightlineID},
		"an employee of Nordwind": {benEmail, "Nordwind Outdoor", nordwindID},
	} {
		t.Run(name, func(t *testing.T) {
			p := newTab(t)
			p.open(app.dialogURL(s, campaigns, "config_id", configCampaigns))
			p.answer("login", login{email: test.email})
			if now, _ := p.dialogState(); now.Step != "business" {
				t.Fatalf("after the login the dialog asks for %q\n%s", now.Step, p.where())
			}
			p.wantText("business", test.shown)
			if p.has("input[name=business][value='" + test.offered + "']") {
				t.Errorf("R-LOGIN-07: %s is offered", test.shown)
			}
			p.accessible("nothing to choose")
		})
	}
}
