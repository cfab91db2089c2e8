package review

import (
	"strconv"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/review"
	"github.com/prokura/prokura/internal/web/apps"
	"github.com/prokura/prokura/internal/web/kit"
)

// SubmissionsPage answers GET and POST /apps/{id}/submissions (R-REVIEW-01): what was
// submitted, and what can be asked for.
//
// Fields: add (repeated; kind, a colon and the name).
type SubmissionsPage struct {
	kit.Base
	Frame       apps.Frame
	Draft       *SentRow // nil: there is none
	Sent        []SentRow
	Groups      []WantedGroup
	Expected    Takes
	Confirmable int
}

func (*SubmissionsPage) TemplateName() string { return "review/submissions" }

// WantedGroup is what can be asked for of one product.
type WantedGroup struct {
	Title  string
	Wanted []WantedRow
}

// WantedRow is one thing that can be asked for.
type WantedRow struct {
	Value, Title, Name, Does string
	Risk                     prokura.Risk
	State                    string // "held", "draft" or "waits"; "": it can be chosen
	Used                     bool   // a configuration asks for it
	Checked                  bool
}

// Takes is how long decisions take.
type Takes struct {
	Days    int // as a rule; 0: nobody says
	Workday bool
	Median  string // of the newest ones, in words; "" for none yet
}

func takes(t prokura.ReviewTime, median prokura.Instant) Takes {
	out := Takes{Days: t.Days, Workday: t.Workday}
	switch hours := int64(median) / (60 * 60 * 1000); {
	case median == 0:
	case hours < 1:
		out.Median = "less than an hour"
	case hours < 48:
		out.Median = strconv.FormatInt(hours, 10) + " h"
	default:
		out.Median = strconv.FormatInt((hours+12)/24, 10) + " days"
	}
	return out
}

// SubmissionPage answers GET and POST /apps/{id}/submissions/{number}: a draft to fill
// in, or what became of one that was sent.
//
// Fields: version; no_interface (checkbox, value 1), relationship, instructions,
// account, test_password; for each item use.<n>, how.<n>, answer.<n>.<key>; do = save,
// send, discard, withdraw, answer, again, or drop:<n>.
type SubmissionPage struct {
	kit.Base
	Frame        apps.Frame
	ID           string // to name it by
	Number       int64
	Version      int64
	Kind, Status string
	NoInterface  bool
	Relationship string
	Instructions string
	Account      string
	Testable     bool
	Files        []kit.FileRow
	Upload       kit.FileForm // of a draft
	Site         string       // the address of the platform Website
	Items        []ItemView
	Missing      []LackView // of a draft
	At           time.Time
	Due, Ended   time.Time
	Expected     Takes
	Refused      bool // something can be sent again
	Former       bool // it is of a former owner's people, and what they wrote is left out
}

func (*SubmissionPage) TemplateName() string { return "review/submission" }

// Draft reports whether it can be filled in, and by whoever looks at it.
func (p *SubmissionPage) Draft() bool {
	return p.Status == string(prokura.SubmissionDraft) && p.Frame.Admin()
}

// Waits reports whether it was sent and is not decided.
func (p *SubmissionPage) Waits() bool { return p.Status == string(prokura.SubmissionSent) }

// Asked reports whether its people are asked to say more.
func (p *SubmissionPage) Asked() bool {
	for _, i := range p.Items {
		if i.Outcome == string(prokura.ItemAsked) {
			return p.Waits()
		}
	}
	return false
}

// ItemView is one thing asked for.
type ItemView struct {
	Number            int64
	Kind, Name, Title string
	Does              string // what the permission opens
	Risk              prokura.Risk
	Use, How          string
	Questions         []QuestionView
	Outcome           string
	Reason, Words     string // of staff
	Decided           time.Time
	Earlier           *ItemView // the last answer about the same thing
	EarlierNumber     int64     // of its submission
	First, Second     string    // names of who said yes and who decided; for staff alone
	FirstAt           time.Time
	FirstMine         bool // whoever looks has said yes already
	Deciders          int
	Reasons           []ReasonView // for staff
	Retired           bool         // the platform does not offer it any more
	Choice            string       // of a form: the outcome that was chosen
	ChoiceReason      string
}

// ReasonView is a reason to choose.
type ReasonView struct{ Key, Title string }

// LackView is something that is missing in a draft.
type LackView struct {
	What  string // lack.<what> is what it says
	Title string // of the item; "" where it is of none
	Field string // id of the field on the page; "" where the page has none
	Path  string // where it is put right, below the app; "" on the page
}

func itemView(q *kit.Request, i prokura.SubmissionItem) ItemView {
	catalog := q.Registry.Catalog()
	v := ItemView{Number: i.Number, Kind: string(i.Kind), Name: i.Name, Title: catalog.ItemTitle(i.Kind, i.Name), Use: i.Use, How: i.How, Outcome: string(i.Outcome),
		Reason: prokura.ReasonTitle(i.Reason), Words: i.Words, Decided: kit.Moment(i.Decided), FirstAt: kit.Moment(i.FirstAt), Deciders: i.Kind.Deciders(),
		Retired: !catalog.Askable(i.Kind, i.Name)}
	if p, ok := catalog.Permission(prokura.Permission(i.Name)); ok && i.Kind == prokura.ItemPermission {
		v.Does, v.Risk = p.Does, p.Risk
	}
	for _, question := range catalog.Questions(i.Kind, i.Name) {
		v.Questions = append(v.Questions, QuestionView{Key: question.Key, Title: question.Title, Answer: i.Answers[question.Key]})
	}
	return v
}

// itemViews are the items of a submission with what was said before.
func itemViews(q *kit.Request, f *review.Full) []ItemView {
	var out []ItemView
	for _, i := range f.Items {
		v := itemView(q, i)
		if e, ok := f.Earlier[i.Number]; ok {
			earlier := itemView(q, e.SubmissionItem)
			v.Earlier, v.EarlierNumber = &earlier, e.Submission
		}
		out = append(out, v)
	}
	return out
}
