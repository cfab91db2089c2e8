package assets

import (
	"time"

	"github.com/prokura/prokura/internal/web/kit"
)

// ListPage answers GET /business/{id}/assets, with q to search, kind
// to filter, whose=shared for what others share, after and before to page.
type ListPage struct {
	kit.Base
	Business    kit.BusinessView
	FullControl bool // of the person who looks
	Query       string
	Kind        string
	Taken       bool // what others share, instead of the business's own
	Kinds       []KindCount
	All         int // that the business owns
	Shared      int // with it
	Assets      []AssetRow
	Earlier     string // address of the page before; "": there is none
	Later       string
}

func (*ListPage) TemplateName() string { return "assets/list" }

// Filtered reports whether the list shows less than everything.
func (p *ListPage) Filtered() bool { return p.Query != "" || p.Kind != "" }

// KindCount is a kind of asset with how many a business owns.
type KindCount struct {
	Kind    string
	Title   string // plural
	Number  int
	Current bool
}

// AssetRow is one asset of the list with how many reach it.
type AssetRow struct {
	kit.AssetHead
	Owner       string // of one that is shared with the business
	People      int
	SystemUsers int
	Partners    int
	Apps        int
}

// AssetPage answers GET /business/{id}/assets/{asset}, with after to
// page through its people, and POST …/rename with the field name.
type AssetPage struct {
	kit.Base
	Business    kit.BusinessView
	FullControl bool
	Asset       kit.AssetHead
	Own         bool
	Owner       kit.BusinessView
	Name        string   // as typed
	Permitted   []string // what the business may do on it, when it is not its own
	Full        []WorkerRow
	FullAll     int
	Workers     []WorkerRow
	Later       string // id that the next page of Workers starts behind
	Partners    []AgencyRow
	Apps        []AppReach
	Groups      []kit.AssetView
	Created     time.Time
}

func (*AssetPage) TemplateName() string { return "assets/asset" }

// FullRest is how many with full control are not named.
func (p *AssetPage) FullRest() int { return p.FullAll - len(p.Full) }

// WorkerRow is a person or system user with what they may do.
type WorkerRow struct {
	ID     string // the place in the business, or the system user
	Name   string
	Email  string // of a person
	System bool
	Self   bool
	Tasks  []string // that were given by name, in plain words
	Groups []GroupTasks
}

// GroupTasks is what an asset group gives.
type GroupTasks struct {
	Group kit.AssetView
	Tasks []string
}

// AgencyRow is a business that an asset is shared with, or that asks for it.
type AgencyRow struct {
	kit.BusinessView
	Tasks   []string
	Pending bool
	Since   time.Time
}

// AppReach is an app that comes to an asset.
type AppReach struct {
	ID   string
	Name string
	Ways []AppWayRow
}

// AppWayRow is one way of an app to an asset.
type AppWayRow struct {
	By      string // registry.ByBusiness, BySystemUser, ByPerson
	Name    string // of the business, system user or person
	Partner bool   // a business, but not the one that looks
}

// NewPage answers GET and POST /business/{id}/assets/new. Fields:
// kind, name, currency (of ad accounts).
type NewPage struct {
	kit.Base
	Business kit.BusinessView
	Kinds    []KindCount
	Name     string
	Currency string
}

func (*NewPage) TemplateName() string { return "assets/new" }

// ClaimPage answers GET and POST /business/{id}/assets/claim. GET
// takes the kind as a parameter. Fields: kind, asset_id, as (use, own), task.
type ClaimPage struct {
	kit.Base
	Business kit.BusinessView
	Kinds    []KindCount
	Kind     KindCount
	AssetID  string
	Own      bool
	Tasks    []kit.TaskChoice
	Sets     []string // of tasks that go together; none: any
}

func (*ClaimPage) TemplateName() string { return "assets/claim" }

