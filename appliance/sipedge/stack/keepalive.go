package stack

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"time"

	"autocom/appliance/sipedge/stack/stream"
	"autocom/appliance/sipedge/stack/stun"
)

// KeepAlive is how a flow is kept open through the routers on its way, and how its end is noticed (RFC 5626 §4.4).
type KeepAlive struct {
	Every time.Duration // at most; each pause is up to a fifth shorter, so that many flows do not keep step

	// STUN asks a peer over UDP where we come from, and takes a missing answer, or another address than before, for the end of the flow. Without
	// it line ends are sent that nobody answers. On a stream there is always an answer to wait for.
	STUN   bool
	Mapped func(netip.AddrPort) // told where the peer sees us, each time, on a goroutine of its own; may be nil
}

// KeepAlive keeps a flow open until stop is called or the flow ends, which [FlowSink] is told.
func (s *Stack) KeepAlive(f Flow, k KeepAlive) (stop func(), err error) {
	var l *listener
	if f.Transport.Stream() {
		_, err = s.connection(f)
	} else {
		l, err = s.listener(f.Local)
	}
	if err != nil {
		return nil, err
	}
	k.Every = max(k.Every, time.Second)
	ctx, cancel := context.WithCancel(s.alive)
	s.spawn(func() {
		defer cancel()
		var seen netip.AddrPort
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(k.Every - rand.N(k.Every/5)):
			}
			switch {
			case l == nil:
				if !s.pingStream(ctx, f) {
					return
				}
			case !k.STUN:
				// What is not sent now is sent the next time.
				_ = l.Send([]byte(stream.Ping), f.Remote)
			default:
				at, ok := s.asked.Ask(ctx, f.Remote, func(b []byte) error { return l.Send(b, f.Remote) })
				if ctx.Err() != nil {
					return
				}
				if ok && k.Mapped != nil {
					k.Mapped(at)
				}
				if !ok || seen.IsValid() && at != seen { // RFC 5626 §4.4.2
					s.flowClosed(f)
					return
				}
				seen = at
			}
		}
	})
	return cancel, nil
}

// pingStream asks the peer of a connection for a sign of life. When none comes the connection is ended, which tells everybody.
func (s *Stack) pingStream(ctx context.Context, f Flow) bool {
	s.mu.Lock()
	l := s.conns[f]
	s.mu.Unlock()
	return l != nil && l.conn.Ping(ctx)
}

// stun deals with a STUN message. It reports false when the datagram is none. Who may not speak to the box is not answered, and each costs
// its source as much of its rate as a message does.
func (l *listener) stun(from netip.AddrPort, data []byte) bool {
	kind, id, attributes, ok := stun.Message(data)
	if !ok {
		return false
	}
	s := l.stack
	why := s.admit(from, []byte(stream.Ping))
	s.counters.drop(why)
	if why != DropKeepalive {
		return true
	}
	switch kind {
	case stun.Request:
		// A write that fails is the peer's loss: it asks again.
		_ = l.Send(stun.Answer(id, from), from)
	case stun.Success:
		if at, ok := stun.From(id, attributes); ok {
			s.asked.Answered(id, from, at)
		}
	}
	return true
}
