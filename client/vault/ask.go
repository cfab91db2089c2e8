package vault

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/client"
	"github.com/prokura/prokura/internal/smtp"
)

// Question asks somebody who is not there for a new login.
type Question struct {
	// ID is this question's, the same when it is put again because nobody knows
	// whether it was put: a sender that can should put each once.
	ID    string
	Entry Entry // whose token is dead; without the token
	Link  string
}

// Sender puts questions. An error has it tried again later.
type Sender interface {
	Ask(context.Context, Question) error
}

const (
	askAgain  = 5 * time.Minute // after an error; then twice as long, and so on
	askSlowly = 6 * time.Hour
	askAtOnce = 20 // questions, before tokens are looked at again
)

// ask puts the questions that are due, each noted once it is put. It answers when
// the next one is due.
func (k *Keeper) ask(ctx context.Context) (next time.Time, err error) {
	v, app := k.config.Vault, k.config.Client.AppID()
	for range askAtOnce {
		if ctx.Err() != nil {
			return time.Time{}, ctx.Err()
		}
		claim, now := secretID(), time.Now()
		next, ok, err := v.nextQuestion(ctx, app, now)
		if err != nil || !ok || next.After(now) {
			return next, err
		}
		r, ok, err := v.question(ctx, app, claim, now)
		if err != nil {
			return time.Time{}, err
		}
		if !ok { // another keeper was quicker
			continue
		}
		link, err := k.link(r.ask)
		if err != nil {
			return time.Time{}, err
		}
		e := r.Entry
		e.Token = ""
		if err := k.config.Sender.Ask(ctx, Question{ID: r.ask, Entry: e, Link: link}); err != nil {
			k.observe(Observation{Kind: NotAsked, ID: r.ID, Err: err})
			if err := v.asked(context.WithoutCancel(ctx), claim, time.Time{}, now.Add(min(askAgain<<min(r.askTries, 10), askSlowly)), r.askTries+1); err != nil {
				return time.Time{}, err
			}
			return now.Add(firstHold), nil // the mail server may be away: tokens do not wait for it
		}
		// Whoever is told to stop now has asked all the same.
		if err := v.asked(context.WithoutCancel(ctx), claim, now, time.Time{}, r.askTries+1); err != nil {
			return time.Time{}, err
		}
		k.observe(Observation{Kind: Asked, ID: r.ID})
	}
	return time.Now(), nil
}

// askParam carries a question's id in the link of a mail.
const askParam = "ask"

func (k *Keeper) link(ask string) (string, error) {
	u, err := url.Parse(k.config.Reconnect)
	if err != nil {
		return "", fmt.Errorf("vault: the address of Reconnect: %w", err)
	}
	q := u.Query()
	q.Set(askParam, ask)
	u.RawQuery = q.Encode()
	return u.String(), nil
}

func (k *Keeper) login(key string) (client.Login, error) {
	l, ok := k.config.Logins[key]
	if !ok {
		return l, fmt.Errorf("vault: there is no login %q", key)
	}
	return l, nil
}

// Start sends the person who is here to the login that gets a token for an entry,
// which need not be there yet; login is the key of one in Config.Logins. That the
// entry is theirs is for the caller to know.
func (k *Keeper) Start(w http.ResponseWriter, r *http.Request, id, login string) error {
	l, err := k.login(login)
	if err != nil {
		return err
	}
	data := url.Values{"id": {id}, "login": {login}}
	switch _, err := k.config.Vault.Get(r.Context(), k.config.Client.AppID(), id); {
	case err == nil:
		data.Set("kept", "1")
	case !errors.Is(err, ErrNotFound):
		return err
	}
	return k.Client().StartLogin(w, r, l, data.Encode())
}

// Again is [Keeper.Start] for an entry that is there: it runs its own login.
func (k *Keeper) Again(w http.ResponseWriter, r *http.Request, id string) error {
	e, err := k.config.Vault.Get(r.Context(), k.config.Client.AppID(), id)
	if err != nil {
		return err
	}
	return k.Start(w, r, e.ID, e.Login)
}

