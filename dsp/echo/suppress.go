package echo

import "math"

// The non-linear processor (G.168 §8): what the filter leaves is gated when it can be nothing but echo, and comfort noise of the near end's
// level and colour stands in for it.
const (
	margin   = 40   // the least leakage to the most it has: 16 dB
	ramp     = 24   // samples of opening: 3 ms
	shut     = 8    // and of closing
	lineLoss = 0.35 // a hybrid returns no more: 4.5 dB of loss
	hang     = 12   // blocks the gate stays open after the near end was last heard: 48 ms
)

// suppressor gates the residual.
type suppressor struct {
	rest, said, near float32 // mean squares over some 3 ms, plain
	hold             float32 // of what is predicted: falls slowly, for the echo's own tail
	peak             float32 // loudest far block within the tail, for before anything is learnt
	leak             leakage
	blockRest        float32
	blockSaid        float32
	slowRest         float32
	slowSaid         float32

	threshold float32 // at most echo: a rest above is the near end
	nearEnd   bool
	open      int // samples the gate stays open for
	gain      float32
	noise     noise
}

func (s *suppressor) reset() {
	*s = suppressor{gain: 1}
	s.leak.reset()
	s.noise.reset()
}

// quiet is the mean square under which nothing is speech, −62 dBm0: G.711 itself makes −71 dBm0 of noise.
var quiet = meanSquare(-62)

// take gates one residual sample of the near sample d.
func (s *suppressor) take(rest, d float32, c *control, on bool) float32 {
	said := d - rest
	s.near += (d*d - s.near) * (1.0 / 24)
	s.rest += (rest*rest - s.rest) * (1.0 / 24)
	s.said += (said*said - s.said) * (1.0 / 24)
	s.hold = max(s.said, s.hold*0.996) // 1/e in 31 ms
	s.blockRest += rest * rest
	s.blockSaid += said * said

	// No filter leaves more than what it takes out, or it is not listened to; before anything is learnt the line's own loss must do.
	most := min(margin*s.leak.value, 1.5) * s.hold
	if s.leak.value > 0.5 {
		most = max(most, lineLoss*s.peak)
	}
	s.threshold = most + 10*s.noise.power + quiet
	if s.rest > s.threshold {
		s.open = hang * block
	}
	s.nearEnd = s.open > 0
	want := float32(1)
	if s.open > 0 {
		s.open--
	} else if on && (c.farActive || s.hold > quiet) {
		want = 0
	}
	switch {
	case s.gain < want:
		s.gain = min(want, s.gain+1.0/ramp)
	case s.gain > want:
		s.gain = max(want, s.gain-1.0/shut)
	}
	s.noise.take(rest)
	if s.rest > 2*s.near { // the line is another one: no filter is better than this one
		rest = d
	}
	if s.gain == 1 {
		return rest
	}
	return s.gain*rest + float32(math.Sqrt(float64(1-s.gain*s.gain)))*s.noise.next()
}

// decide ends a block.
func (s *suppressor) decide(c *control, far float32) {
	s.slowRest += (s.blockRest/block - s.slowRest) * 0.25
	s.slowSaid += (s.blockSaid/block - s.slowSaid) * 0.25
	s.blockRest, s.blockSaid = 0, 0
	s.peak = max(far, s.peak*0.94) // 1/e in 64 ms
	// Where the room is all there is to hear, nothing is to be learnt of the echo.
	if c.farActive && s.slowSaid > 1e-3*s.peak && s.slowRest > 2*s.noise.power {
		s.leak.take((s.slowRest - s.noise.power) / s.slowSaid)
	}
	s.noise.decide(!c.farActive)
}
