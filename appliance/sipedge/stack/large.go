package stack

import (
	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/stack/draft"
	"autocom/appliance/sipedge/stack/hop"

	"github.com/emiago/sipgo/sip"
)

// Large is what becomes of a request over UDP that may not fit a packet of the path (RFC 3261 §18.1.1). Responses go the way of their request.
type Large uint8

// The ways. Most desk phones and many carriers listen to UDP alone: fragments are what they understand.
const (
	LargeFragment Large = iota // sent over UDP all the same; the network cuts it and puts it together
	LargeTCP                   // sent over TCP to the same address; over UDP when nobody listens there
	LargeRefuse                // not sent: ErrTooLarge
)

// largeFrom is the size from which a request is large when nobody knows the path: bytes (RFC 3261 §18.1.1).
const largeFrom = 1300

// fit chooses the flow of a request by its size. direct tells one that is sent without a transaction, and cannot be sent again another way.
func (s *Stack) fit(req *sip.Request, f Flow, direct bool) (Flow, error) {
	if f.Transport.Stream() || s.cfg.Large == nil {
		return f, nil
	}
	policy := s.cfg.Large(f)
	if policy == LargeFragment || s.size(req) <= largeFrom {
		return f, nil
	}
	if policy == LargeRefuse {
		return f, ErrTooLarge
	}
	over := Flow{Transport: flow.TCP, Local: f.Local, Remote: f.Remote}
	ours, err := s.Advertised(over.Local, over.Transport)
	if err != nil {
		return f, nil // the box speaks no TCP there
	}
	s.mu.Lock()
	stands := s.conns[over] != nil
	s.mu.Unlock()
	if direct && !stands {
		return f, nil
	}
	if udp, err := s.Advertised(f.Local, f.Transport); err == nil {
		hop.Replace(req.Via(), udp, ours)
	}
	return over, nil
}

// size is the bytes of a message on the wire.
func (s *Stack) size(req *sip.Request) int {
	buf := written(&s.buffers, req)
	defer s.buffers.Put(buf)
	return buf.Len()
}

// again sends the request of a transaction over UDP, since nobody took the connection it was to go by (RFC 3261 §18.1.1).
func (t *Transaction) again(f Flow) {
	<-t.ready
	s := t.stack
	l, err := s.listener(f.Local)
	if err != nil {
		t.lost()
		return
	}
	if t.over.Load() {
		return
	}
	if ours, err := s.Advertised(f.Local, flow.TCP); err == nil {
		hop.Replace(t.origin.Via(), ours, l.advertise)
	}
	draft.Carry(t.origin, f.Transport)
	old := t.tx.Load()
	t.way.Store(&way{flow: f, out: l, to: f.Remote})
	tx := t.machine()
	old.Terminate()
	if tx.Init() != nil {
		tx.Terminate()
	}
}
