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
	"github.com/prokura/prokura/internal/registry/resources"
	"github.com/prokura/prokura/internal/registry/webhooks"
)

// What is sent and what comes in is told in the forms that receivers know: statuses of
// WhatsApp one after the other, messages of WhatsApp with who sent them, messages of
// pages in the list messaging. Posts of others are told as by them, photos with the post
// that shows them (R-RES-01).
func TestMessagesAreTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page, account := w.id["page_one"], w.id["whatsapp_business_account_one"]
	token := w.consent("app_system", "ada", "shop", page, account)
	w.subscribe("app")
	w.list(prokura.KindPage, token)
	w.list(prokura.KindWhatsAppBusinessAccount, token)
	number := w.rows("whatsapp_business_account_one", "whatsapp_phone_number")[0]
	digits := strings.NewReplacer("+", "", " ", "").Replace(number.Values["display_phone_number"].(string))
	seen := map[prokura.ID]bool{}
	told := func() (lines []string) {
		t.Helper()
		for _, m := range w.outbox("app") { // of one object in its order
			if seen[m.ID] {
				continue
			}
			seen[m.ID] = true
			var body struct{ Entry []map[string]any }
			if err := json.Unmarshal(m.Payload, &body); err != nil {
				t.Fatal(err)
			}
			for _, key := range []string{"changes", "messaging"} {
				list, _ := body.Entry[0][key].([]any)
				for _, v := range list {
					text, _ := json.Marshal(v)
					lines = append(lines, m.Object+" "+key+" "+string(text))
				}
			}
		}
		return lines
	}
	told()
	want := func(what string, lines ...string) {
		t.Helper()
		if got := told(); !slices.Equal(got, lines) {
			t.Errorf("%s: told\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(lines, "\n"))
		}
	}
	receive := func(on prokura.ID, list string, fields map[string]any) prokura.ID {
		t.Helper()
		made, err := resources.Receive(t.Context(), w.registry, registry.Operator("test"), on, list, fields)
		if err != nil {
			t.Fatal(err)
		}
		return made[0].ID
	}
	times := func(row prokura.ID) string {
		s, err := resources.Find(t.Context(), w.registry, row)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(s.Created.Unix())
	}

	r := w.ok(w.call("POST", "/"+number.ID.String()+"/messages", "access_token", token, "messaging_product", "whatsapp", "to", "+46 70 555", "text", `{"body":"Hello"}`, "biz_opaque_callback_data", "order 7"))
	sent := w.rows("whatsapp_business_account_one", "whatsapp_message")
	message := slices.MaxFunc(sent, func(a, b prokura.Resource) int { return int(a.Place - b.Place) })
	typ, _ := w.catalog.Resource("whatsapp_message")
	if id, ok := typ.ReadOutsideID(typ.OutsideID(message.ID)); !ok || id != message.ID || !strings.Contains(r.text, `"id":"`+typ.OutsideID(message.ID)+`"`) {
		t.Errorf("answered %s for %s", r.text, message.ID)
	}
	var statuses []string
	for _, step := range []string{"sent", "delivered", "read"} {
		statuses = append(statuses, fmt.Sprintf(`whatsapp_business_account changes {"field":"messages","value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":%q,"phone_number_id":%q},`+
			`"statuses":[{"biz_opaque_callback_data":"order 7","id":%q,"recipient_id":"4670555","status":%q,"timestamp":%q}]}}`,
			digits, number.ID, typ.OutsideID(message.ID), step, times(message.ID)))
	}
	want("a message that was sent", statuses...)

	id := receive(number.ID, "received_messages", map[string]any{"from": "46705550142", "profile_name": "Kai", "text": map[string]any{"body": "Thank you"}})
	want("a message that came", fmt.Sprintf(`whatsapp_business_account changes {"field":"messages","value":{"contacts":[{"profile":{"name":"Kai"},"wa_id":"46705550142"}],`+
		`"messages":[{"from":"46705550142","id":%q,"text":{"body":"Thank you"},"timestamp":%q,"type":"text"}],"messaging_product":"whatsapp","metadata":{"display_phone_number":%q,"phone_number_id":%q}}}`,
		typ.OutsideID(id), times(id), digits, number.ID))

	w.ok(w.call("POST", "/"+number.ID.String()+"/messages", "access_token", token, "messaging_product", "whatsapp", "status", "read", "message_id", typ.OutsideID(id)))
	want("one that is marked as read")

	talk := receive(page, "conversations", map[string]any{"participant_id": "77"})
	want("a conversation")
	id = receive(talk, "messages", map[string]any{"message": "Still there?", "author": map[string]any{"id": "77", "name": "Kai"}})
	want("a message to a page", fmt.Sprintf(`page messaging {"message":{"mid":%q,"text":"Still there?"},"recipient":{"id":%q},"sender":{"id":"77"},"timestamp":%s000}`, id, page, times(id)))
	w.ok(w.call("POST", "/"+page.String()+"/messages", "access_token", token, "recipient", `{"id":"77"}`, "message", `{"text":"Yes"}`))
	want("the page's answer")

	id = receive(page, "feed", map[string]any{"message": "Lovely tent", "author": map[string]any{"id": "77", "name": "Kai"}})
	want("a post of somebody else", fmt.Sprintf(`page changes {"field":"feed","value":{"created_time":%s,"from":{"id":"77","name":"Kai"},"item":"status","message":"Lovely tent","post_id":"%s_%s","verb":"add"}}`, times(id), page, id))

	photo := w.ok(w.call("POST", "/"+page.String()+"/photos", "access_token", token, "url", "https://shop.example/1.jpg", "caption", "At the top")).json
	post, _ := photo["post_id"].(string)
	_, number2, _ := strings.Cut(post, "_")
	pid, _ := prokura.ParseID(number2)
	want("a photo", fmt.Sprintf(`page changes {"field":"feed","value":{"created_time":%s,"from":{"id":%q,"name":"Page"},"item":"status","message":"At the top","post_id":%q,"verb":"add"}}`, times(pid), page, post))
	for _, object := range []string{"page", "whatsapp_business_account"} { // made up, for who wants to see one
		if err := webhooks.SendTest(t.Context(), w.registry, registry.Operator("test"), w.id["app"], object, "messages"); err != nil {
			t.Fatal(err)
		}
	}
	if got := told(); len(got) != 2 || !slices.ContainsFunc(got, func(line string) bool {
		return line == `page messaging {"message":{"attachments":{},"mid":"0","text":"test"},"recipient":{"id":"0"},"sender":{"id":"test"},"timestamp":0}`
	}) || !strings.Contains(strings.Join(got, ""), `"status":"sent"`) {
		t.Errorf("made up: %q", got)
	}
	w.ok(w.call("DELETE", "/"+photo["id"].(string), "access_token", token))
	if got := told(); len(got) != 1 || !strings.Contains(got[0], `"verb":"remove"`) || !strings.Contains(got[0], post) {
		t.Errorf("the photo's end: %q", got)
	}
}

