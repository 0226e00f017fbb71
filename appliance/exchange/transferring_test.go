package exchange

import (
	"slices"
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/transfer"
)

// talking brings a caller on leg i1 from the queue to ana, and gives ana's leg.
func talking(t *testing.T, change ...func(*Branch)) (*bench, plan.LegID) {
	t.Helper()
	b := newBench(t, change...)
	b.queued("i1")
	ana := ringOf(b).Leg
	b.step(LegAnswered{Leg: ana})
	return b, ana
}

// sound fails when a promise of the exchange does not hold.
func (b *bench) sound() {
	b.t.Helper()
	if bad := b.s.Audit(); len(bad) > 0 {
		b.t.Fatal(bad)
	}
}

// refer asks for a transfer and holds the first word on it.
func (b *bench) refer(in LegReferred, want ReferState, why Refusal) {
	b.t.Helper()
	b.step(in)
	for _, e := range b.effects {
		if r, ok := e.(ReferTold); ok {
			if r.Leg != in.Leg || r.Refer != in.Refer || r.State != want || r.Reason != why {
				b.t.Fatalf("told %+v, want %s %s", r, want, why)
			}
			b.sound()
			return
		}
	}
	b.t.Fatalf("nothing was told: %s", show(b.effects))
}

// hearing is the plan of the last step, by leg: whom or what it hears.
func (b *bench) hearing() map[plan.LegID]string {
	out := map[plan.LegID]string{}
	for _, e := range b.effects {
		p, ok := e.(SetPlan)
		if !ok {
			continue
		}
		for _, h := range p.Plan.Legs {
			out[h.Leg] = string(h.Sound)
			for _, f := range h.From {
				out[h.Leg] = string(f)
			}
		}
	}
	return out
}

// TestBlindTransferKeepsTheReferrer: FEATURES §4.2.
func TestBlindTransferKeepsTheReferrer(t *testing.T) {
	b, ana := talking(t)
	b.wait(10_000)
	b.refer(LegReferred{Leg: ana, Refer: 1, To: "203"}, ReferAccepted, "")
	r := effect[Ring](b)
	if r.To.Extension != "203" || r.Caller.Number != "+33612345678" || r.Label != "Ana" || r.Diverted != (Diversion{}) || r.Hops != 69 {
		t.Errorf("rings %+v", r)
	}
	if h := b.hearing(); h["i1"] != "music:sales" || h[ana] != "tone:ringback" {
		t.Errorf("hears %v", h)
	}
	b.step(LegRinging{Leg: r.Leg})
	if e := effect[ReferTold](b); e.State != ReferRinging {
		t.Errorf("%+v", e)
	}
	if got := b.activity("ana"); got != "available/transferring" {
		t.Errorf("ana is %s while her transfer rings", got)
	}
	b.step(LegReferred{Leg: ana, Refer: 1, To: "203"}) // the REFER again
	none[ReferTold](b)
	b.step(LegReferred{Leg: ana, Refer: 2, To: "202"}) // another one
	if e := effect[ReferTold](b); e.State != ReferRefused || e.Refer != 2 {
		t.Errorf("%+v", e)
	}
	b.step(LegAnswered{Leg: r.Leg})
	if e := effect[ReferTold](b); e.State != ReferDone {
		t.Errorf("%+v", e)
	}
	if e := effect[HangUp](b); e.Leg != ana {
		t.Errorf("%+v", e)
	}
	if h := b.hearing(); h["i1"] != string(r.Leg) || h[r.Leg] != "i1" {
		t.Errorf("hears %v", h)
	}
	if got := b.activity("ana"); got != "available/wrapup" {
		t.Errorf("ana is %s after her part", got)
	}
	b.sound()
	b.wait(20_000)
	b.step(LegEnded{Leg: ana, Cause: EndedByBox})
	b.step(LegEnded{Leg: r.Leg, Cause: EndedByPeer})
	b.step(LegEnded{Leg: "i1", Cause: EndedByBox})
	if e := lastTold[fact.CallEnded](b); e.Outcome != fact.CallAnswered || e.TalkMS != 30_000 || e.HungUpBy != "called" {
		t.Errorf("%+v", e)
	}
	b.empty()
}

