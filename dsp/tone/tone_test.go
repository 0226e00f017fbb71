package tone_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"autocom/dsp/g711"
	"autocom/dsp/level"
	"autocom/dsp/tone"
)

func play(t tone.Tone, n int) []int16 {
	g := tone.NewGenerator(t)
	out := make([]int16, n)
	for i := 0; i < n; i += 160 { // frame by frame, as the tick does
		g.Next(out[i:min(i+160, n)])
	}
	return out
}

func TestSineFrequencyAndLevel(t *testing.T) {
	for _, hz := range []float64{300, 440, 1004.5, 2100, 3400} {
		for _, dBm0 := range []float64{0, -8, -30} {
			s := play(tone.Sine(hz, dBm0), 8000)[80:]
			if got := tone.Level(s, hz); math.Abs(got-dBm0) > 0.05 {
				t.Errorf("%v Hz at %v dBm0 measures %.2f", hz, dBm0, got)
			}
			if p := tone.Purity(s, hz); p < 0.999 {
				t.Errorf("%v Hz at %v dBm0: purity %.4f", hz, dBm0, p)
			}
			if got := tone.Level(s, hz+50); got > dBm0-40 {
				t.Errorf("%v Hz leaks %.1f dBm0 to 50 Hz above", hz, got)
			}
		}
	}
}

func TestFrameSizeDoesNotChangeTheTone(t *testing.T) {
	plan := tone.France()
	for k := tone.Dial; k <= tone.Routing; k++ {
		a := play(plan.Tone(k), 16000)
		b := make([]int16, 16000)
		tone.NewGenerator(plan.Tone(k)).Next(b)
		for i := range a {
			if a[i] != b[i] {
				t.Fatalf("%v: sample %d is %d in frames and %d at once", k, i, a[i], b[i])
			}
		}
	}
}

// onOff gives the lengths of sound and silence in turn, in ms, measured where
// the 1 ms level passes half height.
func onOff(s []int16, dBm0 float64) []int {
	var out []int
	on, last := false, -1
	half := level.Peak(dBm0) / 2
	for i := 0; i+10 <= len(s); i++ {
		peak := 0.0
		for _, x := range s[i : i+10] { // half a cycle of 440 Hz is 9.1 samples
			peak = max(peak, math.Abs(float64(x)))
		}
		if now := peak > half; now != on {
			if last >= 0 {
				out = append(out, (i-last+4)/8)
			}
			on, last = now, i
		}
	}
	return out
}

func TestFrenchCadences(t *testing.T) {
	plan := tone.France()
	for _, c := range []struct {
		kind tone.Kind
		dBm0 float64
		want []int // ms
	}{
		{tone.Ringback, -8, []int{1500, 3500, 1500, 3500}},
		{tone.Busy, -8, []int{500, 500, 500, 500}},
		{tone.Congestion, -8, []int{250, 250, 250, 250}},
		{tone.CallWaiting, -18, []int{300, 10000, 300}},
		{tone.Special, -8, []int{300, 30, 300, 30, 300, 1000, 300}},
		{tone.Routing, -8, []int{50, 50, 50}},
	} {
		got := onOff(play(plan.Tone(c.kind), 12*8000), c.dBm0)
		if len(got) < len(c.want) {
			t.Errorf("%v: edges %v", c.kind, got)
			continue
		}
		for i, w := range c.want {
			if tol := max(2, w/100); got[i] < w-tol || got[i] > w+tol {
				t.Errorf("%v: stretch %d lasts %d ms, want %d ± %d", c.kind, i, got[i], w, tol)
			}
		}
	}
}

func TestSpecialInformationTone(t *testing.T) {
	plan := tone.France()
	s := play(plan.Tone(tone.Special), 8000)
	for i, hz := range []float64{950, 1400, 1800} {
		at := i*330*8 + 80
		if got := tone.Level(s[at:at+2200], hz); math.Abs(got+8) > 0.2 {
			t.Errorf("%v Hz measures %.2f dBm0", hz, got)
		}
	}
}

// A click is power where the tone has none. Cutting a 440 Hz sine dead leaves
// about −35 dBm0 above 2 kHz in a 10 ms block; a ramp leaves under −60.
func TestNoClicks(t *testing.T) {
	plan := tone.France()
	for _, k := range []tone.Kind{tone.Ringback, tone.Busy, tone.Congestion, tone.Routing} {
		s := play(plan.Tone(k), 2*8000)
		for i := 0; i+80 <= len(s); i += 20 {
			for hz := 2000.0; hz < 4000; hz += 200 {
				if got := tone.Level(s[i:i+80], hz); got > -55 {
					t.Fatalf("%v: %.1f dBm0 at %v Hz, sample %d", k, got, hz, i)
				}
			}
		}
	}
}

