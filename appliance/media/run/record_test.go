package run_test

import (
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"autocom/appliance/exchange/plan"
	"autocom/appliance/media/run"
	"autocom/appliance/mediactl"
	"autocom/appliance/recording/sealed"
)

// taped is a file a recording is written to.
type taped struct {
	id   plan.RecordingID
	name string
	key  []byte
}

func tapeOf(t *testing.T, c *core, id plan.RecordingID, leg plan.LegID) taped {
	t.Helper()
	r := taped{id: id, name: filepath.Join(t.TempDir(), string(id)), key: make([]byte, sealed.KeySize)}
	_, _ = rand.Read(r.key)
	f, err := os.OpenFile(r.name, os.O_CREATE|os.O_RDWR|os.O_EXCL, 0o600)
	must(t, err)
	must(t, c.StartRecording(id, leg, false, f, r.key))
	must(t, f.Close())
	return r
}

func (r taped) read(t *testing.T) (segments []sealed.Segment, sound []byte, err error) {
	t.Helper()
	in, err := os.Open(r.name)
	must(t, err)
	defer in.Close()
	s, err := sealed.NewReader(in, string(r.id), sealed.Key(r.key))
	must(t, err)
	sound, err = io.ReadAll(s)
	return sealed.Segments(s.Marks(), s.SoundMS()), sound, err
}

// FEATURES §9.5, ARCHITECTURE §4: a paused span holds no sound; its start and end are in the file, and the segments add up to the sound.
func TestAPausedRecordingHasSegments(t *testing.T) {
	began := time.Now().Add(-time.Second)
	c := dial(t, start(t, nil))
	a, b := bridge(t, c, "1-1")
	r := tapeOf(t, c, "r1", "a1-1")
	talk := func(packets int, says byte) {
		for range packets { // b's tone is the clock: one packet in 20 ms
			a.say(says)
			a.hear()
		}
	}
	must(t, c.SetPlan(plan.Plan{Call: "1-1", Version: 2, Legs: []plan.Hearing{{Leg: "a1-1", Sound: plan.ToneBusy}, {Leg: "b1-1"}}}))
	talk(20, 0x2A)
	must(t, c.PauseRecording("r1", true, "card number"))
	talk(20, 0x29)
	must(t, c.PauseRecording("r1", false, "paid"))
	talk(20, 0x28)
	must(t, c.StopRecording("r1"))
	e := c.wait(t, mediactl.RecordEnded)
	if e.Error != nil || e.Lost != 0 {
		t.Fatalf("%+v", e)
	}
	segments, sound, err := r.read(t)
	must(t, err)
	if int64(len(sound)) != 16*e.Millis || len(segments) != 2 {
		t.Fatalf("%d bytes of sound for %d ms, segments %+v", len(sound), e.Millis, segments)
	}
	one, two := segments[0], segments[1]
	if one.SoundMS+two.SoundMS != e.Millis || two.OffsetMS != one.SoundMS || one.Until != "card number" || two.Why != "paid" {
		t.Errorf("segments %+v of %d ms", segments, e.Millis)
	}
	gap := two.Start.Sub(one.Start) - time.Duration(one.SoundMS)*time.Millisecond
	if one.Start.Before(began) || two.Start.After(time.Now()) || gap < 300*time.Millisecond || gap > 3*time.Second {
		t.Errorf("the gap of 20 packets is %s; the first begins %s", gap, one.Start)
	}
	during := 0
	for i := 0; i < len(sound); i += 2 {
		if sound[i] == 0x29 {
			during++
		}
	}
	if during > 10*160 { // of the jitter buffer
		t.Errorf("%d samples of what was said in the pause", during)
	}
	b.say(0) // the call went on all the time
}

// A media process that ends with a recording under way leaves its last word in the file.
func TestAStoppedProcessLeavesRightSegments(t *testing.T) {
	p := start(t, nil)
	c := dial(t, p)
	a, _ := bridge(t, c, "1-1")
	must(t, c.SetPlan(plan.Plan{Call: "1-1", Version: 2, Legs: []plan.Hearing{{Leg: "a1-1", Sound: plan.ToneBusy}, {Leg: "b1-1"}}}))
	r := tapeOf(t, c, "r1", "a1-1")
	for range 15 {
		a.say(0x2A)
		a.hear()
	}
	must(t, c.PauseRecording("r1", true, "hold"))
	_, err := c.Stats("a1-1") // an answer: the pause was carried out
	must(t, err)
	p.stop()
	segments, sound, err := r.read(t)
	must(t, err)
	if len(segments) != 1 || segments[0].Until != "hold" || segments[0].SoundMS*16 != int64(len(sound)) || segments[0].SoundMS < 200 {
		t.Errorf("%+v for %d bytes", segments, len(sound))
	}
}

func TestPausingWhatIsNotRecordedIsRefused(t *testing.T) {
	c := dial(t, start(t, func(cfg *run.Config) { cfg.Shards = 1 }))
	_, _ = bridge(t, c, "1-1")
	for _, wrong := range []func() error{
		func() error { return c.PauseRecording("none", true, "") },
		func() error { return c.Mask("none", true) },
	} {
		must(t, wrong())
		e := nextOf(t, c, mediactl.Refused)
		if e.Recording != "none" && e.Leg != "none" || e.Error == nil || e.Error.Code == mediactl.CodeFailed {
			t.Errorf("%+v %v", e, e.Error)
		}
	}
	if errors.Is(c.PauseRecording("none", true, ""), mediactl.ErrDisconnected) {
		t.Error("the client is gone")
	}
}
