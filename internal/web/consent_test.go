package web_test

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/people"
)

// reach walks Ada to the review of a business login, with one ad account and
// the first page chosen.
func (s *site) reachReview(b *browser) {
	s.t.Helper()
	b.goTo(s.start("campaigns", "business", nil))
	b.submit("/login", "email", "ada@example.org", "password", password)
	b.submit("/business", "business", s.id("nordwind"))
	b.submit("/assets", "asset", s.id("eu"), "asset", s.id("page0"), "do", "continue")
	if b.status != http.StatusOK || !strings.Contains(b.page, `name="digest"`) {
		s.t.Fatalf("the dialog is not at its review: %d\n%s", b.status, b.page)
	}
}

// TestConsentSystemUser walks a business login through its forms: who asks,
// which business, which assets, what is granted (R-LOGIN-07, R-LOGIN-08,
// R-LOGIN-11, R-LOGIN-15).
func TestConsentSystemUser(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	login := s.start("campaigns", "business", nil)

	if b.goTo(login) != http.StatusOK {
		t.Fatalf("the dialog answers %d", b.status)
	}
	b.says("Brightline Campaigns")
	if csp := b.header.Get("Content-Security-Policy"); !strings.HasSuffix(csp, "form-action 'self' https:") {
		t.Errorf("a form of the dialog could not end at the app: %s", csp)
	}
	b.submit("/login", "email", "ada@example.org", "password", "wrong")
	if b.status != http.StatusUnprocessableEntity {
		t.Errorf("a wrong password answers %d", b.status)
	}
	b.submit("/login", "email", "ada@example.org", "password", password)
	b.says("Choose a business", "Nordwind Outdoor", "Brightline Ads")
	if strings.Contains(b.page, `value="`+s.id("brightline")+`"`) {
		t.Error("R-LOGIN-07: the business that owns the app is offered")
	}
	if b.submit("/business"); b.status != http.StatusUnprocessableEntity {
		t.Errorf("no business answers %d", b.status)
	}
	b.goTo(login)
	b.submit("/business", "business", s.id("nordwind"))
	b.says("Ad accounts", "Nordwind EU", "EUR", "Store 000", `value="after:page:`)
	if strings.Contains(b.page, "Brightline&#39;s page") {
		t.Error("R-LOGIN-07: an asset of another business is offered")
	}

	// Only a page, no ad account: the kind that is missing says so, and what was
	// chosen stays.
	b.submit("/assets", "asset", s.id("page0"), "do", "continue")
	if b.status != http.StatusUnprocessableEntity {
		t.Fatalf("R-LOGIN-08: without an ad account the dialog answers %d", b.status)
	}
	b.says("Choose at least one.", `value="`+s.id("page0")+`" checked`)
	b.goTo(login)
	b.submit("/assets", "asset", s.id("page0"), "asset", s.id("eu"), "do", "continue")
	b.says("cut narrower keys", "Connect Brightline Campaigns to Nordwind Outdoor?", "Ada Lindqvist", "Nordwind EU", "Store 000", "Create and manage ads", "brightline.example/privacy")
	if strings.Contains(b.page, "Nordwind US") {
		t.Error("R-LOGIN-08: the review names what was not chosen")
	}

	// Back keeps the choice; reload shows the same.
	b.submit("/review", "do", "back")
	b.says(`value="` + s.id("eu") + `" checked`)
	b.submit("/assets", "asset", s.id("page0"), "asset", s.id("eu"), "do", "continue")
	b.goTo(login)
	b.submit("/review", "do", "confirm")
	query := b.arrived()
	if query.Get("state") != "st 42" || !strings.HasSuffix(b.location(), "#_=_") {
		t.Errorf("the app gets %s", b.location())
	}
	if err := s.alive(s.token("campaigns", query.Get("code"))); err != nil {
		t.Errorf("the token does not work: %v", err)
	}
	b.goTo(login)
	b.says("Brightline Campaigns", "is connected to", "Nordwind Outdoor")
}

