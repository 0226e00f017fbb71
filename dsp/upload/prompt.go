package upload

import (
	"fmt"
	"io"
	"math"
	"slices"

	"autocom/dsp/level"
	"autocom/dsp/loudness"
)

// A Target says what a sound is to be and so how loud it has to become.
type Target int

const (
	// Speech is brought to an active speech level (ITU-T P.56) of SpeechLevel: what counts is how loud the words are, however long the pauses.
	Speech Target = iota
	// Music is brought to a loudness (ITU-R BS.1770-4) of MusicLoudness: what an ear hears, since the level of a bass says little about it.
	Music
)

// The targets, and the room above them.
const (
	// SpeechLevel is the active speech level of a prompt, in dBm0: −20 dBm0 is −26 dB under the overload point, the level speech material and telephones are
	// aligned to (ITU-T P.830 wants −26 dBov for test speech), and 1 dB under what RFC 7874 section 4 wants of a talker.
	SpeechLevel = -20.0
	// MusicLoudness is the loudness of music, in LUFS: that of prompts at SpeechLevel, so that music neither covers the announcements in it nor falls away.
	// The median of 488 recorded prompts at SpeechLevel is −26.4 LUFS, and most are within half a LU of it.
	MusicLoudness = -26.4
	// PeakLimit is the highest true peak before A-law, in dB under full scale.
	PeakLimit = -3.0

	mostGain  = 40.0 // dB: what needs more is noise
	rounds    = 8    // of gain and limiter
	closeness = 0.1  // dB from the target that is near enough
)

// What a prompt keeps at its ends, in samples at 8 kHz.
const (
	keep    = Rate / 10        // silence: 100 ms
	fade    = Rate * 5 / 1000  // 5 ms
	frame   = Rate * 10 / 1000 // silence is looked for in steps of 10 ms
	rumble  = 20.0             // Hz: what lies below is no sound
	audible = -60.0            // dBm0: what is below is silence in any recording

	// In dB from the loud moments of a sound to what still belongs to it: of music, of speech before silence, and at most before noise, over which it is to be.
	faintMusic = -50.0
	faintest   = -40.0
	faint      = -26.0
	overNoise  = 8.0
	steady     = 3.0 // dB between the quietest twentieth of a recording and its quietest tenth, where they are noise
	// knock is how many moments of 10 ms may be louder than what counts as loud: a knock on the microphone is shorter.
	knock = 10
)

// A Treatment is what was done to a sound.
type Treatment struct {
	Target   Target
	Before   float64 // active level in dBm0, or loudness in LUFS, as it came
	After    float64 // the same, as it went
	Gain     float64 // dB
	Limited  float64 // dB the limiter took away where it took most
	TruePeak float64 // dBTP, as it went
	Start    int     // samples of silence taken away before
	End      int     // and after
}

// A SilentError is a file with nothing to hear in it.
type SilentError struct{ Kind Kind }

func (e *SilentError) Error() string {
	return fmt.Sprintf("this is %s with nothing but silence in it: record it again", e.Kind.Name())
}

// Prompt reads a file as Read does and makes it ready for callers: no direct current, no long silence at the ends, no click where it begins and ends, the
// level of its target, and no peak that A-law would clip.
func Prompt(r io.Reader, limits Limits, target Target) (Sound, Treatment, error) {
	samples, f, err := read(r, limits)
	if err != nil {
		return Sound{}, Treatment{}, err
	}
	t := Treatment{Target: target}
	straighten(samples)
	from, to := heard(samples, target)
	if from == to {
		return Sound{}, Treatment{}, &SilentError{Kind: f.Kind}
	}
	t.Start, t.End = from, len(samples)-to
	samples = samples[from:to]
	fadeEnds(samples)
	out := t.bring(samples)
	return Sound{Samples: out, Source: f}, t, nil
}

// straighten takes away the mean and, with a filter of the first order, what wanders below hearing.
func straighten(x []float32) {
	var sum float64
	for _, v := range x {
		sum += float64(v)
	}
	mean := sum / float64(len(x))
	pole := math.Exp(-2 * math.Pi * rumble / Rate)
	gain := (1 + pole) / 2
	var before, y float64
	for i, v := range x {
		now := float64(v) - mean
		y = gain*(now-before) + pole*y
		before = now
		x[i] = float32(y)
	}
}

