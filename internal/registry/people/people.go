// Package people holds the acts of people on their own account: signing up and
// in, sessions, passwords, second factors and passkeys.
//
// It decides nothing about businesses and apps: a session says who somebody is,
// and the door what they may do.
package people

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/quota"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Sessions live 24 hours and end after one hour without use (T68).
const (
	sessionLife = 24 * time.Hour
	SessionIdle = time.Hour

	AwaitingLife = 10 * time.Minute // between the password and the second factor
)

// Client is the browser that a session belongs to.
type Client struct {
	Agent   string
	Address string
	Trace   string
	Known   string // what it was given by Remember; anything, from a stranger
}

// CheckPerson refuses what is no name or no e-mail address of a person.
func CheckPerson(name, email string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	return registry.CheckEmail(email)
}

// CheckName refuses what is no person's name; the error names the field name.
func CheckName(name string) error {
	if name == "" || utf8.RuneCountInString(name) > 80 || !prokura.PlainName(name) {
		return prokura.Errorf(prokura.InvalidParameter, "Enter your name, at most 80 characters.").WithField("name")
	}
	return nil
}

// Session is a new session's row for a secret that the browser holds.
func Session(secret string, person prokura.ID, now prokura.Instant, from Client) prokura.Session {
	return prokura.Session{Key: registry.HashOf(secret), Person: person, Created: now, Seen: now, Expires: now.Add(sessionLife),
		Authenticated: now, Agent: registry.Clip(from.Agent, 200), Address: from.Address}
}

// SignIn checks e-mail and password and starts a session: always a new one, so
// that no earlier cookie becomes valid. For people with a second factor the
// session waits for it. The answer and its time are the same
// for unknown people and wrong passwords; failures are counted by address of
// the account and of the client, in the database, and those of a browser that
// the account knows by themselves (T68).
func SignIn(ctx context.Context, r *registry.Registry, email string, password prokura.Secret, from Client) (prokura.Secret, error) {
	ctx = quota.Urgent(ctx) // logging in comes before taking power away
	email = prokura.NormalEmail(email)
	subjects, err := registry.View(ctx, r, func(tx *store.View) ([]throttle, error) {
		p, err := tx.PersonByEmail(email)
		if err != nil && !errors.Is(err, prokura.NotFound) {
			return nil, err
		}
		return from.passwordThrottles(r, p, email), nil
	})
	if err != nil {
		return "", err
	}
	person, err := verify(ctx, r, subjects, email, password, from)
	if err != nil {
		return "", err
	}
	secret := registry.NewHandle()
	err = r.Beside(ctx, func(tx *store.Beside) error {
		now := r.Now()
		// The password may have been changed while this one was being checked.
		if p, err := tx.Person(person.ID); err != nil || p.Generation != person.Generation {
			return errors.Join(err, signInFailed())
		}
		s := Session(secret, person.ID, now, from)
		entry := signInEntry(person.ID, now, from)
		var err error
		if s.Awaiting, err = tx.HasSecondFactor(person.ID); err != nil {
			return err
		}
		if s.Awaiting {
			s.Expires, entry.Outcome = now.Add(AwaitingLife), string(prokura.SecondFactorRequired)
		}
		if err := addSession(tx, s); err != nil {
			return err
		}
		return tx.Journal(entry)
	})
	return prokura.Secret(secret), err
}

// maxSessions is how many sessions a person has at most; the one that was made
// first ends for the next (T35).
const maxSessions = 1000

func addSession(tx *store.Beside, s prokura.Session) error {
	if err := tx.AddSession(s); err != nil {
		return err
	}
	return tx.BoundSessions(s.Person, maxSessions)
}

func signInEntry(person prokura.ID, now prokura.Instant, from Client) store.Entry {
	return store.Entry{At: now, Caller: "none", Actor: person, Act: "sign_in", Subject: person, Outcome: "done", Trace: from.Trace}
}

func signInFailed() *prokura.Error {
	return prokura.Errorf(prokura.SignInFailed, "The e-mail address or the password is not right.")
}

// usedEach is how old the last use of a session is when another one is recorded, in
// milliseconds.
const usedEach = 60_000

// Authenticate turns a browser's secret into a caller. It records use once a minute.
// A session that waits for the second factor gives the error
// SecondFactorRequired, with a caller who can do nothing but give it.
func Authenticate(ctx context.Context, r *registry.Registry, secret prokura.Secret, trace string) (registry.Caller, error) {
	if len(secret) != 64 {
		return registry.Caller{}, registry.SignInRequired()
	}
	key := registry.HashOf(secret.Reveal())
	now := r.Now()
	var s prokura.Session
	f, err := registry.View(ctx, r, func(tx *store.View) (f *prokura.Facts, err error) {
		s, f, err = tx.SessionFacts(key)
		return f, err
	})
	if errors.Is(err, prokura.NotFound) || err == nil && (s.Expires.Past(now) || s.Seen.Add(SessionIdle).Past(now)) {
		return registry.Caller{}, registry.SignInRequired()
	}
	if err != nil {
		return registry.Caller{}, err
	}
	if s.Awaiting {
		c := registry.Nobody(trace)
		c.Session, c.Address, c.Awaiting = key, s.Address, s.Person
		return c, prokura.Errorf(prokura.SecondFactorRequired, "Please confirm that it is you.")
	}
	if now-s.Seen > usedEach {
		if err := r.Beside(ctx, func(tx *store.Beside) error { return tx.TouchSession(key, now, 0) }); err != nil && !errors.Is(err, prokura.NotFound) && !errors.Is(err, prokura.Unavailable) {
			return registry.Caller{}, err // a full disk keeps nobody out
		}
	}
	return registry.Caller{Facts: f, Session: key, Fresh: s.Authenticated, Trace: trace, Address: s.Address}, nil
}

