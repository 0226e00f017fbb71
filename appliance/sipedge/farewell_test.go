package sipedge

import (
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"autocom/appliance/exchange"
)

// tearsDown lets a phone take 300 ms to put a call down, in which it answers 486 to whatever INVITE reaches it.
func (p *peer) tearsDown() {
	p.w.t.Helper()
	for range 30 {
		synctest.Wait()
		p.mu.Lock()
		var early *text
		for i, m := range p.in {
			if strings.HasPrefix(m.first, "INVITE") {
				early = m
				p.in = append(p.in[:i:i], p.in[i+1:]...)
				break
			}
		}
		p.mu.Unlock()
		if early != nil {
			p.reply(early, "486 Busy Here", "busy")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// inWaitingWorld is a world in which another call waits for extension 201: as soon as o3-1 is told to be over, it rings there.
func inWaitingWorld(t *testing.T, f func(w *world, phone *peer)) {
	t.Helper()
	var e atomic.Pointer[Edge]
	inSeededWorld(t, 1, func(c *Config) {
		tell := c.Tell
		c.Tell = func(in exchange.Input) {
			tell(in)
			if end, ok := in.(exchange.LegEnded); ok && end.Leg == "o3-1" {
				e.Load().Ring(exchange.Ring{Leg: "o3-2", To: exchange.Destination{Extension: "201"}, Caller: exchange.Caller{Number: "+33612345679"}})
			}
		}
	}, func(w *world) {
		e.Store(w.edge)
		phone := w.peer(phoneAddr)
		phone.register("201", "correct horse 201", "<sip:201@192.0.2.20:5062>", 600)
		w.heard()
		w.edge.Ring(exchange.Ring{Leg: "o3-1", To: exchange.Destination{Extension: "201"}, Caller: exchange.Caller{Number: "+33612345678"}})
		f(w, phone)
	})
}

func TestTheNextInviteNeverOvertakesTheBye(t *testing.T) {
	inWaitingWorld(t, func(w *world, phone *peer) {
		phone.reply(phone.next("INVITE"), "200 OK", "p", phone.contact(), sdpText("192.0.2.20", 1, "", "8"))
		phone.next("ACK")
		w.expect(exchange.LegAnswered{Leg: "o3-1"})
		w.edge.HangUp(exchange.HangUp{Leg: "o3-1"})
		bye := phone.next("BYE")
		if n := phone.count("INVITE"); n != 1 {
			t.Fatalf("the next INVITE overtook the BYE: %v", phone.firsts())
		}
		phone.tearsDown()
		w.expect()
		phone.reply(bye, "200 OK", "")
		phone.reply(phone.next("INVITE"), "180 Ringing", "p2", phone.contact())
		w.expect(exchange.LegEnded{Leg: "o3-1", Cause: exchange.EndedByBox}, exchange.LegRinging{Leg: "o3-2"})
	})
}

func TestTheNextInviteNeverOvertakesTheCancel(t *testing.T) {
	inWaitingWorld(t, func(w *world, phone *peer) {
		inv := phone.next("INVITE")
		phone.reply(inv, "180 Ringing", "p", phone.contact())
		w.expect(exchange.LegRinging{Leg: "o3-1"})
		w.edge.HangUp(exchange.HangUp{Leg: "o3-1"})
		cancel := phone.next("CANCEL")
		if n := phone.count("INVITE"); n != 1 {
			t.Fatalf("the next INVITE overtook the CANCEL: %v", phone.firsts())
		}
		phone.reply(cancel, "200 OK", "p")
		phone.tearsDown()
		w.expect()
		phone.reply(inv, "487 Request Terminated", "p")
		phone.reply(phone.next("INVITE"), "180 Ringing", "p2", phone.contact())
		w.expect(exchange.LegEnded{Leg: "o3-1", Cause: exchange.EndedByBox}, exchange.LegRinging{Leg: "o3-2"})
	})
}

// TestAPhoneThatVanishesHoldsItsLineTwoSeconds: the BYE goes unanswered, the exchange is told all the same.
func TestAPhoneThatVanishesHoldsItsLineTwoSeconds(t *testing.T) {
	inWaitingWorld(t, func(w *world, phone *peer) {
		phone.reply(phone.next("INVITE"), "200 OK", "p", phone.contact(), sdpText("192.0.2.20", 1, "", "8"))
		phone.next("ACK")
		w.expect(exchange.LegAnswered{Leg: "o3-1"})
		w.edge.HangUp(exchange.HangUp{Leg: "o3-1"})
		phone.next("BYE")
		if w.ports.count() != 0 {
			t.Error("the media port waits for the phone")
		}
		time.Sleep(1900 * time.Millisecond)
		w.expect()
		time.Sleep(200 * time.Millisecond)
		w.expect(exchange.LegEnded{Leg: "o3-1", Cause: exchange.EndedByBox})
		phone.next("INVITE")
	})
}
