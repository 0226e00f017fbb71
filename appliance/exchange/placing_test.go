package exchange

import (
	"testing"

	"autocom/appliance/exchange/fact"
)

// TestHopsAreCounted: RFC 3261 §16.3 and §16.6; what comes round is refused before it goes on.
func TestHopsAreCounted(t *testing.T) {
	for hops, want := range map[int]int{0: 69, 70: 69, 2: 1} {
		b := newBench(t)
		b.step(LegOffered{Leg: "i1", Origin: Origin{FromExtension, "203"}, Dialled: "202", Hops: hops})
		if r := effect[Ring](b); r.Hops != want {
			t.Errorf("%d hops: rings with %d", hops, r.Hops)
		}
	}
	for _, hops := range []int{1, -4} {
		b := newBench(t)
		b.step(LegOffered{Leg: "i1", Origin: Origin{FromExtension, "203"}, Dialled: "202", Hops: hops})
		none[Ring](b)
		if r := effect[Refuse](b); r.Reason != RefusedLoop {
			t.Errorf("%+v", r)
		}
		b.step(LegEnded{Leg: "i1", Cause: EndedByBox})
		if e := lastTold[fact.CallEnded](b); e.Cause != "loop" || !hasCode(e.Reasons, "call.too_many_hops") {
			t.Errorf("%+v", e)
		}
	}
}

func TestPlacedCallRingsWhoAskedFirst(t *testing.T) {
	b := newBench(t)
	b.step(CallPlace{Request: 7, By: "agent:ana", Agent: "ana", Number: "0 06 12 34 56 78", AutoAnswer: true, Callee: "s9"})
	r := effect[Ring](b)
	if r.To.Extension != "201" || !r.AutoAnswer || r.Caller.Number != "+33612345678" || r.Hops != 69 {
		t.Errorf("rings %+v", r)
	}
	if e := effect[Reply](b); e.Request != 7 || len(e.Refused) != 0 {
		t.Errorf("%+v", e)
	}
	if o := lastTold[fact.CallOpened](b); o.Flow != "outbound" || o.Extension != "201" || o.Dialled != "" || o.Callee != "s9" || o.Leg != string(r.Leg) {
		t.Errorf("%+v", o)
	}
	b.queued("i1") // ana is taken: the next agent gets it
	if o := lastTold[fact.OfferMade](b); o.Agent != "bob" {
		t.Errorf("%+v", o)
	}
	b.step(CallPlace{Request: 8, By: "agent:ana", Agent: "ana", Number: "203"})
	if e := effect[Reply](b); len(e.Refused) != 1 || e.Refused[0].Code != "agent.reserved" {
		t.Errorf("%+v", e)
	}
	b.step(LegAnswered{Leg: r.Leg})
	out := effect[Ring](b)
	if out.To.Trunk != "carrier" || out.Caller.Number != "+33140506072" || b.activity("ana") != "available/dialing" {
		t.Errorf("rings %+v, ana %s", out, b.activity("ana"))
	}
	b.sound()
	b.step(LegRinging{Leg: out.Leg, EarlyMedia: true})
	if h := b.hearing(); h[r.Leg] != string(out.Leg) {
		t.Errorf("hears %v", h)
	}
	b.wait(15_000) // no lease ends while the number rings
	if got := b.activity("ana"); got != "available/dialing" {
		t.Errorf("ana is %s", got)
	}
	b.step(LegAnswered{Leg: out.Leg})
	if got := b.activity("ana"); got != "available/talking" {
		t.Errorf("ana is %s", got)
	}
	b.sound()
	b.step(LegEnded{Leg: r.Leg, Cause: EndedByPeer})
	b.step(LegEnded{Leg: out.Leg, Cause: EndedByBox})
	if e := lastTold[fact.CallEnded](b); e.Outcome != fact.CallAnswered || e.HungUpBy != "caller" {
		t.Errorf("%+v", e)
	}
}

func TestPlacedCallIsRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		in   CallPlace
		code string
	}{
		{"nobody", CallPlace{Agent: "zoe", Number: "203"}, "agent.unknown"},
		{"nowhere", CallPlace{Extension: "299", Number: "203"}, "extension.unknown"},
		{"no such number", CallPlace{Agent: "ana", Number: "299"}, "number.no_extension"},
		{"no right", CallPlace{Extension: "203", Number: "00612345678"}, "extension.no_outside_right"},
		{"oneself", CallPlace{Agent: "ana", Number: "201"}, "extension.self"},
		{"logged out", CallPlace{Agent: "bob", Number: "203"}, "agent.logged_out"},
		{"no phone", CallPlace{Extension: "202", Number: "203"}, "line.unregistered"},
	} {
		b := newBench(t)
		b.step(AgentLogOut{Agent: "bob"})
		b.step(PhoneReachable{Extension: "202"})
		c.in.Request = 3
		b.step(c.in)
		if e := effect[Reply](b); len(e.Refused) == 0 || !hasCode(e.Refused, c.code) {
			t.Errorf("%s: %+v", c.name, e)
		}
		none[Ring](b)
		b.empty()
	}
}

