// Package review is what an app's people ask of the platform, and what platform staff
// make of it: App review, Access, Mode, Status and Review and Activity in the app
// dashboard; the queue, the desk of a submission, and what is done to an app by hand.
//
// It draws figures; it counts none.
package review

import (
	"embed"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/review"
	webapps "github.com/prokura/prokura/internal/web/apps"
	"github.com/prokura/prokura/internal/web/kit"
)

// Room is the pages about review.
var Room = kit.Room{
	Name: "review",
	Routes: []kit.Route{
		{Pattern: "GET /apps/{id}/review", Serve: webapps.OnApp(prokura.ActViewApp, status)},
		{Pattern: "POST /apps/{id}/review", Serve: ask},
		{Pattern: "GET /apps/{id}/access", Serve: webapps.OnApp(prokura.ActViewApp, access)},
		{Pattern: "GET /apps/{id}/mode", Serve: webapps.OnApp(prokura.ActViewApp, mode)},
		{Pattern: "POST /apps/{id}/mode", Serve: setMode},
		{Pattern: "GET /apps/{id}/confirm", Serve: webapps.OnApp(prokura.ActViewApp, confirmation)},
		{Pattern: "POST /apps/{id}/confirm", Serve: confirm},
		{Pattern: "GET /apps/{id}/submissions", Serve: webapps.OnApp(prokura.ActViewApp, submissions)},
		{Pattern: "POST /apps/{id}/submissions", Serve: begin},
		{Pattern: "GET /apps/{id}/submissions/{number}", Serve: webapps.OnApp(prokura.ActViewApp, submission)},
		{Pattern: "POST /apps/{id}/submissions/{number}", Serve: change},
		{Pattern: "POST /apps/{id}/submissions/{number}/files", Serve: addFiles, Files: true},
		{Pattern: "POST /apps/{id}/submissions/{number}/files/drop", Serve: dropFile},
		{Pattern: "GET /staff/submissions/{id}/files/{file}", Serve: sendFile},
		{Pattern: "GET /staff/queue", Serve: queue},
		{Pattern: "GET /staff/submissions/{id}", Serve: desk},
		{Pattern: "POST /staff/submissions/{id}", Serve: judge},
		{Pattern: "POST /staff/submissions/{id}/assign", Serve: assign},
		{Pattern: "POST /staff/submissions/{id}/account", Serve: testAccount},
		{Pattern: "GET /staff/apps/{id}", Serve: limits},
		{Pattern: "POST /staff/apps/{id}", Serve: limit},
		{Pattern: "GET /business/{id}/integrations/connected-apps/{app}/complaint", Serve: complainPage},
		{Pattern: "POST /business/{id}/integrations/connected-apps/{app}/complaint", Serve: complain},
		{Pattern: "GET /staff/complaints/{id}", Serve: complaint},
		{Pattern: "POST /staff/complaints/{id}", Serve: answerComplaint},
		{Pattern: "GET /partners", Serve: partnersList, Nobody: true},
		{Pattern: "GET /apps/{id}/partner", Serve: webapps.OnApp(prokura.ActViewApp, partner)},
		{Pattern: "POST /apps/{id}/partner", Serve: nominate},
		{Pattern: "POST /apps/{id}/partner/leave", Serve: leavePartners},
		{Pattern: "GET /staff/apps/{id}/partner", Serve: partnerDecision},
		{Pattern: "POST /staff/apps/{id}/partner", Serve: decidePartner},
		{Pattern: "POST /staff/apps/{id}/identity", Serve: confirmIdentity},
		{Pattern: "GET /apps/{id}/activity", Serve: webapps.OnApp(prokura.ActViewApp, activity)},
		{Pattern: "GET /staff/apps/{id}/level", Serve: decision},
		{Pattern: "POST /staff/apps/{id}/level", Serve: decide},
	},
	Pages:  files,
	Words:  kit.Texts{"en": words},
	Queues: queues,
	Staff:  []kit.StaffEntry{{Key: "queue", Path: "/staff/queue", Icon: "badge", Role: prokura.StaffReviewer, Waiting: waiting}},
}

//go:embed page
var files embed.FS

// Keys of notices.
const (
	noticeAsked         = "notice.level.asked"
	noticeDecided       = "notice.level.decided"
	noticeApproved      = "notice.item.approved"
	noticeAskedBack     = "notice.item.asked"
	noticeLimited       = "notice.access.saved"
	noticeNominated     = "notice.badge.nominated"
	noticeLeft          = "notice.badge.left"
	noticeGiven         = "notice.badge.given"
	noticeRefused       = "notice.badge.refused"
	noticeEnded         = "notice.badge.ended"
	noticeComplained    = "notice.complaint.sent"
	noticeComplaint     = "notice.complaint.answered"
	noticeIdentity      = "notice.identity.confirmed"
	noticeIdentityFirst = "notice.identity.first"
	noticeLive          = "notice.mode.live"
	noticeDevelopment   = "notice.mode.development"
	noticeConfirmed     = "notice.access.confirmed"
	noticeGivenBack     = "notice.access.given.back"
	noticeSent          = "notice.submission.sent"
	noticeAnswered      = "notice.submission.answered"
	noticeDiscarded     = "notice.submission.discarded"
	noticeWithdrawn     = "notice.submission.withdrawn"
	noticeFile          = "notice.submission.file"
	noticeFileDropped   = "notice.submission.file.dropped"
)

