package echo

import "math"

// toneBlocks are the blocks of one look at the far signal: 32 ms.
const toneBlocks = 8

// narrowShare is the share of power a predictor of order 4 leaves of one or two tones under a Hann window, at most; noise-like speech leaves a
// third, vowels a few hundredths.
const narrowShare = 0.015

var hann = tabulateHann()

func tabulateHann() (t [toneBlocks * block]float32) {
	for i := range t {
		t[i] = float32(0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/float64(len(t))))
	}
	return t
}

// toneGuard tells steady tones from speech on the far side (G.168 test 6: narrow-band signals).
type toneGuard struct {
	past   [order]float32
	lags   [order + 1]float32
	at     int
	share  float32
	looks  int // with tones, in a row
	narrow bool
}

func (g *toneGuard) reset() { *g = toneGuard{share: 1} }

// take hears one far sample.
func (g *toneGuard) take(x float32) {
	x *= hann[g.at]
	p := &g.past
	g.lags[0] += x * x
	g.lags[1] += x * p[0]
	g.lags[2] += x * p[1]
	g.lags[3] += x * p[2]
	g.lags[4] += x * p[3]
	p[3], p[2], p[1], p[0] = p[2], p[1], p[0], x
	if g.at++; g.at == len(hann) {
		g.at = 0
		g.decide()
	}
}

func (g *toneGuard) decide() {
	var predictor [order]float32
	g.share = 1
	if g.lags[0] > active*toneBlocks*block*0.375 { // the mean square of the window
		g.share = levinson(g.lags, &predictor)
	}
	switch {
	case g.share < narrowShare:
		g.looks++
	case g.share > 3*narrowShare || !g.narrow:
		g.looks = 0
	}
	g.narrow = g.looks >= 2
	g.past, g.lags = [order]float32{}, [order + 1]float32{}
}
