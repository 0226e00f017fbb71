package appliance

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"autocom/appliance/console"
	"autocom/appliance/exchange"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/recording"
	"autocom/appliance/recording/sealed"
	"autocom/dsp/wav"
)

// FEATURES §4.4: recording continues as segments of one recording object whose seconds equal the seconds talked; over a restart of the media process too.
// What a person paused it for stays out of the part that follows.
func TestARecordingOutlivesTheMediaProcess(t *testing.T) {
	c, _, restart := restartable(t, nil)
	b := &box{c}
	back := make(chan struct{}, 1)
	c.desk.back = func() { back <- struct{}{} }
	opened(t, c, "c1", "l1")
	c.remember(c.clock.now(), []fact.Fact{fact.RecordingStarted{Call: "c1", Recording: "r1", Leg: "l1"}})
	c.recorder.start(exchange.StartRecording{Recording: "r1", Call: "c1", Leg: "l1"})
	path := filepath.Join(c.layout.recordings(), "sound", "r1.sealed")
	grows := func(what string, most int64) int64 {
		t.Helper()
		size := int64(0)
		until(t, what, func() bool {
			info, err := os.Stat(path)
			if err == nil {
				size = info.Size()
			}
			return size > most
		})
		return size
	}
	held := grows("a second of sound", sealed.Second+500)
	for _, paused := range []bool{false, true} {
		restart()
		<-back
		if _, err := c.desk.Open("l1"); err != nil {
			t.Fatal(err)
		}
		c.recorder.start(exchange.StartRecording{Recording: "r1", Call: "c1", Leg: "l1", Paused: paused, Again: true})
		if paused {
			c.recorder.pause(exchange.PauseRecording{Recording: "r1", Why: "command"})
		}
		held = grows("a second of sound more", held+sealed.Second+500)
	}
	c.recorder.stop(exchange.StopRecording{Recording: "r1"})
	r, sum := closed(t, b)
	if len(r.Segments) != 3 || sum != r.SoundMS || r.SoundMS < 3000 || r.Error != "" || r.Segments[0].Until != sealed.WriterLost || r.Segments[1].Until != sealed.WriterLost {
		t.Errorf("%d ms in %+v, %s", r.SoundMS, r.Segments, r.Error)
	}
	if all, err := b.Recordings(t.Context(), console.RecordsQuery{Call: "c1"}); err != nil || len(all) != 1 {
		t.Errorf("one conversation is %d recordings: %v", len(all), err)
	}
	var out bytes.Buffer
	if err := b.ReadRecording(t.Context(), "r1", "user:root", "export", &out); err != nil {
		t.Fatal(err)
	}
	if _, data, err := wav.Parse(out.Bytes()); err != nil || int64(len(data)) != r.SoundMS*32 {
		t.Errorf("%d bytes for %d ms, %v", len(data), r.SoundMS, err)
	}
	if err := b.EraseRecording(t.Context(), "r1", "user:root"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("its file is still there: %v", err)
	}
}

// A recording that cannot go on keeps what it has, and says why; one that is over, or was never begun, is not opened again.
func TestARecordingThatCannotGoOnKeepsWhatItHas(t *testing.T) {
	c, _, restart := restartable(t, nil)
	back := make(chan struct{}, 1)
	c.desk.back = func() { back <- struct{}{} }
	opened(t, c, "c1", "l1")
	c.recorder.start(exchange.StartRecording{Recording: "r1", Call: "c1", Leg: "l1"})
	heldFor(t, c.layout.recordings(), "r1")
	restart()
	<-back
	// The leg is gone: nobody opens its port again.
	c.recorder.start(exchange.StartRecording{Recording: "r1", Call: "c1", Leg: "l1", Again: true})
	var r recording.Recording
	until(t, "it ends", func() bool {
		var err error
		r, err = c.archive.Find(t.Context(), "r1")
		return err == nil && r.State == recording.Cut
	})
	if r.SoundMS < 1000 || r.Error == "" {
		t.Errorf("%+v", r)
	}
	for _, id := range []plan.RecordingID{"r1", "r9"} {
		if f, _, _, err := c.archive.Reopen(t.Context(), id); err == nil {
			t.Errorf("%s is opened again: %v", id, f.Close())
		}
	}
}
