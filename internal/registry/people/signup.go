package people

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/quota"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Signing up. There is no person before the address is proven: what somebody
// asked for lies beside the people, with the browser that asked, until the code
// comes back that was mailed. So nobody's address can be taken, and an account
// that nobody proved can do nothing, because there is none (T68).

const (
	SignUpLife = 24 * time.Hour   // to go on in the same browser
	CodeLife   = 30 * time.Minute // of the code that was mailed last
	MailEvery  = time.Minute      // between two codes for one sign-up
	codeDigits = 8
)

// SignUp begins an account and mails a code to the address, or a word that there
// is an account already: the answer is the same. It returns the secret by which
// the browser goes on.
func SignUp(ctx context.Context, r *registry.Registry, name, email string, password prokura.Secret, from Client) (prokura.Secret, error) {
	name, email = strings.TrimSpace(name), prokura.NormalEmail(email)
	if err := CheckPerson(name, email); err != nil {
		return "", err
	}
	if err := CheckNewPassword(password, email, name); err != nil {
		return "", err
	}
	if err := CountSignUp(ctx, r, from); err != nil {
		return "", err
	}
	place, err := r.Place(ctx, quota.Network(from.Address))
	if err != nil {
		return "", err
	}
	hash := place.HashPassword(password)
	place.Leave()
	secret := registry.NewHandle()
	err = r.Beside(ctx, func(tx *store.Beside) error {
		now := r.Now()
		return mailCode(r, tx, store.SignUp{Key: registry.HashOf(secret), Email: email, Name: name, Password: hash, Expires: now.Add(SignUpLife)}, from)
	})
	if err != nil {
		return "", err
	}
	r.Wake()
	return prokura.Secret(secret), nil
}

// mailCode saves a sign-up with a new code and mails it.
func mailCode(r *registry.Registry, tx *store.Beside, s store.SignUp, from Client) error {
	now := r.Now()
	if err := paceMail(tx, "sign-up", s.Email, from, now); err != nil {
		return err
	}
	code := newMailCode()
	s.Code, s.Mailed = mailCodeHash(r, s, code), now
	if err := tx.SetSignUp(s); err != nil {
		return err
	}
	_, err := tx.PersonByEmail(s.Email)
	switch {
	case errors.Is(err, prokura.NotFound):
		return r.Post(tx, now, s.Email, prokura.MailSignUp, map[string]string{"code": code[:4] + " " + code[4:]})
	case err != nil:
		return err
	}
	return r.Post(tx, now, s.Email, prokura.MailSignUpTaken, nil) // nobody learns the code
}

// newMailCode draws the digits of a code.
func newMailCode() string {
	n := binary.BigEndian.Uint64(registry.RandomBytes(8)) % 100_000_000 // of 2⁶⁴: no digit is likelier by more than 10⁻¹¹
	return fmt.Sprintf("%0*d", codeDigits, n)
}

// mailCodeHash is what the database knows of a code: made with a key from
// outside of it, for one sign-up and address, since codes are short.
func mailCodeHash(r *registry.Registry, s store.SignUp, code string) string {
	key := r.Derive("sign-up codes")
	m := hmac.New(sha256.New, key[:])
	fmt.Fprintf(m, "%s %q %s", s.Key, s.Email, cleanCode(code))
	return hex.EncodeToString(m.Sum(nil))
}

// SignUps bounds what one network asks of sign-up (T35).
const SignUps = 100 // in an hour

// CountSignUp bounds what one network may ask of sign-up, before anything is
// hashed or mailed (T35, T68).
func CountSignUp(ctx context.Context, r *registry.Registry, from Client) error {
	return r.Beside(ctx, func(tx *store.Beside) error {
		return registry.CountHour(tx, "sign-up "+quota.NetworkOf(from.Address), SignUps, r.Now(), prokura.SignInThrottled,
			"Too many accounts were asked for from here.")
	})
}

// Mails that strangers may have sent to one address within an hour, for one
// purpose: from one network, and from all together.
const (
	mailsFromNetwork = 5
	mailsToAddress   = 30
)

