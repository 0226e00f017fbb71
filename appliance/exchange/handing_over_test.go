package exchange

import (
	"slices"
	"testing"

	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/exchange/transfer"
)

// allRecorded is a branch whose first queue records every call.
func allRecorded(x *Branch) { x.Queues[0].Record = true }

// havingAWord brings a caller on i1 to ana, who has a word with bob; it gives the legs of the two.
func havingAWord(t *testing.T, change ...func(*Branch)) (b *bench, ana, bob plan.LegID) {
	t.Helper()
	b, ana = talking(t, change...)
	b.wait(10_000)
	b.step(CallTransfer{Request: 1, By: "agent:ana", Agent: "ana", Kind: ToAgentAttended, Target: "bob"})
	bob = effect[Ring](b).Leg
	b.step(LegRinging{Leg: bob})
	b.wait(3_000)
	b.step(LegAnswered{Leg: bob})
	b.sound()
	return b, ana, bob
}

func (b *bench) does(d TransferDeed) {
	b.t.Helper()
	b.step(CallTransferDo{Request: 9, By: "agent:ana", Agent: "ana", Deed: d})
	if r := effect[Reply](b); len(r.Refused) > 0 {
		b.t.Fatalf("%s refused: %+v", d, r.Refused)
	}
	b.sound()
}

// from is whom each leg hears in the plan of the last step.
func (b *bench) from() map[plan.LegID][]plan.LegID {
	out := map[plan.LegID][]plan.LegID{}
	for _, h := range effect[SetPlan](b).Plan.Legs {
		out[h.Leg] = h.From
	}
	return out
}

// written is how long a call's recording wrote, by what was told of it until now.
func (b *bench) written(tape string, started int64, marks map[int]int64) (ms int64) {
	on, since := true, started
	n := 0
	for _, f := range b.facts {
		if p, ok := f.(fact.RecordingPaused); ok && p.Recording == tape {
			at := marks[n]
			n++
			if on && p.Paused {
				ms += at - since
			}
			if !on && !p.Paused {
				since = at
			}
			on = !p.Paused
		}
	}
	if on {
		ms += b.now - since
	}
	return ms
}

// TestOneRecordingOfAConsultation: one object whose seconds are those talked with the party, also over the consultation and the conference.
func TestOneRecordingOfAConsultation(t *testing.T) {
	b, ana, bob := havingAWord(t, allRecorded)
	tape := lastTold[fact.RecordingStarted](b).Recording
	marks, started := map[int]int64{0: b.now - 3_000}, b.now-13_000 // it rests since the transfer began
	if p := lastTold[fact.RecordingPaused](b); !p.Paused || p.Why != "transfer" {
		t.Errorf("%+v", p)
	}
	b.wait(5_000)
	b.does(TransferConfer)
	marks[1] = b.now
	if p := effect[PauseRecording](b); p.Paused || string(p.Recording) != tape {
		t.Errorf("%+v", p)
	}
	var tones []plan.LegID
	for _, e := range b.effects {
		if p, ok := e.(Play); ok && p.Sound == plan.ToneJoin {
			tones = append(tones, p.Leg)
		}
	}
	if !slices.Equal(tones, []plan.LegID{"i1", ana, bob}) {
		t.Errorf("the tone is heard by %v", tones)
	}
	if h := b.from(); len(h["i1"]) != 2 || len(h[ana]) != 2 || len(h[bob]) != 2 {
		t.Errorf("hear %v", h)
	}
	b.wait(20_000)
	b.step(LegEnded{Leg: ana, Cause: EndedByPeer}) // the queue records every call: it goes on
	none[StopRecording](b)
	b.sound()
	b.wait(7_000)
	if got := b.written(tape, started, marks); got != 10_000+20_000+7_000 {
		t.Errorf("recorded %d ms", got)
	}
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	b.step(LegEnded{Leg: bob, Cause: EndedByBox})
	if e := lastTold[fact.CallEnded](b); e.TalkMS != 42_000 || e.HoldMS != 5_000 || e.TalkMS-e.HoldMS != 37_000 || e.HungUpBy != "caller" {
		t.Errorf("%+v", e)
	}
	if len(told[fact.RecordingStarted](b)) != 1 {
		t.Error("more than one recording")
	}
	b.empty()
}

