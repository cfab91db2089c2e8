package web_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/web"
	"github.com/prokura/prokura/internal/web/kit"
)

var parameter = regexp.MustCompile(`\{[a-z$]+\}`)

// filled is a route's method and a path of it that exists in the world.
func (s *site) filled(r kit.Route) (method, path string) {
	method, pattern, _ := strings.Cut(r.Pattern, " ")
	business := strings.HasPrefix(pattern, "/business")
	return method, parameter.ReplaceAllStringFunc(pattern, func(name string) string {
		switch {
		case name == "{$}":
			return ""
		case name == "{app}", !business && name == "{id}":
			return s.id("campaigns")
		case name == "{id}":
			return s.id("nordwind")
		}
		return "x"
	})
}

// TestHeadersOfEveryRoute asks each line of the route table, as nobody and
// logged in, with and without a form token: nothing may be framed, guessed at,
// cached or sent on (T08), and nothing is a fault of ours.
func TestHeadersOfEveryRoute(t *testing.T) {
	s := newSite(t)
	ada, nobody := s.browser().logIn("ada"), s.browser()
	for _, r := range append(routes(), kit.Route{Pattern: "GET /no/such/page"}, kit.Route{Pattern: "GET /a//b"}, kit.Route{Pattern: "DELETE /login"}) {
		method, path := s.filled(r)
		for name, b := range map[string]*browser{"nobody": nobody, "ada": ada} {
			for _, values := range []url.Values{nil, {"csrf": {"wrong"}}} {
				if r.Pattern == "POST /logout" && name == "ada" && values == nil {
					continue
				}
				kind := ""
				if method == http.MethodPost {
					kind = "application/x-www-form-urlencoded"
				}
				b.send(method, path, strings.NewReader(values.Encode()), kind)
				if b.status >= 500 {
					t.Errorf("%s as %s answers %d", r.Pattern, name, b.status)
				}
				if method == http.MethodPost && b.status != http.StatusForbidden && (name == "ada" || b.status != http.StatusSeeOther) {
					t.Errorf("T10: %s as %s without a form token answers %d", r.Pattern, name, b.status)
				}
				checkHeaders(t, r.Pattern+" as "+name, b.header)
			}
		}
	}
}

func checkHeaders(t *testing.T, what string, h http.Header) {
	t.Helper()
	csp := h.Get("Content-Security-Policy")
	picture := h.Get("Content-Type") == "image/png"
	for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
		if !strings.Contains(csp, want) && !picture {
			t.Errorf("T08: %s: CSP lacks %s: %s", what, want, csp)
		}
	}
	if strings.Contains(csp, "unsafe") {
		t.Errorf("T08: %s: CSP allows something unsafe: %s", what, csp)
	}
	for name, want := range map[string]string{"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"} {
		if got := h.Get(name); got != want {
			t.Errorf("T08: %s: %s is %q", what, name, got)
		}
	}
	if got := h.Get("Cache-Control"); got != "no-store" && !picture {
		t.Errorf("%s: Cache-Control is %q", what, got)
	}
}

// TestRoutesNeedASession: who is nobody is led to the login, and from there
// back; the table says which pages are for everybody.
func TestRoutesNeedASession(t *testing.T) {
	s := newSite(t)
	for _, r := range routes() {
		method, path := s.filled(r)
		if r.Nobody || method != http.MethodGet || strings.HasPrefix(path, "/consent/") {
			continue
		}
		b := s.browser()
		if b.get(path); b.status != http.StatusSeeOther || !strings.HasPrefix(b.location(), "/login?next=") {
			t.Errorf("%s answers nobody with %d to %q", path, b.status, b.location())
			continue
		}
		b.goTo(b.location())
		b.post("/login", url.Values{"csrf": {hiddenField(b, "csrf")}, "next": {hiddenField(b, "next")}, "email": {"ada@example.org"}, "password": {password}})
		if b.location() != path {
			t.Errorf("after the login %s leads to %q", path, b.location())
		}
	}
}

func hiddenField(b *browser, name string) string {
	for _, m := range hidden.FindAllStringSubmatch(b.page, -1) {
		if m[1] == name {
			return m[2]
		}
	}
	return ""
}

