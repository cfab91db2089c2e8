package wire

import (
	"testing"
)

// Requests that unmodified clients were seen to send (docs/wire.md), and
// what an edge must get from them.
func TestCapturedRequests(t *testing.T) {
	h := world(t)
	const child = `{"asset":["1","2"],"scope":["ads_read","ads_management"],"fetch_only":true,"system_user_id":"5"}`
	for _, c := range []struct {
		name string
		line string
		more []string
		want string // whole answer, or
		has  map[string]string
	}{
		{name: "python read", line: "GET /v25.0/77/echo?access_token=TOK&appsecret_proof=PPP&limit=1&fields=id%2Cname&summary=true",
			has: map[string]string{"_token": "TOK", "_from": "query", "_proof": "PPP", "limit": "1", "_fields": "id,name"}},
		{name: "python write: credentials in the query, lists as JSON text", line: "POST /v25.0/77/typed?access_token=TOK&appsecret_proof=PPP",
			more: []string{asForm, "asset=%5B1%2C2%5D&scope=%5B%22ads_read%22%2C%22ads_management%22%5D&fetch_only=true&system_user_id=5"}, want: child},
		{name: "python delete", line: "DELETE /v25.0/77/echo?access_token=TOK&appsecret_proof=PPP&adaccount_id=act_1",
			has: map[string]string{"_method": "DELETE", "adaccount_id": "act_1"}},
		{name: "python node read with a slash at the end", line: "GET /v25.0/77/?access_token=TOK&fields=name",
			want: `{"name":"thing","id":"77"}`},
		{name: "node read with a body", line: "GET /v24.0/77/echo?limit=1&fields=id%2Cname&access_token=TOK", more: []string{asJSON, "{}"},
			has: map[string]string{"limit": "1", "_method": "GET", "_fields": "id,name"}},
		{name: "node write: native JSON with the parent's id", line: "POST /v24.0/77/typed?access_token=TOK",
			more: []string{asJSON, `{"asset":[1,2],"scope":["ads_read","ads_management"],"fetch_only":true,"system_user_id":5,"id":"77"}`}, want: child},
		{name: "node id never overrides the path", line: "POST /v24.0/77/echo?access_token=TOK", more: []string{asJSON, `{"name":"Server 1","role":"ADMIN","id":"333"}`},
			has: map[string]string{"_node": "77", "name": "Server 1", "role": "ADMIN", "id": ""}},
		{name: "node delete", line: "DELETE /v24.0/77/echo?adaccount_id=act_1&id=77&access_token=TOK", more: []string{asJSON, "{}"},
			has: map[string]string{"_method": "DELETE", "adaccount_id": "act_1"}},
		{name: "node inspects its own token", line: "GET /v24.0/debug_token?access_token=TOK&input_token=TOK&fields=app_id", more: []string{asJSON, "{}"},
			has: map[string]string{"input_token": "TOK", "_token": "TOK", "_fields": "app_id"}},
		{name: "huandu tunnels DELETE", line: "POST /v23.0/42/permissions",
			more: []string{asForm, "access_token=TOK&appsecret_proof=PPP&method=DELETE&permission=email&format=json"},
			has:  map[string]string{"_method": "DELETE", "permission": "email", "_from": "body", "_proof": "PPP", "format": ""}},
		{name: "huandu exchanges with a Bearer header", line: "POST /v23.0/oauth/access_token",
			more: []string{"Authorization: Bearer TOK", asForm, "client_id=111&redirect_uri=http%3A%2F%2Fx%2F&client_secret=sec&code=CODE"},
			has:  map[string]string{"client_id": "111", "code": "CODE", "_from": "header"}},
		{name: "huandu list as text in a form", line: "POST /v23.0/77/typed", more: []string{asForm, "access_token=TOK&asset=%5B1%2C2%5D&scope=ads_read,ads_management&fetch_only=1&system_user_id=5"}, want: child},
		{name: "passport exchanges", line: "POST /v23.0/oauth/access_token",
			more: []string{asForm, "grant_type=authorization_code&redirect_uri=http%3A%2F%2Fx&client_id=111&client_secret=sec&code=abc"},
			has:  map[string]string{"grant_type": "authorization_code", "code": "abc"}},
		{name: "passport reads me", line: "GET /v23.0/me?appsecret_proof=PPP&fields=id%2Cname%2Cpicture&access_token=TOK",
			want: `{"id":"1","name":"thing","picture":{"data":{"width":50}}}`},
		{name: "fb: JSON text list in a read", line: `GET /v2.3/77/echo?access_token=TOK&fields=%5B%22id%22%2C%22name%22%5D`,
			has: map[string]string{"_fields": "id,name"}},
		{name: "koala: lower-case method, comma list", line: "POST /77/echo", more: []string{asForm, "access_token=TOK&method=delete&scope=a,b"},
			has: map[string]string{"_method": "DELETE", "scope": "a,b"}},
		{name: "a form without Content-Type", line: "POST /v12.0/77/typed", more: []string{"access_token=TOK&asset=1,2&scope=ads_read+ads_management&fetch_only=True&system_user_id=5"}, want: child},
		{name: "JSON with null lists", line: "POST /v12.0/77/typed", more: []string{asJSON, `{"access_token":"TOK","asset":null,"scope":["ads_read"]}`},
			want: `{"scope":["ads_read"],"fetch_only":false}`},
		{name: "delete with a JSON body", line: "DELETE /v12.0/77/echo", more: []string{asJSON, `{"access_token":"TOK","user":7}`},
			has: map[string]string{"_method": "DELETE", "user": "7", "_from": "body"}},
		{name: "query method=delete on a POST", line: "POST /v2.0/77/echo?method=delete", more: []string{asForm, "access_token=TOK"}, has: map[string]string{"_method": "DELETE"}},
		{name: "token in query and body", line: "POST /v2.0/77/echo?access_token=TOK", more: []string{asForm, "access_token=TOK"}, has: map[string]string{"_token": "TOK"}},
		{name: "GET with method=delete and a token", line: "GET /me/permissions?method=delete&access_token=TOK", has: map[string]string{"_method": "DELETE"}},
		{name: "per-permission path", line: "DELETE /me/permissions/ads_read?access_token=TOK", has: map[string]string{"permission": "ads_read"}},
		{name: "PHP indexes", line: "POST /77/typed", more: []string{asForm, "access_token=TOK&asset%5B0%5D=1&asset%5B1%5D=2&scope%5B%5D=ads_read&scope%5B%5D=ads_management&fetch_only=1&system_user_id=5"}, want: child},
		{name: "Bearer of Auth.js", line: "GET /me?fields=name", more: []string{"Authorization: Bearer TOK"}, want: `{"name":"thing","id":"1"}`},
		{name: "OAuth scheme in capitals", line: "GET /me?fields=name", more: []string{"Authorization: OAUTH TOK"}, want: `{"name":"thing","id":"1"}`},
		{name: "the parameter wins over the header", line: "GET /debug_token?access_token=111%7Csec&input_token=USER", more: []string{"Authorization: Bearer USER"},
			has: map[string]string{"_token": "111|sec", "_from": "query"}},
		{name: "multipart as curl -F", line: "POST /77/echo", more: []string{"Content-Type: multipart/form-data; boundary=b",
			"--b\r\nContent-Disposition: form-data; name=\"access_token\"\r\n\r\nTOK\r\n--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nx y\r\n--b--\r\n"},
			has: map[string]string{"_token": "TOK", "_from": "body", "name": "x y"}},
		{name: "digits survive", line: "POST /77/echo?access_token=TOK", more: []string{asJSON, `{"n":9007199254740993,"f":1.50}`},
			has: map[string]string{"n": "9007199254740993", "f": "1.50"}},
		{name: "objects as JSON text and native", line: "POST /77/echo?access_token=TOK&a=%7B%22x%22%3A1%7D", more: []string{asJSON, `{"b":{"x":1}}`},
			has: map[string]string{"a": `{"x":1}`, "b": `{"x":1}`}},
		{name: "double slashes", line: "GET //me//?access_token=TOK&fields=name", want: `{"name":"thing","id":"1"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := call(t, h, c.line, c.more...)
			if r.status != 200 {
				t.Fatalf("status %d: %s", r.status, r.text)
			}
			if c.want != "" && r.text != c.want {
				t.Errorf("got  %s\nwant %s", r.text, c.want)
			}
			for key, want := range c.has {
				if got, _ := r.json[key].(string); got != want {
					t.Errorf("%s = %q, want %q", key, got, want)
				}
			}
		})
	}
}

// x/oauth2 first tries HTTP Basic, then the body (docs/wire.md).
func TestClientCredentials(t *testing.T) {
	for _, c := range []struct {
		name         string
		c            Call
		id           string
		secret, fail string
	}{
		{name: "parameters", c: Call{Params: bag("client_id", "111", "client_secret", "sec")}, id: "111", secret: "sec"},
		{name: "Basic", c: Call{basicID: "111", basic: "sec"}, id: "111", secret: "sec"},
		{name: "both and equal", c: Call{basicID: "111", basic: "sec", Params: bag("client_id", "111")}, id: "111", secret: "sec"},
		{name: "both and different", c: Call{basicID: "111", basic: "sec", Params: bag("client_id", "112")}, fail: "invalid_parameter"},
		{name: "two secrets", c: Call{basicID: "111", basic: "sec", Params: bag("client_id", "111", "client_secret", "x")}, fail: "invalid_parameter"},
		{name: "none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			id, secret, err := c.c.Client()
			if c.fail != "" {
				if reason(err) != c.fail {
					t.Fatalf("%v, want %s", err, c.fail)
				}
				return
			}
			if err != nil || id != c.id || secret.Reveal() != c.secret {
				t.Errorf("got %v, %v", id, err)
			}
		})
	}
}
