package serve

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// hosts is the allow-list of the Host header: what is not on it reaches no
// surface, so no link can be built on a name that somebody else chose (T63).
type hosts struct {
	exact  map[string]bool // lower case, with the port where there is one
	secure bool            // the base URL is https
}

// newHosts accepts the base URL's host and also, each bare, with the base
// URL's port and with the listener's; an entry with a port is accepted as it
// is alone. Names of loopback are accepted with any port: a tunnel may end at
// one that the server does not know.
func newHosts(base *url.URL, also []string, listenPort string) hosts {
	h := hosts{exact: map[string]bool{}, secure: base.Scheme == "https"}
	add := func(name string) {
		h.exact[bracketed(name)] = true
		for _, port := range []string{base.Port(), listenPort} {
			if port != "" {
				h.exact[net.JoinHostPort(name, port)] = true
			}
		}
	}
	add(base.Hostname())
	for _, entry := range also {
		entry = strings.ToLower(entry)
		u := url.URL{Host: entry}
		if u.Port() != "" {
			h.exact[entry] = true
			continue
		}
		add(u.Hostname())
	}
	return h
}

// bracketed writes an IPv6 address as it stands in a Host header without a port.
func bracketed(name string) string {
	if strings.Contains(name, ":") {
		return "[" + name + "]"
	}
	return name
}

func (h hosts) allow(host string) bool {
	if h.exact[host] || h.exact[strings.ToLower(host)] {
		return true
	}
	u := url.URL{Host: host}
	return validHost(host) && loopbackHost(u.Hostname())
}

// origin is scheme and host as the client used them, for links inside the API.
// The host is one of the allow-list.
func (h hosts) origin(r *http.Request) string {
	if r.TLS != nil || h.secure && !loopbackHost((&url.URL{Host: r.Host}).Hostname()) {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
