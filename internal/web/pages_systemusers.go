package web

import "time"

// SystemUsersPage answers GET /business/{id}/system-users, with after, a system
// user, to page (R-SU-01, R-SU-02).
type SystemUsersPage struct {
	Base
	Business    BusinessView
	FullControl bool // of the person who looks
	Caps        CapsView
	Users       []SystemUserRow
	Later       string // system user that a later page starts behind; "": there is none
	Further     bool   // this is not the first page
}

func (*SystemUsersPage) template() string { return "system_users" }

// CapsView is how many system users the business has and may have.
type CapsView struct {
	Level              string // title of the level that counts
	Have, Most         int    // regular ones
	HaveAdmins, Admins int
}

// Full and AdminsFull report whether there is room for no further one.
func (c CapsView) Full() bool { return c.Have >= c.Most }

// AdminsFull is Full of admin system users.
func (c CapsView) AdminsFull() bool { return c.HaveAdmins >= c.Admins }

// SystemUserRow is one system user of a business.
type SystemUserRow struct {
	ID     string // the global one, which the app dashboard takes
	Name   string
	Admin  bool
	Apps   int // installed
	Tokens int // that work now
}

// SystemUserNewPage answers GET and POST /business/{id}/system-users/new.
// Fields: name, role.
type SystemUserNewPage struct {
	Base
	Business BusinessView
	Caps     CapsView
	Name     string
	Role     string // prokura.SystemUserRole
}

func (*SystemUserNewPage) template() string { return "system_user_new" }

// SystemUserPage answers GET /business/{id}/system-users/{su}, with q (search
// among apps) and apps and others (pages of them).
//
// Forms: POST the same path (name, role); POST …/apps (app) installs. Tokens end
// and apps are uninstalled where all that a business gave away is listed
// (GrantPage).
type SystemUserPage struct {
	Base
	Business    BusinessView
	FullControl bool // of the person who looks
	User        SystemUserRow
	Name, Role  string // as the form has them
	Caps        CapsView
	Created     Since
	Work        []WorkView
	Total       int                // assets that it reaches, listed or not
	Apps        SystemUserAppsView // installed
	Others      SystemUserAppsView // not installed
	Query       string             // for both: name of an app
}

// SystemUserAppsView is a page of apps.
type SystemUserAppsView struct {
	Apps  []SystemUserAppView
	Total int // on all pages
	All   int // whatever was searched for
	Page  int // from 1
	More  bool
}

// Next and Previous are the numbers of the pages around this one.
func (v SystemUserAppsView) Next() int { return v.Page + 1 }

// Previous is the page before this one.
func (v SystemUserAppsView) Previous() int { return v.Page - 1 }

func (*SystemUserPage) template() string { return "system_user" }

// Path is the page's address.
func (p *SystemUserPage) Path() string { return systemUserPath(p.Business, p.User) }

// Finding reports whether there are more apps than one look takes in.
func (p *SystemUserPage) Finding() bool { return p.Query != "" || p.Apps.All+p.Others.All > 10 }

func systemUserPath(b BusinessView, u SystemUserRow) string {
	return "/business/" + b.ID + "/system-users/" + u.ID
}

// Listed counts the assets on show.
func (p *SystemUserPage) Listed() int {
	n := 0
	for _, w := range p.Work {
		n += len(w.Assets)
	}
	return n
}

// SystemUserAppView is an app that a system user has installed or may have.
type SystemUserAppView struct {
	App     AppView
	Family  string // id of the installation among all that the business gave away; "": not installed
	Since   Since
	Tokens  []TokenRow // that work now: the newest
	Working int        // how many work now
	Lacks   string     // registry.InstallLack
}

// Older is how many working tokens are not on show.
func (v SystemUserAppView) Older() int { return v.Working - len(v.Tokens) }

