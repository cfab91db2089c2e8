package sdk

import (
	"bytes"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

const base = "https://login.example.com"

func serveAt(base string) http.Handler {
	return New(Config{BaseURL: func(*http.Request) string { return base }, Platform: "Example"})
}

func get(t *testing.T, h http.Handler, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

// R-LOGIN-16: a page on any origin may load the script under every name.
func TestHandlerServesScriptToEveryOrigin(t *testing.T) {
	for _, path := range []string{
		"/sdk.js", "/en_US/sdk.js", "/de_DE/sdk.js", "/fil_PH/sdk.js", "/en_US/all.js",
		"/en_US/sdk/debug.js", "/en_US/sdk/xfbml.customerchat.js",
	} {
		if !Serves(path) {
			t.Errorf("Serves(%q) = false", path)
		}
		res := get(t, serveAt(base), path)
		for name, want := range map[string]string{
			"Content-Type":                 "text/javascript; charset=utf-8",
			"Access-Control-Allow-Origin":  "*",
			"Cross-Origin-Resource-Policy": "cross-origin",
			"Cache-Control":                "public, max-age=1200, stale-while-revalidate=3600",
			"X-Content-Type-Options":       "nosniff",
		} {
			if got := res.Header.Get(name); res.StatusCode != http.StatusOK || got != want {
				t.Errorf("GET %s: %d, %s: %q, want %q", path, res.StatusCode, name, got, want)
			}
		}
	}
}

func TestHandlerRefusesOtherPaths(t *testing.T) {
	for _, path := range []string{
		"/", "/sdk", "/me/sdk.js", "/en_us/sdk.js", "/EN_US/sdk.js", "/static/sdk.js", "/en_US/sdk.js/",
		"/en_US/other.js", "//sdk.js", "/x/en_US/sdk.js", "/src/base.js", "/x/connect/xd_arbiter",
		"/x/connect/xd_arbiter/arbiter.html", "/x/connect/xd_arbiter/src/base.js", "/x/oauth/status/",
	} {
		if Serves(path) {
			t.Errorf("Serves(%q) = true", path)
		}
		if res := get(t, serveAt(base), "/"+strings.TrimPrefix(path, "/")); path != "//sdk.js" && res.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s: %d, want 404", path, res.StatusCode)
		}
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		w := httptest.NewRecorder()
		serveAt(base).ServeHTTP(w, httptest.NewRequest(method, "/sdk.js", nil))
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") == "" {
			t.Errorf("%s /sdk.js: %d, Allow %q", method, w.Code, w.Header().Get("Allow"))
		}
	}
}

func TestHandlerRevalidates(t *testing.T) {
	for _, path := range []string{"/sdk.js", ArbiterPath, ArbiterPath + "arbiter.js"} {
		tag := get(t, serveAt(base), path).Header.Get("ETag")
		if tag == "" {
			t.Fatalf("GET %s: no ETag", path)
		}
		res := get(t, serveAt(base), path, "If-None-Match", tag)
		if res.StatusCode != http.StatusNotModified {
			t.Errorf("GET %s with its ETag: %d, want 304", path, res.StatusCode)
		}
	}
	one := get(t, serveAt(base), "/sdk.js").Header.Get("ETag")
	for path, h := range map[string]http.Handler{
		"/sdk.js":       serveAt("https://other.example.com"),
		"/de_DE/sdk.js": serveAt(base),
	} {
		if other := get(t, h, path).Header.Get("ETag"); other == one {
			t.Errorf("GET %s: ETag %s of another script", path, other)
		}
	}
}

// T09: the arbiter page keeps its opener and runs nothing but its own script.
func TestArbiterHeaders(t *testing.T) {
	strict := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		w.Header().Set("Content-Security-Policy", "default-src 'self'")
		serveAt(base).ServeHTTP(w, r)
	})
	res := get(t, strict, ArbiterPath+"?version=1")
	for name, want := range map[string]string{
		"Content-Type":               "text/html; charset=utf-8",
		"Cross-Origin-Opener-Policy": "",
		"Content-Security-Policy":    "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		"X-Frame-Options":            "DENY",
		"Referrer-Policy":            "no-referrer",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestStatusTellsNobodyAnything(t *testing.T) {
	res := get(t, serveAt(base), "/x/oauth/status?client_id=1", "Cookie", "session=1", "Origin", "https://app.example.com")
	if got := res.Header.Get("fb-s"); got != "unknown" {
		t.Errorf("fb-s: %q, want unknown", got)
	}
	if got := res.Header.Get("Access-Control-Allow-Credentials"); got != "" {
		t.Errorf("Access-Control-Allow-Credentials: %q", got)
	}
}

// What the server writes into the script stays a string, whatever it holds.
func TestScriptQuotes(t *testing.T) {
	const hostile = "x\"; alert(1); //</script><!--\u2028\\{{locale}}"
	script := Script(hostile+"/", hostile, hostile)
	for _, never := range []string{`x"; alert`, "</script", "<!--", "\u2028", `"{{`} {
		if bytes.Contains(script, []byte(never)) {
			t.Errorf("the script contains %q", never)
		}
	}
	for _, want := range []string{
		`const BASE = "x\"; alert(1); //\u003c/script\u003e\u003c!--\u2028\\{{locale}}";`,
		`const LOCALE = "x\"; alert(1);`,
		`const PLATFORM = "x\"; alert(1);`,
	} {
		if !bytes.Contains(script, []byte(want)) {
			t.Errorf("the script lacks %s", want)
		}
	}
	if !bytes.Contains(Script(base+"/", "en_US", ""), []byte(`const BASE = "https://login.example.com";`)) {
		t.Error("a trailing slash of the base URL stays")
	}
}

func TestScriptHasEveryPart(t *testing.T) {
	names, err := fs.Glob(files, "src/*.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !slices.Contains(parts, strings.TrimPrefix(name, "src/")) {
			t.Errorf("%s is not among the parts", name)
		}
	}
	if len(names) != len(parts) {
		t.Errorf("%d files, %d parts", len(names), len(parts))
	}
}
