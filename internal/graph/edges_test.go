package graph

import (
	"encoding/json"
	"fmt"
	"image/png"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
)

// Nodes: what they answer unasked, and what a caller may ask for.
func TestNodes(t *testing.T) {
	w := newWorld(t)
	user, bisu := w.user("ada"), w.bisu()
	biz := w.id["nordwind"].String()
	owner := `{"name":"Nordwind Outdoor","id":"` + biz + `"}`
	id := func(key string) string { return w.id[key].String() }
	for _, c := range []struct{ path, token, fields, want string }{
		{"/" + biz, user, "", `{"name":"Nordwind Outdoor","id":"` + biz + `"}`},
		{"/" + biz, bisu, "verification_status,vertical,is_hidden,two_factor_type,link", `{"verification_status":"not_verified","vertical":"NOT_SET","is_hidden":false,"two_factor_type":"none","link":"` + w.server.URL + `/business/` + biz + `","id":"` + biz + `"}`},
		{"/act_" + id("ad_account1"), bisu, "", `{"account_id":"` + id("ad_account1") + `","id":"act_` + id("ad_account1") + `"}`},
		{"/" + id("ad_account1"), bisu, "name", `{"name":"Ad account 1","id":"act_` + id("ad_account1") + `"}`},
		{"/act_" + id("ad_account1"), user, "account_status,currency,timezone_name,timezone_offset_hours_utc,owner,business,user_tasks",
			`{"account_status":2,"currency":"EUR","timezone_name":"Europe/Stockholm","timezone_offset_hours_utc":5.5,"owner":"` + biz + `","business":` + owner + `,"user_tasks":["MANAGE","ADVERTISE","ANALYZE","DRAFT"],"id":"act_` + id("ad_account1") + `"}`},
		{"/" + id("page1"), user, "", `{"name":"Page 1","id":"` + id("page1") + `"}`},
		{"/" + id("page1"), user, "category,category_list,fan_count,link,is_owned,owner_business{id}",
			`{"category":"Outdoor shop","category_list":[{"id":"2201","name":"Outdoor shop"}],"fan_count":12,"link":"` + w.server.URL + "/" + id("page1") + `","is_owned":true,"owner_business":{"id":"` + biz + `"},"id":"` + id("page1") + `"}`},
		{"/" + id("product_catalog1"), bisu, "name,vertical,product_count,default_image_url", `{"name":"Catalog 1","vertical":"commerce","product_count":40,"id":"` + id("product_catalog1") + `"}`},
		{"/" + id("instagram_account1"), bisu, "", `{"username":"nordwind.outdoor","id":"` + id("instagram_account1") + `"}`},
		{"/" + id("whatsapp_business_account1"), bisu, "", `{"currency":"EUR","timezone_id":"1","message_template_namespace":"ns","name":"WhatsApp account 1","id":"` + id("whatsapp_business_account1") + `"}`},
		{"/" + id("pixel1"), bisu, "name,is_unavailable", `{"name":"Pixel 1","is_unavailable":false,"id":"` + id("pixel1") + `"}`},
		{"/me", user, "", `{"name":"Ada Maria Lindqvist","id":"` + w.me(user) + `"}`},
		{"/" + w.me(user), user, "first_name,last_name,short_name,client_business_id,birthday", `{"first_name":"Ada Maria","last_name":"Lindqvist","short_name":"Ada Maria","id":"` + w.me(user) + `"}`},
		{"/" + w.me(user), w.appToken("campaigns"), "name,email", `{"name":"Ada Maria Lindqvist","id":"` + w.me(user) + `"}`},
		{"/me", bisu, "name,email,first_name,client_business_id", `{"name":"Campaigns","client_business_id":"` + biz + `","id":"` + w.me(bisu) + `"}`},
		{"/" + w.me(bisu), w.appToken("campaigns"), "client_business_id", `{"client_business_id":"` + biz + `","id":"` + w.me(bisu) + `"}`},
		// An app's face to others, and to its own.
		{"/" + id("other"), user, "name,company,config_ids,app_domains,contact_email,business", `{"name":"Other","company":"Brightline Ads","id":"` + id("other") + `"}`},
		{"/app", user, "name,app_domains,contact_email", `{"name":"Campaigns","id":"` + id("campaigns") + `"}`},
		{"/app", w.appToken("campaigns"), "name,app_domains,contact_email,app_type,business,privacy_policy_url", `{"name":"Campaigns","app_domains":["app.example"],"contact_email":"help@app.example","app_type":0,"business":{"id":"` +
			id("brightline") + `","name":"Brightline Ads"},"privacy_policy_url":"https://app.example/privacy","id":"` + id("campaigns") + `"}`},
	} {
		if r := w.ok(w.get(c.path, "access_token", c.token, "fields", c.fields)); r.text != c.want {
			t.Errorf("%s fields=%s\ngot  %s\nwant %s", c.path, c.fields, r.text, c.want)
		}
	}
	w.refused(w.get("/me", "access_token", user, "fields", "nonsense"), 100, 0, 400)
	w.refused(w.get("/me"), 2500, 0, 400)
	w.refused(w.get("/"+biz), 104, 0, 400)
	w.refused(w.get("/somebody", "access_token", user), 803, 0, 404)
	w.refused(w.get("/"+biz+"/nonsense", "access_token", user), 100, 33, 400)
	w.refused(w.get("/"+biz+"/owned_pages/x", "access_token", user), 2500, 0, 400)
}

