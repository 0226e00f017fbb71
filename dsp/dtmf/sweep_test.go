package dtmf_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"autocom/dsp/dtmf"
	"autocom/dsp/g711"
	"autocom/dsp/level"
)

// A burst is one key as a line may deliver it.
type burst struct {
	low, high       float64 // dBm0
	offLow, offHigh float64 // share of the frequency
	on              int     // samples
	snr             float64 // dB of the two tones over white noise of 0 to 4 kHz; 0: none
	dial            float64 // dBm0 of each frequency of dial tone; 0: none
	dialHz          []float64
}

func usual() burst { return burst{low: -10, high: -10, on: 400} }

const keypad = "123A456B789C*0#D"

// heard gives how many of n such bursts, of every key by turns, at any phase
// and any place among the blocks, were heard once and as what they were; and
// how many were heard at all.
func (b burst) heard(seed uint64, n int) (right, some int) {
	rnd := rand.New(rand.NewPCG(seed, 42))
	low, high := [4]float64{697, 770, 852, 941}, [4]float64{1209, 1336, 1477, 1633}
	s := make([]int16, 0, 2000)
	for i := range n {
		k := i % 16
		before := 480 + rnd.IntN(dtmf.Block)
		s = s[:before+b.on+480]
		w1, w2 := 2*math.Pi*low[k/4]*(1+b.offLow)/8000, 2*math.Pi*high[k%4]*(1+b.offHigh)/8000
		p1, p2 := rnd.Float64()*2*math.Pi, rnd.Float64()*2*math.Pi
		a1, a2 := level.Peak(b.low), level.Peak(b.high)
		noise := 0.0
		if b.snr != 0 {
			noise = math.Sqrt((a1*a1 + a2*a2) / 2 * math.Pow(10, -b.snr/10))
		}
		pd := rnd.Float64() * 2 * math.Pi
		for j := range s {
			var x float64
			if t := j - before; t >= 0 && t < b.on {
				x = a1*math.Sin(w1*float64(t)+p1) + a2*math.Sin(w2*float64(t)+p2)
			}
			for _, hz := range b.dialHz {
				x += level.Peak(b.dial) * math.Sin(2*math.Pi*hz*float64(j)/8000+pd)
			}
			if noise > 0 {
				x += noise * rnd.NormFloat64()
			}
			s[j] = g711.ALaw.DecodeSample(g711.ALaw.EncodeSample(level.Clip(x)))
		}
		got := hear(s)
		if got != "" {
			some++
		}
		if got == keypad[k:k+1] {
			right++
		}
	}
	return right, some
}

// bursts is how many there are at each point: the report has more.
const bursts = 160

// mustHear fails unless all of them are heard.
func (b burst) mustHear(t *testing.T, what string, v float64) {
	t.Helper()
	if right, some := b.heard(1, bursts); right != bursts {
		t.Errorf("%s %v: %d of %d heard, %d as the wrong key or twice", what, v, right, bursts, some-right)
	}
}

func (b burst) mustNotHear(t *testing.T, what string, v float64) {
	t.Helper()
	if _, some := b.heard(1, bursts); some != 0 {
		t.Errorf("%s %v: %d of %d heard", what, v, some, bursts)
	}
}

func TestQ24FrequencyDeviation(t *testing.T) {
	for _, sign := range [][2]float64{{1, 1}, {-1, -1}, {1, -1}, {-1, 1}, {1, 0}, {-1, 0}, {0, 1}, {0, -1}} {
		b := usual()
		b.offLow, b.offHigh = sign[0]*0.015, sign[1]*0.015
		b.mustHear(t, "1.5 % off", sign[0]+2*sign[1])
		b.snr = 12
		b.mustHear(t, "1.5 % off, noise 12 dB under,", sign[0]+2*sign[1])
		b = usual()
		b.offLow, b.offHigh = sign[0]*0.035, sign[1]*0.035
		b.mustNotHear(t, "3.5 % off", sign[0]+2*sign[1])
		b.snr = 12
		b.mustNotHear(t, "3.5 % off, noise 12 dB under,", sign[0]+2*sign[1])
	}
}

func TestQ24Twist(t *testing.T) {
	for _, twist := range []float64{4, -8} { // of the high tone over the low one, dB
		b := usual()
		b.low, b.high = -10-max(twist, 0), -10+min(twist, 0)
		b.mustHear(t, "twist", twist)
		b.snr = 12
		b.mustHear(t, "with noise 12 dB under, twist", twist)
		b.offLow, b.offHigh = 0.015, -0.015
		b.mustHear(t, "with noise and 1.5 % off, twist", twist)
	}
	for _, twist := range []float64{8, -12} {
		b := usual()
		b.low, b.high = -10-max(twist, 0), -10+min(twist, 0)
		b.mustNotHear(t, "twist", twist)
	}
}

func TestQ24Level(t *testing.T) {
	for _, dBm0 := range []float64{0, -3, -20, -36} {
		b := usual()
		b.low, b.high = dBm0, dBm0
		b.mustHear(t, "level", dBm0)
	}
	b := usual()
	b.low, b.high = -44, -44
	b.mustNotHear(t, "level", -44)
}

func TestQ24Duration(t *testing.T) {
	b := usual()
	b.on = 40 * 8
	b.mustHear(t, "length in ms", 40)
	b.snr = 12
	b.mustHear(t, "with noise 12 dB under, length in ms", 40)
	b = usual()
	b.on = 18 * 8
	b.mustNotHear(t, "length in ms", 18)
}

func TestSignalToNoise(t *testing.T) {
	for _, dB := range []float64{12, 15, 25} {
		b := usual()
		b.snr = dB
		b.mustHear(t, "noise under the tones by", dB)
	}
}

func TestDialToneIsPresent(t *testing.T) {
	for _, hz := range [][]float64{{440}, {425}, {330, 440}, {350, 440}} {
		for _, twist := range []float64{0, 4, -8} {
			b := usual()
			b.dial, b.dialHz = -10, hz
			b.low, b.high = -10-max(twist, 0), -10+min(twist, 0)
			b.mustHear(t, "dial tone as loud as the keys, twist", twist)
			b.offLow, b.offHigh = 0.015, -0.015
			b.mustHear(t, "dial tone as loud as the keys, 1.5 % off, twist", twist)
		}
	}
	b := usual()
	b.dial, b.dialHz, b.low, b.high = -10, []float64{440}, -20, -18
	b.mustHear(t, "dial tone louder by", 10)
}
