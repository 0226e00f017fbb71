package speech

import (
	"math/rand/v2"
	"testing"
	"time"

	"autocom/dsp/level"
)

// hiss is 20 ms of noise near a level in dBm0.
func hiss(r *rand.Rand, dBm0 float64) []int16 {
	f := make([]int16, 160)
	for i := range f {
		f[i] = level.Clip(r.NormFloat64() * level.Peak(dBm0) / 1.414)
	}
	return f
}

func TestAnAnswerIsFoundInNoise(t *testing.T) {
	for _, c := range []struct {
		name         string
		noise, voice float64 // dBm0
		quiet, loud  int     // frames
	}{
		{"a quiet line", -65, -20, 50, 40},
		{"a faint voice", -65, -36, 50, 40},
		{"an office", -45, -22, 50, 40},
		{"a street", -34, -16, 50, 40},
		{"at once", -50, -18, 0, 40},
		{"at once, in a street", -34, -14, 0, 40},
		{"after a long wait", -40, -20, 350, 40},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			e := newEar(700 * time.Millisecond)
			began, ended := -1, -1
			for i := range c.quiet + c.loud + 60 {
				at := c.noise
				if i >= c.quiet && i < c.quiet+c.loud {
					at = c.voice
				}
				switch e.hear(hiss(r, at)) {
				case begins:
					began = i
				case ends:
					ended = i
				case goesOn:
				}
			}
			if began < c.quiet || began > c.quiet+4 {
				t.Errorf("it began at frame %d, want %d to %d", began, c.quiet, c.quiet+4)
			}
			if want := c.quiet + c.loud + 34; ended != want {
				t.Errorf("it ended at frame %d, want %d", ended, want)
			}
		})
	}
}

func TestNoiseIsNoAnswer(t *testing.T) {
	for _, noise := range []float64{-100, -65, -45, -38, -33} {
		r := rand.New(rand.NewPCG(3, 4))
		e := newEar(700 * time.Millisecond)
		for i := range 3000 { // a minute
			if c := e.hear(hiss(r, noise+3*float64(i/50%2))); c != goesOn {
				t.Fatalf("noise at %.0f dBm0 is an answer after %d ms", noise, i*20)
			}
		}
	}
}
