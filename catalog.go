package prokura

import (
	"fmt"
	"slices"
)

// Permission is a named right such as ads_read.
type Permission string

// Task is what a person or system user may do on an asset, such as ADVERTISE.
type Task string

// AssetKind names a kind of asset of the catalog, such as ad_account.
type AssetKind string

// Risk tells the dialog which permissions deserve a warning.
type Risk string

// Risks shown at consent (T11).
const (
	RiskNone   Risk = ""
	RiskMoney  Risk = "money"  // can spend money
	RiskPeople Risk = "people" // can change who has access
	RiskSpeak  Risk = "speak"  // can speak in the business's name
)

// PermissionInfo is one row of the permission table.
type PermissionInfo struct {
	Name        Permission
	Title       string       // a few plain words: "Manage ads"
	Does        string       // one sentence for the review page
	Group       string       // product heading on pages
	User        bool         // available to user tokens of Login for Business (R-LOGIN-02)
	Integration bool         // available to business-integration system-user tokens (R-LOGIN-02)
	SystemUser  bool         // available to a business's own system users (R-SU-04)
	Automatic   bool         // granted without asking by configurations of user tokens (email, public_profile)
	Basic       bool         // part of every login of a person, which cannot be declined (public_profile)
	Kinds       []AssetKind  // asset kinds it is granular for; none: not granular
	Risk        Risk         //
	Verified    bool         // advanced access is for apps of verified businesses alone (R-REVIEW-02)
	ExpandsTo   []Permission // an old name that stands for these (R-PERM-01)
}

// Supported reports whether Login for Business offers the permission at all.
func (p PermissionInfo) Supported() bool { return p.User || p.Integration }

// TaskInfo is one task of an asset kind, with plain words for pages.
type TaskInfo struct {
	Task  Task
	Title string
	By    []Permission // each lets an app do it; a task opens nothing without one
}

// AssetKindInfo is one row of the asset kinds.
type AssetKindInfo struct {
	Kind     AssetKind
	Title    string // "Ad account"
	Plural   string // "Ad accounts"
	Node     string // type name on the wire: "AdAccount"
	Prefix   string // of the node id: "act_" or none
	Owned    string // business edge of what it owns; POST claims
	Client   string // business edge of what is shared with it; POST asks for a share
	Assigned string // edge of a person or system user
	Tasks    []TaskInfo
	TaskSets [][]Task // valid combinations; none: any subset of Tasks

	Param         string // parameter that names an asset of the kind: "adaccount_id"
	PendingOwned  string // business edge of its open claims
	PendingClient string // business edge of its open requests for a share
	Pending       string // the asset in an item of these: "ad_account"
	Remove        string // business edge whose DELETE gives a shared one back
	Create        string // business edge whose POST makes one; none: on pages only
	Deletable     bool   // DELETE of the node ends it; others are deleted on pages only
	Contained     string // edge of an asset group
	GroupTasks    string // parameter with the kind's tasks at an asset group's assigned_users
}

// Template is a preset login configuration (R-LOGIN-01).
type Template struct {
	Key           string
	Name          string
	About         string
	Variation     string
	TokenType     TokenType
	ExpiresInDays int // 0: never
	Assets        []ConfigurationAsset
	Permissions   []Permission
}

// LevelInfo is one row of the Marketing API levels (R-LEVEL-01 … -03, R-SU-02).
type LevelInfo struct {
	Level            Level
	Title            string
	AccountList      int // ad accounts the app may touch; 0: unlimited
	SystemUsers      int
	AdminSystemUsers int
	Criteria         Criteria // to be given it (R-LEVEL-02)
	Questions        []Question
	Expected         ReviewTime // of a decision about it
}