// Known is Authenticate as the caches hold it, once a minute anew. The session may
// have ended since: it is for what looks at it again as it acts.
func Known(ctx context.Context, r *registry.Registry, secret prokura.Secret, trace string) (registry.Caller, error) {
	if len(secret) != 64 {
		return registry.Caller{}, registry.SignInRequired()
	}
	key := registry.HashOf(secret.Reveal())
	s, f, err := r.KnownSession(ctx, key)
	if errors.Is(err, prokura.NotFound) {
		return registry.Caller{}, registry.SignInRequired()
	}
	if err != nil {
		return registry.Caller{}, err
	}
	if now := r.Now(); s.Awaiting || s.Expires.Past(now) || now-s.Seen > usedEach {
		r.ForgetSession(key)
		return Authenticate(ctx, r, secret, trace)
	}
	return registry.Caller{Facts: f, Session: key, Fresh: s.Authenticated, Trace: trace, Address: s.Address}, nil
}

// Reauthenticate checks the password of the person who is logged in again and
// marks the session as fresh, under a new secret: a copy of the cookie that
// somebody took before does not become fresh with it (T10). People with a second
// factor prove it too. Without it, the password alone is looked at while the
// session is still fresh, and makes it no fresher.
func Reauthenticate(ctx context.Context, r *registry.Registry, c registry.Caller, password prokura.Secret, factor Factor, from Client) (registry.Caller, prokura.Secret, error) {
	ctx = quota.Urgent(ctx) // logging in comes before taking power away
	if c.Credential != prokura.CredentialSession {
		return c, "", registry.SignInRequired()
	}
	has, err := HasFactor(ctx, r, c)
	if err != nil {
		return c, "", err
	}
	if has && !factor.Given() {
		if err := r.WantFresh(c); err != nil {
			return c, "", err
		}
	}
	if _, err := verify(ctx, r, from.sessionThrottles(r, c), c.Person.Email, password, from); err != nil {
		return c, "", err
	}
	defer r.Wake() // the person may be told
	now, secret, fresh := r.Now(), registry.NewHandle(), r.Now()
	var refused error
	err = r.Beside(ctx, func(tx *store.Beside) error {
		refused = nil
		switch {
		case has && factor.Given():
			entry := signInEntry(c.Person.ID, now, from)
			if refused, err = prove(r, tx, c.Person, from, factor.trial(r, c), &entry); err != nil {
				return err
			}
			if refused != nil {
				return tx.Journal(entry)
			}
		case has:
			fresh = c.Fresh
		}
		return tx.RenewSession(c.Session, registry.HashOf(secret), now, fresh)
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return c, "", err
	}
	c.Session, c.Fresh = registry.HashOf(secret), fresh
	return c, prokura.Secret(secret), nil
}

// ChangePassword sets a new password. All user tokens of the person die, in all
// apps, with their page tokens and open codes; other sessions end; tokens of
// businesses are untouched (kill matrix). The session goes on under a new
// secret, so that no copy of the cookie survives either (T10).
func ChangePassword(ctx context.Context, r *registry.Registry, c registry.Caller, old, fresh prokura.Secret, from Client) (prokura.Secret, error) {
	if c.Credential != prokura.CredentialSession {
		return "", registry.SignInRequired()
	}
	if err := CheckNewPassword(fresh, c.Person.Email, c.Person.Name); err != nil {
		return "", err
	}
	if _, err := verify(ctx, r, from.sessionThrottles(r, c), c.Person.Email, old, from); err != nil {
		if errors.Is(err, prokura.SignInFailed) {
			return "", prokura.Errorf(prokura.SignInFailed, "The current password is not right.").WithField("old_password")
		}
		return "", err
	}
	place, err := r.Place(ctx, quota.Account("session "+c.Session[:32]), quota.Network(from.Address))
	if err != nil {
		return "", err
	}
	hash := place.HashPassword(fresh)
	place.Leave()
	secret := registry.NewHandle()
	err = r.Act(ctx, c, prokura.ActChangePassword, nil, func(d *registry.Door) error {
		d.Entry.Subject = c.Person.ID
		has, err := d.HasSecondFactor(c.Person.ID)
		if err != nil {
			return err
		}
		if has { // the password alone does not show who it is
			if err := r.WantFresh(c); err != nil {
				return err
			}
		}
		d.Touch(registry.OfPerson, c.Person.ID)
		if err := newPassword(r, d, d.By.Person, hash); err != nil {
			return err
		}
		if err := d.RenewSession(c.Session, registry.HashOf(secret), d.Now, d.Now); err != nil {
			return err
		}
		return d.EndSessions(c.Person.ID, registry.HashOf(secret))
	})
	return prokura.Secret(secret), err
}

// Sessions lists the person's sessions, newest use first.
func Sessions(ctx context.Context, r *registry.Registry, c registry.Caller) ([]prokura.Session, error) {
	if err := r.MayRead(c, prokura.ActViewOwnGrants, prokura.Subject{}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) ([]prokura.Session, error) { return tx.Sessions(c.Person.ID) })
}

// EndSession ends one session of the person, which may be the caller's own.
func EndSession(ctx context.Context, r *registry.Registry, c registry.Caller, key string) error {
	return r.Act(ctx, c, prokura.ActEndSession, nil, func(d *registry.Door) error { return d.EndSession(c.Person.ID, key) })
}

// EndOtherSessions ends all sessions of the person but the caller's own.
func EndOtherSessions(ctx context.Context, r *registry.Registry, c registry.Caller) error {
	return r.Act(ctx, c, prokura.ActEndSession, nil, func(d *registry.Door) error { return d.EndSessions(c.Person.ID, c.Session) })
}
