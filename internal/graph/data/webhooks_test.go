//go:build !race

package data_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/webhooks"
	"github.com/prokura/prokura/internal/store"
)

// appToken is the token of an app itself.
func (w *fixture) appToken(app string) string { return w.id[app].String() + "|" + appSecret.Reveal() }

// subscribe has an app told of all fields of all objects that tell of data.
func (w *fixture) subscribe(app string) {
	w.t.Helper()
	for _, object := range w.catalog.WebhookObjects() {
		w.ok(w.call("POST", "/"+w.id[app].String()+"/subscriptions", "access_token", w.appToken(app), "object", object, "callback_url", "https://app.example/hook",
			"verify_token", "x", "fields", strings.Join(w.catalog.WebhookFields(object, ""), ",")))
	}
}

// list puts an app on the list of the first asset of a kind, if that has one.
func (w *fixture) list(kind prokura.AssetKind, token string) {
	w.t.Helper()
	if prokura.AppLists[kind] == nil {
		return
	}
	w.ok(w.call("POST", w.apps(kind), "access_token", token, "subscribed_fields", strings.Join(w.catalog.WebhookFields("", kind), ",")))
}

func (w *fixture) apps(kind prokura.AssetKind) string {
	k, _ := w.catalog.Kind(kind)
	return "/" + k.Prefix + w.id[string(kind)+"_one"].String() + "/subscribed_apps"
}

