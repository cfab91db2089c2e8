package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/prokura/prokura"
)

// statuses are the answers to refusals; a reason that is not listed is a 400.
var statuses = map[prokura.Reason]int{
	prokura.Internal:          http.StatusInternalServerError,
	prokura.Unavailable:       http.StatusServiceUnavailable,
	prokura.NotFound:          http.StatusNotFound,
	prokura.RoleMissing:       http.StatusForbidden,
	prokura.StaffOnly:         http.StatusForbidden,
	prokura.FormForged:        http.StatusForbidden,
	prokura.SignInRequired:    http.StatusForbidden,
	prokura.Conflict:          http.StatusConflict,
	prokura.LoginDone:         http.StatusConflict,
	prokura.LoginExpired:      http.StatusGone,
	prokura.TooLarge:          http.StatusRequestEntityTooLarge,
	prokura.BadEncoding:       http.StatusUnsupportedMediaType,
	prokura.SignInThrottled:   http.StatusTooManyRequests,
	prokura.TooManyCalls:      http.StatusTooManyRequests,
	prokura.PermissionMissing: http.StatusForbidden,
	prokura.TwoFactorRequired: http.StatusForbidden,
	prokura.InvitationGone:    http.StatusGone,

	prokura.SecondFactorRequired: http.StatusForbidden,
}

func statusOf(r prokura.Reason) int {
	if s, ok := statuses[r]; ok {
		return s
	}
	return http.StatusBadRequest
}

// fail answers what could not be done: with the login, with the dialog's error
// page or with the general one. Nothing has been written yet.
func (q *request) fail(err error) {
	e := prokura.AsError(err)
	q.log(e, err)
	dialog := strings.HasPrefix(q.r.URL.Path, "/consent/")
	switch {
	case (e.Reason == prokura.SignInRequired || e.Reason == prokura.SecondFactorRequired) && dialog:
		err = q.redirect("/consent/" + url.PathEscape(q.r.PathValue("id"))) // its steps ask for the login
	case e.Reason == prokura.SecondFactorRequired:
		err = q.redirect(secondStepPath(q.signNext(q.here())))
	case e.Reason == prokura.TwoFactorRequired && !dialog:
		err = q.page(statusOf(e.Reason), &TwoFactorPage{Base: q.base(), Business: q.businessInPath()})
	case e.Reason == prokura.InvitationGone:
		err = q.page(statusOf(e.Reason), &InvitationGonePage{Base: q.base()})
	case e.Reason == prokura.SignInRequired && q.loggedIn():
		err = q.redirect("/reauthenticate?next=" + url.QueryEscape(q.signNext(q.here())))
	case e.Reason == prokura.SignInRequired:
		err = q.redirect("/login?next=" + url.QueryEscape(q.signNext(q.here())))
	case dialog && Languages[0].Has("stop."+string(e.Reason)+".title"):
		err = q.page(statusOf(e.Reason), &DialogErrorPage{Base: q.base(), Reason: e.Reason})
	default:
		err = q.page(statusOf(e.Reason), &ErrorPage{Base: q.base(), Status: statusOf(e.Reason)})
	}
	if err != nil {
		q.Log.ErrorContext(q.ctx(), "error page failed", "trace", q.trace, "error", err)
		http.Error(q.w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}

// businessInPath is the business that a page is about, by its address.
func (q *request) businessInPath() string {
	if !strings.HasPrefix(q.r.URL.Path, "/business/") {
		return ""
	}
	return q.r.PathValue("id")
}

func (q *request) log(e *prokura.Error, err error) {
	switch {
	case q.ctx().Err() != nil: // the browser has gone; nobody reads the answer
	case e.Reason == prokura.Internal:
		q.Log.ErrorContext(q.ctx(), "page failed", "path", q.r.Pattern, "trace", q.trace, "error", err)
	case e.Reason == prokura.Unavailable:
		q.Log.WarnContext(q.ctx(), "page unavailable", "path", q.r.Pattern, "trace", q.trace, "error", err)
	}
}

// here is where to come back to after a login: this page, or for a form the
// page that it was on.
func (q *request) here() string {
	if q.r.Method == http.MethodGet {
		if p := q.r.URL.RequestURI(); localPath(p) {
			return p
		}
		return "/"
	}
	if u, err := url.Parse(q.r.Referer()); err == nil && localPath(u.RequestURI()) {
		return u.RequestURI()
	}
	return "/"
}

const secondStep = "/login/second-factor"

// secondStepPath leads to the second step, and afterwards to a signed next.
func secondStepPath(next string) string {
	if next == "" {
		return secondStep
	}
	return secondStep + "?next=" + url.QueryEscape(next)
}
