package apps

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/webhooks"
	"github.com/prokura/prokura/internal/web/kit"
)

const webhooksPath = appPath + "/webhooks"

var webhookRoutes = []kit.Route{
	{Pattern: "GET " + webhooksPath, Serve: OnApp(prokura.ActViewDeliveries, showWebhooks)},
	{Pattern: "GET " + webhooksPath + "/{object}", Serve: OnApp(prokura.ActManageSubscriptions, webhookEditPage)},
	{Pattern: "POST " + webhooksPath + "/{object}", Serve: webhookEdit},
	{Pattern: "POST " + webhooksPath + "/{object}/remove", Serve: webhookRemove},
	{Pattern: "POST " + webhooksPath + "/{object}/test", Serve: webhookTest},
	{Pattern: "GET " + webhooksPath + "/deliveries", Serve: OnApp(prokura.ActViewDeliveries, listDeliveries)},
	{Pattern: "POST " + webhooksPath + "/deliveries", Serve: redeliver},
}

const (
	deliveriesGlance = 5
	deliveriesShown  = 25
)

func showWebhooks(q *kit.Request, v *apps.View) error {
	list, err := webhooks.Subscriptions(q.Context(), q.Registry, q.Caller, v.App.ID)
	if err != nil {
		return err
	}
	p := &WebhooksPage{Base: q.Base(), Frame: FrameOf(q, v)}
	for _, object := range webhooks.WebhookObjects(q.Registry) {
		view := WebhookView{Object: object, Tells: dataOf(q, object, ""), Listed: slices.ContainsFunc(q.Registry.Catalog().Resources, func(t prokura.ResourceType) bool {
			return t.Webhook != nil && t.Webhook.Object == object && prokura.AppLists[t.Asset] != nil
		})}
		if i := slices.IndexFunc(list, func(s webhooks.Subscription) bool { return s.Object == object }); i >= 0 {
			s := list[i]
			view.CallbackURL, view.Fields, view.IncludeValues, view.Since = s.CallbackURL, s.Fields, s.IncludeValues, s.Updated.Time()
		}
		p.Objects = append(p.Objects, view)
	}
	messages, err := webhooks.Deliveries(q.Context(), q.Registry, q.Caller, v.App.ID, webhooks.MessageQuery{Limit: deliveriesGlance})
	if err != nil {
		return err
	}
	p.Deliveries = deliveryRows(messages)
	return q.Show(p)
}

// objectInPath is the object in the path; anything else is a page that does not exist.
func objectInPath(q *kit.Request) (string, error) {
	if object := q.R.PathValue("object"); slices.Contains(webhooks.WebhookObjects(q.Registry), object) {
		return object, nil
	}
	return "", kit.ErrNoPage
}

func webhookEditPage(q *kit.Request, v *apps.View) error {
	object, err := objectInPath(q)
	if err != nil {
		return err
	}
	p, err := webhookForm(q, v, object)
	if err != nil {
		return err
	}
	return q.Show(p)
}

// webhookForm is the form with the subscription as it is. A new one of the
// application has every field chosen.
func webhookForm(q *kit.Request, v *apps.View, object string) (*WebhookEditPage, error) {
	list, err := webhooks.Subscriptions(q.Context(), q.Registry, q.Caller, v.App.ID)
	if err != nil {
		return nil, err
	}
	p := &WebhookEditPage{Base: q.Base(), Frame: FrameOf(q, v), Object: object, IncludeValues: true}
	var chosen []string
	if object == registry.ObjectApplication {
		chosen = webhooks.WebhookFields(q.Registry, object)
	}
	for _, s := range list {
		if s.Object == object {
			p.Subscribed, p.CallbackURL, p.IncludeValues, chosen = true, s.CallbackURL, s.IncludeValues, s.Fields
		}
	}
	chooseFields(q, p, chosen)
	return p, nil
}

