package exchange

import (
	"fmt"
	"slices"
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// crowd makes a branch of n agents a1… at extensions 301…, who all serve the queue "sales"; change alters the queue.
func crowd(n int, change func(q *Queue)) func(*Branch) {
	return func(x *Branch) {
		x.Agents = nil
		x.Trunks[0].Channels = 200
		q := &x.Queues[0]
		q.MaxLength, q.MaxWaitMS, q.WrapUpMS, q.Overflow = 0, 0, 0, ""
		for i := range n {
			ext := fmt.Sprint(301 + i)
			x.Extensions = append(x.Extensions, Extension{Number: ext, RingMS: 20_000})
			x.Agents = append(x.Agents, Agent{ID: fmt.Sprintf("a%d", i+1), Extension: ext, Queues: []string{"sales"}, LoggedIn: true})
		}
		change(q)
	}
}

// rings lists the legs placed by the last step, and whose they are.
func rings(b *bench) (legs []plan.LegID, who []string) {
	for _, e := range b.effects {
		if r, ok := e.(Ring); ok {
			legs = append(legs, r.Leg)
			for _, a := range b.s.agents {
				if a.Extension == r.To.Extension {
					who = append(who, a.ID)
				}
			}
		}
	}
	return legs, who
}

// serveOne lets a caller be answered by whoever is chosen, talk and leave, and says who it was.
func serveOne(b *bench, n int) string {
	b.t.Helper()
	in := plan.LegID(fmt.Sprintf("i3-%06d", n))
	b.queued(string(in))
	legs, who := rings(b)
	if len(legs) != 1 {
		b.t.Fatalf("call %d rings %v", n, who)
	}
	b.step(LegAnswered{Leg: legs[0]})
	b.step(LegEnded{Leg: in, Cause: EndedByPeer})
	b.step(LegEnded{Leg: legs[0], Cause: EndedByBox})
	return who[0]
}

// TestRoundRobinIsFairOver10000Calls is FEATURES §7.1's acceptance in the whole exchange: max − min of answered offers ≤ 1 at every moment, over
// a restart, too: the turn is remembered.
func TestRoundRobinIsFairOver10000Calls(t *testing.T) {
	b := newBench(t, crowd(7, func(q *Queue) { q.Strategy = RoundRobin }))
	seen := map[string]int{}
	for n := range 10_000 {
		b.facts = nil
		seen[serveOne(b, n+1)]++
		if n == 5_000 {
			data, err := b.s.Encode()
			if err != nil {
				t.Fatal(err)
			}
			if b.s, err = Restore(data); err != nil {
				t.Fatal(err)
			}
			b.s.Resume(b.moment(), nil)
		}
		most, least := 0, 10_000
		for i := range 7 {
			k := seen[fmt.Sprintf("a%d", i+1)]
			most, least = max(most, k), min(least, k)
		}
		if most-least > 1 {
			t.Fatalf("after %d calls: %v", n+1, seen)
		}
	}
}

// TestLinearAlwaysBeginsAtTheTop: the configured members in their order, then the others as they stand in the document.
func TestLinearAlwaysBeginsAtTheTop(t *testing.T) {
	b := newBench(t, crowd(4, func(q *Queue) { q.Strategy, q.Members = Linear, []string{"a3", "a1"} }))
	for n := range 50 {
		b.wait(1_000)
		if got := serveOne(b, n+1); got != "a3" {
			t.Fatalf("call %d went to %s", n+1, got)
		}
	}
	var order []string
	for n := range 4 {
		b.queued(fmt.Sprintf("j%d", n))
		_, who := rings(b)
		order = append(order, who...)
	}
	if !slices.Equal(order, []string{"a3", "a1", "a2", "a4"}) {
		t.Errorf("ring in the order %v", order)
	}
	if c := lastTold[fact.OfferMade](b).Candidates; !hasCode(c[3].Reasons, "agent.linear") || !hasCode(c[2].Reasons, "agent.reserved") {
		t.Errorf("reasons %+v", c)
	}
}

// TestRandomGoesOnAfterARestart: the generator is in the state, and another epoch draws otherwise.
func TestRandomGoesOnAfterARestart(t *testing.T) {
	draw := func(epoch uint32, restart bool) (all []string) {
		b := newBench(t, crowd(9, func(q *Queue) { q.Strategy = Random }))
		b.step(Started{Epoch: epoch})
		for n := range 40 {
			all = append(all, serveOne(b, n+1))
			if n == 20 && restart {
				data, err := b.s.Encode()
				if err != nil {
					t.Fatal(err)
				}
				if b.s, err = Restore(data); err != nil {
					t.Fatal(err)
				}
				b.s.Resume(b.moment(), nil)
				b.step(Started{Epoch: epoch})
			}
		}
		return all
	}
	straight := draw(7, false)
	if got := draw(7, true); !slices.Equal(got, straight) {
		t.Errorf("a restart changes what is drawn:\n%v\n%v", straight, got)
	}
	if got := draw(8, false); slices.Equal(got, straight) {
		t.Error("every epoch draws the same")
	}
	slices.Sort(straight)
	if n := len(slices.Compact(straight)); n < 7 { // of nine who are all free each time
		t.Errorf("%d agents share 41 calls", n)
	}
}

// FEATURES §3.3: « Everyone, one answers »: 1 answered offer, 9 lost_race, with a Reason header (RFC 3326) and nobody blamed.
func TestRingAllOneAnswersNineLoseTheRace_RFC3326(t *testing.T) {
	b := newBench(t, crowd(12, func(q *Queue) { q.Strategy = RingAll }))
	since := b.s.agent("a2").Since
	b.queued("i1")
	legs, who := rings(b)
	if len(legs) != 10 || who[0] != "a1" || who[9] != "a10" {
		t.Fatalf("%v ring", who)
	}
	for i, o := range told[fact.OfferMade](b) {
		if want := 1; i == 0 && len(o.Candidates) != 12 || i > 0 && (len(o.Candidates) != want || o.Candidates[0].Agent != o.Agent || !hasCode(o.Candidates[0].Reasons, "agent.ring_all")) {
			t.Fatalf("offer %d: %+v", i, o.Candidates)
		}
	}
	for _, l := range legs {
		b.step(LegRinging{Leg: l})
	}
	b.wait(4_000)
	b.step(LegAnswered{Leg: legs[4]})
	elsewhere := 0
	for _, e := range b.effects {
		if h, ok := e.(HangUp); ok {
			if !h.AnsweredElsewhere || h.Leg == legs[4] {
				t.Fatalf("%+v", h)
			}
			elsewhere++
		}
	}
	count := map[fact.OfferOutcome]int{}
	for _, e := range told[fact.OfferEnded](b) {
		count[e.Outcome]++
	}
	if elsewhere != 9 || count[fact.OfferAnswered] != 1 || count[fact.OfferLostRace] != 9 || len(count) != 2 {
		t.Fatalf("%d told elsewhere, offers %v", elsewhere, count)
	}
	for _, a := range b.s.agents {
		if a.ID != "a5" && (a.Since != since || a.Misses != 0 || len(a.CoolDowns) != 0 || b.activity(a.ID) != "available/idle") {
			t.Fatalf("a loser is blamed: %+v", a)
		}
	}
	b.step(LegAnswered{Leg: legs[5]}) // lifted in the same moment: the dialog stands and is ended (RFC 3261 §9.1)
	if h := effect[HangUp](b); h.Leg != legs[5] {
		t.Fatalf("%+v", h)
	}
}

// FEATURES §3.3: « "Everyone" strategy, 10 phones ring, caller leaves »: 1 call cancelled, 10 offers cancelled, miss counters unchanged.
func TestRingAllCallerLeaves(t *testing.T) {
	b := newBench(t, crowd(10, func(q *Queue) { q.Strategy = RingAll }))
	b.queued("i1")
	legs, _ := rings(b)
	for _, l := range legs {
		b.step(LegRinging{Leg: l})
	}
	b.wait(2_000)
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	for _, l := range legs {
		b.step(LegEnded{Leg: l, Cause: EndedByBox})
	}
	ends := told[fact.OfferEnded](b)
	for _, e := range ends {
		if e.Outcome != fact.OfferCancelled || e.RingMS != 2_000 {
			t.Fatalf("%+v", e)
		}
	}
	if e := lastTold[fact.CallEnded](b); len(ends) != 10 || e.Outcome != fact.CallCancelled || e.LastOffer != "" {
		t.Fatalf("%d offers, %+v", len(ends), e)
	}
	for _, a := range b.s.agents {
		if a.Misses != 0 || len(a.CoolDowns) != 0 || b.activity(a.ID) != "available/idle" {
			t.Fatalf("%+v", a)
		}
	}
	b.empty()
}

// Two callers and fifteen agents: the first ring ten, the second the five who are left, and more as soon as somebody loses the race.
func TestRingAllServesTwoCallersAtOnce(t *testing.T) {
	b := newBench(t, crowd(15, func(q *Queue) { q.Strategy = RingAll }))
	b.queued("i1")
	first, _ := rings(b)
	b.queued("i2")
	second, who := rings(b)
	if len(first) != 10 || len(second) != 5 || who[0] != "a11" {
		t.Fatalf("%d and %v ring", len(first), who)
	}
	b.step(LegAnswered{Leg: first[0]})
	if more, who := rings(b); len(more) != 0 { // their phones still end the other call: a line in use is not rung
		t.Fatalf("%v ring", who)
	}
	for _, l := range first[1:6] {
		b.step(LegEnded{Leg: l, Cause: EndedByBox})
	}
	if n := len(b.s.calls["3-000002"].Out); n != 10 {
		t.Fatalf("%d phones ring for the second caller", n)
	}
	b.step(LegEnded{Leg: first[6], Cause: EndedByBox})
	if n := len(b.s.calls["3-000002"].Out); n != 10 {
		t.Fatalf("%d phones ring for the second caller", n)
	}
}

// Each phone of a ring_all rings for as long as the queue says, whenever it began; who was missed is blamed, who came late is not.
func TestRingAllEachPhoneHasItsTime(t *testing.T) {
	b := newBench(t, crowd(2, func(q *Queue) { q.Strategy = RingAll }))
	b.step(AgentDeclare{Agent: "a2", Pause: "lunch"})
	b.queued("i1")
	legs, _ := rings(b)
	b.step(LegRinging{Leg: legs[0]})
	b.wait(10_000)
	b.step(AgentDeclare{Agent: "a2"})
	late, who := rings(b)
	if len(late) != 1 || who[0] != "a2" {
		t.Fatalf("%v ring", who)
	}
	b.step(LegRinging{Leg: late[0]})
	b.wait(5_000)
	if e := told[fact.OfferEnded](b); len(e) != 1 || e[0].Agent != "a1" || e[0].Outcome != fact.OfferNotAnswered {
		t.Fatalf("%+v", e)
	}
	b.wait(9_000)
	if e := told[fact.OfferEnded](b); len(e) != 1 {
		t.Fatalf("%+v", e)
	}
	b.wait(1_000)
	if e := lastTold[fact.OfferEnded](b); e.Agent != "a2" || e.RingMS != 15_000 {
		t.Fatalf("%+v", e)
	}
}

// TestSkillsAskLessWithTime: FEATURES §7.1 skills: nobody at first, the second best when the caller has waited, the better one when both are there.
func TestSkillsAskLessWithTime(t *testing.T) {
	b := newBench(t, crowd(3, func(q *Queue) { q.Needs = []Need{{Skill: "english", Level: 7, RelaxMS: 10_000}} }), func(x *Branch) {
		x.Agents[0].Skills = []Skill{{"english", 5}}
		x.Agents[1].Skills = []Skill{{"english", 6}}
	})
	b.step(AgentDeclare{Agent: "a2", Pause: "lunch"})
	b.queued("i1")
	n := lastTold[fact.NobodyOffered](b)
	if !hasCode(n.Candidates[0].Reasons, "agent.skill") || n.Candidates[0].Reasons[0].Detail != "english 5 of 7" || len(n.Candidates) != 3 {
		t.Fatalf("%+v", n)
	}
	b.wait(19_999)
	if len(told[fact.OfferMade](b)) != 0 {
		t.Fatal("offered too early")
	}
	b.wait(1)
	if o := lastTold[fact.OfferMade](b); o.Agent != "a1" || o.WaitedMS != 20_000 || !hasCode(o.Candidates[0].Reasons, "agent.skilled") {
		t.Fatalf("%+v", o)
	}
	b.step(LegAnswered{Leg: plan.LegID(lastTold[fact.OfferMade](b).Leg)})
	b.queued("i2") // waits for a2's lunch, and finds a2 before a3, who speaks none
	b.wait(5_000)
	b.step(AgentDeclare{Agent: "a2"})
	b.wait(5_000)
	if o := lastTold[fact.OfferMade](b); o.Agent != "a2" || o.Call != "3-000002" {
		t.Fatalf("%+v", o)
	}
	b.queued("i3")
	b.wait(70_000) // at level 0 everybody of the queue will do
	if o := lastTold[fact.OfferMade](b); o.Agent != "a3" || o.Call != "3-000003" {
		t.Fatalf("%+v", o)
	}
}

// TestTheMoreUrgentQueueGoesFirst: FEATURES §7.1 priority between queues, with ageing.
func TestTheMoreUrgentQueueGoesFirst(t *testing.T) {
	b := newBench(t, func(x *Branch) {
		x.Queues[0].Priority, x.Queues[1].Priority = 50, 52
		x.Queues[0].MaxWaitMS, x.Queues[1].MaxLength = 0, 0
		x.Services[0].Queue, x.Services[0].Welcome = "rescue", ""
	})
	for _, a := range []string{"ana", "bob"} {
		b.step(AgentDeclare{Agent: a, Pause: "lunch"})
	}
	b.queued("i1")
	b.wait(119_000) // not two ageings of a minute yet
	b.fromTrunk("i2", "0140506070")
	b.step(LegAnswered{Leg: "i2"})
	b.step(AgentDeclare{Agent: "bob"}) // serves both
	if o := lastTold[fact.OfferMade](b); o.Call != "3-000002" || o.Queue != "rescue" {
		t.Fatalf("%+v", o)
	}
	if v := lastTold[fact.VisitEntered](b); v.Priority != 52 || v.Position != 1 {
		t.Fatalf("%+v", v)
	}
}

// TestAPointOfPriorityIsOneAgeing: who has waited two ageings goes before who begins to wait in a queue with two points more.
func TestAPointOfPriorityIsOneAgeing(t *testing.T) {
	b := newBench(t, func(x *Branch) {
		x.Queues[0].Priority, x.Queues[1].Priority = 50, 52
		x.Queues[0].MaxWaitMS, x.Queues[1].MaxLength = 0, 0
		x.Services[0].Queue, x.Services[0].Welcome = "rescue", ""
	})
	for _, a := range []string{"ana", "bob"} {
		b.step(AgentDeclare{Agent: a, Pause: "lunch"})
	}
	b.queued("i1")
	b.wait(120_000)
	b.fromTrunk("i2", "0140506070")
	b.step(LegAnswered{Leg: "i2"})
	b.step(AgentDeclare{Agent: "bob"})
	if o := lastTold[fact.OfferMade](b); o.Call != "3-000001" || o.Queue != "sales" {
		t.Fatalf("%+v", o)
	}
}

// TestACallerMayBeMoreUrgentThanTheirQueue: a priority of the caller's own goes before the queue's, and counts for the position.
func TestACallerMayBeMoreUrgentThanTheirQueue(t *testing.T) {
	b := newBench(t, crowd(1, func(*Queue) {}))
	b.step(AgentDeclare{Agent: "a1", Pause: "lunch"})
	for i := range 3 {
		b.queued(fmt.Sprintf("i%d", i+1))
		b.wait(1_000)
	}
	c := b.s.calls["3-000003"]
	c.Visit.Priority = 60
	if p := b.s.position(c); p != 1 {
		t.Errorf("position %d", p)
	}
	if p := b.s.position(b.s.calls["3-000002"]); p != 3 {
		t.Errorf("position %d", p)
	}
	b.step(AgentDeclare{Agent: "a1"})
	if o := lastTold[fact.OfferMade](b); o.Call != "3-000003" {
		t.Errorf("%+v", o)
	}
}

// TestNobodyStarvesInTheExchange: one agent, a queue of priority 100 that never runs dry, and one caller of priority 1: served within 99 ageings
// and the callers of those.
func TestNobodyStarvesInTheExchange(t *testing.T) {
	b := newBench(t, crowd(1, func(q *Queue) { q.Priority, q.AgeingMS = 100, 1_000 }), func(x *Branch) {
		x.Queues[1].Priority, x.Queues[1].AgeingMS, x.Queues[1].MaxLength = 1, 1_000, 0
		x.Services[0].Queue, x.Services[0].Welcome = "rescue", ""
		x.Agents[0].Queues = []string{"sales", "rescue"}
	})
	b.step(AgentDeclare{Agent: "a1", Pause: "lunch"})
	b.fromTrunk("poor", "0140506070")
	b.step(LegAnswered{Leg: "poor"})
	b.queued("rich0")
	b.queued("rich1")
	b.step(AgentDeclare{Agent: "a1"})
	for n := range 130 {
		if n > 0 && n%10 == 0 { // a little more than one a second: the queue grows
			b.queued(fmt.Sprintf("more%d", n))
		}
		o := lastTold[fact.OfferMade](b)
		if o.Call == "3-000001" {
			if b.now < 99_000 {
				t.Fatalf("served after %d ms", b.now)
			}
			return
		}
		b.step(LegAnswered{Leg: plan.LegID(o.Leg)})
		b.queued(fmt.Sprintf("rich%d", n+2))
		b.wait(1_000)
		b.step(LegEnded{Leg: b.s.calls[plan.CallID(o.Call)].CallerLeg().ID, Cause: EndedByPeer})
		b.step(LegEnded{Leg: plan.LegID(o.Leg), Cause: EndedByBox})
	}
	t.Fatal("starved")
}
