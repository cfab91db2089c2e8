package outbound

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// trap counts connections to a port of this machine, on every address of it.
type trap struct {
	port string
	hits atomic.Int64
}

func newTrap(t *testing.T) *trap {
	l, err := net.Listen("tcp", ":0") // IPv4 and IPv6
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	tr := &trap{}
	_, tr.port, _ = net.SplitHostPort(l.Addr().String())
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			tr.hits.Add(1)
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			c.Close()
		}
	}()
	// A trap that catches nothing proves nothing.
	c, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", tr.port))
	if err != nil {
		t.Fatal(err)
	}
	c.Read(make([]byte, 1))
	c.Close()
	if tr.hits.Swap(0) != 1 {
		t.Fatal("the trap did not count its own connection")
	}
	return tr
}

// names is a DNS server whose owner is the attacker: each name has answers for
// its first, second, … look-up, the last of which repeats. Names that it does
// not know are this machine: so does getaddrinfo read 2130706433 or 0x7f.1.
func names(t *testing.T, known map[string][]string) *net.Resolver {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	var mu sync.Mutex
	asked := map[string]int{}
	answer := func(q dnsmessage.Question) (out []netip.Addr) {
		mu.Lock()
		defer mu.Unlock()
		name := strings.TrimSuffix(strings.ToLower(q.Name.String()), ".")
		list, ok := known[name]
		if !ok {
			list = []string{"127.0.0.1"}
		}
		n := asked[name+q.Type.String()]
		asked[name+q.Type.String()]++
		for a := range strings.SplitSeq(list[min(n, len(list)-1)], " ") {
			if a == "" { // there is no such name
				continue
			}
			if addr := netip.MustParseAddr(a); addr.Is4() == (q.Type == dnsmessage.TypeA) {
				out = append(out, addr)
			}
		}
		return out
	}
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			m.Response, m.Authoritative, m.Additionals = true, true, nil
			if q.Type == dnsmessage.TypeA || q.Type == dnsmessage.TypeAAAA {
				for _, a := range answer(q) {
					h := dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 0}
					if a.Is4() {
						m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AResource{A: a.As4()}})
					} else {
						m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AAAAResource{AAAA: a.As16()}})
					}
				}
			}
			if q.Type == dnsmessage.TypeTXT {
				for _, text := range known["TXT "+strings.TrimSuffix(strings.ToLower(q.Name.String()), ".")] {
					m.Answers = append(m.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class}, Body: &dnsmessage.TXTResource{TXT: []string{text}}})
				}
			}
			if b, err := m.Pack(); err == nil {
				conn.WriteTo(b, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// hostileHosts are ways to write this machine, a private network or something
// else that is nobody's public server.
var hostileHosts = []string{
	// Loopback, as people, programs and getaddrinfo write it.
	"127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "127.0.0.1.", "127.000.000.001", "2130706433", "017700000001", "0177.0.0.1", "0177.1",
	"0x7f000001", "0x7f.0.0.1", "0x7f.1", "0X7F.0X0.0X0.0X1", "localhost", "LocalHost", "localhost.", "localhost.localdomain", "ip6-localhost",
	"[::1]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:0001]", "[::127.0.0.1]", "[::1%25lo]",
	// This network, every address.
	"0", "0.0.0.0", "0.1.2.3", "[::]", "[::ffff:0.0.0.0]",
	// Translations of IPv4: NAT64, local NAT64, 6to4, Teredo, ISATAP.
	"[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2002:7f00:1::1]", "[2002:a00:1::1]",
	"[2001:0:7f00:1::]", "[2001:0:4136:e378:8000:63bf:80ff:fffe]", "[fe80::5efe:7f00:1]",
	// Metadata of cloud machines.
	"169.254.169.254", "[::ffff:169.254.169.254]", "2852039166", "0xa9fea9fe", "[fd00:ec2::254]", "100.100.100.200", "metadata.google.internal",
	// Private, shared, link-local, site-local.
	"10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1", "100.127.255.255", "169.254.0.1",
	"[fc00::1]", "[fdff:ffff::1]", "[fe80::1]", "[febf::1]", "[fec0::1]", "[::ffff:10.0.0.1]", "[::ffff:c0a8:1]",
	// Documentation, benchmarks, protocol assignments, multicast, reserved, broadcast.
	"192.0.2.1", "198.51.100.1", "203.0.113.255", "198.18.0.1", "198.19.255.255", "192.0.0.1", "192.0.0.170", "192.88.99.1", "192.175.48.1",
	"224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "[2001:db8::1]", "[3fff::1]", "[2001:2::1]", "[2001:10::1]", "[100::1]", "[5f00::1]",
	"[ff02::1]", "[ff0e::1]", "[4000::1]",
	// Names of the attacker's: two addresses of which one is good, only AAAA, mapped, and one that changes.
	"both.example", "aaaa.example", "mapped.example", "private.example", "rebound.example", "xn--bcher-kva.example",
}

// T62: no spelling of an address, no name and no detour leads a call to a place
// that is not a public server.
func TestGuardRefusesEverySpelling(t *testing.T) {
	tr := newTrap(t)
	own, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	hosts := hostileHosts
	for _, a := range own {
		// What this machine calls itself; a public address would be a public server.
		if p, err := netip.ParsePrefix(a.String()); err == nil && !(guard{}).allows(p.Addr()) {
			host := p.Addr().WithZone("").String()
			if p.Addr().Is6() {
				host = "[" + host + "]"
			}
			hosts = append(hosts, host)
		}
	}
	if len(hosts) < 60 {
		t.Fatalf("%d hosts are too few", len(hosts))
	}
	c := newCaller(guard{}, true, names(t, map[string][]string{
		"both.example": {"10.0.0.1 127.0.0.1"}, "aaaa.example": {"::1"}, "mapped.example": {"::ffff:7f00:1"}, "private.example": {"192.168.1.1"},
		"rebound.example": {"10.9.8.7", "127.0.0.1"}, "metadata.google.internal": {"169.254.169.254"},
	}))
	for _, host := range hosts {
		for _, port := range []string{":" + tr.port, ""} {
			for _, scheme := range []string{"http", "https"} {
				status, _, err := c.do(t.Context(), call{method: http.MethodGet, url: scheme + "://" + host + port + "/hook"})
				if err == nil || status != 0 {
					t.Errorf("%s://%s%s was called: %d", scheme, host, port, status)
					continue
				}
				if !strings.Contains(err.Error(), "does not call") && !strings.Contains(err.Error(), "not a complete") && !strings.Contains(err.Error(), "not known") {
					t.Errorf("%s://%s%s: %v; the guard had no part in it", scheme, host, port, err)
				}
			}
		}
	}
	for _, url := range []string{
		"", "/hook", "//127.0.0.1:" + tr.port, "ftp://127.0.0.1:" + tr.port, "gopher://127.0.0.1:" + tr.port + "/_", "file:///etc/passwd", "unix:///run/x.sock",
		"http:127.0.0.1:" + tr.port, "http:///127.0.0.1:" + tr.port, "http://good.example@127.0.0.1:" + tr.port, "http://127.0.0.1:" + tr.port + "#@good.example",
		"http://user:secret@127.0.0.1:" + tr.port, "http://127.0.0.1:" + tr.port + "\\@good.example", "http://127.0.0.1:" + tr.port + "\r\nX: y", "http://[::1%lo]:" + tr.port,
		"http://①②⑦.⓪.⓪.①:" + tr.port, "http://%31%32%37.0.0.1:" + tr.port, "jar:http://127.0.0.1:" + tr.port + "!/", "HTTP ://127.0.0.1",
	} {
		if status, _, err := c.do(t.Context(), call{method: http.MethodGet, url: url}); err == nil {
			t.Errorf("%q was called: %d", url, status)
		}
	}
	if n := tr.hits.Load(); n != 0 {
		t.Errorf("the trap caught %d connections", n)
	}
}

// https alone is called outside of a --dev world, and never a service's port.
func TestGuardSchemesAndPorts(t *testing.T) {
	tr := newTrap(t)
	networks, err := ParseNetworks([]string{"127.0.0.0/8", "::1"})
	if err != nil {
		t.Fatal(err)
	}
	strict := newCaller(guard{allow: networks}, false, nil)
	if _, _, err := strict.do(t.Context(), call{method: http.MethodGet, url: "http://127.0.0.1:" + tr.port}); err == nil {
		t.Error("http is called")
	}
	g := guard{allow: networks}
	for port, want := range map[string]bool{"22": false, "25": false, "80": true, "443": true, "465": false, "587": false, "1023": false, "1024": true, "8443": true} {
		if err := g.control("tcp4", "127.0.0.1:"+port, nil); (err == nil) != want {
			t.Errorf("port %s: %v", port, err)
		}
	}
	for _, network := range []string{"udp4", "unix", "ip4"} {
		if g.control(network, "127.0.0.1:443", nil) == nil {
			t.Errorf("a connection by %s is allowed", network)
		}
	}
	if tr.hits.Load() != 0 {
		t.Error("the trap caught a connection")
	}
}

// A redirect is an answer, not an instruction (T62).
func TestGuardFollowsNoRedirect(t *testing.T) {
	tr := newTrap(t)
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := serveOn(t, "127.0.0.2:0", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Refresh", "0; url=http://127.0.0.1:"+tr.port)
			http.Redirect(w, r, "http://127.0.0.1:"+tr.port+"/", status)
		})
		c := newCaller(guard{loopback: true}, true, nil)
		got, _, err := c.do(t.Context(), call{method: http.MethodPost, url: server, body: []byte("{}")})
		if err != nil || got != status {
			t.Errorf("a redirect: %d, %v; want %d", got, err, status)
		}
	}
	if n := tr.hits.Load(); n != 0 {
		t.Errorf("the trap caught %d connections", n)
	}
}

