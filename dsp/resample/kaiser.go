package resample

import "math"

// The low-pass filter every conversion needs: flat to 85 % of half the lower rate (3,400 Hz towards the telephone) and at least attenuation dB
// down from half the lower rate on, so that nothing folds back into the band.
const (
	passShare   = 0.85
	attenuation = 90.0 // dB, of which rounding of the coefficients and, for awkward ratios, interpolation between phases take their part
)

// beta is the shape of a Kaiser window for an attenuation in dB above 50, by Kaiser's formula (J. F. Kaiser, "Nonrecursive digital filter design
// using the I0-sinh window function", 1974; also Oppenheim and Schafer, Discrete-Time Signal Processing, section 7.5.3).
func beta(dB float64) float64 { return 0.1102 * (dB - 8.7) }

// halfWidth is half the length of the filter, in samples of the incoming rate, for a transition of that width in cycles per sample (the same source).
func halfWidth(dB, transition float64) int {
	return int(math.Ceil((dB - 7.95) / (2.285 * 2 * math.Pi * transition) / 2))
}

// bessel0 is the modified Bessel function of the first kind and order zero, by its power series.
func bessel0(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > sum*1e-17; k++ {
		term *= x / 2 / k * (x / 2 / k)
		sum += term
	}
	return sum
}

// A kernel is a windowed sinc over time in samples of the incoming rate.
type kernel struct {
	cutoff float64 // cycles per incoming sample, the middle of the transition
	half   float64 // the window's half width in incoming samples
	beta   float64
}

func (k kernel) at(t float64) float64 {
	u := t / k.half
	if u <= -1 || u >= 1 {
		return 0
	}
	sinc := 1.0
	if x := 2 * math.Pi * k.cutoff * t; x != 0 {
		sinc = math.Sin(x) / x
	}
	return 2 * k.cutoff * sinc * bessel0(k.beta*math.Sqrt(1-u*u)) / bessel0(k.beta)
}
