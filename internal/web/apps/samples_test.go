package apps

import (
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/web/kit"
	"github.com/prokura/prokura/internal/web/kit/kittest"
)

func frame(role string) Frame {
	return Frame{App: kittest.Campaign, Role: role, Type: "business"}
}

// TestEveryPage draws at least one sample of every page, and the states that differ
// most.
func TestEveryPage(t *testing.T) {
	kittest.EveryPage(t, Room, samples(), sharingSamples(), webhookSamples())
}

func samples() map[string]kit.Page {
	lab := kittest.Campaign
	lab.Name, lab.Live, lab.ID = "Brightline Lab", false, "100000000000102"
	rows := []Row{{kittest.Campaign, "business", "admin", 3, false}, {lab, "business", "developer", 1, false}, {kittest.Trailmates, "consumer", "tester", 0, false}}
	basic := BasicPage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), Name: kittest.Campaign.Name, Contact: kittest.Tess.Email, PrivacyURL: kittest.Campaign.PrivacyURL,
		Domains: []string{"brightline.example"}, Category: "Business", Categories: []string{"Business", "Shopping"}, Use: "clients", CreatedAt: kittest.Day}
	changed := basic
	changed.Frame.Serves, changed.Frame.Changed = true, kittest.Day
	draft := basic
	draft.Frame.App = lab
	draft.Frame.LiveMissing = []string{"privacy_policy_url", "icon", "category"}
	draft.Problems = []kit.Problem{{Field: "privacy_policy_url", Text: "This is not a web address."}}
	secret := AdvancedPage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), SecretSince: kittest.Day, RequireProof: true, ServerIPs: []string{"203.0.113.0/24"},
		APIVersion: "v25.0", APIVersions: []string{"v25.0", "v24.0", "v23.0"}}
	shown := secret
	shown.Secret, shown.OldSecretUntil, shown.Notice = "00112233445566778899aabbccddeeff", kittest.Day, "The secret was reset. Store the new one now."
	kinds := []kit.KindChoice{
		{Kind: "ad_account", Title: "Ad accounts", Checked: true, Required: true, Tasks: []kit.TaskChoice{{Task: "MANAGE", Title: "Manage the account", Checked: true}, {Task: "ADVERTISE", Title: "Run campaigns", Checked: true}, {Task: "ANALYZE", Title: "See reports", Checked: true}}},
		{Kind: "page", Title: "Pages", Checked: true, Required: false, Tasks: []kit.TaskChoice{{Task: "ADVERTISE", Title: "Run ads", Checked: true}, {Task: "ANALYZE", Title: "See reports", Checked: true}, {Task: "MESSAGING", Title: "Answer messages", Checked: false}}},
		{Kind: "catalog", Title: "Catalogs", Checked: false, Required: false, Tasks: []kit.TaskChoice{{Task: "MANAGE", Title: "Manage products", Checked: false}}},
	}
	var groups []PermissionChoiceGroup
	for _, g := range kittest.Powers {
		c := PermissionChoiceGroup{Title: g.Title}
		for i, p := range g.Permissions {
			p.Checked = true
			c.Permissions = append(c.Permissions, PermissionChoice{p, i > 1, i == 0})
		}
		groups = append(groups, c)
	}
	return map[string]kit.Page{
		"apps":      &ListPage{Base: kittest.Base(kittest.Tess), Apps: rows},
		"apps-none": &ListPage{Base: kittest.Base(kittest.Ada)},
		"app-new": &NewPage{Base: kittest.Base(kittest.Tess), Contact: kittest.Tess.Email, Businesses: []kit.BusinessView{{ID: "100000000000201", Name: "Brightline Ads", Verified: true}},
			UseCases: []UseCase{{TemplateView: TemplateView{Key: "manage_ads", Name: "Create and manage ads", About: "Make campaigns."}, Chosen: true}, {TemplateView: TemplateView{Key: "read_ads", Name: "Measure ads", About: "Read campaigns."}}}},
		"app-basic":            &basic,
		"app-basic-draft":      &draft,
		"app-advanced":         &secret,
		"app-advanced-shown":   &shown,
		"app-advanced-analyst": &AdvancedPage{Base: kittest.Base(kittest.Tess), Frame: frame("analyst"), SecretSince: kittest.Day, APIVersions: []string{"v25.0"}},
		"app-delete":           &DeletePage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), Grants: 12, TestApps: 2},
		"app-secret-reset":     &SecretResetPage{Base: kittest.Base(kittest.Tess), Frame: frame("admin")},
		"app-login": &LoginPage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), ClientOAuth: true, WebOAuth: true,
			RedirectURIs: []string{"https://app.brightline.example/callback", "http://localhost:3000/callback"}, JSDomains: []string{"http://localhost:3000"}},
		"app-roles":           &RolesPage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), People: []RoleRow{{*kittest.Tess, "admin", true, true}, {kit.PersonView{ID: "4", Name: "Theo Brandt", Email: "theo@brightline.example"}, "developer", false, false}}},
		"app-roles-developer": &RolesPage{Base: kittest.Base(kittest.Tess), Frame: frame("developer"), People: []RoleRow{{*kittest.Tess, "developer", true, false}}},
		"app-basic-changed":   &changed,
		"staff-apps":          &StaffPage{Base: kit.Base{CSRF: "c", Person: kittest.Tess, Staff: prokura.StaffLead}, Apps: rows, Query: "b", First: true, Later: "100000000000103"},
		"staff-apps-last":     &StaffPage{Base: kit.Base{CSRF: "c", Person: kittest.Tess, Staff: prokura.StaffLead}, Apps: []Row{{lab, "business", "", 0, true}}},
		"configurations": &ConfigurationsPage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), Configurations: []ConfigurationRow{
			{"100000000000401", "Campaign management", "system_user", false, 6, []string{"Ad accounts", "Pages", "Catalogs"}, kittest.Day},
			{"100000000000403", "Insights, 60 days", "system_user", true, 2, []string{"Ad accounts"}, kittest.Day}, {"100000000000402", "Personal reporting", "user", false, 4, nil, kittest.Day}}},
		"configurations-none": &ConfigurationsPage{Base: kittest.Base(kittest.Tess), Frame: frame("admin")},
		"configuration-start": &ConfigurationStartPage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), Templates: []TemplateView{
			{"general", "General", "Ads and pages of a client, with a token that does not expire."}, {"whatsapp", "WhatsApp Embedded Signup", "Connects WhatsApp accounts for messages."}}},
		"configuration-new": &ConfigurationFormPage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), Template: "general", Variation: "general",
			Variations: []VariationView{{"general", "General"}, {"whatsapp_embedded_signup", "WhatsApp Embedded Signup"}}, TokenType: "system_user", Kinds: kinds, Groups: groups},
		"configuration-edit": &ConfigurationFormPage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), ConfigID: "100000000000401", Name: "Campaign management", TokenType: "user", Kinds: kinds, Groups: groups},
		"configuration": &ConfigurationPage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), ConfigID: "100000000000401", Name: "Campaign management", Variation: "General",
			TokenType: "system_user", Created: kittest.Day, Updated: kittest.Day, Groups: kittest.Powers, Grants: 12, Lacking: []string{"ads_management"},
			Kinds:    []ConfigurationKind{{"ad_account", "Ad accounts", true, kittest.Given[0].Tasks}, {"catalog", "Catalogs", false, kittest.Given[2].Tasks}},
			LoginURL: "http://127.0.0.1:8080/v25.0/dialog/oauth?client_id=100000000000101&config_id=100000000000401&redirect_uri=https%3A%2F%2Fapp.brightline.example%2Fcallback&response_type=code&state=A_FRESH_RANDOM_VALUE",
			JSCall:   "FB.login(onLogin, {\n  config_id: '100000000000401',\n  response_type: 'code',\n  override_default_response_type: true\n});"},
		"configuration-delete":      &ConfigurationDeletePage{Base: kittest.Base(kittest.Tess), Frame: frame("developer"), ConfigID: "100000000000401", Name: "Campaign management", Grants: 1},
		"configuration-no-redirect": &ConfigurationPage{Base: kittest.Base(kittest.Tess), Frame: frame("analyst"), ConfigID: "4", Name: "Lab", TokenType: "user", Created: kittest.Day, Updated: kittest.Day},
	}
}

