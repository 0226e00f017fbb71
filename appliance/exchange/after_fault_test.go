package exchange

import (
	"fmt"
	"testing"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// once plants one fault where the taking of an input is done.
func (b *bench) once() {
	first := true
	b.s.Plant(func(at string) {
		if first && at == "taken" {
			first = false
			panic("planted")
		}
	})
}

// TestEveryCommandIsAnsweredAfterAFault: each by its name, with one answer and one fact, and nothing else of it remains.
func TestEveryCommandIsAnsweredAfterAFault(t *testing.T) {
	for _, c := range []struct {
		in   command
		name string
	}{
		{AgentLogIn{Request: 7, By: "x", Agent: "bob"}, "agent.log_in"},
		{AgentLogOut{Request: 7, By: "x", Agent: "bob"}, "agent.log_out"},
		{AgentDeclare{Request: 7, By: "x", Agent: "bob", Pause: "lunch"}, "agent.declare"},
		{CallHangUp{Request: 7, By: "x", Call: "3-9"}, "call.hang_up"},
		{CallRecord{Request: 7, By: "x", Call: "3-9"}, "call.record"},
		{CallPlace{Request: 7, By: "x", Agent: "bob", Number: "203"}, "call.place"},
		{NightLock{Request: 7, By: "x", On: true}, "night.lock"},
		{AgentForce{Request: 7, By: "x", Agent: "bob", Pause: "lunch"}, "agent.force"},
		{AgentLock{Request: 7, By: "x", Agent: "bob", On: true}, "agent.lock"},
		{AgentMessage{Request: 7, By: "x", Agent: "bob", Text: "bonjour"}, "agent.message"},
		{ExtensionSet{Request: 7, By: "x", Extension: "202", DND: true}, "extension.set"},
		{CallHold{Request: 7, By: "x", Agent: "bob", On: true}, "call.hold"},
		{CallTransfer{Request: 7, By: "x", Agent: "bob"}, "call.transfer"},
		{CallTransferDo{Request: 7, By: "x", Agent: "bob"}, "call.transfer_do"},
		{CallDigits{Request: 7, By: "x", Agent: "bob", Digits: "1"}, "call.digits"},
		{CallMask{Request: 7, By: "x", Call: "3-9", On: true}, "call.mask"},
		{CallPark{Request: 7, By: "x", Agent: "bob"}, "call.park"},
		{CallPickUp{Request: 7, By: "x", Agent: "bob"}, "call.pick_up"},
		{CallRecordPause{Request: 7, By: "x", Call: "3-9"}, "call.record_pause"},
		{CallRecordKeep{Request: 7, By: "x", Call: "3-9"}, "call.record_keep"},
		{Supervise{Request: 7, By: "x", Agent: "bob"}, "call.supervise"},
		{CallTakeOver{Request: 7, By: "x", Agent: "bob"}, "call.take_over"},
		{CallPull{Request: 7, By: "x", Call: "3-9"}, "call.pull"},
		{CallMove{Request: 7, By: "x", Call: "3-9"}, "call.move"},
		{CallbackAsk{Request: 7, By: "x", Queue: "sales", Number: "0612345678", Subject: "s1"}, "callback.ask"},
		{CallbackCancel{Request: 7, By: "x", Callback: "k1"}, "callback.cancel"},
		{CampaignDo{Request: 7, By: "x", Campaign: "c"}, "campaign.do"},
		{CampaignImport{Request: 7, By: "x", Campaign: "c"}, "campaign.import"},
		{ConsentSet{Request: 7, By: "x", Number: "0612345678"}, "consent.set"},
		{PersonErase{Request: 7, By: "x", Number: "0612345678"}, "person.erase"},
		{ContactNext{Request: 7, By: "x", Agent: "bob"}, "contact.next"},
		{ContactTake{Request: 7, By: "x", Agent: "bob", Contact: "p1"}, "contact.take"},
		{ContactDial{Request: 7, By: "x", Agent: "bob"}, "contact.dial"},
		{ContactReturn{Request: 7, By: "x", Agent: "bob"}, "contact.return"},
		{ContactMark{Request: 7, By: "x", Agent: "bob", Contact: "p1"}, "contact.mark"},
	} {
		b := newBench(t)
		b.queued("i1")
		b.step(LegAnswered{Leg: ringOf(b).Leg})
		before := fmt.Sprint(b.s.Calls(), b.s.Agents(), b.s.Callbacks())
		b.once()
		b.step(c.in)
		b.s.Plant(nil)
		want := []fact.Reason{{Code: "exchange.fault", Detail: inputKind(c.in)}}
		if r := effect[Reply](b); r.Request != 7 || fmt.Sprint(r.Refused) != fmt.Sprint(want) || len(b.effects) != 1 {
			t.Errorf("%T: %s", c.in, show(b.effects))
		}
		if f := lastTold[fact.CommandRefused](b); f.Command != c.name || f.By != "x" || fmt.Sprint(f.Reasons) != fmt.Sprint(want) || len(b.last) != 1 {
			t.Errorf("%T: %+v", c.in, b.last)
		}
		if after := fmt.Sprint(b.s.Calls(), b.s.Agents(), b.s.Callbacks()); after != before {
			t.Errorf("%T left a trace:\n%s\n%s", c.in, before, after)
		}
		if b.s.night || b.s.setting("202").DND {
			t.Errorf("%T was done", c.in)
		}
		b.sound()
	}
}

// TestTimeGoesOnAfterAFault: an input that is thrown away was taken at its time all the same.
func TestTimeGoesOnAfterAFault(t *testing.T) {
	b := newBench(t)
	b.queued("i1")
	b.now += 5_000
	b.s.Plant(func(at string) {
		if at == "input" {
			panic("planted")
		}
	})
	b.fromTrunk("i2", "0140506071")
	b.s.Plant(nil)
	if v := b.s.Calls(); v[0].OpenMS != 5_000 || v[1].OpenMS != 0 {
		t.Errorf("%+v", v)
	}
	if r := effect[Refuse](b); r.Leg != "i2" || r.Reason != RefusedFailed {
		t.Errorf("%+v", r)
	}
	b.step(LegEnded{Leg: "i2", Cause: EndedByBox})
	if e := lastTold[fact.CallEnded](b); e.TotalMS != 0 || e.Cause != "fault" || e.Outcome != fact.CallFailed {
		t.Errorf("%+v", e)
	}
	b.sound()
}

// TestWhatALegAsksIsAnsweredAfterAFault: a leg that is told nothing would wait for ever.
func TestWhatALegAsksIsAnsweredAfterAFault(t *testing.T) {
	b, ana := talking(t)
	b.once()
	b.step(LegReferred{Leg: ana, Refer: 4, To: "202"})
	b.s.Plant(nil)
	if r := effect[ReferTold](b); r != (ReferTold{Leg: ana, Refer: 4, State: ReferRefused, Reason: RefusedFailed}) {
		t.Errorf("%+v", r)
	}
	b = newBench(t)
	b.once()
	b.step(LegAnswered{Leg: "o3-000042"})
	b.s.Plant(nil)
	if h := effect[HangUp](b); h.Leg != "o3-000042" {
		t.Errorf("%+v", h)
	}
	for _, in := range []Input{LegRefused{Leg: "", Reason: RefusedBusy, SIP: 486}, LegEnded{Cause: EndedByPeer}} {
		b = newBench(t)
		b.fromExtension("i1", "203", "201")
		leg := ringOf(b).Leg
		switch x := in.(type) {
		case LegRefused:
			x.Leg = leg
			in = x
		case LegEnded:
			x.Leg = leg
			in = x
		}
		b.once()
		b.step(in)
		b.s.Plant(nil)
		if r := effect[Refuse](b); r.Leg != "i1" {
			t.Errorf("%T: %+v", in, r)
		}
		if f := lastTold[fact.LegEnded](b); f.Leg != string(leg) {
			t.Errorf("%T: %+v", in, f)
		}
		b.step(LegEnded{Leg: "i1", Cause: EndedByBox})
		b.empty()
	}
}

// TestTimersOfNoCallAfterAFault: what a timer was for is carried out by the shortest way, and the timer is forgotten.
func TestTimersOfNoCallAfterAFault(t *testing.T) {
	b := newBench(t)
	b.step(AgentToolbar{Agent: "ana", Up: true, Toolbar: "t1"})
	b.step(AgentToolbar{Agent: "ana", Toolbar: "t1"})
	b.once()
	b.wait(defaultGrace)
	b.s.Plant(nil)
	if a := b.s.agent("ana"); a.Grace != 0 || a.Declared != agent.Unavailable || a.Pause != agent.WhyToolbarLost {
		t.Errorf("%+v", a)
	}
	b.sound()

	b = newBench(t)
	b.fromExtension("i1", "203", "201")
	b.step(LegRefused{Leg: ringOf(b).Leg, Reason: RefusedBusy, SIP: 486})
	if a := b.s.agent("ana"); a.Off == 0 || a.Line == agent.Registered {
		t.Fatalf("%+v", a)
	}
	b.once()
	b.wait(shortCoolDown)
	b.s.Plant(nil)
	if a := b.s.agent("ana"); a.Off != 0 || a.OffUntil != 0 || a.Line != agent.Registered {
		t.Errorf("%+v", a)
	}
	b.sound()

	for _, over := range []bool{false, true} {
		b = newBench(t)
		b.step(AgentLogOut{Agent: "ana"})
		b.step(AgentLogOut{Agent: "bob"})
		b.step(CallbackAsk{Request: 1, By: "console", Queue: "sales", Number: "0612345678", Subject: "s1", Source: "command", AfterMS: 60_000, UntilMS: 120_000})
		if over {
			b.wait(60_000)
		}
		b.once()
		b.wait(60_000)
		b.s.Plant(nil)
		if f := lastTold[fact.CallbackEnded](b); f.Outcome != "cancelled" || !hasCode(f.Reasons, "exchange.fault") || len(b.s.Callbacks()) != 0 {
			t.Errorf("%v: %+v", over, f)
		}
		if len(b.s.timers) != 0 {
			t.Errorf("%v: timers %v", over, b.s.timers)
		}
		b.sound()
	}
}

// TestEvictedTwice: whatever a call is in when even its eviction fails, everything of it that was begun is ended, once.
func TestEvictedTwice(t *testing.T) {
	evict := func(b *bench, in Input) {
		b.t.Helper()
		b.s.Plant(func(at string) {
			if at == "taken" || at == "evict" {
				panic("planted")
			}
		})
		b.step(in)
		b.s.Plant(nil)
		if bad := b.s.Audit(); len(bad) > 0 {
			b.t.Error(bad)
		}
	}
	b, ana, sam := listening(t, SuperviseListen)
	b.wait(3_000)
	evict(b, DigitPressed{Leg: "i1", Digit: "1"})
	if f := lastTold[fact.SupervisionEnded](b); f.LastedMS != 3_000 || f.Cause != "fault" || f.By != "supervisor:sam" || f.Agent != "ana" {
		t.Errorf("%+v", f)
	}
	if e := lastTold[fact.CallEnded](b); e.TalkMS != 4_000 || e.Outcome != fact.CallAnswered || e.Cause != "fault" {
		t.Errorf("%+v", e)
	}
	hung := map[plan.LegID]bool{}
	for _, e := range b.effects {
		if h, ok := e.(HangUp); ok {
			hung[h.Leg] = true
		}
	}
	if len(hung) != 3 || !hung["i1"] || !hung[ana] || !hung[sam] {
		t.Errorf("hung up %v", hung)
	}
	if got := b.activity("ana"); got != "available/idle" {
		t.Error(got)
	}

	b, ana = inTalk(t)
	b.step(CallTransfer{Request: 1, By: "agent:ana", Agent: "ana", Kind: ToExtension, Target: "203"})
	if got := b.refused(); got != "" {
		t.Fatal(got)
	}
	evict(b, DigitPressed{Leg: ana, Digit: "1"})
	if f := lastTold[fact.TransferFailed](b); f.By != "201" || f.Cause != "fault" || f.Then != "over" {
		t.Errorf("%+v", f)
	}

	b = newBench(t)
	b.fromTrunk("i1", "0140506070")
	b.step(LegAnswered{Leg: "i1"})
	evict(b, DigitPressed{Leg: "i1", Digit: "1"})
	if f := lastTold[fact.AnnouncementEnded](b); f.Leg != "i1" || f.Sound != "prompt:welcome" || f.Finished {
		t.Errorf("%+v", f)
	}

	b = newBench(t)
	b.queued("i1")
	out := ringOf(b).Leg
	b.wait(500)
	b.step(LegRinging{Leg: out})
	b.wait(2_000)
	evict(b, DigitPressed{Leg: "i1", Digit: "1"})
	if f := lastTold[fact.OfferEnded](b); f.Outcome != fact.OfferCancelled || f.RingMS != 2_000 || f.Agent != "ana" {
		t.Errorf("%+v", f)
	}
	if f := lastTold[fact.VisitEnded](b); f.Outcome != fact.VisitFailed || f.WaitMS != 2_500 || f.Offers != 1 {
		t.Errorf("%+v", f)
	}
	if f := lastTold[fact.CallEnded](b); f.WaitMS != 2_500 || f.Outcome != fact.CallFailed {
		t.Errorf("%+v", f)
	}
	if len(b.s.waiting) != 0 {
		t.Error("it waits still")
	}

	// Not answered yet: refused and not hung up.
	b = newBench(t)
	b.fromExtension("i1", "203", "201")
	evict(b, DigitPressed{Leg: "i1", Digit: "1"})
	if r := effect[Refuse](b); r.Leg != "i1" || r.Reason != RefusedFailed {
		t.Errorf("%+v", r)
	}
	if h := effect[HangUp](b); h.Leg == "i1" {
		t.Errorf("%+v", h)
	}
}
