package web

import (
	"net/url"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/businesses"
)

// An invitation is opened by the link of its mail, also by people who have to
// log in or sign up first: they come back to it.
var invitationRoutes = []route{
	{pattern: "GET /invitations/{secret}", serve: (*request).invitation, nobody: true},
	{pattern: "POST /invitations/{secret}/accept", serve: (*request).acceptInvitation},
	{pattern: "POST /invitations/{secret}/decline", serve: (*request).declineInvitation},
}

func (q *request) invitationSecret() prokura.Secret { return prokura.Secret(q.r.PathValue("secret")) }

// invitationPage is about an open invitation that is the person's own, or
// anybody's before they log in.
func (q *request) invitationPage() (*InvitationPage, error) {
	v, err := businesses.Invitation(q.ctx(), q.Registry, q.caller, q.invitationSecret())
	if err != nil {
		return nil, err
	}
	p := &InvitationPage{Base: q.base(), Kind: v.Kind, Role: v.Role, By: v.By, Expires: v.Expires.Time(),
		Path: "/invitations/" + url.PathEscape(q.r.PathValue("secret"))}
	if v.Business.ID != 0 {
		p.Business = businessView(v.Business)
	}
	if v.App.ID != 0 {
		p.App = appView(v.App, prokura.Business{})
	}
	p.Next = q.signNext(p.Path)
	return p, nil
}

func (q *request) invitation() error {
	if q.awaiting() {
		return prokura.Errorf(prokura.SecondFactorRequired, "Please confirm that it is you.")
	}
	p, err := q.invitationPage()
	if err != nil {
		return err
	}
	return q.show(p)
}

func (q *request) acceptInvitation() error {
	p, err := q.invitationPage()
	if err != nil {
		return err
	}
	if err := businesses.AcceptInvitation(q.ctx(), q.Registry, q.caller, q.invitationSecret()); err != nil {
		return q.correct(p, err)
	}
	if p.Kind == prokura.InviteMember {
		q.flash(NoticeJoined, "business", p.Business.Name)
		return q.redirect("/business/" + p.Business.ID)
	}
	q.flash(NoticeJoined, "business", p.App.Name)
	return q.redirect("/apps/" + p.App.ID + "/basic")
}

func (q *request) declineInvitation() error {
	if err := businesses.DeclineInvitation(q.ctx(), q.Registry, q.caller, q.invitationSecret()); err != nil {
		return err
	}
	q.flash(NoticeInvitationDeclined)
	return q.redirect("/business")
}
