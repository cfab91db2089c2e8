package business

import (
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/web/kit"
)

const peoplePath = "/business/{id}/people"

var peopleRoutes = []kit.Route{
	{Pattern: "GET " + peoplePath, Serve: listPeople},
	{Pattern: "GET " + peoplePath + "/invite", Serve: invitePage},
	{Pattern: "POST " + peoplePath + "/invite", Serve: invite},
	{Pattern: "POST " + peoplePath + "/invitations", Serve: answerPending},
	{Pattern: "GET " + peoplePath + "/{member}", Serve: showPerson},
	{Pattern: "POST " + peoplePath + "/{member}/role", Serve: personRole},
	{Pattern: "GET " + peoplePath + "/{member}/remove", Serve: personRemovePage},
	{Pattern: "POST " + peoplePath + "/{member}/remove", Serve: personRemove},
}

const peopleShown = 50

func listPeople(q *kit.Request) error {
	h, err := q.BusinessHead()
	if err != nil {
		return err
	}
	p := &PeoplePage{Base: q.Base(), Business: kit.BusinessOf(h.Business), FullControl: h.FullControl()}
	values := q.R.URL.Query()
	p.Query = kit.ValidText(strings.TrimSpace(values.Get("q")))
	find := businesses.MemberQuery{Search: p.Query, Limit: peopleShown}
	if find.From, err = prokura.ParseID(values.Get("after")); err != nil {
		if find.From, err = prokura.ParseID(values.Get("before")); err == nil {
			find.Backward = true
		}
	}
	list, err := businesses.People(q.Context(), q.Registry, q.Caller, h.Business.ID, find)
	if err != nil {
		return err
	}
	p.Total = list.Total
	for _, m := range list.Members {
		p.People = append(p.People, personRow(q, m, h.Business.TwoFactor))
	}
	if n := len(p.People); n > 0 {
		if find.From != 0 && (!find.Backward || list.More) {
			p.Earlier = p.People[0].Member
		}
		if find.Backward || list.More {
			p.Later = p.People[n-1].Member
		}
	}
	if p.FullControl {
		if p.Pending, err = pendingRows(q, h.Business.ID); err != nil {
			return err
		}
	}
	return q.Show(p)
}

func personRow(q *kit.Request, m businesses.Colleague, demand prokura.TwoFactorType) PersonRow {
	return PersonRow{PersonView: kit.PersonView{ID: m.Person.String(), Name: m.Name, Email: m.Email}, Member: m.ID.String(),
		FullControl: m.Role == prokura.RoleAdmin, Self: m.Person == q.Caller.Person.ID, Since: m.Created.Time(),
		Managed: m.Managed, SecondFactor: m.SecondFactor, Lacking: demand.Demands(m.Role) && m.Managed && !m.SecondFactor}
}

func pendingRows(q *kit.Request, business prokura.ID) ([]InvitationRow, error) {
	list, err := businesses.Invitations(q.Context(), q.Registry, q.Caller, business, 0, businesses.MaxInvitations)
	if err != nil {
		return nil, err
	}
	out := make([]InvitationRow, len(list))
	for i, v := range list {
		out[i] = InvitationRow{ID: v.ID.String(), Email: v.Email, FullControl: v.Role == string(prokura.RoleAdmin),
			Sent: kit.Since{By: v.By, At: v.Created.Time()}, Expires: v.Expires.Time(), Link: q.BaseURL + v.Path}
	}
	slices.SortStableFunc(out, func(a, b InvitationRow) int { return strings.Compare(a.Email, b.Email) })
	return out, nil
}

func invitePage(q *kit.Request) error {
	h, err := q.ControlledBusiness()
	if err != nil {
		return err
	}
	return q.Show(&InvitePage{Base: q.Base(), Business: kit.BusinessOf(h.Business), Role: string(prokura.RoleEmployee)})
}

func invite(q *kit.Request) error {
	h, err := q.ControlledBusiness()
	if err != nil {
		return err
	}
	i, err := businesses.Invite(q.Context(), q.Registry, q.Caller, h.Business.ID, q.Field("email"), prokura.BusinessRole(q.Field("role")))
	if err != nil {
		return q.Correct(&InvitePage{Base: q.Base(), Business: kit.BusinessOf(h.Business), Email: q.Field("email"), Role: q.Field("role")}, err)
	}
	notice := NoticeInvited
	switch {
	case q.Unsent():
		notice = NoticeInvitedUnsent
	case !i.Mailed:
		notice = NoticeInvitedLately
	}
	q.Flash(notice, "email", i.Email)
	return q.Redirect(peopleOf(h.Business.ID))
}

