package exchange

import (
	"fmt"
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

func hasCode(rs []fact.Reason, code string) bool {
	for _, r := range rs {
		if r.Code == code {
			return true
		}
	}
	return false
}

func TestLongestAvailableIsOffered(t *testing.T) {
	b := newBench(t)
	b.step(AgentDeclare{Agent: "ana", Pause: "lunch"})
	b.wait(60_000)
	b.step(AgentDeclare{Agent: "ana"}) // back from lunch: last in turn
	b.queued("i1")
	o := lastTold[fact.OfferMade](b)
	if o.Agent != "bob" || len(o.Candidates) != 2 || !o.Candidates[0].Fit || !hasCode(o.Candidates[1].Reasons, "agent.longest_available") {
		t.Fatalf("offered %+v", o)
	}
}

// FEATURES §3: the guide's « non répondu » and « occupé » are outcomes of an offer; the caller is back on the music in between.
func TestOfferOutcomesSendTheCallerBackToTheMusic(t *testing.T) {
	cases := []struct {
		name    string
		phone   func(b *bench, leg plan.LegID)
		outcome fact.OfferOutcome
		cools   string
		line    string
	}{
		{"not answered", func(b *bench, leg plan.LegID) { b.step(LegRinging{Leg: leg}); b.wait(15_000) }, fact.OfferNotAnswered, "not_answered", "registered"},
		{"never rang", func(b *bench, _ plan.LegID) { b.wait(15_000) }, fact.OfferUnreachable, "unreachable", "registered"},
		{"busy", func(b *bench, leg plan.LegID) { b.step(LegRefused{leg, RefusedBusy, 486}) }, fact.OfferBusy, "busy", "off_platform_busy"},
		{"declined", func(b *bench, leg plan.LegID) {
			b.step(LegRinging{Leg: leg})
			b.step(LegRefused{leg, RefusedDeclined, 603})
		}, fact.OfferDeclined, "declined", "registered"},
		{"unreachable", func(b *bench, leg plan.LegID) { b.step(LegRefused{leg, RefusedUnreachable, 480}) }, fact.OfferUnreachable, "", "unregistered"},
		{"gives up by itself", func(b *bench, leg plan.LegID) {
			b.step(LegRinging{Leg: leg})
			b.step(LegRefused{leg, RefusedUnreachable, 480})
		}, fact.OfferNotAnswered, "not_answered", "registered"},
		{"no codec", func(b *bench, leg plan.LegID) { b.step(LegRefused{leg, RefusedMedia, 488}) }, fact.OfferUnreachable, "unreachable", "registered"},
		{"lost", func(b *bench, leg plan.LegID) {
			b.step(LegRinging{Leg: leg})
			b.step(LegEnded{Leg: leg, Cause: EndedTransport})
		}, fact.OfferUnreachable, "unreachable", "registered"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.queued("i1")
			first := lastTold[fact.OfferMade](b)
			if first.Agent != "ana" {
				t.Fatalf("first offer to %s", first.Agent)
			}
			c.phone(b, plan.LegID(first.Leg))
			if e := lastTold[fact.OfferEnded](b); e.Outcome != c.outcome || e.Agent != "ana" {
				t.Fatalf("offer ended %+v", e)
			}
			if v := b.s.Calls()[0]; v.Phase != "queued" || v.Queue != "sales" {
				t.Fatalf("the caller is %+v", v)
			}
			ana := b.s.agent("ana")
			if cool := ana.CoolDown("sales"); (cool == nil) != (c.cools == "") || cool != nil && cool.Why != c.cools {
				t.Fatalf("cool-down %+v, want %q", cool, c.cools)
			}
			if string(ana.Line) != c.line {
				t.Fatalf("line %s, want %s", ana.Line, c.line)
			}
			if n := len(told[fact.OfferMade](b)); n != 1 {
				t.Fatalf("%d offers before the music was over", n)
			}
			b.wait(3_000)
			second := lastTold[fact.OfferMade](b)
			if second.Agent != "bob" || second.Offer != 2 {
				t.Fatalf("second offer %+v", second)
			}
			reasons := second.Candidates[0].Reasons
			if !hasCode(reasons, "agent.cooldown") && !hasCode(reasons, "line.unregistered") {
				t.Fatalf("ana was passed over because of %+v", reasons)
			}
		})
	}
}

