package prompts

import "math"

// sampleRate is the telephone's, in Hz.
const sampleRate = 8000

// holdMusic is the built-in music: eight slow bars of broken chords, about 20 s, that join end to start without a click.
// It is made here, so nobody's rights are in it. Its level is about −19 dBm0, which leaves room for a voice above it.
func holdMusic() []int16 {
	const beat = 2450 // samples: 98 beats a minute
	chords := [][4]float64{
		{220.00, 261.63, 329.63, 440.00}, // A minor
		{174.61, 261.63, 349.23, 440.00}, // F
		{196.00, 261.63, 329.63, 392.00}, // C over G
		{196.00, 246.94, 293.66, 392.00}, // G
	}
	order := []int{0, 1, 2, 3, 2, 1, 3, 2}
	total := len(order) * 8 * beat
	sum := make([]float64, total)
	for bar := range order {
		chord := chords[bar%len(chords)]
		for n, k := range order {
			pitch := chord[k]
			if bar >= 4 && n%4 == 3 {
				pitch *= 2
			}
			pluck(sum, (bar*8+n)*beat, pitch, 0.09)
		}
		pluck(sum, bar*8*beat, chord[0]/2, 0.10)
	}
	return quantise(sum)
}

// chime is the built-in welcome: three notes, 1.5 s.
func chime() []int16 {
	sum := make([]float64, 12000)
	for i, pitch := range []float64{523.25, 659.25, 783.99} {
		pluck(sum, i*2400, pitch, 0.18)
	}
	fade(sum, 1200)
	return quantise(sum)
}

// pluck adds one decaying note at a sample, going round the end so that a loop stays whole.
func pluck(sum []float64, at int, pitch, level float64) {
	const length = 3 * sampleRate
	for i := range min(length, len(sum)) {
		t := float64(i) / sampleRate
		envelope := level * math.Exp(-2.2*t) * min(1, float64(i)/60)
		left := length - i
		if left < 400 {
			envelope *= float64(left) / 400
		}
		phase := 2 * math.Pi * pitch * t
		sum[(at+i)%len(sum)] += envelope * (math.Sin(phase) + 0.35*math.Sin(2*phase) + 0.12*math.Sin(3*phase))
	}
}

func fade(sum []float64, tail int) {
	for i := range tail {
		sum[len(sum)-1-i] *= float64(i) / float64(tail)
	}
}

func quantise(sum []float64) []int16 {
	out := make([]int16, len(sum))
	for i, v := range sum {
		out[i] = int16(math.Round(32000 * max(-1, min(1, v))))
	}
	return out
}
