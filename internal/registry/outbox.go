package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/store"
)

// Objects and fields that apps may subscribe to (docs/wire.md).
const (
	ObjectApplication = "application"
	ObjectPermissions = "permissions"

	FieldInstall   = "business_integration_install"
	FieldUpdate    = "business_integration_update"
	FieldUninstall = "business_integration_uninstall"
	FieldReview    = "app_review" // what became of what the app's people submitted
	FieldExpiring  = "token_expiring"
	FieldEnded     = "token_ended"
)

// Kinds of message in the outbox.
const (
	MessageWebhook      = "webhook"
	MessageDeauthorize  = "deauthorize"
	MessageDataDeletion = "data_deletion"
	MessageMail         = "mail"
)

// delivery is the body of a webhook (docs/wire.md).
type delivery struct {
	Object string           `json:"object"`
	Entry  []deliveredEntry `json:"entry"`
}

// deliveredEntry says what happened to one thing: the app for application, the
// app-scoped person for permissions. Of a subscription without values only the
// names of the fields are told.
type deliveredEntry struct {
	ID      string            `json:"id"`
	Time    int64             `json:"time"` // unix seconds
	Fields  []string          `json:"changed_fields,omitempty"`
	Changes []deliveredChange `json:"changes,omitempty"`
	Message []any             `json:"messaging,omitempty"`
}

type deliveredChange struct {
	Field string `json:"field"`
	Value any    `json:"value"`
}

// Tell puts a change in the outbox if the app has subscribed to it. key orders
// deliveries: what happens to one key arrives in its order.
func (d *Door) Tell(app prokura.ID, object, field, entry, key string, value any) error {
	s, err := d.Subscription(app, object)
	if errors.Is(err, prokura.NotFound) || err == nil && !slices.Contains(s.Fields, field) {
		return nil
	}
	if err != nil {
		return err
	}
	return d.Deliver(s, field, entry, key, value)
}

// Deliver puts a change in the outbox: the very bytes that are sent, so that the
// log shows them and a second delivery repeats them.
func (d *Door) Deliver(s store.Subscription, field, entry, key string, value any) error {
	return d.DeliverData(s, field, entry, store.Message{Subject: key}, value)
}

// DeliverData is Deliver for changes that are told together. m names whose data it is;
// its subject is the key.
func (d *Door) DeliverData(s store.Subscription, field, entry string, m store.Message, values ...any) (err error) {
	e := deliveredEntry{ID: entry, Time: d.Now.Unix()}
	if m.Messaging {
		e.Message = values
	} else if s.IncludeValues || s.Object != ObjectPermissions {
		for _, v := range values {
			e.Changes = append(e.Changes, deliveredChange{field, v})
		}
	} else {
		e.Fields = []string{field}
	}
	if m.Payload, err = escapedJSON(delivery{s.Object, []deliveredEntry{e}}); err != nil {
		return fmt.Errorf("encode webhook: %w", err)
	}
	m.Kind, m.App, m.Subject, m.Object, m.Field = MessageWebhook, s.App, s.Object+"/"+m.Subject, s.Object, field
	return d.Send(m)
}

// escapedJSON writes JSON as receivers of webhooks have always got it: in ASCII,
// with lower-case \u escapes and \/ for /. The signature is over these bytes.
func escapedJSON(v any) ([]byte, error) {
	var plain bytes.Buffer
	enc := json.NewEncoder(&plain)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	var out []byte
	for _, r := range strings.TrimSuffix(plain.String(), "\n") {
		switch {
		case r == '/':
			out = append(out, `\/`...)
		case r < utf8.RuneSelf:
			out = append(out, byte(r))
		default:
			for _, unit := range utf16.AppendRune(nil, r) {
				out = fmt.Appendf(out, `\u%04x`, unit)
			}
		}
	}
	return out, nil
}

// Sends makes the deliverer look at the outbox once the act is committed.
func (d *Door) Sends() { d.after.sends = true }

// Send puts a message in the outbox.
func (d *Door) Send(m store.Message) error {
	d.Sends()
	return put(d.Beside(), d.Now, m)
}

func put(tx *store.Beside, now prokura.Instant, m store.Message) error {
	m.ID, m.Created = NewMessageID(), now
	return tx.AddMessage(m)
}

// NewMessageID draws a number for a row of the outbox. It names nothing on any
// wire.
func NewMessageID() prokura.ID { return prokura.ID(rand.Int64N(int64(prokura.MaxID)) + 1) }

// Wake tells the deliverer that there may be something to send; it waits for
// nobody.
func (r *Registry) Wake() {
	select {
	case r.outbox <- struct{}{}:
	default:
	}
}

// OutboxChanged gives a value after acts have put something in the outbox.
func (r *Registry) OutboxChanged() <-chan struct{} { return r.outbox }

// Challenge asks a callback URL, on behalf of an app, whether it wants webhooks.
// Its error is CallbackRefused when the answer is anything but yes.
type Challenge func(ctx context.Context, app prokura.ID, callbackURL string, verifyToken prokura.Secret) error

// SiteCheck looks, on behalf of a business, whether a value stands in the DNS at a name
// or in a file at an address. Its error is CallbackRefused when it does not.
type SiteCheck func(ctx context.Context, business prokura.ID, by prokura.SiteProof, where, value string) error
