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
