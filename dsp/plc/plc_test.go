package plc_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"autocom/dsp/level"
	"autocom/dsp/plc"
	"autocom/dsp/tone"
)

const frame = 160

func sine(hz, dBm0 float64, n int) []int16 {
	s := make([]int16, n)
	o := tone.NewOscillator(hz, dBm0)
	for i := range s {
		s[i] = level.Clip(o.Next())
	}
	return s
}

// buzz has the many harmonics of a vowel.
func buzz(hz float64, n int) []int16 {
	s := make([]int16, n)
	for k := 1.0; k*hz < 3400; k++ {
		o := tone.NewOscillator(hz*k, -16-3*k)
		for i := range s {
			s[i] = level.Clip(float64(s[i]) + o.Next())
		}
	}
	return s
}

// play runs s through a concealer, frame by frame, losing those it is told.
func play(s []int16, lost func(int) bool) []int16 {
	var c plc.Concealer
	out := append([]int16(nil), s...)
	for i := 0; i+frame <= len(out); i += frame {
		if lost(i / frame) {
			c.Lost(out[i : i+frame])
		} else {
			c.Good(out[i : i+frame])
		}
	}
	return out
}

func TestWithoutLossNothingChanges(t *testing.T) {
	s := buzz(120, 8000)
	for i, x := range play(s, func(int) bool { return false }) {
		if x != s[i] {
			t.Fatalf("sample %d changed", i)
		}
	}
}

func TestAppendixIFadeAndSilence(t *testing.T) {
	s := sine(200, -10, 16000)
	out := play(s, func(i int) bool { return i >= 10 })
	start := 10 * frame
	peak := func(from, to int) float64 {
		p := 0.0
		for _, x := range out[start+from : start+to] {
			p = max(p, math.Abs(float64(x)))
		}
		return p / level.Peak(-10)
	}
	for i, want := range []float64{1, 1, 0.8, 0.6, 0.4, 0.2} { // at the start of each 10 ms
		if got := peak(80*i, 80*i+40); math.Abs(got-want) > 0.06 {
			t.Errorf("%d ms: %.3f of full height, want %.1f", 10*i, got, want)
		}
	}
	for i, x := range out[start+480:] {
		if x != 0 {
			t.Fatalf("sound %d samples after 60 ms", i)
		}
	}
}

// A click is power above the sound's own band.
func TestHolesDoNotClick(t *testing.T) {
	for _, hz := range []float64{100, 137, 200, 310, 440} {
		for _, holes := range []int{1, 2, 3, 4, 10} {
			s := sine(hz, -10, 8000)
			out := play(s, func(i int) bool { return i >= 10 && i < 10+holes })
			for i := 800; i+80 <= len(out); i += 20 {
				if got := tone.Level(out[i:i+80], 3000); got > -42 {
					t.Fatalf("%v Hz, %d frames lost: %.1f dBm0 at 3 kHz, sample %d", hz, holes, got, i-10*frame)
				}
			}
		}
	}
}

// Tones too low for the pitch search have no period to repeat: every seam then
// depends on the joins alone.
func TestSeamsAreJoinedWithoutAPitch(t *testing.T) {
	for _, hz := range []float64{35, 43, 50, 57} {
		for begin := range 16 { // wherever in the cycle the hole begins
			s := sine(hz, -10, 8000)[begin*10:]
			out := play(s, func(i int) bool { return i >= 10 && i < 13 })
			for i := 1; i < len(out); i++ {
				// A join spreads up to 14,000 over a quarter of a pitch, 10 samples
				// or more; a bare seam steps by all of it.
				if d := math.Abs(float64(out[i]) - float64(out[i-1])); d > 1800 {
					t.Fatalf("%v Hz from %d: a step of %.0f at sample %d of the hole", hz, begin*10, d, i-10*frame)
				}
			}
		}
	}
}

func TestSteadyVowelIsContinued(t *testing.T) {
	for _, hz := range []float64{80, 110, 155, 190} {
		s := buzz(hz, 8000)
		out := play(s, func(i int) bool { return i == 12 })
		var signal, wrong float64
		for i := 12 * frame; i < 13*frame; i++ {
			d := float64(out[i]) - float64(s[i])
			signal += float64(s[i]) * float64(s[i])
			wrong += d * d
		}
		if snr := 10 * math.Log10(signal/wrong); snr < 8 {
			t.Errorf("%v Hz: %.1f dB", hz, snr)
		}
	}
}

func TestRandomLossIsBetterThanSilence(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	s := buzz(130, 80000)
	gone := make([]bool, len(s)/frame+1)
	for i := range gone {
		gone[i] = i > 3 && rnd.IntN(10) == 0
	}
	out := play(s, func(i int) bool { return gone[i] })
	var concealed, muted float64
	for i := range s {
		d := float64(out[i]) - float64(s[i])
		concealed += d * d
		if gone[i/frame] {
			muted += float64(s[i]) * float64(s[i])
		}
	}
	if gain := 10 * math.Log10(muted/concealed); gain < 6 {
		t.Errorf("only %.1f dB better than silence", gain)
	}
}

func TestStartsAndExtremes(t *testing.T) {
	var c plc.Concealer
	out := make([]int16, frame)
	c.Lost(out) // nothing was ever heard
	if level.Of(out) != level.Floor || c.Hole() != frame {
		t.Error("a hole at the start must be silent")
	}
	rnd := rand.New(rand.NewPCG(4, 4))
	for i := range 2000 { // frames of any length, as loud as can be
		f := make([]int16, rnd.IntN(500))
		for j := range f {
			f[j] = int16(rnd.IntN(65536) - 32768)
		}
		if i%3 == 0 {
			c.Good(f)
		} else {
			c.Lost(f)
		}
	}
	c.Reset()
	if c.Hole() != 0 {
		t.Error("a hole after Reset")
	}
}

func TestNothingAllocates(t *testing.T) {
	var c plc.Concealer
	buf := make([]int16, frame)
	if n := testing.AllocsPerRun(200, func() {
		c.Good(buf)
		c.Lost(buf)
	}); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

func ExampleConcealer() {
	var c plc.Concealer
	voice := sine(200, -10, 5*frame)
	for i := range 4 {
		c.Good(voice[i*frame : (i+1)*frame])
	}
	hole := make([]int16, frame) // the fifth packet does not come
	c.Lost(hole)
	fmt.Printf("%.0f dBm0 at 200 Hz\n", tone.Level(hole[:80], 200))
	// Output: -10 dBm0 at 200 Hz
}
