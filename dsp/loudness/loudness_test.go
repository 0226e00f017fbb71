package loudness_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"autocom/dsp/loudness"
)

// part is so many seconds of a sine at a level in dB of full scale.
type part struct{ dBFS, seconds float64 }

// sines puts parts one after the other, the same in every channel.
func sines(hz float64, rate, channels int, parts ...part) []float32 {
	var s []float32
	n := 0
	for _, p := range parts {
		peak := math.Pow(10, p.dBFS/20)
		for range int(math.Round(p.seconds * float64(rate))) {
			v := float32(peak * math.Sin(2*math.Pi*hz*float64(n)/float64(rate)))
			for range channels {
				s = append(s, v)
			}
			n++
		}
	}
	return s
}

func measure(t testing.TB, rate, channels int, s []float32) *loudness.Meter {
	t.Helper()
	m, err := loudness.New(rate, channels)
	if err != nil {
		t.Fatal(err)
	}
	m.Add(s)
	m.Add(make([]float32, 64*channels))
	return m
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.Abs(got-want) > within {
		t.Errorf("%s: %.3f, want %.3f ± %.2f", what, got, want, within)
	}
}

// TestBS1770Calibration is the sentence of BS.1770-4 annex 1: a sine of 997 Hz at 0 dBFS in one of the front channels is −3.01 LKFS.
func TestBS1770Calibration(t *testing.T) {
	for _, rate := range []int{8000, 16000, 44100, 48000, 96000} {
		within := 0.02
		if rate < 44100 {
			within = 0.05 // the bilinear image bends the shelf a little, closer to half the rate; libebur128 finds the same
		}
		near(t, fmt.Sprint("mono ", rate), measure(t, rate, 1, sines(997, rate, 1, part{0, 5})).Integrated(), -3.01, within)
		near(t, "stereo", measure(t, rate, 2, sines(997, rate, 2, part{-20, 5})).Integrated(), -20, within)
	}
}

// TestEBUTech3341 holds the meter to the synthetic test signals 1 to 6 of EBU Tech 3341 (V4), table 1, whose tolerance is 0.1 LU.
func TestEBUTech3341(t *testing.T) {
	for _, c := range []struct {
		name  string
		parts []part
		want  float64
	}{
		{"1", []part{{-23, 20}}, -23},
		{"2", []part{{-33, 20}}, -33},
		{"3", []part{{-36, 10}, {-23, 60}, {-36, 10}}, -23},
		{"4", []part{{-72, 10}, {-36, 10}, {-23, 60}, {-36, 10}, {-72, 10}}, -23},
		{"5", []part{{-26, 20}, {-20, 20.1}, {-26, 20}}, -23},
	} {
		rates := []int{8000}
		if c.name == "3" {
			rates = append(rates, 48000)
		}
		for _, rate := range rates {
			m := measure(t, rate, 2, sines(1000, rate, 2, c.parts...))
			near(t, c.name, m.Integrated(), c.want, 0.1)
		}
	}
	// 6: five channels, −28 dBFS in front, −24 in the centre, −30 behind.
	const rate = 48000
	left, centre, behind := sines(1000, rate, 1, part{-28, 20}), sines(1000, rate, 1, part{-24, 20}), sines(1000, rate, 1, part{-30, 20})
	var five []float32
	for i := range left {
		five = append(five, left[i], left[i], centre[i], behind[i], behind[i])
	}
	near(t, "6", measure(t, rate, 5, five).Integrated(), -23, 0.1)
	m := measure(t, 48000, 2, sines(1000, 48000, 2, part{-23, 5}))
	near(t, "short term", m.ShortTerm(), -23, 0.1)
	near(t, "momentary", m.Momentary(), -23, 0.1)
}

