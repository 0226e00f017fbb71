package compose

import (
	"math"
	"sync"
	"testing"

	"autocom/dsp/dtmf"
	"autocom/dsp/level"
)

// theMusic is composed once for all tests: it takes a second.
var theMusic = sync.OnceValue(HoldMusic)

func largestStep(x []int16) int {
	largest := 0
	for i := 1; i < len(x); i++ {
		largest = max(largest, abs(int(x[i])-int(x[i-1])))
	}
	return largest
}

func abs(x int) int { return max(x, -x) }

func TestHoldMusicIsCalmAndLoopsWithoutAClick(t *testing.T) {
	x := theMusic()
	if n := len(x); n != 54*sampleRate {
		t.Fatalf("%d samples", n)
	}
	if got := level.Of(x); got > -20 || got < -24 {
		t.Errorf("the music is at %.2f dBm0", got)
	}
	for from := 0; from < len(x); from += sampleRate {
		if got := level.Of(x[from : from+sampleRate]); got < -27 || got > -17 {
			t.Errorf("second %d is at %.1f dBm0: neither holes nor outbursts", from/sampleRate, got)
		}
	}
	if seam := abs(int(x[0]) - int(x[len(x)-1])); seam > largestStep(x) {
		t.Errorf("a step of %d at the seam, %d elsewhere", seam, largestStep(x))
	}
	// A click is a jump of the second difference too.
	second := func(i int) int {
		n := len(x)
		return abs(int(x[(i+1)%n]) - 2*int(x[i%n]) + int(x[(i+n-1)%n]))
	}
	most := 0
	for i := 10; i < len(x)-10; i++ {
		most = max(most, second(i))
	}
	for i := len(x) - 3; i < len(x)+3; i++ {
		if second(i) > most {
			t.Errorf("the seam clicks at %d: %d, %d elsewhere", i-len(x), second(i), most)
		}
	}
}

func TestHoldMusicHasNothingAboveTheTelephonesBand(t *testing.T) {
	x := theMusic()
	// The energy of single frequencies (Goertzel) above 3.4 kHz, in one window of every other bar, against the whole.
	for from := 0; from+4000 <= len(x); from += 2 * bar {
		w := x[from : from+4000]
		for hz := 3450.0; hz < 4000; hz += 110 {
			c := 2 * math.Cos(2*math.Pi*hz/sampleRate)
			var a, b float64
			for i, v := range w {
				hann := 0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/4000)
				a, b = float64(v)*hann+c*a-b, a
			}
			amplitude := math.Sqrt(max(0, a*a+b*b-c*a*b)) * 4 / 4000
			if got := level.OfPeak(amplitude); got > -60 {
				t.Fatalf("%.0f Hz is at %.1f dBm0 in second %d", hz, got, from/sampleRate)
			}
		}
	}
}

func TestHoldMusicHoldsNoDigit(t *testing.T) {
	var r dtmf.Receiver
	if digits := r.Write(nil, theMusic()); len(digits) != 0 {
		t.Errorf("the keypad receiver hears %q", digits)
	}
}

func TestSignalsBeginAndEndSoftly(t *testing.T) {
	for name, c := range map[string]struct {
		x    []int16
		dBm0 float64
		n    int
	}{"chime": {Chime(), -18, 12000}, "beep": {Beep(), -13, 3200}} {
		if len(c.x) != c.n || math.Abs(level.Of(c.x)-c.dBm0) > 0.1 {
			t.Errorf("%s: %d samples at %.2f dBm0", name, len(c.x), level.Of(c.x))
		}
		if abs(int(c.x[0])) > 20 || abs(int(c.x[len(c.x)-1])) > 20 {
			t.Errorf("%s clicks: it begins at %d and ends at %d", name, c.x[0], c.x[len(c.x)-1])
		}
	}
}
