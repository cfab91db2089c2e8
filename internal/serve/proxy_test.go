package serve

import (
	"net/http"
	"testing"
)

// T63: X-Forwarded-For counts only from proxies that the operator named, from
// its end, and only as far as they wrote it.
func TestTrustedProxies(t *testing.T) {
	p, err := parseProxies([]string{"10.0.0.0/8", "2001:db8::1", "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, sender string
		forwarded    []string
		want         string
	}{
		{"no proxy, no header", "192.0.2.7:999", nil, "192.0.2.7:999"},
		{"a client that writes the header itself", "192.0.2.7:999", []string{"203.0.113.1"}, "192.0.2.7:999"},
		{"a proxy without a header", "10.1.2.3:999", nil, "10.1.2.3:0"},
		{"a proxy", "10.1.2.3:999", []string{"192.0.2.7"}, "192.0.2.7:0"},
		{"two proxies", "10.1.2.3:999", []string{"192.0.2.7, 10.9.9.9"}, "192.0.2.7:0"},
		{"two proxies, a header each", "10.1.2.3:999", []string{"192.0.2.7", "10.9.9.9"}, "192.0.2.7:0"},
		{"a client's lie before the proxy's word", "10.1.2.3:999", []string{"203.0.113.1, 192.0.2.7"}, "192.0.2.7:0"},
		{"a client that claims to be a proxy", "10.1.2.3:999", []string{"203.0.113.1, 10.0.0.5, 192.0.2.7"}, "192.0.2.7:0"},
		{"no address", "10.1.2.3:999", []string{"unknown"}, "10.1.2.3:0"},
		{"no address before an address", "10.1.2.3:999", []string{"nonsense, 192.0.2.7"}, "192.0.2.7:0"},
		{"a proxy that writes the port", "10.1.2.3:999", []string{"192.0.2.7:54321"}, "192.0.2.7:0"},
		{"two of them", "10.1.2.3:999", []string{"203.0.113.1:1, 192.0.2.7:54321, 10.9.9.9:443"}, "192.0.2.7:0"},
		{"IPv6 with a port", "10.1.2.3:999", []string{"[2001:db8:f::7]:443"}, "[2001:db8:f::7]:0"},
		{"IPv6 in brackets", "10.1.2.3:999", []string{"[2001:db8:f::7]"}, "[2001:db8:f::7]:0"},
		{"brackets around nothing", "10.1.2.3:999", []string{"[]"}, "10.1.2.3:0"},
		{"a port that is none", "10.1.2.3:999", []string{"192.0.2.7:port"}, "10.1.2.3:0"},
		{"IPv6", "[2001:db8::1]:999", []string{"2001:db8:f::7"}, "[2001:db8:f::7]:0"},
		{"IPv4 in IPv6", "[::ffff:127.0.0.1]:999", []string{"::ffff:192.0.2.7"}, "192.0.2.7:0"},
	} {
		r := &http.Request{RemoteAddr: c.sender, Header: http.Header{}}
		for _, f := range c.forwarded {
			r.Header.Add("X-Forwarded-For", f)
		}
		if got := p.client(r); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	none, err := parseProxies(nil)
	if err != nil {
		t.Fatal(err)
	}
	r := &http.Request{RemoteAddr: "10.1.2.3:999", Header: http.Header{"X-Forwarded-For": {"192.0.2.7"}}}
	if got := none.client(r); got != r.RemoteAddr {
		t.Errorf("without trusted proxies the header counts: %s", got)
	}
	for _, bad := range []string{"", "proxy.example", "10.0.0.0/33", "10.0.0.1:80"} {
		if _, err := parseProxies([]string{bad}); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}
