package quota

import "net/netip"

// Of one account, session or caller so many pieces of heavy work are under way or
// wait, and of one network, which may be an office.
const (
	accountWork = 8
	networkWork = 100
)

// Account pays for the work of one account, session or caller.
func Account(name string) Payer { return Payer{Name: name, Most: accountWork} }

// Network pays for the work of all who call from the network of an address.
func Network(address string) Payer {
	return Payer{Name: "network " + NetworkOf(address), Most: networkWork}
}

// NetworkOf names the network of a client's address: of IPv6 the first half, as
// one customer has all of the other.
func NetworkOf(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if a = a.Unmap().WithZone(""); a.Is6() && !a.IsLoopback() {
		prefix, _ := a.Prefix(64)
		return prefix.String()
	}
	return a.String()
}
