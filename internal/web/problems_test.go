package web_test

import (
	"html"
	"regexp"
	"testing"

	"github.com/prokura/prokura"
)

// R-SUPPORT-01: a report begins on the page that is wrong, with its trace; staff
// answer it once, and its person reads the answer.
func TestProblemPages(t *testing.T) {
	w := testWorld()
	w.People[1].Staff = prokura.StaffReviewer
	s := newSiteWith(t, w)
	ada, ben, tess := s.browser().logIn("ada"), s.browser().logIn("ben"), s.browser().logIn("tess")
	if status := ada.goTo("/business/12345"); status != 404 {
		t.Fatalf("status %d", status)
	}
	link := regexp.MustCompile(`<a class="button" href="(/problems/new\?from=[^"]*)">Report a problem`).FindStringSubmatch(ada.page)
	trace := regexp.MustCompile(`<code>([0-9a-f]{24})</code>`).FindStringSubmatch(ada.page)
	if link == nil || trace == nil {
		t.Fatalf("nothing leads from the error to a report:\n%s", ada.page)
	}
	ada.goTo(html.UnescapeString(link[1]))
	ada.says("/business/12345", trace[1], "What happened")
	ada.submit("/problems/new", "words", " ")
	ada.problem("words", "Write a few words.")
	ada.submit("/problems/new", "words", "It is gone.\n<b>Really</b>")
	ada.says("Your report has arrived.", "It is gone.", "&lt;b&gt;Really", "Nobody has answered yet.", trace[1], "/business/12345")

	ben.goTo("/staff")
	ben.says("Problems reported", "1 waits")
	ben.goTo("/staff/queue")
	ben.says("Problems reported", "It is gone.")
	ben.goTo("/staff/problems")
	id := regexp.MustCompile(`/staff/problems/([0-9]+)`).FindStringSubmatch(ben.page)[1]
	ben.goTo("/staff/problems/" + id)
	ben.says("Ada Lindqvist", trace[1])
	late := s.browser().logIn("ben")
	late.goTo("/staff/problems/" + id)
	ben.submit("/staff/problems/"+id, "answer", "It is back.")
	ben.says("The answer was saved", "Nobody waits for an answer.")
	if status := late.submit("/staff/problems/"+id, "answer", "It never was."); status != 409 {
		t.Errorf("the later answer: status %d", status)
	}
	late.says("It is back.")
	ada.goTo("/problems/" + id)
	ada.says("It is back.")
	ada.hides("Ben Okafor")
	for path, status := range map[string]int{"/problems/" + id: 404, "/staff/problems": 403, "/staff/problems/" + id: 403, "/problems/x": 404} {
		if got := tess.goTo(path); got != status {
			t.Errorf("somebody else at %s: %d, want %d", path, got, status)
		}
	}
}
