package registry

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

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

// Change is one change of a webhook delivery: what happened to the object that
// Entry names.
type Change struct {
	Entry string `json:"entry"` // entry.id: the app for application, the app-scoped person for permissions
	Time  int64  `json:"time"`  // unix seconds
	Field string `json:"field"`
	Value any    `json:"value"`
}

// tell puts a change in the outbox if the app has subscribed to it. key orders
// deliveries: what happens to one key arrives in its order.
func (d *door) tell(app prokura.ID, object, field, entry, key string, value any) error {
	s, err := d.Subscription(app, object)
	if errors.Is(err, prokura.NotFound) || err == nil && !slices.Contains(s.Fields, field) {
		return nil
	}
	if err != nil {
		return err
	}
	if !s.IncludeValues && object == ObjectPermissions {
		value = nil
	}
	payload, err := json.Marshal(Change{Entry: entry, Time: d.now.Unix(), Field: field, Value: value})
	if err != nil {
		return fmt.Errorf("encode change: %w", err)
	}
	return d.send(store.Message{Kind: MessageWebhook, App: app, Subject: object + "/" + key, Object: object, Field: field, Payload: payload})
}

func (d *door) send(m store.Message) error {
	m.ID, m.Created = prokura.ID(rand.Int64N(int64(prokura.MaxID))+1), d.now
	return d.AddMessage(m)
}

// mail puts a mail in the outbox. text names one of the mail texts, values fill
// it in; both are sealed, since an invitation's link is a secret.
func (r *Registry) mail(d *door, to, text string, values map[string]string) error {
	plain, err := json.Marshal(Mail{To: to, Text: text, Values: values})
	if err != nil {
		return fmt.Errorf("encode mail: %w", err)
	}
	sealed, err := r.sealSecret(mailPlace, prokura.Secret(plain))
	if err != nil {
		return fmt.Errorf("seal mail: %w", err)
	}
	return d.send(store.Message{Kind: MessageMail, Subject: "mail/" + hashOf(to)[:16], Field: text, Payload: sealed})
}

const mailPlace = "outbox/mail"

// Mail is a letter to a person: which text, filled in with what. Links in it
// start with the server's base URL, which is added on delivery.
type Mail struct {
	To     string            `json:"to"`
	Text   string            `json:"text"` // "invite_member", "invite_app_role", …
	Values map[string]string `json:"values"`
}
