package exchange

import (
	"slices"
	"strings"
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// listening brings a caller to ana and lets sam, at 203, take part.
func listening(t *testing.T, m SuperviseMode, change ...func(*Branch)) (b *bench, ana, sam plan.LegID) {
	t.Helper()
	b, ana = inTalk(t, slices.Insert(change, 0, supervised)...)
	b.step(Supervise{Request: 1, By: "supervisor:sam", Supervisor: "sam", Agent: "ana", Mode: m})
	if got := b.refused(); got != "" {
		t.Fatal(got)
	}
	r := ringOf(b)
	if r.To.Extension != "203" || !r.AutoAnswer || r.Label != "Écoute : Ana" {
		t.Fatalf("%+v", r)
	}
	none[SetPlan](b)
	b.step(LegAnswered{Leg: r.Leg})
	return b, ana, r.Leg
}

// ears is who each leg hears in the last plan of the first call, as "leg+leg" or a sound.
func (b *bench) ears() map[plan.LegID]string {
	out := map[plan.LegID]string{}
	for _, h := range b.s.order[0].Plan.Legs {
		var from []string
		for _, f := range h.From {
			from = append(from, string(f))
		}
		out[h.Leg] = strings.Join(from, "+") + string(h.Sound)
	}
	return out
}

func (b *bench) mustHear(what string, want map[plan.LegID]string) {
	b.t.Helper()
	got := b.ears()
	for id, w := range want {
		if got[id] != w {
			b.t.Errorf("%s: %s hears %q, want %q", what, id, got[id], w)
		}
	}
}

// TestWhisperToAPhoneThatJustTookTheCallOver: the new phone talks from our answer on, and its confirmation changes nothing of who hears whom.
func TestWhisperToAPhoneThatJustTookTheCallOver(t *testing.T) {
	b, ana := inTalk(t, supervised)
	b.step(LegOffered{Leg: "r1", Origin: Origin{FromExtension, "202"}, Replaces: ana})
	b.step(Supervise{Request: 1, By: "supervisor:sam", Supervisor: "sam", Agent: "bob", Mode: SuperviseWhisper})
	if got := b.refused(); got != "" {
		t.Fatal(got)
	}
	sam := ringOf(b).Leg
	b.step(LegAnswered{Leg: sam})
	want := map[plan.LegID]string{"i1": "r1", "r1": "i1+" + string(sam), sam: "i1+r1"}
	b.mustHear("before the new phone confirms", want)
	b.step(LegAnswered{Leg: "r1"})
	b.mustHear("after it", want)
	b.sound()
}

// TestModes: listen, whisper and barge, by command and by key, and who hears whom in each.
func TestModes(t *testing.T) {
	b, ana, sam := listening(t, SuperviseListen)
	both := "i1+" + string(ana)
	listen := map[plan.LegID]string{"i1": string(ana), ana: "i1", sam: both}
	whisper := map[plan.LegID]string{"i1": string(ana), ana: "i1+" + string(sam), sam: both}
	barge := map[plan.LegID]string{"i1": string(ana) + "+" + string(sam), ana: "i1+" + string(sam), sam: both}
	b.mustHear("listen", listen)
	if f := lastTold[fact.SupervisionStarted](b); f != (fact.SupervisionStarted{Call: "3-000001", By: "supervisor:sam", Agent: "ana", Leg: string(sam), Mode: "listen", Announced: true}) {
		t.Errorf("%+v", f)
	}
	ask := func(m SuperviseMode) {
		t.Helper()
		b.step(Supervise{Request: 2, By: "supervisor:sam", Supervisor: "sam", Agent: "ana", Mode: m})
		if got := b.refused(); got != "" {
			t.Error(got)
		}
	}
	ask(SuperviseWhisper)
	b.mustHear("whisper", whisper)
	ask(SuperviseBarge)
	b.mustHear("barge", barge)
	changes := len(told[fact.SupervisionChanged](b))
	for _, k := range []struct {
		key  string
		want map[plan.LegID]string
	}{{"4", listen}, {"5", whisper}, {"6", barge}, {"1", barge}, {"4", listen}} {
		b.step(DigitPressed{Leg: sam, Digit: k.key, Via: "rfc4733"})
		b.mustHear("key "+k.key, k.want)
	}
	if n := len(told[fact.SupervisionChanged](b)) - changes; n != 4 {
		t.Errorf("%d changes of mode told, want 4", n)
	}
	b.step(DigitPressed{Leg: ana, Digit: "6", Via: "rfc4733"})
	b.mustHear("the agent's own key", listen)

	b.wait(5_000)
	ask(SuperviseStop)
	if h := effect[HangUp](b); h.Leg != sam {
		t.Errorf("%+v", h)
	}
	if f := lastTold[fact.SupervisionEnded](b); f.Cause != "stopped" || f.LastedMS != 5_000 {
		t.Errorf("%+v", f)
	}
	b.mustHear("stopped", map[plan.LegID]string{"i1": string(ana), ana: "i1", sam: ""})
	b.step(LegEnded{Leg: sam, Cause: EndedByBox})
	b.step(Supervise{Request: 3, By: "supervisor:sam", Supervisor: "sam", Agent: "ana", Mode: SuperviseStop})
	if got := b.refused(); got != "supervise.nobody" {
		t.Error(got)
	}
}

// On hold the supervisor hears what the caller hears, and whispers to the agent all the same.
func TestSupervisionOnHold(t *testing.T) {
	b, ana, sam := listening(t, SuperviseListen)
	b.step(CallHold{Agent: "ana", On: true})
	b.mustHear("listen", map[plan.LegID]string{"i1": "music:sales", ana: "", sam: "music:sales"})
	b.step(DigitPressed{Leg: sam, Digit: "5"})
	b.mustHear("whisper", map[plan.LegID]string{"i1": "music:sales", ana: string(sam), sam: string(ana)})
	b.step(DigitPressed{Leg: sam, Digit: "6"})
	b.mustHear("barge", map[plan.LegID]string{"i1": string(sam), ana: "", sam: "i1"})
	b.step(CallHold{Agent: "ana"})
	b.step(DigitPressed{Leg: sam, Digit: "4"})
	b.step(LegHeld{Leg: sam, Held: true}) // the supervisor's own hold is nobody else's
	b.mustHear("the supervisor holds", map[plan.LegID]string{"i1": string(ana), ana: "i1", sam: ""})
	b.step(LegEnded{Leg: sam, Cause: EndedByPeer})
	b.wait(1_000)
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	b.step(LegEnded{Leg: ana, Cause: EndedByBox})
	if f := lastTold[fact.CallEnded](b); f.HoldMS != 0 || f.Outcome != fact.CallAnswered {
		t.Errorf("%+v", f)
	}
	b.empty()
}

// Who leaves ends what: the supervisor nothing, each of the two the listening.
func TestWhoLeavesDuringSupervision(t *testing.T) {
	for _, m := range []SuperviseMode{SuperviseListen, SuperviseWhisper, SuperviseBarge} {
		for _, who := range []string{"supervisor", "caller", "agent"} {
			b, ana, sam := listening(t, m)
			switch who {
			case "supervisor":
				b.step(LegEnded{Leg: sam, Cause: EndedByPeer})
				none[HangUp](b)
				b.mustHear("left alone", map[plan.LegID]string{"i1": string(ana), ana: "i1"})
				b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
				b.step(LegEnded{Leg: ana, Cause: EndedByBox})
			case "caller":
				b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
				b.step(LegEnded{Leg: ana, Cause: EndedByBox})
				b.step(LegEnded{Leg: sam, Cause: EndedByBox})
			case "agent":
				b.step(LegEnded{Leg: ana, Cause: EndedByPeer})
				b.step(LegEnded{Leg: "i1", Cause: EndedByBox})
				b.step(LegEnded{Leg: sam, Cause: EndedByBox})
			}
			want := "conversation_over"
			if who == "supervisor" {
				want = "hung_up"
			}
			if f := told[fact.SupervisionEnded](b); len(f) != 1 || f[0].Cause != want {
				t.Errorf("%s, the %s leaves: %+v", m, who, f)
			}
			b.empty()
		}
	}
}

func TestSupervisionIsRefused(t *testing.T) {
	sam := Supervise{Request: 1, By: "supervisor:sam", Supervisor: "sam", Agent: "ana", Mode: SuperviseListen}
	with := func(f func(*Supervise)) Supervise {
		in := sam
		f(&in)
		return in
	}
	cases := []struct {
		name string
		in   Supervise
		do   func(b *bench, ana plan.LegID)
		want string
	}{
		{"no mode", with(func(s *Supervise) { s.Mode = "take_over" }), nil, "supervise.no_such_mode"},
		{"another's name", with(func(s *Supervise) { s.Supervisor = "lea" }), nil, "rights.other_supervisor"},
		{"an agent", with(func(s *Supervise) { s.By = "agent:bob" }), nil, "rights.no_supervisor"},
		{"no right", with(func(s *Supervise) { s.By, s.Supervisor, s.Mode = "supervisor:lea", "lea", SuperviseBarge }), nil, "rights.missing"},
		{"another queue", with(func(s *Supervise) { s.By, s.Supervisor = "supervisor:lea", "lea" }), nil, "rights.other_queue"},
		{"nobody's supervisor", with(func(s *Supervise) { s.By, s.Supervisor = "console", "max" }), nil, "supervisor.unknown"},
		{"the console", with(func(s *Supervise) { s.By, s.Supervisor, s.Extension = "console", "lea", "203" }), nil, ""},
		{"an agent without a call", with(func(s *Supervise) { s.Agent = "bob" }), nil, "agent.no_call"},
		{"no such phone", with(func(s *Supervise) { s.Extension = "299" }), nil, "extension.unknown"},
		{"the agent's own phone", with(func(s *Supervise) { s.Extension = "201" }), nil, "line.in_use"},
		{"a phone that is gone", sam, func(b *bench, _ plan.LegID) { b.step(PhoneReachable{Extension: "203"}) }, "line.unregistered"},
		{"on hold", sam, func(b *bench, _ plan.LegID) { b.step(CallHold{Agent: "ana", On: true}) }, ""},
		{"listened already", with(func(s *Supervise) { s.By, s.Supervisor, s.Extension = "console", "lea", "203" }), func(b *bench, _ plan.LegID) {
			b.step(with(func(s *Supervise) { s.Extension = "202" }))
		}, "supervise.listened_already"},
		{"handed over", sam, func(b *bench, ana plan.LegID) { b.step(LegReferred{Leg: ana, Refer: 1, To: "202"}) }, "call.not_talking"},
	}
	for _, c := range cases {
		b, ana := inTalk(t, supervised)
		if c.do != nil {
			c.do(b, ana)
		}
		b.step(c.in)
		if got := b.refused(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}

	// Neither colleagues, nor a call that we placed, nor one that no queue gave (FEATURES §6, listening rules).
	for dialled, want := range map[string]string{"202": "internal", "00687654321": "outbound", "112": ""} {
		b := newBench(t, supervised)
		b.fromExtension("i1", "201", dialled)
		b.step(LegAnswered{Leg: ringOf(b).Leg})
		b.step(with(func(s *Supervise) { s.By = "console" }))
		r := effect[Reply](b).Refused
		if want != "" && (len(r) != 1 || r[0] != (fact.Reason{Code: "supervise.no_queue_call", Detail: want})) {
			t.Errorf("%s: %v", dialled, r)
		}
		if want == "" && !hasCode(r, "call.emergency") {
			t.Errorf("%s: %v", dialled, r)
		}
	}
	b := newBench(t, supervised)
	b.fromTrunk("i1", "0140506072") // ana's direct number
	b.step(LegAnswered{Leg: ringOf(b).Leg})
	b.step(LegAnswered{Leg: "i1"})
	b.step(with(func(s *Supervise) { s.By = "console" }))
	if got := b.refused(); got != "supervise.no_queue_call" {
		t.Error(got)
	}
}

// A supervisor's phone that nobody lifts changes nothing, and is told.
func TestSupervisorDoesNotLift(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(b *bench, sam plan.LegID)
		want string
	}{
		"busy":         {func(b *bench, sam plan.LegID) { b.step(LegRefused{Leg: sam, Reason: RefusedBusy}) }, "supervise.busy"},
		"long enough":  {func(b *bench, _ plan.LegID) { b.wait(20_000) }, "supervise.no_answer"},
		"caller left":  {func(b *bench, _ plan.LegID) { b.step(LegEnded{Leg: "i1", Cause: EndedByPeer}) }, "supervise.conversation_over"},
		"never placed": {func(b *bench, sam plan.LegID) { b.step(LegEnded{Leg: sam, Cause: EndedTransport}) }, "supervise.transport"},
	} {
		b, _ := inTalk(t, supervised)
		b.step(Supervise{By: "supervisor:sam", Supervisor: "sam", Agent: "ana", Mode: SuperviseListen})
		c.end(b, ringOf(b).Leg)
		if f := lastTold[fact.CommandRefused](b); f.By != "supervisor:sam" || f.Command != "call.supervise" || !hasCode(f.Reasons, c.want) {
			t.Errorf("%s: %+v", name, f)
		}
		if len(told[fact.SupervisionStarted](b))+len(told[fact.SupervisionEnded](b)) > 0 {
			t.Errorf("%s: told of a listening that never was", name)
		}
		if bad := b.s.Audit(); len(bad) > 0 {
			t.Errorf("%s: %v", name, bad)
		}
	}
}

// The key asks for the same right as the command.
func TestSupervisorsKeyNeedsTheRight(t *testing.T) {
	b, ana, sam := listening(t, SuperviseListen, func(x *Branch) { x.Supervisors[0].Rights = []Right{MayListen}; x.Listening.Silent = true })
	if f := lastTold[fact.SupervisionStarted](b); f.Announced {
		t.Error("announced although the branch listens in silence")
	}
	b.step(DigitPressed{Leg: sam, Digit: "6"})
	b.mustHear("no right", map[plan.LegID]string{"i1": string(ana), ana: "i1"})
	if f := lastTold[fact.CommandRefused](b); f.By != "supervisor:sam" || !hasCode(f.Reasons, "rights.missing") {
		t.Errorf("%+v", f)
	}
}

// TestTakeOver: the agent is let go with their wrap-up, the supervisor talks, nobody's call is cut.
func TestTakeOver(t *testing.T) {
	for _, listens := range []bool{true, false} {
		b, ana := inTalk(t, supervised, func(x *Branch) { x.Queues[0].Record = true })
		tape := told[fact.RecordingStarted](b)
		sam := plan.LegID("")
		if listens {
			b.step(Supervise{By: "supervisor:sam", Supervisor: "sam", Agent: "ana", Mode: SuperviseListen})
			sam = ringOf(b).Leg
			b.step(LegAnswered{Leg: sam})
		}
		b.step(CallTakeOver{Request: 1, By: "supervisor:sam", Supervisor: "sam", Agent: "ana"})
		if got := b.refused(); got != "" {
			t.Fatal(got)
		}
		if !listens {
			sam = ringOf(b).Leg
			b.mustHear("until they lift", map[plan.LegID]string{"i1": string(ana), ana: "i1", sam: ""})
			b.step(LegAnswered{Leg: sam})
		}
		b.mustHear("taken over", map[plan.LegID]string{"i1": string(sam), sam: "i1", ana: ""})
		none[StopRecording](b)
		if h := effect[HangUp](b); h.Leg != ana {
			t.Errorf("%+v", h)
		}
		if got := b.activity("ana"); got != "available/wrapup" {
			t.Error(got)
		}
		if f := lastTold[fact.CommandTaken](b); f != (fact.CommandTaken{Command: "call.take_over", By: "supervisor:sam", Call: "3-000001", Agent: "ana", Detail: "203"}) {
			t.Errorf("%+v", f)
		}
		if f := told[fact.SupervisionEnded](b); listens != (len(f) == 1) || listens && f[0].Cause != "took_over" {
			t.Errorf("%+v", f)
		}
		b.step(LegEnded{Leg: ana, Cause: EndedByBox})
		b.step(LegEnded{Leg: sam, Cause: EndedByPeer})
		b.step(LegEnded{Leg: "i1", Cause: EndedByBox})
		if len(tape) != 1 || len(told[fact.RecordingStarted](b)) != 1 {
			t.Error("the recording did not go on")
		}
		b.empty()
	}
}

// A new process takes a conversation over with whoever of its legs lived.
func TestSupervisionOverARestart(t *testing.T) {
	for _, lives := range []bool{true, false} {
		b, ana, sam := listening(t, SuperviseWhisper)
		data, err := b.s.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if b.s, err = Restore(data); err != nil {
			t.Fatal(err)
		}
		alive := []plan.LegID{"i1", ana}
		if lives {
			alive = append(alive, sam)
		}
		b.effects, b.last = b.s.Resume(b.moment(), alive)
		b.facts = append(b.facts, b.last...)
		if (len(told[fact.SupervisionEnded](b)) == 1) == lives || len(b.s.order) != 1 {
			t.Errorf("it lives: %v, and %+v", lives, b.last)
		}
		want := map[plan.LegID]string{"i1": string(ana), ana: "i1"}
		if lives {
			want[ana] += "+" + string(sam)
		}
		b.mustHear("resumed", want)
		if bad := b.s.Audit(); len(bad) > 0 {
			t.Error(bad)
		}
	}
}

// Nobody listens to a consultation, nor to a conference (FEATURES §6, listening rules).
func TestNobodyListensToMoreThanTwo(t *testing.T) {
	b, _ := inTalk(t, supervised, func(x *Branch) {
		x.Supervisors[0].Extension = "204"
		x.Extensions = append(x.Extensions, Extension{Number: "204", RingMS: 20_000})
	})
	ask := func(want string) {
		t.Helper()
		b.step(Supervise{Request: 1, By: "supervisor:sam", Supervisor: "sam", Agent: "ana", Mode: SuperviseListen})
		if got := b.refused(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	b.step(CallTransfer{Agent: "ana", Kind: ToExtension, Target: "203"})
	target := ringOf(b).Leg
	ask("call.not_talking")
	b.step(LegAnswered{Leg: target})
	ask("supervise.consultation")
	b.step(CallTransferDo{Agent: "ana", Deed: TransferConfer})
	ask("supervise.conference")
	b.step(CallPark{Request: 2, Agent: "ana"})
	if got := b.refused(); got != "call.not_talking" {
		t.Error(got)
	}
}

// TestKeysBeforeTheSupervisorTakesPart: a phone that rings asks for nothing yet, and nobody else's keys do.
func TestKeysBeforeTheSupervisorTakesPart(t *testing.T) {
	b, ana := inTalk(t, supervised)
	b.step(Supervise{Request: 1, By: "supervisor:sam", Supervisor: "sam", Agent: "ana", Mode: SuperviseListen})
	sam := ringOf(b).Leg
	for _, leg := range []plan.LegID{sam, ana, "i1"} {
		b.step(DigitPressed{Leg: leg, Digit: "6"})
	}
	if m := b.s.order[0].Monitor; m.Mode != "listen" || m.Since != 0 || len(told[fact.SupervisionChanged](b)) > 0 {
		t.Errorf("%+v", m)
	}
	b.step(LegAnswered{Leg: sam})
	b.mustHear("listen", map[plan.LegID]string{"i1": string(ana), ana: "i1"})
}

// TestOneSupervisorListensOnce: to a second conversation they cannot, nor anybody to a conversation that has its listener, nor at a phone in use.
func TestOneSupervisorListensOnce(t *testing.T) {
	b, _, _ := listening(t, SuperviseListen, func(x *Branch) {
		x.Supervisors[1].Queues, x.Supervisors[1].Rights = []string{"sales"}, []Right{MayListen}
		x.Extensions = append(x.Extensions, Extension{Number: "204"})
	})
	b.queued("i2")
	bob := ringOf(b).Leg
	b.step(LegAnswered{Leg: bob})
	for _, c := range []struct {
		in   Supervise
		want string
	}{
		{Supervise{By: "supervisor:sam", Supervisor: "sam", Agent: "bob", Extension: "204", Mode: SuperviseListen}, "supervise.elsewhere"},
		{Supervise{By: "supervisor:lea", Supervisor: "lea", Agent: "ana", Extension: "204", Mode: SuperviseListen}, "supervise.listened_already"},
		{Supervise{By: "supervisor:lea", Supervisor: "lea", Agent: "bob", Mode: SuperviseListen}, "line.in_use"},
		{Supervise{By: "supervisor:lea", Supervisor: "lea", Agent: "bob", Extension: "299", Mode: SuperviseListen}, "extension.unknown"},
		{Supervise{By: "supervisor:lea", Supervisor: "lea", Agent: "bob", Extension: "204", Mode: SuperviseWhisper}, "rights.missing"},
		{Supervise{By: "supervisor:lea", Supervisor: "lea", Agent: "bob", Extension: "204", Mode: "shout"}, "supervise.no_such_mode"},
		{Supervise{By: "supervisor:lea", Supervisor: "lea", Agent: "bob", Extension: "204", Mode: "take_over"}, "supervise.no_such_mode"},
		{Supervise{By: "supervisor:lea", Supervisor: "lea", Agent: "ana", Mode: SuperviseStop}, "supervise.nobody"},
		{Supervise{By: "supervisor:lea", Supervisor: "sam", Agent: "bob", Mode: SuperviseListen}, "rights.other_supervisor"},
		{Supervise{By: "agent:bob", Supervisor: "sam", Agent: "ana", Mode: SuperviseListen}, "rights.no_supervisor"},
		{Supervise{By: "console", Supervisor: "max", Agent: "bob", Mode: SuperviseListen}, "supervisor.unknown"},
	} {
		c.in.Request = 5
		b.step(c.in)
		if got := b.refused(); got != c.want {
			t.Errorf("%+v: %q, want %q", c.in, got, c.want)
		}
		none[Ring](b)
	}
	b.step(PhoneReachable{Extension: "204"})
	b.step(Supervise{Request: 6, By: "supervisor:lea", Supervisor: "lea", Agent: "bob", Extension: "204", Mode: SuperviseListen})
	if got := b.refused(); got != "line.unregistered" {
		t.Error(got)
	}
	b.sound()
}
