package prokura

import "fmt"

// DefaultCatalog returns a fresh copy of the built-in catalog, checked and
// ready for use: the permission tables of Login for Business and of system
// users, the asset kinds, four templates and the Marketing API levels. An
// operator's own catalog replaces it as a whole.
func DefaultCatalog() *Catalog {
	c := &Catalog{
		Permissions:  defaultPermissions(),
		Kinds:        defaultKinds(),
		Templates:    defaultTemplates(),
		UseCases:     defaultUseCases(),
		Levels:       defaultLevels(),
		Rates:        defaultRates(),
		Features:     defaultFeatures(),
		StaffFactor:  true,
		Reviews:      defaultReviews(),
		Specialities: defaultSpecialities(),
		Products:     defaultProducts(),
	}
	if err := c.Index(); err != nil {
		panic(fmt.Sprintf("default catalog: %v", err)) // a table above is wrong; every test that starts would show it
	}
	return c
}

// defaultTemplates are the presets of R-LOGIN-01. Each asks for the least that
// its purpose needs; the app's developer adds the rest.
func defaultTemplates() []Template {
	return []Template{
		{
			Key: "general", Variation: "general", Name: "General",
			About:     "Read a client's ad results and see its pages, continuously and without anybody logged in.",
			TokenType: TokenTypeSystemUser,
			Assets: []ConfigurationAsset{
				{Kind: KindAdAccount, Tasks: []Task{TaskAnalyze}, Required: true},
				{Kind: KindPage, Tasks: []Task{TaskAnalyze}},
			},
			Permissions: []Permission{"business_management", "ads_read", "pages_show_list", "pages_read_engagement"},
		},
		{
			Key: "whatsapp_embedded_signup", Variation: "whatsapp_embedded_signup", Name: "WhatsApp Embedded Signup",
			About:     "Connect a client's WhatsApp account, so that your servers send and receive its messages.",
			TokenType: TokenTypeSystemUser, ExpiresInDays: 60,
			Assets: []ConfigurationAsset{
				{Kind: KindWhatsAppBusinessAccount, Tasks: []Task{TaskManage, "MESSAGING"}, Required: true},
			},
			Permissions: []Permission{"whatsapp_business_management", "whatsapp_business_messaging"},
		},
		{
			Key: "conversions_api_business_messaging", Variation: "conversions_api_business_messaging", Name: "Conversions API for Business Messaging",
			About:     "Report what conversations led to, such as orders, so that a client can measure its messaging ads.",
			TokenType: TokenTypeSystemUser,
			Assets: []ConfigurationAsset{
				{Kind: KindPage, Tasks: []Task{TaskAdvertise, TaskAnalyze}, Required: true},
				{Kind: KindPixel, Tasks: []Task{TaskAnalyze, "UPLOAD"}, Required: true},
				{Kind: KindWhatsAppBusinessAccount},
				{Kind: KindInstagramAccount},
			},
			Permissions: []Permission{"business_management", "ads_read", "pages_show_list", "page_events", "instagram_basic", "whatsapp_business_management"},
		},
		{
			Key: "instagram_graph_api", Variation: "instagram_graph_api", Name: "Instagram Graph API",
			About:     "Let a logged-in person publish to Instagram accounts, answer comments and see results in your app.",
			TokenType: TokenTypeUser,
			Assets: []ConfigurationAsset{
				{Kind: KindPage, Tasks: []Task{TaskAnalyze}, Required: true},
				{Kind: KindInstagramAccount, Tasks: []Task{"CONTENT", "COMMUNITY_ACTIVITY", TaskAnalyze}, Required: true},
			},
			Permissions: []Permission{
				"pages_show_list", "pages_read_engagement",
				"instagram_basic", "instagram_content_publish", "instagram_manage_comments", "instagram_manage_insights",
			},
		},
	}
}

// defaultLevels are the caps of R-LEVEL-03 and R-SU-02.
func defaultLevels() []LevelInfo {
	return []LevelInfo{
		{
			Level: LevelDevelopment, Title: "Development", AccountList: 5, SystemUsers: 1, AdminSystemUsers: 1,
		},
		{
			Level: LevelBasic, Title: "Basic", AccountList: 25, SystemUsers: 3, AdminSystemUsers: 1,
			// No ads exist here yet, so a person judges them: Ads has no threshold.
			Criteria: Criteria{Calls: 1000, Days: 30, ErrorPercent: 10, Judged: []Criterion{CriterionAds, CriterionLogin}},
			Expected: ReviewTime{Days: 3, Workday: true},
		},
		{
			Level: LevelStandard, Title: "Standard", AccountList: 0, SystemUsers: 10, AdminSystemUsers: 1,
			Criteria:  Criteria{Judged: []Criterion{CriterionBusiness}},
			Questions: standardQuestions(), Expected: ReviewTime{Days: 14},
		},
	}
}

// defaultFeatures are the features that Login for Business supports (R-LOGIN-02).
func defaultFeatures() []string {
	return []string{
		"Ads Management Standard Access",
		"Business Asset User Profile Access",
		"Human Agent",
		"Instagram Public Content Access",
		"Live Video API",
		"Page Mentions",
		"Page Public Content Access",
		"Page Public Metadata Access",
	}
}

// defaultProducts are the products that Login for Business supports (R-LOGIN-02).
func defaultProducts() []string {
	return []string{
		"App Ads",
		"App Events",
		"App Links",
		"Audience Network",
		"Commerce Platform",
		"Fundraiser API",
		"Instagram Platform",
		"Jobs",
		"Marketing API",
		"Messenger Platform",
		"Meta Business Extension",
		"Meta Pixel",
		"Pages API",
		"Sharing",
		"ThreatExchange",
		"Web Payments",
		"Webhooks",
		"WhatsApp Business Platform",
	}
}
