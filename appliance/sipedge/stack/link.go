package stack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"autocom/appliance/sipedge/stack/door"
	"autocom/appliance/sipedge/stack/spelling"
	"autocom/appliance/sipedge/stack/stream"
)

// link is one connection as the stack knows it, with the tap at its end. It is the connection's stream.Ear.
type link struct {
	ear
	id      Flow
	dialled bool
	conn    *stream.Conn
}

// newLink makes the record of a connection and enters it; who makes it must run it. There is none when the stack is closed or full. When
// there is one for a flow that is dialled, it is given instead, with fresh false.
func (s *Stack) newLink(d *dock, remote netip.AddrPort, dial bool) (l *link, fresh bool) {
	l = &link{ear: ear{stack: s, transport: d.transport, local: d.local, remote: remote}, dialled: dial}
	l.id, l.out = l.flow(remote), l
	s.mu.Lock()
	defer s.mu.Unlock()
	if there := s.conns[l.id]; dial && there != nil {
		return there, false
	}
	if s.closed || len(s.links) >= s.cfg.Streams.MaxConns {
		return nil, false
	}
	l.conn = stream.New(&s.cfg.Streams, l.id, s.cfg.MaxMessage, l)
	s.links[l] = struct{}{}
	s.conns[l.id] = l
	s.wg.Add(1)
	return l, true
}

// dial makes a connection for a flow. It does not wait for it: what is written meanwhile is sent when it stands.
func (s *Stack) dial(d *dock, f Flow) (*link, error) {
	l, fresh := s.newLink(d, f.Remote, true)
	switch {
	case l == nil:
		return nil, fmt.Errorf("%w: too many connections", ErrTransport)
	case fresh:
		go l.conn.Dial(l.connect)
	}
	return l, nil
}

// connect makes the plain connection.
func (l *link) connect(ctx context.Context) (net.Conn, error) {
	raw, err := l.stack.cfg.Streams.Dial(ctx, l.id)
	if err != nil {
		return nil, err
	}
	nc := l.stack.counted(raw, l.id.Remote.Addr())
	if nc == nil {
		return nil, errors.Join(fmt.Errorf("too many connections to %s", l.id.Remote.Addr()), raw.Close())
	}
	return nc, nil
}

// Ended takes the connection off the books: its transactions fail, and the Sink is told.
func (l *link) Ended(cause error, stood bool) {
	s := l.stack
	defer s.wg.Done()
	s.mu.Lock()
	delete(s.links, l)
	current := s.conns[l.id] == l
	if current {
		delete(s.conns, l.id)
	}
	var lost []*Transaction
	for _, t := range s.clients {
		if t.way.Load().out == outlet(l) {
			lost = append(lost, t)
		}
	}
	closed := s.closed
	s.mu.Unlock()
	if closed {
		return
	}
	if l.dialled && !stood {
		s.log.Info("SIP connection cannot be made", "flow", l.id, "error", cause)
	}
	for _, t := range lost {
		if t.udp != nil && !stood {
			t.again(*t.udp)
		} else {
			t.lost()
		}
	}
	if current {
		s.flowClosed(l.id)
	}
}

func (s *Stack) flowClosed(f Flow) {
	if sink, ok := s.cfg.Sink.(FlowSink); ok {
		defer s.recovered("flow closed", nil)
		sink.FlowClosed(f)
	}
}

// write queues a message. When the connection is gone and to is valid, a new one is made to there.
func (l *link) write(data []byte, to netip.AddrPort) error {
	err := l.conn.Queue(data)
	if err != nil && to.IsValid() {
		next, dialled := l.stack.connection(Flow{Transport: l.transport, Local: l.local, Remote: to})
		if dialled != nil {
			return dialled
		}
		err = next.conn.Queue(data)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrTransport, err)
	}
	l.stack.ladder.Note(time.Now(), true, l.id.Remote, data)
	l.stack.counters.sent.Add(1)
	return nil
}

func (l *link) localAddr() net.Addr { return net.TCPAddrFromAddrPort(l.local) }
func (l *link) buffers() *sync.Pool { return &l.stack.buffers }

// Hear takes one whole message from the wire.
func (l *link) Hear(data []byte) error {
	s := l.stack
	defer s.recovered("hear", nil)
	switch why := s.admit(l.remote, data); why {
	case door.Passed:
	case DropRate, DropKeepalive, DropOversize: // the next one may be better
		s.counters.drop(why)
		return nil
	default:
		s.counters.drop(why)
		return stream.ErrRefused
	}
	l.raw = data
	msg, err := s.parser.ParseSIP(spelling.Tidy(data))
	if err != nil {
		l.unparsable()
		return nil
	}
	msg.SetTransport(l.transport.String())
	l.receive(msg)
	return nil
}

// Pinged reports whether the peer's keep-alive is answered (RFC 5626 §3.5.1). It counts as a message does.
func (l *link) Pinged() (answer bool, err error) {
	why := l.stack.admit(l.remote, []byte(stream.Ping))
	l.stack.counters.drop(why)
	switch why {
	case DropKeepalive:
		return true, nil
	case DropRate:
		return false, nil
	default:
		return false, stream.ErrRefused
	}
}

// Malformed answers what cannot be read on, when it is a request with a head.
func (l *link) Malformed(cause error, raw []byte) {
	s := l.stack
	l.raw = slices.Clip(raw)
	switch {
	case errors.Is(cause, stream.ErrNoSIP):
		s.counters.drop(DropGarbage)
		s.guard.Strike(l.remote.Addr(), ReasonGarbage, time.Now())
	case errors.Is(cause, stream.ErrTooLarge):
		s.counters.drop(DropOversize)
		l.refuseText(raw, 513) // RFC 3261 §21.5.14
	default:
		l.unparsable()
	}
}
