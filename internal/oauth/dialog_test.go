package oauth_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/oauth"
	"github.com/prokura/prokura/internal/registry"
)

var code = []string{"code"}

// TestCapturedRequests sends what clients in the field were recorded to send,
// with the ids of this world, and looks at the login that came of it.
func TestCapturedRequests(t *testing.T) {
	w := newWorld(t)
	challenge := prokura.Challenge("a-verifier-that-is-long-enough-for-the-rfc-43")
	tests := []struct {
		name, path string
		app        prokura.ID
		query      string // APP, SYSTEM and PERSONAL stand for ids, CB for the callback
		want       prokura.LoginRequest
	}{
		{"passport, retired version, display first", "/v3.2/dialog/oauth", w.consumer,
			"display=popup&auth_type=rerequest&response_type=code&redirect_uri=CB&scope=email%2Cads_read&client_id=APP",
			prokura.LoginRequest{RedirectURI: callback, ResponseTypes: code, Scopes: []prokura.Permission{"email", "ads_read"}, Display: "popup", Rerequest: true}},
		{"x/oauth2, scope with blanks", "/v3.2/dialog/oauth", w.consumer,
			"client_id=APP&redirect_uri=CB&response_type=code&scope=email+ads_read&state=st%2F%3D",
			prokura.LoginRequest{RedirectURI: callback, State: "st/=", HasState: true, ResponseTypes: code, Scopes: []prokura.Permission{"email", "ads_read"}}},
		{"react, scope with comma and blank", "/v19.0/dialog/oauth", w.consumer,
			"client_id=APP&redirect_uri=CB&state=&response_type=code&scope=public_profile%2C+email",
			prokura.LoginRequest{RedirectURI: callback, HasState: true, ResponseTypes: code, Scopes: []prokura.Permission{"public_profile", "email"}}},
		{"Auth.js, no version, no state, PKCE", "/dialog/oauth", w.consumer,
			"client_id=APP&scope=email&response_type=code&redirect_uri=CB&code_challenge=" + challenge + "&code_challenge_method=S256",
			prokura.LoginRequest{RedirectURI: callback, ResponseTypes: code, Scopes: []prokura.Permission{"email"}, Challenge: challenge}},
		{"fbgraph, v2.0, no response_type", "/v2.0/dialog/oauth", w.consumer,
			"client_id=APP&redirect_uri=CB&scope=email",
			prokura.LoginRequest{RedirectURI: callback, ResponseTypes: code, Scopes: []prokura.Permission{"email"}}},
		{"OIDC discovery form, slash at the end", "/dialog/oauth/", w.consumer,
			"client_id=APP&redirect_uri=CB&scope=email&nonce=n-0S6",
			prokura.LoginRequest{RedirectURI: callback, ResponseTypes: code, Scopes: []prokura.Permission{"email"}}},
		{"better-auth, config_id", "/v24.0/dialog/oauth", w.business,
			"response_type=code&client_id=APP&state=s&redirect_uri=CB&config_id=SYSTEM",
			prokura.LoginRequest{RedirectURI: callback, State: "s", HasState: true, ResponseTypes: code, Configuration: w.system}},
		{"scope beside a user-token configuration", "/v25.0/dialog/oauth", w.business,
			"client_id=APP&redirect_uri=CB&config_id=PERSONAL&scope=pages_show_list&response_type=code%20token&return_scopes=true",
			prokura.LoginRequest{RedirectURI: callback, ResponseTypes: []string{"code", "token"}, Configuration: w.personal,
				Scopes: []prokura.Permission{"pages_show_list"}, ReturnScopes: true}},
		{"embedded signup of a tech provider", "/v23.0/dialog/oauth", w.business,
			"app_id=APP&client_id=APP&config_id=SYSTEM&response_type=code&override_default_response_type=true&redirect_uri=CB&extras=" +
				url.QueryEscape(`{"setup":{"business":{"name":"Müller"}},"sessionInfoVersion":"3","features":[{"name":"x"}]}`),
			prokura.LoginRequest{RedirectURI: callback, ResponseTypes: code, Configuration: w.system}},
		{"what libraries add to a system-user configuration (R-LOGIN-18)", "/v25.0/dialog/oauth", w.business,
			"client_id=APP&config_id=SYSTEM&response_type=code&redirect_uri=CB&scope=public_profile%2C+email",
			prokura.LoginRequest{RedirectURI: callback, ResponseTypes: code, Configuration: w.system, Scopes: []prokura.Permission{"public_profile", "email"}}},
		{"scopes of the system-user configuration again, a plus encoded twice (R-LOGIN-18)", "/v25.0/dialog/oauth", w.business,
			"client_id=APP&config_id=SYSTEM&response_type=code&redirect_uri=CB&scope=email%2Bads_read%2Bbusiness_management%2Bads_read",
			prokura.LoginRequest{RedirectURI: callback, ResponseTypes: code, Configuration: w.system, Scopes: []prokura.Permission{"email", "ads_read", "business_management"}}},
		{"app_id alone, reauthenticate with a nonce", "/v25.0/dialog/oauth", w.consumer,
			"app_id=APP&redirect_uri=CB&scope=email&auth_type=reauthenticate,reauthorize&auth_nonce=n1&display=async",
			prokura.LoginRequest{RedirectURI: callback, ResponseTypes: code, Scopes: []prokura.Permission{"email"}, Reauthenticate: true, Reauthorize: true, AuthNonce: "n1", Display: "async"}},
		{"native app, free loopback port, same parameter twice", "/v25.0/dialog/oauth", w.consumer,
			"client_id=APP&redirect_uri=http%3A%2F%2F127.0.0.1%3A53111%2Fcallback&redirect_uri=http%3A%2F%2F127.0.0.1%3A53111%2Fcallback&scope=email&display=hologram",
			prokura.LoginRequest{RedirectURI: "http://127.0.0.1:53111/callback", ResponseTypes: code, Scopes: []prokura.Permission{"email"}}},
		{"old and unknown scopes are kept as asked", "/v25.0/dialog/oauth", w.consumer,
			"client_id=APP&redirect_uri=CB&scope=manage_pages,no_such_thing,manage_pages",
			prokura.LoginRequest{RedirectURI: callback, ResponseTypes: code, Scopes: []prokura.Permission{"manage_pages", "no_such_thing"}}},
		{"JavaScript SDK with its plumbing", "/v23.0/dialog/oauth", w.consumer,
			"app_id=APP&cbt=1700000000000&channel_url=https%3A%2F%2Fstatic.example%2F%23cb%3Df0&client_id=APP&display=popup&domain=shop.example&e2e=%7B%7D" +
				"&fallback_redirect_uri=https%3A%2F%2Fshop.example%2F&locale=en_US&logger_id=f8&origin=1&redirect_uri=" + url.QueryEscape(popup(arbiter, "https://shop.example")) +
				"&response_type=token%2Csigned_request%2Cgraph_domain&scope=email&sdk=joey&version=v23.0&domain=other.example",
			prokura.LoginRequest{RedirectURI: arbiter + "?version=1", ResponseTypes: []string{"graph_domain", "signed_request", "token"}, Scopes: []prokura.Permission{"email"},
				Display: "popup", Origin: "https://shop.example", Callback: "f1a", Frame: "f2b"}},
		{"JavaScript SDK from another host of ours, system-user configuration", "/v25.0/dialog/oauth", w.business,
			"client_id=APP&config_id=SYSTEM&response_type=code&override_default_response_type=true&display=popup&redirect_uri=" +
				url.QueryEscape(popup("https://m.login.example/x/connect/xd_arbiter/", "http://127.0.0.1:8123")),
			prokura.LoginRequest{RedirectURI: "https://m.login.example/x/connect/xd_arbiter/?version=1", ResponseTypes: code, Configuration: w.system,
				Display: "popup", Origin: "http://127.0.0.1:8123", Callback: "f1a", Frame: "f2b"}},
		{"popup named in the query instead of the fragment", "/v25.0/dialog/oauth", w.consumer,
			"client_id=APP&scope=email&redirect_uri=" + url.QueryEscape(arbiter) + "&origin=https%3A%2F%2Fshop.example&cb=f1a&frame=f2b",
			prokura.LoginRequest{RedirectURI: arbiter, ResponseTypes: code, Scopes: []prokura.Permission{"email"},
				Origin: "https://shop.example", Callback: "f1a", Frame: "f2b"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w.t = t
			query := strings.NewReplacer("APP", test.app.String(), "SYSTEM", w.system.String(), "PERSONAL", w.personal.String(),
				"CB", url.QueryEscape(callback)).Replace(test.query)
			if got := w.request(w.get(test.path + "?" + query)); !reflect.DeepEqual(got, test.want) {
				t.Errorf("the login asks for\n%+v, want\n%+v", got, test.want)
			}
		})
	}
}

const phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1"

// TestRefusals walks every refusal of R-LOGIN-02 … -07 and of malformed
// requests: shown on a page, told which app, never redirected.
func TestRefusals(t *testing.T) {
	w := newWorld(t)
	system := w.system.String()
	long := strings.Repeat("x", 9000)
	tests := []struct {
		name   string
		target string
		header []string
		want   prokura.Reason
		app    prokura.ID // told to the page
	}{
		{"no app", w.dialog(0, "client_id", "-"), nil, prokura.AppUnknown, 0},
		{"app that is no number", w.dialog(0, "client_id", "my-app"), nil, prokura.AppUnknown, 0},
		{"app number out of range", w.dialog(0, "client_id", "99999999999999999999"), nil, prokura.AppUnknown, 0},
		{"unknown app", w.dialog(4711), nil, prokura.AppUnknown, 4711},
		{"client_id and app_id differ", w.dialog(w.business, "app_id", w.consumer.String()), nil, prokura.InvalidParameter, 0},
		{"client_id twice", w.dialog(w.business) + "&client_id=" + w.consumer.String(), nil, prokura.InvalidParameter, 0},
		{"T01 redirect_uri twice", w.dialog(w.business, "config_id", system) + "&redirect_uri=https%3A%2F%2Fevil.example%2F", nil, prokura.InvalidParameter, w.business},
		{"state twice", w.dialog(w.business, "config_id", system) + "&state=other", nil, prokura.InvalidParameter, w.business},
		{"response_type twice", w.dialog(w.business, "response_type", "code") + "&response_type=token", nil, prokura.InvalidParameter, w.business},
		{"config_id twice", w.dialog(w.business, "config_id", system) + "&config_id=" + w.personal.String(), nil, prokura.InvalidParameter, w.business},
		{"code_challenge twice", w.dialog(w.business, "code_challenge", "a") + "&code_challenge=b", nil, prokura.InvalidParameter, w.business},

		{"R-LOGIN-03 unknown configuration", w.dialog(w.business, "config_id", "100000000000499"), nil, prokura.ConfigurationInvalid, w.business},
		{"R-LOGIN-03 configuration that is no number", w.dialog(w.business, "config_id", "campaigns"), nil, prokura.ConfigurationInvalid, w.business},
		{"R-LOGIN-03 configuration of another app", w.dialog(w.business, "config_id", w.foreign.String()), nil, prokura.ConfigurationInvalid, w.business},
		{"R-LOGIN-03 deleted configuration", w.dialog(w.business, "config_id", w.deleted.String()), nil, prokura.ConfigurationInvalid, w.business},
		{"R-LOGIN-02 configuration at a consumer app", w.dialog(w.consumer, "config_id", system), nil, prokura.ConfigurationInvalid, w.consumer},
		{"R-LOGIN-18 a scope that the system-user configuration lacks", w.dialog(w.business, "config_id", system, "scope", "email,catalog_management"), nil, prokura.ScopeInvalid, w.business},
		{"R-LOGIN-18 openid beside a system-user configuration", w.dialog(w.business, "config_id", system, "scope", "openid email"), nil, prokura.ScopeInvalid, w.business},
		{"R-LOGIN-02 business app with email alone", w.dialog(w.business, "scope", "email public_profile"), nil, prokura.AppNotAvailable, w.business},
		{"R-LOGIN-02 business app with unknown scopes alone", w.dialog(w.business, "scope", "no_such_thing"), nil, prokura.AppNotAvailable, w.business},

		{"R-LOGIN-04 token", w.dialog(w.business, "config_id", system, "response_type", "token"), nil, prokura.ResponseTypeInvalid, w.business},
		{"R-LOGIN-04 code and token", w.dialog(w.business, "config_id", system, "response_type", "code,token"), nil, prokura.ResponseTypeInvalid, w.business},
		{"R-LOGIN-04 the SDK's default set", w.dialog(w.business, "config_id", system, "response_type", "code,signed_request,graph_domain"), nil, prokura.ResponseTypeInvalid, w.business},
		{"response_type that does not exist", w.dialog(w.consumer, "scope", "email", "response_type", "id_token"), nil, prokura.ResponseTypeInvalid, w.consumer},
		{"response_type without code or token", w.dialog(w.consumer, "scope", "email", "response_type", "granted_scopes"), nil, prokura.ResponseTypeInvalid, w.consumer},

		{"R-LOGIN-05 mobile hint", w.dialog(w.business, "config_id", system), []string{"Sec-CH-UA-Mobile", "?1"}, prokura.MobileUnsupported, w.business},
		{"R-LOGIN-05 phone", w.dialog(w.business, "config_id", system), []string{"User-Agent", phone}, prokura.MobileUnsupported, w.business},
		{"R-LOGIN-05 Android", w.dialog(w.business, "config_id", system), []string{"User-Agent", "Mozilla/5.0 (Linux; Android 16) Chrome/150.0 Safari/537.36"}, prokura.MobileUnsupported, w.business},
		{"R-LOGIN-05 display=touch", w.dialog(w.business, "config_id", system, "display", "touch"), nil, prokura.MobileUnsupported, w.business},

		{"R-LOGIN-06 foreign redirect URI", w.dialog(w.business, "config_id", system, "redirect_uri", "https://evil.example/callback"), nil, prokura.RedirectNotListed, w.business},
		{"R-LOGIN-06 no redirect URI", w.dialog(w.business, "config_id", system, "redirect_uri", "-"), nil, prokura.RedirectNotListed, w.business},
		{"R-LOGIN-06 goes before the configuration", w.dialog(w.business, "config_id", "100000000000499", "redirect_uri", "https://evil.example/"), nil, prokura.RedirectNotListed, w.business},
		{"R-LOGIN-06 an origin alone is no popup", w.dialog(w.business, "config_id", system, "redirect_uri", "https://shop.example/", "origin", "https://shop.example", "cb", "a", "frame", "b"), nil, prokura.RedirectNotListed, w.business},
		{"R-LOGIN-06 arbiter of another host", w.dialog(w.consumer, "scope", "email", "redirect_uri", popup("https://evil.example/x/connect/xd_arbiter/", "https://shop.example")), nil, prokura.RedirectNotListed, w.consumer},
		{"R-LOGIN-06 a page beside the arbiter", w.dialog(w.consumer, "scope", "email", "redirect_uri", popup(arbiter+"../evil", "https://shop.example")), nil, prokura.RedirectNotListed, w.consumer},
		{"T09 origin not allowed", w.dialog(w.consumer, "scope", "email", "redirect_uri", popup(arbiter, "https://evil.example")), nil, prokura.OriginNotAllowed, w.consumer},
		{"T09 suffix of an allowed origin", w.dialog(w.consumer, "scope", "email", "redirect_uri", popup(arbiter, "https://notshop.example")), nil, prokura.OriginNotAllowed, w.consumer},
		{"T09 opaque origin", w.dialog(w.consumer, "scope", "email", "redirect_uri", popup(arbiter, "null")), nil, prokura.OriginNotAllowed, w.consumer},
		{"T09 no origin", w.dialog(w.consumer, "scope", "email", "redirect_uri", arbiter+"#cb=a&frame=b"), nil, prokura.OriginNotAllowed, w.consumer},
		{"T09 two origins", w.dialog(w.consumer, "scope", "email", "redirect_uri", popup(arbiter, "https://shop.example")+"&origin=https%3A%2F%2Fevil.example"), nil, prokura.InvalidParameter, w.consumer},
		{"popup without its names", w.dialog(w.consumer, "scope", "email", "redirect_uri", arbiter+"#origin=https%3A%2F%2Fshop.example"), nil, prokura.InvalidParameter, w.consumer},
		{"popup with a name to be quoted", w.dialog(w.consumer, "scope", "email", "redirect_uri", arbiter+"#cb=%22&frame=b&origin=https%3A%2F%2Fshop.example"), nil, prokura.InvalidParameter, w.consumer},
		{"popup with a broken fragment", w.dialog(w.consumer, "scope", "email", "redirect_uri", arbiter+"#cb=%zz"), nil, prokura.InvalidParameter, w.consumer},

		{"R-LOGIN-07 app without a business", w.dialog(w.ownerless, "config_id", w.ownerSelf.String()), nil, prokura.AppWithoutBusiness, w.ownerless},

		{"T04 plain PKCE", w.dialog(w.consumer, "scope", "email", "code_challenge", "abc", "code_challenge_method", "plain"), nil, prokura.InvalidParameter, w.consumer},
		{"T04 PKCE without its method", w.dialog(w.consumer, "scope", "email", "code_challenge", prokura.Challenge("v")), nil, prokura.InvalidParameter, w.consumer},
		{"T04 method without a challenge", w.dialog(w.consumer, "scope", "email", "code_challenge_method", "S256"), nil, prokura.InvalidParameter, w.consumer},
		{"misspelled reauthenticate", w.dialog(w.consumer, "scope", "email", "auth_type", "reautenticate"), nil, prokura.InvalidParameter, w.consumer},
		{"version that never was", "/v22.1" + strings.TrimPrefix(w.dialog(w.consumer, "scope", "email"), "/v25.0"), nil, prokura.InvalidParameter, w.consumer},
		{"version that is none", "/v1" + strings.TrimPrefix(w.dialog(w.consumer, "scope", "email"), "/v25.0"), nil, prokura.InvalidParameter, w.consumer},

		{"query beyond 8 KiB", w.dialog(w.consumer, "scope", "email", "e2e", long), nil, prokura.InvalidParameter, 0},
		{"state beyond 4 KiB", w.dialog(w.consumer, "scope", "email", "state", long[:4200]), nil, prokura.InvalidParameter, w.consumer},
		{"extras beyond 4 KiB", w.dialog(w.consumer, "scope", "email", "extras", long[:4200]), nil, prokura.InvalidParameter, w.consumer},
		{"redirect_uri beyond 2000 bytes", w.dialog(w.consumer, "scope", "email", "redirect_uri", callback+"?"+long[:2000]), nil, prokura.InvalidParameter, w.consumer},
		{"more than 200 scopes", w.dialog(w.consumer, "scope", manyScopes(201)), nil, prokura.InvalidParameter, w.consumer},
		{"broken percent-encoding", w.dialog(w.consumer, "scope", "email") + "&x=%zz", nil, prokura.InvalidParameter, 0},
		{"semicolon as separator", w.dialog(w.consumer, "scope", "email") + "&a=1;b=2", nil, prokura.InvalidParameter, 0},
		{"state with a NUL", w.dialog(w.consumer, "scope", "email", "state", "a\x00b"), nil, prokura.InvalidParameter, w.consumer},
		{"state that is not UTF-8", w.dialog(w.consumer, "scope", "email", "state", "\xff\xfe"), nil, prokura.InvalidParameter, w.consumer},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w.t = t
			rec := w.get(test.target, test.header...)
			if rec.Code != http.StatusBadRequest || w.shown.Reason != test.want {
				t.Fatalf("answers %d %v, want 400 %s", rec.Code, w.shown, test.want)
			}
			if w.app != test.app {
				t.Errorf("the page is told app %s, want %s", w.app, test.app)
			}
			if strings.Contains(w.shown.Public, "evil.example") {
				t.Errorf("what a stranger wrote is shown to everybody: %s", w.shown.Public)
			}
		})
	}
}

