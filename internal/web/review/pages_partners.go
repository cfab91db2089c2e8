package review

import (
	"time"

	"github.com/prokura/prokura/internal/web/apps"
	"github.com/prokura/prokura/internal/web/kit"
)

// PartnersPage answers GET /partners, for everybody.
//
// In the query: q (a part of the name), speciality (a key), after (an app's id).
type PartnersPage struct {
	kit.Base
	Partners []PartnerRow
	Query    string
	Chosen   string // speciality
	Choices  []SpecialityChoice
	First    bool   // it is the first page
	More     string // query of the next page; "" for none
}

func (*PartnersPage) TemplateName() string { return "review/partners" }

// Of is the query of the same search for a speciality; "" for all of them.
func (p *PartnersPage) Of(speciality string) string { return p.query(speciality, "") }

// PartnerRow is a partner.
type PartnerRow struct {
	App          kit.AppView
	Specialities []string
	Site         string // address; "" for none
	Since        time.Time
}

// SpecialityChoice is a speciality to choose.
type SpecialityChoice struct {
	Key, Title string
	Chosen     bool
}

// Standing is an app as a partner.
type PartnerStanding struct {
	May     bool   // it can be one: the level is
	Level   string // title
	Live    bool
	Changed bool            // it has another name, icon or owner than staff confirmed
	Open    *NominationView // that waits; nil: none does
	Given   *NominationView // the badge; nil: none
	Shown   bool            // the badge is, now
	Earlier []NominationView
	MadeBy  string // name of who put forward what waits; for staff alone
	Part    bool   // whoever looks as staff decides nothing
}

// NominationView is one with what became of it.
type NominationView struct {
	Number       int64
	Status       string
	Specialities []string
	Why          string
	Made         time.Time
	Proposed     bool // by staff
	Reason       string
	Decided      time.Time
	Ended        time.Time
}

// PartnerPage answers GET and POST /apps/{id}/partner. POST …/leave takes back what
// waits and gives the badge up.
//
// Fields: specialities (repeated: keys), words.
type PartnerPage struct {
	kit.Base
	Frame    apps.Frame
	Standing PartnerStanding
	Choices  []SpecialityChoice
	Typed    string // words
}

func (*PartnerPage) TemplateName() string { return "review/partner" }

// PartnerDecisionPage answers GET and POST /staff/apps/{id}/partner.
//
// Fields: do = propose with specialities and words; do = end with reason; else number,
// face, outcome (given, refused) and reason.
type PartnerDecisionPage struct {
	kit.Base
	Frame    apps.Frame
	Standing PartnerStanding
	Face     string // of the app that is shown
	Site     string
	Decides  bool // and does not only put forward
	Choices  []SpecialityChoice
	Outcome  string // what was chosen and typed
	Typed    string
	Reason   string
	Ending   string
}

func (*PartnerDecisionPage) TemplateName() string { return "review/partner_decision" }
