package business

import (
	"time"

	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/web/kit"
)

// ListPage answers GET /business: the businesses the person is in.
type ListPage struct {
	kit.Base
	Businesses []Row
}

func (*ListPage) TemplateName() string { return "business/list" }

// Row is one business of the list.
type Row struct {
	kit.BusinessView
	FullControl bool
	Lacking     bool // it demands a second factor that the person does not have, and tells no more
	People      int
	Assets      int
	Apps        int // connected
}

// HomePage answers GET /business/{id}: its people and what it owns.
type HomePage struct {
	kit.Base
	Business    kit.BusinessView
	FullControl bool // of the person who looks
	People      []MemberRow
	Kinds       []kit.AssetKindView // with the first few assets of each kind
	Counts      []int               // of each kind in full, in the order of Kinds
	Connected   int                 // apps
}

func (*HomePage) TemplateName() string { return "business/home" }

// Rest is how many assets of the i-th kind are not listed.
func (p *HomePage) Rest(i int) int { return p.Counts[i] - len(p.Kinds[i].Assets) }

// MemberRow is one person of a business.
type MemberRow struct {
	kit.PersonView
	FullControl bool
	Self        bool
}

// ConnectedAppsPage answers GET /business/{id}/integrations/connected-apps
// (R-TOKEN-11).
type ConnectedAppsPage struct {
	kit.Base
	Business    kit.BusinessView
	FullControl bool
	Apps        []ConnectedAppRow
}

func (*ConnectedAppsPage) TemplateName() string { return "business/connected_apps" }

// ConnectedAppRow is one app of the list.
type ConnectedAppRow struct {
	App         kit.AppView
	Permissions int
	Assets      int
	Risky       bool // may spend money, change access or speak for the business
	Granted     kit.Since
	LastIssued  time.Time // of its newest token; zero: none works
}

// ConnectedAppPage answers GET /business/{id}/integrations/connected-apps/{app}.
// Its Remove button is a link to …/{app}/remove.
type ConnectedAppPage struct {
	kit.Base
	Business    kit.BusinessView
	FullControl bool // of the person who looks; only then the page offers Remove
	App         kit.AppView
	Grants      []GrantView
	Tokens      []TokenKindRow
	More        bool   // there are more than were counted
	SystemUser  string // id of the integration system user the app acts as
}

func (*ConnectedAppPage) TemplateName() string { return "business/connected_app" }

// GrantView is what one configuration of the app was given.
type GrantView struct {
	ID            string
	Configuration string // name; "" if the app has deleted it
	ConfigID      string
	Granted       kit.Since
	Updated       time.Time // zero: as granted
	Expires       bool      // its tokens end after 60 days
	Groups        []kit.PermissionGroup
	Assets        []kit.AssetKindView
}

// TokenKindRow counts the tokens of one kind that work now.
type TokenKindRow struct {
	Kind       string // "root" or "granular"
	Working    int
	LastIssued time.Time // zero: none works
}

// ConnectedAppRemovePage answers GET and POST
// /business/{id}/integrations/connected-apps/{app}/remove. The form has no
// other field; afterwards the list is shown with a notice.
type ConnectedAppRemovePage struct {
	kit.Base
	Business kit.BusinessView
	App      kit.AppView
	Grants   int  // configurations that end with it
	Tokens   int  // that stop working at once
	More     bool // at least
	Assets   int
}

func (*ConnectedAppRemovePage) TemplateName() string { return "business/connected_app_remove" }

// PartnersPage answers GET /business/{id}/partners.
type PartnersPage struct {
	kit.Base
	Business    kit.BusinessView
	FullControl bool
	Agencies    []PartnerRow
	Clients     []PartnerRow
	AgenciesAll int
	ClientsAll  int
	AgencyLater string // id that the next page starts behind
	ClientLater string
}

func (*PartnersPage) TemplateName() string { return "business/partners" }

// PartnerRow is one partner of the list.
type PartnerRow struct {
	kit.BusinessView
	Assets int
}

// PartnerPage answers GET /business/{id}/partners/{partner}.
type PartnerPage struct {
	kit.Base
	Business    kit.BusinessView
	FullControl bool
	Partner     kit.BusinessView
	Given       []SharedRow
	Taken       []SharedRow
	GivenAll    int
	TakenAll    int
}

func (*PartnerPage) TemplateName() string { return "business/partner" }

