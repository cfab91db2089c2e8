package graph

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/world"
)

// code is a fresh code of a login to the campaigns app.
func (w *fixture) code() string {
	w.t.Helper()
	return w.consent("campaigns-system", "ada", "nordwind", w.both()).Get("code")
}

// R-TOKEN-01: the shapes in which clients exchange codes, all with one answer.
func TestExchangeCode(t *testing.T) {
	w := newWorld(t)
	id, secret := w.id["campaigns"].String(), campaignsSecret.Reveal()
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
	form := func(header string, pairs ...string) func(string) reply {
		return func(code string) reply {
			v := values(pairs)
			v.Set("code", code)
			r, err := http.NewRequest("POST", w.server.URL+"/v23.0/oauth/access_token", strings.NewReader(v.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if header != "" {
				r.Header.Set("Authorization", header)
			}
			return w.do(r)
		}
	}
	for name, ask := range map[string]func(code string) reply{
		"fb: GET with all in the query": func(code string) reply {
			return w.get("/v2.3/oauth/access_token", "client_id", id, "client_secret", secret, "redirect_uri", redirectURI, "code", code)
		},
		"passport":                             form("", "grant_type", "authorization_code", "redirect_uri", redirectURI, "client_id", id, "client_secret", secret),
		"huandu: no grant_type, Bearer header": form("Bearer pku_x", "redirect_uri", redirectURI, "client_id", id, "client_secret", secret),
		"x/oauth2: Basic":                      form(basic, "grant_type", "authorization_code", "redirect_uri", redirectURI),
		"Basic and parameters that agree":      form(basic, "redirect_uri", redirectURI, "client_id", id, "client_secret", secret),
		"config_id login: empty redirect_uri":  form("", "redirect_uri", "", "client_id", id, "client_secret", secret),
		"config_id login: no redirect_uri":     form("", "client_id", id, "client_secret", secret),
	} {
		t.Run(name, func(t *testing.T) {
			r := ask(w.code())
			if r.status != 200 || r.json["token_type"] != "bearer" || r.json["expires_in"] != nil {
				t.Fatalf("%d %s", r.status, r.text)
			}
			if got := r.header.Get("Content-Type"); got != "application/json; charset=UTF-8" {
				t.Errorf("Content-Type %q", got)
			}
			if got := r.header.Get("Cache-Control"); !strings.Contains(got, "no-store") || r.header.Get("ETag") != "" {
				t.Errorf("Cache-Control %q, ETag %q: a token must be kept nowhere", got, r.header.Get("ETag"))
			}
			me := w.ok(w.get("/me", "access_token", r.json["access_token"].(string), "fields", "client_business_id"))
			if me.json["client_business_id"] != w.id["nordwind"].String() {
				t.Errorf("me: %s (R-TOKEN-07)", me.text)
			}
		})
	}
}

// R-TOKEN-03: lifetimes that the token endpoint tells.
func TestLifetimes(t *testing.T) {
	w := newWorld(t)
	exchange := func(configuration, business string) reply {
		return w.get("/oauth/access_token", "client_id", w.id["campaigns"].String(), "client_secret", campaignsSecret.Reveal(),
			"code", w.consent(configuration, "ada", business, w.both()).Get("code"), "redirect_uri", redirectURI)
	}
	const days60 = 60 * 24 * 60 * 60
	for _, v := range []struct {
		configuration, business string
		want                    any
	}{{"campaigns-system", "nordwind", nil}, {"campaigns-system-60", "nordwind", float64(days60)}, {"campaigns-user", "", float64(days60)}} {
		r := exchange(v.configuration, v.business)
		if r.json["expires_in"] != v.want {
			t.Errorf("%s: %s, want %v", v.configuration, r.text, v.want)
		}
		token, _ := r.json["access_token"].(string)
		info := w.ok(w.get("/oauth/access_token_info", "client_id", w.id["campaigns"].String(), "access_token", token))
		if left, _ := info.json["expires_in"].(float64); info.json["access_token"] != token || v.want == nil && info.json["expires_in"] != nil || v.want != nil && (left > days60 || left < days60-60) {
			t.Errorf("%s: info %s", v.configuration, info.text)
		}
	}
	short := w.consent("campaigns-user", "ada", "", w.both(), "token").Get("access_token")
	w.refused(w.get("/oauth/access_token_info", "client_id", w.id["other"].String(), "access_token", short), 100, 0, 400)
	// Short to long (R-TOKEN-02), and the long one outlives the short one.
	long := w.ok(w.get("/oauth/access_token", "grant_type", "fb_exchange_token", "client_id", w.id["campaigns"].String(), "client_secret", campaignsSecret.Reveal(), "fb_exchange_token", short))
	if long.json["expires_in"] != float64(days60) {
		t.Errorf("extended: %s", long.text)
	}
	w.travel(3 * time.Hour)
	w.refused(w.get("/me", "access_token", short), 190, 463, 400)
	w.ok(w.get("/me", "access_token", long.json["access_token"].(string)))
	w.refused(w.get("/oauth/access_token", "grant_type", "fb_exchange_token", "client_id", w.id["campaigns"].String(), "client_secret", campaignsSecret.Reveal(), "fb_exchange_token", short), 190, 463, 400)
}

// R-TOKEN-02: a 60-day token is refreshed only when asked by name, and the old
// one lives on.
func TestRefreshSixtyDays(t *testing.T) {
	w := newWorld(t)
	old := w.exchange("campaigns", w.consent("campaigns-system-60", "ada", "nordwind", w.both()).Get("code"))
	ask := func(more ...string) reply {
		return w.post("/oauth/access_token", append([]string{"grant_type", "fb_exchange_token", "client_id", w.id["campaigns"].String(), "client_secret", campaignsSecret.Reveal(), "fb_exchange_token", old}, more...)...)
	}
	w.refused(ask(), 100, 0, 400)
	w.travel(30 * 24 * time.Hour)
	fresh := w.ok(ask("set_token_expires_in_60_days", "true")).json["access_token"].(string)
	w.ok(w.get("/me", "access_token", old))
	w.travel(31 * 24 * time.Hour)
	w.refused(w.get("/me", "access_token", old), 190, 463, 400)
	w.ok(w.get("/me", "access_token", fresh))
}

// The error rows of the token endpoint: code, subcode, status and the kind of
// challenge (R-TOKEN-01).
func TestExchangeRefusals(t *testing.T) {
	w := newWorld(t)
	id, secret := w.id["campaigns"].String(), campaignsSecret.Reveal()
	used := w.code()
	w.exchange("campaigns", used)
	classic := w.classicCode("")
	late := w.code()
	for _, v := range []struct {
		name          string
		pairs         []string
		code, subcode int
	}{
		{"no client_id", []string{"client_secret", secret, "code", "x"}, 101, 0},
		{"unknown client_id", []string{"client_id", "999999999999999", "client_secret", secret, "code", "x"}, 101, 0},
		{"client_id that is no id", []string{"client_id", "abc", "client_secret", secret, "code", "x"}, 101, 0},
		{"wrong secret", []string{"client_id", id, "client_secret", otherSecret.Reveal(), "code", "x"}, 1, 0},
		{"no secret", []string{"client_id", id, "code", "x"}, 1, 0},
		{"no code", []string{"client_id", id, "client_secret", secret}, 100, 0},
		{"malformed code", []string{"client_id", id, "client_secret", secret, "code", "x", "redirect_uri", redirectURI}, 100, 0},
		{"code of another app", []string{"client_id", w.id["other"].String(), "client_secret", otherSecret.Reveal(), "code", late, "redirect_uri", redirectURI}, 100, 0},
		{"redirect_uri differs", []string{"client_id", id, "client_secret", secret, "code", late, "redirect_uri", redirectURI + "/"}, 100, 36008},
		{"redirect_uri is relative", []string{"client_id", id, "client_secret", secret, "code", late, "redirect_uri", "/cb"}, 191, 0},
		{"redirect_uri missing though needed", []string{"client_id", id, "client_secret", secret, "code", classic}, 191, 0},
		{"used code", []string{"client_id", id, "client_secret", secret, "code", used, "redirect_uri", redirectURI}, 100, 36009},
		{"verifier without challenge", []string{"client_id", id, "client_secret", secret, "code", late, "redirect_uri", redirectURI, "code_verifier", strings.Repeat("v", 43)}, 100, 0},
		{"unknown grant_type", []string{"client_id", id, "client_secret", secret, "grant_type", "password"}, 100, 0},
	} {
		t.Run(v.name, func(t *testing.T) {
			w := *w
			w.t = t
			r := w.post("/oauth/access_token", v.pairs...)
			w.refused(r, v.code, v.subcode, 400)
			if got := r.header.Get("WWW-Authenticate"); !strings.HasPrefix(got, `OAuth "Facebook Platform" "invalid_code" "`) {
				t.Errorf("WWW-Authenticate %q", got)
			}
		})
	}
	// None of the failures has burnt the code.
	w.exchange("campaigns", late)
	expired := w.code()
	w.travel(prokura.CodeLifetime + time.Second)
	w.refused(w.post("/oauth/access_token", "client_id", id, "client_secret", secret, "code", expired, "redirect_uri", redirectURI), 100, 36007, 400)
}

// classicCode is a code of a login with scope, with or without PKCE.
func (w *fixture) classicCode(challenge string) string {
	w.t.Helper()
	a, err := world.Consent(w.t.Context(), w.registry, world.ConsentRequest{App: w.id["campaigns"], Person: w.id["ada"],
		Request: prokura.LoginRequest{RedirectURI: redirectURI, ResponseTypes: []string{"code"}, Scopes: scopes, Challenge: challenge}}, "trace")
	if err != nil {
		w.t.Fatal(err)
	}
	return a.Values.Get("code")
}

// x/oauth2 first tries HTTP Basic without the app's id in the body and repeats
// the same code after any failure: the failure burns nothing (R-TOKEN-01).
func TestFailedAuthenticationBurnsNothing(t *testing.T) {
	w := newWorld(t)
	code := w.code()
	w.refused(w.post("/oauth/access_token", "code", code, "redirect_uri", redirectURI), 101, 0, 400)
	w.refused(w.post("/oauth/access_token", "client_id", w.id["campaigns"].String(), "client_secret", "wrong", "code", code, "redirect_uri", redirectURI), 1, 0, 400)
	w.exchange("campaigns", code)
}

// A code that is presented again kills the token that was cut for it and that
// token's children, and nothing else (R-TOKEN-01).
func TestReplayedCode(t *testing.T) {
	w := newWorld(t)
	code := w.code()
	first, other := w.exchange("campaigns", code), w.bisu()
	child := w.child(first, "scope", "ads_read")
	w.refused(w.post("/oauth/access_token", "client_id", w.id["campaigns"].String(), "client_secret", campaignsSecret.Reveal(), "code", code, "redirect_uri", redirectURI), 100, 36009, 400)
	w.refused(w.get("/me", "access_token", first), 190, 467, 400)
	w.refused(w.get("/me", "access_token", child), 190, 467, 400)
	w.ok(w.get("/me", "access_token", other))
}

// A client without a secret exchanges codes with PKCE, of user-token logins
// alone (RFC 7636, R-TOKEN-01).
func TestPublicClient(t *testing.T) {
	w := newWorld(t)
	verifier := strings.Repeat("verifier-", 5)
	exchange := func(code, verifier string) reply {
		return w.post("/oauth/access_token", "client_id", w.id["campaigns"].String(), "redirect_uri", redirectURI, "code", code, "code_verifier", verifier)
	}
	code := w.classicCode(prokura.Challenge(verifier))
	w.refused(exchange(code, strings.Repeat("wrong----", 5)), 100, 0, 400)
	w.ok(exchange(code, verifier))
	w.refused(exchange(w.classicCode(""), verifier), 1, 0, 400)
	w.refused(exchange(w.code(), verifier), 1, 0, 400)
	// With the secret the verifier is wanted as well.
	code = w.classicCode(prokura.Challenge(verifier))
	w.refused(w.post("/oauth/access_token", "client_id", w.id["campaigns"].String(), "client_secret", campaignsSecret.Reveal(), "redirect_uri", redirectURI, "code", code), 100, 0, 400)
	w.ok(exchange(code, verifier))
}

// App tokens: minted, and made of id and secret; both are the app itself.
func TestAppTokens(t *testing.T) {
	w := newWorld(t)
	minted := w.ok(w.post("/oauth/access_token", "client_id", w.id["campaigns"].String(), "client_secret", campaignsSecret.Reveal(), "grant_type", "client_credentials"))
	token, _ := minted.json["access_token"].(string)
	if !strings.HasPrefix(token, w.id["campaigns"].String()+"|") || minted.json["token_type"] != "bearer" || minted.json["expires_in"] != nil {
		t.Fatal(minted.text)
	}
	for _, token := range []string{token, w.appToken("campaigns")} {
		r := w.ok(w.get("/app", "access_token", token, "appsecret_proof", strings.Repeat("0", 64)))
		if want := `{"category":"Business","link":"https://app.example/","name":"Campaigns","id":"` + w.id["campaigns"].String() + `"}`; r.text != want {
			t.Errorf("got %s, want %s", r.text, want)
		}
		w.refused(w.get("/me", "access_token", token), 200, 0, 403)
	}
	w.refused(w.get("/app", "access_token", w.id["campaigns"].String()+"|"+otherSecret.Reveal()), 190, 0, 400)
	w.refused(w.get("/app", "access_token", w.id["other"].String()+"|"+strings.TrimPrefix(token, w.id["campaigns"].String()+"|")), 190, 0, 400)
}

// /oauth/revoke ends one token with its children at once; a dead token is a
// success, another app's is not (R-TOKEN-11).
func TestRevokeToken(t *testing.T) {
	w := newWorld(t)
	token, other := w.bisu(), w.bisu()
	child := w.child(token, "scope", "ads_read")
	credentials := []string{"client_id", w.id["campaigns"].String(), "client_secret", campaignsSecret.Reveal()}
	w.refused(w.get("/oauth/revoke", credentials...), 100, 0, 400)
	w.refused(w.get("/oauth/revoke", "client_id", w.id["other"].String(), "client_secret", otherSecret.Reveal(), "revoke_token", token), 100, 0, 400)
	w.ok(w.get("/me", "access_token", token))
	for range 2 {
		if r := w.ok(w.get("/oauth/revoke", append(credentials, "revoke_token", token)...)); r.text != `{"success":true}` {
			t.Error(r.text)
		}
	}
	w.refused(w.get("/me", "access_token", token), 190, 467, 400)
	w.refused(w.get("/me", "access_token", child), 190, 467, 400)
	w.ok(w.get("/me", "access_token", other))
	w.refused(w.post("/oauth/revoke", append(credentials, "revoke_token", "garbage")...), 100, 0, 400)
}
