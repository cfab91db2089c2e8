package test

import (
	"strings"
	"testing"
)

// TestTools is Tess of the app in her tools: she pastes a token of a client and reads
// what it is, finds out what is wrong with a proof, and reads why it is dead once the
// client has ended it (R-TOKEN-09).
func TestTools(t *testing.T) {
	t.Parallel()
	s := startGranted(t, false)
	tess := newTab(t)
	tess.signIn(s.server, tessEmail)
	tess.open(s.url + "/tools/debugger")
	tess.looks("debugger")
	debug := func(token string) {
		tess.open(s.url + "/tools/debugger")
		tess.fillIn("textarea[name=token]", token)
		tess.submit("/tools/debugger")
		if strings.Contains(tess.url(), token) || strings.Contains(tess.text(), token) {
			t.Error("T28: the token is shown, or stands in the address")
		}
	}
	debug(s.child)
	tess.wantText("the child", "Granular token", "This token works", "Nordwind EU", "Takes away", "ads_management", "Business integration token", "Limited to one asset")
	tess.fillIn("input[name=proof]", campaigns.proof(s.child+"\n"))
	tess.leave(func() { tess.clickOn("button[value=proof]") })
	tess.wantText("the proof", "with a line end behind it")
	tess.looks("debugger-token")

	ada := newTab(t)
	ada.signIn(s.server, adaEmail)
	ada.open(s.url + "/business/" + nordwindID + "/integrations/grants?q=campaign+management")
	ada.leave(func() { ada.clickOn(`th a[href*="/integrations/grants/"]`) })
	ada.leave(func() { ada.clickOn(`a[href*="/tools/debugger/token"]`) })
	ada.wantText("what a list leads to", "Granular token", "This token works")
	ada.clickOn("details.more > summary")
	ada.leave(func() { ada.clickOn("button[value=end]") })
	ada.wantText("ended", "The token was ended.", "You did it.")
	s.wantDead(t, "the child", s.child, 0)
	debug(s.child)
	tess.wantText("the dead child", "This token is dead", "By somebody of the business that gave it.")
	tess.looks("debugger-dead")
	debug(s.personal)
	tess.wantText("Ben's token", "User token", "Ben Okafor", "Data access ends", "Extend access token")
	tess.looks("debugger-user")
}
