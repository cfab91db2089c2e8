package web

// assetSamples are the pages about assets, asset groups, partners and requests.
func assetSamples() []sample {
	account := AssetHead{"100000000000301", "Nordwind EU", "ad_account", "Ad account"}
	page := AssetHead{"100000000000311", "Nordwind Outdoor", "page", "Page"}
	agency := BusinessView{"100000000000201", "Brightline Ads", true}
	kinds := []KindCount{{"ad_account", "Ad accounts", 2, false}, {"page", "Pages", 100000, true}, {"product_catalog", "Catalogs", 1, false}}
	tasks := []TaskChoice{{"MANAGE", "Manage the account", false}, {"ADVERTISE", "Run campaigns", true}, {"ANALYZE", "See reports", true}}
	words := []string{"Run campaigns", "See reports"}
	adaRow := WorkerRow{ID: "1", Name: "Ada Lindqvist", Email: ada.Email, Self: true}
	ben := WorkerRow{ID: "2", Name: "Ben Okafor", Email: "ben@nordwind.example", Tasks: words, Groups: []GroupTasks{{AssetView{"9", "Winter"}, words[:1]}}}
	server := WorkerRow{ID: "100000000000501", Name: "Reporting server", System: true, Tasks: words[1:]}
	byGroup := WorkerRow{ID: "3", Name: "Kim", Email: "kim@nordwind.example", Groups: []GroupTasks{{AssetView{"9", "Winter"}, words}}}
	apps := []AppReach{{"100000000000101", "Brightline Campaigns", []AppWayRow{{"business", "Nordwind Outdoor", false}, {"business", "Brightline Ads", true}, {"person", "Ben Okafor", false}}},
		{"100000000000102", "Brightline Lab", []AppWayRow{{"system_user", "Reporting server", false}}}}
	asset := BusinessAssetPage{Base: base(ada), Business: nordwind, FullControl: true, Asset: account, Own: true, Owner: nordwind, Name: account.Name, Full: []WorkerRow{adaRow, {ID: "7", Name: "Admin server", System: true}}, FullAll: 31,
		Workers: []WorkerRow{ben, server, byGroup}, Later: "3", Apps: apps, Groups: []AssetView{{"9", "Winter"}}, Created: day,
		Partners: []AgencyRow{{agency, words, false, day}, {BusinessView{"100000000000203", "Brandt Test Kitchen", false}, words, true, day}}}
	wrong := asset
	wrong.Name = ""
	wrong.Problems = []Problem{{"name", "A name of at most 100 characters is needed."}}
	taken := BusinessAssetPage{Base: base(tess), Business: agency, Asset: account, Owner: nordwind, Permitted: words, Full: []WorkerRow{{ID: "4", Name: tess.Name, Email: tess.Email}}, FullAll: 1}
	takenFull := taken
	takenFull.FullControl = true
	claim := &BusinessAssetClaimPage{Base: base(ada), Business: nordwind, Kinds: kinds, Kind: kinds[1], AssetID: "1", Tasks: tasks}
	claim.Problems = []Problem{{"asset_id", "No asset of this kind has this id."}, {"task", "At least one task is needed."}}
	assign := &BusinessAssetAssignPage{Base: base(ada), Business: nordwind, Asset: account, People: []WorkerRow{adaRow, ben, server}, Tasks: tasks, Sets: []string{"See reports"}, Page: 2, More: true, Query: "e"}
	assign.Problems = []Problem{{"user", "Choose a person or system user."}, {"task", "At least one task is needed."}}
	share := &BusinessAssetSharePage{Base: base(ada), Business: nordwind, Asset: account, Partner: "12", Tasks: tasks}
	share.Problems = []Problem{{"business_id", "No business has this id."}}
	confirm := func(what, here string, change func(*BusinessConfirmPage)) *BusinessConfirmPage {
		p := &BusinessConfirmPage{Base: base(ada), Business: nordwind, What: what, Here: here, Action: "/business/1/x", Back: "/business/1", BackName: "Nordwind EU", Name: "Nordwind EU", Partner: "Brightline Ads",
			Fields: []HiddenField{{"business_id", "1"}}, Assets: 3}
		if change != nil {
			change(p)
		}
		return p
	}
	group := AssetView{"9", "Winter"}
	sets := []string{"Manage the account + Run campaigns + See reports", "See reports"}
	groupKinds := []GroupKind{{KindChoice{"ad_account", "Ad accounts", false, false, tasks}, sets}, {KindChoice{"page", "Pages", false, false, []TaskChoice{{"MODERATE", "Answer comments", true}}}, nil}}
	groupAssign := &AssetGroupAssignPage{Base: base(ada), Business: nordwind, Group: group, People: []WorkerRow{adaRow, ben}, Kinds: groupKinds, Page: 1}
	groupAssign.Problems = []Problem{{"user", "Choose a person or system user."}, {"kind", "Choose at least one task."}}
	request := func(kind string, other BusinessView, head AssetHead, app string) RequestRow {
		return RequestRow{ID: "5" + kind, Kind: kind, Asset: head, App: app, Other: other, Created: day, Expires: day.AddDate(0, 0, 30)}
	}
	use := request("use_asset", agency, page, "")
	use.Tasks = words
	useOut := request("use_asset", BusinessView{}, AssetHead{ID: "100000000000361", Kind: "ad_account", Title: "Ad account"}, "")
	useOut.Tasks = words
	return []sample{
		{"assets", &BusinessAssetsPage{Base: base(ada), Business: nordwind, FullControl: true, Kinds: kinds, All: 100003, Shared: 4, Later: "/business/1/assets?after=1",
			Assets: []AssetRow{{account, "", 2, 1, 1, 3}, {page, "", 1, 0, 0, 0}}}},
		{"assets-shared", &BusinessAssetsPage{Base: base(ada), Business: nordwind, FullControl: true, Taken: true, Kinds: kinds, All: 100003, Shared: 1,
			Assets: []AssetRow{{AssetHead{"100000000000361", "Test Kitchen", "ad_account", "Ad account"}, "Brandt Test Kitchen", 1, 0, 0, 1}}}},
		{"assets-shared-none", &BusinessAssetsPage{Base: base(ada), Business: nordwind, Taken: true, Kinds: kinds}},
		{"assets-found", &BusinessAssetsPage{Base: base(ada), Business: nordwind, Query: "Nord", Kind: "page", Kinds: kinds, All: 8, Earlier: "/business/1/assets?before=1", Later: "/business/1/assets?after=1", Assets: []AssetRow{{page, "", 1, 0, 0, 0}}}},
		{"assets-none", &BusinessAssetsPage{Base: base(ada), Business: nordwind, FullControl: true, Kinds: kinds}},
		{"assets-none-found", &BusinessAssetsPage{Base: base(ada), Business: nordwind, Query: "zz", Kinds: kinds}},
		{"asset", &asset},
		{"asset-wrong", &wrong},
		{"asset-taken", &taken},
		{"asset-taken-full", &takenFull},
		{"asset-new", &BusinessAssetNewPage{Base: base(ada), Business: nordwind, Kinds: kinds}},
		{"asset-claim", claim},
		{"asset-assign", assign},
		{"asset-assign-change", &BusinessAssetAssignPage{Base: base(ada), Business: nordwind, Asset: account, Who: &server, User: server.ID, Tasks: tasks, Page: 1}},
		{"asset-assign-nobody", &BusinessAssetAssignPage{Base: base(ada), Business: nordwind, Asset: account, Query: "zz", Tasks: tasks, Page: 1}},
		{"asset-share", share},
		{"asset-share-change", &BusinessAssetSharePage{Base: base(ada), Business: nordwind, Asset: account, Known: &agency, Partner: agency.ID, Tasks: tasks}},
		{"asset-delete", confirm("delete", "assets", nil)},
		{"asset-release", confirm("release", "assets", nil)},
		{"asset-unshare", confirm("unshare", "assets", nil)},
		{"asset-group-delete", confirm("group", "asset-groups", nil)},
		{"partner-end", confirm("agency", "partners", nil)},
		{"partner-end-client", confirm("client", "partners", nil)},
		{"asset-groups", &AssetGroupsPage{Base: base(ada), Business: nordwind, FullControl: true, Groups: []AssetGroupRow{{"9", "Winter", 12, 2}, {"10", "Repairs", 1, 1}}, Later: "10"}},
		{"asset-groups-none", &AssetGroupsPage{Base: base(ada), Business: nordwind}},
		{"asset-group", &AssetGroupPage{Base: base(ada), Business: nordwind, FullControl: true, Group: group, Name: group.Name, Assets: []AssetHead{account, page}, Number: 240, Later: "1",
			Workers: []GroupWorkerRow{{ben, []KindTasksRow{{"ad_account", "Ad accounts", words}, {"page", "Pages", []string{"Answer comments"}}}}, {server, []KindTasksRow{{"page", "Pages", words}}}}}},
		{"asset-group-empty", &AssetGroupPage{Base: base(ada), Business: nordwind, Group: group, Name: group.Name}},
		{"asset-group-add", &AssetGroupAddPage{Base: base(ada), Business: nordwind, Group: group, Query: "Nord", Assets: []AssetHead{account, page}, Later: "/business/1/assets?after=1"}},
		{"asset-group-add-none", &AssetGroupAddPage{Base: base(ada), Business: nordwind, Group: group, Query: "zz", First: true}},
		{"asset-group-assign", groupAssign},
		{"asset-group-assign-change", &AssetGroupAssignPage{Base: base(ada), Business: nordwind, Group: group, Who: &ben, User: ben.ID, Kinds: groupKinds, Page: 1}},
		{"partners", &PartnersPage{Base: base(ada), Business: nordwind, FullControl: true, Agencies: []PartnerRow{{agency, 3}}, AgenciesAll: 51, AgencyLater: "1",
			Clients: []PartnerRow{{BusinessView{"100000000000203", "Brandt Test Kitchen", false}, 1}}, ClientsAll: 1}},
		{"partners-none", &PartnersPage{Base: base(ada), Business: nordwind}},
		{"partner", &PartnerPage{Base: base(ada), Business: nordwind, FullControl: true, Partner: agency, Given: []SharedRow{{account, words}, {page, words[:1]}}, Taken: []SharedRow{{page, words}}, GivenAll: 320, TakenAll: 1}},
		{"requests", &RequestsPage{Base: base(ada), Business: nordwind, FullControl: true,
			Incoming: []RequestRow{request("own_asset", agency, account, ""), use, request("offer_app", agency, AssetHead{}, "Brightline Campaigns"), request("give_app", agency, AssetHead{}, "Brightline Lab")},
			Outgoing: []RequestRow{request("own_asset", BusinessView{}, AssetHead{ID: "100000000000362", Kind: "page", Title: "Page"}, ""), useOut, request("use_app", agency, AssetHead{}, "Brightline Campaigns"), request("own_app", agency, AssetHead{}, "Brightline Lab")}}},
		{"requests-none", &RequestsPage{Base: base(ada), Business: nordwind, FullControl: true}},
		{"requests-employee", &RequestsPage{Base: base(ada), Business: nordwind}},
	}
}
