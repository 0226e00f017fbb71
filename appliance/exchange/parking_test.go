package exchange

import (
	"slices"
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

func parking(x *Branch) { x.Parking = Parking{First: "098", Slots: 3, MaxMS: 60_000} }

// parkedBy lets ana, at 201, park the caller on i1.
func parkedBy(t *testing.T, change ...func(*Branch)) (*bench, plan.LegID) {
	t.Helper()
	b, ana := inTalk(t, slices.Insert(change, 0, parking)...)
	b.step(CallPark{Request: 1, By: "agent:ana", Agent: "ana"})
	if r := effect[Reply](b); r.Slot != "098" || len(r.Refused) > 0 {
		t.Fatalf("%+v", r)
	}
	return b, ana
}

// TestPark: the party hears the queue's music, the agent is let go with their wrap-up, and anybody of the house who dials the slot has the party.
func TestPark(t *testing.T) {
	b, ana := parkedBy(t, recorded)
	if h := b.hearing(); h["i1"] != "music:sales" || len(h) != 1 {
		t.Errorf("%v", h)
	}
	if h := effect[HangUp](b); h.Leg != ana {
		t.Errorf("%+v", h)
	}
	if got := b.activity("ana"); got != "available/wrapup" {
		t.Error(got)
	}
	if f := lastTold[fact.CallParked](b); f != (fact.CallParked{Call: "3-000001", Leg: "i1", Slot: "098", By: "agent:ana"}) {
		t.Errorf("%+v", f)
	}
	if got := b.tape(); !slices.Equal(got, []string{"-transfer"}) {
		t.Error(got)
	}
	b.step(LegEnded{Leg: ana, Cause: EndedByBox})
	b.wait(30_000)
	b.fromExtension("i2", "203", "098")
	if h := b.hearing(); h["i1"] != "i2" || h["i2"] != "i1" {
		t.Errorf("%v", h)
	}
	if f := lastTold[fact.CallUnparked](b); f != (fact.CallUnparked{Call: "3-000001", Slot: "098", By: "203"}) {
		t.Errorf("%+v", f)
	}
	b.step(LegAnswered{Leg: "i2"})
	b.wait(60_000) // the limit is over with the parking
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	b.step(LegEnded{Leg: "i2", Cause: EndedByBox})
	if f := lastTold[fact.CallEnded](b); f.Outcome != fact.CallAnswered || f.TalkMS != 61_000 {
		t.Errorf("%+v", f)
	}
	b.empty()
}

func TestParkedPartyLeaves(t *testing.T) {
	b, ana := parkedBy(t)
	b.step(LegEnded{Leg: ana, Cause: EndedByBox})
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	if f := lastTold[fact.CallEnded](b); f.Outcome != fact.CallAnswered || f.HungUpBy != "caller" {
		t.Errorf("%+v", f)
	}
	b.empty()
}

// Nobody wants the party: whoever parked it is rung, then it stands first in its queue again.
func TestParkedTooLong(t *testing.T) {
	for _, lifts := range []bool{true, false} {
		b, ana := parkedBy(t)
		b.step(LegEnded{Leg: ana, Cause: EndedByBox})
		b.wait(59_000)
		b.queued("i2") // somebody else waits meanwhile
		b.step(LegRefused{Leg: ringOf(b).Leg, Reason: RefusedDeclined})
		b.step(AgentDeclare{Agent: "ana", Pause: "lunch"})
		b.step(AgentDeclare{Agent: "bob", Pause: "lunch"})
		b.wait(1_000)
		r := ringOf(b)
		if f := lastTold[fact.CallUnparked](b); f.By != "box" || r.To.Extension != "201" {
			t.Errorf("%+v %+v", f, r)
		}
		if lifts {
			b.step(LegAnswered{Leg: r.Leg})
			if h := b.hearing(); h["i1"] != string(r.Leg) {
				t.Errorf("%v", h)
			}
			continue
		}
		b.step(LegRefused{Leg: r.Leg, Reason: RefusedDeclined})
		if c := b.s.order[0]; c.Visit.Queue != "sales" || b.s.position(c) != 1 {
			t.Errorf("stands at %d in %q", b.s.position(c), c.Visit.Queue)
		}
		b.sound()
	}
}

func TestParkingIsRefused(t *testing.T) {
	cases := []struct {
		name   string
		change func(x *Branch)
		ask    CallPark
		do     func(b *bench)
		want   string
	}{
		{"no parking", func(x *Branch) { x.Parking = Parking{} }, CallPark{Agent: "ana"}, nil, "park.none"},
		{"no such place", nil, CallPark{Agent: "ana", Slot: "101"}, nil, "park.no_such_slot"},
		{"too short a number", nil, CallPark{Agent: "ana", Slot: "98"}, nil, "park.no_such_slot"},
		{"the last place", nil, CallPark{Agent: "ana", Slot: "100"}, nil, ""},
		{"nobody", nil, CallPark{Agent: "zoe"}, nil, "agent.unknown"},
		{"no call", nil, CallPark{Agent: "bob"}, nil, "agent.no_call"},
	}
	for _, c := range cases {
		change := []func(*Branch){parking}
		if c.change != nil {
			change = append(change, c.change)
		}
		b, _ := inTalk(t, change...)
		c.ask.Request = 1
		b.step(c.ask)
		if got := b.refused(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	b, _ := parkedBy(t, func(x *Branch) { x.Parking.Slots = 1 })
	b.queued("i2")
	b.step(LegAnswered{Leg: ringOf(b).Leg})
	for slot, want := range map[string]string{"": "park.full", "098": "park.taken"} {
		b.step(CallPark{Request: 1, Agent: "bob", Slot: slot})
		if got := b.refused(); got != want {
			t.Errorf("%q: %q, want %q", slot, got, want)
		}
	}
	h := newBench(t, parking)
	h.fromExtension("i1", "201", "112")
	h.step(LegAnswered{Leg: ringOf(h).Leg})
	h.step(CallPark{Request: 1, Agent: "ana"})
	if got := h.refused(); got != "call.emergency" {
		t.Error(got)
	}
	h.fromExtension("i2", "203", "099")
	if f := lastTold[fact.CallRouted](h); !hasCode(f.Reasons, "park.empty") {
		t.Errorf("%+v", f)
	}
	effect[Refuse](h)
}

// TestParkOfWhomTheyCalled: who was called is the one the call is for from then on, as whoever takes them sees.
func TestParkOfWhomTheyCalled(t *testing.T) {
	b := newBench(t, parking)
	b.fromExtension("i1", "201", "203")
	up := ringOf(b).Leg
	b.step(LegAnswered{Leg: up})
	b.step(LegAnswered{Leg: "i1"})
	b.step(CallPark{Request: 1, By: "agent:ana", Agent: "ana"})
	if h := effect[HangUp](b); h.Leg != "i1" {
		t.Errorf("%+v", h)
	}
	b.step(LegEnded{Leg: "i1", Cause: EndedByBox})
	if v := b.s.Calls(); len(v) != 1 || v[0].Phase != "parked" || v[0].Caller.Number != "203" || v[0].Caller.Name != "Chloé" {
		t.Fatalf("%+v", v)
	}
	b.step(CallPickUp{Request: 2, By: "agent:bob", Agent: "bob", Slot: "098"})
	r := ringOf(b)
	if r.Caller.Number != "203" || r.Caller.Name != "Chloé" || r.To.Extension != "202" || r.Label != "098" {
		t.Errorf("%+v", r)
	}
	b.step(LegAnswered{Leg: r.Leg})
	if h := b.hearing(); h[up] != string(r.Leg) || h[r.Leg] != string(up) {
		t.Errorf("%v", h)
	}
	b.sound()
}

// TestPickUpByAnAgentOnTheTelephone: who is in a call, or writes one up, and what becomes of that.
func TestPickUpByAnAgentOnTheTelephone(t *testing.T) {
	b, ana := talking(t)
	b.fromExtension("i2", "203", "202")
	b.step(LegRinging{Leg: ringOf(b).Leg})
	b.step(CallPickUp{Request: 1, By: "agent:ana", Agent: "ana", Ringing: "202"})
	if got := b.refused(); got != "line.in_use" {
		t.Error(got)
	}
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	b.step(LegEnded{Leg: ana, Cause: EndedByBox})
	if got := b.activity("ana"); got != "available/wrapup" {
		t.Fatal(got)
	}
	b.step(CallPickUp{Request: 2, By: "agent:ana", Agent: "ana", Ringing: "202"})
	if got := b.refused(); got != "" {
		t.Fatal(got)
	}
	b.step(LegAnswered{Leg: ringOf(b).Leg})
	if got := b.activity("ana"); got != "available/talking" {
		t.Error(got)
	}
	b.sound()
}
