// Package plc fills the holes that lost packets leave in a voice, so that the
// ear does not notice short ones and a long one fades instead of clicking.
//
// It follows the published description of ITU-T G.711 Appendix I (09/99): the
// pitch is found by normalised cross-correlation; one pitch period is repeated,
// then two, then three, their ends overlapping by a quarter of a period; after
// 10 ms the sound falls by 20 % every 10 ms and is silent after 60 ms; what comes
// back is blended with what was made up. It differs where that was measured,
// with package listen on its one sentence, to be nearer to what was said
// (docs/dsp/plc.md has what became of sentences it was not measured on):
//
//   - It adds no delay. The appendix holds 3.75 ms back to bend the last true
//     samples; here the start of the made-up sound is bent to meet them.
//   - Another period is taken in with every 20 ms, today's packet, instead of
//     every 10, the appendix's.
//   - The search compares the last 10 ms, not 20: the pitch of now.
//   - Periods as short as 4 ms (250 Hz) are sought, not 5: women and children.
//   - Where there is no pitch the last 20 ms are repeated: a hiss that is
//     repeated sooner sings.
//   - The blend at the end lasts a quarter of a period and 1 ms for every 10 ms
//     lost, instead of 4: true sound is better than a guess.
//
// Lengths are samples at 8 kHz. Nothing allocates.
package plc

import "math"

const (
	minPitch = 32  // 4 ms: 250 Hz
	maxPitch = 120 // 15 ms: 66 Hz
	noPitch  = 160 // 20 ms, repeated where there is no pitch
	compare  = 80  // 10 ms, what the pitch search compares
	history  = 3*maxPitch + maxPitch/4
	another  = 160 // 20 ms, after which one more period is taken in
	step     = 80  // 10 ms
	silent   = 480 // 60 ms
	voiced   = 0.5 // likeness below which there is no pitch
	blendMax = 80  // 10 ms, the longest blend back into true sound
	hiss     = 16  // 2 ms, the blend where there was no pitch
	blendAdd = 8   // 1 ms more for every 10 ms that were lost
)

// A Concealer follows one voice. The zero value is ready. It belongs to one
// goroutine.
type Concealer struct {
	past [history]int16 // what was heard last, the newest at the end

	// While a hole lasts:
	lost    int              // samples made up so far; 0 is no hole
	source  [history]float32 // past, as it was when the hole began
	cycle   [noPitch]float32 // its last period, the end blended into what stood before it
	pitch   int
	quarter int     // a quarter of the pitch, over which pieces are joined
	bend    float32 // what the first made-up sample lacks to meet the last true one
	periods int     // pitch periods repeated now
	at      int     // place in them
	before  int     // place in the shorter loop that is blended out
	joining int     // samples left of that blend
}

// Good takes a frame that has come. After a hole its beginning is blended, in
// place, with what was made up.
func (c *Concealer) Good(frame []int16) {
	if c.lost > 0 {
		n := min(c.quarter+blendAdd*max(0, (c.lost-1)/step), blendMax, len(frame))
		if c.pitch == noPitch {
			n = min(n, hiss)
		}
		var made [blendMax]float32
		c.make(made[:n])
		for i := range n {
			w := float32(i+1) / float32(n+1)
			frame[i] = clip(w*float32(frame[i]) + (1-w)*made[i])
		}
		c.lost = 0
	}
	c.remember(frame)
}

// Lost makes up a frame in the place of one that has not come.
func (c *Concealer) Lost(frame []int16) {
	if c.lost == 0 {
		c.begin()
	}
	var made [step]float32
	for rest := frame; len(rest) > 0; {
		n := min(len(rest), step)
		c.make(made[:n])
		for i, x := range made[:n] {
			rest[i] = clip(x)
		}
		rest = rest[n:]
	}
	c.remember(frame)
}

// Hole is how long the present hole is, in samples; 0 when there is none.
func (c *Concealer) Hole() int { return c.lost }

// Reset forgets the voice.
func (c *Concealer) Reset() { *c = Concealer{} }

func (c *Concealer) remember(frame []int16) {
	if len(frame) >= history {
		copy(c.past[:], frame[len(frame)-history:])
		return
	}
	copy(c.past[:], c.past[len(frame):])
	copy(c.past[history-len(frame):], frame)
}

func (c *Concealer) begin() {
	for i, x := range c.past {
		c.source[i] = float32(x)
	}
	var likeness float32
	c.pitch, likeness = findPitch(&c.source)
	c.periods, c.at, c.joining = 1, 0, 0
	if likeness < voiced {
		c.pitch = noPitch
	}
	c.quarter = c.pitch / 4
	for i := range c.pitch {
		c.cycle[i] = c.loop(1, i)
	}
	c.periods, c.at, c.joining = 1, 0, 0
	c.bend = c.source[history-1] - c.source[history-1-c.pitch]
}

// make makes up the next samples.
func (c *Concealer) make(dst []float32) {
	for i := range dst {
		t := c.lost
		if t >= silent {
			clear(dst[i:])
			c.lost = min(c.lost+len(dst)-i, math.MaxInt32)
			return
		}
		c.lost++
		if c.periods < 3 && (c.periods+1)*c.pitch <= 3*maxPitch && t == c.periods*another {
			// One period repeated for long is a buzz: take in an older one.
			c.periods++
			c.before, c.joining = c.at, c.quarter
			c.at %= c.pitch
		}
		var x float32
		if c.periods == 1 {
			x = c.cycle[c.at]
		} else {
			x = c.older()
		}
		if c.at++; c.at == c.periods*c.pitch {
			c.at = 0
		}
		if t < c.quarter {
			w := float32(t+1) / float32(c.quarter+1)
			if c.pitch == noPitch {
				// A bend would rumble under a hiss: what was last heard is taken backwards.
				x = w*x + (1-w)*c.source[history-1-t]
			} else {
				x += c.bend * (1 - w)
			}
		}
		if t > step {
			x *= 1 - float32(t-step)*(0.2/step)
		}
		dst[i] = x
	}
}

// older gives a sample of two or three periods, and joins them to the loop that
// was shorter.
func (c *Concealer) older() float32 {
	x := c.loop(c.periods, c.at)
	if c.joining > 0 {
		w := float32(c.joining) / float32(c.quarter+1)
		x = (1-w)*x + w*c.loop(c.periods-1, c.before)
		c.before = (c.before + 1) % ((c.periods - 1) * c.pitch)
		c.joining--
	}
	return x
}

// loop gives sample at of the last periods, whose end is blended into what
// stood before their beginning, so that they repeat without a seam.
func (c *Concealer) loop(periods, at int) float32 {
	length := periods * c.pitch
	i := history - length + at
	x := c.source[i]
	if into := at - (length - c.quarter); into >= 0 {
		w := float32(into+1) / float32(c.quarter+1)
		x = (1-w)*x + w*c.source[i-length]
	}
	return x
}

// clip rounds to the nearest sample and saturates.
func clip(x float32) int16 {
	return int16(int32(min(max(x, math.MinInt16), math.MaxInt16)+32768.5) - 32768)
}