// A name that was good when it was verified and leads elsewhere afterwards.
func TestGuardRebinding(t *testing.T) {
	good := serveOn(t, "127.0.0.2:0", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close") })
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(good, "http://"))
	l, err := net.Listen("tcp", "127.0.0.3:"+port)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var hits atomic.Int64
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			hits.Add(1)
			c.Close()
		}
	}()
	allow, _ := ParseNetworks([]string{"127.0.0.2"})
	c := newCaller(guard{allow: allow}, true, names(t, map[string][]string{"rebound.example": {"127.0.0.2", "127.0.0.3"}}))
	if status, _, err := c.do(t.Context(), call{method: http.MethodGet, url: "http://rebound.example:" + port}); err != nil || status != 200 {
		t.Fatalf("the first call: %d, %v", status, err)
	}
	if _, _, err := c.do(t.Context(), call{method: http.MethodGet, url: "http://rebound.example:" + port}); err == nil || hits.Load() != 0 {
		t.Errorf("the second call: %v, %d connections", err, hits.Load())
	}
}

// Proxies of the environment would connect in our place, past the guard.
func TestGuardIgnoresProxies(t *testing.T) {
	tr := newTrap(t)
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"} {
		t.Setenv(name, "http://127.0.0.1:"+tr.port)
	}
	c := newCaller(guard{loopback: true}, true, names(t, map[string][]string{"somebody.example": {"10.0.0.1"}}))
	if _, _, err := c.do(t.Context(), call{method: http.MethodGet, url: "http://somebody.example:8080"}); err == nil || tr.hits.Load() != 0 {
		t.Errorf("%v, the proxy was asked %d times", err, tr.hits.Load())
	}
	// net/http reads the environment once in a process, perhaps before this test.
	if c.client.Transport.(*http.Transport).Proxy != nil {
		t.Error("the client obeys a proxy")
	}
}

