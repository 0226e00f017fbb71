package dtmf

import "math"

// dialBin is a frequency beside the eight at which the gate looks for dial
// tone, in Hz: near the 425 and 440 of Europe's and not far from the 330 and
// 350 that some add.
const dialBin = 425.0

// A spectrum is the mean squares of one block.
type spectrum struct {
	power [8]float32 // of the key frequencies, low group first
	dial  float32    // at dialBin
	all   float32    // of the whole block
}

// half is half a block: the transform folds the block about its middle, and
// one multiplication serves two samples.
const half = Block / 2

// waves[i] has, for the samples i+½ from the middle, the cosines and sines of
// the low group, of dialBin and of the high group.
type wave struct{ cos, sin [9]float32 }

var waves = func() (w [half]wave) {
	low, high := frequencies()
	hz := [9]float64{low[0], low[1], low[2], low[3], dialBin, high[0], high[1], high[2], high[3]}
	for i := range w {
		for k, f := range hz {
			sin, cos := math.Sincos(2 * math.Pi * f * (float64(i) + 0.5) / rate)
			w[i].cos[k], w[i].sin[k] = float32(cos), float32(sin)
		}
	}
	return w
}()

const rate = 8000

// of measures a block: nine discrete Fourier sums, written out because their
// accumulators then stay in registers.
func (s *spectrum) of(x *[Block]float32) {
	var u, v [half]float32
	var all float32
	for i := range half {
		a, b := x[half+i], x[half-1-i]
		u[i], v[i] = a+b, a-b
		all += a*a + b*b
	}
	var c0, c1, c2, c3, c4, s0, s1, s2, s3, s4 float32
	for i := range half {
		w, a, b := &waves[i], u[i], v[i]
		c0 += a * w.cos[0]
		c1 += a * w.cos[1]
		c2 += a * w.cos[2]
		c3 += a * w.cos[3]
		c4 += a * w.cos[4]
		s0 += b * w.sin[0]
		s1 += b * w.sin[1]
		s2 += b * w.sin[2]
		s3 += b * w.sin[3]
		s4 += b * w.sin[4]
	}
	var c5, c6, c7, c8, s5, s6, s7, s8 float32
	for i := range half {
		w, a, b := &waves[i], u[i], v[i]
		c5 += a * w.cos[5]
		c6 += a * w.cos[6]
		c7 += a * w.cos[7]
		c8 += a * w.cos[8]
		s5 += b * w.sin[5]
		s6 += b * w.sin[6]
		s7 += b * w.sin[7]
		s8 += b * w.sin[8]
	}
	const k = 2.0 / (Block * Block) // from a squared sum to the mean square of a sine
	s.power = [8]float32{
		k * (c0*c0 + s0*s0), k * (c1*c1 + s1*s1), k * (c2*c2 + s2*s2), k * (c3*c3 + s3*s3),
		k * (c5*c5 + s5*s5), k * (c6*c6 + s6*s6), k * (c7*c7 + s7*s7), k * (c8*c8 + s8*s8),
	}
	s.dial = k * (c4*c4 + s4*s4)
	s.all = all / Block
}
