package exchange

import (
	"strings"
	"testing"

	"autocom/appliance/exchange/fact"
)

func (b *bench) set(ext, forward string, when ForwardWhen) {
	b.t.Helper()
	b.step(ExtensionSet{Request: 9, By: "console", Extension: ext, Forward: forward, When: when, Subject: "s9"})
	if got := b.refused(); got != "" {
		b.t.Fatal(got)
	}
	b.sound()
}

// TestForwards: each rule sends a call on in its own case, and in no other.
func TestForwards(t *testing.T) {
	lost := map[ForwardWhen]func(b *bench){
		ForwardBusy:        func(b *bench) { b.step(LegRefused{Leg: ringOf(b).Leg, Reason: RefusedBusy, SIP: 486}) },
		ForwardUnreachable: func(b *bench) { b.step(LegRefused{Leg: ringOf(b).Leg, Reason: RefusedUnreachable, SIP: 480}) },
		ForwardNoAnswer: func(b *bench) {
			b.step(LegRinging{Leg: ringOf(b).Leg})
			b.wait(20_000)
		},
	}
	for rule := range map[ForwardWhen]bool{ForwardAlways: true, ForwardBusy: true, ForwardNoAnswer: true, ForwardUnreachable: true} {
		for happens, do := range lost {
			b := newBench(t)
			b.set("201", "203", rule)
			b.fromTrunk("i1", "+33140506072") // ana's direct number
			if rule == ForwardAlways {
				if r := ringOf(b); r.To.Extension != "203" || r.Label != "Ana" {
					t.Errorf("always: %+v", r)
				}
				if f := lastTold[fact.CallRouted](b); !hasCode(f.Reasons, "extension.forwarded") || f.Target != "203" {
					t.Errorf("%+v", f)
				}
				continue
			}
			do(b)
			if rule != happens {
				if len(b.s.order) > 0 && b.s.order[0].Verdict.Outcome == "" {
					t.Errorf("forwarded for %s although the rule is for %s", happens, rule)
				}
				continue
			}
			r := ringOf(b)
			if r.To.Extension != "203" {
				t.Errorf("%s: %+v", rule, r)
			}
			b.step(LegAnswered{Leg: r.Leg})
			if h := b.hearing(); h["i1"] != string(r.Leg) {
				t.Errorf("%s: %v", rule, h)
			}
			b.sound()
		}
	}
}

// A phone that is known to be gone is unreachable without being rung.
func TestForwardOfAPhoneThatIsGone(t *testing.T) {
	b := newBench(t)
	b.set("201", "203", ForwardUnreachable)
	b.step(PhoneReachable{Extension: "201"})
	b.fromExtension("i1", "202", "201")
	if r := ringOf(b); r.To.Extension != "203" {
		t.Errorf("%+v", r)
	}
}

func TestForwardOutsideObeysThePolicy(t *testing.T) {
	b := newBench(t)
	b.set("201", "00687654321", ForwardAlways)
	if f := lastTold[fact.ExtensionSet](b); f.Forward != "" || f.Subject != "s9" || f.When != "always" {
		t.Errorf("%+v", f)
	}
	b.fromTrunk("i1", "+33140506072")
	r := ringOf(b)
	if r.To.Number != "+33687654321" || r.Diverted.Reason != "unconditional" {
		t.Errorf("%+v", r)
	}
	if who := payer(b.s.order[0]); who != "201" {
		t.Errorf("%s pays", who)
	}
	for _, policy := range []func(*Branch){
		func(x *Branch) { x.Transfer.Outside = TransferOneOutside },
		func(x *Branch) { x.Extensions[0].KeepInside = true },
	} {
		b := newBench(t, policy)
		b.step(ExtensionSet{Request: 1, By: "console", Extension: "201", Forward: "00687654321", When: ForwardAlways})
		if len(effect[Reply](b).Refused) > 0 { // nobody at all may be handed out by it
			continue
		}
		b.fromTrunk("i1", "+33140506072") // two parties outside: the phone itself is rung
		if r := ringOf(b); r.To.Extension != "201" {
			t.Errorf("%+v", r)
		}
	}
}

