package prokura_test

import (
	"errors"
	"net/url"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"pgregory.net/rapid"
)

// registered has one URI of each form that may be registered.
var registered = []string{
	"https://app.example.com/callback",
	"https://app.example.com/callback?tenant=7&x=%2F",
	"https://app.example.com",
	"https://app.example.com:8443/a/b/",
	"https://xn--bcher-kva.example/cb",
	"https://192.0.2.7/cb",
	"https://[2001:db8::7]:8443/cb",
	"http://localhost:3000/callback",
	"http://localhost/callback",
	"http://127.0.0.1/callback",
	"http://127.0.0.1:4000/cb?x=1",
	"http://[::1]/callback",
	"fb100000000000101://authorize",
	"com.example.app:/oauth2",
	"com.example.app.data://callback",
}

// referenceMatch is the rule of R-LOGIN-06 written a second time, with regular
// expressions instead of string cuts.
func referenceMatch(registered []string, uri string) bool {
	loopback := regexp.MustCompile(`(?s)\A(http://127\.0\.0\.1|http://\[::1\])(?::([1-9][0-9]{0,4}))?((?:[/?].*)?)\z`)
	for _, r := range registered {
		if r == uri && uri != "" {
			return true
		}
		a, b := loopback.FindStringSubmatch(r), loopback.FindStringSubmatch(uri)
		if a == nil || b == nil || a[1] != b[1] || a[3] != b[3] {
			continue
		}
		portA, _ := strconv.Atoi("0" + a[2])
		portB, _ := strconv.Atoi("0" + b[2])
		if portA <= 65535 && portB <= 65535 {
			return true
		}
	}
	return false
}

// mutations are the tricks of T01 on one URI.
func mutations(uri string) []string {
	u, err := url.Parse(uri)
	if err != nil {
		panic(err)
	}
	host, name := u.Host, u.Hostname()
	swap := func(old, with string) string { return strings.Replace(uri, old, with, 1) }
	all := []string{
		"", strings.ToUpper(uri), swap(u.Path, strings.ToUpper(u.Path)), swap(u.Scheme, strings.ToUpper(u.Scheme)),
		uri + "/", uri + "//", uri + "?", uri + "?a=b", uri + "&a=b", uri + "#", uri + "#x", uri + "%00", uri + "\x00", uri + "\n", uri + "\r\n",
		uri + "\t", uri + " ", " " + uri, "\t" + uri, "\n" + uri, uri + "/..", uri + "/../evil", uri + "/%2e%2e/evil", uri + "/./", uri + ";x", uri + ".evil.example",
		uri + "@evil.example", uri + "%0d%0aSet-Cookie:x", uri + ",https://evil.example", uri + " https://evil.example", uri + "\\", uri + "%20", uri + "\u200b",
		uri + "\u00ad", uri + "?redirect_uri=https://evil.example", uri + "&redirect_uri=https://evil.example", uri[:len(uri)-1], uri[1:], uri + uri,
		"//" + host + u.Path, "/" + uri, "https:" + uri, "view-source:" + uri, "javascript:alert(1)//" + uri, "data:text/html," + uri,
		url.QueryEscape(uri), strings.ReplaceAll(uri, "/", "%2f"), strings.ReplaceAll(uri, "/", "\\"), strings.ReplaceAll(uri, ":", "%3a"),
		swap("://", ":/"), swap("://", ":"), swap("://", ":///"), swap("://", "://evil.example/"), swap("://", "://evil.example@"), swap("://", "://user:pw@"),
		swap("://", "://@"), swap("://", "://."), swap("://", "://evil."), swap("://", ":\\\\"), swap("://", "://\t"), swap("://", ":// "),
		swap("/callback", "/callback/../callback"), swap("/callback", "//callback"), swap("/callback", "/Callback"), swap("/callback", "/c%61llback"),
		swap("/callback", "/callback%2f"), swap("/callback", "/./callback"), swap("/callback", "/callbac\u212a"), swap("/callback", "/\u0441allback"),
		swap("https", "http"), swap("http:", "https:"), swap("http", "ws"), swap("?", "#"), swap("?", "%3f"), swap("&", ";"), swap("=", "=1"),
	}
	if host != "" {
		for _, h := range []string{
			"evil.example", host + ".evil.example", "evil-" + host, host + ".", "." + host, host + "@evil.example", "evil.example@" + host,
			host + "%40evil.example", host + "\\@evil.example", host + "%2eevil.example", host + "\x00.evil.example", host + "#.evil.example", host + "?.evil.example",
			strings.ToUpper(host), name + ":80", name + ":443", name + ":8443", name + ":3001", name + ":0", name + ":65536", name + ":99999", name + ":-1",
			name + ":+1", name + ":08", name + ":", name + ":a", name + ":80:80", name + ":8 0", name + ":8080@evil.example", name + ":1/@evil.example",
			"127.0.0.2", "127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1", "127.0.0.1.evil.example", "127.0.0.1:80.evil.example", "127.0.0.1:9@evil.example",
			"127.0.0.1:9\\@evil.example", "[::1].evil.example", "[::1]evil.example", "[::1]:9", "[::1]:99999", "[::2]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]",
			"[::1%25lo]", "::1", "localhost", "localhost:3001", "localhost.", "LOCALHOST", "localhost.evil.example", "127.0.0.1:4000", "127.0.0.1:53111",
			"127.0.0.1:053111", "127.0.0.1: 53111", "127.0.0.1:53111#", "\uff11\uff12\uff17.0.0.1", "127\u30020\u30020\u30021", "\u24db\u24de\u24d2alhost",
		} {
			all = append(all, strings.Replace(uri, host, h, 1))
		}
	}
	return slices.DeleteFunc(all, func(m string) bool { return m == uri })
}

