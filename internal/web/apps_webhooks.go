package web

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/webhooks"
)

const webhooksPath = appPath + "/webhooks"

var webhookRoutes = []route{
	{pattern: "GET " + webhooksPath, serve: onApp(prokura.ActViewDeliveries, (*request).webhooks)},
	{pattern: "GET " + webhooksPath + "/{object}", serve: onApp(prokura.ActManageSubscriptions, (*request).webhookEditPage)},
	{pattern: "POST " + webhooksPath + "/{object}", serve: (*request).webhookEdit},
	{pattern: "POST " + webhooksPath + "/{object}/remove", serve: (*request).webhookRemove},
	{pattern: "POST " + webhooksPath + "/{object}/test", serve: (*request).webhookTest},
	{pattern: "GET " + webhooksPath + "/deliveries", serve: onApp(prokura.ActViewDeliveries, (*request).deliveries)},
	{pattern: "POST " + webhooksPath + "/deliveries", serve: (*request).redeliver},
}

const (
	deliveriesGlance = 5
	deliveriesShown  = 25
)

func (q *request) webhooks(v *apps.View) error {
	list, err := webhooks.Subscriptions(q.ctx(), q.Registry, q.caller, v.App.ID)
	if err != nil {
		return err
	}
	p := &WebhooksPage{Base: q.base(), Frame: q.frame(v)}
	for _, object := range webhooks.WebhookObjects {
		view := WebhookView{Object: object}
		if i := slices.IndexFunc(list, func(s webhooks.Subscription) bool { return s.Object == object }); i >= 0 {
			s := list[i]
			view.CallbackURL, view.Fields, view.IncludeValues, view.Since = s.CallbackURL, s.Fields, s.IncludeValues, s.Updated.Time()
		}
		p.Objects = append(p.Objects, view)
	}
	messages, err := webhooks.Deliveries(q.ctx(), q.Registry, q.caller, v.App.ID, webhooks.MessageQuery{Limit: deliveriesGlance})
	if err != nil {
		return err
	}
	p.Deliveries = deliveryRows(messages)
	return q.show(p)
}

// object is the object in the path; anything else is a page that does not exist.
func (q *request) object() (string, error) {
	if object := q.r.PathValue("object"); slices.Contains(webhooks.WebhookObjects, object) {
		return object, nil
	}
	return "", errNoPage
}

func (q *request) webhookEditPage(v *apps.View) error {
	object, err := q.object()
	if err != nil {
		return err
	}
	p, err := q.webhookForm(v, object)
	if err != nil {
		return err
	}
	return q.show(p)
}

// webhookForm is the form with the subscription as it is. A new one of the
// application has every field chosen.
func (q *request) webhookForm(v *apps.View, object string) (*WebhookEditPage, error) {
	list, err := webhooks.Subscriptions(q.ctx(), q.Registry, q.caller, v.App.ID)
	if err != nil {
		return nil, err
	}
	p := &WebhookEditPage{Base: q.base(), Frame: q.frame(v), Object: object, IncludeValues: true}
	var chosen []string
	if object == registry.ObjectApplication {
		chosen = webhooks.WebhookFields(q.Registry, object)
	}
	for _, s := range list {
		if s.Object == object {
			p.Subscribed, p.CallbackURL, p.IncludeValues, chosen = true, s.CallbackURL, s.IncludeValues, s.Fields
		}
	}
	q.chooseFields(p, chosen)
	return p, nil
}

func (q *request) chooseFields(p *WebhookEditPage, chosen []string) {
	p.Fields = nil
	for _, name := range webhooks.WebhookFields(q.Registry, p.Object) {
		f := WebhookFieldView{Name: name, Checked: slices.Contains(chosen, name)}
		if info, ok := q.Registry.Catalog().Permission(prokura.Permission(name)); ok {
			f.Title = info.Title
		}
		p.Fields = append(p.Fields, f)
	}
}

