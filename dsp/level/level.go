// Package level says how loud samples are, in dBm0, the telephone's measure.
//
// The scale is that of ITU-T G.711: a sine that just fills the 16-bit range
// (peak 32,768) is +3.14 dBm0. 0 dBm0 is what a nominal circuit carries;
// speech sits near −20 dBm0, and −60 dBm0 and below is silence.
package level

import "math"

// Overload is the level of a sine that just fills the range, in dBm0
// (ITU-T G.711 table 1a note, A-law).
const Overload = 3.14

// FullScale is the peak of a sine at Overload, in 16-bit sample units.
const FullScale = 32768

// Floor is the least level this package reports, in dBm0: complete silence.
const Floor = -100.0

// Peak gives the peak amplitude of a sine at dBm0, in sample units.
func Peak(dBm0 float64) float64 {
	return FullScale * math.Pow(10, (dBm0-Overload)/20)
}

// OfPeak gives the level of a sine with that peak amplitude, in dBm0.
func OfPeak(peak float64) float64 {
	if peak <= 0 {
		return Floor
	}
	return max(Floor, Overload+20*math.Log10(peak/FullScale))
}

// OfPower gives the level of a signal with that mean square, in dBm0.
func OfPower(meanSquare float64) float64 {
	return OfPeak(math.Sqrt(2 * meanSquare))
}

// Of gives the level of samples over their whole length, in dBm0.
func Of(samples []int16) float64 {
	return OfPower(Power(samples))
}

// Power gives the mean square of samples, in squared sample units; none have
// power 0.
func Power(samples []int16) float64 {
	if len(samples) == 0 {
		return 0
	}
	var sum int64
	for _, s := range samples {
		sum += int64(s) * int64(s)
	}
	return float64(sum) / float64(len(samples))
}

// Clip rounds x to the nearest sample and saturates it.
func Clip(x float64) int16 {
	switch {
	case x >= math.MaxInt16:
		return math.MaxInt16
	case x <= math.MinInt16:
		return math.MinInt16
	case x >= 0:
		return int16(x + 0.5)
	default:
		return int16(x - 0.5)
	}
}
