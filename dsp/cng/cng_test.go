package cng_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"autocom/dsp/cng"
	"autocom/dsp/internal/against"
	"autocom/dsp/level"
)

const frame = 160

// room is noise through a filter of two poles, of a level in dBm0.
func room(dBm0 float64, n int, a1, a2 float64, seed uint64) []int16 {
	rnd := rand.New(rand.NewPCG(seed, 7))
	x := make([]float64, n)
	var y1, y2, power float64
	for i := range x {
		y := rnd.NormFloat64() - a1*y1 - a2*y2
		y1, y2, x[i] = y, y1, y
		power += y * y
	}
	gain := level.Peak(dBm0) / math.Sqrt2 / math.Sqrt(power/float64(n))
	s := make([]int16, n)
	for i := range s {
		s[i] = level.Clip(x[i] * gain)
	}
	return s
}

func measure(s []int16, order int) cng.SID {
	var a cng.Analyser
	for i := 0; i+frame <= len(s); i += frame {
		a.Write(s[i : i+frame])
	}
	return a.SID(order)
}

func rooms() map[string][2]float64 {
	return map[string][2]float64{"white": {0, 0}, "dull": {-0.8, 0}, "a fan": {-1.5, 0.75}, "hiss": {0.6, 0}}
}

func TestNoiseComesBackAtItsLevelAndColour(t *testing.T) {
	for name, a := range rooms() {
		for dBm0 := -70.0; dBm0 <= -30; dBm0 += 5 {
			for _, order := range []int{0, 1, 4, cng.MaxOrder} {
				said := measure(room(dBm0, 24000, a[0], a[1], 1), order)
				got, err := cng.Parse(said.Append(nil))
				if err != nil || got.Order != order {
					t.Fatalf("%s: %v, order %d", name, err, got.Order)
				}
				var g cng.Generator
				g.Set(got)
				made := make([]int16, 24000)
				for i := 0; i < len(made); i += frame {
					g.Next(made[i : i+frame])
				}
				if l := level.Of(made); math.Abs(l-dBm0) > 2 {
					t.Errorf("%s of %.0f dBm0, order %d: %.1f dBm0 comes back", name, dBm0, order, l)
				}
				// The colour: what is measured of what was made. Below −60 dBm0 the
				// rounding to samples whitens it.
				if again := measure(made, order); dBm0 >= -60 {
					for i, k := range again.Reflection {
						if math.Abs(k-said.Reflection[i]) > 0.12 {
							t.Errorf("%s of %.0f dBm0: coefficient %d was %.2f and is %.2f", name, dBm0, i+1, said.Reflection[i], k)
						}
					}
				}
			}
		}
	}
}

func TestRFC3389Section31LevelIsInDBov(t *testing.T) {
	// The full-scale sine, +3.14 dBm0, is −3.01 dBov; 0 dBm0 is −6.15 dBov.
	if got := (cng.SID{Level: 6}).DBm0(); math.Abs(got-0.15) > 0.01 {
		t.Errorf("−6 dBov is %.2f dBm0", got)
	}
	s, err := cng.Parse([]byte{0xC6})
	if err != nil || s.Level != 0x46 || s.Order != 0 {
		t.Errorf("%+v %v", s, err)
	}
}

func TestRFC3389Section32Coefficients(t *testing.T) {
	payload := []byte{60, 0, 127, 254, 126, 1}
	s, err := cng.Parse(payload)
	if err != nil || s.Order != 5 {
		t.Fatal(s, err)
	}
	for i, want := range []float64{-258 * 127 / 32768.0, 0, 258 * 127 / 32768.0, -258 / 32768.0, -258 * 126 / 32768.0} {
		if s.Reflection[i] != want {
			t.Errorf("coefficient %d is %v, want %v", i+1, s.Reflection[i], want)
		}
	}
	if back := s.Append(nil); !bytes.Equal(back, payload) {
		t.Errorf("% x", back)
	}
	for n := range 255 {
		s, _ := cng.Parse([]byte{1, byte(n)})
		if back := s.Append(nil); back[1] != byte(n) {
			t.Errorf("index %d comes back as %d", n, back[1])
		}
	}
}

func TestRFC3389Section3LongerModelsAreCut(t *testing.T) {
	s, err := cng.Parse(bytes.Repeat([]byte{100}, 21))
	if err != nil || s.Order != cng.MaxOrder {
		t.Errorf("order %d, %v", s.Order, err)
	}
	if s, err := cng.Parse([]byte{50, 120, 255, 130}); err != nil || s.Order != 1 {
		t.Errorf("order %d after an index that is none, %v", s.Order, err)
	}
	for _, bad := range [][]byte{nil, {}, make([]byte, cng.MaxPayload+1)} {
		if _, err := cng.Parse(bad); err == nil {
			t.Errorf("%d bytes are taken", len(bad))
		}
	}
}

