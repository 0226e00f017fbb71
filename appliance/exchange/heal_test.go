package exchange

import (
	"strings"
	"testing"

	"autocom/appliance/exchange/agent"
	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/campaign"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// TestReservationsAreHealed plants what must never be: an agent whose activity has nothing behind it.
func TestReservationsAreHealed(t *testing.T) {
	for _, act := range []agent.Activity{agent.Reserved, agent.Ringing, agent.Dialing, agent.Talking, agent.Holding, agent.WrapUp} {
		b := newBench(t)
		a := b.s.agent("ana")
		a.Activity, a.Call, a.Leg = act, "3-000099", "o3-000099"
		b.s.watch()
		b.effects = nil
		b.wait(checkRound)
		if got := b.activity("ana"); got != "available/idle" {
			t.Errorf("%s became %s", act, got)
		}
		if f := lastTold[fact.ReservationHealed](b); f.Agent != "ana" || f.Was != act.String() || len(f.Reasons) == 0 {
			t.Errorf("%s: told %+v", act, f)
		}
		if len(b.s.timers) != 0 {
			t.Errorf("%s: timers left %v", act, b.s.timers)
		}
	}
}

// TestLeaseEndsWhenNothingIsHeard loses the ring timer and the leg at once: the lease still frees the agent, and the caller goes on.
func TestLeaseEndsWhenNothingIsHeard(t *testing.T) {
	b := newBench(t)
	b.queued("i1")
	lost := effect[Ring](b).Leg
	for id, x := range b.s.timers {
		if x.For == "ring" {
			delete(b.s.timers, id)
		}
	}
	b.wait(15_000 + leaseMargin + checkRound)
	if f := lastTold[fact.ReservationHealed](b); f.Agent != "ana" || !hasCode(f.Reasons, "lease.over") {
		t.Fatalf("told %+v", f)
	}
	if e := told[fact.OfferEnded](b)[0]; e.Agent != "ana" || e.Outcome != fact.OfferCancelled {
		t.Fatalf("offer %+v", e)
	}
	b.wait(3_000)
	if n := len(told[fact.OfferMade](b)); n < 2 {
		t.Fatal("the caller was offered to nobody else")
	}
	b.wait(endingLimit + checkRound)
	for _, l := range told[fact.LegEnded](b) {
		if l.Leg == string(lost) {
			return
		}
	}
	t.Fatal("the lost leg is still there")
}

func TestPhoneNeverConfirmsItsEnd(t *testing.T) {
	b := newBench(t)
	b.queued("i1")
	b.step(LegAnswered{Leg: effect[Ring](b).Leg})
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	b.wait(endingLimit + checkRound)
	if e := lastTold[fact.CallEnded](b); e.Outcome != fact.CallAnswered || e.TotalMS != 0 {
		t.Fatalf("%+v", e)
	}
	b.empty()
}

func TestLateAnswerOfAForgottenLegIsHungUp(t *testing.T) {
	b := newBench(t)
	b.step(LegAnswered{Leg: "o3-000042"})
	if h := effect[HangUp](b); h.Leg != "o3-000042" {
		t.Fatalf("%+v", h)
	}
}

// TestResumeKeepsTalkAndOffersAgain is a planned restart: a conversation goes on, a caller who waited is offered again without blame.
func TestResumeKeepsTalkAndOffersAgain(t *testing.T) {
	b := newBench(t)
	b.queued("i1")
	talking := effect[Ring](b).Leg
	b.step(LegAnswered{Leg: talking})
	b.queued("i2")
	rang := effect[Ring](b).Leg
	b.step(LegRinging{Leg: rang})
	b.fromExtension("i3", "203", "112")
	data, err := b.s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	s, err := Restore(data)
	if err != nil {
		t.Fatal(err)
	}
	b.s = s
	b.now += 800
	b.effects, b.last = s.Resume(b.moment(), []plan.LegID{"i1", talking, "i2", "stranger"})
	b.facts = append(b.facts, b.last...)
	if h := effect[HangUp](b); h.Leg != "stranger" {
		t.Fatalf("%+v", h)
	}
	said := map[plan.CallID]bool{}
	for _, e := range b.effects {
		if p, ok := e.(SetPlan); ok {
			said[p.Plan.Call] = true
		}
	}
	if !said["3-000001"] || !said["3-000002"] {
		t.Fatalf("plans said again: %v", said)
	}
	if e := lastTold[fact.CallEnded](b); e.Outcome != fact.CallInterrupted || e.Cause != "restart" {
		t.Fatalf("%+v", e)
	}
	o := lastTold[fact.OfferEnded](b)
	if o.Agent != "bob" || o.Outcome != fact.OfferCancelled {
		t.Fatalf("%+v", o)
	}
	if b.s.agent("bob").CoolDown("sales") != nil {
		t.Fatal("bob is blamed for our restart")
	}
	b.wait(3_000)
	if r := effect[Ring](b); r.To.Extension != "202" {
		t.Fatalf("%+v", r)
	}
	b.step(LegHeld{Leg: talking, Held: true})
	effect[SetPlan](b)
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	effect[HangUp](b)
}

// TestPlantedFaultLeavesOthersAlone panics in one call while another is talked.
func TestPlantedFaultLeavesOthersAlone(t *testing.T) {
	b := newBench(t)
	b.queued("i1")
	b.step(LegAnswered{Leg: effect[Ring](b).Leg})
	b.queued("i2")
	leg := effect[Ring](b).Leg
	b.s.Plant(func(at string) {
		if at == "input" {
			panic("planted")
		}
	})
	b.step(LegRinging{Leg: leg})
	b.s.Plant(nil)
	f := lastTold[fact.CallFaulted](b)
	if f.Call != "3-000002" || f.Input != "leg_ringing" || len(f.StackHash) != 16 {
		t.Fatalf("%+v", f)
	}
	var hung []plan.LegID
	for _, e := range b.effects {
		if h, ok := e.(HangUp); ok {
			hung = append(hung, h.Leg)
		}
	}
	if len(hung) != 2 {
		t.Fatalf("hung up %v", hung)
	}
	if v := lastTold[fact.VisitEnded](b); v.Outcome != fact.VisitFailed {
		t.Fatalf("%+v", v)
	}
	b.step(LegEnded{Leg: "i2", Cause: EndedByBox})
	b.step(LegEnded{Leg: leg, Cause: EndedByBox})
	if e := lastTold[fact.CallEnded](b); e.Outcome != fact.CallFailed || e.Cause != "fault" {
		t.Fatalf("%+v", e)
	}
	if v := b.s.Calls(); len(v) != 1 || v[0].Phase != "talking" {
		t.Fatalf("the other call is %+v", v)
	}
	if bad := b.s.Audit(); len(bad) > 0 {
		t.Fatal(bad)
	}
	if got := b.activity("bob"); got != "available/idle" {
		t.Fatal(got)
	}
}

// TestFaultInTheEvictionItself: what remains is the shortest way out, and nothing of the call stays behind.
func TestFaultInTheEvictionItself(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Queues[0].Record = true })
	b.queued("i1")
	out := effect[Ring](b).Leg
	b.step(LegAnswered{Leg: out})
	rec := effect[StartRecording](b).Recording
	b.wait(2_000)
	b.s.Plant(func(at string) {
		if at != "offered" {
			panic("planted")
		}
	})
	b.step(DigitPressed{Leg: "i1", Digit: "1"})
	b.s.Plant(nil)
	if s := effect[StopRecording](b); s.Recording != rec {
		t.Fatalf("%+v", s)
	}
	if e := lastTold[fact.CallEnded](b); e.Outcome != fact.CallAnswered || e.Cause != "fault" || e.TalkMS != 2_000 || !hasCode(e.Reasons, "exchange.fault") {
		t.Fatalf("%+v", e)
	}
	if p := lastTold[fact.BridgeParted](b); p.TalkMS != 2_000 {
		t.Fatalf("%+v", p)
	}
	b.empty()
	// A waiting call has timers that must be stopped too.
	b.s.agent("bob").Session = "logged_out"
	b.s.agent("ana").Session = "logged_out"
	b.queued("i2")
	b.s.Plant(func(string) { panic("planted") })
	b.step(DigitPressed{Leg: "i2", Digit: "1"})
	b.s.Plant(nil)
	effect[StopTimer](b)
	if v := lastTold[fact.VisitEnded](b); v.Outcome != fact.VisitFailed {
		t.Fatalf("%+v", v)
	}
	if bad := b.s.Audit(); len(bad) > 0 {
		t.Fatal(bad)
	}
}

