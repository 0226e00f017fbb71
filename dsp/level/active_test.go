package level_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"autocom/dsp/level"
)

// bursts is a sine at dBm0 that sounds for on samples of every period.
func bursts(n, on, period int, dBm0 float64) []int16 {
	s := sine(n, level.Peak(dBm0))
	for i := range s {
		if i%period >= on {
			s[i] = 0
		}
	}
	return s
}

// byTheLetter is P.56 method B as the recommendation words it: fifteen
// thresholds and fifteen hangover counters, every sample.
func byTheLetter(samples []int16) (dBm0, activity float64) {
	g := math.Exp(-1 / (8000 * 0.03))
	var p, q, energy float64
	var a, h [15]float64
	for j := range h {
		h[j] = 1600
	}
	for _, s := range samples {
		x := math.Abs(float64(s))
		energy += x * x
		p = g*p + (1-g)*x
		q = g*q + (1-g)*p
		for j := range a {
			if q >= math.Pow(2, float64(j)) {
				a[j]++
				h[j] = 0
			} else if h[j] < 1600 {
				a[j]++
				h[j]++
			}
		}
	}
	var before, gap float64
	for j := range a {
		active := 10 * math.Log10(energy/a[j])
		above := active - 20*math.Log10(math.Pow(2, float64(j)))
		if above <= 15.9 {
			active = before + (active-before)*(gap-15.9)/(gap-above)
			power := math.Pow(10, active/10)
			return level.OfPower(power), energy / float64(len(samples)) / power
		}
		before, gap = active, above
	}
	return level.Floor, 0
}

func TestP56Clause8AgreesWithTheLetter(t *testing.T) {
	for seed := range uint64(12) {
		rnd := rand.New(rand.NewPCG(seed, 56))
		var s []int16
		for range 12 { // noise in bursts of any strength and length, with pauses around the hangover
			peak := math.Pow(10, 1+3*rnd.Float64())
			for range rnd.IntN(6000) {
				s = append(s, level.Clip(peak*rnd.NormFloat64()/3))
			}
			s = append(s, make([]int16, rnd.IntN(4000))...)
		}
		var m level.Meter
		for at := 0; at < len(s); {
			n := min(rnd.IntN(500), len(s)-at)
			m.Add(s[at : at+n])
			at += n
		}
		got, activity := m.Active()
		want, part := byTheLetter(s)
		if math.Abs(got-want) > 1e-6 || math.Abs(activity-part) > 1e-6 {
			t.Errorf("seed %d: %.6f dBm0 %.6f, want %.6f %.6f", seed, got, activity, want, part)
		}
		if math.Abs(m.Mean()-level.Of(s)) > 1e-9 || m.Samples() != int64(len(s)) {
			t.Errorf("seed %d: mean %v over %d", seed, m.Mean(), m.Samples())
		}
	}
}

func TestP56Clause11SteadyToneHasItsLevel(t *testing.T) {
	for _, want := range []float64{0, -10, -20, -30, -40, -50} {
		got, activity := level.Active(sine(80000, level.Peak(want)))
		if math.Abs(got-want) > 0.1 || activity < 0.98 || activity > 1 {
			t.Errorf("%v dBm0 of sine: %.3f, active %.3f", want, got, activity)
		}
	}
}

func TestP56PausesDoNotLowerTheActiveLevel(t *testing.T) {
	// 1 s of tone in every 3 s: speech for 1 s and its hangover of 0.2 s, to
	// which the envelope adds its own fall.
	got, activity := level.Active(bursts(30*8000, 8000, 24000, -20))
	if math.Abs(got+20) > 1.5 || activity < 0.35 || activity > 0.47 {
		t.Errorf("%.2f dBm0, active %.3f", got, activity)
	}
	// Pauses shorter than the hangover are speech.
	if _, activity = level.Active(bursts(30*8000, 1600, 2800, -20)); activity < 0.99 {
		t.Errorf("short pauses: active %.3f", activity)
	}
	// A longer silence after it changes nothing but the activity.
	s := bursts(24000, 8000, 24000, -20)
	a, _ := level.Active(s)
	b, part := level.Active(append(s, make([]int16, 240000)...))
	if math.Abs(a-b) > 1e-9 || part > 0.06 {
		t.Errorf("%.6f, with silence after it %.6f, active %.3f", a, b, part)
	}
}

func TestP56SilenceAndClicks(t *testing.T) {
	for _, s := range [][]int16{nil, make([]int16, 8000), bursts(8000, 8000, 8000, -88)} {
		if got, activity := level.Active(s); got != level.Floor || activity != 0 {
			t.Errorf("%d samples of silence: %v, %v", len(s), got, activity)
		}
	}
	s := make([]int16, 16000)
	s[100], s[9000] = 32767, -32768
	if got, activity := level.Active(s); math.IsNaN(got) || got < -50 || got > 0 || activity <= 0 || activity > 1 {
		t.Errorf("two clicks: %v, %v", got, activity)
	}
}

func TestMeterKeepsPeakAndForgets(t *testing.T) {
	var m level.Meter
	m.Add([]int16{3, -32768, 5})
	if m.Peak() != 32768 {
		t.Error(m.Peak())
	}
	m.Reset()
	if m != (level.Meter{}) || m.Mean() != level.Floor {
		t.Errorf("%+v", m)
	}
	s := sine(160, 1000)
	if n := testing.AllocsPerRun(100, func() { m.Add(s); m.Active() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