// TestConsentNewBusiness signs up and creates the business on the way
// (R-LOGIN-07); without the assets that the app needs there is no way on.
func TestConsentNewBusiness(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	login := s.start("campaigns", "business", nil)
	b.goTo(login)
	b.goTo(login + "/signup")
	b.submit("/signup", "name", "Nina Holm", "email", "nina@example.org", "password", "short")
	if b.status != http.StatusUnprocessableEntity {
		t.Errorf("a short password answers %d", b.status)
	}
	b.says(`value="Nina Holm"`, `value="nina@example.org"`)
	b.signUp("Nina Holm", "nina@example.org")
	b.says("You are not in a business yet")
	b.goTo(login + "/business/new")
	if b.submit("/business/new", "name", " "); b.status != http.StatusUnprocessableEntity {
		t.Errorf("a business without a name answers %d", b.status)
	}
	b.submit("/business/new", "name", "Holm Rentals")
	b.says("Holm Rentals", "This business has none yet")
	if strings.Contains(b.page, `value="continue"`) {
		t.Error("R-LOGIN-08: a login that cannot end offers to go on")
	}
	b.submit("/assets", "do", "new:ad_account", "new.name.ad_account", "Holm ads")
	b.says("Enter the currency of the ad account", `value="Holm ads"`)
	if b.submit("/assets", "do", "new:pixel", "new.name.pixel", "Not asked for"); b.status != http.StatusNotFound {
		t.Errorf("a kind that the login does not ask for answers %d", b.status)
	}
	b.goTo(login)
	b.submit("/assets", "do", "new:ad_account", "new.name.ad_account", "Holm ads", "new.currency.ad_account", "SEK")
	b.says("Holm ads", "1 of 1 chosen")
	// The way back leads to the list of businesses.
	b.submit("/assets", "do", "back")
	b.says("Choose a business", "Holm Rentals")
}

// TestConsentManyAssets pages, searches and chooses all of a long list; what is
// not on show stays as it was (R-LOGIN-08).
func TestConsentManyAssets(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.goTo(s.start("campaigns", "business", nil))
	b.submit("/login", "email", "ada@example.org", "password", password)
	b.submit("/business", "business", s.id("nordwind"))

	count := func() string {
		m := regexp.MustCompile(`data-elsewhere="\d+">(\d+) chosen`).FindStringSubmatch(b.page)
		if m == nil {
			t.Fatalf("no count on the page:\n%s", b.page)
		}
		return m[1]
	}
	rows := func() int { return strings.Count(b.page, `name="asset"`) }
	after := func(verb string) string {
		m := regexp.MustCompile(`value="(` + verb + `:page:\d+)"`).FindStringSubmatch(b.page)
		if m == nil {
			t.Fatalf("no %s on the page", verb)
		}
		return m[1]
	}
	if rows() != 52 {
		t.Errorf("%d assets on show, want 50 pages and 2 ad accounts", rows())
	}
	first := regexp.MustCompile(`(?s)id="kind-page".*?name="asset" value="(\d+)"`).FindStringSubmatch(b.page)[1]
	b.submit("/assets", "asset", first, "do", after("after"))
	if count() != "1" || strings.Contains(b.page, `value="`+first+`"`) {
		t.Errorf("after paging %s are chosen", count())
	}
	b.submit("/assets", "do", after("after"))
	if rows() != 22 || count() != "1" {
		t.Errorf("the last page has %d assets, %s chosen", rows(), count())
	}
	b.submit("/assets", "do", after("before"))
	b.submit("/assets", "do", after("before"))
	b.says(`value="` + first + `" checked`)

	b.submit("/assets", "asset", first, "q.page", "store 01", "do", "search")
	if rows() != 12 {
		t.Errorf("the search finds %d, want 10 pages beside 2 ad accounts", rows())
	}
	b.submit("/assets", "q.page", "store 01", "do", "all:page")
	if count() != "11" {
		t.Errorf("all that match: %s chosen, want 11", count())
	}
	b.submit("/assets", "q.page", "store 01", "do", "none:page")
	if count() != "1" {
		t.Errorf("none that match: %s chosen, want 1", count())
	}
	b.submit("/assets", "q.page", "", "do", "all:page")
	if count() != "120" {
		t.Errorf("all: %s chosen, want 120", count())
	}
	b.submit("/assets", "q.page", s.id("page7"), "do", "search")
	if rows() != 3 {
		t.Errorf("the search for a number finds %d", rows())
	}
	// An asset of another business is refused, whatever the form says (T13).
	if b.submit("/assets", "asset", s.id("other"), "do", "continue"); b.status != http.StatusUnprocessableEntity {
		t.Errorf("T13: a foreign asset answers %d", b.status)
	}
}

