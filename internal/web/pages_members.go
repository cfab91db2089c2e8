package web

import (
	"time"

	"github.com/prokura/prokura/internal/registry/businesses"
)

// PeoplePage answers GET /business/{id}/people, with q to search and after or
// before, memberships, to page.
//
// Form: POST /business/{id}/people/invitations (invitation, do = remind or
// withdraw).
type PeoplePage struct {
	Base
	Business    BusinessView
	FullControl bool // of the person who looks
	Total       int  // people, whatever was searched for
	People      []PersonRow
	Query       string
	Earlier     string // membership that an earlier page ends before; "": there is none
	Later       string // membership that a later page starts behind
	Pending     []InvitationRow
}

func (*PeoplePage) template() string { return "people" }

// PersonRow is one person of a business.
type PersonRow struct {
	PersonView
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
	Sent        Since
	Expires     time.Time
	Link        string
}

// InvitePage answers GET and POST /business/{id}/people/invite. Fields: email,
// role.
type InvitePage struct {
	Base
	Business BusinessView
	Email    string
	Role     string
}

func (*InvitePage) template() string { return "people_invite" }

// PersonPage answers GET /business/{id}/people/{member}, and POST …/role with
// the field role.
type PersonPage struct {
	Base
	Business    BusinessView
	FullControl bool // of the person who looks
	Person      PersonRow
	Last        bool // nobody else has full control
	Work        []WorkView
}

func (*PersonPage) template() string { return "person" }

// WorkView is what somebody works on, of one kind of asset.
type WorkView struct {
	Kind   string
	Title  string
	Assets []WorkRow
}

// Icon names the drawing of the kind.
func (v WorkView) Icon() string { return kindIcon(v.Kind) }

// WorkRow is one asset with the tasks on it.
type WorkRow struct {
	AssetView
	Tasks  []string // in plain words
	Shared bool     // another business's, shared with this one
}

// PersonRemovePage answers GET and POST /business/{id}/people/{member}/remove.
// The form has no other field.
type PersonRemovePage struct {
	Base
	Business BusinessView
	Person   PersonRow
	Assets   int // that they worked on
}

func (*PersonRemovePage) template() string { return "person_remove" }

// BusinessSettingsPage answers GET /business/{id}/settings.
//
// Forms: POST /business/{id}/settings (name, vertical); POST …/two-factor
// (two_factor_type); …/leave and …/delete are pages of their own.
type BusinessSettingsPage struct {
	Base
	Business    BusinessView
	FullControl bool
	Name        string
	Vertical    string
	Verticals   []string
	TwoFactor   string // prokura.TwoFactorType
	HasFactor   bool   // the person has one, and may demand it
	Lacking     businesses.LackingFactor
	CreatedAt   time.Time
}

func (*BusinessSettingsPage) template() string { return "business_settings" }

// BusinessLeavePage answers GET and POST /business/{id}/settings/leave. The
// form has no other field.
type BusinessLeavePage struct {
	Base
	Business BusinessView
}

func (*BusinessLeavePage) template() string { return "business_leave" }

// BusinessDeletePage answers GET and POST /business/{id}/settings/delete. Field:
// name, as it is typed.
type BusinessDeletePage struct {
	Base
	Business    BusinessView
	People      int
	Assets      int
	Apps        int // connected
	SystemUsers int
	Owned       int // apps that keep it from being deleted
}

func (*BusinessDeletePage) template() string { return "business_delete" }
