package echo

import (
	"math"

	"autocom/dsp/level"
)

// A verdict is what a block says of the two filters.
type verdict int

const (
	same    verdict = iota
	doubted         // better, where the error had looked like the near end
	better          // the background proved better: the foreground takes its taps
	worse           // the background went astray: it goes back to the foreground's
	adding          // the foreground adds more echo than it takes: neither is better, and the background is to say whether that stays so
	changed         // it did: the line is another one, begin again
)

// Constants of the decisions. Powers are mean squares of 16-bit samples; blocks are 4 ms.
const (
	steady   = 0.75 // the step while learning: 1 is fastest, and at 0.75 the filter's own noise stays 2 dB under the line's
	headroom = 4    // the leakage is a low quantile: the mean lies some 6 dB above

	// The step falls, a block at a time, while the error is what it always is, and rises when it is not or learning gets on.
	fine  = 0.15 // the least: the filter's own noise is then 11 dB under the line's
	calms = 0.98
	stirs = 1.1
	wakes = 1.5

	// curious is the step that is taken even when all the error seems to be the near end: another line looks the same, and only
	// trying tells. It costs nothing when it was the near end, for the foreground then stays.
	curious = 0.1

	leakLeast    = 1e-4   // −40 dB: A-law's own noise lies at −38
	leakFalls    = 0.93   // 0.3 dB a block
	leakRises    = 1.0007 // 0.8 dB a second
	leakRelearns = 8      // learning gets on where the error looked like the near end
	leakLags     = 1.15   // learning gets on

	guarded = 0.25 // a leakage under which there is something to guard from tones

	persist      = 4   // blocks one filter must lead the other for
	leads        = 0.9 // by half a dB
	leadsDoubt   = 0.7 // by 1.5 dB, where it may be the near end that a filter follows for a moment
	persistDoubt = 30  // a vowel's time
	persistZero  = 6
	strays       = 2.0 // by 3 dB
	adds         = 1.6 // an error 2 dB above what came in: no near end can do that
	addsSome     = 1.1 // nor this, for long
	addsBeside   = 4   // times what is predicted
	addsPersist  = 9   // blocks: a third as many of the first
)

// control decides how fast to learn and which taps are heard.
type control struct {
	near, learning, heard, said float32 // mean squares over some 16 ms, whitened
	echo                        float32 // of what the foreground predicts
	loud                        float64 // energy the step is at least normalised by: of the far end's recent loudest
	calm                        float32 // the most the step may be: falls while there is nothing new to learn
	gain                        float32 // 0: do not learn
	hint                        float32 // what is predicted at the least, for a filter that has nothing learnt
	farActive                   bool
	learnt                      leakage // of the background, whitened
	ahead, astray, added        int     // blocks in a row
	zeroed                      bool    // nothing is heard of a filter: what it was is in the background
	enhancement                 ratio
}

func (c *control) reset() {
	*c = control{loud: 1, calm: steady}
	c.learnt.reset()
}

// active is the mean square of a far signal worth learning from: −50 dBm0; whitening has then taken some 10 dB or more.
var active = meanSquare(-50)

func meanSquare(dBm0 float64) float32 {
	p := level.Peak(dBm0)
	return float32(p * p / 2)
}

// rate is the step for the next sample, 0…steady: the share of the error that can be echo.
func (c *control) rate(p fastPowers) float32 {
	return max(curious, c.calm*min(1, headroom*c.learnt.value*(p.said+c.hint)/(p.learning+1e-3)))
}

