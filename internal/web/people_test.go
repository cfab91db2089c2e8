package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/businesses"
)

// mail is the newest link that was mailed to an address.
func (s *site) pendingLink(admin *browser, email string) string {
	s.t.Helper()
	list, err := businesses.Invitations(s.t.Context(), s.registry, s.session(admin), s.ids["nordwind"], 0, businesses.MaxInvitations)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, i := range list {
		if i.Email == email {
			return i.Path
		}
	}
	s.t.Fatalf("%s is not invited", email)
	return ""
}

// An invitation from the form to the membership: whoever opens the link logs in
// or signs up on the way and comes back to it.
func TestInvitationPages(t *testing.T) {
	s := newSite(t)
	ada := s.browser().logIn("ada")
	ada.goTo("/business/" + s.id("nordwind") + "/people/invite")
	ada.submit("/people/invite", "email", "nobody", "role", "EMPLOYEE")
	ada.says("Enter an e-mail address.", `value="nobody"`)
	ada.submit("/people/invite", "email", "ben@example.org", "role", "EMPLOYEE")
	ada.says("in the business already")
	ada.submit("/people/invite", "email", "Carla@Example.org", "role", "EMPLOYEE")
	ada.says("The invitation to carla@example.org is on its way.", "Invitations")
	link := s.pendingLink(ada, "carla@example.org")
	ada.says(link)

	ada.get(link)
	if ada.status != http.StatusGone {
		t.Errorf("somebody else's invitation answers %d", ada.status)
	}
	ada.says("another e-mail address")

	carla := s.browser()
	carla.goTo(link)
	carla.says("Join Nordwind Outdoor", "Ada Lindqvist", "/signup?next=")
	if strings.Contains(carla.page, "carla@example.org") {
		t.Error("the page tells the invited address to whoever has the link")
	}
	_, after, _ := strings.Cut(carla.page, `href="/signup?next=`)
	next, _, _ := strings.Cut(after, `"`)
	carla.goTo("/signup?next=" + next)
	carla.signUp("Carla Nuñez", "carla@example.org")
	if carla.at != link {
		t.Fatalf("after the sign-up the page is %s", carla.at)
	}
	carla.submit("/accept")
	if carla.at != "/business/"+s.id("nordwind") || carla.status != http.StatusOK {
		t.Fatalf("after accepting the page is %s (%d)", carla.at, carla.status)
	}
	carla.says("Welcome to Nordwind Outdoor.")
	if carla.get(link); carla.status != http.StatusGone {
		t.Errorf("the link afterwards: %d", carla.status)
	}

	// Logging in on the way, and saying no.
	ada.goTo("/business/" + s.id("nordwind") + "/people/invite")
	ada.submit("/people/invite", "email", "tess@example.org", "role", "ADMIN")
	tess := s.browser()
	link = s.pendingLink(ada, "tess@example.org")
	tess.goTo(link)
	_, after, _ = strings.Cut(tess.page, `href="/login?next=`)
	next, _, _ = strings.Cut(after, `"`)
	tess.goTo("/login?next=" + next)
	tess.submit("/login", "email", "tess@example.org", "password", password)
	tess.says("full control")
	tess.submit("/decline")
	tess.says("You declined the invitation.")
	if strings.Contains(tess.page, "Nordwind Outdoor</bdi>") {
		t.Error("who declined is in the business")
	}
}

