package oauth_test

import (
	"errors"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/oauth"
)

var arbiters = oauth.Arbiters(base, []string{"m.login.example"})

// FuzzDecode: whatever a browser sends, the request is either refused with a
// reason or one that can be written down and read again unchanged; and it
// answers through the arbiter only if it names the arbiter.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"client_id=1&redirect_uri=https%3A%2F%2Fapp.example%2F&state=&scope=email,ads_read+x&response_type=code%20token&return_scopes=1",
		"app_id=9007199254740991&auth_type=rerequest,reauthenticate&auth_nonce=n&display=touch&config_id=5&code_challenge_method=S256&code_challenge=" + prokura.Challenge("v"),
		"client_id=1&scope=email&redirect_uri=" + url.QueryEscape(popup(arbiter, "https://shop.example")),
		"redirect_uri=" + url.QueryEscape(arbiter+"#origin=https://a&cb=b&frame=c&origin=https://d"),
		"client_id=1&client_id=2", "state=%00", "state=%ff", "scope=" + strings.Repeat("a,", 300), "a=1;b", "%",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		app, req, err := oauth.Decode(values, arbiters)
		if err != nil {
			if _, ok := errors.AsType[*prokura.Error](err); !ok {
				t.Fatalf("%q: an error without a reason: %v", query, err)
			}
			return
		}
		page, _, _ := strings.Cut(req.RedirectURI, "?")
		if req.Popup() != slices.Contains(arbiters, page) {
			t.Fatalf("%q: redirect %q with origin %q", query, req.RedirectURI, req.Origin)
		}
		if !req.Popup() && req.RedirectURI != values.Get("redirect_uri") {
			t.Fatalf("%q: the redirect URI became %q", query, req.RedirectURI)
		}
		app2, req2, err := oauth.Decode(encode(app, req), arbiters)
		if err != nil || app2 != app || !reflect.DeepEqual(req, req2) {
			t.Fatalf("%q: written down and read again\n%+v became\n%+v %v", query, req, req2, err)
		}
	})
}

// encode writes a request down as an app would send it.
func encode(app prokura.ID, req prokura.LoginRequest) url.Values {
	v := url.Values{"client_id": {app.String()}, "redirect_uri": {req.RedirectURI}, "response_type": {strings.Join(req.ResponseTypes, ",")},
		"config_id": {req.Configuration.String()}, "auth_nonce": {req.AuthNonce}, "display": {req.Display}, "code_challenge": {req.Challenge}}
	if req.HasState {
		v.Set("state", req.State)
	}
	var scopes []string
	for _, s := range req.Scopes {
		scopes = append(scopes, string(s))
	}
	v.Set("scope", strings.Join(scopes, " "))
	for name, on := range map[string]bool{"rerequest": req.Rerequest, "reauthenticate": req.Reauthenticate} {
		if on {
			v.Set("auth_type", v.Get("auth_type")+","+name)
		}
	}
	if req.ReturnScopes {
		v.Set("return_scopes", "true")
	}
	if req.Cookie {
		v.Set("wants_cookie_data", "1")
	}
	if req.Challenge != "" {
		v.Set("code_challenge_method", "S256")
	}
	if req.Popup() {
		v.Set("redirect_uri", req.RedirectURI+"#"+url.Values{"cb": {req.Callback}, "frame": {req.Frame}, "origin": {req.Origin}}.Encode())
	}
	return v
}
