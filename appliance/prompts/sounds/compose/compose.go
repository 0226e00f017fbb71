// Package compose writes the box's own music and signals from numbers, so that nobody's rights are in them.
//
// Everything is 16-bit samples at 8 kHz. The files that ship are made of it once and kept beside it.
package compose

import (
	"math"

	"autocom/dsp/level"
)

const sampleRate = 8000 // Hz

// The music's measures.
const (
	bar     = 9 * sampleRate / 2 // samples: a chord stays for 4.5 s
	swell   = 3 * sampleRate / 2 // samples a chord takes to come, and as many to go
	loudest = 3400.0             // Hz: nothing is written above it
	music   = -22.0              // dBm0, over the whole loop: below speech, which is at −20
)

// chords are those of the music, four voices each, in halftones from A4. They lie where a telephone carries a tone and its first partials.
func chords() [][4]int {
	return [][4]int{
		{-9, -5, -2, 2},  // C E G B
		{-12, -5, 0, 3},  // A E A C
		{-16, -4, 0, 3},  // F F A C
		{-14, -7, -2, 5}, // G D G D
		{-17, -5, -2, 2}, // E E G B
		{-12, -5, -2, 3}, // A E G C
		{-7, -4, 0, 7},   // D F A E
		{-14, -7, -4, 2}, // G D F B
		{-9, -2, 3, 7},   // C G C E
		{-16, -4, 0, 7},  // F F A E
		{-7, 0, 3, 5},    // D A C D
		{-14, -2, 0, 5},  // G G A D
	}
}

// melody are a few soft notes over the chords: when, in quarter bars, and how high.
func melody() [][2]int {
	return [][2]int{
		{2, 10}, {7, 7}, {10, 12}, {14, 10}, {19, 7}, {21, 5}, {26, 7}, {30, 5}, {34, 10}, {38, 12}, {41, 15}, {43, 12}, {46, 10},
	}
}

// pitch is the frequency, in Hz, of a note some halftones above A4.
func pitch(halftones int) float64 { return 440 * math.Pow(2, float64(halftones)/12) }

// HoldMusic is 54 s of slow chords that follow one another without an edge and join end to start.
func HoldMusic() []int16 {
	all := chords()
	sum := make([]float64, len(all)*bar)
	for i, chord := range all {
		for v, note := range chord {
			pad(sum, i*bar-swell/2, bar+swell, pitch(note), 1-0.12*float64(v))
		}
	}
	for _, n := range melody() {
		bell(sum, n[0]*bar/4, pitch(n[1]), 0.5)
	}
	return atLevel(sum, music)
}

// pad adds a held note that comes and goes as half a cosine. Two strings, a third of a hertz apart, make it breathe.
func pad(sum []float64, from, length int, hz, loud float64) {
	for i := range length {
		t := float64(i) / sampleRate
		e := loud
		if edge := min(i, length-1-i); edge < swell {
			e *= (1 - math.Cos(math.Pi*float64(edge)/swell)) / 2
		}
		s := 0.0
		for k := 1.0; k <= 6 && k*(hz+1) < loudest; k++ {
			share := math.Pow(k, -1.7)
			s += share * (math.Sin(2*math.Pi*k*hz*t) + 0.7*math.Sin(2*math.Pi*k*(hz+0.33)*t+k))
		}
		sum[wrap(from+i, len(sum))] += e * s
	}
}

// bell adds a struck note that dies away within three seconds.
func bell(sum []float64, from int, hz, loud float64) {
	const length = 3 * sampleRate
	for i := range length {
		t := float64(i) / sampleRate
		e := loud * math.Exp(-1.8*t) * min(1, float64(i)/200) * min(1, float64(length-i)/1600)
		s := math.Sin(2*math.Pi*hz*t) + 0.2*math.Exp(-3*t)*math.Sin(2*math.Pi*2*hz*t)
		sum[wrap(from+i, len(sum))] += e * s
	}
}

func wrap(i, n int) int { return ((i % n) + n) % n }

// Chime is 1.5 s of three notes: somebody has answered.
func Chime() []int16 {
	sum := make([]float64, 12000)
	for i, note := range []int{3, 7, 10} { // C E G
		strike(sum, i*2400, pitch(note))
	}
	return atLevel(sum, -18)
}

func strike(sum []float64, from int, hz float64) {
	for i := from; i < len(sum); i++ {
		t := float64(i-from) / sampleRate
		e := math.Exp(-4*t) * min(1, float64(i-from)/60) * min(1, float64(len(sum)-1-i)/1200)
		sum[i] += e * (math.Sin(2*math.Pi*hz*t) + 0.3*math.Sin(4*math.Pi*hz*t))
	}
}

// Beep is the signal after which a caller's message is recorded: 0.4 s of 1,000 Hz with soft edges.
func Beep() []int16 {
	sum := make([]float64, 2*sampleRate/5)
	for i := range sum {
		sum[i] = math.Sin(2*math.Pi*1000*float64(i)/sampleRate) * min(1, float64(min(i, len(sum)-1-i))/80)
	}
	return atLevel(sum, -13)
}

// atLevel brings the whole to a level in dBm0 and rounds it.
func atLevel(sum []float64, dBm0 float64) []int16 {
	power := 0.0
	for _, v := range sum {
		power += v * v
	}
	gain := math.Pow(10, (dBm0-level.OfPower(power/float64(len(sum))))/20)
	out := make([]int16, len(sum))
	for i, v := range sum {
		out[i] = level.Clip(v * gain)
	}
	return out
}
