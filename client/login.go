package client

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/prokura/prokura"
)

// Login is a way into the app: what is asked for, and where the person comes back.
// It is made once and serves everybody.
type Login struct {
	// ConfigID is a login configuration; Scope are permissions. One of them is
	// needed; beside a configuration a scope is for user tokens alone.
	ConfigID string
	Scope    []string
	// RedirectURI is one of the app's, byte for byte as on the dashboard.
	RedirectURI string
	// AuthType is empty, or rerequest, reauthenticate, reauthorize.
	AuthType string
	// Extra are further parameters of the dialog, such as display.
	Extra url.Values
	// NoPKCE leaves the proof out that the code comes back to whom it was made for.
	NoPKCE bool
}

// loginLifetime is how long a dialog may take.
const loginLifetime = time.Hour

// Denied is a login in which the person said no.
type Denied struct {
	Reason      string // user_denied
	Description string
}

func (e *Denied) Error() string { return "client: the login was cancelled: " + e.Reason }

// ErrState is a login that was not begun in this browser, or an hour ago. Begin
// again; whoever sent the person here may be somebody else.
var ErrState = errors.New("client: this login was not begun here, or is over")

// LoginURL is the address of the dialog, and the state that comes back with the
// answer. Keep it where only this browser can bring it back, as
// [Client.StartLogin] does. data comes back in the state, for whatever the app
// wants to know then; people can read it and not change it.
func (c *Client) LoginURL(l Login, data string) (address, state string, err error) {
	if l.ConfigID == "" && len(l.Scope) == 0 {
		return "", "", errors.New("client: a login needs a configuration or a scope")
	}
	u, err := url.Parse(l.RedirectURI)
	if err != nil || !u.IsAbs() || u.Host == "" || u.Fragment != "" {
		return "", "", errors.New("client: a redirect URI is a whole address without a fragment")
	}
	q := url.Values{}
	for name, values := range l.Extra {
		q[name] = values
	}
	state = rand.Text()
	if data != "" {
		state += "." + base64.RawURLEncoding.EncodeToString([]byte(data))
		state += "." + stateMAC(c.config.Secret, state)
	}
	for name, value := range map[string]string{"client_id": c.config.AppID, "redirect_uri": l.RedirectURI, "response_type": "code", "state": state,
		"config_id": l.ConfigID, "scope": join(l.Scope), "auth_type": l.AuthType} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if v := c.verifier(l, state); v != "" {
		q.Set("code_challenge", prokura.Challenge(v))
		q.Set("code_challenge_method", prokura.ChallengeS256)
	}
	return c.config.Server + c.version + "dialog/oauth?" + q.Encode(), state, nil
}

// verifier is the PKCE verifier of a login (RFC 7636): made of the state by the
// app's secret, so that it has to be kept nowhere and the state does not tell it.
func (c *Client) verifier(l Login, state string) string {
	if l.NoPKCE || c.config.Secret == "" {
		return ""
	}
	m := hmac.New(sha256.New, []byte(c.config.Secret))
	m.Write([]byte("code_verifier|" + state))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// FinishLogin exchanges what came back in the query of the redirect URI for a
// token. state is what [Client.LoginURL] answered in this very browser. It may
// fail with [*Denied], with [ErrState], or as calls do; a code that was used before
// is none of the classes.
func (c *Client) FinishLogin(ctx context.Context, l Login, state string, answer url.Values) (Token, error) {
	got := answer.Get("state")
	if state == "" || subtle.ConstantTimeCompare([]byte(got), []byte(state)) != 1 || !c.madeState(state) {
		return Token{}, ErrState
	}
	if answer.Get("error") != "" || answer.Get("error_code") != "" {
		if answer.Get("error") == "access_denied" {
			return Token{}, &Denied{Reason: answer.Get("error_reason"), Description: answer.Get("error_description")}
		}
		return Token{}, fmt.Errorf("client: the login failed: %q (%q)", firstOf(answer, "error_message", "error_description"), firstOf(answer, "error_code", "error"))
	}
	code := answer.Get("code")
	if code == "" {
		return Token{}, errors.New("client: the login answered neither a code nor an error")
	}
	return c.Exchange(ctx, prokura.Secret(code), l.RedirectURI, c.verifier(l, state))
}

func firstOf(q url.Values, names ...string) string {
	for _, n := range names {
		if v := q.Get(n); v != "" {
			return v
		}
	}
	return ""
}

// stateMAC signs a state with data, which whoever comes with a cookie of their own
// could choose otherwise.
func stateMAC(secret prokura.Secret, state string) string {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte("state|" + state))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:16])
}

func (c *Client) madeState(state string) bool {
	if !strings.Contains(state, ".") {
		return true
	}
	i := strings.LastIndexByte(state, '.')
	for _, s := range c.secrets() {
		if hmac.Equal([]byte(stateMAC(s, state[:i])), []byte(state[i+1:])) {
			return true
		}
	}
	return false
}

// StateData is the data that a state carries, as whoever brought it says: enough to
// tell which of several logins at one redirect URI it is of. What
// [Client.EndLogin] answers is the app's own.
func StateData(state string) string {
	parts := strings.Split(state, ".")
	if len(parts) != 3 {
		return ""
	}
	data, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	return string(data)
}

// StartLogin sends a browser to the dialog and keeps the state in a cookie, each
// login under its own, so that two tabs do not disturb each other. It is for the
// host of the redirect URI: cookies of another one do not come back there.
func (c *Client) StartLogin(w http.ResponseWriter, r *http.Request, l Login, data string) error {
	address, state, err := c.LoginURL(l, data)
	if err != nil {
		return err
	}
	http.SetCookie(w, c.stateCookie(l, state, int(loginLifetime.Seconds())))
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, address, http.StatusSeeOther)
	return nil
}

// EndLogin is the handler's work at the redirect URI: it checks the state against
// the cookie, forgets it, and exchanges the code. data is that of
// [Client.StartLogin], also when the person said no.
func (c *Client) EndLogin(w http.ResponseWriter, r *http.Request, l Login) (t Token, data string, err error) {
	w.Header().Set("Cache-Control", "no-store") // the address has the code
	w.Header().Set("Referrer-Policy", "no-referrer")
	state := r.URL.Query().Get("state")
	cookie, err := r.Cookie(c.stateCookie(l, state, 0).Name)
	if err != nil {
		return Token{}, "", ErrState
	}
	http.SetCookie(w, c.stateCookie(l, state, -1))
	if t, err = c.FinishLogin(r.Context(), l, cookie.Value, r.URL.Query()); errors.Is(err, ErrState) {
		return Token{}, "", err
	}
	return t, StateData(cookie.Value), err
}

// stateCookie holds a state under a name made of it; with https no page of a
// neighbouring host can set it.
func (c *Client) stateCookie(l Login, state string, age int) *http.Cookie {
	sum := sha256.Sum256([]byte(state))
	name := "login-" + base64.RawURLEncoding.EncodeToString(sum[:9])
	secure := strings.HasPrefix(l.RedirectURI, "https:")
	if secure {
		name = "__Host-" + name
	}
	return &http.Cookie{Name: name, Value: state, Path: "/", MaxAge: age, HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode}
}
