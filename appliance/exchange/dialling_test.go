package exchange

import (
	"fmt"
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

func ringOf(b *bench) Ring { b.t.Helper(); return effect[Ring](b) }

func TestRefusals(t *testing.T) {
	cases := []struct {
		name     string
		ext      string
		dialled  string
		want     Refusal
		outcome  fact.CallOutcome
		code     string
		prepare  func(b *bench)
		fromLine bool
	}{
		{name: "no such extension", ext: "201", dialled: "299", want: RefusedNoNumber, outcome: fact.CallFailed, code: "number.no_extension"},
		{name: "prefix missing", ext: "201", dialled: "612345678", want: RefusedNoNumber, outcome: fact.CallFailed, code: "number.outside_prefix_missing"},
		{name: "no right", ext: "203", dialled: "00612345678", want: RefusedForbidden, outcome: fact.CallFailed, code: "extension.no_outside_right"},
		{name: "own number", ext: "201", dialled: "201", want: RefusedBusy, outcome: fact.CallFailed, code: "extension.self"},
		{name: "unknown number from a trunk", dialled: "0140506099", fromLine: true, want: RefusedNoNumber, outcome: fact.CallFailed, code: "number.not_ours"},
		{name: "trunk to trunk", dialled: "+33612345678", fromLine: true, want: RefusedForbidden, outcome: fact.CallFailed, code: "trunk.to_trunk"},
		{name: "suspended service", dialled: "0140506073", fromLine: true, want: RefusedUnreachable, outcome: fact.CallDeterred, code: "service.suspended"},
		{name: "phone not registered", ext: "201", dialled: "202", want: RefusedUnreachable, outcome: fact.CallFailed, code: "line.unregistered", prepare: func(b *bench) {
			b.step(PhoneReachable{Extension: "202"})
		}},
		{name: "all trunks down", ext: "201", dialled: "00612345678", want: RefusedCongestion, outcome: fact.CallFailed, code: "trunk.down", prepare: func(b *bench) {
			b.step(TrunkReachable{Trunk: "carrier"})
			b.step(TrunkReachable{Trunk: "backup"})
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			if c.prepare != nil {
				c.prepare(b)
			}
			if c.fromLine {
				b.fromTrunk("i1", c.dialled)
			} else {
				b.fromExtension("i1", c.ext, c.dialled)
			}
			none[Ring](b)
			none[Answer](b)
			if r := effect[Refuse](b); r.Reason != c.want {
				t.Fatalf("refused %s", r.Reason)
			}
			b.step(LegEnded{Leg: "i1", Cause: EndedByBox})
			if o := lastTold[fact.CallOpened](b); (o.Dialled == "+33140506073") != (c.code == "service.suspended") {
				t.Fatalf("opened %+v", o)
			}
			if e := lastTold[fact.CallEnded](b); e.Outcome != c.outcome || !hasCode(e.Reasons, c.code) {
				t.Fatalf("ended %+v", e)
			}
			b.empty()
		})
	}
}

func TestCalledPartyRefuses(t *testing.T) {
	for _, r := range []Refusal{RefusedBusy, RefusedDeclined, RefusedUnreachable, RefusedNoNumber, RefusedMedia} {
		b := newBench(t)
		b.fromExtension("i1", "203", "201")
		b.step(LegRefused{Leg: ringOf(b).Leg, Reason: r, SIP: 400})
		if got := effect[Refuse](b); got.Reason != r {
			t.Errorf("%s became %s", r, got.Reason)
		}
		if got := b.activity("ana"); got != "available/idle" {
			t.Errorf("%s leaves ana %s", r, got)
		}
	}
	b := newBench(t)
	b.fromExtension("i1", "203", "201")
	leg := ringOf(b).Leg
	b.step(LegRinging{Leg: leg})
	b.wait(20_000)
	if h := effect[HangUp](b); h.Leg != leg {
		t.Errorf("hangs up %+v", h)
	}
	if got := effect[Refuse](b); got.Reason != RefusedNoAnswer {
		t.Errorf("no answer became %s", got.Reason)
	}
}

func TestTrunkFailover(t *testing.T) {
	b := newBench(t)
	b.fromExtension("i1", "201", "00612345678")
	first := ringOf(b)
	b.step(LegRefused{Leg: first.Leg, Reason: RefusedCongestion, SIP: 503})
	second := ringOf(b)
	if second.To.Trunk != "backup" || second.Caller.Number != "+33145000000" {
		t.Fatalf("second %+v", second)
	}
	if r := lastTold[fact.CallRouted](b); r.Target != "backup" || !hasCode(r.Reasons, "called.congestion") {
		t.Fatalf("routed %+v", r)
	}
	// Once it rings, a refusal is the called party's word.
	b.step(LegRinging{Leg: second.Leg})
	b.step(LegRefused{Leg: second.Leg, Reason: RefusedUnreachable, SIP: 480})
	if r := effect[Refuse](b); r.Reason != RefusedUnreachable {
		t.Fatalf("refused %+v", r)
	}
	b = newBench(t)
	b.fromExtension("i1", "201", "00612345678")
	b.step(LegRefused{Leg: ringOf(b).Leg, Reason: RefusedBusy, SIP: 486})
	if r := effect[Refuse](b); r.Reason != RefusedBusy {
		t.Fatalf("a busy subscriber was called again over another trunk: %+v", r)
	}
}

func TestLongestPrefixTrunkFirst(t *testing.T) {
	b := newBench(t)
	b.fromExtension("i1", "201", "0 0041 22 345 67 89")
	if r := ringOf(b); r.To.Trunk != "swiss" || r.To.Number != "+41223456789" {
		t.Fatalf("%+v", r)
	}
}

func TestChannelLimits(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Trunks = x.Trunks[:1]; x.Trunks[0].Channels = 1 })
	b.queued("i1")
	b.fromTrunk("i2", "0140506071")
	if r := effect[Refuse](b); r.Reason != RefusedCongestion {
		t.Fatalf("refused %+v", r)
	}
	b.step(LegEnded{Leg: "i2", Cause: EndedByBox})
	b.fromExtension("i3", "202", "00612345678")
	if r := effect[Refuse](b); r.Reason != RefusedCongestion {
		t.Fatalf("refused %+v", r)
	}
}

