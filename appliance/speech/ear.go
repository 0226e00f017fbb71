package speech

import (
	"time"

	"autocom/dsp/level"
)

// change is what one frame changes in who is speaking.
type change int

const (
	goesOn change = iota
	begins
	ends
)

// The ear's measures. Speech on a telephone is near −20 dBm0 and quiet lines are below −55; a frame is loud when it is well above both the line's
// own noise and what is never speech.
const (
	faintest  = -42.0 // dBm0: below it nothing is speech
	aboveIdle = 9.0   // dB over the line's noise
	startTime = 60    // ms of loud frames that begin an answer: less is a knock
	idleRise  = 0.05  // dB a frame: how fast the line's noise may be found to grow
)

// ear tells when a caller begins and ends an answer, in sample time. It decides about an answer as a whole; which frame is speech is dsp/vad's business.
type ear struct {
	quiet int // samples of quiet that end an answer
	idle  float64
	loud  int // samples loud without a pause
	still int // samples still since the last loud one
	on    bool
	done  bool
}

func newEar(quiet time.Duration) *ear {
	return &ear{quiet: int(quiet * sampleRate / time.Second), idle: -50}
}

func (e *ear) hear(frame []int16) change {
	if len(frame) == 0 || e.done {
		return goesOn
	}
	now := max(level.Of(frame), -70)
	if now < e.idle {
		e.idle += (now - e.idle) / 4
	} else if !e.on {
		e.idle += idleRise
	}
	if now > max(faintest, e.idle+aboveIdle) {
		e.loud += len(frame)
		e.still = 0
	} else {
		e.loud = 0
		e.still += len(frame)
	}
	switch {
	case !e.on && e.loud >= startTime*sampleRate/1000:
		e.on = true
		return begins
	case e.on && e.still >= e.quiet:
		e.done = true
		return ends
	default:
		return goesOn
	}
}
