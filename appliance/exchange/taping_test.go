package exchange

import (
	"slices"
	"testing"

	"autocom/appliance/exchange/call"
	"autocom/appliance/exchange/fact"
)

func recorded(x *Branch) { x.Queues[0].Record = true }

// tape is what was told of a recording since: each pause with a minus and each going on with a plus, with its reason.
func (b *bench) tape() (said []string) {
	for _, f := range told[fact.RecordingPaused](b) {
		sign := "+"
		if f.Paused {
			sign = "-"
		}
		said = append(said, sign+f.Why)
	}
	return said
}

// TestRecordingWritesWhatIsTalked: its seconds are those in which the party and somebody of ours hear each other.
func TestRecordingWritesWhatIsTalked(t *testing.T) {
	b, ana := inTalk(t, recorded)
	b.step(CallHold{Agent: "ana", On: true})
	if p := effect[PauseRecording](b); !p.Paused || p.Why != "hold" || p.Recording != "r3-000001" {
		t.Errorf("%+v", p)
	}
	b.step(LegHeld{Leg: ana, Held: true})
	b.step(CallHold{Agent: "ana"})
	none[PauseRecording](b)
	b.step(LegHeld{Leg: ana})
	b.step(LegHeld{Leg: "i1", Held: true}) // the party holds us: they are not spoken to
	b.step(LegHeld{Leg: "i1"})
	b.step(LegReferred{Leg: ana, Refer: 1, To: "202"})
	b.step(LegRefused{Leg: ringOf(b).Leg, Reason: RefusedBusy})
	b.step(LegReferred{Leg: ana, Refer: 2, To: "00687654321"}) // two parties outside: nobody of ours is there to talk
	b.step(LegAnswered{Leg: ringOf(b).Leg})
	want := []string{"-hold", "+hold", "-hold", "+hold", "-transfer", "+transfer", "-transfer"}
	if got := b.tape(); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if n := len(told[fact.RecordingStarted](b)); n != 1 {
		t.Errorf("%d recordings of one call", n)
	}
}