func TestKnownPhoneIsNotMarkedUnregistered(t *testing.T) {
	b := newBench(t)
	b.step(PhoneReachable{Extension: "201", Reachable: true, Contacts: 1})
	b.queued("i1")
	b.step(LegRefused{effect[Ring](b).Leg, RefusedUnreachable, 480})
	if a := b.s.agent("ana"); a.Line != "registered" || a.CoolDown("sales") == nil {
		t.Fatalf("ana %+v", a)
	}
}

func TestCallerLeaves(t *testing.T) {
	cases := []struct {
		name string
		do   func(b *bench)
		want fact.CallEnded
	}{
		{"during the welcome", func(b *bench) {
			b.fromTrunk("i1", "0140506070")
			b.step(LegAnswered{Leg: "i1"})
			b.wait(2_000)
		}, fact.CallEnded{Outcome: fact.CallAbandoned, Stage: fact.StageAnnouncement, TotalMS: 2_000}},
		{"in the queue, nobody there", func(b *bench) {
			b.step(AgentDeclare{Agent: "ana", Pause: "lunch"})
			b.step(AgentDeclare{Agent: "bob", Pause: "lunch"})
			b.queued("i1")
			b.wait(2_000)
		}, fact.CallEnded{Outcome: fact.CallAbandoned, Stage: fact.StageQueue, TotalMS: 2_000, WaitMS: 2_000}},
		{"while a phone rings", func(b *bench) {
			b.queued("i1")
			b.step(LegRinging{Leg: effect[Ring](b).Leg})
			b.wait(2_000)
		}, fact.CallEnded{Outcome: fact.CallCancelled, TotalMS: 2_000, WaitMS: 2_000, RingMS: 2_000}},
		{"on the music after a missed offer", func(b *bench) {
			b.queued("i1")
			b.step(LegRinging{Leg: effect[Ring](b).Leg})
			b.wait(16_000)
		}, fact.CallEnded{Outcome: fact.CallAbandoned, Stage: fact.StageQueue, LastOffer: fact.OfferNotAnswered, TotalMS: 16_000, WaitMS: 16_000, RingMS: 15_000}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			c.do(b)
			b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
			for _, l := range b.s.Calls() {
				for _, x := range l.Legs {
					b.step(LegEnded{Leg: x.ID, Cause: EndedByBox})
				}
			}
			c.want.Call, c.want.HungUpBy = "3-000001", "caller"
			got := lastTold[fact.CallEnded](b)
			if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", c.want) {
				t.Fatalf("ended\n %+v, want\n %+v", got, c.want)
			}
			b.empty()
		})
	}
}

// RFC 3261 §9.1: a CANCEL that crosses the 200 comes too late; the dialog is ended by BYE, and nobody was ever bridged.
func TestCancelCrossingAnswer_RFC3261_9_1(t *testing.T) {
	for _, who := range []string{"caller left", "ring timeout"} {
		b := newBench(t)
		b.queued("i1")
		leg := effect[Ring](b).Leg
		b.step(LegRinging{Leg: leg})
		want := fact.OfferCancelled
		if who == "caller left" {
			b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
		} else {
			b.wait(15_000)
			want = fact.OfferNotAnswered
		}
		effect[HangUp](b)
		b.step(LegAnswered{Leg: leg})
		if h := effect[HangUp](b); h.Leg != leg {
			t.Fatalf("%s: hangs up %+v", who, h)
		}
		none[SetPlan](b)
		b.step(LegEnded{Leg: leg, Cause: EndedByBox})
		if e := lastTold[fact.OfferEnded](b); e.Outcome != want {
			t.Fatalf("%s: offer %+v", who, e)
		}
		if len(told[fact.BridgeJoined](b)) != 0 {
			t.Fatalf("%s: bridged", who)
		}
	}
}