func TestFullBoxTurnsCallsAwayButNoEmergency(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.MaxCalls = 1 })
	b.queued("i1")
	b.fromTrunk("i2", "0140506071")
	if r := effect[Refuse](b); r.Reason != RefusedCongestion {
		t.Fatalf("refused %+v", r)
	}
	b.step(LegEnded{Leg: "i2", Cause: EndedByBox})
	if r := lastTold[fact.CallEnded](b); !hasCode(r.Reasons, "box.full") {
		t.Fatalf("ended %+v", r)
	}
	b.fromExtension("i3", "203", "15")
	if r := ringOf(b); !r.Emergency || r.To.Number != "15" {
		t.Fatalf("rings %+v", r)
	}
}

// FEATURES §9.4: each number, prefix on and off, channels full, agent locked or in a pause, trunk down, service suspended.
func TestEmergencyAlwaysPasses(t *testing.T) {
	numbers := []string{"112", "15", "17", "18", "114", "115", "119", "191", "196", "197", "116000", "116117"}
	for _, n := range numbers {
		for _, prefix := range []string{"", "0"} {
			b := newBench(t, func(x *Branch) { x.Emergency.Numbers = numbers })
			b.step(AgentDeclare{Agent: "ana", Pause: "lunch"})
			b.fromExtension("i1", "203", prefix+n)
			r := ringOf(b)
			if !r.Emergency || r.To.Trunk != "carrier" || r.To.Number != n || r.Caller.Number != "+33140506079" {
				t.Errorf("%s%s: %+v", prefix, n, r)
			}
			if o := lastTold[fact.CallRouted](b); o.To != "emergency" || !hasCode(o.Reasons, "number.emergency") {
				t.Errorf("%s%s: %+v", prefix, n, o)
			}
		}
	}
}

