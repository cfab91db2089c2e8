package review

import (
	"slices"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/review"
	"github.com/prokura/prokura/internal/web/kit"
)

// ComplainPage answers GET and POST /business/{id}/integrations/connected-apps/{app}/complaint:
// what a business says of an app that it has connected, and what came of it.
//
// Fields: about (repeated: names of permissions), words.
type ComplainPage struct {
	kit.Base
	Business kit.BusinessView
	App      kit.AppView
	Given    []kit.PermissionView // by the business; none: it is connected no more
	Open     bool                 // something waits for an answer
	Earlier  []ComplaintView      // newest first
	Typed    string
}

func (*ComplainPage) TemplateName() string { return "review/complain" }

// ComplaintView is one complaint.
type ComplaintView struct {
	ID       string
	Business string // name; for staff alone
	From, By string // names of who wrote and of who answered it
	About    []string
	Words    string
	Created  time.Time
	Outcome  string // "" while it waits
	Answer   string
	Answered time.Time
}

// ComplaintPage answers GET and POST /staff/complaints/{id}.
//
// Fields: outcome (agreed or refused), answer (which the business reads).
type ComplaintPage struct {
	kit.Base
	App       kit.AppView
	Complaint ComplaintView
	Given     []kit.PermissionView // by the business, by now
	Held      []AccessRow          // what the app has advanced access to
	Other     []ComplaintView      // about the same app
	Part      bool                 // whoever looks has a part in it: answers nothing
	Outcome   string               // what was chosen and typed
	Answer    string
}

func (*ComplaintPage) TemplateName() string { return "review/complaint" }

const queueComplaints = "complaint"

func complaintView(q *kit.Request, v review.Complaint) ComplaintView {
	out := ComplaintView{ID: v.ID.String(), Business: v.BusinessName, From: v.From, By: v.By, Words: v.Words, Created: kit.Moment(v.Created), Outcome: string(v.Outcome), Answer: v.Answer, Answered: kit.Moment(v.Answered)}
	for _, name := range v.About {
		out.About = append(out.About, q.Registry.Catalog().ItemTitle(prokura.ItemPermission, name))
	}
	return out
}

func complaintViews(q *kit.Request, list []review.Complaint) (out []ComplaintView) {
	for _, v := range list {
		out = append(out, complaintView(q, v))
	}
	return out
}

// powersOf are permissions in plain words, in the order of the catalog.
func powersOf(q *kit.Request, set prokura.PermissionSet) (out []kit.PermissionView) {
	catalog := q.Registry.Catalog()
	for _, name := range catalog.Names(set) {
		info, _ := catalog.Permission(name)
		out = append(out, q.PermissionView(info))
	}
	return out
}

func complainPage(q *kit.Request) error {
	p, err := complainOf(q)
	if err != nil {
		return err
	}
	return q.Show(p)
}

func complainOf(q *kit.Request) (*ComplainPage, error) {
	h, err := q.ControlledBusiness()
	if err != nil {
		return nil, err
	}
	app, err := q.ID("app")
	if err != nil {
		return nil, err
	}
	v, err := review.ComplainingOf(q.Context(), q.Registry, q.Caller, h.Business.ID, app)
	if err != nil {
		return nil, err
	}
	return &ComplainPage{Base: q.Base(), Business: kit.BusinessOf(h.Business), App: kit.AppOf(v.App, v.Owner), Given: powersOf(q, v.Given), Open: v.Open() != nil, Earlier: complaintViews(q, v.Earlier)}, nil
}

func complain(q *kit.Request) error {
	business, err := q.ID("id")
	if err != nil {
		return err
	}
	app, err := q.ID("app")
	if err != nil {
		return err
	}
	about, words := kit.Distinct[string](q.Fields("about")), q.Text("words")
	refusal := review.Complain(q.Context(), q.Registry, q.Caller, business, app, about, words)
	if refusal == nil {
		q.Flash(noticeComplained)
		return q.Redirect("/business/" + business.String() + "/integrations/connected-apps/" + app.String() + "/complaint")
	}
	e := prokura.AsError(refusal)
	if _, ok := kit.Correctable(e.Reason); !ok && e.Reason != prokura.Conflict {
		return refusal
	}
	p, err := complainOf(q)
	if err != nil {
		return err
	}
	p.Typed = words
	for i := range p.Given {
		p.Given[i].Checked = slices.Contains(about, p.Given[i].Name)
	}
	if e.Reason == prokura.Conflict {
		return q.Outdated(p)
	}
	return q.Correct(p, refusal)
}

func waitingComplaints(q *kit.Request, ask kit.QueueAsk) (out []kit.QueueRow, err error) {
	if ask.Mine {
		return nil, nil
	}
	list, err := review.OpenComplaints(q.Context(), q.Registry, q.Caller, ask.Limit)
	due := prokura.ReviewTime{Days: prokura.ComplaintDays, Workday: true}
	for _, v := range list {
		out = append(out, kit.QueueRow{Kind: queueComplaints, Name: v.AppName, Owner: v.BusinessName, About: q.Words("queue.complaint.about"), Path: "/staff/complaints/" + v.ID.String(),
			Since: kit.Moment(v.Created), Due: kit.Moment(due.Due(v.Created))})
	}
	return out, err
}

func countComplaints(q *kit.Request) (int, time.Time, error) {
	w, err := review.CountComplaints(q.Context(), q.Registry, q.Caller)
	return w.N, kit.Moment(w.Oldest), err
}

func complaint(q *kit.Request) error {
	p, err := complaintOf(q)
	if err != nil {
		return err
	}
	return q.Show(p)
}

func complaintOf(q *kit.Request) (*ComplaintPage, error) {
	id, err := q.ID("id")
	if err != nil {
		return nil, err
	}
	v, err := review.ComplaintOf(q.Context(), q.Registry, q.Caller, id)
	if err != nil {
		return nil, err
	}
	p := &ComplaintPage{Base: q.Base(), App: kit.AppOf(v.App, v.Owner), Complaint: complaintView(q, v.Complaint), Given: powersOf(q, v.Given), Other: complaintViews(q, v.Other), Part: v.Part}
	p.Held = slices.DeleteFunc(accessRows(q, &review.Holdings{Access: v.Held}, nil), func(r AccessRow) bool { return !r.Advanced })
	return p, nil
}

func answerComplaint(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	outcome, answer := q.Field("outcome"), q.Text("answer")
	refusal := review.AnswerComplaint(q.Context(), q.Registry, q.Caller, id, prokura.ComplaintOutcome(outcome), answer)
	if refusal == nil {
		q.Flash(noticeComplaint)
		return q.Redirect("/staff/complaints/" + id.String())
	}
	e := prokura.AsError(refusal)
	if _, ok := kit.Correctable(e.Reason); !ok && e.Reason != prokura.Conflict {
		return refusal
	}
	p, err := complaintOf(q)
	if err != nil {
		return err
	}
	p.Outcome, p.Answer = outcome, answer
	if e.Reason == prokura.Conflict {
		return q.Outdated(p)
	}
	return q.Correct(p, refusal)
}
