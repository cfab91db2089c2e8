package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/businesses"
)

// R-APP-03, R-APP-06, T31: full control of the owning business shows every page
// of the app without a role on it, and takes roles from people who have left; an
// admin by role alone finds no way to hand the app over.
func TestOwnerOfAppPages(t *testing.T) {
	s := newSiteWith(t, appsWorld(1))
	boss, left := s.browser().logIn("admin"), s.browser().logIn("second")
	roles, transfer := s.appPage("app0", "/roles"), s.appPage("app0", "/transfer")

	left.goTo(s.appPage("app0", "/sharing"))
	left.says("Only people with full control of", "can hand this app over.")
	if strings.Contains(left.page, transfer) {
		t.Error("an admin by role alone is led to the page that hands the app over")
	}
	left.goTo(transfer)
	if left.status != http.StatusForbidden {
		t.Errorf("the page that hands the app over answers %d", left.status)
	}
	left.goTo(roles)
	left.post(transfer, url.Values{"csrf": {left.csrf()}, "to": {"business"}, "business": {s.id("client")}, "password": {password}})
	if left.status != http.StatusForbidden {
		t.Errorf("handing the app over answers %d", left.status)
	}

	boss.goTo(roles)
	boss.post(roles+"/remove", url.Values{"csrf": {boss.csrf()}, "person": {s.id("admin")}})
	boss.goTo("/apps")
	boss.says("App 000", "Admin", s.appPage("app0", ""))
	boss.goTo(roles)
	boss.says("Everybody with full control of", "P. second")
	boss.post(roles+"/remove", url.Values{"csrf": {boss.csrf()}, "person": {s.id("second")}})
	left.goTo(roles)
	if left.status != http.StatusNotFound {
		t.Errorf("whoever lost the role is answered %d", left.status)
	}
	boss.goTo(transfer)
	boss.says("Transfer App 000")
}

// R-SU-06, R-APP-06: an app is asked for, offered, shared, given up and handed
// over on pages, each side on its own; what stands open shows on both.
func TestAppSharingPages(t *testing.T) {
	s := newSiteWith(t, appsWorld(2))
	admin, client := s.browser().logIn("admin"), s.browser().logIn("stranger")
	sharing, apps := s.appPage("app0", "/sharing"), "/business/"+s.id("client")+"/apps"
	app := s.id("app0")

	// The business asks, the app's admin confirms.
	client.goTo(apps)
	client.says("A client owns no app.", "No app of others is shared with A client.")
	client.submit("/apps", "app_id", "42", "as", "use")
	client.problem("app_id", "No app has this id.")
	client.submit("/apps", "app_id", app, "as", "use")
	client.says("The people of the app were asked.", "App 000", "to use")
	client.submit("/apps", "app_id", app, "as", "use")
	if client.status != http.StatusUnprocessableEntity {
		t.Errorf("asking twice answers %d", client.status)
	}
	admin.goTo(sharing)
	admin.says("Brightline Ads", "The app is shared with no business.", "Waiting for you", "A client", "asks to use this app")
	admin.submit("/sharing/answer", "do", "confirm")
	admin.says("Confirmed.", "A client")
	client.goTo(apps)
	client.says("App 000", "Stop using")
	client.goTo(apps + "/" + app + "/release")
	client.submit("/release")
	client.says("You no longer use App 000.", "No app of others is shared")

	// The app's admin offers, without learning whose id it is, and takes it back.
	admin.goTo(sharing)
	admin.submit("/sharing", "business", "42")
	admin.problem("business", "No business has this id.")
	admin.submit("/sharing", "business", "x")
	admin.problem("business", "Enter the id of a business.")
	admin.submit("/sharing", "business", s.id("client"))
	admin.says("The offer was sent.", "offered for use", s.id("client"))
	if strings.Contains(admin.page, "A client") {
		t.Error("an id that was offered to tells whose it is")
	}
	client.goTo(apps)
	client.says("Offered to you", "for your use")
	stale := client.page
	admin.submit("/sharing/answer", "do", "withdraw")
	admin.says("Withdrawn.")
	client.page = stale
	client.submit("/apps/answer", "do", "confirm")
	if client.status != http.StatusConflict {
		t.Errorf("confirming what was withdrawn answers %d", client.status)
	}
	admin.submit("/sharing", "business", s.id("client"))
	client.goTo(apps)
	client.submit("/apps/answer", "do", "confirm")
	client.says("Confirmed. It is in force.", "Stop using")
	admin.goTo(sharing + "/remove?business=" + s.id("client"))
	admin.says("Stop sharing with A client")
	admin.submit("/sharing/remove")
	admin.says("no longer shared with that business", "The app is shared with no business.")

	// The business asks to own it; giving it away takes the password.
	client.goTo(apps)
	client.submit("/apps", "app_id", app, "as", "own")
	admin.goTo(sharing)
	admin.says("asks to own this app")
	if strings.Contains(admin.page, `value="confirm"`) {
		t.Error("an app can be given away with one click")
	}
	_, after, _ := strings.Cut(admin.page, `href="`+s.appPage("app0", "/transfer/"))
	request, _, _ := strings.Cut(after, `"`)
	give := s.appPage("app0", "/transfer/") + request
	admin.goTo(give)
	admin.submit(give, "password", "wrong password of tests")
	admin.problem("password", "")
	admin.submit(give, "password", password)
	admin.says("The app has a new owner.", "A client")
	if v := s.app(s.ids["app0"]); v.App.Business != s.ids["client"] || v.App.Owner != s.ids["stranger"] {
		t.Errorf("the app is %+v", v.App)
	}
	client.goTo(sharing)
	client.says("A client")

	// From there it goes to a person, by a link.
	client.goTo(s.appPage("app0", "/transfer"))
	client.submit("/transfer", "to", "person", "email", "developer@example.org", "password", password)
	client.says("The offer was sent.", "developer@example.org", "offered to own", s.url+"/invitations/")
	_, after, _ = strings.Cut(client.page, s.url+"/invitations/")
	if err := businesses.AcceptInvitation(t.Context(), s.registry, s.caller("developer"), prokura.Secret(after[:64])); err != nil {
		t.Errorf("accept: %v", err)
	}
	client.goTo(sharing)
	client.says("P. developer", "No business owns the app.")

	// Whoever is not in charge reads, and finds no buttons.
	analyst := s.browser().logIn("analyst")
	analyst.goTo(s.appPage("app1", "/sharing"))
	analyst.says("Only admins of the app share it")
	analyst.goTo(s.appPage("app1", "/sharing/remove?business="+s.id("client")))
	if analyst.status != http.StatusForbidden {
		t.Errorf("an analyst's look at the end of a share answers %d", analyst.status)
	}
	if admin.goTo("/business/" + s.id("client") + "/apps"); admin.status != http.StatusNotFound {
		t.Errorf("the apps of a business of others answer %d", admin.status)
	}
}

