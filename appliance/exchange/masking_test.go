package exchange

import (
	"slices"
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// masked are the legs that the effects of the last step hide (true) or show again.
func (b *bench) masked() map[plan.LegID]bool {
	out := map[plan.LegID]bool{}
	for _, e := range b.effects {
		if m, ok := e.(MaskDigits); ok {
			out[m.Leg] = m.Masked
		}
	}
	return out
}

// TestKeysAreHidden: FEATURES §9.5: the party outside alone is hidden, the recording is paused for as long with its marker, and everything that ends the
// conversation ends it.
func TestKeysAreHidden(t *testing.T) {
	hidden := func(change ...func(*Branch)) (*bench, plan.LegID) {
		b, ana := inTalk(t, append(change, recorded)...)
		b.step(CallMask{Request: 1, By: "agent:ana", Call: "3-000001", On: true})
		b.sound()
		if got := b.masked(); len(got) != 1 || !got["i1"] {
			t.Fatalf("%v", got)
		}
		if p := effect[PauseRecording](b); !p.Paused || p.Why != "keys" {
			t.Errorf("%+v", p)
		}
		if f := lastTold[fact.CommandTaken](b); f.Command != "call.mask" || f.By != "agent:ana" || f.Detail != "on" {
			t.Errorf("%+v", f)
		}
		return b, ana
	}
	shown := func(name, by string, do func(b *bench, ana plan.LegID), change ...func(*Branch)) {
		t.Helper()
		b, ana := hidden(change...)
		do(b, ana)
		b.sound()
		if got, known := b.masked()["i1"]; got || !known {
			t.Errorf("%s: still hidden", name)
		}
		if f := lastTold[fact.CommandTaken](b); f.By != by || f.Detail != "off" {
			t.Errorf("%s: %+v", name, f)
		}
	}
	shown("asked for", "agent:ana", func(b *bench, _ plan.LegID) { b.step(CallMask{Request: 2, By: "agent:ana", Call: "3-000001"}) })
	shown("forgotten", "box", func(b *bench, _ plan.LegID) { b.wait(defaultPause) })
	shown("forgotten, the branch says how long", "box", func(b *bench, _ plan.LegID) { b.wait(30_000) }, func(x *Branch) { x.PauseMS = 30_000 })
	shown("handed over", "box", func(b *bench, ana plan.LegID) { b.step(LegReferred{Leg: ana, Refer: 1, To: "202"}) })
	shown("parked", "box", func(b *bench, _ plan.LegID) { b.step(CallPark{Request: 1, By: "agent:ana", Agent: "ana"}) }, func(x *Branch) { x.Parking = Parking{First: "701", Slots: 1} })
	shown("over", "box", func(b *bench, _ plan.LegID) { b.step(LegEnded{Leg: "i1", Cause: EndedByPeer}) })

	b, _ := hidden()
	b.step(CallMask{Request: 2, By: "agent:ana", Call: "3-000001"})
	if got := b.tape(); !slices.Equal(got, []string{"-keys", "+keys"}) {
		t.Error(got)
	}
	b.wait(defaultPause)
	if got := len(told[fact.CommandTaken](b)); got != 2 {
		t.Errorf("the limit still runs: %d", got)
	}

	b, _ = hidden() // a new media process, and a new core, are told again
	b.step(MediaRestarted{})
	if got := b.masked(); !got["i1"] {
		t.Error("a new media process does not know")
	}
	text, err := b.s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if b.s, err = Restore(text); err != nil {
		t.Fatal(err)
	}
	b.effects, _ = b.s.Resume(b.moment(), []plan.LegID{"i1", "o3-000001"})
	if got := b.masked(); !got["i1"] {
		t.Error("a new core lets everybody hear")
	}
}

// TestKeysThatStayHeard: who asks must be in the call, and whoever wants help is heard whatever anybody asks.
func TestKeysThatStayHeard(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(b *bench)
		in   CallMask
		code string
	}{
		"no such call":             {nil, CallMask{By: "agent:ana", Call: "none", On: true}, "call.unknown"},
		"another agent":            {nil, CallMask{By: "agent:bob", Call: "3-000001", On: true}, "call.not_theirs"},
		"an agent nobody knows":    {nil, CallMask{By: "agent:zoe", Call: "3-000001", On: true}, "agent.unknown"},
		"a supervisor of no queue": {nil, CallMask{By: "supervisor:eve", Call: "3-000001", On: true}, "supervisor.unknown"},
		"not hidden":               {nil, CallMask{By: "agent:ana", Call: "3-000001"}, "keys.not_hidden"},
		"hidden already":           {func(b *bench) { b.step(CallMask{By: "agent:ana", Call: "3-000001", On: true}) }, CallMask{By: "agent:ana", Call: "3-000001", On: true}, "keys.hidden_already"},
		"nobody talks": {func(b *bench) {
			b.step(CallTransfer{By: "agent:ana", Agent: "ana", Kind: ToAgent, Target: "bob"})
		}, CallMask{By: "console", Call: "3-000001", On: true}, "call.not_talking"},
	} {
		b, _ := inTalk(t)
		if c.do != nil {
			c.do(b)
		}
		c.in.Request = 7
		b.step(c.in)
		if got := b.refused(); got != c.code {
			t.Errorf("%s: %q, want %q", name, got, c.code)
		}
		if len(b.masked()) != 0 {
			t.Errorf("%s: hidden all the same", name)
		}
		b.sound()
	}
	b := newBench(t) // between colleagues, and to the rescuers
	b.fromExtension("i1", "201", "202")
	b.step(LegAnswered{Leg: ringOf(b).Leg})
	b.step(CallMask{Request: 1, By: "console", Call: "3-000001", On: true})
	if got := b.refused(); got != "call.no_outside_leg" {
		t.Error(got)
	}
	b = newBench(t)
	b.fromExtension("i1", "201", "112")
	b.step(LegAnswered{Leg: ringOf(b).Leg})
	b.step(CallMask{Request: 1, By: "agent:ana", Call: "3-000001", On: true})
	if got := b.refused(); got != "call.emergency" || len(b.masked()) != 0 {
		t.Error(got)
	}
}

