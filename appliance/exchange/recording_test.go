package exchange

import (
	"testing"
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