func peopleOf(business prokura.ID) string { return "/business/" + business.String() + "/people" }

// answerPending mails an invitation again, or takes it back.
func answerPending(q *kit.Request) error {
	h, err := q.ControlledBusiness()
	if err != nil {
		return err
	}
	id, err := prokura.ParseID(q.Field("invitation"))
	if err != nil {
		return kit.ErrNoPage
	}
	notice := NoticeReminded
	if q.Field("do") == "withdraw" {
		notice, err = NoticeWithdrawn, businesses.WithdrawInvitation(q.Context(), q.Registry, q.Caller, h.Business.ID, id)
	} else {
		err = businesses.Remind(q.Context(), q.Registry, q.Caller, h.Business.ID, id)
	}
	if e := prokura.AsError(err); err != nil && e.Reason == prokura.LimitReached {
		notice, err = NoticeRemindedLately, nil
	}
	if err != nil {
		return err
	}
	q.Flash(notice)
	return q.Redirect(peopleOf(h.Business.ID))
}

// personInPath is the person in the path; one of another business is not found.
func personInPath(q *kit.Request) (businesses.Head, *businesses.MemberView, error) {
	h, err := q.BusinessHead()
	if err != nil {
		return h, nil, err
	}
	id, err := q.ID("member")
	if err != nil {
		return h, nil, err
	}
	m, err := businesses.Member(q.Context(), q.Registry, q.Caller, id)
	if err == nil && m.Business.ID != h.Business.ID {
		err = kit.ErrNoPage
	}
	return h, m, err
}

func personPage(q *kit.Request, h businesses.Head, m *businesses.MemberView) *PersonPage {
	p := &PersonPage{Base: q.Base(), Business: kit.BusinessOf(h.Business), FullControl: h.FullControl(),
		Colleague: personRow(q, m.Colleague, h.Business.TwoFactor), Last: m.Last}
	for _, k := range q.Registry.Catalog().Kinds {
		v := kit.WorkView{Kind: string(k.Kind), Title: k.Plural}
		for _, a := range m.Assets {
			if a.Kind != k.Kind {
				continue
			}
			w := kit.WorkRow{AssetView: kit.AssetView{ID: a.ID.String(), Name: a.Name}, Shared: a.Asset.Business != h.Business.ID}
			for _, t := range k.Tasks {
				if slices.Contains(a.Tasks, t.Task) {
					w.Tasks = append(w.Tasks, t.Title)
				}
			}
			v.Assets = append(v.Assets, w)
		}
		if len(v.Assets) > 0 {
			p.Work = append(p.Work, v)
		}
	}
	return p
}

func showPerson(q *kit.Request) error {
	h, m, err := personInPath(q)
	if err != nil {
		return err
	}
	return q.Show(personPage(q, h, m))
}

func personRole(q *kit.Request) error {
	h, m, err := personInPath(q)
	if err != nil {
		return err
	}
	if err := businesses.UpdateMember(q.Context(), q.Registry, q.Caller, m.ID, prokura.BusinessRole(q.Field("role"))); err != nil {
		return q.Correct(personPage(q, h, m), err)
	}
	q.Flash(kit.NoticeSaved)
	return q.Redirect(peopleOf(h.Business.ID) + "/" + m.ID.String())
}

func personRemovePage(q *kit.Request) error {
	h, m, err := personInPath(q)
	if err != nil {
		return err
	}
	if !h.FullControl() {
		return prokura.Errorf(prokura.RoleMissing, "This needs full control of the business.")
	}
	return q.Show(removePage(q, h, m))
}

func removePage(q *kit.Request, h businesses.Head, m *businesses.MemberView) *PersonRemovePage {
	return &PersonRemovePage{Base: q.Base(), Business: kit.BusinessOf(h.Business), Colleague: personRow(q, m.Colleague, h.Business.TwoFactor), Assets: len(m.Assets)}
}

func personRemove(q *kit.Request) error {
	h, m, err := personInPath(q)
	if err != nil {
		return err
	}
	if err := businesses.RemoveMember(q.Context(), q.Registry, q.Caller, m.ID); err != nil {
		return q.Correct(removePage(q, h, m), err)
	}
	if m.Person == q.Caller.Person.ID {
		q.Flash(NoticeLeft, "business", h.Business.Name)
		return q.Redirect("/business")
	}
	q.Flash(NoticePersonRemoved, "name", m.Name)
	return q.Redirect(peopleOf(h.Business.ID))
}
