package level_test

import (
	"fmt"
	"math"
	"testing"

	"autocom/dsp/level"
)

func sine(n int, peak float64) []int16 {
	s := make([]int16, n)
	for i := range s {
		s[i] = level.Clip(peak * math.Sin(2*math.Pi*400*float64(i)/8000))
	}
	return s
}

func TestSineHasItsLevel(t *testing.T) {
	for _, want := range []float64{3, 0, -8, -20, -40} {
		if got := level.Of(sine(8000, level.Peak(want))); math.Abs(got-want) > 0.02 {
			t.Errorf("a sine at %v dBm0 measures %.3f", want, got)
		}
		if got := level.OfPeak(level.Peak(want)); math.Abs(got-want) > 1e-9 {
			t.Errorf("OfPeak(Peak(%v)) = %v", want, got)
		}
	}
	if got := level.OfPeak(level.FullScale); got != level.Overload {
		t.Errorf("full scale is %v dBm0", got)
	}
}

func TestSilenceIsTheFloor(t *testing.T) {
	if level.Of(nil) != level.Floor || level.Of(make([]int16, 160)) != level.Floor {
		t.Error("silence is above the floor")
	}
}

func TestClip(t *testing.T) {
	for _, c := range []struct {
		x    float64
		want int16
	}{{1e9, 32767}, {-1e9, -32768}, {32766.6, 32767}, {-1.5, -2}, {1.4, 1}, {0, 0}} {
		if got := level.Clip(c.x); got != c.want {
			t.Errorf("Clip(%v) = %d, want %d", c.x, got, c.want)
		}
	}
}

func TestNothingAllocates(t *testing.T) {
	s := sine(160, 1000)
	if n := testing.AllocsPerRun(100, func() { level.Of(s) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func ExampleOf() {
	fmt.Printf("%.1f dBm0\n", level.Of(sine(160, level.Peak(-10))))
	// Output: -10.0 dBm0
}