func (w *fixture) me(token string) string {
	w.t.Helper()
	id, _ := w.ok(w.get("/me", "access_token", token)).json["id"].(string)
	return id
}

// Lists: every kind of asset of the catalog, reached by a person, by a BISU and
// through the business; what was not granted is not there.
func TestAssetLists(t *testing.T) {
	w := newWorld(t)
	user, bisu := w.user("ada"), w.bisu()
	narrow := w.child(bisu, "asset", w.id["page1"].String()+","+w.id["ad_account2"].String())
	ada := w.id["nordwind"].String()
	for _, k := range w.registry.Catalog().Kinds {
		id := func(n string) string { return k.Prefix + w.id[string(k.Kind)+n].String() }
		pair := id("1") + " " + id("2")
		if w.id[string(k.Kind)+"1"] > w.id[string(k.Kind)+"2"] {
			pair = id("2") + " " + id("1") // lists ascend by id
		}
		only := map[prokura.AssetKind]string{prokura.KindPage: id("1"), prokura.KindAdAccount: id("2")}[k.Kind]
		for _, c := range []struct{ path, token, want string }{
			{"/me/" + k.Assigned, user, pair}, {"/me/" + k.Assigned, bisu, pair}, {"/me/" + k.Assigned, narrow, only},
			{"/" + ada + "/" + k.Owned, user, pair}, {"/" + ada + "/" + k.Owned, bisu, pair}, {"/" + ada + "/" + k.Owned, narrow, only},
			{"/" + ada + "/" + k.Client, user, ""}, // shared with nordwind, but not chosen for the app
		} {
			r := w.ok(w.get(c.path, "access_token", c.token))
			if got := r.column("id"); got != c.want {
				t.Errorf("%s: %s, want %s", c.path, got, c.want)
			}
			for _, item := range r.list() {
				if (item["tasks"] != nil) != strings.Contains(c.path, k.Assigned) {
					t.Errorf("%s: tasks stand on assigned assets: %v", c.path, item)
				}
			}
		}
	}
	if got := w.ok(w.get("/me/adaccounts", "access_token", narrow)).text; !strings.HasPrefix(got, `{"data":[{"account_id":"`+w.id["ad_account2"].String()+`","id":"act_`+w.id["ad_account2"].String()+`"}]`) {
		t.Error(got)
	}
	// Searching, and permissions that a list needs.
	if got := w.ok(w.get("/"+ada+"/owned_ad_accounts", "access_token", user, "search_query", "ACCOUNT 2")).column("id"); got != "act_"+w.id["ad_account2"].String() {
		t.Errorf("search: %s", got)
	}
	poor := w.child(bisu, "scope", "ads_read")
	w.refused(w.get("/me/accounts", "access_token", poor), 200, 0, 403)
	w.refused(w.get("/me/assigned_pages", "access_token", poor), 200, 0, 403)
	w.refused(w.get("/"+ada+"/owned_ad_accounts", "access_token", poor), 200, 0, 403)
	w.refused(w.get("/"+ada, "access_token", poor), 200, 0, 403)
	w.refused(w.get("/me/businesses", "access_token", poor), 200, 0, 403)
	w.ok(w.get("/me/adaccounts", "access_token", poor))
	// The owner is a business: absent for who may not see businesses.
	if r := w.ok(w.get("/act_"+w.id["ad_account1"].String(), "access_token", poor, "fields", "name,business")); r.json["business"] != nil {
		t.Error(r.text)
	}
}

