package people

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/quota"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Ways back into an account: a link that sets a new password, mailed to whoever
// reads the mail of its address, or made by the operator (T68).

const (
	ResetLife = time.Hour      // of a link that was mailed
	WayInLife = 24 * time.Hour // of one that the operator made

	purposeReset = "reset"
)

// wayIn is what is kept of a link. It ends when its person's password changes,
// whichever link did it.
type wayIn struct {
	Generation int64 `json:"generation"`
	Factors    bool  `json:"factors,omitempty"` // the second factors end with its use
}

// RequestReset mails a link that sets a new password to an address, or a word
// that nobody has an account with it: the answer is the same.
func RequestReset(ctx context.Context, r *registry.Registry, email string, from Client) error {
	email = prokura.NormalEmail(email)
	if err := registry.CheckEmail(email); err != nil {
		return err
	}
	err := r.Beside(ctx, func(tx *store.Beside) error {
		now := r.Now()
		if err := registry.CountHour(tx, "resets "+quota.NetworkOf(from.Address), SignUps, now, prokura.SignInThrottled, "Too many mails were asked for from here."); err != nil {
			return err
		}
		if err := paceMail(tx, purposeReset, email, from, now); err != nil {
			return err
		}
		p, err := tx.PersonByEmail(email)
		if errors.Is(err, prokura.NotFound) {
			return r.Post(tx, now, email, prokura.MailResetUnknown, nil)
		}
		if err != nil {
			return err
		}
		link, err := makeWayIn(tx, p, false, now.Add(ResetLife))
		if err != nil {
			return err
		}
		return r.Post(tx, now, email, prokura.MailReset, map[string]string{"link": link})
	})
	if err == nil {
		r.Wake()
	}
	return err
}

// makeWayIn makes a link for one use, below the server's base URL.
func makeWayIn(tx *store.Beside, p prokura.Person, factors bool, until prokura.Instant) (string, error) {
	secret := registry.NewHandle()
	data, err := json.Marshal(wayIn{Generation: p.Generation, Factors: factors})
	if err != nil {
		return "", fmt.Errorf("encode link: %w", err)
	}
	return "/reset/" + secret, tx.SetChallenge(store.Challenge{ID: wayInID(prokura.Secret(secret)), Person: p.ID, Purpose: purposeReset, Data: string(data), Expires: until})
}

func wayInID(secret prokura.Secret) string {
	return registry.HashOf(purposeReset + " " + secret.Reveal())
}

// ResetGone is the one answer for links that were used, have expired, and never
// were.
func ResetGone() *prokura.Error {
	return prokura.Errorf(prokura.InvitationGone, "This link was used already, or its time has passed.")
}

// opened finds a link with its person.
func opened(r *registry.Registry, tx *store.View, secret prokura.Secret) (p prokura.Person, w wayIn, err error) {
	if len(secret) != 64 {
		return p, w, ResetGone()
	}
	q, err := tx.Challenge(wayInID(secret), r.Now())
	if errors.Is(err, prokura.NotFound) || err == nil && q.Purpose != purposeReset {
		return p, w, ResetGone()
	}
	if err != nil {
		return p, w, err
	}
	if err := json.Unmarshal([]byte(q.Data), &w); err != nil {
		return p, w, fmt.Errorf("read link: %w", err)
	}
	if p, err = tx.Person(q.Person); err == nil && p.Generation != w.Generation {
		err = ResetGone()
	}
	return p, w, err
}

// linkCaller is who holds a link, and nothing else: the one act that it is for.
func linkCaller(p prokura.Person, secret prokura.Secret, from Client) registry.Caller {
	return registry.Caller{Facts: &prokura.Facts{Credential: prokura.CredentialLink, Person: p}, Session: wayInID(secret), Trace: from.Trace, Address: from.Address}
}

// ResetView is a link as whoever opened it sees it.
type ResetView struct {
	Email   string
	Ways    *Ways // how the second factor is proven beside it; nil: it is not asked for
	Factors bool  // the second factors end with it
}

// OpenReset shows a link that sets a new password. With a site that passkeys know
// it also begins the question to them. It changes nothing: programs that look at
// mails open links too.
func OpenReset(ctx context.Context, r *registry.Registry, secret prokura.Secret, site Site, from Client) (*ResetView, error) {
	var v *ResetView
	err := r.Beside(ctx, func(tx *store.Beside) error {
		p, w, err := opened(r, tx.View(), secret)
		if err != nil {
			return err
		}
		v = &ResetView{Email: p.Email, Factors: w.Factors}
		have, err := tx.SecondFactors(p.ID)
		if err != nil || len(have) == 0 || w.Factors {
			return err
		}
		v.Ways, err = waysOf(r, tx, linkCaller(p, secret, from), p, have, site)
		return err
	})
	return v, err
}

