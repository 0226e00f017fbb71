package exchange

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// TestViewsSayWhatIsGoingOn holds every field of the three views, in one situation that fills them.
func TestViewsSayWhatIsGoingOn(t *testing.T) {
	b := busy(t) // ana talks for 2 s, i2 waits for 1 s, i3 came now
	b.wait(500)
	b.fromExtension("i4", "203", "18")
	out := b.effects
	caller := Caller{Subject: "s1", Number: "+33612345678"}
	var emergency plan.LegID
	for _, e := range out {
		if r, ok := e.(Ring); ok {
			emergency = r.Leg
		}
	}
	calls := []CallView{
		{
			ID: "3-000001", Flow: "inbound", Phase: "talking", Queue: "sales", Revision: "rev1", Caller: caller, Target: "+33140506071", Agent: "ana", OpenMS: 2_500, TalkMS: 2_500,
			Legs: []LegView{{ID: "i1", Way: "in", State: "up", Trunk: "carrier"}, {ID: "o3-000001", Way: "out", State: "up", Extension: "201"}},
		},
		{
			ID: "3-000002", Flow: "inbound", Phase: "queued", Revision: "rev1", Caller: caller, Target: "+33140506071", Queue: "sales", OpenMS: 1_500, WaitMS: 1_500,
			Legs: []LegView{{ID: "i2", Way: "in", State: "up", Trunk: "carrier"}},
		},
		{
			ID: "3-000003", Flow: "inbound", Phase: "queued", Revision: "rev1", Caller: caller, Target: "+33140506071", Queue: "sales", OpenMS: 500, WaitMS: 500,
			Legs: []LegView{{ID: "i3", Way: "in", State: "up", Trunk: "carrier"}},
		},
		{
			ID: "3-000004", Flow: "outbound", Phase: "dialling", Revision: "rev1", Caller: Caller{Number: "203", Name: "Chloé"}, Target: "18", Emergency: true,
			Legs: []LegView{{ID: "i4", Way: "in", State: "offered", Extension: "203"}, {ID: emergency, Way: "out", State: "placed", Trunk: "carrier"}},
		},
	}
	if d := cmp.Diff(calls, b.s.Calls()); d != "" {
		t.Error(d)
	}
	agents := []AgentView{
		{
			ID: "ana", Name: "Ana", Extension: "201", Session: "logged_in", Declared: "available", Activity: "talking", Line: "registered", Call: "3-000001",
			Queues: []string{"sales"}, SinceMS: 2_500, TurnMS: 2_500,
		},
		{
			ID: "bob", Name: "Bob", Extension: "202", Session: "logged_in", Declared: "pause", Pause: "lunch", Activity: "idle", Line: "registered",
			Queues: []string{"sales", "rescue"}, SinceMS: 2_500, TurnMS: 2_500,
		},
	}
	got := b.s.Agents()
	if !hasCode(got[0].Reasons, "agent.talking") || !hasCode(got[1].Reasons, "agent.pause") {
		t.Errorf("%+v", got)
	}
	for i := range got {
		got[i].Reasons = nil
	}
	if d := cmp.Diff(agents, got); d != "" {
		t.Error(d)
	}
	queues := []QueueView{
		{ID: "sales", Name: "Ventes", Waiting: 2, LongestMS: 1_500, Staffed: 2},
		{ID: "rescue", Name: "Secours", Staffed: 1},
	}
	if d := cmp.Diff(queues, b.s.Queues()); d != "" {
		t.Error(d)
	}
	b = newBench(t, func(x *Branch) { x.Agents = append(x.Agents, Agent{ID: "zoe", Name: "Zoé", Extension: "203"}) })
	if q := b.s.Queues(); q[0].Fit != 2 || q[0].Staffed != 2 || q[1].Fit != 1 {
		t.Errorf("%+v", q)
	}
	if a := b.s.Agents(); !a[0].Fit || a[2].Fit || !hasCode(a[2].Reasons, "agent.not_in_queue") {
		t.Errorf("%+v", a)
	}
	if r := b.s.Revision(); r != "rev1" || len(b.s.Recordings()) != 0 {
		t.Error(r)
	}
}

func TestRecordingsListsWhatWasNotTold(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Queues[0].Record = true })
	b.queued("i1")
	b.step(LegAnswered{Leg: effect[Ring](b).Leg})
	rec := effect[StartRecording](b).Recording
	if r := b.s.Recordings(); len(r) != 1 || r[0] != rec || !b.s.Calls()[0].Recorded {
		t.Errorf("%v", r)
	}
	b.step(RecordingStopped{Recording: rec})
	if r := b.s.Recordings(); len(r) != 0 || lastTold[fact.RecordingEnded](b).Recording != string(rec) {
		t.Errorf("%v", r)
	}
}

// TestAnAgentIsSeenSince: what stands beside an agent is how long they do what they do, whoever's turn it is.
func TestAnAgentIsSeenSince(t *testing.T) {
	b := newBench(t)
	since := func(what string, want, turn int64) {
		t.Helper()
		b.s.Advance(b.moment())
		if a := b.s.Agents()[0]; a.SinceMS != want || a.TurnMS != turn {
			t.Errorf("%s: %s for %d ms, their turn for %d, want %d and %d", what, a.Activity, a.SinceMS, a.TurnMS, want, turn)
		}
	}
	b.wait(30_000)
	since("free", 30_000, 30_000)
	b.queued("i1")
	leg := ringOf(b).Leg
	since("offered a call", 0, 30_000)
	b.wait(2_000)
	b.step(LegAnswered{Leg: leg})
	b.wait(5_000)
	since("talking", 5_000, 37_000)
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	b.wait(1_000)
	since("writing up", 1_000, 38_000)
	b.step(AgentDeclare{Agent: "ana", Pause: "lunch"})
	b.wait(3_000)
	since("at lunch", 3_000, 3_000)
}
