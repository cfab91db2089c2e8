package verification

import (
	"context"
	"io"
	"strconv"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/verification"
	"github.com/prokura/prokura/internal/web/kit"
)

const staffPath = "/staff/businesses"

var staffRoutes = []kit.Route{
	{Pattern: "GET " + staffPath, Serve: waiting},
	{Pattern: "GET " + staffPath + "/{id}", Serve: decision},
	{Pattern: "POST " + staffPath + "/{id}", Serve: decide},
	{Pattern: "POST " + staffPath + "/{id}/revoke", Serve: revoke},
	{Pattern: "GET " + staffPath + "/{id}/documents/{number}/{file}", Serve: document},
}

// shownWaiting bounds the list of who waits; those behind it come as those before are
// answered.
const shownWaiting = 100

// queueKind is what the queue of staff calls a verification.
const queueKind = "verification"

// asking lists what waits, for the queue.
func asking(q *kit.Request, ask kit.QueueAsk) (rows []kit.QueueRow, err error) {
	if ask.Mine {
		return nil, nil
	}
	list, err := verification.Waiting(q.Context(), q.Registry, q.Caller, ask.Limit)
	for _, v := range list {
		rows = append(rows, kit.QueueRow{Kind: queueKind, Name: v.BusinessName, Owner: v.Details.LegalName, About: countryName(v.Details.Country),
			Path: staffPath + "/" + v.Business.String(), Since: kit.Moment(v.Sent), Due: kit.Moment(q.Registry.Catalog().Reviews.Access.Due(v.Sent))})
	}
	return rows, err
}

func countAsking(q *kit.Request) (int, time.Time, error) {
	w, err := verification.CountWaiting(q.Context(), q.Registry, q.Caller)
	return w.N, kit.Moment(w.Oldest), err
}

func waiting(q *kit.Request) error {
	if typed := q.R.URL.Query().Get("business"); typed != "" {
		if id, err := prokura.ParseID(typed); err == nil {
			return q.Redirect(staffPath + "/" + id.String())
		}
	}
	list, err := verification.Waiting(q.Context(), q.Registry, q.Caller, shownWaiting)
	if err != nil {
		return err
	}
	p := &WaitingPage{Base: q.Base(), Typed: q.R.URL.Query().Get("business")}
	for _, v := range list {
		p.Waiting = append(p.Waiting, WaitingRow{Business: kit.BusinessView{ID: v.Business.String(), Name: v.BusinessName, Verified: v.State == prokura.VerificationGiven},
			Legal: v.Details.LegalName, Country: countryName(v.Details.Country), Sent: kit.Moment(v.Sent)})
	}
	return q.Show(p)
}

func decisionOf(q *kit.Request) (*DecisionPage, error) {
	id, err := q.ID("id")
	if err != nil {
		return nil, err
	}
	v, err := verification.ForStaff(q.Context(), q.Registry, q.Caller, id)
	if err != nil {
		return nil, err
	}
	p := &DecisionPage{Base: q.Base(), Business: kit.BusinessOf(v.Business), State: v.Business.Verification, Own: v.Own, Days: q.DocumentDays,
		Revokes: v.Business.Verified() && !v.Own && q.Caller.Person.Staff.AtLeast(prokura.StaffLead)}
	for _, r := range prokura.VerificationReasons {
		switch r.Status {
		case prokura.VerificationAsked:
			p.Asks = append(p.Asks, string(r.Reason))
		case prokura.VerificationRevoked:
			p.Revokings = append(p.Revokings, string(r.Reason))
		default:
			p.Refuses = append(p.Refuses, string(r.Reason))
		}
	}
	for _, past := range v.Earlier {
		p.Earlier = append(p.Earlier, pastOf(past))
	}
	if v.Current == nil {
		return p, nil
	}
	p.Current, p.Number, p.Version = currentOf(q, *v.Current), v.Current.Number, v.Current.Version
	p.SentName, p.SentBy, p.Decides = v.Current.Name, v.SentBy, !v.Own && v.Current.Status == prokura.VerificationWaits
	if p.Current.Answer != nil {
		p.Current.Answer.By = v.Decider
	}
	if v.App.ID != 0 {
		app := kit.AppOf(v.App, prokura.Business{})
		p.App = &app
	}
	for _, f := range v.Documents {
		row := q.FileOf(f, "", "")
		row.Link = staffPath + "/" + id.String() + "/documents/" + strconv.FormatInt(p.Number, 10) + "/" + row.ID
		p.Current.Documents = append(p.Current.Documents, row)
	}
	return p, nil
}

func decision(q *kit.Request) error {
	p, err := decisionOf(q)
	if err != nil {
		return err
	}
	return q.Show(p)
}

func decide(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	choice := q.Field("decision")
	d := verification.Decision{Version: number(q, "version"), Name: q.Field("name"), Given: choice == "given", Words: q.Field("words"),
		Keep: time.Duration(q.DocumentDays) * 24 * time.Hour}
	if !d.Given {
		d.Reason = prokura.VerificationReason(choice)
	}
	refusal := verification.Decide(q.Context(), q.Registry, q.Caller, id, number(q, "number"), d)
	if refusal == nil {
		q.Flash(noticeDecided)
		return q.Redirect(staffPath)
	}
	return correctDecision(q, refusal, choice, d.Words)
}

func revoke(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	d := verification.Decision{Name: q.Field("name"), Reason: prokura.VerificationReason(q.Field("reason")), Words: q.Field("words")}
	refusal := verification.Revoke(q.Context(), q.Registry, q.Caller, id, d)
	if refusal == nil {
		q.Flash(noticeRevoked)
		return q.Redirect(staffPath + "/" + id.String())
	}
	return correctDecision(q, refusal, string(d.Reason), d.Words)
}

// correctDecision shows the page as it is now: with what was typed and what is wrong
// with it, or with what somebody else did meanwhile.
func correctDecision(q *kit.Request, refusal error, choice, words string) error {
	e := prokura.AsError(refusal)
	if _, ok := kit.Correctable(e.Reason); !ok && e.Reason != prokura.Conflict {
		return refusal
	}
	p, err := decisionOf(q)
	if err != nil {
		return err
	}
	p.Choice, p.Answer = choice, words
	if e.Reason == prokura.Conflict {
		return q.Outdated(p)
	}
	return q.Correct(p, refusal)
}

// document gives a document to staff, who look at it in a program of their own.
func document(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	file, err := q.ID("file")
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(q.R.PathValue("number"), 10, 64)
	if err != nil {
		return kit.ErrNoPage
	}
	f, err := verification.OpenDocument(q.Context(), q.Registry, q.Caller, id, n, file)
	if err != nil {
		return err
	}
	return q.SendFile(f, func(ctx context.Context, w io.Writer) error { return verification.Content(ctx, q.Registry, f, w) })
}
