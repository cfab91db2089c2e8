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
			Tasks: []TaskInfo{
				{TaskManage, "Change the account's settings, payment methods and people"},
				{TaskAdvertise, "Create, change and pay for ads"},
				{TaskAnalyze, "See results and spending"},
				{"DRAFT", "Prepare ads without publishing them"},
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
			Tasks: []TaskInfo{
				{TaskManage, "Change the page's settings and people"},
				{"CREATE_CONTENT", "Publish and delete posts as the page"},
				{"MODERATE", "Answer, hide and delete comments"},
				{"MESSAGING", "Read and send messages as the page"},
				{TaskAdvertise, "Create ads for the page"},
				{TaskAnalyze, "See how the page performs"},
				{"MANAGE_LEADS", "Download the contact details that people left in forms"},
				{"VIEW_MONETIZATION_INSIGHTS", "See what the page earns"},
			},
		},
		{
			Kind: KindProductCatalog, Title: "Catalog", Plural: "Catalogs", Node: "ProductCatalog",
			Owned: "owned_product_catalogs", Client: "client_product_catalogs", Assigned: "assigned_product_catalogs",
			Tasks: []TaskInfo{
				{TaskManage, "Add, change and remove products, and change settings"},
				{TaskAdvertise, "Use the products in ads"},
				{"MANAGE_AR", "Manage the products' augmented-reality effects"},
				{"AA_ANALYZE", "See the catalog in advanced analytics"},
			},
		},
		{
			Kind: KindInstagramAccount, Title: "Instagram account", Plural: "Instagram accounts", Node: "IGUser",
			Owned: "owned_instagram_accounts", Client: "client_instagram_accounts", Assigned: "assigned_instagram_accounts",
			Tasks: []TaskInfo{
				{"CONTENT", "Publish and delete posts"},
				{"MESSAGES", "Read and send direct messages"},
				{"COMMUNITY_ACTIVITY", "Answer, hide and delete comments"},
				{TaskAdvertise, "Create ads with the account"},
				{TaskAnalyze, "See how the account performs"},
			},
		},
		{
			Kind: KindWhatsAppBusinessAccount, Title: "WhatsApp account", Plural: "WhatsApp accounts", Node: "WhatsAppBusinessAccount",
			Owned: "owned_whatsapp_business_accounts", Client: "client_whatsapp_business_accounts", Assigned: "assigned_whatsapp_business_accounts",
			Tasks: []TaskInfo{
				{TaskManage, "Change the account's settings, payment methods and people"},
				{"MESSAGING", "Send and receive messages"},
				{"MANAGE_TEMPLATES", "Create and change message templates"},
				{"VIEW_TEMPLATES", "See message templates"},
				{"MANAGE_PHONE", "Add and change phone numbers"},
				{"MANAGE_PHONE_ASSETS", "Change the profile and the settings of phone numbers"},
				{"VIEW_PHONE_ASSETS", "See phone numbers and their settings"},
				{"VIEW_COST", "See what messages cost"},
				{"MANAGE_EXTENSIONS", "Connect and disconnect extensions"},
				{"DEVELOP", "Connect the account to apps"},
			},
		},
		{
			Kind: KindPixel, Title: "Pixel", Plural: "Pixels", Node: "AdsPixel",
			Owned: "owned_pixels", Client: "client_pixels", Assigned: "assigned_pixels",
			Tasks: []TaskInfo{
				{"EDIT", "Change the pixel's settings"},
				{TaskAnalyze, "See the events that it recorded"},
				{TaskAdvertise, "Use its events for ads"},
				{"UPLOAD", "Send events to it"},
				{"AA_ANALYZE", "See it in advanced analytics"},
			},
		},
	}
}
