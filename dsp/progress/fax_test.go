package progress_test

import (
	"math"
	"testing"

	"autocom/dsp/level"
	"autocom/dsp/progress"
	"autocom/dsp/tone"
)

func kindsOf(reports []progress.Report) []progress.Kind {
	var out []progress.Kind
	for _, r := range reports {
		out = append(out, r.Kind)
	}
	return out
}

func only(t *testing.T, what string, got []progress.Report, want ...progress.Kind) {
	t.Helper()
	same := len(got) == len(want)
	for i := range got {
		same = same && got[i].Kind == want[i]
	}
	if !same {
		t.Errorf("%s: heard %v, want %v: %+v", what, kindsOf(got), want, got)
	}
}

// 4.3.3.4: 1,100 Hz ± 38 Hz, 0.5 s ± 15 %, 3 s ± 15 %.
func TestFaxCallingToneT30Clause4_3_3_4(t *testing.T) {
	cng := tone.Cadence(1100, -30, 500, 3000)
	for _, hz := range []float64{1062, 1100, 1138} {
		for _, pace := range []float64{0.9, 1, 1.1} {
			d := progress.New(tone.France())
			only(t, "fax calling", listen(d, render{dBm0: -30, pitch: hz / 1100, pace: pace}.play(cng, 7000*ms)), progress.CNG)
		}
	}
	for _, hz := range []float64{1000, 1040, 1160, 1200} {
		d := progress.New(tone.France())
		for _, r := range listen(d, render{dBm0: -30, pitch: hz / 1100}.play(cng, 8000*ms)) {
			if r.Kind != progress.Beep {
				t.Errorf("%v Hz: %+v", hz, r)
			}
		}
	}
}

// answer makes 2,100 Hz with a phase reversal every 450 ms, an amplitude
// modulated by depth at 15 Hz, or neither.
func answer(hz, dBm0 float64, n int, reversals bool, depth float64) []int16 {
	out := make([]int16, n)
	phase := 0.0
	for i := range out {
		if reversals && i > 0 && i%(450*ms) == 0 {
			phase += math.Pi
		}
		phase += 2 * math.Pi * hz / 8000
		out[i] = level.Clip(level.Peak(dBm0) * (1 + depth*math.Sin(2*math.Pi*15*float64(i)/8000)) * math.Sin(phase))
	}
	return append(make([]int16, 400*ms), append(render{}.line(out), make([]int16, 400*ms)...)...)
}

func TestAnswerToneT30V25V8(t *testing.T) {
	for _, c := range []struct {
		what      string
		reversals bool
		depth     float64
		want      []progress.Kind
	}{
		{"CED", false, 0, []progress.Kind{progress.CED}},
		{"ANS with reversals", true, 0, []progress.Kind{progress.CED, progress.Reversal}},
		{"ANSam", true, 0.2, []progress.Kind{progress.CED, progress.Reversal}},
		{"ANSam without reversals", false, 0.2, []progress.Kind{progress.CED}},
	} {
		for _, hz := range []float64{2085, 2100, 2115} {
			for _, dBm0 := range []float64{-6, -15, -30} {
				d := progress.New(tone.France())
				got := listen(d, answer(hz, dBm0, 3000*ms, c.reversals, c.depth))
				only(t, c.what, got, c.want...)
				if len(got) > 0 && (got[0].Began < 390*ms || got[0].Began > 410*ms || got[0].Ended > 920*ms || math.Abs(got[0].Hz-hz) > 4) {
					t.Errorf("%s at %v Hz: %+v", c.what, hz, got[0])
				}
			}
		}
	}
	d := progress.New(tone.France())
	only(t, "2,200 Hz", listen(d, answer(2200, -15, 3000*ms, true, 0)))
	only(t, "0.4 s of 2,100 Hz", listen(d, answer(2100, -15, 400*ms, false, 0)))
}