// TestNextGoesNowhereElse proves T06: only a path that this server signed is
// followed, and no signed thing leads to another host.
func TestNextGoesNowhereElse(t *testing.T) {
	s := newSite(t)
	server := s.server()
	nexts := []string{"//evil.example", "https://evil.example/", "/business", `/\evil.example`, "/%5cevil.example", "javascript:alert(1)", "\t//evil.example",
		strings.Repeat("A", 43) + "/business", server.SignNext("//evil.example/"), server.SignNext(`/\evil.example`), server.SignNext("/\t/evil.example"), server.SignNext("https://evil.example")}
	for _, next := range nexts {
		b := s.browser()
		b.get("/login?next=" + url.QueryEscape(next))
		if strings.Contains(b.page, "evil") {
			t.Errorf("T06: the login page carries %q on", next)
		}
		b.post("/login", url.Values{"csrf": {hiddenField(b, "csrf")}, "next": {next}, "email": {"ben@example.org"}, "password": {password}})
		if b.status != http.StatusSeeOther || b.location() != "/" {
			t.Errorf("T06: next=%q leads to %q (%d)", next, b.location(), b.status)
		}
		if b.get("/login?next=" + url.QueryEscape(next)); b.location() != "/" {
			t.Errorf("T06: next=%q, already logged in, leads to %q", next, b.location())
		}
	}
	if got := server.OpenNext(server.SignNext("/business/new?a=b")); got != "/business/new?a=b" {
		t.Errorf("a path of ours becomes %q", got)
	}
	// No page sends anybody to another host, whatever its next.
	b := s.browser()
	for _, r := range routes() {
		if method, path := s.filled(r); method == http.MethodGet {
			for _, next := range nexts {
				if b.get(path + "?next=" + url.QueryEscape(next)); b.location() != "" && !kit.LocalPath(b.location()) {
					t.Errorf("T06: %s leads to %q", path, b.location())
				}
			}
		}
	}
}

// routes are those of all rooms.
func routes() (all []kit.Route) {
	for _, room := range web.Rooms {
		all = append(all, room.Routes...)
	}
	return all
}

// server is the handler behind the site, for what only it can make.
func (s *site) server() *web.Server {
	s.t.Helper()
	server, err := web.New(web.Config{Registry: s.registry, BaseURL: s.url})
	if err != nil {
		s.t.Fatal(err)
	}
	return server
}

// TestFormsOfOthers proves T10: a form counts only with the token of this
// browser and this session, and only from a page of this server.
func TestFormsOfOthers(t *testing.T) {
	s := newSite(t)
	ada, ben := s.browser().logIn("ada"), s.browser().logIn("ben")
	foreign := formTokenOf(ben, "/settings/security")
	own := formTokenOf(ada, "/settings/security")
	try := func(what, token string, header ...string) {
		t.Helper()
		ada.extra = http.Header{}
		for i := 0; i < len(header); i += 2 {
			ada.extra.Set(header[i], header[i+1])
		}
		ada.post("/business/new", url.Values{"csrf": {token}, "name": {"Forged"}})
		if ada.status != http.StatusForbidden {
			t.Errorf("T10: %s answers %d", what, ada.status)
		}
	}
	try("no token", "")
	try("another person's token", foreign)
	try("a token with a letter changed", own[:len(own)-1]+"!")
	try("a form from another site", own, "Sec-Fetch-Site", "cross-site")
	try("a form from a sibling host", own, "Sec-Fetch-Site", "same-site")
	try("a form with a foreign origin", own, "Origin", "https://evil.example")
	try("a form with an opaque origin", own, "Origin", "null")
	ada.extra = http.Header{}
	// The token of before the login is worth nothing after it.
	b := s.browser()
	before := formTokenOf(b, "/login")
	b.logIn("ada")
	if b.post("/business/new", url.Values{"csrf": {before}, "name": {"Forged"}}); b.status != http.StatusForbidden || !strings.Contains(b.page, "That form is not from here") {
		t.Errorf("T10: a token from before the login answers %d", b.status)
	}
	if list, err := businesses.Mine(t.Context(), s.registry, s.caller("ada")); err != nil || len(list) != 2 {
		t.Errorf("T10: a forged form made a business: %d, %v", len(list), err)
	}
	if ada.post("/business/new", url.Values{"csrf": {own}, "name": {"Real"}}); ada.status != http.StatusSeeOther {
		t.Errorf("an honest form answers %d", ada.status)
	}
}

// TestSessionFixation proves T10: a cookie that was there before the login is
// worth nothing after it, and an earlier session of the browser ends.
func TestSessionFixation(t *testing.T) {
	s := newSite(t)
	planted := strings.Repeat("ab", 32)
	b := s.browser()
	b.setCookie(sessionCookie, planted)
	b.logIn("ada")
	first := b.cookie(sessionCookie)
	thief := s.browser()
	for _, secret := range []string{planted, planted + "00", "x"} {
		thief.setCookie(sessionCookie, secret)
		if thief.get("/settings/security"); thief.status != http.StatusSeeOther {
			t.Errorf("T10: a planted cookie answers %d", thief.status)
		}
	}
	// Logging in once more, as a login of a form that was still open.
	token := formTokenOf(b, "/settings/security")
	b.post("/login", url.Values{"csrf": {token}, "email": {"ben@example.org"}, "password": {password}})
	if second := b.cookie(sessionCookie); second == first || len(second) != 64 {
		t.Error("T10: a login keeps the session's secret")
	}
	thief.setCookie(sessionCookie, first)
	if thief.get("/settings/security"); thief.status != http.StatusSeeOther {
		t.Errorf("T10: the session of before answers %d", thief.status)
	}
	b.goTo("/settings/security")
	b.submit("/logout")
	if b.get("/settings/security"); b.status != http.StatusSeeOther {
		t.Errorf("after logging out the page answers %d", b.status)
	}
}

