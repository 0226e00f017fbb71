package sipedge

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/sipedge/leg"
	"autocom/appliance/sipedge/leg/digest"
)

func (w *world) ring(id plan.LegID, number string) {
	w.edge.Ring(exchange.Ring{Leg: id, To: exchange.Destination{Trunk: "carrier", Number: number}})
}

func TestRFC3261S13_3_1_4SuccessIsRepeatedUntilBye(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		c := carrier.call("noack", "sip:0612345678@x", "+33140506070")
		c.request("INVITE", sdpText("198.51.100.9", 1, "", "8"))
		o := w.offered()
		w.edge.Answer(exchange.Answer{Leg: o.Leg})
		began := time.Now()
		var gaps []time.Duration
		last := began
		for range 10 {
			carrier.next("SIP/2.0 200")
			gaps = append(gaps, time.Since(last).Round(100*time.Millisecond))
			last = time.Now()
		}
		if got, want := fmt.Sprint(gaps), "[0s 500ms 1s 2s 4s 4s 4s 4s 4s 4s]"; got != want {
			t.Errorf("gaps %s, want %s", got, want)
		}
		carrier.next("BYE")
		if d := time.Since(began).Round(100 * time.Millisecond); d != 32*time.Second {
			t.Errorf("BYE after %s, want 64*T1", d)
		}
		time.Sleep(leg.FarewellWait)
		w.expect(exchange.LegEnded{Leg: o.Leg, Cause: exchange.EndedNoAck, AgoMS: 2000})
	})
}

func TestRFC3261S15ByeWaitsForTheAck(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		c := carrier.call("hasty", "sip:0612345678@x", "+33140506070")
		c.request("INVITE", sdpText("198.51.100.9", 1, "", "8"))
		o := w.offered()
		w.edge.Answer(exchange.Answer{Leg: o.Leg})
		w.edge.HangUp(exchange.HangUp{Leg: o.Leg})
		w.expect()
		c.took(carrier.next("SIP/2.0 200"))
		carrier.none("BYE")
		c.ack()
		carrier.reply(carrier.next("BYE"), "200 OK", "")
		w.expect(exchange.LegEnded{Leg: o.Leg, Cause: exchange.EndedByBox})
	})
}

func TestRFC3261S9_2CancelBeforeTheAnswer(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		c := carrier.call("gaveup", "sip:0612345678@x", "+33140506070")
		c.request("INVITE", sdpText("198.51.100.9", 1, "", "8"))
		o := w.offered()
		w.edge.Progress(exchange.Progress{Leg: o.Leg})
		carrier.next("SIP/2.0 180")
		c.numbered("CANCEL", c.cseq)
		if r := carrier.next("SIP/2.0 200"); r.get("CSeq") != "1 CANCEL" {
			t.Error(r.raw)
		}
		if r := carrier.next("SIP/2.0 487"); r.get("CSeq") != "1 INVITE" {
			t.Error(r.raw)
		}
		w.expect(exchange.LegEnded{Leg: o.Leg, Cause: exchange.EndedByPeer})
	})
}

func TestRFC3261S9_1CancelWaitsForAProvisional(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		w.ring("o3-1", "+33612345678")
		inv := carrier.next("INVITE")
		w.edge.HangUp(exchange.HangUp{Leg: "o3-1"})
		time.Sleep(300 * time.Millisecond)
		carrier.none("CANCEL")
		carrier.reply(inv, "100 Trying", "")
		cancel := carrier.next("CANCEL")
		if cancel.get("Via") != inv.get("Via") || cancel.get("Reason") != "" {
			t.Error(cancel.raw)
		}
		carrier.reply(cancel, "200 OK", "c")
		w.expect()
		carrier.reply(inv, "487 Request Terminated", "c")
		carrier.next("ACK")
		w.expect(exchange.LegEnded{Leg: "o3-1", Cause: exchange.EndedByBox})
		time.Sleep(33 * time.Second)
		if synctest.Wait(); w.edge.Legs() != 0 {
			t.Error("the leg is still there")
		}
	})
}

