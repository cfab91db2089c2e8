// Package webhooks holds apps' subscriptions and the outbox as those see it who
// send: which message is due, what became of it, and what its owner may look at.
//
// It sends nothing; what apps are told of is written by the door, in the
// transaction of the act.
package webhooks

import (
	"context"
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Subscription says where an app is told of what happens to one object.
type Subscription = store.Subscription

// SubscriptionRequest is what subscribing asks for.
type SubscriptionRequest struct {
	Object        string
	CallbackURL   string
	Fields        []string
	VerifyToken   prokura.Secret // handed back to the callback, so that it knows who asks
	IncludeValues bool           // permissions: tell the new state, not only the field's name
}

// WebhookObjects are the objects that apps may subscribe to.
func WebhookObjects(r *registry.Registry) []string {
	return append([]string{registry.ObjectApplication, registry.ObjectPermissions}, r.Catalog().WebhookObjects()...)
}

// WebhookFields are the fields of an object; nil: there is no such object.
func WebhookFields(r *registry.Registry, object string) []string {
	switch object {
	case registry.ObjectApplication:
		return []string{registry.FieldInstall, registry.FieldUpdate, registry.FieldUninstall, registry.FieldReview, registry.FieldExpiring, registry.FieldEnded}
	case registry.ObjectPermissions:
		var out []string
		for _, p := range r.Catalog().Permissions {
			if len(p.ExpandsTo) == 0 {
				out = append(out, string(p.Name))
			}
		}
		return out
	}
	return r.Catalog().WebhookFields(object, "")
}

// Subscriptions lists where an app is told of what.
func Subscriptions(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID) ([]Subscription, error) {
	return registry.View(ctx, r, func(tx *store.View) ([]Subscription, error) {
		if err := readOfApp(r, tx, c, prokura.ActManageSubscriptions, app); err != nil {
			return nil, err
		}
		return tx.Subscriptions(app)
	})
}

// readOfApp is the read door of what an app's people do.
func readOfApp(r *registry.Registry, tx *store.View, c registry.Caller, a prokura.Act, app prokura.ID) error {
	s, err := registry.AppSubject(tx, c.Facts, app)
	if err != nil {
		return err
	}
	return r.MayRead(c, a, s)
}

// Subscribe makes or replaces an app's subscription to an object, once the
// callback has answered the challenge. That is asked before the transaction,
// for a caller who may subscribe: nobody else makes this server call anybody.
func Subscribe(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, q SubscriptionRequest, ask registry.Challenge) error {
	if err := checkSubscription(r, q); err != nil {
		return err
	}
	if _, err := Subscriptions(ctx, r, c, app); err != nil {
		return err
	}
	if ask == nil {
		return prokura.Errorf(prokura.CallbackRefused, "This server calls nobody.").WithField("callback_url")
	}
	if err := ask(ctx, app, q.CallbackURL, q.VerifyToken); err != nil {
		return err
	}
	return r.Act(ctx, c, prokura.ActManageSubscriptions, registry.OnApp(app), func(d *registry.Door) error {
		before, err := d.Subscriptions(app)
		if err != nil {
			return err
		}
		s := Subscription{App: app, Object: q.Object, CallbackURL: q.CallbackURL, Fields: inOrder(r, q), IncludeValues: q.IncludeValues,
			Created: d.Now, Updated: d.Now}
		var old any
		for _, b := range before {
			if b.Object != q.Object {
				continue
			}
			old = subscriptionNote(b)
			for _, f := range registry.Except(b.Fields, s.Fields) {
				if err := d.DropMessages(app, q.Object, f, ProblemUnsubscribed, d.Now); err != nil {
					return err
				}
			}
		}
		d.Entry.Subject = app
		d.Note(old, subscriptionNote(s))
		return d.SetSubscription(s)
	})
}

// ProblemUnsubscribed is what the delivery log says of messages that were dropped so.
const ProblemUnsubscribed = "The app has unsubscribed."

// subscriptionNote is what the journal keeps of a subscription.
func subscriptionNote(s Subscription) any {
	return map[string]any{"object": s.Object, "callback_url": s.CallbackURL, "fields": s.Fields, "include_values": s.IncludeValues}
}

// inOrder are the fields asked for, in the order of the object, each once.
func inOrder(r *registry.Registry, q SubscriptionRequest) []string {
	return slices.DeleteFunc(WebhookFields(r, q.Object), func(f string) bool { return !slices.Contains(q.Fields, f) })
}

const maxVerifyToken = 500

func checkSubscription(r *registry.Registry, q SubscriptionRequest) error {
	known := WebhookFields(r, q.Object)
	if known == nil {
		return prokura.Errorf(prokura.InvalidParameter, "object must be one of %s.", strings.Join(WebhookObjects(r), ", ")).WithField("object")
	}
	if len(q.Fields) == 0 {
		return prokura.Errorf(prokura.InvalidParameter, "Choose at least one field of %s.", q.Object).WithField("fields")
	}
	for _, f := range q.Fields {
		if !slices.Contains(known, f) {
			return prokura.Errorf(prokura.InvalidParameter, "%s has no field %s.", q.Object, registry.Clip(f, 60)).WithField("fields")
		}
	}
	if len(q.VerifyToken) > maxVerifyToken {
		return prokura.Errorf(prokura.InvalidParameter, "A verify token has at most %d bytes.", maxVerifyToken).WithField("verify_token")
	}
	return prokura.CheckCallbackURL(q.CallbackURL, r.Dev())
}

// Unsubscribe ends an app's subscription to some fields of an object, to all of
// them (fields is empty), or to everything (object is empty too). What was not
// delivered yet is not delivered any more (I-24).
func Unsubscribe(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, object string, fields []string) error {
	return r.Act(ctx, c, prokura.ActManageSubscriptions, registry.OnApp(app), func(d *registry.Door) error {
		if object == "" && len(fields) > 0 {
			return prokura.Errorf(prokura.InvalidParameter, "fields needs the object that they belong to.").WithField("object")
		}
		if known := WebhookFields(r, object); object != "" && known == nil {
			return prokura.Errorf(prokura.InvalidParameter, "object must be one of %s.", strings.Join(WebhookObjects(r), ", ")).WithField("object")
		} else if unknown := registry.Except(fields, known); len(unknown) > 0 {
			return prokura.Errorf(prokura.InvalidParameter, "%s has no field %s.", object, registry.Clip(unknown[0], 60)).WithField("fields")
		}
		list, err := d.Subscriptions(app)
		if err != nil {
			return err
		}
		d.Entry.Subject = app
		var before, after []any
		for _, s := range list {
			if object != "" && s.Object != object {
				continue
			}
			before = append(before, subscriptionNote(s))
			rest := registry.Except(s.Fields, fields)
			if len(fields) == 0 || len(rest) == 0 {
				if err := endSubscription(d, s); err != nil {
					return err
				}
				continue
			}
			for _, f := range registry.Except(s.Fields, rest) {
				if err := d.DropMessages(app, s.Object, f, ProblemUnsubscribed, d.Now); err != nil {
					return err
				}
			}
			s.Fields, s.Updated = rest, d.Now
			if err := d.SetSubscription(s); err != nil {
				return err
			}
			after = append(after, subscriptionNote(s))
		}
		d.Note(before, after)
		return nil
	})
}

func endSubscription(d *registry.Door, s Subscription) error {
	if err := d.RemoveSubscription(s.App, s.Object); err != nil {
		return err
	}
	return d.DropMessages(s.App, s.Object, "", ProblemUnsubscribed, d.Now)
}

// SendTest puts a made-up change of a subscribed field in the outbox, to show
// the receiver's people what arrives.
func SendTest(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, object, field string) error {
	return r.Act(ctx, c, prokura.ActRedeliver, registry.OnApp(app), func(d *registry.Door) error {
		s, err := d.Subscription(app, object)
		if err != nil {
			return registry.HideMissing(err)
		}
		if !slices.Contains(s.Fields, field) {
			return prokura.Errorf(prokura.InvalidParameter, "The app has not subscribed to %s.", registry.Clip(field, 60)).WithField("field")
		}
		messaging := false
		entry, value := "0", any(registry.PermissionChange{Verb: "granted", Targets: []string{"0"}})
		if object == registry.ObjectApplication {
			entry, value = app.String(), testChange(field)
		} else if v, listed := testData(r, object, field); v != nil {
			value, messaging = v, listed
		}
		d.Entry.Subject = app
		d.Note(nil, map[string]string{"object": object, "field": field})
		return d.DeliverData(s, field, entry, store.Message{Subject: "test", Messaging: messaging}, value)
	})
}

func testChange(field string) registry.IntegrationChange {
	v := registry.IntegrationChange{Business: "0"}
	switch field {
	case registry.FieldInstall:
		v.Configuration = "0"
	case registry.FieldUpdate:
		v.Configuration = "0"
		v.AddedAssets, v.RemovedAssets = []registry.ChangedAsset{{ID: "0", Kind: prokura.KindPage}}, []registry.ChangedAsset{{ID: "1", Kind: prokura.KindAdAccount}}
		v.Added = []prokura.Permission{"ads_read"}
	}
	return v
}
