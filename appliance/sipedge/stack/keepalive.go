package stack

import (
	"context"
	"crypto/rand"
	mathrand "math/rand/v2"
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

// stunTries is when a request to the peer is repeated, and when it is given up (RFC 5389 §7.2.1, cut short: the flow is used anyhow).
func stunTries() []time.Duration {
	return []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second}
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
			case <-time.After(k.Every - mathrand.N(k.Every/5)):
			}
			switch {
			case l == nil:
				if !s.pingStream(ctx, f) {
					return
				}
			case !k.STUN:
				// What is not sent now is sent the next time.
				_ = l.send([]byte(stream.Ping), f.Remote)
			default:
				at, ok := s.pingSTUN(ctx, l, f.Remote)
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

// asking is a STUN request of ours that waits for its answer.
type asking struct {
	to netip.AddrPort
	at chan netip.AddrPort // of one
}

// pingSTUN asks a peer over UDP where we come from.
func (s *Stack) pingSTUN(ctx context.Context, l *listener, to netip.AddrPort) (netip.AddrPort, bool) {
	var id stun.ID
	_, _ = rand.Read(id[:]) // never fails
	a := asking{to, make(chan netip.AddrPort, 1)}
	s.mu.Lock()
	s.asked[id] = a
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.asked, id)
		s.mu.Unlock()
	}()
	for _, wait := range stunTries() {
		_ = l.send(stun.Ask(id), to) // lost or not sent is the same: it is repeated
		select {
		case at := <-a.at:
			return at, true
		case <-ctx.Done():
			return netip.AddrPort{}, false
		case <-time.After(wait):
		}
	}
	return netip.AddrPort{}, false
}

// stunAnswered hands an answer to whoever asked that peer.
func (s *Stack) stunAnswered(id stun.ID, from, at netip.AddrPort) {
	s.mu.Lock()
	a, ok := s.asked[id]
	s.mu.Unlock()
	if !ok || a.to != from {
		return
	}
	select {
	case a.at <- at:
	default: // it was answered already
	}
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
		_ = l.send(stun.Answer(id, from), from)
	case stun.Success:
		if at, ok := stun.From(id, attributes); ok {
			s.stunAnswered(id, from, at)
		}
	}
	return true
}
