package exchange

import (
	"testing"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// TestPickUpByCommand: the phone of whoever asks is rung, and has the call once it is lifted.
func TestPickUpByCommand(t *testing.T) {
	t.Run("a phone that rings", func(t *testing.T) {
		b := newBench(t)
		b.fromTrunk("i1", "+33140506072") // ana's own number
		ana := ringOf(b).Leg
		b.step(LegRinging{Leg: ana})
		b.step(CallPickUp{Request: 1, By: "agent:bob", Agent: "bob", Ringing: "201"})
		r := ringOf(b)
		if r.To.Extension != "202" || !r.AutoAnswer || r.Caller.Number == "" {
			t.Errorf("%+v", r)
		}
		none[HangUp](b) // until bob lifts, ana may
		b.step(LegAnswered{Leg: r.Leg})
		if h := effect[HangUp](b); h.Leg != ana || !h.AnsweredElsewhere {
			t.Errorf("%+v", h)
		}
		if h := b.hearing(); h["i1"] != string(r.Leg) || h[r.Leg] != "i1" {
			t.Errorf("%v", h)
		}
		if got := b.activity("bob"); got != "available/talking" {
			t.Error(got)
		}
		if f := lastTold[fact.LegReplaced](b); f.Leg != string(ana) || !f.Early || f.Extension != "202" {
			t.Errorf("%+v", f)
		}
		b.step(LegEnded{Leg: ana, Cause: EndedByBox})
		b.step(LegAnswered{Leg: "i1"})
		b.step(LegEnded{Leg: r.Leg, Cause: EndedByPeer})
		b.step(LegEnded{Leg: "i1", Cause: EndedByBox})
		b.empty()
	})
	t.Run("a queue's call, by a member", func(t *testing.T) {
		b := newBench(t)
		b.queued("i1")
		ana := ringOf(b).Leg
		b.step(LegRinging{Leg: ana})
		b.step(CallPickUp{Request: 1, By: "agent:bob", Agent: "bob", Call: "3-000001"})
		r := ringOf(b)
		b.step(LegAnswered{Leg: r.Leg})
		if f := lastTold[fact.OfferEnded](b); f.Outcome != fact.OfferLostRace {
			t.Errorf("%+v", f)
		}
		if f := lastTold[fact.VisitEnded](b); f.Outcome != fact.VisitAnswered || f.Agent != "bob" {
			t.Errorf("%+v", f)
		}
		b.sound()
	})
	t.Run("a parked party", func(t *testing.T) {
		b, _ := parkedBy(t)
		b.step(CallPickUp{Request: 1, By: "console", Extension: "203", Slot: "098"})
		r := ringOf(b)
		if r.Label != "098" {
			t.Errorf("%+v", r)
		}
		b.step(LegAnswered{Leg: r.Leg})
		if h := b.hearing(); h["i1"] != string(r.Leg) {
			t.Errorf("%v", h)
		}
		b.sound()
	})
	t.Run("somebody else was faster", func(t *testing.T) {
		b, _ := parkedBy(t)
		b.step(CallPickUp{Request: 1, By: "agent:bob", Agent: "bob", Slot: "098"})
		bob := ringOf(b).Leg
		b.fromExtension("i2", "203", "098")
		b.step(LegAnswered{Leg: bob})
		if h := b.hearing(); h[bob] != "tone:busy" {
			t.Errorf("%v", h)
		}
		b.wait(dismissal)
		b.step(LegEnded{Leg: bob, Cause: EndedByBox})
		if f := lastTold[fact.CallEnded](b); f.Call != "3-000002" || f.Outcome != fact.CallFailed {
			t.Errorf("%+v", f)
		}
		b.sound()
	})
	t.Run("nobody lifts", func(t *testing.T) {
		b, _ := parkedBy(t)
		b.step(CallPickUp{Request: 1, By: "agent:bob", Agent: "bob", Slot: "098"})
		b.step(LegRefused{Leg: ringOf(b).Leg, Reason: RefusedDeclined})
		if len(b.s.order) != 1 || b.s.order[0].Phase != call.Parked || b.activity("bob") != "available/idle" {
			t.Errorf("%+v, bob is %s", b.s.Calls(), b.activity("bob"))
		}
		b.sound()
	})
}

func TestPickUpByCommandIsRefused(t *testing.T) {
	cases := []struct {
		name string
		ask  CallPickUp
		want string
	}{
		{"nothing", CallPickUp{Agent: "bob"}, "call.unknown"},
		{"no such call", CallPickUp{Agent: "bob", Call: "3-9"}, "call.unknown"},
		{"nothing rings there", CallPickUp{Agent: "bob", Ringing: "203"}, "call.unknown"},
		{"nobody is parked there", CallPickUp{Agent: "bob", Slot: "098"}, "call.unknown"},
		{"one's own phone", CallPickUp{Agent: "ana", Ringing: "201"}, "line.in_use"},
		{"nobody", CallPickUp{Agent: "zoe", Ringing: "201"}, "agent.unknown"},
		{"nowhere", CallPickUp{Extension: "299", Ringing: "201"}, "extension.unknown"},
		{"not in the queue", CallPickUp{Extension: "203", Ringing: "201"}, "pickup.not_in_queue"},
		{"not even for the console", CallPickUp{By: "console", Extension: "203", Ringing: "201"}, "pickup.not_in_queue"},
		{"their supervisor", CallPickUp{By: "supervisor:sam", Extension: "203", Ringing: "201"}, ""},
		{"another's supervisor", CallPickUp{By: "supervisor:lea", Extension: "203", Ringing: "201"}, "pickup.not_in_queue"},
		{"in the queue", CallPickUp{By: "agent:bob", Agent: "bob", Ringing: "201"}, ""},
		{"in the wrap-up", CallPickUp{By: "agent:bob", Agent: "bob", Call: "3-000001"}, ""},
	}
	for _, c := range cases {
		b := newBench(t, supervised, parking)
		b.queued("i1")
		b.step(LegRinging{Leg: ringOf(b).Leg})
		c.ask.Request = 1
		b.step(c.ask)
		if got := b.refused(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	b, _ := inTalk(t)
	b.step(CallPickUp{Request: 1, Agent: "bob", Call: "3-000001"})
	if got := b.refused(); got != "pickup.nothing" {
		t.Error(got)
	}
}

// TestPull: a supervisor gives a waiting caller to a phone, past the order of the queue.
func TestPull(t *testing.T) {
	b := newBench(t, supervised)
	for _, a := range []string{"ana", "bob"} {
		b.step(AgentDeclare{Agent: a, Pause: "lunch"})
	}
	b.queued("i1")
	b.wait(1_000)
	b.queued("i2")
	b.wait(1_000)
	ask := func(in CallPull, want string) {
		t.Helper()
		in.Request = 1
		b.step(in)
		if got := b.refused(); got != want {
			t.Errorf("%+v: %q, want %q", in, got, want)
		}
	}
	ask(CallPull{By: "supervisor:sam", Call: "3-9"}, "call.unknown")
	ask(CallPull{By: "supervisor:lea", Call: "3-000002", Extension: "203"}, "rights.missing")
	ask(CallPull{By: "agent:ana", Call: "3-000002", Agent: "ana"}, "rights.no_supervisor")
	ask(CallPull{By: "supervisor:sam", Call: "3-000002", Extension: "299"}, "extension.unknown")
	ask(CallPull{By: "supervisor:sam", Call: "3-000002", Extension: "203"}, "")
	sam := ringOf(b).Leg
	b.step(LegAnswered{Leg: sam})
	if f := lastTold[fact.VisitEnded](b); f.Call != "3-000002" || f.Outcome != fact.VisitAnswered || f.WaitMS != 1_000 {
		t.Errorf("%+v", f)
	}
	if h := b.hearing(); h["i2"] != string(sam) {
		t.Errorf("%v", h)
	}
	ask(CallPull{By: "supervisor:sam", Call: "3-000002", Extension: "203"}, "call.not_waiting")
	ask(CallPull{By: "supervisor:sam", Call: "3-000001", Agent: "ana"}, "") // even in a pause: a person decided
	b.step(LegAnswered{Leg: ringOf(b).Leg})
	if got := b.activity("ana"); got != "pause/talking" {
		t.Error(got)
	}
	b.sound()
}

// TestPickUpByWhomAnotherCallIsPresented: an agent whose phone is called for one caller picks up another (RFC 3891): the first goes on to somebody else
// without blame, and the agent is in one call.
func TestPickUpByWhomAnotherCallIsPresented(t *testing.T) {
	b := newBench(t)
	b.queued("i1")
	first := lastTold[fact.OfferMade](b)
	b.queued("i2")
	second := lastTold[fact.OfferMade](b)
	if first.Agent != "ana" || second.Agent != "bob" {
		t.Fatal(first.Agent, second.Agent)
	}
	b.step(LegOffered{Leg: "p1", Origin: Origin{FromExtension, "201"}, Replaces: plan.LegID(second.Leg)})
	b.sound()
	if f := lastTold[fact.VisitEnded](b); f.Call != second.Call || f.Agent != "ana" {
		t.Errorf("%+v", f)
	}
	a := b.s.agent("ana")
	if a.Activity != agent.Talking || string(a.Call) != second.Call {
		t.Errorf("ana is %s in %s", a.Activity, a.Call)
	}
	for _, f := range told[fact.OfferEnded](b) {
		if f.Call == first.Call && (f.Agent != "ana" || f.Outcome != fact.OfferCancelled) {
			t.Errorf("%+v", f)
		}
	}
	if a.Misses != 0 || len(a.CoolDowns) != 0 {
		t.Errorf("blamed: %+v", a)
	}
}

// TestPullKeepsItsCaller: who is pulled is offered to nobody, and to no other supervisor, until the phone is lifted or rings no more.
func TestPullKeepsItsCaller(t *testing.T) {
	pulled := func(change ...func(*Branch)) (*bench, plan.LegID) {
		b := newBench(t, append(change, supervised)...)
		b.step(AgentDeclare{Agent: "bob", Pause: "lunch"})
		b.queued("i1") // it rings at ana's
		b.step(CallPull{Request: 1, By: "supervisor:sam", Call: "3-000001", Extension: "203"})
		if got := b.refused(); got != "" {
			t.Fatal(got)
		}
		b.sound()
		if f := lastTold[fact.OfferEnded](b); f.Agent != "ana" || f.Outcome != fact.OfferCancelled {
			t.Errorf("%+v", f)
		}
		sam := plan.LegID(lastTold[fact.LegOpened](b).Leg)
		b.step(LegEnded{Leg: "o3-000001", Cause: EndedByBox}) // ana's phone is quiet
		return b, sam
	}
	b, sam := pulled()
	offers := len(told[fact.OfferMade](b))
	b.step(AgentDeclare{Agent: "bob"}) // two agents are free, and another supervisor would have them
	b.step(CallPull{Request: 1, By: "console", Call: "3-000001", Extension: "202"})
	if got := b.refused(); got != "call.pulled" {
		t.Error(got)
	}
	b.step(CallPickUp{Request: 1, By: "console", Call: "3-000001", Extension: "202"})
	if got := b.refused(); got != "call.pulled" {
		t.Error(got)
	}
	if n := len(told[fact.OfferMade](b)); n != offers {
		t.Errorf("offered all the same: %d", n-offers)
	}
	b.step(LegAnswered{Leg: sam})
	b.sound()
	if h := b.hearing(); h["i1"] != string(sam) {
		t.Errorf("%v", h)
	}

	for name, lost := range map[string]func(b *bench, sam plan.LegID){
		"nobody lifts": func(b *bench, _ plan.LegID) { b.wait(20_000) },
		"declined":     func(b *bench, sam plan.LegID) { b.step(LegRefused{Leg: sam, Reason: RefusedDeclined}) },
	} {
		b, sam := pulled()
		lost(b, sam)
		b.sound()
		if f := lastTold[fact.OfferMade](b); f.Agent != "ana" || f.Offer != 2 {
			t.Errorf("%s: %+v", name, f)
		}
	}

	b, sam = pulled() // the caller leaves: the phone rings no more
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	b.sound()
	rings := true
	for _, e := range b.effects {
		if h, ok := e.(HangUp); ok && h.Leg == sam {
			rings = false
		}
	}
	if rings {
		t.Errorf("203 rings for nobody: %s", show(b.effects))
	}

	b, _ = pulled(func(x *Branch) { x.Queues[0].MaxWaitMS = 5_000 }) // the longest wait is over meanwhile: the overflow has them afterwards
	b.wait(10_000)
	if f := lastTold[fact.VisitEntered](b); f.Queue != "sales" {
		t.Errorf("%+v", f)
	}
	b.wait(10_000)
	b.sound()
	if f := lastTold[fact.VisitEntered](b); f.Queue != "rescue" {
		t.Errorf("%+v", f)
	}
}

// TestPickUpOfAPhoneThatDoesNotRingYet: by its call, a phone can be picked up that was called and said nothing so far, and one that is done ringing cannot.
func TestPickUpOfAPhoneThatDoesNotRingYet(t *testing.T) {
	b := newBench(t)
	b.fromTrunk("i1", "+33140506072")
	ana := ringOf(b).Leg
	b.step(CallPickUp{Request: 1, By: "agent:bob", Agent: "bob", Call: "3-000001"})
	if got := b.refused(); got != "" {
		t.Fatal(got)
	}
	mine := ringOf(b).Leg
	b.step(LegAnswered{Leg: mine})
	if h := effect[HangUp](b); h.Leg != ana {
		t.Errorf("%+v", h)
	}
	b.step(LegAnswered{Leg: "i1"})
	b.sound()
	b.step(CallPickUp{Request: 2, By: "console", Extension: "203", Call: "3-000001"}) // they talk
	if got := b.refused(); got != "pickup.nothing" {
		t.Error(got)
	}
	b.step(CallPickUp{Request: 3, By: "console", Extension: "203", Ringing: "201"})
	if got := b.refused(); got != "call.unknown" {
		t.Error(got)
	}
}