// R-LOGIN-06, T01: thousands of mutated URIs against all registered forms,
// alone and together: nothing gets through but the loopback ports.
func TestMatchRedirectURIMutations(t *testing.T) {
	tried, ports := map[string]bool{}, map[string]bool{}
	for _, r := range registered {
		for _, list := range [][]string{{r}, registered} {
			if !prokura.MatchRedirectURI(list, r) {
				t.Errorf("%s does not match itself", r)
			}
			for _, m := range mutations(r) {
				tried[m] = true
				got := prokura.MatchRedirectURI(list, m)
				if got != referenceMatch(list, m) {
					t.Errorf("%q for %s: %v", m, r, got)
				}
				if got && !slices.Contains(registered, m) {
					ports[m] = true
				}
			}
		}
	}
	if len(tried) < 400 {
		t.Errorf("only %d mutated URIs", len(tried))
	}
	for m := range ports {
		if !regexp.MustCompile(`\Ahttp://(127\.0\.0\.1|\[::1\])(:[0-9]+)?/(callback|cb\?x=1)\z`).MatchString(m) {
			t.Errorf("%q is accepted beside the registered URIs", m)
		}
	}
	if len(ports) < 10 {
		t.Errorf("only %d loopback ports were tried: %v", len(ports), ports)
	}
	t.Logf("%d mutated URIs, %d loopback ports", len(tried), len(ports))
}

// RFC 8252 7.3: the port of literal loopback registrations is free, nothing else is.
func TestMatchRedirectURILoopback(t *testing.T) {
	for _, row := range []struct {
		registered, uri string
		want            bool
	}{
		{"http://127.0.0.1/callback", "http://127.0.0.1:53111/callback", true},
		{"http://127.0.0.1:1/callback", "http://127.0.0.1:65535/callback", true},
		{"http://127.0.0.1:1/callback", "http://127.0.0.1/callback", true},
		{"http://[::1]/callback", "http://[::1]:8/callback", true},
		{"http://127.0.0.1", "http://127.0.0.1:8", true},
		{"http://127.0.0.1?x=1", "http://127.0.0.1:8?x=1", true},
		{"http://127.0.0.1/callback", "http://127.0.0.1:8/callback?x=1", false}, // CVE-2020-15233
		{"http://127.0.0.1/callback", "http://127.0.0.1:8/Callback", false},
		{"http://127.0.0.1/callback", "http://127.0.0.1:8/callback/", false},
		{"http://127.0.0.1/callback", "http://[::1]:8/callback", false},
		{"http://127.0.0.1/callback", "http://localhost:8/callback", false},
		{"http://127.0.0.1/callback", "https://127.0.0.1:8/callback", false},
		{"http://127.0.0.1", "http://127.0.0.1:8/", false},
		{"http://localhost/callback", "http://localhost:8/callback", false},
		{"http://localhost/callback", "http://127.0.0.1/callback", false},
		{"https://127.0.0.1/callback", "https://127.0.0.1:8/callback", false},
		{"http://127.0.0.1.evil.example/", "http://127.0.0.1.evil.example:8/", false},
		{"http://127.0.0.1", "http://127.0.0.1@evil.example", false},
		{"http://127.0.0.1", "http://127.0.0.1:8@evil.example", false},
		{"http://127.0.0.1", "http://127.0.0.1:0", false},
		{"", "", false},
	} {
		if got := prokura.MatchRedirectURI([]string{row.registered}, row.uri); got != row.want {
			t.Errorf("%q for %q: %v", row.uri, row.registered, got)
		}
	}
}

