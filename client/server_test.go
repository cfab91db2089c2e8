//go:build !race

package client_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/client"
	"github.com/prokura/prokura/prokuratest"
)

var connect = prokuratest.Login{Configuration: "campaign_management", Person: "ada", Business: "nordwind",
	Assets: []string{"nordwind_eu", "nordwind_us", "nordwind_page"}}

// The whole life of a token against this server, by nothing but the library
// (R-CARE-02, R-TOKEN-01, -02, -05, -07, -08, -09).
func TestServer(t *testing.T) {
	t.Parallel()
	srv := prokuratest.Start(t, "demo")
	ctx, app := t.Context(), srv.App("campaigns")

	// Login: PKCE and state are made and checked.
	login := client.Login{ConfigID: srv.ID("campaign_management"), RedirectURI: srv.RedirectURI("campaigns")}
	address, state, err := app.LoginURL(login, "customer 7")
	if err != nil {
		t.Fatal(state, err)
	}
	back := srv.ConsentTo(address, connect)
	if _, err := app.FinishLogin(ctx, login, "another", back.Query()); !errors.Is(err, client.ErrState) {
		t.Errorf("with another state: %v", err)
	}
	if _, err := app.Exchange(ctx, prokura.Secret(back.Query().Get("code")), login.RedirectURI, ""); fault(t, err).Code != 100 {
		t.Errorf("without the verifier: %v", err)
	}
	token, err := app.FinishLogin(ctx, login, state, back.Query())
	if err != nil || token.Secret == "" || !token.Expires.IsZero() {
		t.Fatalf("finish: %v, expires %v", err, token.Expires)
	}
	as := app.As(token.Secret)
	me, err := as.Me(ctx, "id", "name", "client_business_id")
	if err != nil || me.ClientBusiness != srv.ID("nordwind") {
		t.Fatal(me, err)
	}

	// Inspecting: the token is in no address.
	i, err := app.Debug(ctx, token.Secret)
	if err != nil || !i.Valid || i.Why != nil || i.Type != "SYSTEM_USER" || i.AppID != app.AppID() || i.UserID != me.ID || i.Issued.IsZero() || !slices.Contains(i.Scopes, "ads_read") ||
		len(i.Granular) == 0 || len(i.Granular[0].Targets) == 0 {
		t.Errorf("%+v %v", i, err)
	}

	// Children: cut, the same again, fetched, limited.
	narrow := client.Narrow{Scopes: []string{"ads_read"}, Assets: []string{srv.ID("nordwind_eu")}}
	if _, err := as.Fetch(ctx, me.ClientBusiness, narrow); fault(t, err).Code != 100 {
		t.Errorf("fetch before there is one: %v", err)
	}
	child, err := as.Cut(ctx, me.ClientBusiness, narrow)
	again, err2 := as.Cut(ctx, me.ClientBusiness, narrow)
	fetched, err3 := as.Fetch(ctx, me.ClientBusiness, narrow)
	if errors.Join(err, err2, err3) != nil || child != again || child != fetched || child.Secret == token.Secret {
		t.Error("children differ", err, err2, err3)
	}
	expiring, err := as.Cut(ctx, me.ClientBusiness, client.Narrow{SixtyDays: true})
	if in := time.Until(expiring.Expires); err != nil || in < 59*24*time.Hour || in > 61*24*time.Hour {
		t.Error(expiring.Expires, err)
	}
	renewed, err := app.Renew(ctx, expiring.Secret)
	if err != nil || renewed.Secret == expiring.Secret || renewed.Expires.IsZero() {
		t.Error("renew:", err)
	}
	of := app.As(child.Secret)
	if account, err := client.Get[struct{ Name string }](ctx, of, "act_"+srv.ID("nordwind_eu"), client.Fields("name")); err != nil || account.Name != "Nordwind EU" {
		t.Error(account, err)
	}
	if _, err := client.Get[struct{}](ctx, of, srv.ID("nordwind_page")); fault(t, err).Subcode != 33 || fault(t, err).TraceID == "" {
		t.Errorf("an asset that it does not reach: %v", err)
	}
	if _, err := of.Cut(ctx, me.ClientBusiness, client.Narrow{}); !errors.Is(err, client.Forbidden) {
		t.Errorf("without business_management: %v", err)
	}

	// Lists, one item a page, so that paging.next is followed.
	var names []string
	for account, err := range client.All[struct{ Name string }](ctx, as, "me/adaccounts", client.Fields("name"), client.Limit(1)) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, account.Name)
	}
	if slices.Sort(names); !slices.Equal(names, []string{"Nordwind EU", "Nordwind US"}) {
		t.Error(names)
	}

	// Batches: more than fifty, a token of their own, one that uses another.
	ops := []client.Op{{Call: client.Call{Path: "me"}, Token: child.Secret}, {Call: client.Call{Path: srv.ID("nordwind_page")}, Token: child.Secret}}
	for range 60 {
		ops = append(ops, client.Op{Call: client.Call{Path: "me", Params: []client.Param{client.Fields("client_business_id")}}})
	}
	results := as.Batch(ctx, ops...)
	if got, err := client.Read[client.Me](results[61]); err != nil || got.ClientBusiness != me.ClientBusiness || results[0].Err != nil || fault(t, results[1].Err).Subcode != 33 ||
		client.FirstError(results) != results[1].Err {
		t.Error(got, err, results[0].Err, results[1].Err)
	}
	results = as.Batch(ctx, client.Op{Call: client.Call{Path: "me/adaccounts", Params: []client.Param{client.Limit(1)}}, Name: "first", OmitOnSuccess: true},
		client.Op{Call: client.Call{Path: "", Params: []client.Param{client.Set("ids", "{result=first:$.data.*.id}"), client.Fields("name")}}})
	if err := client.FirstError(results); err != nil || results[0].Body != nil || !strings.Contains(string(results[1].Body), "Nordwind") {
		t.Errorf("%v %s", err, results[1].Body)
	}
	inspections, errs := app.DebugAll(ctx, []prokura.Secret{child.Secret, "garbage", token.Secret})
	if errors.Join(errs...) != nil || !inspections[0].Valid || !errors.Is(inspections[1].Why, client.Dead) || !inspections[2].Valid {
		t.Errorf("%+v %v", inspections, errs)
	}

	// The end: one token, then everything.
	if err := app.Revoke(ctx, child.Secret); err != nil {
		t.Error(err)
	}
	if _, err := of.Me(ctx); !errors.Is(err, client.Dead) || fault(t, err).Subcode != 467 || errors.Is(err, client.Forbidden) {
		t.Errorf("a revoked token: %v", err)
	}
	if err := app.Revoke(ctx, token.Secret); err != nil {
		t.Error(err)
	}
	if i, err := app.Debug(ctx, token.Secret); err != nil || i.Valid || !errors.Is(i.Why, client.Dead) || i.Why.Subcode != 467 {
		t.Errorf("%+v %v", i, err)
	}
}

