// Package g168 is the laboratory bench of ITU-T G.168: the talkers, the two-wire line and the meter an echo canceller is measured with.
//
// The text of G.168 was not at hand. Durations of the composite source signal, the spectrum of its noise, the test sequences and the limits
// marked so come from public test programs and papers that quote them; what is from memory says so. The echo paths and the voiced sound are
// made up to the described shape, not copied from the Recommendation's tables.
package g168

import (
	"math"
	"math/rand/v2"

	"autocom/dsp/level"
)

// Rate is samples a second.
const Rate = 8000

// Composite is n samples of the composite source signal (G.168 annex C, also P.501): 48.62 ms of voiced sound, 200 ms of pseudo-noise, 101.38 ms
// of pause, then the same upside down. level is that of its sounding parts, in dBm0.
func Composite(n int, dBm0 float64) []int16 {
	return repeat(n, dBm0, voiced(389, 44100.0/134, 1), pseudoNoise(1600), 811)
}

// DoubleTalk is n samples of the composite signal for the near end: 72.69 ms of another voice, 200 ms of random noise, 127.31 ms of pause, so that
// the two drift over each other.
func DoubleTalk(n int, dBm0 float64) []int16 {
	random := rand.New(rand.NewPCG(168, 3))
	noise := make([]float64, 1600)
	for i := range noise {
		noise[i] = random.NormFloat64()
	}
	return repeat(n, dBm0, voiced(582, 44100.0/229, 2), noise, 1018)
}

// repeat levels the two parts alike and alternates their sign.
func repeat(n int, dBm0 float64, voice, noise []float64, pause int) []int16 {
	once := make([]float64, 0, len(voice)+len(noise)+pause)
	rms := level.Peak(dBm0) / math.Sqrt2
	for _, part := range [][]float64{voice, noise} {
		var sum float64
		for _, v := range part {
			sum += v * v
		}
		k := rms / math.Sqrt(sum/float64(len(part)))
		for _, v := range part {
			once = append(once, v*k)
		}
	}
	once = append(once, make([]float64, pause)...)
	out := make([]int16, n)
	for i := range out {
		v := once[i%len(once)]
		if i/len(once)%2 == 1 {
			v = -v
		}
		out[i] = level.Clip(v)
	}
	return out
}

// voiced is a vowel: the harmonics of pitch (Hz) under three resonances.
func voiced(n int, pitch float64, seed uint64) []float64 {
	random := rand.New(rand.NewPCG(168, seed))
	out := make([]float64, n)
	for f := pitch; f < 3600; f += pitch {
		var a float64
		for _, r := range [...]struct{ at, width, gain float64 }{{500, 120, 1}, {1500, 200, 0.4}, {2600, 300, 0.2}} {
			off := (f - r.at) / r.width
			a += r.gain / (1 + off*off)
		}
		phase := 2 * math.Pi * random.Float64()
		for i := range out {
			out[i] += a * math.Cos(2*math.Pi*f*float64(i)/Rate+phase)
		}
	}
	return out
}

// pseudoNoise is the noise of annex C: lines every 44,100/8,192 Hz with phases of ±90° at random, falling with frequency as speech does.
func pseudoNoise(n int) []float64 {
	random := rand.New(rand.NewPCG(168, 0))
	shape := [...]struct{ f, dB float64 }{{100, -12.8}, {200, 17.4}, {215, 17.8}, {500, 12.2}, {1000, 7.2}, {2850, 0}, {3600, -2}, {3660, -20}}
	out := make([]float64, n)
	const spacing = 44100.0 / 8192
	for k := 1; ; k++ {
		f := spacing * float64(k)
		if f < shape[0].f {
			continue
		}
		at := 1
		for at < len(shape) && f > shape[at].f {
			at++
		}
		if at == len(shape) {
			return out
		}
		a, b := shape[at-1], shape[at]
		amp := math.Pow(10, (a.dB+(b.dB-a.dB)*(f-a.f)/(b.f-a.f))/20)
		if random.IntN(2) == 0 {
			amp = -amp
		}
		// A turning pointer instead of a sine a sample.
		sin, cos := 0.0, amp
		ds, dc := math.Sincos(2 * math.Pi * f / Rate)
		for i := range out {
			out[i] += sin
			sin, cos = sin*dc+cos*ds, cos*dc-sin*ds
		}
	}
}

// Hoth is n samples of room noise: falling 5 dB an octave, about as Hoth's (P.800 annex A), made by two first-order slopes.
func Hoth(n int, dBm0 float64, seed uint64) []int16 {
	random := rand.New(rand.NewPCG(168, seed))
	x := make([]float64, n)
	var low, high, sum float64
	for i := range x {
		w := random.NormFloat64()
		low += 0.12 * (w - low)   // below some 160 Hz flat, then −6 dB an octave
		high += 0.75 * (w - high) // nearly white
		x[i] = low + 0.12*high
		sum += x[i] * x[i]
	}
	k := level.Peak(dBm0) / math.Sqrt2 / math.Sqrt(sum/float64(max(1, n)))
	out := make([]int16, n)
	for i, v := range x {
		out[i] = level.Clip(v * k)
	}
	return out
}

// White is n samples of white noise.
func White(n int, dBm0 float64, seed uint64) []int16 {
	random := rand.New(rand.NewPCG(168, seed))
	out := make([]int16, n)
	k := level.Peak(dBm0) / math.Sqrt2
	for i := range out {
		out[i] = level.Clip(random.NormFloat64() * k)
	}
	return out
}

// Tones is n samples of steady tones, each at dBm0.
func Tones(n int, dBm0 float64, hertz ...float64) []int16 {
	out := make([]int16, n)
	for i := range out {
		var v float64
		for _, f := range hertz {
			v += level.Peak(dBm0) * math.Sin(2*math.Pi*f*float64(i)/Rate)
		}
		out[i] = level.Clip(v)
	}
	return out
}

// Silence is n samples of nothing.
func Silence(n int) []int16 { return make([]int16, n) }