// TestTransferIsRefused: FEATURES §4.5, and each other reason why nothing changes.
func TestTransferIsRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		in     LegReferred
		change func(*Branch)
		want   Refusal
		code   string
	}{
		{name: "emergency number", in: LegReferred{To: "112"}, want: RefusedForbidden, code: "transfer.emergency"},
		{name: "emergency number with the prefix", in: LegReferred{To: "015"}, want: RefusedForbidden, code: "transfer.emergency"},
		{name: "no such extension", in: LegReferred{To: "299"}, want: RefusedNoNumber, code: "number.no_extension"},
		{name: "oneself", in: LegReferred{To: "201"}, want: RefusedBusy, code: "extension.self"},
		{name: "suspended service", in: LegReferred{To: "00140506073"}, want: RefusedUnreachable, code: "service.suspended"},
		{name: "full queue", in: LegReferred{To: "00140506071"}, change: func(x *Branch) {
			x.Queues[0].Overflow, x.Queues[0].MaxLength = "", 1
		}, want: RefusedBusy, code: "queue.full"},
		{name: "no right outside", in: LegReferred{To: "00612345678"}, change: func(x *Branch) { x.Extensions[0].Outside = false }, want: RefusedForbidden, code: "extension.no_outside_right"},
		{name: "kept inside", in: LegReferred{To: "00612345678"}, change: func(x *Branch) { x.Extensions[0].KeepInside = true }, want: RefusedForbidden, code: "extension.no_transfer_outside"},
		{name: "never outside", in: LegReferred{To: "00612345678"}, change: func(x *Branch) { x.Transfer.Outside = TransferNever }, want: RefusedForbidden, code: "transfer.outside"},
		{name: "R17: one outside", in: LegReferred{To: "00612345678"}, change: func(x *Branch) { x.Transfer.Outside = TransferOneOutside }, want: RefusedForbidden, code: "transfer.outside"},
		{name: "by the carrier", in: LegReferred{Leg: "i1", To: "203"}, want: RefusedForbidden, code: "transfer.from_trunk"},
		{name: "a consultation that is gone", in: LegReferred{To: "203", Replaces: "i99"}, want: RefusedGone, code: "transfer.no_consultation"},
		{name: "its own call", in: LegReferred{To: "203", Replaces: "i1"}, want: RefusedForbidden, code: "transfer.same_call"},
		{name: "somebody else's call", in: LegReferred{To: "203", Replaces: "i7"}, want: RefusedForbidden, code: "transfer.not_theirs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, ana := talking(t, func(x *Branch) {
				if c.change != nil {
					c.change(x)
				}
			})
			b.fromExtension("i7", "203", "202")
			if c.code == "queue.full" {
				b.queued("i8")
			}
			before := len(told[fact.BridgeParted](b))
			if c.in.Leg == "" {
				c.in.Leg = ana
			}
			c.in.Refer = 4
			b.refer(c.in, ReferRefused, c.want)
			if e := lastTold[fact.CommandRefused](b); e.Command != "call.transfer" || !hasCode(e.Reasons, c.code) {
				t.Errorf("%+v", e)
			}
			if len(told[fact.BridgeParted](b)) != before || len(told[fact.TransferStarted](b)) != 0 {
				t.Error("the conversation was parted for nothing")
			}
		})
	}
	b := newBench(t)
	b.refer(LegReferred{Leg: "o9", Refer: 1, To: "203"}, ReferRefused, RefusedGone)
}