// A queue offers to somebody else: it never follows a forward, and an agent who is not to be disturbed is offered nothing.
func TestQueueOffersAreNeverForwarded(t *testing.T) {
	b := newBench(t)
	b.set("201", "203", ForwardAlways)
	b.set("202", "203", ForwardBusy)
	b.queued("i1")
	if r := ringOf(b); r.To.Extension != "201" {
		t.Errorf("%+v", r)
	}
	b.step(LegRefused{Leg: ringOf(b).Leg, Reason: RefusedBusy})
	b.wait(3_000)
	if r := ringOf(b); r.To.Extension != "202" {
		t.Errorf("%+v", r)
	}
	b.step(LegRefused{Leg: ringOf(b).Leg, Reason: RefusedBusy})
	none[Ring](b)

	d := newBench(t)
	d.step(ExtensionSet{Request: 1, By: "agent:ana", Extension: "201", DND: true})
	d.step(AgentDeclare{Agent: "bob", Pause: "lunch"})
	d.queued("i1")
	if f := lastTold[fact.NobodyOffered](d); !hasCode(f.Candidates[0].Reasons, "line.dnd") {
		t.Errorf("%+v", f)
	}
	d.step(ExtensionSet{By: "agent:ana", Extension: "201"})
	if r := ringOf(d); r.To.Extension != "201" {
		t.Errorf("%+v", r)
	}
}

func TestDoNotDisturb(t *testing.T) {
	b := newBench(t)
	b.step(PhoneReachable{Extension: "203", Reachable: true})
	b.step(ExtensionSet{By: "console", Extension: "203", DND: true})
	if l := lamps(b)["203"]; l.Lamp != LampOrange {
		t.Errorf("%+v", l)
	}
	b.fromExtension("i1", "201", "203")
	if r := effect[Refuse](b); r.Reason != RefusedBusy {
		t.Errorf("%+v", r)
	}
	b.step(LegEnded{Leg: "i1", Cause: EndedByBox})
	b.step(ExtensionSet{By: "console", Extension: "203", Forward: "202", When: ForwardAlways})
	if l, shown := lamps(b)["203"]; shown && l.Lamp != LampOrange {
		t.Errorf("%+v", l)
	}
	b.step(ExtensionSet{By: "console", Extension: "203"})
	if l := lamps(b)["203"]; l.Lamp != LampGreen {
		t.Errorf("%+v", l)
	}
}

