// Package large shares out the memory that large bodies take, before anybody knows who
// sends them: so many at once, and few of one network. It reads none.
package large

import (
	"net/netip"
	"sync"
)

const (
	mostOpen = 64
	mostOf   = 4 // one network; of this machine, where proxies are, as many as there are
)

// Gate lets large bodies in. The zero value is ready.
type Gate struct {
	mu   sync.Mutex
	open int
	of   map[netip.Prefix]int
}

// Enter lets the body of a client in, whose leave is called when it is not needed any
// more; false: there is no room now.
func (g *Gate) Enter(a netip.Addr) (leave func(), ok bool) {
	from := networkOf(a)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open >= mostOpen || g.of[from] >= mostOf && !a.IsLoopback() {
		return nil, false
	}
	if g.of == nil {
		g.of = map[netip.Prefix]int{}
	}
	g.open++
	g.of[from]++
	return func() { g.leave(from) }, true
}

func (g *Gate) leave(from netip.Prefix) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open--
	if g.of[from]--; g.of[from] == 0 {
		delete(g.of, from)
	}
}

// networkOf is what one customer has: an address, or of IPv6 a /64.
func networkOf(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // of an address that is none: the zero prefix
	return p
}