// TestTransferOutsideSaysBothNumbers: who calls, and the number of whoever hands over; which of them is shown is the trunk's policy.
func TestTransferOutsideSaysBothNumbers(t *testing.T) {
	b, ana := talking(t)
	b.refer(LegReferred{Leg: ana, Refer: 1, To: "00687654321"}, ReferAccepted, "")
	if r := effect[Ring](b); r.Caller.Number != "+33612345678" || r.Diverted != (Diversion{Number: "+33140506072", Reason: "deflection"}) {
		t.Errorf("%+v", r)
	}
	if f := lastTold[fact.TransferStarted](b); f.Target != "carrier" || f.To != "trunk" {
		t.Errorf("%+v", f) // no outside number in a fact
	}
	b = newBench(t)
	b.fromExtension("i1", "203", "201") // somebody of the house is shown as one of ours
	ring := effect[Ring](b).Leg
	b.step(LegAnswered{Leg: ring})
	b.refer(LegReferred{Leg: ring, Refer: 1, To: "00687654321"}, ReferAccepted, "")
	if r := effect[Ring](b); r.Caller.Number != "+33140506072" || r.Diverted != (Diversion{}) {
		t.Errorf("%+v", r)
	}
}

// TestTransferTakesTheNextLine: the first line refuses, the second one is tried, and when none is left the agent has the caller back.
func TestTransferTakesTheNextLine(t *testing.T) {
	b, ana := talking(t)
	b.refer(LegReferred{Leg: ana, Refer: 1, To: "00687654321"}, ReferAccepted, "")
	first := effect[Ring](b)
	b.step(LegRefused{Leg: first.Leg, Reason: RefusedCongestion, SIP: 503})
	second := effect[Ring](b)
	if second.To.Trunk == first.To.Trunk {
		t.Fatalf("%+v", second)
	}
	b.step(LegRefused{Leg: second.Leg, Reason: RefusedCongestion, SIP: 503})
	if e := effect[ReferTold](b); e.State != ReferFailed || e.Reason != RefusedCongestion {
		t.Errorf("%+v", e)
	}
	if f := lastTold[fact.TransferFailed](b); f.Then != "back" || f.Cause != "congestion" || len(f.Reasons) == 0 {
		t.Errorf("%+v", f)
	}
	if h := b.hearing(); h["i1"] != string(ana) {
		t.Errorf("hears %v", h)
	}
	b.sound()
}

func TestNightKeepsTransfersIn(t *testing.T) {
	b, ana := talking(t)
	b.step(NightLock{On: true, By: "site"})
	b.step(LegReferred{Leg: ana, Refer: 1, To: "00687654321"})
	none[Ring](b)
	if e := effect[ReferTold](b); e.State != ReferRefused || e.Reason != RefusedForbidden {
		t.Errorf("%+v", e)
	}
	if f := lastTold[fact.CommandRefused](b); f.Command != "call.transfer" || !hasCode(f.Reasons, "toll.night") {
		t.Errorf("%+v", f)
	}
	none[SetPlan](b) // the conversation goes on
	if f := lastTold[fact.TollRefused](b); f.Extension != "201" {
		t.Errorf("on whose account: %+v", f)
	}
	b.sound()
}

// TestTakenBack: « Reprendre », FEATURES §4.2.
func TestTakenBack(t *testing.T) {
	b, ana := talking(t)
	b.refer(LegReferred{Leg: ana, Refer: 1, To: "203"}, ReferAccepted, "")
	r := effect[Ring](b)
	c := b.s.legs[ana]
	b.s.begin()
	b.s.effects = nil
	b.s.touch(c)
	b.s.transferEvent(c, transfer.TakenBack, "taken_back")
	b.effects = b.s.effects
	if e := effect[HangUp](b); e.Leg != r.Leg {
		t.Errorf("%+v", e)
	}
	if h := b.hearing(); h["i1"] != string(ana) {
		t.Errorf("hears %v", h)
	}
	b.sound()
	b.step(LegAnswered{Leg: r.Leg}) // its answer crossed our CANCEL
	if e := effect[HangUp](b); e.Leg != r.Leg {
		t.Errorf("%+v", e)
	}
}

