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
	{Pattern: "GET /signup", Serve: signupPage, Nobody: true},
	{Pattern: "POST /signup", Serve: register, Nobody: true},
	{Pattern: "GET /reauthenticate", Serve: passwordPage},
	{Pattern: "POST /reauthenticate", Serve: enterPassword},
}

func landing(q *kit.Request) error {
	return q.Show(&LandingPage{Base: q.Base(), BaseURL: q.BaseURL, Version: prokura.NewestVersion().String(), Demo: q.Demo, Inbox: q.Registry.Dev()})
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
	return q.Show(&LoginPage{Base: q.Base(), Next: next(q)})
}

func logIn(q *kit.Request) error {
	secret, err := SignIn(q)
	if err != nil {
		return q.Correct(&LoginPage{Base: q.Base(), Email: q.Field("email"), Next: q.Field("next")}, err)
	}
	if err := q.StartSession(secret); err != nil {
		return err
	}
	return afterPassword(q, secret, q.Field("next"))
}

// SignIn takes the address and the password of the form.
func SignIn(q *kit.Request) (prokura.Secret, error) {
	return people.SignIn(q.Context(), q.Registry, q.Field("email"), q.SecretField("password"), q.Client())
}

func logOut(q *kit.Request) error {
	if err := q.EndSession(); err != nil {
		return err
	}
	return q.Redirect("/")
}

func signupPage(q *kit.Request) error {
	if q.LoggedIn() {
		return q.Redirect(q.OpenNext(q.R.URL.Query().Get("next")))
	}
	return q.Show(&SignupPage{Base: q.Base(), Next: next(q), MinPassword: prokura.MinPassword})
}

func register(q *kit.Request) error {
	secret, err := SignUp(q)
	if err != nil {
		return q.Correct(&SignupPage{Base: q.Base(), Name: q.Field("name"), Email: q.Field("email"), Next: q.Field("next"),
			MinPassword: prokura.MinPassword}, err)
	}
	if err := q.StartSession(secret); err != nil {
		return err
	}
	return q.Redirect(q.OpenNext(q.Field("next")))
}

// SignUp makes an account of what the form holds.
func SignUp(q *kit.Request) (prokura.Secret, error) {
	return people.SignUp(q.Context(), q.Registry, q.Field("name"), q.Field("email"), q.SecretField("password"), q.Client())
}

func passwordPage(q *kit.Request) error {
	return q.Show(&PasswordPage{Base: q.Base(), Next: next(q)})
}

func enterPassword(q *kit.Request) error {
	if err := q.Reauthenticate(); err != nil {
		return q.Correct(&PasswordPage{Base: q.Base(), Next: q.Field("next")}, err)
	}
	return q.Redirect(q.OpenNext(q.Field("next")))
}