func TestEmergencyPreemptsWhenChannelsAreFull(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Trunks[0].Channels = 2 })
	b.queued("i1")
	b.step(LegAnswered{Leg: ringOf(b).Leg}) // talks
	b.queued("i2")                          // rings bob
	b.fromExtension("i3", "203", "18")
	r := ringOf(b)
	if !r.Emergency || r.To.Trunk != "carrier" {
		t.Fatalf("%+v", r)
	}
	var hung []plan.LegID
	placed := false
	for _, e := range b.effects {
		switch e := e.(type) {
		case HangUp:
			hung = append(hung, e.Leg)
			if placed {
				t.Fatal("the channel is freed after the emergency call was placed")
			}
		case Ring:
			placed = true
		}
	}
	if len(hung) != 2 || hung[1] != "i2" {
		t.Fatalf("hung up %v, want the call that did not talk yet", hung)
	}
	for _, l := range hung {
		b.step(LegEnded{Leg: l, Cause: EndedByBox})
	}
	if e := lastTold[fact.CallEnded](b); e.Outcome != fact.CallFailed || e.Cause != "preempted" || !hasCode(e.Reasons, "emergency.preempted") {
		t.Fatalf("%+v", e)
	}
	// All channels of the local trunk carry emergency calls now, or the one that talks: that one goes next, then another trunk serves.
	b.fromExtension("i4", "202", "112")
	if r := ringOf(b); r.To.Trunk != "carrier" {
		t.Fatalf("%+v", r)
	}
	b.fromExtension("i5", "201", "15")
	if r := ringOf(b); r.To.Trunk != "backup" || r.Caller.Number != "+33145000000" {
		t.Fatalf("%+v", r)
	}
}

func TestEmergencyTriesEveryTrunkTwice(t *testing.T) {
	for _, r := range []LegRefused{{Reason: RefusedUnreachable, SIP: 408}, {Reason: RefusedBusy, SIP: 486}, {Reason: RefusedDeclined, SIP: 603}, {Reason: RefusedNoNumber, SIP: 404}} {
		t.Run(string(r.Reason), func(t *testing.T) { emergencyRefused(t, r) })
	}
}

func emergencyRefused(t *testing.T, why LegRefused) {
	b := newBench(t)
	b.step(TrunkReachable{Trunk: "carrier"})
	b.fromExtension("i1", "203", "112")
	var tried []string
	for range 10 {
		var r *Ring
		for _, e := range b.effects {
			if x, ok := e.(Ring); ok {
				r = &x
			}
		}
		if r == nil {
			break
		}
		tried = append(tried, r.To.Trunk)
		why.Leg = r.Leg
		b.step(why)
	}
	if got := fmt.Sprint(tried); got != "[backup swiss carrier backup swiss carrier]" {
		t.Fatalf("tried %s", got)
	}
	effect[Refuse](b)
}

func TestHoldPlaysMusicToTheOther(t *testing.T) {
	b := newBench(t)
	b.queued("i1")
	out := ringOf(b).Leg
	b.step(LegAnswered{Leg: out})
	b.wait(1_000)
	b.step(LegHeld{Leg: out, Held: true})
	p := effect[SetPlan](b).Plan
	if p.Legs[0].Leg != "i1" || p.Legs[0].Sound != "music:sales" || len(p.Legs[0].From) != 0 || p.Legs[1].Sound != "" || len(p.Legs[1].From) != 0 {
		t.Fatalf("plan %+v", p)
	}
	if got := b.activity("ana"); got != "available/holding" {
		t.Fatal(got)
	}
	b.wait(7_000)
	b.step(LegHeld{Leg: out, Held: false})
	if p := effect[SetPlan](b).Plan; len(p.Legs[0].From) != 1 {
		t.Fatalf("plan %+v", p)
	}
	b.step(LegHeld{Leg: out, Held: true})
	b.wait(2_000)
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	b.step(LegEnded{Leg: out, Cause: EndedByBox})
	if e := lastTold[fact.CallEnded](b); e.HoldMS != 9_000 || e.TalkMS != 10_000 {
		t.Fatalf("ended %+v", e)
	}
}

