package people

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/quota"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Logging in with a passkey alone: the device says whose it is, and has asked its
// owner for a finger, a face or a PIN. That is more than a password, and nobody
// can guess at it; so nothing is counted, and strangers who guess at the account
// keep nobody out who has one (T68).

// PasskeyLogin asks for any passkey of this server.
type PasskeyLogin struct {
	Question string // what the browser is to ask the device for, as JSON
	Asked    string // comes back with the answer, sealed for this browser: nothing is stored for who only looks
}

// asked is what the server has to know of a question when its answer comes.
type asked struct {
	Session webauthn.SessionData `json:"session"`
	Expires prokura.Instant      `json:"expires"`
}

func placeOfAsked(browser string) string { return "passkey log-in/" + registry.HashOf(browser) }

// AskPasskeyLogin makes a question for a browser, named by the secret of its
// cookie.
func AskPasskeyLogin(r *registry.Registry, site Site, browser string) (*PasskeyLogin, error) {
	w, err := site.ceremonies()
	if err != nil {
		return nil, err
	}
	ask, s, err := w.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, fmt.Errorf("ask for a passkey: %w", err)
	}
	question, err := json.Marshal(ask)
	if err != nil {
		return nil, fmt.Errorf("encode question: %w", err)
	}
	plain, err := json.Marshal(asked{Session: *s, Expires: r.Now().Add(setupLife)})
	if err != nil {
		return nil, fmt.Errorf("encode question: %w", err)
	}
	sealed, err := r.SealSecret(placeOfAsked(browser), prokura.Secret(plain))
	if err != nil {
		return nil, err
	}
	return &PasskeyLogin{Question: string(question), Asked: base64.RawURLEncoding.EncodeToString(sealed)}, nil
}

// openAsked reads a question of this server for this browser that has not run out
// of time.
func openAsked(r *registry.Registry, browser, text string) (q asked, err error) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return q, err
	}
	plain, err := r.OpenSecret(placeOfAsked(browser), sealed)
	if err != nil {
		return q, err
	}
	if err := json.Unmarshal([]byte(plain.Reveal()), &q); err != nil {
		return q, err
	}
	if q.Expires.Past(r.Now()) {
		return q, errors.New("the question has run out of time")
	}
	return q, nil
}

// LogInWithPasskey starts a session for whoever's passkey answers the question,
// once. It waits for no second factor: the device has verified its owner.
func LogInWithPasskey(ctx context.Context, r *registry.Registry, site Site, browser, question, answer string, from Client) (prokura.Secret, error) {
	ctx = quota.Urgent(ctx) // logging in comes before taking power away
	q, err := openAsked(r, browser, question)
	if err != nil {
		return "", passkeyRefused(err)
	}
	if len(answer) > maxAnswer {
		return "", passkeyRefused(nil)
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return "", passkeyRefused(err)
	}
	w, err := site.ceremonies()
	if err != nil {
		return "", err
	}
	secret := registry.NewHandle()
	err = r.Beside(ctx, func(tx *store.Beside) error {
		now := r.Now()
		// A question is answered once, also by who has seen the answer on its way.
		once := registry.HashOf("passkey log-in " + q.Session.Challenge)
		if _, err := tx.Challenge(once, now); !errors.Is(err, prokura.NotFound) {
			return errors.Join(err, passkeyRefused(nil))
		}
		f, err := tx.SecondFactor(registry.HashOf(string(parsed.RawID)))
		if errors.Is(err, prokura.NotFound) || err == nil && f.Kind != prokura.FactorPasskey {
			return passkeyRefused(err)
		}
		if err != nil {
			return err
		}
		p, err := tx.Person(f.Person)
		if err != nil {
			return err
		}
		h, err := holderOf(r, p, []store.SecondFactor{f})
		if err != nil {
			return err
		}
		key, err := w.ValidateDiscoverableLogin(func(_, handle []byte) (webauthn.User, error) {
			if !bytes.Equal(handle, h.handle) {
				return nil, errors.New("the passkey is another account's")
			}
			return h, nil
		}, q.Session, parsed)
		if err != nil {
			return passkeyRefused(err)
		}
		if key.Authenticator.CloneWarning {
			return passkeyRefused(errors.New("the passkey's counter went back"))
		}
		sealed, err := sealKey(r, p.ID, f.ID, key)
		if err != nil {
			return err
		}
		if _, err := tx.UseSecondFactor(f.ID, f.Step+1, sealed, now); err != nil {
			return err
		}
		if err := tx.SetChallenge(store.Challenge{ID: once, Person: p.ID, Purpose: "answered", Expires: q.Expires}); err != nil {
			return err
		}
		if err := addSession(tx, Session(secret, p.ID, now, from)); err != nil {
			return err
		}
		entry := signInEntry(p.ID, now, from)
		entry.After = prokura.NoteText(map[string]string{"passkey": "alone"})
		return tx.Journal(entry)
	})
	if err != nil {
		return "", err
	}
	return prokura.Secret(secret), nil
}
