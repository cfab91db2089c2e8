package kit

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/prokura/prokura"
)

// statuses are the answers to refusals; a reason that is not listed is a 400.
var statuses = map[prokura.Reason]int{
	prokura.Internal:    http.StatusInternalServerError,
	prokura.Unavailable: http.StatusServiceUnavailable,
	prokura.NotFound:    http.StatusNotFound,
	prokura.RoleMissing: http.StatusForbidden,
	prokura.StaffOnly:   http.StatusForbidden,

	prokura.ConflictOfInterest: http.StatusForbidden,
	prokura.FormForged:         http.StatusForbidden,
	prokura.SignInRequired:     http.StatusForbidden,
	prokura.Conflict:           http.StatusConflict,
	prokura.LoginDone:          http.StatusConflict,
	prokura.LoginExpired:       http.StatusGone,
	prokura.TooLarge:           http.StatusRequestEntityTooLarge,
	prokura.BadEncoding:        http.StatusUnsupportedMediaType,
	prokura.SignInThrottled:    http.StatusTooManyRequests,
	prokura.TooManyCalls:       http.StatusTooManyRequests,
	prokura.PermissionMissing:  http.StatusForbidden,
	prokura.TwoFactorRequired:  http.StatusForbidden,
	prokura.InvitationGone:     http.StatusGone,

	prokura.SecondFactorRequired: http.StatusForbidden,
}

// StatusOf is the status of the answer to a refusal.
func StatusOf(r prokura.Reason) int {
	if s, ok := statuses[r]; ok {
		return s
	}
	return http.StatusBadRequest
}

// fail answers what could not be done: as the room does, with the login, or with a
// page that says so. Nothing has been written yet.
func (q *Request) fail(rt Route, err error) {
	e := prokura.AsError(err)
	q.LogFault(e, err)
	q.SayWhen(e)
	answered := false
	if rt.fail != nil {
		answered, err = rt.fail(q, e)
	}
	switch {
	case answered:
	case e.Reason == prokura.SecondFactorRequired:
		err = q.Redirect(SecondStepPath(q.SignNext(q.here())))
	case e.Reason == prokura.TwoFactorRequired:
		err = q.Answer(StatusOf(e.Reason), &TwoFactorPage{Base: q.Base(), Business: q.businessInPath(), OfStaff: strings.HasPrefix(q.R.URL.Path, StaffHome)})
	case e.Reason == prokura.InvitationGone:
		err = q.Answer(StatusOf(e.Reason), &InvitationGonePage{Base: q.Base()})
	case e.Reason == prokura.SignInRequired && q.LoggedIn():
		err = q.Redirect("/reauthenticate?next=" + url.QueryEscape(q.SignNext(q.here())))
	case e.Reason == prokura.SignInRequired && q.SigningUp() != "":
		err = q.Redirect(CodePath(q.SignNext(q.here())))
	case e.Reason == prokura.SignInRequired:
		err = q.Redirect("/login?next=" + url.QueryEscape(q.SignNext(q.here())))
	default:
		err = q.ShowError(e)
	}
	if err != nil {
		q.Log.ErrorContext(q.Context(), "error page failed", "trace", q.Trace, "error", err)
		http.Error(q.W, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}

// ShowError answers with the page that gives no cause away.
func (q *Request) ShowError(e *prokura.Error) error {
	return q.Answer(StatusOf(e.Reason), &ErrorPage{Base: q.Base(), Status: StatusOf(e.Reason), Forged: e.Reason == prokura.FormForged, Again: AgainOf(e)})
}

// SayWhen tells the browser when the same may be let through, if that is known.
func (q *Request) SayWhen(e *prokura.Error) {
	if after := e.RetryAfter(); after != "" {
		q.W.Header().Set("Retry-After", after)
	}
}

// businessInPath is the business that a page is about, by its address.
func (q *Request) businessInPath() string {
	if !strings.HasPrefix(q.R.URL.Path, "/business/") {
		return ""
	}
	return q.R.PathValue("id")
}

// LogFault logs what is a fault of ours.
func (q *Request) LogFault(e *prokura.Error, err error) {
	switch {
	case q.Context().Err() != nil: // the browser has gone; nobody reads the answer
	case e.Reason == prokura.Internal:
		q.Log.ErrorContext(q.Context(), "page failed", "path", q.R.Pattern, "trace", q.Trace, "error", err)
	case e.Reason == prokura.Unavailable:
		q.Log.WarnContext(q.Context(), "page unavailable", "path", q.R.Pattern, "trace", q.Trace, "error", err)
	}
}

// here is where to come back to after a login: this page, or for a form the
// page that it was on.
func (q *Request) here() string {
	if q.R.Method == http.MethodGet {
		if p := q.R.URL.RequestURI(); LocalPath(p) {
			return p
		}
		return "/"
	}
	if u, err := url.Parse(q.R.Referer()); err == nil && LocalPath(u.RequestURI()) {
		return u.RequestURI()
	}
	return "/"
}

// SecondStep is where a session that waits for the second factor goes on.
const SecondStep = "/login/second-factor"

// SecondStepPath leads to the second step, and afterwards to a signed next.
func SecondStepPath(next string) string { return withNext(SecondStep, next) }

// Code is where a sign-up whose address is not proven yet goes on.
const Code = "/signup/code"

// CodePath leads there, and afterwards to a signed next.
func CodePath(next string) string { return withNext(Code, next) }

func withNext(path, next string) string {
	if next == "" {
		return path
	}
	return path + "?next=" + url.QueryEscape(next)
}