// TestConsentCancel proves R-LOGIN-13 for somebody who never logged in, and
// that a login ends once.
func TestConsentCancel(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	login := s.start("campaigns", "business", nil)
	b.goTo(login)
	values, path := b.form("/cancel")
	b.post(path, values)
	query := b.arrived()
	for name, want := range map[string]string{"error": "access_denied", "error_reason": "user_denied", "error_code": "200", "state": "st 42", "code": ""} {
		if got := query.Get(name); got != want {
			t.Errorf("R-LOGIN-13: %s is %q, want %q", name, got, want)
		}
	}
	if b.post(path, values); b.status != http.StatusSeeOther || b.location() != login {
		t.Errorf("cancelling twice answers %d and leads to %q", b.status, b.location())
	}
	b.goTo(login)
	b.says("Nothing new was shared with", "Brightline Campaigns")
}

// TestConsentChangedMeanwhile proves R-LOGIN-14 and T12: the app changes what
// it asks for between display and confirm.
func TestConsentChangedMeanwhile(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	s.reachReview(b)
	tess := s.caller("tess")
	app, err := apps.Get(t.Context(), s.registry, tess, s.ids["campaigns"])
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range app.Configurations {
		if c.ID == s.ids["business"] {
			c.Permissions = append(c.Permissions[:len(c.Permissions):len(c.Permissions)], "catalog_management")
			if _, err := apps.SaveConfiguration(t.Context(), s.registry, tess, c); err != nil {
				t.Fatal(err)
			}
		}
	}
	b.submit("/review", "do", "confirm")
	if b.status != http.StatusConflict {
		t.Fatalf("R-LOGIN-14: confirming what has changed answers %d", b.status)
	}
	b.says("Something changed while you were reading", "Manage your catalogs")
	if list, err := grants.ConnectedApps(t.Context(), s.registry, s.caller("ada"), s.ids["nordwind"]); err != nil || len(list) != 0 {
		t.Errorf("R-LOGIN-14: %d grants of something that was not displayed, %v", len(list), err)
	}

	// The same with an asset's choice: another tab of the same browser.
	s = newSite(t)
	b = s.browser()
	s.reachReview(b)
	old, path := b.form("/review")
	b.submit("/review", "do", "back")
	b.submit("/assets", "asset", s.id("us"), "asset", s.id("page1"), "do", "continue")
	old.Set("do", "confirm")
	if b.post(path, old); b.status != http.StatusConflict {
		t.Fatalf("R-LOGIN-14: a review of other assets answers %d", b.status)
	}
	b.says("Something changed while you were reading", "Nordwind US")
	b.submit("/review", "do", "confirm")
	b.arrived()
}

// TestConsentOtherBrowser proves T02: a login's address is worth nothing in
// another browser, whoever is logged in there.
func TestConsentOtherBrowser(t *testing.T) {
	s := newSite(t)
	b, thief := s.browser(), s.browser().logIn("ada")
	login := s.start("campaigns", "business", nil)
	b.goTo(login)
	if thief.get(login); thief.status != http.StatusGone || strings.Contains(thief.page, "Brightline") {
		t.Errorf("T02: another browser is answered %d\n%s", thief.status, thief.page)
	}
	token := formTokenOf(thief, "/business")
	for _, step := range []string{"business", "assets", "review", "cancel"} {
		thief.post(login+"/"+step, url.Values{"csrf": {token}, "business": {s.id("nordwind")}, "do": {"confirm"}})
		if thief.status < 400 {
			t.Errorf("T02: %s from another browser answers %d to %s", step, thief.status, thief.location())
		}
	}
	b.goTo(login)
	b.says("Brightline Campaigns")
}

// formTokenOf is the token of the forms on a page.
func formTokenOf(b *browser, path string) string {
	b.t.Helper()
	b.goTo(path)
	m := regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(b.page)
	if m == nil {
		b.t.Fatalf("no form at %s", path)
	}
	return m[1]
}

