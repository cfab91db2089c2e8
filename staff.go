package prokura

import "slices"

// StaffRole is what somebody may do for the platform itself, beside what they may
// do for businesses and apps. Each role includes those before it.
type StaffRole string

// Roles of platform staff.
const (
	StaffNone     StaffRole = ""         // no staff
	StaffReviewer StaffRole = "reviewer" // looks at apps and businesses, and decides about what they ask for
	StaffLead     StaffRole = "lead"     // decides about levels and modes too, and puts apps back
	StaffOperator StaffRole = "operator" // says who is staff, and reads the whole journal
)

// StaffRoles are the roles of platform staff, the least one first.
var StaffRoles = []StaffRole{StaffReviewer, StaffLead, StaffOperator}

// AtLeast reports whether the role includes another one. A role that does not
// exist includes none but itself and StaffNone.
func (r StaffRole) AtLeast(need StaffRole) bool {
	return r == need || slices.Index(StaffRoles, r) > slices.Index(StaffRoles, need)
}
