package web_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/people"
)

// connect runs the business login to its end and gives the app's token.
func (s *site) connect() prokura.Secret {
	s.t.Helper()
	b := s.browser()
	s.reachReview(b)
	b.submit("/review", "do", "confirm")
	return s.token("campaigns", b.arrived().Get("code"))
}

// TestConnectedApps: everybody in the business sees what an app was given, and
// full control ends it at once (R-TOKEN-10, R-TOKEN-11).
func TestConnectedApps(t *testing.T) {
	s := newSite(t)
	token := s.connect()
	list := "/business/" + s.id("nordwind") + "/integrations/connected-apps"
	app := list + "/" + s.id("campaigns")

	ben := s.browser().logIn("ben")
	ben.goTo(list)
	ben.says("Brightline Campaigns", "Ada Lindqvist", "5 permissions", "2 assets", "Far-reaching", "only people with full control")
	ben.goTo(app)
	ben.says("Campaign management", "Nordwind EU", "Store 000")
	if strings.Contains(ben.page, app+"/remove") {
		t.Error("R-TOKEN-11: an employee is offered to remove the app")
	}
	token2 := formTokenOf(ben, "/settings/security")
	ben.get(app + "/remove")
	if ben.status != http.StatusForbidden {
		t.Errorf("R-TOKEN-11: an employee is answered %d", ben.status)
	}
	ben.post(app+"/remove", map[string][]string{"csrf": {token2}})
	if ben.status != http.StatusForbidden || s.alive(token) != nil {
		t.Errorf("R-TOKEN-11: an employee's removal answers %d; the token: %v", ben.status, s.alive(token))
	}
	// Another business's people cannot tell it from one that does not exist.
	tess := s.browser().logIn("tess")
	for _, path := range []string{list, app, app + "/remove", "/business/" + s.id("nordwind"), "/business/100000000000999"} {
		if tess.get(path); tess.status != http.StatusNotFound {
			t.Errorf("T40: %s answers a stranger %d", path, tess.status)
		}
	}

	ada := s.browser().logIn("ada")
	ada.goTo(list)
	ada.goTo(app + "/remove")
	ada.says("1 token stops working", "1 configuration is withdrawn", "2 assets")
	if err := s.alive(token); err != nil {
		t.Fatalf("before the removal is confirmed: %v", err)
	}
	ada.submit("/remove")
	ada.says("was removed from Nordwind Outdoor", "No app is connected.")
	if err := s.alive(token); !errors.Is(err, prokura.AppRemoved) {
		t.Errorf("R-TOKEN-10: after the removal the token is %v", err)
	}
	if ada.goTo(list); strings.Contains(ada.page, "was removed") {
		t.Error("a notice is said twice")
	}
	if ada.get(app); ada.status != http.StatusNotFound {
		t.Errorf("the removed app answers %d", ada.status)
	}
}

// TestOwnIntegrations: a person takes one permission back, then the app
// (R-TOKEN-11).
func TestOwnIntegrations(t *testing.T) {
	s := newSite(t)
	b := s.browser().logIn("ada")
	b.goTo(s.start("campaigns", "personal", nil))
	b.submit("/assets", "asset", s.id("eu"), "asset", s.id("page3"), "do", "continue")
	b.submit("/review", "do", "confirm")
	token := s.token("campaigns", b.arrived().Get("code"))

	b.goTo("/settings/business-integrations")
	b.says("Brightline Campaigns", "4 permissions", "2 assets")
	place := "/settings/business-integrations/" + s.id("campaigns")
	b.goTo(place)
	b.says("Reporting", "Nordwind EU", "Store 003", "Tokens that work now</dt><dd>1<")
	b.submit("/permissions", "permission", "ads_read")
	b.says("See ad results was taken back from Brightline Campaigns.")
	if strings.Contains(b.page, `value="ads_read"`) {
		t.Error("R-TOKEN-11: the permission is still there")
	}
	// The address is taken back like anything else; who somebody is cannot be
	// (R-LOGIN-18).
	if strings.Contains(b.page, `value="public_profile"`) {
		t.Error("R-LOGIN-18: the profile can be taken back")
	}
	b.says(`value="email"`)
	b.submit("/permissions", "permission", "email")
	b.says("See your email address was taken back from Brightline Campaigns.")
	if err := s.alive(token); err != nil {
		t.Errorf("without one permission the token is %v", err)
	}
	if b.get(place + "/remove"); b.status != http.StatusOK {
		t.Fatalf("the question before the removal answers %d", b.status)
	}
	b.submit("/remove")
	b.says("Brightline Campaigns was removed.", "You have logged in to no app.")
	if err := s.alive(token); !errors.Is(err, prokura.AppRemoved) {
		t.Errorf("R-TOKEN-11: after the removal the token is %v", err)
	}
	for _, path := range []string{place, place + "/remove", "/settings/business-integrations/x"} {
		if b.get(path); b.status != http.StatusNotFound {
			t.Errorf("%s answers %d", path, b.status)
		}
	}
}