func TestFaultInTheEndOfALegStillEndsTheCall(t *testing.T) {
	for _, in := range []Input{LegEnded{Leg: "i1", Cause: EndedByPeer}, LegEnded{Leg: "o3-000001", Cause: EndedByPeer}} {
		b := newBench(t)
		b.queued("i1")
		out := effect[Ring](b).Leg
		b.step(LegAnswered{Leg: out})
		first := true
		b.s.Plant(func(at string) {
			if first && at == "taken" {
				first = false
				panic("planted")
			}
		})
		b.step(in)
		b.s.Plant(nil)
		h := effect[HangUp](b) // only the leg that lives
		b.step(LegEnded{Leg: h.Leg, Cause: EndedByBox})
		if e := lastTold[fact.CallEnded](b); e.Outcome != fact.CallAnswered || e.Cause != "fault" {
			t.Fatalf("%+v", e)
		}
		b.empty()
	}
}

func TestLeaseOfACalledExtension(t *testing.T) {
	b := newBench(t)
	b.fromExtension("i1", "203", "201")
	leg := effect[Ring](b).Leg
	for id, x := range b.s.timers {
		if x.For == "ring" {
			delete(b.s.timers, id)
		}
	}
	b.wait(20_000 + leaseMargin + checkRound)
	if h := effect[HangUp](b); h.Leg != leg {
		t.Fatalf("%+v", h)
	}
	if r := effect[Refuse](b); r.Leg != "i1" {
		t.Fatalf("%+v", r)
	}
}

