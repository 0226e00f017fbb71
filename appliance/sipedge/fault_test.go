package sipedge

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/stack"
)

func TestDeadCarrier(t *testing.T) {
	inWorld(t, func(w *world) {
		w.ring("o3-1", "+33612345678")
		time.Sleep(33 * time.Second)
		w.expect(exchange.LegRefused{Leg: "o3-1", Reason: exchange.RefusedUnreachable, SIP: 408})
		time.Sleep(33 * time.Second)
		if w.heard(); w.edge.Legs() != 0 || w.ports.count() != 0 {
			t.Errorf("%d legs, %d ports left", w.edge.Legs(), w.ports.count())
		}
	})
}

func TestDeadPeerInTheDialog(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		_, id := w.up(carrier, "dead")
		w.edge.MediaLost(id)
		time.Sleep(leg.FarewellWait)
		w.expect(exchange.LegEnded{Leg: id, Cause: exchange.EndedMediaLost, AgoMS: 2000})
		time.Sleep(33 * time.Second)
		if w.heard(); w.edge.Legs() != 0 {
			t.Error("the leg stays though BYE was never answered")
		}
	})
}

func TestDraining(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		w.edge.Drain(true)
		c := carrier.call("drain", "sip:0612345678@x", "+33140506070")
		c.request("INVITE", sdpText("198.51.100.9", 1, "", "8"))
		if r := carrier.next("SIP/2.0 503"); r.get("Retry-After") == "" {
			t.Error(r.raw)
		}
		w.expect()
	})
}

func TestRefusalsReachTheCaller(t *testing.T) {
	for reason, want := range map[exchange.Refusal]string{
		exchange.RefusedBusy: "486", exchange.RefusedDeclined: "603", exchange.RefusedNoNumber: "404", exchange.RefusedForbidden: "403",
		exchange.RefusedCongestion: "503", exchange.RefusedUnreachable: "480", exchange.RefusedFailed: "500", exchange.RefusedMedia: "488",
	} {
		inWorld(t, func(w *world) {
			carrier := w.peer(carrierAddr)
			c := carrier.call("no", "sip:0612345678@x", "+33140506070")
			c.request("INVITE", sdpText("198.51.100.9", 1, "", "8"))
			o := w.offered()
			w.edge.Refuse(exchange.Refuse{Leg: o.Leg, Reason: reason})
			carrier.next("SIP/2.0 " + want)
			w.expect(exchange.LegEnded{Leg: o.Leg, Cause: exchange.EndedByBox})
			if w.edge.Legs() != 0 || w.ports.count() != 0 {
				t.Error("something is left")
			}
		})
	}
}

// A panic costs one leg: the process, and the other calls, go on.
func TestPanicInALeg(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		_, other := w.up(carrier, "other")
		w.edge.cfg.Ports = panicking{w.ports}
		c := carrier.call("boom", "sip:0612345678@x", "+33140506070")
		c.request("INVITE", sdpText("198.51.100.9", 1, "", "8"))
		o := w.offered()
		w.edge.Answer(exchange.Answer{Leg: o.Leg})
		w.expect(exchange.LegEnded{Leg: o.Leg, Cause: exchange.EndedTransport})
		w.edge.HangUp(exchange.HangUp{Leg: other})
		time.Sleep(leg.FarewellWait)
		w.expect(exchange.LegEnded{Leg: other, Cause: exchange.EndedByBox})
	})
}

