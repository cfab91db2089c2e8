package web

import (
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/businesses"
)

const peoplePath = "/business/{id}/people"

var businessPeopleRoutes = []route{
	{pattern: "GET " + peoplePath, serve: (*request).people},
	{pattern: "GET " + peoplePath + "/invite", serve: (*request).invitePage},
	{pattern: "POST " + peoplePath + "/invite", serve: (*request).invite},
	{pattern: "POST " + peoplePath + "/invitations", serve: (*request).answerPending},
	{pattern: "GET " + peoplePath + "/{member}", serve: (*request).person},
	{pattern: "POST " + peoplePath + "/{member}/role", serve: (*request).personRole},
	{pattern: "GET " + peoplePath + "/{member}/remove", serve: (*request).personRemovePage},
	{pattern: "POST " + peoplePath + "/{member}/remove", serve: (*request).personRemove},
}

const peopleShown = 50

func (q *request) people() error {
	h, err := q.head()
	if err != nil {
		return err
	}
	p := &PeoplePage{Base: q.base(), Business: businessView(h.Business), FullControl: h.FullControl()}
	values := q.r.URL.Query()
	p.Query = validText(strings.TrimSpace(values.Get("q")))
	find := businesses.MemberQuery{Search: p.Query, Limit: peopleShown}
	if find.From, err = prokura.ParseID(values.Get("after")); err != nil {
		if find.From, err = prokura.ParseID(values.Get("before")); err == nil {
			find.Backward = true
		}
	}
	list, err := businesses.People(q.ctx(), q.Registry, q.caller, h.Business.ID, find)
	if err != nil {
		return err
	}
	p.Total = list.Total
	for _, m := range list.Members {
		p.People = append(p.People, q.personRow(m, h.Business.TwoFactor))
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
		if p.Pending, err = q.pendingRows(h.Business.ID); err != nil {
			return err
		}
	}
	return q.show(p)
}

func (q *request) personRow(m businesses.Colleague, demand prokura.TwoFactorType) PersonRow {
	return PersonRow{PersonView: PersonView{ID: m.Person.String(), Name: m.Name, Email: m.Email}, Member: m.ID.String(),
		FullControl: m.Role == prokura.RoleAdmin, Self: m.Person == q.caller.Person.ID, Since: m.Created.Time(),
		Managed: m.Managed, SecondFactor: m.SecondFactor, Lacking: demand.Demands(m.Role) && m.Managed && !m.SecondFactor}
}

func (q *request) pendingRows(business prokura.ID) ([]InvitationRow, error) {
	list, err := businesses.Invitations(q.ctx(), q.Registry, q.caller, business, 0, businesses.MaxInvitations)
	if err != nil {
		return nil, err
	}
	out := make([]InvitationRow, len(list))
	for i, v := range list {
		out[i] = InvitationRow{ID: v.ID.String(), Email: v.Email, FullControl: v.Role == string(prokura.RoleAdmin),
			Sent: Since{By: v.By, At: v.Created.Time()}, Expires: v.Expires.Time(), Link: q.BaseURL + v.Path}
	}
	slices.SortStableFunc(out, func(a, b InvitationRow) int { return strings.Compare(a.Email, b.Email) })
	return out, nil
}

func (q *request) invitePage() error {
	h, err := q.controlled()
	if err != nil {
		return err
	}
	return q.show(&InvitePage{Base: q.base(), Business: businessView(h.Business), Role: string(prokura.RoleEmployee)})
}

func (q *request) invite() error {
	h, err := q.controlled()
	if err != nil {
		return err
	}
	i, err := businesses.Invite(q.ctx(), q.Registry, q.caller, h.Business.ID, q.field("email"), prokura.BusinessRole(q.field("role")))
	if err != nil {
		return q.correct(&InvitePage{Base: q.base(), Business: businessView(h.Business), Email: q.field("email"), Role: q.field("role")}, err)
	}
	notice := NoticeInvited
	if !i.Mailed {
		notice = NoticeInvitedLately
	}
	q.flash(notice, "email", i.Email)
	return q.redirect(peopleOf(h.Business.ID))
}

