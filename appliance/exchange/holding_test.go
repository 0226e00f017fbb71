package exchange

import (
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// inTalk brings a caller on leg i1 to ana, and gives ana's leg.
func inTalk(t *testing.T, change ...func(*Branch)) (*bench, plan.LegID) {
	t.Helper()
	b := newBench(t, change...)
	b.queued("i1")
	ana := ringOf(b).Leg
	b.step(LegAnswered{Leg: ana})
	b.wait(1_000)
	return b, ana
}

// refused gives the codes with which the last command was refused; none when it was done.
func (b *bench) refused() string {
	b.t.Helper()
	codes := ""
	for _, r := range effect[Reply](b).Refused {
		codes += r.Code
	}
	return codes
}

// TestToolbarHold: « Mettre l'appel en attente et de le reprendre ».
func TestToolbarHold(t *testing.T) {
	b, ana := inTalk(t)
	b.step(CallHold{Request: 1, By: "agent:ana", Agent: "ana"})
	if got := b.refused(); got != "call.not_held" {
		t.Fatal(got)
	}
	b.step(CallHold{Request: 2, By: "agent:ana", Agent: "ana", On: true})
	if got := b.refused(); got != "" {
		t.Fatal(got)
	}
	if h := b.hearing(); h["i1"] != "music:sales" || h[ana] != "" {
		t.Errorf("held: %v", h)
	}
	if f := lastTold[fact.LegHeld](b); f != (fact.LegHeld{Call: "3-000001", Leg: string(ana), Held: true, By: "agent:ana"}) {
		t.Errorf("%+v", f)
	}
	if got := b.activity("ana"); got != "available/holding" {
		t.Error(got)
	}
	b.step(CallHold{Request: 3, By: "agent:ana", Agent: "ana", On: true})
	if got := b.refused(); got != "call.held_already" {
		t.Error(got)
	}
	b.wait(4_000)

	// The phone holds too: each ends its own, and the conversation is back when both have.
	b.step(LegHeld{Leg: ana, Held: true})
	none[SetPlan](b)
	b.step(CallHold{Request: 4, By: "agent:ana", Agent: "ana"})
	none[SetPlan](b)
	if got := b.activity("ana"); got != "available/holding" {
		t.Error(got)
	}
	b.wait(2_000)
	b.step(LegHeld{Leg: ana})
	if h := b.hearing(); h["i1"] != string(ana) || h[ana] != "i1" {
		t.Errorf("back: %v", h)
	}
	if got := b.activity("ana"); got != "available/talking" {
		t.Error(got)
	}
	b.wait(1_000)
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	b.step(LegEnded{Leg: ana, Cause: EndedByBox})
	if f := lastTold[fact.CallEnded](b); f.HoldMS != 6_000 || f.TalkMS != 8_000 {
		t.Errorf("%+v", f)
	}
	b.empty()
}

func TestHoldWhereThereIsNothingToHold(t *testing.T) {
	b := newBench(t)
	for who, want := range map[string]string{"zoe": "agent.unknown", "ana": "agent.no_call"} {
		b.step(CallHold{Request: 1, Agent: who, On: true})
		if got := b.refused(); got != want {
			t.Errorf("%s: %s, want %s", who, got, want)
		}
	}
	b.queued("i1")
	b.step(CallHold{Request: 2, Agent: "ana", On: true})
	if got := b.refused(); got != "call.not_talking" {
		t.Error(got)
	}
}

// A party that was held in the toolbar is not held in the next conversation of the same phone.
func TestHoldEndsWithTheConversation(t *testing.T) {
	b, ana := inTalk(t)
	b.step(CallHold{Agent: "ana", On: true})
	b.step(LegReferred{Leg: ana, Refer: 1, To: "203"})
	b.step(LegRefused{Leg: ringOf(b).Leg, Reason: RefusedBusy})
	if h := b.hearing(); h["i1"] != string(ana) || h[ana] != "i1" {
		t.Errorf("back: %v", h)
	}
	if got := b.activity("ana"); got != "available/talking" {
		t.Error(got)
	}
}

// TestGivenBackOnHold: who held by the phone before a transfer that failed still holds after it.
func TestGivenBackOnHold(t *testing.T) {
	b, ana := talking(t)
	b.step(LegHeld{Leg: ana, Held: true})
	b.refer(LegReferred{Leg: ana, Refer: 1, To: "203"}, ReferAccepted, "")
	b.step(LegRefused{Leg: effect[Ring](b).Leg, Reason: RefusedBusy, SIP: 486})
	if got := b.activity("ana"); got != "available/holding" {
		t.Fatalf("ana is %s, and her phone holds", got)
	}
	b.step(LegHeld{Leg: ana})
	if got := b.activity("ana"); got != "available/talking" {
		t.Fatalf("ana is %s", got)
	}
}
