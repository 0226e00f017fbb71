package level

import (
	"math"
)

// The constants of ITU-T P.56 (12/2011) method B, at 8 kHz.
const (
	// timeConstant is that of each of the two smoothers that make the envelope, in samples (T = 0.03 s).
	timeConstant = 240
	// hangover is how long a pause still counts as speech, in samples (H = 0.2 s).
	hangover = 1600
	// margin is how far below the active level the threshold of activity lies, in dB (M).
	margin = 15.9
	// thresholds are tried an octave apart, from 1 sample unit up to half of full scale.
	thresholds = 15
)

// decay is what a smoother keeps of its value from one sample to the next.
var decay = math.Exp(-1.0 / timeConstant)

// A Meter measures the active speech level of a stream by ITU-T P.56 method B:
// the power of speech over the time that somebody really speaks, so that pauses
// do not make a slow speaker quiet. The zero Meter is ready. It does not take a
// steady offset away.
type Meter struct {
	n      int64 // samples heard
	energy float64
	peak   int32

	once, twice float64 // the rectified samples, smoothed once and twice
	exponent    uint64  // of twice, as its bits say it
	above       int     // thresholds that twice has reached; 0 to 15

	// By threshold: samples counted as active up to the last crossing, when
	// the envelope last rose to it, and when it last fell below it (0: never).
	active, rose, fell [thresholds]int64
}

// Active gives the active speech level of samples in dBm0 and the part of the
// time that is active, 0 to 1. Silence has Floor and 0.
func Active(samples []int16) (dBm0, activity float64) {
	var m Meter
	m.Add(samples)
	return m.Active()
}

// Add measures the next samples of the stream.
func (m *Meter) Add(samples []int16) {
	if m.twice < 1e-30 { // denormal numbers are slow
		m.once, m.twice = 0, 0
	}
	g, h := decay, 1-decay
	p, q, was := m.once, m.twice, m.exponent
	var energy int64
	peak := m.peak
	for i, s := range samples {
		x := int32(s)
		x = (x ^ x>>31) - x>>31
		energy += int64(x * x)
		peak = max(peak, x)
		p = g*p + h*float64(x)
		q = g*q + h*p
		if e := math.Float64bits(q) >> 52; e != was {
			was = e
			m.cross(e, m.n+int64(i))
		}
	}
	m.once, m.twice, m.exponent = p, q, was
	m.energy += float64(energy)
	m.peak = peak
	m.n += int64(len(samples))
}

// cross notes that the envelope has the exponent e from sample i on. The
// thresholds are powers of two, so nothing happens between two exponents.
func (m *Meter) cross(e uint64, i int64) {
	const one = 1023 // the exponent of 1.0
	above := min(max(int(e)-one+1, 0), thresholds)
	for j := m.above; j < above; j++ {
		m.active[j] += m.tail(j, i)
		m.rose[j] = i
	}
	for j := above; j < m.above; j++ {
		m.active[j] += i - m.rose[j]
		m.fell[j] = i
	}
	m.above = above
}

// tail is what counts as active of the pause below threshold j that lasts
// until sample i.
func (m *Meter) tail(j int, i int64) int64 {
	if m.fell[j] == 0 {
		return 0
	}
	return min(i-m.fell[j], hangover)
}

// Active gives the active speech level in dBm0 of everything heard since the
// last Reset, and the part of the time that was active, 0 to 1. Where nothing
// was heard but silence it gives Floor and 0.
func (m *Meter) Active() (dBm0, activity float64) {
	heard := false
	var a, c float64 // active level and threshold, in dB over 1 sample unit
	for j := range thresholds {
		n := m.active[j]
		if j < m.above {
			n += m.n - m.rose[j]
		} else {
			n += m.tail(j, m.n)
		}
		if n == 0 {
			break // peaks too rare for any threshold: the highest one that was reached
		}
		aj, cj := 10*math.Log10(m.energy/float64(n)), 20*math.Log10(2)*float64(j)
		if aj-cj > margin {
			a, c, heard = aj, cj, true
			continue
		}
		if !heard {
			break // too quiet for the least threshold
		}
		// Between two thresholds, both levels as straight lines in dB.
		t := (a - c - margin) / ((a - c) - (aj - cj))
		a += t * (aj - a)
		break
	}
	if !heard {
		return Floor, 0
	}
	power := math.Pow(10, a/10)
	return OfPower(power), min(1, m.energy/float64(m.n)/power)
}

// Mean gives the level over all the time, pauses as well, in dBm0.
func (m *Meter) Mean() float64 {
	if m.n == 0 {
		return Floor
	}
	return OfPower(m.energy / float64(m.n))
}

// Peak gives the greatest magnitude heard, in sample units: 0 to 32,768.
func (m *Meter) Peak() int { return int(m.peak) }

// Samples gives how many samples were heard.
func (m *Meter) Samples() int64 { return m.n }

// Reset forgets everything.
func (m *Meter) Reset() { *m = Meter{} }
