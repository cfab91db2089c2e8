package web

import (
	"fmt"
	"slices"
	"time"

	"github.com/prokura/prokura"
)

// sample is one page with data like that of the demo world.
type sample struct {
	name string // of the artifact file
	page Page
}

var (
	day      = time.Date(2026, 3, 12, 14, 5, 0, 0, time.UTC)
	ada      = &PersonView{"100000000000001", "Ada Lindqvist", "ada@nordwind.example"}
	tess     = &PersonView{"100000000000003", "Tess Moreau", "tess@brightline.example"}
	nordwind = BusinessView{"100000000000202", "Nordwind Outdoor", true}
	campaign = AppView{ID: "100000000000101", Name: "Brightline Campaigns", Owner: "Brightline Ads", Verified: true,
		PrivacyURL: "https://brightline.example/privacy", Live: true}
	trailmates = AppView{ID: "100000000000103", Name: "Trailmates", Owner: "Theo Brandt", PrivacyURL: "https://trailmates.example/privacy", Live: true}

	powers = []PermissionGroup{
		{"Advertising", []PermissionView{
			{Name: "ads_management", Title: "Manage ads", Does: "Create, change, pause and delete campaigns, and spend from the ad accounts.", Risk: prokura.RiskMoney},
			{Name: "ads_read", Title: "Read ad reports", Does: "See how ads perform and what they cost."},
		}},
		{"Business", []PermissionView{
			{Name: "business_management", Title: "Manage the business", Does: "See the business's assets and change who works on them.", Risk: prokura.RiskPeople},
			{Name: "catalog_management", Title: "Manage catalogs", Does: "Create, change and delete products."},
		}},
		{"Pages", []PermissionView{
			{Name: "pages_show_list", Title: "See your pages", Does: "See which pages there are."},
			{Name: "pages_read_engagement", Title: "Read page activity", Does: "Read posts, followers and figures of the pages."},
		}},
	}
	given = []AssetKindView{
		{Kind: "ad_account", Title: "Ad accounts", Tasks: []string{"manage the account", "run campaigns", "see reports"},
			Assets: []AssetView{{"100000000000301", "Nordwind EU"}, {"100000000000302", "Nordwind US"}}},
		{Kind: "page", Title: "Pages", Tasks: []string{"run ads", "see reports"},
			Paging: Paging{Page: 2, Pages: 50, Matching: 5000}, Earlier: "?page.page=1#on-page", Later: "?page.page=3#on-page",
			Assets: []AssetView{{"100000000000311", "Nordwind Outdoor"}, {"100000000000312", "Nordwind Repairs"}}},
		{Kind: "catalog", Title: "Catalogs", Tasks: []string{"manage products"}, Assets: []AssetView{{"100000000000321", "Winter 2026"}}},
	}
	optional = []PermissionGroup{
		{"Your account", []PermissionView{
			{Name: "public_profile", Title: "Your name", Does: "See your name and profile picture."},
			{Name: "email", Title: "Your e-mail address", Does: "See the address you log in with.", Optional: true, Checked: true},
		}},
		{"Pages", []PermissionView{
			{Name: "pages_manage_posts", Title: "Publish on pages", Does: "Write, change and delete posts.", Optional: true, Risk: prokura.RiskSpeak},
		}},
	}
)

func base(p *PersonView) Base { return Base{CSRF: "c5r1f", Person: p} }

func dialog(here string) *Dialog {
	d := &Dialog{LoginID: "2718281828459045", App: campaign, RedirectHost: "app.brightline.example",
		Forms: "https:"}
	done := true
	for _, key := range []string{"account", "business", "assets", "review"} {
		if key == here {
			done = false
		}
		d.Steps = append(d.Steps, StepView{Key: key, Done: done, Here: key == here})
	}
	return d
}

func frame(role string) AppFrame { return AppFrame{App: campaign, Role: role, Type: "business"} }

func manyAssets(n int) []AssetChoice {
	var out []AssetChoice
	for i := range n {
		out = append(out, AssetChoice{ID: fmt.Sprint(200000000000000 + i), Name: fmt.Sprintf("Store %03d – Göteborg", i+1), Detail: "EUR", Checked: i%7 == 0})
	}
	return out
}