func TestSilenceIsSilent(t *testing.T) {
	var g cng.Generator
	s := []int16{5, 5}
	if g.Next(s); s[0] != 0 || s[1] != 0 {
		t.Error("sound before any noise was set")
	}
	g.Set(cng.Silence())
	if g.Next(s); s[0] != 0 {
		t.Error("silence sounds")
	}
	if got := new(cng.Analyser).SID(10); got != cng.Silence() {
		t.Errorf("%+v without having heard", got)
	}
	if got := measure(make([]int16, 1600), 10); got != cng.Silence() {
		t.Errorf("%+v of nothing", got)
	}
}

func TestAnotherNoiseIsGlidedTo(t *testing.T) {
	var g cng.Generator
	loud, faint := measure(room(-30, 8000, -0.8, 0, 1), 10), measure(room(-60, 8000, 0, 0, 2), 10)
	g.Set(loud)
	s := make([]int16, 800)
	g.Next(s)
	g.Set(faint)
	g.Next(s)
	first, last := level.Of(s[:40]), level.Of(s[400:])
	if first < -40 || last > -56 {
		t.Errorf("%.1f dBm0 in the first 5 ms, %.1f after 50", first, last)
	}
}

func TestATonePassesForNoiseAtItsLevel(t *testing.T) { // a model that rings must not run away
	s := make([]int16, 16000)
	for i := range s {
		s[i] = int16(300 * math.Sin(2*math.Pi*50*float64(i)/8000))
	}
	said := measure(s, 10)
	var g cng.Generator
	g.Set(said)
	made := make([]int16, 80000)
	g.Next(made)
	if got, want := level.Of(made), level.Of(s); math.Abs(got-want) > 2 {
		t.Errorf("%.1f dBm0 of %.1f", got, want)
	}
}

func TestNothingAllocates(t *testing.T) {
	var a cng.Analyser
	var g cng.Generator
	s, payload := room(-50, frame, -0.8, 0, 1), make([]byte, 0, 16)
	if n := testing.AllocsPerRun(200, func() {
		a.Write(s)
		sid, err := cng.Parse(a.SID(10).Append(payload))
		if err != nil {
			t.Fatal(err)
		}
		g.Set(sid)
		g.Next(s)
	}); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte{60})
	f.Add([]byte{0, 0, 254, 0, 254, 0, 254, 0, 254, 0, 254})
	f.Add([]byte{127, 255, 1})
	f.Fuzz(func(t *testing.T, payload []byte) {
		s, err := cng.Parse(payload)
		if err != nil {
			return
		}
		back := s.Append(nil)
		again, err := cng.Parse(back)
		if err != nil || again != s {
			t.Fatalf("%+v became %+v, %v", s, again, err)
		}
		var g cng.Generator
		g.Set(cng.SID{Level: 40})
		g.Set(s)
		made := make([]int16, 16000)
		g.Next(made)
		// Whatever a peer says, the noise stays near its level: no howl.
		if l := level.Of(made[8000:]); s.Level > 10 && l > max(s.DBm0(), -85)+9 {
			t.Fatalf("%+v sounds at %.1f dBm0, said to be %.1f", s, l, s.DBm0())
		}
	})
}

func Example() {
	var room cng.Analyser
	room.Write(make([]int16, 160)) // a frame in which nobody speaks
	payload := room.SID(4).Append(nil)

	var noise cng.Generator
	said, _ := cng.Parse(payload) // at the other end
	noise.Set(said)
	noise.Next(make([]int16, 160))
	fmt.Printf("% x\n", payload)
	// Output: 7f
}

func BenchmarkGenerator(b *testing.B) {
	var g cng.Generator
	g.Set(measure(room(-50, 8000, -0.8, 0, 1), 10))
	s := make([]int16, frame)
	run := func() { g.Next(s) }
	b.ReportAllocs()
	for b.Loop() {
		run()
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(against.Least(run, frame), "ns/sample")
}

func BenchmarkAnalyser(b *testing.B) {
	var a cng.Analyser
	s := room(-50, frame, -0.8, 0, 1)
	run := func() { a.Write(s) }
	b.ReportAllocs()
	for b.Loop() {
		run()
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(against.Least(run, frame), "ns/sample")
}
