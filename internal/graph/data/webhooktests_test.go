//go:build !race

package data_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/registry/webhooks"
	"github.com/prokura/prokura/internal/store"
)

// session is a person who is logged in to the pages.
func (w *fixture) session(key, email string) registry.Caller {
	w.t.Helper()
	secret, err := people.SignIn(w.t.Context(), w.registry, email, password, people.Client{Address: "192.0.2.9"})
	if err != nil {
		w.t.Fatalf("%s: %v", key, err)
	}
	c, err := people.Authenticate(w.t.Context(), w.registry, secret, "trace")
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// A test of any field of which data is told goes out with all that its declaration tells,
// each of the type that a true one has, though nobody reaches an asset; only the app's
// people send one, of what the app subscribed to.
func TestSendTestOfData(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe("app")
	tess := w.session("tess", "tess@agency.example")
	app := w.id["app"]
	send := func(c registry.Caller, app prokura.ID, object, field string) error {
		return webhooks.SendTest(t.Context(), w.registry, c, app, object, field)
	}
	seen := map[[2]string]bool{}
	for i := range w.catalog.Resources {
		typ := &w.catalog.Resources[i]
		h := typ.Webhook
		if h == nil || seen[[2]string{h.Object, h.Field}] {
			continue
		}
		seen[[2]string{h.Object, h.Field}] = true
		before := len(w.outbox("app"))
		if err := send(tess, app, h.Object, h.Field); err != nil {
			t.Errorf("%s/%s: %v", h.Object, h.Field, err)
			continue
		}
		list := w.outbox("app")
		i := slices.IndexFunc(list, func(m store.Message) bool { return m.Object == h.Object && m.Field == h.Field })
		if i < 0 {
			t.Fatalf("%s/%s: no message", h.Object, h.Field)
		}
		m := list[i]
		if len(list) != before+1 || m.Object != h.Object || m.Field != h.Field || m.Asset != 0 {
			t.Fatalf("%s/%s: %d messages, the last one %+v", h.Object, h.Field, len(list)-before, m)
		}
		if h.Messaging { // its form has a test of its own
			continue
		}
		entry, value := w.told(m)
		if entry != "0" {
			t.Errorf("%s/%s: the entry is %s", h.Object, h.Field, entry)
		}
		for _, v := range h.Value {
			want := "string"
			if f, own := typ.Field(v.Field); own && v.Of == "" && v.As == "" {
				want = map[prokura.FieldType]string{prokura.FieldInteger: "float64", prokura.FieldDecimal: "float64", prokura.FieldTime: "float64", prokura.FieldBool: "bool",
					prokura.FieldList: "[]interface {}", prokura.FieldObject: "map[string]interface {}"}[f.Type]
				if want == "" {
					want = "string"
				}
			} else if v.As != "text" && (v.From == prokura.ToldCreated || v.From == prokura.ToldUpdated) {
				want = "float64"
			}
			if got := fmt.Sprintf("%T", dig(value, v.Key)); got != want {
				t.Errorf("%s/%s: %s is a %s, want a %s: %s", h.Object, h.Field, v.Key, got, want, m.Payload)
			}
		}
		d, err := webhooks.Claim(t.Context(), w.registry, m.ID)
		if err != nil || d == nil || d.URL != "https://app.example/hook" || d.Secret != appSecret || string(d.Body) != string(m.Payload) {
			t.Fatalf("%s/%s: it goes out as %+v, %v", h.Object, h.Field, d, err)
		}
		if err := webhooks.Finish(t.Context(), w.registry, d, webhooks.Outcome{Delivered: true, Status: 200}); err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) < 8 {
		t.Errorf("%d fields were tried alone", len(seen))
	}
	before := len(w.outbox("app"))
	var e *prokura.Error
	if err := send(tess, app, "page", "name"); !errors.As(err, &e) || e.Reason != prokura.InvalidParameter || e.Field != "field" {
		t.Errorf("a field that there is not: %v", err)
	}
	if err := send(tess, w.id["low"], "page", "feed"); !errors.Is(err, prokura.NotFound) {
		t.Errorf("an app that subscribed to nothing: %v", err)
	}
	if err := send(w.session("ada", "ada@shop.example"), app, "page", "feed"); err == nil {
		t.Error("somebody without a role on the app sends a test")
	}
	if got := len(w.outbox("app")); got != before {
		t.Errorf("what was refused left %d messages", got-before)
	}
}
