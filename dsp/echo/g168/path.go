package g168

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// A Path is an echo path: a pure delay and then the response of a hybrid and its two-wire line.
type Path struct {
	Name  string
	Delay int // samples before the response
	Loss  float64
	taps  []float64 // of Loss 0 dB
}

// Hybrid makes up an echo path as those of G.168 annex D are described: some dozen resonances of the speech band that swell and die within
// dispersion ms, after delay ms, and lose erl dB of the composite signal. Each seed is another line.
func Hybrid(dispersion, delay, erl float64, seed uint64) Path {
	random := rand.New(rand.NewPCG(168168, seed))
	n := int(dispersion * Rate / 1000)
	taps := make([]float64, n)
	tau := dispersion / 7 // 60 dB down at the end
	for range 12 {
		f := 250 + 3050*random.Float64()
		a := random.NormFloat64() / math.Sqrt(1+f/1500*f/1500)
		phase := 2 * math.Pi * random.Float64()
		late := 0.15 * dispersion * random.Float64() // low frequencies of a loaded line come later
		for i := range taps {
			t := float64(i)*1000/Rate - late
			if t < 0 {
				continue
			}
			taps[i] += a * math.Sqrt(t/tau+0.02) * math.Exp(-t/tau) * math.Cos(2*math.Pi*f*t/1000+phase)
		}
	}
	p := Path{
		Name: fmt.Sprintf("%g ms after %g ms, %g dB", dispersion, delay, erl), Delay: int(delay * Rate / 1000), Loss: erl, taps: taps,
	}
	// Loss is of the composite signal, as G.168 has it.
	far := Composite(5600, -10)
	var in, out float64
	l := line{path: Path{taps: taps}}
	for _, v := range far {
		in += float64(v) * float64(v)
		y := l.take(float64(v))
		out += y * y
	}
	k := math.Sqrt(in / out)
	for i := range taps {
		taps[i] *= k
	}
	return p
}

// Open is a four-wire connection: no echo at all.
func Open() Path { return Path{Name: "no echo", Loss: math.Inf(1)} }

// Paths are the eight lines of the sweep: dispersions of 6, 8 and 12 ms, delays of 0 to 40 ms, losses of 6 to 12 dB.
func Paths() []Path {
	return []Path{
		Hybrid(6, 0, 6, 1), Hybrid(8, 0, 8, 2), Hybrid(12, 0, 12, 3), Hybrid(6, 8, 10, 4),
		Hybrid(8, 12, 6, 5), Hybrid(12, 16, 8, 6), Hybrid(8, 20, 12, 7), Hybrid(12, 40, 6, 8),
	}
}

// With is the path with another loss.
func (p Path) With(erl float64) Path {
	p.Loss = erl
	return p
}

// Taps is the response as the canceller has to learn it, delay and loss included.
func (p Path) Taps() []float64 {
	out := make([]float64, p.Delay+len(p.taps))
	k := math.Pow(10, -p.Loss/20)
	for i, t := range p.taps {
		out[p.Delay+i] = t * k
	}
	return out
}

// line carries a signal along a path.
type line struct {
	path Path
	past [1024]float64
	at   int
}

func (l *line) take(x float64) float64 {
	l.at = (l.at - 1) & 1023
	l.past[l.at] = x
	if len(l.path.taps) == 0 {
		return 0
	}
	var y float64
	for i, t := range l.path.taps {
		y += t * l.past[(l.at+l.path.Delay+i)&1023]
	}
	return y * math.Pow(10, -l.path.Loss/20)
}
