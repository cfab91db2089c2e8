package account

import (
	"net/url"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/web/kit"
)

// Whoever has forgotten the password gets a link by mail that sets a new one.
var recoverRoutes = []kit.Route{
	{Pattern: "GET " + forgotPath, Serve: forgotPage, Nobody: true},
	{Pattern: "POST " + forgotPath, Serve: forgot, Nobody: true},
	{Pattern: "GET " + forgotPath + "/sent", Serve: forgotSent, Nobody: true},
	{Pattern: "GET /reset/{secret}", Serve: resetPage, Nobody: true},
	{Pattern: "POST /reset/{secret}", Serve: reset, Nobody: true},
}

const forgotPath = "/forgot"

func forgotPage(q *kit.Request) error {
	return q.Show(&ForgotPage{Base: q.Base(), Closed: !mails(q)})
}

func forgot(q *kit.Request) error {
	p := &ForgotPage{Base: q.Base(), Email: q.Field("email"), Closed: !mails(q)}
	if p.Closed {
		return q.Correct(p, prokura.Errorf(prokura.LimitReached, "%s", q.Words(ProblemNoMails)))
	}
	if err := people.RequestReset(q.Context(), q.Registry, q.Field("email"), q.Client()); err != nil {
		return q.Correct(p, err)
	}
	return q.Redirect(forgotPath + "/sent")
}

func forgotSent(q *kit.Request) error {
	return q.Show(&ForgotPage{Base: q.Base(), Sent: true, Inbox: q.Inbox && !q.Mails})
}

func resetSecret(q *kit.Request) prokura.Secret { return prokura.Secret(q.R.PathValue("secret")) }

func askReset(q *kit.Request) (*ResetPage, error) {
	v, err := people.OpenReset(q.Context(), q.Registry, resetSecret(q), q.Site, q.Client())
	if err != nil {
		return nil, err
	}
	return &ResetPage{Base: q.Base(), Email: v.Email, Factor: factorAsk(v.Ways), Factors: v.Factors, MinPassword: prokura.MinPassword,
		Path: "/reset/" + url.PathEscape(q.R.PathValue("secret"))}, nil
}

// goneOr answers a link that is worth nothing with a page that says so.
func goneOr(q *kit.Request, err error) error {
	if e := prokura.AsError(err); e.Reason != prokura.InvitationGone {
		return err
	}
	return q.Answer(kit.StatusOf(prokura.InvitationGone), &ResetPage{Base: q.Base(), Gone: true})
}

func resetPage(q *kit.Request) error {
	p, err := askReset(q)
	if err != nil {
		return goneOr(q, err)
	}
	return q.Show(p)
}

func reset(q *kit.Request) error {
	secret, err := newPasswordByLink(q)
	if err == nil {
		if err := q.StartSession(secret); err != nil {
			return err
		}
		q.Flash(NoticePasswordChanged)
		return q.Redirect("/settings/security")
	}
	p, failed := askReset(q)
	if failed != nil {
		return goneOr(q, failed)
	}
	return q.Correct(p, err)
}

func newPasswordByLink(q *kit.Request) (prokura.Secret, error) {
	fresh := q.SecretField("password")
	if fresh != q.SecretField("again") {
		return "", prokura.Errorf(prokura.PasswordWeak, "%s", q.Words(ProblemPasswordsDiffer)).WithField("again")
	}
	return people.ResetPassword(q.Context(), q.Registry, resetSecret(q), fresh, q.Factor(), q.Client())
}
