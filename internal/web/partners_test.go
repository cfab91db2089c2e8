package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/world"
)

// evilName is a name that a browser must show as it is.
const evilName = `Shop"><script>alert(1)</script>`

// asText fails when that name has become markup.
func asText(b *browser) {
	b.t.Helper()
	if strings.Contains(b.page, "<script>alert") {
		b.t.Errorf("T61: %s holds markup that somebody typed", b.at)
	}
}

func partnersWorld() world.World {
	w := reviewWorld()
	w.People = append(w.People, world.Person{Key: "lee", Name: "Lead lee", Email: "lee@example.org", Password: password, Staff: prokura.StaffLead})
	w.Apps[0].Name, w.Apps[0].Level, w.Apps[0].Mode = evilName, prokura.LevelStandard, prokura.ModeLive
	return w
}

// R-REVIEW-05: the way of a partner on pages, without scripts: put forward, decided by
// somebody else, in the list that everybody reads without logging in and in the dialog, and
// given up. Names are text wherever they stand.
func TestPartnerPages(t *testing.T) {
	s := newSiteWith(t, partnersWorld())
	admin, staff, lee, nobody := s.browser().logIn("admin"), s.browser().logIn("staff"), s.browser().logIn("lee"), s.browser()
	nobody.goTo("/partners")
	nobody.sees(t)
	nobody.says("There are no partners yet.", "Log in")
	place, desk := s.appPage("app0", "/partner"), "/staff/apps/"+s.id("app0")+"/partner"
	admin.goTo(place)
	admin.sees(t)
	admin.submit(place, "words", "We <b>know</b> shops.")
	admin.problem("specialities", "Choose one to 5")
	admin.says("We &lt;b&gt;know&lt;/b&gt; shops.")
	admin.submit(place, "specialities", "commerce", "specialities", "campaigns", "words", "We <b>know</b> shops.")
	admin.sees(t)
	admin.says("The app was put forward.", "Waits for the platform", "Campaign management", "Take it back")
	nobody.goTo("/partners")
	nobody.says("There are no partners yet.")

	lee.goTo("/staff/queue?kind=nomination")
	lee.sees(t)
	lee.says("Put forward as a partner", desk)
	lee.goTo(desk)
	lee.sees(t)
	asText(lee)
	lee.says("We &lt;b&gt;know&lt;/b&gt; shops.", "P. admin")
	lee.submit(desk, "reason", "Fine.")
	lee.problem("outcome", "Choose what becomes of it.")
	staff.goTo(desk)
	lee.submit(desk, "outcome", "given", "reason", "Well <made>.")
	lee.sees(t)
	lee.says("The app is a partner now.", "Well &lt;made&gt;.")
	staff.submit(desk, "outcome", "refused", "reason", "No.")
	if staff.status != http.StatusConflict {
		t.Errorf("who decides second is answered %d", staff.status)
	}
	staff.says("Well &lt;made&gt;.")

	nobody.goTo("/partners")
	nobody.sees(t)
	asText(nobody)
	nobody.says(escaped(evilName), "Campaign management", "Catalogs and commerce", "Brightline Ads", "Partner since", `rel="nofollow noopener noreferrer"`)
	nobody.goTo("/partners?q=SHOP&speciality=commerce")
	nobody.says(escaped(evilName))
	for _, query := range []string{"?speciality=creative", "?q=elsewhere", "?q=%25", "?speciality=%27"} {
		nobody.goTo("/partners" + query)
		nobody.harmless(t)
		nobody.says("No partner is found by this.")
	}
	if nobody.goTo("/partners?after=x"); nobody.status != http.StatusNotFound {
		t.Errorf("after nothing: %d", nobody.status)
	}

	// The dialog shows it to who is asked, as long as it holds.
	stranger := s.browser().logIn("admin")
	dialog := s.start("app0", "app0admin", nil)
	stranger.goTo(dialog)
	stranger.harmless(t)
	stranger.says("Partner of the platform", "Campaign management, Catalogs and commerce")
	admin.goTo(place)
	admin.says("its logins show the badge")
	admin.submit(place + "/leave")
	admin.says("out of the programme")
	stranger.goTo(dialog)
	if strings.Contains(stranger.page, "Partner of the platform") {
		t.Error("the dialog shows a badge that was given up")
	}
	nobody.goTo("/partners")
	nobody.says("There are no partners yet.")
	lee.goTo(desk)
	lee.submit(desk, "specialities", "leads", "words", "They should be.", "do", "propose")
	lee.sees(t)
	lee.says("put forward", "others decide")
	staff.goTo(desk)
	staff.submit(desk, "outcome", "given", "reason", "Yes.")
	staff.says("The app is a partner now.")
	staff.submit(desk, "reason.end", "", "do", "end")
	staff.problem("reason.end", "Say why")
	staff.submit(desk, "reason.end", "It misleads.", "do", "end")
	staff.sees(t)
	staff.says("no partner any more", "It misleads.")
}

