package exchange

import (
	"testing"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// holdings bring the agent a1 of sales (extension 301) into each state that a hold names.
func holdings() []holdingCase {
	return []holdingCase{
		{HeldPaused, func(b *bench) { b.step(AgentDeclare{Agent: "a1", Pause: "lunch"}) }},
		{HeldInUse, func(b *bench) { b.fromExtension("own", "301", "203") }},
		{HeldInUse, func(b *bench) { // by a call of before they came
			b.step(AgentLogOut{Agent: "a1"})
			b.fromExtension("own", "301", "203")
			b.step(AgentLogIn{Agent: "a1", Extension: "301", Status: StatusAvailable})
		}},
		{HeldInUse, func(b *bench) { // by a call that is none of ours
			b.fromExtension("own", "203", "301")
			b.step(LegRefused{Leg: ringOf(b).Leg, Reason: RefusedBusy, SIP: 486})
			b.step(LegEnded{Leg: "own", Cause: EndedByBox})
		}},
		{HeldRinging, func(b *bench) { b.fromExtension("own", "203", "301") }},
		{HeldUnavailable, func(b *bench) { b.step(PhoneReachable{Extension: "301"}) }},
		{HeldWrapUp, func(b *bench) {
			b.queued("before")
			leg := effect[Ring](b).Leg
			b.step(LegAnswered{Leg: leg})
			b.step(LegEnded{Leg: "before", Cause: EndedByPeer})
			b.step(LegEnded{Leg: leg, Cause: EndedByBox})
		}},
	}
}

type holdingCase struct {
	hold Hold
	do   func(b *bench)
}

// FEATURES §7.1 « join when empty … over a set of conditions »: for each condition, a caller is let in exactly when it is not named.
func TestJoinEmptyCountsEachHold(t *testing.T) {
	for _, x := range holdings() {
		for _, named := range []Hold{HeldPaused, HeldInUse, HeldRinging, HeldUnavailable, HeldWrapUp} {
			b := newBench(t, crowd(1, func(q *Queue) { q.JoinEmpty, q.WrapUpMS = []Hold{named}, 60_000 }))
			x.do(b)
			b.fromTrunk("i1", "0140506071")
			refused := false
			for _, e := range b.effects {
				r, ok := e.(Refuse)
				refused = refused || ok && r.Reason == RefusedBusy
			}
			if refused != (x.hold == named) {
				t.Errorf("agent %s, %s named: refused %v", x.hold, named, refused)
			}
			if refused {
				v := lastTold[fact.VisitEnded](b)
				b.step(LegEnded{Leg: "i1", Cause: EndedByBox})
				if e := lastTold[fact.CallEnded](b); v.Outcome != fact.VisitNobodyFit || e.Outcome != fact.CallDeterred || !hasCode(e.Reasons, "queue.nobody_there") {
					t.Errorf("%s: %+v %+v", named, v, e)
				}
			}
		}
	}
}

// The same while waiting: a caller who was let in leaves as soon as a named condition empties the queue.
func TestLeaveEmptyCountsEachHold(t *testing.T) {
	for _, x := range holdings() {
		for _, named := range []Hold{HeldPaused, HeldInUse, HeldRinging, HeldUnavailable, HeldWrapUp} {
			b := newBench(t, crowd(2, func(q *Queue) { q.LeaveEmpty, q.WrapUpMS, q.OnEmpty = []Hold{named}, 60_000, "rescue" }), func(br *Branch) {
				br.Agents[1].Skills = nil
				br.Queues[1].MaxLength = 0
			})
			b.step(AgentLogOut{Agent: "a2"})
			x.do(b)
			b.step(AgentLogIn{Agent: "a2", Status: StatusAvailable})
			b.queued("i1")
			b.step(LegRefused{effect[Ring](b).Leg, RefusedDeclined, 603}) // a2 is left in peace, and is there
			if v := b.s.Calls()[len(b.s.Calls())-1]; v.Queue != "sales" {
				t.Fatalf("%s, %s named: not let in while a2 was there", x.hold, named)
			}
			b.step(AgentLogOut{Agent: "a2"})
			want := "sales"
			if x.hold == named {
				want = "rescue"
			}
			if v := b.s.Calls()[len(b.s.Calls())-1]; v.Queue != want || v.Phase != "queued" {
				t.Errorf("agent %s, %s named: %+v", x.hold, named, v)
			}
		}
	}
}

// Whoever is logged out never counts as present; a queue that names nothing lets everybody in.
func TestLoggedOutIsAlwaysAbsent(t *testing.T) {
	for _, named := range [][]Hold{nil, {HeldWrapUp}} {
		b := newBench(t, crowd(1, func(q *Queue) { q.JoinEmpty = named }))
		b.step(AgentLogOut{Agent: "a1"})
		b.fromTrunk("i1", "0140506071")
		if got := len(told[fact.VisitEnded](b)) == 1; got != (named != nil) {
			t.Errorf("%v named: turned away %v", named, got)
		}
	}
}

// Who lacks a skill that is never relaxed is nobody for this queue.
func TestWithoutTheSkillNobodyIsThere(t *testing.T) {
	for _, relax := range []int64{0, 1_000} {
		b := newBench(t, crowd(1, func(q *Queue) {
			q.JoinEmpty, q.Needs = []Hold{HeldPaused}, []Need{{Skill: "english", Level: 2, RelaxMS: relax}}
		}))
		b.fromTrunk("i1", "0140506071")
		if got := len(told[fact.VisitEnded](b)) == 1; got != (relax == 0) {
			t.Errorf("relaxed each %d ms: turned away %v", relax, got)
		}
	}
}

// Queues that send each other their callers end: nobody there, nobody there, full.
func TestRingsOfQueuesComeToAnEnd(t *testing.T) {
	b := newBench(t, crowd(1, func(q *Queue) { q.JoinEmpty, q.OnEmpty = []Hold{HeldPaused}, "rescue" }), func(x *Branch) {
		x.Queues[1].Overflow, x.Queues[1].MaxLength = "sales", 1
	})
	b.step(AgentDeclare{Agent: "a1", Pause: "lunch"})
	b.queued("i1") // sales is empty: rescue takes them
	if e := lastTold[fact.VisitEntered](b); e.Queue != "rescue" || e.From != "sales" {
		t.Fatalf("%+v", e)
	}
	b.fromTrunk("i2", "0140506071") // sales is empty, rescue is full, sales was asked already
	if r := effect[Refuse](b); r.Reason != RefusedBusy {
		t.Fatalf("%+v", r)
	}
	b.step(LegEnded{Leg: "i2", Cause: EndedByBox})
	e := lastTold[fact.CallEnded](b)
	if e.Outcome != fact.CallDeterred || !hasCode(e.Reasons, "queue.nobody_there") || !hasCode(e.Reasons, "queue.full") {
		t.Fatalf("%+v", e)
	}
	ends := told[fact.VisitEnded](b)
	if n := len(ends); ends[n-2].Outcome != fact.VisitNobodyFit || ends[n-2].To != "rescue" || ends[n-1].Outcome != fact.VisitFull || ends[n-1].To != "" {
		t.Fatalf("%+v", ends)
	}
}

// FEATURES §7.1 « precedence between ring timeout and max wait »: a phone that rings when the wait is over is let ring, and the caller goes on to the
// overflow only when nobody lifts.
func TestRingingGoesBeforeMaxWait(t *testing.T) {
	for _, lifts := range []bool{true, false} {
		b := newBench(t, crowd(1, func(q *Queue) { q.MaxWaitMS, q.Overflow = 20_000, "rescue" }))
		b.step(AgentDeclare{Agent: "a1", Pause: "lunch"})
		b.queued("i1")
		b.wait(15_000)
		b.step(AgentDeclare{Agent: "a1"})
		leg := effect[Ring](b).Leg
		b.step(LegRinging{Leg: leg})
		b.wait(10_000) // 25 s: five too many, and it rings
		if lifts {
			b.step(LegAnswered{Leg: leg})
			if v := lastTold[fact.VisitEnded](b); v.Outcome != fact.VisitAnswered || v.WaitMS != 25_000 {
				t.Fatalf("%+v", v)
			}
			continue
		}
		b.wait(5_000)
		if v := lastTold[fact.VisitEnded](b); v.Outcome != fact.VisitWaitedTooLong || v.WaitMS != 30_000 || v.To != "rescue" {
			t.Fatalf("%+v", v)
		}
	}
}

// A ring_all queue asks nobody new once the wait is over.
func TestRingAllAsksNobodyNewWhenOverdue(t *testing.T) {
	b := newBench(t, crowd(2, func(q *Queue) { q.Strategy, q.MaxWaitMS, q.Overflow = RingAll, 10_000, "rescue" }))
	b.step(AgentDeclare{Agent: "a2", Pause: "lunch"})
	b.queued("i1")
	b.wait(11_000)
	b.step(AgentDeclare{Agent: "a2"})
	none[Ring](b)
}

func TestAutoPause(t *testing.T) {
	miss := func(b *bench, outcome fact.OfferOutcome) {
		o := lastTold[fact.OfferMade](b)
		leg := plan.LegID(o.Leg)
		switch outcome {
		case fact.OfferNotAnswered:
			b.step(LegRinging{Leg: leg})
			b.wait(15_000)
			b.step(LegEnded{Leg: leg, Cause: EndedByBox})
		case fact.OfferDeclined:
			b.step(LegRefused{leg, RefusedDeclined, 603})
		case fact.OfferBusy:
			b.step(LegRefused{leg, RefusedBusy, 486})
		default:
			b.step(LegRefused{leg, RefusedMedia, 488})
		}
		b.wait(40_000) // the cool-down
	}
	start := func(p AutoPause) *bench {
		b := newBench(t, crowd(1, func(q *Queue) { q.AutoPause = p }), func(x *Branch) { x.Agents[0].Queues = []string{"sales", "rescue"} })
		b.queued("i1")
		return b
	}
	for _, o := range []fact.OfferOutcome{fact.OfferNotAnswered, fact.OfferDeclined, fact.OfferBusy, fact.OfferUnreachable} {
		b := start(AutoPause{Scope: AutoPauseAll, Pause: "missed"})
		miss(b, o)
		blamed := o == fact.OfferNotAnswered || o == fact.OfferDeclined
		if a := b.s.agent("a1"); (a.Declared == agent.Pause) != blamed || blamed && a.Pause != "missed" {
			t.Errorf("%s: %+v", o, a)
		}
	}
	b := start(AutoPause{Scope: AutoPauseAll, After: 2, Pause: "missed"})
	miss(b, fact.OfferNotAnswered)
	if b.activity("a1") != "available/reserved" { // offered again after the cool-down
		t.Fatalf("paused after one of two: %s", b.activity("a1"))
	}
	miss(b, fact.OfferNotAnswered)
	var reasons []fact.Reason
	for _, f := range told[fact.AgentChanged](b) {
		if f.Agent == "a1" && f.Declared == "pause" {
			reasons = f.Reasons
			break
		}
	}
	if b.activity("a1") != "pause/idle" || !hasCode(reasons, "agent.auto_paused") || !hasCode(reasons, "offer.not_answered") {
		t.Fatalf("%s because of %+v", b.activity("a1"), reasons)
	}
	// an answer in between counts anew
	b = start(AutoPause{Scope: AutoPauseAll, After: 2})
	miss(b, fact.OfferNotAnswered)
	leg := plan.LegID(lastTold[fact.OfferMade](b).Leg)
	b.step(LegAnswered{Leg: leg})
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	b.step(LegEnded{Leg: leg, Cause: EndedByBox})
	b.queued("i2")
	miss(b, fact.OfferNotAnswered)
	if b.activity("a1") != "available/reserved" {
		t.Fatalf("misses that were not in a row: %s", b.activity("a1"))
	}
	// this queue alone, until the agent says they are there again
	b = start(AutoPause{Scope: AutoPauseQueue, Pause: "missed"})
	miss(b, fact.OfferNotAnswered)
	n := lastTold[fact.NobodyOffered](b)
	if b.activity("a1") != "available/idle" || !hasCode(n.Candidates[0].Reasons, "agent.paused_in_queue") {
		t.Fatalf("%s, %+v", b.activity("a1"), n)
	}
	if fit, _ := b.s.agent("a1").Fit("rescue", b.s.clock, 0); !fit {
		t.Fatal("paused from every queue")
	}
	b.step(AgentDeclare{Agent: "a1"})
	effect[Ring](b)
}

// A pause chosen for afterwards goes before auto-pause (FEATURES §2.3, precedence when a call ends).
func TestChosenStatusGoesBeforeAutoPause(t *testing.T) {
	b := newBench(t, crowd(1, func(q *Queue) { q.AutoPause = AutoPause{Scope: AutoPauseAll, Pause: "missed"} }))
	b.queued("i1")
	leg := effect[Ring](b).Leg
	b.step(LegRinging{Leg: leg})
	b.step(AgentDeclare{Agent: "a1", Pause: "lunch"})
	b.wait(15_000)
	if a := b.s.agent("a1"); a.Pause != "lunch" {
		t.Errorf("%+v", a)
	}
}

// TestMissedRecallPauses: FEATURES §2.3: an auto-pause goes before the wrap-up and the status of before, where the queue says so and the agent let the
// caller ring whom they had handed over.
func TestMissedRecallPauses(t *testing.T) {
	strict := func(x *Branch) {
		x.Pauses = []Pause{{ID: "missed", Name: "Manqué"}}
		x.Queues[0].AutoPause = AutoPause{Scope: AutoPauseAll, Pause: "missed"}
	}
	for _, c := range []struct {
		name  string
		site  func(*Branch)
		first func(b *bench)
		lost  Refusal
		want  agent.Declared
	}{
		{"lets it ring", strict, nil, RefusedNoAnswer, agent.Pause},
		{"declines", strict, nil, RefusedDeclined, agent.Pause},
		{"busy is no fault", strict, nil, RefusedBusy, agent.Available},
		{"the phone is gone", strict, nil, RefusedUnreachable, agent.Available},
		{"the queue pauses nobody", func(*Branch) {}, nil, RefusedNoAnswer, agent.Available},
		{"in a pause of their own", strict, func(b *bench) { b.step(AgentDeclare{By: "agent:ana", Agent: "ana", Pause: "missed2"}) }, RefusedNoAnswer, agent.Pause},
		{"a lock goes before", strict, func(b *bench) { b.step(AgentLock{By: "console", Agent: "ana", On: true}) }, RefusedNoAnswer, agent.Available},
	} {
		b, ana := talking(t, c.site, func(x *Branch) { x.Pauses = append(x.Pauses, Pause{ID: "missed2"}); x.Queues[0].WrapUpMS = 60_000 })
		b.step(LegReferred{Leg: ana, Refer: 1, To: "203"})
		target := ringOf(b).Leg
		b.step(LegEnded{Leg: ana, Cause: EndedByPeer})
		if got := b.activity("ana"); got != "available/wrapup" {
			t.Fatal(c.name, got)
		}
		if c.first != nil {
			c.first(b)
		}
		b.step(LegRefused{Leg: target, Reason: RefusedDeclined})
		back := ringOf(b).Leg
		b.step(LegRinging{Leg: back})
		if c.lost == RefusedNoAnswer {
			b.wait(recallRing)
		} else {
			b.step(LegRefused{Leg: back, Reason: c.lost})
		}
		b.sound()
		if got := b.s.agent("ana").Declared; got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if a := b.s.agent("ana"); c.name == "in a pause of their own" && a.Pause != "missed2" {
			t.Errorf("%s: %s", c.name, a.Pause)
		}
	}
}
