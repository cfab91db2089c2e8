package staff

import (
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/web/kit"
	"github.com/prokura/prokura/internal/web/kit/kittest"
)

// TestEveryPage draws at least one sample of every page, and the states that differ
// most.
func TestEveryPage(t *testing.T) { kittest.EveryPage(t, Room, samples()) }

func samples() map[string]kit.Page {
	as := func(role prokura.StaffRole) kit.Base {
		return kit.Base{CSRF: "c", Person: kittest.Tess, Staff: role, StaffLinks: []kit.StaffLink{
			{Key: "queue", Path: "/staff/queue", Icon: "badge", Name: "What waits"}, {Key: "apps", Path: "/staff/apps", Icon: "app", Name: "Apps"}, {Key: "people", Path: "/staff/people", Icon: "people", Name: "People who decide"}}}
	}
	levels, complaints := kit.StaffLink{Key: "queue", Path: "/staff/queue", Icon: "badge", Name: "What waits"}, kit.StaffLink{Key: "problems", Path: "/staff/problems", Icon: "voice", Name: "Problems"}
	rita := PersonRow{ID: "5", Name: "Rita Sandoval", Email: "rita@platform.example", Role: "operator", SecondFactor: true, Self: true}
	list := []PersonRow{rita, {ID: "6", Name: "Leo", Email: "leo@platform.example", Role: "lead", Lacking: true}, {ID: "7", Name: "Mira", Email: "mira@platform.example", Role: "reviewer"}}
	wrong := &AddPage{Base: as(prokura.StaffOperator), Email: "nobody@", Roles: prokura.StaffRoles}
	wrong.Problems = []kit.Problem{{Field: "email", Text: "Enter an e-mail address."}, {Field: "role", Text: "Choose a role."}}
	open := ProblemView{ID: "9", Name: "Ada Lindqvist", Email: "ada@nordwind.example", Path: "/business/100000000000202/people", Trace: "4f2a77", Words: "I removed Ben.\nHe is still there.", Created: kittest.Day}
	done := open
	done.Answer, done.Answered, done.By, done.Trace, done.Path = "He is gone now.", kittest.Day, "Rita", "", ""
	toolong := &ReportPage{Base: kittest.Base(kittest.Ada), From: "/apps", Text: "x"}
	toolong.Problems = []kit.Problem{{Field: "words", Text: "At most 2000 characters."}}
	return map[string]kit.Page{
		"problem-report":       &ReportPage{Base: kittest.Base(kittest.Ada), From: "/apps", Trace: "4f2a"},
		"problem-report-wrong": toolong,
		"problem-open":         &ProblemPage{Base: kittest.Base(kittest.Ada), Problem: open},
		"problem-answered":     &ProblemPage{Base: kittest.Base(kittest.Ada), Problem: done},
		"problem-staff":        &ProblemPage{Base: as(prokura.StaffReviewer), ForStaff: true, Problem: open},
		"problem-staff-done":   &ProblemPage{Base: as(prokura.StaffReviewer), ForStaff: true, Problem: done},
		"problems":             &ProblemsPage{Base: as(prokura.StaffReviewer), Reports: []ProblemView{open, done}},
		"problems-none":        &ProblemsPage{Base: as(prokura.StaffReviewer)},
		"staff-home": &HomePage{Base: as(prokura.StaffReviewer), Waiting: []WaitingRow{
			{levels, kit.StaffWaiting{N: 3, Oldest: kittest.Day}}, {complaints, kit.StaffWaiting{}}, {levels, kit.StaffWaiting{N: 1200, Oldest: kittest.Day}}}},
		"staff-home-none":         &HomePage{Base: as(prokura.StaffReviewer)},
		"staff-people":            &PeoplePage{Base: as(prokura.StaffOperator), People: list},
		"staff-people-look":       &PeoplePage{Base: as(prokura.StaffLead), People: list},
		"staff-people-add":        &AddPage{Base: as(prokura.StaffOperator), Roles: prokura.StaffRoles},
		"staff-people-add-wrong":  wrong,
		"staff-person":            &PersonPage{Base: as(prokura.StaffOperator), Member: list[1], Role: "lead", Roles: prokura.StaffRoles},
		"staff-person-last":       &PersonPage{Base: as(prokura.StaffOperator), Member: rita, Role: "operator", Roles: prokura.StaffRoles, Last: true},
		"staff-first":             &FirstPage{Base: kittest.Base(kittest.Tess), Path: "/staff/first/x"},
		"staff-first-nobody":      &FirstPage{Base: kit.Base{CSRF: "c"}, Path: "/staff/first/x", Next: "n"},
		"staff-first-nobody-mute": &FirstPage{Base: kit.Base{CSRF: "c", Unsent: true}, Path: "/staff/first/x", Next: "n"},
	}
}