// TestTruePeakEBUTech3341 is test signals 15 to 19: sines whose samples miss their peaks; the tolerance is +0.2/−0.4 dB.
func TestTruePeakEBUTech3341(t *testing.T) {
	for _, c := range []struct{ of, phase, level, want float64 }{ // of the rate
		{4, 0, 0.5, -6}, {4, 45, 0.5, -6}, {6, 60, 0.5, -6}, {8, 67.5, 0.5, -6}, {4, 45, 1.41, 3},
	} {
		for _, rate := range []int{8000, 48000} {
			s := make([]float32, rate)
			for i := range s {
				fade := min(1, float64(i)/400, float64(len(s)-i)/400)
				s[i] = float32(fade * c.level * math.Sin(2*math.Pi*float64(i)/c.of+c.phase*math.Pi/180))
			}
			if got := measure(t, rate, 1, s).TruePeak(); got > c.want+0.2 || got < c.want-0.4 {
				t.Errorf("rate/%.0f at %.1f°, %d Hz: %.2f dBTP, want %.0f", c.of, c.phase, rate, got, c.want)
			}
		}
	}
	near(t, "sample peak", measure(t, 8000, 1, []float32{0, -0.5, 0.25}).SamplePeak(), -6.02, 0.01)
}

func TestTruePeaksAreWhereTheyAre(t *testing.T) {
	s := make([]float32, 400)
	for i := 100; i < 300; i++ { // a quarter of the rate, half way between its peaks
		s[i] = float32(0.5 * math.Sin(2*math.Pi*float64(i)/4+math.Pi/4))
	}
	dst := make([]float32, len(s))
	loudness.TruePeaks(dst, s, 8000, 0.1)
	for i, v := range dst {
		switch {
		case i >= 120 && i < 280 && math.Abs(float64(v)-0.5) > 0.01:
			t.Errorf("sample %d: %.3f", i, v)
		case (i < 60 || i > 340) && v > 0.001:
			t.Errorf("silence at %d: %.3f", i, v)
		case v < float32(math.Abs(float64(s[i]))):
			t.Errorf("sample %d: %.3f is less than the sample", i, v)
		}
	}
	loudness.TruePeaks(nil, nil, 8000, 0)
}

func TestSilenceHasNoLoudness(t *testing.T) {
	m := measure(t, 8000, 1, make([]float32, 40000))
	if m.Integrated() != loudness.Floor || m.TruePeak() != loudness.Silent || m.Momentary() != loudness.Floor || m.ShortTerm() != loudness.Floor {
		t.Errorf("%v %v %v %v", m.Integrated(), m.TruePeak(), m.Momentary(), m.ShortTerm())
	}
	if got, err := loudness.Integrated(nil, 8000); err != nil || got != loudness.Floor {
		t.Errorf("%v %v", got, err)
	}
}

func TestAShortSoundIsMeasuredAsIfItWentOn(t *testing.T) {
	s := make([]int16, 800)
	for i := range s {
		s[i] = int16(3277 * math.Sin(2*math.Pi*1000*float64(i)/8000))
	}
	got, err := loudness.Integrated(s, 8000)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "0.1 s", got, -23, 0.15)
}

func TestRefusesWhatItCannotMeasure(t *testing.T) {
	for _, c := range [][2]int{{7999, 1}, {400000, 1}, {8000, 0}, {8000, 7}} {
		_, err := loudness.New(c[0], c[1])
		if f, ok := errors.AsType[loudness.FormatError](err); !ok || f.Rate != c[0] {
			t.Errorf("%v: %v", c, err)
		}
	}
}

func TestMeasuringDoesNotAllocate(t *testing.T) {
	m, err := loudness.New(8000, 1)
	if err != nil {
		t.Fatal(err)
	}
	s := make([]int16, 160)
	for i := range s {
		s[i] = int16(i * 100)
	}
	if n := testing.AllocsPerRun(200, func() { m.AddInt16(s); _ = m.Integrated() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkMeter(b *testing.B) {
	m, err := loudness.New(8000, 1)
	if err != nil {
		b.Fatal(err)
	}
	s := sines(997, 8000, 1, part{-20, 1})
	b.ReportAllocs()
	for b.Loop() {
		m.Add(s)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/8000, "ns/sample")
}
