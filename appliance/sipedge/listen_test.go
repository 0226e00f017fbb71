package sipedge

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"

	"autocom/appliance/exchange"
	"autocom/appliance/sim/memnet"
	"autocom/appliance/sipedge/flow"
)

// streamed lets a peer speak over a connection as if it were a socket for datagrams: what it gets has no body, or comes in one piece.
type streamed struct {
	net.Conn
	left []byte
}

func (s *streamed) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		if i := bytes.Index(s.left, []byte("\r\n\r\n")); i >= 0 {
			n := i + 4
			if _, after, ok := bytes.Cut(s.left[:n], []byte("Content-Length: ")); ok {
				length := 0
				for _, c := range after {
					if c < '0' || c > '9' {
						break
					}
					length = 10*length + int(c-'0')
				}
				n += length
			}
			if len(s.left) >= n {
				copy(b, s.left[:n])
				s.left = s.left[n:]
				return n, s.RemoteAddr(), nil
			}
		}
		n, err := s.Read(b)
		if err != nil {
			return 0, nil, err
		}
		s.left = append(s.left, b[:n]...)
	}
}

func (s *streamed) WriteTo(b []byte, _ net.Addr) (int, error) { return s.Write(b) }

// streamPeer is a phone that has connected over TCP.
func (w *world) streamPeer(wires *memnet.Streams, at string) *peer {
	w.t.Helper()
	nc, err := wires.Dial(context.Background(), netip.MustParseAddrPort(at), netip.MustParseAddrPort(boxAddr))
	if err != nil {
		w.t.Fatal(err)
	}
	p := &peer{w: w, conn: &streamed{Conn: nc}, at: at}
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 65536)
		for {
			n, _, err := p.conn.ReadFrom(b)
			if err != nil {
				return
			}
			m := parseText(string(b[:n]))
			p.mu.Lock()
			p.in, p.all = append(p.in, m), append(p.all, m)
			p.mu.Unlock()
		}
	}()
	w.t.Cleanup(func() { nc.Close(); <-done })
	return p
}

// A phone over TCP is rung along the connection it registered by; Via and Contact say so (RFC 3261 §8.1.1.8, §18.1.1).
func TestAPhoneOverTCPIsRungOnItsConnection(t *testing.T) {
	inWorld(t, func(w *world) {
		wires := memnet.NewStreams()
		if _, err := w.edge.ServeStream(wires.Listen(boxAddr), flow.TCP, netip.AddrPort{}); err != nil {
			t.Fatal(err)
		}
		phone := w.streamPeer(wires, phoneAddr)
		res := phone.register("201", "correct horse 201", "<sip:201@10.0.0.7:5999;transport=tcp>", 600)
		if !strings.HasPrefix(res.first, "SIP/2.0 200") {
			t.Fatal(res.raw)
		}
		w.expect(exchange.PhoneReachable{Extension: "201", Reachable: true, Contacts: 1})
		w.edge.Ring(exchange.Ring{Leg: "o3-000001", Call: "3-1", To: exchange.Destination{Extension: "201"}, Caller: exchange.Caller{Number: "+33612345678"}})
		inv := phone.next("INVITE sip:201@10.0.0.7:5999")
		if v := inv.get("Via"); !strings.HasPrefix(v, "SIP/2.0/TCP 192.0.2.1:5060;") {
			t.Errorf("Via: %s", v)
		}
		if c := inv.get("Contact"); c != "<sip:o3-000001@192.0.2.1:5060;transport=tcp>" {
			t.Errorf("Contact: %s", c)
		}
		phone.reply(inv, "200 OK", "p1", phone.contact(), sdpText("192.0.2.20", 1, "", "8"))
		phone.next("ACK")
		w.edge.HangUp(exchange.HangUp{Leg: "o3-000001"})
		phone.reply(phone.next("BYE "), "200 OK", "")
	})
}
