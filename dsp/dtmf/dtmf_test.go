package dtmf_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"autocom/dsp/dtmf"
	"autocom/dsp/g711"
	"autocom/dsp/level"
	"autocom/dsp/tone"
)

const all = "1234567890*#ABCD"

func dial(t testing.TB, keys string, on, off int) []int16 {
	g := dtmf.Generator{On: on, Off: off}
	if !g.Dial(keys) {
		t.Fatalf("%q was refused", keys)
	}
	var out []int16
	buf := make([]int16, 160)
	for !g.Done() {
		g.Next(buf)
		out = append(out, buf...)
	}
	return out
}

func through(law g711.Law, s []int16) []int16 {
	out := make([]int16, len(s))
	for i, x := range s {
		out[i] = law.DecodeSample(law.EncodeSample(x))
	}
	return out
}

// hear feeds frames of 20 ms.
func hear(s []int16) string {
	var r dtmf.Receiver
	var out []byte
	for len(s) > 0 {
		n := min(160, len(s))
		out = r.Write(out, s[:n])
		s = s[n:]
	}
	return string(out)
}

func scaled(s []int16, dB float64) []int16 {
	out := make([]int16, len(s))
	for i, x := range s {
		out[i] = level.Clip(float64(x) * math.Pow(10, dB/20))
	}
	return out
}

func TestQ23FrequenciesAndLevels(t *testing.T) {
	low := map[byte]float64{'1': 697, '4': 770, '7': 852, '*': 941}
	high := map[byte]float64{'1': 1209, '2': 1336, '3': 1477, 'A': 1633}
	for i, k := range []byte("123A456B789C*0#D") {
		s := dial(t, string(k), 4000, 160)[80:3920]
		l, h := low["147*"[i/4]], high["123A"[i%4]]
		if gl, gh := tone.Level(s, l), tone.Level(s, h); math.Abs(gl+8) > 0.05 || math.Abs(gh+6) > 0.05 {
			t.Errorf("%c: %.2f dBm0 at %v Hz, %.2f at %v", k, gl, l, gh, h)
		}
		d := tone.NewDetector(len(s), l, h)
		d.Write(s, func(r tone.Reading) {
			if r.Purity < 0.999 {
				t.Errorf("%c: purity %.4f", k, r.Purity)
			}
		})
	}
}

func TestEveryKeyThroughG711(t *testing.T) {
	for _, law := range []g711.Law{g711.ALaw, g711.ULaw} {
		for _, dB := range []float64{0, -10, -20, -27} {
			for shift := range 12 { // wherever the blocks fall
				s := append(make([]int16, shift*17), dial(t, all+"55", 0, 0)...)
				if got := hear(through(law, scaled(s, dB))); got != all+"55" {
					t.Fatalf("%v %v dB, shift %d: %q", law, dB, shift, got)
				}
			}
		}
	}
}

func TestQ24TwistAndShortKeys(t *testing.T) {
	pair := func(low, high float64, on int) string {
		g := tone.NewGenerator(tone.Tone{Times: 1, Segments: []tone.Segment{{Samples: 333}, {Samples: on}, {Samples: 800}}})
		s := make([]int16, 333+on+800)
		g.Next(s)
		a, b := tone.NewOscillator(770, low), tone.NewOscillator(1336, high)
		for i := range on {
			s[333+i] = level.Clip(a.Next() + b.Next())
		}
		return hear(through(g711.ALaw, s))
	}
	for _, c := range []struct {
		low, high float64
		on        int
		want      string
	}{
		{-10, -10, 400, "5"},
		{-14, -10, 400, "5"},  // high 4 dB louder
		{-10, -17, 400, "5"},  // low 7 dB louder
		{-20, -10, 400, ""},   // twist of 10 dB
		{-10, -22, 400, ""},   // twist of 12 dB
		{-10, -10, 320, "5"},  // 40 ms must be taken
		{-10, -10, 160, ""},   // 20 ms must not
		{-50, -50, 400, ""},   // too faint
		{-10, -100, 1600, ""}, // one tone alone
	} {
		if got := pair(c.low, c.high, c.on); got != c.want {
			t.Errorf("%+v: heard %q", c, got)
		}
	}
}

// TestQ24PausesAndHoles presses one key often: 40 ms of tone and 40 ms of
// pause are a key each time; a hole of 10 ms in it is none.
func TestQ24PausesAndHoles(t *testing.T) {
	for shift := range 34 {
		s := append(make([]int16, 2*shift), dial(t, "55555AA*00", 320, 320)...)
		if got := hear(through(g711.ALaw, s)); got != "55555AA*00" {
			t.Errorf("shift %d: heard %q", 2*shift, got)
		}
		s = append(make([]int16, 2*shift), dial(t, "8", 1600, 800)...)
		for from := 640; from < 720; from++ {
			s[2*shift+from] = 0
		}
		if got := hear(through(g711.ALaw, s)); got != "8" {
			t.Errorf("shift %d: a hole of 10 ms: heard %q", 2*shift, got)
		}
	}
}

func TestListenSaysWhen(t *testing.T) {
	for shift := range 10 {
		s := append(make([]int16, 1000+shift*37), dial(t, "19", 560, 560)...)
		s = append(s, make([]int16, 400)...)
		var r dtmf.Receiver
		got := r.Listen(nil, s)
		if len(got) != 4 {
			t.Fatalf("%+v", got)
		}
		for i, n := range got {
			want := dtmf.Notice{
				Phase: []dtmf.Phase{dtmf.Began, dtmf.Ended}[i%2], Key: "19"[i/2],
				At: int64(1000 + shift*37 + i/2*1120 + i%2*560),
			}
			if n.Phase != want.Phase || n.Key != want.Key || max(n.At-want.At, want.At-n.At) > dtmf.Block {
				t.Errorf("notice %d: %+v, want %+v", i, n, want)
			}
		}
	}
}

