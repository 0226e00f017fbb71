package prompts

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"autocom/appliance/exchange/plan"
	"autocom/appliance/prompts/sounds/compose"
	"autocom/dsp/g711"
	"autocom/dsp/wav"
)

func samples(t *testing.T, l *Library, s plan.Sound) []int16 {
	t.Helper()
	f, err := l.File(s)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]int16, len(text))
	g711.ALaw.Decode(out, text)
	return out
}

func TestSiteSoundsAreAllPreparedOrNone(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "good.wav")
	f, err := os.Create(good)
	if err != nil {
		t.Fatal(err)
	}
	w, err := wav.NewWriter(f, wav.Format{Encoding: wav.PCM16, Channels: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.WriteSamples(compose.Chime()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(dir, "bad.wav")
	if err := os.WriteFile(bad, []byte("ID3 this is an MP3"), 0o600); err != nil {
		t.Fatal(err)
	}

	l, err := Open(filepath.Join(dir, "lib"))
	if err != nil {
		t.Fatal(err)
	}
	err = l.Prepare([]Source{{Sound: "sound:good", File: good}, {Sound: "sound:bad", File: bad}})
	if err == nil || !strings.Contains(err.Error(), "bad.wav") {
		t.Fatalf("got %v", err)
	}
	if _, err := l.File("sound:good"); err == nil {
		t.Fatal("half of a refused document was prepared")
	}
	if err := l.Prepare([]Source{{Sound: "sound:good", File: good}}); err != nil {
		t.Fatal(err)
	}
	if got := samples(t, l, "sound:good"); len(got) != len(compose.Chime()) {
		t.Fatalf("%d samples, want %d", len(got), len(compose.Chime()))
	}
}

func TestUnknownSoundIsNamed(t *testing.T) {
	l, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.File("sound:nowhere"); err == nil || !strings.Contains(err.Error(), "sound:nowhere") {
		t.Fatalf("got %v", err)
	}
}
