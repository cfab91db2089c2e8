package verification

import (
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/web/apps"
	"github.com/prokura/prokura/internal/web/kit"
)

// Details are what a business says of itself, as a form and as a list.
type Details struct {
	prokura.VerificationDetails
	CountryName string
}

func detailsOf(d prokura.VerificationDetails) Details { return Details{d, countryName(d.Country)} }

// BusinessPage answers GET and POST /business/{id}/verification and shows what is wrong
// with the forms below it. Members without full control see where it stands and no more.
//
// Fields of the POST: version, legal_name, address, country, registration, website,
// contact, email, phone; password where the business is verified.
type BusinessPage struct {
	kit.Base
	Business    kit.BusinessView
	FullControl bool
	State       string // prokura.VerificationStatus
	Offers      []OfferView
	Current     *CurrentView // nil: none is under way
	Edits       bool         // its details and documents
	Version     int64
	Form        Details // what the form begins with
	Missing     []string
	Past        []PastView
	Files       kit.FileForm
}

func (*BusinessPage) TemplateName() string { return "verification/business" }

// Countries are those to choose from.
func (*BusinessPage) Countries() []Country { return countries }

// CurrentView is the verification under way.
type CurrentView struct {
	Details    Details
	Status     string
	Sent       time.Time
	Answer     *AnswerView // of staff, who asked back
	Documents  []kit.FileRow
	MailProven time.Time
	Mailed     bool // a code is awaited
	SiteProven time.Time
	SiteBy     string
	Record     string // name of the TXT record
	Address    string // of the file
	Value      string
}

// AnswerView is what staff said.
type AnswerView struct {
	Reason string // prokura.VerificationReason
	Words  string
	At     time.Time
	By     string // name, for staff alone
}

// PastView is an earlier verification.
type PastView struct {
	Name   string // of the business then
	Status string
	Begun  time.Time
	Sent   time.Time
	Answer AnswerView
}

// OfferView is what an app's people prepared for the business.
type OfferView struct {
	Number    int64
	App       kit.AppView
	Details   Details
	Documents []kit.FileRow
	At        time.Time
}

// PreparedPage answers GET /apps/{id}/client-verification: what the app's people
// prepared for clients.
type PreparedPage struct {
	kit.Base
	Frame    apps.Frame
	Prepared []PreparedRow
}

func (*PreparedPage) TemplateName() string { return "verification/prepared" }

// PreparedRow is one of them.
type PreparedRow struct {
	Business kit.BusinessView
	Number   int64
	State    string // "draft", "offered", or where it stands since it was accepted
	At       time.Time
}

// PreparePage answers GET and POST /apps/{id}/client-verification/new and
// /apps/{id}/client-verification/{business}/{number}.
//
// Fields: business (new ones), version, and those of the details.
type PreparePage struct {
	kit.Base
	Frame     apps.Frame
	Business  kit.BusinessView // zero: a new one
	Typed     string           // the business's id, of a new one
	Number    int64
	Version   int64
	Offered   bool
	Form      Details
	Documents []kit.FileRow
	Files     kit.FileForm
}

func (*PreparePage) TemplateName() string { return "verification/prepare" }

// Countries are those to choose from.
func (*PreparePage) Countries() []Country { return countries }

// WaitingPage answers GET /staff/businesses: what waits for staff, and a way to any
// business.
type WaitingPage struct {
	kit.Base
	Waiting []WaitingRow
	Typed   string
}

func (*WaitingPage) TemplateName() string { return "verification/waiting" }

// WaitingRow is one business that waits.
type WaitingRow struct {
	Business kit.BusinessView
	Legal    string
	Country  string
	Sent     time.Time
}

// DecisionPage answers GET and POST /staff/businesses/{id}, and POST
// /staff/businesses/{id}/revoke.
//
// Fields: number, version, name (as they were shown), decision (given, or a reason),
// words (which the business's people read). Of the other form: name, reason, words.
type DecisionPage struct {
	kit.Base
	Business  kit.BusinessView
	State     string
	Own       bool // the reader is of it, and decides nothing
	Current   *CurrentView
	Number    int64
	Version   int64
	SentName  string // what the business was called when it was sent
	SentBy    string
	App       *kit.AppView // whose people prepared it; nil: nobody's did
	Decides   bool         // now
	Revokes   bool         // now
	Asks      []string     // reasons that ask back
	Refuses   []string     // reasons that refuse
	Revokings []string     // reasons that revoke
	Choice    string
	Answer    string // what was typed
	Earlier   []PastView
	Days      int // that documents are kept after the decision
}

func (*DecisionPage) TemplateName() string { return "verification/decision" }
