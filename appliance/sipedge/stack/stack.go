package stack

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"

	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/stack/door"
	"autocom/appliance/sipedge/stack/ladder"
	"autocom/appliance/sipedge/stack/socket"
	"autocom/appliance/sipedge/stack/spelling"
	"autocom/appliance/sipedge/stack/stun"
	"autocom/appliance/sipedge/stack/verdict"

	"github.com/emiago/sipgo/sip"
)

// Sink is the user of the stack. It must be safe for concurrent use and must not block: one listener's messages come one at a time, in the
// order of the wire, on the goroutine that reads them.
type Sink interface {
	// Request is a new request, or the ACK of a 2xx. Every request but an ACK and a CANCEL is owed an answer through [Request.Respond], now
	// or later, from any goroutine.
	Request(*Request)
	// Response is an answer to a request that was sent with [Stack.Send].
	Response(*Response)
	// TransactionFailed ends a transaction that got no final response: err is ErrTimeout (as good as a 408) or ErrTransport (as good as
	// a 503). It comes once, on a goroutine of its own, and never after a final response of that transaction.
	TransactionFailed(tx *Transaction, err error)
}

// Config is what a stack is made of. Only Sink is needed; a zero Firewall admits nobody.
type Config struct {
	Sink Sink
	Log  *slog.Logger // slog.Default() when nil

	Allow     []sip.RequestMethod // methods that reach the Sink; DefaultAllow when nil
	Supported []string            // option tags that a Require may name; none when nil
	Server    string              // Server and User-Agent header of what the stack writes; none when empty

	MaxMessage      int // bytes of a message that is read; 16,384 when 0
	MaxBody         int // bytes of a body; 8,192 when 0
	MaxTransactions int // server transactions alive at once, above it new ones get 503; 20,000 when 0

	Firewall Firewall
	Intake   Intake
	Invites  Rate // new calls; 50 per second, 100 at once, when zero
	Ladder   Ladder
	Streams  Streams // TCP, TLS and WebSockets

	// Large says what becomes of a request that is too large for a UDP packet, by its peer. It is called by whoever sends; nil: fragments.
	Large func(Flow) Large
}

// DefaultAllow is the methods a telephone exchange handles.
func DefaultAllow() []sip.RequestMethod { return verdict.Methods() }

// Allow is the value of our Allow header.
func (s *Stack) Allow() string { return s.judge.Allow() }

// The errors of a stack.
var (
	ErrClosed    = errors.New("stack: closed")
	ErrListener  = errors.New("stack: no such listener")
	ErrTimeout   = errors.New("stack: no answer in time")                  // timer B or F, RFC 3261 §17.1
	ErrTransport = errors.New("stack: the network refuses")                // a write failed
	ErrAnswered  = errors.New("stack: already answered")                   // a second final response, or a CANCEL that comes too late
	ErrTooEarly  = errors.New("stack: nothing to cancel yet")              // RFC 3261 §9.1: a CANCEL waits for a provisional response
	ErrNoAnswer  = errors.New("stack: this request is answered by nobody") // an ACK
)

// Stack is the SIP of one box.
type Stack struct {
	cfg       Config
	log       *slog.Logger
	judge     *verdict.Judge
	tagSeed   maphash.Seed
	guard     *door.Guard
	turnstile *door.Turnstile
	crowd     *door.Crowd
	merges    verdict.Merges
	ladder    *ladder.Book
	counters  counters
	asked     stun.Questions // keep-alives that wait for their answer
	parseLog  seldom
	parser    *sip.Parser // of streams; it may be used by many at once

	mu        sync.Mutex
	closed    bool
	listeners map[netip.AddrPort]*listener // UDP
	docks     map[endpoint]*dock           // streams
	conns     map[Flow]*link               // the connection that a flow's messages take
	links     map[*link]struct{}           // all connections
	servers   map[string]*Request          // by transaction key
	clients   map[string]*Transaction      // by transaction key
	buffers   sync.Pool                    // of *bytes.Buffer, for what is written
	alive     context.Context              //nolint:containedctx // until Close: of the goroutines that keep flows open
	stop      context.CancelFunc
	wg        sync.WaitGroup
}

