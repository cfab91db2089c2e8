package assets

import (
	"testing"

	"github.com/prokura/prokura/internal/web/kit"
	"github.com/prokura/prokura/internal/web/kit/kittest"
)

// TestEveryPage draws at least one sample of every page, and the states that differ
// most.
func TestEveryPageOfAssets(t *testing.T) {
	kittest.EveryPage(t, AssetsRoom, assetsSamples())
}

func assetsSamples() map[string]kit.Page {
	account := kit.AssetHead{"100000000000301", "Nordwind EU", "ad_account", "Ad account"}
	page := kit.AssetHead{"100000000000311", "Nordwind Outdoor", "page", "Page"}
	agency := kit.BusinessView{"100000000000201", "Brightline Ads", true}
	kinds := []KindCount{{"ad_account", "Ad accounts", 2, false}, {"page", "Pages", 100000, true}, {"product_catalog", "Catalogs", 1, false}}
	tasks := []kit.TaskChoice{{"MANAGE", "Manage the account", false}, {"ADVERTISE", "Run campaigns", true}, {"ANALYZE", "See reports", true}}
	words := []string{"Run campaigns", "See reports"}
	adaRow := WorkerRow{ID: "1", Name: "Ada Lindqvist", Email: kittest.Ada.Email, Self: true}
	ben := WorkerRow{ID: "2", Name: "Ben Okafor", Email: "ben@nordwind.example", Tasks: words, Groups: []GroupTasks{{kit.AssetView{"9", "Winter"}, words[:1]}}}
	server := WorkerRow{ID: "100000000000501", Name: "Reporting server", System: true, Tasks: words[1:]}
	byGroup := WorkerRow{ID: "3", Name: "Kim", Email: "kim@nordwind.example", Groups: []GroupTasks{{kit.AssetView{"9", "Winter"}, words}}}
	apps := []AppReach{{"100000000000101", "Brightline Campaigns", []AppWayRow{{"business", "Nordwind Outdoor", false}, {"business", "Brightline Ads", true}, {"person", "Ben Okafor", false}}},
		{"100000000000102", "Brightline Lab", []AppWayRow{{"system_user", "Reporting server", false}}}}
	asset := BusinessAssetPage{Base: kittest.BaseOf(kittest.Ada), Business: kittest.Nordwind, FullControl: true, Asset: account, Own: true, Owner: kittest.Nordwind, Name: account.Name, Full: []WorkerRow{adaRow, {ID: "7", Name: "Admin server", System: true}}, FullAll: 31,
		Workers: []WorkerRow{ben, server, byGroup}, Later: "3", Apps: apps, Groups: []kit.AssetView{{"9", "Winter"}}, Created: kittest.Day,
		Partners: []AgencyRow{{agency, words, false, kittest.Day}, {kit.BusinessView{"100000000000203", "Brandt Test Kitchen", false}, words, true, kittest.Day}}}
	wrong := asset
	wrong.Name = ""
	wrong.Problems = []kit.Problem{{"name", "A name of at most 100 characters is needed."}}
	taken := BusinessAssetPage{Base: kittest.BaseOf(kittest.Tess), Business: agency, Asset: account, Owner: kittest.Nordwind, Permitted: words, Full: []WorkerRow{{ID: "4", Name: kittest.Tess.Name, Email: kittest.Tess.Email}}, FullAll: 1}
	takenFull := taken
	takenFull.FullControl = true
	claim := &BusinessAssetClaimPage{Base: kittest.BaseOf(kittest.Ada), Business: kittest.Nordwind, Kinds: kinds, Kind: kinds[1], AssetID: "1", Tasks: tasks}
	claim.Problems = []kit.Problem{{"asset_id", "No asset of this kind has this id."}, {"task", "At least one task is needed."}}
	assign := &BusinessAssetAssignPage{Base: kittest.BaseOf(kittest.Ada), Business: kittest.Nordwind, Asset: account, People: []WorkerRow{adaRow, ben, server}, Tasks: tasks, Sets: []string{"See reports"}, Page: 2, More: true, Query: "e"}
	assign.Problems = []kit.Problem{{"user", "Choose a person or system user."}, {"task", "At least one task is needed."}}
	share := &BusinessAssetSharePage{Base: kittest.BaseOf(kittest.Ada), Business: kittest.Nordwind, Asset: account, Partner: "12", Tasks: tasks}
	share.Problems = []kit.Problem{{"business_id", "No business has this id."}}
	group := kit.AssetView{"9", "Winter"}
	sets := []string{"Manage the account + Run campaigns + See reports", "See reports"}
	groupKinds := []GroupKind{{kit.KindChoice{"ad_account", "Ad accounts", false, false, tasks}, sets}, {kit.KindChoice{"page", "Pages", false, false, []kit.TaskChoice{{"MODERATE", "Answer comments", true}}}, nil}}
	groupAssign := &AssetGroupAssignPage{Base: kittest.BaseOf(kittest.Ada), Business: kittest.Nordwind, Group: group, People: []WorkerRow{adaRow, ben}, Kinds: groupKinds, Page: 1}
	groupAssign.Problems = []kit.Problem{{"user", "Choose a person or system user."}, {"kind", "Choose at least one task."}}
	return map[string]kit.Page{
		"assets": &BusinessAssetsPage{Base: kittest.BaseOf(kittest.Ada), Business: kittest.Nordwind, FullControl: true, Kinds: kinds, All: 100003, Shared: 4, Later: "/business/1/assets?after=1",
			Assets: []AssetRow{{account, "", 2, 1, 1, 3}, {page, "", 1, 0, 0, 0}}},
		"assets-shared": &BusinessAssetsPage{Base: kittest.BaseOf(kittest.Ada), Business: kittest.Nordwind, FullControl: true, Taken: true, Kinds: kinds, All: 100003, Shared: 1,
			Assets: []AssetRow{{kit.AssetHead{"100000000000361", "Test Kitchen", "ad_account", "Ad account"}, "Brandt Test Kitchen", 1, 0, 0, 1}}},
		"assets-shared-none":  &BusinessAssetsPage{Base: kittest.BaseOf(kittest.Ada), Business: kittest.Nordwind, Taken: true, Kinds: kinds},
		"assets-found":        &BusinessAssetsPage{Base: kittest.BaseOf(kittest.Ada), Business: kittest.Nordwind, Query: "Nord", Kind: "page", Kinds: kinds, All: 8, Earlier: "/business/1/assets?before=1", Later: "/business/1/assets?after=1", Assets: []AssetRow{{page, "", 1, 0, 0, 0}}},
		"assets-none":         &BusinessAssetsPage{Base: kittest.BaseOf(kittest.Ada), Business: kittest.Nordwind, FullControl: true, Kinds: kinds},
		"assets-none-found":   &BusinessAssetsPage{Base: kittest.BaseOf(kittest.Ada), Business: kittest.Nordwind, Query: "zz", Kinds: kinds},
		"asset":               &asset,
		"asset-wrong":         &wrong,
		"asset-taken":         &taken,
		"asset-taken-full":    &takenFull,
		"asset-new":           &BusinessAssetNewPage{Base: kittest.BaseOf(kittest.Ada), Business: kittest.Nordwind, Kinds: kinds},
		"asset-claim":         claim,
		"asset-assign":        assign,
		"asset-assign-change": &BusinessAssetAssignPage{Base: kittest.BaseOf(kittest.Ada), Business: kittest.Nordwind, Asset: account, Who: &server, User: server.ID, Tasks: tasks, Page: 1},
		"asset-assign-nobody": &BusinessAssetAssignPage{Base: kittest.BaseOf(kittest.Ada), Business: kittest.Nordwind, Asset: account, Query: "zz", Tasks: tasks, Page: 1},
		"asset-share":         share,
		"asset-share-change":  &BusinessAssetSharePage{Base: kittest.BaseOf(kittest.Ada), Business: kittest.Nordwind, Asset: account, Known: &agency, Partner: agency.ID, Tasks: tasks},
		"asset-groups":        &AssetGroupsPage{Base: kittest.BaseOf(kittest.Ada), Business: kittest.Nordwind, FullControl: true, Groups: []AssetGroupRow{{"9", "Winter", 12, 2}, {"10", "Repairs", 1, 1}}, Later: "10"},
		"asset-groups-none":   &AssetGroupsPage{Base: kittest.BaseOf(kittest.Ada), Business: kittest.Nordwind},
		"asset-group": &AssetGroupPage{Base: kittest.BaseOf(kittest.Ada), Business: kittest.Nordwind, FullControl: true, Group: group, Name: group.Name, Assets: []kit.AssetHead{account, page}, Number: 240, Later: "1",
			Workers: []GroupWorkerRow{{ben, []KindTasksRow{{"ad_account", "Ad accounts", words}, {"page", "Pages", []string{"Answer comments"}}}}, {server, []KindTasksRow{{"page", "Pages", words}}}}},
		"asset-group-empty":         &AssetGroupPage{Base: kittest.BaseOf(kittest.Ada), Business: kittest.Nordwind, Group: group, Name: group.Name},
		"asset-group-add":           &AssetGroupAddPage{Base: kittest.BaseOf(kittest.Ada), Business: kittest.Nordwind, Group: group, Query: "Nord", Assets: []kit.AssetHead{account, page}, Later: "/business/1/assets?after=1"},
		"asset-group-add-none":      &AssetGroupAddPage{Base: kittest.BaseOf(kittest.Ada), Business: kittest.Nordwind, Group: group, Query: "zz", First: true},
		"asset-group-assign":        groupAssign,
		"asset-group-assign-change": &AssetGroupAssignPage{Base: kittest.BaseOf(kittest.Ada), Business: kittest.Nordwind, Group: group, Who: &ben, User: ben.ID, Kinds: groupKinds, Page: 1},
	}
}
