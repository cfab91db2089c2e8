package graph

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/apps"
)

// Requests as unmodified clients were seen to send them, served by the whole
// API (docs/wire.md).
func TestCapturedRequests(t *testing.T) {
	w := newWorld(t)
	user, bisu := w.user("ada"), w.bisu()
	biz, account, other := w.id["nordwind"].String(), w.id["ad_account1"].String(), w.id["ad_account2"].String()
	me := func(token string) string { return w.ok(w.get("/me", "access_token", token)).json["id"].(string) }
	ada, su := me(user), me(bisu)
	r := strings.NewReplacer("USER", user, "BISU", bisu, "PROOF", w.proof("campaigns", bisu), "UPROOF", w.proof("campaigns", user), "BIZ", biz, "ADA", ada, "SU", su,
		"ACC1", account, "ACC2", other, "APP", w.id["campaigns"].String(), "SEC", campaignsSecret.Reveal())
	child := w.child(bisu, "asset", account+","+other, "scope", "ads_read,ads_management")
	const form, json = "application/x-www-form-urlencoded", "application/json"
	for _, c := range []struct {
		name, line, auth, contentType, body string
		want                                string // part of the answer
	}{
		{name: "python reads a node with a slash at the end", line: "GET /v25.0/BIZ/?access_token=BISU&appsecret_proof=PROOF&fields=name", want: `{"name":"Nordwind Outdoor","id":"BIZ"}`},
		{name: "python lists with summary", line: "GET /v25.0/BIZ/owned_ad_accounts?access_token=BISU&appsecret_proof=PROOF&limit=1&fields=id%2Cname&summary=true", want: `"summary":{"total_count":2}`},
		{name: "python fetches a child", line: "POST /v25.0/BIZ/system_user_access_tokens?access_token=BISU&appsecret_proof=PROOF", contentType: form,
			body: "asset=%5BACC1%2CACC2%5D&scope=%5B%22ads_read%22%2C%22ads_management%22%5D&fetch_only=true&system_user_id=SU", want: child},
		{name: "node fetches a child with native JSON and the parent's id", line: "POST /v24.0/BIZ/system_user_access_tokens?access_token=BISU", contentType: json,
			body: `{"appsecret_proof":"PROOF","asset":[ACC1,ACC2],"scope":["ads_read","ads_management"],"fetch_only":true,"system_user_id":SU,"id":"BIZ"}`, want: child},
		{name: "node reads with a body", line: "GET /v24.0/BIZ/owned_ad_accounts?limit=1&fields=id%2Cname&access_token=BISU", contentType: json, body: "{}", want: `"paging":{"cursors":`},
		{name: "node inspects its own token", line: "GET /v24.0/debug_token?access_token=BISU&input_token=BISU&fields=app_id", contentType: json, body: "{}", want: `{"data":{"app_id":"APP"}}`},
		{name: "node posts a batch", line: "POST /v24.0?access_token=BISU", contentType: json, body: `{"batch":[{"method":"GET","relative_url":"me?fields=id,name"},{"method":"GET","relative_url":"BIZ?fields=id"}]}`, want: `"body":"{\"id\":\"BIZ\"}"`},
		{name: "node reads permissions", line: "GET /v24.0/me/permissions?access_token=USER", contentType: json, body: "{}", want: `{"permission":"ads_read","status":"granted"}`},
		{name: "node takes a permission back", line: "DELETE /v24.0/ADA/permissions?permission=instagram_basic&id=ADA&access_token=USER", contentType: json, body: "{}", want: `{"success":true}`},
		{name: "huandu tunnels DELETE", line: "POST /v23.0/ADA/permissions", contentType: form, body: "access_token=USER&appsecret_proof=UPROOF&method=DELETE&permission=whatsapp_business_management&format=json", want: `{"success":true}`},
		{name: "fb takes a permission back by path", line: "DELETE /v2.3/me/permissions/catalog_management?access_token=USER", want: `{"success":true}`},
		{name: "what was taken back is declined", line: "GET /me/permissions?status=declined&access_token=USER", want: `{"data":[{"permission":"catalog_management","status":"declined"},{"permission":"instagram_basic","status":"declined"},{"permission":"whatsapp_business_management","status":"declined"}]}`},
		{name: "passport reads a profile", line: "GET /v23.0/me?appsecret_proof=UPROOF&fields=id%2Cname%2Cemail%2Cpicture&access_token=USER", want: `{"id":"ADA","name":"Ada Maria Lindqvist","email":"ada@nordwind.example","picture":{"data":{`},
		{name: "goth reads a profile", line: "GET /me?access_token=USER&appsecret_proof=UPROOF&fields=email,first_name,last_name,link,about,id,name,picture,location", want: `"first_name":"Ada Maria","last_name":"Lindqvist","link":"http`},
		{name: "Auth.js reads with Bearer", line: "GET /me?fields=id,name,email,picture", auth: "Bearer USER", want: `"email":"ada@nordwind.example"`},
		{name: "fb asks for fields as JSON text", line: `GET /v2.3/me?access_token=USER&fields=%5B%22id%22%2C%22name%22%5D`, want: `{"id":"ADA","name":"Ada Maria Lindqvist"}`},
		{name: "better-auth inspects with id and secret", line: "GET /debug_token?input_token=USER&access_token=APP%7CSEC", want: `"is_valid":true`},
		{name: "huandu inspects with the app's token as parameter", line: "GET /v23.0/debug_token?access_token=APP%7CSEC&input_token=USER&appsecret_proof=UPROOF", auth: "Bearer USER", want: `"user_id":"ADA"`},
		{name: "justwatch reads metadata", line: "GET /v12.0/act_ACC1?metadata=1&access_token=USER", want: `"metadata":{"type":"adaccount"`},
		{name: "nodes by ids", line: "GET /v24.0/?ids=act_ACC1,BIZ&fields=name&access_token=BISU", want: `{"act_ACC1":{"name":"Ad account 1","id":"act_ACC1"},"BIZ":{`},
		{name: "an edge by ids", line: "GET /v24.0/owned_pages?ids=BIZ&fields=name&access_token=BISU", want: `{"BIZ":{"data":[{"name":"Page `},
		{name: "SDK reads assigned accounts of a system user", line: "GET /v24.0/SU/assigned_ad_accounts?access_token=BISU", want: `"tasks":["MANAGE"`},
		{name: "TPAPP with Bearer of id and secret", line: "GET /v24.0/APP?fields=config_ids", auth: "Bearer APP|SEC", want: `"config_ids":[{"id":"`},
		{name: "koala: lower-case method", line: "POST /oauth/access_token", contentType: form, body: "grant_type=client_credentials&client_id=APP&client_secret=SEC", want: `"token_type":"bearer"`},
		{name: "x/oauth2 with Basic", line: "POST /oauth/access_token", auth: "Basic " + base64.StdEncoding.EncodeToString([]byte(r.Replace("APP:SEC"))), contentType: form, body: "grant_type=client_credentials", want: `{"access_token":"APP|pka_`},
		{name: "old default version of fbgraph", line: "GET /v2.0/me?access_token=USER", want: `"id":"ADA"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			method, target, _ := strings.Cut(r.Replace(c.line), " ")
			req, err := http.NewRequest(method, w.server.URL+target, strings.NewReader(r.Replace(c.body)))
			if err != nil {
				t.Fatal(err)
			}
			if c.contentType != "" {
				req.Header.Set("Content-Type", c.contentType)
			}
			if c.auth != "" {
				req.Header.Set("Authorization", r.Replace(c.auth))
			}
			got := w.do(req)
			if got.status != 200 || !strings.Contains(got.text, r.Replace(c.want)) {
				t.Errorf("%d %s\nwant %s", got.status, got.text, r.Replace(c.want))
			}
		})
	}
}

// The default and chosen versions of calls that name none, and what a call
// learns about the version that answered.
func TestVersions(t *testing.T) {
	w := newWorld(t)
	user := w.user("ada")
	version := func(path string) string {
		return w.ok(w.get(path, "access_token", user)).header.Get("facebook-api-version")
	}
	for path, want := range map[string]string{"/me": "v27.0", "/v27.0/me": "v27.0", "/v26.0/me": "v26.0", "/v2.3/me": prokura.Living(w.registry.Now())[0].String(), "/v31.0/me": "v27.0"} {
		if got := version(path); got != want {
			t.Errorf("%s answered by %s, want %s", path, got, want)
		}
	}
	tess := w.session("tess@brightline.example")
	v, err := apps.Get(t.Context(), w.registry, tess, w.id["campaigns"])
	if err != nil {
		t.Fatal(err)
	}
	err = apps.Update(t.Context(), w.registry, tess, v.App.ID, v.App.Version, settings(func(s *appSettings) { s.Version = "v26.0" }))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"/me": "v26.0", "/v27.0/me": "v27.0"} {
		if got := version(path); got != want {
			t.Errorf("%s answered by %s, want %s", path, got, want)
		}
	}
}