func TestForwardIsRefused(t *testing.T) {
	b := newBench(t, supervised)
	b.set("202", "203", ForwardAlways)
	cases := []struct {
		name string
		in   ExtensionSet
		want string
	}{
		{"no such extension", ExtensionSet{Extension: "299"}, "extension.unknown"},
		{"somebody else's", ExtensionSet{By: "agent:bob", Extension: "201", DND: true}, "extension.not_theirs"},
		{"their supervisor", ExtensionSet{By: "supervisor:sam", Extension: "201"}, ""},
		{"nobody's supervisor", ExtensionSet{By: "supervisor:sam", Extension: "203"}, "rights.other_agent"},
		{"no condition", ExtensionSet{By: "console", Extension: "201", Forward: "203"}, "forward.no_such_condition"},
		{"itself", ExtensionSet{By: "console", Extension: "201", Forward: "201", When: ForwardAlways}, "forward.loop"},
		{"a ring", ExtensionSet{By: "console", Extension: "203", Forward: "202", When: ForwardBusy}, "forward.loop"},
		{"for help", ExtensionSet{By: "console", Extension: "201", Forward: "112", When: ForwardAlways}, "forward.emergency"},
		{"for help, outside", ExtensionSet{By: "console", Extension: "201", Forward: "015", When: ForwardAlways}, "forward.emergency"},
		{"nowhere", ExtensionSet{By: "console", Extension: "201", Forward: "777", When: ForwardAlways}, "number.no_extensionnumber.outside_prefix_missing"},
		{"no right outside", ExtensionSet{By: "console", Extension: "203", Forward: "00687654321", When: ForwardAlways}, "extension.no_outside_right"},
		{"a queue of ours", ExtensionSet{By: "agent:ana", Extension: "201", Forward: "00140506071", When: ForwardBusy}, ""},
	}
	for _, c := range cases {
		c.in.Request = 1
		b.step(c.in)
		if got := b.refused(); !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestCallWaitingIsOffForAgents (FEATURES §3.3): a second call is busy by our own line state; a phone of nobody in particular still has call waiting.
func TestCallWaitingIsOffForAgents(t *testing.T) {
	for name, c := range map[string]struct {
		callee string
		change func(x *Branch)
		busy   bool
	}{
		"an agent":          {"201", func(*Branch) {}, true},
		"nobody's":          {"203", func(*Branch) {}, false},
		"nobody's, but off": {"203", func(x *Branch) { x.Extensions[2].NoWaiting = true }, true},
	} {
		b := newBench(t, c.change)
		b.fromExtension("i1", c.callee, "202")
		b.step(LegAnswered{Leg: ringOf(b).Leg})
		b.fromTrunk("i2", "+33140506073")
		b.fromTrunk("i3", "+33140506072")
		if c.callee == "203" {
			b.step(LegEnded{Leg: "i3", Cause: EndedByPeer})
			b.fromExtension("i3", "201", "203")
		}
		refused := false
		for _, e := range b.effects {
			if r, ok := e.(Refuse); ok && r.Reason == RefusedBusy {
				refused = true
			}
		}
		if refused != c.busy {
			t.Errorf("%s: busy %v, want %v", name, refused, c.busy)
		}
	}
}

// The rescuers who call back ring through whatever the phone was told.
func TestRescuersAreNotForwarded(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Emergency.CallBackMS = 600_000; x.Services[0].Number = "+33140506079" })
	b.set("201", "203", ForwardAlways)
	b.fromExtension("i1", "201", "112")
	help := ringOf(b).Leg
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	b.step(LegEnded{Leg: help, Cause: EndedByBox})
	b.step(ExtensionSet{By: "console", Extension: "201", DND: true, Forward: "203", When: ForwardAlways})
	b.fromTrunk("i2", "+33140506079")
	if r := ringOf(b); r.To.Extension != "201" {
		t.Errorf("%+v", r)
	}
}

// What was asked of an extension outlives a new process.
func TestForwardsAreWrittenDown(t *testing.T) {
	b := newBench(t)
	b.set("201", "203", ForwardAlways)
	data, err := b.s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if b.s, err = Restore(data); err != nil {
		t.Fatal(err)
	}
	b.fromTrunk("i1", "+33140506072")
	if r := ringOf(b); r.To.Extension != "203" {
		t.Errorf("%+v", r)
	}
}

// TestForwardedOutsideIsItsOwnOutcome: FEATURES §3.2, 4: forwarded(route). Answered is what the house took itself, wherever the caller went afterwards.
func TestForwardedOutsideIsItsOwnOutcome(t *testing.T) {
	outcome := func(b *bench, want fact.CallOutcome, sent bool) {
		t.Helper()
		b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
		for _, e := range b.effects {
			if h, ok := e.(HangUp); ok {
				b.step(LegEnded{Leg: h.Leg, Cause: EndedByBox})
			}
		}
		f := lastTold[fact.CallEnded](b)
		if f.Outcome != want || hasCode(f.Reasons, "extension.forwarded") != sent {
			t.Errorf("%+v, want %s", f, want)
		}
	}
	away := func(b *bench) { b.set("202", "00687654321", ForwardAlways) }
	direct := func(x *Branch) { x.Services[2].Exten = "202" }

	b := newBench(t, direct)
	away(b)
	b.fromTrunk("i1", "+33140506072")
	b.step(LegAnswered{Leg: ringOf(b).Leg})
	outcome(b, fact.CallForwarded, true)

	b = newBench(t, direct) // nobody lifts there
	away(b)
	b.fromTrunk("i1", "+33140506072")
	b.step(LegRinging{Leg: ringOf(b).Leg})
	outcome(b, fact.CallCancelled, false)

	b = newBench(t, direct) // another phone of the house takes it
	b.set("202", "203", ForwardAlways)
	b.fromTrunk("i1", "+33140506072")
	b.step(LegAnswered{Leg: ringOf(b).Leg})
	outcome(b, fact.CallAnswered, false)

	b, ana := talking(t) // an agent spoke first, and handed over to who forwards
	away(b)
	b.step(LegReferred{Leg: ana, Refer: 1, To: "202"})
	b.step(LegAnswered{Leg: ringOf(b).Leg})
	b.step(LegEnded{Leg: ana, Cause: EndedByBox})
	outcome(b, fact.CallAnswered, false)
}

