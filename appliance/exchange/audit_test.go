package exchange

import (
	"slices"
	"strings"
	"testing"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/queue"
)

// busy is an exchange where ana talks (call 0), two callers wait (calls 1 and 2), and bob is in a pause.
func busy(t *testing.T) *bench {
	t.Helper()
	b := newBench(t)
	b.step(AgentDeclare{Agent: "bob", Pause: "lunch"})
	b.queued("i1")
	b.step(LegAnswered{Leg: effect[Ring](b).Leg})
	b.wait(1_000)
	b.queued("i2")
	b.wait(1_000)
	b.queued("i3")
	return b
}

// TestAuditNamesEveryBrokenPromise breaks one promise at a time, with exactly one complaint each.
func TestAuditNamesEveryBrokenPromise(t *testing.T) {
	for _, c := range []struct {
		want string // words of the complaint
		harm func(s *State)
	}{
		{"is in the list but not found by name", func(s *State) { c := *s.order[0]; s.calls[c.ID] = &c }},
		{"leads elsewhere", func(s *State) { s.legs["i1"] = s.order[1] }},
		{"legs by name", func(s *State) { s.legs["i9"] = s.order[1] }},
		{"calls by name", func(s *State) { s.calls["3-9"] = &call.Call{} }},
		{"of call 3-000002 does not run", func(s *State) {
			id := TimerID(s.order[1].Timers[0].ID)
			x := s.timers[id]
			x.Call = "3-000003"
			s.timers[id] = x
		}},
		{"among the waiting false", func(s *State) { s.waiting = s.waiting[:1] }},
		{"in a visit false", func(s *State) { s.order[1].Visit.N = 0 }},
		{"call 3-000002 has an offer out in phase queued", func(s *State) { s.order[1].Out = []queue.Offer{{N: 1, State: queue.OfferPlaced, Leg: "o3-9"}} }},
		{"call 3-000001 has an offer out in phase talking", func(s *State) {
			s.order[0].Out = []queue.Offer{{N: 1, State: queue.OfferPlaced, Leg: "i1"}}
		}},
		{`is queued with outcome "failed"`, func(s *State) { s.order[1].Verdict.Outcome = "failed" }},
		{"is talking with 1 legs bridged", func(s *State) {
			c := s.order[0]
			c.Bridged = c.Bridged[:1]
			c.Plan.Legs = c.Hearing()
		}},
		{"is queued with 2 legs bridged", func(s *State) { s.order[1].Bridged = []plan.LegID{"i2", "i2"} }},
		{"the plan that was said is not what it should hear", func(s *State) { s.order[0].Plan.Legs = nil }},
		{"extension 201 carries 1 legs, counted 2", func(s *State) { s.lines["201"]++ }},
		{"trunk carrier carries 3 legs, counted 2", func(s *State) { s.trunks["carrier"]-- }},
		{"lines counted that carry nothing", func(s *State) { s.lines["209"] = 1 }},
		{"lines counted that carry nothing", func(s *State) { s.trunks["backup"] = 1 }},
		{"the waiting callers are not in order", func(s *State) { slices.Reverse(s.waiting) }},
		{"timers run", func(s *State) { s.timers[99] = timer{ID: 99} }},
		{"agent bob is idle and tied to call 3-000001", func(s *State) { s.agent("bob").Call = "3-000001" }},
		{"agent bob is idle and tied to call", func(s *State) { s.agent("bob").Leg = "i1" }},
		{"agent ana is talking without a live leg", func(s *State) { s.agent("ana").Leg = "o3-9" }},
		{"agent ana is talking without a live leg", func(s *State) { s.agent("ana").Call = "3-9" }},
		{"agent ana is talking and nobody looks after it", func(s *State) { delete(s.timers, s.check); s.check = 0 }},
		{"agent bob is wrapup with wrap-up timer 0", func(s *State) { s.agent("bob").Activity = agent.WrapUp }},
		{"timers run", func(s *State) {
			a := s.agent("bob")
			a.CoolDowns = append(a.CoolDowns, agent.CoolDown{Queue: "rescue"})
		}},
		{"agents ana and bob sit at extension 201", func(s *State) { s.agent("bob").Extension = "201" }},
		{"waits in sales while agent bob is free", func(s *State) {
			s.agent("bob").Declared, s.agent("bob").Pause = agent.Available, ""
			s.order[2].Timers = append(s.order[2].Timers, call.Timer{ID: 98, For: call.RetryOffer})
			s.timers[98] = timer{ID: 98, Call: s.order[2].ID}
		}},
	} {
		b := busy(t)
		if bad := b.s.Audit(); len(bad) > 0 {
			t.Fatal(bad)
		}
		c.harm(b.s)
		if bad := b.s.Audit(); len(bad) != 1 || !strings.Contains(bad[0], c.want) {
			t.Errorf("want one complaint of %q, got %q", c.want, bad)
		}
	}
	b := busy(t)
	b.s.agent("bob").Leg = "i1"
	b.s.lines["201"]++
	b.s.waiting = nil
	if bad := b.s.Audit(); len(bad) != 4 || !slices.IsSorted(bad) {
		t.Errorf("want four complaints in order, got %q", bad)
	}
	b = busy(t)
	o := b.s.order[0]
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer}) // closing, ana's leg is being ended
	if bad := b.s.Audit(); len(bad) > 0 || o.Phase != call.Closing {
		t.Fatal(o.Phase, bad)
	}
	o.Verdict.Outcome = ""
	if bad := b.s.Audit(); len(bad) != 1 || !strings.Contains(bad[0], `is closing with outcome ""`) {
		t.Error(bad)
	}
	o.Verdict.Outcome = "answered"
	legs := o.Legs
	o.Legs = nil
	if bad := b.s.Audit(); !slices.ContainsFunc(bad, func(x string) bool { return strings.Contains(x, "is over and still there") }) {
		t.Error(bad)
	}
	o.Legs = legs
	w := b.s.agent("ana")
	if w.Activity != agent.WrapUp {
		t.Fatal(w.Activity)
	}
	w.Activity = agent.Idle
	if bad := b.s.Audit(); len(bad) != 1 || !strings.Contains(bad[0], "agent ana is idle with wrap-up timer") {
		t.Error(bad)
	}
}

