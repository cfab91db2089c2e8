package people

import (
	"context"
	"errors"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/quota"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// The second step of a login: a session that waits for the second factor gets
// it, and from then on opens what the person may do (R-LOGIN-15).

// Ways are the ways in which a person may take the second step.
type Ways struct {
	Code     bool   // with an authenticator app
	Recovery bool   // with a recovery code
	Passkey  string // what the browser is to ask the passkey for, as JSON; empty: there is none, or not here
}

// SecondStep says how the caller, whose session waits, may go on. With a site
// that passkeys know it also begins the question to them.
func SecondStep(ctx context.Context, r *registry.Registry, c registry.Caller, site Site) (*Ways, error) {
	var out *Ways
	err := r.Beside(ctx, func(tx *store.Beside) error {
		p, have, err := awaiting(r, tx.View(), c)
		if err != nil {
			return err
		}
		out = &Ways{}
		var keys []store.SecondFactor
		for _, f := range have {
			if f.Kind == prokura.FactorTOTP {
				out.Code = true
			} else {
				keys = append(keys, f)
			}
		}
		n, err := tx.CountRecoveryCodes(p.ID)
		if out.Recovery = n > 0; err != nil || len(keys) == 0 || !site.Passkeys() {
			return err
		}
		out.Passkey, err = askPasskey(r, tx, c, p, keys, site)
		return err
	})
	return out, err
}

// awaiting finds the person whose session waits, with the second factors.
func awaiting(r *registry.Registry, tx *store.View, c registry.Caller) (p prokura.Person, have []store.SecondFactor, err error) {
	s, err := tx.Session(c.Session)
	if errors.Is(err, prokura.NotFound) || err == nil && (!s.Awaiting || s.Person != c.Awaiting || s.Expires.Past(r.Now())) {
		return p, nil, registry.SignInRequired()
	}
	if err != nil {
		return p, nil, err
	}
	if p, err = tx.Person(s.Person); err != nil {
		return p, nil, err
	}
	have, err = tx.SecondFactors(p.ID)
	return p, have, err
}

// taken is what a second step was taken with.
type taken struct{ factor string }

// GiveCode takes the second step with a code of the authenticator app. It
// returns the session's new secret: the one from before is worth nothing (T10).
func GiveCode(ctx context.Context, r *registry.Registry, c registry.Caller, code string, from Client) (prokura.Secret, error) {
	return secondStep(ctx, r, c, from, true, func(tx *store.Beside, p prokura.Person, have []store.SecondFactor) (*taken, error) {
		for _, f := range have {
			if f.Kind != prokura.FactorTOTP {
				continue
			}
			secret, err := r.OpenSecret(registry.PlaceOfFactor(p.ID, f.ID), f.Sealed)
			if err != nil {
				return nil, err
			}
			step, err := totpStepOf(secret, cleanCode(code), r.Now())
			if err != nil || step == 0 {
				return nil, err
			}
			// A code that was seen on its way is worth nothing once it was used.
			ok, err := tx.UseSecondFactor(f.ID, step, f.Sealed, r.Now())
			if err != nil || !ok {
				return nil, err
			}
			return &taken{string(f.Kind)}, nil
		}
		return nil, nil
	}, wrongCode())
}

// GiveRecoveryCode takes the second step with one of the codes that the person
// wrote down, which works no second time.
func GiveRecoveryCode(ctx context.Context, r *registry.Registry, c registry.Caller, code string, from Client) (prokura.Secret, error) {
	defer r.Wake() // the person is told
	return secondStep(ctx, r, c, from, true, func(tx *store.Beside, p prokura.Person, _ []store.SecondFactor) (*taken, error) {
		ok, err := tx.UseRecoveryCode(p.ID, CodeHash(r, p.ID, code), r.Now())
		if err != nil || !ok {
			return nil, err
		}
		return &taken{"recovery_code"}, r.Post(tx, r.Now(), p.Email, registry.MailRecoveryUsed, map[string]string{"person": p.Name})
	}, prokura.Errorf(prokura.SecondFactorWrong, "That is none of your recovery codes, or it was used before.").WithField("recovery"))
}

// secondStep checks a second factor under the throttle of the client's address
// and, for what can be guessed, of its account: as with passwords, but sooner,
// since codes are short (T68). Passkeys are not guessed: whoever knows the
// password and gives wrong codes keeps nobody with a passkey out. The count and the check are one transaction, so that guesses which come
// together are counted one by one. check returns nil for a wrong answer.
func secondStep(ctx context.Context, r *registry.Registry, c registry.Caller, from Client, guessed bool, check func(*store.Beside, prokura.Person, []store.SecondFactor) (*taken, error), wrong *prokura.Error) (prokura.Secret, error) {
	secret := registry.NewHandle()
	var refused error
	err := r.Beside(ctx, func(tx *store.Beside) error {
		refused = nil
		now := r.Now()
		p, have, err := awaiting(r, tx.View(), c)
		if err != nil {
			return err
		}
		guesses := []throttle{from.Throttle()}
		if guessed {
			guesses = append(guesses, throttle{Subject: "second factor " + p.ID.String(), free: FreeGuesses})
		}
		if err := throttled(tx.View(), guesses, now); err != nil {
			return err
		}
		entry := signInEntry(p.ID, now, from)
		done, err := check(tx, p, have)
		if err != nil {
			return err
		}
		if done == nil {
			refused, entry.Outcome = wrong, string(wrong.Reason)
			if _, err := failed(tx, guesses, now); err != nil {
				return err
			}
			return tx.Journal(entry)
		}
		if guessed {
			if err := tx.ClearThrottle(guesses[1].Subject); err != nil {
				return err
			}
		}
		entry.After = registry.NoteText(map[string]string{"second_factor": done.factor})
		if err := tx.OpenSession(c.Session, registry.HashOf(secret), now, now.Add(sessionLife)); err != nil {
			return err
		}
		return tx.Journal(entry)
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return "", err
	}
	return prokura.Secret(secret), nil
}

// GiveUp ends a session that waits for the second factor.
func GiveUp(ctx context.Context, r *registry.Registry, c registry.Caller) error {
	if c.Awaiting == 0 {
		return nil
	}
	return r.Beside(ctx, func(tx *store.Beside) error {
		err := tx.EndSession(c.Awaiting, c.Session)
		if errors.Is(err, prokura.NotFound) {
			return nil
		}
		return err
	})
}

// throttle bounds the failures of one subject: those that are free, and then
// waits that double up to an hour.
type throttle struct {
	Subject string
	free    int
	fades   bool // forgotten after FadesAfter without a failure
}

// FadesAfter is how long failures of an address count after the latest of them:
// nothing else clears them, and behind one address there may be a whole office
// that mistypes now and then. As long as the longest wait: who guesses from one
// address begins anew after it, and has the free failures of each account.
const FadesAfter = time.Hour

// Throttle is that of the client's address; of IPv6 the first half counts, as
// one customer has all of the other.
func (c Client) Throttle() throttle {
	return throttle{"address " + quota.NetworkOf(c.Address), AddressFailure, true}
}

// throttled refuses while one of the subjects has to wait.
func throttled(tx *store.View, list []throttle, now prokura.Instant) error {
	for _, t := range list {
		_, until, err := tx.Throttle(t.Subject)
		if err != nil {
			return err
		}
		if until > now {
			return prokura.Errorf(prokura.SignInThrottled, "Too many failed attempts. Please wait %d seconds and try again.", (until-now)/1000+1)
		}
	}
	return nil
}

// counted is a failure as it was counted against a subject.
type counted struct {
	throttle
	failures int             // with this one
	last     prokura.Instant // when the one before was counted
}

// failed counts a failure against each subject.
func failed(tx *store.Beside, list []throttle, now prokura.Instant) ([]counted, error) {
	out := make([]counted, len(list))
	for i, t := range list {
		n, _, err := tx.Throttle(t.Subject)
		if err != nil {
			return nil, err
		}
		last, err := tx.Throttled(t.Subject)
		if err != nil {
			return nil, err
		}
		if t.fades && last.Add(FadesAfter) <= now {
			n = 0
		}
		n++
		until := prokura.Instant(0)
		if n >= t.free {
			until = now.Add(min(time.Hour, time.Second<<min(n-t.free, 12)))
		}
		if err := tx.SetThrottle(t.Subject, n, until, now); err != nil {
			return nil, err
		}
		out[i] = counted{t, n, last}
	}
	return out, nil
}

// giveBack takes what was counted for one try back. Failures that were counted
// meanwhile stay, with the wait that they brought.
func giveBack(tx *store.Beside, list []counted, now prokura.Instant) error {
	for _, c := range list {
		n, until, err := tx.Throttle(c.Subject)
		switch {
		case err != nil:
			return err
		case n == 0: // forgotten meanwhile
		case n == 1:
			err = tx.ClearThrottle(c.Subject)
		case n == c.failures:
			err = tx.SetThrottle(c.Subject, n-1, 0, c.last)
		default:
			err = tx.SetThrottle(c.Subject, n-1, until, now)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
