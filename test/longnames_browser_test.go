package test

import (
	"fmt"
	"strings"
	"testing"
)

// faultsOfLayout is the JavaScript expression for what does not fit on the page
// as it stands: it scrolls sideways, text leaves the box it belongs to or is cut
// where nobody would notice, a control is too small, off the screen or under
// another one.
const faultsOfLayout = `(() => {
	const faults = [];
	const say = (what, e) => faults.push(what + ': ' + (e.outerHTML ?? '').slice(0, 140));
	const page = document.documentElement;
	if (page.scrollWidth > innerWidth) faults.push('scrolls sideways: ' + page.scrollWidth);
	document.querySelectorAll('.table-frame').forEach(f => f.scrollWidth > f.clientWidth && say('a table scrolls', f));
	const shown = e => e.checkVisibility({visibilityProperty: true}) && !e.closest('.unseen, .skip, thead, [aria-hidden=true]');
	const scrolls = e => { for (; e; e = e.parentElement) if (['auto', 'scroll'].includes(getComputedStyle(e).overflowX)) return true; return false; };
	const box = e => e.getBoundingClientRect();

	// Text stays in its box, and on the screen.
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	const range = document.createRange();
	for (let n; n = walker.nextNode();) {
		const e = n.parentElement;
		if (!n.data.trim() || !shown(e) || scrolls(e) || e.closest('option, script, textarea, select')) continue;
		const style = getComputedStyle(e);
		range.selectNodeContents(n);
		const r = range.getBoundingClientRect();
		const cut = e.closest('.menu-name') ?? (style.overflowX !== 'visible' && style.display !== 'inline' ? e : null);
		if (cut) {
			if (cut.scrollWidth > cut.clientWidth + 1 && getComputedStyle(cut).textOverflow !== 'ellipsis') say('text is cut', cut);
			continue;
		}
		if (r.height > 1.5 * parseFloat(style.lineHeight)) for (const word of n.data.matchAll(/\S{2,16}(?!\S)/g)) {
			if (word.index && /\S/.test(n.data[word.index - 1])) continue;
			range.setStart(n, word.index);
			range.setEnd(n, word.index + word[0].length);
			const lines = new Set([...range.getClientRects()].map(line => Math.round(line.top)));
			if (lines.size > 1 && !word[0].includes('-') && !word[0].includes('/')) say('a short word is torn, ' + word[0], e);
		}
		const frame = e.closest('.badge, .button, td, th, dd, dt, .note, .card, .deed, .kind, .sheet, .main') ?? document.body;
		const f = box(frame);
		if (r.right > f.right + 1 || r.left < f.left - 1) say('text leaves its box', e);
	}

	document.querySelectorAll('.copy textarea').forEach(e => (e.scrollWidth > e.clientWidth || e.scrollHeight > e.clientHeight + 1) && say('a value to copy is cut', e));

	// Controls.
	const controls = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')].filter(shown);
	const boxes = controls.map(e => {
		const label = ['checkbox', 'radio'].includes(e.type) && e.labels[0];
		const l = label ? box(label) : null, c = box(e);
		return l ? {left: Math.min(l.left, c.left), right: Math.max(l.right, c.right), top: Math.min(l.top, c.top), bottom: Math.max(l.bottom, c.bottom), own: c} : c;
	});
	controls.forEach((e, i) => {
		const b = boxes[i];
		if (scrolls(e)) return;
		if (b.right > innerWidth + 1 || b.left < -1) say('a control is off the screen', e);
		const inText = getComputedStyle(e).display === 'inline';
		if (!inText && !matchMedia('print').matches && (b.bottom - b.top < 23.5 || b.right - b.left < 23.5)) say('a control is too small', e);
	});
	const fixed = e => !!e.closest('.bar');
	for (let i = 0; i < controls.length; i++) for (let j = i + 1; j < controls.length; j++) {
		const a = boxes[i].own ?? boxes[i], b = boxes[j].own ?? boxes[j], x = controls[i], y = controls[j];
		if (a.bottom < b.top - 200) break;
		if (x.contains(y) || y.contains(x) || fixed(x) !== fixed(y) || getComputedStyle(x).display === 'inline' || getComputedStyle(y).display === 'inline') continue;
		if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1)
			say('controls overlap, with ' + y.outerHTML.slice(0, 100), x);
	}
	return faults.slice(0, 12);
})()`

