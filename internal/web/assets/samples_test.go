package assets

import (
	"testing"

	"github.com/prokura/prokura/internal/web/kit"
	"github.com/prokura/prokura/internal/web/kit/kittest"
)

// TestEveryPage draws at least one sample of every page, and the states that differ
// most.
func TestEveryPage(t *testing.T) {
	kittest.EveryPage(t, Room, samples())
}

func samples() map[string]kit.Page {
	account := kit.AssetHead{ID: "100000000000301", Name: "Nordwind EU", Kind: "ad_account", Title: "Ad account"}
	page := kit.AssetHead{ID: "100000000000311", Name: "Nordwind Outdoor", Kind: "page", Title: "Page"}
	agency := kit.BusinessView{ID: "100000000000201", Name: "Brightline Ads", Verified: true}
	kinds := []KindCount{{"ad_account", "Ad accounts", 2, false}, {"page", "Pages", 100000, true}, {"product_catalog", "Catalogs", 1, false}}
	tasks := []kit.TaskChoice{{Task: "MANAGE", Title: "Manage the account", Checked: false}, {Task: "ADVERTISE", Title: "Run campaigns", Checked: true}, {Task: "ANALYZE", Title: "See reports", Checked: true}}
	words := []string{"Run campaigns", "See reports"}
	adaRow := WorkerRow{ID: "1", Name: "Ada Lindqvist", Email: kittest.Ada.Email, Self: true}
	ben := WorkerRow{ID: "2", Name: "Ben Okafor", Email: "ben@nordwind.example", Tasks: words, Groups: []GroupTasks{{kit.AssetView{ID: "9", Name: "Winter"}, words[:1]}}}
	server := WorkerRow{ID: "100000000000501", Name: "Reporting server", System: true, Tasks: words[1:]}
	byGroup := WorkerRow{ID: "3", Name: "Kim", Email: "kim@nordwind.example", Groups: []GroupTasks{{kit.AssetView{ID: "9", Name: "Winter"}, words}}}
	apps := []AppReach{{"100000000000101", "Brightline Campaigns", []AppWayRow{{"business", "Nordwind Outdoor", false}, {"business", "Brightline Ads", true}, {"person", "Ben Okafor", false}}},
		{"100000000000102", "Brightline Lab", []AppWayRow{{"system_user", "Reporting server", false}}}}
	asset := AssetPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, FullControl: true, Asset: account, Own: true, Owner: kittest.Nordwind, Name: account.Name, Full: []WorkerRow{adaRow, {ID: "7", Name: "Admin server", System: true}}, FullAll: 31,
		Workers: []WorkerRow{ben, server, byGroup}, Later: "3", Apps: apps, Groups: []kit.AssetView{{ID: "9", Name: "Winter"}}, Created: kittest.Day,
		Partners: []AgencyRow{{agency, words, false, kittest.Day}, {kit.BusinessView{ID: "100000000000203", Name: "Brandt Test Kitchen", Verified: false}, words, true, kittest.Day}}}
	wrong := asset
	wrong.Name = ""
	wrong.Problems = []kit.Problem{{Field: "name", Text: "A name of at most 100 characters is needed."}}
	taken := AssetPage{Base: kittest.Base(kittest.Tess), Business: agency, Asset: account, Owner: kittest.Nordwind, Permitted: words, Full: []WorkerRow{{ID: "4", Name: kittest.Tess.Name, Email: kittest.Tess.Email}}, FullAll: 1}
	takenFull := taken
	takenFull.FullControl = true
	claim := &ClaimPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Kinds: kinds, Kind: kinds[1], AssetID: "1", Tasks: tasks}
	claim.Problems = []kit.Problem{{Field: "asset_id", Text: "No asset of this kind has this id."}, {Field: "task", Text: "At least one task is needed."}}
	assign := &AssignPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Asset: account, People: []WorkerRow{adaRow, ben, server}, Tasks: tasks, Sets: []string{"See reports"}, Page: 2, More: true, Query: "e"}
	assign.Problems = []kit.Problem{{Field: "user", Text: "Choose a person or system user."}, {Field: "task", Text: "At least one task is needed."}}
	share := &SharePage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Asset: account, Partner: "12", Tasks: tasks}
	share.Problems = []kit.Problem{{Field: "business_id", Text: "No business has this id."}}
	group := kit.AssetView{ID: "9", Name: "Winter"}
	sets := []string{"Manage the account + Run campaigns + See reports", "See reports"}
	groupKinds := []GroupKind{{kit.KindChoice{Kind: "ad_account", Title: "Ad accounts", Checked: false, Required: false, Tasks: tasks}, sets}, {kit.KindChoice{Kind: "page", Title: "Pages", Checked: false, Required: false, Tasks: []kit.TaskChoice{{Task: "MODERATE", Title: "Answer comments", Checked: true}}}, nil}}
	groupAssign := &GroupAssignPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Group: group, People: []WorkerRow{adaRow, ben}, Kinds: groupKinds, Page: 1}
	groupAssign.Problems = []kit.Problem{{Field: "user", Text: "Choose a person or system user."}, {Field: "kind", Text: "Choose at least one task."}}
	return map[string]kit.Page{
		"assets": &ListPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, FullControl: true, Kinds: kinds, All: 100003, Shared: 4, Later: "/business/1/assets?after=1",
			Assets: []AssetRow{{account, "", 2, 1, 1, 3}, {page, "", 1, 0, 0, 0}}},
		"assets-shared": &ListPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, FullControl: true, Taken: true, Kinds: kinds, All: 100003, Shared: 1,
			Assets: []AssetRow{{kit.AssetHead{ID: "100000000000361", Name: "Test Kitchen", Kind: "ad_account", Title: "Ad account"}, "Brandt Test Kitchen", 1, 0, 0, 1}}},
		"assets-shared-none":  &ListPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Taken: true, Kinds: kinds},
		"assets-found":        &ListPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Query: "Nord", Kind: "page", Kinds: kinds, All: 8, Earlier: "/business/1/assets?before=1", Later: "/business/1/assets?after=1", Assets: []AssetRow{{page, "", 1, 0, 0, 0}}},
		"assets-none":         &ListPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, FullControl: true, Kinds: kinds},
		"assets-none-found":   &ListPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Query: "zz", Kinds: kinds},
		"asset":               &asset,
		"asset-wrong":         &wrong,
		"asset-taken":         &taken,
		"asset-taken-full":    &takenFull,
		"asset-new":           &NewPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Kinds: kinds},
		"asset-claim":         claim,
		"asset-assign":        assign,
		"asset-assign-change": &AssignPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Asset: account, Who: &server, User: server.ID, Tasks: tasks, Page: 1},
		"asset-assign-nobody": &AssignPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Asset: account, Query: "zz", Tasks: tasks, Page: 1},
		"asset-share":         share,
		"asset-share-change":  &SharePage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Asset: account, Known: &agency, Partner: agency.ID, Tasks: tasks},
		"asset-groups":        &GroupsPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, FullControl: true, Groups: []GroupRow{{"9", "Winter", 12, 2}, {"10", "Repairs", 1, 1}}, Later: "10"},
		"asset-groups-none":   &GroupsPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind},
		"asset-group": &GroupPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, FullControl: true, Group: group, Name: group.Name, Assets: []kit.AssetHead{account, page}, Number: 240, Later: "1",
			Workers: []GroupWorkerRow{{ben, []KindTasksRow{{"ad_account", "Ad accounts", words}, {"page", "Pages", []string{"Answer comments"}}}}, {server, []KindTasksRow{{"page", "Pages", words}}}}},
		"asset-group-empty":         &GroupPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Group: group, Name: group.Name},
		"asset-group-add":           &GroupAddPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Group: group, Query: "Nord", Assets: []kit.AssetHead{account, page}, Later: "/business/1/assets?after=1"},
		"asset-group-add-none":      &GroupAddPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Group: group, Query: "zz", First: true},
		"asset-group-assign":        groupAssign,
		"asset-group-assign-change": &GroupAssignPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Group: group, Who: &ben, User: ben.ID, Kinds: groupKinds, Page: 1},
	}
}
