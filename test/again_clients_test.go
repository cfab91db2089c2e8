package test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	gothfacebook "github.com/markbates/goth/providers/facebook"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/facebook"
)

// signIn is one run of a sign-in library: where it leads the browser, and what
// it makes of the address that the browser comes back with.
type signIn struct {
	dialog string
	finish func(back string) (email, token string)
}

// signInLibrary is a public library that logs people in, unmodified.
type signInLibrary struct {
	name    string
	version string // of the API that the library is set to; "": its own
	begin   func(t *testing.T, s *server, app *callback, scope, version string) signIn
}

// node is a library of test/clients: the act of its script that takes the
// callback, or its code, and where its answer holds the token and the address;
// with me, the script reads the address by that act.
func node(script, act, token, email string, me map[string]any) func(*testing.T, *server, *callback, string, string) signIn {
	return func(t *testing.T, s *server, app *callback, scope, version string) signIn {
		c := s.startClient(t, script, nodeSettings{app: trailmates, redirectURI: app.uri(), scope: scope, version: version})
		dialog := c.mustText(c.act("authorize", map[string]any{"state": "st-again", "authType": nil}), "url")
		return signIn{dialog, func(back string) (string, string) {
			query, _ := landed(t, back)
			result := c.act(act, map[string]any{"url": back, "code": query.Get("code")})
			secret := c.mustText(result, token)
			if me != nil {
				result = c.act(fmt.Sprint(me["act"]), map[string]any{"path": "me", "token": secret, "params": me["params"]})
			}
			return c.mustText(result, email), secret
		}}
	}
}

var signInLibraries = []signInLibrary{
	{"@auth/core", "", node("authjs.mjs", "callback", "account.access_token", "session.user.email", nil)},
	{"passport-facebook", "v27.0", node("passport.mjs", "callback", "user.accessToken", "user.profile._json.email", nil)},
	{"arctic", "", node("arctic.mjs", "exchange", "accessToken", "body.email", map[string]any{"act": "me"})},
	{"fb", "v26.0", node("fb.mjs", "exchange", "access_token", "email", map[string]any{"act": "get", "params": map[string]any{"fields": "email"}})},
	{"x/oauth2", "", func(t *testing.T, s *server, app *callback, scope, _ string) signIn {
		_, client := newRecorder(t, s)
		ctx := context.WithValue(testContext(t), oauth2.HTTPClient, client)
		config := oauth2.Config{ClientID: trailmates.id, ClientSecret: trailmates.secret, RedirectURL: app.uri(), Endpoint: facebook.Endpoint, Scopes: strings.Fields(scope)}
		return signIn{config.AuthCodeURL("st-again"), func(back string) (string, string) {
			query, _ := landed(t, back)
			token, err := config.Exchange(ctx, query.Get("code"))
			if err != nil {
				t.Fatal(err)
			}
			return s.get(t, "/v25.0/me", url.Values{"fields": {"email"}, "access_token": {token.AccessToken}}).text("email"), token.AccessToken
		}}
	}},
	{"goth", "", func(t *testing.T, s *server, app *callback, scope, _ string) signIn {
		_, client := newRecorder(t, s)
		provider := gothfacebook.New(trailmates.id, trailmates.secret, app.uri(), strings.Fields(scope)...)
		provider.HTTPClient = client
		session, err := provider.BeginAuth("st-again")
		if err != nil {
			t.Fatal(err)
		}
		dialog, err := session.GetAuthURL()
		if err != nil {
			t.Fatal(err)
		}
		return signIn{dialog, func(back string) (string, string) {
			query, _ := landed(t, back)
			if _, err := session.Authorize(provider, query); err != nil {
				t.Fatal(err)
			}
			user, err := provider.FetchUser(session)
			if err != nil {
				t.Fatal(err)
			}
			return user.Email, user.AccessToken
		}}
	}},
}

// TestSignInLibrariesAgain proves R-LOGIN-17 and R-LOGIN-18 with each library:
// the same person logs in with it four times, and is asked the first time and
// when the app wants more; nothing that was given is lost, and every token of
// before works on. Two of the libraries speak v26.0 and v27.0.
func TestSignInLibrariesAgain(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{tls: true, scenario: clientsWorld(t)})
	app := newCallback(t)
	browser := s.newTab(t)
	for _, l := range signInLibraries {
		t.Run(l.name, func(t *testing.T) {
			p := browser.in(t)
			p.clearCookies()
			var tokens []string
			for _, round := range []struct{ name, scope, steps string }{
				{"the first time", "email", "login review"},
				{"the same", "email", ""},
				{"more", "email pages_show_list", "review"},
				{"less", "public_profile", ""},
			} {
				run := l.begin(t, s, app, round.scope, l.version)
				wantHost(t, run.dialog)
				if !strings.Contains(run.dialog, "/"+l.version+"/") && l.version != "" {
					t.Errorf("the library leads to %s: this test no longer proves %s", run.dialog, l.version)
				}
				p.open(run.dialog)
				back, steps := p.walk(login{email: theoEmail}, app.origin)
				if got := strings.Join(steps, " "); got != round.steps {
					t.Errorf("R-LOGIN-17: %s, the person is asked at %q, want %q", round.name, got, round.steps)
				}
				email, token := run.finish(back)
				if tokens = append(tokens, token); email != theoEmail {
					t.Errorf("%s, the library has the address %q", round.name, email)
				}
			}
			for i, token := range tokens {
				got := s.get(t, "/v25.0/me/permissions", url.Values{"access_token": {token}, "status": {"granted"}})
				list, _ := got.body["data"].([]any)
				var names []string
				for _, row := range list {
					row, _ := row.(map[string]any)
					names = append(names, fmt.Sprint(row["permission"]))
				}
				if slices.Sort(names); !slices.Equal(names, []string{"email", "pages_show_list", "public_profile"}) {
					t.Errorf("R-LOGIN-17: in the end the token of login %d holds %v, status %d", i+1, names, got.status)
				}
			}
			// The next library finds a person who never was here.
			if gone := s.send(t, http.MethodDelete, s.api+"/v25.0/me/permissions?access_token="+url.QueryEscape(tokens[0]), "", nil); gone.at("success") != true {
				t.Fatalf("DELETE me/permissions answers %d %v", gone.status, gone.body)
			}
		})
	}
}
