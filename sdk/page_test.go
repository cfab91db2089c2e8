package sdk

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// R-LOGIN-16: every form of FB.api; the token is never part of a URL.
func TestAPICallForms(t *testing.T) {
	p := newPlatform(t)
	p.answer = tokenAnswer()
	g := openPage(t, p, sdkTag(p, "{}"), "")
	g.until("window.ready")
	g.eval(nil, `await login()`)
	for _, test := range []struct {
		call, method, path string
		body               map[string]string
	}{
		{`'/me', done`, "get", "/v23.0/me", nil},
		{`'me', {fields: ['id', 'name']}, done`, "get", "/v23.0/me", map[string]string{"fields": "id,name"}},
		{`'/me', 'get', done`, "get", "/v23.0/me", nil},
		{`'/77/feed', 'POST', {a: 1, b: true, c: {d: 'ü&'}, e: null, f: undefined}, done`, "", "/v23.0/77/feed",
			map[string]string{"a": "1", "b": "true", "c": `{"d":"ü&"}`}},
		{`'/77', 'delete', {}, done`, "delete", "/v23.0/77", nil},
		{`'/77', {method: 'DELETE'}, done`, "delete", "/v23.0/77", nil},
		{`'/v20.0/me?fields=id&limit=5', {limit: 7}, done`, "get", "/v20.0/me", map[string]string{"fields": "id", "limit": "7"}},
		{`'` + p.URL + `/v23.0/77/ads?after=x&access_token=` + testToken + `', done`, "get", "/v23.0/77/ads", map[string]string{"after": "x"}},
		{`'/', 'POST', {batch: [{method: 'GET', relative_url: 'me'}]}, done`, "", "/v23.0/",
			map[string]string{"batch": `[{"method":"GET","relative_url":"me"}]`}},
	} {
		var body map[string]string
		g.eval(&body, `return new Promise(done => FB.api(`+test.call+`))`)
		calls := p.calls()
		c := calls[len(calls)-1]
		if c.Method != "POST" || c.Path != test.path || c.Query != "" || body["id"] != testUser {
			t.Errorf("FB.api(%s): %+v answered %v", test.call, c, body)
		}
		want := map[string]string{"method": test.method, "access_token": testToken, "format": "json", "pretty": "0", "sdk": "joey"}
		for name, value := range test.body {
			want[name] = value
		}
		for name, value := range want {
			if c.Body.Get(name) != value {
				t.Errorf("FB.api(%s): %s=%q, want %q", test.call, name, c.Body.Get(name), value)
			}
		}
		if test.method == "" {
			delete(want, "method")
		}
		if len(c.Body) != len(want) {
			t.Errorf("FB.api(%s) sent %v", test.call, c.Body)
		}
	}

	// Without a callback it is a call all the same, and another host gets nothing.
	before := len(p.calls())
	var failure struct {
		Error struct {
			Message, Type string
			Code          int
		}
	}
	g.eval(&failure, `
		FB.api('/me');
		for (const path of ['https://evil.test/me', '//evil.test/me', '`+p.URL+`.evil.test/me', 'javascript:alert(1)']) {
			window.last = await new Promise(done => FB.api(path, done));
		}
		return last`)
	// The call without a callback tells nobody when it has arrived.
	for deadline := time.Now().Add(10 * time.Second); len(p.calls()) == before && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	if failure.Error.Code != 1 || failure.Error.Message == "" || len(p.calls()) != before+1 {
		t.Errorf("other hosts: %+v, %d calls", failure, len(p.calls())-before)
	}

	// A dead token ends the login; a call with another token says nothing of it.
	p.set(func(p *platform) {
		p.reply = func(call) any { return map[string]any{"error": map[string]any{"code": 190, "error_subcode": 458}} }
	})
	var statuses [2]string
	g.eval(&statuses, `
		await new Promise(done => FB.api('/me', {access_token: 'pkp_page'}, done));
		const first = FB.getAuthResponse() ? 'in' : 'out';
		await new Promise(done => FB.api('/me', done));
		return [first, (await ask()).status]`)
	if statuses != [2]string{"in", "not_authorized"} {
		t.Errorf("after refusals: %q", statuses)
	}

	// Nobody is logged in: a read is a plain GET.
	p.set(func(p *platform) { p.reply = nil })
	g.eval(nil, `return new Promise(done => FB.api('/77', {fields: 'name'}, done))`)
	calls := p.calls()
	if c := calls[len(calls)-1]; c.Method != "GET" || c.Query != "format=json&pretty=0&sdk=joey&fields=name" {
		t.Errorf("without a token: %+v", c)
	}
}