// Reconnect is the handler at Config.Reconnect: a mail's link leads here, and on to
// the right login. A link works until the token was replaced.
func (k *Keeper) Reconnect(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	ask := r.URL.Query().Get(askParam)
	if ask == "" {
		http.Error(w, "This link is not complete.", http.StatusNotFound)
		return
	}
	e, err := k.config.Vault.one(r.Context(), `app = $1 AND ask = $2 AND ask <> ''`, k.config.Client.AppID(), ask)
	switch {
	case errors.Is(err, ErrNotFound):
		http.Error(w, "Nothing is left to do here: access was given again, or is not wanted any more.", http.StatusGone)
	case err != nil:
		http.Error(w, "This did not work. Please try again later.", http.StatusServiceUnavailable)
	default:
		if err := k.Start(w, r, e.ID, e.Login); err != nil {
			http.Error(w, "This did not work. Please tell whoever runs this site.", http.StatusInternalServerError)
		}
	}
}

// ErrAnother is a login for another business or person than that whose token is to
// be replaced. The new token was revoked, and nothing stored.
var ErrAnother = errors.New("vault: this login is of another business or person than before")

// Finish is the handler's work at the redirect URI of a login that [Keeper.Start]
// began: it stores the new token, and answers its entry. login is the key of the
// login whose redirect URI this is, mail whom to ask for the next one, empty: whom
// the entry had before. When the person said no, the error is [*client.Denied] and
// the entry has its ID. An entry that was there when the login began and was deleted
// since then stays deleted: the new token is revoked, and the error is [ErrNotFound].
func (k *Keeper) Finish(w http.ResponseWriter, r *http.Request, login, mail string) (Entry, error) {
	l, err := k.login(login)
	if err != nil {
		return Entry{}, err
	}
	token, data, err := k.Client().EndLogin(w, r, l)
	q, bad := url.ParseQuery(data)
	if bad != nil {
		q = nil
	}
	e := Entry{App: k.config.Client.AppID(), ID: q.Get("id"), Login: q.Get("login"), Mail: mail, Token: token.Secret}
	if err != nil {
		return e, err
	}
	ctx := r.Context()
	if e, err = k.describe(ctx, e); err != nil {
		return e, err
	}
	was, err := k.config.Vault.Get(ctx, e.App, e.ID)
	if err == nil && was.Subject != "" && was.Subject != e.Subject {
		return e, errors.Join(ErrAnother, k.Client().Revoke(ctx, e.Token))
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return e, err
	}
	if e.Mail == "" {
		e.Mail = was.Mail
	}
	if err == nil || q.Get("kept") != "" {
		if err = k.config.Vault.replace(ctx, e, k.config.Every); errors.Is(err, ErrNotFound) {
			return e, errors.Join(err, k.Client().Revoke(ctx, e.Token))
		}
		return e, err
	}
	return e, k.config.Vault.Put(ctx, e, k.config.Every)
}

// Mail is a [Sender] by SMTP.
type Mail struct {
	Server   string // host:port
	User     string // empty: no authentication
	Password prokura.Secret
	From     string // perhaps with a name
	TLS      string // starttls, which it is when empty; tls; none, for a server on this machine
	// Text writes the mail; nil: a short English one.
	Text func(Question) (subject, body string)
	// App is what the app is called in that one.
	App string
}

// Ask sends a mail whose Message-ID is made of the question's, so that most
// mailboxes show one that is sent again once; mail servers log it, so it is not the
// id itself, which the link holds.
func (m Mail) Ask(ctx context.Context, q Question) error {
	text := m.Text
	if text == nil {
		text = m.text
	}
	subject, body := text(q)
	host := "localhost"
	if _, domain, ok := strings.Cut(strings.TrimRight(m.From, "> "), "@"); ok {
		host = domain
	}
	sum := sha256.Sum256([]byte(q.ID))
	s := smtp.Server{Server: m.Server, User: m.User, Password: m.Password, From: m.From, TLS: m.TLS}
	return s.Send(ctx, smtp.Letter{ID: fmt.Sprintf("%x@%s", sum[:16], host), To: q.Entry.Mail, Subject: subject, Body: body})
}

func (m Mail) text(q Question) (subject, body string) {
	return m.App + " lost its access", m.App + ` can no longer do what you allowed it: access ended ` + q.Entry.Dead.UTC().Format("on 2 January 2006 at 15:04 UTC") + `.

To give it again, open

` + q.Link + `

and confirm what you are asked there. If access was to end, nothing has to be done.
`
}
