package test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/png"
	"path"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// A walker fills in pages as somebody does who has a mouse, or nothing but a keyboard.
type walker struct {
	*tab
	keys bool
}

// reach moves the focus to an element by the Tab key alone.
func (w walker) reach(selector string) {
	w.t.Helper()
	at := fmt.Sprintf(`(e => !!e && e.matches(%q))(document.activeElement)`, selector)
	for range 400 {
		if eval[bool](w.tab, at) {
			return
		}
		w.do("press Tab", chromedp.KeyEvent(kb.Tab))
	}
	w.t.Fatalf("the Tab key does not lead to %s\n%s", selector, w.where())
}

// write puts a text into a field.
func (w walker) write(selector, text string) {
	w.t.Helper()
	if !w.keys {
		w.fillIn(selector, text)
		return
	}
	w.until("a field "+selector, fmt.Sprintf("!!document.querySelector(%q)", selector))
	w.reach(selector)
	w.do("select all", chromedp.KeyEvent("a", chromedp.KeyModifiers(2))) // Ctrl
	w.do("type", chromedp.KeyEvent(text))
}

// mark chooses a radio button, or ticks a box.
func (w walker) mark(name, value string) {
	w.t.Helper()
	input := fmt.Sprintf(`input[name="%s"][value="%s"]`, name, value)
	chosen := fmt.Sprintf("document.querySelector('%s').checked", input)
	w.until("a choice of "+value, fmt.Sprintf("!!document.querySelector('%s')", input))
	switch radio := eval[bool](w.tab, fmt.Sprintf("document.querySelector('%s').type === 'radio'", input)); {
	case eval[bool](w.tab, chosen):
	case !w.keys:
		w.press(fmt.Sprintf(`(e => e.getBoundingClientRect().width < 8 ? e.labels[0] : e)(document.querySelector('%s'))`, input))
	case !radio:
		w.reach(input)
		w.do("press Space", chromedp.KeyEvent(" "))
	default: // the group is one stop of the Tab key; arrows choose in it
		w.reach(fmt.Sprintf(`input[name="%s"]`, name))
		w.do("press Space", chromedp.KeyEvent(" "))
		for range 20 {
			if eval[bool](w.tab, chosen) {
				return
			}
			w.do("press Down", chromedp.KeyEvent(kb.ArrowDown))
		}
	}
	if !eval[bool](w.tab, chosen) {
		w.t.Fatalf("%s=%s cannot be chosen\n%s", name, value, w.where())
	}
}

// option chooses from a list.
func (w walker) option(selector, value string) {
	w.t.Helper()
	if !w.keys {
		eval[bool](w.tab, fmt.Sprintf("(e => { e.value = %q; return e.value === %[1]q })(document.querySelector(%q))", value, selector))
		return
	}
	w.reach(selector)
	for range 300 {
		if eval[bool](w.tab, fmt.Sprintf("document.querySelector(%q).value === %q", selector, value)) {
			return
		}
		w.do("press Down", chromedp.KeyEvent(kb.ArrowDown))
	}
	w.t.Fatalf("the list %s has no %s\n%s", selector, value, w.where())
}

// send presses the button of the form whose address ends so; do and value name one of
// several.
func (w walker) send(action, name, value string) {
	w.t.Helper()
	const button = "[data-walked]"
	w.until("a button for "+action, fmt.Sprintf(`(() => {
		const b = [...document.querySelectorAll('button:not([type=button])')].find(b => b.form && new URL(b.form.action, location).pathname.endsWith(%q)
			&& b.tabIndex >= 0 && b.checkVisibility() && !b.disabled && (!%[2]q || b.name === %[2]q && b.value === %[3]q));
		b?.toggleAttribute('data-walked', true);
		return !!b;
	})()`, action, name, value))
	w.leave(func() {
		if w.keys {
			w.reach(button)
			w.until("a button that is held back no more", `(e => { // T08, as press waits for it
				const loaded = performance.getEntriesByType('navigation')[0].loadEventEnd;
				return !('hold' in e.dataset) || loaded && performance.now() > loaded + 600;
			})(document.activeElement)`)
			w.do("press Enter", chromedp.KeyEvent(kb.Enter))
			return
		}
		w.press("document.querySelector('" + button + "')")
	})
}

