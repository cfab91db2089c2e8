package account

import (
	"net/url"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/web/kit"
)

// An invitation is opened by the link of its mail, also by people who have to
// log in or sign up first: they come back to it.
var invitationRoutes = []kit.Route{
	{Pattern: "GET /invitations/{secret}", Serve: showInvitation, Nobody: true},
	{Pattern: "POST /invitations/{secret}/accept", Serve: acceptInvitation},
	{Pattern: "POST /invitations/{secret}/decline", Serve: declineInvitation},
}

func invitationSecret(q *kit.Request) prokura.Secret { return prokura.Secret(q.R.PathValue("secret")) }

// invitationPage is about an open invitation that is the person's own, or
// anybody's before they log in.
func invitationPage(q *kit.Request) (*InvitationPage, error) {
	v, err := businesses.Invitation(q.Context(), q.Registry, q.Caller, invitationSecret(q))
	if err != nil {
		return nil, err
	}
	p := &InvitationPage{Base: q.Base(), Kind: v.Kind, Role: v.Role, By: v.By, Expires: v.Expires.Time(),
		Path: "/invitations/" + url.PathEscape(q.R.PathValue("secret"))}
	if v.Business.ID != 0 {
		p.Business = kit.BusinessOf(v.Business)
	}
	if v.App.ID != 0 {
		p.App = kit.AppOf(v.App, prokura.Business{})
	}
	p.Next = q.SignNext(p.Path)
	return p, nil
}

func showInvitation(q *kit.Request) error {
	if q.Awaiting() {
		return prokura.Errorf(prokura.SecondFactorRequired, "Please confirm that it is you.")
	}
	p, err := invitationPage(q)
	if err != nil {
		return err
	}
	return q.Show(p)
}

func acceptInvitation(q *kit.Request) error {
	p, err := invitationPage(q)
	if err != nil {
		return err
	}
	if err := businesses.AcceptInvitation(q.Context(), q.Registry, q.Caller, invitationSecret(q)); err != nil {
		return q.Correct(p, err)
	}
	if p.Kind == prokura.InviteMember {
		q.Flash(NoticeJoined, "business", p.Business.Name)
		return q.Redirect("/business/" + p.Business.ID)
	}
	q.Flash(NoticeJoined, "business", p.App.Name)
	if p.Role == string(prokura.AppTester) { // who may use the app, and see none of its pages (R-APP-03)
		return q.Redirect("/apps")
	}
	return q.Redirect("/apps/" + p.App.ID + "/basic")
}

func declineInvitation(q *kit.Request) error {
	if err := businesses.DeclineInvitation(q.Context(), q.Registry, q.Caller, invitationSecret(q)); err != nil {
		return err
	}
	q.Flash(NoticeInvitationDeclined)
	return q.Redirect("/business")
}
