package web_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph"
	"github.com/prokura/prokura/internal/graph/calls"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/login"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/registry/webhooks"
	"github.com/prokura/prokura/internal/registry/world"
	"github.com/prokura/prokura/internal/web"
	"github.com/prokura/prokura/internal/web/kit"
	"github.com/prokura/prokura/internal/web/kit/kittest"
)

const (
	password    = "a long password of tests"
	redirectURI = "https://app.brightline.example/callback"
	manyPages   = 120 // more than two pages of the dialog's list
)

// site is the pages over HTTP on a world of its own.
type site struct {
	t        *testing.T
	registry *registry.Registry
	url      string
	ids      map[string]prokura.ID
	database string
	called   []*http.Request // of the API, by the pages
}

// allCalls is the table that the pages are handed.
var allCalls = sync.OnceValue(func() []byte { return calls.JSON(graph.Edges(prokura.DefaultCatalog())) })

func newSite(t *testing.T) *site {
	t.Helper()
	return newSiteWith(t, testWorld())
}

func newSiteWith(t *testing.T, w world.World) *site { return newSiteFor(t, w, true) }

// newSiteFor is a site of a world for development, or of a real one without mail.
func newSiteFor(t *testing.T, w world.World, dev bool) *site {
	t.Helper()
	dir := t.TempDir()
	r, err := registry.Open(t.Context(), registry.Config{Database: filepath.Join(dir, "world.db"), KeyFile: filepath.Join(dir, "keys.json"), Dev: dev})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	s := &site{t: t, registry: r, database: filepath.Join(dir, "world.db")}
	if s.ids, err = world.Plant(t.Context(), r, w); err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewUnstartedServer(nil)
	s.url = "http://" + ts.Listener.Addr().String()
	api := sync.OnceValue(func() http.Handler {
		return graph.New(graph.Config{Registry: r, BaseURL: func(*http.Request) string { return s.url }})
	})
	pages, err := web.New(web.Config{Registry: r, BaseURL: s.url, Calls: allCalls(), ActOf: calls.ActOf(graph.Edges(r.Catalog())), Graph: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.called = append(s.called, r)
		api().ServeHTTP(w, r)
	})})
	if err != nil {
		t.Fatal(err)
	}
	ts.Config.Handler = pages
	ts.Start()
	t.Cleanup(ts.Close)
	return s
}

// testWorld has a client business with many assets, a provider with two apps,
// and people with every role that the pages tell apart.
func testWorld() world.World {
	icon := kit.IconPrefix + base64.StdEncoding.EncodeToString(kittest.PNG(64, 64))
	person := func(key, name string) world.Person {
		return world.Person{Key: key, Name: name, Email: key + "@example.org", Password: password}
	}
	scopes := []prokura.Permission{"ads_management", "ads_read", "business_management", "pages_show_list", "pages_read_engagement"}
	kinds := []prokura.ConfigurationAsset{
		{Kind: prokura.KindAdAccount, Required: true}, {Kind: prokura.KindPage, Required: true}, {Kind: prokura.KindProductCatalog}}
	settings := prokura.AppSettings{RedirectURIs: []string{redirectURI, "brightline-app://done", "http://127.0.0.1/cb", "http://[::1]/cb"},
		JSDomains: []string{"https://app.brightline.example"}, PrivacyPolicyURL: "https://brightline.example/privacy", Icon: icon, Category: "Business"}
	w := world.World{
		People: []world.Person{person("ada", "Ada Lindqvist"), person("ben", "Ben Okafor"), person("tess", "Tess Moreau")},
		Businesses: []world.Business{
			{Key: "nordwind", Name: "Nordwind Outdoor", Members: []world.Member{{Person: "ada", Role: prokura.RoleAdmin}, {Person: "ben", Role: prokura.RoleEmployee}}},
			{Key: "brightline", Name: "Brightline Ads", Verification: "verified", Members: []world.Member{{Person: "tess", Role: prokura.RoleAdmin}, {Person: "ada", Role: prokura.RoleAdmin}}},
		},
		Assets: []world.Asset{
			{Key: "eu", Kind: prokura.KindAdAccount, Business: "nordwind", Name: "Nordwind EU", Attributes: map[string]any{"currency": "EUR"}},
			{Key: "us", Kind: prokura.KindAdAccount, Business: "nordwind", Name: "Nordwind US"},
			{Key: "other", Kind: prokura.KindPage, Business: "brightline", Name: "Brightline's page"},
		},
		Apps: []world.App{
			{Key: "campaigns", Name: "Brightline Campaigns", Business: "brightline", Mode: prokura.ModeLive, Level: prokura.LevelStandard,
				Secret: "7f3c9a1e5b8d42f6a0c7e91b3d5f8a26", Settings: settings, Advanced: append(scopes[:len(scopes):len(scopes)], "catalog_management"),
				Roles: []world.Role{{Person: "tess", Role: prokura.AppAdmin}},
				Configurations: []world.Configuration{
					{Key: "business", Configuration: prokura.Configuration{Name: "Campaign management", Variation: "general", TokenType: prokura.TokenTypeSystemUser, Assets: kinds, Permissions: scopes}},
					{Key: "personal", Configuration: prokura.Configuration{Name: "Reporting", Variation: "general", TokenType: prokura.TokenTypeUser, Assets: kinds[:2], Permissions: []prokura.Permission{"ads_read", "pages_show_list"}}},
				}},
			{Key: "lab", Name: "Brightline Lab", Business: "brightline", Settings: settings, Roles: []world.Role{{Person: "tess", Role: prokura.AppAdmin}},
				Configurations: []world.Configuration{{Key: "labor", Configuration: prokura.Configuration{Name: "Lab", Variation: "general", TokenType: prokura.TokenTypeSystemUser, Permissions: scopes[:2]}}}},
			{Key: "narrow", Name: "Brightline Narrow", Business: "brightline", Mode: prokura.ModeLive, Settings: settings, Roles: []world.Role{{Person: "tess", Role: prokura.AppAdmin}},
				Configurations: []world.Configuration{{Key: "standard", Configuration: prokura.Configuration{Name: "Standard", Variation: "general", TokenType: prokura.TokenTypeSystemUser, Permissions: scopes[:2]}}}},
			{Key: "trailmates", Name: "Trailmates", Type: prokura.AppConsumer, Mode: prokura.ModeLive, Settings: settings,
				Advanced: []prokura.Permission{"email", "public_profile", "pages_show_list"}, Roles: []world.Role{{Person: "tess", Role: prokura.AppAdmin}}},
		},
	}
	for i := range manyPages {
		w.Assets = append(w.Assets, world.Asset{Key: fmt.Sprintf("page%d", i), Kind: prokura.KindPage, Business: "nordwind", Name: fmt.Sprintf("Store %03d", i)})
	}
	return w
}

