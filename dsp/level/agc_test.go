package level_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"autocom/dsp/level"
)

// talk is something like speech: a voice of 120 Hz with its harmonics, in
// syllables of changing strength and sentences with pauses, brought to an
// active speech level of dBm0, over noise of hush dBm0.
func talk(seconds int, dBm0, hush float64, seed uint64) []int16 {
	rnd := rand.New(rand.NewPCG(seed, 1))
	n := seconds * 8000
	v := make([]float64, n)
	for at := 0; at < n; {
		for range 5 + rnd.IntN(8) { // syllables of a sentence
			long, strength := 800+rnd.IntN(1200), math.Pow(10, -0.5*rnd.Float64())
			pitch := 100 + 60*rnd.Float64()
			for i := 0; i < long && at+i < n; i++ {
				e := math.Sin(math.Pi * float64(i) / float64(long))
				for h := 1.0; h <= 8; h++ {
					v[at+i] += strength * e * e / h * math.Sin(2*math.Pi*pitch*h*float64(i)/8000+h*h)
				}
			}
			at += long + rnd.IntN(400)
		}
		at += 2000 + rnd.IntN(8000)
	}
	s := make([]int16, n)
	scale := 3000.0
	for range 3 { // until the meter agrees
		for i := range v {
			s[i] = level.Clip(scale * v[i])
		}
		got, _ := level.Active(s)
		scale *= math.Pow(10, (dBm0-got)/20)
	}
	for i := range v {
		s[i] = level.Clip(scale*v[i] + level.Peak(hush)/math.Sqrt2*rnd.NormFloat64())
	}
	return s
}

func through(a *level.AGC, s []int16) (out []int16, gains []float64) {
	out = append(out, s...)
	for i := 0; i < len(out); i += 160 {
		a.Process(out[i:min(i+160, len(out))])
		gains = append(gains, a.Gain())
	}
	return out, gains
}

func TestAGCBringsSpeechToItsTarget(t *testing.T) {
	for _, in := range []float64{-34, -30, -25, -20, -15, -9} {
		a := level.NewAGC(level.Target, level.MaxGain)
		out, _ := through(a, talk(30, in, -75, 4))
		if got, _ := level.Active(out[10*8000:]); math.Abs(got-level.Target) > 2 {
			t.Errorf("speech of %v dBm0 comes out at %.2f", in, got)
		}
	}
}

func TestAGCNeverMovesFasterThanSixDecibelsASecond(t *testing.T) {
	var s []int16
	for i, l := range []float64{-35, -8, -30, -12, -20} {
		s = append(s, talk(8, l, -70, uint64(i))...)
	}
	_, gains := through(level.NewAGC(level.Target, level.MaxGain), s)
	moved := false
	for i := 1; i < len(gains); i++ {
		if step := math.Abs(gains[i] - gains[i-1]); step > 6*0.02+1e-9 {
			t.Fatalf("%.3f dB in 20 ms", step)
		} else if step > 0 {
			moved = true
		}
	}
	if !moved {
		t.Error("the gain never moves")
	}
}

func TestAGCDoesNotRaiseSilenceOrNoise(t *testing.T) {
	for _, hush := range []float64{-90, -70, -60, -50, -40} {
		// A quiet talker, then only the line.
		s := append(talk(10, -30, hush, 8), talk(20, -90, hush, 9)...)
		out, gains := through(level.NewAGC(level.Target, level.MaxGain), s)
		rest := out[14*8000:]
		was, is := level.Of(s[14*8000:]), level.Of(rest)
		if is > max(was+0.1, -53.5) { // the quietest block is 1 dB below the mean
			t.Errorf("noise of %.1f dBm0 comes out at %.1f", was, is)
		}
		for i := 14*50 + 1; i < len(gains); i++ {
			if gains[i] > gains[i-1] {
				t.Errorf("hush %v: the gain rises while nobody speaks", hush)
				break
			}
		}
	}
	// Noise that begins after silence.
	s := append(talk(10, -30, -90, 8), talk(20, -90, -38, 9)...)
	out, _ := through(level.NewAGC(level.Target, level.MaxGain), s)
	if got := level.Of(out[16*8000:]); got > -37.5 {
		t.Errorf("new noise of −38 dBm0 comes out at %.1f", got)
	}
}

func TestAGCHoldsItsGainInPauses(t *testing.T) {
	a := level.NewAGC(level.Target, level.MaxGain)
	through(a, talk(20, -30, -75, 3))
	before := a.Gain()
	through(a, make([]int16, 60*8000))
	if a.Gain() != before || before < 5 {
		t.Errorf("%.2f dB before the pause, %.2f after", before, a.Gain())
	}
}

func TestAGCDoesNotClip(t *testing.T) {
	a := level.NewAGC(level.Target, level.MaxGain)
	s := append(talk(20, -34, -75, 3), talk(5, -8, -75, 5)...)
	out, _ := through(a, s)
	if p, top := peak(out), int(level.Peak(level.Overload-1)); p > top {
		t.Errorf("peak %d above %d", p, top)
	}
	buf := make([]int16, 160)
	if n := testing.AllocsPerRun(100, func() { copy(buf, s[8000:]); a.Process(buf) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestAGCIsTheSameWhateverTheFrames(t *testing.T) {
	s := talk(6, -30, -60, 2)
	a, b := level.NewAGC(level.Target, level.MaxGain), level.NewAGC(level.Target, level.MaxGain)
	one := append([]int16(nil), s...)
	a.Process(one)
	two := append([]int16(nil), s...)
	for i := 0; i < len(two); i += 37 {
		b.Process(two[i:min(i+37, len(two))])
	}
	for i := range one {
		if d := one[i] - two[i]; d > 1 || d < -1 {
			t.Fatalf("sample %d: %d and %d", i, one[i], two[i])
		}
	}
}

func TestRunningFollowsTheLevel(t *testing.T) {
	var r level.Running
	if r.Level() != level.Floor {
		t.Errorf("silence is %v", r.Level())
	}
	for range 80 {
		if p := r.Add(at(400, -12, 160)); p != peak(at(400, -12, 160)) {
			t.Fatal(p)
		}
	}
	if math.Abs(r.Level()+12) > 0.05 {
		t.Errorf("%.2f dBm0", r.Level())
	}
	r.AddEnergy(0, 2303) // ln 10 time constants: 10 dB less
	if math.Abs(r.Level()+22) > 0.05 {
		t.Errorf("%.2f dBm0 after 288 ms", r.Level())
	}
	r.AddEnergy(5, 0)
}
