package sdk

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// listen makes the page collect every message that it hears.
func listen(g *page) {
	g.t.Helper()
	g.eval(nil, `window.heard = []; addEventListener('message', e => heard.push(JSON.stringify(e.data)))`)
}

// openArbiter lets the page open the arbiter with each fragment, waits until
// every one of them has run, and returns what the page has heard since.
func openArbiter(g *page, p *platform, fragments ...string) (heard []string) {
	g.t.Helper()
	p.set(func(p *platform) { p.loads = 0 })
	g.eval(nil, fmt.Sprintf(`
		heard.length = 0;
		window.popups = %s.map(fragment => open(%q + fragment, '_blank', 'popup=1'))`,
		quoteAll(fragments), p.URL+ArbiterPath+"?version=1#"))
	for deadline := time.Now().Add(stepLimit); ; time.Sleep(10 * time.Millisecond) {
		var loads int
		p.set(func(p *platform) { loads = p.loads })
		if loads >= len(fragments) {
			break
		}
		if time.Now().After(deadline) {
			g.t.Fatalf("%d of %d arbiter pages loaded", loads, len(fragments))
		}
	}
	// A script that has been asked for runs within moments; a message that
	// should not come would have come by then.
	g.eval(&heard, `
		await new Promise(done => setTimeout(done, 300));
		popups.forEach(popup => popup.close());
		return heard`)
	return heard
}

func quoteAll(all []string) string {
	quoted := make([]string, len(all))
	for i, s := range all {
		quoted[i] = quote(s)
	}
	return "[" + strings.Join(quoted, ",") + "]"
}

// T09: the arbiter gives a result to exactly the origin that the server wrote,
// and to nobody if what stands there is not one.
func TestArbiterSendsToExactOriginOnly(t *testing.T) {
	p := newPlatform(t)
	g := openPage(t, p, "", "")
	listen(g)
	origin := strings.TrimSuffix(g.url, "/welcome?keep=1")
	fragment := func(origin string) string {
		return url.Values{
			"cb": {"c"}, "frame": {"f"}, "relation": {"opener"}, "origin": {origin}, "access_token": {testToken},
		}.Encode()
	}

	var heard []string
	g.eval(nil, fmt.Sprintf(`window.popup = open(%q)`, p.URL+ArbiterPath+"?version=1#"+fragment(origin)))
	g.until("heard.length > 0")
	g.eval(&heard, `popup.close(); return heard`)
	if len(heard) != 1 || !strings.Contains(heard[0], "access_token="+testToken) {
		t.Fatalf("the right origin heard %q", heard)
	}

	host := strings.TrimPrefix(origin, "http://")
	name, port, _ := strings.Cut(host, ":")
	var hostile []string
	for _, wrong := range []string{
		"", "*", "/", "null", "undefined", "http://", "https://" + host, "http://" + name, "http://" + name + ":80",
		"http://" + name + ":1" + port, "http://sub." + host, "http://x" + host, "http://" + name + ".evil.test:" + port,
		"http://evil.test:" + port, "http://evil.test", origin + "/", origin + "/welcome", origin + "?", origin + "#",
		origin + " ", " " + origin, origin + "\n", origin + "," + origin, origin + " *", "HTTP://" + host,
		"http://" + strings.ToUpper(host), "http://user@" + host, "http://" + name + ".:" + port, "//" + host, host,
		"http:" + host, "http:\\\\" + host, "ws://" + host, "javascript:alert(1)", "data:text/html,x", "blob:" + origin,
		"file://", "http://[::1]:" + port, "http://2130706433:" + port, p.URL,
	} {
		hostile = append(hostile, fragment(wrong))
	}
	right := fragment(origin)
	hostile = append(hostile,
		right+"&origin="+url.QueryEscape("http://evil.test"), // two origins
		"origin="+url.QueryEscape("http://evil.test")+"&"+right,
		strings.Replace(right, "relation=opener", "relation=parent", 1),
		strings.Replace(right, "cb=c", "cb=", 1),
		strings.Replace(right, "frame=f", "", 1),
		"",
	)
	if len(hostile) < 30 {
		t.Fatalf("only %d hostile fragments", len(hostile))
	}
	for batch := range slices.Chunk(hostile, 8) {
		if heard := openArbiter(g, p, batch...); len(heard) != 0 {
			t.Errorf("heard %q from %q", heard, batch)
		}
	}

	// A page of another origin, and one in a sandbox, hear nothing either.
	evil := openPage(t, p, "", "")
	listen(evil)
	if heard := openArbiter(evil, p, right); len(heard) != 0 {
		t.Errorf("another origin heard %q", heard)
	}
	sandbox := openPage(t, p, "", "sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox")
	listen(sandbox)
	if heard := openArbiter(sandbox, p, fragment("null"), fragment(strings.TrimSuffix(sandbox.url, "/welcome?keep=1"))); len(heard) != 0 {
		t.Errorf("a sandboxed page heard %q", heard)
	}

	// The token is gone from the address, also where nobody could be told.
	g.open("about:blank")
	g.open(p.URL + ArbiterPath + "?version=1#" + right)
	g.until("location.hash === '' && document.body.innerText.includes('Close this window')")
}

