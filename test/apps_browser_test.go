package test

import (
	"net/url"
	"strings"
	"testing"
)

// acceptInvitation opens a link as somebody who is logged in, and says yes.
func (p *tab) acceptInvitation(link string) {
	p.t.Helper()
	p.open(link)
	p.submit("/accept")
}

// linkOf is the link of an invitation that a page shows.
func (p *tab) linkOf() string {
	p.t.Helper()
	return eval[string](p, `document.querySelector('[id^="link-"]')?.value ?? ''`)
}

// TestAppSharing is an app between three people: Ada's business asks for it and
// Tess confirms; Tess offers it, hands another one over to Ada, who gives it to
// Theo by a link (R-SU-06, R-APP-06).
func TestAppSharing(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{})
	tess, ada, theo := newTab(t), newTab(t), newTab(t)
	tess.signIn(s, tessEmail)
	ada.signIn(s, adaEmail)
	theo.signIn(s, theoEmail)
	apps, sharing := s.url+"/business/"+nordwindID+"/apps", s.url+"/apps/"+campaignsApp+"/sharing"

	ada.open(apps)
	ada.looks("business-apps-none")
	ada.fillIn("input[name=app_id]", campaignsApp)
	ada.pick("as", "use")
	ada.submit("/apps")
	ada.wantText("asked", "The people of the app were asked.", "Brightline Campaigns")
	tess.open(sharing)
	tess.wantText("asked", "Nordwind Outdoor", "asks to use this app")
	tess.looks("app-sharing-asked")
	tess.leave(func() { tess.press(buttonOf("/sharing/answer", "confirm")) })
	tess.wantText("shared", "Confirmed.", "Nordwind Outdoor")
	tess.fillIn("input[name=business]", testKitchenID)
	tess.submit("/sharing")
	tess.wantText("offered", "The offer was sent.", testKitchenID)
	if strings.Contains(tess.text(), "Brandt Test Kitchen") {
		t.Error("an id that was offered to tells whose it is")
	}
	tess.looks("app-sharing")

	theo.open(s.url + "/business/" + testKitchenID + "/apps")
	theo.looks("business-apps-offered")
	theo.leave(func() { theo.press(buttonOf("/apps/answer", "confirm")) })
	theo.wantText("accepted", "Confirmed.", "Brightline Campaigns")
	theo.leave(func() { theo.clickOn(`a[href$="/release"]`) })
	theo.looks("business-app-release")
	theo.submit("/release")
	theo.wantText("released", "You no longer use Brightline Campaigns.")
	tess.open(sharing)
	tess.leave(func() { tess.clickOn(`a[href*="/sharing/remove?"]`) })
	tess.looks("app-unshare")
	tess.submit("/sharing/remove")
	tess.wantText("unshared", "The app is shared with no business.")

	// Ada asks to own the lab; it is given with the password.
	ada.open(apps)
	ada.fillIn("input[name=app_id]", labApp)
	ada.pick("as", "own")
	ada.submit("/apps")
	ada.looks("business-apps-asked")
	tess.open(s.url + "/apps/" + labApp + "/sharing")
	tess.leave(func() { tess.clickOn(`a[href*="/transfer/"]`) })
	tess.wantText("asked for", "Nordwind Outdoor", "asks to own")
	tess.looks("app-give")
	action := tess.url()[len(s.url):]
	tess.fillIn("input[name=password]", demoPassword)
	tess.submit(action)
	tess.wantText("given", "The app has a new owner.", "Nordwind Outdoor")
	ada.open(apps)
	ada.wantText("owned", "Brightline Lab")
	ada.open(s.url + "/apps/" + labApp + "/transfer")
	ada.looks("app-transfer")
	ada.pick("to", "person")
	ada.fillIn("input[name=email]", theoEmail)
	ada.fillIn("input[name=password]", demoPassword)
	ada.submit("/transfer")
	link := ada.linkOf()
	ada.looks("app-sharing-person")
	ada.open(link)
	ada.wantText("somebody else's", "This invitation cannot be opened")
	theo.acceptInvitation(link)
	theo.open(s.url + "/apps/" + labApp + "/sharing")
	theo.wantText("Theo's", "Theo Brandt", "No business owns the app.")
	theo.looks("app-sharing-owned")
}

