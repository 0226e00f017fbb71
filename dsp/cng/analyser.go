package cng

import (
	"math"

	"autocom/dsp/level"
)

// An Analyser measures the noise of what it is given: frames in which nobody
// speaks. The zero value is ready. It belongs to one goroutine.
type Analyser struct {
	corr  [MaxOrder + 1]float64 // autocorrelation, smoothed
	known bool
}

// memory is how much of a frame of 20 ms counts: 16 of them, a third of a
// second, make the measure.
const memory = 1.0 / 16

// Write takes a frame of noise. One shorter than 10 ms says too little and is
// passed over.
func (a *Analyser) Write(frame []int16) {
	if len(frame) < 80 {
		return
	}
	weight := memory * float64(len(frame)) / 160
	if !a.known {
		weight = 1
	}
	weight = min(weight, 1)
	for lag := range a.corr {
		var sum int64
		old := frame[:len(frame)-lag]
		for i, x := range frame[lag:] {
			sum += int64(x) * int64(old[i])
		}
		a.corr[lag] += (float64(sum)/float64(len(frame)) - a.corr[lag]) * weight
	}
	a.known = true
}

// Reset forgets the noise.
func (a *Analyser) Reset() { *a = Analyser{} }

// SID is the noise that was measured, with a model of so many coefficients, 0
// to MaxOrder. The reflection coefficients come from the Levinson-Durbin
// recursion; their sign is that of ITU-T G.729, k₁ = −r₁/r₀, which deployed
// receivers take too: RFC 3389 leaves it open.
func (a *Analyser) SID(order int) SID {
	if !a.known || a.corr[0] <= 0 {
		return Silence()
	}
	s := SID{Order: min(max(order, 0), MaxOrder)}
	s.Level = uint8(math.Round(min(max(overload-level.OfPower(a.corr[0]), 0), 127)))
	// White noise 40 dB below keeps the recursion well-conditioned.
	errorPower := a.corr[0] * 1.0001
	var p, q [MaxOrder + 1]float64
	p[0] = 1
	for m := 1; m <= s.Order; m++ {
		sum := 0.0
		for i := range m {
			sum += p[i] * a.corr[m-i]
		}
		k := -sum / errorPower
		if math.Abs(k) >= 1 {
			s.Order = m - 1
			break
		}
		q = p
		for i := 1; i <= m; i++ {
			p[i] = q[i] + k*q[m-i]
		}
		errorPower *= 1 - k*k
		s.Reflection[m-1] = k
	}
	return s
}
