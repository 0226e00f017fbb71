package sipedge

import (
	"strings"
	"testing"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
)

func TestCarriersCallIsOfferedAnsweredAndHungUp(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		c := carrier.call("one", "sip:0612345678@carrier.example", "+33140506070")
		c.request("INVITE", sdpText("198.51.100.9", 1, "", "8 0 101"))
		carrier.next("SIP/2.0 100")
		o := w.offered()
		want := exchange.LegOffered{
			Leg: "i3-000001", Origin: exchange.Origin{Kind: exchange.FromTrunk, Name: "carrier"},
			Caller: exchange.Caller{Number: "+33612345678"}, Dialled: "+33140506070", Hops: 70,
		}
		if o != want {
			t.Fatalf("offered %+v, want %+v", o, want)
		}
		w.edge.Progress(exchange.Progress{Leg: o.Leg})
		carrier.next("SIP/2.0 180")
		w.edge.Answer(exchange.Answer{Leg: o.Leg})
		c.took(carrier.next("SIP/2.0 200"))
		if !strings.Contains(c.answer.body, "m=audio 20002 RTP/AVP 8") {
			t.Errorf("answer:\n%s", c.answer.body)
		}
		w.expect()
		c.ack()
		w.expect(exchange.LegAnswered{Leg: o.Leg})
		if m := w.ports.of(o.Leg); m.Remote != (plan.Endpoint{Host: "198.51.100.9", Port: 40000}) || m.Signalled != "198.51.100.9" {
			t.Errorf("media %+v", m)
		}
		c.request("BYE")
		carrier.next("SIP/2.0 200")
		w.expect(exchange.LegEnded{Leg: o.Leg, Cause: exchange.EndedByPeer})
		if n := w.ports.count(); n != 0 {
			t.Errorf("%d ports left open", n)
		}
	})
}

func TestBoxHangsUp(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		_, id := w.up(carrier, "two")
		w.edge.HangUp(exchange.HangUp{Leg: id})
		bye := carrier.next("BYE")
		w.expect()
		carrier.reply(bye, "200 OK", "")
		w.expect(exchange.LegEnded{Leg: id, Cause: exchange.EndedByBox})
		if w.edge.Legs() != 0 {
			t.Errorf("%d legs left", w.edge.Legs())
		}
	})
}

func TestExtensionRegistersAndIsRung(t *testing.T) {
	inWorld(t, func(w *world) {
		phone := w.peer(phoneAddr)
		res := phone.register("201", "correct horse 201", "<sip:201@10.0.0.7:5999>", 600)
		if !strings.HasPrefix(res.first, "SIP/2.0 200") {
			t.Fatal(res.raw)
		}
		w.expect(exchange.PhoneReachable{Extension: "201", Reachable: true, Contacts: 1})

		w.edge.Ring(exchange.Ring{Leg: "o3-000001", Call: "3-1", To: exchange.Destination{Extension: "201"}, Caller: exchange.Caller{Number: "+33612345678"}, Label: "Ventes"})
		inv := phone.next("INVITE sip:201@10.0.0.7:5999")
		if f := inv.get("From"); !strings.HasPrefix(f, `"Ventes +33612345678" <sip:+33612345678@192.0.2.1:5060>`) {
			t.Errorf("From: %s", f)
		}
		phone.reply(inv, "180 Ringing", "p1", phone.contact())
		w.expect(exchange.LegRinging{Leg: "o3-000001"})
		phone.reply(inv, "200 OK", "p1", phone.contact(), sdpText("192.0.2.20", 1, "", "8"))
		w.expect(exchange.LegAnswered{Leg: "o3-000001"})
		phone.next("ACK")
		w.edge.HangUp(exchange.HangUp{Leg: "o3-000001"})
		bye := phone.next("BYE sip:dev@" + phoneAddr)
		phone.reply(bye, "200 OK", "")
		w.expect(exchange.LegEnded{Leg: "o3-000001", Cause: exchange.EndedByBox})
	})
}

func TestWrongPasswordAndUnknownExtensionLookTheSame(t *testing.T) {
	inWorld(t, func(w *world) {
		phone := w.peer(phoneAddr)
		a := phone.register("201", "wrong", "<sip:201@192.0.2.20>", 600)
		b := phone.register("999", "wrong", "<sip:999@192.0.2.20>", 600)
		if a.first != b.first || !strings.HasPrefix(a.first, "SIP/2.0 401") || len(a.head) != len(b.head) {
			t.Errorf("wrong password: %s\nunknown: %s", a.raw, b.raw)
		}
		w.expect()
	})
}

func TestOnlyEffectsOfSIPAreCarried(t *testing.T) {
	inWorld(t, func(w *world) {
		for _, e := range []exchange.Effect{exchange.Ring{Leg: "o3-1"}, exchange.Progress{}, exchange.Answer{}, exchange.Refuse{}, exchange.HangUp{}} {
			if !w.edge.Carry(e) {
				t.Errorf("%T is not carried", e)
			}
		}
		for _, e := range []exchange.Effect{exchange.SetPlan{}, exchange.Play{}, exchange.StartTimer{}, exchange.Reply{}} {
			if w.edge.Carry(e) {
				t.Errorf("%T is not SIP's", e)
			}
		}
		w.expect(exchange.LegRefused{Leg: "o3-1", Reason: exchange.RefusedUnreachable})
	})
}
