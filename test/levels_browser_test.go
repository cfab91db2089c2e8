package test

import (
	"net/url"
	"strings"
	"testing"
)

// TestAccountList is Theo at the account list of his app, which is at development
// level: numbers alone, nothing halfway, no room for a sixth; what he takes off is
// over with the next call (R-LEVEL-03).
func TestAccountList(t *testing.T) {
	t.Parallel()
	world := story{steps: []*step{{words: []string{"world"}, lines: []string{"assets:",
		"+   spare_1: {kind: ad_account, business: test_kitchen, name: Spare 1}", "+   spare_2: {kind: ad_account, business: test_kitchen, name: Spare 2}",
		"+   spare_3: {kind: ad_account, business: test_kitchen, name: Spare 3}", "+   spare_4: {kind: ad_account, business: test_kitchen, name: Spare 4}",
		"secret: " + trailmatesSecret, "+ ad_accounts: {spare_1: listed, spare_2: listed, spare_3: listed, spare_4: listed}"}}}}
	s := startServer(t, serverOptions{scenario: world.world(t)})
	site := newCallback(t)
	theo := newTab(t)
	theo.signIn(s, theoEmail)
	trailmates := app{id: trailmatesApp, secret: trailmatesSecret}
	theo.open(site.dialogURL(s, trailmates, "scope", "ads_read"))
	back, _ := theo.walk(login{email: theoEmail}, site.uri())
	query, _ := landed(t, back)
	token := s.token(t, trailmates, site.uri(), query.Get("code"))
	call := func() int { return s.get(t, "/act_"+adAccountKitchen, url.Values{"access_token": {token}}).status }

	page := s.url + "/apps/" + trailmatesApp + "/ad-accounts"
	theo.open(s.url + "/apps/" + trailmatesApp + "/advanced")
	theo.wantText("advanced settings", "Advertising accounts")
	theo.leave(func() { theo.click("Marketing API") })
	theo.wantText("the list", "4 of 5")
	for typed, says := range map[string]string{"act_" + adAccountKitchen: "without act_", "kitchen": "is a number", adAccountEU: "no ad account that you or the app can reach", "100000000000362": "is not an ad account"} {
		theo.fillIn("input[name=account_id]", typed)
		theo.submit("/ad-accounts")
		theo.wantText("a wrong number", says, "4 of 5")
		theo.open(page)
	}
	theo.fillIn("input[name=account_id]", adAccountKitchen)
	theo.submit("/ad-accounts")
	theo.wantText("one on the list", "Added by Theo Brandt", "not yet", "5 of 5", "The list is full")
	if !theo.has("input[name=account_id][disabled]") || !theo.has("button[disabled]") {
		t.Error("a full list still has something to add with")
	}
	if got := call(); got != 200 {
		t.Errorf("a call on what is on the list answers %d", got)
	}
	theo.open(page)
	theo.looks("app-accounts-full")
	if n := strings.Count(theo.text(), "not yet"); n != 4 {
		t.Errorf("%d ad accounts were never called on, want 4", n)
	}
	row := `.rows li:has(button[value="` + adAccountKitchen + `"]) `
	theo.clickOn(row + "summary")
	theo.looks("app-accounts-remove")
	theo.leave(func() { theo.clickOn(row + "button") })
	theo.wantText("after it", "is off the list", "4 of 5")
	if got := call(); got != 403 {
		t.Errorf("a call on what was taken off answers %d", got)
	}
}