// R-REVIEW-04: a business says of an app that it has connected that it asks for too much,
// and reads the answer; a reviewer reads it beside the app, and its people nowhere.
func TestComplaintPages(t *testing.T) {
	w := testWorld()
	w.People = append(w.People, world.Person{Key: "ann", Name: "Reviewer ann", Email: "ann@example.org", Password: password, Staff: prokura.StaffReviewer})
	s := newSiteWith(t, w)
	ada, ann := s.browser(), s.browser().logIn("ann")
	s.reachReview(ada)
	ada.submit("/review", "do", "approve")
	ada.goTo("/business/" + s.id("nordwind") + "/integrations/connected-apps")
	connected := "/business/" + s.id("nordwind") + "/integrations/connected-apps/" + s.id("campaigns")
	ada.goTo(connected)
	ada.says(connected + "/complaint")
	ada.goTo(connected + "/complaint")
	ada.sees(t)
	ada.submit("/complaint", "about", "ads_management", "words", "")
	ada.problem("words", "Write a few words")
	ada.says(`value="ads_management" checked`)
	ada.submit("/complaint", "about", "ads_management", "words", "It only <reads>.")
	ada.sees(t)
	ada.says("The platform was told.", "It only &lt;reads&gt;.", "Not answered yet", "Not needed:")
	if strings.Contains(ada.page, `aria-labelledby="complaint`) {
		t.Error("complaints of one day are landmarks with the same name") // axe: landmark-unique
	}
	if strings.Contains(ada.page, `name="words"`) {
		t.Error("a second complaint is offered while one waits")
	}

	ann.goTo("/staff/queue")
	ann.sees(t)
	ann.says("Asks for more than it needs", "Nordwind Outdoor")
	desk := regexp.MustCompile(`/staff/complaints/\d+`).FindString(ann.page)
	if ada.goTo(desk); ada.status != http.StatusForbidden {
		t.Errorf("a business opens the desk: %d", ada.status)
	}
	ann.goTo("/staff/apps/" + s.id("campaigns"))
	ann.says("What businesses say of this app", "It only &lt;reads&gt;.", desk)
	ann.goTo(desk)
	ann.sees(t)
	ann.says("Nordwind Outdoor", "Ada Lindqvist", "Create and manage ads", "It only &lt;reads&gt;.")
	ann.submit(desk, "answer", "We took it <away>.")
	ann.problem("outcome", "Choose what you make of it")
	ann.submit(desk, "outcome", "agreed", "answer", "We took it <away>.")
	ann.sees(t)
	ann.says("The answer was saved", "We took it &lt;away&gt;.", "The platform agrees")
	ada.goTo(connected + "/complaint")
	ada.sees(t)
	ada.says("We took it &lt;away&gt;.", "The platform agrees", "Tell the platform")
	if strings.Contains(ada.page, "Reviewer ann") {
		t.Error("the business reads who of the staff it was")
	}
	ann.goTo("/staff/queue")
	ann.says("Nothing waits.")
}
