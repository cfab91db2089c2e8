package web

import (
	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/people"
)

var peopleRoutes = []route{
	{pattern: "GET /{$}", serve: (*request).landing, nobody: true},
	{pattern: "GET /login", serve: (*request).loginPage, nobody: true},
	{pattern: "POST /login", serve: (*request).login, nobody: true},
	{pattern: "POST /logout", serve: (*request).logout, nobody: true},
	{pattern: "GET /signup", serve: (*request).signupPage, nobody: true},
	{pattern: "POST /signup", serve: (*request).signup, nobody: true},
	{pattern: "GET /reauthenticate", serve: (*request).passwordPage},
	{pattern: "POST /reauthenticate", serve: (*request).password},
}

func (q *request) landing() error {
	return q.show(&LandingPage{Base: q.base(), BaseURL: q.BaseURL, Version: prokura.NewestVersion().String(), Demo: q.Demo, Inbox: q.Registry.Dev()})
}

// next is the next of a query; only what this server signed is passed on.
func (q *request) next() string {
	next := q.r.URL.Query().Get("next")
	if q.openNext(next) == "/" {
		return ""
	}
	return next
}

func (q *request) loginPage() error {
	if q.awaiting() {
		return q.redirect(secondStepPath(q.next()))
	}
	if q.loggedIn() {
		return q.redirect(q.openNext(q.r.URL.Query().Get("next")))
	}
	return q.show(&LoginPage{Base: q.base(), Next: q.next()})
}

func (q *request) login() error {
	secret, err := q.signIn()
	if err != nil {
		return q.correct(&LoginPage{Base: q.base(), Email: q.field("email"), Next: q.field("next")}, err)
	}
	if err := q.startSession(secret); err != nil {
		return err
	}
	return q.afterPassword(secret, q.field("next"))
}

func (q *request) signIn() (prokura.Secret, error) {
	return people.SignIn(q.ctx(), q.Registry, q.field("email"), q.secretField("password"), q.client())
}

func (q *request) logout() error {
	if err := q.endSession(); err != nil {
		return err
	}
	return q.redirect("/")
}

func (q *request) signupPage() error {
	if q.loggedIn() {
		return q.redirect(q.openNext(q.r.URL.Query().Get("next")))
	}
	return q.show(&SignupPage{Base: q.base(), Next: q.next(), MinPassword: prokura.MinPassword})
}

func (q *request) signup() error {
	secret, err := q.signUp()
	if err != nil {
		return q.correct(&SignupPage{Base: q.base(), Name: q.field("name"), Email: q.field("email"), Next: q.field("next"),
			MinPassword: prokura.MinPassword}, err)
	}
	if err := q.startSession(secret); err != nil {
		return err
	}
	return q.redirect(q.openNext(q.field("next")))
}

func (q *request) signUp() (prokura.Secret, error) {
	return people.SignUp(q.ctx(), q.Registry, q.field("name"), q.field("email"), q.secretField("password"), q.client())
}

func (q *request) passwordPage() error {
	return q.show(&PasswordPage{Base: q.base(), Next: q.next()})
}

func (q *request) password() error {
	if err := q.reauthenticate(); err != nil {
		return q.correct(&PasswordPage{Base: q.base(), Next: q.field("next")}, err)
	}
	return q.redirect(q.openNext(q.field("next")))
}
