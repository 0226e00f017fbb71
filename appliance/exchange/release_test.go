package exchange

import (
	"testing"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

func TestAgentIsFreedWithTheReason(t *testing.T) {
	for r, code := range map[Refusal]string{RefusedBusy: "phone.busy", RefusedDeclined: "phone.declined"} {
		b := newBench(t)
		b.fromExtension("i1", "203", "201")
		b.step(LegRefused{Leg: ringOf(b).Leg, Reason: r})
		if f := lastTold[fact.AgentChanged](b); f.Agent != "ana" || f.Activity != "idle" || !hasCode(f.Reasons, code) {
			t.Errorf("%s: %+v", r, f)
		}
	}
	b := newBench(t)
	b.fromExtension("i1", "203", "201")
	b.step(LegRinging{Leg: ringOf(b).Leg})
	b.wait(20_000)
	if f := lastTold[fact.AgentChanged](b); f.Activity != "idle" || !hasCode(f.Reasons, "phone.no_answer") {
		t.Errorf("%+v", f)
	}
}

// A fault after an emergency call took a channel gives the channel back to the one who talked.
func TestFaultGivesThePreemptedCallBack(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Trunks[0].Channels = 1 })
	b.queued("i1")
	b.step(LegAnswered{Leg: ringOf(b).Leg})
	b.s.Plant(func(at string) {
		if at == "taken" {
			panic("planted")
		}
	})
	b.fromExtension("i2", "203", "18")
	b.s.Plant(nil)
	none[HangUp](b)
	if v := b.s.Calls()[0]; v.Phase != "talking" || v.Legs[0].State != "up" {
		t.Errorf("%+v", v)
	}
	if r := effect[Refuse](b); r.Leg != "i2" || r.Reason != RefusedFailed {
		t.Errorf("%+v", r)
	}
	if e := lastTold[fact.CallRouted](b); e.To != "refused" || !hasCode(e.Reasons, "exchange.fault") {
		t.Errorf("%+v", e)
	}
	if bad := b.s.Audit(); len(bad) > 0 {
		t.Error(bad)
	}
}

// A fault in the firing of an agent's timer still ends what the timer was for, and nothing else.
func TestFaultInAnAgentsTimer(t *testing.T) {
	plant := func(b *bench, ripe func() bool) {
		first := true
		b.s.Plant(func(at string) {
			if first && at == "taken" && ripe() {
				first = false
				panic("planted")
			}
		})
	}
	b := newBench(t)
	a := b.s.agent("bob")
	b.s.coolDown(a, "sales", 1_000, "busy")
	b.s.coolDown(a, "rescue", 9_000, "busy")
	b.s.coolDown(a, "rescue", 0, "none") // changes nothing
	plant(b, func() bool { return len(a.CoolDowns) == 1 })
	b.wait(1_000)
	b.s.Plant(nil)
	if len(a.CoolDowns) != 1 || a.CoolDowns[0].Queue != "rescue" {
		t.Errorf("%+v", a.CoolDowns)
	}
	if f := lastTold[fact.CallFaulted](b); f.Input != "timer_fired" || f.Call != "" {
		t.Errorf("%+v", f)
	}
	b.wait(8_000)
	if len(a.CoolDowns) != 0 || len(b.s.timers) != 0 {
		t.Errorf("%+v %v", a.CoolDowns, b.s.timers)
	}

	b = newBench(t)
	b.queued("i1")
	out := ringOf(b).Leg
	b.step(LegAnswered{Leg: out})
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	b.step(LegEnded{Leg: out, Cause: EndedByBox})
	if got := b.activity("ana"); got != "available/wrapup" {
		t.Fatal(got)
	}
	plant(b, func() bool { return b.activity("ana") == "available/idle" })
	b.wait(5_000)
	b.s.Plant(nil)
	if f := lastTold[fact.AgentChanged](b); f.Agent != "ana" || f.Activity != "idle" || !hasCode(f.Reasons, "exchange.fault") {
		t.Errorf("%+v", f)
	}
	if bad := b.s.Audit(); len(bad) > 0 {
		t.Error(bad)
	}

	b = newBench(t)
	b.s.agent("ana").Activity = agent.Talking // without a leg
	b.s.watch()
	plant(b, func() bool { return true })
	b.wait(checkRound)
	b.s.Plant(nil)
	if b.s.check == 0 {
		t.Error("after a fault in the healing round there is none any more")
	}
	b.wait(checkRound)
	if got := b.activity("ana"); got != "available/idle" {
		t.Error(got)
	}
}