// outbox are an app's messages, the oldest first.
func (w *fixture) outbox(app string) []store.Message {
	w.t.Helper()
	list, err := registry.View(w.t.Context(), w.registry, func(tx *store.View) ([]store.Message, error) {
		return tx.Messages(w.id[app], store.MessageQuery{Limit: 500})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	list = slices.DeleteFunc(list, func(m store.Message) bool { return m.Object == registry.ObjectApplication })
	slices.SortStableFunc(list, func(a, b store.Message) int { return int(a.Place - b.Place) })
	return list
}

// change is what a message tells.
func (w *fixture) told(m store.Message) (entry string, value map[string]any) {
	w.t.Helper()
	var body struct {
		Entry []struct {
			ID      string
			Changes []struct{ Value map[string]any }
		}
	}
	if err := json.Unmarshal(m.Payload, &body); err != nil || len(body.Entry) != 1 || len(body.Entry[0].Changes) != 1 {
		w.t.Fatalf("%s: %v", m.Payload, err)
	}
	return body.Entry[0].ID, body.Entry[0].Changes[0].Value
}

// Whatever its declaration tells of is told, once for each change, to an app that
// subscribed, is on the asset's list and may read it; not to one that came to other
// assets, and not to one on the list without the permission.
func TestDataIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var one, two []prokura.ID
	for _, k := range w.catalog.Kinds {
		one, two = append(one, w.id[string(k.Kind)+"_one"]), append(two, w.id[string(k.Kind)+"_two"])
	}
	token := w.consent("app_system", "ada", "shop", one...)
	w.subscribe("app")
	w.subscribe("low")
	w.consent("low_system", "ada", "shop", two...)
	few := w.consent("low_few", "ada", "shop", w.id["page_one"])
	w.list(prokura.KindPage, few) // which it may: what it may not is read
	all := caller{name: "all", token: token, level: prokura.LevelStandard}
	tried := 0
	for i := range w.catalog.Resources {
		typ := &w.catalog.Resources[i]
		h := typ.Webhook
		if h == nil || typ.Write == nil {
			continue
		}
		row := w.rows(string(typ.Asset)+"_one", typ.Kind)[0]
		before := len(w.outbox("app"))
		act := func(change prokura.Change) string {
			switch change {
			case prokura.Created:
				for _, e := range typ.Edges {
					if on := w.on(typ, e, row); e.Create && on != "" {
						return w.madeID(typ, w.ok(w.call("POST", on+"/"+e.Name, append([]string{"access_token", all.token}, w.given(typ, row, e)...)...)))
					}
				}
			case prokura.Updated:
				w.ok(w.call("POST", "/"+row.ID.String(), append([]string{"access_token", all.token}, w.change(typ, row)...)...))
			case prokura.Deleted:
				w.ok(w.call("DELETE", "/"+row.ID.String(), "access_token", all.token))
			}
			return row.ID.String()
		}
		if prokura.AppLists[typ.Asset] != nil {
			w.ok(w.call("DELETE", w.apps(typ.Asset), "access_token", token))
			act(prokura.Updated)
			if got := len(w.outbox("app")); got != before {
				t.Fatalf("%s: told of what it is not on the list for", typ.Kind)
			}
			w.list(typ.Asset, token)
		}
		for _, change := range prokura.Changes {
			id := act(change)
			if id == "" {
				t.Fatalf("%s: nobody makes one", typ.Kind)
			}
			list := w.outbox("app")
			if !slices.Contains(h.On, change) {
				if len(list) != before {
					t.Errorf("%s: %s is told of", typ.Kind, change)
				}
				continue
			}
			before += max(1, len(h.Steps))
			if len(list) != before {
				t.Fatalf("%s: %s: %d messages, want %d", typ.Kind, change, len(list), before)
			}
			m := newest(list, typ.Kind)
			entry, value := w.told(m)
			if m.Object != h.Object || m.Field != h.Field || entry != row.Asset.String() || m.Asset != row.Asset {
				t.Errorf("%s: %s: %s of %s", typ.Kind, change, m.Payload, m.Asset)
			}
			tried++
			for _, v := range h.Value {
				got := dig(value, v.Key)
				switch {
				case v.From == prokura.ToldID && got != id && !strings.HasSuffix(fmt.Sprint(got), "_"+id), v.From == prokura.ToldVerb && got != h.Verb(change),
					v.Text != "" && got != v.Text, v.From == prokura.ToldAsset && got != row.Asset.String(), v.From == prokura.ToldParent && got == nil:
					t.Errorf("%s: %s: %s is %v: %s", typ.Kind, change, v.Key, got, m.Payload)
				}
			}
		}
	}
	if tried < 15 {
		t.Errorf("%d changes were tried alone", tried)
	}
	if got := w.outbox("low"); len(got) != 0 {
		t.Errorf("an app that may read nothing of it was told: %s", got[0].Payload)
	}
}

// newest is the message about a kind of data that stands last in its queue.
func newest(list []store.Message, kind prokura.ResourceKind) (out store.Message) {
	for _, m := range list {
		if m.Data == kind && m.Place > out.Place {
			out = m
		}
	}
	return out
}

// dig is what stands under a key with points.
func dig(v map[string]any, key string) any {
	for {
		outer, inner, dotted := strings.Cut(key, ".")
		if !dotted {
			return v[outer]
		}
		if name, listed := strings.CutSuffix(outer, "[]"); listed {
			if list, _ := v[name].([]any); len(list) == 1 {
				v, _ = list[0].(map[string]any)
			}
		} else {
			v, _ = v[outer].(map[string]any)
		}
		key = inner
	}
}

// Between a change and its delivery an app may lose what it takes: what it may not read
// any more, and what it is off the list for, is not sent, and the log says so (I-24).
func TestDataIsToldOnlyAsLongAsItMayBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.consent("app_system", "ada", "shop", w.id["page_one"], w.id["product_catalog_one"])
	w.subscribe("app")
	w.list(prokura.KindPage, token)
	post := func() prokura.ID {
		w.ok(w.call("POST", "/"+w.id["page_one"].String()+"/feed", "access_token", token, "message", "Hello"))
		list := w.outbox("app")
		return newest(list, "page_post").ID
	}
	claim := func(id prokura.ID, want string) {
		t.Helper()
		d, err := webhooks.Claim(t.Context(), w.registry, id)
		if err != nil {
			t.Fatal(err)
		}
		if (d != nil) != (want == "") {
			t.Errorf("claimed: %v, want %q", d != nil, want)
		}
		if d != nil {
			if err := webhooks.Finish(t.Context(), w.registry, d, webhooks.Outcome{Delivered: true}); err != nil {
				t.Fatal(err)
			}
		}
		for _, m := range w.outbox("app") {
			if m.ID == id && (m.Problem != want || m.State == store.MessagePending) {
				t.Errorf("%s: %q, want %q", m.State, m.Problem, want)
			}
		}
	}
	claim(post(), "")

	off := post()
	w.ok(w.call("DELETE", w.apps(prokura.KindPage), "access_token", token))
	claim(off, webhooks.ProblemUnlisted)
	w.list(prokura.KindPage, token)

	kept := post()
	w.ok(w.call("POST", "/"+w.id["product_catalog_one"].String()+"/product_sets", "access_token", token, "name", "All"))
	set := newest(w.outbox("app"), "product_set")
	if err := grants.RemoveConnectedApp(t.Context(), w.registry, registry.Operator("test"), w.id["shop"], w.id["app"]); err != nil {
		t.Fatal(err)
	}
	claim(kept, webhooks.ProblemUnread)
	claim(set.ID, webhooks.ProblemUnread)
	// Nobody sends it by hand either.
	if err := webhooks.Redeliver(t.Context(), w.registry, registry.Operator("test"), w.id["app"], kept); err == nil {
		t.Error("sent again what the app may not read any more")
	}
	// An asset that is gone has nothing to tell.
	token = w.consent("app_system", "ada", "shop", w.id["product_catalog_one"])
	w.ok(w.call("POST", "/"+w.id["product_catalog_one"].String()+"/product_sets", "access_token", token, "name", "All again"))
	gone := newest(w.outbox("app"), "product_set")
	if err := assets.Delete(t.Context(), w.registry, registry.Operator("test"), w.id["product_catalog_one"]); err != nil {
		t.Fatal(err)
	}
	claim(gone.ID, webhooks.ProblemAssetGone)
}

