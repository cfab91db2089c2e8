package test

import (
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

// startReal runs a server as people do who mean it: without a seed and without --dev.
func startReal(t *testing.T) *server {
	t.Helper()
	s := &server{addr: freeAddr(t), log: new(syncBuffer), http: &http.Client{Timeout: time.Minute}}
	s.local = "http://" + s.addr
	s.url, s.api = s.local, s.local
	s.command, s.env = append([]string{binary(t), "serve", "--base-url", s.url, "--listen", s.addr}, freshDatabase(t, false)...), os.Environ()
	s.start(t)
	t.Cleanup(func() {
		stop(t, s.process, s.exited)
		checkLog(t, s.log.String())
	})
	return s
}

// TestFirstApp is a newcomer with the guide, on an empty server that is no demo. Each of
// its steps is done as it is written, and there is none that is not; what is done is
// ticked on the page of steps.
func TestFirstApp(t *testing.T) {
	t.Parallel()
	s := startReal(t)
	_, link, _ := strings.Cut(s.must(t, "people", "add", "nora@example.org", "--name", "Nora New", "--base-url", s.url), s.url)
	link = s.url + strings.Fields(link)[0]
	p := newTab(t)
	token, app := "", ""
	home := func() { p.open(s.url + "/start") }
	ticked := func(n string) {
		t.Helper()
		home()
		p.wantText("the page of steps", n+" of 7 steps are done")
	}
	done := map[string]func(){
		"Open the link that": func() {
			p.open(link)
			p.fillIn("input[name=password]", "first steps of a newcomer")
			p.fillIn("input[name=again]", "first steps of a newcomer")
			p.leave(func() { p.clickOn("form button.button-main") })
		},
		"Open the home page": func() {
			p.open(s.url + "/")
			p.leave(func() { p.click("Your first app") })
			p.wantText("the page of steps", "0 of 7 steps are done")
			p.looks("start")
		},
		"Click *Create a business*": func() {
			p.leave(func() { p.click("Create a business") })
			p.fillIn("input[name=name]", "First Steps Ltd")
			p.submit("/business/new")
			ticked("1")
		},
		"On the page of steps, click *Create an app*": func() {
			p.leave(func() { p.click("Create an app") })
			if owner := eval[string](p, `document.querySelector('#f-business').selectedOptions[0].textContent`); owner != "First Steps Ltd" {
				t.Errorf("the app is to be owned by %q", owner)
			}
			p.fillIn("input[name=name]", "First App")
			p.submit("/apps/new")
		},
		"The app's id stands under *Identity*": func() {
			app = p.copied("app-id")
			p.wantText("the app", "Identity", "Its secret, under Advanced")
			ticked("2")
		},
		"On the page of steps, click *Create a configuration*": func() {
			p.leave(func() { p.click("Create a configuration") })
			p.leave(func() { p.clickOn(`a[href$="template=general"]`) })
			p.submit("/configurations/new")
			p.wantText("the configuration", "Try the login", "Invite a tester")
			ticked("3")
		},
		"A business cannot connect its own app": func() {
			p.wantText("the page of steps", "Invite a tester", "This server sends no mails")
			p.leave(func() { p.click("Create a second business") })
			p.fillIn("input[name=name]", "A Client Ltd")
			p.submit("/business/new")
			ticked("4")
		},
		"On the page of steps, click *Try the login*": func() {
			p.leave(func() { p.click("Try the login") })
			p.shots("try-missing")
			p.leave(func() { p.click("Add it and try the login") })
		},
		"You see what your client will see": func() {
			p.wantText("the dialog", "First App", "A Client Ltd")
			p.leave(func() { p.clickOn(`form[action$="/business"] button.button-main`) })
		},
		"It has no ad account yet": func() {
			p.wantText("the assets", "This business has none yet")
			p.looks("dialog-assets-make")
			p.fillIn(`input[name="new.name.ad_account"]`, "First account")
			p.leave(func() { p.clickOn(`button[value="new:ad_account"]`) })
			p.wantText("without a currency", "Enter the currency of the ad account")
			p.fillIn(`input[name="new.currency.ad_account"]`, "eur")
			p.leave(func() { p.clickOn(`button[value="new:ad_account"]`) })
			p.wantText("the account is there", "First account")
			for p.has(`button[value="new:page"]`) {
				p.fillIn(`input[name="new.name.page"]`, "First page")
				p.leave(func() { p.clickOn(`button[value="new:page"]`) })
			}
			p.leave(func() { p.clickOn(`button[value="continue"]`) })
		},
		"Read what you are about to give": func() {
			p.wantText("the review", "First account")
			p.leave(func() { p.press(buttonOf("/review", "confirm")) })
		},
		"The receiver shows the code": func() {
			p.wantText("the receiver", "The code", "Exchange it here")
			if call := p.copied("exchange"); !strings.Contains(call, `client_secret="$APP_SECRET"`) || !strings.Contains(call, "client_id="+app) {
				t.Errorf("the call that a server makes: %s", call)
			}
			p.looks("try-code")
			p.leave(func() { p.click("Exchange it here") })
		},
		"The token is masked": func() {
			p.wantText("the token", "SYSTEM_USER", "app_id", app, "ads_", "never")
			if strings.Contains(eval[string](p, "document.documentElement.outerHTML"), "pkb_") {
				t.Error("T28: the token stands on the page before anybody asked")
			}
			p.looks("try-token")
			p.leave(func() { p.click("Show the token") })
			if token = p.copied("token-text"); !strings.HasPrefix(token, "pkb_") || strings.Contains(p.url(), token) {
				t.Fatalf("the token is %.4q…, at %s", token, p.url())
			}
		},
		"Put the token into the variable": func() {
			if got := s.get(t, "/me", url.Values{"access_token": {token}, "fields": {"id,name"}}); got.status != 200 {
				t.Errorf("a first call: %d %s", got.status, got.text("error.message"))
			}
		},
		"On the page of steps, everything": func() {
			ticked("7")
			p.shots("start-done")
		},
	}
	for _, step := range steps(t, "first-app.md") {
		found := ""
		for begin := range done {
			if strings.HasPrefix(step, begin) && len(begin) > len(found) {
				found = begin
			}
		}
		if found == "" {
			t.Fatalf("nobody does the step %q", step)
		}
		done[found]()
		delete(done, found)
		if t.Failed() {
			t.Fatalf("at the step %q", step)
		}
	}
	for begin := range done {
		t.Errorf("the guide has no step %q", begin)
	}

	// Whoever did not begin a login here sees none, and nobody gets somebody else's token.
	stranger := newTab(t)
	if status := stranger.status(s.url + "/_try/callback?code=AQ0&state=1.2.3"); status != 200 {
		t.Errorf("a stranger at the receiver: %d", status)
	}
	if status := p.status(s.url + "/_try/callback?code=AQ0&state=" + app + ".1.x"); status != 404 {
		t.Errorf("a login that was not begun here: %d", status)
	}
}
