package call_test

import (
	"testing"

	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/queue"
)

// TestLegOutsideOfItsTable: what is no state or no event changes nothing, every cell within says something else, and what is ignored stays.
func TestLegOutsideOfItsTable(t *testing.T) {
	const none = "no such state or event"
	states, events := call.LegStates(), call.LegEvents()
	last, end := states[len(states)-1], events[len(events)-1]
	for s := range last + 2 {
		for e := range end + 2 {
			m := call.StepLeg(s, e)
			within := s >= 1 && s <= last && e >= 1 && e <= end
			if (m.Ignore == none) == within || m.Ignore != "" && m.Next != s || m.Ignore == "" && (m.Next < 1 || m.Next > last) {
				t.Errorf("(%s, %s): %+v", s, e, m)
			}
			// RFC 3261 §9.1: the answer crossed our hang-up, and nothing else is hung up twice.
			if m.Again != (s == call.Ending && e == call.PeerAnswered) {
				t.Errorf("(%s, %s) is hung up once more: %v", s, e, m.Again)
			}
		}
	}
}

// TestWhatALegDoes: each state of a dialog, in the three questions asked of it.
func TestWhatALegDoes(t *testing.T) {
	for _, s := range call.LegStates() {
		l := call.Leg{State: s}
		if l.Rings() != (s == call.Ringing || s == call.Early) {
			t.Errorf("%s rings: %v", s, l.Rings())
		}
		if l.Talks() != (s == call.Up || s == call.Held || s == call.Answering) {
			t.Errorf("%s talks: %v", s, l.Talks())
		}
		if l.Silent() != (s == call.Held) {
			t.Errorf("%s is silent: %v", s, l.Silent())
		}
		if l.Holds = true; !l.Silent() {
			t.Errorf("%s, who holds in the toolbar, is not silent", s)
		}
	}
}

// TestOther: two who talk have each other; one alone, three and a stranger have nobody.
func TestOther(t *testing.T) {
	for _, c := range []struct {
		bridged []plan.LegID
		of      plan.LegID
		want    plan.LegID
	}{
		{[]plan.LegID{"i1", "a1"}, "i1", "a1"},
		{[]plan.LegID{"i1", "a1"}, "a1", "i1"},
		{[]plan.LegID{"i1", "a1"}, "b1", ""},
		{[]plan.LegID{"i1", "a1", "c1"}, "i1", ""},
		{[]plan.LegID{"i1"}, "i1", ""},
		{nil, "i1", ""},
		{[]plan.LegID{"i1", "x9"}, "i1", ""},
	} {
		k := people(call.Talking, c.bridged...)
		got := plan.LegID("")
		if l := k.Other(c.of); l != nil {
			got = l.ID
		}
		if got != c.want {
			t.Errorf("of %v %s has %q, want %q", c.bridged, c.of, got, c.want)
		}
		if in := len(c.bridged) > 0 && (c.of == c.bridged[0] || len(c.bridged) > 1 && c.of == c.bridged[1]); k.Talks(c.of) != in {
			t.Errorf("of %v %s talks: %v", c.bridged, c.of, k.Talks(c.of))
		}
	}
}

// TestPresentations finds each by its leg and by its agent, and no other.
func TestPresentations(t *testing.T) {
	var k call.Call
	if k.Offering() || k.OfferRings() || k.Offer("a1") != nil || k.OfferTo("ana") != nil {
		t.Error("a call that is presented to nobody")
	}
	k.Out = []queue.Offer{{N: 1, Leg: "a1", Agent: "ana", State: queue.OfferPlaced}}
	if !k.Offering() || k.OfferRings() {
		t.Errorf("presented %v, rings %v", k.Offering(), k.OfferRings())
	}
	k.Out = append(k.Out, queue.Offer{N: 2, Leg: "b1", Agent: "ben", State: queue.OfferPlaced})
	for _, o := range k.Out {
		if got := k.Offer(o.Leg); got == nil || got.N != o.N {
			t.Errorf("on %s: %+v", o.Leg, got)
		}
		if got := k.OfferTo(o.Agent); got == nil || got.N != o.N {
			t.Errorf("to %s: %+v", o.Agent, got)
		}
	}
	if k.Offer("c1") != nil || k.OfferTo("zoe") != nil || k.OfferRings() {
		t.Error("presented to whom it is not, or rings")
	}
	for _, s := range []queue.OfferState{queue.OfferRinging, queue.OfferAsking, queue.OfferWhispering} {
		if k.Out[1].State = s; !k.OfferRings() {
			t.Errorf("%s, and no phone rings", s)
		}
	}
	d := k.Clone()
	if k.Out[0].Agent = "eve"; d.Out[0].Agent != "ana" {
		t.Error("a copy changes with its original")
	}
}

