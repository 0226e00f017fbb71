package exchange

import (
	"testing"

	"autocom/appliance/exchange/call"
)

// TestMessageWhoseWriterStops: nobody speaks on to a machine that does not write.
func TestMessageWhoseWriterStops(t *testing.T) {
	b := newBench(t, func(x *Branch) { x.Queues[0].Exits = []Exit{{Key: "2", To: ExitVoicemail}} })
	b.queued("i1")
	b.step(DigitPressed{Leg: "i1", Digit: "2"})
	b.step(PromptDone{Leg: "i1", Token: effect[Play](b).Token, Finished: true})
	b.step(PromptDone{Leg: "i1", Token: effect[Play](b).Token, Finished: true})
	tape := effect[StartRecording](b).Recording
	b.wait(10_000)
	b.step(RecordingStopped{Recording: tape, SoundMS: 10_000, Error: "disk full"})
	if v := b.s.Calls()[0]; v.Phase != "dismissing" {
		t.Fatalf("the caller is %s", v.Phase)
	}
	b.sound()
}

// TestParkedOverAMediaRestart: a recording that rests while its party is parked is not lost with the media process.
func TestParkedOverAMediaRestart(t *testing.T) {
	b, ana := talking(t, allRecorded, func(x *Branch) { x.Parking = Parking{First: "701", Slots: 2} })
	b.step(CallPark{Request: 1, By: "agent:ana", Agent: "ana"})
	b.step(LegEnded{Leg: ana, Cause: EndedByBox})
	b.step(MediaRestarted{})
	b.fromExtension("e1", "202", "701")
	b.step(LegAnswered{Leg: "e1"})
	if !b.s.Calls()[0].Recorded {
		t.Fatal("nothing is recorded any more")
	}
	b.sound()
}

// TestFullMailboxIsToldBeforeTheTone: the caller keeps their place in the queue, and nothing is recorded; another mailbox takes messages.
func TestFullMailboxIsToldBeforeTheTone(t *testing.T) {
	press := func(boxes ...string) *bench {
		b := newBench(t, func(x *Branch) {
			x.Queues[0].Exits = []Exit{{Key: "2", To: ExitVoicemail}}
			x.Agents = nil
		})
		b.step(MailboxesFull{Boxes: boxes})
		text, err := b.s.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if b.s, err = Restore(text); err != nil {
			t.Fatal(err)
		}
		b.queued("i1")
		b.step(DigitPressed{Leg: "i1", Digit: "2", Via: "rfc4733"})
		b.sound()
		return b
	}
	b := press("extension:201", "queue:sales")
	if p := effect[Play](b); p.Sound != sayFull {
		t.Errorf("%+v", p)
	}
	if c := b.s.order[0]; c.Phase != call.Queued || c.Visit.Queue != "sales" || c.Box != "" {
		t.Errorf("%s %+v %q", c.Phase, c.Visit, c.Box)
	}
	b = press("queue:rescue")
	if p := effect[Play](b); p.Sound != sayGreeting {
		t.Errorf("%+v", p)
	}
}
