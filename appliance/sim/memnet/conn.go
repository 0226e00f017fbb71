package memnet

import (
	"container/heap"
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

type packet struct {
	from  netip.AddrPort
	data  []byte
	due   time.Time
	order uint64
}

// pending orders packets by their due time, then by the order in which they were sent.
type pending []packet

func (p pending) Len() int { return len(p) }

func (p pending) Less(i, j int) bool {
	if !p[i].due.Equal(p[j].due) {
		return p[i].due.Before(p[j].due)
	}
	return p[i].order < p[j].order
}
func (p pending) Swap(i, j int) { p[i], p[j] = p[j], p[i] }
func (p *pending) Push(x any)   { *p = append(*p, x.(packet)) }
func (p *pending) Pop() any {
	old := *p
	x := old[len(old)-1]
	*p = old[:len(old)-1]
	return x
}

// conn is one socket of the network.
type conn struct {
	net    *Network
	at     netip.AddrPort
	arrive chan packet
	closed chan struct{}

	mu       sync.Mutex
	done     bool
	wire     pending // on the way to this socket
	deadline time.Time
	moved    chan struct{} // closed and replaced when the read deadline changes
}

func newConn(n *Network, at netip.AddrPort) *conn {
	return &conn{
		net:    n,
		at:     at,
		arrive: make(chan packet, QueueLen),
		closed: make(chan struct{}),
		moved:  make(chan struct{}),
	}
}

// accept takes a packet that will arrive after wait. It reports false when there is no room.
func (c *conn) accept(p packet, wait time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done {
		return false
	}
	if wait <= 0 {
		return c.enqueue(p)
	}
	if len(c.wire) >= QueueLen {
		return false
	}
	p.due = time.Now().Add(wait)
	heap.Push(&c.wire, p)
	time.AfterFunc(wait, c.ripen)
	return true
}

// ripen hands over every packet whose time has come, oldest first, whichever timer fired.
func (c *conn) ripen() {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	for !c.done && len(c.wire) > 0 && !c.wire[0].due.After(now) {
		c.enqueue(heap.Pop(&c.wire).(packet))
	}
}

func (c *conn) enqueue(p packet) bool {
	select {
	case c.arrive <- p:
		return true
	default:
		return false
	}
}

// ReadFrom waits for a packet. Like UDP it cuts what does not fit b.
func (c *conn) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		c.mu.Lock()
		deadline, moved := c.deadline, c.moved
		c.mu.Unlock()

		var expired <-chan time.Time
		var timer *time.Timer
		if !deadline.IsZero() {
			left := time.Until(deadline)
			if left <= 0 {
				return 0, nil, os.ErrDeadlineExceeded
			}
			timer = time.NewTimer(left)
			expired = timer.C
		}
		select {
		case <-c.closed:
			stop(timer)
			return 0, nil, net.ErrClosed
		case p := <-c.arrive:
			stop(timer)
			return copy(b, p.data), net.UDPAddrFromAddrPort(p.from), nil
		case <-expired:
			return 0, nil, os.ErrDeadlineExceeded
		case <-moved:
			stop(timer)
		}
	}
}

func stop(t *time.Timer) {
	if t != nil {
		t.Stop()
	}
}

var errAddress = errors.New("memnet: destination is not a UDP address")

// WriteTo sends a packet; it never blocks.
func (c *conn) WriteTo(b []byte, addr net.Addr) (int, error) {
	select {
	case <-c.closed:
		return 0, net.ErrClosed
	default:
	}
	udp, ok := addr.(*net.UDPAddr)
	if !ok {
		return 0, errAddress
	}
	to := udp.AddrPort()
	c.net.send(c.at, netip.AddrPortFrom(to.Addr().Unmap(), to.Port()), b)
	return len(b), nil
}

// Close frees the address; a reader that waits gets net.ErrClosed.
func (c *conn) Close() error {
	c.mu.Lock()
	if c.done {
		c.mu.Unlock()
		return net.ErrClosed
	}
	c.done = true
	c.wire = nil
	close(c.closed)
	c.mu.Unlock()
	c.net.remove(c)
	return nil
}

func (c *conn) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(c.at) }

func (c *conn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

func (c *conn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = t
	close(c.moved)
	c.moved = make(chan struct{})
	return nil
}

// SetWriteDeadline does nothing: writes never block.
func (c *conn) SetWriteDeadline(time.Time) error { return nil }
