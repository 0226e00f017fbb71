package progress

import "math"

const (
	rate   = 8000
	hop    = 80 // samples, 10 ms
	maxLag = 4
	before = 2 * maxLag // samples of the past a hop is measured with
)

// Any three samples of a sine at one distance obey x(n) + x(n−2L) =
// 2·cos(Lω)·x(n−L). sums holds what is needed to find the cosine that fits a
// stretch best, and how well it fits. They add up over stretches.
type sums struct {
	cross  float64 // Σ (x(n)+x(n−2L))·x(n−L)
	middle float64 // Σ x(n−L)²
	outer  float64 // Σ (x(n)+x(n−2L))²
}

func (s *sums) add(o sums) {
	s.cross += o.cross
	s.middle += o.middle
	s.outer += o.outer
}

// measure takes the sums of one hop; x holds before samples of the past and
// then the hop.
func measure(x *[before + hop]int16, lag int) sums {
	var cross, middle, outer int64
	late, mid, early := x[before:][:hop], x[before-lag:][:hop], x[before-2*lag:][:hop]
	for i, l := range late {
		u := int64(l) + int64(early[i])
		v := int64(mid[i])
		cross += u * v
		middle += v * v
		outer += u * u
	}
	return sums{float64(cross), float64(middle), float64(outer)}
}

// mean is the mean square of the hop.
func mean(x *[before + hop]int16) float64 {
	var sum int64
	for _, s := range x[before:] {
		sum += int64(s) * int64(s)
	}
	return float64(sum) / hop
}

// fit gives the cosine of L times the angular frequency, and the fraction of
// the power that is a sine. White noise moves neither: it enters the outer
// samples twice as strongly as the middle one, and the fit is weighted so
// (V. Pisarenko's harmonic decomposition, in its form for short stretches).
func (s sums) fit() (cos, purity float64) {
	if s.middle <= 0 {
		return 0, 0
	}
	q := s.outer - 2*s.middle
	root := math.Sqrt(q*q + 8*s.cross*s.cross)
	if q < 0 {
		cos = 2 * s.cross / (root - q)
	} else if s.cross != 0 {
		cos = (q + root) / (4 * s.cross)
	}
	if !(cos > -1.25 && cos < 1.25) {
		return 0, 0
	}
	cos = min(1, max(-1, cos)) // noise moves half a turn, or none, a little further
	noise := (s.outer - 4*cos*s.cross + 4*cos*cos*s.middle) / (2 + 4*cos*cos)
	return cos, 1 - noise/s.middle
}

// hz is the frequency of a cosine, the lowest of those it may be: from 0 to
// 4,000 Hz divided by the lag.
func hz(cos float64, lag int) float64 {
	return math.Acos(cos) * rate / (2 * math.Pi * float64(lag))
}

// lagFor gives the distance at which a frequency is told apart best: where the
// angle is near a quarter of a turn.
func lagFor(f float64) int {
	switch {
	case f < 750:
		return 4
	case f < 1300:
		return 2
	default:
		return 1
	}
}

// A sine is what a hop holds when it is one.
type sine struct {
	hz   float64
	lag  int // of sums
	sums sums
}

// The least purity of a hop that counts as a sine; white noise 6 dB below it
// leaves 0.8.
const minPurity = 0.78

// findSine looks for one sine in a hop of which first holds the sums at
// maxLag: the distance at which a voice looks least like one.
func findSine(x *[before + hop]int16, first sums) (sine, bool) {
	cos, purity := first.fit()
	if purity < minPurity {
		return sine{}, false
	}
	// Over more than one sample high frequencies look like low ones.
	s := sine{lag: 1, sums: measure(x, 1)}
	cos1, purity1 := s.sums.fit()
	if purity1 < minPurity/2 {
		return sine{}, false
	}
	s.hz = hz(cos1, 1)
	about := s.hz
	switch s.lag = lagFor(about); s.lag {
	case maxLag:
		s.sums, s.hz = first, hz(cos, maxLag)
	case 2:
		s.sums = measure(x, 2)
		cos, purity1 = s.sums.fit()
		s.hz = hz(cos, 2)
		fallthrough
	default:
		if purity1 < minPurity {
			return sine{}, false
		}
	}
	return s, math.Abs(about-s.hz) < 200
}
