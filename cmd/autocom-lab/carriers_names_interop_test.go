//go:build interop

package main

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"autocom/cmd/autocom-lab/internal/branch"
	"autocom/cmd/autocom-lab/internal/ua"
)

// names is a name server of one zone: a carrier with two SIP servers, the first of which nobody is behind.
type names struct {
	server *dns.Server
	asked  atomic.Int64
}

// listenNames takes a place for a name server and keeps it: whoever only looked for a free one may find it taken a moment later, by a program that was
// started meanwhile and holds what the test had open.
func listenNames(t *testing.T, addr string) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(addr), 0)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() }) // the server has closed it already, when one was there
	return conn
}

func serveNames(t *testing.T, conn *net.UDPConn, first, second netip.AddrPort) *names {
	t.Helper()
	n := &names{}
	zone := map[string][]string{
		"_sip._udp.carrier.test. SRV": {fmt.Sprintf("_sip._udp.carrier.test. 60 IN SRV 10 1 %d one.carrier.test.", first.Port()), fmt.Sprintf("_sip._udp.carrier.test. 60 IN SRV 20 1 %d two.carrier.test.", second.Port())},
		"one.carrier.test. A":         {"one.carrier.test. 60 IN A " + first.Addr().String()},
		"two.carrier.test. A":         {"two.carrier.test. 60 IN A " + second.Addr().String()},
	}
	n.server = &dns.Server{PacketConn: conn, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		n.asked.Add(1)
		m := new(dns.Msg).SetReply(q)
		m.RecursionAvailable = true
		for _, text := range zone[strings.ToLower(q.Question[0].Name)+" "+dns.TypeToString[q.Question[0].Qtype]] {
			rr, err := dns.NewRR(text)
			if err != nil {
				continue
			}
			m.Answer = append(m.Answer, rr)
		}
		_ = w.WriteMsg(m)
	})}
	go func() { _ = n.server.ActivateAndServe() }()
	t.Cleanup(func() { _ = n.server.Shutdown() })
	return n
}

// RFC 3263 §4.3: the first of a carrier's servers stays silent: the call goes to the second while the caller waits, within two seconds (proven in
// fake time; the wall clock here allows more), the next ones go there at once, and calls are placed on when DNS is gone.
func TestInteropRFC3263S4_3FailoverDuringAnAttempt(t *testing.T) {
	t.Parallel()
	at := listenNames(t, "127.0.2.117")
	var zone *names
	o := lineOffice(t, 17, func(b *branch.Branch) {
		silent := listenNames(t, "127.0.2.217").LocalAddr().(*net.UDPAddr).AddrPort() // nobody answers there
		b.Address = "carrier.test"
		b.TrunkLines = []string{"profile: twilio"}
		b.Network = []string{fmt.Sprintf("dns: [%q]", at.LocalAddr())}
		zone = serveNames(t, at, silent, b.Carrier)
	})
	p := o.peer()
	d := o.desk("205")

	began := time.Now()
	out := d.dials("00145678901")
	m := p.asked("INVITE")
	took := time.Since(began)
	p.answer(m, 180, nil)
	for e := (ua.Event{}); e.Code != 180; {
		e = d.wants(out, ua.Progress)
	}
	t.Logf("the first server is silent: the second is called after %s, and the caller hears it ring after %s", took.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
	if took > 5*time.Second {
		t.Errorf("failover took %s", took)
	}
	k := p.took(m)
	k.pickUp()
	d.wants(out, ua.Answered)
	d.hears(out, 1230)
	out.Call.HangUp()
	k.left()

	_ = zone.server.Shutdown()
	asked := zone.asked.Load()
	began = time.Now()
	out = d.dials("00145678902")
	k = p.took(p.asked("INVITE"))
	took = time.Since(began)
	t.Logf("without DNS the next call is placed after %s; %d questions had been asked", took.Round(time.Millisecond), asked)
	if took > time.Second {
		t.Errorf("the next call waits %s: for DNS, or for the server that is silent", took)
	}
	k.pickUp()
	d.wants(out, ua.Answered)
	d.hears(out, 1230)
	k.bye()
	o.rest()
}

// RFC 3263 §4: a carrier whose name leads nowhere has no line: the fact, the status and the doctor say so.
func TestInteropRFC3263S4NameThatLeadsNowhere(t *testing.T) {
	t.Parallel()
	at := listenNames(t, "127.0.2.120")
	o := lineOffice(t, 20, func(b *branch.Branch) {
		b.Address = "misspelt.test"
		b.TrunkLines = []string{"profile: twilio"}
		b.Network = []string{fmt.Sprintf("dns: [%q]", at.LocalAddr())}
		serveNames(t, at, b.Carrier, b.Carrier)
	})
	o.line(false)
	said := ""
	for _, f := range o.findings() {
		if f.Gravity == "trouble" && (strings.Contains(f.Sentence, "misspelt.test") || f.About == "trunk lab") {
			said += f.Code + " "
		}
	}
	if said != "dns.problem trunk.down " {
		t.Errorf("the doctor says %q: %+v", said, o.findings())
	}
	d := o.desk("205")
	began := time.Now()
	if e := d.wants(d.dials("00145678901"), ua.Refused); e.Code != 503 || time.Since(began) > 2*time.Second {
		t.Errorf("a call is refused with %s after %s", e, time.Since(began))
	}
}
