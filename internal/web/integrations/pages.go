package integrations

import (
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/web/kit"
)

// Keys of what the pages about grants say after a form was acted on, with the
// values they name.
const (
	NoticeGrantEnded       = "notice.grant.ended"       // app
	NoticeGrantNarrowed    = "notice.grant.narrowed"    // app
	NoticeGrantTokenEnded  = "notice.grant.token.ended" // mark
	NoticeGrantPersonEnded = "notice.grant.person"      // app, person, business
	NoticeGrantTokensEnded = "notice.grant.tokens"      // app, holder
	NoticeGrantUninstalled = "notice.grant.uninstalled" // app, holder

	ProblemNothingTicked = "problem.grant.nothing"
	ProblemManyTicked    = "problem.grant.many"
)

// GrantsPage answers GET /business/{id}/integrations/grants: who holds power
// over the business without being a person of it (R-TOKEN-11).
//
// Query: q (part of a name), app, asset (ids), after (a row's id).
type GrantsPage struct {
	kit.Base
	Business  kit.BusinessView
	Families  []FamilyRow
	Total     int // on all pages; -1 when only an asset's are shown
	Apps      []AppOption
	Query     string
	App       string // id; "" for all
	Asset     string // id; "" for all
	AssetName string // "" when the business has no such asset
	First     bool   // nothing stands before this page
	Later     string // address of the next page; "" on the last one
}

func (*GrantsPage) TemplateName() string { return "integrations/grants" }

// AppOption is an app to choose from.
type AppOption struct {
	ID, Name string
	Chosen   bool
}

// FamilyRow is one family of tokens: what one grant gives an app, or what one
// system user does with an app.
type FamilyRow struct {
	ID          string
	App         kit.AppView
	SystemUser  bool   // false: a connected app, or a person
	Person      bool   // an app that acts with the place of the person named Holder
	Business    string // id
	Member      string // of a person: the id of that place
	Holder      string // name of the configuration, the system user or the person; "" for a deleted configuration
	Admin       bool   // an admin system user
	Permissions int
	Risks       []prokura.Risk
	Reach       ReachView
	Roots       int // tokens that work now
	Granular    int
	Pages       int
	More        bool   // there are more than were counted
	By          string // who gave it; "" when nobody is known
	ByLeft      bool
	Given       time.Time
	Used        time.Time // zero: never
	Ends        time.Time // when the last token ends; zero: not by itself, or none works
}

// Tokens counts all that work now.
func (r FamilyRow) Tokens() int { return r.Roots + r.Granular + r.Pages }

// ReachView is how far a family reaches.
type ReachView struct {
	Everything bool // all of the business, also what comes later
	Assigned   bool // what is assigned to the system user or person, also later
	Person     bool
	Assets     int // now
	Kinds      []KindView
}

// KindView counts assets of one kind.
type KindView struct {
	Kind, Title string
	Number      int
}

// Icon names the drawing of the kind.
func (k KindView) Icon() string { return kit.KindIcon(k.Kind) }

// GrantPage answers GET /business/{id}/integrations/grants/{family}.
//
// Query: page (of tokens, from 1), q (part of an asset's name), after (an
// asset's id).
type GrantPage struct {
	kit.Base
	Business kit.BusinessView
	Family   FamilyRow
	Updated  time.Time // zero: as given
	ConfigID string
	Groups   []kit.PermissionGroup
	Assets   []kit.AssetKindView // on this page of them
	Query    string
	Search   bool   // there are enough assets to search
	Later    string // address of the next page of assets; "" on the last one
	Earlier  bool   // assets stand before this page
	Lost     int    // chosen assets that are no longer the business's to give
	Tokens   []TokenRow
	Page     int // of tokens, from 1
	More     bool
}

func (*GrantPage) TemplateName() string { return "integrations/grant" }

// Next is the following page of tokens.
func (p *GrantPage) Next() int { return p.Page + 1 }

// Previous is the page of tokens before.
func (p *GrantPage) Previous() int { return p.Page - 1 }

// TokenRow is one token that works now.
type TokenRow struct {
	Mark    string // names it: the beginning of the SHA-256 of its string
	Parent  string // mark of the one that it was cut from or read with
	Kind    string // "root", "granular", "system_user" or "page"
	Made    time.Time
	Ends    time.Time // zero: not by itself
	Used    time.Time // zero: never
	Scopes  []string  // names of permissions
	Limited bool      // to the assets below; else it reaches what the family does
	Assets  []string  // the first few by name
	Reached int
	Page    string // of page tokens: the page's name
}

// Rest is how many of its assets are not named.
func (r TokenRow) Rest() int { return r.Reached - len(r.Assets) }

// NarrowPage answers GET …/grants/{family}/narrow, for a grant, and GET
// …/grants/{family}/tokens/{mark}/narrow, for a token of a system user.
//
// Its form is a GET to the same address: scope and asset (repeated: what is to
// be taken away), q, and do: "search", "after:<id>" or "review". Ticks of assets
// that are not on show travel along.
type NarrowPage struct {
	kit.Base
	Business kit.BusinessView
	Family   FamilyRow
	Mark     string // "" for a grant
	Groups   []kit.PermissionGroup
	Picked   []AssetPick // ticked, from other pages of the list
	Assets   []AssetPick
	Total    int // assets to choose from
	Query    string
	Later    string // "after:<id>"; "" on the last page
	Follows  bool   // the token reaches whatever its system user does: taking one away fixes the rest
	Endless  bool   // … and that is too much to take single assets from
}

func (*NarrowPage) TemplateName() string { return "integrations/narrow" }

// Path is where the form goes.
func (p *NarrowPage) Path() string { return narrowPath(p.Business, p.Family, p.Mark) }