func TestIdleMeansNothingAtAll(t *testing.T) {
	for name, harm := range map[string]func(s *State){
		"a call":        func(s *State) { s.order = append(s.order, &call.Call{}) },
		"a leg":         func(s *State) { s.legs["i1"] = nil },
		"a timer":       func(s *State) { s.timers[1] = timer{} },
		"a recording":   func(s *State) { s.tapes = append(s.tapes, tape{}) },
		"a caller":      func(s *State) { s.waiting = append(s.waiting, &call.Call{}) },
		"a reservation": func(s *State) { s.agent("ana").Activity = agent.Reserved },
		"a lease":       func(s *State) { s.agent("ana").Lease = 1 },
	} {
		b := newBench(t)
		if !b.s.Idle() {
			t.Fatal("a fresh exchange is busy")
		}
		if harm(b.s); b.s.Idle() {
			t.Errorf("idle with %s", name)
		}
	}
}

// TestAuditWaitsForTheTimerOfACoolDown: whatever comes in the millisecond in which a cool-down ends may come before its timer, which then serves
// who waits.
func TestAuditWaitsForTheTimerOfACoolDown(t *testing.T) {
	b := busy(t)
	b.s.coolDown(b.s.agent("bob"), "sales", 1_000, "busy")
	b.step(AgentDeclare{Agent: "bob"})
	b.s.clock += 1_000
	if fit, _ := b.s.agent("bob").Fit("sales", b.s.clock, 0); !fit {
		t.Fatal("the cool-down is not over")
	}
	if faults := b.s.Audit(); len(faults) > 0 {
		t.Error(faults)
	}
	b.s.agent("bob").CoolDowns = nil
	if faults := b.s.Audit(); len(faults) == 0 {
		t.Error("callers wait, an agent is free, and nobody notices")
	}
}
