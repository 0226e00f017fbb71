package exchange

import (
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

func TestFullQueueIsAVisitToo(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Agents, x.Queues[0].MaxLength, x.Queues[1].MaxLength = nil, 1, 1 })
	b.queued("i1")
	b.queued("i2")
	before := len(told[fact.VisitEntered](b))
	b.fromTrunk("i3", "0140506071")
	in, out := told[fact.VisitEntered](b)[before:], told[fact.VisitEnded](b)
	if len(in) != 2 || in[0].Queue != "sales" || in[0].Visit != 1 || in[0].Position != 2 || in[1].Queue != "rescue" || in[1].Visit != 2 || in[1].Position != 2 {
		t.Errorf("entered %+v", in)
	}
	last := out[len(out)-2:]
	if last[0].Queue != "sales" || last[0].To != "rescue" || last[0].Outcome != fact.VisitFull || last[1].Queue != "rescue" || last[1].To != "" {
		t.Errorf("ended %+v", last)
	}
}

// Callers who come in the same ms are served in the order in which they came.
func TestSameMomentFirstComeFirstServed(t *testing.T) {
	b := newBench(t)
	for _, a := range []string{"ana", "bob"} {
		b.step(AgentDeclare{Agent: a, Pause: "lunch"})
	}
	for _, leg := range []string{"i1", "i2", "i3"} {
		b.fromTrunk(leg, "0140506071")
	}
	for _, leg := range []plan.LegID{"i3", "i1", "i2"} { // the ACKs come in another order
		b.step(LegAnswered{Leg: leg})
	}
	b.step(AgentDeclare{Agent: "ana"})
	if o := lastTold[fact.OfferMade](b); o.Call != "3-000001" {
		t.Errorf("offered %+v", o)
	}
	if got := []plan.CallID{b.s.waiting[0].ID, b.s.waiting[1].ID, b.s.waiting[2].ID}; got[1] != "3-000002" || got[2] != "3-000003" {
		t.Errorf("waiting %v", got)
	}
}

func TestCallerLeavesBeforeTheAnswerIsConfirmed(t *testing.T) {
	for dialled, stage := range map[string]fact.Stage{"0140506070": fact.StageAnnouncement, "0140506071": fact.StageQueue} {
		b := newBench(t)
		b.fromTrunk("i1", dialled)
		b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
		if e := lastTold[fact.CallEnded](b); e.Outcome != fact.CallAbandoned || e.Stage != stage {
			t.Errorf("%s: %+v", dialled, e)
		}
	}
}

func TestRepeatedOfferOfALegIsNoNewCall(t *testing.T) {
	b := newBench(t)
	b.fromTrunk("i1", "0140506071")
	b.fromTrunk("i1", "0140506071")
	if n := len(told[fact.CallOpened](b)); n != 1 || len(b.effects) != 0 {
		t.Errorf("%d calls, then %v", n, b.effects)
	}
}

func TestWelcomeThatNeverEndsIsCutShort(t *testing.T) {
	b := newBench(t)
	b.fromTrunk("i1", "0140506070")
	b.step(LegAnswered{Leg: "i1"})
	p := effect[Play](b)
	b.step(PromptDone{Leg: "i1", Token: p.Token + 1, Finished: true}) // another sound's end
	if v := b.s.Calls()[0]; v.Phase != "announcing" {
		t.Fatalf("%+v", v)
	}
	b.wait(promptLimit)
	if e := lastTold[fact.AnnouncementEnded](b); e.Finished || e.Error == "" || e.Leg != "i1" || e.Sound != "prompt:welcome" {
		t.Errorf("%+v", e)
	}
	if v := b.s.Calls()[0]; v.Phase != "queued" {
		t.Errorf("%+v", v)
	}
	b.step(PromptDone{Leg: "i1", Token: p.Token, Finished: true}) // it ends after all
	if n := len(told[fact.AnnouncementEnded](b)); n != 1 {
		t.Errorf("ended %d times", n)
	}
}