// TestLegsOfACall: found by extension, taken out by name, rung and answered outside.
func TestLegsOfACall(t *testing.T) {
	k := call.Call{Legs: []call.Leg{
		{ID: "i1", Way: call.In, State: call.Offered, Extension: "201"},
		{ID: "o1", Way: call.Out, State: call.Up, Extension: "202"},
		{ID: "o2", Way: call.Out, State: call.Ending, Extension: "202"},
		{ID: "o3", Way: call.Out, State: call.Placed, Trunk: "carrier"},
	}}
	for extension, want := range map[string]int{"201": 1, "202": 2, "203": 0, "": 1} {
		if got := k.LegsOn(extension); got != want {
			t.Errorf("%d legs at %q, want %d", got, extension, want)
		}
	}
	if l := k.Placed(); l == nil || l.ID != "o3" {
		t.Errorf("%+v is rung", l)
	}
	if l := k.OutsideLeg(); l != nil {
		t.Errorf("%+v is not answered", l)
	}
	k.Leg("o3").State = call.Up
	if l := k.OutsideLeg(); l == nil || l.ID != "o3" || k.Placed() != nil {
		t.Errorf("%+v is answered outside, %+v rung", l, k.Placed())
	}
	k.Leg("o2").State = call.Early
	if l := k.Placed(); l == nil || l.ID != "o2" {
		t.Errorf("%+v is rung", l)
	}
	k.Leg("i1").State = call.Ringing // a leg that came in is not rung by us
	k.Drop("o2")
	if k.Placed() != nil || k.Leg("o2") != nil || len(k.Legs) != 3 || k.Leg("o1") == nil {
		t.Errorf("%+v", k.Legs)
	}
	if l := k.CallerLeg(); l == nil || l.ID != "i1" {
		t.Errorf("%+v calls", l)
	}
	if k.Asked = "o1"; k.CallerLeg() == nil || k.CallerLeg().ID != "o1" {
		t.Errorf("%+v asked for it", k.CallerLeg())
	}
	if k.Party = "o3"; k.CallerLeg() == nil || k.CallerLeg().ID != "o3" {
		t.Errorf("%+v is whom it is for", k.CallerLeg())
	}
	if k.Spoke() {
		t.Error("nobody spoke")
	}
	if k.TalkFrom = 1; !k.Spoke() {
		t.Error("they spoke from the first millisecond on")
	}
	for kind, want := range map[string]bool{"emergency": true, "trunk": false, "": false} {
		if (call.Target{Kind: kind}).Emergency() != want {
			t.Errorf("%q is for help: %v", kind, !want)
		}
	}
}

// TestWhomTheCallerHad is FEATURES §3.2: forwarded is a call that reached an outside number by an extension's own rule and nobody else, and once
// somebody was spoken with it stays answered.
func TestWhomTheCallerHad(t *testing.T) {
	for _, c := range []struct {
		name  string
		was   call.Had
		leg   *call.Leg
		via   []string
		want  call.Had
		comes fact.CallOutcome
	}{
		{"nobody", call.HadNobody, nil, nil, call.HadNobody, fact.CallAnswered},
		{"a colleague", call.HadNobody, &call.Leg{ID: "a1", Extension: "202"}, nil, call.HadSomebody, fact.CallAnswered},
		{"a colleague to whom it was forwarded", call.HadNobody, &call.Leg{ID: "a1", Extension: "202"}, []string{"201"}, call.HadSomebody, fact.CallAnswered},
		{"somebody outside who was dialled", call.HadNobody, &call.Leg{ID: "a1", Trunk: "carrier"}, nil, call.HadSomebody, fact.CallAnswered},
		{"somebody outside to whom it was forwarded", call.HadNobody, &call.Leg{ID: "a1", Trunk: "carrier"}, []string{"201"}, call.HadForwarded, fact.CallForwarded},
		{"the same after a colleague", call.HadSomebody, &call.Leg{ID: "a1", Trunk: "carrier"}, []string{"201"}, call.HadSomebody, fact.CallAnswered},
		{"a colleague after that", call.HadForwarded, &call.Leg{ID: "a1", Extension: "202"}, []string{"201"}, call.HadSomebody, fact.CallAnswered},
		{"nobody after that", call.HadForwarded, nil, []string{"201"}, call.HadForwarded, fact.CallForwarded},
	} {
		k := people(call.Talking, "i1", "a1")
		k.Had, k.Target.Via = c.was, c.via
		if k.Meets(c.leg); k.Had != c.want || k.Outcome() != c.comes {
			t.Errorf("%s: had %q, %s", c.name, k.Had, k.Outcome())
		}
	}
	k := people(call.Talking, "i1", "a1")
	if k.Meets(k.Leg("i1")); k.Had != call.HadNobody {
		t.Errorf("the caller had themselves: %q", k.Had)
	}
	if k.Meets(k.Leg("a1")); k.Had != call.HadSomebody {
		t.Errorf("had %q", k.Had)
	}
}
