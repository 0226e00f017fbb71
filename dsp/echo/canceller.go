package echo

import "math"

// Echo path capacities, in samples at 8 kHz: 8 and 64 ms.
const (
	MinTail = 64
	MaxTail = 512
)

// block is how many samples pass between two decisions: 4 ms.
const block = 32

// tilt is the whitener 1 − tilt·z⁻¹: speech and hybrids fall with frequency, and a flat spectrum converges evenly.
const tilt = 0.9

// idle is the mean square of the whitened far signal under which there is nothing to predict: A-law's silence has 0.64 of it.
const idle = 2

// A Canceller removes the echo of far from near. Make one with New; it is not safe for several goroutines.
type Canceller struct {
	learning, heard []float32 // background and foreground taps, over the whitened far signal
	past            []float32 // whitened far samples, newest at past[at]; room to move down in, so that the window is always one slice
	at              int
	window          float64 // energy of past[at:at+len(taps)]
	step            float32 // owed to learning at the next sample: gain times error

	far1, near1, rest1 float32 // the samples before, for the whitener and its inverse

	sums     blockSums
	count    int // samples of the block so far
	fast     fastPowers
	control  control
	suppress suppressor
	guard    toneGuard
	disabler disabler

	frozen, suppressing, listening bool
}

// New makes a canceller for echo that comes back within tail samples, brought into MinTail…MaxTail and up to a multiple of 8. It adapts,
// suppresses what is left, and steps aside for modems.
func New(tail int) *Canceller {
	tail = (max(MinTail, min(MaxTail, tail)) + 7) / 8 * 8
	c := &Canceller{
		learning: make([]float32, tail), heard: make([]float32, tail),
		past: make([]float32, 2*tail+block), suppressing: true, listening: true,
	}
	c.Reset()
	return c
}

// Reset forgets the line and the noise. The switches stay as they are.
func (c *Canceller) Reset() {
	clear(c.learning)
	clear(c.heard)
	clear(c.past)
	c.at, c.window, c.step = len(c.past)-len(c.learning)-1, 0, 0
	c.far1, c.near1, c.rest1 = 0, 0, 0
	c.sums, c.count, c.fast = blockSums{}, 0, fastPowers{}
	c.control.reset()
	c.suppress.reset()
	c.guard.reset()
	c.disabler.reset()
}

// Tail is the echo path capacity in samples.
func (c *Canceller) Tail() int { return len(c.learning) }

// Suppress says whether what the filter leaves is hidden behind comfort noise (the non-linear processor of G.168 §8); New starts with true.
func (c *Canceller) Suppress(on bool) { c.suppressing = on }

// Freeze says whether the filter stays as it is (G.168 §6.4: tests inhibit adaption); New starts with false.
func (c *Canceller) Freeze(on bool) { c.frozen = on }

// StepAside says whether 2,100 Hz with phase reversals takes the canceller out until silence (G.168 §7); New starts with true.
func (c *Canceller) StepAside(on bool) {
	c.listening = on
	if !on {
		c.disabler.reset()
	}
}

// ERLE is the echo return loss enhancement of the filter alone, in dB: how much weaker the near signal is behind it, over the last half second
// or so in which only the far end spoke. It is 0 before anything is learnt.
func (c *Canceller) ERLE() float64 { return c.control.erle() }

// DoubleTalk says that the near end is speaking while the far end does.
func (c *Canceller) DoubleTalk() bool { return c.suppress.nearEnd && c.control.farActive }

// Aside says that a modem has taken the canceller out.
func (c *Canceller) Aside() bool { return c.disabler.aside }

// Noise is the level of the near end's background, in dBm0, as the comfort noise imitates it.
func (c *Canceller) Noise() float64 { return c.suppress.noise.level() }

// blockSums are energies of the whitened signals over the block so far, and of the plain far signal.
type blockSums struct{ near, learning, heard, said, echo, far float32 }

// fastPowers are mean squares over some 4 ms, whitened: the background's error and what it predicts.
type fastPowers struct{ learning, said float32 }

// Process takes the echo of far out of near. It handles as many samples as the shortest of the three has and keeps no delay; out may be near.
func (c *Canceller) Process(far, near, out []int16) {
	n := min(len(far), len(near), len(out))
	far, near, out = far[:n], near[:n], out[:n]
	taps := len(c.learning)
	for i, f := range far {
		x, d := float32(f), float32(near[i])
		if c.listening {
			c.disabler.take(x, d)
		}
		xw, dw := x-tilt*c.far1, d-tilt*c.near1
		c.far1, c.near1 = x, d

		c.push(xw)
		history := c.past[c.at : c.at+taps+1]
		var learnt, said float32
		switch {
		case c.window < idle*float64(taps): // the far end is silent, and most calls are half so
			c.step = 0
		case c.step != 0:
			learnt, said = advance(c.learning, c.heard, history, c.step)
		default:
			learnt, said = predict(c.learning, c.heard, history)
		}
		el, eh := dw-learnt, dw-said

		c.fast.learning += (el*el - c.fast.learning) * (1.0 / block)
		c.fast.said += (learnt*learnt - c.fast.said) * (1.0 / block)
		c.step = 0
		if c.control.gain > 0 && !c.frozen && !c.disabler.aside {
			c.step = c.control.rate(c.fast) * el / float32(max(c.window, c.control.loud))
		}

		rest := eh + tilt*c.rest1 // the whitener's inverse
		c.rest1 = rest
		c.sums.near += dw * dw
		c.sums.learning += el * el
		c.sums.heard += eh * eh
		c.sums.said += learnt * learnt
		c.sums.echo += said * said
		c.sums.far += x * x
		y := c.suppress.take(rest, d, &c.control, c.suppressing)
		if c.disabler.aside {
			y = d
		}
		out[i] = clip(y)
		c.guard.take(x)
		if c.count++; c.count == block {
			c.decide()
			c.count, c.sums = 0, blockSums{}
		}
	}
}

// push moves the window one sample on. past[at+taps] is the sample that has just left it, which advance still needs.
func (c *Canceller) push(xw float32) {
	taps := len(c.learning)
	if c.at > 0 {
		c.at--
	} else {
		c.at = len(c.past) - taps - 1
		copy(c.past[c.at+1:], c.past[:taps])
		c.window = 0 // again from the start, for rounding not to gather
		for _, v := range c.past[c.at+1:] {
			c.window += float64(v) * float64(v)
		}
	}
	gone := c.past[c.at+taps]
	c.past[c.at] = xw
	c.window = max(0, c.window+float64(xw)*float64(xw)-float64(gone)*float64(gone))
}

// decide is the end of a block.
func (c *Canceller) decide() {
	v := c.control.decide(c.sums, c.window, len(c.learning), c.frozen || c.disabler.aside, c.guard.narrow, c.suppress.nearEnd)
	switch v {
	case doubted:
		copy(c.heard, c.learning)
		c.suppress.leak.rise(leakRelearns)
	case better:
		copy(c.heard, c.learning)
	case worse:
		copy(c.learning, c.heard)
		c.step = 0
	case adding:
		copy(c.learning, c.heard)
		clear(c.heard)
		c.step = 0
	case changed:
		clear(c.learning)
		c.step = 0
		c.suppress.leak.reset()
	case same: // each goes on as it is
	}
	c.suppress.decide(&c.control, c.sums.far/block)
}

func clip(x float32) int16 {
	switch {
	case x >= math.MaxInt16:
		return math.MaxInt16
	case x <= math.MinInt16:
		return math.MinInt16
	case x >= 0:
		return int16(x + 0.5)
	default:
		return int16(x - 0.5)
	}
}
