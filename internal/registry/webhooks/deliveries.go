package webhooks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// The outbox as its deliverer sees it: what is due, a claim, how it ended. This
// is the server's own work on what acts decided, so it has no caller, and
// nothing of it is authority.

// DueMessage names a message that is due; App is store.Mails or store.Notices for
// what goes to people.
type DueMessage struct {
	ID  prokura.ID
	App prokura.ID
}

// Notices stands for the mails about power among the apps of due messages.
const Notices = store.Notices

// DueMessages lists what is due, at most room(app) of each app, of mails and of
// notices, those first that have waited longest. Of each subject only the first message
// is ever due, so whatever is sent of the list at once keeps every order.
func DueMessages(ctx context.Context, r *registry.Registry, room func(app prokura.ID) int) ([]DueMessage, error) {
	return registry.View(ctx, r, func(tx *store.View) ([]DueMessage, error) {
		now := r.Now()
		apps, err := tx.DueApps(now)
		if err != nil {
			return nil, err
		}
		var out []DueMessage
		for _, app := range apps {
			n := room(app)
			if n <= 0 {
				continue
			}
			list, err := tx.DueMessages(app, now, n)
			if err != nil {
				return nil, err
			}
			for _, id := range list {
				out = append(out, DueMessage{id, app})
			}
		}
		return out, nil
	})
}

// Delivery is a claimed message with what sending it takes.
type Delivery struct {
	ID      prokura.ID
	Kind    string // MessageWebhook, …
	App     prokura.ID
	URL     string         // where it goes; of mails none
	Secret  prokura.Secret // the app's newest; signs it
	Body    []byte         // of a webhook: the very bytes
	User    string         // of a callback: the app-scoped person
	Mail    registry.Mail
	Created prokura.Instant

	number  int64 // of the attempt
	request prokura.ID
}

// ClaimFor is how long a claim holds: longer than any attempt takes. When the
// claimer dies, the message is due again after it, so it is sent at least once.
const ClaimFor = 30 * time.Second