// TestCookies: every cookie is closed to scripts and other sites; under https
// to other hosts too (T10).
func TestCookies(t *testing.T) {
	s := newSite(t)
	for base, prefix := range map[string]string{s.url: "", "https://login.example": "__Host-"} {
		server, err := web.New(web.Config{Registry: s.registry, BaseURL: base})
		if err != nil {
			t.Fatal(err)
		}
		rec := httptest.NewRecorder()
		server.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/login", nil))
		cookies := rec.Result().Cookies()
		if len(cookies) == 0 {
			t.Fatal("no cookie")
		}
		for _, c := range cookies {
			if !strings.HasPrefix(c.Name, prefix+"prokura_") || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.Secure != (prefix != "") {
				t.Errorf("T10: %v", c)
			}
		}
	}
	for _, base := range []string{"", "login.example", "https://login.example/", "ftp://login.example"} {
		if _, err := web.New(web.Config{Registry: s.registry, BaseURL: base}); err == nil {
			t.Errorf("the base URL %q is accepted", base)
		}
	}
}

// TestHostIsNotTrusted proves T63: no answer holds a host that the client chose.
func TestHostIsNotTrusted(t *testing.T) {
	s := newSite(t)
	server := s.server()
	for _, r := range routes() {
		method, path := s.filled(r)
		req := httptest.NewRequest(method, path, nil)
		req.Host = "evil.example"
		for _, name := range []string{"X-Forwarded-Host", "Forwarded", "X-Original-URL", "X-Forwarded-Proto"} {
			req.Header.Set(name, "host=evil.example")
		}
		rec := httptest.NewRecorder()
		server.ServeHTTP(rec, req)
		if strings.Contains(rec.Body.String(), "evil") || strings.Contains(rec.Header().Get("Location"), "evil") {
			t.Errorf("T63: %s repeats a host that the client chose", r.Pattern)
		}
	}
}

// TestFormLimits is security limits for forms: 256 KiB, no field twice, nothing
// but forms.
func TestFormLimits(t *testing.T) {
	s := newSite(t)
	b := s.browser().logIn("ada")
	token := formTokenOf(b, "/business/new")
	form := func(n int) url.Values { return url.Values{"csrf": {token}, "name": {strings.Repeat("n", n)}} }
	room := maxForm - len(form(0).Encode())
	for n, want := range map[int]int{room: http.StatusUnprocessableEntity, room + 1: http.StatusRequestEntityTooLarge, 4 * room: http.StatusRequestEntityTooLarge} {
		if b.post("/business/new", form(n)); b.status != want {
			t.Errorf("a form of %d bytes answers %d, want %d", n, b.status, want)
		}
	}
	twice := form(3)
	twice["csrf"] = []string{token, token}
	if b.post("/business/new", twice); b.status != http.StatusBadRequest {
		t.Errorf("a form with its token twice answers %d", b.status)
	}
	for _, kind := range []string{"application/json", "text/plain", "multipart/form-data; boundary=x", ""} {
		if b.send(http.MethodPost, "/business/new", strings.NewReader(form(3).Encode()), kind); b.status != http.StatusUnsupportedMediaType {
			t.Errorf("a body of type %q answers %d", kind, b.status)
		}
	}
	if b.get("/business?q=" + strings.Repeat("q", maxQuery)); b.status != http.StatusBadRequest {
		t.Errorf("a long address answers %d", b.status)
	}
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	if err := w.WriteField("csrf", token); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if b.send(http.MethodPost, "/business/new", &body, w.FormDataContentType()); b.status != http.StatusUnsupportedMediaType {
		t.Errorf("a file where none belongs answers %d", b.status)
	}
	for _, name := range []string{"\x00", "a\x00b", "\xff\xfe", strings.Repeat("ä", 101)} {
		if b.post("/business/new", url.Values{"csrf": {token}, "name": {name}}); b.status != http.StatusUnprocessableEntity && b.status != http.StatusSeeOther {
			t.Errorf("the name %q answers %d", name, b.status)
		}
	}
}