// R-LOGIN-16: both forms of the button, on a page whose policy allows neither
// inline script and style nor eval.
func TestButtons(t *testing.T) {
	p := newPlatform(t)
	p.answer = map[string]string{"code": "AQcode"}
	g := openPage(t, p, fmt.Sprintf(`
		<fb:login-button id=tag config_id="401" scope="email" onlogin="checkLoginState();" button-type="continue_with"></fb:login-button>
		<div id=div class="fb-login-button" data-config-id="402" data-size="large" data-onlogin="app.done" data-response-type="code"
			data-override-default-response-type="true">Enter here</div>
		<div id=rest></div>
		<script src="%s/de_DE/sdk.js#xfbml=1&version=v23.0&appId=%s"></script>`, p.URL, testApp),
		fmt.Sprintf("default-src 'none'; script-src %[1]s; connect-src %[1]s; require-trusted-types-for 'script'", p.URL))
	g.until("document.querySelectorAll('button').length === 2")
	g.eval(nil, `
		window.seen = [];
		document.addEventListener('securitypolicyviolation', e => seen.push('violation ' + e.violatedDirective));
		window.checkLoginState = r => seen.push('state ' + r.status);
		window.app = {done(r) { seen.push('done ' + r.authResponse.code + (this === app)); }};`)

	var look []string
	g.eval(&look, `
		const buttons = [...document.querySelectorAll('button')];
		return buttons.map(b => [b.type, b.innerText, b.lang, b.dataset.size, b.querySelector('svg').getAttribute('aria-hidden'),
			getComputedStyle(b).display, b.getBoundingClientRect().height >= 24].join())`)
	want := []string{"button,Anmelden,de,medium,true,inline-flex,true", "button,Enter here,,large,true,inline-flex,true"}
	if strings.Join(look, "|") != strings.Join(want, "|") {
		t.Errorf("buttons %q, want %q", look, want)
	}

	var seen []string
	g.eval(&seen, `
		const heard = n => new Promise(done => { const t = setInterval(() => seen.length >= n && (clearInterval(t), done()), 20); });
		document.querySelector('#tag button').click();
		await heard(1);
		document.querySelector('#div button').click();
		await heard(2);
		return seen`)
	if strings.Join(seen, "|") != "state connected|done AQcodetrue" {
		t.Errorf("seen %q", seen)
	}
	if q := p.lastDialog(t); q.Get("config_id") != "402" || q.Get("response_type") != "code" || q.Get("locale") != "de_DE" {
		t.Errorf("dialog asked for %v", q)
	}

	// Parsing again, a new button, and one that is the node itself.
	var counts []int
	g.eval(&counts, `
		const place = document.createElement('div');
		place.className = 'fb-login-button';
		document.querySelector('#rest').append(place);
		await new Promise(done => FB.XFBML.parse(place, done));
		const first = document.querySelectorAll('button').length;
		await new Promise(done => FB.XFBML.parse(null, done));
		return [first, document.querySelectorAll('button').length]`)
	if counts[0] != 3 || counts[1] != 3 {
		t.Errorf("%v buttons, want 3 and 3", counts)
	}
}

// A button that follows the login, and an onlogin that is more than a call.
func TestButtonLogsOut(t *testing.T) {
	p := newPlatform(t)
	p.answer = tokenAnswer()
	g := openPage(t, p, `<fb:login-button auto-logout-link="true" onlogin="window.done = [response.status, window.done]; void 0"></fb:login-button>`+
		sdkTag(p, "{xfbml: true, status: true}"), "")
	g.until("document.querySelector('button')?.innerText === 'Log in'")
	g.eval(nil, `document.querySelector('button').click()`)
	g.until("document.querySelector('button').innerText === 'Log out' && window.done?.[0] === 'connected'")
	g.eval(nil, `document.querySelector('button').click()`)
	g.until("document.querySelector('button').innerText === 'Log in' && window.done?.[0] === 'unknown'")
}

// The script tells the page that it is there, whichever of them comes first.
func TestStart(t *testing.T) {
	p := newPlatform(t)
	g := openPage(t, p, `<script src="`+p.URL+`/sdk.js"></script>`, "")
	var late string
	g.eval(&late, `
		await new Promise(done => setTimeout(done, 200));
		return new Promise(done => { window.fbAsyncInit = () => done(typeof fbAsyncInit + typeof FB.init); })`)
	if late != "functionfunction" {
		t.Errorf("fbAsyncInit set late: %q", late)
	}

	var early []any
	g.eval(&early, `
		const ask = name => new Promise(done => FB[name](done));
		let refused = 0;
		for (const version of [undefined, '', '23.0', 'v23', 'latest']) {
			try { FB.init({appId: '1', version}); } catch { refused++; }
		}
		return [refused, (await ask('login')).status, (await ask('getLoginStatus')).status, (await ask('logout')).status,
			(await new Promise(done => FB.api('/me', done))).error.code, FB.getAuthResponse(), FB.getAccessToken(), FB.getUserID()]`)
	if got := fmt.Sprint(early); got != "[5 unknown unknown unknown 1 <nil> <nil> ]" {
		t.Errorf("before FB.init: %s", got)
	}

	var rest []any
	g.eval(&rest, `
		FB.init({appId: 7, version: 'v23.0'});
		FB.AppEvents.logPageView(); FB.AppEvents.activateApp(); FB.AppEvents.logEvent(FB.AppEvents.EventNames.SEARCHED, 1, {});
		return [(await new Promise(done => FB.ui({method: 'share', href: '/'}, done))).error_code, typeof FB.Canvas]`)
	if got := fmt.Sprint(rest); got != "[3 object]" {
		t.Errorf("beside the login: %s", got)
	}
}
