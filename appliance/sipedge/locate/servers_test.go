package locate_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"autocom/appliance/sipedge/locate"

	"github.com/miekg/dns"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve runs a real DNS server on 127.0.0.1, UDP and TCP on one port.
func serve(t *testing.T, h dns.Handler) netip.AddrPort {
	t.Helper()
	for range 20 { // the UDP port may be taken for TCP
		pc, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		at := pc.LocalAddr().(*net.UDPAddr).AddrPort()
		l, err := net.Listen("tcp", at.String())
		if err != nil {
			_ = pc.Close()
			continue
		}
		for _, s := range []*dns.Server{{PacketConn: pc, Handler: h}, {Listener: l, Handler: h}} {
			up, done := make(chan struct{}), make(chan struct{})
			s.NotifyStartedFunc = func() { close(up) }
			go func() { _ = s.ActivateAndServe(); close(done) }()
			<-up
			t.Cleanup(func() { _ = s.Shutdown(); <-done })
		}
		return at
	}
	t.Fatal("no port")
	return netip.AddrPort{}
}

func TestRealServer(t *testing.T) {
	z := newZone(t, carrier()...)
	var mixedCase, overTCP atomic.Int64
	at := serve(t, dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		if name := q.Question[0].Name; name != strings.ToLower(name) {
			mixedCase.Add(1)
		}
		if _, ok := w.RemoteAddr().(*net.TCPAddr); ok {
			overTCP.Add(1)
		}
		z.mu.Lock()
		m := z.reply(q)
		z.mu.Unlock()
		for _, rr := range m.Answer { // servers answer with the letters of the question
			if strings.EqualFold(rr.Header().Name, q.Question[0].Name) {
				rr.Header().Name = q.Question[0].Name
			}
		}
		_ = w.WriteMsg(m)
	}))
	r := resolver(t, &locate.Servers{Fixed: []netip.AddrPort{at}})
	want := "TLS/192.0.2.3:5061 TCP/192.0.2.1:5060 TCP/[2001:db8::1]:5060 UDP/192.0.2.1:5060 UDP/[2001:db8::1]:5060 UDP/192.0.2.2:5070"
	if got := show(targets(t, r, "carrier.example", locate.Any)); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if mixedCase.Load() == 0 {
		t.Error("names were not written in mixed case")
	}
	if overTCP.Load() != 0 {
		t.Error("TCP without need")
	}
}

// RFC 7766 §5: an answer that does not fit is asked for again over TCP.
func TestTruncatedGoesTCP_RFC7766_5(t *testing.T) {
	var lines []string
	for i := range 16 {
		lines = append(lines, fmt.Sprintf("big.example. 300 IN A 192.0.2.%d", i+1))
	}
	z := newZone(t, lines...)
	at := serve(t, dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		z.mu.Lock()
		m := z.reply(q)
		z.mu.Unlock()
		if _, udp := w.RemoteAddr().(*net.UDPAddr); udp {
			m.Answer, m.Truncated = nil, true
		}
		_ = w.WriteMsg(m)
	}))
	r := resolver(t, &locate.Servers{Fixed: []netip.AddrPort{at}}, func(c *locate.Config) { c.Families = locate.OnlyIPv4 })
	if n := len(targets(t, r, "big.example:5060", locate.Any)); n != 16 {
		t.Errorf("%d targets", n)
	}
}

// A server that writes every name in lower case is not trusted over UDP, and still of use over TCP.
func TestServerThatLowersNames(t *testing.T) {
	z := newZone(t, carrier()...)
	var tcp atomic.Int64
	at := serve(t, dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		if _, ok := w.RemoteAddr().(*net.TCPAddr); ok {
			tcp.Add(1)
		}
		q.Question[0].Name = strings.ToLower(q.Question[0].Name)
		z.mu.Lock()
		m := z.reply(q)
		z.mu.Unlock()
		_ = w.WriteMsg(m)
	}))
	r := resolver(t, &locate.Servers{Fixed: []netip.AddrPort{at}}, func(c *locate.Config) { c.Families = locate.OnlyIPv4 })
	if got := show(targets(t, r, "plain.example:5060", locate.Any)); got != "UDP/192.0.2.9:5060" || tcp.Load() == 0 {
		t.Errorf("%s, %d over TCP", got, tcp.Load())
	}
}

// Forged answers that come first are passed over; the next server is asked when one says SERVFAIL; the file is read again when it changes.
func TestSeveralServers(t *testing.T) {
	z := newZone(t, carrier()...)
	good := serve(t, dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		z.mu.Lock()
		m := z.reply(q)
		z.mu.Unlock()
		forged := m.Copy()
		forged.Id++
		forged.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 60}, A: net.IPv4(192, 0, 2, 66)}}
		_ = w.WriteMsg(forged)
		_ = w.WriteMsg(m)
	}))
	lame := serve(t, dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		_ = w.WriteMsg(new(dns.Msg).SetRcode(q, dns.RcodeServerFailure))
	}))
	r := resolver(t, &locate.Servers{Fixed: []netip.AddrPort{lame, good}, KeepCase: true})
	if got := show(targets(t, r, "plain.example:5060", locate.Any)); got != "UDP/192.0.2.9:5060" {
		t.Error(got)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	only := &locate.Servers{Fixed: []netip.AddrPort{lame}}
	if m, err := only.Exchange(ctx, new(dns.Msg).SetQuestion("a.example.", dns.TypeA)); err != nil || m.Rcode != dns.RcodeServerFailure {
		t.Errorf("%v %v", m, err)
	}
}

func TestServersOfTheSystem(t *testing.T) {
	file := filepath.Join(t.TempDir(), "resolv.conf")
	s := &locate.Servers{File: file}
	if list := s.Addresses(); len(list) != 0 {
		t.Error(list)
	}
	if _, err := s.Exchange(t.Context(), new(dns.Msg).SetQuestion("a.example.", dns.TypeA)); err == nil {
		t.Error("an answer from nowhere")
	}
	for i, text := range []string{"nameserver 127.0.0.53\n", "nameserver 192.0.2.1\nnameserver 192.0.2.2\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if list := s.Addresses(); len(list) != i+1 {
			t.Errorf("%q: %v", text, list)
		}
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if list := s.Addresses(); len(list) != 2 {
		t.Errorf("while the file is replaced: %v", list)
	}
}
