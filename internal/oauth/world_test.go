package oauth_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/oauth"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/login"
	"github.com/prokura/prokura/internal/registry/people"
)

const (
	base     = "https://login.example"
	callback = "https://app.example/callback"
	arbiter  = base + "/x/connect/xd_arbiter/"
)

// redirects are what every app of the test world has registered.
var redirects = []string{callback, "https://app.example/cb?tenant=7", "http://127.0.0.1/callback", "brightline://done"}

// fixture is a small real world and the dialog in front of it.
type fixture struct {
	t        *testing.T
	registry *registry.Registry
	database string
	handler  http.Handler

	business, consumer, ownerless                 prokura.ID // apps
	system, personal, deleted, foreign, ownerSelf prokura.ID // configurations; foreign is consumer's neighbour's

	tess, stranger registry.Caller // admin of every app; somebody without a role on any

	cookieless bool // the browser sends no cookie

	shown *prokura.Error // what the last request was refused for
	app   prokura.ID     // which app the page was told
}

func newWorld(t *testing.T) *fixture {
	t.Helper()
	ctx := t.Context()
	dir := t.TempDir()
	database := filepath.Join(dir, "prokura.db")
	r, err := registry.Open(ctx, registry.Config{Database: database, KeyFile: filepath.Join(dir, "keys")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	w := &fixture{t: t, registry: r, database: database}

	w.tess, w.stranger = w.person("Tess"), w.person("Somebody")
	tess := w.tess
	owner, err := businesses.Create(ctx, r, tess, "Brightline Ads")
	w.must(err)

	w.business = w.newApp(tess, apps.NewApp{Name: "Campaigns", Type: prokura.AppBusiness, Business: owner})
	w.consumer = w.newApp(tess, apps.NewApp{Name: "Trailmates", Type: prokura.AppConsumer})
	w.ownerless = w.newApp(tess, apps.NewApp{Name: "Garage", Type: prokura.AppBusiness})
	neighbour := w.newApp(tess, apps.NewApp{Name: "Neighbour", Type: prokura.AppBusiness, Business: owner})

	configure := func(app prokura.ID, token prokura.TokenType) prokura.ID {
		id, err := apps.SaveConfiguration(ctx, r, tess, prokura.Configuration{App: app, Name: "Login", TokenType: token,
			Permissions: []prokura.Permission{"ads_read", "business_management"}})
		w.must(err)
		return id
	}
	w.system = configure(w.business, prokura.TokenTypeSystemUser)
	w.personal = configure(w.business, prokura.TokenTypeUser)
	w.foreign = configure(neighbour, prokura.TokenTypeSystemUser)
	w.ownerSelf = configure(w.ownerless, prokura.TokenTypeSystemUser)
	w.deleted = configure(w.business, prokura.TokenTypeSystemUser)
	w.must(apps.DeleteConfiguration(ctx, r, tess, w.business, w.deleted))

	w.handler = oauth.New(oauth.Config{Registry: r, BaseURL: base, AlsoHosts: []string{"m.login.example"},
		Browser: func(http.ResponseWriter, *http.Request) bool { return !w.cookieless },
		Return:  func(http.ResponseWriter, *http.Request, prokura.ID, prokura.LoginRequest, bool) bool { return false },
		ErrorPage: func(rw http.ResponseWriter, _ *http.Request, app prokura.ID, e *prokura.Error) {
			w.app, w.shown = app, e
			rw.WriteHeader(http.StatusBadRequest)
		}})
	return w
}

func (w *fixture) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *fixture) person(name string) registry.Caller {
	w.t.Helper()
	link, err := people.Add(w.t.Context(), w.registry, name, strings.ToLower(name)+"@example.com")
	w.must(err)
	session, err := people.ResetPassword(w.t.Context(), w.registry, prokura.Secret(strings.TrimPrefix(link, "/reset/")), "correct horse battery", people.Factor{}, people.Client{})
	w.must(err)
	caller, err := people.Authenticate(w.t.Context(), w.registry, session, "")
	w.must(err)
	return caller
}

func (w *fixture) newApp(c registry.Caller, n apps.NewApp) prokura.ID {
	w.t.Helper()
	id, err := apps.Create(w.t.Context(), w.registry, c, n)
	w.must(err)
	view, err := apps.Get(w.t.Context(), w.registry, c, id)
	w.must(err)
	w.must(apps.Update(w.t.Context(), w.registry, c, id, view.App.Version, func(a *prokura.App) error {
		a.Settings.RedirectURIs = redirects
		a.Settings.JSDomains = []string{"https://shop.example", "http://127.0.0.1"}
		return nil
	}))
	return id
}

// get asks the dialog and fails on the spot if a browser would be sent
// anywhere but to the pages of the login (T01, T06).
func (w *fixture) get(target string, header ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	w.app, w.shown = 0, nil
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	switch location := rec.Header().Get("Location"); {
	case rec.Code == http.StatusSeeOther:
		if id, ok := strings.CutPrefix(location, "/consent/"); !ok || len(id) != 64 || strings.Trim(id, "0123456789abcdef") != "" {
			w.t.Fatalf("T06: %s leads to %s", target, location)
		}
	case location != "" || w.shown == nil:
		w.t.Fatalf("%s answers %d, Location %q, without an error page", target, rec.Code, location)
	}
	return rec
}

// request is the pending login that an accepted request has made.
func (w *fixture) request(rec *httptest.ResponseRecorder) prokura.LoginRequest {
	w.t.Helper()
	if rec.Code != http.StatusSeeOther {
		w.t.Fatalf("refused: %v", w.shown)
	}
	return w.view(registry.Nobody(""), rec).Login.Request
}

// view is the pending login as somebody's browser sees it.
func (w *fixture) view(c registry.Caller, rec *httptest.ResponseRecorder) *login.View {
	w.t.Helper()
	id := strings.TrimPrefix(rec.Header().Get("Location"), "/consent/")
	v, err := login.Show(w.t.Context(), w.registry, c, id, "this browser")
	w.must(err)
	return v
}

// dialog is an address of the dialog with the parameters of a good code login,
// changed by pairs; a value of "-" takes a parameter away.
func (w *fixture) dialog(app prokura.ID, pairs ...string) string {
	v := url.Values{"client_id": {app.String()}, "redirect_uri": {callback}, "state": {"st"}}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "-" {
			v.Del(pairs[i])
		}
	}
	return "/v25.0/dialog/oauth?" + v.Encode()
}

// popup is the redirect_uri that the JavaScript SDK sends.
func popup(arbiter, origin string) string {
	return arbiter + "?version=1#" + url.Values{"cb": {"f1a"}, "frame": {"f2b"}, "origin": {origin}, "relation": {"opener"}}.Encode()
}