func TestResumeStopsRecordingsOfCallsThatAreOver(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Queues[0].Record = true })
	b.queued("i1")
	out := effect[Ring](b).Leg
	b.step(LegAnswered{Leg: out})
	rec := effect[StartRecording](b).Recording
	b.wait(1_000)
	data, err := b.s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	resume := func(alive ...plan.LegID) {
		t.Helper()
		s, err := Restore(data)
		if err != nil {
			t.Fatal(err)
		}
		b.s = s
		b.effects, b.last = s.Resume(b.moment(), alive)
		b.facts = append(b.facts, b.last...)
	}
	b.now += 500
	resume("i1", out)
	none[StopRecording](b)
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	if p := lastTold[fact.BridgeParted](b); p.TalkMS != 1_500 {
		t.Fatalf("%+v", p)
	}
	b.step(LegEnded{Leg: out, Cause: EndedByBox})
	if data, err = b.s.Encode(); err != nil {
		t.Fatal(err)
	}
	resume()
	if s := effect[StopRecording](b); s.Recording != rec {
		t.Fatalf("%+v", s)
	}
}

// restarted goes on from what the state wrote, with legs that lived.
func (b *bench) restarted(alive ...plan.LegID) {
	b.t.Helper()
	data, err := b.s.Encode()
	if err != nil {
		b.t.Fatal(err)
	}
	if b.s, err = Restore(data); err != nil {
		b.t.Fatal(err)
	}
	b.now += 800
	b.effects, b.last = b.s.Resume(b.moment(), alive)
	b.facts = append(b.facts, b.last...)
	if bad := b.s.Audit(); len(bad) > 0 {
		b.t.Error(bad)
	}
}

// A caller whom the box has answered, and for whom a telephone rang when the core restarted, hears it ring again: the extension for its whole time, then
// its own rule; a number outside by the line it was called on.
func TestResumeRingsAgainForACallerWhoIsThere(t *testing.T) {
	welcomed := func(ext string) func(*Branch) {
		return func(x *Branch) {
			x.Services = append(x.Services, Service{Number: "+33140506074", Welcome: "prompt:welcome", Exten: ext, Active: true})
		}
	}
	ringing := func(ext string) (*bench, Ring) {
		b := newBench(t, welcomed(ext))
		b.fromTrunk("i1", "0140506074")
		b.step(LegAnswered{Leg: "i1"})
		b.step(PromptDone{Leg: "i1", Token: effect[Play](b).Token, Finished: true})
		r := ringOf(b)
		b.step(LegRinging{Leg: r.Leg})
		b.wait(15_000)
		return b, r
	}
	for _, ext := range []string{"203", "201"} { // a plain one, and an agent's
		b, was := ringing(ext)
		b.restarted("i1")
		none[Ring](b)
		if b.hears("3-000001", "i1") != string(plan.ToneRingback) {
			t.Fatalf("%s: the caller hears %s", ext, b.hears("3-000001", "i1"))
		}
		b.wait(ringAgainMS)
		r := ringOf(b)
		if r.To.Extension != ext || r.Leg == was.Leg || len(told[fact.CallEnded](b)) != 0 {
			t.Fatalf("%s: %+v", ext, r)
		}
		b.wait(10_000) // 25 s in all, and 10 of its own 20
		if len(told[fact.CallEnded](b)) != 0 {
			t.Fatalf("%s: it did not ring for its whole time", ext)
		}
		b.step(LegAnswered{Leg: r.Leg})
		b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
		b.step(LegEnded{Leg: r.Leg, Cause: EndedByBox})
		if e := lastTold[fact.CallEnded](b); e.Outcome != fact.CallAnswered {
			t.Errorf("%s: %+v", ext, e)
		}
	}
	b, _ := ringing("203") // its own rule, when nobody lifts now either
	b.step(ExtensionSet{By: "console", Extension: "203", Forward: "202", When: ForwardNoAnswer})
	b.restarted("i1")
	b.wait(ringAgainMS)
	b.wait(20_500)
	if r := ringOf(b); r.To.Extension != "202" {
		t.Errorf("%+v", r)
	}
	b, _ = ringing("203") // the caller is gone, too
	b.restarted()
	b.wait(ringAgainMS)
	none[Ring](b)
	if e := lastTold[fact.CallEnded](b); e.Outcome != fact.CallInterrupted {
		t.Errorf("%+v", e)
	}

	b = newBench(t)
	b.step(CallPlace{Request: 3, By: "agent:ana", Agent: "ana", Number: "00612345678"})
	phone := ringOf(b)
	b.step(LegAnswered{Leg: phone.Leg})
	out := ringOf(b)
	b.restarted(phone.Leg)
	b.wait(ringAgainMS)
	if r := ringOf(b); r.To != out.To || r.Leg == out.Leg {
		t.Errorf("%+v after %+v", r, out)
	}
}

