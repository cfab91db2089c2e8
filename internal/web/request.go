package web

import (
	"context"
	"errors"
	"mime"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/people"
)

// request is one request for a page or with a form.
type request struct {
	*Server
	w       http.ResponseWriter
	r       *http.Request
	caller  registry.Caller // nobody without a session
	browser string          // the browser cookie's value
	renewed string          // the session's secret when this answer renews it
	trace   string
}

// Limits of what a browser sends (security limits).
const (
	maxForm   = 256 << 10
	maxUpload = 1<<20 + 64<<10 // a file of 1 MiB with the fields beside it
	maxQuery  = 8 << 10
)

func (q *request) ctx() context.Context { return q.r.Context() }

func (q *request) loggedIn() bool { return q.caller.Credential == prokura.CredentialSession }

// awaiting reports whether the browser's session waits for the second factor.
func (q *request) awaiting() bool { return q.caller.Awaiting != 0 }

// client is the browser, for sessions and throttles.
func (q *request) client() people.Client {
	host, _, err := net.SplitHostPort(q.r.RemoteAddr)
	if err != nil {
		host = q.r.RemoteAddr
	}
	return people.Client{Agent: q.r.UserAgent(), Address: host, Trace: q.trace}
}

// single are the fields that no page repeats: given twice, the two readers of a
// form could take different ones.
var single = []string{"csrf", "next", "digest", "do", "business", "email", "password", "session", "code", "recovery", "passkey", "factor", "role", "member", "invitation", "kept"}

// readForm parses the body of a POST within its limit.
func (q *request) readForm(upload bool) error {
	if len(q.r.URL.RawQuery) > maxQuery {
		return prokura.Errorf(prokura.InvalidParameter, "The address is longer than %d KiB.", maxQuery>>10)
	}
	if q.r.Method != http.MethodPost {
		return nil
	}
	kind, _, _ := mime.ParseMediaType(q.r.Header.Get("Content-Type"))
	limit, multipart := int64(maxForm), upload && kind == "multipart/form-data"
	if multipart {
		limit = maxUpload
	}
	q.r.Body = http.MaxBytesReader(q.w, q.r.Body, limit)
	var err error
	switch {
	case multipart:
		err = q.r.ParseMultipartForm(maxUpload) // all in memory: no file of a stranger touches the disk
	case kind == "application/x-www-form-urlencoded" || q.r.ContentLength == 0:
		err = q.r.ParseForm()
	default:
		return prokura.Errorf(prokura.BadEncoding, "This is not a form.")
	}
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return prokura.Errorf(prokura.TooLarge, "The form is larger than %d KiB.", limit>>10)
	}
	if err != nil {
		return prokura.Errorf(prokura.InvalidParameter, "The form cannot be read.").WithCause(err)
	}
	for _, name := range single {
		if list := q.r.PostForm[name]; len(list) > 1 {
			return prokura.Errorf(prokura.InvalidParameter, "The form has a field twice.").WithField(name)
		}
	}
	return nil
}

// field is a field of the form, "" when it is missing.
func (q *request) field(name string) string { return validText(q.r.PostForm.Get(name)) }

// validText makes text of what a browser sent. A byte that is no text, and the
// zero byte, which not every database takes, become U+FFFD, which no name or id
// may hold.
func validText(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
}

// secretField is a field that must not be printed.
func (q *request) secretField(name string) prokura.Secret {
	return prokura.Secret(q.r.PostForm.Get(name))
}

// fields are all values of a repeated field.
func (q *request) fields(name string) []string { return q.r.PostForm[name] }

// ids are the values of a repeated field as ids.
func (q *request) ids(name string) ([]prokura.ID, error) {
	list := q.fields(name)
	out := make([]prokura.ID, 0, len(list))
	for _, s := range list {
		id, err := prokura.ParseID(s)
		if err != nil {
			return nil, prokura.Errorf(prokura.InvalidParameter, "The form holds something that is not an id.").WithField(name)
		}
		out = append(out, id)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// id is an id in the path; anything else is a page that does not exist.
func (q *request) id(name string) (prokura.ID, error) {
	id, err := prokura.ParseID(q.r.PathValue(name))
	if err != nil {
		return 0, errNoPage
	}
	return id, nil
}

// base is what every page shows.
func (q *request) base() Base {
	b := Base{Words: Languages[0], CSRF: q.formToken(), TraceID: q.trace}
	if q.loggedIn() {
		b.Person, b.Staff = personView(q.caller.Person), q.caller.Person.Staff
		b.Notice = q.takeNotice(b.Words)
	}
	return b
}

func personView(p prokura.Person) *PersonView {
	return &PersonView{ID: p.ID.String(), Name: p.Name, Email: p.Email}
}

// page answers with a page.
func (q *request) page(status int, p Page) error { return q.pages.Render(q.w, status, p) }

// show answers with a page as it is.
func (q *request) show(p Page) error { return q.page(http.StatusOK, p) }

// correct answers a form that needs correcting: the page again, with what is
// wrong. An error that is not about the form goes back to the caller.
func (q *request) correct(p Page, err error) error {
	e := prokura.AsError(err)
	status, ok := correctable[e.Reason]
	if !ok {
		return err
	}
	p.base().Problems = append(p.base().Problems, ProblemsOf(e)...)
	return q.page(status, p)
}

// correctable are the refusals that the person who sent a form can do something
// about, with the status of the answer.
var correctable = map[prokura.Reason]int{
	prokura.InvalidParameter: http.StatusUnprocessableEntity,
	prokura.RedirectInvalid:  http.StatusUnprocessableEntity,
	prokura.LimitReached:     http.StatusUnprocessableEntity,
	prokura.PasswordWeak:     http.StatusUnprocessableEntity,
	prokura.EmailTaken:       http.StatusUnprocessableEntity,
	prokura.SignInFailed:     http.StatusUnprocessableEntity,
	prokura.SignInThrottled:  http.StatusTooManyRequests,

	prokura.LevelTooLow:          http.StatusUnprocessableEntity,
	prokura.AppNotInBusiness:     http.StatusUnprocessableEntity,
	prokura.SystemUserLimit:      http.StatusUnprocessableEntity,
	prokura.AdminSystemUserLimit: http.StatusUnprocessableEntity,
	prokura.NotInstalled:         http.StatusUnprocessableEntity,
	prokura.UnknownPermission:    http.StatusUnprocessableEntity,
	prokura.TasksInvalid:         http.StatusUnprocessableEntity,
	prokura.AssignmentInvalid:    http.StatusUnprocessableEntity,
	prokura.AlreadyRequested:     http.StatusUnprocessableEntity,
	prokura.AlreadyHasAccess:     http.StatusUnprocessableEntity,
	prokura.CallbackRefused:      http.StatusUnprocessableEntity,
	prokura.SecondFactorWrong:    http.StatusUnprocessableEntity,
	prokura.TwoFactorRequired:    http.StatusUnprocessableEntity,
}

// redirect answers with 303 to a path of this server: after a POST the browser
// asks with GET and leaves the form behind (T07).
func (q *request) redirect(path string) error {
	if !localPath(path) {
		return prokura.Errorf(prokura.Internal, "An unexpected error has occurred.").WithDetail("redirect to %q", path)
	}
	return q.leave(path)
}

// leave answers with 303 to any address. Only the end of a login, whose address
// was matched against the app's list, goes to a foreign one (T06).
func (q *request) leave(address string) error {
	q.w.Header().Set("Location", address)
	q.w.WriteHeader(http.StatusSeeOther)
	return nil
}
