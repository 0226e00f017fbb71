package level_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"autocom/dsp/level"
)

// distortion gives what is in s besides the sine of hz, in dB below it.
func distortion(s []int16, hz float64) float64 {
	var re, im, total float64
	for i, x := range s {
		a := 2 * math.Pi * hz * float64(i) / 8000
		re += float64(x) * math.Cos(a)
		im += float64(x) * math.Sin(a)
		total += float64(x) * float64(x)
	}
	own := 2 * (re*re + im*im) / float64(len(s))
	return 10 * math.Log10(max(total-own, 1e-9)/own)
}

func at(hz, dBm0 float64, n int) []int16 {
	s := make([]int16, n)
	for i := range s {
		s[i] = level.Clip(level.Peak(dBm0) * math.Sin(2*math.Pi*hz*float64(i)/8000))
	}
	return s
}

func peak(s []int16) (p int) {
	for _, x := range s {
		p = max(p, int(x), -int(x))
	}
	return p
}

func TestLimiterPassesWhatIsBelowItsThreshold(t *testing.T) {
	l := level.NewLimiter(-6)
	s := at(440, -6.01, 8000)
	got := append([]int16(nil), s...)
	for i := 0; i < len(got); i += 100 {
		l.Process(got[i : i+100])
	}
	for i := range got {
		var want int16
		if i >= level.Lookahead {
			want = s[i-level.Lookahead]
		}
		if got[i] != want {
			t.Fatalf("sample %d is %d, want %d", i, got[i], want)
		}
	}
}

func TestLimiterNeverOvershoots(t *testing.T) {
	for seed := range uint64(40) {
		rnd := rand.New(rand.NewPCG(seed, 9))
		dBm0 := -20 * rnd.Float64()
		l, top := level.NewLimiter(dBm0), int(math.Floor(level.Peak(dBm0)))
		for range 60 {
			s := make([]int16, rnd.IntN(400))
			loud := math.Pow(10, 4.8*rnd.Float64())
			for i := range s {
				s[i] = level.Clip(loud * rnd.NormFloat64())
			}
			if rnd.IntN(3) == 0 && len(s) > 0 {
				s[rnd.IntN(len(s))] = math.MinInt16
			}
			l.Process(s)
			if p := peak(s); p > top {
				t.Fatalf("seed %d: %d above the threshold of %d", seed, p, top)
			}
		}
	}
}

func TestLimiterHardlyDistorts(t *testing.T) {
	for _, hz := range []float64{100, 300, 440, 1000, 3000} {
		for _, over := range []float64{1, 3, 6, 12} {
			l := level.NewLimiter(-10)
			s := at(hz, -10+over, 16000)
			l.Process(s)
			if got := distortion(s[8000:], hz); got > -40 {
				t.Errorf("%v Hz, %v dB over: distortion %.1f dB", hz, over, got)
			}
			if got := level.Of(s[8000:]); math.Abs(got+10) > 0.3 {
				t.Errorf("%v Hz, %v dB over: %.2f dBm0", hz, over, got)
			}
		}
	}
}

func TestLimiterOpensAgain(t *testing.T) {
	l := level.NewLimiter(-10)
	s := append(at(440, 2, 4000), at(440, -20, 8000)...)
	l.Process(s)
	if l.Gain() != 0 {
		t.Errorf("gain %v dB", l.Gain())
	}
	if got := level.Of(s[4000+200+2400 : 11000]); math.Abs(got+20) > 0.02 { // 12 dB at 60 dB/s
		t.Errorf("%.2f dBm0", got)
	}
	buf := at(440, 2, 160)
	if n := testing.AllocsPerRun(100, func() { l.Process(buf) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
