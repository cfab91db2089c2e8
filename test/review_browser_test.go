package test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// judge answers about an item of a submission, on the desk.
func (p *tab) judge(item, outcome, reason, words string) {
	p.t.Helper()
	p.pick("outcome."+item, outcome)
	eval[bool](p, `(s => { s.value = "`+reason+`"; return true })(document.querySelector('select[name="reason.`+item+`"]'))`)
	p.fillIn(`textarea[name="words.`+item+`"]`, words)
	p.leave(func() {
		p.press(`document.querySelector('textarea[name="words.` + item + `"]').form.querySelector('button[type=submit]')`)
	})
}

// TestLevelSteps is an app's way to the next level in a browser (R-LEVEL-01,
// R-LEVEL-02): Theo sees what is missing and what his app called, asks, and reads
// what Rita of the platform decides beside the same figures.
func TestLevelSteps(t *testing.T) {
	t.Parallel()
	calls := []string{"{days_ago: 2, edge: GET person/accounts, calls: 340, microseconds: 700000}", "{days_ago: 2, code: 100, calls: 4, microseconds: 3000}"}
	missing := 1000 - 340
	for ago := range 28 {
		n := 3 + ago*ago%40
		missing -= n
		calls = append(calls, fmt.Sprintf("{days_ago: %d, edge: GET ad_account, calls: %d, microseconds: 200000}", ago, n))
		if ago%3 == 0 {
			calls = append(calls, fmt.Sprintf("{days_ago: %d, edge: POST business/system_user_access_tokens, code: 100, calls: %d, microseconds: 90000}", ago, 1+ago%5))
		}
	}
	calls = append(calls, fmt.Sprintf("{days_ago: 3, edge: GET app, calls: %d, microseconds: 90000}", missing-3)) // three are left
	world := story{steps: []*step{{words: []string{"world"}, lines: []string{"secret: " + trailmatesSecret, "+ calls: [" + strings.Join(calls, ", ") + "]"}}}}
	s := startServer(t, serverOptions{scenario: world.world(t)})
	theo := newTab(t)
	theo.signIn(s, theoEmail)
	place := s.url + "/apps/" + trailmatesApp

	theo.open(place + "/activity")
	theo.wantText("activity", "calls, of which", "GET ad_account", "POST business/system_user_access_tokens", "Calls of nodes or edges that there are not")
	if bars := eval[int](theo, "document.querySelectorAll('svg.chart[role=img] rect.bar').length"); bars != 28 {
		t.Errorf("the drawing shows %d days with calls, want 28", bars)
	}
	theo.clickOn("details.more > summary")
	theo.looks("app-activity-days")
	theo.open(place + "/review")
	theo.wantText("what is missing", "Next level: Basic", "3 more successful calls are needed", "You can ask for it once")
	theo.looks("app-review-missing")

	for range 3 {
		s.get(t, "/v25.0/app", url.Values{"access_token": {trailmatesApp + "|" + trailmatesSecret}, "fields": {"id as(number)"}, "pretty": {"1"}})
	}
	theo.open(place + "/activity")
	theo.wantText("habits of the app", "What will break", "pretty=1", "in v26.0, since 2026-10-27 in all versions", "field alias")
	theo.looks("app-activity-legacy")
	theo.open(place + "/review")
	theo.wantText("nothing is missing", "1000 of 1000", "Ask for Basic")
	theo.looks("app-review-ask")
	theo.fillIn("textarea[name=use]", "We open in May.")
	theo.submit("/review")
	theo.wantText("after asking", "The staff of this platform were asked", "Staff have not answered yet", "We open in May.")

	rita := newTab(t)
	rita.signIn(s, ritaEmail)
	rita.open(s.url + "/staff/queue")
	rita.wantText("who waits", "Trailmates", "Basic", "Nobody")
	rita.looks("staff-queue-level")
	rita.leave(func() { rita.click("Trailmates") })
	rita.wantText("the desk", "Criteria of the level", "Reached", "Staff decide", "We open in May.")
	rita.judge("1", "approved", "needed", "The login says what it is for.")
	rita.wantText("decided", "Your yes was noted.", "Decided")
	rita.looks("staff-desk-level")

	theo.open(place + "/review")
	theo.wantText("what Theo reads", "Raised to Basic", "The login says what it is for.", "Up to 25", "Next level: Standard")
	theo.looks("app-review-raised")
}