// New makes a stack that listens nowhere yet.
func New(cfg Config) (*Stack, error) {
	if cfg.Sink == nil {
		return nil, errors.New("stack: a sink is needed")
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.MaxMessage <= 0 || cfg.MaxMessage > int(sip.TransportBufferReadSize)-1 {
		cfg.MaxMessage = 16 << 10
	}
	if cfg.MaxBody <= 0 {
		cfg.MaxBody = 8 << 10
	}
	if cfg.MaxTransactions <= 0 {
		cfg.MaxTransactions = 20_000
	}
	cfg.Streams = cfg.Streams.OrDefault()
	s := &Stack{
		cfg:       cfg,
		log:       cfg.Log,
		tagSeed:   maphash.MakeSeed(),
		crowd:     door.NewCrowd(cfg.Streams.MaxConns, cfg.Streams.PerAddr),
		guard:     door.NewGuard(cfg.Firewall),
		turnstile: door.NewTurnstile(cfg.Intake.Work, cfg.Invites),
		ladder:    ladder.New(cfg.Ladder),
		parser:    spelling.NewParser(),
		listeners: make(map[netip.AddrPort]*listener),
		docks:     make(map[endpoint]*dock),
		conns:     make(map[Flow]*link),
		links:     make(map[*link]struct{}),
		servers:   make(map[string]*Request),
		clients:   make(map[string]*Transaction),
	}
	s.alive, s.stop = context.WithCancel(context.Background())
	s.judge = verdict.New(verdict.Rules{
		Allow: cfg.Allow, Supported: cfg.Supported, MaxBody: cfg.MaxBody, Needs: cfg.Intake.Needs, Looped: s.looped,
	})
	return s, nil
}

// UDP opens a UDP socket at addr, of that address family only; it is what [Stack.Listen] wants.
func UDP(addr netip.AddrPort) func() (net.PacketConn, error) { return socket.UDP(addr) }

// Listen reads from the socket that open gives, and opens it again, with a growing pause of at most 5 s, each time reading fails.
// advertise is what Via says of us; the zero value stands for the socket's own address, which must then not be 0.0.0.0 or [::].
// It returns the address that names the listener in a [Flow].
func (s *Stack) Listen(open func() (net.PacketConn, error), advertise netip.AddrPort) (netip.AddrPort, error) {
	conn, err := open()
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("stack: listen: %w", err)
	}
	return s.start(conn, open, advertise)
}

// Serve reads from a packet conn of the caller's, which the stack owns from now on and closes in Close. When reading fails it is tried again.
func (s *Stack) Serve(conn net.PacketConn, advertise netip.AddrPort) (netip.AddrPort, error) {
	return s.start(conn, nil, advertise)
}

func (s *Stack) start(conn net.PacketConn, open func() (net.PacketConn, error), advertise netip.AddrPort) (netip.AddrPort, error) {
	l, err := newListener(s, conn, open, advertise)
	if err != nil {
		return netip.AddrPort{}, errors.Join(err, conn.Close())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return netip.AddrPort{}, errors.Join(ErrClosed, conn.Close())
	case s.listeners[l.local] != nil:
		return netip.AddrPort{}, errors.Join(fmt.Errorf("stack: already listening at %s", l.local), conn.Close())
	}
	s.listeners[l.local] = l
	s.wg.Go(l.Run)
	return l.local, nil
}

// Close stops reading, ends every transaction without telling the Sink, and returns when all goroutines of the stack are gone. Whoever
// has calls ends them first. It must not be called from the Sink: it waits for the goroutine that calls the Sink.
func (s *Stack) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return ErrClosed
	}
	s.closed = true
	s.stop()
	var err error
	for _, l := range s.listeners {
		err = errors.Join(err, l.Close())
	}
	docks, links := slices.Collect(maps.Values(s.docks)), slices.Collect(maps.Keys(s.links))
	s.mu.Unlock()
	for _, d := range docks {
		err = errors.Join(err, d.stop())
	}
	for _, c := range links {
		c.conn.Leave(true)
	}
	s.wg.Wait()

	// Nobody adds a transaction any more. Each removes itself from its table when it ends, hence the copies.
	s.mu.Lock()
	servers, clients := slices.Collect(maps.Values(s.servers)), slices.Collect(maps.Values(s.clients))
	s.mu.Unlock()
	for _, r := range servers {
		r.tx.Terminate()
	}
	for _, t := range clients {
		t.tx.Load().Terminate()
	}
	return err
}

// spawn runs f on a goroutine that Close waits for; after Close it does nothing.
func (s *Stack) spawn(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.wg.Go(f)
	}
}

func (s *Stack) listener(local netip.AddrPort) (*listener, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	l := s.listeners[local]
	if l == nil {
		return nil, fmt.Errorf("%w: %s", ErrListener, local)
	}
	return l, nil
}

// advertised is what a listener says of itself: an address of the caller's, or its own when that is zero.
func advertised(local, as netip.AddrPort) (netip.AddrPort, error) {
	switch {
	case as.IsValid():
		return as, nil
	case local.Addr().IsUnspecified():
		return netip.AddrPort{}, fmt.Errorf("stack: listening at %s needs an address to advertise", local)
	}
	return local, nil
}

// Advertised is what a listener says of itself in Via: the address to put in Contact.
func (s *Stack) Advertised(local netip.AddrPort, by flow.Transport) (netip.AddrPort, error) {
	if by.Stream() {
		d, err := s.dock(by, local)
		if err != nil {
			return netip.AddrPort{}, err
		}
		return d.advertise, nil
	}
	l, err := s.listener(local)
	if err != nil {
		return netip.AddrPort{}, err
	}
	return l.advertise, nil
}