// What others share with a business stands on its client lists, with no more
// tasks than were shared.
func TestSharedAssets(t *testing.T) {
	w := newWorld(t)
	var shared []prokura.ID
	for _, k := range w.registry.Catalog().Kinds {
		shared = append(shared, w.id["shared_"+string(k.Kind)])
	}
	bisu := w.exchange("campaigns", w.consent("campaigns-system", "ada", "nordwind", shared).Get("code"))
	user := w.exchange("campaigns", w.classicCode(""))
	for _, k := range w.registry.Catalog().Kinds {
		want := k.Prefix + w.id["shared_"+string(k.Kind)].String()
		for _, token := range []string{bisu, user} {
			r := w.ok(w.get("/"+w.id["nordwind"].String()+"/"+k.Client, "access_token", token, "fields", "id,user_tasks"))
			if got := r.column("id"); got != want {
				t.Errorf("%s: %s, want %s", k.Client, got, want)
				continue
			}
			last := string(k.Tasks[len(k.Tasks)-1].Task)
			if tasks, _ := r.list()[0]["user_tasks"].([]any); len(tasks) != 1 || tasks[0] != last {
				t.Errorf("%s: tasks %v, want %s", k.Client, tasks, last)
			}
		}
		if got := w.ok(w.get("/"+w.id["nordwind"].String()+"/"+k.Owned, "access_token", bisu)).column("id"); got != "" {
			t.Errorf("%s: %s", k.Owned, got)
		}
	}
}

// me/accounts: pages with page tokens, the same on every read; a page token is
// the page.
func TestAccounts(t *testing.T) {
	w := newWorld(t)
	user, bisu := w.user("ada"), w.bisu()
	for _, token := range []string{user, bisu} {
		r := w.ok(w.get("/me/accounts", "access_token", token))
		if len(r.list()) != 2 {
			t.Fatal(r.text)
		}
		for _, p := range r.list() {
			page, _ := p["access_token"].(string)
			if me := w.ok(w.get("/me", "access_token", page, "fields", "id,name,access_token")); me.json["id"] != p["id"] || me.json["name"] != p["name"] || me.json["access_token"] != page {
				t.Errorf("%s is not the page %v", me.text, p)
			}
			if alone := w.ok(w.get("/"+p["id"].(string), "access_token", token, "fields", "access_token")); alone.json["access_token"] != page {
				t.Error("the page's node gives another token than the list")
			}
			if p["category"] != "Outdoor shop" || p["category_list"] == nil || p["tasks"] == nil {
				t.Errorf("unasked: %v", p)
			}
			w.refused(w.get("/me/accounts", "access_token", page), 100, 33, 400)
		}
		if again := w.ok(w.get("/me/accounts", "access_token", token)); again.column("access_token") != r.column("access_token") {
			t.Error("page tokens differ from read to read")
		}
	}
	one := w.ok(w.get("/me/accounts", "access_token", user)).list()[0]["access_token"].(string)
	other := w.ok(w.get("/me/accounts", "access_token", user)).list()[1]["id"].(string)
	w.refused(w.get("/"+other, "access_token", one), 100, 33, 400)
}

