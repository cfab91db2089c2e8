package test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// looks checks a page on a phone's and on a desktop's width, and keeps pictures
// of it where they are wanted.
func (p *tab) looks(page string) {
	p.t.Helper()
	// Each scheme once: TestPages looks at all four of each page.
	for _, at := range []struct {
		width  int64
		scheme string
	}{{360, "dark"}, {1440, "light"}} {
		p.viewport(at.width, 900)
		p.accessible(fmt.Sprintf("%s at %d", page, at.width), at.scheme)
		p.shots(fmt.Sprintf("%s-%d", page, at.width))
	}
	for _, width := range []int64{1024, 1280} {
		p.viewport(width, 900)
		p.fits(page)
		p.shots(fmt.Sprintf("%s-%d", page, width))
	}
	p.viewport(1440, 900)
}

// looksWithLongNames checks that a table shows all of its columns whatever its
// rows are called, on every screen and on paper.
func (p *tab) looksWithLongNames(page string) {
	p.t.Helper()
	eval[bool](p, `(document.querySelectorAll('.table bdi').forEach(e => e.textContent += ' Beteiligungsverwaltungsgesellschaft'.repeat(2)), true)`)
	for _, width := range []int64{360, 1024, 1280, 1440, 1920} {
		p.viewport(width, 900)
		p.fits(page + " with long names")
		p.shots(fmt.Sprintf("%s-long-%d", page, width))
	}
	p.viewport(794, 1123) // A4
	p.media("print")
	p.fits(page + " on paper")
	p.shot(page + "-print")
	p.media("")
	p.viewport(1440, 900)
}

// TestWhoHoldsPower is Ada at her list of who holds power: she finds an app,
// sees its tokens, takes an asset and a permission away, ends one token and then
// the whole grant; each ends or narrows exactly what it says, at once
// (R-TOKEN-06, R-TOKEN-10, R-TOKEN-11).
func TestWhoHoldsPower(t *testing.T) { eachDatabase(t, whoHoldsPower) }

func whoHoldsPower(t *testing.T, postgres bool) {
	s := startGranted(t, postgres)
	list := s.url + "/business/" + nordwindID + "/integrations/grants"
	employee := newTab(t)
	employee.signIn(s.server, benEmail)
	if status := employee.status(list); status != 403 {
		t.Errorf("R-TOKEN-11: an employee is shown the list: status %d", status)
	}

	p := newTab(t)
	p.signIn(s.server, adaEmail)
	p.open(list)
	p.wantText("who holds power", "Brightline Campaigns", "Campaign management", "Ada Lindqvist", "2 assets", "1 narrower")
	p.looks("grants")
	p.looksWithLongNames("grants")
	p.open(list)
	p.open(list + "?asset=" + adAccountUS)
	p.wantText("who reaches the second account", "Nordwind US", "Nothing matches.")
	p.open(list + "?asset=" + adAccountEU)
	p.wantText("who reaches the first account", "Nordwind EU", "Brightline Campaigns")
	p.open(list + "?q=campaign+management")
	p.leave(func() { p.clickOn(`th a[href*="/integrations/grants/"]`) })
	family := p.url()
	p.wantText("the family", "Nordwind EU", "Nordwind Outdoor", "ads_read", "Narrower, cut from", "From the app's login")
	p.looks("grant")

	// Take a permission and a page away.
	p.leave(func() { p.clickOn(`a[href$="/narrow"]`) })
	p.looks("grant-narrow")
	p.clickOn(`input[name=scope][value=ads_management]`)
	p.clickOn(`input[name=asset][value="` + pageOutdoor + `"]`)
	p.leave(func() { p.press(buttonOf("/narrow", "review")) })
	p.wantText("the question", "Nordwind Outdoor", "ads_management", "2 working tokens", "1 asset stays")
	p.looks("grant-narrow-review")
	reads := func(token, node string) bool {
		return s.get(t, "/v25.0/"+node, url.Values{"access_token": {token}, "fields": {"name"}}).status == 200
	}
	if !reads(s.business, pageOutdoor) {
		t.Error("the page is gone before the question was answered")
	}
	p.leave(func() { p.press(buttonOf("/narrow", "")) })
	if reads(s.business, pageOutdoor) || !reads(s.business, "act_"+adAccountEU) || !reads(s.child, "act_"+adAccountEU) {
		t.Error("R-TOKEN-06: the grant did not lose the page, or lost more")
	}
	if got := strings.Join(scopesOf(s.debug(t, campaigns, s.business)), " "); strings.Contains(got, "ads_management") || !strings.Contains(got, "ads_read") {
		t.Errorf("R-TOKEN-06: the root holds %s", got)
	}
	if p.url() != family {
		t.Errorf("after narrowing the page is %s", p.url())
	}
	p.wantText("what is left", "Taken away.", "5 permissions", "1 asset")

	// End the child alone: the newest token, so the first one on the list.
	p.leave(func() { p.clickOn(`a[href*="/tokens/"][href$="/end"]`) })
	p.wantText("the end of a token", "End this token?", "The token that it was cut from goes on")
	p.looks("grant-token-end")
	p.leave(func() { p.press(buttonOf("/end", "")) })
	s.wantDead(t, "the child", s.child, 0)
	s.wantAlive(t, "the root of the child that was ended", s.business)

	// And all of it.
	p.leave(func() { p.clickOn(`a[href="` + strings.TrimPrefix(family, s.url) + `/end"]`) })
	p.looks("grant-end")
	p.leave(func() { p.press(buttonOf("/end", "")) })
	s.wantDead(t, "the root", s.business, 458)
	s.wantAlive(t, "Ben's token, which is not the business's,", s.personal)
	p.wantText("the list in the end", "has lost its access", "A person, through the app", "Ben Okafor")

	// What the app does with Ben's place in the business goes, his token stays.
	if !reads(s.personal, "act_"+adAccountEU) {
		t.Error("Ben's token does not reach what he chose")
	}
	p.leave(func() { p.clickOn(`th a[href*="/integrations/grants/"]`) })
	p.wantText("through Ben", "The tokens are the person's", "Nordwind EU")
	p.looks("grant-person")
	p.leave(func() { p.clickOn(`a[href$="/end"]`) })
	p.wantText("the end of what goes through Ben", "Ben Okafor gets a mail")
	p.looks("grant-end-person")
	p.leave(func() { p.press(buttonOf("/end", "")) })
	p.wantText("nothing is left", "no longer reaches Nordwind Outdoor through Ben Okafor", "Nobody holds power here.")
	p.looks("grants-none")
	s.wantAlive(t, "Ben's token", s.personal)
	if reads(s.personal, "act_"+adAccountEU) {
		t.Error("Ben's token still reaches the business")
	}
}

