package graph

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/registry/world"
)

const (
	redirectURI = "https://app.example/cb"
	password    = prokura.Secret("a long password of tests")

	campaignsSecret = prokura.Secret("7f3c9a1e5b8d42f6a0c7e91b3d5f8a26")
	otherSecret     = prokura.Secret("2b8e4d6f1a9c4e7385d0f6b2c4a8e713")
	labSecret       = prokura.Secret("c4d5e6f708192a3b4c5d6e7f8091a2b3")
	bareSecret      = prokura.Secret("a2b3c4d5e6f708192a3b4c5d6e7f8091")
)

var scopes = []prokura.Permission{
	"ads_management", "ads_read", "business_management", "catalog_management", "instagram_basic", "pages_show_list",
	"pages_read_engagement", "whatsapp_business_management",
}

// smallWorld has two of everything that an answer lists, and a business that
// the others must never see.
func smallWorld() world.World {
	w := world.World{
		People: []world.Person{
			{Key: "ada", Name: "Ada Maria Lindqvist", Email: "ada@nordwind.example", Password: password},
			{Key: "ben", Name: "Ben Okafor", Email: "ben@nordwind.example", Password: password},
			{Key: "tess", Name: "Tess Moreau", Email: "tess@brightline.example", Password: password},
			{Key: "theo", Name: "Theo Brandt", Email: "theo@brightline.example", Password: password},
			{Key: "kim", Name: "Kim", Email: "kim@kitchen.example", Password: password},
			{Key: "sam", Name: "Sam Adeyemi", Email: "sam@nordwind.example", Password: password},
		},
		Businesses: []world.Business{
			{Key: "brightline", Name: "Brightline Ads", Verification: "verified", Members: []world.Member{{Person: "tess", Role: prokura.RoleAdmin}}},
			{Key: "nordwind", Name: "Nordwind Outdoor", Members: []world.Member{{Person: "ada", Role: prokura.RoleAdmin}, {Person: "ben", Role: prokura.RoleEmployee}, {Person: "sam", Role: prokura.RoleAdmin}},
				SystemUsers: []world.SystemUser{{Key: "server", Name: "Server", Role: prokura.SystemUserAdmin, Installs: []string{"campaigns"}}}},
			{Key: "nordwind2", Name: "Nordwind Indoor", Members: []world.Member{{Person: "ada", Role: prokura.RoleAdmin}}},
			{Key: "kitchen", Name: "Test Kitchen", Members: []world.Member{{Person: "kim", Role: prokura.RoleAdmin}}},
		},
	}
	attributes := map[prokura.AssetKind]map[string]any{
		prokura.KindAdAccount:               {"currency": "EUR", "timezone_name": "Europe/Stockholm", "timezone_offset_hours_utc": 5.5, "account_status": 2},
		prokura.KindPage:                    {"category": "Outdoor shop", "category_list": []any{map[string]any{"id": "2201", "name": "Outdoor shop"}}, "fan_count": 12},
		prokura.KindProductCatalog:          {"vertical": "commerce", "product_count": 40},
		prokura.KindInstagramAccount:        {"username": "nordwind.outdoor", "followers_count": 7},
		prokura.KindWhatsAppBusinessAccount: {"currency": "EUR", "timezone_id": "1", "message_template_namespace": "ns"},
		prokura.KindPixel:                   {"is_unavailable": false},
	}
	for _, kind := range prokura.DefaultCatalog().Kinds {
		for _, n := range []string{"1", "2"} {
			w.Assets = append(w.Assets, world.Asset{Key: string(kind.Kind) + n, Kind: kind.Kind, Business: "nordwind", Name: kind.Title + " " + n, Attributes: attributes[kind.Kind]})
		}
		w.Assets = append(w.Assets,
			world.Asset{Key: "foreign_" + string(kind.Kind), Kind: kind.Kind, Business: "kitchen", Name: "Foreign", Attributes: attributes[kind.Kind]},
			world.Asset{Key: "shared_" + string(kind.Kind), Kind: kind.Kind, Business: "kitchen", Name: "Shared", Shares: []world.Tasks{{Key: "nordwind", Tasks: []prokura.Task{kind.Tasks[len(kind.Tasks)-1].Task}}}})
	}
	settings := prokura.AppSettings{RedirectURIs: []string{redirectURI}, PrivacyPolicyURL: "https://app.example/privacy", Icon: "data:image/png;base64,iVBORw0KGgo=",
		Category: "Business", SiteURL: "https://app.example/", Domains: []string{"app.example"}, Contact: "help@app.example"}
	var assets []prokura.ConfigurationAsset
	for _, kind := range prokura.DefaultCatalog().Kinds {
		assets = append(assets, prokura.ConfigurationAsset{Kind: kind.Kind})
	}
	app := func(key string, mode prokura.AppMode, secret prokura.Secret) world.App {
		return world.App{Key: key, Name: strings.ToUpper(key[:1]) + key[1:], Business: "brightline", Mode: mode, Level: prokura.LevelStandard, Secret: secret, Settings: settings,
			Advanced: append([]prokura.Permission{"email", "public_profile"}, scopes...),
			Roles:    []world.Role{{Person: "tess", Role: prokura.AppAdmin}, {Person: "theo", Role: prokura.AppDeveloper}},
			Configurations: []world.Configuration{
				{Key: key + "-system", Configuration: prokura.Configuration{Name: "Campaign management", Variation: "general", TokenType: prokura.TokenTypeSystemUser, Assets: assets, Permissions: scopes}},
				{Key: key + "-system-60", Configuration: prokura.Configuration{Name: "Insights", Variation: "general", TokenType: prokura.TokenTypeSystemUser, ExpiresInDays: 60, Assets: assets, Permissions: scopes}},
				{Key: key + "-user", Configuration: prokura.Configuration{Name: "Personal reporting", Variation: "general", TokenType: prokura.TokenTypeUser, Assets: assets, Permissions: scopes}},
			}}
	}
	w.Apps = []world.App{app("campaigns", prokura.ModeLive, campaignsSecret), app("other", prokura.ModeLive, otherSecret), app("lab", prokura.ModeDevelopment, labSecret)}
	w.Apps[1].Roles = w.Apps[1].Roles[:1] // Theo has no role on it
	// Nordwind's own server works with Brightline's app, set up by Sam (R-SU-06).
	w.Apps[0].SharedWith = []string{"nordwind"}
	w.Apps[0].Roles = append(w.Apps[0].Roles, world.Role{Person: "sam", Role: prokura.AppDeveloper}, world.Role{Person: "server", Role: prokura.AppDeveloper})
	w.Apps = append(w.Apps, world.App{Key: "bare", Name: "Bare", Secret: bareSecret, Roles: w.Apps[1].Roles,
		Configurations: []world.Configuration{{Key: "bare-user", Configuration: prokura.Configuration{Name: "Reporting", Variation: "general",
			TokenType: prokura.TokenTypeUser, Permissions: []prokura.Permission{"ads_read"}}}}})
	return w
}