func TestRFC3261S9_1SuccessCrossesCancel(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		w.ring("o3-1", "+33612345678")
		inv := carrier.next("INVITE")
		carrier.reply(inv, "180 Ringing", "x")
		w.edge.HangUp(exchange.HangUp{Leg: "o3-1"})
		cancel := carrier.next("CANCEL")
		carrier.reply(inv, "200 OK", "x", carrier.contact(), sdpText("198.51.100.9", 1, "", "8"))
		carrier.reply(cancel, "200 OK", "x")
		ack := carrier.next("ACK")
		if !strings.HasSuffix(ack.get("To"), ";tag=x") {
			t.Error(ack.raw)
		}
		carrier.reply(inv, "200 OK", "x", carrier.contact(), sdpText("198.51.100.9", 1, "", "8"))
		bye := carrier.next("BYE")
		carrier.reply(bye, "200 OK", "")
		if n := carrier.count("ACK"); n != 2 {
			t.Errorf("%d ACKs for a 200 that came twice", n)
		}
		if n := carrier.count("BYE"); n != 1 {
			t.Errorf("%d BYEs", n)
		}
		w.expect(exchange.LegRinging{Leg: "o3-1"}, exchange.LegEnded{Leg: "o3-1", Cause: exchange.EndedByBox})
	})
}

func TestRFC3261S13_2_2_4RepeatedSuccessGetsTheSameAck(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		w.ring("o3-1", "+33612345678")
		inv := carrier.next("INVITE")
		var acks []string
		for range 4 {
			carrier.reply(inv, "200 OK", "x", carrier.contact(), sdpText("198.51.100.9", 1, "", "8"))
			acks = append(acks, carrier.next("ACK").raw)
			time.Sleep(time.Second)
		}
		for _, a := range acks {
			if a != acks[0] {
				t.Errorf("another ACK:\n%s\nthe first:\n%s", a, acks[0])
			}
		}
		w.expect(exchange.LegAnswered{Leg: "o3-1"})
		w.edge.HangUp(exchange.HangUp{Leg: "o3-1"})
		carrier.reply(carrier.next("BYE"), "200 OK", "")
		// Even after the end: the first ACK may have been the one that was lost.
		carrier.reply(inv, "200 OK", "x", carrier.contact(), sdpText("198.51.100.9", 1, "", "8"))
		if a := carrier.next("ACK").raw; a != acks[0] {
			t.Errorf("after the end:\n%s", a)
		}
	})
}

func TestRFC3261S13_2_2_4ForkedSuccessIsEnded(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		w.ring("o3-1", "+33612345678")
		inv := carrier.next("INVITE")
		carrier.reply(inv, "180 Ringing", "one")
		carrier.reply(inv, "180 Ringing", "two")
		carrier.reply(inv, "200 OK", "one", carrier.contact(), sdpText("198.51.100.9", 1, "", "8"))
		carrier.next("ACK")
		carrier.reply(inv, "200 OK", "two", "Contact: <sip:two@198.51.100.10>", sdpText("198.51.100.10", 1, "", "8"))
		if a := carrier.peerAt(w, "198.51.100.10:5060"); a == nil {
			t.Fatal("no peer")
		}
		w.expect(exchange.LegRinging{Leg: "o3-1"}, exchange.LegAnswered{Leg: "o3-1"})
		carrier.none("BYE")
		if m := w.ports.of("o3-1"); m.Remote.Host != "198.51.100.9" {
			t.Errorf("%+v", m)
		}
	})
}

// peerAt opens another address and wants the BYE of the surplus dialog there, repeated as its first sending found nobody.
func (p *peer) peerAt(w *world, at string) *peer {
	q := w.peer(at)
	bye := q.next("BYE sip:two@198.51.100.10")
	if bye.tag("To") != "two" {
		w.t.Errorf("%s", bye.raw)
	}
	q.reply(bye, "200 OK", "")
	return q
}

