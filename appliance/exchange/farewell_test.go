package exchange

import (
	"testing"

	"autocom/appliance/exchange/fact"
)

// TestAPhoneThatIsSlowToPutDownCostsNoTalk: the exchange hangs up, the phone confirms two seconds later. The call's times end at the hang-up.
func TestAPhoneThatIsSlowToPutDownCostsNoTalk(t *testing.T) {
	b := newBench(t)
	b.queued("i1")
	out := effect[Ring](b).Leg
	b.step(LegAnswered{Leg: out})
	b.wait(5_000)
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	effect[HangUp](b)
	b.wait(2_000)
	if n := len(told[fact.CallEnded](b)); n != 0 {
		t.Fatal("the call is over before its phone is")
	}
	b.step(LegEnded{Leg: out, Cause: EndedByBox})
	if e := lastTold[fact.CallEnded](b); e.TalkMS != 5_000 || e.TotalMS != 5_000 {
		t.Fatalf("%+v", e)
	}
	b.empty()
}

// TestALegThatWasLostAMomentAgoCostsNoTalk: the box itself found the leg dead, and told when its BYE had been given time.
func TestALegThatWasLostAMomentAgoCostsNoTalk(t *testing.T) {
	for _, c := range []struct{ ago, talk, hold int64 }{
		{2_000, 3_000, 1_000},
		{0, 5_000, 3_000},
		{-1_000, 5_000, 3_000},
		{4_000, 1_000, 0},
		{60_000, 0, 0},
	} {
		b := newBench(t)
		b.queued("i1")
		out := effect[Ring](b).Leg
		b.step(LegAnswered{Leg: out})
		b.wait(2_000)
		b.step(LegHeld{Leg: "i1", Held: true})
		b.wait(3_000)
		b.step(LegEnded{Leg: out, Cause: EndedMediaLost, AgoMS: c.ago})
		if p := lastTold[fact.BridgeParted](b); p.TalkMS != c.talk {
			t.Errorf("%+v: %+v", c, p)
		}
		b.step(LegEnded{Leg: "i1", Cause: EndedByBox})
		if e := lastTold[fact.CallEnded](b); e.Outcome != fact.CallAnswered || e.TalkMS != c.talk || e.TotalMS != c.talk || e.HoldMS != c.hold {
			t.Errorf("%+v: %+v", c, e)
		}
		b.empty()
	}
}