// fixture is a served small world.
type fixture struct {
	t        testing.TB
	registry *registry.Registry
	server   *httptest.Server
	handler  http.Handler
	id       map[string]prokura.ID
	secrets  map[string]prokura.Secret // of apps
}

func newWorld(t testing.TB) *fixture {
	t.Helper()
	return serveWorld(t, smallWorld())
}

func serveWorld(t testing.TB, plan world.World) *fixture {
	t.Helper()
	dir := t.TempDir()
	r, err := registry.Open(t.Context(), registry.Config{Database: filepath.Join(dir, "world.db"), KeyFile: filepath.Join(dir, "keys.json"), Dev: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	w := &fixture{t: t, registry: r, secrets: map[string]prokura.Secret{"campaigns": campaignsSecret, "other": otherSecret, "lab": labSecret, "bare": bareSecret}}
	if w.id, err = world.Plant(t.Context(), r, plan); err != nil {
		t.Fatal(err)
	}
	w.handler = New(Config{Registry: r, BaseURL: func(r *http.Request) string { return "http://" + r.Host }})
	w.server = httptest.NewServer(w.handler)
	t.Cleanup(w.server.Close)
	return w
}

// ids are the ids of keys.
func (w *fixture) ids(keys ...string) []prokura.ID {
	out := make([]prokura.ID, len(keys))
	for i, k := range keys {
		out[i] = w.id[k]
	}
	return out
}

// both are the two assets of each kind that nordwind owns.
func (w *fixture) both() []prokura.ID {
	var out []prokura.ID
	for _, k := range w.registry.Catalog().Kinds {
		out = append(out, w.ids(string(k.Kind)+"1", string(k.Kind)+"2")...)
	}
	return out
}

// consent runs a login and returns what goes back to the app.
func (w *fixture) consent(configuration, person, business string, assets []prokura.ID, more ...string) url.Values {
	w.t.Helper()
	types := []string{"code"}
	if len(more) > 0 {
		types = more
	}
	a, err := world.Consent(w.t.Context(), w.registry, world.ConsentRequest{Person: w.id[person], Business: w.id[business], Assets: assets,
		Request: prokura.LoginRequest{RedirectURI: redirectURI, ResponseTypes: types, Configuration: w.id[configuration]}}, "trace")
	if err != nil {
		w.t.Fatal(err)
	}
	return a.Values
}

// exchange turns a code into a token over HTTP.
func (w *fixture) exchange(app, code string) string {
	w.t.Helper()
	r := w.get("/oauth/access_token", "client_id", w.id[app].String(), "client_secret", w.secrets[app].Reveal(), "code", code, "redirect_uri", redirectURI)
	token, ok := r.json["access_token"].(string)
	if !ok {
		w.t.Fatalf("exchange: %s", r.text)
	}
	return token
}

// bisu logs nordwind in to the campaigns app.
func (w *fixture) bisu() string {
	w.t.Helper()
	return w.exchange("campaigns", w.consent("campaigns-system", "ada", "nordwind", w.both()).Get("code"))
}

// user logs a person in to the campaigns app with all that nordwind has.
func (w *fixture) user(person string) string {
	w.t.Helper()
	assets := w.both()
	if person != "ada" && person != "sam" {
		assets = nil
	}
	return w.exchange("campaigns", w.consent("campaigns-user", person, "", assets).Get("code"))
}

// signIn logs a person in to the pages; session is the caller that they are
// there.
func (w *fixture) signIn(email string) prokura.Secret {
	w.t.Helper()
	secret, err := people.SignIn(w.t.Context(), w.registry, email, password, people.Client{Agent: "test", Address: "192.0.2.1"})
	if err != nil {
		w.t.Fatal(err)
	}
	return secret
}

func (w *fixture) session(email string) registry.Caller {
	w.t.Helper()
	c, err := people.Authenticate(w.t.Context(), w.registry, w.signIn(email), "trace")
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *fixture) appToken(app string) string {
	return w.id[app].String() + "|" + w.secrets[app].Reveal()
}

func (w *fixture) proof(app, token string) string {
	return prokura.Proof(prokura.Secret(token), w.secrets[app])
}

// child cuts a child token over HTTP.
func (w *fixture) child(parent string, pairs ...string) string {
	w.t.Helper()
	r := w.post("/"+w.id["nordwind"].String()+"/system_user_access_tokens", append([]string{"access_token", parent, "appsecret_proof", w.proof("campaigns", parent)}, pairs...)...)
	token, ok := r.json["access_token"].(string)
	if !ok {
		w.t.Fatalf("child: %s", r.text)
	}
	return token
}

func (w *fixture) travel(d time.Duration) {
	w.t.Helper()
	if err := w.registry.Travel(w.t.Context(), d); err != nil {
		w.t.Fatal(err)
	}
}

// reply is an answer with its JSON.
type reply struct {
	status int
	header http.Header
	text   string
	json   map[string]any
}

func (r reply) code() (code, subcode int) {
	e, _ := r.json["error"].(map[string]any)
	c, _ := e["code"].(float64)
	s, _ := e["error_subcode"].(float64)
	return int(c), int(s)
}

// list are the items of a list, data is the object of debug_token.
func (r reply) list() []map[string]any {
	items, _ := r.json["data"].([]any)
	out := make([]map[string]any, len(items))
	for i, v := range items {
		out[i], _ = v.(map[string]any)
	}
	return out
}

func (r reply) data() map[string]any { d, _ := r.json["data"].(map[string]any); return d }

// column is one field of every item, joined by blanks.
func (r reply) column(name string) string {
	var out []string
	for _, v := range r.list() {
		s, _ := v[name].(string)
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func values(pairs []string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

func (w *fixture) get(path string, pairs ...string) reply { return w.send("GET", path, pairs...) }

func (w *fixture) delete(path string, pairs ...string) reply { return w.send("DELETE", path, pairs...) }

// send puts the parameters in the query.
func (w *fixture) send(method, path string, pairs ...string) reply {
	w.t.Helper()
	r, err := http.NewRequest(method, w.server.URL+path+"?"+values(pairs).Encode(), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.do(r)
}

// post puts them in a form.
func (w *fixture) post(path string, pairs ...string) reply {
	w.t.Helper()
	r, err := http.NewRequest("POST", w.server.URL+path, strings.NewReader(values(pairs).Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.do(r)
}

var browser = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func (w *fixture) do(r *http.Request) reply {
	w.t.Helper()
	resp, err := browser.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	out := reply{status: resp.StatusCode, header: resp.Header, text: string(b)}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") && len(b) > 0 {
		if !json.Valid(b) {
			w.t.Fatalf("%s %s: not JSON: %s", r.Method, r.URL.Path, b)
		}
		_ = json.Unmarshal(b, &out.json)
	}
	return out
}

// refused checks code, subcode and status of an error.
func (w *fixture) refused(r reply, code, subcode, status int) {
	w.t.Helper()
	if c, s := r.code(); c != code || s != subcode || r.status != status {
		w.t.Errorf("got %d/%d with %d, want %d/%d with %d: %s", c, s, r.status, code, subcode, status, r.text)
	}
}

// ok fails the test unless the answer is a success.
func (w *fixture) ok(r reply) reply {
	w.t.Helper()
	if r.status != 200 || r.json["error"] != nil {
		w.t.Fatalf("status %d: %s", r.status, r.text)
	}
	return r
}

// get0 is get of a whole target.
func (w *fixture) get0(target string) reply {
	r, err := http.NewRequest("GET", w.server.URL+target, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.do(r)
}