// T01: what may not be registered in the first place.
func TestCheckRedirectURI(t *testing.T) {
	good := append(slices.Clone(registered),
		"https://app.example.com/"+strings.Repeat("a", prokura.MaxRedirectURI-len("https://app.example.com/")),
		"https://intranet/cb", "https://a.b.c.example.com./cb", "https://app.example.com/a..b/...", "https://app.example.com/~x/(1)?q=a/../b",
		"https://under_score.example.com/", "https://app.example.com/%C3%BC", "fbconnect://success", "myapp://callback", "com.example.file:/cb", "https://app.example.com/?codec=1",
	)
	for _, uri := range good {
		if err := prokura.CheckRedirectURI(uri); err != nil {
			t.Errorf("%s: %v", uri, err)
		}
	}
	for _, uri := range []string{
		"", "/callback", "callback", "app.example.com/cb", "//app.example.com/cb", "https:", "https://", "https:///cb", "https:app.example.com", "https:/app.example.com",
		"https://app.example.com/" + strings.Repeat("a", prokura.MaxRedirectURI),
		"https://app.example.com/#", "https://app.example.com/#x", "https://user@app.example.com/", "https://user:pw@app.example.com/", "https://@app.example.com/",
		"http://app.example.com/cb", "HTTP://app.example.com/cb", "http://127.0.0.2/cb", "http://127.1/cb", "http://localhost.evil.example/", "http://localhost./", "http://[::2]/", "http://0.0.0.0/",
		"http://[::ffff:127.0.0.1]/", "http://[0:0:0:0:0:0:0:1]/", "http://LOCALHOST/",
		"https://app.example.com/a b", "https://app.example.com/\t", "https://app.example.com/\n", "https://app.example.com/\r", "https://app.example.com/\x00", "https://app.example.com/\x7f",
		" https://app.example.com/", "https://app.example.com\\@evil.example/", "https:\\\\app.example.com/", "https://app.example.com/<x>", "https://app.example.com/\"", "https://app.example.com/{x}",
		"https://b\u00fccher.example/cb", "https://app.example.com/\u00fc", "https://\uff41pp.example.com/", "https://app\u3002example.com/", "https://app.example.com/\u200b", "https://app.example.com/\xff",
		"https://app.example.com/%", "https://app.example.com/%2", "https://app.example.com/%zz", "https://app.example.com/%+1", "https://app.example.com/%00", "https://app.example.com/%0d%0a", "https://app.example.com/%09",
		"https://app.example.com%2eevil.example/", "https://app..example.com/", "https://.example.com/", "https://-app.example.com/", "https://app-.example.com/", "https://*.example.com/", "https://app.example.com../",
		"https://app.example.com:/", "https://app.example.com:0/", "https://app.example.com:65536/", "https://app.example.com:08/", "https://app.example.com:8a/", "https://app.example.com:1:2/", "https://:443/",
		"https://2130706433/", "https://0x7f.0.0.1/", "https://1.2.3/", "https://1.2.3.4.5/", "https://01.2.3.4/", "https://256.1.1.1/", "https://app.1/", "https://[::1/", "https://::1/", "https://[::1%25lo]/", "https://[1.2.3.4]/", "https://[::1]x/",
		"https://app.example.com/a/../b", "https://app.example.com/..", "https://app.example.com/./", "https://app.example.com/%2e%2E/b", "https://app.example.com/.%2e/",
		"https://app.example.com/?code=1", "https://app.example.com/?a=1&state=2", "https://app.example.com/?st%61te=2", "https://app.example.com/?error", "https://app.example.com/?access_token=x",
		"javascript:alert(1)", "javascript://x/%0aalert(1)", "JavaScript:alert(1)", "JAVASCRIPT://x", "xjavascript://x", "data:text/html,x", "data://x", "file:///etc/passwd", "FILE://x", "blob:https://x", "filesystem:https://x",
		"vbscript:x", "about:blank", "mailto:a@b", "ftp://x/", "ws://x/", "wss://x/", "view-source:https://x", "view-source://x", "jar+file:/x", "web+app://x", "intent://x", "chrome-extension://x/", "ms-settings:/x", "tel:/1",
		"fb123:authorize", "fb123:", "fb123://authorize:80", "fb123://user@authorize", "1fb://x", "-fb://x", "f_b://x", ":x", "://x",
	} {
		err := prokura.CheckRedirectURI(uri)
		e, ok := errors.AsType[*prokura.Error](err)
		if !ok || !errors.Is(err, prokura.RedirectInvalid) || e.Field != "redirect_uri" {
			t.Errorf("%q: %v", uri, err)
		}
	}
}