func TestServiceToExtension(t *testing.T) {
	b := newBench(t)
	b.fromTrunk("i1", "+33140506072")
	r := ringOf(b)
	none[Answer](b)
	if r.To.Extension != "201" || r.Caller.Number != "+33612345678" {
		t.Fatalf("%+v", r)
	}
	b.step(LegAnswered{Leg: r.Leg})
	effect[Answer](b)
	if got := b.activity("ana"); got != "available/talking" {
		t.Fatal(got)
	}
}

func TestRecordingOnDemand(t *testing.T) {
	b := newBench(t)
	ask := func(on bool, code string) {
		t.Helper()
		b.step(CallRecord{Request: 1, By: "agent:ana", Call: "3-000001", On: on})
		if r := effect[Reply](b); (code == "") != (len(r.Refused) == 0) || code != "" && !hasCode(r.Refused, code) {
			t.Fatalf("answered %+v, want %q", r.Refused, code)
		}
	}
	ask(true, "call.unknown")
	b.queued("i1")
	out := ringOf(b).Leg
	ask(true, "call.not_talking")
	b.step(LegAnswered{Leg: out})
	ask(false, "call.not_recorded")
	ask(true, "")
	rec := effect[StartRecording](b)
	if rec.Leg != "i1" || rec.Recording != "r3-000001" {
		t.Fatalf("%+v", rec)
	}
	ask(true, "call.recorded_already")
	ask(false, "")
	if s := effect[StopRecording](b); s.Recording != rec.Recording {
		t.Fatalf("%+v", s)
	}
	b.step(RecordingStopped{Recording: rec.Recording, SoundMS: 3_000})
	if e := lastTold[fact.RecordingEnded](b); e.SoundMS != 3_000 {
		t.Fatalf("%+v", e)
	}
	b.fromExtension("i2", "203", "202")
	b.step(LegAnswered{Leg: ringOf(b).Leg})
	b.step(CallRecord{Request: 2, Call: "3-000002", On: true})
	if r := effect[Reply](b); !hasCode(r.Refused, "call.no_outside_leg") {
		t.Fatalf("%+v", r)
	}
}

func TestCommandHangUp(t *testing.T) {
	b := newBench(t)
	b.queued("i1")
	out := ringOf(b).Leg
	b.step(CallHangUp{Request: 4, By: "console", Call: "3-000001"})
	effect[Reply](b)
	b.step(LegEnded{Leg: "i1", Cause: EndedByBox})
	b.step(LegEnded{Leg: out, Cause: EndedByBox})
	if e := lastTold[fact.CallEnded](b); e.Outcome != fact.CallFailed || e.HungUpBy != "box" || !hasCode(e.Reasons, "command.hang_up") {
		t.Fatalf("%+v", e)
	}
	b.step(CallHangUp{Request: 5, By: "console", Call: "3-000001"})
	if r := effect[Reply](b); !hasCode(r.Refused, "call.unknown") {
		t.Fatalf("%+v", r)
	}
	b.empty()
}

func TestMediaRestartedSaysEverythingAgain(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Queues[0].Record = true })
	b.queued("i1")
	b.step(LegAnswered{Leg: ringOf(b).Leg})
	before := effect[SetPlan](b).Plan
	b.fromTrunk("i2", "0140506070")
	b.step(LegAnswered{Leg: "i2"})
	old := effect[Play](b)
	b.step(MediaRestarted{})
	if p := effect[Play](b); p.Token == old.Token || p.Sound != old.Sound {
		t.Fatalf("plays %+v", p)
	}
	if r := effect[StartRecording](b); r.Recording != "r3-000001" || !r.Again || r.Leg != "i1" || r.Paused {
		t.Fatalf("records %+v", r)
	}
	none[StopRecording](b)
	if f := told[fact.RecordingPaused](b); len(f) != 2 || !f[0].Paused || f[1].Paused || f[0].Why != "media.restarted" || f[0].Recording != "r3-000001" {
		t.Fatalf("told of the gap %+v", f)
	}
	if len(told[fact.RecordingStarted](b)) != 1 || len(told[fact.RecordingEnded](b)) > 0 {
		t.Fatal("another recording began")
	}
	plans := 0
	for _, e := range b.effects {
		if p, ok := e.(SetPlan); ok {
			plans++
			if p.Plan.Call == before.Call && p.Plan.Version != before.Version+1 {
				t.Fatalf("plan %+v", p)
			}
		}
	}
	if plans != 2 {
		t.Fatalf("%d plans", plans)
	}
}