// What a batch makes, changes and deletes is told as if each had been a call, together.
func TestBatchesAreTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	catalog := w.id["product_catalog_one"].String()
	token := w.consent("app_system", "ada", "shop", w.id["product_catalog_one"])
	w.subscribe("app")
	item := func(method, id, price string) string {
		return fmt.Sprintf(`{"method":%q,"data":{"id":%q,"title":"Stove","price":%q,"link":"https://shop.example/1","image_link":"https://shop.example/1.jpg"}}`, method, id, price)
	}
	send := func(requests ...string) {
		t.Helper()
		w.ok(w.call("POST", "/"+catalog+"/items_batch", "access_token", token, "item_type", "PRODUCT_ITEM", "requests", "["+strings.Join(requests, ",")+"]"))
	}
	send(item("CREATE", "B-1", "9.99 EUR"), item("CREATE", "B-2", "9.99 EUR"))
	send(item("UPDATE", "B-1", "8.99 EUR"), `{"method":"DELETE","data":{"id":"B-2"}}`)
	var said []string
	for _, m := range w.outbox("app") {
		var body struct {
			Entry []struct {
				Changes []struct{ Value map[string]any }
			}
		}
		if err := json.Unmarshal(m.Payload, &body); err != nil {
			t.Fatal(err)
		}
		var line []string
		for _, c := range body.Entry[0].Changes {
			line = append(line, fmt.Sprint(c.Value["verb"], " ", c.Value["retailer_id"]))
		}
		said = append(said, strings.Join(line, ", "))
	}
	if want := []string{"create B-1, create B-2", "update B-1", "delete B-2"}; !slices.Equal(said, want) {
		t.Errorf("told %q, want %q", said, want)
	}
}
