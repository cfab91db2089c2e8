package people

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Limits of second factors.
const (
	setupLife     = 10 * time.Minute // to scan a code or touch a key, and to write recovery codes down
	CodesAtOnce   = 10
	MaxPasskeys   = 20
	maxFactorName = 60 // runes
	FreeGuesses   = 5  // wrong codes before each further one has to wait
)

// What a session may have begun: one of each.
const (
	purposeTOTP     = "totp"     // an authenticator app is being set up
	purposePasskey  = "passkey"  // a passkey is being made
	purposeLogin    = "login"    // a passkey is asked for
	purposeRecovery = "recovery" // new recovery codes are shown
)

// challengeID names what a session has begun. It is as hard to guess as the
// session's key.
func challengeID(c registry.Caller, purpose string) string {
	return registry.HashOf(purpose + " " + c.Session)
}

// begin remembers what a session has begun, sealed.
func begin(r *registry.Registry, tx *store.Beside, c registry.Caller, person prokura.ID, purpose string, data prokura.Secret) error {
	id := challengeID(c, purpose)
	sealed, err := r.SealSecret("challenge/"+id, data)
	if err != nil {
		return err
	}
	return tx.SetChallenge(store.Challenge{ID: id, Person: person, Purpose: purpose, Data: base64.StdEncoding.EncodeToString(sealed), Expires: r.Now().Add(setupLife)})
}

// begun reads it back; NotFound when there is nothing, or its time has passed.
func begun(r *registry.Registry, tx *store.View, c registry.Caller, person prokura.ID, purpose string) (prokura.Secret, error) {
	q, err := tx.Challenge(challengeID(c, purpose), r.Now())
	if err != nil {
		return "", err
	}
	if q.Person != person || q.Purpose != purpose {
		return "", prokura.NotFound
	}
	sealed, err := base64.StdEncoding.DecodeString(q.Data)
	if err != nil {
		return "", err
	}
	return r.OpenSecret("challenge/"+q.ID, sealed)
}

// FactorsView is what a person has beside the password.
type FactorsView struct {
	App      *prokura.SecondFactor // the authenticator app; nil: none
	Passkeys []prokura.SecondFactor
	Codes    int                   // recovery codes that are left
	Demanded []registry.Membership // businesses that demand a second factor of the person
}

// On reports whether the person has a second factor.
func (v FactorsView) On() bool { return v.App != nil || len(v.Passkeys) > 0 }

// SecondFactors shows a person's own second factors.
func SecondFactors(ctx context.Context, r *registry.Registry, c registry.Caller) (*FactorsView, error) {
	if err := r.MayRead(c, prokura.ActViewOwnGrants, prokura.Subject{}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) (*FactorsView, error) {
		list, err := tx.SecondFactors(c.Person.ID)
		if err != nil {
			return nil, err
		}
		v := &FactorsView{}
		for _, f := range list {
			if f.Kind == prokura.FactorTOTP {
				v.App = &f.SecondFactor
			} else {
				v.Passkeys = append(v.Passkeys, f.SecondFactor)
			}
		}
		if v.Codes, err = tx.CountRecoveryCodes(c.Person.ID); err != nil {
			return nil, err
		}
		all, err := tx.Businesses(c.Person.ID, 0, 500)
		if err != nil {
			return nil, err
		}
		for _, m := range all {
			b, err := tx.Business(m.Business)
			if err != nil {
				return nil, err
			}
			if b.TwoFactor.Demands(m.Role) {
				v.Demanded = append(v.Demanded, m)
			}
		}
		return v, nil
	})
}

