package sipedge

import (
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/sim/memnet"
	"autocom/appliance/sipedge/flow"
	"autocom/appliance/sipedge/leg"
)

// A phone over TCP whose connection is cut in a call comes back by another and registers with the same Contact: the BYE of the call finds it there,
// whether the call ends before the phone is back or after (RFC 5626 §4.4.2).
func TestRFC5626S4_4_2ByeFollowsThePhoneToItsNewConnection(t *testing.T) {
	for _, away := range []bool{false, true} {
		inWorld(t, func(w *world) {
			wires := memnet.NewStreams()
			if _, err := w.edge.ServeStream(wires.Listen(boxAddr), flow.TCP, netip.AddrPort{}); err != nil {
				t.Fatal(err)
			}
			const contact, id = "<sip:dev@" + phoneAddr + ">", plan.LegID("o3-000001")
			phone := w.streamPeer(wires, phoneAddr)
			phone.register("201", "correct horse 201", contact, 600)
			w.edge.Ring(exchange.Ring{Leg: id, Call: "3-1", To: exchange.Destination{Extension: "201"}, Caller: exchange.Caller{Number: "+33612345678"}})
			inv := phone.next("INVITE")
			phone.reply(inv, "200 OK", "p1", phone.contact(), sdpText("192.0.2.20", 1, "", "8"))
			phone.next("ACK")
			w.heard()
			if err := phone.conn.Close(); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if away {
				w.edge.HangUp(exchange.HangUp{Leg: id})
				time.Sleep(3 * time.Second)
			}
			again := w.streamPeer(wires, "192.0.2.20:5071")
			if res := again.register("201", "correct horse 201", contact, 600); !strings.HasPrefix(res.first, "SIP/2.0 200") {
				t.Fatal(res.raw)
			}
			if !away {
				w.edge.HangUp(exchange.HangUp{Leg: id})
			}
			bye := again.next("BYE")
			if bye.get("Call-ID") != inv.get("Call-ID") {
				t.Error(bye.raw)
			}
			again.reply(bye, "200 OK", "")
			time.Sleep(time.Minute)
			if n := again.count("BYE"); n != 1 || w.edge.Legs() > 0 || w.ports.count() > 0 {
				t.Errorf("away %v: %d BYEs, %d legs, %d ports", away, n, w.edge.Legs(), w.ports.count())
			}
		})
	}
}

// Nobody else is told: a phone at another address that registers the same Contact gets no BYE that was not its own.
func TestByeThatWaitsIsForItsOwnMachine(t *testing.T) {
	var p partings
	at := func(remote string) flow.Flow {
		return flow.Flow{Transport: flow.TCP, Local: netip.MustParseAddrPort(boxAddr), Remote: netip.MustParseAddrPort(remote)}
	}
	now := time.Now()
	old := at("192.0.2.20:5062")
	m := legBye("sip:dev@192.0.2.20:5062")
	if p.wait(now, m, old) {
		t.Error("a connection that is there is waited for")
	}
	p.lose(now, old)
	if !p.wait(now, m, old) {
		t.Fatal("the BYE is lost")
	}
	if got := p.due(now, m.URI, at("192.0.2.21:6000")); len(got) > 0 {
		t.Error("another machine got the BYE")
	}
	if got := p.due(now.Add(partingTime+time.Second), m.URI, at("192.0.2.20:6000")); len(got) > 0 {
		t.Error("it waited too long")
	}
	p.wait(now, m, old)
	if got := p.due(now, m.URI, at("192.0.2.20:6000")); len(got) != 1 {
		t.Errorf("%v", got)
	}
	for i := range 2 * maxPartings {
		p.lose(now, at("192.0.2.20:"+strings.TrimPrefix(legName(10000+i), "0")))
		p.wait(now, m, old)
	}
	if len(p.cut) > maxPartings || len(p.list) > maxPartings {
		t.Errorf("%d connections, %d BYEs: they are not bounded", len(p.cut), len(p.list))
	}
}

func legBye(target string) leg.Request { return leg.Request{Method: "BYE", URI: target} }

// A phone that always calls from the same port is no phone that is gone.
func TestSameConnectionAgainIsNotWaitedFor(t *testing.T) {
	f := leg.Flow{Transport: flow.TCP, Local: netip.MustParseAddrPort("192.0.2.1:5060"), Remote: netip.MustParseAddrPort("192.0.2.20:5062")}
	bye := leg.Request{Method: "BYE", URI: "sip:201@192.0.2.20:5062", CallID: "c1"}
	var p partings
	now := time.Unix(1_800_000_000, 0)
	p.lose(now, f)
	if !p.wait(now, bye, f) {
		t.Fatal("a connection that was cut is not waited for")
	}
	if got := p.due(now, bye.URI, f); len(got) != 1 || got[0].CallID != "c1" {
		t.Errorf("the phone is back and hears %+v", got)
	}
	if p.wait(now, bye, f) {
		t.Error("the connection stands, and the BYE waits")
	}
}
