package review

import (
	"context"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/review"
	webapps "github.com/prokura/prokura/internal/web/apps"
	"github.com/prokura/prokura/internal/web/kit"
)

// DeskPage answers GET /staff/submissions/{id}: all that a reviewer has to know to
// decide. POST of the same path decides: version, item, outcome.<n> (approved, refused
// or asked), reason.<n>, words.<n>. POST …/assign (version, to = me or nobody) and POST
// …/account, which leads to ?account=1: with the password of the test account.
type DeskPage struct {
	kit.Base
	ID             string
	Number         int64
	Version        int64
	Kind, Status   string
	App            kit.AppView
	Type, Site     string
	Contact        string
	Use            string // business use: own, clients
	Category       string
	Terms          string
	NoInterface    bool
	Relationship   string
	Instructions   string
	Account        string
	Testable       bool
	Files          []kit.FileRow
	Password       string // revealed
	By             string // who sent it
	Sent, Due      time.Time
	Late           bool
	Reviewer       string // "" for nobody
	Mine           bool
	TakesOver      bool // whoever looks may take it from another one
	Part           bool // whoever looks has a part in the app: decides nothing
	Lead           bool // whoever looks decides about levels
	Items          []ItemView
	Access         []AccessRow
	Stops          []StopView
	Standing       Standing
	Configurations []LimitedRow // with all permissions
	Earlier        []SentRow
	Calls, Failed  int
	Days           int
	Picked         int64 // item whose form was refused
	Complaints     []ComplaintView
}

func (*DeskPage) TemplateName() string { return "review/desk" }

func desk(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	p, err := deskOf(q, id)
	if err != nil {
		return err
	}
	if p.Testable && q.R.URL.Query().Get("account") == "1" {
		password, err := review.TestAccount(q.Context(), q.Registry, q.Caller, id, p.Version)
		if err != nil {
			return err
		}
		p.Password = password.Reveal()
	}
	return q.Show(p)
}

func deskOf(q *kit.Request, id prokura.ID) (*DeskPage, error) {
	v, err := review.PictureOf(q.Context(), q.Registry, q.Caller, id)
	if err != nil {
		return nil, err
	}
	s, me := &v.Full.Submission, q.Caller.Person
	p := &DeskPage{Base: q.Base(), ID: id.String(), Number: s.Number, Version: s.Version, Kind: string(s.Kind), Status: string(s.Status), App: kit.AppOf(v.App, v.Owner), Type: string(v.App.Type),
		Site: v.App.Settings.SiteURL, Contact: v.App.Settings.Contact, Use: v.App.Settings.BusinessUse, Category: v.App.Settings.Category, Terms: v.App.Settings.TermsURL,
		NoInterface: s.NoInterface, Relationship: s.Relationship, Instructions: s.Instructions, Account: s.Account, Testable: v.Testable, By: v.Names[s.SentBy],
		Sent: kit.Moment(s.Sent), Due: kit.Moment(v.Due), Late: s.Status == prokura.SubmissionSent && v.Due.Past(q.Registry.Now()), Reviewer: v.Names[s.Assigned],
		Mine: s.Assigned == me.ID, TakesOver: me.Staff.AtLeast(prokura.StaffLead), Part: v.Part, Lead: me.Staff.AtLeast(prokura.StaffLead), Items: itemViews(q, v.Full),
		Stops: stopViews(v.Stops), Standing: standingOf(q, v.Standing), Calls: int(v.Activity.Calls), Failed: int(v.Activity.Errors), Days: len(v.Activity.Days)}
	p.Complaints = complaintViews(q, v.Complaints)
	for _, file := range v.Files {
		p.Files = append(p.Files, q.FileOf(file, "/staff/submissions/"+id.String()+"/files/"+file.ID.String(), ""))
	}
	p.Access = accessRows(q, v.Holdings, usedBy(q, v.Configurations))
	for i := range p.Items {
		item := &p.Items[i]
		stored := s.Items[i]
		item.First, item.Second, item.FirstMine = v.Names[stored.FirstBy], v.Names[stored.SecondBy], stored.FirstBy == me.ID
		for _, r := range prokura.ReviewReasons {
			item.Reasons = append(item.Reasons, ReasonView{r.Key, r.Title})
		}
	}
	catalog := q.Registry.Catalog()
	for _, c := range v.Configurations {
		row := LimitedRow{ID: c.ID.String(), Name: c.Name}
		for _, name := range catalog.Names(c.Scopes(catalog)) {
			row.Lacking = append(row.Lacking, string(name))
		}
		p.Configurations = append(p.Configurations, row)
	}
	p.Earlier = slices.DeleteFunc(sentRows(q, v.Submissions), func(r SentRow) bool {
		return r.Number == s.Number || r.Status == string(prokura.SubmissionDraft)
	})
	return p, nil
}

