package sipedge

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// router is a NAT between a phone and the box: it gives the phone a port of its own outside, and forgets it after a silence. The next packet
// gets another port.
type router struct {
	w       *world
	outside netip.Addr
	forgets time.Duration

	mu     sync.Mutex
	port   uint16
	conn   net.PacketConn // of the mapping that stands
	last   time.Time
	inside chan []byte
	done   sync.WaitGroup
	closed chan struct{}
}

func (w *world) router(outside string, forgets time.Duration) *router {
	r := &router{w: w, outside: netip.MustParseAddr(outside), forgets: forgets, port: 40000, inside: make(chan []byte, 64), closed: make(chan struct{})}
	w.t.Cleanup(func() { _ = r.Close() })
	return r
}

func (r *router) WriteTo(b []byte, to net.Addr) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conn != nil && time.Since(r.last) >= r.forgets {
		_ = r.conn.Close()
		r.conn = nil
	}
	if r.conn == nil {
		r.port++
		r.conn = r.w.net.Listen(netip.AddrPortFrom(r.outside, r.port).String())
		conn := r.conn
		r.done.Go(func() { r.read(conn) })
	}
	r.last = time.Now()
	return r.conn.WriteTo(b, to)
}

func (r *router) read(conn net.PacketConn) {
	b := make([]byte, 65536)
	for {
		n, _, err := conn.ReadFrom(b)
		if err != nil {
			return
		}
		r.mu.Lock()
		lives := r.conn == conn && time.Since(r.last) < r.forgets
		if lives {
			r.last = time.Now()
		}
		r.mu.Unlock()
		if lives {
			r.inside <- slices.Clone(b[:n])
		}
	}
}

func (r *router) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case p := <-r.inside:
		return copy(b, p), net.UDPAddrFromAddrPort(netip.MustParseAddrPort(boxAddr)), nil
	case <-r.closed:
		return 0, nil, net.ErrClosed
	}
}

func (r *router) Close() error {
	r.mu.Lock()
	select {
	case <-r.closed:
		r.mu.Unlock()
		return nil
	default:
	}
	close(r.closed)
	if r.conn != nil {
		_ = r.conn.Close()
	}
	r.mu.Unlock()
	r.done.Wait()
	return nil
}
func (r *router) LocalAddr() net.Addr              { return &net.UDPAddr{} }
func (r *router) SetDeadline(time.Time) error      { return nil }
func (r *router) SetReadDeadline(time.Time) error  { return nil }
func (r *router) SetWriteDeadline(time.Time) error { return nil }

// meddler is a router's SIP ALG: it rewrites what a peer sends and what it gets.
type meddler struct {
	net.PacketConn
	out, in func(string) string
}

func (m meddler) WriteTo(b []byte, to net.Addr) (int, error) {
	if m.out != nil {
		if _, err := m.PacketConn.WriteTo([]byte(m.out(string(b))), to); err != nil {
			return 0, err
		}
		return len(b), nil
	}
	return m.PacketConn.WriteTo(b, to)
}

func (m meddler) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := m.PacketConn.ReadFrom(b)
	if err == nil && m.in != nil {
		n = copy(b, m.in(string(b[:n])))
	}
	return n, from, err
}

// phone is a peer on a conn of the test's choice that answers OPTIONS, if told so, by itself.
func (w *world) phone(conn net.PacketConn, at string, answers bool) *peer {
	p := &peer{w: w, conn: conn, at: at}
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 65536)
		for {
			n, from, err := conn.ReadFrom(b)
			if err != nil {
				return
			}
			m := parseText(string(b[:n]))
			p.mu.Lock()
			p.all = append(p.all, m)
			if !strings.HasPrefix(m.first, "OPTIONS") {
				p.in = append(p.in, m)
			}
			p.mu.Unlock()
			if answers && strings.HasPrefix(m.first, "OPTIONS") {
				_, _ = conn.WriteTo([]byte(okTo(m, nil)), from)
			}
		}
	}()
	w.t.Cleanup(func() { _ = conn.Close(); <-done })
	return p
}

// okTo is the 200 to a request; via may change its Via.
func okTo(m *text, via func(string) string) string {
	var b strings.Builder
	b.WriteString("SIP/2.0 200 OK\r\n")
	for _, v := range m.list("Via") {
		if via != nil {
			v = via(v)
		}
		fmt.Fprintf(&b, "Via: %s\r\n", v)
	}
	fmt.Fprintf(&b, "From: %s\r\nTo: %s;tag=x\r\nCall-ID: %s\r\nCSeq: %s\r\nContent-Length: 0\r\n\r\n", m.get("From"), m.get("To"), m.get("Call-ID"), m.get("CSeq"))
	return b.String()
}