func peopleOf(business prokura.ID) string { return "/business/" + business.String() + "/people" }

// answerPending mails an invitation again, or takes it back.
func (q *request) answerPending() error {
	h, err := q.controlled()
	if err != nil {
		return err
	}
	id, err := prokura.ParseID(q.field("invitation"))
	if err != nil {
		return errNoPage
	}
	notice := NoticeReminded
	if q.field("do") == "withdraw" {
		notice, err = NoticeWithdrawn, businesses.WithdrawInvitation(q.ctx(), q.Registry, q.caller, h.Business.ID, id)
	} else {
		err = businesses.Remind(q.ctx(), q.Registry, q.caller, h.Business.ID, id)
	}
	if e := prokura.AsError(err); err != nil && e.Reason == prokura.LimitReached {
		notice, err = NoticeRemindedLately, nil
	}
	if err != nil {
		return err
	}
	q.flash(notice)
	return q.redirect(peopleOf(h.Business.ID))
}

// personInPath is the person in the path; one of another business is not found.
func (q *request) personInPath() (businesses.Head, *businesses.MemberView, error) {
	h, err := q.head()
	if err != nil {
		return h, nil, err
	}
	id, err := q.id("member")
	if err != nil {
		return h, nil, err
	}
	m, err := businesses.Member(q.ctx(), q.Registry, q.caller, id)
	if err == nil && m.Business.ID != h.Business.ID {
		err = errNoPage
	}
	return h, m, err
}

func (q *request) personPage(h businesses.Head, m *businesses.MemberView) *PersonPage {
	p := &PersonPage{Base: q.base(), Business: businessView(h.Business), FullControl: h.FullControl(),
		Person: q.personRow(m.Colleague, h.Business.TwoFactor), Last: m.Last}
	for _, k := range q.Registry.Catalog().Kinds {
		v := WorkView{Kind: string(k.Kind), Title: k.Plural}
		for _, a := range m.Assets {
			if a.Kind != k.Kind {
				continue
			}
			w := WorkRow{AssetView: AssetView{ID: a.ID.String(), Name: a.Name}, Shared: a.Asset.Business != h.Business.ID}
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

func (q *request) person() error {
	h, m, err := q.personInPath()
	if err != nil {
		return err
	}
	return q.show(q.personPage(h, m))
}

func (q *request) personRole() error {
	h, m, err := q.personInPath()
	if err != nil {
		return err
	}
	if err := businesses.UpdateMember(q.ctx(), q.Registry, q.caller, m.ID, prokura.BusinessRole(q.field("role"))); err != nil {
		return q.correct(q.personPage(h, m), err)
	}
	q.flash(NoticeSaved)
	return q.redirect(peopleOf(h.Business.ID) + "/" + m.ID.String())
}

func (q *request) personRemovePage() error {
	h, m, err := q.personInPath()
	if err != nil {
		return err
	}
	if !h.FullControl() {
		return prokura.Errorf(prokura.RoleMissing, "This needs full control of the business.")
	}
	return q.show(q.removePage(h, m))
}

func (q *request) removePage(h businesses.Head, m *businesses.MemberView) *PersonRemovePage {
	return &PersonRemovePage{Base: q.base(), Business: businessView(h.Business), Person: q.personRow(m.Colleague, h.Business.TwoFactor), Assets: len(m.Assets)}
}

func (q *request) personRemove() error {
	h, m, err := q.personInPath()
	if err != nil {
		return err
	}
	if err := businesses.RemoveMember(q.ctx(), q.Registry, q.caller, m.ID); err != nil {
		return q.correct(q.removePage(h, m), err)
	}
	if m.Person == q.caller.Person.ID {
		q.flash(NoticeLeft, "business", h.Business.Name)
		return q.redirect("/business")
	}
	q.flash(NoticePersonRemoved, "name", m.Name)
	return q.redirect(peopleOf(h.Business.ID))
}
