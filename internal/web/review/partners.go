package review

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/partners"
	webapps "github.com/prokura/prokura/internal/web/apps"
	"github.com/prokura/prokura/internal/web/kit"
)

const queueNominations = "nomination"

func partnersList(q *kit.Request) error {
	query := q.R.URL.Query()
	want := partners.Query{Search: kit.ValidText(query.Get("q")), Speciality: query.Get("speciality")}
	if text := query.Get("after"); text != "" {
		id, err := prokura.ParseID(text)
		if err != nil {
			return kit.ErrNoPage
		}
		want.After = id
	}
	found, more, err := partners.List(q.Context(), q.Registry, want)
	if err != nil {
		return err
	}
	catalog := q.Registry.Catalog()
	p := &PartnersPage{Base: q.Base(), Query: want.Search, Chosen: want.Speciality, First: want.After == 0, Choices: specialities(catalog, []string{want.Speciality})}
	for _, n := range found {
		p.Partners = append(p.Partners, PartnerRow{App: kit.AppOf(n.App, n.Owner), Specialities: specialityTitles(catalog, n.Specialities), Site: n.App.Settings.SiteURL, Since: kit.Moment(n.Decided)})
	}
	if more != 0 {
		p.More = p.query(want.Speciality, more.String())
	}
	return q.Show(p)
}

// query is the page's search as a query, for another speciality or a further page.
func (p *PartnersPage) query(speciality, after string) string {
	v := url.Values{}
	for _, f := range [][2]string{{"q", p.Query}, {"speciality", speciality}, {"after", after}} {
		if f[1] != "" {
			v.Set(f[0], f[1])
		}
	}
	return "?" + v.Encode()
}

func specialityTitles(c *prokura.Catalog, keys []string) (out []string) {
	for _, key := range keys {
		out = append(out, c.SpecialityTitle(key))
	}
	return out
}

func specialities(c *prokura.Catalog, chosen []string) (out []SpecialityChoice) {
	for _, s := range c.Specialities {
		out = append(out, SpecialityChoice{s.Key, s.Title, slices.Contains(chosen, s.Key)})
	}
	return out
}

func partner(q *kit.Request, v *apps.View) error {
	p, err := partnerOf(q, v)
	if err != nil {
		return err
	}
	return q.Show(p)
}

func partnerOf(q *kit.Request, v *apps.View) (*PartnerPage, error) {
	s, err := partners.Of(q.Context(), q.Registry, q.Caller, v.App.ID)
	if err != nil {
		return nil, err
	}
	return &PartnerPage{Base: q.Base(), Frame: webapps.FrameOf(q, v), Standing: standingAsPartner(q, s), Choices: specialities(q.Registry.Catalog(), latestSpecialities(s))}, nil
}

// latest are the specialities that a form begins with.
func latestSpecialities(s *partners.Standing) []string {
	if s.Given != nil {
		return s.Given.Specialities
	}
	return nil
}

func standingAsPartner(q *kit.Request, s *partners.Standing) PartnerStanding {
	c := q.Registry.Catalog()
	out := PartnerStanding{May: s.App.MayPartner(), Level: c.Level(s.App.Level).Title, Live: s.App.Mode == prokura.ModeLive, Changed: s.App.IdentityChanged != 0, Shown: s.Shown, MadeBy: s.MadeBy, Part: s.Part}
	if s.Open != nil {
		v := nominationView(c, *s.Open)
		out.Open = &v
	}
	if s.Given != nil {
		v := nominationView(c, *s.Given)
		out.Given = &v
	}
	for _, n := range s.Earlier {
		out.Earlier = append(out.Earlier, nominationView(c, n))
	}
	return out
}

func nominationView(c *prokura.Catalog, n prokura.Nomination) NominationView {
	return NominationView{Number: n.Number, Status: string(n.Status), Specialities: specialityTitles(c, n.Specialities), Why: n.Words, Made: kit.Moment(n.Made), Proposed: n.Proposed,
		Reason: n.Reason, Decided: kit.Moment(n.Decided), Ended: kit.Moment(n.Ended)}
}

// again shows the page of a form that was refused, as the app is now.
func partnerAgain(q *kit.Request, refusal error, page func() (kit.Page, error)) error {
	e := prokura.AsError(refusal)
	if _, ok := kit.Correctable(e.Reason); !ok && e.Reason != prokura.Conflict {
		return refusal
	}
	p, err := page()
	if err != nil {
		return err
	}
	if e.Reason == prokura.Conflict {
		return q.Outdated(p)
	}
	return q.Correct(p, refusal)
}

