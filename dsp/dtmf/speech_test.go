package dtmf_test

import (
	"testing"

	"autocom/dsp/g711"
	"autocom/dsp/level"
)

// over presses n keys of 50 ms over a sound that is, over its whole length,
// that many dB under the tones, and gives how many were heard right.
func over(t *testing.T, sound []int16, under float64, n int) int {
	t.Helper()
	const keys = -3.88 // dBm0 of both tones, −8 and −6, together
	quiet := scaled(sound, keys-under-level.Of(sound))
	right := 0
	for i := range n {
		key := all[i%16 : i%16+1]
		s := append(make([]int16, 640+i*13%68), dial(t, key, 400, 640)...)
		from := i * 1931 % (len(quiet) - len(s))
		for j := range s {
			s[j] = level.Clip(float64(s[j]) + float64(quiet[from+j]))
		}
		if hear(through(g711.ALaw, s)) == key {
			right++
		}
	}
	return right
}

// TestKeysOverSpeechAndMusic presses keys while a prompt or hold music comes
// back from the line: what is as far under the tones as noise must be for Q.24
// hides few keys when it is speech, which is loud in places, and none when it is
// 18 dB under.
func TestKeysOverSpeechAndMusic(t *testing.T) {
	const n = 320
	for _, c := range []struct {
		name  string
		sound []int16
		under float64
		least int
	}{
		{"speech", voice(3, 80000), 12, n * 95 / 100},
		{"speech", voice(3, 80000), 18, n},
		{"music", music(3, 80000), 12, n},
	} {
		if got := over(t, c.sound, c.under, n); got < c.least {
			t.Errorf("%s %v dB under the tones: %d of %d keys heard, %d wanted", c.name, c.under, got, n, c.least)
		}
	}
}
