package quality_test

import (
	"fmt"
	"math"
	"testing"

	"autocom/dsp/quality"
)

func TestG107DefaultRatingIs93_2(t *testing.T) {
	if r := quality.R(quality.Conditions{}); math.Abs(r-93.2) > 0.05 {
		t.Errorf("R = %.3f", r)
	}
	if m := quality.MOS(93.2); math.Abs(m-4.41) > 0.005 {
		t.Errorf("MOS(93.2) = %.3f", m)
	}
}

func TestG107AnnexBTable(t *testing.T) {
	// Table B.1: the lower ends of the categories of speech quality.
	for _, c := range []struct{ r, mos float64 }{{90, 4.34}, {80, 4.03}, {70, 3.60}, {60, 3.10}, {50, 2.58}, {100, 4.5}, {0, 1}, {-5, 1}, {3, 1}} {
		if got := quality.MOS(c.r); math.Abs(got-c.mos) > 0.0065 {
			t.Errorf("MOS(%v) = %.3f, want %v", c.r, got, c.mos)
		}
	}
	if quality.MOS(math.NaN()) != 1 {
		t.Error("MOS(NaN) must be 1")
	}
}

// G.107 Appendix I gives R of a score in closed form, the root of Annex B's cubic: going there and back changes nothing.
func TestG107AppendixIUndoesAnnexB(t *testing.T) {
	for r := 7.0; r < 100; r += 0.5 {
		m := quality.MOS(r)
		h := math.Atan2(15*math.Sqrt(-903522+1113960*m-202500*m*m), 18566-6750*m) / 3
		back := 20.0 / 3 * (8 - math.Sqrt(226)*math.Cos(h+math.Pi/3))
		if math.Abs(back-r) > 0.01 {
			t.Errorf("MOS(%v) = %v, which is R %v", r, m, back)
		}
	}
}

// G.107 §7.4, formula 7-27: with Ta twice mT (100 ms) X is 1, with four times it is 2. The rest of what delay costs is echo,
// which the default sets keep under 7 here.
func TestG107DelayCostsWhatIddSays(t *testing.T) {
	r0 := quality.R(quality.Conditions{})
	for _, c := range []struct{ delay, idd float64 }{
		{200, 25 * (math.Pow(2, 1.0/6) - 3*math.Pow(1+math.Pow(1.0/3, 6), 1.0/6) + 2)},
		{400, 25 * (math.Pow(65, 1.0/6) - 3*math.Pow(1+math.Pow(2.0/3, 6), 1.0/6) + 2)},
	} {
		if cost := r0 - quality.R(quality.Conditions{Delay: c.delay}); cost < c.idd || cost > c.idd+7 {
			t.Errorf("%v ms cost %.2f, of which Idd is %.2f", c.delay, cost, c.idd)
		}
	}
}

func TestG107LossFormula(t *testing.T) {
	r0 := quality.R(quality.Conditions{})
	for _, c := range []struct {
		c    quality.Conditions
		cost float64
	}{
		{quality.Conditions{Loss: 1}, 95 / 5.3},
		{quality.Conditions{Loss: 1, Concealed: true}, 95 / 26.1},
		{quality.Conditions{Loss: 4.3}, 95.0 / 2},
		{quality.Conditions{Loss: 2, Burst: 2}, 2 * 95 / 5.3},
		{quality.Conditions{Loss: 2, Burst: 0.5}, 2 * 95 / 6.3},
	} {
		if got := r0 - quality.R(c.c); math.Abs(got-c.cost) > 1e-9 {
			t.Errorf("%+v costs %.3f, want %.3f", c.c, got, c.cost)
		}
	}
}

func TestWorseNetworksSoundWorse(t *testing.T) {
	last := 101.0
	for d := 0.0; d <= 1000; d += 10 {
		r := quality.R(quality.Conditions{Delay: d})
		if r > last {
			t.Errorf("R rises to %.2f at %v ms", r, d)
		}
		last = r
	}
	last = 101
	for l := 0.0; l <= 100; l++ {
		r := quality.R(quality.Conditions{Loss: l, Delay: 60, Concealed: true})
		if r > last || r < 0 {
			t.Errorf("R = %.2f at %v %%", r, l)
		}
		last = r
	}
	// ITU-T G.114: people are content up to 150 ms, hardly beyond 400 ms.
	if r := quality.R(quality.Conditions{Delay: 150}); r < 85 {
		t.Errorf("R = %.1f at 150 ms", r)
	}
	if r := quality.R(quality.Conditions{Delay: 400}); r > 75 || r < 50 {
		t.Errorf("R = %.1f at 400 ms", r)
	}
}

func TestNonsenseIsBounded(t *testing.T) {
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), -3, 1e300} {
		r := quality.R(quality.Conditions{Loss: x, Burst: x, Delay: x})
		if !(r >= 0 && r <= 100) {
			t.Errorf("%v: R = %v", x, r)
		}
	}
}

func ExampleR() {
	r := quality.R(quality.Conditions{Loss: 1, Delay: 80, Concealed: true})
	fmt.Printf("R %.0f, MOS %.1f\n", r, quality.MOS(r))
	// Output: R 87, MOS 4.3
}

// A call, as a media engine meters it: packets by their numbers, and the rating of the call and of its last seconds.
func ExampleSequence() {
	var s quality.Sequence
	var then quality.Counts
	for n := range uint16(3000) { // one minute
		if n > 2750 && n%10 < 2 {
			continue // the last five seconds lose a fifth, in pairs
		}
		s.Take(n)
		if n == 2750 {
			then = s.Counts()
		}
	}
	now := s.Counts()
	for _, c := range []quality.Counts{now, now.Since(then)} {
		r := quality.R(c.Conditions(90, true))
		fmt.Printf("%.1f %% lost, BurstR %.1f: R %.0f, MOS %.1f\n", c.Loss(), c.Burst(), r, quality.MOS(r))
	}
	// Output:
	// 1.6 % lost, BurstR 1.9: R 85, MOS 4.2
	// 19.7 % lost, BurstR 1.6: R 41, MOS 2.1
}

func BenchmarkR(b *testing.B) {
	for b.Loop() {
		quality.R(quality.Conditions{Loss: 1, Delay: 150})
	}
}