// roomy looks at the page as it stands on a phone, on a desktop where lists are tight, and on paper.
func (p *tab) roomy(name string) {
	p.t.Helper()
	look := func(where string) {
		for _, fault := range eval[[]string](p, faultsOfLayout) {
			p.t.Errorf("%s %s: %s", name, where, fault)
		}
	}
	for _, width := range []int64{360, 1280} {
		p.viewport(width, 900)
		look(fmt.Sprintf("at %d px", width))
		p.shots(fmt.Sprintf("long-%s-%d", name, width))
	}
	p.viewport(794, 1123) // A4
	p.media("print")
	look("on paper")
	if left := eval[[]string](p, `[...document.querySelectorAll('button, .button, nav, details:not([open]) > summary')].filter(e => e.checkVisibility() && !e.closest('.unseen')).map(e => e.outerHTML.slice(0, 120))`); len(left) > 0 {
		p.t.Errorf("%s is printed with controls: %s", name, strings.Join(left[:min(3, len(left))], "\n  "))
	}
	p.shot("long-" + name + "-print")
	p.media("")
	p.viewport(1440, 900)
}

// TestLongNames opens pages of a world in which every name is as long as it may
// be and every list is long: nothing leaves its place, on any width or on paper.
func TestLongNames(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{scenario: longWorld(t), host: "localhost"})
	site := newCallback(t)
	nordwind, brightline, app := "/business/"+nordwindID, "/business/"+brightlineID, "/apps/"+campaignsApp
	people := map[string]*tab{}
	for _, email := range []string{longAdaEmail, longBenEmail, longTessEmail, longRitaEmail} {
		people[email] = newTab(t)
		people[email].signIn(s, email)
	}
	for _, page := range []sitePage{
		{name: "businesses", email: longAdaEmail, path: "/business"},
		{name: "business", email: longAdaEmail, path: nordwind},
		{name: "people", email: longAdaEmail, path: nordwind + "/people"},
		{name: "people-invite", email: longAdaEmail, path: nordwind + "/people/invite"},
		{name: "assets", email: longAdaEmail, path: nordwind + "/assets"},
		{name: "asset", email: longAdaEmail, path: nordwind + "/assets/100000000001000"},
		{name: "connected-apps", email: longAdaEmail, path: nordwind + "/integrations/connected-apps"},
		{name: "connected-app", email: longAdaEmail, path: nordwind + "/integrations/connected-apps/" + campaignsApp},
		{name: "connected-app-remove", email: longAdaEmail, path: nordwind + "/integrations/connected-apps/" + campaignsApp + "/remove"},
		{name: "grants", email: longAdaEmail, path: nordwind + "/integrations/grants"},
		{name: "integrations", email: longBenEmail, path: "/settings/business-integrations"},
		{name: "integration", email: longBenEmail, path: "/settings/business-integrations/" + campaignsApp},
		{name: "integration-remove", email: longBenEmail, path: "/settings/business-integrations/" + campaignsApp + "/remove"},
		{name: "system-users", email: longTessEmail, path: brightline + "/system-users"},
		{name: "system-user", email: longTessEmail, path: brightline + "/system-users/" + longSystem},
		{name: "system-user-token", email: longTessEmail, path: brightline + "/system-users/" + longSystem + "/tokens/new?app=" + campaignsApp},
		{name: "system-user-delete", email: longTessEmail, path: brightline + "/system-users/" + longSystem + "/delete"},
		{name: "apps", email: longTessEmail, path: "/apps"},
		{name: "app-basic", email: longTessEmail, path: app + "/basic"},
		{name: "app-advanced", email: longTessEmail, path: app + "/advanced"},
		{name: "app-roles", email: longTessEmail, path: app + "/roles"},
		{name: "app-access", email: longTessEmail, path: app + "/access"},
		{name: "app-webhook-edit", email: longTessEmail, path: app + "/webhooks/permissions"},
		{name: "app-login", email: longTessEmail, path: app + "/login"},
		{name: "app-login-product", email: longTessEmail, path: app + "/login-product"},
		{name: "app-delete", email: longTessEmail, path: app + "/delete"},
		{name: "configurations", email: longTessEmail, path: app + "/configurations"},
		{name: "configuration", email: longTessEmail, path: app + "/configurations/" + configCampaigns},
		{name: "configuration-edit", email: longTessEmail, path: app + "/configurations/" + configCampaigns + "/edit"},
		{name: "configuration-delete", email: longTessEmail, path: app + "/configurations/" + configCampaigns + "/delete"},
		{name: "business-apps", email: longTessEmail, path: brightline + "/apps"},
		{name: "staff-apps", email: longRitaEmail, path: "/staff/apps"},
		{name: "staff-app", email: longRitaEmail, path: "/staff/apps/" + campaignsApp},
	} {
		t.Run(page.name, func(t *testing.T) {
			p := people[page.email].in(t)
			p.open(s.url + page.path)
			p.roomy(page.name)
		})
	}
	for name, walk := range map[string]func(p, ada, ben, tess *tab){
		"walk-dialog": func(p, _, _, _ *tab) { longDialog(p, s, site) },
		"walk-people": func(p, ada, ben, _ *tab) { longPeople(p, ada, ben, s) },
		"walk-grants": func(_, ada, _, _ *tab) { longGrants(ada, s) },
		"walk-tokens": func(_, _, _, tess *tab) { longTokens(tess, s) },
		"walk-roles":  func(_, ada, _, tess *tab) { longRoles(ada, tess, s) },
		"walk-hooks":  func(_, _, _, tess *tab) { longHooks(tess, s) },
		"walk-self":   func(p, _, _, _ *tab) { longSelf(p, s) },
	} {
		t.Run(name, func(t *testing.T) {
			walk(newTab(t), people[longAdaEmail].in(t), people[longBenEmail].in(t), people[longTessEmail].in(t))
		})
	}
}