// An attempt of a campaign is not made twice: it was counted, and the next one has its own time.
func TestResumeDialsNoContactAgain(t *testing.T) {
	b := calling(t, func(*campaign.Campaign) {}, "0612345678")
	b.step(ContactNext{Request: 3, By: "agent:ana", Agent: "ana"})
	b.step(ContactDial{Request: 4, By: "agent:ana", Agent: "ana"})
	phone := ringOf(b)
	b.step(LegAnswered{Leg: phone.Leg})
	if r := ringOf(b); r.To.Trunk == "" {
		t.Fatalf("%+v", r)
	}
	b.restarted(phone.Leg)
	b.wait(ringAgainMS)
	none[Ring](b)
	if p := b.contact("p1"); p.State != campaign.Resting || p.Attempts != 1 {
		t.Errorf("%+v", p)
	}
}

// TestLeaseOfATransfersTarget: a target whose phone says nothing more is let go, and the party is back with who handed it over.
func TestLeaseOfATransfersTarget(t *testing.T) {
	forget := func(b *bench) {
		for id, x := range b.s.timers {
			if x.For == "ring" {
				delete(b.s.timers, id)
			}
		}
	}
	b, ana := talking(t)
	b.step(LegReferred{Leg: ana, Refer: 1, To: "202"})
	rung := ringOf(b).Leg
	forget(b)
	b.wait(20_000 + leaseMargin + checkRound)
	if f := lastTold[fact.ReservationHealed](b); f.Agent != "bob" || f.Was != "reserved" || !hasCode(f.Reasons, "lease.over") {
		t.Errorf("%+v", f)
	}
	if f := lastTold[fact.TransferFailed](b); f.Then != "back" || f.Cause != "unreachable" {
		t.Errorf("%+v", f)
	}
	if h := effect[HangUp](b); h.Leg != rung {
		t.Errorf("%+v", h)
	}
	if h := b.hearing(); h["i1"] != string(ana) {
		t.Errorf("%v", h)
	}
	if got := b.activity("bob"); got != "available/idle" {
		t.Error(got)
	}

	b = newBench(t)
	b.step(CallPlace{Request: 1, By: "agent:ana", Agent: "ana", Number: "203"})
	mine := ringOf(b).Leg
	forget(b)
	b.wait(20_000 + leaseMargin + checkRound)
	if h := effect[HangUp](b); h.Leg != mine {
		t.Errorf("%+v", h)
	}
	b.step(LegEnded{Leg: mine, Cause: EndedByBox})
	if e := lastTold[fact.CallEnded](b); e.Outcome != fact.CallFailed || e.Cause != "unreachable" {
		t.Errorf("%+v", e)
	}
	b.empty()
}

// TestWhatSomebodyIsGroundlessIn: each way an agent's state can have nothing behind it, by its reason.
func TestWhatSomebodyIsGroundlessIn(t *testing.T) {
	for want, harm := range map[string]func(b *bench, a *agent.Agent){
		"":                  func(*bench, *agent.Agent) {},
		"call.gone":         func(_ *bench, a *agent.Agent) { a.Call = "3-9" },
		"leg.gone":          func(_ *bench, a *agent.Agent) { a.Leg = "o9" },
		"leg.ending":        func(b *bench, a *agent.Agent) { b.s.order[0].Leg(a.Leg).State = call.Ending },
		"wrapup.no_timer":   func(_ *bench, a *agent.Agent) { a.Activity = agent.WrapUp },
		"lease.over":        func(b *bench, a *agent.Agent) { a.Activity, a.Lease = agent.Ringing, b.s.clock },
		"lease.over, early": func(b *bench, a *agent.Agent) { a.Activity, a.Lease = agent.Reserved, b.s.clock-1 },
	} {
		b, _ := talking(t)
		a := b.s.agent("ana")
		harm(b, a)
		got := ""
		if why := b.s.groundless(a); len(why) > 0 {
			got = why[0].Code
		}
		if want, _, _ := strings.Cut(want, ","); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	b, _ := talking(t)
	a := b.s.agent("ana")
	a.Activity, a.Lease = agent.Ringing, b.s.clock+1
	if why := b.s.groundless(a); why != nil {
		t.Errorf("before its lease is over: %v", why)
	}
}