func manyScopes(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprint("s", i))
	}
	return strings.Join(list, ",")
}

// TestPhonesLogPeopleIn: R-LOGIN-05 is about system-user configurations alone.
func TestPhonesLogPeopleIn(t *testing.T) {
	w := newWorld(t)
	for _, target := range []string{
		w.dialog(w.business, "config_id", w.personal.String(), "display", "touch"),
		w.dialog(w.consumer, "scope", "email"),
	} {
		w.request(w.get(target, "User-Agent", phone, "Sec-CH-UA-Mobile", "?1"))
	}
	w.request(w.get(w.dialog(w.business, "config_id", w.system.String()), "Sec-CH-UA-Mobile", "?0",
		"User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"))
}

// TestUnknownScopes: only people with a role on the app are told that a scope
// does not exist; for others it is left out.
func TestUnknownScopes(t *testing.T) {
	w := newWorld(t)
	target := w.dialog(w.consumer, "scope", "email,no_such_thing")
	for who, test := range map[string]struct {
		caller registry.Caller
		told   bool
	}{"admin of the app": {w.tess, true}, "somebody": {w.stranger, false}} {
		v := w.view(test.caller, w.get(target))
		if told := v.Refusal != nil && v.Refusal.Reason == prokura.ScopeInvalid; told != test.told {
			t.Errorf("%s: %v", who, v.Refusal)
		}
		if names := w.registry.Catalog().Names(v.Scopes); slices.Contains(names, "no_such_thing") || !slices.Contains(names, "email") {
			t.Errorf("%s: the login asks for %v", who, names)
		}
	}
}

