package sdk

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// These tests run the SDK in Chromium on a page of one origin, with a server on
// another that answers as the test says. The login with the real dialog is
// tested with the whole product; here it is what a real server never says, and
// what pages may do to the SDK.

const (
	testApp   = "100000000000103"
	testUser  = "230000000000017"
	testToken = "pku_test"
	stepLimit = 20 * time.Second
)

// platform is the server: the SDK's own handler, and beside it a dialog and a
// Graph that answer from fields.
type platform struct {
	*httptest.Server

	mu     sync.Mutex
	dialog []url.Values      // the dialog's requests, in order
	graph  []call            // Graph's requests, in order
	answer map[string]string // what the dialog sends back; nil: it shows a page
	reply  func(c call) any  // what Graph answers; nil: testUser's id
	loads  int               // how often the arbiter's script was asked for
}

// call is one Graph request.
type call struct {
	Method, Path, Query string
	Body                url.Values
}

func newPlatform(t *testing.T) *platform {
	t.Helper()
	p := &platform{}
	mux := http.NewServeMux()
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	own := Handler(func(*http.Request) string { return p.URL })
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		switch {
		case Serves(r.URL.Path):
			if r.URL.Path == arbiterScriptPath {
				p.set(func(p *platform) { p.loads++ })
			}
			own.ServeHTTP(w, r)
		case strings.HasSuffix(r.URL.Path, "/dialog/oauth"):
			p.serveDialog(w, r)
		default:
			p.serveGraph(w, r)
		}
	})
	return p
}

func (p *platform) serveDialog(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := r.URL.Query()
	p.dialog = append(p.dialog, q)
	if p.answer == nil {
		fmt.Fprint(w, "<!doctype html><title>Log in</title>")
		return
	}
	result := url.Values{}
	for name, value := range p.answer {
		result.Set(name, value)
	}
	if q.Has("state") && !result.Has("state") {
		result.Set("state", q.Get("state"))
	}
	target, fragment, popup := strings.Cut(q.Get("redirect_uri"), "#")
	switch {
	case popup:
		fragment += "&" + result.Encode()
	case result.Has("access_token"):
		fragment = result.Encode()
	default:
		target += "?" + result.Encode()
		fragment = "_=_"
	}
	http.Redirect(w, r, target+"#"+fragment, http.StatusSeeOther)
}

func (p *platform) serveGraph(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c := call{Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Body: form}
	p.mu.Lock()
	p.graph = append(p.graph, c)
	var reply any = map[string]string{"id": testUser}
	if p.reply != nil {
		reply = p.reply(c)
	}
	p.mu.Unlock()
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(reply)
}

// set changes the answers; calls returns Graph's requests so far.
func (p *platform) set(change func(p *platform)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

func (p *platform) calls() []call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]call(nil), p.graph...)
}

func (p *platform) lastDialog(t *testing.T) url.Values {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.dialog) == 0 {
		t.Fatal("the dialog was not asked")
	}
	return p.dialog[len(p.dialog)-1]
}

// tokenAnswer is a finished login by the implicit grant.
func tokenAnswer() map[string]string {
	payload := base64.RawURLEncoding.EncodeToString([]byte(`{"algorithm":"HMAC-SHA256","user_id":"` + testUser + `"}`))
	return map[string]string{
		"access_token": testToken, "expires_in": "5400", "data_access_expiration_time": "4102444800",
		"signed_request": "c2ln." + payload, "graph_domain": "facebook",
	}
}

var startBrowser = sync.OnceValues(func() (context.Context, error) {
	path := os.Getenv("PROKURA_TEST_CHROMIUM")
	if path == "" {
		path = "/usr/bin/chromium"
	}
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	ctx, _ := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true),
		// Every origin of these tests is this machine.
		chromedp.Flag("host-resolver-rules", "MAP *.test 127.0.0.1"),
	)...)
	ctx, stop := chromedp.NewContext(ctx)
	closeBrowser = stop
	return ctx, chromedp.Do(ctx)
})

var closeBrowser = func() {}

func TestMain(m *testing.M) {
	code := m.Run()
	closeBrowser()
	os.Exit(code)
}

// page is one page in a browser profile of its own.
type page struct {
	t   *testing.T
	ctx context.Context
	url string
}

// openPage serves a page that loads the SDK, on an origin of its own, and opens
// it. Body is what stands in it, csp the page's content security policy.
func openPage(t *testing.T, p *platform, body, csp string) *page {
	t.Helper()
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if csp != "" {
			w.Header().Set("Content-Security-Policy", csp)
		}
		fmt.Fprint(w, "<!doctype html><html lang=en><title>App</title><body>"+body)
	}))
	t.Cleanup(site.Close)
	g := newTab(t)
	g.url = strings.Replace(site.URL, "127.0.0.1", "app.test", 1) + "/welcome?keep=1"
	g.open(g.url)
	return g
}

func newTab(t *testing.T) *page {
	t.Helper()
	browser, err := startBrowser()
	if err != nil {
		if os.Getenv("PROKURA_TEST_REQUIRED") != "" {
			t.Fatalf("Chromium is required: %v", err)
		}
		t.Skipf("no Chromium: %v", err)
	}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	// The tab lives as long as the context that it is first used with.
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	return &page{t: t, ctx: ctx}
}

func (g *page) open(url string) {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.ctx, stepLimit)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
		g.t.Fatalf("open %s: %v", url, err)
	}
}

// eval evaluates the body of an async function and stores what it returns in
// the value that into points to.
func (g *page) eval(into any, body string) {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.ctx, stepLimit)
	defer cancel()
	script := "(async () => JSON.stringify((await (async () => {" + body + "})()) ?? null))()"
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](script, chromedp.EvalAwaitPromise))
	if err != nil {
		g.t.Fatalf("evaluate %.160s: %v", body, err)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		g.t.Fatalf("evaluate %.160s: %s: %v", body, text, err)
	}
}

// until waits for an expression to become true; the page may change meanwhile.
func (g *page) until(expression string) {
	g.t.Helper()
	for deadline := time.Now().Add(stepLimit); time.Now().Before(deadline); time.Sleep(25 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(g.ctx, stepLimit)
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression))
		cancel()
		if err == nil && ok {
			return
		}
	}
	g.t.Fatalf("waited in vain for %s", expression)
}

// sdkTag loads the SDK with these options of FB.init.
func sdkTag(p *platform, options string) string {
	return fmt.Sprintf(`<script>
		window.events = [];
		window.fbAsyncInit = function () {
			for (const name of ['auth.login', 'auth.logout', 'auth.statusChange', 'auth.authResponseChange']) {
				FB.Event.subscribe(name, r => events.push(name + ' ' + r.status));
			}
			FB.init(Object.assign({appId: '%s', version: 'v23.0'}, %s));
			window.ready = true;
		};
		window.login = options => new Promise(done => FB.login(done, options));
		window.ask = force => new Promise(done => FB.getLoginStatus(done, force));
	</script><script src="%s/en_US/sdk.js"></script>`, testApp, options, p.URL)
}

type response struct {
	Status       string
	AuthResponse map[string]any
}
