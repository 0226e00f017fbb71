package speech

import (
	"slices"
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
	noisiest  = -30.0 // dBm0: what never falls below it is no noise of a line or a street, but somebody speaking
	aboveIdle = 9.0   // dB over the line's noise
	startTime = 60    // ms of loud frames that begin an answer: less is a knock
	memory    = 75    // frames, 1.5 s: the quietest of them is the line's noise
)

// ear tells when a caller begins and ends an answer, in sample time. It waits for surely something and then for surely nothing, where dsp/vad, which
// must not cut a word, takes what it is not sure of for speech.
type ear struct {
	quiet int // samples of quiet that end an answer
	last  [memory]float64
	n     int // frames heard
	loud  int // samples loud without a pause
	still int // samples still since the last loud one
	on    bool
	done  bool
}

func newEar(quiet time.Duration) *ear {
	return &ear{quiet: int(quiet * sampleRate / time.Second)}
}

// idle is the level of the line's noise.
func (e *ear) idle() float64 {
	return min(slices.Min(e.last[:min(e.n, memory)]), noisiest)
}

func (e *ear) hear(frame []int16) change {
	if len(frame) == 0 || e.done {
		return goesOn
	}
	now := level.Of(frame)
	e.last[e.n%memory] = now
	e.n++
	if now > max(faintest, e.idle()+aboveIdle) {
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
