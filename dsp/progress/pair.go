package progress

import (
	"math"
	"math/cmplx"
)

const (
	decimation = 4
	small      = hop / decimation // samples of a hop at 2 kHz
	window     = 5                // hops a pair is looked for in: 50 ms
	tries      = 7                // frequencies tried about the nominal one
	tryStep    = 3.0              // Hz between them
	slow       = 45.0             // Hz apart, below which one frequency may look like two that do not beat
	beating    = 1.5              // the loudest hop over the softest, at least, of such a pair
)

// A line is one frequency of a tone of two.
type line struct {
	hz    float64
	table [small]complex128         // e^(−jωn) at 2 kHz
	turn  complex128                // of a whole hop
	phase complex128                // turned so far
	gain  float64                   // 1 over the power the decimation leaves
	seen  [window]complex128        // the hops' components, a ring
	tune  [tries][window]complex128 // turns a slightly wrong frequency right
}

func newLine(hz float64) line {
	l := line{hz: hz, phase: 1}
	w := 2 * math.Pi * hz / rate
	for i := range l.table {
		l.table[i] = cmplx.Rect(1, -w*decimation*float64(i))
	}
	l.turn = cmplx.Rect(1, -w*hop)
	l.gain = math.Pow(math.Cos(w/2), -6) // 1 3 3 1 is three times 1 1
	for i := range l.tune {
		delta := 2 * math.Pi * tryStep * float64(i-tries/2) / rate
		for k := range l.tune[i] {
			l.tune[i][k] = cmplx.Rect(1, -delta*hop*float64(k))
		}
	}
	return l
}

// A pair is two lines of a detector. What is tried about each must stay away
// from the other.
type pair struct {
	low, high int
	reach     int // of the tries, to either side
}

// lines measures all the frequencies that tones of two consist of.
type lines struct {
	line  []line
	pairs []pair
	at    int             // place of the next hop in the rings
	power [window]float64 // of the hops as a whole
	full  int             // hops since something was missing
	found int             // by the hop before, −1 for none
}

// add takes one hop, whose mean square is power.
func (l *lines) add(x *[before + hop]int16, power float64) {
	var low [small]float64
	for i := range low {
		s := x[before+i*decimation-3:][:decimation]
		low[i] = float64(int32(s[0])+int32(s[3])+3*(int32(s[1])+int32(s[2]))) * 0.125
	}
	for i := range l.line {
		f := &l.line[i]
		var re, im float64
		for n, v := range low {
			re += v * real(f.table[n])
			im += v * imag(f.table[n])
		}
		f.seen[l.at] = complex(re, im) * f.phase
		f.phase *= f.turn
	}
	l.power[l.at] = power
	l.at = (l.at + 1) % window
	l.full++
}

// skip takes a hop that cannot be of a tone.
func (l *lines) skip() {
	if l.full == 0 {
		return
	}
	l.full, l.found = 0, -1
	for i := range l.line {
		l.line[i].phase = 1 // one hop after another is all that matters
	}
}

const (
	minPairPart  = 0.75 // of the power, in the two lines
	minPairShare = 0.1  // of the power, in the weaker line: 9.5 dB below the other
)

// find gives the pair that the last 50 ms are, or −1.
func (l *lines) find() int {
	if l.full < window {
		return -1
	}
	total, least, most := 0.0, l.power[0], 0.0
	for _, p := range l.power {
		total += p
		least, most = min(least, p), max(most, p)
	}
	if total <= 0 {
		return -1
	}
	beats := most > beating*least
	total /= window
	best, part := -1, minPairPart
	for i, p := range l.pairs {
		if !beats && l.line[p.high].hz-l.line[p.low].hz < slow {
			continue // one frequency between the two
		}
		if a, b := l.line[p.low].rough(total), l.line[p.high].rough(total); a+b < minPairPart/3 || min(a, b) < minPairShare/3 {
			continue
		}
		a, b := l.line[p.low].exact(l.at, p.reach, total), l.line[p.high].exact(l.at, p.reach, total)
		if a+b > part && min(a, b) > minPairShare {
			best, part = i, a+b
		}
	}
	return best
}

// rough gives the part of the power at the nominal frequency.
func (f *line) rough(total float64) float64 {
	var sum complex128
	for _, c := range f.seen {
		sum += c
	}
	return f.part(sum, total)
}

// exact gives the part of the power at the nearest frequency tried.
func (f *line) exact(at, reach int, total float64) float64 {
	best := 0.0
	for i := tries/2 - reach; i <= tries/2+reach; i++ {
		var sum complex128
		for k := range window {
			sum += f.seen[(at+k)%window] * f.tune[i][k]
		}
		best = max(best, f.part(sum, total))
	}
	return best
}

func (f *line) part(sum complex128, total float64) float64 {
	const n = small * window
	re, im := real(sum), imag(sum)
	return 2 * (re*re + im*im) / (n * n) * f.gain / total
}