// applicationFields are the words about fields of the application object.
var applicationFields = map[string]string{registry.FieldInstall: "hooks.field.install", registry.FieldUpdate: "hooks.field.update", registry.FieldUninstall: "hooks.field.uninstall",
	registry.FieldReview: "hooks.field.review", registry.FieldExpiring: "hooks.field.expiring", registry.FieldEnded: "hooks.field.ended"}

// dataOf names the data of which an object, or one field of it, tells.
func dataOf(q *kit.Request, object, field string) string {
	var list []string
	for _, t := range q.Registry.Catalog().Resources {
		if h := t.Webhook; h != nil && h.Object == object && (field == "" || h.Field == field) {
			list = append(list, t.Plural)
		}
	}
	return strings.Join(list, ", ")
}

func chooseFields(q *kit.Request, p *WebhookEditPage, chosen []string) {
	p.Fields = nil
	for _, name := range webhooks.WebhookFields(q.Registry, p.Object) {
		f := WebhookFieldView{Name: name, Checked: slices.Contains(chosen, name)}
		if info, ok := q.Registry.Catalog().Permission(prokura.Permission(name)); ok {
			f.Title = info.Title
		} else if f.Title = applicationFields[name]; p.Object != registry.ObjectApplication {
			f.Title = dataOf(q, p.Object, name)
		}
		p.Fields = append(p.Fields, f)
	}
}

func webhookEdit(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	object, err := objectInPath(q)
	if err != nil {
		return err
	}
	s := webhooks.SubscriptionRequest{Object: object, CallbackURL: q.Text("callback_url"), Fields: q.Fields("fields"),
		VerifyToken: q.SecretField("verify_token"), IncludeValues: q.Checked("include_values")}
	if err := webhooks.Subscribe(q.Context(), q.Registry, q.Caller, id, s, q.Challenge); err != nil {
		return redraw(q, id, err, func(v *apps.View) (kit.Page, error) {
			p, err := webhookForm(q, v, object)
			if err == nil {
				p.CallbackURL, p.IncludeValues = s.CallbackURL, s.IncludeValues
				chooseFields(q, p, s.Fields)
			}
			return p, err
		})
	}
	return saved(q, id, "/webhooks", NoticeSubscribed)
}

func webhookRemove(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	object, err := objectInPath(q)
	if err != nil {
		return err
	}
	if err := webhooks.Unsubscribe(q.Context(), q.Registry, q.Caller, id, object, nil); err != nil {
		return err
	}
	return saved(q, id, "/webhooks", NoticeUnsubscribed)
}

func webhookTest(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	object, err := objectInPath(q)
	if err != nil {
		return err
	}
	if err := webhooks.SendTest(q.Context(), q.Registry, q.Caller, id, object, q.Field("field")); err != nil {
		return err
	}
	return saved(q, id, "/webhooks", NoticeTestSent)
}

func listDeliveries(q *kit.Request, v *apps.View) error {
	query := q.R.URL.Query()
	p := &DeliveriesPage{Base: q.Base(), Frame: FrameOf(q, v), Undone: query.Get("show") == "undone", First: true}
	ask := webhooks.MessageQuery{Undone: p.Undone, Limit: deliveriesShown + 1}
	if text := query.Get("after"); text != "" {
		var err error
		if ask.After, err = prokura.ParseID(text); err != nil {
			return kit.ErrNoPage
		}
		p.First = false
	}
	list, err := webhooks.Deliveries(q.Context(), q.Registry, q.Caller, v.App.ID, ask)
	if err != nil {
		return err
	}
	if len(list) > deliveriesShown {
		list = list[:deliveriesShown]
		p.Later = list[deliveriesShown-1].ID.String()
	}
	p.Rows = deliveryRows(list)
	return q.Show(p)
}

func redeliver(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	message, err := prokura.ParseID(q.Field("message"))
	if err != nil {
		return prokura.Errorf(prokura.InvalidParameter, "The form names no message.").WithField("message")
	}
	if err := webhooks.Redeliver(q.Context(), q.Registry, q.Caller, id, message); err != nil {
		return err
	}
	return saved(q, id, "/webhooks/deliveries", NoticeRedelivered)
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
