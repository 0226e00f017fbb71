package stack

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// BenchmarkOptionsAnswered is a datagram through the firewall, the parser and the tap, and its answer.
func BenchmarkOptionsAnswered(b *testing.B) {
	sink := &recorder{}
	cfg := config(silent{sink}, &strings.Builder{})
	cfg.Firewall.PerSource = Rate{PerSecond: 1e9, Burst: 1e9}
	cfg.Intake.Work = Rate{PerSecond: 1e9, Burst: 1e9}
	s, err := New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	l, err := newListener(s, nowhere{}, nil, netip.AddrPort{})
	if err != nil {
		b.Fatal(err)
	}
	from := netip.MustParseAddrPort(peerAddr)
	parser := sip.NewParser()
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		data := l.Datagram(from, []byte(request("OPTIONS", fmt.Sprint(n), "a", n)))
		if len(data) == 0 {
			b.Fatal("dropped")
		}
		msg, err := parser.ParseSIP(data)
		if err != nil {
			b.Fatal(err)
		}
		msg.SetTransport("UDP")
		l.receive(msg)
		s.mu.Lock()
		r := s.servers[fmt.Sprintf("z9hG4bK%d 192.0.2.9:5070 OPTIONS", n)]
		s.mu.Unlock()
		r.tx.Terminate()
	}
}

// silent answers everything and remembers nothing.
type silent struct{ *recorder }

func (silent) Request(r *Request) {
	if err := r.Respond(200, "", nil, nil); err != nil {
		panic(err)
	}
}

// BenchmarkWrite is a message of a transaction put on the wire.
func BenchmarkWrite(b *testing.B) {
	s, err := New(config(&recorder{}, &strings.Builder{}))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	l, err := newListener(s, nowhere{}, nil, netip.AddrPort{})
	if err != nil {
		b.Fatal(err)
	}
	p := path{l, netip.MustParseAddrPort(peerAddr)}
	msg := outgoing(sip.OPTIONS, "call", 1)
	b.ReportAllocs()
	for b.Loop() {
		if err := p.WriteMsg(msg); err != nil {
			b.Fatal(err)
		}
	}
}