// SystemUserTokenPage answers GET …/system-users/{su}/tokens/new, with app, kept
// (it goes on from what was kept), q and after; and do=review, which is
// SystemUserTokenReviewPage.
//
// Its form is POST to the same path: app, kept, scope (repeated), expires (days60
// or never), reach (all or some), asset (repeated) of those shown (repeated), q,
// and do: "search", "after:<id>", "all", "none" or "review".
type SystemUserTokenPage struct {
	Base
	Business  BusinessView
	User      SystemUserRow
	App       AppView
	Groups    []PermissionGroup
	Expires   string
	Reach     string
	Assets    []AssetPick
	Chosen    int // assets, on all pages
	Elsewhere int // of those, not on show
	Matching  int // assets that the system user reaches and the search finds
	Query     string
	Later     string // "after:<id>"; "" on the last page
	Further   bool   // this is not the first page
	Kept      bool
}

// Searchable reports whether there is more than one look takes in.
func (p *SystemUserTokenPage) Searchable() bool {
	return p.Query != "" || p.Later != "" || p.Further || p.Matching > 20
}

func (*SystemUserTokenPage) template() string { return "system_user_token" }

// Path is the system user's page.
func (p *SystemUserTokenPage) Path() string { return systemUserPath(p.Business, p.User) }

// SystemUserTokenReviewPage answers the same with do=review, and page (of the
// names). Its form is POST …/tokens/new: app, digest, password, do=make.
type SystemUserTokenReviewPage struct {
	Base
	Business    BusinessView
	User        SystemUserRow
	App         AppView
	Groups      []PermissionGroup
	Expires     string
	Reach       string
	Assets      []AssetPick // a page of those chosen
	Total       int
	Page, Pages int    // from 1
	Digest      string // of what is made
}

// Next is the page after this one.
func (p *SystemUserTokenReviewPage) Next() int { return p.Page + 1 }

// Previous is the page before this one.
func (p *SystemUserTokenReviewPage) Previous() int { return p.Page - 1 }

// Back is the form.
func (p *SystemUserTokenReviewPage) Back() string {
	return p.Path() + "/tokens/new?app=" + p.App.ID + "&kept=1"
}

func (*SystemUserTokenReviewPage) template() string { return "system_user_token_review" }

// Path is the system user's page.
func (p *SystemUserTokenReviewPage) Path() string { return systemUserPath(p.Business, p.User) }

// SystemUserTokenMadePage answers GET …/system-users/{su}/tokens/made, once after
// a token was made: with its string, here and never again.
type SystemUserTokenMadePage struct {
	Base
	Business BusinessView
	User     SystemUserRow
	App      AppView
	Token    string
	Ends     time.Time // zero: not by itself
}

func (*SystemUserTokenMadePage) template() string { return "system_user_token_made" }

// Path is the system user's page.
func (p *SystemUserTokenMadePage) Path() string { return systemUserPath(p.Business, p.User) }

// SystemUserDeletePage answers GET and POST …/system-users/{su}/delete. The form
// has no other field.
type SystemUserDeletePage struct {
	Base
	Business BusinessView
	User     SystemUserRow
	Assets   int // that are assigned to it
}

func (*SystemUserDeletePage) template() string { return "system_user_delete" }

// Path is the system user's page.
func (p *SystemUserDeletePage) Path() string { return systemUserPath(p.Business, p.User) }

// Keys of the sentences after what people do with system users.
const (
	NoticeSystemUserMade    = "notice.system.user.made"    // name
	NoticeSystemUserDeleted = "notice.system.user.deleted" // name
	NoticeSystemUserApp     = "notice.system.user.app"     // app, name
	NoticeTokenFormOver     = "notice.token.form.over"
)

// Keys of the problems of their forms.
const (
	ProblemSystemUserName = "problem.system.user.name"
	ProblemTokenScope     = "problem.token.scope"  // no permission was ticked
	ProblemTokenAssets    = "problem.token.assets" // nor an asset, where some should be
	ProblemTokenChanged   = "problem.token.changed"
)