func (q *request) webhookEdit() error {
	id, err := q.id("id")
	if err != nil {
		return err
	}
	object, err := q.object()
	if err != nil {
		return err
	}
	s := webhooks.SubscriptionRequest{Object: object, CallbackURL: q.text("callback_url"), Fields: q.fields("fields"),
		VerifyToken: q.secretField("verify_token"), IncludeValues: q.checked("include_values")}
	if err := webhooks.Subscribe(q.ctx(), q.Registry, q.caller, id, s, q.Challenge); err != nil {
		return q.redraw(id, err, func(v *apps.View) (Page, error) {
			p, err := q.webhookForm(v, object)
			if err == nil {
				p.CallbackURL, p.IncludeValues = s.CallbackURL, s.IncludeValues
				q.chooseFields(p, s.Fields)
			}
			return p, err
		})
	}
	return q.saved(id, "/webhooks", NoticeSubscribed)
}

func (q *request) webhookRemove() error {
	id, err := q.id("id")
	if err != nil {
		return err
	}
	object, err := q.object()
	if err != nil {
		return err
	}
	if err := webhooks.Unsubscribe(q.ctx(), q.Registry, q.caller, id, object, nil); err != nil {
		return err
	}
	return q.saved(id, "/webhooks", NoticeUnsubscribed)
}

func (q *request) webhookTest() error {
	id, err := q.id("id")
	if err != nil {
		return err
	}
	object, err := q.object()
	if err != nil {
		return err
	}
	if err := webhooks.SendTest(q.ctx(), q.Registry, q.caller, id, object, q.field("field")); err != nil {
		return err
	}
	return q.saved(id, "/webhooks", NoticeTestSent)
}

func (q *request) deliveries(v *apps.View) error {
	query := q.r.URL.Query()
	p := &DeliveriesPage{Base: q.base(), Frame: q.frame(v), Undone: query.Get("show") == "undone", First: true}
	ask := webhooks.MessageQuery{Undone: p.Undone, Limit: deliveriesShown + 1}
	if text := query.Get("after"); text != "" {
		var err error
		if ask.After, err = prokura.ParseID(text); err != nil {
			return errNoPage
		}
		p.First = false
	}
	list, err := webhooks.Deliveries(q.ctx(), q.Registry, q.caller, v.App.ID, ask)
	if err != nil {
		return err
	}
	if len(list) > deliveriesShown {
		list = list[:deliveriesShown]
		p.Later = list[deliveriesShown-1].ID.String()
	}
	p.Rows = deliveryRows(list)
	return q.show(p)
}

func (q *request) redeliver() error {
	id, err := q.id("id")
	if err != nil {
		return err
	}
	message, err := prokura.ParseID(q.field("message"))
	if err != nil {
		return prokura.Errorf(prokura.InvalidParameter, "The form names no message.").WithField("message")
	}
	if err := webhooks.Redeliver(q.ctx(), q.Registry, q.caller, id, message); err != nil {
		return err
	}
	return q.saved(id, "/webhooks/deliveries", NoticeRedelivered)
}

func deliveryRows(list []webhooks.Message) []DeliveryRow {
	rows := make([]DeliveryRow, 0, len(list))
	for _, m := range list {
		r := DeliveryRow{ID: m.ID.String(), App: m.App.String(), Kind: m.Kind, Name: m.Field, State: m.State, Attempts: int(m.Attempts),
			Status: int(m.Status), Problem: m.Problem, At: m.Created.Time()}
		if r.Name == "" {
			r.Name = m.Kind
		}
		switch m.State {
		case "pending":
			r.Next = m.Due.Time()
		case "delivered", "failed":
			r.Ended = m.Updated.Time()
		}
		r.Payload = payloadText(m)
		rows = append(rows, r)
	}
	return rows
}

// maxPayloadText bounds what a page shows of one message: the news of a large
// grant names thousands of assets.
const maxPayloadText = 8 << 10

// payloadText is what the app's people see of a message: the bytes of a webhook,
// indented, or the beginning of very long ones; of a callback about a person
// what the app learns from it.
func payloadText(m webhooks.Message) string {
	payload := m.Payload
	if m.Kind != registry.MessageWebhook {
		var about struct {
			User string `json:"user_id"`
		}
		if json.Unmarshal(payload, &about) != nil {
			return ""
		}
		payload, _ = json.Marshal(about)
	}
	if len(payload) > maxPayloadText {
		return strings.ToValidUTF8(string(payload[:maxPayloadText]), "") + " …"
	}
	var text bytes.Buffer
	if json.Indent(&text, payload, "", "  ") != nil {
		return ""
	}
	return text.String()
}
