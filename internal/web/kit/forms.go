package kit

import (
	"errors"
	"net/http"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/people"
)

// Text is a field without the space around it.
func (q *Request) Text(name string) string { return strings.TrimSpace(q.Field(name)) }

// Checked reports whether a checkbox of its own is on.
func (q *Request) Checked(name string) bool { return q.Field(name) == "1" }

// After is where a list of the page goes on: an id in the query.
func (q *Request) After(name string) (prokura.ID, error) {
	text := q.R.URL.Query().Get(name)
	if text == "" {
		return 0, nil
	}
	id, err := prokura.ParseID(text)
	if err != nil {
		return 0, ErrNoPage
	}
	return id, nil
}

// Distinct are the different values of a list, in its order.
func Distinct[T ~string](values []string) []T {
	var out []T
	seen := make(map[string]bool, len(values))
	for _, v := range values {
		if !seen[v] {
			seen[v], out = true, append(out, T(v))
		}
	}
	return out
}

// AtField is an error about a field of the rules, as one about the field that
// the form has for it.
func AtField(err error, rule, form string) error {
	if e := prokura.AsError(err); e.Field == rule {
		moved := *e
		return moved.WithField(form)
	}
	return err
}

// Reauthenticate takes the password once more. A wrong one is about that field
// alone: the page asks for no other. Of people with a second factor the password
// alone is not enough: a session in which both were given lately has to be there
// already.
func (q *Request) Reauthenticate() error { return q.reauthenticate(people.Factor{}) }

// StepUp takes the password once more, and of people with a second factor that
// too (T68).
func (q *Request) StepUp() error {
	has, err := people.HasFactor(q.Context(), q.Registry, q.Caller)
	if err != nil {
		return err
	}
	f := q.Factor()
	if has && !f.Given() {
		return prokura.Errorf(prokura.SecondFactorWrong, "%s", q.Words(ProblemFactorMissing)).WithField("code")
	}
	return q.reauthenticate(f)
}

func (q *Request) reauthenticate(f people.Factor) error {
	c, secret, err := people.Reauthenticate(q.Context(), q.Registry, q.Caller, q.SecretField("password"), f, q.Client())
	if e, ok := errors.AsType[*prokura.Error](err); ok && e.Reason == prokura.SignInFailed {
		return prokura.Errorf(prokura.SignInFailed, "%s", q.Words(ProblemPasswordWrong)).WithField("password")
	}
	if err != nil {
		return err
	}
	q.Caller = c
	q.Renew(secret)
	return nil
}

// Factor is the second factor that a form brings.
func (q *Request) Factor() people.Factor {
	return people.Factor{Code: q.Text("code"), Recovery: q.Text("recovery"), Passkey: q.Field("passkey"), Site: q.Site}
}

// NeedFactor asks people with a second factor for it, and for the password,
// before a page whose form takes the password: what they fill in there is not
// lost then.
func (q *Request) NeedFactor() error {
	has, err := people.HasFactor(q.Context(), q.Registry, q.Caller)
	if err != nil || !has {
		return err
	}
	return q.NeedFresh()
}

// NeedFresh asks for the password again where it was not entered lately.
func (q *Request) NeedFresh() error {
	if q.Registry.IsFresh(q.Caller) {
		return nil
	}
	return prokura.Errorf(prokura.SignInRequired, "Enter your password again.").WithField("password")
}

// Outdated answers a form that was about something that has changed since it
// was shown, with the page as it would be shown now.
func (q *Request) Outdated(p Page) error {
	p.base().Problems = []Problem{{Text: q.Words(ProblemChangedMeanwhile)}}
	return q.Answer(http.StatusConflict, p)
}