// attach puts a file into the field of the page: the window in which people look for one
// is the system's, and no page.
func (w walker) attach(name, kind string, content []byte) {
	w.t.Helper()
	eval[bool](w.tab, fmt.Sprintf(`(() => { const d = new DataTransfer(); d.items.add(new File([Uint8Array.from(atob(%q), c => c.charCodeAt(0))], %q, {type: %q})); document.querySelector('input[type=file]').files = d.files; return true })()`,
		base64.StdEncoding.EncodeToString(content), name, kind))
}

// enter logs somebody in.
func (w walker) enter(s *server, email string) {
	w.t.Helper()
	w.open(s.url + "/login")
	w.write("input[name=email]", email)
	w.write("input[name=password]", demoPassword)
	w.send("/login", "", "")
}

// TestWholeWay is an app's way in a browser from a person whom nobody knows to a business
// that has never heard of them: sign up, app, verification, submission, two reviewers, live
// mode, connected (R-APP-02, R-REVIEW-01, R-REVIEW-02, R-REVIEW-03). Once on a phone, and once
// on a desktop by the keyboard alone; nothing scrolls sideways on it.
func TestWholeWay(t *testing.T) {
	t.Parallel()
	for name, way := range map[string]struct {
		width int64
		keys  bool
		word  string
	}{"phone": {360, false, "pier"}, "keyboard": {1440, true, "quay"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			goWholeWay(t, way.word, func() walker {
				p := newTab(t)
				p.viewport(way.width, 900)
				return walker{p, way.keys}
			})
		})
	}
}

