// Package review is where an app stands with its Marketing API level: Status and
// Review and Activity in the app dashboard, and what platform staff decide.
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

// Room is the pages about levels.
var Room = kit.Room{
	Name: "review",
	Routes: []kit.Route{
		{Pattern: "GET /apps/{id}/review", Serve: webapps.OnApp(prokura.ActViewApp, status)},
		{Pattern: "POST /apps/{id}/review", Serve: ask},
		{Pattern: "GET /apps/{id}/activity", Serve: webapps.OnApp(prokura.ActViewApp, activity)},
		{Pattern: "GET /staff/levels", Serve: waiting},
		{Pattern: "GET /staff/apps/{id}/level", Serve: decision},
		{Pattern: "POST /staff/apps/{id}/level", Serve: decide},
	},
	Pages: files,
	Words: kit.Texts{"en": words},
	Staff: []kit.StaffEntry{{Key: "levels", Path: "/staff/levels", Icon: "badge", Role: prokura.StaffReviewer, Waiting: asking}},
}

//go:embed page
var files embed.FS

// Keys of notices.
const (
	noticeAsked   = "notice.level.asked"
	noticeDecided = "notice.level.decided"
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
	note := q.Text("note")
	refusal := review.Ask(q.Context(), q.Registry, q.Caller, id, note)
	if refusal == nil {
		q.Flash(noticeAsked)
		return q.Redirect("/apps/" + id.String() + "/review")
	}
	if _, ok := kit.Correctable(prokura.AsError(refusal).Reason); !ok {
		return refusal
	}
	v, err := apps.Get(q.Context(), q.Registry, q.Caller, id)
	if err != nil {
		return err
	}
	p, err := statusOf(q, v)
	if err != nil {
		return err
	}
	p.Note = note
	return q.Correct(p, refusal)
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

// shownWaiting bounds the list of who waits; those behind it come as those before
// are answered.
const shownWaiting = 100

func asking(q *kit.Request) (w kit.StaffWaiting, err error) {
	list, err := review.Waiting(q.Context(), q.Registry, q.Caller, shownWaiting+1)
	if err != nil || len(list) == 0 {
		return w, err
	}
	return kit.StaffWaiting{N: min(len(list), shownWaiting), More: len(list) > shownWaiting, Oldest: list[0].Asked.Time()}, nil
}

func waiting(q *kit.Request) error {
	list, err := review.Waiting(q.Context(), q.Registry, q.Caller, shownWaiting)
	if err != nil {
		return err
	}
	p := &WaitingPage{Base: q.Base()}
	for _, s := range list {
		p.Waiting = append(p.Waiting, WaitingRow{App: kit.AssetView{ID: s.App.String(), Name: s.Name}, Step: stepOf(q, s.LevelStep)})
	}
	return q.Show(p)
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
