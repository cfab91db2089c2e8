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
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/store"
)

// Texts of mails about apps.
const (
	MailAppRequested    = "app_requested" // a business asks to use or to own the app
	MailAppOffered      = "app_offered"   // an app is offered to the business, to use or to own
	MailAppMoved        = "app_moved"     // it has another owner
	MailLoginSwitched   = "login_switched"
	MailLoginRolledBack = "login_rolled_back"
)

// MailAppLeft tells the admins of a business that it owns an app no more.
const MailAppLeft = "app_left"

// What a business asks of the owner of an asset: to own it, or to use it for
// some tasks. The owner's admins answer on their pages.

// MailAssetRequested tells the admins of an asset's owner that somebody asks
// for it.
const MailAssetRequested = "asset_requested"

// MaxAdminMails bounds the mails about one event.
const MaxAdminMails = 50

// MailAdmins writes to the people with full control of a business.
func (r *Registry) MailAdmins(d *Door, business prokura.ID, text string, values map[string]string) error {
	list, err := d.AdminMails(business, MaxAdminMails)
	if err != nil {
		return err
	}
	for _, to := range list {
		if err := r.Mail(d, to, text, values); err != nil {
			return err
		}
	}
	return nil
}

// Texts of mails about who has power over a business (T11).
const (
	MailControlGiven  = "control_given"       // somebody new has full control
	MailRoleChanged   = "role_changed"        // of somebody in the business
	MailControlGone   = "control_gone"        // somebody with full control is out
	MailDemandLowered = "second_factor_lower" // fewer people need a second factor
)

// Objects and fields that apps may subscribe to (docs/wire.md).
const (
	ObjectApplication = "application"
	ObjectPermissions = "permissions"

	FieldInstall   = "business_integration_install"
	FieldUpdate    = "business_integration_update"
	FieldUninstall = "business_integration_uninstall"
)

// Kinds of message in the outbox.
const (
	MessageWebhook      = "webhook"
	MessageDeauthorize  = "deauthorize"
	MessageDataDeletion = "data_deletion"
	MessageMail         = "mail"
)

// Texts of mails about grants.
const (
	MailNewGrant   = "new_grant"
	MailWiderGrant = "wider_grant"
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
}

type deliveredChange struct {
	Field string `json:"field"`
	Value any    `json:"value"`
}

// tell puts a change in the outbox if the app has subscribed to it. key orders
// deliveries: what happens to one key arrives in its order.
func (d *Door) tell(app prokura.ID, object, field, entry, key string, value any) error {
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
	e := deliveredEntry{ID: entry, Time: d.Now.Unix()}
	if s.IncludeValues || s.Object != ObjectPermissions {
		e.Changes = []deliveredChange{{field, value}}
	} else {
		e.Fields = []string{field}
	}
	payload, err := escapedJSON(delivery{s.Object, []deliveredEntry{e}})
	if err != nil {
		return fmt.Errorf("encode webhook: %w", err)
	}
	return d.Send(store.Message{Kind: MessageWebhook, App: s.App, Subject: s.Object + "/" + key, Object: s.Object, Field: field, Payload: payload})
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
	return put(d.Beside, d.Now, m)
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

// Mail puts a mail in the outbox. text names one of the mail texts, values fill
// it in; both are sealed, since an invitation's link is a secret.
func (r *Registry) Mail(d *Door, to, text string, values map[string]string) error {
	d.Sends()
	return r.Post(d.Beside, d.Now, to, text, values)
}

// Post is mail for what happens beside the door; who calls it wakes the
// deliverer when the transaction is committed.
func (r *Registry) Post(tx *store.Beside, now prokura.Instant, to, text string, values map[string]string) error {
	plain, err := json.Marshal(Mail{To: to, Text: text, Values: values})
	if err != nil {
		return fmt.Errorf("encode mail: %w", err)
	}
	sealed, err := r.SealSecret(PlaceOfMail, prokura.Secret(plain))
	if err != nil {
		return fmt.Errorf("seal mail: %w", err)
	}
	return put(tx, now, store.Message{Kind: MessageMail, Subject: "mail/" + HashOf(to)[:16], Field: text, Payload: sealed})
}

const mailEvery = 10 * time.Minute // at least, between two mails of one text from one sender to one address

// MailPaced mails to each address, but not what the same business or app had
// mailed there a short while ago: asking, withdrawing and asking again fills no
// mailbox (T35). It reports whether somebody was mailed.
func (r *Registry) MailPaced(d *Door, from prokura.ID, to []string, text string, values map[string]string) (mailed bool, err error) {
	for _, address := range to {
		subject := "mail " + from.String() + " " + text + " " + HashOf(address)[:32]
		_, until, err := d.Throttle(subject)
		if err != nil {
			return mailed, err
		}
		if until > d.Now {
			continue
		}
		if err := d.SetThrottle(subject, 0, d.Now.Add(mailEvery), d.Now); err != nil {
			return mailed, err
		}
		if err := r.Mail(d, address, text, values); err != nil {
			return mailed, err
		}
		mailed = true
	}
	return mailed, nil
}

const PlaceOfMail = "outbox/mail"

// Mail is a letter to a person: which text, filled in with what. Links in it
// start with the server's base URL, which is added on delivery.
type Mail struct {
	To     string            `json:"to"`
	Text   string            `json:"text"` // "invite_member", "invite_app_role", …
	Values map[string]string `json:"values"`
}

// Texts of mails about second factors.
const (
	MailFactorAdded   = "factor_added"
	MailFactorRemoved = "factor_removed"
	MailRecoveryUsed  = "recovery_code_used"
)

// Challenge asks a callback URL, on behalf of an app, whether it wants webhooks.
// Its error is CallbackRefused when the answer is anything but yes.
type Challenge func(ctx context.Context, app prokura.ID, callbackURL string, verifyToken prokura.Secret) error