func TestTimesEndsAndStopFalls(t *testing.T) {
	beep := tone.Tone{Times: 2, Segments: []tone.Segment{{Hz: []float64{1000}, DBm0: -10, Samples: 400}, {Samples: 400}}}
	g := tone.NewGenerator(beep)
	buf := make([]int16, 1599)
	g.Next(buf)
	if g.Done() {
		t.Error("done before its end")
	}
	g.Next(buf[:1])
	if !g.Done() {
		t.Error("not done after two rounds")
	}
	g.Next(buf)
	if level.Of(buf) != level.Floor {
		t.Error("sound after the end")
	}

	g.Start(tone.Sine(440, 0))
	g.Next(buf)
	g.Stop()
	g.Next(buf[:tone.Ramp])
	if !g.Done() || level.Of(buf[:tone.Ramp]) == level.Floor {
		t.Error("Stop must fall over one ramp, then be done")
	}
	var zero tone.Generator
	zero.Next(buf)
	if !zero.Done() || level.Of(buf) != level.Floor {
		t.Error("the zero generator is not silent")
	}
}

func TestTwoSoundsInARowDoNotClick(t *testing.T) {
	s := play(tone.Tone{Segments: []tone.Segment{
		{Hz: []float64{400}, DBm0: -8, Samples: 803}, {Hz: []float64{500}, DBm0: -8, Samples: 797},
	}}, 8000)
	for i := 0; i+80 <= len(s); i += 20 {
		if got := tone.Level(s[i:i+80], 2500); got > -55 {
			t.Fatalf("%.1f dBm0 at 2,500 Hz, sample %d", got, i)
		}
	}
}

func TestDetectorThroughALaw(t *testing.T) {
	s := play(tone.Tone{Segments: []tone.Segment{{Hz: []float64{440, 1234}, DBm0: -16}}}, 8000)
	b := make([]byte, len(s))
	g711.ALaw.Encode(b, s)
	g711.ALaw.Decode(s, b)
	d := tone.NewDetector(800, 440, 1234, 700)
	blocks := 0
	for i := 0; i < len(s); i += 160 {
		d.Write(s[i:i+160], func(r tone.Reading) {
			if blocks++; blocks == 1 {
				return // holds the rise
			}
			if r.Purity < 0.98 || math.Abs(r.DBm0+13) > 0.2 {
				t.Errorf("block %d: %+v", blocks, r)
			}
			if math.Abs(d.Level(0)+16) > 0.2 || math.Abs(d.Level(1)+16) > 0.2 || d.Level(2) > -50 {
				t.Errorf("block %d: %.1f %.1f %.1f dBm0", blocks, d.Level(0), d.Level(1), d.Level(2))
			}
		})
	}
	if blocks != 10 {
		t.Errorf("%d blocks of 10", blocks)
	}
}

func TestNoiseAndSilenceAreNotPure(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	s := make([]int16, 1600)
	for i := range s {
		s[i] = int16(r.IntN(8000) - 4000)
	}
	if p := tone.Purity(s, 440); p > 0.05 {
		t.Errorf("noise has purity %.3f", p)
	}
	if p := tone.Purity(make([]int16, 1600), 440); p != 0 {
		t.Errorf("silence has purity %.3f", p)
	}
	if got := tone.Level(nil, 440); got != level.Floor {
		t.Errorf("nothing has level %v", got)
	}
}

func TestOddFrequenciesAreSilent(t *testing.T) {
	for _, hz := range []float64{0, -5, 4000, 1e9, math.NaN()} {
		if got := level.Of(play(tone.Sine(hz, 0), 800)); got != level.Floor {
			t.Errorf("%v Hz sounds at %v dBm0", hz, got)
		}
	}
}

func TestNothingAllocates(t *testing.T) {
	plan := tone.France()
	g := tone.NewGenerator(plan.Tone(tone.Special))
	d := tone.NewDetector(400, 440, 950)
	buf := make([]int16, 160)
	if n := testing.AllocsPerRun(500, func() {
		g.Next(buf)
		d.Write(buf, nil)
		tone.Level(buf, 440)
		g.Start(plan.Tone(tone.Busy))
	}); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

func ExampleLevel() {
	g := tone.NewGenerator(tone.Sine(440, -8))
	heard := make([]int16, 1600) // 200 ms
	g.Next(heard)
	fmt.Printf("440 Hz at %.0f dBm0, purity %.2f\n", tone.Level(heard, 440), tone.Purity(heard, 440))
	// Output: 440 Hz at -8 dBm0, purity 1.00
}

func BenchmarkGenerator(b *testing.B) { // a frame of 160 samples
	g := tone.NewGenerator(tone.Sine(440, -8))
	buf := make([]int16, 160)
	for b.Loop() {
		g.Next(buf)
	}
}

func BenchmarkDetector(b *testing.B) { // a frame, two frequencies
	d := tone.NewDetector(800, 440, 1000)
	buf := make([]int16, 160)
	for b.Loop() {
		d.Write(buf, nil)
	}
}
