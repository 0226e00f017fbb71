package tone

import (
	"math"

	"autocom/dsp/level"
)

// A Detector measures, block by block, how strongly some frequencies are
// present. It runs one Goertzel filter a frequency over a Hann window, so that
// a tone that does not fill the block with whole cycles is not smeared over
// its neighbours: two frequencies are told apart when they are more than
// 2×8000/block Hz from each other. It belongs to one goroutine.
type Detector struct {
	bins   []bin
	block  int
	at     int     // samples of the block seen
	power  float64 // Σ w·x²
	window rotation
}

type bin struct {
	hz, coeff, s1, s2 float64
	dBm0, power       float64 // of the last whole block
}

// A rotation makes a cosine by turning a unit vector.
type rotation struct{ re, im, cos, sin float64 }

func (r *rotation) turn() {
	r.re, r.im = r.re*r.cos-r.im*r.sin, r.re*r.sin+r.im*r.cos
}

func hann(block int) rotation {
	s, c := math.Sincos(2 * math.Pi / float64(block))
	return rotation{re: 1, cos: c, sin: s}
}

// NewDetector makes a detector of the frequencies hz over blocks of that many
// samples (at least 2; 800 tells tones 20 Hz apart and takes 100 ms).
func NewDetector(block int, hz ...float64) *Detector {
	d := &Detector{block: max(block, 2), bins: make([]bin, len(hz))}
	for i, f := range hz {
		d.bins[i] = newBin(f)
	}
	d.window = hann(d.block)
	return d
}

func newBin(hz float64) bin {
	return bin{hz: hz, coeff: 2 * math.Cos(2*math.Pi*hz/Rate), dBm0: level.Floor}
}

func (b *bin) add(x float64) {
	b.s1, b.s2 = x+b.coeff*b.s1-b.s2, b.s1
}

// close turns the filter's state into a mean square and a level. sum is the
// sum of the window.
func (b *bin) close(sum float64) {
	square := max(0, b.s1*b.s1+b.s2*b.s2-b.coeff*b.s1*b.s2)
	b.power = 2 * square / (sum * sum)
	b.dBm0 = level.OfPower(b.power)
	b.s1, b.s2 = 0, 0
}

// A Reading is what one block held.
type Reading struct {
	// DBm0 is the level of the block as a whole.
	DBm0 float64
	// Purity is the fraction, 0 to 1, of the block's power that the detector's
	// frequencies explain. A lone sine is above 0.98 even after G.711.
	Purity float64
}

// Write takes samples as they come and calls each, once for every block that
// became whole, with its reading; Level then speaks of that block. It returns
// the number of such blocks. each may be nil.
func (d *Detector) Write(samples []int16, each func(Reading)) int {
	n := 0
	for _, s := range samples {
		w := 0.5 - 0.5*d.window.re
		d.window.turn()
		x := float64(s)
		d.power += w * x * x
		x *= w
		for i := range d.bins {
			d.bins[i].add(x)
		}
		if d.at++; d.at < d.block {
			continue
		}
		n++
		r := d.finish()
		if each != nil {
			each(r)
		}
	}
	return n
}

func (d *Detector) finish() Reading {
	sum := float64(d.block) / 2 // the sum of a Hann window over whole periods
	var found float64
	for i := range d.bins {
		d.bins[i].close(sum)
		found += d.bins[i].power
	}
	total := d.power / sum
	d.at, d.power, d.window = 0, 0, hann(d.block)
	r := Reading{DBm0: level.OfPower(total)}
	if total > 0 {
		r.Purity = min(1, found/total)
	}
	return r
}

// Level gives the level of the i-th frequency in the last whole block, in
// dBm0.
func (d *Detector) Level(i int) float64 { return d.bins[i].dBm0 }

// Reset forgets the block under way.
func (d *Detector) Reset() {
	d.at, d.power, d.window = 0, 0, hann(d.block)
	for i := range d.bins {
		d.bins[i] = newBin(d.bins[i].hz)
	}
}

// Level gives the level of the frequency hz in samples, in dBm0. The samples
// are windowed as a Detector does; allow 200 of them or more.
func Level(samples []int16, hz float64) float64 {
	dBm0, _ := measure(samples, hz)
	return dBm0
}

// Purity gives the fraction, 0 to 1, of the power of samples that lies at the
// frequency hz: 1 for a lone sine, near 0 when it is absent.
func Purity(samples []int16, hz float64) float64 {
	_, purity := measure(samples, hz)
	return purity
}

func measure(samples []int16, hz float64) (dBm0, purity float64) {
	if len(samples) < 2 {
		return level.Floor, 0
	}
	one := [1]bin{newBin(hz)}
	d := Detector{block: len(samples), bins: one[:], window: hann(len(samples))}
	for _, s := range samples {
		w := 0.5 - 0.5*d.window.re
		d.window.turn()
		d.power += w * float64(s) * float64(s)
		one[0].add(w * float64(s))
	}
	purity = d.finish().Purity
	return one[0].dBm0, purity
}
