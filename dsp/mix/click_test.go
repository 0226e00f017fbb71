package mix_test

import (
	"math"
	"testing"

	"autocom/dsp/level"
	"autocom/dsp/mix"
)

// click gives the loudest 16 ms above 3.4 kHz, in dBm0: the voices of these
// tests have nothing there, but every corner and jump has.
func click(s []int16) float64 {
	const n = 128
	loudest := level.Floor
	for at := 0; at+n <= len(s); at += 16 {
		power := 0.0
		for bin := 55; bin < 64; bin++ { // 3,437 Hz and up
			var re, im float64
			for i, v := range s[at : at+n] {
				a := 2 * math.Pi * float64(i) / n
				// Blackman and Harris: −92 dB beside a tone.
				w := 0.35875 - 0.48829*math.Cos(a) + 0.14128*math.Cos(2*a) - 0.01168*math.Cos(3*a)
				re += w * float64(v) * math.Cos(a*float64(bin))
				im += w * float64(v) * math.Sin(a*float64(bin))
			}
			power += 2 * (re*re + im*im) / (n * n) / 0.258 // of the window
		}
		loudest = max(loudest, level.OfPower(power))
	}
	return loudest
}

func voice(hz, dBm0 float64, from, n int) []int16 {
	s := make([]int16, n)
	for i := range s {
		s[i] = level.Clip(level.Peak(dBm0) * math.Sin(2*math.Pi*hz*float64(from+i)/8000))
	}
	return s
}

// hear gives what party 1 hears of party 0, who says a tone of −10 dBm0, while
// things are done to the mixer between frames.
func hear(m *mix.Mixer, hz float64, count int, each func(frame int) (silent int)) (heard []int16) {
	out := frames(2, 160)
	for f := range count {
		in := [][]int16{voice(hz, -10, 160*f, 160), nil}
		if missing := each(f); missing > 0 {
			in[0] = in[0][:160-missing]
		}
		m.Frame(out, in)
		heard = append(heard, out[1]...)
	}
	return heard
}

// Without any ramp the same changes make clicks of −36 to −40 dBm0.
const clickLimit = -80

func TestNothingClicks(t *testing.T) {
	for _, hz := range []float64{200, 437, 440, 1020} {
		for name, each := range map[string]func(m *mix.Mixer, f int) int{
			"join and leave": func(m *mix.Mixer, f int) int {
				switch f {
				case 5:
					m.Hear(1, 0)
				case 15:
					m.Hear(1)
				}
				return 0
			},
			"hold and take back": func(m *mix.Mixer, f int) int {
				switch f {
				case 0, 9:
					m.Hear(1, 0)
				case 6:
					m.Hear(1)
				}
				return 0
			},
			"gain": func(m *mix.Mixer, f int) int {
				switch f {
				case 0:
					m.Hear(1, 0)
				case 6:
					m.Gain(0, -20)
				case 10:
					m.Gain(0, 3)
				case 14:
					m.Gain(0, -200)
				}
				return 0
			},
			"hold within a join": func(m *mix.Mixer, f int) int {
				m.Hear(1, []int{0}[:f%2]...)
				return 0
			},
		} {
			m := mixer(t, 2)
			if got := click(hear(m, hz, 20, func(f int) int { return each(m, f) })); got > clickLimit {
				t.Errorf("%v Hz, %s: a click of %.1f dBm0", hz, name, got)
			}
		}
	}
}

func TestSoundThatStopsDiesAway(t *testing.T) {
	for _, hz := range []float64{200, 437, 440, 1020} {
		for _, missing := range []int{160, 100, 37} {
			m := mixer(t, 2)
			m.Hear(1, 0)
			got := click(hear(m, hz, 12, func(f int) int {
				if f == 8 {
					return missing
				}
				if f > 8 {
					return 160
				}
				return 0
			}))
			if got > -55 {
				t.Errorf("%v Hz, %d samples missing: a click of %.1f dBm0", hz, missing, got)
			}
		}
		m := mixer(t, 2)
		m.Hear(1, 0)
		got := click(hear(m, hz, 12, func(f int) int {
			if f < 8 {
				return 0
			}
			m.Cut(0)
			return 160
		}))
		if got > -55 {
			t.Errorf("%v Hz, cut: a click of %.1f dBm0", hz, got)
		}
	}
}

// distortion gives what is in s besides the sine of hz, in dB below it.
func distortion(s []int16, hz float64) float64 {
	var re, im, total float64
	for i, x := range s {
		a := 2 * math.Pi * hz * float64(i) / 8000
		re += float64(x) * math.Cos(a)
		im += float64(x) * math.Sin(a)
		total += float64(x) * float64(x)
	}
	own := 2 * (re*re + im*im) / float64(len(s))
	return 10 * math.Log10(max(total-own, 1e-9)/own)
}

