package tone

import (
	"math"

	"autocom/dsp/level"
)

// Ramp is how long a tone takes to rise or fall, in samples (5 ms): short
// enough to keep a cadence, long enough not to click.
const Ramp = 5 * Rate / 1000

// envelope[i] is the gain i samples into a rise: half a cosine, because a
// straight ramp has corners that are heard in a loud low tone.
var envelope = func() (t [Ramp + 1]float64) {
	for i := range t {
		t[i] = 0.5 - 0.5*math.Cos(math.Pi*float64(i)/Ramp)
	}
	return t
}()

const (
	sineBits = 10
	fracBits = 32 - sineBits
)

// One cycle of a sine and its first sample again; between two entries a
// straight line leaves less than −100 dB of distortion.
var sine = func() (t [1<<sineBits + 1]float64) {
	for i := range t {
		t[i] = math.Sin(2 * math.Pi * float64(i) / (1 << sineBits))
	}
	return t
}()

// An Oscillator makes one sine. Its phase is a whole number that wraps, so a
// tone may last for days without drift. The zero value is silent.
type Oscillator struct {
	phase, step uint32
	peak        float64
}

// NewOscillator makes an oscillator of hz (below 4,000) at dBm0, starting at
// phase zero.
func NewOscillator(hz, dBm0 float64) Oscillator {
	if !(hz > 0 && hz < Rate/2) {
		return Oscillator{}
	}
	return Oscillator{step: uint32(hz / Rate * (1 << 32)), peak: level.Peak(dBm0)}
}

// Next gives the next value, in sample units.
func (o *Oscillator) Next() float64 {
	i := o.phase >> fracBits
	f := float64(o.phase&(1<<fracBits-1)) / (1 << fracBits)
	o.phase += o.step
	return o.peak * (sine[i] + f*(sine[i+1]-sine[i]))
}

// A Generator plays one tone at a time. The zero value is silent. It belongs
// to one goroutine.
type Generator struct {
	tone Tone
	seg  int // the segment being played; len(tone.Segments) when the tone is over
	left int // samples left of it
	time int // how often the whole list has been played
	rise int // place in envelope
	osc  [MaxFrequencies]Oscillator
	n    int // oscillators in use
}

// NewGenerator makes a generator that plays t.
func NewGenerator(t Tone) *Generator {
	g := new(Generator)
	g.Start(t)
	return g
}

// Start plays t from its beginning. A tone already sounding is cut; call Stop
// and wait for Done where that would be heard.
func (g *Generator) Start(t Tone) {
	*g = Generator{tone: t}
	g.enter()
}

// Stop lets the tone fall silent over Ramp samples.
func (g *Generator) Stop() { g.seg = len(g.tone.Segments) }

// Done reports whether nothing more will be heard.
func (g *Generator) Done() bool { return g.seg == len(g.tone.Segments) && g.rise == 0 }

// enter prepares the segment g.seg.
func (g *Generator) enter() {
	if g.seg >= len(g.tone.Segments) {
		return
	}
	s := &g.tone.Segments[g.seg]
	g.left = s.Samples
	if len(s.Hz) == 0 {
		return // the last oscillators go on while they fall
	}
	g.n = min(len(s.Hz), MaxFrequencies)
	for i, hz := range s.Hz[:g.n] {
		g.osc[i] = NewOscillator(hz, s.DBm0)
	}
}

// advance counts one sample of the current segment.
func (g *Generator) advance() {
	if g.seg == len(g.tone.Segments) || g.tone.Segments[g.seg].Samples <= 0 {
		return
	}
	if g.left--; g.left > 0 {
		return
	}
	if g.seg++; g.seg == len(g.tone.Segments) {
		if g.time++; g.tone.Times == 0 || g.time < g.tone.Times {
			g.seg = 0
		}
	}
	g.enter()
}

// sounding says whether the envelope rises now. A tone falls after its
// segment's end, so that its length between half heights is the one asked
// for; where another sound follows at once, it falls before.
func (g *Generator) sounding() bool {
	if g.seg == len(g.tone.Segments) {
		return false
	}
	s := &g.tone.Segments[g.seg]
	if len(s.Hz) == 0 {
		return false
	}
	if s.Samples <= 0 || g.left > Ramp {
		return true
	}
	next := g.seg + 1
	if next == len(g.tone.Segments) {
		if g.tone.Times != 0 && g.time+1 >= g.tone.Times {
			return true // the end of the tone: nothing follows
		}
		next = 0
	}
	return len(g.tone.Segments[next].Hz) == 0
}

// Next fills dst with the tone, or with silence once it is done.
func (g *Generator) Next(dst []int16) {
	for i := range dst {
		if g.sounding() {
			g.rise = min(g.rise+1, Ramp)
		} else if g.rise > 0 {
			g.rise--
		}
		var x float64
		if g.rise > 0 {
			for j := range g.osc[:g.n] {
				x += g.osc[j].Next()
			}
			x *= envelope[g.rise]
		}
		dst[i] = level.Clip(x)
		g.advance()
	}
}