// samples are at least one of every page, and the states that differ most.
func samples() []sample {
	login := &LoginPage{Base: base(nil), Email: "ada@nordwind.example"}
	failed := &LoginPage{Base: base(nil), Email: "ada@nordwind.example", Dialog: dialog("account")}
	failed.Problems = []Problem{{Text: "The e-mail address or the password is wrong."}}
	signup := &SignupPage{Base: base(nil), Name: "", Email: "ada", MinPassword: 15}
	signup.Problems = []Problem{{"name", "Enter your name."}, {"email", "This is not an e-mail address."}}
	listed := []BusinessChoice{
		{BusinessView: nordwind, FullControl: true, Checked: true},
		{BusinessView: BusinessView{"100000000000203", "Brandt Test Kitchen", false}, FullControl: true, Connected: true},
		{BusinessView: BusinessView{"100000000000204", "Fjällräven Rentals", false}, Why: "role"},
		{BusinessView: BusinessView{"100000000000201", "Brightline Ads", true}, FullControl: true, Why: "owner"},
	}
	sections := []AssetSection{
		{Kind: "ad_account", Title: "Ad accounts", Tasks: given[0].Tasks, Required: true, Exist: true, Chosen: 1,
			Rows: []AssetChoice{{ID: "100000000000301", Name: "Nordwind EU", Detail: "EUR", Checked: true}, {ID: "100000000000302", Name: "Nordwind US", Detail: "USD"}}},
		{Kind: "page", Title: "Pages", Tasks: given[1].Tasks, Required: true, Exist: true, Chosen: 2, Rows: manyAssets(12)},
		{Kind: "catalog", Title: "Catalogs", Tasks: given[2].Tasks},
	}
	huge := []AssetSection{
		{Kind: "ad_account", Title: "Ad accounts", Tasks: given[0].Tasks, Required: true, Exist: true, Chosen: 61, Query: "Store",
			Earlier: "200000000000000", Later: "200000000000049", Rows: manyAssets(50)},
		{Kind: "page", Title: "Pages", Tasks: given[1].Tasks, Required: true, Exist: true, Problem: "Choose at least one.",
			Rows: []AssetChoice{{ID: "100000000000311", Name: "Nordwind Outdoor"}, {ID: "100000000000312", Name: "Nordwind Repairs", Why: "You have no access to this page."}}},
	}
	personal := dialog("review")
	personal.App, personal.Steps, personal.RedirectHost = trailmates, nil, "trailmates.example"
	lab := campaign
	lab.Name, lab.Live, lab.ID = "Brightline Lab", false, "100000000000102"
	rows := []AppRow{{campaign, "business", "admin", 3, false}, {lab, "business", "developer", 1, false}, {trailmates, "consumer", "tester", 0, false}}
	levels := []LevelView{{"development", "Development", 5, 1, 1}, {"basic", "Basic", 25, 3, 1}, {"standard", "Standard", 0, 10, 1}}
	limited := []LimitedConfigurationView{{"100000000000402", "Personal reporting", []string{"pages_messaging", "pages_manage_posts"}}}
	access := []AccessRow{{"ads_management", "Manage ads", true, 2}, {"ads_read", "Read ad reports", true, 3}, {"pages_messaging", "Answer messages", false, 0}}
	basic := AppBasicPage{Base: base(tess), Frame: frame("admin"), Name: campaign.Name, Contact: tess.Email, PrivacyURL: campaign.PrivacyURL,
		Domains: []string{"brightline.example"}, Category: "Business", Categories: []string{"Business", "Shopping"}, Use: "clients", CreatedAt: day}
	draft := basic
	draft.Frame.App = lab
	draft.Frame.LiveMissing = []string{"privacy_policy_url", "icon", "category"}
	draft.Problems = []Problem{{"privacy_policy_url", "This is not a web address."}}
	secret := AppAdvancedPage{Base: base(tess), Frame: frame("admin"), SecretSince: day, RequireProof: true, ServerIPs: []string{"203.0.113.0/24"},
		APIVersion: "v25.0", APIVersions: []string{"v25.0", "v24.0", "v23.0"}}
	shown := secret
	shown.Secret, shown.OldSecretUntil, shown.Notice = "00112233445566778899aabbccddeeff", day, "The secret was reset. Store the new one now."
	kinds := []KindChoice{
		{"ad_account", "Ad accounts", true, true, []TaskChoice{{"MANAGE", "Manage the account", true}, {"ADVERTISE", "Run campaigns", true}, {"ANALYZE", "See reports", true}}},
		{"page", "Pages", true, false, []TaskChoice{{"ADVERTISE", "Run ads", true}, {"ANALYZE", "See reports", true}, {"MESSAGING", "Answer messages", false}}},
		{"catalog", "Catalogs", false, false, []TaskChoice{{"MANAGE", "Manage products", false}}},
	}
	var groups []PermissionChoiceGroup
	for _, g := range powers {
		c := PermissionChoiceGroup{Title: g.Title}
		for i, p := range g.Permissions {
			p.Checked = true
			c.Permissions = append(c.Permissions, PermissionChoice{p, i > 1, i == 0})
		}
		groups = append(groups, c)
	}
	grant := GrantView{"1", "Campaign management", "100000000000401", Since{"Ada Lindqvist", day}, time.Time{}, false, powers, given}

	return slices.Concat(appSamples(), webhookSamples(), grantSamples(), peopleSamples(), systemUserSamples(), assetSamples(), []sample{
		{"landing", &LandingPage{Base: base(nil), BaseURL: "http://127.0.0.1:8080", Version: "v25.0", Demo: true, Inbox: true}},
		{"landing-in", &LandingPage{Base: base(ada), BaseURL: "http://127.0.0.1:8080", Version: "v25.0"}},
		{"login", login},
		{"login-dialog", failed},
		{"signup", signup},
		{"password", &PasswordPage{Base: base(ada), Dialog: dialog("account"), Why: "You are about to give an app power over money or people."}},
		{"dialog-business", &BusinessPage{Base: base(ada), Dialog: dialog("business"), Businesses: listed, CanCreate: true, Paging: Paging{1, 1, 4}}},
		{"dialog-business-many", &BusinessPage{Base: base(ada), Dialog: dialog("business"), Businesses: listed, Query: "No", Paging: Paging{2, 3, 40}}},
		{"dialog-business-none", &BusinessPage{Base: base(ada), Dialog: dialog("business"), CanCreate: true, Paging: Paging{1, 1, 0}}},
		{"dialog-business-new", &BusinessNewPage{Base: base(ada), Dialog: dialog("business")}},
		{"business-new", &BusinessNewPage{Base: base(ada)}},
		{"dialog-assets", &AssetsPage{Base: base(ada), Dialog: dialog("assets"), Business: &nordwind, Sections: sections}},
		{"dialog-assets-many", &AssetsPage{Base: base(ada), Dialog: dialog("assets"), Business: &nordwind, Sections: huge}},
		{"dialog-assets-blocked", &AssetsPage{Base: base(ada), Dialog: dialog("assets"), Demanding: []string{"Nordwind Outdoor"}, Sections: []AssetSection{{Kind: "page", Title: "Pages", Required: true}}}},
		{"dialog-review", &ReviewPage{Base: base(ada), Dialog: dialog("review"), Business: &nordwind, Groups: powers, Assets: given, Lifetime: "never", Digest: "d1", CanBack: true}},
		{"dialog-review-changed", &ReviewPage{Base: base(ada), Dialog: dialog("review"), Business: &nordwind, Groups: powers[:1], Assets: given[:1], Lifetime: "days60", Digest: "d1", Changed: true, Replaces: true}},
		{"dialog-review-classic", &ReviewPage{Base: base(ada), Dialog: personal, Groups: optional, Classic: true, Lifetime: "session", Digest: "d1"}},
		{"dialog-done", &DonePage{Base: base(ada), Dialog: dialog(""), Business: &nordwind}},
		{"dialog-cancelled", &DonePage{Base: base(ada), Dialog: dialog(""), Cancelled: true}},
		{"dialog-error", &DialogErrorPage{Base: Base{Person: ada, TraceID: "AbCdEf123456"}, Reason: prokura.ConfigurationInvalid}},
		{"dialog-error-cause", &DialogErrorPage{Base: Base{Person: tess, TraceID: "AbCdEf123456"}, App: &campaign, Reason: prokura.AppNotAvailable,
			Cause: "The app lacks advanced access for these permissions of the configuration:", FixURL: "/apps/100000000000101/access"}},
		{"dialog-error-other", &DialogErrorPage{Reason: prokura.TooLarge}},
		{"businesses", &BusinessesPage{Base: base(ada), Businesses: []BusinessRow{{nordwind, true, false, 2, 8, 1}, {BusinessView{"2", "Brandt Test Kitchen", false}, false, true, 0, 0, 0}}}},
		{"businesses-none", &BusinessesPage{Base: base(ada)}},
		{"business", &BusinessHomePage{Base: base(ada), Business: nordwind, FullControl: true, Kinds: given, Counts: []int{14, 2, 1}, Connected: 1,
			People: []MemberRow{{*ada, true, true}, {PersonView{"2", "Ben Okafor", "ben@nordwind.example"}, false, false}}}},
		{"connected-apps", &ConnectedAppsPage{Base: base(ada), Business: nordwind, FullControl: true,
			Apps: []ConnectedAppRow{{campaign, 6, 5, true, Since{"Ada Lindqvist", day}, day}, {lab, 2, 1, false, Since{"Ada Lindqvist", day}, time.Time{}}}}},
		{"connected-apps-none", &ConnectedAppsPage{Base: base(ada), Business: nordwind}},
		{"connected-app", &ConnectedAppPage{Base: base(ada), Business: nordwind, FullControl: true, App: campaign, Grants: []GrantView{grant},
			Tokens: []TokenKindRow{{"root", 1, day}, {"granular", 3, time.Time{}}}, SystemUser: "100000000000777"}},
		{"connected-app-remove", &ConnectedAppRemovePage{Base: base(ada), Business: nordwind, App: campaign, Grants: 1, Tokens: 4, Assets: 5}},
		{"settings-security", &SecurityPage{Base: base(ada), MinPassword: 15, Sessions: []SessionView{
			{"1", "Firefox on Linux", "203.0.113.7", day, day, true}, {"2", "Safari on iPhone", "2001:db8::17", day, day, false}}}},
		{"settings-apps", &IntegrationsPage{Base: base(ada), Apps: []IntegrationRow{{trailmates, 3, 0, day, day, day.AddDate(0, 0, 90)}, {campaign, 4, 2, day, time.Time{}, time.Time{}}}}},
		{"settings-apps-none", &IntegrationsPage{Base: base(ada)}},
		{"settings-app", &IntegrationPage{Base: base(ada), App: trailmates, Groups: optional, GrantedAt: day, LastIssued: day, DataAccess: day.AddDate(0, 0, 90), Tokens: 2}},
		{"settings-app-assets", &IntegrationPage{Base: base(ada), App: campaign, Groups: powers, Assets: given, Configuration: "Personal reporting", GrantedAt: day}},
		{"settings-app-remove", &IntegrationRemovePage{Base: base(ada), App: campaign, Tokens: 2, Pages: 1}},
		{"apps", &AppsPage{Base: base(tess), Apps: rows}},
		{"apps-none", &AppsPage{Base: base(ada)}},
		{"app-new", &AppNewPage{Base: base(tess), Contact: tess.Email, Businesses: []BusinessView{{"100000000000201", "Brightline Ads", true}}}},
		{"app-basic", &basic},
		{"app-basic-draft", &draft},
		{"app-advanced", &secret},
		{"app-advanced-shown", &shown},
		{"app-advanced-analyst", &AppAdvancedPage{Base: base(tess), Frame: frame("analyst"), SecretSince: day, APIVersions: []string{"v25.0"}}},
		{"app-delete", &AppDeletePage{Base: base(tess), Frame: frame("admin"), Grants: 12, TestApps: 2}},
		{"app-secret-reset", &SecretResetPage{Base: base(tess), Frame: frame("admin")}},
		{"app-login", &AppLoginPage{Base: base(tess), Frame: frame("admin"), ClientOAuth: true, WebOAuth: true,
			RedirectURIs: []string{"https://app.brightline.example/callback", "http://localhost:3000/callback"}, JSDomains: []string{"http://localhost:3000"}}},
		{"app-roles", &AppRolesPage{Base: base(tess), Frame: frame("admin"), People: []RoleRow{{*tess, "admin", true, true}, {PersonView{"4", "Theo Brandt", "theo@brightline.example"}, "developer", false, false}}}},
		{"app-roles-developer", &AppRolesPage{Base: base(tess), Frame: frame("developer"), People: []RoleRow{{*tess, "developer", true, false}}}},
		{"app-access", &AppAccessPage{Base: base(tess), Frame: frame("developer"), Mode: "live", Level: "standard", Levels: levels, Permissions: access, Limited: limited}},
		{"app-access-none", &AppAccessPage{Base: base(tess), Frame: frame("analyst"), Mode: "development", Level: "development", Levels: levels}},
		{"staff-app", &AppAccessPage{Base: Base{CSRF: "c", Person: tess, Staff: true}, Frame: frame(""), Edit: true, Mode: "live", Level: "basic", Levels: levels, Permissions: access}},
		{"staff-apps", &StaffAppsPage{Base: Base{CSRF: "c", Person: tess, Staff: true}, Apps: rows, Query: "b", First: true, Later: "100000000000103"}},
		{"staff-apps-last", &StaffAppsPage{Base: Base{CSRF: "c", Person: tess, Staff: true}, Apps: []AppRow{{lab, "business", "", 0, true}}}},
		{"configurations", &ConfigurationsPage{Base: base(tess), Frame: frame("admin"), Configurations: []ConfigurationRow{
			{"100000000000401", "Campaign management", "system_user", false, 6, []string{"Ad accounts", "Pages", "Catalogs"}, day},
			{"100000000000403", "Insights, 60 days", "system_user", true, 2, []string{"Ad accounts"}, day}, {"100000000000402", "Personal reporting", "user", false, 4, nil, day}}}},
		{"configurations-none", &ConfigurationsPage{Base: base(tess), Frame: frame("admin")}},
		{"configuration-start", &ConfigurationStartPage{Base: base(tess), Frame: frame("admin"), Templates: []TemplateView{
			{"general", "General", "Ads and pages of a client, with a token that does not expire."}, {"whatsapp", "WhatsApp Embedded Signup", "Connects WhatsApp accounts for messages."}}}},
		{"configuration-new", &ConfigurationFormPage{Base: base(tess), Frame: frame("admin"), Template: "general", Variation: "general",
			Variations: []VariationView{{"general", "General"}, {"whatsapp_embedded_signup", "WhatsApp Embedded Signup"}}, TokenType: "system_user", Kinds: kinds, Groups: groups}},
		{"configuration-edit", &ConfigurationFormPage{Base: base(tess), Frame: frame("admin"), ConfigID: "100000000000401", Name: "Campaign management", TokenType: "user", Kinds: kinds, Groups: groups}},
		{"configuration", &ConfigurationPage{Base: base(tess), Frame: frame("admin"), ConfigID: "100000000000401", Name: "Campaign management", Variation: "General",
			TokenType: "system_user", Created: day, Updated: day, Groups: powers, Grants: 12, Lacking: []string{"ads_management"},
			Kinds:    []ConfigurationKind{{"ad_account", "Ad accounts", true, given[0].Tasks}, {"catalog", "Catalogs", false, given[2].Tasks}},
			LoginURL: "http://127.0.0.1:8080/v25.0/dialog/oauth?client_id=100000000000101&config_id=100000000000401&redirect_uri=https%3A%2F%2Fapp.brightline.example%2Fcallback&response_type=code&state=A_FRESH_RANDOM_VALUE",
			JSCall:   "FB.login(onLogin, {\n  config_id: '100000000000401',\n  response_type: 'code',\n  override_default_response_type: true\n});"}},
		{"configuration-delete", &ConfigurationDeletePage{Base: base(tess), Frame: frame("developer"), ConfigID: "100000000000401", Name: "Campaign management", Grants: 1}},
		{"configuration-no-redirect", &ConfigurationPage{Base: base(tess), Frame: frame("analyst"), ConfigID: "4", Name: "Lab", TokenType: "user", Created: day, Updated: day}},
		{"error-404", &ErrorPage{Base: Base{Person: ada, TraceID: "AbCdEf123456"}, Status: 404}},
		{"error-500", &ErrorPage{Base: Base{TraceID: "AbCdEf123456"}, Status: 502}},
	})
}
