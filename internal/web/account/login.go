package account

import (
	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/web/kit"
)

var loginRoutes = []kit.Route{
	{Pattern: "GET /{$}", Serve: landing, Nobody: true},
	{Pattern: "GET /login", Serve: loginPage, Nobody: true},
	{Pattern: "POST /login", Serve: logIn, Nobody: true},
	{Pattern: "POST /logout", Serve: logOut, Nobody: true},
	{Pattern: "GET /reauthenticate", Serve: passwordPage},
	{Pattern: "POST /reauthenticate", Serve: enterPassword},
}

func landing(q *kit.Request) error {
	return q.Show(&LandingPage{Base: q.Base(), BaseURL: q.BaseURL, Version: prokura.NewestVersion().String(), Demo: q.Demo, Inbox: q.Inbox})
}

// next is the next of a query; only what this server signed is passed on.
func next(q *kit.Request) string {
	next := q.R.URL.Query().Get("next")
	if q.OpenNext(next) == "/" {
		return ""
	}
	return next
}

func loginPage(q *kit.Request) error {
	if q.Awaiting() {
		return q.Redirect(kit.SecondStepPath(next(q)))
	}
	if q.LoggedIn() {
		return q.Redirect(q.OpenNext(q.R.URL.Query().Get("next")))
	}
	p, err := LoginForm(q, next(q))
	if err != nil {
		return err
	}
	return q.Show(p)
}

// LoginForm is the form with what was typed before, and a question to passkeys
// where this server has a name that they can be bound to.
func LoginForm(q *kit.Request, next string) (*LoginPage, error) {
	p := &LoginPage{Base: q.Base(), Email: q.Field("email"), Next: next}
	if !q.Site.Passkeys() {
		return p, nil
	}
	ask, err := people.AskPasskeyLogin(q.Registry, q.Site, q.Browser)
	if err != nil {
		return nil, err
	}
	p.Passkey, p.Asked = ask.Question, ask.Asked
	return p, nil
}

func logIn(q *kit.Request) error {
	secret, err := SignIn(q)
	if err != nil {
		p, failed := LoginForm(q, q.Field("next"))
		if failed != nil {
			return failed
		}
		return q.Correct(p, err)
	}
	if err := q.StartSession(secret); err != nil {
		return err
	}
	return afterPassword(q, secret, q.Field("next"))
}

// SignIn takes the address and the password of the form, or a passkey.
func SignIn(q *kit.Request) (prokura.Secret, error) {
	if answer := q.Field("passkey"); answer != "" {
		return people.LogInWithPasskey(q.Context(), q.Registry, q.Site, q.Browser, q.Field("asked"), answer, q.Client())
	}
	return people.SignIn(q.Context(), q.Registry, q.Field("email"), q.SecretField("password"), q.Client())
}

func logOut(q *kit.Request) error {
	if err := q.EndSession(); err != nil {
		return err
	}
	return q.Redirect("/")
}

func passwordPage(q *kit.Request) error {
	p, err := AskPassword(q, next(q))
	if err != nil {
		return err
	}
	return q.Show(p)
}

// AskPassword is the page that asks for the password again, and for the second
// factor of who has one.
func AskPassword(q *kit.Request, next string) (*PasswordPage, error) {
	ways, err := people.StepUp(q.Context(), q.Registry, q.Caller, q.Site)
	if err != nil {
		return nil, err
	}
	return &PasswordPage{Base: q.Base(), Next: next, Factor: factorAsk(ways)}, nil
}

func enterPassword(q *kit.Request) error {
	err := q.StepUp()
	if err == nil {
		return q.Redirect(q.OpenNext(q.Field("next")))
	}
	p, failed := AskPassword(q, q.Field("next"))
	if failed != nil {
		return failed
	}
	return q.Correct(p, err)
}
