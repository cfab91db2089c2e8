package graph

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// R-TOKEN-11: one edge lists every living family of a business to those who
// run it, with what it reaches and when it was used, page by page.
func TestGrantsEdge(t *testing.T) {
	w := newWorld(t)
	user, root := w.user("ada"), w.bisu()
	w.child(root, "scope", "ads_read", "asset", w.id["page1"].String())
	w.exchange("campaigns", w.consent("campaigns-system-60", "ada", "nordwind", w.ids("page1", "ad_account1")).Get("code"))
	w.exchange("other", w.consent("other-system", "ada", "nordwind", w.both()).Get("code"))
	path := "/" + w.id["nordwind"].String() + "/grants"
	all := w.ok(w.get(path, "access_token", user, "summary", "true", "fields", "type,app,configuration,person,system_user,granted_by,scopes,assets,tokens,created_time,updated_time,expiration_time,last_used_time"))
	if n := all.json["summary"].(map[string]any)["total_count"]; n != 4.0 || len(all.list()) != 4 {
		t.Fatal(all.text)
	}
	byConfiguration := map[string]map[string]any{}
	for _, f := range all.list() {
		c := f["configuration"].(map[string]any)
		byConfiguration[c["id"].(string)] = f
		who, nobody := "system_user", "person"
		if f["type"] == "person" { // by their place in the business (T41)
			who, nobody = nobody, who
			if place := f[who].(map[string]any); place["name"] != "Ada Maria Lindqvist" || !strings.Contains(w.ok(w.get("/"+w.id["nordwind"].String()+"/business_users", "access_token", user)).column("id"), place["id"].(string)) {
				t.Errorf("through %v", place)
			}
		}
		if f[nobody] != nil {
			t.Errorf("%s of a %s: %v", nobody, f["type"], f)
		}
		for _, name := range []string{"type", "app", who, "granted_by", "scopes", "assets", "tokens", "created_time", "updated_time", "id"} {
			if f[name] == nil {
				t.Errorf("no %s: %v", name, f)
			}
		}
		if user, ok := f["system_user"].(map[string]any); ok && user["id"] != nil {
			t.Errorf("an id of the system user: %v", f)
		}
	}
	main, sixty := byConfiguration[w.id["campaigns-system"].String()], byConfiguration[w.id["campaigns-system-60"].String()]
	if tokens := main["tokens"].(map[string]any); tokens["root"] != 1.0 || tokens["granular"] != 1.0 || main["last_used_time"] == nil || main["expiration_time"] != nil {
		t.Errorf("%v", main)
	}
	if reach := sixty["assets"].(map[string]any); reach["reach"] != "chosen" || reach["total"] != 2.0 || len(reach["kinds"].([]any)) != 2 || sixty["last_used_time"] != nil {
		t.Errorf("%v", sixty)
	}
	if at, err := time.Parse("2006-01-02T15:04:05-0700", sixty["expiration_time"].(string)); err != nil || time.Until(at) < 59*24*time.Hour || time.Until(at) > 61*24*time.Hour {
		t.Errorf("ends %v, %v", sixty["expiration_time"], err)
	}
	// The same without fields, and in pages.
	if plain := w.ok(w.get(path, "access_token", user)); len(plain.list()[0]) < 10 {
		t.Error(plain.text)
	}
	var ids []string
	next := w.server.URL + path + "?limit=1&access_token=" + user
	for next != "" && len(ids) < 9 {
		follow, err := http.NewRequest(http.MethodGet, next, nil)
		if err != nil {
			t.Fatal(err)
		}
		r := w.ok(w.do(follow))
		ids = append(ids, r.column("id"))
		next, _ = r.json["paging"].(map[string]any)["next"].(string)
	}
	if got := strings.Join(ids, " "); got != all.column("id") {
		t.Errorf("pages give %s, the list %s", got, all.column("id"))
	}
	for _, c := range []struct {
		name, value string
		want        int
	}{
		{"type", "person", 1}, {"type", "integration", 3}, {"type", "system_user", 0},
		{"app_id", w.id["campaigns"].String(), 3}, {"app_id", w.id["lab"].String(), 0},
		{"asset_id", "act_" + w.id["ad_account1"].String(), 4}, {"asset_id", w.id["ad_account2"].String(), 3},
		{"asset_id", w.id["foreign_page"].String(), 0}, {"asset_id", "12345678901234", 0},
	} {
		if n := len(w.ok(w.get(path, "access_token", user, c.name, c.value)).list()); n != c.want {
			t.Errorf("%s=%s: %d, want %d", c.name, c.value, n, c.want)
		}
	}
	w.refused(w.get(path, "access_token", user, "app_id", "x"), 100, 0, 400)
	w.refused(w.get(path, "access_token", user, "type", "x"), 100, 0, 400)
	w.refused(w.get(path, "access_token", w.user("ben")), 200, 0, 403)
	w.refused(w.get(path, "access_token", root), 200, 0, 403)
	w.refused(w.get("/"+w.id["kitchen"].String()+"/grants", "access_token", user), 100, 33, 400)
}