func TestParallelPhonesFirstAnswerWins_RFC3326_2(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := w.peer(phoneAddr), w.peer(phone2Addr)
		a.register("201", "correct horse 201", "<sip:201@192.0.2.20:5062>", 600)
		b.register("201", "correct horse 201", "<sip:201@192.0.2.21:5062>", 600)
		w.expect(exchange.PhoneReachable{Extension: "201", Reachable: true, Contacts: 1}, exchange.PhoneReachable{Extension: "201", Reachable: true, Contacts: 2})
		w.edge.Ring(exchange.Ring{Leg: "o3-1", To: exchange.Destination{Extension: "201"}, Caller: exchange.Caller{Number: "202"}})
		ia, ib := a.next("INVITE"), b.next("INVITE")
		if w.ports.count() != 1 {
			t.Errorf("%d ports for one leg", w.ports.count())
		}
		if ia.get("Call-ID") == ib.get("Call-ID") {
			t.Error("one Call-ID for two phones")
		}
		a.reply(ia, "180 Ringing", "a")
		b.reply(ib, "180 Ringing", "b")
		b.reply(ib, "200 OK", "b", b.contact(), sdpText("192.0.2.21", 1, "", "8"))
		cancel := a.next("CANCEL")
		if cancel.get("Reason") != `SIP;cause=200;text="Call completed elsewhere"` {
			t.Error(cancel.raw)
		}
		a.reply(cancel, "200 OK", "a")
		a.reply(ia, "487 Request Terminated", "a")
		a.next("ACK")
		b.next("ACK")
		w.expect(exchange.LegRinging{Leg: "o3-1"}, exchange.LegAnswered{Leg: "o3-1"})

		// One busy, one gone: busy is what the caller hears.
		w.edge.Ring(exchange.Ring{Leg: "o3-2", To: exchange.Destination{Extension: "201"}, Caller: exchange.Caller{Number: "202"}})
		ia, ib = a.next("INVITE"), b.next("INVITE")
		a.reply(ia, "486 Busy Here", "a")
		w.expect()
		b.reply(ib, "480 Temporarily Unavailable", "b")
		w.expect(exchange.LegRefused{Leg: "o3-2", Reason: exchange.RefusedBusy, SIP: 486})
	})
}

func TestNobodyRegistered(t *testing.T) {
	inWorld(t, func(w *world) {
		w.edge.Ring(exchange.Ring{Leg: "o3-1", To: exchange.Destination{Extension: "202"}})
		w.expect(exchange.LegRefused{Leg: "o3-1", Reason: exchange.RefusedUnreachable})
		if w.edge.Legs() != 0 {
			t.Error("the leg stays")
		}
	})
}

func TestRFC3261S22CarrierAsksForAPassword(t *testing.T) {
	for _, status := range []string{"401 Unauthorized", "407 Proxy Authentication Required"} {
		inWorld(t, func(w *world) {
			carrier := w.peer(carrierAddr)
			w.ring("o3-1", "+33612345678")
			inv := carrier.next("INVITE")
			name, answerName := "WWW-Authenticate", "Authorization"
			if status[0:3] == "407" {
				name, answerName = "Proxy-Authenticate", "Proxy-Authorization"
			}
			challenge := name + `: Digest realm="carrier", nonce="abc", algorithm=`
			carrier.reply(inv, status, "x", challenge+`MD5, qop="auth"`, challenge+`SHA-256, qop="auth"`)
			carrier.next("ACK")
			again := carrier.next("INVITE")
			c, err := digest.ParseCredentials(again.get(answerName))
			if err != nil || c.Algorithm != digest.SHA256 || c.Response != c.Expected("INVITE", "let me through") || again.get("CSeq") != "2 INVITE" || again.get("Call-ID") != inv.get("Call-ID") {
				t.Errorf("%v\n%s", err, again.raw)
			}
			carrier.reply(again, "200 OK", "y", carrier.contact(), sdpText("198.51.100.9", 1, "", "8"))
			if ack := carrier.next("ACK"); ack.get(answerName) == "" || ack.get("CSeq") != "2 ACK" {
				t.Error(ack.raw)
			}
			w.expect(exchange.LegAnswered{Leg: "o3-1"})
			w.edge.HangUp(exchange.HangUp{Leg: "o3-1"})
			bye := carrier.next("BYE")
			carrier.reply(bye, status, "", challenge+`MD5, qop="auth"`)
			again = carrier.next("BYE")
			if again.get(answerName) == "" || again.get("CSeq") != "4 BYE" {
				t.Error(again.raw)
			}
			carrier.reply(again, "200 OK", "")
			w.expect(exchange.LegEnded{Leg: "o3-1", Cause: exchange.EndedByBox})

			// A carrier that is never content is refused in the end.
			w.ring("o3-2", "+33612345678")
			for range 3 {
				carrier.reply(carrier.next("INVITE"), status, "x", challenge+`MD5, qop="auth"`)
			}
			w.expect(exchange.LegRefused{Leg: "o3-2", Reason: exchange.RefusedFailed, SIP: map[byte]int{'1': 401, '7': 407}[status[2]]})
		})
	}
}

