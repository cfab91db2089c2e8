package test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const paulEmail = "paul@platform.example"

// TestSubmissionInBrowser is an app's way to other people's businesses in a browser
// (R-REVIEW-01, R-REVIEW-03, R-APP-02): Tess goes on with the draft for Brightline Lab,
// reads what is missing, sends it; Paul asks back and is answered; he and Rita agree; Tess switches
// the app to live mode by herself; and Ada, a stranger until then, connects her business.
func TestSubmissionInBrowser(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{})
	tess := newTab(t)
	tess.signIn(s, tessEmail)
	app := s.url + "/apps/" + labApp

	tess.open(app + "/submissions")
	tess.wantText("what can be asked for", "Go on with the draft", "In the draft", "A decision takes about 5 working days")
	tess.looks("app-submissions")
	tess.leave(func() { tess.click("Go on with the draft") })
	draft := tess.url()
	tess.wantText("the draft", "Nothing is missing")
	tess.fillIn(`textarea[name="use.1"]`, "")
	tess.leave(func() { tess.click("Send to the reviewers") })
	tess.wantText("what is missing", "Say what the data is used for.")
	tess.looks("app-submission-draft")
	tess.fillIn(`textarea[name="use.1"]`, "Our server asks which ad accounts a client has put in our hands.")
	tess.leave(func() { tess.click("Send to the reviewers") })
	tess.wantText("sent", "The submission was sent.", "To be decided")

	paul := newTab(t)
	paul.signIn(s, paulEmail)
	paul.open(s.url + "/staff/queue")
	paul.wantText("the queue", "Brightline Lab", "Nobody")
	paul.looks("staff-queue")
	eval[bool](paul, `(e => { e.focus(); return document.activeElement === e })(document.querySelector('a[accesskey="1"]'))`)
	paul.leave(func() { paul.do("press Enter", chromedp.KeyEvent(kb.Enter)) }) // by keyboard alone
	desk := paul.url()
	if !strings.Contains(desk, "/staff/submissions/") {
		t.Fatalf("the first that waits leads to %s", desk)
	}
	paul.wantText("the desk", "Two people have to agree", "mails that client a summary", "since 2021", "https://lab.brightline.example/")
	paul.looks("staff-desk")
	paul.judge("1", "asked", "use_unclear", "What is in the summary?")
	paul.wantText("asked", "The app's people were asked.")
	paul.judge("2", "approved", "needed", "")
	paul.wantText("said yes", "Your yes was noted.", "You have said yes")

	tess.open(draft)
	tess.wantText("the question", "The reviewers have a question", "What is in the summary?")
	tess.fillIn(`textarea[name="use.1"]`, "Spend, clicks and orders of the day before, for the client alone.")
	tess.leave(func() { tess.click("Send the answer") })
	paul.open(desk)
	paul.judge("1", "approved", "needed", "")

	rita := newTab(t)
	rita.signIn(s, ritaEmail)
	rita.open(desk)
	rita.wantText("the second one", "Paul Adeyemi said yes", "with you it is approved")
	rita.judge("1", "approved", "needed", "")
	rita.judge("2", "approved", "needed", "Fine.")
	rita.wantText("decided", "Decided", "Approved")

	tess.open(app + "/access")
	tess.wantText("what it has", "Advanced access", "Submission 1")
	tess.looks("app-access")
	site := newCallback(t)
	ada := newTab(t)
	ada.open(site.dialogURL(s, lab, "config_id", configLab))
	ada.answer("login", login{email: adaEmail})
	ada.wantStopped(s) // it is in development still

	tess.open(app + "/mode")
	tess.wantText("before it goes live", "Before the app goes live", "Everybody can log in to the app")
	tess.looks("app-mode")
	tess.leave(func() { tess.click("Switch to live mode") })
	tess.wantText("live", "The app is in live mode.")
	ada.open(site.dialogURL(s, lab, "config_id", configLab))
	back, _ := ada.walk(login{email: adaEmail, business: nordwindID, assets: []string{adAccountEU}}, site.uri())
	query, _ := landed(t, back)
	if query.Get("code") == "" {
		t.Fatalf("R-REVIEW-03: with advanced access the dialog leads to %v", query)
	}
	token := s.token(t, lab, site.uri(), query.Get("code"))
	s.wantAlive(t, "the token of a stranger's business", token)

	// Staff stop it, with a reason; what Ada gave sleeps, and wakes.
	rita.open(s.url + "/staff/apps/" + labApp)
	rita.pick("stop", "stopped")
	rita.fillIn("textarea[name=reason]", "It mails clients of others.")
	rita.submit("/staff/apps/" + labApp)
	tess.open(app + "/mode")
	tess.wantText("why it is stopped", "have stopped this app", "It mails clients of others.")
	if r := s.get(t, "/v25.0/act_"+adAccountEU, url.Values{"access_token": {token}, "fields": {"name"}}); r.status != 403 {
		t.Errorf("R-APP-02: a stopped app is answered %d", r.status)
	}
}
