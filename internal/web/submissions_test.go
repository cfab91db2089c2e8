package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/review"
	"github.com/prokura/prokura/internal/registry/world"
	"github.com/prokura/prokura/internal/web/kit"
	"github.com/prokura/prokura/internal/web/kit/kittest"
)

// reviewWorld is appsWorld with an app that lacks nothing, and more staff.
func reviewWorld() world.World {
	w := appsWorld(1)
	w.Apps[0].Settings.PrivacyPolicyURL, w.Apps[0].Settings.Icon, w.Apps[0].Settings.Category, w.Apps[0].Settings.SiteURL =
		"https://app.example/privacy", kit.IconPrefix+"aGk=", "Business", "https://app.example/"
	for _, key := range []string{"ann", "ben"} {
		w.People = append(w.People, world.Person{Key: key, Name: "Reviewer " + key, Email: key + "@example.org", Password: password, Staff: prokura.StaffReviewer})
	}
	return w
}

// R-REVIEW-01, R-REVIEW-03: the whole way on pages, without scripts: a draft that says
// what it lacks and survives, the queue, a question and its answer, two who agree, of
// whom the later one sees what the first one did, and asking again beside the answer.
func TestSubmissionPages(t *testing.T) {
	s := newSiteWith(t, reviewWorld())
	admin, ann, ben := s.browser().logIn("admin"), s.browser().logIn("ann"), s.browser().logIn("ben")
	list := s.appPage("app0", "/submissions")
	admin.goTo(list)
	admin.sees(t)
	admin.says("A configuration asks for it", "A decision takes about 5 working days", "none was taken yet")
	admin.submit("/submissions", "add", "permission:manage_pages")
	admin.problem("add", "cannot be asked for")
	admin.goTo(list)
	admin.submit("/submissions", "add", "permission:ads_read", "add", "feature:Human Agent")
	admin.sees(t)
	if strings.Contains(admin.page, "One is kept") {
		t.Error("a password is kept that nobody gave")
	}
	admin.says("What is still missing", "See ad results", "Human Agent", "https://app.example/")
	place := list + "/1"
	admin.submit(place, "do", "send")
	admin.says("Say what the data is used for.")
	if admin.status != http.StatusUnprocessableEntity {
		t.Errorf("what lacks everything is sent: %d", admin.status)
	}
	admin.goTo(place)
	filled := []string{"no_interface", "1", "use.1", "Reports <for> shops", "relationship", "An ad account", "account", "tester", "do"}
	admin.submit(place, append(filled, "save", "test_password", "a secret of tests")...)
	admin.says("Your changes were saved.", "Reports &lt;for&gt; shops", "One is kept")
	if strings.Contains(admin.page, "a secret of tests") {
		t.Error("the page shows the password that it was given")
	}
	admin.upload("/files", kit.FileField, []byte("<svg/>"))
	if admin.status != http.StatusUnprocessableEntity {
		t.Errorf("an SVG is answered %d", admin.status)
	}
	admin.goTo(place)
	admin.upload("/files", kit.FileField, kittest.PNG(8, 8))
	admin.sees(t)
	admin.says("The file was added.", "icon.png")
	admin.submit(place, append(filled, "drop:2")...)
	admin.says("Nothing is missing")
	admin.submit(place, append(filled, "send")...)
	admin.sees(t)
	admin.says("The submission was sent.", "To be decided")
	admin.goTo(list)
	admin.says("Waiting for an answer")
	developer := s.browser().logIn("developer")
	developer.goTo(place)
	developer.sees(t)
	developer.says("Reports &lt;for&gt; shops")
	if strings.Contains(developer.page, "Withdraw") {
		t.Error("a developer is offered to withdraw it")
	}

	ann.goTo("/staff/queue?whose=nobody")
	ann.sees(t)
	ann.says("App 000", "See ad results", `accesskey="1"`)
	desk := regexp.MustCompile(`/staff/submissions/\d+`).FindString(ann.page)
	admin.goTo(desk)
	if admin.status != http.StatusForbidden {
		t.Errorf("its people open the desk: %d", admin.status)
	}
	ann.goTo(desk)
	ann.sees(t)
	ann.says("Reports &lt;for&gt; shops", "An ad account", "Two people have to agree", "Opens:", "It has called nothing within 30 days.", "https://app.example/privacy")
	film := regexp.MustCompile(desk + `/files/\d+`).FindString(ann.page)
	if ann.goTo(film); ann.status != http.StatusOK || !strings.HasPrefix(ann.page, "\x89PNG") {
		t.Errorf("a reviewer saves a picture: %d", ann.status)
	}
	if admin.goTo(film); admin.status != http.StatusForbidden {
		t.Errorf("its people save it from the desk: %d", admin.status)
	}
	ann.goTo(desk)
	ann.submit(desk+"/assign", "to", "me")
	ann.says("Reviewer ann", "Give it back")
	ann.submit(desk + "/account")
	ann.says("a secret of tests")
	ben.goTo(desk)
	ben.says("Looks at it: <bdi>Reviewer ann</bdi>")
	ann.goTo(desk)
	ann.submit(desk, "outcome.1", "approved")
	ann.problem("reason.1", "Choose a reason")
	ann.submit(desk, "outcome.1", "asked", "reason.1", "use_unclear", "words.1", "")
	ann.problem("words.1", "in your own words")
	ann.submit(desk, "outcome.1", "asked", "reason.1", "use_unclear", "words.1", "Which <shops>?")
	ann.says("were asked", "have not answered yet")
	admin.goTo(place)
	admin.sees(t)
	admin.says("The reviewers have a question", "Which &lt;shops&gt;?")
	admin.submit(place, "do", "answer", "use.1", "")
	admin.problem("use.1", "what the data is used for")
	admin.submit(place, "do", "answer", "use.1", "Those that connected it")
	admin.says("Your answer was sent.")

	ann.goTo(desk)
	ben.goTo(desk)
	ann.submit(desk, "outcome.1", "approved", "reason.1", "needed")
	ann.says("Your yes was noted", "You have said yes")
	ben.submit(desk, "outcome.1", "refused", "reason.1", "too_much", "words.1", "I disagree")
	if ben.status != http.StatusConflict {
		t.Errorf("whoever was shown less answers all the same: %d", ben.status)
	}
	ben.sees(t)
	ben.says("Somebody else changed this meanwhile.", "Reviewer ann said yes", "with you it is approved", "I disagree")
	ben.submit(desk, "outcome.1", "approved", "reason.1", "needed")
	ben.says("Approved", "Reviewer ben decided")
	ann.goTo("/staff/queue")
	ann.says("Nothing waits.")
	admin.goTo(s.appPage("app0", "/access"))
	admin.sees(t)
	admin.says("Advanced access", "Submission 1")
	if !s.registry.Catalog().Has(s.app(s.ids["app0"]).App.Advanced, "ads_read") {
		t.Error("two agreed, and the app has nothing")
	}

	admin.goTo(list)
	admin.submit("/submissions", "add", "permission:pages_manage_posts")
	admin.submit(list+"/2", "do", "send", "no_interface", "1", "use.1", "Posts")
	ben.goTo("/staff/queue")
	desk = regexp.MustCompile(`/staff/submissions/\d+`).FindString(ben.page)
	ben.goTo(desk)
	ben.submit(desk, "outcome.1", "refused", "reason.1", "too_much", "words.1", "Nobody reads them.")
	admin.goTo(list + "/2")
	admin.sees(t)
	admin.says("Less would do", "Nobody reads them.")
	admin.submit(list+"/2", "do", "again")
	admin.sees(t)
	admin.says("Submission 2 said:", "Nobody reads them.", "Posts")
	admin.submit(list+"/3", "do", "discard")
	admin.says("The draft was deleted.")

	// A year later its people are asked.
	s.must(review.Sweep(t.Context(), s.registry))
	s.must(s.registry.Travel(t.Context(), 320*24*time.Hour))
	admin = s.browser().logIn("admin")
	admin.goTo(s.appPage("app0", "/access"))
	admin.says("must be confirmed soon")
	admin.goTo(s.appPage("app0", "/confirm"))
	admin.sees(t)
	admin.says("Those that connected it", "The privacy policy says")
	if strings.Contains(admin.page, "said.security") {
		t.Error("R-REVIEW-04: an app with Login for Business answers the long set")
	}
	admin.submit("/confirm", "keep", "ads_read", "said.needed", "1")
	admin.problem("said.policy", "Only what is so")
	admin.submit("/confirm", "keep", "ads_read", "said.needed", "1", "said.policy", "1")
	admin.says("Confirmed.", "Advanced access")
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}
