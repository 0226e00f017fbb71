package exchange

import (
	"slices"
	"testing"

	"autocom/appliance/exchange/fact"
)

// TestWhoLeavesTheDocument: an agent who is idle is gone at once, with everything of theirs; one who talks when the call is over.
func TestWhoLeavesTheDocument(t *testing.T) {
	b := newBench(t)
	b.s.coolDown(b.s.agent("bob"), "sales", 60_000, "busy")
	next := branch()
	next.Revision, next.Agents = "rev2", next.Agents[:1]
	b.step(SiteChanged{Branch: next})
	if v := b.s.Agents(); len(v) != 1 || v[0].ID != "ana" {
		t.Errorf("%+v", v)
	}
	if f := lastTold[fact.AgentChanged](b); f.Agent != "bob" || f.Session != "leaving" || !hasCode(f.Reasons, "site.agent_removed") {
		t.Errorf("%+v", f)
	}
	if len(b.s.timers) != 0 {
		t.Errorf("%v", b.s.timers)
	}
	b.sound()

	b, ana := talking(t)
	next.Agents = branch().Agents[1:]
	b.step(SiteChanged{Branch: next})
	if v := b.s.Agents(); len(v) != 2 || v[0].ID != "bob" || v[1].Session != "leaving" || v[1].Activity != "talking" {
		t.Errorf("%+v", v)
	}
	b.queued("i2") // for bob; i3 waits, and is looked at once more when ana is gone
	bob := ringOf(b).Leg
	b.queued("i3")
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	b.step(LegEnded{Leg: ana, Cause: EndedByBox})
	if v := b.s.Agents(); len(v) != 1 || v[0].ID != "bob" {
		t.Errorf("%+v", v)
	}
	if f := told[fact.CallFaulted](b); len(f) > 0 {
		t.Errorf("%+v", f)
	}
	b.step(LegEnded{Leg: "i2", Cause: EndedByPeer})
	b.step(LegEnded{Leg: bob, Cause: EndedByBox})
	if o := lastTold[fact.OfferMade](b); o.Call != "3-000003" || o.Agent != "bob" {
		t.Errorf("%+v", o)
	}
	b.sound()

	// Back before that, they are logged out and stay.
	b, ana = talking(t)
	b.step(SiteChanged{Branch: next})
	again := branch()
	again.Revision = "rev3"
	b.step(SiteChanged{Branch: again})
	if v := b.s.Agents(); len(v) != 2 || v[0].ID != "ana" || v[0].Session != "logged_out" {
		t.Errorf("%+v", v)
	}
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	b.step(LegEnded{Leg: ana, Cause: EndedByBox})
	if len(b.s.Agents()) != 2 {
		t.Errorf("%+v", b.s.Agents())
	}
	b.sound()
}

// TestWhoSitsWhereTheDocumentSays: of two agents at one extension the first, at one that is there, or outside.
func TestWhoSitsWhereTheDocumentSays(t *testing.T) {
	b := newBench(t, func(x *Branch) {
		x.Agents = append(x.Agents,
			Agent{ID: "cleo", Extension: "201", LoggedIn: true}, Agent{ID: "dan", Extension: "299", LoggedIn: true}, Agent{ID: "eve", Extension: "203"},
			Agent{ID: "fay", Outside: "+33612345670", LoggedIn: true}, Agent{ID: "gus", LoggedIn: true},
		)
	})
	var in []string
	for _, v := range b.s.Agents() {
		if v.Session == "logged_in" {
			in = append(in, v.ID+" "+v.Extension)
		}
	}
	if !slices.Equal(in, []string{"ana 201", "bob 202", "fay "}) {
		t.Errorf("%q", in)
	}
	// A party cannot be handed to somebody outside: they are there by the queue alone.
	b.queued("i1")
	b.step(LegAnswered{Leg: ringOf(b).Leg})
	b.step(CallTransfer{Request: 1, By: "agent:ana", Agent: "ana", Kind: ToAgent, Target: "fay"})
	if got := b.refused(); got != "number.no_extension" {
		t.Error(got)
	}
	for target, want := range map[string]string{"zoe": "agent.unknown", "eve": "agent.logged_out"} {
		b.step(CallTransfer{Request: 1, By: "agent:ana", Agent: "ana", Kind: ToAgent, Target: target})
		if got := b.refused(); got != want {
			t.Errorf("%s: %q", target, got)
		}
	}
}

// TestMembersOfTheSecondQueue: each queue has its own order, whether the one before lists members or not.
func TestMembersOfTheSecondQueue(t *testing.T) {
	b := newBench(t, func(x *Branch) {
		x.Queues[1].Strategy, x.Queues[1].Members = Linear, []string{"bob", "ana"}
		x.Agents[0].Queues = []string{"rescue"}
		x.Services[1].Queue = "rescue"
	})
	b.queued("i1")
	if o := lastTold[fact.OfferMade](b); o.Agent != "bob" {
		t.Errorf("%+v", o)
	}
}

// TestSeveralAreServedAtOnce: as many callers are presented in one step as there are agents who came in it.
func TestSeveralAreServedAtOnce(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Agents = nil })
	for _, leg := range []string{"i1", "i2", "i3"} {
		b.queued(leg)
		b.wait(1_000)
	}
	next := branch()
	next.Revision = "rev2"
	b.step(SiteChanged{Branch: next})
	var served []string
	for _, f := range b.last {
		if o, ok := f.(fact.OfferMade); ok {
			served = append(served, o.Call+" "+o.Agent)
		}
	}
	if !slices.Equal(served, []string{"3-000001 ana", "3-000002 bob"}) {
		t.Errorf("%q", served)
	}
	b.sound()
}
