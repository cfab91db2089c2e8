package prokura

// Groups are the headings that pages list permissions under.
const (
	groupProfile   = "Profile"
	groupBusiness  = "Business"
	groupAds       = "Ads"
	groupPages     = "Pages"
	groupCommerce  = "Catalogs and commerce"
	groupInstagram = "Instagram"
	groupWhatsApp  = "WhatsApp"
	groupOther     = "Other"
)

// defaultPermissions is the permission table of Login for Business with its
// two token columns (R-LOGIN-02), joined with the scopes of system users
// (R-SU-04) and the old name of R-PERM-01. Title completes "This app wants to…";
// Does is what the person who decides reads, so it names consequences, not APIs.
//
// The order is the order on pages and in answers; the permissions of a group
// stand together.
func defaultPermissions() []PermissionInfo {
	const (
		user        = 1 << iota // user tokens
		integration             // business-integration system-user tokens
		systemUser              // tokens of a business's own system users
		automatic               // comes with configurations of user tokens
		basic                   // comes with every login of a person
	)
	const (
		both = user | integration
		all  = both | systemUser
	)
	var table []PermissionInfo
	group := ""
	add := func(name Permission, tokens int, risk Risk, title, does string, kinds ...AssetKind) {
		table = append(table, PermissionInfo{
			Name: name, Title: title, Does: does, Group: group, Risk: risk, Kinds: kinds,
			User:        tokens&user != 0,
			Integration: tokens&integration != 0,
			SystemUser:  tokens&systemUser != 0,
			Automatic:   tokens&automatic != 0,
			Basic:       tokens&basic != 0,
			Verified:    tokens&automatic == 0,
		})
	}

	group = groupProfile
	add("public_profile", user|automatic|basic, RiskNone, "See your name and picture",
		"Reads your name and profile picture.")
	add("email", user|automatic, RiskNone, "See your email address",
		"Reads the email address that you log in with.")

	group = groupBusiness
	add("business_management", all, RiskPeople, "Manage your business portfolio",
		"Sees and changes which assets belong to the business and who may work on them.")
	add("manage_app_solutions", both, RiskNone, "Manage joint solutions",
		"Sets up and changes solutions that several apps offer the business together.")
	add("private_computation_access", both, RiskNone, "Run private measurements",
		"Measures results together with the platform without either side seeing the other's records.")

	group = groupAds
	add("ads_management", all, RiskMoney, "Create and manage ads",
		"Creates, changes and stops ads in the chosen ad accounts. This spends your money.", KindAdAccount, KindPixel)
	add("ads_read", all, RiskNone, "See ad results",
		"Reads ads, spending and results of the chosen ad accounts. It cannot change anything.", KindAdAccount, KindPixel)
	add("read_audience_network_insights", both, RiskNone, "See earnings from ads in your apps",
		"Reads what ads shown in your apps and on your sites earned.")

	group = groupPages
	add("pages_show_list", all, RiskNone, "See your pages",
		"Reads the list of the chosen pages.", KindPage)
	add("pages_read_engagement", all, RiskNone, "See a page's posts and followers",
		"Reads what the chosen pages published, their followers and how people react.", KindPage)
	add("pages_read_user_content", all, RiskNone, "See what people write on a page",
		"Reads comments, ratings and posts that other people left on the chosen pages.", KindPage)
	add("pages_manage_posts", all, RiskSpeak, "Publish posts as a page",
		"Writes, changes and deletes posts in the name of the chosen pages.", KindPage)
	add("pages_manage_engagement", all, RiskSpeak, "Answer and moderate comments",
		"Writes, likes, hides and deletes comments in the name of the chosen pages.", KindPage)
	add("pages_manage_metadata", all, RiskNone, "Change a page's settings",
		"Changes settings of the chosen pages and receives notices of what happens there.", KindPage)
	add("pages_manage_ads", all, RiskMoney, "Manage a page's ads",
		"Creates and changes ads that belong to the chosen pages. This can spend your money.", KindPage)
	add("pages_manage_cta", all, RiskSpeak, "Change a page's action button",
		"Changes the buttons, such as Call or Book now, on the chosen pages.", KindPage)
	add("pages_manage_instant_articles", all, RiskSpeak, "Publish instant articles",
		"Publishes and changes instant articles in the name of the chosen pages.", KindPage)
	add("pages_messaging", both, RiskSpeak, "Read and send a page's messages",
		"Reads conversations of the chosen pages and answers people in their name.", KindPage)
	add("page_events", both, RiskNone, "Record events for a page",
		"Reports what people did, such as placing an order, for the chosen pages' ads and insights.", KindPage)
	add("leads_retrieval", both, RiskNone, "Download leads",
		"Reads the contact details that people left in the forms of the chosen pages.", KindPage)
	add("publish_video", both, RiskSpeak, "Publish live video",
		"Starts live videos in the name of the chosen pages.", KindPage)
	add("read_insights", all, RiskNone, "See how a page performs",
		"Reads the statistics of the chosen pages.", KindPage)

	table = append(table, PermissionInfo{
		Name: "manage_pages", Title: "Manage your pages", Group: group, Risk: RiskSpeak, Kinds: []AssetKind{KindPage},
		Does:      "An old name for seeing pages, publishing posts and changing settings of the chosen pages.",
		ExpandsTo: []Permission{"pages_show_list", "pages_read_engagement", "pages_manage_posts", "pages_manage_metadata"},
	})

	group = groupCommerce
	add("catalog_management", both, RiskNone, "Manage your catalogs",
		"Adds, changes and removes products in the chosen catalogs.", KindProductCatalog)
	add("commerce_account_read_settings", both, RiskNone, "See your shop's settings",
		"Reads how your shop is set up.")
	add("commerce_account_read_orders", both, RiskNone, "See your shop's orders",
		"Reads orders, with the buyers' names and addresses.")
	add("commerce_account_manage_orders", both, RiskMoney, "Manage your shop's orders",
		"Ships, cancels and refunds orders. Refunds cost you money.")
	add("commerce_account_read_reports", both, RiskNone, "See your shop's finances",
		"Reads payouts, taxes and other financial reports of your shop.")
	add("commerce_manage_accounts", both, RiskMoney, "Manage your shop",
		"Changes your shop's settings, including how it is paid.")

	group = groupInstagram
	add("instagram_basic", both, RiskNone, "See an Instagram account's profile and posts",
		"Reads profile and posts of the chosen Instagram accounts.", KindInstagramAccount)
	add("instagram_content_publish", both, RiskSpeak, "Publish on Instagram",
		"Publishes posts in the name of the chosen Instagram accounts.", KindInstagramAccount)
	add("instagram_manage_comments", both, RiskSpeak, "Answer and moderate Instagram comments",
		"Writes, hides and deletes comments in the name of the chosen Instagram accounts.", KindInstagramAccount)
	add("instagram_manage_insights", both, RiskNone, "See how an Instagram account performs",
		"Reads the statistics of the chosen Instagram accounts.", KindInstagramAccount)
	add("instagram_manage_messages", both, RiskSpeak, "Read and send Instagram messages",
		"Reads conversations of the chosen Instagram accounts and answers people in their name.", KindInstagramAccount)
	add("instagram_shopping_tag_products", both, RiskNone, "Tag products on Instagram",
		"Marks your products in posts of the chosen Instagram accounts.", KindInstagramAccount)

	group = groupWhatsApp
	add("whatsapp_business_management", both, RiskNone, "Manage your WhatsApp account",
		"Changes phone numbers, message templates and settings of the chosen WhatsApp accounts.", KindWhatsAppBusinessAccount)
	add("whatsapp_business_messaging", both, RiskSpeak, "Send and receive WhatsApp messages",
		"Reads messages of the chosen WhatsApp accounts and writes to customers in your name. Messages can cost money.", KindWhatsAppBusinessAccount)

	group = groupOther
	add("manage_fundraisers", both, RiskSpeak, "Manage fundraisers",
		"Creates, changes and ends fundraisers that collect money in your name.")
	add("manage_notifications", systemUser, RiskNone, "Manage notifications",
		"Reads the system user's notifications and marks them as read.")
	add("rsvp_event", systemUser, RiskSpeak, "Answer event invitations",
		"Accepts and declines invitations to events as the system user.")
	return table
}