// paceMail counts a mail to an address, whether or not anybody has an account
// with it.
func paceMail(tx *store.Beside, purpose, email string, from Client, now prokura.Instant) error {
	const refusal = "Too many mails were asked for to this address."
	to := purpose + " mails to " + registry.HashOf(email)[:32]
	if err := registry.CountHour(tx, to+" from "+quota.NetworkOf(from.Address), mailsFromNetwork, now, prokura.SignInThrottled, refusal); err != nil {
		return err
	}
	return registry.CountHour(tx, to, mailsToAddress, now, prokura.SignInThrottled, refusal)
}

// signUpOf finds what a browser has begun; NotFound when there is nothing.
func signUpOf(r *registry.Registry, tx *store.View, secret prokura.Secret) (store.SignUp, error) {
	if len(secret) != 64 {
		return store.SignUp{}, prokura.NotFound
	}
	return tx.SignUp(registry.HashOf(secret.Reveal()), r.Now())
}

// SigningUp is the address of the sign-up that a browser has begun; NotFound when
// there is none, or its time has passed.
func SigningUp(ctx context.Context, r *registry.Registry, secret prokura.Secret) (email string, err error) {
	s, err := registry.View(ctx, r, func(tx *store.View) (store.SignUp, error) { return signUpOf(r, tx, secret) })
	return s.Email, registry.HideMissing(err)
}

// MailCode mails another code, to the same address or to another one. Codes from
// before are worth nothing.
func MailCode(ctx context.Context, r *registry.Registry, secret prokura.Secret, email string, from Client) error {
	email = prokura.NormalEmail(email)
	if err := registry.CheckEmail(email); err != nil {
		return err
	}
	if err := CountSignUp(ctx, r, from); err != nil {
		return err
	}
	err := r.Beside(ctx, func(tx *store.Beside) error {
		s, err := signUpOf(r, tx.View(), secret)
		if err != nil {
			return registry.HideMissing(err)
		}
		if now := r.Now(); email == s.Email && s.Mailed.Add(MailEvery) > now {
			return prokura.Errorf(prokura.SignInThrottled, "A code was mailed just now.").WithAgain(s.Mailed.Add(MailEvery).Sub(now))
		}
		s.Email = email
		return mailCode(r, tx, s, from)
	})
	if err == nil {
		r.Wake()
	}
	return err
}

// ConfirmSignUp makes the person, whose address the code has proven, and logs
// them in. It returns the session's secret. Wrong codes are counted like those of
// second factors.
func ConfirmSignUp(ctx context.Context, r *registry.Registry, secret prokura.Secret, code string, from Client) (prokura.Secret, error) {
	session := registry.NewHandle()
	var refused error
	err := r.Beside(ctx, func(tx *store.Beside) error {
		refused = nil
		now := r.Now()
		s, err := signUpOf(r, tx.View(), secret)
		if err != nil {
			return registry.HideMissing(err)
		}
		guesses := []throttle{{Subject: "sign-up code " + s.Key[:32], free: FreeGuesses}, from.Throttle()}
		if err := throttled(tx.View(), guesses, now); err != nil {
			return err
		}
		if s.Mailed.Add(CodeLife).Past(now) || !hmac.Equal([]byte(s.Code), []byte(mailCodeHash(r, s, code))) {
			refused = prokura.Errorf(prokura.SecondFactorWrong, "That code is not right, or it is older than 30 minutes. Only the newest one works.").WithField("code")
			_, err := failed(tx, guesses, now)
			return err
		}
		id, err := tx.NewID(prokura.NodePerson, 0)
		if err != nil {
			return err
		}
		if err := tx.AddPerson(prokura.Person{ID: id, Name: s.Name, Email: s.Email, Generation: 1, Created: now}, s.Password); err != nil {
			return err
		}
		if err := tx.EndSignUps(s.Email); err != nil {
			return err
		}
		if err := tx.ClearThrottle(guesses[0].Subject); err != nil {
			return err
		}
		if err := tx.AddSession(Session(session, id, now, from)); err != nil {
			return err
		}
		return tx.Journal(store.Entry{At: now, Caller: "none", Actor: id, Act: "sign_up", Subject: id, Outcome: "done", Trace: from.Trace})
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return "", err
	}
	return prokura.Secret(session), nil
}

// GiveUpSignUp forgets a sign-up.
func GiveUpSignUp(ctx context.Context, r *registry.Registry, secret prokura.Secret) error {
	return r.Beside(ctx, func(tx *store.Beside) error { return tx.EndSignUp(registry.HashOf(secret.Reveal())) })
}
