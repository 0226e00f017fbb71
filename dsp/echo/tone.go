package echo

// toneBlocks are the blocks of one look at the far signal: 32 ms.
const toneBlocks = 8

// narrowShare is the share of power a predictor of order 4 leaves of what counts as one or two tones; speech leaves ten times more.
const narrowShare = 0.004

// toneGuard tells steady tones from speech on the far side (G.168 test 6: narrow-band signals).
type toneGuard struct {
	past   [order]float32
	lags   [order + 1]float32
	blocks int
	share  float32
	narrow bool
}

func (g *toneGuard) reset() { *g = toneGuard{share: 1} }

func (g *toneGuard) take(x float32) {
	g.lags[0] += x * x
	g.lags[1] += x * g.past[0]
	g.lags[2] += x * g.past[1]
	g.lags[3] += x * g.past[2]
	g.lags[4] += x * g.past[3]
	g.past[3], g.past[2], g.past[1], g.past[0] = g.past[2], g.past[1], g.past[0], x
}

// decide ends a block.
func (g *toneGuard) decide() {
	if g.blocks++; g.blocks < toneBlocks {
		return
	}
	var predictor [order]float32
	g.share = 1
	if g.lags[0] > active*toneBlocks*block {
		g.share = levinson(g.lags, &predictor)
	}
	g.narrow = g.share < narrowShare
	g.lags, g.blocks = [order + 1]float32{}, 0
}
