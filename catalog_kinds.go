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
			Param: "page_id", PendingOwned: "pending_owned_pages", PendingClient: "pending_client_pages", Pending: "page",
			Remove: "pages", Contained: "contained_pages", GroupTasks: "page_tasks",
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
			Param: "product_catalog_id", PendingOwned: "pending_owned_product_catalogs", PendingClient: "pending_client_product_catalogs", Pending: "product_catalog",
			Remove: "product_catalogs", Create: "owned_product_catalogs", Deletable: true, Contained: "contained_product_catalogs", GroupTasks: "product_catalog_tasks",
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
			Param: "instagram_account", PendingOwned: "pending_owned_instagram_accounts", PendingClient: "pending_client_instagram_accounts", Pending: "instagram_account",
			Remove: "instagram_accounts", Contained: "contained_instagram_accounts", GroupTasks: "instagram_account_tasks",
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
			Param: "whatsapp_business_account_id", PendingOwned: "pending_owned_whatsapp_business_accounts", PendingClient: "pending_client_whatsapp_business_accounts", Pending: "whatsapp_business_account",
			Remove: "whatsapp_business_accounts", Contained: "contained_whatsapp_business_accounts", GroupTasks: "whatsapp_business_account_tasks",
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
			Param: "pixel_id", PendingOwned: "pending_owned_pixels", PendingClient: "pending_client_pixels", Pending: "pixel",
			Remove: "pixels", Create: "adspixels", Deletable: true, Contained: "contained_pixels", GroupTasks: "pixel_tasks",
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
