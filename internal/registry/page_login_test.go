package registry_test

import (
	"errors"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/login"
	"github.com/prokura/prokura/internal/registry/world"
)

func (f *fixture) pageRequest() prokura.LoginRequest {
	return prokura.LoginRequest{RedirectURI: "https://app.example/cb", ResponseTypes: []string{"graph_domain", "signed_request", "token"},
		Scopes: []prokura.Permission{"ads_read", "pages_show_list"}, Cookie: true}
}

// byPage is a login by scope as the JavaScript SDK asks for it, with its answer
// and the code in its signed request.
func (f *fixture) byPage(app, person prokura.ID, change func(*prokura.LoginRequest)) (login.Answer, string) {
	f.t.Helper()
	req := f.pageRequest()
	if change != nil {
		change(&req)
	}
	a, err := world.Consent(f.ctx, f.Registry, world.ConsentRequest{App: app, Person: person, Request: req}, "trace")
	f.must(err)
	signed, err := prokura.ParseSignedRequest(a.Values.Get("signed_request"), []prokura.Secret{f.secrets[app]})
	f.must(err)
	return a, signed.Code.Reveal()
}

// works reports whether a token is served.
func (f *fixture) works(token prokura.Secret) bool {
	f.t.Helper()
	_, err := f.Authenticate(f.ctx, registry.Credentials{Token: token})
	if err != nil && !errors.Is(err, prokura.TokenRevoked) {
		f.t.Fatal(err)
	}
	return err == nil
}

// R-LOGIN-19, R-TOKEN-01: where the page's server reads the page's cookie, the
// signed request carries one code, for that app and its secret, without a
// redirect URI, for a short while and once. A second try, which a cookie makes
// by itself, ends nothing.
func TestCookieCode(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, other := f.classicApp(0), f.classicApp(0)
		exchange := func(app prokura.ID, code, redirect string) (prokura.Secret, error) {
			out, err := grants.ExchangeCode(f.ctx, f.Registry, f.appCaller(app), grants.Exchange{Code: code, RedirectURI: redirect})
			return out.Secret, err
		}
		refused := func(what string, err error, want prokura.Reason) {
			t.Helper()
			if !errors.Is(err, want) {
				t.Errorf("%s: %v, want %s", what, err, want)
			}
		}
		a, code := f.byPage(app, f.people[0], nil)
		page := prokura.Secret(a.Values.Get("access_token"))
		if code == "" || a.Values.Has("code") || page == "" {
			t.Fatalf("the answer holds a code in the cookie: %t, beside it: %t, a token: %t", code != "", a.Values.Has("code"), page != "")
		}
		_, err := exchange(other, code, "")
		refused("another app", err, prokura.CodeMalformed)
		_, err = exchange(app, code, "https://app.example/cb")
		refused("the redirect URI of the login", err, prokura.CodeRedirectMismatch)
		_, err = grants.PublicApp(f.ctx, f.Registry, app.String(), code, "trace")
		refused("nobody's secret", err, prokura.AppSecretWrong)
		token, err := exchange(app, code, "")
		f.must(err)
		_, err = exchange(app, code, "")
		refused("a second time", err, prokura.CodeUsed)
		if !f.works(token) || !f.works(page) {
			t.Error("a cookie that was read twice ended the token of the server, or of the page")
		}

		_, code = f.byPage(app, f.people[0], nil)
		f.travel(prokura.CodeLifetime)
		_, err = exchange(app, code, "")
		refused("after its time", err, prokura.CodeExpired)

		_, code = f.byPage(app, f.people[0], nil)
		f.must(grants.RemoveOwn(f.ctx, f.Registry, f.session(f.people[0]), app))
		_, err = exchange(app, code, "")
		refused("after the person removed the app", err, prokura.CodeExpired)

		for what, change := range map[string]func(*prokura.LoginRequest){
			"a page without a cookie": func(q *prokura.LoginRequest) { q.Cookie = false },
			"a login that wants a code": func(q *prokura.LoginRequest) {
				q.Challenge = prokura.Challenge("a-verifier-that-is-long-enough-for-the-rfc-43")
			},
		} {
			if _, code := f.byPage(app, f.people[0], change); code != "" {
				t.Errorf("%s: the signed request holds a code", what)
			}
		}

		// An answer with a code of its own has no second one.
		a, code = f.byPage(app, f.people[0], func(q *prokura.LoginRequest) { q.ResponseTypes = []string{"code", "signed_request", "token"} })
		if a.Values.Get("code") != code {
			t.Error("there are two codes")
		}
		_, err = exchange(app, code, "")
		f.must(err)
	})
}

// R-LOGIN-19, R-TOKEN-10: a page's logout ends its token with what was cut from
// it, at once, and nothing else; the next login of the person asks, and the one
// after that does not.
func TestLogOut(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app := f.classicApp(0)
		token := func(person prokura.ID) (prokura.Secret, string) {
			a, code := f.byPage(app, person, nil)
			return prokura.Secret(a.Values.Get("access_token")), code
		}
		out := func(token prokura.Secret) error { return grants.LogOut(f.ctx, f.Registry, f.caller(token)) }
		asked := func(person prokura.ID) bool {
			_, asked, err := login.Return(f.ctx, f.Registry, f.session(person), app, f.pageRequest(), false)
			f.must(err)
			return asked
		}
		elsewhere, _ := token(f.people[0])
		other, _ := token(f.people[1])
		page, code := token(f.people[0])
		list, _, err := grants.Pages(f.ctx, f.Registry, f.caller(page), registry.AssetQuery{Limit: 1}, false)
		if err != nil || len(list) == 0 {
			t.Fatalf("the page's token reads %d pages, %v", len(list), err)
		}
		extended, err := grants.ExtendToken(f.ctx, f.Registry, f.appCaller(app), page, false)
		f.must(err)
		server, err := grants.ExchangeCode(f.ctx, f.Registry, f.appCaller(app), grants.Exchange{Code: code})
		f.must(err)

		if asked(f.people[0]) {
			t.Fatal("R-LOGIN-17: a person who comes back is asked before any logout: this test proves nothing")
		}
		f.must(out(page))
		cold := f.open(-1)
		for name, secret := range map[string]prokura.Secret{"the page's token": page, "a page token of it": list[0].Token} {
			if f.works(secret) {
				t.Errorf("R-LOGIN-19: after the logout %s works", name)
			}
			if _, err := cold.Authenticate(f.ctx, registry.Credentials{Token: secret}); !errors.Is(err, prokura.TokenRevoked) {
				t.Errorf("R-TOKEN-10: a server without a cache says of %s: %v", name, err)
			}
		}
		for name, secret := range map[string]prokura.Secret{"that was extended": extended.Secret, "of the page's server": server.Secret, "of another browser": elsewhere, "of somebody else": other} {
			if !f.works(secret) {
				t.Errorf("R-LOGIN-19: after the logout the token %s is dead", name)
			}
		}
		if !asked(f.people[0]) || asked(f.people[1]) {
			t.Error("R-LOGIN-19: after the logout the person goes on unseen, or somebody else is asked")
		}
		if err := out(extended.Secret); !errors.Is(err, prokura.WrongTokenKind) || !f.works(extended.Secret) {
			t.Errorf("R-LOGIN-19: a long-lived token logs out: %v", err)
		}
		if token(f.people[0]); asked(f.people[0]) {
			t.Error("R-LOGIN-19: a person who has confirmed is asked once more")
		}
	})
}
