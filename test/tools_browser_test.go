package test

import (
	"net/url"
	"strings"
	"testing"
)

// TestTools is Tess of the app in her tools: she pastes a token of a client and reads
// what it is, finds out what is wrong with a proof, and reads why it is dead once the
// client has ended it; an error leads to every check of its decision (R-TOKEN-09).
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

	// An error leads to its explanation by its trace id: for the app's people.
	refused := s.get(t, "/v25.0/act_"+adAccountUS, url.Values{"access_token": {s.child}})
	trace := refused.text("error.fbtrace_id")
	if refused.status != 400 || trace == "" {
		t.Fatalf("an account that was not given answers %d with the trace id %q", refused.status, trace)
	}
	tess.open(s.url + "/tools/explain")
	tess.fillIn("input[name=trace]", trace)
	tess.leave(func() { tess.clickOn("form[method=get] button") })
	tess.wantText("the error", "The call that failed", "GET", adAccountUS, "100/33", "Refused", "The asset is reached", "whoever asks may know of")
	if strings.Contains(tess.text(), "Nordwind US") {
		t.Error("T40: the app's people are told of an account that was not given")
	}
	tess.looks("explain-trace")
	debug(s.child)
	tess.leave(func() { tess.click("Explain what it may do") })
	tess.fillIn("input[name=asset]", adAccountEU)
	eval[bool](tess, `(document.querySelector('#f-permission').value = 'ads_management', true)`)
	tess.submit("/tools/explain")
	tess.wantText("the explanation", "Refused", "One change would allow it", "this one was cut without", "Nordwind EU")
	tess.looks("explain-token")
	ben := newTab(t)
	ben.signIn(s.server, benEmail)
	ben.open(s.url + "/tools/explain?trace=" + trace)
	ben.wantText("a stranger to the app", "No error with this trace id is kept that you may know of")
	debug(s.child)

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