func TestDeclarationAndTheTurn(t *testing.T) {
	b := newBench(t)
	since := func() int64 { return b.now - b.s.agent("ana").Since }
	b.wait(1_000)
	b.step(AgentDeclare{Agent: "ana"}) // was available: the turn stays
	if since() != 1_000 {
		t.Errorf("since %d", since())
	}
	b.step(AgentDeclare{Agent: "ana", Pause: "lunch"}) // the pause takes the turn only when it is over
	if since() != 1_000 {
		t.Errorf("since %d", since())
	}
	b.step(AgentDeclare{Agent: "ana"})
	if since() != 0 {
		t.Errorf("since %d", since())
	}
	b.wait(1_000)
	b.queued("i1")
	if o := lastTold[fact.OfferMade](b); o.Agent != "bob" {
		t.Fatalf("%+v", o)
	}
	b.step(LegRefused{Leg: ringOf(b).Leg, Reason: RefusedBusy}) // busy keeps the turn
	if got := b.now - b.s.agent("bob").Since; got != 2_000 {
		t.Errorf("since %d", got)
	}
}

// Somebody who left the site document while they talk takes no commands any more.
func TestLeavingAgentTakesNoCommands(t *testing.T) {
	b := newBench(t)
	b.queued("i1")
	b.step(LegAnswered{Leg: ringOf(b).Leg})
	next := branch()
	next.Revision, next.Agents = "rev2", next.Agents[1:]
	b.step(SiteChanged{Branch: next})
	for _, in := range []Input{AgentLogIn{Request: 1, Agent: "ana"}, AgentLogOut{Request: 1, Agent: "ana"}, AgentDeclare{Request: 1, Agent: "ana"}} {
		b.step(in)
		if r := effect[Reply](b); !hasCode(r.Refused, "agent.unknown") {
			t.Errorf("%T: %+v", in, r)
		}
		if len(b.last) != 1 {
			t.Errorf("%T: %+v", in, b.last)
		}
	}
	b = newBench(t)
	b.step(AgentLogOut{Request: 1, Agent: "ana"})
	for _, in := range []Input{AgentLogOut{Request: 2, Agent: "ana"}, AgentDeclare{Request: 2, Agent: "ana"}} {
		b.step(in)
		if r := effect[Reply](b); !hasCode(r.Refused, "agent.logged_out") {
			t.Errorf("%T: %+v", in, r)
		}
	}
}

func TestFaultsThatBelongToNoCallAreTold(t *testing.T) {
	for _, in := range []Input{PhoneReachable{Extension: "201"}, TrunkReachable{Trunk: "carrier"}, SiteChanged{Branch: Branch{Revision: "x"}}, MediaRestarted{}} {
		b := newBench(t)
		b.s.Plant(func(string) { panic("planted") })
		b.step(in)
		b.s.Plant(nil)
		if f := lastTold[fact.CallFaulted](b); f.Call != "" || f.Input != inputKind(in) || len(b.last) != 1 {
			t.Errorf("%T: %+v", in, b.last)
		}
		if b.s.Revision() != "rev1" || b.s.isDown("carrier") {
			t.Errorf("%T was not taken back", in)
		}
	}
}

func TestFaultInACommandIsAnswered(t *testing.T) {
	for _, c := range []struct {
		in   Input
		name string
	}{
		{AgentLogIn{Request: 7, By: "x", Agent: "ana"}, "agent.log_in"},
		{AgentLogOut{Request: 7, By: "x", Agent: "ana"}, "agent.log_out"},
		{AgentDeclare{Request: 7, By: "x", Agent: "ana"}, "agent.declare"},
		{CallHangUp{Request: 7, By: "x", Call: "3-9"}, "call.hang_up"},
		{CallRecord{Request: 7, By: "x", Call: "3-9"}, "call.record"},
	} {
		b := newBench(t)
		b.s.Plant(func(string) { panic("planted") })
		b.step(c.in)
		b.s.Plant(nil)
		if r := effect[Reply](b); r.Request != 7 || !hasCode(r.Refused, "exchange.fault") {
			t.Errorf("%T: %+v", c.in, r)
		}
		if f := lastTold[fact.CommandRefused](b); f.Command != c.name || f.By != "x" || f.Reasons[0].Detail != inputKind(c.in) {
			t.Errorf("%T: %+v", c.in, f)
		}
	}
}

