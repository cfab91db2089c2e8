package test

import (
	"fmt"
	"net/url"
	"os"
	"testing"
)

// sitePage is one page outside of the dialog, as that person sees it on a
// granted server; "" is nobody.
type sitePage struct {
	name   string
	email  string
	path   string
	status int64 // 0: 200
}

var sitePages = []sitePage{
	{name: "landing", path: "/"},
	{name: "login", path: "/login"},
	{name: "signup", path: "/signup"},
	{name: "forgot-password", path: "/forgot"},
	{name: "forgot-password-sent", path: "/forgot/sent"},
	{name: "reset-unknown", path: "/reset/0123456789abcdef", status: 410},
	{name: "error-404", path: "/business/100000000000999", email: adaEmail, status: 404},

	{name: "home", email: adaEmail, path: "/"},
	{name: "businesses", email: adaEmail, path: "/business"},
	{name: "business-new", email: adaEmail, path: "/business/new"},
	{name: "business", email: adaEmail, path: "/business/" + nordwindID},
	{name: "connected-apps", email: adaEmail, path: "/business/" + nordwindID + "/integrations/connected-apps"},
	{name: "connected-app", email: adaEmail, path: "/business/" + nordwindID + "/integrations/connected-apps/" + campaignsApp},
	{name: "connected-app-remove", email: adaEmail, path: "/business/" + nordwindID + "/integrations/connected-apps/" + campaignsApp + "/remove"},

	{name: "people", email: adaEmail, path: "/business/" + nordwindID + "/people"},
	{name: "people-employee", email: benEmail, path: "/business/" + nordwindID + "/people"},
	{name: "people-invite", email: adaEmail, path: "/business/" + nordwindID + "/people/invite"},
	{name: "business-settings", email: adaEmail, path: "/business/" + nordwindID + "/settings"},
	{name: "business-settings-employee", email: benEmail, path: "/business/" + nordwindID + "/settings"},
	{name: "business-leave", email: benEmail, path: "/business/" + nordwindID + "/settings/leave"},
	{name: "business-delete", email: adaEmail, path: "/business/" + nordwindID + "/settings/delete"},
	{name: "business-delete-owner", email: tessEmail, path: "/business/" + brightlineID + "/settings/delete"},
	{name: "authenticator", email: benEmail, path: "/settings/security/authenticator"},
	{name: "invitation-gone", path: "/invitations/0123456789abcdef", status: 410},
	{name: "inbox", path: "/_dev/inbox"},

	{name: "assets", email: adaEmail, path: "/business/" + nordwindID + "/assets"},
	{name: "assets-none", email: adaEmail, path: "/business/" + nordwindID + "/assets?q=nothing"},
	{name: "assets-employee", email: benEmail, path: "/business/" + nordwindID + "/assets"},
	{name: "asset", email: adaEmail, path: "/business/" + nordwindID + "/assets/" + adAccountEU},
	{name: "asset-assign", email: adaEmail, path: "/business/" + nordwindID + "/assets/" + adAccountEU + "/assign"},
	{name: "asset-share", email: adaEmail, path: "/business/" + nordwindID + "/assets/" + adAccountEU + "/share"},
	{name: "asset-delete", email: adaEmail, path: "/business/" + nordwindID + "/assets/" + adAccountEU + "/delete"},
	{name: "asset-new", email: adaEmail, path: "/business/" + nordwindID + "/assets/new"},
	{name: "asset-claim", email: adaEmail, path: "/business/" + nordwindID + "/assets/claim"},
	{name: "asset-groups-none", email: adaEmail, path: "/business/" + nordwindID + "/asset-groups"},
	{name: "partners-none", email: adaEmail, path: "/business/" + nordwindID + "/partners"},
	{name: "requests-none", email: adaEmail, path: "/business/" + nordwindID + "/requests"},
	{name: "requests-employee", email: benEmail, path: "/business/" + nordwindID + "/requests"},
	{name: "grants", email: adaEmail, path: "/business/" + nordwindID + "/integrations/grants"},
	{name: "grants-unfound", email: adaEmail, path: "/business/" + nordwindID + "/integrations/grants?q=nothing"},
	{name: "grants-own", email: tessEmail, path: "/business/" + brightlineID + "/integrations/grants"},

	{name: "system-users", email: tessEmail, path: "/business/" + brightlineID + "/system-users"},
	{name: "system-users-employee", email: theoEmail, path: "/business/" + brightlineID + "/system-users"},
	{name: "system-user-new", email: tessEmail, path: "/business/" + brightlineID + "/system-users/new"},
	{name: "system-user", email: tessEmail, path: "/business/" + brightlineID + "/system-users/" + reportingServer},
	{name: "system-user-employee", email: theoEmail, path: "/business/" + brightlineID + "/system-users/" + reportingServer},
	{name: "system-user-token", email: tessEmail, path: "/business/" + brightlineID + "/system-users/" + reportingServer + "/tokens/new?app=" + campaignsApp},
	{name: "system-user-delete", email: tessEmail, path: "/business/" + brightlineID + "/system-users/" + reportingServer + "/delete"},

	{name: "security", email: benEmail, path: "/settings/security"},
	{name: "business-integrations", email: benEmail, path: "/settings/business-integrations"},
	{name: "business-integration", email: benEmail, path: "/settings/business-integrations/" + campaignsApp},
	{name: "business-integration-remove", email: benEmail, path: "/settings/business-integrations/" + campaignsApp + "/remove"},

	{name: "apps", email: tessEmail, path: "/apps"},
	{name: "app-new", email: tessEmail, path: "/apps/new"},
	{name: "app-basic", email: tessEmail, path: "/apps/" + campaignsApp + "/basic"},
	{name: "app-advanced", email: tessEmail, path: "/apps/" + campaignsApp + "/advanced"},
	{name: "app-secret-reset", email: tessEmail, path: "/apps/" + campaignsApp + "/secret/reset"},
	{name: "app-delete", email: tessEmail, path: "/apps/" + campaignsApp + "/delete"},
	{name: "app-login", email: tessEmail, path: "/apps/" + campaignsApp + "/login"},
	{name: "verification", email: adaEmail, path: "/business/" + nordwindID + "/verification"},
	{name: "verification-employee", email: benEmail, path: "/business/" + nordwindID + "/verification"},
	{name: "prepared-none", email: tessEmail, path: "/apps/" + campaignsApp + "/client-verification"},
	{name: "prepare-new", email: tessEmail, path: "/apps/" + campaignsApp + "/client-verification/new"},
	{name: "staff-businesses", email: ritaEmail, path: "/staff/businesses"},
	{name: "app-roles", email: tessEmail, path: "/apps/" + campaignsApp + "/roles"},
	{name: "app-sharing", email: tessEmail, path: "/apps/" + campaignsApp + "/sharing"},
	{name: "app-transfer", email: tessEmail, path: "/apps/" + campaignsApp + "/transfer"},
	{name: "app-test-apps", email: tessEmail, path: "/apps/" + campaignsApp + "/test-apps"},
	{name: "app-ad-accounts", email: tessEmail, path: "/apps/" + campaignsApp + "/ad-accounts"},
	{name: "app-ad-accounts-tester", email: theoEmail, path: "/apps/" + labApp + "/ad-accounts", status: 403},
	{name: "app-login-product", email: tessEmail, path: "/apps/" + campaignsApp + "/login-product"},
	{name: "app-login-product-classic", email: theoEmail, path: "/apps/" + trailmatesApp + "/login-product"},
	{name: "business-apps", email: tessEmail, path: "/business/" + brightlineID + "/apps"},
	{name: "business-apps-employee", email: theoEmail, path: "/business/" + brightlineID + "/apps"},
	{name: "app-webhooks", email: tessEmail, path: "/apps/" + campaignsApp + "/webhooks"},
	{name: "explorer", email: tessEmail, path: "/tools/explorer"},
	{name: "app-webhooks-tester", email: theoEmail, path: "/apps/" + labApp + "/webhooks", status: 403},
	{name: "app-deliveries", email: theoEmail, path: "/apps/" + campaignsApp + "/webhooks/deliveries"},
	{name: "app-access", email: tessEmail, path: "/apps/" + campaignsApp + "/access"},
	{name: "app-access-lab", email: tessEmail, path: "/apps/" + labApp + "/access"},
	{name: "app-mode", email: tessEmail, path: "/apps/" + labApp + "/mode"},
	{name: "partners-public", path: "/partners"},
	{name: "app-partner", email: tessEmail, path: "/apps/" + campaignsApp + "/partner"},
	{name: "connected-app-complaint", email: adaEmail, path: "/business/" + nordwindID + "/integrations/connected-apps/" + campaignsApp + "/complaint"},
	{name: "staff-app-partner", email: ritaEmail, path: "/staff/apps/" + campaignsApp + "/partner"},
	{name: "app-confirm", email: tessEmail, path: "/apps/" + campaignsApp + "/confirm"},
	{name: "app-submissions", email: tessEmail, path: "/apps/" + labApp + "/submissions"},
	{name: "app-review", email: tessEmail, path: "/apps/" + labApp + "/review"},
	{name: "app-activity", email: theoEmail, path: "/apps/" + campaignsApp + "/activity"},
	{name: "configurations", email: tessEmail, path: "/apps/" + campaignsApp + "/configurations"},
	{name: "configuration-start", email: tessEmail, path: "/apps/" + campaignsApp + "/configurations/new"},
	{name: "configuration-new", email: tessEmail, path: "/apps/" + campaignsApp + "/configurations/new?template=scratch"},
	{name: "configuration", email: tessEmail, path: "/apps/" + campaignsApp + "/configurations/" + configCampaigns},
	{name: "configuration-lab", email: tessEmail, path: "/apps/" + labApp + "/configurations/" + configLab},
	{name: "configuration-delete", email: tessEmail, path: "/apps/" + campaignsApp + "/configurations/" + configCampaigns + "/delete"},
	{name: "configuration-edit", email: tessEmail, path: "/apps/" + campaignsApp + "/configurations/" + configCampaigns + "/edit"},
	{name: "app-basic-developer", email: theoEmail, path: "/apps/" + campaignsApp + "/basic"},

	{name: "staff-apps", email: ritaEmail, path: "/staff/apps"},
	{name: "staff-app", email: ritaEmail, path: "/staff/apps/" + labApp},
	{name: "staff-queue", email: ritaEmail, path: "/staff/queue"},
	{name: "staff-level", email: ritaEmail, path: "/staff/apps/" + labApp + "/level"},
}

