package door

import (
	"net/netip"
	"sync"
)

// Crowd counts the connections that are open, those included that have not said anything.
type Crowd struct {
	most, perAddr int

	mu   sync.Mutex
	of   map[netip.Addr]int
	open int
}

// NewCrowd makes one that lets in so many connections in all, and so many of one address.
func NewCrowd(most, perAddr int) *Crowd {
	return &Crowd{most: most, perAddr: perAddr, of: make(map[netip.Addr]int)}
}

// Enter counts a connection when there is room for it. Each that entered leaves once.
func (c *Crowd) Enter(from netip.Addr) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open >= c.most || c.of[from] >= c.perAddr {
		return false
	}
	c.open++
	c.of[from]++
	return true
}

// Leave takes a connection off the count.
func (c *Crowd) Leave(from netip.Addr) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open--
	if c.of[from]--; c.of[from] == 0 {
		delete(c.of, from)
	}
}

// Open is how many connections there are, and of how many addresses.
func (c *Crowd) Open() (conns, addrs int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open, len(c.of)
}