// TestPauseOfARecordingEnds: FEATURES §9.5 « auto-resume timer ».
func TestPauseOfARecordingEnds(t *testing.T) {
	paused := func(most int64) *bench {
		b, _ := inTalk(t, recorded, func(x *Branch) { x.Queues[0].AgentStops, x.PauseMS = true, most })
		b.step(CallRecordPause{Request: 1, By: "agent:ana", Call: "3-000001", Paused: true})
		return b
	}
	b := paused(20_000)
	b.wait(19_999)
	none[PauseRecording](b)
	b.wait(1)
	if p := effect[PauseRecording](b); p.Paused {
		t.Errorf("%+v", p)
	}
	if f := lastTold[fact.RecordingPaused](b); f.Paused || f.By != "box" || f.Why != "command" {
		t.Errorf("%+v", f)
	}
	b.step(CallRecordPause{Request: 1, By: "agent:ana", Call: "3-000001", Paused: true}) // again: a time of its own
	b.wait(10_000)
	b.step(CallRecordPause{Request: 1, By: "agent:ana", Call: "3-000001"})
	b.wait(60_000)
	none[PauseRecording](b)

	b = paused(0) // the branch says nothing: a person ends it
	b.wait(3_600_000)
	none[PauseRecording](b)

	b = paused(20_000) // on hold when it ends: nothing is written until they talk again
	b.step(CallHold{Agent: "ana", On: true})
	b.wait(20_000)
	b.sound()
	b.step(CallHold{Agent: "ana"})
	if p := effect[PauseRecording](b); p.Paused {
		t.Errorf("%+v", p)
	}

	b = paused(20_000) // stopped meanwhile
	b.step(CallRecord{Request: 1, By: "agent:ana", Call: "3-000001"})
	b.sound()
	b.wait(20_000)
	none[PauseRecording](b)
}