// AssignPage answers GET and POST
// /business/{id}/assets/{asset}/assign. GET takes q and page to find somebody,
// or user, whose tasks are to be changed. Fields: user, task.
type AssignPage struct {
	kit.Base
	Business kit.BusinessView
	Asset    kit.AssetHead
	Query    string
	People   []WorkerRow
	User     string
	Who      *WorkerRow // whose tasks are changed; nil: somebody is chosen
	Tasks    []kit.TaskChoice
	Sets     []string // of tasks that go together; none: any
	Page     int
	More     bool
}

func (*AssignPage) TemplateName() string { return "assets/assign" }

// Before and After are the neighbouring pages, 0 where there is none.
func (p *AssignPage) Before() int { return p.Page - 1 }

// After is the following page.
func (p *AssignPage) After() int {
	if !p.More {
		return 0
	}
	return p.Page + 1
}

// SharePage answers GET and POST
// /business/{id}/assets/{asset}/share. GET takes partner, whose tasks are to be
// changed. Fields: business_id, task.
type SharePage struct {
	kit.Base
	Business kit.BusinessView
	Asset    kit.AssetHead
	Partner  string            // id, as typed
	Known    *kit.BusinessView // whose tasks are changed; nil: a business is named
	Tasks    []kit.TaskChoice
	Sets     []string // of tasks that go together; none: any
}

func (*SharePage) TemplateName() string { return "assets/share" }

// GroupsPage answers GET and POST /business/{id}/asset-groups. Field: name.
type GroupsPage struct {
	kit.Base
	Business    kit.BusinessView
	FullControl bool
	Name        string
	Groups      []GroupRow
	Later       string
}

func (*GroupsPage) TemplateName() string { return "assets/groups" }

// GroupRow is one asset group of the list.
type GroupRow struct {
	ID      string
	Name    string
	Assets  int
	Workers int
}

// GroupPage answers GET /business/{id}/asset-groups/{group}, and POST
// …/rename with the field name.
type GroupPage struct {
	kit.Base
	Business    kit.BusinessView
	FullControl bool
	Group       kit.AssetView
	Name        string
	Assets      []kit.AssetHead
	Later       string
	Number      int // of all assets
	Workers     []GroupWorkerRow
}

func (*GroupPage) TemplateName() string { return "assets/group" }

// GroupWorkerRow is a person or system user with tasks on a group, by kind.
type GroupWorkerRow struct {
	WorkerRow
	Kinds []KindTasksRow
}

// KindTasksRow is what somebody may do on one kind of asset.
type KindTasksRow struct {
	Kind  string
	Title string
	Tasks []string
}

// Icon names the drawing of the kind.
func (k KindTasksRow) Icon() string { return kit.KindIcon(k.Kind) }

// GroupAddPage answers GET and POST
// /business/{id}/asset-groups/{group}/assets. GET takes q and whose. Field: asset, as
// often as there are assets to put in.
type GroupAddPage struct {
	kit.Base
	Business kit.BusinessView
	Group    kit.AssetView
	Query    string
	Taken    bool // what others share, instead of the business's own
	Assets   []kit.AssetHead
	Later    string // address of the next page
	First    bool
}

func (*GroupAddPage) TemplateName() string { return "assets/group_add" }

// GroupAssignPage answers GET and POST
// /business/{id}/asset-groups/{group}/assign, like BusinessAssetAssignPage.
// Fields: user, and of each kind its tasks.
type GroupAssignPage struct {
	kit.Base
	Business kit.BusinessView
	Group    kit.AssetView
	Query    string
	People   []WorkerRow
	User     string
	Who      *WorkerRow
	Kinds    []GroupKind
	Page     int
	More     bool
}

// GroupKind is one kind of asset with the tasks that a group may give on it.
type GroupKind struct {
	kit.KindChoice
	Sets []string // of tasks that go together; none: any
}

func (*GroupAssignPage) TemplateName() string { return "assets/group_assign" }

// Before and After are the neighbouring pages, 0 where there is none.
func (p *GroupAssignPage) Before() int { return p.Page - 1 }

// After is the following page.
func (p *GroupAssignPage) After() int {
	if !p.More {
		return 0
	}
	return p.Page + 1
}