// overload gives what a listener hears of four who say the same tone at once.
func overload(t *testing.T, hz, dBm0 float64, count int) (heard []int16) {
	m := mixer(t, 5)
	m.Hear(4, 0, 1, 2, 3)
	settle(m, 5)
	out := frames(5, 160)
	for f := range count {
		v := voice(hz, dBm0-20*math.Log10(4), 160*f, 160)
		m.Frame(out, [][]int16{v, v, v, v, nil})
		heard = append(heard, out[4]...)
	}
	return heard
}

func TestOverloadIsTurnedDownNotClipped(t *testing.T) {
	for _, hz := range []float64{100, 300, 437, 1020, 1237, 3000} {
		for _, over := range []float64{0, 3, 6, 12} {
			s := overload(t, hz, level.Overload+over, 75)[4000:]
			if got := distortion(s, hz); got > -50 {
				t.Errorf("%v Hz, %v dB over full scale: distortion %.1f dB", hz, over, got)
			}
			if got := level.Of(s); got < level.Overload-4 || got > level.Overload-2.9 {
				t.Errorf("%v Hz, %v dB over full scale: %.2f dBm0", hz, over, got)
			}
		}
	}
}

func TestBelowMinusThreeTheSumIsExact(t *testing.T) {
	s := overload(t, 440, level.Overload-3.05, 20)
	for i, v := range s[160:] {
		one := voice(440, level.Overload-3.05-20*math.Log10(4), 160+i, 1)[0]
		if v != 4*one {
			t.Fatalf("sample %d is %d, want %d", 160+i, v, 4*one)
		}
	}
}

func TestTheLimiterDoesNotPump(t *testing.T) {
	// One speaks steadily and quietly while two others shout for half a second.
	m := mixer(t, 4)
	m.Hear(3, 0, 1, 2)
	settle(m, 4)
	out := frames(4, 160)
	var heard []int16
	for f := range 100 {
		in := [][]int16{voice(1000, -25, 160*f, 160), nil, nil, nil}
		if f >= 25 && f < 50 {
			in[1] = voice(300, 2, 160*f, 160)
			in[2] = in[1]
		}
		m.Frame(out, in)
		heard = append(heard, out[3]...)
	}
	quiet := func(from, to int) float64 {
		var re, im float64
		for i := from; i < to; i++ {
			re += float64(heard[i]) * math.Cos(2*math.Pi*1000*float64(i)/8000)
			im += float64(heard[i]) * math.Sin(2*math.Pi*1000*float64(i)/8000)
		}
		return level.OfPower(2 * (re*re + im*im) / float64(to-from) / float64(to-from))
	}
	// While they shout it is turned down as they are, by one steady amount.
	low, high := 0.0, level.Floor
	for at := 25*160 + 240; at+400 <= 50*160; at += 80 {
		l := quiet(at, at+400)
		low, high = min(low, l), max(high, l)
	}
	if high-low > 0.5 {
		t.Errorf("it moves by %.2f dB", high-low)
	}
	// 120 ms after them it is as it was.
	if got := quiet(50*160+960, 50*160+1360); math.Abs(got+25) > 0.1 {
		t.Errorf("%.2f dBm0 after the shouting", got)
	}
}

func TestOneVoiceIsNeverTouched(t *testing.T) {
	m := mixer(t, 3)
	m.Hear(2, 0)
	settle(m, 3)
	loud := []int16{32767, -32768, 31000, -31000}
	in, out := [][]int16{nil, nil, nil}, frames(3, 160)
	for range 40 {
		in[0] = append(in[0], loud...)
	}
	m.Frame(out, in)
	m.Frame(out, in)
	for i, v := range out[2] {
		if v != in[0][i] {
			t.Fatalf("sample %d is %d", i, v)
		}
	}
}

func TestGainAndLevelOfAParty(t *testing.T) {
	m := mixer(t, 2)
	m.Hear(1, 0)
	m.Gain(0, 6)
	m.Gain(7, 6)
	out := frames(2, 160)
	for f := range 60 {
		m.Frame(out, [][]int16{voice(400, -20, 160*f, 160), nil})
	}
	if got := level.Of(out[1]); math.Abs(got+14) > 0.05 {
		t.Errorf("heard at %.2f dBm0", got)
	}
	if got := m.Level(0); math.Abs(got+20) > 0.05 {
		t.Errorf("says %.2f dBm0", got)
	}
	if got := m.Level(1); got != level.Floor {
		t.Errorf("the silent one says %.2f dBm0", got)
	}
	if got := m.Level(9); got != level.Floor {
		t.Error(got)
	}
}