// Paging forth and back gives every item once; addresses work as they stand.
func TestPaging(t *testing.T) {
	w := newWorld(t)
	user, app := w.user("ada"), w.appToken("campaigns")
	w.bisu()
	for _, b := range []string{"nordwind2", "kitchen"} { // three client businesses
		person := map[string]string{"nordwind2": "ada", "kitchen": "kim"}[b]
		w.consent("campaigns-system", person, b, nil)
	}
	for path, token := range map[string]string{
		"/me/businesses": user, "/me/adaccounts": user, "/me/accounts": user, "/" + w.id["nordwind"].String() + "/owned_pages": user, "/app/connected_client_businesses": app,
	} {
		all := w.ok(w.get(path, "access_token", token)).column("id")
		var got []string
		r := w.ok(w.get(path, "access_token", token, "limit", "1", "fields", "id"))
		for {
			got = append(got, r.column("id"))
			next := pagingOf(r)["next"]
			if next == nil {
				break
			}
			r = w.ok(w.follow(next.(string)))
		}
		if s := strings.Join(got, " "); s != all || len(got) < 2 {
			t.Errorf("%s forth: %s, want %s", path, s, all)
		}
		var back []string
		for previous := pagingOf(r)["previous"]; previous != nil; previous = pagingOf(r)["previous"] {
			r = w.ok(w.follow(previous.(string)))
			back = append([]string{r.column("id")}, back...)
		}
		if s := strings.Join(append(back, got[len(got)-1]), " "); s != all {
			t.Errorf("%s back: %s, want %s", path, s, all)
		}
	}
	// A cursor is of no use to another caller (T47).
	after := pagingOf(w.ok(w.get("/me/adaccounts", "access_token", user, "limit", "1")))["cursors"].(map[string]any)["after"].(string)
	w.refused(w.get("/me/adaccounts", "access_token", w.bisu(), "after", after), 100, 0, 400)
	if r := w.ok(w.get("/me/adaccounts", "access_token", user, "limit", "0", "summary", "true")); r.text != `{"data":[],"summary":{"total_count":2}}` {
		t.Error(r.text)
	}
}

func pagingOf(r reply) map[string]any { p, _ := r.json["paging"].(map[string]any); return p }

// follow asks an absolute address of ours.
func (w *fixture) follow(address string) reply {
	w.t.Helper()
	u, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(address, w.server.URL+"/v") {
		w.t.Fatalf("%q is no address of ours: %v", address, err)
	}
	return w.get0(u.RequestURI())
}

// Embedded edges are the edges themselves (I-14).
func TestEmbeddedEdges(t *testing.T) {
	w := newWorld(t)
	user := w.user("ada")
	r := w.ok(w.get("/me", "access_token", user, "fields", "permissions,businesses{id,owned_pages.limit(1){name}},accounts.limit(1){id,access_token} as(pages)"))
	embedded := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return cursors.ReplaceAllString(string(b), "CURSOR")
	}
	single := func(path string, pairs ...string) string {
		return embedded(w.ok(w.get(path, append([]string{"access_token", user}, pairs...)...)).json)
	}
	if got, want := embedded(r.json["permissions"]), single("/me/permissions"); got != want {
		t.Errorf("permissions: %s, want %s", got, want)
	}
	pages := r.json["pages"].(map[string]any)
	if got, want := embedded(pages["data"]), embedded(w.ok(w.get("/me/accounts", "access_token", user, "limit", "1", "fields", "id,access_token")).json["data"]); got != want {
		t.Errorf("accounts: %s, want %s", got, want)
	}
	for _, b := range r.json["businesses"].(map[string]any)["data"].([]any) {
		business := b.(map[string]any)
		want := w.ok(w.get("/"+business["id"].(string)+"/owned_pages", "access_token", user, "limit", "1", "fields", "name")).json["data"]
		if got := embedded(business["owned_pages"].(map[string]any)["data"]); got != embedded(want) {
			t.Errorf("owned_pages: %s, want %v", got, want)
		}
	}
}