// TestARecordingOnDemandEndsWithTheAgent: FEATURES §4.3, « recording stops unless policy says otherwise ».
func TestARecordingOnDemandEndsWithTheAgent(t *testing.T) {
	b, ana, _ := havingAWord(t)
	b.does(TransferConfer)
	b.step(CallRecord{By: "console", Call: b.s.legs[ana].ID, On: true})
	effect[StartRecording](b)
	b.step(LegEnded{Leg: ana, Cause: EndedByPeer})
	effect[StopRecording](b)
	b.sound()
}

// TestAConsultationOutlivesTheCore: its three legs are taken over, and it goes on where it was.
func TestAConsultationOutlivesTheCore(t *testing.T) {
	for _, c := range []struct {
		name  string
		lives func(ana, bob plan.LegID) []plan.LegID
		want  transfer.State
		check func(b *bench, ana, bob plan.LegID)
	}{
		{"all", func(ana, bob plan.LegID) []plan.LegID { return []plan.LegID{"i1", ana, bob} }, transfer.Consulting, func(b *bench, _, bob plan.LegID) {
			b.does(TransferComplete)
			if h := b.hearing(); h["i1"] != string(bob) {
				b.t.Errorf("hears %v", h)
			}
		}},
		{"without the target", func(ana, _ plan.LegID) []plan.LegID { return []plan.LegID{"i1", ana} }, transfer.Keeping, func(b *bench, ana, _ plan.LegID) {
			b.step(CallHold{Request: 8, By: "agent:ana", Agent: "ana"}) // the hand takes the party back, as « Reprendre » does
			if h := b.hearing(); h["i1"] != string(ana) {
				b.t.Errorf("hears %v", h)
			}
		}},
		{"without the agent", func(_, bob plan.LegID) []plan.LegID { return []plan.LegID{"i1", bob} }, transfer.None, func(b *bench, _, bob plan.LegID) {
			if o := b.s.legs["i1"].Other("i1"); o == nil || o.ID != bob {
				b.t.Errorf("the party talks with %+v", o)
			}
		}},
		{"without the party", func(ana, bob plan.LegID) []plan.LegID { return []plan.LegID{ana, bob} }, transfer.None, func(b *bench, ana, bob plan.LegID) {
			if o := b.s.legs[ana].Other(ana); o == nil || o.ID != bob || b.s.legs["i1"] != nil {
				b.t.Errorf("the agent talks with %+v", o)
			}
		}},
		{"without agent and target", func(_, _ plan.LegID) []plan.LegID { return []plan.LegID{"i1"} }, transfer.Recalling, func(b *bench, _, _ plan.LegID) {
			if r := effect[Ring](b); r.To.Extension != "201" {
				b.t.Errorf("rings %+v", r)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, ana, bob := havingAWord(t)
			written, err := b.s.Encode()
			if err != nil {
				t.Fatal(err)
			}
			if b.s, err = Restore(written); err != nil {
				t.Fatal(err)
			}
			b.effects, b.last = b.s.Resume(b.moment(), c.lives(ana, bob))
			b.facts = append(b.facts, b.last...)
			for _, e := range told[fact.LegEnded](b) {
				if e.SIP != 0 || e.Cause != string(EndedTransport) {
					t.Errorf("nobody said anything, and yet %+v", e)
				}
			}
			b.sound()
			got := transfer.None
			if o := b.s.legs["i1"]; o != nil {
				got = o.Transfer.State
			}
			if got != c.want {
				t.Fatalf("the transfer is %s, want %s", got, c.want)
			}
			c.check(b, ana, bob)
			b.sound()
		})
	}
}

// TestToolbarTransferIsRefused: the call stays as it is, and it is said why.
func TestToolbarTransferIsRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		in   Input
		code string
	}{
		{"an agent nobody knows", CallTransfer{Request: 1, Agent: "zoe", Kind: ToOutside, Target: "0687654321"}, "agent.unknown"},
		{"an agent without a call", CallTransfer{Request: 1, Agent: "bob", Kind: ToOutside, Target: "0687654321"}, "agent.no_call"},
		{"a kind nobody knows", CallTransfer{Request: 1, Agent: "ana", Kind: "thrown", Target: "203"}, "transfer.kind"},
		{"help, with the prefix", CallTransfer{Request: 1, Agent: "ana", Kind: ToContact, Target: "015"}, "transfer.emergency"},
		{"a number outside as an extension", CallTransfer{Request: 1, Agent: "ana", Kind: ToExtension, Target: "00687654321"}, "number.no_extension"},
		{"an extension as a number outside", CallTransfer{Request: 1, Agent: "ana", Kind: ToOutside, Target: "203"}, "number.not_outside"},
		{"a word with a queue", CallTransfer{Request: 1, Agent: "ana", Kind: ToOutsideAttended, Target: "0140506071"}, "transfer.no_word"},
		{"a section that is gone", CallTransfer{Request: 1, Agent: "ana", Kind: ToSection, Target: "old"}, "section.unknown"},
		{"oneself", CallTransfer{Request: 1, Agent: "ana", Kind: ToAgent, Target: "ana"}, "agent.talking"},
		{"no transfer to complete", CallTransferDo{Request: 1, Agent: "ana", Deed: TransferComplete}, "transfer.none"},
		{"a deed nobody knows", CallTransferDo{Request: 1, Agent: "ana", Deed: "dance"}, "transfer.none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, _ := talking(t)
			b.step(c.in)
			if r := effect[Reply](b); !hasCode(r.Refused, c.code) {
				t.Errorf("%+v", r)
			}
			none[SetPlan](b)
			b.sound()
		})
	}
}