// goWholeWay goes it with the names that have a word in them; as opens a browser for one more
// person.
func goWholeWay(t *testing.T, word string, as func() walker) {
	names := newNameServer(t)
	s := startServer(t, serverOptions{args: []string{"--dns", names.addr}})
	domain := word + "-lab.example"
	email := "mia@" + domain
	mia := as()
	mia.open(s.url + "/signup")
	mia.write("input[name=name]", "Mia Sandberg")
	mia.write("input[name=email]", email)
	mia.write("input[name=password]", "a long password of tests")
	mia.send("/signup", "", "")
	mia.write("input[name=code]", s.mailed(t, email, `(\d{4} \d{4})`))
	mia.send("/signup/code", "", "")

	mia.open(s.url + "/business/new")
	mia.write("input[name=name]", "Lab "+word)
	mia.send("/business/new", "", "")
	business := path.Base(mia.url())
	mia.open(s.url + "/apps/new")
	mia.write("input[name=name]", "Reports "+word)
	mia.mark("type", "business")
	mia.option("select[name=business]", business)
	mia.write("input[name=contact]", email)
	mia.send("/apps/new", "", "")
	id := path.Base(path.Dir(mia.url()))
	place := s.url + "/apps/" + id
	mia.open(place + "/basic")
	var icon bytes.Buffer
	if err := png.Encode(&icon, image.NewGray(image.Rect(0, 0, 64, 64))); err != nil {
		t.Fatal(err)
	}
	mia.attach("icon.png", "image/png", icon.Bytes())
	mia.write("input[name=privacy_policy_url]", "https://www."+domain+"/privacy")
	mia.write("input[name=site_url]", "https://www."+domain+"/")
	mia.option("select[name=category]", "Business and pages")
	mia.mark("business_use", "clients")
	mia.send("/basic", "", "")
	mia.fits("the app's settings")
	site := newCallback(t)
	mia.open(place + "/login")
	mia.mark("client_oauth", "1")
	mia.mark("web_oauth", "1")
	mia.write("textarea[name=redirect_uris]", site.uri())
	mia.send("/login", "", "")
	mia.open(place + "/configurations/new?template=scratch")
	mia.write("input[name=name]", "Reports")
	mia.mark("kind", "ad_account")
	mia.mark("task.ad_account", "ANALYZE")
	mia.mark("permission", "ads_read")
	mia.send("/configurations/new", "", "")
	configuration := path.Base(mia.url())

	mia.open(s.url + "/business/" + business + "/verification")
	for name, value := range map[string]string{"legal_name": "Lab AB", "registration": "559000-0000", "website": "https://www." + domain, "contact": "Mia Sandberg", "email": email} {
		mia.write(`input[name="`+name+`"]`, value)
	}
	mia.write("textarea[name=address]", "Hamngatan 4")
	mia.option("select[name=country]", "SE")
	mia.send("/verification", "", "")
	mia.attach("register.pdf", "application/pdf", []byte("%PDF-1.7\nregister\n%%EOF\n"))
	mia.send("/documents", "", "")
	mia.send("/mail", "", "")
	mia.write("input[name=code]", s.mailed(t, email, `(\d{4} \d{4})`))
	mia.send("/verification/code", "", "")
	names.txt.Store(&[2]string{mia.copied("site-record"), mia.copied("site-value")})
	mia.send("/site", "by", "dns")
	mia.fits("the verification")
	mia.send("/verification/send", "", "")
	mia.wantText("the verification", "Waits for the platform")

	rita := as()
	rita.enter(s, ritaEmail)
	rita.open(s.url + "/staff/businesses/" + business)
	rita.mark("decision", "given")
	rita.fits("the business, for staff")
	rita.send("/staff/businesses/"+business, "", "")

	mia.open(place + "/submissions")
	mia.mark("add", "permission:ads_read")
	mia.send("/submissions", "", "")
	mia.mark("no_interface", "1")
	mia.write(`textarea[name="use.1"]`, "Our server mails each client a summary of its campaigns.")
	mia.fits("the draft")
	mia.send("/submissions/1", "do", "send")
	mia.wantText("sent", "The submission was sent.", "To be decided")
	desk := s.url + "/staff/submissions/" + eval[string](mia.tab, "document.getElementById('reference').innerText")

	paul := as()
	paul.enter(s, paulEmail)
	for _, reviewer := range []walker{paul, rita} {
		mia.open(place + "/access")
		if !strings.Contains(mia.text(), "Never given") {
			t.Errorf("R-REVIEW-03: the app has access before two said yes\n%s", mia.where())
		}
		reviewer.open(desk)
		reviewer.mark("outcome.1", "approved")
		reviewer.option(`select[name="reason.1"]`, "needed")
		reviewer.fits("the desk")
		reviewer.send(strings.TrimPrefix(desk, s.url), "", "")
		reviewer.wantText("decided", "Your yes was noted.")
	}
	mia.open(place + "/access")
	mia.wantText("what it has", "Advanced access", "Submission 1")
	mia.fits("what it has")
	mia.open(place + "/mode")
	mia.send("/mode", "", "")
	mia.wantText("live", "The app is in live mode.")

	ada := as()
	ada.open(s.url + "/v25.0/dialog/oauth?client_id=" + id + "&config_id=" + configuration + "&response_type=code&state=x&redirect_uri=" + site.uri())
	ada.write("input[name=email]", adaEmail)
	ada.write("input[name=password]", demoPassword)
	ada.send("/login", "", "")
	ada.mark("business", nordwindID)
	ada.send("/business", "", "")
	ada.mark("asset", adAccountEU)
	ada.fits("the dialog")
	ada.send("/assets", "do", "continue")
	ada.wantText("what Ada is asked", "Reports "+word, "See ad results")
	ada.send("/review", "do", "confirm")
	query, _ := landed(t, ada.url())
	if query.Get("code") == "" {
		t.Fatalf("the dialog leads to %s", ada.url())
	}
}
