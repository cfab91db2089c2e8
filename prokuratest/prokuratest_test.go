//go:build !race

package prokuratest_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/client"
	"github.com/prokura/prokura/prokuratest"
)

const world = `
people:
  eve: {id: 42, name: Eve, email: eve@acme.example, password: prokura-demo-2026}
  tom: {name: Tom, email: tom@agency.example}
businesses:
  acme: {name: Acme, members: {eve: ADMIN}}
  agency: {name: Agency, members: {tom: ADMIN}, verification: verified}
assets:
  shop: {kind: ad_account, business: acme, name: Shop, attributes: {account_status: 1, currency: EUR, timezone_name: Europe/Berlin}}
apps:
  helper:
    name: Helper
    business: agency
    mode: live
    level: standard
    contact: tom@agency.example
    privacy_policy_url: https://agency.example/privacy
    business_use: clients
    category: Business and pages
    icon: data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAEAAAABAAgMAAADXB5lNAAAACVBMVEUAAAAfTnn///+AqXaiAAAAAXRSTlMAQObYZgAAAGdJREFUeNpiYGBgCIUDBgZUPkSEFVkggIGBQRRZIARNB0gPI6qAA6oRIEMwBERRBULIEQhFA5QJrFo1dQgIhK1aNRQEolatHEECBNIYNdI64RyFkQkxsilmRsbI6hiFAVpxAQgAAP//PWp8toOo0g8AAAAASUVORK5CYII=
    redirect_uris: [http://localhost/back]
    roles: {tom: admin}
    advanced_access: [ads_read, business_management]
    configurations:
      reports:
        name: Reports
        token_type: system_user
        expires_in_days: 60
        assets: {ad_account: {required: true}}
        permissions: [ads_read, business_management]
`

func grant() prokuratest.Login {
	return prokuratest.Login{Configuration: "reports", Person: "eve", Business: "acme", Assets: []string{"shop"}}
}

// Servers stand side by side, each with a world, a clock and faults of its own.
func TestParallel(t *testing.T) {
	t.Parallel()
	for i := range 4 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			srv := prokuratest.StartWorld(t, world)
			app := srv.App("helper")
			if srv.ID("eve") != "42" || srv.RedirectURI("helper") != "http://localhost/back" {
				t.Error(srv.ID("eve"))
			}
			token := srv.Login(grant())
			now := srv.Advance(time.Duration(i) * 24 * time.Hour)
			if days := time.Until(now).Hours() / 24; days < float64(i)-0.1 || days > float64(i)+0.1 {
				t.Errorf("%v days later", days)
			}
			srv.Advance(time.Duration(59-i) * 24 * time.Hour)
			if in, err := app.Debug(t.Context(), token); err != nil || !in.Valid {
				t.Errorf("on the 59th day: %+v %v", in, err)
			}
			srv.Advance(2 * 24 * time.Hour)
			if in, err := app.Debug(t.Context(), token); err != nil || in.Valid || in.Why.Subcode != 463 {
				t.Errorf("on the 61st day: %+v %v", in, err)
			}
			srv.Reset()
			if again := srv.Login(grant()); again == token {
				t.Error("the same token after a reset")
			}
		})
	}
}

// Faults come in pairs: not done, and done unheard; they hit what they say, so
// often.
func TestFaults(t *testing.T) {
	t.Parallel()
	srv := prokuratest.StartWorld(t, world)
	get := func(path string) (int, string) {
		resp, err := http.Get(srv.URL + path)
		if err != nil {
			return 0, ""
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			return 0, ""
		}
		return resp.StatusCode, string(text)
	}
	srv.Fail(prokuratest.Fault{Path: "/me", Skip: 1, Times: 2, Status: 503, Body: "later"})
	srv.Fail(prokuratest.Fault{Path: "/debug_token", Method: "POST", Times: -1})
	for i, want := range []int{400, 503, 503, 400} {
		if status, body := get("/me"); status != want || want == 503 && body != "later" {
			t.Errorf("call %d: %d %s", i, status, body)
		}
	}
	if status, _ := get("/debug_token"); status == 0 {
		t.Error("another method is hit")
	}
	for range 3 {
		if _, err := http.Post(srv.URL+"/debug_token", "", nil); err == nil {
			t.Error("the connection holds")
		}
	}
	srv.Mend()
	if _, err := http.Post(srv.URL+"/debug_token", "", nil); err != nil {
		t.Error(err)
	}

	app, code := srv.App("helper"), func() prokura.Secret { return prokura.Secret(srv.Consent(grant()).Query().Get("code")) }
	first, second := code(), code()
	srv.Fail(prokuratest.Fault{Path: "/oauth/access_token"})
	srv.Fail(prokuratest.Fault{Path: "/oauth/access_token", After: true})
	for _, c := range []prokura.Secret{first, second} {
		if _, err := app.Exchange(t.Context(), c, srv.RedirectURI("helper"), ""); !errors.Is(err, client.Transient) {
			t.Error(err)
		}
	}
	if _, err := app.Exchange(t.Context(), first, srv.RedirectURI("helper"), ""); err != nil {
		t.Errorf("what was not done: %v", err)
	}
	if _, err := app.Exchange(t.Context(), second, srv.RedirectURI("helper"), ""); err == nil {
		t.Error("what was done can be done again")
	}
}

func TestMailsAndWebhooks(t *testing.T) {
	t.Parallel()
	srv := prokuratest.StartWorld(t, world)
	got := srv.Receive("helper", "application", "business_integration_install")
	srv.Login(grant())
	if e := got.Wait(1)[0]; e.Field != "business_integration_install" || !strings.Contains(string(e.Value), srv.ID("acme")) {
		t.Errorf("%+v", e)
	}
	mails := srv.Mails("eve@acme.example")
	if len(mails) == 0 || mails[0].To != "eve@acme.example" || mails[0].Subject == "" || !strings.Contains(mails[0].Body, "Helper") {
		t.Errorf("%+v", mails)
	}
	if len(srv.Mails("nobody@acme.example")) != 0 {
		t.Error("mails of others")
	}
}

// BenchmarkStart is a start of the demo world, with its first answer, and its end.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		inner := &started{TB: b}
		b.StartTimer()
		srv := prokuratest.Start(inner, "demo")
		resp, err := http.Get(srv.URL + "/healthz")
		if err != nil {
			b.Fatal(err)
		}
		resp.Body.Close()
		b.StopTimer()
		inner.end()
		b.StartTimer()
	}
}

// started ends what was started before the benchmark ends.
type started struct {
	testing.TB
	ends []func()
}

func (s *started) Cleanup(f func()) { s.ends = append(s.ends, f) }
func (s *started) end() {
	for _, f := range s.ends {
		f()
	}
}