func TestAgentLiftsInTheLastMillisecond(t *testing.T) {
	b := newBench(t)
	b.queued("i1")
	leg := effect[Ring](b).Leg
	var ring TimerID
	for id, x := range b.s.timers {
		if x.For == "ring" {
			ring = id
		}
	}
	b.now += 15_000
	b.step(LegAnswered{Leg: leg}) // the same ms as the timeout: the first to be taken wins
	b.step(TimerFired{Timer: ring})
	if len(b.effects) != 0 || len(told[fact.BridgeJoined](b)) != 1 || lastTold[fact.OfferEnded](b).Outcome != fact.OfferAnswered {
		t.Fatalf("effects %v", b.effects)
	}
}

func TestSeveralCallersAreServedAtOnceLongestWaitingFirst(t *testing.T) {
	b := newBench(t)
	for _, a := range []string{"ana", "bob"} {
		b.step(AgentDeclare{Agent: a, Pause: "meeting"})
	}
	for i := range 3 {
		b.queued(fmt.Sprintf("i%d", i+1))
		b.wait(1_000)
	}
	if n := len(told[fact.NobodyOffered](b)); n != 3 {
		t.Fatalf("%d times nobody was offered, want once for each caller", n)
	}
	b.step(AgentDeclare{Agent: "bob"})
	b.step(AgentDeclare{Agent: "ana"})
	offers := told[fact.OfferMade](b)
	if len(offers) != 2 || offers[0].Call != "3-000001" || offers[0].Agent != "bob" || offers[1].Call != "3-000002" || offers[1].Agent != "ana" {
		t.Fatalf("offers %+v", offers)
	}
}

func TestWaitingTooLongGoesToTheOverflowQueue(t *testing.T) {
	b := newBench(t)
	b.step(AgentDeclare{Agent: "ana", Pause: "lunch"})
	b.step(AgentLogOut{Agent: "bob"})
	b.queued("i1")
	b.wait(120_000)
	v := lastTold[fact.VisitEnded](b)
	if v.Outcome != fact.VisitWaitedTooLong || v.To != "rescue" || v.WaitMS != 120_000 {
		t.Fatalf("visit %+v", v)
	}
	if e := lastTold[fact.VisitEntered](b); e.Queue != "rescue" || e.From != "sales" || e.Visit != 2 || e.Position != 1 {
		t.Fatalf("entered %+v", e)
	}
	b.wait(10_000)
	b.step(AgentLogIn{Request: 5, By: "console", Agent: "bob", Status: StatusAvailable})
	if effect[Reply](b).Refused != nil {
		t.Fatal("log-in refused")
	}
	o := lastTold[fact.OfferMade](b)
	if o.Queue != "rescue" || o.WaitedMS != 130_000 {
		t.Fatalf("offer %+v", o)
	}
	b.step(LegAnswered{Leg: plan.LegID(o.Leg)})
	effect[StartRecording](b) // rescue records
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	b.step(LegEnded{Leg: plan.LegID(o.Leg), Cause: EndedByBox})
	if e := lastTold[fact.CallEnded](b); e.WaitMS != 130_000 || e.Outcome != fact.CallAnswered {
		t.Fatalf("ended %+v", e)
	}
}

func TestMaxWaitLetsARingingPhoneRing(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Queues[0].MaxWaitMS = 10_000 })
	b.queued("i1")
	leg := effect[Ring](b).Leg
	b.step(LegRinging{Leg: leg})
	b.wait(12_000)
	if n := len(told[fact.VisitEnded](b)); n != 0 {
		t.Fatal("the caller was moved while a phone rang")
	}
	b.wait(3_000)
	if v := lastTold[fact.VisitEnded](b); v.Outcome != fact.VisitWaitedTooLong || v.WaitMS != 15_000 {
		t.Fatalf("visit %+v", v)
	}
}

