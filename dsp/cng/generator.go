package cng

import (
	"math"

	"autocom/dsp/level"
)

const (
	// purest bounds how far the model's strongest frequency stands above the
	// whole, 30 dB: a model that is nearer to a tone rings for long, and its level
	// wanders.
	purest = 1000
	softer = 0.95 // what the coefficients of such a model are multiplied by, until it is none
	glide  = 0.2  // of the way to a new noise that is gone in a piece: most of it in 20 ms
	piece  = 16   // samples between two steps towards it
)

// A Generator makes comfort noise. The zero value is silent. It belongs to one
// goroutine.
type Generator struct {
	gain, wantGain float64
	k, want        [MaxOrder]float64
	state          [MaxOrder + 1]float64 // of the lattice
	order          int
	seed           uint64
	step           int
	begun          bool
}

// Set says what noise to make from now on. The first is made at once; to
// another the sound glides.
func (g *Generator) Set(s SID) {
	g.order = max(g.order, min(s.Order, MaxOrder))
	g.want = [MaxOrder]float64{}
	copy(g.want[:], s.Reflection[:min(max(s.Order, 0), MaxOrder)])
	for {
		rest, tone := 1.0, 1.0 // the power that white noise keeps of the whole; the bound of the peak
		for i, k := range g.want {
			if !(math.Abs(k) < 1) { // or no number
				k = math.Copysign(softer, k)
			}
			g.want[i] = k
			rest *= 1 - k*k
			tone *= (1 + math.Abs(k)) / (1 - math.Abs(k))
		}
		if tone <= purest {
			g.wantGain = math.Sqrt(rest)
			break
		}
		for i := range g.want {
			g.want[i] *= softer
		}
	}
	peak := level.Peak(s.DBm0())
	if s.Level >= 127 {
		peak = 0
	}
	// The excitation is uniform from −1 to 1, of power ⅓; a sine's is ½ of its peak's.
	g.wantGain *= peak * math.Sqrt(1.5)
	if !g.begun {
		g.begun, g.k, g.gain = true, g.want, g.wantGain
	}
}

// Reset is silent again.
func (g *Generator) Reset() { *g = Generator{seed: g.seed} }

// Next makes the next samples of noise.
func (g *Generator) Next(dst []int16) {
	if g.gain == 0 && g.wantGain == 0 {
		clear(dst)
		return
	}
	for i := range dst {
		if g.step++; g.step >= piece {
			g.step = 0
			g.near()
		}
		f := g.gain * g.white()
		// The all-pole lattice: stable while every |k| < 1, whatever they glide over.
		for m := g.order; m > 0; m-- {
			f -= g.k[m-1] * g.state[m-1]
			g.state[m] = g.state[m-1] + g.k[m-1]*f
		}
		g.state[0] = f
		dst[i] = level.Clip(f)
	}
}

func (g *Generator) near() {
	g.gain += (g.wantGain - g.gain) * glide
	if math.Abs(g.wantGain-g.gain) < 1e-3 {
		g.gain = g.wantGain
	}
	for i := range g.order {
		g.k[i] += (g.want[i] - g.k[i]) * glide
	}
}

// white is the next of an evenly spread sequence from −1 to 1 (SplitMix64,
// Steele and others 2014).
func (g *Generator) white() float64 {
	g.seed += 0x9E3779B97F4A7C15
	z := g.seed
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	z ^= z >> 31
	return float64(int64(z)>>10) / (1 << 53)
}
