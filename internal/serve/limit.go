package serve

import (
	"net"
	"net/netip"
	"sync"
)

// limit sheds connections beyond all at once, or beyond perSource of one
// address, before any byte of them is read. Loopback counts towards all only:
// proxies and load tests are there.
func limit(l net.Listener, all, perSource int) net.Listener {
	return &limited{Listener: l, all: all, perSource: perSource, bySource: map[netip.Addr]int{}}
}

type limited struct {
	net.Listener
	all, perSource int

	mu       sync.Mutex
	open     int
	bySource map[netip.Addr]int
}

func (l *limited) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		source := sourceOf(c.RemoteAddr())
		if l.take(source) {
			return &counted{patient: newPatient(c), release: sync.OnceFunc(func() { l.give(source) })}, nil
		}
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // reset: nothing lingers for who is shed
		}
		_ = c.Close()
	}
}

func sourceOf(a net.Addr) netip.Addr {
	p, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.Addr{}
	}
	source := p.Addr().Unmap().WithZone("")
	if source.Is6() && !source.IsLoopback() {
		// A customer has at least a /64 and may use all of it.
		prefix, _ := source.Prefix(64)
		source = prefix.Addr()
	}
	return source
}

func (l *limited) take(source netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open >= l.all || l.bySource[source] >= l.perSource && !source.IsLoopback() {
		return false
	}
	l.open++
	l.bySource[source]++
	return true
}

func (l *limited) give(source netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	if l.bySource[source]--; l.bySource[source] == 0 {
		delete(l.bySource, source)
	}
}

// counted gives its place back when it is closed.
type counted struct {
	*patient
	release func()
}

func (c *counted) Close() error {
	defer c.release()
	return c.patient.Close()
}

// CloseWrite ends the sending side alone: a client that is still sending when it
// is refused can then read why, before the connection is gone.
func (c *counted) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