// R-APP-04: test apps are made and listed at their parent and have no pages about
// sharing.
func TestTestAppPages(t *testing.T) {
	s := newSiteWith(t, appsWorld(1))
	b := s.browser().logIn("admin")
	b.goTo(s.appPage("app0", "/test-apps"))
	b.says("There is no test app yet.")
	b.submit("/test-apps", "name", " ")
	b.problem("name", "An app needs a name")
	b.submit("/test-apps", "name", "App 000 - Test")
	b.says("App 000 - Test was created.", "This is a test app of <strong><bdi>App 000</bdi></strong>")
	place := strings.TrimSuffix(b.at, "/basic")
	if strings.Contains(b.page, place+"/sharing") || strings.Contains(b.page, place+"/login-product") {
		t.Error("a test app leads to pages that it does not have")
	}
	b.goTo(place + "/login-product")
	b.says("A test app follows the app that it is for.")
	if strings.Contains(b.page, "/login-product/switch") {
		t.Error("a test app offers a change of its login product")
	}
	b.goTo("/apps")
	b.says("App 000 - Test")
	b.goTo(s.appPage("app0", "/test-apps"))
	b.says(`href="`+place+`"`, "Test app")
	other := s.browser().logIn("second")
	other.goTo(s.appPage("app0", "/test-apps"))
	other.says("App 000 - Test", "Others work on it")
}

// R-APP-05, T70: the page says what ends before the click, wants the app's name
// and the password, and offers the way back while there is one.
func TestLoginProductPages(t *testing.T) {
	w := appsWorld(2)
	w.Apps[0].Type, w.Apps[0].Configurations = prokura.AppConsumer, nil
	w.Apps[0].Advanced = []prokura.Permission{"ads_read", "rsvp_event"}
	s := newSiteWith(t, w)
	place := s.appPage("app0", "/login-product")
	b := s.browser().logIn("admin")
	b.goTo(place)
	b.says("Change over to Login for Business", "Advanced access of the app to", "<code>rsvp_event</code>")
	if strings.Contains(b.page, "<code>ads_read</code>") {
		t.Error("the page says that ends what stays")
	}
	b.submit("/switch", "name", "App 001", "password", password)
	b.problem("name", "Type the name of the app")
	b.submit("/switch", "name", "App 000", "password", "wrong password of tests")
	b.problem("password", "")
	b.submit("/switch", "name", "App 000", "password", password)
	b.says("The app uses Login for Business now.", "Back to Login", "You can go back until")
	if v := s.app(s.ids["app0"]); v.App.Type != prokura.AppBusiness {
		t.Errorf("the app is %+v", v.App)
	}
	b.submit("/roll-back", "name", "App 000", "password", password)
	b.says("The app is back at Login.", "Change over to Login for Business")
	if strings.Contains(b.page, "rsvp_event") {
		t.Error("the page offers what was lost before")
	}
	b.goTo(s.appPage("app1", "/login-product"))
	b.says("it stays.")
}
