package test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// steps are the numbered steps of a guide.
func steps(t *testing.T, guide string) (list []string) {
	t.Helper()
	text, err := os.ReadFile("../docs/guides/" + guide)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^\d+\. (.*(?:\n   .*)*)`).FindAllStringSubmatch(string(text), -1) {
		list = append(list, strings.Join(strings.Fields(m[1]), " "))
	}
	return list
}

// TestTokensByHand is Theo with the guide: explorer, short-lived token, debugger, extend,
// permanent page token, its properties. Each of its steps is done as it is written, and
// there is none that is not (R-TOKEN-02, R-TOKEN-03, R-TOKEN-09).
func TestTokensByHand(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{})
	p := newTab(t)
	p.signIn(s, theoEmail)
	p.open(s.url + "/")
	debugger := func(name string) string {
		return eval[string](p, fmt.Sprintf(`[...document.querySelectorAll('dl.facts dt')].find(e => e.textContent === %q)?.nextElementSibling.innerText ?? ''`, name))
	}
	want := func(name string, texts ...string) {
		t.Helper()
		for _, text := range texts {
			if got := debugger(name); !strings.Contains(got, text) {
				t.Errorf("%s is %q, without %q", name, got, text)
			}
		}
	}
	// expires checks that a token ends so many hours from now, more or less one.
	expires := func(hours float64) {
		t.Helper()
		at := eval[string](p, `[...document.querySelectorAll('dl.facts dt')].find(e => e.textContent === 'Expires').nextElementSibling.querySelector('time')?.dateTime ?? ''`)
		end, err := time.Parse(time.RFC3339, at)
		if left := time.Until(end).Hours(); err != nil || left < hours-1 || left > hours+1 {
			t.Errorf("it ends at %q, want in %v hours", at, hours)
		}
	}
	open := func() {
		p.clickOn("details.menu > summary")
		p.leave(func() { p.clickOn(`details.menu a[href="/tools/explorer"]`) })
	}
	examine := func() {
		p.clickOn("#about-token > summary")
		p.leave(func() { p.click("Open in Access Token Tool") })
	}
	choose := func() {
		eval[bool](p, `(e => { e.dataset.old = 'yes'; e.value = '`+campaignsApp+`'; return e.dispatchEvent(new Event('change', {bubbles: true})); })(document.querySelector('#f-app'))`)
		p.until("the app to be chosen", `document.querySelector('#f-app')?.dataset.old === undefined && document.querySelector('#f-app').value === '`+campaignsApp+`'`)
	}
	long := ""
	done := map[string]func(){
		"In the menu behind your name": func() { open(); p.looks("explorer") },
		"Under *Application*":          choose,
		"Open *Get User Token* and tick `pages_show_list`": func() {
			p.click("Get User Token")
			p.clickOn("#s-pages_show_list")
			p.clickOn("#s-business_management")
			p.shots("explorer-login")
		},
		"Click *Get Access Token*": func() {
			p.leave(func() { p.click("Get Access Token") })
			p.leave(func() { p.press(buttonOf("/review", "confirm")) })
			p.wantText("the explorer", "The token is in the form.")
			if p.url() != s.url+"/tools/explorer" {
				t.Errorf("the login leaves its end in the address: %s", p.url())
			}
		},
		"Leave the path `me`": func() {
			p.clickOn(".call-line .button-main")
			p.waitFor("#answer")
			p.wantText("the answer", "Theo Brandt")
		},
		"Click *About this token*, and there": examine,
		"*App* is the app that you chose":     func() { want("App", "Brightline Campaigns", campaignsApp) },
		"*Speaks for* is you":                 func() { want("Speaks for", "Theo Brandt"); want("User id, for this app", "") },
		"*Expires* is in an hour or two":      func() { expires(2) },
		"*What it may do now* has what":       func() { p.wantText("the debugger", "See your pages", "Manage your business portfolio") },
		"Click *Extend access token*":         func() { p.leave(func() { p.click("Extend access token") }) },
		"Copy the token under": func() {
			if long = p.copied("new-token"); !strings.HasPrefix(long, "pku_") {
				t.Fatalf("the longer token is %.4q…", long)
			}
		},
		"*Expires* is sixty days": func() { expires(60 * 24) },
		"Open the *API explorer* again": func() {
			open()
			choose()
		},
		"Paste the long-lived token": func() { p.fillIn("#f-token", long) },
		"Open *Get Page Token*, click": func() {
			p.click("Get Page Token")
			p.click("List its pages")
			p.waitFor("button[name=page]")
			p.looks("explorer-pages")
			p.click("Test Kitchen")
			p.until("the page's token", `document.querySelector('#f-token').value.startsWith('pkp_')`)
		},
		"Click *About this token*, and *Open":  examine,
		"*App* is the app, and *Page id*":      func() { want("App", campaignsApp); want("Page id", "100000000000362") },
		"*Speaks for* is the page":             func() { want("Speaks for", "Test Kitchen") },
		"*Expires* says that it never ends by": func() { want("Expires", "Never ends by time") },
	}
	list := steps(t, "tokens.md")
	if len(list) != len(done) {
		t.Errorf("the guide has %d steps, %d are done here", len(list), len(done))
	}
	for _, step := range list {
		found := false
		for begins, do := range done {
			if strings.HasPrefix(step, begins) {
				t.Logf("%s", step)
				found = true
				do()
			}
		}
		if !found {
			t.Fatalf("nobody does what the guide says: %s", step)
		}
	}
	for _, secret := range []string{long} {
		if strings.Contains(p.url(), secret) || strings.Contains(p.text(), secret) {
			t.Error("T28: the token is shown, or stands in the address")
		}
	}
}

// TestExplorerScript is what the explorer's script adds: calls without another page,
// by the keyboard alone, paths and fields that complete themselves; and what it keeps to:
// no token in an address, in what the browser keeps, or in a cookie's call (T28).
func TestExplorerScript(t *testing.T) {
	t.Parallel()
	s := startGranted(t, false)
	p := newTab(t)
	p.signIn(s.server, tessEmail)
	p.open(s.url + "/tools/explorer")
	size := eval[int](p, `performance.getEntriesByType('navigation')[0].decodedBodySize + performance.getEntriesByType('resource').reduce((n, r) => n + r.decodedBodySize, 0)`)
	if t.Logf("the page has %d bytes", size); size > 120<<10 || size < 20<<10 {
		t.Errorf("the page has %d bytes with all that it loads, want at most 120 KiB", size)
	}
	if eval[bool](p, `[...document.scripts].some(e => !e.defer)`) {
		t.Error("a script stands before the first paint")
	}
	eval[bool](p, `(window.same = true, true)`)
	press := func(keys ...string) {
		t.Helper()
		for _, k := range keys {
			p.do("press a key", chromedp.KeyEvent(k))
		}
	}
	answered := func(what, line string) {
		t.Helper()
		p.until(what, fmt.Sprintf(`document.querySelector('#answered code')?.textContent === %q && document.activeElement === document.getElementById('answer')`, line))
	}
	// By the keyboard alone: the token, its path, Enter; then on to an id of the answer.
	p.do("to the token", chromedp.Focus(chromedp.CSS("#f-token")))
	press(s.child)
	p.do("to the path", chromedp.Focus(chromedp.CSS("#f-path")))
	eval[bool](p, `(document.activeElement.select(), true)`)
	press("me/adaccounts?fields=id,name", "\r")
	answered("the first answer", "GET /v27.0/me/adaccounts?fields=id%2Cname")
	press("\t", "\t") // behind the answer's frame
	if got := eval[string](p, `document.activeElement.textContent`); got != "act_"+adAccountEU {
		t.Fatalf("behind the answer the keyboard comes to %q\n%s", got, p.where())
	}
	press("\r")
	answered("the ad account", "GET /v27.0/act_"+adAccountEU)
	p.wantText("the ad account", "account_id")
	p.looks("explorer-answer")

	// Paths complete from the table, by the kind that the node says of itself.
	p.fillIn("#f-path", "act_"+adAccountEU+"/")
	p.until("paths to choose from", fmt.Sprintf(`!!document.querySelector('#paths option[value="act_%s/assigned_users"]')`, adAccountEU))
	if eval[bool](p, fmt.Sprintf(`!!document.querySelector('#paths option[value="act_%s/owned_pages"]')`, adAccountEU)) {
		t.Error("an ad account is offered lists of a business")
	}
	p.fillIn("#f-path", "act_"+adAccountEU)
	p.clickOn("#describe")
	p.waitFor("#tree")
	p.clickOn(`[id="t-currency"]`)
	p.clickOn(`[id="t-name"]`)
	if got := eval[string](p, `document.querySelector('#f-fields').value`); got != "currency,name" {
		t.Errorf("ticked, the fields are %q", got)
	}
	p.clickOn(`[id="t-name"]`)
	p.looks("explorer-fields")
	p.clickOn(".call-line .button-main")
	answered("the fields", "GET /v27.0/act_"+adAccountEU+"?fields=currency")
	p.wantText("the currency", "EUR")

	// An error leads to its explanation; the token stays out of sight.
	p.fillIn("#f-path", "act_"+adAccountUS)
	p.fillIn("#f-fields", "")
	p.clickOn(".call-line .button-main")
	answered("the error", "GET /v27.0/act_"+adAccountUS)
	p.looks("explorer-error")
	kept := eval[string](p, `JSON.stringify([location.href, document.cookie, Object.values({...localStorage}), Object.values({...sessionStorage}), document.body.innerText, performance.getEntriesByType('resource').map(r => r.name), history.state])`)
	if strings.Contains(kept, s.child) {
		t.Error("T28: the token stands in an address, on the page, or in what the browser keeps")
	}
	if !eval[bool](p, `window.same === true && history.length < 5`) {
		t.Error("a call has loaded the page anew")
	}
	if got := eval[string](p, `getComputedStyle(document.querySelector('#f-token')).webkitTextSecurity`); got != "disc" {
		t.Errorf("the token is shown unasked: %q", got)
	}
	p.clickOn("#token-shown")
	if got := eval[string](p, `getComputedStyle(document.querySelector('#f-token')).webkitTextSecurity`); got != "none" {
		t.Errorf("asked for, the token stays masked: %q", got)
	}
	p.leave(func() { p.click("Explain this error") })
	p.wantText("the explanation", "The call that failed", adAccountUS, "The asset is reached")
}