// A receiver gets 5 seconds and 64 KiB, and what it says is told to nobody.
func TestGuardBoundsAnswers(t *testing.T) {
	const canary = "canary-of-the-receiver"
	server := serveOn(t, "127.0.0.1:0", func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/long":
			for range 1000 {
				if _, err := w.Write([]byte(strings.Repeat(canary, 1000))); err != nil {
					return
				}
			}
		case "/header":
			w.Header().Set("X", strings.Repeat("x", 1<<20))
		case "/fault":
			http.Error(w, canary, http.StatusTeapot)
		}
	})
	c := newCaller(guard{loopback: true}, true, nil)
	if _, text, err := c.do(t.Context(), call{method: http.MethodGet, url: server + "/long"}); err != nil || len(text) != maxAnswer {
		t.Errorf("a long answer: %d bytes, %v", len(text), err)
	}
	if _, _, err := c.do(t.Context(), call{method: http.MethodGet, url: server + "/header"}); err == nil {
		t.Error("a megabyte of headers was read")
	}
	status, _, err := c.do(t.Context(), call{method: http.MethodGet, url: server + "/fault"})
	if o := outcome(status, err); o.Delivered || o.Status != 418 || strings.Contains(o.Problem, canary) {
		t.Errorf("a refusal: %+v", o)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := c.do(ended, call{method: http.MethodGet, url: server}); !errors.Is(err, context.Canceled) {
		t.Errorf("a call that was broken off: %v", err)
	}
}

