package test

import (
	"net/url"
	"regexp"
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
	tess.wantText("the error", "The call that failed", "GET", adAccountUS, "100/33", "Refused", "The asset is reached", "One change would allow it", "whoever asks may know of")
	if strings.Contains(tess.text(), "Nordwind US") {
		t.Error("T40: the app's people are told of an account that was not given")
	}
	tess.looks("explain-trace")
	debug(s.child)
	tess.leave(func() { tess.click("Explain what it may do") })
	tess.fillIn("input[name=asset]", adAccountEU)
	eval[bool](tess, `(document.querySelector('#f-permission').value = 'ads_management', true)`)
	tess.leave(func() { tess.clickOn(`form:has(#f-act) button.button-main`) })
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
	client := regexp.MustCompile(`100000000000101\|[0-9a-f]{32}`).FindString(tess.text())
	debug(s.personal)
	tess.wantText("Ben's token", "User token", "Ben Okafor", "Data access ends", "Extend access token")
	tess.looks("debugger-user")

	// Logins on devices: the person types the code and agrees in the dialog (R-TOKEN-02).
	begun := s.post(t, "/v25.0/device/login", url.Values{"access_token": {client}, "scope": {"ads_read,pages_show_list"}})
	if begun.status != 200 || !strings.HasSuffix(begun.text("verification_uri"), "/device") {
		t.Fatalf("a device's login begins with %d: %s", begun.status, begun.text("error.message"))
	}
	status := func() answer {
		return s.post(t, "/v25.0/device/login_status", url.Values{"access_token": {client}, "code": {begun.text("code")}})
	}
	if got := status(); got.subcode() != 1349174 {
		t.Errorf("before the person has answered: %d/%d", got.code(), got.subcode())
	}
	ben.open(begun.text("verification_uri"))
	ben.fillIn("input[name=user_code]", "bcdf-ghjk")
	ben.submit("/device")
	ben.wantText("a wrong code", "There is no such code")
	ben.looks("device")
	ben.fillIn("input[name=user_code]", strings.ToLower(begun.text("user_code")))
	ben.submit("/device")
	ben.wantText("the dialog", "Brightline Campaigns", "Afterwards your device goes on by itself")
	ben.looks("device-review")
	ben.leave(func() { ben.press(buttonOf("/review", "confirm")) })
	ben.wantText("the end", "You can go back to your device")
	ben.looks("device-done")
	got := status()
	s.wantAlive(t, "the device's token", got.text("access_token"))
	if again := status(); again.subcode() != 1349152 {
		t.Errorf("collected twice: %d/%d", again.code(), again.subcode())
	}
}
