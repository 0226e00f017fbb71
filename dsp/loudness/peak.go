package loudness

import "math"

// True peaks are looked for between the samples as annex 2 of BS.1770-4 does: at a rate that is a multiple, to at least 192 kHz, or eight times that of a
// telephone. The annex's own filter of four times twelve coefficients is one that meets its needs; this one is longer, because telephone sound is loud close to
// half its rate, where a short filter is least true.
const (
	peakTaps  = 32
	mostTimes = 8
)

type peaks struct {
	times  int
	table  [mostTimes][peakTaps]float64 // of one phase each; phase 0 is the sample itself
	ring   [MaxChannels][2 * peakTaps]float64
	at     int
	hot    [MaxChannels]int // samples until none in the window can raise the peak
	sample float64          // highest
	top    float64
}

func (p *peaks) make(rate int) {
	p.times = 1
	for p.times < mostTimes && rate*p.times < 192000 {
		p.times *= 2
	}
	if rate >= 32000 && p.times > 4 {
		p.times = 4 // 44.1 kHz: 176.4 kHz is what everybody takes for 192
	}
	for phase := range p.times {
		row := &p.table[phase]
		sum := 0.0
		for i := range row {
			t := float64(i-peakTaps/2) + float64(phase)/float64(p.times)
			u := t / (peakTaps / 2)
			if u <= -1 || u >= 1 {
				continue
			}
			x := math.Pi * t
			v := 1.0
			if x != 0 {
				v = math.Sin(x) / x
			}
			row[i] = v * bessel0(6*math.Sqrt(1-u*u)) / bessel0(6)
			sum += row[i]
		}
		for i := range row {
			row[i] /= sum
		}
	}
}

// add takes a channel's next sample.
func (p *peaks) add(c int, x float64) {
	p.ring[c][p.at], p.ring[c][p.at+peakTaps] = x, x
	if v := math.Abs(x); v > p.sample {
		p.sample = v
		p.top = max(p.top, v)
	}
	// No interpolated value is beyond the sum of its coefficients' magnitudes, less than most here, times the largest sample: most windows cannot raise the peak.
	if math.Abs(x)*most > p.top {
		p.hot[c] = peakTaps
	}
	if p.hot[c] == 0 {
		return
	}
	p.hot[c]--
	p.top = max(p.top, p.between(p.ring[c][p.at+1:p.at+1+peakTaps])) // oldest first
}

// most is more than the sum of the magnitudes of one phase's coefficients.
const most = 3.0

// between is the highest magnitude between the two samples in the middle of a window.
func (p *peaks) between(window []float64) (top float64) {
	for phase := 1; phase < p.times; phase++ {
		sum := 0.0
		row := &p.table[phase]
		for i, v := range window {
			sum += v * row[i]
		}
		top = max(top, math.Abs(sum))
	}
	return top
}

// TruePeaks fills in, for each sample of one channel at a rate in Hz, the highest magnitude from the sample before it to the one after it, full scale at 1. Where
// nothing can reach floor the sample's own magnitude stands. dst is as long as samples.
func TruePeaks(dst, samples []float32, rate int, floor float64) {
	var p peaks
	p.make(rate)
	const back = peakTaps / 2 // where in a window the later of its two middle samples is
	var window [peakTaps]float64
	for i, v := range samples {
		dst[i] = float32(math.Abs(float64(v)))
	}
	hot := 0
	for i := range len(samples) + back {
		copy(window[:], window[1:])
		window[peakTaps-1] = 0
		if i < len(samples) {
			window[peakTaps-1] = float64(samples[i])
		}
		if math.Abs(window[peakTaps-1])*most > floor {
			hot = peakTaps
		}
		if hot == 0 {
			continue
		}
		hot--
		top := float32(p.between(window[:]))
		for _, k := range [2]int{i - back, i - back + 1} {
			if k >= 0 && k < len(samples) {
				dst[k] = max(dst[k], top)
			}
		}
	}
}

// turn moves on by one sample of every channel.
func (p *peaks) turn() {
	if p.at++; p.at == peakTaps {
		p.at = 0
	}
}

// bessel0 is the modified Bessel function of the first kind and order zero.
func bessel0(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > sum*1e-17; k++ {
		term *= x / 2 / k * (x / 2 / k)
		sum += term
	}
	return sum
}