// A pause that a person asked for holds over holds and transfers, until a person ends it.
func TestRecordingPausedByCommand(t *testing.T) {
	b, _ := inTalk(t, recorded, func(x *Branch) { x.Queues[0].AgentStops = true })
	ask := func(paused bool, want string) {
		t.Helper()
		b.step(CallRecordPause{Request: 1, By: "agent:ana", Call: "3-000001", Paused: paused})
		if got := b.refused(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	ask(false, "recording.not_paused")
	ask(true, "")
	if f := lastTold[fact.RecordingPaused](b); f.By != "agent:ana" || f.Why != "command" {
		t.Errorf("%+v", f)
	}
	ask(true, "recording.paused_already")
	b.step(CallHold{Agent: "ana", On: true})
	b.step(CallHold{Agent: "ana"})
	b.step(CallHold{Agent: "ana", On: true})
	ask(false, "") // it goes on once they talk again
	b.step(CallHold{Agent: "ana"})
	if got, want := b.tape(), []string{"-command", "+command"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestRecordingRights: FEATURES §1 « permissions "may stop recording", "may keep recording" per group; a refused stop is visibly refused ».
func TestRecordingRights(t *testing.T) {
	record := func(by string, on bool) Input { return CallRecord{Request: 1, By: by, Call: "3-000001", On: on} }
	pause := func(by string) Input { return CallRecordPause{Request: 1, By: by, Call: "3-000001", Paused: true} }
	keep := func(by string, keep bool) Input {
		return CallRecordKeep{Request: 1, By: by, Call: "3-000001", Keep: keep}
	}
	cases := []struct {
		name   string
		change func(x *Branch)
		ask    Input
		want   string
	}{
		{"the queue's, and the agent may not", recorded, record("agent:ana", false), "recording.queue_rules"},
		{"nor pause", recorded, pause("agent:ana"), "recording.queue_rules"},
		{"the console may", recorded, record("console", false), ""},
		{"the queue lets the agent", func(x *Branch) { recorded(x); x.Queues[0].AgentStops = true }, record("agent:ana", false), ""},
		{"somebody else's call", func(x *Branch) { recorded(x); x.Queues[0].AgentStops = true }, record("agent:bob", false), "call.not_theirs"},
		{"nobody", recorded, pause("agent:zoe"), "agent.unknown"},
		{"their supervisor", recorded, pause("supervisor:sam"), ""},
		{"another's supervisor", recorded, pause("supervisor:lea"), "rights.other_queue"},
		{"no such call", recorded, CallRecordPause{Request: 1, Call: "3-9"}, "call.unknown"},
		{"nothing to pause", nil, pause("agent:ana"), "call.not_recorded"},
		{"on demand", nil, record("agent:ana", true), ""},
		{"no right to", func(x *Branch) { x.Agents[0].NoRecord = true }, record("agent:ana", true), "agent.no_record"},
		{"a supervisor has it", func(x *Branch) { x.Agents[0].NoRecord = true }, record("supervisor:sam", true), ""},
		{"keep what is not there", nil, keep("agent:ana", true), "call.not_recorded"},
		{"keep in no call", nil, CallRecordKeep{Request: 1, Call: "3-9"}, "call.unknown"},
		{"the queue decides", recorded, keep("agent:ana", false), "recording.queue_keeps"},
		{"the agent decides", func(x *Branch) { recorded(x); x.Queues[0].AgentKeeps = true }, keep("agent:ana", false), ""},
	}
	for _, c := range cases {
		change := []func(*Branch){supervised}
		if c.change != nil {
			change = append(change, c.change)
		}
		b, _ := inTalk(t, change...)
		b.step(c.ask)
		if got := b.refused(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestKeepWhatIsDiscarded: un-ticked and discarded by default, the recording goes after the call; ticked, it stays.
func TestKeepWhatIsDiscarded(t *testing.T) {
	b := newBench(t, recorded, func(x *Branch) { x.Queues[0].Discard, x.Queues[0].AgentKeeps = true, true })
	b.queued("i1")
	b.step(LegAnswered{Leg: ringOf(b).Leg})
	if e := effect[KeepRecording](b); e.Keep || e.Recording != "r3-000001" {
		t.Errorf("%+v", e)
	}
	if f := lastTold[fact.RecordingKept](b); f.Keep || f.By != "queue:sales" {
		t.Errorf("%+v", f)
	}
	b.step(CallRecordKeep{By: "agent:ana", Call: "3-000001", Keep: true})
	if e := effect[KeepRecording](b); !e.Keep {
		t.Errorf("%+v", e)
	}
	b.step(CallRecordKeep{Request: 1, By: "agent:ana", Call: "3-000001", Keep: true})
	none[KeepRecording](b)
	if f := lastTold[fact.RecordingKept](b); !f.Keep || f.By != "agent:ana" {
		t.Errorf("%+v", f)
	}
}

// TestSampledRecordings: so many in a hundred, the same ones in every replay.
func TestSampledRecordings(t *testing.T) {
	for _, percent := range []int{0, 10, 50, 100} {
		s, n := New(), 0
		s.epoch = 3
		for i := range uint64(2000) {
			if s.chance(&call.Call{Serial: i}) < percent {
				n++
			}
		}
		if n < 20*percent-90 || n > 20*percent+90 { // three standard deviations of the widest
			t.Errorf("%d of 2000 calls at %d %%", n, percent)
		}
	}
	b, _ := inTalk(t, func(x *Branch) { x.Queues[0].Sampled = 100 })
	if f := lastTold[fact.RecordingStarted](b); !hasCode(f.Reasons, "queue.sampled") {
		t.Errorf("%+v", f)
	}
	b.step(CallRecord{Request: 1, By: "agent:ana", Call: "3-000001"})
	if got := b.refused(); got != "recording.queue_rules" {
		t.Error(got)
	}
}

// What a person or a queue said of a recording holds for the part after a media process came back.
func TestRecordingRulesOutliveTheMedia(t *testing.T) {
	b, _ := inTalk(t, recorded, func(x *Branch) { x.Queues[0].Discard = true })
	b.step(CallRecordPause{By: "console", Call: "3-000001", Paused: true})
	b.step(MediaRestarted{})
	if r := effect[StartRecording](b); !r.Paused || !r.Again || r.Recording != "r3-000001" { // nothing of what a person paused it for gets in
		t.Errorf("%+v", r)
	}
	if len(told[fact.RecordingKept](b)) != 1 || len(told[fact.RecordingPaused](b)) != 1 || len(told[fact.RecordingStarted](b)) != 1 {
		t.Error("what was said of it is said again")
	}
	b.step(CallRecord{Request: 1, By: "agent:ana", Call: "3-000001"})
	if got := b.refused(); got != "recording.queue_rules" {
		t.Error(got)
	}
}

// Keys are pressed for whoever hears the agent, and no fact holds them.
func TestSendDigits(t *testing.T) {
	b, _ := inTalk(t)
	for digits, want := range map[string]string{
		"": "digits.unreadable", "12a": "digits.unreadable", "0123456789*#ABCD0123456789*#ABCD1": "digits.unreadable",
		"0123456789*#ABCD0123456789*#ABCD": "", "5": "",
	} {
		b.step(CallDigits{Request: 1, By: "agent:ana", Agent: "ana", Digits: digits})
		if got := b.refused(); got != want {
			t.Errorf("%q: %q, want %q", digits, got, want)
		}
		if want != "" {
			none[SendDigits](b)
			continue
		}
		if e := effect[SendDigits](b); e.Leg != "i1" || e.Digits != digits {
			t.Errorf("%+v", e)
		}
		if f := lastTold[fact.DigitsSent](b); f != (fact.DigitsSent{Call: "3-000001", Leg: "i1", Count: len(digits), By: "agent:ana"}) {
			t.Errorf("%+v", f)
		}
	}
	for _, hold := range []Input{CallHold{Agent: "ana", On: true}, LegHeld{Leg: "i1", Held: true}} {
		b.step(hold)
		b.step(CallDigits{Request: 1, Agent: "ana", Digits: "5"})
		if got := b.refused(); got != "call.held" {
			t.Errorf("%+v: %q", hold, got)
		}
		b.step(CallHold{Agent: "ana"})
		b.step(LegHeld{Leg: "i1"})
	}
	b.step(CallDigits{Request: 1, Agent: "bob", Digits: "5"})
	if got := b.refused(); got != "agent.no_call" {
		t.Error(got)
	}
}

// A call placed from a queue is recorded by that queue's rules (FEATURES §7.1: record outbound communications, agent may stop, agent may keep).
func TestRecordingOfACallPlacedFromAQueue(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Queues[0].RecordOut, x.Queues[0].Discard, x.Queues[0].AgentKeeps = true, true, true })
	b.step(CallPlace{By: "agent:ana", Agent: "ana", Number: "00687654321", Queue: "sales"})
	b.step(LegAnswered{Leg: ringOf(b).Leg})
	b.step(LegAnswered{Leg: ringOf(b).Leg})
	if e := effect[KeepRecording](b); e.Keep {
		t.Errorf("%+v", e)
	}
	for in, want := range map[Input]string{
		CallRecord{Request: 1, By: "agent:ana", Call: "3-000001"}:                 "recording.queue_rules",
		CallRecordKeep{Request: 1, By: "agent:ana", Call: "3-000001", Keep: true}: "",
	} {
		b.step(in)
		if got := b.refused(); got != want {
			t.Errorf("%+v: %q, want %q", in, got, want)
		}
	}
	b.step(CallHold{Agent: "ana", On: true})
	if h := b.hearing(); h["o3-000002"] != "music:sales" { // the music is that of the queue it was placed from
		t.Errorf("%v", h)
	}
}

// TestNoRecordHolds: an agent without the right starts no recording, in whatever way they came to the call; what the queue or a supervisor records is
// recorded all the same.
func TestNoRecordHolds(t *testing.T) {
	barred := func(x *Branch) { x.Agents[1].NoRecord = true } // bob
	asks := func(b *bench, want string) {
		t.Helper()
		b.step(CallRecord{Request: 1, By: "agent:bob", Call: "3-000001", On: true})
		if got := b.refused(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		none[StartRecording](b)
	}
	b, ana := inTalk(t, barred) // handed over to him
	b.step(LegReferred{Leg: ana, Refer: 1, To: "202"})
	b.step(LegAnswered{Leg: ringOf(b).Leg})
	asks(b, "agent.no_record")

	b, _ = inTalk(t, barred) // before he has the call
	asks(b, "call.not_theirs")

	b, ana = inTalk(t) // the right is taken away while he talks
	b.step(LegReferred{Leg: ana, Refer: 1, To: "202"})
	b.step(LegAnswered{Leg: ringOf(b).Leg})
	x := branch()
	x.Revision = "rev2"
	barred(&x)
	b.step(SiteChanged{Branch: x})
	asks(b, "agent.no_record")

	b, ana = inTalk(t, barred, recorded) // what the queue asks for goes on, and a console may
	if len(told[fact.RecordingStarted](b)) != 1 {
		t.Error("the queue's recording did not begin")
	}
	b.step(LegReferred{Leg: ana, Refer: 1, To: "202"})
	b.step(LegAnswered{Leg: ringOf(b).Leg})
	b.step(CallRecord{Request: 1, By: "console", Call: "3-000001"})
	asks(b, "agent.no_record")
	b.step(CallRecord{Request: 1, By: "console", Call: "3-000001", On: true})
	effect[StartRecording](b)
}
