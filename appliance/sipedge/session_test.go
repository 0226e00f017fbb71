package sipedge

import (
	"strings"
	"testing"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/plan"
)

// Offer and answer inside dialogs.

func TestRFC3264S8_4HoldInEveryForm(t *testing.T) {
	forms := map[string]struct {
		host, dir string
		want      plan.Direction
	}{
		"sendonly": {"198.51.100.9", "sendonly", plan.RecvOnly},
		"recvonly": {"198.51.100.9", "recvonly", plan.SendOnly},
		"inactive": {"198.51.100.9", "inactive", plan.Inactive},
		"0.0.0.0":  {"0.0.0.0", "sendrecv", plan.RecvOnly},
	}
	for name, f := range forms {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				carrier := w.peer(carrierAddr)
				c, id := w.up(carrier, "hold")
				c.request("INVITE", sdpText(f.host, 2, f.dir, "8"))
				res := carrier.next("SIP/2.0 200")
				c.ack()
				w.expect(exchange.LegHeld{Leg: id, Held: true})
				if m := w.ports.of(id); m.Direction != f.want {
					t.Errorf("direction %s, want %s", m.Direction, f.want)
				}
				if !strings.Contains(res.body, "a="+f.want.String()) {
					t.Errorf("answer:\n%s", res.body)
				}
				if first, second := c.answer.body, res.body; !strings.HasSuffix(lineOf(first, "o="), " 1 IN IP4 192.0.2.1") || !strings.HasSuffix(lineOf(second, "o="), " 2 IN IP4 192.0.2.1") {
					t.Errorf("versions:\n%s\n%s", lineOf(first, "o="), lineOf(second, "o="))
				}
				// Again without change: the same description, version and all (RFC 3264 §8).
				c.request("INVITE", sdpText(f.host, 2, f.dir, "8"))
				again := carrier.next("SIP/2.0 200")
				c.ack()
				if again.body != res.body {
					t.Errorf("refreshed with\n%s\nwas\n%s", again.body, res.body)
				}
				w.expect()
				c.request("INVITE", sdpText("198.51.100.9", 3, "sendrecv", "8"))
				carrier.next("SIP/2.0 200")
				c.ack()
				w.expect(exchange.LegHeld{Leg: id, Held: false})
				c.request("BYE")
				carrier.next("SIP/2.0 200")
			})
		})
	}
}

func TestRFC3261S13_2_1DelayedOffer(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		c := carrier.call("late", "sip:0612345678@x", "+33140506070")
		c.request("INVITE")
		o := w.offered()
		w.edge.Progress(exchange.Progress{Leg: o.Leg, Early: true})
		if r := carrier.next("SIP/2.0 180"); r.body != "" {
			t.Errorf("an offer in an unreliable response:\n%s", r.raw)
		}
		w.edge.Answer(exchange.Answer{Leg: o.Leg})
		c.took(carrier.next("SIP/2.0 200"))
		if !strings.Contains(c.answer.body, "m=audio 20002 RTP/AVP 8 0 101") {
			t.Fatalf("offer:\n%s", c.answer.body)
		}
		c.ack(sdpText("198.51.100.9", 1, "", "0"))
		w.expect(exchange.LegAnswered{Leg: o.Leg})
		if m := w.ports.of(o.Leg); m.Codec != plan.PCMU || m.Remote.Port != 40000 {
			t.Errorf("%+v", m)
		}
		// And later, from the other side of the conversation: a re-INVITE without offer.
		c.request("INVITE")
		r := carrier.next("SIP/2.0 200")
		if !strings.Contains(r.body, "m=audio 20002 RTP/AVP 0 8 101") {
			t.Errorf("offer:\n%s", r.body)
		}
		c.ack(sdpText("198.51.100.9", 2, "sendonly", "0"))
		w.expect(exchange.LegHeld{Leg: o.Leg, Held: true})
	})
}

func TestDelayedOfferWithoutAnAnswerIsEnded(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		c := carrier.call("mute", "sip:0612345678@x", "+33140506070")
		c.request("INVITE")
		o := w.offered()
		w.edge.Answer(exchange.Answer{Leg: o.Leg})
		c.took(carrier.next("SIP/2.0 200"))
		c.ack()
		carrier.reply(carrier.next("BYE"), "200 OK", "")
		w.expect(exchange.LegEnded{Leg: o.Leg, Cause: exchange.EndedMediaLost})
	})
}

func TestRFC3261S14_2RefusedReinviteChangesNothing(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		c, id := w.up(carrier, "g729")
		before := w.ports.of(id)
		c.request("INVITE", sdpText("203.0.113.7", 2, "sendonly", "18"))
		carrier.next("SIP/2.0 488")
		w.expect()
		if after := w.ports.of(id); after != before {
			t.Errorf("media was %+v, is %+v", before, after)
		}
		c.request("INVITE", "v=0\nnonsense\n")
		carrier.next("SIP/2.0 400")
		c.request("OPTIONS")
		carrier.next("SIP/2.0 200")
	})
}

func TestNoCodecInCommonIsNeverOffered(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		c := carrier.call("g722", "sip:0612345678@x", "+33140506070")
		c.request("INVITE", sdpText("198.51.100.9", 1, "", "9 18"))
		carrier.next("SIP/2.0 488")
		w.expect()
		if w.ports.opens != 0 || w.edge.Legs() != 0 {
			t.Errorf("%d ports opened, %d legs", w.ports.opens, w.edge.Legs())
		}
	})
}

