package exchange

import (
	"testing"

	"autocom/appliance/exchange/fact"
)

func TestPhoneReachableMovesTheLine(t *testing.T) {
	b := newBench(t)
	before := len(told[fact.AgentChanged](b))
	b.step(PhoneReachable{Extension: "203", Reachable: false})
	b.step(PhoneReachable{Extension: "202", Reachable: true})
	if n := len(told[fact.AgentChanged](b)); n != before {
		t.Fatalf("%d changes told of lines that did not change", n-before)
	}
	b.step(PhoneReachable{Extension: "201", Reachable: false})
	f := lastTold[fact.AgentChanged](b)
	if f.Agent != "ana" || f.Line != "unregistered" || !hasCode(f.Reasons, "line.unregistered") {
		t.Fatalf("%+v", f)
	}
	b.queued("i1")
	if r := effect[Ring](b); r.To.Extension != "202" {
		t.Fatalf("%+v", r)
	}
	b.queued("i2")
	b.step(PhoneReachable{Extension: "201", Reachable: true}) // the waiting caller is served at once
	if r := effect[Ring](b); r.To.Extension != "201" {
		t.Fatalf("%+v", r)
	}
}

// A caller who leaves while the phone rings takes nobody's turn; a call that was missed or talked does.
func TestTurnAmongTheAvailable(t *testing.T) {
	cases := []struct {
		name string
		do   func(b *bench, r Ring)
		next string
	}{
		{"caller left", func(b *bench, r Ring) {
			b.step(LegRinging{Leg: r.Leg})
			b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
			b.step(LegEnded{Leg: r.Leg, Cause: EndedByBox})
		}, "201"},
		{"talked", func(b *bench, r Ring) {
			b.step(LegAnswered{Leg: r.Leg})
			b.wait(1_000)
			b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
			b.step(LegEnded{Leg: r.Leg, Cause: EndedByBox})
			b.wait(10_000)
		}, "202"},
		{"missed, and long ago", func(b *bench, r Ring) {
			b.step(LegRinging{Leg: r.Leg})
			b.wait(15_000)
			b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
			b.step(LegEnded{Leg: r.Leg, Cause: EndedByBox})
			b.wait(60_000)
		}, "202"},
	}
	for _, c := range cases {
		b := newBench(t)
		b.wait(5_000)
		b.queued("i1")
		r := effect[Ring](b)
		if r.To.Extension != "201" {
			t.Fatalf("%s: %+v", c.name, r)
		}
		c.do(b, r)
		b.queued("i2")
		if r := effect[Ring](b); r.To.Extension != c.next {
			t.Errorf("%s: then %s is called, want %s", c.name, r.To.Extension, c.next)
		}
	}
}

func TestPauseChosenInWrapUpAppliesAtOnce(t *testing.T) {
	b := newBench(t)
	b.queued("i1")
	b.step(LegAnswered{Leg: effect[Ring](b).Leg})
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	b.step(AgentDeclare{Agent: "ana", Pause: "lunch"})
	if got := b.activity("ana"); got != "pause/idle" {
		t.Fatal(got)
	}
	b.step(AgentDeclare{Agent: "zoe", Request: 1})
	if r := effect[Reply](b); !hasCode(r.Refused, "agent.unknown") {
		t.Fatalf("%+v", r)
	}
	b.step(AgentLogOut{Agent: "bob"})
	b.step(AgentDeclare{Agent: "bob", Request: 2})
	if r := effect[Reply](b); !hasCode(r.Refused, "agent.logged_out") {
		t.Fatalf("%+v", r)
	}
}

func TestNextWakeIsTheEarliestTimer(t *testing.T) {
	b := newBench(t)
	if at, ok := b.s.NextWake(); ok {
		t.Fatalf("an idle exchange wakes at %d", at)
	}
	b.queued("i1")
	if at, ok := b.s.NextWake(); !ok || at != b.now+checkRound {
		t.Fatalf("wakes at %d, %v", at, ok)
	}
}

func TestViews(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Queues[0].Record = true })
	b.queued("i1")
	out := effect[Ring](b).Leg
	b.wait(2_000)
	b.queued("i2")
	if q := b.s.Queues()[0]; q.Waiting != 2 || q.LongestMS != 2_000 || q.Staffed != 2 || q.Fit != 0 {
		t.Fatalf("%+v", q)
	}
	b.step(LegAnswered{Leg: out})
	b.wait(3_000)
	b.step(MediaRestarted{})
	c := b.s.Calls()[0]
	if c.ID != "3-000001" || c.Phase != "talking" || c.WaitMS != 2_000 || c.TalkMS < 3_000 || !c.Recorded || c.Agent != "ana" || c.Target != "+33140506071" || len(c.Legs) != 2 {
		t.Fatalf("%+v", c)
	}
	if b.s.Revision() != "rev1" {
		t.Fatal(b.s.Revision())
	}
}

func TestAgentComesBackToTheSite(t *testing.T) {
	b := newBench(t)
	b.queued("i1")
	out := effect[Ring](b).Leg
	b.step(LegAnswered{Leg: out})
	without := branch()
	without.Revision, without.Agents = "rev2", without.Agents[1:]
	b.step(SiteChanged{Branch: without})
	again := branch()
	again.Revision = "rev3"
	b.step(SiteChanged{Branch: again})
	if f := lastTold[fact.AgentChanged](b); f.Agent != "ana" || f.Session != "logged_out" || f.Activity != "talking" {
		t.Fatalf("%+v", f)
	}
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	if a := b.s.Agents(); len(a) != 2 || a[0].ID != "ana" || a[0].Activity != "idle" {
		t.Fatalf("%+v", a)
	}
}

func TestRecordingThatStoppedByItselfMayStartAgain(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Queues[0].Record = true })
	b.queued("i1")
	b.step(LegAnswered{Leg: effect[Ring](b).Leg})
	b.step(RecordingStopped{Recording: effect[StartRecording](b).Recording, Error: "disk full"})
	if f := lastTold[fact.RecordingEnded](b); f.Error != "disk full" {
		t.Fatalf("%+v", f)
	}
	b.step(CallRecord{Request: 1, By: "agent:ana", Call: "3-000001", On: true})
	if r := effect[Reply](b); r.Refused != nil {
		t.Fatalf("%+v", r)
	}
	effect[StartRecording](b)
}
