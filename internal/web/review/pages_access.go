package review

import (
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/review"
	"github.com/prokura/prokura/internal/web/apps"
	"github.com/prokura/prokura/internal/web/kit"
)

// AccessPage answers GET /apps/{id}/access: why the app may do what it may do. With
// Edit, for platform staff, it answers GET and POST /staff/apps/{id}.
//
// Fields with Edit: version, stop ("", development or stopped), keep (repeated: names
// of what stays), reason (which the app's people read). POST /staff/apps/{id}/identity
// (version) confirms another name, icon or owner.
type AccessPage struct {
	kit.Base
	Frame       apps.Frame
	Edit        bool
	Rows        []AccessRow
	Limited     []LimitedRow // configurations that serve only the app's own people and businesses
	Stops       []StopView   // newest first
	Stop        string       // that holds, or was chosen
	Reason      string       // what was typed
	Confirmable int          // rows that have to be confirmed soon
	Sent        []SentRow    // what waits for an answer
	Looks       review.Looks // with Edit, of another name, icon or owner
	Complaints  []ComplaintView
}

func (*AccessPage) TemplateName() string { return "review/access" }

// Stopped is what holds now; nil: nothing.
func (p *AccessPage) Stopped() *StopView { return holdingOf(p.Stops) }

// AccessRow is the access of one permission or feature.
type AccessRow struct {
	Kind, Name, Title string
	Does              string // what the permission opens
	Advanced, Kept    bool   // Kept: of a form
	Since, Until      time.Time
	Lapsed            time.Time // when it narrowed to standard, as nobody confirmed it
	Submission        int64     // by which it was given; 0: by a seed or the operator
	UsedBy            int       // configurations that ask for it
}

// LimitedRow is a configuration that asks for permissions without advanced access
// (R-LOGIN-09).
type LimitedRow struct {
	ID, Name string
	Lacking  []string
}

// StopView is what staff did to the app's mode.
type StopView struct {
	Mode         string
	Reason       string
	Since, Ended time.Time
}

func holdingOf(list []StopView) *StopView {
	if len(list) == 0 || !list[0].Ended.IsZero() {
		return nil
	}
	return &list[0]
}

// SentRow is a submission in a list.
type SentRow struct {
	Number     int64
	Kind       string
	Status     string
	About      []string // what it asks for, in words
	At         time.Time
	Due, Ended time.Time
	Open       int // items that are not decided
	Asked      int // of these, that its people have to say more about
	Approved   int
	Refused    int
}

// ModePage answers GET and POST /apps/{id}/mode (R-APP-02). Fields: version, mode (live
// or development).
type ModePage struct {
	kit.Base
	Frame apps.Frame
	Check []Check
	Ready bool // nothing on the list is missing
	Stops []StopView
}

func (*ModePage) TemplateName() string { return "review/mode" }

// Stopped is what holds now; nil: nothing.
func (p *ModePage) Stopped() *StopView { return holdingOf(p.Stops) }

// Check is one point of a list.
type Check struct {
	Key    string // check.<key> is what it says
	Done   bool
	Needed bool   // else it is advice
	Path   string // where it is put right, below the app
}

// ConfirmPage answers GET and POST /apps/{id}/confirm (R-REVIEW-04). Fields: version,
// keep (repeated), said.<key> (checkboxes, value 1).
type ConfirmPage struct {
	kit.Base
	Frame     apps.Frame
	Rows      []ConfirmRow
	None      bool // it needs none of it any more
	Questions []QuestionView
	First     time.Time // when the first of them narrows
}

func (*ConfirmPage) TemplateName() string { return "review/confirm" }

// ConfirmRow is what has to be confirmed.
type ConfirmRow struct {
	AccessRow
	Use string // as it was described
}

// QuestionView is a question and its answer.
type QuestionView struct {
	Key, Title, Answer string
	Said               bool
}

// accessRows are what an app was given, and what its configurations ask for besides.
func accessRows(q *kit.Request, h *review.Holdings, used map[prokura.Permission]int) []AccessRow {
	catalog := q.Registry.Catalog()
	var out []AccessRow
	seen := map[string]bool{}
	for _, a := range h.Access {
		row := AccessRow{Kind: string(a.Kind), Name: a.Name, Title: catalog.ItemTitle(a.Kind, a.Name), Advanced: a.Advanced(), Kept: a.Advanced(), Since: kit.Moment(a.Since),
			Until: kit.Moment(a.Until), Lapsed: kit.Moment(a.Lapsed), Submission: h.Numbers[a.Submission], UsedBy: used[prokura.Permission(a.Name)]}
		if p, ok := catalog.Permission(prokura.Permission(a.Name)); ok {
			row.Does = p.Does
		}
		seen[a.Name] = true
		out = append(out, row)
	}
	for _, p := range catalog.Permissions {
		if used[p.Name] > 0 && !seen[string(p.Name)] && p.Reviewed() {
			out = append(out, AccessRow{Kind: string(prokura.ItemPermission), Name: string(p.Name), Title: p.Title, Does: p.Does, UsedBy: used[p.Name]})
		}
	}
	return out
}

func stopViews(list []review.Stop) []StopView {
	var out []StopView
	for _, s := range list {
		out = append(out, StopView{string(s.Mode), s.Reason, kit.Moment(s.Since), kit.Moment(s.Ended)})
	}
	return out
}

// sentRows lists submissions.
func sentRows(q *kit.Request, list []prokura.Submission) []SentRow {
	catalog := q.Registry.Catalog()
	var out []SentRow
	for i := range list {
		s := &list[i]
		row := SentRow{Number: s.Number, Kind: string(s.Kind), Status: string(s.Status), At: kit.Moment(max(s.Created, s.Sent)), Due: kit.Moment(catalog.Due(s)), Ended: kit.Moment(s.Ended)}
		for _, item := range s.Items {
			row.About = append(row.About, catalog.ItemTitle(item.Kind, item.Name))
			switch item.Outcome {
			case prokura.ItemApproved:
				row.Approved++
			case prokura.ItemRefused:
				row.Refused++
			default:
				row.Open++
			}
			if item.Outcome == prokura.ItemAsked {
				row.Asked++
			}
		}
		out = append(out, row)
	}
	return out
}