func TestFaultInTheEndOfARecordingIsTheEndAllTheSame(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Queues[0].Record = true })
	b.queued("i1")
	b.step(LegAnswered{Leg: ringOf(b).Leg})
	rec := effect[StartRecording](b).Recording
	first := true
	b.s.Plant(func(at string) {
		if first && at == "input" {
			first = false
			panic("planted")
		}
	})
	b.step(RecordingStopped{Recording: rec, SoundMS: 40})
	b.s.Plant(nil)
	if f := lastTold[fact.RecordingEnded](b); f.Recording != string(rec) || f.SoundMS != 40 || f.Error != "exchange.fault" {
		t.Errorf("%+v", f)
	}
	if len(b.s.Recordings()) != 0 || b.s.Calls()[0].Recorded || b.s.order[0].Phase != call.Talking {
		t.Errorf("%+v", b.s.Calls())
	}
}

// A fault in the taking over of one call leaves the others to be taken over.
func TestFaultInTheResumingOfOneCall(t *testing.T) {
	b := newBench(t)
	b.queued("i1")
	one := ringOf(b).Leg
	b.step(LegAnswered{Leg: one})
	b.queued("i2")
	two := ringOf(b).Leg
	b.step(LegAnswered{Leg: two})
	data, err := b.s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if b.s, err = Restore(data); err != nil {
		t.Fatal(err)
	}
	first := true
	b.s.Plant(func(at string) {
		if first && at == "resume" {
			first = false
			panic("planted")
		}
	})
	b.effects, b.last = b.s.Resume(b.moment(), []plan.LegID{"i1", one, "i2", two})
	b.s.Plant(nil)
	b.facts = append(b.facts, b.last...)
	if f := lastTold[fact.CallFaulted](b); f.Call != "3-000001" || f.Input != "resume" {
		t.Errorf("%+v", f)
	}
	if v := b.s.Calls(); v[0].Phase != "closing" || v[1].Phase != "talking" {
		t.Errorf("%+v", v)
	}
	if bad := b.s.Audit(); len(bad) > 0 {
		t.Error(bad)
	}
}

func TestQueueWithoutWrapUpFreesAtOnce(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Queues[0].WrapUpMS = 0 })
	b.queued("i1")
	b.step(LegAnswered{Leg: ringOf(b).Leg})
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	if got := b.activity("ana"); got != "available/idle" {
		t.Error(got)
	}
	for _, x := range b.s.timers {
		if x.For == forWrapUp {
			t.Errorf("%+v", x)
		}
	}
}

func TestCallerGivesUpWhileAPhoneRings(t *testing.T) {
	for _, rings := range []bool{false, true} {
		b := newBench(t)
		b.fromExtension("i1", "203", "201")
		leg := ringOf(b).Leg
		want := fact.CallAbandoned
		if rings {
			b.step(LegRinging{Leg: leg})
			want = fact.CallCancelled
		}
		b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
		b.step(LegEnded{Leg: leg, Cause: EndedByBox})
		if e := lastTold[fact.CallEnded](b); e.Outcome != want || e.HungUpBy != "caller" || e.Stage != fact.StageNone {
			t.Errorf("rings %v: %+v", rings, e)
		}
	}
}

// Our CANCEL may be answered by the INVITE's own refusal (RFC 3261 §9.1): that is the end of the leg, and of the call.
func TestRefusalAfterCancelEndsTheCall_RFC3261_9_1(t *testing.T) {
	b := newBench(t)
	b.fromExtension("i1", "203", "201")
	leg := ringOf(b).Leg
	b.step(LegRinging{Leg: leg})
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	b.step(LegRefused{Leg: leg, Reason: RefusedFailed, SIP: 487})
	if e := lastTold[fact.CallEnded](b); e.Outcome != fact.CallCancelled {
		t.Errorf("%+v", e)
	}
	b.empty()
}