// TestRedirectMutations proves T01 at the door of the dialog: no URI that
// differs from a registered one by a trick starts a login, and none of them is
// ever a Location.
func TestRedirectMutations(t *testing.T) {
	w := newWorld(t)
	tried := 0
	for _, registered := range redirects {
		for _, uri := range mutations(registered) {
			if slices.Contains(redirects, uri) || uri == "http://127.0.0.1:443/callback" {
				continue // the port of a literal loopback address is free (RFC 8252 7.3)
			}
			for app, login := range map[prokura.ID][2]string{
				w.business: {"config_id", w.system.String()},
				w.consumer: {"scope", "email"},
			} {
				tried++
				if rec := w.get(w.dialog(app, "redirect_uri", uri, login[0], login[1])); rec.Code == http.StatusSeeOther {
					t.Errorf("%q starts a login, registered is %q", uri, registered)
				}
			}
		}
	}
	if tried < 400 {
		t.Errorf("only %d mutations were tried", tried)
	}
}

// mutations are look-alikes of a URI: what parsers, proxies and browsers have
// been known to treat as the same.
func mutations(uri string) []string {
	scheme, rest, _ := strings.Cut(uri, "://")
	host, path, _ := strings.Cut(rest, "/")
	list := []string{
		strings.ToUpper(uri), strings.ToUpper(scheme) + "://" + rest, scheme + "://" + strings.ToUpper(host) + "/" + path,
		uri + "/", uri + "?", uri + "#", uri + "#x", uri + "&", uri + "?state=1", uri + "&a=b", uri + " ", " " + uri, uri + "\n", "\t" + uri, uri + "%00",
		uri + "/..", uri + "/../evil", uri + "/%2e%2e/evil", uri + "%2f", uri + "%2F..%2Fevil", uri + ";a", uri + "\\", uri + "\r\nLocation: https://evil.example",
		scheme + "://" + host + "//" + path, scheme + "://" + host + "/./" + path, scheme + "://" + host + "/x/../" + path, scheme + ":/" + rest, scheme + ":" + rest, "//" + rest, rest,
		scheme + "://evil.example/" + path, scheme + "://evil.example@" + rest, scheme + "://" + host + "@evil.example/" + path, scheme + "://" + host + ".evil.example/" + path,
		scheme + "://evil." + rest, scheme + "://" + host + "./" + path, scheme + "://" + host + ":443/" + path, scheme + "://" + host + ":80@evil.example/" + path,
		scheme + "://" + host + "%2eevil.example/" + path, scheme + "://" + host + "\\@evil.example/" + path, scheme + "://" + host + "#@evil.example/" + path,
		scheme + "://" + host + "?@evil.example/" + path, scheme + "://" + strings.ReplaceAll(host, ".", "。") + "/" + path, scheme + "://" + strings.ReplaceAll(host, "a", "а") + "/" + path,
		scheme + "://" + host, scheme + "://" + host + "/", scheme + "://" + host + "/%63" + strings.TrimPrefix(path, "c"), "javascript:" + rest, "data:text/html," + uri, "http://" + rest + "x",
		scheme + "://[::ffff:127.0.0.1]/" + path, scheme + "://localhost/" + path, scheme + "://127.1/" + path, scheme + "://2130706433/" + path, scheme + "://" + host + ":99999/" + path,
		scheme + "://" + host + ":/" + path, scheme + "://" + host + ":08/" + path,
	}
	for i := range uri {
		list = append(list, uri[:i]+"%"+fmt.Sprintf("%02X", uri[i])+uri[i+1:])
	}
	return list
}

