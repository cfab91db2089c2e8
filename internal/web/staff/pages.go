package staff

import (
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/web/kit"
)

// HomePage answers GET /staff: what waits for the caller's role.
type HomePage struct {
	kit.Base
	Waiting []WaitingRow
}

func (*HomePage) TemplateName() string { return "staff/home" }

// WaitingRow is one place of staff with what waits there.
type WaitingRow struct {
	Place kit.StaffLink
	kit.StaffWaiting
}

// PersonRow is a staff member.
type PersonRow struct {
	ID, Name, Email string
	Role            string // prokura.StaffRole
	SecondFactor    bool
	Lacking         bool // and needs one before anything else
	Self            bool // the reader
}

// PeoplePage answers GET /staff/people.
type PeoplePage struct {
	kit.Base
	People []PersonRow
}

func (*PeoplePage) TemplateName() string { return "staff/people" }

// Manages reports whether the reader says who is staff.
func (p *PeoplePage) Manages() bool { return p.Staff.AtLeast(prokura.StaffOperator) }

// AddPage answers GET and POST /staff/people/add, for operators.
//
// Fields: email, role (reviewer, lead, operator).
type AddPage struct {
	kit.Base
	Email string
	Role  string
	Roles []prokura.StaffRole
}

func (*AddPage) TemplateName() string { return "staff/add" }

// PersonPage answers GET and POST /staff/people/{id}, for operators.
//
// Fields: role; or do=remove, which ends it.
type PersonPage struct {
	kit.Base
	Member PersonRow
	Role   string // chosen
	Roles  []prokura.StaffRole
	Last   bool // the last operator, who stays
}

func (*PersonPage) TemplateName() string { return "staff/person" }

// FirstPage answers GET /staff/first/{secret}. Its form posts to the same address
// and has no fields.
type FirstPage struct {
	kit.Base
	Path string
	Next string // signed, for logging in or signing up and coming back
}

func (*FirstPage) TemplateName() string { return "staff/first" }

// ReportPage answers GET and POST /problems/new.
//
// Fields: from (path of the page), trace (of its request), words.
type ReportPage struct {
	kit.Base
	From, Trace string // "": unknown
	Text        string // of the report
}

func (*ReportPage) TemplateName() string { return "staff/report" }

// ProblemView is what somebody reported.
type ProblemView struct {
	ID          string
	Name, Email string // of who reported it
	Path, Trace string // "": unknown
	Words       string
	Created     time.Time
	Answer      string
	Answered    time.Time // zero: not yet
	By          string    // who answered; for staff alone
}

// ProblemPage answers GET /problems/{id}, for who reported it, and GET and POST
// /staff/problems/{id}, for staff.
//
// Fields of the latter: answer.
type ProblemPage struct {
	kit.Base
	ForStaff bool
	Problem  ProblemView
	Typed    string // of an answer
}

func (*ProblemPage) TemplateName() string { return "staff/problem" }

// ProblemsPage answers GET /staff/problems: what nobody has answered yet.
type ProblemsPage struct {
	kit.Base
	Reports []ProblemView
}

func (*ProblemsPage) TemplateName() string { return "staff/problems" }
