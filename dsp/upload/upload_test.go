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
		"vorbis-44100-1.ogg":   {Kind: upload.Vorbis, Rate: 44100, Channels: 1, Frames: 26460},
		"vorbis-48000-2.ogg":   {Kind: upload.Vorbis, Rate: 48000, Channels: 2, Frames: 28800},
		"mp3-48000-2.mp3":      {Kind: upload.MP3, Rate: 48000, Channels: 2, Frames: 28800},
		"mp3-22050-1.mp3":      {Kind: upload.MP3, Rate: 22050, Channels: 1, Frames: 14400}, // so small that it says nothing of its ends
		"mp3-11025-1.mp3":      {Kind: upload.MP3, Rate: 11025, Channels: 1, Frames: 8064},
		"flac-48000-2.flac":    {Kind: upload.FLAC, Rate: 48000, Channels: 2, Bits: 16, Frames: 28800},
		"flac-44100-1-24.flac": {Kind: upload.FLAC, Rate: 44100, Channels: 1, Bits: 24, Frames: 26460},
		"opus-2.opus":          {Kind: upload.Opus, Rate: 48000, Channels: 2, Frames: 28800},
		"opus-1.opus":          {Kind: upload.Opus, Rate: 48000, Channels: 1, Frames: 28800},
		"wav-alaw-8000-1.wav":  {Kind: upload.WAV, Rate: 8000, Channels: 1, Bits: 8, Frames: 4800},
		"wav-8000-1-8.wav":     {Kind: upload.WAV, Rate: 8000, Channels: 1, Bits: 8, Frames: 4800},
		"wav-11025-1-24.wav":   {Kind: upload.WAV, Rate: 11025, Channels: 1, Bits: 24, Frames: 6615},
		"wav-float-8000-2.wav": {Kind: upload.WAV, Rate: 8000, Channels: 2, Bits: 32, Frames: 4800},
	} {
		s, err := upload.Read(bytes.NewReader(read(t, name)), upload.Limits{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if s.Source != want {
			t.Errorf("%s: %+v, want %+v", name, s.Source, want)
		}
		if want := int(want.Frames*8000+int64(want.Rate)-1) / want.Rate; len(s.Samples) != want {
			t.Errorf("%s: %d samples, want %d", name, len(s.Samples), want)
		}
		loud := level.Overload - 10
		if want.Kind == upload.MP3 {
			loud -= 0.45 // the encoder turns down to 95 %
		}
		if got, want := level.Of(s.Samples[1000:4000]), loud; math.Abs(got-want) > 0.2 {
			t.Errorf("%s: %.2f dBm0, want %.2f", name, got, want)
		}
	}
}
