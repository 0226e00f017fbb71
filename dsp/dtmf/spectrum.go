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

// A trio is the cosines, then the sines, of three frequencies at the samples
// i+½ from the middle. Three are what the processor has registers for.
type trio [6][half]float32

// waves are the low group and dialBin, then the high group, in threes.
var waves = func() (w [3]trio) {
	low, high := frequencies()
	for k, f := range [9]float64{low[0], low[1], low[2], low[3], dialBin, high[0], high[1], high[2], high[3]} {
		for i := range half {
			sin, cos := math.Sincos(2 * math.Pi * f * (float64(i) + 0.5) / rate)
			w[k/3][k%3][i], w[k/3][3+k%3][i] = float32(cos), float32(sin)
		}
	}
	return w
}()

const rate = 8000

// of measures a block: nine discrete Fourier sums.
func (s *spectrum) of(x *[Block]float32) {
	var even, odd [half]float32
	var all, more float32
	for i := 0; i < half; i += 2 {
		a, b, c, d := x[half+i], x[half-1-i], x[half+1+i], x[half-2-i]
		even[i], odd[i], even[i+1], odd[i+1] = a+b, a-b, c+d, c-d
		all += a*a + b*b
		more += c*c + d*d
	}
	p := &s.power
	p[0], p[1], p[2] = waves[0].powers(&even, &odd)
	p[3], s.dial, p[4] = waves[1].powers(&even, &odd)
	p[5], p[6], p[7] = waves[2].powers(&even, &odd)
	s.all = (all + more) / Block
}

// powers gives the mean squares of three sines.
//
//go:noinline
func (t *trio) powers(even, odd *[half]float32) (p, q, r float32) {
	var c0, c1, c2, s0, s1, s2 float32
	for i := range half {
		a, b := even[i], odd[i]
		c0 += a * t[0][i]
		c1 += a * t[1][i]
		c2 += a * t[2][i]
		s0 += b * t[3][i]
		s1 += b * t[4][i]
		s2 += b * t[5][i]
	}
	const k = 2.0 / (Block * Block) // from a squared sum to the mean square of a sine
	return k * (c0*c0 + s0*s0), k * (c1*c1 + s1*s1), k * (c2*c2 + s2*s2)
}