// TestAppPeople is who works on an app: somebody who is invited and accepts, and
// a system user that is named by its id (R-APP-03, R-SU-06).
func TestAppPeople(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{})
	tess, ada := newTab(t), newTab(t)
	tess.signIn(s, tessEmail)
	ada.signIn(s, adaEmail)
	place := s.url + "/apps/" + campaignsApp + "/roles"
	tess.open(place)
	tess.fillIn("input[name=email]", adaEmail)
	tess.pick("role", "developer")
	tess.submit("/roles")
	tess.wantText("invited", adaEmail+" was invited as Developer.", "Invited by Tess Moreau")
	tess.fillIn("input[name=system_user]", reportingServer)
	tess.submit("/roles/system-users")
	tess.wantText("system user", "Reporting server of Brightline Ads")
	tess.looks("app-roles-all")
	if status := ada.status(place); status != 404 {
		t.Errorf("R-APP-03: somebody who was only invited is shown the roles: status %d", status)
	}
	ada.acceptInvitation(tess.linkOf())
	ada.open(place)
	ada.wantText("as a developer", "Ada Lindqvist", "Reporting server")
	if strings.Contains(ada.text(), "Reporting server of Brightline Ads") {
		t.Error("a developer from elsewhere is told the name of a system user's business")
	}
	ada.looks("app-roles-developer")
	tess.open(place)
	tess.wantText("no invitation is left", "Ada Lindqvist")
	if tess.linkOf() != "" {
		t.Error("an accepted invitation is still open")
	}

	// A role goes with a question, not with one click.
	tess.open(place)
	tess.leave(func() { tess.clickOn(`a[href$="/roles/remove?person=` + reportingServer + `"]`) })
	tess.wantText("the question", "Take the role of Reporting server away?", "A new role brings no token back.")
	tess.leave(func() { tess.click("Keep the role") })
	tess.wantText("the roles", "Reporting server")
	for _, who := range []string{reportingServer, adaID} {
		tess.open(place + "/remove?person=" + who)
		tess.looks("app-role-remove-" + who)
		tess.submit("/roles/remove")
	}
	tess.wantText("without Ada", "Ada Lindqvist no longer has a role on this app.", "No system user has a role on this app.")
	if status := ada.status(place); status != 404 {
		t.Errorf("R-APP-03: without a role Ada is answered %d", status)
	}
}

// TestLoginProduct changes a consumer app over to Login for Business and back,
// with a test app that follows; people's tokens end and live as the page said
// (R-APP-04, R-APP-05, T70).
func TestLoginProduct(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{})
	site := newCallback(t)
	theo := newTab(t)
	theo.signIn(s, theoEmail)
	trailmates := app{id: trailmatesApp, secret: trailmatesSecret}
	theo.open(site.dialogURL(s, trailmates, "scope", "pages_show_list,rsvp_event"))
	back, _ := theo.walk(login{email: theoEmail}, site.uri())
	query, _ := landed(t, back)
	token := s.token(t, trailmates, site.uri(), query.Get("code"))
	ben := newTab(t)
	ben.open(site.dialogURL(s, trailmates, "scope", "email"))
	back, _ = ben.walk(login{email: benEmail}, site.uri())
	query, _ = landed(t, back)
	profile := s.token(t, trailmates, site.uri(), query.Get("code"))

	base := s.url + "/apps/" + trailmatesApp
	theo.open(base + "/test-apps")
	theo.looks("app-test-apps-none")
	theo.fillIn("input[name=name]", "Trailmates - Test")
	theo.submit("/test-apps")
	theo.wantText("the test app", "This is a test app of Trailmates")
	theo.looks("app-basic-test")
	theo.open(base + "/test-apps")
	theo.wantText("test apps", "Trailmates - Test")
	theo.looks("app-test-apps")

	theo.open(base + "/login-product")
	theo.wantText("before", "rsvp_event", "1 person keeps the rest", "1 person gave nothing that would remain", "Trailmates - Test")
	theo.looks("app-login-product")
	theo.fillIn("input[name=name]", "Trailmates")
	theo.fillIn("input[name=password]", demoPassword)
	theo.submit("/login-product/switch")
	theo.wantText("after", "The app uses Login for Business now.", "You can go back until")
	theo.looks("app-login-product-back")
	if got := s.get(t, "/me", url.Values{"access_token": {profile}}); got.status != 400 {
		t.Errorf("R-APP-05: a token with nothing but profile and e-mail answers %d", got.status)
	}
	s.wantAlive(t, "a token that keeps something", token)
	theo.fillIn("input[name=name]", "Trailmates")
	theo.fillIn("input[name=password]", demoPassword)
	theo.submit("/login-product/roll-back")
	theo.wantText("back", "The app is back at Login.")
	if got := s.get(t, "/me", url.Values{"access_token": {profile}}); got.status != 400 {
		t.Errorf("T70: going back revived a token: %d", got.status)
	}
}