// TestARefusalTellsNoNumberOfSomebodyOutside: a number typed where a name belongs goes back to who typed it, and into no fact.
func TestARefusalTellsNoNumberOfSomebodyOutside(t *testing.T) {
	for _, in := range []Input{
		CallTransfer{Request: 1, Agent: "ana", Kind: ToSection, Target: "06 12 34 56 78"},
		CallTransfer{Request: 1, Agent: "+33612345678", Kind: ToSection, Target: "late"},
		AgentLogIn{Request: 1, Agent: "ana", Extension: "0612345678"},
	} {
		b, _ := talking(t)
		b.step(in)
		if r := effect[Reply](b); len(r.Refused) == 0 || r.Refused[0].Detail == "" {
			t.Errorf("%+v is answered %+v", in, r)
		}
		if f := lastTold[fact.CommandRefused](b); len(f.Reasons) == 0 || f.Reasons[0].Detail != "" || f.Agent != "" && f.Agent != "ana" {
			t.Errorf("%+v is told as %+v", in, f)
		}
	}
}

// TestNumbersAsTyped: the toolbar's field takes a number with the prefix for an outside line, without it, and in full.
func TestNumbersAsTyped(t *testing.T) {
	for _, typed := range []string{"0687654321", "00687654321", "+33687654321", "0033687654321", "0 0033 6 87 65 43 21"} {
		b, _ := talking(t)
		b.step(CallTransfer{Request: 1, By: "agent:ana", Agent: "ana", Kind: ToOutside, Target: typed, Callee: "s9"})
		if r := effect[Ring](b); r.To.Number != "+33687654321" {
			t.Errorf("%s rings %+v", typed, r.To)
		}
		if f := lastTold[fact.TransferStarted](b); f.As != "outside" || f.Manner != "blind" || f.Agent != "ana" {
			t.Errorf("%+v", f)
		}
	}
}

