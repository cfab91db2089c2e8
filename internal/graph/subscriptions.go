package graph

import (
	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry/webhooks"
)

var subscriptionParams = []wire.Param{
	{Name: "object", Type: "string", About: "application or permissions."},
	{Name: "callback_url", Type: "string", About: "Where to send what happens; it is asked first."},
	{Name: "fields", Type: "list", About: "Fields of the object; they replace those of before."},
	{Name: "verify_token", Type: "string", About: "Handed to the callback URL when it is asked."},
	{Name: "include_values", Type: "boolean", About: "permissions: send the new state, not only the field's name."},
}

// subscriptionEdges are the calls about webhooks of an app.
func (g *graph) subscriptionEdges() []wire.Edge {
	on := []wire.Kind{app}
	return []wire.Edge{
		{On: on, Name: "subscriptions", Method: "GET", Terms: read, Act: prokura.ActManageSubscriptions, About: "Where the app is told of what.", Serve: g.subscriptions},
		{On: on, Name: "subscriptions", Method: "POST", Terms: write, Act: prokura.ActManageSubscriptions, About: "Subscribes the app to an object, once the callback URL has confirmed.", Params: subscriptionParams, Serve: g.subscribe},
		{On: on, Name: "subscriptions", Method: "DELETE", Terms: write, Act: prokura.ActManageSubscriptions, About: "Ends the subscription to some fields, to an object, or to everything.",
			Params: []wire.Param{subscriptionParams[0], {Name: "fields", Type: "list", About: "Only these fields."}}, Serve: g.unsubscribe},
	}
}

// subscriptions serves GET {app}/subscriptions.
func (g *graph) subscriptions(c *wire.Call, w *wire.Writer) error {
	caller, err := ownApp(c)
	if err != nil {
		return err
	}
	list, err := webhooks.Subscriptions(c.Context, g.registry, caller, c.ID)
	if err != nil {
		return err
	}
	return wire.PutList(c, w, wire.Page{Summary: c.Params.Summary()}, wire.List[webhooks.Subscription]{Items: list, Total: len(list)},
		subscriptionShape(c.Version).Put)
}

// subscriptionShape is the shape of a subscription at a version of the API,
// which stands beside every field.
func subscriptionShape(v prokura.Version) *wire.Shape[webhooks.Subscription] {
	return &wire.Shape[webhooks.Subscription]{Type: "ApplicationSubscription", Attrs: []wire.Attr[webhooks.Subscription]{
		{Name: "object", Default: true, Put: func(w *wire.Writer, s webhooks.Subscription) { w.String(s.Object) }},
		{Name: "callback_url", Default: true, Put: func(w *wire.Writer, s webhooks.Subscription) { w.String(s.CallbackURL) }},
		{Name: "active", Default: true, Put: func(w *wire.Writer, _ webhooks.Subscription) { w.Bool(true) }},
		{Name: "fields", Default: true, Put: func(w *wire.Writer, s webhooks.Subscription) {
			w.Open('[')
			for _, f := range s.Fields {
				w.Open('{')
				w.Key("name").String(f)
				w.Key("version").String(v.String())
				w.Close('}')
			}
			w.Close(']')
		}},
	}}
}

// subscribe serves POST {app}/subscriptions.
func (g *graph) subscribe(c *wire.Call, w *wire.Writer) error {
	caller, err := ownApp(c)
	if err != nil {
		return err
	}
	q := webhooks.SubscriptionRequest{Object: c.Params.Text("object"), CallbackURL: c.Params.Text("callback_url"), VerifyToken: c.Params.Secret("verify_token")}
	if q.Fields, err = c.Params.Strings("fields"); err != nil {
		return err
	}
	if q.IncludeValues, err = c.Params.Bool("include_values"); err != nil {
		return err
	}
	if err := webhooks.Subscribe(c.Context, g.registry, caller, c.ID, q, g.challenge); err != nil {
		return err
	}
	w.Success()
	return nil
}

// unsubscribe serves DELETE {app}/subscriptions.
func (g *graph) unsubscribe(c *wire.Call, w *wire.Writer) error {
	caller, err := ownApp(c)
	if err != nil {
		return err
	}
	fields, err := c.Params.Strings("fields")
	if err != nil {
		return err
	}
	if fields != nil && len(fields) == 0 { // no fields to drop are not all of them
		return prokura.Errorf(prokura.InvalidParameter, "fields is empty.").WithField("fields")
	}
	if err := webhooks.Unsubscribe(c.Context, g.registry, caller, c.ID, c.Params.Text("object"), fields); err != nil {
		return err
	}
	w.Success()
	return nil
}