// TestHelpIsDialledWhateverTheAgentDoes: FEATURES §9.4; nobody who asks for help is told to wait.
func TestHelpIsDialledWhateverTheAgentDoes(t *testing.T) {
	b, _ := talking(t, func(x *Branch) { x.MaxCalls = 1 })
	b.step(NightLock{On: true, By: "site"})
	b.step(CallPlace{Request: 1, By: "agent:ana", Agent: "ana", Number: "18"})
	if e := effect[Reply](b); len(e.Refused) != 0 {
		t.Fatalf("%+v", e)
	}
	b.step(LegAnswered{Leg: effect[Ring](b).Leg})
	if r := effect[Ring](b); !r.Emergency || r.To.Number != "18" {
		t.Errorf("rings %+v", r)
	}
	b.sound()
}

func TestPickUpPolicy(t *testing.T) {
	for _, c := range []struct {
		name string
		at   Origin
		want Refusal
		code string
	}{
		{"R17: a carrier", Origin{FromTrunk, "carrier"}, RefusedForbidden, "replaces.not_ours"},
		{"nobody's phone", Origin{FromExtension, "299"}, RefusedForbidden, "replaces.not_ours"},
		{"not in the queue", Origin{FromExtension, "203"}, RefusedForbidden, "pickup.not_in_queue"},
	} {
		b := newBench(t)
		b.queued("i1")
		ring := ringOf(b).Leg
		b.step(LegOffered{Leg: "i2", Origin: c.at, Replaces: ring})
		if r := effect[Refuse](b); r.Leg != "i2" || r.Reason != c.want {
			t.Errorf("%s: %+v", c.name, r)
		}
		if f := lastTold[fact.CallRouted](b); !hasCode(f.Reasons, c.code) {
			t.Errorf("%s: %+v", c.name, f)
		}
		if got := b.activity("ana"); got != "available/reserved" {
			t.Errorf("%s: ana is %s", c.name, got)
		}
	}
	b := newBench(t)
	b.step(LegOffered{Leg: "i2", Origin: Origin{FromExtension, "203"}, Replaces: "o9"})
	if r := effect[Refuse](b); r.Reason != RefusedGone { // RFC 3891 §3
		t.Errorf("%+v", r)
	}
	b.step(LegEnded{Leg: "i2", Cause: EndedByBox})
	b.queued("i1")
	ring := ringOf(b).Leg
	b.step(LegAnswered{Leg: ring})
	b.step(LegOffered{Leg: "i3", Origin: Origin{FromExtension, "203"}, Replaces: "i1"})
	if r := effect[Refuse](b); r.Reason != RefusedForbidden { // nobody takes the place of a party outside
		t.Errorf("%+v", r)
	}
	b.sound()
}

// TestPickUpOfATransfer: the target's phone rings for a caller who is handed over, and somebody else lifts.
func TestPickUpOfATransfer(t *testing.T) {
	b, ana := talking(t)
	b.refer(LegReferred{Leg: ana, Refer: 1, To: "203"}, ReferAccepted, "")
	target := effect[Ring](b).Leg
	b.step(LegOffered{Leg: "i5", Origin: Origin{FromExtension, "202"}, Replaces: target})
	if h := b.hearing(); h["i1"] != "i5" {
		t.Errorf("hears %v", h)
	}
	var elsewhere bool
	for _, e := range b.effects {
		if h, ok := e.(HangUp); ok && h.Leg == target {
			elsewhere = h.AnsweredElsewhere
		}
	}
	if !elsewhere {
		t.Error("the phone that rang shows a missed call")
	}
	if got := b.activity("bob"); got != "available/talking" {
		t.Errorf("bob is %s", got)
	}
	b.sound()
}

// TestPlacedInWrapUp: an agent who writes up and has a call placed is in that call.
func TestPlacedInWrapUp(t *testing.T) {
	b, ana := talking(t)
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	b.step(LegEnded{Leg: ana, Cause: EndedByBox})
	if got := b.activity("ana"); got != "available/wrapup" {
		t.Fatal(got)
	}
	b.step(CallPlace{Request: 1, By: "agent:ana", Agent: "ana", Number: "203"})
	leg := effect[Ring](b).Leg
	if got := b.activity("ana"); got != "available/reserved" {
		t.Errorf("ana is %s while her phone rings", got)
	}
	b.step(LegAnswered{Leg: leg})
	b.step(LegAnswered{Leg: effect[Ring](b).Leg})
	if got := b.activity("ana"); got != "available/talking" {
		t.Errorf("ana is %s", got)
	}
	b.sound()
}

// TestWriteUpOfWhoWasReplaced: who placed a call for a queue writes it up, also when a colleague's phone took it over.
func TestWriteUpOfWhoWasReplaced(t *testing.T) {
	b := newBench(t)
	b.step(CallPlace{Request: 1, By: "agent:ana", Agent: "ana", Number: "00612345678"})
	ana := effect[Ring](b).Leg
	b.step(LegAnswered{Leg: ana})
	b.step(LegAnswered{Leg: effect[Ring](b).Leg})
	b.step(LegOffered{Leg: "e9", Origin: Origin{FromExtension, "202"}, Replaces: ana})
	if got := b.activity("ana"); got != "available/wrapup" {
		t.Fatalf("ana is %s", got)
	}
	b.sound()
}