func status(q *kit.Request, v *apps.View) error {
	p, err := statusOf(q, v)
	if err != nil {
		return err
	}
	return q.Show(p)
}

func statusOf(q *kit.Request, v *apps.View) (*StatusPage, error) {
	s, err := review.Of(q.Context(), q.Registry, q.Caller, v.App.ID)
	if err != nil {
		return nil, err
	}
	p := &StatusPage{Base: q.Base(), Frame: webapps.FrameOf(q, v), Standing: standingOf(q, s)}
	for _, question := range s.Next.Questions {
		p.Questions = append(p.Questions, QuestionView{Key: question.Key, Title: question.Title})
	}
	p.Expected = takes(s.Next.Expected, s.Median)
	if p.Standing.Held.AccountList > 0 {
		p.Standing.List = "/apps/" + v.App.ID.String() + "/ad-accounts"
	}
	return p, nil
}

func ask(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	use, answers := q.Text("use"), map[string]string{}
	for _, l := range q.Registry.Catalog().Levels {
		for _, question := range l.Questions {
			answers[question.Key] = q.Text("answer." + question.Key)
		}
	}
	refusal := review.AskLevel(q.Context(), q.Registry, q.Caller, id, use, answers)
	if refusal == nil {
		q.Flash(noticeAsked)
		return q.Redirect("/apps/" + id.String() + "/review")
	}
	refusal = kit.AtField(kit.AtField(refusal, "use.1", "use"), "criteria.1", "use")
	for key := range answers {
		refusal = kit.AtField(refusal, "answer.1."+key, "answer."+key)
	}
	return again(q, id, refusal, func(v *apps.View) (kit.Page, error) {
		p, err := statusOf(q, v)
		if err != nil {
			return nil, err
		}
		p.Use = use
		for i := range p.Questions {
			p.Questions[i].Answer = answers[p.Questions[i].Key]
		}
		return p, nil
	})
}

// shownDays is how far back Activity looks.
const shownDays = 30

func activity(q *kit.Request, v *apps.View) error {
	a, err := review.ActivityOf(q.Context(), q.Registry, q.Caller, v.App.ID, shownDays)
	if err != nil {
		return err
	}
	return q.Show(activityOf(q.Base(), webapps.FrameOf(q, v), a))
}

func decision(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	p, err := decisionOf(q, id)
	if err != nil {
		return err
	}
	return q.Show(p)
}

func decisionOf(q *kit.Request, id prokura.ID) (*DecisionPage, error) {
	v, err := apps.ForStaff(q.Context(), q.Registry, q.Caller, id)
	if err != nil {
		return nil, err
	}
	s, err := review.Of(q.Context(), q.Registry, q.Caller, id)
	if err != nil {
		return nil, err
	}
	p := &DecisionPage{Base: q.Base(), Frame: webapps.FrameOf(q, v), Standing: standingOf(q, s), Decides: q.Caller.Person.Staff.AtLeast(prokura.StaffLead)}
	for _, l := range q.Registry.Catalog().Levels {
		if l.Level != s.Held.Level && s.Held.Level.AtLeast(l.Level) {
			p.Lower = append(p.Lower, levelOf(q, l))
		}
	}
	return p, nil
}

func decide(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	outcome, level, _ := strings.Cut(q.Field("level"), ":")
	d := review.Decision{Outcome: prokura.StepOutcome(outcome), Level: prokura.Level(level), Reason: q.Text("reason")}
	refusal := review.Decide(q.Context(), q.Registry, q.Caller, id, webapps.Version(q), d)
	if refusal == nil {
		q.Flash(noticeDecided)
		return q.Redirect("/staff/apps/" + id.String() + "/level")
	}
	e := prokura.AsError(refusal)
	if _, ok := kit.Correctable(e.Reason); !ok && e.Reason != prokura.Conflict {
		return refusal
	}
	p, err := decisionOf(q, id)
	if err != nil {
		return err
	}
	p.Choice, p.Reason = q.Field("level"), d.Reason
	if e.Reason == prokura.Conflict {
		return q.Outdated(p)
	}
	p.Frame.Version = webapps.Version(q)
	return q.Correct(p, refusal)
}