// costs fails when do takes more bytes of memory than most: what a caller sends
// costs about as much as it is long, whatever it says.
func costs(t *testing.T, what string, most int, do func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > uint64(most) {
		t.Errorf("%s costs %d bytes of memory, at most %d", what, after.TotalAlloc-before.TotalAlloc, most)
	}
}

// F1: what may be registered is absolute and safe in the eyes of net/url too,
// and only itself and its loopback ports match.
func FuzzMatchRedirectURI(f *testing.F) {
	for _, r := range registered {
		f.Add(r, r)
		for _, m := range mutations(r)[:20] {
			f.Add(r, m)
			f.Add(m, r)
		}
	}
	safe := regexp.MustCompile(`(?i)\A(https://|http://(localhost|127\.0\.0\.1|\[::1\])([:/?]|\z)|[a-z][a-z0-9+.-]*:/)`)
	f.Fuzz(func(t *testing.T, a, b string) {
		costs(t, "matching", 4096+64*(len(a)+len(b)), func() { prokura.MatchRedirectURI([]string{a}, b) })
		costs(t, "checking", 4096+64*len(a), func() { prokura.CheckRedirectURI(a) })
		if got := prokura.MatchRedirectURI([]string{a}, b); got != referenceMatch([]string{a}, b) {
			t.Fatalf("%q for %q: %v", b, a, got)
		}
		if prokura.CheckRedirectURI(a) != nil {
			return
		}
		u, err := url.Parse(a)
		if err != nil {
			t.Fatalf("%q may be registered, but net/url says %v", a, err)
		}
		if !safe.MatchString(a) || u.User != nil || u.Fragment != "" || strings.Contains(a, "#") || len(a) > prokura.MaxRedirectURI ||
			slices.Contains([]string{"javascript", "data", "file", "blob", "vbscript", "about"}, u.Scheme) {
			t.Fatalf("%q may be registered", a)
		}
		if (u.Scheme == "https" || u.Scheme == "http") && u.Host == "" {
			t.Fatalf("%q may be registered without a host", a)
		}
	})
}

// docs/wire.md: what was in the redirect URI stays, byte for byte, and the
// answer can be read back.
func TestAppendToRedirect(t *testing.T) {
	v := url.Values{"state": {"a b+c&d=e#ü"}, "code": {"AQ1"}}
	const encoded = "code=AQ1&state=a%20b%2Bc%26d%3De%23%C3%BC"
	for _, row := range [][3]string{ // URI, with query, with fragment
		{"https://a.example/cb", "https://a.example/cb?" + encoded, "https://a.example/cb#" + encoded},
		{"https://a.example", "https://a.example?" + encoded, "https://a.example#" + encoded},
		{"https://a.example/cb?", "https://a.example/cb?" + encoded, "https://a.example/cb?#" + encoded},
		{"https://a.example/cb?x=%2f&&y", "https://a.example/cb?x=%2f&&y&" + encoded, "https://a.example/cb?x=%2f&&y#" + encoded},
		{"https://a.example/cb?x=1&", "https://a.example/cb?x=1&" + encoded, "https://a.example/cb?x=1&#" + encoded},
		{"https://a.example/cb#f=1", "https://a.example/cb?" + encoded + "#f=1", "https://a.example/cb#f=1&" + encoded},
		{"https://a.example/cb#", "https://a.example/cb?" + encoded + "#", "https://a.example/cb#" + encoded},
		{"fb1://authorize", "fb1://authorize?" + encoded, "fb1://authorize#" + encoded},
	} {
		if got := prokura.AppendQuery(row[0], v); got != row[1] {
			t.Errorf("query: %s, want %s", got, row[1])
		}
		if got := prokura.AppendFragment(row[0], v); got != row[2] {
			t.Errorf("fragment: %s, want %s", got, row[2])
		}
		if prokura.AppendQuery(row[0], nil) != row[0] || prokura.AppendFragment(row[0], nil) != row[0] {
			t.Errorf("%s changes without parameters", row[0])
		}
	}
	if got := prokura.AppendMark("https://a.example/cb?code=1"); got != "https://a.example/cb?code=1#_=_" {
		t.Error(got)
	}
	if got := prokura.AppendMark("https://a.example/cb#x"); got != "https://a.example/cb#x" {
		t.Error(got)
	}
	rapid.Check(t, func(t *rapid.T) {
		state := rapid.String().Draw(t, "state")
		uri := rapid.SampledFrom(registered).Draw(t, "uri")
		u, err := url.Parse(prokura.AppendQuery(uri, url.Values{"state": {state}}))
		if err != nil || u.Query().Get("state") != state {
			t.Fatalf("%v: %v", u, err)
		}
		fragment, ok := strings.CutPrefix(prokura.AppendFragment(uri, url.Values{"state": {state}}), uri+"#state=")
		if got, err := url.PathUnescape(fragment); !ok || err != nil || got != state {
			t.Fatalf("%q, %v", got, err)
		}
	})
}

