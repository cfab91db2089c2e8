package review

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/review"
	webapps "github.com/prokura/prokura/internal/web/apps"
	"github.com/prokura/prokura/internal/web/kit"
)

// QueuePage answers GET /staff/queue: what waits for platform staff, of every kind.
//
// In the query: kind shows one kind alone, whose = mine or nobody one part of it.
type QueuePage struct {
	kit.Base
	Kinds []QueueKind
	Kind  string
	Whose string
	Rows  []QueueLine
	All   int // of the kind, whoever looks at it
}

func (*QueuePage) TemplateName() string { return "review/queue" }

// QueueKind is a kind of thing that can wait.
type QueueKind struct {
	Kind  string // queue.<kind> is what it is called
	Count int
}

// QueueLine is one thing that waits.
type QueueLine struct {
	kit.QueueRow
	Age  string // how long it has waited, in words
	Late bool
	Key  int // on the keyboard, from 1; 0: none
}

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
}

func (*DeskPage) TemplateName() string { return "review/desk" }

// shownQueue bounds what the queue shows of each kind.
const shownQueue = 200

// waitingSubmissions is the queue of this room.
func waitingSubmissions(q *kit.Request) ([]kit.QueueRow, error) {
	list, err := review.Queue(q.Context(), q.Registry, q.Caller, shownQueue)
	if err != nil {
		return nil, err
	}
	var out []kit.QueueRow
	for _, s := range list {
		var about []string
		for _, i := range s.Items {
			if !i.Outcome.Final() {
				about = append(about, q.Registry.Catalog().ItemTitle(i.Kind, i.Name))
			}
		}
		out = append(out, kit.QueueRow{Kind: queueSubmissions, Name: s.WaitingSubmission.App, Owner: s.Owner, About: strings.Join(about, ", "), Path: "/staff/submissions/" + s.ID.String(),
			Since: kit.Moment(s.Sent), Due: kit.Moment(s.Due), By: s.Reviewer, Mine: s.Assigned == q.Caller.Person.ID})
	}
	return out, nil
}

const queueSubmissions = "submission"

func queue(q *kit.Request) error {
	if err := q.Registry.MayRead(q.Caller, prokura.ActReviewApps, prokura.Subject{}); err != nil {
		return err
	}
	query, now := q.R.URL.Query(), q.Registry.Now().Time()
	p := &QueuePage{Base: q.Base(), Kind: query.Get("kind"), Whose: query.Get("whose")}
	for _, kind := range q.Queues {
		rows, err := kind.List(q)
		if err != nil {
			return err
		}
		p.Kinds = append(p.Kinds, QueueKind{kind.Kind, len(rows)})
		if p.Kind != "" && p.Kind != kind.Kind {
			continue
		}
		p.All += len(rows)
		for _, r := range rows {
			if p.Whose == "mine" && !r.Mine || p.Whose == "nobody" && r.By != "" {
				continue
			}
			p.Rows = append(p.Rows, QueueLine{QueueRow: r, Age: ageOf(now.Sub(r.Since)), Late: r.Late(now)})
		}
	}
	slices.SortStableFunc(p.Rows, func(a, b QueueLine) int {
		return cmp.Or(cmp.Compare(dueOf(a.QueueRow), dueOf(b.QueueRow)), a.Since.Compare(b.Since))
	})
	for i := range min(9, len(p.Rows)) {
		p.Rows[i].Key = i + 1
	}
	return q.Show(p)
}

// dueOf orders what nobody expects behind what is due.
func dueOf(r kit.QueueRow) int64 {
	if r.Due.IsZero() {
		return 1 << 62
	}
	return r.Due.UnixMilli()
}

// ageOf is a time in words, rounded down.
func ageOf(d time.Duration) string {
	if d < time.Hour {
		return strconv.Itoa(int(d.Minutes())) + " min"
	}
	if d < 48*time.Hour {
		return strconv.Itoa(int(d.Hours())) + " h"
	}
	return strconv.Itoa(int(d.Hours()/24)) + " days"
}

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

// waiting counts what waits of all kinds.
func waiting(q *kit.Request) (w kit.StaffWaiting, err error) {
	for _, kind := range q.Queues {
		rows, err := kind.List(q)
		if err != nil {
			return w, err
		}
		w.N += len(rows)
		for _, r := range rows {
			if w.Oldest.IsZero() || r.Since.Before(w.Oldest) {
				w.Oldest = r.Since
			}
		}
	}
	return w, nil
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