// Claim takes a message to send it. nil: there is nothing to send, because
// another has it or nobody wants it any more.
func Claim(ctx context.Context, r *registry.Registry, id prokura.ID) (*Delivery, error) {
	var out *Delivery
	err := r.Beside(ctx, func(tx *store.Beside) error {
		out = nil
		now := r.Now()
		m, err := tx.Message(id)
		if errors.Is(err, prokura.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if m.State != store.MessagePending || !m.Due.Past(now) {
			return nil
		}
		d, problem, err := unsealMessage(r, tx.View(), m)
		if err != nil {
			return err
		}
		if problem != "" {
			return endMessage(tx, d, store.Attempt{ID: id, Number: m.Attempts, State: store.MessageFailed, Counted: true, Due: m.Due, Problem: problem}, now)
		}
		d.number, out = m.Attempts+1, d
		return tx.ClaimMessage(id, now.Add(ClaimFor), now)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// unsealMessage finds what a message needs to be sent, or why nobody wants it
// any more.
func unsealMessage(r *registry.Registry, tx *store.View, m store.Message) (d *Delivery, problem string, err error) {
	d = &Delivery{ID: m.ID, Kind: m.Kind, App: m.App, Created: m.Created}
	if m.Kind == registry.MessageMail {
		plain, err := r.OpenSecret(registry.PlaceOfMail, m.Payload)
		if err != nil {
			return d, "The mail cannot be unsealed with this server's keys.", nil
		}
		return d, "", json.Unmarshal([]byte(plain.Reveal()), &d.Mail)
	}
	a, err := r.ReadSecrets(tx, m.App)
	if err != nil {
		return d, "", err
	}
	if m.Kind == registry.MessageWebhook {
		d.Body = m.Payload
		s, err := tx.Subscription(m.App, m.Object)
		if err != nil && !errors.Is(err, prokura.NotFound) {
			return d, "", err
		}
		d.URL = s.CallbackURL
		if m.Asset != 0 {
			if problem, err = unwanted(r, tx, m); err != nil {
				return d, "", err
			}
		}
	} else {
		var call registry.UserCall
		if err := json.Unmarshal(m.Payload, &call); err != nil {
			return d, "", fmt.Errorf("read callback: %w", err)
		}
		d.User, d.request = call.User, call.Request
		d.URL = a.App.Settings.DeauthorizeCallback
		if m.Kind == registry.MessageDataDeletion {
			d.URL = a.App.Settings.DataDeletionURL
		}
	}
	switch {
	case problem != "":
	case a.App.Disabled != 0:
		problem = "The app was deleted."
	case d.URL == "":
		problem = ProblemUnsubscribed
	case len(a.Secrets) == 0:
		problem = "The app has no secret to sign with."
	default:
		d.Secret = a.Secrets[0]
	}
	return d, problem, nil
}

// Outcome is how sending ended.
type Outcome struct {
	Delivered bool
	Final     bool          // not delivered, and trying again cannot help
	Held      time.Duration // nothing was tried: look again after this time
	Status    int           // of the answer; 0: none came
	Problem   string        // why it was not delivered; shown to the app's people
	Page      string        // data deletion: the app's answer
	Code      string
}

// Finish records how sending ended. A message that was claimed anew, dropped or
// given up meanwhile stays as it is.
func Finish(ctx context.Context, r *registry.Registry, d *Delivery, o Outcome) error {
	return r.Beside(ctx, func(tx *store.Beside) error {
		now := r.Now()
		a := store.Attempt{ID: d.ID, Number: d.number, State: store.MessagePending, Counted: true, Due: now, Status: int64(o.Status), Problem: o.Problem}
		switch {
		case o.Delivered:
			a.State, a.Problem = store.MessageDelivered, ""
		case o.Held > 0:
			a.Counted = false
			if a.Due = now.Add(o.Held); d.Created.Add(holdFor).Past(now) {
				a.State = store.MessageFailed
			}
		case o.Final:
			a.State = store.MessageFailed
		default:
			next, ok := nextAttempt(d.number, d.Created, now)
			if a.Due = next; !ok {
				a.State = store.MessageFailed
			}
		}
		if d.Kind == registry.MessageDataDeletion && o.Delivered {
			if err := tx.AnswerDataDeletion(d.request, DeletionConfirmed, o.Page, o.Code, now); err != nil && !errors.Is(err, prokura.NotFound) {
				return err
			}
		}
		return endMessage(tx, d, a, now)
	})
}

// endMessage records an attempt, and that a request to delete data has failed.
func endMessage(tx *store.Beside, d *Delivery, a store.Attempt, now prokura.Instant) error {
	recorded, err := tx.EndAttempt(a, now)
	if err != nil || !recorded || d.Kind != registry.MessageDataDeletion || a.State != store.MessageFailed {
		return err
	}
	if err := tx.AnswerDataDeletion(d.request, DeletionFailed, "", "", now); !errors.Is(err, prokura.NotFound) {
		return err
	}
	return nil
}

// Times of attempts: at once after the first failure, then ever more rarely,
// until a day and a half has passed (docs/wire.md).
var Pauses = []time.Duration{0, 15 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour}

const (
	GiveUpAfter = 36 * time.Hour
	holdFor     = 7 * 24 * time.Hour // what cannot be tried at all
)

// nextAttempt is when to try again after attempt number has failed; false: not
// any more. Whatever waited behind another message that long still gets two
// attempts.
func nextAttempt(number int64, created, now prokura.Instant) (prokura.Instant, bool) {
	next := now.Add(Pauses[min(int(number), len(Pauses))-1])
	return next, number < 2 || !created.Add(GiveUpAfter).Past(next)
}

// maxOpen bounds the undelivered messages of an app, maxMails all undelivered
// mails that people cause (I-25).
const (
	maxOpen  = 10_000
	maxMails = 50_000
)

// BoundOutbox fails the oldest undelivered webhooks of apps that have more than
// 10,000, and the oldest mails beyond 50,000. It runs beside the acts, never
// inside: a dead receiver is no reason to hold up or to refuse a revoke.
func BoundOutbox(ctx context.Context, r *registry.Registry) error {
	return BoundOutboxOfApp(ctx, r, maxOpen, maxMails)
}

// BoundOutboxOfApp is BoundOutbox with other bounds.
func BoundOutboxOfApp(ctx context.Context, r *registry.Registry, most, mails int) error {
	full, err := registry.View(ctx, r, func(tx *store.View) ([]prokura.ID, error) { return tx.FullApps(most, mails) })
	if err != nil {
		return err
	}
	for _, app := range full {
		most := most
		if app == 0 {
			most = mails
		}
		if err := r.Beside(ctx, func(tx *store.Beside) error {
			_, err := tx.BoundMessages(app, most, "There were too many undelivered messages; the oldest were dropped.", r.Now())
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// Message is one line of an app's delivery log.
type Message = store.Message

// MessageQuery selects one page of it.
type MessageQuery = store.MessageQuery

// Deliveries lists what an app was sent in the last days and is still to be
// sent, newest first.
func Deliveries(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, q MessageQuery) ([]Message, error) {
	return registry.View(ctx, r, func(tx *store.View) ([]Message, error) {
		if err := readOfApp(r, tx, c, prokura.ActViewDeliveries, app); err != nil {
			return nil, err
		}
		return tx.Messages(app, q)
	})
}

// Redeliver sends a message once more: one that is to be tried again now, one
// that was delivered or given up as a new message behind all others.
func Redeliver(ctx context.Context, r *registry.Registry, c registry.Caller, app, id prokura.ID) error {
	return r.Act(ctx, c, prokura.ActRedeliver, registry.OnApp(app), func(d *registry.Door) error {
		m, err := d.Message(id)
		if err != nil || m.App != app {
			return registry.OrMissing(err)
		}
		d.Entry.Subject = id
		d.Note(nil, map[string]string{"kind": m.Kind, "object": m.Object, "field": m.Field})
		switch m.State {
		case store.MessageWaiting:
			return prokura.Errorf(prokura.Conflict, "It goes out after the one before it.")
		case store.MessagePending:
			d.Sends()
			return d.HurryMessage(id, d.Now)
		}
		u, problem, err := unsealMessage(r, d.View(), m)
		if err != nil {
			return err
		}
		if problem != "" {
			return prokura.Errorf(prokura.Conflict, "%s", problem)
		}
		if u.request != 0 {
			if err := d.AnswerDataDeletion(u.request, DeletionAsked, "", "", d.Now); err != nil && !errors.Is(err, prokura.NotFound) {
				return err
			}
		}
		return d.Send(store.Message{Kind: m.Kind, App: m.App, Subject: m.Subject, Object: m.Object, Field: m.Field, Payload: m.Payload,
			Asset: m.Asset, Data: m.Data})
	})
}

// SentMail is a mail of a --dev world, for its inbox.
type SentMail struct {
	registry.Mail
	ID      prokura.ID
	Created prokura.Instant
}

// Inbox lists the newest mails of a --dev world, sent or not.
func Inbox(ctx context.Context, r *registry.Registry, limit int) ([]SentMail, error) {
	if !r.Dev() {
		return nil, registry.Missing()
	}
	return registry.View(ctx, r, func(tx *store.View) ([]SentMail, error) {
		list, err := tx.Mails(limit)
		if err != nil {
			return nil, err
		}
		out := make([]SentMail, 0, len(list))
		for _, m := range list {
			d, problem, err := unsealMessage(r, tx, m)
			if err != nil {
				return nil, err
			}
			if problem == "" {
				out = append(out, SentMail{d.Mail, m.ID, m.Created})
			}
		}
		return out, nil
	})
}
