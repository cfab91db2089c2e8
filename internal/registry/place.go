package registry

import (
	"context"
	"net/netip"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/quota"
)

// A Place is the right to do heavy work, such as hashing a password, now.
type Place struct{ leave func() }

// Place waits for one: fewer than the cores work at once, so that nobody's work
// starves checks, and who had much of it lately waits behind who had little.
// Payers are those whose share of the work it is, such as an account and a
// network. Whoever has a place must leave it.
func (r *Registry) Place(ctx context.Context, payers ...quota.Payer) (*Place, error) {
	leave, err := r.heavy.Enter(ctx, payers...)
	if err != nil {
		return nil, prokura.Errorf(prokura.Unavailable, "Too much is asked for at this moment. Please try again.").WithCause(err)
	}
	return &Place{leave}, nil
}

// PlaceFor is a place that the caller pays for: the person, system user or app,
// and the network that they call from.
func (r *Registry) PlaceFor(ctx context.Context, c Caller) (*Place, error) {
	return r.Place(ctx, AccountPayer("caller "+c.Actor().String()), NetworkPayer(c.Address))
}

// Leave gives the place to the next; more than once is once.
func (p *Place) Leave() { p.leave() }

// Of one account, session or caller so many pieces of heavy work are under way or
// wait, and of one network, which may be an office.
const (
	accountWork = 8
	networkWork = 100
)

// AccountPayer pays for the work of one account, session or caller.
func AccountPayer(name string) quota.Payer { return quota.Payer{Name: name, Most: accountWork} }

// NetworkPayer pays for the work of all who call from a network.
func NetworkPayer(address string) quota.Payer {
	return quota.Payer{Name: "network " + Network(address), Most: networkWork}
}

// Network is the network of a client's address: of IPv6 the first half, as one
// customer has all of the other.
func Network(address string) string {
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
