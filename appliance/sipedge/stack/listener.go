package stack

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/stack/door"
	"autocom/appliance/sipedge/stack/hop"
	"autocom/appliance/sipedge/stack/spelling"
	"autocom/appliance/sipedge/stack/stream"

	"github.com/emiago/sipgo/sip"
)

// maxPeers is how many remote addresses sipgo may remember for one socket. Its UDP transport keeps an entry for each address it ever read from;
// ending its read loop and starting another (the socket stays open, nothing is lost) is how they are forgotten.
const maxPeers = 2048

// The pause before a socket that failed is read again grows from the first to the last of these.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
)

// listener is one UDP socket with sipgo's transport reading from it.
type listener struct {
	ear
	advertise netip.AddrPort
	open      func() (net.PacketConn, error) // nil: the socket cannot be opened again
	sipgo     *sip.TransportLayer
	stopped   chan struct{}

	mu   sync.Mutex
	conn net.PacketConn

	// What follows belongs to the reading goroutine, as does ear: sipgo calls the filter, the parser and the tap on it, one datagram at a time.
	peers   map[netip.AddrPort]struct{}
	readErr error // why the read loop ended
}

func newListener(s *Stack, conn net.PacketConn, open func() (net.PacketConn, error), advertise netip.AddrPort) (*listener, error) {
	local, ok := hop.Of(conn.LocalAddr())
	if !ok {
		return nil, fmt.Errorf("stack: %v is no UDP address", conn.LocalAddr())
	}
	if !advertise.IsValid() {
		if local.Addr().IsUnspecified() {
			return nil, fmt.Errorf("stack: listening at %s needs an address to advertise", local)
		}
		advertise = local
	}
	l := &listener{
		ear:       ear{stack: s, transport: flow.UDP, local: local},
		advertise: advertise,
		open:      open,
		stopped:   make(chan struct{}),
		conn:      conn,
		peers:     make(map[netip.AddrPort]struct{}),
	}
	l.out = l
	l.sipgo = sip.NewTransportLayer(net.DefaultResolver, spelling.NewParser(), nil,
		sip.WithTransportLayerLogger(slog.New(parserLog{l})),
		sip.WithTransportLayerReadFilter(l.filter))
	l.sipgo.OnMessage(l.receive)
	return l, nil
}

// run reads until the listener is stopped, opening the socket again when it fails.
func (l *listener) run() {
	pause := firstPause
	for {
		began := time.Now()
		clear(l.peers)
		l.readErr = nil
		// sipgo's Serve returns nil whatever ended it; gate has kept the reason.
		_ = l.sipgo.ServeUDP(gate{l.current(), l})
		select {
		case <-l.stopped:
			return
		default:
		}
		if errors.Is(l.readErr, errForget) {
			continue
		}
		if time.Since(began) > lastPause {
			pause = firstPause
		}
		l.stack.log.Warn("SIP socket failed, opening it again", "listener", l.local, "error", l.readErr, "pause", pause)
		select {
		case <-l.stopped:
			return
		case <-time.After(pause):
		}
		pause = min(2*pause, lastPause)
		l.reopen()
	}
}

// reopen replaces the socket. When that fails the old one stays, run tries it and comes back here.
func (l *listener) reopen() {
	if l.open == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.stopped:
		return
	default:
	}
	// The address is only free once the old socket is closed. It may be closed already: that is why we are here.
	_ = l.conn.Close()
	conn, err := l.open()
	if err != nil {
		l.stack.log.Warn("SIP socket cannot be opened", "listener", l.local, "error", err)
		return
	}
	l.conn = conn
}

func (l *listener) current() net.PacketConn {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.conn
}

func (l *listener) localAddr() net.Addr { return net.UDPAddrFromAddrPort(l.local) }
func (l *listener) buffers() *sync.Pool { return &l.stack.buffers }

func (l *listener) stop() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.stopped)
	if err := l.conn.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("stack: close %s: %w", l.local, err)
	}
	return nil
}

// write puts one message on the wire.
func (l *listener) write(data []byte, to netip.AddrPort) error {
	if len(data) > maxDatagram {
		return ErrTooLarge
	}
	l.stack.ladder.Note(time.Now(), true, to, data)
	err := l.send(data, to)
	if err == nil {
		l.stack.counters.sent.Add(1)
	}
	return err
}

// send puts a datagram on the wire.
func (l *listener) send(data []byte, to netip.AddrPort) error {
	var err error
	switch conn := l.current().(type) {
	case *net.UDPConn: // without an address of its own for each message
		_, err = conn.WriteToUDPAddrPort(data, to)
	default:
		_, err = conn.WriteTo(data, net.UDPAddrFromAddrPort(to))
	}
	return err
}

var errForget = errors.New("stack: forgetting old peers")

// gate is the socket as sipgo reads it. It notes why reading ended, and ends it when sipgo remembers too many peers.
type gate struct {
	net.PacketConn
	l *listener
}

// ReadFrom reads the next datagram.
func (g gate) ReadFrom(b []byte) (int, net.Addr, error) {
	if len(g.l.peers) >= maxPeers {
		g.l.readErr = errForget
		return 0, nil, net.ErrClosed
	}
	n, from, err := g.PacketConn.ReadFrom(b)
	if err != nil {
		g.l.readErr = err
		return n, from, net.ErrClosed // the one error that sipgo ends on quietly
	}
	return n, from, nil
}

// filter is called by sipgo before it parses. An empty result drops the datagram; an error would end the listener and is never returned.
func (l *listener) filter(info sip.TransportReadProps, data []byte) ([]byte, error) {
	from, ok := hop.Of(info.RemoteAddr)
	if !ok {
		return nil, nil
	}
	if l.stun(from, data) {
		return nil, nil
	}
	if why := l.stack.admit(from, data); why != door.Passed {
		l.stack.counters.drop(why)
		switch {
		case why == DropOversize:
			l.remote = from
			l.refuseText(data, 513) // RFC 3261 §21.5.14
		case why == DropKeepalive && string(data) == stream.Ping:
			_ = l.send(data[:len(stream.Pong)], from) // RFC 5626 §3.5.1; one that is lost is asked for again
		}
		return nil, nil
	}
	l.peers[from] = struct{}{}
	data = spelling.Tidy(data)
	l.remote, l.raw = from, data
	return data, nil
}