// What the app's own people and tokens see of it.
func TestAppEdges(t *testing.T) {
	w := newWorld(t)
	w.bisu()
	for _, token := range []string{w.appToken("campaigns"), w.user("theo")} {
		names := strings.Fields(w.ok(w.get("/app/roles", "access_token", token)).column("role"))
		if slices.Sort(names); strings.Join(names, " ") != "administrators developers developers developers" {
			t.Errorf("roles: %s", names)
		}
		if got := w.ok(w.get("/app/connected_client_businesses", "access_token", token)).column("id"); got != w.id["nordwind"].String() {
			t.Errorf("clients: %s", got)
		}
		if got := w.ok(w.get("/app/permissions", "access_token", token, "permission", "ads_read,pages_show_list", "status", "live")).text; got != `{"data":[{"permission":"ads_read","status":"live"},{"permission":"pages_show_list","status":"live"}]}` {
			t.Errorf("permissions: %s", got)
		}
		w.refused(w.get("/app/permissions", "access_token", token, "status", "granted"), 100, 0, 400)
		roles := w.ok(w.get("/"+w.id["campaigns"].String()+"/roles", "access_token", token))
		for _, key := range []string{"tess", "theo", "sam", "server"} { // T41: ids inside the app, never global ones
			if strings.Contains(roles.text, w.id[key].String()) {
				t.Errorf("roles tell a global id: %s", roles.text)
			}
		}
	}
	w.refused(w.get("/app/roles", "access_token", w.user("ada")), 200, 0, 403)
	// What a configuration asks for without advanced access is unapproved.
	if got := w.ok(w.get("/app/permissions", "access_token", w.appToken("bare"), "status", "unapproved")).column("permission"); got != "ads_read" {
		t.Errorf("unapproved: %s", got)
	}
}

// R-TOKEN-11: DELETE permissions takes one permission back at once, or with
// none named ends everything.
func TestRevokePermissions(t *testing.T) {
	w := newWorld(t)
	user, bisu := w.user("ada"), w.bisu()
	page := w.ok(w.get("/me/accounts", "access_token", user)).list()[0]["access_token"].(string)
	w.ok(w.get("/me/adaccounts", "access_token", user))
	for _, name := range []string{"ads_read", "ads_management"} {
		if r := w.ok(w.delete("/me/permissions/"+name, "access_token", user)); r.text != `{"success":true}` {
			t.Error(r.text)
		}
	}
	w.refused(w.get("/me/adaccounts", "access_token", user), 200, 0, 403)
	if got := w.ok(w.get("/me/permissions", "access_token", user, "permission", "ads_read")).column("status"); got != "declined" {
		t.Errorf("ads_read is %s", got)
	}
	w.refused(w.delete("/me/permissions", "access_token", user, "permission", "nonsense"), 100, 0, 400)
	w.refused(w.delete("/me/permissions", "access_token", user, "permission", ""), 100, 0, 400)
	w.refused(w.get("/me/permissions", "access_token", user, "status", "nonsense"), 100, 0, 400)
	w.refused(w.delete("/me/permissions", "access_token", bisu), 200, 0, 403)
	w.ok(w.delete("/"+w.me(user)+"/permissions", "access_token", w.appToken("campaigns")))
	w.refused(w.get("/me", "access_token", user), 190, 458, 400)
	w.refused(w.get("/me", "access_token", page), 190, 458, 400)
	w.ok(w.get("/me", "access_token", bisu))
	w.refused(w.delete("/me/permissions", "access_token", user), 190, 458, 400)
}

// What a refusal says is true, and names the narrowest cure.
func TestTrueTexts(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.user("ada"), w.user("ben")
	if r := w.get("/debug_token", "input_token", ben, "access_token", ada); r.status != 400 || !strings.Contains(r.text, "app access token") || strings.Contains(r.text, "did not match") {
		t.Errorf("%d %s", r.status, r.text)
	}
	if r := w.get("/me/adaccounts", "access_token", w.child(w.bisu(), "scope", "pages_read_engagement", "asset", w.id["page1"].String())); r.status != 403 || !strings.Contains(r.text, "ads_read") {
		t.Errorf("%d %s", r.status, r.text)
	}
}