// Catalog is everything that a platform may define for itself: permissions,
// asset kinds with tasks, templates, levels, rate limits. It is immutable once checked.
type Catalog struct {
	Permissions []PermissionInfo
	Kinds       []AssetKindInfo
	Templates   []Template
	UseCases    []UseCase
	Levels      []LevelInfo
	Rates       []RateRules // sets of rate limits, of which one is chosen
	Features    []string
	StaffFactor bool // platform staff need a second factor; off in worlds for development
	Products    []string
	Reviews     Reviews
	Resources   []ResourceType // declared types of data

	Specialities []Speciality // of partners (R-REVIEW-05)

	permission map[Permission]int
	kind       map[AssetKind]int
	resource   map[ResourceKind]int
}

// Index checks the catalog and prepares its look-ups. It must be called once
// before use; it fails on duplicate or dangling names.
func (c *Catalog) Index() error {
	if len(c.Permissions) > maxPermissions {
		return fmt.Errorf("catalog: %d permissions, at most %d", len(c.Permissions), maxPermissions)
	}
	c.permission = make(map[Permission]int, len(c.Permissions))
	c.kind = make(map[AssetKind]int, len(c.Kinds))
	for i, k := range c.Kinds {
		if _, dup := c.kind[k.Kind]; dup || k.Kind == "" {
			return fmt.Errorf("catalog: asset kind %q twice or empty", k.Kind)
		}
		c.kind[k.Kind] = i
	}
	for i, p := range c.Permissions {
		if _, dup := c.permission[p.Name]; dup || p.Name == "" {
			return fmt.Errorf("catalog: permission %q twice or empty", p.Name)
		}
		c.permission[p.Name] = i
		for _, k := range p.Kinds {
			if _, ok := c.kind[k]; !ok {
				return fmt.Errorf("catalog: permission %s names unknown asset kind %q", p.Name, k)
			}
		}
	}
	for _, p := range c.Permissions {
		for _, e := range p.ExpandsTo {
			if _, ok := c.permission[e]; !ok {
				return fmt.Errorf("catalog: permission %s expands to unknown %q", p.Name, e)
			}
		}
	}
	for _, k := range c.Kinds {
		for _, t := range k.Tasks {
			if _, unknown := c.Set(t.By...); len(t.By) == 0 || len(unknown) > 0 {
				return fmt.Errorf("catalog: no permission lets an app do task %s of %s, or an unknown one: %q", t.Task, k.Kind, unknown)
			}
		}
	}
	for _, t := range c.Templates {
		for _, p := range t.Permissions {
			if _, ok := c.permission[p]; !ok {
				return fmt.Errorf("catalog: template %s names unknown permission %q", t.Key, p)
			}
		}
		for _, a := range t.Assets {
			if _, ok := c.kind[a.Kind]; !ok {
				return fmt.Errorf("catalog: template %s names unknown asset kind %q", t.Key, a.Kind)
			}
		}
	}
	if err := c.indexUseCases(); err != nil {
		return err
	}
	for i := range c.Rates {
		if err := c.Rates[i].check(); err != nil {
			return err
		}
	}
	return c.indexResources()
}

// Permission looks a permission up by its exact name.
func (c *Catalog) Permission(name Permission) (PermissionInfo, bool) {
	i, ok := c.permission[name]
	if !ok {
		return PermissionInfo{}, false
	}
	return c.Permissions[i], true
}

// Kind looks an asset kind up.
func (c *Catalog) Kind(kind AssetKind) (AssetKindInfo, bool) {
	i, ok := c.kind[kind]
	if !ok {
		return AssetKindInfo{}, false
	}
	return c.Kinds[i], true
}

// Doable lists what tasks (none: all of the kind) and permissions let an app do
// together with an asset: a task opens nothing without a permission.
func (c *Catalog) Doable(kind AssetKind, tasks []Task, scopes PermissionSet) []TaskInfo {
	info, _ := c.Kind(kind)
	var out []TaskInfo
	for _, t := range info.Tasks {
		if (len(tasks) == 0 || slices.Contains(tasks, t.Task)) && slices.ContainsFunc(t.By, func(p Permission) bool { return c.Has(scopes, p) }) {
			out = append(out, t)
		}
	}
	return out
}