// ResetPassword sets a new password for whoever holds a link and, where the
// person has second factors, one of these. Everything ends that ends when a
// person changes the password, all sessions too, and the person is told by mail.
// It logs them in, and returns the session's secret.
func ResetPassword(ctx context.Context, r *registry.Registry, secret prokura.Secret, fresh prokura.Secret, factor Factor, from Client) (prokura.Secret, error) {
	c, err := mayReset(ctx, r, secret, fresh, factor, from)
	if err != nil {
		return "", err
	}
	place, err := r.Place(ctx, quota.Account("reset "+c.Session[:32]), quota.Network(from.Address))
	if err != nil {
		return "", err
	}
	hash := place.HashPassword(fresh)
	place.Leave()
	session := registry.NewHandle()
	err = r.Act(ctx, c, prokura.ActResetPassword, nil, func(d *registry.Door) error {
		p, w, err := opened(r, d.View(), secret)
		if err != nil {
			return err
		}
		d.Entry.Subject = p.ID
		d.Note(nil, map[string]any{"password": "set by a link", "second_factors_end": w.Factors})
		d.Touch(registry.OfPerson, p.ID)
		if err := d.EndChallenge(c.Session); err != nil {
			return ResetGone()
		}
		if w.Factors {
			if err := endFactors(r, d, p); err != nil {
				return err
			}
		}
		if err := newPassword(r, d, p, hash); err != nil {
			return err
		}
		if err := d.EndSessions(p.ID, ""); err != nil {
			return err
		}
		return d.AddSession(Session(session, p.ID, d.Now, from))
	})
	if err != nil {
		return "", err
	}
	return prokura.Secret(session), nil
}

// mayReset checks all that the holder of a link brings, the second factor last.
func mayReset(ctx context.Context, r *registry.Registry, secret, fresh prokura.Secret, factor Factor, from Client) (c registry.Caller, err error) {
	defer r.Wake()
	var refused error
	err = r.Beside(ctx, func(tx *store.Beside) error {
		refused = nil
		p, w, err := opened(r, tx.View(), secret)
		if err != nil {
			return err
		}
		c = linkCaller(p, secret, from)
		if err := CheckNewPassword(fresh, p.Email, p.Name); err != nil {
			return err
		}
		has, err := tx.HasSecondFactor(p.ID)
		if err != nil || !has || w.Factors {
			return err
		}
		if !factor.Given() {
			return prokura.Errorf(prokura.SecondFactorWrong, "Confirm with your second factor too.").WithField("code")
		}
		entry := store.Entry{At: r.Now(), Caller: c.CredentialName(), Actor: p.ID, Act: prokura.ActResetPassword, Subject: p.ID, Trace: from.Trace}
		if refused, err = prove(r, tx, p, from, factor.trial(r, c), &entry); err != nil || refused == nil {
			return err
		}
		return tx.Journal(entry)
	})
	if err == nil {
		err = refused
	}
	return c, err
}

// newPassword stores a new password, ends what hangs on the person's generation,
// and tells them.
func newPassword(r *registry.Registry, d *registry.Door, p prokura.Person, hash string) error {
	if err := d.SetPassword(p.ID, hash); err != nil {
		return err
	}
	return r.Mail(d, p.Email, prokura.MailPassword, map[string]string{"person": p.Name})
}

// endFactors removes all second factors of a person, and tells them.
func endFactors(r *registry.Registry, d *registry.Door, p prokura.Person) error {
	have, err := d.SecondFactors(p.ID)
	if err != nil {
		return err
	}
	for _, f := range have {
		if err := d.RemoveSecondFactor(p.ID, f.ID); err != nil {
			return err
		}
		if err := mailFactor(r, d, p, prokura.MailFactorRemoved, f.Kind); err != nil {
			return err
		}
	}
	return d.SetRecoveryCodes(p.ID, nil)
}

// Add makes a person for the operator, who vouches for the address: without a
// password, which the link sets that is returned.
func Add(ctx context.Context, r *registry.Registry, name, email string) (link string, err error) {
	name, email = strings.TrimSpace(name), prokura.NormalEmail(email)
	if err := CheckPerson(name, email); err != nil {
		return "", err
	}
	err = r.Act(ctx, registry.Operator(""), prokura.ActAddPerson, nil, func(d *registry.Door) error {
		id, err := d.NewID(prokura.NodePerson, 0)
		if err != nil {
			return err
		}
		p := prokura.Person{ID: id, Name: name, Email: email, Generation: 1, Created: d.Now}
		d.Entry.Subject = id
		if err := d.AddPerson(p, ""); err != nil {
			return err
		}
		link, err = makeWayIn(d.Beside(), p, false, d.Now.Add(WayInLife))
		return err
	})
	return link, err
}

// MakeWayIn makes a link for the operator by which a person who is locked out
// sets a new password; with factors, their second factors end with its use.
// Nothing else changes before. The person is told by mail.
func MakeWayIn(ctx context.Context, r *registry.Registry, email string, factors bool) (link string, err error) {
	email = prokura.NormalEmail(email)
	err = r.Act(ctx, registry.Operator(""), prokura.ActMakeWayIn, nil, func(d *registry.Door) error {
		p, err := d.PersonByEmail(email)
		if errors.Is(err, prokura.NotFound) {
			return prokura.Errorf(prokura.NotFound, "Nobody has an account with the address %s.", email)
		}
		if err != nil {
			return err
		}
		d.Entry.Subject = p.ID
		d.Note(nil, map[string]any{"second_factors_end": factors})
		if link, err = makeWayIn(d.Beside(), p, factors, d.Now.Add(WayInLife)); err != nil {
			return err
		}
		return r.Mail(d, p.Email, prokura.MailWayIn, map[string]string{"person": p.Name})
	})
	return link, err
}
