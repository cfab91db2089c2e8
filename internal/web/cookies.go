package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
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
	revealCookie  = "prokura_reveal"  // that the next page shows an app's secret once
)

func (s *Server) cookieName(name string) string {
	if s.secure {
		return "__Host-" + name
	}
	return name
}

func (q *request) cookie(name string) string {
	c, err := q.r.Cookie(q.cookieName(name))
	if err != nil {
		return ""
	}
	return c.Value
}

// setCookie keeps a value until the browser is closed, or for maxAge seconds;
// -1 clears it.
func (q *request) setCookie(name, value string, maxAge int) {
	http.SetCookie(q.w, &http.Cookie{Name: q.cookieName(name), Value: value, Path: "/", MaxAge: maxAge,
		Secure: q.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

func (q *request) clearCookie(name string) { q.setCookie(name, "", -1) }

// identify reads the browser cookie, or gives the browser one.
func (q *request) identify() {
	q.browser = q.cookie(browserCookie)
	if b, err := hex.DecodeString(q.browser); err == nil && len(b) == 32 {
		return
	}
	b := make([]byte, 32)
	rand.Read(b)
	q.browser = hex.EncodeToString(b)
	q.setCookie(browserCookie, q.browser, 0)
}

// session is the secret of the session that this browser has after the answer.
func (q *request) session() string {
	if q.renewed != "" {
		return q.renewed
	}
	return q.cookie(sessionCookie)
}

// renew gives the browser its session's new secret. What the answer binds to
// the session, it binds to that.
func (q *request) renew(secret prokura.Secret) {
	q.renewed = secret.Reveal()
	q.setCookie(sessionCookie, q.renewed, 0)
}

// startSession makes this browser the person's: always with a new secret, and
// the session that was there before ends, so that no cookie from before the
// login is worth anything after it (T10).
func (q *request) startSession(secret prokura.Secret) error {
	if err := q.endOldSession(); err != nil {
		return err
	}
	q.setCookie(sessionCookie, secret.Reveal(), 0)
	return nil
}

// endSession logs this browser out.
func (q *request) endSession() error {
	q.clearCookie(sessionCookie)
	return q.endOldSession()
}

// endOldSession ends the session that the request came with, if any.
func (q *request) endOldSession() error {
	switch {
	case q.loggedIn():
		return people.EndSession(q.ctx(), q.Registry, q.caller, q.caller.Session)
	case q.awaiting():
		return people.GiveUp(q.ctx(), q.Registry, q.caller)
	}
	return nil
}

// mac authenticates parts for one purpose, in URL-safe characters.
func (s *Server) mac(purpose string, parts ...string) string {
	h := hmac.New(sha256.New, s.key[:])
	fmt.Fprintf(h, "%q %q", purpose, parts)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// formToken is the field csrf of every form: only pages that this browser got
// in this session carry it (T10). A session that has ended meanwhile still
// gives the token of its forms, so that they lead to the login and not to an
// error.
func (q *request) formToken() string { return q.mac("form", q.browser, q.session()) }

// checkForm refuses a POST without the token.
func (q *request) checkForm() error {
	if q.r.Method != http.MethodPost || hmac.Equal([]byte(q.field("csrf")), []byte(q.formToken())) {
		return nil
	}
	return prokura.Errorf(prokura.FormForged, "The form does not belong to this session.")
}

// flash makes the next page say a sentence: a key of notices.go and the values
// that it names, in pairs. It is bound to the session.
func (q *request) flash(key string, values ...string) {
	text, err := json.Marshal(append([]string{key}, values...))
	if err != nil {
		return
	}
	value := base64.RawURLEncoding.EncodeToString(text)
	q.setCookie(noticeCookie, q.mac("notice", q.session(), value)+"."+value, 60)
}

// takeNotice reads what flash left, once. What it did not write says nothing.
func (q *request) takeNotice(w *Words) string {
	cookie := q.cookie(noticeCookie)
	if cookie == "" {
		return ""
	}
	q.clearCookie(noticeCookie)
	mac, value, _ := strings.Cut(cookie, ".")
	if !hmac.Equal([]byte(mac), []byte(q.mac("notice", q.session(), value))) {
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

// signNext is where to go after a login, in a form that openNext takes.
func (s *Server) signNext(path string) string { return s.mac("next", path) + path }

// openNext gives the path of a next that this server signed, and otherwise the
// root (T06).
func (s *Server) openNext(next string) string {
	i := strings.IndexByte(next, '/')
	if i < 0 || !localPath(next[i:]) || !hmac.Equal([]byte(next[:i]), []byte(s.mac("next", next[i:]))) {
		return "/"
	}
	return next[i:]
}

// localPath reports whether every browser takes s for a path of this server:
// neither "//host" nor "/\host" nor anything with bytes that are dropped.
func localPath(s string) bool {
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
