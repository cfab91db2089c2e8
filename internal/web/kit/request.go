package kit

import (
	"context"
	"errors"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/people"
)

// Request is one request for a page or with a form.
type Request struct {
	*Server
	W       http.ResponseWriter
	R       *http.Request
	Caller  registry.Caller // nobody without a session
	Browser string          // the browser cookie's value
	renewed string          // the session's secret when this answer renews it
	Trace   string
	files   *multipart.Reader // behind the fields of the form; nil: it has no files
	file    *multipart.Part   // the first of them
}

// Limits of what a browser sends (security limits).
const (
	maxForm   = 256 << 10
	maxUpload = 1<<20 + 64<<10 // a file of 1 MiB with the fields beside it
	maxQuery  = 8 << 10
)

// Context is the browser's patience.
func (q *Request) Context() context.Context { return q.R.Context() }

// LoggedIn reports whether somebody is.
func (q *Request) LoggedIn() bool { return q.Caller.Credential == prokura.CredentialSession }

// Awaiting reports whether the browser's session waits for the second factor.
func (q *Request) Awaiting() bool { return q.Caller.Awaiting != 0 }

// Client is the browser, for sessions and throttles.
func (q *Request) Client() people.Client {
	host, _, err := net.SplitHostPort(q.R.RemoteAddr)
	if err != nil {
		host = q.R.RemoteAddr
	}
	return people.Client{Agent: q.R.UserAgent(), Address: host, Trace: q.Trace, Known: q.Cookie(knownCookie)}
}

// single are the fields that no page repeats: given twice, the two readers of a
// form could take different ones.
var single = []string{"csrf", "next", "digest", "do", "business", "email", "password", "session", "code", "recovery", "passkey", "asked", "factor", "role", "member", "invitation", "kept"}

// readForm parses the body of a POST within its limit.
func (q *Request) readForm(rt Route) error {
	if len(q.R.URL.RawQuery) > maxQuery {
		return prokura.Errorf(prokura.InvalidParameter, "The address is longer than %d KiB.", maxQuery>>10)
	}
	if q.R.Method != http.MethodPost {
		return nil
	}
	kind, _, _ := mime.ParseMediaType(q.R.Header.Get("Content-Type"))
	limit, multipart := int64(maxForm), rt.Upload && kind == "multipart/form-data"
	if multipart {
		limit = maxUpload
	}
	if rt.Files && kind == "multipart/form-data" {
		return q.readFields()
	}
	q.R.Body = http.MaxBytesReader(q.W, q.R.Body, limit)
	var err error
	switch {
	case multipart:
		err = q.R.ParseMultipartForm(maxUpload) // all in memory: no file of a stranger touches the disk
	case kind == "application/x-www-form-urlencoded" || q.R.ContentLength == 0:
		err = q.R.ParseForm()
	default:
		return prokura.Errorf(prokura.BadEncoding, "This is not a form.")
	}
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return prokura.Errorf(prokura.TooLarge, "The form is larger than %d KiB.", limit>>10)
	}
	if err != nil {
		return prokura.Errorf(prokura.InvalidParameter, "The form cannot be read.").WithCause(err)
	}
	return q.checkSingle()
}

// checkSingle refuses fields that stand twice in the form.
func (q *Request) checkSingle() error {
	for _, name := range single {
		if list := q.R.PostForm[name]; len(list) > 1 {
			return prokura.Errorf(prokura.InvalidParameter, "The form has a field twice.").WithField(name)
		}
	}
	return nil
}

// Field is a field of the form, "" when it is missing.
func (q *Request) Field(name string) string { return ValidText(q.R.PostForm.Get(name)) }

// ValidText makes text of what a browser sent. A byte that is no text, and the
// zero byte, which not every database takes, become U+FFFD, which no name or id
// may hold.
func ValidText(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
}

// SecretField is a field that must not be printed.
func (q *Request) SecretField(name string) prokura.Secret {
	return prokura.Secret(q.R.PostForm.Get(name))
}

