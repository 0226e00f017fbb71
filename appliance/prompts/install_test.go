package prompts

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"autocom/appliance/exchange/plan"
	"autocom/dsp/level"
	"autocom/dsp/loudness"
	"autocom/dsp/upload"
	"autocom/dsp/wav"
)

// recordings are the test files of package upload: 0.6 s of a tone in every format.
const recordings = "../../dsp/upload/testdata"

func TestSoundsOfEveryFormatAreInstalled(t *testing.T) {
	l, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var sources []Source
	for _, name := range []string{"vorbis-48000-2.ogg", "mp3-48000-2.mp3", "flac-44100-1-24.flac", "opus-2.opus", "wav-11025-1-24.wav", "wav-float-8000-2.wav"} {
		for _, music := range []bool{false, true} {
			kind := map[bool]string{true: "-music", false: "-speech"}[music]
			sources = append(sources, Source{Sound: plan.Sound("sound:" + name + kind), File: filepath.Join(recordings, name), Music: music})
		}
	}
	if err := l.Prepare(sources); err != nil {
		t.Fatal(err)
	}
	for _, s := range sources {
		got := samples(t, l, s.Sound)
		if len(got) < 4600 || len(got) > 4900 {
			t.Errorf("%s: %d samples", s.Sound, len(got))
		}
		if s.Music {
			lufs, err := loudness.Integrated(got, wav.Rate)
			if err != nil || math.Abs(lufs-upload.MusicLoudness) > 0.5 {
				t.Errorf("%s: %.1f LUFS, %v", s.Sound, lufs, err)
			}
		} else if active, _ := level.Active(got); math.Abs(active-upload.SpeechLevel) > 0.5 {
			t.Errorf("%s: %.1f dBm0", s.Sound, active)
		}
	}
}

func TestTelephoneSoundIsKeptAsItIs(t *testing.T) {
	l, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(recordings, "wav-alaw-8000-1.wav")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, want, err := wav.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Prepare([]Source{{Sound: "sound:bell", File: file}}); err != nil {
		t.Fatal(err)
	}
	if got := encode(samples(t, l, "sound:bell")); !bytes.Equal(got, want) {
		t.Error("the samples were changed")
	}
}

func TestAnInstalledFileIsNotDecodedAgain(t *testing.T) {
	dir := t.TempDir()
	l, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	source := Source{Sound: "sound:a", File: filepath.Join(recordings, "mp3-48000-2.mp3")}
	before := files(t, dir)
	if err := l.Prepare([]Source{source}); err != nil {
		t.Fatal(err)
	}
	added := slices.DeleteFunc(files(t, dir), func(f string) bool { return slices.Contains(before, f) })
	if len(added) != 1 {
		t.Fatalf("added %v", added)
	}
	if err := os.WriteFile(filepath.Join(dir, added[0]), []byte{0xD5, 0xD5}, 0o600); err != nil {
		t.Fatal(err)
	}
	source.Sound = "sound:b"
	if err := l.Prepare([]Source{source}); err != nil {
		t.Fatal(err)
	}
	if got := samples(t, l, "sound:b"); len(got) != 2 {
		t.Errorf("%d samples: it was decoded again", len(got))
	}
	source.Music = true
	if err := l.Prepare([]Source{source}); err != nil {
		t.Fatal(err)
	}
	if got := samples(t, l, "sound:b"); len(got) < 4600 {
		t.Errorf("%d samples: music is not speech", len(got))
	}
}

func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		names = append(names, f.Name())
	}
	return names
}

func TestRefusalsNameTheFileAndItsKind(t *testing.T) {
	dir := t.TempDir()
	l, err := Open(filepath.Join(dir, "lib"))
	if err != nil {
		t.Fatal(err)
	}
	song := filepath.Join(dir, "song.m4a")
	if err := os.WriteFile(song, []byte("\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := files(t, filepath.Join(dir, "lib"))
	err = l.Prepare([]Source{{Sound: "sound:song", File: song}, {Sound: "sound:none", File: filepath.Join(dir, "none.wav")}})
	if kind, ok := errors.AsType[*upload.KindError](err); !ok || kind.Kind != upload.MPEG4 || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := l.File("sound:song"); err == nil {
		t.Error("a refused file became a sound")
	}
	if after := files(t, filepath.Join(dir, "lib")); !slices.Equal(before, after) {
		t.Errorf("left behind: %v", after)
	}
}
