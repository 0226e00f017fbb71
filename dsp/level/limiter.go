package level

import "math"

const (
	// Lookahead is how much later a Limiter gives its samples: 16 (2 ms).
	Lookahead = 16
	// window is the samples that one gain is made from: one and those before it.
	window = Lookahead + 1
	// hold is how long a gain stays after the last peak that needed it, in
	// samples (20 ms): longer than the period of the deepest voice, so that
	// the gain does not follow the wave itself.
	hold = 160
	// opening is how much a closed limiter opens from one sample to the next:
	// 60 dB/s.
	opening = 1.0008638
	// open is full gain.
	open = 1.0
)

// A Limiter keeps every sample at or below a threshold by turning the gain
// down before a peak comes, so that nothing is clipped. Below the threshold
// samples pass unchanged, Lookahead later.
type Limiter struct {
	top    float64         // the threshold, in sample units
	at     int             // place in late and needs
	late   [window]int32   // what was heard lately, also beyond 16 bits
	needs  [window]float64 // the gain each late sample bears
	gains  [window]float64 // the gains wanted lately; their mean is the gain
	sum    float64         // of gains
	low    float64         // the least of needs
	gain   float64         // the latest of gains
	rest   int             // samples until the gain may rise
	settle int             // samples until needs and gains are all open again
}

// NewLimiter makes a limiter whose greatest sample is that of a sine at dBm0,
// at most Overload.
func NewLimiter(dBm0 float64) *Limiter {
	l := &Limiter{top: min(math.Floor(Peak(min(dBm0, Overload))), math.MaxInt16)}
	for i := range window {
		l.needs[i], l.gains[i] = open, open
	}
	l.sum, l.low, l.gain = window, open, open
	return l
}

// Process limits the samples in place. They are Lookahead samples late: the
// first ones are those that the call before held back, at the beginning silence;
// the last ones of a recording come out when silence follows.
func (l *Limiter) Process(samples []int16) {
	if _, peak := sweep(samples); l.passes(float64(peak)) {
		l.delay(samples)
		return
	}
	for i, s := range samples {
		samples[i] = l.next(int32(s))
	}
}

// Gain gives the gain that the limiter applies just now, in dB: 0 or less.
func (l *Limiter) Gain() float64 { return 20 * math.Log10(min(l.sum/window, open)) }

// passes says whether samples with that peak go through unchanged.
func (l *Limiter) passes(peak float64) bool { return l.settle == 0 && peak <= l.top }

// delay passes samples while nothing needs to be limited.
func (l *Limiter) delay(samples []int16) {
	for i, s := range samples {
		l.late[l.at] = int32(s)
		if l.at++; l.at == window {
			l.at = 0
		}
		samples[i] = int16(l.late[l.at])
	}
}

// next takes one sample and gives the one of Lookahead samples ago. Its gain is
// the mean of a window of gains, each of which it can bear: the window of each
// of them contains it. So the output never passes the threshold.
func (l *Limiter) next(s int32) int16 {
	need := open
	if x := math.Abs(float64(s)); x > l.top {
		need = l.top / x
	}
	old := l.needs[l.at]
	l.late[l.at], l.needs[l.at] = s, need
	switch {
	case need <= l.low:
		l.low = need
	case old == l.low:
		l.low = open
		for _, n := range l.needs {
			l.low = min(l.low, n)
		}
	}
	switch {
	case l.low <= l.gain:
		if l.gain = l.low; l.gain < open {
			l.rest = hold
		}
	case l.rest > 0:
		l.rest--
	default:
		l.gain = min(l.low, l.gain*opening)
	}
	if l.gain < open {
		l.settle = window
	} else if l.settle > 0 {
		l.settle--
	}
	l.sum += l.gain - l.gains[l.at]
	l.gains[l.at] = l.gain
	if l.settle == 0 {
		l.sum = window // without the rounding of all the steps
	}
	if l.at++; l.at == window {
		l.at = 0
	}
	x := float64(l.late[l.at])
	return int16(math.Round(min(max(x*l.sum/window, -l.top), l.top))) // the bounds are for the last rounding
}