// TestForwardedOutsideHasALimit: FEATURES §4.3: two parties outside who are alone on our lines.
func TestForwardedOutsideHasALimit(t *testing.T) {
	b := newBench(t)
	b.step(ExtensionSet{Request: 1, By: "console", Extension: "201", Forward: "00698765432", When: ForwardAlways, Subject: "s3"})
	b.fromTrunk("i1", "0140506072")
	b.step(LegAnswered{Leg: effect[Ring](b).Leg})
	b.step(LegAnswered{Leg: "i1"})
	if v := b.s.Calls()[0]; v.Phase != "talking" {
		t.Fatalf("%+v", v)
	}
	b.wait(defaultAlone)
	if len(told[fact.CallLimited](b)) != 1 {
		t.Fatal("they talk for ever")
	}
}

// TestTheCallerIsToldThatItRings: however many phones ring for them one after the other.
func TestTheCallerIsToldThatItRings(t *testing.T) {
	b := newBench(t)
	b.set("201", "202", ForwardNoAnswer)
	b.fromExtension("i1", "203", "201")
	b.step(LegRinging{Leg: ringOf(b).Leg})
	if p := effect[Progress](b); p.Leg != "i1" || p.Early {
		t.Errorf("%+v", p)
	}
	b.wait(20_000)
	next := ringOf(b)
	if next.To.Extension != "202" {
		t.Fatalf("%+v", next)
	}
	b.step(LegRinging{Leg: next.Leg})
	if l := b.s.Calls()[0].Legs[0]; l.State != "progressing" {
		t.Errorf("%+v", l)
	}
}

// TestAPhoneThatIsJustHangingUpIsFree: a leg that is being ended engages nobody, whatever else goes on in the house.
func TestAPhoneThatIsJustHangingUpIsFree(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Extensions[2].NoWaiting = true })
	b.fromExtension("i1", "201", "203")
	up := ringOf(b).Leg
	b.step(LegAnswered{Leg: up})
	b.fromExtension("i2", "202", "203")
	if r := effect[Refuse](b); r.Leg != "i2" || r.Reason != RefusedBusy {
		t.Fatalf("%+v", r)
	}
	b.step(LegEnded{Leg: "i2", Cause: EndedByBox})
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer}) // and 203's leg is told to end
	b.fromExtension("i3", "202", "203")
	if r := ringOf(b); r.To.Extension != "203" {
		t.Errorf("%+v", r)
	}
}

// TestDiversionsAreNamed (RFC 5806 §6.2): why a call comes another way, by the rule that sent it on.
func TestDiversionsAreNamed(t *testing.T) {
	for when, want := range map[ForwardWhen]string{
		ForwardAlways: "unconditional", ForwardBusy: "user-busy", ForwardNoAnswer: "no-answer", ForwardUnreachable: "unavailable", "": "", "never": "",
	} {
		if got := diversionOf(string(when)); got != want {
			t.Errorf("%q: %q", when, got)
		}
	}
	b := newBench(t)
	b.set("201", "00612345679", ForwardBusy)
	b.fromTrunk("i1", "+33140506072")
	b.step(LegRefused{Leg: ringOf(b).Leg, Reason: RefusedBusy, SIP: 486})
	r := ringOf(b)
	if r.To.Number != "+33612345679" || r.Diverted.Reason != "user-busy" || r.Diverted.Number == "" {
		t.Errorf("%+v", r)
	}
	for _, k := range []struct {
		kind Kind
		raw  bool
	}{{KindPhone, false}, {"", false}, {KindFax, true}, {KindTerminal, true}, {KindLift, true}} {
		if k.kind.Raw() != k.raw {
			t.Errorf("%q: %v", k.kind, k.kind.Raw())
		}
	}
}
