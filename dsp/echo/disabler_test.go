package echo

import (
	"math"
	"testing"

	"autocom/dsp/echo/g168"
	"autocom/dsp/level"
)

// answer is 2,100 Hz beside by hertz, turning over by degrees every 450 ms if turns.
func answer(seconds, dBm0, beside, degrees float64) []int16 {
	out := make([]int16, int(seconds*8000))
	phase := 0.0
	for i := range out {
		if i > 0 && i%3600 == 0 {
			phase += degrees * math.Pi / 180
		}
		phase += 2 * math.Pi * (2100 + beside) / 8000
		out[i] = level.Clip(level.Peak(dBm0) * math.Sin(phase))
	}
	return out
}

func play(c *Canceller, far, near []int16) {
	out := make([]int16, 160)
	for at := 0; at+160 <= max(len(far), len(near)); at += 160 {
		frame := func(of []int16) []int16 {
			if of == nil {
				return make([]int16, 160)
			}
			return of[at : at+160]
		}
		c.Process(frame(far), frame(near), out)
	}
}

func TestG168_7_TonesWithPhaseReversalsTakeItOut(t *testing.T) {
	for _, beside := range []float64{-20, -15, 0, 7, 20} {
		for _, degrees := range []float64{160, 180, 200} {
			for _, dBm0 := range []float64{0, -12, -30} {
				c := New(64)
				play(c, answer(1, dBm0, beside, degrees), nil)
				if !c.Aside() {
					t.Errorf("2,100 %+g Hz at %g dBm0 turning by %g° is not heard within a second", beside, dBm0, degrees)
				}
				c = New(64)
				play(c, nil, answer(1, dBm0, beside, degrees))
				if !c.Aside() {
					t.Errorf("from the line: 2,100 %+g Hz at %g dBm0 turning by %g° is not heard within a second", beside, dBm0, degrees)
				}
			}
		}
	}
}

func TestG168_7_OtherSoundsDoNotTakeItOut(t *testing.T) {
	for name, sound := range map[string][]int16{
		"without reversals":  answer(4, -12, 0, 0),
		"turning by a third": answer(4, -12, 0, 110),
		"2,180 Hz":           answer(4, -12, 80, 180),
		"faint":              answer(4, -40, 0, 180),
		"speech":             g168.Composite(32000, -10),
		"near speech":        g168.DoubleTalk(32000, -10),
		"noise":              g168.White(32000, -15, 9),
	} {
		c := New(64)
		play(c, sound, nil)
		if c.Aside() {
			t.Errorf("%s takes the canceller out", name)
		}
	}
}

func TestG168_7_HoldsAndReleases(t *testing.T) {
	c := New(64)
	play(c, answer(1, -12, 0, 180), nil)
	play(c, nil, g168.White(16000, -25, 3)) // the modems go on
	if !c.Aside() {
		t.Error("back although the modems go on")
	}
	near := g168.White(1600, -30, 4)
	out := make([]int16, len(near))
	c.Process(g168.White(1600, -15, 5), near, out)
	for i := range near {
		if near[i] != out[i] {
			t.Fatal("out is not near while it stands aside")
		}
	}
	play(c, nil, make([]int16, 1280))
	if !c.Aside() {
		t.Error("back after 160 ms of silence")
	}
	play(c, nil, make([]int16, 1920))
	if c.Aside() {
		t.Error("not back after 400 ms of silence")
	}
	c.StepAside(false)
	play(c, answer(1, -12, 0, 180), nil)
	if c.Aside() {
		t.Error("steps aside though told not to")
	}
}
