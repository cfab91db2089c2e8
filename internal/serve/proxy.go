package serve

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
)

// proxies are the addresses whose X-Forwarded-For is believed. Nobody else's
// is: whoever may write it picks the address that caps and allow-lists count
// (T63).
type proxies []netip.Prefix

func parseProxies(list []string) (proxies, error) {
	var out proxies
	for _, s := range list {
		if a, err := netip.ParseAddr(s); err == nil {
			out = append(out, netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, fmt.Errorf("%q is not an address or network of a proxy", s)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

func (p proxies) trust(a netip.Addr) bool {
	for _, n := range p {
		if n.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}

// client is the address to count for a request: the sender's, or behind trusted
// proxies the nearest one in X-Forwarded-For that is none of them. Each proxy
// appends the address that it saw, so the list is believed from its end and
// only as far as those who wrote it are trusted.
func (p proxies) client(r *http.Request) string {
	sender, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !p.trust(sender.Addr()) {
		return r.RemoteAddr
	}
	last := sender.Addr()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, ok := parseHop(strings.TrimSpace(hops[i]))
		if !ok {
			break
		}
		if last = hop.Unmap(); !p.trust(last) {
			break
		}
	}
	return netip.AddrPortFrom(last, 0).String()
}

// parseHop reads an address as proxies write it: alone, with a port, or of IPv6
// in brackets.
func parseHop(s string) (netip.Addr, bool) {
	if p, err := netip.ParseAddrPort(s); err == nil {
		return p.Addr(), true
	}
	if inside, ok := strings.CutPrefix(s, "["); ok {
		if inside, ok = strings.CutSuffix(inside, "]"); ok {
			s = inside
		}
	}
	a, err := netip.ParseAddr(s)
	return a, err == nil
}