// TotpOptions are what authenticator apps take for granted (RFC 6238): six
// digits of HMAC-SHA1 over steps of thirty seconds.
var TotpOptions = totp.ValidateOpts{Period: 30, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

const (
	TotpStep   = 30 * time.Second
	totpSkew   = 1  // steps that the clock of a phone may be off
	totpSecret = 20 // bytes
)

// BeginTOTP starts the set-up of an authenticator app for a person who entered
// the password lately. It changes nothing until ConfirmTOTP.
func BeginTOTP(ctx context.Context, r *registry.Registry, c registry.Caller) error {
	return r.Act(ctx, c, prokura.ActManageSecondFactor, nil, func(d *registry.Door) error {
		if err := r.WantFresh(c); err != nil {
			return err
		}
		d.Entry.Subject = c.Person.ID
		secret := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(registry.RandomBytes(totpSecret))
		return begin(r, d.Beside(), c, c.Person.ID, purposeTOTP, prokura.Secret(secret))
	})
}

// TOTP shows the set-up that the session has begun: what the authenticator app
// is given, also as address and picture. issuer is the name under which the app
// lists the account. NotFound when nothing was begun.
func TOTP(ctx context.Context, r *registry.Registry, c registry.Caller, issuer string) (*otp.Key, error) {
	if err := r.MayRead(c, prokura.ActManageSecondFactor, prokura.Subject{}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) (*otp.Key, error) {
		secret, err := begun(r, tx, c, c.Person.ID, purposeTOTP)
		if err != nil {
			return nil, registry.HideMissing(err)
		}
		raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret.Reveal())
		if err != nil {
			return nil, err
		}
		return totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: c.Person.Email, Secret: raw})
	})
}

// totpStepOf is the step whose code this is, among those around now; 0 when it
// is none of theirs.
func totpStepOf(secret prokura.Secret, code string, now prokura.Instant) (int64, error) {
	found := int64(0)
	at := now.Time().Unix() / int64(TotpStep.Seconds())
	for step := at - totpSkew; step <= at+totpSkew; step++ {
		want, err := totp.GenerateCodeCustom(secret.Reveal(), time.Unix(step*int64(TotpStep.Seconds()), 0), TotpOptions)
		if err != nil {
			return 0, err
		}
		if hmac.Equal([]byte(want), []byte(code)) {
			found = step
		}
	}
	return found, nil
}

func wrongCode() *prokura.Error {
	return prokura.Errorf(prokura.SecondFactorWrong, "That code is not right. Codes change every thirty seconds, and each works once.").WithField("code")
}

// cleanCode is a code without the blanks and dashes that people type.
func cleanCode(code string) string {
	return strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(code)
}

// ConfirmTOTP turns the authenticator app on that was set up, with a code from
// it, and replaces an earlier one. With the first second factor of a person come
// recovery codes, which RecoveryCodes shows.
func ConfirmTOTP(ctx context.Context, r *registry.Registry, c registry.Caller, code string) error {
	return r.Act(ctx, c, prokura.ActManageSecondFactor, nil, func(d *registry.Door) error {
		person := c.Person.ID
		secret, err := begun(r, d.View(), c, person, purposeTOTP)
		if err != nil {
			return registry.HideMissing(err)
		}
		step, err := totpStepOf(secret, cleanCode(code), d.Now)
		if err != nil {
			return err
		}
		if step == 0 {
			return wrongCode()
		}
		have, err := d.SecondFactors(person)
		if err != nil {
			return err
		}
		for _, f := range have {
			if f.Kind == prokura.FactorTOTP {
				if err := d.RemoveSecondFactor(person, f.ID); err != nil {
					return err
				}
			}
		}
		id := registry.HashOf(registry.NewHandle())
		sealed, err := r.SealSecret(registry.PlaceOfFactor(person, id), secret)
		if err != nil {
			return err
		}
		if err := d.EndChallenge(challengeID(c, purposeTOTP)); err != nil {
			return err
		}
		return addFactor(r, d, c, len(have) == 0, store.SecondFactor{Sealed: sealed, Step: step,
			SecondFactor: prokura.SecondFactor{ID: id, Person: person, Kind: prokura.FactorTOTP, Created: d.Now}})
	})
}

// addFactor adds a second factor. Sessions stay as they are.
func addFactor(r *registry.Registry, d *registry.Door, c registry.Caller, first bool, f store.SecondFactor) error {
	d.Entry.Subject = f.Person
	d.Note(nil, factorNote(f.SecondFactor))
	d.Touch(registry.OfPerson, f.Person)
	if err := d.AddSecondFactor(f); err != nil {
		return err
	}
	if err := mailFactor(r, d, d.By.Person, prokura.MailFactorAdded, f.Kind); err != nil || !first {
		return err
	}
	return newCodes(r, d, c)
}

// mailFactor tells the person what became of their login, whoever did it.
func mailFactor(r *registry.Registry, d *registry.Door, p prokura.Person, text string, kind prokura.FactorKind) error {
	return r.Mail(d, p.Email, text, map[string]string{"person": p.Name, "factor": string(kind)})
}

func factorNote(f prokura.SecondFactor) any {
	return map[string]any{"kind": f.Kind, "name": f.Name}
}

