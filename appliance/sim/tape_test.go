package sim

import (
	"testing"
	"testing/synctest"
	"time"

	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
)

// A world keeps recordings as a box does: their seconds are those that were not paused, with the engine and in a world without sound. Both sides are there:
// left the caller, right what our side sends.
func TestAWorldKeepsRecordings(t *testing.T) {
	for name, silent := range map[string]bool{"with the engine": false, "without sound": true} {
		t.Run(name, func(t *testing.T) {
			s, err := ReadStory("testdata/answered-at-once.call")
			if err != nil {
				t.Fatal(err)
			}
			set, err := s.Setting("testdata/sites")
			if err != nil {
				t.Fatal(err)
			}
			set.Silent = silent
			set.Site.Recording.Basis = "a test"
			for i := range set.Site.Queues {
				set.Site.Queues[i].Record = true
			}
			synctest.Test(t, func(t *testing.T) { recordOne(t, set, silent) })
		})
	}
}

func recordOne(t *testing.T, set Setting, silent bool) {
	w, err := NewWorld(set)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, do := range []string{"caller 0612345678 dials 0140506070", "ana answers"} {
		if err := w.act(do); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
	}
	var started fact.RecordingStarted
	for _, e := range w.Facts() {
		if f, is := e.Fact.(fact.RecordingStarted); is {
			started = f
		}
	}
	if started.Recording == "" {
		t.Fatal("nothing is recorded")
	}
	pause := exchange.PauseRecording{Recording: plan.RecordingID(started.Recording), Paused: true, Why: "card number"}
	time.Sleep(10 * time.Second)
	w.box.sound.pauseRecord(pause)
	time.Sleep(20 * time.Second)
	pause.Paused, pause.Why = false, "paid"
	w.box.sound.pauseRecord(pause)
	time.Sleep(5 * time.Second)
	if err := w.act("caller hangs up"); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second)
	tapes := w.box.sound.recordings()
	if len(tapes) != 1 {
		t.Fatalf("%d recordings", len(tapes))
	}
	tape := tapes[0]
	if tape.SoundMS < 15_900 || tape.SoundMS > 16_100 { // a second before, as ana answers
		t.Errorf("%d ms were recorded, want 16 s", tape.SoundMS)
	}
	segments := tape.segments()
	if len(segments) != 2 || segments[0].SoundMS+segments[1].SoundMS != tape.SoundMS || segments[0].Until != "card number" || segments[1].Why != "paid" {
		t.Fatalf("segments %+v", segments)
	}
	if gap := segments[1].Start.Sub(segments[0].Start); gap < 30*time.Second || gap > 32*time.Second {
		t.Errorf("the second segment begins %s after the first", gap)
	}
	if silent {
		return
	}
	for name, side := range map[string][]byte{"left": tape.Left, "right": tape.Right} {
		loud := 0
		for _, x := range side {
			if x != 0xD5 && x != 0x55 {
				loud++
			}
		}
		if len(side) != int(tape.SoundMS)*8 || loud < len(side)/2 {
			t.Errorf("%s: %d samples, %d of them not silence", name, len(side), loud)
		}
	}
	var ended fact.RecordingEnded
	for _, e := range w.Facts() {
		if f, is := e.Fact.(fact.RecordingEnded); is {
			ended = f
		}
	}
	if ended.SoundMS != tape.SoundMS || ended.Error != "" {
		t.Errorf("the fact says %+v", ended)
	}
}