func TestAHeldKeyIsOneKey(t *testing.T) {
	s := dial(t, "7", 5*8000, 800)
	copy(s[8000:8060], make([]int16, 60)) // a hole of 7.5 ms
	if got := hear(s); got != "7" {
		t.Errorf("heard %q", got)
	}
	var r dtmf.Receiver
	r.Write(nil, s[:4000])
	if k, ok := r.Held(); !ok || k != '7' {
		t.Error("the key is not held")
	}
	r.Reset()
	if _, ok := r.Held(); ok {
		t.Error("held after Reset")
	}
}

// voice makes something like speech: a buzz of 90 to 250 Hz through three
// moving resonances, in syllables, with noise between.
func voice(seed uint64, n int) []int16 {
	rnd := rand.New(rand.NewPCG(seed, 5))
	out := make([]int16, n)
	var y1, y2 [3]float64
	phase, pitch, target := 0.0, 120.0, 120.0
	f := [3]float64{500, 1500, 2500}
	goal := f
	loud, aim := 0.0, 1.0
	for i := range out {
		if i%800 == 0 { // ten syllables a second
			target = 90 + rnd.Float64()*160
			goal = [3]float64{250 + rnd.Float64()*700, 800 + rnd.Float64()*1500, 2200 + rnd.Float64()*1000}
			aim = float64(rnd.IntN(4)) / 3
		}
		pitch += (target - pitch) * 0.002
		loud += (aim - loud) * 0.005
		if phase += pitch / 8000; phase >= 1 {
			phase--
		}
		x := 0.05 * rnd.NormFloat64()
		if phase < pitch/8000 {
			x++
		}
		for k := range f {
			f[k] += (goal[k] - f[k]) * 0.003
			const radius = 0.97
			y := x + 2*radius*math.Cos(2*math.Pi*f[k]/8000)*y1[k] - radius*radius*y2[k]
			y1[k], y2[k] = y, y1[k]
		}
		out[i] = level.Clip(3000 * loud * (y1[0] + 0.6*y1[1] + 0.3*y1[2]))
	}
	return out
}

// music plays chords of a tempered scale, two to four notes with overtones.
func music(seed uint64, n int) []int16 {
	rnd := rand.New(rand.NewPCG(seed, 6))
	out := make([]int16, n)
	for at := 0; at < n; at += 1600 {
		for range 2 + rnd.IntN(3) {
			note := 220 * math.Pow(2, float64(rnd.IntN(36))/12)
			for k := 1.0; k <= 4; k++ {
				o := tone.NewOscillator(note*k, -14-6*k)
				for i := at; i < min(at+1600, n); i++ {
					out[i] = level.Clip(float64(out[i]) + o.Next())
				}
			}
		}
	}
	return out
}

func TestVoiceMusicAndNoiseAreNoKeys(t *testing.T) {
	for seed := range uint64(3) {
		if got := hear(through(g711.ALaw, voice(seed, 15*8000))); got != "" {
			t.Errorf("voice %d: %q", seed, got)
		}
		if got := hear(through(g711.ALaw, music(seed, 15*8000))); got != "" {
			t.Errorf("music %d: %q", seed, got)
		}
		rnd := rand.New(rand.NewPCG(seed, 8))
		s := make([]int16, 10*8000)
		for i := range s {
			s[i] = level.Clip(3000 * rnd.NormFloat64())
		}
		if got := hear(s); got != "" {
			t.Errorf("noise %d: %q", seed, got)
		}
	}
	plan := tone.France()
	for k := tone.Dial; k <= tone.Routing; k++ {
		s := make([]int16, 16000)
		tone.NewGenerator(plan.Tone(k)).Next(s)
		if got := hear(s); got != "" {
			t.Errorf("%v tone: %q", k, got)
		}
	}
}

func TestKeysInNoise(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 9))
	s := dial(t, all, 0, 0)
	for i := range s { // 20 dB under the tones
		s[i] = level.Clip(float64(s[i]) + level.Peak(-24)/math.Sqrt2*rnd.NormFloat64())
	}
	if got := hear(through(g711.ALaw, s)); got != all {
		t.Errorf("heard %q", got)
	}
}

func TestAKeyHeldForAMinuteStaysInTune(t *testing.T) {
	s := dial(t, "D", 60*8000, 0)
	for _, at := range []int{80, 59 * 8000} {
		if low, high := tone.Level(s[at:at+4000], 941), tone.Level(s[at:at+4000], 1633); math.Abs(low+8) > 0.02 || math.Abs(high+6) > 0.02 {
			t.Errorf("after %d samples: %.3f and %.3f dBm0", at, low, high)
		}
	}
}

func TestDialRefuses(t *testing.T) {
	var g dtmf.Generator
	if g.Dial("12x") || !g.Done() {
		t.Error("x was taken")
	}
	if !g.Dial("0123456789012345678901234567890a") || g.Dial("1") {
		t.Error("the queue holds 32 keys")
	}
}

func TestNothingAllocates(t *testing.T) {
	var g dtmf.Generator
	var r dtmf.Receiver
	buf := make([]int16, 160)
	keys := make([]byte, 0, 4)
	if n := testing.AllocsPerRun(500, func() {
		if g.Done() {
			g.Dial("5")
		}
		g.Next(buf)
		r.Write(keys[:0], buf)
	}); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

func ExampleReceiver() {
	var g dtmf.Generator
	g.Dial("3631#")
	heard := make([]int16, 6000)
	g.Next(heard)
	var r dtmf.Receiver
	fmt.Printf("%s\n", r.Write(nil, heard))
	// Output: 3631#
}
