package exchange

import (
	"slices"
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

func whispering(n int, s Strategy) func(*Branch) {
	return crowd(n, func(q *Queue) { q.Whisper, q.Strategy = "sound:ventes", s })
}

// hears is what a leg hears by the last plan of its call.
func (b *bench) hears(call plan.CallID, leg plan.LegID) string {
	b.t.Helper()
	for _, h := range b.s.calls[call].Plan.Legs {
		if h.Leg == leg {
			if h.Sound != "" {
				return string(h.Sound)
			}
			return "silence"
		}
	}
	return "not in the plan"
}

// FEATURES §7.1 « whisper to agent on answer »: the agent hears it first, the caller has music until it is over, then they are joined.
func TestWhisperBeforeTheCaller(t *testing.T) {
	b := newBench(t, whispering(1, LongestAvailable))
	b.queued("i1")
	leg := effect[Ring](b).Leg
	b.step(LegRinging{Leg: leg})
	b.wait(3_000)
	b.step(LegAnswered{Leg: leg})
	p := effect[Play](b)
	if p.Leg != leg || p.Sound != "sound:ventes" || b.hears("3-000001", "i1") != "music:sales" || b.hears("3-000001", leg) != "silence" {
		t.Fatalf("%+v, caller hears %s, agent %s", p, b.hears("3-000001", "i1"), b.hears("3-000001", leg))
	}
	if len(told[fact.BridgeJoined](b)) != 0 {
		t.Fatal("joined too early")
	}
	b.wait(2_000)
	b.step(PromptDone{Leg: leg, Token: p.Token + 1, Finished: true}) // some other sound
	if len(told[fact.BridgeJoined](b)) != 0 {
		t.Fatal("joined by another sound")
	}
	b.step(PromptDone{Leg: leg, Token: p.Token, Finished: true})
	if o, v := lastTold[fact.OfferEnded](b), lastTold[fact.VisitEnded](b); o.Outcome != fact.OfferAnswered || o.RingMS != 3_000 || v.WaitMS != 5_000 {
		t.Fatalf("%+v %+v", o, v)
	}
	if len(told[fact.BridgeJoined](b)) != 1 {
		t.Fatal("not joined")
	}
}

// It is never longer than ten seconds, whatever its sound, and one that cannot be played keeps nobody waiting.
func TestWhisperHasAnEnd(t *testing.T) {
	b := newBench(t, whispering(1, LongestAvailable))
	b.queued("i1")
	leg := effect[Ring](b).Leg
	b.step(LegAnswered{Leg: leg})
	token := effect[Play](b).Token
	b.wait(9_999)
	if len(told[fact.BridgeJoined](b)) != 0 {
		t.Fatal("joined too early")
	}
	b.wait(1)
	if s := effect[StopPlay](b); s.Token != token || len(told[fact.BridgeJoined](b)) != 1 {
		t.Fatalf("%+v", s)
	}
	b = newBench(t, whispering(1, LongestAvailable))
	b.queued("i1")
	leg = effect[Ring](b).Leg
	b.step(LegAnswered{Leg: leg})
	b.step(PromptDone{Leg: leg, Token: effect[Play](b).Token, Error: "no such sound"})
	if len(told[fact.BridgeJoined](b)) != 1 {
		t.Fatal("a missing sound keeps them apart")
	}
}

// The agent hangs up during the whisper: not answered, and the caller goes on waiting at their place.
func TestHangingUpDuringTheWhisperIsNotAnswered(t *testing.T) {
	b := newBench(t, whispering(2, LongestAvailable))
	b.queued("i1")
	leg := effect[Ring](b).Leg
	b.step(LegAnswered{Leg: leg})
	b.step(LegEnded{Leg: leg, Cause: EndedByPeer})
	if o := lastTold[fact.OfferEnded](b); o.Outcome != fact.OfferNotAnswered || o.Agent != "a1" {
		t.Fatalf("%+v", o)
	}
	if v := b.s.Calls()[0]; v.Phase != "queued" || b.hears(v.ID, "i1") != "music:sales" {
		t.Fatalf("%+v", v)
	}
	b.wait(3_000)
	if o := lastTold[fact.OfferMade](b); o.Agent != "a2" || o.Visit != 1 || o.WaitedMS != 3_000 {
		t.Fatalf("%+v", o)
	}
}

// The caller leaves during the whisper: a phone was being presented, so the call is cancelled, and nobody is blamed.
func TestCallerLeavesDuringTheWhisper(t *testing.T) {
	b := newBench(t, whispering(1, LongestAvailable))
	b.queued("i1")
	leg := effect[Ring](b).Leg
	b.step(LegAnswered{Leg: leg})
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	effect[StopPlay](b)
	b.step(LegEnded{Leg: leg, Cause: EndedByBox})
	if o, e := lastTold[fact.OfferEnded](b), lastTold[fact.CallEnded](b); o.Outcome != fact.OfferCancelled || e.Outcome != fact.CallCancelled || e.TalkMS != 0 {
		t.Fatalf("%+v %+v", o, e)
	}
	b.empty()
}

// In a queue that rings everybody the race is over when the first lifts, before the whisper.
func TestWhisperEndsTheRace(t *testing.T) {
	b := newBench(t, whispering(3, RingAll))
	b.queued("i1")
	legs, _ := rings(b)
	b.step(LegAnswered{Leg: legs[1]})
	var elsewhere []plan.LegID
	for _, e := range b.effects {
		if h, ok := e.(HangUp); ok && h.AnsweredElsewhere {
			elsewhere = append(elsewhere, h.Leg)
		}
	}
	if !slices.Equal(elsewhere, []plan.LegID{legs[0], legs[2]}) {
		t.Fatalf("told elsewhere: %v", elsewhere)
	}
	b.step(LegEnded{Leg: legs[0], Cause: EndedByBox})
	none[Ring](b) // nobody is asked anew while the agent listens
}

// A media process that is lost says everything again, the whisper too.
func TestWhisperAfterMediaRestart(t *testing.T) {
	b := newBench(t, whispering(1, LongestAvailable))
	b.queued("i1")
	leg := effect[Ring](b).Leg
	b.step(LegAnswered{Leg: leg})
	b.step(MediaRestarted{})
	p := effect[Play](b)
	if p.Sound != "sound:ventes" || p.Leg != leg {
		t.Fatalf("%+v", p)
	}
	b.step(PromptDone{Leg: leg, Token: p.Token, Finished: true})
	if len(told[fact.BridgeJoined](b)) != 1 {
		t.Fatal("not joined")
	}
}

// FEATURES §7.1 « required agent first »: for its time the caller waits for one agent although others are free; then for anybody.
func TestRequiredAgentFirst(t *testing.T) {
	waits := func(change ...func(*Branch)) *bench {
		b := newBench(t, append([]func(*Branch){crowd(2, func(*Queue) {})}, change...)...)
		b.step(AgentDeclare{Agent: "a2", Pause: "meeting"})
		b.step(AgentDeclare{Agent: "a1", Pause: "meeting"})
		b.queued("i1")
		c := b.s.calls["3-000001"]
		b.s.begin()
		b.s.touch(c)
		b.s.effects = nil
		b.s.require(c, "a2", 30_000)
		return b
	}
	b := waits()
	b.step(AgentDeclare{Agent: "a1"})
	none[Ring](b)
	if n := lastTold[fact.NobodyOffered](b); len(n.Candidates) != 1 || n.Candidates[0].Agent != "a2" || !hasCode(n.Candidates[0].Reasons, "agent.required") {
		t.Fatalf("%+v", n)
	}
	b.queued("i2") // waits for anybody, and is not kept by the one before
	if o := lastTold[fact.OfferMade](b); o.Call != "3-000002" || o.Agent != "a1" {
		t.Fatalf("%+v", o)
	}
	b.step(AgentDeclare{Agent: "a2"})
	if o := lastTold[fact.OfferMade](b); o.Call != "3-000001" || o.Agent != "a2" {
		t.Fatalf("%+v", o)
	}

	b = waits()
	b.step(AgentDeclare{Agent: "a1"})
	b.wait(29_999)
	if len(told[fact.OfferMade](b)) != 0 {
		t.Fatal("offered too early")
	}
	b.wait(1)
	if o := lastTold[fact.OfferMade](b); o.Agent != "a1" {
		t.Fatalf("%+v", o)
	}

	b = waits() // who is logged out is not waited for
	b.step(AgentDeclare{Agent: "a1"})
	b.step(AgentLogOut{Agent: "a2"})
	if o := lastTold[fact.OfferMade](b); o.Agent != "a1" {
		t.Fatalf("%+v", o)
	}

	b = waits() // who refuses is not waited for any longer
	b.step(AgentDeclare{Agent: "a2"})
	b.step(LegRefused{effect[Ring](b).Leg, RefusedDeclined, 603})
	b.step(AgentDeclare{Agent: "a1"})
	b.wait(3_000)
	if o := lastTold[fact.OfferMade](b); o.Agent != "a1" {
		t.Fatalf("%+v", o)
	}
}

// away makes the only agent of sales answer at a number outside.
func away(whisper plan.Sound) func(*Branch) {
	return func(x *Branch) {
		crowd(1, func(q *Queue) { q.Whisper = whisper })(x)
		x.Trunks[0].Channels = 2
		x.Agents[0].Extension, x.Agents[0].Outside = "", "+33698765432"
	}
}

// FEATURES §3.3 « Agent's outside-number mailbox answers »: whoever lifts hears a prompt and has the caller after a key only.
func TestOutsideNumberAcceptsByKey(t *testing.T) {
	b := newBench(t, away(""))
	b.queued("i1")
	r := effect[Ring](b)
	if r.To != (Destination{Trunk: "carrier", Number: "+33698765432"}) || r.Caller.Number != "+33140506070" {
		t.Fatalf("%+v", r)
	}
	b.step(LegRinging{Leg: r.Leg})
	b.wait(4_000)
	b.step(LegAnswered{Leg: r.Leg})
	if p := effect[Play](b); p.Leg != r.Leg || p.Sound != acceptPrompt || b.hears("3-000001", "i1") != "music:sales" {
		t.Fatalf("%+v", p)
	}
	b.step(PromptDone{Leg: r.Leg, Token: b.s.calls["3-000001"].Out[0].Token, Finished: true})
	b.step(DigitPressed{Leg: r.Leg, Digit: "2", Via: "rfc4733"})
	b.step(DigitPressed{Leg: "i1", Digit: "1", Via: "rfc4733"}) // the caller's key is not the agent's
	if len(told[fact.BridgeJoined](b)) != 0 {
		t.Fatal("joined without the key")
	}
	b.step(DigitPressed{Leg: r.Leg, Digit: "1", Via: "rfc4733"})
	if o := lastTold[fact.OfferEnded](b); o.Outcome != fact.OfferAnswered || o.RingMS != 4_000 || len(told[fact.BridgeJoined](b)) != 1 {
		t.Fatalf("%+v", o)
	}
	if b.activity("a1") != "available/talking" {
		t.Fatal(b.activity("a1"))
	}
}

func TestAMailboxNeverHasTheCaller(t *testing.T) {
	b := newBench(t, away(""))
	b.queued("i1")
	leg := effect[Ring](b).Leg
	b.step(LegAnswered{Leg: leg})
	b.wait(10_000)
	if o := lastTold[fact.OfferEnded](b); o.Outcome != fact.OfferNotAnswered || o.Agent != "a1" {
		t.Fatalf("%+v", o)
	}
	if len(told[fact.BridgeJoined](b)) != 0 || b.s.Calls()[0].Phase != "queued" {
		t.Fatal("a mailbox has the caller")
	}
	hung := false
	for _, e := range b.effects {
		h, ok := e.(HangUp)
		hung = hung || ok && h.Leg == leg
	}
	if !hung {
		t.Fatal("the mailbox goes on recording")
	}
}

// The key, then the whisper, then the caller.
func TestOutsideNumberHearsTheWhisperAfterTheKey(t *testing.T) {
	b := newBench(t, away("sound:ventes"))
	b.queued("i1")
	leg := effect[Ring](b).Leg
	b.step(LegAnswered{Leg: leg})
	b.step(DigitPressed{Leg: leg, Digit: "1", Via: "inband"})
	p := effect[Play](b)
	if p.Sound != "sound:ventes" || len(told[fact.BridgeJoined](b)) != 0 {
		t.Fatalf("%+v", p)
	}
	b.step(PromptDone{Leg: leg, Token: p.Token, Finished: true})
	if len(told[fact.BridgeJoined](b)) != 1 {
		t.Fatal("not joined")
	}
}

// Without a line, or past the gate's night lock, an agent outside is not fit, with the reason.
func TestAgentOutsideNeedsALine(t *testing.T) {
	for name, cut := range map[string]func(b *bench){
		"lines down": func(b *bench) {
			b.step(TrunkReachable{Trunk: "carrier"})
			b.step(TrunkReachable{Trunk: "backup"})
		},
		"night": func(b *bench) { b.step(NightLock{On: true}) },
	} {
		b := newBench(t, away(""))
		cut(b)
		b.queued("i1")
		if n := lastTold[fact.NobodyOffered](b); !hasCode(n.Candidates[0].Reasons, "line.none_outside") {
			t.Errorf("%s: %+v", name, n)
		}
	}
}

// FEATURES §9.4: an agent outside takes one of the lines the branch lets out at once; where they are taken, nobody is called there, and views and
// queues that leave when nobody is there know it.
func TestAgentOutsideCountsAmongCallsOutside(t *testing.T) {
	limited := func(x *Branch) {
		away("")(x)
		x.Toll.Calls = 1
		x.Trunks[0].Channels = 0
		x.Extensions = append(x.Extensions, Extension{Number: "291", RingMS: 20_000, Outside: true})
	}
	b := newBench(t, limited)
	b.queued("i1")
	leg := effect[Ring](b).Leg
	b.fromExtension("i2", "291", "00612345678")
	if f := lastTold[fact.TollRefused](b); f.Limit != "calls" {
		t.Fatalf("a second call left the box: %+v", f)
	}
	b.step(LegAnswered{Leg: leg})
	b.step(DigitPressed{Leg: leg, Digit: "1", Via: "rfc4733"})
	b.fromExtension("i3", "291", "00612345678")
	none[Ring](b)

	b = newBench(t, limited)
	b.fromExtension("i1", "291", "00612345678")
	if r := ringOf(b); r.To.Trunk == "" {
		t.Fatalf("%+v", r)
	}
	b.queued("i2")
	none[Ring](b)
	if n := lastTold[fact.NobodyOffered](b); !hasCode(n.Candidates[0].Reasons, "line.none_outside") {
		t.Errorf("%+v", n)
	}
	if a, q := b.s.Agents()[0], b.s.Queues()[0]; a.Fit || !hasCode(a.Reasons, "line.none_outside") || q.Fit != 0 || q.Staffed != 1 {
		t.Errorf("%+v %+v", a, q)
	}
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	for _, l := range b.s.order[0].Legs {
		b.step(LegEnded{Leg: l.ID, Cause: EndedByBox})
	}
	if o := lastTold[fact.OfferMade](b); o.Agent != "a1" || b.s.Queues()[0].Fit != 0 {
		t.Errorf("the line that became free was not used: %+v", o)
	}
}

// A queue from which callers go when nobody is there knows agents outside whom no line reaches.
func TestQueueIsEmptyWhenNoLineLeadsToItsAgents(t *testing.T) {
	for name, c := range map[string]struct {
		empty []Hold
		cut   func(b *bench)
		gone  bool
	}{
		"lines up": {[]Hold{HeldUnavailable, HeldInUse}, func(*bench) {}, false},
		"lines down": {[]Hold{HeldUnavailable}, func(b *bench) {
			b.step(TrunkReachable{Trunk: "carrier"})
			b.step(TrunkReachable{Trunk: "backup"})
		}, true},
		"a limit is an agent in use":   {[]Hold{HeldInUse}, func(b *bench) { b.fromExtension("i9", "291", "00612345678") }, true},
		"and not one who is not there": {[]Hold{HeldUnavailable}, func(b *bench) { b.fromExtension("i9", "291", "00612345678") }, false},
	} {
		b := newBench(t, away(""), func(x *Branch) {
			x.Queues[0].JoinEmpty, x.Toll.Calls, x.Trunks[0].Channels = c.empty, 1, 0
			x.Extensions = append(x.Extensions, Extension{Number: "291", RingMS: 20_000, Outside: true})
		})
		c.cut(b)
		b.queued("i1")
		if stays := len(b.s.waiting) == 1; stays == c.gone {
			t.Errorf("%s: the caller waits: %v", name, stays)
		}
	}
}
