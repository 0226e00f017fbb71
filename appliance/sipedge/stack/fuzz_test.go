package stack

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"autocom/appliance/sipedge/stack/spelling"
)

// nowhere is a packet conn that swallows what is written.
type nowhere struct{ net.PacketConn }

func (nowhere) LocalAddr() net.Addr {
	return net.UDPAddrFromAddrPort(netip.MustParseAddrPort(boxAddr))
}
func (nowhere) WriteTo(b []byte, _ net.Addr) (int, error) { return len(b), nil }
func (nowhere) Close() error                              { return nil }

// FuzzReceive puts a datagram through the firewall, sipgo's parser and the tap. Nothing may panic, also where recover would hide it.
func FuzzReceive(f *testing.F) {
	f.Add([]byte(request("INVITE", "x", "a", 1, "Content-Type: application/sdp", "\r\nv=0")))
	f.Add([]byte(request("CANCEL", "x", "a", 1)))
	f.Add([]byte(request("ACK", "x", "a", 1)))
	f.Add([]byte(strings.Replace(request("OPTIONS", "x", "a", 1), "branch=z9hG4bKx", "rport", 1)))
	f.Add([]byte(reply(request("INVITE", "x", "a", 1), 200, "t")))
	f.Add([]byte("SIP/2.0 200 OK\r\nv: SIP/2.0/UDP [::1]:5060;branch=z9hG4bK1\r\nf: <sip:a@b>\r\nt: x\r\ni: 1\r\nCSeq: 1 INVITE\r\n\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		sink := &recorder{}
		sink.onRequest = func(q *Request) {
			if !q.IsAck() && q.Cancels == nil {
				if err := q.Respond(486, "", nil, nil); err != nil {
					t.Error(err)
				}
			}
		}
		s, err := New(config(sink, &strings.Builder{}))
		if err != nil {
			t.Fatal(err)
		}
		l, err := newListener(s, nowhere{}, nil, netip.AddrPort{})
		if err != nil {
			t.Fatal(err)
		}
		got := l.Datagram(netip.MustParseAddrPort(peerAddr), data)
		if len(got) == 0 {
			return
		}
		msg, err := spelling.NewParser().ParseSIP(got)
		if err != nil {
			l.unparsable()
			if s.Counts().Panics != 0 {
				t.Fatalf("a panic was caught for %q", data)
			}
			return
		}
		msg.SetTransport("UDP")
		msg.SetSource(peerAddr)
		l.receive(msg)
		l.receive(msg)
		if n := s.Counts().Panics; n != 0 {
			t.Fatalf("a panic was caught for %q", data)
		}
		s.ladder.Note(time.Now(), false, l.remote, data)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
