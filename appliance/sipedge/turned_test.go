package sipedge

import (
	"strings"
	"sync"
	"testing"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/sipedge/leg/digest"
)

// What a call is refused before anybody knows of it, and who may speak inside a dialog.

func TestTurnedAwayCallsAreNoted(t *testing.T) {
	var mu sync.Mutex
	var noted []fact.Fact
	inSeededWorld(t, 1, func(c *Config) {
		c.Note = func(f fact.Fact) {
			mu.Lock()
			defer mu.Unlock()
			noted = append(noted, f)
		}
	}, func(w *world) {
		carrier := w.peer(carrierAddr)
		for i, c := range []struct {
			headers []string
			body    string
			want    fact.CallTurnedAway
		}{
			{nil, sdpText("198.51.100.9", 1, "", "18"), fact.CallTurnedAway{Trunk: "carrier", Status: 488, Reason: "media.refused"}},
			{nil, "v=0\nnonsense\n", fact.CallTurnedAway{Trunk: "carrier", Status: 400, Reason: "media.unreadable"}},
			{[]string{"Supported: timer", "Session-Expires: 30"}, sdpText("198.51.100.9", 1, "", "8"), fact.CallTurnedAway{Trunk: "carrier", Status: 422, Reason: "session.short"}},
		} {
			call := carrier.call(string(rune('a'+i)), "sip:0612345678@x", "+33140506070")
			call.request("INVITE", append(c.headers, c.body)...)
			carrier.next("SIP/2.0 4")
			call.numbered("ACK", 1)
			w.expect()
			mu.Lock()
			if len(noted) != 1 || noted[0] != fact.Fact(c.want) {
				t.Errorf("noted %+v, want %+v", noted, c.want)
			}
			noted = nil
			mu.Unlock()
		}
		phone := w.phone201()
		call := phone.call("p", "sip:201@192.0.2.1", "15")
		call.invite201(w, sdpText("192.0.2.20", 1, "", "9"))
		phone.next("SIP/2.0 488")
		mu.Lock()
		defer mu.Unlock()
		if len(noted) != 1 || noted[0] != fact.Fact(fact.CallTurnedAway{Extension: "201", Status: 488, Reason: "media.refused"}) {
			t.Errorf("%+v", noted)
		}
	})
}

// invite201 sends an INVITE with the password of 201.
func (c *call) invite201(w *world, body string) {
	w.t.Helper()
	c.request("INVITE", body)
	res := c.p.next("SIP/2.0 401")
	c.numbered("ACK", c.cseq)
	c.request("INVITE", authorization(w, res, "INVITE", c.uri), body)
}

func authorization(w *world, res *text, method, uri string) string {
	w.t.Helper()
	cr, err := digest.Answer(res.list("WWW-Authenticate"), "201", "correct horse 201", method, uri, "0a4f113b")
	if err != nil {
		w.t.Fatal(err)
	}
	return "Authorization: " + cr.String()
}

// RFC 3261 §22.1: inside a dialog, a phone that speaks from elsewhere shows its password before the leg hears it.
func TestRFC3261S22_1PhoneThatMovedShowsItsPassword(t *testing.T) {
	inWorld(t, func(w *world) {
		p, moved := w.phone201(), w.peer("192.0.2.77:5060")
		c := w.onPhone(p, "201", "o3-1")
		c.p = moved
		c.request("INVITE", sdpText("203.0.113.6", 2, "", "8"))
		res := moved.next("SIP/2.0 401")
		w.expect()
		if m := w.ports.of("o3-1"); m.Remote.Host != "192.0.2.20" {
			t.Errorf("a stranger moved the sound: %+v", m)
		}
		c.request("BYE")
		moved.next("SIP/2.0 401")
		w.expect()
		// From where it was it needs none, also with other ports.
		c.p = p
		c.request("OPTIONS")
		p.next("SIP/2.0 200")
		// With its password, and then without one.
		c.p = moved
		c.request("OPTIONS", authorization(w, res, "OPTIONS", c.uri))
		moved.next("SIP/2.0 200")
		c.request("UPDATE", sdpText("192.0.2.77", 3, "", "8"))
		moved.next("SIP/2.0 200")
		if m := w.ports.of("o3-1"); m.Remote.Host != "192.0.2.77" || m.Signalled != "192.0.2.77" {
			t.Errorf("its sound did not follow: %+v", m)
		}
		w.edge.HangUp(exchange.HangUp{Leg: "o3-1"})
		moved.reply(moved.next("BYE"), "200 OK", "") // where it is now
		w.expect(exchange.LegEnded{Leg: "o3-1", Cause: exchange.EndedByBox})
	})
}

// A carrier speaks from its networks only; nobody else ends its calls, cancels them or moves their sound.
func TestStrangersDoNotSpeakForACarrier(t *testing.T) {
	inWorld(t, func(w *world) {
		carrier, stranger := w.peer(carrierAddr), w.peer(strangeAddr)
		c, id := w.up(carrier, "safe")
		c.p = stranger
		c.request("BYE")
		stranger.next("SIP/2.0 403")
		w.expect()
		c.p = w.peer("198.51.100.77:5060") // another server of the carrier
		c.request("OPTIONS")
		c.p.next("SIP/2.0 200")
		c.p = carrier
		// An answer in the ACK of somebody else is none.
		late := carrier.call("late", "sip:0612345678@x", "+33140506070")
		late.request("INVITE")
		o := w.offered()
		w.edge.Answer(exchange.Answer{Leg: o.Leg})
		late.took(carrier.next("SIP/2.0 200"))
		late.p = stranger
		late.ack(sdpText("203.0.113.6", 1, "", "8"))
		w.expect()
		if m := w.ports.of(o.Leg); m != (plan.Media{}) {
			t.Errorf("%+v", m)
		}
		w.edge.HangUp(exchange.HangUp{Leg: id})
		carrier.next("BYE")
	})
}

func TestRFC5373PhonesLiftByThemselves(t *testing.T) {
	for agent, want := range map[string][]string{
		"Yealink SIP-T46U 108.86": {"<sip:192.0.2.1:5060>;answer-after=0", "<http://192.0.2.1:5060>;info=alert-autoanswer;delay=0", ""},
		"PolycomVVX-VVX_411/6.3":  {"", "Auto Answer", "Auto"},
		"Cisco/SPA504G":           {"<sip:192.0.2.1:5060>;answer-after=0", "", ""},
		"nobody knows":            {"<sip:192.0.2.1:5060>;answer-after=0", "<http://192.0.2.1:5060>;info=alert-autoanswer;delay=0", "Auto"},
	} {
		t.Run(agent, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p := w.peer(phoneAddr)
				p.register("201", "correct horse 201", "<sip:201@192.0.2.20:5062>\nUser-Agent: "+agent, 600)
				w.heard()
				w.edge.Ring(exchange.Ring{Leg: "o3-1", To: exchange.Destination{Extension: "201"}, AutoAnswer: true})
				inv := p.next("INVITE")
				if got := []string{inv.get("Call-Info"), inv.get("Alert-Info"), inv.get("Answer-Mode")}; strings.Join(got, "|") != strings.Join(want, "|") {
					t.Errorf("%q, want %q", got, want)
				}
				w.edge.Ring(exchange.Ring{Leg: "o3-2", To: exchange.Destination{Extension: "201"}})
				if inv := p.next("INVITE"); inv.get("Call-Info")+inv.get("Alert-Info")+inv.get("Answer-Mode") != "" {
					t.Error(inv.raw)
				}
			})
		})
	}
}