// eachSitePage shows every page to its person, each in a subtest.
func eachSitePage(t *testing.T, s granted, width int64, show func(p *tab, page sitePage)) {
	t.Helper()
	people := make(map[string]*tab)
	for _, page := range sitePages {
		person := people[page.email]
		if person == nil {
			person = newTab(t)
			person.viewport(width, 900)
			if page.email != "" {
				person.signIn(s.server, page.email)
			}
			people[page.email] = person
		}
		t.Run(page.name, func(t *testing.T) {
			p := person.in(t)
			want := page.status
			if want == 0 {
				want = 200
			}
			if got := p.status(s.url + page.path); got != want {
				t.Fatalf("status %d, want %d\n%s", got, want, p.where())
			}
			show(p, page)
		})
	}
}

// TestPages opens every page, on a phone's width and on a desktop's: it
// answers, is accessible in light and in dark, and does not scroll sideways.
// The steps and errors of the dialog are checked where they are walked.
func TestPages(t *testing.T) {
	t.Parallel()
	s := startGranted(t, false)
	for name, width := range map[string]int64{"phone": 360, "desktop": 1440} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachSitePage(t, s, width, func(p *tab, page sitePage) { p.accessible(page.name) })
		})
	}
}

// liveOn lets the businesses of a granted server live on for a while: a second
// connection with other limits, a system user with some tokens, calls with them.
func (g granted) liveOn(t *testing.T) {
	t.Helper()
	const configInsights, adAccountUS = "100000000000403", "100000000000302"
	code := func(config, person, business string, assets ...string) string {
		return g.devConsent(t, config, person, business, assets, g.uri, "").Query().Get("code")
	}
	insights := g.token(t, campaigns, g.uri, code(configInsights, adaID, nordwindID, adAccountEU, adAccountUS))
	tess := g.token(t, campaigns, g.uri, code(configReporting, "100000000000003", "", adAccountHouse))
	list, _ := g.get(t, "/v25.0/"+brightlineID+"/system_users", url.Values{"access_token": {tess}, "fields": {"id"}}).at("data").([]any)
	if len(list) != 1 {
		t.Fatalf("Brightline has %d system users, the demo world one", len(list))
	}
	server := fmt.Sprint(list[0].(map[string]any)["id"])
	for i, scope := range []string{"ads_read", "ads_read,ads_management", "ads_read", "pages_show_list,pages_read_engagement", "ads_read"} {
		want := url.Values{"access_token": {tess}, "appsecret_proof": {campaigns.proof(tess)}, "business_app": {campaignsApp}, "scope": {scope}}
		if i%2 == 1 {
			want.Set("set_token_expires_in_60_days", "true")
		}
		token := g.post(t, "/v25.0/"+server+"/access_tokens", want).text("access_token")
		if i < 3 {
			continue
		}
		g.wantAlive(t, "a token of the system user", token)
	}
	g.wantAlive(t, "the connection for reports", insights)
}

