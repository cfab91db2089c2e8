package large

import (
	"net/netip"
	"testing"
)

func TestGate(t *testing.T) {
	var g Gate
	enter := func(address string, want bool) func() {
		t.Helper()
		leave, ok := g.Enter(netip.MustParseAddr(address))
		if ok != want {
			t.Errorf("%s is let in: %t", address, ok)
		}
		return leave
	}
	first := enter("192.0.2.1", true)
	for range mostOf - 1 {
		enter("::ffff:192.0.2.1", true) // the same one
	}
	enter("192.0.2.1", false)
	first()
	enter("192.0.2.1", true)
	for i := range mostOf {
		enter(netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 7: 1, 15: byte(i)}).String(), true) // one customer's
	}
	enter("2001:db8:0:1:ffff::1", false)
	enter("2001:db8:0:2::1", true)
	for g.open < mostOpen {
		enter("127.0.0.1", true)
	}
	enter("198.51.100.1", false)
	enter("127.0.0.1", false)
}