func TestRunningCallsKeepTheirRevision(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Agents = nil })
	b.queued("i1")
	next := branch()
	next.Revision, next.Queues, next.Services, next.Agents = "rev2", nil, nil, nil
	b.step(SiteChanged{Branch: next})
	if f := lastTold[fact.SiteApplied](b); f.Revision != "rev2" || f.Previous != "rev1" {
		t.Fatalf("%+v", f)
	}
	b.wait(120_000) // the queue of the old document still overflows
	if v := b.s.Calls()[0]; v.Queue != "rescue" || v.Revision != "rev1" {
		t.Fatalf("%+v", v)
	}
	b.fromTrunk("i2", "0140506071")
	effect[Refuse](b)
	if len(b.s.sites) != 2 {
		t.Fatalf("%d sites", len(b.s.sites))
	}
	b.step(LegEnded{Leg: "i2", Cause: EndedByBox})
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	if len(b.s.sites) != 1 {
		t.Fatalf("%d sites are kept for nobody", len(b.s.sites))
	}
}

func TestAgentRemovedFromTheSiteFinishesTheirCall(t *testing.T) {
	b := newBench(t)
	b.queued("i1")
	out := ringOf(b).Leg
	b.step(LegAnswered{Leg: out})
	next := branch()
	next.Revision, next.Agents = "rev2", next.Agents[1:]
	b.step(SiteChanged{Branch: next})
	none[HangUp](b)
	if f := lastTold[fact.AgentChanged](b); f.Agent != "ana" || f.Session != "leaving" || !hasCode(f.Reasons, "site.agent_removed") {
		t.Fatalf("%+v", f)
	}
	if len(b.s.Agents()) != 2 {
		t.Fatalf("%+v", b.s.Agents())
	}
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	if a := b.s.Agents(); len(a) != 1 || a[0].ID != "bob" {
		t.Fatalf("%+v", a)
	}
}

func TestCallerWhoHeldUsWhileWaitingIsStillHeld(t *testing.T) {
	b := newBench(t)
	b.queued("i1")
	out := ringOf(b).Leg
	b.step(LegHeld{Leg: "i1", Held: true})
	b.step(LegAnswered{Leg: out})
	if p := effect[SetPlan](b).Plan; p.Legs[1].Sound != "music:sales" {
		t.Fatalf("the agent hears %+v", p.Legs[1])
	}
	b.wait(4_000)
	b.step(LegHeld{Leg: "i1", Held: false})
	b.step(LegEnded{Leg: out, Cause: EndedByPeer})
	b.step(LegEnded{Leg: "i1", Cause: EndedByBox})
	if e := lastTold[fact.CallEnded](b); e.HoldMS != 4_000 || e.HungUpBy != "agent" {
		t.Fatalf("%+v", e)
	}
}

func TestLostLegIsACauseAndNobodysHangUp(t *testing.T) {
	for _, side := range []string{"caller", "agent"} {
		b := newBench(t)
		b.queued("i1")
		out := ringOf(b).Leg
		b.step(LegAnswered{Leg: out})
		b.wait(1_000)
		lost, other := plan.LegID("i1"), out
		if side == "agent" {
			lost, other = out, "i1"
		}
		b.step(LegEnded{Leg: lost, Cause: EndedMediaLost})
		b.step(LegEnded{Leg: other, Cause: EndedByBox})
		if e := lastTold[fact.CallEnded](b); e.Outcome != fact.CallAnswered || e.Cause != "media_lost" || e.HungUpBy != "" {
			t.Errorf("%s lost: %+v", side, e)
		}
	}
	b := newBench(t)
	b.fromTrunk("i1", "0140506071")
	b.step(LegEnded{Leg: "i1", Cause: EndedNoAck}) // RFC 3261 §13.3.1.4
	if e := lastTold[fact.CallEnded](b); e.Outcome != fact.CallFailed || e.Cause != "no_ack" {
		t.Errorf("%+v", e)
	}
	b.empty()
}

