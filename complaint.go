package prokura

// Complaint is what a business says of an app that it has connected: that it asks for
// more than it needs (R-REVIEW-04). The app's people are not told whose it is.
type Complaint struct {
	ID         ID
	Business   ID
	App        ID
	Person     ID       // of the business, who wrote it
	About      []string // names of permissions that the app does not need, as the business sees it
	Words      string
	Created    Instant
	Outcome    ComplaintOutcome
	Answer     string // of staff, for the business
	AnsweredBy ID
	Answered   Instant // 0: not yet
}

// ComplaintOutcome is what staff make of a complaint.
type ComplaintOutcome string

// Outcomes of complaints.
const (
	ComplaintWaits   ComplaintOutcome = ""
	ComplaintAgreed  ComplaintOutcome = "agreed"  // the app asks for too much: staff deal with it
	ComplaintRefused ComplaintOutcome = "refused" // it needs what it asks for
)

// Bounds of complaints.
const (
	MaxComplaintWords    = 1000 // runes, of a complaint and of its answer
	MaxOpenComplaints    = 20   // of one business
	ComplaintsAnHour     = 5    // of one business
	ComplaintDays        = 5    // within which businesses expect an answer, without weekends
	KeepComplaintsInDays = 730  // once they are answered
)