// TestConsentSwitch ends the session: what the person saw is not shown to
// whoever comes next (T10).
func TestConsentSwitch(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	s.reachReview(b)
	b.submit("/switch")
	b.says(`name="password"`)
	if strings.Contains(b.page, "Ada") || strings.Contains(b.page, "Nordwind") {
		t.Error("T10: after the switch the page still names the person or the business")
	}
	b.submit("/login", "email", "ben@example.org", "password", password)
	b.says("Choose a business", "Ben Okafor", "You need full control of this business")
	if strings.Contains(b.page, `type="radio"`) {
		t.Error("R-LOGIN-07: an employee is offered the business")
	}
}

// TestConsentClassic proves the login by scope: optional permissions may be
// left out, and nothing can be added (R-LOGIN-02, R-LOGIN-18, T13).
func TestConsentClassic(t *testing.T) {
	s := newSite(t)
	b := s.browser().logIn("ben")
	scopes := func(q *prokura.LoginRequest) {
		q.Scopes, q.ReturnScopes = []prokura.Permission{"email", "pages_show_list"}, true
	}
	b.goTo(s.start("trailmates", "", scopes))
	b.says("Give Trailmates access?", `name="permission" value="pages_show_list" checked`)
	// The address can be declined, who somebody is cannot (R-LOGIN-18).
	b.says(`name="permission" value="email" checked`)
	if strings.Contains(b.page, `value="public_profile"`) {
		t.Error("R-LOGIN-18: the profile can be declined")
	}
	b.submit("/review", "do", "confirm", "permission", "ads_management", "permission", "email")
	query := b.arrived()
	if query.Get("granted_scopes") != "public_profile,email" || query.Get("denied_scopes") != "pages_show_list" {
		t.Errorf("T13: granted %q, denied %q", query.Get("granted_scopes"), query.Get("denied_scopes"))
	}
	// What was declined is asked for again only when the app says so.
	b.goTo(s.start("trailmates", "", scopes))
	if query := b.arrived(); query.Get("denied_scopes") != "pages_show_list" {
		t.Errorf("a declined permission is asked for again, or granted: denied %q", query.Get("denied_scopes"))
	}
	b.goTo(s.start("trailmates", "", func(q *prokura.LoginRequest) { scopes(q); q.Rerequest = true }))
	b.says(`name="permission" value="pages_show_list" checked`)
}

// TestConsentPassword proves that a fresh password is asked for where the app
// wants one, and before power over money or people is given (T11).
func TestConsentPassword(t *testing.T) {
	s := newSite(t)
	b := s.browser().logIn("ben")
	b.goTo(s.start("trailmates", "", func(q *prokura.LoginRequest) {
		q.Scopes, q.Reauthenticate = []prokura.Permission{"email"}, true
	}))
	b.says("The app asks for a fresh login.")
	if b.submit("/password", "password", "wrong"); b.status != http.StatusUnprocessableEntity {
		t.Errorf("a wrong password answers %d", b.status)
	}
	b.submit("/password", "password", password)
	b.says("Log in to Trailmates?")
	if strings.Contains(b.page, "act in your name") || strings.Contains(b.page, "note-warn") {
		t.Error("a sign-in is told as power, or with a warning")
	}

	b = s.browser()
	s.reachReview(b)
	if err := s.registry.Travel(t.Context(), 11*time.Minute); err != nil {
		t.Fatal(err)
	}
	b.submit("/review", "do", "confirm")
	if b.status != http.StatusOK {
		t.Fatalf("T11: confirming after a while answers %d to %q", b.status, b.location())
	}
	b.says("power over money or people")
	b.submit("/password", "password", password)
	b.submit("/review", "do", "confirm")
	b.arrived()
}

// TestConsentEnds: a login ends after an hour (R-LOGIN-15), and an unknown one
// looks the same as somebody else's.
func TestConsentEnds(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	login := s.start("campaigns", "business", nil)
	b.goTo(login)
	if err := s.registry.Travel(t.Context(), 61*time.Minute); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{login, "/consent/" + strings.Repeat("0", 64), "/consent/short"} {
		if b.get(path); b.status != http.StatusGone {
			t.Errorf("R-LOGIN-15: %s answers %d", path, b.status)
		}
		b.says("This took too long")
	}
}

