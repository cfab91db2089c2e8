package prokura

// Business is a business portfolio: it owns assets, apps and system users.
type Business struct {
	ID           ID
	Name         string
	Generation   int64  // bumped by what kills every token that hangs on the business
	Verification string // not_verified, pending, verified, …
	Vertical     string
	CreatedBy    ID
	Created      Instant
}

// Verified reports whether the platform has verified the business.
func (b Business) Verified() bool { return b.Verification == "verified" }

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
	Created  Instant
}

// Relation says that one business owns or manages another (R-LOGIN-09).
type Relation struct {
	Parent ID
	Child  ID
	Kind   string // "owned" or "managed"
}