func TestWelcomeThenExtensionRingsBack(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Services[2].Welcome = "prompt:welcome" })
	b.fromTrunk("i1", "+33140506072")
	b.step(LegAnswered{Leg: "i1"})
	p := effect[Play](b)
	b.step(PromptDone{Leg: "i1", Token: p.Token, Error: "no such file"}) // a caller is never lost for a missing file
	r := ringOf(b)
	if pl := effect[SetPlan](b).Plan; r.To.Extension != "201" || pl.Legs[0].Sound != plan.ToneRingback {
		t.Fatalf("%+v %+v", r, pl)
	}
	b.step(LegRefused{Leg: r.Leg, Reason: RefusedBusy, SIP: 486})
	if pl := effect[SetPlan](b).Plan; pl.Legs[0].Sound != plan.ToneBusy {
		t.Fatalf("%+v", pl)
	}
	b.wait(dismissal)
	b.step(LegEnded{Leg: "i1", Cause: EndedByBox})
	if e := lastTold[fact.CallEnded](b); e.Outcome != fact.CallFailed || e.Cause != "busy" {
		t.Fatalf("%+v", e)
	}
}

func TestPromptWhoseEndIsNeverTold(t *testing.T) {
	b := newBench(t)
	b.fromTrunk("i1", "0140506070")
	b.step(LegAnswered{Leg: "i1"})
	old := effect[Play](b)
	b.wait(promptLimit)
	ringOf(b)
	b.step(PromptDone{Leg: "i1", Token: old.Token, Finished: true})
	if len(b.effects) != 0 || len(told[fact.AnnouncementEnded](b)) != 1 {
		t.Fatalf("a late end does something: %v", b.effects)
	}
}

func TestRepeatedAndStrangeInputsDoNothing(t *testing.T) {
	b := newBench(t)
	b.queued("i1")
	leg := ringOf(b).Leg
	b.step(LegRinging{Leg: leg})
	for _, in := range []Input{
		LegOffered{Leg: "i1", Origin: Origin{FromTrunk, "carrier"}, Dialled: "0140506071"},
		LegRinging{Leg: leg},
		LegAnswered{Leg: "i1"},
		LegHeld{Leg: leg, Held: true},
		LegHeld{Leg: "i1", Held: false},
		LegRefused{Leg: "i1", Reason: RefusedBusy},
		LegRinging{Leg: "x"},
		LegRefused{Leg: "x"},
		LegEnded{Leg: "x"},
		LegHeld{Leg: "x"},
		DigitPressed{Leg: "x"},
		PromptDone{Leg: "i1", Token: 77},
		RecordingStopped{Recording: "x"},
		TimerFired{Timer: 1 << 50},
	} {
		b.step(in)
		if len(b.effects)+len(b.last) != 0 {
			t.Errorf("%T%+v: %s %+v", in, in, show(b.effects), b.last)
		}
	}
}

func TestRingTimesThatNobodyGave(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Queues[0].RingMS, x.Extensions[0].RingMS = 0, 0 })
	b.queued("i1")
	out := ringOf(b).Leg
	b.step(LegRinging{Leg: out})
	b.wait(defaultRing - 1)
	none[HangUp](b)
	b.wait(1)
	if h := effect[HangUp](b); h.Leg != out {
		t.Errorf("%+v", h)
	}
	b = newBench(t, func(x *Branch) { x.Extensions[0].RingMS = 0 })
	b.fromExtension("i1", "203", "201")
	b.wait(defaultRing - 1)
	none[HangUp](b)
	b.wait(1)
	effect[HangUp](b)
}