// longDialog walks both dialogs: the first of a person, one that changes what
// was given, and one that is over.
func longDialog(p *tab, s *server, site *callback) {
	some := []string{"100000000001000", "100000000001003"}
	ada := login{email: longAdaEmail, business: nordwindID, assets: some, visit: func(step string) { p.roomy("dialog-" + step) }, cancelAt: "review"}
	p.open(site.dialogURL(s, campaigns, "config_id", configCampaigns))
	p.walk(ada, site.uri())
	ben := login{email: longBenEmail, assets: some, visit: func(step string) { p.roomy("dialog-again-" + step) }}
	p.clearCookies()
	p.open(site.dialogURL(s, campaigns, "config_id", configReporting, "auth_type", "rerequest"))
	twin := ""
	ben.visit = func(step string) {
		p.roomy("dialog-again-" + step)
		twin = p.url()
	}
	p.walk(ben, site.uri())
	p.open(twin)
	p.roomy("dialog-done")
	p.open(site.dialogURL(s, campaigns, "config_id", configReporting, "auth_type", "reauthenticate"))
	p.roomy("dialog-password")
	p.open(site.dialogURL(s, campaigns, "redirect_uri", "https://evil.example/"+strings.Repeat("redirect/", 20)))
	p.roomy("dialog-error")
}

// longPeople is who works in a business: an invitation, a person, their removal.
func longPeople(p, ada, ben *tab, s *server) {
	place := s.url + "/business/" + nordwindID + "/people"
	for i := range 3 {
		ada.open(place + "/invite")
		ada.fillIn("input[name=email]", fmt.Sprintf("neue-mitarbeiterin-oder-neuer-mitarbeiter-%d@%s", i, longDomain))
		ada.submit("/invite")
	}
	ada.roomy("people-pending")
	p.open(ada.linkOf())
	p.roomy("invitation-nobody")
	ben.open(ada.linkOf())
	ben.roomy("invitation-other")
	ada.open(place + "?q=benjamin")
	ada.leave(func() { ada.clickOn(".row-link") })
	ada.roomy("person")
	ada.leave(func() { ada.clickOn(`a[href$="/remove"]`) })
	ada.roomy("person-remove")
	p.open(s.url + "/_dev/inbox")
	p.roomy("inbox")
}