// TestScreenshots saves every page and every step of the dialog, light and
// dark, phone and desktop, for people to look at. It runs as a tool, when
// PROKURA_SCREENSHOTS names the folder.
func TestScreenshots(t *testing.T) {
	t.Parallel()
	if os.Getenv("PROKURA_SCREENSHOTS") == "" {
		return
	}
	s := startGranted(t, false)
	s.liveOn(t)
	app := newCallback(t)
	for name, width := range map[string]int64{"phone": 360, "desktop": 1440} {
		shoot := func(p *tab, page string) { p.shots(page + "-" + name) }
		t.Run(name, func(t *testing.T) {
			eachSitePage(t, s, width, func(p *tab, page sitePage) { shoot(p, page.name) })

			// Ada has connected the app before; Theo's own business is new to it.
			for flow, l := range map[string]login{
				"business": {email: theoEmail, business: testKitchenID, assets: []string{adAccountKitchen, "100000000000362"}},
				"personal": {email: benEmail, assets: []string{adAccountEU, pageRepairs}},
			} {
				config := configCampaigns
				if flow == "personal" {
					config = configReporting
				}
				p := newTab(t)
				p.viewport(width, 900)
				p.open(app.dialogURL(s.server, campaigns, "config_id", config))
				l.visit = func(step string) { shoot(p, "dialog-"+flow+"-"+step) }
				l.cancelAt = "review"
				p.walk(l, app.uri())
			}
			for page, override := range map[string][]string{
				"dialog-error-config":   {"config_id", "100000000000499"},
				"dialog-error-redirect": {"redirect_uri", "https://evil.example/"},
			} {
				p := newTab(t)
				p.viewport(width, 900)
				p.open(app.dialogURL(s.server, campaigns, override...))
				shoot(p, page)
				p.signIn(s.server, tessEmail)
				p.open(app.dialogURL(s.server, campaigns, override...))
				shoot(p, page+"-cause")
			}
		})
	}
}
