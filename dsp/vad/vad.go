// Package vad tells speech from silence, so that a pause can be sent as a few
// bytes of comfort noise instead of sound.
//
// It listens by 10 ms to the whole band and to its upper half, where hisses
// like s and f are, and holds each against the noise it has learnt. Steady
// sounds are noise after three seconds, unless they are louder than any room:
// tones and music are never cut. Lengths are samples at 8 kHz, levels dBm0.
// Nothing allocates.
package vad

import "autocom/dsp/level"

const (
	block    = 80  // 10 ms, of one decision
	above    = 4   // dB above the noise that are speech, in two blocks one after the other
	clearly  = 7   // dB above the noise that are speech at once
	loudest  = -27 // dBm0: what is steady and louder is no noise of a room
	faintest = -72 // dBm0: below is silence, whatever the noise
	window   = 25  // blocks in one part of the memory of the least level
	parts    = 12  // of them: three seconds
	onset    = 3   // blocks of speech after which it was a word and not a click
	after    = 20  // blocks, 200 ms, that a word's end is awaited
	soon     = 6   // blocks, 60 ms, after a click
)

// A Detector follows one voice. The zero value is ready, and takes what it
// hears first for speech until it knows better. It belongs to one goroutine.
type Detector struct {
	sum, upper int64 // of squares, in the block that runs
	before     int64 // the last sample
	n          int   // samples in the block

	whole, high floor
	run         int // blocks of speech in a row
	hang        int // blocks for which speech is still assumed
	speech      bool
}

// Voice takes the next samples, a frame of any length, and reports whether
// there is speech in them. A frame in which speech begins is speech; the 10 ms
// blocks go on across frames.
func (d *Detector) Voice(frame []int16) bool {
	found := d.speech && len(frame) == 0
	for _, s := range frame {
		x := int64(s)
		d.sum += x * x
		// A difference weighs 4 kHz by 2 and 300 Hz by a quarter; halved, its power is that of the sound where the sound is white.
		diff := x - d.before
		d.upper += diff * diff >> 1
		d.before = x
		if d.n++; d.n == block {
			d.judge()
			found = found || d.speech
		}
	}
	if len(frame) < block {
		return found || d.speech
	}
	return found
}

func (d *Detector) judge() {
	whole, high := level.OfPower(float64(d.sum)/block), level.OfPower(float64(d.upper)/block)
	d.sum, d.upper, d.n = 0, 0, 0
	// Both are asked: each learns.
	loud, hiss := d.whole.hear(whole), d.high.hear(high)
	if (loud || hiss) && whole > faintest {
		d.run++
		hang := soon
		if d.run >= onset {
			hang = after
		}
		d.hang = max(d.hang, hang)
		d.speech = true
		return
	}
	d.run = 0
	d.hang = max(0, d.hang-1)
	d.speech = d.hang > 0
}

// Noise is the level of the noise, in dBm0; level.Floor while nothing was heard.
func (d *Detector) Noise() float64 {
	if !d.whole.known {
		return level.Floor
	}
	return d.whole.noise
}

// Reset forgets the voice.
func (d *Detector) Reset() { *d = Detector{} }

// floor is the level of the noise in one band: the mean of what is not speech,
// and never below the least of the last three seconds.
type floor struct {
	noise  float64
	known  bool
	smooth float64 // power over some 4 blocks, in dB
	least  [parts]float64
	blocks int
	over   bool // the last block stood out a little
}

// hear reports whether a block's level stands out of the noise.
func (f *floor) hear(dB float64) bool {
	dB = max(dB, -80)
	if !f.known {
		f.known, f.smooth, f.noise = true, dB, faintest
		for i := range f.least {
			f.least[i] = faintest // so that three seconds pass before anything but silence is noise
		}
	}
	f.smooth += (dB - f.smooth) / 4
	if f.blocks++; f.blocks == window {
		copy(f.least[1:], f.least[:parts-1])
		f.least[0], f.blocks = f.smooth, 0
	}
	f.least[0] = min(f.least[0], f.smooth)
	least := f.least[0]
	for _, l := range f.least[1:] {
		least = min(least, l)
	}
	over := dB > f.noise+above
	speech := dB > f.noise+clearly || over && f.over
	f.over = over
	switch {
	case dB < f.noise:
		f.noise += (dB - f.noise) / 8
	case !over:
		f.noise += (dB - f.noise) / 32
	}
	f.noise = min(max(f.noise, least), loudest)
	return speech
}