// longGrants is the page of a grant and what narrows and ends it.
func longGrants(ada *tab, s *server) {
	ada.open(s.url + "/business/" + nordwindID + "/integrations/grants?app=100000000002000")
	ada.leave(func() { ada.clickOn("tbody th a[href]") })
	grant := ada.url()
	ada.roomy("grant")
	ada.open(grant + "/narrow")
	ada.roomy("narrow")
	ada.clickOn("input[name=scope]")
	ada.clickOn("input[name=asset]")
	ada.leave(func() { ada.press(buttonOf("/narrow", "review")) })
	ada.roomy("narrow-review")
	ada.open(grant + "/end")
	ada.roomy("grant-end")
}

// longTokens is a token of a system user, from its draft on.
func longTokens(tess *tab, s *server) {
	user := s.url + "/business/" + brightlineID + "/system-users/" + longSystem
	tess.open(user + "/tokens/new?app=" + campaignsApp)
	tess.pick("scope", "ads_read")
	tess.pick("reach", "some")
	tess.roomy("token-some")
	tess.clickOn("input[name=asset]")
	tess.leave(func() { tess.press(buttonOf("/tokens/new", "review")) })
	tess.roomy("token-review")
	tess.fillIn("input[name=password]", demoPassword)
	tess.leave(func() { tess.press(buttonOf("/tokens/new", "")) })
	tess.roomy("token-made")
	tess.open(user)
	tess.roomy("system-user-tokens")
}

// longRoles is who works on an app, and the app's way to another owner.
func longRoles(ada, tess *tab, s *server) {
	app := s.url + "/apps/" + campaignsApp
	tess.open(app + "/roles")
	tess.fillIn("input[name=email]", longAdaEmail)
	tess.submit("/roles")
	tess.fillIn("input[name=system_user]", longSystem)
	tess.submit("/roles/system-users")
	tess.roomy("app-roles-all")
	ada.open(tess.linkOf())
	ada.roomy("invitation-app")
	tess.open(app + "/sharing")
	tess.fillIn("input[name=business]", nordwindID)
	tess.submit("/sharing")
	tess.roomy("app-sharing")
	ada.open(s.url + "/business/" + nordwindID + "/apps")
	ada.roomy("business-apps-offered")
}

// longHooks is an app's webhooks with something on them.
func longHooks(tess *tab, s *server) {
	r := newReceiver(tess.t)
	r.answering(func(int, received) (int, string) { return 503, "" })
	tess.open(s.url + "/apps/" + campaignsApp + "/webhooks/application")
	tess.fillIn("#f-callback-url", r.URL+"/"+strings.Repeat("a-long-path-to-the-hook/", 8))
	tess.fillIn("#f-verify-token", r.verifies)
	tess.leave(func() { tess.click("Verify and save") })
	s.devConsent(tess.t, configCampaigns, adaID, nordwindID, []string{"100000000001000"}, "http://127.0.0.1/callback", "")
	r.wait(tess.t, 2)
	tess.open(s.url + "/apps/" + campaignsApp + "/webhooks/deliveries")
	tess.clickOn("details.more > summary")
	tess.roomy("app-deliveries")
	tess.open(s.url + "/apps/" + campaignsApp + "/webhooks")
	tess.roomy("app-webhooks-on")
	tess.open(s.url + "/apps/" + campaignsApp + "/webhooks/application")
	tess.roomy("app-webhook-edit-on")
}

// longSelf is a person's own account, with a passkey.
func longSelf(p *tab, s *server) {
	p.passkeys()
	p.signIn(s, longRitaEmail)
	p.open(s.url + "/settings/security/passkey")
	p.fillIn("input[name=name]", longName(1, 60))
	p.submit("/passkey")
	p.roomy("codes")
	p.leave(func() { p.press(buttonOf("/recovery-codes", "stored")) })
	p.roomy("security-passkey")
	p.leave(func() { p.clickOn(`a[href*="/factors/"]`) })
	p.roomy("factor-remove")
	p.open(s.url + "/settings/security/authenticator")
	p.roomy("authenticator")
	p.clearCookies()
	p.withPassword(s, longRitaEmail, "/business")
	p.roomy("second-factor")
}