// RemoveSecondFactor takes one away from the person, who entered the password
// lately. With the last one the recovery codes go.
func RemoveSecondFactor(ctx context.Context, r *registry.Registry, c registry.Caller, id string) error {
	return r.Act(ctx, c, prokura.ActManageSecondFactor, nil, func(d *registry.Door) error {
		if err := r.WantFresh(c); err != nil {
			return err
		}
		have, err := d.SecondFactors(c.Person.ID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(have, func(f store.SecondFactor) bool { return f.ID == id })
		if i < 0 {
			return registry.Missing()
		}
		d.Entry.Subject = c.Person.ID
		d.Note(factorNote(have[i].SecondFactor), nil)
		d.Touch(registry.OfPerson, c.Person.ID)
		if err := d.RemoveSecondFactor(c.Person.ID, id); err != nil {
			return err
		}
		if err := mailFactor(r, d, d.By.Person, prokura.MailFactorRemoved, have[i].Kind); err != nil || len(have) > 1 {
			return err
		}
		return d.SetRecoveryCodes(c.Person.ID, nil)
	})
}

// codeAlphabet has no letters that are read for another one.
const codeAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

var misread = strings.NewReplacer("o", "0", "i", "1", "l", "1")

// newCode is a recovery code of 60 bits, as it is written down.
func newCode() string {
	var b strings.Builder
	for i, n := range registry.RandomBytes(12) {
		if i > 0 && i%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(codeAlphabet[n&31])
	}
	return b.String()
}

// CodeHash is what the database knows of a recovery code. It is made with a key
// from outside of it: what people write down is short enough to be tried out.
func CodeHash(r *registry.Registry, person prokura.ID, code string) string {
	key := r.DeriveLasting("recovery codes")
	m := hmac.New(sha256.New, key[:])
	m.Write([]byte(person.String() + " " + misread.Replace(strings.ToLower(cleanCode(code)))))
	return hex.EncodeToString(m.Sum(nil))
}

// newCodes replaces the person's recovery codes. They are kept, sealed, for the
// session that may show them, until it says that they were stored.
func newCodes(r *registry.Registry, d *registry.Door, c registry.Caller) error {
	codes, hashes := make([]string, CodesAtOnce), make([]string, CodesAtOnce)
	for i := range codes {
		codes[i] = newCode()
		hashes[i] = CodeHash(r, c.Person.ID, codes[i])
	}
	if err := d.SetRecoveryCodes(c.Person.ID, hashes); err != nil {
		return err
	}
	return begin(r, d.Beside(), c, c.Person.ID, purposeRecovery, prokura.Secret(strings.Join(codes, " ")))
}

// RenewRecoveryCodes makes new recovery codes for a person who has a second
// factor and entered the password lately; the old ones are worth nothing.
func RenewRecoveryCodes(ctx context.Context, r *registry.Registry, c registry.Caller) error {
	return r.Act(ctx, c, prokura.ActManageSecondFactor, nil, func(d *registry.Door) error {
		if err := r.WantFresh(c); err != nil {
			return err
		}
		has, err := d.HasSecondFactor(c.Person.ID)
		if err != nil || !has {
			return registry.OrMissing(err)
		}
		d.Entry.Subject = c.Person.ID
		d.Note(nil, map[string]any{"recovery_codes": CodesAtOnce})
		return newCodes(r, d, c)
	})
}

// RecoveryCodes shows the codes that this session has just made; NotFound when
// there is nothing to show any more.
func RecoveryCodes(ctx context.Context, r *registry.Registry, c registry.Caller) ([]string, error) {
	if err := r.MayRead(c, prokura.ActManageSecondFactor, prokura.Subject{}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) ([]string, error) {
		codes, err := begun(r, tx, c, c.Person.ID, purposeRecovery)
		if err != nil {
			return nil, registry.HideMissing(err)
		}
		return strings.Fields(codes.Reveal()), nil
	})
}

// RecoveryCodesStored forgets the codes that the session could still show.
func RecoveryCodesStored(ctx context.Context, r *registry.Registry, c registry.Caller) error {
	return r.Act(ctx, c, prokura.ActManageSecondFactor, nil, func(d *registry.Door) error {
		d.Entry.Subject = c.Person.ID
		err := d.EndChallenge(challengeID(c, purposeRecovery))
		if errors.Is(err, prokura.NotFound) {
			return nil
		}
		return err
	})
}
