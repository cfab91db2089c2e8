package review

import (
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/review"
	webapps "github.com/prokura/prokura/internal/web/apps"
	"github.com/prokura/prokura/internal/web/kit"
)

func access(q *kit.Request, v *apps.View) error {
	p, err := accessOf(q, v)
	if err != nil {
		return err
	}
	return q.Show(p)
}

// accessOf shows an app's access as it is.
func accessOf(q *kit.Request, v *apps.View) (*AccessPage, error) {
	h, err := review.HoldingsOf(q.Context(), q.Registry, q.Caller, v.App.ID)
	if err != nil {
		return nil, err
	}
	p := &AccessPage{Base: q.Base(), Frame: webapps.FrameOf(q, v), Stops: stopViews(h.Stops), Confirmable: len(h.Confirmable)}
	if s := h.Stop(); s != nil {
		p.Stop = string(s.Mode)
	}
	for _, c := range v.Configurations {
		if lacking := webapps.Lacking(q, v.App, c); len(lacking) > 0 {
			p.Limited = append(p.Limited, LimitedRow{ID: c.ID.String(), Name: c.Name, Lacking: lacking})
		}
	}
	p.Rows = accessRows(q, h, usedBy(q, v.Configurations))
	p.Sent = slices.DeleteFunc(sentRows(q, h.Submissions), func(r SentRow) bool { return r.Status != string(prokura.SubmissionSent) })
	return p, nil
}

// usedBy counts the configurations that ask for each permission.
func usedBy(q *kit.Request, list []prokura.Configuration) map[prokura.Permission]int {
	catalog, used := q.Registry.Catalog(), map[prokura.Permission]int{}
	for _, c := range list {
		for _, name := range catalog.Names(c.Scopes(catalog)) {
			used[name]++
		}
	}
	return used
}

func limits(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	p, err := limitsOf(q, id)
	if err != nil {
		return err
	}
	return q.Show(p)
}

func limitsOf(q *kit.Request, id prokura.ID) (*AccessPage, error) {
	v, err := apps.ForStaff(q.Context(), q.Registry, q.Caller, id)
	if err != nil {
		return nil, err
	}
	p, err := accessOf(q, v)
	if err == nil {
		p.Edit = true
		p.Rows = slices.DeleteFunc(p.Rows, func(r AccessRow) bool { return !r.Advanced })
		p.Looks, err = review.LooksOf(q.Context(), q.Registry, q.Caller, id)
		p.Complaints = complaintViews(q, p.Looks.Complaints)
	}
	return p, err
}

func confirmIdentity(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	confirmed, refusal := review.ConfirmIdentity(q.Context(), q.Registry, q.Caller, id, webapps.Version(q))
	if refusal == nil {
		q.Flash(map[bool]string{true: noticeIdentity, false: noticeIdentityFirst}[confirmed])
		return q.Redirect("/staff/apps/" + id.String())
	}
	return limitsAgain(q, id, refusal, nil)
}

// limitsAgain answers a form of the page that was refused.
func limitsAgain(q *kit.Request, id prokura.ID, refusal error, change func(*AccessPage)) error {
	e := prokura.AsError(refusal)
	if _, ok := kit.Correctable(e.Reason); !ok && e.Reason != prokura.Conflict {
		return refusal
	}
	p, err := limitsOf(q, id)
	if err != nil {
		return err
	}
	if e.Reason == prokura.Conflict {
		return q.Outdated(p)
	}
	if change != nil {
		change(p)
	}
	return q.Correct(p, refusal)
}

func limit(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	v := review.Limits{Stop: prokura.AppMode(q.Field("stop")), Keep: kit.Distinct[string](q.Fields("keep")), Reason: q.Text("reason")}
	refusal := review.Limit(q.Context(), q.Registry, q.Caller, id, webapps.Version(q), v)
	if refusal == nil {
		q.Flash(noticeLimited)
		return q.Redirect("/staff/apps/" + id.String())
	}
	return limitsAgain(q, id, refusal, func(p *AccessPage) {
		p.Frame.Version, p.Stop, p.Reason = webapps.Version(q), string(v.Stop), v.Reason
		for i := range p.Rows {
			p.Rows[i].Kept = slices.Contains(v.Keep, p.Rows[i].Name)
		}
	})
}

func mode(q *kit.Request, v *apps.View) error {
	p, err := modeOf(q, v)
	if err != nil {
		return err
	}
	return q.Show(p)
}

