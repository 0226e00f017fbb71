package echo

import (
	"math"

	"autocom/dsp/level"
)

// noiseBlocks are the blocks of one look at the background: 20 ms; noiseWindow the looks of half a search for its least power: 0.6 s.
const (
	noiseBlocks = 5
	noiseWindow = 30
)

// noise learns the near end's background and imitates it: its level (G.168 test 9 wants it within 2 dB) and, by a predictor of order 4, its colour.
type noise struct {
	power float32 // mean square of the background

	past    [order]float32 // samples taken, newest first
	lags    [order + 1]float32
	blocks  int
	clean   bool // no block of this look had echo in it
	least   float32
	older   float32
	looks   int
	mean    [order + 1]float32 // lags of the background, per sample
	predict [order]float32
	gain    float32
	made    [order]float32
	seed    uint32
}

func (n *noise) reset() {
	*n = noise{clean: true, least: math.MaxFloat32, older: math.MaxFloat32, seed: 0x2545F491}
}

func (n *noise) level() float64 { return level.OfPower(float64(n.power)) }

// take hears one residual sample.
func (n *noise) take(x float32) {
	n.lags[0] += x * x
	n.lags[1] += x * n.past[0]
	n.lags[2] += x * n.past[1]
	n.lags[3] += x * n.past[2]
	n.lags[4] += x * n.past[3]
	n.past[3], n.past[2], n.past[1], n.past[0] = n.past[2], n.past[1], n.past[0], x
}

// decide ends a block, which counts when it is free of echo.
func (n *noise) decide(free bool) {
	n.clean = n.clean && free
	if n.blocks++; n.blocks < noiseBlocks {
		return
	}
	lags, clean := n.lags, n.clean
	n.lags, n.blocks, n.clean = [order + 1]float32{}, 0, true
	if !clean {
		return
	}
	for i := range lags {
		lags[i] /= noiseBlocks * block
	}
	n.least = min(n.least, lags[0])
	if n.looks++; n.looks == noiseWindow {
		n.older, n.least, n.looks = n.least, lags[0], 0
	}
	// The least look of steady noise is 1 to 2 dB under its mean, speech is far above it.
	floor := min(n.least, n.older)
	if lags[0] > 2.5*floor {
		if n.power > 2.5*floor {
			n.scale(2.5 * floor / n.power)
		}
		return
	}
	pace := float32(0.1)
	if n.mean[0] > 4*floor || n.mean[0] == 0 {
		pace = 1
	}
	for i := range lags {
		n.mean[i] += (lags[i] - n.mean[i]) * pace
	}
	n.shape()
}

func (n *noise) scale(k float32) {
	for i := range n.mean {
		n.mean[i] *= k
	}
	n.shape()
}

// shape makes the imitation's filter from the mean.
func (n *noise) shape() {
	n.power = n.mean[0]
	left := levinson(n.mean, &n.predict)
	n.gain = float32(math.Sqrt(float64(n.power * left * 3))) // of a uniform number in −1…1, whose mean square is a third
}

// next is a sample of comfort noise.
func (n *noise) next() float32 {
	if n.power == 0 {
		return 0
	}
	n.seed ^= n.seed << 13
	n.seed ^= n.seed >> 17
	n.seed ^= n.seed << 5
	x := n.gain*float32(int32(n.seed))*(1.0/(1<<31)) +
		n.predict[0]*n.made[0] + n.predict[1]*n.made[1] + n.predict[2]*n.made[2] + n.predict[3]*n.made[3]
	n.made[3], n.made[2], n.made[1], n.made[0] = n.made[2], n.made[1], n.made[0], x
	return x
}
