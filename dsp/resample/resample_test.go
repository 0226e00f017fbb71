package resample_test

import (
	"math"
	"testing"

	"autocom/dsp/resample"
)

// tone is a sine of amplitude 1, in samples at rate.
func tone(hz float64, rate, n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = float32(math.Sin(2 * math.Pi * hz * float64(i) / float64(rate)))
	}
	return s
}

// gain is the level of what becomes of a sine, in dB, without the filter's ends.
func gain(t testing.TB, hz float64, from, to int) float64 {
	t.Helper()
	out, err := resample.All(tone(hz, from, from/4), from, to)
	if err != nil {
		t.Fatal(err)
	}
	cut := len(out) / 8
	sum := 0.0
	for _, v := range out[cut : len(out)-cut] {
		sum += float64(v) * float64(v)
	}
	return 10 * math.Log10(2*sum/float64(len(out)-2*cut)+1e-20)
}

func TestBandIsFlatAndAliasesAreGone(t *testing.T) {
	for _, from := range []int{11025, 12000, 16000, 22050, 24000, 32000, 44100, 44101, 48000, 96000} {
		for _, hz := range []float64{100, 300, 1000, 2500, 3000, 3400} {
			if g := gain(t, hz, from, 8000); math.Abs(g) > 0.1 {
				t.Errorf("%d Hz: %.0f Hz at %+.3f dB", from, hz, g)
			}
		}
		for _, hz := range []float64{4001, 4100, 4600, 5000, 7000, 8100, 12345, 20000} {
			if hz >= float64(from)/2 {
				continue
			}
			if g := gain(t, hz, from, 8000); g > -70 {
				t.Errorf("%d Hz: %.0f Hz folds back at %.1f dB", from, hz, g)
			}
		}
	}
}

// TestSweptSine sweeps everything that a telephone cannot carry through at once: what comes out is alias.
func TestSweptSineAboveTheBandLeavesNothing(t *testing.T) {
	for _, from := range []int{16000, 44100, 48000} {
		n := 2 * from
		s := make([]float32, n)
		phase, lo, hi := 0.0, 4000.0, float64(from)/2
		for i := range s {
			at := float64(i) / float64(n)
			phase += 2 * math.Pi * lo * math.Pow(hi/lo, at) / float64(from)
			fade := min(1, float64(i)/float64(from)*20, float64(n-i)/float64(from)*20) // its own beginning and end are clicks
			s[i] = float32(math.Sin(phase) * (1 - math.Cos(math.Pi*fade)) / 2)
		}
		out, err := resample.All(s, from, 8000)
		if err != nil {
			t.Fatal(err)
		}
		worst := 0.0
		for i := 0; i+160 <= len(out); i += 160 {
			sum := 0.0
			for _, v := range out[i : i+160] {
				sum += float64(v) * float64(v)
			}
			worst = max(worst, sum/80)
		}
		if dB := 10 * math.Log10(worst); dB > -70 {
			t.Errorf("%d Hz: %.1f dB comes back", from, dB)
		}
	}
}

func TestUpwardsThereAreNoImages(t *testing.T) {
	for _, to := range []int{16000, 24000, 44100, 48000} {
		for _, hz := range []float64{300, 1000, 3400} {
			if g := gain(t, hz, 8000, to); math.Abs(g) > 0.1 {
				t.Errorf("to %d Hz: %.0f Hz at %+.3f dB", to, hz, g)
			}
			out, err := resample.All(tone(hz, 8000, 4000), 8000, to)
			if err != nil {
				t.Fatal(err)
			}
			error2, n := 0.0, 0
			for i := to / 8; i < len(out)-to/8; i++ {
				d := float64(out[i]) - math.Sin(2*math.Pi*hz*float64(i)/float64(to))
				error2 += d * d
				n++
			}
			if dB := 10 * math.Log10(2*error2/float64(n)); dB > -45 { // 0.05 dB of the flatness is −45 dB already
				t.Errorf("to %d Hz: %.0f Hz is %.1f dB from the sine at the new rate: late, or with images", to, hz, dB)
			}
		}
	}
}

func TestSoundKeepsItsPlaceAndLength(t *testing.T) {
	for _, from := range []int{4000, 7999, 8000, 8001, 11025, 22050, 44100, 44101, 48000, 192000} {
		for _, n := range []int{0, 1, 2, 100, from / 7, from} {
			s := make([]float32, n)
			if n == from {
				s[n/2] = 1
			}
			out, err := resample.All(s, from, 8000)
			if err != nil {
				t.Fatal(err)
			}
			if want := (n*8000 + from - 1) / from; len(out) != want {
				t.Errorf("%d Hz: %d samples become %d, want %d", from, n, len(out), want)
			}
			if n == from {
				at := 0
				for i, v := range out {
					if v > out[at] {
						at = i
					}
				}
				if math.Abs(float64(at)-float64(n/2)*8000/float64(from)) > 1 {
					t.Errorf("%d Hz: a click at %d is at %d", from, n/2, at)
				}
			}
		}
	}
}

func TestInPiecesOrAtOnceIsTheSame(t *testing.T) {
	for _, from := range []int{8000, 11025, 44100, 44101} {
		s := tone(777, from, from/3)
		want, err := resample.All(s, from, 8000)
		if err != nil {
			t.Fatal(err)
		}
		c, err := resample.New(from, 8000)
		if err != nil {
			t.Fatal(err)
		}
		for round := range 2 {
			var got []float32
			for i, step := 0, 1; i < len(s); step = step*3%1013 + 1 {
				end := min(len(s), i+step)
				got = c.Append(got, s[i:end])
				i = end
			}
			got = c.Flush(got)
			if len(got) != len(want) {
				t.Fatalf("%d Hz: %d samples, want %d", from, len(got), len(want))
			}
			for i := range got {
				if got[i] != want[i] {
					t.Fatalf("%d Hz, round %d: sample %d is %v, want %v", from, round, i, got[i], want[i])
				}
			}
			c.Reset()
		}
	}
}

func TestAConstantStaysWhatItIs(t *testing.T) {
	for _, from := range []int{11025, 44100, 44101} {
		s := make([]float32, from/2)
		for i := range s {
			s[i] = 0.7
		}
		out, err := resample.All(s, from, 8000)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range out[200 : len(out)-200] {
			if math.Abs(float64(v)-0.7) > 1e-5 {
				t.Fatalf("%d Hz: sample %d is %v", from, i+200, v)
			}
		}
	}
}

func TestRefusesRatesOutOfBounds(t *testing.T) {
	for _, c := range [][2]int{{0, 8000}, {8000, 0}, {-8000, 8000}, {999, 8000}, {768001, 8000}} {
		if _, err := resample.New(c[0], c[1]); err == nil {
			t.Errorf("%v was accepted", c)
		}
	}
}

func TestConvertingDoesNotAllocate(t *testing.T) {
	c, err := resample.New(44100, 8000)
	if err != nil {
		t.Fatal(err)
	}
	s := tone(1000, 44100, 882)
	dst := make([]float32, 0, c.Room(len(s)))
	if n := testing.AllocsPerRun(100, func() { dst = c.Append(dst[:0], s) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkFrom44100(b *testing.B) { // per sample that comes in
	c, err := resample.New(44100, 8000)
	if err != nil {
		b.Fatal(err)
	}
	s := tone(1000, 44100, 44100)
	dst := make([]float32, 0, c.Room(len(s)))
	b.ReportAllocs()
	for b.Loop() {
		dst = c.Append(dst[:0], s)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/44100, "ns/sample")
}
