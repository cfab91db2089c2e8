package people

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Site is this server as passkeys know it. A passkey belongs to the name of one
// host and works on no other: that is what makes it useless to an impostor.
type Site struct {
	Host   string // empty: the server has no name that passkeys could be bound to
	Origin string // scheme and host of the pages
	Name   string // for people
}

// Passkeys reports whether there can be passkeys for the site.
func (s Site) Passkeys() bool { return s.Host != "" }

func (s Site) ceremonies() (*webauthn.WebAuthn, error) {
	w, err := webauthn.New(&webauthn.Config{
		RPID: s.Host, RPDisplayName: s.Name, RPOrigins: []string{s.Origin},
		// Which make of device it is does not matter to us.
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementPreferred, UserVerification: protocol.VerificationPreferred},
	})
	if err != nil {
		return nil, fmt.Errorf("set up passkeys: %w", err)
	}
	return w, nil
}

// keyHolder is a person as the ceremonies see them.
type keyHolder struct {
	person prokura.Person
	handle []byte
	keys   []webauthn.Credential
}

func (h *keyHolder) WebAuthnID() []byte                         { return h.handle }
func (h *keyHolder) WebAuthnName() string                       { return h.person.Email }
func (h *keyHolder) WebAuthnDisplayName() string                { return h.person.Name }
func (h *keyHolder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

// holderOf opens the records of a person's passkeys. The handle under which a
// device keeps them tells nothing: not the id, and not the address.
func holderOf(r *registry.Registry, p prokura.Person, factors []store.SecondFactor) (*keyHolder, error) {
	key := r.DeriveLasting("passkey handles")
	m := hmac.New(sha256.New, key[:])
	m.Write([]byte(p.ID.String()))
	h := &keyHolder{person: p, handle: m.Sum(nil)}
	for _, f := range factors {
		if f.Kind != prokura.FactorPasskey {
			continue
		}
		record, err := r.OpenSecret(registry.PlaceOfFactor(p.ID, f.ID), f.Sealed)
		if err != nil {
			return nil, fmt.Errorf("open passkey: %w", err)
		}
		var key webauthn.Credential
		if err := json.Unmarshal([]byte(record.Reveal()), &key); err != nil {
			return nil, fmt.Errorf("read passkey: %w", err)
		}
		h.keys = append(h.keys, key)
	}
	return h, nil
}

// question is what a ceremony asks the browser, and what it must remember.
type question struct {
	Ask     json.RawMessage      `json:"ask"`
	Session webauthn.SessionData `json:"session"`
}

// pose remembers a ceremony and returns what the browser is asked, as JSON.
func pose(r *registry.Registry, tx *store.Beside, c registry.Caller, person prokura.ID, purpose string, ask any, s *webauthn.SessionData) (string, error) {
	raw, err := json.Marshal(ask)
	if err != nil {
		return "", fmt.Errorf("encode question: %w", err)
	}
	data, err := json.Marshal(question{Ask: raw, Session: *s})
	if err != nil {
		return "", fmt.Errorf("encode question: %w", err)
	}
	return string(raw), begin(r, tx, c, person, purpose, prokura.Secret(data))
}

func posed(r *registry.Registry, tx *store.View, c registry.Caller, person prokura.ID, purpose string) (q question, err error) {
	data, err := begun(r, tx, c, person, purpose)
	if err != nil {
		return q, err
	}
	if err := json.Unmarshal([]byte(data.Reveal()), &q); err != nil {
		return q, fmt.Errorf("read question: %w", err)
	}
	return q, nil
}

func checkFactorName(name string) error {
	if name == "" || utf8.RuneCountInString(name) > maxFactorName || !prokura.PlainName(name) {
		return prokura.Errorf(prokura.InvalidParameter, "Give it a name of at most %d characters.", maxFactorName).WithField("name")
	}
	return nil
}

// room refuses one passkey more than a person may have.
func (h *keyHolder) room() error {
	if len(h.keys) >= MaxPasskeys {
		return prokura.Errorf(prokura.LimitReached, "A person has at most %d passkeys.", MaxPasskeys)
	}
	return nil
}

// BeginPasskey starts the making of a passkey for a person who entered the
// password lately. It changes nothing until ConfirmPasskey.
func BeginPasskey(ctx context.Context, r *registry.Registry, c registry.Caller, site Site) error {
	return r.Act(ctx, c, prokura.ActManageSecondFactor, nil, func(d *registry.Door) error {
		if err := r.WantFresh(c); err != nil {
			return err
		}
		w, err := site.ceremonies()
		if err != nil {
			return err
		}
		have, err := d.SecondFactors(c.Person.ID)
		if err != nil {
			return err
		}
		h, err := holderOf(r, d.By.Person, have)
		if err != nil {
			return err
		}
		if err := h.room(); err != nil {
			return err
		}
		ask, s, err := w.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.keys).CredentialDescriptors()))
		if err != nil {
			return fmt.Errorf("begin passkey: %w", err)
		}
		d.Entry.Subject = c.Person.ID
		_, err = pose(r, d.Beside(), c, c.Person.ID, purposePasskey, ask, s)
		return err
	})
}

// PasskeyQuestion is what the browser is to ask of the device, as JSON: the
// options of navigator.credentials.create. NotFound when nothing was begun.
func PasskeyQuestion(ctx context.Context, r *registry.Registry, c registry.Caller) (string, error) {
	if err := r.MayRead(c, prokura.ActManageSecondFactor, prokura.Subject{}); err != nil {
		return "", err
	}
	return registry.View(ctx, r, func(tx *store.View) (string, error) {
		q, err := posed(r, tx, c, c.Person.ID, purposePasskey)
		return string(q.Ask), registry.HideMissing(err)
	})
}

