package web

import (
	"testing"
)

// TestEveryPage draws at least one sample of every page, and the states that differ
// most.
func TestEveryPageOfAssets(t *testing.T) {
	EveryPage(t, AssetsRoom, assetsSamples())
}

func assetsSamples() map[string]Page {
	account := AssetHead{"100000000000301", "Nordwind EU", "ad_account", "Ad account"}
	page := AssetHead{"100000000000311", "Nordwind Outdoor", "page", "Page"}
	agency := BusinessView{"100000000000201", "Brightline Ads", true}
	kinds := []KindCount{{"ad_account", "Ad accounts", 2, false}, {"page", "Pages", 100000, true}, {"product_catalog", "Catalogs", 1, false}}
	tasks := []TaskChoice{{"MANAGE", "Manage the account", false}, {"ADVERTISE", "Run campaigns", true}, {"ANALYZE", "See reports", true}}
	words := []string{"Run campaigns", "See reports"}
	adaRow := WorkerRow{ID: "1", Name: "Ada Lindqvist", Email: Ada.Email, Self: true}
	ben := WorkerRow{ID: "2", Name: "Ben Okafor", Email: "ben@nordwind.example", Tasks: words, Groups: []GroupTasks{{AssetView{"9", "Winter"}, words[:1]}}}
	server := WorkerRow{ID: "100000000000501", Name: "Reporting server", System: true, Tasks: words[1:]}
	byGroup := WorkerRow{ID: "3", Name: "Kim", Email: "kim@nordwind.example", Groups: []GroupTasks{{AssetView{"9", "Winter"}, words}}}
	apps := []AppReach{{"100000000000101", "Brightline Campaigns", []AppWayRow{{"business", "Nordwind Outdoor", false}, {"business", "Brightline Ads", true}, {"person", "Ben Okafor", false}}},
		{"100000000000102", "Brightline Lab", []AppWayRow{{"system_user", "Reporting server", false}}}}
	asset := BusinessAssetPage{Base: BaseOf(Ada), Business: Nordwind, FullControl: true, Asset: account, Own: true, Owner: Nordwind, Name: account.Name, Full: []WorkerRow{adaRow, {ID: "7", Name: "Admin server", System: true}}, FullAll: 31,
		Workers: []WorkerRow{ben, server, byGroup}, Later: "3", Apps: apps, Groups: []AssetView{{"9", "Winter"}}, Created: Day,
		Partners: []AgencyRow{{agency, words, false, Day}, {BusinessView{"100000000000203", "Brandt Test Kitchen", false}, words, true, Day}}}
	wrong := asset
	wrong.Name = ""
	wrong.Problems = []Problem{{"name", "A name of at most 100 characters is needed."}}
	taken := BusinessAssetPage{Base: BaseOf(Tess), Business: agency, Asset: account, Owner: Nordwind, Permitted: words, Full: []WorkerRow{{ID: "4", Name: Tess.Name, Email: Tess.Email}}, FullAll: 1}
	takenFull := taken
	takenFull.FullControl = true
	claim := &BusinessAssetClaimPage{Base: BaseOf(Ada), Business: Nordwind, Kinds: kinds, Kind: kinds[1], AssetID: "1", Tasks: tasks}
	claim.Problems = []Problem{{"asset_id", "No asset of this kind has this id."}, {"task", "At least one task is needed."}}
	assign := &BusinessAssetAssignPage{Base: BaseOf(Ada), Business: Nordwind, Asset: account, People: []WorkerRow{adaRow, ben, server}, Tasks: tasks, Sets: []string{"See reports"}, Page: 2, More: true, Query: "e"}
	assign.Problems = []Problem{{"user", "Choose a person or system user."}, {"task", "At least one task is needed."}}
	share := &BusinessAssetSharePage{Base: BaseOf(Ada), Business: Nordwind, Asset: account, Partner: "12", Tasks: tasks}
	share.Problems = []Problem{{"business_id", "No business has this id."}}
	group := AssetView{"9", "Winter"}
	sets := []string{"Manage the account + Run campaigns + See reports", "See reports"}
	groupKinds := []GroupKind{{KindChoice{"ad_account", "Ad accounts", false, false, tasks}, sets}, {KindChoice{"page", "Pages", false, false, []TaskChoice{{"MODERATE", "Answer comments", true}}}, nil}}
	groupAssign := &AssetGroupAssignPage{Base: BaseOf(Ada), Business: Nordwind, Group: group, People: []WorkerRow{adaRow, ben}, Kinds: groupKinds, Page: 1}
	groupAssign.Problems = []Problem{{"user", "Choose a person or system user."}, {"kind", "Choose at least one task."}}
	return map[string]Page{
		"assets": &BusinessAssetsPage{Base: BaseOf(Ada), Business: Nordwind, FullControl: true, Kinds: kinds, All: 100003, Shared: 4, Later: "/business/1/assets?after=1",
			Assets: []AssetRow{{account, "", 2, 1, 1, 3}, {page, "", 1, 0, 0, 0}}},
		"assets-shared": &BusinessAssetsPage{Base: BaseOf(Ada), Business: Nordwind, FullControl: true, Taken: true, Kinds: kinds, All: 100003, Shared: 1,
			Assets: []AssetRow{{AssetHead{"100000000000361", "Test Kitchen", "ad_account", "Ad account"}, "Brandt Test Kitchen", 1, 0, 0, 1}}},
		"assets-shared-none":  &BusinessAssetsPage{Base: BaseOf(Ada), Business: Nordwind, Taken: true, Kinds: kinds},
		"assets-found":        &BusinessAssetsPage{Base: BaseOf(Ada), Business: Nordwind, Query: "Nord", Kind: "page", Kinds: kinds, All: 8, Earlier: "/business/1/assets?before=1", Later: "/business/1/assets?after=1", Assets: []AssetRow{{page, "", 1, 0, 0, 0}}},
		"assets-none":         &BusinessAssetsPage{Base: BaseOf(Ada), Business: Nordwind, FullControl: true, Kinds: kinds},
		"assets-none-found":   &BusinessAssetsPage{Base: BaseOf(Ada), Business: Nordwind, Query: "zz", Kinds: kinds},
		"asset":               &asset,
		"asset-wrong":         &wrong,
		"asset-taken":         &taken,
		"asset-taken-full":    &takenFull,
		"asset-new":           &BusinessAssetNewPage{Base: BaseOf(Ada), Business: Nordwind, Kinds: kinds},
		"asset-claim":         claim,
		"asset-assign":        assign,
		"asset-assign-change": &BusinessAssetAssignPage{Base: BaseOf(Ada), Business: Nordwind, Asset: account, Who: &server, User: server.ID, Tasks: tasks, Page: 1},
		"asset-assign-nobody": &BusinessAssetAssignPage{Base: BaseOf(Ada), Business: Nordwind, Asset: account, Query: "zz", Tasks: tasks, Page: 1},
		"asset-share":         share,
		"asset-share-change":  &BusinessAssetSharePage{Base: BaseOf(Ada), Business: Nordwind, Asset: account, Known: &agency, Partner: agency.ID, Tasks: tasks},
		"asset-groups":        &AssetGroupsPage{Base: BaseOf(Ada), Business: Nordwind, FullControl: true, Groups: []AssetGroupRow{{"9", "Winter", 12, 2}, {"10", "Repairs", 1, 1}}, Later: "10"},
		"asset-groups-none":   &AssetGroupsPage{Base: BaseOf(Ada), Business: Nordwind},
		"asset-group": &AssetGroupPage{Base: BaseOf(Ada), Business: Nordwind, FullControl: true, Group: group, Name: group.Name, Assets: []AssetHead{account, page}, Number: 240, Later: "1",
			Workers: []GroupWorkerRow{{ben, []KindTasksRow{{"ad_account", "Ad accounts", words}, {"page", "Pages", []string{"Answer comments"}}}}, {server, []KindTasksRow{{"page", "Pages", words}}}}},
		"asset-group-empty":         &AssetGroupPage{Base: BaseOf(Ada), Business: Nordwind, Group: group, Name: group.Name},
		"asset-group-add":           &AssetGroupAddPage{Base: BaseOf(Ada), Business: Nordwind, Group: group, Query: "Nord", Assets: []AssetHead{account, page}, Later: "/business/1/assets?after=1"},
		"asset-group-add-none":      &AssetGroupAddPage{Base: BaseOf(Ada), Business: Nordwind, Group: group, Query: "zz", First: true},
		"asset-group-assign":        groupAssign,
		"asset-group-assign-change": &AssetGroupAssignPage{Base: BaseOf(Ada), Business: Nordwind, Group: group, Who: &ben, User: ben.ID, Kinds: groupKinds, Page: 1},
	}
}