// Fields are all values of a repeated field.
func (q *Request) Fields(name string) []string { return q.R.PostForm[name] }

// IDs are the values of a repeated field as ids.
func (q *Request) IDs(name string) ([]prokura.ID, error) {
	list := q.Fields(name)
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

// ID is an id in the path; anything else is a page that does not exist.
func (q *Request) ID(name string) (prokura.ID, error) {
	id, err := prokura.ParseID(q.R.PathValue(name))
	if err != nil {
		return 0, ErrNoPage
	}
	return id, nil
}

// Unsent reports whether mails reach nobody: neither a mail server nor an inbox
// page takes them.
func (q *Request) Unsent() bool { return !q.Mails && !q.Registry.Dev() }

// Base is what every page shows.
func (q *Request) Base() Base {
	b := Base{Words: q.pages.words[0], CSRF: q.formToken(), TraceID: q.Trace, Unsent: q.Unsent()}
	if q.R.PathValue("secret") == "" { // a link for one use
		b.Where = q.R.URL.Path
	}
	if q.LoggedIn() {
		b.Person, b.Staff, b.StaffLinks = personOf(q.Caller.Person), q.Caller.Person.Staff, q.staffLinks()
		for _, m := range q.Caller.Members {
			if q.Caller.Role(m.Business) == prokura.RoleAdmin {
				b.Controls = append(b.Controls, m.Business.String())
			}
		}
	}
	b.Notice = q.takeNotice(b.Words)
	return b
}

func personOf(p prokura.Person) *PersonView {
	return &PersonView{ID: p.ID.String(), Name: p.Name, Email: p.Email}
}

// Answer answers with a page.
func (q *Request) Answer(status int, p Page) error { return q.pages.Render(q.W, status, p) }

// Show answers with a page as it is.
func (q *Request) Show(p Page) error { return q.Answer(http.StatusOK, p) }

// Correct answers a form that needs correcting: the page again, with what is
// wrong. An error that is not about the form goes back to the caller.
func (q *Request) Correct(p Page, err error) error {
	e := prokura.AsError(err)
	status, ok := Correctable(e.Reason)
	if !ok {
		return err
	}
	return q.Wrong(status, p, e)
}

// Wrong answers with a page that says what is wrong.
func (q *Request) Wrong(status int, p Page, e *prokura.Error) error {
	q.SayWhen(e)
	p.base().Problems = append(p.base().Problems, ProblemsOf(e)...)
	return q.Answer(status, p)
}

// Correctable tells whether the person who sent a form can do something about a
// refusal, and the status of the answer.
func Correctable(r prokura.Reason) (status int, ok bool) {
	status, ok = correctable[r]
	return status, ok
}

var correctable = map[prokura.Reason]int{
	prokura.InvalidParameter: http.StatusUnprocessableEntity,
	prokura.RedirectInvalid:  http.StatusUnprocessableEntity,
	prokura.LimitReached:     http.StatusUnprocessableEntity,
	prokura.PasswordWeak:     http.StatusUnprocessableEntity,
	prokura.EmailTaken:       http.StatusUnprocessableEntity,
	prokura.SignInFailed:     http.StatusUnprocessableEntity,
	prokura.SignInThrottled:  http.StatusTooManyRequests,

	prokura.LevelTooLow:          http.StatusUnprocessableEntity,
	prokura.AccountListFull:      http.StatusUnprocessableEntity,
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

// Redirect answers with 303 to a path of this server: after a POST the browser
// asks with GET and leaves the form behind (T07).
func (q *Request) Redirect(path string) error {
	if !LocalPath(path) {
		return prokura.Errorf(prokura.Internal, "An unexpected error has occurred.").WithDetail("redirect to %q", path)
	}
	return q.Leave(path)
}

// Leave answers with 303 to any address. Only the end of a login, whose address
// was matched against the app's list, goes to a foreign one (T06).
func (q *Request) Leave(address string) error {
	q.W.Header().Set("Location", address)
	q.W.WriteHeader(http.StatusSeeOther)
	return nil
}
