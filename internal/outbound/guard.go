package outbound

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"syscall"
)

// errRefused is how a connection ends that the guard does not allow.
var errRefused = errors.New("the address is not one that this server calls")

// guard decides where a connection may lead, at the moment at which it is made:
// whatever a name resolved to, and however an address was written, here it is
// the address that the packets go to (T62).
type guard struct {
	loopback bool           // this machine may be called: a --dev world that no other machine reaches
	allow    []netip.Prefix // networks of the operator's that may be called
}

// globalIPv6 is what IPv6 unicast addresses of the public internet are in
// (RFC 4291 2.4); everything outside it is special, translated (64:ff9b::/96)
// or not assigned.
var globalIPv6 = netip.MustParsePrefix("2000::/3")

// specialUse are networks that are not single machines on the public internet
// (IANA special-purpose address registries, RFC 6890).
var specialUse = prefixes(
	"0.0.0.0/8",       // this network
	"10.0.0.0/8",      // private
	"100.64.0.0/10",   // shared behind carriers' NAT
	"127.0.0.0/8",     // loopback
	"169.254.0.0/16",  // link-local, and the metadata of cloud machines
	"172.16.0.0/12",   // private
	"192.0.0.0/24",    // protocol assignments
	"192.0.2.0/24",    // documentation
	"192.31.196.0/24", // AS112
	"192.52.193.0/24", // AMT
	"192.88.99.0/24",  // 6to4 relays
	"192.168.0.0/16",  // private
	"192.175.48.0/24", // AS112
	"198.18.0.0/15",   // benchmarks
	"198.51.100.0/24", // documentation
	"203.0.113.0/24",  // documentation
	"224.0.0.0/4",     // multicast
	"240.0.0.0/4",     // reserved, and broadcast
	"2001::/23",       // protocol assignments: Teredo, benchmarks, ORCHID
	"2001:db8::/32",   // documentation
	"2002::/16",       // 6to4: an IPv4 address in disguise
	"2620:4f:8000::/48",
	"3fff::/20", // documentation
)

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// ParseNetworks reads networks and single addresses that may be called although
// they are not on the public internet.
func ParseNetworks(list []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, s := range list {
		p, err := netip.ParsePrefix(s)
		if a, alone := netip.ParseAddr(s); alone == nil {
			p, err = a.Unmap().WithZone("").Prefix(a.Unmap().BitLen())
		}
		if err != nil {
			return nil, fmt.Errorf("%q is not an IP address or network", s)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

// allows reports whether a may be called.
func (g guard) allows(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	within := func(p netip.Prefix) bool { return p.Contains(a) }
	switch {
	case slices.ContainsFunc(g.allow, within), g.loopback && a.IsLoopback():
		return true
	case a.Is6() && !globalIPv6.Contains(a):
		return false
	}
	return a.IsValid() && !slices.ContainsFunc(specialUse, within)
}

// The ports below 1024 that may be called. Others belong to services that might
// take a request for something else.
var webPorts = []uint16{80, 443}

// control is a net.Dialer's: it sees every address that is tried, after names
// are resolved, and before the first packet.
func (g guard) control(network, address string, _ syscall.RawConn) error {
	a, err := netip.ParseAddrPort(address)
	if err != nil || network != "tcp4" && network != "tcp6" || !g.allows(a.Addr()) || a.Port() < 1024 && !slices.Contains(webPorts, a.Port()) {
		return errRefused
	}
	return nil
}