func nominate(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	chosen, why := kit.Distinct[string](q.Fields("specialities")), q.Text("words")
	refusal := partners.Nominate(q.Context(), q.Registry, q.Caller, id, chosen, why)
	if refusal == nil {
		q.Flash(noticeNominated)
		return q.Redirect("/apps/" + id.String() + "/partner")
	}
	return partnerAgain(q, refusal, func() (kit.Page, error) {
		p, err := partnerPage(q, id)
		if err == nil {
			p.Choices, p.Typed = specialities(q.Registry.Catalog(), chosen), why
		}
		return p, err
	})
}

func partnerPage(q *kit.Request, id prokura.ID) (*PartnerPage, error) {
	v, err := apps.Get(q.Context(), q.Registry, q.Caller, id)
	if err != nil {
		return nil, err
	}
	return partnerOf(q, v)
}

func leavePartners(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	if refusal := partners.Leave(q.Context(), q.Registry, q.Caller, id); refusal != nil {
		return partnerAgain(q, refusal, func() (kit.Page, error) { return partnerPage(q, id) })
	}
	q.Flash(noticeLeft)
	return q.Redirect("/apps/" + id.String() + "/partner")
}

func partnerDecision(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	p, err := partnerDecisionOf(q, id)
	if err != nil {
		return err
	}
	return q.Show(p)
}

func partnerDecisionOf(q *kit.Request, id prokura.ID) (*PartnerDecisionPage, error) {
	v, err := apps.ForStaff(q.Context(), q.Registry, q.Caller, id)
	if err != nil {
		return nil, err
	}
	s, err := partners.Of(q.Context(), q.Registry, q.Caller, id)
	if err != nil {
		return nil, err
	}
	return &PartnerDecisionPage{Base: q.Base(), Frame: webapps.FrameOf(q, v), Standing: standingAsPartner(q, s), Face: s.App.Face(), Site: s.App.Settings.SiteURL,
		Decides: q.Caller.Person.Staff.AtLeast(prokura.StaffLead), Choices: specialities(q.Registry.Catalog(), latestSpecialities(s))}, nil
}

// decide answers the forms of staff: to put the app forward, to decide, and to end the
// badge.
func decidePartner(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	chosen, why, reason, do := kit.Distinct[string](q.Fields("specialities")), q.Text("words"), q.Text("reason"), q.Field("do")
	if do == "end" {
		reason = q.Text("reason.end")
	}
	number, _ := strconv.ParseInt(q.Field("number"), 10, 64)
	notice, refusal := "", error(nil)
	switch outcome := q.Field("outcome"); {
	case do == "propose":
		notice, refusal = noticeNominated, partners.Propose(q.Context(), q.Registry, q.Caller, id, chosen, why)
	case do == "end":
		notice, refusal = noticeEnded, partners.Remove(q.Context(), q.Registry, q.Caller, id, reason)
		if refusal != nil {
			refusal = kit.AtField(refusal, "reason", "reason.end")
		}
	case outcome == "given", outcome == "refused":
		notice = map[string]string{"given": noticeGiven, "refused": noticeRefused}[outcome]
		refusal = partners.Decide(q.Context(), q.Registry, q.Caller, id, partners.Decision{Number: number, Face: q.Field("face"), Given: outcome == "given", Reason: reason})
	default:
		refusal = prokura.Errorf(prokura.InvalidParameter, "%s", q.Words("badge.outcome.none")).WithField("outcome")
	}
	if refusal == nil {
		q.Flash(notice)
		return q.Redirect("/staff/apps/" + id.String() + "/partner")
	}
	return partnerAgain(q, refusal, func() (kit.Page, error) {
		p, err := partnerDecisionOf(q, id)
		if err != nil {
			return nil, err
		}
		p.Typed, p.Outcome = why, q.Field("outcome")
		if do == "end" {
			p.Ending = reason
		} else {
			p.Reason = reason
		}
		if do == "propose" {
			p.Choices = specialities(q.Registry.Catalog(), chosen)
		}
		return p, nil
	})
}

func waitingNominations(q *kit.Request, ask kit.QueueAsk) (out []kit.QueueRow, err error) {
	if ask.Mine {
		return nil, nil
	}
	list, err := partners.Waiting(q.Context(), q.Registry, q.Caller, ask.Limit)
	due := prokura.ReviewTime{Days: prokura.NominationDays, Workday: true}
	for _, n := range list {
		out = append(out, kit.QueueRow{Kind: queueNominations, Name: n.App.Name, Owner: n.Owner.Name, About: q.Words("queue.nomination.about"), Path: "/staff/apps/" + n.App.ID.String() + "/partner",
			Since: kit.Moment(n.Made), Due: kit.Moment(due.Due(n.Made))})
	}
	return out, err
}

func countNominations(q *kit.Request) (int, time.Time, error) {
	w, err := partners.CountWaiting(q.Context(), q.Registry, q.Caller)
	return w.N, kit.Moment(w.Oldest), err
}