// TestOtherMethods: no client posts, and a login does not start from asking
// for headers.
func TestOtherMethods(t *testing.T) {
	w := newWorld(t)
	for _, method := range []string{http.MethodPost, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		rec := httptest.NewRecorder()
		w.handler.ServeHTTP(rec, httptest.NewRequest(method, w.dialog(w.consumer, "scope", "email"), nil))
		if rec.Code != http.StatusMethodNotAllowed || rec.Header().Get("Allow") != "GET" || rec.Header().Get("Location") != "" {
			t.Errorf("%s answers %d", method, rec.Code)
		}
	}
}

func TestServes(t *testing.T) {
	for path, want := range map[string]bool{
		"/dialog/oauth": true, "/dialog/oauth/": true, "/v25.0/dialog/oauth": true, "/v2.0/dialog/oauth/": true, "/v1/dialog/oauth": true,
		"/": false, "/dialog": false, "/dialog/oauth/x": false, "/x/dialog/oauth": false, "/v25.0/x/dialog/oauth": false, "/v25.0/dialog/send": false, "/consent/1": false,
	} {
		if got := oauth.Serves(path); got != want {
			t.Errorf("Serves(%q) is %v", path, got)
		}
	}
}

// TestPrivateAddress: the address of the dialog holds the app's state, so it
// is neither kept nor told to the next page.
func TestPrivateAddress(t *testing.T) {
	w := newWorld(t)
	for _, target := range []string{w.dialog(w.consumer, "scope", "email"), w.dialog(0)} {
		h := w.get(target).Header()
		if h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %v", target, h)
		}
	}
}
