package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/people"
)

// text is a field without the space around it.
func (q *request) text(name string) string { return strings.TrimSpace(q.field(name)) }

// checked reports whether a checkbox of its own is on.
func (q *request) checked(name string) bool { return q.field(name) == "1" }

// after is where a list of the page goes on: an id in the query.
func (q *request) after(name string) (prokura.ID, error) {
	text := q.r.URL.Query().Get(name)
	if text == "" {
		return 0, nil
	}
	id, err := prokura.ParseID(text)
	if err != nil {
		return 0, errNoPage
	}
	return id, nil
}

// set are the different values of a list, in its order.
func set[T ~string](values []string) []T {
	var out []T
	seen := make(map[string]bool, len(values))
	for _, v := range values {
		if !seen[v] {
			seen[v], out = true, append(out, T(v))
		}
	}
	return out
}

// atField is an error about a field of the rules, as one about the field that
// the form has for it.
func atField(err error, rule, form string) error {
	if e := prokura.AsError(err); e.Field == rule {
		moved := *e
		return moved.WithField(form)
	}
	return err
}

// reauthenticate takes the password once more. A wrong one is about that field
// alone: the page asks for no other.
func (q *request) reauthenticate() error {
	c, secret, err := people.Reauthenticate(q.ctx(), q.Registry, q.caller, q.secretField("password"), q.client())
	if e, ok := errors.AsType[*prokura.Error](err); ok && e.Reason == prokura.SignInFailed {
		return prokura.Errorf(prokura.SignInFailed, "%s", q.words(ProblemPasswordWrong)).WithField("password")
	}
	if err != nil {
		return err
	}
	q.caller = c
	q.renew(secret)
	return nil
}

// fresh asks for the password again where it was not entered lately.
func (q *request) fresh() error {
	if q.Registry.IsFresh(q.caller) {
		return nil
	}
	return prokura.Errorf(prokura.SignInRequired, "Enter your password again.").WithField("password")
}

// outdated answers a form that was about something that has changed since it
// was shown, with the page as it would be shown now.
func (q *request) outdated(p Page) error {
	p.base().Problems = []Problem{{Text: q.words(ProblemChangedMeanwhile)}}
	return q.page(http.StatusConflict, p)
}
