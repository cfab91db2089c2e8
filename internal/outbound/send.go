package outbound

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"net/http"
	"net/url"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/webhooks"
)

// webhook posts the bytes of the outbox with both signatures over them: the
// newer one, and the one that older receivers know (docs/wire.md).
func (d *Deliverer) webhook(ctx context.Context, m *webhooks.Delivery) webhooks.Outcome {
	status, _, err := d.caller.do(ctx, call{method: http.MethodPost, url: m.URL, body: m.Body, header: map[string]string{
		"Content-Type":        "application/json",
		"X-Hub-Signature-256": "sha256=" + mac(sha256.New, m.Secret, m.Body),
		"X-Hub-Signature":     "sha1=" + mac(sha1.New, m.Secret, m.Body),
	}})
	return outcome(status, err)
}

func mac(h func() hash.Hash, secret prokura.Secret, body []byte) string {
	m := hmac.New(h, []byte(secret.Reveal()))
	m.Write(body)
	return hex.EncodeToString(m.Sum(nil))
}

func outcome(status int, err error) webhooks.Outcome {
	if err == nil && (status < 200 || status > 299) {
		err = badStatus(status)
	}
	o := webhooks.Outcome{Delivered: err == nil, Status: status}
	if err != nil {
		o.Problem = "It was not sent."
		if p, ok := errors.AsType[problem](err); ok {
			o.Problem = string(p)
		}
	}
	return o
}

// callback posts a signed request about a person. It is signed now, not when the
// act happened: receivers judge its age.
func (d *Deliverer) callback(ctx context.Context, m *webhooks.Delivery, lifetime time.Duration) (int, []byte, error) {
	now := d.registry.Now()
	about := prokura.SignedRequest{UserID: m.User, IssuedAt: now.Unix()}
	if lifetime > 0 {
		about.Expires = now.Add(lifetime).Unix()
	}
	form := url.Values{"signed_request": {prokura.SignRequest(about, m.Secret)}}
	return d.caller.do(ctx, call{method: http.MethodPost, url: m.URL, body: []byte(form.Encode()),
		header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}})
}

// deauthorize tells an app that somebody removed it.
func (d *Deliverer) deauthorize(ctx context.Context, m *webhooks.Delivery) webhooks.Outcome {
	status, _, err := d.callback(ctx, m, 0)
	return outcome(status, err)
}

// deletionLifetime is how long an app may take a request to delete data for a
// new one.
const deletionLifetime = time.Hour

// dataDeletion asks an app to delete a person's data. The answer must be where
// the person can follow it, and a code for it.
func (d *Deliverer) dataDeletion(ctx context.Context, m *webhooks.Delivery) webhooks.Outcome {
	status, text, err := d.callback(ctx, m, deletionLifetime)
	o := outcome(status, err)
	if !o.Delivered {
		return o
	}
	var answer struct {
		URL  string `json:"url"`
		Code word   `json:"confirmation_code"`
	}
	if json.Unmarshal(text, &answer) != nil || !webhooks.CheckDeletionAnswer(answer.URL, string(answer.Code)) {
		return webhooks.Outcome{Status: status, Problem: "Its answer was not JSON with a url and an alphanumeric confirmation_code."}
	}
	o.Page, o.Code = answer.URL, string(answer.Code)
	return o
}

// word is a text, or a number as some apps write their codes.
type word string

func (w *word) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err == nil {
		*w = word(s)
		return nil
	}
	var n json.Number
	err := json.Unmarshal(b, &n)
	*w = word(n)
	return err
}