// TestSignInThrottled: after too many failures the page says how long to wait,
// the same for an account that does not exist (T68).
func TestSignInThrottled(t *testing.T) {
	s := newSite(t)
	var answers []string
	for _, email := range []string{"ada@example.org", "nobody@example.org"} {
		b := s.browser()
		b.goTo("/login")
		for range 20 {
			if b.submit("/login", "email", email, "password", "wrong"); b.status != http.StatusUnprocessableEntity {
				t.Fatalf("T68: a wrong password answers %d", b.status)
			}
		}
		b.submit("/login", "email", email, "password", password)
		if b.status != http.StatusTooManyRequests {
			t.Errorf("T68: attempt 21 answers %d", b.status)
		}
		b.says("Too many failed attempts. Please try again in about", `value="`+email+`"`)
		if after, err := strconv.Atoi(b.header.Get("Retry-After")); err != nil || after < 1 || after > 3600 {
			t.Errorf("T68: Retry-After is %q (R-WORK-01)", b.header.Get("Retry-After"))
		}
		answers = append(answers, regexp.MustCompile(email+`|csrf" value="[^"]+|in about \w+ \w+`).ReplaceAllString(b.page, ""))
	}
	if answers[0] != answers[1] {
		t.Error("T68: an unknown account is told apart from a known one")
	}
	if err := s.registry.Travel(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	s.browser().logIn("ada")
}

// TestStoredText proves T61 over HTTP: what people typed comes out as text.
func TestStoredText(t *testing.T) {
	const evil = `<script>alert(1)</script>"'><img src=x>`
	s := newSite(t)
	b := s.browser().logIn("ada")
	b.goTo("/business/new")
	b.submit("/business/new", "name", evil)
	b.says("&lt;script&gt;")
	b.goTo("/business")
	b.says("&lt;script&gt;")
	if strings.Contains(b.page, "<script>alert") || strings.Contains(b.page, "<img src=x") {
		t.Error("T61: a name became markup")
	}
	b.extra.Set("User-Agent", evil)
	b.goTo("/signup?next=" + url.QueryEscape(evil))
	b.goTo("/settings/security")
	if strings.Contains(b.page, "<script>alert") {
		t.Error("T61: a user agent became markup")
	}
}

// TestErrorPageOfDialog: a dialog request that came to no login is shown, never
// sent anywhere, and its cause only to people of the app.
func TestErrorPageOfDialog(t *testing.T) {
	s := newSite(t)
	server := s.server()
	refusal := prokura.Errorf(prokura.RedirectNotListed, "URL blocked.").WithDetail("Add %q to the list.", "https://evil.example/")
	ask := func(who string, app prokura.ID, e *prokura.Error) *httptest.ResponseRecorder {
		req := httptest.NewRequest(http.MethodGet, "/v25.0/dialog/oauth", nil)
		if who != "" {
			secret, err := people.SignIn(t.Context(), s.registry, who+"@example.org", password, people.Client{Address: "192.0.2.9"})
			if err != nil {
				t.Fatal(err)
			}
			req.AddCookie(&http.Cookie{Name: sessionCookie, Value: secret.Reveal()})
		}
		rec := httptest.NewRecorder()
		server.ErrorPage(rec, req, app, e)
		checkHeaders(t, "dialog error", rec.Header())
		return rec
	}
	for who, told := range map[string]bool{"": false, "ben": false, "tess": true} {
		rec := ask(who, s.ids["campaigns"], refusal)
		if rec.Code != http.StatusBadRequest || !strings.Contains(rec.Body.String(), "URL blocked") {
			t.Errorf("R-LOGIN-06: %q is answered %d", who, rec.Code)
		}
		if got := strings.Contains(rec.Body.String(), "evil.example"); got != told {
			t.Errorf("R-LOGIN-06: %q is told the cause: %v", who, got)
		}
		if got := strings.Contains(rec.Body.String(), "/apps/"+s.id("campaigns")+"/login"); got != told {
			t.Errorf("%q is led to the setting: %v", who, got)
		}
	}
	for _, app := range []prokura.ID{0, 100000000000999} {
		if rec := ask("tess", app, prokura.Errorf(prokura.AppUnknown, "Invalid App ID.")); rec.Code != http.StatusBadRequest || !strings.Contains(rec.Body.String(), "App not found") {
			t.Errorf("an unknown app answers %d", rec.Code)
		}
	}
	if rec := ask("", 0, prokura.Errorf(prokura.Unavailable, "later")); rec.Code != http.StatusServiceUnavailable {
		t.Errorf("an unknown outcome answers %d", rec.Code)
	}

	// A browser that was given our cookie on the way is given that one alone.
	req, rec := httptest.NewRequest(http.MethodGet, "/v25.0/dialog/oauth", nil), httptest.NewRecorder()
	if server.Recognize(rec, req) {
		t.Error("a browser without a cookie is known")
	}
	server.ErrorPage(rec, req, s.ids["campaigns"], prokura.Errorf(prokura.CookiesRefused, "No cookie."))
	if list := rec.Result().Cookies(); len(list) != 1 || rec.Code != http.StatusBadRequest {
		t.Errorf("%d with the cookies %v", rec.Code, list)
	}
}
