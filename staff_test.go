package prokura_test

import (
	"testing"

	"github.com/prokura/prokura"
)

// Roles of staff include those before them, and a word that is none includes nothing.
func TestStaffRoles(t *testing.T) {
	order := []prokura.StaffRole{prokura.StaffNone, prokura.StaffReviewer, prokura.StaffLead, prokura.StaffOperator}
	for i, has := range order {
		for j, need := range order {
			if got := has.AtLeast(need); got != (i >= j) {
				t.Errorf("%q at least %q: %v", has, need, got)
			}
		}
	}
	for _, need := range order[1:] {
		if prokura.StaffRole("root").AtLeast(need) {
			t.Errorf("no role at all includes %q", need)
		}
	}
}

// R-STAFF-01: acts of staff are decided by the least role that their rows name.
func TestActsOfStaff(t *testing.T) {
	for _, r := range prokura.Acts {
		if r.Staff == prokura.StaffNone {
			continue
		}
		for _, has := range append([]prokura.StaffRole{prokura.StaffNone}, prokura.StaffRoles...) {
			f := &prokura.Facts{Credential: prokura.CredentialSession, Person: prokura.Person{ID: 1, Staff: has, SecondFactor: true}}
			e := prokura.Decide(prokura.DefaultCatalog(), f, r.Act, prokura.Subject{}, 1)
			if refused := e != nil && e.Reason == prokura.StaffOnly; refused == has.AtLeast(r.Staff) {
				t.Errorf("%s needs %s, and of %q answers %v", r.Act, r.Staff, has, e)
			}
		}
	}
}