// TestRecallFindsNobody: without a queue to go back to, the call ends with a tone and says why.
func TestRecallFindsNobody(t *testing.T) {
	b := newBench(t)
	b.fromTrunk("i1", "0140506072")
	ana := ringOf(b).Leg
	b.step(LegAnswered{Leg: ana})
	b.step(LegAnswered{Leg: "i1"})
	b.wait(1_000)
	b.refer(LegReferred{Leg: ana, Refer: 1, To: "203"}, ReferAccepted, "")
	target := effect[Ring](b).Leg
	b.step(LegEnded{Leg: ana, Cause: EndedByPeer})
	b.step(LegRefused{Leg: target, Reason: RefusedBusy, SIP: 486})
	r := effect[Ring](b)
	if r.To.Extension != "201" || r.Caller.Number != "+33612345678" {
		t.Errorf("rings %+v", r)
	}
	none[ReferTold](b)
	if f := lastTold[fact.TransferFailed](b); f.Then != "recall" || f.Cause != "busy" {
		t.Errorf("%+v", f)
	}
	b.step(LegRinging{Leg: r.Leg})
	b.wait(30_000)
	if h := b.hearing(); h["i1"] != "tone:busy" {
		t.Errorf("hears %v", h)
	}
	b.step(LegEnded{Leg: r.Leg, Cause: EndedByBox})
	b.wait(4_000)
	b.step(LegEnded{Leg: "i1", Cause: EndedByBox})
	if e := lastTold[fact.CallEnded](b); e.Outcome != fact.CallAnswered || e.Cause != "transfer" || !hasCode(e.Reasons, "transfer.nobody_took_it") {
		t.Errorf("%+v", e)
	}
	b.empty()
}

// TestMergeKeepsTheRecordingAndFreesTheRightAgents: FEATURES §4.1 kind 5.
func TestMergeKeepsTheRecordingAndFreesTheRightAgents(t *testing.T) {
	b, ana := talking(t, func(x *Branch) { x.Queues[0].Record = true })
	tape := lastTold[fact.RecordingStarted](b).Recording
	b.step(LegHeld{Leg: ana, Held: true})
	b.wait(5_000)
	b.fromExtension("i2", "201", "202")
	bob := effect[Ring](b).Leg
	b.step(LegAnswered{Leg: bob})
	b.step(LegAnswered{Leg: "i2"})
	b.wait(2_000)
	b.refer(LegReferred{Leg: ana, Refer: 3, To: "202", Replaces: "i2"}, ReferAccepted, "")
	none[StopRecording](b)
	if h := b.hearing(); h["i1"] != string(bob) || h[bob] != "i1" {
		t.Errorf("hears %v", h)
	}
	// The plan of the call that ends must let go of the leg before the other one takes it.
	plans := slices.DeleteFunc(slices.Clone(b.effects), func(e Effect) bool { _, ok := e.(SetPlan); return !ok })
	if p := plans[0].(SetPlan).Plan; len(plans) != 2 || len(p.Legs) != 0 {
		t.Errorf("plans %s", show(plans))
	}
	if a, o := b.activity("ana"), b.activity("bob"); a != "available/wrapup" || o != "available/talking" {
		t.Errorf("ana %s, bob %s", a, o)
	}
	b.step(LegEnded{Leg: "i2", Cause: EndedByBox})
	if e := lastTold[fact.CallEnded](b); e.Outcome != fact.CallAnswered || e.TalkMS != 2_000 || !hasCode(e.Reasons, "call.merged") {
		t.Errorf("%+v", e)
	}
	b.step(LegEnded{Leg: ana, Cause: EndedByBox})
	b.wait(10_000)
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	if e := effect[StopRecording](b); string(e.Recording) != tape {
		t.Errorf("%+v", e)
	}
	b.step(LegEnded{Leg: bob, Cause: EndedByBox})
	if e := lastTold[fact.CallEnded](b); e.HungUpBy != "caller" || e.TalkMS != 17_000 || e.HoldMS != 7_000 {
		t.Errorf("%+v", e)
	}
	b.sound()
}

