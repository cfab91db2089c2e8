package apps

import (
	"time"

	"github.com/prokura/prokura/internal/web/kit"
)

// WebhooksPage answers GET /apps/{id}/webhooks: what the app is told of, and
// what was sent last.
//
// Forms: POST /apps/{id}/webhooks/{object}/test (field), POST
// /apps/{id}/webhooks/{object}/remove, and those of [DeliveriesPage].
type WebhooksPage struct {
	kit.Base
	Frame      Frame
	Objects    []WebhookView
	Deliveries []DeliveryRow // the newest
}

func (*WebhooksPage) TemplateName() string { return "apps/webhooks" }

// WebhookView is one object that apps may subscribe to, with the app's
// subscription.
type WebhookView struct {
	Object        string // "application", "permissions", or one of data
	Tells         string // of data: what
	Listed        bool   // assets of it have a list of the apps that are told
	CallbackURL   string // "" without a subscription
	Fields        []string
	IncludeValues bool
	Since         time.Time
}

// WebhookEditPage answers GET and POST /apps/{id}/webhooks/{object}. Fields:
// callback_url, verify_token, fields (repeated), include_values (checkbox, value
// 1; of permissions).
type WebhookEditPage struct {
	kit.Base
	Frame         Frame
	Object        string
	Subscribed    bool
	CallbackURL   string
	Fields        []WebhookFieldView
	IncludeValues bool
}

func (*WebhookEditPage) TemplateName() string { return "apps/webhook_edit" }

// WebhookFieldView is a field to choose.
type WebhookFieldView struct {
	Name    string
	Title   string
	Checked bool
}

// DeliveriesPage answers GET /apps/{id}/webhooks/deliveries: what the app was
// sent in the last days, newest first. after in the query continues behind a
// message, show=undone leaves out what was delivered.
//
// Form: POST /apps/{id}/webhooks/deliveries (message = id to send once more).
type DeliveriesPage struct {
	kit.Base
	Frame  Frame
	Undone bool
	First  bool // the list starts with the newest
	Rows   []DeliveryRow
	Later  string // after of the next part; "" on the last one
}

func (*DeliveriesPage) TemplateName() string { return "apps/deliveries" }

// DeliveryRow is one message to the app.
type DeliveryRow struct {
	ID       string
	App      string
	Kind     string // "webhook", "deauthorize", "data_deletion"
	Name     string // the field, or the callback
	State    string // "delivered", "pending", "waiting", "failed"
	Attempts int
	Status   int // HTTP, of the last answer; 0: none came
	Problem  string
	At       time.Time
	Ended    time.Time // delivered or given up
	Next     time.Time // of the next attempt
	Payload  string    // JSON, indented
}