// TestConsentRefused: who cannot grant reads that the app is not available;
// people of the app read why (R-LOGIN-09, R-APP-02).
func TestConsentRefused(t *testing.T) {
	s := newSite(t)
	for who, cause := range map[string]bool{"ben": false, "tess": true} {
		b := s.browser().logIn(who)
		b.goTo(s.start("trailmates", "", func(q *prokura.LoginRequest) { q.Scopes = []prokura.Permission{"ads_read", "no_such"} }))
		if got := strings.Contains(b.page, `id="cause"`); got != cause {
			t.Errorf("R-LOGIN-09: %s is told the cause: %v\n%s", who, got, b.page)
		}
	}
	b := s.browser().logIn("ben")
	if b.goTo(s.start("lab", "labor", nil)); b.status != http.StatusBadRequest {
		t.Errorf("R-APP-02: an app in development answers %d", b.status)
	}
	b.says("App not available")
}

// TestConsentChoices: a business that the app may not serve, or that is
// connected already, is told apart before it is chosen (R-LOGIN-09, R-LOGIN-11).
func TestConsentChoices(t *testing.T) {
	s := newSite(t)
	b := s.browser().logIn("ada")
	b.goTo(s.start("narrow", "standard", nil))
	b.says("Nordwind Outdoor", "Brightline Narrow is not yet approved to serve this business.")
	if strings.Contains(b.page, `type="radio"`) {
		t.Error("R-LOGIN-09: a business that the app may not serve is offered")
	}
	values, path := b.form("/business")
	values.Set("business", s.id("nordwind"))
	if b.post(path, values); b.status == http.StatusSeeOther {
		b.goTo(b.location())
	}
	b.says("App not available")

	s.connect()
	b.goTo(s.start("campaigns", "business", nil))
	b.says("Already connected.")
	b.submit("/business", "business", s.id("nordwind"))
	b.says(`value="` + s.id("eu") + `" checked`) // it starts from what was given
	b.submit("/assets", "asset", s.id("us"), "asset", s.id("page1"), "do", "continue")
	b.says("This is connected already.")
}

// TestConsentPopup: a popup ends on this server's arbiter page, and its pages
// do not cut the window off from the page that opened it (R-LOGIN-16).
func TestConsentPopup(t *testing.T) {
	s := newSite(t)
	b := s.browser().logIn("ben")
	b.goTo(s.start("trailmates", "", func(q *prokura.LoginRequest) {
		q.RedirectURI, q.Origin, q.Callback, q.Frame = "", "https://app.brightline.example", "f1", "f2"
		q.Scopes = []prokura.Permission{"email"}
	}))
	if b.header.Get("Cross-Origin-Opener-Policy") != "" {
		t.Error("R-LOGIN-16: the dialog cuts itself off from the page that opened it")
	}
	values, path := b.form("/review")
	values.Set("do", "confirm")
	values.Add("permission", "email")
	b.post(path, values)
	if got := b.location(); !strings.HasPrefix(got, s.url+"/x/connect/xd_arbiter/#") || !strings.Contains(got, "code=") {
		t.Errorf("R-LOGIN-16: a popup ends at %q", got)
	}
	if b.header.Get("Cross-Origin-Opener-Policy") != "" {
		t.Error("R-LOGIN-16: the last answer cuts the window off")
	}
}

// TestSessionEndsInDialog: a step that is sent after the session's end leads to
// the login of the same dialog.
func TestSessionEndsInDialog(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	s.reachReview(b)
	elsewhere := s.caller("ada")
	if err := people.EndOtherSessions(t.Context(), s.registry, elsewhere); err != nil {
		t.Fatal(err)
	}
	b.submit("/review", "do", "confirm")
	if b.status != http.StatusOK || !strings.HasPrefix(b.at, "/consent/") || !strings.Contains(b.page, `name="email"`) {
		t.Errorf("after the session's end a form leads to %s (%d)", b.at, b.status)
	}
	if list, err := grants.ConnectedApps(t.Context(), s.registry, elsewhere, s.ids["nordwind"]); err != nil || len(list) > 0 {
		t.Errorf("a session that has ended granted something: %d, %v", len(list), err)
	}
	if _, err := grants.Own(t.Context(), s.registry, elsewhere, s.ids["trailmates"]); !errors.Is(err, prokura.NotFound) {
		t.Errorf("own grant: %v", err)
	}
}