func TestFullQueueOverflowsThenTurnsAway(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Agents = nil })
	for i := range 5 { // three in sales, two in rescue
		b.queued(fmt.Sprintf("i%d", i+1))
	}
	if q := b.s.Queues(); q[0].Waiting != 3 || q[1].Waiting != 2 {
		t.Fatalf("queues %+v", q)
	}
	if v := told[fact.VisitEnded](b)[0]; v.Outcome != fact.VisitFull || v.To != "rescue" {
		t.Fatalf("visit %+v", v)
	}
	b.fromTrunk("i6", "0140506071")
	if r := effect[Refuse](b); r.Leg != "i6" || r.Reason != RefusedBusy {
		t.Fatalf("refused %+v", r)
	}
	none[Answer](b)
	b.step(LegEnded{Leg: "i6", Cause: EndedByBox})
	if e := lastTold[fact.CallEnded](b); e.Outcome != fact.CallDeterred || !hasCode(e.Reasons, "queue.full") {
		t.Fatalf("ended %+v", e)
	}
	// With a welcome the place may go while it plays: a busy tone, then the end.
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	b.fromTrunk("i7", "0140506070")
	b.step(LegAnswered{Leg: "i7"})
	p := effect[Play](b)
	b.queued("i8")
	b.step(PromptDone{Leg: "i7", Token: p.Token, Finished: true})
	if pl := effect[SetPlan](b).Plan; pl.Legs[0].Sound != plan.ToneBusy {
		t.Fatalf("plan %+v", pl)
	}
	b.wait(dismissal)
	effect[HangUp](b)
}

func TestWrapUpAndNextStatus(t *testing.T) {
	talk := func(b *bench, leg string) {
		b.queued(leg)
		out := effect[Ring](b).Leg
		b.step(LegAnswered{Leg: out})
		b.wait(5_000)
	}
	hangUp := func(b *bench, leg string) {
		b.step(LegEnded{Leg: plan.LegID(leg), Cause: EndedByPeer})
	}
	t.Run("wrap-up then available", func(t *testing.T) {
		b := newBench(t)
		talk(b, "i1")
		hangUp(b, "i1")
		if got := b.activity("ana"); got != "available/wrapup" {
			t.Fatal(got)
		}
		b.wait(5_000)
		if got := b.activity("ana"); got != "available/idle" {
			t.Fatal(got)
		}
	})
	t.Run("ready ends the wrap-up", func(t *testing.T) {
		b := newBench(t)
		talk(b, "i1")
		hangUp(b, "i1")
		b.step(AgentDeclare{Agent: "ana"})
		if got := b.activity("ana"); got != "available/idle" {
			t.Fatal(got)
		}
	})
	t.Run("PPA replaces the wrap-up in one step", func(t *testing.T) {
		b := newBench(t)
		b.step(AgentLogOut{Agent: "bob"})
		talk(b, "i1")
		b.queued("i2") // waits: nobody must be offered it when ana hangs up
		b.step(AgentDeclare{Agent: "ana", Pause: "lunch"})
		if got := b.activity("ana"); got != "available/talking" {
			t.Fatal(got)
		}
		hangUp(b, "i1")
		if got := b.activity("ana"); got != "pause/idle" {
			t.Fatal(got)
		}
		none[Ring](b)
		if c := lastTold[fact.AgentChanged](b); c.Pause != "lunch" || c.Activity != "idle" || !hasCode(c.Reasons, "agent.next_status") {
			t.Fatalf("told %+v", c)
		}
	})
	t.Run("pause chosen while it rings lets it ring", func(t *testing.T) {
		b := newBench(t)
		b.queued("i1")
		leg := effect[Ring](b).Leg
		b.step(LegRinging{Leg: leg})
		b.step(AgentDeclare{Agent: "ana", Pause: "lunch"})
		none[HangUp](b)
		b.step(LegRefused{Leg: leg, Reason: RefusedBusy, SIP: 486})
		if got := b.activity("ana"); got != "pause/idle" {
			t.Fatal(got)
		}
	})
	t.Run("logging out does not cut the call", func(t *testing.T) {
		b := newBench(t)
		talk(b, "i1")
		b.step(AgentLogOut{Agent: "ana"})
		none[HangUp](b)
		hangUp(b, "i1")
		if a := b.s.Agents()[0]; a.Session != "logged_out" || a.Activity != "idle" {
			t.Fatalf("%+v", a)
		}
	})
}

