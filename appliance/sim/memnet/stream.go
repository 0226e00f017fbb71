package memnet

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// StreamWindow is how many bytes of a connection wait for a reader that does not read, one way. As with TCP, a writer then waits.
const StreamWindow = 64 << 10

// Streams is the connections of a network: what TCP is to UDP. They neither lose nor delay, but they can be cut.
type Streams struct {
	mu        sync.Mutex
	listeners map[netip.AddrPort]*streamListener
	port      uint16
}

// NewStreams makes an empty network of connections.
func NewStreams() *Streams {
	return &Streams{listeners: make(map[netip.AddrPort]*streamListener), port: 40000}
}

// Listen takes connections to an address. It panics when the address is taken: that is a mistake of the test.
func (s *Streams) Listen(addr string) net.Listener {
	at := netip.MustParseAddrPort(addr)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listeners[at] != nil {
		panic("memnet: " + addr + " is taken")
	}
	l := &streamListener{net: s, at: at, calls: make(chan net.Conn, 512), closed: make(chan struct{})}
	s.listeners[at] = l
	return l
}

// Dial connects to a listener. A from without a port gets one.
func (s *Streams) Dial(ctx context.Context, from, to netip.AddrPort) (net.Conn, error) {
	s.mu.Lock()
	l := s.listeners[to]
	if from.Port() == 0 {
		s.port++
		from = netip.AddrPortFrom(from.Addr(), s.port)
	}
	s.mu.Unlock()
	refused := &net.OpError{Op: "dial", Net: "tcp", Addr: net.TCPAddrFromAddrPort(to), Err: fmt.Errorf("connection refused")}
	if l == nil {
		return nil, refused
	}
	there, here := newHalf(), newHalf()
	near := &streamConn{in: here, out: there, local: from, remote: to}
	far := &streamConn{in: there, out: here, local: to, remote: from}
	select {
	case l.calls <- far:
		return near, nil
	case <-l.closed:
		return nil, refused
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type streamListener struct {
	net    *Streams
	at     netip.AddrPort
	calls  chan net.Conn
	once   sync.Once
	closed chan struct{}
}

func (l *streamListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.calls:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *streamListener) Close() error {
	l.once.Do(func() {
		close(l.closed)
		l.net.mu.Lock()
		defer l.net.mu.Unlock()
		delete(l.net.listeners, l.at)
		for {
			select {
			case c := <-l.calls:
				_ = c.Close()
				continue
			default:
			}
			return
		}
	})
	return nil
}

func (l *streamListener) Addr() net.Addr { return net.TCPAddrFromAddrPort(l.at) }

// half is one direction of a connection.
type half struct {
	mu         sync.Mutex
	data       []byte
	eof        bool // nothing more is written
	dead       bool // nobody reads
	readUntil  time.Time
	writeUntil time.Time
	moved      chan struct{} // closed and replaced when something changes
}

func newHalf() *half { return &half{moved: make(chan struct{})} }

// change does something to the half and wakes who waits for it.
func (h *half) change(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
	h.wake()
}

// wake wakes who waits for the half. h.mu is held.
func (h *half) wake() {
	close(h.moved)
	h.moved = make(chan struct{})
}

// wait waits for a change, or for the deadline. h.mu is held on entry and free on return.
func (h *half) wait(until time.Time) error {
	moved := h.moved
	h.mu.Unlock()
	if until.IsZero() {
		<-moved
		return nil
	}
	left := time.Until(until)
	if left <= 0 {
		return os.ErrDeadlineExceeded
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-moved:
	case <-timer.C:
	}
	return nil
}

func (h *half) read(b []byte) (int, error) {
	for {
		h.mu.Lock()
		switch {
		case h.dead:
			h.mu.Unlock()
			return 0, net.ErrClosed
		case len(h.data) > 0:
			n := copy(b, h.data)
			h.data = h.data[n:]
			h.wake()
			h.mu.Unlock()
			return n, nil
		case h.eof:
			h.mu.Unlock()
			return 0, io.EOF
		}
		if err := h.wait(h.readUntil); err != nil {
			return 0, err
		}
	}
}

func (h *half) write(b []byte) (int, error) {
	done := 0
	for done < len(b) {
		h.mu.Lock()
		switch room := StreamWindow - len(h.data); {
		case h.eof || h.dead:
			h.mu.Unlock()
			return done, net.ErrClosed
		case room > 0:
			n := min(room, len(b)-done)
			h.data = append(h.data, b[done:done+n]...)
			done += n
			h.wake()
			h.mu.Unlock()
			continue
		}
		if err := h.wait(h.writeUntil); err != nil {
			return done, err
		}
	}
	return done, nil
}

// streamConn is one end of a connection.
type streamConn struct {
	in, out       *half
	local, remote netip.AddrPort
}

func (c *streamConn) Read(b []byte) (int, error)  { return c.in.read(b) }
func (c *streamConn) Write(b []byte) (int, error) { return c.out.write(b) }

func (c *streamConn) Close() error {
	c.in.change(func() { c.in.dead = true })
	c.out.change(func() { c.out.eof = true })
	return nil
}

func (c *streamConn) CloseWrite() error {
	c.out.change(func() { c.out.eof = true })
	return nil
}

func (c *streamConn) LocalAddr() net.Addr  { return net.TCPAddrFromAddrPort(c.local) }
func (c *streamConn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.remote) }

func (c *streamConn) SetDeadline(t time.Time) error {
	_ = c.SetReadDeadline(t)
	return c.SetWriteDeadline(t)
}

func (c *streamConn) SetReadDeadline(t time.Time) error {
	c.in.change(func() { c.in.readUntil = t })
	return nil
}

func (c *streamConn) SetWriteDeadline(t time.Time) error {
	c.out.change(func() { c.out.writeUntil = t })
	return nil
}