// System users, app tokens and user tokens.
func TestServerSystemUsers(t *testing.T) {
	t.Parallel()
	srv := prokuratest.Start(t, "demo")
	ctx, app := t.Context(), srv.App("campaigns")
	tess := app.As(srv.Login(prokuratest.Login{Configuration: "personal_reporting", Person: "tess", Assets: []string{}}))
	id, err := tess.CreateSystemUser(ctx, srv.ID("brightline"), "Night jobs", "EMPLOYEE")
	if err != nil {
		t.Fatal(err)
	}
	if err := tess.Install(ctx, id); err != nil {
		t.Fatal(err)
	}
	minted, err := tess.Mint(ctx, id, true, "ads_read", "business_management")
	if err != nil || minted.Expires.IsZero() && minted.Secret == "" {
		t.Fatal(err)
	}
	var found bool
	for u, err := range tess.SystemUsers(ctx, srv.ID("brightline")) {
		if err != nil {
			t.Fatal(err)
		}
		found = found || u.ID == id && u.Name == "Night jobs" && u.Role == "EMPLOYEE"
	}
	if me, err := app.As(minted.Secret).Me(ctx); err != nil || me.ID != id || !found {
		t.Error(me, err, found)
	}
	if err := tess.RevokeSystemUser(ctx, id); err != nil {
		t.Error(err)
	}
	if _, err := app.As(minted.Secret).Me(ctx); !errors.Is(err, client.Dead) {
		t.Error(err)
	}
	if appToken, err := app.AppToken(ctx); err != nil || !strings.HasPrefix(appToken.Secret.Reveal(), app.AppID()+"|") {
		t.Error(err)
	}
	u := srv.Consent(prokuratest.Login{App: "trailmates", Scope: "email", Person: "ada"})
	trail := srv.App("trailmates")
	user, err := trail.Exchange(ctx, prokura.Secret(u.Query().Get("code")), srv.RedirectURI("trailmates"), "")
	if err != nil || user.Expires.IsZero() {
		t.Fatal(err)
	}
	if me, err := trail.As(user.Secret).Me(ctx, "id", "email"); err != nil || me.Email != "ada@nordwind.example" {
		t.Error(me, err)
	}
	if longer, err := trail.Extend(ctx, user.Secret); err != nil || longer.Secret == user.Secret {
		t.Error(err)
	}
	if err := trail.As(user.Secret).RevokeAll(ctx); err != nil {
		t.Error(err)
	}
	if i, err := trail.Debug(ctx, user.Secret); err != nil || i.Valid || !errors.Is(i.Why, client.Dead) || i.Why.Subcode != 458 {
		t.Errorf("%+v %v", i, err)
	}
}