func modeOf(q *kit.Request, v *apps.View) (*ModePage, error) {
	h, err := review.HoldingsOf(q.Context(), q.Registry, q.Caller, v.App.ID)
	if err != nil {
		return nil, err
	}
	p := &ModePage{Base: q.Base(), Frame: webapps.FrameOf(q, v), Stops: stopViews(h.Stops), Ready: true}
	advanced := slices.ContainsFunc(h.Access, prokura.Access.Advanced)
	for _, c := range []Check{
		{Key: "policy", Done: v.App.Settings.PrivacyPolicyURL != "", Needed: true, Path: "basic"},
		{Key: "icon", Done: v.App.Settings.Icon != "", Needed: true, Path: "basic"},
		{Key: "category", Done: v.App.Settings.Category != "", Needed: true, Path: "basic"},
		{Key: "site", Done: v.App.Settings.SiteURL != "", Path: "basic"},
		{Key: "review", Done: advanced, Path: "submissions"},
	} {
		p.Check = append(p.Check, c)
		p.Ready = p.Ready && (c.Done || !c.Needed)
	}
	return p, nil
}

func setMode(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	to := prokura.AppMode(q.Field("mode"))
	refusal := review.SetMode(q.Context(), q.Registry, q.Caller, id, webapps.Version(q), to)
	if refusal == nil {
		q.Flash(map[prokura.AppMode]string{prokura.ModeLive: noticeLive, prokura.ModeDevelopment: noticeDevelopment}[to])
		return q.Redirect("/apps/" + id.String() + "/mode")
	}
	return again(q, id, kit.AtField(kit.AtField(kit.AtField(refusal, "privacy_policy_url", "mode"), "icon", "mode"), "category", "mode"),
		func(v *apps.View) (kit.Page, error) { return modeOf(q, v) })
}

// again shows the page of a form on an app that was refused, as the app is now.
func again(q *kit.Request, id prokura.ID, refusal error, page func(*apps.View) (kit.Page, error)) error {
	e := prokura.AsError(refusal)
	if _, ok := kit.Correctable(e.Reason); !ok && e.Reason != prokura.Conflict {
		return refusal
	}
	v, err := apps.Get(q.Context(), q.Registry, q.Caller, id)
	if err != nil {
		return err
	}
	p, err := page(v)
	if err != nil {
		return err
	}
	if e.Reason == prokura.Conflict {
		return q.Outdated(p)
	}
	return q.Correct(p, refusal)
}

func confirmation(q *kit.Request, v *apps.View) error {
	p, err := confirmationOf(q, v)
	if err != nil {
		return err
	}
	return q.Show(p)
}

func confirmationOf(q *kit.Request, v *apps.View) (*ConfirmPage, error) {
	h, err := review.HoldingsOf(q.Context(), q.Registry, q.Caller, v.App.ID)
	if err != nil {
		return nil, err
	}
	p := &ConfirmPage{Base: q.Base(), Frame: webapps.FrameOf(q, v)}
	due := *h
	due.Access = h.Confirmable
	for _, row := range accessRows(q, &due, nil) {
		use := ""
		for _, s := range h.Submissions {
			i := slices.IndexFunc(s.Items, func(i prokura.SubmissionItem) bool { return i.Name == row.Name && string(i.Kind) == row.Kind })
			if i >= 0 && s.Status != prokura.SubmissionDraft {
				use = s.Items[i].Use
				break
			}
		}
		row.Kept = false // each is looked at
		p.Rows = append(p.Rows, ConfirmRow{row, use})
		if p.First.IsZero() || row.Until.Before(p.First) {
			p.First = row.Until
		}
	}
	for _, question := range q.Registry.Catalog().ConfirmationOf(v.App) {
		p.Questions = append(p.Questions, QuestionView{Key: question.Key, Title: question.Title})
	}
	return p, nil
}

func confirm(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	v := review.Confirmation{Keep: kit.Distinct[string](q.Fields("keep")), None: q.Checked("none"), Said: map[string]bool{}}
	for _, question := range q.Registry.Catalog().Reviews.Confirm {
		v.Said[question.Key] = q.Checked("said." + question.Key)
	}
	refusal := review.Confirm(q.Context(), q.Registry, q.Caller, id, webapps.Version(q), v)
	if refusal == nil {
		q.Flash(map[bool]string{false: noticeConfirmed, true: noticeGivenBack}[v.None])
		return q.Redirect("/apps/" + id.String() + "/access")
	}
	return again(q, id, refusal, func(a *apps.View) (kit.Page, error) {
		p, err := confirmationOf(q, a)
		if err != nil {
			return nil, err
		}
		for i := range p.Rows {
			p.Rows[i].Kept = slices.Contains(v.Keep, p.Rows[i].Name)
		}
		p.None = v.None
		for i := range p.Questions {
			p.Questions[i].Said = v.Said[p.Questions[i].Key]
		}
		return p, nil
	})
}
