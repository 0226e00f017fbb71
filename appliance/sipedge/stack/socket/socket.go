package socket

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"autocom/appliance/sipedge/stack/hop"
	"autocom/appliance/sipedge/stack/spelling"

	"github.com/emiago/sipgo/sip"
)

// MaxPeers is how many remote addresses sipgo may remember for one socket. Its UDP transport keeps an entry for each address it ever read from;
// ending its read loop and starting another (the socket stays open, nothing is lost) is how they are forgotten.
const MaxPeers = 2048

// The pause before a socket that failed is read again grows from the first to the last of these.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
)

// Ear is the user of a socket. It is called on the socket's reading goroutine, for one datagram after the other, and must not block.
type Ear interface {
	// Datagram gives what is to be parsed of a datagram, or nothing to drop it. data is only there until the message is parsed.
	Datagram(from netip.AddrPort, data []byte) []byte
	// Message is what was parsed of it.
	Message(sip.Message)
	// Unparsable tells that it is no message.
	Unparsable()
}

// Socket is one UDP socket with sipgo's transport reading from it.
type Socket struct {
	local   netip.AddrPort
	ear     Ear
	log     *slog.Logger
	open    func() (net.PacketConn, error) // nil: the socket cannot be opened again
	sipgo   *sip.TransportLayer
	stopped chan struct{}

	mu   sync.Mutex
	conn net.PacketConn

	// What follows belongs to the reading goroutine: sipgo calls the filter, the parser and the ear on it, one datagram at a time.
	peers   map[netip.AddrPort]struct{}
	readErr error // why the read loop ended
}

// New takes over a socket, which open opens again when it fails; without open it is tried again as it is. Nothing is read before Run.
func New(conn net.PacketConn, open func() (net.PacketConn, error), ear Ear, log *slog.Logger) (*Socket, error) {
	local, ok := hop.Of(conn.LocalAddr())
	if !ok {
		return nil, fmt.Errorf("stack: %v is no UDP address", conn.LocalAddr())
	}
	s := &Socket{
		local: local, ear: ear, log: log, open: open, conn: conn,
		stopped: make(chan struct{}), peers: make(map[netip.AddrPort]struct{}),
	}
	s.sipgo = sip.NewTransportLayer(net.DefaultResolver, spelling.NewParser(), nil,
		sip.WithTransportLayerLogger(slog.New(parserLog{ear})),
		sip.WithTransportLayerReadFilter(s.filter))
	s.sipgo.OnMessage(ear.Message)
	return s, nil
}

// Local is the address it listens at.
func (s *Socket) Local() netip.AddrPort { return s.local }

// Peers is how many remote addresses sipgo remembers for it, while it runs.
func (s *Socket) Peers() int { return s.sipgo.Pool("udp").Size() - 1 } // one is its own

// Run reads until the socket is closed, opening the socket again when it fails.
func (s *Socket) Run() {
	pause := firstPause
	for {
		began := time.Now()
		clear(s.peers)
		s.readErr = nil
		// sipgo's Serve returns nil whatever ended it; gate has kept the reason.
		_ = s.sipgo.ServeUDP(gate{s.current(), s})
		select {
		case <-s.stopped:
			return
		default:
		}
		if errors.Is(s.readErr, errForget) {
			continue
		}
		if time.Since(began) > lastPause {
			pause = firstPause
		}
		s.log.Warn("SIP socket failed, opening it again", "listener", s.local, "error", s.readErr, "pause", pause)
		select {
		case <-s.stopped:
			return
		case <-time.After(pause):
		}
		pause = min(2*pause, lastPause)
		s.reopen()
	}
}

// reopen replaces the socket. When that fails the old one stays, Run tries it and comes back here.
func (s *Socket) reopen() {
	if s.open == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.stopped:
		return
	default:
	}
	// The address is only free once the old socket is closed. It may be closed already: that is why we are here.
	_ = s.conn.Close()
	conn, err := s.open()
	if err != nil {
		s.log.Warn("SIP socket cannot be opened", "listener", s.local, "error", err)
		return
	}
	s.conn = conn
}

func (s *Socket) current() net.PacketConn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conn
}

// Close ends Run.
func (s *Socket) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.stopped)
	if err := s.conn.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("stack: close %s: %w", s.local, err)
	}
	return nil
}

// Send puts a datagram on the wire.
func (s *Socket) Send(data []byte, to netip.AddrPort) error {
	var err error
	switch conn := s.current().(type) {
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
	s *Socket
}

// ReadFrom reads the next datagram.
func (g gate) ReadFrom(b []byte) (int, net.Addr, error) {
	if len(g.s.peers) >= MaxPeers {
		g.s.readErr = errForget
		return 0, nil, net.ErrClosed
	}
	n, from, err := g.PacketConn.ReadFrom(b)
	if err != nil {
		g.s.readErr = err
		return n, from, net.ErrClosed // the one error that sipgo ends on quietly
	}
	return n, from, nil
}

// filter is called by sipgo before it parses. An empty result drops the datagram; an error would end the socket and is never returned.
func (s *Socket) filter(info sip.TransportReadProps, data []byte) ([]byte, error) {
	from, ok := hop.Of(info.RemoteAddr)
	if !ok {
		return nil, nil
	}
	data = s.ear.Datagram(from, data)
	if len(data) > 0 {
		s.peers[from] = struct{}{}
	}
	return data, nil
}

// parserLog is where sipgo's transport writes. It says there, at error level and with the whole datagram, that a message could not be parsed;
// under a scanner that would fill the disk with other people's data. Here the ear is told, and decides what is said of it.
type parserLog struct{ ear Ear }

// Enabled lets errors through: sipgo says nothing else that we need.
func (p parserLog) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelError }

// Handle runs on the reading goroutine, while the ear still knows whose datagram it is.
func (p parserLog) Handle(_ context.Context, r slog.Record) error {
	if r.Message != "failed to parse" {
		return nil // read errors: Run tells of them
	}
	p.ear.Unparsable()
	return nil
}

func (p parserLog) WithAttrs([]slog.Attr) slog.Handler { return p }
func (p parserLog) WithGroup(string) slog.Handler      { return p }
