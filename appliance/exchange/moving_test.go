package exchange

import (
	"testing"

	"autocom/appliance/exchange/fact"
)

// TestMove: « order changes, wait time kept » (FEATURES §6).
func TestMove(t *testing.T) {
	b := newBench(t, supervised, func(x *Branch) {
		x.Supervisors[0].Queues = []string{"sales", "rescue"}
		x.Agents[0].Queues = []string{"sales", "rescue"}
	})
	for _, a := range []string{"ana", "bob"} {
		b.step(AgentDeclare{Agent: a, Pause: "lunch"})
	}
	for _, leg := range []string{"i1", "i2", "i3"} {
		b.queued(leg)
		b.wait(1_000)
	}
	ask := func(in CallMove, want string) {
		t.Helper()
		in.Request = 1
		b.step(in)
		if got := b.refused(); got != want {
			t.Errorf("%+v: %q, want %q", in, got, want)
		}
		b.sound()
	}
	ask(CallMove{By: "supervisor:sam", Call: "3-9"}, "call.unknown")
	ask(CallMove{By: "supervisor:lea", Call: "3-000003", First: true}, "rights.missing")
	ask(CallMove{By: "supervisor:sam", Call: "3-000003"}, "queue.same")
	ask(CallMove{By: "console", Call: "3-000003", Queue: "bleue"}, "queue.unknown")
	ask(CallMove{By: "supervisor:sam", Call: "3-000003", First: true}, "")
	if f := lastTold[fact.CommandTaken](b); f != (fact.CommandTaken{Command: "call.move", By: "supervisor:sam", Call: "3-000003", Detail: "sales, first"}) {
		t.Errorf("%+v", f)
	}
	for i, want := range []int{2, 3, 1} {
		if got := b.s.position(b.s.order[i]); got != want {
			t.Errorf("caller %d stands at %d, want %d", i+1, got, want)
		}
	}
	ask(CallMove{By: "supervisor:sam", Call: "3-000002", Queue: "rescue"}, "")
	if f := lastTold[fact.VisitEnded](b); f.Outcome != fact.VisitMoved || f.To != "rescue" || f.WaitMS != 2_000 {
		t.Errorf("%+v", f)
	}
	if c := b.s.order[1]; c.FirstQueued != 2_000 || c.Visit.Queue != "rescue" || c.Music != "music:rescue" {
		t.Errorf("waits since %d in %q with %s", c.FirstQueued, c.Visit.Queue, c.Music)
	}
	b.step(AgentDeclare{Agent: "ana"})
	if f := lastTold[fact.OfferMade](b); f.Call != "3-000003" {
		t.Errorf("offered first: %+v", f)
	}

	// Moved while a phone rings: it is let go without blame.
	ask(CallMove{By: "supervisor:sam", Call: "3-000003", Queue: "rescue", First: true}, "")
	if f := told[fact.OfferEnded](b); len(f) != 1 || f[0].Outcome != fact.OfferCancelled {
		t.Errorf("%+v", f)
	}
	if got := b.s.position(b.s.order[2]); got != 1 {
		t.Errorf("first in the other queue: %d", got)
	}
}

// TestMoveNeedsTheRightOverBothQueues: over the one they wait in and over the one they go to.
func TestMoveNeedsTheRightOverBothQueues(t *testing.T) {
	b := newBench(t, supervised)
	for _, a := range []string{"ana", "bob"} {
		b.step(AgentDeclare{Agent: a, Pause: "lunch"})
	}
	b.queued("i1")
	for _, c := range []struct {
		call, to, want string
	}{
		{"3-000001", "rescue", "rights.other_queue"},
		{"3-000001", "sales", ""},
	} {
		b.step(CallMove{Request: 1, By: "supervisor:sam", Call: "3-000001", Queue: c.to, First: true})
		if got := b.refused(); got != c.want {
			t.Errorf("to %s: %q", c.to, got)
		}
	}
	b.step(CallMove{Request: 1, By: "console", Call: "3-000001", Queue: "rescue"})
	if got := b.refused(); got != "" {
		t.Fatal(got)
	}
	b.step(CallMove{Request: 1, By: "supervisor:sam", Call: "3-000001", Queue: "sales"}) // sam does not rule over where they are
	if got := b.refused(); got != "rights.other_queue" {
		t.Error(got)
	}
	b.sound()
}
