package httpapi

import (
	"net"
	"net/netip"
	"sync"

	"autocom/appliance/httpapi/identity"
)

const (
	connectionsMax = 64 // at once
	connectionsOne = 16 // of one address, so that nobody keeps the others out alone
)

// admission bounds the open connections. One too many is closed at once rather than left to wait: whoever is slow is cut by the time limits.
type admission struct {
	net.Listener
	mu   sync.Mutex
	open map[netip.Addr]int
	all  int
}

func newAdmission(l net.Listener) *admission {
	return &admission{Listener: l, open: map[netip.Addr]int{}}
}

// Accept gives the next connection that may stay.
func (a *admission) Accept() (net.Conn, error) {
	for {
		c, err := a.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := identity.AddressOf(c.RemoteAddr().String())
		if a.enter(from) {
			return &admitted{Conn: c, leave: sync.OnceFunc(func() { a.leave(from) })}, nil
		}
		_ = c.Close() // a stranger's: there is nobody to tell
	}
}

func (a *admission) enter(from netip.Addr) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.all >= connectionsMax || a.open[from] >= connectionsOne {
		return false
	}
	a.all++
	a.open[from]++
	return true
}

func (a *admission) leave(from netip.Addr) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all--
	if a.open[from]--; a.open[from] == 0 {
		delete(a.open, from)
	}
}

// admitted gives its place back when it closes.
type admitted struct {
	net.Conn
	leave func()
}

func (c *admitted) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

// CloseWrite ends the sending half, so that a refusal is read to its end by whoever still writes: the HTTP server looks for it.
func (c *admitted) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
