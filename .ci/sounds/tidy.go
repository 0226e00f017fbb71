package main

import (
	"errors"
	"math"
	"slices"

	"autocom/dsp/level"
)

// The measures of every spoken sound.
const (
	spoken   = -20.0 // dBm0, active level by ITU-T P.56
	highest  = -1.0  // dBm0: no peak goes above that of a sine of this level
	frame    = 80    // samples: 10 ms
	lead     = 160   // samples kept before the first sound
	trail    = 400   // and after the last
	edge     = 80    // samples over which both ends fade
	gateOpen = 8.0   // dB above a recording's own noise: below it is a pause
	gateDown = 12.0  // dB by which the noise of a pause is turned down
)

// make8k joins the parts of a sound. Speech is trimmed, its pauses are made quieter and it is brought to the level; our own is left as it is.
func make8k(from []source, text string) ([]int16, error) {
	var all []int16
	for _, s := range from {
		x, err := s.load(text)
		if err != nil {
			return nil, err
		}
		if s.kind != "own" && s.kind != "pause" {
			if x, err = tidy(x); err != nil {
				return nil, err
			}
		}
		all = append(all, x...)
	}
	return all, nil
}

func tidy(in []int16) ([]int16, error) {
	x := highPass(in)
	active, _ := level.Active(rounded(x))
	levels := make([]float64, 0, len(x)/frame)
	for i := 0; i+frame <= len(x); i += frame {
		levels = append(levels, level.Of(rounded(x[i:i+frame])))
	}
	if len(levels) < 5 || active < -60 {
		return nil, errors.New("there is hardly a sound in it")
	}
	sorted := slices.Sorted(slices.Values(levels))
	noise := min(sorted[len(sorted)/20], active-18)
	open := max(noise+gateOpen, active-28)
	first, last := spokenPart(levels, open, active)
	if first < 0 {
		return nil, errors.New("there is hardly a sound in it")
	}
	hush(x, levels, open)
	x = x[max(0, first*frame-lead):min(len(x), (last+1)*frame+trail)]
	for i := range min(edge, len(x)) {
		w := (1 - math.Cos(math.Pi*float64(i)/edge)) / 2
		x[i] *= w
		x[len(x)-1-i] *= w
	}
	for range 3 { // what is trimmed changes the level a little
		active, _ = level.Active(rounded(x))
		gain := math.Pow(10, (spoken-active)/20)
		for i := range x {
			x[i] *= gain
		}
	}
	top := level.Peak(highest)
	for i, v := range x {
		if math.Abs(v) > top/2 { // bends softly into the highest peak
			x[i] = math.Copysign(top/2+top/2*math.Tanh((math.Abs(v)-top/2)/(top/2)), v)
		}
	}
	return rounded(x), nil
}

// spokenPart is the first and the last frame of what is spoken. A short faint run apart from the rest, at either end, is a breath, a click or the
// microphone put down; a released consonant is louder or nearer.
func spokenPart(levels []float64, open, active float64) (first, last int) {
	const (
		apart = 10   // frames
		short = 15   // frames
		faint = 12.0 // dB below the active level
	)
	type run struct {
		from, to int // frames, to included
		top      float64
	}
	var runs []run
	for i, l := range levels {
		switch {
		case l <= open:
		case len(runs) > 0 && i-runs[len(runs)-1].to <= apart:
			r := &runs[len(runs)-1]
			r.to, r.top = i, max(r.top, l)
		default:
			runs = append(runs, run{i, i, l})
		}
	}
	noise := func(r run) bool { return r.top < active-faint && r.to-r.from < short }
	for len(runs) > 1 && noise(runs[0]) {
		runs = runs[1:]
	}
	for len(runs) > 1 && noise(runs[len(runs)-1]) {
		runs = runs[:len(runs)-1]
	}
	if len(runs) == 0 {
		return -1, -1
	}
	return runs[0].from, runs[len(runs)-1].to
}

// hush turns the noise of pauses down: at once where sound begins, slowly where it ends.
func hush(x, levels []float64, open float64) {
	gain := math.Pow(10, -gateDown/20)
	low := gain
	for i := range x {
		at := min(i/frame, len(levels)-1)
		want := low
		for look := max(0, at-4); look <= min(at+3, len(levels)-1); look++ { // 40 ms after, 30 ms before
			if levels[look] > open {
				want = 1
			}
		}
		if want > gain {
			gain = min(want, gain+0.02)
		} else {
			gain = max(want, gain*0.998)
		}
		x[i] *= gain
	}
}

// highPass takes away what lies below a voice and below what a telephone carries: hum, and the thump with which several recordings begin. It is a
// Butterworth filter of the fourth order, as two sections of the second, begun at the first sample's value.
func highPass(in []int16) []float64 {
	const corner = 120.0 // Hz
	x := make([]float64, len(in))
	for i, v := range in {
		x[i] = float64(v) - float64(in[0])
	}
	w := 2 * math.Pi * corner / 8000
	for _, q := range []float64{0.5412, 1.3066} { // of the two pairs of poles
		alpha := math.Sin(w) / (2 * q)
		a0, a1, a2 := 1+alpha, -2*math.Cos(w), 1-alpha
		b0, b1 := (1+math.Cos(w))/2, -(1 + math.Cos(w))
		var x1, x2, y1, y2 float64
		for i, v := range x {
			y := (b0*v + b1*x1 + b0*x2 - a1*y1 - a2*y2) / a0
			x2, x1, y2, y1 = x1, v, y1, y
			x[i] = y
		}
	}
	return x
}

func rounded(x []float64) []int16 {
	out := make([]int16, len(x))
	for i, v := range x {
		out[i] = level.Clip(v)
	}
	return out
}