// TestTheOutsideTargetIsToldBySubject: the call of the agent and a target outside, when the party has left.
func TestTheOutsideTargetIsToldBySubject(t *testing.T) {
	b, ana := talking(t)
	b.step(CallTransfer{Request: 1, By: "agent:ana", Agent: "ana", Kind: ToContactAttended, Target: "0687654321", Callee: "s9"})
	out := effect[Ring](b).Leg
	b.step(LegAnswered{Leg: out})
	b.wait(4_000)
	b.step(LegEnded{Leg: "i1", Cause: EndedByPeer})
	b.sound()
	o := lastTold[fact.CallOpened](b)
	if o.Flow != "outbound" || o.Callee != "s9" || o.Dialled != "" || o.Extension != "201" {
		t.Errorf("%+v", o)
	}
	if e := lastTold[fact.CallEnded](b); e.Outcome != fact.CallAnswered || e.TalkMS != 4_000 || e.HoldMS != 4_000 {
		t.Errorf("%+v", e)
	}
	b.wait(6_000)
	b.step(LegEnded{Leg: out, Cause: EndedByPeer})
	b.step(LegEnded{Leg: ana, Cause: EndedByBox})
	if e := lastTold[fact.CallEnded](b); e.TalkMS != 6_000 || e.HungUpBy != "called" {
		t.Errorf("%+v", e)
	}
	if got := b.activity("ana"); got != "available/wrapup" {
		t.Errorf("ana is %s: the wrap-up of the queue is due after the last leg", got)
	}
	b.empty()
}

// TestHangUpIsARefusalWhileItRings: an agent who hangs up in the toolbar before they lift refuses the caller; the caller is not lost.
func TestHangUpIsARefusalWhileItRings(t *testing.T) {
	b := newBench(t)
	b.queued("i1")
	ana := effect[Ring](b).Leg
	b.step(LegRinging{Leg: ana})
	b.step(CallHangUp{Request: 1, By: "agent:ana", Call: b.s.Calls()[0].ID})
	if v := b.s.Calls()[0]; v.Phase != "queued" {
		t.Fatalf("the caller is %s", v.Phase)
	}
	if o := lastTold[fact.OfferEnded](b); o.Outcome != fact.OfferDeclined {
		t.Fatalf("%+v", o)
	}
	if e := effect[HangUp](b); e.Leg != ana {
		t.Fatalf("%+v", e)
	}
	b.sound()
}

// TestHangUpOfATargetThatRings: the same for a colleague's caller.
func TestHangUpOfATargetThatRings(t *testing.T) {
	b, ana := talking(t)
	b.step(CallTransfer{Request: 1, By: "agent:ana", Agent: "ana", Kind: ToAgent, Target: "bob"})
	bob := effect[Ring](b).Leg
	b.step(LegRinging{Leg: bob})
	b.step(CallHangUp{Request: 1, By: "agent:bob", Call: b.s.Calls()[0].ID})
	if v := b.s.Calls()[0]; v.Phase != "talking" {
		t.Fatalf("the caller is %s", v.Phase)
	}
	if h := b.from(); len(h["i1"]) != 1 || h["i1"][0] != ana {
		t.Fatalf("hear %v", h)
	}
	b.sound()
}

// TestHangUpOfAColleaguesCallThatRings: and for a colleague's own call: it is told that it was refused.
func TestHangUpOfAColleaguesCallThatRings(t *testing.T) {
	b := newBench(t)
	b.fromExtension("e1", "203", "201")
	ana := effect[Ring](b).Leg
	b.step(LegRinging{Leg: ana})
	b.step(CallHangUp{Request: 1, By: "agent:ana", Call: b.s.Calls()[0].ID})
	if r := effect[Refuse](b); r.Leg != "e1" || r.Reason != RefusedDeclined {
		t.Fatalf("%+v", r)
	}
	if got := b.activity("ana"); got != "available/idle" {
		t.Fatalf("ana is %s", got)
	}
	b.sound()
}
