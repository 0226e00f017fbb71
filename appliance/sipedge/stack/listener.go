package stack

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/stack/door"
	"autocom/appliance/sipedge/stack/socket"
	"autocom/appliance/sipedge/stack/spelling"
	"autocom/appliance/sipedge/stack/stream"

	"github.com/emiago/sipgo/sip"
)

// listener is one UDP socket with the tap at its end. It is the socket's socket.Ear.
type listener struct {
	ear
	*socket.Socket
	advertise netip.AddrPort
}

func newListener(s *Stack, conn net.PacketConn, open func() (net.PacketConn, error), advertise netip.AddrPort) (*listener, error) {
	l := &listener{ear: ear{stack: s, transport: flow.UDP}}
	l.out = l
	sock, err := socket.New(conn, open, l, s.log)
	if err != nil {
		return nil, err
	}
	l.Socket, l.local = sock, sock.Local()
	if l.advertise, err = advertised(l.local, advertise); err != nil {
		return nil, err
	}
	return l, nil
}

func (l *listener) localAddr() net.Addr { return net.UDPAddrFromAddrPort(l.local) }
func (l *listener) buffers() *sync.Pool { return &l.stack.buffers }

// write puts one message on the wire.
func (l *listener) write(data []byte, to netip.AddrPort) error {
	if len(data) > maxDatagram {
		return ErrTooLarge
	}
	l.stack.ladder.Note(time.Now(), true, to, data)
	err := l.Send(data, to)
	if err == nil {
		l.stack.counters.sent.Add(1)
	}
	return err
}

// Datagram lets a datagram in that may be a message.
func (l *listener) Datagram(from netip.AddrPort, data []byte) []byte {
	if l.stun(from, data) {
		return nil
	}
	if why := l.stack.admit(from, data); why != door.Passed {
		l.stack.counters.drop(why)
		switch {
		case why == DropOversize:
			l.remote = from
			l.refuseText(data, 513) // RFC 3261 §21.5.14
		case why == DropKeepalive && string(data) == stream.Ping:
			_ = l.Send(data[:len(stream.Pong)], from) // RFC 5626 §3.5.1; one that is lost is asked for again
		}
		return nil
	}
	data = spelling.Tidy(data)
	l.remote, l.raw = from, data
	return data
}

// Message is the message in hand.
func (l *listener) Message(msg sip.Message) { l.receive(msg) }

// Unparsable is told of the datagram in hand.
func (l *listener) Unparsable() { l.unparsable() }
