package prompts

import (
	"os"
	"path/filepath"
	"testing"

	"autocom/appliance/exchange/plan"
	"autocom/appliance/prompts/sounds"
	"autocom/appliance/prompts/sounds/compose"
	"autocom/dsp/wav"
)

func TestEverySoundThatShipsIsInANewLibrary(t *testing.T) {
	dir := t.TempDir()
	l, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(l.Sounds()), len(sounds.Names()); got != want || want < 40 {
		t.Fatalf("%d sounds of %d", got, want)
	}
	for _, s := range []plan.Sound{plan.MusicDefault, plan.PromptWelcome, "prompt:beep", "prompt:fr/goodbye", "prompt:en/goodbye"} {
		if len(samples(t, l, s)) == 0 {
			t.Errorf("%s is empty", s)
		}
	}
	if got, want := len(samples(t, l, plan.MusicDefault)), 54*8000; got != want {
		t.Errorf("the music has %d samples, composed %d", got, want)
	}
	before, err := os.Stat(l.files["prompt:fr/goodbye"])
	if err != nil {
		t.Fatal(err)
	}
	again, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(again.files["prompt:fr/goodbye"])
	if err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("a sound that is there is written again: %v", err)
	}
}

func TestASitesOwnPromptComesBeforeTheOneThatShips(t *testing.T) {
	dir := t.TempDir()
	l, err := Open(filepath.Join(dir, "lib"))
	if err != nil {
		t.Fatal(err)
	}
	want := func(name, language string, sound plan.Sound) {
		t.Helper()
		if got, ok := l.Prompt(name, language); got != sound || ok != (sound != "") {
			t.Errorf("%s in %s is %q, want %q", name, language, got, sound)
		}
	}
	want("closed", "fr", "prompt:fr/closed")
	want("closed", "fr-BE", "prompt:fr/closed")
	want("closed", "en-GB", "prompt:en/closed")
	want("closed", "de", "prompt:fr/closed")
	want("closed", "", "prompt:fr/closed")
	want("nowhere", "fr", "")

	own := filepath.Join(dir, "closed.wav")
	f, err := os.Create(own)
	if err != nil {
		t.Fatal(err)
	}
	w, err := wav.NewWriter(f, wav.Format{Encoding: wav.PCM16, Channels: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.WriteSamples(compose.Beep()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Prepare([]Source{{Sound: "sound:closed", File: own}}); err != nil {
		t.Fatal(err)
	}
	want("closed", "fr", "sound:closed")
	want("closed", "en", "sound:closed")
	want("goodbye", "fr", "prompt:fr/goodbye")
}