// deskForm answers a form of the desk that was refused: the later one of two reviewers
// sees what the first one did.
func deskForm(q *kit.Request, id prokura.ID, refusal error, change func(*DeskPage)) error {
	e := prokura.AsError(refusal)
	if _, ok := kit.Correctable(e.Reason); !ok && e.Reason != prokura.Conflict {
		return refusal
	}
	p, err := deskOf(q, id)
	if err != nil {
		return err
	}
	if change != nil {
		change(p)
	}
	if e.Reason == prokura.Conflict {
		return q.Outdated(p)
	}
	return q.Correct(p, refusal)
}

// judge answers the form of one item.
func judge(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	n := q.Field("item")
	item, _ := strconv.ParseInt(n, 10, 64)
	v := review.Answer{Item: item, Outcome: prokura.ItemOutcome(q.Field("outcome." + n)), Reason: q.Field("reason." + n), Words: q.Text("words." + n)}
	refusal := review.DecideItem(q.Context(), q.Registry, q.Caller, id, webapps.Version(q), v)
	if refusal == nil {
		q.Flash(map[prokura.ItemOutcome]string{prokura.ItemAsked: noticeAskedBack, prokura.ItemRefused: noticeDecided}[v.Outcome])
		if v.Outcome == prokura.ItemApproved {
			q.Flash(noticeApproved)
		}
		return q.Redirect("/staff/submissions/" + id.String())
	}
	for _, field := range []string{"reason", "words", "outcome", "level"} {
		to := field
		if field == "level" {
			to = "outcome"
		}
		refusal = kit.AtField(refusal, field, to+"."+n)
	}
	return deskForm(q, id, refusal, func(p *DeskPage) {
		p.Picked = item
		for i := range p.Items {
			if it := &p.Items[i]; it.Number == item {
				it.Choice, it.ChoiceReason, it.Words = string(v.Outcome), v.Reason, v.Words
			}
		}
	})
}

func assign(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	to := prokura.ID(0)
	if q.Field("to") == "me" {
		to = q.Caller.Person.ID
	}
	if refusal := review.Assign(q.Context(), q.Registry, q.Caller, id, webapps.Version(q), to); refusal != nil {
		return deskForm(q, id, refusal, nil)
	}
	return q.Redirect("/staff/submissions/" + id.String())
}

// testAccount leads to the desk with the password of the test account: whoever asks for
// it is decided about, and noted, when it is shown.
func testAccount(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	return q.Redirect("/staff/submissions/" + id.String() + "?account=1")
}

// sendFile gives a film or picture of a submission to a reviewer, to be saved.
func sendFile(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	file, err := q.ID("file")
	if err != nil {
		return err
	}
	f, err := review.FileOf(q.Context(), q.Registry, q.Caller, id, file)
	if err != nil {
		return err
	}
	return q.SendFile(f, func(ctx context.Context, w io.Writer) error { return review.Content(ctx, q.Registry, f, w) })
}
