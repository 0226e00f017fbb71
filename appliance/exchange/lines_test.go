package exchange

import (
	"testing"

	"autocom/appliance/exchange/fact"
)

// TestBusyElsewhere: FEATURES §2.2, OffPlatformBusy; the guide: « il a un appel hors Voice Management […] ». Until the phone takes a call of
// ours, or for a while, no queue offers anything.
func TestBusyElsewhere(t *testing.T) {
	busy := func() *bench {
		b := newBench(t)
		b.queued("i1")
		b.step(LegRefused{effect[Ring](b).Leg, RefusedBusy, 486})
		if a := b.s.agent("ana"); a.Line != "off_platform_busy" {
			t.Fatalf("%+v", a)
		}
		return b
	}
	b := busy()
	b.wait(10_000)
	if f := b.s.agent("ana"); f.Line != "registered" {
		t.Errorf("%+v", f)
	}
	b = busy()
	b.fromExtension("i2", "203", "201") // a colleague calls: it is not a queue that asks
	r := effect[Ring](b)
	b.step(LegRinging{Leg: r.Leg})
	if f := lastTold[fact.AgentChanged](b); b.s.agent("ana").Line != "registered" {
		t.Errorf("%+v", f)
	}
	b = busy()
	b.step(PhoneReachable{Extension: "201"})
	if f := lastTold[fact.AgentChanged](b); f.Line != "unregistered" {
		t.Errorf("%+v", f)
	}
	b.step(AgentLogIn{Agent: "ana", Extension: "203"})
	if f := lastTold[fact.AgentChanged](b); f.Line != "registered" { // it was that phone that was busy
		t.Errorf("%+v", f)
	}
}

// TestBusyWithOurCall: a phone that says busy because of a call of ours is busy here, not elsewhere.
func TestBusyWithOurCall(t *testing.T) {
	b := newBench(t)
	b.talks()
	b.fromExtension("i2", "203", "201")
	if r := effect[Refuse](b); r.Reason != RefusedBusy { // without asking the phone, which might ring for a second call
		t.Errorf("%+v", r)
	}
	if f := b.s.agent("ana"); f.Line != "registered" {
		t.Errorf("%+v", f)
	}
}
