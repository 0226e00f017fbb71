package upload_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"autocom/dsp/g711"
	"autocom/dsp/level"
	"autocom/dsp/loudness"
	"autocom/dsp/upload"
)

// wave is a WAVE file of 16-bit samples.
func wave(rate, channels int, samples []int16) []byte {
	le := binary.LittleEndian
	b := []byte("RIFF\xff\xff\xff\xffWAVEfmt \x10\x00\x00\x00\x01\x00")
	b = le.AppendUint16(b, uint16(channels))
	b = le.AppendUint32(b, uint32(rate))
	b = le.AppendUint32(b, uint32(2*rate*channels))
	b = le.AppendUint16(b, uint16(2*channels))
	b = append(b, "\x10\x00data"...)
	b = le.AppendUint32(b, uint32(2*len(samples)))
	for _, s := range samples {
		b = le.AppendUint16(b, uint16(s))
	}
	return b
}

// speech is syllables of a buzzing voice with pauses, peak peak.
func speech(rate int, seconds, peak float64) []int16 {
	r := rand.New(rand.NewPCG(1, 2))
	s := make([]int16, int(seconds*float64(rate)))
	pitch, phase := 120.0, 0.0
	for i := range s {
		at := float64(i) / float64(rate)
		syllable := math.Max(0, math.Sin(2*math.Pi*3*at)) * math.Max(0, math.Sin(2*math.Pi*0.4*at+0.3))
		pitch += 0.01 * (r.Float64() - 0.5)
		phase += 2 * math.Pi * pitch / float64(rate)
		v := 0.0
		for h := 1.0; h <= 20; h++ {
			v += math.Sin(h*phase+h*h) / h / (1 + math.Abs(h*pitch-700)/400)
		}
		s[i] = int16(max(-32768, min(32767, peak*syllable*v/1.2)))
	}
	return s
}

func prompt(t testing.TB, b []byte, target upload.Target) (upload.Sound, upload.Treatment) {
	t.Helper()
	s, done, err := upload.Prompt(bytes.NewReader(b), upload.Limits{}, target)
	if err != nil {
		t.Fatal(err)
	}
	return s, done
}

func TestPromptComesToItsLevelHoweverLoudItWas(t *testing.T) {
	for _, rate := range []int{8000, 44100} {
		for _, peak := range []float64{200, 1000, 3000, 30000, 100000} {
			s, done := prompt(t, wave(rate, 1, speech(rate, 6, peak)), upload.Speech)
			if active, _ := level.Active(s.Samples); math.Abs(active-upload.SpeechLevel) > 0.3 || math.Abs(done.After-active) > 0.01 {
				t.Errorf("%d Hz, peak %.0f: %.2f dBm0 active (%+v)", rate, peak, active, done)
			}
			if done.TruePeak > upload.PeakLimit+0.1 {
				t.Errorf("%d Hz, peak %.0f: peaks of %.2f dBTP", rate, peak, done.TruePeak)
			}
			if math.Abs(done.After-done.Before-done.Gain) > 0.3 && done.Limited == 0 {
				t.Errorf("the account is wrong: %+v", done)
			}
		}
	}
}

func TestMusicComesToALoudness(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, loud := range []float64{200, 6000, 30000} {
		stereo := make([]int16, 2*48000*5)
		for i := 0; i < len(stereo); i += 2 {
			at := float64(i) / 2 / 48000
			v := loud * (0.5*math.Sin(2*math.Pi*110*at) + 0.3*math.Sin(2*math.Pi*880*at) + 0.2*(2*r.Float64()-1))
			stereo[i], stereo[i+1] = int16(v), int16(v)
		}
		s, done := prompt(t, wave(48000, 2, stereo), upload.Music)
		got, err := loudness.Integrated(s.Samples, upload.Rate)
		if err != nil || math.Abs(got-upload.MusicLoudness) > 0.2 || done.TruePeak > upload.PeakLimit+0.1 {
			t.Errorf("%.0f: %.2f LUFS %+v, %v", loud, got, done, err)
		}
	}
}

func TestPeaksAreTurnedDownAndNotClipped(t *testing.T) {
	s := speech(8000, 6, 900)
	for i := range 40 { // a knock on the microphone
		s[24000+i] += int16(20000 * math.Sin(float64(i)/2) * math.Exp(-float64(i)/12))
	}
	out, done := prompt(t, wave(8000, 1, s), upload.Speech)
	if done.Limited < 3 || done.TruePeak > upload.PeakLimit+0.1 {
		t.Fatalf("%+v", done)
	}
	for i := 1; i < len(out.Samples); i++ {
		if out.Samples[i] == out.Samples[i-1] && math.Abs(float64(out.Samples[i])) > 20000 {
			t.Fatalf("a flat top at %d", i)
		}
	}
	text := make([]byte, len(out.Samples))
	g711.ALaw.Encode(text, out.Samples)
	for i, b := range text {
		if g711.ALaw.DecodeSample(b) >= 32256 || g711.ALaw.DecodeSample(b) <= -32256 {
			t.Fatalf("A-law is full at %d", i)
		}
	}
}