// A login in a browser: cookie, tabs, refusal, forgery.
func TestServerLoginHandlers(t *testing.T) {
	t.Parallel()
	srv := prokuratest.Start(t, "demo")
	app := srv.App("campaigns")
	login := client.Login{ConfigID: srv.ID("campaign_management"), RedirectURI: srv.RedirectURI("campaigns")}
	start := func() (dialog string, c *http.Cookie) {
		w := httptest.NewRecorder()
		if err := app.StartLogin(w, httptest.NewRequest("GET", "/login", nil), login, "7"); err != nil {
			t.Fatal(err)
		}
		list := w.Result().Cookies()
		if len(list) != 1 || !list[0].HttpOnly || !list[0].Secure || list[0].SameSite != http.SameSiteLaxMode || !strings.HasPrefix(list[0].Name, "__Host-") {
			t.Fatalf("cookies %v", list)
		}
		return w.Header().Get("Location"), list[0]
	}
	end := func(back *url.URL, cookies ...*http.Cookie) (client.Token, string, error) {
		r := httptest.NewRequest("GET", back.String(), nil)
		for _, c := range cookies {
			r.AddCookie(c)
		}
		return app.EndLogin(httptest.NewRecorder(), r, login)
	}
	one, first := start()
	two, second := start()
	back := srv.ConsentTo(one, connect)
	if _, _, err := end(back, second); !errors.Is(err, client.ErrState) {
		t.Errorf("in a browser that did not begin it: %v", err)
	}
	if token, data, err := end(back, second, first); err != nil || token.Secret == "" || data != "7" {
		t.Errorf("with two tabs: %v %q", err, data)
	}
	forged := *second
	forged.Value = strings.Split(forged.Value, ".")[0] + ".OA." + strings.Split(forged.Value, ".")[2] // data of the browser's own
	q, _ := url.Parse(two)
	no := &url.URL{Scheme: "https", Host: "app.brightline.example", Path: "/callback", RawQuery: url.Values{"error": {"access_denied"}, "error_code": {"200"},
		"error_reason": {"user_denied"}, "error_description": {"Permissions error"}, "state": {q.Query().Get("state")}}.Encode()}
	mine := *no
	mine.RawQuery = url.Values{"code": {"x"}, "state": {forged.Value}}.Encode()
	sum := sha256.Sum256([]byte(forged.Value))
	forged.Name = "__Host-login-" + base64.RawURLEncoding.EncodeToString(sum[:9])
	if _, data, err := end(&mine, &forged); !errors.Is(err, client.ErrState) || data != "" {
		t.Errorf("a state with data of the browser's own: %v %q", err, data)
	}
	_, data, err := end(no, second)
	if denied, ok := errors.AsType[*client.Denied](err); !ok || denied.Reason != "user_denied" || data != "7" {
		t.Errorf("a person who said no: %v", err)
	}
}