// The pages about people: an employee looks, full control changes.
func TestPeoplePages(t *testing.T) {
	s := newSite(t)
	ada, ben := s.browser().logIn("ada"), s.browser().logIn("ben")
	people := "/business/" + s.id("nordwind") + "/people"
	ben.goTo(people)
	ben.says("Ada Lindqvist", "only people with full control")
	for _, path := range []string{people + "/invite", "/business/" + s.id("nordwind") + "/settings/delete"} {
		if ben.get(path); ben.status != http.StatusForbidden {
			t.Errorf("%s answers an employee with %d", path, ben.status)
		}
	}
	ada.goTo(people + "/invite")
	ada.submit("/people/invite", "email", "dora@example.org", "role", "EMPLOYEE")
	ada.goTo(people)
	ada.submit("/people/invitations", "do", "remind")
	ada.says("Wait ten minutes")
	if err := s.registry.Travel(t.Context(), 11*time.Minute); err != nil {
		t.Fatal(err)
	}
	ada.submit("/people/invitations", "do", "remind")
	ada.says("sent again")
	ada.submit("/people/invitations", "do", "withdraw")
	ada.says("withdrawn")
	if strings.Contains(ada.page, "dora@example.org") {
		t.Error("the invitation is still listed")
	}

	list, err := businesses.People(t.Context(), s.registry, s.session(ada), s.ids["nordwind"], businesses.MemberQuery{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	page := map[string]string{}
	for _, m := range list.Members {
		page[m.Name] = people + "/" + m.ID.String()
	}
	ada.goTo(page["Ada Lindqvist"])
	ada.says("Nobody else has full control.")
	if ada.get("/business/" + s.id("brightline") + "/people/" + strings.TrimPrefix(page["Ben Okafor"], people+"/")); ada.status != http.StatusNotFound {
		t.Errorf("a person of another business answers %d", ada.status)
	}
	ada.goTo(page["Ben Okafor"])
	ada.submit("/role", "role", "ADMIN")
	ada.says("Your changes were saved.", "Full control reaches every asset")
	ben.goTo(page["Ada Lindqvist"])
	ben.submit("/role", "role", "EMPLOYEE")
	ada.goTo(page["Ben Okafor"])
	if strings.Contains(ada.page, "/remove") {
		t.Error("who lost full control is offered to remove somebody")
	}
	ben.goTo(page["Ada Lindqvist"] + "/remove")
	ben.says("Remove Ada Lindqvist from Nordwind Outdoor?")
	ben.submit("/remove")
	ben.says("Ada Lindqvist was removed.")
	if ada.get(people); ada.status != http.StatusNotFound {
		t.Errorf("who was removed is answered %d", ada.status)
	}
	ben.goTo("/business/" + s.id("nordwind") + "/settings/leave")
	ben.submit("/leave")
	ben.says("Nobody else has full control of the business.")
}

// The settings of a business: details, the demand for second factors and what
// it does to others, and the end of the business.
func TestBusinessSettingsPages(t *testing.T) {
	s := newSite(t)
	ada, ben := s.browser().logIn("ada"), s.browser().logIn("ben")
	settings := "/business/" + s.id("nordwind") + "/settings"
	ben.goTo(settings)
	if strings.Contains(ben.page, `name="vertical"`) {
		t.Error("an employee gets the form")
	}
	ada.goTo(settings)
	ada.says("turn it on for yourself first")
	ada.submit("/settings", "name", " ", "vertical", "RETAIL")
	ada.says("A business needs a name")
	ada.submit("/settings", "name", "Nordwind", "vertical", "RETAIL")
	ada.says("Your changes were saved.", `<option value="RETAIL" selected>`)
	ada.setUp()
	ada.goTo(settings)
	ada.says("1 of them has none yet.")
	ada.submit("/two-factor", "two_factor_type", "all_required")
	ada.says("Your changes were saved.")

	if ben.get("/business/" + s.id("nordwind")); ben.status != http.StatusForbidden {
		t.Errorf("who lacks a second factor is answered %d", ben.status)
	}
	ben.says("This business asks for a second factor", "/settings/security#factors", "/settings/leave")
	ben.goTo("/business")
	ben.says("Nordwind", "Second factor missing")
	ben.goTo(s.start("campaigns", "personal", nil))
	ben.says("</bdi></strong> demands two-factor authentication")
	ben.goTo("/settings/security")
	ben.says("Demanded by")
	ada.goTo("/business/" + s.id("nordwind") + "/people")
	ada.says("Second factor missing")
	ben.setUp()
	if ben.get("/business/" + s.id("nordwind")); ben.status != http.StatusOK {
		t.Errorf("with a second factor: %d", ben.status)
	}

	ada.goTo(settings + "/delete")
	ada.says("Delete Nordwind?", "2 people lose access.")
	ada.submit("/delete", "name", "Something else")
	ada.says("Type the name of the business")
	ada.submit("/delete", "name", "Nordwind")
	ada.says("Nordwind was deleted.")
	if ben.get("/business/" + s.id("nordwind")); ben.status != http.StatusNotFound {
		t.Errorf("its page afterwards: %d", ben.status)
	}
	ada.goTo("/business/" + s.id("brightline") + "/settings/delete")
	ada.says("Delete them or hand them over first.")
	if _, err := businesses.HeadOf(t.Context(), s.registry, s.session(ada), s.ids["nordwind"]); prokura.AsError(err).Reason != prokura.NotFound {
		t.Errorf("%v", err)
	}
}

// A server that sends no mail does not say that it does: it says who passes the
// links on.
func TestUnsentInvitations(t *testing.T) {
	for _, dev := range []bool{true, false} {
		s := newSiteFor(t, testWorld(), dev)
		ada, admin := s.browser().logIn("ada"), s.browser().logIn("tess")
		people, roles := "/business/"+s.id("nordwind")+"/people", "/apps/"+s.id("campaigns")+"/roles"
		check := func(b *browser, page string) {
			t.Helper()
			if unsent := strings.Contains(b.page, "This server sends no mail"); unsent == dev {
				t.Errorf("%s, for development: %v: %v", page, dev, unsent)
			}
			if mails := strings.Contains(b.page, "get a mail with a link") || strings.Contains(b.page, "is on its way") || strings.Contains(b.page, "Send again"); mails != dev {
				t.Errorf("%s, for development: %v: mails go out: %v", page, dev, mails)
			}
		}
		ada.goTo(people + "/invite")
		check(ada, "invite")
		ada.submit("/people/invite", "email", "new@example.org", "role", "EMPLOYEE")
		check(ada, "invited")
		ada.says(s.url + "/invitations/")
		admin.goTo(roles)
		check(admin, "roles")
	}
}
