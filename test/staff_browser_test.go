package test

import (
	"strings"
	"testing"
)

// TestPlatformPages is Ada who reports a problem from an error page and reads the
// history of her business, and Rita, an operator, who answers, makes Ada a reviewer
// and reads the history of all (R-STAFF-01, R-SUPPORT-01, R-HISTORY-01).
func TestPlatformPages(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{})
	ada, rita := newTab(t), newTab(t)
	ada.signIn(s, adaEmail)
	if status := ada.status(s.url + "/business/12345"); status != 404 {
		t.Errorf("an error page: status %d", status)
	}
	ada.leave(func() { ada.clickOn(`main a[href^="/problems/new?"]`) })
	ada.fillIn("textarea[name=words]", "My business is gone.")
	ada.looks("problem-report")
	ada.submit("/problems/new")
	ada.wantText("the report", "Your report has arrived", "/business/12345", "Nobody has answered yet")
	mine := ada.url()

	rita.signIn(s, "rita@platform.example")
	rita.open(s.url + "/staff")
	rita.wantText("what waits", "Problems reported", "1 waits", "The first one came on", "People who decide")
	rita.looks("staff-home")
	rita.open(s.url + "/staff/problems")
	rita.looks("staff-problems")
	rita.leave(func() { rita.clickOn(`a[href^="/staff/problems/"].row-link`) })
	rita.fillIn("textarea[name=answer]", "You left it in March. Ask its admins for an invitation.")
	rita.looks("staff-problem")
	rita.submit("/staff/problems/" + mine[strings.LastIndexByte(mine, '/')+1:])
	rita.wantText("after the answer", "The answer was saved")
	ada.open(mine)
	ada.wantText("the answer", "You left it in March.")
	ada.looks("problem-answered")

	rita.open(s.url + "/staff/people/add")
	rita.fillIn("input[name=email]", adaEmail)
	rita.pick("role", "reviewer")
	rita.looks("staff-people-add")
	rita.submit("/staff/people/add")
	rita.wantText("people", "has the role now", "Ada Lindqvist", "Reviewer")
	rita.looks("staff-people")
	rita.leave(func() { rita.clickOn(`main a.row-link[href*="` + adaID + `"]`) })
	rita.looks("staff-person")
	ada.open(s.url + "/staff")
	ada.wantText("a reviewer", "Problems reported", "People who decide")
	if ada.has(`a[href="/staff/history"]`) {
		t.Error("a reviewer is led to the history of the whole platform")
	}
	rita.open(s.url + "/staff/history")
	rita.wantText("the history of all", "changed the role of", "answered a problem", "reported a problem")
	if text := rita.text(); strings.Contains(text, "sign_in") || strings.Contains(text, "<time") {
		t.Errorf("acts are told by their names: %s", text)
	}
	rita.looks("staff-history")
	ada.open(s.url + "/business/" + nordwindID + "/history?kind=any")
	ada.looks("business-history")
}
