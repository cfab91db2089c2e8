package people

import (
	"context"
	"errors"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/quota"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// The second step of a login: a session that waits for the second factor gets
// it, and from then on opens what the person may do (R-LOGIN-15). The same check
// stands where the password is asked for once more, and where it was forgotten.

// Ways are the ways in which a person may take the second step.
type Ways struct {
	Code     bool   // with an authenticator app
	Recovery bool   // with a recovery code
	Passkey  string // what the browser is to ask the passkey for, as JSON; empty: there is none, or not here
}

// SecondStep says how the caller, whose session waits, may go on. With a site
// that passkeys know it also begins the question to them.
func SecondStep(ctx context.Context, r *registry.Registry, c registry.Caller, site Site) (*Ways, error) {
	ctx = quota.Urgent(ctx) // logging in comes before taking power away
	var out *Ways
	err := r.Beside(ctx, func(tx *store.Beside) error {
		p, have, err := awaiting(r, tx.View(), c)
		if err != nil {
			return err
		}
		out, err = waysOf(r, tx, c, p, have, site)
		return err
	})
	return out, err
}

// HasFactor reports whether the caller has a second factor.
func HasFactor(ctx context.Context, r *registry.Registry, c registry.Caller) (bool, error) {
	return registry.View(ctx, r, func(tx *store.View) (bool, error) { return tx.HasSecondFactor(c.Person.ID) })
}

// StepUp says how the caller, who is logged in, proves the second factor once
// more, beside the password; nil for people who have none.
func StepUp(ctx context.Context, r *registry.Registry, c registry.Caller, site Site) (*Ways, error) {
	ctx = quota.Urgent(ctx) // logging in comes before taking power away
	var out *Ways
	err := r.Beside(ctx, func(tx *store.Beside) error {
		out = nil
		have, err := tx.SecondFactors(c.Person.ID)
		if err != nil || len(have) == 0 {
			return err
		}
		out, err = waysOf(r, tx, c, c.Person, have, site)
		return err
	})
	return out, err
}

func waysOf(r *registry.Registry, tx *store.Beside, c registry.Caller, p prokura.Person, have []store.SecondFactor, site Site) (*Ways, error) {
	out := &Ways{}
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
		return out, err
	}
	out.Passkey, err = askPasskey(r, tx, c, p, keys, site)
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

// Factor is a second factor as a form brings it: one of the three.
type Factor struct {
	Code     string // of an authenticator app
	Recovery string // one of the codes that the person wrote down
	Passkey  string // the browser's answer, as JSON, to what it was asked for Site
	Site     Site
}

// Given reports whether the form brought one.
func (f Factor) Given() bool { return f.Code != "" || f.Recovery != "" || f.Passkey != "" }

// trial is how one second factor is checked.
type trial struct {
	guessed bool // it is short enough to be guessed
	// check says what the factor was, nil for a wrong one.
	check func(*store.Beside, prokura.Person, []store.SecondFactor) (*taken, error)
	wrong *prokura.Error
}

// taken is what a second step was taken with.
type taken struct{ factor string }

// trial is the check of what the form brought, for a caller who was asked.
func (f Factor) trial(r *registry.Registry, c registry.Caller) trial {
	switch {
	case f.Passkey != "":
		return passkeyTrial(r, c, f.Passkey, f.Site)
	case f.Recovery != "":
		return recoveryTrial(r, f.Recovery)
	}
	return codeTrial(r, f.Code)
}

func codeTrial(r *registry.Registry, code string) trial {
	return trial{guessed: true, wrong: wrongCode(), check: func(tx *store.Beside, p prokura.Person, have []store.SecondFactor) (*taken, error) {
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
	}}
}

func recoveryTrial(r *registry.Registry, code string) trial {
	wrong := prokura.Errorf(prokura.SecondFactorWrong, "That is none of your recovery codes, or it was used before.").WithField("recovery")
	return trial{guessed: true, wrong: wrong, check: func(tx *store.Beside, p prokura.Person, _ []store.SecondFactor) (*taken, error) {
		ok, err := tx.UseRecoveryCode(p.ID, CodeHash(r, p.ID, code), r.Now())
		if err != nil || !ok {
			return nil, err
		}
		return &taken{"recovery_code"}, r.Post(tx, r.Now(), p.Email, prokura.MailRecoveryUsed, map[string]string{"person": p.Name})
	}}
}

// prove checks a second factor under the throttle of the client's address and,
// for what can be guessed, of its account: as with passwords, but sooner, since
// codes are short (T68). Passkeys are not guessed: whoever knows the password and
// gives wrong codes keeps nobody with a passkey out, and nobody in a browser
// that the account knows. The count and the check are one transaction, so that
// guesses which come together are counted one by one. refused says what was
// wrong; the transaction, with the count, is committed all the same.
func prove(r *registry.Registry, tx *store.Beside, p prokura.Person, from Client, t trial, entry *store.Entry) (refused, err error) {
	now := r.Now()
	have, err := tx.SecondFactors(p.ID)
	if err != nil {
		return nil, err
	}
	guesses := from.factorThrottles(r, p, t.guessed)
	if err := throttled(tx.View(), guesses, now); err != nil {
		return nil, err
	}
	done, err := t.check(tx, p, have)
	if err != nil {
		return nil, err
	}
	if done == nil {
		entry.Outcome = string(t.wrong.Reason)
		_, err := failed(tx, guesses, now)
		return t.wrong, err
	}
	entry.After = prokura.NoteText(map[string]string{"second_factor": done.factor})
	for _, g := range guesses {
		if !g.fades {
			err = tx.ClearThrottle(g.Subject)
		}
	}
	return nil, err
}

// GiveCode takes the second step with a code of the authenticator app. It
// returns the session's new secret: the one from before is worth nothing (T10).
func GiveCode(ctx context.Context, r *registry.Registry, c registry.Caller, code string, from Client) (prokura.Secret, error) {
	return secondStep(ctx, r, c, from, codeTrial(r, code))
}

// GiveRecoveryCode takes the second step with one of the codes that the person
// wrote down, which works no second time.
func GiveRecoveryCode(ctx context.Context, r *registry.Registry, c registry.Caller, code string, from Client) (prokura.Secret, error) {
	return secondStep(ctx, r, c, from, recoveryTrial(r, code))
}

// GivePasskey takes the second step with a passkey, from the browser's answer
// as JSON.
func GivePasskey(ctx context.Context, r *registry.Registry, c registry.Caller, answer string, site Site, from Client) (prokura.Secret, error) {
	return secondStep(ctx, r, c, from, passkeyTrial(r, c, answer, site))
}

// GiveFactor takes the second step with whatever a form brings.
func GiveFactor(ctx context.Context, r *registry.Registry, c registry.Caller, f Factor, from Client) (prokura.Secret, error) {
	return secondStep(ctx, r, c, from, f.trial(r, c))
}

func secondStep(ctx context.Context, r *registry.Registry, c registry.Caller, from Client, t trial) (prokura.Secret, error) {
	ctx = quota.Urgent(ctx) // logging in comes before taking power away
	defer r.Wake()          // the person may be told
	secret := registry.NewHandle()
	var refused error
	err := r.Beside(ctx, func(tx *store.Beside) error {
		now := r.Now()
		p, _, err := awaiting(r, tx.View(), c)
		if err != nil {
			return err
		}
		entry := signInEntry(p.ID, now, from)
		if refused, err = prove(r, tx, p, from, t, &entry); err != nil {
			return err
		}
		if refused == nil {
			if err := tx.OpenSession(c.Session, registry.HashOf(secret), now, now.Add(sessionLife)); err != nil {
				return err
			}
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
	ctx = quota.Urgent(ctx) // logging in comes before taking power away
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