// T09: the SDK believes its own popup on the server's origin, and nobody else.
func TestSDKIgnoresForgedMessages(t *testing.T) {
	p := newPlatform(t)
	forger := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `<script>(opener ?? parent).postMessage(JSON.parse(decodeURIComponent(location.hash.slice(1))), '*')</script>`)
	}))
	t.Cleanup(forger.Close)
	g := openPage(t, p, sdkTag(p, "{}"), "")
	g.until("window.ready")
	forged := `{type: 'prokura.login', cb: channel.get('cb'), frame: channel.get('frame'), result: 'access_token=pku_evil&expires_in=5400&user_id=1'}`
	var got response
	g.eval(&got, fmt.Sprintf(`
		const open = window.open;
		window.open = (url, ...all) => {
			window.dialog = url;
			return window.popup = open.call(window, url, ...all);
		};
		const answer = login();
		const channel = new URLSearchParams(new URL(new URL(dialog).searchParams.get('redirect_uri')).hash.slice(1));
		const message = %[1]s;
		window.messages = 0;
		addEventListener('message', () => messages++);
		// From the page itself, from a popup and a frame of another origin, and
		// by events that no window sent.
		postMessage(message, '*');
		const to = '%[2]s/#' + encodeURIComponent(JSON.stringify(message));
		const second = open.call(window, to, '_blank', 'popup=1');
		const frame = document.body.appendChild(document.createElement('iframe'));
		frame.src = to;
		dispatchEvent(new MessageEvent('message', {data: message, origin: '%[2]s', source: popup}));
		dispatchEvent(new MessageEvent('message', {data: message, origin: '%[3]s', source: window}));
		dispatchEvent(new MessageEvent('message', {data: message, origin: '%[3]s.evil.test', source: popup}));
		for (const change of [{cb: 'x'}, {frame: 'x'}, {type: 'x'}]) {
			dispatchEvent(new MessageEvent('message', {data: {...message, ...change}, origin: '%[3]s', source: popup}));
		}
		dispatchEvent(new MessageEvent('message', {data: null, origin: '%[3]s', source: popup}));
		await new Promise(done => { const t = setInterval(() => messages >= 10 && (clearInterval(t), done()), 20); });
		second.close();
		popup.close();
		return answer`, forged, forger.URL, p.URL))
	if got.Status != "unknown" || got.AuthResponse != nil {
		t.Errorf("a forged message logged in: %+v", got)
	}

	// The same message is believed where all three are right.
	g.eval(&got, fmt.Sprintf(`
		const answer = login();
		const channel = new URLSearchParams(new URL(new URL(dialog).searchParams.get('redirect_uri')).hash.slice(1));
		dispatchEvent(new MessageEvent('message', {data: %s, origin: '%s', source: popup}));
		return answer`, forged, p.URL))
	if got.Status != "connected" {
		t.Errorf("the right message: %+v", got)
	}
}
