package loudness

import "math"

// A biquad is one filter of the second order: b over 1, a1, a2.
type biquad struct{ b0, b1, b2, a1, a2 float64 }

// The K weighting is two filters that ITU-R BS.1770-4 tables 1 and 2 give for 48 kHz: a shelf for the head, then a high pass.
var (
	shelf48    = biquad{1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585}
	highPass48 = biquad{1, -2, 1, -1.99004745483398, 0.99007225036621}
)

// tabled is the rate of the tables, in Hz.
const tabled = 48000

// at gives the filter for another rate. The tables are bilinear images of filters in continuous time; the recommendation asks for the same response at other
// rates, so the image is undone, and done again with the frequency of the filter's poles kept where it is.
func (q biquad) at(rate int) biquad {
	if rate == tabled {
		return q
	}
	// With z⁻¹ = (1−s)/(1+s): b(s) = B0 + B1·s + B2·s², and likewise a(s).
	up := func(c0, c1, c2 float64) (n0, n1, n2 float64) { return c0 + c1 + c2, 2 * (c0 - c2), c0 - c1 + c2 }
	n0, n1, n2 := up(q.b0, q.b1, q.b2)
	d0, d1, d2 := up(1, q.a1, q.a2)
	// The poles lie at tan(π·f/48000) in s; at another rate they have to lie at tan(π·f/rate).
	pole := math.Sqrt(d0 / d2)
	k := pole / math.Tan(math.Atan(pole)*tabled/float64(rate))
	n1, n2, d1, d2 = n1*k, n2*k*k, d1*k, d2*k*k
	down := func(c0, c1, c2 float64) (z0, z1, z2 float64) { return c0 + c1 + c2, 2 * (c0 - c2), c0 - c1 + c2 }
	b0, b1, b2 := down(n0, n1, n2)
	a0, a1, a2 := down(d0, d1, d2)
	out := biquad{b0 / a0, b1 / a0, b2 / a0, a1 / a0, a2 / a0}
	if q == highPass48 { // the table leaves it without a gain of its own, and so do all meters
		out.b0, out.b1, out.b2 = 1, -2, 1
	}
	return out
}

// A memory is what a biquad keeps of one channel (direct form II transposed).
type memory struct{ s1, s2 float64 }

func (q *biquad) next(m *memory, x float64) float64 {
	y := q.b0*x + m.s1
	m.s1 = q.b1*x - q.a1*y + m.s2
	m.s2 = q.b2*x - q.a2*y
	return y
}