func TestPeerMovesItsSound(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		c, id := w.up(carrier, "move")
		c.request("UPDATE", sdpText("198.51.100.44", 2, "", "8"))
		carrier.next("SIP/2.0 200")
		w.expect()
		if m := w.ports.of(id); m.Remote.Host != "198.51.100.44" {
			t.Errorf("%+v", m)
		}
		c.request("UPDATE")
		if r := carrier.next("SIP/2.0 200"); r.body != "" {
			t.Errorf("a refresh answered with\n%s", r.body)
		}
	})
}

func TestRFC3261S14_1ReinvitesMeet(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		c, id := w.up(carrier, "glare")
		w.ports.mu.Lock()
		delete(w.ports.open, id) // the media process restarted: another port
		w.ports.mu.Unlock()
		w.edge.MediaRestarted()
		ours := carrier.next("INVITE")
		if !strings.Contains(ours.body, "m=audio 20004") || !strings.Contains(ours.body, "o=- ") {
			t.Errorf("offer:\n%s", ours.body)
		}
		c.request("INVITE", sdpText("198.51.100.9", 2, "sendonly", "8"))
		carrier.next("SIP/2.0 491")
		began := time.Now()
		carrier.reply(ours, "491 Request Pending", "")
		carrier.next("ACK")
		ours = carrier.next("INVITE")
		if wait := time.Since(began); wait > 2100*time.Millisecond {
			t.Errorf("waited %s, who does not own the Call-ID waits 0 to 2 s", wait)
		}
		carrier.reply(ours, "200 OK", "", carrier.contact(), sdpText("198.51.100.9", 2, "", "8"))
		ack := carrier.next("ACK")
		carrier.reply(ours, "200 OK", "", carrier.contact(), sdpText("198.51.100.9", 2, "", "8"))
		if again := carrier.next("ACK"); again.raw != ack.raw {
			t.Errorf("RFC 3261 §13.2.2.4: acknowledged with\n%s\nthen with\n%s", ack.raw, again.raw)
		}
		w.expect()
		if m := w.ports.of(id); m.Remote.Port != 40000 {
			t.Errorf("%+v", m)
		}
	})
}

func TestMediaProcessComesBackAtTheSamePort(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		_, id := w.up(carrier, "same")
		w.ports.mu.Lock()
		delete(w.ports.media, id)
		w.ports.mu.Unlock()
		w.edge.MediaRestarted()
		w.expect()
		if m := w.ports.of(id); m.Remote.Port != 40000 {
			t.Errorf("the new process was not told: %+v", m)
		}
		carrier.none("INVITE")
	})
}

func TestMediaProcessIsAwayForAMoment(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		w.ports.failing = 5
		_, id := w.up(carrier, "away")
		time.Sleep(6 * time.Second)
		w.expect()
		if m := w.ports.of(id); m.Remote.Port != 40000 {
			t.Errorf("not told in the end: %+v", m)
		}
	})
}

func TestMediaProcessIsAwayForGood(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		w.ports.failing = 1000
		_, id := w.up(carrier, "gone")
		carrier.reply(carrier.next("BYE"), "200 OK", "")
		w.expect(exchange.LegEnded{Leg: id, Cause: exchange.EndedMediaLost})
	})
}

func TestNoMediaPort(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		w.ports.refuse = true
		c := carrier.call("noport", "sip:0612345678@x", "+33140506070")
		c.request("INVITE", sdpText("198.51.100.9", 1, "", "8"))
		carrier.next("SIP/2.0 503")
		w.edge.Ring(exchange.Ring{Leg: "o3-1", To: exchange.Destination{Trunk: "carrier", Number: "+33612345678"}})
		w.expect(exchange.LegRefused{Leg: "o3-1", Reason: exchange.RefusedMedia})
	})
}

func TestEarlySound(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier := w.peer(carrierAddr)
		c := carrier.call("early", "sip:0612345678@x", "+33140506070")
		c.request("INVITE", sdpText("198.51.100.9", 1, "", "8"))
		o := w.offered()
		w.edge.Progress(exchange.Progress{Leg: o.Leg, Early: true})
		r := carrier.next("SIP/2.0 183")
		if w.heard(); w.ports.of(o.Leg).Remote.Port != 40000 {
			t.Error("no early sound")
		}
		w.edge.Answer(exchange.Answer{Leg: o.Leg})
		c.took(carrier.next("SIP/2.0 200"))
		if c.answer.body != r.body {
			t.Errorf("RFC 3261 §13.2.1: the answer changed from\n%s\nto\n%s", r.body, c.answer.body)
		}
		c.ack()
		w.expect(exchange.LegAnswered{Leg: o.Leg})

		w.edge.Ring(exchange.Ring{Leg: "o3-1", To: exchange.Destination{Trunk: "carrier", Number: "+33612345678"}})
		inv := carrier.next("INVITE")
		carrier.reply(inv, "183 Session Progress", "e", carrier.contact(), sdpText("198.51.100.9", 1, "", "8"))
		w.expect(exchange.LegRinging{Leg: "o3-1", EarlyMedia: true})
	})
}

// lineOf is the line of a description that begins so.
func lineOf(sdp, begins string) string {
	for l := range strings.SplitSeq(sdp, "\r\n") {
		if strings.HasPrefix(l, begins) {
			return l
		}
	}
	return ""
}