func TestAgentOnAnotherCallIsNotOffered(t *testing.T) {
	b := newBench(t)
	b.fromExtension("i1", "201", "202") // ana calls bob
	if got := b.activity("ana") + " " + b.activity("bob"); got != "available/dialing available/reserved" {
		t.Fatal(got)
	}
	b.queued("i2")
	if n := lastTold[fact.NobodyOffered](b); !hasCode(n.Candidates[0].Reasons, "agent.dialing") {
		t.Fatalf("%+v", n)
	}
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer}) // ana is free, bob's phone is still being cancelled
	if o := lastTold[fact.OfferMade](b); o.Agent != "ana" || !hasCode(o.Candidates[1].Reasons, "line.in_use") {
		t.Fatalf("%+v", o)
	}
}

func TestLogInRules(t *testing.T) {
	b := newBench(t)
	refused := func(in AgentLogIn, code string) {
		t.Helper()
		in.Request = 9
		b.step(in)
		if r := effect[Reply](b); !hasCode(r.Refused, code) {
			t.Fatalf("%+v answered %+v, want %s", in, r, code)
		}
		if f := lastTold[fact.CommandRefused](b); !hasCode(f.Reasons, code) {
			t.Fatalf("told %+v", f)
		}
	}
	refused(AgentLogIn{Agent: "zoe"}, "agent.unknown")
	refused(AgentLogIn{Agent: "ana", Extension: "299"}, "extension.unknown")
	refused(AgentLogIn{Agent: "ana", Extension: "202"}, "extension.taken")
	b.step(AgentLogIn{Request: 1, Agent: "ana", Extension: "203"})
	if effect[Reply](b).Refused != nil || b.s.agent("ana").Extension != "203" {
		t.Fatal("the last log-in did not win")
	}
	b.queued("i1")
	if r := effect[Ring](b); r.To.Extension != "202" && r.To.Extension != "203" {
		t.Fatalf("rings %+v", r)
	}
}

// The pause after a missed offer is the old queue's: the next one offers at once.
func TestOverflowEndsThePauseBetweenOffers(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Queues[0].RetryMS, x.Queues[0].MaxWaitMS = 60_000, 20_000 })
	b.step(AgentDeclare{Agent: "bob", Pause: "lunch"})
	b.queued("i1")
	b.step(LegRefused{Leg: ringOf(b).Leg, Reason: RefusedBusy})
	b.step(AgentDeclare{Agent: "bob"})
	none[Ring](b)
	b.wait(20_000)
	if o := lastTold[fact.OfferMade](b); o.Queue != "rescue" || o.Agent != "bob" || o.WaitedMS != 20_000 {
		t.Errorf("%+v", o)
	}
	if len(b.s.order[0].Timers) != 1 { // the ringing
		t.Errorf("%+v", b.s.order[0].Timers)
	}
}

func TestReasonOfTheChosenSaysForHowLong(t *testing.T) {
	b := newBench(t)
	b.wait(75_999)
	b.queued("i1")
	if r := lastTold[fact.OfferMade](b).Candidates[0].Reasons; r[0].Code != "agent.available" || r[0].Detail != "for 75 s" {
		t.Errorf("%+v", r)
	}
}
