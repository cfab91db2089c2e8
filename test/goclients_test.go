package test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/markbates/goth"
	gothfacebook "github.com/markbates/goth/providers/facebook"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/facebook"
)

// recorder notes what a Go client sends to the token endpoint on its way to
// the server under test. Clients get it as their HTTP client, so nothing of
// the process changes for other tests.
type recorder struct {
	next http.RoundTripper

	mu        sync.Mutex
	exchanges []exchangeShape
}

// exchangeShape is how a request to the token endpoint named the app.
type exchangeShape struct{ basic, inBody bool }

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	if strings.HasSuffix(request.URL.Path, "/oauth/access_token") {
		body, err := request.GetBody()
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(body)
		if err != nil {
			return nil, err
		}
		form, err := url.ParseQuery(string(text))
		if err != nil {
			return nil, err
		}
		_, _, basic := request.BasicAuth()
		r.mu.Lock()
		r.exchanges = append(r.exchanges, exchangeShape{basic: basic, inBody: form.Has("client_secret")})
		r.mu.Unlock()
	}
	return r.next.RoundTrip(request)
}

// taken returns what was sent since the last call.
func (r *recorder) taken() []exchangeShape {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.exchanges
	r.exchanges = nil
	return out
}

func newRecorder(t *testing.T, s *server) (*recorder, *http.Client) {
	t.Helper()
	transport := s.redirect.transport()
	t.Cleanup(transport.CloseIdleConnections)
	r := &recorder{next: transport}
	return r, &http.Client{Transport: r}
}

// TestClientXOAuth2 proves golang.org/x/oauth2 with its Facebook endpoint: it
// tries HTTP Basic first and, on any error, posts the same code again with the
// secret in the body; neither burns the code nor counts as replay
// (R-TOKEN-01).
func TestClientXOAuth2(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{tls: true})
	app := newCallback(t)
	record, client := newRecorder(t, s)
	ctx := context.WithValue(testContext(t), oauth2.HTTPClient, client)
	config := func(secret string) *oauth2.Config {
		return &oauth2.Config{
			ClientID: trailmates.id, ClientSecret: secret, RedirectURL: app.uri(),
			Endpoint: facebook.Endpoint, Scopes: []string{"email", "public_profile"},
		}
	}
	good := config(trailmates.secret)
	dialog := good.AuthCodeURL("st-go")
	wantHost(t, dialog)
	browser := s.newTab(t)
	browser.open(dialog)
	back, _ := browser.walk(login{email: benEmail}, app.origin)
	query, _ := landed(t, back)
	if query.Get("state") != "st-go" {
		t.Errorf("state came back as %q", query.Get("state"))
	}

	// The wrong secret, both ways.
	_, err := config("00000000000000000000000000000000").Exchange(ctx, query.Get("code"))
	wantRetrieveError(t, "a wrong secret", err, 1, 0)
	if got := record.taken(); len(got) != 2 || !got[0].basic || got[0].inBody || got[1].basic || !got[1].inBody {
		t.Errorf("x/oauth2 sent %+v: this test no longer proves its two tries", got)
	}

	// The same code is still good, by Basic at once.
	token, err := good.Exchange(ctx, query.Get("code"))
	if err != nil {
		t.Fatalf("R-TOKEN-01: two failed exchanges burnt the code: %v", err)
	}
	if got := record.taken(); len(got) != 1 || !got[0].basic {
		t.Errorf("R-TOKEN-02: HTTP Basic was not enough: %+v", got)
	}
	if token.TokenType != "bearer" || token.ExpiresIn < 59*24*3600 {
		t.Errorf("the token is %s for %d s", token.TokenType, token.ExpiresIn)
	}

	// /me with the token as Bearer.
	response, err := good.Client(ctx, token).Get("https://graph.facebook.com/v3.2/me?fields=id,email")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err != nil || !strings.Contains(string(body), benEmail) {
		t.Errorf("/me answers %s %s (%v)", response.Status, body, err)
	}

	_, err = config(trailmates.secret).Exchange(ctx, query.Get("code"))
	wantRetrieveError(t, "a used code", err, 100, 36009)
	_, err = config(trailmates.secret).Exchange(ctx, "not-a-code")
	wantRetrieveError(t, "a wrong code", err, 100, 0)
}

// wantRetrieveError fails unless x/oauth2 hands its caller the Graph error with
// that code and subcode (0: none).
func wantRetrieveError(t *testing.T, what string, err error, code, subcode int) {
	t.Helper()
	failed, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok {
		t.Errorf("%s: got %v, want a RetrieveError", what, err)
		return
	}
	got := answer{status: failed.Response.StatusCode}
	if err := json.Unmarshal(failed.Body, &got.body); err != nil {
		t.Errorf("%s answers no JSON object: %s", what, failed.Body)
	}
	if got.status != http.StatusBadRequest || got.code() != code || got.subcode() != subcode {
		t.Errorf("%s answers %d %s, want 400 with %d/%d", what, got.status, failed.Body, code, subcode)
	}
}

// TestClientGoth proves goth's Facebook provider: unversioned addresses,
// spaces between scopes, a proof on /me, and its errors (R-TOKEN-01,
// R-TOKEN-08, R-LOGIN-13).
func TestClientGoth(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{tls: true})
	app := newCallback(t)
	_, client := newRecorder(t, s)
	provider := gothfacebook.New(trailmates.id, trailmates.secret, app.uri(), "public_profile")
	provider.HTTPClient = client

	begin := func() (goth.Session, string) {
		session, err := provider.BeginAuth("st-goth")
		if err != nil {
			t.Fatal(err)
		}
		dialog, err := session.GetAuthURL()
		if err != nil {
			t.Fatal(err)
		}
		wantHost(t, dialog)
		return session, dialog
	}
	session, dialog := begin()
	browser := s.newTab(t)
	browser.open(dialog)
	back, _ := browser.walk(login{email: benEmail}, app.origin)
	query, _ := landed(t, back)

	if _, err := session.Authorize(provider, query); err != nil {
		t.Fatalf("goth exchanges the code: %v", err)
	}
	user, err := provider.FetchUser(session)
	if err != nil {
		t.Fatalf("goth reads /me: %v", err)
	}
	if user.Email != benEmail || user.FirstName != "Ben" || user.LastName != "Okafor" || user.UserID == "" || user.AvatarURL == "" {
		t.Errorf("goth sees %+v", user.RawData)
	}

	again, _ := begin()
	if _, err := again.Authorize(provider, query); err == nil || !strings.Contains(err.Error(), "36009") {
		t.Errorf("R-TOKEN-01: goth's error for a used code is %v", err)
	}
	if _, err := provider.FetchUser(session); err == nil || !strings.Contains(err.Error(), "400") {
		t.Errorf("R-TOKEN-01: the token of a replayed code still works: %v", err)
	}

	denied, dialog := begin()
	browser.open(askedAgain(dialog))
	back, _ = browser.walk(login{email: benEmail, cancelAt: "review"}, app.origin)
	if query, _ = landed(t, back); query.Get("error") != "access_denied" {
		t.Errorf("R-LOGIN-13: a denied dialog leads to %v", query)
	}
	if _, err := denied.Authorize(provider, query); err == nil {
		t.Error("goth takes a denied dialog for a login")
	}
}