// Level looks a Marketing API level up.
func (c *Catalog) Level(l Level) LevelInfo {
	for _, i := range c.Levels {
		if i.Level == l {
			return i
		}
	}
	return LevelInfo{Level: l}
}

// Template looks a template up by its key.
func (c *Catalog) Template(key string) (Template, bool) {
	for _, t := range c.Templates {
		if t.Key == key {
			return t, true
		}
	}
	return Template{}, false
}

// generalVariation is what a configuration without a variation is.
const generalVariation = "general"

func (c *Catalog) hasVariation(v string) bool {
	return v == "" || v == generalVariation || slices.ContainsFunc(c.Templates, func(t Template) bool { return t.Variation == v })
}

const maxPermissions = 128

// PermissionSet is a set of permissions of one catalog, as bits in catalog
// order, so that narrowing is two machine instructions and no allocation.
// Sets of different catalogs must not be mixed.
type PermissionSet [maxPermissions / 64]uint64

// Set gathers names into a set; old names are expanded (R-PERM-01). The second
// result lists names that the catalog does not have.
func (c *Catalog) Set(names ...Permission) (PermissionSet, []Permission) {
	var s PermissionSet
	var unknown []Permission
	for _, n := range names {
		i, ok := c.permission[n]
		if !ok {
			unknown = append(unknown, n)
			continue
		}
		if e := c.Permissions[i].ExpandsTo; len(e) > 0 {
			x, _ := c.Set(e...)
			s = s.Or(x)
			continue
		}
		s[i/64] |= 1 << (i % 64)
	}
	return s, unknown
}

// Select gathers every permission that keep accepts.
func (c *Catalog) Select(keep func(PermissionInfo) bool) PermissionSet {
	var s PermissionSet
	for i, p := range c.Permissions {
		if keep(p) {
			s[i/64] |= 1 << (i % 64)
		}
	}
	return s
}

// Names lists a set in catalog order.
func (c *Catalog) Names(s PermissionSet) []Permission {
	out := make([]Permission, 0, 8)
	for i, p := range c.Permissions {
		if s[i/64]&(1<<(i%64)) != 0 {
			out = append(out, p.Name)
		}
	}
	return out
}

// Has reports whether the set holds the named permission.
func (c *Catalog) Has(s PermissionSet, name Permission) bool {
	i, ok := c.permission[name]
	return ok && s[i/64]&(1<<(i%64)) != 0
}

// And intersects two sets.
func (s PermissionSet) And(t PermissionSet) PermissionSet {
	for i := range s {
		s[i] &= t[i]
	}
	return s
}

// Or joins two sets.
func (s PermissionSet) Or(t PermissionSet) PermissionSet {
	for i := range s {
		s[i] |= t[i]
	}
	return s
}

// Without removes t from s.
func (s PermissionSet) Without(t PermissionSet) PermissionSet {
	for i := range s {
		s[i] &^= t[i]
	}
	return s
}

// In reports whether s ⊆ t.
func (s PermissionSet) In(t PermissionSet) bool { return s.Without(t).Empty() }

// Empty reports whether the set holds nothing.
func (s PermissionSet) Empty() bool { return s == PermissionSet{} }

// CheckTasks reports whether tasks are a valid combination for the kind
// (docs/permissions.md).
func (k AssetKindInfo) CheckTasks(tasks []Task) error {
	for _, t := range tasks {
		if !slices.ContainsFunc(k.Tasks, func(i TaskInfo) bool { return i.Task == t }) {
			return Errorf(TasksInvalid, "Task %.60s does not exist for this kind of asset.", string(t)).WithField("tasks")
		}
	}
	if len(k.TaskSets) == 0 {
		return nil
	}
	for _, set := range k.TaskSets {
		if len(set) == len(tasks) && !slices.ContainsFunc(set, func(t Task) bool { return !slices.Contains(tasks, t) }) {
			return nil
		}
	}
	return Errorf(TasksInvalid, "This combination of tasks is not valid for this kind of asset.").WithField("tasks")
}