func sharingSamples() map[string]kit.Page {
	soon := kittest.Day.AddDate(0, 0, 30)
	lab := kit.AppView{ID: "100000000000102", Name: "Brightline Lab", Owner: "Brightline Ads", Verified: true}
	test := frame("admin")
	test.App.Test, test.App.Live, test.Parent = true, false, kit.AssetView{ID: "100000000000101", Name: "Brightline Campaigns"}
	classic := Frame{App: kittest.Trailmates, Role: "admin", Type: "consumer"}
	tests := []Row{{AppView: kit.AppView{ID: "100000000000109", Name: "Brightline Campaigns - Test", Test: true}, Type: "business", Role: "admin"},
		{AppView: kit.AppView{ID: "100000000000110", Name: "Load test", Test: true}, Type: "business"}}
	invited := []InvitedRow{{ID: "5", Email: "kim@brightline.example", Role: "developer", By: "Tess Moreau", Expires: soon,
		Link: "http://127.0.0.1:8080/invitations/5f0c1c1ba9c0d7a9b7f6a0e8f7c2d4b15f0c1c1ba9c0d7a9b7f6a0e8f7c2d4b1"}}
	systems := []SystemUserRoleRow{{ID: "100000000000501", Name: "Reports", Role: "developer", BusinessID: kittest.Nordwind.ID},
		{ID: "100000000000502", Name: "Night shift", Role: "tester", BusinessID: "100000000000201", Business: "Brightline Ads"}}
	people := []RoleRow{{*kittest.Tess, "admin", true, true}}
	wrong := &RolesPage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), People: people, SystemUser: "1", SystemRole: "tester"}
	wrong.Problems = []kit.Problem{{Field: "system_user", Text: "No system user has this id."}}
	request := RequestRow{ID: "7", Kind: "own_app", Business: kittest.Nordwind, App: kittest.Campaign, At: kittest.Day, Expires: soon}
	use := request
	use.ID, use.Kind = "8", "use_app"
	offered := []RequestRow{{ID: "9", Kind: "offer_app", Business: kit.BusinessView{ID: "100000000000203"}, App: kittest.Campaign, At: kittest.Day, Expires: soon},
		{ID: "10", Kind: "give_app", Business: kittest.Nordwind, App: kittest.Campaign, At: kittest.Day, Expires: soon},
		{ID: "11", Kind: "invite_app_owner", Email: "kim@brightline.example", App: kittest.Campaign, At: kittest.Day, Expires: soon, Link: invited[0].Link}}
	sharing := &SharingPage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), Owner: "Brightline Ads", OwnerID: "100000000000201",
		Agencies: []kit.BusinessView{kittest.Nordwind, {ID: "100000000000203", Name: "Brandt Test Kitchen", Verified: false}}, Later: "100000000000203",
		Asked: []RequestRow{use, request}, Offered: offered}
	transfer := &TransferPage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), To: "person", Email: "kim"}
	transfer.Problems = []kit.Problem{{Field: "email", Text: "Enter an e-mail address."}, {Field: "password", Text: "That is not your password."}}
	product := &LoginProductPage{Base: kittest.Base(kittest.Tess), Frame: classic, Access: []kit.AssetView{{ID: "manage_notifications", Name: "Manage notifications"}, {ID: "rsvp_event", Name: "Answer event invitations"}},
		Losses: []LossRow{{"manage_notifications", "Manage notifications", 1200}, {"rsvp_event", "Answer event invitations", 1}}, Narrowed: 41, Ended: 1, Kept: 7, TestApps: tests}
	product.Problems = []kit.Problem{{Field: "name", Text: "Type the name of the app as it stands there."}}
	row := func(a kit.AppView, role string) Row {
		return Row{AppView: a, Type: "business", Role: role, Configurations: 3}
	}
	apps := &BusinessPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, FullControl: true, Owned: []Row{row(lab, "admin"), row(kittest.Trailmates, "")},
		Shared: []Row{row(kittest.Campaign, "")}, OwnedLater: lab.ID, SharedLater: lab.ID, As: "own", AppID: "x",
		Offered: []RequestRow{offered[0], offered[1]}, Asked: []RequestRow{use, request}}
	apps.Problems = []kit.Problem{{Field: "app_id", Text: "No app has this id."}}
	return map[string]kit.Page{
		"app-roles-all":         &RolesPage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), People: people, Invited: invited, SystemUsers: systems},
		"app-roles-wrong":       wrong,
		"app-roles-analyst":     &RolesPage{Base: kittest.Base(kittest.Tess), Frame: frame("analyst"), People: people, Invited: invited, SystemUsers: systems},
		"app-role-remove":       &RoleRemovePage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), ID: "4", Name: "Theo Brandt", Role: "developer"},
		"app-role-remove-self":  &RoleRemovePage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), ID: "3", Name: "Tess Moreau", Role: "admin", Self: true},
		"app-role-remove-su":    &RoleRemovePage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), ID: "501", Name: "Reporting server", Role: "developer", System: true},
		"app-sharing":           sharing,
		"app-sharing-none":      &SharingPage{Base: kittest.Base(kittest.Tess), Frame: classic, Owner: "Theo Brandt"},
		"app-sharing-developer": &SharingPage{Base: kittest.Base(kittest.Tess), Frame: frame("developer"), Owner: "Brightline Ads", OwnerID: "1", Agencies: sharing.Agencies, Asked: sharing.Asked, Offered: offered},
		"app-sharing-test":      &SharingPage{Base: kittest.Base(kittest.Tess), Frame: test, Owner: "Tess Moreau"},
		"app-unshare":           &UnsharePage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), Business: kittest.Nordwind, SystemUsers: 2},
		"app-transfer":          &TransferPage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), To: "business"},
		"app-transfer-wrong":    transfer,
		"app-give":              &TransferPage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), Request: &request},
		"app-accounts": &AccountsPage{Base: kittest.Base(kittest.Tess), Frame: frame("developer"), Level: "basic", Have: 3, Most: 25, Accounts: []AccountRow{
			{"100000000000301", "call", "", kittest.Day, kittest.Day}, {"100000000000302", "person", "Tess Moreau", kittest.Day, time.Time{}}, {"100000000000303", "app", "", kittest.Day, kittest.Day}}},
		"app-accounts-full": &AccountsPage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), Level: "development", Have: 5, Most: 5, Full: true, Accounts: []AccountRow{
			{"100000000000301", "person", "", kittest.Day, kittest.Day}}},
		"app-accounts-none":    &AccountsPage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), Level: "standard", Account: "act_100000000000301"},
		"app-test-apps":        &TestAppsPage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), Apps: tests},
		"app-test-apps-none":   &TestAppsPage{Base: kittest.Base(kittest.Tess), Frame: frame("developer")},
		"app-test-apps-test":   &TestAppsPage{Base: kittest.Base(kittest.Tess), Frame: test},
		"app-basic-test":       &BasicPage{Base: kittest.Base(kittest.Tess), Frame: test, Name: "Brightline Campaigns - Test", CreatedAt: kittest.Day},
		"app-product":          product,
		"app-product-nothing":  &LoginProductPage{Base: kittest.Base(kittest.Tess), Frame: Frame{App: kittest.Trailmates, Role: "developer", Type: "none"}, Kept: 1},
		"app-product-back":     &LoginProductPage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), BackUntil: soon, Former: "consumer", TestApps: tests},
		"app-product-stays":    &LoginProductPage{Base: kittest.Base(kittest.Tess), Frame: frame("admin")},
		"app-product-test":     &LoginProductPage{Base: kittest.Base(kittest.Tess), Frame: test},
		"business-apps":        apps,
		"business-apps-none":   &BusinessPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind},
		"business-app-release": &BusinessReleasePage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, App: kittest.Campaign, SystemUsers: 1},
	}
}