func TestGuardAllows(t *testing.T) {
	for _, a := range []string{"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "192.0.3.0",
		"192.167.255.255", "198.17.255.255", "198.20.0.0", "223.255.255.255", "2001:200::1", "2001:4860:4860::8888", "2003::1", "2606:4700:4700::1111", "2a00:1450::1", "3ffe::1"} {
		if !(guard{}).allows(netip.MustParseAddr(a)) {
			t.Errorf("%s is public, and refused", a)
		}
	}
	if (guard{}).allows(netip.Addr{}) {
		t.Error("no address is allowed")
	}
	allow, err := ParseNetworks([]string{"10.1.0.0/16", "fd12::/32", "192.168.7.9", "::ffff:172.16.5.5"})
	if err != nil {
		t.Fatal(err)
	}
	g := guard{allow: allow}
	for a, want := range map[string]bool{"10.1.2.3": true, "10.2.0.1": false, "::ffff:10.1.2.3": true, "fd12::1": true, "fd13::1": false, "192.168.7.9": true,
		"192.168.7.8": false, "172.16.5.5": true, "127.0.0.1": false, "64:ff9b::a01:203": false} {
		if g.allows(netip.MustParseAddr(a)) != want {
			t.Errorf("%s: allowed %v", a, !want)
		}
	}
	for _, s := range []string{"", "10.0.0.0/33", "host.example", "10.0.0.0/8/8", "10"} {
		if _, err := ParseNetworks([]string{s}); err == nil {
			t.Errorf("%q is a network", s)
		}
	}
}

// serveOn serves a handler on an address and returns its base URL.
func serveOn(t *testing.T, address string, h http.HandlerFunc) string {
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: h}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return "http://" + l.Addr().String()
}

// What is said of a callback URL does not tell which names exist inside.
func TestRefusalsTellNoNames(t *testing.T) {
	c := newCaller(guard{}, true, names(t, map[string][]string{"payroll.internal.example": {"10.1.2.3"}, "none.internal.example": {""}}))
	told := map[string]bool{}
	for _, host := range []string{"payroll.internal.example", "none.internal.example", "10.1.2.3", "payroll.internal.example:8443"} {
		_, _, err := c.do(t.Context(), call{method: http.MethodGet, url: "https://" + host + "/hook"})
		if err == nil {
			t.Fatalf("%s was called", host)
		}
		told[err.Error()] = true
	}
	if len(told) != 1 {
		t.Errorf("what is said tells them apart: %v", told)
	}
}