func TestRFC3261S12_2_2RequestsInsideTheDialog(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		c, id := w.up(carrier, "inside")
		c.cseq = 40
		c.request("OPTIONS")
		carrier.next("SIP/2.0 200")
		c.numbered("OPTIONS", 5)
		carrier.next("SIP/2.0 500")
		c.request("INFO", "Content-Type: application/dtmf-relay", "BODY Signal=5\nDuration=160\n")
		carrier.next("SIP/2.0 200")
		w.expect(exchange.DigitPressed{Leg: id, Digit: "5", Via: "info"})
		c.request("INFO", "Content-Type: text/plain", "BODY hello")
		carrier.next("SIP/2.0 415")
		c.request("PRACK", "RAck: 1 1 INVITE")
		carrier.next("SIP/2.0 481")
		c.request("MESSAGE", "Content-Type: text/plain", "BODY hello")
		carrier.next("SIP/2.0 405")
		c.request("INVITE", "Require: precondition", sdpText("198.51.100.9", 1, "", "8"))
		carrier.next("SIP/2.0 420")
		to := c.to
		c.to = strings.Split(to, ";")[0] + ";tag=other"
		c.request("BYE")
		carrier.next("SIP/2.0 481")
		c.to = to
		c.from = strings.Split(c.from, ";")[0] + ";tag=other"
		c.request("BYE")
		carrier.next("SIP/2.0 481")
		w.expect()
	})
}

func TestRFC3261S8_2_2_2MergedRequest(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		c := carrier.call("merged", "sip:0612345678@x", "+33140506070")
		c.request("INVITE", sdpText("198.51.100.9", 1, "", "8"))
		w.offered()
		c.numbered("INVITE", 1, sdpText("198.51.100.9", 1, "", "8"))
		carrier.next("SIP/2.0 482")
		w.expect()
	})
}

func TestRFC3261S13_3_1_1CallThatWaitsIsRefreshed(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		c := carrier.call("patient", "sip:0612345678@x", "+33140506070")
		c.request("INVITE", sdpText("198.51.100.9", 1, "", "8"))
		o := w.offered()
		time.Sleep(61 * time.Second)
		carrier.next("SIP/2.0 182")
		w.edge.Progress(exchange.Progress{Leg: o.Leg})
		carrier.next("SIP/2.0 180")
		for range 3 {
			time.Sleep(61 * time.Second)
			carrier.next("SIP/2.0 180")
		}
		w.edge.Answer(exchange.Answer{Leg: o.Leg})
		carrier.next("SIP/2.0 200")
	})
}

func TestRFC3261S12_2_1_1RouteSet(t *testing.T) {
	for name, c := range map[string]struct {
		record      []string
		uri, routes string
	}{
		"loose":  {[]string{"Record-Route: <sip:198.51.100.9:5060;lr;x=2>", "Record-Route: <sip:198.51.100.8;lr;x=1>"}, "sip:dev@203.0.113.1:5060", "<sip:198.51.100.8;lr;x=1> <sip:198.51.100.9:5060;lr;x=2>"},
		"strict": {[]string{"Record-Route: <sip:198.51.100.9:5060>", "Record-Route: <sip:198.51.100.8>"}, "sip:198.51.100.8", "<sip:198.51.100.9:5060> <sip:dev@203.0.113.1:5060>"},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				carrier, next := w.peer(carrierAddr), w.peer("198.51.100.8:5060")
				w.ring("o3-1", "+33612345678")
				inv := carrier.next("INVITE")
				carrier.reply(inv, "200 OK", "x", append(c.record, "Contact: <sip:dev@203.0.113.1:5060>", sdpText("198.51.100.9", 1, "", "8"))...)
				ack := next.next("ACK")
				w.edge.HangUp(exchange.HangUp{Leg: "o3-1"})
				bye := next.next("BYE")
				for _, m := range []*text{ack, bye} {
					if m.uri() != c.uri || strings.Join(m.list("Route"), " ") != c.routes {
						t.Error(m.raw)
					}
				}
			})
		})
	}
}
