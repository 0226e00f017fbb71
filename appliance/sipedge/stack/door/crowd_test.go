package door

import (
	"net/netip"
	"testing"
)

func TestCrowdIsBoundedInAllAndByAddress(t *testing.T) {
	c := NewCrowd(3, 2)
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	equal(t, "two of one", []bool{c.Enter(a), c.Enter(a), c.Enter(a)}, []bool{true, true, false})
	equal(t, "three in all", []bool{c.Enter(b), c.Enter(b)}, []bool{true, false})
	c.Leave(a)
	equal(t, "one left", c.Enter(b), true)
	c.Leave(a)
	c.Leave(b)
	c.Leave(b)
	conns, addrs := c.Open()
	equal(t, "left behind", conns+addrs, 0)
}
