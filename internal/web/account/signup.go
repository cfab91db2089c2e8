package account

import (
	"errors"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/web/kit"
)

// Signing up, in two steps: what the form holds, and the code that was mailed.
// Between them there is no person and no session, only a cookie by which the
// browser goes on (T68).
var signUpRoutes = []kit.Route{
	{Pattern: "GET /signup", Serve: signupPage, Nobody: true},
	{Pattern: "POST /signup", Serve: register, Nobody: true},
	{Pattern: "GET " + kit.Code, Serve: codePage, Nobody: true},
	{Pattern: "POST " + kit.Code, Serve: giveCode, Nobody: true},
}

// mails reports whether mails go out, so that addresses can be proven.
func mails(q *kit.Request) bool { return q.Mails || q.Registry.Dev() }

func signupPage(q *kit.Request) error {
	if q.LoggedIn() {
		return q.Redirect(q.OpenNext(q.R.URL.Query().Get("next")))
	}
	return q.Show(SignupForm(q, next(q)))
}

// SignupForm is the form with what was typed before.
func SignupForm(q *kit.Request, next string) *SignupPage {
	return &SignupPage{Base: q.Base(), Name: q.Field("name"), Email: q.Field("email"), Next: next, MinPassword: prokura.MinPassword, Closed: !mails(q)}
}

func register(q *kit.Request) error {
	if err := SignUp(q); err != nil {
		return q.Correct(SignupForm(q, q.Field("next")), err)
	}
	return q.Redirect(kit.CodePath(signed(q, q.Field("next"))))
}

// signed is a next of a form, if it leads anywhere.
func signed(q *kit.Request, next string) string {
	if q.OpenNext(next) == "/" {
		return ""
	}
	return next
}

// SignUp begins an account with what the form holds. A code goes to its address,
// and the browser waits for it.
func SignUp(q *kit.Request) error {
	if !mails(q) {
		return prokura.Errorf(prokura.LimitReached, "%s", q.Words(ProblemNoMails))
	}
	secret, err := people.SignUp(q.Context(), q.Registry, q.Field("name"), q.Field("email"), q.SecretField("password"), q.Client())
	if err == nil {
		q.StartSignUp(secret)
	}
	return err
}

// AskCode is the page that waits for the code; nil when this browser has begun
// no sign-up, or its time has passed.
func AskCode(q *kit.Request, next string) (*CodePage, error) {
	if q.SigningUp() == "" {
		return nil, nil
	}
	email, err := people.SigningUp(q.Context(), q.Registry, q.SigningUp())
	if errors.Is(err, prokura.NotFound) {
		q.EndSignUp()
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &CodePage{Base: q.Base(), Email: email, Next: next, Inbox: q.Inbox && !q.Mails}, nil
}

func codePage(q *kit.Request) error {
	if q.LoggedIn() {
		return q.Redirect(q.OpenNext(q.R.URL.Query().Get("next")))
	}
	p, err := AskCode(q, next(q))
	if err != nil {
		return err
	}
	if p == nil {
		return q.Redirect("/signup")
	}
	return q.Show(p)
}

func giveCode(q *kit.Request) error {
	next := signed(q, q.Field("next"))
	if q.LoggedIn() {
		return q.Redirect(q.OpenNext(next))
	}
	done, err := TakeCode(q)
	switch {
	case err == nil && done && q.OpenNext(next) == "/":
		return q.Redirect("/start")
	case err == nil && done:
		return q.Redirect(q.OpenNext(next))
	case err == nil: // to the code's page, or without it to the form
		return q.Redirect(kit.CodePath(next))
	}
	p, failed := AskCode(q, next)
	switch {
	case failed != nil:
		return failed
	case p == nil:
		return q.Redirect("/signup")
	}
	return q.Correct(p, err)
}

// TakeCode does what a form of the code's page says: it takes the code and (done)
// logs the person in who is there now, or mails another code, or gives the sign-up
// up.
func TakeCode(q *kit.Request) (done bool, err error) {
	switch q.Field("do") {
	case "leave":
		q.EndSignUp()
		return false, people.GiveUpSignUp(q.Context(), q.Registry, q.SigningUp())
	case "again":
		if err := people.MailCode(q.Context(), q.Registry, q.SigningUp(), q.Text("email"), q.Client()); err != nil {
			return false, err
		}
		q.Flash(NoticeCodeMailed, "email", prokura.NormalEmail(q.Text("email")))
		return false, nil
	}
	secret, err := people.ConfirmSignUp(q.Context(), q.Registry, q.SigningUp(), q.Text("code"), q.Client())
	if err != nil {
		return false, err
	}
	return true, q.StartSession(secret)
}