// TestSecurity: the password changes only with the current one; other browsers
// and the person's tokens end with the old (R-TOKEN-10).
func TestSecurity(t *testing.T) {
	s := newSite(t)
	elsewhere, b := s.browser().logIn("ben"), s.browser()
	b.extra.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	b.logIn("ben")
	b.goTo("/settings/security")
	b.says("Firefox on Linux", "This browser", "Unknown browser", "127.0.0.1")
	const fresh = "another long pass phrase"
	for name, try := range map[string]struct {
		current, fresh, again string
		says                  string
	}{
		"wrong current": {"wrong", fresh, fresh, "That is not your current password."},
		"twice differs": {password, fresh, fresh + "x", "The two new passwords differ."},
		"too short":     {password, "short", "short", "problems"},
	} {
		b.goTo("/settings/security")
		b.submit("/settings/security/password", "current", try.current, "password", try.fresh, "again", try.again)
		if b.status != http.StatusUnprocessableEntity {
			t.Errorf("%s answers %d", name, b.status)
		}
		b.says(try.says)
	}
	b.goTo("/settings/security")
	b.submit("/settings/security/password", "current", password, "password", fresh, "again", fresh)
	b.says("Your password was changed.")
	if elsewhere.get("/settings/security"); elsewhere.status != http.StatusSeeOther {
		t.Errorf("R-TOKEN-10: a session elsewhere outlives the password: %d", elsewhere.status)
	}
	elsewhere.goTo("/login")
	elsewhere.submit("/login", "email", "ben@example.org", "password", fresh)
	b.goTo("/settings/security")
	b.submit("/settings/security/sessions", "others", "1")
	b.says("All other browsers were logged out.")
	if elsewhere.get("/settings/security"); elsewhere.status != http.StatusSeeOther {
		t.Errorf("a session that was ended answers %d", elsewhere.status)
	}
	elsewhere.goTo("/login")
	elsewhere.submit("/login", "email", "ben@example.org", "password", fresh)
	b.goTo("/settings/security")
	_, after, _ := strings.Cut(b.page, `name="session" value="`)
	key, _, _ := strings.Cut(after, `"`)
	b.submit("/settings/security/sessions", "session", key)
	b.says("That browser was logged out.")
	if elsewhere.get("/settings/security"); elsewhere.status != http.StatusSeeOther {
		t.Errorf("a session that was ended answers %d", elsewhere.status)
	}
	// Somebody else's session cannot be ended.
	other := s.caller("ada")
	b.goTo("/settings/security")
	values, path := b.form("/settings/security/password")
	values.Set("session", other.Session)
	if b.post(strings.Replace(path, "password", "sessions", 1), values); b.status != http.StatusNotFound {
		t.Errorf("ending another person's session answers %d", b.status)
	}
	if _, err := people.Sessions(t.Context(), s.registry, other); err != nil {
		t.Errorf("another person's session was ended: %v", err)
	}
}

// TestBusinessPages: a person sees their businesses, what is in them and what
// is connected.
func TestBusinessPages(t *testing.T) {
	s := newSite(t)
	s.connect()
	b := s.browser().logIn("ada")
	b.goTo("/business")
	b.says("Nordwind Outdoor", "2 people", "122 assets", "1 connected app", "Brightline Ads", "Verified business")
	b.goTo("/business/" + s.id("nordwind"))
	b.says("Ben Okafor", "ben@example.org", "Partial access", "(you)", "Nordwind EU", "and 110 more", "1 connected app")
	b.goTo("/business/new")
	b.submit("/business/new", "name", "  Lindqvist Kayaks ")
	b.says("Lindqvist Kayaks was created.", "This business owns no assets yet.")
}

// TestReauthenticate: the password once more, and back to where it was asked.
func TestReauthenticate(t *testing.T) {
	s := newSite(t)
	b := s.browser().logIn("ada")
	b.goTo("/reauthenticate?next=" + strings.ReplaceAll(s.server().SignNext("/business/new"), "/", "%2F"))
	if b.submit("/reauthenticate", "password", "wrong"); b.status != http.StatusUnprocessableEntity {
		t.Errorf("a wrong password answers %d", b.status)
	}
	b.says("That is not your current password.")
	values, path := b.form("/reauthenticate")
	values.Set("password", password)
	if b.post(path, values); b.location() != "/business/new" {
		t.Errorf("afterwards the browser goes to %q", b.location())
	}
}