func webhookSamples() map[string]kit.Page {
	const payload = `{
  "object": "application",
  "entry": [
    {
      "id": "100000000000101",
      "time": 1773324300,
      "changes": [
        {
          "field": "business_integration_update",
          "value": {
            "business_manager_id": "100000000000202",
            "tp_config_id": "100000000000401",
            "removed_assets": [
              {
                "id": "100000000000302",
                "type": "ad_account"
              }
            ]
          }
        }
      ]
    }
  ]
}`
	row := func(id, name, state string, attempts, status int, problem string) DeliveryRow {
		r := DeliveryRow{ID: id, App: kittest.Campaign.ID, Kind: "webhook", Name: name, State: state, Attempts: attempts, Status: status, Problem: problem, At: kittest.Day, Payload: payload}
		switch state {
		case "pending":
			r.Next = kittest.Day.Add(time.Minute)
		case "delivered", "failed":
			r.Ended = kittest.Day.Add(time.Second)
		}
		return r
	}
	rows := []DeliveryRow{
		row("1", "business_integration_update", "waiting", 0, 0, ""),
		row("2", "business_integration_update", "pending", 3, 503, "It answered with status 503."),
		row("3", "business_integration_install", "pending", 0, 0, ""),
		row("4", "business_integration_install", "delivered", 1, 200, ""),
		row("5", "pages_manage_engagement_of_a_long_name", "failed", 14, 0, "No answer within 5 seconds."),
		{ID: "6", App: kittest.Campaign.ID, Kind: "deauthorize", Name: "deauthorize", State: "delivered", Attempts: 1, Status: 200, At: kittest.Day, Ended: kittest.Day, Payload: `{
  "user_id": "7241890043125571"
}`},
	}
	fields := []string{"business_integration_install", "business_integration_update", "business_integration_uninstall"}
	both := []WebhookView{{Object: "application", CallbackURL: "https://app.brightline.example/hooks/a-long-path-of-a-receiver-behind-a-gateway", Fields: fields, Since: kittest.Day},
		{Object: "permissions", CallbackURL: "https://app.brightline.example/hooks", Fields: append(fields, "ads_read", "ads_management", "pages_show_list", "email"), Since: kittest.Day}}
	edit := func(object string) *WebhookEditPage {
		p := &WebhookEditPage{Base: kittest.Base(kittest.Tess), Frame: frame("developer"), Object: object, CallbackURL: "https://app.brightline.example/hooks", IncludeValues: true}
		for i, name := range fields {
			title := "Know what happens"
			if object == "application" {
				title = applicationFields[name]
			}
			p.Fields = append(p.Fields, WebhookFieldView{Name: name, Title: title, Checked: i > 0})
		}
		return p
	}
	wrong := edit("permissions")
	wrong.Problems = []kit.Problem{{Field: "callback_url", Text: "The callback URL did not confirm the subscription. It answered with status 404."}, {Field: "fields", Text: "Choose at least one field of permissions."}}
	return map[string]kit.Page{
		"webhooks":           &WebhooksPage{Base: kittest.Base(kittest.Tess), Frame: frame("developer"), Objects: both, Deliveries: rows[:3]},
		"webhooks-none":      &WebhooksPage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), Objects: []WebhookView{{Object: "application"}, {Object: "permissions"}, {Object: "page", Tells: "Posts, Comments", Listed: true}}},
		"webhook-edit":       edit("application"),
		"webhook-edit-wrong": wrong,
		"deliveries":         &DeliveriesPage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), First: true, Rows: rows, Later: "6"},
		"deliveries-undone":  &DeliveriesPage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), Undone: true, Rows: rows[:2]},
		"deliveries-none":    &DeliveriesPage{Base: kittest.Base(kittest.Tess), Frame: frame("admin"), First: true},
	}
}
