package registry_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/webhooks"
)

// Fields come and go by themselves, and a callback that moved gets what waits.
func TestSubscriptions(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, business := f.apps[0], f.clients[0]
		c := f.appToken(app)
		request := func(url string, fields ...string) webhooks.SubscriptionRequest {
			return webhooks.SubscriptionRequest{Object: registry.ObjectApplication, CallbackURL: url, Fields: fields}
		}
		for name, bad := range map[string]webhooks.SubscriptionRequest{
			"no object":       {CallbackURL: "https://app.example", Fields: []string{registry.FieldInstall}},
			"an unknown one":  {Object: "page", CallbackURL: "https://app.example", Fields: []string{"feed"}},
			"no field":        request("https://app.example"),
			"an unknown one ": request("https://app.example", registry.FieldInstall, "feed"),
			"no address":      request("", registry.FieldInstall),
			"not an address":  request("app.example/hook", registry.FieldInstall),
			"a fragment":      request("https://app.example/#x", registry.FieldInstall),
			"a password":      request("https://u:p@app.example/", registry.FieldInstall),
			"a long token":    {Object: registry.ObjectApplication, CallbackURL: "https://app.example", Fields: []string{registry.FieldInstall}, VerifyToken: prokura.Secret(strings.Repeat("x", 501))},
		} {
			if err := webhooks.Subscribe(f.ctx, f.Registry, c, app, bad, yes); !errors.Is(err, prokura.InvalidParameter) {
				t.Errorf("%s: %v", name, err)
			}
		}
		good := request("https://app.example/1", registry.FieldUninstall, registry.FieldInstall)
		if err := webhooks.Subscribe(f.ctx, f.Registry, c, app, good, nil); !errors.Is(err, prokura.CallbackRefused) {
			t.Errorf("without anybody to ask: %v", err)
		}
		// Who may not subscribe makes nobody be asked.
		for name, c := range map[string]registry.Caller{"another app": f.appToken(f.apps[1]), "a client's person": f.session(f.people[0]), "nobody": registry.Nobody("t")} {
			asked := false
			err := webhooks.Subscribe(f.ctx, f.Registry, c, app, good, func(context.Context, prokura.ID, string, prokura.Secret) error { asked = true; return nil })
			if err == nil || asked {
				t.Errorf("%s: %v, asked %v", name, err, asked)
			}
			if err := webhooks.Unsubscribe(f.ctx, f.Registry, c, app, "", nil); err == nil {
				t.Errorf("%s ended the subscriptions", name)
			}
		}
		if err := webhooks.Subscribe(f.ctx, f.Registry, f.session(f.people[three]), app, good, yes); err != nil {
			t.Fatal(err)
		}
		f.consent(f.systems[app], f.people[0], business, f.assetsOf(business))
		if err := grants.RemoveConnectedApp(f.ctx, f.Registry, f.session(f.people[0]), business, app); err != nil {
			t.Fatal(err)
		}
		if got := f.outboxOf(app); len(got) != 2 {
			t.Fatalf("the outbox has %v", got)
		}
		if err := webhooks.Unsubscribe(f.ctx, f.Registry, c, app, registry.ObjectApplication, []string{registry.FieldInstall}); err != nil {
			t.Fatal(err)
		}
		if err := webhooks.Subscribe(f.ctx, f.Registry, c, app, request("https://app.example/2", registry.FieldUninstall, registry.FieldUpdate), yes); err != nil {
			t.Fatal(err)
		}
		list := slices.DeleteFunc(f.due(), func(d *webhooks.Delivery) bool { return d.Kind == registry.MessageMail })
		if len(list) != 1 || list[0].URL != "https://app.example/2" || !strings.Contains(string(list[0].Body), registry.FieldUninstall) || list[0].Secret != f.secrets[app] {
			t.Errorf("after the callback moved: %d due", len(list))
		}
		subs, err := webhooks.Subscriptions(f.ctx, f.Registry, c, app)
		if err != nil || len(subs) != 1 || !slices.Equal(subs[0].Fields, []string{registry.FieldUpdate, registry.FieldUninstall}) {
			t.Errorf("subscriptions: %+v, %v", subs, err)
		}
		for _, bad := range [][]string{{"feed"}, {registry.FieldInstall, "feed"}} {
			if err := webhooks.Unsubscribe(f.ctx, f.Registry, c, app, registry.ObjectApplication, bad); !errors.Is(err, prokura.InvalidParameter) {
				t.Errorf("fields %v: %v", bad, err)
			}
		}
		if err := webhooks.Unsubscribe(f.ctx, f.Registry, c, app, "", []string{registry.FieldUpdate}); !errors.Is(err, prokura.InvalidParameter) {
			t.Errorf("fields of nothing: %v", err)
		}
		if err := webhooks.Unsubscribe(f.ctx, f.Registry, c, app, registry.ObjectApplication, []string{registry.FieldUpdate, registry.FieldUninstall}); err != nil {
			t.Fatal(err)
		}
		if subs, err := webhooks.Subscriptions(f.ctx, f.Registry, c, app); err != nil || len(subs) != 0 {
			t.Errorf("without fields: %+v, %v", subs, err)
		}
	})
}