func passkeyRefused(cause error) *prokura.Error {
	return prokura.Errorf(prokura.SecondFactorWrong, "The passkey could not be checked. Try again, and use one that belongs to this account.").WithCause(cause)
}

// maxAnswer bounds what a browser sends for a passkey.
const maxAnswer = 64 << 10

// ConfirmPasskey adds the passkey that was begun under a name by which the
// person knows it, from the browser's answer as JSON.
func ConfirmPasskey(ctx context.Context, r *registry.Registry, c registry.Caller, name, answer string, site Site) error {
	return r.Act(ctx, c, prokura.ActManageSecondFactor, nil, func(d *registry.Door) error {
		person := c.Person.ID
		q, err := posed(r, d.View(), c, person, purposePasskey)
		if err != nil {
			return registry.HideMissing(err)
		}
		label := strings.TrimSpace(name)
		if err := checkFactorName(label); err != nil {
			return err
		}
		if len(answer) > maxAnswer {
			return passkeyRefused(nil)
		}
		parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
		if err != nil {
			return passkeyRefused(err)
		}
		have, err := d.SecondFactors(person)
		if err != nil {
			return err
		}
		h, err := holderOf(r, d.By.Person, have)
		if err != nil {
			return err
		}
		if err := h.room(); err != nil { // several sessions may have begun one
			return err
		}
		w, err := site.ceremonies()
		if err != nil {
			return err
		}
		key, err := w.CreateCredential(h, q.Session, parsed)
		if err != nil {
			return passkeyRefused(err)
		}
		if err := d.EndChallenge(challengeID(c, purposePasskey)); err != nil {
			return err
		}
		id := registry.HashOf(string(key.ID)) // no two people have the same passkey
		sealed, err := sealKey(r, person, id, key)
		if err != nil {
			return err
		}
		return addFactor(r, d, c, len(have) == 0, store.SecondFactor{Sealed: sealed,
			SecondFactor: prokura.SecondFactor{ID: id, Person: person, Kind: prokura.FactorPasskey, Name: label, Created: d.Now}})
	})
}

func sealKey(r *registry.Registry, person prokura.ID, id string, key *webauthn.Credential) ([]byte, error) {
	record, err := json.Marshal(key)
	if err != nil {
		return nil, fmt.Errorf("encode passkey: %w", err)
	}
	return r.SealSecret(registry.PlaceOfFactor(person, id), prokura.Secret(record))
}

// askPasskey begins the question of the second step. One that waits for its
// answer already stays, so that reloading the page changes nothing.
func askPasskey(r *registry.Registry, tx *store.Beside, c registry.Caller, p prokura.Person, keys []store.SecondFactor, site Site) (string, error) {
	q, err := posed(r, tx.View(), c, p.ID, purposeLogin)
	if err == nil {
		return string(q.Ask), nil
	}
	if !errors.Is(err, prokura.NotFound) {
		return "", err
	}
	h, err := holderOf(r, p, keys)
	if err != nil {
		return "", err
	}
	w, err := site.ceremonies()
	if err != nil {
		return "", err
	}
	ask, s, err := w.BeginLogin(h)
	if err != nil {
		return "", fmt.Errorf("ask for a passkey: %w", err)
	}
	return pose(r, tx, c, p.ID, purposeLogin, ask, s)
}

func passkeyTrial(r *registry.Registry, c registry.Caller, answer string, site Site) trial {
	wrong := passkeyRefused(nil)
	return trial{wrong: wrong, check: func(tx *store.Beside, p prokura.Person, have []store.SecondFactor) (*taken, error) {
		wrong.Cause = nil
		q, err := posed(r, tx.View(), c, p.ID, purposeLogin)
		if errors.Is(err, prokura.NotFound) { // nothing was asked, or the answer was used
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		h, err := holderOf(r, p, have)
		if err != nil {
			return nil, err
		}
		w, err := site.ceremonies()
		if err != nil {
			return nil, err
		}
		key, err := checkAnswer(w, h, q, answer)
		if err != nil {
			wrong.Cause = err
			return nil, nil
		}
		id := registry.HashOf(string(key.ID))
		sealed, err := sealKey(r, p.ID, id, key)
		if err != nil {
			return nil, err
		}
		if err := tx.EndChallenge(challengeID(c, purposeLogin)); err != nil {
			return nil, err
		}
		for _, f := range have {
			if f.ID == id {
				_, err := tx.UseSecondFactor(id, f.Step+1, sealed, r.Now())
				return &taken{string(f.Kind)}, err
			}
		}
		return nil, nil
	}}
}

// checkAnswer returns the passkey that answered, with its counter moved on. One
// whose counter went back was copied.
func checkAnswer(w *webauthn.WebAuthn, h *keyHolder, q question, answer string) (*webauthn.Credential, error) {
	if len(answer) > maxAnswer {
		return nil, fmt.Errorf("the answer is too long")
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return nil, err
	}
	key, err := w.ValidateLogin(h, q.Session, parsed)
	if err != nil {
		return nil, err
	}
	if key.Authenticator.CloneWarning {
		return nil, fmt.Errorf("the passkey's counter went back")
	}
	return key, nil
}
