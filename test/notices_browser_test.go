package test

import (
	"net/url"
	"testing"
	"time"
)

// TestRenewPage follows the mail: Ada is told before a connection ends, opens the link,
// sees exactly what goes on, and confirms once (R-CARE-01).
func TestRenewPage(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{})
	const sixtyDays, callback = "100000000000403", "http://127.0.0.1:4321/callback"
	token := s.token(t, campaigns, callback, s.devConsent(t, sixtyDays, adaID, nordwindID, []string{adAccountEU}, callback, "").Query().Get("code"))
	s.travel(t, 25*24*time.Hour)
	s.get(t, "/v25.0/me", url.Values{"access_token": {token}})
	s.travel(t, 10*24*time.Hour)

	p := newTab(t)
	p.open(s.url + "/_dev/inbox")
	p.wantText("the mails", "Brightline Campaigns loses access to Nordwind Outdoor on", "Connections of Brightline Campaigns end")
	p.leave(func() { p.clickOn(`a[href*="/renew/"]`) })
	renew := p.url()
	p.signIn(s, adaEmail)
	p.open(renew)
	p.wantText("what goes on", "Renew Brightline Campaigns", "Nordwind Outdoor", "It goes on exactly like this", "If you renew it, they end", "Nordwind EU")
	p.looks("renew")
	p.leave(func() { p.clickOn(`form[action^="/renew/"] button`) })
	p.wantText("afterwards", "Renewed.", "It goes on")
	p.shots("renewed")
	p.open(s.url + "/business/" + nordwindID + "/settings#notices")
	p.wantText("the settings", "Notices before something ends")
	if ends := s.debug(t, campaigns, token)["expires_at"].(float64); time.Unix(int64(ends), 0).Before(time.Now().Add(90 * 24 * time.Hour)) {
		t.Errorf("the token ends at %v", time.Unix(int64(ends), 0))
	}
}
