package dtmf

import "autocom/dsp/level"

// The gate's limits, as power ratios. They lie outside those of measure.
const (
	gateTwist = 32   // 15 dB
	gateShare = 0.5  // what the tones explain of three blocks, dial tone apart
	gateFaint = 0.02 // the tones over everything: dial tone may be 17 dB louder
	gateDial  = 1.6  // the power at dialBin speaks for this much dial tone
	gateApart = 0.3  // what a row or column that is no neighbour of the key's may have
)

// gate says which key the last blocks might hold.
func (r *Receiver) gate() (row, col int, ok bool) {
	a, b, c := &r.past[0], &r.past[1], &r.past[2]
	all := a.all + b.all + c.all
	if all < blocks*2*faintest {
		return 0, 0, false
	}
	var p [8]float32
	for i := range p {
		p[i] = a.power[i] + b.power[i] + c.power[i]
	}
	row, col = strongest((*[4]float32)(p[:4])), strongest((*[4]float32)(p[4:]))
	low, high := p[row], p[4+col]
	rest := all - gateDial*(a.dial+b.dial+c.dial)
	switch {
	case low+high < gateShare*rest, low+high < gateFaint*all:
		return 0, 0, false
	case high > gateTwist*low, low > gateTwist*high:
		return 0, 0, false
	}
	return row, col, apart((*[4]float32)(p[:4]), row) && apart((*[4]float32)(p[4:]), col)
}

func strongest(p *[4]float32) int {
	best := 0
	for i, x := range p {
		if x > p[best] {
			best = i
		}
	}
	return best
}

// apart reports whether no tone but the neighbours comes near the best.
func apart(p *[4]float32, best int) bool {
	for i, x := range p {
		if d := i - best; (d > 1 || d < -1) && x > gateApart*p[best] {
			return false
		}
	}
	return true
}

// Limits of a key, all beyond what ITU-T Q.24 asks to be accepted. Its figures
// (1.5 and 3.5 %, twist of +4 and −8 dB, 40 ms, holes of 10 ms) are those that
// courses and the manuals of other receivers quote from it.
const (
	// faintestDBm0 is the level of the weaker tone under which nothing is a
	// key.
	faintestDBm0 = -40.0
	// A tone may be farther from its frequency than that share of it by that
	// much, in Hz. Q.24: 1.5 % must be taken (by some with 2 Hz more) and 3.5 %
	// must not; what noise does to the measure is the same at every frequency.
	deviation, besides = 0.015, 6
	// maxTwistHigh and maxTwistLow say how much louder the high and the low
	// tone may be, as power ratios: 6.5 dB and 10 dB.
	maxTwistHigh = 4.47
	maxTwistLow  = 10
	// purity is the share of the power that the two tones must explain, dial
	// tone apart. Noise 12 dB under them leaves 0.94; speech hardly ever
	// reaches it, and it is what keeps words from being keys.
	purity = 0.86
	// steady is what the first and the last block must have of the middle one's
	// power: a tone that begins or ends within them was shorter than 20 ms.
	steady = 0.56
	// growth is how fast a tone may grow or shrink, in nepers a sample, when it
	// has all the power; the less it has, the more noise disturbs the measure.
	// Noise 12 dB under the tones seldom makes it 0.002.
	growth = 0.0032
	// maxDial is how much louder than the two tones dial tone may be, as a
	// power ratio: 15 dB.
	maxDial = 32
)

// faintest is faintestDBm0 as a mean square.
var faintest = float32(level.Peak(faintestDBm0) * level.Peak(faintestDBm0) / 2)

// measure looks closely at the last blocks: whether they hold that key, and
// nothing else, from their beginning to their end. It gives the mean squares
// of its tones.
func (r *Receiver) measure(row, col int) (low, high float32, ok bool) {
	if !r.fills(row, col) {
		return 0, 0, false
	}
	var x stretch
	all := x.of(r)
	a := x.sine(row)
	if !near(row, a.off) {
		return 0, 0, false
	}
	b := x.sine(4 + col)
	if !near(4+col, b.off) {
		return 0, 0, false
	}
	both := a.power + b.power
	switch {
	case min(a.power, b.power) < faintest:
		return 0, 0, false
	case b.power > maxTwistHigh*a.power || a.power > maxTwistLow*b.power:
		return 0, 0, false
	case a.grows*a.grows*a.power > growth*growth*both || b.grows*b.grows*b.power > growth*growth*both:
		return 0, 0, false
	}
	if both < purity*all && r.dialling() {
		for i := range dials {
			if d := x.sine(8 + i); max(d.off, -d.off) < dials[i].off && d.power < maxDial*both {
				all -= d.power
			}
		}
	}
	return a.power, b.power, both >= purity*all
}

// near reports whether a tone off Hz from the k-th frequency is still that.
func near(k int, off float32) bool {
	return max(off, -off) <= deviation*float32(nominal(k))+besides
}

// fills reports whether the tones go through the last blocks from end to end.
func (r *Receiver) fills(row, col int) bool {
	power := func(back int) float32 {
		s := &r.past[(r.block+back)%blocks]
		return s.power[row] + s.power[4+col]
	}
	return min(power(0), power(2)) >= steady*power(1)
}

// Dial tone is no reason to refuse a key, but a voice whose pitch is near it,
// as those of children, would be: so it counts only when it was there alone
// just before.
const (
	// dialShare is the share of a block's power near dialBin of a block that
	// is dial tone. Two frequencies of it beat, and one is farther from there.
	dialShare = 0.3
	// recent is for how many blocks dial tone is remembered (59 ms).
	recent = 7
)

// remember notes whether the block is dial tone.
func (r *Receiver) remember(s *spectrum) {
	if s.dial >= dialShare*s.all && s.all > faintest {
		r.lone++
	} else {
		r.lone = 0
	}
	if r.lone >= 2 {
		r.dialled = recent
	} else if r.dialled > 0 {
		r.dialled--
	}
}

// dialling reports whether there was dial tone just before.
func (r *Receiver) dialling() bool { return r.dialled > 0 }
