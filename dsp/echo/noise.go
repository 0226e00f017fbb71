package echo

import (
	"math"

	"autocom/dsp/level"
)

// noiseBlocks are the blocks of one look at the background: 20 ms; noiseWindow the looks of half a search for its least power: 1.2 s.
const (
	noiseBlocks = 5
	noiseWindow = 60
)

// loudest is the most a background may be, −30 dBm0: what is louder is somebody.
var loudest = meanSquare(-30)

// hush is a background that is none, −64 dBm0: A-law's own silence is −66.
var hush = meanSquare(-64)

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
	for i := range lags {
		lags[i] /= noiseBlocks * block
	}
	// Echo and speech only add: the least of all looks is at most noise. That of steady noise lies 1 to 2 dB under its mean.
	n.least = min(n.least, lags[0])
	if n.looks++; n.looks == noiseWindow {
		n.older, n.least, n.looks = n.least, lags[0], 0
	}
	most := min(2.5*min(n.least, n.older), loudest)
	switch {
	case clean && lags[0] <= most:
		pace := float32(0.1)
		if n.mean[0] > 2*most || n.mean[0] == 0 {
			pace, n.made = 1, [order]float32{}
		}
		for i := range lags {
			n.mean[i] += (lags[i] - n.mean[i]) * pace
		}
		n.shape()
	case n.mean[0] > most:
		k := most / n.mean[0]
		for i := range n.mean {
			n.mean[i] *= k
		}
		n.made = [order]float32{}
		n.shape()
	}
}

// shape makes the imitation's filter from the mean.
func (n *noise) shape() {
	n.power = n.mean[0]
	lags := n.mean
	lags[0] *= 1.01 // no sharp colours: one that changes must not ring
	left := levinson(lags, &n.predict)
	n.gain = float32(math.Sqrt(float64(n.power * left * 3))) // of a uniform number in −1…1, whose mean square is a third
}

// next is a sample of comfort noise.
func (n *noise) next() float32 {
	if n.power < hush {
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