// What a declared action sets is set by who may write and by nobody else, and its
// parameters are asked for (R-RES-01).
func TestDeclaredActions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tried := 0
	for i := range w.catalog.Resources {
		typ := &w.catalog.Resources[i]
		if len(typ.Actions) == 0 {
			continue
		}
		asset := string(typ.Asset) + "_one"
		all := w.consent("app_system", "ada", "shop", w.id[asset])
		var rest []prokura.Permission
		for _, p := range w.catalog.Permissions {
			if p.Integration && !p.Automatic && len(p.ExpandsTo) == 0 && slices.Contains(p.Kinds, typ.Asset) && !slices.Contains(typ.Write.Any, p.Name) {
				rest = append(rest, p.Name)
			}
		}
		reader := w.child(all, rest)
		row := w.rows(asset, typ.Kind)[0]
		foreign := w.rows(string(typ.Asset)+"_two", typ.Kind)[0]
		for _, a := range typ.Actions {
			given, required := []string{}, ""
			for _, p := range a.Params {
				given = append(given, p.Name, strings.Repeat("7", max(1, p.Digits)))
				if p.Required {
					required = p.Name
				}
			}
			do := func(token string, id prokura.ID, given ...string) [2]int {
				return w.call("POST", "/"+id.String()+"/"+a.Name, append([]string{"access_token", token}, given...)...).refusal()
			}
			before := w.state(asset)
			if got := do(reader, row.ID, given...); got != [2]int{200, 0} {
				t.Errorf("%s %s without the permission: %v", typ.Kind, a.Name, got)
			}
			if got := do(all, foreign.ID, given...); got != [2]int{100, 33} {
				t.Errorf("%s %s of another asset: %v", typ.Kind, a.Name, got)
			}
			if got := do(all, row.ID, append(given, "colour", "red")...); got != [2]int{100, 33012} {
				t.Errorf("%s %s with what it does not take: %v", typ.Kind, a.Name, got)
			}
			if required != "" {
				if got := do(all, row.ID); got != [2]int{100, 0} {
					t.Errorf("%s %s without %s: %v", typ.Kind, a.Name, required, got)
				}
			}
			if w.state(asset) != before {
				t.Errorf("%s %s: what was refused has changed something", typ.Kind, a.Name)
			}
			if got := do(all, row.ID, given...); got != [2]int{} {
				t.Errorf("%s %s: %v", typ.Kind, a.Name, got)
			}
			now := w.rows(asset, typ.Kind)[0]
			for name, word := range a.Set {
				if now.ID != row.ID || now.Values[name] != word {
					t.Errorf("%s %s: %s is %v", typ.Kind, a.Name, name, now.Values[name])
				}
			}
			tried++
		}
	}
	if tried < 2 {
		t.Errorf("%d actions were tried alone", tried)
	}
}