func TestSilenceAtTheEndsIsTrimmedTo100ms(t *testing.T) {
	s := make([]int16, 8000*9)
	r := rand.New(rand.NewPCG(5, 6))
	for i := range s { // a recording's hiss, and an offset
		s[i] = int16(300 + 6*(2*r.Float64()-1))
	}
	for i := 3 * 8000; i < 5*8000; i++ {
		s[i] += int16(6000 * math.Sin(2*math.Pi*500*float64(i)/8000))
	}
	out, done := prompt(t, wave(8000, 1, s), upload.Speech)
	if want := 2*8000 + 2*800; math.Abs(float64(len(out.Samples)-want)) > 160 {
		t.Errorf("%d samples left, want %d: %+v", len(out.Samples), want, done)
	}
	if math.Abs(float64(done.Start-(3*8000-800))) > 80 || math.Abs(float64(done.End-(4*8000-800))) > 80 {
		t.Errorf("%+v", done)
	}
	sum := 0
	for _, v := range out.Samples {
		sum += int(v)
	}
	if mean := float64(sum) / float64(len(out.Samples)); math.Abs(mean) > 3 {
		t.Errorf("direct current is left: %.1f", mean)
	}
	if first, last := out.Samples[0], out.Samples[len(out.Samples)-1]; max(first, -first, last, -last) > 2 {
		t.Errorf("it begins at %d and ends at %d", first, last)
	}
}

func TestSpeechIsFoundInNoiseAndAKnockHidesNone(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	voice := speech(8000, 4, 1500)
	clean := append(append(make([]int16, 16000), voice...), make([]int16, 16000)...)
	_, want := prompt(t, wave(8000, 1, clean), upload.Speech)
	noisy, knocked := make([]int16, len(clean)), make([]int16, len(clean))
	for i, v := range clean { // a room 35 dB under the voice
		noisy[i] = v + int16(25*(2*r.Float64()-1))
		knocked[i] = v
	}
	for i := range 200 {
		knocked[20000+i] += int16(25000 * math.Sin(float64(i)/3) * math.Exp(-float64(i)/60))
	}
	for name, s := range map[string][]int16{"noise": noisy, "knock": knocked} {
		out, got := prompt(t, wave(8000, 1, s), upload.Speech)
		if math.Abs(float64(got.Start-want.Start)) > 800 || math.Abs(float64(got.End-want.End)) > 800 {
			t.Errorf("%s: trimmed by %d and %d, without it by %d and %d", name, got.Start, got.End, want.Start, want.End)
		}
		if active, _ := level.Active(out.Samples); math.Abs(active-upload.SpeechLevel) > 0.3 {
			t.Errorf("%s: %.2f dBm0", name, active)
		}
	}
}

func TestCutSpeechFadesIn5ms(t *testing.T) {
	s := make([]int16, 8000)
	for i := range s { // begins and ends in the middle of a wave
		s[i] = int16(8000 * math.Cos(2*math.Pi*400*float64(i)/8000))
	}
	out, _ := prompt(t, wave(8000, 1, s), upload.Speech)
	n := len(out.Samples)
	if n != 8000 {
		t.Fatalf("%d samples", n)
	}
	if out.Samples[0] > 40 || out.Samples[n-1] > 40 || math.Abs(float64(level.Of(out.Samples[60:140])-level.Of(out.Samples[4000:4080]))) > 0.3 {
		t.Errorf("%d … %d, %.1f dBm0 after the fade, %.1f in the middle", out.Samples[0], out.Samples[n-1], level.Of(out.Samples[60:140]), level.Of(out.Samples[4000:4080]))
	}
}

func TestSilenceIsRefused(t *testing.T) {
	for _, offset := range []int16{0, 2000} {
		s := make([]int16, 16000)
		for i := range s {
			s[i] = offset + int16(i%3)
		}
		_, _, err := upload.Prompt(bytes.NewReader(wave(8000, 1, s)), upload.Limits{}, upload.Speech)
		if silent, ok := errors.AsType[*upload.SilentError](err); !ok || silent.Kind != upload.WAV {
			t.Errorf("%v", err)
		}
	}
}