// A leg that hangs in the media process: what its peer asks meanwhile is answered 503 once its mailbox is full, the exchange's hang-up is kept.
func TestMailboxIsBounded(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		stuck := &stuckPorts{fakePorts: w.ports, until: make(chan struct{})}
		w.edge.cfg.Ports = stuck
		c := carrier.call("stuck", "sip:0612345678@x", "+33140506070")
		c.request("INVITE", sdpText("198.51.100.9", 1, "", "8"))
		o := w.offered()
		w.edge.Answer(exchange.Answer{Leg: o.Leg})
		synctest.Wait()
		c.to = w.tagged(w.edge.leg(o.Leg), c.to)
		for range leg.MailboxLen + 10 {
			c.request("OPTIONS")
		}
		if n := carrier.count("SIP/2.0 503"); n != 10 {
			t.Errorf("%d of 10 refused", n)
		}
		w.edge.HangUp(exchange.HangUp{Leg: o.Leg})
		close(stuck.until)
		if n := carrier.count("SIP/2.0 200"); n != leg.MailboxLen+1 {
			t.Errorf("%d answered", n)
		}
		time.Sleep(leg.FarewellWait)
		w.expect(exchange.LegEnded{Leg: o.Leg, Cause: exchange.EndedByBox})
	})
}

// tagged is a To with the tag the box chose.
func (w *world) tagged(l *line, to string) string {
	to, _, _ = strings.Cut(to, ";")
	return to + ";tag=" + l.keys[0].localTag
}

// The same over a real socket.
func TestUDPSocket(t *testing.T) {
	w := &world{t: t, ports: newPorts()}
	e, err := New(Config{Tell: w.tell, Ports: w.ports, Stack: stack.Config{Firewall: stack.Firewall{Trusted: []netip.Prefix{prefix("127.0.0.0/8")}}}}, site())
	if err != nil {
		t.Fatal(err)
	}
	local, err := e.Listen(stack.UDP(netip.MustParseAddrPort("127.0.0.1:0")), netipZero())
	if err != nil {
		t.Fatal(err)
	}
	e.Start()
	defer e.Close()
	conn, err := net.Dial("udp", local.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKo;rport\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:x>\r\nCall-ID: o\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n", conn.LocalAddr())
	b := make([]byte, 4096)
	n, err := conn.Read(b)
	if err != nil || !strings.HasPrefix(string(b[:n]), "SIP/2.0 401 Unauthorized\r\n") { // who is not known is asked
		t.Errorf("%v %s", err, b[:n])
	}
}

type panicking struct{ *fakePorts }

func (panicking) Update(plan.LegID, plan.Media) error { panic("planted") }

type stuckPorts struct {
	*fakePorts
	until chan struct{}
}

func (p *stuckPorts) Update(id plan.LegID, m plan.Media) error {
	<-p.until
	return p.fakePorts.Update(id, m)
}

// RFC 3261 §9.1: a contact that answers neither CANCEL nor INVITE is given up after 64*T1.
func TestRFC3261S9_1CancelledContactFallsSilent(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		w.ring("o3-1", "+33612345678")
		carrier.reply(carrier.next("INVITE"), "180 Ringing", "x")
		w.edge.HangUp(exchange.HangUp{Leg: "o3-1"})
		carrier.next("CANCEL")
		time.Sleep(leg.FarewellWait)
		w.expect(exchange.LegRinging{Leg: "o3-1"}, exchange.LegEnded{Leg: "o3-1", Cause: exchange.EndedByBox})
		time.Sleep(33 * time.Second)
		w.expect()
		time.Sleep(33 * time.Second)
		if synctest.Wait(); w.edge.Legs() != 0 {
			t.Error("the leg is still there")
		}
	})
}

// RFC 3261 §16.6 step 11: a phone that rings and never refreshes.
func TestRFC3261S16_6RingingForThreeMinutes(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		w.ring("o3-1", "+33612345678")
		inv := carrier.next("INVITE")
		for range 5 {
			carrier.reply(inv, "180 Ringing", "x")
			time.Sleep(2 * time.Minute)
		}
		w.expect(exchange.LegRinging{Leg: "o3-1"})
		carrier.none("CANCEL")
		time.Sleep(70 * time.Second)
		carrier.next("CANCEL")
		w.expect(exchange.LegRefused{Leg: "o3-1", Reason: exchange.RefusedUnreachable, SIP: 408})
	})
}