// R-LOGIN-16: a page gets a login only on an origin that the app listed.
func TestMatchOrigin(t *testing.T) {
	for _, row := range []struct {
		entry, origin string
		want          bool
	}{
		{"https://app.example.com", "https://app.example.com", true},
		{"https://app.example.com:443", "https://app.example.com", true},
		{"https://App.Example.com", "https://app.example.com", true},
		{"https://app.example.com:8443", "https://app.example.com:8443", true},
		{"app.example.com", "https://app.example.com", true},
		{"http://localhost:3000", "http://localhost:3000", true},
		{"http://localhost", "http://localhost:5173", true},
		{"http://127.0.0.1", "http://127.0.0.1:40123", true},
		{"http://127.0.0.1", "http://127.0.0.1", true},
		{"http://[::1]", "http://[::1]:40123", true},
		{"app.example.com", "http://app.example.com", false},
		{"app.example.com", "https://app.example.com:8443", false},
		{"app.example.com", "https://evil.app.example.com", false},
		{"app.example.com", "https://app.example.com.evil.example", false},
		{"app.example.com:8443", "https://app.example.com:8443", false},
		{"*.example.com", "https://app.example.com", false},
		{"https://app.example.com", "https://app.example.com:8443", false},
		{"https://app.example.com", "https://app.example.com/", false},
		{"https://app.example.com", "https://app.example.com@evil.example", false},
		{"https://app.example.com", "https://evil.example#https://app.example.com", false},
		{"https://app.example.com", "https://app.example.com\n", false},
		{"https://app.example.com/", "https://app.example.com", false},
		{"http://app.example.com", "http://app.example.com", false},
		{"http://localhost:3000", "http://localhost:3001", false},
		{"http://localhost:80", "http://localhost:3001", false},
		{"http://localhost:3000", "https://localhost:3000", false},
		{"http://localhost", "http://127.0.0.1", false},
		{"http://127.0.0.1", "http://127.0.0.1.evil.example", false},
		{"http://127.0.0.1", "http://127.0.0.2", false},
		{"null", "null", false},
		{"", "", false},
		{"", "https://", false},
		{"https://", "https://", false},
	} {
		if got := prokura.MatchOrigin([]string{"https://other.example", row.entry}, row.origin); got != row.want {
			t.Errorf("%q for %q: %v", row.origin, row.entry, got)
		}
		if row.want && prokura.CheckOrigin(row.entry) != nil {
			t.Errorf("%q may not be listed", row.entry)
		}
	}
	for _, entry := range []string{"", "null", "*", "*.example.com", "http://app.example.com", "https://a.example/", "https://a.example/x", "https://u@a.example", "javascript:alert(1)", "https://a.example:0", "a.example:1", "ftp://a.example", "https://a b"} {
		if err := prokura.CheckOrigin(entry); !errors.Is(err, prokura.InvalidParameter) {
			t.Errorf("%q may be listed: %v", entry, err)
		}
	}
}
