package stack

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"autocom/appliance/sipedge/stack/hop"

	"go.uber.org/goleak"

	"github.com/emiago/sipgo/sip"
)

const backToBack = 500

// answerBoth answers each INVITE with a 180 and a 200 at once, until the conn closes.
func answerBoth(conn net.PacketConn) {
	buf := make([]byte, 65536)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		req := string(buf[:n])
		if !strings.HasPrefix(req, "INVITE") {
			continue
		}
		conn.WriteTo([]byte(reply(req, 180, "x")), from)
		conn.WriteTo([]byte(reply(req, 200, "x")), from)
	}
}

func checkOrder(t *testing.T, sink *recorder) {
	t.Helper()
	byCall := map[string][]int{}
	sink.mu.Lock()
	defer sink.mu.Unlock()
	for _, p := range sink.responses {
		if !p.Repeated {
			byCall[p.CallID().Value()] = append(byCall[p.CallID().Value()], p.StatusCode)
		}
	}
	if len(byCall) != backToBack {
		t.Fatalf("%d calls were answered, want %d", len(byCall), backToBack)
	}
	for id, got := range byCall {
		if fmt.Sprint(got) != "[180 200]" {
			t.Fatalf("call %s: %v", id, got)
		}
	}
}

// sipgo's own transaction layer delivered the 180 in 48 of 200 such calls.
func TestRingingAndAnswerBackToBackKeepTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(c *Config) { c.Firewall.PerSource = Rate{PerSecond: 10_000, Burst: 10_000} })
		go answerBoth(r.peer.conn)
		for i := range backToBack {
			if _, err := r.stack.Send(outgoing(sip.INVITE, fmt.Sprint("call", i), 1), r.flow); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		checkOrder(t, r.sink)
	})
}

func TestRingingAndAnswerBackToBackOverLoopback(t *testing.T) {
	defer goleak.VerifyNone(t)
	sink := &recorder{}
	answered := make(chan struct{}, 2*backToBack)
	sink.onResponse = func(p *Response) {
		if p.StatusCode == 200 && !p.Repeated {
			answered <- struct{}{}
		}
	}
	cfg := config(sink, &strings.Builder{})
	cfg.Firewall.PerSource = Rate{PerSecond: 100_000, Burst: 100_000}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	local, err := s.Listen(UDP(netip.MustParseAddrPort("127.0.0.1:0")), netip.AddrPort{})
	if err != nil {
		t.Fatal(err)
	}
	peer, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); answerBoth(peer) }()
	remote, _ := hop.Of(peer.LocalAddr())
	limit := time.After(20 * time.Second)
	for i := range backToBack {
		if _, err := s.Send(outgoing(sip.INVITE, fmt.Sprint("call", i), 1), Flow{Local: local, Remote: remote}); err != nil {
			t.Fatal(err)
		}
		select {
		case <-answered:
		case <-limit:
			t.Fatalf("no answer to call %d", i)
		}
	}
	checkOrder(t, sink)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	peer.Close()
	<-done
}

func TestPipelinedRequestsKeepTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 1000
		r := newRig(t, func(c *Config) { c.Firewall.PerSource = Rate{PerSecond: 10 * n, Burst: 10 * n} })
		r.sink.onRequest = func(q *Request) {
			if err := q.Respond(200, "", nil, nil); err != nil {
				t.Error(err)
			}
		}
		for i := range n {
			r.peer.send(request("INFO", fmt.Sprint("b", i), "dialog", i+1, "in-dialog"))
		}
		synctest.Wait()
		if len(r.sink.requests) != n {
			t.Fatalf("%d requests came, want %d", len(r.sink.requests), n)
		}
		for i, q := range r.sink.requests {
			if q.CSeq().SeqNo != uint32(i+1) {
				t.Fatalf("request %d has CSeq %d", i, q.CSeq().SeqNo)
			}
		}
	})
}
