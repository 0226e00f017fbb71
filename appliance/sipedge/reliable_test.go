package sipedge

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"autocom/appliance/exchange"
)

// Reliable provisional responses over the wire (RFC 3262).

func (c *call) prack(of *text, more ...string) {
	c.took(of)
	c.request("PRACK", append([]string{fmt.Sprintf("RAck: %s %s", of.get("RSeq"), of.get("CSeq"))}, more...)...)
}

func TestRFC3262S3_CallerThatRequires100rel(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		c := carrier.call("rel", "sip:0612345678@x", "+33140506070")
		c.request("INVITE", "Require: 100rel", sdpText("198.51.100.9", 1, "", "8"))
		o := w.offered()
		w.edge.Progress(exchange.Progress{Leg: o.Leg, Early: true})
		began := time.Now()
		first := carrier.next("SIP/2.0 183")
		if first.get("Require") != "100rel" || first.get("RSeq") == "" || !strings.Contains(first.body, "m=audio 2") {
			t.Fatal(first.raw)
		}
		for range 3 { // T1, then doubling
			if again := carrier.next("SIP/2.0 183"); again.raw != first.raw {
				t.Errorf("repeated as\n%s", again.raw)
			}
		}
		if d := time.Since(began).Round(100 * time.Millisecond); d != 3500*time.Millisecond {
			t.Errorf("third repetition after %s", d)
		}
		// The 200 waits for the PRACK of the description.
		w.edge.Answer(exchange.Answer{Leg: o.Leg})
		carrier.none("SIP/2.0 200")
		c.prack(first)
		if r := carrier.next("SIP/2.0 200"); r.get("CSeq") != "2 PRACK" {
			t.Fatal(r.raw)
		}
		ok := carrier.next("SIP/2.0 200")
		if ok.get("CSeq") != "1 INVITE" || ok.body != "" {
			t.Errorf("what was agreed reliably is said again:\n%s", ok.raw)
		}
		carrier.none("SIP/2.0 183")
		// A PRACK of nothing.
		c.numbered("PRACK", 3, "RAck: 99 1 INVITE")
		carrier.next("SIP/2.0 481")
		c.numbered("ACK", 1)
		w.expect(exchange.LegAnswered{Leg: o.Leg})
		w.edge.HangUp(exchange.HangUp{Leg: o.Leg})
		carrier.reply(carrier.next("BYE"), "200 OK", "")
	})
}

func TestRFC3262S3_WithoutPrackTheCallIsRefused(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		c := carrier.call("rel", "sip:0612345678@x", "+33140506070")
		c.request("INVITE", "Require: 100rel", sdpText("198.51.100.9", 1, "", "8"))
		o := w.offered()
		w.edge.Progress(exchange.Progress{Leg: o.Leg})
		began := time.Now()
		carrier.next("SIP/2.0 504")
		if d := time.Since(began).Round(time.Second); d != 32*time.Second {
			t.Errorf("after %s", d)
		}
		w.expect(exchange.LegEnded{Leg: o.Leg, Cause: exchange.EndedNoAck})
	})
}

func TestRFC3262S5_DelayedOfferGoesInTheFirstReliableResponse(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		c := carrier.call("late", "sip:0612345678@x", "+33140506070")
		c.request("INVITE", "Require: 100rel")
		o := w.offered()
		w.edge.Progress(exchange.Progress{Leg: o.Leg, Early: true})
		first := carrier.next("SIP/2.0 183")
		if !strings.Contains(first.body, "m=audio 20002 RTP/AVP 8 0 101") {
			t.Fatal(first.raw)
		}
		c.prack(first, sdpText("198.51.100.9", 1, "", "0"))
		carrier.next("SIP/2.0 200")
		if m := w.ports.of(o.Leg); m.Remote.Port != 40000 {
			t.Errorf("the answer of the PRACK was not taken: %+v", m)
		}
		w.edge.Answer(exchange.Answer{Leg: o.Leg})
		if ok := carrier.next("SIP/2.0 200"); ok.get("CSeq") != "1 INVITE" || ok.body != "" {
			t.Error(ok.raw)
		}
		c.numbered("ACK", 1)
		w.expect(exchange.LegAnswered{Leg: o.Leg})
	})
}

func TestRFC3262S4_CarrierSendsReliableResponses(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		w.ring("o3-1", "+33612345678")
		inv := carrier.next("INVITE")
		if !strings.Contains(inv.get("Supported"), "100rel") {
			t.Error(inv.raw)
		}
		rel := func(n int) []string { return []string{"Require: 100rel", fmt.Sprint("RSeq: ", n), carrier.contact()} }
		carrier.reply(inv, "183 Session Progress", "x", append(rel(7), sdpText("198.51.100.9", 1, "", "8"))...)
		p := carrier.next("PRACK")
		if p.get("RAck") != "7 1 INVITE" || p.get("CSeq") != "2 PRACK" || p.tag("To") != "x" || p.uri() != "sip:dev@198.51.100.9:5060" {
			t.Fatal(p.raw)
		}
		carrier.reply(p, "200 OK", "")
		carrier.reply(inv, "183 Session Progress", "x", append(rel(7), sdpText("198.51.100.9", 1, "", "8"))...) // again
		carrier.reply(inv, "180 Ringing", "x", rel(9)...)                                                       // one is missing
		carrier.none("PRACK")
		carrier.reply(inv, "180 Ringing", "y", rel(500)...) // another fork counts for itself
		if p := carrier.next("PRACK"); p.get("RAck") != "500 1 INVITE" || p.tag("To") != "y" || p.get("CSeq") != "2 PRACK" {
			t.Error(p.raw)
		}
		carrier.reply(inv, "180 Ringing", "x", rel(8)...)
		if p := carrier.next("PRACK"); p.get("RAck") != "8 1 INVITE" || p.get("CSeq") != "3 PRACK" {
			t.Error(p.raw)
		}
		carrier.reply(inv, "200 OK", "x", carrier.contact()) // the answer was in the 183
		carrier.next("ACK")
		w.expect(exchange.LegRinging{Leg: "o3-1", EarlyMedia: true}, exchange.LegAnswered{Leg: "o3-1"})
		w.edge.HangUp(exchange.HangUp{Leg: "o3-1"})
		if bye := carrier.next("BYE"); bye.get("CSeq") != "4 BYE" {
			t.Error(bye.raw)
		}
	})
}