// TestPowerOfSystemUsers is Tess at Brightline's list: her business's own server
// works with its own app. She limits a token, ends the tokens, and uninstalls.
func TestPowerOfSystemUsers(t *testing.T) { eachDatabase(t, powerOfSystemUsers) }

func powerOfSystemUsers(t *testing.T, postgres bool) {
	s := startGranted(t, postgres)
	code := s.devConsent(t, configReporting, "100000000000003", "", []string{"100000000000371"}, s.uri, "").Query().Get("code")
	tess := s.token(t, campaigns, s.uri, code)
	servers := s.get(t, "/v25.0/"+brightlineID+"/system_users", url.Values{"access_token": {tess}, "fields": {"id"}})
	found, _ := servers.at("data").([]any)
	if len(found) != 1 {
		t.Fatalf("Brightline has %d system users, the demo world one", len(found))
	}
	server := fmt.Sprint(found[0].(map[string]any)["id"])
	mint := func() string {
		a := s.post(t, "/v25.0/"+server+"/access_tokens", url.Values{"access_token": {tess}, "appsecret_proof": {campaigns.proof(tess)},
			"business_app": {campaignsApp}, "scope": {"ads_read,ads_management"}})
		if a.text("access_token") == "" {
			t.Fatalf("no token: %d %d/%d", a.status, a.code(), a.subcode())
		}
		return a.text("access_token")
	}
	first := mint()

	p := newTab(t)
	p.signIn(s.server, tessEmail)
	list := s.url + "/business/" + brightlineID + "/integrations/grants"
	p.open(list)
	p.wantText("Brightline's list", "Reporting server", "System user", "Brightline Campaigns", "What is assigned to it", "Tess Moreau", "A person, through the app")
	p.open(list + "?q=reporting+server") // what acts through Tess has the same app
	p.leave(func() { p.clickOn(`th a[href*="/integrations/grants/"]`) })
	family := p.url()
	p.looks("grant-system-user")
	p.leave(func() { p.clickOn(`a[href*="/tokens/"][href$="/narrow"]`) })
	p.looks("grant-narrow-token")
	p.clickOn(`input[name=scope][value=ads_management]`)
	p.leave(func() { p.press(buttonOf("/narrow", "review")) })
	p.leave(func() { p.press(buttonOf("/narrow", "")) })
	if got := strings.Join(scopesOf(s.debug(t, campaigns, first)), " "); got != "ads_read" {
		t.Errorf("R-TOKEN-06: the token holds %s", got)
	}
	p.open(family + "/end")
	p.looks("grant-end-system-user")
	p.leave(func() { p.press(buttonOf("/end", "tokens")) })
	s.wantDead(t, "the system user's token", first, 0)
	p.open(list + "?q=reporting+server")
	p.wantText("the list without tokens", "Nothing matches.")

	second := mint() // the app is still installed
	p.open(list + "?q=reporting+server")
	p.leave(func() { p.clickOn(`th a[href*="/integrations/grants/"]`) })
	if p.url() != family {
		t.Errorf("the family is now %s, was %s", p.url(), family)
	}
	p.open(family + "/end")
	p.leave(func() { p.press(buttonOf("/end", "uninstall")) })
	s.wantDead(t, "the system user's second token", second, 0)
	if a := s.post(t, "/v25.0/"+server+"/access_tokens", url.Values{"access_token": {tess}, "appsecret_proof": {campaigns.proof(tess)},
		"business_app": {campaignsApp}, "scope": {"ads_read"}}); a.code() != 412 {
		t.Errorf("R-SU-04: a token for an app that was uninstalled: %d %d/%d", a.status, a.code(), a.subcode())
	}
}
