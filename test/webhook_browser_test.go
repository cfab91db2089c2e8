package test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// The pages about webhooks and data deletion with something on them: accessible
// in light and in dark, on a phone and on a desktop, and usable by hand.
func TestWebhookPages(t *testing.T) {
	t.Parallel()
	s, r := startServer(t, serverOptions{}), newReceiver(t)
	tess := newTab(t)
	tess.signIn(s, tessEmail)
	tess.open(s.url + "/apps/" + campaignsApp + "/webhooks/application")
	tess.fillIn("#f-callback-url", r.URL+"/hook")
	tess.fillIn("#f-verify-token", "wrong")
	tess.leave(func() { tess.click("Verify and save") })
	if !strings.Contains(tess.text(), "did not confirm") {
		t.Fatalf("a receiver that refuses:\n%s", tess.where())
	}
	show(t, tess, "webhook-edit-refused")
	tess.fillIn("#f-verify-token", r.verifies)
	tess.leave(func() { tess.click("Verify and save") })
	if !strings.Contains(tess.text(), "the subscription was saved") {
		t.Fatalf("a receiver that agrees:\n%s", tess.where())
	}
	s.subscribe(t, campaigns, r, "permissions", "ads_read,ads_management,pages_show_list,pages_read_engagement,business_management,email,public_profile")
	r.answering(func(_ int, got received) (int, string) {
		switch {
		case strings.Contains(string(got.body), testKitchenID), strings.Contains(string(got.body), "business_integration_update"):
			return http.StatusServiceUnavailable, ""
		case got.path == "/delete":
			return http.StatusOK, `{"url":"` + r.URL + `/deleted/7","confirmation_code":"7f3c9a1e5b8d42f6"}`
		}
		return http.StatusOK, ""
	})
	advanced := "/apps/" + campaigns.id + "/advanced"
	s.visit(t, tessEmail).form(t, advanced, advanced, "deauthorize_callback", r.URL+"/bye", "data_deletion_url", r.URL+"/delete")
	s.connect(t, adAccountEU, pageOutdoor)
	s.connect(t, adAccountEU, adAccountUS, pageOutdoor)
	s.connect(t, adAccountEU, pageOutdoor)
	s.devConsent(t, configReporting, benID, "", []string{adAccountEU, pageRepairs}, "http://127.0.0.1:4321/callback", "")
	r.wait(t, 10) // install, two attempts of an update, seven permissions

	ben := newTab(t)
	ben.signIn(s, benEmail)
	ben.open(s.url + "/settings/business-integrations/" + campaignsApp + "/remove")
	show(t, ben, "integration-remove-deletes")
	ben.clickOn("#c-delete-data-1")
	ben.leave(func() { ben.click("Remove Brightline Campaigns") })
	if !strings.Contains(ben.text(), "asked to delete your data") {
		t.Fatalf("after removing the app:\n%s", ben.where())
	}
	for range 1000 {
		if ben.open(s.url + "/settings/business-integrations"); strings.Contains(ben.text(), "7f3c9a1e5b8d42f6") {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	show(t, ben, "integrations-deletions")

	base := "/apps/" + campaignsApp + "/webhooks"
	for page, path := range map[string]string{"webhooks": base, "webhook-edit": base + "/application", "webhook-edit-permissions": base + "/permissions",
		"deliveries": base + "/deliveries", "deliveries-undone": base + "/deliveries?show=undone"} {
		tess.open(s.url + path)
		if strings.HasPrefix(page, "deliveries") {
			tess.clickOn("details.more > summary")
		}
		show(t, tess, page)
	}
	tess.open(s.url + base + "/deliveries")
	tess.leave(func() { tess.click("Send again") })
	if !strings.Contains(tess.text(), "It is sent once more") {
		t.Errorf("after sending again:\n%s", tess.where())
	}

	theo := s.visit(t, theoEmail) // a developer: all of it; Ben has no role
	theo.page(t, base)
	if resp, err := s.visit(t, benEmail).http.Get(s.url + base); err != nil || resp.StatusCode != http.StatusNotFound {
		t.Errorf("somebody without a role: %v, %v", resp, err)
	}
}

// show checks a page as TestPages does, and keeps pictures of it where
// TestScreenshots keeps its own.
func show(t *testing.T, p *tab, page string) {
	t.Helper()
	for name, width := range map[string]int64{"phone": 360, "desktop": 1440} {
		p.viewport(width, 900)
		p.in(t).accessible(page + " on a " + name)
		p.shots(page + "-" + name)
	}
}
