package prokura

// Business is a business portfolio: it owns assets, apps and system users.
type Business struct {
	ID           ID
	Name         string
	Generation   int64  // bumped by what kills every token that hangs on the business
	Verification string // a VerificationStatus
	Vertical     string
	TwoFactor    TwoFactorType // who needs a second factor to act for the business
	AllNotices   bool          // it is told of ends of what nobody has used lately, too (R-CARE-01)
	CreatedBy    ID
	Created      Instant
	Deleted      Instant
}

// TwoFactorType says which members of a business must have a second factor.
// Whoever must and has none reaches nothing through the business.
type TwoFactorType string

// The requirements, by their names on the wire.
const (
	TwoFactorNone   TwoFactorType = "none"
	TwoFactorAdmins TwoFactorType = "admin_required"
	TwoFactorAll    TwoFactorType = "all_required"
)

// Demands reports whether a member with the role needs a second factor.
func (t TwoFactorType) Demands(r BusinessRole) bool {
	return t == TwoFactorAll || t == TwoFactorAdmins && r == RoleAdmin
}

// Verified reports whether the platform has verified the business.
func (b Business) Verified() bool { return b.Verification == string(VerificationGiven) }

// BusinessRole is a member's role.
type BusinessRole string

// Roles of members. ADMIN is full control.
const (
	RoleAdmin    BusinessRole = "ADMIN"
	RoleEmployee BusinessRole = "EMPLOYEE"
)

// Member is a person's place in a business. Its ID is the business-scoped user
// id that assigned_users speaks of.
type Member struct {
	ID       ID
	Business ID
	Person   ID
	Role     BusinessRole
	Lacking  bool // the business demands a second factor, and the person has none
	Created  Instant
}

// Relation says that one business owns or manages another (R-LOGIN-09).
type Relation struct {
	Parent ID
	Child  ID
	Kind   string // "owned" or "managed"
}
