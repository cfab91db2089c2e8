package account

import (
	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/web/kit"
)

// The second step of a login (R-LOGIN-15). Only here a session that waits for
// the second factor is worth anything.
var secondStepRoutes = []kit.Route{
	{Pattern: "GET " + kit.SecondStep, Serve: showSecondStep, Nobody: true},
	{Pattern: "POST " + kit.SecondStep, Serve: giveFactor, Nobody: true},
}

// afterPassword goes on when the password was right.
func afterPassword(q *kit.Request, secret prokura.Secret, next string) error {
	_, err := people.Authenticate(q.Context(), q.Registry, secret, q.Trace)
	switch {
	case err == nil:
		return q.Redirect(q.OpenNext(next))
	case prokura.AsError(err).Reason == prokura.SecondFactorRequired:
		return q.Redirect(kit.SecondStepPath(signed(q, next)))
	}
	return err
}

// SecondStepPage asks for the second factor.
func SecondStepPage(q *kit.Request, next string) (*SecondFactorPage, error) {
	ways, err := people.SecondStep(q.Context(), q.Registry, q.Caller, q.Site)
	if err != nil {
		return nil, err
	}
	return &SecondFactorPage{Base: q.Base(), Next: next, Code: ways.Code, Recovery: ways.Recovery, Passkey: ways.Passkey}, nil
}

// factorAsk is what a page asks of people with a second factor beside the
// password; nil of all others.
func factorAsk(w *people.Ways) *FactorAsk {
	if w == nil {
		return nil
	}
	return &FactorAsk{Code: w.Code, Recovery: w.Recovery, Passkey: w.Passkey}
}

func showSecondStep(q *kit.Request) error {
	if !q.Awaiting() {
		return q.Redirect(q.OpenNext(q.R.URL.Query().Get("next")))
	}
	p, err := SecondStepPage(q, next(q))
	if err != nil {
		return err
	}
	return q.Show(p)
}

// TakeFactor takes the second step with whatever the form brings.
func TakeFactor(q *kit.Request) error {
	secret, err := people.GiveFactor(q.Context(), q.Registry, q.Caller, q.Factor(), q.Client())
	if err == nil {
		q.Renew(secret)
	}
	return err
}

func giveFactor(q *kit.Request) error {
	if !q.Awaiting() {
		return q.Redirect(q.OpenNext(q.Field("next")))
	}
	err := TakeFactor(q)
	if err == nil {
		return q.Redirect(q.OpenNext(q.Field("next")))
	}
	if prokura.AsError(err).Reason == prokura.SignInRequired {
		return err
	}
	p, failed := SecondStepPage(q, q.Field("next"))
	if failed != nil {
		return failed
	}
	return q.Correct(p, err)
}