func (s *site) id(key string) string {
	s.t.Helper()
	id, ok := s.ids[key]
	if !ok {
		s.t.Fatalf("no %q in the world", key)
	}
	return id.String()
}

// start is a pending login, as /dialog/oauth makes one.
func (s *site) start(app, configuration string, change func(*prokura.LoginRequest)) string {
	s.t.Helper()
	req := prokura.LoginRequest{RedirectURI: redirectURI, State: "st 42", HasState: true, ResponseTypes: []string{"code"}, Configuration: s.ids[configuration]}
	if change != nil {
		change(&req)
	}
	id, err := login.Start(s.t.Context(), s.registry, s.ids[app], req, false)
	if err != nil {
		s.t.Fatal(err)
	}
	return "/consent/" + id
}

// browser is one browser: its cookies, and the last page that it was shown. It
// follows no redirects.
type browser struct {
	*site
	client http.Client
	page   string
	at     string // address of the page
	header http.Header
	status int
	extra  http.Header // sent with every request
}

func (s *site) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &browser{site: s, extra: http.Header{}, client: http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// send makes a request; every POST must end in 303 or a page that says what is
// wrong (T07); but for the explorer and the receiver of tried logins, whose forms are
// the only place of their tokens.
func (b *browser) send(method, path string, body io.Reader, kind string) int {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	for name, values := range b.extra {
		req.Header[name] = values
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	resp, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.status, b.header = resp.StatusCode, resp.Header
	if resp.StatusCode != http.StatusSeeOther {
		b.page, b.at = string(text), path
	}
	if method == http.MethodPost && b.status != http.StatusSeeOther && b.status < 400 && path != "/tools/explorer" && path != "/_try/exchange" {
		b.t.Errorf("T07: POST %s answers %d", path, b.status)
	}
	return b.status
}

func (b *browser) get(path string) int {
	b.t.Helper()
	return b.send(http.MethodGet, path, nil, "")
}

// goTo follows redirects on this server, as a browser would.
func (b *browser) goTo(path string) int {
	b.t.Helper()
	for b.get(path); b.status == http.StatusSeeOther && strings.HasPrefix(b.location(), "/"); b.get(path) {
		path = b.location()
	}
	return b.status
}

func (b *browser) location() string { return b.header.Get("Location") }

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// submit sends the form of the page whose action ends so, with its hidden
// fields, and follows the answer on this server.
func (b *browser) submit(action string, fields ...string) int {
	b.t.Helper()
	values, path := b.form(action)
	for i := 0; i < len(fields); i += 2 {
		values.Add(fields[i], fields[i+1])
	}
	b.post(path, values)
	if b.status == http.StatusSeeOther && strings.HasPrefix(b.location(), "/") {
		b.goTo(b.location())
	}
	return b.status
}

func (b *browser) form(action string) (hiddenFields url.Values, path string) {
	b.t.Helper()
	for _, part := range strings.Split(b.page, "<form")[1:] {
		head, rest, _ := strings.Cut(part, ">")
		_, after, ok := strings.Cut(head, `action="`)
		path, _, _ = strings.Cut(after, `"`)
		if !ok || !strings.HasSuffix(path, action) {
			continue
		}
		inner, _, _ := strings.Cut(rest, "</form>")
		hiddenFields = url.Values{}
		for _, m := range hidden.FindAllStringSubmatch(inner, -1) {
			hiddenFields.Add(m[1], m[2])
		}
		return hiddenFields, path
	}
	b.t.Fatalf("no form to %s on the page at %s (%d):\n%s", action, b.at, b.status, b.page)
	return nil, ""
}

func (b *browser) post(path string, values url.Values) int {
	b.t.Helper()
	return b.send(http.MethodPost, path, strings.NewReader(values.Encode()), "application/x-www-form-urlencoded")
}

// logIn goes through the login page.
func (b *browser) logIn(key string) *browser {
	b.t.Helper()
	b.goTo("/login")
	b.submit("/login", "email", key+"@example.org", "password", password)
	if b.status != http.StatusOK || !strings.Contains(b.page, "/logout") {
		b.t.Fatalf("%s is not logged in: %d", key, b.status)
	}
	return b
}

// signUp goes on from the sign-up's form on the page, as far as the session.
func (b *browser) signUp(name, email string) {
	b.t.Helper()
	b.submit("/signup", "name", name, "email", email, "password", password)
	b.says("Enter the code from your mail", email)
	b.submit("/signup/code", "code", b.mailed(email, "code"))
}

// mailed is a value of the newest mail to an address that has it.
func (s *site) mailed(email, value string) string {
	s.t.Helper()
	list, err := webhooks.Inbox(s.t.Context(), s.registry, 50)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, m := range list {
		if v := m.Values[value]; v != "" && m.To == email {
			return v
		}
	}
	s.t.Fatalf("no mail to %s holds a %s", email, value)
	return ""
}

// says fails unless the page holds each text.
func (b *browser) says(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		if !strings.Contains(b.page, text) {
			b.t.Errorf("the page at %s (%d) does not say %q:\n%s", b.at, b.status, text, b.page)
		}
	}
}

func (b *browser) cookie(name string) string {
	u, err := url.Parse(b.url)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range b.client.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// setCookie makes the browser hold a cookie, as an attacker might.
func (b *browser) setCookie(name, value string) {
	u, err := url.Parse(b.url)
	if err != nil {
		b.t.Fatal(err)
	}
	b.client.Jar.SetCookies(u, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

// arrived fails unless the last answer went to the app, and gives its query.
func (b *browser) arrived() url.Values {
	b.t.Helper()
	u, err := url.Parse(b.location())
	if err != nil || b.status != http.StatusSeeOther || !strings.HasPrefix(b.location(), redirectURI+"?") {
		b.t.Fatalf("the answer is %d to %q, not to the app:\n%s", b.status, b.location(), b.page)
	}
	return u.Query()
}

// token exchanges a code at the registry.
func (s *site) token(app, code string) prokura.Secret {
	s.t.Helper()
	c, err := s.registry.AuthenticateApp(s.t.Context(), s.id(app), "7f3c9a1e5b8d42f6a0c7e91b3d5f8a26", registry.Credentials{})
	if err != nil {
		s.t.Fatal(err)
	}
	out, err := grants.ExchangeCode(s.t.Context(), s.registry, c, grants.Exchange{Code: code, RedirectURI: redirectURI})
	if err != nil {
		s.t.Fatal(err)
	}
	return out.Secret
}

// alive is nil for a token that works.
func (s *site) alive(token prokura.Secret) error {
	_, err := s.registry.Authenticate(s.t.Context(), registry.Credentials{Token: token})
	return err
}

// caller is a person's session at the registry.
func (s *site) caller(key string) registry.Caller {
	s.t.Helper()
	secret, err := people.SignIn(s.t.Context(), s.registry, key+"@example.org", password, people.Client{Address: "192.0.2.9"})
	if err != nil {
		s.t.Fatal(err)
	}
	c, err := people.Authenticate(s.t.Context(), s.registry, secret, "test")
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}
