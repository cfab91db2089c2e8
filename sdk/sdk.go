// Package sdk is the JavaScript SDK (window.FB) and what it needs from the
// server: the script itself, the arbiter page on which a login popup ends, and
// the login status endpoint. The script is plain JavaScript, kept in src and
// joined when it is served; there is nothing to build.
//
// The package does not log anybody in: dialog and Graph are other packages'.
// It reads no cookies and holds no state.
package sdk

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// ArbiterPath is the page on which the dialog ends a popup login. As a
// redirect_uri it stands with the query version=1 and a fragment of the SDK's,
// which the dialog takes off, checks and completes.
const ArbiterPath = "/x/connect/xd_arbiter/"

const (
	arbiterScriptPath = ArbiterPath + "arbiter.js"
	statusPath        = "/x/oauth/status"
)

//go:embed src/*.js arbiter.html arbiter.js
var files embed.FS

// parts are the files of src in the order in which they are joined.
var parts = []string{
	"base.js", "words.js", "events.js", "session.js", "graph.js", "status.js",
	"dialog.js", "login.js", "button.js", "extras.js", "start.js",
}

// scriptPath matches what pages load the SDK from: with or without a locale,
// and under the names that its variants have with Meta.
var scriptPath = regexp.MustCompile(`^(?:/([a-z]{2,3}_[A-Z]{2}))?/(?:sdk|all|sdk/debug|sdk/xfbml\.customerchat)\.js$`)

// Config says where the SDK's server is.
type Config struct {
	// BaseURL tells the address, without a trailing slash, under which the
	// browser that sent r reaches dialog and Graph. Required.
	BaseURL func(r *http.Request) string

	// Platform is what login buttons call the platform: "Continue with …".
	// Without it they say "Log in".
	Platform string
}

// Handler serves the SDK as [New] does, with plain words on its buttons.
func Handler(baseURL func(*http.Request) string) http.Handler {
	return New(Config{BaseURL: baseURL})
}

// New serves every path that [Serves] names, and 404 for others.
func New(c Config) http.Handler {
	return &handler{config: c, page: read("arbiter.html"), script: read("arbiter.js")}
}

// Serves tells whether path is the SDK's.
func Serves(path string) bool {
	switch path {
	case ArbiterPath, arbiterScriptPath, statusPath:
		return true
	}
	return scriptPath.MatchString(path)
}

// Script is the SDK for pages that are to reach the server at baseURL, in the
// language of locale, such as en_US. Platform may be empty. The three get into
// the script as JSON strings and so cannot become code.
func Script(baseURL, locale, platform string) []byte {
	var b bytes.Buffer
	b.WriteString("/* Prokura JavaScript SDK. Licence: Apache-2.0. */\n")
	b.WriteString("(function () {\n\"use strict\";\nif (window.FB) { return; }\n")
	for _, part := range parts {
		text := read("src/" + part)
		if part == parts[0] {
			text = []byte(strings.NewReplacer(
				`"{{base}}"`, quote(strings.TrimRight(baseURL, "/")),
				`"{{locale}}"`, quote(locale),
				`"{{platform}}"`, quote(platform),
			).Replace(string(text)))
		}
		b.Write(text)
	}
	b.WriteString("})();\n")
	return b.Bytes()
}

// quote writes s as a JSON string in which nothing can end a script element.
func quote(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always has a JSON form
	}
	return string(text)
}

// read returns an embedded file.
func read(name string) []byte {
	text, err := files.ReadFile(name)
	if err != nil {
		panic(err) // the compiler embedded it
	}
	return text
}

type handler struct {
	config       Config
	page, script []byte // of the arbiter
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	switch path := r.URL.Path; path {
	case ArbiterPath:
		h.serveArbiter(w, r)
	case arbiterScriptPath:
		send(w, r, "text/javascript; charset=utf-8", "no-cache", h.script)
	case statusPath:
		serveStatus(w)
	default:
		match := scriptPath.FindStringSubmatch(path)
		if match == nil {
			http.NotFound(w, r)
			return
		}
		locale := match[1]
		if locale == "" {
			locale = "en_US"
		}
		// Twenty minutes: a page picks a new version up within a visit or two.
		send(w, r, "text/javascript; charset=utf-8", "public, max-age=1200, stale-while-revalidate=3600",
			Script(h.config.BaseURL(r), locale, h.config.Platform))
	}
}

// serveArbiter serves the page that posts a popup's result to its opener. An
// opener policy would cut it off from the opener, so a stricter default of the
// server does not hold for it. It needs no more than its script.
func (h *handler) serveArbiter(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Del("Cross-Origin-Opener-Policy")
	header.Set("Content-Security-Policy",
		"default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Frame-Options", "DENY")
	send(w, r, "text/html; charset=utf-8", "no-cache", h.page)
}

// serveStatus answers who asks across sites whether somebody is logged in. The
// answer is the same for everybody: the SDK keeps the login in the page's own
// origin, and telling more would take a cookie that follows people around.
func serveStatus(w http.ResponseWriter) {
	header := w.Header()
	shareWithAll(header)
	header.Set("Access-Control-Expose-Headers", "fb-s")
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Type", "application/json; charset=utf-8")
	header.Set("fb-s", "unknown")
	_, _ = w.Write([]byte(`{"status":"unknown"}` + "\n")) // the client may be gone
}

// send answers with body or, to who has it already, with 304.
func send(w http.ResponseWriter, r *http.Request, contentType, cache string, body []byte) {
	sum := sha256.Sum256(body)
	header := w.Header()
	shareWithAll(header)
	header.Set("Cache-Control", cache)
	header.Set("Content-Type", contentType)
	header.Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:12])+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// shareWithAll lets pages of any origin load the answer: it holds nothing of
// anybody.
func shareWithAll(header http.Header) {
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Cross-Origin-Resource-Policy", "cross-origin")
	header.Set("X-Content-Type-Options", "nosniff")
}
