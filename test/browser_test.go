package test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// stepLimit bounds one step in the browser, so that a page that never comes is
// a failure and not a hanging test.
const stepLimit = 3 * time.Minute

// startBrowser starts the one Chromium of this process. It trusts the key of
// servers with TLS; Meta's hosts it does not find, but for profiles with a
// proxy (see server.newTab). No page rests because another is in front of it.
var startBrowser = sync.OnceValues(func() (context.Context, error) {
	trust, err := trustOnce()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "prokura-chromium-")
	if err != nil {
		return nil, err
	}
	path := os.Getenv("PROKURA_TEST_CHROMIUM")
	if path == "" {
		path = "/usr/bin/chromium"
	}
	output := new(syncBuffer)
	ctx, cancel := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(path),
		chromedp.UserDataDir(dir),
		chromedp.CombinedOutput(output),
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("force-color-profile", "srgb"),
		chromedp.Flag("password-store", "basic"),
		chromedp.Flag("disable-background-timer-throttling", true),
		chromedp.Flag("disable-backgrounding-occluded-windows", true),
		chromedp.Flag("disable-renderer-backgrounding", true),
		chromedp.Flag("ignore-certificate-errors-spki-list", trust.spki),
		chromedp.Flag("host-resolver-rules", "MAP *.facebook.com ~NOTFOUND, MAP connect.facebook.net ~NOTFOUND"),
	)
	ctx, stop := chromedp.NewContext(ctx)
	shared.add(func() {
		stop()
		cancel()
		// Chromium's children may write a moment longer than it lives.
		for range 50 {
			if os.RemoveAll(dir) == nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	})
	if err := chromedp.Do(ctx); err != nil {
		return nil, fmt.Errorf("start %s: %w\n%s", path, err, output)
	}
	return ctx, nil
})

// tab is one page in a browser. Every step that fails ends the test and shows
// where the page was.
type tab struct {
	t        *testing.T
	ctx      context.Context
	detached <-chan struct{} // closed when the page is gone

	mu       sync.Mutex
	problems []string
}

// newTab opens a page in a browser profile of its own: no cookies, no storage.
// When the test ends it fails if a page raised an exception or tried what its
// content security policy forbids.
func newTab(t *testing.T) *tab { return openTab(t, "") }

// newTab opens a page in a profile that finds the server where Meta's hosts are.
func (s *server) newTab(t *testing.T) *tab { return openTab(t, s.redirect.proxy(t)) }

func openTab(t *testing.T, proxy string) *tab {
	t.Helper()
	browser, err := startBrowser()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext(
		func(profile *target.CreateBrowserContextParams) { profile.ProxyServer = proxy }))
	t.Cleanup(cancel)
	return watch(t, ctx)
}

// watch makes a tab of a context and collects what goes wrong in it.
func watch(t *testing.T, ctx context.Context) *tab {
	t.Helper()
	p := &tab{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, p.notice); err != nil {
		t.Fatalf("open a page: %v", err)
	}
	var err error
	if p.detached, err = chromedp.Detached(ctx); err != nil {
		t.Fatalf("open a page: %v", err)
	}
	t.Cleanup(func() {
		for _, problem := range p.takeProblems() {
			t.Errorf("in the page: %s", problem)
		}
	})
	return p
}

// in is the same page for a subtest, whose failures are its own.
func (p *tab) in(t *testing.T) *tab {
	return &tab{t: t, ctx: p.ctx, detached: p.detached}
}

func (p *tab) notice(event any) {
	var problem string
	switch event := event.(type) {
	case *runtime.EventExceptionThrown:
		details := event.ExceptionDetails
		problem = fmt.Sprintf("exception at %s:%d: %s", details.URL, details.LineNumber+1, details.Text)
		if details.Exception != nil {
			problem += " " + details.Exception.Description
		}
	case *log.EventEntryAdded:
		if event.Entry.Source != log.EntrySourceSecurity || event.Entry.Level != log.EntryLevelError {
			return
		}
		problem = event.Entry.Text
	default:
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.problems = append(p.problems, problem)
}

// takeProblems returns what went wrong in the page so far, and forgets it.
func (p *tab) takeProblems() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	taken := p.problems
	p.problems = nil
	return taken
}

// do runs steps one after the other within the limit.
func (p *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, stepLimit)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil && !p.closed() {
		p.t.Fatalf("%s: %v\n%s", what, err, p.where())
	}
}

// closed tells whether the page is gone, as a window is that closed itself.
func (p *tab) closed() bool {
	select {
	case <-p.detached:
		return true
	default:
		return p.ctx.Err() != nil
	}
}

// close closes the window as the person would.
func (p *tab) close() {
	p.t.Helper()
	p.do("close the window", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, page.Close, cdp.Empty{})
		return err
	}))
	p.waitClosed()
}