// AssetPick is one asset with a checkbox.
type AssetPick struct {
	ID, Name, Kind, Detail string
	Checked                bool
}

// Icon names the drawing of the asset's kind.
func (a AssetPick) Icon() string { return kit.KindIcon(a.Kind) }

// NarrowReviewPage answers the form of NarrowPage with do=review: what will be
// lost, and by how many tokens. Its own form, a POST to the same address, sends
// scope and asset again, and it is done.
type NarrowReviewPage struct {
	kit.Base
	Business kit.BusinessView
	Family   FamilyRow
	Mark     string
	Lose     []kit.PermissionView
	LoseOn   []AssetPick
	Left     int    // assets that stay
	Follows  bool   // as on NarrowPage, and assets are taken away
	Ends     bool   // nothing is left: it ends
	Tokens   int    // that narrow with it
	Back     string // address of the form with the same ticks
}

func (*NarrowReviewPage) TemplateName() string { return "integrations/narrow_review" }

// Path is where the form goes.
func (p *NarrowReviewPage) Path() string { return narrowPath(p.Business, p.Family, p.Mark) }

func narrowPath(b kit.BusinessView, f FamilyRow, mark string) string {
	path := "/business/" + b.ID + "/integrations/grants/" + f.ID
	if mark != "" {
		path += "/tokens/" + mark
	}
	return path + "/narrow"
}

// GrantEndPage answers GET and POST …/grants/{family}/end. Its form has, for a
// system user, do: "tokens" ends its tokens for the app, "uninstall" also the
// installation.
type GrantEndPage struct {
	kit.Base
	Business kit.BusinessView
	Family   FamilyRow
}

func (*GrantEndPage) TemplateName() string { return "integrations/grant_end" }

// TokenEndPage answers GET and POST …/grants/{family}/tokens/{mark}/end.
type TokenEndPage struct {
	kit.Base
	Business kit.BusinessView
	Family   FamilyRow
	Token    TokenRow
}

func (*TokenEndPage) TemplateName() string { return "integrations/token_end" }

// SystemUsersPage answers GET /business/{id}/system-users, with after, a system
// user, to page (R-SU-01, R-SU-02).
type SystemUsersPage struct {
	kit.Base
	Business    kit.BusinessView
	FullControl bool // of the person who looks
	Caps        CapsView
	Users       []SystemUserRow
	Later       string // system user that a later page starts behind; "": there is none
	Further     bool   // this is not the first page
}

func (*SystemUsersPage) TemplateName() string { return "integrations/system_users" }

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
	kit.Base
	Business kit.BusinessView
	Caps     CapsView
	Name     string
	Role     string // prokura.SystemUserRole
}

func (*SystemUserNewPage) TemplateName() string { return "integrations/system_user_new" }

// SystemUserPage answers GET /business/{id}/system-users/{su}, with q (search
// among apps) and apps and others (pages of them).
//
// Forms: POST the same path (name, role); POST …/apps (app) installs. Tokens end
// and apps are uninstalled where all that a business gave away is listed
// (GrantPage).
type SystemUserPage struct {
	kit.Base
	Business    kit.BusinessView
	FullControl bool // of the person who looks
	User        SystemUserRow
	Name, Role  string // as the form has them
	Caps        CapsView
	Created     kit.Since
	Work        []kit.WorkView
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

func (*SystemUserPage) TemplateName() string { return "integrations/system_user" }

// Path is the page's address.
func (p *SystemUserPage) Path() string { return systemUserPath(p.Business, p.User) }

// Finding reports whether there are more apps than one look takes in.
func (p *SystemUserPage) Finding() bool { return p.Query != "" || p.Apps.All+p.Others.All > 10 }

func systemUserPath(b kit.BusinessView, u SystemUserRow) string {
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
	App     kit.AppView
	Family  string // id of the installation among all that the business gave away; "": not installed
	Since   kit.Since
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
	kit.Base
	Business  kit.BusinessView
	User      SystemUserRow
	App       kit.AppView
	Groups    []kit.PermissionGroup
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

func (*SystemUserTokenPage) TemplateName() string { return "integrations/token" }

// Path is the system user's page.
func (p *SystemUserTokenPage) Path() string { return systemUserPath(p.Business, p.User) }

// SystemUserTokenReviewPage answers the same with do=review, and page (of the
// names). Its form is POST …/tokens/new: app, digest, password, do=make.
type SystemUserTokenReviewPage struct {
	kit.Base
	Business    kit.BusinessView
	User        SystemUserRow
	App         kit.AppView
	Groups      []kit.PermissionGroup
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

func (*SystemUserTokenReviewPage) TemplateName() string { return "integrations/token_review" }

// Path is the system user's page.
func (p *SystemUserTokenReviewPage) Path() string { return systemUserPath(p.Business, p.User) }

// SystemUserTokenMadePage answers GET …/system-users/{su}/tokens/made, once after
// a token was made: with its string, here and never again.
type SystemUserTokenMadePage struct {
	kit.Base
	Business kit.BusinessView
	User     SystemUserRow
	App      kit.AppView
	Token    string
	Ends     time.Time // zero: not by itself
}

func (*SystemUserTokenMadePage) TemplateName() string { return "integrations/token_made" }

// Path is the system user's page.
func (p *SystemUserTokenMadePage) Path() string { return systemUserPath(p.Business, p.User) }

// SystemUserDeletePage answers GET and POST …/system-users/{su}/delete. The form
// has no other field.
type SystemUserDeletePage struct {
	kit.Base
	Business kit.BusinessView
	User     SystemUserRow
	Assets   int // that are assigned to it
}

func (*SystemUserDeletePage) TemplateName() string { return "integrations/system_user_delete" }

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
