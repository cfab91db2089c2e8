package test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// granted is a server on which Ada has connected Brightline Campaigns to
// Nordwind Outdoor and Ben has given it access of his own.
type granted struct {
	*server
	business string // Ada's token: the app's system user in Nordwind
	child    string // cut from it
	personal string // Ben's token
	uri      string // redirect URI that the codes were bound to
}

func startGranted(t *testing.T, postgres bool, args ...string) granted {
	t.Helper()
	g := granted{server: startServer(t, serverOptions{postgres: postgres, args: args}), uri: "http://127.0.0.1:4321/callback"}
	code := func(config, person, business string, assets ...string) string {
		return g.devConsent(t, config, person, business, assets, g.uri, "").Query().Get("code")
	}
	g.business = g.token(t, campaigns, g.uri, code(configCampaigns, adaID, nordwindID, adAccountEU, pageOutdoor))
	g.personal = g.token(t, campaigns, g.uri, code(configReporting, benID, "", adAccountEU, pageRepairs))
	child := g.post(t, "/v25.0/"+nordwindID+"/system_user_access_tokens", url.Values{
		"access_token": {g.business}, "appsecret_proof": {campaigns.proof(g.business)},
		"asset": {adAccountEU}, "scope": {"ads_read"},
	})
	if g.child = child.text("access_token"); g.child == "" {
		t.Fatalf("no child: %d %d/%d", child.status, child.code(), child.subcode())
	}
	return g
}

// wantAlive fails unless a token is served.
func (s *server) wantAlive(t *testing.T, what, token string) {
	t.Helper()
	if got := s.get(t, "/v25.0/me", url.Values{"access_token": {token}}); got.status != http.StatusOK {
		t.Errorf("%s is refused: %d %d/%d", what, got.status, got.code(), got.subcode())
	}
}

// wantDead fails unless a token is refused with code 190 and that subcode; 0
// allows any.
func (s *server) wantDead(t *testing.T, what, token string, subcode int) {
	t.Helper()
	got := s.get(t, "/v25.0/me", url.Values{"access_token": {token}})
	if got.code() != 190 || subcode != 0 && got.subcode() != subcode {
		t.Errorf("R-TOKEN-10: %s answers %d %d/%d, want 190/%d", what, got.status, got.code(), got.subcode(), subcode)
	}
}

// TestRevokeConnectedApp is the end of the main job: Ada takes the app's
// access to her business back with one button, final at once (R-TOKEN-10,
// R-TOKEN-11). Ben, who has no full control, may not.
func TestRevokeConnectedApp(t *testing.T) { eachDatabase(t, revokeConnectedApp) }

func revokeConnectedApp(t *testing.T, postgres bool) {
	s := startGranted(t, postgres)
	list := s.url + "/business/" + nordwindID + "/integrations/connected-apps"

	employee := newTab(t)
	employee.signIn(s.server, benEmail)
	employee.open(list + "/" + campaignsApp)
	if employee.has(`a[href$="/remove"]`) {
		t.Error("R-TOKEN-11: an employee is offered to remove the app")
	}
	if status := employee.status(list + "/" + campaignsApp + "/remove"); status < 400 {
		t.Errorf("R-TOKEN-11: an employee is shown the removal: status %d", status)
	}

	p := newTab(t)
	p.signIn(s.server, adaEmail)
	p.open(list)
	p.wantText("connected apps", "Brightline Campaigns", "Brightline Ads", "Ada Lindqvist")
	p.leave(func() { p.clickOn(`a[href$="/connected-apps/` + campaignsApp + `"]`) })
	p.wantText("connected app", "Campaign management", "Nordwind EU", "Nordwind Outdoor", "Ada Lindqvist")
	p.leave(func() { p.clickOn(`a[href$="/remove"]`) })
	s.wantAlive(t, "the business's token, before the removal is confirmed,", s.business)
	p.leave(func() { p.press(buttonOf("/remove", "")) })

	s.wantDead(t, "the business's token", s.business, 458)
	s.wantDead(t, "its child", s.child, 458)
	s.wantAlive(t, "Ben's token, which is not the business's,", s.personal)
	if address := p.url(); !strings.HasPrefix(address, list) {
		t.Errorf("after the removal the page is %s", address)
	}
	p.open(list)
	if strings.Contains(p.text(), "Campaign management") || p.has(`a[href$="/connected-apps/`+campaignsApp+`"]`) {
		t.Error("R-TOKEN-11: the removed app is still listed")
	}
	data := s.debug(t, campaigns, s.business)
	if data["is_valid"] != false || number(at(data, "error.subcode")) != 458 {
		t.Errorf("R-TOKEN-09: debug_token of the removed access says %v", data)
	}
}

// TestRevokeBusinessIntegration proves the personal place of R-TOKEN-11: Ben
// takes one permission back, then the whole app.
func TestRevokeBusinessIntegration(t *testing.T) { eachDatabase(t, revokeBusinessIntegration) }

func revokeBusinessIntegration(t *testing.T, postgres bool) {
	s := startGranted(t, postgres)
	p := newTab(t)
	p.signIn(s.server, benEmail)
	place := s.url + "/settings/business-integrations"
	p.open(place)
	p.wantText("business integrations", "Brightline Campaigns")
	p.open(place + "/" + campaignsApp)
	p.leave(func() {
		p.press(`[...document.querySelectorAll('form[action$="/permissions"]')].flatMap(f => [...document.querySelectorAll('button')].filter(b => b.form === f))
			.find(b => b.value === 'ads_read' || b.form.elements.permission?.value === 'ads_read') ?? null`)
	})
	if got := scopesOf(s.debug(t, campaigns, s.personal)); strings.Contains(strings.Join(got, " "), "ads_read") || len(got) == 0 {
		t.Errorf("R-TOKEN-11: after ads_read was taken back the token holds %v", got)
	}
	s.wantAlive(t, "Ben's token without ads_read", s.personal)

	p.open(place + "/" + campaignsApp + "/remove")
	p.leave(func() { p.press(buttonOf("/remove", "")) })
	s.wantDead(t, "Ben's token", s.personal, 458)
	s.wantAlive(t, "the business's token", s.business)
}

// TestChangePassword proves that a new password ends the person's user tokens
// and other sessions, and nothing of the business (R-TOKEN-10).
func TestChangePassword(t *testing.T) { eachDatabase(t, changePassword) }

func changePassword(t *testing.T, postgres bool) {
	s := startGranted(t, postgres)
	elsewhere, p := newTab(t), newTab(t)
	elsewhere.signIn(s.server, benEmail)
	p.signIn(s.server, benEmail)
	p.open(s.url + "/settings/security")
	p.accessible("security")
	p.fillIn("input[name=current]", demoPassword)
	p.fillIn("input[name=password]", "a longer pass phrase")
	p.fillIn("input[name=again]", "a longer pass phrase")
	p.leave(func() { p.press(buttonOf("/settings/security/password", "")) })

	s.wantDead(t, "Ben's token", s.personal, 460)
	s.wantAlive(t, "the business's token", s.business)
	elsewhere.open(s.url + "/settings/security")
	if now, _ := elsewhere.dialogState(); now.Step != "login" {
		t.Error("R-TOKEN-10: a session elsewhere outlives the password")
	}
	p.open(s.url + "/settings/security")
	if now, _ := p.dialogState(); now.Step == "login" {
		t.Error("the session that changed the password is gone")
	}
}