// waitClosed waits until the window has closed itself.
func (p *tab) waitClosed() {
	p.t.Helper()
	select {
	case <-p.detached:
	case <-p.ctx.Done():
	case <-time.After(stepLimit):
		p.t.Fatalf("the window stays open\n%s", p.where())
	}
}

// eval evaluates an expression in the page, waiting for it if it is a promise.
func eval[T any](p *tab, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, stepLimit)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("evaluate %.120s: %v\n%s", expression, err, p.where())
	}
	return value
}

// until waits for an expression to become true. The expression survives that
// the page under it is replaced.
func (p *tab) until(what, expression string) {
	p.t.Helper()
	deadline := time.Now().Add(stepLimit)
	for time.Now().Before(deadline) {
		ctx, cancel := context.WithTimeout(p.ctx, stepLimit)
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression))
		cancel()
		if err == nil && ok {
			return
		}
		if p.closed() {
			break
		}
		time.Sleep(25 * time.Millisecond)
	}
	p.t.Fatalf("waited for %s\n%s", what, p.where())
}

// open loads an address and waits until the page has loaded.
func (p *tab) open(url string) {
	p.t.Helper()
	p.do("open "+url, chromedp.Navigate(url))
}

// status loads an address and returns the status of the page it ends on.
func (p *tab) status(url string) int64 {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, stepLimit)
	defer cancel()
	response, err := chromedp.Run(ctx, chromedp.NavigateResponse(url))
	if err != nil {
		p.t.Fatalf("open %s: %v\n%s", url, err, p.where())
	}
	return response.Status
}

// url is the address that the page has now.
func (p *tab) url() string {
	p.t.Helper()
	return eval[string](p, "location.href")
}

// text is what a person reads on the page.
func (p *tab) text() string {
	p.t.Helper()
	return eval[string](p, "document.body.innerText")
}

// has tells whether an element that a person can see matches the CSS selector.
func (p *tab) has(selector string) bool {
	p.t.Helper()
	return eval[bool](p, fmt.Sprintf(
		"[...document.querySelectorAll(%q)].some(e => e.checkVisibility())", selector))
}

// waitFor waits until an element that a person can see matches the selector.
func (p *tab) waitFor(selector string) {
	p.t.Helper()
	p.until("an element "+selector, fmt.Sprintf(
		"[...document.querySelectorAll(%q)].some(e => e.checkVisibility())", selector))
}

// named finds a control by the name that a screen reader would say: for a
// field its label, for a button or link its text.
func named(kind, name string) chromedp.JSPath {
	return chromedp.JSPath(fmt.Sprintf(`(() => {
		const clean = s => (s ?? '').replace(/\s+/g, ' ').trim();
		const name = e => clean(e.getAttribute('aria-label')
			|| [...(e.labels ?? [])].map(l => l.innerText).join(' ')
			|| e.innerText || e.value);
		const all = [...document.querySelectorAll(%q)].filter(e => e.checkVisibility());
		return all.find(e => name(e) === %[2]q) ?? all.find(e => name(e).includes(%[2]q)) ?? null;
	})()`, kind, name))
}

func (p *tab) fillIn(selector, value string) {
	p.t.Helper()
	p.typeInto("fill "+selector, chromedp.JSPath(fmt.Sprintf("document.querySelector(%q)", selector)), value)
}

func (p *tab) typeInto(what string, field chromedp.JSPath, value string) {
	p.t.Helper()
	p.until("a field to "+what, fmt.Sprintf("(e => !!e && (e.value = '', true))(%s)", field))
	p.do(what, chromedp.SendKeys(field, value))
}

// click presses the button or link with that text; tick does the same for the
// checkbox or radio button with that label.
func (p *tab) click(name string) {
	p.t.Helper()
	p.do("click "+name, chromedp.Click(named("button, a[href], [role=button], input[type=submit], summary", name)))
}

// clickOn presses the first element that matches the CSS selector.
func (p *tab) clickOn(selector string) {
	p.t.Helper()
	p.do("click "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// leave does something that replaces the page or closes the window, and waits
// for that.
func (p *tab) leave(act func()) {
	p.t.Helper()
	eval[bool](p, "window.leaving = true")
	act()
	deadline := time.Now().Add(stepLimit)
	for time.Now().Before(deadline) {
		if p.closed() {
			return
		}
		ctx, cancel := context.WithTimeout(p.ctx, stepLimit)
		arrived, err := chromedp.Run(ctx, chromedp.Evaluate[bool](
			"window.leaving === undefined && document.readyState === 'complete'"))
		cancel()
		if err == nil && arrived {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	p.t.Fatalf("waited for the next page\n%s", p.where())
}

// viewport sets the size of the window in CSS pixels. The browser stays a
// desktop's however narrow it is; see userAgent.
func (p *tab) viewport(width, height int64) {
	p.t.Helper()
	p.do("resize", chromedp.EmulateViewport(width, height))
}

// userAgent makes the browser say it is another, with the client hint whether
// it is a mobile one.
func (p *tab) userAgent(agent string, mobile bool) {
	p.t.Helper()
	p.do("change the user agent", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{
			UserAgent: agent,
			UserAgentMetadata: &emulation.UserAgentMetadata{
				Platform: "Android", PlatformVersion: "16", Model: "Phone", Mobile: mobile,
			},
		})
		return err
	}))
}

// scheme makes the page light or dark, at once: transitions are brought to
// their end.
func (p *tab) scheme(value string) {
	p.t.Helper()
	p.do("choose "+value, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: value}},
		})
		return err
	}))
	eval[bool](p, `new Promise(done => requestAnimationFrame(() => {
		document.getAnimations().forEach(a => a.finish());
		requestAnimationFrame(() => done(true));
	}))`)
}

