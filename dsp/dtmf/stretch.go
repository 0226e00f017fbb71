package dtmf

import "math"

// dials are the frequencies near which dial tone is looked for, and how far
// from them: 425 ± 25 Hz and 340 ± 20 Hz (ITU-T E.180; 440 and 330 in France,
// 350 and 440 in Britain and America, 425 elsewhere in Europe).
var dials = [2]struct{ hz, off float32 }{{425, 25}, {340, 20}}

const halfSpan = span / 2

// turns[k][i] is the cosine and the sine of the k-th frequency (the eight, then
// dials) at i+½ samples from the middle of a stretch.
var turns = func() (t [10][halfSpan][2]float32) {
	for k := range t {
		for i := range t[k] {
			sin, cos := math.Sincos(2 * math.Pi * nominal(k) * (float64(i) + 0.5) / rate)
			t[k][i] = [2]float32{float32(cos), float32(sin)}
		}
	}
	return t
}()

// nominal gives the k-th frequency in Hz.
func nominal(k int) float64 {
	low, high := frequencies()
	switch {
	case k < 4:
		return low[k]
	case k < 8:
		return high[k-4]
	default:
		return float64(dials[k-8].hz)
	}
}

// hann[i] is a Hann window i+½ samples from its middle, and its slope.
var hann = func() (w [halfSpan][2]float32) {
	for i := range w {
		at := (float64(i) + 0.5) * math.Pi / span
		w[i] = [2]float32{
			float32(math.Cos(at) * math.Cos(at)),
			float32(-math.Pi / span * math.Sin(2*at)),
		}
	}
	return w
}()

// A stretch is the last three blocks under a Hann window, which keeps tones
// more than 80 Hz apart out of each other's measure, folded about the middle:
// the sums and differences of the samples equally far from it, times the
// window (even, odd) and times its slope (evenSlope, oddSlope).
type stretch [halfSpan]struct{ even, odd, evenSlope, oddSlope float32 }

// of fills the stretch and gives its mean square.
func (s *stretch) of(r *Receiver) float32 {
	first, middle, last := &r.samples[r.block], &r.samples[(r.block+1)%blocks], &r.samples[(r.block+2)%blocks]
	var sum float32
	fold := func(i int, after, before float32) {
		w := hann[i]
		e, o := after+before, after-before
		s[i].even, s[i].odd, s[i].evenSlope, s[i].oddSlope = w[0]*e, w[0]*o, w[1]*e, w[1]*o
		sum += w[0] * w[0] * (after*after + before*before)
	}
	for i := range half {
		fold(i, middle[half+i], middle[half-1-i])
	}
	for i := range Block {
		fold(half+i, last[i], first[Block-1-i])
	}
	return sum / (span * 3. / 8) // the mean of a squared Hann window is 3/8
}

// A sine is what one frequency of a stretch looks like.
type sine struct {
	power float32 // mean square
	off   float32 // Hz from where it was looked for
	grows float32 // nepers a sample: 0 for a tone that is steady
}

// sine measures the sine near the k-th frequency.
//
// One that is d radians a sample away from where it is looked for and grows by
// g nepers a sample, seen through a window and through the window's slope,
// gives sums whose ratio is −(g+j·d) (by parts), whatever its level and phase.
func (s *stretch) sine(k int) sine {
	var c, d, cs, ds float32
	t := &turns[k]
	for i := range s {
		x, w := &s[i], &t[i]
		c += x.even * w[0]
		d += x.odd * w[1]
		cs += x.oddSlope * w[0]
		ds += x.evenSlope * w[1]
	}
	// The sums are c−jd and cs−j·ds.
	square := c*c + d*d
	if square == 0 {
		return sine{off: math.MaxFloat32}
	}
	away := float64((c*ds - d*cs) / square)
	g := response(away)
	return sine{
		power: square * 2 / (span * span / 4) / float32(g*g),
		off:   float32(away * rate / (2 * math.Pi)),
		grows: -(c*cs + d*ds) / square,
	}
}

// response is what the window leaves of a sine that many radians a sample
// away.
func response(away float64) float64 {
	x := math.Abs(away) * span / (2 * math.Pi)
	switch {
	case x < 1e-3:
		return 1
	case math.Abs(x-1) < 1e-3:
		return 0.5
	case x > 1.5:
		return 0.17 // beyond what measure accepts
	default:
		return math.Sin(math.Pi*x) / (math.Pi * x * (1 - x*x))
	}
}
