package stack

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/stack/hop"
	"autocom/appliance/sipedge/stack/stream"
)

// Streams bounds and equips the connections of TCP, TLS and WebSockets.
type Streams = stream.Config

// FlowSink is a [Sink] that wants to know of flows that end. FlowClosed comes once for each connection that ends, or that could not be made,
// and for a flow whose keep-alives are not answered; after every message of it, on a goroutine that reads nothing else.
type FlowSink interface {
	FlowClosed(Flow)
}

// Endpoint is a place where the box speaks SIP.
type Endpoint struct {
	Transport flow.Transport
	Addr      netip.AddrPort // where to listen
	Advertise netip.AddrPort // what Via says of us; the address itself when zero
	DialOnly  bool           // TCP and TLS: connections are made from there and none is taken
}

// ListenOn opens an endpoint. It returns the address that names it in a [Flow].
func (s *Stack) ListenOn(e Endpoint) (netip.AddrPort, error) {
	if !e.Transport.Stream() {
		return s.Listen(UDP(e.Addr), e.Advertise)
	}
	if e.DialOnly {
		return s.openDock(nil, endpoint{e.Transport, e.Addr}, e.Advertise)
	}
	network := "tcp4"
	if e.Addr.Addr().Unmap().Is6() {
		network = "tcp6"
	}
	ln, err := net.ListenTCP(network, net.TCPAddrFromAddrPort(e.Addr))
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("stack: listen: %w", err)
	}
	return s.ServeStream(ln, e.Transport, e.Advertise)
}

// ServeStream takes connections from a listener of the caller's, which the stack owns from now on and closes in Close. What it gives are
// plain connections: TLS and WebSockets are made of them here.
func (s *Stack) ServeStream(ln net.Listener, by flow.Transport, advertise netip.AddrPort) (netip.AddrPort, error) {
	local, ok := hop.Of(ln.Addr())
	if !ok {
		return netip.AddrPort{}, errors.Join(fmt.Errorf("stack: %v is no TCP address", ln.Addr()), ln.Close())
	}
	at, err := s.openDock(ln, endpoint{by, local}, advertise)
	if err != nil {
		return netip.AddrPort{}, errors.Join(err, ln.Close())
	}
	return at, nil
}

// endpoint names a dock.
type endpoint struct {
	transport flow.Transport
	local     netip.AddrPort
}

// dock is where connections come in, and what they say of us.
type dock struct {
	endpoint
	stack     *Stack
	advertise netip.AddrPort
	ln        net.Listener // nil: connections are only made
	web       *stream.Web  // of WebSockets
	stopped   chan struct{}
	full      seldom
}

func (s *Stack) openDock(ln net.Listener, at endpoint, advertise netip.AddrPort) (netip.AddrPort, error) {
	switch {
	case !at.transport.Stream():
		return netip.AddrPort{}, fmt.Errorf("stack: %s has no connections", at.transport)
	case at.transport.Secure() && ln != nil && s.cfg.Streams.TLS == nil:
		return netip.AddrPort{}, fmt.Errorf("stack: listening at %s for %s needs a certificate", at.local, at.transport)
	}
	advertise, err := advertised(at.local, advertise)
	if err != nil {
		return netip.AddrPort{}, err
	}
	d := &dock{endpoint: at, stack: s, advertise: advertise, ln: ln, stopped: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return netip.AddrPort{}, ErrClosed
	case s.docks[at] != nil:
		return netip.AddrPort{}, fmt.Errorf("stack: already listening at %s for %s", at.local, at.transport)
	}
	s.docks[at] = d
	if ln != nil {
		switch at.transport {
		case flow.WS, flow.WSS:
			d.web = stream.NewWeb(&s.cfg.Streams, at.transport.Secure(), d.enter)
			s.wg.Go(func() { d.web.Serve(d) })
		default:
			s.wg.Go(d.run)
		}
	}
	return at.local, nil
}

