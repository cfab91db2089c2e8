package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/activity"
	"github.com/prokura/prokura/internal/registry/review"
)

// R-LEVEL-01, R-LEVEL-02: the app's people see what is missing and ask when nothing
// is; staff decide beside the figures, one step at a time and with a reason, which
// the app's people read.
func TestLevelPages(t *testing.T) {
	s := newSiteWith(t, appsWorld(2))
	app := s.ids["app0"]
	admin, staff := s.browser().logIn("admin"), s.browser().logIn("staff")
	place, desk := s.appPage("app0", "/review"), "/staff/apps/"+s.id("app0")+"/level"

	admin.goTo(place)
	admin.sees(t)
	admin.says("Development", "Next level: Basic", "0 of 1000", "1000 more successful calls are needed", "You can ask for it once", "Staff have decided nothing")
	if strings.Contains(admin.page, "Ask for Basic") {
		t.Error("the app may ask before it has reached the criteria")
	}
	s.calls(app, 999)
	admin.goTo(place)
	admin.says("999 of 1000", "One more successful call is needed.")
	s.calls(app, 1)
	admin.goTo(place)
	admin.says("1000 of 1000", "Ask for Basic")
	admin.submit("/review", "use", "We begin\nwith ten <customers>.")
	admin.says("The staff of this platform were asked", "Staff have not answered yet", "with ten &lt;customers&gt;.")
	if strings.Contains(admin.page, "Ask for Basic") {
		t.Error("the app may ask twice")
	}

	staff.goTo("/staff/queue")
	staff.sees(t)
	staff.says("App 000", "Basic", "Brightline Ads", "Nobody")
	old := s.browser().logIn("staff")
	old.goTo(desk)
	staff.goTo(desk)
	staff.sees(t)
	staff.says("1000 of 1000", "Raise to Basic", "Do not raise")
	staff.submit(desk, "level", "raised:standard", "reason", "skipped")
	staff.problem("level", "one after the other")
	staff.submit(desk, "level", "raised:basic", "reason", " ")
	staff.problem("reason", "Say why")
	staff.says(`value="raised:basic" checked`)
	staff.submit(desk, "level", "refused:", "reason", "The login is <b>unclear</b>.")
	staff.says("The decision was saved", "Not raised, stays Development")
	old.submit(desk, "level", "raised:basic", "reason", "unseen")
	if old.status != http.StatusConflict {
		t.Errorf("a form that is older than the decision answers %d", old.status)
	}
	if v := s.app(app); v.App.Level != prokura.LevelDevelopment {
		t.Errorf("refused, the app has %s", v.App.Level)
	}
	analyst := s.browser().logIn("analyst")
	analyst.goTo(place)
	analyst.sees(t)
	analyst.says("Not raised, stays Development", "The login is &lt;b&gt;unclear&lt;/b&gt;.", "1000 successful calls and 0 errors were counted then", "Admins of the app ask for it")

	staff.goTo(desk)
	staff.submit(desk, "level", "raised:basic", "reason", "Now it is clear.")
	staff.says("Raised to Basic", "Next level: Standard", "Lower to Development")
	staff.submit(desk, "level", "lowered:development", "reason", "Complaints.")
	staff.says("Lowered to Development")
	admin.goTo(place)
	admin.says("Lowered to Development", "Complaints.", "Ask for Basic")
	staff.goTo("/staff/queue")
	staff.says("Nothing waits.")
}

// R-LEVEL-02: what an app called is drawn by the server and stands in tables beside.
func TestActivityPage(t *testing.T) {
	s := newSiteWith(t, appsWorld(2))
	app := s.ids["app0"]
	b := s.browser().logIn("analyst")
	place := s.appPage("app0", "/activity")
	b.goTo(place)
	b.sees(t)
	b.says("This app has called nothing within the last 30 days")
	name := "GET ad_account/assigned_users"
	s.calls(app, 2)
	for range 3 {
		s.registry.Calls.Add(activity.Key{App: app, Edge: &name}, 2_100_000)
	}
	s.registry.Calls.Add(activity.Key{App: app, Edge: &name, Code: 190}, 2_100_000)
	b.goTo(place)
	b.sees(t)
	b.says("6 calls, of which 1 failed; at most 6 a day.", `<svg class="chart"`, "<code>"+name+"</code>", "(25 %)", "190: 1", "3 ms", "Calls of nodes or edges that there are not", "Figures of each day")
	if a, err := review.ActivityOf(t.Context(), s.registry, s.caller("analyst"), app, 30); err != nil || strings.Count(b.page, `<rect class="bar"`) != 3 || strings.Count(b.page, `<rect class="bar-bad"`) != 2 || a.Calls != 6 {
		t.Errorf("the drawings show %d and %d bars, %v", strings.Count(b.page, `<rect class="bar"`), strings.Count(b.page, `<rect class="bar-bad"`), err)
	}
	tester := s.browser().logIn("tester")
	if tester.goTo(place); tester.status != http.StatusForbidden {
		t.Errorf("a tester is answered %d", tester.status)
	}
	b.goTo(s.appPage("app1", "/activity"))
	b.says("This app has called nothing")
}
