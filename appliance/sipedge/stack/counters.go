package stack

import (
	"sync/atomic"

	"autocom/appliance/sipedge/stack/door"
)

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
	dropped                          [door.Drops]atomic.Uint64
	shed                             [door.Classes]atomic.Uint64
}

func (c *counters) drop(why Drop) { c.dropped[why].Add(1) }

// Counts is a snapshot of the counters.
func (s *Stack) Counts() Counts {
	c := Counts{
		Received: s.counters.received.Load(),
		Sent:     s.counters.sent.Load(),
		Repeated: s.counters.repeated.Load(),
		Panics:   s.counters.panics.Load(),
		Dropped:  make(map[Drop]uint64, door.Drops-1),
		Shed:     make(map[string]uint64, door.Classes),
	}
	for k := range door.Classes {
		c.Shed[k.String()] = s.counters.shed[k].Load()
	}
	for d := DropKeepalive; d < door.Drops; d++ {
		c.Dropped[d] = s.counters.dropped[d].Load()
	}
	conns, _ := s.crowd.Open()
	s.mu.Lock()
	defer s.mu.Unlock()
	c.Servers, c.Clients, c.Conns = len(s.servers), len(s.clients), conns
	return c
}
