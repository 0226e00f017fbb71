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
	gateOpen = 6.0   // dB above a recording's own noise: below it is a pause
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
	x := centred(in)
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
	open := max(noise+gateOpen, active-32)
	first := slices.IndexFunc(levels, func(l float64) bool { return l > open })
	last := len(levels) - 1
	for levels[last] <= open {
		last--
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

func centred(in []int16) []float64 {
	mean := 0.0
	for _, v := range in {
		mean += float64(v)
	}
	mean /= float64(max(1, len(in)))
	x := make([]float64, len(in))
	for i, v := range in {
		x[i] = float64(v) - mean
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
