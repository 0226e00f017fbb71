package appliance

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"autocom/appliance/console"
	"autocom/appliance/exchange/fact"
	"autocom/appliance/exchange/plan"
	"autocom/appliance/recording"
)

// A lost key is told of in the status, by the doctor, in a fact and in every refusal, until it is back; what it seals stays.
func TestALostKeyIsToldOf(t *testing.T) {
	c, _ := recordingBox(t, nil)
	for _, id := range []plan.RecordingID{"r1", "r2"} {
		f, _, err := c.archive.Create(t.Context(), id, recording.Origin{Call: "c1"})
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.archive.Finish(t.Context(), id, 2000, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.recorder.lookAtKeys(t.Context()); err != nil {
		t.Fatal(err)
	}
	if words := c.warned(time.Now()); len(words) > 0 || len(told[fact.KeyChanged](t, c)) > 0 {
		t.Fatalf("nothing is lost: %q", words)
	}

	path := filepath.Join(c.layout.recordings(), "recordings.key")
	key, err := os.ReadFile(path)
	if err := errors.Join(err, c.archive.Close(), os.Remove(path)); err != nil {
		t.Fatal(err)
	}
	if c.archive, err = recording.OpenArchive(t.Context(), c.layout.recordings()); err != nil {
		t.Fatal(err)
	}
	for range 2 { // every hour, told once
		if err := errors.Join(c.recorder.lookAtKeys(t.Context()), c.recorder.sweep(t.Context()), c.recorder.expire(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	words := strings.Join(c.warned(time.Now()), "\n")
	if !strings.Contains(words, "2 recordings cannot be opened") || !strings.Contains(words, path) {
		t.Errorf("told %q", words)
	}
	if code := (&box{c}).warningCode(words); code != "warning.key" {
		t.Errorf("code %q", code)
	}
	until(t, "the loss is a fact", func() bool { return len(told[fact.KeyChanged](t, c)) == 1 })
	if f := told[fact.KeyChanged](t, c)[0]; f != (fact.KeyChanged{Of: "recordings", State: fact.KeyLost, Locked: 2}) {
		t.Errorf("told %+v", f)
	}
	var sound strings.Builder
	err = (&box{c}).ReadRecording(t.Context(), "r1", "user:root", "play", &sound)
	if r, is := errors.AsType[*console.Refused](err); !is || r.Reasons[0].Code != "recording.key_lost" || sound.Len() > 0 {
		t.Errorf("played: %v", err)
	}

	if err := errors.Join(os.WriteFile(path, key, 0o600), c.recorder.lookAtKeys(t.Context())); err != nil {
		t.Fatal(err)
	}
	if words := c.warned(time.Now()); len(words) > 0 || c.recorder.anyLocked() {
		t.Errorf("it is back: %q", words)
	}
	until(t, "that it is back is a fact", func() bool { return len(told[fact.KeyChanged](t, c)) == 2 })
	if f := told[fact.KeyChanged](t, c)[1]; f != (fact.KeyChanged{Of: "recordings", State: fact.KeyBack}) {
		t.Errorf("told %+v", f)
	}
	if erased := told[fact.RecordingErased](t, c); len(erased) > 0 {
		t.Errorf("erased %+v", erased)
	}
}
