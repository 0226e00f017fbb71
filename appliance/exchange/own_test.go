package exchange

import (
	"fmt"
	"testing"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// remembers is a branch whose sales queue has callers come back to who spoke with them, for 20 s and within a day.
func remembers(x *Branch) { x.Queues[0].OwnMS, x.Queues[0].OwnWithinMS = 20_000, 24*3_600_000 }

// spoke has the caller s1 served by bob and gone; ana and bob are available then, ana for longer.
func spoke(t *testing.T, change ...func(*Branch)) *bench {
	t.Helper()
	b := newBench(t, append([]func(*Branch){remembers}, change...)...)
	b.step(AgentDeclare{Agent: "ana", Pause: "lunch"})
	b.queued("i1")
	bob := ringOf(b)
	b.step(LegAnswered{Leg: bob.Leg})
	b.step(AgentDeclare{Agent: "ana"})
	b.ends("i1", bob.Leg)
	b.wait(10_000) // its wrap-up
	return b
}

// ends hangs a caller up, and the other leg with them.
func (b *bench) ends(caller string, other plan.LegID) {
	b.t.Helper()
	b.step(LegEnded{Leg: plan.LegID(caller), Cause: EndedByPeer})
	b.step(LegEnded{Leg: other, Cause: EndedByBox})
	b.sound()
}

// TestOwnAgentFirst: FEATURES §7.1 « required agent first » and §8 « priority = initial agent with a waiting time, then group ».
func TestOwnAgentFirst(t *testing.T) {
	offered := func(b *bench) string { return lastTold[fact.OfferMade](b).Agent }
	b := spoke(t)
	b.queued("i2")
	if got := offered(b); got != "bob" {
		t.Errorf("offered to %s, who did not speak with them", got)
	}
	if f := lastTold[fact.OfferMade](b); !hasCode(f.Candidates[0].Reasons, "agent.required") {
		t.Errorf("%+v", f.Candidates)
	}

	b = spoke(t) // busy: for the time the queue gives, then anybody
	b.fromExtension("i9", "202", "203")
	b.queued("i2")
	none[Ring](b)
	b.wait(19_999)
	none[Ring](b)
	b.wait(1)
	if got := offered(b); got != "ana" {
		t.Errorf("offered to %s", got)
	}

	for name, do := range map[string]func(b *bench){
		"in a pause":   func(b *bench) { b.step(AgentDeclare{Agent: "bob", Pause: "lunch"}) },
		"logged out":   func(b *bench) { b.step(AgentLogOut{Agent: "bob"}) },
		"too long ago": func(b *bench) { b.now += 25 * 3_600_000 },
		"serves it no more": func(b *bench) {
			x := b.s.site.Branch
			x.Revision, x.Agents = "rev2", []Agent{x.Agents[0], x.Agents[1]}
			x.Agents[1].Queues = []string{"rescue"}
			b.step(SiteChanged{Branch: x})
		},
		"the queue does so no more": func(b *bench) {
			x := b.s.site.Branch
			x.Revision, x.Queues = "rev2", []Queue{x.Queues[0], x.Queues[1]}
			x.Queues[0].OwnMS = 0
			b.step(SiteChanged{Branch: x})
		},
	} {
		b := spoke(t)
		do(b)
		b.queued("i2")
		if got := offered(b); got != "ana" || b.s.calls["3-000002"].Visit.Required != "" {
			t.Errorf("%s: offered to %s", name, got)
		}
	}
}

// TestWhoIsNobodysCaller: a withheld number is no caller we know (FEATURES §8: « withheld number → false »), and no queue that does not ask for it keeps
// who spoke with whom.
func TestWhoIsNobodysCaller(t *testing.T) {
	b := spoke(t)
	b.step(LegOffered{Leg: "i2", Origin: Origin{FromTrunk, "carrier"}, Caller: Caller{Subject: "s1", Withheld: true}, Dialled: "0140506071"})
	b.step(LegAnswered{Leg: "i2"})
	if got := lastTold[fact.OfferMade](b).Agent; got != "ana" {
		t.Error(got)
	}
	b = spoke(t, func(x *Branch) { x.Queues[0].OwnMS = 0 })
	if got := b.s.Lasting().Known; len(got) != 0 {
		t.Error(got)
	}
	b = spoke(t) // and who is handed to a queue waits for no one agent
	b.queued("i2")
	bob := ringOf(b).Leg
	b.step(LegAnswered{Leg: bob})
	b.step(LegReferred{Leg: bob, Refer: 1, To: "+33140506071"})
	if f := lastTold[fact.VisitEntered](b); f.Queue != "sales" {
		t.Fatalf("%+v", f)
	}
	if c := b.s.calls["3-000002"]; c.Visit.Required != "" {
		t.Errorf("%+v", c.Visit)
	}
}

// TestAcquaintancesAreBounded: the oldest are forgotten first, and a step that fails forgets nobody.
func TestAcquaintancesAreBounded(t *testing.T) {
	b := newBench(t, remembers)
	for i := range mostAcquaintances {
		b.s.known[fact.Subject(fmt.Sprint("x", i))] = Acquaintance{Subject: fact.Subject(fmt.Sprint("x", i)), Agent: "ana", At: int64(i)}
	}
	b.queued("i1")
	ana := ringOf(b).Leg
	b.step(LegAnswered{Leg: ana})
	b.ends("i1", ana)
	if n := len(b.s.known); n != mostAcquaintances+1-mostAcquaintances/8 {
		t.Error(n)
	}
	if _, there := b.s.known["x0"]; there {
		t.Error("the oldest is still known")
	}
	if k := b.s.known["s1"]; k.Agent != "ana" {
		t.Errorf("%+v", k)
	}
	m, before := b.s.begin(), fmt.Sprint(b.s.acquaintances())
	for i := range mostAcquaintances / 8 {
		b.s.know(Acquaintance{Subject: fact.Subject(fmt.Sprint("y", i))})
	}
	b.s.know(Acquaintance{Subject: "s1", Agent: "bob"})
	b.s.rollBack(m)
	if fmt.Sprint(b.s.acquaintances()) != before {
		t.Error("a scope that was taken back changed who is known")
	}
}

// TestLasting: what an extension does with its calls and who spoke with whom outlive a cold start; what the branch no longer has or allows does not.
func TestLasting(t *testing.T) {
	b := spoke(t)
	b.step(ExtensionSet{Request: 1, By: "console", Extension: "201", DND: true})
	b.set("202", "00612345678", ForwardBusy)
	b.set("203", "201", ForwardAlways)
	kept := b.s.Lasting()

	n := newBench(t, remembers)
	n.step(Remembered{Lasting: kept})
	n.sound()
	if l := n.s.agent("ana").Line; l != agent.DoNotDisturb {
		t.Errorf("ana's line is %s", l)
	}
	if got := n.s.Lasting(); fmt.Sprint(got) != fmt.Sprint(kept) {
		t.Errorf("%+v, want %+v", got, kept)
	}
	if f := lastTold[fact.ExtensionSet](n); f.Extension != "203" || f.Forward != "201" || f.By != "box" {
		t.Errorf("%+v", f)
	}
	n.step(ExtensionSet{Request: 1, By: "console", Extension: "201"})
	n.queued("i2")
	if got := lastTold[fact.OfferMade](n).Agent; got != "bob" {
		t.Error(got)
	}

	n = newBench(t, remembers, func(x *Branch) { // 201 is gone, and nobody is sent outside any more
		x.Extensions, x.Agents = x.Extensions[1:], x.Agents[1:]
		x.Transfer.Outside = TransferNever
	})
	n.step(Remembered{Lasting: kept})
	n.sound()
	if got := n.s.Lasting().Extensions; len(got) != 0 {
		t.Errorf("%+v", got)
	}
	if f := lastTold[fact.CommandRefused](n); f.Command != "extension.set" || f.By != "box" || len(f.Reasons) == 0 {
		t.Errorf("%+v", f)
	}
}