// Pictures lead to an image on our own origin that needs no token and tells
// nothing about what exists.
func TestPictures(t *testing.T) {
	w := newWorld(t)
	user := w.user("ada")
	r := w.get("/me/picture", "access_token", user, "type", "large")
	image := r.header.Get("Location")
	if want := fmt.Sprintf("%s/%s/picture/image.png?width=200&height=200", w.server.URL, w.me(user)); r.status != http.StatusFound || image != want {
		t.Fatalf("%d to %q, want %q", r.status, image, want)
	}
	// Pages show avatars without a token, of whoever and of nobody alike.
	for _, id := range []string{w.me(user), "123456789"} {
		if r := w.get("/" + id + "/picture"); r.status != http.StatusFound || r.header.Get("Location") != w.server.URL+"/"+id+"/picture/image.png?width=50&height=50" {
			t.Errorf("the picture of %s without a token: %d %s", id, r.status, r.header.Get("Location"))
		}
	}
	w.refused(w.get("/me/picture"), 2500, 0, 400)
	w.refused(w.get("/nobody/picture"), 803, 0, 404)
	stay := w.ok(w.get("/me/picture", "access_token", user, "redirect", "false", "width", "80"))
	if want := fmt.Sprintf(`{"data":{"height":80,"is_silhouette":true,"url":"%s/%s/picture/image.png?width=80&height=80","width":80}}`, w.server.URL, w.me(user)); stay.text != want {
		t.Errorf("got %s, want %s", stay.text, want)
	}
	field := w.ok(w.get("/me", "access_token", user, "fields", "picture.width(80).height(80)"))
	if got, _ := json.Marshal(field.json["picture"]); !strings.Contains(string(got), `"width":80`) {
		t.Errorf("%s", got)
	}
	for path, want := range map[string][2]int{
		"/100000000000001/picture/image.png?width=200&height=100": {200, 100},
		"/100000000000001/picture/image.png":                      {50, 50},
		"/1/picture/image.png?width=99999999&height=-1":           {320, 50},
		"/1/picture/image.png?width=77&height=319":                {80, 320}, // there are few images (T69)
	} {
		resp, err := http.Get(w.server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(resp.Body)
		resp.Body.Close()
		if err != nil || resp.Header.Get("Content-Type") != "image/png" || resp.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Fatalf("%s: %v %v", path, err, resp.Header)
		}
		if b := img.Bounds(); b.Dx() != want[0] || b.Dy() != want[1] {
			t.Errorf("%s: %v, want %v", path, b, want)
		}
	}
	w.refused(w.get("/me/picture", "access_token", user, "type", "enormous"), 100, 0, 400)
	w.refused(w.get("/me/picture", "access_token", user, "redirect", "maybe"), 100, 0, 400)
	if r := w.get("/nobody/picture/image.png"); r.status != http.StatusNotFound {
		t.Errorf("%d", r.status)
	}
}

// Lists and attributes that read are charged for before anything runs, however
// they are spelled (T66); what clients ordinarily ask for is far from the limit.
func TestFieldsCost(t *testing.T) {
	w := newWorld(t)
	user := w.user("ada")
	for path, name := range map[string]string{"/me/businesses": "owned_pages", "/me/accounts": "access_token", "/me/adaccounts": "business"} {
		var fields []string
		for i := range 100 {
			fields = append(fields, fmt.Sprintf("%s as(a%d)", name, i))
		}
		w.refused(w.get(path, "access_token", user, "limit", "100", "fields", strings.Join(fields, ",")), 100, 0, 400)
	}
	w.ok(w.get("/me", "access_token", user, "fields", "id,name,picture,permissions,accounts{id,name,access_token,picture,business},adaccounts{name},businesses{owned_pages,client_pages}"))
	w.ok(w.get("/me/accounts", "access_token", user, "limit", "100", "fields", "name,access_token,link,picture.width(50) as(small),picture.width(200) as(big),business{name}"))
}
