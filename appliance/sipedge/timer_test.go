package sipedge

import (
	"strings"
	"testing"
	"time"

	"autocom/appliance/exchange"
)

// Session timers over the wire (RFC 4028), in fake time.

func TestRFC4028S7_3CarrierWantsALongerInterval(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		w.ring("o3-1", "+33612345678")
		inv := carrier.next("INVITE")
		if inv.get("Session-Expires") != "1800" || !strings.Contains(inv.get("Supported"), "timer") {
			t.Fatal(inv.raw)
		}
		carrier.reply(inv, "422 Session Interval Too Small", "x", "Min-SE: 3600")
		carrier.next("ACK")
		inv = carrier.next("INVITE")
		if inv.get("Session-Expires") != "3600" || inv.get("Min-SE") != "3600" || inv.get("CSeq") != "2 INVITE" {
			t.Fatal(inv.raw)
		}
		carrier.reply(inv, "200 OK", "x", carrier.contact(), "Require: timer", "x: 3600;refresher=uac", "Allow: INVITE, ACK, BYE, UPDATE", sdpText("198.51.100.9", 1, "", "8"))
		carrier.next("ACK")
		w.expect(exchange.LegAnswered{Leg: "o3-1"})
		time.Sleep(1799 * time.Second)
		carrier.none("UPDATE")
		time.Sleep(2 * time.Second)
		u := carrier.next("UPDATE")
		if u.get("Session-Expires") != "3600;refresher=uac" || u.body != "" || u.get("Contact") == "" {
			t.Error(u.raw)
		}
		carrier.reply(u, "200 OK", "", carrier.contact(), "Session-Expires: 3600;refresher=uac")
		// It never answers again.
		time.Sleep(1800 * time.Second)
		began := time.Now()
		carrier.next("UPDATE")
		carrier.next("BYE")
		if d := time.Since(began).Round(time.Second); d > 33*time.Second {
			t.Errorf("BYE after %s", d)
		}
	})
}

func TestRFC4028S10CallerThatFallsSilentIsEnded(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		c := carrier.call("timed", "sip:0612345678@x", "+33140506070")
		c.request("INVITE", "Supported: timer", "Session-Expires: 60;refresher=uac", sdpText("198.51.100.9", 1, "", "8"))
		if r := carrier.next("SIP/2.0 422"); r.get("Min-SE") != "90" {
			t.Fatal(r.raw)
		}
		w.expect()
		c.request("INVITE", "k: timer", "x: 120;refresher=uac", "Min-SE: 90", sdpText("198.51.100.9", 1, "", "8"))
		o := w.offered()
		w.edge.Answer(exchange.Answer{Leg: o.Leg})
		c.took(carrier.next("SIP/2.0 200"))
		if c.answer.get("Session-Expires") != "120;refresher=uac" || c.answer.get("Require") != "timer" {
			t.Error(c.answer.raw)
		}
		c.ack()
		w.expect(exchange.LegAnswered{Leg: o.Leg})
		time.Sleep(60 * time.Second)
		c.request("UPDATE", "Supported: timer", "Session-Expires: 120;refresher=uac")
		if r := carrier.next("SIP/2.0 200"); r.get("Session-Expires") != "120;refresher=uac" {
			t.Error(r.raw)
		}
		time.Sleep(87 * time.Second)
		carrier.none("BYE")
		time.Sleep(2 * time.Second) // 120 s less 32 s
		carrier.reply(carrier.next("BYE"), "200 OK", "")
		w.expect(exchange.LegEnded{Leg: o.Leg, Cause: exchange.EndedExpired, AgoMS: 1000})
	})
}