func TestRaisedEpochNumbersAnew(t *testing.T) {
	b := newBench(t)
	b.fromTrunk("i1", "0140506071")
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	b.step(Started{Epoch: 3}) // a planned restart
	b.fromTrunk("i2", "0140506071")
	if o := lastTold[fact.CallOpened](b); o.Call != "3-000002" {
		t.Errorf("%+v", o)
	}
	b.step(Started{Epoch: 4})
	b.fromExtension("i3", "201", "202")
	if o := lastTold[fact.CallOpened](b); o.Call != "4-000001" || effect[Ring](b).Leg != "o4-000001" {
		t.Errorf("%+v", o)
	}
}

func TestNoChannelLimitIsNone(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Trunks[0].Channels = 0 })
	for _, leg := range []string{"i1", "i2", "i3"} {
		b.fromTrunk(leg, "0140506071")
		effect[Answer](b)
	}
	b.fromExtension("i4", "202", "00612345678")
	if r := ringOf(b); r.To.Trunk != "carrier" {
		t.Errorf("%+v", r)
	}
}

func TestEmergencyWithoutALocalTrunk(t *testing.T) {
	for _, local := range []string{"", "gone"} {
		b := newBench(t, func(x *Branch) { x.Emergency.Trunk = local })
		b.fromExtension("i1", "203", "112")
		if r := ringOf(b); r.To.Trunk != "carrier" || r.Caller.Number != "+33140506070" || !r.Emergency {
			t.Errorf("%q: %+v", local, r)
		}
	}
}

// 112 is owed whatever the document says; what it says stays.
func TestEmergencyNumbersOfTheDocument(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Emergency.Numbers = []string{"18"} })
	for dialled, emergency := range map[string]bool{"18": true, "112": true, "15": false} {
		b.fromExtension("i"+dialled, "201", dialled)
		if o := lastTold[fact.CallRouted](b); (o.To == "emergency") != emergency {
			t.Errorf("%s: %+v", dialled, o)
		}
	}
	b = newBench(t, func(x *Branch) { x.Emergency.Numbers = nil })
	b.fromExtension("i1", "201", "15")
	if o := lastTold[fact.CallRouted](b); o.To != "emergency" {
		t.Errorf("%+v", o)
	}
}

func TestWelcomeThatEndedHasNoGuard(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Agents, x.Queues[0].MaxWaitMS = nil, 0 })
	b.fromTrunk("i1", "0140506070")
	b.step(LegAnswered{Leg: "i1"})
	b.step(PromptDone{Leg: "i1", Token: effect[Play](b).Token, Finished: true})
	effect[StopTimer](b)
	if len(b.s.timers) != 0 {
		t.Errorf("%+v", b.s.timers)
	}
}

// A fault right after a call came in ends that call; without the note of what is worked on it would end none.
func TestFaultInAnInternalCallThatJustCame(t *testing.T) {
	b := newBench(t)
	b.queued("i1")
	b.step(LegAnswered{Leg: ringOf(b).Leg})
	b.s.Plant(func(at string) {
		if at == "taken" {
			panic("planted")
		}
	})
	b.fromExtension("i2", "203", "202")
	b.s.Plant(nil)
	if v := b.s.Calls(); len(v) != 2 || v[0].Phase != "talking" || v[1].Phase != "closing" {
		t.Errorf("%+v", v)
	}
	if got := b.activity("bob"); got != "available/idle" {
		t.Error(got)
	}
}

func TestFlowOfACall(t *testing.T) {
	for _, c := range []struct{ from, dialled, flow string }{
		{"", "0140506071", "inbound"},
		{"", "0140506099", "inbound"},
		{"201", "202", "internal"},
		{"201", "299", "internal"},
		{"201", "00612345678", "outbound"},
		{"203", "00612345678", "outbound"}, // refused: it may not
		{"203", "112", "outbound"},
	} {
		b := newBench(t)
		if c.from == "" {
			b.fromTrunk("i1", c.dialled)
		} else {
			b.fromExtension("i1", c.from, c.dialled)
		}
		if o := lastTold[fact.CallOpened](b); o.Flow != c.flow || o.Extension != c.from {
			t.Errorf("%+v: %+v", c, o)
		}
	}
}

func TestCallerLeavesDuringTheWelcomeWhichWasNotHeardOut(t *testing.T) {
	b := newBench(t)
	b.fromTrunk("i1", "0140506070")
	b.step(LegAnswered{Leg: "i1"})
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	if e := lastTold[fact.AnnouncementEnded](b); e.Finished || e.Error != "" {
		t.Errorf("%+v", e)
	}
}
