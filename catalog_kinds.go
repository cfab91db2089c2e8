package prokura

// Asset kinds of the default catalog.
const (
	KindAdAccount               AssetKind = "ad_account"
	KindPage                    AssetKind = "page"
	KindProductCatalog          AssetKind = "product_catalog"
	KindInstagramAccount        AssetKind = "instagram_account"
	KindWhatsAppBusinessAccount AssetKind = "whatsapp_business_account"
	KindPixel                   AssetKind = "pixel"
)

// Tasks that rules name; the other tasks occur only in the tables.
const (
	TaskManage    Task = "MANAGE"
	TaskAdvertise Task = "ADVERTISE"
	TaskAnalyze   Task = "ANALYZE"
)

// defaultKinds are the kinds of asset with their names and edges on the wire
// and their tasks in plain words. Where the wire has more tasks than people
// use (profile-plus twins and retired ones of pages, combinations of ad
// accounts that no valid set holds), they are left out.
func defaultKinds() []AssetKindInfo {
	return []AssetKindInfo{
		{
			Kind: KindAdAccount, Title: "Ad account", Plural: "Ad accounts", Node: "AdAccount", Prefix: AdAccountPrefix,
			Owned: "owned_ad_accounts", Client: "client_ad_accounts", Assigned: "assigned_ad_accounts",
			Param: "adaccount_id", PendingOwned: "pending_owned_ad_accounts", PendingClient: "pending_client_ad_accounts", Pending: "ad_account",
			Remove: "ad_accounts", Create: "adaccount", Contained: "contained_adaccounts", GroupTasks: "adaccount_tasks",
			Tasks: []TaskInfo{
				{TaskManage, "Change the account's settings, payment methods and people", []Permission{"ads_management"}},
				{TaskAdvertise, "Create, change and pay for ads", []Permission{"ads_management"}},
				{TaskAnalyze, "See results and spending", []Permission{"ads_management", "ads_read"}},
				{"DRAFT", "Prepare ads without publishing them", []Permission{"ads_management"}},
			},
			TaskSets: [][]Task{
				{TaskManage, TaskAdvertise, TaskAnalyze},
				{TaskAdvertise, TaskAnalyze},
				{TaskAnalyze},
				{"DRAFT"},
				{"DRAFT", TaskAnalyze},
			},
		},
		{
			Kind: KindPage, Title: "Page", Plural: "Pages", Node: "Page",
			Owned: "owned_pages", Client: "client_pages", Assigned: "assigned_pages",
			Param: "page_id", Create: "owned_pages", PendingOwned: "pending_owned_pages", PendingClient: "pending_client_pages", Pending: "page",
			Remove: "pages", Contained: "contained_pages", GroupTasks: "page_tasks",
			Tasks: []TaskInfo{
				{TaskManage, "Change the page's settings and people", []Permission{"pages_manage_metadata", "pages_manage_cta"}},
				{"CREATE_CONTENT", "Publish and delete posts as the page", []Permission{"pages_manage_posts", "pages_manage_instant_articles", "publish_video"}},
				{"MODERATE", "Answer, hide and delete comments", []Permission{"pages_manage_engagement"}},
				{"MESSAGING", "Read and send messages as the page", []Permission{"pages_messaging"}},
				{TaskAdvertise, "Create ads for the page", []Permission{"pages_manage_ads", "ads_management"}},
				{TaskAnalyze, "See how the page performs", []Permission{"pages_read_engagement", "read_insights"}},
				{"MANAGE_LEADS", "Download the contact details that people left in forms", []Permission{"leads_retrieval"}},
				{"VIEW_MONETIZATION_INSIGHTS", "See what the page earns", []Permission{"read_insights"}},
			},
		},
		{
			Kind: KindProductCatalog, Title: "Catalog", Plural: "Catalogs", Node: "ProductCatalog",
			Owned: "owned_product_catalogs", Client: "client_product_catalogs", Assigned: "assigned_product_catalogs",
			Param: "product_catalog_id", PendingOwned: "pending_owned_product_catalogs", PendingClient: "pending_client_product_catalogs", Pending: "product_catalog",
			Remove: "product_catalogs", Create: "owned_product_catalogs", Deletable: true, Contained: "contained_product_catalogs", GroupTasks: "product_catalog_tasks",
			Tasks: []TaskInfo{
				{TaskManage, "Add, change and remove products, and change settings", []Permission{"catalog_management"}},
				{TaskAdvertise, "Use the products in ads", []Permission{"catalog_management", "ads_management"}},
				{"MANAGE_AR", "Manage the products' augmented-reality effects", []Permission{"catalog_management"}},
				{"AA_ANALYZE", "See the catalog in advanced analytics", []Permission{"catalog_management"}},
			},
		},
		{
			Kind: KindInstagramAccount, Title: "Instagram account", Plural: "Instagram accounts", Node: "IGUser",
			Owned: "owned_instagram_accounts", Client: "client_instagram_accounts", Assigned: "assigned_instagram_accounts",
			Param: "instagram_account", PendingOwned: "pending_owned_instagram_accounts", PendingClient: "pending_client_instagram_accounts", Pending: "instagram_account",
			Remove: "instagram_accounts", Contained: "contained_instagram_accounts", GroupTasks: "instagram_account_tasks",
			Tasks: []TaskInfo{
				{"CONTENT", "Publish and delete posts", []Permission{"instagram_content_publish"}},
				{"MESSAGES", "Read and send direct messages", []Permission{"instagram_manage_messages"}},
				{"COMMUNITY_ACTIVITY", "Answer, hide and delete comments", []Permission{"instagram_manage_comments"}},
				{TaskAdvertise, "Create ads with the account", []Permission{"ads_management"}},
				{TaskAnalyze, "See how the account performs", []Permission{"instagram_basic", "instagram_manage_insights"}},
			},
		},
		{
			Kind: KindWhatsAppBusinessAccount, Title: "WhatsApp account", Plural: "WhatsApp accounts", Node: "WhatsAppBusinessAccount",
			Owned: "owned_whatsapp_business_accounts", Client: "client_whatsapp_business_accounts", Assigned: "assigned_whatsapp_business_accounts",
			Param: "whatsapp_business_account_id", PendingOwned: "pending_owned_whatsapp_business_accounts", PendingClient: "pending_client_whatsapp_business_accounts", Pending: "whatsapp_business_account",
			Remove: "whatsapp_business_accounts", Contained: "contained_whatsapp_business_accounts", GroupTasks: "whatsapp_business_account_tasks",
			Tasks: []TaskInfo{
				{TaskManage, "Change the account's settings, payment methods and people", []Permission{"whatsapp_business_management"}},
				{"MESSAGING", "Send and receive messages", []Permission{"whatsapp_business_messaging"}},
				{"MANAGE_TEMPLATES", "Create and change message templates", []Permission{"whatsapp_business_management"}},
				{"VIEW_TEMPLATES", "See message templates", []Permission{"whatsapp_business_management"}},
				{"MANAGE_PHONE", "Add and change phone numbers", []Permission{"whatsapp_business_management"}},
				{"MANAGE_PHONE_ASSETS", "Change the profile and the settings of phone numbers", []Permission{"whatsapp_business_management"}},
				{"VIEW_PHONE_ASSETS", "See phone numbers and their settings", []Permission{"whatsapp_business_management"}},
				{"VIEW_COST", "See what messages cost", []Permission{"whatsapp_business_management"}},
				{"MANAGE_EXTENSIONS", "Connect and disconnect extensions", []Permission{"whatsapp_business_management"}},
				{"DEVELOP", "Connect the account to apps", []Permission{"whatsapp_business_management"}},
			},
		},
		{
			Kind: KindPixel, Title: "Pixel", Plural: "Pixels", Node: "AdsPixel",
			Owned: "owned_pixels", Client: "client_pixels", Assigned: "assigned_pixels",
			Param: "pixel_id", PendingOwned: "pending_owned_pixels", PendingClient: "pending_client_pixels", Pending: "pixel",
			Remove: "pixels", Create: "adspixels", Deletable: true, Contained: "contained_pixels", GroupTasks: "pixel_tasks",
			Tasks: []TaskInfo{
				{"EDIT", "Change the pixel's settings", []Permission{"ads_management"}},
				{TaskAnalyze, "See the events that it recorded", []Permission{"ads_management", "ads_read"}},
				{TaskAdvertise, "Use its events for ads", []Permission{"ads_management"}},
				{"UPLOAD", "Send events to it", []Permission{"ads_management"}},
				{"AA_ANALYZE", "See it in advanced analytics", []Permission{"ads_management", "ads_read"}},
			},
		},
	}
}
