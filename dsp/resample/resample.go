// Package resample converts sound between the telephone's 8 kHz and other rates, keeping what a telephone carries and letting nothing else fold into it.
//
// A conversion is a rational ratio L/M of the two rates, computed as a polyphase low-pass filter: a sinc under a Kaiser window. Towards 8 kHz it is
// flat within 0.1 dB to 3,400 Hz and at least 70 dB down for everything that would alias.
package resample

import (
	"fmt"
	"math"
)

// The rates that are converted, in Hz.
const (
	MinRate = 1000
	MaxRate = 768000
)

// A RateError is a rate, in Hz, that is not converted.
type RateError int

func (e RateError) Error() string {
	return fmt.Sprintf("a sampling rate of %d Hz is not between %d and %d Hz", int(e), MinRate, MaxRate)
}

// Exact ratios keep one set of coefficients for each of their L phases. Above mostPhases (44,101 Hz to 8 kHz has 8,000) there are finePhases times
// the share of the band in use, and coefficients between two of them are interpolated; the error of that is some 120 dB below the sound.
const (
	mostPhases = 512
	finePhases = 1024
	leastFine  = 16
	maxBlock   = 512 // incoming samples worked on at once
)

// A Converter converts one channel as it comes. Time is kept in whole numbers, so the longest sound does not drift.
type Converter struct {
	up, down int // L and M
	taps     int // of one phase, even
	phases   int // 0: identity
	exact    bool
	table    []float32 // phases × taps, and for interpolation one phase more

	window []float32 // the last samples heard, taps−1 of them kept between blocks
	filled int
	at     int   // where in window the next output's first coefficient lies
	rest   int   // how far the next output is past that sample, in 1/L
	in     int64 // samples taken
	out    int64 // samples given
}

// New makes a converter from one rate to another, both in Hz.
func New(from, to int) (*Converter, error) {
	for _, r := range []int{from, to} {
		if r < MinRate || r > MaxRate {
			return nil, RateError(r)
		}
	}
	g := gcd(from, to)
	c := &Converter{up: to / g, down: from / g}
	if from == to {
		return c, nil
	}
	lower := float64(min(from, to)) / float64(from) // the lower rate in cycles per incoming sample
	half := halfWidth(attenuation, lower*(1-passShare)/2)
	k := kernel{cutoff: lower * (1 + passShare) / 4, half: float64(half), beta: beta(attenuation)}
	c.taps, c.phases, c.exact = 2*half, c.up, true
	if c.up > mostPhases {
		c.exact, c.phases = false, max(leastFine, int(math.Ceil(finePhases*lower)))
	}
	c.table = make([]float32, (c.phases+1)*c.taps)
	for p := range c.phases + 1 {
		row := c.table[p*c.taps : (p+1)*c.taps]
		sum := 0.0
		for i := range row {
			v := k.at(float64(i-half+1) - float64(p)/float64(c.phases))
			row[i] = float32(v)
			sum += v
		}
		for i := range row { // each phase passes a constant unchanged, so that phases do not modulate the sound
			row[i] = float32(float64(row[i]) / sum)
		}
	}
	c.window = make([]float32, c.taps-1+maxBlock)
	c.Reset()
	return c, nil
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// Reset forgets what was heard: the next sample is the first of a new sound.
func (c *Converter) Reset() {
	clear(c.window)
	c.in, c.out, c.at, c.rest = 0, 0, 0, 0
	c.filled = max(0, c.taps/2-1) // silence before the first sample, so that sound comes out as early as it went in
}

// Room is the largest number of samples that Append can add for n samples taken, and Flush for n = 0.
func (c *Converter) Room(n int) int {
	return int((int64(n)+int64(c.taps))*int64(c.up)/int64(c.down)) + 1
}

// Append converts the next samples and appends what is ready to dst. It allocates only where dst lacks the Room.
func (c *Converter) Append(dst, src []float32) []float32 {
	c.in += int64(len(src))
	return c.convert(dst, src)
}

func (c *Converter) convert(dst, src []float32) []float32 {
	if c.phases == 0 {
		c.out += int64(len(src))
		return append(dst, src...)
	}
	for len(src) > 0 {
		n := copy(c.window[c.filled:], src)
		src = src[n:]
		c.filled += n
		for c.at+c.taps <= c.filled {
			dst = append(dst, c.next(c.window[c.at:c.at+c.taps]))
			c.out++
			c.rest += c.down
			c.at += c.rest / c.up
			c.rest %= c.up
		}
		keep := min(c.at, c.filled)
		copy(c.window, c.window[keep:c.filled])
		c.filled -= keep
		c.at -= keep
	}
	return dst
}

func (c *Converter) next(x []float32) float32 {
	if c.exact {
		return dot(x, c.table[c.rest*c.taps:])
	}
	place := float64(c.rest) * float64(c.phases) / float64(c.up)
	p := int(place)
	share := float32(place - float64(p))
	a, b := dot(x, c.table[p*c.taps:]), dot(x, c.table[(p+1)*c.taps:])
	return a + share*(b-a)
}

// dot is the sum of products; y is at least as long as x, and both are even.
func dot(x, y []float32) float32 {
	y = y[:len(x)]
	var a, b float32
	for i := 0; i+1 < len(x); i += 2 {
		a += x[i] * y[i]
		b += x[i+1] * y[i+1]
	}
	return a + b
}

// Flush appends the end of the sound: with it there are as many samples as the sound lasts at the new rate, rounded up. Reset before converting another.
func (c *Converter) Flush(dst []float32) []float32 {
	if c.phases == 0 {
		return dst
	}
	want := (c.in*int64(c.up) + int64(c.down) - 1) / int64(c.down)
	var silence [64]float32
	for c.out < want {
		before := len(dst)
		dst = c.convert(dst, silence[:])
		if c.out > want {
			dst = dst[:before+int(want-c.out)+len(dst)-before]
			c.out = want
		}
	}
	return dst
}

// All converts a whole sound.
func All(samples []float32, from, to int) ([]float32, error) {
	c, err := New(from, to)
	if err != nil {
		return nil, err
	}
	return c.Flush(c.Append(make([]float32, 0, c.Room(len(samples))), samples)), nil
}