// media shows the page as on "print", or with "" as on the screen.
func (p *tab) media(value string) {
	p.t.Helper()
	p.do("show as on "+value, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: value})
		return err
	}))
}

// clearCookies forgets every login of the tab's profile.
func (p *tab) clearCookies() {
	p.t.Helper()
	p.do("clear cookies", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, network.ClearBrowserCookies, cdp.Empty{})
		return err
	}))
}

// popup runs act, which opens a window, and returns the page in that window.
func (p *tab) popup(act func()) *tab {
	p.t.Helper()
	opener := chromedp.FromContext(p.ctx).Target.TargetID
	opened := chromedp.WaitNewTarget(p.ctx, func(info *target.Info) bool { return info.Type == "page" && info.OpenerID == opener })
	act()
	select {
	case id, ok := <-opened:
		if !ok {
			p.t.Fatal("the page that should open a window is gone")
		}
		ctx, cancel := chromedp.NewContext(p.ctx, chromedp.WithTargetID(id))
		p.t.Cleanup(cancel)
		window := watch(p.t, ctx)
		window.until("the window's page", "location.protocol !== 'about:' && document.readyState === 'complete'")
		return window
	case <-time.After(stepLimit):
		p.t.Fatalf("no window opened\n%s", p.where())
		return nil
	}
}

// shots saves the whole page in light and in dark, if pictures are wanted.
func (p *tab) shots(name string) {
	p.t.Helper()
	if os.Getenv("PROKURA_SCREENSHOTS") == "" {
		return
	}
	for _, scheme := range []string{"light", "dark"} {
		p.scheme(scheme)
		p.shot(name + "-" + scheme)
	}
	p.scheme("light")
}

// shot saves the whole page as an image in the folder PROKURA_SCREENSHOTS. The
// window is as high as the page meanwhile, so that bars at its foot stand where
// a person who has scrolled to the end sees them.
func (p *tab) shot(name string) {
	p.t.Helper()
	dir := os.Getenv("PROKURA_SCREENSHOTS")
	if dir == "" {
		return
	}
	width, height := eval[int64](p, "innerWidth"), eval[int64](p, "innerHeight")
	p.viewport(width, max(height, eval[int64](p, "document.documentElement.scrollHeight")))
	ctx, cancel := context.WithTimeout(p.ctx, stepLimit)
	defer cancel()
	image, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Fatalf("screenshot %s: %v", name, err)
	}
	p.viewport(width, height)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), image, 0o644); err != nil {
		p.t.Fatal(err)
	}
	if picture, docs := pictures[name], os.Getenv("PROKURA_PICTURES"); picture != "" && docs != "" {
		if err := os.WriteFile(filepath.Join(docs, picture), image, 0o644); err != nil {
			p.t.Fatal(err)
		}
	}
}

// pictures are the images that documents show, by the name under which they are
// taken. PROKURA_PICTURES names their folder.
var pictures = map[string]string{
	"dialog-business-review-desktop-light": "dialog-review-light.png",
	"dialog-business-review-phone-light":   "dialog-review-phone.png",
	"dialog-business-assets-desktop-light": "dialog-assets-light.png",
	"connected-app-desktop-dark":           "connected-app-dark.png",
	"configurations-desktop-light":         "app-configurations-light.png",
	"grants-desktop-light":                 "who-holds-power-light.png",
	"system-user-desktop-light":            "system-user-light.png",
	"asset-desktop-dark":                   "asset-dark.png",
}

// where describes the page for the message of a failed step.
func (p *tab) where() string {
	ctx, cancel := context.WithTimeout(p.ctx, stepLimit)
	defer cancel()
	url, err := chromedp.Run(ctx, chromedp.Evaluate[string]("location.href"))
	if err != nil {
		return "the page cannot be read: " + err.Error()
	}
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body ? document.body.innerText : ''"))
	if len(text) > 2000 {
		text = text[:2000] + "…"
	}
	return fmt.Sprintf("at %s:\n  %s", secretPatterns.ReplaceAllString(url, "<secret>"),
		strings.ReplaceAll(secretPatterns.ReplaceAllString(text, "<secret>"), "\n", "\n  "))
}
