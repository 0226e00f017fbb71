package stack

import "sync/atomic"

// Drop is why the stack did not hand a message over.
type Drop uint8

// The reasons, in the order in which they are looked at.
const (
	passed         Drop = iota
	DropKeepalive       // not a message: an empty datagram or line ends that keep a NAT binding open
	DropOversize        // longer than Config.MaxMessage: 513 when its head can be read
	DropStranger        // from an address that is neither trusted nor admitted
	DropBanned          // from an address that is banned
	DropRate            // above the source's rate
	DropGarbage         // nothing that looks like SIP
	DropScanner         // a known scanner's User-Agent
	DropUnparsable      // SIP, but sipgo's parser gave up
	DropHeaders         // a header is missing that even a refusal needs
	DropInvalid         // refused with a 4xx or 5xx, see validate.go
	DropOverload        // refused with 503, see shed.go
	DropStray           // a response that belongs to nothing
	DropCrowded         // a connection above Streams.MaxConns or Streams.PerAddr
	drops
)

func (d Drop) String() string {
	switch d {
	case passed:
		return "passed"
	case DropKeepalive:
		return "keepalive"
	case DropOversize:
		return "oversize"
	case DropStranger:
		return "stranger"
	case DropBanned:
		return "banned"
	case DropRate:
		return "rate"
	case DropGarbage:
		return "garbage"
	case DropScanner:
		return "scanner"
	case DropUnparsable:
		return "unparsable"
	case DropHeaders:
		return "headers"
	case DropInvalid:
		return "invalid"
	case DropOverload:
		return "overload"
	case DropStray:
		return "stray"
	case DropCrowded:
		return "crowded"
	default:
		return "unknown"
	}
}

// Counts is what the stack has seen since it was made.
type Counts struct {
	Received uint64            // messages that passed the firewall and were parsed
	Sent     uint64            // messages written, retransmissions included
	Repeated uint64            // retransmissions that were absorbed
	Panics   uint64            // panics that were caught
	Dropped  map[Drop]uint64   // by reason; every reason is there
	Shed     map[string]uint64 // requests that were answered 503, by what they were: call, refresh, register, other, dialog, emergency
	Servers  int               // server transactions alive now
	Clients  int               // client transactions alive now
	Conns    int               // connections open now, those included that have not said anything
}

type counters struct {
	received, sent, repeated, panics atomic.Uint64
	dropped                          [drops]atomic.Uint64
	shed                             [classes]atomic.Uint64
}

func (c *counters) drop(why Drop) { c.dropped[why].Add(1) }

// Counts is a snapshot of the counters.
func (s *Stack) Counts() Counts {
	c := Counts{
		Received: s.counters.received.Load(),
		Sent:     s.counters.sent.Load(),
		Repeated: s.counters.repeated.Load(),
		Panics:   s.counters.panics.Load(),
		Dropped:  make(map[Drop]uint64, drops-1),
		Shed:     make(map[string]uint64, classes),
	}
	for k := range classes {
		c.Shed[k.String()] = s.counters.shed[k].Load()
	}
	for d := DropKeepalive; d < drops; d++ {
		c.Dropped[d] = s.counters.dropped[d].Load()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c.Servers, c.Clients, c.Conns = len(s.servers), len(s.clients), s.crowd
	return c
}
