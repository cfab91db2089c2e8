package kit

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/people"
)

// The cookies of the pages. Under https their names have the prefix __Host-,
// so that no other host of the domain can set them (T10).
const (
	sessionCookie = "prokura_session" // the session's secret
	browserCookie = "prokura_browser" // binds logins and forms to this browser, also before anybody is logged in (T02)
	noticeCookie  = "prokura_notice"  // the sentence that the next page says once
	RevealCookie  = "prokura_reveal"  // that the next page shows an app's secret once
	signUpCookie  = "prokura_signup"  // the secret of a sign-up whose address is still to be proven (T68)
	knownCookie   = "prokura_known"   // the accounts that know this browser, without their names (T68)
)

func (s *Server) cookieName(name string) string {
	if s.secure {
		return "__Host-" + name
	}
	return name
}

// Cookie is the value of one of our cookies, "" when the browser has none.
func (q *Request) Cookie(name string) string {
	c, err := q.R.Cookie(q.cookieName(name))
	if err != nil {
		return ""
	}
	return c.Value
}

// HasSession reports whether a browser says that somebody is logged in there.
func (s *Server) HasSession(r *http.Request) bool {
	_, err := r.Cookie(s.cookieName(sessionCookie))
	return err == nil
}

// SetCookie keeps a value until the browser is closed, or for maxAge seconds;
// -1 clears it. It replaces what this answer had set before: an answer sets a name
// once (RFC 6265, 4.1.1).
func (q *Request) SetCookie(name, value string, maxAge int) {
	name = q.cookieName(name)
	if h := q.W.Header(); h["Set-Cookie"] != nil {
		h["Set-Cookie"] = slices.DeleteFunc(h["Set-Cookie"], func(c string) bool { return strings.HasPrefix(c, name+"=") })
	}
	http.SetCookie(q.W, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: maxAge,
		Secure: q.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// ClearCookie makes the browser forget a cookie.
func (q *Request) ClearCookie(name string) { q.SetCookie(name, "", -1) }

// DropCookies takes back the cookies of this answer: what caches may share holds
// nobody's.
func (q *Request) DropCookies() { q.W.Header().Del("Set-Cookie") }

// Recognize reports whether a browser holds the cookie that binds logins and forms
// to it, and gives it one otherwise.
func (s *Server) Recognize(w http.ResponseWriter, r *http.Request) bool {
	q := &Request{Server: s, W: w, R: r}
	return q.identify()
}

// identify reads the browser cookie, or gives the browser one and is false.
func (q *Request) identify() bool {
	q.Browser = q.Cookie(browserCookie)
	if b, err := hex.DecodeString(q.Browser); err == nil && len(b) == 32 {
		return true
	}
	b := make([]byte, 32)
	rand.Read(b)
	q.Browser = hex.EncodeToString(b)
	q.SetCookie(browserCookie, q.Browser, 0)
	return false
}

// Session is the secret of the session that this browser has after the answer.
func (q *Request) Session() string {
	if q.renewed != "" {
		return q.renewed
	}
	return q.Cookie(sessionCookie)
}

// Renew gives the browser its session's new secret, after the person has proven
// who they are. What the answer binds to
// the session, it binds to that.
func (q *Request) Renew(secret prokura.Secret) {
	q.renewed = secret.Reveal()
	q.SetCookie(sessionCookie, q.renewed, 0)
	q.remember(secret)
}

// remember lets this browser be known to the account of somebody who has just
// proven who they are; not while the second factor is still to come.
func (q *Request) remember(secret prokura.Secret) {
	c, err := people.Authenticate(q.Context(), q.Registry, secret, q.Trace)
	switch {
	case err == nil:
		q.SetCookie(knownCookie, people.Remember(q.Registry, c.Person, q.Client()), int(people.KnownFor.Seconds()))
	case !errors.Is(err, prokura.SecondFactorRequired):
		q.Log.WarnContext(q.Context(), "remember a browser", "trace", q.Trace, "error", err)
	}
}

// SigningUp is the secret of the sign-up that this browser has begun; "" when it
// has begun none.
func (q *Request) SigningUp() prokura.Secret { return prokura.Secret(q.Cookie(signUpCookie)) }

// StartSignUp keeps the secret of a sign-up until its address is proven.
func (q *Request) StartSignUp(secret prokura.Secret) {
	q.SetCookie(signUpCookie, secret.Reveal(), int(people.SignUpLife.Seconds()))
}

// EndSignUp makes the browser forget it.
func (q *Request) EndSignUp() { q.ClearCookie(signUpCookie) }

// StartSession makes this browser the person's: always with a new secret, and
// the session that was there before ends, so that no cookie from before the
// login is worth anything after it (T10).
func (q *Request) StartSession(secret prokura.Secret) error {
	if err := q.endOldSession(); err != nil {
		return err
	}
	if q.SigningUp() != "" { // done, or given up for another account
		q.EndSignUp()
	}
	q.Renew(secret)
	return nil
}

// EndSession logs this browser out.
func (q *Request) EndSession() error {
	q.ClearCookie(sessionCookie)
	return q.endOldSession()
}

// endOldSession ends the session that the request came with, if any.
func (q *Request) endOldSession() error {
	switch {
	case q.LoggedIn():
		return people.EndSession(q.Context(), q.Registry, q.Caller, q.Caller.Session)
	case q.Awaiting():
		return people.GiveUp(q.Context(), q.Registry, q.Caller)
	}
	return nil
}

// MAC authenticates parts for one purpose, in URL-safe characters.
func (s *Server) MAC(purpose string, parts ...string) string {
	h := hmac.New(sha256.New, s.key[:])
	fmt.Fprintf(h, "%q %q", purpose, parts)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// formToken is the field csrf of every form: only pages that this browser got
// in this session carry it (T10). A session that has ended meanwhile still
// gives the token of its forms, so that they lead to the login and not to an
// error.
func (q *Request) formToken() string { return q.MAC("form", q.Browser, q.Session()) }

// checkForm refuses a POST without the token.
func (q *Request) checkForm() error {
	if q.R.Method != http.MethodPost || hmac.Equal([]byte(q.Field("csrf")), []byte(q.formToken())) {
		return nil
	}
	return prokura.Errorf(prokura.FormForged, "The form does not belong to this session.")
}

// Flash makes the next page say a sentence: one of the keys Notice… and the values
// that it names, in pairs. It is bound to the session.
func (q *Request) Flash(key string, values ...string) {
	text, err := json.Marshal(append([]string{key}, values...))
	if err != nil {
		return
	}
	value := base64.RawURLEncoding.EncodeToString(text)
	q.SetCookie(noticeCookie, q.MAC("notice", q.Session(), value)+"."+value, 60)
}

// takeNotice reads what Flash left, once. What it did not write says nothing.
func (q *Request) takeNotice(w *Words) string {
	cookie := q.Cookie(noticeCookie)
	if cookie == "" {
		return ""
	}
	q.ClearCookie(noticeCookie)
	mac, value, _ := strings.Cut(cookie, ".")
	if !hmac.Equal([]byte(mac), []byte(q.MAC("notice", q.Session(), value))) {
		return ""
	}
	text, err := base64.RawURLEncoding.DecodeString(value)
	var parts []string
	if err != nil || json.Unmarshal(text, &parts) != nil || len(parts) == 0 {
		return ""
	}
	values := make([]any, len(parts)-1)
	for i, v := range parts[1:] {
		values[i] = v
	}
	notice, err := w.T(parts[0], values...)
	if err != nil {
		return ""
	}
	return notice
}

// SignNext is where to go after a login, in a form that OpenNext takes.
func (s *Server) SignNext(path string) string { return s.MAC("next", path) + path }

// OpenNext gives the path of a next that this server signed, and otherwise the
// root (T06).
func (s *Server) OpenNext(next string) string {
	i := strings.IndexByte(next, '/')
	if i < 0 || !LocalPath(next[i:]) || !hmac.Equal([]byte(next[:i]), []byte(s.MAC("next", next[i:]))) {
		return "/"
	}
	return next[i:]
}

// LocalPath reports whether every browser takes s for a path of this server:
// neither "//host" nor "/\host" nor anything with bytes that are dropped.
func LocalPath(s string) bool {
	if len(s) > 4<<10 || !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == '\\' || s[i] >= 0x7f {
			return false
		}
	}
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "" && u.Host == ""
}