// Dead, throttled, unreachable and mistaken are told apart, and a write whose
// answer was lost is not repeated, unless twice is as good as once.
func TestServerFaults(t *testing.T) {
	t.Parallel()
	srv := prokuratest.Start(t, "demo")
	ctx, app := t.Context(), srv.App("campaigns")
	token := srv.Login(connect)
	as := app.As(token)
	me, err := as.Me(ctx, "client_business_id")
	if err != nil {
		t.Fatal(err)
	}
	srv.Fail(prokuratest.Fault{Path: "/me", Times: 2})
	if _, err := as.Me(ctx); err != nil {
		t.Errorf("a read whose connection broke twice: %v", err)
	}
	srv.Fail(prokuratest.Fault{Path: "/me", Times: 3, Status: 502, Body: "<html>"})
	if _, err := as.Me(ctx); !errors.Is(err, client.Transient) || errors.Is(err, client.Dead) || fault(t, err).Status != 502 {
		t.Errorf("three bad gateways: %v", err)
	}
	srv.Mend()
	// Done, and nobody hears: cut again, it is the same child.
	narrow := client.Narrow{Scopes: []string{"ads_read"}}
	srv.Fail(prokuratest.Fault{Path: "/system_user_access_tokens", After: true})
	child, err := as.Cut(ctx, me.ClientBusiness, narrow)
	if fetched, err2 := as.Fetch(ctx, me.ClientBusiness, narrow); err != nil || err2 != nil || child != fetched {
		t.Error(err, err2)
	}
	// A code that is exchanged twice ends its token, so it is not.
	back := srv.Consent(connect)
	srv.Fail(prokuratest.Fault{Path: "/oauth/access_token", After: true})
	_, err = app.Exchange(ctx, prokura.Secret(back.Query().Get("code")), srv.RedirectURI("campaigns"), "")
	if u, ok := errors.AsType[*client.Unreachable](err); !ok || !u.Sent || !errors.Is(err, client.Transient) {
		t.Errorf("an exchange whose answer was lost: %v", err)
	}
	_, err = app.Exchange(ctx, prokura.Secret(back.Query().Get("code")), srv.RedirectURI("campaigns"), "")
	if fault(t, err).Subcode != 36009 {
		t.Errorf("the exchange was made: %v", err)
	}
	srv.Throttle("campaigns", "nordwind_eu", 10*time.Minute)
	account := "act_" + srv.ID("nordwind_eu")
	_, err = client.Get[struct{}](ctx, as, account)
	if e := fault(t, err); !errors.Is(err, client.Throttled) || e.RetryAfter <= 0 || e.Status == 0 {
		t.Errorf("throttled: %v, %v", err, e.RetryAfter)
	}
	if _, err = client.Get[struct{}](ctx, as, account); !errors.Is(err, client.Throttled) || fault(t, err).Status != 0 {
		t.Errorf("the next one is not sent: %v", err)
	}
	if _, err = client.Get[struct{}](ctx, as, "act_"+srv.ID("nordwind_us")); err != nil {
		t.Errorf("another account: %v", err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := as.Me(ended); !errors.Is(err, context.Canceled) || errors.Is(err, client.Transient) {
		t.Errorf("a caller who gave up: %v", err)
	}
	broken := srv.Config("campaigns")
	broken.Secret = "0123456789abcdef0123456789abcdef"
	other, err := client.New(broken)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.As(token).Me(ctx); err == nil || errors.Is(err, client.Dead) || fault(t, err).Type != "GraphMethodException" {
		t.Errorf("a wrong proof is no dead token: %v", err)
	}
	if _, err := other.Debug(ctx, token); err == nil {
		t.Error("a wrong secret inspects")
	}
	if _, err := app.WithSecret("0123456789abcdef0123456789abcdef").Debug(ctx, token); err == nil {
		t.Error("a wrong secret inspects")
	}
	for asset, path := range map[string]string{"nordwind_page": srv.ID("nordwind_page"), "": "me"} {
		srv.Throttle("campaigns", asset, 10*time.Minute)
		if _, err := client.Get[struct{}](ctx, as, path); !errors.Is(err, client.Throttled) {
			t.Errorf("throttled on %s: %v", path, err)
		}
	}
	if _, err := as.Me(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who gave up on a spent budget: %v", err)
	}
}

func fault(t *testing.T, err error) *client.Error {
	t.Helper()
	e, ok := errors.AsType[*client.Error](err)
	if !ok {
		t.Helper()
		t.Errorf("%v (%T) is none of the API's", err, err)
		return &client.Error{}
	}
	return e
}

// What a real server sends is taken, once, and both signatures are looked at.
func TestServerWebhooks(t *testing.T) {
	t.Parallel()
	srv := prokuratest.Start(t, "demo")
	got := srv.Receive("campaigns", "application", "business_integration_install", "business_integration_update", "business_integration_uninstall")
	srv.Login(connect)
	fewer := connect
	fewer.Assets = []string{"nordwind_eu", "nordwind_page"}
	srv.Login(fewer)
	var told []string
	for _, e := range got.Wait(2) {
		var v struct {
			Business string `json:"business_manager_id"`
		}
		if err := e.Decode(&v); err != nil || e.Object != "application" || e.Entry != srv.ID("campaigns") || e.Time.IsZero() {
			t.Errorf("%+v %v", e, err)
		}
		told = append(told, fmt.Sprint(e.Field, " ", v.Business))
	}
	if want := []string{"business_integration_install " + srv.ID("nordwind"), "business_integration_update " + srv.ID("nordwind")}; !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
}