func (s *Stack) dock(by flow.Transport, local netip.AddrPort) (*dock, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	d := s.docks[endpoint{by, local}]
	if d == nil {
		return nil, fmt.Errorf("%w: %s %s", ErrListener, by, local)
	}
	return d, nil
}

func (d *dock) stop() error {
	close(d.stopped)
	if d.ln == nil {
		return nil
	}
	err := d.ln.Close()
	if d.web != nil {
		err = errors.Join(err, d.web.Close())
	}
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("stack: close %s: %w", d.local, err)
	}
	return nil
}

// run takes connections until the dock is stopped.
func (d *dock) run() {
	for {
		nc, err := d.Accept()
		if err != nil {
			return
		}
		remote, _ := hop.Of(nc.RemoteAddr()) // Accept has read it before
		c := d.enter(remote)
		if c == nil {
			_ = nc.Close() // the stack is closing
			return
		}
		go c.Take(nc)
	}
}

// enter makes the record of a connection that came in; nil when the stack is closing.
func (d *dock) enter(remote netip.AddrPort) *stream.Conn {
	l, _ := d.stack.newLink(d, remote, false)
	if l == nil {
		return nil
	}
	return l.conn
}

// lastAcceptPause bounds the pause after an Accept that failed: when there are no more descriptors, say.
const lastAcceptPause = time.Second

// Accept gives the next connection that the firewall lets in and that there is room for. It fails only when the dock is stopped.
func (d *dock) Accept() (net.Conn, error) {
	pause := 5 * time.Millisecond
	for {
		nc, err := d.ln.Accept()
		if err != nil {
			select {
			case <-d.stopped:
				return nil, net.ErrClosed
			default:
			}
			if d.full.due(time.Now(), 10*time.Second) {
				d.stack.log.Warn("SIP connection cannot be taken", "listener", d.local, "transport", d.transport, "error", err, "pause", pause)
			}
			select {
			case <-d.stopped:
				return nil, net.ErrClosed
			case <-time.After(pause):
			}
			pause = min(2*pause, lastAcceptPause)
			continue
		}
		pause = 5 * time.Millisecond
		remote, ok := hop.Of(nc.RemoteAddr())
		why := DropGarbage
		if ok {
			why = d.stack.admit(remote, []byte(stream.Ping)) // it says nothing: may its sender talk at all?
		}
		if why == DropKeepalive { // let in
			if in := d.stack.counted(nc, remote.Addr()); in != nil {
				return in, nil
			}
			why = DropCrowded
		}
		d.stack.counters.drop(why)
		_ = nc.Close() // whoever it is learns nothing more
	}
}

func (d *dock) Close() error   { return d.ln.Close() }
func (d *dock) Addr() net.Addr { return d.ln.Addr() }

// counted is a connection that counts as long as it is open, or nil when there are too many.
func (s *Stack) counted(nc net.Conn, from netip.Addr) net.Conn {
	if !s.crowd.Enter(from) {
		return nil
	}
	return &countedConn{Conn: nc, gone: func() { s.crowd.Leave(from) }}
}

type countedConn struct {
	net.Conn
	once sync.Once
	gone func()
}

// Close closes the connection.
func (c *countedConn) Close() error {
	c.once.Do(c.gone)
	return c.Conn.Close()
}

// CloseWrite tells the peer that nothing more comes.
func (c *countedConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// connection finds the connection that a flow's messages take, or makes one. It does not wait for it.
func (s *Stack) connection(f Flow) (*link, error) {
	d, err := s.dock(f.Transport, f.Local)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	c := s.conns[f]
	s.mu.Unlock()
	switch {
	case c != nil:
		return c, nil
	case f.Transport == flow.WS || f.Transport == flow.WSS:
		return nil, fmt.Errorf("%w: the WebSocket of %s is gone", ErrTransport, f.Remote) // RFC 7118 §5: it is the peer who connects
	}
	return s.dial(d, f)
}
