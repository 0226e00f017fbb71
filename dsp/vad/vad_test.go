package vad_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"autocom/dsp/internal/against"
	"autocom/dsp/level"
	"autocom/dsp/plc/listen"
	"autocom/dsp/tone"
	"autocom/dsp/vad"
)

const frame = 160

// noise is white, or falls by some 6 dB an octave as a room's does.
func noise(dBm0 float64, n int, white bool, seed uint64) []int16 {
	rnd := rand.New(rand.NewPCG(seed, 3))
	x := make([]float64, n)
	last, power := 0.0, 0.0
	for i := range x {
		last = rnd.NormFloat64() + 0.8*last
		if white {
			last = rnd.NormFloat64()
		}
		x[i] = last
		power += last * last
	}
	gain := level.Peak(dBm0)
	s := make([]int16, n)
	for i := range s {
		// level.Peak is of a sine, whose power is half its peak's.
		s[i] = level.Clip(x[i] * gain / 1.41421356 / math.Sqrt(power/float64(n)))
	}
	return s
}

func each(t *testing.T, f func(t *testing.T, white bool, dBm0 float64)) {
	for _, white := range []bool{true, false} {
		for dBm0 := -70.0; dBm0 <= -30; dBm0 += 5 {
			t.Run(fmt.Sprintf("white %v at %.0f dBm0", white, dBm0), func(t *testing.T) { f(t, white, dBm0) })
		}
	}
}

func TestSteadyNoiseIsNoSpeech(t *testing.T) {
	each(t, func(t *testing.T, white bool, dBm0 float64) {
		var d vad.Detector
		s := noise(dBm0, 60*8000, white, 1)
		wrong := 0
		for i := 0; i < len(s); i += frame {
			if d.Voice(s[i:i+frame]) && i > 5*8000 {
				wrong++
			}
		}
		if share := float64(wrong) / float64(len(s)/frame); share > 0.02 {
			t.Errorf("%.1f %% of the noise is speech", 100*share)
		}
		if got := d.Noise(); got < dBm0-2 || got > dBm0+2 {
			t.Errorf("the noise is said to be %.1f dBm0", got)
		}
	})
}

func TestNoOnsetIsClippedByMoreThan20ms(t *testing.T) {
	said := listen.Sentence()
	each(t, func(t *testing.T, white bool, dBm0 float64) {
		var d vad.Detector
		// Five seconds of noise, then the sentence with pauses of a second.
		n := 5 * 8000
		clean := make([]int16, n)
		for range 4 {
			clean = append(append(clean, said...), make([]int16, 8000)...)
		}
		heard := noise(dBm0, len(clean), white, 2)
		for i := range heard {
			heard[i] = level.Clip(float64(heard[i]) + float64(clean[i]))
		}
		const block = 80
		heardAt := make([]bool, len(heard)/block)
		for i := range heardAt {
			heardAt[i] = d.Voice(heard[i*block : (i+1)*block])
		}
		quiet, onsets, missed, spoken := 0, 0, 0, 0
		for i := range heardAt {
			l := level.Of(clean[i*block : (i+1)*block])
			if l < max(dBm0+6, -42) { // the sentence has noise of its own, near −50
				quiet++
				continue
			}
			spoken++
			if !heardAt[i] {
				missed++
			}
			next := level.Of(clean[i*block : min((i+4)*block, len(clean))])
			if quiet >= 30 && next > max(dBm0+6, -42) { // a word, not a click
				onsets++
				if !heardAt[i] && !heardAt[i+1] && !heardAt[i+2] {
					t.Errorf("the onset at %d ms is clipped by more than 20 ms", 10*i)
				}
			}
			quiet = 0
		}
		if onsets < 4 || spoken < 300 || missed > spoken/100 {
			t.Errorf("%d onsets, %d of %d blocks missed", onsets, missed, spoken)
		}
	})
}

func TestPausesAreFound(t *testing.T) {
	var d vad.Detector
	s := noise(-60, 5*8000, false, 3)
	for i := 0; i < len(s); i += frame {
		d.Voice(s[i : i+frame])
	}
	said := listen.Sentence()
	for i := 0; i+frame <= len(said); i += frame {
		d.Voice(said[i : i+frame])
	}
	pause := noise(-60, 8000, false, 4)
	for i := 0; i < len(pause); i += frame {
		if d.Voice(pause[i:i+frame]) && i > 8*320 {
			t.Fatalf("still speech %d ms after its end", i/8)
		}
	}
}

func TestTonesAndMusicAreNeverNoise(t *testing.T) {
	var d vad.Detector
	o := tone.NewOscillator(440, -20)
	s := make([]int16, frame)
	for i := range 1500 { // 30 s
		for j := range s {
			s[j] = level.Clip(o.Next())
		}
		if !d.Voice(s) {
			t.Fatalf("silence after %d ms", 20*i)
		}
	}
}

func TestNoiseThatRisesIsLearnt(t *testing.T) {
	var d vad.Detector
	s := append(noise(-60, 5*8000, true, 5), noise(-40, 10*8000, true, 6)...)
	wrong := 0
	for i := 0; i < len(s); i += frame {
		if d.Voice(s[i:i+frame]) && i > 8*8000 {
			wrong++
		}
	}
	if wrong > 10 {
		t.Errorf("%d frames of the louder noise are speech", wrong)
	}
}

func TestFramesOfAnyLength(t *testing.T) {
	s := append(make([]int16, 8000), listen.Sentence()...)
	var whole, odd vad.Detector
	for i := 0; i+400 <= len(s); i += 400 {
		a := whole.Voice(s[i : i+400])
		b := false
		for _, n := range [][2]int{{0, 0}, {0, 7}, {7, 200}, {200, 201}, {201, 400}} {
			b = odd.Voice(s[i+n[0]:i+n[1]]) || b
		}
		if a && !b {
			t.Fatalf("at %d: %v in one frame, %v in many", i, a, b)
		}
	}
	whole.Reset()
	if whole.Noise() != level.Floor {
		t.Error("it remembers the noise")
	}
}

func TestNothingAllocates(t *testing.T) {
	var d vad.Detector
	s := listen.Sentence()[:frame]
	if n := testing.AllocsPerRun(1000, func() { d.Voice(s) }); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

func BenchmarkDetector(b *testing.B) {
	var d vad.Detector
	s := listen.Sentence()
	run := func() {
		for i := 0; i < len(s); i += frame {
			d.Voice(s[i : i+frame])
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		run()
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(against.Least(run, len(s)), "ns/sample")
}
