package g168

import (
	"math"

	"autocom/dsp/g711"
	"autocom/dsp/level"
)

// A Canceller is what is on the bench.
type Canceller interface {
	Process(far, near, out []int16)
	Reset()
	Suppress(on bool) // the non-linear processor
	Freeze(on bool)   // no adaption
}

// Step is the samples between two readings of the meters: 5 ms.
const Step = 40

// A Reading is the four meters at one moment, in dBm0: towards the line (LRin), back from it (LSin), the near talker alone (LSgen) and what the
// canceller lets through (LRES without the non-linear processor, LRET with it). Each is a mean square over 35 ms (G.168 §6.4.1.2.1), here
// without the meter's band-pass.
type Reading struct {
	Seconds             float64
	Far, Near, Gen, Out float64
}

// A Rig is a canceller between two A-law networks and a line. Samples cross G.711 before the line and after it, as in G.168 §6.4.
type Rig struct {
	Readings []Reading
	Out      []int16 // all that came out

	canceller Canceller
	line      line
	meters    [4]float64
	samples   int
}

// NewRig is a rig with a reset canceller and a line.
func NewRig(c Canceller, p Path) *Rig {
	c.Reset()
	c.Freeze(false)
	return &Rig{canceller: c, line: line{path: p}}
}

// Change puts another line in. What travels on the old one is lost.
func (r *Rig) Change(p Path) { r.line.path = p }

// Seconds is the time on the bench so far.
func (r *Rig) Seconds() float64 { return float64(r.samples) / Rate }

// Run carries far and gen, as long as each other; nil is silence for seconds.
func (r *Rig) Run(seconds float64, far, gen []int16) {
	n := int(seconds*Rate + 0.5)
	if far == nil {
		far = Silence(n)
	}
	if gen == nil {
		gen = Silence(n)
	}
	near, out, rin := make([]int16, 160), make([]int16, 160), make([]int16, 160)
	for at := 0; at < n; at += 160 {
		m := min(160, n-at)
		for i := range m {
			rin[i] = law(far[at+i])
			near[i] = law(level.Clip(r.line.take(float64(rin[i])) + float64(gen[at+i])))
		}
		r.canceller.Process(rin[:m], near[:m], out[:m])
		r.Out = append(r.Out, out[:m]...)
		for i := range m {
			for k, v := range [4]int16{rin[i], near[i], gen[at+i], out[i]} {
				r.meters[k] += (float64(v)*float64(v) - r.meters[k]) / (0.035 * Rate)
			}
			if r.samples++; r.samples%Step == 0 {
				m := r.meters
				r.Readings = append(r.Readings, Reading{
					float64(r.samples) / Rate,
					level.OfPower(m[0]), level.OfPower(m[1]), level.OfPower(m[2]), level.OfPower(m[3]),
				})
			}
		}
	}
}

func law(s int16) int16 { return g711.ALaw.DecodeSample(g711.ALaw.EncodeSample(s)) }

// Peaks are the highest readings from one moment to another, in seconds.
func (r *Rig) Peaks(from, to float64) Reading {
	peak := Reading{from, level.Floor, level.Floor, level.Floor, level.Floor}
	for _, v := range r.Readings {
		if v.Seconds > from && v.Seconds <= to {
			peak.Far, peak.Near = max(peak.Far, v.Far), max(peak.Near, v.Near)
			peak.Gen, peak.Out = max(peak.Gen, v.Gen), max(peak.Out, v.Out)
		}
	}
	return peak
}

// ERLE is by how many dB what came out is weaker than what came back, over the energy from one moment to another in which only the far end spoke.
func (r *Rig) ERLE(from, to float64) float64 {
	var near, out float64
	for _, v := range r.Readings {
		if v.Seconds > from && v.Seconds <= to && v.Far > -50 {
			near += math.Pow(10, v.Near/10)
			out += math.Pow(10, v.Out/10)
		}
	}
	if out == 0 {
		return 0
	}
	return 10 * math.Log10(near/out)
}

// Mask is the level a converged canceller may leave without its non-linear processor for a far level of rin dBm0: a line from −55 at −30 to −30
// at 0 (G.168 figure 11, as the public test programs of OSLEC and spandsp have it).
func Mask(rin float64) float64 { return 25.0/30*rin - 30 }
