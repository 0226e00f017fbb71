package exchange

import (
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// calledBackAndTalking has bob, alone at work, call somebody back who asked for it; it gives bob's leg and theirs.
func calledBackAndTalking(t *testing.T, change ...func(*Branch)) (b *bench, bob, party plan.LegID) {
	t.Helper()
	b = newBench(t, change...)
	b.step(AgentLogOut{By: "console", Agent: "ana"})
	b.step(CallbackAsk{Request: 1, By: "console", Queue: "sales", Number: "0612345678", Subject: "s1", Source: "command"})
	b.wait(0)
	bob = effect[Ring](b).Leg
	b.step(LegAnswered{Leg: bob})
	party = effect[Ring](b).Leg
	b.step(LegRinging{Leg: party})
	b.step(LegAnswered{Leg: party})
	b.sound()
	if got := b.activity("bob"); got != "available/talking" {
		t.Fatalf("bob is %s", got)
	}
	return b, bob, party
}

// TestCalledBackAndSentOn: who was called back and then sent to a queue is on the line: the agent who lifts there has them, and nobody is dialled anew.
func TestCalledBackAndSentOn(t *testing.T) {
	b, bob, party := calledBackAndTalking(t, func(x *Branch) {
		x.Sections = []Section{{ID: "help", Name: "Secours", Queue: "rescue"}}
	})
	b.step(AgentLogIn{By: "console", Agent: "ana", Status: StatusAvailable})
	b.wait(5_000)
	b.step(CallTransfer{Request: 2, By: "agent:bob", Agent: "bob", Kind: ToSection, Target: "help"})
	if r := effect[Reply](b); len(r.Refused) > 0 {
		t.Fatalf("%+v", r)
	}
	b.sound()
	b.step(LegEnded{Leg: bob, Cause: EndedByBox})
	b.wait(5_000) // bob's wrap-up
	again := effect[Ring](b)
	if again.To.Extension != "202" {
		t.Fatalf("rings %+v", again)
	}
	b.step(LegAnswered{Leg: again.Leg})
	none[Ring](b)
	b.sound()
	if h := b.from(); len(h[party]) != 1 || h[party][0] != again.Leg {
		t.Fatalf("hear %v", h)
	}
}

// TestNoRoomForAnotherCallback: whom the box cannot remember keeps their place in the queue.
func TestNoRoomForAnotherCallback(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Queues[0].Exits = []Exit{{Key: "1", To: ExitCallback}} })
	for i := range maxCallbacks {
		b.s.wish(callback{Queue: "rescue", Subject: fact.Subject(rune('a' + i)), Number: "+33612345679", Since: b.now + 3_600_000}, "", Queue{})
	}
	b.queued("i1")
	b.step(DigitPressed{Leg: "i1", Digit: "1"})
	if v := b.s.Calls()[0]; v.Phase != "queued" {
		t.Fatalf("the caller is %s", v.Phase)
	}
	if p := effect[Play](b); p.Sound != sayInvalid {
		t.Fatalf("hears %+v", p)
	}
}

// TestCallbackFarAway: a time that nobody lives to see is no time, and gives no place before others.
func TestCallbackFarAway(t *testing.T) {
	b := newBench(t)
	b.step(CallbackAsk{Request: 1, By: "web", Queue: "sales", Number: "0612345678", Subject: "s1", Source: "web", AfterMS: 1<<63 - 1})
	if r := effect[Reply](b); len(r.Refused) != 1 || r.Refused[0].Code != "callback.too_far" {
		t.Fatalf("%+v, kept %+v", r, b.s.Callbacks())
	}
}

// TestCallbackUnderTheQueuesList: what the queue may call is asked again when the call is placed.
func TestCallbackUnderTheQueuesList(t *testing.T) {
	b := newBench(t)
	b.step(AgentLogOut{By: "console", Agent: "ana"})
	b.step(CallbackAsk{Request: 1, By: "console", Queue: "sales", Number: "0612345678", Subject: "s1", Source: "command", AfterMS: 60_000})
	x := branch()
	x.Revision, x.Queues[0].Dial.Deny = "rev2", []string{"+336"}
	b.step(SiteChanged{Branch: x})
	b.wait(60_000)
	bob := effect[Ring](b).Leg
	b.step(LegAnswered{Leg: bob})
	none[Ring](b)
	if r := lastTold[fact.TollRefused](b); r.Detail != "queue sales +336" {
		t.Fatalf("%+v", r)
	}
}

// TestCallbacksRestAtNight: while the lines outside are locked nobody is rung for a call that cannot leave, and no attempt is lost.
func TestCallbacksRestAtNight(t *testing.T) {
	b := newBench(t)
	b.step(NightLock{By: "site", On: true})
	b.step(CallbackAsk{Request: 1, By: "console", Queue: "sales", Number: "0612345678", Subject: "s1", Source: "command"})
	b.wait(0)
	none[Ring](b)
	b.sound()
	b.step(NightLock{By: "site"})
	b.wait(callbackRetry)
	if r := effect[Ring](b); r.To.Extension != "201" {
		t.Fatalf("%+v", r)
	}
	if k := b.s.Callbacks(); len(k) != 1 || k[0].Attempts != 0 || k[0].SinceMS != callbackRetry {
		t.Fatalf("%+v", k)
	}
	b.sound()
}
