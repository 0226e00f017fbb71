//go:build interop

package upload_test

import (
	"bytes"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"autocom/dsp/resample"
	"autocom/dsp/upload"
	"autocom/dsp/wav"
)

// run runs a program of a Debian package.
func run(t *testing.T, debian, program string, args ...string) []byte {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), program, args...).Output()
	if err != nil {
		t.Fatalf("%s %s (Debian package %s): %v", program, strings.Join(args, " "), debian, err)
	}
	return out
}

// TestEveryEncoderOfDebianIsRead encodes a human voice at many rates with the encoders people use and compares what comes back.
func TestEveryEncoderOfDebianIsRead(t *testing.T) {
	const prompt = "/usr/share/asterisk/sounds/en_US_f_Allison/demo-instruct.wav"
	b, err := os.ReadFile(prompt)
	if err != nil {
		t.Fatalf("a voice prompt is missing (Debian package asterisk-core-sounds-en-wav): %v", err)
	}
	voice, err := upload.Read(bytes.NewReader(b), upload.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	voice.Samples = voice.Samples[:8*8000]
	dir := t.TempDir()
	for _, c := range []struct {
		kind     upload.Kind
		rate     int
		channels int
		least    float64 // dB of signal over the difference: what the encoder changed, above 3,400 Hz what both conversions took, and a delay between samples
		debian   string
		command  []string // IN and OUT stand for files
	}{
		{upload.MP3, 48000, 2, 20, "lame", []string{"lame", "--quiet", "-b", "128", "IN", "OUT"}},
		{upload.MP3, 44100, 1, 20, "lame", []string{"lame", "--quiet", "-V", "4", "IN", "OUT"}},
		{upload.MP3, 32000, 2, 20, "lame", []string{"lame", "--quiet", "-b", "96", "-m", "j", "IN", "OUT"}},
		{upload.MP3, 24000, 1, 14, "lame", []string{"lame", "--quiet", "-b", "48", "--resample", "24", "IN", "OUT"}},
		{upload.MP3, 22050, 1, 18, "lame", []string{"lame", "--quiet", "-b", "32", "--resample", "22.05", "IN", "OUT"}},
		{upload.MP3, 22050, 2, 18, "lame", []string{"lame", "--quiet", "-V", "5", "--resample", "22.05", "IN", "OUT"}},
		{upload.MP3, 16000, 1, 18, "lame", []string{"lame", "--quiet", "-b", "40", "--resample", "16", "IN", "OUT"}},
		{upload.MP3, 12000, 1, 12, "lame", []string{"lame", "--quiet", "-b", "32", "--resample", "12", "IN", "OUT"}},
		{upload.MP3, 11025, 2, 12, "lame", []string{"lame", "--quiet", "-b", "32", "--resample", "11.025", "IN", "OUT"}},
		{upload.Vorbis, 44100, 2, 10, "vorbis-tools", []string{"oggenc", "-Q", "-q", "5", "-o", "OUT", "IN"}},
		{upload.Vorbis, 8000, 1, 10, "vorbis-tools", []string{"oggenc", "-Q", "-q", "5", "-o", "OUT", "IN"}},
		{upload.Vorbis, 96000, 1, 10, "vorbis-tools", []string{"oggenc", "-Q", "-q", "8", "-o", "OUT", "IN"}},
		{upload.FLAC, 48000, 2, 26, "flac", []string{"flac", "-s", "-8", "-o", "OUT", "IN"}},
		{upload.FLAC, 8000, 1, 45, "flac", []string{"flac", "-s", "-0", "-o", "OUT", "IN"}},
		{upload.FLAC, 192000, 1, 26, "flac", []string{"flac", "-s", "-5", "-o", "OUT", "IN"}},
		{upload.Opus, 48000, 2, 8, "opus-tools", []string{"opusenc", "--quiet", "--bitrate", "96", "IN", "OUT"}},
		{upload.Opus, 48000, 1, 5, "opus-tools", []string{"opusenc", "--quiet", "--bitrate", "32", "IN", "OUT"}},
		{upload.Opus, 16000, 1, 3, "opus-tools", []string{"opusenc", "--quiet", "--bitrate", "16", "IN", "OUT"}},
	} {
		name := string(c.kind) + " " + strconv.Itoa(c.rate) + " ×" + strconv.Itoa(c.channels)
		in, out := filepath.Join(dir, "in.wav"), filepath.Join(dir, "out")
		if err := os.WriteFile(in, wave(c.rate, c.channels, at(t, voice.Samples, c.rate, c.channels)), 0o600); err != nil {
			t.Fatal(err)
		}
		_ = os.Remove(out)
		args := append([]string(nil), c.command[1:]...)
		for i, a := range args {
			switch a {
			case "IN":
				args[i] = in
			case "OUT":
				args[i] = out
			}
		}
		run(t, c.debian, c.command[0], args...)
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		got, err := upload.Read(bytes.NewReader(b), upload.Limits{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		dB, late := likeness(got.Samples, voice.Samples)
		t.Logf("%s: %d samples of %d, %d late, %.1f dB over the difference; %+v", name, len(got.Samples), len(voice.Samples), late, dB, got.Source)
		if got.Source.Kind != c.kind || dB < c.least {
			t.Errorf("%s: %+v, %.1f dB", name, got.Source, dB)
		}
	}
}

// at is 8 kHz sound at another rate.
func at(t *testing.T, s []int16, rate, channels int) []int16 {
	t.Helper()
	x := make([]float32, len(s))
	for i, v := range s {
		x[i] = float32(v)
	}
	y, err := resample.All(x, 8000, rate)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]int16, 0, len(y)*channels)
	for _, v := range y {
		for range channels {
			out = append(out, int16(max(-32768, min(32767, math.Round(float64(v))))))
		}
	}
	return out
}

// likeness is the ratio of b to what a differs from it by, in dB, at the best delay and gain.
func likeness(a, b []int16) (dB float64, late int) {
	dB = math.Inf(-1)
	for d := -100; d <= 1400; d++ {
		var aa, ab, bb float64
		for i := 8000; i < 40000; i += 3 {
			if i+d >= len(a) || i >= len(b) {
				break
			}
			x, y := float64(a[i+d]), float64(b[i])
			aa, ab, bb = aa+x*x, ab+x*y, bb+y*y
		}
		rest := bb - ab*ab/(aa+1)
		if v := 10 * math.Log10(bb/(rest+1)); v > dB {
			dB, late = v, d
		}
	}
	return dB, late
}

// clipped says whether a WAVE file has samples at full scale.
func clipped(t *testing.T, b []byte) bool {
	t.Helper()
	s, err := wav.NewSource(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	block := make([]float32, 4096)
	for {
		n, err := s.Read(block)
		for _, v := range block[:n] {
			if v > 0.999 || v < -0.999 {
				return true
			}
		}
		if err != nil {
			return false
		}
	}
}

// TestKlettresDecodesAsOggdecDoes decodes a course of letters in many languages, made by many people with many encoders.
func TestKlettresDecodesAsOggdecDoes(t *testing.T) {
	var files []string
	err := filepath.WalkDir("/usr/share/klettres", func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".ogg") {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) < 500 {
		t.Fatalf("%d recordings (Debian package klettres-data): %v", len(files), err)
	}
	out := filepath.Join(t.TempDir(), "out.wav")
	for i, file := range files {
		if i%4 != 0 {
			continue
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := upload.Read(bytes.NewReader(b), upload.Limits{})
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if i%20 != 0 {
			continue
		}
		run(t, "vorbis-tools", "oggdec", "-Q", "-o", out, file)
		if b, err = os.ReadFile(out); err != nil {
			t.Fatal(err)
		}
		s, err := wav.NewSource(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if s.Rate != got.Source.Rate || s.Channels != got.Source.Channels || s.Frames != got.Source.Frames {
			t.Errorf("%s: %+v, oggdec %+v", file, got.Source, s.Header)
		}
		want, err := upload.Read(bytes.NewReader(b), upload.Limits{})
		if err != nil || len(want.Samples) != len(got.Samples) {
			t.Errorf("%s: %d samples, oggdec %d, %v", file, len(got.Samples), len(want.Samples), err)
			continue
		}
		if clipped(t, b) { // as oggdec's 16 bits have to be and ours are not
			continue
		}
		worst := 0
		for i, v := range want.Samples {
			worst = max(worst, int(v)-int(got.Samples[i]), int(got.Samples[i])-int(v))
		}
		if worst > 3 {
			t.Errorf("%s: a sample differs by %d", file, worst)
		}
	}
}
