package upload_test

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"testing"

	"autocom/dsp/level"
	"autocom/dsp/upload"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The files hold 0.6 s of 1,000 Hz with a peak 10 dB below full scale.
func TestReadEveryFormat(t *testing.T) {
	for name, want := range map[string]upload.Format{
		"vorbis-44100-1.ogg": {Kind: upload.Vorbis, Rate: 44100, Channels: 1, Frames: 26460},
		"vorbis-48000-2.ogg": {Kind: upload.Vorbis, Rate: 48000, Channels: 2, Frames: 28800},
	} {
		s, err := upload.Read(bytes.NewReader(read(t, name)), upload.Limits{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if s.Source != want {
			t.Errorf("%s: %+v, want %+v", name, s.Source, want)
		}
		if len(s.Samples) != 4800 {
			t.Errorf("%s: %d samples, want 4800", name, len(s.Samples))
		}
		if got, want := level.Of(s.Samples[800:4000]), level.Overload-10; math.Abs(got-want) > 0.3 {
			t.Errorf("%s: %.2f dBm0, want %.2f", name, got, want)
		}
	}
}
