// Package plc fills the holes that lost packets leave in a voice, so that the
// ear does not notice short ones and a long one fades instead of clicking.
//
// It follows the published description of ITU-T G.711 Appendix I: the last
// pitch periods are repeated, one in the first 10 ms, two and three later; after
// 10 ms the sound falls by 20 % every 10 ms and is silent after 60 ms; what
// comes back is blended with what was made up. Unlike the appendix it adds no
// delay: the start of the made-up sound is bent to meet the last true sample
// instead of rewriting samples held back for it. Lengths are samples at 8 kHz.
// Nothing allocates.
package plc

import "math"

const (
	minPitch = 40  // 5 ms: 200 Hz
	maxPitch = 120 // 15 ms: 66 Hz
	compare  = 160 // samples the pitch search compares
	history  = 3*maxPitch + maxPitch/4
	step     = 80  // 10 ms
	silent   = 480 // 60 ms
	blendMax = 80  // 10 ms, the longest blend back into true sound
	blendAdd = 32  // 4 ms more for every 10 ms that were lost
)

// A Concealer follows one voice. The zero value is ready. It belongs to one
// goroutine.
type Concealer struct {
	past [history]int16 // what was heard last, the newest at the end

	// While a hole lasts:
	lost    int            // samples made up so far; 0 is no hole
	source  [history]int16 // past, as it was when the hole began
	pitch   int
	quarter int     // a quarter of the pitch, over which pieces are joined
	bend    float64 // what the first made-up sample lacks to meet the last true one
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
		for i := range n {
			made := c.next()
			w := float64(i+1) / float64(n+1)
			frame[i] = int16(math.Round(w*float64(frame[i]) + (1-w)*made))
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
	for i := range frame {
		frame[i] = int16(math.Round(c.next()))
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
	c.source = c.past
	c.pitch = findPitch(&c.source)
	c.quarter = c.pitch / 4
	c.periods, c.at, c.joining = 1, 0, 0
	c.bend = float64(c.source[history-1]) - float64(c.source[history-1-c.pitch])
}

// next makes up one sample.
func (c *Concealer) next() float64 {
	t := c.lost
	if c.lost < math.MaxInt32 {
		c.lost++
	}
	if t >= silent {
		return 0
	}
	if t > 0 && t%step == 0 && c.periods < 3 {
		// One period repeated for long is a buzz: take in an older one.
		c.periods++
		c.before, c.joining = c.at, c.quarter
		c.at %= c.pitch
	}
	x := c.loop(c.periods, c.at)
	c.at = (c.at + 1) % (c.periods * c.pitch)
	if c.joining > 0 {
		w := float64(c.joining) / float64(c.quarter+1)
		x = (1-w)*x + w*c.loop(c.periods-1, c.before)
		c.before = (c.before + 1) % ((c.periods - 1) * c.pitch)
		c.joining--
	}
	if t < c.quarter {
		x += c.bend * (1 - float64(t+1)/float64(c.quarter+1))
	}
	if t > step {
		x *= 1 - 0.2*float64(t-step)/step
	}
	return min(max(x, math.MinInt16), math.MaxInt16)
}

// loop gives sample at of the last periods, whose end is blended into what
// stood before their beginning, so that they repeat without a seam.
func (c *Concealer) loop(periods, at int) float64 {
	length := periods * c.pitch
	i := history - length + at
	x := float64(c.source[i])
	if into := at - (length - c.quarter); into >= 0 {
		w := float64(into+1) / float64(c.quarter+1)
		x = (1-w)*x + w*float64(c.source[i-length])
	}
	return x
}

// findPitch finds the distance at which the last 20 ms look most like what
// came before, by normalised cross-correlation: first on every second sample
// and distance, then closely around the best.
func findPitch(x *[history]int16) int {
	best := search(x, minPitch, maxPitch, 2)
	return search(x, max(minPitch, best-1), min(maxPitch, best+1), 1)
}

func search(x *[history]int16, from, to, stride int) int {
	recent := x[history-compare:]
	best, score := to, 0.0
	for lag := from; lag <= to; lag += stride {
		older := x[history-compare-lag : history-lag]
		var cross, energy int64
		for i := 0; i < compare; i += stride {
			o := int64(older[i])
			cross += int64(recent[i]) * o
			energy += o * o
		}
		if cross <= 0 || energy == 0 {
			continue
		}
		if s := float64(cross) / math.Sqrt(float64(energy)); s > score {
			best, score = lag, s
		}
	}
	return best
}
