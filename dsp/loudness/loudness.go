// Package loudness measures how loud a recorded message or music sounds, in LUFS, and how high its peaks really reach.
//
// Loudness is that of ITU-R BS.1770-4, gated as EBU R 128 wants it; peaks are true peaks, between the samples, of annex 2. 0 LUFS is a stereo sine of 997 Hz
// that fills the range; full scale of samples is ±1. A level in dBm0 (package level) says what a line carries, loudness what an ear hears: speech and music of
// one loudness may differ by several dB in level.
package loudness

import (
	"fmt"
	"math"
)

// Floor is the loudness of silence, in LUFS: nothing at or below the absolute gate counts.
const Floor = -70.0

// The gates of BS.1770-4, in LUFS and LU, and the constant of its formula (2).
const (
	relativeGate = -10.0
	offset       = -0.691
)

// Loudness of blocks is kept in bins, so that the longest sound needs no more memory than a short one. Sums in the bins are exact; only a block whose loudness
// is within one bin of the relative gate may fall on its wrong side.
const (
	binsPerLU = 100
	loudest   = 30 // LUFS; anything above is counted with it
	bins      = (loudest - Floor) * binsPerLU
	parts     = 30 // of 100 ms in the 3 s of the short-term loudness
	inBlock   = 4  // of 100 ms in a gating block of 400 ms, which overlap by 75 %
)

// MaxChannels is the largest number of channels measured: L, R, C, LFE, Ls, Rs.
const MaxChannels = 6

// A FormatError is sound that is not measured.
type FormatError struct{ Rate, Channels int }

func (e FormatError) Error() string {
	return fmt.Sprintf("loudness of %d channels at %d Hz is not measured: 1 to %d channels at %d to %d Hz are", e.Channels, e.Rate, MaxChannels, MinRate, MaxRate)
}

// The rates measured, in Hz.
const (
	MinRate = 8000
	MaxRate = 384000
)

// A Meter measures one sound as it comes.
type Meter struct {
	rate, channels int
	weight         [MaxChannels]float64 // BS.1770-4 table 3; 0: the channel is left out
	shelf, high    biquad
	memory         [MaxChannels][2]memory

	step   int // samples in 100 ms
	filled int
	sum    float64        // of the weighted squares of the current step
	recent [parts]float64 // of the last steps
	steps  int64

	counts    [bins]int32
	powers    [bins]float64
	momentary float64 // largest mean square
	short     float64

	peaks peaks
}

// New makes a meter of a rate in Hz and a number of channels: one; left and right; and up to five around the listener, with or without a low-frequency one.
func New(rate, channels int) (*Meter, error) {
	if rate < MinRate || rate > MaxRate || channels < 1 || channels > MaxChannels {
		return nil, FormatError{rate, channels}
	}
	m := &Meter{rate: rate, channels: channels, shelf: shelf48.at(rate), high: highPass48.at(rate), step: (rate + 5) / 10}
	const behind = 1.41 // +1.5 dB
	switch channels {
	case 4: // left, right, left behind, right behind
		m.weight = [MaxChannels]float64{1, 1, behind, behind}
	case 5:
		m.weight = [MaxChannels]float64{1, 1, 1, behind, behind}
	default:
		m.weight = [MaxChannels]float64{1, 1, 1, 0, behind, behind}
	}
	m.peaks.make(rate)
	return m, nil
}

// Add measures the next samples, the channels by turns; whole ones only, what is over is left out. It does not allocate.
func (m *Meter) Add(samples []float32) {
	for ; len(samples) >= m.channels; samples = samples[m.channels:] {
		for c, v := range samples[:m.channels] {
			x := float64(v)
			m.peaks.add(c, x)
			if m.weight[c] == 0 {
				continue
			}
			y := m.high.next(&m.memory[c][1], m.shelf.next(&m.memory[c][0], x))
			m.sum += m.weight[c] * y * y
		}
		m.peaks.turn()
		if m.filled++; m.filled == m.step {
			m.close()
		}
	}
}

// AddInt16 measures samples of 16 bits.
func (m *Meter) AddInt16(samples []int16) {
	var block [240]float32 // a multiple of every number of channels
	n := len(block) / m.channels * m.channels
	for len(samples) > 0 {
		k := min(n, len(samples))
		for i, s := range samples[:k] {
			block[i] = float32(s) / (1 << 15)
		}
		m.Add(block[:k])
		samples = samples[k:]
	}
}

// close ends a step of 100 ms.
func (m *Meter) close() {
	m.recent[m.steps%parts] = m.sum / float64(m.step)
	m.steps++
	m.filled, m.sum = 0, 0
	if m.steps >= inBlock {
		p := m.mean(inBlock)
		m.momentary = max(m.momentary, p)
		if l := lufs(p); l > Floor {
			bin := min(int((l-Floor)*binsPerLU), bins-1)
			m.counts[bin]++
			m.powers[bin] += p
		}
	}
	if m.steps >= parts {
		m.short = max(m.short, m.mean(parts))
	}
}

// mean is the mean of the last n steps.
func (m *Meter) mean(n int64) (p float64) {
	for i := m.steps - n; i < m.steps; i++ {
		p += m.recent[i%parts]
	}
	return p / float64(n)
}

func lufs(p float64) float64 {
	if p <= 0 {
		return Floor
	}
	return max(Floor, offset+10*math.Log10(p))
}

// Integrated is the loudness of everything since the beginning, in LUFS: of the blocks above −70 LUFS, those not more than 10 LU below their own loudness
// (BS.1770-4 formulas 5 to 7). Where nothing is loud enough, and within the first 400 ms, it is Floor.
func (m *Meter) Integrated() float64 {
	p, n := m.gated(0)
	if n == 0 {
		return Floor
	}
	gate := lufs(p/float64(n)) + relativeGate
	p, n = m.gated(max(0, int(math.Ceil((gate-Floor)*binsPerLU))))
	if n == 0 {
		return Floor
	}
	return lufs(p / float64(n))
}

func (m *Meter) gated(from int) (p float64, n int64) {
	for i := from; i < bins; i++ {
		p += m.powers[i]
		n += int64(m.counts[i])
	}
	return p, n
}

// Momentary is the highest loudness of 400 ms, in LUFS.
func (m *Meter) Momentary() float64 { return lufs(m.momentary) }

// ShortTerm is the highest loudness of 3 s, in LUFS; Floor before the first 3 s are over.
func (m *Meter) ShortTerm() float64 { return lufs(m.short) }

// TruePeak is the highest peak of any channel, in dB under or over full scale (dBTP), at least Silent. The last samples count once those after them are heard:
// Add some silence at the end where it matters.
func (m *Meter) TruePeak() float64 { return decibels(m.peaks.top) }

// SamplePeak is the highest sample, in dB under or over full scale, at least Silent.
func (m *Meter) SamplePeak() float64 { return decibels(m.peaks.sample) }

// Silent is the least peak reported, in dB.
const Silent = -120.0

func decibels(x float64) float64 {
	if x <= 0 {
		return Silent
	}
	return max(Silent, 20*math.Log10(x))
}

// Integrated measures a whole sound of one channel, in LUFS. A sound shorter than a gating block is measured as if it went on the same way.
func Integrated(samples []int16, rate int) (float64, error) {
	m, err := New(rate, 1)
	if err != nil {
		return Floor, err
	}
	for again := len(samples) > 0; again; again = m.steps < inBlock {
		m.AddInt16(samples)
	}
	return m.Integrated(), nil
}
