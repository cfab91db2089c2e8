package web

import (
	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/people"
)

// The second step of a login (R-LOGIN-15). Only here a session that waits for
// the second factor is worth anything.
var secondStepRoutes = []route{
	{pattern: "GET " + secondStep, serve: (*request).secondStep, nobody: true},
	{pattern: "POST " + secondStep, serve: (*request).giveFactor, nobody: true},
}

// afterPassword goes on when the password was right.
func (q *request) afterPassword(secret prokura.Secret, next string) error {
	_, err := people.Authenticate(q.ctx(), q.Registry, secret, q.trace)
	switch {
	case err == nil:
		return q.redirect(q.openNext(next))
	case prokura.AsError(err).Reason == prokura.SecondFactorRequired:
		if q.openNext(next) == "/" {
			next = ""
		}
		return q.redirect(secondStepPath(next))
	}
	return err
}

// secondStepPage asks for the second factor.
func (q *request) secondStepPage(next string) (*SecondFactorPage, error) {
	ways, err := people.SecondStep(q.ctx(), q.Registry, q.caller, q.site)
	if err != nil {
		return nil, err
	}
	return &SecondFactorPage{Base: q.base(), Next: next, Code: ways.Code, Recovery: ways.Recovery, Passkey: ways.Passkey}, nil
}

func (q *request) secondStep() error {
	if !q.awaiting() {
		return q.redirect(q.openNext(q.r.URL.Query().Get("next")))
	}
	p, err := q.secondStepPage(q.next())
	if err != nil {
		return err
	}
	return q.show(p)
}

// takeFactor takes the second step with whatever the form brings.
func (q *request) takeFactor() error {
	var secret prokura.Secret
	var err error
	switch {
	case q.field("passkey") != "":
		secret, err = people.GivePasskey(q.ctx(), q.Registry, q.caller, q.field("passkey"), q.site, q.client())
	case q.field("recovery") != "":
		secret, err = people.GiveRecoveryCode(q.ctx(), q.Registry, q.caller, q.field("recovery"), q.client())
	default:
		secret, err = people.GiveCode(q.ctx(), q.Registry, q.caller, q.field("code"), q.client())
	}
	if err == nil {
		q.renew(secret)
	}
	return err
}

func (q *request) giveFactor() error {
	if !q.awaiting() {
		return q.redirect(q.openNext(q.field("next")))
	}
	err := q.takeFactor()
	if err == nil {
		return q.redirect(q.openNext(q.field("next")))
	}
	if prokura.AsError(err).Reason == prokura.SignInRequired {
		return err
	}
	p, failed := q.secondStepPage(q.field("next"))
	if failed != nil {
		return failed
	}
	return q.correct(p, err)
}