// GivenRest and TakenRest are how many are not listed.
func (p *PartnerPage) GivenRest() int { return p.GivenAll - len(p.Given) }

// TakenRest is how many of the partner's are not listed.
func (p *PartnerPage) TakenRest() int { return p.TakenAll - len(p.Taken) }

// SharedRow is an asset with what an agency may do on it.
type SharedRow struct {
	kit.AssetHead
	Tasks []string
}

// RequestsPage answers GET /business/{id}/requests. Forms: POST
// /business/{id}/requests/{request} (do = confirm, decline or withdraw).
type RequestsPage struct {
	kit.Base
	Business    kit.BusinessView
	FullControl bool
	Incoming    []RequestRow
	Outgoing    []RequestRow
}

func (*RequestsPage) TemplateName() string { return "business/requests" }

// RequestRow is one open request.
type RequestRow struct {
	ID      string
	Kind    string // prokura.RequestKind
	Asset   kit.AssetHead
	App     string
	Other   kit.BusinessView // who asks, or whose app it is
	Tasks   []string
	Created time.Time
	Expires time.Time
}

// PeoplePage answers GET /business/{id}/people, with q to search and after or
// before, memberships, to page.
//
// Form: POST /business/{id}/people/invitations (invitation, do = remind or
// withdraw).
type PeoplePage struct {
	kit.Base
	Business    kit.BusinessView
	FullControl bool // of the person who looks
	Total       int  // people, whatever was searched for
	People      []PersonRow
	Query       string
	Earlier     string // membership that an earlier page ends before; "": there is none
	Later       string // membership that a later page starts behind
	Pending     []InvitationRow
}

func (*PeoplePage) TemplateName() string { return "business/people" }

// PersonRow is one person of a business.
type PersonRow struct {
	kit.PersonView
	Member       string // id of the membership
	FullControl  bool
	Self         bool
	Since        time.Time
	Managed      bool // whoever looks manages people, and may know the rest
	SecondFactor bool
	Lacking      bool // the business demands a second factor that they do not have
}

// InvitationRow is one open invitation.
type InvitationRow struct {
	ID          string
	Email       string
	FullControl bool
	Sent        kit.Since
	Expires     time.Time
	Link        string
}

// InvitePage answers GET and POST /business/{id}/people/invite. Fields: email,
// role.
type InvitePage struct {
	kit.Base
	Business kit.BusinessView
	Email    string
	Role     string
}

func (*InvitePage) TemplateName() string { return "business/invite" }

// PersonPage answers GET /business/{id}/people/{member}, and POST …/role with
// the field role.
type PersonPage struct {
	kit.Base
	Business    kit.BusinessView
	FullControl bool // of the person who looks
	Colleague   PersonRow
	Last        bool // nobody else has full control
	Work        []kit.WorkView
}

func (*PersonPage) TemplateName() string { return "business/person" }

// PersonRemovePage answers GET and POST /business/{id}/people/{member}/remove.
// The form has no other field.
type PersonRemovePage struct {
	kit.Base
	Business  kit.BusinessView
	Colleague PersonRow
	Assets    int // that they worked on
}

func (*PersonRemovePage) TemplateName() string { return "business/person_remove" }

// SettingsPage answers GET /business/{id}/settings.
//
// Forms: POST /business/{id}/settings (name, vertical); POST …/two-factor
// (two_factor_type); POST …/notices (all_notices); …/leave and …/delete are pages of their own.
type SettingsPage struct {
	kit.Base
	Business    kit.BusinessView
	FullControl bool
	Name        string
	Vertical    string
	Verticals   []string
	TwoFactor   string // prokura.TwoFactorType
	AllNotices  bool
	HasFactor   bool // the person has one, and may demand it
	Lacking     businesses.LackingFactor
	CreatedAt   time.Time
}

func (*SettingsPage) TemplateName() string { return "business/settings" }

// LeavePage answers GET and POST /business/{id}/settings/leave. The
// form has no other field.
type LeavePage struct {
	kit.Base
	Business kit.BusinessView
}

func (*LeavePage) TemplateName() string { return "business/leave" }

// DeletePage answers GET and POST /business/{id}/settings/delete. Field:
// name, as it is typed.
type DeletePage struct {
	kit.Base
	Business    kit.BusinessView
	People      int
	Assets      int
	Apps        int // connected
	SystemUsers int
	Owned       int // apps that keep it from being deleted
}

func (*DeletePage) TemplateName() string { return "business/delete" }