// TestTheCallersJourneyOutlivesAWordBetweenColleagues, whichever of the two calls the phone names first.
func TestTheCallersJourneyOutlivesAWordBetweenColleagues(t *testing.T) {
	b := newBench(t)
	b.fromExtension("i1", "203", "202") // the word came first
	bob := effect[Ring](b).Leg
	b.step(LegAnswered{Leg: bob})
	b.step(LegAnswered{Leg: "i1"})
	b.fromTrunk("i2", "0140506072") // then a customer called bob's colleague
	ana := ringOf(b).Leg
	b.step(LegAnswered{Leg: ana})
	b.step(LegAnswered{Leg: "i2"})
	b.fromExtension("i3", "201", "203")
	none[Refuse](b)
	word := effect[Ring](b).Leg
	b.step(LegAnswered{Leg: word})
	b.step(LegAnswered{Leg: "i3"})
	b.refer(LegReferred{Leg: "i3", Refer: 1, To: "x", Replaces: ana}, ReferAccepted, "") // named the other way round
	if f := lastTold[fact.CallMerged](b); f.Call != "3-000003" || f.Into != "3-000002" {
		t.Errorf("%+v", f)
	}
	if h := b.hearing(); h["i2"] != string(word) {
		t.Errorf("hears %v", h)
	}
	b.sound()
}

// TestFaultInATransferRefusesIt: what failed is answered all the same.
func TestFaultInATransferRefusesIt(t *testing.T) {
	b, ana := talking(t)
	b.s.Plant(func(at string) {
		if at == "taken" {
			panic("planted")
		}
	})
	b.step(LegReferred{Leg: ana, Refer: 1, To: "203"})
	b.s.Plant(nil)
	if e := effect[ReferTold](b); e.State != ReferRefused || e.Reason != RefusedFailed {
		t.Errorf("%+v", e)
	}
	none[Ring](b)
	b.step(LegEnded{Leg: ana, Cause: EndedByBox})
	b.step(LegEnded{Leg: "i1", Cause: EndedByBox})
	b.empty()
}

// TestARecallIsOfTheCallItWas: the party that comes back is again what it called, and what was talked counts until it was known to be over.
func TestARecallIsOfTheCallItWas(t *testing.T) {
	b, ana := talking(t)
	b.step(LegReferred{Leg: ana, Refer: 1, To: "203"})
	rung := ringOf(b).Leg
	b.step(LegEnded{Leg: ana, Cause: EndedByPeer})
	b.step(LegRefused{Leg: rung, Reason: RefusedBusy, SIP: 486})
	back := ringOf(b)
	if back.To.Extension != "201" || b.s.Calls()[0].Target != "+33140506071" {
		t.Errorf("%+v, of a call to %s", back, b.s.Calls()[0].Target)
	}
	b.step(LegAnswered{Leg: back.Leg})
	if b.s.Calls()[0].Target != "+33140506071" || b.s.order[0].Was.Kind != "" {
		t.Errorf("%+v", b.s.Calls()[0])
	}
	b.sound()

	b, ana, bob := havingAWord(t)
	b.wait(7_000)
	b.step(LegEnded{Leg: bob, Cause: EndedTransport, AgoMS: 2_000})
	if f := lastTold[fact.BridgeParted](b); f.TalkMS != 5_000 {
		t.Errorf("%+v", f)
	}
	b.wait(4_000)
	b.step(LegEnded{Leg: ana, Cause: EndedTransport, AgoMS: 60_000}) // longer than the conversation: it is of no length
	b.sound()
}