// decide ends a block. energy is that of the whitened far signal over the tail; hold keeps everything as it is; narrow says
// that the far end sends tones, nearEnd that the near end speaks.
func (c *control) decide(s blockSums, energy float64, taps int, hold, narrow, nearEnd bool) verdict {
	smooth := func(of *float32, sum float32) { *of += (sum*(1.0/block) - *of) * 0.25 }
	smooth(&c.near, s.near)
	smooth(&c.learning, s.learning)
	smooth(&c.heard, s.heard)
	smooth(&c.said, s.said)
	smooth(&c.echo, s.echo)
	window := energy / float64(taps)
	// Between words the window runs empty: a step normalised by next to nothing would take whatever the near end says for echo.
	c.loud = max(0.5*energy, 0.98*c.loud, 1) // 1/e in 200 ms
	c.farActive = window > float64(active)*0.1
	c.gain = 0
	if !c.farActive || hold || narrow && c.learnt.value < guarded {
		c.ahead, c.astray, c.added = 0, 0, 0
		return same
	}
	c.gain = 1
	c.hint = float32(window) * 1e-2 * c.learnt.value
	// Before the echo of a word's begin arrives there is neither echo nor error: that says nothing of the leakage.
	// A tone is learnt at once and says nothing of it either.
	if !narrow && c.said > 1e-3*float32(window) {
		now := c.learning / c.said
		c.learnt.take(now)
		if now > 0.5*c.learnt.value && now < 8*c.learnt.value {
			c.calm = max(fine, c.calm*calms)
		} else {
			c.calm = min(steady, c.calm*stirs)
		}
	}
	if !nearEnd {
		c.enhancement.take(c.near, c.heard)
	}
	lead, long, falls := float32(leads), persist, persist
	doubt := c.learning > 8*c.learnt.value*c.said
	if c.zeroed {
		lead = 1
	} else if doubt {
		lead, long, falls = leadsDoubt, persistDoubt, 2
	}
	count := func(n *int, when bool, falls int) int {
		if when {
			*n++
		} else {
			*n = max(0, *n-falls)
		}
		return *n
	}
	switch {
	case c.weigh() >= addsPersist:
		c.added, c.ahead, c.astray = 0, 0, 0
		if c.learning < c.near { // it has learnt the new line already
			c.heard = c.learning
			return better
		}
		c.heard, c.learning = c.near, c.heard
		c.zeroed = true
		return adding
	case c.zeroed && count(&c.astray, c.learning > addsSome*c.near && c.near < addsBeside*c.said, persist) >= persistZero:
		c.ahead, c.astray, c.zeroed = 0, 0, false
		c.learning, c.said = c.near, 0
		c.learnt.reset()
		return changed
	case count(&c.ahead, c.learning < lead*c.heard && c.learning < c.near, falls) >= long:
		c.ahead, c.zeroed = 0, false
		c.heard = c.learning
		c.calm = min(steady, c.calm*wakes)
		if doubt {
			c.learnt.rise(leakRelearns)
			return doubted
		}
		c.learnt.rise(leakLags)
		return better
	case !c.zeroed && count(&c.astray, c.learning > strays*c.heard, persist) >= persist:
		c.astray = 0
		c.learning = c.heard
		return worse
	}
	return same
}

// weigh counts blocks in a row in which the foreground adds, plain ones for more.
func (c *control) weigh() int {
	switch {
	case c.near > addsBeside*c.echo: // somebody speaks besides, who may seem to fit by chance
		c.added = 0
	case c.heard > adds*c.near:
		c.added += 3
	case c.heard > addsSome*c.near:
		c.added++
	default:
		c.added = 0
	}
	return c.added
}

func (c *control) erle() float64 { return c.enhancement.dB() }

// leakage is how much of what a filter predicts it leaves behind, error to prediction: a low quantile over far speech, and slow to fall, since
// a vowel's few harmonics are learnt long before the line is. Near speech only raises the ratio and leaves gaps; another line raises it for good.
type leakage struct{ value float32 }

func (l *leakage) reset() { l.value = 1 }

func (l *leakage) take(ratio float32) {
	if ratio < l.value {
		l.value = max(leakLeast, l.value*leakFalls)
	} else {
		l.value = min(1, l.value*leakRises)
	}
}

// rise is told that learning gets on, so that there is more echo in the error than was thought.
func (l *leakage) rise(by float32) { l.value = min(1, l.value*by) }

// ratio is two mean squares over about half a second.
type ratio struct{ over, under float32 }

func (r *ratio) take(over, under float32) {
	r.over += (over - r.over) * (1.0 / 128)
	r.under += (under - r.under) * (1.0 / 128)
}

func (r *ratio) dB() float64 {
	if r.under <= 0 || r.over <= r.under {
		return 0
	}
	return 10 * math.Log10(float64(r.over/r.under))
}