// heard gives the part of a sound between its first and its last audible moment and what is kept around it. from is to where there is none.
//
// What is audible is told by what the sound itself has: its loud moments, without one knock or two, and for speech the noise behind it.
func heard(x []float32, target Target) (from, to int) {
	powers := make([]float64, 0, len(x)/frame+1)
	for i := 0; i < len(x); i += frame {
		powers = append(powers, power(x[i:min(i+frame, len(x))]))
	}
	sorted := slices.Sorted(slices.Values(powers))
	loud := sorted[max(0, len(sorted)-knock)]
	least := loud * ratio(faintMusic)
	if target == Speech {
		least = loud * ratio(faintest)
		if noise := sorted[len(sorted)/20]; sorted[len(sorted)/10] < noise*ratio(steady) { // and not a sound that dies away
			least = max(least, min(noise*ratio(overNoise), loud*ratio(faint)))
		}
	}
	least = max(least, powerOf(audible))
	first, last := -1, 0
	for i, p := range powers {
		if p >= least {
			if first < 0 {
				first = i * frame
			}
			last = (i + 1) * frame
		}
	}
	if first < 0 {
		return 0, 0
	}
	return max(0, first-keep), min(len(x), last+keep)
}

// ratio is a level in dB as a ratio of powers.
func ratio(dB float64) float64 { return math.Pow(10, dB/10) }

func power(x []float32) float64 {
	var sum float64
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return sum / float64(len(x))
}

// powerOf is the mean square of a sine at dBm0, full scale at ±1.
func powerOf(dBm0 float64) float64 {
	peak := level.Peak(dBm0) / level.FullScale
	return peak * peak / 2
}

// fadeEnds makes the first and the last 5 ms come and go as half a cosine.
func fadeEnds(x []float32) {
	n := min(fade, len(x)/2)
	for i := range n {
		g := float32((1 - math.Cos(math.Pi*(float64(i)+0.5)/float64(n))) / 2)
		x[i] *= g
		x[len(x)-1-i] *= g
	}
}

// bring gives the samples at the target's level, limited.
func (t *Treatment) bring(x []float32) []int16 {
	out := make([]int16, len(x))
	scratch := make([]float32, len(x))
	wanted := SpeechLevel
	if t.Target == Music {
		wanted = MusicLoudness
	}
	for round := range rounds {
		g := math.Pow(10, t.Gain/20)
		for i, v := range x {
			scratch[i] = float32(float64(v) * g)
		}
		if round > 0 {
			t.Limited = limit(scratch, math.Pow(10, PeakLimit/20))
		}
		for i, v := range scratch {
			out[i] = level.Clip(float64(v) * level.FullScale)
		}
		got := t.measure(out)
		if round == 0 {
			// A faint sound is measured where 16 bits see it well.
			up := 0.0
			for got < -50 && up < mostGain {
				up += 20
				for i, v := range x {
					out[i] = level.Clip(float64(v) * math.Pow(10, up/20) * level.FullScale)
				}
				got = t.measure(out) - up
			}
			t.Before = got
		}
		t.After = got
		if round > 0 && math.Abs(got-wanted) < closeness || round == rounds-1 {
			break
		}
		t.Gain = min(mostGain, t.Gain+wanted-got)
	}
	t.TruePeak = peakOf(out)
	return out
}

func (t *Treatment) measure(x []int16) float64 {
	if t.Target == Music {
		l, err := loudness.Integrated(x, Rate)
		if err != nil {
			return loudness.Floor
		}
		return l
	}
	l, _ := level.Active(x)
	if l <= level.Floor { // too short a sound for the meter
		return level.Of(x)
	}
	return l
}

func peakOf(x []int16) float64 {
	m, err := loudness.New(Rate, 1)
	if err != nil {
		return loudness.Silent
	}
	m.AddInt16(x)
	m.Add(make([]float32, 64))
	return m.TruePeak()
}
