// Package listen holds a spoken sentence, ways to lose parts of it, and the
// measures by which what was heard is compared with what was said, so that the
// concealment of losses can be judged without ears.
package listen

import (
	_ "embed"
	"math"
	"math/rand/v2"

	"autocom/dsp/level"
	"autocom/dsp/plc"
	"autocom/dsp/wav"
)

// Frame is the samples of one packet: 20 ms at 8 kHz.
const Frame = 160

// "Veuillez patienter pendant le transfert", see testdata/LICENCE.
//
//go:embed testdata/transfert.wav
var transfert []byte

// Sentence is 4.5 s of a woman's French, of whole frames.
func Sentence() []int16 {
	_, data, err := wav.Parse(transfert)
	if err != nil {
		panic(err) // it is embedded, and a test reads it
	}
	s := make([]int16, len(data)/2/Frame*Frame)
	for i := range s {
		s[i] = int16(uint16(data[2*i]) | uint16(data[2*i+1])<<8)
	}
	return s
}

// Random loses every frame with the same chance.
func Random(frames int, rate float64, seed uint64) []bool {
	rnd := rand.New(rand.NewPCG(seed, 1))
	gone := make([]bool, frames)
	for i := range gone {
		gone[i] = rnd.Float64() < rate
	}
	return gone
}

// Bursts loses frames in runs of 2.5 on the average (a Gilbert model).
func Bursts(frames int, rate float64, seed uint64) []bool {
	const out = 1 / 2.5
	into := out * rate / (1 - rate)
	rnd := rand.New(rand.NewPCG(seed, 2))
	gone := make([]bool, frames)
	bad := false
	for i := range gone {
		if bad {
			bad = rnd.Float64() >= out
		} else {
			bad = rnd.Float64() < into
		}
		gone[i] = bad
	}
	return gone
}

// A Way is what is heard in the place of a lost frame.
type Way uint8

const (
	// Concealed is what package plc makes up.
	Concealed Way = iota
	// Repeated is the last frame once more.
	Repeated
	// Silent is nothing.
	Silent
)

// String names the way.
func (w Way) String() string { return [...]string{"PLC", "repetition", "silence"}[w] }

// Hear gives what is heard of s when the frames of gone are lost.
func Hear(s []int16, gone []bool, way Way) []int16 {
	out := append([]int16(nil), s...)
	var c plc.Concealer
	for i := range len(out) / Frame {
		f := out[i*Frame : (i+1)*Frame]
		switch {
		case way == Concealed && gone[i]:
			c.Lost(f)
		case way == Concealed:
			c.Good(f)
		case gone[i] && way == Repeated && i > 0:
			for j := range f {
				f[j] = out[(i-1)*Frame+j]
			}
		case gone[i]:
			clear(f)
		}
	}
	return out
}

// Quiet is the level below which a frame of what was said is a pause, of which
// nothing can be lost, in dBm0.
const Quiet = -45

// spoken says whether somebody spoke in the frame at.
func spoken(said []int16, at int) bool { return level.Of(said[at:at+Frame]) > Quiet }

// A Mean is of what was measured in many places.
type Mean struct {
	Sum float64
	N   int
}

// Add takes the places of another mean in.
func (m *Mean) Add(other Mean) {
	m.Sum += other.Sum
	m.N += other.N
}

// DB is the mean, in dB; 0 when nothing was measured.
func (m Mean) DB() float64 {
	if m.N == 0 {
		return 0
	}
	return m.Sum / float64(m.N)
}

// SNR is the segmental signal-to-noise ratio over the frames of speech that
// were lost, in dB: the mean over frames, each held between −10 and 35 dB. A
// frame in whose place there is silence has 0 dB. With voiced, only frames
// count that have a pitch: of a hiss nobody can foresee the waveform, and the
// best guess at it is silence, which is not the best to hear.
func SNR(said, heard []int16, gone []bool, voiced bool) (m Mean) {
	for i := range len(said) / Frame {
		at := i * Frame
		if !gone[i] || !spoken(said, at) || voiced && !pitched(said, at) {
			continue
		}
		var signal, noise float64
		for j := at; j < at+Frame; j++ {
			d := float64(heard[j]) - float64(said[j])
			signal += float64(said[j]) * float64(said[j])
			noise += d * d
		}
		m.Add(Mean{min(max(10*math.Log10(signal/max(noise, 1e-9)), -10), 35), 1})
	}
	return m
}

// pitched says whether the first half of the frame at looks like what was said
// 4 to 15 ms before it.
func pitched(said []int16, at int) bool {
	for lag := 32; lag <= min(at, 120); lag++ {
		var cross, here, before float64
		for i := at; i < at+Frame/2; i++ {
			x, y := float64(said[i]), float64(said[i-lag])
			cross += x * y
			here += x * x
			before += y * y
		}
		if cross > 0.7*math.Sqrt(here*before) {
			return true
		}
	}
	return false
}

// Distance is the log-spectral distance where a loss is heard, in dB: the root
// of the mean square difference of the two spectra, in critical bands from 200
// to 3,400 Hz, each no lower than 30 dB below the mean of what was said. It is the mean over
// windows of 20 ms, one every 5 ms, of speech that holds a lost sample: those
// over a seam hear whether it clicks.
func Distance(said, heard []int16, gone []bool) (m Mean) {
	hann := window()
	for at := 0; at+Frame <= len(said); at += Frame / 4 {
		first, last := at/Frame, (at+Frame-1)/Frame
		if !gone[first] && !gone[last] || !spoken(said, at) {
			continue
		}
		a, b := spectrum(&hann, said[at:at+Frame]), spectrum(&hann, heard[at:at+Frame])
		floor := 0.0
		for _, p := range a {
			floor += p / 1000 / float64(len(a))
		}
		square := 0.0
		for i := range a {
			d := 10 * math.Log10(max(a[i], floor)/max(b[i], floor))
			square += d * d
		}
		m.Add(Mean{math.Sqrt(square / float64(len(a))), 1})
	}
	return m
}

// bands are the edges of the ear's critical bands that the telephone carries,
// in Hz (Zwicker 1961).
var bands = [...]float64{200, 300, 400, 510, 630, 770, 920, 1080, 1270, 1480, 1720, 2000, 2320, 2700, 3150, 3400}

// spectrum is the power in each critical band, from one value every 50 Hz
// through a Hann window.
func spectrum(hann *[Frame]float64, x []int16) (p [len(bands) - 1]float64) {
	var y [Frame]float64
	for i, w := range hann {
		y[i] = w * float64(x[i])
	}
	band := 0
	for hz := bands[0]; hz < bands[len(bands)-1]; hz += 50 {
		if hz >= bands[band+1] {
			band++
		}
		step := 2 * math.Cos(2*math.Pi*hz/8000)
		var a, b float64
		for _, v := range y {
			a, b = v+step*a-b, a
		}
		p[band] += a*a + b*b - step*a*b
	}
	return p
}

func window() (w [Frame]float64) {
	for i := range w {
		w[i] = 0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/Frame)
	}
	return w
}
